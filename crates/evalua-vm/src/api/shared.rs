//! The machine as handles reach it: one at a time, and from within a callback too.
//!
//! Owns: the one pointer through which [`Lua`](super::Lua) and all handles get at the machine, the slots that keep
//! their values alive, and what is to be done when the last `Lua` goes. It must not know what the
//! handles offer.
//!
//! Invariants:
//! - S1: `current` is either null or a pointer to the machine of which nothing else is made use of
//!   until it is given up: at first the only pointer there is, and inside a callback one that comes
//!   from the reference that the running native function was lent. Whoever takes it leaves null
//!   behind, and puts it back when the reference made of it is gone.
//! - S2: while a callback runs, the machine's reference that it was lent is not used.
//! - S3: the machine lives as long as its `Shared`, and so as long as any handle.
//! - S4: a handle's value is in the slot of `Vm::roots` that the handle counts for, until no handle
//!   does; objects do not move.
#![allow(
    unsafe_code,
    reason = "lends the machine to callbacks, which have no lifetime to borrow it by"
)]

use super::error::{Error, Result};
use super::failure::{Travelling, Witness};
use super::multi::MultiValue;
use super::value::Value;
use crate::native::Call;
use crate::state::State;
use crate::value::Value as Raw;
use crate::vm::Vm;
use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ptr::null_mut;
use std::rc::Rc;

/// A machine with what its handles need to know.
pub(crate) struct Shared {
    /// S1.
    current: Cell<*mut Vm>,
    /// What `Shared` was made of, to be dropped with it.
    owned: *mut Vm,
    /// How many callbacks run, one inside the other.
    running: Cell<u32>,
    /// How many [`Lua`](super::Lua) there are.
    owners: Cell<usize>,
    slots: RefCell<Slots>,
    /// The table of globals that the machine began with, and its slot, kept for good.
    globals: (Raw, u32),
    /// The metatables of userdata by the type of what is in them, kept alive for good.
    pub(super) classes: RefCell<HashMap<TypeId, Raw, ahash::RandomState>>,
    /// What knows where calls fail.
    pub(super) witness: Witness,
    /// The last error that travelled between Lua and Rust.
    pub(super) travelling: RefCell<Option<Travelling>>,
}

/// Which slots of `Vm::roots` handles count for.
#[derive(Default)]
struct Slots {
    /// Handles for each slot. Each has an `Rc` too, which ends the program before as many as these
    /// numbers hold were forgotten without being dropped.
    counts: Vec<usize>,
    /// Slots that no handle counts for any more, to be freed when the machine is next reached.
    released: Vec<u32>,
}

impl Slots {
    /// Counts one more handle for a slot.
    fn count(&mut self, slot: u32) {
        let slot = slot as usize;
        if self.counts.len() <= slot {
            self.counts.resize(slot + 1, 0);
        }
        self.counts[slot] += 1;
    }
}

/// Puts the pointer back that was taken out of `current`.
struct PutBack<'a>(&'a Cell<*mut Vm>, *mut Vm);

impl Drop for PutBack<'_> {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}

/// Counts a callback that ends.
struct Leave<'a>(&'a Cell<u32>);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Shared {
    /// Takes a state over.
    pub(super) fn new(state: State) -> Result<Rc<Shared>> {
        let mut vm = state.into_vm();
        let witness = Witness::new(&mut vm).map_err(|_| Error::out_of_memory())?;
        let globals = Raw::from(vm.globals());
        let globals = (globals, vm.root(globals));
        let owned = Box::into_raw(vm);
        Ok(Rc::new(Shared {
            current: Cell::new(owned),
            owned,
            running: Cell::new(0),
            owners: Cell::new(0),
            slots: RefCell::default(),
            globals,
            // Only looked up, never listed, so the order of this map is nowhere seen.
            classes: RefCell::new(HashMap::with_hasher(ahash::RandomState::with_seeds(
                1, 2, 3, 4,
            ))),
            witness,
            travelling: RefCell::default(),
        }))
    }

