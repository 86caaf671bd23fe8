//! The fault sweep: a case once more for every command that its scripts call, with that command failing.
//!
//! Owns which faults there are, what is watched of a run, and what is told of the state that a failure leaves.
//! Redis does not roll back: what a script has done before it failed stays.

use std::rc::Rc;

use evalua_redis::bytes::SmallBytes;
use evalua_redis::script::{Kind as SourceKind, read_first_line};
use evalua_redis::table::{self, Command, Group, flag};
use evalua_redis::trace::Call;
use evalua_redis::{Fault, Origin, Profile, Redis, text};
use evalua_vm::{Function, Lua};

use crate::bench::Bench;
use crate::case::{self, Hooks};
use crate::failure::{Failure, Place};
use crate::keyspace::{self, Entry};
use crate::orders::Schedule;
use crate::place;
use crate::report::Outcome;
use crate::sources::Source;
use crate::spec::Case;

/// So many commands of a case are let fail; what comes after them is not.
pub const MOST_COMMANDS: usize = 1000;

/// A way for a command to fail.
struct Kind {
    /// What reports call it.
    name: &'static str,
    /// The text of the error; none where the script ends there.
    error: Option<&'static str>,
    /// Whether a command can fail in this way.
    meets: fn(&Command, &[SmallBytes]) -> bool,
    /// Whether a server can refuse it though the script has written already. Once it has, memory is no longer looked
    /// at, and a server that takes no writes has refused the first.
    after_writes: bool,
}

/// The ways. The texts are the server's.
const KINDS: &[Kind] = &[
    Kind {
        name: "OOM",
        error: Some("OOM command not allowed when used memory > 'maxmemory'."),
        meets: |command, _| command.flags & flag::DENYOOM != 0,
        after_writes: false,
    },
    Kind {
        name: "READONLY",
        error: Some("READONLY You can't write against a read only replica."),
        meets: |command, _| command.flags & flag::WRITE != 0,
        after_writes: false,
    },
    Kind {
        name: "WRONGTYPE",
        error: Some("WRONGTYPE Operation against a key holding the wrong kind of value"),
        meets: looks_at_type,
        after_writes: true,
    },
    Kind {
        name: "stop",
        error: None,
        meets: |_, _| true,
        after_writes: true,
    },
];

/// Commands on strings that take keys of any type, or have another error for them.
const TAKE_ANY_TYPE: [&str; 7] = ["lcs", "mget", "mset", "msetnx", "psetex", "setex", "setnx"];

/// Whether a command answers an error where a key has a value of another type.
fn looks_at_type(command: &Command, args: &[SmallBytes]) -> bool {
    match (command.group, command.name) {
        // SET replaces a value of any type, unless it is to tell the old one.
        (_, "set") => args
            .iter()
            .skip(3)
            .any(|word| word.eq_ignore_ascii_case(b"GET")),
        // The keys of SPUBLISH are channels.
        (Group::Pubsub, _) => false,
        // Those of all types, but for SORT.
        (Group::Generic, name) => name.starts_with("sort"),
        (_, name) => !command.keys.is_empty() && !TAKE_ANY_TYPE.contains(&name),
    }
}

impl Kind {
    fn fault(&self) -> Fault {
        match self.error {
            Some(error) => Fault::new(error).from(Origin::Script),
            None => Fault::stop(),
        }
    }
}

/// What came of the sweep of a case.
#[derive(Debug, Default)]
pub struct Sweep {
    /// How many commands the scripts of the case call.
    pub commands: usize,
    /// How many times it was run with a fault.
    pub runs: usize,
    /// The faults that left something behind, or broke an invariant.
    pub findings: Vec<Finding>,
}

impl Sweep {
    /// Adds a finding; one that is known already only counts for the fault that it comes from.
    fn add(&mut self, finding: Finding) {
        let known = self
            .findings
            .iter_mut()
            .find(|known| known.is_like(&finding));
        let Some(known) = known else {
            self.findings.push(finding);
            return;
        };
        for fault in finding.faults {
            if !known.faults.contains(&fault) {
                known.faults.push(fault);
            }
        }
    }
}

/// What a fault has led to.
#[derive(Debug)]
pub struct Finding {
    /// The ways for the command to fail that have led to it: `OOM`, `READONLY`, `WRONGTYPE`, and `stop`, where the
    /// script ended there.
    pub faults: Vec<&'static str>,
    /// The command, in words.
    pub command: String,
    /// The line of the script that calls it.
    pub place: Option<Place>,
    /// The keys that are neither as before the script was called nor as it leaves them without a fault: lines with
    /// `-` of before and `+` of after. Empty where there are none.
    pub left: Vec<(char, String)>,
    /// The invariant that does not hold.
    pub broken: Option<Failure>,
}

