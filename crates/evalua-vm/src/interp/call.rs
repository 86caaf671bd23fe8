//! Calls that are not the loop's fast path: native functions, `__call`, varargs, calls from Rust,
//! protected calls.
#![allow(
    unsafe_code,
    reason = "moves values on the stack; invariants in the parent module"
)]

use super::{collect_at_safepoint, run};
use crate::bytecode::proto::VarargKind;
use crate::error::{Throw, text};
use crate::heap::object::{Gc, LuaClosure, NativeClosure, Table, Thread};
use crate::meta::Event;
use crate::native::Call;
use crate::table::{InvalidKey, NEAR, Next};
use crate::thread::{FIRST_FRAMES, Frame, NATIVE_SLOTS, Status};
use crate::value::Value;
use crate::vm::{MAX_CALLS, MAX_NATIVE_DEPTH, Vm};
use std::ptr::{null, null_mut};

/// Empty slots of a table that are passed over in the time of a unit of budget.
const SLOTS_A_UNIT: usize = 16;

/// Room beyond the limit of calls, for the handler of the error that the limit raises.
const HANDLER_CALLS: u32 = 2_000;

/// Values that are moved for nothing more than the unit that a call costs.
const FREE_COPY: usize = 64;

/// Values moved for one unit of the budget.
const VALUES_A_UNIT: usize = 8;

/// Bytes beyond the ceiling of memory, for the handler of the error that the ceiling raises.
const HANDLER_MEMORY: usize = 64 * 1024;

/// Where a machine stands.
pub(crate) struct Mark {
    thread: Gc<Thread>,
    top: usize,
    depth: u32,
    buffers: usize,
    in_hook: bool,
}

impl Vm {
    /// Calls what lies in slot `at`, with `count` arguments after it. A Lua function gets a frame that
    /// is left to the loop (true); a native one has been called and its results are in place (false).
    #[inline(always)]
    pub(crate) fn precall<const HOOKED: bool>(
        &mut self,
        at: usize,
        count: usize,
        wanted: i32,
    ) -> Result<bool, Throw> {
        let f = self.thread.slot(at);
        if let Some(native) = f.as_native_closure() {
            self.call_native::<HOOKED>(native, at, count, wanted)?;
            return Ok(false);
        }
        match f.as_lua_closure() {
            Some(f) => self.enter(f, at, count, wanted)?,
            None => return self.call_object::<HOOKED>(at, count, wanted),
        }
        if HOOKED {
            self.hook_call()?;
        }
        Ok(true)
    }

    /// [`Vm::precall`], with hooks if the running coroutine has one.
    #[inline(always)]
    pub(super) fn precall_any(
        &mut self,
        at: usize,
        count: usize,
        wanted: i32,
    ) -> Result<bool, Throw> {
        if self.thread.is_hooked() {
            self.precall::<true>(at, count, wanted)
        } else {
            self.precall::<false>(at, count, wanted)
        }
    }

    /// Calls something that is not a function, through `__call`.
    #[cold]
    fn call_object<const HOOKED: bool>(
        &mut self,
        at: usize,
        count: usize,
        wanted: i32,
    ) -> Result<bool, Throw> {
        let object = self.thread.slot(at);
        let handler = self.metamethod(object, Event::Call);
        if !handler.is_function() {
            return Err(self.call_error(at, object));
        }
        let thread = self.thread;
        thread.reserve(&mut self.heap, at + count + 2)?;
        for i in (at..=at + count).rev() {
            thread.set_slot(i + 1, thread.slot(i));
        }
        thread.set_slot(at, handler);
        if thread.top() <= at + count + 1 {
            thread.set_top(at + count + 2);
        }
        self.precall::<HOOKED>(at, count + 1, wanted)
    }

