//! The interpreter loop.
//!
//! Owns: the loop and its fast paths, one arm an opcode. What an arm cannot do quickly is a function in
//! a file beside this one. It must not know the libraries.
//!
//! Invariants:
//! - I1: code comes from the compiler and passed the verifier: register operands are below the
//!   prototype's register count, constant, upvalue and prototype operands exist and have the type the
//!   opcode wants, jumps stay inside the code, the last instruction returns.
//! - I2: a running Lua frame has room for its registers (K2). `base`, `constants` and `pc` are derived
//!   from the running frame, and derived again after whatever can grow the stack or change frames.
//! - I3: the frame's `pc` is saved before whatever can raise an error, call or collect.
//! - I4: the running closure lies on the stack below `base`, so its prototype, constants, upvalues and
//!   environment are alive.
//! - I5: a safepoint comes only after an instruction has stored all it made.
#![allow(
    unsafe_code,
    reason = "unchecked registers and constants; see the invariants"
)]

mod access;
mod arith;
pub(crate) mod call;
mod compare;
mod concat;
pub(crate) mod coroutine;
pub(crate) mod hook;
pub(crate) mod name;
mod next;

pub(crate) use arith::Arith;

use crate::bytecode::instr::Instr;
use crate::bytecode::op::Op;
use crate::bytecode::proto::{Capture, VarargKind};
use crate::error::Throw;
use crate::heap::object::{Gc, LuaClosure, Proto, Upval};
use crate::number::modulo;
use crate::table::{exact_i32, unfloat_byte};
use crate::thread::Frame;
use crate::value::Value;
use crate::vm::{MAX_NATIVE_DEPTH, Vm};
use next::Next;

/// Proof that nothing in Rust holds an unrooted object: the interpreter loop is at a safepoint (I5), or
/// nothing runs at all. Only this module makes one.
pub(crate) struct Safepoint(());

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

/// The instruction that runs. Its fields are read where they lie, each when it is wanted: a load costs
/// less than taking it out of a word, and leaves a register for something else.
#[derive(Clone, Copy)]
struct Running(*const Instr);

macro_rules! fields {
    ($($name:ident: $type:ty,)*) => {
        impl Running {
            $(#[inline(always)]
            fn $name(self) -> $type {
                // SAFETY: I1: it is an instruction of the running code.
                unsafe { (*self.0).$name() }
            })*
        }
    };
}

fields! {
    opcode: u8,
    a: u8,
    b: u16,
    c: u16,
    d: u16,
    j: i32,
    kx: u32,
    g: u32,
}

