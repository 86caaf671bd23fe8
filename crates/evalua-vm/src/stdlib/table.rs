//! The table library (manual 5.5).
//!
//! All access is raw. Indices are C `int`s, as in PUC.

use super::Library;
use super::builder::Builder;
use crate::error::Throw;
use crate::heap::object::{Gc, Table};
use crate::native::{Call, LibraryRow, row};
use crate::number::format::NumberText;
use crate::value::{Type, Unpacked, Value};

pub(super) const LIBRARY: Library = Library {
    name: Some("table"),
    functions: ROWS,
    complete: |_, _| Ok(()),
};

const ROWS: &[LibraryRow] = &[
    row("concat", concat),
    row("foreach", foreach),
    row("foreachi", foreachi),
    row("getn", getn),
    row("maxn", maxn),
    row("insert", insert),
    row("remove", remove),
    row("setn", setn),
    row("sort", super::sort::sort),
];

/// The length of a table.
pub(super) fn length(t: Gc<Table>) -> i32 {
    t.length() as i32
}

fn concat(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let separator = cx.opt_str(2)?;
    let t = cx.check_table(1)?;
    let first = cx.opt_c_int(3, 1)?;
    let last = match cx.arg(4).is_nil() {
        true => length(t),
        false => cx.check_c_int(4)?,
    };
    let mut builder = Builder::new(cx.vm);
    for i in first..=last {
        let v = t.get_int(i);
        match v.unpack() {
            Unpacked::Str(s) => builder.add(cx.vm, s.bytes())?,
            Unpacked::Number(n) => builder.add(cx.vm, NumberText::new(n).as_bytes())?,
            _ => {
                let text = format!(
                    "invalid value ({}) at index {i} in table for 'concat'",
                    v.type_name()
                );
                return Err(cx.error(&text));
            }
        }
        if i < last
            && let Some(separator) = &separator
        {
            builder.add(cx.vm, separator.bytes())?;
        }
    }
    let s = builder.finish(cx.vm)?;
    cx.ret(s)
}

fn insert(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let end = length(t).wrapping_add(1);
    let at = match cx.count() {
        2 => end,
        3 => {
            let at = cx.check_c_int(2)?;
            cx.vm.check_writable(t)?;
            for i in (at..end).rev() {
                cx.vm.fuel.take(1)?;
                t.set_int(&mut cx.vm.heap, i.wrapping_add(1), t.get_int(i))?;
            }
            at
        }
        _ => return Err(cx.error("wrong number of arguments to 'insert'")),
    };
    cx.vm.check_writable(t)?;
    let v = cx.arg(cx.count());
    t.set_int(&mut cx.vm.heap, at, v)?;
    Ok(0)
}

fn remove(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let end = length(t);
    let at = cx.opt_c_int(2, end)?;
    if !(1..=end).contains(&at) {
        return Ok(0);
    }
    cx.vm.check_writable(t)?;
    let removed = t.get_int(at);
    for i in at..end {
        cx.vm.fuel.take(1)?;
        t.set_int(&mut cx.vm.heap, i, t.get_int(i + 1))?;
    }
    t.set_int(&mut cx.vm.heap, end, Value::NIL)?;
    cx.ret(removed)
}

fn getn(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let n = length(cx.check_table(1)?);
    cx.ret(f64::from(n))
}

fn setn(cx: &mut Call<'_>) -> Result<u32, Throw> {
    cx.check_table(1)?;
    Err(cx.error("'setn' is obsolete"))
}

fn maxn(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let mut most = 0.0;
    let mut at = 0;
    while let Some((next, key, _)) = t.entry_at(at) {
        cx.vm.fuel.take(1)?;
        if let Some(key) = key.as_number()
            && key > most
        {
            most = key;
        }
        at = next;
    }
    cx.ret(most)
}

fn foreach(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let f = cx.check_type(2, Type::Function)?;
    let mut key = Value::NIL;
    loop {
        let (next, value) = cx.vm.next_entry(t, key)?;
        if next.is_nil() {
            return Ok(0);
        }
        // The key is needed after the call.
        let top = cx.vm.thread.top();
        cx.push(next)?;
        let result = cx.call1(f, &[next, value])?;
        if !result.is_nil() {
            return cx.ret(result);
        }
        cx.vm.thread.set_top(top);
        key = next;
    }
}

fn foreachi(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let n = length(t);
    let f = cx.check_type(2, Type::Function)?;
    for i in 1..=n {
        let result = cx.call1(f, &[Value::num(i.into()), t.get_int(i)])?;
        if !result.is_nil() {
            return cx.ret(result);
        }
    }
    Ok(0)
}
