//! The string library (manual 5.4), but for `format`.

use super::Library;
use super::builder::Builder;
use super::format::format;
use super::pattern::{Captured, Fault, MatchError, Matcher, find_plain, has_specials, units};
use crate::error::Throw;
use crate::heap::object::{Gc, Str, Table};
use crate::limits::{COPIED, POLLED};
use crate::native::{Call, LibraryRow, row};
use crate::number::cast::to_i64;
use crate::value::{Type, Unpacked, Value};
use crate::vm::Vm;
use std::ops::Range;

pub(super) const LIBRARY: Library = Library {
    name: Some("string"),
    functions: ROWS,
    complete,
};

const ROWS: &[LibraryRow] = &[
    row("byte", byte).direct(byte_direct),
    row("char", char).direct(char_direct),
    row("dump", dump),
    row("find", |cx| search(cx, true)),
    row("format", format),
    row("gfind", gmatch),
    row("gmatch", gmatch),
    row("gsub", gsub),
    row("len", len).direct(len_direct),
    row("lower", |cx| map(cx, |byte| byte.to_ascii_lowercase()))
        .direct(|vm, args| map_direct(vm, args, |bytes| bytes.make_ascii_lowercase())),
    row("match", |cx| search(cx, false)),
    row("rep", rep),
    row("reverse", reverse).direct(|vm, args| map_direct(vm, args, |bytes| bytes.reverse())),
    row("sub", sub).direct(sub_direct),
    row("upper", |cx| map(cx, |byte| byte.to_ascii_uppercase()))
        .direct(|vm, args| map_direct(vm, args, |bytes| bytes.make_ascii_uppercase())),
];

/// Bytes of a string that short cuts make at most.
const SHORT: usize = 64;

/// What `dump` gives for any function: the header of PUC's bytecode, on x86-64, and nothing after it.
/// Bytecode comes only from the compiler, so there is nothing to keep.
const DUMP: &[u8] = b"\x1bLua\x51\x00\x01\x04\x08\x04\x08\x00";

fn complete(vm: &mut Vm, string: Gc<Table>) -> Result<(), Throw> {
    // One function under both names.
    let gmatch = vm.field(string, "gmatch")?;
    vm.set_field(string, "gfind", gmatch)?;
    let meta = vm.heap.table_sized(0, 1)?;
    vm.set_field(meta, "__index", string.into())?;
    vm.type_meta[Type::String as usize] = Some(meta);
    Ok(())
}

/// A position as scripts give it: negative ones count from the end; those before the start are 0.
fn position(given: i64, len: usize) -> i64 {
    let at = match given {
        ..0 => given.saturating_add(len as i64 + 1),
        _ => given,
    };
    at.max(0)
}

fn byte(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let s = cx.check_str(1)?;
    let first = position(cx.opt_int(2, 1)?, s.len());
    let last = position(cx.opt_int(3, first)?, s.len());
    let bytes = slice(&s, first, last);
    if bytes.len() > i32::MAX as usize {
        return Err(cx.error("string slice too long"));
    }
    if !cx.has_stack_room(bytes.len()) {
        return Err(cx.error("stack overflow (string slice too long)"));
    }
    for &byte in bytes {
        cx.push(Value::num(byte.into()))?;
    }
    Ok(bytes.len() as u32)
}

/// The integer that an argument is.
#[inline(always)]
fn int(v: Value) -> Option<i64> {
    v.as_number().map(to_i64)
}

fn byte_direct(_: &mut Vm, args: &[Value]) -> Option<Value> {
    let (s, at) = match *args {
        [s] => (s, 1),
        [s, at] => (s, int(at)?),
        _ => return None,
    };
    let s = s.as_str()?;
    let at = usize::try_from(position(at, s.len())).ok()?;
    let byte = *s.bytes().get(at.wrapping_sub(1))?;
    Some(Value::num(byte.into()))
}

fn char_direct(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    let [code] = *args else { return None };
    let byte = u8::try_from(int(code)? as i32).ok()?;
    vm.heap.str(&[byte]).ok().map(Value::from)
}

fn len_direct(_: &mut Vm, args: &[Value]) -> Option<Value> {
    let [s] = *args else { return None };
    Some(Value::num(s.as_str()?.len() as f64))
}

fn sub_direct(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    let (s, first, last) = match *args {
        [s, first] => (s, first, -1),
        [s, first, last] => (s, first, int(last)?),
        _ => return None,
    };
    let s = s.as_str()?;
    let first = position(int(first)?, s.len());
    let bytes = slice(&s, first, position(last, s.len()));
    (bytes.len() <= SHORT).then_some(())?;
    vm.heap.str(bytes).ok().map(Value::from)
}

