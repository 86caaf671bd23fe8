//! What is refused while memory or replicas are short, beside a live server: commands, scripts by what they
//! declare, and transactions.

mod support;

use evalua_conformance::server::Server;
use evalua_redis::{Redis, Reply, Session, profile, text};

/// What is there from the start.
const SETUP: &[&str] = &[
    "SET k v",
    r##"FUNCTION LOAD "#!lua name=lib\nlocal f = function() return 1 end\nredis.register_function('any', f)\nredis.register_function{function_name='reads', callback=f, flags={'no-writes'}}""##,
    r##"SCRIPT LOAD "#!lua\nreturn 1""##,
];

/// What is sent while something is short. `>` stands for another client's command, SHORT and ENOUGH for what
/// takes away and gives back.
const LINES: &[&str] = &[
    "SET k v",
    "GET k",
    "DEL none",
    "INCR",
    "PFCOUNT none",
    "FLUSHDB SYNC extra",
    r##"EVAL "#!lua\nreturn 1" 0"##,
    r##"EVAL "#!lua\nreturn 1" -1"##,
    r##"EVAL "#!lua\nreturn }" 0"##,
    r##"EVAL "#!lua flags=allow-oom\nreturn 1" 0"##,
    r##"EVAL "#!lua flags=no-writes\nreturn redis.call('GET', 'k')" 0"##,
    r##"EVAL "#!lua flags=wrong\nreturn 1" 0"##,
    r##"EVAL_RO "#!lua\nreturn 1" 0"##,
    "EVALSHA cb70127618f0b0be70c53cf6bfcfa54a29d9b0c0 0",
    "EVALSHA_RO cb70127618f0b0be70c53cf6bfcfa54a29d9b0c0 0",
    "EVALSHA ffffffffffffffffffffffffffffffffffffffff 0",
    "EVAL \"return 1\" 0",
    "EVAL \"return redis.pcall('SET', 'k', 'v')\" 0",
    "EVAL \"return redis.call('DEL', 'none')\" 0",
    "EVAL_RO \"return redis.pcall('SET', 'k', 'v')\" 0",
    "FCALL any 0",
    "FCALL_RO any 0",
    "FCALL reads 0",
    "FCALL nosuch 0",
    // Refused when it is queued.
    "MULTI",
    "SET k 1",
    "GET k",
    "EXEC",
    "MULTI",
    r##"EVAL "#!lua\nreturn 1" 0"##,
    "EXEC",
    "ENOUGH",
    // Refused as a whole when it is run, by what is in it.
    "MULTI",
    "SET k 2",
    "> SHORT",
    "EXEC",
    "> ENOUGH",
    "MULTI",
    r##"EVAL "#!lua\nreturn 1" 0"##,
    "> SHORT",
    "EXEC",
    "> ENOUGH",
    "MULTI",
    "GET k",
    r##"EVAL "#!lua flags=no-writes\nreturn 1" 0"##,
    "> SHORT",
    "EXEC",
    "> ENOUGH",
    // What becomes short within.
    "MULTI",
    "SHORT",
    "SET k 3",
    r##"EVAL "#!lua\nreturn 1" 0"##,
    "ENOUGH",
    "EXEC",
    "SET k 4",
    "INFO errorstats",
];

#[test]
fn of_memory() {
    // So little that there is too much from the start.
    compare("CONFIG SET maxmemory 100", "CONFIG SET maxmemory 0");
}

#[test]
fn of_replicas() {
    compare(
        "CONFIG SET min-replicas-to-write 1",
        "CONFIG SET min-slaves-to-write 0",
    );
    compare(
        "CONFIG SET min-replicas-to-write 1 min-replicas-max-lag 1",
        "CONFIG SET min-replicas-max-lag 0",
    );
}

fn compare(short: &str, enough: &str) {
    let Some(server) = Server::oracle() else {
        return;
    };
    let mut live = [(); 2].map(|()| server.connect().unwrap());
    let mut redis = Redis::builder().profile(&profile::REDIS_7_0).build();
    redis.core_mut().set_statistics(true);
    let mut sessions = [(); 2].map(|()| Session::new());
    let lines = [SETUP, &["CONFIG RESETSTAT", "SHORT"], LINES].concat();
    for line in lines {
        let (client, command) = match line.strip_prefix("> ") {
            Some(command) => (1, command),
            None => (0, line),
        };
        let command = match command {
            "SHORT" => short,
            "ENOUGH" => enough,
            other => other,
        };
        let words = text::split_line(command.as_bytes()).unwrap();
        let theirs = support::from_wire(live[client].command(&words).unwrap());
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let ours = redis.execute(&mut sessions[client], &words);
        let ours = ours.to_resp2(&profile::REDIS_7_0);
        assert_eq!(printed(ours), printed(theirs), "{short}: {line}");
    }
}

fn printed(reply: Reply) -> String {
    String::from_utf8(text::print(&reply)).unwrap()
}
