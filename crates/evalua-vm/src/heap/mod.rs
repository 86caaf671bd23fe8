//! The heap: allocation with accounting, interned strings, and the collector.
//!
//! Owns: every object's memory and the byte count that limits and paces the collector. It must not
//! know the interpreter; roots are handed to it by `collect`.
//!
//! Invariants:
//! - H1: every object was allocated by [`Heap::object`] or [`string`] with the size that
//!   `collect::free` computes from its header, and is linked in exactly one list (`all`, `userdata`,
//!   `threads` or a bucket of the string table).
//! - H2: `bytes` is the sum of what was handed out and not yet freed. What is free in the pages does not
//!   count: see [`Heap::trim`].
#![allow(unsafe_code, reason = "allocates and links objects")]

pub(crate) mod collect;
pub mod object;
mod pages;
pub(crate) mod string;

use crate::error::Throw;
use object::{
    Gc, HOST_VALUE, Header, Kind, LuaClosure, NativeClosure, Proto, Str, Upval, Userdata,
};
use pages::Pages;
use std::alloc::Layout;
use std::any::Any;
use std::collections::VecDeque;
use std::ptr::{NonNull, null_mut};
use string::{Hashed, StringTable};

use crate::limits::InterruptHandle;
use crate::native::NativeFn;
use crate::table::{Shapes, Table, unfloat_byte};
use crate::thread::Thread;
use crate::value::Value;

/// The collector does not run before this many bytes are in use.
const FIRST_COLLECTION: usize = 256 * 1024;

/// What every piece of memory is aligned to.
const ALIGN: usize = 8;

/// Pieces of up to this many bytes come from pages. Where a tool watches over each piece, all come from the
/// system's allocator.
const SMALL: usize = if cfg!(any(fuzzing, miri)) {
    0
} else {
    pages::LARGEST
};

/// All objects of one Lua state.
pub(crate) struct Heap {
    /// Objects other than interned strings, userdata and coroutines.
    all: *mut Header,
    /// Userdata, newest first: finalisers run in reverse order of creation.
    userdata: *mut Header,
    /// Coroutines.
    threads: *mut Header,
    strings: StringTable,
    /// How tables of fields were laid out that may come again.
    pub(crate) shapes: Shapes,
    pages: Pages,
    /// Bytes in use (H2).
    bytes: usize,
    /// Those of `bytes` that strings under construction take up. What an error throws away has not
    /// said so: who catches the error restores the count.
    buffers: usize,
    /// Collect at the next safepoint once `bytes` is above this.
    due: usize,
    /// Whether safepoints are for more than collections: see [`Heap::watch`].
    watched: bool,
    /// What a safepoint compares `bytes` with: `due`, or 0 if it is watched.
    threshold: usize,
    /// Allocation beyond this many bytes fails.
    limit: usize,
    /// Percentage of live bytes to reach before the next collection; scripts may make it negative, which
    /// is as 0.
    pub(crate) pause: i32,
    /// Percentage that `collectgarbage("setstepmul")` keeps; the collector is not incremental.
    pub(crate) step_multiplier: i32,
    /// Bytes that `collectgarbage("step")` has asked to be looked at since the last collection.
    stepped: usize,
    /// Set by `collectgarbage("stop")`.
    stopped: bool,
    /// Whether a collection was given up, so that objects may be marked still.
    stale_marks: bool,
    /// How often a collection looks for an interrupt before it finds one.
    #[cfg(test)]
    looks: usize,
    serial: u32,
    /// Asked by what takes long in one step; the same as the interpreter's.
    pub(crate) interrupt: InterruptHandle,
    /// Number of userdata.
    userdata_count: usize,
    /// Userdata whose finaliser must still run, in order. There is room for all userdata: a collection
    /// must not need memory.
    pub(crate) to_finalize: VecDeque<Gc<Userdata>>,
}

fn percentage(given: i32) -> usize {
    usize::try_from(given).unwrap_or(0)
}

impl Heap {
    pub(crate) fn new(hashed: Hashed) -> Heap {
        Heap {
            all: null_mut(),
            userdata: null_mut(),
            threads: null_mut(),
            strings: StringTable::new(hashed),
            shapes: Shapes::new(),
            pages: Pages::new(),
            bytes: string::FIRST_TABLE,
            buffers: 0,
            due: FIRST_COLLECTION,
            watched: false,
            threshold: FIRST_COLLECTION,
            limit: usize::MAX,
            pause: 200,
            step_multiplier: 200,
            stepped: 0,
            stopped: false,
            stale_marks: false,
            #[cfg(test)]
            looks: usize::MAX,
            serial: 0,
            interrupt: InterruptHandle::default(),
            userdata_count: 0,
            to_finalize: VecDeque::new(),
        }
    }

