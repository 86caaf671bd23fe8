//! What stops hostile scripts, how soon, and what they take until then, as Markdown.
//!
//! `cargo run --release -p evalua-vm --example hostile` runs each under limits;
//! `… --example hostile -- interrupt` interrupts each from another thread, at random moments.
#![allow(
    clippy::disallowed_methods,
    reason = "what is measured here is time itself"
)]

#[allow(dead_code, reason = "the tests look at more of it")]
#[path = "../tests/counting/mod.rs"]
mod counting;

use evalua_vm::Limits;
use evalua_vm::stack::{Failure, State};
use std::sync::mpsc;
use std::time::{Duration, Instant};

#[global_allocator]
static MEMORY: counting::Counting = counting::Counting::new();

const LIMITS: Limits = Limits {
    instructions: Some(20_000_000),
    memory: Some(64 << 20),
    call_depth: None,
};

/// Runs of each script that are interrupted.
const RUNS: usize = 31;

/// A name, and a script that does not end by itself.
const SCRIPTS: &[(&str, &str)] = &[
    ("`while`", "while true do end"),
    ("`repeat`", "repeat until false"),
    ("numeric `for`", "for i = 1, 1/0 do end"),
    ("generic `for`", "for _ in function() return 1 end do end"),
    ("tail calls", "local function f() return f() end f()"),
    (
        "nested `pcall`",
        "local function f() while true do pcall(f) end end f()",
    ),
    (
        "coroutines in a loop",
        "while true do coroutine.wrap(function() while true do coroutine.yield() end end)() end",
    ),
    (
        "coroutine bomb",
        "local t = {} while true do t[#t + 1] = coroutine.create(function() end) coroutine.resume(t[#t]) end",
    ),
    (
        "coroutines inside each other",
        "local function f() local ok, e = coroutine.resume(coroutine.create(f)) if not ok then error(e, 0) end end
         while true do f() end",
    ),
    ("table bomb", "local t = {} for i = 1, 1/0 do t[i] = {t} end"),
    ("key bomb", "local t = {} for i = 1, 1/0 do t[i .. 'k'] = i end"),
    (
        "closure bomb",
        "local t = {} for i = 1, 1/0 do t[i] = function() return i end end",
    ),
    ("string doubling", "local s = 'x' while true do s = s .. s end"),
    (
        "deep recursion",
        "local function f() return 1 + f() end while true do local ok, e = pcall(f) if not ok and LIMITED then error(e, 0) end end",
    ),
    (
        "recursion of metamethods",
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k .. 1] end
         while true do local ok, e = pcall(function() return t.x end) if LIMITED then error(e, 0) end end",
    ),
    (
        "recursion through `string.gsub`",
        "local function f(s) return (s:gsub('.', f)) end
         while true do local ok, e = pcall(f, 'x') if LIMITED then error(e, 0) end end",
    ),
    (
        "chain of `__index`",
        "local t = {} for i = 1, 200 do t = setmetatable({}, {__index = t}) end
         while true do local ok, e = pcall(function() return t.x end) if LIMITED then error(e, 0) end end",
    ),
    (
        "`setmetatable` on a cycle",
        "local a, b = {}, {} setmetatable(a, {__newindex = b}) setmetatable(b, {__newindex = a})
         while true do local ok, e = pcall(function() a.x = 1 end) if LIMITED then error(e, 0) end end",
    ),
    (
        "endless `__gc`",
        "local function again() local p = newproxy(true) getmetatable(p).__gc = function() again() collectgarbage() end end
         again() while true do collectgarbage() end",
    ),
    ("`collectgarbage`", "local t = {} for i = 1, 1e5 do t[i] = {} end while true do collectgarbage() end"),
    (
        "pattern of many `a?`",
        "local s = ('a'):rep(30) while true do s:find(('a?'):rep(30) .. s) end",
    ),
    (
        "pattern of many `.-`",
        "local s = ('a'):rep(1000) s:find(('.-'):rep(30) .. 'b')",
    ),
    ("long class", "local s, p = ('x'):rep(1e6), '[' .. ('a'):rep(1e5) .. ']*b' while true do s:find(p) end"),
    ("`string.rep`", "while true do ('x'):rep(5e7) end"),
    ("`string.rep` beyond all bounds", "while true do ('xy'):rep(2^30) end"),
    ("`string.upper`", "local s = ('x'):rep(2e7) while true do s:upper() end"),
    (
        "`string.format`",
        "local s = ('x'):rep(1e6) while true do ('%q%s%s'):format(s, s, s) end",
    ),
    (
        "`string.byte` and `char`",
        "local s = ('x'):rep(7000) while true do string.char(s:byte(1, -1)) end",
    ),
    ("plain `string.find`", "local s = ('a'):rep(3e7) while true do s:find(('a'):rep(1000) .. 'b', 1, true) end"),
    (
        "`table.concat`",
        "local t = {} for i = 1, 1e6 do t[i] = 'abc' end while true do table.concat(t, ', ') end",
    ),
    (
        "`table.sort`",
        "local t = {} while true do for i = 1, 1e6 do t[i] = (i * 7919) % 1e6 end table.sort(t) end",
    ),
    (
        "`table.sort` of long strings",
        "local t = {} for i = 1, 50 do t[i] = ('x'):rep(1e6) .. i end while true do table.sort(t) t[1], t[50] = t[50], t[1] end",
    ),
    ("`table.sort` by no order", "local t = {} for i = 1, 1e5 do t[i] = i end while true do pcall(table.sort, t, function() return true end) end"),
    (
        "`table.insert` in front",
        "local t = {} while true do table.insert(t, 1, 1) end",
    ),
    ("`unpack`", "local t = {} while true do unpack(t, 1, 7900) end"),
    ("`unpack` of too much", "while true do local ok, e = pcall(unpack, {}, 1, 1e8) if LIMITED then error(e, 0) end end"),
    (
        "`next` in an emptied table",
        "local t = {} for i = 1, 1e6 do t[i] = i end for i = 1, 1e6 do t[i] = nil end while true do next(t) end",
    ),
    ("comparison of long strings", "local a, b = ('x'):rep(1e7), ('x'):rep(1e7) while true do local _ = a == b, a < b end"),
    ("long strings as keys", "local t = {[('x'):rep(1e7)] = 1} local k = ('x'):rep(1e7) while true do local _ = t[k] end"),
    (
        "`loadstring`",
        "local s = ('x = 1 '):rep(1e5) while true do loadstring(s) end",
    ),
    ("`loadstring` of one table", "local s = 'return {' .. ('a,'):rep(1e5) .. '}' while true do loadstring(s) end"),
    ("`load` without end", "load(function() return 'x = 1 ' end)"),
];

