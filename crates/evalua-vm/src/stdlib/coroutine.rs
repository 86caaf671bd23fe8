//! The coroutine library (manual 5.2).

use super::Library;
use crate::error::Throw;
use crate::heap::object::{Gc, Thread};
use crate::interp::coroutine::Resumed;
use crate::native::{Call, LibraryRow, row};
use crate::value::Value;

pub(super) const LIBRARY: Library = Library {
    name: Some("coroutine"),
    functions: ROWS,
    complete: |_, _| Ok(()),
};

const ROWS: &[LibraryRow] = &[
    row("create", create),
    row("resume", resume),
    row("running", running),
    row("status", status),
    row("wrap", wrap),
    row("yield", yield_values),
];

fn create(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let co = new_coroutine(cx)?;
    cx.ret(co)
}

fn new_coroutine(cx: &mut Call<'_>) -> Result<Gc<Thread>, Throw> {
    let function = cx.arg(1);
    if function.as_lua_closure().is_none() {
        return Err(cx.arg_error(1, "Lua function expected"));
    }
    cx.vm.create_coroutine(function)
}

fn check_coroutine(cx: &mut Call<'_>) -> Result<Gc<Thread>, Throw> {
    match cx.arg(1).as_thread() {
        Some(co) => Ok(co),
        None => Err(cx.arg_error(1, "coroutine expected")),
    }
}

fn resume(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let co = check_coroutine(cx)?;
    let (first, count) = (cx.base() + 1, cx.count() - 1);
    match cx.vm.resume(co, first, count)? {
        Resumed::Values { first, count } => {
            cx.push(true)?;
            take_values(cx, co, first, count)?;
            Ok(count as u32 + 1)
        }
        Resumed::Failed(error) => cx.ret_all(&[Value::FALSE, error]),
    }
}

/// Moves the values that a coroutine gave to the stack of the running one.
fn take_values(cx: &mut Call<'_>, co: Gc<Thread>, first: usize, count: usize) -> Result<(), Throw> {
    if !cx.has_stack_room(count + 1) {
        return Err(cx.error("too many results to resume"));
    }
    for i in first..first + count {
        cx.push(co.slot(i))?;
    }
    cx.vm.take_resumed(co, first);
    Ok(())
}

fn wrap(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let co = new_coroutine(cx)?;
    let function = cx.vm.native(resume_wrapped, &[co.into()])?;
    cx.ret(function)
}

fn resume_wrapped(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let Some(co) = cx.upvalue(0).as_thread() else {
        return Ok(0);
    };
    let (first, count) = (cx.base(), cx.count());
    match cx.vm.resume(co, first, count)? {
        Resumed::Values { first, count } => {
            take_values(cx, co, first, count)?;
            Ok(count as u32)
        }
        Resumed::Failed(error) => Err(match (error.as_str(), error.as_number()) {
            (Some(message), _) => cx.error_bytes(message.bytes()),
            (_, Some(number)) => {
                let message = cx.vm.number_to_str(number)?;
                cx.error_bytes(message.bytes())
            }
            _ => cx.vm.throw(error),
        }),
    }
}

fn yield_values(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let count = cx.count();
    Err(cx.vm.yield_now(count))
}

fn status(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let co = check_coroutine(cx)?;
    cx.ret_str(co.status().name().as_bytes())
}

fn running(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let co = cx.vm.thread;
    if co == cx.vm.main {
        cx.ret(Value::NIL)
    } else {
        cx.ret(co)
    }
}
