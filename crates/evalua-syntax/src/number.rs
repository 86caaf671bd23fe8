//! Numbers from text.
//!
//! Owns: C's `strtod` as glibc has it in the "C" locale, and Lua's rule on top of it, and with them what
//! counts as a number for the lexer and for `tonumber`. It must not know where the text comes from.

/// The number that a whole text spells, or nothing.
///
/// White space may stand around it. To C a text ends at its first NUL, so `"10\0x"` is a number.
#[inline]
pub fn parse_number(text: &[u8]) -> Option<f64> {
    // PUC hands a text in which `strtod` stops at an `x` to `strtoul`. With a `strtod` that reads
    // hexadecimal itself, that never makes a number of what was none.
    let (value, end) = strtod(text)?;
    only_space(&text[end..]).then_some(value)
}

/// The number that a text begins with, and its length, if without its point it is an integer of up to 2^53, the bulk of
/// numbers. That and the power of ten that divides it are exact in a double, and so the quotient is rounded but once.
/// Nothing where what follows may belong to the number.
#[inline]
fn short(text: &[u8]) -> Option<(f64, usize)> {
    /// So many digits fit into 64 bits.
    const MOST: usize = 19;
    const POWERS: [f64; MOST + 1] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19,
    ];
    let (mut units, mut point, mut length) = (0u64, None, 0);
    while let Some(&byte) = text.get(length) {
        if length == MOST + usize::from(point.is_some()) {
            return None;
        }
        match byte {
            b'0'..=b'9' => units = units * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(length),
            b'.' | b'e' | b'E' | b'x' | b'X' => return None,
            _ => break,
        }
        length += 1;
    }
    if length == 0 || point == Some(0) || units > 1 << f64::MANTISSA_DIGITS {
        return None;
    }
    let places = point.map_or(0, |point| length - 1 - point);
    Some((units as f64 / POWERS[places], length))
}

/// C's `strtod`: the number that `text` begins with, after white space, and where it ends.
pub fn strtod(text: &[u8]) -> Option<(f64, usize)> {
    let mut at = text.iter().take_while(|&&byte| is_space(byte)).count();
    let negative = match text.get(at) {
        Some(b'-') => {
            at += 1;
            true
        }
        Some(b'+') => {
            at += 1;
            false
        }
        _ => false,
    };
    let rest = &text[at..];
    let (magnitude, length) = short(rest).or_else(|| unsigned(rest))?;
    let value = if negative { -magnitude } else { magnitude };
    Some((value, at + length))
}

/// `isspace` of the C locale.
#[inline]
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Whether a C string, which ends at the first NUL, holds nothing but white space.
pub fn only_space(text: &[u8]) -> bool {
    text.iter()
        .find(|&&byte| !is_space(byte))
        .is_none_or(|&byte| byte == 0)
}

/// A number without a sign, and its length.
fn unsigned(text: &[u8]) -> Option<(f64, usize)> {
    match text.first()? {
        b'0'..=b'9' | b'.' => hexadecimal(text).or_else(|| decimal(text)),
        b'i' | b'I' => ["infinity", "inf"]
            .iter()
            .find(|word| starts_with_word(text, word))
            .map(|word| (f64::INFINITY, word.len())),
        b'n' | b'N' if starts_with_word(text, "nan") => Some((f64::NAN, 3 + payload(&text[3..]))),
        _ => None,
    }
}

fn starts_with_word(text: &[u8], word: &str) -> bool {
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

/// The length of the `(letters)` that may follow `nan`; the bits that they ask for are not kept.
fn payload(text: &[u8]) -> usize {
    if text.first() != Some(&b'(') {
        return 0;
    }
    let letters = text[1..]
        .iter()
        .take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_')
        .count();
    match text.get(1 + letters) {
        Some(b')') => letters + 2,
        _ => 0,
    }
}

/// The digits at the start of a number: `whole.fraction`, one of them not empty.
struct Mantissa<'a> {
    whole: &'a [u8],
    fraction: &'a [u8],
    length: usize,
}

impl<'a> Mantissa<'a> {
    fn scan(text: &'a [u8], is_digit: impl Fn(&u8) -> bool) -> Option<Self> {
        let digits = |text: &'a [u8]| {
            let count = text.iter().take_while(|byte| is_digit(byte)).count();
            &text[..count]
        };
        let whole = digits(text);
        let (fraction, point) = match text.get(whole.len()) {
            Some(b'.') => (digits(&text[whole.len() + 1..]), 1),
            _ => (&text[..0], 0),
        };
        let count = whole.len() + fraction.len();
        (count > 0).then_some(Self {
            whole,
            fraction,
            length: count + point,
        })
    }
}

