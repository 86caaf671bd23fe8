//! A number as `tostring` and concatenation write it: C's `%.14g`.
//!
//! Owns the common path, which allocates nothing; the general conversions are in [`super::printf`].

use std::io::Write;

use super::exact;
use super::printf::{Decimal, Style};

/// Digits of `LUAI_NUMFFORMAT`, `%.14g`.
const PRECISION: usize = 14;

/// The most digits that a text may have: those that tell any two doubles apart.
const MOST: usize = 17;

/// The least integers of one digit more than the index.
const ENDS: [f64; MOST + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17,
];

/// Room for the longest text, such as `-1.2345678901234567e-308`.
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
        Self::of_digits(number, PRECISION)
    }

    /// Writes `number` as `%.17g` does.
    #[inline]
    pub fn exact(number: f64) -> Self {
        Self::of_digits(number, MOST)
    }

    #[inline]
    fn of_digits(number: f64, count: usize) -> Self {
        // NaN and both infinities fail the comparison; -0 must keep its sign.
        if number.abs() < ENDS[count]
            && number.trunc() == number
            && (number != 0.0 || number.is_sign_positive())
        {
            Self::integer(number as i64)
        } else {
            Self::fraction(number, count).unwrap_or_else(|| Self::general(number, count))
        }
    }

    /// The bytes of the text.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[usize::from(self.start)..usize::from(self.end)]
    }

    fn integer(value: i64) -> Self {
        Self::with_point(value.unsigned_abs(), 0).signed(value < 0)
    }

    /// The text of an integer with a point before its last `places` digits, at most 22; without one, if there are none.
    pub(super) fn with_point(mut units: u64, places: usize) -> Self {
        let mut bytes = [0; CAPACITY];
        let mut start = CAPACITY;
        let mut left = places;
        loop {
            start -= 1;
            bytes[start] = b'0' + (units % 10) as u8;
            units /= 10;
            if left > 0 {
                left -= 1;
                if left == 0 {
                    start -= 1;
                    bytes[start] = b'.';
                }
            } else if units == 0 {
                break;
            }
        }
        Self {
            bytes,
            start: start as u8,
            end: CAPACITY as u8,
        }
    }

    /// The same with a minus in front of it, if it is `negative`.
    fn signed(mut self, negative: bool) -> Self {
        if negative {
            self.start -= 1;
            self.bytes[usize::from(self.start)] = b'-';
        }
        self
    }

    /// The text of a number that has no exponent in it.
    fn fraction(number: f64, count: usize) -> Option<Self> {
        let (mut units, exponent) = exact::significant(number.abs(), count)?;
        if exponent < -4 {
            return None;
        }
        let mut places = usize::try_from(count as i32 - 1 - exponent).ok()?;
        for (zeros, power) in [(8, 100_000_000), (4, 10_000), (2, 100), (1, 10)] {
            while places >= zeros && units % power == 0 {
                units /= power;
                places -= zeros;
            }
        }
        Some(Self::with_point(units, places).signed(number.is_sign_negative()))
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

    #[cold]
    fn general(number: f64, count: usize) -> Self {
        if !number.is_finite() {
            return Self::special(number);
        }
        let mut scratch = [0; CAPACITY];
        let decimal = Decimal::new(&mut scratch, number.abs(), count);
        let mut bytes = [0; CAPACITY];
        let mut rest = &mut bytes[..];
        let written = (if number.is_sign_negative() {
            rest.write_all(b"-")
        } else {
            Ok(())
        })
        .and_then(|()| decimal.write_general(&mut rest, Style::default()));
        debug_assert!(written.is_ok(), "{CAPACITY} bytes hold every %.17g");
        let end = CAPACITY - rest.len();
        Self {
            bytes,
            start: 0,
            end: end as u8,
        }
    }
}