    /// Works on the machine. What is given may drop values of the host's, but not run other code of
    /// the host's: that would find the machine taken.
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut Vm) -> R) -> Result<R> {
        let current = self.current.replace(null_mut());
        if current.is_null() {
            return Err(Error::busy());
        }
        let _put_back = PutBack(&self.current, current);
        // SAFETY: S1: it was taken, so nothing else makes use of it; S3.
        let vm = unsafe { &mut *current };
        if self.running.get() == 0 {
            vm.come_to_rest();
            crate::interp::collect_at_rest(vm);
        }
        self.free_released(vm);
        Ok(f(vm))
    }

    /// Works on the machine by its stack, on which nothing is left afterwards, even if a callback's
    /// panic passes through.
    pub(super) fn call<R>(&self, f: impl FnOnce(&mut Call<'_>) -> R) -> Result<R> {
        struct Scope<'a> {
            vm: &'a mut Vm,
            mark: crate::interp::call::Mark,
        }
        impl Drop for Scope<'_> {
            fn drop(&mut self) {
                self.vm.recover(&self.mark);
            }
        }
        self.with(|vm| {
            let mark = vm.mark();
            let scope = Scope { vm, mark };
            let base = scope.vm.thread.top();
            f(&mut Call::new(scope.vm, base, 0))
        })
    }

    /// Lends the machine to a callback, for as long as it runs.
    pub(super) fn lend<R>(&self, vm: &mut Vm, f: impl FnOnce() -> R) -> R {
        let before = self.current.replace(vm);
        let _put_back = PutBack(&self.current, before);
        self.running.set(self.running.get() + 1);
        let _leave = Leave(&self.running);
        // S2: `vm` is used again only after this.
        f()
    }

    /// A handle to a value of the machine.
    pub(super) fn handle(self: &Rc<Self>, vm: &mut Vm, raw: Raw) -> Handle {
        let slot = vm.root(raw);
        self.slots.borrow_mut().count(slot);
        Handle {
            shared: self.clone(),
            raw,
            slot,
        }
    }

    /// A handle to the table of globals that the machine began with. Needs no machine.
    pub(super) fn first_globals(self: &Rc<Self>) -> Handle {
        let (raw, slot) = self.globals;
        let slots = &mut *self.slots.borrow_mut();
        if slots
            .counts
            .get(slot as usize)
            .is_none_or(|count| *count == 0)
        {
            // One more than there are handles, so that the slot stays.
            slots.count(slot);
        }
        slots.count(slot);
        Handle {
            shared: self.clone(),
            raw,
            slot,
        }
    }

    /// Handles to the values in a range of slots of the running stack.
    pub(super) fn values(
        self: &Rc<Self>,
        vm: &mut Vm,
        slots: std::ops::Range<usize>,
    ) -> MultiValue {
        slots
            .map(|i| {
                let raw = vm.thread.slot(i);
                Value::of(self, vm, raw)
            })
            .collect()
    }

    fn free_released(&self, vm: &mut Vm) {
        let slots = &mut *self.slots.borrow_mut();
        for slot in slots.released.drain(..) {
            vm.unroot(slot);
        }
    }

    pub(super) fn add_owner(&self) {
        self.owners.set(self.owners.get() + 1);
    }

    pub(super) fn remove_owner(&self) {
        self.owners.set(self.owners.get() - 1);
        self.close_if_unowned();
    }

    /// Drops the values that Rust gave to the machine, once nobody owns it and nothing runs. Those may
    /// hold handles, and so would keep the machine alive that keeps them alive.
    pub(super) fn close_if_unowned(&self) {
        if self.owners.get() > 0 || self.running.get() > 0 {
            return;
        }
        // Dropped only when the machine is free again: what drops may reach for it.
        let dropped = self.with(|vm| vm.heap.take_host_values());
        drop(dropped);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: S3: it came from a box in `new`, and whoever could reach it is gone. A callback that
        // runs would hold this `Shared`.
        drop(unsafe { Box::from_raw(self.owned) });
    }
}

/// A value of a machine, kept alive.
pub(crate) struct Handle {
    shared: Rc<Shared>,
    raw: Raw,
    slot: u32,
}

impl Handle {
    pub(super) fn shared(&self) -> &Rc<Shared> {
        &self.shared
    }

    /// The value: alive for as long as the handle is (S4).
    pub(super) fn raw(&self) -> Raw {
        self.raw
    }

    /// The bytes, if the value is a string.
    pub(super) fn bytes(&self) -> &[u8] {
        match self.raw.as_str() {
            // SAFETY: S3, S4: the handle keeps the string alive where it is, and O3: its bytes never
            // change.
            Some(s) => unsafe { &*std::ptr::from_ref::<[u8]>(s.bytes()) },
            None => &[],
        }
    }
}

impl Clone for Handle {
    fn clone(&self) -> Handle {
        self.shared.slots.borrow_mut().counts[self.slot as usize] += 1;
        Handle {
            shared: self.shared.clone(),
            raw: self.raw,
            slot: self.slot,
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let slots = &mut *self.shared.slots.borrow_mut();
        let count = &mut slots.counts[self.slot as usize];
        *count -= 1;
        if *count == 0 {
            slots.released.push(self.slot);
        }
    }
}

impl PartialEq for Handle {
    /// The same value of the same machine; strings by their bytes.
    fn eq(&self, other: &Handle) -> bool {
        if self.raw.is_string() && other.raw.is_string() {
            return self.bytes() == other.bytes();
        }
        self.raw.bits() == other.raw.bits() && Rc::ptr_eq(&self.shared, &other.shared)
    }
}
