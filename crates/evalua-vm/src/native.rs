//! How native functions see a call.
//!
//! Owns: [`Call`], the view of arguments and results that every library function gets. It must not
//! know any library.
//!
//! Rules for native functions, which the collector relies on (see `heap::object`, O1): a collection
//! can happen only while Lua code runs, that is inside `call`, `index` and the other methods of
//! [`Call`] and [`Vm`] that may run metamethods. Values held across such a call must lie on the Lua
//! stack: arguments do, and so does what was pushed.

use crate::error::{Throw, text};
use crate::heap::object::{Gc, NativeClosure, Str, Table};
use crate::number::cast::to_i64;
use crate::number::format::NumberText;
use crate::value::{Type, Unpacked, Value};
use crate::vm::Vm;

/// A native function: gets the call, pushes its results and says how many.
pub type NativeFn = fn(&mut Call<'_>) -> Result<u32, Throw>;

/// The most values that one call of a native function has on the stack.
const MAX_NATIVE_STACK: usize = 8000;

/// The short cut of a native function: its one result, straight from the arguments, without a frame of
/// its own. `None` where the function itself has to be called, with nothing changed: for errors, other
/// numbers of results, and whatever runs Lua code. It must not touch the Lua stack.
pub(crate) type DirectFn = fn(&mut Vm, &[Value]) -> Option<Value>;

/// One row of a library: a function with its name.
#[derive(Clone, Copy)]
pub(crate) struct LibraryRow {
    pub(crate) name: &'static str,
    pub(crate) function: NativeFn,
    direct: Option<DirectFn>,
}

/// A function without a short cut.
pub(crate) const fn row(name: &'static str, function: NativeFn) -> LibraryRow {
    LibraryRow {
        name,
        function,
        direct: None,
    }
}

impl LibraryRow {
    /// The function with a short cut.
    pub(crate) const fn direct(self, direct: DirectFn) -> LibraryRow {
        LibraryRow {
            direct: Some(direct),
            ..self
        }
    }
}

/// A call of a native function. Arguments count from 1, as in error messages.
pub struct Call<'a> {
    /// Not to be had from outside the crate, nor by dereferencing: a host that could swap the states
    /// of two calls would leave each with the other's stack.
    pub(crate) vm: &'a mut Vm,
    base: u32,
    count: u32,
}