    /// Makes room for one more frame, or raises "stack overflow". As in PUC the room doubles, and the
    /// step that passes the limit of calls is the one that fails.
    #[cold]
    #[inline(never)]
    fn grow_frames(&mut self) -> Result<(), Throw> {
        let thread = self.thread;
        let cap = thread.frame_cap();
        if cap > self.max_calls {
            return Err(Throw::InHandler);
        }
        if cap.saturating_mul(2).max(FIRST_FRAMES) > self.max_calls {
            // A limit of the host's own is exact; PUC's is met where doubling passes it.
            if cap < self.max_calls && self.max_calls != MAX_CALLS {
                return thread.resize_frames(&mut self.heap, self.max_calls);
            }
            // Room for the handler of this error; a handler that overflows again fails above.
            let room = self.max_calls.saturating_add(HANDLER_CALLS);
            thread.resize_frames(&mut self.heap, room)?;
            return Err(self.runtime_error(text::STACK_OVERFLOW));
        }
        thread.grow_frames(&mut self.heap)?;
        Ok(())
    }

    #[inline(always)]
    fn push_frame(&mut self, frame: Frame) -> Result<(), Throw> {
        if !self.thread.has_frame_room() {
            self.grow_frames()?;
        }
        self.thread.push_frame(frame);
        Ok(())
    }

    /// Pushes the frame of a Lua function, arranging its arguments.
    fn enter(
        &mut self,
        f: Gc<LuaClosure>,
        at: usize,
        count: usize,
        wanted: i32,
    ) -> Result<(), Throw> {
        let thread = self.thread;
        let proto = f.proto();
        let proto = proto.get();
        let params = proto.params as usize;
        let registers = proto.registers as usize;
        let mut base = at + 1;
        if proto.vararg == VarargKind::No {
            thread.reserve(&mut self.heap, base + registers)?;
            for i in count..params {
                thread.set_slot(base + i, Value::NIL);
            }
        } else {
            self.price_copy(count)?;
            // The named parameters move above the extra arguments, which stay for `...`.
            base = at + 1 + count.max(params);
            thread.reserve(&mut self.heap, base + registers)?;
            for i in count..params {
                thread.set_slot(at + 1 + i, Value::NIL);
            }
            for i in 0..params {
                thread.set_slot(base + i, thread.slot(at + 1 + i));
                thread.set_slot(at + 1 + i, Value::NIL);
            }
            match proto.vararg {
                VarargKind::ArgTable => {
                    let arg = self.arg_table(at + 1 + params, count.saturating_sub(params))?;
                    thread.set_slot(base + params, arg.into());
                }
                VarargKind::ArgNil => thread.set_slot(base + params, Value::NIL),
                VarargKind::Yes | VarargKind::No => {}
            }
        }
        self.push_frame(Frame {
            closure: f.as_ptr(),
            pc: proto.code.cast(),
            constants: proto.constants.as_ptr(),
            func: at as u32,
            base: base as u32,
            results: wanted,
            tail_calls: 0,
            fresh: false,
        })
    }

    /// Takes what moving many values costs off the budget: a call is one unit, however many arguments
    /// it has.
    #[inline(always)]
    fn price_copy(&mut self, values: usize) -> Result<(), Throw> {
        if values >= FREE_COPY {
            self.fuel.take((values / VALUES_A_UNIT) as i64)?;
        }
        Ok(())
    }

    /// The implicit `arg` table of a vararg function (Lua 5.0): the extra arguments and `n`.
    fn arg_table(&mut self, first: usize, count: usize) -> Result<Gc<Table>, Throw> {
        let t = self.heap.table_sized(count, 1)?;
        for i in 0..count {
            let v = self.thread.slot(first + i);
            t.set_int(&mut self.heap, i as i32 + 1, v)?;
        }
        self.set_field(t, "n", Value::num(count as f64))?;
        Ok(t)
    }

    /// Calls a native function and puts its results where they are wanted.
    #[inline(always)]
    fn call_native<const HOOKED: bool>(
        &mut self,
        f: Gc<NativeClosure>,
        at: usize,
        count: usize,
        wanted: i32,
    ) -> Result<(), Throw> {
        // Where no frame fits, the function fails.
        if (!HOOKED || !self.thread.is_hooked())
            && let Some(direct) = f.direct()
            && self.thread.has_frame_room()
        {
            // SAFETY: K1: the arguments lie below the top, and short cuts leave the stack alone.
            let args = unsafe {
                let first = (*self.thread.p()).stack.add(at + 1);
                std::slice::from_raw_parts(first, count)
            };
            if let Some(result) = direct(self, args) {
                self.thread.set_slot(at, result);
                self.place_results(at, at, 1, wanted);
                return Ok(());
            }
        }
        self.call_framed::<HOOKED>(f, at, count, wanted)
    }

