//! [`Listpack`]: a sequence of short byte strings in one allocation, in the server's own format, so
//! that sizes, and with them the changes of encoding and the dumps, are the server's.
//!
//! The compact form of lists, hashes, sets and sorted sets; knows none of them. Finding an element
//! costs the length of the sequence; positions are byte offsets, which any change moves.
//!
//! Format: a header of the whole length (4 bytes) and the count (2 bytes, all ones when it does not
//! fit), the entries, a byte of all ones. An entry is its encoding, its data, and the length of
//! both again in groups of seven bits to be read backwards. Integers in canonical form are stored as
//! such. All numbers are little-endian. The count is looked up in the header, so that a sequence is
//! no more than its allocation; behind the end there may be room to grow.

use std::borrow::Cow;
use std::fmt;

use crate::bytes::SmallBytes;
use crate::number::parse_int;

const HEADER: usize = 6;
const END: u8 = 0xff;

/// The count in the header of a sequence that is too long for it.
const UNKNOWN: u16 = u16::MAX;

/// Allocators hand out memory in such grains, less a word of their own.
const GRAIN: usize = 16;
const WORD: usize = 8;

/// From this length on there is an eighth more room than needed.
const SPARE_FROM: usize = 128;

/// The server lets no listpack grow beyond this many bytes.
const MAX_BYTES: usize = 1 << 30;

/// A packed sequence.
#[derive(Clone)]
pub struct Listpack {
    bytes: Box<[u8]>,
}

/// The capacity for a sequence of that length.
fn capacity_for(len: usize) -> usize {
    let spare = len / SPARE_FROM * (SPARE_FROM / 8);
    (len + spare + WORD).next_multiple_of(GRAIN) - WORD
}

/// An element: an integer when it is the canonical form of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element<'a> {
    /// Reads as this integer.
    Int(i64),
    /// Any other bytes.
    Bytes(&'a [u8]),
}

impl<'a> Element<'a> {
    /// The element that these bytes are stored as.
    pub fn new(bytes: &'a [u8]) -> Element<'a> {
        match parse_int(bytes) {
            Some(n) => Element::Int(n),
            None => Element::Bytes(bytes),
        }
    }

    /// The integer that it is the canonical form of, if any.
    pub fn as_int(self) -> Option<i64> {
        match self {
            Element::Int(n) => Some(n),
            Element::Bytes(bytes) => parse_int(bytes),
        }
    }

    /// The bytes.
    pub fn to_bytes(self) -> Cow<'a, [u8]> {
        match self {
            Element::Int(n) => Cow::Owned(itoa::Buffer::new().format(n).as_bytes().to_vec()),
            Element::Bytes(bytes) => Cow::Borrowed(bytes),
        }
    }

    /// The bytes, written into `buffer` when it is an integer.
    #[inline]
    pub fn bytes_in<'b>(self, buffer: &'b mut itoa::Buffer) -> &'b [u8]
    where
        'a: 'b,
    {
        match self {
            Element::Int(n) => buffer.format(n).as_bytes(),
            Element::Bytes(bytes) => bytes,
        }
    }

    /// A copy of the bytes.
    pub fn to_small(self) -> SmallBytes {
        match self {
            Element::Int(n) => SmallBytes::from_int(n),
            Element::Bytes(bytes) => SmallBytes::new(bytes),
        }
    }

    /// How many bytes there are.
    #[allow(clippy::len_without_is_empty, reason = "of no use to any caller")]
    pub fn len(self) -> usize {
        match self {
            Element::Int(n) => itoa::Buffer::new().format(n).len(),
            Element::Bytes(bytes) => bytes.len(),
        }
    }

    /// How many bytes an entry of it takes.
    pub fn entry_size(self) -> usize {
        let size = self.encoded_size();
        size + backlen_size(size)
    }

    /// The length of encoding and data.
    fn encoded_size(self) -> usize {
        match self {
            Element::Int(n) => match IntWidth::of(n) {
                IntWidth::U7 => 1,
                IntWidth::I13 => 2,
                IntWidth::Bytes(_, width) => 1 + width,
            },
            Element::Bytes(bytes) => match bytes.len() {
                len @ 0..=0x3f => 1 + len,
                len @ 0x40..=0xfff => 2 + len,
                len => 5 + len,
            },
        }
    }

    /// Fills the bytes of an entry, [`Element::entry_size`] of them.
    fn write_to(self, entry: &mut [u8]) {
        let size = self.encoded_size();
        let (data, backlen) = entry.split_at_mut(size);
        match self {
            Element::Int(n) => match IntWidth::of(n) {
                IntWidth::U7 => data[0] = n as u8,
                IntWidth::I13 => data.copy_from_slice(&[0xc0 | (n >> 8) as u8 & 0x1f, n as u8]),
                IntWidth::Bytes(code, width) => {
                    data[0] = code;
                    data[1..].copy_from_slice(&n.to_le_bytes()[..width]);
                }
            },
            Element::Bytes(bytes) => {
                let (code, text) = data.split_at_mut(size - bytes.len());
                match (bytes.len(), code) {
                    (len, [code]) => *code = 0x80 | len as u8,
                    (len, [high, low]) => (*high, *low) = (0xe0 | (len >> 8) as u8, len as u8),
                    (len, [code, wide @ ..]) => {
                        *code = 0xf0;
                        wide.copy_from_slice(&(len as u32).to_le_bytes());
                    }
                    (_, []) => {}
                }
                text.copy_from_slice(bytes);
            }
        }
        let groups = backlen.len();
        for (group, byte) in backlen.iter_mut().rev().enumerate() {
            let more = if group + 1 < groups { 0x80 } else { 0 };
            *byte = (size >> (7 * group)) as u8 & 0x7f | more;
        }
    }
}

