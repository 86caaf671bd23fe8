//! `debug.getinfo`: what is known of a function, or of a call of one.

use super::{find_level, thread_argument};
use crate::error::Throw;
use crate::heap::object::{Gc, Proto, Thread};
use crate::interp::name::{Level, Name};
use crate::native::Call;
use crate::value::Value;
use crate::vm::Vm;
use evalua_syntax::chunk_id;

/// What is known of a function, or of a call of one.
pub(super) struct Info {
    /// The chunk name, with its `@` or `=`.
    source: Vec<u8>,
    pub(super) line_defined: i64,
    last_line_defined: i64,
    /// "Lua", "C", "main" or "tail".
    pub(super) what: &'static str,
    /// The line that runs, -1 where there is none.
    pub(super) current_line: i64,
    upvalues: usize,
    /// How the caller calls it.
    pub(super) name: Option<Name>,
    function: Value,
    proto: Option<Gc<Proto>>,
}

impl Info {
    /// Of a function that is not looked at in a call.
    fn of_function(function: Value) -> Info {
        let proto = function.as_lua_closure().map(|closure| closure.proto());
        let native_upvalues = function
            .as_native_closure()
            .map_or(0, |native| native.upvalue_count());
        let (line_defined, last_line_defined, what) = match &proto {
            Some(p) if p.get().line_defined == 0 => (0, 0, "main"),
            Some(p) => (
                p.get().line_defined.into(),
                p.get().last_line_defined.into(),
                "Lua",
            ),
            None => (-1, -1, "C"),
        };
        Info {
            source: proto.map_or(b"=[C]".to_vec(), |p| p.get().source.bytes().to_vec()),
            line_defined,
            last_line_defined,
            what,
            current_line: -1,
            upvalues: proto.map_or(native_upvalues, |p| p.get().upvalue_names.len()),
            name: None,
            function,
            proto,
        }
    }

    /// Of a level of the call stack.
    pub(super) fn of_level(vm: &Vm, thread: Gc<Thread>, level: Level) -> Info {
        let frame = match level {
            Level::Frame(i) => thread.frame(i).map(|frame| (i, frame)),
            Level::Tail => None,
        };
        let Some((i, frame)) = frame else {
            return Info {
                source: b"=(tail call)".to_vec(),
                line_defined: -1,
                last_line_defined: -1,
                what: "tail",
                current_line: -1,
                upvalues: 0,
                name: None,
                function: Value::NIL,
                proto: None,
            };
        };
        Info {
            current_line: frame.current_line().map_or(-1, i64::from),
            name: vm.frame_name(thread, i),
            ..Info::of_function(thread.slot(frame.func as usize))
        }
    }

    /// The chunk name as error messages show it.
    pub(super) fn short_source(&self) -> Vec<u8> {
        chunk_id(&self.source)
    }
}

pub(super) fn getinfo(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let (thread, shift) = thread_argument(cx);
    let options = match cx.opt_str(shift + 2)? {
        Some(options) => options.bytes().to_vec(),
        None => b"flnSu".to_vec(),
    };
    let subject = cx.arg(shift + 1);
    let info = if cx.vm.read_number(subject)?.is_some() {
        let at = cx.check_c_int(shift + 1)?;
        match find_level(thread, at) {
            Some(level) => Info::of_level(cx.vm, thread, level),
            None => return cx.ret(Value::NIL),
        }
    } else if subject.is_function() {
        Info::of_function(subject)
    } else {
        return Err(cx.arg_error(shift + 1, "function or level expected"));
    };
    if options.iter().any(|option| !b"SlunLf".contains(option)) {
        return Err(cx.arg_error(shift + 2, "invalid option"));
    }
    ret_table(cx, &info, &options)
}

/// The table of what the options ask for, its fields set in PUC's order.
fn ret_table(cx: &mut Call<'_>, info: &Info, options: &[u8]) -> Result<u32, Throw> {
    let t = cx.vm.heap.table()?;
    cx.push(t)?;
    let mut set = |name: &str, value: Field<'_>| {
        let value = match value {
            Field::Text(text) => cx.vm.heap.str(text)?.into(),
            Field::Line(line) => Value::num(line as f64),
        };
        cx.vm.set_field(t, name, value)
    };
    if options.contains(&b'S') {
        set("source", Field::Text(&info.source))?;
        set("short_src", Field::Text(&info.short_source()))?;
        set("linedefined", Field::Line(info.line_defined))?;
        set("lastlinedefined", Field::Line(info.last_line_defined))?;
        set("what", Field::Text(info.what.as_bytes()))?;
    }
    if options.contains(&b'l') {
        set("currentline", Field::Line(info.current_line))?;
    }
    if options.contains(&b'u') {
        set("nups", Field::Line(info.upvalues as i64))?;
    }
    if options.contains(&b'n') {
        let (kind, name) = match &info.name {
            Some((kind, name)) => (*kind, Some(&name[..])),
            None if info.what == "tail" => ("", Some(&b""[..])),
            None => ("", None),
        };
        if let Some(name) = name {
            set("name", Field::Text(name))?;
        }
        set("namewhat", Field::Text(kind.as_bytes()))?;
    }
    if options.contains(&b'L')
        && let Some(proto) = info.proto
    {
        let lines = cx.vm.heap.table()?;
        cx.vm.set_field(t, "activelines", lines.into())?;
        for &line in proto.get().lines.iter().skip(proto.get().first_pc()) {
            lines.set_int(&mut cx.vm.heap, line as i32, Value::TRUE)?;
        }
    }
    if options.contains(&b'f') {
        cx.vm.set_field(t, "func", info.function)?;
    }
    Ok(1)
}

enum Field<'a> {
    Text(&'a [u8]),
    Line(i64),
}
