//! `cargo bench --bench lua`: the programs under `benches/programs` on evalua and on `lua5.1`.
//!
//! Owns the measuring. Each program runs as a whole process, on both by turns, so that what disturbs
//! the machine disturbs both; what counts is the median of the ratios of CPU time within the pairs.
//! Outputs must be equal. Prints a table; asserts nothing about time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

const EVALUA: &str = env!("CARGO_BIN_EXE_evalua");
const REFERENCE: &str = "lua5.1";

/// Pairs of runs of each program, unless `--pairs N` says otherwise.
const PAIRS: usize = 7;

/// CPU seconds of one run, and what it printed.
struct Run {
    seconds: f64,
    output: Vec<u8>,
}

/// The medians of one program.
struct Row {
    name: String,
    purpose: String,
    evalua: f64,
    reference: f64,
    ratio: f64,
}

fn main() -> ExitCode {
    match bench() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn bench() -> Result<(), String> {
    let (pairs, names) = arguments()?;
    if Command::new(REFERENCE).arg("-v").output().is_err() {
        return Err(format!("there is no {REFERENCE} to compare with"));
    }
    let mut rows = Vec::new();
    println!("| program | what it does | {REFERENCE}, s | evalua, s | ratio |");
    println!("|---|---|---|---|---|");
    for program in programs()? {
        let name = program
            .file_stem()
            .unwrap_or_default()
            .display()
            .to_string();
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        let row = measure(name, &program, pairs)?;
        println!(
            "| {} | {} | {:.2} | {:.2} | {:.2} |",
            row.name, row.purpose, row.reference, row.evalua, row.ratio
        );
        rows.push(row);
    }
    if rows.is_empty() {
        return Err("no such program".to_owned());
    }
    let logs: f64 = rows.iter().map(|row| row.ratio.ln()).sum();
    let mean = (logs / rows.len() as f64).exp();
    println!("| geometric mean | | | | {mean:.2} |");
    Ok(())
}

/// The number of pairs and the names of the programs to run.
fn arguments() -> Result<(usize, Vec<String>), String> {
    let mut pairs = PAIRS;
    let mut names = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            // Cargo adds it to every bench.
            "--bench" => {}
            "--pairs" => {
                pairs = args
                    .next()
                    .and_then(|n| n.parse().ok())
                    .filter(|n| *n > 0)
                    .ok_or("--pairs needs a number")?;
            }
            _ => names.push(arg),
        }
    }
    Ok((pairs, names))
}

fn programs() -> Result<Vec<PathBuf>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/programs");
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut programs: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "lua"))
        .collect();
    programs.sort();
    Ok(programs)
}

fn measure(name: String, program: &Path, pairs: usize) -> Result<Row, String> {
    let source = fs::read_to_string(program).map_err(|error| format!("{name}: {error}"))?;
    let purpose = source.lines().next().unwrap_or_default();
    let purpose = purpose
        .trim_start_matches("--")
        .trim()
        .trim_end_matches('.');
    let (mut evalua, mut reference, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..pairs {
        let theirs = run(REFERENCE, &[program])?;
        let ours = run(EVALUA, &["lua".as_ref(), program])?;
        if ours.output != theirs.output {
            return Err(format!("{name}: the outputs differ"));
        }
        ratios.push(ours.seconds / theirs.seconds);
        evalua.push(ours.seconds);
        reference.push(theirs.seconds);
    }
    Ok(Row {
        name,
        purpose: purpose.to_owned(),
        evalua: median(evalua),
        reference: median(reference),
        ratio: median(ratios),
    })
}

fn run(program: &str, args: &[&Path]) -> Result<Run, String> {
    let failure = |error: String| format!("{program} {args:?}: {error}");
    let before = cpu_seconds()?;
    let output = Command::new(program)
        .args(args)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failure(error.to_string()))?;
    if !output.status.success() {
        return Err(failure(output.status.to_string()));
    }
    Ok(Run {
        seconds: cpu_seconds()? - before,
        output: output.stdout,
    })
}

/// CPU time of all children that have ended.
fn cpu_seconds() -> Result<f64, String> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(micros as f64 / 1e6)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}
