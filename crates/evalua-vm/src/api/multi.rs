//! Several values at once: arguments and results.
//!
//! Owns: [`MultiValue`], and how tuples and [`Variadic`] become several values and come from them.

use super::convert::{FromLua, IntoLua};
use super::error::{Error, Result};
use super::lua::Lua;
use super::value::Value;
use smallvec::SmallVec;
use std::ops::{Deref, DerefMut};

/// The values of a call: its arguments or results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MultiValue(SmallVec<[Value; 4]>);

impl MultiValue {
    /// No values.
    pub fn new() -> MultiValue {
        MultiValue::default()
    }

    /// Adds a value at the end.
    pub fn push(&mut self, value: Value) {
        self.0.push(value);
    }

    /// Adds a value in front.
    pub fn push_front(&mut self, value: Value) {
        self.0.insert(0, value);
    }

    /// Takes the first value off.
    pub fn pop_front(&mut self) -> Option<Value> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }
}

impl Deref for MultiValue {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl DerefMut for MultiValue {
    fn deref_mut(&mut self) -> &mut [Value] {
        &mut self.0
    }
}

impl FromIterator<Value> for MultiValue {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> MultiValue {
        MultiValue(values.into_iter().collect())
    }
}

impl Extend<Value> for MultiValue {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, values: I) {
        self.0.extend(values);
    }
}

impl IntoIterator for MultiValue {
    type Item = Value;
    type IntoIter = smallvec::IntoIter<[Value; 4]>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// What any number of Lua values make: the arguments of a callback, the results of a call.
///
/// A type that is [`FromLua`] takes the first value and leaves the others unused; a tuple takes one for each
/// of its parts, nil where there are too few, and its last part may take all that are left.
pub trait FromLuaMulti: Sized {
    /// Makes it.
    fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<Self>;
}

/// What becomes any number of Lua values: the results of a callback, the arguments of a call.
pub trait IntoLuaMulti {
    /// Makes them.
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue>;
}

impl FromLuaMulti for MultiValue {
    fn from_lua_multi(values: MultiValue, _lua: &Lua) -> Result<MultiValue> {
        Ok(values)
    }
}

impl IntoLuaMulti for MultiValue {
    fn into_lua_multi(self, _lua: &Lua) -> Result<MultiValue> {
        Ok(self)
    }
}

impl<T: FromLua> FromLuaMulti for T {
    fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<T> {
        next(&mut values.into_iter(), 1, lua)
    }
}

impl<T: IntoLua> IntoLuaMulti for T {
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
        Ok(std::iter::once(self.into_lua(lua)?).collect())
    }
}

/// `Ok` gives its values, and `Err` nil and the error, as functions of Lua's own do: `io.open`, `load`.
impl<T: IntoLuaMulti, E: IntoLua> IntoLuaMulti for std::result::Result<T, E> {
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
        match self {
            Ok(values) => values.into_lua_multi(lua),
            Err(error) => (Value::Nil, error).into_lua_multi(lua),
        }
    }
}

/// Where the first value is nil and a second one says why, `Err` with that; else `Ok`.
impl<T: FromLuaMulti, E: FromLua> FromLuaMulti for std::result::Result<T, E> {
    fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<Self> {
        match &*values {
            [Value::Nil, reason, ..] if !reason.is_nil() => {
                let reason = E::from_lua(reason.clone(), lua);
                reason.map(Err).map_err(|error| error.at_position(2, true))
            }
            _ => T::from_lua_multi(values, lua).map(Ok),
        }
    }
}

/// Converts the next value, which is the one at `position`.
fn next<T: FromLua>(
    values: &mut impl Iterator<Item = Value>,
    position: usize,
    lua: &Lua,
) -> Result<T> {
    let value = values.next();
    let is_there = value.is_some();
    T::from_lua(value.unwrap_or_default(), lua)
        .map_err(|error| error.at_position(position, is_there))
}

/// Any number of values of one type, as the last or only part of arguments and results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variadic<T>(pub Vec<T>);

impl<T> Deref for Variadic<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for Variadic<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> FromIterator<T> for Variadic<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Variadic<T> {
        Variadic(values.into_iter().collect())
    }
}

impl<T> IntoIterator for Variadic<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T: FromLua> FromLuaMulti for Variadic<T> {
    fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<Variadic<T>> {
        let count = values.len();
        let mut values = values.into_iter();
        (1..=count).map(|i| next(&mut values, i, lua)).collect()
    }
}

impl<T: IntoLua> IntoLuaMulti for Variadic<T> {
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
        self.0
            .into_iter()
            .map(|value| value.into_lua(lua))
            .collect()
    }
}

impl FromLuaMulti for () {
    fn from_lua_multi(_values: MultiValue, _lua: &Lua) -> Result<()> {
        Ok(())
    }
}

impl IntoLuaMulti for () {
    fn into_lua_multi(self, _lua: &Lua) -> Result<MultiValue> {
        Ok(MultiValue::new())
    }
}

/// The traits for tuples: each part but the last is one value.
macro_rules! tuples {
    ($(($($part:ident)* ; $last:ident))*) => {
        $(
            #[allow(non_snake_case, reason = "the parts are called as their types")]
            impl<$($part: FromLua,)* $last: FromLuaMulti> FromLuaMulti for ($($part,)* $last,) {
                fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<Self> {
                    let mut values = values.into_iter();
                    let mut position = 0;
                    $(
                        position += 1;
                        let $part = next(&mut values, position, lua)?;
                    )*
                    position += 1;
                    let rest: MultiValue = values.by_ref().collect();
                    let is_there = !rest.is_empty();
                    let $last = $last::from_lua_multi(rest, lua)
                        .map_err(|error: Error| error.at_position(position, is_there))?;
                    Ok(($($part,)* $last,))
                }
            }

            #[allow(non_snake_case, reason = "the parts are called as their types")]
            impl<$($part: IntoLua,)* $last: IntoLuaMulti> IntoLuaMulti for ($($part,)* $last,) {
                fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
                    let ($($part,)* $last,) = self;
                    let values = [$($part.into_lua(lua)?,)*];
                    let mut values = MultiValue::from_iter(values);
                    values.extend($last.into_lua_multi(lua)?);
                    Ok(values)
                }
            }
        )*
    };
}

tuples! {
    (; A)
    (A; B)
    (A B; C)
    (A B C; D)
    (A B C D; E)
    (A B C D E; F)
    (A B C D E F; G)
    (A B C D E F G; H)
    (A B C D E F G H; I)
    (A B C D E F G H I; J)
    (A B C D E F G H I J; K)
    (A B C D E F G H I J K; L)
}
