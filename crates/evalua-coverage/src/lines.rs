//! What the statements and branches of a line come to.

use std::collections::BTreeMap;
use std::fmt;

use evalua_redis::coverage::{Branch, Choice};

use crate::File;

/// How much of something is covered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How much is.
    pub hit: usize,
    /// How much there is.
    pub found: usize,
}

impl Share {
    fn add(&mut self, is_hit: bool) {
        self.hit += usize::from(is_hit);
        self.found += 1;
    }

    /// Hundredths; of nothing, all is covered.
    pub fn percent(self) -> f64 {
        match self.found {
            0 => 100.0,
            found => 100.0 * self.hit as f64 / found as f64,
        }
    }
}

impl fmt::Display for Share {
    /// `66.7% (2/3)`; rounded down, so that only all is 100%.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Share { hit, found } = self;
        let percent = (self.percent() * 10.0).floor() / 10.0;
        match found {
            0 => f.write_str("-"),
            _ => write!(f, "{percent:.1}% ({hit}/{found})"),
        }
    }
}

/// How much of the lines and branches is covered. A line counts when something begins in it, a branch for
/// either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Of lines.
    pub lines: Share,
    /// Of branches.
    pub branches: Share,
}

impl Totals {
    /// Of all files together.
    pub fn of(files: &[File]) -> Totals {
        let mut totals = Totals::default();
        for line in files.iter().flat_map(|file| lines(file).into_values()) {
            totals.lines.add(line.hits > 0);
            for taken in line.branches.iter().flat_map(|branch| branch.taken) {
                totals.branches.add(taken > 0);
            }
        }
        totals
    }
}

/// What has begun in a line.
#[derive(Debug, Default)]
pub(crate) struct Line<'a> {
    /// How often it was reached.
    pub hits: u64,
    /// Whether some statement in it never began.
    pub misses_some: bool,
    pub branches: Vec<&'a Branch>,
}

impl Line<'_> {
    /// Whether everything in it has run, every way.
    pub fn is_whole(&self) -> bool {
        let taken = self.branches.iter().flat_map(|branch| branch.taken);
        !self.misses_some && taken.min() != Some(0)
    }
}

/// The lines in which something begins.
pub(crate) fn lines(file: &File) -> BTreeMap<u32, Line<'_>> {
    let mut lines: BTreeMap<u32, Line<'_>> = BTreeMap::new();
    for statement in &file.report.statements {
        let line = lines.entry(statement.place.line).or_default();
        line.hits = line.hits.max(statement.runs);
        line.misses_some |= statement.runs == 0;
    }
    for branch in &file.report.branches {
        let line = lines.entry(branch.place.line).or_default();
        // A condition may stand where no statement begins.
        line.hits = line
            .hits
            .max(branch.taken[0].saturating_add(branch.taken[1]));
        line.branches.push(branch);
    }
    lines
}

/// What a choice and its two ways are called.
pub(crate) fn names(choice: Choice) -> (&'static str, [&'static str; 2]) {
    match choice {
        Choice::If => ("if", ["true", "false"]),
        Choice::While => ("while", ["true", "false"]),
        Choice::Until => ("until", ["true", "false"]),
        Choice::For => ("for", ["entered", "skipped"]),
        Choice::ForIn => ("for in", ["another turn", "end"]),
        Choice::And => ("and", ["left is true", "left is false"]),
        Choice::Or => ("or", ["left is true", "left is false"]),
    }
}