impl<'a> Call<'a> {
    pub(crate) fn new(vm: &'a mut Vm, base: usize, count: usize) -> Call<'a> {
        Call {
            vm,
            base: base as u32,
            count: count as u32,
        }
    }

    pub(crate) fn vm_ref(&self) -> &Vm {
        self.vm
    }

    /// Leaves all that is on the stack behind, after an error, if frames are still there beyond those
    /// that there were: what lies in their slots must stay until they are dropped. The call goes on
    /// with no values.
    #[cold]
    pub(crate) fn leave_behind(&mut self, frames: usize) {
        if self.vm.thread.frame_count() == frames {
            return;
        }
        let extent = self.vm.thread.extent();
        self.vm.thread.set_top(extent);
        self.base = extent as u32;
        self.count = 0;
    }

    /// Slot of the first argument.
    pub(crate) fn base(&self) -> usize {
        self.base as usize
    }

    /// Number of arguments.
    #[inline(always)]
    pub(crate) fn count(&self) -> usize {
        self.count as usize
    }

    /// Whether there is an argument `i`, nil or not.
    pub(crate) fn has(&self, i: usize) -> bool {
        i <= self.count()
    }

    /// Argument `i`, nil beyond the last.
    #[inline(always)]
    pub(crate) fn arg(&self, i: usize) -> Value {
        debug_assert!(i > 0);
        if i <= self.count() {
            self.vm.thread.slot(self.base as usize + i - 1)
        } else {
            Value::NIL
        }
    }

    /// Replaces argument `i`, so that the new value is rooted in its place.
    pub(crate) fn set_arg(&mut self, i: usize, v: Value) {
        debug_assert!(i > 0 && i <= self.count());
        self.vm.thread.set_slot(self.base as usize + i - 1, v);
    }

    /// The function that is called.
    pub(crate) fn callee(&self) -> Option<Gc<NativeClosure>> {
        self.vm
            .thread
            .slot((self.base as usize).wrapping_sub(1))
            .as_native_closure()
    }

    /// A value that the running native function keeps, counted from 0.
    pub(crate) fn upvalue(&self, i: usize) -> Value {
        self.callee().map_or(Value::NIL, |f| f.upvalue(i))
    }

    /// Whether `more` values fit on this call's part of the stack, by PUC's `LUAI_MAXCSTACK`.
    pub(crate) fn has_stack_room(&self, more: usize) -> bool {
        self.height().saturating_add(more) <= MAX_NATIVE_STACK
    }

    /// Pushes a value: a result, or one to keep alive.
    #[inline(always)]
    pub(crate) fn push(&mut self, v: impl Into<Value>) -> Result<(), Throw> {
        let thread = self.vm.thread;
        thread.push(&mut self.vm.heap, v.into())
    }

    /// Pushes a string.
    pub(crate) fn push_str(&mut self, bytes: &[u8]) -> Result<(), Throw> {
        let s = self.vm.heap.str(bytes)?;
        self.push(s)
    }

    /// Returns one value.
    #[inline(always)]
    pub(crate) fn ret(&mut self, v: impl Into<Value>) -> Result<u32, Throw> {
        self.push(v)?;
        Ok(1)
    }

    /// Returns one string. To copy a very long one has its price.
    pub(crate) fn ret_str(&mut self, bytes: &[u8]) -> Result<u32, Throw> {
        self.vm.fuel.take_bytes(bytes.len())?;
        let s = self.vm.heap.str(bytes)?;
        self.ret(s)
    }

    /// Returns these values.
    pub(crate) fn ret_all(&mut self, values: &[Value]) -> Result<u32, Throw> {
        for &v in values {
            self.push(v)?;
        }
        Ok(values.len() as u32)
    }

    /// Calls a function for one result, which is not on the stack any more.
    pub(crate) fn call1(&mut self, f: Value, args: &[Value]) -> Result<Value, Throw> {
        let at = self.vm.thread.top();
        self.push(f)?;
        for &v in args {
            self.push(v)?;
        }
        self.vm.call_at(at, 1)?;
        let v = self.vm.thread.slot(at);
        self.vm.thread.set_top(at);
        Ok(v)
    }

    // Arguments of a type, with PUC's errors.

    /// The error of a bad argument: "bad argument #i to 'f' (message)".
    #[cold]
    pub(crate) fn arg_error(&mut self, i: usize, message: impl AsRef<[u8]>) -> Throw {
        let (name, is_method) = self.vm.called_name();
        // A function may complain of its argument 0, all of them; as a method of -1.
        let i = i as isize - isize::from(is_method);
        let message = message.as_ref();
        let text = if is_method && i == 0 {
            [b"calling '", &name[..], b"' on bad self (", message, b")"].concat()
        } else {
            let number = format!("bad argument #{i} to '");
            [number.as_bytes(), &name, b"' (", message, b")"].concat()
        };
        self.error_bytes(&text)
    }

    /// The error of an argument of the wrong type.
    #[cold]
    pub(crate) fn type_error(&mut self, i: usize, expected: &str) -> Throw {
        let got = if self.has(i) {
            self.arg(i).type_name()
        } else {
            "no value"
        };
        self.arg_error(i, format!("{expected} expected, got {got}"))
    }

    /// An error with the position of the function that called this one, as `luaL_error`.
    #[cold]
    pub(crate) fn error(&mut self, message: &str) -> Throw {
        self.error_bytes(message.as_bytes())
    }

    /// As [`Call::error`], for texts that hold bytes of the script.
    #[cold]
    pub(crate) fn error_bytes(&mut self, message: &[u8]) -> Throw {
        let mut text = self.vm.position(1);
        text.extend_from_slice(message);
        self.vm.throw_bytes(&text)
    }

    /// Any value, but there must be one.
    pub(crate) fn check_any(&mut self, i: usize) -> Result<Value, Throw> {
        if !self.has(i) {
            return Err(self.arg_error(i, "value expected"));
        }
        Ok(self.arg(i))
    }

    /// A number, or a string that reads as one.
    #[inline(always)]
    pub fn check_number(&mut self, i: usize) -> Result<f64, Throw> {
        let v = self.arg(i);
        if v.is_number() {
            return Ok(v.as_num());
        }
        self.check_number_slow(i)
    }

    #[cold]
    fn check_number_slow(&mut self, i: usize) -> Result<f64, Throw> {
        match self.vm.read_number(self.arg(i))? {
            Some(n) => Ok(n),
            None => Err(self.type_error(i, Type::Number.name())),
        }
    }

    /// As [`Call::check_number`], or the default where the argument is nil or absent.
    pub fn opt_number(&mut self, i: usize, default: f64) -> Result<f64, Throw> {
        if self.arg(i).is_nil() {
            Ok(default)
        } else {
            self.check_number(i)
        }
    }

    /// A number truncated to an integer as C does on x86-64.
    #[inline(always)]
    pub fn check_int(&mut self, i: usize) -> Result<i64, Throw> {
        self.check_number(i).map(to_i64)
    }

    /// As [`Call::check_int`], or the default where the argument is nil or absent.
    pub fn opt_int(&mut self, i: usize, default: i64) -> Result<i64, Throw> {
        if self.arg(i).is_nil() {
            Ok(default)
        } else {
            self.check_int(i)
        }
    }

    /// As [`Call::check_int`] where PUC has a C `int`: the low 32 bits.
    #[inline(always)]
    pub(crate) fn check_c_int(&mut self, i: usize) -> Result<i32, Throw> {
        self.check_int(i).map(|n| n as i32)
    }

    /// As [`Call::check_c_int`], or the default where the argument is nil or absent.
    pub(crate) fn opt_c_int(&mut self, i: usize, default: i32) -> Result<i32, Throw> {
        self.opt_int(i, default.into()).map(|n| n as i32)
    }

    /// A string; a number is converted, in the argument's place too, as PUC does.
    #[inline(always)]
    pub(crate) fn check_str(&mut self, i: usize) -> Result<Gc<Str>, Throw> {
        match self.arg(i).as_str() {
            Some(s) => Ok(s),
            None => self.check_str_slow(i),
        }
    }

    #[cold]
    fn check_str_slow(&mut self, i: usize) -> Result<Gc<Str>, Throw> {
        match self.arg(i).as_number() {
            Some(n) => {
                let s = self.vm.number_to_str(n)?;
                self.set_arg(i, s.into());
                Ok(s)
            }
            None => Err(self.type_error(i, Type::String.name())),
        }
    }

    /// As [`Call::check_str`], or `None` where the argument is nil or absent.
    pub(crate) fn opt_str(&mut self, i: usize) -> Result<Option<Gc<Str>>, Throw> {
        if self.arg(i).is_nil() {
            Ok(None)
        } else {
            self.check_str(i).map(Some)
        }
    }

    /// A table.
    #[inline(always)]
    pub(crate) fn check_table(&mut self, i: usize) -> Result<Gc<Table>, Throw> {
        match self.arg(i).as_table() {
            Some(t) => Ok(t),
            None => Err(self.type_error(i, Type::Table.name())),
        }
    }

    /// A value of one type.
    pub(crate) fn check_type(&mut self, i: usize, ty: Type) -> Result<Value, Throw> {
        let v = self.arg(i);
        if v.ty() == ty && self.has(i) {
            Ok(v)
        } else {
            Err(self.type_error(i, ty.name()))
        }
    }

    /// One of the given words: its index. `default` is used where the argument is nil or absent.
    pub fn check_option(
        &mut self,
        i: usize,
        default: Option<&str>,
        options: &[&str],
    ) -> Result<usize, Throw> {
        let mut given = match default {
            Some(word) if self.arg(i).is_nil() => word.as_bytes().to_vec(),
            _ => self.check_str(i)?.bytes().to_vec(),
        };
        // To C, which compares the words, a string ends at its first NUL.
        given.truncate(memchr::memchr(0, &given).unwrap_or(given.len()));
        match options.iter().position(|o| o.as_bytes() == given) {
            Some(at) => Ok(at),
            None => {
                let message = [b"invalid option '", &given[..], b"'"].concat();
                Err(self.arg_error(i, message))
            }
        }
    }
}

impl Vm {
    /// Raises the error of a native function that would write to a read-only table.
    pub(crate) fn check_writable(&mut self, t: Gc<Table>) -> Result<(), Throw> {
        if t.is_readonly() {
            return Err(self.runtime_error(text::READONLY_TABLE));
        }
        Ok(())
    }

