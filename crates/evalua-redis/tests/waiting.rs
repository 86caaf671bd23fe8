//! Blocking commands: sessions that wait and are served, and callers that never wait.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use evalua_conformance::resp::Client;
use evalua_conformance::server::Server;
use evalua_redis::rng::Rng;
use evalua_redis::{Redis, Reply, Resp, Session, Waiting, profile, text};

const NOW_MS: i64 = 1_700_000_000_000;

fn redis() -> Redis {
    Redis::builder().clock_unix_ms(NOW_MS).build()
}

fn run(redis: &mut Redis, session: &mut Session, line: &str) -> Reply {
    let words = text::split_line(line.as_bytes()).unwrap();
    let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    redis.execute(session, &words)
}

/// A session that waits for the answer to a command.
fn waiting(redis: &mut Redis, id: i64, line: &str) -> Session {
    let mut session = Session::with_id(id).waits();
    run(redis, &mut session, line);
    assert!(session.waiting().is_some(), "{line} waits");
    session
}

/// Commands that wait, with the number of milliseconds.
const WAITS: &[(&[&str], Option<i64>)] = &[
    (&["BLPOP", "a", "b", "0"], None),
    (&["BRPOP", "a", "1.5"], Some(1500)),
    (&["BLMPOP", "0.0001", "1", "a", "LEFT"], Some(1)),
    (&["BLMOVE", "a", "b", "LEFT", "LEFT", "2"], Some(2000)),
    (&["BRPOPLPUSH", "a", "b", "-0"], None),
    (&["BZPOPMIN", "a", "3"], Some(3000)),
    (&["BZMPOP", "3", "1", "a", "MAX"], Some(3000)),
];

#[test]
fn a_wait_ends_when_its_time_is_over() {
    for (command, ms) in WAITS {
        let mut redis = redis();
        let mut session = waiting(&mut redis, 1, &command.join(" "));
        let until_ms = ms.map(|ms| NOW_MS + ms);
        assert_eq!(session.waiting(), Some(Waiting { until_ms }), "{command:?}");
        redis.advance(Duration::from_millis(
            ms.map_or(1 << 40, |ms| ms as u64 - 1),
        ));
        assert_eq!(session.take_reply(), None, "{command:?}");
        redis.advance(Duration::from_millis(1));
        let answer = ms.map(|_| Reply::NullArray);
        assert_eq!(session.take_reply(), answer, "{command:?}");
        assert_eq!(session.waiting().is_none(), ms.is_some(), "{command:?}");
    }
}

#[test]
fn sessions_that_do_not_wait_are_answered_at_once() {
    let mut redis = redis();
    for (command, _) in WAITS {
        assert_eq!(redis.command(command), Reply::NullArray, "{command:?}");
        assert_eq!(redis.session().waiting(), None);
    }
    redis.command(&["RPUSH", "a", "x"]);
    assert_eq!(redis.command(&["LLEN", "a"]), Reply::Integer(1));
}

#[test]
fn the_first_to_wait_is_the_first_to_be_served() {
    let mut redis = redis();
    let mut other = Session::new();
    let mut sessions = [
        waiting(&mut redis, 1, "BLPOP none k 0"),
        waiting(&mut redis, 2, "BLMOVE k chain RIGHT LEFT 0"),
        waiting(&mut redis, 3, "BRPOP k 5"),
        waiting(&mut redis, 4, "BLPOP chain 0"),
        waiting(&mut redis, 5, "BLPOP k 0"),
    ];
    // Nobody is served before the transaction is over, and then in the order of the waits.
    for line in ["MULTI", "RPUSH k 1 2", "RPUSH k 3 4 5", "LPOP k", "EXEC"] {
        run(&mut redis, &mut other, line);
    }
    let answers: Vec<_> = sessions.iter_mut().map(Session::take_reply).collect();
    let pair = |key: &str, element: &str| Some(Reply::bulks([key, element]));
    let expected = [
        pair("k", "2"),
        Some(Reply::bulk("5")),
        pair("k", "4"),
        pair("chain", "5"),
        pair("k", "3"),
    ];
    assert_eq!(answers, expected);
    assert_eq!(run(&mut redis, &mut other, "DBSIZE"), Reply::Integer(0));
}

#[test]
fn scripts_serve_others_when_they_are_over() {
    let mut redis = redis();
    let mut session = waiting(&mut redis, 1, "BLPOP k 0");
    let script = "redis.call('RPUSH', KEYS[1], 'a') redis.call('DEL', KEYS[1]) \
                  redis.call('RPUSH', KEYS[1], 'b') return redis.call('LLEN', KEYS[1])";
    assert_eq!(
        redis.command(&["EVAL", script, "1", "k"]),
        Reply::Integer(1)
    );
    assert_eq!(session.take_reply(), Some(Reply::bulks(["k", "b"])));
}

