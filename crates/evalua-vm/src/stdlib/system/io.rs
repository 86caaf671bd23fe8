//! The input and output library (manual 5.7).
//!
//! Owns: the functions and the methods of file handles. Buffers and positions are in
//! [`super::stream`].
//!
//! As in PUC the functions share an environment of their own, whose items 1 and 2 are the default
//! input and output.

use super::super::{Library, c_string};
use super::os::shell;
use super::stream::{Buffering, INVALID_ARGUMENT, Sink, Stream};
use super::{environment, error_text, path, ret_outcome};
use crate::error::Throw;
use crate::heap::object::{Gc, Str, Table, Userdata};
use crate::native::{Call, LibraryRow, NativeFn, row};
use crate::number::format::NumberText;
use crate::value::{Unpacked, Value};
use crate::vm::Vm;
use std::cell::RefCell;
use std::io::{Error, SeekFrom};

pub(in super::super) const LIBRARY: Library = Library {
    name: Some("io"),
    functions: ROWS,
    complete,
};

const ROWS: &[LibraryRow] = &[
    row("close", close_default),
    row("flush", flush_default),
    row("input", input),
    row("lines", lines_of_name),
    row("open", open),
    row("output", output),
    row("popen", popen),
    row("read", read_default),
    row("tmpfile", tmpfile),
    row("type", type_of),
    row("write", write_default),
];

const METHODS: &[LibraryRow] = &[
    row("close", close),
    row("flush", flush),
    row("lines", lines),
    row("read", read),
    row("seek", seek),
    row("setvbuf", setvbuf),
    row("write", write),
    row("__gc", collect),
    row("__tostring", tostring),
];

/// The name of the handles' metatable in the registry.
const HANDLE: &str = "FILE*";

/// Items of the environment.
const INPUT: i32 = 1;
const OUTPUT: i32 = 2;

fn complete(vm: &mut Vm, library: Gc<Table>) -> Result<(), Throw> {
    let meta = vm.heap.table()?;
    let registry = vm.registry;
    vm.set_field(registry, HANDLE, meta.into())?;
    vm.set_field(meta, "__index", meta.into())?;
    vm.register(meta, METHODS)?;
    let env = vm.heap.table_sized(2, 0)?;
    for table in [library, meta] {
        let mut at = 0;
        while let Some((next, _, value)) = table.entry_at(at) {
            if let Some(function) = value.as_function() {
                function.set_env(env);
            }
            at = next;
        }
    }
    for (name, stream, item) in [
        ("stdin", Stream::standard_input(), Some(INPUT)),
        ("stdout", Stream::standard_output(), Some(OUTPUT)),
        ("stderr", Stream::standard_error(), None),
    ] {
        let handle = new_handle(vm, stream)?;
        if let Some(item) = item {
            env.set_int(&mut vm.heap, item, handle.into())?;
        }
        vm.set_field(library, name, handle.into())?;
    }
    Ok(())
}

fn new_handle(vm: &mut Vm, stream: Stream) -> Result<Gc<Userdata>, Throw> {
    let handle = vm.heap.userdata(Box::new(RefCell::new(stream)))?;
    let registry = vm.registry;
    handle.set_meta(vm.field(registry, HANDLE)?.as_table());
    Ok(handle)
}

