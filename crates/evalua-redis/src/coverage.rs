//! Coverage: which statements of scripts and libraries ran, and which ways their choices went.
//!
//! Owns: what was loaded while it is on, and the counts of each. What is counted is the machine's business
//! ([`evalua_vm::coverage`]); how it is shown, that of others.

use std::sync::{Arc, Mutex, PoisonError};

use evalua_vm::coverage::Counts;
pub use evalua_vm::coverage::{Branch, Choice, Place, Report, Statement};

/// What is covered of all scripts and libraries that were loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Each source once, in the order in which they were first loaded.
    pub sources: Vec<Covered>,
}

/// What is covered of a script or a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The digest of a script, the name of a library.
    pub name: String,
    /// The whole source, with its shebang line.
    pub source: Vec<u8>,
    /// What was counted.
    pub report: Report,
}

impl Coverage {
    /// Adds what was covered elsewhere: in another engine, in another run.
    pub fn merge(&mut self, other: Coverage) {
        other
            .sources
            .into_iter()
            .for_each(|covered| self.add(covered));
    }

    fn add(&mut self, covered: Covered) {
        let is_same =
            |mine: &&mut Covered| mine.name == covered.name && mine.source == covered.source;
        match self.sources.iter_mut().find(is_same) {
            Some(mine) => mine.report.merge(&covered.report),
            None => self.sources.push(covered),
        }
    }
}

/// Keeps the counts of what is loaded. The engines of scripts and functions share one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Loaded>>>);

#[derive(Debug)]
struct Loaded {
    name: String,
    source: Vec<u8>,
    counts: Counts,
}

impl Recorder {
    /// Takes note of a script or library that was loaded.
    pub fn add(&self, name: &[u8], source: &[u8], counts: Counts) {
        self.with(|all| {
            all.push(Loaded {
                name: String::from_utf8_lossy(name).into_owned(),
                source: source.to_vec(),
                counts,
            });
        });
    }

    /// What was counted since the last time.
    pub fn take(&self) -> Coverage {
        let mut coverage = Coverage::default();
        self.with(|all| {
            for loaded in all.iter() {
                coverage.add(Covered {
                    name: loaded.name.clone(),
                    source: loaded.source.clone(),
                    report: loaded.counts.report(),
                });
                loaded.counts.clear();
            }
            all.retain(|loaded| loaded.counts.is_live());
        });
        coverage
    }

    fn with<R>(&self, work: impl FnOnce(&mut Vec<Loaded>) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
