//! [`Lua`]: a Lua state as a program that embeds it holds it.

use super::chunk::{AsChunk, Chunk};
use super::convert::{FromLua, IntoLua};
use super::error::{Error, Result};
use super::function::Function;
use super::multi::{FromLuaMulti, IntoLuaMulti};
use super::shared::Shared;
use super::string::LuaString;
use super::table::Table;
use super::thread::Thread;
use super::userdata::{AnyUserData, UserData};
use super::value::Value;
use crate::error::Throw;
use crate::limits::{InterruptHandle, Limits};
use crate::state::State;
use crate::stdlib::StdLib;
use crate::value::Value as Raw;
use crate::vm::Vm;
use std::io::Write;
use std::rc::Rc;

/// A Lua state.
///
/// Clones are the same state. It stays on its thread, and so do all handles to its values; what may
/// go to another is an [`InterruptHandle`], an [`Error`], and a [`State`], which a `Lua` can be made
/// of there.
///
/// Handles keep their values alive, wherever they are kept themselves. When the last `Lua` is
/// dropped, the values that Rust gave to the state go: functions and userdata may hold handles in
/// turn. Handles that are left still work on what Lua has made.
pub struct Lua(Rc<Shared>);

impl Clone for Lua {
    fn clone(&self) -> Lua {
        Lua::of(&self.0)
    }
}

impl Drop for Lua {
    fn drop(&mut self) {
        self.0.remove_owner();
    }
}

impl std::fmt::Debug for Lua {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lua")
    }
}

impl Default for Lua {
    fn default() -> Lua {
        Lua::new()
    }
}

/// What is not there yet cannot be too large for its limits: only the system can have no memory.
fn made<T>(made: Result<T>) -> T {
    made.unwrap_or_else(|_| std::alloc::handle_alloc_error(std::alloc::Layout::new::<Vm>()))
}

impl Lua {
    /// A state with the libraries that reach nothing outside: base, coroutine, string, table, math.
    /// It has no limits yet: see [`Lua::set_limits`].
    ///
    /// As elsewhere in Rust, the program ends if the system has no memory for it.
    pub fn new() -> Lua {
        Lua::new_with(StdLib::SAFE)
    }

    /// A state with the safe libraries and those that are asked for.
    pub fn new_with(libraries: StdLib) -> Lua {
        made(
            State::with_libraries(libraries)
                .map_err(|_| Error::out_of_memory())
                .and_then(Lua::from_state),
        )
    }

    /// A state that was prepared by its stack.
    pub fn from_state(state: State) -> Result<Lua> {
        Shared::new(state).map(|shared| Lua::of(&shared))
    }

    pub(super) fn of(shared: &Rc<Shared>) -> Lua {
        shared.add_owner();
        Lua(shared.clone())
    }

    pub(super) fn shared(&self) -> &Rc<Shared> {
        &self.0
    }

    /// Works on the machine, and makes a handle of what that gives.
    fn make(&self, f: impl FnOnce(&mut Vm) -> Result<Raw, Throw>) -> Result<Value> {
        self.0.with(|vm| match f(vm) {
            Ok(raw) => Ok(Value::of(&self.0, vm, raw)),
            Err(throw) => Err(Error::from_throw(throw)),
        })?
    }

    // Code.

