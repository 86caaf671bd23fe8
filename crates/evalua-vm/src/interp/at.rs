//! Where the interpreter loop stands: the running frame, and what the loop derives from it.
//!
//! Owns: access to registers and constants, and the ways from one Lua frame to the next that the loop
//! takes itself. Only the loop makes use of it, with operands of the code that it runs: I1 to I4 are the
//! loop's invariants. Everything here is inlined into it, so that the fields live in processor registers.
#![allow(
    unsafe_code,
    reason = "unchecked registers and constants; invariants in the parent module"
)]

use super::Operand;
use crate::bytecode::instr::Instr;
use crate::bytecode::proto::{Capture, VarargKind};
use crate::error::Throw;
use crate::heap::object::{Gc, LuaClosure, Proto, Table, Upval};
use crate::thread::{Frame, Thread};
use crate::value::Value;
use crate::vm::Vm;

/// The running Lua frame (I2).
pub(super) struct At {
    frame: *mut Frame,
    base: *mut Value,
    constants: *const Value,
    /// The instruction after the one that runs.
    pub(super) pc: *const Instr,
}

impl At {
    /// The frame on top of a coroutine, which is a Lua function's.
    #[inline(always)]
    pub(super) fn top(thread: Gc<Thread>) -> At {
        // SAFETY: the caller; K2, I4.
        unsafe {
            let frame = (*thread.p()).frame;
            At {
                frame,
                base: (*thread.p()).stack.add((*frame).base as usize),
                constants: (*frame).constants,
                pc: (*frame).pc,
            }
        }
    }

    /// Derives the frame and `base` again, after what can grow the stack.
    #[inline(always)]
    pub(super) fn load_base(&mut self, thread: Gc<Thread>) {
        // SAFETY: there is a Lua frame on top; K2.
        unsafe {
            self.frame = (*thread.p()).frame;
            self.base = (*thread.p()).stack.add((*self.frame).base as usize);
        }
    }

    /// Saves the position (I3).
    #[inline(always)]
    pub(super) fn save_pc(&self) {
        // SAFETY: I2.
        unsafe { (*self.frame).pc = self.pc }
    }

    /// Saves a position, and gives the one that was saved before.
    #[inline(always)]
    pub(super) fn replace_saved(&self, pc: *const Instr) -> *const Instr {
        // SAFETY: I2.
        unsafe { std::mem::replace(&mut (*self.frame).pc, pc) }
    }

    /// Steps to the next instruction, and gives the one that runs.
    #[inline(always)]
    pub(super) fn step(&mut self) -> *const Instr {
        let running = self.pc;
        // SAFETY: I1: `pc` is inside the code, since the last instruction returns.
        self.pc = unsafe { running.add(1) };
        running
    }

    /// Where a jump leads.
    #[inline(always)]
    pub(super) fn target(&self, distance: i32) -> *const Instr {
        // SAFETY: I1.
        unsafe { self.pc.offset(distance as isize) }
    }

    #[inline(always)]
    pub(super) fn jump(&mut self, distance: i32) {
        self.pc = self.target(distance);
    }

    /// The running closure.
    #[inline(always)]
    fn closure(&self) -> *mut LuaClosure {
        // SAFETY: I2.
        unsafe { (*self.frame).closure }
    }

    /// The environment of the running function.
    #[inline(always)]
    pub(super) fn env(&self) -> Gc<Table> {
        // SAFETY: I4.
        unsafe { (*self.closure()).env }
    }

    #[inline(always)]
    fn check_register(&self, i: usize) {
        if cfg!(feature = "checks") {
            // SAFETY: I4.
            let registers = unsafe { (*self.closure()).proto.get().registers };
            assert!(i < usize::from(registers), "register out of range");
        }
    }

    /// A register.
    #[inline(always)]
    pub(super) fn reg(&self, i: impl Into<usize>) -> Value {
        let i = i.into();
        self.check_register(i);
        // SAFETY: I1, I2.
        unsafe { *self.base.add(i) }
    }

    /// A register as a number; a NaN if it is something else.
    #[inline(always)]
    pub(super) fn num(&self, i: impl Into<usize>) -> f64 {
        let i = i.into();
        self.check_register(i);
        // SAFETY: I1, I2; any eight bytes are a number.
        unsafe { *self.base.add(i).cast::<f64>() }
    }

    /// A register as an operand of the slow path of arithmetic. It is read anew: what the fast path has
    /// read would have to be kept, for which that would make a copy.
    #[inline(always)]
    pub(super) fn operand(&self, i: u16) -> Operand {
        self.check_register(i.into());
        // SAFETY: I1, I2.
        let value = unsafe { self.base.add(i.into()).read_volatile() };
        Operand::reg(value, i)
    }

