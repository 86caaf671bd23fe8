//! Hooks: a Lua function that is told of calls, returns, lines and counts of instructions (manual 5.9,
//! `debug.sethook`).
//!
//! Owns: what a coroutine's hook is, and when it is called. The interpreter loop exists twice, and only
//! the one for hooked coroutines looks at hooks; the other notices at a safepoint that it should give
//! way. It must not know the debug library.
#![allow(
    unsafe_code,
    reason = "reads frames and coroutines; invariants in the parent module"
)]

use crate::bytecode::instr::Instr;
use crate::error::Throw;
use crate::heap::object::{Gc, Thread};
use crate::value::Value;
use crate::vm::Vm;

/// The events that a hook can be called for, as a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Events(u8);

impl Events {
    pub(crate) const CALL: Events = Events(1);
    pub(crate) const RETURN: Events = Events(2);
    pub(crate) const LINE: Events = Events(4);
    pub(crate) const COUNT: Events = Events(8);
    /// No event, and no function is called for it: instructions are counted for coverage.
    pub(crate) const TALLY: Events = Events(16);
    /// No event, and no function is called for it: the host's observer is told of lines.
    pub(crate) const OBSERVED: Events = Events(32);
    /// What is the host's business, and stays whatever hook a script sets.
    const HOSTS: Events = Events(Events::TALLY.0 | Events::OBSERVED.0);

    pub(crate) fn contains(self, other: Events) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn with(self, other: Events) -> Events {
        Events(self.0 | other.0)
    }

    fn and(self, other: Events) -> Events {
        Events(self.0 & other.0)
    }
}

/// The hook of a coroutine.
#[derive(Clone, Copy)]
pub(crate) struct Hook {
    /// The function, or nil. It stays where a set of no events turns the hook off.
    pub(crate) function: Value,
    pub(crate) events: Events,
    /// Instructions between two calls for [`Events::COUNT`].
    pub(crate) every: u32,
    /// Instructions until the next.
    left: u32,
    /// Whether the hook runs now, and is not called again meanwhile.
    pub(crate) is_running: bool,
}

impl Hook {
    pub(crate) const NONE: Hook = Hook::new(Value::NIL, Events(0), 0);

    pub(crate) const fn new(function: Value, events: Events, every: u32) -> Hook {
        Hook {
            function,
            events,
            every,
            left: every,
            is_running: false,
        }
    }
}

impl Gc<Thread> {
    /// The hook.
    pub(crate) fn hook(self) -> Hook {
        // SAFETY: O1.
        unsafe { (*self.p()).hook }
    }

    /// Sets the hook; what the host looks at is no business of it.
    pub(crate) fn set_hook(self, mut hook: Hook) {
        hook.events = hook.events.with(self.hook().events.and(Events::HOSTS));
        // SAFETY: O1, O2.
        unsafe { (*self.p()).hook = hook }
    }

    /// Lets the host look at this coroutine, and at those that it makes from now on: for coverage, or by its observer.
    pub(crate) fn set_looked_at(self, by: Events) {
        let hook = self.hook();
        let events = hook.events.with(by.and(Events::HOSTS));
        self.set_hook(Hook { events, ..hook });
    }

    /// Sets whether the hook runs, and tells whether it did.
    pub(crate) fn set_hook_running(self, is_running: bool) -> bool {
        // SAFETY: O1, O2.
        unsafe { std::mem::replace(&mut (*self.p()).hook.is_running, is_running) }
    }

    /// Whether the hook is to be told of events.
    #[inline(always)]
    pub(crate) fn is_hooked(self) -> bool {
        let hook = self.hook();
        hook.events != Events(0) && !hook.is_running && !hook.function.is_nil()
    }

    /// Whether the loop for hooked coroutines is to run this one.
    pub(crate) fn is_looked_at(self) -> bool {
        let hook = self.hook();
        hook.events != Events(0)
            && (hook.events.contains(Events::HOSTS) || !hook.is_running && !hook.function.is_nil())
    }
}

