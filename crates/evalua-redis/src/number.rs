//! Numbers and their texts as the server reads and writes them.
//!
//! Owns parsing of integers and doubles and the formatting of doubles.

use evalua_vm::number::format::NumberText;

use crate::bytes::SmallBytes;
use crate::grisu;

/// How a double becomes text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoubleFormat {
    /// 17 significant digits, as C's `%.17g`.
    Digits17,
    /// As few digits as [`grisu`] finds that read back as the same double.
    Shortest,
}

/// Reads an integer in its one canonical form: no blanks, no plus sign, no leading zeros.
pub fn parse_int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        b"0" => return Some(0),
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > 19 || !matches!(digits.first(), Some(b'1'..=b'9')) {
        return None;
    }
    let mut value: u64 = 0;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        // Nineteen digits always fit.
        value = value * 10 + u64::from(digit - b'0');
    }
    if negative {
        0_i64.checked_sub_unsigned(value)
    } else {
        i64::try_from(value).ok()
    }
}

/// Reads an integer without sign in its canonical form, or else as C's `strtoull` does, but all of
/// `text`: blanks in front, leading zeros and a sign are accepted, and a minus sign counts down from
/// the end.
pub fn parse_unsigned(text: &[u8]) -> Option<u64> {
    if let Some(n) = parse_int(text) {
        return u64::try_from(n).ok();
    }
    let text = skip_blanks(text);
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let value = digits.iter().try_fold(0_u64, |value, byte| {
        let digit = (*byte as char).to_digit(10)?;
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })?;
    Some(if negative {
        value.wrapping_neg()
    } else {
        value
    })
}

/// What is behind the blanks in front.
fn skip_blanks(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t'..=b'\r');
    &text[text.iter().take_while(is_blank).count()..]
}

