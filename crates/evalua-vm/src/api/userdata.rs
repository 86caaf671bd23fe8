//! [`AnyUserData`]: a handle to a userdata, and the trait of what can be in one.
//!
//! Owns: how a value of Rust's lies in a userdata and is borrowed, and what a type says of its methods
//! and fields. How those become a metatable is in [`class`].

mod class;

use super::convert::{FromLua, IntoLua};
use super::error::{Error, Result};
use super::lua::Lua;
use super::multi::{FromLuaMulti, IntoLuaMulti};
use super::table::{get_indexed, set_indexed};
use super::value::{Value, handle_type};
use crate::heap::object::Gone;
use parking_lot::lock_api::{ArcRwLockReadGuard, ArcRwLockWriteGuard};
use parking_lot::{RawRwLock, RwLock};
use std::any::Any;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

handle_type! {
    /// A userdata, with a value of Rust's in it.
    AnyUserData, "userdata"
}

/// What lies in a userdata: guards outlive the borrow of the state, and so count for themselves.
type Shelf<T> = Arc<RwLock<T>>;

/// A type whose values Lua code can hold, as userdata, and what it can do with them.
///
/// ```
/// use evalua_vm::{Lua, MetaMethod, UserData, UserDataFields, UserDataMethods};
///
/// struct Account {
///     balance: f64,
/// }
///
/// impl UserData for Account {
///     fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
///         fields.add_field_method_get("balance", |_, account| Ok(account.balance));
///     }
///
///     fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
///         methods.add_method_mut("deposit", |_, account, amount: f64| {
///             account.balance += amount;
///             Ok(())
///         });
///         methods.add_meta_method(MetaMethod::ToString, |_, account, ()| {
///             Ok(format!("account of {}", account.balance))
///         });
///     }
/// }
///
/// let lua = Lua::new();
/// lua.globals().set("account", Account { balance: 10.0 })?;
/// let text: String = lua.load("account:deposit(5) return tostring(account)").eval()?;
/// assert_eq!(text, "account of 15");
/// # Ok::<(), evalua_vm::Error>(())
/// ```
pub trait UserData: Sized + 'static {
    /// Says which fields there are.
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        let _ = fields;
    }

    /// Says which methods and metamethods there are.
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        let _ = methods;
    }
}

