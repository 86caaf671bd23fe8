//! The base library (manual 5.1).

use super::builder::Builder;
use super::{Library, c_string};
use crate::error::Throw;
use crate::heap::object::{Gc, LuaClosure, Str, Table};
use crate::limits::POLLED;
use crate::load::LoadError;
use crate::meta::Event;
use crate::native::{Call, LibraryRow, NativeFn, row};
use crate::number::parse;
use crate::value::{Type, Unpacked, Value};
use crate::vm::Vm;

/// `next`, which the interpreter loop recognises in `for … in pairs(t)`.
pub(crate) const NEXT: NativeFn = next;

pub(super) const LIBRARY: Library = Library {
    name: None,
    functions: ROWS,
    complete,
};

const ROWS: &[LibraryRow] = &[
    row("assert", assert).direct(assert_direct),
    row("collectgarbage", collectgarbage),
    row("error", error),
    row("gcinfo", gcinfo),
    row("getfenv", getfenv),
    row("getmetatable", getmetatable).direct(getmetatable_direct),
    row("load", load),
    row("loadstring", loadstring),
    row("next", next),
    row("pcall", pcall),
    row("print", print),
    row("rawequal", rawequal),
    row("rawget", rawget).direct(rawget_direct),
    row("rawset", rawset),
    row("select", select).direct(select_direct),
    row("setfenv", setfenv),
    row("setmetatable", setmetatable).direct(setmetatable_direct),
    row("tonumber", tonumber).direct(tonumber_direct),
    row("tostring", tostring).direct(tostring_direct),
    row("type", type_of).direct(type_direct),
    row("unpack", unpack),
    row("xpcall", xpcall),
];

fn complete(vm: &mut Vm, globals: Gc<Table>) -> Result<(), Throw> {
    let version = vm.heap.str(b"Lua 5.1")?;
    vm.set_field(globals, "_VERSION", version.into())?;
    // Both iterators keep the function that they give to the loop.
    let step = vm.native(ipairs_step, &[])?;
    let function = vm.native(ipairs, &[step.into()])?;
    vm.set_field(globals, "ipairs", function.into())?;
    let step = vm.native(next, &[])?;
    let function = vm.native(pairs, &[step.into()])?;
    vm.set_field(globals, "pairs", function.into())?;
    // The metatables of proxies, so that they can be told from others.
    let known = vm.heap.table()?;
    known.set_meta(Some(known));
    let mode = vm.heap.str(b"kv")?;
    vm.set_field(known, "__mode", mode.into())?;
    let function = vm.native(newproxy, &[known.into()])?;
    vm.set_field(globals, "newproxy", function.into())
}

fn assert(cx: &mut Call<'_>) -> Result<u32, Throw> {
    if cx.check_any(1)?.is_truthy() {
        return Ok(cx.count() as u32);
    }
    let message = cx.opt_str(2)?;
    Err(match message {
        Some(message) => cx.error_bytes(message.bytes()),
        None => cx.error("assertion failed!"),
    })
}

fn error(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let level = cx.opt_c_int(2, 1)?;
    let value = cx.arg(1);
    if level <= 0 || !(value.is_string() || value.is_number()) {
        return Err(cx.vm.throw(value));
    }
    let message = cx.check_str(1)?;
    let mut text = cx.vm.position(level as usize);
    text.extend_from_slice(message.bytes());
    Err(cx.vm.throw_bytes(&text))
}

fn pcall(cx: &mut Call<'_>) -> Result<u32, Throw> {
    cx.check_any(1)?;
    // The verdict goes in front of function and arguments, so that it stands before the results.
    let at = cx.base();
    cx.push(Value::NIL)?;
    for slot in (at..at + cx.count()).rev() {
        let v = cx.vm.thread.slot(slot);
        cx.vm.thread.set_slot(slot + 1, v);
    }
    protected(cx, at, None)
}

fn xpcall(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let handler = cx.check_any(2)?;
    let at = cx.vm.thread.top();
    cx.push(Value::NIL)?;
    cx.push(cx.arg(1))?;
    protected(cx, at, Some(handler))
}

