//! One value at a time, between Rust and Lua.
//!
//! Owns: [`FromLua`] and [`IntoLua`] with their rules for plain types. Collections are in
//! [`collections`](super::collections), several values in [`multi`](super::multi).

use super::error::{Error, Result};
use super::function::Function;
use super::lua::Lua;
use super::string::LuaString;
use super::table::Table;
use super::thread::Thread;
use super::userdata::AnyUserData;
use super::value::Value;
use crate::number::format::NumberText;
use std::borrow::Cow;

/// What a Lua value can become.
pub trait FromLua: Sized {
    /// Makes it of a value; nil stands for none.
    fn from_lua(value: Value, lua: &Lua) -> Result<Self>;
}

/// What can become a Lua value.
pub trait IntoLua {
    /// Makes the value.
    fn into_lua(self, lua: &Lua) -> Result<Value>;
}

/// Bytes that are a string to Lua, where a `Vec<u8>` would be a table of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bytes(pub Vec<u8>);

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Bytes {
        Bytes(bytes.to_vec())
    }
}

/// The bytes of a string, or of a number as `tostring` writes it.
fn text_of(value: &Value) -> Result<Cow<'_, [u8]>> {
    match value {
        Value::String(s) => Ok(Cow::Borrowed(s.as_bytes())),
        Value::Number(n) => Ok(Cow::Owned(NumberText::new(*n).as_bytes().to_vec())),
        other => Err(Error::mismatch("string", other.type_name())),
    }
}

/// A number, or a string that reads as one (manual 2.2.1).
fn number_of(value: &Value) -> Result<f64> {
    match value {
        Value::Number(n) => Some(*n),
        Value::String(s) => evalua_syntax::parse_number(s.as_bytes()),
        _ => None,
    }
    .ok_or_else(|| Error::mismatch("number", value.type_name()))
}

impl FromLua for Value {
    fn from_lua(value: Value, _lua: &Lua) -> Result<Value> {
        Ok(value)
    }
}

impl IntoLua for Value {
    fn into_lua(self, _lua: &Lua) -> Result<Value> {
        Ok(self)
    }
}

impl IntoLua for &Value {
    fn into_lua(self, _lua: &Lua) -> Result<Value> {
        Ok(self.clone())
    }
}

/// Both ways for a handle: only a value of its own type becomes one.
macro_rules! handles {
    ($($handle:ident $variant:ident $name:literal)*) => {
        $(
            impl FromLua for $handle {
                fn from_lua(value: Value, _lua: &Lua) -> Result<$handle> {
                    match value {
                        Value::$variant(handle) => Ok(handle),
                        other => Err(Error::mismatch($name, other.type_name())),
                    }
                }
            }

            impl IntoLua for $handle {
                fn into_lua(self, _lua: &Lua) -> Result<Value> {
                    Ok(Value::$variant(self))
                }
            }

            impl IntoLua for &$handle {
                fn into_lua(self, _lua: &Lua) -> Result<Value> {
                    Ok(Value::$variant(self.clone()))
                }
            }
        )*
    };
}

handles! {
    Table Table "table"
    Function Function "function"
    Thread Thread "thread"
    AnyUserData UserData "userdata"
}

/// A number becomes its text, as everywhere in Lua.
impl FromLua for LuaString {
    fn from_lua(value: Value, lua: &Lua) -> Result<LuaString> {
        match value {
            Value::String(s) => Ok(s),
            other => lua.create_string(text_of(&other)?),
        }
    }
}

impl IntoLua for LuaString {
    fn into_lua(self, _lua: &Lua) -> Result<Value> {
        Ok(Value::String(self))
    }
}

impl IntoLua for &LuaString {
    fn into_lua(self, _lua: &Lua) -> Result<Value> {
        Ok(Value::String(self.clone()))
    }
}

/// Nil and false are false, and all else is true, as in a condition.
impl FromLua for bool {
    fn from_lua(value: Value, _lua: &Lua) -> Result<bool> {
        Ok(!matches!(value, Value::Nil | Value::Boolean(false)))
    }
}

