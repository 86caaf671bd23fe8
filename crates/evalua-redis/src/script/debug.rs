//! [`Debugger`]: who is told where a script is, and may look at it while it stands still.
//!
//! Owns the places that a debugger is told from, and what it reaches then: the machine's view of the calls in
//! progress, and the engine's state. What is done with it is the debugger's business. An engine without one has
//! none of this: scripts run in the plain loop, and the functions of the sandbox are the usual ones.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use evalua_vm::observe::{self, Frame};
use evalua_vm::stack::{Call as Native, NativeFn, Throw, View};

use super::api;
use super::engine::Settings;
use super::failure::text_at;
use super::host::{self, Host};
use super::machine::Machine;
use crate::redis::Redis;
use crate::reply::Reply;
use crate::trace::{Call, Trace};

/// Is told of what scripts do, on the thread that runs them, and lets them stand still by not returning.
pub trait Debugger: Send + Sync {
    /// A script or a library was compiled.
    fn loaded(&self, chunk: Chunk<'_>);

    /// A script has come somewhere. It goes on where this returns.
    fn reached(&self, moment: Moment<'_>, paused: &mut Paused<'_, '_>) -> Verdict;
}

/// A script or a library that was compiled.
#[derive(Clone, Debug)]
pub struct Chunk<'a> {
    /// What frames call it ([`Frame::chunk`]), from 1 up.
    pub id: u32,
    /// The digest of a script, the name of a library.
    pub name: &'a str,
    /// Whether it is a library.
    pub is_library: bool,
    /// The whole source, with its shebang line.
    pub source: &'a [u8],
    /// The lines that can begin, in order, each once.
    pub lines: Vec<u32>,
}

/// Where a script has come.
#[derive(Clone, Copy, Debug)]
pub enum Moment<'a> {
    /// A line begins.
    Line,
    /// It is about to call this command.
    Command(&'a [&'a [u8]]),
    /// It calls `redis.breakpoint()`.
    Breakpoint,
    /// It calls `redis.debug(…)` with these values, as text.
    Print(&'a [u8]),
    /// It fails with this error, which nothing in it catches.
    Error(&'a [u8]),
}

/// What is to become of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    GoOn,
    /// It ends with an error that it cannot catch.
    End,
}

/// A script that stands still.
pub struct Paused<'p, 'c> {
    inner: &'p mut observe::Paused<'c>,
}

impl<'c> Paused<'_, 'c> {
    /// The calls in progress and their variables.
    pub fn machine(&mut self) -> &mut observe::Paused<'c> {
        self.inner
    }

    /// How many commands scripts have called since the record was begun or taken; none unless it is kept
    /// ([`Core::trace_scripts`](crate::Core::trace_scripts)).
    pub fn call_count(&mut self) -> usize {
        self.with_trace(Trace::count)
    }

    /// The last of those commands, with their replies, so many at most: of very many, the oldest are not kept.
    pub fn last_calls(&mut self, most: usize) -> Vec<Call> {
        self.with_trace(|trace| {
            let kept = trace.calls();
            let first = kept.len().saturating_sub(most);
            kept.skip(first).cloned().collect()
        })
    }

    fn with_trace<R: Default>(&mut self, work: impl FnOnce(&Trace) -> R) -> R {
        host::with(self.inner.call(), |_, host| {
            let trace = (host.core.onlookers.as_ref()).and_then(|all| all.trace.as_ref());
            trace.map(work)
        })
        .flatten()
        .unwrap_or_default()
    }

    /// Runs a command as the script would, and not into the record.
    pub fn execute(&mut self, args: &[&[u8]]) -> Reply {
        self.unseen(|host| {
            let caller = host.caller();
            host.core.execute(&mut host.session, caller, args)
        })
        .unwrap_or(Reply::Null)
    }

    /// Works with the engine as a program does that has it, and not into the record. `None` where nothing runs.
    pub fn with_redis<R>(&mut self, work: impl FnOnce(&mut Redis) -> R) -> Option<R> {
        self.unseen(|host| {
            let mut redis = Redis::holding(std::mem::take(&mut host.core));
            let result = work(&mut redis);
            host.core = redis.into_core();
            result
        })
    }

    fn unseen<R>(&mut self, work: impl FnOnce(&mut Host) -> R) -> Option<R> {
        host::with(self.inner.call(), |_, host| {
            let onlookers = host.core.onlookers.take();
            let result = work(host);
            host.core.onlookers = onlookers;
            // Whatever the host has changed, the script's next command is looked at for it.
            host.core.is_careful = true;
            result
        })
    }

    /// The frames that a person is shown: those of the machine, without the host's own on top.
    pub fn frames(&self) -> Vec<Frame> {
        let frames = self.inner.frames();
        frames.into_iter().skip_while(is_own).collect()
    }

    /// How many of the host's own are on top of those.
    pub fn own_frames(&self) -> usize {
        self.inner
            .frames()
            .iter()
            .take_while(|frame| is_own(frame))
            .count()
    }
}

fn is_own(frame: &Frame) -> bool {
    frame.line.is_none()
}

/// The debugger of an engine, if it has one.
#[derive(Clone, Default)]
pub(crate) struct Attached(Option<Arc<Known>>);