/// Calls what follows slot `at` up to the top; gives the verdict, in that slot, and the results.
fn protected(cx: &mut Call<'_>, at: usize, handler: Option<Value>) -> Result<u32, Throw> {
    match cx.vm.protected_call(at + 1, -1, handler)? {
        Ok(()) => cx.vm.thread.set_slot(at, Value::TRUE),
        Err(error) => {
            cx.vm.thread.set_slot(at, Value::FALSE);
            cx.push(error)?;
        }
    }
    Ok((cx.vm.thread.top() - at) as u32)
}

fn print(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let mut line = Vec::new();
    let result = print_line(cx, &mut line);
    // As in PUC, what stands before an argument that fails is printed.
    // As in PUC, nobody is told of a write that fails.
    let _ = cx.vm.output.write_all(&line);
    result.map(|()| 0)
}

fn print_line(cx: &mut Call<'_>, line: &mut Vec<u8>) -> Result<(), Throw> {
    let globals = cx.vm.globals();
    let name = cx.vm.heap.str(b"tostring")?;
    let tostring = cx.vm.get(Value::from(globals).into(), name.into())?;
    // It is called for each argument, and may be gone from the globals after the first.
    cx.push(tostring)?;
    for i in 1..=cx.count() {
        let text = cx.call1(tostring, &[cx.arg(i)])?;
        let text = match text.unpack() {
            Unpacked::Str(text) => text,
            Unpacked::Number(number) => cx.vm.number_to_str(number)?,
            _ => return Err(cx.error("'tostring' must return a string to 'print'")),
        };
        cx.vm.heap.check_room(line.len() + text.len())?;
        if i > 1 {
            line.push(b'\t');
        }
        line.extend_from_slice(c_string(text.bytes()));
    }
    line.push(b'\n');
    Ok(())
}

/// The text of a light userdata.
pub(crate) fn light_text(bits: u64) -> String {
    match bits {
        0 => "userdata: (nil)".to_owned(),
        bits => format!("userdata: {bits:#x}"),
    }
}

pub(crate) fn tostring(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let value = cx.check_any(1)?;
    let handler = cx.vm.metamethod(value, Event::ToString);
    if !handler.is_nil() {
        let text = cx.call1(handler, &[value])?;
        return cx.ret(text);
    }
    match value.unpack() {
        Unpacked::Nil => cx.ret_str(b"nil"),
        Unpacked::Bool(true) => cx.ret_str(b"true"),
        Unpacked::Bool(false) => cx.ret_str(b"false"),
        Unpacked::Number(number) => {
            let text = cx.vm.number_to_str(number)?;
            cx.ret(text)
        }
        Unpacked::Str(text) => cx.ret(text),
        Unpacked::Light(bits) => cx.ret_str(light_text(bits).as_bytes()),
        Unpacked::Table(t) => ret_address(cx, value, t.address()),
        Unpacked::Function(f) => ret_address(cx, value, f.address()),
        Unpacked::Userdata(u) => ret_address(cx, value, u.address()),
        Unpacked::Thread(t) => ret_address(cx, value, t.address()),
    }
}

fn ret_address(cx: &mut Call<'_>, value: Value, address: usize) -> Result<u32, Throw> {
    let text = format!("{}: {address:#x}", value.type_name());
    cx.ret_str(text.as_bytes())
}

fn tonumber(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let base = cx.opt_c_int(2, 10)?;
    let number = if base == 10 {
        let value = cx.check_any(1)?;
        cx.vm.read_number(value)?
    } else {
        let text = cx.check_str(1)?;
        cx.vm.fuel.take_bytes(text.len())?;
        if !(2..=36).contains(&base) {
            return Err(cx.arg_error(2, "base out of range"));
        }
        parse::integer(text.bytes(), base as u32)
    };
    cx.ret(number.map_or(Value::NIL, Value::number))
}

fn type_of(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let ty = cx.check_any(1)?.ty();
    cx.ret(cx.vm.type_names[ty as usize])
}

fn rawequal(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let (a, b) = (cx.check_any(1)?, cx.check_any(2)?);
    if let Some(s) = a.as_str() {
        cx.vm.fuel.take_bytes(s.len())?;
    }
    let equal = cx.vm.raw_equal(a, b);
    cx.ret(equal)
}

