//! What scripts write with `redis.log`, and where it goes: to the program around the engine.

use std::fmt;
use std::sync::Arc;

/// How important a line is, as the server ranks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// `redis.LOG_DEBUG`
    Debug,
    /// `redis.LOG_VERBOSE`
    Verbose,
    /// `redis.LOG_NOTICE`
    Notice,
    /// `redis.LOG_WARNING`
    Warning,
}

impl LogLevel {
    /// Every level with its name in the table `redis`; a level's number is its place.
    pub(crate) const ALL: [(LogLevel, &'static str); 4] = [
        (LogLevel::Debug, "LOG_DEBUG"),
        (LogLevel::Verbose, "LOG_VERBOSE"),
        (LogLevel::Notice, "LOG_NOTICE"),
        (LogLevel::Warning, "LOG_WARNING"),
    ];

    /// The level of that number.
    pub(crate) fn from_number(number: i32) -> Option<LogLevel> {
        let index = usize::try_from(number).ok()?;
        Some(LogLevel::ALL.get(index)?.0)
    }
}

type Sink = dyn Fn(LogLevel, &[u8]) + Send + Sync;

/// Takes the lines.
#[derive(Clone)]
pub(crate) struct LogSink(Arc<Sink>);

impl LogSink {
    pub(crate) fn new(sink: impl Fn(LogLevel, &[u8]) + Send + Sync + 'static) -> LogSink {
        LogSink(Arc::new(sink))
    }

    pub(crate) fn write(&self, level: LogLevel, line: &[u8]) {
        (self.0)(level, line);
    }
}

impl Default for LogSink {
    /// Drops every line.
    fn default() -> LogSink {
        LogSink::new(|_, _| {})
    }
}

impl fmt::Debug for LogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogSink")
    }
}
