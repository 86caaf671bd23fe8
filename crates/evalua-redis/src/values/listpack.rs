//! [`Listpack`]: a sequence of short byte strings in one allocation, in the server's own format, so
//! that sizes, and with them the changes of encoding and the dumps, are the server's.
//!
//! The compact form of lists, hashes, sets and sorted sets; knows none of them. Finding an element
//! costs the length of the sequence; positions are byte offsets from the first entry, which any change
//! moves.
//!
//! The server's format: a header of the whole length (4 bytes) and the count (2 bytes, all ones when it does
//! not fit), the entries ([`Element`] says of what), a byte of all ones. All numbers are little-endian.
//!
//! In memory there are the entries alone while they are short, in an allocation of just their length: what
//! header and end would tell is soon counted, and would often ask for a larger piece of memory. Longer ones
//! have a header of their own with the length of the entries and their count, 4 bytes each, and behind the
//! entries room to grow. Which of the two it is the length of the allocation tells.

use std::fmt;

pub use crate::values::element::Element;
use crate::values::element::{backlen_size, decode, encoded_len};
use crate::values::{memory, packed};

/// The server's header, and the end.
const SERVER_HEADER: usize = 6;
const END: u8 = 0xff;

/// What the server's format has beside the entries.
const FRAME: usize = SERVER_HEADER + 1;

/// The count in the server's header of a sequence that is too long for it.
const UNKNOWN: u16 = u16::MAX;

/// An allocation of this length or more has a header.
const LONG: usize = 128;

/// The header in memory of a long sequence.
const HEADER: usize = 8;
const LEN: usize = 0;
const COUNT: usize = 4;

/// The server lets no listpack grow beyond this many bytes.
const MAX_BYTES: usize = 1 << 30;

/// A packed sequence.
#[derive(Clone, Default)]
pub struct Listpack {
    /// Entries alone, or from [`LONG`] on a header, entries and spare room.
    bytes: Box<[u8]>,
}

/// The allocation for so many bytes of entries.
fn capacity_for(entries: usize) -> usize {
    if entries < LONG {
        return entries;
    }
    memory::with_spare(HEADER + entries)
}

/// The entry at a position, and the position of the next; `None` at the end.
#[inline]
fn read(entries: &[u8], at: usize) -> Option<(Element<'_>, usize)> {
    let (element, size) = decode(entries.get(at..)?)?;
    Some((element, at + size + backlen_size(size)))
}

/// The position before this one; `None` at the start.
fn prev(entries: &[u8], at: usize) -> Option<usize> {
    if at == 0 {
        return None;
    }
    let mut size = 0;
    for (group, &byte) in entries[..at].iter().rev().take(5).enumerate() {
        size |= usize::from(byte & 0x7f) << (7 * group);
        if byte & 0x80 == 0 {
            break;
        }
    }
    at.checked_sub(size + backlen_size(size))
}

/// The position of the next entry; `None` at the end.
#[inline]
fn next(entries: &[u8], at: usize) -> Option<usize> {
    let size = encoded_len(entries.get(at..)?)?;
    Some(at + size + backlen_size(size))
}

/// How many entries there are.
fn count(entries: &[u8]) -> usize {
    let (mut at, mut count) = (0, 0);
    while let Some(next) = next(entries, at) {
        at = next;
        count += 1;
    }
    count
}

impl Listpack {
    /// The empty sequence.
    pub fn new() -> Listpack {
        Listpack::default()
    }

    /// A sequence of these entries.
    pub(super) fn from_entries(entries: &[u8], count: usize) -> Listpack {
        let mut listpack = Listpack::new();
        listpack
            .make_gap(0, 0, entries.len())
            .copy_from_slice(entries);
        listpack.add_to_len(count);
        listpack
    }

