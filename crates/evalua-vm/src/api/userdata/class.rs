//! The metatable that all userdata of one type share in a state.
//!
//! Owns: how fields, methods and metamethods are found from Lua. Scripts cannot get at the metatable.

use super::{MetaMethod, UserData, UserDataFields, UserDataMethods, UserDataRef, UserDataRefMut};
use crate::api::convert::{FromLua, IntoLua};
use crate::api::error::{Error, Result};
use crate::api::function::Function;
use crate::api::lua::Lua;
use crate::api::multi::{FromLuaMulti, IntoLuaMulti, MultiValue};
use crate::api::shared::Shared;
use crate::api::table::Table;
use crate::api::value::Value;
use crate::error::Throw;
use crate::native::{Call, NativeFn};
use crate::value::Value as Raw;
use std::any::TypeId;
use std::marker::PhantomData;

/// The metatable of a type, made when it is first asked for.
pub(super) fn of<T: UserData>(lua: &Lua) -> Result<Raw> {
    let shared = lua.shared();
    if let Some(class) = shared.classes.borrow().get(&TypeId::of::<T>()) {
        return Ok(*class);
    }
    let mut class = Class::<T>::new(lua)?;
    let metatable = Value::Table(class.metatable.clone());
    let raw = metatable.raw(shared)?;
    // Known before it is complete: a field may be a value of the same type.
    shared.classes.borrow_mut().insert(TypeId::of::<T>(), raw);
    let unfinished = Unfinished(shared, TypeId::of::<T>());
    T::add_fields(&mut class);
    T::add_methods(&mut class);
    class.finish()?;
    shared.with(|vm| vm.root(raw))?;
    std::mem::forget(unfinished);
    Ok(raw)
}

/// Forgets a type whose metatable could not be finished, if only because the host's code panicked.
struct Unfinished<'a>(&'a Shared, TypeId);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.classes.borrow_mut().remove(&self.1);
    }
}

/// A metatable in the making.
struct Class<'a, T> {
    lua: &'a Lua,
    metatable: Table,
    /// Methods, functions and fields with one value for all.
    members: Table,
    getters: Table,
    setters: Table,
    /// The first thing that went wrong; what comes after it does not count.
    failed: Option<Error>,
    of: PhantomData<T>,
}

impl<'a, T: UserData> Class<'a, T> {
    fn new(lua: &'a Lua) -> Result<Class<'a, T>> {
        Ok(Class {
            lua,
            metatable: lua.create_table()?,
            members: lua.create_table()?,
            getters: lua.create_table()?,
            setters: lua.create_table()?,
            failed: None,
            of: PhantomData,
        })
    }

    /// Adds a member to one of the tables, unless something went wrong already.
    fn add(
        &mut self,
        table: fn(&Self) -> &Table,
        name: impl Into<String>,
        make: impl FnOnce(&Lua) -> Result<Value>,
    ) {
        if self.failed.is_none() {
            let added = make(self.lua).and_then(|value| table(self).raw_set(name.into(), value));
            self.failed = added.err();
        }
    }

    fn finish(self) -> Result<()> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let Class {
            lua,
            metatable,
            members,
            getters,
            setters,
            ..
        } = self;
        let handler: Value = metatable.raw_get(MetaMethod::Index.name())?;
        let index = if getters.is_empty()? && handler.is_nil() {
            Value::Table(members)
        } else {
            native(
                lua,
                index,
                &[&Value::Table(getters), &Value::Table(members), &handler],
            )?
        };
        metatable.raw_set(MetaMethod::Index.name(), index)?;
        if !setters.is_empty()? {
            let handler: Value = metatable.raw_get(MetaMethod::NewIndex.name())?;
            let set = native(lua, new_index, &[&Value::Table(setters), &handler])?;
            metatable.raw_set(MetaMethod::NewIndex.name(), set)?;
        }
        metatable.raw_set("__metatable", false)
    }
}

/// A native function that keeps values.
fn native(lua: &Lua, f: NativeFn, kept: &[&Value]) -> Result<Value> {
    let shared = lua.shared();
    let kept = kept.iter().map(|value| value.raw(shared));
    let kept = kept.collect::<Result<Vec<Raw>>>()?;
    shared.with(|vm| match vm.native(f, &kept) {
        Ok(native) => Ok(Value::of(shared, vm, native.into())),
        Err(throw) => Err(Error::from_throw(throw)),
    })?
}

/// `u[k]`: the getter of the field, or a member, or what the type's own `__index` says.
fn index(call: &mut Call<'_>) -> Result<u32, Throw> {
    let (this, key) = (call.arg(1), call.arg(2));
    let field_of = |table: Raw| table.as_table().map_or(Raw::NIL, |table| table.get(key));
    let getter = field_of(call.upvalue(0));
    let member = field_of(call.upvalue(1));
    let handler = call.upvalue(2);
    let value = if getter.is_function() {
        call.call1(getter, &[this])?
    } else if !member.is_nil() || !handler.is_function() {
        member
    } else {
        call.call1(handler, &[this, key])?
    };
    call.ret(value)
}

