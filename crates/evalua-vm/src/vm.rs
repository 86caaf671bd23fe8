//! The state of one Lua universe.
//!
//! Owns: the heap, the running coroutine, the registry, type metatables, limits, and the error value
//! in flight. What runs code is in `interp`; what Rust code uses is in `api` and `native`.

use crate::error::Throw;
use crate::heap::Heap;
use crate::heap::collect::{GivenUp, MetaNames, collect, prepare};
use crate::heap::object::{Gc, Str, Table, Thread};
use crate::heap::string::Hashed;
use crate::limits::{Fuel, Limits};
use crate::meta::Event;
use crate::observe::Observer;
use crate::thread::Status;
use crate::value::{Type, Value};
use std::any::Any;

/// Nested calls Lua → native → Lua, as PUC's `LUAI_MAXCCALLS`.
pub(crate) const MAX_NATIVE_DEPTH: u32 = 200;

/// Default limit of nested calls, as PUC's `LUAI_MAXCALLS`.
pub(crate) const MAX_CALLS: u32 = 20_000;

/// The largest buffer that is kept for the next string.
const MAX_SCRATCH: usize = 64 * 1024;

/// Where library output goes.
pub(crate) type Output = Box<dyn std::io::Write + Send>;

/// What the host keeps in a state.
pub(crate) type HostValue = Option<Box<dyn Any + Send>>;

/// One Lua universe.
pub struct Vm {
    pub(crate) heap: Heap,
    /// The coroutine that runs.
    pub(crate) thread: Gc<Thread>,
    /// The main program.
    pub(crate) main: Gc<Thread>,
    pub(crate) registry: Gc<Table>,
    /// Metatables of the types other than table and userdata.
    pub(crate) type_meta: [Option<Gc<Table>>; Type::COUNT],
    /// Metamethod names, by [`Event`].
    pub(crate) event_names: [Gc<Str>; Event::COUNT],
    /// What `type` returns, by [`Type`].
    pub(crate) type_names: [Gc<Str>; Type::COUNT],
    /// Messages of the throws of [`Throw::WITH_TEXT`].
    pub(crate) throw_texts: [Gc<Str>; Throw::WITH_TEXT.len()],
    /// The value of an error in flight ([`Throw::Error`]).
    pub(crate) thrown: Value,
    /// Set from a yield to the end of the resume: a host's function can return [`Throw::Yield`] too,
    /// but only a yield leaves the coroutine as a resume expects it.
    pub(crate) yielding: bool,
    pub(crate) fuel: Fuel,
    pub(crate) native_depth: u32,
    /// Limit of nested calls.
    pub(crate) max_calls: u32,
    /// Values that the host holds; free slots are nil.
    pub(crate) roots: Vec<Value>,
    pub(crate) free_roots: Vec<u32>,
    /// The host's state, for native functions that the host registers.
    pub(crate) host: HostValue,
    /// What the program ends with, if [`Throw::Exit`] ends it.
    pub(crate) exit_status: i32,
    /// Where `print` and other library output goes.
    pub(crate) output: Output,
    /// A buffer for building strings, counted by the heap. See [`Vm::take_scratch`].
    scratch: Vec<u8>,
    /// Who is told of lines of the chunks that were loaded for it; away while it is told.
    pub(crate) observer: Option<Observer>,
    /// `math.random`.
    pub(crate) random: crate::number::random::Generator,
}