/// What is done with a stream and the state's sink.
fn with<R>(vm: &mut Vm, handle: Gc<Userdata>, work: impl FnOnce(&mut Stream, Sink<'_>) -> R) -> R {
    // The sink is put aside while the stream is borrowed from the state.
    let mut sink = std::mem::replace(&mut vm.output, Box::new(std::io::sink()));
    let result = match stream_of(vm, handle) {
        Some(stream) => work(&mut stream.borrow_mut(), &mut *sink),
        None => work(&mut Stream::standard_input(), &mut *sink),
    };
    vm.output = sink;
    result
}

fn stream_of(vm: &Vm, handle: Gc<Userdata>) -> Option<&RefCell<Stream>> {
    handle.data_for(vm).downcast_ref()
}

/// The handle that argument `i` must be, open or closed.
fn check_handle(cx: &mut Call<'_>, i: usize) -> Result<Gc<Userdata>, Throw> {
    match cx.arg(i).as_userdata() {
        Some(handle) if stream_of(cx.vm, handle).is_some() => Ok(handle),
        _ => Err(cx.type_error(i, HANDLE)),
    }
}

/// The open handle that argument 1 must be.
fn check_open(cx: &mut Call<'_>) -> Result<Gc<Userdata>, Throw> {
    let handle = check_handle(cx, 1)?;
    if with(cx.vm, handle, |stream, _| stream.is_closed()) {
        return Err(cx.error("attempt to use a closed file"));
    }
    Ok(handle)
}

/// The default input or output, which must be open.
fn default_handle(cx: &mut Call<'_>, item: i32) -> Result<Gc<Userdata>, Throw> {
    let handle = environment(cx).get_int(item).as_userdata();
    match handle {
        Some(handle) if !with(cx.vm, handle, |stream, _| stream.is_closed()) => Ok(handle),
        _ => {
            let name = if item == INPUT { "input" } else { "output" };
            Err(cx.error(&format!("standard {name} file is closed")))
        }
    }
}

fn ret_handle(cx: &mut Call<'_>, opened: Result<Stream, Error>, name: &[u8]) -> Result<u32, Throw> {
    match opened {
        Ok(stream) => {
            let handle = new_handle(cx.vm, stream)?;
            cx.ret(handle)
        }
        Err(error) => ret_outcome(cx, Err(error), Some(name)),
    }
}

/// Opens a file, or complains of argument 1.
fn open_or_raise(cx: &mut Call<'_>, name: Gc<Str>, mode: &[u8]) -> Result<Gc<Userdata>, Throw> {
    let name = super::super::c_string(name.bytes()).to_vec();
    match Stream::open(path(&name), mode) {
        Ok(stream) => new_handle(cx.vm, stream),
        Err(error) => {
            let message = [&name[..], b": ", error_text(&error).as_bytes()].concat();
            Err(cx.arg_error(1, message))
        }
    }
}

fn open(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let name = cx.check_str(1)?;
    let mode = match cx.opt_str(2)? {
        Some(mode) => mode.bytes().to_vec(),
        None => b"r".to_vec(),
    };
    let name = super::super::c_string(name.bytes()).to_vec();
    ret_handle(cx, Stream::open(path(&name), &mode), &name)
}

fn popen(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let command = cx.check_str(1)?;
    let mode = match cx.opt_str(2)? {
        Some(mode) => mode.bytes().to_vec(),
        None => b"r".to_vec(),
    };
    // What was printed before must not come after what the command prints.
    let _ = cx.vm.output.flush();
    let opened = match mode.first() {
        Some(b'r') => Stream::pipe(shell(command.bytes()), true),
        Some(b'w') => Stream::pipe(shell(command.bytes()), false),
        _ => Err(Error::from_raw_os_error(INVALID_ARGUMENT)),
    };
    let name = command.bytes().to_vec();
    ret_handle(cx, opened, &name)
}

fn tmpfile(cx: &mut Call<'_>) -> Result<u32, Throw> {
    match Stream::temporary() {
        Ok(stream) => {
            let handle = new_handle(cx.vm, stream)?;
            cx.ret(handle)
        }
        Err(error) => ret_outcome(cx, Err(error), None),
    }
}

fn type_of(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let handle = cx.check_any(1)?.as_userdata();
    match handle.filter(|&handle| stream_of(cx.vm, handle).is_some()) {
        Some(handle) if with(cx.vm, handle, |stream, _| stream.is_closed()) => {
            cx.ret_str(b"closed file")
        }
        Some(_) => cx.ret_str(b"file"),
        None => cx.ret(Value::NIL),
    }
}

fn tostring(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let handle = check_handle(cx, 1)?;
    if with(cx.vm, handle, |stream, _| stream.is_closed()) {
        return cx.ret_str(b"file (closed)");
    }
    let text = format!("file ({:#x})", handle.address());
    cx.ret_str(text.as_bytes())
}

fn close(cx: &mut Call<'_>) -> Result<u32, Throw> {
    if !cx.has(1) {
        // PUC looks for the default file here too, and among the globals.
        return Err(cx.arg_error(1, "FILE* expected, got nil"));
    }
    let handle = check_open(cx)?;
    close_handle(cx, handle)
}

fn close_default(cx: &mut Call<'_>) -> Result<u32, Throw> {
    if cx.has(1) {
        return close(cx);
    }
    let handle = default_handle(cx, OUTPUT)?;
    close_handle(cx, handle)
}

fn close_handle(cx: &mut Call<'_>, handle: Gc<Userdata>) -> Result<u32, Throw> {
    if with(cx.vm, handle, |stream, _| stream.is_standard()) {
        cx.push(Value::NIL)?;
        cx.push_str(b"cannot close standard file")?;
        return Ok(2);
    }
    let outcome = with(cx.vm, handle, |stream, sink| stream.close(sink));
    ret_outcome(cx, outcome, None)
}

/// The finaliser: closes what the script did not.
fn collect(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let handle = check_handle(cx, 1)?;
    with(cx.vm, handle, |stream, sink| {
        if !stream.is_standard() {
            // There is nobody to tell of a write that fails now.
            let _ = stream.close(sink);
        }
    });
    Ok(0)
}

fn flush(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let handle = check_open(cx)?;
    let outcome = with(cx.vm, handle, Stream::flush);
    ret_outcome(cx, outcome, None)
}

fn flush_default(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let handle = default_handle(cx, OUTPUT)?;
    let outcome = with(cx.vm, handle, Stream::flush);
    ret_outcome(cx, outcome, None)
}

fn input(cx: &mut Call<'_>) -> Result<u32, Throw> {
    set_default(cx, INPUT, b"r")
}

fn output(cx: &mut Call<'_>) -> Result<u32, Throw> {
    set_default(cx, OUTPUT, b"w")
}

/// Sets the default input or output to a handle or a file by name, and gives what it is then.
fn set_default(cx: &mut Call<'_>, item: i32, mode: &[u8]) -> Result<u32, Throw> {
    let env = environment(cx);
    if !cx.arg(1).is_nil() {
        let handle = if cx.arg(1).is_string() || cx.arg(1).is_number() {
            let name = cx.check_str(1)?;
            open_or_raise(cx, name, mode)?
        } else {
            check_open(cx)?
        };
        env.set_int(&mut cx.vm.heap, item, handle.into())?;
    }
    cx.ret(env.get_int(item))
}

fn lines(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let handle = check_open(cx)?;
    ret_lines(cx, handle, false)
}

fn lines_of_name(cx: &mut Call<'_>) -> Result<u32, Throw> {
    if !cx.has(1) {
        let handle = default_handle(cx, INPUT)?;
        return ret_lines(cx, handle, false);
    }
    if cx.arg(1).is_nil() {
        // PUC looks for the default input behind the nil, and finds the nil.
        return Err(cx.type_error(1, HANDLE));
    }
    let name = cx.check_str(1)?;
    let handle = open_or_raise(cx, name, b"r")?;
    ret_lines(cx, handle, true)
}

/// The iterator over the lines of a file, which closes it at the end if it was opened for it.
fn ret_lines(cx: &mut Call<'_>, handle: Gc<Userdata>, closes: bool) -> Result<u32, Throw> {
    let function: NativeFn = next_line;
    let iterator = cx
        .vm
        .native(function, &[handle.into(), Value::bool(closes)])?;
    cx.ret(iterator)
}

fn next_line(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let Some(handle) = cx.upvalue(0).as_userdata() else {
        return Ok(0);
    };
    if with(cx.vm, handle, |stream, _| stream.is_closed()) {
        return Err(cx.error("file is already closed"));
    }
    match read_line(cx, handle)? {
        Ok(Some(line)) => cx.ret_str(&line),
        Ok(None) => {
            if cx.upvalue(1).is_truthy() {
                // Nothing was written to it.
                let _ = with(cx.vm, handle, |stream, sink| stream.close(sink));
            }
            Ok(0)
        }
        Err(error) => Err(cx.error(&error_text(&error))),
    }
}

fn read(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let handle = check_open(cx)?;
    read_formats(cx, handle, 2)
}

fn read_default(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let handle = default_handle(cx, INPUT)?;
    read_formats(cx, handle, 1)
}

/// What a read that may meet the end of the file gives; the outer error is the script's.
type Got<T> = Result<Result<Option<T>, Error>, Throw>;

/// Reads by the formats from argument `first` on; nil stands for the first that finds nothing.
fn read_formats(cx: &mut Call<'_>, handle: Gc<Userdata>, first: usize) -> Result<u32, Throw> {
    let last = cx.count().max(first);
    if cx.count() >= first && !cx.has_stack_room(cx.count() - first + 1) {
        return Err(cx.error("stack overflow (too many arguments)"));
    }
    let mut results = 0;
    for i in first..=last {
        let got = read_format(cx, handle, i, first)?;
        results += 1;
        match got {
            Ok(Some(value)) => cx.push(value)?,
            Ok(None) => {
                cx.push(Value::NIL)?;
                break;
            }
            Err(error) => return ret_outcome(cx, Err(error), None),
        }
    }
    Ok(results)
}

fn read_format(cx: &mut Call<'_>, handle: Gc<Userdata>, i: usize, first: usize) -> Got<Value> {
    if cx.count() < first {
        let line = read_line(cx, handle)?;
        return text_value(cx, line);
    }
    if let Unpacked::Number(number) = cx.arg(i).unpack() {
        let count = crate::number::cast::to_i64(number) as usize;
        let chars = read_chars(cx, handle, count)?;
        return text_value(cx, chars);
    }
    let format = cx.arg(i).as_str();
    let format = match &format {
        Some(format) if format.bytes().first() == Some(&b'*') => format.bytes().get(1),
        _ => return Err(cx.arg_error(i, "invalid option")),
    };
    match format {
        Some(b'n') => {
            let number = with(cx.vm, handle, |stream, _| read_number(stream));
            Ok(number.map(|number| number.map(Value::number)))
        }
        Some(b'l') => {
            let line = read_line(cx, handle)?;
            text_value(cx, line)
        }
        Some(b'a') => {
            let rest = read_rest(cx, handle)?;
            text_value(cx, rest)
        }
        _ => Err(cx.arg_error(i, "invalid format")),
    }
}

fn text_value(cx: &mut Call<'_>, text: Result<Option<Vec<u8>>, Error>) -> Got<Value> {
    Ok(match text {
        Ok(Some(text)) => Ok(Some(cx.vm.heap.str(&text)?.into())),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    })
}

/// Adds pieces of what is read ahead to `text` while `take` says how many bytes of one to use and
/// whether to go on. Gives whether the end of the file was met.
fn gather(
    cx: &mut Call<'_>,
    handle: Gc<Userdata>,
    text: &mut Vec<u8>,
    mut take: impl FnMut(&[u8], usize) -> (usize, bool),
) -> Result<Result<bool, Error>, Throw> {
    loop {
        let had = text.len();
        let step = with(cx.vm, handle, |stream, _| {
            let ahead = stream.fill()?;
            if ahead.is_empty() {
                return Ok(None);
            }
            let (used, goes_on) = take(ahead, had);
            text.extend_from_slice(&ahead[..used]);
            stream.consume(used);
            Ok(Some(goes_on))
        });
        match step {
            Ok(Some(true)) => cx.vm.heap.check_room(text.len())?,
            Ok(Some(false)) => return Ok(Ok(false)),
            Ok(None) => return Ok(Ok(true)),
            Err(error) => return Ok(Err(error)),
        }
    }
}

/// Bytes that PUC reads at once of a line, `LUAL_BUFFERSIZE` without the NUL that ends them.
const LINE_PIECE: usize = 8191;

/// A line without its end; `None` at the end of the file. Read piece by piece as C strings: as in PUC,
/// what follows a NUL in a piece is lost, and a line's end with it.
fn read_line(cx: &mut Call<'_>, handle: Gc<Userdata>) -> Got<Vec<u8>> {
    let mut line = Vec::new();
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let ended = gather(cx, handle, &mut piece, |ahead, had| {
            let ahead = &ahead[..ahead.len().min(LINE_PIECE - had)];
            match memchr::memchr(b'\n', ahead) {
                Some(end) => (end + 1, false),
                None => (ahead.len(), had + ahead.len() < LINE_PIECE),
            }
        })?;
        let is_end = match ended {
            Ok(is_end) => is_end,
            Err(error) => return Ok(Err(error)),
        };
        let text = c_string(&piece);
        if let Some(last) = text.strip_suffix(b"\n") {
            line.extend_from_slice(last);
            return Ok(Ok(Some(line)));
        }
        line.extend_from_slice(text);
        if is_end {
            return Ok(Ok((!line.is_empty()).then_some(line)));
        }
        cx.vm.heap.check_room(line.len())?;
    }
}

