//! The stack view for host functions: what a crate outside sees of a call.
//!
//! Owns: the public methods of [`Call`], and [`View`], a borrowed look at a value. Nothing here can be
//! held across a call into Lua: views borrow the call, and whatever runs Lua code needs it mutably.
//! Values stay on the Lua stack and are named by index, from 1 (the first argument) up.

use crate::coverage::Counts;
use crate::error::Throw;
use crate::heap::object::{Gc, LuaClosure, Table};
use crate::load::LoadError;
use crate::meta::Event;
use crate::native::{Call, NativeFn};
use crate::value::{Unpacked, Value};
use crate::vm::Vm;
use std::any::Any;
use std::ops::Range;

/// A borrowed look at a value on the stack.
#[derive(Clone, Copy)]
pub enum View<'a> {
    /// `nil`, or no value at all.
    Nil,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// The bytes of a string.
    Str(&'a [u8]),
    /// A table.
    Table(TableView<'a>),
    /// A function.
    Function,
    /// A light userdata.
    Light(u64),
    /// A full userdata.
    Userdata,
    /// A coroutine.
    Thread,
}

impl<'a> View<'a> {
    #[inline]
    fn new(vm: &'a Vm, v: Value) -> View<'a> {
        match v.unpack() {
            Unpacked::Nil => View::Nil,
            Unpacked::Bool(b) => View::Bool(b),
            Unpacked::Number(n) => View::Number(n),
            Unpacked::Str(s) => View::Str(s.bytes_for(vm)),
            Unpacked::Table(table) => View::Table(TableView { vm, table }),
            Unpacked::Function(_) => View::Function,
            Unpacked::Light(n) => View::Light(n),
            Unpacked::Userdata(_) => View::Userdata,
            Unpacked::Thread(_) => View::Thread,
        }
    }

    /// The boolean, if this is one.
    pub fn as_bool(self) -> Option<bool> {
        match self {
            View::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The bytes, if this is a string.
    pub fn as_bytes(self) -> Option<&'a [u8]> {
        match self {
            View::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The number, if this is one.
    pub fn as_number(self) -> Option<f64> {
        match self {
            View::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The table, if this is one.
    pub fn as_table(self) -> Option<TableView<'a>> {
        match self {
            View::Table(t) => Some(t),
            _ => None,
        }
    }

    /// Whether this is nil.
    pub fn is_nil(self) -> bool {
        matches!(self, View::Nil)
    }

    /// The name of its type, as `type` gives it.
    pub fn type_name(self) -> &'static str {
        match self {
            View::Nil => "nil",
            View::Bool(_) => "boolean",
            View::Number(_) => "number",
            View::Str(_) => "string",
            View::Table(_) => "table",
            View::Function => "function",
            View::Light(_) | View::Userdata => "userdata",
            View::Thread => "thread",
        }
    }
}

/// A borrowed look at a table: raw access, no metamethods.
#[derive(Clone, Copy)]
pub struct TableView<'a> {
    vm: &'a Vm,
    table: Gc<Table>,
}

impl<'a> TableView<'a> {
    /// The value of a string key.
    pub fn field(self, name: &[u8]) -> View<'a> {
        match self.vm.heap.known_str(name) {
            Some(key) => View::new(self.vm, self.table.get_str(key)),
            None => View::Nil,
        }
    }

    /// The value of an integer key.
    pub fn index(self, i: i32) -> View<'a> {
        View::new(self.vm, self.table.get_int(i))
    }

    /// For how many items there is room without a search, so about how many there are.
    pub fn room_for_items(self) -> usize {
        self.table.array_len()
    }

    /// Whether no key is anything but the index of an item: there are no fields.
    pub fn has_only_items(self) -> bool {
        self.table.node_count() == 0
    }

    /// The border that `#` gives.
    pub fn length(self) -> usize {
        self.table.length()
    }

    /// Keys and values in the order of `pairs`.
    pub fn entries(self) -> Entries<'a> {
        Entries { table: self, at: 0 }
    }

    /// A number that identifies the table while it lives.
    pub fn address(self) -> usize {
        self.table.address()
    }

    /// Whether it has a metatable.
    pub fn has_metatable(self) -> bool {
        self.table.meta().is_some()
    }
}

/// The keys and values of a table, in the order of `pairs`.
#[derive(Clone)]
pub struct Entries<'a> {
    table: TableView<'a>,
    at: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = (View<'a>, View<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let TableView { vm, table } = self.table;
        let (next, k, v) = table.entry_at(self.at)?;
        self.at = next;
        Some((View::new(vm, k), View::new(vm, v)))
    }
}