fn rawget(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let key = cx.check_any(2)?;
    cx.vm.price_key(key)?;
    cx.ret(t.get(key))
}

fn rawset(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let (key, value) = (cx.check_any(2)?, cx.check_any(3)?);
    cx.vm.check_writable(t)?;
    cx.vm.raw_set(t, key, value)?;
    cx.ret(t)
}

fn getmetatable(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let value = cx.check_any(1)?;
    let meta = shown_metatable(cx.vm, value);
    cx.ret(meta)
}

/// The metatable that scripts see: what `__metatable` says in its place, if it does.
fn shown_metatable(vm: &mut Vm, value: Value) -> Value {
    let Some(meta) = vm.metatable(value) else {
        return Value::NIL;
    };
    let shown = vm.meta_event(meta, Event::Metatable);
    if shown.is_nil() { meta.into() } else { shown }
}

fn setmetatable(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let meta = cx.arg(2);
    if !(meta.is_table() || meta.is_nil() && cx.has(2)) {
        return Err(cx.arg_error(2, "nil or table expected"));
    }
    if !cx.vm.metamethod(t.into(), Event::Metatable).is_nil() {
        return Err(cx.error("cannot change a protected metatable"));
    }
    cx.vm.check_writable(t)?;
    t.set_meta(meta.as_table());
    cx.ret(t)
}

fn next(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let key = cx.arg(2);
    cx.vm.price_key(key)?;
    let (k, v) = cx.vm.next_entry(t, key)?;
    if k.is_nil() {
        cx.ret(Value::NIL)
    } else {
        cx.ret_all(&[k, v])
    }
}

fn pairs(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let step = cx.upvalue(0);
    cx.ret_all(&[step, t.into(), Value::NIL])
}

fn ipairs(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let step = cx.upvalue(0);
    cx.ret_all(&[step, t.into(), Value::num(0.0)])
}

fn ipairs_step(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let i = cx.check_c_int(2)?.wrapping_add(1);
    let v = cx.check_table(1)?.get_int(i);
    if v.is_nil() {
        return Ok(0);
    }
    cx.ret_all(&[Value::num(i.into()), v])
}

fn select(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let count = cx.count();
    if let Some(s) = cx.arg(1).as_str()
        && s.bytes().first() == Some(&b'#')
    {
        return cx.ret(Value::num((count - 1) as f64));
    }
    let i = i64::from(cx.check_c_int(1)?);
    let from = if i < 0 {
        count as i64 + i
    } else {
        i.min(count as i64)
    };
    if from < 1 {
        return Err(cx.arg_error(1, "index out of range"));
    }
    // The arguments after the first are on top of the stack, where results are taken from.
    Ok((count as i64 - from) as u32)
}

fn unpack(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let first = cx.opt_c_int(2, 1)?;
    let last = match cx.arg(3).is_nil() {
        true => t.length() as i32,
        false => cx.check_c_int(3)?,
    };
    if first > last {
        return Ok(0);
    }
    let count = i64::from(last) - i64::from(first) + 1;
    if !usize::try_from(count).is_ok_and(|count| cx.has_stack_room(count)) {
        return Err(cx.error("too many results to unpack"));
    }
    cx.vm.fuel.take(count / 16)?;
    for i in first..=last {
        cx.push(t.get_int(i))?;
    }
    Ok(count as u32)
}

fn loadstring(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let source = cx.check_str(1)?;
    let name = cx.opt_str(2)?.unwrap_or(source);
    let loaded = cx
        .vm
        .load_for_script(source.bytes(), c_string(name.bytes()));
    ret_loaded(cx, loaded)
}

fn load(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let name = cx.opt_str(2)?;
    let reader = cx.check_type(1, Type::Function)?;
    let buffers = cx.vm.heap.buffers();
    let source = match read_all(cx, reader) {
        Ok(source) => source,
        // As in PUC the reader runs inside the parser, which catches what it raises.
        Err(throw) => {
            cx.vm.heap.restore_buffers(buffers);
            return ret_loaded(cx, Err(throw.into()));
        }
    };
    let name = name.as_ref().map_or(&b"=(load)"[..], |name| name.bytes());
    let loaded = cx.vm.load_for_script(source.bytes(), c_string(name));
    ret_loaded(cx, loaded)
}

