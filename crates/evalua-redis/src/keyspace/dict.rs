//! [`Dict`]: the hash table from byte strings that the keyspace and large collections are made of.
//!
//! Entries stand in one dense array in the order of insertion (the last one moves into the gap of
//! one that is removed), so iteration order is reproducible and a random entry costs one index.
//! Chains of array positions hang on a power-of-two number of buckets, which is what gives SCAN its
//! guarantee: see [`Dict::scan`]. Knows nothing of expiry or types of value.

use crate::bytes::{SmallBytes, same};
use crate::hash::hash;

/// The end of a chain. A table never has so many entries: they would need hundreds of gigabytes.
const END: u32 = u32::MAX;

/// The smallest number of buckets that is allocated.
const MIN_BUCKETS: usize = 4;

/// Shrinks when fewer than one in so many buckets would be used.
const SPARSE: usize = 8;

/// Up to so many entries there is only room for a few more, as there may be many tables so small.
const SMALL: usize = 16;
const GROWTH: usize = 2;

/// A hash table.
#[derive(Clone, Debug)]
pub struct Dict<V> {
    /// The first position of each chain; empty, or a power of two long.
    buckets: Vec<u32>,
    entries: Vec<Node<V>>,
}

#[derive(Clone, Debug)]
struct Node<V> {
    hash: u32,
    next: u32,
    key: SmallBytes,
    value: V,
}

/// What it takes to add a key that is not there, without hashing it again: see [`Dict::locate`].
#[derive(Clone, Copy, Debug)]
pub struct Vacancy {
    hash: u32,
}

impl<V> Default for Dict<V> {
    fn default() -> Dict<V> {
        Dict {
            buckets: Vec::new(),
            entries: Vec::new(),
        }
    }
}

impl<V> Dict<V> {
    /// How many bytes an entry takes, its key's name included where that is short.
    pub const NODE: usize = size_of::<Node<V>>();

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many buckets there are.
    pub fn capacity(&self) -> usize {
        self.buckets.len()
    }

    /// The position of an entry, which stays its own until the next removal.
    #[inline(never)]
    pub fn find(&self, key: &[u8]) -> Option<usize> {
        self.find_hashed(key, hash(key) as u32)
    }

    #[inline(always)]
    fn find_hashed(&self, key: &[u8], hash: u32) -> Option<usize> {
        if self.buckets.is_empty() {
            return None;
        }
        let mut at = self.buckets[self.bucket(hash)];
        while at != END {
            let node = &self.entries[at as usize];
            if node.hash == hash && same(&node.key, key) {
                return Some(at as usize);
            }
            at = node.next;
        }
        None
    }

    #[inline]
    fn bucket(&self, hash: u32) -> usize {
        hash as usize & (self.buckets.len() - 1)
    }

