//! How a table grows: PUC's sizes for the array and node parts.
#![allow(
    unsafe_code,
    reason = "moves the parts; invariants in the parent module"
)]

use super::{Node, dummy, exact_i32};
use crate::error::Throw;
use crate::heap::Heap;
use crate::heap::object::{Gc, Table};
use crate::limits::POLLED;
use crate::value::Value;
use std::ops::Range;
use std::ptr::null_mut;

/// The array part has at most 2^26 items, and the node part as many nodes.
const MAX_BITS: u32 = 26;

/// The "floating point byte" of NEWTABLE for a size, rounded up: three bits of mantissa.
pub(crate) fn float_byte(mut n: u32) -> u16 {
    let mut exponent = 0;
    while n >= 16 {
        n = n.div_ceil(2);
        exponent += 1;
    }
    if n < 8 {
        n as u16
    } else {
        (exponent + 1) << 3 | (n - 8) as u16
    }
}

/// The size that a [`float_byte`] stands for.
pub(crate) fn unfloat_byte(b: u16) -> usize {
    let exponent = (b >> 3) & 31;
    let mantissa = usize::from(b & 7);
    if exponent == 0 {
        mantissa
    } else {
        (mantissa + 8) << (exponent - 1)
    }
}

/// Smallest `k` with `2^k >= n`, for positive `n`.
fn ceil_log2(n: u32) -> u32 {
    n.next_power_of_two().trailing_zeros()
}

/// So many nodes or items may be looked at without an interrupt.
const FEW: usize = 64;

/// How many integer keys lie in each stretch `2^(i-1) < k <= 2^i`.
struct Census {
    slices: [u32; MAX_BITS as usize + 1],
    total: u32,
}

impl Census {
    fn count(&mut self, key: Value) {
        let Some(i) = key.as_number().and_then(exact_i32) else {
            return;
        };
        if i > 0 && i <= 1 << MAX_BITS {
            self.slices[ceil_log2(i as u32) as usize] += 1;
            self.total += 1;
        }
    }

    /// The largest power of two of which more than half the slots would be in use, and how many
    /// integer keys go into an array of that size.
    fn best_size(&self) -> (u32, u32) {
        let (mut below, mut size, mut used) = (0, 0, 0);
        for (i, &n) in self.slices.iter().enumerate() {
            let power = 1u32 << i;
            if power / 2 >= self.total {
                break;
            }
            if n > 0 {
                below += n;
                if below > power / 2 {
                    (size, used) = (power, below);
                }
            }
            if below == self.total {
                break;
            }
        }
        (size, used)
    }
}

/// A node part without keys.
fn fresh_nodes(heap: &mut Heap, count: usize) -> Result<*mut Node, Throw> {
    if count == 0 {
        return Ok(dummy());
    }
    let bytes = count * size_of::<Node>();
    let nodes = heap.alloc(bytes)?.as_ptr().cast::<Node>();
    for i in 0..count {
        // SAFETY: T1: there is room for `count` nodes, and nobody else knows of them.
        unsafe {
            if i % POLLED == POLLED - 1
                && let Err(throw) = heap.interrupt.poll()
            {
                heap.free(nodes.cast(), bytes);
                return Err(throw);
            }
            nodes.add(i).write(Node {
                key: Value::NIL,
                value: Value::NIL,
                next: 0,
            });
        }
    }
    Ok(nodes)
}

impl Gc<Table> {
    /// Makes room for one more key, with the sizes that suit what is in the table now.
    pub(super) fn rehash(self, heap: &mut Heap, extra: Value) -> Result<(), Throw> {
        let is_field = extra.is_string() && self.array_len() == 0 && self.node_count() <= FEW;
        if is_field && self.rehash_fields(heap)? {
            return Ok(());
        }
        if self.is_next_item(extra) {
            return self.resize(heap, (2 * self.array_len()).max(1), 0);
        }
        self.rehash_any(heap, extra)
    }

