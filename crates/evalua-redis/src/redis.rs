//! [`Redis`]: an engine and one session, the face for programs and tests.

use std::sync::Arc;
use std::time::Duration;

use evalua_vm::InterruptHandle;

use crate::clock::Clock;
use crate::contents::{self, Entry};
use crate::core::Core;
use crate::coverage::{Coverage, Recorder};
use crate::error::Error;
use crate::faults::Fault;
use crate::from_reply::FromReply;
use crate::gate::Caller;
use crate::keyspace::Snapshot;
use crate::profile::{self, Profile};
use crate::reply::Reply;
use crate::script::{
    Attached, Busy, BusyScript, Debugger, Finding, FindingSink, Inspector, LogLevel, LogSink,
    Strict,
};
use crate::session::Session;
use crate::trace::{Call, Event};

/// An in-memory Redis.
#[derive(Debug)]
pub struct Redis {
    core: Box<Core>,
    session: Session,
}

impl Redis {
    /// An empty engine like Redis 7.2, on the system's clock, with seed 0.
    pub fn new() -> Redis {
        Redis::builder().build()
    }

    /// Chooses clock, seed and server to be like.
    pub fn builder() -> Builder {
        Builder {
            clock: None,
            seed: 0,
            profile: &profile::REDIS_7_2,
            max_instructions: None,
            max_memory: None,
            log: LogSink::default(),
            strict: None,
            findings: None,
            trace: false,
            coverage: None,
            debugger: Attached::default(),
            interrupt: None,
        }
    }

    /// An engine with that state, and a new session.
    pub(crate) fn holding(core: Box<Core>) -> Redis {
        Redis {
            core,
            session: Session::new(),
        }
    }

    /// The state.
    pub(crate) fn into_core(self) -> Box<Core> {
        self.core
    }

    /// Runs one command in the engine's own session.
    pub fn command<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Reply {
        let args: smallvec::SmallVec<[&[u8]; 8]> = args.iter().map(AsRef::as_ref).collect();
        self.core.execute(&mut self.session, Caller::Client, &args)
    }

    /// Runs one command in the engine's own session, for a value of Rust's.
    ///
    /// ```
    /// use evalua_redis::Redis;
    ///
    /// let mut redis = Redis::new();
    /// let length: usize = redis.query(&["RPUSH", "jobs", "a", "b"])?;
    /// let jobs: Vec<String> = redis.query(&["LRANGE", "jobs", "0", "-1"])?;
    /// let missing: Option<String> = redis.query(&["GET", "nothing"])?;
    /// assert_eq!((length, jobs, missing), (2, vec!["a".to_owned(), "b".to_owned()], None));
    /// # Ok::<(), evalua_redis::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the reply is an error, or no `T`.
    pub fn query<T: FromReply>(&mut self, args: &[impl AsRef<[u8]>]) -> Result<T, Error> {
        T::from_reply(self.command(args))
    }

    /// Runs one command in a session of the caller's.
    pub fn execute(&mut self, session: &mut Session, args: &[&[u8]]) -> Reply {
        self.core.execute(session, Caller::Client, args)
    }

    /// The engine's own session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The engine's own session, to be changed.
    pub fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The state of the engine.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// The state of the engine, to be changed.
    pub fn core_mut(&mut self) -> &mut Box<Core> {
        &mut self.core
    }

