//! The mathematical library (manual 5.6).

use super::Library;
use crate::error::Throw;
use crate::heap::object::{Gc, Table};
use crate::native::{Call, LibraryRow};
use crate::number::cast::floor;
use crate::value::Value;
use crate::vm::Vm;

pub(super) const LIBRARY: Library = Library {
    name: Some("math"),
    functions: ROWS,
    complete,
};

const ROWS: &[LibraryRow] = &[
    ("abs", |cx| unary(cx, f64::abs)),
    ("acos", |cx| unary(cx, f64::acos)),
    ("asin", |cx| unary(cx, f64::asin)),
    ("atan2", |cx| binary(cx, f64::atan2)),
    ("atan", |cx| unary(cx, f64::atan)),
    ("ceil", |cx| unary(cx, |x| -floor(-x))),
    ("cosh", |cx| unary(cx, f64::cosh)),
    ("cos", |cx| unary(cx, f64::cos)),
    ("deg", |cx| unary(cx, |x| x / RADIANS_PER_DEGREE)),
    ("exp", |cx| unary(cx, f64::exp)),
    ("floor", |cx| unary(cx, floor)),
    ("fmod", |cx| binary(cx, |x, y| x % y)),
    ("frexp", frexp),
    ("ldexp", ldexp),
    ("log10", |cx| unary(cx, f64::log10)),
    ("log", |cx| unary(cx, f64::ln)),
    ("max", |cx| extreme(cx, |x, most| x > most)),
    ("min", |cx| extreme(cx, |x, least| x < least)),
    ("modf", modf),
    ("pow", |cx| binary(cx, f64::powf)),
    ("rad", |cx| unary(cx, |x| x * RADIANS_PER_DEGREE)),
    ("random", random),
    ("randomseed", randomseed),
    ("sinh", |cx| unary(cx, f64::sinh)),
    ("sin", |cx| unary(cx, f64::sin)),
    ("sqrt", |cx| unary(cx, f64::sqrt)),
    ("tanh", |cx| unary(cx, f64::tanh)),
    ("tan", |cx| unary(cx, f64::tan)),
];

const RADIANS_PER_DEGREE: f64 = std::f64::consts::PI / 180.0;

fn complete(vm: &mut Vm, math: Gc<Table>) -> Result<(), Throw> {
    vm.set_field(math, "pi", Value::num(std::f64::consts::PI))?;
    vm.set_field(math, "huge", Value::num(f64::INFINITY))?;
    // The name that Lua 5.0 had for it.
    let fmod = vm.field(math, "fmod")?;
    vm.set_field(math, "mod", fmod)
}

#[inline]
fn unary(cx: &mut Call<'_>, f: impl Fn(f64) -> f64) -> Result<u32, Throw> {
    let x = cx.check_number(1)?;
    cx.ret(f(x))
}

#[inline]
fn binary(cx: &mut Call<'_>, f: impl Fn(f64, f64) -> f64) -> Result<u32, Throw> {
    // The compiler of PUC's C evaluates the last operand first.
    let y = cx.check_number(2)?;
    let x = cx.check_number(1)?;
    cx.ret(f(x, y))
}

/// The argument that beats all before it.
#[inline]
fn extreme(cx: &mut Call<'_>, beats: impl Fn(f64, f64) -> bool) -> Result<u32, Throw> {
    let mut best = cx.check_number(1)?;
    for i in 2..=cx.count() {
        let x = cx.check_number(i)?;
        if beats(x, best) {
            best = x;
        }
    }
    cx.ret(best)
}

fn modf(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let x = cx.check_number(1)?;
    let fraction = if x.is_infinite() { 0.0 } else { x.fract() };
    // The fraction has the sign of the whole, also where it is zero.
    cx.ret_all(&[
        Value::number(x.trunc()),
        Value::number(fraction.copysign(x)),
    ])
}

fn frexp(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let x = cx.check_number(1)?;
    let (fraction, exponent) = split(x);
    cx.ret_all(&[Value::number(fraction), Value::num(exponent.into())])
}

/// A fraction of at least a half and below 1, and the power of two that it is to be multiplied by.
fn split(x: f64) -> (f64, i32) {
    const FRACTION_BITS: u32 = 52;
    const EXPONENT: u64 = 0x7ff;
    const HALF: u64 = 1022;
    let exponent = |x: f64| x.to_bits() >> FRACTION_BITS & EXPONENT;
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    // A subnormal number is brought into the normal range first.
    let (x, shift) = match exponent(x) {
        0 => (x * 2f64.powi(64), 64),
        _ => (x, 0),
    };
    let rest = x.to_bits() & !(EXPONENT << FRACTION_BITS);
    let fraction = f64::from_bits(rest | HALF << FRACTION_BITS);
    (fraction, exponent(x) as i32 - HALF as i32 - shift)
}

fn ldexp(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let power = cx.check_c_int(2)?;
    let x = cx.check_number(1)?;
    // Beyond this the result is zero or infinite whatever the fraction.
    const LIMIT: i32 = 2200;
    let (fraction, exponent) = split(x);
    let power = exponent.saturating_add(power).clamp(-LIMIT, LIMIT);
    // In steps, each of which is in range; only the last may round.
    let step = 2f64.powi(power.signum() * 1000);
    let mut result = fraction;
    for _ in 0..power.abs() / 1000 {
        result *= step;
    }
    cx.ret(result * 2f64.powi(power % 1000))
}

fn random(cx: &mut Call<'_>) -> Result<u32, Throw> {
    // PUC takes the number before it looks at the arguments.
    let unit = cx.vm.random.unit();
    let (low, high) = match cx.count() {
        0 => return cx.ret(unit),
        1 => (1, cx.check_c_int(1)?),
        2 => (cx.check_c_int(1)?, cx.check_c_int(2)?),
        _ => return Err(cx.error("wrong number of arguments")),
    };
    if low > high {
        let last = cx.count();
        return Err(cx.arg_error(last, "interval is empty"));
    }
    // The width is a C `int` that may overflow.
    let width = high.wrapping_sub(low).wrapping_add(1);
    cx.ret(floor(unit * f64::from(width)) + f64::from(low))
}

fn randomseed(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let seed = cx.check_c_int(1)?;
    cx.vm.random.seed(seed);
    Ok(0)
}
