//! What strict mode finds in scripts, that it finds nothing in those that are right, and that it changes no
//! reply.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evalua_conformance::transcript::{self, Action};
use evalua_redis::script::Problem;
use evalua_redis::{Finding, Redis, Reply, Script, Strict, profile, text};

/// What is found in a script that is run with these keys, for a primary.
fn find(source: &str, keys: &[&str]) -> Vec<Finding> {
    find_for(Strict::Primary, &["EVAL"], source, keys)
}

fn find_for(strict: Strict, command: &[&str], source: &str, keys: &[&str]) -> Vec<Finding> {
    let mut redis = Redis::builder().strict(strict).build();
    let count = keys.len().to_string();
    let words = [command, &[source, &count], keys].concat();
    redis.command(&words);
    redis.take_findings()
}

/// Findings as their line, name and text.
fn lines(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let line = finding.line.map_or("-".to_owned(), |line| line.to_string());
        format!("{line} {} {finding}", finding.problem.name())
    };
    findings.iter().map(line).collect()
}

fn assert_finds(source: &str, keys: &[&str], expected: &[&str]) {
    assert_eq!(lines(&find(source, keys)), expected, "{source}");
}

#[test]
fn keys_that_are_not_declared() {
    assert_finds(
        "redis.call('SET', KEYS[1], 1)\nreturn redis.call('GET', KEYS[1] .. ':{k}')",
        &["k"],
        &["2 undeclared-key GET uses the key \"k:{k}\", which is not declared: pass it in KEYS"],
    );
    // The keys of a command are those of COMMAND GETKEYS, wherever they stand.
    for (call, key) in [
        ("'OBJECT', 'ENCODING', 'k'", "k"),
        ("'SORT', KEYS[1], 'STORE', 'k'", "k"),
        ("'ZUNION', '2', KEYS[1], 'k'", "k"),
        ("'XREAD', 'STREAMS', KEYS[1], 'k', '0', '0'", "k"),
        ("'GEORADIUS', KEYS[1], 0, 0, 1, 'm', 'STORE', 'k'", "k"),
        ("'BITOP', 'NOT', 'k', KEYS[1]", "k"),
        ("'mget', KEYS[1], '\\0'", "\0"),
    ] {
        let found = find(&format!("redis.pcall({call})"), &["{k}"]);
        let undeclared = Problem::UndeclaredKey { key: key.into() };
        assert!(
            found.iter().any(|finding| finding.problem == undeclared),
            "{call}: {found:?}"
        );
    }
    for (call, name) in [
        ("'KEYS', '*'", "KEYS"),
        ("'SCAN', 0", "SCAN"),
        ("'RANDOMKEY'", "RANDOMKEY"),
        ("'DBSIZE'", "DBSIZE"),
        ("'FLUSHALL'", "FLUSHALL"),
    ] {
        assert_finds(
            &format!("redis.call({call})"),
            &[],
            &[&format!(
                "1 unnamed-keys {name} uses keys that are not declared, and in a cluster those of one \
                 node only: work on keys that are passed in KEYS"
            )],
        );
    }
}

#[test]
fn keys_of_several_slots() {
    let text = "several-slots the keys \"a\" and \"b\" are in different slots, which a cluster refuses: \
                give them the same {tag}";
    assert_finds("return 1", &["a", "b"], &[&format!("- {text}")]);
    assert_finds("return 1", &["{t}a", "{t}b", "t"], &[]);
    let undeclared = |key: &str| {
        format!(
            "1 undeclared-key GET uses the key \"{key}\", which is not declared: pass it in KEYS"
        )
    };
    let get = "redis.call('GET', 'b')";
    assert_finds(get, &["a"], &[&undeclared("b"), &format!("1 {text}")]);
    // Without declared keys it is the first one used that all others have to be near to.
    assert_finds(
        "redis.call('GET', 'a') redis.call('GET', 'b')",
        &[],
        &[
            &format!("{} (2 times)", undeclared("a")),
            &format!("1 {text}"),
        ],
    );
    // A script may say that its other keys are anywhere, or that it is not for clusters.
    let flags = |flags: &str, source: &str| format!("#!lua flags={flags}\n{source}");
    let spread = find(&flags("allow-cross-slot-keys", get), &["a"]);
    assert_eq!(names(&spread), ["undeclared-key"]);
    let spread = find(&flags("allow-cross-slot-keys", ""), &["a", "b"]);
    assert_eq!(names(&spread), ["several-slots"]);
    let alone = flags("no-cluster", "redis.call('SELECT', 1)");
    assert_finds(&alone, &["a", "b"], &[]);
}

