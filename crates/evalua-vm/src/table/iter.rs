//! Traversal and length.
#![allow(
    unsafe_code,
    reason = "walks the parts; invariants in the parent module"
)]

use super::exact_i32;
use crate::heap::object::{Gc, Table};
use crate::value::Value;

impl Gc<Table> {
    /// Position of a key in traversal order: the array part, then the nodes. `None` if it is not there.
    fn position(self, key: Value) -> Option<usize> {
        if let Some(i) = key.as_number().and_then(exact_i32)
            && i > 0
            && i as usize <= self.array_len()
        {
            return Some(i as usize);
        }
        // SAFETY: T1, T2, T3: only bits are compared, but for strings, which `find` handles; a string
        // that is passed in is alive, and so is its own node's key.
        unsafe {
            let t = self.p();
            let at = |node: *mut super::Node| {
                self.array_len() + node.offset_from((*t).node) as usize + 1
            };
            if let Some(slot) = self.find(key) {
                let node = slot.byte_sub(std::mem::offset_of!(super::Node, value));
                return Some(at(node.cast()));
            }
            // Only the key of a collectable object is ever marked dead.
            if !key.is_collectable() {
                return None;
            }
            let dead = key.dead();
            let mut node = self.main_position(key);
            loop {
                if (*node).key.bits() == dead.bits() {
                    return Some(at(node));
                }
                node = Self::next_in_chain(node)?;
            }
        }
    }

    /// The entry after `key`, or the first for nil.
    #[inline]
    pub(crate) fn next(self, key: Value) -> Result<Next, InvalidKey> {
        let from = if key.is_nil() {
            0
        } else {
            self.position(key).ok_or(InvalidKey)?
        };
        Ok(self.entry_near(from))
    }

    /// The first entry at or after a position, if it is [`NEAR`].
    #[inline]
    pub(crate) fn entry_near(self, from: usize) -> Next {
        let end = self.array_len() + self.node_count();
        let near = end.min(from.saturating_add(NEAR));
        match self.entry_between(from, near) {
            Some((_, key, value)) => Next::Entry(key, value),
            None if near == end => Next::End,
            None => Next::Far(near),
        }
    }

    /// The first entry at or after a position, and the position after it.
    pub(crate) fn entry_at(self, from: usize) -> Option<(usize, Value, Value)> {
        self.entry_between(from, usize::MAX)
    }

    /// The first entry at or after a position and before another one, and the position after it.
    #[inline]
    fn entry_between(self, from: usize, to: usize) -> Option<(usize, Value, Value)> {
        let array_len = self.array_len();
        // SAFETY: T1.
        unsafe {
            let t = self.p();
            for i in from..array_len.min(to) {
                let v = *(*t).array.add(i);
                if !v.is_nil() {
                    return Some((i + 1, Value::num((i + 1) as f64), v));
                }
            }
            let nodes = self.node_count().min(to.saturating_sub(array_len));
            for i in from.saturating_sub(array_len)..nodes {
                let node = (*t).node.add(i);
                if !(*node).value.is_nil() {
                    return Some((array_len + i + 1, (*node).key, (*node).value));
                }
            }
        }
        None
    }

    /// A border (manual 2.5.5): the one PUC finds.
    pub fn length(self) -> usize {
        let len = self.array_len();
        // SAFETY: T1: indices below `array_len`.
        let array_nil = |i: usize| unsafe { (*(*self.p()).array.add(i - 1)).is_nil() };
        if len > 0 && array_nil(len) {
            let (mut low, mut high) = (0, len);
            while high - low > 1 {
                let middle = (low + high) / 2;
                if array_nil(middle) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            return low;
        }
        if self.node_count() == 0 {
            return len;
        }
        self.unbound_search(len)
    }

    /// A border above `from`, by doubling and then halving; where doubling would pass the largest
    /// int, by steps from 1.
    fn unbound_search(self, from: usize) -> usize {
        let nil_at = |i: usize| self.get(Value::num(i as f64)).is_nil();
        let (mut low, mut high) = (from, from + 1);
        while !nil_at(high) {
            low = high;
            high *= 2;
            if high > i32::MAX as usize {
                let mut i = 1;
                while !nil_at(i) {
                    i += 1;
                }
                return i - 1;
            }
        }
        while high - low > 1 {
            let middle = (low + high) / 2;
            if nil_at(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        low
    }
}

/// Slots that [`Gc::<Table>::next`] looks at in search of an entry before it gives way.
pub(crate) const NEAR: usize = 4096;

/// What comes after a key.
pub(crate) enum Next {
    /// This key and its value.
    Entry(Value, Value),
    /// Nothing any more.
    End,
    /// Nothing before this position, from where the search can go on.
    Far(usize),
}

/// The key given to `next` is not in the table.
#[derive(Debug, Clone, Copy)]
pub struct InvalidKey;
