//! A debugger for Redis Lua scripts.
//!
//! - [`control`] decides where a script stops: breakpoints, steps, errors, commands. It is the engine's
//!   [`Debugger`](evalua_redis::script::Debugger), and has a [`Face`] that is asked there how to go on;
//! - [`stop`] is what a face sees of a script that stands still;
//! - [`show`] is how values and commands look as text;
//! - [`terminal`] is the face for people who type commands, [`dap`] the one for editors.
//!
//! A script that stops has not returned: the face works on the thread that runs it, within the engine. So what is
//! seen is the state itself, and the script goes on as if nothing had been. The crate knows nothing of files and
//! terminals.
#![forbid(unsafe_code)]

pub mod control;
pub mod dap;
pub mod show;
pub mod stop;
pub mod terminal;

pub use control::{Control, Debugging, Face, Program, Reason, Resume};
pub use stop::Stop;