impl Finding {
    /// Whether another fault of the same command leads to the same.
    fn is_like(&self, other: &Finding) -> bool {
        let claim = |finding: &Finding| {
            let broken = finding.broken.as_ref();
            broken.map(|failure| (failure.place.clone(), failure.message.clone()))
        };
        (&self.command, &self.place, &self.left) == (&other.command, &other.place, &other.left)
            && claim(self) == claim(other)
    }
}

/// What is watched while the body of a case runs.
#[derive(Debug, Default)]
pub struct Watch {
    /// The commands so far.
    calls: Vec<Call>,
    /// Those that scripts called and that can fail.
    by_scripts: Vec<Watched>,
    /// Which of them is to fail, counted from 0; none while it is recorded what there is.
    fails_at: Option<usize>,
    /// How many calls of scripts there were.
    turn: usize,
    /// The keys before the last call of a script that had not failed yet.
    before: Vec<Entry>,
    /// The call of a script in which the fault came, and the keys after it.
    left: Option<(usize, Vec<Entry>)>,
    /// The keys after each call of a script, where it is recorded.
    states: Vec<Vec<Entry>>,
}

/// A command that a script called.
#[derive(Debug)]
struct Watched {
    /// Its place among all commands.
    index: usize,
    /// The script that the spec has called; none where a command of the spec's own ran one, as EVALSHA.
    script: Option<Rc<Source>>,
    /// Whether that call of the script has written before.
    after_writes: bool,
}

impl Watch {
    /// The commands so far.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Takes what was traced.
    pub fn drain(&mut self, redis: &mut Redis) {
        self.calls.append(&mut redis.take_trace());
    }

    /// A script is about to be called.
    pub fn begin(&mut self, redis: &mut Redis) {
        self.drain(redis);
        if self.fails_at.is_some() && self.left.is_none() {
            self.before = keyspace::read(redis);
            redis.take_trace();
        }
    }

    /// A script was called.
    pub fn end(&mut self, redis: &mut Redis, script: Option<&Rc<Source>>) {
        let first = self.calls.len();
        self.drain(redis);
        let profile = redis.core().profile();
        let read_only = script.is_some_and(|script| is_read_only(&script.text));
        let mut after_writes = false;
        for (index, call) in self.calls.iter().enumerate().skip(first) {
            if call.from_script && can_fail(call, profile, read_only) {
                self.by_scripts.push(Watched {
                    index,
                    script: script.cloned(),
                    after_writes,
                });
                after_writes |= call.writes && call.reply.as_error().is_none();
            }
        }
        let has_failed = |at: usize| at < self.by_scripts.len();
        match self.fails_at {
            None => self.states.push(keyspace::read(redis)),
            Some(at) if self.left.is_none() && has_failed(at) => {
                self.left = Some((self.turn, keyspace::read(redis)));
            }
            Some(_) => {}
        }
        redis.take_trace();
        self.turn += 1;
    }
}

/// Whether a command that a script has called can be let fail: one that is refused anyway is never asked for.
fn can_fail(call: &Call, profile: &Profile, read_only: bool) -> bool {
    let words: Vec<&[u8]> = call.args.iter().map(|word| word.as_slice()).collect();
    table::resolve(&words).is_ok_and(|command| {
        let is_denied = command.is_own()
            || command.is_denied_to_scripts(profile)
            || (read_only && command.is_denied_to_readers());
        command.accepts(words.len()) && !is_denied
    })
}

/// Whether a source has promised not to write.
fn is_read_only(source: &[u8]) -> bool {
    let first_line = read_first_line(source);
    first_line.is_ok_and(|(kind, _)| kind == SourceKind::Script { read_only: true })
}

/// Whether a command may run scripts, which are not those that the spec has named.
pub fn runs_scripts(args: &[&[u8]]) -> bool {
    let command = args.first().and_then(|name| table::find(name));
    command.is_some_and(|command| command.group == Group::Scripting || command.name == "exec")
}

