//! [`Bench`]: what the functions of a spec share while it is loaded and while its cases run.
//!
//! Owns the Redis under test, the files that the spec has named, and what is known of errors of scripts. It must
//! not know what those functions look like.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evalua_redis::trace::Call;
use evalua_redis::{Redis, Reply, text};
use evalua_vm::{Bytes, Error, Function, Result};

use crate::case::Options;
use crate::failure::{Failure, Place, Raised};
use crate::faults::{Watch, runs_scripts};
use crate::keyspace::Entry;
use crate::orders::Schedule;
use crate::place;
use crate::sources::{Source, Sources};
use crate::spec::{Spec, Tree};
use crate::target::{Target, unix_ms};

/// What a spec needs that traces.
const TRACE: &str = "trace";

/// What a spec's functions share.
pub struct Bench {
    pub options: Options,
    /// The name of the spec.
    pub spec: String,
    pub tree: RefCell<Tree>,
    pub phase: Cell<Phase>,
    pub output: Output,
    /// What is watched of a case, in a sweep of faults.
    pub watch: RefCell<Option<Watch>>,
    /// Which of several clients goes next.
    pub schedule: RefCell<Schedule>,
    /// How many native functions are calling functions of the spec.
    depth: Cell<usize>,
    /// What is to hold in the case that runs.
    invariants: RefCell<Vec<Function>>,
    sources: Arc<dyn Sources>,
    target: RefCell<Box<dyn Target>>,
    /// The spec and the files of Lua that it has asked for, by name.
    files: RefCell<BTreeMap<String, Rc<[u8]>>>,
    /// The libraries that the spec has named outside of cases, in every new Redis.
    libraries: RefCell<Vec<Rc<Source>>>,
    /// The commands of the traces that the spec is making, and how many of those there are: they may nest.
    traced: RefCell<Vec<Call>>,
    traces: Cell<usize>,
    /// The script whose call last ended with an error, and the text of that.
    last_error: RefCell<Option<(String, Rc<Source>)>>,
    /// What has decided how the case ends, even if the spec catches the error: the case needs what there is not.
    verdict: RefCell<Option<Raised>>,
    /// Lua's `error`.
    raise: Function,
}

/// What a spec is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It says which cases it has.
    Loading,
    /// One of them runs.
    Running,
}

impl Bench {
    /// The bench of a spec; `raise` is Lua's `error`.
    pub fn new(
        spec: &Spec,
        target: Box<dyn Target>,
        sources: Arc<dyn Sources>,
        options: &Options,
        raise: Function,
    ) -> Bench {
        let source = Rc::from(&spec.source[..]);
        Bench {
            options: options.clone(),
            spec: spec.name.clone(),
            tree: RefCell::default(),
            phase: Cell::new(Phase::Loading),
            output: Output::default(),
            watch: RefCell::default(),
            schedule: RefCell::default(),
            depth: Cell::default(),
            invariants: RefCell::default(),
            sources,
            target: RefCell::new(target),
            files: RefCell::new(BTreeMap::from([(spec.name.clone(), source)])),
            libraries: RefCell::default(),
            traced: RefCell::default(),
            traces: Cell::default(),
            last_error: RefCell::default(),
            verdict: RefCell::default(),
            raise,
        }
    }

    /// A file of Redis's that the spec names.
    pub fn read(&self, path: &str) -> Result<Rc<Source>> {
        let read = self.sources.read(&self.spec, path);
        read.map(Rc::new).map_err(Error::runtime)
    }

    /// A file of Lua that the spec names, which tracebacks will name.
    pub fn read_lua(&self, path: &str) -> Result<Rc<Source>> {
        let source = self.read(path)?;
        let mut files = self.files.borrow_mut();
        files.insert(source.name.clone(), Rc::from(&source.text[..]));
        Ok(source)
    }

    /// Compiles a script in the Redis that no case sees, so that coverage knows one that never runs. What is wrong with it,
    /// calls of it tell.
    pub fn compile(&self, script: &Source) {
        if self.phase.get() == Phase::Loading
            && let Some(redis) = self.target.borrow_mut().engine()
        {
            let command: [&[u8]; 3] = [b"SCRIPT", b"LOAD", &script.text];
            redis.command(&command);
        }
    }

    /// The spec or a file of its, with its text, by the name that tracebacks have for it: they cut the beginning of
    /// a long one.
    pub fn file_shown_as(&self, shown: &str) -> Option<(String, Rc<[u8]>)> {
        let files = self.files.borrow();
        let is_meant = |name: &str| match shown.strip_prefix("...") {
            Some(end) => name.ends_with(end),
            None => name == shown,
        };
        let found = files.iter().find(|(name, _)| is_meant(name));
        found.map(|(name, text)| (name.clone(), text.clone()))
    }