/// All that is left.
fn read_rest(cx: &mut Call<'_>, handle: Gc<Userdata>) -> Got<Vec<u8>> {
    let mut rest = Vec::new();
    let ended = gather(cx, handle, &mut rest, |ahead, _| (ahead.len(), true))?;
    Ok(ended.map(|_| Some(rest)))
}

/// Up to so many bytes; `None` at the end of the file.
fn read_chars(cx: &mut Call<'_>, handle: Gc<Userdata>, count: usize) -> Got<Vec<u8>> {
    if count == 0 {
        let next = with(cx.vm, handle, |stream, _| stream.peek());
        return Ok(next.map(|next| next.map(|_| Vec::new())));
    }
    let mut chars = Vec::new();
    let ended = gather(cx, handle, &mut chars, |ahead, had| {
        let used = ahead.len().min(count - had);
        (used, had + used < count)
    })?;
    Ok(ended.map(|_| (!chars.is_empty()).then_some(chars)))
}

/// A number as C's `scanf` reads it: what can begin one is used up, be it one in the end or not.
fn read_number(stream: &mut Stream) -> Result<Option<f64>, Error> {
    // As `scanf` has it, there is no number rather than an error.
    if !stream.can_read() {
        return Ok(None);
    }
    while let Some(byte) = stream.peek()? {
        if !(byte.is_ascii_whitespace() || byte == 0x0b) {
            break;
        }
        stream.consume(1);
    }
    let mut text = Vec::new();
    if let Some(sign @ (b'+' | b'-')) = stream.peek()? {
        text.push(sign);
        stream.consume(1);
    }
    if stream
        .peek()?
        .is_some_and(|byte| matches!(byte, b'i' | b'I' | b'n' | b'N'))
    {
        return Ok(read_word(stream)?.map(|number| if text == b"-" { -number } else { number }));
    }
    let mut accept = |stream: &mut Stream, wanted: &dyn Fn(u8) -> bool| {
        let next = stream.peek()?.filter(|&byte| wanted(byte));
        if let Some(byte) = next {
            text.push(byte);
            stream.consume(1);
        }
        Ok::<bool, Error>(next.is_some())
    };
    let mut is_hex = false;
    let mut has_digit = accept(stream, &|byte| byte == b'0')?;
    if has_digit {
        is_hex = accept(stream, &|byte| matches!(byte, b'x' | b'X'))?;
    }
    let is_digit = |byte: u8| byte.is_ascii_digit() || is_hex && byte.is_ascii_hexdigit();
    while accept(stream, &is_digit)? {
        has_digit = true;
    }
    if accept(stream, &|byte| byte == b'.')? {
        while accept(stream, &is_digit)? {
            has_digit = true;
        }
    }
    // Only after a digit can there be an exponent.
    let is_exponent = |byte: u8| !is_hex && matches!(byte, b'e' | b'E');
    if has_digit && accept(stream, &is_exponent)? {
        accept(stream, &|byte| matches!(byte, b'+' | b'-'))?;
        while accept(stream, &|byte| byte.is_ascii_digit())? {}
    }
    let mut digits = text.strip_prefix(b"+").unwrap_or(&text);
    // An exponent without digits is used up, and means nothing.
    if let Some(number) = digits.strip_suffix(b"+").or(digits.strip_suffix(b"-")) {
        digits = number;
    }
    if !is_hex && matches!(digits.last(), Some(b'e' | b'E')) {
        digits = &digits[..digits.len() - 1];
    }
    Ok(evalua_syntax::parse_number(digits))
}