/// The short cut of a function that changes each byte of a string.
#[inline]
fn map_direct(vm: &mut Vm, args: &[Value], f: impl Fn(&mut [u8])) -> Option<Value> {
    let [s] = *args else { return None };
    let s = s.as_str()?;
    let mut copy = [0; SHORT];
    let bytes = copy.get_mut(..s.len())?;
    bytes.copy_from_slice(s.bytes());
    f(bytes);
    vm.heap.str(bytes).ok().map(Value::from)
}

/// The bytes from one position to another, both from 1, as far as there are any.
fn slice(s: &Gc<Str>, first: i64, last: i64) -> &[u8] {
    let len = s.len() as i64;
    let (first, last) = ((first.max(1) - 1).min(len) as usize, last.min(len) as usize);
    s.bytes().get(first..last).unwrap_or_default()
}

fn char(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let mut builder = Builder::new(cx.vm);
    for i in 1..=cx.count() {
        match u8::try_from(cx.check_c_int(i)?) {
            Ok(byte) => builder.add(cx.vm, &[byte])?,
            Err(_) => return Err(cx.arg_error(i, "invalid value")),
        }
    }
    let s = builder.finish(cx.vm)?;
    cx.ret(s)
}

fn dump(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let function = cx.check_type(1, Type::Function)?;
    if function.as_lua_closure().is_none() {
        return Err(cx.error("unable to dump given function"));
    }
    cx.ret_str(DUMP)
}

fn len(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let len = cx.check_str(1)?.len();
    cx.ret(len as f64)
}

fn map(cx: &mut Call<'_>, f: fn(&u8) -> u8) -> Result<u32, Throw> {
    let s = cx.check_str(1)?;
    let mut builder = Builder::new(cx.vm);
    builder.reserve(cx.vm, s.len())?;
    builder.fill(cx.vm, s.bytes(), |bytes, part| {
        bytes.extend(part.iter().map(f));
    })?;
    let s = builder.finish(cx.vm)?;
    cx.ret(s)
}

fn reverse(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let s = cx.check_str(1)?;
    let mut builder = Builder::new(cx.vm);
    builder.reserve(cx.vm, s.len())?;
    for part in s.bytes().rchunks(COPIED) {
        cx.vm.fuel.poll()?;
        builder.bytes().extend(part.iter().rev());
    }
    let s = builder.finish(cx.vm)?;
    cx.ret(s)
}

fn rep(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let s = cx.check_str(1)?;
    let count = cx.check_c_int(2)?;
    let count = usize::try_from(count).unwrap_or(0);
    let mut builder = Builder::new(cx.vm);
    builder.reserve(cx.vm, s.len().saturating_mul(count))?;
    if !s.is_empty() {
        builder.repeat(cx.vm, s.bytes(), count)?;
    }
    let s = builder.finish(cx.vm)?;
    cx.ret(s)
}

fn sub(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let s = cx.check_str(1)?;
    let first = position(cx.check_int(2)?, s.len());
    let last = position(cx.opt_int(3, -1)?, s.len());
    cx.ret_str(slice(&s, first, last))
}

/// A pattern without its anchor, and whether it had one.
fn split_anchor(pattern: &[u8]) -> (&[u8], bool) {
    match pattern {
        [b'^', rest @ ..] => (rest, true),
        _ => (pattern, false),
    }
}

/// The error of a match.
#[cold]
fn match_error(cx: &mut Call<'_>, error: MatchError) -> Throw {
    match error {
        MatchError::Pattern(fault) => cx.error(fault.message()),
        MatchError::Stopped(throw) => throw,
    }
}

/// How many bytes lie before the first one that a match may begin with; their comparison is counted.
#[inline]
fn skip(cx: &mut Call<'_>, first: u8, rest: &[u8]) -> Result<Option<usize>, Throw> {
    let found = memchr::memchr(first, rest);
    cx.vm.fuel.take(units(found.unwrap_or(rest.len())))?;
    Ok(found)
}

/// The first match at or after an offset.
fn next_match(
    cx: &mut Call<'_>,
    matcher: &mut Matcher<'_>,
    subject: &[u8],
    starts: Range<usize>,
) -> Result<Option<Range<usize>>, Throw> {
    let first = matcher.first_byte();
    let mut start = starts.start;
    while start < starts.end {
        if let Some(first) = first {
            let rest = &subject[start..subject.len().min(starts.end)];
            match skip(cx, first, rest)? {
                Some(skipped) => start += skipped,
                None => return Ok(None),
            }
        }
        match matcher.match_at(&mut cx.vm.fuel, start) {
            Ok(None) => start += 1,
            Ok(Some(end)) => return Ok(Some(start..end)),
            Err(error) => return Err(match_error(cx, error)),
        }
    }
    Ok(None)
}

