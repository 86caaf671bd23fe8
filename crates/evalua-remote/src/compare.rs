//! [`compare()`]: a script on an engine and on a server or a cluster.
//!
//! Owns what of the two is compared and how: the reply, the commands that the script calls, as MONITOR shows them, and
//! the keys afterwards. The engine's clock stands at the server's time when the set-up, the script and the look at the keys
//! begin there, so that what differs by that is small: a time to live may differ by as long as the server took.

use evalua_redis::profile::{REDIS_7_0, REDIS_7_2, VALKEY_8};
use evalua_redis::{Address as Peer, Builder, Profile, Redis, Reply, Session, slot, text};
use evalua_test::Difference;
use evalua_test::keyspace::{self as keys, Entry};

use crate::connection::{Monitor, fact};
use crate::keyspace::{keyspace, time_ms};
use crate::{Error, Remote, Scratch};

/// What is to be run.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// Commands that run before the script.
    pub setup: Vec<SetUp>,
    /// The text of the script.
    pub script: Vec<u8>,
    /// KEYS.
    pub keys: Vec<Vec<u8>>,
    /// ARGV.
    pub args: Vec<Vec<u8>>,
    /// The server that the engine is to be like; by itself the one whose version the server tells.
    pub profile: Option<&'static Profile>,
}

/// A command of the set-up.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// Where it stands, for messages.
    pub place: String,
    /// Its words.
    pub words: Vec<Vec<u8>>,
}

/// What was seen on one side.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The reply, as a client of RESP2 gets it.
    pub reply: Reply,
    /// The commands that the script called, in words in quotes, with the database before those of another than it began in.
    pub calls: Vec<String>,
    /// The keys afterwards.
    pub keyspace: Vec<Entry>,
}

/// What came of a script on both sides.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What the engine was like.
    pub profile: &'static Profile,
    /// On the engine.
    pub engine: Seen,
    /// On the server.
    pub server: Seen,
    /// Why the server does not show what scripts call: then that is not compared.
    pub unwatched: Option<Error>,
    /// How long the set-up and the script took on the server: by so much times to live may differ.
    pub took_ms: i64,
}

/// Runs a script on an engine made by `builder` and on a server, which is emptied before and after.
///
/// In a cluster it runs where its first key is, on the master of slot 0 without one. The time and what the script calls are that
/// master's, the keys those of all. The engine is none of a cluster's: what only a cluster refuses is a difference.
///
/// ```no_run
/// use evalua_redis::Redis;
/// use evalua_remote::{Address, Scratch, Trial, compare};
///
/// let address = Address::server("redis://127.0.0.1:6379")?;
/// // Refuses a server that holds something.
/// let scratch = Scratch::claim(&address, false)?;
/// let trial = Trial {
///     script: b"return redis.call('INCRBY', KEYS[1], ARGV[1])".to_vec(),
///     keys: vec![b"visits".to_vec()],
///     args: vec![b"5".to_vec()],
///     ..Trial::default()
/// };
/// let comparison = compare(&scratch, Redis::builder(), &trial)?;
/// assert!(comparison.differences().is_empty());
/// # Ok::<(), evalua_remote::Error>(())
/// ```
///
/// What is drawn at random (SPOP, RANDOMKEY, …) and what is told of the time or of the process (TIME, IDs that XADD makes, INFO)
/// can differ by its nature.
///
/// # Errors
/// When the server does not answer or refuses what this needs; when a command of the set-up fails.
pub fn compare(scratch: &Scratch, builder: Builder, trial: &Trial) -> Result<Comparison, Error> {
    let remote = scratch.empty()?;
    let compared = on_both(scratch, remote, builder, trial);
    // Whatever came of it.
    let emptied = scratch.empty();
    let comparison = compared?;
    emptied.map(|_| comparison)
}

