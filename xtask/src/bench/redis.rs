//! `cargo xtask bench redis`: what scripts cost evalua beside `redis-server`, in time and in memory.
//!
//! Owns the tables' place, the calls through `evalua serve`, and what memory is filled with. The calls in one
//! process are `crates/evalua-redis/benches/scripts.rs`; which scripts there are is `evalua_conformance::scripts`.

use std::path::Path;
use std::process::{Command, Stdio};

use evalua_conformance::processor;
use evalua_conformance::resp::{Client, Reply, encode};
use evalua_conformance::scripts::Script;

use super::measure::median;
use super::report;
use crate::servers::{Server, raise_open_files};
use crate::workspace;

/// How many requests are on their way at once.
const PIPELINE: usize = 16;

/// The calls of a round, as many times as a script says that are timed at once.
const BATCHES: usize = 4;

/// Times the scripts in one process, and through the door of both servers.
pub fn run(evalua: &Path, rounds: usize, names: &[String]) -> Result<(), String> {
    let here = in_process(names)?;
    let served = served(evalua, rounds, names)?;
    if names.is_empty() {
        report::replace("scripts", here.trim_end())?;
        report::replace("served", &served)?;
    }
    Ok(())
}

fn in_process(names: &[String]) -> Result<String, String> {
    let words = ["bench", "-p", "evalua-redis", "--bench", "scripts", "--"];
    let output = Command::new("cargo")
        .args(words)
        .arg("--beside-redis-server")
        .args(names)
        .current_dir(workspace())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cargo: {e}"))?;
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    print!("{table}");
    match output.status.success() {
        true => Ok(table),
        false => Err(format!("the bench failed ({})", output.status)),
    }
}

fn served(evalua: &Path, rounds: usize, names: &[String]) -> Result<String, String> {
    let head = "| script | redis-server, µs | evalua serve, µs | ratio |\n|---|---|---|---|";
    println!("{head}");
    let [redis, evalua] = processor::on_one(|| Server::both(evalua))?;
    let (mut rows, mut logs) = (Vec::new(), Vec::new());
    let scripts = Script::all().map_err(|e| e.to_string())?;
    let wanted = |script: &&Script| names.is_empty() || names.contains(&script.name);
    for script in scripts.iter().filter(wanted) {
        let mut theirs = Caller::new(&redis, script)?;
        let mut ours = Caller::new(&evalua, script)?;
        let (mut pairs, mut replies) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let (their_cost, their_replies) = theirs.round()?;
            let (our_cost, our_replies) = ours.round()?;
            pairs.push((our_cost, their_cost));
            replies.push((our_replies, their_replies));
        }
        if let Some((ours, theirs)) = replies.iter().find(|(ours, theirs)| ours != theirs) {
            let (ours, theirs) = (ours.last(), theirs.last());
            return Err(format!("{}: {ours:?}, but {theirs:?}", script.name));
        }
        let ratio = median(pairs.iter().map(|(ours, theirs)| ours / theirs).collect());
        let row = format!(
            "| {} | {:.2} | {:.2} | {ratio:.2} |",
            script.name,
            median(pairs.iter().map(|pair| pair.1).collect()),
            median(pairs.iter().map(|pair| pair.0).collect()),
        );
        println!("{row}");
        rows.push(row);
        logs.push(ratio.ln());
    }
    let mean = report::geometric_mean(&logs);
    let mean = format!("| **geometric mean** | | | **{mean:.2}** |");
    println!("{mean}");
    Ok(format!("{head}\n{}\n{mean}", rows.join("\n")))
}

/// Who calls a script on a server.
struct Caller<'a> {
    server: &'a Server,
    script: &'a Script,
    client: Client,
    sha: String,
    called: usize,
}

impl Caller<'_> {
    fn new<'a>(server: &'a Server, script: &'a Script) -> Result<Caller<'a>, String> {
        let fail = |e: std::io::Error| format!("{}: {e}", server.name());
        let mut client = Client::connect(server.address()).map_err(fail)?;
        client.command(["FLUSHALL"]).map_err(fail)?;
        for words in script.setup() {
            client.command(words).map_err(fail)?;
        }
        let sha = match client.command(["SCRIPT", "LOAD", &script.source]) {
            Ok(Reply::Bulk(sha)) => String::from_utf8_lossy(&sha).into_owned(),
            other => return Err(format!("{}: SCRIPT LOAD: {other:?}", server.name())),
        };
        Ok(Caller {
            server,
            script,
            client,
            sha,
            called: 0,
        })
    }

    /// The CPU time of a call in microseconds, and the replies.
    fn round(&mut self) -> Result<(f64, Vec<Reply>), String> {
        let name = self.server.name();
        self.try_round().map_err(|e| format!("{name}: {e}"))
    }

    fn try_round(&mut self) -> Result<(f64, Vec<Reply>), String> {
        let fail = |e: std::io::Error| e.to_string();
        let count = self.script.calls * BATCHES;
        let numbers: Vec<usize> = (self.called + 1..=self.called + count).collect();
        self.called += count;
        for words in numbers.iter().filter_map(|&n| self.script.before(n)) {
            self.client.command(words).map_err(fail)?;
        }
        let frame = |&n: &usize| encode(self.script.call(&self.sha, n));
        let frames = numbers
            .chunks(PIPELINE)
            .map(|some| (some.len(), some.iter().flat_map(frame)));
        let frames: Vec<(usize, Vec<u8>)> = frames.map(|(n, all)| (n, all.collect())).collect();
        let mut replies = Vec::with_capacity(count);
        let before = self.server.cpu_seconds_exactly()?;
        for (count, bytes) in frames {
            self.client.send_raw(&bytes).map_err(fail)?;
            for _ in 0..count {
                replies.push(self.client.receive().map_err(fail)?);
            }
        }
        let used = self.server.cpu_seconds_exactly()? - before;
        Ok((used * 1e6 / count as f64, replies))
    }
}

