//! `evalua debug`: a script run as by `evalua eval`, and stopped where one wants to look at it.

mod adapter;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use clap::Args;
use evalua_debug::terminal::{Console, Terminal, Typed};
use evalua_debug::{Debugging, Program};
use evalua_redis::script::{Kind, Sha, read_first_line};
use evalua_redis::{Redis, text};

use crate::findings::Printer;
use crate::prompt::{Lines, NoLine};
use crate::script::{bytes, script_and_keys};
use crate::{Failure, engine};

/// Run a Redis Lua script step by step
///
/// The script stops before its first line and takes commands: break 12, next, step, finish, continue, where,
/// list, locals, print EXPR, keys, commands, keyspace, redis COMMAND; help shows them all. Commands can come
/// through a pipe. Words and options are those of evalua eval: KEYS before a lone comma, ARGV after it.
#[derive(Args, Debug)]
#[command(
    override_usage = "evalua debug [OPTIONS] SCRIPT [KEY...] [, ARG...]\n       \
                      evalua debug [OPTIONS] -e SOURCE [KEY...] [, ARG...]",
    after_help = "Examples:
  evalua debug limiter.lua user:1 , 5 60
  evalua debug --break 12 --setup accounts.redis transfer.lua alice bob , 30
  evalua debug --function transfer library.lua alice bob , 30
  evalua debug --dap
  printf 'next\\nlocals\\ncontinue\\n' | evalua debug limiter.lua user:1 , 5 60"
)]
pub struct Options {
    /// The script, if there is no -e, and the keys
    #[arg(value_name = "SCRIPT KEY")]
    words: Vec<OsString>,

    /// Run this source text instead of a file
    #[arg(short = 'e', long, value_name = "SOURCE")]
    source: Option<OsString>,

    /// The source is a library: call this function of it
    #[arg(long, value_name = "NAME")]
    function: Option<String>,

    /// Stop at this line, and not before the first one; may be given several times
    #[arg(long = "break", short = 'b', value_name = "LINE", value_parser = clap::value_parser!(u32).range(1..))]
    breakpoints: Vec<u32>,

    /// Speak the Debug Adapter Protocol on standard input and output: for editors, which say what is to be run
    #[arg(long, conflicts_with_all = ["words", "source", "function", "breakpoints"])]
    dap: bool,

    #[command(flatten)]
    engine: engine::EngineOptions,
}

/// Debugs the script with `args` as its ARGV.
pub fn run(options: &Options, args: &[OsString]) -> Result<ExitCode, Failure> {
    if options.dap {
        return Ok(adapter::serve());
    }
    let (script, keys) = script_and_keys("debug", options.source.as_ref(), &options.words)?;
    let program = Program {
        name: script.name.clone(),
        source: script.source.clone(),
    };
    let attention = Arc::<AtomicBool>::default();
    let prompt = Prompt::new(Arc::clone(&attention));
    let is_typed = prompt.lines.are_edited();
    let terminal = Terminal::new(prompt);
    let debugging = Debugging::attended(program, terminal, Arc::clone(&attention));
    let debugging = Arc::new(debugging);
    let debugger = debugging.clone();
    let printer = Printer::of_file(Sha::of(&script.source), &script.name);
    let adapt = |builder: evalua_redis::Builder| builder.debugger(debugger);
    let mut redis = options.engine.open(printer, adapt)?;

    let words = |words: &[OsString]| words.iter().map(|word| bytes(word).to_vec()).collect();
    let call = Invocation {
        source: script.source.clone(),
        function: options.function.clone(),
        keys: words(keys),
        args: words(args),
    };
    if let Err(error) = call.load(&mut redis, &script.name) {
        let place = script.place(error.as_bytes());
        let place = place.map_or(String::new(), |place| format!("\n{place}"));
        return Err(Failure::Run(format!("{error}{place}")));
    }
    set_stops(options, &debugging)?;
    // Not for the commands of the set-up.
    redis.core_mut().trace_scripts(true);
    // Where commands come through a pipe, Ctrl-C ends all as it does elsewhere.
    if is_typed {
        heed_ctrl_c(attention)?;
    }
    debugging.arm(true);
    let reply = redis.command(&call.command());
    debugging.arm(false);
    let reply = reply.to_resp2(redis.core().profile());

    let inner = &mut *debugging.lock();
    inner.face.console().lines.save();
    if inner.face.is_ended() {
        return Ok(ExitCode::SUCCESS);
    }
    let mut shown = text::print(&reply);
    shown.push(b'\n');
    io::stdout().lock().write_all(&shown)?;
    let Some(error) = reply.as_error() else {
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(place) = script.place(error.as_bytes()) {
        // Without standard error there is nobody to tell.
        let _ = writeln!(io::stderr(), "{place}");
    }
    Ok(ExitCode::FAILURE)
}

fn set_stops(options: &Options, debugging: &Debugging<Terminal<Prompt>>) -> Result<(), Failure> {
    let control = &mut debugging.lock().control;
    if options.breakpoints.is_empty() {
        control.stop_on_entry();
    }
    for &line in &options.breakpoints {
        if control.add_breakpoint(line, None).is_none() {
            let message = format!("--break {line}: no line from there on has code");
            return Err(Failure::Usage(message));
        }
    }
    Ok(())
}

/// What a shell tells of a process that Ctrl-C has ended.
const INTERRUPTED: i32 = 128 + 2;

/// From now on Ctrl-C asks for attention. Who presses it again before any line of the script has begun ends the process: a
/// function of Lua's libraries works on something long.
fn heed_ctrl_c(attention: Arc<AtomicBool>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    // Before the thread begins: one that comes first would end the process.
    let mut presses = {
        let _within = runtime.enter();
        presses()?
    };
    thread::spawn(move || {
        runtime.block_on(async {
            while presses.recv().await.is_some() {
                if attention.swap(true, Ordering::Relaxed) {
                    process::exit(INTERRUPTED);
                }
            }
        });
    });
    Ok(())
}

/// Each Ctrl-C from now on.
#[cfg(unix)]
fn presses() -> io::Result<tokio::signal::unix::Signal> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::interrupt())
}

