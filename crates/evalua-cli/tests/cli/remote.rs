//! `--server`, `--cluster` and `evalua diff`, with real servers.

use std::path::Path;

use evalua_conformance::cluster::Cluster;
use evalua_conformance::resp::Reply;
use evalua_conformance::server::Server;

use super::test::test;
use super::{Run, evalua, folder};

const TRANSFER: &[u8] = b"local from = tonumber(redis.call('GET', KEYS[1]) or 0)
if from < tonumber(ARGV[1]) then return redis.error_reply('POOR ' .. from) end
redis.call('DECRBY', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], 100)
return redis.call('INCRBY', KEYS[2], ARGV[1])
";

const LIBRARY: &[u8] = b"#!lua name=lib
redis.register_function('double', function(keys) return redis.call('GET', keys[1]) * 2 end)
";

const SPEC: &[u8] = br#"local transfer = script("transfer.lua")
local lib = library("lib.lua")

local function pay(amount)
  return transfer{ keys = { "{bank}a", "{bank}b" }, args = { amount } }
end

before_each(function() redis("SET", "{bank}a", 10) end)

it("moves", function()
  assert.equal(3, pay(3))
  assert.equal("7", redis("GET", "{bank}a"))
  assert.equal(100, redis("TTL", "{bank}a"))
end)
it("starts anew", function()
  assert.is_nil(redis("GET", "{bank}b"))
  assert.equal(20, lib.double{ keys = { "{bank}a" } })
  assert.error_matches(function() pay(11) end, "^POOR 10$")
  assert.same({ err = "POOR 10" }, transfer.pcall{ keys = { "{bank}a", "{bank}x" }, args = { 11 } })
end)
it("takes turns", function()
  local function payer() pay(2) pay(2) end
  invariant(function()
    assert.equal(10, redis("GET", "{bank}a") + (redis("GET", "{bank}b") or 0))
  end)
  interleave{ one = payer, two = payer }
end)
it("knows the time", function() assert.truthy(clock.now() > 1704067200000) end)
it("moves the clock", function() clock.advance(101) end)
it("moves it and hides that", function() pcall(clock.set, 0) end)
it("draws", function() seed(7) end)
it("fails a command", function() fail_next{ error = "OOM" } end)
it("traces", function() trace(function() end) end)
"#;

fn bank() -> tempfile::TempDir {
    folder(&[
        ("transfer.lua", TRANSFER),
        ("lib.lua", LIBRARY),
        ("bank_spec.lua", SPEC),
    ])
}

fn failed(run: &Run) -> &str {
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{run:?}");
    run.stderr.as_str()
}

fn holds(server: &Server) -> Reply {
    let mut client = server.connect().unwrap();
    let keys = client.command(["KEYS", "*"]).unwrap();
    let functions = client.command(["FUNCTION", "LIST"]).unwrap();
    Reply::Array(vec![keys, functions])
}

fn nothing() -> Reply {
    Reply::Array(vec![Reply::Array(vec![]), Reply::Array(vec![])])
}

const OUTCOME: &str = "bank_spec.lua: 4 passed, 5 skipped
  skipped moves the clock: clock.advance needs an engine in this process
  skipped moves it and hides that: clock.set needs an engine in this process
  skipped draws: seed needs an engine in this process
  skipped fails a command: fail_next needs an engine in this process
  skipped traces: trace needs an engine in this process

4 passed, 5 skipped";

#[test]
fn specs_run_on_a_server() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let dir = bank();
    let url = server.url();
    let run = test(dir.path(), &["--server", &url]);
    assert_eq!((run.stdout.as_str(), run.status), (OUTCOME, Some(0)));
    assert_eq!(holds(&server), nothing());
    let run = test(
        dir.path(),
        &["--server", &url, "--tap", "--filter", "draws"],
    );
    assert_eq!(
        run.stdout,
        "TAP version 13\nok 1 - bank_spec.lua: draws # SKIP seed needs an engine in this process\n1..1\n"
    );
    // What a case does to its connection ends with it.
    let spec = br#"it("leaves its database", function() redis("SELECT", 4) end)
