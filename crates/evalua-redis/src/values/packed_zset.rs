//! [`PackedZset`]: the members of a small sorted set with their scores, in one allocation.
//!
//! Knows the order of sorted sets, and no bounds. Finding an item costs the length of the sequence.
//!
//! Format: a header of the length of all items and of their count (4 bytes each, the lowest first), the items, and
//! room to grow. An item is a byte with the number of bytes of its score in the lower half and the length of its member
//! in the upper, the bytes of its score, and the member. A score is the front of its eight bytes, the highest first, up
//! to the last that is not zero: two or three where it is a small number. For a length from 15 on there is 15 in the
//! upper half, and it stands in front of the member: in a byte, or from 255 on in a byte of 255 and four bytes, the lowest
//! first. An empty sequence has no allocation.

use std::cmp::Ordering;
use std::ops::Range;

use crate::bytes::same;
use crate::values::{memory, packed};

/// Where the length of all items is in the header, where their count, and where the items begin.
const LEN: usize = 0;
const COUNT: usize = 4;
const HEADER: usize = 8;

/// The length in the first byte that says that it follows, and the one that says so there.
const LONG: usize = 15;
const WIDE: usize = 0xff;

/// A member, and its score.
pub type Item<'a> = (&'a [u8], f64);

/// The items, in the order of sorted sets.
#[derive(Clone, Debug, Default)]
pub struct PackedZset {
    bytes: Box<[u8]>,
}

