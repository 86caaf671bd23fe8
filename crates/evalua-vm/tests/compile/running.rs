//! Random programs do what they do in `lua5.1`, and fail with the same words.

use crate::generator::programs;
use evalua_conformance::lua;
use evalua_vm::stack::{Call, Failure, State, Throw, View};
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
    let mut lua = State::new().expect("a state");
    lua.set_fuel(Some(BUDGET));
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

/// What random programs seldom show.
const PROGRAMS: [&str; 12] = [
    // Each turn of a loop has variables of its own.
    "local fs = {} for i = 1, 3 do fs[i] = function() i = i + 1 return i end end
     report(fs[1](), fs[1](), fs[2](), fs[3]())",
    "local fs = {} for k, v in next, { 10, 20 } do fs[k] = function() return k, v end end
     report(fs[1]()) report(fs[2]())",
    "local fs, i = {}, 0 while i < 3 do i = i + 1 local j = i fs[i] = function() j = j * 2 return j end
     if i == 2 then break end end report(fs[1](), fs[2](), fs[1](), fs[3])",
    // The condition of `repeat` sees the locals of the body, captured or not.
    "local fs, n = {}, 0 repeat n = n + 1 local m = n fs[n] = function() m = m + 10 return m end
     if n == 2 then local k = m fs[9] = function() return k end end until m == 3 or fs[1]() > 30
     report(n, fs[1](), fs[2](), fs[3](), fs[9]())",
    "local function f() return f end repeat local a = {} local g = function() return a end until g() == a
     report(f() == f)",
    // A `break` out of several blocks with captured locals.
    "local out = {} for i = 1, 3 do local a = i do local b = i * 2 out[i] = function() return a, b end
     if i == 2 then do local c = 5 out.c = function() return c end break end end end end
     report(out[1]()) report(out[2]()) report(out[3], out.c())",
    // Operands that are locals are read when the operator is applied.
    "local a = 1 local b = a + (function() a = 10 return 1 end)() report(a, b)
     local t = { 1, 2 } local i = 1 i, t[i] = i + 1, 20 report(i, t[1], t[2])
     local x, y = 1, 2 x, y = y, x report(x, y)",
    // Values of `and` and `or`.
    "for _, a in next, { 1, false } do for _, b in next, { 's', false } do
     report(a and b, a or b, not a or b, (a or b) and not b, ((1 or false) and true) or false)
     report(a == b or a ~= 1, not (a and b), a and (b or nil), (a and b) == false) end end",
    // 0 and -0 are one constant.
    "local a, b = 0, -0 report(1 / a, 1 / b) report((function() local a, b = -0, 0 return 1 / a, 1 / b end)())
     report((function() local t = {} t[-0] = 1 for k in next, t do return 1 / k end end)())",
    // What loses its step in rounding.
    "for i = 1e-20, 0.5 do report(i) end for i = 1, 2, 0.3 do report(i) end for i = 3, 1, -1 do report(i) end
     for i = '1', '2' do report(i) end for i = 1, 0 do report(i) end",
    // More items than are stored at once, and an open last one.
    "local function many(n) if n == 0 then return end return n, many(n - 1) end
     local t = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
     26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, x = 'x',
     50, 51, 52, many(60) } report(#t, t[50], t[51], t[52], t[53], t[112], t[113], t.x)",
    // Extra arguments and the table of them.
    "local function f(a, ...) return arg.n, arg[1], arg[2] end report(f(1, 2, nil))
     local function g(...) local a, b = ... return b, (...), ... end report(g(1, 2, 3))
     local function h(...) return arg, ... end report(h(nil, nil))",
];

#[test]
fn programs_do_what_they_do_in_lua() {
    for program in PROGRAMS {
        if let Some(expected) = theirs(program) {
            assert_eq!(ours(program.as_bytes()), Some(expected), "{program}");
        }
    }
}
