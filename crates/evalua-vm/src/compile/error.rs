//! What the compiler refuses.
//!
//! Owns: the limits of compiled functions with their texts, and the error made of them. It must not
//! know which construct ran into a limit.

use evalua_syntax::ast::Span;
use evalua_syntax::error_after;
use std::fmt;

/// Why a source text cannot be compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompileError {
    /// The whole text as PUC words it.
    pub message: Vec<u8>,
    /// The line in the text, of an error of syntax.
    pub line: Option<u32>,
    /// Whether the error is at the end of the source, so that more text could mend it.
    pub incomplete: bool,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message))
    }
}

impl std::error::Error for CompileError {}

/// A limit of a compiled function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// Too many registers.
    Registers,
    /// A jump too long.
    Jump,
    /// Too many constants or inner functions.
    Constants,
    /// Too many instructions.
    Code,
}

impl Limit {
    fn text(self) -> &'static str {
        match self {
            Limit::Registers => "function or expression too complex",
            Limit::Jump => "control structure too long",
            Limit::Constants => "constant table overflow",
            Limit::Code => "code size overflow",
        }
    }

    /// Whether the text stands in PUC alone, without the place in the source.
    fn is_bare(self) -> bool {
        matches!(self, Limit::Constants | Limit::Code)
    }
}

/// A limit and where it was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) limit: Limit,
    /// A byte offset before the token that PUC would name.
    pub(super) next: u32,
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    pub(super) fn into_error(self, source: &[u8], chunk_name: &[u8]) -> CompileError {
        let text = self.limit.text();
        let message = if self.limit.is_bare() {
            text.as_bytes().to_vec()
        } else {
            let before = Span {
                end: self.next,
                ..Span::default()
            };
            error_after(source, chunk_name, before, text).message
        };
        CompileError {
            message,
            ..CompileError::default()
        }
    }
}