    /// Raises a value as an error.
    #[cold]
    pub(crate) fn throw(&mut self, v: Value) -> Throw {
        self.thrown = v;
        Throw::Error
    }

    /// Raises a string as an error, as it is.
    #[cold]
    pub(crate) fn throw_bytes(&mut self, message: &[u8]) -> Throw {
        let made = self.fuel.take_bytes(message.len());
        match made.and_then(|()| self.heap.str(message)) {
            Ok(s) => self.throw(s.into()),
            Err(throw) => throw,
        }
    }

    /// The value that a handler or `pcall` gets for a throw.
    pub(crate) fn caught(&mut self, throw: Throw) -> Value {
        match throw {
            Throw::Error => return std::mem::replace(&mut self.thrown, Value::NIL),
            // What the failed code held may be garbage now, and room for what comes next.
            Throw::Memory => self.heap.collect_soon(),
            _ => {}
        }
        Throw::WITH_TEXT
            .iter()
            .position(|(with_text, _)| *with_text == throw)
            .map_or(Value::NIL, |i| self.throw_texts[i].into())
    }

    /// Whether a value is what `pcall` gives where memory ran out.
    pub(crate) fn is_memory_error(&self, v: Value) -> bool {
        (Throw::WITH_TEXT.iter().zip(self.throw_texts))
            .any(|((throw, _), text)| *throw == Throw::Memory && v.as_str() == Some(text))
    }