    /// A constant as such an operand; it has been read on the fast path, so there is one.
    #[inline(always)]
    pub(super) fn constant_operand(&self, i: u16) -> Operand {
        // SAFETY: I1, I4.
        unsafe { self.constants.add(i.into()).read_volatile() }.into()
    }

    /// Writes a register.
    #[inline(always)]
    pub(super) fn set(&self, i: impl Into<usize>, v: Value) {
        let i = i.into();
        self.check_register(i);
        // SAFETY: I1, I2.
        unsafe { *self.base.add(i) = v };
    }

    /// A constant.
    #[inline(always)]
    pub(super) fn constant(&self, i: impl TryInto<usize>) -> Value {
        let i = i.try_into().unwrap_or(usize::MAX);
        if cfg!(feature = "checks") {
            // SAFETY: I4.
            assert!(i < unsafe { (*self.closure()).proto.get().constants.len() });
        }
        // SAFETY: I1, I4.
        unsafe { *self.constants.add(i) }
    }

    /// Where an upvalue of the running function lies.
    #[inline(always)]
    pub(super) fn upvalue(&self, i: u16) -> *mut Value {
        // SAFETY: I1, I4; an upvalue points to its variable.
        unsafe { (**upvals(self.closure()).add(usize::from(i))).slot }
    }

    /// The values from a register on: `b - 1` of them, or those up to the top if `b` is 0.
    #[inline(always)]
    pub(super) fn values(&self, thread: Gc<Thread>, first: usize, b: u16) -> (*mut Value, usize) {
        // SAFETY: I1, I2: they are registers of this frame, or lie below the top.
        unsafe {
            let first = self.base.add(first);
            let count = match b {
                0 => {
                    let top = (*thread.p()).stack.add((*thread.p()).top as usize);
                    top.offset_from(first) as usize
                }
                b => usize::from(b) - 1,
            };
            (first, count)
        }
    }

    /// The place of a register on the stack.
    #[inline(always)]
    pub(super) fn place(&self, thread: Gc<Thread>, register: usize) -> usize {
        // SAFETY: I1, I2.
        unsafe { self.base.add(register).offset_from((*thread.p()).stack) as usize }
    }

    /// Writes the call of an iterator behind the registers from `r` on, and gives its place.
    #[inline(always)]
    pub(super) fn push_call(&self, thread: Gc<Thread>, r: usize, call: [Value; 3]) -> usize {
        // SAFETY: I2, K2: the slots above the registers are there (EXTRA).
        unsafe { self.base.add(r).cast::<[Value; 3]>().write(call) };
        self.place(thread, r)
    }

    /// Moves the variables of this frame that closures have captured into their upvalues.
    #[inline(always)]
    pub(super) fn close_upvals(&self, thread: Gc<Thread>) {
        // SAFETY: I2, K3.
        unsafe {
            if !(*thread.p()).open.is_null() {
                thread.close_upvals((*self.frame).base as usize);
            }
        }
    }

    /// Goes on in a function whose arguments start at `first`. False, and nothing is done, unless it is a
    /// Lua function without `...` that there is room for.
    #[inline(always)]
    pub(super) fn call(
        &mut self,
        thread: Gc<Thread>,
        first: *mut Value,
        count: usize,
        results: i32,
    ) -> bool {
        // SAFETY: I1, I2: the function lies before its arguments, which are registers of this frame, or
        // lie below the top.
        unsafe {
            let Some(f) = (*first.sub(1)).as_lua_closure() else {
                return false;
            };
            let proto: *const Proto = f.proto().as_ptr();
            if (*proto).vararg != VarargKind::No
                || first.add(usize::from((*proto).registers)) > (*thread.p()).stack_limit
                || self.frame == (*thread.p()).last_frame
            {
                return false;
            }
            for n in count..usize::from((*proto).params) {
                *first.add(n) = Value::NIL;
            }
            let base = (*self.frame).base + first.offset_from(self.base) as u32;
            self.frame = self.frame.add(1);
            self.base = first;
            self.constants = (*proto).constants.as_ptr();
            self.pc = (*proto).code.cast();
            *self.frame = Frame {
                closure: f.as_ptr(),
                pc: self.pc,
                constants: self.constants,
                func: base - 1,
                base,
                results,
                tail_calls: 0,
                fresh: false,
            };
            (*thread.p()).frame = self.frame;
            true
        }
    }

