//! Coroutines: a stack of values and a stack of frames each. The main program is one too.
//!
//! Owns: both stacks, how they grow, and the open upvalues that point into the value stack. It must
//! not know what runs on them.
//!
//! Invariants:
//! - K1: `stack` holds `stack_len` initialised values. Every one of them is valid: each collection
//!   marks the slots in use ([`Gc::<Thread>::extent`]) and sets all others to nil.
//! - K2: `frames` is a buffer with room for `frame_cap` frames; `frame` points to the one on top, or
//!   just below the buffer's first when there is none. `base` and `func` of each lie inside the value
//!   stack, and a Lua frame has room for its registers (`base + registers + EXTRA` is at most
//!   `stack_len`).
//! - K3: `open` chains the open upvalues of this stack from its top down, each slot once.
#![allow(unsafe_code, reason = "owns raw stacks")]

use crate::bytecode::instr::Instr;
use crate::error::Throw;
use crate::heap::Heap;
use crate::heap::object::{Gc, Header, LuaClosure, Table, Upval};
use crate::interp::hook::Hook;
use crate::value::Value;
use std::ptr::null_mut;

/// Slots that are always there beyond a frame's registers: room for a metamethod call.
pub(crate) const EXTRA: usize = 8;

/// Slots that a native function finds above its arguments, as PUC's `LUA_MINSTACK`.
pub(crate) const NATIVE_SLOTS: usize = 20;

const FIRST_STACK: usize = 64;
pub(crate) const FIRST_FRAMES: u32 = 8;

/// A call in progress.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Frame {
    /// The Lua function, or null for a native one.
    pub(crate) closure: *mut LuaClosure,
    /// The next instruction, while another frame runs or an error is being raised.
    pub(crate) pc: *const Instr,
    /// The constants of the Lua function.
    pub(crate) constants: *const Value,
    /// Slot of the function; results go there.
    pub(crate) func: u32,
    /// Slot of the first register or argument.
    pub(crate) base: u32,
    /// How many results the caller wants, or -1 for all.
    pub(crate) results: i32,
    /// Tail calls that this frame replaced.
    pub(crate) tail_calls: u16,
    /// Whether the loop that runs this frame returns to Rust after it.
    pub(crate) fresh: bool,
}

/// What a coroutine is doing (manual 5.2, `coroutine.status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Not started, or yielded.
    Suspended,
    /// On top.
    Running,
    /// It resumed another one.
    Normal,
    /// Finished or failed.
    Dead,
}

impl Status {
    /// The name that `coroutine.status` returns.
    pub fn name(self) -> &'static str {
        match self {
            Status::Suspended => "suspended",
            Status::Running => "running",
            Status::Normal => "normal",
            Status::Dead => "dead",
        }
    }
}

/// A coroutine.
#[repr(C)]
pub struct Thread {
    pub(crate) header: Header,
    pub(crate) stack: *mut Value,
    /// `stack + stack_len - EXTRA`: a frame's registers end here at the latest.
    pub(crate) stack_limit: *mut Value,
    frames: *mut Frame,
    /// The frame on top (K2).
    pub(crate) frame: *mut Frame,
    /// The last place in the buffer.
    pub(crate) last_frame: *mut Frame,
    pub(crate) open: *mut Upval,
    pub(crate) stack_len: u32,
    /// One past the last value, for native functions and open argument lists.
    pub(crate) top: u32,
    frame_cap: u32,
    pub(crate) globals: Gc<Table>,
    /// `Vm::native_depth` when it was last resumed: yielding is possible at that depth only.
    pub(crate) resume_depth: u32,
    pub(crate) status: Status,
    pub(crate) hook: Hook,
    /// Who has resumed it, while it runs.
    pub(crate) resumer: Option<Gc<Thread>>,
}

