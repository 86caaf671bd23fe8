//! [`Inspector`]: finds what strict mode reports.

use std::mem::discriminant;

use evalua_vm::stack::View;

use super::Strict;
use super::cluster;
use super::finding::{Finding, FindingSink, Problem};
use crate::args::Args;
use crate::bytes::SmallBytes;
use crate::number::{DoubleFormat, format_double};
use crate::reply::Reply;
use crate::script::convert::{Place, Seen};
use crate::script::machine::Job;
use crate::script::shebang::flag as declared;
use crate::slot;
use crate::sorted::SortedSet;
use crate::table::{self, Command, access, acl, flag};
use crate::text::quote;

/// The first number from which on some integers are no numbers of Lua.
const INTEGERS_END: f64 = (1_u64 << 53) as f64;

/// Looks at what scripts do.
#[derive(Debug)]
pub(crate) struct Inspector {
    strict: Strict,
    sink: Option<FindingSink>,
    /// What has been found since it was taken, if there is no sink.
    findings: Vec<Finding>,
    run: Run,
}

/// The script that runs.
#[derive(Debug, Default)]
struct Run {
    /// What it is called.
    script: String,
    /// The keys that it was given.
    keys: SortedSet<SmallBytes>,
    /// Whether it may only read.
    is_reader: bool,
    /// Whether it is not for a cluster, by its own word.
    leaves_clusters: bool,
    /// The key that says in which slot all others are to be, where they are to be in one.
    slot_of: Option<SmallBytes>,
    /// Whether what it uses besides its keys may be in other slots.
    crosses_slots: bool,
    findings: Vec<Finding>,
}

/// Where something was found.
#[derive(Clone, Copy, Debug)]
struct Spot {
    line: Option<u32>,
    command: Option<&'static str>,
}

/// What is found in the script as a whole.
const NO_LINE: Spot = Spot {
    line: None,
    command: None,
};

impl Run {
    /// Takes note of a problem: one that was met before in the same spot is counted.
    fn note(&mut self, spot: Spot, problem: Problem) {
        let is_same = |finding: &&mut Finding| {
            finding.line == spot.line
                && finding.command == spot.command
                && discriminant(&finding.problem) == discriminant(&problem)
        };
        match self.findings.iter_mut().find(is_same) {
            Some(finding) => finding.times += 1,
            None => self.findings.push(Finding {
                problem,
                script: self.script.clone(),
                line: spot.line,
                command: spot.command,
                times: 1,
            }),
        }
    }

    /// Takes note of a key that is to be in the slot of those before.
    fn note_slot(&mut self, spot: Spot, key: &[u8]) {
        match &self.slot_of {
            _ if self.leaves_clusters => {}
            None => self.slot_of = Some(SmallBytes::new(key)),
            Some(first) if slot::of(first) == slot::of(key) => {}
            Some(first) => {
                let keys = [first.clone(), SmallBytes::new(key)];
                self.note(spot, Problem::SeveralSlots { keys });
            }
        }
    }

    /// Takes note of what a command does to keys that the script was not given.
    fn note_keys(&mut self, spot: Spot, command: &Command, args: Args<'_>) {
        let is_key = |spec: &&table::KeySpec| spec.access & access::NOT_KEY == 0;
        let specs = command.keys.iter().filter(is_key);
        for key in specs.flat_map(|spec| spec.indices(args)).map(|i| args[i]) {
            if self.keys.contains(key) {
                continue;
            }
            let undeclared = SmallBytes::new(key);
            self.note(spot, Problem::UndeclaredKey { key: undeclared });
            if !self.crosses_slots {
                self.note_slot(spot, key);
            }
        }
    }

    /// Takes note of a number that goes out, at a place that `at` names.
    fn note_number(&mut self, spot: Spot, number: f64, at: impl FnOnce() -> String) {
        if number.is_finite() && number.abs() >= INTEGERS_END {
            self.note(spot, Problem::Imprecise { at: at(), number });
        }
    }
}

impl Inspector {
    pub fn new(strict: Strict, sink: Option<FindingSink>) -> Inspector {
        Inspector {
            strict,
            sink,
            findings: Vec::new(),
            run: Run::default(),
        }
    }

