//! Runs sequences of commands on both sides and compares.
//!
//! Owns the clock and state of both, what counts as a difference, and the shortening of a failing
//! sequence; knows no command but by the lists below.

use std::fmt::Write;

use evalua_conformance::resp::Client;
use evalua_conformance::server::Server;
use evalua_redis::config::Config;
use evalua_redis::keyspace::Item;
use evalua_redis::rng::Rng;
use evalua_redis::table::flag;
use evalua_redis::{Redis, Reply, Session, profile, table, text};

use crate::hyperloglog;
use crate::support::from_wire;

/// How many commands a family runs when nothing else is asked for.
const COMMANDS: usize = 8_000;

/// How many steps a sequence has: enough to build up a state, few enough to shorten.
const STEPS: usize = 60;

/// Where both clocks begin, Unix milliseconds.
pub const START_MS: i64 = 1_700_000_000_000;

/// Commands whose reply is an array in no order.
const UNORDERED: &[&str] = &["keys", "scan", "sdiff", "sinter", "spop", "sunion"];

/// Commands whose reply is in no order when the key holds a large collection, and how many elements
/// of the reply belong together.
const UNORDERED_IF_LARGE: &[(&str, usize)] = &[
    ("hgetall", 2),
    ("hkeys", 1),
    ("hrandfield", 1),
    ("hscan", 2),
    ("hvals", 1),
    ("smembers", 1),
    ("srandmember", 1),
    ("sscan", 1),
    ("zscan", 2),
];

/// The keys that commands are about.
const KEYS: [&str; 4] = ["a", "b", "c", "d"];

/// Publishes all events of keys.
const NOTIFY: [&str; 4] = ["CONFIG", "SET", "notify-keyspace-events", "AKEn"];

/// One step of a sequence.
#[derive(Clone, Debug)]
pub enum Step {
    /// A command.
    Command(Vec<Vec<u8>>),
    /// Time passes, in milliseconds.
    Advance(u32),
}

impl Step {
    /// A command of these words.
    pub fn command<W: Into<Vec<u8>>>(words: impl IntoIterator<Item = W>) -> Step {
        Step::Command(words.into_iter().map(Into::into).collect())
    }
}

/// What makes up the steps of a family.
pub type Generator = fn(&mut Gen) -> Step;

/// How both sides are set up, and what else is compared.
pub struct Setting {
    /// Commands for the live server.
    pub theirs: &'static [&'static [&'static str]],
    /// The same settings for this engine.
    pub ours: fn(&mut Config),
    /// What this engine says about a value at the end, and what the live server says.
    pub inspect: fn(&Item, &mut Client) -> (Reply, Reply),
    /// Whether somebody watches each key during every step.
    pub watched: bool,
}

impl Setting {
    /// What a server starts with.
    pub const PLAIN: Setting = Setting {
        theirs: &[],
        ours: |_| {},
        inspect: |_, _| (Reply::Null, Reply::Null),
        watched: false,
    };
}

/// Runs as many random steps as are asked for; panics with the first difference. Does nothing,
/// visibly, where there is no live server.
pub fn compare(generator: Generator) {
    compare_with(generator, Setting::PLAIN);
}

/// As [`compare`], with another setting.
pub fn compare_with(generator: Generator, setting: Setting) {
    let Some(server) = Server::oracle_at(START_MS as u64) else {
        return;
    };
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let commands: usize = number("EVALUA_FUZZ_COMMANDS").unwrap_or(COMMANDS);
    let first_seed = number("EVALUA_FUZZ_SEED").unwrap_or(0);
    let mut both = Both::new(&server, setting);
    for seed in (first_seed..).take(commands.div_ceil(STEPS)) {
        let mut random = Gen::new(seed as u64);
        let steps: Vec<Step> = (0..STEPS).map(|_| generator(&mut random)).collect();
        if let Some(difference) = both.run(&steps) {
            let (steps, difference) = both.shorten(steps, difference);
            panic!("seed {seed}:\n{}", describe(&steps, &difference));
        }
    }
}

/// Both sides.
struct Both<'a> {
    server: &'a Server,
    setting: Setting,
    client: Client,
    /// Receives the server's keyspace events.
    subscriber: Client,
    /// Watch a key each, if keys are watched.
    watchers: Vec<Client>,
}