    /// A sequence from the server's format; `None` when it is not well-formed.
    pub fn from_bytes(bytes: &[u8]) -> Option<Listpack> {
        let (len, rest) = bytes.split_first_chunk()?;
        let (stated, rest) = rest.split_first_chunk()?;
        let (&end, entries) = rest.split_last()?;
        if usize::try_from(u32::from_le_bytes(*len)).ok()? != bytes.len() || end != END {
            return None;
        }
        let mut rest = entries;
        let mut count = 0;
        while !rest.is_empty() {
            let (element, size) = decode(rest)?;
            // Canonical means: just what this element would be written as.
            let mut expected = vec![0; element.entry_size()];
            element.write_to(&mut expected);
            if element.encoded_size() != size || !rest.starts_with(&expected) {
                return None;
            }
            rest = &rest[expected.len()..];
            count += 1;
        }
        let stated = u16::from_le_bytes(*stated);
        let is_right = stated == UNKNOWN || usize::from(stated) == count;
        is_right.then(|| Listpack::from_entries(entries, count))
    }

    /// The server's format.
    pub fn to_bytes(&self) -> Vec<u8> {
        let len = u32::try_from(self.byte_len()).unwrap_or(u32::MAX);
        let count = u16::try_from(self.len()).unwrap_or(UNKNOWN);
        let (len, count) = (len.to_le_bytes(), count.to_le_bytes());
        [&len[..], &count[..], self.entries(), &[END]].concat()
    }

    /// Whether there is a header.
    #[inline]
    fn is_long(&self) -> bool {
        self.bytes.len() >= LONG
    }

    /// The entries, one behind the other.
    #[inline]
    pub(super) fn entries(&self) -> &[u8] {
        if self.is_long() {
            &self.bytes[HEADER..][..packed::number(&self.bytes, LEN)]
        } else {
            &self.bytes
        }
    }

    /// How many bytes there are in the server's format.
    #[inline]
    pub fn byte_len(&self) -> usize {
        self.end() + FRAME
    }

    /// How many bytes of heap it holds, with what its allocation is rounded up to.
    pub fn heap_size(&self) -> usize {
        memory::chunk(self.bytes.len())
    }

    /// Whether `more` bytes of entries may be added.
    pub fn can_grow(&self, more: usize) -> bool {
        self.byte_len().saturating_add(more) <= MAX_BYTES
    }

    /// How many elements there are. Those of short sequences are counted.
    pub fn len(&self) -> usize {
        if self.is_long() {
            packed::number(&self.bytes, COUNT)
        } else {
            count(&self.bytes)
        }
    }

    /// Whether there are more elements than that.
    #[inline]
    pub fn is_longer_than(&self, elements: usize) -> bool {
        // None takes less than two bytes.
        self.end() / 2 > elements && self.len() > elements
    }

