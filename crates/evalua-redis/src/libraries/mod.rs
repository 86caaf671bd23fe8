//! The script libraries that only Redis has: `cjson`, `struct`, `cmsgpack`, `bit`.
//!
//! Owns their list and what they share. Each library is a module that builds its table on the Lua
//! stack and knows nothing of the sandbox that the table goes into, nor of keys and commands.

mod bit;
mod cjson;
mod cmsgpack;
mod output;
mod structs;

use evalua_vm::{Call, NativeFn, Throw};

/// Builds the table of a library on top of the Lua stack.
pub(crate) type Open = fn(&mut Call<'_>) -> Result<(), Throw>;

/// Global names and libraries, in the order in which a server loads them.
pub(crate) const LIBRARIES: &[(&str, Open)] = &[
    ("cjson", cjson::open),
    ("struct", structs::open),
    ("cmsgpack", cmsgpack::open),
    ("bit", bit::open),
];

/// How many values a C function may have on its stack, PUC's `LUAI_MAXCSTACK`. The libraries of a
/// server keep what they work on there, so that this bounds how deep they go.
const STACK_SLOTS: usize = 8000;

/// A function of a library and its name.
type Row = (&'static str, NativeFn);

/// Puts functions into the table on top of the stack.
fn register(call: &mut Call<'_>, rows: &[Row]) -> Result<(), Throw> {
    let table = call.height();
    for &(name, function) in rows {
        call.push_native(function, 0)?;
        call.set_field_of(table, name.as_bytes())?;
    }
    Ok(())
}

/// Puts texts into the table on top of the stack.
fn set_texts(call: &mut Call<'_>, rows: &[(&str, &str)]) -> Result<(), Throw> {
    let table = call.height();
    for (name, text) in rows {
        call.push_bytes(text.as_bytes())?;
        call.set_field_of(table, name.as_bytes())?;
    }
    Ok(())
}
