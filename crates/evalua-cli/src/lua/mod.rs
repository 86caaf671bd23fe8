//! `evalua lua`: plain Lua, as `lua5.1` runs it.
//!
//! Owns: what its words mean, in which order things run, how errors are reported, and that `require`
//! finds the libraries of Redis. Reading lines from a person is in [`repl`].

mod repl;

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, LineWriter, Write};
use std::process::ExitCode;

use clap::Args;
use evalua_redis::libraries;
use evalua_vm::StdLib;
use evalua_vm::number::format::NumberText;
use evalua_vm::stack::{Call, Failure as Failed, State, Throw, View};

use crate::Failure;

/// The name that messages on standard error begin with, as the program was called.
fn program_name() -> String {
    match std::env::args_os().next() {
        Some(name) if crate::is_interpreter_name(&name) => name.to_string_lossy().into_owned(),
        _ => "evalua".to_owned(),
    }
}

/// What `-v` says.
const VERSION: &str = concat!("Lua 5.1.5 (evalua ", env!("CARGO_PKG_VERSION"), ")");

/// Run Lua 5.1: a program, standard input, or what you type
#[derive(Args, Debug)]
#[command(after_help = "\
Options before the script, as lua5.1 has them:
  -e STAT  run the string STAT
  -l NAME  require the library NAME
  -i       go on interactively after the script
  -v       show the version
  --       no more options
  -        run standard input, no more options

The environment variables LUA_INIT, LUA_PATH and LUA_CPATH mean what they mean there.

Examples:
  evalua lua program.lua one two
  evalua lua -e 'print(7 / 2)'
  echo 'print(_VERSION)' | evalua lua -
  evalua lua -i                     type Lua at a prompt")]
pub struct Options {
    /// Options, the script and its arguments, which it sees as ... and in the table arg
    #[arg(
        value_name = "OPTIONS, SCRIPT, ARGUMENTS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub words: Vec<OsString>,
}

/// What the words ask for.
#[derive(Clone, Debug, Default)]
struct Plan {
    /// Every word.
    words: Vec<OsString>,
    /// `-e` and `-l` with what follows them, in order.
    steps: Vec<Step>,
    interactive: bool,
    version: bool,
    has_statement: bool,
    /// Index of the script among the words.
    script: Option<usize>,
}

#[derive(Clone, Debug)]
enum Step {
    Statement(OsString),
    Library(OsString),
}

impl Plan {
    /// `None` if an option is wrong.
    fn new(words: &[OsString]) -> Option<Plan> {
        let mut plan = Plan {
            words: words.to_vec(),
            ..Plan::default()
        };
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let bytes = word.as_encoded_bytes();
            let [b'-', option, tail @ ..] = bytes else {
                plan.script = Some(at);
                break;
            };
            match (option, tail) {
                (b'-', []) => {
                    plan.script = (at + 1 < words.len()).then_some(at + 1);
                    break;
                }
                (b'i', []) => (plan.interactive, plan.version) = (true, true),
                (b'v', []) => plan.version = true,
                (b'e' | b'l', _) => {
                    let value = if tail.is_empty() {
                        at += 1;
                        words.get(at)?.clone()
                    } else {
                        text_after(word, 2)
                    };
                    plan.steps.push(if *option == b'e' {
                        plan.has_statement = true;
                        Step::Statement(value)
                    } else {
                        Step::Library(value)
                    });
                }
                _ => return None,
            }
            at += 1;
        }
        Some(plan)
    }
}

/// A word without its first bytes, which are ASCII.
fn text_after(word: &OsString, start: usize) -> OsString {
    match word.to_str() {
        Some(text) => OsString::from(&text[start..]),
        None => after_bytes(word, start),
    }
}

#[cfg(unix)]
fn after_bytes(word: &OsString, start: usize) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    OsString::from_vec(word.as_bytes()[start..].to_vec())
}

#[cfg(not(unix))]
fn after_bytes(word: &OsString, start: usize) -> OsString {
    OsString::from(&word.to_string_lossy()[start..])
}

