//! `cargo xtask bench --compile`: what compiling takes, beside `luac5.1 -p`.
//!
//! Owns: the sources, which are large so that starting a process does not count, and their table. Each
//! does nothing when it is run, as all its code is in functions that are not called: so `evalua lua`
//! is timed as it is.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::measure::{self, median};
use super::programs::{self, Program};
use super::report;

/// What evalua is compared with: it reads, compiles and goes.
const COMPILER: &str = "luac5.1";

/// Bytes that a source has at least.
const SIZE: usize = 8 << 20;

/// Builds the sources, times both on each by turns, and writes the table.
pub fn run(evalua: &Path, rounds: usize) -> Result<(), String> {
    let head = format!("| source | {COMPILER} -p, MB/s | evalua, MB/s | time |\n|---|---|---|---|");
    println!("{head}");
    let (mut rows, mut logs) = (Vec::new(), Vec::new());
    for (name, purpose, text) in sources()? {
        let program = write(name, &text)?;
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let seconds = |interpreter: &[PathBuf]| {
                measure::run(interpreter, &program).map(|run| run.seconds)
            };
            theirs.push(seconds(&[COMPILER.into(), "-p".into()])?);
            ours.push(seconds(&[evalua.to_path_buf(), "lua".into()])?);
        }
        let pairs = ours.iter().zip(&theirs);
        let ratio = median(pairs.map(|(ours, theirs)| ours / theirs).collect());
        let speed = |seconds: Vec<f64>| text.len() as f64 / 1e6 / median(seconds);
        let row = format!(
            "| {purpose} | {:.0} | {:.0} | {ratio:.2} |",
            speed(theirs),
            speed(ours)
        );
        println!("{row}");
        rows.push(row);
        logs.push(ratio.ln());
    }
    let mean = format!(
        "| **geometric mean** | | | **{:.2}** |",
        report::geometric_mean(&logs)
    );
    println!("{mean}");
    report::replace("compile", &format!("{head}\n{}\n{mean}", rows.join("\n")))
}

/// Name, description and text of each source.
fn sources() -> Result<Vec<(&'static str, &'static str, String)>, String> {
    let mut programs = Vec::new();
    for program in programs::own()?.programs {
        let text = fs::read_to_string(&program.file)
            .map_err(|e| format!("{}: {e}", program.file.display()))?;
        programs.push(format!("do local function f(...)\n{text}\nend end\n"));
    }
    Ok(vec![
        (
            "programs",
            "the programs of this page, over and over",
            repeat(|text, i| text.push_str(&programs[i % programs.len()])),
        ),
        (
            "data",
            "tables of data, each in a function",
            repeat(|text, i| {
                text.push_str("do local function f() return {\n");
                for item in 0..100 {
                    let _ = writeln!(
                        text,
                        "{{ id = {}, name = \"item {i} {item}\", price = {item}.25, tags = {{ \"a{item}\", 'b' }} }},",
                        i * 100 + item
                    );
                }
                text.push_str("} end end\n");
            }),
        ),
        (
            "expressions",
            "long expressions and chains of calls",
            repeat(|text, i| {
                let _ = writeln!(text, "do local function f(a, b, c)");
                for term in 0..50 {
                    let _ = writeln!(
                        text,
                        "  a = (b + c * {term} - a / 2) % {i} .. '-' .. g{term}(a, b).x[c]:m(not a and b or -c, #b == {term})"
                    );
                }
                text.push_str("end end\n");
            }),
        ),
    ])
}

/// A text of at least [`SIZE`] bytes, put together of numbered pieces.
fn repeat(piece: impl Fn(&mut String, usize)) -> String {
    let mut text = String::with_capacity(SIZE + SIZE / 8);
    for i in 0.. {
        if text.len() >= SIZE {
            break;
        }
        piece(&mut text, i);
    }
    text
}

fn write(name: &str, text: &str) -> Result<Program, String> {
    let dir = programs::place()?;
    let file = dir.join(format!("compile-{name}.lua"));
    fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(Program {
        name: name.to_owned(),
        purpose: String::new(),
        file,
        args: Vec::new(),
        dir,
        input: None,
        unlike: None,
    })
}