impl IntoLua for bool {
    fn into_lua(self, _lua: &Lua) -> Result<Value> {
        Ok(Value::Boolean(self))
    }
}

/// A float takes any number.
macro_rules! floats {
    ($($float:ident)*) => {
        $(
            impl FromLua for $float {
                fn from_lua(value: Value, _lua: &Lua) -> Result<$float> {
                    number_of(&value).map(|n| n as $float)
                }
            }

            impl IntoLua for $float {
                fn into_lua(self, _lua: &Lua) -> Result<Value> {
                    Ok(Value::Number(self.into()))
                }
            }
        )*
    };
}

floats! { f32 f64 }

/// An integer takes a number without its fraction, as `luaL_checkinteger` does, but only one that it
/// can hold. Above 2^53 an integer becomes the nearest double.
macro_rules! integers {
    ($($integer:ident)*) => {
        $(
            impl FromLua for $integer {
                fn from_lua(value: Value, _lua: &Lua) -> Result<$integer> {
                    let whole = number_of(&value)?.trunc();
                    // The upper bound is a power of two, exactly or after rounding.
                    if whole >= $integer::MIN as f64 && whole < $integer::MAX as f64 + 1.0 {
                        Ok(whole as $integer)
                    } else {
                        let expected = concat!("number in the range of ", stringify!($integer));
                        Err(Error::mismatch(expected, "another"))
                    }
                }
            }

            impl IntoLua for $integer {
                fn into_lua(self, _lua: &Lua) -> Result<Value> {
                    Ok(Value::Number(self as f64))
                }
            }
        )*
    };
}

integers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

impl FromLua for Bytes {
    fn from_lua(value: Value, _lua: &Lua) -> Result<Bytes> {
        text_of(&value).map(|text| Bytes(text.into_owned()))
    }
}

impl FromLua for String {
    fn from_lua(value: Value, _lua: &Lua) -> Result<String> {
        String::from_utf8(text_of(&value)?.into_owned())
            .map_err(|_| Error::mismatch("string of valid UTF-8", "other bytes"))
    }
}

impl FromLua for Box<str> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Box<str>> {
        String::from_lua(value, lua).map(String::into_boxed_str)
    }
}

impl FromLua for char {
    fn from_lua(value: Value, lua: &Lua) -> Result<char> {
        let text = String::from_lua(value, lua)?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(character),
            _ => Err(Error::mismatch("one character", "another number of them")),
        }
    }
}

impl IntoLua for char {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        self.encode_utf8(&mut [0; 4]).into_lua(lua)
    }
}

/// A Lua string of the bytes.
macro_rules! texts {
    ($($text:ty)*) => {
        $(
            impl IntoLua for $text {
                fn into_lua(self, lua: &Lua) -> Result<Value> {
                    let text: &str = AsRef::<str>::as_ref(&self);
                    lua.create_string(text).map(Value::String)
                }
            }
        )*
    };
}

texts! { &str String &String Box<str> Cow<'_, str> &mut str }

impl IntoLua for Bytes {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_string(&self.0).map(Value::String)
    }
}

impl IntoLua for &Bytes {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_string(&self.0).map(Value::String)
    }
}

/// The message.
impl IntoLua for Error {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        self.message().into_lua(lua)
    }
}

/// The message of a string, as where a function returns nil and a reason.
impl FromLua for Error {
    fn from_lua(value: Value, lua: &Lua) -> Result<Error> {
        String::from_lua(value, lua).map(Error::runtime)
    }
}

/// Nil is `None`.
impl<T: FromLua> FromLua for Option<T> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Option<T>> {
        match value {
            Value::Nil => Ok(None),
            value => T::from_lua(value, lua).map(Some),
        }
    }
}

/// `None` is nil.
impl<T: IntoLua> IntoLua for Option<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        self.map_or(Ok(Value::Nil), |value| value.into_lua(lua))
    }
}
