//! Random programs do what they do in `lua5.1`, and fail with the same words.

use crate::generator::programs;
use evalua_conformance::lua;
use evalua_vm::{Call, Failure, Lua, Throw, View};
use proptest::prelude::*;
use std::cell::RefCell;
use std::fmt::Write;

/// What a program finds: things to call, to index and to compute with, and `try`, which reports the
/// error of a function and goes on.
const PRELUDE: &str = "
    function try(f, ...) report('try', pcall(f, ...)) end
    g = { x = { x = 1, y = 's', print = report }, y = 2 }
    function h(...) report('h', ...) return g, ... end
    function c(a, b) report('c', a, b) return b, a end
    d = { x = h, y = { 1, 2, 3, x = c }, print = c }
";

/// Runs a program in `lua5.1`, whose strings have no methods here. A program that takes too long, or too much memory, ends with `!`.
const HARNESS: &str = "
    local function shown(value)
        if type(value) == 'number' then return string.format('#%.17g', value) end
        if type(value) ~= 'string' then return type(value) .. (value == false and '' or '!') end
        return '\"' .. string.gsub(value, '[^%w ]', function(c) return string.format('\\\\%d', string.byte(c)) end)
    end
    function report(...)
        for i = 1, select('#', ...) do io.write(shown((select(i, ...))), '\\t') end
        io.write('\\n')
    end
    local left = 30000
    local function check()
        left = left - 1
        if left == 0 or collectgarbage('count') > 32768 then io.write('!') os.exit(0) end
    end
    local program = assert(loadstring(text, '@script.lua'))
    getmetatable('').__index = nil
    debug.sethook(check, '', 1)
    report('end', pcall(program))
";

/// Enough for every program that PUC runs in its number of instructions.
const BUDGET: u64 = 100_000;

thread_local! {
    static REPORTS: RefCell<String> = const { RefCell::new(String::new()) };
}

fn show(value: View<'_>, text: &mut String) {
    let shown = match value {
        View::Number(number) => number_text(number),
        View::Bool(false) => "boolean".to_owned(),
        View::Str(bytes) => {
            let escaped = bytes.iter().map(|&byte| match byte {
                b' ' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
                _ => format!("\\{byte}"),
            });
            format!("\"{}", escaped.collect::<String>())
        }
        other => format!("{}!", other.type_name()),
    };
    text.push_str(&shown);
    text.push('\t');
}

fn number_text(number: f64) -> String {
    let sign = if number.is_sign_negative() { "-" } else { "" };
    format!("#{sign}{:?}", number.abs())
}

fn report(call: &mut Call<'_>) -> Result<u32, Throw> {
    let mut line = String::new();
    for argument in 1..=call.argument_count() {
        show(call.view(argument), &mut line);
    }
    REPORTS
        .with_borrow_mut(|reports| writeln!(reports, "{line}"))
        .expect("a string grows");
    Ok(0)
}

/// The reports of a program, or none if it ran out of its budget.
fn ours(source: &[u8]) -> Option<String> {
    REPORTS.take();
    let mut lua = Lua::new().expect("a state");
    lua.set_budget(Some(BUDGET));
    lua.enter(|call| {
        call.push_globals().expect("room");
        call.push_native(report, 0).expect("room");
        call.set_field_of(1, b"report").expect("room");
        if call.push_string_metatable().expect("room") {
            call.push_nil().expect("room");
            call.set_field_of(2, b"__index").expect("room");
        }
        call.push_chunk(PRELUDE.as_bytes(), b"=prelude")
            .expect("room")
            .expect("compiles");
        call.call_top(0).expect("runs");
        let below = call.height();
        call.push_chunk(source, b"@script.lua")
            .expect("room")
            .expect("compiles");
        let ok = match call.protected_call_top(0, None) {
            Ok(()) => "boolean!",
            Err(Failure::Error) => "boolean",
            Err(_) => return None,
        };
        let mut line = format!("\"end\t{ok}\t");
        for value in below + 1..=call.height() {
            show(call.view(value), &mut line);
        }
        Some(REPORTS.take() + &line + "\n")
    })
}

/// The same in `lua5.1`.
fn theirs(source: &str) -> Option<String> {
    let script = format!("local text = [==[\n{source}]==]\n{HARNESS}");
    let script = script.replace("local program", &format!("{PRELUDE} local program"));
    let outcome = lua::oracle(script.as_bytes())?;
    let text = String::from_utf8_lossy(&outcome.stdout);
    if outcome.status != Some(0) || text.ends_with('!') {
        return None;
    }
    let value = |value: &str| match value.strip_prefix('#').map(str::parse) {
        Some(Ok(number)) => number_text(number),
        _ => value.to_owned(),
    };
    let line = |line: &str| line.split('\t').map(value).collect::<Vec<_>>().join("\t");
    Some(text.lines().map(|text| line(text) + "\n").collect())
}

proptest! {
    #[test]
    fn random_programs(program in programs()) {
        if crate::compiled(program.0.as_bytes()).is_ok() && let Some(expected) = theirs(&program.0) {
            prop_assert_eq!(ours(program.0.as_bytes()).unwrap_or_default(), expected);
        }
    }
}
