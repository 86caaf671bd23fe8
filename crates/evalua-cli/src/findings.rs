//! What strict mode finds, on standard error.
//!
//! Owns how a finding is shown, and that the same one is shown once however often its script runs.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use evalua_redis::script::{Finding, Sha};

/// How many findings are remembered: beyond that some may be shown again.
const REMEMBERED: usize = 10_000;

/// A script, its line and command, and what is wrong there.
type Spot = (String, Option<u32>, Option<&'static str>, &'static str);

/// Shows findings.
#[derive(Debug, Default)]
pub struct Printer {
    /// A script that has a better name than its digest.
    file: Option<(String, String)>,
    shown: Mutex<HashSet<Spot>>,
}

impl Printer {
    /// One that calls the script of that digest by the name of its file.
    pub fn of_file(sha: Sha, name: &str) -> Printer {
        let sha = String::from_utf8_lossy(&sha.hex()).into_owned();
        Printer {
            file: Some((sha, name.to_owned())),
            ..Printer::default()
        }
    }

    /// Shows a finding, unless it was shown before.
    pub fn print(&self, finding: &Finding) {
        let spot = (
            finding.script.clone(),
            finding.line,
            finding.command,
            finding.problem.name(),
        );
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.len() >= REMEMBERED {
            shown.clear();
        }
        if shown.insert(spot) {
            // Without standard error there is nobody to tell.
            let _ = writeln!(io::stderr(), "{}", self.line(finding));
        }
    }

    /// A finding with its place before it.
    fn line(&self, finding: &Finding) -> String {
        let name = match &self.file {
            Some((sha, file)) if *sha == finding.script => file,
            _ => &finding.script,
        };
        let line = finding.line.map(|line| format!(":{line}"));
        format!("{name}{}: strict: {finding}", line.unwrap_or_default())
    }
}