/// Everything that a reader function gives, up to nil or an empty string. Like PUC's parser, which looks
/// at the first byte before it begins, this asks once more where the first answer is none.
fn read_all(cx: &mut Call<'_>, reader: Value) -> Result<Gc<Str>, Throw> {
    let mut source = Builder::new(cx.vm);
    let mut is_first = true;
    loop {
        let may_end = !std::mem::take(&mut is_first);
        let at = cx.vm.thread.top();
        cx.push(reader)?;
        if let Err(error) = cx.vm.protected_call(at, 1, None)? {
            return Err(cx.vm.throw(error));
        }
        let piece = cx.vm.thread.slot(at);
        cx.vm.thread.set_top(at);
        let piece = match piece.unpack() {
            Unpacked::Nil if may_end => return source.finish(cx.vm),
            Unpacked::Str(s) if may_end && s.is_empty() => return source.finish(cx.vm),
            Unpacked::Nil => continue,
            Unpacked::Str(s) => s,
            Unpacked::Number(number) => cx.vm.number_to_str(number)?,
            _ => return Err(cx.error("reader function must return a string")),
        };
        source.add(cx.vm, piece.bytes())?;
    }
}

/// The function, or nil and the message.
pub(super) fn ret_loaded(
    cx: &mut Call<'_>,
    loaded: Result<Gc<LuaClosure>, LoadError>,
) -> Result<u32, Throw> {
    match loaded {
        Ok(function) => cx.ret(function),
        Err(error) => {
            let message = load_error(cx, error)?;
            cx.ret_all(&[Value::NIL, message])
        }
    }
}

/// The error value of a chunk that could not be loaded.
pub(super) fn load_error(cx: &mut Call<'_>, error: LoadError) -> Result<Value, Throw> {
    match error {
        LoadError::Syntax(wrong) => Ok(cx.vm.heap.str(&wrong.message)?.into()),
        LoadError::Throw(throw) if throw.is_catchable() => Ok(cx.vm.caught(throw)),
        LoadError::Throw(throw) => Err(throw),
    }
}

/// The function that `getfenv` and `setfenv` mean: an argument, or one on the call stack.
fn function_argument(cx: &mut Call<'_>, optional: bool) -> Result<Value, Throw> {
    if cx.arg(1).is_function() {
        return Ok(cx.arg(1));
    }
    let level = if optional {
        cx.opt_c_int(1, 1)?
    } else {
        cx.check_c_int(1)?
    };
    let Ok(level) = usize::try_from(level) else {
        return Err(cx.arg_error(1, "level must be non-negative"));
    };
    match cx.vm.function_at(level) {
        None => Err(cx.arg_error(1, "invalid level")),
        Some(function) if function.is_nil() => {
            let text = format!("no function environment for tail call at level {level}");
            Err(cx.error(&text))
        }
        Some(function) => Ok(function),
    }
}

fn getfenv(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let function = function_argument(cx, true)?;
    let env = match function.as_lua_closure().and(function.as_function()) {
        Some(function) => function.env(),
        // A native function tells nothing but the globals.
        None => cx.vm.globals(),
    };
    cx.ret(env)
}

fn setfenv(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let env = cx.check_table(2)?;
    let function = function_argument(cx, false)?;
    let level = cx.arg(1).to_number();
    if level == Some(0.0) {
        cx.vm.thread.set_globals(env);
        return Ok(0);
    }
    match function.as_lua_closure().and(function.as_function()) {
        Some(closure) => {
            closure.set_env(env);
            cx.ret(function)
        }
        None => Err(cx.error("'setfenv' cannot change environment of given object")),
    }
}

fn newproxy(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let model = cx.arg(1);
    let proxy = cx.vm.heap.userdata(Box::new(()))?;
    if model.is_falsy() {
        return cx.ret(proxy);
    }
    let Some(known) = cx.upvalue(0).as_table() else {
        return cx.ret(proxy);
    };
    let meta = match model.unpack() {
        Unpacked::Bool(_) => {
            let meta = cx.vm.heap.table()?;
            known.set(&mut cx.vm.heap, meta.into(), Value::TRUE)?;
            Some(meta)
        }
        _ => cx
            .vm
            .metatable(model)
            .filter(|&meta| known.get(meta.into()).is_truthy()),
    };
    if meta.is_none() {
        return Err(cx.arg_error(1, "boolean or proxy expected"));
    }
    proxy.set_meta(meta);
    cx.ret(proxy)
}