    /// Bytes in use.
    #[inline(always)]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes in pages that are not in use.
    pub(crate) fn spare(&self) -> usize {
        self.pages.spare()
    }

    /// The ceiling in bytes.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Sets the ceiling in bytes.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.set_due(self.due.min(self.next_due()));
    }

    /// Whether a safepoint has something to do.
    #[inline(always)]
    pub(crate) fn wants_safepoint(&self) -> bool {
        cfg!(feature = "gc-stress") || self.bytes > self.threshold
    }

    /// Whether a safepoint should collect.
    pub(crate) fn is_due(&self) -> bool {
        cfg!(feature = "gc-stress") || self.bytes > self.due
    }

    /// From now on every safepoint counts as having something to do.
    pub(crate) fn watch(&mut self) {
        self.watched = true;
        self.set_due(self.due);
    }

    fn set_due(&mut self, bytes: usize) {
        self.due = bytes;
        self.threshold = if self.watched { 0 } else { bytes };
    }

    /// Stops automatic collections.
    pub(crate) fn stop(&mut self) {
        self.stopped = true;
        self.set_due(usize::MAX);
    }

    /// Makes the next safepoint collect, and lets automatic collections run again.
    pub(crate) fn collect_now(&mut self) {
        self.stopped = false;
        self.set_due(0);
    }

    /// Makes the next safepoint collect, unless collections are stopped.
    pub(crate) fn collect_soon(&mut self) {
        if !self.stopped {
            self.set_due(0);
        }
    }

    /// Counts a step of PUC's incremental collector, of about `size` KiB; true where such steps have
    /// gone through the whole heap. The work itself is done then, all at once.
    pub(crate) fn step(&mut self, size: usize) -> bool {
        let work = size
            .saturating_add(1)
            .saturating_mul(percentage(self.step_multiplier).saturating_mul(10));
        self.stepped = self.stepped.saturating_add(work);
        if self.stepped < self.bytes {
            return false;
        }
        self.stepped = 0;
        true
    }

    /// Lets automatic collections run again, and soon.
    pub(crate) fn restart(&mut self) {
        self.stopped = false;
        self.set_due(self.bytes);
    }

    /// Visits every coroutine, the main program too.
    pub(crate) fn each_thread(&self, mut visit: impl FnMut(Gc<Thread>)) {
        let mut p = self.threads;
        while !p.is_null() {
            // SAFETY: O1: the list holds live coroutines only.
            unsafe {
                visit(Gc::from_raw(p.cast()));
                p = (*p).next;
            }
        }
    }

    /// Lets automatic collections run again, at the usual pace.
    pub(crate) fn restart_paced(&mut self) {
        self.stopped = false;
        self.set_due(self.next_due());
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Twice the live bytes (or as `pause` says), but where a ceiling is near, half the room that is
    /// left: garbage must not make an allocation fail.
    fn next_due(&self) -> usize {
        if self.stopped {
            return usize::MAX;
        }
        let paced = (self.bytes / 100).saturating_mul(percentage(self.pause));
        let room = self.limit.saturating_sub(self.bytes) / 2;
        paced
            .max(FIRST_COLLECTION)
            .min(self.bytes.saturating_add(room))
    }

    /// Bytes up to the ceiling.
    pub(crate) fn room(&self) -> usize {
        self.limit.saturating_sub(self.bytes)
    }

    /// Fails if `more` bytes would pass the ceiling.
    #[inline(always)]
    pub(crate) fn check_room(&self, more: usize) -> Result<(), Throw> {
        if more > self.limit.saturating_sub(self.bytes) {
            return Err(Throw::Memory);
        }
        Ok(())
    }

    /// Allocates `size` bytes, counted.
    #[inline(always)]
    pub(crate) fn alloc(&mut self, size: usize) -> Result<NonNull<u8>, Throw> {
        self.check_room(size)?;
        debug_assert!(size > 0);
        let p = if size <= SMALL {
            self.pages.alloc(size, self.limit.saturating_mul(2))
        } else {
            Self::alloc_large(size)
        };
        let p = p.ok_or(Throw::Memory)?;
        self.bytes += size;
        Ok(p)
    }

    fn alloc_large(size: usize) -> Option<NonNull<u8>> {
        let layout = Layout::from_size_align(size, ALIGN).ok()?;
        // SAFETY: no caller asks for 0 bytes.
        NonNull::new(unsafe { std::alloc::alloc(layout) })
    }

    /// Frees what [`Heap::alloc`] gave.
    ///
    /// # Safety
    /// `p` came from `alloc` of this heap with the same size and is not used again.
    #[inline(always)]
    pub(crate) unsafe fn free(&mut self, p: *mut u8, size: usize) {
        self.bytes -= size;
        // SAFETY: the caller's promise; the size was a valid layout when it was allocated.
        unsafe {
            if size <= SMALL {
                self.pages.free(p, size);
            } else {
                std::alloc::dealloc(p, Layout::from_size_align_unchecked(size, ALIGN));
            }
        }
    }

    /// Gives empty pages back where all of them hold a quarter more than what may be in use when the next
    /// collection comes.
    fn trim(&mut self) {
        if self.pages.held() > self.due.saturating_add(self.due / 4) {
            self.pages.trim(self.due);
        }
    }

    /// Counts bytes that an object allocated by other means. Never fails: see `check_room`.
    pub(crate) fn count(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// Takes back what [`Heap::count`] added.
    pub(crate) fn uncount(&mut self, bytes: usize) {
        self.bytes -= bytes;
    }

    /// Counts bytes of a buffer that a string is built in.
    pub(crate) fn count_buffer(&mut self, bytes: usize) {
        self.buffers += bytes;
        self.bytes += bytes;
    }

    /// Takes back what [`Heap::count_buffer`] added.
    pub(crate) fn uncount_buffer(&mut self, bytes: usize) {
        self.buffers -= bytes;
        self.bytes -= bytes;
    }

    /// Bytes in buffers.
    pub(crate) fn buffers(&self) -> usize {
        self.buffers
    }

    /// Sets the bytes in buffers back to what they were before a call that an error ended.
    pub(crate) fn restore_buffers(&mut self, bytes: usize) {
        debug_assert!(bytes <= self.buffers);
        self.bytes -= self.buffers - bytes;
        self.buffers = bytes;
    }

    #[inline(always)]
    fn header(&mut self, kind: Kind, next: *mut Header) -> Header {
        self.serial = self.serial.wrapping_add(1);
        Header {
            next,
            serial: self.serial,
            kind,
            mark: 0,
            aux: 0,
            aux2: 0,
        }
    }

    /// Allocates an object and links it.
    #[inline(always)]
    fn object<T>(&mut self, kind: Kind, size: usize) -> Result<(*mut T, Header), Throw> {
        let p = self.alloc(size)?.as_ptr().cast::<T>();
        let header = self.header(kind, self.all);
        self.all = p.cast();
        Ok((p, header))
    }

    /// An empty table.
    #[inline(always)]
    pub(crate) fn table(&mut self) -> Result<Gc<Table>, Throw> {
        let (p, header) = self.object::<Table>(Kind::Table, size_of::<Table>())?;
        // SAFETY: H1, fresh memory of the right size and alignment.
        unsafe {
            p.write(Table::empty(header));
            Ok(Gc::from_raw(p))
        }
    }

    /// A table with room for `array` items and `hash` other keys, as PUC's constructor sizes it.
    pub(crate) fn table_sized(&mut self, array: usize, hash: usize) -> Result<Gc<Table>, Throw> {
        let t = self.table()?;
        if array > 0 || hash > 0 {
            t.resize(self, array, hash)?;
        }
        Ok(t)
    }

    /// A table with the sizes that NEWTABLE codes in a byte each. It is not a part of the interpreter loop, which
    /// has better use for its registers.
    #[inline(never)]
    pub(crate) fn table_coded(&mut self, array: u16, hash: u16) -> Result<Gc<Table>, Throw> {
        if array | hash == 0 {
            return self.table();
        }
        self.table_sized(unfloat_byte(array), unfloat_byte(hash))
    }

    /// A Lua closure; the caller fills the upvalues before the next safepoint.
    #[inline(always)]
    pub(crate) fn lua_closure(
        &mut self,
        proto: Gc<Proto>,
        env: Gc<Table>,
        upvalues: usize,
    ) -> Result<Gc<LuaClosure>, Throw> {
        let size = lua_closure_size(upvalues);
        let (p, mut header) = self.object::<LuaClosure>(Kind::LuaClosure, size)?;
        header.aux = upvalues as u8;
        // SAFETY: H1; upvalue slots start as null, which the collector passes over.
        unsafe {
            p.write(LuaClosure {
                header,
                proto,
                env,
                upvals: [],
            });
            let closure = Gc::from_raw(p);
            for i in 0..upvalues {
                *closure.upvals().add(i) = null_mut();
            }
            Ok(closure)
        }
    }

    /// A native function.
    pub(crate) fn native_closure(
        &mut self,
        function: NativeFn,
        env: Gc<Table>,
        upvals: Box<[Value]>,
    ) -> Result<Gc<NativeClosure>, Throw> {
        let extra = size_of_val(&*upvals);
        self.check_room(extra)?;
        let (p, header) =
            self.object::<NativeClosure>(Kind::NativeClosure, size_of::<NativeClosure>())?;
        self.count(extra);
        // SAFETY: H1.
        unsafe {
            p.write(NativeClosure {
                header,
                function,
                direct: None,
                env,
                upvals,
            });
            Ok(Gc::from_raw(p))
        }
    }

    /// An upvalue that is open on `slot`.
    pub(crate) fn upval(
        &mut self,
        slot: *mut Value,
        next: *mut Upval,
    ) -> Result<*mut Upval, Throw> {
        let (p, header) = self.object::<Upval>(Kind::Upval, size_of::<Upval>())?;
        // SAFETY: H1.
        unsafe {
            p.write(Upval {
                header,
                slot,
                closed: Value::NIL,
                next_open: next,
            })
        };
        Ok(p)
    }

    /// A prototype.
    pub(crate) fn proto(&mut self, make: impl FnOnce(Header) -> Proto) -> Result<Gc<Proto>, Throw> {
        let (p, header) = self.object::<Proto>(Kind::Proto, size_of::<Proto>())?;
        let proto = make(header);
        self.count(proto.size);
        // SAFETY: H1.
        unsafe {
            p.write(proto);
            Ok(Gc::from_raw(p))
        }
    }

    /// A coroutine with an empty stack.
    pub(crate) fn thread(&mut self, globals: Gc<Table>) -> Result<Gc<Thread>, Throw> {
        let p = self.alloc(size_of::<Thread>())?.as_ptr().cast::<Thread>();
        let header = self.header(Kind::Thread, self.threads);
        self.threads = p.cast();
        // SAFETY: H1.
        unsafe {
            p.write(Thread::new(header, globals));
            Ok(Gc::from_raw(p))
        }
    }

    /// A full userdata.
    pub(crate) fn userdata(&mut self, data: Box<dyn Any>) -> Result<Gc<Userdata>, Throw> {
        let size = size_of_val(&*data);
        self.sized_userdata(data, size, 0)
    }

    /// A full userdata whose value belongs to the program that embeds Lua, and takes `size` bytes.
    pub(crate) fn host_value(
        &mut self,
        data: Box<dyn Any>,
        size: usize,
    ) -> Result<Gc<Userdata>, Throw> {
        self.sized_userdata(data, size, HOST_VALUE)
    }

    fn sized_userdata(
        &mut self,
        data: Box<dyn Any>,
        size: usize,
        aux: u8,
    ) -> Result<Gc<Userdata>, Throw> {
        self.check_room(size)?;
        self.reserve_finalizer()?;
        let p = self
            .alloc(size_of::<Userdata>())?
            .as_ptr()
            .cast::<Userdata>();
        self.count(size);
        let mut header = self.header(Kind::Userdata, self.userdata);
        header.aux = aux;
        self.userdata = p.cast();
        self.userdata_count += 1;
        // SAFETY: H1.
        unsafe {
            p.write(Userdata {
                header,
                meta: None,
                env: None,
                size,
                data,
            });
            Ok(Gc::from_raw(p))
        }
    }

    /// Takes the values of the program that embeds Lua out of their userdata.
    pub(crate) fn take_host_values(&mut self) -> Vec<Box<dyn Any>> {
        let mut taken = Vec::new();
        let mut p = self.userdata;
        while !p.is_null() {
            // SAFETY: O1: the list holds live userdata only.
            unsafe {
                if (*p).aux == HOST_VALUE {
                    taken.push(Gc::<Userdata>::from_raw(p.cast()).take_data(self));
                }
                p = (*p).next;
            }
        }
        taken
    }

    /// Makes room in the queue of finalisers for one more userdata.
    fn reserve_finalizer(&mut self) -> Result<(), Throw> {
        let room = self.to_finalize.capacity();
        if self.userdata_count < room {
            return Ok(());
        }
        let more = room.max(4);
        self.check_room(more * size_of::<Gc<Userdata>>())?;
        let target = room + more - self.to_finalize.len();
        if self.to_finalize.try_reserve_exact(target).is_err() {
            return Err(Throw::Memory);
        }
        let added = self.to_finalize.capacity() - room;
        self.count(added * size_of::<Gc<Userdata>>());
        Ok(())
    }

    /// The string with these bytes.
    #[inline(always)]
    pub(crate) fn str(&mut self, bytes: &[u8]) -> Result<Gc<Str>, Throw> {
        string::make_one(self, bytes)
    }

    /// The string with these bytes, if there is one and it is short; used to look up keys without
    /// making strings.
    pub(crate) fn known_str(&self, bytes: &[u8]) -> Option<Gc<Str>> {
        string::find(self, bytes)
    }

    /// The string with the bytes of all pieces in a row.
    pub(crate) fn str_of(&mut self, pieces: &[&[u8]]) -> Result<Gc<Str>, Throw> {
        string::make(self, pieces)
    }
}

/// Bytes of a Lua closure with this many upvalues.
pub(crate) fn lua_closure_size(upvalues: usize) -> usize {
    size_of::<LuaClosure>() + upvalues * size_of::<*mut Upval>()
}

impl Drop for Heap {
    fn drop(&mut self) {
        collect::free_all(self);
    }
}
