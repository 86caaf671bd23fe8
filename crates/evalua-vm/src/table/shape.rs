//! Tables whose fields come as those of another did.
//!
//! Owns: [`Shapes`], which a heap remembers. How the nodes of a table are laid out comes of its keys and of the order
//! in which they came. So a table that gets all fields at once has the nodes that the last one had with these keys in
//! this order: they are copied, and only the values are put in. Records of a kind, of which a document has
//! many, and which scripts decode again and again, need neither a look-up nor a rehash.
//!
//! Invariants:
//! - P1: the keys of a shape are interned strings that have not been freed: each collection marks them, or forgets
//!   the shape, if it has not been of use since the last one.
//! - P2: the first `count` nodes of a shape are those of a table of strings alone, with values of nil, and `last_free`
//!   is that table's; `places` has for each of `fields` keys, as they came, the index of its node.
#![allow(unsafe_code, reason = "copies node parts; invariants above")]

use super::Node;
use crate::error::Throw;
use crate::heap::Heap;
use crate::heap::object::{Gc, Table, Thread};
use crate::value::Value;
use std::ptr::null_mut;

/// The most fields of a shape.
const MOST: usize = 16;

/// How many shapes are remembered.
const SHAPES: usize = 64;

/// Keys and values by turns in a row of slots of a stack.
#[derive(Clone, Copy)]
pub(crate) struct Entries {
    pub(crate) stack: Gc<Thread>,
    /// The slot of the first key.
    pub(crate) first: usize,
    pub(crate) count: usize,
}

impl Entries {
    #[inline(always)]
    fn get(self, i: usize) -> (Value, Value) {
        let slot = self.first + 2 * i;
        (self.stack.slot(slot), self.stack.slot(slot + 1))
    }

    #[inline(always)]
    pub(crate) fn iter(self) -> impl Iterator<Item = (Value, Value)> {
        (0..self.count).map(move |i| self.get(i))
    }

    /// A number that differs for most keys, if there is a shape for so many.
    #[inline]
    fn sum(self) -> Option<u64> {
        if !(1..=MOST).contains(&self.count) {
            return None;
        }
        let ((first, _), (last, _)) = (self.get(0), self.get(self.count - 1));
        Some(first.bits() ^ last.bits().rotate_left(24) ^ self.count as u64)
    }
}

/// The shapes of tables that were filled.
pub(crate) struct Shapes([Slot; SHAPES]);

enum Slot {
    Empty,
    /// A table came by whose keys had this sum. The next one is remembered: most never come again.
    Seen(u64),
    Known(Box<Shape>),
}

struct Shape {
    nodes: [Node; MOST],
    places: [u8; MOST],
    fields: usize,
    count: usize,
    last_free: u32,
    /// Whether a table was filled like this since the last collection.
    is_used: bool,
}

impl Shapes {
    pub(crate) const fn new() -> Shapes {
        Shapes([const { Slot::Empty }; SHAPES])
    }

    /// Marks the keys of the shapes that were of use since it was last asked, and forgets the others.
    pub(crate) fn mark_keys(&mut self, mut mark: impl FnMut(Value)) {
        for slot in &mut self.0 {
            if let Slot::Known(shape) = slot {
                if std::mem::take(&mut shape.is_used) {
                    shape.nodes[..shape.count]
                        .iter()
                        .for_each(|node| mark(node.key));
                } else {
                    *slot = Slot::Empty;
                }
            }
        }
    }
}

#[inline]
fn slot_of(sum: u64) -> usize {
    (sum.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SHAPES.trailing_zeros())) as usize
}

impl Shape {
    /// Whether these are the keys, in this order, with values that are there.
    #[inline]
    fn suits(&self, entries: Entries) -> bool {
        let mut pairs = entries.iter().zip(&self.places);
        entries.count == self.fields
            && pairs.all(|((key, value), place)| {
                let node = &self.nodes[usize::from(*place) % MOST];
                node.key.bits() == key.bits() && !value.is_nil()
            })
    }

    /// The shape of a table that has got these entries one after another, if all of them are there and
    /// have short strings as keys, and nothing else is.
    fn of(table: Gc<Table>, entries: Entries) -> Option<Shape> {
        let count = table.node_count();
        if table.array_len() > 0 || count > MOST {
            return None;
        }
        let none = Node {
            key: Value::NIL,
            value: Value::NIL,
            next: 0,
        };
        let mut shape = Shape {
            nodes: [none; MOST],
            places: [0; MOST],
            fields: entries.count,
            count,
            // SAFETY: O1.
            last_free: unsafe { (*table.p()).last_free },
            is_used: true,
        };
        let mut taken = 0_u32;
        for ((key, _), place) in entries.iter().zip(&mut shape.places) {
            let key = key.as_str().filter(|key| !key.is_long())?;
            let node = table.find_str(key)?;
            // SAFETY: T1: a node of this table.
            let (at, is_there) =
                unsafe { (node.offset_from((*table.p()).node), !(*node).value.is_nil()) };
            if !is_there || taken & (1 << at) != 0 {
                return None;
            }
            taken |= 1 << at;
            *place = at as u8;
        }
        for (i, node) in shape.nodes.iter_mut().take(count).enumerate() {
            // SAFETY: T1: below the number of nodes.
            *node = unsafe { *table.node(i) };
            if taken & (1 << i) == 0 && !node.key.is_nil() {
                return None;
            }
            node.value = Value::NIL;
        }
        Some(shape)
    }
}