impl Thread {
    pub(crate) fn new(header: Header, globals: Gc<Table>) -> Thread {
        Thread {
            header,
            stack: null_mut(),
            stack_limit: null_mut(),
            frames: null_mut(),
            frame: null_mut::<Frame>().wrapping_sub(1),
            last_frame: null_mut::<Frame>().wrapping_sub(1),
            open: null_mut(),
            stack_len: 0,
            top: 0,
            frame_cap: 0,
            globals,
            resume_depth: 0,
            status: Status::Suspended,
            hook: Hook::NONE,
            resumer: None,
        }
    }
}

impl Gc<Thread> {
    #[inline(always)]
    pub(crate) fn p(self) -> *mut Thread {
        self.as_ptr()
    }

    /// What it is doing.
    pub fn status(self) -> Status {
        // SAFETY: O1.
        unsafe { (*self.p()).status }
    }

    /// `Vm::native_depth` when it was last resumed.
    pub(crate) fn resume_depth(self) -> u32 {
        // SAFETY: O1.
        unsafe { (*self.p()).resume_depth }
    }

    /// The coroutine that waits for this one, which runs or waits itself.
    pub(crate) fn resumer(self) -> Option<Gc<Thread>> {
        let is_resumed = matches!(self.status(), Status::Running | Status::Normal);
        // SAFETY: O1. While it runs or waits, who has resumed it waits, and so is alive.
        unsafe { is_resumed.then(|| (*self.p()).resumer).flatten() }
    }

    pub(crate) fn set_status(self, status: Status) {
        // SAFETY: O1, O2.
        unsafe { (*self.p()).status = status }
    }

    pub(crate) fn globals(self) -> Gc<Table> {
        // SAFETY: O1.
        unsafe { (*self.p()).globals }
    }

    pub(crate) fn set_globals(self, globals: Gc<Table>) {
        // SAFETY: O1, O2.
        unsafe { (*self.p()).globals = globals }
    }

    /// Value of a slot; nil beyond the stack.
    #[inline(always)]
    pub(crate) fn slot(self, i: usize) -> Value {
        // SAFETY: K1 and the bounds check.
        unsafe {
            if i < (*self.p()).stack_len as usize {
                *(*self.p()).stack.add(i)
            } else {
                Value::NIL
            }
        }
    }

    /// Writes a slot; there must be one (it is a no-op beyond the stack).
    #[inline(always)]
    pub(crate) fn set_slot(self, i: usize, v: Value) {
        debug_assert!(i < self.stack_len());
        // SAFETY: K1 and the bounds check.
        unsafe {
            if i < (*self.p()).stack_len as usize {
                *(*self.p()).stack.add(i) = v;
            }
        }
    }

    pub(crate) fn stack_len(self) -> usize {
        // SAFETY: O1.
        unsafe { (*self.p()).stack_len as usize }
    }

    #[inline(always)]
    pub(crate) fn top(self) -> usize {
        // SAFETY: O1.
        unsafe { (*self.p()).top as usize }
    }

    #[inline(always)]
    pub(crate) fn set_top(self, top: usize) {
        debug_assert!(top <= self.stack_len());
        // SAFETY: O1, O2.
        unsafe { (*self.p()).top = top as u32 }
    }

    /// Appends a value; the stack grows as needed.
    #[inline(always)]
    pub(crate) fn push(self, heap: &mut Heap, v: Value) -> Result<(), Throw> {
        let top = self.top();
        self.reserve(heap, top + 1)?;
        self.set_slot(top, v);
        self.set_top(top + 1);
        Ok(())
    }

