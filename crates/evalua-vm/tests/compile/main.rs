//! The compiler, against golden listings, against `luac5.1`, and with the verifier.

mod generator;
mod golden;
mod limits;
mod luac;
mod running;
mod verifier;

use evalua_vm::bytecode::proto::Prototype;
use evalua_vm::compile::compile;

/// Parses and compiles a source, or gives the error text.
fn compiled(source: &[u8]) -> Result<Prototype, String> {
    let name = b"@script.lua";
    compile(source, name).map_err(|error| error.to_string())
}