    /// Calls a native function in a frame of its own.
    fn call_framed<const HOOKED: bool>(
        &mut self,
        f: Gc<NativeClosure>,
        at: usize,
        count: usize,
        wanted: i32,
    ) -> Result<(), Throw> {
        let thread = self.thread;
        let base = at + 1;
        thread.reserve(&mut self.heap, base + count + NATIVE_SLOTS)?;
        thread.set_top(base + count);
        let caller = thread.frame_offset();
        self.push_frame(Frame {
            closure: null_mut(),
            pc: null(),
            constants: null(),
            func: at as u32,
            base: base as u32,
            results: wanted,
            tail_calls: 0,
            fresh: false,
        })?;
        if HOOKED {
            self.hook_call()?;
        }
        let function = f.function();
        let results = function(&mut Call::new(self, base, count))? as usize;
        // A host's function may claim more results than it has, or have kept a failure to itself and
        // left the frames that failed.
        let results = results.min(thread.top().saturating_sub(base));
        if HOOKED {
            self.hook_return()?;
        }
        let first = thread.top() - results;
        thread.truncate_to_offset(caller);
        self.place_results(at, first, results, wanted);
        Ok(())
    }

    /// Moves results down to slot `at`; sets the top after them, or after as many as are wanted.
    #[inline(always)]
    pub(super) fn place_results(&mut self, at: usize, first: usize, count: usize, wanted: i32) {
        let thread: *mut Thread = self.thread.p();
        if wanted == 1 && count == 1 {
            // SAFETY: K1, as below.
            unsafe {
                *(*thread).stack.add(at) = *(*thread).stack.add(first);
                (*thread).top = at as u32 + 1;
            }
            return;
        }
        let wanted = if wanted < 0 { count } else { wanted as usize };
        // SAFETY: K1: `first + count` is the top; where more are wanted than there are, the caller's
        // registers reach at least that far.
        unsafe {
            let to = (*thread).stack.add(at);
            let from = (*thread).stack.add(first);
            for i in 0..wanted.min(count) {
                *to.add(i) = *from.add(i);
            }
            for i in count..wanted {
                *to.add(i) = Value::NIL;
            }
            (*thread).top = (at + wanted) as u32;
        }
    }

    /// A tail call: the called function takes the place of the running frame. A native function is
    /// called as it is (false), its results lie from register `a` to the top.
    pub(super) fn tail_call<const HOOKED: bool>(&mut self, a: u8, b: u16) -> Result<bool, Throw> {
        let thread = self.thread;
        // SAFETY: there is a running Lua frame.
        let frame = unsafe { *thread.current_frame() };
        let at = frame.base as usize + usize::from(a);
        let count = match b {
            0 => thread.top() - at - 1,
            b => usize::from(b) - 1,
        };
        if !self.precall::<HOOKED>(at, count, -1)? {
            return Ok(false);
        }
        // The new frame lies above the old one: slide it down.
        // SAFETY: K2: two frames, the upper one just pushed; its slots move down inside the stack.
        unsafe {
            thread.close_upvals(frame.base as usize);
            let upper = *thread.current_frame();
            thread.truncate_frames(thread.frame_count() - 1);
            let lower = thread.current_frame();
            let shift = upper.func - (*lower).func;
            let params = (*upper.closure).proto.get().params as usize;
            let reserved = usize::from(matches!(
                (*upper.closure).proto.get().vararg,
                VarargKind::ArgTable | VarargKind::ArgNil
            ));
            let end = upper.base as usize + params + reserved;
            for from in upper.func as usize..end {
                thread.set_slot(from - shift as usize, thread.slot(from));
            }
            *lower = Frame {
                func: (*lower).func,
                base: upper.base - shift,
                results: (*lower).results,
                tail_calls: (*lower).tail_calls.saturating_add(1),
                fresh: (*lower).fresh,
                ..upper
            };
        }
        Ok(true)
    }

