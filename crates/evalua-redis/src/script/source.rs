//! What a source says of itself in its first line, for tools that read scripts without running them.

use super::{functions, shebang};
use crate::errors::CommandError;
use crate::text;

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A script, for EVAL and its kin.
    Script {
        /// Whether it promises not to write.
        read_only: bool,
    },
    /// A library of functions, for FUNCTION LOAD.
    Library,
}

/// What a source is, and the code behind its shebang line, if it has one. A library is known by its name.
///
/// # Errors
/// When a server refuses the line.
pub fn read_first_line(source: &[u8]) -> Result<(Kind, &[u8]), CommandError> {
    if is_library(source) {
        let (_, code) = functions::read_metadata(source)?;
        return Ok((Kind::Library, code));
    }
    let (declaration, code) = shebang::read(source)?;
    let read_only = declaration.is_read_only();
    Ok((Kind::Script { read_only }, code))
}

/// Whether there is a shebang line that names a library.
fn is_library(source: &[u8]) -> bool {
    let line = source.split(|&byte| byte == b'\n').next();
    let line = line.filter(|line| line.starts_with(b"#!"));
    let words = line.and_then(text::split_line).unwrap_or_default();
    words.iter().any(|word| {
        let key = word.get(..5);
        key.is_some_and(|key| key.eq_ignore_ascii_case(b"name="))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_makes_a_library() {
        let script = |read_only| Kind::Script { read_only };
        for (source, kind, code) in [
            ("return 1", script(false), "return 1"),
            ("#!lua\nx", script(false), "\nx"),
            ("#!lua flags=no-writes\nx", script(true), "\nx"),
            ("#!lua name=l\nx", Kind::Library, "\nx"),
            ("#!LUA NAME=l\nx", Kind::Library, "\nx"),
        ] {
            let expected = Ok((kind, code.as_bytes()));
            assert_eq!(read_first_line(source.as_bytes()), expected, "{source}");
        }
    }

    #[test]
    fn what_a_server_refuses_is_an_error() {
        for (source, message) in [
            (
                "#!lua flags=x\n",
                "ERR Unexpected flag in script shebang: x",
            ),
            (
                "#!lua name=a-b\n",
                "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
            ),
            ("#!lua", "ERR Invalid script shebang"),
        ] {
            let error = read_first_line(source.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), message, "{source}");
        }
    }
}
