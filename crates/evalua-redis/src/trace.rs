//! What a run leaves for inspection: [`Call`]s, the commands that ran, and [`Event`]s, the changes of
//! keys, which are the server's keyspace notifications.
//!
//! Both are recorded only when asked for.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::args::Args;
use crate::bytes::SmallBytes;
use crate::core::Core;
use crate::gate::Caller;
use crate::reply::Reply;
use crate::session::Session;
use crate::sorted::SortedSet;
use crate::table::{Command, access, flag};

/// So many commands that scripts call are kept for clients to ask for; the oldest go for others.
const MOST_OF_SCRIPTS: usize = 1 << 16;

/// The record of commands, while it is kept.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    only_scripts: bool,
    calls: VecDeque<Call>,
    /// How many have gone for others.
    gone: usize,
    run: Option<Run>,
}

/// The script that runs.
#[derive(Debug)]
struct Run {
    name: Arc<str>,
    /// The keys that it was given.
    keys: SortedSet<SmallBytes>,
}

impl Trace {
    /// A record of what scripts call, which does not grow for ever.
    pub fn of_scripts() -> Trace {
        Trace {
            only_scripts: true,
            ..Trace::default()
        }
    }

    /// Whether a command of that caller is to be recorded.
    fn wants(&self, caller: Caller) -> bool {
        caller.is_script() || !self.only_scripts
    }

    /// A script of that name is about to run with these keys.
    pub fn begin(&mut self, name: &[u8], keys: &[&[u8]]) {
        self.run = Some(Run {
            name: String::from_utf8_lossy(name).into(),
            keys: keys.iter().map(|key| SmallBytes::new(key)).collect(),
        });
    }

    /// The script has ended.
    pub fn end(&mut self) {
        self.run = None;
    }

    /// The line of the script that has called the command recorded last.
    pub fn note_line(&mut self, line: Option<u32>) {
        if let Some(call) = self.calls.back_mut() {
            call.line = line;
        }
    }

    fn record(&mut self, call: Call) {
        if self.only_scripts && self.calls.len() == MOST_OF_SCRIPTS {
            self.calls.pop_front();
            self.gone += 1;
        }
        self.calls.push_back(call);
    }

    /// What is recorded.
    pub fn calls(&self) -> impl ExactSizeIterator<Item = &Call> {
        self.calls.iter()
    }

    /// How many commands there were, those that have gone for others included.
    pub fn count(&self) -> usize {
        self.gone + self.calls.len()
    }

    /// Empties the record.
    pub fn take(&mut self) -> Vec<Call> {
        self.gone = 0;
        std::mem::take(&mut self.calls).into()
    }
}

/// A command that went through the gate, once it was done: a script's commands come before the EVAL
/// that ran it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Its arguments, its name first.
    pub args: Vec<SmallBytes>,
    /// What it answered.
    pub reply: Reply,
    /// Whether a script called it.
    pub from_script: bool,
    /// The script that called it: the digest of a script, the name of a function.
    pub script: Option<Arc<str>>,
    /// The line of the script that called it, counted from 1.
    pub line: Option<u32>,
    /// Whether the command is one that writes, whatever it has found to do.
    pub writes: bool,
    /// The keys among its arguments, as far as the table of commands can tell.
    pub keys: Vec<KeyUse>,
    /// What has become of the expiry of those keys, where it is another than before.
    pub expiries: Vec<Expiry>,
    /// The database it began in.
    pub db: usize,
    /// The instant it ran in, Unix milliseconds.
    pub at_ms: i64,
}

/// A key that a command names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The key.
    pub key: SmallBytes,
    /// Whether the command may change or remove it.
    pub writes: bool,
    /// Whether it is one of the script's KEYS. What a client names is declared by that.
    pub is_declared: bool,
}

/// A change of the expiry of a key. A key that is not there has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// The key.
    pub key: SmallBytes,
    /// When it was to go before the command, Unix milliseconds.
    pub before_ms: Option<i64>,
    /// When it is to go after it, Unix milliseconds.
    pub after_ms: Option<i64>,
}

impl Core {
    /// Runs a command by `run` and records it.
    #[cold]
    pub(crate) fn traced(
        self: &mut Box<Core>,
        session: &mut Session,
        caller: Caller,
        command: Option<&'static Command>,
        args: &[&[u8]],
        run: impl FnOnce(&mut Box<Core>, &mut Session) -> Reply,
    ) -> Reply {
        if !self.trace().is_some_and(|trace| trace.wants(caller)) {
            return run(self, session);
        }
        let db = session.db;
        let writes = command.is_some_and(|command| command.has(flag::WRITE));
        let mut keys = self.keys_of(command, args);
        let before: Vec<Option<i64>> = match writes {
            true => keys.iter().map(|used| self.expiry(db, &used.key)).collect(),
            false => Vec::new(),
        };
        let reply = run(self, session);
        let mut expiries: Vec<Expiry> = Vec::new();
        for (used, before_ms) in keys.iter().zip(before) {
            let after_ms = self.expiry(db, &used.key);
            if before_ms != after_ms && expiries.iter().all(|known| known.key != used.key) {
                expiries.push(Expiry {
                    key: used.key.clone(),
                    before_ms,
                    after_ms,
                });
            }
        }
        let at_ms = self.clock.now_ms();
        if let Some(trace) = self.trace() {
            let run = trace.run.as_ref().filter(|_| caller.is_script());
            if let Some(run) = run {
                for used in &mut keys {
                    used.is_declared = run.keys.contains(&used.key);
                }
            }
            let script = run.map(|run| run.name.clone());
            trace.record(Call {
                args: args.iter().map(|arg| SmallBytes::new(arg)).collect(),
                reply: reply.clone(),
                from_script: caller.is_script(),
                script,
                line: None,
                writes,
                keys,
                expiries,
                db,
                at_ms,
            });
        }
        reply
    }

    fn trace(&mut self) -> Option<&mut Trace> {
        self.onlookers.as_mut()?.trace.as_mut()
    }

    /// The keys that a command names, all taken for declared.
    fn keys_of(&self, command: Option<&'static Command>, args: &[&[u8]]) -> Vec<KeyUse> {
        let Some(command) = command.filter(|command| command.accepts(args.len())) else {
            return Vec::new();
        };
        let changes = access::RW | access::OW | access::RM;
        let args = Args::new(args);
        let used = |(at, uses): (usize, u32)| KeyUse {
            key: SmallBytes::new(args[at]),
            writes: uses & changes != 0,
            is_declared: true,
        };
        command.key_uses(args).map(used).collect()
    }

    fn expiry(&mut self, db: usize, key: &[u8]) -> Option<i64> {
        self.db(db).expire_at(key)
    }
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