    /// `...` into registers from `a` up.
    pub(super) fn varargs(&mut self, a: u8, b: u16) -> Result<(), Throw> {
        let thread = self.thread;
        // SAFETY: there is a running Lua frame; I4.
        let (func, base, params) = unsafe {
            let frame = *thread.current_frame();
            let params = (*frame.closure).proto.get().params as usize;
            (frame.func as usize, frame.base as usize, params)
        };
        let first = func + 1 + params;
        let available = base - first;
        let to = base + usize::from(a);
        let wanted = match b {
            0 => {
                self.price_copy(available)?;
                thread.reserve(&mut self.heap, to + available)?;
                thread.set_top(to + available);
                available
            }
            b => usize::from(b) - 1,
        };
        let present = wanted.min(available);
        // SAFETY: K1, K2: the extra arguments lie below the frame's registers, and the registers from `a`
        // up, as many as are wanted, were reserved or checked by the verifier.
        unsafe {
            let stack = (*thread.p()).stack;
            for n in 0..present {
                *stack.add(to + n) = *stack.add(first + n);
            }
            for n in present..wanted {
                *stack.add(to + n) = Value::NIL;
            }
        }
        Ok(())
    }

    /// Stores `count` items of a constructor, which lie on the stack from `first` up; the
    /// array part grows once.
    pub(super) fn set_list(
        &mut self,
        t: Gc<Table>,
        before: usize,
        first: *const Value,
        count: usize,
    ) -> Result<(), Throw> {
        t.grow_array(&mut self.heap, before + count)?;
        // SAFETY: T1: the array part reaches to the last of the items; the caller's values.
        unsafe {
            let to = (*t.p()).array.add(before);
            for i in 0..count {
                *to.add(i) = *first.add(i);
            }
        }
        Ok(())
    }

    /// The three numbers of a loop, strings converted (manual 2.4.5).
    #[cold]
    pub(super) fn for_numbers(
        &mut self,
        start: Value,
        limit: Value,
        step: Value,
    ) -> Result<[f64; 3], Throw> {
        let mut numbers = [0.0; 3];
        let texts = [text::FOR_START, text::FOR_LIMIT, text::FOR_STEP];
        for (i, v) in [start, limit, step].into_iter().enumerate() {
            match self.read_number(v)? {
                Some(n) => numbers[i] = n,
                None => return Err(self.runtime_error(texts[i])),
            }
        }
        Ok(numbers)
    }

    /// The entry after a key, nil twice at the end.
    #[inline]
    pub(crate) fn next_entry(&mut self, t: Gc<Table>, key: Value) -> Result<(Value, Value), Throw> {
        match t.next(key) {
            Ok(Next::Entry(key, value)) => Ok((key, value)),
            Ok(Next::End) => Ok((Value::NIL, Value::NIL)),
            Ok(Next::Far(from)) => self.far_entry(t, from),
            Err(InvalidKey) => Err(self.throw_bytes(text::INVALID_KEY.as_bytes())),
        }
    }

    /// The first entry at or after a position in a table that is empty for long stretches.
    #[cold]
    fn far_entry(&mut self, t: Gc<Table>, mut from: usize) -> Result<(Value, Value), Throw> {
        loop {
            self.fuel.take((NEAR / SLOTS_A_UNIT) as i64)?;
            match t.entry_near(from) {
                Next::Entry(key, value) => return Ok((key, value)),
                Next::End => return Ok((Value::NIL, Value::NIL)),
                Next::Far(further) => from = further,
            }
        }
    }

    /// Calls what lies in slot `at`, with the arguments between it and the top, from Rust. The results
    /// take its place, and the top is after them.
    pub(crate) fn call_at(&mut self, at: usize, wanted: i32) -> Result<(), Throw> {
        let count = self.thread.top() - at - 1;
        self.enter_native_depth()?;
        self.call_counted(at, count, wanted)?;
        self.native_depth -= 1;
        Ok(())
    }