    /// A chunk of source text, to be run or made into a function: see [`Chunk`].
    pub fn load(&self, source: impl AsChunk) -> Chunk<'_> {
        Chunk::new(self, source)
    }

    // Values.

    /// The table of globals.
    pub fn globals(&self) -> Table {
        self.0.globals()
    }

    /// A new table.
    pub fn create_table(&self) -> Result<Table> {
        self.create_table_with_capacity(0, 0)
    }

    /// A new table with room for so many items from 1 on, and so many other keys.
    pub fn create_table_with_capacity(&self, items: usize, others: usize) -> Result<Table> {
        let made = self.make(|vm| vm.heap.table_sized(items, others).map(Raw::from))?;
        Table::from_lua(made, self)
    }

    /// A new table of keys and values.
    pub fn create_table_from<K: IntoLua, V: IntoLua>(
        &self,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Table> {
        let entries = entries.into_iter();
        let table = self.create_table_with_capacity(0, entries.size_hint().0)?;
        for (key, value) in entries {
            table.raw_set(key, value)?;
        }
        Ok(table)
    }

    /// A new table of items, with keys from 1 on.
    pub fn create_sequence_from<T: IntoLua>(
        &self,
        items: impl IntoIterator<Item = T>,
    ) -> Result<Table> {
        let items = items.into_iter();
        let table = self.create_table_with_capacity(items.size_hint().0, 0)?;
        for (i, item) in (1u32..).zip(items) {
            table.raw_set(i, item)?;
        }
        Ok(table)
    }

    /// A string of any bytes.
    pub fn create_string(&self, bytes: impl AsRef<[u8]>) -> Result<LuaString> {
        let made = self.make(|vm| vm.heap.str(bytes.as_ref()).map(Raw::from))?;
        LuaString::from_lua(made, self)
    }

    /// A function that calls a closure: its arguments are converted, with Lua's "bad argument" error
    /// where that fails, and so are its results. An error that it returns is raised.
    ///
    /// The closure may keep handles. One that keeps a `Lua` keeps the state alive for good, which is
    /// seldom wanted: it is given one.
    pub fn create_function<F, A, R>(&self, f: F) -> Result<Function>
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        Function::of_host(self, move |lua, args| {
            f(lua, A::from_lua_multi(args, lua)?)?.into_lua_multi(lua)
        })
    }

    /// As [`Lua::create_function`], for a closure that changes what it holds. Calling it while it runs
    /// is an error.
    pub fn create_function_mut<F, A, R>(&self, f: F) -> Result<Function>
    where
        F: FnMut(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let f = std::cell::RefCell::new(f);
        self.create_function(move |lua, args: A| match f.try_borrow_mut() {
            Ok(mut f) => f(lua, args),
            Err(_) => Err(Error::runtime("the function is running already")),
        })
    }

    /// A userdata that holds a value of Rust's.
    pub fn create_userdata<T: UserData>(&self, value: T) -> Result<AnyUserData> {
        AnyUserData::new(self, value)
    }

    /// A coroutine that will run a function. As `coroutine.create` it takes only one that is
    /// written in Lua.
    pub fn create_thread(&self, function: Function) -> Result<Thread> {
        let function = Value::Function(function).raw(&self.0)?;
        if function.as_lua_closure().is_none() {
            return Err(Error::mismatch("Lua function", "a native one"));
        }
        let made = self.make(|vm| vm.create_coroutine(function).map(Raw::from))?;
        Thread::from_lua(made, self)
    }

    /// Makes a value what `require` gives for a name: a table of functions, most often. Scripts have `require`
    /// if [`StdLib::PACKAGE`](StdLib) is chosen.
    ///
    /// ```
    /// # use evalua_vm::{Lua, StdLib};
    /// # #[cfg(feature = "system")] {
    /// let lua = Lua::new_with(StdLib::PACKAGE);
    /// let double = lua.create_function(|_, n: f64| Ok(2.0 * n))?;
    /// lua.register_module("double", lua.create_table_from([("double", double)])?)?;
    /// assert_eq!(lua.load("require('double').double(4)").eval::<f64>()?, 8.0);
    /// # }
    /// # Ok::<(), evalua_vm::Error>(())
    /// ```
    pub fn register_module(&self, name: &str, module: impl IntoLua) -> Result<()> {
        let loaded = self.make(|vm| crate::stdlib::loaded(vm).map(Raw::from))?;
        Table::from_lua(loaded, self)?.raw_set(name, module)
    }

    // The registry: values that scripts do not see.

    /// Keeps a value under a name that scripts cannot reach.
    pub fn set_named_registry_value(&self, name: &str, value: impl IntoLua) -> Result<()> {
        self.0.registry()?.raw_set(name, value)
    }

    /// The value that was kept under a name.
    pub fn named_registry_value<T: FromLua>(&self, name: &str) -> Result<T> {
        self.0.registry()?.raw_get(name)
    }

    /// Lets go of the value that was kept under a name.
    pub fn unset_named_registry_value(&self, name: &str) -> Result<()> {
        self.set_named_registry_value(name, Value::Nil)
    }

    /// The value that Lua code raised, a table perhaps, of the error that last came out of it.
    pub fn error_value(&self, error: &Error) -> Option<Value> {
        let raw = self.0.raised_value(error)?;
        self.make(|_| Ok(raw)).ok()
    }

    // Limits, memory and output. Where the state cannot be reached, being in use by what asks, nothing
    // is done.

    /// Sets the limits: instructions from now on, memory, depth of calls.
    pub fn set_limits(&self, limits: Limits) -> Result<()> {
        self.0.with(|vm| vm.set_limits(limits))
    }

    /// What is left of the instruction budget, `None` without one.
    pub fn fuel(&self) -> Result<Option<u64>> {
        self.0.with(|vm| vm.fuel.left())
    }

    /// Adds to the instruction budget, if there is one.
    pub fn add_fuel(&self, units: u64) -> Result<()> {
        self.0.with(|vm| vm.fuel.add(units))
    }

    /// A handle that stops what runs, from any thread.
    pub fn interrupt_handle(&self) -> Result<InterruptHandle> {
        self.0.with(|vm| vm.fuel.interrupt_handle())
    }

    /// Bytes in use.
    pub fn used_memory(&self) -> Result<usize> {
        self.0.with(|vm| vm.heap.bytes())
    }

    /// Collects garbage: now, or from within a callback when Lua code next runs, as finalisers do.
    pub fn gc_collect(&self) -> Result<()> {
        self.0.with(|vm| vm.heap.collect_now())?;
        // The next to reach a machine at rest collects.
        self.0.with(|_| ())
    }

    /// Sets where `print` and standard output write. Without it, nowhere.
    ///
    /// ```
    /// # use evalua_vm::Lua;
    /// use std::io::Read;
    ///
    /// let lua = Lua::new();
    /// lua.set_output(std::io::stdout())?;
    /// lua.load("print('to the terminal')").exec()?;
    ///
    /// // Or kept: a pipe, a channel, a buffer behind a mutex.
    /// let (mut reader, writer) = std::io::pipe()?;
    /// lua.set_output(writer)?;
    /// lua.load("print('to the program', 1)").exec()?;
    /// drop(lua);
    /// let mut printed = String::new();
    /// reader.read_to_string(&mut printed)?;
    /// assert_eq!(printed, "to the program\t1\n");
    /// # Ok::<(), evalua_vm::Error>(())
    /// ```
    pub fn set_output(&self, output: impl Write + Send + 'static) -> Result<()> {
        self.0.with(|vm| vm.output = Box::new(output))
    }
}
