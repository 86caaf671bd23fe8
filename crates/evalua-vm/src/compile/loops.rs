//! Loops.
//!
//! Owns: the shape of the code of `while`, `repeat` and both kinds of `for`. Every turn of a loop
//! passes an instruction that counts against the budget: a `LoopBack` or one of the `for` loops' own.

use super::desc::{Desc, Kind};
use super::error::Result;
use super::function::FunctionCompiler;
use crate::bytecode::instr::Instr;
use crate::bytecode::op::Op;
use crate::bytecode::point::Choice;
use evalua_syntax::ast::{Block, ExprId, LocalId, Span};

/// The hidden locals of a `for` loop.
const HIDDEN: u32 = 3;

impl FunctionCompiler<'_> {
    pub(super) fn while_loop(&mut self, cond: ExprId, body: &Block) -> Result<()> {
        let start = self.code.label();
        let to_end = self.condition(cond, Choice::While)?;
        self.enter_loop();
        self.read_past(cond);
        self.block(body)?;
        self.code.loop_back(start)?;
        self.leave_scope()?;
        self.code.patch_here(to_end);
        Ok(())
    }

    pub(super) fn repeat_loop(&mut self, body: &Block, cond: ExprId) -> Result<()> {
        let start = self.code.label();
        self.enter_loop();
        self.enter_scope(body.captures);
        self.statements(body)?;
        // The condition sees the locals of the body.
        let again = self.condition(cond, Choice::Until)?;
        self.break_loop()?;
        self.code.patch_here(again);
        self.leave_scope()?;
        self.code.loop_back(start)?;
        self.leave_scope()
    }

    /// `range` holds first value, limit and step.
    pub(super) fn numeric_for(
        &mut self,
        index: LocalId,
        var: LocalId,
        range: [Option<ExprId>; 3],
        body: &Block,
        captures_var: bool,
        (line, span): (u32, Span),
    ) -> Result<()> {
        self.enter_loop();
        let base = self.free_register();
        // A loop over numbers that are there runs always, or never.
        let (mut goes_up, mut is_fixed) = (true, true);
        for id in range {
            let mut e = match id {
                Some(id) => self.expr(id)?,
                // The step.
                None => Desc::new(Kind::Number(1.0)),
            };
            is_fixed &= e.numeral().is_some();
            goes_up = e.numeral().is_some_and(|step| step > 0.0);
            self.put_in_next(&mut e)?;
        }
        self.activate(index, HIDDEN);
        if let Some(last) = range.into_iter().flatten().last() {
            // Past the `do`.
            self.read_past(last);
        }
        let prepare = self.code.emit_jump(Op::ForPrep, base, 0)?;
        let start = self.code.label();
        self.for_body((var, 1), body, captures_var)?;
        let op = if goes_up { Op::ForLoopUp } else { Op::ForLoop };
        let turn = self.code.emit_jump_to(op, base, start)?;
        self.code.lines[turn] = line;
        if !is_fixed {
            self.code.note_loop(Choice::For, span, prepare, false);
        }
        self.code.patch_one_here(prepare);
        self.leave_scope()
    }

    pub(super) fn generic_for(
        &mut self,
        generator: LocalId,
        vars: (LocalId, u32),
        exprs: &[ExprId],
        body: &Block,
        captures_var: bool,
        (line, span): (u32, Span),
    ) -> Result<()> {
        self.enter_loop();
        let base = self.free_register();
        self.values(exprs, HIDDEN as usize)?;
        // Room to call the generator.
        self.check_registers(HIDDEN as usize)?;
        self.activate(generator, HIDDEN);
        if let Some(&last) = exprs.last() {
            // Past the `do`.
            self.read_past(last);
        }
        let to_turn = self.code.jump()?;
        let start = self.code.label();
        self.for_body(vars, body, captures_var)?;
        self.code.patch_here(to_turn);
        let call = self
            .code
            .emit(Instr::abc(Op::TForCall, base, 0, vars.1 as u16))?;
        let turn = self.code.emit_jump_to(Op::TForLoop, base, start)?;
        self.code.lines[call] = line;
        self.code.lines[turn] = line;
        self.code.note_loop(Choice::ForIn, span, turn, true);
        self.leave_scope()
    }

    /// The body of a `for` loop with the variables that are new in each turn.
    fn for_body(&mut self, vars: (LocalId, u32), body: &Block, captures_var: bool) -> Result<()> {
        self.enter_scope(captures_var);
        self.activate(vars.0, vars.1);
        self.reserve(vars.1 as usize)?;
        // Closing the variables closes the locals of the body too.
        self.enter_scope(body.captures && !captures_var);
        self.statements(body)?;
        self.leave_scope()?;
        self.leave_scope()
    }
}
