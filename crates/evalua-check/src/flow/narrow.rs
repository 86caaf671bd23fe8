//! What a condition tells of the values in it.

use evalua_syntax::ast::{BinaryOp, ExprId, ExprKind, UnaryOp};

use super::{MAX_DEPTH, Walker};
use crate::value::{Number, Types, Value};

impl Walker<'_, '_> {
    /// Notes what is known where a condition is true, or where it is false.
    pub(super) fn narrow(&mut self, cond: ExprId, holds: bool) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        match self.arena.expr(cond).kind {
            ExprKind::Paren(inner) => self.narrow(inner, holds),
            ExprKind::Unary {
                op: UnaryOp::Not,
                operand,
            } => self.narrow(operand, !holds),
            ExprKind::Binary {
                op: BinaryOp::And,
                left,
                right,
                ..
            } if holds => {
                self.narrow(left, true);
                self.narrow(right, true);
            }
            ExprKind::Binary {
                op: BinaryOp::Or,
                left,
                right,
                ..
            } if !holds => {
                self.narrow(left, false);
                self.narrow(right, false);
            }
            ExprKind::Binary {
                op: BinaryOp::Eq,
                left,
                right,
                ..
            } => self.narrow_both(left, right, holds),
            ExprKind::Binary {
                op: BinaryOp::Ne,
                left,
                right,
                ..
            } => self.narrow_both(left, right, !holds),
            _ if holds => self.limit(cond, Types::ANY.without(Types::FALSY)),
            _ => self.limit(cond, Types::FALSY),
        }
        self.depth -= 1;
    }

    /// Notes what is known of two values that are equal, or are not.
    fn narrow_both(&mut self, left: ExprId, right: ExprId, are_equal: bool) {
        for (this, other) in [(left, right), (right, left)] {
            self.narrow_equal(this, other, are_equal);
            // Of `n == math.floor(n)` and the like more is known than that a quotient has a fraction.
            if are_equal && let ExprKind::Local(local) = self.arena.expr(this).kind {
                let known = self.env().get(local);
                let number = Number::Unknown;
                self.env().refine(local, Value { number, ..known });
            }
        }
    }

    /// Notes what is known of a value that is equal to another, or is not.
    fn narrow_equal(&mut self, value: ExprId, other: ExprId, is_equal: bool) {
        let literal = match self.arena.expr(other).kind {
            ExprKind::Nil => Types::NIL,
            ExprKind::False => Types::FALSE,
            ExprKind::True => Types::TRUE,
            ExprKind::Number(_) if is_equal => Types::NUMBER,
            ExprKind::String(text) => {
                if let Some(inner) = self.asked_type(value) {
                    if let Some(types) = Types::named(self.arena.str(text)) {
                        let rest = Types::ANY.without(types);
                        self.limit(inner, if is_equal { types } else { rest });
                    }
                    return;
                }
                if !is_equal {
                    return;
                }
                Types::STRING
            }
            _ => return,
        };
        let rest = Types::ANY.without(literal);
        self.limit(value, if is_equal { literal } else { rest });
    }

    /// What `type` is asked about.
    fn asked_type(&self, call: ExprId) -> Option<ExprId> {
        let ExprKind::Call { callee, args, .. } = self.arena.expr(call).kind else {
            return None;
        };
        let ExprKind::Global(name) = self.arena.expr(callee).kind else {
            return None;
        };
        match (self.arena.str(name), self.arena.list(args)) {
            (b"type", &[value]) => Some(value),
            _ => None,
        }
    }

    /// Notes that a local, or an item of a table in one, is of these types.
    fn limit(&mut self, expr: ExprId, types: Types) {
        match self.arena.expr(expr).kind {
            ExprKind::Paren(inner) => self.limit(inner, types),
            ExprKind::Local(local) => {
                let known = self.env().get(local);
                self.env().refine(local, limited(known, types));
            }
            ExprKind::Index { object, key, .. } => {
                let (ExprKind::Local(local), ExprKind::Number(index)) =
                    (self.arena.expr(object).kind, self.arena.expr(key).kind)
                else {
                    return;
                };
                if index.fract() != 0.0 || !(1.0..1e9).contains(&index) {
                    return;
                }
                if self.use_of_local(local).is_altered() {
                    return;
                }
                let index = index as u32;
                // A value that nothing is known of is not worth a note, unless the note says something.
                let known = self.env().item(local, index).unwrap_or(Value::ANY);
                self.env().refine_item(local, index, limited(known, types));
            }
            _ => {}
        }
    }
}

fn limited(value: Value, types: Types) -> Value {
    value.with_types(value.types & types)
}