fn names(findings: &[Finding]) -> Vec<&'static str> {
    let names = findings.iter().map(|finding| finding.problem.name());
    names.collect()
}

#[test]
fn commands_that_a_cluster_refuses() {
    for (call, is_refused) in [
        ("'SELECT', 1", true),
        ("'SELECT', 0", false),
        ("'MOVE', KEYS[1], 1", true),
        ("'SWAPDB', 0, 1", true),
        ("'COPY', KEYS[1], KEYS[1], 'DB', 1", true),
        ("'COPY', KEYS[1], KEYS[1]", false),
        ("'SORT', KEYS[1], 'BY', 'w_*'", true),
        ("'SORT', KEYS[1], 'BY', 'nosort'", false),
    ] {
        let found = find(&format!("redis.pcall({call})"), &["k"]);
        let expected = ["refused-by-cluster"];
        assert_eq!(
            names(&found),
            &expected[..usize::from(is_refused)],
            "{call}"
        );
    }
    assert_finds(
        "\nredis.call('SELECT', 3)",
        &[],
        &["2 refused-by-cluster a cluster refuses this SELECT: a cluster has the database 0 only"],
    );
}

#[test]
fn commands_that_a_replica_refuses() {
    let write = "redis.call('GET', KEYS[1])\nreturn redis.pcall('SET', KEYS[1], 1)";
    let refused = |what: &str| format!("2 write-while-reading {what}");
    let refused = refused(
        "SET is refused, since the script may only read: leave it out, or run the script as one that writes",
    );
    let found = find_for(Strict::Primary, &["EVAL_RO"], write, &["k"]);
    assert_eq!(lines(&found), std::slice::from_ref(&refused));
    let reader = "#!lua flags=no-writes\nreturn redis.pcall('SET', KEYS[1], 1)";
    assert_finds(reader, &["k"], &[&refused]);
    assert_finds(write, &["k"], &[]);

    let found = find_for(Strict::Replica, &["EVAL"], write, &["k"]);
    let expected =
        "2 refused-by-replica a replica refuses SET, which writes: run the script on the primary";
    assert_eq!(lines(&found), [expected]);
    let found = find_for(Strict::Replica, &["EVAL_RO"], write, &["k"]);
    assert_eq!(lines(&found), [refused]);
    let found = find_for(Strict::Replica, &["EVAL"], "#!lua\nreturn 1", &["k"]);
    let expected = "- undeclared-reading a replica refuses a script that does not say that it only reads: \
                    give it the flag no-writes";
    assert_eq!(lines(&found), [expected]);
    for reader in [
        "#!lua flags=no-writes\nreturn 1",
        "return redis.call('GET', KEYS[1])",
    ] {
        let found = find_for(Strict::Replica, &["EVAL"], reader, &["k"]);
        assert_eq!(lines(&found), [""; 0], "{reader}");
    }
}

