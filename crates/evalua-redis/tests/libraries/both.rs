//! Runs a piece of Lua on both sides and compares what it returns or raises.
//!
//! Owns how values are made to text; knows no library.

use std::fmt::Write;

use evalua_conformance::resp::{self, Client};
use evalua_conformance::server::Server;
use evalua_redis::{Redis, Reply, profile};

/// Shows every result of a protected call, tables in the order of `pairs`; but where a key is a table,
/// that order is one of addresses, and the entries are sorted. On one line, so that errors have line 1.
const SHOW: &str = "local function show(v) local t = type(v) \
    if t == 'number' then return string.format('%.17g', v) \
    elseif t == 'string' then return #v .. ':' .. v \
    elseif t == 'boolean' then return tostring(v) \
    elseif t == 'table' then local o, sorted = {}, false \
        for k, x in pairs(v) do o[#o + 1] = show(k) .. '=' .. show(x) \
            sorted = sorted or type(k) == 'table' end \
        if sorted then table.sort(o) end \
        return '{' .. table.concat(o, ',') .. '}' \
    else return t end end \
    local function all(ok, ...) local o = {ok and 'ok' or 'error'} local vs = {...} \
        for i = 1, select('#', ...) do o[i + 1] = show(vs[i]) end \
        return table.concat(o, ' ') end ";

/// After so many scripts both sides forget them.
const FLUSH_AFTER: usize = 1000;

/// A server, and an engine like it.
pub struct Both {
    client: Client,
    redis: Redis,
    scripts: usize,
    count: usize,
    differences: String,
    /// Keeps the server running.
    _server: Server,
}

impl Both {
    /// Both sides, or nothing, visibly, where there is no live server.
    pub fn new() -> Option<Both> {
        let server = Server::oracle()?;
        let client = server.connect().expect("the server takes connections");
        Some(Both {
            client,
            redis: engine(),
            scripts: 0,
            count: 0,
            differences: String::new(),
            _server: server,
        })
    }

    /// Runs the body of a function, on one line, and notes a difference.
    pub fn compare(&mut self, body: &str) {
        self.scripts += 1;
        if self.scripts.is_multiple_of(FLUSH_AFTER) {
            let flush = ["SCRIPT", "FLUSH"];
            self.client.command(flush).expect("the server answers");
            self.redis.command(&flush);
        }
        let theirs = match self.client.command(["EVAL", &script(body), "0"]) {
            Ok(resp::Reply::Bulk(bytes)) => bytes,
            other => panic!("{body}: {other:?}"),
        };
        let ours = ours(&mut self.redis, body);
        if ours != theirs {
            self.count += 1;
            if self.count <= 12 {
                writeln!(
                    self.differences,
                    "{}\n  ours   {}\n  theirs {}",
                    shorten(body.as_bytes()),
                    shorten(&ours),
                    shorten(&theirs)
                )
                .expect("a string grows");
            }
        }
    }

    /// Fails with the first differences, if there were any.
    pub fn finish(self) {
        assert!(
            self.count == 0,
            "{} differ:\n{}",
            self.count,
            self.differences
        );
    }
}

/// An engine like the live server.
pub fn engine() -> Redis {
    Redis::builder().profile(&profile::REDIS_7_0).build()
}

/// What a body gives in an engine.
pub fn ours(redis: &mut Redis, body: &str) -> Vec<u8> {
    match redis.command(&["EVAL", &script(body), "0"]) {
        Reply::Bulk(bytes) => bytes.to_vec(),
        other => format!("{other:?}").into_bytes(),
    }
}

fn script(body: &str) -> String {
    format!("{SHOW}return all(pcall(function() {body} end))")
}

/// A text that may be long, as one that a person can read.
fn shorten(text: &[u8]) -> String {
    let text = text.escape_ascii().to_string();
    match text.len() {
        0..=600 => text,
        n => format!("{} … {} ({n})", &text[..400], &text[n - 200..]),
    }
}
