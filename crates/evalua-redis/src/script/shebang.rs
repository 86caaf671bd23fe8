//! The first line of a script, `#!lua flags=…`: what it declares.

use crate::errors::{self, CommandError};
use crate::text;

/// What a script declares about itself. Without a shebang line it declares nothing, and runs by the
/// rules from before there were such lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Declaration {
    /// Whether there is a shebang line.
    pub is_explicit: bool,
    /// A union of the bits of [`flag`].
    pub flags: u32,
}

impl Declaration {
    /// What a source declares; `None` where it cannot be read.
    pub fn read(source: &[u8]) -> Option<Declaration> {
        read(source).ok().map(|(declaration, _)| declaration)
    }

    /// What a function declares with these flags: all that it does.
    pub fn explicit(flags: u32) -> Declaration {
        Declaration {
            is_explicit: true,
            flags,
        }
    }

    /// Whether it may not run when there is no memory left.
    pub fn needs_memory(self) -> bool {
        self.flags & (flag::NO_WRITES | flag::ALLOW_OOM) == 0
    }

    /// Whether it promises not to write.
    pub fn is_read_only(self) -> bool {
        self.is_explicit && self.flags & flag::NO_WRITES != 0
    }
}

/// The flags of a script.
pub mod flag {
    /// It does not write.
    pub const NO_WRITES: u32 = 1;
    /// It may run when there is no memory left.
    pub const ALLOW_OOM: u32 = 1 << 1;
    /// It may run on a replica with stale data.
    pub const ALLOW_STALE: u32 = 1 << 2;
    /// It does not run on a cluster.
    pub const NO_CLUSTER: u32 = 1 << 3;
    /// Its keys may be in several slots.
    pub const ALLOW_CROSS_SLOT_KEYS: u32 = 1 << 4;

    /// Every flag with its name.
    pub const ALL: &[(u32, &str)] = &[
        (NO_WRITES, "no-writes"),
        (ALLOW_OOM, "allow-oom"),
        (ALLOW_STALE, "allow-stale"),
        (NO_CLUSTER, "no-cluster"),
        (ALLOW_CROSS_SLOT_KEYS, "allow-cross-slot-keys"),
    ];
}

/// Reads the shebang line of a source, if there is one: what it declares, and the code behind it. The
/// end of the line belongs to the code, so that line numbers are those of the source.
///
/// # Errors
/// When there is such a line and it is malformed.
pub fn read(source: &[u8]) -> Result<(Declaration, &[u8]), CommandError> {
    if !source.starts_with(b"#!") {
        return Ok((Declaration::default(), source));
    }
    let end = source.iter().position(|byte| matches!(byte, b'\n' | 0));
    let end = end
        .filter(|&end| source[end] == b'\n')
        .ok_or(errors::SHEBANG_INVALID)?;
    let words = text::split_line(&source[..end]).ok_or(errors::SHEBANG_NO_ENGINE)?;
    let mut declaration = Declaration {
        is_explicit: true,
        flags: 0,
    };
    for (index, word) in words.iter().enumerate() {
        if index == 0 {
            if word != b"#!lua" {
                return Err(errors::shebang_engine(word));
            }
        } else if let Some(names) = word.strip_prefix(b"flags=") {
            declaration.flags |= read_flags(names)?;
        } else {
            return Err(errors::shebang_option(word));
        }
    }
    Ok((declaration, &source[end..]))
}

fn read_flags(names: &[u8]) -> Result<u32, CommandError> {
    if names.is_empty() {
        return Ok(0);
    }
    let mut flags = 0;
    for name in names.split(|&byte| byte == b',') {
        let known = flag::ALL.iter().find(|known| known.1.as_bytes() == name);
        flags |= known.ok_or_else(|| errors::shebang_flag(name))?.0;
    }
    Ok(flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_without_shebang_declares_nothing() {
        for source in [&b"return 1"[..], b"", b"# !lua\n", b" #!lua\n"] {
            assert_eq!(read(source), Ok((Declaration::default(), source)));
        }
    }

    #[test]
    fn flags_add_up_and_the_line_end_stays() {
        let (declaration, code) = read(b"#!lua flags=no-writes,allow-oom flags=\nreturn").unwrap();
        assert_eq!(declaration.flags, flag::NO_WRITES | flag::ALLOW_OOM);
        assert!(declaration.is_read_only());
        assert_eq!(code, b"\nreturn");
        let (declaration, _) = read(b"#!lua\n").unwrap();
        assert!(declaration.is_explicit && !declaration.is_read_only());
    }

    #[test]
    fn malformed_lines_are_errors() {
        for (source, message) in [
            ("#!lua", "ERR Invalid script shebang"),
            ("#!lua\0\n", "ERR Invalid script shebang"),
            ("#!lua \"x\n", "ERR Invalid engine in script shebang"),
            ("#!js\n", "ERR Unexpected engine in script shebang: #!js"),
            ("#! lua\n", "ERR Unexpected engine in script shebang: #!"),
            (
                "#!lua flags=No-Writes\n",
                "ERR Unexpected flag in script shebang: No-Writes",
            ),
            (
                "#!lua flags=no-writes,\n",
                "ERR Unexpected flag in script shebang: ",
            ),
            ("#!lua name=x\n", "ERR Unknown lua shebang option: name=x"),
        ] {
            assert_eq!(read(source.as_bytes()).unwrap_err().to_string(), message);
        }
    }
}
