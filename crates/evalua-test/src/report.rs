//! What a run of specs gives.

use std::time::Duration;

use crate::failure::{Failure, Place};
use crate::faults::{Finding, Sweep};
use crate::orders::Orders;

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
        self.load_failure.is_some() || self.cases.iter().any(CaseReport::has_failed)
    }
}

/// What became of a case.
#[derive(Debug)]
pub struct CaseReport {
    /// The names of the groups that it is in, outermost first, and its own.
    pub path: Vec<String>,
    /// Where it stands: in the spec, or in a file that it requires.
    pub place: Option<Place>,
    /// How it ended.
    pub outcome: Outcome,
    /// What it printed.
    pub output: Vec<u8>,
    /// What came of it with faults, where that was asked for.
    pub sweep: Option<Sweep>,
    /// What came of it in other orders of its clients' calls, where that was asked for and there are clients.
    pub orders: Option<Orders>,
    /// How long it took.
    pub duration: Duration,
}

impl CaseReport {
    /// Whether it failed, with a fault or in an order of its clients' calls, too.
    pub fn has_failed(&self) -> bool {
        let is_broken = |finding: &Finding| finding.broken.is_some();
        let (sweep, orders) = (self.sweep.as_ref(), self.orders.as_ref());
        matches!(self.outcome, Outcome::Failed(_))
            || orders.is_some_and(|orders| orders.broken.is_some())
            || sweep.is_some_and(|sweep| sweep.findings.iter().any(is_broken))
    }

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
