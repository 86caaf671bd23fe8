//! [`Debugging`]: where a script stops, and how it goes on.
//!
//! Owns breakpoints and steps. Knows nothing of who is asked at a stop.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evalua_redis::script::{Chunk, Debugger, Moment, Paused, Verdict};
use evalua_vm::observe::Seen;

use crate::stop::Stop;

/// What is debugged.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// What people call it: the name of its file.
    pub name: String,
    /// Its whole source.
    pub source: Vec<u8>,
}

/// Why a script stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has not begun.
    Entry,
    /// A step ends.
    Step,
    /// The breakpoint with this number.
    Breakpoint(u32),
    /// It calls `redis.breakpoint()`.
    Call,
    /// It was asked to.
    Pause,
    /// It is about to call this command.
    Command(Vec<Vec<u8>>),
    /// It fails with this error, which nothing in it catches.
    Error(String),
}

/// How a script goes on after a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// To the next breakpoint.
    Continue,
    /// To the next line, whatever function it is in.
    StepIn,
    /// To the next line of the function, or of one that has called it.
    StepOver,
    /// To the next line of the function's caller.
    StepOut,
    /// Not at all.
    End,
}

/// A line to stop at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakpoint {
    /// Its number, from 1 up.
    pub id: u32,
    /// Its line: one that can begin.
    pub line: u32,
    /// An expression that has to be true there.
    pub condition: Option<String>,
}

/// What is to happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    /// To stop where a breakpoint is.
    Run,
    /// To stop at the next line, for this reason.
    Next(Next),
    /// To stop at the next line that is at most so deep.
    Within(Level),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Entry,
    Step,
    Pause,
}

/// How deep calls may be nested where a step ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Level {
    /// The coroutine where the step began, and its calls: more of them are deeper for sure.
    coroutine: usize,
    calls: usize,
    /// All calls in progress.
    total: usize,
}

/// Where a script is to stop.
#[derive(Debug)]
pub struct Control {
    /// What is debugged.
    pub program: Program,
    /// The commands to stop before, in lower case.
    pub commands: BTreeSet<String>,
    /// Whether errors stop it that nothing in it catches.
    pub stops_on_error: bool,
    /// Whether anything stops it.
    pub stops: bool,
    breakpoints: Vec<Breakpoint>,
    last_id: u32,
    plan: Plan,
    /// The chunks that were compiled from the program.
    chunks: Vec<u32>,
    /// The lines of it that can begin.
    lines: Vec<u32>,
}

