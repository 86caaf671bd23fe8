//! The strings of a chunk, each once.
//!
//! Owns: the map from bytes to [`StrId`]. It must not know which strings are names.

use crate::ast::StrId;
use ahash::RandomState;
use hashbrown::HashTable;
use std::sync::Arc;

/// Collects strings and numbers them in order of first appearance.
pub(crate) struct Interner {
    strings: Vec<Arc<[u8]>>,
    ids: HashTable<StrId>,
    hasher: RandomState,
    /// Bytes of all strings.
    bytes: usize,
}

impl Interner {
    pub(crate) fn new() -> Self {
        Interner {
            strings: Vec::new(),
            ids: HashTable::new(),
            // Fixed seeds: the order of the table is never seen, and no entropy source is needed.
            hasher: RandomState::with_seeds(1, 2, 3, 4),
            bytes: 0,
        }
    }

    /// The id of a string, new or old.
    pub(crate) fn intern(&mut self, bytes: &[u8]) -> StrId {
        let Interner {
            strings,
            ids,
            hasher,
            bytes: total,
        } = self;
        let hash = hasher.hash_one(bytes);
        let entry = ids.entry(
            hash,
            |id| *strings[id.0 as usize] == *bytes,
            |id| hasher.hash_one(&*strings[id.0 as usize]),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(found) => *found.get(),
            hashbrown::hash_table::Entry::Vacant(vacant) => {
                // The source is shorter than 4 GiB, so it has fewer than 2^32 strings.
                let id = StrId(strings.len() as u32);
                vacant.insert(id);
                strings.push(bytes.into());
                *total += bytes.len();
                id
            }
        }
    }

    /// All strings so far.
    pub(crate) fn strings(&self) -> &[Arc<[u8]>] {
        &self.strings
    }

    /// The bytes of a string.
    pub(crate) fn get(&self, id: StrId) -> &[u8] {
        &self.strings[id.0 as usize]
    }

    /// Bytes that the strings and their list take up, roughly.
    pub(crate) fn bytes_in_use(&self) -> usize {
        self.bytes + self.strings.capacity() * size_of::<Arc<[u8]>>() + self.ids.allocation_size()
    }

    /// All strings, in the order of their ids.
    pub(crate) fn into_strings(self) -> Vec<Arc<[u8]>> {
        self.strings
    }
}
