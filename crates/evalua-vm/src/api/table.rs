//! [`Table`]: a handle to a table.

use super::convert::{FromLua, IntoLua};
use super::error::{Error, Result};
use super::lua::Lua;
use super::multi::{FromLuaMulti, IntoLuaMulti};
use super::shared::Shared;
use super::value::{Value, handle_type};
use crate::error::Throw;
use crate::heap::object::{self, Gc};
use crate::native::Call;
use crate::native::NativeFn;
use crate::value::Value as Raw;
use crate::vm::Vm;
use std::marker::PhantomData;
use std::rc::Rc;

handle_type! {
    /// A table.
    ///
    /// `get` and `set` do what `t[k]` and `t[k] = v` do in Lua code, metamethods included; the `raw_` forms
    /// reach the table itself.
    Table, "table"
}

impl Table {
    fn table(&self) -> Result<Gc<object::Table>> {
        // The handle holds nothing else.
        self.0.raw().as_table().ok_or_else(Error::foreign)
    }

    /// Works on the table, with a key and a value of its state.
    fn work<T>(&self, f: impl FnOnce(&mut Vm, Gc<object::Table>) -> Result<T, Throw>) -> Result<T> {
        let table = self.table()?;
        let worked = self.0.shared().with(|vm| {
            let worked = f(vm, table);
            worked.map_err(|throw| Error::of_throw(vm, throw))
        });
        worked?
    }

    /// A value that was found, converted; where that fails, the error says under which key.
    fn converted<T: FromLua>(&self, key: &Value, value: Value) -> Result<T> {
        T::from_lua(value, &Lua::of(self.0.shared())).map_err(|error| error.under(key))
    }

    /// The values as the machine has them. The handles must stay until they are used.
    fn raw(&self, value: &Value) -> Result<Raw> {
        value.raw(self.0.shared())
    }

    /// `t[key]`
    pub fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        let shared = self.0.shared();
        let key = key.into_lua(&Lua::of(shared))?;
        let raw = self.raw(&key)?;
        let found = self.work(|vm, table| {
            let found = table.get(raw);
            let is_there = !found.is_nil() || table.meta().is_none();
            Ok(is_there.then(|| Value::of(shared, vm, found)))
        })?;
        match found {
            Some(value) => self.converted(&key, value),
            None => {
                let found = shared.by_lua(get_indexed, &[&self.value(), &key])?;
                self.converted(&key, found)
            }
        }
    }

    /// `t[key] = value`
    pub fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        let shared = self.0.shared();
        let lua = Lua::of(shared);
        let (key, value) = (key.into_lua(&lua)?, value.into_lua(&lua)?);
        if self.work(|_, table| Ok(table.meta().is_none() && !table.is_readonly()))? {
            return self.raw_set(key, value);
        }
        shared.by_lua(set_indexed, &[&self.value(), &key, &value])?;
        Ok(())
    }

    /// `rawget(t, key)`
    pub fn raw_get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        let shared = self.0.shared();
        let key = key.into_lua(&Lua::of(shared))?;
        let raw = self.raw(&key)?;
        let found = self.work(|vm, table| Ok(Value::of(shared, vm, table.get(raw))))?;
        self.converted(&key, found)
    }

    /// `rawset(t, key, value)`
    pub fn raw_set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        let lua = Lua::of(self.0.shared());
        let (key, value) = (key.into_lua(&lua)?, value.into_lua(&lua)?);
        let (raw_key, raw_value) = (self.raw(&key)?, self.raw(&value)?);
        self.work(|vm, table| {
            vm.check_writable(table)?;
            vm.raw_set(table, raw_key, raw_value)
        })
    }

    /// Whether `t[key]` is not nil.
    pub fn contains_key(&self, key: impl IntoLua) -> Result<bool> {
        self.get::<Value>(key).map(|value| !value.is_nil())
    }

    /// `#t`: a border, as the manual says; Lua 5.1 has no metamethod for it.
    pub fn len(&self) -> Result<usize> {
        self.work(|_, table| Ok(table.length()))
    }

    /// Whether there is no entry at all.
    pub fn is_empty(&self) -> Result<bool> {
        self.work(|_, table| Ok(table.entry_at(0).is_none()))
    }

    /// Adds an item after the last. Raw.
    pub fn push(&self, value: impl IntoLua) -> Result<()> {
        self.raw_set(self.len()? + 1, value)
    }

    /// Takes the last item off; nil if there is none. Raw.
    pub fn pop<V: FromLua>(&self) -> Result<V> {
        let last = self.len()?;
        let value = self.raw_get::<Value>(last)?;
        if last > 0 {
            self.raw_set(last, Value::Nil)?;
        }
        self.converted(&Value::Number(last as f64), value)
    }

    /// `t.name(…)`: calls the function in a field.
    pub fn call_function<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R> {
        let field = (name, self.get(name)?);
        self.0.shared().call_field(field, None, args)
    }

    /// `t:name(…)`: calls the function in a field with the table before the arguments.
    ///
    /// ```
    /// # use evalua_vm::{Lua, Table};
    /// # let lua = Lua::new();
    /// let counter: Table = lua
    ///     .load("{n = 1, add = function(self, by) self.n = self.n + by return self.n end}")
    ///     .eval()?;
    /// assert_eq!(counter.call_method::<i64>("add", 2)?, 3);
    /// # Ok::<(), evalua_vm::Error>(())
    /// ```
    pub fn call_method<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R> {
        let field = (name, self.get(name)?);
        self.0.shared().call_field(field, Some(self.value()), args)
    }

    /// Removes every entry.
    pub fn clear(&self) -> Result<()> {
        self.work(|vm, table| {
            vm.check_writable(table)?;
            let mut at = 0;
            while let Some((next, key, _)) = table.entry_at(at) {
                vm.raw_set(table, key, Raw::NIL)?;
                at = next;
            }
            Ok(())
        })
    }

    /// The entries, in the order of Lua's `pairs`. Raw. Entries may be changed and removed meanwhile; with
    /// new ones it may pass some over.
    pub fn pairs<K: FromLua, V: FromLua>(&self) -> Pairs<K, V> {
        Pairs {
            table: self.clone(),
            at: Some(0),
            types: PhantomData,
        }
    }

    /// The items 1, 2 and so on up to the first nil. Raw.
    pub fn sequence_values<V: FromLua>(&self) -> Sequence<V> {
        Sequence {
            table: self.clone(),
            next: Some(1),
            types: PhantomData,
        }
    }

    /// The metatable, if there is one.
    pub fn metatable(&self) -> Result<Option<Table>> {
        let shared = self.0.shared();
        self.work(|vm, table| {
            let meta = table.meta();
            Ok(meta.map(|meta| Table(shared.handle(vm, meta.into()))))
        })
    }

    /// Sets or removes the metatable.
    pub fn set_metatable(&self, metatable: Option<&Table>) -> Result<()> {
        let metatable = match metatable {
            Some(table) => self.raw(&table.value())?.as_table(),
            None => None,
        };
        self.work(|_, table| {
            table.set_meta(metatable);
            Ok(())
        })
    }

    /// Makes the table read-only, for scripts and for handles, or writable again.
    pub fn set_readonly(&self, readonly: bool) -> Result<()> {
        self.work(|_, table| {
            table.set_readonly(readonly);
            Ok(())
        })
    }

    fn value(&self) -> Value {
        Value::Table(self.clone())
    }
}