#[test]
fn a_session_that_leaves_takes_nothing() {
    let mut redis = redis();
    drop(waiting(&mut redis, 1, "BLPOP k 0"));
    let mut second = waiting(&mut redis, 2, "BLPOP k 0");
    // Its next command ends a wait too.
    assert_eq!(run(&mut redis, &mut second, "PING"), Reply::status("PONG"));
    assert_eq!(second.waiting(), None);
    redis.command(&["RPUSH", "k", "x"]);
    assert_eq!(redis.command(&["LLEN", "k"]), Reply::Integer(1));
    assert_eq!(
        redis.command(&["CLIENT", "UNBLOCK", "1"]),
        Reply::Integer(0)
    );
}

#[test]
fn what_is_new_is_what_comes_after_the_wait_began() {
    let mut redis = redis();
    redis.command(&["XADD", "s", "1-1", "f", "old"]);
    let mut session = Session::with_id(7).waits();
    session.resp = Resp::V3;
    run(&mut redis, &mut session, "XREAD BLOCK 0 STREAMS s $");
    for words in [
        ["MULTI"].as_slice(),
        &["XADD", "s", "1-2", "f", "new"],
        &["XADD", "s", "1-3", "f", "newer"],
        &["EXEC"],
    ] {
        redis.command(words);
    }
    let entry = |id, value| Reply::Array(vec![Reply::bulk(id), Reply::bulks(["f", value])]);
    let entries = Reply::Array(vec![entry("1-2", "new"), entry("1-3", "newer")]);
    let expected = Reply::Map(vec![(Reply::bulk("s"), entries)]);
    assert_eq!(session.take_reply(), Some(expected));
}

#[test]
fn a_wait_counts_as_a_call_once_it_is_over() {
    let mut redis = redis();
    redis.core_mut().set_statistics(true);
    let counted = |redis: &mut Redis| {
        let reply = redis.command(&["INFO", "commandstats"]);
        let Reply::Verbatim(_, text) = reply else {
            panic!("no text: {reply:?}");
        };
        let text = String::from_utf8_lossy(&text);
        let line = text.lines().find(|line| line.contains("cmdstat_blpop"));
        line.map(str::to_owned)
    };
    let counts = |calls, failed| {
        format!(
            "cmdstat_blpop:calls={calls},usec=0,usec_per_call=0.00,\
             rejected_calls=0,failed_calls={failed}"
        )
    };
    let _timed = waiting(&mut redis, 7, "BLPOP none 1");
    let _unblocked = waiting(&mut redis, 8, "BLPOP none 0");
    let _refused = waiting(&mut redis, 9, "BLPOP none 0");
    assert_eq!(counted(&mut redis), None);
    redis.advance(Duration::from_secs(1));
    assert_eq!(counted(&mut redis), Some(counts(1, 0)));
    redis.command(&["CLIENT", "UNBLOCK", "8", "TIMEOUT"]);
    assert_eq!(counted(&mut redis), Some(counts(2, 0)));
    redis.command(&["CLIENT", "UNBLOCK", "9", "ERROR"]);
    assert_eq!(counted(&mut redis), Some(counts(3, 1)));
}

#[test]
fn a_task_is_woken_by_its_answer() {
    struct Bell(AtomicUsize);
    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let bell = Arc::new(Bell(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&bell));
    let mut context = Context::from_waker(&waker);
    let mut redis = redis();
    let mut session = waiting(&mut redis, 3, "BZPOPMIN z 0");
    assert_eq!(session.poll_reply(&mut context), Poll::Pending);
    redis.command(&["SADD", "z", "no sorted set"]);
    assert_eq!(bell.0.load(Ordering::Relaxed), 0);
    redis.command(&["DEL", "z"]);
    redis.command(&["CLIENT", "UNBLOCK", "3", "ERROR"]);
    assert_eq!(bell.0.load(Ordering::Relaxed), 1);
    let error = Reply::Error(evalua_redis::errors::UNBLOCKED);
    assert_eq!(session.poll_reply(&mut context), Poll::Ready(error));
    assert_eq!(session.waiting(), None);
}