/// `inf`, `infinity` or `nan`, in any case.
fn read_word(stream: &mut Stream) -> Result<Option<f64>, Error> {
    let mut matches = |word: &[u8]| {
        for &wanted in word {
            match stream.peek()? {
                Some(byte) if byte.eq_ignore_ascii_case(&wanted) => stream.consume(1),
                _ => return Ok::<bool, Error>(false),
            }
        }
        Ok(true)
    };
    if matches(b"n")? {
        return Ok(matches(b"an")?.then_some(f64::NAN));
    }
    if !matches(b"inf")? {
        return Ok(None);
    }
    let goes_on = matches(b"i")?;
    Ok((!goes_on || matches(b"nity")?).then_some(f64::INFINITY))
}

fn write(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let handle = check_open(cx)?;
    write_arguments(cx, handle, 2)
}

fn write_default(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let handle = default_handle(cx, OUTPUT)?;
    write_arguments(cx, handle, 1)
}

fn write_arguments(cx: &mut Call<'_>, handle: Gc<Userdata>, first: usize) -> Result<u32, Throw> {
    let mut outcome = Ok(());
    for i in first..=cx.count() {
        let written = match cx.arg(i).unpack() {
            Unpacked::Number(number) => {
                let text = NumberText::new(number);
                with(cx.vm, handle, |stream, sink| {
                    stream.write(text.as_bytes(), sink)
                })
            }
            _ => {
                let text = cx.check_str(i)?;
                with(cx.vm, handle, |stream, sink| {
                    stream.write(text.bytes(), sink)
                })
            }
        };
        outcome = outcome.and(written);
    }
    ret_outcome(cx, outcome, None)
}