impl Control {
    fn new(program: Program) -> Control {
        Control {
            program,
            commands: BTreeSet::new(),
            stops_on_error: true,
            stops: true,
            breakpoints: Vec::new(),
            last_id: 0,
            plan: Plan::Run,
            chunks: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// The breakpoints, in the order of their numbers.
    pub fn breakpoints(&self) -> &[Breakpoint] {
        &self.breakpoints
    }

    /// Sets a breakpoint at a line, or at the next one that can begin; in place of one that is there. `None` where
    /// no line can.
    pub fn add_breakpoint(&mut self, line: u32, condition: Option<String>) -> Option<Breakpoint> {
        let line = *self.lines.iter().find(|&&known| known >= line)?;
        self.breakpoints.retain(|known| known.line != line);
        self.last_id += 1;
        let breakpoint = Breakpoint {
            id: self.last_id,
            line,
            condition,
        };
        self.breakpoints.push(breakpoint.clone());
        Some(breakpoint)
    }

    /// Removes the breakpoint of a line; tells whether there was one.
    pub fn remove_breakpoint(&mut self, line: u32) -> bool {
        let before = self.breakpoints.len();
        self.breakpoints.retain(|known| known.line != line);
        self.breakpoints.len() < before
    }

    /// Removes all breakpoints.
    pub fn clear_breakpoints(&mut self) {
        self.breakpoints.clear();
    }

    /// The lines that can begin.
    pub fn lines(&self) -> &[u32] {
        &self.lines
    }

    /// Lets the script stop where it begins.
    pub fn stop_on_entry(&mut self) {
        self.plan = Plan::Next(Next::Entry);
    }

    /// Lets the script stop at the next line.
    pub fn pause(&mut self) {
        self.plan = Plan::Next(Next::Pause);
    }

    /// Whether a chunk is of the program.
    pub fn is_own(&self, chunk: u32) -> bool {
        self.chunks.contains(&chunk)
    }

    /// Why a line is to be stopped at, if it is.
    fn reason_at_line(&self, paused: &mut Paused<'_, '_>) -> Option<Reason> {
        let (chunk, line) = paused.machine().place();
        if !self.is_own(chunk) {
            return None;
        }
        let breakpoint = self.breakpoints.iter().find(|known| known.line == line);
        if let Some(breakpoint) = breakpoint
            && is_met(breakpoint, paused)
        {
            return Some(Reason::Breakpoint(breakpoint.id));
        }
        match self.plan {
            Plan::Run => None,
            Plan::Next(Next::Entry) => Some(Reason::Entry),
            Plan::Next(Next::Step) => Some(Reason::Step),
            Plan::Next(Next::Pause) => Some(Reason::Pause),
            Plan::Within(level) => {
                let depth = paused.machine().depth();
                let is_deeper = depth.coroutine == level.coroutine && depth.calls > level.calls;
                let ends = !is_deeper && paused.machine().total_depth() <= level.total;
                ends.then_some(Reason::Step)
            }
        }
    }

    fn reason(&self, moment: Moment<'_>, paused: &mut Paused<'_, '_>) -> Option<Reason> {
        match moment {
            Moment::Line => self.reason_at_line(paused),
            Moment::Breakpoint => Some(Reason::Call),
            Moment::Command(words) => {
                let name = String::from_utf8_lossy(words.first()?).to_lowercase();
                let is_wanted = self.commands.contains(&name);
                let words = words.iter().map(|word| word.to_vec());
                is_wanted.then(|| Reason::Command(words.collect()))
            }
            Moment::Error(text) => (self.stops_on_error)
                .then(|| Reason::Error(String::from_utf8_lossy(text).into_owned())),
            Moment::Print(_) => None,
        }
    }

    fn resume(&mut self, how: Resume, paused: &mut Paused<'_, '_>) {
        let own = paused.own_frames();
        let machine = paused.machine();
        let depth = machine.depth();
        // Where a command or an error is told of, a function of the host's is on top.
        let (calls, total) = (depth.calls - own, machine.total_depth() - own);
        let within = |calls, total| {
            Plan::Within(Level {
                coroutine: depth.coroutine,
                calls,
                total,
            })
        };
        self.plan = match how {
            Resume::Continue | Resume::End => Plan::Run,
            Resume::StepIn => Plan::Next(Next::Step),
            Resume::StepOver => within(calls, total),
            Resume::StepOut => within(calls.saturating_sub(1), total.saturating_sub(1)),
        };
    }
}

/// Whether the condition of a breakpoint is true; what cannot be evaluated is, so that somebody sees it.
fn is_met(breakpoint: &Breakpoint, paused: &mut Paused<'_, '_>) -> bool {
    let Some(condition) = &breakpoint.condition else {
        return true;
    };
    let frames = paused.frames();
    let Some(frame) = frames.first() else {
        return true;
    };
    match paused.machine().evaluate(frame, condition.as_bytes()) {
        Ok(values) => !matches!(values.first(), None | Some(Seen::Nil | Seen::Bool(false))),
        Err(_) => true,
    }
}

/// Who is asked at a stop.
pub trait Face: Send {
    /// The script stands still; it goes on as this says.
    fn stopped(&mut self, stop: &mut Stop<'_, '_, '_>) -> Resume;

    /// The script has something to show, with `redis.debug(…)`.
    fn printed(&mut self, text: &str);

    /// Looks after what has come meanwhile, while the script runs; called soon after attention was asked for.
    fn attend(&mut self, _: &mut Control) -> Verdict {
        Verdict::GoOn
    }
}

/// A program that is debugged, with its face.
pub struct Debugging<F> {
    inner: Mutex<Inner<F>>,
    attention: Arc<AtomicBool>,
    /// Whether the program runs; what comes before it is none of ours.
    is_armed: AtomicBool,
}

/// What [`Debugging::lock`] gives.
#[derive(Debug)]
pub struct Inner<F> {
    /// Where it stops.
    pub control: Control,
    /// Who is asked.
    pub face: F,
}

impl<F: Face> Debugging<F> {
    /// Nothing has run yet.
    pub fn new(program: Program, face: F) -> Debugging<F> {
        Debugging::attended(program, face, Arc::default())
    }

    /// As [`Debugging::new`], with [`Face::attend`] called soon after another thread has set `attention`.
    pub fn attended(program: Program, face: F, attention: Arc<AtomicBool>) -> Debugging<F> {
        let control = Control::new(program);
        Debugging {
            inner: Mutex::new(Inner { control, face }),
            attention,
            is_armed: AtomicBool::new(false),
        }
    }

    /// The control and the face, while the script does not run; within a stop, they are in use.
    pub fn lock(&self) -> MutexGuard<'_, Inner<F>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the script may stop, or not any more.
    pub fn arm(&self, is_armed: bool) {
        self.is_armed.store(is_armed, Ordering::Relaxed);
    }
}

impl<F: Face> Debugger for Debugging<F> {
    fn loaded(&self, chunk: Chunk<'_>) {
        // Within a stop, when it is in use, nothing of the program is compiled.
        let Ok(mut inner) = self.inner.try_lock() else {
            return;
        };
        let control = &mut inner.control;
        if chunk.source == control.program.source {
            control.chunks.push(chunk.id);
            control.lines = chunk.lines;
        }
    }

    fn reached(&self, moment: Moment<'_>, paused: &mut Paused<'_, '_>) -> Verdict {
        if !self.is_armed.load(Ordering::Relaxed) {
            return Verdict::GoOn;
        }
        let Inner { control, face } = &mut *self.lock();
        if self.attention.load(Ordering::Relaxed)
            && self.attention.swap(false, Ordering::Relaxed)
            && face.attend(control) == Verdict::End
        {
            return Verdict::End;
        }
        if let Moment::Print(text) = moment {
            face.printed(&String::from_utf8_lossy(text));
        }
        if !control.stops {
            return Verdict::GoOn;
        }
        let Some(reason) = control.reason(moment, paused) else {
            return Verdict::GoOn;
        };
        let mut stop = Stop::new(reason, control, paused);
        let how = face.stopped(&mut stop);
        control.resume(how, paused);
        match how {
            Resume::End => Verdict::End,
            _ => Verdict::GoOn,
        }
    }
}
