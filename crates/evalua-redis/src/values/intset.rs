//! [`IntSet`]: different integers, ascending, in one allocation; sizes and dumps are the server's.
//!
//! All are as wide as the widest that was ever among them: 2, 4 or 8 bytes, the lowest first. In memory
//! a byte with the width is in front of them, or nothing at all in an empty set; in the server's format the width
//! and the count, 4 bytes each. A member is found by halves; adding and removing costs the length.

use crate::values::{memory, packed};

/// The widths, the narrowest first.
const WIDTHS: [usize; 3] = [2, 4, 8];

/// The server's header.
const SERVER_HEADER: usize = 8;

/// Integers.
#[derive(Clone, Debug, Default)]
pub struct IntSet {
    bytes: Box<[u8]>,
}

/// The narrowest width for an integer.
fn width_of(n: i64) -> usize {
    if i16::try_from(n).is_ok() {
        WIDTHS[0]
    } else if i32::try_from(n).is_ok() {
        WIDTHS[1]
    } else {
        WIDTHS[2]
    }
}

/// Reads an integer of as many bytes as there are, at most eight.
fn read(bytes: &[u8]) -> i64 {
    match *bytes {
        [a, b] => i16::from_le_bytes([a, b]).into(),
        [a, b, c, d] => i32::from_le_bytes([a, b, c, d]).into(),
        _ => bytes
            .first_chunk()
            .map_or(0, |wide| i64::from_le_bytes(*wide)),
    }
}

impl IntSet {
    /// A set from the server's format; `None` when that is not well-formed, the set is empty, or the integers do not
    /// ascend.
    pub fn from_bytes(bytes: &[u8]) -> Option<IntSet> {
        let (width, rest) = bytes.split_first_chunk()?;
        let (count, ints) = rest.split_first_chunk()?;
        let width = u32::from_le_bytes(*width) as usize;
        let count = u32::from_le_bytes(*count) as usize;
        let is_whole = count.checked_mul(width) == Some(ints.len());
        if !WIDTHS.contains(&width) || count == 0 || !is_whole {
            return None;
        }
        let set = IntSet::new(width, ints);
        set.iter().is_sorted_by(|a, b| a < b).then_some(set)
    }

    /// The server's format.
    pub fn to_bytes(&self) -> Vec<u8> {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        let mut bytes = Vec::with_capacity(SERVER_HEADER + self.ints().len());
        bytes.extend(number(self.width()));
        bytes.extend(number(self.len()));
        bytes.extend(self.ints());
        bytes
    }

    fn new(width: usize, ints: &[u8]) -> IntSet {
        let mut bytes = Vec::with_capacity(1 + ints.len());
        bytes.push(width as u8);
        bytes.extend(ints);
        IntSet {
            bytes: bytes.into(),
        }
    }

    /// How many bytes each takes.
    #[inline]
    fn width(&self) -> usize {
        self.bytes
            .first()
            .map_or(WIDTHS[0], |width| usize::from(*width))
    }

    fn ints(&self) -> &[u8] {
        self.bytes.get(1..).unwrap_or_default()
    }

    /// How many bytes of heap it holds, with what its allocation is rounded up to.
    pub fn heap_size(&self) -> usize {
        memory::chunk(self.bytes.len())
    }

    /// How many integers there are.
    pub fn len(&self) -> usize {
        self.ints().len() / self.width()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ints().is_empty()
    }

    /// The integer of an index.
    #[inline]
    pub fn get(&self, index: usize) -> Option<i64> {
        let width = self.width();
        let start = index * width;
        self.ints().get(start..start + width).map(read)
    }