    /// Whether a key that is in no node is the index after the last of a list without holes, whose array doubles for it.
    #[inline]
    fn is_next_item(self, key: Value) -> bool {
        let len = self.array_len();
        let is_full = len == 0 || len.is_power_of_two();
        let is_next = key.as_number() == Some((len + 1) as f64);
        // SAFETY: T1.
        let item = |i| unsafe { *(*self.p()).array.add(i) };
        is_full
            && is_next
            && len <= FEW
            && self.node_count() == 0
            && !(0..len).any(|i| item(i).is_nil())
    }

    /// As [`Gc::<Table>::rehash_any`] for a string that comes to a table without items and with few nodes, if
    /// all keys there are strings: an object that is being filled. Tells whether they were.
    fn rehash_fields(self, heap: &mut Heap) -> Result<bool, Throw> {
        let old_count = self.node_count();
        // SAFETY: O1, T1, T2: the new nodes are initialised before they are put in place, there is one for each key, and
        // the old ones are freed after the last use.
        unsafe {
            let t = self.p();
            let old = (*t).node;
            let mut keys = 1;
            for i in 0..old_count {
                let node = old.add(i);
                if !(*node).value.is_nil() {
                    if !(*node).key.is_string() {
                        return Ok(false);
                    }
                    keys += 1;
                }
            }
            let count = usize::next_power_of_two(keys);
            let nodes = fresh_nodes(heap, count)?;
            let home_of = |key: Value| {
                let hash = key.as_str().map_or(0, Gc::hash);
                nodes.add(hash as usize & (count - 1))
            };
            let mut free = nodes.add(count);
            for i in (0..old_count).rev() {
                let Node { key, value, .. } = *old.add(i);
                if value.is_nil() {
                    continue;
                }
                let mut home = home_of(key);
                if !(*home).value.is_nil() {
                    loop {
                        free = free.sub(1);
                        if (*free).key.is_nil() {
                            break;
                        }
                    }
                    home = Self::share(home, home_of((*home).key), free);
                }
                (*home).key = key;
                (*home).value = value;
            }
            self.set_parts(null_mut(), 0, nodes, count);
            (*t).last_free = free.offset_from(nodes) as u32;
            if old_count > 0 {
                heap.free(old.cast(), old_count * size_of::<Node>());
            }
        }
        Ok(true)
    }

    /// As PUC rehashes any table.
    fn rehash_any(self, heap: &mut Heap, extra: Value) -> Result<(), Throw> {
        let mut census = Census {
            slices: [0; MAX_BITS as usize + 1],
            total: 0,
        };
        let mut keys = 0;
        // SAFETY: O1, T1.
        unsafe {
            let t = self.p();
            for i in 0..self.array_len() {
                if i % POLLED == POLLED - 1 {
                    heap.interrupt.poll()?;
                }
                if !(*(*t).array.add(i)).is_nil() {
                    census.slices[ceil_log2(i as u32 + 1) as usize] += 1;
                    census.total += 1;
                    keys += 1;
                }
            }
            for i in 0..self.node_count() {
                if i % POLLED == POLLED - 1 {
                    heap.interrupt.poll()?;
                }
                let node = (*t).node.add(i);
                if !(*node).value.is_nil() {
                    census.count((*node).key);
                    keys += 1;
                }
            }
        }
        census.count(extra);
        keys += 1;
        let (size, used) = census.best_size();
        self.resize(heap, size as usize, (keys - used) as usize)
    }

