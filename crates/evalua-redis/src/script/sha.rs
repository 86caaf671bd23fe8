//! [`Sha`]: the name of a script, which is the SHA-1 of its source.

use sha1::{Digest, Sha1};

/// A script's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sha([u8; 20]);

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
        let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
        let mut bytes = [0; 20];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
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
        assert_eq!(Sha::parse(&[b'g'; Sha::HEX_LEN]), None);
    }
}
