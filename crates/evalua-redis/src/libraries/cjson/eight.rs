//! Looks at eight bytes of a text at once, for what ends a run of plain characters.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES << 7;

/// Eight bytes of a text; of tests the lowest bit that is set is right, bits above it may not be.
#[derive(Clone, Copy)]
pub(super) struct Eight(u64);

impl Eight {
    /// Marks those below `bound`, which is at most 0x80.
    #[inline(always)]
    pub(super) fn below(self, bound: u8) -> u64 {
        self.0.wrapping_sub(ONES * u64::from(bound)) & !self.0 & HIGH
    }

    /// Marks those that are `byte`.
    #[inline(always)]
    pub(super) fn are(self, byte: u8) -> u64 {
        Eight(self.0 ^ (ONES * u64::from(byte))).below(1)
    }
}

/// How many bytes stand before the first that one of two tests of the same meaning is true for, one of a byte and
/// one that marks those of eight.
#[inline(always)]
pub(super) fn run_before(
    text: &[u8],
    is_end: impl Fn(u8) -> bool,
    marks: impl Fn(Eight) -> u64,
) -> usize {
    let (chunks, rest) = text.as_chunks::<8>();
    for (i, chunk) in chunks.iter().enumerate() {
        let marks = marks(Eight(u64::from_le_bytes(*chunk)));
        if marks != 0 {
            return i * 8 + marks.trailing_zeros() as usize / 8;
        }
    }
    if rest.is_empty() {
        return text.len();
    }
    if let Some(last) = text.last_chunk::<8>() {
        // Of these some have been looked at, and are plain.
        return match marks(Eight(u64::from_le_bytes(*last))) {
            0 => text.len(),
            marks => text.len() - 8 + marks.trailing_zeros() as usize / 8,
        };
    }
    let end = rest.iter().position(|&byte| is_end(byte));
    end.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_at_once_end_where_one_does() {
        let is_end = |byte: u8| byte < 0x20 || byte == b'"';
        let marks = |eight: Eight| eight.below(0x20) | eight.are(b'"');
        for byte in 0..=u8::MAX {
            for other in [b'x', byte.wrapping_add(1), byte ^ 0x80] {
                for at in 0..20 {
                    let mut text = [other; 20];
                    text[at] = byte;
                    let first = text.iter().position(|&byte| is_end(byte));
                    assert_eq!(run_before(&text, is_end, marks), first.unwrap_or(20));
                    for len in 0..20 {
                        let first = first.filter(|&first| first < len).unwrap_or(len);
                        assert_eq!(run_before(&text[..len], is_end, marks), first);
                    }
                }
            }
        }
    }
}
