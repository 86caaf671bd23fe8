//! Strings built piece by piece, as PUC's `luaL_Buffer`.
//!
//! Owns the checks that a string under construction needs: the memory ceiling before it grows, the
//! instruction budget while it does.

use super::pattern::units;
use crate::error::Throw;
use crate::heap::object::{Gc, Str};
use crate::heap::string::MAX_LEN;
use crate::limits::COPIED;
use crate::vm::Vm;

/// A string under construction.
pub(super) struct Builder {
    bytes: Vec<u8>,
}

impl Builder {
    /// An empty string, in the buffer that the state keeps.
    pub(super) fn new(vm: &mut Vm) -> Builder {
        let bytes = vm.take_scratch();
        vm.heap.count_buffer(bytes.capacity());
        Builder { bytes }
    }

    /// Makes room for `more` bytes.
    pub(super) fn reserve(&mut self, vm: &mut Vm, more: usize) -> Result<(), Throw> {
        vm.fuel.take(units(more))?;
        if more <= self.bytes.capacity() - self.bytes.len() {
            return Ok(());
        }
        self.grow(vm, more)
    }

    /// Makes the buffer larger, to twice its size where there is memory for that.
    #[cold]
    fn grow(&mut self, vm: &mut Vm, more: usize) -> Result<(), Throw> {
        let old = self.bytes.capacity();
        let len = self.bytes.len().saturating_add(more);
        if len > MAX_LEN {
            return Err(Throw::Memory);
        }
        let needed = len - old;
        vm.heap.check_room(needed)?;
        // Near the ceiling half of what is left, so that there too the steps are few.
        let more = needed.max(old.min(vm.heap.room() / 2));
        let extra = old + more - self.bytes.len();
        if self.bytes.try_reserve_exact(extra).is_err() {
            return Err(Throw::Memory);
        }
        vm.heap.count_buffer(self.bytes.capacity() - old);
        Ok(())
    }

    /// Appends bytes.
    #[inline]
    pub(super) fn add(&mut self, vm: &mut Vm, piece: &[u8]) -> Result<(), Throw> {
        self.reserve(vm, piece.len())?;
        if piece.len() <= COPIED {
            self.bytes.extend_from_slice(piece);
            return Ok(());
        }
        self.fill(vm, piece, |bytes, part| bytes.extend_from_slice(part))
    }

    /// Appends bytes, for which there is room, `times` times.
    pub(super) fn repeat(&mut self, vm: &Vm, piece: &[u8], times: usize) -> Result<(), Throw> {
        if piece.len() > COPIED {
            return (0..times).try_for_each(|_| {
                self.fill(vm, piece, |bytes, part| bytes.extend_from_slice(part))
            });
        }
        let at_once = COPIED / piece.len().max(1);
        let mut left = times;
        while left > 0 {
            vm.fuel.poll()?;
            let now = left.min(at_once);
            match *piece {
                [byte] => self.bytes.resize(self.bytes.len() + now, byte),
                _ => (0..now).for_each(|_| self.bytes.extend_from_slice(piece)),
            }
            left -= now;
        }
        Ok(())
    }

    /// Lets `f` append what it makes of every part of a source, unless an interrupt comes first. There
    /// is room.
    pub(super) fn fill(
        &mut self,
        vm: &Vm,
        source: &[u8],
        f: impl Fn(&mut Vec<u8>, &[u8]),
    ) -> Result<(), Throw> {
        for part in source.chunks(COPIED) {
            vm.fuel.poll()?;
            f(&mut self.bytes, part);
        }
        Ok(())
    }

    /// What is there so far, for what has been reserved.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// The string.
    pub(super) fn finish(self, vm: &mut Vm) -> Result<Gc<Str>, Throw> {
        // From here on the buffer is on its way out, so that string and buffer need not both have room.
        vm.heap.uncount_buffer(self.bytes.capacity());
        let s = vm.heap.str(&self.bytes);
        vm.put_scratch(self.bytes);
        s
    }
}
