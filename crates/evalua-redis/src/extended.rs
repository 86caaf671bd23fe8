//! [`Extended`]: the 80-bit floating-point numbers of INCRBYFLOAT and HINCRBYFLOAT.
//!
//! The server computes these in C's `long double`, which on x86-64 has a mantissa of 64 bits; no
//! type of Rust has, and a double gives other digits. Owns reading, adding and writing, each exact
//! and then rounded once to nearest, ties to even. Own work, since it is these three operations
//! only, and no crate offers this format.

use std::cmp::Ordering;

use crate::number;

/// Numbers of this many bytes and more are refused, as the server's buffer holds no more.
const MAX_TEXT: usize = 5 * 1024;

/// The power of two of the lowest bit of the smallest number.
const MIN_EXPONENT: i64 = -16_445;

/// Numbers reach up to this power of two.
const MAX_EXPONENT: i64 = 16_384;

/// How many digits are written behind the point.
const DECIMALS: usize = 17;

/// A number with a mantissa of 64 bits; never a NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extended {
    negative: bool,
    magnitude: Magnitude,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Magnitude {
    /// `mantissa * 2^exponent`; zero when the mantissa is.
    Finite {
        mantissa: u64,
        exponent: i64,
    },
    Infinite,
}

impl Extended {
    /// The number of an integer, which is always exact.
    pub fn from_int(n: i64) -> Extended {
        Extended {
            negative: n < 0,
            magnitude: Magnitude::Finite {
                mantissa: n.unsigned_abs(),
                exponent: 0,
            },
        }
    }

    /// Reads a number as C's `strtold` does, but all of `text`; a NaN, a blank in front and what is
    /// too large or too small are refused.
    pub fn parse(text: &[u8]) -> Option<Extended> {
        if text.len() >= MAX_TEXT {
            return None;
        }
        let (negative, rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let magnitude = match rest {
            _ if number::is_infinity(rest) => Magnitude::Infinite,
            [b'0', b'x' | b'X', digits @ ..] => {
                let (mantissa, exponent) = number::hexadecimal(digits)?;
                in_range(round(mantissa, exponent), mantissa == 0)?
            }
            rest => decimal(rest)?,
        };
        Some(Extended {
            negative,
            magnitude,
        })
    }

    /// Whether it is positive or negative infinity.
    pub fn is_infinite(self) -> bool {
        self.magnitude == Magnitude::Infinite
    }

    /// The product with an integer, rounded up to an integer; one out of range becomes the least or
    /// the greatest.
    pub fn times_rounded_up(self, factor: u32) -> i64 {
        let product = match self.magnitude {
            Magnitude::Finite { mantissa, exponent } => {
                round(u128::from(mantissa) * u128::from(factor), exponent)
            }
            Magnitude::Infinite => Magnitude::Infinite,
        };
        let magnitude = match product {
            Magnitude::Finite { mantissa: 0, .. } => 0,
            Magnitude::Finite { mantissa, exponent } => match u32::try_from(exponent) {
                Ok(up) => mantissa.checked_shl(up).filter(|n| n >> up == mantissa),
                Err(_) => {
                    let down = u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX);
                    let whole = mantissa.checked_shr(down).unwrap_or(0);
                    let is_whole = down < 64 && whole << down == mantissa;
                    Some(whole + u64::from(!is_whole && !self.negative))
                }
            }
            .unwrap_or(u64::MAX),
            Magnitude::Infinite => u64::MAX,
        };
        if self.negative {
            0_i64.saturating_sub_unsigned(magnitude)
        } else {
            0_i64.saturating_add_unsigned(magnitude)
        }
    }