    /// Gives the parts new sizes and puts every key where it now belongs. When that fails, or is
    /// interrupted, the table is as it was.
    pub(crate) fn resize(self, heap: &mut Heap, array: usize, hash: usize) -> Result<(), Throw> {
        if array > 1 << MAX_BITS || hash > 1 << MAX_BITS {
            return Err(Throw::TableOverflow);
        }
        let t = self.p();
        let old_len = self.array_len();
        let old_nodes = self.node_count();
        let new_nodes = if hash == 0 {
            0
        } else {
            1usize << ceil_log2(hash as u32)
        };
        let array_bytes = if array == old_len {
            0
        } else {
            array * size_of::<Value>()
        };
        let node_bytes = new_nodes * size_of::<Node>();
        heap.check_room(array_bytes + node_bytes)?;
        // SAFETY: T1: both new parts are initialised before they are put in place, and the old ones
        // are freed after the last use. Insertions find room, because the sizes were counted.
        unsafe {
            let old_node = (*t).node;
            let old_array = (*t).array;
            let new_array: *mut Value = match array {
                _ if array == old_len => old_array,
                0 => null_mut(),
                _ => heap.alloc(array_bytes)?.as_ptr().cast(),
            };
            let new_node = match fresh_nodes(heap, new_nodes) {
                Ok(nodes) => nodes,
                Err(throw) => {
                    if array != old_len && array > 0 {
                        heap.free(new_array.cast(), array_bytes);
                    }
                    return Err(throw);
                }
            };
            if array != old_len {
                let kept = array.min(old_len);
                if kept > 0 {
                    std::ptr::copy_nonoverlapping(old_array, new_array, kept);
                }
                for i in kept..array {
                    new_array.add(i).write(Value::NIL);
                }
            }
            let old_free = (*t).last_free;
            self.set_parts(new_array, array, new_node, new_nodes);
            (*t).last_free = new_nodes as u32;
            let moved = self.move_entries(heap, old_array, array..old_len, old_node, old_nodes);
            if let Err(throw) = moved {
                // The old parts are as they were.
                if array != old_len && array > 0 {
                    heap.free(new_array.cast(), array_bytes);
                }
                if new_nodes > 0 {
                    heap.free(new_node.cast(), node_bytes);
                }
                self.set_parts(old_array, old_len, old_node, old_nodes);
                (*t).last_free = old_free;
                return Err(throw);
            }
            if array != old_len && old_len > 0 {
                heap.free(old_array.cast(), old_len * size_of::<Value>());
            }
            if old_nodes > 0 {
                heap.free(old_node.cast(), old_nodes * size_of::<Node>());
            }
        }
        Ok(())
    }

    /// Puts both parts in place, with all that is derived from their sizes.
    ///
    /// # Safety
    /// The parts are as T1 wants them.
    pub(super) unsafe fn set_parts(
        self,
        array: *mut Value,
        len: usize,
        node: *mut Node,
        nodes: usize,
    ) {
        let t = self.p();
        // SAFETY: O1, O2; the caller.
        unsafe {
            (*t).array = array;
            (*t).array_len = len as u32;
            (*t).node = node;
            (*t).mask = nodes.saturating_sub(1) as u32;
            (*t).node_bits = nodes.max(1).trailing_zeros() as u8;
        }
    }

    /// Inserts what fell out of the array, upward, then the old nodes, downward, as PUC does. The old
    /// parts stay as they are.
    ///
    /// # Safety
    /// `fallen` are indices of `old_array`, and `old_node` has `old_nodes` nodes; none of them are of
    /// the parts that this table has by now, which have room for all.
    unsafe fn move_entries(
        self,
        heap: &mut Heap,
        old_array: *mut Value,
        fallen: Range<usize>,
        old_node: *mut Node,
        old_nodes: usize,
    ) -> Result<(), Throw> {
        // SAFETY: the caller.
        unsafe {
            for i in fallen {
                if i % POLLED == POLLED - 1 {
                    heap.interrupt.poll()?;
                }
                let v = *old_array.add(i);
                if !v.is_nil() {
                    self.put(Value::num((i + 1) as f64), v)?;
                }
            }
            for i in (0..old_nodes).rev() {
                if i % POLLED == POLLED - 1 {
                    heap.interrupt.poll()?;
                }
                let node = old_node.add(i);
                if !(*node).value.is_nil() {
                    self.put((*node).key, (*node).value)?;
                }
            }
        }
        Ok(())
    }

