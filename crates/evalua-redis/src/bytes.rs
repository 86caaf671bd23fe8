//! [`SmallBytes`]: the owned byte string of keys, fields, members and replies.
//!
//! Owns the choice between inline and heap storage; knows nothing of what the bytes mean.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use crate::hash::word;

/// How many bytes fit without an allocation.
pub const INLINE_CAPACITY: usize = 22;

/// Whether two byte strings are equal; without a call where they are short, as keys and fields are.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        0..4 => word(a) == word(b),
        4..8 => ends::<4>(a) == ends::<4>(b),
        8..=16 => ends::<8>(a) == ends::<8>(b),
        _ => a == b,
    }
}

/// The first bytes and the last.
#[inline(always)]
fn ends<const N: usize>(bytes: &[u8]) -> (Option<&[u8; N]>, Option<&[u8; N]>) {
    (bytes.first_chunk(), bytes.last_chunk())
}

/// An immutable byte string in 24 bytes, inline up to [`INLINE_CAPACITY`].
#[derive(Clone)]
pub struct SmallBytes(Repr);

#[derive(Clone)]
enum Repr {
    Inline {
        len: u8,
        bytes: [u8; INLINE_CAPACITY],
    },
    Heap(Box<[u8]>),
}

impl SmallBytes {
    /// The empty string.
    pub const EMPTY: SmallBytes = SmallBytes(Repr::Inline {
        len: 0,
        bytes: [0; INLINE_CAPACITY],
    });

    /// Copies `bytes`.
    #[inline]
    pub fn new(bytes: &[u8]) -> SmallBytes {
        match SmallBytes::inline(bytes) {
            Some(small) => small,
            None => SmallBytes(Repr::Heap(bytes.into())),
        }
    }

    #[inline]
    fn inline(source: &[u8]) -> Option<SmallBytes> {
        let mut bytes = [0; INLINE_CAPACITY];
        bytes.get_mut(..source.len())?.copy_from_slice(source);
        Some(SmallBytes(Repr::Inline {
            len: source.len() as u8,
            bytes,
        }))
    }

    /// The decimal form of `n`.
    pub fn from_int(n: i64) -> SmallBytes {
        SmallBytes::new(itoa::Buffer::new().format(n).as_bytes())
    }

    /// The bytes.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, bytes } => &bytes[..usize::from(*len)],
            Repr::Heap(bytes) => bytes,
        }
    }

    /// The bytes as a vector; without a copy when they are on the heap.
    pub fn into_vec(self) -> Vec<u8> {
        match self.0 {
            Repr::Inline { .. } => self.as_slice().to_vec(),
            Repr::Heap(bytes) => bytes.into_vec(),
        }
    }

    /// How many bytes of heap it holds.
    pub fn heap_size(&self) -> usize {
        match &self.0 {
            Repr::Inline { .. } => 0,
            Repr::Heap(bytes) => bytes.len(),
        }
    }
}

impl Deref for SmallBytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl AsRef<[u8]> for SmallBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Borrow<[u8]> for SmallBytes {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl From<&[u8]> for SmallBytes {
    fn from(bytes: &[u8]) -> SmallBytes {
        SmallBytes::new(bytes)
    }
}

impl From<&str> for SmallBytes {
    fn from(text: &str) -> SmallBytes {
        SmallBytes::new(text.as_bytes())
    }
}

impl From<Vec<u8>> for SmallBytes {
    fn from(bytes: Vec<u8>) -> SmallBytes {
        match SmallBytes::inline(&bytes) {
            Some(small) => small,
            None => SmallBytes(Repr::Heap(bytes.into())),
        }
    }
}

impl From<String> for SmallBytes {
    fn from(text: String) -> SmallBytes {
        text.into_bytes().into()
    }
}

impl Default for SmallBytes {
    fn default() -> SmallBytes {
        SmallBytes::EMPTY
    }
}

impl PartialEq for SmallBytes {
    #[inline]
    fn eq(&self, other: &SmallBytes) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for SmallBytes {}

impl PartialOrd for SmallBytes {
    fn partial_cmp(&self, other: &SmallBytes) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SmallBytes {
    fn cmp(&self, other: &SmallBytes) -> std::cmp::Ordering {
        self.as_slice().cmp(other)
    }
}

impl Hash for SmallBytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl fmt::Debug for SmallBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_is_equality() {
        let source: Vec<u8> = (0..20).collect();
        let copy = source.clone();
        for len in 0..source.len() {
            assert!(same(&source[..len], &copy[..len]));
            assert!(!same(&source[..len], &source[..len + 1]));
            for at in 0..len {
                let mut other = source[..len].to_vec();
                other[at] ^= 0x80;
                assert!(!same(&source[..len], &other));
            }
        }
    }

    #[test]
    fn inline_and_heap_hold_the_same_bytes() {
        assert_eq!(size_of::<SmallBytes>(), 24);
        for len in [0, 1, INLINE_CAPACITY, INLINE_CAPACITY + 1, 1000] {
            let source = vec![b'x'; len];
            let small = SmallBytes::new(&source);
            assert_eq!(&*small, &source[..]);
            assert_eq!(small, SmallBytes::from(source.clone()));
            assert_eq!(
                small.heap_size(),
                if len > INLINE_CAPACITY { len } else { 0 }
            );
            assert_eq!(small.into_vec(), source);
        }
    }
}