it("begins in the first", function() assert.matches(" db=0 ", redis("CLIENT", "INFO")) end)
"#;
    let databases = folder(&[("db_spec.lua", spec)]);
    let run = test(databases.path(), &["--server", &url]);
    assert!(run.stdout.ends_with("2 passed"), "{run:?}");
    let words = ["--server", &url, "--junit", "out.xml", "--filter", "traces"];
    assert_eq!(test(dir.path(), &words).status, Some(0));
    let xml = std::fs::read_to_string(dir.path().join("out.xml")).unwrap();
    assert!(
        xml.contains("<skipped message=\"trace needs an engine in this process\"/>"),
        "{xml}"
    );
    let words = [
        "--server",
        &url,
        "--interleave",
        "--verbose",
        "--filter",
        "turns",
    ];
    let run = test(dir.path(), &words);
    assert!(run.stdout.contains("all 6 orders were tried"), "{run:?}");
    let run = test(
        dir.path(),
        &["--server", &url, "--faults", "--filter", "moves"],
    );
    assert_eq!((run.stdout.as_str(), run.status), ("", Some(2)), "{run:?}");
    let why =
        "--faults does not go with --server or --cluster: a server lets no command fail on purpose";
    assert!(run.stderr.contains(why), "{run:?}");
}

#[test]
fn specs_run_on_a_cluster() {
    let Some(cluster) = Cluster::oracle() else {
        return;
    };
    let dir = bank();
    // The first seed is not there.
    let gone = "redis://127.0.0.1:1";
    let run = test(
        dir.path(),
        &["--cluster", gone, "--cluster", &cluster.url()],
    );
    assert_eq!(
        (run.stdout.as_str(), run.status),
        (OUTCOME, Some(0)),
        "{run:?}"
    );
    for node in cluster.nodes() {
        assert_eq!(holds(node), nothing());
    }
    let spec = br#"local set = script("set.lua")
it("goes where the keys are", function()
  for _, key in ipairs{ "b", "c", "d" } do assert.equal("OK", set{ keys = { key } }) end
  assert.equal(3, redis("DBSIZE"))
  assert.equal(3, redis("EXISTS", "b", "c", "d"))
end)
it("does not cross slots", function()
  assert.same({ err = "CROSSSLOT Keys in request don't hash to the same slot" }, set.pcall{ keys = { "b", "c" } })
end)
it("fails", function()
  for _, key in ipairs{ "b", "c", "d" } do set{ keys = { key } } end
  error("in vain")
end)
"#;
    let script = b"return redis.call('SET', KEYS[1], 'v')";
    let dir = folder(&[("keys_spec.lua", spec), ("set.lua", script)]);
    let run = test(dir.path(), &["--cluster", &cluster.url(), "--show"]);
    let keys = "    keyspace: 3 keys
    \"b\" (string)
      \"v\"
    \"c\" (string)
      \"v\"
    \"d\" (string)
      \"v\"\n\n2 passed, 1 failed";
    assert!(run.stdout.ends_with(keys), "{run:?}");
    assert_eq!(run.status, Some(1));
    for (key, slot) in [("b", 3300), ("d", 11298)] {
        let words = ["eval", "--cluster", &cluster.url(), "set.lua", key];
        let run = evalua(dir.path(), words);
        assert_eq!(
            (run.stdout.as_str(), run.status),
            ("OK\n", Some(0)),
            "{slot}"
        );
    }
    let run = test(dir.path(), &["--cluster", &cluster.url()]);
    assert!(
        failed(&run).contains("it holds 2 keys in database 0"),
        "{run:?}"
    );
}

#[test]
fn a_server_that_holds_something_is_not_emptied_unasked() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let dir = bank();
    let url = server.url();
    let mut client = server.connect().unwrap();
    client.command(["SET", "precious", "1"]).unwrap();
    let expected = format!(
        "evalua: 127.0.0.1:{} is not empty: it holds 1 key in database 0, which would be deleted; --flush allows that\n",
        server.port()
    );
    let before = holds(&server);
    assert_eq!(failed(&test(dir.path(), &["--server", &url])), expected);
    let words = ["diff", "--server", &url, "-e", "return 1"];
    assert_eq!(failed(&evalua(dir.path(), words)), expected);
    // A listing asks no server.
    let run = test(dir.path(), &["--server", &url, "--list"]);
    assert_eq!(run.status, Some(0));
    assert_eq!(holds(&server), before);
    let run = test(dir.path(), &["--server", &url, "--flush"]);
    assert_eq!((run.stdout.as_str(), run.status), (OUTCOME, Some(0)));
    assert_eq!(holds(&server), nothing());
}

