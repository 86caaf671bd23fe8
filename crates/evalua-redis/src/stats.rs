//! [`Stats`]: how often commands were called, and how often they failed, and with which errors.
//!
//! Kept by the gate where a host asks for it (`Core::stats`), and shown by INFO. An error counts once:
//! what a script hands on of a command's error was counted with that command. A script
//! fails once by its own errors, and once for each that it hands on in what it returns.

use std::collections::HashMap;
use std::fmt::Write;
use std::hash::{BuildHasherDefault, Hasher};

use crate::errors::CommandError;
use crate::hash::hash;
use crate::sorted::SortedMap;
use crate::table::Command;

/// Codes of errors end within so many bytes; what is longer is none.
const LONGEST_CODE: usize = 32;

/// The counters since they were last reset.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    /// By the address of a command's row, which is there once: no name is looked at while counting. Its
    /// order is nowhere seen.
    commands: HashMap<usize, (&'static Command, Calls), BuildHasherDefault<AddressHasher>>,
    /// Errors by their codes.
    errors: SortedMap<Vec<u8>, u64>,
    total_calls: u64,
    total_errors: u64,
    /// The errors in the reply of the running script.
    in_script: Option<ScriptErrors>,
}

/// The counters of a command.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Calls {
    calls: u64,
    rejected: u64,
    failed: u64,
    /// How long those took together that were timed, in microseconds.
    took_us: u64,
    /// How many took how long; see [`Calls::histogram`].
    durations: [u32; DURATIONS],
}

/// Hashes addresses of rows, all of them multiples of a row's size apart.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= hash(bytes);
    }

    #[inline]
    fn write_usize(&mut self, address: usize) {
        // The bits that say most are the highest of the product, and the map looks at the lowest first.
        self.0 = (address as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(32);
    }
}

/// How many lengths of time are told apart: each ends at about twice the one before.
const DURATIONS: usize = 21;

/// The end of the first length of time, in nanoseconds: as the server's histograms have it.
const FIRST_NS: u64 = 1032;

impl Calls {
    #[inline]
    fn took(&mut self, us: u64) {
        self.took_us += us;
        let length = (us.saturating_mul(1000) / FIRST_NS).checked_ilog2();
        let length = length.map_or(0, |log| log as usize + 1);
        self.durations[length.min(DURATIONS - 1)] += 1;
    }

    /// How many calls were timed, and up to each length of time in microseconds that some took, how many took
    /// no longer.
    pub fn histogram(&self) -> (u64, Vec<(u64, u64)>) {
        let mut total = 0;
        let mut lengths = Vec::new();
        for (length, &count) in self.durations.iter().enumerate() {
            total += u64::from(count);
            if count > 0 {
                lengths.push((((FIRST_NS << length) - 1) / 1000, total));
            }
        }
        (total, lengths)
    }
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
    /// A command has run; `error` is its answer if it failed, and `took_us` how many microseconds it took if
    /// it was timed.
    #[inline(always)]
    pub fn ran(
        &mut self,
        command: &'static Command,
        error: Option<&CommandError>,
        took_us: Option<u64>,
    ) {
        let counters = self.of(command);
        counters.calls += 1;
        if let Some(us) = took_us {
            counters.took(us);
        }
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

    #[inline(always)]
    fn of(&mut self, command: &'static Command) -> &mut Calls {
        /// It is large, and made once.
        #[inline(never)]
        fn fresh(command: &'static Command) -> (&'static Command, Calls) {
            (command, Calls::default())
        }
        let address = std::ptr::from_ref(command).addr();
        let counters = self.commands.entry(address);
        &mut counters.or_insert_with(|| fresh(command)).1
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
        *self.errors.or_insert_with(code.to_vec(), || 0) += 1;
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
        for (code, count) in self.errors.iter() {
            let _ = write!(text, "errorstat_{}:count={count}\r\n", safe(code));
        }
    }

    /// The counters of all commands by their names.
    pub fn by_name(&self) -> SortedMap<&'static str, &Calls> {
        let mut named = SortedMap::new();
        for (command, counters) in self.commands.values() {
            named.insert(command.name, counters);
        }
        named
    }

    /// The lines of INFO about commands.
    pub fn commands(&self, text: &mut String) {
        for (name, counters) in self.by_name() {
            let Calls {
                calls,
                rejected,
                failed,
                took_us,
                ..
            } = counters;
            let per_call = match calls {
                0 => 0.0,
                calls => *took_us as f64 / *calls as f64,
            };
            let _ = write!(
                text,
                "cmdstat_{name}:calls={calls},usec={took_us},usec_per_call={per_call:.2},\
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

#[cfg(test)]
mod tests {
    use super::Calls;

    #[test]
    fn lengths_of_time_end_where_the_servers_do() {
        let mut calls = Calls::default();
        for us in [0, 1, 2, 3, 4, 5, 33, 34, 66, 1056, 1057, 900_000, 5_000_000] {
            calls.took(us);
        }
        let (total, lengths) = calls.histogram();
        assert_eq!(total, 13);
        assert_eq!(
            lengths,
            [
                (1, 2),
                (2, 3),
                (4, 5),
                (8, 6),
                (33, 7),
                (66, 9),
                (1056, 10),
                (2113, 11),
                (1082130, 13)
            ]
        );
        assert_eq!(calls.took_us, 5_902_261);
    }
}
