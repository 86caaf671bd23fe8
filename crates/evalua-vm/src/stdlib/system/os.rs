//! The operating system library (manual 5.8).

use super::super::{Library, c_string};
use super::{clock, date, path, ret_outcome};
use crate::error::Throw;
use crate::native::{Call, LibraryRow, row};
use crate::value::Value;
use std::process::Command;

pub(in super::super) const LIBRARY: Library = Library {
    name: Some("os"),
    functions: ROWS,
    complete: |_, _| Ok(()),
};

const ROWS: &[LibraryRow] = &[
    row("clock", clock),
    row("date", date::date),
    row("difftime", difftime),
    row("execute", execute),
    row("exit", exit),
    row("getenv", getenv),
    row("remove", remove),
    row("rename", rename),
    row("setlocale", setlocale),
    row("time", date::time),
    row("tmpname", tmpname),
];

fn clock(cx: &mut Call<'_>) -> Result<u32, Throw> {
    cx.ret(clock::process_seconds())
}

fn difftime(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let later = cx.check_int(1)?;
    let earlier = cx.opt_int(2, 0)?;
    cx.ret(later as f64 - earlier as f64)
}

/// A command that runs in the shell.
#[cfg(unix)]
pub(super) fn shell(command: &[u8]) -> Command {
    use std::os::unix::ffi::OsStrExt;
    let mut shell = Command::new("/bin/sh");
    shell
        .arg("-c")
        .arg(std::ffi::OsStr::from_bytes(c_string(command)));
    shell
}

/// A command that runs in the shell.
#[cfg(not(unix))]
pub(super) fn shell(command: &[u8]) -> Command {
    let mut shell = Command::new("cmd");
    shell
        .arg("/C")
        .arg(String::from_utf8_lossy(c_string(command)).as_ref());
    shell
}

/// The status as C's `system` gives it.
#[cfg(unix)]
fn raw_status(status: std::process::ExitStatus) -> i32 {
    std::os::unix::process::ExitStatusExt::into_raw(status)
}

/// The status as C's `system` gives it.
#[cfg(not(unix))]
fn raw_status(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

fn execute(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let Some(command) = cx.opt_str(1)? else {
        return cx.ret(Value::num(1.0));
    };
    // What was printed before must not come after what the command prints; where nobody reads it,
    // the command runs all the same.
    let _ = cx.vm.output.flush();
    let status = shell(command.bytes()).status().map_or(-1, raw_status);
    cx.ret(f64::from(status))
}

fn exit(cx: &mut Call<'_>) -> Result<u32, Throw> {
    cx.vm.exit_status = cx.opt_c_int(1, 0)?;
    Err(Throw::Exit)
}

fn getenv(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let name = cx.check_str(1)?;
    let name = path(name.bytes()).as_os_str();
    // What cannot be a name is no name of a variable.
    let is_name = !name.is_empty() && !name.as_encoded_bytes().contains(&b'=');
    match std::env::var_os(name).filter(|_| is_name) {
        Some(value) => cx.ret_str(value.as_encoded_bytes()),
        None => cx.ret(Value::NIL),
    }
}

fn remove(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let name = cx.check_str(1)?;
    let file = path(name.bytes());
    let is_folder = file.symlink_metadata().is_ok_and(|found| found.is_dir());
    let outcome = if is_folder {
        std::fs::remove_dir(file)
    } else {
        std::fs::remove_file(file)
    };
    ret_outcome(cx, outcome, Some(c_string(name.bytes())))
}

fn rename(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let (from, to) = (cx.check_str(1)?, cx.check_str(2)?);
    let outcome = std::fs::rename(path(from.bytes()), path(to.bytes()));
    ret_outcome(cx, outcome, Some(c_string(from.bytes())))
}

/// There is one locale, C's own.
fn setlocale(cx: &mut Call<'_>) -> Result<u32, Throw> {
    const CATEGORIES: [&str; 6] = ["all", "collate", "ctype", "monetary", "numeric", "time"];
    let locale = cx.opt_str(1)?;
    cx.check_option(2, Some("all"), &CATEGORIES)?;
    match locale.as_ref().map(|locale| c_string(locale.bytes())) {
        None | Some(b"" | b"C" | b"POSIX") => cx.ret_str(b"C"),
        Some(_) => cx.ret(Value::NIL),
    }
}

fn tmpname(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let made = tempfile::Builder::new()
        .prefix("lua_")
        .rand_bytes(6)
        .tempfile()
        .map_err(|error| error.to_string())
        .and_then(|file| file.keep().map_err(|error| error.to_string()));
    match made {
        Ok((_, name)) => cx.ret_str(name.as_os_str().as_encoded_bytes()),
        Err(_) => Err(cx.error("unable to generate a unique filename")),
    }
}
