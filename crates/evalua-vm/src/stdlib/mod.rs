//! The standard library (manual 5).
//!
//! Owns: how a library is declared and opened. Each library is a file, with its functions in one list.
//!
//! The lists are in PUC's order and the tables have its sizes, so that `pairs` over a library visits
//! its fields as there.

pub(crate) mod base;
mod builder;
mod coroutine;
mod debug;
mod format;
mod math;
mod pattern;
mod sort;
mod string;
#[cfg(feature = "system")]
mod system;
mod table;

pub(crate) use debug::traceback;

use crate::error::Throw;
use crate::heap::object::{Gc, Table};
use crate::heap::string::c_string;
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

/// Which libraries a state has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StdLib(u8);

impl StdLib {
    /// Those that reach nothing outside the state: base, coroutine, table, string, math.
    pub const SAFE: StdLib = StdLib(0);
    /// Files and processes: the library io, and `dofile` and `loadfile`.
    #[cfg(feature = "system")]
    pub const IO: StdLib = StdLib(1);
    /// The environment, the clock, and what else is the operating system's.
    #[cfg(feature = "system")]
    pub const OS: StdLib = StdLib(2);
    /// `require` and `module`.
    #[cfg(feature = "system")]
    pub const PACKAGE: StdLib = StdLib(4);
    /// The insides of functions and calls. With it a script can reach what others hide, but nothing
    /// outside the state, save that `debug.debug` reads lines from standard input (manual 5.9): take it
    /// away from scripts that are not to wait there.
    pub const DEBUG: StdLib = StdLib(8);
    /// All, as `lua5.1` has them.
    #[cfg(feature = "system")]
    pub const ALL: StdLib = StdLib(15);

    /// Whether these are all among them.
    pub const fn contains(self, others: StdLib) -> bool {
        self.0 & others.0 == others.0
    }
}

impl std::ops::BitOr for StdLib {
    type Output = StdLib;

    fn bitor(self, others: StdLib) -> StdLib {
        StdLib(self.0 | others.0)
    }
}

/// Every library with the flag that asks for it, in the order in which PUC opens them.
const LIBRARIES: &[(StdLib, &Library)] = &[
    (StdLib::SAFE, &base::LIBRARY),
    (StdLib::SAFE, &coroutine::LIBRARY),
    #[cfg(feature = "system")]
    (StdLib::PACKAGE, &system::package::LIBRARY),
    (StdLib::SAFE, &table::LIBRARY),
    #[cfg(feature = "system")]
    (StdLib::IO, &system::io::LIBRARY),
    #[cfg(feature = "system")]
    (StdLib::OS, &system::os::LIBRARY),
    (StdLib::SAFE, &string::LIBRARY),
    (StdLib::SAFE, &math::LIBRARY),
    (StdLib::DEBUG, &debug::LIBRARY),
];

/// Opens libraries.
pub(crate) fn open(vm: &mut Vm, libraries: StdLib) -> Result<(), Throw> {
    #[cfg(feature = "system")]
    let guests = match libraries.contains(StdLib::IO) {
        true => system::chunks::BASE_ROWS,
        false => &[],
    };
    #[cfg(not(feature = "system"))]
    let guests = &[];
    for (flag, library) in LIBRARIES {
        if libraries.contains(*flag) {
            let guests = if library.name.is_none() { guests } else { &[] };
            let table = open_library(vm, library, guests)?;
            let loaded = loaded(vm)?;
            vm.set_field(loaded, library.name.unwrap_or("_G"), table.into())?;
        }
    }
    Ok(())
}

/// The table of what `require` has loaded, which the libraries are in, too.
pub(crate) fn loaded(vm: &mut Vm) -> Result<Gc<Table>, Throw> {
    const LOADED: &str = "_LOADED";
    let registry = vm.registry;
    if let Some(loaded) = vm.field(registry, LOADED)?.as_table() {
        return Ok(loaded);
    }
    let loaded = vm.heap.table()?;
    vm.set_field(registry, LOADED, loaded.into())?;
    Ok(loaded)
}

/// Opens one library. `guests` are functions from elsewhere, each with the one that comes after it.
fn open_library(
    vm: &mut Vm,
    library: &Library,
    guests: &[(&str, LibraryRow)],
) -> Result<Gc<Table>, Throw> {
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
    for row in library.functions {
        for (_, guest) in guests.iter().filter(|(before, _)| *before == row.name) {
            vm.register(table, &[*guest])?;
        }
        vm.register(table, &[*row])?;
    }
    (library.complete)(vm, table)?;
    Ok(table)
}
