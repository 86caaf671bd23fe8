//! [`StreamId`]: what orders the entries of a stream.
//!
//! Owns how an ID reads and is written. Its text is a C string to the server, so a zero byte ends it.

use std::fmt;

use crate::number::parse_unsigned;

/// No ID is longer.
const MAX_TEXT: usize = 127;

/// A time in milliseconds, and a sequence number that tells entries of one time apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId {
    /// Unix milliseconds, when the ID was not made up.
    pub ms: u64,
    /// The place among the entries of that time.
    pub seq: u64,
}

impl StreamId {
    /// `0-0`, which no entry has.
    pub const MIN: StreamId = StreamId { ms: 0, seq: 0 };

    /// The last of all.
    pub const MAX: StreamId = StreamId {
        ms: u64::MAX,
        seq: u64::MAX,
    };

    /// The next ID; `None` behind the last.
    pub fn next(self) -> Option<StreamId> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(StreamId { seq, ..self }),
            None => {
                let ms = self.ms.checked_add(1)?;
                Some(StreamId { ms, seq: 0 })
            }
        }
    }

    /// The ID before; `None` in front of the first.
    pub fn prev(self) -> Option<StreamId> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(StreamId { seq, ..self }),
            None => {
                let ms = self.ms.checked_sub(1)?;
                Some(StreamId { ms, seq: u64::MAX })
            }
        }
    }

    /// Reads `MS-SEQ`, or `MS` alone, which stands for the sequence number `missing`.
    pub fn parse(text: &[u8], missing: u64) -> Option<StreamId> {
        let (ms, seq) = split(text)?;
        Some(StreamId {
            ms: parse_unsigned(ms)?,
            seq: seq.map_or(Some(missing), parse_unsigned)?,
        })
    }

    /// As [`StreamId::parse`], but `-` is the first of all and `+` the last.
    pub fn parse_bound(text: &[u8], missing: u64) -> Option<StreamId> {
        match text.split(|&byte| byte == 0).next() {
            Some(b"-") => Some(StreamId::MIN),
            Some(b"+") => Some(StreamId::MAX),
            _ => StreamId::parse(text, missing),
        }
    }

    /// The bytes that order IDs as they are ordered.
    pub fn to_bytes(self) -> [u8; 16] {
        let number = u128::from(self.ms) << 64 | u128::from(self.seq);
        number.to_be_bytes()
    }

    /// The ID of these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> StreamId {
        let number = u128::from_be_bytes(bytes);
        StreamId {
            ms: (number >> 64) as u64,
            seq: number as u64,
        }
    }
}

/// The texts of the time and of the sequence number.
fn split(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let text = text.split(|&byte| byte == 0).next()?;
    Some(match text.iter().position(|&byte| byte == b'-') {
        Some(dash) => (&text[..dash], Some(&text[dash + 1..])),
        None => (text, None),
    })
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

/// The ID that an entry is to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewId {
    /// `*`: the time of the clock, or what follows the last.
    Auto,
    /// `MS-*`: the next of that time.
    AutoSeq(u64),
    /// This one.
    Exact(StreamId),
}

impl NewId {
    /// Reads what stands for the ID of a new entry.
    pub fn parse(text: &[u8]) -> Option<NewId> {
        match split(text)? {
            (b"*", None) => Some(NewId::Auto),
            (ms, Some(b"*")) => parse_unsigned(ms).map(NewId::AutoSeq),
            _ => StreamId::parse(text, 0).map(NewId::Exact),
        }
    }

    /// The ID in a stream whose last one is `last`; `None` when there is none left of that time.
    pub fn resolve(self, last: StreamId, now_ms: i64) -> Option<StreamId> {
        match self {
            NewId::Exact(id) => Some(id),
            NewId::AutoSeq(ms) if ms == last.ms => {
                let seq = last.seq.checked_add(1)?;
                Some(StreamId { ms, seq })
            }
            NewId::AutoSeq(ms) => Some(StreamId { ms, seq: 0 }),
            NewId::Auto => match u64::try_from(now_ms) {
                Ok(ms) if ms > last.ms => Some(StreamId { ms, seq: 0 }),
                _ => last.next(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_neighbours() {
        let id = |ms, seq| StreamId { ms, seq };
        assert_eq!(id(1, u64::MAX).next(), Some(id(2, 0)));
        assert_eq!(id(2, 0).prev(), Some(id(1, u64::MAX)));
        assert_eq!(StreamId::MAX.next(), None);
        assert_eq!(StreamId::MIN.prev(), None);
        assert_eq!(StreamId::from_bytes(id(3, 4).to_bytes()), id(3, 4));
        assert!(id(1, 9).to_bytes() < id(2, 0).to_bytes());
    }

    #[test]
    fn ids_are_read_as_the_server_reads_them() {
        let id = |ms, seq| Some(StreamId { ms, seq });
        for (text, expected) in [
            ("5", id(5, 7)),
            ("5-3", id(5, 3)),
            ("05- 3", id(5, 3)),
            ("+5-+3", id(5, 3)),
            ("5-3\0x", id(5, 3)),
            ("1--01", id(1, u64::MAX)),
            (
                "18446744073709551615-18446744073709551615",
                id(u64::MAX, u64::MAX),
            ),
            ("18446744073709551616", None),
            ("1--1", None),
            ("", None),
            ("-", None),
            ("-5", None),
            ("5-", None),
            ("5-3 ", None),
            ("5-*", None),
        ] {
            assert_eq!(StreamId::parse(text.as_bytes(), 7), expected, "{text:?}");
        }
        assert_eq!(StreamId::parse(&[b'0'; 128], 0), None);
        assert_eq!(StreamId::parse_bound(b"-", 0), Some(StreamId::MIN));
        assert_eq!(StreamId::parse_bound(b"+", 0), Some(StreamId::MAX));
        assert_eq!(NewId::parse(b"*"), Some(NewId::Auto));
        assert_eq!(NewId::parse(b"7-*"), Some(NewId::AutoSeq(7)));
        assert_eq!(NewId::parse(b"*-*"), None);
    }
}
