//! Tables, laid out as PUC 5.1 lays them out.
//!
//! Owns: the array part, the node part, look-up and insertion. It must not know metatables beyond
//! holding one. The layout decides what scripts can see: the order of `pairs` and the length of a
//! table with holes. So hashes, the collision rule, the free pointer and the sizes are PUC's, with
//! one difference: objects hash by serial number, not by address.
//!
//! Invariants:
//! - T1: `array` holds `array_len` initialised values (null when 0); `node` holds `mask + 1`
//!   initialised nodes, a power of two, or is the shared [`DUMMY`], with mask 0, which is never written.
//! - T2: `Node::next` is the distance to the next node of the chain in nodes, 0 at its end; chains
//!   stay inside the node part. A node with a value has a live key; each chain holds exactly the keys
//!   whose main position is its head.
//! - T3: the key of a node whose value is nil may be dead (see [`Value::dead`]): it is compared by its
//!   bits only.
//! - T4: `header.aux` caches which metamethods this table, as a metatable, lacks; any write of a value
//!   that was nil clears it.
//! - T5: `header.aux2` is 1 for a table that scripts cannot write to (Redis's read-only tables).
#![allow(unsafe_code, reason = "walks the array and node parts unchecked")]

mod iter;
mod resize;
mod shape;

pub(crate) use crate::number::cast::exact_i32;
pub(crate) use iter::{InvalidKey, NEAR, Next};
pub(crate) use resize::{float_byte, unfloat_byte};
pub(crate) use shape::{Entries, Shapes};

use crate::error::Throw;
use crate::heap::Heap;
use crate::heap::object::{Gc, Header, Str};
use crate::value::{Unpacked, Value};
use std::ptr::null_mut;

/// A key and its value.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Node {
    pub(crate) key: Value,
    pub(crate) value: Value,
    pub(crate) next: i32,
}

struct Dummy(Node);

// SAFETY: T1, never written.
unsafe impl Sync for Dummy {}

/// The node part of a table without one.
static DUMMY: Dummy = Dummy(Node {
    key: Value::NIL,
    value: Value::NIL,
    next: 0,
});

fn dummy() -> *mut Node {
    (&raw const DUMMY.0).cast_mut()
}

/// A Lua table.
#[repr(C)]
pub struct Table {
    pub(crate) header: Header,
    pub(crate) array: *mut Value,
    pub(crate) node: *mut Node,
    pub(crate) array_len: u32,
    /// Number of nodes minus 1.
    pub(crate) mask: u32,
    pub(crate) meta: Option<Gc<Table>>,
    /// All nodes from this index up are taken.
    last_free: u32,
    /// Binary logarithm of the number of nodes.
    node_bits: u8,
}

/// For each `k` from 2 the least number `r` with `r * (2^k - 1)` at least 2^64, by which a
/// remainder takes two multiplications instead of a division: the low half of `h * r` is the fraction
/// of `h / (2^k - 1)`, exactly enough for any `h` of 32 bits (Lemire, Kaser and Kurz, 2019).
static RECIPROCALS: [u64; 32] = {
    let mut r = [0; 32];
    let mut k = 2;
    while k < 32 {
        r[k] = u64::MAX / ((1 << k) - 1) + 1;
        k += 1;
    }
    // Below 2 the divisor is 1 and the remainder 0, which comes of 0 too.
    r
};

/// What of a product is beyond 64 bits, reckoned without more than those, for machines whose words are of 32.
fn high_by_halves(a: u64, b: u32) -> u32 {
    let b = u64::from(b);
    let low = (a & u64::from(u32::MAX)) * b;
    (((a >> 32) * b + (low >> 32)) >> 32) as u32
}

impl Table {
    pub(crate) fn empty(header: Header) -> Table {
        Table {
            header,
            array: null_mut(),
            node: dummy(),
            array_len: 0,
            mask: 0,
            meta: None,
            last_free: 0,
            node_bits: 0,
        }
    }
}

impl Value {
    /// The mark of a key whose object may be gone: comparable by bits, equal to no other value.
    fn dead(self) -> Value {
        Value::dead_from_bits(self.bits())
    }
}

impl Gc<Table> {
    #[inline(always)]
    pub(crate) fn p(self) -> *mut Table {
        self.as_ptr()
    }

    /// The metatable.
    #[inline(always)]
    pub(crate) fn meta(self) -> Option<Gc<Table>> {
        // SAFETY: O1.
        unsafe { (*self.p()).meta }
    }

    /// Sets the metatable.
    pub(crate) fn set_meta(self, meta: Option<Gc<Table>>) {
        // SAFETY: O1, O2.
        unsafe { (*self.p()).meta = meta }
    }