/// Where a function on the call stack is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The chunk name as it was given, `@` or `=` included; `=[C]` for a native function, and
    /// `=(tail call)` for one whose frame a tail call took.
    pub source: Vec<u8>,
    /// The line that runs; `None` where there is no source.
    pub line: Option<u32>,
}

/// How a protected call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A Lua error: its value is on top of the stack.
    Error,
    /// The instruction budget is used up.
    Budget,
    /// The interrupt handle was used.
    Interrupt,
    /// The script called `os.exit`, with this status.
    Exit(i32),
}

/// A function kept alive by the state.
#[derive(Debug, PartialEq, Eq)]
pub struct FunctionKey(pub(crate) u32);

impl Call<'_> {
    /// How many values this call has on the stack: its arguments and what was pushed.
    #[inline]
    pub fn height(&self) -> usize {
        self.vm_ref().thread.top() - self.base()
    }

    /// The value at an index, nil beyond the top.
    #[inline]
    pub(crate) fn at(&self, i: usize) -> Value {
        if i >= 1 && i <= self.height() {
            self.vm_ref().thread.slot(self.base() + i - 1)
        } else {
            Value::NIL
        }
    }

    /// Calls back into Lua where an error is for the caller to pass on. Where nothing below runs that
    /// could handle it, the stacks are brought back here, with the top at slot `at`: the host may go
    /// on. Elsewhere the frames stay for a handler to see: see [`Call::leave_behind`].
    fn call_back<T>(
        &mut self,
        at: usize,
        run: impl FnOnce(&mut Self) -> Result<T, Throw>,
    ) -> Result<T, Throw> {
        let frames = self.vm_ref().thread.frame_count();
        let depth = self.vm_ref().native_depth;
        run(self).inspect_err(|_| {
            self.vm.native_depth = depth;
            if frames == 0 {
                self.vm.unwind_to(at);
            } else {
                self.leave_behind(frames);
            }
        })
    }

    /// The slot of a function below the top `args` values; nil stands in where there are too few.
    fn function_slot(&mut self, args: usize) -> Result<usize, Throw> {
        if self.height() == 0 {
            self.push(Value::NIL)?;
        }
        let args = args.min(self.height() - 1);
        Ok(self.vm_ref().thread.top() - args - 1)
    }

    fn table_at(&mut self, i: usize) -> Result<Gc<Table>, Throw> {
        match self.at(i).as_table() {
            Some(t) => Ok(t),
            None => Err(self.type_error(i, "table")),
        }
    }

    /// The number of arguments.
    #[inline]
    pub fn argument_count(&self) -> usize {
        self.count()
    }

    /// The value at an index, nil beyond the top.
    #[inline]
    pub fn view(&self, i: usize) -> View<'_> {
        View::new(self.vm_ref(), self.at(i))
    }

    /// The bytes of argument `i`: a string, or a number, which becomes a string in its place.
    pub fn check_bytes(&mut self, i: usize) -> Result<&[u8], Throw> {
        let s = self.check_str(i)?;
        Ok(s.bytes_for(self.vm_ref()))
    }

    /// Pushes nil.
    pub fn push_nil(&mut self) -> Result<(), Throw> {
        self.push(Value::NIL)
    }

    /// Pushes a boolean.
    #[inline]
    pub fn push_bool(&mut self, b: bool) -> Result<(), Throw> {
        self.push(b)
    }

    /// Pushes a number.
    #[inline]
    pub fn push_number(&mut self, n: f64) -> Result<(), Throw> {
        self.push(n)
    }

    /// Pushes a string.
    #[inline]
    pub fn push_bytes(&mut self, bytes: &[u8]) -> Result<(), Throw> {
        self.push_str(bytes)
    }

    /// Pushes a part of the string at an index; what lies beyond its end is left out. The copy of a very
    /// long one is counted as work.
    pub fn push_part_of(&mut self, i: usize, part: Range<usize>) -> Result<(), Throw> {
        self.count_bytes(part.len())?;
        match self.at(i).as_str() {
            Some(s) => {
                let end = part.end.min(s.len());
                self.push_str(&s.bytes()[part.start.min(end)..end])
            }
            None => Err(self.type_error(i, "string")),
        }
    }

    /// Pushes a full userdata that owns a value of the host's.
    pub fn push_userdata(&mut self, data: Box<dyn Any + Send>) -> Result<(), Throw> {
        let data = self.vm.heap.userdata(data)?;
        self.push(data)
    }

    /// The host's value in a userdata that the running native function keeps, counted from 1.
    pub fn kept_data<T: Any>(&self, i: usize) -> Option<&T> {
        let data = self.callee()?.upvalue(i.wrapping_sub(1)).as_userdata()?;
        data.data_for(self.vm_ref()).downcast_ref()
    }

    /// Pushes a light userdata; 48 bits are kept.
    pub fn push_light(&mut self, n: u64) -> Result<(), Throw> {
        self.push(Value::light(n))
    }

    /// Pushes the value at an index once more.
    pub fn push_copy(&mut self, i: usize) -> Result<(), Throw> {
        let v = self.at(i);
        self.push(v)
    }

    /// Pushes a native function that keeps the top `upvalues` values, which are popped.
    pub fn push_native(&mut self, f: NativeFn, upvalues: usize) -> Result<(), Throw> {
        let height = self.height();
        let first = height.saturating_sub(upvalues);
        let kept: Vec<Value> = (first + 1..=height).map(|i| self.at(i)).collect();
        let f = self.vm.native(f, &kept)?;
        self.truncate(first);
        self.push(f)
    }

    /// Pushes a value that the running native function keeps, counted from 1.
    pub fn push_upvalue(&mut self, i: usize) -> Result<(), Throw> {
        let v = self
            .callee()
            .map_or(Value::NIL, |f| f.upvalue(i.wrapping_sub(1)));
        self.push(v)
    }

    /// The number at an index, or the one that the string there reads as. To read a very long one is
    /// counted as work.
    pub fn number_at(&mut self, i: usize) -> Result<Option<f64>, Throw> {
        let v = self.at(i);
        self.vm.read_number(v)
    }

    /// Makes the table on top, which is popped, the table of globals of the running coroutine and
    /// of the chunks it loads.
    pub fn set_globals(&mut self) -> Result<(), Throw> {
        let height = self.height();
        let t = self.table_at(height)?;
        self.vm_ref().thread.set_globals(t);
        self.truncate(height - 1);
        Ok(())
    }

    /// Pushes the table of globals.
    pub fn push_globals(&mut self) -> Result<(), Throw> {
        let globals = self.vm.globals();
        self.push(globals)
    }

    /// Pushes a function that was kept.
    #[inline]
    pub fn push_kept(&mut self, key: &FunctionKey) -> Result<(), Throw> {
        self.push(self.kept(key))
    }

    /// Keeps the value on top, which is popped, until it is released.
    pub fn keep(&mut self) -> FunctionKey {
        let height = self.height();
        let v = self.at(height);
        self.truncate(height.saturating_sub(1));
        FunctionKey(self.vm.root(v))
    }

    /// Lets go of a kept value.
    pub fn release(&mut self, key: FunctionKey) {
        self.vm.unroot(key.0);
    }

    /// Pushes a new table with room for `array` items and `hash` other keys.
    pub fn push_table(&mut self, array: usize, hash: usize) -> Result<(), Throw> {
        let t = self.vm.heap.table_sized(array, hash)?;
        self.push(t)
    }

    /// Sets a field of the table at an index to the value on top, which is popped. Raw.
    pub fn set_field_of(&mut self, table: usize, name: &[u8]) -> Result<(), Throw> {
        let t = self.table_at(table)?;
        let key = self.vm.heap.str(name)?;
        let height = self.height();
        let v = self.at(height);
        t.set_str(&mut self.vm.heap, key, v)?;
        self.truncate(height - 1);
        Ok(())
    }

    /// Sets an item of the table at an index to the value on top, which is popped. Raw.
    pub fn set_index_of(&mut self, table: usize, i: i32) -> Result<(), Throw> {
        let t = self.table_at(table)?;
        let height = self.height();
        let v = self.at(height);
        t.set_int(&mut self.vm.heap, i, v)?;
        self.truncate(height - 1);
        Ok(())
    }

    /// Sets items of the table at an index, from `first` on, to the `count` values on top, which are popped. Raw.
    pub fn set_items_of(&mut self, table: usize, first: i32, count: usize) -> Result<(), Throw> {
        let t = self.table_at(table)?;
        let height = self.height();
        let start = height.saturating_sub(count);
        for (i, at) in (first..).zip(start + 1..=height) {
            let value = self.at(at);
            t.set_int(&mut self.vm.heap, i, value)?;
        }
        self.truncate(start);
        Ok(())
    }

    /// Sets `table[key] = value` for the two values on top, which are popped. Raw.
    pub fn set_entry_of(&mut self, table: usize) -> Result<(), Throw> {
        let t = self.table_at(table)?;
        let height = self.height();
        let (k, v) = (self.at(height - 1), self.at(height));
        self.vm.raw_set(t, k, v)?;
        self.truncate(height - 2);
        Ok(())
    }

    /// Pushes a field of the table at an index. Raw.
    pub fn push_field_of(&mut self, table: usize, name: &[u8]) -> Result<(), Throw> {
        let t = self.table_at(table)?;
        let key = self.vm.heap.str(name)?;
        self.push(t.get_str(key))
    }

    /// Sets a field of the value at an index to the value on top, which is popped. As Lua code does:
    /// read-only tables and metamethods have their say.
    pub fn assign_field_of(&mut self, i: usize, name: &[u8]) -> Result<(), Throw> {
        let key = self.vm.heap.str(name)?;
        let height = self.height();
        let (object, v) = (self.at(i), self.at(height));
        let at = self.vm_ref().thread.top();
        self.call_back(at, |call| call.vm.set(object.into(), key.into(), v))?;
        self.truncate(height.saturating_sub(1));
        Ok(())
    }

    /// Pushes a field of the value at an index. As Lua code does, with metamethods.
    pub fn index_field_of(&mut self, i: usize, name: &[u8]) -> Result<(), Throw> {
        let key = self.vm.heap.str(name)?;
        let object = self.at(i);
        let at = self.vm_ref().thread.top();
        let v = self.call_back(at, |call| call.vm.get(object.into(), key.into()))?;
        self.push(v)
    }

    /// Pushes an item of the table at an index. Raw.
    pub fn push_index_of(&mut self, table: usize, i: i32) -> Result<(), Throw> {
        let t = self.table_at(table)?;
        self.push(t.get_int(i))
    }

    /// Pushes the entry after the key on top, which is popped (nil: the first), of the table at an
    /// index; pushes nothing at the end.
    pub fn push_next(&mut self, table: usize) -> Result<bool, Throw> {
        let t = self.table_at(table)?;
        let height = self.height();
        let key = self.at(height);
        self.truncate(height - 1);
        let (k, v) = self.vm.next_entry(t, key)?;
        if k.is_nil() {
            return Ok(false);
        }
        self.push(k)?;
        self.push(v)?;
        Ok(true)
    }

    /// Sets the metatable of the table at an index to the table on top, which is popped.
    pub fn set_metatable_of(&mut self, table: usize) -> Result<(), Throw> {
        let t = self.table_at(table)?;
        let height = self.height();
        let meta = self.at(height).as_table();
        t.set_meta(meta);
        self.truncate(height - 1);
        Ok(())
    }

    /// Pushes the metatable of the table at an index, if it has one.
    pub fn push_metatable_of(&mut self, table: usize) -> Result<bool, Throw> {
        match self.table_at(table)?.meta() {
            Some(meta) => {
                self.push(meta)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Pushes the metatable that all strings share, if there is one.
    pub fn push_string_metatable(&mut self) -> Result<bool, Throw> {
        match self.vm_ref().type_meta[crate::value::Type::String as usize] {
            Some(meta) => {
                self.push(meta)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Makes the table at an index read-only for scripts, or writable again.
    pub fn set_readonly(&mut self, table: usize, readonly: bool) -> Result<(), Throw> {
        let t = self.table_at(table)?;
        t.set_readonly(readonly);
        Ok(())
    }

    /// Whether the value at an index is a read-only table.
    pub fn is_readonly(&self, i: usize) -> bool {
        self.at(i).as_table().is_some_and(Gc::is_readonly)
    }

    /// Whether the value at an index has a handler for `__index`.
    pub fn has_index_handler(&self, i: usize) -> bool {
        !self.vm_ref().metamethod(self.at(i), Event::Index).is_nil()
    }

    /// Drops all values above the first `height`.
    pub fn truncate(&mut self, height: usize) {
        let base = self.base();
        let top = base.saturating_add(height).min(self.vm_ref().thread.top());
        self.vm_ref().thread.set_top(top);
    }

    /// Moves the value on top to an index; those from there on go up by one.
    pub fn insert(&mut self, i: usize) {
        for at in (i.max(1)..self.height()).rev() {
            let (lower, upper) = (self.at(at), self.at(at + 1));
            let slot = self.base() + at - 1;
            self.vm_ref().thread.set_slot(slot, upper);
            self.vm_ref().thread.set_slot(slot + 1, lower);
        }
    }

    /// Sets an index to the value on top, which is popped.
    pub fn replace(&mut self, i: usize) {
        let height = self.height();
        if i >= 1 && i < height {
            let (slot, v) = (self.base() + i - 1, self.at(height));
            self.vm_ref().thread.set_slot(slot, v);
        }
        self.pop();
    }

    /// Drops the value on top.
    pub fn pop(&mut self) {
        self.truncate(self.height().saturating_sub(1));
    }

    /// Compiles a chunk and pushes it as a function, or gives PUC's message. `name` starts with `@` or
    /// `=`, or is the source itself.
    pub fn push_chunk(&mut self, source: &[u8], name: &[u8]) -> Result<Result<(), Vec<u8>>, Throw> {
        let loaded = self.vm.load(source, name);
        self.push_loaded(loaded.map(|f| (f, ())))
    }

    /// As [`Call::push_chunk`], with counts of what runs of the chunk from now on. To be called on the stack of
    /// the main program, before what is to be counted: running code goes on as it was, and so do coroutines.
    pub fn push_counted_chunk(
        &mut self,
        source: &[u8],
        name: &[u8],
    ) -> Result<Result<Counts, Vec<u8>>, Throw> {
        let loaded = self.vm.load_counted(source, name);
        self.push_loaded(loaded)
    }

    /// As [`Call::push_chunk`], so that the state's observer is told of its lines from now on, by a number that is
    /// not 0. Gives the lines that can begin. To be called on the stack of the main program, before what is to be observed.
    pub fn push_observed_chunk(
        &mut self,
        source: &[u8],
        name: &[u8],
        chunk: u32,
    ) -> Result<Result<Vec<u32>, Vec<u8>>, Throw> {
        let loaded = self.vm.load_observed(source, name, chunk);
        self.push_loaded(loaded)
    }

    /// Pushes a function that was loaded, and gives what is known of it.
    fn push_loaded<T>(
        &mut self,
        loaded: Result<(Gc<LuaClosure>, T), LoadError>,
    ) -> Result<Result<T, Vec<u8>>, Throw> {
        match loaded {
            Ok((f, known)) => {
                self.push(f)?;
                Ok(Ok(known))
            }
            Err(LoadError::Syntax(wrong)) => Ok(Err(wrong.message)),
            Err(LoadError::Throw(throw)) => Err(throw),
        }
    }

    /// Calls the function below the top `args` values; function and arguments are replaced by all
    /// its results.
    pub fn call_top(&mut self, args: usize) -> Result<(), Throw> {
        let at = self.function_slot(args)?;
        self.call_back(at, |call| call.vm.call_at(at, -1))
    }

    /// As [`Call::call_top`], but an error stops here: its value replaces function and arguments. A
    /// handler, if given by index, turns the error value into another one, on top of the frames that
    /// failed.
    ///
    /// After a failure that is not [`Failure::Error`], the frames stay for [`Call::location`] to
    /// look at, and the values of this call are out of its reach.
    pub fn protected_call_top(
        &mut self,
        args: usize,
        handler: Option<usize>,
    ) -> Result<(), Failure> {
        let frames = self.vm_ref().thread.frame_count();
        let failed = match self.function_slot(args) {
            Ok(at) => {
                let handler = handler.map(|i| self.at(i));
                self.vm
                    .protected_call(at, -1, handler)
                    .map(|outcome| outcome.map_err(|error| (at, error)))
            }
            Err(throw) => Err(throw),
        };
        let (at, error) = match failed {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(failed)) => failed,
            Err(throw) => {
                self.leave_behind(frames);
                return Err(match throw {
                    Throw::Interrupt => Failure::Interrupt,
                    Throw::Exit => Failure::Exit(self.vm.exit_status),
                    _ => Failure::Budget,
                });
            }
        };
        // There is room: the function itself was there.
        self.vm_ref().thread.set_slot(at, error);
        self.vm_ref().thread.set_top(at + 1);
        Err(Failure::Error)
    }

    /// Raises the value on top as an error.
    pub fn raise_top(&mut self) -> Throw {
        let v = self.at(self.height());
        self.vm.throw(v)
    }

    /// Raises a message as an error, with the position of the function that called this one.
    pub fn raise(&mut self, message: &[u8]) -> Throw {
        self.error_bytes(message)
    }

    /// Raises a message as an error, as it is.
    pub fn raise_plain(&mut self, message: &[u8]) -> Throw {
        self.vm.throw_bytes(message)
    }

    /// The error of a bad argument: "bad argument #i to 'f' (message)".
    pub fn raise_argument(&mut self, i: usize, message: impl AsRef<[u8]>) -> Throw {
        self.arg_error(i, message)
    }

    /// The error of an argument of the wrong type: "… (expected expected, got …)".
    pub fn raise_argument_type(&mut self, i: usize, expected: &str) -> Throw {
        self.type_error(i, expected)
    }

    /// Counts work of a long-running native function against the instruction budget.
    pub fn count_work(&mut self, units: u32) -> Result<(), Throw> {
        self.vm.fuel.take(units.into())
    }

    /// Counts a copy or another look at so many bytes, unless they are so few that the call is work enough.
    pub fn count_bytes(&mut self, bytes: usize) -> Result<(), Throw> {
        self.vm.fuel.take_bytes(bytes)
    }

    /// Instructions that are left, `None` without a limit.
    pub fn fuel(&self) -> Option<u64> {
        self.vm_ref().fuel.left()
    }

    /// Adds instructions to those that are left. Without a limit there is nothing to add to.
    pub fn add_fuel(&mut self, instructions: u64) {
        self.vm.fuel.add(instructions);
    }

    /// Looks whether as many units of work may be counted later and nobody has interrupted: for a
    /// function that works on views, which must not be held where work is counted.
    pub fn check_work(&self, units: u64) -> Result<(), Throw> {
        self.vm_ref().fuel.check(units)
    }

    /// Takes the buffer that functions of this state share for building strings, empty. To be given
    /// back with [`Call::put_buffer`]; one that is not is made anew.
    pub fn take_buffer(&mut self) -> Vec<u8> {
        self.vm.take_scratch()
    }

    /// Gives the shared buffer back. A huge one is not kept.
    pub fn put_buffer(&mut self, buffer: Vec<u8>) {
        self.vm.put_scratch(buffer);
    }

    /// Fails if a native function is about to make something that the memory ceiling does not allow.
    pub fn check_memory(&self, bytes: usize) -> Result<(), Throw> {
        self.vm_ref().heap.check_room(bytes)
    }

    /// Where a function on the call stack is: level 0 is the running one.
    pub fn location(&self, level: usize) -> Option<Location> {
        let vm = self.vm_ref();
        vm.location(vm.thread, level)
    }

    /// Writes on what standard output still holds. A script that asks for it is told when that fails.
    pub fn flush_output(&mut self) {
        let _ = self.vm.output.flush();
    }

    /// Takes the host's state out of the Lua state. To be given back with [`Call::put_host`].
    #[inline]
    pub fn take_host(&mut self) -> Option<Box<dyn Any + Send>> {
        self.vm.host.take()
    }

    /// Gives the host's state back.
    #[inline]
    pub fn put_host(&mut self, host: Box<dyn Any + Send>) {
        self.vm.host = Some(host);
    }
}
