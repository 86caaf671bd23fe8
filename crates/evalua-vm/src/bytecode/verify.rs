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
//! 6. an instruction that takes the accumulator comes right after arithmetic with its `b` as `a`, and is no
//!    jump target;
//! 7. `captures` and `upvalue_names` are equally long, and captures name registers and upvalues of
//!    the function around.

use super::instr::Instr;
use super::op::{ALL, Op, Operand};
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
    let registers = u16::from(proto.registers);
    let mut follows = false;
    for (pc, &instr) in proto.code.iter().enumerate() {
        let Some(row) = ROWS.get(usize::from(instr.opcode())) else {
            return Err(VerifyError {
                pc: Some(pc),
                what: "unknown opcode",
            });
        };
        let is_good = (u16::from(instr.a() & row.a) < registers)
            & (instr.b() & row.b < registers)
            & (instr.c() & row.c < registers)
            & (instr.d() <= row.most_d);
        if is_good && row.is_simple {
            continue;
        }
        let checked = if is_good {
            verify_rest(proto, pc, instr, row)
        } else {
            Err(complaint(instr, registers))
        };
        checked.map_err(|wrong| VerifyError {
            pc: Some(pc),
            what: wrong.text(),
        })?;
        follows |= needs_previous(instr);
    }
    if follows {
        no_jumps_to_followers(proto)?;
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

/// That no jump leads to an instruction that takes what the one before leaves. All jumps stay in the code.
fn no_jumps_to_followers(proto: &Prototype) -> Result<(), VerifyError> {
    let code = &proto.code;
    for (pc, &instr) in code.iter().enumerate() {
        if let Some(target) = target(pc, instr)
            && let Some(&reached) = code.get(target)
            && needs_previous(reached)
        {
            return Err(VerifyError {
                pc: Some(target),
                what: "a jump to an instruction that needs the one before",
            });
        }
    }
    Ok(())
}

/// Where an instruction leads, if not only to the next; what lies before the code is beyond its end.
fn target(pc: usize, instr: Instr) -> Option<usize> {
    let op = instr.op();
    let distance = if op == Op::LoadFalseSkip {
        1
    } else if op.has(Operand::J) {
        instr.j() as isize
    } else {
        return None;
    };
    Some((pc + 1).wrapping_add_signed(distance))
}

/// What there is to look at in the instructions of an opcode.
#[derive(Clone, Copy)]
struct Row {
    /// All bits of the fields that name registers, none of the others.
    a: u8,
    b: u16,
    c: u16,
    /// The most that `d` may be.
    most_d: u16,
    /// The operands that there is more to say of. No opcode has more than two.
    first: Option<Operand>,
    second: Option<Operand>,
    has_meaning: bool,
    /// Whether there are no such operands and no meaning.
    is_simple: bool,
}

/// For each opcode, from its row in the op table.
static ROWS: [Row; ALL.len()] = {
    let mut rows = [NOTHING; ALL.len()];
    let mut i = 0;
    while i < rows.len() {
        rows[i] = row(ALL[i]);
        i += 1;
    }
    rows
};

const NOTHING: Row = Row {
    a: 0,
    b: 0,
    c: 0,
    most_d: u16::MAX,
    first: None,
    second: None,
    has_meaning: false,
    is_simple: true,
};

const fn row(op: Op) -> Row {
    let mut row = Row {
        has_meaning: has_meaning(op),
        ..NOTHING
    };
    let operands = op.info().operands;
    let mut i = 0;
    while i < operands.len() {
        match operands[i] {
            Operand::RA => row.a = u8::MAX,
            Operand::RB => row.b = u16::MAX,
            Operand::RC => row.c = u16::MAX,
            Operand::Hint => row.most_d = 0,
            Operand::Swap => row.most_d = 1,
            // What a count means depends on the instruction.
            Operand::IB | Operand::IC | Operand::IX => {}
            operand => {
                if matches!(operand, Operand::AB) {
                    row.b = u16::MAX;
                }
                assert!(
                    row.second.is_none(),
                    "three operands that are not just registers"
                );
                (row.first, row.second) = (Some(operand), row.first);
            }
        }
        i += 1;
    }
    row.is_simple = row.first.is_none() && !row.has_meaning;
    row
}

/// Whether an instruction leads elsewhere, uses registers that no operand names, or depends on what is
/// around it.
const fn has_meaning(op: Op) -> bool {
    matches!(
        op,
        Op::LoadNil
            | Op::LoadFalseSkip
            | Op::Concat
            | Op::SelfField
            | Op::Call
            | Op::TailCall
            | Op::Return
            | Op::VarArg
            | Op::SetList
            | Op::ForPrep
            | Op::ForLoop
            | Op::ForLoopUp
            | Op::TForCall
            | Op::TForLoop
    )
}

/// One instruction in its function.
struct Verifier<'a> {
    proto: &'a Prototype,
    pc: usize,
    instr: Instr,
}