/// A capture as a value.
fn capture(
    cx: &mut Call<'_>,
    subject: &[u8],
    captured: Result<Captured, Fault>,
) -> Result<Value, Throw> {
    match captured {
        Ok(Captured::Text(range)) => {
            cx.vm.fuel.take_bytes(range.len())?;
            Ok(cx.vm.heap.str(&subject[range])?.into())
        }
        Ok(Captured::Position(at)) => Ok(Value::num((at + 1) as f64)),
        Err(fault) => Err(cx.error(fault.message())),
    }
}

/// Pushes all captures of a match and says how many.
fn push_captures(
    cx: &mut Call<'_>,
    subject: &[u8],
    matcher: &Matcher<'_>,
    count: usize,
    whole: Range<usize>,
) -> Result<u32, Throw> {
    for i in 0..count {
        let v = capture(cx, subject, matcher.capture(i, whole.clone()))?;
        cx.push(v)?;
    }
    Ok(count as u32)
}

/// Where a text is found first.
fn find_text(cx: &mut Call<'_>, subject: &[u8], text: &[u8]) -> Result<Option<usize>, Throw> {
    // Each part is as long again as the text, so that one that overlaps the next costs no more.
    let part = POLLED.max(text.len());
    let mut from = 0;
    loop {
        let to = subject.len().min(from + part + text.len());
        let found = find_plain(&subject[from..to], text);
        cx.vm.fuel.take(units(found.unwrap_or(to - from)))?;
        if found.is_some() || to == subject.len() {
            return Ok(found.map(|at| from + at));
        }
        from += part;
    }
}

/// `find` and `match`.
fn search(cx: &mut Call<'_>, find: bool) -> Result<u32, Throw> {
    let subject = cx.check_str(1)?;
    let pattern = cx.check_str(2)?;
    let (subject, pattern) = (subject.bytes(), pattern.bytes());
    cx.vm.fuel.take_bytes(pattern.len())?;
    let init = position(cx.opt_int(3, 1)?, subject.len());
    let init = (init.max(1) - 1).min(subject.len() as i64) as usize;
    if find && (cx.arg(4).is_truthy() || !has_specials(pattern)) {
        let rest = &subject[init..];
        return match find_text(cx, rest, pattern)? {
            Some(at) => {
                let start = init + at;
                let range = [start + 1, start + pattern.len()];
                cx.ret_all(&range.map(|at| Value::num(at as f64)))
            }
            None => cx.ret(Value::NIL),
        };
    }
    let (pattern, anchored) = split_anchor(pattern);
    let last = if anchored { init } else { subject.len() };
    let mut matcher = Matcher::new(subject, pattern);
    let Some(whole) = next_match(cx, &mut matcher, subject, init..last + 1)? else {
        return cx.ret(Value::NIL);
    };
    if !find {
        let count = matcher.capture_count().max(1);
        return push_captures(cx, subject, &matcher, count, whole);
    }
    let range = [whole.start + 1, whole.end];
    cx.ret_all(&range.map(|at| Value::num(at as f64)))?;
    let count = matcher.capture_count();
    Ok(2 + push_captures(cx, subject, &matcher, count, whole)?)
}

fn gmatch(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let subject = cx.check_str(1)?;
    let pattern = cx.check_str(2)?;
    let start = Value::num(0.0);
    let step = cx
        .vm
        .native(gmatch_step, &[subject.into(), pattern.into(), start])?;
    cx.ret(step)
}

fn gmatch_step(cx: &mut Call<'_>) -> Result<u32, Throw> {
    const START: usize = 2;
    let (Some(subject), Some(pattern)) = (cx.upvalue(0).as_str(), cx.upvalue(1).as_str()) else {
        return Ok(0);
    };
    let start = cx.upvalue(START).as_number().unwrap_or(0.0) as usize;
    let subject = subject.bytes();
    let mut matcher = Matcher::new(subject, pattern.bytes());
    let Some(whole) = next_match(cx, &mut matcher, subject, start..subject.len() + 1)? else {
        return Ok(0);
    };
    // After an empty match the next begins one further on.
    let next = whole.end + usize::from(whole.is_empty());
    if let Some(step) = cx.callee() {
        step.set_upvalue(START, Value::num(next as f64));
    }
    let count = matcher.capture_count().max(1);
    push_captures(cx, subject, &matcher, count, whole)
}