    /// Stops scripts from other threads: the one that runs, or else the next, ends with an error that
    /// it cannot catch.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.core.scripts.settings.interrupt.clone()
    }

    /// What is to be called now and then while a script runs longer than `busy-reply-threshold`: it can
    /// answer other clients, and they can end the script.
    pub fn while_busy(&mut self, hook: impl Fn(&BusyScript<'_>) + Send + Sync + 'static) {
        self.core.scripts.settings.busy = Busy::new(hook);
    }

    /// Moves the clock forward, and removes the keys that become due.
    pub fn advance(&mut self, by: Duration) {
        self.core.advance(by);
    }

    /// Sets the clock, and removes the keys that are due then.
    pub fn set_clock_unix_ms(&mut self, unix_ms: i64) {
        self.core.set_clock_unix_ms(unix_ms);
    }

    /// Lets a clock that stands follow time again, and lets what is due then happen.
    pub fn let_clock_run(&mut self) {
        self.core.let_clock_run();
    }

    /// Begins all random numbers anew, as an engine with that seed does.
    pub fn set_seed(&mut self, seed: u64) {
        self.core.set_seed(seed);
    }

    /// Lets commands fail that are to come, called by a program or by a script, after those that were to
    /// fail before.
    pub fn fail_next(&mut self, fault: Fault) {
        self.core.fail_next(fault);
    }

    /// Lets no command fail any more; tells how many were still to.
    pub fn clear_faults(&mut self) -> u64 {
        self.core.clear_faults()
    }

    /// All live keys of a database, for display and comparison; `None` when there is no such
    /// database.
    pub fn snapshot(&mut self, db: usize) -> Option<Snapshot> {
        self.core.snapshot(db)
    }

    /// What the keys of all databases hold, sorted, as plain data: for assertions and, with the feature `serde`, for
    /// snapshots.
    pub fn contents(&mut self) -> Vec<Entry> {
        contents::read(self)
    }

    /// The commands since tracing was turned on or they were last taken, in the order in which they ended: those
    /// that a script calls, and then the EVAL that ran it.
    ///
    /// ```
    /// use evalua_redis::{Redis, Script};
    ///
    /// let mut redis = Redis::builder().clock_unix_ms(1_000).trace().build();
    /// let script = Script::new("redis.call('SET', KEYS[1], ARGV[1])\nredis.call('EXPIRE', KEYS[1], 60)");
    /// script.key("session").arg("v").invoke::<()>(&mut redis)?;
    /// let calls = redis.take_trace();
    /// let expire = &calls[1];
    /// assert_eq!(expire.args[0].as_slice(), b"EXPIRE");
    /// assert_eq!((expire.line, expire.writes), (Some(2), true));
    /// assert!(expire.keys[0].is_declared);
    /// assert_eq!(expire.expiries[0].after_ms, Some(61_000));
    /// assert!(!calls[2].from_script, "the EVAL itself");
    /// # Ok::<(), evalua_redis::Error>(())
    /// ```
    pub fn take_trace(&mut self) -> Vec<Call> {
        self.core.take_trace()
    }

    /// What has been covered of scripts and libraries since it was last taken; nothing unless the engine was built
    /// with [`Builder::coverage`].
    ///
    /// ```
    /// use evalua_redis::{Redis, Script};
    ///
    /// let mut redis = Redis::builder().coverage(true).build();
    /// let script = Script::new("if ARGV[1] == 'x' then\n  return 1\nend\nreturn 2");
    /// let _: i64 = script.arg("y").invoke(&mut redis)?;
    /// let coverage = redis.take_coverage();
    /// let report = &coverage.sources[0].report;
    /// let runs: Vec<_> = report.statements.iter().map(|s| (s.place.line, s.runs)).collect();
    /// assert_eq!(runs, [(1, 1), (2, 0), (4, 1)]);
    /// assert_eq!(report.branches[0].taken, [0, 1], "the condition was false once");
    /// # Ok::<(), evalua_redis::Error>(())
    /// ```
    pub fn take_coverage(&mut self) -> Coverage {
        let recorder = &self.core.scripts.settings.coverage;
        recorder.as_ref().map(Recorder::take).unwrap_or_default()
    }

    /// The events since they were turned on or last taken.
    pub fn take_events(&mut self) -> Vec<Event> {
        self.core.take_events()
    }

    /// What strict mode has found since it was last taken, run by run: what is found once more in the same
    /// run, on the same line with the same command, is counted.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        self.core.take_findings()
    }
}

impl Default for Redis {
    fn default() -> Redis {
        Redis::new()
    }
}

/// What an engine is to be like.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    clock: Option<Clock>,
    seed: u64,
    profile: &'static Profile,
    max_instructions: Option<u64>,
    max_memory: Option<usize>,
    log: LogSink,
    strict: Option<Strict>,
    findings: Option<FindingSink>,
    trace: bool,
    coverage: Option<Recorder>,
    debugger: Attached,
    interrupt: Option<InterruptHandle>,
}

impl Builder {
    /// A virtual clock that stands at this instant until it is moved.
    pub fn clock_unix_ms(mut self, unix_ms: i64) -> Builder {
        self.clock = Some(Clock::fixed(unix_ms));
        self
    }

    /// A clock of the caller's choice.
    pub fn clock(mut self, clock: Clock) -> Builder {
        self.clock = Some(clock);
        self
    }

    /// The seed of every random reply.
    pub fn seed(mut self, seed: u64) -> Builder {
        self.seed = seed;
        self
    }

    /// The server to be like.
    pub fn profile(mut self, profile: &'static Profile) -> Builder {
        self.profile = profile;
        self
    }

    /// How many calls and turns of loops a script may make; without this, any number. A script that
    /// makes more ends with an error that it cannot catch.
    pub fn max_instructions(mut self, instructions: u64) -> Builder {
        self.max_instructions = Some(instructions);
        self
    }

    /// How many bytes scripts may use for their values and code, all of them together, and at most
    /// for one reply; without this, any number. A script that needs more ends with an error.
    pub fn max_memory(mut self, bytes: usize) -> Builder {
        self.max_memory = Some(bytes);
        self
    }