/// How an integer is stored.
enum IntWidth {
    /// In the encoding byte.
    U7,
    /// In 13 bits, signed.
    I13,
    /// Behind an encoding byte, in so many bytes, signed.
    Bytes(u8, usize),
}

impl IntWidth {
    fn of(n: i64) -> IntWidth {
        match n {
            0..=127 => IntWidth::U7,
            -4096..=4095 => IntWidth::I13,
            -0x8000..=0x7fff => IntWidth::Bytes(0xf1, 2),
            -0x80_0000..=0x7f_ffff => IntWidth::Bytes(0xf2, 3),
            -0x8000_0000..=0x7fff_ffff => IntWidth::Bytes(0xf3, 4),
            _ => IntWidth::Bytes(0xf4, 8),
        }
    }
}

/// How many bytes the length at the end of an entry takes. The bounds are one less than seven bits
/// could hold, as in the server.
fn backlen_size(size: usize) -> usize {
    match size {
        0..=127 => 1,
        128..=16_382 => 2,
        16_383..=2_097_150 => 3,
        2_097_151..=268_435_454 => 4,
        _ => 5,
    }
}

/// Reads the entry at the front of `bytes`: the element, and the length of encoding and data.
fn decode(bytes: &[u8]) -> Option<(Element<'_>, usize)> {
    let (&code, rest) = bytes.split_first()?;
    let string = |skip: usize, len: usize| {
        let end = skip.checked_add(len)?;
        Some((Element::Bytes(rest.get(skip..end)?), 1 + end))
    };
    match code {
        0..=0x7f => Some((Element::Int(i64::from(code)), 1)),
        0x80..=0xbf => string(0, usize::from(code & 0x3f)),
        0xc0..=0xdf => {
            let unsigned = i64::from(code & 0x1f) << 8 | i64::from(*rest.first()?);
            // Thirteen bits: extend the sign.
            Some((Element::Int(unsigned << 51 >> 51), 2))
        }
        0xe0..=0xef => string(
            1,
            usize::from(code & 0x0f) << 8 | usize::from(*rest.first()?),
        ),
        0xf0 => {
            let len = u32::from_le_bytes(rest.get(..4)?.try_into().ok()?);
            string(4, usize::try_from(len).ok()?)
        }
        0xf1..=0xf4 => {
            let width = [2, 3, 4, 8][usize::from(code - 0xf1)];
            let mut wide = [0; 8];
            wide[8 - width..].copy_from_slice(rest.get(..width)?);
            let n = i64::from_le_bytes(wide) >> (64 - 8 * width);
            Some((Element::Int(n), 1 + width))
        }
        _ => None,
    }
}

impl Default for Listpack {
    fn default() -> Listpack {
        Listpack::new()
    }
}

impl Listpack {
    /// The empty sequence.
    pub fn new() -> Listpack {
        let mut bytes = vec![0; capacity_for(GRAIN)];
        bytes[..=HEADER].copy_from_slice(&[7, 0, 0, 0, 0, 0, END]);
        Listpack {
            bytes: bytes.into(),
        }
    }