#[test]
fn eval_runs_where_the_data_is() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let dir = folder(&[
        ("transfer.lua", TRANSFER),
        ("up.redis", b"# accounts\nSET a 5\n"),
    ]);
    let url = format!("{}/2", server.url());
    let mut client = server.connect().unwrap();
    client.command(["SELECT", "2"]).unwrap();
    client.command(["SET", "b", "40"]).unwrap();
    let eval = |words: &[&str]| evalua(dir.path(), [&["eval", "--server", &url], words].concat());
    let run = eval(&["--setup", "up.redis", "transfer.lua", "a", "b", ",", "2"]);
    assert_eq!(
        (run.stdout.as_str(), run.status),
        ("(integer) 42\n", Some(0))
    );
    assert_eq!(
        client.command(["GET", "a"]).unwrap(),
        Reply::Bulk(b"3".to_vec())
    );
    let run = eval(&["transfer.lua", "a", "b", ",", "4"]);
    assert_eq!(
        (run.stdout.as_str(), run.status),
        ("(error) POOR 3\n", Some(1))
    );
    let run = eval(&[
        "--json",
        "--show",
        "--repeat",
        "2",
        "-e",
        "redis.call('PERSIST', 'a') return {'x', false, {err='no'}}",
    ]);
    let reply = r#"{"reply":["x",null,{"error":"no"}]}"#;
    let keyspace = r#"{"keyspace":[{"db":2,"key":"a","ttl_ms":null,"type":"string","value":"3"},{"db":2,"key":"b","ttl_ms":null,"type":"string","value":"42"}]}"#;
    assert_eq!(run.stdout, format!("{reply}\n{reply}\n{keyspace}\n"));
    // The same text as here, line and all.
    let boom = "\n  return redis.call('HSET', 'a')";
    let (here, there) = (
        evalua(dir.path(), ["eval", "--profile", "redis-7.0", "-e", boom]),
        eval(&["-e", boom]),
    );
    assert_eq!(here, there);
}

#[test]
fn what_only_an_engine_has_is_refused() {
    let dir = bank();
    let url = "redis://127.0.0.1:1";
    for (options, why) in [
        ("--seed 3", "a server draws its own random numbers"),
        ("--at 5", "the clock of a server is its own"),
        ("--advance 5", "the clock of a server is its own"),
        (
            "--trace",
            "a server does not tell what a script calls; see evalua diff",
        ),
        (
            "--coverage",
            "a server does not tell which lines of a script run",
        ),
        (
            "--html x",
            "a server does not tell which lines of a script run",
        ),
        ("--profile redis-7.0", "a server is what it is"),
        ("--strict", "a server does not look on"),
        (
            "--max-memory 1M",
            "a server stops scripts by its own settings",
        ),
    ] {
        let words = format!("eval --server {url} {options} -e 1");
        let run = evalua(dir.path(), words.split(' '));
        let name = options.split(' ').next().unwrap();
        let expected = format!("evalua: {name} does not go with --server or --cluster: {why}\n");
        assert_eq!(failed(&run), expected);
    }
    for options in [
        "--seed=1",
        "--at=1",
        "--profile=valkey-8",
        "--coverage",
        "--min-coverage=1",
        "--jobs=2",
    ] {
        let run = test(dir.path(), &["--server", url, options]);
        let name = options.split('=').next().unwrap();
        assert!(
            failed(&run).starts_with(&format!("evalua: {name} does not go with --server")),
            "{run:?}"
        );
    }
    let run = test(dir.path(), &["--flush"]);
    assert_eq!(
        failed(&run),
        "evalua: --flush is about a server, which --server or --cluster names\n"
    );
    let run = test(dir.path(), &["--server", url, "--cluster", url]);
    assert!(failed(&run).contains("cannot be used with"), "{run:?}");
}

#[test]
fn servers_that_do_not_answer_are_told_of() {
    let dir = bank();
    let run = |words: &[&str]| failed(&evalua(dir.path(), words)).to_owned();
    for command in [
        &["test"][..],
        &["eval", "-e", "return 1"],
        &["diff", "-e", "return 1"],
    ] {
        let at = |url: &str| run(&[command, &["--server", url]].concat());
        assert!(at("redis://127.0.0.1:1").starts_with("evalua: 127.0.0.1:1: Connection refused"));
        assert!(at("127.0.0.1").starts_with("evalua: --server: that is no URL of a server"));
        assert!(at("rediss://127.0.0.1").starts_with("evalua: --server: TLS is not supported"));
    }
    let cluster = run(&[
        "test",
        "--cluster",
        "redis://127.0.0.1:1,redis://127.0.0.1:2",
    ]);
    assert!(
        cluster.starts_with("evalua: the cluster at 127.0.0.1:1, 127.0.0.1:2: ")
            && cluster.contains("Connection refused"),
        "{cluster}"
    );
    let Some(server) = Server::oracle_with(&["--requirepass", "secret"]) else {
        return;
    };
    let port = server.port();
    let wrong = run(&[
        "test",
        "--server",
        &format!("redis://:guess@127.0.0.1:{port}"),
    ]);
    assert_eq!(
        wrong,
        format!("evalua: 127.0.0.1:{port}: Password authentication failed\n")
    );
    let none = run(&["test", "--server", &server.url()]);
    assert!(none.contains("NOAUTH Authentication required."), "{none}");
    let right = test(
        dir.path(),
        &["--server", &format!("redis://:secret@127.0.0.1:{port}")],
    );
    assert_eq!((right.stdout.as_str(), right.status), (OUTCOME, Some(0)));
}