    /// Fails while the spec is loaded: there is no Redis yet.
    pub fn expect_running(&self, what: &str) -> Result<()> {
        match self.phase.get() {
            Phase::Running => Ok(()),
            Phase::Loading => Err(Error::runtime(format_args!(
                "{what} belongs inside of it, before_each or after_each: every case has a Redis of its own"
            ))),
        }
    }

    /// Runs a command on the Redis under test.
    pub fn command(&self, args: &[&[u8]]) -> Result<Reply> {
        self.expect_running("a command")?;
        let reply = match runs_scripts(args) {
            true => self.watched_command(None, args),
            false => self.plain_command(args),
        }?;
        self.note_turn(&text::typed(args), &reply);
        Ok(reply)
    }

    /// Runs a command that calls a script.
    pub fn call_script(&self, script: &Rc<Source>, args: &[&[u8]]) -> Result<Reply> {
        self.expect_running("a call of a script")?;
        let reply = self.watched_command(Some(script), args)?;
        // What is between the script and its keys is their number.
        let words = args.get(3..).unwrap_or_default();
        self.note_turn(&format!("{} {}", script.name, text::typed(words)), &reply);
        if let Some(error) = reply.as_error() {
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            *self.last_error.borrow_mut() = Some((text, script.clone()));
        }
        Ok(reply)
    }

    fn plain_command(&self, args: &[&[u8]]) -> Result<Reply> {
        let reply = self.target.borrow_mut().command(args);
        reply.map_err(|why| self.decide(Raised::Lost(why)))
    }

    /// Runs a command that runs a script, of this source if the spec has named it.
    fn watched_command(&self, script: Option<&Rc<Source>>, args: &[&[u8]]) -> Result<Reply> {
        let mut watch = self.watch.borrow_mut();
        if let (Some(watch), Some(redis)) = (&mut *watch, self.target.borrow_mut().engine()) {
            watch.begin(redis);
        }
        let reply = self.plain_command(args)?;
        if let (Some(watch), Some(redis)) = (&mut *watch, self.target.borrow_mut().engine()) {
            watch.end(redis, script);
        }
        Ok(reply)
    }

    /// Uses the engine; `what` of it is named where there is none.
    pub fn engine<T>(&self, what: &'static str, work: impl FnOnce(&mut Redis) -> T) -> Result<T> {
        self.expect_running(what)?;
        match self.target.borrow_mut().engine() {
            Some(redis) => Ok(work(redis)),
            None => Err(self.decide(Raised::Unavailable(what))),
        }
    }

    /// The time on the Redis under test, Unix milliseconds.
    pub fn now_ms(&self) -> Result<i64> {
        self.expect_running("the clock")?;
        if let Some(redis) = self.target.borrow_mut().engine() {
            return Ok(redis.core().clock().now_ms());
        }
        let reply = self.command(&[b"TIME"])?;
        unix_ms(&reply).ok_or_else(|| {
            let text = text::print(&reply);
            Error::runtime(format_args!(
                "TIME answers {}",
                String::from_utf8_lossy(&text)
            ))
        })
    }

    /// The keys of the Redis under test.
    pub fn keyspace(&self) -> Result<Vec<Entry>> {
        let keys = self.target.borrow_mut().keyspace();
        keys.map_err(|why| self.decide(Raised::Lost(why)))
    }

    /// Decides how the case ends, whatever the spec does with the error.
    fn decide(&self, raised: Raised) -> Error {
        let mut verdict = self.verdict.borrow_mut();
        verdict.get_or_insert_with(|| raised.clone());
        raised.into()
    }

    /// How the case ends, if that is decided.
    pub fn take_verdict(&self) -> Option<Raised> {
        self.verdict.take()
    }

    /// Begins to keep the commands that run; gives the number of those that are kept already.
    pub fn begin_trace(&self) -> Result<usize> {
        self.engine(TRACE, |redis| match &mut *self.watch.borrow_mut() {
            // They are kept anyway.
            Some(watch) => {
                watch.drain(redis);
                watch.calls().len()
            }
            None => {
                redis.core_mut().set_tracing(true);
                self.traces.set(self.traces.get() + 1);
                let mut traced = self.traced.borrow_mut();
                traced.append(&mut redis.take_trace());
                traced.len()
            }
        })
    }

