//! Doubles to integers as C does it on x86-64, where PUC's and Redis's answers come from: what does
//! not fit becomes the smallest integer, while Rust's `as` saturates.

/// Truncates toward zero; what does not fit gives `i32::MIN`.
#[inline(always)]
pub fn truncate_i32(n: f64) -> i32 {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_cvttsd_si32, _mm_set_sd};
        // SAFETY: SSE2 is part of the x86-64 baseline.
        #[allow(unused_unsafe, unsafe_code, reason = "safe from Rust 1.87 on; one instruction")]
        unsafe {
            _mm_cvttsd_si32(_mm_set_sd(n))
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        if n > -2147483649.0 && n < 2147483648.0 { n as i32 } else { i32::MIN }
    }
}

/// Truncates toward zero; what does not fit gives `i64::MIN`.
#[inline(always)]
pub fn truncate_i64(n: f64) -> i64 {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_cvttsd_si64, _mm_set_sd};
        // SAFETY: SSE2 is part of the x86-64 baseline.
        #[allow(unused_unsafe, unsafe_code, reason = "safe from Rust 1.87 on; one instruction")]
        unsafe {
            _mm_cvttsd_si64(_mm_set_sd(n))
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        const LIMIT: f64 = 9223372036854775808.0;
        if n >= -LIMIT && n < LIMIT { n as i64 } else { i64::MIN }
    }
}

/// The largest integral value not above `n`, without a call for all but huge numbers.
#[inline(always)]
pub(crate) fn floor(n: f64) -> f64 {
    let i = truncate_i64(n);
    if i == i64::MIN {
        return n.floor();
    }
    let whole = i as f64;
    let down = if whole > n { whole - 1.0 } else { whole };
    down.copysign(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_that_do_not_fit_give_the_minimum() {
        for n in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 9.3e18, -9.3e18] {
            assert_eq!(truncate_i64(n), i64::MIN, "{n}");
            assert_eq!(truncate_i32(n), i32::MIN, "{n}");
        }
        assert_eq!(truncate_i32(-3.99), -3);
        assert_eq!(truncate_i64(4e18), 4_000_000_000_000_000_000);
    }

    #[test]
    fn floor_is_exact() {
        for n in [0.0, -0.0, 0.5, -0.5, 3.0, -3.0, -3.1, 1e300, -1e300, 4.5e15, f64::INFINITY] {
            assert_eq!(floor(n).to_bits(), n.floor().to_bits(), "{n}");
        }
        assert!(floor(f64::NAN).is_nan());
    }
}
