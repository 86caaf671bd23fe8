//! The transcripts under `conformance/redis/`: what a server does with scripts that is easily got
//! wrong, on every engine that a case is about, and on a live server if it is about that one.
//!
//! With `EVALUA_BLESS=1` the live server's replies are written into the files.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use evalua_conformance::resp::Client;
use evalua_conformance::server::Server;
use evalua_conformance::transcript::{self, Action, Case, Cases};
use evalua_redis::{Profile, Redis, Reply, Resp, profile, text};

/// When every case begins: 2023-11-14 22:13:20 UTC.
const START_MS: i64 = 1_700_000_000_000;

/// How many differences are shown.
const SHOWN: usize = 20;

/// Every transcript.
fn files() -> Vec<(PathBuf, Cases)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/redis");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the transcripts are there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "cases")
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no transcripts");
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).expect("a file can be read");
        let cases = transcript::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        (file, cases)
    };
    files.into_iter().map(read).collect()
}

/// What a case is run on.
trait Side {
    fn run(&mut self, words: &[Vec<u8>]) -> Reply;
    fn set_clock(&mut self, unix_ms: i64);
}

impl Side for Redis {
    fn run(&mut self, words: &[Vec<u8>]) -> Reply {
        let reply = self.command(words);
        match self.session().resp {
            Resp::V2 => reply.to_resp2(self.core().profile()),
            Resp::V3 => reply,
        }
    }

    fn set_clock(&mut self, unix_ms: i64) {
        self.set_clock_unix_ms(unix_ms);
    }
}

/// A server and a connection to it.
struct Live<'a>(&'a Server, Client);

impl Side for Live<'_> {
    fn run(&mut self, words: &[Vec<u8>]) -> Reply {
        support::from_wire(self.1.command(words).expect("the server answers"))
    }

    fn set_clock(&mut self, unix_ms: i64) {
        let unix_ms = unix_ms.try_into().expect("a case is after 1970");
        self.0.set_clock(unix_ms).expect("the clock can be set");
    }
}

/// The replies to the steps of a case, as redis-cli prints them.
fn replies(side: &mut dyn Side, case: &Case) -> Vec<String> {
    if case.is_resp3() {
        side.run(&[b"HELLO".to_vec(), b"3".to_vec()]);
    }
    let mut now = Duration::from_millis(START_MS as u64);
    let mut reply = |action: &Action| match action {
        Action::Redis(line) => {
            let words = text::split_line(line.as_bytes()).expect("a line has words");
            let printed = text::print(&side.run(&words));
            String::from_utf8(printed).unwrap_or_else(|e| e.as_bytes().escape_ascii().to_string())
        }
        Action::Clock(ms) => {
            now += Duration::from_millis(*ms);
            side.set_clock(now.as_millis() as i64);
            String::new()
        }
        Action::Script(_) => panic!("{}: there is no script beside this file", case.title),
    };
    case.steps.iter().map(|step| reply(&step.action)).collect()
}

/// Adds what differs from the replies that a case holds.
fn compare(differences: &mut Vec<String>, file: &Path, case: &Case, replies: &[String]) {
    for (step, reply) in case.steps.iter().zip(replies) {
        if step.reply != *reply {
            let place = format!("{}:{}: {}", file.display(), step.line, case.title);
            let expected = &step.reply;
            differences.push(format!("{place}\nexpected\n{expected}\ngot\n{reply}"));
        }
    }
}

fn finish(differences: &[String]) {
    let first: Vec<&str> = differences.iter().take(SHOWN).map(String::as_str).collect();
    assert!(
        differences.is_empty(),
        "{} differ\n{}",
        differences.len(),
        first.join("\n\n")
    );
}

fn on_an_engine(profile: &'static Profile) {
    let mut differences = Vec::new();
    for (file, cases) in files() {
        for case in cases
            .cases
            .iter()
            .filter(|case| case.is_about(profile.name))
        {
            let mut redis = Redis::builder()
                .profile(profile)
                .clock_unix_ms(START_MS)
                .build();
            let replies = replies(&mut redis, case);
            compare(&mut differences, &file, case, &replies);
        }
    }
    finish(&differences);
}

#[test]
fn on_an_engine_like_redis_7_2() {
    on_an_engine(&profile::REDIS_7_2);
}

#[test]
fn on_an_engine_like_redis_7_0() {
    on_an_engine(&profile::REDIS_7_0);
}

#[test]
fn on_an_engine_like_valkey_8() {
    on_an_engine(&profile::VALKEY_8);
}

#[test]
fn on_a_live_server() {
    let bless = std::env::var_os("EVALUA_BLESS").is_some_and(|v| v == "1");
    let mut differences = Vec::new();
    for (file, mut cases) in files() {
        // A server for each file: some state of scripts cannot be reset.
        let Some(server) = Server::oracle_at(START_MS as u64) else {
            return;
        };
        let about_it = |case: &&mut Case| case.is_about(profile::REDIS_7_0.name);
        for case in cases.cases.iter_mut().filter(about_it) {
            let mut live = Live(&server, server.connect().expect("the server is there"));
            live.set_clock(START_MS);
            for reset in [
                "FLUSHALL",
                "SCRIPT FLUSH",
                "FUNCTION FLUSH",
                "CONFIG RESETSTAT",
            ] {
                let words: Vec<_> = reset.split(' ').collect();
                live.1.command(&words).expect("the server answers");
            }
            let replies = replies(&mut live, case);
            if bless {
                for (step, reply) in case.steps.iter_mut().zip(replies) {
                    step.reply = reply;
                }
            } else {
                compare(&mut differences, &file, case, &replies);
            }
        }
        if bless {
            fs::write(file, transcript::write(&cases)).expect("the file can be written");
        }
    }
    finish(&differences);
}
