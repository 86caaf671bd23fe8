//! Coroutines: resuming and yielding.
//!
//! A resume runs the loop on the coroutine's own stacks, inside the native function that resumes. A
//! yield ends that loop with [`Throw::Yield`] and leaves the frames where they are; since nothing else
//! may be between the two in Rust (5.1 cannot yield across a native call), nothing is lost.
#![allow(
    unsafe_code,
    reason = "reads the yielding frame; invariants in the parent module"
)]

use super::hook::Hook;
use super::run;
use crate::bytecode::op::Op;
use crate::error::{Throw, text};
use crate::heap::object::{Gc, Thread};
use crate::thread::Status;
use crate::value::Value;
use crate::vm::{MAX_NATIVE_DEPTH, Vm};

/// How a resume ended.
pub(crate) enum Resumed {
    /// The coroutine yielded or returned values: `count` of them on its stack from slot `first`.
    Values { first: usize, count: usize },
    /// It failed, or could not be resumed.
    Failed(Value),
}

impl Gc<Thread> {
    /// Whether a call in progress is that of an iterator by a `for`. In PUC that is a call from C,
    /// which no yield can leave; here it is as any other, so the yield must ask.
    fn is_in_iterator(self) -> bool {
        (0..self.frame_count().saturating_sub(1)).any(|i| {
            self.frame(i).is_some_and(|frame| {
                let proto = frame.proto();
                let call = proto.and_then(|p| p.get().code().get(frame.current_pc()).copied());
                call.is_some_and(|call| call.op() == Op::TForCall)
            })
        })
    }
}

impl Vm {
    /// A coroutine that will run a function.
    pub(crate) fn create_coroutine(&mut self, f: Value) -> Result<Gc<Thread>, Throw> {
        let globals = self.globals();
        let co = self.heap.thread(globals)?;
        // As in PUC the events are inherited, and the function is not.
        let hook = self.thread.hook();
        co.set_hook(Hook::new(Value::NIL, hook.events, hook.every));
        co.push(&mut self.heap, f)?;
        Ok(co)
    }

    /// Resumes a coroutine with the values in slots `first..first + count` of the running one.
    pub(crate) fn resume(
        &mut self,
        co: Gc<Thread>,
        first: usize,
        count: usize,
    ) -> Result<Resumed, Throw> {
        if co.status() != Status::Suspended {
            let text = format!("cannot resume {} coroutine", co.status().name());
            let message = self.heap.str(text.as_bytes())?;
            return Ok(Resumed::Failed(message.into()));
        }
        if self.native_depth >= MAX_NATIVE_DEPTH {
            if co.frame_count() == 0 {
                // As in PUC, which has put the message where the function was.
                co.set_status(Status::Dead);
            }
            let message = self.heap.str(text::C_STACK_OVERFLOW.as_bytes())?;
            return Ok(Resumed::Failed(message.into()));
        }
        co.reserve(&mut self.heap, co.top() + count)?;
        for i in 0..count {
            co.push(&mut self.heap, self.thread.slot(first + i))?;
        }
        let previous = self.thread;
        previous.set_status(Status::Normal);
        co.set_status(Status::Running);
        self.thread = co;
        self.native_depth += 1;
        let depth = self.native_depth;
        // SAFETY: O1, O2.
        unsafe {
            (*co.p()).resume_depth = depth;
            (*co.p()).resumer = Some(previous);
        }
        let buffers = self.heap.buffers();
        let result = self.proceed(co, count);
        if result.is_err() {
            self.heap.restore_buffers(buffers);
        }
        self.native_depth = depth - 1;
        self.thread = previous;
        previous.set_status(Status::Running);
        match result {
            Ok(()) => {
                co.set_status(Status::Dead);
                Ok(Resumed::Values {
                    first: 0,
                    count: co.top(),
                })
            }
            Err(Throw::Yield) if std::mem::take(&mut self.yielding) => {
                co.set_status(Status::Suspended);
                // SAFETY: the frame of the native function that yielded is on top; its arguments
                // are what it yields.
                let base = unsafe { (*co.current_frame()).base as usize };
                Ok(Resumed::Values {
                    first: base,
                    count: co.top() - base,
                })
            }
            Err(throw) => {
                co.set_status(Status::Dead);
                if throw.is_catchable() {
                    Ok(Resumed::Failed(self.caught(throw)))
                } else {
                    Err(throw)
                }
            }
        }
    }

    /// Starts the coroutine, which is the running one, or goes on after its yield.
    fn proceed(&mut self, co: Gc<Thread>, count: usize) -> Result<(), Throw> {
        self.fuel.take(1)?;
        if co.frame_count() == 0 {
            if self.precall_any(0, count, -1)? {
                // SAFETY: `precall` pushed a Lua frame.
                unsafe { (*co.current_frame()).fresh = true };
                run(self)?;
            }
            return Ok(());
        }
        // SAFETY: a suspended coroutine has the frame of the yielding function on top.
        let frame = unsafe { *co.current_frame() };
        co.truncate_frames(co.frame_count() - 1);
        self.place_results(frame.func as usize, co.top() - count, count, frame.results);
        if co.frame_count() > 0 {
            run(self)
        } else {
            Ok(())
        }
    }

    /// Takes the values of a resume off the coroutine's stack.
    pub(crate) fn take_resumed(&mut self, co: Gc<Thread>, first: usize) {
        co.set_top(first);
    }

    /// Yields from the running native function, whose arguments are the values. To be returned.
    pub(crate) fn yield_now(&mut self, count: usize) -> Throw {
        let thread = self.thread;
        // SAFETY: O1.
        let depth = unsafe { (*thread.p()).resume_depth };
        if thread == self.main || self.native_depth > depth || thread.is_in_iterator() {
            return self.runtime_error(text::YIELD_OUTSIDE);
        }
        // SAFETY: a native function runs, so there is a frame.
        let base = unsafe { (*thread.current_frame()).base as usize };
        thread.set_top(base + count);
        self.yielding = true;
        Throw::Yield
    }
}
