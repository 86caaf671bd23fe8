//! `cargo xtask bench --server`: what a request costs `evalua serve` beside `redis-server`.
//!
//! Owns the requests, and their table. `redis-benchmark` sends the same to both by turns, and what is
//! compared is the CPU time that the server's process has used meanwhile: unlike requests in a second, that
//! does not depend on who else wants the processor.

use std::path::Path;
use std::process::{Command, Stdio};

use evalua_conformance::processor;
use evalua_conformance::resp::{Client, Reply};

use super::measure::median;
use super::report;
use crate::servers::Server;

/// What sends the requests; it comes with `redis-server`.
const BENCHMARK: &str = "redis-benchmark";

/// The script that is called.
const SCRIPT: &str = "local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n";

/// How many requests are on their way at once in each connection, and how many there are in a round.
const PIPELINES: &[(u32, u32)] = &[(1, 100_000), (16, 600_000)];

/// The requests; `SHA` is the script's. Keys and members with `__rand_int__` are one of [`KEYS`].
const REQUESTS: &[(&str, &[&str])] = &[
    ("SET", &["SET", "key:__rand_int__", "xxx"]),
    ("GET", &["GET", "key:__rand_int__"]),
    ("LPUSH", &["LPUSH", "list", "xxx"]),
    ("ZADD", &["ZADD", "zset", "0", "element:__rand_int__"]),
    (
        "EVALSHA",
        &["EVALSHA", "SHA", "1", "window:__rand_int__", "10000"],
    ),
];

/// How many keys there are.
const KEYS: u32 = 1000;

/// Runs all of them `rounds` times on both servers, and writes the table.
pub fn run(evalua: &Path, rounds: usize) -> Result<(), String> {
    let head =
        "| request | pipeline | redis-server, µs | evalua, µs | ratio |\n|---|---|---|---|---|";
    println!("{head}");
    let [redis, evalua] = processor::on_one(|| Server::both(evalua))?;
    let (mut rows, mut logs) = (Vec::new(), Vec::new());
    for (name, words) in REQUESTS {
        for &(pipeline, count) in PIPELINES {
            let (mut theirs, mut ours) = (Vec::new(), Vec::new());
            for _ in 0..rounds {
                theirs.push(cost(&redis, words, pipeline, count)?);
                ours.push(cost(&evalua, words, pipeline, count)?);
            }
            let pairs = ours.iter().zip(&theirs);
            let ratio = median(pairs.map(|(ours, theirs)| ours / theirs).collect());
            let row = format!(
                "| {name} | {pipeline} | {:.2} | {:.2} | {ratio:.2} |",
                median(theirs),
                median(ours)
            );
            println!("{row}");
            rows.push(row);
            logs.push(ratio.ln());
        }
    }
    let mean = report::geometric_mean(&logs);
    let mean = format!("| **geometric mean** | | | | **{mean:.2}** |");
    println!("{mean}");
    report::replace("server", &format!("{head}\n{}\n{mean}", rows.join("\n")))
}

/// The CPU time of a request, in microseconds.
fn cost(server: &Server, words: &[&str], pipeline: u32, count: u32) -> Result<f64, String> {
    let fail = |e: std::io::Error| format!("{}: {e}", server.name());
    let mut client = Client::connect(server.address()).map_err(fail)?;
    client.command(["FLUSHALL"]).map_err(fail)?;
    let sha = match client.command(["SCRIPT", "LOAD", SCRIPT]).map_err(fail)? {
        Reply::Bulk(sha) => String::from_utf8_lossy(&sha).into_owned(),
        other => return Err(format!("{}: SCRIPT LOAD: {other:?}", server.name())),
    };
    let words = words.iter().map(|word| match *word {
        "SHA" => sha.as_str(),
        word => word,
    });
    let before = server.cpu_seconds()?;
    let output = Command::new(BENCHMARK)
        .args(["-h", "127.0.0.1", "-p", &server.port().to_string(), "-q"])
        .args(["-n", &count.to_string(), "-P", &pipeline.to_string()])
        .args(["-r", &KEYS.to_string(), "-e"])
        .args(words)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{BENCHMARK}: {e}"))?;
    let used = server.cpu_seconds()? - before;
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || errors.contains("Error from server") {
        return Err(format!("{BENCHMARK}: {}: {errors}", output.status));
    }
    Ok(used * 1e6 / f64::from(count))
}