/// What is wrong with an instruction: a byte, as every check of every instruction may give one.
#[derive(Clone, Copy)]
enum Wrong {
    Register,
    Constant,
    ConstantType,
    Upvalue,
    Function,
    Hint,
    Swap,
    Jump,
    EmptyRange,
    NoExtraArguments,
    TooManyItems,
    NoLoopVariable,
    NoTop,
    NothingTakes,
    CallAlone,
    LoopAlone,
    NoAccumulator,
}

impl Wrong {
    fn text(self) -> &'static str {
        match self {
            Wrong::Register => "register out of range",
            Wrong::Constant => "constant out of range",
            Wrong::ConstantType => "constant of the wrong type",
            Wrong::Upvalue => "upvalue out of range",
            Wrong::Function => "function out of range",
            Wrong::Hint => "slot hint not 0",
            Wrong::Swap => "flag neither 0 nor 1",
            Wrong::Jump => "jump out of the code",
            Wrong::EmptyRange => "empty range",
            Wrong::NoExtraArguments => "no extra arguments",
            Wrong::TooManyItems => "too many items",
            Wrong::NoLoopVariable => "no loop variable",
            Wrong::NoTop => "no top",
            Wrong::NothingTakes => "open results that nothing takes",
            Wrong::CallAlone => "TForCall without TForLoop",
            Wrong::LoopAlone => "TForLoop without TForCall",
            Wrong::NoAccumulator => "no such result in the accumulator",
        }
    }
}

type Check = Result<(), Wrong>;

fn ensure(holds: bool, what: Wrong) -> Check {
    if holds { Ok(()) } else { Err(what) }
}

/// What is wrong with the fields that need no more than a look at the number of registers.
#[cold]
fn complaint(instr: Instr, registers: u16) -> Wrong {
    let op = instr.op();
    let fields = [
        (Operand::RA, instr.a().into()),
        (Operand::RB, instr.b()),
        (Operand::AB, instr.b()),
        (Operand::RC, instr.c()),
    ];
    if fields
        .iter()
        .any(|&(operand, field)| op.has(operand) && field >= registers)
    {
        Wrong::Register
    } else if op.has(Operand::Hint) {
        Wrong::Hint
    } else {
        Wrong::Swap
    }
}

/// What is not said by the fields that need no more than a look at the number of registers.
#[inline(never)]
fn verify_rest(proto: &Prototype, pc: usize, instr: Instr, row: &Row) -> Check {
    let verifier = Verifier { proto, pc, instr };
    if let Some(operand) = row.first {
        verifier.operand(operand)?;
    }
    if let Some(operand) = row.second {
        verifier.operand(operand)?;
    }
    if row.has_meaning {
        verifier.extent()?;
        verifier.neighbours()?;
    }
    Ok(())
}