    fn call_counted(&mut self, at: usize, count: usize, wanted: i32) -> Result<(), Throw> {
        self.fuel.take(1)?;
        if self.precall_any(at, count, wanted)? {
            // SAFETY: `precall` pushed a Lua frame.
            unsafe { (*self.thread.current_frame()).fresh = true };
            run(self)?;
            if wanted >= 0 {
                self.thread.set_top(at + wanted as usize);
            }
        } else if self.heap.wants_safepoint() {
            // Who calls from Rust expects that Lua code may run, and so a collection.
            let extent = self.thread.top();
            collect_at_safepoint(self, extent)?;
        }
        Ok(())
    }

    /// Counts a nested call Lua → native → Lua; the caller takes one off again, but not after an error:
    /// its handler runs as deep as it was raised, and who catches it restores the count.
    pub(super) fn enter_native_depth(&mut self) -> Result<(), Throw> {
        self.native_depth += 1;
        if self.native_depth < MAX_NATIVE_DEPTH {
            return Ok(());
        }
        let depth = self.native_depth;
        if depth == MAX_NATIVE_DEPTH {
            Err(self.runtime_error(text::C_STACK_OVERFLOW))
        } else if depth >= MAX_NATIVE_DEPTH + MAX_NATIVE_DEPTH / 8 {
            Err(Throw::InHandler)
        } else {
            Ok(())
        }
    }

    /// Calls what lies in slot `at` as [`Vm::call_at`] does, but stops an error there: the stacks are
    /// as they were, and slot `at` and the top are where the call began. `handler`, if any, is called
    /// with the error value while the failed frames are still there, and its result replaces it.
    #[inline]
    pub(crate) fn protected_call(
        &mut self,
        at: usize,
        wanted: i32,
        handler: Option<Value>,
    ) -> Result<Result<(), Value>, Throw> {
        let caller = self.thread.frame_offset();
        let before = self.mark();
        match self.call_at(at, wanted) {
            Ok(()) => Ok(Ok(())),
            Err(throw) => self.stop(throw, at, caller, &before, handler).map(Err),
        }
    }

    /// Stops an error of what was called at slot `at`, when the machine stood at a mark and the frames ended at
    /// an offset; gives its value.
    #[cold]
    fn stop(
        &mut self,
        throw: Throw,
        at: usize,
        caller: usize,
        before: &Mark,
        handler: Option<Value>,
    ) -> Result<Value, Throw> {
        // What the handler may use.
        self.heap.restore_buffers(before.buffers);
        let handled = self.handled(throw, handler);
        self.heap.restore_buffers(before.buffers);
        self.native_depth = before.depth;
        let thread = before.thread;
        thread.set_hook_running(before.in_hook);
        let error = handled?;
        thread.truncate_to_offset(caller);
        thread.close_upvals(at);
        thread.set_top(at);
        thread.shrink_frames(&mut self.heap, self.max_calls);
        if throw == Throw::Memory {
            // Only now is garbage what filled the memory.
            self.heap.collect_soon();
        }
        Ok(error)
    }

    /// The value of an error that can be caught, after the handler has seen it.
    fn handled(&mut self, throw: Throw, handler: Option<Value>) -> Result<Value, Throw> {
        if !throw.is_catchable() {
            return Err(throw);
        }
        let error = self.caught(throw);
        match handler {
            Some(handler) if throw == Throw::Memory => self.handle_with_reserve(handler, error),
            Some(handler) if throw != Throw::InHandler => self.handle(handler, error),
            _ => Ok(error),
        }
    }

