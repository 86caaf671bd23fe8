//! From syntax tree to bytecode.
//!
//! Owns: the compiler. It emits the code that a single pass over the source would, because run-time
//! errors show it: the order of evaluation, the registers that hold locals and temporaries, and the
//! line of every instruction are those of PUC Lua 5.1. It must not know the heap or the interpreter.

mod assign;
mod code;
mod constant;
mod desc;
mod discharge;
mod error;
mod expr;
mod function;
mod jump;
mod loops;
mod operator;
mod stat;
mod table;

use crate::bytecode::proto::Prototype;
use evalua_syntax::ast::Chunk;

pub use error::CompileError;

/// Compiles a chunk. The source is needed for the texts of errors only.
pub fn compile(chunk: &Chunk, source: &[u8], chunk_name: &[u8]) -> Result<Prototype, CompileError> {
    function::compile_function(chunk, &chunk.main, code::Cursor::default())
        .map_err(|fault| fault.into_error(source, chunk_name))
}
