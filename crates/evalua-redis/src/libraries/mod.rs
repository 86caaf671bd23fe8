//! The script libraries that only Redis has: `cjson`, `struct`, `cmsgpack`, `bit`.
//!
//! Owns their list and what they share. Each library is a module that builds its table on the Lua
//! stack and knows nothing of the sandbox that the table goes into, nor of keys and commands: a host of
//! plain Lua may have them too, by [`names`] and [`push`].

mod bit;
mod cjson;
mod cmsgpack;
mod output;
mod structs;

use evalua_vm::stack::{Call, NativeFn, Throw};

/// Builds the table of a library on top of the Lua stack.
pub(crate) type Open = fn(&mut Call<'_>) -> Result<(), Throw>;

/// Global names and libraries, in the order in which a server loads them.
pub(crate) const LIBRARIES: &[(&str, Open)] = &[
    ("cjson", cjson::open),
    ("struct", structs::open),
    ("cmsgpack", cmsgpack::open),
    ("bit", bit::open),
];

/// The names of the libraries, in the order in which a server loads them.
pub fn names() -> impl Iterator<Item = &'static str> {
    LIBRARIES.iter().map(|&(name, _)| name)
}

/// Pushes the library called `name`, made anew, or nothing if there is none of that name; tells which.
/// It is an ordinary table, which nothing protects, and no global holds it.
///
/// # Errors
/// When there is no memory for it.
pub fn push(call: &mut Call<'_>, name: &[u8]) -> Result<bool, Throw> {
    let Some((_, open)) = LIBRARIES.iter().find(|row| row.0.as_bytes() == name) else {
        return Ok(false);
    };
    open(call)?;
    Ok(true)
}

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