    /// Where the machine stands, to be brought back to.
    #[inline]
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            thread: self.thread,
            top: self.thread.top(),
            depth: self.native_depth,
            buffers: self.heap.buffers(),
            in_hook: self.thread.hook().is_running,
        }
    }

    /// Brings the machine back to where it stood, after what ran since is over, if only because a
    /// host's panic cut it short: then the coroutines that ran are dead.
    pub(crate) fn recover(&mut self, mark: &Mark) {
        if self.thread != mark.thread || self.native_depth != mark.depth {
            self.heap.each_thread(|thread| {
                let is_active = matches!(thread.status(), Status::Running | Status::Normal);
                if is_active && thread.resume_depth() > mark.depth {
                    thread.set_status(Status::Dead);
                }
            });
            mark.thread.set_status(Status::Running);
            self.thread = mark.thread;
            self.native_depth = mark.depth;
            self.thread.set_hook_running(mark.in_hook);
            self.yielding = false;
            self.thrown = Value::NIL;
            // A finaliser may have been what panicked: collections stand still while one runs.
            self.heap.restart_paced();
        }
        self.heap.restore_buffers(mark.buffers);
        self.unwind_to(mark.top);
    }

    /// Brings a state to rest whose code a caught panic of the host's cut short: nothing runs any more,
    /// and the coroutines that did are dead.
    pub(crate) fn come_to_rest(&mut self) {
        if self.thread == self.main && self.native_depth == 0 && self.main.frame_count() == 0 {
            return;
        }
        self.recover(&Mark {
            thread: self.main,
            top: 0,
            depth: 0,
            buffers: 0,
            in_hook: false,
        });
    }

    /// Drops the frames of native and Lua functions that began at or above a slot, after an error that
    /// no one handled.
    pub(crate) fn unwind_to(&mut self, at: usize) {
        let thread = self.thread;
        while let Some(frame) = thread
            .frame_count()
            .checked_sub(1)
            .and_then(|i| thread.frame(i))
        {
            if (frame.func as usize) < at {
                break;
            }
            thread.truncate_frames(thread.frame_count() - 1);
        }
        thread.close_upvals(at);
        thread.set_top(at);
        thread.shrink_frames(&mut self.heap, self.max_calls);
    }

    /// Calls an error handler on top of the failed frames. What it raises goes to it again, as in PUC,
    /// until the nesting of calls is used up.
    fn handle(&mut self, handler: Value, error: Value) -> Result<Value, Throw> {
        if !handler.is_function() {
            return Ok(self.caught(Throw::InHandler));
        }
        let thread = self.thread;
        let mut error = error;
        loop {
            let at = thread.extent();
            thread.set_top(at);
            let result = thread
                .push(&mut self.heap, handler)
                .and_then(|()| thread.push(&mut self.heap, error))
                .and_then(|()| self.call_at(at, 1));
            match result {
                Ok(()) => break Ok(thread.slot(at)),
                Err(Throw::Error) => error = self.caught(Throw::Error),
                Err(throw) if throw.is_catchable() => break Ok(self.caught(Throw::InHandler)),
                Err(throw) => break Err(throw),
            }
        }
    }

    /// As [`Vm::handle`], with some memory beyond the ceiling: for the handler of the error that the
    /// ceiling raises.
    fn handle_with_reserve(&mut self, handler: Value, error: Value) -> Result<Value, Throw> {
        let limit = self.heap.limit();
        self.heap.set_limit(limit.saturating_add(HANDLER_MEMORY));
        let outcome = self.handle(handler, error);
        self.heap.set_limit(limit);
        outcome
    }

    /// Calls the finalisers of userdata that were collected (manual 2.10.1).
    #[cold]
    pub(super) fn run_finalizers(&mut self) -> Result<(), Throw> {
        while let Some(userdata) = self.heap.to_finalize.pop_front() {
            let handler = self.metamethod(userdata.into(), Event::Gc);
            if handler.is_nil() {
                continue;
            }
            let thread = self.thread;
            let (top, extent) = (thread.top(), thread.extent());
            thread.set_top(extent);
            thread.push(&mut self.heap, handler)?;
            thread.push(&mut self.heap, Value::object(userdata))?;
            let stopped = self.heap.is_stopped();
            self.heap.stop();
            let result = self.call_at(extent, 0);
            if !stopped {
                self.heap.restart_paced();
            }
            self.thread.set_top(top);
            result?;
        }
        Ok(())
    }
}
