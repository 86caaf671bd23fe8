//! [`Sealed`]: a listpack at rest, without what only going backwards step by step and changes need.
//!
//! Most of a long list is in nodes far from its ends, where hardly anything is put in or taken out. There the
//! lengths at the ends of the entries are left away, a byte each where the entries are short, and the room to grow.
//!
//! Format: the count (4 bytes, the lowest first), and the entries.

use std::vec;

use crate::values::element::{Element, backlen_size, decode, encoded_len, write_backlen};
use crate::values::listpack::Listpack;
use crate::values::{memory, packed};

/// Where the entries begin.
const HEADER: usize = 4;

/// Which part of a listpack is to be gained at least.
const GAIN: usize = 64;

/// The elements of a listpack.
#[derive(Clone, Debug)]
pub struct Sealed(Box<[u8]>);

impl Sealed {
    /// The elements of a listpack; `None` when they are so long that little is gained.
    pub fn new(elements: &Listpack) -> Option<Sealed> {
        let entries = elements.entries();
        let mut rest = entries;
        let mut len = HEADER;
        while let Some(size) = encoded_len(rest) {
            len += size;
            rest = &rest[size + backlen_size(size)..];
        }
        if len + entries.len() / GAIN > entries.len() {
            return None;
        }
        let mut bytes = vec![0; len];
        packed::set_number(&mut bytes, 0, elements.len());
        let (mut from, mut to) = (entries, &mut bytes[HEADER..]);
        while let Some(size) = encoded_len(from) {
            let entry;
            (entry, to) = to.split_at_mut(size);
            entry.copy_from_slice(&from[..size]);
            from = &from[size + backlen_size(size)..];
        }
        Some(Sealed(bytes.into()))
    }

    /// The listpack.
    #[inline(never)]
    pub fn open(&self) -> Listpack {
        let mut entries = vec![0; self.entries_len()];
        let (mut from, mut to) = (self.entries(), &mut entries[..]);
        while let Some(size) = encoded_len(from) {
            let (entry, backlen);
            (entry, to) = to.split_at_mut(size);
            (backlen, to) = to.split_at_mut(backlen_size(size));
            entry.copy_from_slice(&from[..size]);
            write_backlen(size, backlen);
            from = &from[size..];
        }
        Listpack::from_entries(&entries, self.len())
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        packed::number(&self.0, 0)
    }

    /// How many bytes the listpack has in the server's format.
    pub fn byte_len(&self) -> usize {
        Listpack::new().byte_len() + self.entries_len()
    }

    /// How many bytes the entries of the listpack take.
    fn entries_len(&self) -> usize {
        let (mut rest, mut len) = (self.entries(), 0);
        while let Some(size) = encoded_len(rest) {
            len += size + backlen_size(size);
            rest = &rest[size..];
        }
        len
    }

    /// How many bytes of heap it holds, with what its allocation is rounded up to.
    pub fn heap_size(&self) -> usize {
        memory::chunk(self.0.len())
    }

    /// The entries, one behind the other.
    fn entries(&self) -> &[u8] {
        &self.0[HEADER..]
    }

    /// The elements in order, or backwards.
    pub fn iter(&self) -> Iter<'_> {
        Iter::new(self.entries())
    }

    /// The elements from one on.
    pub fn iter_from(&self, index: usize) -> Iter<'_> {
        Iter::new(&self.entries()[self.seek(index)..])
    }

    /// The elements up to one, or all when there are not so many.
    pub fn iter_to(&self, index: usize) -> Iter<'_> {
        Iter::new(&self.entries()[..self.seek(index + 1)])
    }

    /// Where the element with that index is, or the end when there are not so many.
    fn seek(&self, index: usize) -> usize {
        let entries = self.entries();
        let mut at = 0;
        for _ in 0..index {
            match encoded_len(&entries[at..]) {
                Some(size) => at += size,
                None => break,
            }
        }
        at
    }
}

/// The elements of a [`Sealed`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    /// The entries that are left.
    entries: &'a [u8],
    /// Once one was asked for from the back: all that are left in place of those.
    read: vec::IntoIter<Element<'a>>,
}

impl<'a> Iter<'a> {
    fn new(entries: &'a [u8]) -> Iter<'a> {
        Iter {
            entries,
            read: Vec::new().into_iter(),
        }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        match decode(self.entries) {
            Some((element, size)) => {
                self.entries = &self.entries[size..];
                Some(element)
            }
            None => self.read.next(),
        }
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if !self.entries.is_empty() {
            let elements: Vec<Element<'_>> = self.by_ref().collect();
            self.read = elements.into_iter();
        }
        self.read.next_back()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// Numbers and texts of every encoding, and of every width of the length at the end.
    fn listpack() -> Listpack {
        let mut elements = Listpack::new();
        for n in [0, -1, 4095, 30_000, 8_000_000, 1 << 31, i64::MAX] {
            elements.push(n.to_string().as_bytes());
        }
        for len in [0, 1, 63, 64, 125, 126, 4095, 4096] {
            elements.push(&vec![b'x'; len]);
        }
        for n in 0..500 {
            elements.push(format!("e{n}").as_bytes());
        }
        elements
    }

    #[test]
    fn is_opened_as_it_was() {
        let elements = listpack();
        let sealed = Sealed::new(&elements).expect("gains");
        assert!(sealed.heap_size() + 480 < elements.byte_len());
        assert_eq!(sealed.open().to_bytes(), elements.to_bytes());
        assert_eq!(sealed.byte_len(), elements.byte_len());
        assert_eq!(sealed.len(), elements.len());
    }

    #[test]
    fn elements_are_taken_from_both_ends() {
        let elements = listpack();
        let sealed = Sealed::new(&elements).expect("gains");
        let mut rng = Rng::new(2);
        for index in 0..=elements.len() {
            let all: Vec<_> = elements.iter().collect();
            let (to, from) = (all.len().min(index + 1), index);
            for (mut taken, mut expected) in [
                (sealed.iter_from(index), all[from..].iter().copied()),
                (sealed.iter_to(index), all[..to].iter().copied()),
            ] {
                for _ in 0..=expected.len() {
                    match rng.below(2) {
                        0 => assert_eq!(taken.next(), expected.next()),
                        _ => assert_eq!(taken.next_back(), expected.next_back()),
                    }
                }
            }
        }
    }

    #[test]
    fn what_would_gain_little_is_left() {
        let mut elements = Listpack::new();
        assert!(Sealed::new(&elements).is_none());
        for _ in 0..20 {
            elements.push(&[b'x'; 100]);
        }
        assert!(Sealed::new(&elements).is_none());
    }
}