fn gsub(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let source = cx.check_str(1)?;
    let pattern = cx.check_str(2)?;
    let subject = source.bytes();
    let most = cx.opt_c_int(4, (subject.len() + 1) as i32)?;
    let replacement = match cx.arg(3).ty() {
        Type::Number | Type::String => Value::from(cx.check_str(3)?),
        Type::Function | Type::Table => cx.arg(3),
        _ => return Err(cx.arg_error(3, "string/function/table expected")),
    };
    let (pattern, anchored) = split_anchor(pattern.bytes());
    let mut matcher = Matcher::new(subject, pattern);
    let mut builder = Builder::new(cx.vm);
    let mut count = 0;
    let mut at = 0;
    // What lies before is in the result.
    let mut kept = 0;
    let first = if anchored { None } else { matcher.first_byte() };
    while count < most {
        if let Some(first) = first {
            match skip(cx, first, &subject[at..])? {
                Some(skipped) => at += skipped,
                None => break,
            }
        }
        let found = match matcher.match_at(&mut cx.vm.fuel, at) {
            Ok(found) => found,
            Err(error) => return Err(match_error(cx, error)),
        };
        if let Some(end) = found {
            count += 1;
            builder.add(cx.vm, &subject[kept..at])?;
            kept = end;
            substitute(cx, &mut builder, &matcher, subject, replacement, at..end)?;
        }
        match found {
            Some(end) if end > at => at = end,
            _ if at < subject.len() => at += 1,
            _ => break,
        }
        if anchored {
            break;
        }
    }
    builder.add(cx.vm, &subject[kept..])?;
    let result = builder.finish(cx.vm)?;
    cx.ret_all(&[result.into(), Value::num(count.into())])
}

/// Adds what a match is replaced by.
fn substitute(
    cx: &mut Call<'_>,
    builder: &mut Builder,
    matcher: &Matcher<'_>,
    subject: &[u8],
    replacement: Value,
    whole: Range<usize>,
) -> Result<(), Throw> {
    let value = match replacement.unpack() {
        Unpacked::Str(template) => {
            return expand(cx, builder, matcher, subject, template.bytes(), whole);
        }
        Unpacked::Table(_) => {
            let key = capture(cx, subject, matcher.capture(0, whole.clone()))?;
            cx.vm.get(replacement.into(), key)?
        }
        _ => {
            let at = cx.vm.thread.top();
            cx.push(replacement)?;
            let count = matcher.capture_count().max(1);
            push_captures(cx, subject, matcher, count, whole.clone())?;
            cx.vm.call_at(at, 1)?;
            let value = cx.vm.thread.slot(at);
            cx.vm.thread.set_top(at);
            value
        }
    };
    match value.unpack() {
        Unpacked::Nil | Unpacked::Bool(false) => builder.add(cx.vm, &subject[whole]),
        Unpacked::Str(s) => builder.add(cx.vm, s.bytes()),
        Unpacked::Number(number) => {
            let s = cx.vm.number_to_str(number)?;
            builder.add(cx.vm, s.bytes())
        }
        _ => {
            let text = format!("invalid replacement value (a {})", value.type_name());
            Err(cx.error(&text))
        }
    }
}

/// Adds a replacement string with its `%0` to `%9` filled in.
fn expand(
    cx: &mut Call<'_>,
    builder: &mut Builder,
    matcher: &Matcher<'_>,
    subject: &[u8],
    template: &[u8],
    whole: Range<usize>,
) -> Result<(), Throw> {
    let mut rest = template;
    while let Some(percent) = memchr::memchr(b'%', rest) {
        builder.add(cx.vm, &rest[..percent])?;
        // A `%` at the end stands before the NUL that ends a C string.
        let escaped = rest.get(percent + 1).copied().unwrap_or(0);
        rest = rest.get(percent + 2..).unwrap_or_default();
        match escaped {
            b'0' => builder.add(cx.vm, &subject[whole.clone()])?,
            b'1'..=b'9' => {
                let captured = matcher.capture(usize::from(escaped - b'1'), whole.clone());
                if let Ok(Captured::Text(range)) = captured {
                    builder.add(cx.vm, &subject[range])?;
                } else {
                    let v = capture(cx, subject, captured)?;
                    let text = cx.vm.number_to_str(v.as_number().unwrap_or_default())?;
                    builder.add(cx.vm, text.bytes())?;
                }
            }
            literal => builder.add(cx.vm, &[literal])?,
        }
    }
    builder.add(cx.vm, rest)
}