fn main() {
    let _counted = MEMORY.count_this_thread();
    match std::env::args().nth(1).as_deref() {
        Some("interrupt") => interrupt(),
        _ => limit(),
    }
}

/// Runs every script under the limits.
fn limit() {
    println!("| script | ends with | after | peak |");
    println!("|---|---|---|---|");
    for (name, script) in SCRIPTS {
        let before = MEMORY.live();
        let mut lua = state(true);
        lua.set_limits(LIMITS);
        MEMORY.take_peak();
        let start = Instant::now();
        let ending = run(&mut lua, script);
        let time = start.elapsed();
        let peak = MEMORY.take_peak() - before;
        println!(
            "| {name} | {ending} | {} | {:.1} MiB |",
            milliseconds(time),
            peak as f64 / f64::from(1 << 20)
        );
    }
}

/// Interrupts every script, and measures how long it runs on.
fn interrupt() {
    println!("| script | median | nine in ten within |");
    println!("|---|---|---|");
    // A linear congruential generator: the moments are spread, and the same in every run.
    let mut random = 1u64;
    for (name, script) in SCRIPTS {
        let mut times: Vec<Duration> = (0..RUNS)
            .map(|_| {
                random = random.wrapping_mul(6364136223846793005).wrapping_add(1);
                let wait = Duration::from_micros(5_000 + (random >> 33) % 100_000);
                interrupted_after(script, wait)
            })
            .collect();
        times.sort();
        println!(
            "| {name} | {} | {} |",
            milliseconds(times[RUNS / 2]),
            milliseconds(times[RUNS * 9 / 10])
        );
    }
}

fn interrupted_after(script: &str, wait: Duration) -> Duration {
    let mut lua = state(false);
    lua.set_limits(Limits {
        memory: LIMITS.memory,
        ..Limits::default()
    });
    let handle = lua.interrupt_handle();
    let (send, receive) = mpsc::channel();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(wait);
        let now = Instant::now();
        handle.interrupt();
        send.send(now).expect("somebody waits");
    });
    // What ends by itself, because the memory does, begins again.
    while run(&mut lua, script) != "interrupt" {}
    let end = Instant::now();
    stopper.join().expect("the thread does not panic");
    let start = receive.recv().expect("the thread has sent");
    end.duration_since(start)
}

fn state(limited: bool) -> State {
    let mut lua = State::new().expect("there is memory");
    let source = format!("LIMITED = {limited}");
    assert_eq!(run(&mut lua, &source), "nothing");
    lua
}

/// Runs a script and tells how it ended.
fn run(lua: &mut State, script: &str) -> String {
    lua.enter(|call| {
        match call.push_chunk(script.as_bytes(), b"=hostile") {
            Ok(Ok(())) => {}
            Ok(Err(message)) => return String::from_utf8_lossy(&message).into_owned(),
            Err(throw) => return format!("{throw:?}").to_lowercase(),
        }
        match call.protected_call_top(0, None) {
            Ok(()) => "nothing".to_owned(),
            Err(Failure::Error) => {
                let message = call.view(call.height());
                let text = message.as_bytes().unwrap_or(message.type_name().as_bytes());
                format!("`{}`", String::from_utf8_lossy(text))
            }
            Err(Failure::Budget) => "budget".to_owned(),
            Err(Failure::Interrupt) => "interrupt".to_owned(),
            Err(Failure::Exit(_)) => "exit".to_owned(),
        }
    })
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
