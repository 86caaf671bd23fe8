//! How one case runs, and the [`Options`] of a run.

use std::time::Instant;

use evalua_vm::{Error, Function, Limits, Lua, Result, Variadic};

use crate::bench::{Bench, Phase};
use crate::failure::{Failure, Raised};
use crate::keyspace;
use crate::report::{CaseReport, Outcome};
use crate::spec::Case;

/// How specs are to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only cases whose whole name has one of these texts in it; all, where there is none.
    pub filters: Vec<String>,
    /// Whether the first failure ends the run.
    pub fail_fast: bool,
    /// Calls and turns of loops that a case may make, apart from those of its scripts, and the loading of a spec.
    pub max_instructions: u64,
    /// Bytes that the values of a spec may take.
    pub max_memory: usize,
    /// Whether failures are to have the keys that there were.
    pub keyspace: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            filters: Vec::new(),
            fail_fast: false,
            max_instructions: 100_000_000,
            max_memory: 1 << 30,
            keyspace: false,
        }
    }
}

impl Options {
    /// Whether a case of that name is to run.
    pub(crate) fn chooses(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|part| name.contains(part.as_str()))
    }
}

/// Gives a spec its whole budget again.
pub fn refuel(lua: &Lua, bench: &Bench) -> Result<()> {
    lua.set_limits(Limits {
        instructions: Some(bench.options.max_instructions),
        memory: Some(bench.options.max_memory),
        ..Limits::default()
    })
}

/// Runs a case.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a case takes is real time"
)]
pub fn run(lua: &Lua, bench: &Bench, case: &Case) -> CaseReport {
    let began = Instant::now();
    let outcome = match &case.body {
        None => Outcome::Pending(None),
        Some(body) => run_body(lua, bench, case, body),
    };
    CaseReport {
        path: case.path.clone(),
        line: case.line,
        outcome,
        output: bench.output.take(),
        duration: began.elapsed(),
    }
}

fn run_body(lua: &Lua, bench: &Bench, case: &Case, body: &Function) -> Outcome {
    if let Err(message) = bench.reset() {
        return Outcome::Failed(Box::new(Failure::new(message)));
    }
    bench.phase.set(Phase::Running);
    let hooks = Hooks::of(bench, case);
    let mut outcome = attempt(lua, bench, || {
        hooks.before.iter().try_for_each(|hook| hook.call(()))?;
        body.call::<()>(Variadic(case.args.clone()))?;
        hooks.invariants.iter().try_for_each(|hook| hook.call(()))
    });
    for hook in &hooks.after {
        let ended = attempt(lua, bench, || hook.call(()));
        if matches!(outcome, Outcome::Passed) {
            outcome = ended;
        }
    }
    bench.phase.set(Phase::Loading);
    outcome
}

/// What runs beside the body of a case.
struct Hooks {
    before: Vec<Function>,
    invariants: Vec<Function>,
    after: Vec<Function>,
}

impl Hooks {
    fn of(bench: &Bench, case: &Case) -> Hooks {
        let tree = bench.tree.borrow();
        let inner_first = tree.groups_around(case.group);
        let outer_first = || inner_first.iter().rev();
        Hooks {
            before: outer_first()
                .flat_map(|group| group.before_each.clone())
                .collect(),
            invariants: outer_first()
                .flat_map(|group| group.invariants.clone())
                .collect(),
            after: inner_first
                .iter()
                .flat_map(|group| group.after_each.clone())
                .collect(),
        }
    }
}

/// Does a part of a case, with the whole budget.
fn attempt(lua: &Lua, bench: &Bench, part: impl FnOnce() -> Result<()>) -> Outcome {
    match refuel(lua, bench).and_then(|()| part()) {
        Ok(()) => Outcome::Passed,
        Err(error) => outcome_of(bench, &error),
    }
}

fn outcome_of(bench: &Bench, error: &Error) -> Outcome {
    match error.downcast_ref() {
        Some(Raised::Pending(why)) => return Outcome::Pending(why.clone()),
        Some(raised @ Raised::Unavailable(_)) => return Outcome::Skipped(raised.to_string()),
        Some(Raised::Unmet { .. }) | None => {}
    }
    let mut failure = Failure::of(bench, error);
    if bench.options.keyspace {
        failure.keyspace = bench.engine("the keyspace", keyspace::text).ok();
    }
    Outcome::Failed(Box::new(failure))
}
