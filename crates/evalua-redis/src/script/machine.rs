//! [`Machine`]: a Lua state with the sandbox in it, which runs what is in it for a caller.
//!
//! Owns the way in and out: limits, the engine's state moved inside for the length of the run,
//! errors as replies. What there is to be run is kept by [`engine`](super::engine) and
//! [`functions`](super::functions).

use evalua_vm::Limits;
use evalua_vm::stack::{Call, Failure, FunctionKey, State, Throw};

use super::busy::Busy;
use super::engine::Settings;
use super::host::Host;
use super::sandbox::{self, Flavour, Sandbox};
use super::sha::Sha;
use super::shebang::Declaration;
use super::{convert, debug, failure, host};
use crate::gate::Ctx;
use crate::onlookers::Onlookers;
use crate::profile::Profile;
use crate::session::Resp;
use crate::table::Outcome;

/// The state of `math.random` in a server that has just started.
const FRESH_RANDOM: i32 = 0x1234_abcd;

/// A Lua state with the sandbox in it.
pub(super) struct Machine {
    pub lua: State,
    pub sandbox: Sandbox,
    /// The surroundings of the next run.
    host: Option<Box<Host>>,
    /// Who is called while a script is busy.
    watched_by: Busy,
}

/// What is to be run, and how.
pub(super) struct Job<'a> {
    pub function: &'a FunctionKey,
    /// What error replies call it.
    pub name: Name<'a>,
    /// The words of the command that calls a function.
    pub words: &'a [&'a [u8]],
    /// The keys that it is given.
    pub keys: &'a [&'a [u8]],
    /// What it says of itself.
    pub declaration: Declaration,
    /// How many libraries and functions there are.
    pub counts: (usize, usize),
    /// Whether it may not write.
    pub read_only: bool,
}

/// What error replies call what was run.
#[derive(Clone, Copy)]
pub(super) enum Name<'a> {
    /// A script goes by its digest.
    Script(Sha),
    /// A function by its name.
    Function(&'a [u8]),
}

impl Name<'_> {
    pub fn text(self) -> Vec<u8> {
        match self {
            Name::Script(sha) => sha.hex().to_vec(),
            Name::Function(name) => name.to_vec(),
        }
    }
}

/// Where the handler of errors lies on the stack of the call that runs a job.
const HANDLER: usize = 1;

impl Machine {
    /// A new state.
    pub fn new(settings: &Settings, profile: &Profile, flavour: Flavour) -> Result<Machine, Throw> {
        let mut lua = State::with_redis_order()?;
        lua.set_limits(Limits {
            memory: settings.max_memory,
            ..Limits::default()
        });
        let sandbox = lua.enter(|call| sandbox::open(call, profile, flavour))?;
        // What is stopped is a script, and not what has to be there before it.
        lua.use_interrupt_handle(&settings.interrupt);
        let mut machine = Machine {
            lua,
            sandbox,
            host: Some(Box::default()),
            watched_by: Busy::default(),
        };
        machine.set_seed(settings.seed);
        debug::attach(&mut machine, settings)?;
        Ok(machine)
    }

    /// Begins the sequence of `math.random` anew.
    pub fn set_seed(&mut self, seed: u64) {
        self.lua.use_rand48(match seed {
            0 => FRESH_RANDOM,
            seed => seed as i32,
        });
    }

    /// Runs a job: `prepare` readies the globals, and `push_args` pushes what the function gets.
    pub fn run(
        &mut self,
        ctx: &mut Ctx<'_>,
        job: &Job<'_>,
        prepare: impl FnOnce(&mut Call<'_>, &Sandbox) -> Result<(), Throw>,
        push_args: impl FnOnce(&mut Call<'_>) -> Result<usize, Throw>,
    ) -> Outcome {
        let settings = &ctx.core.scripts.settings;
        let limits = (settings.max_instructions, settings.max_memory);
        self.lua.set_fuel(limits.0);
        let busy = settings.busy.clone();
        if !self.watched_by.is_same(&busy) {
            self.watched_by = busy.clone();
            self.lua.set_watcher(busy.watcher());
        }
        busy.begin(ctx.core, ctx.caller, job);
        let is_looked_on = ctx.core.onlookers.is_some();
        if let Some(onlookers) = &mut ctx.core.onlookers {
            begin(onlookers, job);
        }
        let outcome = self.inside(ctx, job.read_only, |call, sandbox| {
            let ready = prepare(call, sandbox).and_then(|()| {
                call.truncate(0);
                call.push_kept(&sandbox.handler)?;
                call.push_kept(job.function)?;
                push_args(call)
            });
            let count = ready.map_err(|why| failure::not_begun(call, &job.name.text(), why))?;
            let outcome = call.protected_call_top(count, Some(HANDLER));
            let is_killed = busy.end();
            match outcome {
                Ok(()) => convert::result(call, HANDLER + 1, limits.1, is_looked_on),
                Err(Failure::Error) => {
                    if failure::is_counted(call.view(call.height())) {
                        host::with(call, |_, host| host.core.note_known_error());
                    }
                    Err(failure::describe(call, &job.name.text()))
                }
                Err(Failure::Budget) => {
                    Err(failure::out_of_budget(call, &job.name.text(), limits.0))
                }
                Err(Failure::Interrupt) if is_killed => {
                    Err(failure::killed(call, &job.name.text()))
                }
                // No library here can end the program.
                Err(Failure::Interrupt | Failure::Exit(_)) => {
                    Err(failure::interrupted(call, &job.name.text()))
                }
            }
        });
        if let Some(onlookers) = &mut ctx.core.onlookers {
            end(onlookers);
        }
        outcome
    }

    /// Works in the state with the engine's own state moved inside, where the functions of the
    /// sandbox find it.
    pub fn inside<R>(
        &mut self,
        ctx: &mut Ctx<'_>,
        read_only: bool,
        work: impl FnOnce(&mut Call<'_>, &Sandbox) -> R,
    ) -> R {
        let mut host = self.host.take().unwrap_or_default();
        host.session.db = ctx.session.db;
        host.session.resp = Resp::V2;
        host.read_only = read_only;
        host.loading = None;
        std::mem::swap(&mut host.core, ctx.core);
        self.lua.set_host(Some(host));
        let sandbox = &self.sandbox;
        let result = self.lua.enter(|call| work(call, sandbox));
        if let Some(host) = self.lua.set_host(None)
            && let Ok(mut host) = host.downcast::<Host>()
        {
            std::mem::swap(&mut host.core, ctx.core);
            self.host = Some(host);
        }
        result
    }
}

/// Tells those who look on that a job begins.
#[cold]
fn begin(onlookers: &mut Onlookers, job: &Job<'_>) {
    if let Some(inspector) = &mut onlookers.inspector {
        inspector.begin(job);
    }
    if let Some(trace) = &mut onlookers.trace {
        trace.begin(&job.name.text(), job.keys);
    }
}

/// Tells those who look on that the job has ended.
#[cold]
fn end(onlookers: &mut Onlookers) {
    if let Some(inspector) = &mut onlookers.inspector {
        inspector.end();
    }
    if let Some(trace) = &mut onlookers.trace {
        trace.end();
    }
}

/// Pushes a table of words.
pub(super) fn push_words(call: &mut Call<'_>, words: &[&[u8]]) -> Result<(), Throw> {
    let height = call.height();
    let (_, mut table) = call.split();
    table.begin_list(convert::array_size(words.len()))?;
    words.iter().try_for_each(|word| table.add_bytes(word))?;
    table.push_at(height)
}
