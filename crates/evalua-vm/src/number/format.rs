//! A number as `tostring` and concatenation write it: C's `%.14g`.
//!
//! Owns the common path, which allocates nothing; the general conversions are in [`super::printf`].

use std::io::Write;

use super::printf::{Decimal, Style};

/// Digits of `LUAI_NUMFFORMAT`, `%.14g`.
const PRECISION: usize = 14;

/// Integers below this many have at most [`PRECISION`] digits, so `%.14g` writes all of them.
const INTEGER_END: f64 = 1e14;

/// Room for the longest text, such as `-1.2345678901234e-308`, and for core's form of it.
const CAPACITY: usize = 32;

/// The text of one number, on the stack.
#[derive(Clone, Copy)]
pub struct NumberText {
    bytes: [u8; CAPACITY],
    start: u8,
    end: u8,
}

impl NumberText {
    /// Writes `number` as `%.14g` does.
    #[inline]
    pub fn new(number: f64) -> Self {
        // NaN and both infinities fail the comparison; -0 must keep its sign.
        if number.abs() < INTEGER_END
            && number.trunc() == number
            && (number != 0.0 || number.is_sign_positive())
        {
            Self::integer(number as i64)
        } else {
            Self::fraction(number).unwrap_or_else(|| Self::general(number))
        }
    }

    /// The bytes of the text.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[usize::from(self.start)..usize::from(self.end)]
    }

    fn integer(value: i64) -> Self {
        let mut bytes = [0; CAPACITY];
        let mut start = CAPACITY;
        let mut magnitude = value.unsigned_abs();
        loop {
            start -= 1;
            bytes[start] = b'0' + (magnitude % 10) as u8;
            magnitude /= 10;
            if magnitude == 0 {
                break;
            }
        }
        if value < 0 {
            start -= 1;
            bytes[start] = b'-';
        }
        Self {
            bytes,
            start: start as u8,
            end: CAPACITY as u8,
        }
    }

    /// The text of a number that a few decimal places bring near enough to an integer that `%.14g` shows those
    /// places and no more.
    fn fraction(number: f64) -> Option<Self> {
        /// The powers of ten of the places that are tried.
        const TENS: [f64; 4] = [1e1, 1e2, 1e3, 1e4];
        // How far a product may be from an integer for its own rounding and that of the number. It is less than
        // half a unit of the fourteenth digit, so rounding the number to that many gives the integer's digits.
        const NEAR: f64 = 5e-16;
        let scaled = TENS.iter().map(|ten| number.abs() * ten);
        let is_near = |units: &f64| (units - units.round()).abs() <= NEAR * units;
        let (places, units) = (1..).zip(scaled).find(|(_, units)| is_near(units))?;
        let units = units.round();
        // A zero at the end would have to go.
        if units >= INTEGER_END || units as i64 % 10 == 0 {
            return None;
        }
        let mut text = Self::integer(units as i64);
        let mut start = usize::from(text.start);
        // At least one digit stands before the point.
        while CAPACITY - start <= places {
            start -= 1;
            text.bytes[start] = b'0';
        }
        let point = CAPACITY - places;
        text.bytes.copy_within(start..point, start - 1);
        start -= 1;
        text.bytes[point - 1] = b'.';
        if number < 0.0 {
            start -= 1;
            text.bytes[start] = b'-';
        }
        text.start = start as u8;
        Some(text)
    }

    #[cold]
    fn special(number: f64) -> Self {
        let text = match (number.is_nan(), number.is_sign_negative()) {
            (true, false) => "nan",
            (true, true) => "-nan",
            (false, false) => "inf",
            (false, true) => "-inf",
        };
        let mut bytes = [0; CAPACITY];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Self {
            bytes,
            start: 0,
            end: text.len() as u8,
        }
    }

    fn general(number: f64) -> Self {
        if !number.is_finite() {
            return Self::special(number);
        }
        let mut scratch = [0; CAPACITY];
        let decimal = Decimal::new(&mut scratch, number.abs(), PRECISION);
        let mut bytes = [0; CAPACITY];
        let mut rest = &mut bytes[..];
        let written = (if number.is_sign_negative() {
            rest.write_all(b"-")
        } else {
            Ok(())
        })
        .and_then(|()| decimal.write_general(&mut rest, Style::default()));
        debug_assert!(written.is_ok(), "{CAPACITY} bytes hold every %.14g");
        let end = CAPACITY - rest.len();
        Self {
            bytes,
            start: 0,
            end: end as u8,
        }
    }
}
