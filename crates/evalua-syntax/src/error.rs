//! Syntax errors and their texts.
//!
//! Owns: every error text of the crate, in one table ([`Problem`]), and how a message is put
//! together. It must not know when an error is found.

use crate::ast::Span;
use crate::chunk_id::{syntax_chunk_id, until_nul};
use crate::token::Token;
use std::fmt;

/// Why a source text is not a Lua chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The whole text as PUC words it, such as `file:1: unexpected symbol near '='`.
    pub message: Vec<u8>,
    /// The line in the text.
    pub line: u32,
    /// The offending token.
    pub span: Span,
    /// Whether the error is at the end of the source, so that more text could mend it.
    pub incomplete: bool,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message))
    }
}

impl std::error::Error for SyntaxError {}

/// The error type inside the crate: boxed, for it is rare and large.
pub(crate) type Result<T> = std::result::Result<T, Box<SyntaxError>>;

/// What is wrong. The table of texts is [`Problem::fmt`].
#[derive(Clone, Copy)]
pub(crate) enum Problem<'a> {
    UnexpectedSymbol,
    Expected(Token),
    ExpectedToClose {
        closer: Token,
        opener: Token,
        line: u32,
    },
    ParameterExpected,
    ForEqualOrInExpected,
    ArgumentsExpected,
    NotAssignable,
    AmbiguousCall,
    VarargOutside,
    BreakOutside,
    TooDeep,
    /// More of something than a function may have; line 0 is the main function.
    Limit {
        function_line: u32,
        limit: u32,
        what: &'static str,
    },
    TooManyLocalsEver,
    TooLong,
    MalformedNumber,
    UnfinishedString,
    UnfinishedLongString,
    UnfinishedLongComment,
    NestedLongBracket,
    BadLongBracket,
    EscapeTooLarge,
    /// Who asked for it wants no more of it.
    Stopped,
    /// Something that the compiler finds.
    Later(&'a str),
}

impl fmt::Display for Problem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Problem::UnexpectedSymbol => "unexpected symbol",
            Problem::Expected(token) => return write!(f, "'{}' expected", token.text()),
            Problem::ExpectedToClose {
                closer,
                opener,
                line,
            } => {
                let (closer, opener) = (closer.text(), opener.text());
                return write!(
                    f,
                    "'{closer}' expected (to close '{opener}' at line {line})"
                );
            }
            Problem::ParameterExpected => "<name> or '...' expected",
            Problem::ForEqualOrInExpected => "'=' or 'in' expected",
            Problem::ArgumentsExpected => "function arguments expected",
            Problem::NotAssignable => "syntax error",
            Problem::AmbiguousCall => "ambiguous syntax (function call x new statement)",
            Problem::VarargOutside => "cannot use '...' outside a vararg function",
            Problem::BreakOutside => "no loop to break",
            Problem::TooDeep => "chunk has too many syntax levels",
            Problem::Limit {
                function_line: 0,
                limit,
                what,
            } => {
                return write!(f, "main function has more than {limit} {what}");
            }
            Problem::Limit {
                function_line,
                limit,
                what,
            } => {
                return write!(
                    f,
                    "function at line {function_line} has more than {limit} {what}"
                );
            }
            Problem::TooManyLocalsEver => "too many local variables",
            Problem::TooLong => "chunk is too long",
            Problem::MalformedNumber => "malformed number",
            Problem::UnfinishedString => "unfinished string",
            Problem::UnfinishedLongString => "unfinished long string",
            Problem::UnfinishedLongComment => "unfinished long comment",
            Problem::NestedLongBracket => "nesting of [[...]] is deprecated",
            Problem::BadLongBracket => "invalid long string delimiter",
            Problem::EscapeTooLarge => "escape sequence too large",
            Problem::Stopped => "stopped",
            Problem::Later(text) => text,
        })
    }
}

impl Problem<'_> {
    /// The error for this problem at a place, `near` a token's text if it has one.
    #[cold]
    pub(crate) fn at(self, chunk_name: &[u8], span: Span, near: Option<&[u8]>) -> Box<SyntaxError> {
        let line = span.end_line;
        let mut message = Vec::new();
        // This one alone has no position in PUC: it is raised by the array of locals, not the parser.
        if !matches!(self, Problem::TooManyLocalsEver) {
            message.extend(syntax_chunk_id(chunk_name));
            message.extend(format!(":{line}: ").as_bytes());
        }
        message.extend(self.to_string().as_bytes());
        if let Some(near) = near {
            message.extend(b" near '");
            message.extend(until_nul(near));
            message.push(b'\'');
        }
        let incomplete = near == Some(Token::Eof.text().as_bytes());
        Box::new(SyntaxError {
            message,
            line,
            span,
            incomplete,
        })
    }
}
