//! Every program under `conformance/lua/`, run by `evalua lua` and by `lua5.1`: what they print, what
//! they say on standard error and how they exit must be the same to the byte.
//!
//! One named test per program. Owns nothing but the comparison; the oracle's process is
//! `evalua_conformance::lua`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use evalua_conformance::lua::{self, Outcome};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> std::process::ExitCode {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/lua");
    let mut programs = Vec::new();
    find_programs(&corpus, &mut programs);
    programs.sort();
    assert!(!programs.is_empty(), "no programs to compare");
    let trials = programs
        .into_iter()
        .map(|program| {
            let name = program
                .strip_prefix(&corpus)
                .unwrap_or(&program)
                .with_extension("")
                .display()
                .to_string()
                .replace('/', "::");
            Trial::test(name, move || compare(&program))
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn find_programs(folder: &Path, programs: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            find_programs(&path, programs);
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            programs.push(path);
        }
    }
}

fn compare(program: &Path) -> Result<(), Failed> {
    let source = fs::read(program)?;
    let Some(expected) = lua::oracle_called("evalua", &source) else {
        return Ok(());
    };
    let got = lua::run(
        &mut Command::new(env!("CARGO_BIN_EXE_evalua")),
        &["lua"],
        &source,
    )?;
    if got == expected {
        return Ok(());
    }
    Err(difference(&expected, &got).into())
}

/// Says where the two outcomes part: the first line of each stream that differs, and the status.
fn difference(expected: &Outcome, got: &Outcome) -> String {
    let mut report = String::new();
    for (stream, expected, got) in [
        ("standard output", &expected.stdout, &got.stdout),
        ("standard error", &expected.stderr, &got.stderr),
    ] {
        let mut left = expected.split(|&byte| byte == b'\n');
        let mut right = got.split(|&byte| byte == b'\n');
        let mut number = 0;
        loop {
            number += 1;
            let (left, right) = (left.next(), right.next());
            if left.is_none() && right.is_none() {
                break;
            }
            if left != right {
                let show = |line: Option<&[u8]>| {
                    line.map_or("(the end)".to_owned(), |line| {
                        line.escape_ascii().to_string()
                    })
                };
                report += &format!(
                    "{stream}, line {number}:\n  lua5.1: {}\n  evalua: {}\n",
                    show(left),
                    show(right)
                );
                break;
            }
        }
    }
    if expected.status != got.status {
        report += &format!(
            "exit status: lua5.1 {:?}, evalua {:?}\n",
            expected.status, got.status
        );
    }
    report
}
