//! [`Stop`]: a script that stands still, as a face sees it.

use evalua_redis::script::Paused;
use evalua_redis::trace::Call;
use evalua_redis::{Profile, Reply, contents};
use evalua_vm::observe::{self, Frame, Kind, Seen, TableKey, Variable};

use crate::control::{Control, Program, Reason};

/// A script that stands still.
pub struct Stop<'s, 'p, 'c> {
    /// Why.
    pub reason: Reason,
    /// Where it is to stop from now on.
    pub control: &'s mut Control,
    paused: &'s mut Paused<'p, 'c>,
    frames: Vec<Frame>,
}

impl<'s, 'p, 'c> Stop<'s, 'p, 'c> {
    pub(crate) fn new(
        reason: Reason,
        control: &'s mut Control,
        paused: &'s mut Paused<'p, 'c>,
    ) -> Stop<'s, 'p, 'c> {
        let frames = paused.frames();
        Stop {
            reason,
            control,
            paused,
            frames,
        }
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.control.program
    }

    /// The calls in progress, the innermost first.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// The line where a frame is, if it is one of the program's.
    pub fn own_line(&self, frame: usize) -> Option<u32> {
        let frame = self.frames.get(frame)?;
        frame.line.filter(|_| self.control.is_own(frame.chunk))
    }

    /// What people call the function of a frame.
    pub fn function_name(&self, frame: usize) -> String {
        let Some(frame) = self.frames.get(frame) else {
            return String::new();
        };
        match (&frame.name, frame.kind) {
            (Some(name), _) => String::from_utf8_lossy(name).into_owned(),
            (None, Kind::Main) => "main chunk".to_owned(),
            (None, Kind::Lua) => format!("function at line {}", frame.line_defined),
            (None, Kind::Native) => "?".to_owned(),
        }
    }

    /// The locals of a frame; of those that have the same name, the innermost.
    pub fn locals(&mut self, frame: usize) -> Vec<Variable> {
        let Some(frame) = self.frames.get(frame) else {
            return Vec::new();
        };
        let locals = self.paused.machine().locals(frame);
        let is_hidden = |i: usize| {
            locals[i + 1..]
                .iter()
                .any(|inner| inner.name == locals[i].name)
        };
        let seen = (0..locals.len()).filter(|&i| !is_hidden(i));
        seen.map(|i| locals[i].clone()).collect()
    }

    /// The extra arguments of a frame, those of `...`.
    pub fn extra_arguments(&mut self, frame: usize) -> Vec<Seen> {
        match self.frames.get(frame) {
            Some(frame) => self.paused.machine().extra_arguments(frame),
            None => Vec::new(),
        }
    }

    /// The upvalues of a frame's function.
    pub fn upvalues(&mut self, frame: usize) -> Vec<Variable> {
        match self.frames.get(frame) {
            Some(frame) => self.paused.machine().upvalues(frame),
            None => Vec::new(),
        }
    }

    /// A global of a frame's function.
    pub fn global(&mut self, frame: usize, name: &str) -> Seen {
        match self.frames.get(frame) {
            Some(frame) => self.paused.machine().global(frame, name.as_bytes()),
            None => Seen::Nil,
        }
    }

    /// Entries of a table, in the order of `pairs`.
    pub fn entries(&mut self, table: TableKey, first: usize, most: usize) -> Vec<(Seen, Seen)> {
        self.paused.machine().entries(table, first, most)
    }

    /// The machine's view.
    pub fn machine(&mut self) -> &mut observe::Paused<'c> {
        self.paused.machine()
    }

    /// Evaluates an expression in a frame, or runs statements there.
    ///
    /// # Errors
    /// The message of what went wrong.
    pub fn evaluate(&mut self, frame: usize, source: &str) -> Result<Vec<Seen>, String> {
        let Some(frame) = self.frames.get(frame) else {
            return Err("there is no such frame".to_owned());
        };
        let outcome = self.paused.machine().evaluate(frame, source.as_bytes());
        outcome.map_err(|message| String::from_utf8_lossy(&message).into_owned())
    }

    /// How many commands the script has called so far.
    pub fn call_count(&mut self) -> usize {
        self.paused.call_count()
    }

    /// The last commands that the script has called, so many at most; the oldest of very many are not known any more.
    pub fn last_calls(&mut self, most: usize) -> Vec<Call> {
        self.paused.last_calls(most)
    }

    /// Runs a command as the script would; it is not among its commands.
    pub fn execute(&mut self, args: &[&[u8]]) -> Reply {
        let reply = self.paused.execute(args);
        match self.profile() {
            Some(profile) => reply.to_resp2(profile),
            None => reply,
        }
    }

    /// The server that the engine is like.
    pub fn profile(&mut self) -> Option<&'static Profile> {
        self.paused.with_redis(|redis| redis.core().profile())
    }

    /// The keyspace at this point, as text.
    pub fn keyspace(&mut self) -> String {
        contents::text(&self.keys())
    }

    /// The keys at this point.
    pub fn keys(&mut self) -> Vec<contents::Entry> {
        let keys = self.paused.with_redis(contents::read);
        keys.unwrap_or_default()
    }
}
