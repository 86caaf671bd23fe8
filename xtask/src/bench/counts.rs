//! `cargo xtask bench --counts`: instructions, counted by callgrind.
//!
//! Owns: which programs are counted, and their table. A count hardly depends on the machine or on what
//! else it does, so a change of the interpreter shows in it even where times are noise.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::peers::REFERENCE;
use super::programs::{Program, Suite};
use super::report;

/// The programs that are counted.
const COUNTED: &[&str] = &[
    "array",
    "closures",
    "fib",
    "fields",
    "hash_strings",
    "json",
    "loop",
    "patterns",
    "redis_limiter",
    "trees",
];

/// Counts the programs of a suite, or those of them that have names; without names writes the table.
pub fn run(evalua: &Path, suite: &Suite, names: &[String]) -> Result<(), String> {
    let head = format!("| program | {REFERENCE}, M | evalua, M | ratio |\n|---|---|---|---|");
    println!("{head}");
    let (mut rows, mut logs) = (Vec::new(), Vec::new());
    for program in &suite.programs {
        let name = program.name.as_str();
        let wanted = if names.is_empty() {
            COUNTED.contains(&name)
        } else {
            names.iter().any(|n| n == name)
        };
        if !wanted {
            continue;
        }
        let theirs = count(&[REFERENCE.into()], program)?;
        let ours = count(&[evalua.to_path_buf(), "lua".into()], program)?;
        let row = format!(
            "| {name} | {:.0} | {:.0} | {:.2} |",
            theirs / 1e6,
            ours / 1e6,
            ours / theirs
        );
        println!("{row}");
        rows.push(row);
        logs.push((ours / theirs).ln());
    }
    let mean = report::geometric_mean(&logs);
    let mean = format!("| **geometric mean** | | | **{mean:.2}** |");
    println!("{mean}");
    if names.is_empty() {
        report::replace("counts", &format!("{head}\n{}\n{mean}", rows.join("\n")))?;
    }
    Ok(())
}

fn count(interpreter: &[PathBuf], program: &Program) -> Result<f64, String> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(interpreter)
        .arg(&program.file)
        .args(&program.args)
        .current_dir(&program.dir)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("valgrind: {e}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let collected = errors
        .lines()
        .find_map(|line| line.split_once("Collected :"));
    match collected.and_then(|(_, count)| count.trim().parse().ok()) {
        Some(count) if output.status.success() => Ok(count),
        _ => Err(format!("{}: {}\n{errors}", program.name, output.status)),
    }
}