/// What memory is filled with: what it is called, how many commands, and their words, in which `{n}` is the
/// number of the command.
const FILLS: &[(&str, usize, &str)] = &[
    (
        "1 M strings, `SET key:N value:N`",
        1_000_000,
        "SET key:{n} value:{n}",
    ),
    (
        "a sorted set of 100 k members",
        100_000,
        "ZADD zset {n} member:{n}",
    ),
    (
        "a hash of 100 k fields",
        100_000,
        "HSET hash field:{n} value:{n}",
    ),
    (
        "100 k hashes of five fields",
        100_000,
        "HSET hash:{n} name user:{n} email user{n}@example.com age 42 city Springfield score 17.5",
    ),
    ("a list of 1 M items", 1_000_000, "RPUSH list item:{n}"),
    ("a set of 100 k members", 100_000, "SADD set member:{n}"),
    ("100 k counters", 100_000, "INCRBY counter:{n} {n}"),
    (
        "100 k strings with an expiry",
        100_000,
        "SET session:{n} user:{n} EX {n}00",
    ),
    (
        "100 k lists of five items",
        100_000,
        "RPUSH list:{n} item:{n} second third 4 fifth",
    ),
    (
        "100 k sets of five members",
        100_000,
        "SADD set:{n} member:{n} red green blue yellow",
    ),
    (
        "100 k sets of five integers",
        100_000,
        "SADD ints:{n} {n} 1 22 333 4444",
    ),
    (
        "100 k sorted sets of five members",
        100_000,
        "ZADD zset:{n} {n} member:{n} 1 alice 2.5 bob 30 carol 17 dave",
    ),
    (
        "100 k streams of one entry",
        100_000,
        "XADD stream:{n} * user {n} event login",
    ),
];

/// How many commands are sent at once to fill memory.
const FILL_AT_ONCE: usize = 100;

/// Compares by how much memory grows as it is filled, each time in fresh processes.
pub fn memory(evalua: &Path) -> Result<(), String> {
    raise_open_files()?;
    let head = "| what | redis-server, bytes each | evalua serve, bytes each | ratio | by `used_memory` |\n\
                |---|---|---|---|---|";
    println!("{head}");
    let mut rows = Vec::new();
    for (what, count, command) in FILLS {
        let [theirs, ours] = Server::both(evalua)?;
        let each = |server: &Server| fill(server, *count, command);
        let (theirs, ours) = (each(&theirs)?, each(&ours)?);
        let row = format!(
            "| {what} | {:.0} | {:.0} | {:.2} | {:.0} and {:.0} |",
            theirs.0,
            ours.0,
            ours.0 / theirs.0,
            theirs.1,
            ours.1
        );
        println!("{row}");
        rows.push(row);
    }
    report::replace("memory", &format!("{head}\n{}", rows.join("\n")))
}

/// By how many bytes for each command resident memory has grown, and what the server says itself.
fn fill(server: &Server, count: usize, command: &str) -> Result<(f64, f64), String> {
    let fail = |e: std::io::Error| format!("{}: {e}", server.name());
    let mut client = Client::connect(server.address()).map_err(fail)?;
    let used_before = used_memory(&mut client).map_err(fail)?;
    let before = server.resident_kib()?;
    let numbers: Vec<usize> = (1..=count).collect();
    for some in numbers.chunks(FILL_AT_ONCE) {
        let frame = |n: &usize| encode(command.replace("{n}", &n.to_string()).split(' '));
        client
            .send_raw(&some.iter().flat_map(frame).collect::<Vec<u8>>())
            .map_err(fail)?;
        for _ in some {
            if let Reply::Error(error) = client.receive().map_err(fail)? {
                return Err(format!("{command}: {}", error.escape_ascii()));
            }
        }
    }
    let grown = (server.resident_kib()? - before) * 1024.0;
    let used = used_memory(&mut client).map_err(fail)? - used_before;
    Ok((grown / count as f64, used / count as f64))
}

fn used_memory(client: &mut Client) -> std::io::Result<f64> {
    let Reply::Bulk(text) = client.command(["INFO", "memory"])? else {
        return Err(std::io::Error::other("INFO is a text"));
    };
    let text = String::from_utf8_lossy(&text).into_owned();
    let used = text
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    used.and_then(|used| used.trim().parse().ok())
        .ok_or_else(|| std::io::Error::other("no used_memory in INFO"))
}
