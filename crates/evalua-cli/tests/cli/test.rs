//! `evalua test` as a person or a program runs it.

use std::path::Path;

use super::{Run, evalua, folder};

const LIMITER: &[u8] = b"local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
if n > tonumber(ARGV[1]) then return {0, redis.call('TTL', KEYS[1])} end
return {1, false}
";

const GOOD: &[u8] = br#"local limiter = script("limiter.lua")

local function hit()
  return limiter{ keys = { "user:1" }, args = { 2, 60 } }
end

describe("a limiter", function()
  it("lets two pass", function()
    assert.same({ 1, nil, n = 2 }, hit())
    assert.equal(1, hit()[1])
    clock.advance(10)
    assert.same({ 0, 50 }, hit())
    clock.advance(51)
    assert.equal(1, hit()[1])
  end)
  it("starts anew in every case", function()
    assert.is_nil(redis("GET", "user:1"))
  end)
end)
"#;

/// Runs `evalua test`; what the run took is not looked at.
pub fn test(dir: &Path, words: &[&str]) -> Run {
    let mut run = evalua(dir, [&["test"], words].concat());
    if let Some(at) = run.stdout.rfind(" (") {
        run.stdout.truncate(at);
    }
    run
}

fn ran(stdout: &str, status: i32) -> Run {
    Run {
        stdout: stdout.to_owned(),
        stderr: String::new(),
        status: Some(status),
    }
}

fn refused(stderr: &str) -> Run {
    Run {
        stdout: String::new(),
        stderr: stderr.to_owned(),
        status: Some(2),
    }
}

#[test]
fn good_specs_are_a_line_each() {
    let dir = folder(&[("limiter.lua", LIMITER), ("limiter_spec.lua", GOOD)]);
    let expected = "limiter_spec.lua: 2 passed\n\n2 passed";
    assert_eq!(test(dir.path(), &[]), ran(expected, 0));
    let verbose = concat!(
        "limiter_spec.lua: 2 passed\n",
        "  ok a limiter lets two pass\n",
        "  ok a limiter starts anew in every case\n",
        "\n2 passed"
    );
    assert_eq!(test(dir.path(), &["-v"]), ran(verbose, 0));
    assert_eq!(
        test(
            dir.path(),
            &["--filter", "anew", "limiter_spec.lua", "--verbose"]
        ),
        ran(
            "limiter_spec.lua: 1 passed\n  ok a limiter starts anew in every case\n\n1 passed",
            0
        )
    );
    assert_eq!(
        evalua(dir.path(), ["test", "--list"]),
        ran(
            "limiter_spec.lua:8: a limiter lets two pass\nlimiter_spec.lua:16: a limiter starts anew in every case\n",
            0
        )
    );
}

#[test]
fn failures_tell_where_and_what() {
    let spec = br#"local limiter = script("limiter.lua")
local function hit(limit)
  local reply = limiter{ keys = { "user:1" }, args = { limit, 60 } }
  return reply
end
it("compares", function()
  assert.same({ 0, 60 }, hit(5), "the first")
end)
it("fails in a script", function()
  redis("RPUSH", "user:1", "a")
  hit(5)
end)
it("fails in the spec", function()
  print("before")
  local nothing
  return nothing.field
end)
"#;
    let dir = folder(&[("limiter.lua", LIMITER), ("a_spec.lua", spec)]);
    let expected = r#"a_spec.lua: 3 failed
  failed compares
    a_spec.lua:7: assert.same({ 0, 60 }, hit(5), "the first")
    the first
    expected these to be the same
      - 1) (integer) 0
      - 2) (integer) 60
      + 1) (integer) 1
      + 2) (nil)
      (- expected, + actual)
    keyspace: 1 key
    "user:1" (string, expires in 60 s)
      "1"
  failed fails in a script
    a_spec.lua:3: local reply = limiter{ keys = { "user:1" }, args = { limit, 60 } }
    WRONGTYPE Operation against a key holding the wrong kind of value script: 909ec35cd129f6f1b1aa83a0b9aaca00fca0f6f6, on @user_script:1.
    in the script, limiter.lua:1: local n = redis.call('INCR', KEYS[1])
    from a_spec.lua:11: in function <a_spec.lua:9>
    keyspace: 1 key
    "user:1" (list)
      "a"
  failed fails in the spec
    a_spec.lua:16: return nothing.field
    attempt to index local 'nothing' (a nil value)
    keyspace: 0 keys
    printed:
      before

