//! `debug.traceback`: the call stack as text.

use super::info::Info;
use super::{find_level, thread_argument};
use crate::error::Throw;
use crate::heap::object::{Gc, Thread};
use crate::interp::Operand;
use crate::interp::name::level_count;
use crate::native::Call;
use crate::vm::Vm;

/// Levels shown at the start of a long stack, as PUC's `LEVELS1`.
const FIRST_LEVELS: i64 = 12;

/// Levels shown at its end, as PUC's `LEVELS2`.
const LAST_LEVELS: i64 = 10;

pub(super) fn debug_traceback(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let (thread, shift) = thread_argument(cx);
    let mut given = cx.count();
    let mut level = i64::from(thread == cx.vm.thread);
    if let Some(number) = cx.vm.read_number(cx.arg(shift + 2))? {
        level = i64::from(crate::number::cast::to_i64(number) as i32);
        given -= 1;
    }
    let mut text = Vec::new();
    if given > shift {
        let message = cx.arg(shift + 1);
        if !(message.is_string() || message.is_number()) {
            // Not a message to add to: it stays what it is.
            let last = cx.arg(given);
            return cx.ret(last);
        }
        // PUC joins what else is given to the message, and from the right.
        for i in (shift + 2..=given).rev() {
            let value = cx.arg(i);
            if !(value.is_string() || value.is_number()) {
                let operand = Operand {
                    value,
                    register: None,
                };
                return Err(cx.vm.operand_error(operand, "concatenate"));
            }
        }
        for i in shift + 1..=given {
            text.extend_from_slice(cx.check_str(i)?.bytes());
        }
        text.push(b'\n');
    }
    text.extend_from_slice(&traceback(cx.vm, thread, level));
    cx.ret_str(&text)
}

/// The calls in progress on the stack of a coroutine, from a level on, a line each.
pub(crate) fn traceback(vm: &Vm, thread: Gc<Thread>, level: i64) -> Vec<u8> {
    let mut text = b"stack traceback:".to_vec();
    let mut level = level;
    let count = level_count(thread) as i64;
    let mut is_first_part = true;
    while level < count {
        let Some(shown) = find_level(thread, level as i32) else {
            break;
        };
        level += 1;
        if level > FIRST_LEVELS && is_first_part {
            is_first_part = false;
            if level + LAST_LEVELS < count {
                text.extend_from_slice(b"\n\t...");
                level = count - LAST_LEVELS;
            } else {
                level -= 1;
            }
            continue;
        }
        let info = Info::of_level(vm, thread, shown);
        text.extend_from_slice(b"\n\t");
        add_level(&mut text, &info);
    }
    text
}

fn add_level(text: &mut Vec<u8>, info: &Info) {
    let source = info.short_source();
    text.extend_from_slice(&source);
    text.push(b':');
    if info.current_line > 0 {
        text.extend_from_slice(format!("{}:", info.current_line).as_bytes());
    }
    match (&info.name, info.what) {
        (Some((_, name)), _) => {
            text.extend_from_slice(b" in function '");
            text.extend_from_slice(name);
            text.push(b'\'');
        }
        (None, "main") => text.extend_from_slice(b" in main chunk"),
        (None, "C" | "tail") => text.extend_from_slice(b" ?"),
        (None, _) => {
            text.extend_from_slice(b" in function <");
            text.extend_from_slice(&source);
            text.extend_from_slice(format!(":{}>", info.line_defined).as_bytes());
        }
    }
}
