//! Operators.
//!
//! Owns: the code of unary and binary operators and the folding of constants. It must not know the
//! shape of the tree: operands come as descriptions, the left one before the right one is read.

use super::desc::{Desc, Kind};
use super::error::Result;
use super::function::FunctionCompiler;
use crate::bytecode::instr::Instr;
use crate::bytecode::op::{Op, Operand};
use crate::bytecode::point::Choice;
use crate::number::{libm, modulo};
use evalua_syntax::ast::{BinaryOp, Span, UnaryOp};

impl FunctionCompiler<'_> {
    /// A unary operator whose operand has been read.
    pub(super) fn unary(&mut self, op: UnaryOp, mut e: Desc) -> Result<Desc> {
        let op = match op {
            UnaryOp::Not => {
                self.negate(&mut e)?;
                return Ok(e);
            }
            UnaryOp::Neg => {
                if let Some(value) = e.numeral() {
                    return Ok(Desc::new(Kind::Number(-value)));
                }
                Op::Neg
            }
            UnaryOp::Len => Op::Len,
        };
        let operand = self.put_in_any(&mut e)?;
        self.release_desc(&e);
        let pc = self.code.emit(Instr::abc(op, 0, operand.into(), 0))?;
        Ok(Desc::new(Kind::Relocatable(pc)))
    }

    /// What has to be done with the left operand, which is at `span`, before the right one is read.
    pub(super) fn left_operand(&mut self, op: BinaryOp, e: &mut Desc, span: Span) -> Result<()> {
        match op {
            BinaryOp::And => self.go_on_if_true(e, (Choice::And, span)),
            BinaryOp::Or => self.go_on_if_false(e, (Choice::Or, span)),
            // The operands of `..` stand side by side.
            BinaryOp::Concat => self.put_in_next(e).map(drop),
            // Numbers may still be folded.
            BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::Mod
            | BinaryOp::Pow
                if e.numeral().is_some() =>
            {
                Ok(())
            }
            _ => {
                // A constant waits, too: it may become part of the instruction.
                if self.constant_operand(e)?.is_none() {
                    self.put_in_any(e)?;
                }
                Ok(())
            }
        }
    }

    /// A binary operator whose operands have been read. The left one becomes the result.
    pub(super) fn binary(&mut self, op: BinaryOp, left: &mut Desc, right: &mut Desc) -> Result<()> {
        match op {
            BinaryOp::And => {
                self.fetch(right)?;
                let mut jumps = left.when_false;
                self.code.append(&mut jumps, right.when_false);
                *left = Desc {
                    when_false: jumps,
                    ..*right
                };
                Ok(())
            }
            BinaryOp::Or => {
                self.fetch(right)?;
                let mut jumps = left.when_true;
                self.code.append(&mut jumps, right.when_true);
                *left = Desc {
                    when_true: jumps,
                    ..*right
                };
                Ok(())
            }
            BinaryOp::Concat => self.concat(left, right),
            BinaryOp::Add => self.arithmetic(Op::Add, Op::AddK, Some(Op::AddK), left, right),
            BinaryOp::Sub => self.arithmetic(Op::Sub, Op::SubK, Some(Op::SubFromK), left, right),
            BinaryOp::Mul => self.arithmetic(Op::Mul, Op::MulK, Some(Op::MulK), left, right),
            BinaryOp::Div => self.arithmetic(Op::Div, Op::DivK, Some(Op::DivFromK), left, right),
            BinaryOp::Mod => self.arithmetic(Op::Mod, Op::ModK, None, left, right),
            BinaryOp::Pow => self.arithmetic(Op::Pow, Op::PowK, None, left, right),
            BinaryOp::Eq => self.equality(Op::JumpEq, Op::JumpEqK, left, right),
            BinaryOp::Ne => self.equality(Op::JumpNe, Op::JumpNeK, left, right),
            // The operands of `>` are swapped only now that both have been evaluated in order.
            BinaryOp::Lt | BinaryOp::Gt => {
                let swapped = op == BinaryOp::Gt;
                self.order(Op::JumpLt, Op::JumpLtK, Op::JumpGtK, left, right, swapped)
            }
            BinaryOp::Le | BinaryOp::Ge => {
                let swapped = op == BinaryOp::Ge;
                self.order(Op::JumpLe, Op::JumpLeK, Op::JumpGeK, left, right, swapped)
            }
        }
    }

    fn concat(&mut self, left: &mut Desc, right: &mut Desc) -> Result<()> {
        self.resolve(right)?;
        let Kind::Register(first) = left.kind else {
            return Ok(());
        };
        if let Kind::Relocatable(pc) = right.kind
            && self.code.instrs[pc].op() == Op::Concat
        {
            self.release(first);
            self.code.instrs[pc] = self.code.instrs[pc].with_b(first.into());
            *left = Desc::new(Kind::Relocatable(pc));
            return Ok(());
        }
        let last = self.put_in_next(right)?;
        self.release_both(first, last);
        let pc = self
            .code
            .emit(Instr::abc(Op::Concat, 0, first.into(), last.into()))?;
        *left = Desc::new(Kind::Relocatable(pc));
        Ok(())
    }

    /// `plain` takes two registers, `right_constant` a constant on the right, `left_constant` one on
    /// the left.
    fn arithmetic(
        &mut self,
        plain: Op,
        right_constant: Op,
        left_constant: Option<Op>,
        left: &mut Desc,
        right: &mut Desc,
    ) -> Result<()> {
        if let (Some(x), Some(y)) = (left.numeral(), right.numeral())
            && let Some(value) = fold(plain, x, y)
        {
            *left = Desc::new(Kind::Number(value));
            return Ok(());
        }
        let instr = if let Some(constant) = self.number_operand(right)? {
            let register = self.put_in_any(left)?;
            Instr::abc(right_constant, 0, register.into(), constant)
        } else {
            let register = self.put_in_any(right)?;
            let constant = match left_constant {
                Some(op) => self.number_operand(left)?.map(|constant| (op, constant)),
                None => None,
            };
            match constant {
                Some((op, constant)) => {
                    let instr = Instr::abc(op, 0, register.into(), constant);
                    // An operator that commutes has one form for both orders.
                    if op == right_constant {
                        instr.with_d(1)
                    } else {
                        instr
                    }
                }
                None => {
                    let first = self.put_in_any(left)?;
                    Instr::abc(plain, 0, first.into(), register.into())
                }
            }
        };
        let instr = match self.code.previous() {
            Some(&mut previous) => after(previous, instr),
            None => instr,
        };
        self.release_operands(left, right);
        *left = Desc::new(Kind::Relocatable(self.code.emit(instr)?));
        Ok(())
    }

    fn equality(
        &mut self,
        plain: Op,
        constant: Op,
        left: &mut Desc,
        right: &mut Desc,
    ) -> Result<()> {
        let (op, a, b) = if let Some(index) = self.constant_operand(right)? {
            (constant, self.put_in_any(left)?, index)
        } else {
            let register = self.put_in_any(right)?;
            match self.constant_operand(left)? {
                Some(index) => (constant, register, index),
                None => (plain, self.put_in_any(left)?, register.into()),
            }
        };
        self.release_operands(left, right);
        *left = Desc::new(Kind::Jump(self.code.emit_jump(op, a, b)?));
        Ok(())
    }

    /// Whether the left operand is less than the right one (or equal to it), or, `swapped`, the right one
    /// less than the left.
    fn order(
        &mut self,
        plain: Op,
        large_constant: Op,
        small_constant: Op,
        left: &mut Desc,
        right: &mut Desc,
        swapped: bool,
    ) -> Result<()> {
        let (small, large) = if swapped {
            (&mut *right, &mut *left)
        } else {
            (&mut *left, &mut *right)
        };
        let constants = (self.number_operand(small)?, self.number_operand(large)?);
        let (op, a, b) = if let (_, Some(index)) = constants {
            (large_constant, self.put_in_any(small)?, index)
        } else if let (Some(index), _) = constants {
            (small_constant, self.put_in_any(large)?, index)
        } else {
            // A constant that has waited goes above the operand that was read after it, behind whatever
            // jumps lead to that operand's end.
            if !small.has_jumps() && matches!(small.kind, Kind::Constant(_)) {
                self.put_in_any(large)?;
            }
            let a = self.put_in_any(small)?;
            (plain, a, self.put_in_any(large)?.into())
        };
        self.release_operands(small, large);
        *left = Desc::new(Kind::Jump(self.code.emit_jump(op, a, b)?));
        Ok(())
    }

    fn release_operands(&mut self, one: &Desc, other: &Desc) {
        match (one.kind, other.kind) {
            (Kind::Register(one), Kind::Register(other)) => self.release_both(one, other),
            _ => {
                self.release_desc(one);
                self.release_desc(other);
            }
        }
    }
}

/// An arithmetic instruction as it is right after another, whose result may be in the accumulator.
fn after(previous: Instr, instr: Instr) -> Instr {
    if !previous.op().sets_accumulator() {
        return instr;
    }
    let held = u16::from(previous.a());
    let op = instr.op();
    if instr.b() == held
        && let Some(op) = op.left_from_accumulator()
    {
        return Instr::abc(op, 0, held, instr.c()).with_d(instr.d());
    }
    if op.has(Operand::RC)
        && instr.c() == held
        && let Some(op) = op.right_from_accumulator()
    {
        let swapped = op.has(Operand::Swap);
        return Instr::abc(op, 0, held, instr.b()).with_d(swapped.into());
    }
    instr
}

/// The result of an operator on two constants, unless it is left to run time.
fn fold(op: Op, x: f64, y: f64) -> Option<f64> {
    let value = match op {
        Op::Add => x + y,
        Op::Sub => x - y,
        Op::Mul => x * y,
        Op::Div if y != 0.0 => x / y,
        Op::Mod if y != 0.0 => modulo(x, y),
        Op::Pow => libm::pow(x, y),
        _ => return None,
    };
    (!value.is_nan()).then_some(value)
}
