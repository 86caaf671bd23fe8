//! What a run leaves for inspection: [`Call`]s, the commands that ran, and [`Event`]s, the changes of
//! keys, which are the server's keyspace notifications.
//!
//! Both are recorded only when asked for.

use std::collections::VecDeque;

use crate::bytes::SmallBytes;
use crate::gate::Caller;
use crate::reply::Reply;

/// So many commands that scripts call are kept for clients to ask for; the oldest go for others.
const MOST_OF_SCRIPTS: usize = 1 << 16;

/// The record of commands, while it is kept.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    only_scripts: bool,
    calls: VecDeque<Call>,
}

impl Trace {
    /// A record of what scripts call, which does not grow for ever.
    pub fn of_scripts() -> Trace {
        Trace {
            only_scripts: true,
            calls: VecDeque::new(),
        }
    }

    /// Whether a command of that caller is to be recorded.
    pub fn wants(&self, caller: Caller) -> bool {
        caller.is_script() || !self.only_scripts
    }

    /// Records a command.
    pub fn record(&mut self, call: Call) {
        if self.only_scripts && self.calls.len() == MOST_OF_SCRIPTS {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    /// Empties the record.
    pub fn take(&mut self) -> Vec<Call> {
        std::mem::take(&mut self.calls).into()
    }
}

/// A command that went through the gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Its arguments, its name first.
    pub args: Vec<SmallBytes>,
    /// What it answered.
    pub reply: Reply,
    /// Whether a script called it.
    pub from_script: bool,
    /// The database it began in.
    pub db: usize,
    /// The instant it ran in, Unix milliseconds.
    pub at_ms: i64,
}

/// A change of a key, or a read that the server reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which class the server counts it to.
    pub class: Class,
    /// Its name: `set`, `expire`, `lpush`.
    pub name: &'static str,
    /// The key.
    pub key: SmallBytes,
    /// The database of the key.
    pub db: usize,
}

/// The classes of events, with the letters of notify-keyspace-events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `g`: commands of no type, such as DEL and EXPIRE.
    Generic,
    /// `$`
    String,
    /// `l`
    List,
    /// `s`
    Set,
    /// `h`
    Hash,
    /// `z`
    Zset,
    /// `t`
    Stream,
    /// `x`: a key that was due and has gone.
    Expired,
    /// `e`: a key removed to free memory.
    Evicted,
    /// `n`: a key that was not there before.
    New,
    /// `m`: a key that was looked for and is not there.
    Miss,
}

impl Class {
    /// Its place in a set of classes.
    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// Whether an event of that name tells those who watch its key of a change. The server does not count
    /// what happens to the groups of a stream as one, nor a change of its last ID.
    pub(crate) fn is_change(self, name: &str) -> bool {
        self != Class::Stream || !(name.starts_with("xgroup-") || name == "xsetid")
    }
}
