//! Expressions: what their values are known to be.

use evalua_syntax::ast::{BinaryOp, ExprId, ExprKind, List, StrId, TableItem, UnaryOp};

use super::{MAX_DEPTH, Walker, builtins, text_from};
use crate::value::{Number, Origin, Source, Types, Value};

impl<'a> Walker<'a, '_> {
    /// What is known of the values of a list, each cut to one.
    pub(super) fn list(&mut self, list: List) -> Vec<Value> {
        let exprs = self.arena.list(list);
        exprs.iter().map(|&expr| self.eval(expr)).collect()
    }

    /// Whether an expression at the end of a list may give any number of values.
    pub(crate) fn is_open(&self, expr: ExprId) -> bool {
        match self.arena.expr(expr).kind {
            ExprKind::Vararg | ExprKind::MethodCall { .. } => true,
            ExprKind::Call { callee, .. } => match self.look(callee).source {
                Source::Field(library, name) => {
                    let (library, name) = (self.arena.str(library), self.arena.str(name));
                    let is_command = library == b"redis" && matches!(name, b"call" | b"pcall");
                    !is_command && builtins::result(&dotted(library, name)).is_none()
                }
                Source::Global(name) => {
                    builtins::result(&String::from_utf8_lossy(self.arena.str(name))).is_none()
                }
                _ => true,
            },
            _ => false,
        }
    }

    /// What is known of a name or a field of a library, with nothing reported.
    pub(crate) fn look(&self, expr: ExprId) -> Value {
        match self.arena.expr(expr).kind {
            ExprKind::Local(_) | ExprKind::Upvalue(_) => self.local_value(expr),
            ExprKind::Global(name) => self.global(name),
            ExprKind::Paren(inner) => self.look(inner),
            ExprKind::Index { object, key, .. } => {
                let is_name = matches!(
                    self.arena.expr(object).kind,
                    ExprKind::Local(_) | ExprKind::Upvalue(_) | ExprKind::Global(_)
                );
                if is_name
                    && let (Source::Global(library), ExprKind::String(name)) =
                        (self.look(object).source, self.arena.expr(key).kind)
                {
                    return Value::ANY.with_source(Source::Field(library, name));
                }
                Value::ANY
            }
            _ => Value::ANY,
        }
    }

    fn global(&self, name: StrId) -> Value {
        match self.arena.str(name) {
            b"KEYS" if !self.uses.alters_arguments => {
                Value::of(Types::TABLE).with_source(Source::Keys)
            }
            b"ARGV" if !self.uses.alters_arguments => {
                Value::of(Types::TABLE).with_source(Source::Arguments)
            }
            _ => Value::ANY.with_source(Source::Global(name)),
        }
    }

    fn local_value(&self, expr: ExprId) -> Value {
        let Some(variable) = self.variable(expr) else {
            return Value::ANY;
        };
        let used = self.uses.of_variable(variable);
        let is_here = matches!(self.arena.expr(expr).kind, ExprKind::Local(_));
        if used.is_written_inside || (used.is_written && !is_here) {
            return Value::ANY;
        }
        let frame = self
            .frames
            .iter()
            .rev()
            .find(|frame| frame.index == variable.function);
        let value = frame.map_or(Value::ANY, |frame| frame.env.get(variable.local));
        let is_table = matches!(
            value.source,
            Source::Keys | Source::Arguments | Source::Reply(_) | Source::Table(_)
        );
        if is_table && value.types.may_be(Types::TABLE) && used.is_altered() {
            // What is in it is not known any more.
            return value.with_source(Source::Unknown);
        }
        value
    }

    /// Walks an expression: reports what is wrong in it, and tells what is known of its value.
    pub(super) fn eval(&mut self, expr: ExprId) -> Value {
        if self.depth >= MAX_DEPTH {
            return Value::ANY;
        }
        self.depth += 1;
        let value = self.eval_here(expr);
        self.depth -= 1;
        self.values[expr.0 as usize] = value;
        value
    }

    /// What was known of an expression when it was walked.
    pub(crate) fn known(&self, expr: ExprId) -> Value {
        self.values[expr.0 as usize]
    }

    fn eval_here(&mut self, id: ExprId) -> Value {
        let expr = self.arena.expr(id);
        match expr.kind {
            ExprKind::Nil => Value::of(Types::NIL),
            ExprKind::True => Value::of(Types::TRUE),
            ExprKind::False => Value::of(Types::FALSE),
            ExprKind::Number(number) => Value {
                source: Source::Number(number),
                origin: Origin::LITERAL,
                ..Value::number(if number.fract() == 0.0 {
                    Number::Whole
                } else {
                    Number::Fraction
                })
            },
            ExprKind::String(text) => {
                self.check_escapes(expr.span);
                Value {
                    source: Source::Text(text),
                    slot: tagged_slot(self.arena.str(text)),
                    ..text_from(Origin::LITERAL)
                }
            }
            ExprKind::Vararg => Value::ANY,
            ExprKind::Function(id) => {
                self.inner_function(id);
                Value::of(Types::FUNCTION)
            }
            ExprKind::Local(_) | ExprKind::Upvalue(_) => self.local_value(id),
            ExprKind::Global(name) => {
                self.check_global(id, name);
                self.global(name)
            }
            ExprKind::Index { object, key, .. } => self.index(id, object, key),
            ExprKind::Call { callee, args, .. } => self.call(id, callee, args),
            ExprKind::MethodCall {
                object, name, args, ..
            } => {
                let receiver = self.eval(object);
                let key = Value::of(Types::STRING).with_source(Source::Text(name));
                self.check_reply_field(id, receiver, key);
                self.list(args);
                Value::ANY
            }
            ExprKind::Unary { op, operand } => self.unary(id, op, operand),
            ExprKind::Binary {
                op: BinaryOp::And,
                left,
                right,
                ..
            } => {
                self.condition(left);
                self.and(left, right)
            }
            ExprKind::Binary {
                op: BinaryOp::Or,
                left,
                right,
                ..
            } => {
                let first = self.eval(left);
                let before = self.env().clone();
                self.narrow(left, false);
                let second = self.eval(right);
                *self.env() = before;
                if !first.types.may_be(Types::FALSY) {
                    return first;
                }
                first
                    .with_types(first.types.without(Types::FALSY))
                    .join_or(second)
            }
            ExprKind::Binary {
                op, left, right, ..
            } => {
                let first = self.eval(left);
                let second = self.eval(right);
                match op {
                    BinaryOp::Concat => {
                        self.check_operand(left, first, "joined to a string");
                        self.check_operand(right, second, "joined to a string");
                        Value {
                            origin: first.origin.or(second.origin),
                            slot: first.slot,
                            ..Value::of(Types::STRING)
                        }
                    }
                    BinaryOp::Add
                    | BinaryOp::Sub
                    | BinaryOp::Mul
                    | BinaryOp::Div
                    | BinaryOp::Mod
                    | BinaryOp::Pow => {
                        self.check_arithmetic(op, left, first);
                        self.check_arithmetic(op, right, second);
                        let number = arithmetic(op, first, second);
                        Value {
                            origin: first.origin.or(second.origin),
                            ..Value::number(number)
                        }
                    }
                    _ => {
                        self.check_comparison(id, op, (left, first), (right, second));
                        Value::of(Types::BOOLEAN)
                    }
                }
            }
            ExprKind::Paren(inner) => self.eval(inner),
            ExprKind::Table(items) => {
                let mut known = Vec::new();
                for item in self.arena.items(items) {
                    match *item {
                        TableItem::Positional(value) => known.push(self.eval(value)),
                        TableItem::Keyed { key, value, .. } => {
                            self.eval(key);
                            self.eval(value);
                        }
                    }
                }
                self.check_items(id, items, &known);
                Value::of(Types::TABLE).with_source(Source::Table(id))
            }
        }
    }

    /// The value of `left and right`, of which `left` has been walked.
    fn and(&mut self, left: ExprId, right: ExprId) -> Value {
        let first = match self.arena.expr(left).kind {
            ExprKind::Unary {
                op: UnaryOp::Not, ..
            } => Value::of(Types::BOOLEAN),
            _ => self.known(left),
        };
        let before = self.env().clone();
        self.narrow(left, true);
        let second = self.eval(right);
        *self.env() = before;
        let falsy = first.types & Types::FALSY;
        if falsy == Types::NONE {
            return second;
        }
        Value::of(falsy | second.types).with_origin(second.origin)
    }

    /// Walks what is asked whether it is true.
    pub(super) fn condition(&mut self, cond: ExprId) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        match self.arena.expr(cond).kind {
            ExprKind::Paren(inner)
            | ExprKind::Unary {
                op: UnaryOp::Not,
                operand: inner,
            } => {
                self.condition(inner);
            }
            ExprKind::Binary {
                op: op @ (BinaryOp::And | BinaryOp::Or),
                left,
                right,
                ..
            } => {
                self.condition(left);
                let before = self.env().clone();
                self.narrow(left, op == BinaryOp::And);
                self.condition(right);
                *self.env() = before;
            }
            _ => {
                let value = self.eval(cond);
                self.check_condition(cond, value);
            }
        }
        self.depth -= 1;
    }

    fn unary(&mut self, id: ExprId, op: UnaryOp, operand: ExprId) -> Value {
        match op {
            UnaryOp::Not => {
                self.condition(operand);
                Value::of(Types::BOOLEAN)
            }
            UnaryOp::Neg => {
                let value = self.eval(operand);
                self.check_operand(operand, value, "negated");
                let source = match value.source {
                    Source::Number(number) => Source::Number(-number),
                    _ => Source::Unknown,
                };
                Value {
                    source,
                    origin: value.origin,
                    ..Value::number(value.number)
                }
            }
            UnaryOp::Len => {
                let value = self.eval(operand);
                self.check_length(id, value);
                Value::number(Number::Divisible)
            }
        }
    }

    fn index(&mut self, id: ExprId, object: ExprId, key: ExprId) -> Value {
        let table = self.eval(object);
        let at = self.eval(key);
        self.check_index(id, table, key, at);
        let index = match at.source {
            Source::Number(number) if number.fract() == 0.0 && (1.0..1e9).contains(&number) => {
                Some(number as u32)
            }
            _ => None,
        };
        if let (Some(index), ExprKind::Local(local)) = (index, self.arena.expr(object).kind)
            && let Some(known) = self.env().item(local, index)
        {
            return known;
        }
        match (table.source, at.source) {
            (Source::Global(library), Source::Text(name)) => {
                Value::ANY.with_source(Source::Field(library, name))
            }
            (Source::Keys, _) => Value {
                types: Types::STRING | Types::NIL,
                source: index.map_or(Source::Unknown, Source::Key),
                ..text_from(Origin::KEY)
            },
            (Source::Arguments, _) => {
                text_from(Origin::ARGUMENT).with_types(Types::STRING | Types::NIL)
            }
            (Source::Reply(reply), _) if reply.shape.is_list() && !reply.is_protected => {
                let mut item = reply;
                let is_there = match (index, reply.items) {
                    (Some(index), Some(items)) => index as usize <= items,
                    _ => false,
                };
                let types = match (reply.shape, index) {
                    (crate::replies::Shape::Page, Some(1)) => Types::STRING,
                    (crate::replies::Shape::Page, Some(2)) => Types::TABLE,
                    (shape, _) if is_there => shape.item_types(),
                    (shape, _) => shape.item_types() | Types::NIL,
                };
                if reply.shape == crate::replies::Shape::Page && index == Some(2) {
                    item.shape = crate::replies::Shape::Texts;
                    return Value {
                        origin: Origin::REPLY,
                        ..Value::of(types)
                    }
                    .with_source(Source::Reply(item));
                }
                Value {
                    origin: Origin::REPLY,
                    ..Value::of(types)
                }
                .with_source(Source::Item(item))
            }
            _ => Value::ANY,
        }
    }

    fn call(&mut self, id: ExprId, callee: ExprId, args: List) -> Value {
        let function = self.eval(callee);
        let exprs = self.arena.list(args);
        let values = self.list(args);
        self.check_field(callee, function);
        for (&expr, &value) in exprs.iter().zip(&values) {
            self.check_field(expr, value);
        }
        let name = match function.source {
            Source::Field(library, name) => {
                let (library, name) = (self.arena.str(library), self.arena.str(name));
                if library == b"redis" && matches!(name, b"call" | b"pcall") {
                    return self.command(id, name == b"pcall", exprs, &values);
                }
                dotted(library, name)
            }
            Source::Global(name) => String::from_utf8_lossy(self.arena.str(name)).into_owned(),
            _ => return Value::ANY,
        };
        let first = values.first().copied().unwrap_or(Value::ANY);
        match &name[..] {
            "unpack" => self.check_unpack(id, exprs, first),
            "tonumber" if exprs.len() == 1 => return to_number(first),
            "string.format" => {
                let origins = values.iter().map(|value| value.origin);
                let origin = origins.reduce(Origin::or).unwrap_or(Origin::UNKNOWN);
                return text_from(origin);
            }
            "tostring" => return text_from(first.origin),
            _ => {}
        }
        builtins::result(&name).unwrap_or(Value::ANY)
    }

    /// Whether a call is one of `error`, which does not return.
    pub(super) fn is_error(&self, call: ExprId) -> bool {
        let ExprKind::Call { callee, .. } = self.arena.expr(call).kind else {
            return false;
        };
        matches!(self.arena.expr(callee).kind, ExprKind::Global(name) if self.arena.str(name) == b"error")
    }

    /// Whether a condition is `true` or a number or string as it stands there.
    pub(crate) fn is_true(&self, cond: ExprId) -> bool {
        match self.arena.expr(cond).kind {
            ExprKind::True | ExprKind::Number(_) | ExprKind::String(_) => true,
            ExprKind::Paren(inner) => self.is_true(inner),
            _ => false,
        }
    }
}

