//! The base library.

use crate::error::Throw;
use crate::native::{Call, LibraryRow, NativeFn};
use crate::value::Value;

/// `next`, which the interpreter loop recognises in `for … in pairs(t)`.
pub(crate) const NEXT: NativeFn = next;

pub(crate) const ROWS: &[LibraryRow] = &[
    ("next", next),
    ("print", print),
    ("pcall", pcall),
    ("clock", clock),
    ("collectgarbage", collectgarbage),
];

fn next(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let key = cx.arg(2);
    let (k, v) = cx.next_entry(t, key)?;
    if k.is_nil() {
        cx.ret(Value::NIL)
    } else {
        cx.ret_all(&[k, v])
    }
}

fn collectgarbage(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let n = cx.heap.bytes();
    cx.heap.restart();
    cx.ret(n as f64 / 1024.0)
}

fn clock(cx: &mut Call<'_>) -> Result<u32, Throw> {
    cx.ret(0.0)
}

fn print(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let mut line = Vec::new();
    for i in 1..=cx.count() {
        let v = cx.arg(i);
        match (v.as_str(), v.as_number()) {
            (Some(s), _) => line.extend_from_slice(s.bytes()),
            (_, Some(n)) => line.extend_from_slice(cx.number_to_str(n)?.bytes()),
            _ => line.extend_from_slice(format!("{v:?}").as_bytes()),
        }
        line.push(if i == cx.count() { b'\n' } else { b'\t' });
    }
    (cx.output)(&line);
    Ok(0)
}

fn pcall(cx: &mut Call<'_>) -> Result<u32, Throw> {
    cx.check_any(1)?;
    let at = cx.base();
    match cx.protected_call(at, -1, None)? {
        Ok(()) => {
            let n = cx.thread.top() - at;
            let mut vs = vec![Value::TRUE];
            for i in 0..n {
                vs.push(cx.thread.slot(at + i));
            }
            cx.ret_all(&vs)
        }
        Err(e) => cx.ret_all(&[Value::FALSE, e]),
    }
}
