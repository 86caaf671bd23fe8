//! Random programs do the same in evalua and in `lua5.1`.
//!
//! A fixed number of them runs in the suite; `EVALUA_GENERATED=N` runs so many, from the seed
//! `EVALUA_SEED`. A program that differs is made smaller before it is shown.

use std::process::Command;

use evalua_conformance::generator;
use evalua_conformance::lua::{self, Outcome};

/// Programs that the suite runs.
const PROGRAMS: u64 = 1500;

/// Programs in one process.
const BATCH: u64 = 50;

#[test]
fn random_programs_do_the_same_as_in_lua51() {
    let count = number("EVALUA_GENERATED").unwrap_or(PROGRAMS);
    let seed = number("EVALUA_SEED").unwrap_or(1);
    for first in (seed..seed + count).step_by(BATCH as usize) {
        let batch: Vec<Vec<u8>> = (first..(first + BATCH).min(seed + count))
            .map(generator::choices)
            .collect();
        let Some((expected, got)) = run(&batch) else {
            return;
        };
        let last = (first + BATCH).min(seed + count) - first - 1;
        assert!(
            expected.status == Some(0)
                && String::from_utf8_lossy(&expected.stdout).contains(&format!("program {last}\n")),
            "what was made is no Lua program: {}",
            String::from_utf8_lossy(&expected.stderr)
        );
        if expected == got {
            continue;
        }
        for choices in batch {
            if differs(&choices) {
                panic!("{}", report(&smaller(choices)));
            }
        }
        let (expected, got) = (text(&expected), text(&got));
        let line = (expected.lines().zip(got.lines())).find(|(expected, got)| expected != got);
        panic!("programs {first} and after differ, but only together: {line:?}");
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// What `lua5.1` and evalua make of the programs; `None` without a `lua5.1`.
fn run(batch: &[Vec<u8>]) -> Option<(Outcome, Outcome)> {
    let source = generator::source(batch);
    let expected = lua::oracle_called("evalua", source.as_bytes())?;
    let mut evalua = Command::new(env!("CARGO_BIN_EXE_evalua"));
    let got = lua::run(&mut evalua, &["lua"], source.as_bytes()).expect("evalua runs");
    Some((expected, got))
}

fn differs(choices: &[u8]) -> bool {
    run(&[choices.to_vec()]).is_some_and(|(expected, got)| expected != got)
}

/// Fewer and smaller choices that still differ.
fn smaller(mut choices: Vec<u8>) -> Vec<u8> {
    let mut width = choices.len() / 2;
    while width > 0 {
        let mut at = 0;
        while at < choices.len() {
            let end = (at + width).min(choices.len());
            let mut shorter = choices.clone();
            shorter.drain(at..end);
            let mut zeroed = choices.clone();
            zeroed[at..end].fill(0);
            if differs(&shorter) {
                choices = shorter;
            } else if zeroed != choices && differs(&zeroed) {
                choices = zeroed;
                at = end;
            } else {
                at = end;
            }
        }
        width /= 2;
    }
    choices
}

fn report(choices: &[u8]) -> String {
    let (expected, got) = run(&[choices.to_vec()]).expect("there is a lua5.1");
    format!(
        "{}\n--- lua5.1\n{}\n--- evalua\n{}",
        generator::program(choices),
        text(&expected),
        text(&got),
    )
}

fn text(outcome: &Outcome) -> String {
    format!(
        "{}{}status {:?}",
        String::from_utf8_lossy(&outcome.stdout),
        String::from_utf8_lossy(&outcome.stderr),
        outcome.status
    )
}