/// Runs what the words ask for.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    let no_memory = |_| Failure::Run("not enough memory".to_owned());
    let Some(plan) = Plan::new(&options.words) else {
        return Err(Failure::Usage(
            "unknown option or missing value; see evalua lua --help".to_owned(),
        ));
    };
    let mut lua = State::with_libraries(StdLib::ALL).map_err(no_memory)?;
    if io::stdout().is_terminal() {
        lua.set_output(LineWriter::new(io::stdout()));
    } else {
        lua.set_output(BufWriter::new(io::stdout()));
    }
    let outcome = lua.enter(|call| {
        preload_libraries(call)?;
        // The program runs inside a native function, whose level a traceback ends with.
        call.put_host(Box::new(plan));
        call.push_native(main_program, 0)?;
        Ok(match call.protected_call_top(0, None) {
            Ok(()) => status_on_top(call),
            Err(Failed::Error) => {
                report_top(call, Some(&program_name()));
                Ended::With(1)
            }
            Err(Failed::Exit(status)) => Ended::AtOnce(status as u8),
            Err(Failed::Budget | Failed::Interrupt) => {
                complain(Some(&program_name()), b"interrupted");
                Ended::With(1)
            }
        })
    });
    match outcome.map_err(no_memory)? {
        Ended::With(status) => {
            lua.close();
            Ok(ExitCode::from(status))
        }
        // As in C, where no finaliser runs after `exit`.
        Ended::AtOnce(status) => Ok(ExitCode::from(status)),
    }
}

/// Puts the libraries of Redis where `require` looks first: no C module can be loaded instead.
fn preload_libraries(call: &mut Call<'_>) -> Result<(), Throw> {
    push_global(call, b"package")?;
    let package = call.height();
    call.push_field_of(package, b"preload")?;
    let preload = call.height();
    for name in libraries::names() {
        call.push_bytes(name.as_bytes())?;
        call.push_native(load_library, 1)?;
        call.set_field_of(preload, name.as_bytes())?;
    }
    call.truncate(package - 1);
    Ok(())
}

/// A loader of `package.preload`: returns the library that its upvalue names.
fn load_library(call: &mut Call<'_>) -> Result<u32, Throw> {
    call.push_upvalue(1)?;
    let name = call
        .view(call.height())
        .as_bytes()
        .unwrap_or_default()
        .to_vec();
    Ok(u32::from(libraries::push(call, &name)?))
}

/// How the program ended.
enum Ended {
    /// By itself, with this exit status.
    With(u8),
    /// By `os.exit`.
    AtOnce(u8),
}

fn status_on_top(call: &Call<'_>) -> Ended {
    let succeeded = call.view(call.height()).as_bool() == Some(true);
    Ended::With(u8::from(!succeeded))
}

/// What runs at the bottom of the stack: everything, in `lua5.1`'s order. Returns whether all went
/// well; errors are reported where they happen.
fn main_program(call: &mut Call<'_>) -> Result<u32, Throw> {
    let plan = call
        .take_host()
        .and_then(|host| host.downcast::<Plan>().ok());
    let plan = plan.map_or_else(Plan::default, |plan| *plan);
    let succeeded = run_plan(call, &plan)?;
    call.push_bool(succeeded)?;
    Ok(1)
}

fn run_plan(call: &mut Call<'_>, plan: &Plan) -> Result<bool, Throw> {
    if let Some(init) = std::env::var_os("LUA_INIT") {
        let loaded = match init.as_encoded_bytes() {
            [b'@', file @ ..] => call.push_file(Some(file))?,
            statement => call.push_chunk(statement, b"=LUA_INIT")?,
        };
        if !run_loaded(call, loaded, 0, Some(&program_name()))? {
            return Ok(false);
        }
    }
    if plan.version {
        complain(None, VERSION.as_bytes());
    }
    for step in &plan.steps {
        let succeeded = match step {
            Step::Statement(statement) => {
                let loaded = call.push_chunk(statement.as_encoded_bytes(), b"=(command line)")?;
                run_loaded(call, loaded, 0, Some(&program_name()))?
            }
            Step::Library(name) => {
                push_global(call, b"require")?;
                call.push_bytes(name.as_encoded_bytes())?;
                run_top(call, 1, Some(&program_name()))?
            }
        };
        call.truncate(0);
        if !succeeded {
            return Ok(false);
        }
    }
    if let Some(script) = plan.script {
        if !run_script(call, plan, script)? {
            return Ok(false);
        }
        call.truncate(0);
    }
    if plan.interactive {
        repl::run(call)?;
    } else if plan.script.is_none() && !plan.has_statement && !plan.version {
        if io::stdin().is_terminal() {
            complain(None, VERSION.as_bytes());
            repl::run(call)?;
        } else {
            let loaded = call.push_file(None)?;
            return run_loaded(call, loaded, 0, Some(&program_name()));
        }
    }
    Ok(true)
}

