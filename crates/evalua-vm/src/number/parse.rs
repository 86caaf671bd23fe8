//! Text as an integer of a given base: what `tonumber(text, base)` reads through C's `strtoul`.
//!
//! Owns that scanner as glibc has it in the C locale. Numbers without a base are
//! [`evalua_syntax::parse_number`]'s.

use evalua_syntax::{is_space, only_space};

/// A text as an unsigned integer of a base from 2 to 36, by the rules of `tonumber(text, base)`.
/// A number that does not fit 64 bits is the greatest that does; a minus sign negates modulo 2^64.
pub fn integer(text: &[u8], base: u32) -> Option<f64> {
    let (value, end) = strtoul(text, base)?;
    only_space(&text[end..]).then_some(value as f64)
}

/// C's `strtoul`: the integer that `text` begins with, after white space, and where it ends.
fn strtoul(text: &[u8], base: u32) -> Option<(u64, usize)> {
    let mut at = text.iter().take_while(|&&byte| is_space(byte)).count();
    let negative = text.get(at) == Some(&b'-');
    if let Some(b'+' | b'-') = text.get(at) {
        at += 1;
    }
    if base == 16
        && let [b'0', b'x' | b'X', digit, ..] = &text[at..]
        && digit.is_ascii_hexdigit()
    {
        at += 2;
    }
    let start = at;
    let mut value = Some(0u64);
    while let Some(digit) = text
        .get(at)
        .and_then(|&byte| char::from(byte).to_digit(base))
    {
        value = value
            .and_then(|value| value.checked_mul(u64::from(base)))
            .and_then(|value| value.checked_add(u64::from(digit)));
        at += 1;
    }
    let value = match value {
        Some(value) if negative => value.wrapping_neg(),
        Some(value) => value,
        None => u64::MAX,
    };
    (at > start).then_some((value, at))
}
