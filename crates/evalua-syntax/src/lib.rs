//! Lua 5.1 syntax: tokens, parser, syntax tree.
//!
//! [`parse`] turns source bytes into an [`ast::Chunk`] with every name resolved, or into a
//! [`SyntaxError`] whose text is PUC Lua 5.1's to the byte.
#![forbid(unsafe_code)]

pub mod ast;
mod chunk_id;
mod comments;
mod error;
pub mod hash;
mod intern;
mod lexer;
mod number;
mod parser;
mod token;

pub use chunk_id::chunk_id;
pub use comments::comments;
pub use error::SyntaxError;
pub use lexer::error_after;
pub use number::{is_space, only_space, parse_number, strtod};
pub use parser::{MAX_DEPTH, parse, parse_each, parse_watched};

/// The source without a first line that starts with `#`, as a file is read.
///
/// The line's newline stays, so that lines keep their numbers.
pub fn skip_shebang(source: &[u8]) -> &[u8] {
    if source.first() != Some(&b'#') {
        return source;
    }
    let end = source.iter().position(|&b| b == b'\n');
    &source[end.unwrap_or(source.len())..]
}