fn on_both(
    scratch: &Scratch,
    mut remote: Remote,
    builder: Builder,
    trial: &Trial,
) -> Result<Comparison, Error> {
    let profile = match trial.profile {
        Some(profile) => profile,
        None => profile_of(&mut remote)?,
    };
    // Of a cluster, one node runs the script.
    let slot = trial.keys.first().map_or(0, |key| slot::of(key));
    let began_ms = time_ms(&mut remote, slot)?;
    for command in &trial.setup {
        expect_success(command, &remote.command(&command.words)?)?;
    }
    let (monitor, unwatched) = match remote.monitor(slot) {
        Ok(monitor) => (Some(monitor), None),
        Err(why) => (None, Some(why)),
    };
    let eval_ms = time_ms(&mut remote, slot)?;
    let count = trial.keys.len().to_string();
    let reply = remote.command(&eval(trial, &count))?.to_resp2(profile);
    let database = scratch.address().database();
    let calls = match monitor {
        Some(monitor) => calls(monitor, &mut remote, slot, database)?,
        None => Vec::new(),
    };
    let ended_ms = time_ms(&mut remote, slot)?;
    let server = Seen {
        reply,
        calls,
        keyspace: keyspace(scratch.address())?,
    };
    let redis = builder.profile(profile).clock_unix_ms(began_ms).build();
    let engine = on_engine(redis, trial, database, [eval_ms, ended_ms])?;
    Ok(Comparison {
        profile,
        engine,
        server,
        unwatched,
        took_ms: ended_ms - began_ms,
    })
}

fn on_engine(
    mut redis: Redis,
    trial: &Trial,
    database: usize,
    [eval_ms, ended_ms]: [i64; 2],
) -> Result<Seen, Error> {
    let mut session = Session::new();
    redis.core_mut().connect(&mut session, Peer::default());
    session.db = database;
    for command in &trial.setup {
        let words: Vec<&[u8]> = command.words.iter().map(Vec::as_slice).collect();
        expect_success(command, &redis.execute(&mut session, &words))?;
    }
    let mut watching = Session::new();
    redis.core_mut().connect(&mut watching, Peer::default());
    redis.execute(&mut watching, &[b"MONITOR"]);
    redis.set_clock_unix_ms(eval_ms);
    let count = trial.keys.len().to_string();
    let reply = redis.execute(&mut session, &eval(trial, &count));
    let reply = reply.to_resp2(redis.core().profile());
    let mut calls = Vec::new();
    while let Some(message) = watching.take_message() {
        if let Reply::Status(line) = message {
            calls.extend(call(&String::from_utf8_lossy(&line), database));
        }
    }
    // What was due there meanwhile goes here too.
    redis.set_clock_unix_ms(ended_ms);
    Ok(Seen {
        reply,
        calls,
        keyspace: keys::read(&mut redis),
    })
}

/// The command that calls the script.
fn eval<'a>(trial: &'a Trial, count: &'a str) -> Vec<&'a [u8]> {
    let words = trial.keys.iter().chain(&trial.args).map(Vec::as_slice);
    let command: [&[u8]; 3] = [b"EVAL", &trial.script, count.as_bytes()];
    command.into_iter().chain(words).collect()
}

fn expect_success(command: &SetUp, reply: &Reply) -> Result<(), Error> {
    match reply.as_error() {
        None => Ok(()),
        Some(error) => Err(Error::new(format!("{}: {error}", command.place))),
    }
}

/// What the server calls itself, as the profile that is nearest to it.
fn profile_of(remote: &mut Remote) -> Result<&'static Profile, Error> {
    let info = remote.info("server")?.concat();
    Ok(nearest_profile(&info))
}

fn nearest_profile(info: &str) -> &'static Profile {
    if let Some(version) = fact(info, "valkey_version") {
        // Valkey began with what Redis 7.2 was.
        return match version.starts_with("7.") {
            true => &REDIS_7_2,
            false => &VALKEY_8,
        };
    }
    let version = fact(info, "redis_version").unwrap_or_default();
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) if (major, minor) < (7, 2) => &REDIS_7_0,
        _ => &REDIS_7_2,
    }
}

/// The last command that is watched.
const END: [&str; 2] = ["ECHO", "evalua: the script has ended"];

/// What the server has shown of the script.
fn calls(
    mut monitor: Monitor,
    remote: &mut Remote,
    slot: u16,
    database: usize,
) -> Result<Vec<String>, Error> {
    remote.command_at(slot, &END)?;
    let end = END.map(|word| text::quote(word.as_bytes())).join(" ");
    let mut calls = Vec::new();
    loop {
        let line = monitor.line()?;
        match call(&line, database) {
            Some(call) => calls.push(call),
            None if line.ends_with(&end) => return Ok(calls),
            None => {}
        }
    }
}

