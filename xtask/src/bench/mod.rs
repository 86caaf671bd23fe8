//! `cargo xtask bench`: programs on evalua and on other Lua interpreters, and commands of Redis.
//!
//! Owns: what the words of the command mean, the order of the runs, and the ratios. Every program
//! runs as a whole process on all interpreters by turns, so that what disturbs the machine disturbs
//! all of them. A ratio is the median, over the rounds, of an interpreter's CPU time over `lua5.1`'s
//! in the same round. Nothing is asserted about time; outputs must be equal.

mod commands;
mod compile;
mod counts;
mod measure;
mod peers;
mod programs;
mod redis;
pub mod report;
mod server;

use std::path::{Path, PathBuf};

use crate::program;
use measure::Run;
use peers::Peer;
use programs::{Program, Suite};
use report::Table;

pub use measure::MEASURE;
pub use measure::measure_one;

/// Rounds of each program, unless `--rounds N` says otherwise.
const ROUNDS: usize = 7;

/// What `cargo xtask help` says of the command.
pub const USAGE: &str = "  bench [OPTION | PROGRAM]…
              run the programs under benches/programs, or those named, on evalua and on every other
              interpreter that is there; without names, write the table in benches/README.md
      --rounds N             how often each runs (7)
      --evalua PATH          measure this program instead of building evalua
      --only PEER,…          only these interpreters, besides lua5.1 and evalua
      --lua-benchmarks DIR   also a checkout of gligneul/Lua-Benchmarks
      --are-we-fast-yet DIR  also a checkout of smarr/are-we-fast-yet
      --compile              time what compiling takes beside luac5.1 instead, and write that table
      --server               time what requests cost the server beside redis-server instead, and write that table
      --counts               count instructions with callgrind instead, and write that table
      --commands             time commands of Redis on values of four sizes instead, and write that table;
                             with a word only those that have it
  bench redis [OPTION | SCRIPT]…
              run the scripts under benches/scripts, or those named, beside redis-server, in one process and
              through evalua serve; without names, write the tables in benches/README.md
      --rounds N             how often each runs through evalua serve (7)
      --evalua PATH          measure this program instead of building evalua
      --memory               compare what data takes in memory instead, and write that table
";

#[derive(Default)]
struct Options {
    rounds: Option<usize>,
    evalua: Option<PathBuf>,
    only: Option<Vec<String>>,
    lua_benchmarks: Option<PathBuf>,
    are_we_fast_yet: Option<PathBuf>,
    compile: bool,
    server: bool,
    counts: bool,
    commands: bool,
    redis: bool,
    memory: bool,
    names: Vec<String>,
}

/// Runs the command.
pub fn run(words: &[&str]) -> Result<(), String> {
    let options = parse(words)?;
    if options.commands {
        return commands::run(options.names.first().map(String::as_str));
    }
    let evalua = match &options.evalua {
        Some(path) => absolute(path)?,
        None => program::build()?,
    };
    if options.compile {
        return compile::run(&evalua, options.rounds.unwrap_or(ROUNDS));
    }
    if options.server {
        return server::run(&evalua, options.rounds.unwrap_or(ROUNDS));
    }
    if options.redis && options.memory {
        return redis::memory(&evalua);
    }
    if options.redis {
        return redis::run(&evalua, options.rounds.unwrap_or(ROUNDS), &options.names);
    }
    let suites = suites(&options)?;
    if options.counts {
        return counts::run(&evalua, &suites[0], &options.names);
    }
    let peers = peers::present(&evalua, options.only.as_deref());
    for suite in &suites {
        bench(suite, &peers, &options)?;
    }
    Ok(())
}

fn parse(words: &[&str]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = words.iter();
    if words.as_slice().first() == Some(&"redis") {
        options.redis = true;
        words.next();
    }
    while let Some(&word) = words.next() {
        let mut value = || {
            words
                .next()
                .copied()
                .ok_or_else(|| format!("{word} needs a value"))
        };
        match word {
            "--rounds" => {
                let rounds = value()?.parse().ok().filter(|n| *n > 0);
                options.rounds = Some(rounds.ok_or("--rounds needs a number")?);
            }
            "--evalua" => options.evalua = Some(value()?.into()),
            "--only" => options.only = Some(value()?.split(',').map(str::to_owned).collect()),
            "--lua-benchmarks" => options.lua_benchmarks = Some(value()?.into()),
            "--are-we-fast-yet" => options.are_we_fast_yet = Some(value()?.into()),
            "--compile" => options.compile = true,
            "--server" => options.server = true,
            "--counts" => options.counts = true,
            "--commands" => options.commands = true,
            "--memory" if options.redis => options.memory = true,
            _ if word.starts_with('-') => return Err(format!("unknown option {word}")),
            _ => options.names.push(word.to_owned()),
        }
    }
    Ok(options)
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// The suites that were asked for; the project's own comes first.
fn suites(options: &Options) -> Result<Vec<Suite>, String> {
    let mut suites = vec![programs::own()?];
    if let Some(dir) = &options.lua_benchmarks {
        suites.push(programs::lua_benchmarks(&absolute(dir)?)?);
    }
    if let Some(dir) = &options.are_we_fast_yet {
        suites.push(programs::are_we_fast_yet(&absolute(dir)?)?);
    }
    Ok(suites)
}

fn bench(suite: &Suite, peers: &[Peer], options: &Options) -> Result<(), String> {
    let names = &options.names;
    let wanted = |program: &&Program| names.is_empty() || names.contains(&program.name);
    let mut table = Table::new(suite.key, peers);
    for program in suite.programs.iter().filter(wanted) {
        let runs = rounds(program, peers, options.rounds.unwrap_or(ROUNDS))?;
        println!("{}", table.add(program, &runs));
    }
    if table.is_empty() {
        return Ok(());
    }
    println!("{}", table.means());
    if names.is_empty() && options.only.is_none() {
        table.write()?;
    }
    Ok(())
}

/// All runs of a program: one row a peer, in the order of `peers`. Empty for a peer that cannot run it.
fn rounds(program: &Program, peers: &[Peer], rounds: usize) -> Result<Vec<Vec<Run>>, String> {
    let mut runs: Vec<Vec<Run>> = peers.iter().map(|_| Vec::new()).collect();
    let mut expected = None;
    for round in 0..rounds {
        for (i, peer) in peers.iter().enumerate() {
            if round > 0 && runs[i].is_empty() {
                continue;
            }
            let run = measure::run(&peer.command, program);
            let differs = |run: &Run| expected.as_ref().is_some_and(|e| *e != run.output);
            match run {
                Ok(run) if !differs(&run) => {
                    expected.get_or_insert_with(|| run.output.clone());
                    runs[i].push(run);
                }
                Ok(_) if peer.must_agree => {
                    return Err(format!(
                        "{}: {} prints something else",
                        program.name, peer.name
                    ));
                }
                Err(error) if peer.must_agree => return Err(error),
                // Some other interpreter's business; its cell stays empty.
                _ => runs[i].clear(),
            }
        }
    }
    Ok(runs)
}