/// A step that was answered differently, or one past the last for the final keyspace.
struct Difference {
    step: usize,
    ours: Reply,
    theirs: Reply,
}

impl<'a> Both<'a> {
    fn new(server: &'a Server, setting: Setting) -> Both<'a> {
        let mut client = server.connect().expect("the server accepts connections");
        // Keys that are due go when they are asked for, on both sides, not some time before.
        let reply = client.command(["DEBUG", "SET-ACTIVE-EXPIRE", "0"]).unwrap();
        assert_eq!(from_wire(reply), Reply::OK);
        assert_eq!(from_wire(client.command(NOTIFY).unwrap()), Reply::OK);
        let mut subscriber = server.connect().expect("the server accepts connections");
        subscriber.command(["PSUBSCRIBE", "*"]).unwrap();
        for command in setting.theirs {
            assert_eq!(from_wire(client.command(*command).unwrap()), Reply::OK);
        }
        let watchers = KEYS.iter().filter(|_| setting.watched);
        let watchers = watchers.map(|_| server.connect().expect("a connection"));
        Both {
            server,
            watchers: watchers.collect(),
            setting,
            client,
            subscriber,
        }
    }

    /// Runs the steps on both sides from an empty state; gives the first difference.
    fn run(&mut self, steps: &[Step]) -> Option<Difference> {
        let mut now_ms = START_MS;
        self.server.set_clock(now_ms as u64).unwrap();
        self.client.command(["FLUSHALL"]).unwrap();
        self.client.command(["SELECT", "0"]).unwrap();
        // A run that ended early has left some.
        self.take_events();
        for watcher in &mut self.watchers {
            watcher.command(["UNWATCH"]).unwrap();
        }
        let mut redis = Redis::builder()
            .clock_unix_ms(now_ms)
            .profile(&profile::REDIS_7_0)
            .build();
        redis.core_mut().config_mut().active_expire = false;
        (self.setting.ours)(redis.core_mut().config_mut());
        assert_eq!(redis.command(&NOTIFY), Reply::OK);
        let mut listener = Session::new();
        redis.execute(&mut listener, &[b"PSUBSCRIBE", b"*"]);
        let (our_changes, their_changes) = (redis.core().dirty(), self.changes());
        for (index, step) in steps.iter().enumerate() {
            match step {
                Step::Advance(by) => {
                    now_ms += i64::from(*by);
                    self.server.set_clock(now_ms as u64).unwrap();
                    redis.set_clock_unix_ms(now_ms);
                }
                Step::Command(args) if hyperloglog::is_undefined(&mut redis, args) => {}
                Step::Command(args) => {
                    let mut watchers = self.watch(&mut redis);
                    let difference = self
                        .command(&mut redis, index, args)
                        .or_else(|| self.compare_watchers(&mut redis, &mut watchers, index));
                    if difference.is_some() {
                        return difference;
                    }
                }
            }
        }
        let step = steps.len();
        self.compare_events(&listener, step)
            .or_else(|| {
                let ours = Reply::Integer((redis.core().dirty() - our_changes) as i64);
                let theirs = Reply::Integer(self.changes() - their_changes);
                (ours != theirs).then_some(Difference { step, ours, theirs })
            })
            .or_else(|| self.compare_keyspaces(&mut redis, step))
    }

    /// How many changes the server has counted.
    fn changes(&mut self) -> i64 {
        const NAME: &str = "rdb_changes_since_last_save:";
        let Reply::Bulk(info) = self.ask(&["INFO", "persistence"]) else {
            panic!("INFO is a string");
        };
        let info = String::from_utf8(info.to_vec()).unwrap();
        let line = info.lines().find_map(|line| line.strip_prefix(NAME));
        line.expect("a count").parse().unwrap()
    }

    /// Lets others watch a key each, on both sides.
    fn watch(&mut self, redis: &mut Redis) -> Vec<Session> {
        let watchers = self.watchers.iter_mut().zip(KEYS);
        let watch = |(watcher, key): (&mut Client, &str)| {
            watcher.command(["WATCH", key]).unwrap();
            let mut session = Session::new();
            redis.execute(&mut session, &[b"WATCH", key.as_bytes()]);
            session
        };
        watchers.map(watch).collect()
    }

    /// Compares whether those who watch have seen a change.
    fn compare_watchers(
        &mut self,
        redis: &mut Redis,
        watchers: &mut [Session],
        step: usize,
    ) -> Option<Difference> {
        for (session, client) in watchers.iter_mut().zip(&mut self.watchers) {
            redis.execute(session, &[b"MULTI"]);
            client.command(["MULTI"]).unwrap();
            let ours = redis.execute(session, &[b"EXEC"]);
            let theirs = from_wire(client.command(["EXEC"]).unwrap());
            if ours != theirs {
                return Some(Difference { step, ours, theirs });
            }
        }
        None
    }

    /// The events that the server has reported since the last time.
    fn take_events(&mut self) -> Vec<Reply> {
        const FENCE: &str = "no event comes after this";
        self.client.command(["PUBLISH", "fence", FENCE]).unwrap();
        let mut theirs = Vec::new();
        loop {
            let Reply::Array(message) = from_wire(self.subscriber.receive().unwrap()) else {
                panic!("a subscriber receives arrays");
            };
            // pmessage, pattern, channel, message
            if message[3] == Reply::bulk(FENCE) {
                return theirs;
            }
            theirs.push(Reply::Array(message[2..].to_vec()));
        }
    }

    /// Compares the events that both sides have reported.
    fn compare_events(&mut self, listener: &Session, step: usize) -> Option<Difference> {
        let mut theirs = self.take_events();
        let ours = std::iter::from_fn(|| listener.take_message()).map(|message| match message {
            Reply::Push(words) => Reply::Array(words[2..].to_vec()),
            other => panic!("a message is a push: {other:?}"),
        });
        let mut ours: Vec<Reply> = ours.collect();
        sort_expired(&mut ours);
        sort_expired(&mut theirs);
        let (ours, theirs) = (Reply::Array(ours), Reply::Array(theirs));
        (ours != theirs).then_some(Difference { step, ours, theirs })
    }

    /// The live server's reply. What would wait for others is run in a transaction, where it does
    /// not.
    fn ask<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Reply {
        let mut ask = |args: &[&[u8]]| from_wire(self.client.command(args).unwrap());
        let args: Vec<&[u8]> = args.iter().map(AsRef::as_ref).collect();
        if !table::find(args[0]).is_some_and(|row| row.has(flag::BLOCKING)) {
            return ask(&args);
        }
        ask(&[b"MULTI"]);
        let queued = ask(&args);
        match ask(&[b"EXEC"]) {
            Reply::Array(mut replies) => match replies.remove(0) {
                // That of a command that may not wait; a wait in vain ends with another null.
                Reply::Null => Reply::NullArray,
                reply => reply,
            },
            _ => queued,
        }
    }

    fn command<A: AsRef<[u8]>>(
        &mut self,
        redis: &mut Redis,
        step: usize,
        args: &[A],
    ) -> Option<Difference> {
        let mut theirs = self.ask(args);
        let mut ours = redis.command(args).to_resp2(&profile::REDIS_7_0);
        let name = args[0].as_ref().to_ascii_lowercase();
        // No look at the key after an error: it could be due.
        if let Reply::Array(_) = ours
            && let Some(group) = unordered(redis, &name, args)
        {
            sort(&mut ours, group);
            sort(&mut theirs, group);
        }
        (ours != theirs).then_some(Difference { step, ours, theirs })
    }

    /// Asks both sides for everything they hold.
    fn compare_keyspaces(&mut self, redis: &mut Redis, step: usize) -> Option<Difference> {
        for db in ["1", "0"] {
            let all: [&[&str]; 3] = [&["SELECT", db], &["DBSIZE"], &["KEYS", "*"]];
            for line in all {
                let difference = self.command(redis, step, line);
                if difference.is_some() {
                    return difference;
                }
            }
            for item in redis.snapshot(redis.session().db).unwrap_or_default() {
                let key: &[u8] = &item.key;
                let kind = item.value.type_name();
                let content: &[&[u8]] = match kind {
                    "string" => &[b"GET", key],
                    "list" => &[b"LRANGE", key, b"0", b"-1"],
                    "hash" => &[b"HGETALL", key],
                    "set" => &[b"SMEMBERS", key],
                    "zset" => &[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"],
                    "stream" => &[b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"],
                    other => panic!("no way to compare a {other}"),
                };
                let lines: [&[&[u8]]; 4] = [
                    &[b"TYPE", key],
                    &[b"OBJECT", b"ENCODING", key],
                    &[b"PEXPIRETIME", key],
                    content,
                ];
                for line in lines {
                    let difference = self.command(redis, step, line);
                    if difference.is_some() {
                        return difference;
                    }
                }
                let (ours, theirs) = (self.setting.inspect)(&item, &mut self.client);
                if ours != theirs {
                    return Some(Difference { step, ours, theirs });
                }
            }
        }
        None
    }

    /// Leaves out steps, first many at once and then one by one, as long as a difference remains.
    fn shorten(
        &mut self,
        mut steps: Vec<Step>,
        mut difference: Difference,
    ) -> (Vec<Step>, Difference) {
        let mut chunk = steps.len() / 2;
        while chunk > 0 {
            let mut at = 0;
            while at < steps.len() {
                let mut fewer = steps.clone();
                fewer.drain(at..(at + chunk).min(steps.len()));
                if let Some(remaining) = self.run(&fewer) {
                    steps = fewer;
                    difference = remaining;
                } else {
                    at += chunk;
                }
            }
            chunk /= 2;
        }
        (steps, difference)
    }
}

/// The steps up to the one that was answered differently, and both answers.
fn describe(steps: &[Step], difference: &Difference) -> String {
    let mut out = String::new();
    for step in steps.iter().take(difference.step + 1) {
        let line = match step {
            Step::Command(args) => {
                let words: Vec<_> = args.iter().map(|arg| text::quote(arg)).collect();
                words.join(" ")
            }
            Step::Advance(ms) => format!("(after {ms} ms)"),
        };
        writeln!(out, "  {line}").unwrap();
    }
    let Difference { step, ours, theirs } = difference;
    let place = if *step < steps.len() {
        "the last step"
    } else {
        "events or keyspace"
    };
    writeln!(out, "{place}:\n  ours:   {ours:?}\n  theirs: {theirs:?}").unwrap();
    out
}

/// Sorts each run of keys that expired: a scan meets them in no order.
fn sort_expired(events: &mut [Reply]) {
    let is_expired = |event: &Reply| {
        text::print(event)
            .windows(8)
            .any(|part| part == b"expired\"")
    };
    for run in events.chunk_by_mut(|a, b| is_expired(a) && is_expired(b)) {
        run.sort_by_key(text::print);
    }
}

/// How many elements of a command's reply belong together, when these groups are in no order.
fn unordered<A: AsRef<[u8]>>(redis: &mut Redis, name: &[u8], args: &[A]) -> Option<usize> {
    if UNORDERED.iter().any(|known| known.as_bytes() == name) {
        return Some(1);
    }
    let known = UNORDERED_IF_LARGE
        .iter()
        .find(|(known, _)| known.as_bytes() == name);
    let (_, group) = known?;
    let encoding = redis.command(&[b"OBJECT", &b"ENCODING"[..], args.get(1)?.as_ref()]);
    let large = ["hashtable", "skiplist"].map(Reply::bulk);
    large.contains(&encoding).then_some(*group)
}

fn sort(reply: &mut Reply, group: usize) {
    match reply {
        // The cursor and the elements of a scan.
        Reply::Array(items) if matches!(items[..], [Reply::Bulk(_), Reply::Array(_)]) => {
            sort(&mut items[1], group);
        }
        Reply::Array(items) => {
            let mut groups: Vec<&[Reply]> = items.chunks(group).collect();
            groups.sort_by_key(|items| text::print(&Reply::Array(items.to_vec())));
            *items = groups.concat();
        }
        _ => {}
    }
}

/// Makes up arguments: few keys, so that commands meet, and values that are often wrong.
pub struct Gen {
    rng: Rng,
}

impl Gen {
    fn new(seed: u64) -> Gen {
        Gen {
            rng: Rng::new(seed),
        }
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.rng.below(bound)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub fn pick<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }

    /// A key.
    pub fn key(&mut self) -> String {
        self.pick(&KEYS).to_owned()
    }

    /// An integer, small, large, at a limit, or not one.
    pub fn int(&mut self) -> String {
        match self.below(12) {
            0 => self.pick(&INTS).to_owned(),
            1 => self.pick(&NOT_INTS).to_owned(),
            _ => (self.below(25) as i64 - 8).to_string(),
        }
    }

    /// A floating-point number, or not one.
    pub fn float(&mut self) -> String {
        match self.below(8) {
            0 => self.pick(&FLOATS).to_owned(),
            1 => self.pick(&NOT_FLOATS).to_owned(),
            2 => format!("{}e{}", self.below(1000), self.below(40) as i64 - 20),
            3 | 4 => format!("{}", (self.rng.next_u64() >> 20) as f64 / 1e9 - 8e3),
            _ => format!("{}", (self.below(4000) as f64 - 2000.0) / 100.0),
        }
    }

    /// Any value.
    pub fn value(&mut self) -> Vec<u8> {
        match self.below(6) {
            0 => self.int().into_bytes(),
            1 => self.float().into_bytes(),
            2 => {
                let len = self.pick(&["0", "1", "22", "23", "44", "45", "63", "64", "65", "300"]);
                vec![b'x'; len.parse().unwrap()]
            }
            3 => (0..self.below(9))
                .map(|_| self.rng.next_u64() as u8)
                .collect(),
            _ => (0..=self.below(6))
                .map(|_| b"abcde"[self.below(5)])
                .collect(),
        }
    }

    /// A number of seconds or milliseconds to live, mostly short, sometimes refused.
    pub fn ttl(&mut self) -> String {
        match self.below(10) {
            0 => self.pick(&INTS).to_owned(),
            1 => self.pick(&NOT_INTS).to_owned(),
            _ => (self.below(12) as i64 - 1).to_string(),
        }
    }

    /// An instant in milliseconds or seconds near the clocks'.
    pub fn instant(&mut self, unit_ms: i64) -> String {
        if self.one_in(8) {
            return self.ttl();
        }
        let offset = self.below(20_000) as i64 - 3_000;
        ((START_MS + offset) / unit_ms).to_string()
    }

    /// A command that leaves a key of any type there is, for others to meet.
    pub fn fill(&mut self) -> Step {
        let words = match self.pick(&["SET", "RPUSH", "SADD", "HSET", "ZADD"]) {
            // A type whose family is not there yet.
            name if table::find(name.as_bytes()).is_none() => vec!["SET", ""],
            "ZADD" => vec!["ZADD", "1", ""],
            "HSET" => vec!["HSET", "field", ""],
            name => vec![name, ""],
        };
        let mut words: Vec<Vec<u8>> = words
            .into_iter()
            .map(|word| word.as_bytes().to_vec())
            .collect();
        words.insert(1, self.key().into_bytes());
        let last = words.len() - 1;
        words[last] = self.value();
        Step::Command(words)
    }

    /// Time passes: up to a few seconds.
    pub fn advance(&mut self) -> Step {
        let up_to = if self.one_in(2) { 10 } else { 4_000 };
        Step::Advance(self.below(up_to) as u32)
    }
}

const INTS: [&str; 12] = [
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775806",
    "-9223372036854775807",
    "4294967296",
    "2147483648",
    "-2147483649",
    "536870912",
    "9223372036854775",
    "9223372036854776",
    "1000000000000",
    "100000",
];

const NOT_INTS: [&str; 13] = [
    "",
    " 1",
    "1 ",
    "+1",
    "01",
    "-0",
    "1.0",
    "1e3",
    "0x10",
    "x",
    "-",
    "9223372036854775808",
    "-9223372036854775809",
];

const FLOATS: [&str; 17] = [
    "0",
    "-0",
    "0.1",
    ".5",
    "5.",
    "1e17",
    "1e-17",
    "1e300",
    "-1e308",
    "5e-324",
    "0x1p4",
    "+1.5",
    "inf",
    "-inf",
    "Infinity",
    "1e4000",
    "123456789012345678901234567890.123",
];

const NOT_FLOATS: [&str; 9] = ["", "nan", " 1", "1 ", "1e", "x", "1,5", "1e99999", "--1"];
