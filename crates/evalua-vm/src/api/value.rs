//! [`Value`]: any Lua value.

use super::error::{Error, Result};
use super::function::Function;
use super::shared::{Handle, Shared};
use super::string::LuaString;
use super::table::Table;
use super::thread::Thread;
use super::userdata::AnyUserData;
use crate::number::format::NumberText;
use crate::stdlib::base::{light_text, tostring};
use crate::value::{Unpacked, Value as Raw};
use crate::vm::Vm;
use std::rc::Rc;

/// Any Lua value (manual 2.2). What lives in the Lua state is held by a handle, which keeps it alive.
///
/// Two values are equal if `rawequal` says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `nil`, or no value.
    #[default]
    Nil,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A light userdata: a number of 48 bits that is equal to itself alone.
    LightUserData(u64),
    /// A string.
    String(LuaString),
    /// A table.
    Table(Table),
    /// A function.
    Function(Function),
    /// A coroutine.
    Thread(Thread),
    /// A userdata.
    UserData(AnyUserData),
}

impl Value {
    /// The handle of a value of the machine.
    pub(super) fn of(shared: &Rc<Shared>, vm: &mut Vm, raw: Raw) -> Value {
        let mut handle = || shared.handle(vm, raw);
        match raw.unpack() {
            Unpacked::Nil => Value::Nil,
            Unpacked::Bool(b) => Value::Boolean(b),
            Unpacked::Number(n) => Value::Number(n),
            Unpacked::Light(n) => Value::LightUserData(n),
            Unpacked::Str(_) => Value::String(LuaString(handle())),
            Unpacked::Table(_) => Value::Table(Table(handle())),
            Unpacked::Function(_) => Value::Function(Function(handle())),
            Unpacked::Thread(_) => Value::Thread(Thread(handle())),
            Unpacked::Userdata(_) => Value::UserData(AnyUserData(handle())),
        }
    }

    pub(super) fn handle(&self) -> Option<&Handle> {
        match self {
            Value::Nil | Value::Boolean(_) | Value::Number(_) | Value::LightUserData(_) => None,
            Value::String(s) => Some(&s.0),
            Value::Table(t) => Some(&t.0),
            Value::Function(f) => Some(&f.0),
            Value::Thread(t) => Some(&t.0),
            Value::UserData(u) => Some(&u.0),
        }
    }

    /// The value as the machine has it, if it is one of this machine's.
    pub(super) fn raw(&self, shared: &Rc<Shared>) -> Result<Raw> {
        Ok(match self {
            Value::Nil => Raw::NIL,
            Value::Boolean(b) => Raw::bool(*b),
            Value::Number(n) => Raw::number(*n),
            Value::LightUserData(n) => Raw::light(*n),
            _ => match self.handle() {
                Some(handle) if Rc::ptr_eq(handle.shared(), shared) => handle.raw(),
                _ => return Err(Error::foreign()),
            },
        })
    }

    /// The name of its type, as `type` gives it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Boolean(_) => "boolean",
            Value::Number(_) => "number",
            Value::LightUserData(_) | Value::UserData(_) => "userdata",
            Value::String(_) => "string",
            Value::Table(_) => "table",
            Value::Function(_) => "function",
            Value::Thread(_) => "thread",
        }
    }

    /// Whether it is nil.
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Nil)
    }

    /// The boolean, if it is one.
    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Value::Boolean(b) => Some(*b),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// The number as an integer, if it is one without a fraction.
    pub fn as_integer(&self) -> Option<i64> {
        // Exact where it is taken: 2^63 itself is out of range.
        let n = self.as_number()?;
        (n.fract() == 0.0 && (-(2f64.powi(63))..2f64.powi(63)).contains(&n)).then_some(n as i64)
    }

    /// The text, if it is a string and UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_string()?.as_bytes()).ok()
    }

    /// The text that `tostring` makes of it, `__tostring` included. Bytes that are not UTF-8 are replaced.
    pub fn to_string(&self) -> Result<String> {
        let text = match self.handle() {
            Some(handle) => handle.shared().by_lua(tostring, &[self])?,
            None => self.clone(),
        };
        Ok(match &text {
            Value::Nil => "nil".to_owned(),
            Value::Boolean(b) => b.to_string(),
            Value::Number(n) => {
                String::from_utf8_lossy(NumberText::new(*n).as_bytes()).into_owned()
            }
            Value::LightUserData(n) => light_text(*n),
            Value::String(s) => s.to_string_lossy().into_owned(),
            _ => return Err(Error::runtime("'__tostring' must return a string")),
        })
    }

    /// The string, if it is one.
    pub fn as_string(&self) -> Option<&LuaString> {
        match self {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        match self {
            Value::Table(t) => Some(t),
            _ => None,
        }
    }

    /// The function, if it is one.
    pub fn as_function(&self) -> Option<&Function> {
        match self {
            Value::Function(f) => Some(f),
            _ => None,
        }
    }

    /// The coroutine, if it is one.
    pub fn as_thread(&self) -> Option<&Thread> {
        match self {
            Value::Thread(t) => Some(t),
            _ => None,
        }
    }

    /// The userdata, if it is one.
    pub fn as_userdata(&self) -> Option<&AnyUserData> {
        match self {
            Value::UserData(u) => Some(u),
            _ => None,
        }
    }
}

/// Makes a handle type: cloning it counts, and two are equal if the value is the same.
macro_rules! handle_type {
    ($(#[$doc:meta])* $name:ident, $text:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq)]
        pub struct $name(pub(super) $crate::api::shared::Handle);

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, concat!($text, ": {:#x}"), self.0.raw().bits() & 0xFFFF_FFFF_FFFF)
            }
        }
    };
}

pub(super) use handle_type;
