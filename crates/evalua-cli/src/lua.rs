//! `evalua lua`: a plain Lua program, as `lua5.1 script.lua` runs it.

use std::ffi::OsString;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use evalua_vm::{Call, Failure as Failed, Lua, View};

use crate::{Failure, engine};

/// Run a Lua 5.1 program
#[derive(Args, Debug)]
pub struct Options {
    /// The program
    script: PathBuf,

    /// Its arguments, which it sees as ... and in the table arg
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

/// Runs the program.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    let source = engine::read(&options.script)?;
    let mut lua = Lua::new().map_err(|_| Failure::Run("not enough memory".to_owned()))?;
    let mut output = BufWriter::new(std::io::stdout());
    // `print` has no way to say that nobody listens.
    lua.set_output(move |bytes| drop(output.write_all(bytes)));
    let name = [b"@", options.script.as_os_str().as_encoded_bytes()].concat();
    lua.enter(|call| main_program(call, options, skip_shebang(&source), &name))
        .map_err(Failure::Run)?;
    Ok(ExitCode::SUCCESS)
}

/// The source without the text of a first line that begins with `#`; the line itself stays, and
/// with it the numbers of the others.
fn skip_shebang(source: &[u8]) -> &[u8] {
    if source.starts_with(b"#") {
        let end = source.iter().position(|&byte| byte == b'\n');
        &source[end.unwrap_or(source.len())..]
    } else {
        source
    }
}

fn main_program(
    call: &mut Call<'_>,
    options: &Options,
    source: &[u8],
    name: &[u8],
) -> Result<(), String> {
    let no_memory = |_| "not enough memory".to_owned();
    set_arg(call, options).map_err(no_memory)?;
    call.push_chunk(source, name)
        .map_err(no_memory)?
        .map_err(|message| String::from_utf8_lossy(&message).into_owned())?;
    for arg in &options.args {
        call.push_bytes(arg.as_encoded_bytes()).map_err(no_memory)?;
    }
    match call.protected_call_top(options.args.len(), None) {
        Ok(()) => Ok(()),
        Err(Failed::Error) => Err(match call.view(call.height()) {
            View::Str(message) => String::from_utf8_lossy(message).into_owned(),
            View::Number(number) => number.to_string(),
            other => format!("(error object is a {} value)", other.type_name()),
        }),
        Err(Failed::Budget | Failed::Interrupt) => Err("interrupted".to_owned()),
    }
}

/// Sets the global `arg`: the program at 0, its arguments from 1.
fn set_arg(call: &mut Call<'_>, options: &Options) -> Result<(), evalua_vm::Throw> {
    call.push_globals()?;
    let globals = call.height();
    call.push_table(options.args.len(), 1)?;
    let table = call.height();
    let words = std::iter::once(options.script.as_os_str())
        .chain(options.args.iter().map(OsString::as_os_str));
    for (index, word) in (0..).zip(words) {
        call.push_bytes(word.as_encoded_bytes())?;
        call.set_index_of(table, index)?;
    }
    call.set_field_of(globals, b"arg")?;
    call.truncate(globals - 1);
    Ok(())
}
