//! The instructions of the function being compiled.
//!
//! Owns: the code and its lines, the place in the source that the compiler has reached, and the
//! patching of jumps. It must not know registers, constants or the syntax tree.

use super::error::{Fault, Limit, Result};
use super::jump::{END, JumpList, complement};
use super::points::Points;
use crate::bytecode::instr::Instr;
use crate::bytecode::op::Op;

/// The longest jump, as in PUC.
const MAX_JUMP: usize = 131_071;

/// In field `a` of a jump that may set a register: no register is wanted so far.
pub(super) const NO_REGISTER: u8 = u8::MAX;

/// How far into the source the compiler is. A single-pass compiler emits an instruction as soon as
/// its operands are read, and its line is that of the last token read by then; errors that name
/// lines make this visible, so the walk over the tree keeps account of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    /// The line of the last token read: the line of an instruction emitted now.
    pub(super) line: u32,
    /// A byte offset before the next token, and after the last.
    pub(super) next: u32,
}

/// The code so far.
#[derive(Debug, Default)]
pub(super) struct Code {
    pub(super) instrs: Vec<Instr>,
    pub(super) lines: Vec<u32>,
    pub(super) cursor: Cursor,
    /// Jumps to the next instruction.
    pending: JumpList,
    /// The last position known to be a jump target: what stands before it must stay as it is.
    last_target: usize,
    /// What coverage is to tell of, if it is to.
    pub(super) points: Option<Points>,
}

impl Code {
    /// The same lists without code, at a place in the source.
    pub(super) fn starting_at(mut self, cursor: Cursor) -> Code {
        self.instrs.clear();
        self.lines.clear();
        Code {
            instrs: self.instrs,
            lines: self.lines,
            cursor,
            points: self.points,
            ..Code::default()
        }
    }

    /// The position of the next instruction.
    pub(super) fn pc(&self) -> usize {
        self.instrs.len()
    }

    /// An error here.
    pub(super) fn fault(&self, limit: Limit) -> Fault {
        Fault {
            limit,
            next: self.cursor.next,
        }
    }

    /// Adds an instruction and tells where it stands.
    pub(super) fn emit(&mut self, instr: Instr) -> Result<usize> {
        let pc = self.pc();
        // A list stores positions in `j` fields.
        if pc >= i32::MAX as usize {
            return Err(self.fault(Limit::Code));
        }
        if !self.pending.is_empty() {
            let pending = std::mem::take(&mut self.pending);
            self.patch_list(pending, pc, None, pc)?;
        }
        self.instrs.push(instr);
        self.lines.push(self.cursor.line);
        Ok(pc)
    }

    /// Removes the last instruction, which was emitted in vain.
    pub(super) fn pop(&mut self) {
        self.instrs.pop();
        self.lines.pop();
    }

    /// The instruction just before, if every way to here leads through it.
    pub(super) fn previous(&mut self) -> Option<&mut Instr> {
        if self.pc() > self.last_target {
            self.instrs.last_mut()
        } else {
            None
        }
    }

    /// Adds a conditional jump with an open target.
    pub(super) fn emit_jump(&mut self, op: Op, a: u8, b: u16) -> Result<usize> {
        self.emit(Instr::abj(op, a, b, END))
    }

    /// Adds an unconditional jump. Jumps to here take its target instead.
    pub(super) fn jump(&mut self) -> Result<JumpList> {
        let pending = std::mem::take(&mut self.pending);
        self.note_passing(pending);
        let mut list = JumpList::one(self.emit_jump(Op::Jump, 0, 0)?);
        self.append(&mut list, pending);
        Ok(list)
    }

    /// Adds a jump back that counts against the instruction budget.
    pub(super) fn loop_back(&mut self, target: usize) -> Result<()> {
        let pc = self.emit_jump(Op::LoopBack, 0, 0)?;
        self.set_target(pc, target)
    }

