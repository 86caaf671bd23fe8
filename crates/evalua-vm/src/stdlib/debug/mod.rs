//! The debug library (manual 5.9).
//!
//! Owns: the list of its functions and those that read and write what others hide. What a function or
//! a call is made of is in [`info`], hooks are in [`hook`], the text of a call stack in [`traceback`].

mod hook;
mod info;
mod traceback;

pub(crate) use traceback::traceback;

use super::Library;
use crate::error::Throw;
use crate::heap::object::{Gc, Thread};
use crate::interp::name::{Level, level, local_of_frame};
use crate::native::{Call, LibraryRow, row};
use crate::value::{Type, Unpacked, Value};
use std::io::{BufRead, Write};

pub(super) const LIBRARY: Library = Library {
    name: Some("debug"),
    functions: ROWS,
    complete: |_, _| Ok(()),
};

const ROWS: &[LibraryRow] = &[
    row("debug", debug),
    row("getfenv", getfenv),
    row("gethook", hook::gethook),
    row("getinfo", info::getinfo),
    row("getlocal", getlocal),
    row("getregistry", getregistry),
    row("getmetatable", getmetatable),
    row("getupvalue", getupvalue),
    row("setfenv", setfenv),
    row("sethook", hook::sethook),
    row("setlocal", setlocal),
    row("setmetatable", setmetatable),
    row("setupvalue", setupvalue),
    row("traceback", traceback::debug_traceback),
];

/// The coroutine that is looked at: an optional first argument, which moves the others up by one.
fn thread_argument(cx: &Call<'_>) -> (Gc<Thread>, usize) {
    match cx.arg(1).as_thread() {
        Some(thread) => (thread, 1),
        None => (cx.vm.thread, 0),
    }
}

/// A level of the call stack as Lua code gives it; PUC takes negative ones for tail calls.
fn find_level(thread: Gc<Thread>, at: i32) -> Option<Level> {
    match usize::try_from(at) {
        Ok(at) => level(thread, at),
        Err(_) => Some(Level::Tail),
    }
}

/// Reads commands from standard input and runs them, until a line says `cont`.
fn debug(cx: &mut Call<'_>) -> Result<u32, Throw> {
    loop {
        let mut errors = std::io::stderr();
        // A prompt that nobody sees is no reason to stop reading.
        let _ = errors.write_all(b"lua_debug> ");
        let mut line = Vec::new();
        let read = std::io::stdin().lock().read_until(b'\n', &mut line);
        if !matches!(read, Ok(n) if n > 0) || line == b"cont\n" {
            return Ok(0);
        }
        let at = cx.vm.thread.top();
        let failed = match cx.vm.load(&line, b"=(debug command)") {
            Ok(command) => {
                cx.push(command)?;
                cx.vm.protected_call(at, 0, None)?.err()
            }
            Err(error) => Some(super::base::load_error(cx, error)?),
        };
        if let Some(message) = failed.and_then(|error| error.as_str()) {
            let _ = errors.write_all(&[message.bytes(), b"\n"].concat());
        }
        cx.vm.thread.set_top(at);
    }
}

fn getfenv(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let env = match cx.check_any(1)?.unpack() {
        Unpacked::Function(f) => Some(f.env()),
        Unpacked::Userdata(u) => Some(u.env().unwrap_or(cx.vm.globals())),
        Unpacked::Thread(t) => Some(t.globals()),
        _ => None,
    };
    cx.ret(env.map_or(Value::NIL, Value::from))
}

fn setfenv(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let env = cx.check_table(2)?;
    let object = cx.arg(1);
    match object.unpack() {
        Unpacked::Function(f) => f.set_env(env),
        Unpacked::Userdata(u) => u.set_env(env),
        Unpacked::Thread(t) => t.set_globals(env),
        _ => return Err(cx.error("'setfenv' cannot change environment of given object")),
    }
    cx.ret(object)
}

fn getregistry(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let registry = cx.vm.registry;
    cx.ret(registry)
}

fn getmetatable(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let value = cx.check_any(1)?;
    let meta = cx.vm.metatable(value);
    cx.ret(meta.map_or(Value::NIL, Value::from))
}

fn setmetatable(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let meta = cx.arg(2);
    if !(meta.is_table() || meta.is_nil() && cx.has(2)) {
        return Err(cx.arg_error(2, "nil or table expected"));
    }
    let value = cx.arg(1);
    match value.unpack() {
        Unpacked::Table(t) => t.set_meta(meta.as_table()),
        Unpacked::Userdata(u) => u.set_meta(meta.as_table()),
        _ => cx.vm.type_meta[value.ty() as usize] = meta.as_table(),
    }
    cx.ret(true)
}

fn getupvalue(cx: &mut Call<'_>) -> Result<u32, Throw> {
    match upvalue_argument(cx)? {
        Some((closure, i)) => {
            let name = closure.proto().get().upvalue_names[i];
            let value = closure.upvalue(i);
            cx.ret_all(&[name.into(), value])
        }
        None => Ok(0),
    }
}

fn setupvalue(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let value = cx.check_any(3)?;
    match upvalue_argument(cx)? {
        Some((closure, i)) => {
            closure.set_upvalue(i, value);
            cx.ret(closure.proto().get().upvalue_names[i])
        }
        None => Ok(0),
    }
}

/// A Lua function and the index of one of its upvalues, from 0. Those of native functions are out of
/// reach.
fn upvalue_argument(
    cx: &mut Call<'_>,
) -> Result<Option<(Gc<crate::heap::object::LuaClosure>, usize)>, Throw> {
    let n = cx.check_c_int(2)?;
    let function = cx.check_type(1, Type::Function)?;
    Ok(function.as_lua_closure().and_then(|closure| {
        let i = usize::try_from(n).ok()?.checked_sub(1)?;
        (i < closure.proto().get().upvalue_names.len()).then_some((closure, i))
    }))
}

fn getlocal(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let (thread, shift) = thread_argument(cx);
    match local_argument(cx, thread, shift)? {
        Some((name, slot)) => {
            cx.push_str(&name)?;
            cx.push(thread.slot(slot))?;
            Ok(2)
        }
        None => cx.ret(Value::NIL),
    }
}

fn setlocal(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let (thread, shift) = thread_argument(cx);
    let at = cx.check_c_int(shift + 1)?;
    if find_level(thread, at).is_none() {
        return Err(cx.arg_error(shift + 1, "level out of range"));
    }
    let value = cx.check_any(shift + 3)?;
    match local_argument(cx, thread, shift)? {
        Some((name, slot)) => {
            thread.set_slot(slot, value);
            cx.ret_str(&name)
        }
        None => cx.ret(Value::NIL),
    }
}

/// The local that level and number name: its name and its slot.
fn local_argument(
    cx: &mut Call<'_>,
    thread: Gc<Thread>,
    shift: usize,
) -> Result<Option<(Vec<u8>, usize)>, Throw> {
    let at = cx.check_c_int(shift + 1)?;
    let Some(level) = find_level(thread, at) else {
        return Err(cx.arg_error(shift + 1, "level out of range"));
    };
    let n = cx.check_c_int(shift + 2)?;
    Ok(match (level, usize::try_from(n)) {
        (Level::Frame(frame), Ok(n)) => local_of_frame(thread, frame, n),
        _ => None,
    })
}
