//! How a chunk name is shown in messages.
//!
//! Owns: the shortening rules for `=name`, `@file` and source text used as a name. It must not know
//! who shows the name.

/// Size of the buffer, with its final NUL, that PUC keeps for names in run-time errors.
const RUNTIME_SIZE: usize = 60;
/// The same for names in syntax errors.
const SYNTAX_SIZE: usize = 80;

/// The display form of a chunk name in run-time errors and debug information.
///
/// `=name` is shown verbatim, `@file` as the file name (its tail after `...` when long), anything
/// else as `[string "first line..."]`.
pub fn chunk_id(name: &[u8]) -> Vec<u8> {
    shorten(name, RUNTIME_SIZE)
}

/// The display form of a chunk name in syntax errors, which have more room.
pub(crate) fn syntax_chunk_id(name: &[u8]) -> Vec<u8> {
    shorten(name, SYNTAX_SIZE)
}

fn shorten(name: &[u8], size: usize) -> Vec<u8> {
    let name = until_nul(name);
    match name.first() {
        Some(b'=') => name[1..name.len().min(size)].to_vec(),
        Some(b'@') => {
            let file = &name[1..];
            let room = size - " '...' \0".len();
            if file.len() > room {
                [b"...", &file[file.len() - room..]].concat()
            } else {
                file.to_vec()
            }
        }
        _ => {
            let room = size - " [string \"...\"] \0".len();
            let line_end = name.iter().position(|b| matches!(b, b'\n' | b'\r'));
            let shown = line_end.unwrap_or(name.len()).min(room);
            let dots: &[u8] = if shown < name.len() { b"..." } else { b"" };
            [b"[string \"", &name[..shown], dots, b"\"]"].concat()
        }
    }
}

/// The part of a text that a C string would hold.
pub(crate) fn until_nul(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|&b| b == 0);
    &text[..end.unwrap_or(text.len())]
}