3 failed"#;
    assert_eq!(test(dir.path(), &["--show"]), ran(expected, 1));
}

#[test]
fn a_spec_that_does_not_load_has_failed_and_others_run() {
    let dir = folder(&[
        ("limiter.lua", LIMITER),
        ("a_spec.lua", b"it('is here', function() end)\nx = = 1\n"),
        ("b_spec.lua", b"local s = script('absent.lua')\n"),
        ("c_spec.lua", b"redis('SET', 'a', 1)\n"),
        ("limiter_spec.lua", GOOD),
    ]);
    let expected = "a_spec.lua: 1 failed
  failed the spec could not be loaded
    a_spec.lua:2: x = = 1
    unexpected symbol near '='
b_spec.lua: 1 failed
  failed the spec could not be loaded
    b_spec.lua:1: local s = script('absent.lua')
    absent.lua: No such file or directory (os error 2)
c_spec.lua: 1 failed
  failed the spec could not be loaded
    c_spec.lua:1: redis('SET', 'a', 1)
    a command belongs inside of it, before_each or after_each: every case has a Redis of its own
limiter_spec.lua: 2 passed

2 passed, 3 failed";
    assert_eq!(test(dir.path(), &[]), ran(expected, 1));
    let first = test(dir.path(), &["--fail-fast", "--jobs", "1"]);
    let expected = "a_spec.lua: 1 failed
  failed the spec could not be loaded
    a_spec.lua:2: x = = 1
    unexpected symbol near '='

1 failed";
    assert_eq!(first, ran(expected, 1));
}

#[test]
fn what_does_not_end_is_ended() {
    let spec = b"local s = script('forever.lua')
it('loops', function() while true do pcall(error) end end)
it('calls a script that loops', function() s() end)
it('is well', function() end)
";
    let dir = folder(&[
        ("forever.lua", b"while true do end"),
        ("forever_spec.lua", spec),
    ]);
    let run = test(dir.path(), &["--max-instructions", "20000", "-v"]);
    let expected = "forever_spec.lua: 1 passed, 2 failed
  failed loops
    forever_spec.lua:2: it('loops', function() while true do pcall(error) end end)
    the case needs more than 20000 instructions: does it end?
    --max-instructions allows more
  failed calls a script that loops
    forever_spec.lua:3: it('calls a script that loops', function() s() end)
    ERR user_script:1: script exceeded its limit of 20000 instructions script: 694a5fe1ddb97a4c6a1bf299d9537c7d3d0f84e7, on @user_script:1.
    in the script, forever.lua:1: while true do end
    --max-instructions allows more
  ok is well

1 passed, 2 failed";
    assert_eq!(run, ran(expected, 1));
}

#[test]
fn what_cannot_be_run_is_told() {
    let dir = folder(&[("limiter.lua", LIMITER), ("limiter_spec.lua", GOOD)]);
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    assert_eq!(
        test(dir.path(), &["empty"]),
        refused("evalua: empty: there are no files named *_spec.lua\n")
    );
    assert_eq!(
        test(dir.path(), &["absent_spec.lua"]),
        refused("evalua: absent_spec.lua: No such file or directory (os error 2)\n")
    );
    let run = test(dir.path(), &["--filter", "nonesuch"]);
    assert_eq!(run.status, Some(2));
    assert_eq!(run.stderr, "evalua: no case has nonesuch in its name\n");
}

