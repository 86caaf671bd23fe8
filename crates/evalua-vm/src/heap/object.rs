//! The collectable objects and their layout.
//!
//! Owns: headers, the object structs, the `Gc` pointer and the accessors of small objects. Tables and
//! coroutines have modules of their own for what can be done with them.
//!
//! Invariants:
//! - O1: a `Gc<T>` points to a live object whose layout starts with [`Header`] and whose kind fits `T`.
//!   Objects are freed only by the sweep, which runs only at safepoints, after everything reachable
//!   from the roots was marked (`heap::collect`). A `Gc` held in Rust across a safepoint is rooted:
//!   it lies on a Lua stack, in the registry, in a handle slot, or in an object that does.
//! - O2: a heap belongs to one thread at a time; object fields are read and written one at a time
//!   through raw pointers, and no reference to a field that can be written outlives the statement.
//! - O3: the bytes of a string never change.
#![allow(unsafe_code, reason = "object layout and raw field access")]

use crate::bytecode::instr::Instr;
use crate::bytecode::proto::{Capture, LocalInfo, VarargKind};
use crate::coverage::Tally;
use crate::error::Throw;
use crate::heap::Heap;
use crate::heap::string::{Hashed, puc_hash, puc_hash_polled};
use crate::native::{DirectFn, NativeFn};
use crate::value::Value;
use crate::vm::{HostValue, Vm};
use std::any::Any;
use std::marker::PhantomData;
use std::ptr::NonNull;

pub use crate::table::Table;
pub use crate::thread::Thread;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Str,
    Table,
    LuaClosure,
    NativeClosure,
    Userdata,
    Thread,
    Proto,
    Upval,
}

/// The head of every object.
#[repr(C)]
pub struct Header {
    /// The next object of the heap, or of the bucket for an interned string.
    pub(crate) next: *mut Header,
    /// Serial number, by which objects hash as table keys; for a string its hash.
    pub(crate) serial: u32,
    /// What this is.
    pub(crate) kind: Kind,
    /// Mark bits (see `heap::collect`).
    pub(crate) mark: u8,
    /// For each kind its own: string flags, absent metamethods of a table, upvalue count of a function.
    pub(crate) aux: u8,
    /// Userdata: finaliser state.
    pub(crate) aux2: u8,
}

/// A stretch of time without a safepoint (O1): the machine is lent for so long, and only its heap, which by itself
/// collects nothing, and the host's value are to be had meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct Quiet<'a>(PhantomData<&'a Vm>);

impl<'a> Quiet<'a> {
    /// Begins such a stretch.
    #[inline(always)]
    pub(crate) fn begin(vm: &'a mut Vm) -> (Quiet<'a>, &'a mut Heap, &'a mut HostValue) {
        (Quiet(PhantomData), &mut vm.heap, &mut vm.host)
    }
}

/// A pointer to a collectable object.
#[repr(transparent)]
pub struct Gc<T>(NonNull<T>);

impl<T> Clone for Gc<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Gc<T> {}

impl<T> PartialEq for Gc<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Gc<T> {}

impl<T> std::fmt::Debug for Gc<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}#{}", self.kind(), self.header().serial)
    }
}

impl<T> Gc<T> {
    /// A pointer to a live object.
    ///
    /// # Safety
    /// `p` must satisfy O1 for `T`.
    #[inline(always)]
    pub(crate) unsafe fn from_raw(p: *mut T) -> Gc<T> {
        // SAFETY: the caller vouches for O1, so `p` is not null.
        Gc(unsafe { NonNull::new_unchecked(p) })
    }

    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *mut T {
        self.0.as_ptr()
    }

    #[inline(always)]
    pub(crate) fn erase(self) -> Gc<Header> {
        Gc(self.0.cast())
    }

    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: O1, every object starts with a header; O2.
        unsafe { self.0.cast::<Header>().as_ref() }
    }

    #[inline(always)]
    pub(crate) fn kind(self) -> Kind {
        self.header().kind
    }

    /// An address-like number that identifies the object in `tostring`.
    pub fn address(self) -> usize {
        self.as_ptr() as usize
    }
}

/// Any function: look at the kind before casting.
#[repr(C)]
pub struct Function {
    pub(crate) header: Header,
}

