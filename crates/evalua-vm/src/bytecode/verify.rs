//! What the interpreter may take for granted.
//!
//! Owns: the check that every operand of every instruction is within its function, from the rows of
//! the op table and, where an instruction uses more registers than its operands name, from its
//! meaning. The interpreter relies on this for its unchecked accesses. It must not know the compiler.
//!
//! After [`verify`]:
//! 1. registers, constants (of the right type), upvalues and inner functions that an instruction
//!    names exist, and a count of registers stays within the function;
//! 2. jumps stay within the code, the last instruction is a return, so `pc` never leaves the code;
//! 3. an instruction that takes values "up to the top" comes right after one that sets the top, above
//!    the register it counts from, and is no jump target;
//! 4. a `TForCall` and a `TForLoop` with the same `a` come in pairs;
//! 5. slot hints are 0;
//! 6. `captures` and `upvalue_names` are equally long, and captures name registers and upvalues of
//!    the function around.

use super::instr::Instr;
use super::op::{Op, Operand};
use super::proto::{Capture, Constant, Prototype, VarargKind};
use std::fmt;

/// A function may use fewer registers than this.
const MAX_REGISTERS: u8 = 250;

/// Why a function is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// The instruction, if it is one.
    pub pc: Option<usize>,
    /// What is wrong with it.
    pub what: &'static str,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pc {
            Some(pc) => write!(f, "instruction {pc}: {}", self.what),
            None => f.write_str(self.what),
        }
    }
}

impl std::error::Error for VerifyError {}

/// Checks a chunk's main function and the functions inside it.
pub fn verify(main: &Prototype) -> Result<(), VerifyError> {
    if !main.captures.is_empty() {
        return Err(whole("a main function has no upvalues"));
    }
    verify_function(main)
}

fn whole(what: &'static str) -> VerifyError {
    VerifyError { pc: None, what }
}

fn verify_function(proto: &Prototype) -> Result<(), VerifyError> {
    verify_shape(proto)?;
    let targets = jump_targets(proto)?;
    for (pc, &instr) in proto.code.iter().enumerate() {
        let verifier = Verifier { proto, pc, instr };
        verifier
            .operands()
            .and_then(|()| verifier.extent())
            .and_then(|()| verifier.neighbours(&targets))
            .map_err(|what| VerifyError { pc: Some(pc), what })?;
    }
    for inner in &proto.protos {
        for capture in &inner.captures {
            match *capture {
                Capture::Register(register) if register >= proto.registers => {
                    return Err(whole("captured register out of range"));
                }
                Capture::Upvalue(upvalue) if usize::from(upvalue) >= proto.captures.len() => {
                    return Err(whole("captured upvalue out of range"));
                }
                _ => {}
            }
        }
        verify_function(inner)?;
    }
    Ok(())
}

/// What has nothing to do with single instructions.
fn verify_shape(proto: &Prototype) -> Result<(), VerifyError> {
    if proto.registers < 2 || proto.registers >= MAX_REGISTERS {
        return Err(whole("bad number of registers"));
    }
    let has_arg = matches!(proto.vararg, VarargKind::ArgTable | VarargKind::ArgNil);
    if u16::from(proto.params) + u16::from(has_arg) > proto.registers.into() {
        return Err(whole("more parameters than registers"));
    }
    if proto.captures.len() != proto.upvalue_names.len() {
        return Err(whole("an upvalue without a name"));
    }
    if proto.code.len() != proto.lines.len() {
        return Err(whole("an instruction without a line"));
    }
    let end = proto.code.len();
    let is_within = |at: u32| usize::try_from(at).is_ok_and(|at| at <= end);
    if !proto
        .locals
        .iter()
        .all(|local| is_within(local.start) && is_within(local.end))
    {
        return Err(whole("a local outside the code"));
    }
    match proto.code.last().map(|instr| Op::from_u8(instr.opcode())) {
        Some(Some(Op::Return | Op::Return0 | Op::Return1)) => Ok(()),
        _ => Err(whole("the code does not end with a return")),
    }
}

