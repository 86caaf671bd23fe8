//! Redis's own tests of scripts and functions, run from its source against `evalua serve`.
//!
//! Owns: how the suite is run on a server that is there already, and the comparison with the committed
//! counts. Nothing of the suite is kept here: the source is Debian's, which `.ci/run` unpacks.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::servers::Evalua;
use crate::{cargo, end_of, skip, target, workspace};

/// The version whose tests are run.
const VERSION: &str = "7.0.15";

/// What evalua is to be like for them.
const PROFILE: &str = "redis-7.0";

/// How long a run of tests may take: about ten times what a unit does.
const LIMIT: Duration = Duration::from_secs(80);

/// A unit of the suite, as the committed counts have it.
#[derive(Debug, Default)]
struct Unit {
    name: String,
    /// How many tests pass.
    passing: usize,
    /// The tests that do not. Some would end the whole unit, so each is run alone.
    failing: Vec<String>,
}

/// Where the source is unless another place is named.
pub fn default_source() -> PathBuf {
    target().join("redis-source").join(VERSION)
}

/// Runs the tests in `source`, and compares with the committed counts.
pub fn run(source: &Path) -> Result<(), String> {
    if !source.join("tests/test_helper.tcl").is_file() {
        return skip(&format!(
            "source of Redis {VERSION} in {}",
            source.display()
        ));
    }
    let file = workspace().join(format!("conformance/redis-suite/{VERSION}.txt"));
    let counts = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    cargo(&["build", "-p", "evalua-cli"], None)?;
    let mut differences = Vec::new();
    for unit in units(&counts) {
        let log = target().join(format!("redis-suite-{}.log", unit.name.replace('/', "-")));
        let skipped = unit.failing.iter().flat_map(|test| ["--skiptest", test]);
        let run = run_tests(source, &unit.name, skipped, &log)?;
        println!("{:20} {} of {}", unit.name, run.passed, unit.passing);
        if run.passed != unit.passing || !run.failures.is_empty() {
            differences.push(format!(
                "{}: {} tests pass, but {} says {}; the run is in {}",
                unit.name,
                run.passed,
                file.display(),
                unit.passing,
                log.display()
            ));
            differences.extend(run.failures);
        }
        for test in &unit.failing {
            let log = log.with_extension("one.log");
            let run = run_tests(source, &unit.name, ["--only", test], &log)?;
            if run.passed > 0 && run.failures.is_empty() {
                differences.push(format!("{}: {test}: passes, so count it", unit.name));
            }
        }
    }
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences.join("\n"))
    }
}

/// Reads the committed counts: `UNIT N of M`, and under it, more deeply indented than the reasons, the
/// tests that do not pass.
fn units(counts: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for line in counts.lines() {
        if let Some(test) = line.strip_prefix("        ") {
            if let Some(unit) = units.last_mut() {
                unit.failing.push(test.to_owned());
            }
        } else if line.starts_with("unit/") {
            let mut words = line.split_whitespace();
            let (name, passing) = (words.next(), words.next());
            units.push(Unit {
                name: name.unwrap_or_default().to_owned(),
                passing: passing.and_then(|n| n.parse().ok()).unwrap_or(0),
                failing: Vec::new(),
            });
        }
    }
    units
}

/// What a run of tests came to.
struct Run {
    passed: usize,
    /// What the suite says of those that did not.
    failures: Vec<String>,
}

/// Runs tests of a unit on a new server: those that `selection`, further options, leaves. What the suite
/// says goes to `log`.
fn run_tests<'a>(
    source: &Path,
    unit: &str,
    selection: impl IntoIterator<Item = &'a str>,
    log: &Path,
) -> Result<Run, String> {
    let server = Evalua::start(&target().join("debug/evalua"), PROFILE)?;
    let fail = |e: std::io::Error| format!("{}: {e}", log.display());
    let output = File::create(log).map_err(fail)?;
    let mut suite = Command::new("tclsh")
        .args(["tests/test_helper.tcl", "--host", "127.0.0.1", "--port"])
        .arg(server.port.to_string())
        // An error outside of a test ends a part of the unit, and not the whole.
        .args(["--durable", "--tags", "-slow -needs:repl"])
        .args(["--single", unit])
        .args(selection)
        // Without colours.
        .env("TERM", "dumb")
        .current_dir(source)
        .stdin(Stdio::null())
        .stdout(output.try_clone().map_err(fail)?)
        .stderr(output)
        .spawn()
        .map_err(|e| format!("tclsh: {e}"))?;
    // Whether all is well is in what it says, not in how it ends.
    if end_of(&mut suite, LIMIT).map_err(fail)?.is_none() {
        return Err(format!(
            "{unit} takes more than {} seconds; the run is in {}",
            LIMIT.as_secs(),
            log.display()
        ));
    }
    let text = fs::read(log).map_err(fail)?;
    let text = String::from_utf8_lossy(&text);
    let is_failure = |line: &&str| line.starts_with("[err]: ") || line.starts_with("[exception]: ");
    Ok(Run {
        passed: text
            .lines()
            .filter(|line| line.starts_with("[ok]: "))
            .count(),
        failures: text.lines().filter(is_failure).map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read() {
        let counts = "# a comment\nunit/a   3 of 5\n    a reason:\n        one test\n        another\nunit/b 9 of 9\n";
        let units = units(counts);
        let [a, b] = &units[..] else {
            panic!("{units:?}");
        };
        assert_eq!((&*a.name, a.passing), ("unit/a", 3));
        assert_eq!(a.failing, ["one test", "another"]);
        assert_eq!((&*b.name, b.passing), ("unit/b", 9));
        assert!(b.failing.is_empty());
    }
}