    /// The integers, ascending.
    pub fn iter(&self) -> Iter<'_> {
        Iter { set: self, next: 0 }
    }

    /// The index of an integer.
    ///
    /// # Errors
    /// The index that it would have, when it is not there.
    pub fn search(&self, n: i64) -> Result<usize, usize> {
        let (mut start, mut end) = (0, self.len());
        while start < end {
            let middle = usize::midpoint(start, end);
            match self.get(middle) {
                Some(found) if found < n => start = middle + 1,
                Some(found) if found == n => return Ok(middle),
                _ => end = middle,
            }
        }
        Err(start)
    }

    /// Adds an integer; tells whether it is new.
    pub fn insert(&mut self, n: i64) -> bool {
        let Err(index) = self.search(n) else {
            return false;
        };
        let width = self.width().max(width_of(n));
        if width > self.width() || self.bytes.is_empty() {
            let wide = |n: i64| n.to_le_bytes().into_iter().take(width);
            let ints: Vec<u8> = self.iter().flat_map(wide).collect();
            *self = IntSet::new(width, &ints);
        }
        let (at, len) = (1 + index * width, self.bytes.len());
        packed::resize(&mut self.bytes, len + width);
        self.bytes.copy_within(at..len, at + width);
        self.bytes[at..at + width].copy_from_slice(&n.to_le_bytes()[..width]);
        true
    }

    /// Removes the integer of an index below [`IntSet::len`].
    pub fn remove(&mut self, index: usize) {
        let width = self.width();
        let at = 1 + index * width;
        let mut bytes = std::mem::take(&mut self.bytes).into_vec();
        bytes.copy_within(at + width.., at);
        bytes.truncate(bytes.len() - width);
        self.bytes = bytes.into();
    }
}

impl FromIterator<i64> for IntSet {
    fn from_iter<I: IntoIterator<Item = i64>>(ints: I) -> IntSet {
        let mut set = IntSet::default();
        for n in ints {
            set.insert(n);
        }
        set
    }
}

/// The integers of an [`IntSet`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    set: &'a IntSet,
    next: usize,
}

impl Iterator for Iter<'_> {
    type Item = i64;

    #[inline]
    fn next(&mut self) -> Option<i64> {
        let n = self.set.get(self.next)?;
        self.next += 1;
        Some(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use std::collections::BTreeSet;

    #[test]
    fn behaves_as_an_ordered_set() {
        let mut rng = Rng::new(21);
        for round in 0..60 {
            let mut set = IntSet::default();
            let mut model = BTreeSet::new();
            let mut width = 2;
            for _ in 0..200 {
                let bits = [8, 15, 16, 31, 32, 63][rng.below(1 + round % 6)];
                let n = (rng.next_u64() as i64) >> (63 - bits);
                let n = if rng.below(2) == 0 { n } else { n % 20 };
                if rng.below(3) > 0 {
                    assert_eq!(set.insert(n), model.insert(n));
                    width = width.max(width_of(n));
                } else {
                    let found = set.search(n);
                    let below = model.iter().filter(|known| **known < n).count();
                    assert_eq!(found.unwrap_or_else(|at| at), below);
                    assert_eq!(found.is_ok(), model.remove(&n));
                    if let Ok(index) = found {
                        set.remove(index);
                    }
                }
                assert_eq!(set.len(), model.len());
                assert!(set.iter().eq(model.iter().copied()));
                assert_eq!(set.get(model.len()), None);
                let bytes = set.to_bytes();
                assert_eq!(bytes.len(), SERVER_HEADER + width * model.len());
                let again = IntSet::from_bytes(&bytes);
                assert_eq!(again.is_some(), !model.is_empty());
                assert!(again.is_none_or(|again| again.to_bytes() == bytes));
            }
        }
    }

    #[test]
    fn has_the_servers_format_and_stays_wide() {
        let mut set: IntSet = [3, -1, 70_000].into_iter().collect();
        let wide = [
            4, 0, 0, 0, 3, 0, 0, 0, 255, 255, 255, 255, 3, 0, 0, 0, 0x70, 0x11, 1, 0,
        ];
        assert_eq!(set.to_bytes(), wide);
        set.remove(2);
        assert_eq!(
            set.to_bytes(),
            [&[4, 0, 0, 0, 2, 0, 0, 0], &wide[8..16]].concat()
        );
        for (at, byte, is_good) in [(0, 3, false), (4, 2, false), (8, 0, true), (11, 0, false)] {
            let mut bytes = wide;
            bytes[at] = byte;
            assert_eq!(IntSet::from_bytes(&bytes).is_some(), is_good, "byte {at}");
        }
    }
}
