//! What a run of specs gives.

use std::time::Duration;

use crate::failure::Failure;

/// What became of a spec.
#[derive(Debug)]
pub struct SpecReport {
    /// Its name.
    pub name: String,
    /// Why it could not be loaded: then it has no cases.
    pub load_failure: Option<Failure>,
    /// Its cases that were to run, in the order of the file. Those that did not, since one failed before, are
    /// not here.
    pub cases: Vec<CaseReport>,
    /// How long all of it took.
    pub duration: Duration,
}

impl SpecReport {
    /// Whether something failed.
    pub fn has_failed(&self) -> bool {
        let case_failed = |case: &CaseReport| matches!(case.outcome, Outcome::Failed(_));
        self.load_failure.is_some() || self.cases.iter().any(case_failed)
    }
}

/// What became of a case.
#[derive(Debug)]
pub struct CaseReport {
    /// The names of the groups that it is in, outermost first, and its own.
    pub path: Vec<String>,
    /// The line where it stands.
    pub line: Option<u32>,
    /// How it ended.
    pub outcome: Outcome,
    /// What it printed.
    pub output: Vec<u8>,
    /// How long it took.
    pub duration: Duration,
}

impl CaseReport {
    /// Its whole name.
    pub fn name(&self) -> String {
        self.path.join(" ")
    }
}

/// How a case ended.
#[derive(Debug)]
pub enum Outcome {
    /// All was as expected.
    Passed,
    /// Something was not.
    Failed(Box<Failure>),
    /// It is not written yet, or said so with `pending`; perhaps why.
    Pending(Option<String>),
    /// It cannot run on this Redis; why.
    Skipped(String),
}
