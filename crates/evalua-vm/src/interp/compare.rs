//! Comparison of other than two numbers.

use crate::error::Throw;
use crate::meta::Event;
use crate::value::{Type, Value};
use crate::vm::Vm;

impl Vm {
    /// `a == b` with metamethods (manual 2.5.2).
    #[inline(never)]
    pub(crate) fn equal(&mut self, a: Value, b: Value) -> Result<bool, Throw> {
        if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
            if a.len() == b.len() {
                self.fuel.take_bytes(a.len())?;
            }
            return Ok(a.same(b));
        }
        if self.raw_equal(a, b) {
            return Ok(true);
        }
        if a.ty() != b.ty() || !matches!(a.ty(), Type::Table | Type::Userdata) {
            return Ok(false);
        }
        let (Some(ma), Some(mb)) = (self.metatable(a), self.metatable(b)) else {
            return Ok(false);
        };
        let handler = self.meta_event(ma, Event::Eq);
        if handler.is_nil() {
            return Ok(false);
        }
        if ma != mb {
            let other = self.meta_event(mb, Event::Eq);
            if other.is_nil() || !self.raw_equal(handler, other) {
                return Ok(false);
            }
        }
        Ok(self.call_metamethod(handler, &[a, b])?.is_truthy())
    }

    /// `a < b`
    #[inline(never)]
    pub(crate) fn less_than(&mut self, a: Value, b: Value) -> Result<bool, Throw> {
        if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
            self.fuel.take_bytes(a.len().min(b.len()))?;
            return Ok(a.bytes() < b.bytes());
        }
        if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
            return Ok(a < b);
        }
        if a.ty() == b.ty() {
            let handler = self.shared_metamethod(a, b, Event::Lt);
            if !handler.is_nil() {
                return Ok(self.call_metamethod(handler, &[a, b])?.is_truthy());
            }
        }
        Err(self.order_error(a, b))
    }

    /// `a <= b`; without `__le`, `not (b < a)` is tried.
    #[inline(never)]
    pub(crate) fn less_equal(&mut self, a: Value, b: Value) -> Result<bool, Throw> {
        if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
            self.fuel.take_bytes(a.len().min(b.len()))?;
            return Ok(a.bytes() <= b.bytes());
        }
        if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
            return Ok(a <= b);
        }
        if a.ty() == b.ty() {
            let handler = self.shared_metamethod(a, b, Event::Le);
            if !handler.is_nil() {
                return Ok(self.call_metamethod(handler, &[a, b])?.is_truthy());
            }
            let handler = self.shared_metamethod(b, a, Event::Lt);
            if !handler.is_nil() {
                return Ok(self.call_metamethod(handler, &[b, a])?.is_falsy());
            }
        }
        Err(self.order_error(a, b))
    }

    #[cold]
    fn order_error(&mut self, a: Value, b: Value) -> Throw {
        let (a, b) = (a.type_name(), b.type_name());
        // PUC compares one letter of the names, which tells all of them apart but "string" and "thread".
        if a.as_bytes().get(2) == b.as_bytes().get(2) {
            self.runtime_error(&format!("attempt to compare two {a} values"))
        } else {
            self.runtime_error(&format!("attempt to compare {a} with {b}"))
        }
    }
}