    /// A sequence from its bytes; `None` when they are not well-formed.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Listpack> {
        let len = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?);
        let stated = u16::from_le_bytes(bytes.get(4..HEADER)?.try_into().ok()?);
        if usize::try_from(len).ok()? != bytes.len() || bytes.get(HEADER..)?.last() != Some(&END) {
            return None;
        }
        let mut rest = &bytes[HEADER..bytes.len() - 1];
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
        if stated != UNKNOWN && usize::from(stated) != count {
            return None;
        }
        let mut listpack = Listpack {
            bytes: bytes.into(),
        };
        listpack.set_len(count);
        Some(listpack)
    }

    /// The bytes, header included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.byte_len()]
    }

    /// How many bytes there are, header included.
    #[inline]
    pub fn byte_len(&self) -> usize {
        match self.bytes.first_chunk() {
            Some(len) => u32::from_le_bytes(*len) as usize,
            None => 0,
        }
    }

    /// How many bytes of heap it holds.
    pub fn heap_size(&self) -> usize {
        self.bytes.len()
    }

    /// Whether `more` bytes of entries may be added.
    pub fn can_grow(&self, more: usize) -> bool {
        self.byte_len().saturating_add(more) <= MAX_BYTES
    }

    /// How many elements there are. Beyond the 65,534 that the header can tell they are counted.
    pub fn len(&self) -> usize {
        match u16::from_le_bytes([self.bytes[4], self.bytes[5]]) {
            UNKNOWN => self.iter().count(),
            count => usize::from(count),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.end() == HEADER
    }

    /// The position behind the last element.
    #[inline]
    pub fn end(&self) -> usize {
        self.byte_len() - 1
    }

    /// The position of the first element; the end when there is none.
    pub fn start(&self) -> usize {
        HEADER
    }

    /// The element at a position, and the position of the next; `None` at the end.
    #[inline]
    pub fn read(&self, at: usize) -> Option<(Element<'_>, usize)> {
        let (element, size) = decode(self.bytes.get(at..)?)?;
        Some((element, at + size + backlen_size(size)))
    }

    /// The element at a position; `None` at the end.
    pub fn get(&self, at: usize) -> Option<Element<'_>> {
        self.read(at).map(|(element, _)| element)
    }

    /// The position after the one of an element.
    pub fn next(&self, at: usize) -> usize {
        self.read(at).map_or(self.end(), |(_, next)| next)
    }

    /// The position before this one; `None` at the start.
    pub fn prev(&self, at: usize) -> Option<usize> {
        if at <= HEADER {
            return None;
        }
        let mut size = 0;
        for (group, &byte) in self.bytes[..at].iter().rev().take(5).enumerate() {
            size |= usize::from(byte & 0x7f) << (7 * group);
            if byte & 0x80 == 0 {
                break;
            }
        }
        at.checked_sub(size + backlen_size(size))
    }

    /// The position of the element with that index, from whichever end is nearer; `None` when there
    /// are not so many.
    pub fn seek(&self, index: usize) -> Option<usize> {
        if index >= self.len() {
            return None;
        }
        if index <= self.len() / 2 {
            return Some((0..index).fold(HEADER, |at, _| self.next(at)));
        }
        (index..self.len()).try_fold(self.end(), |at, _| self.prev(at))
    }

    /// The elements in order, or backwards.
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            listpack: self,
            front: HEADER,
            back: self.end(),
        }
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
            back: at,
            ..self.iter()
        }
    }

    /// The position of the first element equal to `bytes`, looking from `from` on at every
    /// `stride`-th element.
    pub fn find(&self, bytes: &[u8], from: usize, stride: usize) -> Option<usize> {
        let wanted = Element::new(bytes);
        let mut at = from;
        while let Some((element, next)) = self.read(at) {
            if element == wanted {
                return Some(at);
            }
            at = (1..stride).fold(next, |at, _| self.next(at));
        }
        None
    }

    /// Adds an element at the end.
    pub fn push(&mut self, bytes: &[u8]) {
        self.insert(self.end(), bytes);
    }

    /// Adds an element at the start.
    pub fn push_front(&mut self, bytes: &[u8]) {
        self.insert(HEADER, bytes);
    }

    /// Adds an element in front of a position; gives the position of the new one.
    pub fn insert(&mut self, at: usize, bytes: &[u8]) -> usize {
        let count = self.len() + 1;
        self.write(at, 0, Element::new(bytes));
        self.set_len(count);
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
        let len = self.len();
        let mut end = at;
        let mut removed = 0;
        while removed < count && end < self.end() {
            end = self.next(end);
            removed += 1;
        }
        self.make_gap(at, end - at, 0);
        self.set_len(len - removed);
        if self.bytes.len() / 2 > capacity_for(self.byte_len()) {
            self.set_capacity(capacity_for(self.byte_len()));
        }
    }

    /// Splits off the elements from a position on.
    pub fn split_off(&mut self, at: usize) -> Listpack {
        let entries = &self.bytes[at..self.end()];
        let mut tail = Listpack::new();
        tail.make_gap(HEADER, 0, entries.len())
            .copy_from_slice(entries);
        tail.set_len(self.iter_from(at).count());
        self.remove_many(at, usize::MAX);
        tail
    }

    /// Adds the elements of another sequence at the end.
    pub fn append(&mut self, other: &Listpack) {
        let count = self.len() + other.len();
        let entries = &other.bytes[HEADER..other.end()];
        self.make_gap(self.end(), 0, entries.len())
            .copy_from_slice(entries);
        self.set_len(count);
    }

    /// Gives back the room to grow.
    pub fn shrink_to_fit(&mut self) {
        self.set_capacity(self.byte_len());
    }

    /// Writes an entry in the place of `old` bytes at a position.
    fn write(&mut self, at: usize, old: usize, element: Element<'_>) {
        element.write_to(self.make_gap(at, old, element.entry_size()));
    }

    /// Moves what follows `old` bytes at a position, so that there is a gap of `new` bytes to be
    /// written.
    fn make_gap(&mut self, at: usize, old: usize, new: usize) -> &mut [u8] {
        let before = self.byte_len();
        let after = before - old + new;
        if after > self.bytes.len() {
            self.set_capacity(capacity_for(after));
        }
        self.bytes.copy_within(at + old..before, at + new);
        let header = u32::try_from(after).unwrap_or(u32::MAX);
        self.bytes[..4].copy_from_slice(&header.to_le_bytes());
        &mut self.bytes[at..at + new]
    }

    fn set_len(&mut self, count: usize) {
        let count = u16::try_from(count).unwrap_or(UNKNOWN);
        self.bytes[4..HEADER].copy_from_slice(&count.to_le_bytes());
    }

    fn set_capacity(&mut self, capacity: usize) {
        let mut bytes = std::mem::take(&mut self.bytes).into_vec();
        bytes.reserve_exact(capacity.saturating_sub(bytes.len()));
        bytes.resize(capacity, 0);
        self.bytes = bytes.into();
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
    listpack: &'a Listpack,
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
        let (element, next) = self.listpack.read(self.front)?;
        self.front = next;
        Some(element)
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front >= self.back {
            return None;
        }
        self.back = self.listpack.prev(self.back)?;
        self.listpack.get(self.back)
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
        let again = Listpack::from_bytes(listpack.as_bytes().to_vec()).unwrap();
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
        assert_eq!(listpack.as_bytes(), expected);
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
        assert!(Listpack::from_bytes(listpack.as_bytes().to_vec()).is_some());
    }

    #[test]
    fn counts_more_than_the_header_can_tell() {
        let mut listpack = Listpack::new();
        for n in 0..65_540 {
            listpack.push(Element::Int(n).to_bytes().as_ref());
        }
        assert_eq!(listpack.len(), 65_540);
        assert_eq!(listpack.as_bytes()[4..6], [0xff, 0xff]);
        assert_eq!(listpack.get(listpack.end()), None);
        let full = listpack.heap_size();
        listpack.remove_many(listpack.start(), 60_540);
        assert_eq!(listpack.len(), 5_000);
        assert_eq!(listpack.as_bytes()[4..6], 5_000_u16.to_le_bytes());
        assert_eq!(listpack.get(listpack.start()), Some(Element::Int(60_540)));
        assert!(listpack.heap_size() < full / 4);
    }

    #[test]
    fn refuses_bytes_that_are_not_well_formed() {
        let mut listpack = Listpack::new();
        listpack.push(b"hello");
        listpack.push(b"300");
        let good = listpack.as_bytes();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.to_vec();
                bad[at] ^= 1 << bit;
                // A change inside the text, or of the number's value, is another good listpack.
                let changes_only_content = (7..12).contains(&at) || (13..15).contains(&at);
                if let Some(read) = Listpack::from_bytes(bad.clone()) {
                    assert!(changes_only_content, "byte {at} bit {bit}: {read:?}");
                }
                assert!(Listpack::from_bytes(bad[..at].to_vec()).is_none());
            }
        }
    }
}
