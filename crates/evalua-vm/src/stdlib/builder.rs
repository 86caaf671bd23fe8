//! Strings built piece by piece, as PUC's `luaL_Buffer`.
//!
//! Owns the checks that a string under construction needs: the memory ceiling before it grows, the
//! instruction budget while it does.

use super::pattern::units;
use crate::error::Throw;
use crate::heap::object::{Gc, Str};
use crate::heap::string::MAX_LEN;
use crate::vm::Vm;

/// A buffer larger than this is given back to the system rather than kept for the next string.
const MAX_KEPT: usize = 1 << 20;

/// A string under construction.
pub(super) struct Builder {
    bytes: Vec<u8>,
}

impl Builder {
    /// An empty string, in the buffer that the state keeps.
    pub(super) fn new(vm: &mut Vm) -> Builder {
        let mut bytes = std::mem::take(&mut vm.scratch);
        bytes.clear();
        Builder { bytes }
    }

    /// Makes room for `more` bytes.
    pub(super) fn reserve(&mut self, vm: &mut Vm, more: usize) -> Result<(), Throw> {
        vm.fuel.take(units(more))?;
        let len = self.bytes.len().saturating_add(more);
        vm.heap.check_room(len)?;
        if len > MAX_LEN || self.bytes.try_reserve(more).is_err() {
            return Err(Throw::Memory);
        }
        Ok(())
    }

    /// Appends bytes.
    #[inline]
    pub(super) fn add(&mut self, vm: &mut Vm, piece: &[u8]) -> Result<(), Throw> {
        self.reserve(vm, piece.len())?;
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// What is there so far, for what has been reserved.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// The string.
    pub(super) fn finish(self, vm: &mut Vm) -> Result<Gc<Str>, Throw> {
        let s = vm.heap.str(&self.bytes);
        if self.bytes.capacity() <= MAX_KEPT {
            vm.scratch = self.bytes;
        }
        s
    }
}
