//! Every rule does what its row says: its failing examples break it and no other, its passing examples
//! break none, and what is said of a failing one is what an engine does.

use std::collections::BTreeSet;

use evalua_check::{Options, Outcome, check, rules};
use evalua_redis::{Redis, Reply, profile, text};

/// The reply to a script with the keys `a` and `b` and the arguments `5` and `x`.
fn run(script: &str) -> Reply {
    let profile = &profile::REDIS_7_2;
    let mut redis = Redis::builder()
        .profile(profile)
        .clock_unix_ms(1_700_000_000_000)
        .max_instructions(1_000_000)
        .build();
    let reply = redis.command(&["EVAL", script, "2", "a", "b", "5", "x"]);
    reply.to_resp2(profile)
}

fn broken(script: &str) -> Vec<&'static str> {
    let findings = check(script.as_bytes(), &Options::default());
    findings.iter().map(|finding| finding.rule.name).collect()
}

#[test]
fn failing_examples_break_their_rule_and_no_other() {
    let mut wrong = String::new();
    for rule in rules::ALL {
        assert!(!rule.failing.is_empty(), "{}", rule.name);
        for example in rule.failing {
            let broken: BTreeSet<_> = broken(example.script).into_iter().collect();
            if broken != BTreeSet::from([rule.name]) {
                wrong += &format!("{}: {broken:?}\n{}\n", rule.name, example.script);
            }
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn passing_examples_break_none() {
    for rule in rules::ALL {
        assert!(!rule.passing.is_empty(), "{}", rule.name);
        for script in rule.passing {
            assert_eq!(broken(script), [""; 0], "{}: {script}", rule.name);
        }
    }
}

#[test]
fn failing_examples_do_what_is_said_of_them() {
    for rule in rules::ALL {
        for example in rule.failing {
            let reply = run(example.script);
            let shown = String::from_utf8(text::print(&reply)).unwrap();
            match example.outcome {
                Outcome::Error(part) => {
                    assert!(reply.as_error().is_some(), "{}: {shown}", example.script);
                    assert!(shown.contains(part), "{}: {shown}", example.script);
                }
                Outcome::Reply(expected) => assert_eq!(shown, expected, "{}", example.script),
                Outcome::Endless => {
                    assert!(shown.contains("instruction"), "{}: {shown}", example.script)
                }
                Outcome::Later(_) => {
                    assert!(reply.as_error().is_none(), "{}: {shown}", example.script);
                }
            }
        }
    }
}

#[test]
fn passing_examples_run() {
    for rule in rules::ALL {
        for script in rule.passing {
            let reply = run(script);
            assert!(
                reply.as_error().is_none(),
                "{}: {script}: {reply:?}",
                rule.name
            );
        }
    }
}

#[test]
fn names_are_words_with_dashes_and_stand_once() {
    let mut names = BTreeSet::new();
    for rule in rules::ALL {
        assert!(names.insert(rule.name), "{} twice", rule.name);
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        assert!(rule.name.bytes().all(is_part), "{}", rule.name);
        assert!(!rule.summary.ends_with('.'), "{}", rule.name);
        assert!(rule.explanation.ends_with('.'), "{}", rule.name);
    }
}