/// The command of a line of MONITOR, if a script called it: `1700000000.123456 [0 lua] "SET" "k" "v"`.
fn call(line: &str, database: usize) -> Option<String> {
    let (_, line) = line.split_once(" [")?;
    let (from, words) = line.split_once("] ")?;
    let db = from.strip_suffix(" lua")?;
    Some(match db.parse() == Ok(database) {
        true => words.to_owned(),
        false => format!("[{db}] {words}"),
    })
}

impl Comparison {
    /// What is not the same: what it is, and the lines of both, `-` of the server and `+` of the engine.
    pub fn differences(&self) -> Vec<(&'static str, Vec<(char, String)>)> {
        let mut found = Vec::new();
        let (server, engine) = (plain(&self.server.reply), plain(&self.engine.reply));
        if server != engine {
            found.push(("the reply", lines(&shown(&server), &shown(&engine))));
        }
        if self.unwatched.is_none() && self.server.calls != self.engine.calls {
            let (server, engine) = (&self.server.calls, &self.engine.calls);
            let lines = lines(&server.join("\n"), &engine.join("\n"));
            found.push(("what the script calls", lines));
        }
        let (server, mut engine) = (&self.server.keyspace, self.engine.keyspace.clone());
        for entry in &mut engine {
            let twin = server.iter().find(|twin| is_same_key(twin, entry));
            self.forgive(entry, twin);
        }
        if *server != engine {
            found.push(("the keyspace", keys::difference(server, &engine)));
        }
        found
    }

    /// Takes the expiry of the same key on the server, if that comes no later than the time that passed there.
    fn forgive(&self, entry: &mut Entry, twin: Option<&Entry>) {
        let Some(twin) = twin else {
            return;
        };
        let is_near = match (entry.expire_at_ms, twin.expire_at_ms) {
            // A millisecond is what rounding makes.
            (Some(engine), Some(server)) => (-1..=self.took_ms + 1).contains(&(server - engine)),
            (engine, server) => engine == server,
        };
        if is_near {
            entry.expire_at_ms = twin.expire_at_ms;
            entry.ttl_ms = twin.ttl_ms;
        }
    }
}

fn is_same_key(a: &Entry, b: &Entry) -> bool {
    a.db == b.db && a.key == b.key
}

/// A reply without what the connection to the server does not tell apart: the two nulls of RESP2.
fn plain(reply: &Reply) -> Reply {
    match reply {
        Reply::NullArray => Reply::Null,
        Reply::Array(items) => Reply::Array(items.iter().map(plain).collect()),
        other => other.clone(),
    }
}

fn shown(reply: &Reply) -> String {
    String::from_utf8_lossy(&text::print(reply)).into_owned()
}

fn lines(server: &str, engine: &str) -> Vec<(char, String)> {
    let both = Difference {
        expected: server.to_owned(),
        actual: engine.to_owned(),
    };
    both.lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_by_what_they_tell() {
        for (info, profile) in [
            (
                "redis_version:7.0.15\r\nredis_mode:standalone\r\n",
                "redis-7.0",
            ),
            ("redis_version:6.2.14\r\n", "redis-7.0"),
            ("redis_version:7.2.4\r\n", "redis-7.2"),
            ("redis_version:7.10.0\r\n", "redis-7.2"),
            ("redis_version:8.0.0\r\n", "redis-7.2"),
            (
                "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n",
                "valkey-8",
            ),
            (
                "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:7.2.5\r\n",
                "redis-7.2",
            ),
            ("", "redis-7.2"),
        ] {
            assert_eq!(nearest_profile(info).name, profile, "{info}");
        }
    }

    #[test]
    fn only_what_scripts_call_is_a_call() {
        let line = r#"1700000000.000001 [0 lua] "SET" "] [" "x""#;
        assert_eq!(call(line, 0).as_deref(), Some(r#""SET" "] [" "x""#));
        assert_eq!(call(line, 3).as_deref(), Some(r#"[0] "SET" "] [" "x""#));
        assert_eq!(
            call(r#"1700000000.000001 [0 127.0.0.1:6] "GET" "x""#, 0),
            None
        );
    }
}
