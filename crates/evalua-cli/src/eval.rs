//! `evalua eval`: a script run as `redis-cli --eval` runs it, with no server unless one is named.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use evalua_coverage::File;
use evalua_redis::script::Sha;
use evalua_redis::{Builder, Redis, Reply, text};
use evalua_remote::{Address, Remote};
use evalua_test::keyspace::{self, Entry};

use crate::findings::Printer;
use crate::script::{Script, bytes, script_and_keys};
use crate::{Failure, coverage, engine, json, remote, trace};

/// Run a Redis Lua script and print its reply
///
/// The words before a lone comma are KEYS, those after it ARGV, as for redis-cli --eval. Options come
/// before the comma. The reply is printed as redis-cli prints it on a terminal. With --server or --cluster the script runs
/// there, on the data that there is. The exit status is 0 for a reply, 1 for an error reply, and 2 if the script
/// could not be run as asked.
#[derive(Args, Debug)]
#[command(
    override_usage = "evalua eval [OPTIONS] SCRIPT [KEY...] [, ARG...]\n       \
                      evalua eval [OPTIONS] -e SOURCE [KEY...] [, ARG...]",
    after_help = "Examples:
  evalua eval limiter.lua user:1 , 5 60
  evalua eval -e 'return redis.call(\"INCRBY\", KEYS[1], ARGV[1])' visits , 5
  evalua eval limiter.lua --repeat 7 --at 1700000000000 --advance 10 user:1 , 5 60
  evalua eval transfer.lua --setup accounts.redis --show alice bob , 30
  evalua eval limiter.lua --server redis://127.0.0.1:6379 user:1 , 5 60
  evalua eval limiter.lua --cluster redis://10.0.0.1:6379,redis://10.0.0.2:6379 user:1 , 5 60"
)]
pub struct Options {
    /// The script, if there is no -e, and the keys
    #[arg(value_name = "SCRIPT KEY")]
    words: Vec<OsString>,

    /// Run this source text instead of a file
    #[arg(short = 'e', long, value_name = "SOURCE")]
    source: Option<OsString>,

    /// Run the script N times
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    repeat: u64,

    /// Move the clock between two runs
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    advance: Option<Duration>,

    /// Print the keyspace after the last run
    #[arg(long)]
    show: bool,

    /// Print one JSON object a line: {"reply": …} or {"error": …}, and {"keyspace": …} for --show
    #[arg(long)]
    json: bool,

    /// Print replies as redis-cli prints them into a pipe
    #[arg(long, conflicts_with = "json")]
    raw: bool,

    /// After each reply show the commands that the script has called, with the line, the reply, keys that
    /// are not in KEYS, and changes of expiry: on standard error. With =json, print all on standard
    /// output, one JSON object a line: {"call": …} beside those of --json
    #[arg(
        long,
        value_name = "FORMAT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "text",
        value_enum
    )]
    trace: Option<trace::Format>,

    #[command(flatten)]
    remote: remote::RemoteOptions,

    #[command(flatten)]
    coverage: coverage::CoverageOptions,

    #[command(flatten)]
    engine: engine::EngineOptions,
}

