//! [`Element`]: a byte string as a listpack holds it, and the bytes of an entry for it.
//!
//! Owns the encodings, which are the server's: an entry is its encoding, its data, and the length of both again in
//! groups of seven bits to be read backwards. Integers in canonical form are stored as such. All numbers are
//! little-endian. Knows nothing of what is around an entry.

use std::borrow::Cow;

use crate::bytes::SmallBytes;
use crate::number::parse_int;

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
    pub(super) fn encoded_size(self) -> usize {
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
    pub(super) fn write_to(self, entry: &mut [u8]) {
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
        write_backlen(size, backlen);
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
pub(super) fn backlen_size(size: usize) -> usize {
    match size {
        0..=127 => 1,
        128..=16_382 => 2,
        16_383..=2_097_150 => 3,
        2_097_151..=268_435_454 => 4,
        _ => 5,
    }
}

/// Fills the length at the end of an entry, [`backlen_size`] bytes.
#[inline]
pub(super) fn write_backlen(size: usize, backlen: &mut [u8]) {
    let groups = backlen.len();
    for (group, byte) in backlen.iter_mut().rev().enumerate() {
        let more = if group + 1 < groups { 0x80 } else { 0 };
        *byte = (size >> (7 * group)) as u8 & 0x7f | more;
    }
}

/// The length of encoding and data by the encoding's first byte; 0 where it depends on the next ones, or there is none.
const SIZES: [u8; 256] = {
    let mut sizes = [0; 256];
    let mut code = 0;
    while code < 256 {
        sizes[code] = match code {
            0..=0x7f => 1,
            0x80..=0xbf => 1 + (code as u8 & 0x3f),
            0xc0..=0xdf => 2,
            0xf1 => 3,
            0xf2 => 4,
            0xf3 => 5,
            0xf4 => 9,
            _ => 0,
        };
        code += 1;
    }
    sizes
};

/// The length of encoding and data of the entry at the front of `bytes`, without reading it.
#[inline]
pub(super) fn encoded_len(bytes: &[u8]) -> Option<usize> {
    match SIZES[usize::from(*bytes.first()?)] {
        0 => decode(bytes).map(|(_, size)| size),
        size => Some(usize::from(size)),
    }
}

/// Reads the entry at the front of `bytes`: the element, and the length of encoding and data.
// A call would cost as much as it does.
#[inline(always)]
pub(super) fn decode(bytes: &[u8]) -> Option<(Element<'_>, usize)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_what_is_read() {
        for code in 0..=u8::MAX {
            // Where the length follows it is some hundreds or thousands.
            let mut bytes = [1; 5000];
            (bytes[0], bytes[3], bytes[4]) = (code, 0, 0);
            let read = decode(&bytes).map(|(_, size)| size);
            assert_eq!(encoded_len(&bytes), read, "{code}");
            assert_eq!(read.is_none(), code > 0xf4);
        }
        assert_eq!(encoded_len(&[]), None);
    }
}
