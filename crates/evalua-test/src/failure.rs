//! [`Failure`]: why a case failed, taken apart for those who show it.
//!
//! Owns the way from a Lua error to a failure: its place in the spec, what was expected, the script's own place.

use std::error::Error as StdError;
use std::fmt;

use evalua_redis::Difference;
use evalua_vm::{Error, ErrorKind};

use crate::bench::Bench;
use crate::place;

/// What the engine says of a script that it has stopped.
const SCRIPT_LIMIT: &str = "script exceeded its limit of";

/// Why a case failed.
#[derive(Clone, Debug, Default)]
pub struct Failure {
    /// What is wrong, in a sentence or as the error's own text.
    pub message: String,
    /// The place in the spec.
    pub place: Option<Place>,
    /// What was expected and what came, where two values were compared.
    pub difference: Option<Difference>,
    /// The places in the spec and its files that were on the way to it, innermost first.
    pub traceback: Vec<String>,
    /// The place in the script, where the error is a script's.
    pub script: Option<Place>,
    /// The limit that was reached, where it is one.
    pub limit: Option<Limit>,
    /// The turns that clients took before, where there are several: which of them, and what it called.
    pub turns: Vec<String>,
    /// The keys that there were, as text, where that was asked for.
    pub keyspace: Option<String>,
}

/// A limit of specs and scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many calls and turns of loops.
    Instructions(u64),
    /// So many bytes.
    Memory(usize),
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the file.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// What stands there.
    pub text: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What the bench raises in a spec, as the source of the error.
#[derive(Clone, Debug)]
pub enum Raised {
    /// An assertion does not hold.
    Unmet {
        /// What is wrong.
        message: String,
        /// The values, where two were compared.
        difference: Option<Difference>,
    },
    /// The case says that it is not to be counted yet, and perhaps why.
    Pending(Option<String>),
    /// What comes is of no interest.
    Cut,
    /// The case needs what this Redis does not have.
    Unavailable(&'static str),
    /// The Redis does not answer; why.
    Lost(String),
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Raised::Unmet {
                message,
                difference: None,
            } => f.write_str(message),
            Raised::Unmet {
                message,
                difference: Some(difference),
            } => write!(
                f,
                "{message}\nexpected:\n{}\nactual:\n{}",
                difference.expected, difference.actual
            ),
            Raised::Pending(None) => f.write_str("pending"),
            Raised::Pending(Some(why)) => write!(f, "pending: {why}"),
            Raised::Cut => f.write_str("enough turns were taken"),
            Raised::Unavailable(what) => {
                write!(f, "{what} needs an engine in this process")
            }
            Raised::Lost(why) => f.write_str(why),
        }
    }
}

impl StdError for Raised {}

impl From<Raised> for Error {
    fn from(raised: Raised) -> Error {
        Error::external(raised)
    }
}

impl Failure {
    /// With nothing known but what is wrong.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure {
            message: message.into(),
            ..Failure::default()
        }
    }

    /// Of an error that came out of a spec.
    pub(crate) fn of(bench: &Bench, error: &Error) -> Failure {
        let frames = frames(bench, error);
        let place = frames.first().map(|frame| frame.place.clone());
        let mut message = error.message().to_owned();
        if let Some(frame) = frames.first() {
            let position = format!("{}:{}: ", frame.shown, frame.place.line);
            if let Some(rest) = message.strip_prefix(&position) {
                message = rest.to_owned();
            }
        }
        let mut failure = Failure {
            script: bench.script_place(&message),
            place,
            turns: bench.schedule.borrow().turns().to_vec(),
            traceback: frames.into_iter().map(|frame| frame.text).collect(),
            ..Failure::new(message)
        };
        if let Some(Raised::Unmet {
            message,
            difference,
        }) = error.downcast_ref()
        {
            failure.message.clone_from(message);
            failure.difference.clone_from(difference);
        }
        let options = &bench.options;
        match error.kind() {
            ErrorKind::Budget => {
                failure.message = format!(
                    "the case needs more than {} instructions: does it end?",
                    options.max_instructions
                );
                failure.limit = Some(Limit::Instructions(options.max_instructions));
            }
            _ if failure.script.is_some() && failure.message.contains(SCRIPT_LIMIT) => {
                failure.limit = Some(Limit::Instructions(options.max_instructions));
            }
            ErrorKind::Memory => failure.limit = Some(Limit::Memory(options.max_memory)),
            _ => {}
        }
        failure
    }
}

/// A call in progress.
struct Frame {
    place: Place,
    /// What the traceback calls the file: a long name is cut.
    shown: String,
    /// Its line in the traceback.
    text: String,
}

/// The calls in the spec and its files, innermost first.
fn frames(bench: &Bench, error: &Error) -> Vec<Frame> {
    let frame = |text: &str| {
        let (shown, rest) = text.split_once(".lua:").map_or_else(
            || text.split_once(':'),
            |(name, _)| Some((&text[..name.len() + 4], &text[name.len() + 5..])),
        )?;
        let digits = rest.find(|c: char| !c.is_ascii_digit());
        let line: u32 = rest[..digits.unwrap_or(rest.len())].parse().ok()?;
        let (file, source) = bench.file_shown_as(shown)?;
        Some(Frame {
            place: Place {
                text: place::text(&source, line as usize),
                file,
                line,
            },
            shown: shown.to_owned(),
            text: text.to_owned(),
        })
    };
    let traceback = error.traceback().unwrap_or_default();
    let mut frames: Vec<Frame> = (traceback.lines())
        .filter_map(|line| frame(line.strip_prefix('\t')?))
        .collect();
    // An error of syntax has no traceback: its line is in front of its text.
    if frames.is_empty()
        && let (Some(chunk), Some(line)) = (error.chunk(), error.line())
    {
        frames.extend(frame(&format!("{chunk}:{line}")));
    }
    frames
}