const TRANSFER: &[u8] = b"local balance = tonumber(redis.call('GET', KEYS[1]))
if balance < tonumber(ARGV[1]) then
  return redis.error_reply('INSUFFICIENT funds')
end
redis.call('DECRBY', KEYS[1], ARGV[1])
redis.call('INCRBY', KEYS[2], ARGV[1])
return redis.status_reply('OK')
";

const TRANSFER_SPEC: &[u8] = br#"local transfer = script("transfer.lua")
before_each(function() redis("MSET", "alice", 100, "bob", 5) end)
invariant(function()
  assert.equal(105, redis("GET", "alice") + redis("GET", "bob"), "money is kept")
end)
it("moves money", function()
  assert.equal("OK", transfer{ keys = { "alice", "bob" }, args = { 30 } })
end)
it("refuses", function()
  assert.error_matches(function()
    transfer{ keys = { "alice", "bob" }, args = { 300 } }
  end, "^INSUFFICIENT funds$")
end)
"#;

#[test]
fn faults_show_what_is_left_behind_and_which_invariant_breaks() {
    let dir = folder(&[("transfer.lua", TRANSFER), ("a_spec.lua", TRANSFER_SPEC)]);
    assert_eq!(
        test(dir.path(), &[]),
        ran("a_spec.lua: 2 passed\n\n2 passed", 0)
    );
    let broken = r#"      leaves behind
          "alice" (string)
        -   "100"
        +   "70"
      and breaks an invariant
        a_spec.lua:4: assert.equal(105, redis("GET", "alice") + redis("GET", "bob"), "money is kept")
        money is kept
        expected these to be equal
          - (integer) 105
          + (integer) 75
          (- expected, + actual)
"#;
    // Without memory or on a replica the first write is refused already, and nothing is left.
    let expected = format!(
        "a_spec.lua: 1 passed, 1 failed\n  failed moves money\n    8 faults in 3 commands of scripts\n    \
         WRONGTYPE or stop in INCRBY bob 30, transfer.lua:6\n{broken}  \
         ok refuses\n    2 faults in 1 command of scripts\n\n1 passed, 1 failed"
    );
    assert_eq!(test(dir.path(), &["--faults", "-v"]), ran(&expected, 1));
}

#[test]
fn what_faults_leave_is_no_failure_without_an_invariant() {
    let spec = br#"local s = script("s.lua")
it("writes twice", function() s{ keys = { "a", "b" } } end)
it("writes once", function() s{ keys = { "a" } } end)
"#;
    let script =
        b"redis.call('SET', KEYS[1], 1) if KEYS[2] then redis.pcall('SET', KEYS[2], 1) end";
    let dir = folder(&[("s.lua", script), ("s_spec.lua", spec)]);
    let expected = r#"s_spec.lua: 2 passed
  ok writes twice
    4 faults in 2 commands of scripts
    stop in SET b 1, s.lua:1
      leaves behind
        + "a" (string)
        +   "1"

2 passed"#;
    assert_eq!(test(dir.path(), &["--faults"]), ran(expected, 0));
}

#[test]
fn faults_are_told_of_the_command_that_failed() {
    // What is refused anyway, what other scripts call, and what a spec lets fail itself, is not taken for it.
    let spec = br#"local s = script("s.lua")
it("calls what is refused", function() s{ keys = { "a", "b" } } end)
it("has run another", function()
  redis("EVAL", "return redis.call('SET', 'c', 1)", 0)
  s{ keys = { "a", "b" } }
end)
describe("where another fails", function()
  before_each(function() fail_next{ error = "ERR no", command = "ECHO" } end)
  it("goes on", function()
    redis("EVAL", "redis.pcall('ECHO', 1)", 0)
    s{ keys = { "a", "b" } }
  end)
end)
"#;
    let script = b"redis.pcall('NOSUCH')\nredis.pcall('GET')\nredis.pcall('MULTI')
redis.call('SET', KEYS[1], 1)
redis.call('SET', KEYS[2], 1)";
    let dir = folder(&[("s.lua", script), ("s_spec.lua", spec)]);
    let found = r#"    stop in SET b 1, s.lua:5
      leaves behind
        + "a" (string)
        +   "1"
"#;
    let expected = format!(
        "s_spec.lua: 3 passed\n  ok calls what is refused\n    4 faults in 2 commands of scripts\n{found}  \
         ok has run another\n    7 faults in 3 commands of scripts\n{found}  \
         ok where another fails goes on\n    5 faults in 3 commands of scripts\n{found}\n3 passed"
    );
    assert_eq!(test(dir.path(), &["--faults"]), ran(&expected, 0));
}

