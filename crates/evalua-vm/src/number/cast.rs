//! Casts from `f64` to integers, as a C compiler for x86-64 makes them.
//!
//! C leaves a cast of a number out of range undefined; scripts see what the processor does, which
//! is to give the least value of the type. Rust's `as` saturates, so it serves only inside the range.
//!
//! Invariant:
//! - F1: `HAS_SSE41` is set only where the processor has SSE 4.1.

#[cfg(all(target_arch = "x86_64", not(miri)))]
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The exclusive upper bound of `i64`, 2^63.
const I64_END: f64 = 9_223_372_036_854_775_808.0;

/// `(long)number`, PUC's `lua_Integer`: truncates toward zero; out of range and NaN give `i64::MIN`.
#[inline(always)]
pub fn to_i64(number: f64) -> i64 {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_cvttsd_si64, _mm_set_sd};
        // SAFETY: SSE2 is part of the x86-64 baseline.
        #[allow(unused_unsafe, unsafe_code, reason = "one instruction of the baseline")]
        unsafe {
            _mm_cvttsd_si64(_mm_set_sd(number))
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        if (-I64_END..I64_END).contains(&number) {
            number as i64
        } else {
            i64::MIN
        }
    }
}

/// `(int)number`: truncates toward zero; out of range and NaN give `i32::MIN`.
#[inline(always)]
pub fn to_i32(number: f64) -> i32 {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_cvttsd_si32, _mm_set_sd};
        // SAFETY: SSE2 is part of the x86-64 baseline.
        #[allow(unused_unsafe, unsafe_code, reason = "one instruction of the baseline")]
        unsafe {
            _mm_cvttsd_si32(_mm_set_sd(number))
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        if number > -2_147_483_649.0 && number < 2_147_483_648.0 {
            number as i32
        } else {
            i32::MIN
        }
    }
}

/// The integer that `number` is, if it is one of 32 bits; -0 is 0. What is out of range becomes another
/// number, whichever the cast gives.
#[inline(always)]
pub fn exact_i32(number: f64) -> Option<i32> {
    let integer = if cfg!(target_arch = "x86_64") {
        to_i32(number)
    } else {
        number as i32
    };
    (f64::from(integer) == number).then_some(integer)
}

/// The largest integral value not above `number`.
#[inline]
pub fn floor(number: f64) -> f64 {
    floor_at_once(number).unwrap_or_else(|| {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        HAS_SSE41.store(is_x86_feature_detected!("sse4.1"), Relaxed);
        number.floor()
    })
}

/// Whether the processor is known to have SSE 4.1.
#[cfg(all(target_arch = "x86_64", not(miri)))]
static HAS_SSE41: AtomicBool = AtomicBool::new(false);

/// As [`floor`], by an instruction, if the processor is known to have one. [`floor`] finds out.
#[inline(always)]
pub fn floor_at_once(number: f64) -> Option<f64> {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        let mut whole = number;
        HAS_SSE41.load(Relaxed).then(|| {
            // SAFETY: F1; it rounds down (1), and raises no flag for it (8).
            #[allow(unsafe_code, reason = "one instruction that is not of the baseline")]
            unsafe {
                std::arch::asm!(
                    "roundsd {0}, {0}, 9",
                    inlateout(xmm_reg) whole,
                    options(pure, nomem, nostack, preserves_flags)
                );
            }
            whole
        })
    }
    #[cfg(any(not(target_arch = "x86_64"), miri))]
    Some(number.floor())
}

/// `(unsigned long)number`: numbers below 2^63 go by way of [`to_i64`], so -1 becomes 2^64 - 1;
/// others have 2^63 taken off before and put back after, so 2^64 and above become 0.
#[inline]
pub fn to_u64(number: f64) -> u64 {
    if number >= I64_END {
        (to_i64(number - I64_END) as u64) ^ (1 << 63)
    } else {
        to_i64(number) as u64
    }
}
