//! `bit`: operations on 32-bit integers, as Lua BitOp 1.0.2 has them.
//!
//! Owns the conversion of a number to 32 bits and the operations, which no crate offers with these
//! roundings and errors.

use evalua_vm::stack::{Call, Throw};

const ROWS: &[super::Row] = &[
    ("tobit", |call| unary(call, |b| b)),
    ("bnot", |call| unary(call, |b| !b)),
    ("band", |call| fold(call, |a, b| a & b)),
    ("bor", |call| fold(call, |a, b| a | b)),
    ("bxor", |call| fold(call, |a, b| a ^ b)),
    ("lshift", |call| shift(call, |b, n| b << n)),
    ("rshift", |call| shift(call, |b, n| b >> n)),
    ("arshift", |call| shift(call, |b, n| (b as i32 >> n) as u32)),
    ("rol", |call| shift(call, u32::rotate_left)),
    ("ror", |call| shift(call, u32::rotate_right)),
    ("bswap", |call| unary(call, u32::swap_bytes)),
    ("tohex", tohex),
];

/// 2^52 + 2^51: added to a number, leaves its integral part, rounded half to even and modulo 2^32,
/// in the low bits of the sum.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Pushes the table of the library.
pub(super) fn open(call: &mut Call<'_>) -> Result<(), Throw> {
    call.push_table(0, ROWS.len())?;
    super::register(call, ROWS)
}

/// An argument as 32 bits.
fn bits(call: &mut Call<'_>, i: usize) -> Result<u32, Throw> {
    match call.number_at(i)? {
        Some(n) if n.is_nan() => Ok(0),
        Some(n) => Ok((n + ROUND).to_bits() as u32),
        None => Err(call.raise_argument_type(i, "number")),
    }
}

fn push_bits(call: &mut Call<'_>, b: u32) -> Result<u32, Throw> {
    call.push_number(f64::from(b as i32))?;
    Ok(1)
}

fn unary(call: &mut Call<'_>, op: fn(u32) -> u32) -> Result<u32, Throw> {
    let b = bits(call, 1)?;
    push_bits(call, op(b))
}

/// The first argument, and to it from the last to the second the others.
fn fold(call: &mut Call<'_>, op: fn(u32, u32) -> u32) -> Result<u32, Throw> {
    let mut b = bits(call, 1)?;
    for i in (2..=call.argument_count()).rev() {
        b = op(b, bits(call, i)?);
    }
    push_bits(call, b)
}

fn shift(call: &mut Call<'_>, op: fn(u32, u32) -> u32) -> Result<u32, Throw> {
    let b = bits(call, 1)?;
    let n = bits(call, 2)? & 31;
    push_bits(call, op(b, n))
}

/// `bit.tohex(x [, n])`: the last `n` hexadecimal digits, capitals if it is negative.
fn tohex(call: &mut Call<'_>) -> Result<u32, Throw> {
    let b = bits(call, 1)?;
    let n = match call.argument_count() {
        1 => 8,
        _ => bits(call, 2)? as i32,
    };
    let text = if n < 0 {
        format!("{b:08X}")
    } else {
        format!("{b:08x}")
    };
    let count = n.unsigned_abs().min(8) as usize;
    call.push_bytes(&text.as_bytes()[8 - count..])?;
    Ok(1)
}