#[test]
fn of_many_faults_the_first_are_shown_unless_all_are_asked_for() {
    let script = b"for i = 1, 30 do redis.call('INCR', KEYS[1]) end";
    let spec = br#"local s = script("s.lua")
it("counts", function() s{ keys = { "a" } } end)
"#;
    let dir = folder(&[("s.lua", script), ("s_spec.lua", spec)]);
    let run = test(dir.path(), &["--faults"]);
    // Of the first command nothing is left.
    assert_eq!(run.stdout.matches("leaves behind").count(), 10, "{run:?}");
    let rest = "    \u{2026} 19 more that leave something behind: --verbose shows them\n";
    assert!(run.stdout.contains(rest), "{run:?}");
    let verbose = test(dir.path(), &["--faults", "-v"]);
    assert_eq!(verbose.stdout.matches("leaves behind").count(), 29);

    let broken = br#"local s = script("s.lua")
invariant(function() assert.equal(0, (redis("GET", "a") or 30) % 30) end)
it("counts", function() s{ keys = { "a" } } end)
"#;
    let dir = folder(&[("s.lua", script), ("s_spec.lua", broken)]);
    let run = test(dir.path(), &["--faults"]);
    assert_eq!(run.stdout.matches("breaks an invariant").count(), 10);
    let rest = "    \u{2026} 19 more that break an invariant: --verbose shows them\n";
    assert!(run.stdout.contains(rest), "{run:?}");
}

const QUEUE_SPEC: &[u8] = br#"local take, drop = script("take.lua"), script("drop.lua")
it("gives each job to one worker", function()
  redis("RPUSH", "jobs", "j1")
  local function worker()
    local job = take{ keys = { "jobs" } }
    if job then
      drop{ keys = { "jobs", "done" } }
    end
  end
  invariant(function()
    assert((tonumber(redis("GET", "done")) or 0) <= 1, "a job was done twice")
  end)
  interleave{ a = worker, b = function() clock.advance(1) worker() end }
end)
"#;

#[test]
fn orders_are_tried_and_the_shortest_is_shown() {
    let dir = folder(&[
        ("take.lua", b"return redis.call('LINDEX', KEYS[1], 0)"),
        (
            "drop.lua",
            b"redis.call('LPOP', KEYS[1]) return redis.call('INCR', KEYS[2])",
        ),
        ("queue_spec.lua", QUEUE_SPEC),
    ]);
    // The clients take turns, and that order is a good one.
    let good = "queue_spec.lua: 1 passed\n\n1 passed";
    assert_eq!(test(dir.path(), &[]), ran(good, 0));
    let expected = r#"queue_spec.lua: 1 failed
  failed gives each job to one worker
    all 10 orders were tried
    the shortest that breaks something
      1. a: take.lua jobs -> "j1"
      2. b: clock.advance(1)
      3. b: take.lua jobs -> "j1"
      4. a: drop.lua jobs done -> (integer) 1
      5. b: drop.lua jobs done -> (integer) 2
      queue_spec.lua:11: assert((tonumber(redis("GET", "done")) or 0) <= 1, "a job was done twice")
      a job was done twice
      from queue_spec.lua:13: in function <queue_spec.lua:2>

1 failed"#;
    assert_eq!(test(dir.path(), &["--interleave"]), ran(expected, 1));
    // With a bound, as many orders more are drawn, the same in every run.
    let bounded = test(dir.path(), &["--interleave=2"]);
    assert!(
        bounded.stdout.contains("4 of more orders were tried"),
        "{bounded:?}"
    );
    assert_eq!(bounded, test(dir.path(), &["--interleave=2"]));
}

