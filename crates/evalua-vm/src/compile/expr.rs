//! Expressions of the tree.
//!
//! Owns: the order in which expressions are read, and with it the cursor. It must not know how values
//! get into registers.

use super::code::Cursor;
use super::desc::{Desc, Kind};
use super::error::Result;
use super::function::FunctionCompiler;
use crate::bytecode::instr::Instr;
use crate::bytecode::op::Op;
use evalua_syntax::ast::{ExprId, ExprKind, Span, StrId};

impl FunctionCompiler<'_> {
    /// An expression.
    pub(super) fn expr(&mut self, id: ExprId) -> Result<Desc> {
        let arena = self.arena;
        let expr = arena.expr(id);
        let kind = match &expr.kind {
            ExprKind::Nil => Kind::Nil,
            ExprKind::True => Kind::True,
            ExprKind::False => Kind::False,
            ExprKind::Number(value) => Kind::Number(*value),
            ExprKind::String(string) => Kind::Constant(self.string_constant(*string)?),
            ExprKind::Vararg => Kind::VarArg(self.code.emit(Instr::abc(Op::VarArg, 0, 2, 0))?),
            ExprKind::Local(local) => Kind::Local(self.register_of(*local)),
            ExprKind::Upvalue(index) => Kind::Upvalue(*index),
            ExprKind::Global(name) => Kind::Global(self.string_constant(*name)?),
            ExprKind::Function(function) => return self.closure(arena.function(*function)),
            ExprKind::Table(items) => return self.table(arena.items(*items), expr.span),
            ExprKind::Unary { op, operand } => {
                let operand = self.expr(*operand)?;
                return self.unary(*op, operand);
            }
            ExprKind::Paren(inner) => {
                let mut e = self.expr(*inner)?;
                self.read_to_end(expr.span);
                self.fetch(&mut e)?;
                return Ok(e);
            }
            ExprKind::Index { .. }
            | ExprKind::Call { .. }
            | ExprKind::MethodCall { .. }
            | ExprKind::Binary { .. } => return self.chain(id),
        };
        self.read_to_end(expr.span);
        Ok(Desc::new(kind))
    }

    /// An expression that starts with another. Walks down the left sides, which nest without limit, and
    /// comes back up with the values.
    // By itself, for what it keeps on the stack would be kept for every name and number, too.
    #[inline(never)]
    fn chain(&mut self, mut id: ExprId) -> Result<Desc> {
        let base = self.spine.len();
        while let Some(left) = self.left_side(id) {
            self.spine.push(id);
            id = left;
        }
        let mut e = self.expr(id)?;
        while self.spine.len() > base
            && let Some(id) = self.spine.pop()
        {
            self.extend(&mut e, id)?;
        }
        Ok(e)
    }

    /// The first part of an expression that starts with another.
    fn left_side(&self, id: ExprId) -> Option<ExprId> {
        match self.arena.expr(id).kind {
            ExprKind::Binary { left, .. } => Some(left),
            ExprKind::Index { object, .. } | ExprKind::MethodCall { object, .. } => Some(object),
            ExprKind::Call { callee, .. } => Some(callee),
            _ => None,
        }
    }

    /// The rest of an expression whose first part is `e`, which becomes the whole.
    fn extend(&mut self, e: &mut Desc, id: ExprId) -> Result<()> {
        let arena = self.arena;
        let expr = arena.expr(id);
        match &expr.kind {
            ExprKind::Binary {
                op,
                op_line,
                left,
                right,
            } => {
                self.code.cursor = Cursor {
                    line: *op_line,
                    next: arena.expr(*right).span.start,
                };
                self.left_operand(*op, e, arena.expr(*left).span)?;
                let mut right = self.expr(*right)?;
                self.binary(*op, e, &mut right)
            }
            ExprKind::Index { key, .. } => {
                let object = self.put_in_any(e)?;
                let mut key = self.expr(*key)?;
                self.resolve(&mut key)?;
                self.read_to_end(expr.span);
                *e = self.index(object, key)?;
                Ok(())
            }
            ExprKind::Call { args, line, .. } => {
                let function = self.put_in_next(e)?;
                *e = self.call(function, arena.list(*args), *line, expr.span)?;
                Ok(())
            }
            ExprKind::MethodCall {
                name,
                args,
                line,
                name_line,
                ..
            } => {
                let name = self.string_constant(*name)?;
                self.code.cursor.line = *name_line;
                let function = self.method(e, name)?;
                *e = self.call(function, arena.list(*args), *line, expr.span)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A call of what is in `function`, with the values above it as first arguments.
    fn call(&mut self, function: u8, args: &[ExprId], line: u32, span: Span) -> Result<Desc> {
        let mut last = self.expr_list(args)?;
        let open = match &mut last {
            Some(e) if e.is_multiple() => {
                self.set_results(e, None)?;
                true
            }
            _ => false,
        };
        self.read_to_end(span);
        let count = if open {
            0
        } else {
            if let Some(e) = &mut last {
                self.put_in_next(e)?;
            }
            u16::from(self.free_register() - function)
        };
        let pc = self.code.emit(Instr::abc(Op::Call, function, count, 2))?;
        self.code.lines[pc] = line;
        self.release_from(function + 1);
        Ok(Desc::new(Kind::Call(pc)))
    }

    /// Expressions separated by commas: all but the last are put in the next registers.
    pub(super) fn expr_list(&mut self, ids: &[ExprId]) -> Result<Option<Desc>> {
        let Some((&last, others)) = ids.split_last() else {
            return Ok(None);
        };
        for (&id, &next) in others.iter().zip(&ids[1..]) {
            let mut e = self.expr(id)?;
            self.read_separator(id, next);
            self.put_in_next(&mut e)?;
        }
        self.expr(last).map(Some)
    }

    /// The number of a string among the constants.
    fn string_constant(&mut self, string: StrId) -> Result<u32> {
        let index = self.constants.string(string, || self.arena.shared(string));
        index.map_err(|limit| self.code.fault(limit))
    }
}
