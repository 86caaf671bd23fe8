//! LZF, the compression of long strings in payloads.
//!
//! Owns the format (a run of literal bytes, or a reference to bytes before) and the choices of liblzf,
//! which the server uses, so that the same string is compressed to the same bytes.

/// The longest run of literal bytes.
const MAX_LITERAL: usize = 32;

/// How far back a reference may reach.
const MAX_OFFSET: usize = 1 << 13;

/// The longest reference.
const MAX_REFERENCE: usize = (1 << 8) + (1 << 3);

const HASH_BITS: u32 = 16;

/// No compressed byte stands for more than so many.
const MAX_RATIO: usize = MAX_REFERENCE;

/// Where three bytes were seen last.
fn slot(three: u32) -> usize {
    let hash = (three >> (24 - HASH_BITS)).wrapping_sub(three.wrapping_mul(5));
    hash as usize & ((1 << HASH_BITS) - 1)
}

/// Output that ends runs of literals by writing their lengths in front.
struct Output {
    bytes: Vec<u8>,
    literals: usize,
}

impl Output {
    fn begin_run(&mut self) {
        self.bytes.push(0);
        self.literals = 0;
    }

    fn end_run(&mut self) {
        if self.literals == 0 {
            self.bytes.pop();
        } else {
            let at = self.bytes.len() - self.literals - 1;
            self.bytes[at] = self.literals as u8 - 1;
        }
    }

    fn literal(&mut self, byte: u8) {
        self.bytes.push(byte);
        self.literals += 1;
        if self.literals == MAX_LITERAL {
            self.end_run();
            self.begin_run();
        }
    }
}

/// The compressed form, when it has no more than `max` bytes.
pub fn compress(input: &[u8], max: usize) -> Option<Vec<u8>> {
    if input.len() < 2 || max == 0 {
        return None;
    }
    let mut seen = vec![0_u32; 1 << HASH_BITS];
    let mut out = Output {
        bytes: Vec::with_capacity(max + 1),
        literals: 0,
    };
    out.begin_run();
    let first = |at: usize| u32::from(input[at]) << 8 | u32::from(input[at + 1]);
    let next = |three: u32, at: usize| three << 8 | u32::from(input[at + 2]);
    let mut three = first(0);
    let mut at = 0;
    while at + 2 < input.len() {
        three = next(three, at);
        let before = std::mem::replace(&mut seen[slot(three)], at as u32) as usize;
        let is_match = before > 0
            && before < at
            && at - before - 1 < MAX_OFFSET
            && input[before..before + 3] == input[at..at + 3];
        if !is_match {
            if out.bytes.len() >= max {
                return None;
            }
            out.literal(input[at]);
            at += 1;
            continue;
        }
        let offset = at - before - 1;
        let left = input.len() - at;
        let is_empty = usize::from(out.literals == 0);
        if out.bytes.len() - is_empty + 4 >= max && out.bytes.len() + 4 >= max {
            return None;
        }
        out.end_run();
        let len = match_len(&input[before..], &input[at..], left);
        let short = len - 2;
        if short < 7 {
            out.bytes.push((offset >> 8) as u8 | (short as u8) << 5);
        } else {
            out.bytes.push((offset >> 8) as u8 | 7 << 5);
            out.bytes.push((short - 7) as u8);
        }
        out.bytes.push(offset as u8);
        out.begin_run();
        at += len;
        if at + 2 >= input.len() {
            break;
        }
        // What the last two places of the match begin is noted too.
        three = first(at - 2);
        for place in [at - 2, at - 1] {
            three = next(three, place);
            seen[slot(three)] = place as u32;
        }
    }
    if out.bytes.len() + 3 > max {
        return None;
    }
    for &byte in &input[at.min(input.len())..] {
        out.literal(byte);
    }
    out.end_run();
    Some(out.bytes)
}

/// How long a match is of which three bytes are known to agree, with `left` bytes to the end of the
/// input. The limit is looked at as liblzf does: not for the first bytes when it is far, and one byte
/// late.
fn match_len(before: &[u8], here: &[u8], left: usize) -> usize {
    let limit = (left - 2).min(MAX_REFERENCE);
    let mut len = 2;
    if limit > 16 {
        for _ in 0..16 {
            len += 1;
            if before[len] != here[len] {
                return len;
            }
        }
    }
    loop {
        len += 1;
        if len >= limit || before[len] != here[len] {
            return len;
        }
    }
}

/// The string of `len` bytes that was compressed.
pub fn decompress(mut input: &[u8], len: usize) -> Option<Vec<u8>> {
    if len > input.len().checked_mul(MAX_RATIO)? {
        return None;
    }
    let mut out = Vec::with_capacity(len);
    while let Some((&control, rest)) = input.split_first() {
        input = rest;
        let control = usize::from(control);
        if control < MAX_LITERAL {
            let (literals, rest) = input.split_at_checked(control + 1)?;
            out.extend_from_slice(literals);
            input = rest;
        } else {
            let mut count = control >> 5;
            if count == 7 {
                let (&more, rest) = input.split_first()?;
                count += usize::from(more);
                input = rest;
            }
            let (&low, rest) = input.split_first()?;
            input = rest;
            let offset = (control & 31) << 8 | usize::from(low);
            let from = out.len().checked_sub(offset + 1)?;
            // It may reach into what it writes.
            for at in from..from + count + 2 {
                out.push(out[at]);
            }
        }
        if out.len() > len {
            return None;
        }
    }
    (out.len() == len).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn what_is_compressed_can_be_had_again() {
        let mut rng = Rng::new(6);
        for round in 0..600 {
            let letters = 1 + rng.below(4);
            let len = rng.below(if round % 10 == 0 { 30_000 } else { 400 });
            let mut input: Vec<u8> = (0..len).map(|_| b'a' + rng.below(letters) as u8).collect();
            if len > 20 && round % 3 == 0 {
                let half = input[..len / 2].to_vec();
                input.extend(half);
            }
            let compressed = compress(&input, input.len().saturating_sub(4));
            if let Some(compressed) = compressed {
                assert!(compressed.len() <= input.len());
                assert_eq!(decompress(&compressed, input.len()), Some(input.clone()));
                assert_eq!(decompress(&compressed, input.len() + 1), None);
            } else {
                assert!(len < 40 || letters > 1, "{input:?}");
            }
        }
    }

    #[test]
    fn what_is_no_compressed_string_is_refused() {
        let mut rng = Rng::new(7);
        for _ in 0..2000 {
            let bytes: Vec<u8> = (0..rng.below(12)).map(|_| rng.next_u64() as u8).collect();
            let len = rng.below(40);
            assert!(decompress(&bytes, len).is_none_or(|out| out.len() == len));
        }
        assert_eq!(decompress(b"\x00a", usize::MAX), None);
    }
}