#[test]
fn values_that_change_on_their_way_out() {
    let imprecise = "and from 2^53 on a number may differ from what was meant: keep it as a string";
    for (source, expected) in [
        (
            "return 3.7",
            "- truncated the result is 3.7 and is sent as the integer 3: return it as a string".to_owned(),
        ),
        (
            "return {1, {2, -0.5}}",
            "- truncated result[2][2] is -0.5 and is sent as the integer 0: return it as a string".to_owned(),
        ),
        (
            "return 2^63",
            "- truncated the result is 9223372036854776000 and is sent as the integer \
             -9223372036854775808: return it as a string"
                .to_owned(),
        ),
        (
            "return 0/0",
            "- truncated the result is nan and is sent as the integer -9223372036854775808: return it as \
             a string"
                .to_owned(),
        ),
        (
            "return {map = {a = {2^53}}}",
            format!("- imprecise result.map[1] is 9007199254740992, {imprecise}"),
        ),
        (
            "return redis.call('SET', KEYS[1], 2^53 + 1)",
            format!("1 imprecise argument 2 is 9007199254740992, {imprecise}"),
        ),
        (
            "redis.call('SET', KEYS[1], '9007199254740992')\nredis.call('INCR', KEYS[1])",
            "2 rounded-reply INCR replied 9007199254740993, which the script sees as 9007199254740992: \
             from 2^53 on read it as a string"
                .to_owned(),
        ),
        (
            "return {1, 2, nil, 4, nil, 6}",
            "- cut-at-nil the result ends at its first nil, so that 2 of its items are sent and 2 lost: \
             put false in place of nil"
                .to_owned(),
        ),
        (
            "return {1, {name = 'x'}}",
            "- lost-field result[2] has the field \"name\", which is not sent: return a list, or \
             cjson.encode of the table"
                .to_owned(),
        ),
        (
            "return {[0] = 1}",
            "- lost-field the result has the field 0, which is not sent: return a list, or cjson.encode \
             of the table"
                .to_owned(),
        ),
        (
            "return {tostring}",
            "- no-reply result[1] is a function, and nil is sent: return a string, a number or a table"
                .to_owned(),
        ),
    ] {
        assert_finds(source, &["k"], &[&expected]);
    }
}

#[test]
fn values_that_are_sent_as_they_are() {
    for source in [
        "return 2^53 - 1",
        "return -(2^53 - 1)",
        "return {1, 'a', {}, false, true, {{}}}",
        "return {1, false, 3}",
        "return redis.status_reply('FINE')",
        "return redis.error_reply('ERR no')",
        "return redis.pcall('NOSUCH')",
        "return {double = 3.7}",
        "return {map = {a = 1}}",
        "return {set = {a = true}}",
        "return {big_number = '123456789012345678901234567890'}",
        "return cjson.null",
        "return nil",
        "return redis.call('ZADD', KEYS[1], 0.1, 'm')",
        "return redis.call('ZRANGEBYSCORE', KEYS[1], -math.huge, math.huge)",
        "return redis.call('PING')",
        "redis.setresp(3) return redis.call('HGETALL', KEYS[1])",
        "return redis.pcall('GET')",
        "error('no')",
    ] {
        assert_finds(source, &["k"], &[]);
    }
}

#[test]
fn what_is_found_again_is_counted_run_by_run() {
    let mut redis = Redis::builder().strict(Strict::Primary).build();
    let script = Script::new("for i = 1, 5 do\n  redis.call('GET', '{k}' .. i)\nend");
    for _ in 0..2 {
        let _: Reply = script.key("k").invoke(&mut redis).unwrap();
    }
    let found = redis.take_findings();
    let sha = String::from_utf8(script.sha().hex().to_vec()).unwrap();
    let expected = Finding {
        problem: Problem::UndeclaredKey { key: "{k}1".into() },
        script: sha,
        line: Some(2),
        command: Some("get"),
        times: 5,
    };
    assert_eq!(found, [expected.clone(), expected]);
    assert_eq!(redis.take_findings(), []);
    // What a client asks for is no script's.
    redis.command(&["GET", "other"]);
    assert_eq!(redis.take_findings(), []);
}

#[test]
fn functions_are_looked_at_too() {
    let mut redis = Redis::builder().strict(Strict::Replica).build();
    let library = "#!lua name=lib\n\
                   local function read(keys)\n  return redis.call('GET', 'x')\nend\n\
                   redis.register_function('writes', read)\n\
                   redis.register_function{function_name='reads', callback=read, flags={'no-writes'}}";
    assert_eq!(
        redis.command(&["FUNCTION", "LOAD", library]),
        Reply::bulk("lib")
    );
    assert_eq!(redis.take_findings(), []);
    redis.command(&["FCALL", "writes", "1", "{x}"]);
    let found = redis.take_findings();
    assert_eq!(names(&found), ["undeclared-reading", "undeclared-key"]);
    assert_eq!((&*found[1].script, found[1].line), ("writes", Some(3)));
    redis.command(&["FCALL_RO", "reads", "1", "{x}"]);
    assert_eq!(names(&redis.take_findings()), ["undeclared-key"]);
}