fn gcinfo(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let kilobytes = cx.vm.heap.bytes() / 1024;
    cx.ret(kilobytes as f64)
}

/// Makes the next safepoint collect, and counts the work that this is.
fn collect(cx: &mut Call<'_>) -> Result<(), Throw> {
    /// Bytes of the heap that are marked or swept in the time of a unit of budget.
    const BYTES_A_UNIT: usize = 16;
    cx.vm
        .fuel
        .take((cx.vm.heap.bytes() / BYTES_A_UNIT) as i64)?;
    cx.vm.heap.collect_now();
    Ok(())
}

fn collectgarbage(cx: &mut Call<'_>) -> Result<u32, Throw> {
    const OPTIONS: [&str; 7] = [
        "stop",
        "restart",
        "collect",
        "count",
        "step",
        "setpause",
        "setstepmul",
    ];
    let option = OPTIONS[cx.check_option(1, Some("collect"), &OPTIONS)?];
    let argument = cx.opt_c_int(2, 0)?;
    match option {
        "stop" => cx.vm.heap.stop(),
        "restart" => cx.vm.heap.restart(),
        // As in PUC, stopped collections go on after it.
        "collect" => collect(cx)?,
        "step" => {
            let is_whole = cx.vm.heap.step(usize::try_from(argument).unwrap_or(0));
            if is_whole {
                collect(cx)?;
            }
            return cx.ret(is_whole);
        }
        "count" => {
            let bytes = cx.vm.heap.bytes();
            return cx.ret(bytes as f64 / 1024.0);
        }
        "setpause" => {
            let previous = std::mem::replace(&mut cx.vm.heap.pause, argument);
            return cx.ret(f64::from(previous));
        }
        _ => {
            let previous = std::mem::replace(&mut cx.vm.heap.step_multiplier, argument);
            return cx.ret(f64::from(previous));
        }
    }
    cx.ret(0.0)
}

/// Whether a value is a string so long that the function itself has to count what is done with it.
fn has_price(value: Value) -> bool {
    value.as_str().is_some_and(|s| s.len() > POLLED)
}

fn assert_direct(_: &mut Vm, args: &[Value]) -> Option<Value> {
    let [value] = *args else { return None };
    value.is_truthy().then_some(value)
}

fn getmetatable_direct(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    let [value] = *args else { return None };
    Some(shown_metatable(vm, value))
}

fn rawget_direct(_: &mut Vm, args: &[Value]) -> Option<Value> {
    let [t, key] = *args else { return None };
    if has_price(key) {
        return None;
    }
    Some(t.as_table()?.get(key))
}

fn select_direct(_: &mut Vm, args: &[Value]) -> Option<Value> {
    let [which, rest @ ..] = args else {
        return None;
    };
    let counted = which.as_str()?.bytes().first() == Some(&b'#');
    counted.then(|| Value::num(rest.len() as f64))
}

fn setmetatable_direct(_: &mut Vm, args: &[Value]) -> Option<Value> {
    let [object, meta] = *args else { return None };
    let (t, meta) = (object.as_table()?, meta.as_table()?);
    if t.meta().is_some() || t.is_readonly() {
        return None;
    }
    t.set_meta(Some(meta));
    Some(object)
}

fn tonumber_direct(_: &mut Vm, args: &[Value]) -> Option<Value> {
    let [value] = *args else { return None };
    if has_price(value) {
        return None;
    }
    Some(value.to_number().map_or(Value::NIL, Value::number))
}

fn tostring_direct(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    let [value] = *args else { return None };
    match value.unpack() {
        Unpacked::Number(number) if vm.type_meta[Type::Number as usize].is_none() => {
            vm.number_to_str(number).ok().map(Value::from)
        }
        Unpacked::Str(_) if vm.metamethod(value, Event::ToString).is_nil() => Some(value),
        _ => None,
    }
}

fn type_direct(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    let [value] = *args else { return None };
    Some(vm.type_names[value.ty() as usize].into())
}