    /// Makes the stack at least `len` slots long (plus EXTRA).
    #[inline(always)]
    pub(crate) fn reserve(self, heap: &mut Heap, len: usize) -> Result<(), Throw> {
        if len + EXTRA > self.stack_len() {
            return self.grow_stack(heap, len + EXTRA);
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn grow_stack(self, heap: &mut Heap, len: usize) -> Result<(), Throw> {
        let old_len = self.stack_len();
        let new_len = len.max(old_len * 2).max(FIRST_STACK);
        if new_len > u32::MAX as usize / 2 {
            return Err(Throw::Memory);
        }
        let new = heap
            .alloc(new_len * size_of::<Value>())?
            .as_ptr()
            .cast::<Value>();
        // SAFETY: K1: every slot of the new stack is written; K3: open upvalues move along. Frames
        // hold indices, and the interpreter derives its pointers again after what can grow the stack.
        unsafe {
            let t = self.p();
            let old = (*t).stack;
            if old_len > 0 {
                std::ptr::copy_nonoverlapping(old, new, old_len);
            }
            for i in old_len..new_len {
                new.add(i).write(Value::NIL);
            }
            let mut upval = (*t).open;
            while !upval.is_null() {
                let i = (*upval).slot.offset_from(old);
                (*upval).slot = new.offset(i);
                upval = (*upval).next_open;
            }
            (*t).stack = new;
            (*t).stack_len = new_len as u32;
            (*t).stack_limit = new.add(new_len - EXTRA);
            if old_len > 0 {
                heap.free(old.cast(), old_len * size_of::<Value>());
            }
        }
        Ok(())
    }

    pub(crate) fn frame_count(self) -> usize {
        // SAFETY: O1.
        let (frame, frames) = unsafe { ((*self.p()).frame, (*self.p()).frames) };
        // K2: the frame on top is at or after the first, or one place before it.
        (frame.addr().wrapping_sub(frames.addr()) as isize / size_of::<Frame>() as isize + 1)
            as usize
    }

    /// A frame by index from the bottom.
    pub(crate) fn frame(self, i: usize) -> Option<Frame> {
        // SAFETY: K2 and the bounds check.
        unsafe { (i < self.frame_count()).then(|| *(*self.p()).frames.add(i)) }
    }

    /// The frame that runs.
    ///
    /// # Safety
    /// There must be one. The pointer is good until a frame is pushed.
    #[inline(always)]
    pub(crate) unsafe fn current_frame(self) -> *mut Frame {
        // SAFETY: K2 and the caller.
        unsafe { (*self.p()).frame }
    }

    /// Pushes a frame. The caller has checked that there is room.
    #[inline(always)]
    pub(crate) fn push_frame(self, frame: Frame) {
        // SAFETY: K2.
        unsafe {
            let t = self.p();
            debug_assert!(self.has_frame_room());
            (*t).frame = (*t).frame.wrapping_add(1);
            (*t).frame.write(frame);
        }
    }

    /// Whether another frame fits without growing.
    #[inline(always)]
    pub(crate) fn has_frame_room(self) -> bool {
        // SAFETY: O1.
        unsafe { (*self.p()).frame != (*self.p()).last_frame }
    }

    pub(crate) fn frame_cap(self) -> u32 {
        // SAFETY: O1.
        unsafe { (*self.p()).frame_cap }
    }

    /// Doubles the room for frames, and gives the new one.
    pub(crate) fn grow_frames(self, heap: &mut Heap) -> Result<u32, Throw> {
        let cap = self.frame_cap();
        let new_cap = (cap * 2).max(FIRST_FRAMES);
        self.resize_frames(heap, new_cap)?;
        Ok(new_cap)
    }

    /// Gives back the room that an overflow made, once it is no longer in use.
    pub(crate) fn shrink_frames(self, heap: &mut Heap, cap: u32) {
        if self.frame_cap() > cap && (self.frame_count() as u32) < cap {
            // Without room for the copy the large buffer simply stays.
            let _ = self.resize_frames(heap, cap);
        }
    }

    /// Sets the room for frames; those in use must fit.
    pub(crate) fn resize_frames(self, heap: &mut Heap, new_cap: u32) -> Result<(), Throw> {
        let cap = self.frame_cap();
        let new = heap
            .alloc(new_cap as usize * size_of::<Frame>())?
            .as_ptr()
            .cast::<Frame>();
        // SAFETY: K2: the frames in use fit into `new_cap`.
        unsafe {
            let t = self.p();
            let count = self.frame_count();
            if cap > 0 {
                std::ptr::copy_nonoverlapping((*t).frames, new, count);
                heap.free((*t).frames.cast(), cap as usize * size_of::<Frame>());
            }
            (*t).frames = new;
            (*t).frame_cap = new_cap;
            (*t).frame = new.wrapping_add(count).wrapping_sub(1);
            (*t).last_frame = new.add(new_cap as usize - 1);
        }
        Ok(())
    }

    /// Drops all frames above the first `count`.
    pub(crate) fn truncate_frames(self, count: usize) {
        debug_assert!(count <= self.frame_count());
        // SAFETY: O1, O2, K2.
        unsafe { (*self.p()).frame = (*self.p()).frames.wrapping_add(count).wrapping_sub(1) }
    }

    /// Distance in bytes of the frame on top from the first, for [`Gc::<Thread>::truncate_to_offset`].
    #[inline(always)]
    pub(crate) fn frame_offset(self) -> usize {
        // SAFETY: O1.
        let (frame, frames) = unsafe { ((*self.p()).frame, (*self.p()).frames) };
        frame.addr().wrapping_sub(frames.addr())
    }

    /// Drops all frames above the one that was on top when [`Gc::<Thread>::frame_offset`] was taken.
    #[inline(always)]
    pub(crate) fn truncate_to_offset(self, offset: usize) {
        // SAFETY: O1, O2, K2: that frame is still there.
        unsafe { (*self.p()).frame = (*self.p()).frames.wrapping_byte_add(offset) }
    }

    /// One past the last slot in use: the registers of the running frame, or the top above them.
    pub(crate) fn extent(self) -> usize {
        let mut extent = self.top();
        if self.frame_count() > 0 {
            // SAFETY: there is a frame; K2, O1.
            unsafe {
                let frame = self.current_frame();
                if !(*frame).closure.is_null() {
                    let proto = (*(*frame).closure).proto;
                    let registers = proto.get().registers as usize;
                    extent = extent.max((*frame).base as usize + registers);
                }
            }
        }
        extent.min(self.stack_len())
    }

    /// The open upvalue of a slot, made if there is none yet.
    pub(crate) fn open_upval(self, heap: &mut Heap, slot: usize) -> Result<*mut Upval, Throw> {
        debug_assert!(slot < self.stack_len());
        // SAFETY: K1, K3, O1.
        unsafe {
            let target = (*self.p()).stack.add(slot);
            let mut link: *mut *mut Upval = &raw mut (*self.p()).open;
            while !(*link).is_null() && (**link).slot >= target {
                if (**link).slot == target {
                    return Ok(*link);
                }
                link = &raw mut (**link).next_open;
            }
            let upval = heap.upval(target, *link)?;
            *link = upval;
            Ok(upval)
        }
    }

    /// Closes the open upvalues at and above a slot.
    pub(crate) fn close_upvals(self, slot: usize) {
        // SAFETY: K1, K3, O1, O2.
        unsafe {
            let t = self.p();
            while !(*t).open.is_null() {
                let upval = (*t).open;
                if ((*upval).slot as usize) < (*t).stack.wrapping_add(slot) as usize {
                    break;
                }
                (*upval).closed = *(*upval).slot;
                (*upval).slot = &raw mut (*upval).closed;
                (*t).open = (*upval).next_open;
                (*upval).next_open = null_mut();
            }
        }
    }

    /// Frees both stacks.
    ///
    /// # Safety
    /// The coroutine is not used again.
    pub(crate) unsafe fn free_parts(self, heap: &mut Heap) {
        // SAFETY: K1, K2, H1.
        unsafe {
            let t = self.p();
            if (*t).stack_len > 0 {
                heap.free((*t).stack.cast(), self.stack_len() * size_of::<Value>());
            }
            if (*t).frame_cap > 0 {
                heap.free(
                    (*t).frames.cast(),
                    (*t).frame_cap as usize * size_of::<Frame>(),
                );
            }
        }
    }
}