impl Value {
    fn with_origin(self, origin: Origin) -> Value {
        Value { origin, ..self }
    }

    /// What is known of `self or other`, without the types of `self` that are false.
    fn join_or(self, other: Value) -> Value {
        if self.types == Types::NONE {
            return other;
        }
        self.join(other)
    }
}

fn dotted(library: &[u8], name: &[u8]) -> String {
    String::from_utf8_lossy(&[library, b".", name].concat()).into_owned()
}

/// What `tonumber` makes of a value.
fn to_number(value: Value) -> Value {
    let (source, is_float) = match value.source {
        Source::Reply(reply) | Source::Item(reply) => {
            let is_float = matches!(reply.command, "incrbyfloat" | "hincrbyfloat");
            (Source::Converted(reply), is_float)
        }
        _ => (Source::Unknown, false),
    };
    let is_number = value.types.is(Types::NUMBER) || is_float;
    Value {
        types: if is_number {
            Types::NUMBER
        } else {
            Types::NUMBER | Types::NIL
        },
        number: if is_float {
            Number::Fraction
        } else {
            value.number
        },
        source,
        ..value
    }
}

/// The slot of all keys that start so, which is known when there is a tag.
fn tagged_slot(text: &[u8]) -> Option<u16> {
    let open = text.iter().position(|&byte| byte == b'{')?;
    let length = text[open + 1..].iter().position(|&byte| byte == b'}')?;
    (length > 0).then(|| evalua_redis::slot::of(text))
}

/// What is known of the number that is computed of two values.
fn arithmetic(op: BinaryOp, left: Value, right: Value) -> Number {
    use Number::{Divisible, Fraction, Unknown, Whole};
    match (op, left.number, right.number) {
        (BinaryOp::Div, Divisible, _) => Unknown,
        (BinaryOp::Div, ..) => match (left.source, right.source) {
            (Source::Number(left), Source::Number(right)) if (left / right).fract() == 0.0 => Whole,
            _ => Fraction,
        },
        (BinaryOp::Mul | BinaryOp::Pow | BinaryOp::Mod, ..) => Divisible,
        (_, Divisible, _) | (_, _, Divisible) => Divisible,
        (_, Fraction, Whole) | (_, Whole, Fraction) => Fraction,
        (_, Whole, Whole) => Whole,
        _ => Unknown,
    }
}
