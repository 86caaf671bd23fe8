//! Numbers as text, and the C conversions and generators that Lua 5.1 inherits from its host.
//!
//! Owns what `glibc` gives PUC Lua on x86-64 Linux: `printf`, `strtoul`, the casts from `double`,
//! `rand`; and the operator `%`. Its `strtod` is in the syntax crate, which reads literals with it. Knows nothing of values,
//! strings on the heap or the interpreter.

pub mod cast;
mod exact;
pub mod format;
pub mod libm;
pub mod parse;
pub mod printf;
pub mod random;

pub use evalua_syntax::strtod;

/// `x % y` (manual 2.5.1): what is left of `x` after whole multiples of `y`, towards negative infinity.
#[inline(always)]
pub fn modulo(x: f64, y: f64) -> f64 {
    /// The number after 1.
    const ABOVE_ONE: f64 = 1.0 + f64::EPSILON;
    // The next number of a hash or of a generator waits for it, but seldom for `y`: a product with the
    // reciprocal is there sooner than a quotient. Of integers of 0 to 2^50 it is never too small, nor so
    // large that it reaches the next integer, so it has the same floor as the quotient.
    if is_small_natural(x) && is_small_natural(y) && y != 0.0 {
        return x - cast::floor(x * (ABOVE_ONE / y)) * y;
    }
    x - cast::floor(x / y) * y
}

/// Whether a number is an integer of 0 to 2^50, exclusive; -0 is.
#[inline(always)]
fn is_small_natural(number: f64) -> bool {
    let integer = cast::to_i64(number);
    integer as f64 == number && (integer as u64) < 1 << 50
}

#[cfg(test)]
mod tests;
