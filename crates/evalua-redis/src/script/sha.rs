//! [`Sha`]: the name of a script, which is the SHA-1 of its source.

use std::hash::{Hash, Hasher};

use sha1::{Digest, Sha1};

/// A script's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha([u8; 20]);

impl Hash for Sha {
    /// It is a hash already, of which eight bytes are enough.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let first = self.0.first_chunk().copied().unwrap_or_default();
        state.write_u64(u64::from_le_bytes(first));
    }
}

/// Takes the hash of a [`Sha`] as it is.
#[derive(Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[inline]
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// The values of eight hexadecimal digits in either case, a byte each; `None` when one is none.
#[inline]
fn digits(text: u64) -> Option<u64> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Letters, as they lie in ASCII, are told from digits by this bit, and begin where 9 more is their value.
    let is_letter = text >> 6 & ONES;
    let values = (text & (ONES * 15)) + is_letter * 9;
    // Written again, they are what was read.
    let is_above_9 = (values + ONES * 6) >> 4 & ONES;
    let written = values + ONES * 0x30 + is_above_9 * 39;
    (written == text | is_letter << 5 && values & (ONES * 0xf0) == 0).then_some(values)
}

/// The four bytes that eight digits stand for, the first in the lowest place.
#[inline]
fn packed(digits: u64) -> u32 {
    let bytes = (digits << 4 | digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    (pairs | pairs >> 16) as u32
}

impl Sha {
    /// How many characters a name has.
    pub const HEX_LEN: usize = 40;

    /// The name of a source.
    pub fn of(source: &[u8]) -> Sha {
        Sha(Sha1::digest(source).into())
    }

    /// The name that is written like this, in either case; `None` when it can be no name.
    pub fn parse(text: &[u8]) -> Option<Sha> {
        let text: &[u8; Sha::HEX_LEN] = text.try_into().ok()?;
        let mut bytes = [0; 20];
        for (four, eight) in bytes.chunks_exact_mut(4).zip(text.as_chunks::<8>().0) {
            let digits = digits(u64::from_le_bytes(*eight))?;
            four.copy_from_slice(&packed(digits).to_le_bytes());
        }
        Some(Sha(bytes))
    }

    /// The name as it is written, in lower case.
    pub fn hex(&self) -> [u8; Sha::HEX_LEN] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; Sha::HEX_LEN];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let sha = Sha::of(b"return 1");
        let hex = *b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
        assert_eq!(sha.hex(), hex);
        assert_eq!(Sha::parse(&hex), Some(sha));
        assert_eq!(Sha::parse(&hex.to_ascii_uppercase()), Some(sha));
        assert_eq!(Sha::parse(&hex[1..]), None);
        for byte in 0..=u8::MAX {
            let mut other = hex;
            other[7] = byte;
            let digit = (byte as char).to_digit(16);
            let parsed = Sha::parse(&other).map(|sha| u32::from(sha.0[3] & 15));
            assert_eq!(parsed, digit, "{byte}");
        }
    }
}
