//! The embedding API: Lua as a Rust program holds it.
//!
//! Owns: [`Lua`] and the handles to its values, conversion between Rust and Lua, userdata, errors. It must
//! not know how the machine works inside; [`shared`] is the one place that reaches it.

mod chunk;
mod collections;
mod convert;
mod error;
mod failure;
mod function;
mod lua;
mod multi;
#[cfg(feature = "serde")]
mod serde;
mod shared;
mod string;
mod table;
mod thread;
mod userdata;
mod value;

pub use chunk::{AsChunk, Chunk};
pub use convert::{Bytes, FromLua, IntoLua};
pub use error::{Error, ErrorKind, Result};
pub use function::Function;
pub use lua::Lua;
pub use multi::{FromLuaMulti, IntoLuaMulti, MultiValue, Variadic};
pub use string::LuaString;
pub use table::{Pairs, Sequence, Table};
pub use thread::{Thread, ThreadStatus};
pub use userdata::{
    AnyUserData, MetaMethod, UserData, UserDataFields, UserDataMethods, UserDataRef, UserDataRefMut,
};
pub use value::Value;
