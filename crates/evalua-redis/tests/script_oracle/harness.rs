//! Runs commands on both sides and compares what comes back.
//!
//! Owns the keyspace that scripts find, and the form of a reply on the wire; knows no script.

use evalua_conformance::resp::{Client, Reply as Wire};
use evalua_conformance::server::Server;
use evalua_redis::number::format_double;
use evalua_redis::{Profile, Redis, Reply, Resp, profile};

/// The profile of the live server.
const PROFILE: &Profile = &profile::REDIS_7_0;

/// When both clocks stand, Unix milliseconds.
const NOW_MS: i64 = 1_700_000_000_000;

/// What the keyspace holds at first.
const SETUP: &[&[&str]] = &[
    &["SET", "string", "hello"],
    &["SET", "number", "10"],
    &["SET", "float", "3.25"],
    &["SET", "timed", "soon", "PX", "60500"],
    &["HSET", "hash", "f1", "v1", "f2", "2"],
    &["RPUSH", "list", "a", "b", "c"],
    &["SADD", "set", "1", "2", "3"],
    &["ZADD", "zset", "1", "one", "2.5", "more"],
];

/// The keys and arguments of every script in a list.
const KEYS: &[&str] = &["string", "number"];
const ARGS: &[&str] = &["first", "2", "3.5", ""];

/// How many differences are shown.
const SHOWN: usize = 20;

/// Both sides, in the same state.
pub struct Both {
    client: Client,
    redis: Redis,
    differences: Vec<String>,
    /// Keeps the server running.
    _server: Server,
}

impl Both {
    /// Both sides with the keyspace of [`SETUP`]; `None` where there is no live server.
    pub fn new() -> Option<Both> {
        let server = Server::oracle_at(NOW_MS as u64)?;
        let client = server.connect().expect("the server accepts connections");
        let redis = Redis::builder()
            .profile(PROFILE)
            .clock_unix_ms(NOW_MS)
            // A script that goes wrong is to fail and not to hang.
            .max_instructions(100_000_000)
            .max_memory(256 << 20)
            .build();
        let mut both = Both {
            client,
            redis,
            differences: Vec::new(),
            _server: server,
        };
        for line in SETUP {
            both.compare(line);
        }
        Some(both)
    }

    /// As [`Both::new`], with a client that speaks RESP3.
    pub fn in_resp3() -> Option<Both> {
        let mut both = Both::new()?;
        // What HELLO tells about the connection differs.
        both.client
            .command(["HELLO", "3"])
            .expect("the server answers");
        both.redis.command(&["HELLO", "3"]);
        Some(both)
    }

    /// Runs a command on both sides.
    pub fn compare<A: AsRef<[u8]>>(&mut self, words: &[A]) {
        let theirs = self.client.command(words).expect("the server answers");
        let reply = self.redis.command(words);
        let ours = to_wire(reply, self.redis.session().resp);
        if ours != theirs {
            let words: Vec<String> = words
                .iter()
                .map(|word| word.as_ref().escape_ascii().to_string())
                .collect();
            let line = words.join(" ");
            self.differences
                .push(format!("{line}\n  ours:   {ours:?}\n  theirs: {theirs:?}"));
        }
    }

    /// As [`Both::compare`], and gives the bulk reply, which is nothing if there is none.
    pub fn bulk(&mut self, words: &[&str]) -> Vec<u8> {
        self.compare(words);
        match self.redis.command(words) {
            Reply::Bulk(bytes) => bytes.into_vec(),
            _ => Vec::new(),
        }
    }

    fn compare_scripts(&mut self, scripts: &[&str]) {
        let only = std::env::var("EVALUA_SCRIPT").unwrap_or_default();
        let count = KEYS.len().to_string();
        for script in scripts.iter().filter(|script| script.contains(&only)) {
            self.compare(&[&["EVAL", script, &count], KEYS, ARGS].concat());
        }
    }

    /// Fails with all differences, if there were any.
    pub fn finish(self) {
        let count = self.differences.len();
        let first: Vec<_> = self.differences.into_iter().take(SHOWN).collect();
        assert!(count == 0, "{count} differences\n{}", first.join("\n"));
    }
}

/// Runs every script on both sides with EVAL.
pub fn compare_scripts(scripts: &[&str]) {
    let Some(mut both) = Both::new() else {
        return;
    };
    both.compare_scripts(scripts);
    both.finish();
}

/// As [`compare_scripts`], for a client that speaks RESP3.
pub fn compare_scripts_in_resp3(scripts: &[&str]) {
    let Some(mut both) = Both::in_resp3() else {
        return;
    };
    both.compare_scripts(scripts);
    both.finish();
}
/// A reply as it stands on the wire.
fn to_wire(reply: Reply, resp: Resp) -> Wire {
    let reply = match resp {
        Resp::V2 => reply.to_resp2(PROFILE),
        Resp::V3 => reply,
    };
    encode(reply, resp)
}

fn encode(reply: Reply, resp: Resp) -> Wire {
    let each = |items: Vec<Reply>| items.into_iter().map(|item| encode(item, resp)).collect();
    let both = |(a, b)| (encode(a, resp), encode(b, resp));
    match reply {
        Reply::Status(text) => Wire::Status(text.into_owned()),
        Reply::Error(error) => Wire::Error(error.as_bytes().to_vec()),
        Reply::Integer(n) => Wire::Int(n),
        Reply::Bulk(bytes) => Wire::Bulk(bytes.into_vec()),
        Reply::Null | Reply::NullArray if resp == Resp::V3 => Wire::Null,
        Reply::Null => Wire::NullBulk,
        Reply::NullArray => Wire::NullArray,
        Reply::Array(items) => Wire::Array(each(items)),
        Reply::Set(items) => Wire::Set(each(items)),
        Reply::Push(items) => Wire::Push(each(items)),
        Reply::Sequence(_) => panic!("no command that scripts may call answers with a sequence"),
        Reply::Map(pairs) => Wire::Map(pairs.into_iter().map(both).collect()),
        Reply::Pairs(pairs) => Wire::Array(
            pairs
                .into_iter()
                .map(|(a, b)| Wire::Array(vec![encode(a, resp), encode(b, resp)]))
                .collect(),
        ),
        Reply::Double(value) => {
            Wire::Double(format_double(value, PROFILE.double_format).into_vec())
        }
        Reply::Boolean(yes) => Wire::Bool(yes),
        Reply::BigNumber(digits) => Wire::BigNumber(digits.into_vec()),
        Reply::Attribute(facts_and_reply) => {
            let (facts, reply) = *facts_and_reply;
            let facts = facts.into_iter().map(both).collect();
            Wire::Attribute(facts, Box::new(encode(reply, resp)))
        }
        Reply::Verbatim(format, text) => Wire::Verbatim {
            format: format.to_vec(),
            text: text.into_vec(),
        },
    }
}
