//! The files of a run, and whether one of them has changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// From one look at the files to the next.
const INTERVAL: Duration = Duration::from_millis(300);

/// Files, with the time and size they had when they were read; nothing where one was not there.
#[derive(Debug, Default)]
pub struct Files(Mutex<BTreeMap<PathBuf, Option<(SystemTime, u64)>>>);

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let found = fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}

impl Files {
    /// A file is about to be read.
    pub fn add(&self, path: &Path) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.entry(path.to_owned()).or_insert_with(|| stamp(path));
    }

    /// Waits until one of them has changed, which it gives, or `is_over` says that something else has.
    pub fn wait(&self, is_over: impl Fn() -> bool) -> Option<PathBuf> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let changed = files.iter().find(|(path, then)| stamp(path) != **then);
            if changed.is_some() || is_over() {
                return changed.map(|(path, _)| path.clone());
            }
            std::thread::sleep(INTERVAL);
        }
    }
}
