//! Statements.
//!
//! Owns: the code of blocks, conditions, locals, functions and returns. It must not know loops and
//! assignments, nor how expressions are compiled.

use super::desc::{Desc, Kind};
use super::error::Result;
use super::function::FunctionCompiler;
use super::jump::JumpList;
use crate::bytecode::instr::Instr;
use crate::bytecode::op::Op;
use crate::bytecode::point::Choice;
use evalua_syntax::ast::{Block, ExprId, Function, LocalId, Span, Stat, StatKind};

impl FunctionCompiler<'_> {
    /// The statements of a block, in a scope that the caller has made.
    pub(super) fn statements(&mut self, block: &Block) -> Result<()> {
        for stat in &block.stats {
            let start = self.code.pc();
            self.statement(stat)?;
            if self.code.points.is_some() {
                self.note_statement(stat, start);
            }
            self.read_to_end(stat.span);
            self.release_from(self.active_count());
        }
        Ok(())
    }

    /// A block with a scope of its own.
    pub(super) fn block(&mut self, block: &Block) -> Result<()> {
        self.enter_scope(block.captures);
        self.statements(block)?;
        self.leave_scope()
    }

    fn statement(&mut self, stat: &Stat) -> Result<()> {
        let arena = self.arena;
        match &stat.kind {
            StatKind::Call(call) => {
                let e = self.expr(*call)?;
                self.set_results(&e, Some(0))
            }
            StatKind::Local {
                first,
                count,
                values,
            } => {
                let values = arena.list(*values);
                if values.is_empty() {
                    self.read_to_end(stat.span);
                }
                self.values(values, *count as usize)?;
                self.activate(*first, *count);
                Ok(())
            }
            StatKind::Assign { targets, values } => {
                self.assign(arena.list(*targets), arena.list(*values))
            }
            StatKind::Do(block) => self.block(block),
            StatKind::While { cond, body } => self.while_loop(*cond, body),
            StatKind::Repeat { body, cond } => self.repeat_loop(body, *cond),
            StatKind::If { arms, otherwise } => self.if_then(arms, otherwise.as_ref()),
            StatKind::NumericFor {
                index,
                var,
                start,
                limit,
                step,
                body,
                captures_var,
                for_line,
            } => {
                let range = [Some(*start), Some(*limit), *step];
                let place = (*for_line, stat.span);
                self.numeric_for(*index, *var, range, body, *captures_var, place)
            }
            StatKind::GenericFor {
                generator,
                first,
                count,
                exprs,
                body,
                captures_var,
                for_line,
            } => self.generic_for(
                *generator,
                (*first, *count),
                arena.list(*exprs),
                body,
                *captures_var,
                (*for_line, stat.span),
            ),
            StatKind::Function { target, func, .. } => {
                self.function_statement(*target, arena.function(*func), stat.span)
            }
            StatKind::LocalFunction { local, func } => {
                self.local_function(*local, arena.function(*func))
            }
            StatKind::Return(values) => {
                self.read_to_end(stat.span);
                self.return_values(arena.list(*values))
            }
            StatKind::Break => {
                self.read_to_end(stat.span);
                self.break_loop()
            }
        }
    }

    /// Expressions adjusted to `wanted` values, in the next registers.
    pub(super) fn values(&mut self, ids: &[ExprId], wanted: usize) -> Result<()> {
        let last = self.expr_list(ids)?;
        self.adjust(wanted, ids.len(), last)
    }

    /// Makes `wanted` values of `given` expressions, the last of which is not in its register yet.
    pub(super) fn adjust(&mut self, wanted: usize, given: usize, last: Option<Desc>) -> Result<()> {
        if let Some(e) = &last
            && e.is_multiple()
        {
            let results = (wanted + 1).saturating_sub(given);
            self.set_results(e, Some(results as u16))?;
            // The first of them has its register already.
            self.reserve(results.saturating_sub(1))?;
            return Ok(());
        }
        if let Some(mut e) = last {
            self.put_in_next(&mut e)?;
        }
        let missing = wanted.saturating_sub(given);
        if missing > 0 {
            let first = self.reserve(missing)?;
            self.load_nil(first, missing as u8)?;
        }
        Ok(())
    }

    /// A condition: goes on when it is true; the result are the jumps taken when it is not.
    pub(super) fn condition(&mut self, id: ExprId, choice: Choice) -> Result<JumpList> {
        let mut e = self.expr(id)?;
        if matches!(e.kind, Kind::Nil | Kind::False) {
            let mut jumps = self.code.jump()?;
            self.code.append(&mut jumps, e.when_false);
            self.code.patch_here(e.when_true);
            return Ok(jumps);
        }
        self.go_on_if_true(&mut e, (choice, self.arena.expr(id).span))?;
        Ok(e.when_false)
    }

    fn if_then(&mut self, arms: &[(ExprId, Block)], otherwise: Option<&Block>) -> Result<()> {
        let mut to_end = JumpList::EMPTY;
        for (position, (cond, block)) in arms.iter().enumerate() {
            let to_next = self.condition(*cond, Choice::If)?;
            self.read_past(*cond);
            self.block(block)?;
            if position + 1 < arms.len() || otherwise.is_some() {
                let jump = self.code.jump()?;
                self.code.append(&mut to_end, jump);
            }
            self.code.patch_here(to_next);
        }
        if let Some(block) = otherwise {
            self.block(block)?;
        }
        self.code.patch_here(to_end);
        Ok(())
    }

    fn function_statement(
        &mut self,
        target: ExprId,
        function: &Function,
        span: Span,
    ) -> Result<()> {
        let target = self.expr(target)?;
        let closure = self.closure(function)?;
        self.store(&target, closure)?;
        // The definition happens where it starts.
        if let Some(line) = self.code.lines.last_mut() {
            *line = span.line;
        }
        Ok(())
    }

    fn local_function(&mut self, local: LocalId, function: &Function) -> Result<()> {
        // In scope in its own body, but for error messages only once it has a value.
        let register = self.reserve(1)?;
        self.activate(local, 1);
        let mut closure = self.closure(function)?;
        self.put_in(&mut closure, register)?;
        self.restart_newest_local();
        Ok(())
    }

    fn return_values(&mut self, values: &[ExprId]) -> Result<()> {
        let first = self.active_count();
        let Some(mut last) = self.expr_list(values)? else {
            self.code.emit(Instr::abc(Op::Return0, 0, 0, 0))?;
            return Ok(());
        };
        if last.is_multiple() {
            self.set_results(&last, None)?;
            if let (Kind::Call(pc), 1) = (last.kind, values.len()) {
                let call = self.code.instrs[pc];
                self.code.instrs[pc] = Instr::abc(Op::TailCall, call.a(), call.b(), 0);
            }
            self.code.emit(Instr::abc(Op::Return, first, 0, 0))?;
        } else if values.len() == 1 {
            let register = self.put_in_any(&mut last)?;
            self.code.emit(Instr::abc(Op::Return1, register, 0, 0))?;
        } else {
            self.put_in_next(&mut last)?;
            let count = values.len() as u16 + 1;
            self.code.emit(Instr::abc(Op::Return, first, count, 0))?;
        }
        Ok(())
    }
}