/// Each Ctrl-C from now on.
#[cfg(windows)]
fn presses() -> io::Result<tokio::signal::windows::CtrlC> {
    tokio::signal::windows::ctrl_c()
}

/// What is run.
struct Invocation {
    /// The script or library.
    source: Vec<u8>,
    /// The function that is called, where the source is a library.
    function: Option<String>,
    keys: Vec<Vec<u8>>,
    args: Vec<Vec<u8>>,
}

impl Invocation {
    /// Compiles it, so that its lines are known.
    fn load(&self, redis: &mut Redis, name: &str) -> Result<(), String> {
        let kind = read_first_line(&self.source).map(|(kind, _)| kind);
        if self.function.is_none() && kind == Ok(Kind::Library) {
            return Err(format!(
                "{name} is a library: say which function of it to call"
            ));
        }
        let load: &[&[u8]] = match self.function {
            Some(_) => &[b"FUNCTION", b"LOAD", b"REPLACE", &self.source],
            None => &[b"SCRIPT", b"LOAD", &self.source],
        };
        match redis.command(load).as_error() {
            Some(error) => Err(error.to_string()),
            None => Ok(()),
        }
    }

    /// The command that runs it.
    fn command(&self) -> Vec<Vec<u8>> {
        let mut command = match &self.function {
            Some(name) => vec![b"FCALL".to_vec(), name.clone().into_bytes()],
            None => vec![b"EVAL".to_vec(), self.source.clone()],
        };
        command.push(self.keys.len().to_string().into_bytes());
        command.extend(self.keys.iter().chain(&self.args).cloned());
        command
    }
}

const PROMPT: &str = "(evalua) ";

/// Where commands come from: a person, or a pipe.
struct Prompt {
    lines: Lines,
    /// Whether lines are shown as they are read, since nobody has typed them here.
    echoes: bool,
    /// Whether a Ctrl-C is to be heeded.
    attention: Arc<AtomicBool>,
}

impl Prompt {
    fn new(attention: Arc<AtomicBool>) -> Prompt {
        Prompt {
            lines: Lines::new(".evalua_debug_history"),
            echoes: !io::stdin().is_terminal(),
            attention,
        }
    }
}

impl Console for Prompt {
    fn read(&mut self) -> Typed {
        let line = self.lines.next(PROMPT);
        // The prompt was there already.
        self.attention.store(false, Ordering::Relaxed);
        let line = match line {
            Ok(line) => String::from_utf8_lossy(&line).into_owned(),
            Err(NoLine::GivenUp) => return Typed::Interrupt,
            Err(NoLine::End) => {
                self.write("\n");
                return Typed::End;
            }
        };
        if self.echoes {
            self.write(&format!("{line}\n"));
        }
        self.lines.remember(line.as_bytes());
        Typed::Line(line)
    }

    fn write(&mut self, text: &str) {
        let mut out = io::stdout().lock();
        // What nobody reads is no reason to stop: the end of the input is.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}
