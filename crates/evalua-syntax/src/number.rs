//! Numbers from text.
//!
//! Owns: the conversion that C's `strtod` makes in the "C" locale, and with it what counts as a
//! number for the lexer and for `tonumber`. It must not know where the text comes from.

/// The number that a whole text spells, or nothing.
///
/// Accepts what PUC 5.1 accepts when it is built with a C99 library: white space around, a sign,
/// decimal and hexadecimal digits with fraction and exponent, `inf`, `infinity`, `nan`.
pub fn parse_number(text: &[u8]) -> Option<f64> {
    let is_space = |b: &u8| matches!(b, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|b| !is_space(b))?;
    let end = text.iter().rposition(|b| !is_space(b))? + 1;
    let (negative, digits) = match &text[start..end] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let magnitude = unsigned(digits)?;
    Some(if negative { -magnitude } else { magnitude })
}

fn unsigned(text: &[u8]) -> Option<f64> {
    match text {
        [b'0', b'x' | b'X', rest @ ..] => hexadecimal(rest),
        [b'0'..=b'9' | b'.', ..] => decimal(text),
        _ => named(text),
    }
}

fn decimal(text: &[u8]) -> Option<f64> {
    // Up to 15 digits, the bulk of literals, are exact in a double.
    if text.len() <= 15 && text.iter().all(u8::is_ascii_digit) {
        let value = text
            .iter()
            .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        return Some(value as f64);
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn named(text: &[u8]) -> Option<f64> {
    if text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity") {
        return Some(f64::INFINITY);
    }
    let (word, payload) = text.split_at_checked(3)?;
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let plain = match payload {
        [] => true,
        [b'(', inner @ .., b')'] => inner.iter().all(is_word),
        _ => false,
    };
    (word.eq_ignore_ascii_case(b"nan") && plain).then_some(f64::NAN)
}

/// Digits after `0x`, with fraction and binary exponent.
fn hexadecimal(text: &[u8]) -> Option<f64> {
    let mut mantissa = 0u64;
    // Whether a digit that no longer fits in the mantissa was not zero.
    let mut sticky = false;
    let mut exponent = 0i64;
    let mut digits = 0usize;
    let mut in_fraction = false;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte == b'.' && !in_fraction {
            in_fraction = true;
        } else if let Some(digit) = char::from(byte).to_digit(16) {
            digits += 1;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | u64::from(digit);
                exponent -= if in_fraction { 4 } else { 0 };
            } else {
                sticky |= digit != 0;
                exponent += if in_fraction { 0 } else { 4 };
            }
        } else {
            break;
        }
        at += 1;
    }
    if digits == 0 {
        return None;
    }
    let exponent = match &text[at..] {
        [] => exponent,
        [b'p' | b'P', rest @ ..] => exponent.saturating_add(binary_exponent(rest)?),
        _ => return None,
    };
    Some(scale(mantissa | u64::from(sticky), exponent))
}

/// The signed decimal integer of a binary exponent; a huge one saturates.
fn binary_exponent(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        rest => (1, rest),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude = digits.iter().fold(0i64, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'))
    });
    Some(sign * magnitude)
}

/// `mantissa * 2^exponent`, rounded to nearest, ties to even. The lowest bit of a mantissa above
/// 2^53 may stand for all digits behind it.
fn scale(mantissa: u64, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    // The weight of the highest bit decides how many bits a double keeps.
    let bits = i64::from(64 - mantissa.leading_zeros());
    let top = exponent.saturating_add(bits - 1);
    if top > 1023 {
        return f64::INFINITY;
    }
    if top < -1075 {
        return 0.0;
    }
    let lowest = (top - 52).max(-1074);
    let dropped = lowest - exponent;
    let kept = if dropped <= 0 {
        mantissa << -dropped
    } else if dropped > 64 {
        0
    } else {
        let wide = u128::from(mantissa);
        let whole = (wide >> dropped) as u64;
        let rest = wide & ((1u128 << dropped) - 1);
        let half = 1u128 << (dropped - 1);
        let up = rest > half || rest == half && whole & 1 == 1;
        whole + u64::from(up)
    };
    // Both factors of each product are powers of two or exact, so only overflow can change the value.
    let half_way = lowest / 2;
    kept as f64 * 2f64.powi(half_way as i32) * 2f64.powi((lowest - half_way) as i32)
}
