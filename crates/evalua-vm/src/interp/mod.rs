//! The interpreter loop.
//!
//! Owns: the loop and its fast paths, one arm an opcode. What an arm cannot do quickly is a function in
//! a file beside this one. It must not know the libraries.
//!
//! Invariants:
//! - I1: code comes from the compiler and passed the verifier: register operands are below the
//!   prototype's register count, constant, upvalue and prototype operands exist and have the type the
//!   opcode wants, jumps stay inside the code, the last instruction returns.
//! - I2: a running Lua frame has room for its registers (K2). What [`At`] holds is derived
//!   from the running frame, and derived again after whatever can grow the stack or change frames.
//! - I3: the frame's `pc` is saved before whatever can raise an error, call or collect.
//! - I4: the running closure lies on the stack below `base`, so its prototype, constants, upvalues and
//!   environment are alive.
//! - I5: a safepoint comes only after an instruction has stored all it made.
//! - I6: each arithmetic instruction leaves its result in the accumulator as well as in its register, and
//!   only one that runs right after it reads it there (verified, as I1).
#![allow(
    unsafe_code,
    reason = "unchecked registers and constants; see the invariants"
)]

mod access;
mod arith;
mod at;
pub(crate) mod call;
mod compare;
mod concat;
pub(crate) mod coroutine;
pub(crate) mod hook;
pub(crate) mod name;
mod next;
mod running;
mod safepoint;

pub(crate) use arith::Arith;
pub(crate) use safepoint::{Safepoint, collect_at_rest, finalize_all};

use crate::bytecode::op::Op;
use crate::error::Throw;
use crate::number::{libm, modulo};
use crate::value::Value;
use crate::vm::{MAX_NATIVE_DEPTH, Vm};
use at::At;
use next::Next;
use running::Running;
use safepoint::collect_at_safepoint;
use std::mem::MaybeUninit;

/// Where an operand came from: its value, and its register for error messages.
#[derive(Clone, Copy)]
pub(crate) struct Operand {
    pub(crate) value: Value,
    /// The register of the running frame, if it came from one.
    pub(crate) register: Option<u8>,
}

impl Operand {
    #[inline(always)]
    fn reg(value: Value, register: u16) -> Operand {
        Operand {
            value,
            register: Some(register as u8),
        }
    }
}

impl From<Value> for Operand {
    fn from(value: Value) -> Operand {
        Operand {
            value,
            register: None,
        }
    }
}

/// Runs the Lua frame on top until it returns; its results are where the caller of the frame wants
/// them, and the top is after them if all were wanted.
///
/// The frame must be marked fresh: the loop goes on with frames that it calls, and ends with this one.
pub(crate) fn run(vm: &mut Vm) -> Result<(), Throw> {
    loop {
        let ended = if vm.thread.is_looked_at() {
            run_loop::<true>(vm)?
        } else {
            run_loop::<false>(vm)?
        };
        if ended == Ended::Frame {
            return Ok(());
        }
    }
}

/// Why the loop ended without an error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The fresh frame has returned.
    Frame,
    /// The other loop is to go on: a hook was set or taken off.
    Loop,
}