/// A string: the header is followed by the length and the bytes.
#[repr(C)]
pub struct Str {
    pub(crate) header: Header,
    pub(crate) len: u32,
}

/// `Header::aux` of a string that is not interned.
pub(crate) const STR_LONG: u8 = 1;
/// `Header::aux` of a long string whose hash is known.
pub(crate) const STR_HASHED: u8 = 2;
/// `Header::aux` of a long string whose hash is made of all its bytes.
pub(crate) const STR_WHOLE: u8 = 4;
/// Offset of a string's bytes.
pub(crate) const STR_BYTES: usize = 20;

impl Gc<Str> {
    /// The bytes.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        let p = self.as_ptr();
        // SAFETY: O1 and O3: `len` bytes follow at STR_BYTES and never change. The borrow is tied to
        // this handle, which is rooted across safepoints (O1).
        unsafe { std::slice::from_raw_parts(p.cast::<u8>().add(STR_BYTES), (*p).len as usize) }
    }

    /// The bytes, for as long as the state is not changed.
    pub(crate) fn bytes_for(self, _vm: &crate::vm::Vm) -> &[u8] {
        let p = self.as_ptr();
        // SAFETY: as in `bytes`; while the state is borrowed nothing can be collected.
        unsafe { std::slice::from_raw_parts(p.cast::<u8>().add(STR_BYTES), (*p).len as usize) }
    }

    /// The bytes, for as long as nothing is collected.
    #[inline(always)]
    pub(crate) fn bytes_in(self, _quiet: Quiet<'_>) -> &[u8] {
        let p = self.as_ptr();
        // SAFETY: O1 and O3, as in `bytes`: no safepoint comes while there is a `Quiet`.
        unsafe { std::slice::from_raw_parts(p.cast::<u8>().add(STR_BYTES), (*p).len as usize) }
    }

    /// Length in bytes.
    #[inline(always)]
    pub fn len(&self) -> usize {
        // SAFETY: O1.
        unsafe { (*self.as_ptr()).len as usize }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    pub(crate) fn is_long(self) -> bool {
        self.header().aux & STR_LONG != 0
    }

    /// PUC's hash of the bytes of a short string.
    #[inline(always)]
    pub(crate) fn short_hash(self) -> u32 {
        self.header().serial
    }

    /// PUC's hash of the bytes, computed at first need for long strings.
    #[inline(always)]
    pub(crate) fn hash(self) -> u32 {
        let h = self.header();
        if h.aux & (STR_LONG | STR_HASHED) == STR_LONG {
            self.hash_long()
        } else {
            h.serial
        }
    }

    #[cold]
    fn hash_long(self) -> u32 {
        let hash = puc_hash(self.bytes(), self.hashed());
        self.set_hash(hash);
        hash
    }

    /// Has the hash of a long string computed, unless an interrupt comes first.
    pub(crate) fn hash_polled(self, heap: &Heap) -> Result<(), Throw> {
        if self.header().aux & STR_HASHED == 0 {
            self.set_hash(puc_hash_polled(heap, self.bytes(), self.hashed())?);
        }
        Ok(())
    }

    /// What the hash of a long string is made of.
    fn hashed(self) -> Hashed {
        match self.header().aux & STR_WHOLE {
            0 => Hashed::Sample,
            _ => Hashed::Whole,
        }
    }

    fn set_hash(self, hash: u32) {
        // SAFETY: O1, O2.
        unsafe {
            (*self.as_ptr()).header.serial = hash;
            (*self.as_ptr()).header.aux |= STR_HASHED;
        }
    }

    /// Whether both have the same bytes.
    #[inline(always)]
    pub(crate) fn same(self, other: Gc<Str>) -> bool {
        self == other || (self.is_long() && other.is_long() && self.bytes() == other.bytes())
    }
}

