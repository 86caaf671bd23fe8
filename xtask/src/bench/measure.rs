//! One run of a program: CPU time, peak memory, output.
//!
//! Owns the measuring process. The peak of a child counts from before it became its own program, when
//! it was still a copy of its parent. So a second, small process of this same program stands between:
//! it starts the child, and tells what its only child has used.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use super::programs::Program;

/// The word that makes this program the one between.
pub const MEASURE: &str = "measure-one";

/// What a run took.
pub struct Run {
    /// CPU time, of the program and of the system for it.
    pub seconds: f64,
    /// The most memory that was resident, in KiB.
    pub peak: f64,
    /// What it printed, as far as it is compared.
    pub output: Vec<u8>,
}

/// Runs a program with an interpreter.
pub fn run(interpreter: &[PathBuf], program: &Program) -> Result<Run, String> {
    let who = || format!("{}: {}", program.name, interpreter[0].display());
    let this = std::env::current_exe().map_err(|e| e.to_string())?;
    let stdin = match &program.input {
        Some(path) => Stdio::from(std::fs::File::open(path).map_err(|e| e.to_string())?),
        None => Stdio::null(),
    };
    let output = Command::new(this)
        .arg(MEASURE)
        .args(interpreter)
        .arg(&program.file)
        .args(&program.args)
        .current_dir(&program.dir)
        .stdin(stdin)
        .output()
        .map_err(|e| format!("{}: {e}", who()))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.lines().last().unwrap_or_default();
    let figures: Option<Vec<f64>> = last.split(' ').map(|word| word.parse().ok()).collect();
    match figures.as_deref() {
        Some(&[seconds, peak]) if output.status.success() => Ok(Run {
            seconds,
            peak,
            output: compared(output.stdout, program.unlike),
        }),
        _ => Err(format!("{}: {}\n{errors}", who(), output.status)),
    }
}

fn compared(output: Vec<u8>, unlike: Option<&str>) -> Vec<u8> {
    let Some(word) = unlike else {
        return output;
    };
    let text = String::from_utf8_lossy(&output);
    let lines = text.lines().filter(|line| !line.contains(word));
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

/// The process between: runs a command and writes seconds and KiB to standard error.
pub fn measure_one(command: &[&str]) -> ExitCode {
    let [program, args @ ..] = command else {
        return ExitCode::FAILURE;
    };
    let succeeded = match Command::new(program).args(args).status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("{program}: {error}");
            false
        }
    };
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        return ExitCode::FAILURE;
    };
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    let line = format!("{} {}\n", micros as f64 / 1e6, usage.max_rss());
    if !succeeded || std::io::stderr().write_all(line.as_bytes()).is_err() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The middle one, or the mean of the two in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}