#[test]
fn clients_may_use_coroutines_and_catch_errors() {
    let spec = br#"it("counts", function()
  local function count()
    for n in coroutine.wrap(function() coroutine.yield(redis("INCR", "n")) end) do assert.is_number(n) end
    assert.is_true(xpcall(function() redis("INCR", "n") end, error))
    local ok, text = xpcall(function() redis("LPUSH", "n", 1) end, function(text) return "!" .. text end)
    assert.is_false(ok)
    assert.matches("^!WRONGTYPE", text)
  end
  interleave{ a = count, b = function() redis("INCR", "n") redis("INCR", "n") end }
  assert.equal("4", redis("GET", "n"))
end)
"#;
    let dir = folder(&[("s_spec.lua", spec)]);
    let expected = "s_spec.lua: 1 passed
  ok counts
    all 6 orders were tried

1 passed";
    assert_eq!(test(dir.path(), &["--interleave", "-v"]), ran(expected, 0));
}

#[test]
fn what_is_cut_short_tells_nothing() {
    // Once one order has failed, others are stopped where they are no shorter: the keys are not those of the end.
    let spec = br#"after_each(function() assert.equal("4", redis("GET", "n")) end)
it("counts", function()
  invariant(function() assert(redis("GET", "last") ~= "b" or redis("GET", "n") ~= "3", "b was third") end)
  local function client(name)
    return function() for _ = 1, 2 do redis("MSET", "n", (redis("GET", "n") or 0) + 1, "last", name) end end
  end
  interleave{ a = client("a"), b = client("b") }
end)
"#;
    let dir = folder(&[("s_spec.lua", spec)]);
    let run = test(dir.path(), &["--interleave"]);
    assert!(run.stdout.contains("b was third"), "{run:?}");
    assert_eq!(run.status, Some(1));
}

#[test]
fn a_client_that_does_not_end_is_over_with_its_case() {
    let spec = b"it('turns', function()
  interleave{ a = function() redis('SET', 'k', 1) while true do end end }
end)
it('goes on', function() assert.equal('OK', redis.call('SET', 'k', 2)) end)
after_each(function() redis('DEL', 'k') end)
";
    let dir = folder(&[("s_spec.lua", spec)]);
    let expected = "s_spec.lua: 1 passed, 1 failed
  failed turns
    1. a: SET k 1 -> OK
    s_spec.lua:2: interleave{ a = function() redis('SET', 'k', 1) while true do end end }
    the case needs more than 10000 instructions: does it end?
    --max-instructions allows more

1 passed, 1 failed";
    let ended = test(dir.path(), &["--max-instructions", "10000"]);
    assert_eq!(ended, ran(expected, 1));
}