    /// Whether there is no element.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.end() == 0
    }

    /// The position behind the last element.
    #[inline]
    pub fn end(&self) -> usize {
        if self.is_long() {
            packed::number(&self.bytes, LEN)
        } else {
            self.bytes.len()
        }
    }

    /// The position of the first element; the end when there is none.
    pub fn start(&self) -> usize {
        0
    }

    /// The element at a position, and the position of the next; `None` at the end.
    #[inline]
    pub fn read(&self, at: usize) -> Option<(Element<'_>, usize)> {
        read(self.entries(), at)
    }

    /// The element at a position; `None` at the end.
    pub fn get(&self, at: usize) -> Option<Element<'_>> {
        self.read(at).map(|(element, _)| element)
    }

    /// The position after the one of an element.
    pub fn next(&self, at: usize) -> usize {
        next(self.entries(), at).unwrap_or(self.end())
    }

    /// The position before this one; `None` at the start.
    pub fn prev(&self, at: usize) -> Option<usize> {
        prev(self.entries(), at)
    }

    /// The position of the element with that index, from whichever end is nearer; `None` when there
    /// are not so many.
    pub fn seek(&self, index: usize) -> Option<usize> {
        let len = self.len();
        if index >= len {
            return None;
        }
        let entries = self.entries();
        if index <= len / 2 {
            return (0..index).try_fold(0, |at, _| next(entries, at));
        }
        (index..len).try_fold(entries.len(), |at, _| prev(entries, at))
    }

    /// The elements in order, or backwards.
    pub fn iter(&self) -> Iter<'_> {
        self.iter_to(self.end())
    }

    /// The elements from a position on.
    pub fn iter_from(&self, at: usize) -> Iter<'_> {
        Iter {
            front: at,
            ..self.iter()
        }
    }

    /// The elements in front of a position.
    pub fn iter_to(&self, at: usize) -> Iter<'_> {
        Iter {
            entries: self.entries(),
            front: 0,
            back: at,
        }
    }

    /// The position of the first element equal to `bytes`, looking from `from` on at every
    /// `stride`-th element.
    pub fn find(&self, bytes: &[u8], from: usize, stride: usize) -> Option<usize> {
        let wanted = Element::new(bytes);
        let entries = self.entries();
        let mut at = from;
        loop {
            let (element, mut next) = read(entries, at)?;
            if element == wanted {
                return Some(at);
            }
            for _ in 1..stride {
                next = self::next(entries, next)?;
            }
            at = next;
        }
    }

    /// Adds an element at the end.
    pub fn push(&mut self, bytes: &[u8]) {
        self.insert(self.end(), bytes);
    }

    /// Adds an element at the start.
    pub fn push_front(&mut self, bytes: &[u8]) {
        self.insert(0, bytes);
    }

    /// Adds an element in front of a position; gives the position of the new one.
    pub fn insert(&mut self, at: usize, bytes: &[u8]) -> usize {
        self.write(at, 0, Element::new(bytes));
        self.add_to_len(1);
        at
    }

    /// Puts an element in the place of the one at a position, which stays the position of the new
    /// one.
    pub fn replace(&mut self, at: usize, bytes: &[u8]) {
        self.write(at, self.next(at) - at, Element::new(bytes));
    }

    /// Removes the element at a position, which becomes the position of the one behind it.
    pub fn remove(&mut self, at: usize) {
        self.remove_many(at, 1);
    }

    /// Removes up to `count` elements from a position on.
    pub fn remove_many(&mut self, at: usize, count: usize) {
        let mut end = at;
        let mut removed = 0;
        while removed < count
            && let Some(next) = next(self.entries(), end)
        {
            end = next;
            removed += 1;
        }
        self.make_gap(at, end - at, 0);
        if self.is_long() {
            let count = self.len() - removed;
            packed::set_number(&mut self.bytes, COUNT, count);
            let capacity = capacity_for(self.end());
            if capacity < self.bytes.len() / 2 {
                self.set_capacity(capacity);
            }
        }
    }

    /// Splits off the elements from a position on.
    pub fn split_off(&mut self, at: usize) -> Listpack {
        let entries = &self.entries()[at..];
        let tail = Listpack::from_entries(entries, count(entries));
        self.remove_many(at, usize::MAX);
        tail
    }

    /// Adds the elements of another sequence at the end.
    pub fn append(&mut self, other: &Listpack) {
        let entries = other.entries();
        self.make_gap(self.end(), 0, entries.len())
            .copy_from_slice(entries);
        self.add_to_len(other.len());
    }

    /// Removes all elements, and leaves a long sequence its room.
    pub fn clear(&mut self) {
        if self.is_long() {
            packed::set_number(&mut self.bytes, LEN, 0);
            packed::set_number(&mut self.bytes, COUNT, 0);
        } else {
            self.bytes = Box::default();
        }
    }

    /// Gives back the room to grow.
    pub fn shrink_to_fit(&mut self) {
        let len = self.end();
        self.set_capacity(if len < LONG { len } else { HEADER + len });
    }

    /// Writes an entry in the place of `old` bytes at a position.
    fn write(&mut self, at: usize, old: usize, element: Element<'_>) {
        element.write_to(self.make_gap(at, old, element.entry_size()));
    }

    /// Moves what follows `old` bytes at a position, so that there is a gap of `new` bytes to be
    /// written; then says how many elements there are more.
    fn make_gap(&mut self, at: usize, old: usize, new: usize) -> &mut [u8] {
        let before = self.end();
        let after = before - old + new;
        let has_room = self.is_long() && HEADER + after <= self.bytes.len();
        if after > before && !has_room {
            self.set_capacity(capacity_for(after));
        }
        let start = if self.is_long() { HEADER } else { 0 };
        let rest = start + at + old..start + before;
        self.bytes.copy_within(rest, start + at + new);
        if self.is_long() {
            packed::set_number(&mut self.bytes, LEN, after);
        } else if after < before {
            self.set_capacity(after);
        }
        &mut self.bytes[start + at..][..new]
    }

    /// There are so many elements more.
    fn add_to_len(&mut self, more: usize) {
        if self.is_long() {
            let count = self.len() + more;
            packed::set_number(&mut self.bytes, COUNT, count);
        }
    }

    fn set_capacity(&mut self, capacity: usize) {
        match (self.is_long(), capacity >= LONG) {
            (true, false) => self.bytes = self.entries().into(),
            (false, true) => {
                let (len, count) = (self.bytes.len(), count(&self.bytes));
                packed::resize(&mut self.bytes, capacity);
                self.bytes.copy_within(..len, HEADER);
                packed::set_number(&mut self.bytes, LEN, len);
                packed::set_number(&mut self.bytes, COUNT, count);
            }
            _ => packed::resize(&mut self.bytes, capacity),
        }
    }
}

