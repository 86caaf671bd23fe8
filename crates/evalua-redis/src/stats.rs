//! [`Stats`]: how often commands were called, and how often they failed, and with which errors.
//!
//! Kept by the gate where a host asks for it (`Core::stats`), and shown by INFO. An error counts once:
//! what a script hands on of a command's error was counted with that command. A script
//! fails once by its own errors, and once for each that it hands on in what it returns.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::hash::BuildHasherDefault;

use crate::errors::CommandError;
use crate::table::Command;

/// Codes of errors end within so many bytes; what is longer is none.
const LONGEST_CODE: usize = 32;

/// The counters since they were last reset.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    /// By the address of a command's row, which is there once: no name is looked at while counting. Its
    /// order is nowhere seen.
    commands: HashMap<usize, (&'static Command, Calls), BuildHasherDefault<ahash::AHasher>>,
    /// Errors by their codes.
    errors: BTreeMap<Vec<u8>, u64>,
    total_calls: u64,
    total_errors: u64,
    /// The errors in the reply of the running script.
    in_script: Option<ScriptErrors>,
}

/// The counters of a command.
#[derive(Clone, Copy, Debug, Default)]
struct Calls {
    calls: u64,
    rejected: u64,
    failed: u64,
}

/// The errors in the reply of a script, which have been counted.
#[derive(Clone, Copy, Debug, Default)]
struct ScriptErrors {
    /// Whether there are such as are no command's.
    has_own: bool,
    /// How many were counted as those of commands.
    handed_on: u64,
}

impl Stats {
    /// A command has run; `error` is its answer if it failed.
    #[inline]
    pub fn ran(&mut self, command: &'static Command, error: Option<&CommandError>) {
        let counters = self.of(command);
        counters.calls += 1;
        self.total_calls += 1;
        if self.in_script.is_some() || error.is_some() {
            self.failed(command, error);
        }
    }

    #[cold]
    fn failed(&mut self, command: &'static Command, error: Option<&CommandError>) {
        match (self.in_script.take(), error) {
            (Some(errors), _) => {
                self.of(command).failed += u64::from(errors.has_own) + errors.handed_on;
            }
            (None, Some(error)) => {
                self.of(command).failed += 1;
                self.count(error);
            }
            (None, None) => {}
        }
    }

    #[inline]
    fn of(&mut self, command: &'static Command) -> &mut Calls {
        let address = std::ptr::from_ref(command).addr();
        let counters = self.commands.entry(address);
        &mut counters.or_insert_with(|| (command, Calls::default())).1
    }

    /// A command, if it is one, was not let in.
    pub fn rejected(&mut self, command: Option<&'static Command>, error: &CommandError) {
        if let Some(command) = command {
            self.of(command).rejected += 1;
        }
        self.count(error);
    }

    /// The running script ends with an error that was counted when it was a command's.
    pub fn end_with_known_error(&mut self) {
        self.in_script.get_or_insert_default().handed_on += 1;
    }

    /// There is an error in the reply of the running script. It is not counted where it was when it was a
    /// command's.
    pub fn script_replies(&mut self, error: &CommandError, is_counted: bool) {
        let errors = self.in_script.get_or_insert_default();
        if is_counted {
            errors.handed_on += 1;
        } else {
            errors.has_own = true;
            self.count(error);
        }
    }

    /// The running script has no reply after all.
    pub fn drop_script_reply(&mut self) {
        self.in_script = None;
    }

    fn count(&mut self, error: &CommandError) {
        let text = error.as_bytes();
        let start = &text[..text.len().min(LONGEST_CODE)];
        let code = match start.iter().position(|&byte| byte == b' ') {
            Some(end) => &text[..end],
            None => b"ERR",
        };
        *self.errors.entry(code.to_vec()).or_default() += 1;
        self.total_errors += 1;
    }

    /// The lines of INFO about totals.
    pub fn totals(&self, text: &mut String) {
        let _ = write!(
            text,
            "total_commands_processed:{}\r\ntotal_error_replies:{}\r\n",
            self.total_calls, self.total_errors
        );
    }

    /// The lines of INFO about errors.
    pub fn errors(&self, text: &mut String) {
        for (code, count) in &self.errors {
            let _ = write!(text, "errorstat_{}:count={count}\r\n", safe(code));
        }
    }

    /// The lines of INFO about commands. How long they took is not measured.
    pub fn commands(&self, text: &mut String) {
        let by_name: BTreeMap<_, _> = (self.commands.values())
            .map(|(command, counters)| (command.name, counters))
            .collect();
        for (name, counters) in by_name {
            let Calls {
                calls,
                rejected,
                failed,
            } = counters;
            let _ = write!(
                text,
                "cmdstat_{name}:calls={calls},usec=0,usec_per_call=0.00,\
                 rejected_calls={rejected},failed_calls={failed}\r\n"
            );
        }
    }
}

/// A code without what has a meaning in INFO.
fn safe(code: &[u8]) -> String {
    let text = String::from_utf8_lossy(code);
    text.replace(['#', ':', '\n', '\r'], "_")
}