/// For each instruction whether one elsewhere leads to it. All targets are within the code.
fn jump_targets(proto: &Prototype) -> Result<Vec<bool>, VerifyError> {
    let mut targets = vec![false; proto.code.len()];
    for (pc, instr) in proto.code.iter().enumerate() {
        let Some(op) = Op::from_u8(instr.opcode()) else {
            return Err(VerifyError {
                pc: Some(pc),
                what: "unknown opcode",
            });
        };
        let distance = if op == Op::LoadFalseSkip {
            1
        } else if op.has(Operand::J) {
            i64::from(instr.j())
        } else {
            continue;
        };
        let target = usize::try_from(pc as i64 + 1 + distance).ok();
        match target.and_then(|target| targets.get_mut(target)) {
            Some(is_target) => *is_target = true,
            None => {
                return Err(VerifyError {
                    pc: Some(pc),
                    what: "jump out of the code",
                });
            }
        }
    }
    Ok(targets)
}

/// One instruction in its function.
struct Verifier<'a> {
    proto: &'a Prototype,
    pc: usize,
    instr: Instr,
}

type Check = Result<(), &'static str>;

fn ensure(holds: bool, what: &'static str) -> Check {
    if holds { Ok(()) } else { Err(what) }
}

impl Verifier<'_> {
    /// Each operand by itself.
    fn operands(&self) -> Check {
        let (b, c) = (self.instr.b(), self.instr.c());
        let op = self.instr.op();
        if op.has_registers_only() {
            let count = u16::from(self.proto.registers);
            let is_right = |field: u16, operand| field < count || !op.has(operand);
            let all = is_right(self.instr.a().into(), Operand::RA)
                && is_right(b, Operand::RB)
                && is_right(c, Operand::RC);
            return ensure(all, "register out of range");
        }
        for operand in op.info().operands {
            match operand {
                Operand::RA => self.register(self.instr.a().into())?,
                Operand::RB => self.register(b.into())?,
                Operand::RC => self.register(c.into())?,
                Operand::KB => self.constant(b.into(), |_| true)?,
                Operand::KC => self.constant(c.into(), |_| true)?,
                Operand::NB => self.constant(b.into(), is_number)?,
                Operand::NC => self.constant(c.into(), is_number)?,
                Operand::SB => self.constant(b.into(), is_string)?,
                Operand::SC => self.constant(c.into(), is_string)?,
                Operand::SG => self.constant(self.instr.g(), is_string)?,
                Operand::KX => self.constant(self.instr.kx(), |_| true)?,
                Operand::UB => {
                    ensure(
                        usize::from(b) < self.proto.captures.len(),
                        "upvalue out of range",
                    )?;
                }
                Operand::PX => {
                    let exists = (self.instr.kx() as usize) < self.proto.protos.len();
                    ensure(exists, "function out of range")?;
                }
                Operand::Hint => ensure(self.instr.d() == 0, "slot hint not 0")?,
                Operand::Swap => ensure(self.instr.d() <= 1, "flag neither 0 nor 1")?,
                // Checked for all instructions beforehand.
                Operand::J => {}
                // What a count means depends on the instruction.
                Operand::IB | Operand::IC | Operand::IX => {}
            }
        }
        Ok(())
    }

    fn register(&self, register: u32) -> Check {
        ensure(
            register < self.proto.registers.into(),
            "register out of range",
        )
    }

    fn constant(&self, index: u32, is_right: impl Fn(&Constant) -> bool) -> Check {
        match self.proto.constants.get(index as usize) {
            Some(constant) => ensure(is_right(constant), "constant of the wrong type"),
            None => Err("constant out of range"),
        }
    }

    /// The registers that an instruction uses beyond those its operands name, and its counts.
    fn extent(&self) -> Check {
        let (a, b, c) = (
            u32::from(self.instr.a()),
            u32::from(self.instr.b()),
            u32::from(self.instr.c()),
        );
        match self.instr.op() {
            Op::LoadNil => {
                ensure(a <= b, "empty range")?;
                self.register(b)
            }
            Op::Concat => ensure(b < c, "empty range"),
            Op::SelfField => self.register(a + 1),
            // `b` - 1 arguments above `a`, `c` - 1 results from `a` on.
            Op::Call => {
                self.register(a + b.saturating_sub(1))?;
                self.register((a + c).saturating_sub(2))
            }
            Op::TailCall => self.register(a + b.saturating_sub(1)),
            Op::Return => self.register((a + b).saturating_sub(2)),
            Op::VarArg => {
                ensure(self.proto.vararg != VarargKind::No, "no extra arguments")?;
                self.register((a + b).saturating_sub(2))
            }
            Op::SetList => {
                let last = self.instr.kx().checked_add(b);
                ensure(last.is_some(), "too many items")?;
                self.register(a + b)
            }
            Op::ForPrep | Op::ForLoop | Op::ForLoopUp | Op::TForLoop => self.register(a + 3),
            // At least the generator and its two arguments are put above the hidden locals.
            Op::TForCall => {
                ensure(c >= 1, "no loop variable")?;
                self.register(a + 2 + c.max(3))
            }
            _ => Ok(()),
        }
    }

    /// What stands before and after those instructions that depend on it.
    #[inline]
    fn neighbours(&self, targets: &[bool]) -> Check {
        match self.instr.op() {
            Op::Call | Op::TailCall | Op::Return | Op::VarArg | Op::SetList => self.top(targets),
            Op::TForCall | Op::TForLoop => self.pair(),
            _ => Ok(()),
        }
    }

    /// The instruction before, and the one after.
    fn around(&self) -> (Option<Instr>, Option<Instr>) {
        let code = &self.proto.code;
        let previous = self.pc.checked_sub(1).map(|pc| code[pc]);
        (previous, code.get(self.pc + 1).copied())
    }

    /// That what sets the top and what takes values up to it come together.
    fn top(&self, targets: &[bool]) -> Check {
        let (previous, next) = self.around();
        if let Some(first) = first_up_to_top(self.instr) {
            ensure(
                !targets[self.pc],
                "a jump to an instruction that needs the top",
            )?;
            let is_set = previous
                .is_some_and(|previous| sets_top(previous) && u16::from(previous.a()) >= first);
            ensure(is_set, "no top")?;
        }
        if sets_top(self.instr) {
            let takes = next.is_some_and(|next| first_up_to_top(next).is_some());
            ensure(takes, "open results that nothing takes")?;
        }
        Ok(())
    }

    /// That a `TForCall` and its `TForLoop` come together.
    fn pair(&self) -> Check {
        let (previous, next) = self.around();
        let is_at = |instr: Instr, op| instr.op() == op && instr.a() == self.instr.a();
        match self.instr.op() {
            Op::TForCall => ensure(
                next.is_some_and(|next| is_at(next, Op::TForLoop)),
                "TForCall without TForLoop",
            ),
            Op::TForLoop => ensure(
                previous.is_some_and(|previous| is_at(previous, Op::TForCall)),
                "TForLoop without TForCall",
            ),
            _ => Ok(()),
        }
    }
}

fn is_number(constant: &Constant) -> bool {
    matches!(constant, Constant::Number(_))
}

fn is_string(constant: &Constant) -> bool {
    matches!(constant, Constant::String(_))
}

/// Whether an instruction gives any number of values and sets the top behind them.
fn sets_top(instr: Instr) -> bool {
    match instr.op() {
        Op::Call => instr.c() == 0,
        Op::VarArg => instr.b() == 0,
        Op::TailCall => true,
        _ => false,
    }
}

/// For an instruction that takes values up to the top, the register that the first may be in.
fn first_up_to_top(instr: Instr) -> Option<u16> {
    let a = u16::from(instr.a());
    match instr.op() {
        Op::Call | Op::TailCall | Op::SetList if instr.b() == 0 => Some(a + 1),
        Op::Return if instr.b() == 0 => Some(a),
        _ => None,
    }
}
