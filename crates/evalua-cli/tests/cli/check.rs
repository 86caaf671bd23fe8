//! `evalua check` as people and other programs run it.

use std::collections::BTreeSet;
use std::io::Write as _;

use serde_json::Value;

use super::*;

const LIMITER: &[u8] = b"local count = redis.call('INCR', KEYS[1])
if count == nil then
\treturn redis.call('EXPIRE', KEYS[1])
end
return count > ARGV[1]
";

/// What is found in the script above.
const FOUND: &str = "\
reply-compared-to-nil: the reply of INCR is never nil, and this always false: it is never false either
 --> limiter.lua:2:4
  |
2 | if count == nil then
  |    ^^^^^^^^^^^^

wrong-arity: EXPIRE takes at least 2 arguments, not 1
 --> limiter.lua:3:9
  |
3 | \treturn redis.call('EXPIRE', KEYS[1])
  | \t       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

number-compared-to-string: a number cannot be compared with a string: convert it with tonumber
 --> limiter.lua:5:8
  |
5 | return count > ARGV[1]
  |        ^^^^^^^^^^^^^^^

3 findings in 1 file; evalua check --explain RULE says more of them
";

fn check(dir: &TempDir, words: &[&str]) -> Run {
    evalua(dir.path(), [&["check"], words].concat())
}

#[test]
fn findings_are_shown_with_their_lines() {
    let dir = folder(&[("limiter.lua", LIMITER), ("good.lua", b"return 1")]);
    let found = check(&dir, &["limiter.lua", "good.lua"]);
    assert_eq!(found.stdout, FOUND);
    assert_eq!((found.stderr.as_str(), found.status), ("", Some(1)));
    assert_eq!(check(&dir, &["good.lua"]), replies(""));

    let coloured = check(&dir, &["--color=always", "limiter.lua"]).stdout;
    assert!(coloured.contains("\x1b[1m"), "{coloured}");
    let mut plain = coloured;
    for code in ["\x1b[1m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[0m"] {
        plain = plain.replace(code, "");
    }
    assert_eq!(plain, FOUND);
}

#[test]
fn rules_are_allowed_by_option_and_comment() {
    let dir = folder(&[
        ("limiter.lua", LIMITER),
        (
            "allowed.lua",
            b"-- evalua: allow(unused-local, key-not-declared)\nlocal x = redis.call('GET', 'k')\n\
              local y = 1 -- evalua: allow(unused-local)\nreturn 1",
        ),
        ("misspelt.lua", b"return 1 -- evalua: allow(unused-locals)"),
    ]);
    let most = "reply-compared-to-nil,wrong-arity";
    let rest = check(&dir, &["limiter.lua", "--allow", most]);
    assert!(
        rest.stdout.starts_with("number-compared-to-string: "),
        "{rest:?}"
    );
    assert!(
        rest.stdout
            .ends_with("\n1 finding; evalua check --explain RULE says more of it\n"),
        "{rest:?}"
    );
    let most = ["--allow", most, "--allow", "number-compared-to-string"];
    assert_eq!(
        check(&dir, &[&["limiter.lua"], &most[..]].concat()),
        replies("")
    );
    assert_eq!(check(&dir, &["allowed.lua"]), replies(""));
    let misspelt = check(&dir, &["misspelt.lua"]);
    assert!(
        misspelt.stdout.contains("there is no rule 'unused-locals'"),
        "{misspelt:?}"
    );
    assert!(misspelt.stdout.contains(":1:27\n"), "{misspelt:?}");
}

