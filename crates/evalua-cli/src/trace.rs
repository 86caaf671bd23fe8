//! `evalua eval --trace`: the commands that a script has called.
//!
//! Owns how a call is shown: as a line for people, or as an object for programs.

use evalua_redis::{Profile, Reply, text, trace::Call};
use serde_json::{Value, json};

use crate::json;

/// How much of a word or reply a person is shown.
const SHOWN: usize = 100;

/// How the record is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A line for each command, on standard error, so that standard output has replies only.
    Text,
    /// A JSON object for each command, on standard output, and one for the reply.
    Json,
}

/// A line: where it was called, what, its reply, and what it did to keys.
pub fn text(call: &Call, script: &str, profile: &Profile) -> String {
    let words: Vec<String> = call.args.iter().map(|word| self::word(word)).collect();
    let mut line = format!("{} {}", place(call, script), words.join(" "));
    line.push_str(" => ");
    line.push_str(&cut(&reply(&call.reply, profile)));
    for used in call.keys.iter().filter(|used| !used.is_declared) {
        line.push_str(&format!("; {} is undeclared", word(&used.key)));
    }
    let instant = |ms: Option<i64>| ms.map_or("never".to_owned(), |ms| ms.to_string());
    for change in &call.expiries {
        let (before, after) = (instant(change.before_ms), instant(change.after_ms));
        let key = word(&change.key);
        line.push_str(&format!("; {key} expires {after} (was {before})"));
    }
    line
}

/// `{"call": …}`
pub fn json(call: &Call, script: &str) -> Value {
    let keys: Value = (call.keys.iter())
        .map(|used| {
            json!({
                "key": json::bytes(&used.key),
                "writes": used.writes,
                "declared": used.is_declared,
            })
        })
        .collect();
    let expiries: Value = (call.expiries.iter())
        .map(|change| {
            json!({
                "key": json::bytes(&change.key),
                "before_ms": change.before_ms,
                "after_ms": change.after_ms,
            })
        })
        .collect();
    let words: Value = call.args.iter().map(|word| json::bytes(word)).collect();
    json!({ "call": {
        "script": script,
        "line": call.line,
        "command": words,
        "reply": json::value(&call.reply),
        "writes": call.writes,
        "keys": keys,
        "expiries": expiries,
        "db": call.db,
        "at_ms": call.at_ms,
    } })
}

fn place(call: &Call, script: &str) -> String {
    let kind = if call.writes { "write" } else { "read" };
    match call.line {
        Some(line) => format!("{script}:{line}: {kind}"),
        None => format!("{script}: {kind}"),
    }
}

/// A reply on one line.
fn reply(reply: &Reply, profile: &Profile) -> String {
    let reply = reply.clone().to_resp2(profile);
    match &reply {
        Reply::Array(_) => json::value(&reply).to_string(),
        _ => String::from_utf8_lossy(&text::print(&reply)).into_owned(),
    }
}

/// A word as one types it: in quotes where it has to be.
fn word(word: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\');
    match !word.is_empty() && word.iter().all(is_plain) {
        true => cut(&String::from_utf8_lossy(word)),
        false => cut(&text::quote(word)),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
