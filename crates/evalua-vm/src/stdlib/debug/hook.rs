//! `debug.sethook` and `debug.gethook`.

use super::thread_argument;
use crate::error::Throw;
use crate::interp::hook::{Events, Hook};
use crate::native::Call;
use crate::value::Type;

/// The letters of a mask, in the order that `gethook` gives them.
const LETTERS: [(u8, Events); 3] = [
    (b'c', Events::CALL),
    (b'r', Events::RETURN),
    (b'l', Events::LINE),
];

pub(super) fn sethook(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let (thread, shift) = thread_argument(cx);
    let was_looked_at = thread.is_looked_at();
    // A hook that sets one runs on.
    let is_running = thread.hook().is_running;
    let hook = if cx.arg(shift + 1).is_nil() {
        Hook::NONE
    } else {
        let mask = cx.check_str(shift + 2)?;
        let function = cx.check_type(shift + 1, Type::Function)?;
        let count = cx.opt_c_int(shift + 3, 0)?;
        let mut events = Events::default();
        for (letter, event) in LETTERS {
            if mask.bytes().contains(&letter) {
                events = events.with(event);
            }
        }
        if count > 0 {
            events = events.with(Events::COUNT);
        }
        cx.vm.heap.watch();
        Hook::new(function, events, count as u32)
    };
    thread.set_hook(hook);
    thread.set_hook_running(is_running);
    if thread == cx.vm.thread && !was_looked_at {
        // The loop that called this knows nothing of the hook yet, which this return is the first to see.
        cx.vm.hook_return()?;
    }
    Ok(0)
}

pub(super) fn gethook(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let (thread, _) = thread_argument(cx);
    let hook = thread.hook();
    let mask: Vec<u8> = LETTERS
        .iter()
        .filter(|(_, event)| hook.events.contains(*event))
        .map(|(letter, _)| *letter)
        .collect();
    cx.push(hook.function)?;
    cx.push_str(&mask)?;
    cx.push_number(f64::from(hook.every as i32))?;
    Ok(3)
}