    /// Sets the value at a key that is in no node of the new parts.
    #[inline]
    fn put(self, key: Value, value: Value) -> Result<(), Throw> {
        let slot = self.place(key).ok_or(Throw::TableOverflow)?;
        // SAFETY: a slot of this table, just made.
        unsafe { *slot = value };
        Ok(())
    }

    /// Grows the array part to `len`, for a constructor or a library that knows its size.
    pub(crate) fn grow_array(self, heap: &mut Heap, len: usize) -> Result<(), Throw> {
        if len <= self.array_len() {
            return Ok(());
        }
        self.resize(heap, len, self.node_count())
    }

    /// Frees both parts.
    ///
    /// # Safety
    /// The table is not used again.
    pub(crate) unsafe fn free_parts(self, heap: &mut Heap) {
        // SAFETY: T1, H1.
        unsafe {
            let t = self.p();
            if self.array_len() > 0 {
                heap.free((*t).array.cast(), self.array_len() * size_of::<Value>());
            }
            if self.node_count() > 0 {
                heap.free((*t).node.cast(), self.node_count() * size_of::<Node>());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differential::Random;
    use crate::heap::string::Hashed;

    /// Sets a key as [`Gc::<Table>::set`] does, with the rehash that suits all tables.
    fn set_by_any(t: Gc<Table>, heap: &mut Heap, key: Value, value: Value) {
        let slot = t.find(key).or_else(|| t.insert(key)).unwrap_or_else(|| {
            t.rehash_any(heap, key).unwrap();
            t.place(key).unwrap()
        });
        // SAFETY: a slot of this table.
        unsafe { *slot = value };
    }

    #[test]
    fn short_ways_to_rehash_give_the_same_layout() {
        let mut heap = Heap::new(Hashed::Sample);
        let mut random = Random(1);
        let mut below = |n| random.below(n);
        for round in 0..3000 {
            let (ours, theirs) = (heap.table().unwrap(), heap.table().unwrap());
            // Of strings alone, of indices alone, of both; with holes or without.
            let (kinds, holes) = (round % 3, round % 2);
            for step in 0..below(90) {
                let key = match (kinds, below(3)) {
                    (0, _) | (2, 0) => {
                        let long = if below(20) == 0 { 45 } else { 0 };
                        let text = format!("key{}{:long$}", below(80), "");
                        Value::object(heap.str(text.as_bytes()).unwrap())
                    }
                    (1, _) | (2, 1) => Value::num((step + 1) as f64),
                    _ => Value::num(below(20) as f64 / 2.0),
                };
                let value = match holes * below(5) {
                    1 => Value::NIL,
                    _ => Value::num(step as f64),
                };
                ours.set(&mut heap, key, value).unwrap();
                set_by_any(theirs, &mut heap, key, value);
                assert_eq!(ours.layout(), theirs.layout(), "round {round}, step {step}");
            }
        }
    }

    #[test]
    fn an_interrupted_resize_changes_nothing() {
        let mut heap = Heap::new(Hashed::Sample);
        let t = heap.table().unwrap();
        let key = |i: u32| Value::num(f64::from(i) + 0.5);
        for i in 0..20_000 {
            t.set(&mut heap, key(i), Value::TRUE).unwrap();
        }
        for i in 100..20_000 {
            t.set(&mut heap, key(i), Value::NIL).unwrap();
        }
        assert!(t.node_count() > POLLED);
        heap.interrupt.interrupt();
        let outcome = t.resize(&mut heap, 0, 100);
        assert!(matches!(outcome, Err(Throw::Interrupt)));
        for i in 0..100 {
            assert!(t.get(key(i)).is_truthy(), "key {i}");
        }
        t.resize(&mut heap, 0, 100).unwrap();
        for i in 0..100 {
            assert!(t.get(key(i)).is_truthy(), "key {i} afterwards");
        }
    }
}