    /// The number that a value is or reads as. To read a very long string has its price.
    #[inline(always)]
    pub(crate) fn read_number(&mut self, v: Value) -> Result<Option<f64>, Throw> {
        if let Some(s) = v.as_str() {
            self.fuel.take_bytes(s.len())?;
        }
        Ok(v.to_number())
    }

    /// The string of a number, as `tostring` makes it.
    pub(crate) fn number_to_str(&mut self, n: f64) -> Result<Gc<Str>, Throw> {
        self.heap.str(NumberText::new(n).as_bytes())
    }

    /// Makes a native function that keeps values, with the globals as environment.
    pub(crate) fn native(
        &mut self,
        function: NativeFn,
        upvals: &[Value],
    ) -> Result<Gc<NativeClosure>, Throw> {
        let env = self.globals();
        self.heap.native_closure(function, env, upvals.into())
    }

    /// Puts the functions of a library into a table.
    pub(crate) fn register(&mut self, table: Gc<Table>, rows: &[LibraryRow]) -> Result<(), Throw> {
        for row in rows {
            let f = self.native(row.function, &[])?;
            f.set_direct(row.direct);
            self.set_field(table, row.name, f.into())?;
        }
        Ok(())
    }

    /// Sets a field by name, raw.
    pub(crate) fn set_field(&mut self, t: Gc<Table>, name: &str, v: Value) -> Result<(), Throw> {
        let key = self.heap.str(name.as_bytes())?;
        t.set_str(&mut self.heap, key, v)
    }

    /// Gets a field by name, raw.
    pub(crate) fn field(&mut self, t: Gc<Table>, name: &str) -> Result<Value, Throw> {
        let key = self.heap.str(name.as_bytes())?;
        Ok(t.get_str(key))
    }
}

impl Value {
    /// The number that a value is or reads as; see [`Vm::read_number`], which counts.
    #[inline(always)]
    pub(crate) fn to_number(self) -> Option<f64> {
        match self.unpack() {
            Unpacked::Number(n) => Some(n),
            Unpacked::Str(s) => evalua_syntax::parse_number(s.bytes()),
            _ => None,
        }
    }
}

impl From<f64> for Value {
    fn from(n: f64) -> Value {
        Value::number(n)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::bool(b)
    }
}
