//! What of the scripts has run: a table, and files for other programs and for the browser.
//!
//! Owns the options and where the reports go. What is in them is for the crate `evalua-coverage`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use clap::Args;
use evalua_coverage::{File, Totals, html, lcov, table};
use evalua_redis::Coverage;

use crate::Failure;
use crate::remote::{COVERAGE, EngineOnly};

/// Which reports are wanted.
#[derive(Args, Debug)]
#[command(next_help_heading = "Coverage")]
pub struct CoverageOptions {
    /// Say on standard error how much of the lines and branches of the scripts has run, and which lines have not
    #[arg(long)]
    coverage: bool,

    /// Write the same into FILE, for genhtml and other programs that read lcov's format
    #[arg(long, value_name = "FILE")]
    lcov: Option<PathBuf>,

    /// Write the scripts into DIR, coloured by what has run; begin with its index.html
    #[arg(long, value_name = "DIR")]
    html: Option<PathBuf>,
}

impl CoverageOptions {
    /// Whether there is a report to make.
    pub fn is_wanted(&self) -> bool {
        self.coverage || self.lcov.is_some() || self.html.is_some()
    }

    /// All of it, which needs an engine.
    pub fn engine_only(&self) -> [EngineOnly; 3] {
        [
            (self.coverage, "--coverage", COVERAGE),
            (self.lcov.is_some(), "--lcov", COVERAGE),
            (self.html.is_some(), "--html", COVERAGE),
        ]
    }

    /// Makes the reports.
    pub fn report(&self, files: &[File]) -> Result<(), Failure> {
        if self.coverage {
            // Without standard error there is nobody to tell.
            let _ = io::stderr().lock().write_all(table(files).as_bytes());
        }
        if let Some(file) = &self.lcov {
            write(file, &lcov(files))?;
        }
        if let Some(dir) = &self.html {
            fs::create_dir_all(dir).map_err(|error| failure(dir, &error))?;
            for page in html(files) {
                write(&dir.join(page.name), &page.content)?;
            }
        }
        Ok(())
    }
}

/// The names of files, by what is in them: scripts are counted by their source, wherever it came from.
#[derive(Debug, Default)]
pub struct Names(Mutex<BTreeMap<Vec<u8>, String>>);

impl Names {
    /// Takes note of a file.
    pub fn add(&self, content: &[u8], name: &str) {
        self.lock().insert(content.to_vec(), name.to_owned());
    }

    /// What is covered of files that are known, in the order of their names; what is not in a file is left out.
    pub fn of(&self, coverage: Coverage) -> Vec<File> {
        let names = self.lock();
        let named = coverage.sources.into_iter().filter_map(|covered| {
            let name = names.get(&covered.source)?.clone();
            Some(File {
                name,
                ..File::from(covered)
            })
        });
        let mut files: Vec<File> = named.collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        files
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether as many lines have run as are to; if not, it is said.
pub fn is_enough(files: &[File], least: Option<f64>) -> bool {
    let lines = Totals::of(files).lines;
    let Some(least) = least.filter(|&least| lines.percent() < least) else {
        return true;
    };
    // If standard error is gone, the exit status still tells.
    let _ = writeln!(
        io::stderr(),
        "evalua: {lines} of the lines have run, less than {least}%"
    );
    false
}

/// A number from 0 to 100.
pub fn percent(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok();
    let percent = percent.filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| "not a number from 0 to 100".to_owned())
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|error| failure(file, &error))
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::Run(format!("{}: {error}", path.display()))
}
