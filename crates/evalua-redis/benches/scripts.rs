//! What calls of scripts cost: those of `benches/scripts`.
//!
//! `cargo bench -p evalua-redis --bench scripts` times them with criterion. With `--beside-redis-server` each
//! runs by turns here and in a real server, and rows of a table are printed: `cargo xtask bench redis` does
//! that and keeps the table. With `--only-count NAME CALLS` a script is called so often and nothing else
//! happens: for callgrind. Owns the calls in this process. What is compared with is what the server itself says
//! that EVALSHA took (`INFO commandstats`), so without its reading and writing, or the time of its process on the
//! processor where that is less, as its clock runs on while others have the processor; here it is the
//! time of the thread on the processor, from words to reply. Both run on one processor, and must give the same replies.

use std::time::Duration;

use criterion::Criterion;
use evalua_conformance::processor;
use evalua_conformance::resp::{Client, Reply as Answer, encode};
use evalua_conformance::scripts::{Script, Words};
use evalua_conformance::server::{Server, cpu_seconds};
use evalua_redis::{Redis, Reply, Session, profile};
use nix::time::{ClockId, clock_gettime};

#[path = "../tests/support/mod.rs"]
mod support;

/// Rounds of each script on each side; figures are the medians.
const ROUNDS: usize = 41;

/// A script in an engine of its own.
struct Here {
    script: Script,
    sha: String,
    redis: Redis,
    session: Session,
    /// How often it has been called.
    called: usize,
}

impl Here {
    fn new(script: &Script) -> Here {
        let profile = &profile::REDIS_7_0;
        let mut redis = Redis::builder().profile(profile).build();
        for words in script.setup() {
            redis.command(&words);
        }
        let sha = match redis.command(&["SCRIPT", "LOAD", &script.source]) {
            Reply::Bulk(sha) => String::from_utf8_lossy(&sha).into_owned(),
            other => panic!("{}: {other:?}", script.name),
        };
        Here {
            script: script.clone(),
            sha,
            redis,
            session: Session::new(),
            called: 0,
        }
    }

    /// The words of that many calls; what must run before them has run.
    fn prepare(&mut self, count: usize) -> Vec<Words> {
        let numbers = self.called + 1..=self.called + count;
        self.called += count;
        for words in numbers.clone().filter_map(|n| self.script.before(n)) {
            self.redis.command(&words);
        }
        numbers.map(|n| self.script.call(&self.sha, n)).collect()
    }

    /// Runs calls; gives the time that they took on the processor together.
    fn run(&mut self, calls: &[Words]) -> Duration {
        let calls: Vec<Vec<&[u8]>> = calls.iter().map(|words| borrowed(words)).collect();
        let began = cpu_time();
        for words in &calls {
            let reply = self.redis.execute(&mut self.session, words);
            std::hint::black_box(reply);
        }
        cpu_time() - began
    }

    fn reply(&mut self, call: &Words) -> Reply {
        self.redis.execute(&mut self.session, &borrowed(call))
    }
}

fn borrowed(words: &Words) -> Vec<&[u8]> {
    words.iter().map(Vec::as_slice).collect()
}

/// What this thread has used of the processor.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("Linux has this clock");
    time.into()
}

/// A real server with the script in it.
struct There<'a> {
    server: &'a Server,
    script: &'a Script,
    sha: String,
    client: Client,
    called: usize,
}

