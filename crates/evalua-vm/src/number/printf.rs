//! C's `printf` conversions over bytes, as glibc makes them.
//!
//! Owns flags, width, precision and padding of each conversion. Which directives a format string
//! may hold, and where their arguments come from, is the caller's affair.
//!
//! Every function appends to a `Vec<u8>`: first the text, then the padding where it belongs.

use std::io::{self, Write};

use super::exact;
use super::format::NumberText;

/// What stands between `%` and the conversion letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// `-`: pad on the right.
    pub left: bool,
    /// `+`: a sign before positive numbers too.
    pub plus: bool,
    /// ` `: a space where a positive number has no sign.
    pub space: bool,
    /// `#`: the alternate form.
    pub alternate: bool,
    /// `0`: pad numbers with zeros after the sign.
    pub zero: bool,
    /// The least number of bytes.
    pub width: u16,
    /// The number after the point, if there was one.
    pub precision: Option<u16>,
}

/// The radix and case of an unsigned conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Radix {
    /// `%u`
    Decimal,
    /// `%o`
    Octal,
    /// `%x`
    Hex,
    /// `%X`
    UpperHex,
}

/// The form of a floating-point conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatForm {
    /// `%f`
    Fixed,
    /// `%e`
    Exponent,
    /// `%g`
    General,
}

/// How a floating-point conversion looks, beside its form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// `#`: always a point, and `%g` keeps trailing zeros.
    pub alternate: bool,
    /// `E`, `INF`, `NAN`: the conversion letter was a capital.
    pub upper: bool,
}

/// `%d`, `%i`.
pub fn signed(out: &mut Vec<u8>, spec: Spec, value: i64) {
    let start = out.len();
    out.extend_from_slice(sign(spec, value < 0));
    integer_tail(out, spec, start, value.unsigned_abs(), Radix::Decimal);
}

/// `%u`, `%o`, `%x`, `%X`.
pub fn unsigned(out: &mut Vec<u8>, spec: Spec, value: u64, radix: Radix) {
    let start = out.len();
    if spec.alternate && value != 0 {
        match radix {
            Radix::Hex => out.extend_from_slice(b"0x"),
            Radix::UpperHex => out.extend_from_slice(b"0X"),
            Radix::Decimal | Radix::Octal => {}
        }
    }
    integer_tail(out, spec, start, value, radix);
}

/// `%e`, `%f`, `%g` and their capitals.
pub fn float(out: &mut Vec<u8>, spec: Spec, value: f64, form: FloatForm, upper: bool) {
    let start = out.len();
    out.extend_from_slice(sign(spec, value.is_sign_negative()));
    let style = Style {
        alternate: spec.alternate,
        upper,
    };
    let digits_start = out.len();
    if value.is_finite() {
        finite(out, spec, value.abs(), form, style);
    } else {
        out.extend_from_slice(match (value.is_nan(), upper) {
            (true, false) => b"nan",
            (true, true) => b"NAN",
            (false, false) => b"inf",
            (false, true) => b"INF",
        });
    }
    pad(out, spec, start, digits_start, value.is_finite());
}

/// `%s`, and `%c` of one byte; the zero flag means nothing here.
pub fn string(out: &mut Vec<u8>, spec: Spec, text: &[u8]) {
    let start = out.len();
    let length = match spec.precision {
        Some(precision) => text.len().min(usize::from(precision)),
        None => text.len(),
    };
    out.extend_from_slice(&text[..length]);
    pad(out, spec, start, start, false);
}

fn sign(spec: Spec, negative: bool) -> &'static [u8] {
    if negative {
        b"-"
    } else if spec.plus {
        b"+"
    } else if spec.space {
        b" "
    } else {
        b""
    }
}

/// Appends the digits of an integer whose sign or prefix is already in `out[start..]`.
fn integer_tail(out: &mut Vec<u8>, spec: Spec, start: usize, value: u64, radix: Radix) {
    let digits_start = out.len();
    let written = match radix {
        // A precision of zero writes no digits of a zero.
        _ if value == 0 && spec.precision == Some(0) => Ok(()),
        Radix::Decimal => write!(out, "{value}"),
        Radix::Octal => write!(out, "{value:o}"),
        Radix::Hex => write!(out, "{value:x}"),
        Radix::UpperHex => write!(out, "{value:X}"),
    };
    debug_assert!(written.is_ok(), "a vector takes every write");
    let digits = out.len() - digits_start;
    let mut least = usize::from(spec.precision.unwrap_or(1));
    if radix == Radix::Octal && spec.alternate && out.get(digits_start) != Some(&b'0') {
        least = least.max(digits + 1);
    }
    insert(out, digits_start, b'0', least.saturating_sub(digits));
    pad(out, spec, start, digits_start, spec.precision.is_none());
}