#[test]
fn other_programs_read_tap_and_junit() {
    let spec = b"it('is # good', function() print('\\27<b>') end)
it('fails', function() assert.equal(1, 2) end)
pending('later')
it('is put off', function() pending('no time') end)
";
    let dir = folder(&[("a_spec.lua", spec), ("b_spec.lua", b"x = = 1")]);
    let expected = "TAP version 13
ok 1 - a_spec.lua: is \\# good
not ok 2 - a_spec.lua: fails
#     a_spec.lua:2: it('fails', function() assert.equal(1, 2) end)
#     expected these to be equal
#       - (integer) 1
#       + (integer) 2
#       (- expected, + actual)
not ok 3 - a_spec.lua: later # TODO
not ok 4 - a_spec.lua: is put off # TODO no time
not ok 5 - b_spec.lua
# b_spec.lua:1: x = = 1
# unexpected symbol near '='
1..5
";
    let words = ["test", "--tap", "--junit", "out.xml"];
    assert_eq!(evalua(dir.path(), words), ran(expected, 1));

    let xml = std::fs::read_to_string(dir.path().join("out.xml")).unwrap();
    // Times are what they are.
    let parts = xml
        .split(" time=\"")
        .enumerate()
        .map(|(index, part)| match index {
            0 => part,
            _ => part.split_once('"').unwrap().1,
        });
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="evalua" tests="5" failures="2" skipped="2">
  <testsuite name="a_spec.lua" tests="4" failures="1" skipped="2">
    <testcase name="is # good" classname="a_spec.lua" file="a_spec.lua" line="1">
      <system-out>"#;
    let xml: String = parts.collect();
    assert!(xml.starts_with(expected), "{xml}");
    assert!(
        xml.contains("<system-out>\u{fffd}&lt;b&gt;&#10;</system-out>"),
        "{xml}"
    );
    assert!(xml.contains("<skipped message=\"no time\"/>"), "{xml}");
    assert!(
        xml.contains("<error message=\"unexpected symbol near '='\">"),
        "{xml}"
    );

    let run = test(dir.path(), &["--junit", "no/such/folder.xml"]);
    assert_eq!(run.status, Some(2));
    assert_eq!(
        run.stderr,
        "evalua: no/such/folder.xml: No such file or directory (os error 2)\n"
    );
}

#[test]
fn names_are_any_bytes_and_tables_no_longer_than_they_are() {
    let spec = b"describe('a\\255', function() it('b\\254', function() end) end)
pending('c\\253')
pcall(describe, 'broken', error)
it('is in no group', function() end)
each({ n = 1e15 }, 'row', function() end)
";
    let dir = folder(&[("s_spec.lua", spec)]);
    let expected = "s_spec.lua: 1 failed
  failed the spec could not be loaded
    s_spec.lua:5: each({ n = 1e15 }, 'row', function() end)
    a list of 1000000000000000 items is nil but for 1 of them

1 failed";
    assert_eq!(test(dir.path(), &[]), ran(expected, 1));
    let spec = &spec[..spec.len() - b"each({ n = 1e15 }, 'row', function() end)\n".len()];
    std::fs::write(dir.path().join("s_spec.lua"), spec).unwrap();
    let expected = "s_spec.lua: 2 passed, 1 pending
  ok a\u{fffd} b\u{fffd}
  pending c\u{fffd}
  ok is in no group

2 passed, 1 pending";
    assert_eq!(test(dir.path(), &["-v"]), ran(expected, 0));
}

#[test]
fn results_come_in_the_order_of_the_files() {
    let slow = b"it('is slow', function() for _ = 1, 3000000 do end end)";
    let quick = b"it('is quick', function() end)";
    let names: Vec<String> = (0..8).map(|n| format!("s{n}_spec.lua")).collect();
    let files: Vec<(&str, &[u8])> = (names.iter().enumerate())
        .map(|(n, name)| {
            (
                name.as_str(),
                if n % 4 == 0 { &slow[..] } else { &quick[..] },
            )
        })
        .collect();
    let dir = folder(&files);
    let expected: String = names
        .iter()
        .map(|name| format!("{name}: 1 passed\n"))
        .collect();
    let expected = ran(&format!("{expected}\n8 passed"), 0);
    assert_eq!(test(dir.path(), &["--jobs", "4"]), expected);
}