/// Reads a double as C's `strtod` does, but all of `text`: decimal or hexadecimal, `inf`,
/// `infinity`; not a NaN, no blank in front, and no over- or underflow.
pub fn parse_double(text: &[u8]) -> Option<f64> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let magnitude = match rest {
        _ if is_infinity(rest) => f64::INFINITY,
        [b'0', b'x' | b'X', digits @ ..] => parse_hexadecimal(digits)?,
        [b'0'..=b'9' | b'.', ..] => {
            let value = parse_decimal(rest)?;
            let is_zero = || {
                let mantissa = rest.iter().take_while(|b| !matches!(b, b'e' | b'E'));
                mantissa.clone().all(|b| matches!(b, b'0' | b'.'))
            };
            if value.is_infinite() || (value == 0.0 && !is_zero()) {
                return None;
            }
            value
        }
        _ => return None,
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Reads the bound of a range of scores, with which the server is less strict than elsewhere:
/// nothing is 0, blanks in front are skipped, a number too large is infinite and one too small 0,
/// and what follows a zero byte is not looked at.
pub fn parse_bound(text: &[u8]) -> Option<f64> {
    let text = c_number(text);
    parse_double(text).or_else(|| match text {
        [b'-', digits @ ..] => parse_decimal(digits).map(|value| -value),
        [b'+', digits @ ..] | digits => parse_decimal(digits),
    })
}

/// Reads the weight that SORT gives an element: as a bound, but a number too large or too small is
/// none.
pub fn parse_weight(text: &[u8]) -> Option<f64> {
    parse_double(c_number(text))
}

/// What C's `strtod` reads of a string: up to a zero byte, without blanks in front; and no text at
/// all is zero.
fn c_number(text: &[u8]) -> &[u8] {
    match text.split(|&byte| byte == 0).next().unwrap_or_default() {
        b"" => b"0",
        text => skip_blanks(text),
    }
}

/// Reads decimal digits with an optional point and exponent; what is out of range becomes infinity
/// or 0.
fn parse_decimal(text: &[u8]) -> Option<f64> {
    match text {
        [b'0'..=b'9' | b'.', ..] => std::str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    }
}

/// Whether `text` is one of C's names of infinity, without sign.
pub(crate) fn is_infinity(text: &[u8]) -> bool {
    text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity")
}

/// The text of a double: `inf` and `-inf` by name, integers without a point. With 17 digits a NaN shows its sign
/// bit, as C's printf does; the processor sets it in the results of its own.
pub fn format_double(value: f64, format: DoubleFormat) -> SmallBytes {
    match format {
        DoubleFormat::Digits17 => SmallBytes::new(NumberText::exact(value).as_bytes()),
        DoubleFormat::Shortest if value.is_nan() => "nan".into(),
        DoubleFormat::Shortest => match as_safe_int(value) {
            Some(n) if n != 0 || value.is_sign_positive() => SmallBytes::from_int(n),
            None if value.is_finite() => shortest(value).into(),
            // As `%.17g` has them: infinities and minus zero.
            _ => SmallBytes::new(NumberText::exact(value).as_bytes()),
        },
    }
}

/// The text of a score inside a sorted set: as [`format_double`], but integers of up to half the
/// range of 64 bits are written in full in either format.
pub fn format_score(value: f64, format: DoubleFormat) -> SmallBytes {
    match as_safe_int(value) {
        Some(n) if value != 0.0 => SmallBytes::from_int(n),
        _ => format_double(value, format),
    }
}

/// The integer that `value` is, when it is one and well inside the range of 64 bits.
pub fn as_safe_int(value: f64) -> Option<i64> {
    const HALF: f64 = (i64::MAX / 2) as f64;
    ((-HALF..=HALF).contains(&value) && value.trunc() == value).then_some(value as i64)
}

/// Few digits that read back as the same number, laid out as the server does: plain when that takes no
/// more than six zeros behind the digits; or when at most six digits stand behind the point, or the
/// number is below ten thousand and above a ten-thousandth; else with an exponent.
fn shortest(value: f64) -> String {
    let (digits, exponent) = grisu::digits(value.abs());
    let count = digits.len() as i32;
    // The value is 0.DIGITS * 10^point.
    let point = count + exponent;
    let magnitude = (point - 1).abs();
    let body = if exponent >= 0 && magnitude < count + 7 {
        digits + &"0".repeat(exponent as usize)
    } else if exponent < 0 && (exponent > -7 || magnitude < 4) {
        if point <= 0 {
            format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
        } else {
            let (whole, fraction) = digits.split_at(point as usize);
            format!("{whole}.{fraction}")
        }
    } else {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let sign = if point - 1 < 0 { '-' } else { '+' };
        format!("{first}{dot}{rest}e{sign}{magnitude}")
    };
    if value < 0.0 {
        format!("-{body}")
    } else {
        body
    }
}

/// Reads what follows `0x`: hexadecimal digits with an optional point and binary exponent.
fn parse_hexadecimal(text: &[u8]) -> Option<f64> {
    let (mantissa, exponent) = hexadecimal(text)?;
    if mantissa == 0 {
        return Some(0.0);
    }
    // Rounded to 53 bits at once, with fewer kept where the result is subnormal.
    let top = 128 - mantissa.leading_zeros() as i32;
    let scale = exponent + i64::from(top);
    if scale > 1024 {
        return None;
    }
    let keep = if scale >= -1021 {
        53
    } else {
        53 + (scale + 1021).max(-54) as i32
    };
    let drop = top - keep;
    let rounded = if drop <= 0 {
        mantissa
    } else if drop > 127 {
        0
    } else {
        let half = 1_u128 << (drop - 1);
        let rest = mantissa & ((half << 1) - 1);
        let kept = mantissa >> drop;
        let up = rest > half || (rest == half && kept & 1 == 1);
        (kept + u128::from(up)) << drop
    };
    let exponent = i32::try_from(exponent).ok()?;
    // Two steps, so that no power of two leaves the range on the way.
    let half = exponent / 2;
    let value = rounded as f64 * 2_f64.powi(half) * 2_f64.powi(exponent - half);
    (value != 0.0 && value.is_finite()).then_some(value)
}

/// The mantissa (with a sticky lowest bit for what exceeds 120 bits) and the power of two of a
/// hexadecimal number without its prefix.
pub(crate) fn hexadecimal(text: &[u8]) -> Option<(u128, i64)> {
    let mut mantissa: u128 = 0;
    let mut exponent: i64 = 0;
    let mut digits = 0;
    let mut in_fraction = false;
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        if *byte == b'.' && !in_fraction {
            in_fraction = true;
        } else if let Some(digit) = (*byte as char).to_digit(16) {
            digits += 1;
            if mantissa >> 120 == 0 {
                mantissa = mantissa << 4 | u128::from(digit);
                exponent -= if in_fraction { 4 } else { 0 };
            } else {
                mantissa |= u128::from(digit != 0);
                exponent += if in_fraction { 0 } else { 4 };
            }
        } else {
            break;
        }
        rest = tail;
    }
    if digits == 0 {
        return None;
    }
    if let [b'p' | b'P', power @ ..] = rest {
        exponent = exponent.saturating_add(decimal_exponent(power)?);
        rest = &[];
    }
    rest.is_empty().then_some((mantissa, exponent))
}