    /// The sum; `None` when it is infinite or not a number.
    pub fn checked_add(self, other: Extended) -> Option<Extended> {
        let (
            Magnitude::Finite {
                mantissa: a,
                exponent: e,
            },
            Magnitude::Finite {
                mantissa: b,
                exponent: f,
            },
        ) = (self.magnitude, other.magnitude)
        else {
            return None;
        };
        if a == 0 {
            return Some(other);
        }
        if b == 0 {
            return Some(self);
        }
        // Both with their highest bit at place 125, so that the sum has room, and the lower one
        // shifted down; what falls off sticks to its lowest bit.
        let (a, e) = place_high(a, e);
        let (b, f) = place_high(b, f);
        let (a, b, exponent) = if e >= f {
            (a, shift_down(b, e - f), e)
        } else {
            (shift_down(a, f - e), b, f)
        };
        let (negative, sum) = match (self.negative == other.negative, a.cmp(&b)) {
            (true, _) => (self.negative, a + b),
            (false, Ordering::Greater) => (self.negative, a - b),
            (false, Ordering::Less) => (other.negative, b - a),
            (false, Ordering::Equal) => (false, 0),
        };
        let magnitude = round(sum, exponent);
        (magnitude != Magnitude::Infinite).then_some(Extended {
            negative,
            magnitude,
        })
    }

    /// The text that the server stores: up to 17 digits behind the point, without zeros at the end.
    pub fn to_text(self) -> String {
        let Magnitude::Finite { mantissa, exponent } = self.magnitude else {
            return if self.negative { "-inf" } else { "inf" }.to_owned();
        };
        let digits = if let Ok(shift) = u32::try_from(exponent) {
            let mut big = Big::from(u128::from(mantissa));
            big.shift_up(shift as usize);
            big.to_decimal()
        } else {
            let scaled = u128::from(mantissa) * 10_u128.pow(DECIMALS as u32);
            let digits = round_down(scaled, exponent.unsigned_abs()).to_string();
            let padded = format!("{digits:0>width$}", width = DECIMALS + 1);
            let (whole, fraction) = padded.split_at(padded.len() - DECIMALS);
            let fraction = fraction.trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            format!("{whole}{point}{fraction}")
        };
        if self.negative && digits != "0" {
            format!("-{digits}")
        } else {
            digits
        }
    }
}

/// `value / 2^bits`, to nearest, ties to even.
fn round_down(value: u128, bits: u64) -> u128 {
    match bits {
        0 => value,
        1..=127 => {
            let half = 1_u128 << (bits - 1);
            let rest = value & ((half << 1) - 1);
            let kept = value >> bits;
            kept + u128::from(rest > half || (rest == half && kept & 1 == 1))
        }
        // The callers' values have fewer than 127 bits, less than half of what is dropped.
        _ => 0,
    }
}

/// `value / 2^bits`, with the lowest bit set when anything was dropped.
fn shift_down(value: u128, bits: i64) -> u128 {
    match u32::try_from(bits) {
        Ok(bits @ 0..=127) => {
            let kept = value >> bits;
            kept | u128::from(kept << bits != value)
        }
        _ => u128::from(value != 0),
    }
}

fn place_high(mantissa: u64, exponent: i64) -> (u128, i64) {
    let shift = mantissa.leading_zeros() + 62;
    (u128::from(mantissa) << shift, exponent - i64::from(shift))
}

/// The nearest number to `value * 2^exponent`, whose lowest bit may stand for more below it.
fn round(value: u128, exponent: i64) -> Magnitude {
    let bits = 128 - i64::from(value.leading_zeros());
    // Fewer than 64 bits are kept near the bottom of the range.
    let drop = (bits - 64).max(MIN_EXPONENT - exponent).max(0);
    let rounded = if drop > 127 {
        0
    } else {
        round_down(value, drop.unsigned_abs())
    };
    let exponent = exponent + drop;
    let (rounded, exponent) = match u64::try_from(rounded) {
        Ok(mantissa) => (mantissa, exponent),
        // Rounding up reached 2^64.
        Err(_) => (1 << 63, exponent + 1),
    };
    if rounded == 0 {
        return Magnitude::Finite {
            mantissa: 0,
            exponent: 0,
        };
    }
    if exponent + 64 - i64::from(rounded.leading_zeros()) > MAX_EXPONENT {
        return Magnitude::Infinite;
    }
    Magnitude::Finite {
        mantissa: rounded,
        exponent,
    }
}

/// What was read, unless it is infinite or has become zero without having been.
fn in_range(magnitude: Magnitude, was_zero: bool) -> Option<Magnitude> {
    match magnitude {
        Magnitude::Infinite => None,
        Magnitude::Finite { mantissa: 0, .. } if !was_zero => None,
        finite => Some(finite),
    }
}

