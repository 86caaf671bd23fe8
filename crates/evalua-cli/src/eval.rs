//! `evalua eval`: a script run as `redis-cli --eval` runs it, with no server.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use evalua_coverage::File;
use evalua_redis::script::Sha;
use evalua_redis::{Redis, text};
use evalua_test::place;

use crate::findings::Printer;
use crate::{Failure, coverage, engine, json, keyspace, trace};

/// Run a Redis Lua script and print its reply
///
/// The words before a lone comma are KEYS, those after it ARGV, as for redis-cli --eval. Options come
/// before the comma. The reply is printed as redis-cli prints it on a terminal. The exit status is 0
/// for a reply, 1 for an error reply, and 2 if the script could not be run as asked.
#[derive(Args, Debug)]
#[command(
    override_usage = "evalua eval [OPTIONS] SCRIPT [KEY...] [, ARG...]\n       \
                      evalua eval [OPTIONS] -e SOURCE [KEY...] [, ARG...]",
    after_help = "Examples:
  evalua eval limiter.lua user:1 , 5 60
  evalua eval -e 'return redis.call(\"INCRBY\", KEYS[1], ARGV[1])' visits , 5
  evalua eval limiter.lua --repeat 7 --at 1700000000000 --advance 10 user:1 , 5 60
  evalua eval transfer.lua --setup accounts.redis --show alice bob , 30"
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

/// A script and where it is from.
struct Script {
    source: Vec<u8>,
    name: String,
}

/// Runs the script with `args` as its ARGV.
pub fn run(options: &Options, args: &[OsString]) -> Result<ExitCode, Failure> {
    let (script, keys) = script_and_keys(options)?;
    let printer = Printer::of_file(Sha::of(&script.source), &script.name);
    let mut redis = options.engine.open(printer, options.coverage.is_wanted())?;
    // Not for the commands of the set-up.
    redis.core_mut().set_tracing(options.trace.is_some());

    let count = keys.len().to_string();
    let mut command: Vec<&[u8]> = vec![b"EVAL", &script.source, count.as_bytes()];
    let words = keys.iter().chain(args);
    command.extend(words.map(|word| bytes(word)));

    let mut failed = false;
    for turn in 0..options.repeat {
        if let (Some(by), 1..) = (options.advance, turn) {
            redis.advance(by);
        }
        failed |= !print_reply(options, &mut redis, &script, &command)?;
        if let Some(format) = options.trace {
            print_trace(&mut redis, &script, format)?;
        }
    }
    if options.show {
        let shown = if options.is_json() {
            json::line(&keyspace::json(&mut redis))
        } else {
            format!("\n{}", evalua_test::keyspace::text(&mut redis)).into_bytes()
        };
        io::stdout().lock().write_all(&shown)?;
    }
    options.coverage.report(&covered(&mut redis, &script))?;
    Ok(ExitCode::from(u8::from(failed)))
}

/// What is covered of the script, under the name of its file; what the set-up ran is left out.
fn covered(redis: &mut Redis, script: &Script) -> Vec<File> {
    let names = coverage::Names::default();
    names.add(&script.source, &script.name);
    names.of(redis.take_coverage())
}

/// Runs the script once and prints the reply. False if it is an error.
fn print_reply(
    options: &Options,
    redis: &mut Redis,
    script: &Script,
    command: &[&[u8]],
) -> Result<bool, Failure> {
    let reply = redis.command(command);
    let reply = reply.to_resp2(redis.core().profile());
    let mut shown = if options.is_json() {
        json::line(&json::outcome(&reply))
    } else if options.raw {
        text::print_raw(&reply)
    } else {
        text::print(&reply)
    };
    if !options.is_json() {
        shown.push(b'\n');
    }
    io::stdout().lock().write_all(&shown)?;
    let Some(error) = reply.as_error() else {
        return Ok(true);
    };
    // The reply names the script by its hash, as the server does; a person wants the file.
    if let Some(line) = place::line(error.as_bytes()) {
        let place = place::describe(&script.name, &script.source, line);
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

fn script_and_keys(options: &Options) -> Result<(Script, &[OsString]), Failure> {
    if let Some(source) = &options.source {
        let script = Script {
            source: bytes(source).to_vec(),
            name: "-e".to_owned(),
        };
        return Ok((script, &options.words));
    }
    let Some((file, keys)) = options.words.split_first() else {
        return Err(Failure::Usage(
            "no script: name a file, or give its text with -e (see evalua eval --help)".to_owned(),
        ));
    };
    let file = PathBuf::from(file);
    let source = engine::read(&file).map_err(|failure| match failure {
        Failure::Usage(message) if file.to_string_lossy().contains(' ') => {
            Failure::Usage(format!("{message}; the text of a script is given with -e"))
        }
        other => other,
    })?;
    let script = Script {
        source,
        name: shown(&file),
    };
    Ok((script, keys))
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}

/// The bytes of a word, which need not be UTF-8.
fn bytes(word: &OsStr) -> &[u8] {
    word.as_encoded_bytes()
}
