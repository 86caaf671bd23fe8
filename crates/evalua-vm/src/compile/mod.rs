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
mod points;
mod stat;
mod table;

use crate::bytecode::proto::Prototype;
use error::Fault;
use evalua_syntax::SyntaxError;
use function::{Room, compile_function};
use points::Points;

pub use error::CompileError;

/// Compiles a chunk.
pub fn compile(source: &[u8], chunk_name: &[u8]) -> Result<Prototype, CompileError> {
    compile_watched(source, chunk_name, 0, &mut |_| true)
}

/// Compiles a chunk from inside `depth` nested native calls, as [`evalua_syntax::parse_watched`] parses it.
/// When `watch` gives `false`, the error says nothing.
///
/// Each function is compiled as soon as it is parsed, while its tree is at hand, and then its tree goes.
pub fn compile_watched(
    source: &[u8],
    chunk_name: &[u8],
    depth: u32,
    watch: &mut dyn FnMut(usize) -> bool,
) -> Result<Prototype, CompileError> {
    compile_in(Room::default(), source, chunk_name, depth, watch)
}

/// As [`compile_watched`], with the points of each function in its prototype. The code is the same.
pub fn compile_with_points(
    source: &[u8],
    chunk_name: &[u8],
    depth: u32,
    watch: &mut dyn FnMut(usize) -> bool,
) -> Result<Prototype, CompileError> {
    let mut room = Room::default();
    room.code.points = Some(Points::default());
    compile_in(room, source, chunk_name, depth, watch)
}

fn compile_in(
    mut room: Room,
    source: &[u8],
    chunk_name: &[u8],
    depth: u32,
    watch: &mut dyn FnMut(usize) -> bool,
) -> Result<Prototype, CompileError> {
    let mut compiled = Vec::new();
    // The first in the source: what is around a function is compiled after it.
    let mut first: Option<Fault> = None;
    let mut note = |outcome: error::Result<()>| {
        if let Err(fault) = outcome
            && first.is_none_or(|first| fault.next < first.next)
        {
            first = Some(fault);
        }
    };
    let mut tree = 0;
    let parsed = evalua_syntax::parse_each(
        source,
        chunk_name,
        depth,
        &mut |bytes| {
            tree = bytes;
            watch(bytes)
        },
        &mut |arena, function| {
            note(compile_function(arena, function, &mut compiled, &mut room));
            true
        },
    );
    if let Ok(chunk) = &parsed {
        // Code takes up no more than its tree, and that of the main function is still there.
        if !watch(2 * tree) {
            return Err(CompileError::default());
        }
        note(compile_function(
            chunk.arena(),
            &chunk.main,
            &mut compiled,
            &mut room,
        ));
    }
    match first {
        Some(fault) => Err(fault.into_error(source, chunk_name)),
        None => {
            parsed?;
            compiled.pop().ok_or_else(CompileError::default)
        }
    }
}

impl From<SyntaxError> for CompileError {
    fn from(error: SyntaxError) -> CompileError {
        CompileError {
            message: error.message,
            line: Some(error.line),
            incomplete: error.incomplete,
        }
    }
}