#[test]
fn scripts_never_wait() {
    let mut redis = redis();
    for (command, _) in WAITS {
        let mut session = Session::with_id(1).waits();
        let words: Vec<&[u8]> = script(command).into_iter().map(str::as_bytes).collect();
        let reply = redis.execute(&mut session, &words);
        assert_eq!(
            (reply, session.waiting()),
            (Reply::Null, None),
            "{command:?}"
        );
    }
}

#[test]
fn scripts_may_call_what_they_may_on_a_live_server() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let mut client = server.connect().unwrap();
    let mut redis = Redis::builder().profile(&profile::REDIS_7_0).build();
    for (command, _) in WAITS {
        let ours = redis.command(&script(command));
        let ours = ours.to_resp2(&profile::REDIS_7_0);
        let theirs = support::from_wire(client.command(script(command)).unwrap());
        assert_eq!(ours, theirs, "{command:?}");
    }
}

/// EVAL of a script that calls the command.
fn script<'a>(command: &[&'a str]) -> Vec<&'a str> {
    let call = "return redis.call(unpack(ARGV))";
    [&["EVAL", call, "0"], command].concat()
}

/// How many sequences of how many steps are compared with a live server when nothing else is asked for.
const SEQUENCES: usize = 60;
const STEPS: usize = 40;
const CLIENTS: usize = 5;

/// Several clients on both sides, some of them waiting: who is served, when, and with what.
#[test]
fn who_is_served_as_on_a_live_server() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let sequences = number("EVALUA_FUZZ_COMMANDS").map_or(SEQUENCES, |n: usize| n / STEPS);
    let first_seed = number("EVALUA_FUZZ_SEED").unwrap_or(0);
    for seed in (first_seed..).take(sequences) {
        let mut both = Both::new(&server);
        let mut rng = Rng::new(seed as u64);
        let mut done = Vec::new();
        for _ in 0..STEPS {
            let free: Vec<usize> = (0..CLIENTS).filter(|&at| !both.waits(at)).collect();
            let at = free[rng.below(free.len())];
            // Somebody has to be left to wake the others.
            let line = if free.len() > 1 && !both.in_transaction[at] && rng.below(2) == 0 {
                blocking(&mut rng)
            } else {
                plain(&mut rng, both.in_transaction[at])
            };
            done.push(format!("{at}: {line}"));
            if let Err(difference) = both.step(at, &line) {
                panic!("seed {seed}:\n{}\n{difference}", done.join("\n"));
            }
        }
    }
}

fn pick<'a>(rng: &mut Rng, choices: &[&'a str]) -> &'a str {
    choices[rng.below(choices.len())]
}

fn key(rng: &mut Rng) -> &'static str {
    pick(rng, &["a", "b", "c"])
}

/// Where a command waits for several keys, these hold no other type, and become ready one at a time: 7.0
/// looks at the key alone that is ready, where 7.2 runs the whole command again. And nothing is stored over a
/// stream: in 7.0 that wakes all who wait for its key.
fn list(rng: &mut Rng) -> &'static str {
    pick(rng, &["l1", "l2"])
}

fn zset(rng: &mut Rng) -> &'static str {
    pick(rng, &["z1", "z2"])
}

fn blocking(rng: &mut Rng) -> String {
    let (one, two) = (key(rng), key(rng));
    let end = pick(rng, &["LEFT", "RIGHT"]);
    match rng.below(9) {
        0 => format!("BLPOP l1 {} 0", list(rng)),
        1 => format!("BRPOP {one} 0"),
        2 => format!("BLMOVE {one} {two} {end} LEFT 0"),
        3 => format!("BRPOPLPUSH {one} {two} 0"),
        4 => format!("BLMPOP 0 2 {} l1 {end} COUNT 2", list(rng)),
        5 => format!("BZPOPMIN {one} 0"),
        6 => format!("BZMPOP 0 2 {} z2 MAX COUNT 2", zset(rng)),
        7 => format!(
            "XREAD BLOCK 0 STREAMS {one} {}",
            pick(rng, &["$", "0", "5-0"])
        ),
        _ => format!("XREADGROUP GROUP g alice BLOCK 0 STREAMS {one} >"),
    }
}

