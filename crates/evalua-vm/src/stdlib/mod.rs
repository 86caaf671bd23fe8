//! The standard library (manual 5).
//!
//! Owns: how a library is declared and opened. Each library is a file, with its functions in one list.
//!
//! The lists are in PUC's order and the tables have its sizes, so that `pairs` over a library visits
//! its fields as there.

pub(crate) mod base;
mod builder;
mod coroutine;
mod format;
mod math;
mod pattern;
mod sort;
mod string;
mod table;

use crate::error::Throw;
use crate::heap::object::{Gc, Table};
use crate::native::LibraryRow;
use crate::vm::Vm;

/// A library.
struct Library {
    /// The global that holds its table; `None` for the globals themselves.
    name: Option<&'static str>,
    functions: &'static [LibraryRow],
    /// Adds what is not a plain function.
    complete: fn(&mut Vm, Gc<Table>) -> Result<(), Throw>,
}

/// The libraries that reach nothing outside the state, in the order in which PUC opens them.
const SAFE: [&Library; 5] = [
    &base::LIBRARY,
    &coroutine::LIBRARY,
    &table::LIBRARY,
    &string::LIBRARY,
    &math::LIBRARY,
];

/// Opens the libraries that reach nothing outside the state.
pub(crate) fn open_safe(vm: &mut Vm) -> Result<(), Throw> {
    SAFE.iter().try_for_each(|library| open(vm, library))
}

fn open(vm: &mut Vm, library: &Library) -> Result<(), Throw> {
    let globals = vm.globals();
    let table = match library.name {
        None => {
            vm.set_field(globals, "_G", globals.into())?;
            globals
        }
        Some(name) => {
            let table = vm.heap.table_sized(0, library.functions.len())?;
            vm.set_field(globals, name, table.into())?;
            table
        }
    };
    vm.register(table, library.functions)?;
    (library.complete)(vm, table)
}

/// The bytes before the first NUL, where PUC takes a C string.
fn c_string(bytes: &[u8]) -> &[u8] {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    &bytes[..end]
}