/// Reads an unsigned decimal number.
fn decimal(text: &[u8]) -> Option<Magnitude> {
    let end = text.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, power) = match end {
        Some(end) => (&text[..end], number::decimal_exponent(&text[end + 1..])?),
        None => (text, 0),
    };
    let point = mantissa
        .iter()
        .position(|&byte| byte == b'.')
        .unwrap_or(mantissa.len());
    let (whole, fraction) = mantissa.split_at(point);
    let fraction = fraction.get(1..).unwrap_or_default();
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut digits = Big::from(0);
    for &byte in whole.iter().chain(fraction) {
        if !byte.is_ascii_digit() {
            return None;
        }
        digits.multiply_add(10, u32::from(byte - b'0'));
    }
    let power = power - fraction.len() as i64;
    if digits.is_zero() {
        return Some(Magnitude::Finite {
            mantissa: 0,
            exponent: 0,
        });
    }
    let written = (whole.len() + fraction.len()) as i64;
    if power + written < -5_000 || power > 5_000 {
        return None;
    }
    let (value, exponent) = if power >= 0 {
        digits.multiply_by_ten_to(power.unsigned_abs());
        digits.top_bits()
    } else {
        let mut divisor = Big::from(1);
        divisor.multiply_by_ten_to(power.unsigned_abs());
        digits.divide(divisor)
    };
    in_range(round(value, exponent), false)
}

/// A natural number of any size: 32-bit digits, the lowest first, none of them zero at the top.
#[derive(Clone, Debug)]
struct Big(Vec<u32>);

impl From<u128> for Big {
    fn from(value: u128) -> Big {
        let mut big = Big((0..4).map(|digit| (value >> (32 * digit)) as u32).collect());
        big.trim();
        big
    }
}

impl Big {
    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn bits(&self) -> usize {
        self.0
            .last()
            .map_or(0, |top| self.0.len() * 32 - top.leading_zeros() as usize)
    }

