//! Values through serde: `Lua::to_value` and `Lua::from_value`.
//!
//! Owns: what each of serde's types is in Lua. `None` and unit are nil, and so no field of a table: one of
//! type `()` needs `#[serde(default)]`. A sequence is a table of items, a map or struct a table with its keys,
//! bytes are a string, and a variant with data is a table of one entry, called as the variant.

mod de;
mod ser;

use super::error::{Error, Result};
use super::lua::Lua;
use super::value::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Lua {
    /// A Lua value of whatever serde can take apart.
    ///
    /// ```
    /// # use evalua_vm::Lua;
    /// #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
    /// struct Point {
    ///     x: f64,
    ///     tags: Vec<String>,
    /// }
    ///
    /// let lua = Lua::new();
    /// let point = Point { x: 1.5, tags: vec!["a".into()] };
    /// lua.globals().set("point", lua.to_value(&point)?)?;
    /// lua.load("point.x = point.x * 2 point.tags[2] = 'b'").exec()?;
    /// let changed: Point = lua.from_value(lua.globals().get("point")?)?;
    /// assert_eq!(changed, Point { x: 3.0, tags: vec!["a".into(), "b".into()] });
    /// # Ok::<(), evalua_vm::Error>(())
    /// ```
    pub fn to_value<T: Serialize + ?Sized>(&self, value: &T) -> Result<Value> {
        value.serialize(ser::Serializer(self))
    }

    /// What serde makes of a Lua value. An error for functions and the like, and for tables that are
    /// nested more than 128 deep: in themselves, perhaps.
    pub fn from_value<T: DeserializeOwned>(&self, value: Value) -> Result<T> {
        T::deserialize(de::Deserializer { value, depth: 0 })
    }
}

impl serde::ser::Error for Error {
    fn custom<T: std::fmt::Display>(message: T) -> Error {
        Error::conversion(message.to_string())
    }
}

impl serde::de::Error for Error {
    fn custom<T: std::fmt::Display>(message: T) -> Error {
        Error::conversion(message.to_string())
    }
}
