//! `pow`, from C's library of functions of real numbers.
//!
//! Owns where it comes from. A system has its own, which is the one that PUC Lua calls there. WebAssembly has none, and what
//! Rust has in its place is often wrong in the last digit, for powers of ten too; so there powers of whole
//! exponents are worked out with twice the digits and rounded once, which is what glibc gives. The others of
//! these functions, and powers of other exponents, can differ in the last digit there.

/// C's `pow`.
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    #[cfg(target_family = "wasm")]
    if let Some(power) = whole_power(x, y) {
        return power;
    }
    x.powf(y)
}

/// A number as the sum of two, the second too small to change the first.
#[cfg(any(target_family = "wasm", test))]
#[derive(Clone, Copy)]
struct Double(f64, f64);

#[cfg(any(target_family = "wasm", test))]
impl Double {
    /// The exact product of two numbers (Dekker).
    fn product(x: f64, y: f64) -> Double {
        let split = |x: f64| {
            let scaled = x * 134_217_729.0;
            let high = scaled - (scaled - x);
            (high, x - high)
        };
        let product = x * y;
        let ((a, b), (c, d)) = (split(x), split(y));
        Double(product, ((a * c - product) + a * d + b * c) + b * d)
    }

    fn times(self, other: Double) -> Double {
        let Double(high, low) = Double::product(self.0, other.0);
        let low = low + (self.0 * other.1 + self.1 * other.0);
        let sum = high + low;
        Double(sum, low - (sum - high))
    }

    /// One divided by it, rounded.
    fn inverse(self) -> f64 {
        let guess = 1.0 / self.0;
        let Double(high, low) = Double::product(guess, self.0);
        guess + guess * ((1.0 - high) - low - guess * self.1)
    }
}

/// The power of a whole exponent, correctly rounded; `None` where that is another, or where the way there leads to numbers
/// that are too large or too small to have all their digits.
#[cfg(any(target_family = "wasm", test))]
fn whole_power(x: f64, y: f64) -> Option<f64> {
    const LARGEST: f64 = 1e270;
    let is_safe = |x: f64| (1.0 / LARGEST..LARGEST).contains(&x.abs());
    let exponent = y.abs();
    if !(exponent <= 1024.0 && exponent.fract() == 0.0) {
        return None;
    }
    let (mut power, mut factor, mut left) = (Double(1.0, 0.0), Double(x, 0.0), exponent as u32);
    loop {
        if left & 1 == 1 {
            power = power.times(factor);
        }
        left >>= 1;
        if left == 0 {
            break;
        }
        if !is_safe(factor.0) {
            return None;
        }
        factor = factor.times(factor);
    }
    if !is_safe(power.0) {
        return None;
    }
    Some(if y < 0.0 { power.inverse() } else { power.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_those_that_are_written() {
        for exponent in -269..=269 {
            let written: f64 = format!("1e{exponent}").parse().unwrap();
            assert_eq!(
                whole_power(10.0, exponent.into()),
                Some(written),
                "{exponent}"
            );
        }
    }

    #[test]
    fn whole_powers_are_those_of_the_system() {
        let mut differ = 0;
        let mut all = 0;
        for n in 1..2000_u32 {
            let x = f64::from(n * 7919 % 10_007) / 97.0 - 40.0;
            for y in -12..=12 {
                let y = f64::from(y);
                if let Some(power) = whole_power(x, y) {
                    all += 1;
                    // What the system gives is not always rounded correctly.
                    differ += u32::from(power != x.powf(y));
                    assert!((power / x.powf(y) - 1.0).abs() <= f64::EPSILON, "{x} ^ {y}");
                }
            }
        }
        assert!(all > 40_000 && differ * 1000 < all, "{differ} of {all}");
    }

    #[test]
    fn what_is_not_safe_is_left() {
        for (x, y) in [
            (2.0, 0.5),
            (10.0, 300.0),
            (1e200, 2.0),
            (f64::NAN, 2.0),
            (0.0, -1.0),
            (2.0, 1025.0),
        ] {
            assert_eq!(whole_power(x, y), None, "{x} ^ {y}");
        }
        assert_eq!(whole_power(-2.0, 3.0), Some(-8.0));
        assert_eq!(whole_power(f64::NAN, 0.0), Some(1.0));
    }
}
