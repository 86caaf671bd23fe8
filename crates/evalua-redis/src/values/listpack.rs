//! [`Listpack`]: a sequence of short byte strings in one allocation, in the server's own format, so
//! that sizes, and with them the changes of encoding and the dumps, are the server's.
//!
//! The compact form of lists, hashes, sets and sorted sets; knows none of them. Finding an element
//! costs the length of the sequence; positions are byte offsets, which any change moves.
//!
//! Format: a header of the whole length (4 bytes) and the count (2 bytes, all ones when it does not
//! fit), the entries, a byte of all ones. An entry is its encoding, its data, and the length of
//! both again in groups of seven bits to be read backwards. Integers in canonical form are stored as
//! such. All numbers are little-endian.

use std::borrow::Cow;
use std::fmt;

use crate::bytes::SmallBytes;
use crate::number::parse_int;

const HEADER: usize = 6;
const END: u8 = 0xff;

/// The server lets no listpack grow beyond this many bytes.
const MAX_BYTES: usize = 1 << 30;

/// A packed sequence.
#[derive(Clone)]
pub struct Listpack {
    bytes: Vec<u8>,
    count: u32,
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

    fn write_to(self, out: &mut Vec<u8>) {
        match self {
            Element::Int(n) => match IntWidth::of(n) {
                IntWidth::U7 => out.push(n as u8),
                IntWidth::I13 => out.extend([0xc0 | (n >> 8) as u8 & 0x1f, n as u8]),
                IntWidth::Bytes(code, width) => {
                    out.push(code);
                    out.extend_from_slice(&n.to_le_bytes()[..width]);
                }
            },
            Element::Bytes(bytes) => {
                match bytes.len() {
                    len @ 0..=0x3f => out.push(0x80 | len as u8),
                    len @ 0x40..=0xfff => out.extend([0xe0 | (len >> 8) as u8, len as u8]),
                    len => {
                        out.push(0xf0);
                        out.extend_from_slice(&(len as u32).to_le_bytes());
                    }
                }
                out.extend_from_slice(bytes);
            }
        }
        let size = self.encoded_size();
        let groups = backlen_size(size);
        for group in (0..groups).rev() {
            let more = if group + 1 < groups { 0x80 } else { 0 };
            out.push((size >> (7 * group)) as u8 & 0x7f | more);
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
        Listpack {
            bytes: vec![7, 0, 0, 0, 0, 0, END],
            count: 0,
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
        let mut count: u32 = 0;
        while !rest.is_empty() {
            let (element, size) = decode(rest)?;
            // Canonical means: just what this element would be written as.
            let mut expected = Vec::with_capacity(element.entry_size());
            element.write_to(&mut expected);
            if element.encoded_size() != size || !rest.starts_with(&expected) {
                return None;
            }
            rest = &rest[expected.len()..];
            count = count.checked_add(1)?;
        }
        let fits = u16::try_from(count).ok().filter(|&count| count != u16::MAX);
        if stated != u16::MAX && fits != Some(stated) {
            return None;
        }
        let mut listpack = Listpack { bytes, count };
        listpack.write_header();
        Some(listpack)
    }

    /// The bytes, header included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes there are, header included.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// How many bytes of heap it holds.
    pub fn heap_size(&self) -> usize {
        self.bytes.capacity()
    }

    /// Whether `more` bytes of entries may be added.
    pub fn can_grow(&self, more: usize) -> bool {
        self.bytes.len().saturating_add(more) <= MAX_BYTES
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The position behind the last element.
    pub fn end(&self) -> usize {
        self.bytes.len() - 1
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
        self.splice(self.end(), 0, Some(Element::new(bytes)));
    }

    /// Adds an element at the start.
    pub fn push_front(&mut self, bytes: &[u8]) {
        self.splice(HEADER, 0, Some(Element::new(bytes)));
    }

    /// Adds an element in front of a position; gives the position of the new one.
    pub fn insert(&mut self, at: usize, bytes: &[u8]) -> usize {
        self.splice(at, 0, Some(Element::new(bytes)));
        at
    }

    /// Puts an element in the place of the one at a position, which stays the position of the new
    /// one.
    pub fn replace(&mut self, at: usize, bytes: &[u8]) {
        self.splice(at, self.next(at) - at, Some(Element::new(bytes)));
    }

    /// Removes the element at a position, which becomes the position of the one behind it.
    pub fn remove(&mut self, at: usize) {
        self.remove_many(at, 1);
    }

    /// Removes up to `count` elements from a position on.
    pub fn remove_many(&mut self, at: usize, count: usize) {
        let mut end = at;
        let mut removed = 0;
        while removed < count && end < self.end() {
            end = self.next(end);
            removed += 1;
        }
        self.bytes.drain(at..end);
        self.count -= removed as u32;
        self.write_header();
    }

    /// Splits off the elements from a position on.
    pub fn split_off(&mut self, at: usize) -> Listpack {
        let mut tail = Listpack::new();
        tail.bytes
            .splice(HEADER..HEADER, self.bytes[at..self.end()].iter().copied());
        tail.count = self.iter_from(at).count() as u32;
        tail.write_header();
        self.remove_many(at, usize::MAX);
        tail
    }

    /// Adds the elements of another sequence at the end.
    pub fn append(&mut self, other: &Listpack) {
        let end = self.end();
        let entries = other.bytes[HEADER..other.end()].iter().copied();
        self.bytes.splice(end..end, entries);
        self.count += other.count;
        self.write_header();
    }

    /// Replaces the bytes of one entry, or of none, by an entry, or by none.
    fn splice(&mut self, at: usize, old: usize, new: Option<Element<'_>>) {
        let size = new.map_or(0, Element::entry_size);
        if size > old {
            self.reserve(size - old);
        }
        let mut entry = Vec::new();
        if let Some(element) = new {
            // Most changes are at the end, where the entry can be written in place.
            if at == self.end() {
                self.bytes.pop();
                element.write_to(&mut self.bytes);
                self.bytes.push(END);
                self.count += 1;
                return self.write_header();
            }
            entry.reserve_exact(size);
            element.write_to(&mut entry);
        }
        self.bytes.splice(at..at + old, entry);
        self.count = self.count + u32::from(new.is_some()) - u32::from(old > 0);
        self.write_header();
    }

    /// Grows by an eighth at most: the sequences are many and small.
    fn reserve(&mut self, more: usize) {
        if self.bytes.capacity() - self.bytes.len() < more {
            self.bytes.reserve_exact(more + self.bytes.len() / 8);
        }
    }

    fn write_header(&mut self) {
        let len = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        let count = u16::try_from(self.count).unwrap_or(u16::MAX);
        self.bytes[..4].copy_from_slice(&len.to_le_bytes());
        self.bytes[4..HEADER].copy_from_slice(&count.to_le_bytes());
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