    /// Whether there is an entry of that key.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.find(key).is_some()
    }

    /// The value of a key.
    #[inline]
    pub fn get(&self, key: &[u8]) -> Option<&V> {
        self.find(key).map(|at| &self.entries[at].value)
    }

    /// The value of a key, to be changed.
    #[inline]
    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut V> {
        self.find(key).map(|at| &mut self.entries[at].value)
    }

    /// The entry at a position below [`Dict::len`].
    pub fn at(&self, position: usize) -> Option<(&SmallBytes, &V)> {
        self.entries
            .get(position)
            .map(|node| (&node.key, &node.value))
    }

    /// The value at a position below [`Dict::len`], to be changed.
    pub fn at_mut(&mut self, position: usize) -> Option<&mut V> {
        self.entries.get_mut(position).map(|node| &mut node.value)
    }

    /// Sets the value of a key; gives back the value it had.
    pub fn insert(&mut self, key: &[u8], value: V) -> Option<V> {
        let hash = hash(key) as u32;
        match self.find_hashed(key, hash) {
            Some(at) => Some(std::mem::replace(&mut self.entries[at].value, value)),
            None => {
                self.push(key, hash, value);
                None
            }
        }
    }

    /// The value of a key, made when there is none.
    pub fn get_or_insert_with(&mut self, key: &[u8], make: impl FnOnce() -> V) -> &mut V {
        let hash = hash(key) as u32;
        let position = match self.find_hashed(key, hash) {
            Some(position) => position,
            None => self.push(key, hash, make()),
        };
        &mut self.entries[position].value
    }

    /// The position of a key, or the place to put it with [`Dict::insert_new`].
    ///
    /// # Errors
    /// The place, when there is no such key.
    #[inline]
    pub fn locate(&self, key: &[u8]) -> Result<usize, Vacancy> {
        let hash = hash(key) as u32;
        self.find_hashed(key, hash).ok_or(Vacancy { hash })
    }

    /// Adds a key that [`Dict::locate`] has just not found; gives its position.
    pub fn insert_new(&mut self, vacancy: Vacancy, key: &[u8], value: V) -> usize {
        self.push(key, vacancy.hash, value)
    }

    /// Adds a key that is not there; gives its position.
    fn push(&mut self, key: &[u8], hash: u32, value: V) -> usize {
        if self.entries.len() == self.buckets.len() {
            self.resize((self.buckets.len() * 2).max(MIN_BUCKETS));
        }
        let bucket = self.bucket(hash);
        let position = self.entries.len();
        if position == self.entries.capacity() && position < SMALL {
            self.entries.reserve_exact(GROWTH);
        }
        self.entries.push(Node {
            hash,
            next: self.buckets[bucket],
            key: SmallBytes::new(key),
            value,
        });
        self.buckets[bucket] = position as u32;
        position
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &[u8]) -> Option<(SmallBytes, V)> {
        self.find(key).map(|position| self.remove_at(position))
    }

    /// Removes the entry at a position below [`Dict::len`]; the last entry takes its place.
    pub fn remove_at(&mut self, position: usize) -> (SmallBytes, V) {
        let next = self.entries[position].next;
        *self.link_to(position) = next;
        let last = self.entries.len() - 1;
        if position != last {
            *self.link_to(last) = position as u32;
        }
        let node = self.entries.swap_remove(position);
        if self.buckets.len() > MIN_BUCKETS && self.entries.len() * SPARSE < self.buckets.len() {
            self.resize(self.buckets.len() / 2);
        }
        (node.key, node.value)
    }

    /// The link of the chain that leads to a position.
    fn link_to(&mut self, position: usize) -> &mut u32 {
        let bucket = self.bucket(self.entries[position].hash);
        if self.buckets[bucket] as usize == position {
            return &mut self.buckets[bucket];
        }
        let mut at = self.buckets[bucket] as usize;
        while self.entries[at].next as usize != position {
            at = self.entries[at].next as usize;
        }
        &mut self.entries[at].next
    }

    fn resize(&mut self, buckets: usize) {
        self.buckets.clear();
        self.buckets.resize(buckets, END);
        self.buckets.shrink_to(buckets);
        let mask = buckets - 1;
        for (position, node) in self.entries.iter_mut().enumerate() {
            let first = &mut self.buckets[node.hash as usize & mask];
            node.next = std::mem::replace(first, position as u32);
        }
        if self.entries.capacity() / SPARSE > self.entries.len() {
            self.entries.shrink_to(self.entries.len() * 2);
        }
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        *self = Dict::default();
    }

    /// The entries, in the order of the array.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&SmallBytes, &V)> + Clone {
        self.entries.iter().map(|node| (&node.key, &node.value))
    }

    /// Shows the entries of one bucket and returns the cursor of the next; begins and ends with 0.
    ///
    /// Cursors count buckets with the bits of the index reversed, so that the buckets that a
    /// cursor has passed are, at any size of the table, just those whose entries have been shown:
    /// what is there from the first call to the last is shown at least once, whatever is inserted
    /// or removed in between.
    pub fn scan(&self, cursor: u64, mut show: impl FnMut(&SmallBytes, &V)) -> u64 {
        if self.buckets.is_empty() {
            return 0;
        }
        let mask = self.buckets.len() as u64 - 1;
        let mut at = self.buckets[(cursor & mask) as usize];
        while at != END {
            let node = &self.entries[at as usize];
            show(&node.key, &node.value);
            at = node.next;
        }
        ((cursor | !mask).reverse_bits().wrapping_add(1)).reverse_bits()
    }

    /// How many bytes of heap the table itself takes, without what keys and values hold.
    pub fn heap_size(&self) -> usize {
        self.buckets.capacity() * size_of::<u32>() + self.entries.capacity() * Dict::<V>::NODE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn behaves_as_a_map_and_scans_what_stays() {
        let mut rng = Rng::new(1);
        for round in 0..16 {
            let mut dict = Dict::default();
            let mut model = BTreeMap::new();
            let range = 1 + rng.below(400);
            let stays: BTreeSet<Vec<u8>> = (0..rng.below(50))
                .map(|i| format!("stays{i}").into_bytes())
                .collect();
            for key in &stays {
                dict.insert(key, 0);
                model.insert(key.clone(), 0);
            }
            let mut seen = BTreeSet::new();
            let mut cursor = 0;
            loop {
                cursor = dict.scan(cursor, |key, _| {
                    seen.insert(key.to_vec());
                });
                if cursor == 0 {
                    break;
                }
                // Phases of growth and of shrinking between the steps of the scan.
                let grow = round % 2 == 0;
                for _ in 0..rng.below(100) {
                    let key = format!("k{}", rng.below(range)).into_bytes();
                    if rng.below(4) == 0 || grow {
                        let value = rng.below(10);
                        assert_eq!(dict.insert(&key, value), model.insert(key, value));
                    } else {
                        assert_eq!(dict.remove(&key).map(|(_, v)| v), model.remove(&key));
                    }
                }
                assert_eq!(dict.len(), model.len());
            }
            assert!(seen.is_superset(&stays));
            for (key, value) in &model {
                assert_eq!(dict.get(key), Some(value));
            }
            let listed: BTreeMap<_, _> = dict.iter().map(|(k, v)| (k.to_vec(), *v)).collect();
            assert_eq!(listed, model);
        }
    }

    #[test]
    fn keeps_the_order_of_insertion_and_gives_memory_back() {
        let mut dict = Dict::default();
        for i in 0..1000_u32 {
            *dict.get_or_insert_with(&i.to_le_bytes(), || 0) += i;
        }
        assert!(dict.iter().map(|(_, v)| *v).eq(0..1000));
        let full = dict.heap_size();
        for i in 0..990_u32 {
            assert_eq!(dict.remove(&i.to_le_bytes()).map(|(_, v)| v), Some(i));
        }
        assert!(dict.heap_size() * 8 < full);
        assert_eq!(dict.remove(b"none").map(|(_, v)| v), None);
    }
}
