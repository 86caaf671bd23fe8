//! [`Finding`]: what strict mode has to say about a script.

use std::fmt;
use std::sync::Arc;

use crate::bytes::SmallBytes;
use crate::number::{DoubleFormat, format_double};
use crate::text::quote;

/// Something in a script that will not work, or not as meant, where it is to run. As a text it is one
/// sentence that says what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is.
    pub problem: Problem,
    /// The script: its digest, or the function's name.
    pub script: String,
    /// The line of the script that called the command; `None` where it is no line's fault.
    pub line: Option<u32>,
    /// The command, as in the command table: `get`, `object|encoding`; `None` where there is none.
    pub command: Option<&'static str>,
    /// How often it was found in one run, for the same line and command. The problem has the values of
    /// the first time.
    pub times: u64,
}

/// What can be wrong with a script.
///
/// `at` is a place in what it returns, such as `result[2]`, or an argument of a command.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// A command uses a key that is not in KEYS.
    UndeclaredKey {
        /// The key.
        key: SmallBytes,
    },
    /// A command uses keys that none of its arguments names: KEYS, SCAN, FLUSHALL.
    UnnamedKeys,
    /// Two keys are in different slots of a cluster.
    SeveralSlots {
        /// The keys.
        keys: [SmallBytes; 2],
    },
    /// A cluster refuses the command.
    RefusedByCluster {
        /// Why, or what to do instead.
        advice: &'static str,
    },
    /// A replica refuses the command.
    RefusedByReplica,
    /// A replica refuses the script, since it does not declare that it only reads.
    UndeclaredReading,
    /// The script calls a command that writes, and may only read: by its own flags or by the command
    /// that runs it.
    WriteWhileReading,
    /// A number is returned that is no integer, and an integer is sent.
    Truncated {
        /// Where.
        at: String,
        /// The number.
        number: f64,
        /// What is sent.
        sent: i64,
    },
    /// A number from 2^53 on: not all integers are numbers of Lua there.
    Imprecise {
        /// Where.
        at: String,
        /// The number.
        number: f64,
    },
    /// A command replied with an integer that is no number of Lua, and the script sees another.
    RoundedReply {
        /// What the command replied.
        reply: i64,
    },
    /// A list that is returned has a nil within, which ends it.
    CutAtNil {
        /// Where.
        at: String,
        /// How many items there are before the nil.
        kept: usize,
        /// How many are lost behind it.
        lost: usize,
    },
    /// A table that is returned has a field that is not sent.
    LostField {
        /// Where.
        at: String,
        /// The field, or the type of one that is neither text nor number.
        field: String,
    },
    /// A value is returned of a type that has no reply; nil is sent.
    NoReply {
        /// Where.
        at: String,
        /// The type.
        type_name: &'static str,
    },
}

impl Problem {
    /// A short name, for those who sort or filter findings.
    pub fn name(&self) -> &'static str {
        match self {
            Problem::UndeclaredKey { .. } => "undeclared-key",
            Problem::UnnamedKeys => "unnamed-keys",
            Problem::SeveralSlots { .. } => "several-slots",
            Problem::RefusedByCluster { .. } => "refused-by-cluster",
            Problem::RefusedByReplica => "refused-by-replica",
            Problem::UndeclaredReading => "undeclared-reading",
            Problem::WriteWhileReading => "write-while-reading",
            Problem::Truncated { .. } => "truncated",
            Problem::Imprecise { .. } => "imprecise",
            Problem::RoundedReply { .. } => "rounded-reply",
            Problem::CutAtNil { .. } => "cut-at-nil",
            Problem::LostField { .. } => "lost-field",
            Problem::NoReply { .. } => "no-reply",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let command = self.command.unwrap_or_default();
        let command = command.replace('|', " ").to_ascii_uppercase();
        match &self.problem {
            Problem::UndeclaredKey { key } => write!(
                f,
                "{command} uses the key {}, which is not declared: pass it in KEYS",
                quote(key)
            ),
            Problem::UnnamedKeys => write!(
                f,
                "{command} uses keys that are not declared, and in a cluster those of one node only: \
                 work on keys that are passed in KEYS"
            ),
            Problem::SeveralSlots { keys: [a, b] } => write!(
                f,
                "the keys {} and {} are in different slots, which a cluster refuses: give them the same {{tag}}",
                quote(a),
                quote(b)
            ),
            Problem::RefusedByCluster { advice } => {
                write!(f, "a cluster refuses this {command}: {advice}")
            }
            Problem::RefusedByReplica => write!(
                f,
                "a replica refuses {command}, which writes: run the script on the primary"
            ),
            Problem::UndeclaredReading => write!(
                f,
                "a replica refuses a script that does not say that it only reads: give it the flag no-writes"
            ),
            Problem::WriteWhileReading => write!(
                f,
                "{command} is refused, since the script may only read: leave it out, or run the script as \
                 one that writes"
            ),
            Problem::Truncated { at, number, sent } => write!(
                f,
                "{at} is {} and is sent as the integer {sent}: return it as a string",
                shown(*number)
            ),
            Problem::Imprecise { at, number } => write!(
                f,
                "{at} is {}, and from 2^53 on a number may differ from what was meant: keep it as a string",
                shown(*number)
            ),
            Problem::RoundedReply { reply } => write!(
                f,
                "{command} replied {reply}, which the script sees as {}: from 2^53 on read it as a string",
                shown(*reply as f64)
            ),
            Problem::CutAtNil { at, kept, lost } => write!(
                f,
                "{at} ends at its first nil, so that {kept} of its items are sent and {lost} lost: put false in \
                 place of nil"
            ),
            Problem::LostField { at, field } => write!(
                f,
                "{at} has the field {field}, which is not sent: return a list, or cjson.encode of the table"
            ),
            Problem::NoReply { at, type_name } => write!(
                f,
                "{at} is a {type_name}, and nil is sent: return a string, a number or a table"
            ),
        }?;
        match self.times {
            0 | 1 => Ok(()),
            times => write!(f, " ({times} times)"),
        }
    }
}

/// A number with the digits that tell it from others.
fn shown(number: f64) -> String {
    String::from_utf8_lossy(&format_double(number, DoubleFormat::Shortest)).into_owned()
}

type Sink = dyn Fn(&Finding) + Send + Sync;

/// Takes findings as they come.
#[derive(Clone)]
pub(crate) struct FindingSink(Arc<Sink>);

impl FindingSink {
    pub(crate) fn new(sink: impl Fn(&Finding) + Send + Sync + 'static) -> FindingSink {
        FindingSink(Arc::new(sink))
    }

    pub(super) fn take(&self, finding: &Finding) {
        (self.0)(finding);
    }
}

impl fmt::Debug for FindingSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FindingSink")
    }
}