impl There<'_> {
    fn new<'a>(server: &'a Server, script: &'a Script) -> There<'a> {
        let mut client = server.connect().expect("the server answers");
        client.command(["FLUSHALL"]).expect("the server answers");
        for words in script.setup() {
            client.command(&words).expect("the server answers");
        }
        let loaded = client.command(["SCRIPT", "LOAD", &script.source]);
        let sha = match loaded.expect("the server answers") {
            Answer::Bulk(sha) => String::from_utf8_lossy(&sha).into_owned(),
            other => panic!("{}: {other:?}", script.name),
        };
        There {
            server,
            script,
            sha,
            client,
            called: 0,
        }
    }

    /// The answers to that many calls, and how many microseconds one took.
    fn run(&mut self, count: usize) -> std::io::Result<(Vec<Answer>, f64)> {
        let numbers = self.called + 1..=self.called + count;
        self.called += count;
        for words in numbers.clone().filter_map(|n| self.script.before(n)) {
            self.client.command(&words)?;
        }
        self.client.command(["CONFIG", "RESETSTAT"])?;
        let mut answers = Vec::new();
        let numbers: Vec<usize> = numbers.collect();
        let frame = |&n| encode(self.script.call(&self.sha, n));
        let cpu_before = cpu_seconds(self.server.pid())?;
        // Few enough that neither side waits for the other to read.
        for some in numbers.chunks(16) {
            self.client
                .send_raw(&some.iter().flat_map(frame).collect::<Vec<_>>())?;
            for _ in some {
                answers.push(self.client.receive()?);
            }
        }
        let cpu = (cpu_seconds(self.server.pid())? - cpu_before) * 1e6;
        let Answer::Bulk(text) = self.client.command(["INFO", "commandstats"])? else {
            panic!("INFO is a text");
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        let line = text
            .lines()
            .find(|line| line.starts_with("cmdstat_evalsha:"));
        let mut fields = line.into_iter().flat_map(|line| line.split([':', ',']));
        let usec = fields.find_map(|field| field.strip_prefix("usec=")?.parse::<f64>().ok());
        let usec = usec.expect("EVALSHA was called");
        Ok((answers, usec.min(cpu) / count as f64))
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints the rows of the table.
fn beside(scripts: &[Script]) {
    let server = Server::start(&[]).expect("redis-server is installed");
    println!("| script | what it does | redis-server, µs | evalua, µs | ratio |");
    println!("|---|---|---|---|---|");
    let mut logs = 0.0;
    for script in scripts {
        let (mut here, mut there) = (Here::new(script), There::new(&server, script));
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let (answers, usec) = there.run(script.calls).expect("the server answers");
            let calls = here.prepare(script.calls);
            if round == 0 {
                let replies: Vec<Reply> = calls.iter().map(|call| here.reply(call)).collect();
                let answers: Vec<Reply> = answers.into_iter().map(support::from_wire).collect();
                assert_eq!(replies, answers, "{}", script.name);
                continue;
            }
            let took = here.run(&calls).as_secs_f64() * 1e6 / script.calls as f64;
            ours.push(took);
            theirs.push(usec);
            ratios.push(took / usec);
        }
        logs += median(&ratios).ln();
        println!(
            "| {} | {} | {:.2} | {:.2} | {:.2} |",
            script.name,
            script.purpose.trim_end_matches('.'),
            median(&theirs),
            median(&ours),
            median(&ratios)
        );
    }
    println!(
        "| *a new engine* | Made, EVAL of `return 1`, dropped | – | {:.2} | – |",
        fresh()
    );
    let mean = (logs / scripts.len() as f64).exp();
    println!("| **geometric mean** | | | | **{mean:.2}** |");
}

/// How many microseconds it takes to make an engine, run a script in it, and drop it: what a unit test does.
fn fresh() -> f64 {
    const ENGINES: u32 = 200;
    let round = |_| {
        let began = cpu_time();
        for _ in 0..ENGINES {
            let reply = Redis::new().command(&["EVAL", "return 1", "0"]);
            assert_eq!(reply, Reply::Integer(1));
        }
        (cpu_time() - began).as_secs_f64() * 1e6 / f64::from(ENGINES)
    };
    median(&(0..ROUNDS).map(round).collect::<Vec<f64>>())
}

fn timed(scripts: &[Script]) {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("scripts");
    for script in scripts {
        let mut here = Here::new(script);
        group.bench_function(&script.name, |bencher| {
            bencher.iter_custom(|count| {
                let mut left = count as usize;
                let mut took = Duration::ZERO;
                while left > 0 {
                    let some = left.min(script.calls);
                    let calls = here.prepare(some);
                    took += here.run(&calls);
                    left -= some;
                }
                took
            });
        });
    }
    group.finish();
    criterion.final_summary();
}

fn main() {
    let scripts = Script::all().expect("the scripts are in the repository");
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words: Vec<&str> = words
        .into_iter()
        .filter(|word| *word != "--bench")
        .collect();
    match words.as_slice() {
        ["--beside-redis-server", names @ ..] => {
            let wanted = |script: &&Script| names.is_empty() || names.contains(&&*script.name);
            let scripts: Vec<Script> = scripts.iter().filter(wanted).cloned().collect();
            processor::on_one(|| beside(&scripts));
        }
        ["--only-count", name, calls] => {
            let script = scripts.iter().find(|script| script.name == *name);
            let mut here = Here::new(script.expect("such a script"));
            let calls = here.prepare(calls.parse().expect("a number"));
            here.run(&calls);
        }
        _ => timed(&scripts),
    }
}