#[test]
fn a_server_may_go_away_in_the_middle() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let spec = br#"it("is well", function() redis("PING") end)
it("goes", function()
  pcall(redis, "SHUTDOWN", "NOSAVE")
  pcall(redis, "GET", "k")
end)
it("has gone", function() redis("PING") end)
"#;
    let dir = folder(&[("down_spec.lua", spec)]);
    let run = test(dir.path(), &["--server", &server.url()]);
    let place = format!("127.0.0.1:{}", server.port());
    assert_eq!(run.status, Some(1));
    assert!(
        run.stdout
            .starts_with("down_spec.lua: 1 passed, 2 failed\n"),
        "{run:?}"
    );
    assert!(
        run.stdout
            .contains(&format!("{place}: the connection is lost")),
        "{run:?}"
    );
    assert!(
        run.stdout.contains(&format!("{place}: Connection refused")),
        "{run:?}"
    );
    assert!(
        run.stderr.starts_with(&format!(
            "evalua: what the last case left is still there: {place}: "
        )),
        "{run:?}"
    );
}

#[test]
fn diff_compares_with_a_server() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let dir = folder(&[
        ("transfer.lua", TRANSFER),
        ("up.redis", b"SET a 5\nSET b 40 EX 1000\n"),
    ]);
    let (url, port) = (server.url(), server.port());
    let diff =
        |dir: &Path, words: &[&str]| evalua(dir, [&["diff", "--server", &url], words].concat());
    let words = ["--setup", "up.redis", "transfer.lua", "a", "b", ",", "2"];
    let same = format!(
        "the same on 127.0.0.1:{port} and on evalua as redis-7.0: the reply, 4 calls, 2 keys\n"
    );
    let run = diff(dir.path(), &words);
    assert_eq!(
        (run.stdout, run.status, run.stderr.as_str()),
        (same, Some(0), "")
    );
    // An error is compared, too.
    let run = diff(dir.path(), &["transfer.lua", "a", "b", ",", "2"]);
    assert!(run.stdout.contains("the reply, 1 call, 0 keys"), "{run:?}");
    let words = [
        "--profile",
        "redis-7.2",
        "-e",
        "redis.call('ZADD', KEYS[1], '0.1', 'm') return redis.call('ZSCORE', KEYS[1], 'm')",
        "z",
    ];
    let run = diff(dir.path(), &words);
    let different = format!(
        "the reply is not the same
  - \"0.10000000000000001\"
  + \"0.1\"
the keyspace is not the same
    \"z\" (zset)
  -   \"m\" => 0.10000000000000001
  +   \"m\" => 0.1
(- 127.0.0.1:{port}, + evalua as redis-7.2)\n"
    );
    assert_eq!(
        (run.stdout, run.status, run.stderr.as_str()),
        (different, Some(1), "")
    );
    assert_eq!(holds(&server), nothing());
    // What cannot be read cannot be compared; the server is left empty all the same.
    let run = diff(
        dir.path(),
        &[
            "-e",
            "redis.call('SET', 'k', 1) return redis.status_reply('\\255')",
        ],
    );
    assert!(failed(&run).contains("the reply cannot be read"), "{run:?}");
    assert_eq!(holds(&server), nothing());
    let run = diff(dir.path(), &["--setup", "transfer.lua", "-e", "return 1"]);
    assert!(failed(&run).starts_with("evalua: transfer.lua:"), "{run:?}");
}