fn finite(out: &mut Vec<u8>, spec: Spec, value: f64, form: FloatForm, style: Style) {
    let precision = usize::from(spec.precision.unwrap_or(6));
    let written = match form {
        FloatForm::Fixed => fixed(out, value, precision).and_then(|()| {
            if precision == 0 && style.alternate {
                out.write_all(b".")
            } else {
                Ok(())
            }
        }),
        FloatForm::Exponent => {
            let mut scratch = vec![0; Decimal::room(precision + 1)];
            Decimal::new(&mut scratch, value, precision + 1).write_exponent(out, style)
        }
        FloatForm::General => {
            let mut scratch = vec![0; Decimal::room(precision.max(1))];
            Decimal::new(&mut scratch, value, precision.max(1)).write_general(out, style)
        }
    };
    debug_assert!(written.is_ok(), "a vector takes every write");
}

fn fixed(out: &mut Vec<u8>, value: f64, precision: usize) -> io::Result<()> {
    match exact::scaled(value, precision) {
        Some(units) => out.write_all(NumberText::with_point(units, precision).as_bytes()),
        None => write!(out, "{value:.precision$}"),
    }
}

/// Brings `out[start..]` to the width. Zeros, where the flag asks for them and `zeros_fit`, go in
/// front of `digits_start`, behind the sign.
fn pad(out: &mut Vec<u8>, spec: Spec, start: usize, digits_start: usize, zeros_fit: bool) {
    let missing = usize::from(spec.width).saturating_sub(out.len() - start);
    if spec.left {
        out.resize(out.len() + missing, b' ');
    } else if spec.zero && zeros_fit {
        insert(out, digits_start, b'0', missing);
    } else {
        insert(out, start, b' ', missing);
    }
}

fn insert(out: &mut Vec<u8>, at: usize, byte: u8, count: usize) {
    if count > 0 {
        out.splice(at..at, std::iter::repeat_n(byte, count));
    }
}

/// A positive finite number rounded to some count of significant decimal digits: `d.ddd * 10^exponent`.
///
/// [`exact`] and core's formatting round ties to even, as glibc's does.
pub(super) struct Decimal<'a> {
    digits: &'a [u8],
    exponent: i32,
}

impl<'a> Decimal<'a> {
    /// The bytes of scratch that `count` digits need: the point, and an exponent such as `e-324`.
    pub(super) const fn room(count: usize) -> usize {
        count + 6
    }

    /// Rounds `value` to `count` digits, which must be at least one.
    pub(super) fn new(scratch: &'a mut [u8], value: f64, count: usize) -> Self {
        if let Some((mut units, exponent)) = exact::significant(value, count) {
            let digits = &mut scratch[..count];
            for digit in digits.iter_mut().rev() {
                *digit = b'0' + (units % 10) as u8;
                units /= 10;
            }
            return Self { digits, exponent };
        }
        let room = scratch.len();
        let mut rest = &mut scratch[..];
        let written = write!(rest, "{value:.*e}", count - 1);
        debug_assert!(written.is_ok(), "the scratch has room");
        let end = room - rest.len();
        // `d.ddde-5`: the exponent is all that follows the digits, the first of which moves over
        // the point.
        let mark = if count == 1 { 1 } else { count + 1 };
        let exponent = std::str::from_utf8(&scratch[mark + 1..end])
            .ok()
            .and_then(|text| text.parse().ok());
        debug_assert!(exponent.is_some(), "core writes an exponent");
        let first = mark - count;
        scratch[first] = scratch[0];
        Self {
            digits: &scratch[first..mark],
            exponent: exponent.unwrap_or(0),
        }
    }

    /// `%e`: `d.ddde+05`.
    fn write_exponent(&self, out: &mut impl Write, style: Style) -> io::Result<()> {
        let (first, fraction) = self.digits.split_at(1);
        out.write_all(first)?;
        if style.alternate || !fraction.is_empty() {
            out.write_all(b".")?;
        }
        out.write_all(fraction)?;
        let letter = if style.upper { 'E' } else { 'e' };
        let sign = if self.exponent < 0 { '-' } else { '+' };
        write!(out, "{letter}{sign}{:02}", self.exponent.unsigned_abs())
    }

    /// `%g`: an exponent only where it is below -4 or not below the count of digits; no trailing
    /// zeros unless the style is alternate.
    pub(super) fn write_general(&self, out: &mut impl Write, style: Style) -> io::Result<()> {
        let significant = self
            .digits
            .iter()
            .rposition(|&digit| digit != b'0')
            .map_or(1, |last| last + 1);
        let kept = if style.alternate {
            self.digits
        } else {
            &self.digits[..significant]
        };
        let zeros =
            |out: &mut dyn Write, count: usize| (0..count).try_for_each(|_| out.write_all(b"0"));
        match usize::try_from(self.exponent) {
            Ok(exponent) if exponent < self.digits.len() => {
                let (whole, fraction) = kept.split_at(kept.len().min(exponent + 1));
                out.write_all(whole)?;
                zeros(out, exponent + 1 - whole.len())?;
                if style.alternate || !fraction.is_empty() {
                    out.write_all(b".")?;
                }
                out.write_all(fraction)
            }
            Err(_) if self.exponent >= -4 => {
                out.write_all(b"0.")?;
                zeros(out, self.exponent.unsigned_abs() as usize - 1)?;
                out.write_all(kept)
            }
            _ => Decimal {
                digits: kept,
                exponent: self.exponent,
            }
            .write_exponent(out, style),
        }
    }
}