struct Known {
    debugger: Arc<dyn Debugger>,
    /// How many chunks it was told of.
    chunks: AtomicU32,
}

impl Attached {
    pub fn new(debugger: Arc<dyn Debugger>) -> Attached {
        let chunks = AtomicU32::new(0);
        Attached(Some(Arc::new(Known { debugger, chunks })))
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Attached").field(&self.0.is_some()).finish()
    }
}

/// Compiles a script or library and pushes it, so that those who look at it can: coverage, or a debugger.
pub(super) fn push_chunk(
    call: &mut Native<'_>,
    settings: &Settings,
    (source, code): (&[u8], &[u8]),
    (chunk_name, name): (&[u8], &[u8]),
    is_library: bool,
) -> Result<Result<(), Vec<u8>>, Throw> {
    if let Some(known) = &settings.debugger.0 {
        let id = known.chunks.fetch_add(1, Ordering::Relaxed) + 1;
        let compiled = call.push_observed_chunk(code, chunk_name, id)?;
        return Ok(compiled.map(|lines| {
            known.debugger.loaded(Chunk {
                id,
                name: &String::from_utf8_lossy(name),
                is_library,
                source,
                lines,
            });
        }));
    }
    match &settings.coverage {
        None => call.push_chunk(code, chunk_name),
        Some(recorder) => {
            let compiled = call.push_counted_chunk(code, chunk_name)?;
            Ok(compiled.map(|counts| recorder.add(name, source, counts)))
        }
    }
}

/// Lets a machine tell the debugger, if there is one: of lines, and from the functions that scripts call.
pub(super) fn attach(machine: &mut Machine, settings: &Settings) -> Result<(), Throw> {
    let Some(known) = settings.debugger.0.clone() else {
        return Ok(());
    };
    machine.lua.set_observer(Some(Arc::new(move |inner| {
        let verdict = known.debugger.reached(Moment::Line, &mut Paused { inner });
        verdict == Verdict::End
    })));
    let sandbox = &machine.sandbox;
    machine.lua.enter(|call| {
        call.push_kept(&sandbox.globals)?;
        call.push_field_of(1, b"redis")?;
        for &(name, function) in TELLING {
            call.push_field_of(2, name)?;
            let is_there = !call.view(call.height()).is_nil();
            call.pop();
            if is_there {
                call.push_native(function, 0)?;
                call.set_field_of(2, name)?;
            }
        }
        Ok(())
    })
}

/// What takes the place of functions in the table `redis`: they tell the debugger and then do the usual.
const TELLING: &[(&[u8], NativeFn)] = &[
    (b"call", |call| {
        tell_command(call)?;
        api::call(call)
    }),
    (b"pcall", |call| {
        tell_command(call)?;
        api::pcall(call)
    }),
    (b"breakpoint", breakpoint),
    (b"debug", debug),
];

/// Tells the debugger of a moment.
fn tell(call: &mut Native<'_>, moment: Moment<'_>) -> Result<(), Throw> {
    // What is evaluated while a script stands still is the debugger's own.
    if !call.is_observed() {
        return Ok(());
    }
    let attached = host::with(call, |_, host| host.core.scripts.settings.debugger.clone());
    let Some(Attached(Some(known))) = attached else {
        return Ok(());
    };
    match call.pause(|inner| known.debugger.reached(moment, &mut Paused { inner })) {
        Verdict::GoOn => Ok(()),
        Verdict::End => Err(Throw::Interrupt),
    }
}

fn tell_command(call: &mut Native<'_>) -> Result<(), Throw> {
    let words = (1..=call.argument_count()).map(|i| text_at(call.view(i)));
    let words: Option<Vec<Vec<u8>>> = words.collect();
    // What can be no command is refused by the function itself.
    let Some(words) = words.filter(|words| !words.is_empty()) else {
        return Ok(());
    };
    let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    tell(call, Moment::Command(&words))
}

/// `redis.breakpoint()`: true, since a debugger is attached.
fn breakpoint(call: &mut Native<'_>) -> Result<u32, Throw> {
    tell(call, Moment::Breakpoint)?;
    call.push_bool(true)?;
    Ok(1)
}

/// `redis.debug(…)`: the values for the debugger to show.
fn debug(call: &mut Native<'_>) -> Result<u32, Throw> {
    let word = |i| match call.view(i) {
        View::Nil => b"nil".to_vec(),
        View::Bool(yes) => yes.to_string().into_bytes(),
        other => text_at(other).unwrap_or_else(|| other.type_name().into()),
    };
    let words: Vec<Vec<u8>> = (1..=call.argument_count()).map(word).collect();
    tell(call, Moment::Print(&words.join(&b"; "[..])))?;
    Ok(0)
}

/// Tells the debugger of the error that the handler of errors got as its first argument.
pub(super) fn tell_error(call: &mut Native<'_>) -> Result<(), Throw> {
    if !call.is_observed() {
        return Ok(());
    }
    let text = match call.view(1) {
        View::Table(error) => text_at(error.field(b"err")),
        other => text_at(other),
    };
    let text = text.unwrap_or_else(|| call.view(1).type_name().into());
    tell(call, Moment::Error(&text))
}
