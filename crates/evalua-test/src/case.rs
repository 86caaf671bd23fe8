//! How one case runs, and the [`Options`] of a run.

use std::time::{Duration, Instant};

use evalua_vm::{Error, Function, Limits, Lua, Result, Variadic};

use crate::bench::{Bench, Phase};
use crate::failure::{Failure, Raised};
use crate::faults;
use crate::keyspace;
use crate::orders::{self, Schedule};
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
    /// Whether each case is to run once more for every command that its scripts call, with that command failing.
    pub faults: bool,
    /// Whether each case with several clients is to run in every order of their calls, in so many at most.
    pub orders: Option<usize>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            filters: Vec::new(),
            fail_fast: false,
            max_instructions: 100_000_000,
            max_memory: 1 << 30,
            keyspace: false,
            faults: false,
            orders: None,
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

/// Runs a case, and after it what the options ask for besides.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a case takes is real time"
)]
pub fn run(lua: &Lua, bench: &Bench, case: &Case) -> CaseReport {
    let began = Instant::now();
    let mut report = CaseReport {
        path: case.path.clone(),
        place: case.place.clone(),
        outcome: Outcome::Pending(None),
        output: Vec::new(),
        sweep: None,
        orders: None,
        duration: Duration::ZERO,
    };
    if let Some(body) = &case.body {
        report.outcome = run_body(lua, bench, case, body, Schedule::default());
        report.output = bench.output.take();
        let has_clients = bench.schedule.borrow().has_clients();
        if let Some(most) = bench.options.orders
            && has_clients
        {
            report.orders = Some(orders::explore(lua, bench, case, body, most));
        }
        if bench.options.faults && matches!(report.outcome, Outcome::Passed) {
            match faults::sweep(lua, bench, case, body) {
                Ok(sweep) => report.sweep = Some(sweep),
                Err(why) => report.outcome = Outcome::Skipped(why),
            }
        }
        bench.phase.set(Phase::Loading);
    }
    report.duration = began.elapsed();
    report
}

/// Runs the body of a case in a new Redis, and what belongs around it.
pub fn run_body(
    lua: &Lua,
    bench: &Bench,
    case: &Case,
    body: &Function,
    schedule: Schedule,
) -> Outcome {
    if let Err(message) = bench.reset(schedule) {
        return Outcome::Failed(Box::new(Failure::new(message)));
    }
    let hooks = Hooks::of(bench, case);
    let outcome = attempt(lua, bench, || {
        hooks.run_before(bench)?;
        call_body(case, body)?;
        bench.check_invariants()
    });
    let ended = hooks.run_after(lua, bench);
    match outcome {
        _ if bench.schedule.borrow().is_cut() => Outcome::Passed,
        Outcome::Passed => ended,
        outcome => outcome,
    }
}

/// Calls the body of a case.
pub fn call_body(case: &Case, body: &Function) -> Result<()> {
    body.call(Variadic(case.args.clone()))
}

/// What runs beside the body of a case.
pub struct Hooks {
    before: Vec<Function>,
    /// What is to hold after it.
    invariants: Vec<Function>,
    after: Vec<Function>,
}

impl Hooks {
    /// Those of the groups around a case.
    pub fn of(bench: &Bench, case: &Case) -> Hooks {
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

    /// Runs what comes before the body, and says what is to hold from then on.
    pub fn run_before(&self, bench: &Bench) -> Result<()> {
        let invariants = self.invariants.iter().cloned();
        invariants.for_each(|invariant| bench.add_invariant(invariant));
        self.before.iter().try_for_each(|hook| hook.call(()))
    }

    /// Runs what comes after it, all of it; what fails first is told.
    pub fn run_after(&self, lua: &Lua, bench: &Bench) -> Outcome {
        let mut outcome = Outcome::Passed;
        for hook in &self.after {
            let ended = attempt(lua, bench, || hook.call(()));
            if matches!(outcome, Outcome::Passed) {
                outcome = ended;
            }
        }
        outcome
    }
}

/// Does a part of a case, with the whole budget.
pub fn attempt(lua: &Lua, bench: &Bench, part: impl FnOnce() -> Result<()>) -> Outcome {
    let ended = refuel(lua, bench).and_then(|()| part());
    // A client that has used up its budget has not ended its turn.
    bench.schedule.borrow_mut().set_client(None);
    let ended = match bench.take_verdict() {
        None => ended,
        Some(raised) => match ended {
            Err(error) if is_verdict(&error) => Err(error),
            // The spec has caught it.
            _ => Err(raised.into()),
        },
    };
    match ended {
        Ok(()) => Outcome::Passed,
        Err(error) => outcome_of(bench, &error),
    }
}

/// Whether an error decides how the case ends, whatever the spec does with it.
fn is_verdict(error: &Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(Raised::Unavailable(_) | Raised::Lost(_))
    )
}

fn outcome_of(bench: &Bench, error: &Error) -> Outcome {
    match error.downcast_ref() {
        Some(Raised::Pending(why)) => return Outcome::Pending(why.clone()),
        Some(raised @ Raised::Unavailable(_)) => return Outcome::Skipped(raised.to_string()),
        Some(Raised::Cut) => return Outcome::Passed,
        Some(Raised::Unmet { .. } | Raised::Lost(_)) | None => {}
    }
    let mut failure = Failure::of(bench, error);
    if bench.options.keyspace {
        failure.keyspace = bench.keyspace().ok().map(|keys| keyspace::text(&keys));
    }
    Outcome::Failed(Box::new(failure))
}