    /// Ends that; gives the commands since then.
    pub fn end_trace(&self, from: usize) -> Result<Vec<Call>> {
        self.engine(TRACE, |redis| match &mut *self.watch.borrow_mut() {
            Some(watch) => {
                watch.drain(redis);
                watch.calls()[from..].to_vec()
            }
            None => {
                let mut traced = self.traced.borrow_mut();
                traced.append(&mut redis.take_trace());
                let calls = traced[from..].to_vec();
                self.traces.set(self.traces.get() - 1);
                if self.traces.get() == 0 {
                    redis.core_mut().set_tracing(false);
                    traced.clear();
                }
                calls
            }
        })
    }

    /// A new Redis for the next run of a case, whose clients go on as the schedule says.
    pub fn reset(&self, schedule: Schedule) -> Result<(), String> {
        self.schedule.replace(schedule);
        self.last_error.take();
        self.verdict.take();
        self.invariants.take();
        self.phase.set(Phase::Loading);
        self.target.borrow_mut().reset()?;
        for library in &*self.libraries.borrow() {
            self.load(library).map_err(|error| error.to_string())?;
        }
        self.phase.set(Phase::Running);
        Ok(())
    }

    /// Says what is to hold in the case that runs.
    pub fn add_invariant(&self, invariant: Function) {
        self.invariants.borrow_mut().push(invariant);
    }

    /// Checks what is to hold.
    pub fn check_invariants(&self) -> Result<()> {
        let invariants = self.invariants.borrow().clone();
        invariants
            .iter()
            .try_for_each(|invariant| invariant.call(()))
    }

    /// Calls a function of the spec from a native one, through which no client can yield.
    pub fn nested<T>(&self, work: impl FnOnce() -> T) -> T {
        self.depth.set(self.depth.get() + 1);
        let done = work();
        self.depth.set(self.depth.get() - 1);
        done
    }

    /// Whether a client runs whose calls those of others may come before; but not below a native function that has
    /// called one of the spec, through which it cannot yield.
    pub fn takes_turns(&self) -> bool {
        self.depth.get() == 0 && self.schedule.borrow().has_turn()
    }

    /// Notes what a client has called, where there are several, and what came of it.
    fn note_turn(&self, what: &str, reply: &Reply) {
        self.schedule.borrow_mut().note(|| {
            let reply = text::print(reply);
            let reply = String::from_utf8_lossy(&reply).replace('\n', " ");
            format!(
                "{what} -> {}",
                reply.split_whitespace().collect::<Vec<_>>().join(" ")
            )
        });
    }

    /// Loads a library of functions: now, in a case, and else into the Redis of every case.
    pub fn add_library(&self, library: &Rc<Source>) -> Result<()> {
        if self.phase.get() == Phase::Running {
            return self.load(library);
        }
        self.libraries.borrow_mut().push(library.clone());
        Ok(())
    }

    fn load(&self, library: &Rc<Source>) -> Result<()> {
        let command: [&[u8]; 4] = [b"FUNCTION", b"LOAD", b"REPLACE", &library.text];
        let reply = self.plain_command(&command)?;
        match reply.as_error() {
            None => Ok(()),
            Some(error) => Err(Error::runtime(format_args!("{}: {error}", library.name))),
        }
    }

    /// The place in a script that an error's text is about, if it is that of the script's last error.
    pub fn script_place(&self, message: &str) -> Option<Place> {
        let last = self.last_error.borrow();
        let (text, script) = last.as_ref().filter(|(text, _)| text == message)?;
        let line = place::line(text.as_bytes())?;
        Some(Place {
            file: script.name.clone(),
            text: place::text(&script.text, line),
            line: u32::try_from(line).ok()?,
        })
    }

    /// The error that Lua's `error` makes of a text, without a position in front.
    pub fn raised(&self, text: &[u8]) -> Error {
        let raised = self.raise.call::<()>((Bytes(text.to_vec()), 0));
        raised
            .err()
            .unwrap_or_else(|| Error::runtime("error returned"))
    }

    /// An error of the bench's own, raised where the spec runs: with its position in front.
    pub fn raised_in_spec(&self, error: &Error) -> Error {
        let position = self.place().map(|place| format!("{place}: "));
        self.raised(format!("{}{error}", position.unwrap_or_default()).as_bytes())
    }

    /// The line of the spec, or of a file of its, that runs.
    pub fn place(&self) -> Option<Place> {
        Failure::of(self, &self.raised(b"")).place
    }
}

/// What a spec prints, kept until it is shown.
#[derive(Clone, Debug, Default)]
pub struct Output(Arc<Mutex<Vec<u8>>>);

/// So many bytes of what a case prints are kept.
const MOST_OUTPUT: usize = 1 << 20;

impl Output {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        // A writer that panicked has left whole bytes.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was printed since it was last taken.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.bytes())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.bytes();
        let room = MOST_OUTPUT.saturating_sub(kept.len());
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