fn run_script(call: &mut Call<'_>, plan: &Plan, script: usize) -> Result<bool, Throw> {
    set_arg(call, plan, script)?;
    let name = plan.words[script].as_encoded_bytes();
    let is_after_dashes = script > 0 && plan.words[script - 1] == "--";
    let loaded = match name {
        b"-" if !is_after_dashes => call.push_file(None)?,
        name => call.push_file(Some(name))?,
    };
    let args = &plan.words[script + 1..];
    if loaded.is_ok() {
        for arg in args {
            call.push_bytes(arg.as_encoded_bytes())?;
        }
    }
    run_loaded(call, loaded, args.len(), Some(&program_name()))
}

/// Sets the global `arg`: the script at 0, its arguments from 1, what stands before it below.
fn set_arg(call: &mut Call<'_>, plan: &Plan, script: usize) -> Result<(), Throw> {
    call.push_globals()?;
    let globals = call.height();
    call.push_table(plan.words.len() - script, script + 2)?;
    let table = call.height();
    let program = std::env::args_os().next().unwrap_or_default();
    let mut words = vec![OsString::from("lua")];
    if crate::is_interpreter_name(&program) {
        words.clear();
    }
    words.insert(0, program);
    words.extend_from_slice(&plan.words);
    let first = script + words.len() - plan.words.len();
    for (index, word) in (-(first as i32)..).zip(&words) {
        call.push_bytes(word.as_encoded_bytes())?;
        call.set_index_of(table, index)?;
    }
    call.set_field_of(globals, b"arg")?;
    call.truncate(globals - 1);
    Ok(())
}

fn push_global(call: &mut Call<'_>, name: &[u8]) -> Result<(), Throw> {
    call.push_globals()?;
    let globals = call.height();
    call.index_field_of(globals, name)?;
    call.replace(globals);
    Ok(())
}

/// Runs the chunk below the top `args` values, if it was loaded; reports what fails.
fn run_loaded(
    call: &mut Call<'_>,
    loaded: Result<(), Vec<u8>>,
    args: usize,
    program: Option<&str>,
) -> Result<bool, Throw> {
    match loaded {
        Ok(()) => run_top(call, args, program),
        Err(message) => {
            complain(program, &message);
            Ok(false)
        }
    }
}

/// Calls the function below the top `args` values; reports what fails, with a traceback.
fn run_top(call: &mut Call<'_>, args: usize, program: Option<&str>) -> Result<bool, Throw> {
    let handler = call.height() - args;
    call.push_native(add_traceback, 0)?;
    call.insert(handler);
    match call.protected_call_top(args, Some(handler)) {
        Ok(()) => Ok(true),
        Err(Failed::Error) => {
            report_top(call, program);
            Ok(false)
        }
        Err(Failed::Exit(_)) => Err(Throw::Exit),
        Err(Failed::Budget) => Err(Throw::Budget),
        Err(Failed::Interrupt) => Err(Throw::Interrupt),
    }
}

/// The error handler: adds what `debug.traceback` says of the failed call to a message.
fn add_traceback(call: &mut Call<'_>) -> Result<u32, Throw> {
    if !matches!(call.view(1), View::Str(_) | View::Number(_)) {
        return Ok(1);
    }
    push_global(call, b"debug")?;
    if call.view(2).as_table().is_none() {
        call.truncate(1);
        return Ok(1);
    }
    call.index_field_of(2, b"traceback")?;
    if !matches!(call.view(3), View::Function) {
        call.truncate(1);
        return Ok(1);
    }
    call.push_copy(1)?;
    call.push_number(2.0)?;
    call.call_top(2)?;
    call.truncate(3);
    Ok(1)
}

/// Reports the error value on top; nil is not one.
fn report_top(call: &Call<'_>, program: Option<&str>) {
    match call.view(call.height()) {
        View::Nil => {}
        View::Str(message) => complain(program, message),
        View::Number(number) => complain(program, NumberText::new(number).as_bytes()),
        _ => complain(program, b"(error object is not a string)"),
    }
}

/// A line on standard error.
fn complain(program: Option<&str>, message: &[u8]) {
    let prefix = program.map_or(String::new(), |program| format!("{program}: "));
    let line = [prefix.as_bytes(), message, b"\n"].concat();
    // Without standard error there is nobody to tell.
    let _ = io::stderr().write_all(&line);
}