#[test]
fn folders_are_searched_and_standard_input_is_read() {
    let dir = folder(&[("b.lua", b"return x"), ("a.txt", b"return y")]);
    fs::create_dir_all(dir.path().join("inner/empty")).unwrap();
    fs::write(dir.path().join("inner/c.lua"), "return z").unwrap();
    let found = check(&dir, &[".", "--format", "json"]);
    let files: Vec<String> = lines(&found.stdout)
        .iter()
        .map(|line| line["file"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(files, ["./b.lua", "./inner/c.lua"]);

    let empty = check(&dir, &["inner/empty"]);
    assert_eq!(
        empty.stderr,
        "evalua: inner/empty: there are no files named *.lua\n"
    );
    assert_eq!(empty.status, Some(2));

    let mut child = Command::new(env!("CARGO_BIN_EXE_evalua"))
        .args(["check", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"return x").unwrap();
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("--> -:1:8\n"), "{stdout}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_cannot_be_done_is_said() {
    let dir = folder(&[("bad.lua", b"return x")]);
    let missing = check(&dir, &["bad.lua", "missing.lua"]);
    assert_eq!(
        missing.stderr,
        "evalua: missing.lua: No such file or directory (os error 2)\n"
    );
    assert!(
        missing.stdout.contains("undeclared-global"),
        "the others are checked"
    );
    assert_eq!(missing.status, Some(2));
    for (words, message) in [
        (&[][..], "required arguments were not provided"),
        (
            &["bad.lua", "--allow", "no-such-rule"],
            "invalid value 'no-such-rule'",
        ),
        (
            &["--explain", "no-such-rule"],
            "invalid value 'no-such-rule'",
        ),
        (&["bad.lua", "--format", "xml"], "invalid value 'xml'"),
        (&["bad.lua", "--list-rules"], "cannot be used with"),
    ] {
        let run = check(&dir, words);
        assert!(run.stderr.contains(message), "{words:?}: {run:?}");
        assert_eq!(run.status, Some(2), "{words:?}");
    }
}

#[test]
fn profiles_differ() {
    let dir = folder(&[("wait.lua", b"return redis.call('BLPOP', KEYS[1], 0)")]);
    assert_eq!(check(&dir, &["wait.lua"]), replies(""));
    let old = check(&dir, &["wait.lua", "--profile", "redis-7.0"]);
    assert!(old.stdout.starts_with("command-not-allowed: "), "{old:?}");
}

#[test]
fn rules_are_listed_and_explained() {
    let dir = folder(&[]);
    let list = check(&dir, &["--list-rules"]);
    assert_eq!(list.status, Some(0));
    let names: Vec<&str> = list
        .stdout
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(
        names.len() >= 20 && names.contains(&"wrong-arity"),
        "{list:?}"
    );
    for name in names {
        let page = check(&dir, &["--explain", name]);
        assert_eq!(page.status, Some(0), "{name}");
        assert!(
            page.stdout.contains("\nBreaks it:\n") && page.stdout.contains("\nDoes not:\n"),
            "{page:?}"
        );
    }
}

fn lines(output: &str) -> Vec<Value> {
    output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn json_has_a_line_for_each_finding() {
    let dir = folder(&[("limiter.lua", LIMITER)]);
    let found = check(&dir, &["limiter.lua", "--format=json"]);
    assert_eq!(found.status, Some(1));
    let found = lines(&found.stdout);
    assert_eq!(found.len(), 3);
    let expected = serde_json::json!({
        "file": "limiter.lua", "rule": "wrong-arity", "message": "EXPIRE takes at least 2 arguments, not 1",
        "line": 3, "column": 9, "end_line": 3, "end_column": 38, "offset": 71, "length": 29,
    });
    assert_eq!(found[1], expected);
}

/// What the standard says that must be there, and what code hosts ask for beyond that.
#[test]
fn sarif_has_what_the_standard_asks_for() {
    let dir = folder(&[("a b.lua", LIMITER)]);
    let found = check(&dir, &["a b.lua", "--format=sarif"]);
    assert_eq!(found.status, Some(1));
    let log: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(
        log["$schema"],
        "https://json.schemastore.org/sarif-2.1.0.json"
    );
    let [run] = &log["runs"].as_array().unwrap()[..] else {
        panic!("{log}");
    };
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "evalua check");
    let rules = driver["rules"].as_array().unwrap();
    let ids: BTreeSet<&str> = rules
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), rules.len(), "each rule once");
    for rule in rules {
        assert!(
            rule["shortDescription"]["text"].is_string()
                && rule["fullDescription"]["text"].is_string()
        );
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["message"]["text"].is_string());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b.lua");
        for field in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][field].as_u64().unwrap() >= 1, "{field}");
        }
    }

    let empty = check(
        &folder(&[("a.lua", b"return 1")]),
        &["a.lua", "--format=sarif"],
    );
    let log: Value = serde_json::from_str(&empty.stdout).unwrap();
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(empty.status, Some(0));
}

#[test]
fn specs_in_a_folder_are_no_scripts() {
    let dir = folder(&[
        ("good.lua", b"return 1\n"),
        ("good_spec.lua", b"it('works', script('good.lua'))\n"),
    ]);
    let nothing = Run {
        stdout: String::new(),
        stderr: String::new(),
        status: Some(0),
    };
    assert_eq!(evalua(dir.path(), ["check", "."]), nothing);
    let named = evalua(dir.path(), ["check", "good_spec.lua"]);
    assert_eq!(named.status, Some(1), "{named:?}");
}
