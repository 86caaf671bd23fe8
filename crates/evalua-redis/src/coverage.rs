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

/// Keeps the counts of what engines load, as many as share it. Cheap to clone, and a clone is the same recorder.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    loaded: Vec<Loaded>,
    /// What was counted of that which has gone with its engine.
    gone: Coverage,
    /// How many are loaded when those that have gone are looked for again.
    full: usize,
}

/// So many are loaded before the first look for those that have gone.
const FEW: usize = 64;

#[derive(Debug)]
struct Loaded {
    name: String,
    source: Vec<u8>,
    counts: Counts,
}

impl Recorder {
    /// Takes note of a script or library that was loaded.
    pub(crate) fn add(&self, name: &[u8], source: &[u8], counts: Counts) {
        self.with(|record| {
            record.loaded.push(Loaded {
                name: String::from_utf8_lossy(name).into_owned(),
                source: source.to_vec(),
                counts,
            });
            // Tests have an engine each.
            if record.loaded.len() >= record.full.max(FEW) {
                record.bury();
                record.full = 2 * record.loaded.len();
            }
        });
    }

    /// What was counted since the last time.
    pub fn take(&self) -> Coverage {
        self.with(|record| {
            record.bury();
            let mut coverage = std::mem::take(&mut record.gone);
            for loaded in &record.loaded {
                coverage.add(loaded.covered());
                loaded.counts.clear();
            }
            coverage
        })
    }

    fn with<R>(&self, work: impl FnOnce(&mut Record) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Record {
    /// Adds up what has gone with its engine.
    fn bury(&mut self) {
        let is_gone = |loaded: &mut Loaded| !loaded.counts.is_live();
        for loaded in self.loaded.extract_if(.., is_gone) {
            self.gone.add(loaded.covered());
        }
    }
}

impl Loaded {
    fn covered(&self) -> Covered {
        Covered {
            name: self.name.clone(),
            source: self.source.clone(),
            report: self.counts.report(),
        }
    }
}