/// Runs a case that has passed with every fault.
pub fn sweep(lua: &Lua, bench: &Bench, case: &Case, body: &Function) -> Result<Sweep, String> {
    let recorded = watched(lua, bench, case, body, None)?.0;
    let mut sweep = Sweep {
        commands: recorded.by_scripts.len(),
        ..Sweep::default()
    };
    let commands = recorded.by_scripts.iter().take(MOST_COMMANDS);
    for (at, watched_command) in commands.enumerate() {
        let Watched {
            index,
            script,
            after_writes,
        } = watched_command;
        let call = &recorded.calls[*index];
        let command = call.args.first().and_then(|name| table::find(name));
        let can_be = |kind: &&Kind| {
            command.is_some_and(|command| (kind.meets)(command, &call.args))
                && (kind.after_writes || !after_writes)
        };
        for kind in KINDS.iter().filter(can_be) {
            sweep.runs += 1;
            let (watch, broken) = watched(lua, bench, case, body, Some((at, kind)))?;
            let Some((turn, left)) = watch.left else {
                continue;
            };
            // What has failed must be that command: the server may have refused another for reasons of its own.
            let struck = watch.calls.get(*index);
            if struck.is_none_or(|struck| struck.args != call.args || struck.reply == call.reply) {
                continue;
            }
            let is_whole = recorded.states.get(turn) == Some(&left);
            let left = match is_whole {
                true => Vec::new(),
                false => keyspace::difference(&watch.before, &left),
            };
            if !left.is_empty() || broken.is_some() {
                sweep.add(Finding {
                    faults: vec![kind.name],
                    command: text::typed(&call.args),
                    place: script.as_ref().zip(call.line).map(|(script, line)| Place {
                        file: script.name.clone(),
                        line,
                        text: place::text(&script.text, line as usize),
                    }),
                    left,
                    broken,
                });
            }
        }
    }
    Ok(sweep)
}

/// Runs a case with a fault, or none, and tells what was seen, and which invariant does not hold.
fn watched(
    lua: &Lua,
    bench: &Bench,
    case: &Case,
    body: &Function,
    fault: Option<(usize, &Kind)>,
) -> Result<(Watch, Option<Failure>), String> {
    bench.reset(Schedule::default())?;
    let hooks = Hooks::of(bench, case);
    // What comes before the body has passed already, and what comes after it is not looked at.
    case::attempt(lua, bench, || hooks.run_before(bench));
    *bench.watch.borrow_mut() = Some(Watch {
        fails_at: fault.map(|(at, _)| at),
        ..Watch::default()
    });
    let armed = bench.engine("--faults", |redis| {
        redis.core_mut().set_tracing(true);
        if let Some((at, kind)) = fault {
            // The spec may have let others fail.
            (redis.core_mut()).fail_first(kind.fault().after(at as u64));
        }
    });
    armed.map_err(|error| error.to_string())?;
    case::attempt(lua, bench, || case::call_body(case, body));
    let disarmed = bench.engine("--faults", |redis| {
        redis.core_mut().set_tracing(false);
        redis.clear_faults();
    });
    disarmed.map_err(|error| error.to_string())?;
    let watch = bench.watch.take().unwrap_or_default();
    let broken = match case::attempt(lua, bench, || bench.check_invariants()) {
        Outcome::Failed(failure) => Some(*failure),
        _ => None,
    };
    hooks.run_after(lua, bench);
    bench.schedule.take();
    bench.output.take();
    Ok((watch, broken))
}

#[cfg(test)]
mod tests {
    use evalua_redis::Args;

    use super::*;

    /// The words of a command as the gate takes them.
    fn slices(words: &[Vec<u8>]) -> Vec<&[u8]> {
        words.iter().map(Vec::as_slice).collect()
    }

    /// Whether a command answers WRONGTYPE where its keys have a string, or a list.
    fn answers_wrongtype(command: &Command, words: &[Vec<u8>]) -> bool {
        ["SET", "RPUSH"].iter().any(|make| {
            let mut redis = Redis::new();
            for index in command.key_indices(Args::new(&slices(words))) {
                redis.command(&[make.as_bytes(), &words[index], b"a"]);
            }
            let reply = redis.command(words);
            let error = reply.as_error();
            error.is_some_and(|error| error.as_bytes().starts_with(b"WRONGTYPE"))
        })
    }

    #[test]
    fn wrongtype_is_for_commands_that_answer_it() {
        let (mut commands, mut wrong) = (0, Vec::new());
        for command in table::of_server().filter(|command| !command.has(flag::NOSCRIPT)) {
            let lines = command.examples.iter();
            let lines = lines.filter_map(|(line, _)| text::split_line(line.as_bytes()));
            let is_of_it = |words: &Vec<Vec<u8>>| {
                let found = table::resolve(&slices(words));
                found.is_ok_and(|found| found.name == command.name)
            };
            let lines: Vec<_> = lines.filter(is_of_it).collect();
            if command.keys.is_empty() || lines.is_empty() {
                continue;
            }
            commands += 1;
            let answers = lines.iter().any(|words| answers_wrongtype(command, words));
            let swept = lines.iter().any(|words| {
                let args: Vec<_> = words.iter().map(|word| SmallBytes::new(word)).collect();
                looks_at_type(command, &args)
            });
            if swept != answers {
                wrong.push((command.name, answers));
            }
        }
        assert_eq!(wrong, []);
        assert!(commands > 100, "{commands} commands have examples");
    }
}