/// Takes what a type says of its methods. Called once for a type in each state.
pub trait UserDataMethods<T> {
    /// A method that looks at the value.
    fn add_method<F, A, R>(&mut self, name: impl Into<String>, method: F)
    where
        F: Fn(&Lua, &T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A method that changes the value.
    fn add_method_mut<F, A, R>(&mut self, name: impl Into<String>, method: F)
    where
        F: Fn(&Lua, &mut T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A function beside the methods, which gets all its arguments.
    fn add_function<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A metamethod that looks at the value, its first operand.
    fn add_meta_method<F, A, R>(&mut self, event: MetaMethod, method: F)
    where
        F: Fn(&Lua, &T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A metamethod that changes the value, its first operand.
    fn add_meta_method_mut<F, A, R>(&mut self, event: MetaMethod, method: F)
    where
        F: Fn(&Lua, &mut T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// A metamethod that gets all its operands: of an operator, the value may be the second one.
    fn add_meta_function<F, A, R>(&mut self, event: MetaMethod, function: F)
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;
}

/// Takes what a type says of its fields. Called once for a type in each state.
pub trait UserDataFields<T> {
    /// A field with the same value for all.
    fn add_field(&mut self, name: impl Into<String>, value: impl IntoLua);

    /// What reading a field gives.
    fn add_field_method_get<F, R>(&mut self, name: impl Into<String>, get: F)
    where
        F: Fn(&Lua, &T) -> Result<R> + 'static,
        R: IntoLua;

    /// What writing a field does.
    fn add_field_method_set<F, A>(&mut self, name: impl Into<String>, set: F)
    where
        F: Fn(&Lua, &mut T, A) -> Result<()> + 'static,
        A: FromLua;
}

/// An event that a userdata can handle (manual 2.8). There is no `__gc`: `Drop` is that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetaMethod {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    Div,
    /// `a % b`
    Mod,
    /// `a ^ b`
    Pow,
    /// `-a`
    Unm,
    /// `#a`
    Len,
    /// `a .. b`
    Concat,
    /// `a == b`, for two userdata
    Eq,
    /// `a < b`
    Lt,
    /// `a <= b`
    Le,
    /// `a[k]`, where there is neither a field nor a method
    Index,
    /// `a[k] = v`, where there is no such field
    NewIndex,
    /// `a(…)`
    Call,
    /// `tostring(a)`
    ToString,
}

impl MetaMethod {
    /// The key in a metatable.
    pub fn name(self) -> &'static str {
        match self {
            MetaMethod::Add => "__add",
            MetaMethod::Sub => "__sub",
            MetaMethod::Mul => "__mul",
            MetaMethod::Div => "__div",
            MetaMethod::Mod => "__mod",
            MetaMethod::Pow => "__pow",
            MetaMethod::Unm => "__unm",
            MetaMethod::Len => "__len",
            MetaMethod::Concat => "__concat",
            MetaMethod::Eq => "__eq",
            MetaMethod::Lt => "__lt",
            MetaMethod::Le => "__le",
            MetaMethod::Index => "__index",
            MetaMethod::NewIndex => "__newindex",
            MetaMethod::Call => "__call",
            MetaMethod::ToString => "__tostring",
        }
    }
}

/// The name of a type without its path and parameters.
fn type_name<T>() -> &'static str {
    let whole = std::any::type_name::<T>();
    let plain = whole.split('<').next().unwrap_or(whole);
    plain.rsplit("::").next().unwrap_or(plain)
}

impl AnyUserData {
    pub(super) fn new<T: UserData>(lua: &Lua, value: T) -> Result<AnyUserData> {
        let class = class::of::<T>(lua)?;
        let shelf: Shelf<T> = Arc::new(RwLock::new(value));
        let size = size_of::<RwLock<T>>() + size_of::<[usize; 2]>() + size_of::<Shelf<T>>();
        let shared = lua.shared();
        shared.with(|vm| match vm.heap.host_value(Box::new(shelf), size) {
            Ok(userdata) => {
                userdata.set_meta(class.as_table());
                Ok(AnyUserData(shared.handle(vm, userdata.into())))
            }
            Err(throw) => Err(Error::from_throw(throw)),
        })?
    }

    /// Looks at what the userdata holds.
    fn look<R>(&self, f: impl FnOnce(&dyn Any) -> R) -> Result<R> {
        let raw = self.0.raw();
        self.0.shared().with(|vm| match raw.as_userdata() {
            Some(userdata) => f(userdata.data_for(vm)),
            None => f(&Gone),
        })
    }

    fn shelf<T: 'static>(&self) -> Result<Shelf<T>> {
        self.look(|data| match data.downcast_ref::<Shelf<T>>() {
            Some(shelf) => Ok(shelf.clone()),
            None if data.is::<Gone>() => {
                Err(Error::userdata("the userdata holds nothing any more"))
            }
            None => Err(Error::mismatch(
                type_name::<T>(),
                "userdata of another type",
            )),
        })?
    }

    /// Whether it holds a value of a type.
    pub fn is<T: UserData>(&self) -> bool {
        self.look(|data| data.is::<Shelf<T>>()).unwrap_or(false)
    }

    /// Borrows the value. An error if it is of another type, or borrowed mutably: a method that changes it
    /// is running, perhaps.
    pub fn borrow<T: UserData>(&self) -> Result<UserDataRef<T>> {
        let guard = self.shelf::<T>()?.try_read_arc();
        guard
            .map(UserDataRef)
            .ok_or_else(|| Error::userdata(format!("the {} is being changed", type_name::<T>())))
    }

