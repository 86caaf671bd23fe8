//! How a table grows: PUC's sizes for the array and node parts.
#![allow(
    unsafe_code,
    reason = "moves the parts; invariants in the parent module"
)]

use super::{Node, dummy, exact_i32};
use crate::error::Throw;
use crate::heap::Heap;
use crate::heap::object::{Gc, Table};
use crate::value::Value;
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

impl Gc<Table> {
    /// Makes room for one more key, with the sizes that suit what is in the table now.
    pub(super) fn rehash(self, heap: &mut Heap, extra: Value) -> Result<(), Throw> {
        let mut census = Census {
            slices: [0; MAX_BITS as usize + 1],
            total: 0,
        };
        let mut keys = 0;
        // SAFETY: O1, T1.
        unsafe {
            let t = self.p();
            for i in 0..self.array_len() {
                if !(*(*t).array.add(i)).is_nil() {
                    census.slices[ceil_log2(i as u32 + 1) as usize] += 1;
                    census.total += 1;
                    keys += 1;
                }
            }
            for i in 0..self.node_count() {
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

    /// Gives the parts new sizes and puts every key where it now belongs: first what falls out of the
    /// array, upward, then the old nodes, downward, as PUC does.
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
        // are freed after the last use. Insertions below find room, because the sizes were counted,
        // or rehash this table, which by then is whole.
        unsafe {
            let old_node = (*t).node;
            let old_array = (*t).array;
            let new_array: *mut Value = match array {
                _ if array == old_len => old_array,
                0 => null_mut(),
                _ => heap.alloc(array_bytes)?.as_ptr().cast(),
            };
            let new_node: *mut Node = if new_nodes == 0 {
                dummy()
            } else {
                let p = heap.alloc(node_bytes)?.as_ptr().cast::<Node>();
                for i in 0..new_nodes {
                    p.add(i).write(Node {
                        key: Value::NIL,
                        value: Value::NIL,
                        next: 0,
                    });
                }
                p
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
            (*t).array = new_array;
            (*t).array_len = array as u32;
            (*t).node = new_node;
            (*t).mask = new_nodes.saturating_sub(1) as u32;
            (*t).last_free = new_nodes as u32;
            for i in array..old_len {
                let v = *old_array.add(i);
                if !v.is_nil() {
                    self.set(heap, Value::num((i + 1) as f64), v)?;
                }
            }
            for i in (0..old_nodes).rev() {
                let node = old_node.add(i);
                if !(*node).value.is_nil() {
                    self.set(heap, (*node).key, (*node).value)?;
                }
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