/// The loop, with and without hooks.
fn run_loop<const HOOKED: bool>(vm: &mut Vm) -> Result<Ended, Throw> {
    let mut at = At::top(vm.thread);
    // The result of the last instruction, if it was arithmetic (I6).
    let mut accumulator = MaybeUninit::<f64>::uninit();

    /// Does what can raise an error, call Lua or grow the stack.
    macro_rules! slow {
        ($e:expr) => {{
            at.save_pc();
            let result = $e?;
            at.load_base(vm.thread);
            result
        }};
    }
    /// Counts a call or a turn of a loop.
    macro_rules! count {
        () => {{
            vm.fuel.slice -= 1;
            if vm.fuel.slice < 0 {
                at.save_pc();
                vm.fuel.next_slice()?;
            }
        }};
    }
    /// Does what a safepoint is there for: collects, or gives way to the other loop.
    macro_rules! attend {
        ($extent:expr) => {{
            collect_at_safepoint(vm, $extent)?;
            // What is counted is so from its first instruction on: this loop has none of it.
            let is_looked_at = match HOOKED {
                true => vm.thread.is_looked_at(),
                false => vm.thread.is_hooked(),
            };
            if is_looked_at != HOOKED {
                return Ok(Ended::Loop);
            }
            at.load_base(vm.thread);
        }};
    }
    /// A place where the collector may run (I5).
    macro_rules! safepoint {
        () => {{
            if vm.heap.wants_safepoint() {
                at.save_pc();
                let extent = vm.thread.extent();
                attend!(extent);
            }
        }};
    }
    /// A safepoint after a native function: registers above its results are free, so what they held
    /// may go, as in PUC, where the collector runs inside the function.
    macro_rules! safepoint_after_call {
        () => {{
            if vm.heap.wants_safepoint() {
                at.save_pc();
                let extent = vm.thread.top();
                attend!(extent);
            }
        }};
    }
    /// An operand of arithmetic as a number. The loop for hooked coroutines takes it from its register,
    /// which a hook may have changed.
    macro_rules! number {
        ($i:ident, B) => {
            at.num($i.b())
        };
        ($i:ident, C) => {
            at.num($i.c())
        };
        ($i:ident, K) => {
            at.constant($i.c()).as_num()
        };
        ($i:ident, Acc) => {
            // What runs WebAssembly finds a register of its own choice.
            if HOOKED || cfg!(target_arch = "wasm32") {
                at.num($i.b())
            } else {
                // SAFETY: I6.
                let held = unsafe { accumulator.assume_init() };
                if cfg!(feature = "checks") {
                    assert_eq!(held.to_bits(), at.reg($i.b()).bits(), "accumulator");
                }
                held
            }
        };
    }
    /// The same operand, for the slow path.
    macro_rules! operand {
        ($i:ident, C) => {
            at.operand($i.c())
        };
        ($i:ident, K) => {
            at.constant_operand($i.c())
        };
        ($i:ident, $b_or_acc:ident) => {
            at.operand($i.b())
        };
    }
    /// Arithmetic. A value that is no number reads as a NaN, and so does the result then: one test of the
    /// result serves for both operands. What is really a NaN is told apart on the slow path.
    macro_rules! arith {
        ($i:ident, $op:ident, $l:ident, $r:ident, |$x:ident, $y:ident| $e:expr, $next:ident) => {{
            let ($x, $y) = (number!($i, $l), number!($i, $r));
            let mut n: f64 = $e;
            if !n.is_nan() {
                at.set($i.a(), Value::num(n));
            } else {
                let (l, r) = (operand!($i, $l), operand!($i, $r));
                let (l, r) = if $i.d() == 0 { (l, r) } else { (r, l) };
                let v = slow!(vm.arith(Arith::$op, l, r));
                at.set($i.a(), v);
                n = v.as_num();
            }
            accumulator = MaybeUninit::new(n);
            Next::$next
        }};
    }
    /// A power, which can be a number where an operand is a NaN.
    macro_rules! power {
        ($i:ident, $r:expr, $operand:expr) => {{
            let (l, r) = (at.reg($i.b()), $r);
            if l.is_number() && r.is_number() {
                at.set($i.a(), Value::num(libm::pow(l.as_num(), r.as_num())));
            } else {
                let v = slow!(vm.arith(Arith::Pow, Operand::reg(l, $i.b()), $operand(r)));
                at.set($i.a(), v);
            }
        }};
    }
    /// Where the comparison holds, both are numbers; where it does not and neither is a NaN, too.
    macro_rules! compare {
        ($i:ident, $wanted:literal, $slow:ident, |$x:ident, $y:ident| $e:expr) => {{
            let ($x, $y) = (at.num($i.a()), at.num($i.b()));
            let holds = if $e {
                true
            } else if !($x.is_nan() || $y.is_nan()) {
                false
            } else {
                slow!(vm.$slow(at.reg($i.a()), at.reg($i.b())))
            };
            if holds == $wanted {
                at.jump($i.j());
            }
        }};
    }
    macro_rules! compare_k {
        ($i:ident, $wanted:literal, $slow:ident, swap $swap:literal, |$x:ident, $y:ident| $e:expr) => {{
            let ($x, $y) = (at.num($i.a()), at.constant($i.b()).as_num());
            let holds = if $e {
                true
            } else if !($x.is_nan() || $y.is_nan()) {
                false
            } else if $swap {
                slow!(vm.$slow(at.constant($i.b()), at.reg($i.a())))
            } else {
                slow!(vm.$slow(at.reg($i.a()), at.constant($i.b())))
            };
            if holds == $wanted {
                at.jump($i.j());
            }
        }};
    }
    macro_rules! equal {
        ($i:ident, $l:expr, $r:expr, $wanted:literal) => {{
            let (l, r) = ($l, $r);
            let holds = if l.as_num() == r.as_num() {
                true
            } else if l.bits() == r.bits() {
                // But a NaN is not equal to itself.
                !l.is_number()
            } else if l.is_collectable() && r.is_collectable() {
                slow!(vm.equal(l, r))
            } else {
                false
            };
            if holds == $wanted {
                at.jump($i.j());
            }
        }};
    }
    /// Goes on in the frame that `precall` pushed, or after the native function that it called.
    macro_rules! called {
        ($lua:expr) => {{
            if $lua {
                at = At::top(vm.thread);
            } else {
                at.load_base(vm.thread);
                safepoint_after_call!();
            }
        }};
    }
    /// Ends the running frame, of which nothing is captured any more.
    macro_rules! return_values {
        ($first:expr, $count:expr) => {{
            if at.end::<HOOKED>(vm, $first, $count)? {
                return Ok(Ended::Frame);
            }
        }};
    }

    loop {
        let i = Running(at.step());
        if HOOKED {
            let before = at.replace_saved(at.pc);
            vm.hook_instruction(before)?;
            at.load_base(vm.thread);
        }
        let next = 'op: {
            // SAFETY: I1: the byte was made from an opcode.
            match unsafe { std::mem::transmute::<u8, Op>(i.opcode()) } {
                Op::Move => {
                    at.set(i.a(), at.reg(i.b()));
                    Next::Plain
                }
                Op::LoadK => {
                    at.set(i.a(), at.constant(i.kx()));
                    Next::Plain
                }
                Op::LoadNil => {
                    for r in u16::from(i.a())..=i.b() {
                        at.set(r, Value::NIL);
                    }
                    Next::Rare
                }
                Op::LoadFalse => {
                    at.set(i.a(), Value::FALSE);
                    Next::Plain
                }
                Op::LoadTrue => {
                    at.set(i.a(), Value::TRUE);
                    Next::Plain
                }
                Op::LoadFalseSkip => {
                    at.set(i.a(), Value::FALSE);
                    at.jump(1);
                    Next::Rare
                }
                Op::GetUpval => {
                    // SAFETY: an upvalue is a live variable.
                    at.set(i.a(), unsafe { *at.upvalue(i.b()) });
                    Next::Plain
                }
                Op::SetUpval => {
                    let v = at.reg(i.a());
                    // SAFETY: as above.
                    unsafe { *at.upvalue(i.b()) = v };
                    Next::Plain
                }
                Op::GetGlobal => {
                    let key = at.constant(i.g());
                    let env = at.env();
                    let mut v = access::load_hinted(env, key, i.d());
                    if v.is_nil() {
                        v = slow!(vm.get_hinted(env.into(), None, key, at.pc));
                    }
                    at.set(i.a(), v);
                    Next::Plain
                }
                Op::SetGlobal => {
                    let key = at.constant(i.g());
                    let env = at.env();
                    let v = at.reg(i.a());
                    if !access::store_field(env.into(), key, i.d(), v) {
                        slow!(vm.set_hinted(env.into(), None, key, v, at.pc));
                    }
                    Next::Field
                }
                Op::GetTable => {
                    let (object, key) = (at.reg(i.b()), at.reg(i.c()));
                    let v = match access::load(object, key) {
                        Some(v) => v,
                        None => slow!(vm.get(Operand::reg(object, i.b()), key)),
                    };
                    at.set(i.a(), v);
                    Next::Index
                }
                Op::GetField => {
                    let (object, key) = (at.reg(i.b()), at.constant(i.c()));
                    let mut v = Value::NIL;
                    if let Some(t) = object.as_table() {
                        v = access::load_hinted(t, key, i.d());
                    }
                    if v.is_nil() {
                        v = slow!(vm.get_hinted(object, Some(i.b() as u8), key, at.pc));
                    }
                    at.set(i.a(), v);
                    Next::Field
                }
                Op::GetInt => {
                    let object = at.reg(i.b());
                    let v = match access::load_item(object, i32::from(i.c())) {
                        Some(v) => v,
                        None => {
                            let key = Value::num(f64::from(i.c()));
                            slow!(vm.get(Operand::reg(object, i.b()), key))
                        }
                    };
                    at.set(i.a(), v);
                    Next::Index
                }
                Op::SetTable => {
                    let (object, key, v) = (at.reg(i.a()), at.reg(i.b()), at.reg(i.c()));
                    if !access::store(object, key, v) {
                        slow!(vm.set(Operand::reg(object, i.a().into()), key, v));
                    }
                    Next::Index
                }
                Op::SetTableK => {
                    let (object, key, v) = (at.reg(i.a()), at.reg(i.b()), at.constant(i.c()));
                    if !access::store(object, key, v) {
                        slow!(vm.set(Operand::reg(object, i.a().into()), key, v));
                    }
                    Next::Index
                }
                Op::SetField => {
                    let (object, key, v) = (at.reg(i.a()), at.constant(i.b()), at.reg(i.c()));
                    if !access::store_field(object, key, i.d(), v) {
                        slow!(vm.set_hinted(object, Some(i.a()), key, v, at.pc));
                    }
                    Next::Field
                }
                Op::SetFieldK => {
                    let (object, key, v) = (at.reg(i.a()), at.constant(i.b()), at.constant(i.c()));
                    if !access::store_field(object, key, i.d(), v) {
                        slow!(vm.set_hinted(object, Some(i.a()), key, v, at.pc));
                    }
                    Next::Field
                }
                Op::SetInt => {
                    let (object, v) = (at.reg(i.a()), at.reg(i.c()));
                    if !access::store_item(object, i.b().into(), v) {
                        let key = Value::num(f64::from(i.b()));
                        slow!(vm.set(Operand::reg(object, i.a().into()), key, v));
                    }
                    Next::Index
                }
                Op::NewTable => {
                    at.save_pc();
                    at.set(i.a(), vm.heap.table_coded(i.b(), i.c())?.into());
                    safepoint!();
                    Next::Rare
                }
                Op::SelfField => {
                    let (object, key) = (at.reg(i.b()), at.constant(i.c()));
                    at.set(usize::from(i.a()) + 1, object);
                    let mut v = Value::NIL;
                    if let Some(t) = object.as_table() {
                        v = access::load_hinted(t, key, i.d());
                    } else if object.is_string()
                        && let Some(t) = vm.string_methods()
                    {
                        v = access::load_hinted(t, key, i.d());
                    }
                    if v.is_nil() {
                        v = slow!(vm.get_hinted(object, Some(i.b() as u8), key, at.pc));
                    }
                    at.set(i.a(), v);
                    Next::Field
                }
                Op::Add => arith!(i, Add, B, C, |x, y| x + y, Sum),
                Op::Sub => arith!(i, Sub, B, C, |x, y| x - y, Sum),
                Op::Mul => arith!(i, Mul, B, C, |x, y| x * y, Product),
                Op::Div => arith!(i, Div, B, C, |x, y| x / y, Quotient),
                Op::Mod => arith!(i, Mod, B, C, |x, y| modulo(x, y), Quotient),
                Op::Pow => {
                    power!(i, at.reg(i.c()), |r| Operand::reg(r, i.c()));
                    Next::Rare
                }
                Op::AddK => arith!(i, Add, B, K, |x, y| x + y, Sum),
                Op::SubK => arith!(i, Sub, B, K, |x, y| x - y, Sum),
                Op::MulK => arith!(i, Mul, B, K, |x, y| x * y, Product),
                Op::DivK => arith!(i, Div, B, K, |x, y| x / y, Quotient),
                Op::ModK => arith!(i, Mod, B, K, |x, y| modulo(x, y), Quotient),
                Op::PowK => {
                    power!(i, at.constant(i.c()), Operand::from);
                    Next::Rare
                }
                Op::SubFromK => arith!(i, Sub, K, B, |x, y| x - y, FromA),
                Op::DivFromK => arith!(i, Div, K, B, |x, y| x / y, FromA),
                Op::AddA => arith!(i, Add, Acc, C, |x, y| x + y, SumA),
                Op::SubA => arith!(i, Sub, Acc, C, |x, y| x - y, SumA),
                Op::MulA => arith!(i, Mul, Acc, C, |x, y| x * y, ProductA),
                Op::DivA => arith!(i, Div, Acc, C, |x, y| x / y, QuotientA),
                Op::ModA => arith!(i, Mod, Acc, C, |x, y| modulo(x, y), QuotientA),
                Op::AddKA => arith!(i, Add, Acc, K, |x, y| x + y, SumA),
                Op::SubKA => arith!(i, Sub, Acc, K, |x, y| x - y, SumA),
                Op::MulKA => arith!(i, Mul, Acc, K, |x, y| x * y, ProductA),
                Op::DivKA => arith!(i, Div, Acc, K, |x, y| x / y, QuotientA),
                Op::ModKA => arith!(i, Mod, Acc, K, |x, y| modulo(x, y), QuotientA),
                Op::SubFromA => arith!(i, Sub, C, Acc, |x, y| x - y, FromA),
                Op::DivFromA => arith!(i, Div, C, Acc, |x, y| x / y, FromA),
                Op::SubFromKA => arith!(i, Sub, K, Acc, |x, y| x - y, FromA),
                Op::DivFromKA => arith!(i, Div, K, Acc, |x, y| x / y, FromA),
                Op::Neg => {
                    let n = -at.num(i.b());
                    if !n.is_nan() {
                        at.set(i.a(), Value::num(n));
                    } else {
                        let operand = at.operand(i.b());
                        let v = slow!(vm.arith(Arith::Unm, operand, operand));
                        at.set(i.a(), v);
                    }
                    Next::Rare
                }
                Op::Not => {
                    at.set(i.a(), Value::bool(at.reg(i.b()).is_falsy()));
                    Next::Plain
                }
                Op::Len => {
                    let v = at.reg(i.b());
                    let n = match v.as_table() {
                        Some(t) => t.length(),
                        None => match v.as_str() {
                            Some(s) => s.len(),
                            None => {
                                let v = slow!(vm.len(Operand::reg(v, i.b())));
                                at.set(i.a(), v);
                                break 'op Next::Rare;
                            }
                        },
                    };
                    at.set(i.a(), Value::num(n as f64));
                    Next::Rare
                }
                Op::Concat => {
                    let v = slow!(vm.concat(i.b() as u8, i.c() as u8));
                    at.set(i.a(), v);
                    safepoint!();
                    Next::Rare
                }
                Op::Jump => {
                    at.jump(i.j());
                    Next::Test
                }
                Op::LoopBack => {
                    count!();
                    at.jump(i.j());
                    Next::Loop
                }
                Op::JumpIf => {
                    if at.reg(i.a()).is_truthy() {
                        at.jump(i.j());
                    }
                    Next::Test
                }
                Op::JumpIfNot => {
                    if at.reg(i.a()).is_falsy() {
                        at.jump(i.j());
                    }
                    Next::Test
                }
                Op::JumpIfSet => {
                    let v = at.reg(i.b());
                    if v.is_truthy() {
                        at.set(i.a(), v);
                        at.jump(i.j());
                    }
                    Next::Test
                }
                Op::JumpIfNotSet => {
                    let v = at.reg(i.b());
                    if v.is_falsy() {
                        at.set(i.a(), v);
                        at.jump(i.j());
                    }
                    Next::Test
                }
                Op::JumpEq => {
                    equal!(i, at.reg(i.a()), at.reg(i.b()), true);
                    Next::Equal
                }
                Op::JumpNe => {
                    equal!(i, at.reg(i.a()), at.reg(i.b()), false);
                    Next::Equal
                }
                Op::JumpEqK => {
                    equal!(i, at.reg(i.a()), at.constant(i.b()), true);
                    Next::EqualK
                }
                Op::JumpNeK => {
                    equal!(i, at.reg(i.a()), at.constant(i.b()), false);
                    Next::EqualK
                }
                Op::JumpLt => {
                    compare!(i, true, less_than, |x, y| x < y);
                    Next::Less
                }
                Op::JumpNotLt => {
                    compare!(i, false, less_than, |x, y| x < y);
                    Next::Less
                }
                Op::JumpLe => {
                    compare!(i, true, less_equal, |x, y| x <= y);
                    Next::LessEqual
                }
                Op::JumpNotLe => {
                    compare!(i, false, less_equal, |x, y| x <= y);
                    Next::LessEqual
                }
                Op::JumpLtK => {
                    compare_k!(i, true, less_than, swap false, |x, y| x < y);
                    Next::LessK
                }
                Op::JumpNotLtK => {
                    compare_k!(i, false, less_than, swap false, |x, y| x < y);
                    Next::LessK
                }
                Op::JumpLeK => {
                    compare_k!(i, true, less_equal, swap false, |x, y| x <= y);
                    Next::LessK
                }
                Op::JumpNotLeK => {
                    compare_k!(i, false, less_equal, swap false, |x, y| x <= y);
                    Next::LessK
                }
                Op::JumpGtK => {
                    compare_k!(i, true, less_than, swap true, |x, y| y < x);
                    Next::GreaterK
                }
                Op::JumpNotGtK => {
                    compare_k!(i, false, less_than, swap true, |x, y| y < x);
                    Next::GreaterK
                }
                Op::JumpGeK => {
                    compare_k!(i, true, less_equal, swap true, |x, y| y <= x);
                    Next::GreaterK
                }
                Op::JumpNotGeK => {
                    compare_k!(i, false, less_equal, swap true, |x, y| y <= x);
                    Next::GreaterK
                }
                Op::Call => {
                    count!();
                    at.save_pc();
                    let wanted = i32::from(i.c()) - 1;
                    let (first, count) = at.values(vm.thread, usize::from(i.a()) + 1, i.b());
                    if HOOKED || !at.call(vm.thread, first, count, wanted) {
                        let place = at.place(vm.thread, i.a().into());
                        let lua = vm.precall::<HOOKED>(place, count, wanted)?;
                        called!(lua);
                    }
                    Next::Field
                }
                Op::TailCall => {
                    count!();
                    at.save_pc();
                    let (first, count) = at.values(vm.thread, usize::from(i.a()) + 1, i.b());
                    if !HOOKED && at.tail_call(vm.thread, first, count) {
                        break 'op Next::Return;
                    }
                    // The results of a native function lie from `a` to the top, where the return that
                    // follows takes them.
                    let lua = vm.tail_call::<HOOKED>(i.a(), i.b())?;
                    called!(lua);
                    Next::Rare
                }
                Op::Return => {
                    at.close_upvals(vm.thread);
                    let (first, count) = at.values(vm.thread, i.a().into(), i.b());
                    return_values!(first, count);
                    Next::Return
                }
                Op::Return0 => {
                    return_values!(at.values(vm.thread, 0, 1).0, 0);
                    Next::Return
                }
                Op::Return1 => {
                    let (first, count) = at.values(vm.thread, i.a().into(), 2);
                    return_values!(first, count);
                    Next::Return
                }
                Op::ForPrep => {
                    let (start, limit, step) = (
                        at.reg(i.a()),
                        at.reg(usize::from(i.a()) + 1),
                        at.reg(usize::from(i.a()) + 2),
                    );
                    let (start, limit, step) =
                        if start.is_number() && limit.is_number() && step.is_number() {
                            (start.as_num(), limit.as_num(), step.as_num())
                        } else {
                            let [start, limit, step] = slow!(vm.for_numbers(start, limit, step));
                            at.set(i.a(), Value::num(start));
                            at.set(usize::from(i.a()) + 1, Value::num(limit));
                            at.set(usize::from(i.a()) + 2, Value::num(step));
                            (start, limit, step)
                        };
                    // PUC subtracts the step first and adds it again, which decides what an index is
                    // whose step is lost in rounding.
                    let index = (start - step) + step;
                    if goes_on(index, limit, step) {
                        at.set(i.a(), Value::num(index));
                        at.set(usize::from(i.a()) + 3, Value::num(index));
                        if HOOKED && vm.thread.is_hooked() {
                            // PUC jumps to the loop's end first, so that each turn begins with a jump back.
                            at.replace_saved(at.target(i.j()));
                        }
                    } else {
                        at.jump(i.j());
                    }
                    Next::Loop
                }
                Op::ForLoop => {
                    let step = at.num(usize::from(i.a()) + 2);
                    let index = at.num(i.a()) + step;
                    let limit = at.num(usize::from(i.a()) + 1);
                    if goes_on(index, limit, step) {
                        at.set(i.a(), Value::num(index));
                        at.set(usize::from(i.a()) + 3, Value::num(index));
                        count!();
                        at.jump(i.j());
                    }
                    Next::Loop
                }
                Op::ForLoopUp => {
                    let index = at.num(i.a()) + at.num(usize::from(i.a()) + 2);
                    if index <= at.num(usize::from(i.a()) + 1) {
                        at.set(i.a(), Value::num(index));
                        at.set(usize::from(i.a()) + 3, Value::num(index));
                        count!();
                        at.jump(i.j());
                    }
                    Next::Loop
                }
                Op::TForCall => {
                    let (f, state, control) = (
                        at.reg(i.a()),
                        at.reg(usize::from(i.a()) + 1),
                        at.reg(usize::from(i.a()) + 2),
                    );
                    if let (Some(t), Some(native)) = (state.as_table(), f.as_native_closure())
                        && std::ptr::fn_addr_eq(native.function(), crate::stdlib::base::NEXT)
                        && !HOOKED
                        && vm.native_depth + 1 < MAX_NATIVE_DEPTH
                    {
                        at.save_pc();
                        let (k, v) = vm.next_entry(t, control)?;
                        at.set(usize::from(i.a()) + 3, k);
                        if i.c() >= 2 {
                            at.set(usize::from(i.a()) + 4, v);
                            for r in 2..i.c() {
                                at.set(u16::from(i.a()) + 3 + r, Value::NIL);
                            }
                        }
                    } else {
                        at.save_pc();
                        let call = [f, state, control];
                        let place = at.push_call(vm.thread, usize::from(i.a()) + 3, call);
                        // As in PUC this counts as a call from Rust, if only while a native iterator runs.
                        vm.enter_native_depth()?;
                        let lua = vm.precall::<HOOKED>(place, 2, i32::from(i.c()))?;
                        vm.native_depth -= 1;
                        called!(lua);
                    }
                    Next::Loop
                }
                Op::TForLoop => {
                    let v = at.reg(usize::from(i.a()) + 3);
                    if !v.is_nil() {
                        at.set(usize::from(i.a()) + 2, v);
                        count!();
                        at.jump(i.j());
                    }
                    Next::Loop
                }
                Op::SetList => {
                    at.save_pc();
                    // Here it is the number of items.
                    let b = if i.b() == 0 { 0 } else { i.b() + 1 };
                    let (first, count) = at.values(vm.thread, usize::from(i.a()) + 1, b);
                    if let Some(t) = at.reg(i.a()).as_table() {
                        vm.set_list(t, i.kx() as usize, first, count)?;
                    }
                    Next::Rare
                }
                Op::Close => {
                    let place = at.place(vm.thread, i.a().into());
                    vm.thread.close_upvals(place);
                    Next::Rare
                }
                Op::Closure => {
                    at.save_pc();
                    let f = at.make_closure(vm, i.kx())?;
                    at.set(i.a(), f.into());
                    safepoint!();
                    Next::Rare
                }
                Op::VarArg => {
                    at.save_pc();
                    vm.varargs(i.a(), i.b())?;
                    at.load_base(vm.thread);
                    Next::Rare
                }
            }
        };
        if !next.is_arithmetic() {
            // Nothing looks at it now, so no register keeps it.
            accumulator = MaybeUninit::uninit();
        }
        next.keep_apart::<HOOKED>();
    }
}

/// Whether a numeric loop has another turn.
#[inline(always)]
fn goes_on(index: f64, limit: f64, step: f64) -> bool {
    if step > 0.0 {
        index <= limit
    } else {
        limit <= index
    }
}