    fn multiply_add(&mut self, factor: u32, add: u32) {
        let mut carry = u64::from(add);
        for digit in &mut self.0 {
            carry += u64::from(*digit) * u64::from(factor);
            *digit = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn multiply_by_ten_to(&mut self, power: u64) {
        for _ in 0..power / 9 {
            self.multiply_add(1_000_000_000, 0);
        }
        for _ in 0..power % 9 {
            self.multiply_add(10, 0);
        }
    }

    fn shift_up(&mut self, bits: usize) {
        let small = bits % 32;
        if small > 0 {
            self.multiply_add(1 << small, 0);
        }
        if !self.is_zero() {
            self.0.splice(0..0, std::iter::repeat_n(0, bits / 32));
        }
    }

    fn cmp(&self, other: &Big) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    /// Subtracts a number that is not greater.
    fn subtract(&mut self, other: &Big) {
        let mut borrow = false;
        for (index, digit) in self.0.iter_mut().enumerate() {
            let (difference, under) =
                digit.overflowing_sub(other.0.get(index).copied().unwrap_or(0));
            let (difference, under_again) = difference.overflowing_sub(u32::from(borrow));
            *digit = difference;
            borrow = under || under_again;
        }
        self.trim();
    }

    /// The highest 97 bits and more, or all, with what is below sticking to the lowest, and the power
    /// of two to multiply with.
    fn top_bits(&self) -> (u128, i64) {
        let skip = self.0.len().saturating_sub(4);
        let (below, top) = self.0.split_at(skip);
        let top = top
            .iter()
            .rev()
            .fold(0_u128, |top, &digit| top << 32 | u128::from(digit));
        let sticky = below.iter().any(|&digit| digit != 0);
        (top | u128::from(sticky), 32 * skip as i64)
    }

    /// The quotient to at least 66 bits, with the rest sticking to the lowest, and the power of two
    /// to multiply with.
    fn divide(mut self, mut divisor: Big) -> (u128, i64) {
        const BITS: i64 = 68;
        // Brought to where self is less than the divisor, and more than a quarter of it.
        let gap = divisor.bits() as i64 - 1 - self.bits() as i64;
        match usize::try_from(gap) {
            Ok(gap) => self.shift_up(gap),
            Err(_) => divisor.shift_up(gap.unsigned_abs() as usize),
        }
        let mut quotient = 0_u128;
        for _ in 0..BITS {
            self.multiply_add(2, 0);
            quotient <<= 1;
            if self.cmp(&divisor) != Ordering::Less {
                self.subtract(&divisor);
                quotient |= 1;
            }
        }
        (quotient << 1 | u128::from(!self.is_zero()), -gap - BITS - 1)
    }

    fn to_decimal(&self) -> String {
        const CHUNK: u64 = 1_000_000_000;
        let mut rest = self.clone();
        let mut chunks = Vec::new();
        while !rest.is_zero() {
            let mut remainder = 0_u64;
            for digit in rest.0.iter_mut().rev() {
                let value = remainder << 32 | u64::from(*digit);
                *digit = (value / CHUNK) as u32;
                remainder = value % CHUNK;
            }
            rest.trim();
            chunks.push(remainder);
        }
        let mut text = chunks.pop().unwrap_or(0).to_string();
        for chunk in chunks.iter().rev() {
            text.push_str(&format!("{chunk:09}"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_rounded_up() {
        for (text, product) in [
            ("0", 0),
            ("-0", 0),
            ("0.1", 100),
            ("1.0001", 1001),
            ("-1.0001", -1000),
            ("0.0001", 1),
            ("-0.0001", 0),
            ("1e-4000", 1),
            ("9223372036854775.807", i64::MAX),
            ("9223372036854775.806", i64::MAX - 1),
            ("1e4000", i64::MAX),
            ("-1e4000", i64::MIN),
            ("inf", i64::MAX),
            ("-inf", i64::MIN),
        ] {
            let number = Extended::parse(text.as_bytes()).unwrap();
            assert_eq!(number.times_rounded_up(1000), product, "{text}");
        }
    }

    fn sum(a: &str, b: &str) -> Option<String> {
        let [a, b] = [a, b].map(|text| Extended::parse(text.as_bytes()).unwrap());
        a.checked_add(b).map(Extended::to_text)
    }

    #[test]
    fn adds_as_the_server_does() {
        // Expected values: replies of redis-server 7.0.15 to SET a, INCRBYFLOAT b.
        for (a, b, expected) in [
            ("10.50", "0.1", "10.6"),
            ("5.0e3", "2.0e2", "5200"),
            ("0.1", "0.2", "0.3"),
            ("3.0", "1.1", "4.1"),
            ("1", "-1", "0"),
            ("-0", "-0", "0"),
            ("1e-20", "-2e-20", "0"),
            ("0x10", "0x1p-1", "16.5"),
            ("9223372036854775807", "1", "9223372036854775808"),
            ("1e30", "1", "1000000000000000000024696061952"),
        ] {
            assert_eq!(sum(a, b).as_deref(), Some(expected), "{a} + {b}");
        }
        assert_eq!(sum("inf", "1"), None);
        assert_eq!(sum("1e4932", "1e4932"), None);
    }

    #[test]
    fn refuses_what_the_server_refuses() {
        for text in [
            "",
            " 1",
            "1 ",
            "nan",
            "1e5000",
            "1e-5000",
            "1e4933",
            "abc",
            "1.2.3",
            ".",
            "-",
            "0x",
            "1e",
            "0x1p99999",
            "--1",
        ] {
            assert_eq!(Extended::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Extended::parse(&[b'1'; MAX_TEXT]), None);
        assert!(Extended::parse(b"3.6e-4951").is_some());
        assert!(Extended::parse(b"1.18e4932").is_some());
    }

    #[test]
    fn doubles_are_kept_exactly() {
        let mut rng = crate::rng::Rng::new(9);
        for _ in 0..2_000 {
            // Twelve digits write these exactly, and their difference fits in 64 bits.
            let a = (rng.next_u64() >> 34) as f64 / 1024.0;
            let b = (rng.next_u64() >> 34) as f64 / 4096.0;
            let text = sum(&format!("{a:.12}"), &format!("-{b:.12}")).unwrap();
            assert_eq!(text.parse::<f64>().unwrap(), a - b);
        }
    }
}
