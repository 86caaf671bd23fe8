//! `docs/checks.md`, the page of all rules, is what their table says.
//!
//! `EVALUA_BLESS=1 cargo test -p evalua-check --test page` writes it anew.

use std::fmt::Write;
use std::path::Path;

use evalua_check::{Outcome, Rule, rules};

const HEAD: &str = "# Checks

What `evalua check` finds in Redis Lua scripts. Each script below is run as a test: those that break a rule are reported by it alone, and do what
the comment under them says, with `KEYS` = `a`, `b` and `ARGV` = `5`, `x` on an empty database; the others are not reported.

A comment `-- evalua: allow(rule)` silences a rule on its line and on the next, `--allow rule` for all that is checked. When in doubt, a rule is silent.

This page is generated: `EVALUA_BLESS=1 cargo test -p evalua-check --test page`.

| rule | |
|---|---|
";

#[test]
fn is_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/checks.md");
    let page = page();
    if std::env::var_os("EVALUA_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept == page, "docs/checks.md is not current: bless it");
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for rule in rules::ALL {
        writeln!(page, "| [`{0}`](#{0}) | {1} |", rule.name, rule.summary).unwrap();
    }
    for rule in rules::ALL {
        section(rule, &mut page);
    }
    page
}

fn section(rule: &Rule, page: &mut String) {
    writeln!(
        page,
        "\n## {}\n\n{}\n\nBreaks it:",
        rule.name, rule.explanation
    )
    .unwrap();
    for example in rule.failing {
        let outcome = match example.outcome {
            Outcome::Error(text) => format!("fails: … {text} …"),
            Outcome::Reply(reply) => format!("replies {}", reply.replace('\n', "\n--         ")),
            Outcome::Endless => "never ends".to_owned(),
            Outcome::Later(why) => why.to_owned(),
        };
        writeln!(page, "\n```lua\n{}\n-- {outcome}\n```", example.script).unwrap();
    }
    page.push_str("\nDoes not:\n");
    for script in rule.passing {
        writeln!(page, "\n```lua\n{script}\n```").unwrap();
    }
}
