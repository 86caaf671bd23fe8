//! Looks at eight bytes of a text at once, for what ends a run of plain characters.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES << 7;

/// Bytes that end a run of plain ones.
pub(super) struct Ends<const N: usize> {
    /// All below this, which is at most 0x80.
    pub(super) below: u8,
    /// These too; all are ASCII.
    pub(super) bytes: [u8; N],
}

impl<const N: usize> Ends<N> {
    fn has(&self, byte: u8) -> bool {
        byte < self.below || self.bytes.contains(&byte)
    }

    /// Marks those of eight bytes that end a run: the lowest bit that is set is right, bits above it may
    /// not be.
    #[inline(always)]
    fn marks(&self, eight: u64) -> u64 {
        let each = |byte: u8| ONES * u64::from(byte);
        // What is below a bound borrows from its highest bit, which ASCII has not set.
        let borrows = |eight: u64, bound: u8| eight.wrapping_sub(each(bound));
        let marks = self
            .bytes
            .iter()
            .fold(borrows(eight, self.below), |marks, &byte| {
                marks | borrows(eight ^ each(byte), 1)
            });
        marks & !eight & HIGH
    }

    /// How many bytes stand before the first that ends the run.
    #[inline(always)]
    pub(super) fn run_before(&self, text: &[u8]) -> usize {
        let (chunks, rest) = text.as_chunks::<8>();
        for (i, chunk) in chunks.iter().enumerate() {
            let marks = self.marks(u64::from_le_bytes(*chunk));
            if marks != 0 {
                return i * 8 + marks.trailing_zeros() as usize / 8;
            }
        }
        if rest.is_empty() {
            return text.len();
        }
        if let Some(last) = text.last_chunk::<8>() {
            // Of these some have been looked at, and are plain.
            return match self.marks(u64::from_le_bytes(*last)) {
                0 => text.len(),
                marks => text.len() - 8 + marks.trailing_zeros() as usize / 8,
            };
        }
        let end = rest.iter().position(|&byte| self.has(byte));
        end.unwrap_or(rest.len())
    }

    /// Copies a text to the beginning of `out`, which has room for seven bytes more, and tells whether no byte of it
    /// ends a run. Of those seven bytes some are written too.
    #[inline(always)]
    pub(super) fn copy_plain(&self, text: &[u8], out: &mut [u8]) -> bool {
        let (chunks, rest) = text.as_chunks::<8>();
        let mut marks = 0;
        let mut places = out.chunks_exact_mut(8);
        for (chunk, place) in chunks.iter().zip(&mut places) {
            marks |= self.marks(u64::from_le_bytes(*chunk));
            place.copy_from_slice(chunk);
        }
        if let (false, Some(place)) = (rest.is_empty(), places.next()) {
            let last = match text.last_chunk::<8>() {
                Some(last) => u64::from_le_bytes(*last) >> (8 * (8 - rest.len())),
                None => few(rest),
            };
            place.copy_from_slice(&last.to_le_bytes());
            // What is behind the text is no ASCII here, and so ends no run.
            marks |= self.marks(last | HIGH << (8 * rest.len()));
        }
        marks == 0
    }
}

/// Fewer than eight bytes as the low ones of a word.
#[inline(always)]
fn few(bytes: &[u8]) -> u64 {
    let four = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => four(first) | four(last) << (8 * (bytes.len() - 4)),
        _ => bytes
            .iter()
            .rev()
            .fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_at_once_end_where_one_does() {
        let ends = Ends {
            below: 0x20,
            bytes: [b'"', 0x7f],
        };
        let is_end = |byte: u8| byte < 0x20 || byte == b'"' || byte == 0x7f;
        for byte in 0..=u8::MAX {
            for other in [b'x', byte.wrapping_add(1), byte ^ 0x80] {
                for at in 0..20 {
                    let mut text = [other; 20];
                    text[at] = byte;
                    for len in 0..=20 {
                        let text = &text[..len];
                        let first = text.iter().position(|&byte| is_end(byte));
                        assert_eq!(ends.run_before(text), first.unwrap_or(len));
                        let mut out = [0xaa; 28];
                        assert_eq!(ends.copy_plain(text, &mut out[..len + 7]), first.is_none());
                        assert_eq!(&out[..len], text);
                        assert_eq!(out[len + 7], 0xaa);
                    }
                }
            }
        }
    }
}
