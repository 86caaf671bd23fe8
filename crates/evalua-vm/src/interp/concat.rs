//! Concatenation (manual 2.5.4).

use super::Operand;
use crate::error::{Throw, text};
use crate::heap::object::{Gc, Str};
use crate::heap::string::MAX_LEN;
use crate::limits::COPIED;
use crate::meta::Event;
use crate::number::format::NumberText;
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// Concatenates registers `first..=last` from the right, as many strings and numbers at once as
    /// there are; the value is the result.
    #[inline(never)]
    pub(super) fn concat(&mut self, first: u8, last: u8) -> Result<Value, Throw> {
        let thread = self.thread;
        // SAFETY: there is a running Lua frame.
        #[allow(unsafe_code, reason = "reads the running frame")]
        let base = unsafe { (*thread.current_frame()).base as usize };
        let is_text = |v: Value| v.is_string() || v.is_number();
        let mut last = last;
        loop {
            let right = thread.slot(base + usize::from(last));
            if last == first {
                return Ok(right);
            }
            let left = thread.slot(base + usize::from(last) - 1);
            if !is_text(left) || !is_text(right) {
                let Some(handler) = self.binary_metamethod(left, right, Event::Concat) else {
                    let (left, right) = (
                        Operand {
                            value: left,
                            register: Some(last - 1),
                        },
                        Operand {
                            value: right,
                            register: Some(last),
                        },
                    );
                    let culprit = if is_text(left.value) { right } else { left };
                    return Err(self.operand_error(culprit, "concatenate"));
                };
                let v = self.call_metamethod(handler, &[left, right])?;
                last -= 1;
                thread.set_slot(base + usize::from(last), v);
                continue;
            }
            let mut from = last - 1;
            while from > first && is_text(thread.slot(base + usize::from(from) - 1)) {
                from -= 1;
            }
            let v = self.join(base + usize::from(from), base + usize::from(last))?;
            thread.set_slot(base + usize::from(from), v);
            last = from;
        }
    }

    /// The string of the strings and numbers in slots `from..=to`.
    fn join(&mut self, from: usize, to: usize) -> Result<Value, Throw> {
        let thread = self.thread;
        if to == from + 1
            && let (Some(l), Some(r)) = (thread.slot(from).as_str(), thread.slot(to).as_str())
        {
            self.check_joined_len(l.len() + r.len())?;
            return Ok(self.heap.str_of(&[l.bytes(), r.bytes()])?.into());
        }
        let mut buffer = self.take_scratch();
        let joined = self.join_into(&mut buffer, from, to);
        self.put_scratch(buffer);
        Ok(joined?.into())
    }

    /// As [`Vm::join`], in a buffer. Nothing else is made meanwhile, so it need not be counted.
    fn join_into(
        &mut self,
        buffer: &mut Vec<u8>,
        from: usize,
        to: usize,
    ) -> Result<Gc<Str>, Throw> {
        let thread = self.thread;
        for i in from..=to {
            let v = thread.slot(i);
            if let Some(s) = v.as_str() {
                self.check_joined_len(buffer.len() + s.len())?;
                for part in s.bytes().chunks(COPIED) {
                    self.fuel.poll()?;
                    buffer.extend_from_slice(part);
                }
            } else if let Some(n) = v.as_number() {
                buffer.extend_from_slice(NumberText::new(n).as_bytes());
            }
        }
        self.heap.str(buffer)
    }

    fn check_joined_len(&mut self, len: usize) -> Result<(), Throw> {
        self.fuel.take_bytes(len)?;
        if len > MAX_LEN {
            return Err(self.runtime_error(text::STRING_OVERFLOW));
        }
        self.heap.check_room(len)
    }
}