#[test]
fn watching_runs_again_after_a_change() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let dir = folder(&[
        ("s.lua", b"return 1"),
        (
            "s_spec.lua",
            b"local s = script('s.lua') it('gives 1', function() assert.equal(1, s()) end)",
        ),
    ]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_evalua"))
        .args(["test", "--watch"])
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut wait_for = |expected: &str| {
        lines
            .by_ref()
            .map(Result::unwrap)
            .find(|line| line == expected)
    };
    assert!(wait_for("s_spec.lua: 1 passed").is_some());
    std::fs::write(dir.path().join("s.lua"), "return 1 + 1").unwrap();
    assert!(wait_for("s.lua has changed").is_some());
    assert!(wait_for("s_spec.lua: 1 failed").is_some());
    std::fs::write(dir.path().join("t_spec.lua"), "").unwrap();
    assert!(wait_for("the specs have changed").is_some());
    assert!(wait_for("t_spec.lua: no cases").is_some());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_trace_tells_of_lines_keys_and_expiries() {
    let script = b"redis.call('SET', KEYS[1], 1, 'PX', 500)
redis.call('GET', 'other')
return redis.call('PERSIST', KEYS[1])
";
    let spec = br#"local s = script("s.lua")
it("tells", function()
  local commands = trace(function() s{ keys = { "k" } } redis("TIME") end)
  local function shown(at)
    local command = commands[at]
    local parts = { command[1], tostring(command.line), tostring(command.writes), tostring(command.from_script) }
    for _, key in ipairs(command.keys) do
      parts[#parts + 1] = key.name .. (key.writes and " written" or " read") .. (key.declared and "" or " undeclared")
    end
    for _, change in ipairs(command.expiries) do
      parts[#parts + 1] = ("%s %s %s"):format(change.name, tostring(change.before), tostring(change.after))
    end
    return table.concat(parts, ", ")
  end
  assert.equal("SET, 1, true, true, k written, k nil 500", shown(1))
  assert.equal("GET, 2, false, true, other read undeclared", shown(2))
  assert.equal("PERSIST, 3, true, true, k written, k 500 nil", shown(3))
  assert.equal("EVAL, nil, false, false, k written", shown(4))
  assert.equal("TIME, nil, false, false", shown(5))
  assert.equal(5, #commands)
end)
"#;
    let dir = folder(&[("s.lua", script), ("s_spec.lua", spec)]);
    let expected = "s_spec.lua: 1 passed\n\n1 passed";
    assert_eq!(test(dir.path(), &["--at", "0"]), ran(expected, 0));
}

#[test]
fn specs_have_the_libraries_of_scripts() {
    let script = b"local job = cmsgpack.unpack(ARGV[1]) return cjson.encode({ job[2], bit.band(job[1], 6) })";
    let spec = br#"local s = script("s.lua")
it("packs and unpacks", function()
  local reply = s{ args = { cmsgpack.pack({ 3, "b" }) } }
  assert.same({ "b", 2 }, cjson.decode(reply))
  assert.equal("\1\0", struct.pack("<H", bit.bor(1, 0)))
end)
"#;
    let dir = folder(&[("s.lua", script), ("s_spec.lua", spec)]);
    assert_eq!(
        test(dir.path(), &[]),
        ran("s_spec.lua: 1 passed\n\n1 passed", 0)
    );
}

#[test]
fn what_is_called_amiss_says_what_it_takes() {
    let spec = br#"
it("a", function() clock.advance("soon") end)
it("b", function() clock:advance(1) end)
it("c", function() clock.set() end)
it("d", function() assert.has_error(function() error("ERR no", 0) end, "ERR") end)
it("e", function() assert.has_error(function() end) end)
it("f", function() clock.set("5") clock.advance("1") assert.equal(1005, clock.now()) end)
"#;
    let dir = folder(&[("a_spec.lua", spec)]);
    let run = test(dir.path(), &[]);
    let expected = r#"a_spec.lua: 1 passed, 5 failed
  failed a
    a_spec.lua:2: it("a", function() clock.advance("soon") end)
    clock.advance takes seconds from 0 on, and not "soon"
  failed b
    a_spec.lua:3: it("b", function() clock:advance(1) end)
    clock.advance takes seconds from 0 on, and not a table: call it with a dot, and not with a colon
  failed c
    a_spec.lua:4: it("c", function() clock.set() end)
    clock.set takes the time in whole milliseconds since 1970, and not nil
  failed d
    a_spec.lua:5: it("d", function() assert.has_error(function() error("ERR no", 0) end, "ERR") end)
    expected these to fail with exactly this error; error_matches takes a pattern
      - "ERR"
      + "ERR no"
      (- expected, + actual)
  failed e
    a_spec.lua:6: it("e", function() assert.has_error(function() end) end)
    expected this to fail: no error

1 passed, 5 failed"#;
    assert_eq!(run, ran(expected, 1));

    let dir = folder(&[("a_spec.lua", b"setup(function() end)")]);
    let run = test(dir.path(), &[]);
    let expected = "a_spec.lua: 1 failed
  failed the spec could not be loaded
    a_spec.lua:1: setup(function() end)
    there is no setup here: use before_each, since every case has a Redis of its own

1 failed";
    assert_eq!(run, ran(expected, 1));

    let dir = folder(&[("a_spec.lua", b"return redis.call('GET', KEYS[1])")]);
    let run = test(dir.path(), &[]);
    let expected = "a_spec.lua: 1 failed
  failed the spec could not be loaded
    a_spec.lua:1: return redis.call('GET', KEYS[1])
    there is no KEYS in a spec: script(\"FILE\"){ keys = {}, args = {} } runs a script from its file

1 failed";
    assert_eq!(run, ran(expected, 1));
}

#[test]
fn long_differences_are_shown_around_changes_unless_all_is_asked_for() {
    let spec = br#"it("has one more", function()
  local numbers, more = {}, {}
  for i = 1, 100 do numbers[i], more[i] = i, i end
  more[50] = 0
  assert.same(numbers, more)
end)
"#;
    let dir = folder(&[("a_spec.lua", spec)]);
    let expected = r#"a_spec.lua: 1 failed
  failed has one more
    a_spec.lua:5: assert.same(numbers, more)
    expected these to be the same
        … 46 lines the same
         47) (integer) 47
         48) (integer) 48
         49) (integer) 49
      -  50) (integer) 50
      +  50) (integer) 0
         51) (integer) 51
         52) (integer) 52
         53) (integer) 53
        … 47 lines the same
      (- expected, + actual)