    /// Clears the cache of absent metamethods.
    #[inline(always)]
    pub(crate) fn clear_flags(self) {
        // SAFETY: O1, O2.
        unsafe { (*self.p()).header.aux = 0 }
    }

    /// Whether scripts cannot write to this table.
    #[inline(always)]
    pub(crate) fn is_readonly(self) -> bool {
        // SAFETY: O1.
        unsafe { (*self.p()).header.aux2 != 0 }
    }

    /// Makes the table read-only for scripts, or writable again.
    pub fn set_readonly(self, readonly: bool) {
        // SAFETY: O1, O2.
        unsafe { (*self.p()).header.aux2 = readonly.into() }
    }

    /// Whether the metamethod with this bit is known to be absent.
    #[inline(always)]
    pub(crate) fn lacks(self, bit: u8) -> bool {
        // SAFETY: O1.
        unsafe { (*self.p()).header.aux & (1 << bit) != 0 }
    }

    /// Notes that the metamethod with this bit is absent.
    pub(crate) fn note_lack(self, bit: u8) {
        // SAFETY: O1, O2.
        unsafe { (*self.p()).header.aux |= 1 << bit }
    }

    #[inline(always)]
    fn is_dummy(self) -> bool {
        // SAFETY: O1.
        unsafe { (*self.p()).node == dummy() }
    }

    /// Length of the array part.
    #[inline(always)]
    pub(crate) fn array_len(self) -> usize {
        // SAFETY: O1.
        unsafe { (*self.p()).array_len as usize }
    }

    /// Number of nodes, 0 for the dummy.
    pub(crate) fn node_count(self) -> usize {
        if self.is_dummy() {
            return 0;
        }
        // SAFETY: O1.
        unsafe { (*self.p()).mask as usize + 1 }
    }

    /// A node by index.
    ///
    /// # Safety
    /// `i` must be at most `mask`.
    #[inline(always)]
    unsafe fn node(self, i: usize) -> *mut Node {
        // SAFETY: T1 and the caller.
        unsafe { (*self.p()).node.add(i) }
    }

    /// The next node of a chain.
    ///
    /// # Safety
    /// `n` is a node of this table.
    #[inline(always)]
    unsafe fn next_in_chain(n: *mut Node) -> Option<*mut Node> {
        // SAFETY: T2.
        unsafe {
            let distance = (*n).next;
            (distance != 0).then(|| n.offset(distance as isize))
        }
    }

    /// `h` modulo the number of nodes less one, or modulo 1 where there is one node.
    #[inline(always)]
    fn odd_remainder(self, h: u32) -> u32 {
        // SAFETY: O1.
        let (mask, bits) = unsafe { ((*self.p()).mask, (*self.p()).node_bits) };
        let fraction = RECIPROCALS[usize::from(bits) & 31].wrapping_mul(h.into());
        if cfg!(target_pointer_width = "64") {
            ((u128::from(fraction) * u128::from(mask)) >> 64) as u32
        } else {
            high_by_halves(fraction, mask)
        }
    }

    /// The main position of a number.
    #[inline(always)]
    fn number_position(self, n: f64) -> *mut Node {
        let i = if n == 0.0 {
            0
        } else {
            let bits = n.to_bits();
            self.odd_remainder((bits as u32).wrapping_add((bits >> 32) as u32))
        };
        // SAFETY: T1: the remainder is at most `mask`.
        unsafe { self.node(i as usize) }
    }

    /// Where a key belongs in the node part: PUC's main position.
    #[inline]
    fn main_position(self, key: Value) -> *mut Node {
        // SAFETY: O1; every index below is at most `mask`.
        unsafe {
            if key.is_number() {
                return self.number_position(key.as_num());
            }
            let mask = (*self.p()).mask;
            let odd = |h: u32| self.odd_remainder(h);
            let i = match key.unpack() {
                Unpacked::Str(s) => s.hash() & mask,
                Unpacked::Bool(b) => u32::from(b) & mask,
                Unpacked::Light(n) => odd(n as u32),
                _ => odd(key.header().map_or(0, |h| (*h.as_ptr()).serial)),
            };
            self.node(i as usize)
        }
    }

    /// The slot of a positive integer key within the array part.
    #[inline(always)]
    fn array_slot(self, i: i32) -> Option<*mut Value> {
        let index = (i as u32).wrapping_sub(1);
        // SAFETY: T1 and the bounds check.
        unsafe { (index < (*self.p()).array_len).then(|| (*self.p()).array.add(index as usize)) }
    }