/// Runs the Lua frame on top until it returns; its results are where the caller of the frame wants
/// them, and the top is after them if all were wanted.
///
/// The frame must be marked fresh: the loop goes on with frames that it calls, and ends with this one.
pub(crate) fn run(vm: &mut Vm) -> Result<(), Throw> {
    loop {
        let ended = if vm.thread.is_hooked() {
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
    let mut frame: *mut Frame;
    let mut base: *mut Value;
    let mut constants: *const Value;
    let mut pc: *const Instr;

    /// The running coroutine.
    macro_rules! thread {
        () => {
            vm.thread.p()
        };
    }
    /// Derives the frame and `base` again.
    macro_rules! load_base {
        () => {{
            // SAFETY: there is a Lua frame on top; K2.
            unsafe {
                frame = (*thread!()).frame;
                base = (*thread!()).stack.add((*frame).base as usize);
            }
        }};
    }
    /// Derives the locals from the running frame.
    macro_rules! load_frame {
        () => {{
            load_base!();
            // SAFETY: as above; I4.
            unsafe {
                constants = (*frame).constants;
                pc = (*frame).pc;
            }
        }};
    }
    /// The running closure; to be used where its reasons, I2 and I4, are given.
    macro_rules! closure {
        () => {
            (*frame).closure
        };
    }
    /// Saves the position (I3).
    macro_rules! save_pc {
        () => {
            // SAFETY: I2.
            unsafe { (*frame).pc = pc }
        };
    }
    macro_rules! check_register {
        ($i:expr) => {
            if cfg!(feature = "checks") {
                // SAFETY: I4.
                let registers = unsafe { (*closure!()).proto.get().registers };
                assert!(
                    ($i as usize) < usize::from(registers),
                    "register out of range"
                );
            }
        };
    }
    /// A register.
    macro_rules! reg {
        ($i:expr) => {{
            check_register!($i);
            // SAFETY: I1, I2.
            unsafe { *base.add($i as usize) }
        }};
    }
    /// A register as a number; a NaN if it is something else.
    macro_rules! num {
        ($i:expr) => {{
            check_register!($i);
            // SAFETY: I1, I2; any eight bytes are a number.
            unsafe { *base.add($i as usize).cast::<f64>() }
        }};
    }
    /// A register as an operand.
    macro_rules! operand {
        ($i:expr) => {{ Operand::reg(reg!($i), $i) }};
    }
    /// Writes a register.
    macro_rules! set {
        ($i:expr, $v:expr) => {{
            let v: Value = $v;
            check_register!($i);
            // SAFETY: I1, I2.
            unsafe { *base.add($i as usize) = v };
        }};
    }
    /// A constant.
    macro_rules! constant {
        ($i:expr) => {{
            let i = $i as usize;
            if cfg!(feature = "checks") {
                // SAFETY: I4.
                assert!(i < unsafe { (*closure!()).proto.get().constants.len() });
            }
            // SAFETY: I1, I4.
            unsafe { *constants.add(i) }
        }};
    }
    /// Does what can raise an error, call Lua or grow the stack.
    macro_rules! slow {
        ($e:expr) => {{
            save_pc!();
            let result = $e?;
            load_base!();
            result
        }};
    }
    macro_rules! jump {
        ($j:expr) => {{
            // SAFETY: I1.
            pc = unsafe { pc.offset($j as isize) };
        }};
    }
    /// Counts a call or a turn of a loop.
    macro_rules! count {
        () => {{
            vm.fuel.slice -= 1;
            if vm.fuel.slice < 0 {
                save_pc!();
                vm.fuel.next_slice()?;
            }
        }};
    }
    /// Does what a safepoint is there for: collects, or gives way to the other loop.
    macro_rules! attend {
        ($extent:expr) => {{
            collect_at_safepoint(vm, $extent)?;
            if vm.thread.is_hooked() != HOOKED {
                return Ok(Ended::Loop);
            }
            load_base!();
        }};
    }
    /// A place where the collector may run (I5).
    macro_rules! safepoint {
        () => {{
            if vm.heap.wants_safepoint() {
                save_pc!();
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
                save_pc!();
                let extent = vm.thread.top();
                attend!(extent);
            }
        }};
    }
    /// Arithmetic on two registers. A value that is no number reads as a NaN, and so does the result then:
    /// one test of the result serves for both operands. What is really a NaN is told apart on the slow
    /// path.
    macro_rules! arith {
        ($i:ident, $op:ident, |$x:ident, $y:ident| $e:expr) => {{
            let ($x, $y) = (num!($i.b()), num!($i.c()));
            let n = $e;
            if !n.is_nan() {
                set!($i.a(), Value::num(n));
            } else {
                let (l, r) = (operand!($i.b()), operand!($i.c()));
                let v = slow!(vm.arith(Arith::$op, l, r));
                set!($i.a(), v);
            }
        }};
    }
    macro_rules! arith_k {
        ($i:ident, $op:ident, |$x:ident, $y:ident| $e:expr) => {{
            let ($x, $y) = (num!($i.b()), constant!($i.c()).as_num());
            let n = $e;
            if !n.is_nan() {
                set!($i.a(), Value::num(n));
            } else {
                let (l, r) = (operand!($i.b()), Operand::from(constant!($i.c())));
                let v = if $i.d() == 0 {
                    slow!(vm.arith(Arith::$op, l, r))
                } else {
                    slow!(vm.arith(Arith::$op, r, l))
                };
                set!($i.a(), v);
            }
        }};
    }
    macro_rules! arith_from_k {
        ($i:ident, $op:ident, |$x:ident, $y:ident| $e:expr) => {{
            let ($x, $y) = (constant!($i.c()).as_num(), num!($i.b()));
            let n = $e;
            if !n.is_nan() {
                set!($i.a(), Value::num(n));
            } else {
                let (l, r) = (Operand::from(constant!($i.c())), operand!($i.b()));
                let v = slow!(vm.arith(Arith::$op, l, r));
                set!($i.a(), v);
            }
        }};
    }
    /// A power, which can be a number where an operand is a NaN.
    macro_rules! power {
        ($i:ident, $r:expr, $operand:expr) => {{
            let (l, r) = (reg!($i.b()), $r);
            if l.is_number() && r.is_number() {
                set!($i.a(), Value::num(l.as_num().powf(r.as_num())));
            } else {
                let v = slow!(vm.arith(Arith::Pow, Operand::reg(l, $i.b()), $operand(r)));
                set!($i.a(), v);
            }
        }};
    }
    /// Where the comparison holds, both are numbers; where it does not and neither is a NaN, too.
    macro_rules! compare {
        ($i:ident, $wanted:literal, $slow:ident, |$x:ident, $y:ident| $e:expr) => {{
            let ($x, $y) = (num!($i.a()), num!($i.b()));
            let holds = if $e {
                true
            } else if !($x.is_nan() || $y.is_nan()) {
                false
            } else {
                slow!(vm.$slow(reg!($i.a()), reg!($i.b())))
            };
            if holds == $wanted {
                jump!($i.j());
            }
        }};
    }
    macro_rules! compare_k {
        ($i:ident, $wanted:literal, $slow:ident, swap $swap:literal, |$x:ident, $y:ident| $e:expr) => {{
            let ($x, $y) = (num!($i.a()), constant!($i.b()).as_num());
            let holds = if $e {
                true
            } else if !($x.is_nan() || $y.is_nan()) {
                false
            } else if $swap {
                slow!(vm.$slow(constant!($i.b()), reg!($i.a())))
            } else {
                slow!(vm.$slow(reg!($i.a()), constant!($i.b())))
            };
            if holds == $wanted {
                jump!($i.j());
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
                jump!($i.j());
            }
        }};
    }
    /// The value of a constant string key, found at the slot hint.
    macro_rules! hinted {
        ($table:expr, $key:expr, $hint:expr) => {{
            let table = $table.p();
            // SAFETY: O1, T1: the index is masked.
            unsafe {
                let node = (*table).node.add(($hint as u32 & (*table).mask) as usize);
                if (*node).key.bits() == $key.bits() {
                    (*node).value
                } else {
                    Value::NIL
                }
            }
        }};
    }
    /// Stores to a constant string key that is there, at the slot hint. False if it must be done slowly.
    macro_rules! store_hinted {
        ($table:expr, $key:expr, $hint:expr, $v:expr) => {{
            let table = $table.p();
            // SAFETY: O1, T1: the index is masked.
            unsafe {
                let node = (*table).node.add(($hint as u32 & (*table).mask) as usize);
                if (*node).key.bits() == $key.bits()
                    && !(*node).value.is_nil()
                    && (*table).header.aux2 == 0
                {
                    (*node).value = $v;
                    true
                } else {
                    false
                }
            }
        }};
    }
    /// Stores to an item of the array part that is there, or that no metamethod guards.
    macro_rules! store_array {
        ($table:expr, $i:expr, $v:expr) => {{
            let table = $table.p();
            // SAFETY: O1, T1: the index is checked.
            unsafe {
                let index = ($i as u32).wrapping_sub(1);
                if index < (*table).array_len && (*table).header.aux2 == 0 {
                    let slot = (*table).array.add(index as usize);
                    if (*table).meta.is_none() || !(*slot).is_nil() {
                        *slot = $v;
                        true
                    } else {
                        false
                    }
                } else {
                    false
                }
            }
        }};
    }
    /// Goes on in the frame that `precall` pushed, or after the native function that it called.
    macro_rules! called {
        ($lua:expr) => {{
            if $lua {
                load_frame!();
            } else {
                load_base!();
                safepoint_after_call!();
            }
        }};
    }
    /// Ends the running frame, whose results start at `first`. Nothing in it is captured any more.
    macro_rules! return_values {
        ($first:expr, $count:expr) => {{
            let (mut first, count): (*mut Value, usize) = ($first, $count);
            if HOOKED {
                // SAFETY: K1: the values lie on the stack, which the hook may move.
                let at = unsafe { first.offset_from((*thread!()).stack) };
                vm.hook_return()?;
                load_base!();
                // SAFETY: as above.
                first = unsafe { (*thread!()).stack.offset(at) };
            }
            // SAFETY: K2, I2: results move down to the function's slot, below where they are; a caller
            // that wants more has registers there. The caller's frame lies below this one, unless
            // this one is fresh.
            unsafe {
                let ended = frame;
                let mut to = base.sub(((*ended).base - (*ended).func) as usize);
                let wanted = (*ended).results;
                if wanted == 1 && count == 1 {
                    *to = *first;
                } else if wanted < 0 {
                    for i in 0..count {
                        *to.add(i) = *first.add(i);
                    }
                    to = to.add(count);
                    (*thread!()).top = to.offset_from((*thread!()).stack) as u32;
                } else {
                    for i in 0..wanted as usize {
                        *to.add(i) = if i < count { *first.add(i) } else { Value::NIL };
                    }
                }
                frame = ended.wrapping_sub(1);
                (*thread!()).frame = frame;
                if (*ended).fresh {
                    return Ok(Ended::Frame);
                }
                base = base.sub(((*ended).base - (*frame).base) as usize);
                constants = (*frame).constants;
                pc = (*frame).pc;
            }
        }};
    }

    load_frame!();
    loop {
        let i = Running(pc);
        // SAFETY: I1: `pc` is inside the code, since the last instruction returns.
        pc = unsafe { pc.add(1) };
        if HOOKED {
            // SAFETY: I2.
            let before = unsafe { std::mem::replace(&mut (*frame).pc, pc) };
            vm.hook_instruction(before)?;
            load_base!();
        }
        let next = 'op: {
            // SAFETY: I1: the byte was made from an opcode.
            match unsafe { std::mem::transmute::<u8, Op>(i.opcode()) } {
                Op::Move => {
                    set!(i.a(), reg!(i.b()));
                    Next::Plain
                }
                Op::LoadK => {
                    set!(i.a(), constant!(i.kx()));
                    Next::Plain
                }
                Op::LoadNil => {
                    for r in u16::from(i.a())..=i.b() {
                        set!(r, Value::NIL);
                    }
                    Next::Rare
                }
                Op::LoadFalse => {
                    set!(i.a(), Value::FALSE);
                    Next::Plain
                }
                Op::LoadTrue => {
                    set!(i.a(), Value::TRUE);
                    Next::Plain
                }
                Op::LoadFalseSkip => {
                    set!(i.a(), Value::FALSE);
                    jump!(1);
                    Next::Rare
                }
                Op::GetUpval => {
                    // SAFETY: I1, I4; an upvalue points to its variable.
                    let v = unsafe { *(**upvals(closure!()).add(usize::from(i.b()))).slot };
                    set!(i.a(), v);
                    Next::Plain
                }
                Op::SetUpval => {
                    let v = reg!(i.a());
                    // SAFETY: I1, I4.
                    unsafe { *(**upvals(closure!()).add(usize::from(i.b()))).slot = v };
                    Next::Plain
                }
                Op::GetGlobal => {
                    let key = constant!(i.g());
                    // SAFETY: I4.
                    let env = unsafe { (*closure!()).env };
                    let mut v = hinted!(env, key, i.d());
                    if v.is_nil() {
                        v = slow!(vm.get_hinted(env.into(), None, key, pc));
                    }
                    set!(i.a(), v);
                    Next::Plain
                }
                Op::SetGlobal => {
                    let key = constant!(i.g());
                    // SAFETY: I4.
                    let env = unsafe { (*closure!()).env };
                    let v = reg!(i.a());
                    if !store_hinted!(env, key, i.d(), v) {
                        slow!(vm.set_hinted(env.into(), None, key, v, pc));
                    }
                    Next::Field
                }
                Op::GetTable => {
                    let (object, key) = (reg!(i.b()), reg!(i.c()));
                    if let Some(t) = object.as_table() {
                        if key.is_number() {
                            if let Some(n) = exact_i32(key.as_num())
                                && let Some(v) = t.get_array(n)
                                && (!v.is_nil() || t.meta().is_none())
                            {
                                set!(i.a(), v);
                                break 'op Next::Index;
                            }
                        } else if let Some(s) = key.as_str()
                            && !s.is_long()
                        {
                            // The look-up of a long key has its price.
                            let v = t.get_short(s);
                            if !v.is_nil() || t.meta().is_none() {
                                set!(i.a(), v);
                                break 'op Next::Index;
                            }
                        }
                    }
                    let v = slow!(vm.get(Operand::reg(object, i.b()), key));
                    set!(i.a(), v);
                    Next::Index
                }
                Op::GetField => {
                    let (object, key) = (reg!(i.b()), constant!(i.c()));
                    let mut v = Value::NIL;
                    if let Some(t) = object.as_table() {
                        v = hinted!(t, key, i.d());
                    }
                    if v.is_nil() {
                        v = slow!(vm.get_hinted(object, Some(i.b() as u8), key, pc));
                    }
                    set!(i.a(), v);
                    Next::Field
                }
                Op::GetInt => {
                    let object = reg!(i.b());
                    if let Some(t) = object.as_table()
                        && let Some(v) = t.get_array(i32::from(i.c()))
                        && (!v.is_nil() || t.meta().is_none())
                    {
                        set!(i.a(), v);
                        break 'op Next::Index;
                    }
                    let key = Value::num(f64::from(i.c()));
                    let v = slow!(vm.get(Operand::reg(object, i.b()), key));
                    set!(i.a(), v);
                    Next::Index
                }
                Op::SetTable => {
                    let (object, key, v) = (reg!(i.a()), reg!(i.b()), reg!(i.c()));
                    let done = match (object.as_table(), key.is_number()) {
                        (Some(t), true) => match exact_i32(key.as_num()) {
                            Some(n) => store_array!(t, n, v),
                            None => false,
                        },
                        _ => false,
                    };
                    if !done {
                        slow!(vm.set(Operand::reg(object, i.a().into()), key, v));
                    }
                    Next::Index
                }
                Op::SetTableK => {
                    let (object, key, v) = (reg!(i.a()), reg!(i.b()), constant!(i.c()));
                    let done = match (object.as_table(), key.is_number()) {
                        (Some(t), true) => match exact_i32(key.as_num()) {
                            Some(n) => store_array!(t, n, v),
                            None => false,
                        },
                        _ => false,
                    };
                    if !done {
                        slow!(vm.set(Operand::reg(object, i.a().into()), key, v));
                    }
                    Next::Index
                }
                Op::SetField => {
                    let (object, key, v) = (reg!(i.a()), constant!(i.b()), reg!(i.c()));
                    let done = match object.as_table() {
                        Some(t) => store_hinted!(t, key, i.d(), v),
                        None => false,
                    };
                    if !done {
                        slow!(vm.set_hinted(object, Some(i.a()), key, v, pc));
                    }
                    Next::Field
                }
                Op::SetFieldK => {
                    let (object, key, v) = (reg!(i.a()), constant!(i.b()), constant!(i.c()));
                    let done = match object.as_table() {
                        Some(t) => store_hinted!(t, key, i.d(), v),
                        None => false,
                    };
                    if !done {
                        slow!(vm.set_hinted(object, Some(i.a()), key, v, pc));
                    }
                    Next::Field
                }
                Op::SetInt => {
                    let (object, v) = (reg!(i.a()), reg!(i.c()));
                    let done = match object.as_table() {
                        Some(t) => store_array!(t, i.b(), v),
                        None => false,
                    };
                    if !done {
                        let key = Value::num(f64::from(i.b()));
                        slow!(vm.set(Operand::reg(object, i.a().into()), key, v));
                    }
                    Next::Index
                }
                Op::NewTable => {
                    save_pc!();
                    let t = if i.b() | i.c() == 0 {
                        vm.heap.table()?
                    } else {
                        vm.heap
                            .table_sized(unfloat_byte(i.b()), unfloat_byte(i.c()))?
                    };
                    set!(i.a(), t.into());
                    safepoint!();
                    Next::Rare
                }
                Op::SelfField => {
                    let (object, key) = (reg!(i.b()), constant!(i.c()));
                    set!(usize::from(i.a()) + 1, object);
                    let mut v = Value::NIL;
                    if let Some(t) = object.as_table() {
                        v = hinted!(t, key, i.d());
                    } else if object.is_string()
                        && let Some(t) = vm.string_methods()
                    {
                        v = hinted!(t, key, i.d());
                    }
                    if v.is_nil() {
                        v = slow!(vm.get_hinted(object, Some(i.b() as u8), key, pc));
                    }
                    set!(i.a(), v);
                    Next::Field
                }
                Op::Add => {
                    arith!(i, Add, |x, y| x + y);
                    Next::Sum
                }
                Op::Sub => {
                    arith!(i, Sub, |x, y| x - y);
                    Next::Sum
                }
                Op::Mul => {
                    arith!(i, Mul, |x, y| x * y);
                    Next::Product
                }
                Op::Div => {
                    arith!(i, Div, |x, y| x / y);
                    Next::Product
                }
                Op::Mod => {
                    arith!(i, Mod, |x, y| modulo(x, y));
                    Next::Product
                }
                Op::Pow => {
                    power!(i, reg!(i.c()), |r| Operand::reg(r, i.c()));
                    Next::Rare
                }
                Op::AddK => {
                    arith_k!(i, Add, |x, y| x + y);
                    Next::Sum
                }
                Op::SubK => {
                    arith_k!(i, Sub, |x, y| x - y);
                    Next::Sum
                }
                Op::MulK => {
                    arith_k!(i, Mul, |x, y| x * y);
                    Next::Product
                }
                Op::DivK => {
                    arith_k!(i, Div, |x, y| x / y);
                    Next::Product
                }
                Op::ModK => {
                    arith_k!(i, Mod, |x, y| modulo(x, y));
                    Next::Product
                }
                Op::PowK => {
                    power!(i, constant!(i.c()), Operand::from);
                    Next::Rare
                }
                Op::SubFromK => {
                    arith_from_k!(i, Sub, |x, y| x - y);
                    Next::Rare
                }
                Op::DivFromK => {
                    arith_from_k!(i, Div, |x, y| x / y);
                    Next::Rare
                }
                Op::Neg => {
                    let n = -num!(i.b());
                    if !n.is_nan() {
                        set!(i.a(), Value::num(n));
                    } else {
                        let operand = operand!(i.b());
                        let v = slow!(vm.arith(Arith::Unm, operand, operand));
                        set!(i.a(), v);
                    }
                    Next::Rare
                }
                Op::Not => {
                    set!(i.a(), Value::bool(reg!(i.b()).is_falsy()));
                    Next::Plain
                }
                Op::Len => {
                    let v = reg!(i.b());
                    let n = match v.as_table() {
                        Some(t) => t.length(),
                        None => match v.as_str() {
                            Some(s) => s.len(),
                            None => {
                                let v = slow!(vm.len(Operand::reg(v, i.b())));
                                set!(i.a(), v);
                                break 'op Next::Rare;
                            }
                        },
                    };
                    set!(i.a(), Value::num(n as f64));
                    Next::Rare
                }
                Op::Concat => {
                    let v = slow!(vm.concat(i.b() as u8, i.c() as u8));
                    set!(i.a(), v);
                    safepoint!();
                    Next::Rare
                }
                Op::Jump => {
                    jump!(i.j());
                    Next::Test
                }
                Op::LoopBack => {
                    count!();
                    jump!(i.j());
                    Next::Loop
                }
                Op::JumpIf => {
                    if reg!(i.a()).is_truthy() {
                        jump!(i.j());
                    }
                    Next::Test
                }
                Op::JumpIfNot => {
                    if reg!(i.a()).is_falsy() {
                        jump!(i.j());
                    }
                    Next::Test
                }
                Op::JumpIfSet => {
                    let v = reg!(i.b());
                    if v.is_truthy() {
                        set!(i.a(), v);
                        jump!(i.j());
                    }
                    Next::Test
                }
                Op::JumpIfNotSet => {
                    let v = reg!(i.b());
                    if v.is_falsy() {
                        set!(i.a(), v);
                        jump!(i.j());
                    }
                    Next::Test
                }
                Op::JumpEq => {
                    equal!(i, reg!(i.a()), reg!(i.b()), true);
                    Next::Equal
                }
                Op::JumpNe => {
                    equal!(i, reg!(i.a()), reg!(i.b()), false);
                    Next::Equal
                }
                Op::JumpEqK => {
                    equal!(i, reg!(i.a()), constant!(i.b()), true);
                    Next::EqualK
                }
                Op::JumpNeK => {
                    equal!(i, reg!(i.a()), constant!(i.b()), false);
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
                    save_pc!();
                    let wanted = i32::from(i.c()) - 1;
                    // SAFETY: I1, I2: the function and its arguments are registers of this frame, or lie
                    // below the top.
                    let lua = unsafe {
                        let func = base.add(usize::from(i.a()));
                        let count = match i.b() {
                            0 => {
                                let top = (*thread!()).stack.add((*thread!()).top as usize);
                                top.offset_from(func) as usize - 1
                            }
                            b => usize::from(b) - 1,
                        };
                        if let Some(f) = (*func).as_lua_closure() {
                            let proto: *const Proto = f.proto().as_ptr();
                            let registers = func.add(1);
                            if !HOOKED
                                && (*proto).vararg == VarargKind::No
                                && registers.add(usize::from((*proto).registers))
                                    <= (*thread!()).stack_limit
                                && frame != (*thread!()).last_frame
                            {
                                for n in count..usize::from((*proto).params) {
                                    *registers.add(n) = Value::NIL;
                                }
                                let at = (*frame).base + registers.offset_from(base) as u32;
                                frame = frame.add(1);
                                base = registers;
                                constants = (*proto).constants.as_ptr();
                                pc = (*proto).code.cast();
                                *frame = Frame {
                                    closure: f.as_ptr(),
                                    pc,
                                    constants,
                                    func: at - 1,
                                    base: at,
                                    results: wanted,
                                    tail_calls: 0,
                                    fresh: false,
                                };
                                (*thread!()).frame = frame;
                                break 'op Next::Field;
                            }
                        }
                        let at = func.offset_from((*thread!()).stack) as usize;
                        vm.precall::<HOOKED>(at, count, wanted)?
                    };
                    called!(lua);
                    Next::Field
                }
                Op::TailCall => {
                    count!();
                    save_pc!();
                    // SAFETY: I1, I2: the function and its arguments are registers, or lie below the top;
                    // they move down, and the stack has room for the registers above `base`, which is
                    // not below the new one. The new closure lies below its registers (I4).
                    unsafe {
                        let func = base.add(usize::from(i.a()));
                        if !HOOKED && let Some(f) = (*func).as_lua_closure() {
                            let proto: *const Proto = f.proto().as_ptr();
                            let registers = usize::from((*proto).registers);
                            if (*proto).vararg == VarargKind::No
                                && base.add(registers) <= (*thread!()).stack_limit
                            {
                                let count = match i.b() {
                                    0 => {
                                        let top = (*thread!()).stack.add((*thread!()).top as usize);
                                        top.offset_from(func) as usize - 1
                                    }
                                    b => usize::from(b) - 1,
                                };
                                if !(*thread!()).open.is_null() {
                                    vm.thread.close_upvals((*frame).base as usize);
                                }
                                let to = base.sub(((*frame).base - (*frame).func) as usize);
                                // What a function does not name is not passed on.
                                let params = usize::from((*proto).params);
                                for n in 0..=count.min(params) {
                                    *to.add(n) = *func.add(n);
                                }
                                base = to.add(1);
                                for n in count..params {
                                    *base.add(n) = Value::NIL;
                                }
                                constants = (*proto).constants.as_ptr();
                                pc = (*proto).code.cast();
                                *frame = Frame {
                                    closure: f.as_ptr(),
                                    pc,
                                    constants,
                                    base: (*frame).func + 1,
                                    tail_calls: (*frame).tail_calls.saturating_add(1),
                                    ..*frame
                                };
                                break 'op Next::Return;
                            }
                        }
                    }
                    // The results of a native function lie from `a` to the top, where the return that
                    // follows takes them.
                    let lua = vm.tail_call::<HOOKED>(i.a(), i.b())?;
                    called!(lua);
                    Next::Rare
                }
                Op::Return => {
                    // SAFETY: I1, I2: the values are registers, or lie below the top.
                    let (first, count) = unsafe {
                        if !(*thread!()).open.is_null() {
                            vm.thread.close_upvals((*frame).base as usize);
                        }
                        let first = base.add(usize::from(i.a()));
                        let count = match i.b() {
                            0 => {
                                let top = (*thread!()).stack.add((*thread!()).top as usize);
                                top.offset_from(first) as usize
                            }
                            b => usize::from(b) - 1,
                        };
                        (first, count)
                    };
                    return_values!(first, count);
                    Next::Return
                }
                Op::Return0 => {
                    return_values!(base, 0);
                    Next::Return
                }
                Op::Return1 => {
                    // SAFETY: I1, I2.
                    let first = unsafe { base.add(usize::from(i.a())) };
                    return_values!(first, 1);
                    Next::Return
                }
                Op::ForPrep => {
                    let (start, limit, step) = (
                        reg!(i.a()),
                        reg!(usize::from(i.a()) + 1),
                        reg!(usize::from(i.a()) + 2),
                    );
                    let (start, limit, step) =
                        if start.is_number() && limit.is_number() && step.is_number() {
                            (start.as_num(), limit.as_num(), step.as_num())
                        } else {
                            let [start, limit, step] = slow!(vm.for_numbers(start, limit, step));
                            set!(i.a(), Value::num(start));
                            set!(usize::from(i.a()) + 1, Value::num(limit));
                            set!(usize::from(i.a()) + 2, Value::num(step));
                            (start, limit, step)
                        };
                    // PUC subtracts the step first and adds it again, which decides what an index is
                    // whose step is lost in rounding.
                    let index = (start - step) + step;
                    if if step > 0.0 {
                        index <= limit
                    } else {
                        limit <= index
                    } {
                        set!(i.a(), Value::num(index));
                        set!(usize::from(i.a()) + 3, Value::num(index));
                        if HOOKED {
                            // PUC jumps to the loop's end first, so that each turn begins with a jump back.
                            // SAFETY: I1, I2.
                            unsafe { (*frame).pc = pc.offset(i.j() as isize) };
                        }
                    } else {
                        jump!(i.j());
                    }
                    Next::Loop
                }
                Op::ForLoop => {
                    let step = num!(usize::from(i.a()) + 2);
                    let index = num!(i.a()) + step;
                    let limit = num!(usize::from(i.a()) + 1);
                    if if step > 0.0 {
                        index <= limit
                    } else {
                        limit <= index
                    } {
                        set!(i.a(), Value::num(index));
                        set!(usize::from(i.a()) + 3, Value::num(index));
                        count!();
                        jump!(i.j());
                    }
                    Next::Loop
                }
                Op::ForLoopUp => {
                    let index = num!(i.a()) + num!(usize::from(i.a()) + 2);
                    if index <= num!(usize::from(i.a()) + 1) {
                        set!(i.a(), Value::num(index));
                        set!(usize::from(i.a()) + 3, Value::num(index));
                        count!();
                        jump!(i.j());
                    }
                    Next::Loop
                }
                Op::TForCall => {
                    let (f, state, control) = (
                        reg!(i.a()),
                        reg!(usize::from(i.a()) + 1),
                        reg!(usize::from(i.a()) + 2),
                    );
                    if let (Some(t), Some(native)) = (state.as_table(), f.as_native_closure())
                        && std::ptr::fn_addr_eq(native.function(), crate::stdlib::base::NEXT)
                        && !HOOKED
                        && vm.native_depth + 1 < MAX_NATIVE_DEPTH
                    {
                        save_pc!();
                        let (k, v) = vm.next_entry(t, control)?;
                        set!(usize::from(i.a()) + 3, k);
                        if i.c() >= 2 {
                            set!(usize::from(i.a()) + 4, v);
                            for r in 2..i.c() {
                                set!(u16::from(i.a()) + 3 + r, Value::NIL);
                            }
                        }
                    } else {
                        save_pc!();
                        // SAFETY: I2, K2: the slots above the registers are there (EXTRA).
                        let at = unsafe {
                            let func = base.add(usize::from(i.a()) + 3);
                            *func = f;
                            *func.add(1) = state;
                            *func.add(2) = control;
                            func.offset_from((*thread!()).stack) as usize
                        };
                        // As in PUC this counts as a call from Rust, if only while a native iterator runs.
                        vm.enter_native_depth()?;
                        let lua = vm.precall::<HOOKED>(at, 2, i32::from(i.c()))?;
                        vm.native_depth -= 1;
                        called!(lua);
                    }
                    Next::Loop
                }
                Op::TForLoop => {
                    let v = reg!(usize::from(i.a()) + 3);
                    if !v.is_nil() {
                        set!(usize::from(i.a()) + 2, v);
                        count!();
                        jump!(i.j());
                    }
                    Next::Loop
                }
                Op::SetList => {
                    save_pc!();
                    // SAFETY: I1, I2: the items are registers, or lie below the top.
                    let (first, count) = unsafe {
                        let first = base.add(usize::from(i.a()) + 1);
                        let count = match i.b() {
                            0 => {
                                let top = (*thread!()).stack.add((*thread!()).top as usize);
                                top.offset_from(first) as usize
                            }
                            b => usize::from(b),
                        };
                        (first, count)
                    };
                    if let Some(t) = reg!(i.a()).as_table() {
                        vm.set_list(t, i.kx() as usize, first, count)?;
                    }
                    Next::Rare
                }
                Op::Close => {
                    // SAFETY: K2.
                    let at = unsafe { base.offset_from((*thread!()).stack) as usize };
                    vm.thread.close_upvals(at + usize::from(i.a()));
                    Next::Rare
                }
                Op::Closure => {
                    save_pc!();
                    // SAFETY: I1, I2, I4.
                    let f = unsafe {
                        let parent = closure!();
                        let proto = (*parent).proto.get().protos[i.kx() as usize];
                        make_closure(vm, parent, proto, base)?
                    };
                    set!(i.a(), f.into());
                    safepoint!();
                    Next::Rare
                }
                Op::VarArg => {
                    save_pc!();
                    vm.varargs(i.a(), i.b())?;
                    load_base!();
                    Next::Rare
                }
            }
        };
        next.keep_apart::<HOOKED>();
    }
}

#[inline(always)]
fn upvals(closure: *mut LuaClosure) -> *mut *mut Upval {
    // SAFETY: O1: the array follows the fixed part.
    unsafe { (&raw mut (*closure).upvals).cast() }
}

/// Makes the closure of a prototype, taking upvalues from the running frame.
fn make_closure(
    vm: &mut Vm,
    parent: *mut LuaClosure,
    proto: Gc<Proto>,
    base: *mut Value,
) -> Result<Gc<LuaClosure>, Throw> {
    let captures = &proto.get().captures;
    // SAFETY: I1, I2, I4: captures name registers of the running frame or upvalues of its closure.
    unsafe {
        let f = vm.heap.lua_closure(proto, (*parent).env, captures.len())?;
        for (i, capture) in captures.iter().enumerate() {
            *f.upvals().add(i) = match *capture {
                Capture::Register(r) => {
                    let thread = vm.thread;
                    let at = base.offset_from((*thread.p()).stack) as usize + usize::from(r);
                    thread.open_upval(&mut vm.heap, at)?
                }
                Capture::Upvalue(u) => *upvals(parent).add(usize::from(u)),
            };
        }
        Ok(f)
    }
}

/// Collects if it is time, before the host enters a state in which nothing runs.
pub(crate) fn collect_at_rest(vm: &mut Vm) {
    if vm.native_depth == 0 && vm.thread.frame_count() == 0 && vm.heap.is_due() {
        let extent = vm.thread.extent();
        // Given up, it is done when something runs again.
        let _ = vm.collect_garbage(Safepoint(()), extent);
    }
}

/// Runs the finalisers of all userdata; nothing else runs any more. What fails is left there.
pub(crate) fn finalize_all(vm: &mut Vm) {
    let gc = vm.event_names[crate::meta::Event::Gc as usize];
    crate::heap::collect::queue_finalizers(&mut vm.heap, gc, true);
    while vm.run_finalizers().is_err() {
        vm.come_to_rest();
    }
}

/// Collects, and runs the finalisers that are due.
#[cold]
#[inline(never)]
fn collect_at_safepoint(vm: &mut Vm, extent: usize) -> Result<(), Throw> {
    if !vm.heap.is_due() {
        return Ok(());
    }
    let outcome = vm.collect_garbage(Safepoint(()), extent);
    // That may have taken as long as many turns of a loop.
    vm.fuel.poll()?;
    if outcome.is_err() || vm.heap.to_finalize.is_empty() {
        Ok(())
    } else {
        vm.run_finalizers()
    }
}