    /// Where the lines go that scripts write with `redis.log`; without this, nowhere.
    pub fn log(mut self, sink: impl Fn(LogLevel, &[u8]) + Send + Sync + 'static) -> Builder {
        self.log = LogSink::new(sink);
        self
    }

    /// Looks in scripts for what will not work, or not as meant, where they are to run; without this,
    /// they are not looked at. No reply changes: see [`Redis::take_findings`].
    ///
    /// ```
    /// use evalua_redis::{Redis, Script, Strict};
    ///
    /// let mut redis = Redis::builder().strict(Strict::Primary).build();
    /// let script = Script::new("return redis.call('GET', 'user:' .. ARGV[1])");
    /// let _: Option<String> = script.arg(1).invoke(&mut redis)?;
    /// let findings = redis.take_findings();
    /// assert_eq!(findings[0].line, Some(1));
    /// assert_eq!(
    ///     findings[0].to_string(),
    ///     "GET uses the key \"user:1\", which is not declared: pass it in KEYS"
    /// );
    /// # Ok::<(), evalua_redis::Error>(())
    /// ```
    pub fn strict(mut self, strict: Strict) -> Builder {
        self.strict = Some(strict);
        self
    }

    /// Where findings go at the end of each run, in place of being kept until they are taken.
    pub fn findings(mut self, sink: impl Fn(&Finding) + Send + Sync + 'static) -> Builder {
        self.findings = Some(FindingSink::new(sink));
        self
    }

    /// Records every command from the first on: see [`Redis::take_trace`].
    pub fn trace(mut self) -> Builder {
        self.trace = true;
        self
    }

    /// Counts which statements of scripts and libraries run: see [`Redis::take_coverage`]. Scripts do the same, more
    /// slowly; without this they are not slower.
    pub fn coverage(mut self, on: bool) -> Builder {
        self.coverage = on.then(Recorder::default);
        self
    }

    /// As [`Builder::coverage`], with the counts kept where those of other engines are: of each that is built from a clone
    /// of this, and on other threads.
    pub fn coverage_in(mut self, recorder: &Recorder) -> Builder {
        self.coverage = Some(recorder.clone());
        self
    }

    /// Tells a debugger of what scripts do, which do the same, more slowly; without this they are not slower. It takes
    /// the place of [`Builder::coverage`].
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use evalua_redis::Redis;
    /// use evalua_redis::script::{Chunk, Debugger, Moment, Paused, Verdict};
    ///
    /// #[derive(Default)]
    /// struct Lines(Mutex<Vec<u32>>);
    ///
    /// impl Debugger for Lines {
    ///     fn loaded(&self, _: Chunk<'_>) {}
    ///
    ///     fn reached(&self, moment: Moment<'_>, paused: &mut Paused<'_, '_>) -> Verdict {
    ///         if let Moment::Line = moment {
    ///             let (_, line) = paused.machine().place();
    ///             self.0.lock().unwrap().push(line);
    ///         }
    ///         Verdict::GoOn
    ///     }
    /// }
    ///
    /// let lines = Arc::new(Lines::default());
    /// let mut redis = Redis::builder().debugger(lines.clone()).build();
    /// redis.command(&["EVAL", "local n = 1\nif n > 1 then\n  n = 2\nend\nreturn n", "0"]);
    /// assert_eq!(*lines.0.lock().unwrap(), [1, 2, 5]);
    /// ```
    pub fn debugger(mut self, debugger: Arc<dyn Debugger>) -> Builder {
        self.debugger = Attached::new(debugger);
        self
    }

    /// Lets this handle stop scripts, as [`Redis::interrupt_handle`] does: one that is there before the engine is. Engines
    /// that are built from clones of this share it; without it each has its own.
    pub fn interrupt_handle(mut self, handle: InterruptHandle) -> Builder {
        self.interrupt = Some(handle);
        self
    }

    /// The engine.
    pub fn build(self) -> Redis {
        let clock = self.clock.unwrap_or_else(Clock::system);
        let mut core = Core::new(self.profile, clock, self.seed);
        let settings = &mut core.scripts.settings;
        settings.max_instructions = self.max_instructions;
        settings.max_memory = self.max_memory;
        settings.interrupt = self.interrupt.unwrap_or_default();
        settings.log = self.log;
        settings.coverage = self.coverage;
        settings.debugger = self.debugger;
        let findings = self.findings;
        if let Some(strict) = self.strict {
            let inspector = Inspector::new(strict, findings);
            core.change_onlookers(|onlookers| onlookers.inspector = Some(inspector));
        }
        if self.trace {
            core.set_tracing(true);
        }
        Redis {
            core,
            session: Session::new(),
        }
    }
}
