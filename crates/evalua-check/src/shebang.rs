//! What the first line of a source says about it.

use evalua_redis::script::{Kind, read_first_line};

use crate::finding::Report;
use crate::rules::syntax;

/// A source, and what it is.
pub(crate) struct Source<'s> {
    /// All of it.
    pub whole: &'s [u8],
    /// The Lua in it: a tail of the source, so that lines keep their numbers.
    pub code: &'s [u8],
    /// The bytes before it.
    pub offset: usize,
    /// What it says that it is.
    pub kind: Kind,
}

/// Reads the first line, and reports it when a server refuses it.
pub(crate) fn read<'s>(source: &'s [u8], report: &mut Report) -> Source<'s> {
    let (kind, code) = read_first_line(source).unwrap_or_else(|error| {
        let end = source.iter().position(|&byte| byte == b'\n');
        let (line, code) = source.split_at(end.unwrap_or(source.len()));
        let message = format!("the server refuses this line: {error}");
        report.add(
            &syntax::BAD_SHEBANG,
            0..line.trim_ascii_end().len(),
            message,
        );
        (Kind::Script { read_only: false }, code)
    });
    Source {
        whole: source,
        code,
        offset: source.len() - code.len(),
        kind,
    }
}