/// The order of scores, in which both zeros are equal; none is a NaN.
pub fn by_score(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// The order of sorted sets.
pub fn order(a: Item<'_>, b: Item<'_>) -> Ordering {
    by_score(a.1, b.1).then_with(|| a.0.cmp(b.0))
}

/// Reads the item at a position: it, and the position of the next.
#[inline]
fn read(bytes: &[u8], at: usize) -> Option<(Item<'_>, usize)> {
    let head = usize::from(*bytes.get(at)?);
    let (width, mut len) = (head & 0xf, head >> 4);
    let at = at + 1;
    let score = match bytes[at..].first_chunk() {
        // What follows is not the score's.
        Some(wide) if width < 8 => u64::from_be_bytes(*wide) & !(u64::MAX >> (8 * width)),
        Some(wide) => u64::from_be_bytes(*wide),
        None => {
            let mut wide = [0; 8];
            wide[..width].copy_from_slice(bytes.get(at..at + width)?);
            u64::from_be_bytes(wide)
        }
    };
    let mut at = at + width;
    if len == LONG {
        len = usize::from(*bytes.get(at)?);
        at += 1;
        if len == WIDE {
            len = u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
            at += 4;
        }
    }
    let member = bytes.get(at..at + len)?;
    Some(((member, f64::from_bits(score)), at + len))
}

/// How many bytes of a score are stored.
fn score_width(score: f64) -> usize {
    8 - score.to_bits().trailing_zeros() as usize / 8
}

/// What an item takes.
fn size((member, score): Item<'_>) -> usize {
    let long = match member.len() {
        0..LONG => 0,
        LONG..WIDE => 1,
        _ => 5,
    };
    1 + score_width(score) + long + member.len()
}

/// Fills the bytes of an item.
fn write((member, score): Item<'_>, bytes: &mut [u8]) {
    let width = score_width(score);
    let (head, text) = bytes.split_at_mut(bytes.len() - member.len());
    text.copy_from_slice(member);
    head[0] = (width | member.len().min(LONG) << 4) as u8;
    head[1..][..width].copy_from_slice(&score.to_be_bytes()[..width]);
    match &mut head[1 + width..] {
        [len] => *len = member.len() as u8,
        [len, wide @ ..] => {
            *len = WIDE as u8;
            wide.copy_from_slice(&(member.len() as u32).to_le_bytes());
        }
        [] => {}
    }
}

impl PackedZset {
    /// How many bytes of heap it holds, with what its allocation is rounded up to.
    pub fn heap_size(&self) -> usize {
        memory::chunk(self.bytes.len())
    }

    fn set_header(&mut self, len: usize, count: usize) {
        packed::set_number(&mut self.bytes, LEN, len);
        packed::set_number(&mut self.bytes, COUNT, count);
    }

    /// The items, one behind the other.
    #[inline]
    fn items(&self) -> &[u8] {
        match self.bytes.get(HEADER..) {
            Some(items) => &items[..packed::number(&self.bytes, LEN)],
            None => &[],
        }
    }

    /// The items with their positions.
    fn places(&self) -> impl Iterator<Item = (usize, Item<'_>)> {
        let items = self.items();
        let mut at = 0;
        std::iter::from_fn(move || {
            let (item, next) = read(items, at)?;
            Some((std::mem::replace(&mut at, next), item))
        })
    }

    /// How many items there are.
    #[inline]
    pub fn len(&self) -> usize {
        packed::number(&self.bytes, COUNT)
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rank of a member, and its score.
    pub fn find(&self, member: &[u8]) -> Option<(usize, f64)> {
        let mut items = self.places().enumerate();
        let found = items.find(|(_, (_, (known, _)))| same(known, member));
        found.map(|(rank, (_, (_, score)))| (rank, score))
    }

    /// How many of the first items there are for which `before` is true.
    pub fn partition_point(&self, before: impl Fn(Item<'_>) -> bool) -> usize {
        self.places().take_while(|(_, item)| before(*item)).count()
    }

    /// The items of these ranks, in their order or backwards; there must be so many.
    pub fn range(&self, ranks: Range<usize>) -> Iter<'_> {
        let items = self.items();
        Iter {
            items,
            front: skip(items, 0, ranks.start),
            left: ranks.len(),
            starts: Vec::new(),
        }
    }

    /// Adds an item whose member is not there.
    pub fn insert(&mut self, item: Item<'_>) {
        let mut places = self.places();
        let follower = places.find(|(_, known)| order(*known, item) != Ordering::Less);
        let place = follower.map(|(at, _)| at);
        drop(places);
        let (len, count) = (packed::number(&self.bytes, LEN), self.len());
        let at = place.unwrap_or(len);
        let size = size(item);
        if HEADER + len + size > self.bytes.len() {
            self.set_capacity(len + size);
        }
        let items = &mut self.bytes[HEADER..];
        items.copy_within(at..len, at + size);
        write(item, &mut items[at..at + size]);
        self.set_header(len + size, count + 1);
    }

    /// Removes the items of these ranks; there must be so many.
    pub fn remove(&mut self, ranks: Range<usize>) {
        let (len, count) = (packed::number(&self.bytes, LEN), self.len());
        let items = self.items();
        let start = skip(items, 0, ranks.start);
        let end = skip(items, start, ranks.len());
        if start == end {
            return;
        }
        self.bytes
            .copy_within(HEADER + end..HEADER + len, HEADER + start);
        let len = len - (end - start);
        self.set_header(len, count - ranks.len());
        if len == 0 {
            self.bytes = Box::default();
        } else if memory::with_spare(HEADER + len) < self.bytes.len() / 2 {
            self.set_capacity(len);
        }
    }

    /// Makes room for so many bytes of items, and some more.
    fn set_capacity(&mut self, len: usize) {
        packed::resize(&mut self.bytes, memory::with_spare(HEADER + len));
    }
}

/// The position so many items on, or of the end.
fn skip(bytes: &[u8], mut at: usize, items: usize) -> usize {
    for _ in 0..items {
        match read(bytes, at) {
            Some((_, next)) => at = next,
            None => break,
        }
    }
    at
}

impl<'a> FromIterator<Item<'a>> for PackedZset {
    /// Takes items that are in order already.
    fn from_iter<I: IntoIterator<Item = Item<'a>>>(items: I) -> PackedZset {
        let mut bytes = vec![0; HEADER];
        let mut count = 0;
        for item in items {
            let start = bytes.len();
            bytes.resize(start + size(item), 0);
            write(item, &mut bytes[start..]);
            count += 1;
        }
        let len = bytes.len() - HEADER;
        if count == 0 {
            return PackedZset::default();
        }
        let mut packed = PackedZset {
            bytes: bytes.into(),
        };
        packed.set_header(len, count);
        packed.set_capacity(len);
        packed
    }
}

/// Some items of a [`PackedZset`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    items: &'a [u8],
    front: usize,
    left: usize,
    /// Where the items that are left start, once one was asked for from the back.
    starts: Vec<usize>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        self.left = self.left.checked_sub(1)?;
        let (item, next) = read(self.items, self.front)?;
        self.front = next;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.starts.is_empty() {
            let mut at = self.front;
            for _ in 0..self.left {
                self.starts.push(at);
                at = read(self.items, at)?.1;
            }
        }
        self.left = self.left.checked_sub(1)?;
        let start = self.starts.pop()?;
        read(self.items, start).map(|(item, _)| item)
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn behaves_as_a_sorted_vector() {
        let scores = [
            0.0,
            1.0,
            -1.0,
            2.5,
            0.1,
            -0.1,
            17.0,
            100_000.0,
            1.7e12,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MIN_POSITIVE,
            5e-324,
        ];
        let mut rng = Rng::new(9);
        for round in 0..20 {
            let mut packed = PackedZset::default();
            let mut model: Vec<(Vec<u8>, f64)> = Vec::new();
            for step in 0..300 {
                let len = [0, 1, 7, 14, 15, 30, 254, 255, 300][rng.below(9)];
                let mut member = format!("{}", rng.below(40)).into_bytes();
                member.resize(member.len().max(len), b'x');
                let known = model.iter().position(|(known, _)| *known == member);
                assert_eq!(packed.find(&member), known.map(|at| (at, model[at].1)));
                if let Some(at) = known {
                    packed.remove(at..at + 1);
                    model.remove(at);
                } else {
                    let score = scores[rng.below(scores.len())];
                    packed.insert((&member, score));
                    model.push((member, score));
                    model.sort_by(|a, b| order((&a.0, a.1), (&b.0, b.1)));
                }
                if step % 50 == round {
                    let start = rng.below(model.len() + 1);
                    let end = start + rng.below(model.len() + 1 - start);
                    packed.remove(start..end);
                    model.drain(start..end);
                }
                assert_eq!(packed.len(), model.len());
                assert_eq!(packed.is_empty(), model.is_empty());
                let start = rng.below(model.len() + 1);
                let items = || model[start..].iter().map(|(m, s)| (&m[..], *s));
                let range = packed.range(start..model.len());
                assert!(range.clone().eq(items()));
                assert!(range.clone().rev().eq(items().rev()));
                // From both ends by turns.
                let (mut ours, mut theirs) = (range, items());
                while let Some(item) = theirs.next() {
                    assert_eq!(ours.next(), Some(item));
                    assert_eq!(ours.next_back(), theirs.next_back());
                }
                assert_eq!((ours.next(), ours.next_back()), (None, None));
                let below = model.iter().filter(|(_, score)| *score < 1.0).count();
                assert_eq!(packed.partition_point(|(_, score)| score < 1.0), below);
            }
            let all: PackedZset = model.iter().map(|(m, s)| (&m[..], *s)).collect();
            assert!(all.range(0..model.len()).eq(packed.range(0..model.len())));
            let full = packed.heap_size();
            packed.remove(0..model.len());
            assert!(packed.heap_size() < full / 8);
        }
    }

    #[test]
    fn small_scores_take_few_bytes() {
        let items: PackedZset = [(&b"a"[..], 1.0), (b"b", 17.5), (b"c", 1e5)]
            .into_iter()
            .collect();
        assert_eq!(items.items().len(), 4 + 5 + 5);
    }
}
