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
    // In WebAssembly the casts that tell such integers cost more than that saves.
    if !cfg!(target_arch = "wasm32")
        && let (Some(_), Some(1..)) = (small_natural(x), small_natural(y))
        && let Some(whole) = cast::floor_at_once(x * (ABOVE_ONE / y))
    {
        return x - whole * y;
    }
    modulo_of_any(x, y)
}

/// As [`modulo`], of any numbers.
#[cfg_attr(target_arch = "wasm32", inline(always))]
#[cfg_attr(not(target_arch = "wasm32"), cold, inline(never))]
fn modulo_of_any(x: f64, y: f64) -> f64 {
    x - cast::floor(x / y) * y
}

/// The integer of 0 to 2^50, exclusive, that a number is; -0 is 0.
#[inline(always)]
fn small_natural(number: f64) -> Option<u64> {
    let integer = cast::to_i64(number);
    (integer as f64 == number && (integer as u64) < 1 << 50).then_some(integer as u64)
}

#[cfg(test)]
mod tests;
