//! [`Busy`]: what clients can know of a script that runs too long, and do to it.
//!
//! Owns the running script's facts while somebody could ask for them, and the answers to commands
//! that arrive meanwhile. The engine's state is inside the Lua state then, so nothing here reaches it.
//! Who brings the commands is the host's business: its hook is called again and again once a
//! script has run for the time that `busy-reply-threshold` says.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evalua_vm::Watcher;

use super::machine::{Job, Name};
use crate::acl::{Acl, Users};
use crate::args::Args;
use crate::clock::Clock;
use crate::commands::shutdown;
use crate::core::Core;
use crate::errors::{self, CommandError};
use crate::gate::{self, Caller};
use crate::profile::Profile;
use crate::reply::Reply;
use crate::session::Session;
use crate::table::{self, flag};

/// From one call of the hook to the next, in milliseconds.
const LOOK_INTERVAL_MS: i64 = 1;

type Hook = dyn Fn(&BusyScript<'_>) + Send + Sync;

/// The running script, as far as others may meddle with it; nothing where no hook is set.
#[derive(Clone, Default)]
pub(crate) struct Busy(Option<Arc<Shared>>);

struct Shared {
    hook: Box<Hook>,
    run: Mutex<Option<Run>>,
    /// Whether the running script has called a command that writes. Beside the lock, as scripts note it with
    /// each such command; all is on one thread, or the lock is taken in between.
    has_written: AtomicBool,
}

/// A script while it runs.
struct Run {
    /// The function that runs, if it is one.
    function: Option<Running>,
    /// How many libraries and functions there are.
    counts: (usize, usize),
    profile: &'static Profile,
    /// Who may come in meanwhile.
    users: Users,
    clock: Clock,
    started_ms: i64,
    /// When the hook is to be called, in milliseconds from the start.
    look_at_ms: i64,
    is_killed: bool,
}

/// A function while it runs.
struct Running {
    name: Vec<u8>,
    /// The words of the command that called it.
    words: Vec<Vec<u8>>,
}

impl Busy {
    /// Calls `hook` while a script is busy.
    pub fn new(hook: impl Fn(&BusyScript<'_>) + Send + Sync + 'static) -> Busy {
        Busy(Some(Arc::new(Shared {
            hook: Box::new(hook),
            run: Mutex::default(),
            has_written: AtomicBool::new(false),
        })))
    }

    /// Whether the hook is the very same, or there is none in either.
    #[inline]
    pub fn is_same(&self, other: &Busy) -> bool {
        match (&self.0, &other.0) {
            (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs),
            (None, None) => true,
            _ => false,
        }
    }

    /// What is to look after the Lua states.
    pub fn watcher(&self) -> Option<Watcher> {
        let shared = Arc::clone(self.0.as_ref()?);
        Some(Arc::new(move || shared.look()))
    }

    /// Notes that a script begins for a caller.
    #[inline]
    pub(super) fn begin(&self, core: &Core, caller: Caller, job: &Job<'_>) {
        if let Some(shared) = &self.0 {
            shared.begin(core, caller, job);
        }
    }

    /// Notes that the script calls a command that writes: it cannot be killed any more.
    #[inline]
    pub fn note_write(&self) {
        if let Some(shared) = &self.0 {
            shared.has_written.store(true, Ordering::Relaxed);
        }
    }

    /// Notes that the script has ended; tells whether it was killed.
    #[inline]
    pub fn end(&self) -> bool {
        let shared = self.0.as_ref();
        let run = shared.and_then(|shared| shared.run().take());
        run.is_some_and(|run| run.is_killed)
    }
}

impl Shared {
    #[inline(never)]
    fn begin(&self, core: &Core, caller: Caller, job: &Job<'_>) {
        // How long a script works is real time, whatever the engine's clock says.
        let mut clock = match core.clock.is_virtual() {
            true => Clock::system(),
            false => core.clock.clone(),
        };
        // For a client it was read a moment ago.
        if caller != Caller::Client {
            clock.tick();
        }
        *self.run() = Some(Run {
            function: match job.name {
                Name::Script(_) => None,
                Name::Function(name) => Some(Running {
                    name: name.to_vec(),
                    words: job.words.iter().map(|word| word.to_vec()).collect(),
                }),
            },
            counts: job.counts,
            profile: core.profile,
            users: core.acl.share(),
            started_ms: clock.now_ms(),
            clock,
            look_at_ms: core.config.busy_reply_threshold_ms,
            is_killed: false,
        });
        self.has_written.store(false, Ordering::Relaxed);
    }

    fn run(&self) -> MutexGuard<'_, Option<Run>> {
        // A hook that panicked has left nothing half done.
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the hook work if the script runs too long; tells whether the script is to end.
    fn look(&self) -> bool {
        let is_late = match &mut *self.run() {
            Some(run) => {
                let elapsed_ms = run.elapsed_ms();
                let is_late = !run.is_killed && elapsed_ms >= run.look_at_ms;
                if is_late {
                    run.look_at_ms = elapsed_ms + LOOK_INTERVAL_MS;
                }
                is_late
            }
            None => return false,
        };
        if is_late {
            (self.hook)(&BusyScript(self));
        }
        self.run().as_ref().is_some_and(|run| run.is_killed)
    }
}

impl Run {
    fn elapsed_ms(&mut self) -> i64 {
        self.clock.tick();
        self.clock.now_ms() - self.started_ms
    }

    /// What commands are told that have to wait for its end.
    fn refusal(&self) -> CommandError {
        match self.function {
            Some(_) => errors::BUSY_FUNCTION,
            None => errors::BUSY_SCRIPT,
        }
    }

    fn kill(&mut self, function: bool, has_written: bool) -> Result<Reply, CommandError> {
        if has_written {
            return Err(errors::UNKILLABLE);
        }
        if function != self.function.is_some() {
            return Err(self.refusal());
        }
        self.is_killed = true;
        Ok(Reply::OK)
    }

    fn stats(&mut self) -> Result<Reply, CommandError> {
        let duration_ms = self.elapsed_ms();
        let Some(Running { name, words }) = &self.function else {
            return Err(self.refusal());
        };
        let script = Reply::facts([
            ("name", Reply::bulk(name)),
            ("command", Reply::bulks(words)),
            ("duration_ms", Reply::Integer(duration_ms)),
        ]);
        Ok(stats(script, self.counts))
    }
}

/// What FUNCTION STATS says of the running script, and of libraries and functions.
pub(crate) fn stats(script: Reply, (libraries, functions): (usize, usize)) -> Reply {
    let counts = Reply::facts([
        ("libraries_count", Reply::count(libraries)),
        ("functions_count", Reply::count(functions)),
    ]);
    let engines = Reply::facts([("LUA", counts)]);
    Reply::facts([("running_script", script), ("engines", engines)])
}

/// A script that has run longer than `busy-reply-threshold`, seen by the host while it runs.
pub struct BusyScript<'a>(&'a Shared);

impl BusyScript<'_> {
    /// Answers a command that a client sends while the script runs: those that end it or ask for it, and
    /// the few that concern only the connection. All others are refused, as by a server.
    pub fn answer(&self, session: &mut Session, args: &[&[u8]]) -> Reply {
        let mut guard = self.0.run();
        let Some(run) = &mut *guard else {
            return Reply::Error(errors::NOT_BUSY);
        };
        let command = match table::resolve(args) {
            Ok(command) => command,
            Err(error) => return gate::refuse(session, None, error),
        };
        if !command.accepts(args.len()) {
            let error = errors::wrong_arity(command.name);
            return gate::refuse(session, Some(command), error);
        }
        let has_written = self.0.has_written.load(Ordering::Relaxed);
        let outcome = match command.name {
            "script|kill" => run.kill(false, has_written),
            "function|kill" => run.kill(true, has_written),
            "function|stats" => run.stats(),
            // They would need the keyspace, which is away.
            "shutdown" => match shutdown::read(Args::new(args)) {
                Ok(true) => {
                    run.is_killed = true;
                    session.end_server();
                    Ok(Reply::OK)
                }
                Ok(false) => Err(run.refusal()),
                Err(error) => Err(error),
            },
            "watch" | "unwatch" => Err(run.refusal()),
            "reset" if session.is_subscribed => Err(run.refusal()),
            _ if command.has(flag::ALLOW_BUSY) => {
                let mut core = Core::new(run.profile, run.clock.clone(), 0);
                core.acl = Acl::of(Arc::clone(&run.users));
                return core.call(session, Caller::Client, command, args);
            }
            _ => Err(run.refusal()),
        };
        outcome.unwrap_or_else(|error| gate::refuse(session, Some(command), error))
    }
}

impl fmt::Debug for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Busy").field(&self.0.is_some()).finish()
    }
}

impl fmt::Debug for BusyScript<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BusyScript")
    }
}