/// A prototype in the heap.
#[repr(C)]
pub struct Proto {
    pub(crate) header: Header,
    /// The instructions, boxed. Only the slot hints in them change, through this pointer.
    pub(crate) code: *mut [Instr],
    pub(crate) constants: Box<[Value]>,
    pub(crate) params: u8,
    pub(crate) registers: u8,
    pub(crate) vararg: VarargKind,
    pub(crate) protos: Box<[Gc<Proto>]>,
    pub(crate) captures: Box<[Capture]>,
    pub(crate) upvalue_names: Box<[Gc<Str>]>,
    pub(crate) lines: Box<[u32]>,
    pub(crate) locals: Box<[LocalInfo]>,
    /// The chunk name, with its `@` or `=`.
    pub(crate) source: Gc<Str>,
    pub(crate) line_defined: u32,
    pub(crate) last_line_defined: u32,
    /// Bytes counted for the boxes above.
    pub(crate) size: usize,
    /// Where its instructions are counted, if they are: memory of the host's, and not counted.
    pub(crate) tally: Option<Box<Tally>>,
    /// What the observer knows its chunk by; 0 where it is not told of it.
    pub(crate) chunk: u32,
}

impl Proto {
    /// The instructions.
    pub(crate) fn code(&self) -> &[Instr] {
        // SAFETY: the box lives as long as the prototype; O2: this is used on cold paths only, by one
        // thread, while the interpreter loop that writes hints does not run.
        unsafe { &*self.code }
    }
}

impl Drop for Proto {
    fn drop(&mut self) {
        // SAFETY: `code` came from a box and is not used again.
        drop(unsafe { Box::from_raw(self.code) });
    }
}

impl Gc<Proto> {
    /// The prototype; its fields never change after it is made, but for hints, which no one reads so.
    #[inline(always)]
    pub(crate) fn get(&self) -> &Proto {
        // SAFETY: O1; O2: only hints are written, through raw pointers, and they are read only by the
        // interpreter loop through raw pointers.
        unsafe { &*self.as_ptr() }
    }
}

/// An upvalue: open while its variable lives on a stack, then closed.
#[repr(C)]
pub struct Upval {
    pub(crate) header: Header,
    /// Where the variable is: a stack slot or `closed`.
    pub(crate) slot: *mut Value,
    /// The variable, once closed.
    pub(crate) closed: Value,
    /// The next open upvalue further down the same stack.
    pub(crate) next_open: *mut Upval,
}

/// A Lua function with its upvalues.
#[repr(C)]
pub struct LuaClosure {
    pub(crate) header: Header,
    pub(crate) proto: Gc<Proto>,
    pub(crate) env: Gc<Table>,
    /// `header.aux` upvalues; the struct is allocated with room for all.
    pub(crate) upvals: [*mut Upval; 0],
}

impl Gc<LuaClosure> {
    #[inline(always)]
    pub(crate) fn proto(self) -> Gc<Proto> {
        // SAFETY: O1.
        unsafe { (*self.as_ptr()).proto }
    }

    #[inline(always)]
    pub(crate) fn upvalue_count(self) -> usize {
        self.header().aux as usize
    }

    /// What the variable of upvalue `i` holds; nil beyond the last.
    pub(crate) fn upvalue(self, i: usize) -> Value {
        if i >= self.upvalue_count() {
            return Value::NIL;
        }
        // SAFETY: O1, and the bounds check.
        unsafe { *(**self.upvals().add(i)).slot }
    }

    /// Writes the variable of upvalue `i`, if there is one.
    pub(crate) fn set_upvalue(self, i: usize, v: Value) {
        if i < self.upvalue_count() {
            // SAFETY: O1, O2, and the bounds check.
            unsafe { *(**self.upvals().add(i)).slot = v }
        }
    }

    /// Address of the slot of upvalue pointers.
    #[inline(always)]
    pub(crate) fn upvals(self) -> *mut *mut Upval {
        // SAFETY: O1: the array follows the fixed part.
        unsafe { (&raw mut (*self.as_ptr()).upvals).cast() }
    }
}

/// A native function with the values it keeps.
#[repr(C)]
pub struct NativeClosure {
    pub(crate) header: Header,
    pub(crate) function: NativeFn,
    pub(crate) direct: Option<DirectFn>,
    pub(crate) env: Gc<Table>,
    pub(crate) upvals: Box<[Value]>,
}

impl Gc<NativeClosure> {
    #[inline(always)]
    pub(crate) fn function(self) -> NativeFn {
        // SAFETY: O1.
        unsafe { (*self.as_ptr()).function }
    }