1 failed"#;
    assert_eq!(test(dir.path(), &[]), ran(expected, 1));
    let verbose = test(dir.path(), &["-v"]);
    assert_eq!(verbose.stdout.matches("(integer)").count(), 101);
}

#[test]
fn scripts_of_other_folders_are_called_as_people_would() {
    let dir = folder(&[("s.lua", b"return redis.call('GET')")]);
    std::fs::create_dir(dir.path().join("spec")).unwrap();
    let spec = "local s = script('../s.lua') it('gets', function() s() end)";
    std::fs::write(dir.path().join("spec/s_spec.lua"), spec).unwrap();
    let run = test(dir.path(), &["--lcov", "c.info"]);
    assert!(
        run.stdout
            .contains("in the script, s.lua:1: return redis.call('GET')"),
        "{run:?}"
    );
    let lcov = std::fs::read_to_string(dir.path().join("c.info")).unwrap();
    assert!(lcov.contains("\nSF:s.lua\n"), "{lcov}");
}

#[test]
fn traces_nest() {
    let spec = b"it('traces', function()
  local inner
  local function both() inner = trace(function() redis('PING') end) redis('ECHO', 1) end
  local outer = trace(both)
  assert.equal(1, #inner)
  assert.equal(2, #outer)
  assert.has_error(function() trace(error) end)
  assert.equal(0, #trace(function() end))
end)
";
    let dir = folder(&[("s_spec.lua", spec)]);
    let expected = "s_spec.lua: 1 passed\n\n1 passed";
    assert_eq!(test(dir.path(), &[]), ran(expected, 0));
}
