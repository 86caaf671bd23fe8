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
    // Of integers both ways give the same, and this one is shorter: the next number of a hash or of
    // a generator waits for it.
    if let (Some(dividend), Some(divisor)) = (cast::exact_u32(x), cast::exact_u32(y))
        && divisor != 0
    {
        return f64::from(dividend % divisor);
    }
    x - cast::floor(x / y) * y
}

#[cfg(test)]
mod tests;