    /// As [`At::call`], in place of the running frame.
    #[inline(always)]
    pub(super) fn tail_call(
        &mut self,
        thread: Gc<Thread>,
        first: *mut Value,
        count: usize,
    ) -> bool {
        // SAFETY: I1, I2: the function and its arguments are registers, or lie below the top; they move
        // down, and the stack has room for the registers above `base`, which is not below the new one.
        // The new closure lies below its registers (I4).
        unsafe {
            let func = first.sub(1);
            let Some(f) = (*func).as_lua_closure() else {
                return false;
            };
            let proto: *const Proto = f.proto().as_ptr();
            if (*proto).vararg != VarargKind::No
                || self.base.add(usize::from((*proto).registers)) > (*thread.p()).stack_limit
            {
                return false;
            }
            self.close_upvals(thread);
            let ended = self.frame;
            let to = self.base.sub(((*ended).base - (*ended).func) as usize);
            // What a function does not name is not passed on.
            let params = usize::from((*proto).params);
            for n in 0..=count.min(params) {
                *to.add(n) = *func.add(n);
            }
            self.base = to.add(1);
            for n in count..params {
                *self.base.add(n) = Value::NIL;
            }
            self.constants = (*proto).constants.as_ptr();
            self.pc = (*proto).code.cast();
            *ended = Frame {
                closure: f.as_ptr(),
                pc: self.pc,
                constants: self.constants,
                base: (*ended).func + 1,
                tail_calls: (*ended).tail_calls.saturating_add(1),
                ..*ended
            };
            true
        }
    }

    /// Ends the running frame, whose results start at `first` and of which nothing is captured any more.
    /// True if it was fresh: then the loop ends.
    #[inline(always)]
    pub(super) fn end<const HOOKED: bool>(
        &mut self,
        vm: &mut Vm,
        mut first: *mut Value,
        count: usize,
    ) -> Result<bool, Throw> {
        if HOOKED {
            // SAFETY: K1: the values lie on the stack, which the hook may move.
            let at = unsafe { first.offset_from((*vm.thread.p()).stack) };
            vm.hook_return()?;
            self.load_base(vm.thread);
            // SAFETY: as above.
            first = unsafe { (*vm.thread.p()).stack.offset(at) };
        }
        let thread = vm.thread.p();
        // SAFETY: K2, I2: results move down to the function's slot, below where they are; a caller that
        // wants more has registers there. The caller's frame lies below this one, unless this one is
        // fresh.
        unsafe {
            let ended = self.frame;
            let mut to = self.base.sub(((*ended).base - (*ended).func) as usize);
            let wanted = (*ended).results;
            if wanted == 1 && count == 1 {
                *to = *first;
            } else if wanted < 0 {
                for i in 0..count {
                    *to.add(i) = *first.add(i);
                }
                to = to.add(count);
                (*thread).top = to.offset_from((*thread).stack) as u32;
            } else {
                for i in 0..wanted as usize {
                    *to.add(i) = if i < count { *first.add(i) } else { Value::NIL };
                }
            }
            self.frame = ended.wrapping_sub(1);
            (*thread).frame = self.frame;
            if (*ended).fresh {
                return Ok(true);
            }
            self.base = self.base.sub(((*ended).base - (*self.frame).base) as usize);
            self.constants = (*self.frame).constants;
            self.pc = (*self.frame).pc;
        }
        Ok(false)
    }

    /// Makes the closure of a prototype inside the running one.
    #[inline(always)]
    pub(super) fn make_closure(&self, vm: &mut Vm, i: u32) -> Result<Gc<LuaClosure>, Throw> {
        let parent = self.closure();
        // SAFETY: I4.
        let proto = unsafe { (*parent).proto.get().protos[i as usize] };
        make_closure(vm, parent, proto, self.base)
    }
}

#[inline(always)]
fn upvals(closure: *mut LuaClosure) -> *mut *mut Upval {
    // SAFETY: O1: the array follows the fixed part.
    unsafe { (&raw mut (*closure).upvals).cast() }
}

/// Makes the closure of a prototype, taking upvalues from the running frame.
fn make_closure(
    vm: &mut Vm,
    parent: *mut LuaClosure,
    proto: Gc<Proto>,
    base: *mut Value,
) -> Result<Gc<LuaClosure>, Throw> {
    let captures = &proto.get().captures;
    // SAFETY: I1, I2, I4: captures name registers of the running frame or upvalues of its closure.
    unsafe {
        let f = vm.heap.lua_closure(proto, (*parent).env, captures.len())?;
        for (i, capture) in captures.iter().enumerate() {
            *f.upvals().add(i) = match *capture {
                Capture::Register(r) => {
                    let thread = vm.thread;
                    let at = base.offset_from((*thread.p()).stack) as usize + usize::from(r);
                    thread.open_upval(&mut vm.heap, at)?
                }
                Capture::Upvalue(u) => *upvals(parent).add(usize::from(u)),
            };
        }
        Ok(f)
    }
}