    /// The value at a positive integer key within the array part.
    #[inline(always)]
    pub(crate) fn get_array(self, i: i32) -> Option<Value> {
        // SAFETY: a slot of this table.
        self.array_slot(i).map(|slot| unsafe { *slot })
    }

    /// The value at an integer key.
    #[inline]
    pub fn get_int(self, i: i32) -> Value {
        match self.get_array(i) {
            Some(v) => v,
            None => self.find_number(f64::from(i)).map_or(Value::NIL, |p| {
                // SAFETY: `find_number` gives a slot of this table.
                unsafe { *p }
            }),
        }
    }

    fn find_number(self, n: f64) -> Option<*mut Value> {
        let mut node = self.number_position(n);
        // SAFETY: T1, T2. A key that is no number reads as a NaN.
        unsafe {
            loop {
                if (*node).key.as_num() == n {
                    return Some(&raw mut (*node).value);
                }
                node = Self::next_in_chain(node)?;
            }
        }
    }

    /// The value at a string key.
    #[inline(always)]
    pub fn get_str(self, key: Gc<Str>) -> Value {
        match self.find_str(key) {
            // SAFETY: `find_str` gives a node of this table.
            Some(node) => unsafe { (*node).value },
            None => Value::NIL,
        }
    }

    /// The value at the key of a short string.
    #[inline(always)]
    pub(crate) fn get_short(self, key: Gc<Str>) -> Value {
        debug_assert!(!key.is_long());
        let bits = Value::object(key).bits();
        // SAFETY: O1, T1, T2.
        unsafe {
            let mut node = self.node((key.short_hash() & (*self.p()).mask) as usize);
            loop {
                if (*node).key.bits() == bits {
                    return (*node).value;
                }
                match Self::next_in_chain(node) {
                    Some(next) => node = next,
                    None => return Value::NIL,
                }
            }
        }
    }

    /// The node of a string key.
    #[inline]
    pub(crate) fn find_str(self, key: Gc<Str>) -> Option<*mut Node> {
        // SAFETY: O1, T1, T2; T3: a long key is only looked into where the node has a value.
        unsafe {
            let mask = (*self.p()).mask;
            let mut node = self.node((key.hash() & mask) as usize);
            let bits = Value::object(key).bits();
            if key.is_long() {
                return self.find_long(key);
            }
            loop {
                if (*node).key.bits() == bits {
                    return Some(node);
                }
                node = Self::next_in_chain(node)?;
            }
        }
    }

    #[cold]
    fn find_long(self, key: Gc<Str>) -> Option<*mut Node> {
        let mut node = self.main_position(Value::object(key));
        // SAFETY: O1, T1, T2, T3.
        unsafe {
            loop {
                if let Some(k) = (*node).key.as_str()
                    && k.same(key)
                {
                    return Some(node);
                }
                node = Self::next_in_chain(node)?;
            }
        }
    }

    /// The slot of a key that is in the table, perhaps with value nil.
    #[inline]
    pub(crate) fn find(self, key: Value) -> Option<*mut Value> {
        if key.is_number() {
            let n = key.as_num();
            let item = exact_i32(n).and_then(|i| self.array_slot(i));
            return item.or_else(|| self.find_number(n));
        }
        match key.unpack() {
            Unpacked::Nil => None,
            // SAFETY: `find_str` gives a node of this table.
            Unpacked::Str(s) => self.find_str(s).map(|n| unsafe { &raw mut (*n).value }),
            _ => {
                let mut node = self.main_position(key);
                // SAFETY: T1, T2.
                unsafe {
                    loop {
                        if (*node).key.bits() == key.bits() {
                            return Some(&raw mut (*node).value);
                        }
                        node = Self::next_in_chain(node)?;
                    }
                }
            }
        }
    }

    /// The value at any key.
    #[inline]
    pub fn get(self, key: Value) -> Value {
        // SAFETY: `find` gives a slot of this table.
        self.find(key).map_or(Value::NIL, |p| unsafe { *p })
    }

    /// Sets the value at a key, which must be neither nil nor NaN.
    pub fn set(self, heap: &mut Heap, key: Value, value: Value) -> Result<(), Throw> {
        self.clear_flags();
        let slot = match self.find(key) {
            Some(slot) => slot,
            None => self.new_key(heap, key)?,
        };
        // SAFETY: a slot of this table, just found.
        unsafe { *slot = value };
        Ok(())
    }

    /// Sets the value at an integer key.
    #[inline]
    pub fn set_int(self, heap: &mut Heap, i: i32, value: Value) -> Result<(), Throw> {
        if let Some(slot) = self.array_slot(i) {
            // SAFETY: a slot of this table.
            unsafe { *slot = value };
            return Ok(());
        }
        self.set(heap, Value::num(f64::from(i)), value)
    }

