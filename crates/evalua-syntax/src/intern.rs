//! The strings of a chunk, each once.
//!
//! Owns: the map from bytes to [`StrId`]. It must not know which strings are names.
//!
//! A table of open addressing: a name is found by a multiplication and, mostly, one comparison of its bytes
//! as a number.

use crate::ast::StrId;
use crate::hash::{mix, seed};
use crate::token::WORD;
use std::sync::Arc;

/// Collects strings and numbers them in order of first appearance.
pub(crate) struct Interner {
    strings: Vec<Arc<[u8]>>,
    /// Twice as many as there are strings or more; their number is a power of two.
    slots: Vec<Slot>,
    seed: u64,
    /// Bytes of all strings.
    bytes: usize,
}

/// A place for a string.
#[derive(Clone, Copy)]
struct Slot {
    /// As [`Key::word`].
    word: u64,
    /// As [`Key::length`].
    length: u32,
    /// The string that is here; [`NONE`] in a free slot.
    id: u32,
}

/// Free; the source is shorter than 4 GiB, so it has fewer than 2^32 strings.
const NONE: u32 = u32::MAX;

/// As long as no string is.
const FREE: Slot = Slot {
    word: 0,
    length: u32::MAX,
    id: NONE,
};

/// What a string is looked up by.
#[derive(Clone, Copy)]
struct Key {
    /// The bytes of a string of up to [`WORD`], zeros behind them; the hash of a longer one.
    word: u64,
    length: u32,
}

impl Interner {
    /// For the strings of a source.
    pub(crate) fn new(source: &[u8]) -> Self {
        Interner {
            strings: Vec::new(),
            slots: vec![FREE; 32],
            seed: seed(source),
            bytes: 0,
        }
    }

    /// The id of a string, new or old.
    pub(crate) fn intern(&mut self, bytes: &[u8]) -> StrId {
        let key = if bytes.len() <= WORD {
            Key {
                word: to_word(bytes),
                length: bytes.len() as u32,
            }
        } else {
            self.long_key(bytes)
        };
        self.find(key, bytes)
    }

    /// As [`Interner::intern`], for a part of a source.
    #[inline]
    pub(crate) fn intern_part(&mut self, source: &[u8], start: usize, end: usize) -> StrId {
        let bytes = &source[start..end];
        match leading_word(&source[start..], bytes.len()) {
            Some(word) => self.intern_word(word, bytes),
            None => self.intern(bytes),
        }
    }

    /// As [`Interner::intern`], for up to [`WORD`] bytes that have been read as a number.
    #[inline]
    pub(crate) fn intern_word(&mut self, word: u64, bytes: &[u8]) -> StrId {
        let length = bytes.len() as u32;
        self.find(Key { word, length }, bytes)
    }

    #[inline]
    fn find(&mut self, key: Key, bytes: &[u8]) -> StrId {
        let mut at = self.home(key);
        loop {
            let slot = self.slots[at & (self.slots.len() - 1)];
            if slot.word == key.word
                && slot.length == key.length
                && (bytes.len() <= WORD || *self.strings[slot.id as usize] == *bytes)
            {
                return StrId(slot.id);
            }
            if slot.id == NONE {
                return self.add(at, key, bytes);
            }
            at += 1;
        }
    }

    #[inline(never)]
    fn add(&mut self, mut at: usize, key: Key, bytes: &[u8]) -> StrId {
        if (self.strings.len() + 1) * 2 > self.slots.len() {
            self.grow();
            at = self.free_from(self.home(key));
        }
        let id = self.strings.len() as u32;
        let mask = self.slots.len() - 1;
        self.slots[at & mask] = Slot {
            word: key.word,
            length: key.length,
            id,
        };
        self.strings.push(bytes.into());
        self.bytes += bytes.len();
        StrId(id)
    }

    /// The slot where the search for a string begins, before it is masked.
    #[inline]
    fn home(&self, key: Key) -> usize {
        mix(key.word ^ u64::from(key.length) << 56, self.seed) as usize
    }

    fn free_from(&self, mut at: usize) -> usize {
        while self.slots[at & (self.slots.len() - 1)].id != NONE {
            at += 1;
        }
        at
    }

    fn grow(&mut self) {
        let doubled = vec![FREE; self.slots.len() * 2];
        let mask = doubled.len() - 1;
        for slot in std::mem::replace(&mut self.slots, doubled) {
            if slot.id != NONE {
                let Slot { word, length, .. } = slot;
                let at = self.free_from(self.home(Key { word, length }));
                self.slots[at & mask] = slot;
            }
        }
    }

    fn long_key(&self, bytes: &[u8]) -> Key {
        let mut hash = self.seed;
        let mut rest = bytes;
        while let Some((word, behind)) = rest.split_first_chunk() {
            hash = mix(u64::from_le_bytes(*word), hash);
            rest = behind;
        }
        // The last word, of which a part may have been taken.
        if let Some(word) = bytes.last_chunk() {
            hash = mix(u64::from_le_bytes(*word), hash);
        }
        Key {
            word: hash,
            length: bytes.len() as u32,
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
        self.bytes
            + self.strings.capacity() * size_of::<Arc<[u8]>>()
            + self.slots.len() * size_of::<Slot>()
    }

    /// All strings, in the order of their ids.
    pub(crate) fn into_strings(self) -> Vec<Arc<[u8]>> {
        self.strings
    }
}

/// Up to [`WORD`] bytes as a number, zeros behind them.
pub(crate) fn to_word(bytes: &[u8]) -> u64 {
    let mut word = [0; WORD];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

/// The first bytes of a text as a number, as [`to_word`]: by one load, where they are few enough and the text
/// does not end too soon.
#[inline]
pub(crate) fn leading_word(text: &[u8], length: usize) -> Option<u64> {
    match text.first_chunk() {
        Some(word) if (1..=WORD).contains(&length) => {
            Some(u64::from_le_bytes(*word) & (u64::MAX >> (8 * (WORD - length))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Strings that are alike but for zeros, lengths or bytes in the middle have ids of their own, which
    /// stay the same when the table grows; wherever a part of a source lies, it is found again.
    #[test]
    fn every_string_has_one_id() {
        let mut source = Vec::new();
        let mut parts = Vec::new();
        for length in 0..40 {
            for seed in [0, 1, 0x2e, 0xff] {
                for place in [0, length / 2, length.max(1) - 1] {
                    let start = source.len();
                    source.resize(start + length, 0);
                    if let Some(byte) = source.get_mut(start + place) {
                        *byte = seed;
                    }
                    parts.push((start, start + length));
                }
            }
        }
        let mut strings = Interner::new(&source);
        let ids: Vec<StrId> = parts
            .iter()
            .map(|&(start, end)| strings.intern_part(&source, start, end))
            .collect();
        for (&(start, end), &id) in parts.iter().zip(&ids) {
            let bytes = &source[start..end];
            assert_eq!(strings.get(id), bytes);
            assert_eq!(strings.intern(bytes), id);
        }
        let distinct: std::collections::HashSet<_> = parts
            .iter()
            .map(|&(start, end)| &source[start..end])
            .collect();
        assert_eq!(strings.strings().len(), distinct.len());
    }
}
