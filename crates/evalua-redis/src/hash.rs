//! The hash of byte strings: the same on every platform and run, so that every order that follows
//! from it is too.
//!
//! A folded multiply of 16 bytes at a time. It does not withstand chosen keys: the engine is a
//! test's own, and a reproducible order is worth more here.

const K0: u64 = 0x9e37_79b9_7f4a_7c15;
const K1: u64 = 0xd6e8_feb8_6659_fd93;
const K2: u64 = 0xa076_1d64_78bd_642f;

/// The 64-bit hash of `bytes`.
#[inline]
pub fn hash(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    let mut state = K0 ^ (len as u64);
    let mut rest = bytes;
    while rest.len() > 16 {
        state = fold(word(&rest[..8]) ^ state, word(&rest[8..16]) ^ K1);
        rest = &rest[16..];
    }
    let (a, b) = match rest.len() {
        0 => (0, 0),
        1..=8 => (word(rest), 0),
        n => (word(&rest[..8]), word(&rest[n - 8..])),
    };
    fold(fold(a ^ state, b ^ K1), K2)
}

/// Up to eight bytes, the first in the lowest place; zeros where there are fewer.
#[inline]
pub(crate) fn word(bytes: &[u8]) -> u64 {
    let half = |at: usize| bytes[at..at + 4].try_into().map_or(0, u32::from_le_bytes);
    match bytes.len() {
        0 => 0,
        1 => u64::from(bytes[0]),
        // A byte that is read twice is in the same place each time.
        len @ 2..4 => {
            let first = bytes[..2].try_into().map_or(0, u16::from_le_bytes);
            u64::from(first) | u64::from(bytes[len - 1]) << (8 * (len - 1))
        }
        len @ 4..8 => u64::from(half(0)) | u64::from(half(len - 4)) << (8 * (len - 4)),
        _ => u64::from(half(0)) | u64::from(half(4)) << 32,
    }
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_similar_keys_over_low_and_high_bits() {
        for shift in [0, 52] {
            let mut counts = [0_u32; 4096];
            for i in 0..40_960 {
                let key = format!("user:{i}");
                counts[(hash(key.as_bytes()) >> shift) as usize & 4095] += 1;
            }
            // Ten on average; a Poisson tail beyond 35 has a chance of about 1e-6 in 4096 buckets.
            assert!(counts.iter().all(|&n| n < 35), "{:?}", counts.iter().max());
        }
    }

    #[test]
    fn words_have_every_byte_in_its_place() {
        let bytes = [0xf1, 0x22, 0x93, 0x44, 0xe5, 0x66, 0x87, 0xc8];
        for len in 0..=8 {
            let mut all = [0; 8];
            all[..len].copy_from_slice(&bytes[..len]);
            assert_eq!(word(&bytes[..len]), u64::from_le_bytes(all));
        }
    }

    #[test]
    fn is_fixed_for_all_time() {
        // A change of these reorders every reply that has no order of its own.
        for (key, expected) in [
            ("", 0x4b24_d35c_ba4a_63b0),
            ("a", 0x8ef3_dbc3_1713_fdab),
            ("a rather long key, of three blocks", 0xb66f_47af_0063_bb9f),
        ] {
            assert_eq!(hash(key.as_bytes()), expected, "{key}");
        }
    }
}