    /// Sets the value at a string key.
    pub fn set_str(self, heap: &mut Heap, key: Gc<Str>, value: Value) -> Result<(), Throw> {
        let Some(node) = self.find_str(key) else {
            return self.set(heap, Value::object(key), value);
        };
        self.clear_flags();
        // SAFETY: `find_str` gives a node of this table.
        unsafe { (*node).value = value };
        Ok(())
    }

    fn free_node(self) -> Option<*mut Node> {
        // SAFETY: O1, T1.
        unsafe {
            let t = self.p();
            while (*t).last_free > 0 {
                (*t).last_free -= 1;
                let node = self.node((*t).last_free as usize);
                if (*node).key.is_nil() {
                    return Some(node);
                }
            }
        }
        None
    }

    /// Inserts a key that is not there and gives its slot, whose value is nil. Without a free node the
    /// table is rehashed.
    pub(crate) fn new_key(self, heap: &mut Heap, key: Value) -> Result<*mut Value, Throw> {
        match self.insert(key) {
            Some(slot) => Ok(slot),
            None => {
                self.rehash(heap, key)?;
                // The sizes were chosen with this key in mind.
                self.place(key).ok_or(Throw::TableOverflow)
            }
        }
    }

    /// The slot of a key that is in no node: the item of the array that it names, or that of a free node.
    #[inline]
    fn place(self, key: Value) -> Option<*mut Value> {
        let integer = key.as_number().and_then(exact_i32);
        let item = integer.and_then(|i| self.array_slot(i));
        item.or_else(|| self.insert(key))
    }

    /// Inserts a key that is not there, if there is a free node. If the key's main position is taken by
    /// a key that belongs elsewhere, that one moves to a free node; otherwise the new key goes there.
    fn insert(self, key: Value) -> Option<*mut Value> {
        let mut home = self.main_position(key);
        // SAFETY: O1, T1, T2: all nodes are of this table; distances are between nodes of one part.
        unsafe {
            if !(*home).value.is_nil() || self.is_dummy() {
                let free = self.free_node()?;
                let other = self.main_position((*home).key);
                home = Self::share(home, other, free);
            }
            (*home).key = key;
            Some(&raw mut (*home).value)
        }
    }

    /// Makes room for a key whose main position `home` is taken by one whose main position is `other`, with the free
    /// node `free`. Gives the node of the new key, whose value is to be written.
    ///
    /// # Safety
    /// All three are nodes of one part, in which `other` begins the chain that `home` is in, and no chain has `free`.
    #[inline(always)]
    unsafe fn share(home: *mut Node, other: *mut Node, free: *mut Node) -> *mut Node {
        // SAFETY: the caller, T2; distances are between nodes of one part.
        unsafe {
            let after_home = match (*home).next {
                0 => 0,
                d => home.offset(d as isize).offset_from(free) as i32,
            };
            (*free).next = after_home;
            if other == home {
                (*home).next = free.offset_from(home) as i32;
                return free;
            }
            let mut before = other;
            while let Some(next) = Self::next_in_chain(before) {
                if next == home {
                    break;
                }
                before = next;
            }
            (*before).next = free.offset_from(before) as i32;
            (*free).key = (*home).key;
            (*free).value = (*home).value;
            (*home).next = 0;
            (*home).value = Value::NIL;
            home
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Gc<Table> {
        /// All that decides what scripts see of a table.
        pub(super) fn layout(self) -> (Vec<u64>, Vec<(u64, u64, i32)>, u32) {
            // SAFETY: O1, T1.
            unsafe {
                let items = (0..self.array_len()).map(|i| (*(*self.p()).array.add(i)).bits());
                let nodes = (0..self.node_count()).map(|i| {
                    let Node { key, value, next } = *self.node(i);
                    (key.bits(), value.bits(), next)
                });
                (items.collect(), nodes.collect(), (*self.p()).last_free)
            }
        }
    }

    #[test]
    fn products_by_halves_are_remainders() {
        for (bits, reciprocal) in RECIPROCALS.iter().enumerate().skip(2) {
            let mask = u32::MAX >> (32 - bits);
            for h in [
                0,
                1,
                2,
                mask - 1,
                mask,
                mask.wrapping_add(1),
                0x8000_0000,
                u32::MAX - 1,
                u32::MAX,
            ] {
                let fraction = reciprocal.wrapping_mul(h.into());
                assert_eq!(high_by_halves(fraction, mask), h % mask, "{h} % {mask}");
            }
        }
    }
}