    /// Borrows the value to change it. An error if it is of another type, or borrowed.
    pub fn borrow_mut<T: UserData>(&self) -> Result<UserDataRefMut<T>> {
        let guard = self.shelf::<T>()?.try_write_arc();
        guard
            .map(UserDataRefMut)
            .ok_or_else(|| Error::userdata(format!("the {} is in use", type_name::<T>())))
    }

    /// Takes the value out. The userdata is good for nothing then. An error if the value is of another
    /// type, or borrowed.
    pub fn take<T: UserData>(&self) -> Result<T> {
        // Nobody else has the shelf, unless a guard does.
        if Arc::strong_count(&self.shelf::<T>()?) > 2 {
            let in_use = format!("the {} is in use", type_name::<T>());
            return Err(Error::userdata(in_use));
        }
        let raw = self.0.raw();
        let taken = self.0.shared().with(|vm| {
            let userdata = raw.as_userdata();
            userdata.map(|userdata| userdata.take_data(&mut vm.heap))
        })?;
        taken
            .and_then(|data| data.downcast::<Shelf<T>>().ok())
            .and_then(|shelf| Arc::into_inner(*shelf))
            .map(RwLock::into_inner)
            .ok_or_else(|| Error::userdata("the userdata holds nothing any more"))
    }

    /// `u[key]`: a field or method.
    pub fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        let lua = Lua::of(self.0.shared());
        let (this, key) = (Value::UserData(self.clone()), key.into_lua(&lua)?);
        let value = self.0.shared().by_lua(get_indexed, &[&this, &key])?;
        V::from_lua(value, &lua).map_err(|error| error.under(&key))
    }

    /// `u.name(…)`: calls a function of its type.
    pub fn call_function<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R> {
        let field = (name, self.get(name)?);
        self.0.shared().call_field(field, None, args)
    }

    /// `u:name(…)`: calls a method.
    pub fn call_method<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R> {
        let field = (name, self.get(name)?);
        let this = Value::UserData(self.clone());
        self.0.shared().call_field(field, Some(this), args)
    }

    /// `u[key] = value`
    pub fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        let lua = Lua::of(self.0.shared());
        let (this, key) = (Value::UserData(self.clone()), key.into_lua(&lua)?);
        let value = value.into_lua(&lua)?;
        let shared = self.0.shared();
        shared.by_lua(set_indexed, &[&this, &key, &value])?;
        Ok(())
    }
}

/// What is in a userdata, borrowed.
pub struct UserDataRef<T>(ArcRwLockReadGuard<RawRwLock, T>);

impl<T> Deref for UserDataRef<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for UserDataRef<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        T::fmt(self, f)
    }
}

/// What is in a userdata, borrowed to be changed.
pub struct UserDataRefMut<T>(ArcRwLockWriteGuard<RawRwLock, T>);

impl<T> Deref for UserDataRefMut<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for UserDataRefMut<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for UserDataRefMut<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        T::fmt(self, f)
    }
}

/// The userdata of a value, or the error that names the type that was expected.
fn userdata_of<T>(value: Value) -> Result<AnyUserData> {
    match value {
        Value::UserData(userdata) => Ok(userdata),
        other => Err(Error::mismatch(type_name::<T>(), other.type_name())),
    }
}

impl<T: UserData> FromLua for UserDataRef<T> {
    fn from_lua(value: Value, _lua: &Lua) -> Result<UserDataRef<T>> {
        userdata_of::<T>(value)?.borrow()
    }
}

impl<T: UserData> FromLua for UserDataRefMut<T> {
    fn from_lua(value: Value, _lua: &Lua) -> Result<UserDataRefMut<T>> {
        userdata_of::<T>(value)?.borrow_mut()
    }
}

impl<T: UserData> IntoLua for T {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_userdata(self).map(Value::UserData)
    }
}
