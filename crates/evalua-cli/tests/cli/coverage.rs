//! `--coverage`, `--lcov` and `--html` of `evalua eval` and `evalua test`.

use super::*;

const SCRIPT: &[u8] = b"local n = redis.call('INCR', KEYS[1])
if n > 1 then
  return 'more'
end
return 'one'
";

#[test]
fn eval_tells_what_has_run() {
    let set_up = b"EVAL \"return 1\" 0";
    let dir = folder(&[("s.lua", SCRIPT), ("set-up", set_up)]);
    let words = [
        "eval",
        "--setup",
        "set-up",
        "--coverage",
        "--lcov",
        "all.info",
        "--html",
        "a/b",
        "s.lua",
        "k",
    ];
    let run = evalua(dir.path(), words);
    assert_eq!(run.stdout, "\"one\"\n");
    assert_eq!(
        run.stderr,
        "file         lines     branches  missed lines\ns.lua  75.0% (3/4)  50.0% (1/2)  3\n"
    );
    assert_eq!(run.status, Some(0));
    let info = fs::read_to_string(dir.path().join("all.info")).unwrap();
    assert!(
        info.starts_with("TN:\nSF:s.lua\nBRDA:2,0,0,0\nBRDA:2,0,1,1\n"),
        "{info}"
    );
    let page = fs::read_to_string(dir.path().join("a/b/s.lua.html")).unwrap();
    assert!(
        page.contains("<code>  return &#39;more&#39;</code>"),
        "{page}"
    );
    assert!(dir.path().join("a/b/index.html").exists());

    let run = evalua(
        dir.path(),
        ["eval", "--coverage", "--repeat", "2", "s.lua", "k"],
    );
    assert!(
        run.stderr.contains("s.lua  100.0% (4/4)  100.0% (2/2)\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_report_that_cannot_be_written_is_a_failure() {
    let dir = folder(&[("s.lua", SCRIPT)]);
    for option in ["--lcov", "--html"] {
        let run = evalua(dir.path(), ["eval", option, "s.lua/x", "s.lua", "k"]);
        assert_eq!((&*run.stdout, run.status), ("\"one\"\n", Some(1)));
        assert!(
            run.stderr.starts_with("evalua: s.lua/x: "),
            "{}",
            run.stderr
        );
    }
}

const SPEC: &[u8] = b"local count = script('s.lua')
it('counts the first', function()
  assert.equal('one', count { keys = { 'k' } })
end)
it('counts from nothing each time', function()
  assert.equal('one', count { keys = { 'k' } })
end)
";

#[test]
fn specs_cover_their_scripts_together() {
    let dir = folder(&[
        ("s.lua", SCRIPT),
        ("a_spec.lua", SPEC),
        ("b_spec.lua", SPEC),
    ]);
    let run = evalua(dir.path(), ["test", "--coverage", "--lcov", "all.info"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    assert!(
        run.stderr.ends_with("s.lua  75.0% (3/4)  50.0% (1/2)  3\n"),
        "{}",
        run.stderr
    );
    let info = fs::read_to_string(dir.path().join("all.info")).unwrap();
    assert!(info.contains("DA:1,4\nDA:2,4\nDA:3,0\nDA:5,4\n"), "{info}");
}

#[test]
fn too_little_is_a_failure() {
    let dir = folder(&[("s.lua", SCRIPT), ("a_spec.lua", SPEC)]);
    let run = |least: &str| evalua(dir.path(), ["test", "--min-coverage", least]);
    assert_eq!((run("75").status, &*run("75").stderr), (Some(0), ""));
    let short = run("75.1");
    assert_eq!(short.status, Some(1));
    assert_eq!(
        short.stderr,
        "evalua: 75.0% (3/4) of the lines have run, less than 75.1%\n"
    );
    let wrong = run("101");
    assert_eq!(wrong.status, Some(2));
    assert!(
        wrong.stderr.contains("not a number from 0 to 100"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_script_that_never_runs_is_not_covered() {
    let spec =
        br#"local s, idle, broken = script("s.lua"), script("idle.lua"), script("broken.lua")
it("runs one", function()
  s{ keys = { "k" } }
  s{ keys = { "k" } }
  assert.is_nil(redis("GET", "idle"))
end)
"#;
    let dir = folder(&[
        ("s.lua", SCRIPT),
        (
            "idle.lua",
            b"if KEYS[1] then\n  return redis.call('INCR', 'idle')\nend\n",
        ),
        ("broken.lua", b"return +\n"),
        ("a_spec.lua", spec),
    ]);
    let run = evalua(dir.path(), ["test", "--coverage", "--min-coverage", "90"]);
    assert!(run.stdout.starts_with("a_spec.lua: 1 passed\n"), "{run:?}");
    let table = "file              lines      branches  missed lines
idle.lua     0.0% (0/2)    0.0% (0/2)  1-2
s.lua      100.0% (4/4)  100.0% (2/2)
all files   66.6% (4/6)   50.0% (2/4)
evalua: 66.6% (4/6) of the lines have run, less than 90%
";
    assert_eq!((run.stderr.as_str(), run.status), (table, Some(1)));
}
