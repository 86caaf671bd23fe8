//! How far a long run has come, on terminals.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use evalua_test::{CaseReport, Observer};

/// From one look at it to the next; a run that is shorter shows nothing.
const INTERVAL: Duration = Duration::from_millis(500);

/// Shows on standard error how many cases have run.
pub struct Progress {
    is_on: bool,
    cases: AtomicUsize,
    ended: AtomicUsize,
    failed: AtomicUsize,
    shown: Mutex<Instant>,
}

impl Progress {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a person waits is real time"
    )]
    pub fn new() -> Progress {
        Progress {
            is_on: io::stderr().is_terminal(),
            cases: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            shown: Mutex::new(Instant::now()),
        }
    }

    /// Takes away what was shown, before something else is printed.
    pub fn clear(&self) {
        if self.is_on {
            // Without standard error there is nothing to take away.
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

impl Observer for Progress {
    fn loaded(&self, cases: usize) {
        self.cases.fetch_add(cases, Ordering::Relaxed);
    }

    fn ended(&self, case: &CaseReport) {
        let ended = self.ended.fetch_add(1, Ordering::Relaxed) + 1;
        if case.has_failed() {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        if !self.is_on {
            return;
        }
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let since = shown.elapsed();
        if since < INTERVAL {
            return;
        }
        *shown += since;
        let cases = self.cases.load(Ordering::Relaxed);
        let failed = self.failed.load(Ordering::Relaxed);
        let _ = write!(
            io::stderr(),
            "\r\x1b[K{ended} of {cases} cases, {failed} failed"
        );
    }
}