impl Vm {
    /// Calls the hook for an event, unless it is not for this one.
    pub(super) fn call_hook(
        &mut self,
        event: Events,
        name: &str,
        line: Option<u32>,
    ) -> Result<(), Throw> {
        let thread = self.thread;
        let hook = thread.hook();
        if !hook.events.contains(event) || !thread.is_hooked() {
            return Ok(());
        }
        let (top, at) = (thread.top(), thread.extent());
        let name = self.heap.str(name.as_bytes())?;
        thread.set_top(at);
        thread.push(&mut self.heap, hook.function)?;
        thread.push(&mut self.heap, name.into())?;
        let line = line.map_or(Value::NIL, |line| Value::num(line.into()));
        thread.push(&mut self.heap, line)?;
        thread.set_hook_running(true);
        // After an error the hook counts as running until a protected call ends it, as in PUC.
        self.call_at(at, 0)?;
        thread.set_hook_running(false);
        thread.set_top(top);
        Ok(())
    }

    /// Tells the hook that the function on top begins.
    pub(super) fn hook_call(&mut self) -> Result<(), Throw> {
        self.call_hook(Events::CALL, "call", None)
    }

    /// Tells the hook that the function on top ends, and with it those that it took the place of.
    pub(crate) fn hook_return(&mut self) -> Result<(), Throw> {
        self.call_hook(Events::RETURN, "return", None)?;
        loop {
            // SAFETY: the function that ends has a frame.
            let frame = unsafe { &mut *self.thread.current_frame() };
            // One fewer even while the hook is told: after the last the call has its name again.
            let Some(left) = frame.tail_calls.checked_sub(1) else {
                return Ok(());
            };
            frame.tail_calls = left;
            self.call_hook(Events::RETURN, "tail return", None)?;
        }
    }

    /// Tells the hook of an instruction, the one before the frame's position, if it begins a line or
    /// ends a count. `before` was the frame's position.
    pub(super) fn hook_instruction(&mut self, before: *const Instr) -> Result<(), Throw> {
        let thread = self.thread;
        // SAFETY: a Lua frame runs; I1, I3, I4: both positions point into its code, past an
        // instruction, or to its start.
        let (at, old_at, proto) = unsafe {
            let frame = thread.current_frame();
            let proto = (*(*frame).closure).proto;
            let code: *const Instr = proto.get().code.cast();
            let at = ((*frame).pc.offset_from(code) - 1) as usize;
            (at, before.offset_from(code) - 1, proto)
        };
        let proto = proto.get();
        if let Some(tally) = &proto.tally {
            tally.count(at, usize::try_from(old_at).ok());
        }
        let is_observed = proto.chunk != 0 && self.observer.is_some();
        if !thread.is_hooked() && !is_observed {
            return Ok(());
        }
        let first = proto.first_pc();
        if at < first {
            return Ok(());
        }
        // SAFETY: O1, O2.
        let hook = unsafe { &mut (*thread.p()).hook };
        if hook.events.contains(Events::COUNT) && thread.is_hooked() {
            hook.left = hook.left.wrapping_sub(1);
            if hook.left == 0 {
                hook.left = hook.every;
                self.call_hook(Events::COUNT, "count", None)?;
            }
        }
        if !thread.hook().events.contains(Events::LINE) && !is_observed {
            return Ok(());
        }
        let lines = &proto.lines;
        let line = lines.get(at).copied().unwrap_or(0);
        // A line begins where a function does, where control jumps back, and where the line changes.
        let begins = match usize::try_from(old_at) {
            Ok(old_at) => at == first || at <= old_at || lines.get(old_at) != Some(&line),
            Err(_) => true,
        };
        if begins {
            if is_observed {
                self.observe()?;
            }
            self.call_hook(Events::LINE, "line", Some(line))?;
        }
        Ok(())
    }
}
