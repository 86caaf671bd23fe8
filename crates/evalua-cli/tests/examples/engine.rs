//! A case run on evalua's engine, in process.
//!
//! Owns how prompts become calls of the engine; what redis-cli would print comes from
//! [`evalua_redis::text`].

use std::fs;
use std::path::Path;
use std::time::Duration;

use evalua_conformance::transcript::{Action, Case};
use evalua_redis::{Profile, Redis, text};

/// Runs `case` of `script` on a new engine like `profile`, whose clock is at `start_ms` when it
/// begins, and gives the reply to each step.
pub fn run(
    profile: &'static Profile,
    start_ms: u64,
    script: &Path,
    case: &Case,
) -> Result<Vec<String>, String> {
    let source = fs::read(script).map_err(|error| error.to_string())?;
    let start_ms = i64::try_from(start_ms).map_err(|error| error.to_string())?;
    let mut redis = Redis::builder()
        .profile(profile)
        .clock_unix_ms(start_ms)
        .build();
    let split = |line: &str| text::split_line(line.as_bytes()).ok_or("a quote is not closed");
    let mut replies = Vec::new();
    for step in &case.steps {
        let command = match &step.action {
            Action::Clock(ms) => {
                redis.advance(Duration::from_millis(*ms));
                replies.push(String::new());
                continue;
            }
            Action::Redis(line) => split(line)?,
            Action::Script(line) => eval(&source, split(line)?),
        };
        let reply = redis.command(&command).to_resp2(profile);
        let printed = String::from_utf8(text::print(&reply));
        replies.push(printed.map_err(|error| error.to_string())?);
    }
    Ok(replies)
}

/// The EVAL that `redis-cli --eval` sends for `words`: keys, a lone comma, arguments.
fn eval(source: &[u8], mut words: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let comma = words.iter().position(|word| word == b",");
    let keys = comma.unwrap_or(words.len());
    if let Some(comma) = comma {
        words.remove(comma);
    }
    let mut command = vec![b"EVAL".to_vec(), source.to_vec()];
    command.push(keys.to_string().into_bytes());
    command.append(&mut words);
    command
}
