//! The libraries that reach the system: files, processes, the environment, the clock.
//!
//! Owns: the list of them, and what they share. A state opens them only where
//! [`StdLib`](crate::StdLib) asks for them.

pub(super) mod chunks;
mod clock;
mod date;
pub(super) mod io;
pub(super) mod os;
pub(super) mod package;
mod stream;

use crate::error::Throw;
use crate::heap::object::{Gc, NativeClosure, Table};
use crate::native::Call;
use crate::value::Value;
use std::ffi::OsStr;
use std::io::Error;
use std::path::Path;

/// The path that a script's bytes mean, up to the first NUL, where C ends a name.
#[cfg(unix)]
fn path(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(OsStr::from_bytes(super::c_string(bytes)))
}

/// The path that a script's bytes mean; one that is no text means no file.
#[cfg(not(unix))]
fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::new(
        std::str::from_utf8(super::c_string(bytes)).unwrap_or(""),
    ))
}

/// The environment of the running function, which its library shares.
fn environment(cx: &Call<'_>) -> Gc<Table> {
    let function = cx.callee().and_then(|f| Value::from(f).as_function());
    function.map_or(cx.vm.globals(), |f| f.env())
}

/// Gives a native function an environment of its own.
fn set_environment(function: Gc<NativeClosure>, env: Gc<Table>) {
    if let Some(function) = Value::from(function).as_function() {
        function.set_env(env);
    }
}

/// What C's `strerror` says.
fn error_text(error: &Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// True, or nil with the message and the error's number; the message begins with the file's name, if
/// there is one.
fn ret_outcome(
    cx: &mut Call<'_>,
    outcome: Result<(), Error>,
    file: Option<&[u8]>,
) -> Result<u32, Throw> {
    let error = match outcome {
        Ok(()) => return cx.ret(true),
        Err(error) => error,
    };
    let mut text = Vec::new();
    if let Some(file) = file {
        text.extend_from_slice(file);
        text.extend_from_slice(b": ");
    }
    text.extend_from_slice(error_text(&error).as_bytes());
    cx.push(Value::NIL)?;
    cx.push_str(&text)?;
    cx.push(f64::from(error.raw_os_error().unwrap_or(0)))?;
    Ok(3)
}
