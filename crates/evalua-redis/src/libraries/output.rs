//! A buffer that what walks over values writes to.
//!
//! Owns the limits of such a walk: it holds views of values, so that nothing can be counted or
//! allocated in the state before it ends. Knows no format.

use evalua_vm::stack::{Call, Throw};

/// The least room that is made.
const LEAST: usize = 1024;

/// How much work passes between two looks at the budget.
const CHECK_EVERY: u64 = 1024;

/// The buffer, and the work that has not been counted yet.
pub(super) struct Output<'a, 'call> {
    call: &'a Call<'call>,
    /// What is written, and room for more. It has values already, so that a few bytes are stored where they go
    /// by an instruction, without a look at a capacity.
    bytes: Vec<u8>,
    /// How much is written.
    end: usize,
    work: u64,
    next_check: u64,
}

impl<'a, 'call> Output<'a, 'call> {
    /// Writes behind what is in the buffer.
    pub(super) fn new(call: &'a Call<'call>, bytes: Vec<u8>) -> Output<'a, 'call> {
        Output {
            call,
            end: bytes.len(),
            bytes,
            work: 0,
            next_check: CHECK_EVERY,
        }
    }

    /// The buffer, and how much work is to be counted.
    pub(super) fn finish(mut self) -> (Vec<u8>, u32) {
        self.bytes.truncate(self.end);
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
        if self.bytes.len() - self.end < more {
            self.grow(more)?;
        }
        Ok(())
    }

    #[cold]
    fn grow(&mut self, more: usize) -> Result<(), Throw> {
        let size = (self.end.checked_add(more))
            .and_then(usize::checked_next_power_of_two)
            .ok_or(Throw::Memory)?
            .max(LEAST);
        if size > self.bytes.capacity() {
            self.call.check_memory(size)?;
            let more = size - self.bytes.len();
            (self.bytes.try_reserve_exact(more)).map_err(|_| Throw::Memory)?;
        }
        self.bytes.resize(size, 0);
        Ok(())
    }

    /// Writes bytes.
    #[inline]
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), Throw> {
        self.room(bytes.len())?;
        self.fill(bytes.len()).copy_from_slice(bytes);
        Ok(())
    }

    /// Writes a byte.
    #[inline]
    pub(super) fn byte(&mut self, byte: u8) -> Result<(), Throw> {
        self.room(1)?;
        self.push(byte);
        Ok(())
    }

    /// Writes a byte where room was made before.
    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        self.bytes[self.end] = byte;
        self.end += 1;
    }

    /// The room that was made before.
    #[inline]
    pub(super) fn spare(&mut self) -> &mut [u8] {
        &mut self.bytes[self.end..]
    }

    /// Takes so many bytes of the room as written.
    #[inline]
    pub(super) fn advance(&mut self, count: usize) {
        debug_assert!(self.end + count <= self.bytes.len());
        self.end += count;
    }

    /// So many bytes of the room that was made before, to be written.
    #[inline]
    pub(super) fn fill(&mut self, count: usize) -> &mut [u8] {
        let start = self.end;
        self.end += count;
        &mut self.bytes[start..start + count]
    }
}
