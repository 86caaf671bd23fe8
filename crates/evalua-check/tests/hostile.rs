//! Whatever the source, there is an answer: no panic, no overflow of the stack, and places that are in the
//! source.

use std::path::Path;

use evalua_check::{Finding, Options, check, rules};
use proptest::collection::vec;
use proptest::prelude::*;

/// All scripts of the table of rules, and the examples of the project.
fn scripts() -> Vec<String> {
    let mut scripts = Vec::new();
    for rule in rules::ALL {
        scripts.extend(rule.failing.iter().map(|example| example.script.to_owned()));
        scripts.extend(rule.passing.iter().map(|script| (*script).to_owned()));
    }
    scripts.extend(examples().into_iter().map(|(_, source)| source));
    scripts
}

fn examples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let scripts = paths.filter(|path| path.extension().is_some_and(|end| end == "lua"));
    scripts
        .map(|path| {
            (
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect()
}

fn findings(source: &[u8]) -> Vec<Finding> {
    let findings = check(source, &Options::default());
    for finding in &findings {
        assert!(finding.span.end <= source.len(), "{finding:?}");
        assert!(finding.start <= finding.end, "{finding:?}");
        assert!(
            !finding.message.is_empty() && !finding.message.contains('\n'),
            "{finding:?}"
        );
    }
    findings
}

#[test]
fn the_examples_of_the_project_break_no_rule() {
    for (path, source) in examples() {
        let findings = findings(source.as_bytes());
        assert!(findings.is_empty(), "{path}: {findings:?}");
    }
}

#[test]
fn nests_without_overflowing_the_stack() {
    let deep = |open: &str, inner: &str, close: &str, times: usize| {
        [open.repeat(times), inner.to_owned(), close.repeat(times)].concat()
    };
    for source in [
        format!("return {}", deep("(", "1", ")", 190)),
        format!("return 1{}", " .. KEYS[1]".repeat(195)),
        format!("return 1{}", " + ARGV[1]".repeat(50_000)),
        format!("return tostring{}", "(1)".repeat(50_000)),
        format!("return KEYS{}", "[1]".repeat(50_000)),
        format!("return {}x", "not ".repeat(190)),
        deep("if KEYS[1] then ", "return 1", " end", 190),
        deep(
            "while KEYS[1] do ",
            "local x = redis.call('GET', 'a')",
            " end",
            190,
        ),
        deep("local function f() ", "x = 1", " end", 95),
        format!("return {}", deep("{ function() return ", "1", " end }", 60)),
        format!("local x = 1{}", " if x then x = x .. 'a' end".repeat(5_000)),
        format!("return 1{}", " and KEYS[1] == nil".repeat(5_000)),
    ] {
        findings(source.as_bytes());
    }
}

#[test]
fn bytes_that_are_no_text_are_counted_as_characters() {
    let findings = findings(b"local s = '\xff\xfe' return s + x");
    let places: Vec<_> = findings
        .iter()
        .map(|found| (found.rule.name, found.start.column))
        .collect();
    assert_eq!(places, [("bad-operand", 23), ("undeclared-global", 27)]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 2_000, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_bytes_are_checked(source in vec(any::<u8>(), 0..200)) {
        findings(&source);
    }

    #[test]
    fn changed_scripts_are_checked(
        first in any::<prop::sample::Index>(),
        second in any::<prop::sample::Index>(),
        edits in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4_u8, any::<u8>()), 0..6),
    ) {
        let scripts = scripts();
        let mut source = first.get(&scripts).clone().into_bytes();
        let other = second.get(&scripts).as_bytes();
        for (at, length, edit, byte) in edits {
            let at = at.index(source.len() + 1);
            let length = length.index(12).min(source.len() - at);
            match edit {
                0 => drop(source.drain(at..at + length)),
                1 => drop(source.splice(at..at, source[at..at + length].to_vec()).count()),
                2 => drop(source.splice(at..at + length, other.iter().copied()).count()),
                _ => source.insert(at, byte),
            }
        }
        findings(&source);
    }

    /// Words of Lua in any order are rarely a script, but those in front of some script often are.
    #[test]
    fn rearranged_lines_are_checked(lines in vec(any::<prop::sample::Index>(), 1..12)) {
        let scripts = scripts();
        let all: Vec<&str> = scripts.iter().flat_map(|script| script.lines()).collect();
        let chosen: Vec<&str> = lines.iter().map(|line| *line.get(&all)).collect();
        findings(chosen.join("\n").as_bytes());
    }
}
