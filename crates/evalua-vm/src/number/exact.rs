//! Doubles times powers of ten, rounded to integers: the digits of most decimal texts.
//!
//! Owns exact products within 128 bits. They are rounded to the nearest integer, ties to the even one, as glibc's
//! `printf` rounds. What does not fit is for core's formatting, which is as exact, and slower.

/// The powers of ten that times a double's 53 bits fit into 127.
const TENS: [u128; 23] = {
    let mut tens = [1; 23];
    let mut i = 1;
    while i < tens.len() {
        tens[i] = tens[i - 1] * 10;
        i += 1;
    }
    tens
};

/// A finite number that is not negative, times a power of ten, as the nearest integer, if it can be had.
#[inline]
pub(super) fn scaled(value: f64, places: usize) -> Option<u64> {
    let bits = value.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
    // The number is `mantissa * 2^power`.
    let (mantissa, power) = match exponent {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, exponent - 1075),
    };
    let product = u128::from(mantissa) * TENS.get(places)?;
    let units = if power >= 0 {
        let shift = power.unsigned_abs();
        (shift <= product.leading_zeros()).then(|| product << shift)?
    } else {
        let shift = power.unsigned_abs();
        if shift >= u128::BITS {
            // Below half.
            return Some(0);
        }
        let whole = product >> shift;
        let rest = product << (u128::BITS - shift);
        const HALF: u128 = 1 << 127;
        whole + u128::from(rest > HALF || rest == HALF && whole & 1 == 1)
    };
    u64::try_from(units).ok()
}

/// The first `count` digits, at least one, of a finite number above zero as an integer, rounded, and the power of ten of
/// the first of them; if they can be had.
#[inline]
pub(super) fn significant(value: f64, count: usize) -> Option<(u64, i32)> {
    // Of a power of two that the number reaches; this or the next one is the power of ten that it reaches.
    let binary = (value.to_bits() >> 52) as i32 - 1023;
    let exponent = (binary * 1233) >> 12;
    let end = u64::try_from(*TENS.get(count)?).ok()?;
    let last = count as i32 - 1;
    let of = |exponent: i32| {
        let units = scaled(value, usize::try_from(last - exponent).ok()?)?;
        Some((units, exponent))
    };
    let (units, exponent) = of(exponent)?;
    if units >= end {
        of(exponent + 1)
    } else if units < end / 10 {
        of(exponent - 1)
    } else {
        Some((units, exponent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differential::Random;

    #[test]
    fn digits_are_those_of_core() {
        let mut random = Random(7);
        let mut had = 0;
        for round in 0..200_000 {
            let value = match round % 4 {
                0 => random.double().abs(),
                1 => (random.below(1 << 53) as f64) / 2_f64.powi(random.below(60) as i32),
                2 => random.below(1_000_000) as f64 / 10_f64.powi(random.below(9) as i32),
                // Around powers of ten, and ties.
                _ => {
                    let ten = 10_f64.powi(random.below(40) as i32 - 20);
                    [ten, ten.next_up(), ten.next_down(), ten * 1.5, ten + 0.5][random.below(5)]
                }
            };
            if !value.is_finite() || value == 0.0 {
                continue;
            }
            let count = 1 + random.below(19);
            if let Some((units, exponent)) = significant(value, count) {
                had += 1;
                let expected = format!("{value:.*e}", count - 1).replace('.', "");
                assert_eq!(format!("{units}e{exponent}"), expected, "{value:e} {count}");
            }
            let places = random.below(23);
            if let Some(units) = scaled(value, places) {
                let expected = format!("{value:.places$}").replace('.', "");
                let expected = expected.trim_start_matches('0');
                let units = if units == 0 {
                    String::new()
                } else {
                    units.to_string()
                };
                assert_eq!(units, expected, "{value:e} {places}");
            }
        }
        assert!(had > 90_000, "{had}");
    }
}