impl Verifier<'_> {
    /// An operand that names something other than a register.
    fn operand(&self, operand: Operand) -> Check {
        let (b, c) = (self.instr.b(), self.instr.c());
        match operand {
            Operand::KB => self.constant(b.into(), |_| true),
            Operand::KC => self.constant(c.into(), |_| true),
            Operand::NB => self.constant(b.into(), is_number),
            Operand::NC => self.constant(c.into(), is_number),
            Operand::SB => self.constant(b.into(), is_string),
            Operand::SC => self.constant(c.into(), is_string),
            Operand::SG => self.constant(self.instr.g(), is_string),
            Operand::KX => self.constant(self.instr.kx(), |_| true),
            Operand::UB => ensure(usize::from(b) < self.proto.captures.len(), Wrong::Upvalue),
            Operand::PX => {
                let exists = (self.instr.kx() as usize) < self.proto.protos.len();
                ensure(exists, Wrong::Function)
            }
            Operand::J => self.jump(),
            Operand::AB => self.accumulator(),
            // The rest is looked at in other ways.
            _ => Ok(()),
        }
    }

    /// That a jump stays in the code.
    fn jump(&self) -> Check {
        let stays = target(self.pc, self.instr).is_some_and(|pc| pc < self.proto.code.len());
        ensure(stays, Wrong::Jump)
    }

    fn register(&self, register: u32) -> Check {
        ensure(register < self.proto.registers.into(), Wrong::Register)
    }

    fn constant(&self, index: u32, is_right: impl Fn(&Constant) -> bool) -> Check {
        match self.proto.constants.get(index as usize) {
            Some(constant) => ensure(is_right(constant), Wrong::ConstantType),
            None => Err(Wrong::Constant),
        }
    }

    /// What an instruction's operands do not tell: registers beyond those they name, counts, a skip.
    fn extent(&self) -> Check {
        let (a, b, c) = (
            u32::from(self.instr.a()),
            u32::from(self.instr.b()),
            u32::from(self.instr.c()),
        );
        match self.instr.op() {
            Op::LoadNil => {
                ensure(a <= b, Wrong::EmptyRange)?;
                self.register(b)
            }
            Op::LoadFalseSkip => self.jump(),
            Op::Concat => ensure(b < c, Wrong::EmptyRange),
            Op::SelfField => self.register(a + 1),
            // `b` - 1 arguments above `a`, `c` - 1 results from `a` on.
            Op::Call => {
                self.register(a + b.saturating_sub(1))?;
                self.register((a + c).saturating_sub(2))
            }
            Op::TailCall => self.register(a + b.saturating_sub(1)),
            Op::Return => self.register((a + b).saturating_sub(2)),
            Op::VarArg => {
                ensure(self.proto.vararg != VarargKind::No, Wrong::NoExtraArguments)?;
                self.register((a + b).saturating_sub(2))
            }
            Op::SetList => {
                let last = self.instr.kx().checked_add(b);
                ensure(last.is_some(), Wrong::TooManyItems)?;
                self.register(a + b)
            }
            Op::ForPrep | Op::ForLoop | Op::ForLoopUp | Op::TForLoop => self.register(a + 3),
            // At least the generator and its two arguments are put above the hidden locals.
            Op::TForCall => {
                ensure(c >= 1, Wrong::NoLoopVariable)?;
                self.register(a + 2 + c.max(3))
            }
            _ => Ok(()),
        }
    }

    /// What stands before and after those instructions that depend on it.
    #[inline]
    fn neighbours(&self) -> Check {
        match self.instr.op() {
            Op::Call | Op::TailCall | Op::Return | Op::VarArg | Op::SetList => self.top(),
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

    /// That the instruction before leaves in the accumulator what it puts in `b`.
    fn accumulator(&self) -> Check {
        let holds = self.around().0.is_some_and(|previous| {
            previous.op().sets_accumulator() && u16::from(previous.a()) == self.instr.b()
        });
        ensure(holds, Wrong::NoAccumulator)
    }

    /// That what sets the top and what takes values up to it come together.
    fn top(&self) -> Check {
        let (previous, next) = self.around();
        if let Some(first) = first_up_to_top(self.instr) {
            let is_set = previous
                .is_some_and(|previous| sets_top(previous) && u16::from(previous.a()) >= first);
            ensure(is_set, Wrong::NoTop)?;
        }
        if sets_top(self.instr) {
            let takes = next.is_some_and(|next| first_up_to_top(next).is_some());
            ensure(takes, Wrong::NothingTakes)?;
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
                Wrong::CallAlone,
            ),
            Op::TForLoop => ensure(
                previous.is_some_and(|previous| is_at(previous, Op::TForCall)),
                Wrong::LoopAlone,
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

/// Whether an instruction takes what the one before leaves: the top or the accumulator.
fn needs_previous(instr: Instr) -> bool {
    first_up_to_top(instr).is_some() || instr.op().has(Operand::AB)
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