/// `u[k] = v`: the setter of the field, or what the type's own `__newindex` does.
fn new_index(call: &mut Call<'_>) -> Result<u32, Throw> {
    let (this, key, value) = (call.arg(1), call.arg(2), call.arg(3));
    let setters = call.upvalue(0).as_table();
    let setter = setters.map_or(Raw::NIL, |table| table.get(key));
    let handler = call.upvalue(1);
    if setter.is_function() {
        call.call1(setter, &[this, value])?;
    } else if handler.is_function() {
        call.call1(handler, &[this, key, value])?;
    } else {
        let mut message = b"attempt to set an unknown field '".to_vec();
        match key.as_str() {
            Some(name) => message.extend_from_slice(name.bytes()),
            None => message.extend_from_slice(key.type_name().as_bytes()),
        }
        message.push(b'\'');
        return Err(call.error_bytes(&message));
    }
    Ok(0)
}

/// Takes the value that a method works on off its arguments, as a borrow of one kind or the other.
fn this<B: FromLua>(args: &mut MultiValue, lua: &Lua) -> Result<B> {
    let first = args.pop_front();
    let is_there = first.is_some();
    B::from_lua(first.unwrap_or_default(), lua).map_err(|error| error.at_position(1, is_there))
}

/// The function of a method.
fn method<T, F, A, R>(lua: &Lua, method: F) -> Result<Value>
where
    T: UserData,
    F: Fn(&Lua, &T, A) -> Result<R> + 'static,
    A: FromLuaMulti,
    R: IntoLuaMulti,
{
    let function = Function::of_host(lua, move |lua, mut args| {
        let this: UserDataRef<T> = this(&mut args, lua)?;
        method(lua, &this, rest(args, lua)?)?.into_lua_multi(lua)
    })?;
    Ok(Value::Function(function))
}

/// The function of a method that changes the value.
fn method_mut<T, F, A, R>(lua: &Lua, method: F) -> Result<Value>
where
    T: UserData,
    F: Fn(&Lua, &mut T, A) -> Result<R> + 'static,
    A: FromLuaMulti,
    R: IntoLuaMulti,
{
    let function = Function::of_host(lua, move |lua, mut args| {
        let mut this: UserDataRefMut<T> = this(&mut args, lua)?;
        method(lua, &mut this, rest(args, lua)?)?.into_lua_multi(lua)
    })?;
    Ok(Value::Function(function))
}

/// The arguments after the value itself.
fn rest<A: FromLuaMulti>(args: MultiValue, lua: &Lua) -> Result<A> {
    let is_there = !args.is_empty();
    A::from_lua_multi(args, lua).map_err(|error| error.at_position(2, is_there))
}

impl<T: UserData> UserDataMethods<T> for Class<'_, T> {
    fn add_method<F, A, R>(&mut self, name: impl Into<String>, f: F)
    where
        F: Fn(&Lua, &T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.add(|class| &class.members, name, |lua| method(lua, f));
    }

    fn add_method_mut<F, A, R>(&mut self, name: impl Into<String>, f: F)
    where
        F: Fn(&Lua, &mut T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.add(|class| &class.members, name, |lua| method_mut(lua, f));
    }

    fn add_function<F, A, R>(&mut self, name: impl Into<String>, f: F)
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.add(
            |class| &class.members,
            name,
            |lua| lua.create_function(f)?.into_lua(lua),
        );
    }

    fn add_meta_method<F, A, R>(&mut self, event: MetaMethod, f: F)
    where
        F: Fn(&Lua, &T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.add(|class| &class.metatable, event.name(), |lua| method(lua, f));
    }

    fn add_meta_method_mut<F, A, R>(&mut self, event: MetaMethod, f: F)
    where
        F: Fn(&Lua, &mut T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.add(
            |class| &class.metatable,
            event.name(),
            |lua| method_mut(lua, f),
        );
    }

    fn add_meta_function<F, A, R>(&mut self, event: MetaMethod, f: F)
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.add(
            |class| &class.metatable,
            event.name(),
            |lua| lua.create_function(f)?.into_lua(lua),
        );
    }
}

impl<T: UserData> UserDataFields<T> for Class<'_, T> {
    fn add_field(&mut self, name: impl Into<String>, value: impl IntoLua) {
        self.add(|class| &class.members, name, |lua| value.into_lua(lua));
    }

    fn add_field_method_get<F, R>(&mut self, name: impl Into<String>, get: F)
    where
        F: Fn(&Lua, &T) -> Result<R> + 'static,
        R: IntoLua,
    {
        self.add(
            |class| &class.getters,
            name,
            |lua| method(lua, move |lua, this: &T, ()| get(lua, this)),
        );
    }

    fn add_field_method_set<F, A>(&mut self, name: impl Into<String>, set: F)
    where
        F: Fn(&Lua, &mut T, A) -> Result<()> + 'static,
        A: FromLua,
    {
        let name = name.into();
        let field = name.clone();
        self.add(
            |class| &class.setters,
            name,
            |lua| {
                method_mut(lua, move |lua, this: &mut T, value: Value| {
                    let value = A::from_lua(value, lua)
                        .map_err(|error| error.inside(format_args!("field '{field}'")))?;
                    set(lua, this, value)
                })
            },
        );
    }
}
