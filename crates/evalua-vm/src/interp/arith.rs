//! Arithmetic on other than two numbers: strings that read as numbers, metamethods, errors.

use super::Operand;
use crate::error::Throw;
use crate::meta::Event;
use crate::number::{libm, modulo};
use crate::value::Value;
use crate::vm::Vm;

/// An arithmetic operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arith {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    /// Both operands are the same.
    Unm,
}

impl Arith {
    fn event(self) -> Event {
        match self {
            Arith::Add => Event::Add,
            Arith::Sub => Event::Sub,
            Arith::Mul => Event::Mul,
            Arith::Div => Event::Div,
            Arith::Mod => Event::Mod,
            Arith::Pow => Event::Pow,
            Arith::Unm => Event::Unm,
        }
    }

    fn apply(self, x: f64, y: f64) -> f64 {
        match self {
            Arith::Add => x + y,
            Arith::Sub => x - y,
            Arith::Mul => x * y,
            Arith::Div => x / y,
            Arith::Mod => modulo(x, y),
            Arith::Pow => libm::pow(x, y),
            Arith::Unm => -x,
        }
    }
}

impl Vm {
    /// An operation on any operands (manual 2.8, "add" and the like).
    #[cold]
    #[inline(never)]
    pub(crate) fn arith(&mut self, op: Arith, l: Operand, r: Operand) -> Result<Value, Throw> {
        let (x, y) = (self.read_number(l.value)?, self.read_number(r.value)?);
        if let (Some(x), Some(y)) = (x, y) {
            return Ok(Value::number(op.apply(x, y)));
        }
        match self.binary_metamethod(l.value, r.value, op.event()) {
            Some(handler) => self.call_metamethod(handler, &[l.value, r.value]),
            None => {
                let culprit = if x.is_none() { l } else { r };
                Err(self.operand_error(culprit, "perform arithmetic on"))
            }
        }
    }

    /// The handler of an event in the first operand that has one.
    pub(super) fn binary_metamethod(&self, l: Value, r: Value, event: Event) -> Option<Value> {
        let first = self.metamethod(l, event);
        let handler = if first.is_nil() {
            self.metamethod(r, event)
        } else {
            first
        };
        (!handler.is_nil()).then_some(handler)
    }

    /// Calls a metamethod for one result, on top of the running frame.
    pub(super) fn call_metamethod(
        &mut self,
        handler: Value,
        args: &[Value],
    ) -> Result<Value, Throw> {
        let thread = self.thread;
        let top = thread.top();
        let at = thread.extent();
        thread.set_top(at);
        thread.push(&mut self.heap, handler)?;
        for &v in args {
            thread.push(&mut self.heap, v)?;
        }
        self.call_at(at, 1)?;
        let v = thread.slot(at);
        thread.set_top(top);
        Ok(v)
    }

    /// The length of what is neither a table nor a string (`__len` works for userdata only in 5.1,
    /// and for tables it is not asked).
    #[cold]
    pub(super) fn len(&mut self, operand: Operand) -> Result<Value, Throw> {
        let handler = self.metamethod(operand.value, Event::Len);
        if handler.is_nil() {
            return Err(self.operand_error(operand, "get length of"));
        }
        // PUC passes nil as the second operand.
        self.call_metamethod(handler, &[operand.value, Value::NIL])
    }
}