    /// The short cut of the function.
    #[inline(always)]
    pub(crate) fn direct(self) -> Option<DirectFn> {
        // SAFETY: O1.
        unsafe { (*self.as_ptr()).direct }
    }

    /// Gives the function a short cut.
    pub(crate) fn set_direct(self, direct: Option<DirectFn>) {
        // SAFETY: O1.
        unsafe { (*self.as_ptr()).direct = direct }
    }

    /// A value the function keeps, nil beyond the last.
    pub(crate) fn upvalue(self, i: usize) -> Value {
        // SAFETY: O1, O2.
        let upvals = unsafe { &(*self.as_ptr()).upvals };
        upvals.get(i).copied().unwrap_or(Value::NIL)
    }

    /// Writes a value the function keeps.
    pub(crate) fn set_upvalue(self, i: usize, v: Value) {
        // SAFETY: O1, O2.
        let upvals = unsafe { &mut (*self.as_ptr()).upvals };
        if let Some(slot) = upvals.get_mut(i) {
            *slot = v;
        }
    }

    pub(crate) fn upvalue_count(self) -> usize {
        // SAFETY: O1, O2.
        let upvals = unsafe { &(*self.as_ptr()).upvals };
        upvals.len()
    }
}

impl Gc<Function> {
    /// The environment of either kind of function.
    pub(crate) fn env(self) -> Gc<Table> {
        // SAFETY: O1 and the kind.
        unsafe {
            match self.kind() {
                Kind::LuaClosure => (*self.as_ptr().cast::<LuaClosure>()).env,
                _ => (*self.as_ptr().cast::<NativeClosure>()).env,
            }
        }
    }

    /// Sets the environment of either kind of function.
    pub(crate) fn set_env(self, env: Gc<Table>) {
        // SAFETY: O1 and the kind, O2.
        unsafe {
            match self.kind() {
                Kind::LuaClosure => (*self.as_ptr().cast::<LuaClosure>()).env = env,
                _ => (*self.as_ptr().cast::<NativeClosure>()).env = env,
            }
        }
    }
}

/// A full userdata: a Rust value with a metatable.
#[repr(C)]
pub struct Userdata {
    pub(crate) header: Header,
    pub(crate) meta: Option<Gc<Table>>,
    pub(crate) env: Option<Gc<Table>>,
    /// Bytes that the heap counts for `data`.
    pub(crate) size: usize,
    pub(crate) data: Box<dyn Any>,
}

/// What is in a userdata whose value was taken out.
pub(crate) struct Gone;

/// `Header::aux2` of a userdata whose finaliser has been queued or run.
pub(crate) const FINALIZED: u8 = 1;
/// `Header::aux` of a userdata whose value belongs to the program that embeds Lua.
pub(crate) const HOST_VALUE: u8 = 1;

impl Gc<Userdata> {
    pub(crate) fn meta(self) -> Option<Gc<Table>> {
        // SAFETY: O1.
        unsafe { (*self.as_ptr()).meta }
    }

    pub(crate) fn set_meta(self, meta: Option<Gc<Table>>) {
        // SAFETY: O1, O2.
        unsafe { (*self.as_ptr()).meta = meta }
    }

    pub(crate) fn env(self) -> Option<Gc<Table>> {
        // SAFETY: O1.
        unsafe { (*self.as_ptr()).env }
    }

    pub(crate) fn set_env(self, env: Gc<Table>) {
        // SAFETY: O1, O2.
        unsafe { (*self.as_ptr()).env = Some(env) }
    }

    /// The host's value, for as long as the state is not changed.
    pub(crate) fn data_for(self, _vm: &crate::vm::Vm) -> &dyn Any {
        // SAFETY: O1; while the state is borrowed the box is not replaced, and nothing collected.
        unsafe { &*(*self.as_ptr()).data }
    }

    /// Takes the host's value out; [`Gone`] takes its place.
    pub(crate) fn take_data(self, _heap: &mut crate::heap::Heap) -> Box<dyn Any> {
        // SAFETY: O1, O2: the heap is borrowed alone, so nobody looks at the box.
        unsafe { std::mem::replace(&mut (*self.as_ptr()).data, Box::new(Gone)) }
    }
}
