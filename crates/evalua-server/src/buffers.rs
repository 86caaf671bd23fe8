//! [`Buffers`]: memory for bytes on their way, shared by all connections.
//!
//! A connection takes a buffer when bytes come or go, and gives it back once none are left in it, so that
//! connections that are quiet hold none.

use std::cell::RefCell;

/// The room in a new buffer: how much is read at a time.
pub(crate) const SIZE: usize = 64 * 1024;

/// A buffer that has grown beyond this is not kept.
const LARGEST: usize = 4 * SIZE;

/// So many are kept.
const MOST: usize = 8;

/// Buffers that nobody uses.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    free: RefCell<Vec<Vec<u8>>>,
}

impl Buffers {
    /// An empty buffer with room for [`SIZE`] bytes.
    pub fn take(&self) -> Vec<u8> {
        let free = self.free.borrow_mut().pop();
        free.unwrap_or_else(|| Vec::with_capacity(SIZE))
    }

    /// Takes a buffer back, with what is in it thrown away.
    pub fn give(&self, mut buffer: Vec<u8>) {
        let mut free = self.free.borrow_mut();
        if (SIZE..=LARGEST).contains(&buffer.capacity()) && free.len() < MOST {
            buffer.clear();
            free.push(buffer);
        }
    }

    /// Empties a buffer that is used on, unless it is better replaced by a new one.
    pub fn recycle(&self, buffer: &mut Vec<u8>) {
        if buffer.capacity() > LARGEST {
            *buffer = self.take();
        } else {
            buffer.clear();
        }
    }

    /// Removes the first bytes of `input`. Where little or nothing is left, its buffer is given back.
    pub fn consume(&self, input: &mut Vec<u8>, done: usize) {
        let rest = &input[done..];
        if rest.len() <= input.capacity() / 4 {
            let rest = rest.to_vec();
            self.give(std::mem::replace(input, rest));
        } else {
            input.drain(..done);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_connection_holds_no_more_than_what_is_left() {
        let buffers = Buffers::default();
        let mut input = buffers.take();
        input.extend_from_slice(b"PING\r\nPI");
        buffers.consume(&mut input, 6);
        assert_eq!((&*input, input.capacity()), (&b"PI"[..], 2));
        buffers.consume(&mut input, 2);
        assert_eq!(input.capacity(), 0);
        assert_eq!(buffers.free.borrow().len(), 1);
    }

    #[test]
    fn large_ones_are_not_kept() {
        let buffers = Buffers::default();
        buffers.give(Vec::with_capacity(LARGEST + 1));
        assert!(buffers.free.borrow().is_empty());
        for _ in 0..MOST + 1 {
            buffers.give(Vec::with_capacity(SIZE));
        }
        assert_eq!(buffers.free.borrow().len(), MOST);
    }
}