impl Gc<Table> {
    /// Gives a new table its entries as a table got them that is remembered, and tells whether there is one.
    pub(crate) fn fill_as_before(self, heap: &mut Heap, entries: Entries) -> Result<bool, Throw> {
        debug_assert!(self.array_len() == 0 && self.node_count() == 0);
        let Some(sum) = entries.sum() else {
            return Ok(false);
        };
        let at = slot_of(sum);
        let count = match &mut heap.shapes.0[at] {
            Slot::Known(shape) if shape.suits(entries) => {
                shape.is_used = true;
                shape.count
            }
            _ => return Ok(false),
        };
        let nodes: *mut Node = heap.alloc(count * size_of::<Node>())?.as_ptr().cast();
        if let Slot::Known(shape) = &heap.shapes.0[at] {
            // SAFETY: there is room for `count` nodes, of which P2 has each place; T1 and T2 hold since they
            // did for the table of this shape, whose keys are alive (P1).
            unsafe {
                for i in 0..count {
                    nodes.add(i).write(shape.nodes[i]);
                }
                for ((_, value), place) in entries.iter().zip(&shape.places) {
                    (*nodes.add(usize::from(*place))).value = value;
                }
                self.set_parts(null_mut(), 0, nodes, count);
                (*self.p()).last_free = shape.last_free;
            }
        }
        Ok(true)
    }

    /// Remembers the shape of a table that was new and has got these entries, one after another.
    pub(crate) fn remember_shape(self, heap: &mut Heap, entries: Entries) {
        let Some(sum) = entries.sum() else { return };
        let slot = &mut heap.shapes.0[slot_of(sum)];
        *slot = match slot {
            Slot::Seen(seen) if *seen == sum => match Shape::of(self, entries) {
                Some(shape) => Slot::Known(Box::new(shape)),
                None => Slot::Empty,
            },
            _ => Slot::Seen(sum),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differential::Random;
    use crate::heap::string::Hashed;
    use crate::vm::Vm;

    impl Shapes {
        /// All keys of all shapes.
        pub(crate) fn keys(&self) -> impl Iterator<Item = Value> {
            let shapes = self.0.iter().filter_map(|slot| match slot {
                Slot::Known(shape) => Some(&shape.nodes[..shape.count]),
                Slot::Empty | Slot::Seen(_) => None,
            });
            shapes
                .flatten()
                .map(|node| node.key)
                .filter(|key| !key.is_nil())
        }
    }

    #[test]
    fn tables_filled_at_once_are_laid_out_as_if_key_by_key() {
        let mut vm = Vm::new(Hashed::Sample).unwrap();
        let stack = vm.thread;
        let mut random = Random(1);
        let mut below = |n| random.below(n);
        let mut known = 0;
        let rounds = if cfg!(miri) { 40 } else { 2000 };
        for round in 0..rounds {
            let heap = &mut vm.heap;
            let keys: Vec<Value> = (0..below(19))
                .map(|_| match below(60) {
                    0 => Value::num(below(4) as f64),
                    1 => Value::object(heap.str(format!("{:45}", below(3)).as_bytes()).unwrap()),
                    _ => Value::object(heap.str(format!("key{}", below(80)).as_bytes()).unwrap()),
                })
                .collect();
            for turn in 0..4 {
                let entries = Entries {
                    stack,
                    first: stack.top(),
                    count: keys.len(),
                };
                let key_by_key = heap.table().unwrap();
                for key in &keys {
                    let value = match below(40) {
                        0 => Value::NIL,
                        n => Value::num(n as f64),
                    };
                    stack.push(heap, *key).unwrap();
                    stack.push(heap, value).unwrap();
                    key_by_key.set(heap, *key, value).unwrap();
                }
                let at_once = heap.table().unwrap();
                if at_once.fill_as_before(heap, entries).unwrap() {
                    known += 1;
                } else {
                    for (key, value) in entries.iter() {
                        at_once.set(heap, key, value).unwrap();
                    }
                    at_once.remember_shape(heap, entries);
                }
                let layouts = (at_once.layout(), key_by_key.layout());
                assert_eq!(layouts.0, layouts.1, "round {round}, turn {turn}");
                stack.set_top(entries.first);
            }
        }
        assert!(
            known > rounds / 2,
            "{known} tables had a known shape in {rounds} rounds"
        );
    }
}