    /// What has been found since the last time.
    pub fn take(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// A script is about to run.
    pub(in crate::script) fn begin(&mut self, job: &Job<'_>) {
        let flags = job.declaration.flags;
        self.run = Run {
            script: String::from_utf8_lossy(&job.name.text()).into_owned(),
            keys: job.keys.iter().map(|key| SmallBytes::new(key)).collect(),
            is_reader: job.read_only,
            leaves_clusters: flags & declared::NO_CLUSTER != 0,
            crosses_slots: flags & declared::ALLOW_CROSS_SLOT_KEYS != 0,
            ..Run::default()
        };
        for key in job.keys {
            self.run.note_slot(NO_LINE, key);
        }
        let is_writer = job.declaration.is_explicit && flags & declared::NO_WRITES == 0;
        if is_writer && self.strict == Strict::Replica {
            self.run.note(NO_LINE, Problem::UndeclaredReading);
        }
    }

    /// The script has ended.
    pub(in crate::script) fn end(&mut self) {
        let found = std::mem::take(&mut self.run).findings;
        match &self.sink {
            Some(sink) => found.iter().for_each(|finding| sink.take(finding)),
            None => self.findings.extend(found),
        }
    }

    /// A line of the script has called a command with these arguments, the name among them, and with
    /// these numbers at these places among them.
    pub(in crate::script) fn called(
        &mut self,
        line: Option<u32>,
        args: &[&[u8]],
        numbers: impl Iterator<Item = (usize, f64)>,
        reply: &Reply,
    ) {
        let Ok(command) = table::resolve(args) else {
            return;
        };
        if !command.accepts(args.len()) {
            return;
        }
        let (args, run) = (Args::new(args), &mut self.run);
        let spot = Spot {
            line,
            command: Some(command.name),
        };
        run.note_keys(spot, command, args);
        let in_cluster = cluster::refuses(command.name, args).filter(|_| !run.leaves_clusters);
        if let Some(advice) = in_cluster {
            run.note(spot, Problem::RefusedByCluster { advice });
        } else if command.keys.is_empty() && command.acl & acl::KEYSPACE != 0 {
            run.note(spot, Problem::UnnamedKeys);
        }
        if run.is_reader && command.flags & (flag::WRITE | flag::MAY_REPLICATE) != 0 {
            run.note(spot, Problem::WriteWhileReading);
        } else if self.strict == Strict::Replica && command.has(flag::WRITE) {
            run.note(spot, Problem::RefusedByReplica);
        }
        for (index, number) in numbers {
            run.note_number(spot, number, || format!("argument {index}"));
        }
        if let Some(reply) = rounded(reply) {
            run.note(spot, Problem::RoundedReply { reply });
        }
    }

    /// A value of what the script returns becomes a reply.
    #[cold]
    pub(in crate::script) fn returned(&mut self, seen: Seen<'_>, at: Place<'_, '_>) {
        let run = &mut self.run;
        match seen {
            Seen::Number(number, sent) if sent as f64 != number => {
                let at = at.to_string();
                run.note(NO_LINE, Problem::Truncated { at, number, sent });
            }
            Seen::Number(number, _) => run.note_number(NO_LINE, number, || at.to_string()),
            Seen::Other(value @ (View::Function | View::Userdata | View::Thread)) => {
                let (at, type_name) = (at.to_string(), value.type_name());
                run.note(NO_LINE, Problem::NoReply { at, type_name });
            }
            Seen::Other(_) => {}
            Seen::List(table, kept) => {
                let (mut lost, mut field) = (0, None);
                for (key, _) in table.entries() {
                    match key {
                        View::Number(n) if n >= 1.0 && n.trunc() == n => {
                            lost += usize::from(n > kept as f64);
                        }
                        other => field = field.or_else(|| Some(shown(other))),
                    }
                }
                if lost > 0 {
                    let at = at.to_string();
                    run.note(NO_LINE, Problem::CutAtNil { at, kept, lost });
                }
                if let Some(field) = field {
                    let at = at.to_string();
                    run.note(NO_LINE, Problem::LostField { at, field });
                }
            }
        }
    }
}

/// A key of a table.
fn shown(key: View<'_>) -> String {
    match key {
        View::Str(name) => quote(name),
        View::Number(number) => {
            let text = format_double(number, DoubleFormat::Shortest);
            String::from_utf8_lossy(&text).into_owned()
        }
        other => format!("(a {})", other.type_name()),
    }
}

/// The first integer in a reply that is no number of Lua.
fn rounded(reply: &Reply) -> Option<i64> {
    match reply {
        Reply::Integer(n) => (*n as f64 as i128 != i128::from(*n)).then_some(*n),
        Reply::Array(items) | Reply::Push(items) | Reply::Set(items) => {
            items.iter().find_map(rounded)
        }
        Reply::Map(pairs) | Reply::Pairs(pairs) => pairs
            .iter()
            .find_map(|(key, value)| rounded(key).or_else(|| rounded(value))),
        Reply::Attribute(both) => rounded(&both.1),
        _ => None,
    }
}