impl Vm {
    /// A universe without libraries.
    pub(crate) fn new(hashed: Hashed) -> Result<Vm, Throw> {
        let mut heap = Heap::new(hashed);
        let fuel = Fuel::default();
        heap.interrupt = fuel.interrupt_handle();
        // PUC's first size, which the order of `pairs` over the globals comes from.
        let globals = heap.table_sized(0, 2)?;
        let registry = heap.table()?;
        let main = heap.thread(globals)?;
        main.set_status(Status::Running);
        let empty = heap.str(b"")?;
        let mut event_names = [empty; Event::COUNT];
        for &event in Event::ALL {
            event_names[event as usize] = heap.str(event.name().as_bytes())?;
        }
        let mut type_names = [empty; Type::COUNT];
        for &ty in Type::ALL {
            type_names[ty as usize] = heap.str(ty.name().as_bytes())?;
        }
        let mut throw_texts = [empty; Throw::WITH_TEXT.len()];
        for (slot, (_, text)) in throw_texts.iter_mut().zip(Throw::WITH_TEXT) {
            *slot = heap.str(text.as_bytes())?;
        }
        main.reserve(&mut heap, 1)?;
        Ok(Vm {
            heap,
            thread: main,
            main,
            registry,
            type_meta: [None; Type::COUNT],
            event_names,
            type_names,
            throw_texts,
            thrown: Value::NIL,
            yielding: false,
            fuel,
            native_depth: 0,
            max_calls: MAX_CALLS,
            roots: Vec::new(),
            free_roots: Vec::new(),
            host: None,
            exit_status: 0,
            output: Box::new(std::io::sink()),
            scratch: Vec::new(),
            observer: None,
            random: crate::number::random::Generator::posix_rand(),
        })
    }

    /// Sets what scripts may use, in place of all earlier limits.
    pub(crate) fn set_limits(&mut self, limits: Limits) {
        self.fuel.set(limits.instructions);
        self.heap.set_limit(limits.memory.unwrap_or(usize::MAX));
        self.max_calls = limits.call_depth.unwrap_or(MAX_CALLS).max(1);
        let thread = self.thread;
        thread.shrink_frames(&mut self.heap, self.max_calls);
    }

    /// The table of globals of the running coroutine.
    pub(crate) fn globals(&self) -> Gc<Table> {
        self.thread.globals()
    }

    /// Collects garbage and queues finalisers, unless an interrupt comes first. Only the interpreter loop, at a safepoint, calls this:
    /// nothing in Rust may hold an unrooted object then. `extent` is one past the last slot in use on
    /// the running stack.
    pub(crate) fn collect_garbage(
        &mut self,
        _at: crate::interp::Safepoint,
        extent: usize,
    ) -> Result<(), GivenUp> {
        let names = MetaNames {
            mode: self.event_names[Event::Mode as usize],
            gc: self.event_names[Event::Gc as usize],
        };
        let mut marker = prepare(&mut self.heap, names)?;
        marker.running(self.thread, extent);
        marker.object(self.main);
        marker.object(self.registry);
        for meta in self.type_meta.iter().flatten() {
            marker.object(*meta);
        }
        let kept = self.event_names.iter().chain(&self.throw_texts);
        for &name in kept.chain(&self.type_names) {
            marker.object(name);
        }
        marker.value(self.thrown);
        self.heap.shapes.mark_keys(|key| marker.value(key));
        for &root in &self.roots {
            marker.value(root);
        }
        collect(&mut self.heap, marker)
    }

    /// Takes the buffer for building strings, empty.
    pub(crate) fn take_scratch(&mut self) -> Vec<u8> {
        let mut buffer = std::mem::take(&mut self.scratch);
        self.heap.uncount(buffer.capacity());
        buffer.clear();
        buffer
    }

    /// Gives the buffer for building strings back. A large one is not kept, nor one that there is no
    /// memory for.
    pub(crate) fn put_scratch(&mut self, buffer: Vec<u8>) {
        let more = buffer.capacity();
        if more <= MAX_SCRATCH
            && more > self.scratch.capacity()
            && self.heap.check_room(more).is_ok()
        {
            self.heap.uncount(self.scratch.capacity());
            self.heap.count(more);
            self.scratch = buffer;
        }
    }

    /// Keeps a value alive until [`Vm::unroot`].
    pub(crate) fn root(&mut self, v: Value) -> u32 {
        match self.free_roots.pop() {
            Some(i) => {
                self.roots[i as usize] = v;
                i
            }
            None => {
                let room = self.roots.capacity();
                self.roots.push(v);
                // Each slot may come to be listed as free as well.
                let slot = size_of::<Value>() + size_of::<u32>();
                self.heap.count((self.roots.capacity() - room) * slot);
                (self.roots.len() - 1) as u32
            }
        }
    }

    /// Lets go of a value.
    pub(crate) fn unroot(&mut self, i: u32) {
        if let Some(slot) = self.roots.get_mut(i as usize) {
            *slot = Value::NIL;
            self.free_roots.push(i);
        }
    }
}
