//! The `evalua` program: `eval`, `debug`, `check`, `test`, `diff`, `lua`, `serve`, and what a package of it has beside it.
//!
//! Owns the command line and the exit status: 0 for success, 1 if what was run failed, 2 if it could
//! not be run as asked. Each subcommand is a file; what the options about the engine mean is in
//! `engine`. Knows nothing of the insides of the engine.
#![forbid(unsafe_code)]

mod check;
mod colour;
mod coverage;
mod debug;
mod diff;
mod engine;
mod eval;
mod files;
mod findings;
mod json;
mod keyspace;
mod lua;
mod paperwork;
mod prompt;
mod remote;
mod script;
mod serve;
mod test;
mod trace;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Run Redis Lua scripts without a server, and plain Lua.
#[derive(Debug, Parser)]
#[command(name = "evalua", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Eval(eval::Options),
    Debug(debug::Options),
    Check(check::Options),
    Test(test::Options),
    Diff(diff::Options),
    Lua(lua::Options),
    Serve(serve::Options),
    Completions(paperwork::Completions),
    Man(paperwork::Page),
}

/// Why there is nothing to show for a run.
#[derive(Debug)]
enum Failure {
    /// It was not possible as asked; exit status 2.
    Usage(String),
    /// It failed; exit status 1.
    Run(String),
    /// Nobody reads the output any more; exit status 1, without a word.
    Output,
}

impl From<io::Error> for Failure {
    /// Of writing to standard output.
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Output,
            _ => Failure::Run(format!("standard output: {error}")),
        }
    }
}

/// Whether a program's name is `lua` or `lua5.1`.
fn is_interpreter_name(program: &OsString) -> bool {
    let name = Path::new(program).file_name();
    name.is_some_and(|name| name == "lua" || name == "lua5.1")
}

/// Where the words for the interpreter begin, if that is clear without the parser.
///
/// Called by the name of an interpreter, as through a link, it is one, and knows no other options. And
/// what follows a script is the script's: a short program ends before the parser has built its
/// commands, and in less memory.
fn words_for_lua(words: &[OsString]) -> Option<usize> {
    match words {
        [program, ..] if is_interpreter_name(program) => Some(1),
        [_, command, script, ..]
            if command == "lua" && !script.as_encoded_bytes().starts_with(b"-") =>
        {
            Some(2)
        }
        _ => None,
    }
}

fn main() -> ExitCode {
    // What follows a lone comma is for the script, whatever it looks like, and not for the parser.
    let mut words: Vec<OsString> = std::env::args_os().collect();
    let comma = words.iter().position(|word| word == ",");
    let args = match comma {
        Some(comma)
            if words
                .get(1)
                .is_some_and(|word| word == "eval" || word == "debug" || word == "diff") =>
        {
            let args = words.split_off(comma + 1);
            words.pop();
            args
        }
        _ => Vec::new(),
    };
    let command = match words_for_lua(&words) {
        Some(first) => Command::Lua(lua::Options {
            words: words.split_off(first),
        }),
        None => Cli::parse_from(words).command,
    };
    let result = match command {
        Command::Eval(options) => eval::run(&options, &args),
        Command::Debug(options) => debug::run(&options, &args),
        Command::Check(options) => check::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Diff(options) => diff::run(&options, &args),
        Command::Lua(options) => lua::run(&options),
        Command::Serve(options) => serve::run(&options),
        Command::Completions(options) => paperwork::complete(&options, Cli::command()),
        Command::Man(options) => paperwork::page(&options, Cli::command()),
    };
    let (message, status) = match result {
        Ok(status) => return status,
        Err(Failure::Usage(message)) => (message, 2),
        Err(Failure::Run(message)) => (message, 1),
        Err(Failure::Output) => return ExitCode::FAILURE,
    };
    // If standard error is gone as well, the exit status still tells.
    let _ = writeln!(io::stderr(), "evalua: {message}");
    ExitCode::from(status)
}