#[test]
fn diff_compares_with_a_cluster() {
    let Some(cluster) = Cluster::oracle() else {
        return;
    };
    let dir = folder(&[
        ("transfer.lua", TRANSFER),
        // Keys of every node.
        (
            "up.redis",
            b"SET {bank}a 5\nMSET b 1 c 2 d 3\nPEXPIRE c 100000\n",
        ),
        ("crossed.redis", b"SET b 1\nRENAME b c\n"),
    ]);
    let (url, port) = (cluster.url(), cluster.nodes()[0].port());
    let diff = |words: &[&str]| evalua(dir.path(), [&["diff", "--cluster", &url], words].concat());
    let words = [
        "--setup",
        "up.redis",
        "transfer.lua",
        "{bank}a",
        "{bank}b",
        ",",
        "2",
    ];
    let same = format!(
        "the same on the cluster at 127.0.0.1:{port} and on evalua as redis-7.0: the reply, 4 calls, 5 keys\n"
    );
    let run = diff(&words);
    assert_eq!(
        (run.stdout.as_str(), run.status, run.stderr.as_str()),
        (same.as_str(), Some(0), "")
    );
    for node in cluster.nodes() {
        assert_eq!(holds(node), nothing());
    }
    // Whichever node runs it, its calls are seen: of slots 3300, 7365 and 11298, and of none.
    for words in [&["b"][..], &["c"], &["d"], &[]] {
        let script = "if KEYS[1] then redis.call('SET', KEYS[1], 1) else redis.call('PING') end";
        let run = diff(&[&["-e", script], words].concat());
        assert!(run.stdout.contains(": the reply, 1 call, "), "{run:?}");
        assert_eq!(run.status, Some(0));
    }
    let hint = "evalua: a cluster runs a script where its first key is, on keys of that slot only: give the keys the same {tag}\n";
    let run = diff(&["-e", "return redis.call('SET', KEYS[1], 'v')", "b", "c"]);
    let different = format!(
        "the reply is not the same
  - (error) CROSSSLOT Keys in request don't hash to the same slot
  + OK
what the script calls is not the same
  + \"SET\" \"b\" \"v\"
the keyspace is not the same
  + \"b\" (string)
  +   \"v\"
(- the cluster at 127.0.0.1:{port}, + evalua as redis-7.0)\n"
    );
    assert_eq!(
        (run.stdout.as_str(), run.status, run.stderr.as_str()),
        (different.as_str(), Some(1), hint)
    );
    // A key that is not declared, on another node.
    let run = diff(&["-e", "return redis.call('GET', 'd')", "b"]);
    assert!(
        run.stdout.contains(
            "  - (error) ERR Script attempted to access a non local key in a cluster node"
        ) && run.stderr == hint,
        "{run:?}"
    );
    let run = diff(&["--setup", "crossed.redis", "-e", "return 1"]);
    assert_eq!(
        failed(&run),
        "evalua: crossed.redis:2: CROSSSLOT Keys in request don't hash to the same slot\n"
    );
    for node in cluster.nodes() {
        assert_eq!(holds(node), nothing());
    }
    let mut client = cluster.nodes()[0].connect().unwrap();
    client.command(["SET", "b", "precious"]).unwrap();
    let run = diff(&["-e", "return 1"]);
    assert!(
        failed(&run).ends_with("is not empty: it holds 1 key in database 0, which would be deleted; --flush allows that\n"),
        "{run:?}"
    );
    // A node by itself is no server.
    let run = evalua(dir.path(), ["diff", "--server", &url, "-e", "return 1"]);
    assert!(failed(&run).contains("(--cluster is for those)"), "{run:?}");
}

#[test]
fn diff_wants_one_server() {
    let dir = folder(&[]);
    let url = "redis://127.0.0.1:1";
    let run = evalua(dir.path(), ["diff", "-e", "return 1"]);
    assert!(failed(&run).contains("--server <URL>"), "{run:?}");
    let run = evalua(
        dir.path(),
        ["diff", "--server", url, "--cluster", url, "-e", "return 1"],
    );
    assert!(failed(&run).contains("cannot be used with"), "{run:?}");
    let run = evalua(
        dir.path(),
        [
            "diff",
            "--cluster",
            "redis://127.0.0.1:1/3",
            "-e",
            "return 1",
        ],
    );
    assert_eq!(
        failed(&run),
        "evalua: --cluster: 127.0.0.1:1: a cluster has no database 3, only 0\n"
    );
}

#[test]
fn diff_says_when_the_server_does_not_show_what_runs() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let dir = folder(&[]);
    let mut client = server.connect().unwrap();
    let user = [
        "ACL", "SETUSER", "ann", "on", ">pw", "~*", "+@all", "-monitor",
    ];
    client.command(user).unwrap();
    let url = format!("redis://ann:pw@127.0.0.1:{}", server.port());
    let run = evalua(
        dir.path(),
        ["diff", "--server", &url, "-e", "return redis.call('PING')"],
    );
    assert!(
        run.stdout.ends_with("redis-7.0: the reply, 0 keys\n"),
        "{run:?}"
    );
    assert!(run.stderr.contains("NOPERM"), "{run:?}");
    assert_eq!(run.status, Some(0));
}