#[test]
fn findings_may_go_to_the_host_as_they_come() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let mut redis = Redis::builder()
        .strict(Strict::Primary)
        .findings(move |finding| ears.lock().unwrap().push(finding.to_string()))
        .build();
    redis.command(&["EVAL", "return 1.5", "0"]);
    let expected = "the result is 1.5 and is sent as the integer 1: return it as a string";
    assert_eq!(*heard.lock().unwrap(), [expected]);
    assert_eq!(redis.take_findings(), []);
}

#[test]
fn nothing_is_found_without_it() {
    let mut redis = Redis::builder().findings(|_| panic!("a finding")).build();
    redis.command(&["EVAL", "return {redis.call('GET', 'k'), 1.5}", "0"]);
    assert_eq!(redis.take_findings(), []);
}

/// What is found in the cases of the examples, all of it true: several keys without a common tag, and
/// those that say in their comments that they do such things. In the others nothing is found.
const IN_EXAMPLES: &[(&str, &[&str])] = &[
    ("acquire_lock", &["several-slots"]),
    ("common_friends", &["several-slots"]),
    ("delayed_jobs", &["several-slots"]),
    (
        "delete_by_pattern",
        &["several-slots", "undeclared-key", "unnamed-keys"],
    ),
    ("reliable_queue", &["several-slots"]),
    ("reserve_stock", &["several-slots"]),
    (
        "return_values",
        &[
            "cut-at-nil",
            "imprecise",
            "lost-field",
            "no-reply",
            "truncated",
            "undeclared-key",
        ],
    ),
    ("sum_keys", &["several-slots"]),
    ("sum_list", &["several-slots"]),
    ("transfer", &["several-slots"]),
    ("unique_visitors", &["several-slots"]),
    ("vote_once", &["several-slots"]),
];

#[test]
fn the_examples_answer_the_same_and_raise_no_false_alarm() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let files = fs::read_dir(folder).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let mut scripts = 0;
    for file in files.filter(|path| path.extension().is_some_and(|e| e == "lua")) {
        scripts += 1;
        let name = file.file_stem().unwrap().to_str().unwrap();
        let found = run_cases(&file);
        let expected = IN_EXAMPLES.iter().find(|(example, _)| *example == name);
        let expected = expected.map_or(&[][..], |(_, names)| names);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected, "{name}");
    }
    assert!(scripts > IN_EXAMPLES.len(), "{scripts} examples");
}

/// Runs the cases of an example, whose replies must be the recorded ones: the names of what is found.
fn run_cases(file: &Path) -> BTreeSet<&'static str> {
    let source = fs::read(file).unwrap();
    let cases = fs::read_to_string(file.with_extension("cases")).unwrap();
    let mut found = BTreeSet::new();
    for case in transcript::parse(&cases).unwrap().cases {
        let mut redis = Redis::builder()
            .strict(Strict::Primary)
            .clock_unix_ms(1_700_000_000_000)
            .build();
        for step in case.steps {
            let command = match &step.action {
                Action::Clock(ms) => {
                    redis.advance(Duration::from_millis(*ms));
                    continue;
                }
                Action::Redis(line) => text::split_line(line.as_bytes()).unwrap(),
                Action::Script(line) => eval(&source, line),
            };
            let reply = redis.command(&command).to_resp2(&profile::REDIS_7_2);
            let printed = String::from_utf8(text::print(&reply)).unwrap();
            assert_eq!(printed, step.reply, "{}:{}", file.display(), step.line);
        }
        found.extend(names(&redis.take_findings()));
    }
    found
}

/// The EVAL for a line of keys, a lone comma and arguments.
fn eval(source: &[u8], line: &str) -> Vec<Vec<u8>> {
    let words = text::split_line(line.as_bytes()).unwrap();
    let comma = words.iter().position(|word| word == b",");
    let (keys, args) = words.split_at(comma.unwrap_or(words.len()));
    let count = keys.len().to_string().into_bytes();
    let command = [b"EVAL".to_vec(), source.to_vec(), count];
    [&command, keys, args.get(1..).unwrap_or_default()].concat()
}