impl Shared {
    /// Has a native function work on values, in protected mode.
    pub(super) fn by_lua(self: &Rc<Self>, f: NativeFn, args: &[&Value]) -> Result<Value> {
        let function = |vm: &mut Vm| vm.native(f, &[]).map(Raw::from);
        let results = self.protected(function, args.iter().copied())?;
        Ok(results.into_iter().next().unwrap_or_default())
    }

    /// The table of globals; where the machine is taken, the one that it began with.
    pub(super) fn globals(self: &Rc<Self>) -> Table {
        Table(
            match self.with(|vm| {
                let globals = vm.globals();
                self.handle(vm, globals.into())
            }) {
                Ok(globals) => globals,
                Err(_) => self.first_globals(),
            },
        )
    }

    pub(super) fn registry(self: &Rc<Self>) -> Result<Table> {
        self.with(|vm| {
            let registry = vm.registry;
            Table(self.handle(vm, registry.into()))
        })
    }
}

pub(super) fn get_indexed(call: &mut Call<'_>) -> Result<u32, Throw> {
    let (object, key) = (call.arg(1), call.arg(2));
    let value = call.vm.get(object.into(), key)?;
    call.ret(value)
}

pub(super) fn set_indexed(call: &mut Call<'_>) -> Result<u32, Throw> {
    let (object, key, value) = (call.arg(1), call.arg(2), call.arg(3));
    call.vm.set(object.into(), key, value)?;
    Ok(0)
}

/// The entries of a table: see [`Table::pairs`].
#[derive(Debug)]
pub struct Pairs<K, V> {
    table: Table,
    /// Where the next entry may be; nowhere after the last, or where the table could not be reached.
    at: Option<usize>,
    types: PhantomData<(K, V)>,
}

impl<K: FromLua, V: FromLua> Iterator for Pairs<K, V> {
    type Item = Result<(K, V)>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at.take()?;
        let shared = self.table.0.shared();
        let found = self.table.work(|vm, table| {
            Ok(table.entry_at(at).map(|(next, key, value)| {
                (
                    next,
                    Value::of(shared, vm, key),
                    Value::of(shared, vm, value),
                )
            }))
        });
        let (next, key, value) = match found {
            Ok(entry) => entry?,
            Err(error) => return Some(Err(error)),
        };
        let value = self.table.converted(&key, value);
        let key = K::from_lua(key, &Lua::of(shared));
        self.at = Some(next);
        Some(
            key.map_err(|error| error.inside(format_args!("a key")))
                .and_then(|key| Ok((key, value?))),
        )
    }
}

/// The items of a table: see [`Table::sequence_values`].
#[derive(Debug)]
pub struct Sequence<V> {
    table: Table,
    /// As in [`Pairs`].
    next: Option<u32>,
    types: PhantomData<V>,
}

impl<V: FromLua> Iterator for Sequence<V> {
    type Item = Result<V>;

    fn next(&mut self) -> Option<Result<V>> {
        let next = self.next.take()?;
        match self.table.raw_get::<Value>(next) {
            Ok(Value::Nil) => None,
            Ok(value) => {
                let at = Value::Number(f64::from(next));
                self.next = next.checked_add(1);
                Some(self.table.converted(&at, value))
            }
            Err(error) => Some(Err(error)),
        }
    }
}
