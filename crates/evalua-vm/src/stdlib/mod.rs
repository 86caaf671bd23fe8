//! The standard library.

pub(crate) mod base;
pub mod pattern;

use crate::error::Throw;
use crate::vm::Vm;

/// Opens the libraries that reach nothing outside the state.
pub(crate) fn open_safe(vm: &mut Vm) -> Result<(), Throw> {
    let globals = vm.globals();
    vm.register(globals, base::ROWS)
}