impl fmt::Debug for Listpack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elements = self.iter().map(Element::to_small);
        f.debug_list().entries(elements).finish()
    }
}

impl<'a> IntoIterator for &'a Listpack {
    type Item = Element<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The elements of a [`Listpack`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    entries: &'a [u8],
    front: usize,
    back: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        if self.front >= self.back {
            return None;
        }
        let (element, next) = read(self.entries, self.front)?;
        self.front = next;
        Some(element)
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front >= self.back {
            return None;
        }
        self.back = prev(self.entries, self.back)?;
        read(self.entries, self.back).map(|(element, _)| element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// Elements of every encoding and every width of the length at the end.
    fn samples() -> Vec<Vec<u8>> {
        let ints = [
            0,
            127,
            128,
            -1,
            4095,
            -4096,
            4096,
            -4097,
            32767,
            -32768,
            32768,
            8_388_607,
            -8_388_608,
            8_388_608,
            i64::from(i32::MAX),
            i64::from(i32::MIN),
            1 << 31,
            i64::MAX,
            i64::MIN,
        ];
        let mut samples: Vec<Vec<u8>> = ints.iter().map(|n| n.to_string().into_bytes()).collect();
        for len in [0, 1, 63, 64, 125, 126, 4095, 4096, 16_377, 16_378, 20_000] {
            samples.push(vec![b'x'; len]);
        }
        samples.push(b"007".to_vec());
        samples.push(b"-0".to_vec());
        samples
    }

    fn content(listpack: &Listpack) -> Vec<Vec<u8>> {
        listpack.iter().map(|e| e.to_bytes().into_owned()).collect()
    }

    #[test]
    fn holds_what_is_put_in() {
        let samples = samples();
        let mut listpack = Listpack::new();
        for sample in &samples {
            let before = listpack.byte_len();
            listpack.push(sample);
            let size = Element::new(sample).entry_size();
            assert_eq!(listpack.byte_len() - before, size);
        }
        assert_eq!(content(&listpack), samples);
        let mut backwards: Vec<_> = listpack
            .iter()
            .rev()
            .map(|e| e.to_bytes().into_owned())
            .collect();
        backwards.reverse();
        assert_eq!(backwards, samples);
        for (index, sample) in samples.iter().enumerate() {
            let at = listpack.seek(index).unwrap();
            assert_eq!(&*listpack.get(at).unwrap().to_bytes(), &sample[..]);
            assert_eq!(listpack.find(sample, listpack.start(), 1), Some(at));
        }
        let again = Listpack::from_bytes(&listpack.to_bytes()).unwrap();
        assert_eq!(content(&again), samples);
    }

    #[test]
    fn has_the_servers_format() {
        let mut listpack = Listpack::new();
        for element in ["a", "10", "-1", "500", "100000"] {
            listpack.push(element.as_bytes());
        }
        // Worked out by hand from the description of the format.
        let expected = [
            23, 0, 0, 0, 5, 0, 0x81, b'a', 2, 10, 1, 0xdf, 0xff, 2, 0xc1, 0xf4, 2, 0xf2, 0xa0,
            0x86, 0x01, 4, 0xff,
        ];
        assert_eq!(listpack.to_bytes(), expected);
    }

    #[test]
    fn behaves_as_a_vector() {
        let mut samples = samples();
        samples.retain(|sample| sample.len() < 5_000);
        let mut rng = Rng::new(3);
        let mut listpack = Listpack::new();
        let mut model: Vec<Vec<u8>> = Vec::new();
        for _ in 0..1000 {
            let sample = &samples[rng.below(samples.len())];
            let index = rng.below(model.len() + 1);
            let at = listpack.seek(index).unwrap_or(listpack.end());
            match rng.below(7) {
                0 => {
                    listpack.push(sample);
                    model.push(sample.clone());
                }
                1 => {
                    listpack.push_front(sample);
                    model.insert(0, sample.clone());
                }
                2 => {
                    assert_eq!(listpack.insert(at, sample), at);
                    model.insert(index, sample.clone());
                }
                3 if index < model.len() => {
                    listpack.replace(at, sample);
                    model[index] = sample.clone();
                }
                4 => {
                    let count = rng.below(4);
                    listpack.remove_many(at, count);
                    model.drain(index..(index + count).min(model.len()));
                }
                5 => {
                    let tail = listpack.split_off(at);
                    assert_eq!(content(&tail), model[index..]);
                    listpack.append(&tail);
                }
                _ if index < model.len() => {
                    listpack.remove(at);
                    model.remove(index);
                }
                _ => {}
            }
            assert_eq!(listpack.len(), model.len());
        }
        assert_eq!(content(&listpack), model);
        assert!(Listpack::from_bytes(&listpack.to_bytes()).is_some());
    }

    #[test]
    fn is_short_and_long_by_turns() {
        let mut rng = Rng::new(8);
        let mut listpack = Listpack::new();
        let mut model: Vec<Vec<u8>> = Vec::new();
        let mut forms = [0; 2];
        for step in 0..5_000 {
            let index = rng.below(model.len() + 1);
            let at = listpack.seek(index).unwrap_or(listpack.end());
            let grows = step / 100 % 2 == 0;
            let sample = vec![b'a'; rng.below(40)];
            match rng.below(4) {
                0 if index < model.len() => {
                    listpack.replace(at, &sample);
                    model[index] = sample;
                }
                1 => listpack.shrink_to_fit(),
                2 if index < model.len() && !grows => {
                    let tail = listpack.split_off(at);
                    assert_eq!(content(&tail), model.split_off(index));
                }
                _ if grows => {
                    listpack.insert(at, &sample);
                    model.insert(index, sample);
                }
                _ => {
                    listpack.remove_many(at, 1);
                    model.drain(index..(index + 1).min(model.len()));
                }
            }
            forms[usize::from(listpack.is_long())] += 1;
            assert_eq!(content(&listpack), model);
            assert_eq!(listpack.len(), model.len());
            for bound in [0, 1, model.len(), model.len() + 1] {
                assert_eq!(listpack.is_longer_than(bound), model.len() > bound);
            }
        }
        assert!(forms.iter().all(|times| *times > 500), "{forms:?}");
    }

    #[test]
    fn counts_more_than_the_header_can_tell() {
        let mut listpack = Listpack::new();
        for n in 0..65_540 {
            listpack.push(Element::Int(n).to_bytes().as_ref());
        }
        assert_eq!(listpack.len(), 65_540);
        assert_eq!(listpack.to_bytes()[4..6], [0xff, 0xff]);
        assert_eq!(listpack.get(listpack.end()), None);
        let full = listpack.heap_size();
        listpack.remove_many(listpack.start(), 60_540);
        assert_eq!(listpack.len(), 5_000);
        assert_eq!(listpack.to_bytes()[4..6], 5_000_u16.to_le_bytes());
        assert_eq!(listpack.get(0), Some(Element::Int(60_540)));
        assert!(listpack.heap_size() < full / 4);
    }

    #[test]
    fn refuses_bytes_that_are_not_well_formed() {
        let mut listpack = Listpack::new();
        listpack.push(b"hello");
        listpack.push(b"300");
        let good = listpack.to_bytes();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.to_vec();
                bad[at] ^= 1 << bit;
                // A change inside the text, or of the number's value, is another good listpack.
                let changes_only_content = (7..12).contains(&at) || (13..15).contains(&at);
                if let Some(read) = Listpack::from_bytes(&bad) {
                    assert!(changes_only_content, "byte {at} bit {bit}: {read:?}");
                }
                assert!(Listpack::from_bytes(&bad[..at]).is_none());
            }
        }
    }
}
