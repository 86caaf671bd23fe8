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
fn test(dir: &Path, words: &[&str]) -> Run {
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
      1) "a"
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
