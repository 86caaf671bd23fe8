//! Specs run: one, or many at once.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Instant;

use evalua_redis::libraries;
use evalua_vm::stack::{State, Throw};
use evalua_vm::{Error, Function, Lua, Result};

use crate::bench::Bench;
use crate::case::{self, Options};
use crate::failure::{Failure, Place};
use crate::globals;
use crate::report::{CaseReport, SpecReport};
use crate::sources::Sources;
use crate::spec::{Case, Spec};
use crate::target::Target;

/// Makes a Redis for specs, on the thread that they run on.
pub type MakeTarget<'a> = dyn Fn() -> Box<dyn Target> + Sync + 'a;

/// Is told how a run goes, on the threads that do the work.
pub trait Observer: Sync {
    /// A spec is loaded, with so many cases that are to run.
    fn loaded(&self, cases: usize);

    /// A case has ended.
    fn ended(&self, case: &CaseReport);
}

/// Nobody.
impl Observer for () {
    fn loaded(&self, _cases: usize) {}

    fn ended(&self, _case: &CaseReport) {}
}

/// Runs a spec.
pub fn run(
    spec: &Spec,
    target: &MakeTarget<'_>,
    sources: Arc<dyn Sources>,
    options: &Options,
) -> SpecReport {
    run_observed(spec, target, sources, options, &(), &AtomicBool::new(false))
}

/// Runs specs, on so many threads. `report` gets what became of each, in the order of the specs. Where the first
/// failure ends the run, those that have not begun are left out.
pub fn run_all(
    specs: &[Spec],
    target: &MakeTarget<'_>,
    sources: Arc<dyn Sources>,
    options: &Options,
    jobs: usize,
    observer: &dyn Observer,
    mut report: impl FnMut(SpecReport),
) {
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, specs.len().max(1)) {
            let (sender, sources) = (sender.clone(), sources.clone());
            let (next, is_over) = (&next, &is_over);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(spec) = specs.get(index) else {
                        break;
                    };
                    let done =
                        run_observed(spec, target, sources.clone(), options, observer, is_over);
                    // Nobody waits for more once the receiver has gone.
                    if sender.send((index, done)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let (mut waiting, mut wanted) = (BTreeMap::new(), 0);
        for (index, done) in receiver {
            waiting.insert(index, done);
            while let Some(done) = waiting.remove(&wanted) {
                report(done);
                wanted += 1;
            }
        }
    });
}

/// The names of the cases of a spec that are to run, with the places where they stand.
///
/// # Errors
/// When it cannot be loaded.
pub fn list(
    spec: &Spec,
    target: &MakeTarget<'_>,
    sources: Arc<dyn Sources>,
    options: &Options,
) -> std::result::Result<Vec<(String, Option<Place>)>, Box<Failure>> {
    let (_lua, bench) = load(spec, target, sources, options)?;
    let cases = chosen(&bench).into_iter();
    Ok(cases.map(|case| (case.name(), case.place)).collect())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a spec takes is real time"
)]
fn run_observed(
    spec: &Spec,
    target: &MakeTarget<'_>,
    sources: Arc<dyn Sources>,
    options: &Options,
    observer: &dyn Observer,
    is_over: &AtomicBool,
) -> SpecReport {
    let began = Instant::now();
    let mut report = SpecReport {
        name: spec.name.clone(),
        load_failure: None,
        cases: Vec::new(),
        duration: began.elapsed(),
    };
    let note_failure = || is_over.fetch_or(options.fail_fast, Ordering::Relaxed);
    match load(spec, target, sources, options) {
        Err(failure) => {
            report.load_failure = Some(*failure);
            note_failure();
        }
        Ok((lua, bench)) => {
            let cases = chosen(&bench);
            observer.loaded(cases.len());
            for case in cases {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                let done = case::run(&lua, &bench, &case);
                if done.has_failed() {
                    note_failure();
                }
                observer.ended(&done);
                report.cases.push(done);
            }
        }
    }
    report.duration = began.elapsed();
    report
}

/// Loads a spec: its groups say which cases there are.
/// Loads a spec into a Lua state of its own.
fn load(
    spec: &Spec,
    target: &MakeTarget<'_>,
    sources: Arc<dyn Sources>,
    options: &Options,
) -> std::result::Result<(Lua, Rc<Bench>), Box<Failure>> {
    let without_bench = |error: Error| Box::new(Failure::new(error.message()));
    let no_memory = |_| Box::new(Failure::new("not enough memory"));
    let lua = Lua::from_state(state().map_err(no_memory)?).map_err(without_bench)?;
    let raise: Function = lua.globals().get("error").map_err(without_bench)?;
    let bench = Rc::new(Bench::new(spec, target(), sources, options, raise));
    let loaded = || -> Result<()> {
        globals::install(&lua, &bench)?;
        lua.set_output(bench.output.clone())?;
        case::refuel(&lua, &bench)?;
        lua.load(&spec.source[..])
            .set_name(format!("@{}", spec.name))
            .exec()
    };
    match loaded() {
        Ok(()) => Ok((lua, bench)),
        Err(error) => Err(Box::new(Failure::of(&bench, &error))),
    }
}

/// A Lua state with the libraries that scripts have: they make the arguments and read the replies.
fn state() -> std::result::Result<State, Throw> {
    let mut state = State::new()?;
    state.enter(|call| {
        call.push_globals()?;
        let globals = call.height();
        for name in libraries::names() {
            libraries::push(call, name.as_bytes())?;
            call.set_field_of(globals, name.as_bytes())?;
        }
        Ok(())
    })?;
    Ok(state)
}

/// The cases that are to run.
fn chosen(bench: &Bench) -> Vec<Case> {
    let tree = bench.tree.borrow();
    let cases = tree.cases.iter();
    let chosen = cases.filter(|case| bench.options.chooses(&case.name()));
    chosen.cloned().collect()
}