fn plain(rng: &mut Rng, in_transaction: bool) -> String {
    let (one, two) = (key(rng), key(rng));
    match rng.below(24) {
        14 | 17 | 20.. if in_transaction => "PING".to_owned(),
        20 => format!("RPUSH {} 1 2 3", list(rng)),
        21 => format!("LMOVE {} {} LEFT RIGHT", list(rng), list(rng)),
        22 => format!("RENAME {} {}", zset(rng), zset(rng)),
        23 => format!("ZADD {} 1 m 2 n 3 o", zset(rng)),
        0 => "MULTI".to_owned(),
        1 | 2 if in_transaction => "EXEC".to_owned(),
        1 => format!("WATCH {one}"),
        2 | 3 => format!("RPUSH {one} x y z"),
        4 => format!("LPUSH {one} {}", rng.below(9)),
        5 => format!("ZADD {one} 1 m 2 n 3 o"),
        6 => format!("XADD {one} {}-* f v", 1 + rng.below(9)),
        7 | 8 => format!("XGROUP CREATE {one} g $ MKSTREAM"),
        9 => format!("XGROUP DESTROY {one} g"),
        10 => format!("DEL {one}"),
        11 => format!("SET {one} text"),
        12 => format!("RENAME {one} {two}"),
        13 => format!("COPY {one} {two} REPLACE"),
        14 => format!("SORT {one} BY nosort STORE {}", list(rng)),
        15 => format!(
            "EVAL \"redis.call('RPUSH',KEYS[1],1,2) redis.call('LPOP',KEYS[1]) return 1\" 1 {one}"
        ),
        16 => format!("LMOVE {one} {two} LEFT RIGHT"),
        17 => format!("ZUNIONSTORE {} 1 {two}", zset(rng)),
        18 => "FLUSHDB".to_owned(),
        _ => format!("MOVE {one} 1"),
    }
}

struct Both {
    redis: Redis,
    sessions: Vec<Session>,
    clients: Vec<Client>,
    ids: Vec<i64>,
    in_transaction: Vec<bool>,
    /// Asks the live server who is blocked.
    watcher: Client,
}

impl Both {
    fn new(server: &Server) -> Both {
        let mut watcher = server.connect().unwrap();
        watcher.command(["FLUSHALL"]).unwrap();
        let mut clients: Vec<Client> = (0..CLIENTS).map(|_| server.connect().unwrap()).collect();
        let ids = clients.iter_mut().map(|client| {
            match support::from_wire(client.command(["CLIENT", "ID"]).unwrap()) {
                Reply::Integer(id) => id,
                other => panic!("{other:?} is no ID"),
            }
        });
        let ids: Vec<i64> = ids.collect();
        Both {
            redis: Redis::builder().profile(&profile::REDIS_7_0).build(),
            sessions: ids.iter().map(|&id| Session::with_id(id).waits()).collect(),
            clients,
            ids,
            in_transaction: vec![false; CLIENTS],
            watcher,
        }
    }

    fn waits(&self, at: usize) -> bool {
        self.sessions[at].waiting().is_some()
    }

    /// Runs a command of one client; the others may be served by it.
    fn step(&mut self, at: usize, line: &str) -> Result<(), String> {
        let words = text::split_line(line.as_bytes()).unwrap();
        self.clients[at].send(&words).unwrap();
        let ours = run(&mut self.redis, &mut self.sessions[at], line);
        match line {
            "MULTI" => self.in_transaction[at] = true,
            "EXEC" => self.in_transaction[at] = false,
            _ => {}
        }
        if !self.waits(at) {
            self.compare(at, ours)?;
        }
        for other in 0..CLIENTS {
            if let Some(reply) = self.sessions[other].take_reply() {
                self.compare(other, reply)?;
            }
        }
        for other in 0..CLIENTS {
            if self.waits(other) {
                self.expect_blocked(other)?;
            }
        }
        Ok(())
    }

    fn compare(&mut self, at: usize, ours: Reply) -> Result<(), String> {
        let ours = ours.to_resp2(&profile::REDIS_7_0);
        let theirs = match self.clients[at].receive() {
            Ok(reply) => support::from_wire(reply),
            Err(error) => return Err(format!("client {at}: {ours:?}, of the server {error}")),
        };
        if ours == theirs {
            return Ok(());
        }
        Err(format!(
            "client {at}:\n  ours:   {ours:?}\n  theirs: {theirs:?}"
        ))
    }

    /// The live server has seen the client's command, and does not answer it.
    fn expect_blocked(&mut self, at: usize) -> Result<(), String> {
        const LOOKS: usize = 2_000;
        let id = self.ids[at].to_string();
        for _ in 0..LOOKS {
            let list = self.watcher.command(["CLIENT", "LIST", "ID", &id]).unwrap();
            let list = format!("{list:?}");
            let flags = list.split(' ').find(|word| word.starts_with("flags="));
            if flags.is_some_and(|flags| flags.contains('b')) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let theirs = self.clients[at].receive().map(support::from_wire);
        Err(format!(
            "client {at} waits here, the server says {theirs:?}"
        ))
    }
}