fn seek(cx: &mut Call<'_>) -> Result<u32, Throw> {
    const WHENCE: [&str; 3] = ["set", "cur", "end"];
    let handle = check_open(cx)?;
    let whence = WHENCE[cx.check_option(2, Some("cur"), &WHENCE)?];
    let offset = cx.opt_int(3, 0)?;
    let to = match whence {
        "set" => SeekFrom::Start(offset as u64),
        "cur" => SeekFrom::Current(offset),
        _ => SeekFrom::End(offset),
    };
    match with(cx.vm, handle, |stream, sink| stream.seek(to, sink)) {
        Ok(position) => cx.ret(position as f64),
        Err(error) => ret_outcome(cx, Err(error), None),
    }
}

fn setvbuf(cx: &mut Call<'_>) -> Result<u32, Throw> {
    const MODES: [&str; 3] = ["no", "full", "line"];
    let handle = check_open(cx)?;
    let buffering = match MODES[cx.check_option(2, None, &MODES)?] {
        "no" => Buffering::None,
        "full" => Buffering::Full,
        _ => Buffering::Line,
    };
    cx.opt_int(3, 0)?;
    let outcome = with(cx.vm, handle, |stream, sink| {
        stream.set_buffering(buffering, sink)
    });
    ret_outcome(cx, outcome, None)
}
