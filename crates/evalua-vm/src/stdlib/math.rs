//! The mathematical library (manual 5.6).

use super::Library;
use crate::error::Throw;
use crate::heap::object::{Gc, Table};
use crate::native::{Call, LibraryRow, row};
use crate::number::cast::{floor, to_i64};
use crate::number::libm;
use crate::value::Value;
use crate::vm::Vm;

pub(super) const LIBRARY: Library = Library {
    name: Some("math"),
    functions: ROWS,
    complete,
};

const ROWS: &[LibraryRow] = &[
    row("abs", |cx| unary(cx, f64::abs)).direct(|_, args| one(args, f64::abs)),
    row("acos", |cx| unary(cx, f64::acos)),
    row("asin", |cx| unary(cx, f64::asin)),
    row("atan2", |cx| binary(cx, f64::atan2)),
    row("atan", |cx| unary(cx, f64::atan)),
    row("ceil", |cx| unary(cx, |x| -floor(-x))).direct(|_, args| one(args, |x| -floor(-x))),
    row("cosh", |cx| unary(cx, f64::cosh)),
    row("cos", |cx| unary(cx, f64::cos)).direct(|_, args| one(args, f64::cos)),
    row("deg", |cx| unary(cx, |x| x / RADIANS_PER_DEGREE)),
    row("exp", |cx| unary(cx, f64::exp)).direct(|_, args| one(args, f64::exp)),
    row("floor", |cx| unary(cx, floor)).direct(|_, args| one(args, floor)),
    row("fmod", |cx| binary(cx, |x, y| x % y)).direct(|_, args| two(args, |x, y| x % y)),
    row("frexp", frexp),
    row("ldexp", ldexp),
    row("log10", |cx| unary(cx, f64::log10)),
    row("log", |cx| unary(cx, f64::ln)).direct(|_, args| one(args, f64::ln)),
    row("max", |cx| extreme(cx, |x, most| x > most))
        .direct(|_, args| two(args, |x, y| if y > x { y } else { x })),
    row("min", |cx| extreme(cx, |x, least| x < least))
        .direct(|_, args| two(args, |x, y| if y < x { y } else { x })),
    row("modf", modf),
    row("pow", |cx| binary(cx, libm::pow)).direct(|_, args| two(args, libm::pow)),
    row("rad", |cx| unary(cx, |x| x * RADIANS_PER_DEGREE)),
    row("random", random).direct(random_direct),
    row("randomseed", randomseed),
    row("sinh", |cx| unary(cx, f64::sinh)),
    row("sin", |cx| unary(cx, f64::sin)).direct(|_, args| one(args, f64::sin)),
    row("sqrt", |cx| unary(cx, f64::sqrt)).direct(|_, args| one(args, f64::sqrt)),
    row("tanh", |cx| unary(cx, f64::tanh)),
    row("tan", |cx| unary(cx, f64::tan)),
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

/// The short cut of a function of one number.
#[inline]
fn one(args: &[Value], f: impl Fn(f64) -> f64) -> Option<Value> {
    let [x] = args else { return None };
    Some(Value::number(f(x.as_number()?)))
}

/// The short cut of a function of two numbers.
#[inline]
fn two(args: &[Value], f: impl Fn(f64, f64) -> f64) -> Option<Value> {
    let [x, y] = args else { return None };
    Some(Value::number(f(x.as_number()?, y.as_number()?)))
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
    cx.ret(within(unit, low, high))
}

/// Where in an interval a number below 1 falls.
fn within(unit: f64, low: i32, high: i32) -> f64 {
    // The width is a C `int` that may overflow.
    let width = high.wrapping_sub(low).wrapping_add(1);
    floor(unit * f64::from(width)) + f64::from(low)
}

fn random_direct(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    let int = |v: &Value| v.as_number().map(|n| to_i64(n) as i32);
    let (low, high) = match args {
        [] => return Some(Value::num(vm.random.unit())),
        [high] => (1, int(high)?),
        [low, high] => (int(low)?, int(high)?),
        _ => return None,
    };
    (low <= high).then(|| Value::num(within(vm.random.unit(), low, high)))
}

fn randomseed(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let seed = cx.check_c_int(1)?;
    cx.vm.random.seed(seed);
    Ok(0)
}