    /// Makes the next position a jump target and tells which it is.
    pub(super) fn label(&mut self) -> usize {
        self.last_target = self.pc();
        self.last_target
    }

    /// Moves the jumps of `tail` to the end of `list`.
    pub(super) fn append(&mut self, list: &mut JumpList, tail: JumpList) {
        if let Some(joint) = list.append(tail)
            && let Some(first) = tail.first()
        {
            self.instrs[joint] = self.instrs[joint].with_j(first as i32);
        }
    }

    /// Lets all jumps of a list go to the next instruction.
    pub(super) fn patch_here(&mut self, list: JumpList) {
        self.label();
        let mut pending = self.pending;
        self.append(&mut pending, list);
        self.pending = pending;
    }

    /// Gives the jumps of a list their targets: those that leave the tested value behind put it in
    /// `register` and go to `with_value`, the others go to `without`.
    pub(super) fn patch_list(
        &mut self,
        list: JumpList,
        with_value: usize,
        register: Option<u8>,
        without: usize,
    ) -> Result<()> {
        let mut at = list.first();
        while let Some(pc) = at {
            at = self.next_in_list(pc);
            let sets = self.set_tested_register(pc, register);
            self.set_target(pc, if sets { with_value } else { without })?;
        }
        Ok(())
    }

    /// Whether a jump of the list leaves no value behind.
    pub(super) fn lacks_value(&self, list: JumpList) -> bool {
        let mut at = list.first();
        while let Some(pc) = at {
            if !leaves_value(self.instrs[pc].op()) {
                return true;
            }
            at = self.next_in_list(pc);
        }
        false
    }

    /// Makes the jumps of a list leave no value behind.
    pub(super) fn drop_values(&mut self, list: JumpList) {
        let mut at = list.first();
        while let Some(pc) = at {
            at = self.next_in_list(pc);
            self.set_tested_register(pc, None);
        }
    }

    /// Turns a comparison around.
    pub(super) fn invert(&mut self, pc: usize) {
        let instr = self.instrs[pc];
        self.instrs[pc] = Instr::abj(complement(instr.op()), instr.a(), instr.b(), instr.j());
    }

    pub(super) fn next_in_list(&self, pc: usize) -> Option<usize> {
        usize::try_from(self.instrs[pc].j()).ok()
    }

    /// Lets a jump that leaves its tested value behind put it in `register`, or drop it. Tells
    /// whether it was such a jump.
    fn set_tested_register(&mut self, pc: usize, register: Option<u8>) -> bool {
        let instr = self.instrs[pc];
        let plain = match instr.op() {
            Op::JumpIfSet => Op::JumpIf,
            Op::JumpIfNotSet => Op::JumpIfNot,
            _ => return false,
        };
        self.instrs[pc] = match register {
            Some(register) if u16::from(register) != instr.b() => instr.with_a(register),
            // The tested register is the wanted one, or none is wanted.
            _ => Instr::abj(plain, instr.b() as u8, 0, instr.j()),
        };
        true
    }

    fn set_target(&mut self, pc: usize, target: usize) -> Result<()> {
        let next = pc + 1;
        if next.abs_diff(target) > MAX_JUMP {
            return Err(self.fault(Limit::Jump));
        }
        self.instrs[pc] = self.instrs[pc].with_j(target as i32 - next as i32);
        Ok(())
    }

    /// Lets one jump go to the next instruction.
    pub(super) fn patch_one_here(&mut self, pc: usize) {
        self.patch_here(JumpList::one(pc));
    }

    /// Lets one jump go to a known position.
    pub(super) fn emit_jump_to(&mut self, op: Op, a: u8, target: usize) -> Result<usize> {
        let pc = self.emit_jump(op, a, 0)?;
        self.set_target(pc, target)?;
        Ok(pc)
    }
}

fn leaves_value(op: Op) -> bool {
    matches!(op, Op::JumpIfSet | Op::JumpIfNotSet)
}
