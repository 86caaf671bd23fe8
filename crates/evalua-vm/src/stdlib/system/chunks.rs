//! Chunks from files: `dofile`, `loadfile`, and what `require` loads.

use super::super::base::{load_error, ret_loaded};
use super::{error_text, path};
use crate::error::Throw;
use crate::heap::object::{Gc, LuaClosure};
use crate::load::{LoadError, Wrong};
use crate::native::{Call, LibraryRow, row};
use crate::vm::Vm;
use std::io::Read;

/// The functions of the base library that read files, each with the one that PUC has after it.
pub(in super::super) const BASE_ROWS: &[(&str, LibraryRow)] = &[
    ("error", row("dofile", dofile)),
    ("load", row("loadfile", loadfile)),
];

fn dofile(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let name = cx.opt_str(1)?.map(|name| name.bytes().to_vec());
    let at = cx.vm.thread.top();
    match load_file(cx.vm, name.as_deref()) {
        Ok(chunk) => cx.push(chunk)?,
        Err(error) => {
            let value = load_error(cx, error)?;
            return Err(cx.vm.throw(value));
        }
    }
    cx.vm.call_at(at, -1)?;
    Ok((cx.vm.thread.top() - at) as u32)
}

fn loadfile(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let name = cx.opt_str(1)?.map(|name| name.bytes().to_vec());
    let loaded = load_file(cx.vm, name.as_deref());
    ret_loaded(cx, loaded)
}

impl Call<'_> {
    /// Pushes the chunk in a file, or in standard input; or gives why it could not be loaded, in PUC's
    /// words.
    pub fn push_file(&mut self, name: Option<&[u8]>) -> Result<Result<(), Vec<u8>>, Throw> {
        match load_file(self.vm, name) {
            Ok(chunk) => self.push(chunk).map(Ok),
            Err(LoadError::Syntax(wrong)) => Ok(Err(wrong.message)),
            Err(LoadError::Throw(throw)) => Err(throw),
        }
    }
}

/// Loads a file, or standard input. A first line that begins with `#` is skipped.
pub(super) fn load_file(vm: &mut Vm, name: Option<&[u8]>) -> Result<Gc<LuaClosure>, LoadError> {
    let name = name.map(super::super::c_string);
    let fail = |what: &str, error: &std::io::Error| {
        let shown = name.unwrap_or(b"stdin");
        let what = format!("cannot {what} ");
        let error = error_text(error);
        Wrong::saying([what.as_bytes(), shown, b": ", error.as_bytes()].concat())
    };
    let mut source = Vec::new();
    match name {
        Some(name) => {
            let mut file = std::fs::File::open(path(name)).map_err(|error| fail("open", &error))?;
            file.read_to_end(&mut source)
                .map_err(|error| fail("read", &error))?;
        }
        None => {
            std::io::stdin()
                .read_to_end(&mut source)
                .map_err(|error| fail("read", &error))?;
        }
    }
    let chunk_name = match name {
        Some(name) => [b"@", name].concat(),
        None => b"=stdin".to_vec(),
    };
    vm.load_for_script(skip_first_comment(&source), &chunk_name)
}

/// The source without the text of a first line that begins with `#`; the line's end stays, and with it
/// the numbers of the lines after.
fn skip_first_comment(source: &[u8]) -> &[u8] {
    if source.first() != Some(&b'#') {
        return source;
    }
    let end = memchr::memchr(b'\n', source).unwrap_or(source.len());
    &source[end..]
}