/// The exponent that follows a mantissa, saturated, and its length: none unless there is a digit.
fn exponent(text: &[u8], letter: u8) -> (i64, usize) {
    if !text
        .first()
        .is_some_and(|byte| byte.eq_ignore_ascii_case(&letter))
    {
        return (0, 0);
    }
    let (negative, start) = match text.get(1) {
        Some(b'-') => (true, 2),
        Some(b'+') => (false, 2),
        _ => (false, 1),
    };
    let digits = text[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    let (value, count) = digits.fold((0i64, 0), |(value, count), digit| {
        let value = value
            .saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'));
        (value, count + 1)
    });
    match count {
        0 => (0, 0),
        _ if negative => (-value, start + count),
        _ => (value, start + count),
    }
}

fn decimal(text: &[u8]) -> Option<(f64, usize)> {
    let mantissa = Mantissa::scan(text, u8::is_ascii_digit)?;
    let (exponent, exponent_length) = exponent(&text[mantissa.length..], b'e');
    let length = mantissa.length + exponent_length;
    // Core rounds correctly, but keeps only so much of an exponent. Where a long run of zeros would
    // bring a huge exponent back into range, the zeros go.
    let value = if exponent.unsigned_abs() < 10_000 {
        std::str::from_utf8(&text[..length]).ok()?.parse().ok()?
    } else {
        scaled(&mantissa, exponent)
    };
    Some((value, length))
}

/// `0.digits` with the leading zeros gone and the exponent adjusted.
#[cold]
fn scaled(mantissa: &Mantissa<'_>, exponent: i64) -> f64 {
    /// More digits than any rounding needs: halfway between two doubles lies nothing longer than 768.
    const SIGNIFICANT: usize = 800;
    let mut digits = mantissa.whole.iter().chain(mantissa.fraction).copied();
    let Some(first) = digits.clone().position(|digit| digit != b'0') else {
        return 0.0;
    };
    let shift = mantissa.whole.len() as i64 - first as i64;
    let exponent = exponent.saturating_add(shift).clamp(-9_999, 9_999);
    let mut text = String::from("0.");
    text.extend(
        digits
            .by_ref()
            .skip(first)
            .take(SIGNIFICANT)
            .map(char::from),
    );
    // Of all others it matters only whether there are any.
    if digits.any(|digit| digit != b'0') {
        text.push('1');
    }
    format!("{text}e{exponent}").parse().unwrap_or(0.0)
}

fn hexadecimal(text: &[u8]) -> Option<(f64, usize)> {
    let [b'0', b'x' | b'X', digits @ ..] = text else {
        return None;
    };
    let mantissa = Mantissa::scan(digits, u8::is_ascii_hexdigit)?;
    let (power, power_length) = exponent(&digits[mantissa.length..], b'p');
    // Sixty bits, more than any rounding needs, and behind them one that says whether others
    // were lost.
    let mut bits = 0u64;
    let mut lost = 0i64;
    for &digit in mantissa.whole.iter().chain(mantissa.fraction) {
        let digit = u64::from(char::from(digit).to_digit(16).unwrap_or(0));
        if bits >> 59 == 0 {
            bits = bits << 4 | digit;
        } else {
            bits |= u64::from(digit != 0);
            lost += 4;
        }
    }
    let power = power.saturating_add(lost - 4 * mantissa.fraction.len() as i64);
    Some((compose(bits, power), 2 + mantissa.length + power_length))
}

/// `bits * 2^power`, rounded once, ties to even. The lowest of more than 59 bits may be sticky.
fn compose(bits: u64, power: i64) -> f64 {
    if bits == 0 {
        return 0.0;
    }
    let length = 64 - i64::from(bits.leading_zeros());
    let top = power.saturating_add(length - 1);
    if top > 1023 {
        return f64::INFINITY;
    }
    // A subnormal number has fewer bits than 53; the least is half of 2^-1074, which may round up.
    let kept = 53.min(top + 1075);
    if kept < 0 {
        return 0.0;
    }
    let dropped = (length - kept).max(0);
    let (mut rounded, rest, half) = match dropped {
        0 => (bits, 0, 1),
        64 => (0, bits, 1 << 63),
        _ => (
            bits >> dropped,
            bits & ((1 << dropped) - 1),
            1 << (dropped - 1),
        ),
    };
    if rest > half || rest == half && rounded & 1 == 1 {
        rounded += 1;
    }
    // Both factors of the power are in range, and the product is exact.
    let power = power + dropped;
    rounded as f64 * power_of_two(power / 2) * power_of_two(power - power / 2)
}

/// 2 to a power whose magnitude is below 1023.
fn power_of_two(power: i64) -> f64 {
    f64::from_bits(((1023 + power) as u64) << 52)
}
