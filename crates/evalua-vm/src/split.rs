//! A call in two parts: its arguments, to be read, and its result, to be made meanwhile.
//!
//! Owns: [`Arguments`] and [`ResultMaker`]. A host function that reads strings where they lie in the state can so
//! make strings and a list at the same time, and work with what the host has put into the state. No part runs Lua
//! code, so nothing is collected while there are any.

use crate::error::Throw;
use crate::heap::Heap;
use crate::heap::object::{Gc, Quiet, Thread};
use crate::native::Call;
use crate::value::{Unpacked, Value};
use crate::vm::HostValue;
use std::any::Any;

/// The arguments of a call that has been [split](Call::split).
pub struct Arguments<'a> {
    thread: Gc<Thread>,
    base: usize,
    count: usize,
    quiet: Quiet<'a>,
}

/// An argument that may become text.
#[derive(Clone, Copy)]
pub enum Argument<'a> {
    /// The bytes of a string.
    Str(&'a [u8]),
    /// A number.
    Number(f64),
    /// Anything else, or no argument at all.
    Other,
}

impl<'a> Arguments<'a> {
    /// How many there are.
    #[inline]
    pub fn count(&self) -> usize {
        self.count
    }

    /// An argument, counted from 1.
    #[inline]
    pub fn get(&self, i: usize) -> Argument<'a> {
        if i < 1 || i > self.count {
            return Argument::Other;
        }
        match self.thread.slot(self.base + i - 1).unpack() {
            Unpacked::Str(s) => Argument::Str(s.bytes_in(self.quiet)),
            Unpacked::Number(n) => Argument::Number(n),
            _ => Argument::Other,
        }
    }
}

/// Makes the result of a call that has been [split](Call::split): one value, or a list of values.
pub struct ResultMaker<'a> {
    heap: &'a mut Heap,
    thread: Gc<Thread>,
    base: usize,
    value: Value,
    /// The index of the next item, if the result is a list: a table is nothing else here.
    next: i32,
}

impl ResultMaker<'_> {
    /// Makes the result a list with room for so many items. What is added from now on is in it.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn begin_list(&mut self, room: usize) -> Result<(), Throw> {
        self.value = self.heap.table_sized(room, 0)?.into();
        self.next = 1;
        Ok(())
    }

    /// Adds a string.
    ///
    /// # Errors
    /// When there is no memory for it.
    #[inline(always)]
    pub fn add_bytes(&mut self, bytes: &[u8]) -> Result<(), Throw> {
        let string = self.heap.str(bytes)?;
        self.add(string.into())
    }

    /// Adds a number.
    ///
    /// # Errors
    /// When there is no memory for it.
    #[inline]
    pub fn add_number(&mut self, number: f64) -> Result<(), Throw> {
        self.add(Value::number(number))
    }

    /// Adds a boolean.
    ///
    /// # Errors
    /// When there is no memory for it.
    #[inline]
    pub fn add_bool(&mut self, yes: bool) -> Result<(), Throw> {
        self.add(Value::bool(yes))
    }

    #[inline]
    fn add(&mut self, value: Value) -> Result<(), Throw> {
        match self.value.as_table() {
            Some(table) => {
                table.set_int(self.heap, self.next, value)?;
                self.next += 1;
            }
            None => self.value = value,
        }
        Ok(())
    }

    /// Drops all values of the call above the first `height`, and pushes the result.
    ///
    /// # Errors
    /// When there is no room on the stack.
    #[inline]
    pub fn push_at(&mut self, height: usize) -> Result<(), Throw> {
        let top = (self.base + height).min(self.thread.top());
        self.thread.set_top(top);
        self.thread.push(self.heap, self.value)
    }
}

impl Call<'_> {
    /// The arguments, and what makes the result meanwhile; without anything added that is nil.
    #[inline]
    pub fn split(&mut self) -> (Arguments<'_>, ResultMaker<'_>) {
        let (arguments, maker, _) = self.parts();
        (arguments, maker)
    }

    /// As [`Call::split`], with the host's value beside it; `None` without one of this type.
    #[inline]
    pub fn split_with_host<T: Any>(&mut self) -> Option<(Arguments<'_>, ResultMaker<'_>, &mut T)> {
        let (arguments, maker, host) = self.parts();
        Some((arguments, maker, host.as_mut()?.downcast_mut()?))
    }

    #[inline]
    fn parts(&mut self) -> (Arguments<'_>, ResultMaker<'_>, &mut HostValue) {
        let (base, count) = (self.base(), self.count());
        let thread = self.vm.thread;
        let (quiet, heap, host) = Quiet::begin(self.vm);
        let arguments = Arguments {
            thread,
            base,
            count,
            quiet,
        };
        let maker = ResultMaker {
            heap,
            thread,
            base,
            value: Value::NIL,
            next: 1,
        };
        (arguments, maker, host)
    }
}
