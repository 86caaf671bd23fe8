//! A buffer that what walks over values writes to.
//!
//! Owns the limits of such a walk: it holds views of values, so that nothing can be counted or
//! allocated in the state before it ends. Knows no format.

use evalua_vm::stack::{Call, Throw};

/// The least room that is made.
const LEAST: usize = 256;

/// How much work passes between two looks at the budget.
const CHECK_EVERY: u64 = 1024;

/// The buffer, and the work that has not been counted yet.
pub(super) struct Output<'a, 'call> {
    call: &'a Call<'call>,
    bytes: Vec<u8>,
    work: u64,
    next_check: u64,
}

impl<'a, 'call> Output<'a, 'call> {
    /// Writes behind what is in the buffer.
    pub(super) fn new(call: &'a Call<'call>, bytes: Vec<u8>) -> Output<'a, 'call> {
        Output {
            call,
            bytes,
            work: 0,
            next_check: CHECK_EVERY,
        }
    }

    /// The buffer, and how much work is to be counted.
    pub(super) fn finish(self) -> (Vec<u8>, u32) {
        (self.bytes, u32::try_from(self.work).unwrap_or(u32::MAX))
    }

    /// Notes work; fails once there is more of it than the budget has.
    #[inline]
    pub(super) fn count(&mut self, units: u64) -> Result<(), Throw> {
        self.work += units;
        if self.work >= self.next_check {
            self.next_check = self.work + CHECK_EVERY;
            self.call.check_work(self.work)?;
        }
        Ok(())
    }

    /// Makes room for so many bytes more, within the memory ceiling.
    #[inline]
    pub(super) fn room(&mut self, more: usize) -> Result<(), Throw> {
        if self.bytes.capacity() - self.bytes.len() < more {
            self.grow(more)?;
        }
        Ok(())
    }

    #[cold]
    fn grow(&mut self, more: usize) -> Result<(), Throw> {
        let size = (self.bytes.len() + more).next_power_of_two().max(LEAST);
        self.call.check_memory(size)?;
        let more = size - self.bytes.len();
        (self.bytes.try_reserve_exact(more)).map_err(|_| Throw::Memory)
    }

    /// Writes bytes.
    #[inline]
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), Throw> {
        self.room(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// The bytes so far, to write more where room was made before.
    #[inline]
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}