/// A signed decimal exponent, clamped far outside the range of any number.
pub(crate) fn decimal_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0_i64, |value, digit| {
        (value * 10 + i64::from(digit - b'0')).min(1_000_000_000)
    });
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_one_form() {
        for n in [0, 1, -1, i64::MAX, i64::MIN, 1_000_000_007] {
            assert_eq!(parse_int(n.to_string().as_bytes()), Some(n));
        }
        for text in [
            "",
            "-",
            "+1",
            " 1",
            "1 ",
            "01",
            "-0",
            "00",
            "1.0",
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999",
            "1e3",
            "0x1",
        ] {
            assert_eq!(parse_int(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn doubles_are_read_as_strtod_reads_them() {
        for (text, value) in [
            ("1", 1.0),
            ("+1.5", 1.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("-1e3", -1000.0),
            ("0x10", 16.0),
            ("0x1.8p1", 3.0),
            ("-0x.8", -0.5),
            ("inf", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("0e999", 0.0),
            ("1e-310", 1e-310),
            ("0x1p-1074", 5e-324),
            ("1e308", 1e308),
            ("0x1.fffffffffffff8p0", 2.0),
            ("0x1.fffffffffffff7p0", 1.999_999_999_999_999_8),
        ] {
            assert_eq!(parse_double(text.as_bytes()), Some(value), "{text}");
        }
        for text in [
            "",
            " 1",
            "1 ",
            "nan",
            "-nan",
            "1e",
            "0x",
            "0xp1",
            "1e400",
            "1e-400",
            "0x1p9999",
            "0x1p-1080",
            "--1",
            "1_0",
            "e5",
            "infin",
            ".",
            "1e+",
            "١",
        ] {
            assert_eq!(parse_double(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn bounds_are_read_less_strictly() {
        for (text, value) in [
            ("", 0.0),
            ("\0x", 0.0),
            (" \t\n1.5", 1.5),
            ("-1e400", f64::NEG_INFINITY),
            ("+1e400", f64::INFINITY),
            ("1e-400", 0.0),
            ("3\0x", 3.0),
            ("+inf", f64::INFINITY),
            ("0x10", 16.0),
        ] {
            assert_eq!(parse_bound(text.as_bytes()), Some(value), "{text:?}");
        }
        for text in [
            " ", "-", "nan", "1 ", "--1", "+-1", "+nan", "1e", "x", "infi",
        ] {
            assert_eq!(parse_bound(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn weights_are_bounds_in_range() {
        for (text, value) in [
            ("", 0.0),
            (" 1.5", 1.5),
            ("3\0x", 3.0),
            ("inf", f64::INFINITY),
        ] {
            assert_eq!(parse_weight(text.as_bytes()), Some(value), "{text:?}");
        }
        for text in [" ", "1e400", "-1e400", "1e-400", "nan", "1 "] {
            assert_eq!(parse_weight(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn doubles_are_written_in_both_forms() {
        for (value, digits17, short) in [
            (0.1, "0.10000000000000001", "0.1"),
            (3.0, "3", "3"),
            (-1.5, "-1.5", "-1.5"),
            (1e17, "1e+17", "100000000000000000"),
            (1e20, "1e+20", "1e+20"),
            (1.5e300, "1.5000000000000001e+300", "1.5e+300"),
            (1e-7, "9.9999999999999995e-08", "1e-7"),
            (0.000_123, "0.00012300000000000001", "0.000123"),
            (f64::INFINITY, "inf", "inf"),
            (-0.0, "-0", "-0"),
            (123_456_789.123, "123456789.123", "123456789.123"),
            (
                122_746.340_966_921_13,
                "122746.34096692113",
                "1.2274634096692113e+5",
            ),
        ] {
            assert_eq!(
                &*format_double(value, DoubleFormat::Digits17),
                digits17.as_bytes()
            );
            assert_eq!(
                &*format_double(value, DoubleFormat::Shortest),
                short.as_bytes()
            );
        }
    }
}