impl Options {
    /// Whether standard output is for programs.
    fn is_json(&self) -> bool {
        self.json || self.trace == Some(trace::Format::Json)
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// Runs the script with `args` as its ARGV.
pub fn run(options: &Options, args: &[OsString]) -> Result<ExitCode, Failure> {
    let (script, keys) = script_and_keys("eval", options.source.as_ref(), &options.words)?;
    let count = keys.len().to_string();
    let mut command: Vec<&[u8]> = vec![b"EVAL", &script.source, count.as_bytes()];
    let words = keys.iter().chain(args);
    command.extend(words.map(|word| bytes(word)));
    let has_failed = match options.remote.address()? {
        None => on_engine(options, &script, &command)?,
        Some(address) => on_server(options, &address, &script, &command)?,
    };
    if let Some(hint) = hint(&script, keys, args, has_failed) {
        // Without standard error there is nobody to tell.
        let _ = writeln!(io::stderr(), "evalua: {hint}");
    }
    Ok(ExitCode::from(u8::from(has_failed)))
}

/// What to say where the comma before the arguments seems to have been forgotten, or not to stand alone, or options to be
/// meant after it.
fn hint(script: &Script, keys: &[OsString], args: &[OsString], has_failed: bool) -> Option<String> {
    if !args.is_empty() {
        let option = args.iter().find(|arg| is_option(bytes(arg)))?;
        return Some(format!(
            "{} is in ARGV: what follows the comma is no option",
            option.display()
        ));
    }
    let has_comma = |key: &&OsString| bytes(key).starts_with(b",") || bytes(key).ends_with(b",");
    if let Some(key) = keys.iter().find(has_comma) {
        return Some(format!(
            "{} is a key with its comma: the one before the arguments has blanks around it",
            key.display()
        ));
    }
    let takes_args = script.source.windows(4).any(|part| part == b"ARGV");
    (has_failed && takes_args && !keys.is_empty()).then(|| {
        "there is no ARGV, since all words are keys: arguments come after a lone comma".to_owned()
    })
}

/// Whether a word is an option of this command, perhaps with its value.
fn is_option(word: &[u8]) -> bool {
    let Some(name) = word.strip_prefix(b"--") else {
        return false;
    };
    let name = name.split(|&byte| byte == b'=').next().unwrap_or_default();
    let command = Options::augment_args(clap::Command::new("eval"));
    let is_named = |arg: &clap::Arg| arg.get_long().is_some_and(|long| long.as_bytes() == name);
    command.get_arguments().any(is_named)
}

/// Runs it on a new engine. Whether it has failed.
fn on_engine(options: &Options, script: &Script, command: &[&[u8]]) -> Result<bool, Failure> {
    let printer = Printer::of_file(Sha::of(&script.source), &script.name);
    let is_covered = options.coverage.is_wanted();
    let adapt = |builder: Builder| builder.coverage(is_covered);
    let mut redis = options.engine.open(printer, adapt)?;
    // Not for the commands of the set-up.
    redis.core_mut().set_tracing(options.trace.is_some());
    let mut has_failed = false;
    for turn in 0..options.repeat {
        if let (Some(by), 1..) = (options.advance, turn) {
            redis.advance(by);
        }
        let reply = redis.command(command);
        let reply = reply.to_resp2(redis.core().profile());
        has_failed |= !print_reply(options, script, &reply)?;
        if let Some(format) = options.trace {
            print_trace(&mut redis, script, format)?;
        }
    }
    if options.show {
        show(options, &keyspace::read(&mut redis))?;
    }
    options.coverage.report(&covered(&mut redis, script))?;
    Ok(has_failed)
}

/// Runs it on a server, which is not touched otherwise. Whether it has failed.
fn on_server(
    options: &Options,
    address: &Address,
    script: &Script,
    command: &[&[u8]],
) -> Result<bool, Failure> {
    let traced = "a server does not tell what a script calls; see evalua diff";
    remote::refuse(&[
        (options.advance.is_some(), "--advance", remote::CLOCK),
        (options.trace.is_some(), "--trace", traced),
    ])?;
    remote::refuse(&options.coverage.engine_only())?;
    remote::refuse(&options.engine.engine_only())?;
    let setup = options.engine.setup()?;
    let failure = |error: evalua_remote::Error| remote::failure(&error);
    let mut server = Remote::open(address).map_err(failure)?;
    for command in setup {
        let reply = server.command(&command.words).map_err(failure)?;
        engine::expect_success(&command, &reply)?;
    }
    let mut has_failed = false;
    for _ in 0..options.repeat {
        let reply = server.command(command).map_err(failure)?;
        has_failed |= !print_reply(options, script, &reply)?;
    }
    if options.show {
        show(options, &evalua_remote::keyspace(address).map_err(failure)?)?;
    }
    Ok(has_failed)
}

/// Prints the keyspace.
fn show(options: &Options, keys: &[Entry]) -> Result<(), Failure> {
    let shown = if options.is_json() {
        json::line(&crate::keyspace::json(keys))
    } else {
        format!("\n{}", keyspace::text(keys)).into_bytes()
    };
    Ok(io::stdout().lock().write_all(&shown)?)
}

/// What is covered of the script, under the name of its file; what the set-up ran is left out.
fn covered(redis: &mut Redis, script: &Script) -> Vec<File> {
    let names = coverage::Names::default();
    names.add(&script.source, &script.name);
    names.of(redis.take_coverage())
}

/// Prints the reply. False if it is an error.
fn print_reply(options: &Options, script: &Script, reply: &Reply) -> Result<bool, Failure> {
    let mut shown = if options.is_json() {
        json::line(&json::outcome(reply))
    } else if options.raw {
        text::print_raw(reply)
    } else {
        text::print(reply)
    };
    if !options.is_json() {
        shown.push(b'\n');
    }
    io::stdout().lock().write_all(&shown)?;
    let Some(error) = reply.as_error() else {
        return Ok(true);
    };
    if let Some(place) = script.place(error.as_bytes()) {
        let _ = writeln!(io::stderr(), "{place}");
    }
    Ok(false)
}

/// Prints the commands that the script has called since the last time.
fn print_trace(redis: &mut Redis, script: &Script, format: trace::Format) -> Result<(), Failure> {
    let calls = redis.take_trace();
    let profile = redis.core().profile();
    let calls = calls.iter().filter(|call| call.from_script);
    match format {
        trace::Format::Text => {
            let mut stderr = io::stderr().lock();
            for call in calls {
                // Without standard error there is nobody to tell.
                let _ = writeln!(stderr, "{}", trace::text(call, &script.name, profile));
            }
        }
        trace::Format::Json => {
            let mut stdout = io::stdout().lock();
            for call in calls {
                stdout.write_all(&json::line(&trace::json(call, &script.name)))?;
            }
        }
    }
    Ok(())
}
