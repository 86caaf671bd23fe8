//! `evalua diff`: a script on an engine and on a server or a cluster.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use evalua_redis::{Profile, Redis};
use evalua_remote::{Comparison, Trial, compare};

use crate::colour::Colour;
use crate::script::{bytes, script_and_keys};
use crate::test::text::Printer;
use crate::{Failure, engine, remote};

/// Run a Redis Lua script on an engine and on a server or a cluster, and show what is not the same
///
/// The words are those of evalua eval. Compared are the reply, the commands that the script calls (as MONITOR shows them), and
/// the keys afterwards: types, values and expiry. The engine's clock stands at the server's time; times to
/// live may differ by as long as the server took.
///
/// A cluster runs a script where its first key is, and refuses keys in different slots, which the engine does not: that is a
/// difference then. What the script calls is compared on that node, the keys are those of all.
///
/// The server, or every master of the cluster, is emptied before and after: it has to be empty, unless there is --flush.
///
/// What is drawn at random (SPOP, SRANDMEMBER, RANDOMKEY, …) can differ by its nature, as can what tells of the time or of the
/// server itself (TIME, PTTL, IDs that XADD makes, INFO). The exit status is 0 when all is the same, 1 when it is not, and 2 when
/// it could not be run.
#[derive(Args, Debug)]
#[command(
    override_usage = "evalua diff [OPTIONS] --server URL SCRIPT [KEY...] [, ARG...]\n       \
                      evalua diff [OPTIONS] --cluster URL SCRIPT [KEY...] [, ARG...]\n       \
                      evalua diff [OPTIONS] --server URL -e SOURCE [KEY...] [, ARG...]",
    after_help = "Examples:
  evalua diff --server redis://127.0.0.1:6379 limiter.lua user:1 , 5 60
  evalua diff --server redis://127.0.0.1:6379/9 --flush --setup accounts.redis transfer.lua alice bob , 30
  evalua diff --cluster redis://127.0.0.1:7000 transfer.lua {bank}alice {bank}bob , 30
  evalua diff --server redis://127.0.0.1 -e 'return redis.call(\"ZRANGE\", KEYS[1], 0, -1, \"WITHSCORES\")' z"
)]
pub struct Options {
    /// The script, if there is no -e, and the keys
    #[arg(value_name = "SCRIPT KEY")]
    words: Vec<OsString>,

    /// Run this source text instead of a file
    #[arg(short = 'e', long, value_name = "SOURCE")]
    source: Option<OsString>,

    /// The server.
    #[arg(
        long,
        value_name = "URL",
        required_unless_present = "cluster",
        conflicts_with = "cluster",
        help = format!("The server: {}", remote::URL)
    )]
    server: Option<String>,

    /// The cluster that the node at this URL is in, in place of a server; may be given again for more of its nodes, in case one
    /// does not answer
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    cluster: Vec<String>,

    /// Delete all that the server or the cluster holds, before and after
    #[arg(long)]
    flush: bool,

    /// Run the Redis commands in FILE first, on both sides, one a line, as typed into redis-cli
    #[arg(long, value_name = "FILE")]
    setup: Vec<PathBuf>,

    /// What the engine is to be like [default: what the server says that it is]
    #[arg(long, value_name = "NAME", value_parser = engine::profiles())]
    profile: Option<String>,

    /// When to print in colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    color: Colour,
}

/// Runs the script with `args` as its ARGV.
pub fn run(options: &Options, args: &[OsString]) -> Result<ExitCode, Failure> {
    let (script, keys) = script_and_keys("diff", options.source.as_ref(), &options.words)?;
    let owned = |words: &[OsString]| words.iter().map(|word| bytes(word).to_vec()).collect();
    let trial = Trial {
        setup: engine::read_setup(&options.setup)?,
        script: script.source,
        keys: owned(keys),
        args: owned(args),
        profile: options.profile.as_deref().and_then(Profile::named),
    };
    let address = remote::address(options.server.as_deref(), &options.cluster)?;
    let Some(address) = address else {
        return Err(Failure::Usage(
            "no server: --server or --cluster names one".to_owned(),
        ));
    };
    let scratch = remote::claim(&address, options.flush)?;
    let compared = compare(&scratch, Redis::builder(), &trial);
    let comparison = compared.map_err(|error| remote::failure(&error))?;
    if let Some(why) = &comparison.unwatched {
        // Without standard error there is nobody to tell.
        let _ = writeln!(
            io::stderr(),
            "evalua: what the script calls is not compared, since the server does not show it: {why}"
        );
    }
    if is_of_several_slots(&comparison) {
        let _ = writeln!(
            io::stderr(),
            "evalua: a cluster runs a script where its first key is, on keys of that slot only: give the keys the same {{tag}}"
        );
    }
    let differences = comparison.differences();
    let printer = Printer::new(options.color.is_on(), true);
    let shown = match differences.is_empty() {
        true => same(&comparison, &address.to_string()),
        false => {
            let mut shown = String::new();
            for (what, lines) in &differences {
                shown += &format!("{what} is not the same\n");
                printer.changes(&mut shown, 2, lines);
            }
            let profile = comparison.profile.name;
            shown + &format!("(- {address}, + evalua as {profile})\n")
        }
    };
    io::stdout().lock().write_all(shown.as_bytes())?;
    Ok(ExitCode::from(u8::from(!differences.is_empty())))
}

/// Whether the server is of a cluster and refuses the script for its keys.
fn is_of_several_slots(comparison: &Comparison) -> bool {
    let error = comparison.server.reply.as_error();
    error.is_some_and(|error| {
        let error = String::from_utf8_lossy(error.as_bytes());
        error.starts_with("CROSSSLOT ") || error.contains("non local key in a cluster node")
    })
}

/// What there was to compare.
fn same(comparison: &Comparison, address: &str) -> String {
    let count = |n: usize, what: &str| match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    };
    let mut parts = vec!["the reply".to_owned()];
    if comparison.unwatched.is_none() {
        parts.push(count(comparison.server.calls.len(), "call"));
    }
    parts.push(count(comparison.server.keyspace.len(), "key"));
    format!(
        "the same on {address} and on evalua as {}: {}\n",
        comparison.profile.name,
        parts.join(", ")
    )
}
