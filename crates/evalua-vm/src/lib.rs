//! Lua 5.1 in pure Rust, to be embedded: exact to the byte where PUC Lua 5.1.5 is the measure, with
//! limits that hold, and no C.
//!
//! # A guided tour
//!
//! ## Running code
//!
//! A [`Lua`] is a state with the libraries that reach nothing outside it. [`Lua::load`] takes source
//! text; what it gives is converted to the Rust type that is asked for. What scripts `print` goes nowhere
//! until [`Lua::set_output`] says where.
//!
//! ```
//! use evalua_vm::Lua;
//!
//! let lua = Lua::new();
//! let n: i64 = lua.load("6 * 7").eval()?;
//! assert_eq!(n, 42);
//! let (quotient, rest): (i64, i64) = lua
//!     .load("local a, b = ... return math.floor(a / b), a % b")
//!     .call((17, 5))?;
//! assert_eq!((quotient, rest), (3, 2));
//! # Ok::<(), evalua_vm::Error>(())
//! ```
//!
//! ## Values
//!
//! [`Value`] is any Lua value. [`Table`], [`Function`], [`LuaString`], [`Thread`] and [`AnyUserData`]
//! are handles: they keep their value alive, have no lifetime, and may be kept in your own types.
//! [`FromLua`] and [`IntoLua`] convert numbers, strings, [`Option`], vectors, maps, sets and your own
//! types; tuples and [`Variadic`] are several values at once.
//!
//! ```
//! # use evalua_vm::{Lua, Table};
//! # let lua = Lua::new();
//! let config: Table = lua.load("{name = 'cache', sizes = {16, 32}}").eval()?;
//! assert_eq!(config.get::<String>("name")?, "cache");
//! assert_eq!(config.get::<Vec<u32>>("sizes")?, [16, 32]);
//! config.set("enabled", true)?;
//! for entry in config.pairs::<String, evalua_vm::Value>() {
//!     let (key, value) = entry?;
//!     println!("{key} is a {}", value.type_name());
//! }
//! # Ok::<(), evalua_vm::Error>(())
//! ```
//!
//! With the `serde` feature, `Lua::to_value` and `Lua::from_value` convert whatever serde can.
//!
//! ## Functions
//!
//! Closures become functions. Wrong arguments are Lua's own "bad argument" errors, and an error that
//! a closure returns is raised where Lua code called it.
//!
//! ```
//! # use evalua_vm::{Error, Function, Lua};
//! # let lua = Lua::new();
//! let divide = lua.create_function(|_, (a, b): (f64, f64)| {
//!     if b == 0.0 {
//!         return Err(Error::runtime("division by zero"));
//!     }
//!     Ok(a / b)
//! })?;
//! lua.globals().set("divide", divide)?;
//! assert_eq!(lua.load("divide(1, 4)").eval::<f64>()?, 0.25);
//! let error = lua.load("divide(1, 0)").set_name("=calc").exec().unwrap_err();
//! assert_eq!(error.message(), "calc:1: division by zero");
//! let error = lua.load("divide(1, {})").set_name("=calc").exec().unwrap_err();
//! assert_eq!(
//!     error.message(),
//!     "calc:1: bad argument #2 to 'divide' (number expected, got table)"
//! );
//! let twice: Function = lua.load("function(f, x) return f(f(x)) end").eval()?;
//! let increment = lua.create_function(|_, n: i64| Ok(n + 1))?;
//! assert_eq!(twice.call::<i64>((increment, 5))?, 7);
//! # Ok::<(), evalua_vm::Error>(())
//! ```
//!
//! A closure with a state of its own is an iterator for Lua's `for`, as `None` is nil.
//! [`Table::call_method`] calls a method of a Lua object, and [`Lua::register_module`] lets scripts
//! `require` what Rust made.
//!
//! ```
//! # use evalua_vm::{Lua, Table};
//! # let lua = Lua::new();
//! let words = lua.create_function(|lua, text: String| {
//!     let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
//!     let mut words = words.into_iter();
//!     lua.create_function_mut(move |_, ()| Ok(words.next()))
//! })?;
//! lua.globals().set("words", words)?;
//! let list: Table = lua
//!     .load("local list = {} for word in words('a bb') do list[#list + 1] = word end return list")
//!     .eval()?;
//! assert_eq!(list.sequence_values::<String>().collect::<Result<Vec<_>, _>>()?, ["a", "bb"]);
//! # Ok::<(), evalua_vm::Error>(())
//! ```
//!
//! ## Your own types
//!
//! A type that is [`UserData`] has methods, fields and metamethods in Lua; the example is there.
//!
//! ## Errors
//!
//! An [`Error`] has its [kind](Error::kind), message, [chunk](Error::chunk), [line](Error::line) and
//! [traceback](Error::traceback), and an error of your own that passed through Lua is its `source`:
//! return it as [`Error::external`], find it again with [`Error::downcast_ref`].
//! [`Error::is_incomplete`] tells a prompt that more text is to come.
//!
//! ```
//! # use evalua_vm::Lua;
//! # let lua = Lua::new();
//! let error = lua.load("local t = {}\nreturn t.x.y").set_name("@app.lua").exec().unwrap_err();
//! assert_eq!(error.message(), "app.lua:2: attempt to index field 'x' (a nil value)");
//! assert_eq!((error.chunk(), error.line()), (Some("app.lua"), Some(2)));
//! assert!(lua.load("for i = 1, 3 do").exec().unwrap_err().is_incomplete());
//! ```
//!
//! ## Limits
//!
//! [`Limits`] bound instructions, memory and the depth of calls; an [`InterruptHandle`] stops a script
//! from another thread, wherever it is. No Lua code can catch either of these, but memory that ran out
//! can be caught, as in PUC. Afterwards the state is as usable as before.
//!
//! ```
//! # use evalua_vm::{ErrorKind, Limits, Lua};
//! let lua = Lua::new();
//! lua.set_limits(Limits {
//!     instructions: Some(100_000),
//!     memory: Some(1 << 20),
//!     ..Limits::default()
//! })?;
//! let error = lua.load("while true do pcall(error) end").exec().unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Budget);
//! lua.add_fuel(1_000)?;
//! assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
//! # Ok::<(), evalua_vm::Error>(())
//! ```
//!
//! ## Coroutines
//!
//! ```
//! # use evalua_vm::{Lua, Thread};
//! # let lua = Lua::new();
//! let steps: Thread = lua
//!     .load("coroutine.create(function(n) while true do n = n + coroutine.yield(n) end end)")
//!     .eval()?;
//! assert_eq!(steps.resume::<i64>(1)?, 1);
//! assert_eq!(steps.resume::<i64>(10)?, 11);
//! # Ok::<(), evalua_vm::Error>(())
//! ```
//!
//! ## Threads
//!
//! A [`Lua`] stays on the thread that made it, and so do its handles; make one for each thread. What
//! may go to another is an [`InterruptHandle`], an [`Error`], and a [`State`](stack::State) that has not
//! become a `Lua` yet.
//!
//! ## Libraries
//!
//! [`StdLib`] chooses among them: by default those that reach nothing outside the state. The feature
//! `system`, on by default, has io, os and package.
//!
//! # Below that
//!
//! [`stack`] is the same machine by its stack, for library functions that are to cost nothing more
//! than those that come with it.
#![deny(unsafe_code)]

mod api;
pub mod bytecode;
pub mod compile;
pub mod coverage;
#[cfg(test)]
mod differential;
mod error;
mod gather;
mod heap;
mod host;
mod interp;
mod kept;
mod limits;
mod load;
mod meta;
mod native;
pub mod number;
pub mod observe;
mod split;
mod state;
mod stdlib;
mod table;
mod thread;
mod value;
mod vm;

pub use api::*;
pub use limits::{InterruptHandle, Limits, Watcher};
pub use stdlib::StdLib;

/// The machine by its stack: a [`State`](stack::State) that is owned and may go to other threads, and
/// native functions that see a [`Call`](stack::Call).
///
/// Nothing is converted and nothing allocated here that the work itself does not need, and in return
/// values are named by their place on the stack, as in the C API of PUC Lua.
pub mod stack {
    pub use crate::error::Throw;
    pub use crate::gather::Gathering;
    pub use crate::host::{Entries, Failure, FunctionKey, Location, TableView, View};
    pub use crate::native::{Call, NativeFn};
    pub use crate::split::{Argument, Arguments, ResultMaker};
    pub use crate::state::State;
}
