//! Slots: which part of a cluster a key belongs to.

/// The polynomial of the checksum that spreads keys: CRC-16 as XMODEM has it, from zero.
const POLYNOMIAL: u16 = 0x1021;

/// How many slots there are: a power of two.
const SLOTS: u16 = 1 << 14;

/// The slot of a key.
pub fn of(key: &[u8]) -> u16 {
    crc16(hashed_part(key)) % SLOTS
}

/// What of a key decides on its slot: what stands between its first `{` and the next `}`, or all of it
/// when that is nothing.
fn hashed_part(key: &[u8]) -> &[u8] {
    let tag = || {
        let open = key.iter().position(|&byte| byte == b'{')?;
        let rest = &key[open + 1..];
        let close = rest.iter().position(|&byte| byte == b'}')?;
        (close > 0).then(|| &rest[..close])
    };
    tag().unwrap_or(key)
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            let carry = crc >> 15;
            (crc << 1) ^ (carry * POLYNOMIAL)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_has_the_published_check_value() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
    }

    #[test]
    fn a_tag_decides_where_there_is_one() {
        for (key, part) in [
            ("user:1", "user:1"),
            ("{user:1}:name", "user:1"),
            ("a{b}c{d}", "b"),
            ("a{}b", "a{}b"),
            ("a{}b{c}", "a{}b{c}"),
            ("a{{b}}", "{b"),
            ("a}b{c", "a}b{c"),
            ("", ""),
        ] {
            assert_eq!(hashed_part(key.as_bytes()), part.as_bytes(), "{key}");
        }
    }
}
