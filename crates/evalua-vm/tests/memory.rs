//! What a state says of its memory is what the allocator says.

mod counting;

use evalua_vm::Limits;
use evalua_vm::stack::{Failure, State};
use std::sync::Mutex;

#[global_allocator]
static MEMORY: counting::Counting = counting::Counting::new();

/// The counts are the process's, so the tests of this file run one after the other.
static ALONE: Mutex<()> = Mutex::new(());

/// How much less is done where every safepoint collects.
const SHARE: usize = if cfg!(feature = "gc-stress") { 100 } else { 1 };

/// What a state may hold that it does not count: the lists of the collector, the choices of a pattern, what the
/// parser has not yet reported, and the memory that the handler of a memory error may use.
const OVERHEAD: usize = 1 << 20;

fn run(lua: &mut State, source: &str) -> Result<(), String> {
    lua.enter(|call| {
        match call.push_chunk(source.as_bytes(), b"=test") {
            Ok(compiled) => compiled.expect("the syntax is right"),
            Err(throw) => return Err(format!("{throw:?}")),
        }
        call.protected_call_top(0, None).map_err(|failure| {
            let message = call.view(call.height()).as_bytes().unwrap_or(b"?");
            match failure {
                Failure::Error => String::from_utf8_lossy(message).into_owned(),
                _ => format!("{failure:?}"),
            }
        })
    })
}

#[test]
fn the_count_agrees_with_the_allocator() {
    let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    let _counted = MEMORY.count_this_thread();
    // `n` is how much of each to make.
    let workloads = [
        ("nothing", "n = 0"),
        ("arrays", "for i = 1, n do t[i] = {i, i, i, i, i} end"),
        ("hashes", "for i = 1, n do t[i] = {a = 1, b = 2, c = 3, [i] = i} end"),
        ("large arrays", "for i = 1, n * 10 do t[i] = i end"),
        ("large hashes", "for i = 1, n * 10 do t[-i] = i end"),
        ("short strings", "for i = 1, n do t[i] = 'key' .. i end"),
        ("long strings", "for i = 1, n do t[i] = ('long'):rep(25) .. i end"),
        ("huge strings", "for i = 1, n / 1000 do t[i] = ('x'):rep(1e5) .. i end"),
        ("closures", "for i = 1, n do local j = i t[i] = function() return i + j end end"),
        ("native closures", "for i = 1, n do t[i] = ('x'):gmatch('.') end"),
        (
            "coroutines",
            "for i = 1, n / 10 do t[i] = coroutine.create(function(...) local a, b, c = ... coroutine.yield(a) end)
             coroutine.resume(t[i]) end",
        ),
        ("userdata", "for i = 1, n do t[i] = newproxy(true) getmetatable(t[i]).__gc = print end"),
        ("userdata of one kind", "t[0] = newproxy(true) for i = 1, n do t[i] = newproxy(t[0]) end"),
        (
            "chunks",
            "for i = 1, n / 100 do t[i] = assert(loadstring('local a, b, c = ' .. i .. ', {}, ... ' ..
                'local function name(x, y) local z = x + y if z > a then return b[z], \"text\" .. z end return c end ' ..
                'for i = 1, 10 do b[i] = name(i, i) end return function(...) b.field = a return ... end')) end",
        ),
        (
            "large chunk",
            "t[1] = assert(loadstring(('x = x + 1 ; y.z = {x, \"s\", 3} '):rep(n / 10)))",
        ),
        (
            "deep stacks",
            "t[1] = coroutine.create(function() local function deep(k) if k == 0 then coroutine.yield() end return 1 + deep(k - 1) end
             deep(15000) end) coroutine.resume(t[1])",
        ),
        ("patterns", "t[1] = ('ab'):rep(n):gsub('(a)(.-)b', '%1%1%2') t[2] = ('a'):rep(99):find(('a?'):rep(99) .. '$')"),
        ("garbage", "for i = 1, n do local s = {i .. 'x', {}} end collectgarbage() collectgarbage()"),
        ("errors", "for i = 1, n / 10 do pcall(string.gsub, ('x'):rep(5000), '.', error) end"),
    ];
    for (name, work) in workloads {
        let source = format!("t = {{}} local n = {} {work}", 50_000 / SHARE);
        let before = MEMORY.live();
        let mut lua = State::new().expect("there is memory");
        assert_eq!(run(&mut lua, &source), Ok(()), "{name}");
        let counted = (lua.memory_in_use() + lua.memory_spare()) as f64;
        let real = (MEMORY.live() - before) as f64;
        let off = (counted - real) / real;
        assert!(
            off.abs() < 0.05,
            "{name}: {counted} counted, {real} handed out ({:.1} %)",
            off * 100.0
        );
        drop(lua);
        assert!(
            MEMORY.live() < before + 65_536,
            "{name}: nothing stays behind"
        );
    }
}

#[test]
fn pages_go_back_after_a_peak() {
    let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    let _counted = MEMORY.count_this_thread();
    let source = format!(
        "kept = {{}} for i = 1, {} do kept[i] = {{{{i}}, x = i}} end
         kept = nil collectgarbage()",
        100_000 / SHARE
    );
    let before = MEMORY.live();
    MEMORY.take_peak();
    let mut lua = State::new().expect("there is memory");
    assert_eq!(run(&mut lua, &source), Ok(()));
    assert!(MEMORY.take_peak() - before > 10_000_000 / SHARE as isize);
    let held = MEMORY.live() - before;
    assert!(held < 600_000, "{held} bytes held");
    assert!(
        lua.memory_spare() < 400_000,
        "{} bytes spare",
        lua.memory_spare()
    );
}

#[test]
fn a_ceiling_is_passed_by_no_more_than_one_allocation() {
    let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    let _counted = MEMORY.count_this_thread();
    let bombs = [
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local t = {} for i = 1, 1e9 do t[-i] = i end",
        "local t = {} for i = 1, 1e9 do t[i] = {} end",
        "local t = {} while true do t = {t} end",
        "local t = {} for i = 1, 1e9 do t[i] = setmetatable({}, {__mode = 'k'}) end",
        "local t = {} for i = 1, 1e9 do t[i] = function() return t, i end end",
        "local t = {} for i = 1, 1e9 do t[i] = i .. 'text' end",
        "local t = {} for i = 1, 1e9 do t[i] = ('text'):rep(100) .. i end",
        "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(function() end) coroutine.resume(t[i]) end",
        "local t = {} for i = 1, 1e9 do t[i] = newproxy(true) getmetatable(t[i]).__gc = function() end end",
        "local s = 'x' while true do s = s .. s end",
        "local s = 'x' while true do s = s .. s .. s .. 1 end",
        "local s = ('x'):rep(1e5) while true do s = s:gsub('x', '%0%0') end",
        "local s = ('x'):rep(1e6) while true do s = ('%s%s'):format(s, s) end",
        "local s = ('x'):rep(1e6) while true do s = s:upper() .. s:reverse() end",
        "local t = {} for i = 1, 1e9 do t[i] = 'abcdefgh' if i % 100000 == 0 then table.concat(t) end end",
        "local function nest(n) return (('x'):rep(1e6):gsub('x', function() return nest(n + 1) end, 1)) end
         local s = nest(1)",
        "local function nest(n) local s = ('x'):rep(5e5) return (s:gsub('x', function(c) if n < 150 then nest(n + 1) end return c end)) end
         local s = nest(1)",
        "local function deep(n) local a, b, c, d, e, f, g, h = n return 1 + deep(n) end
         local t = {} for i = 1, 1e9 do t[i] = coroutine.create(deep) coroutine.resume(t[i], 1) end",
        "local t = {} for i = 1, 1e9 do t[i] = loadstring('local a, b = ... return function() return a + b end') or error('not enough memory', 0) end",
        "load(function() return 'local a = {1, 2, 3} f(a.b.c) ' end) error('not enough memory', 0)",
        "local s = 'return {' .. ('a,'):rep(2e6) .. '}' error(select(2, loadstring(s)), 0)",
        "local s = ('x = 1 '):rep(1e6) error(select(2, loadstring(s)), 0)",
        "local s = ('f()'):rep(1e6) error(select(2, loadstring(s)), 0)",
        "local s = ('do end '):rep(1e6) error(select(2, loadstring(s)), 0)",
        "local t = {} for i = 1, 6e5 do t[i] = 's' .. i .. '=1' end error(select(2, loadstring(table.concat(t, ' '))), 0)",
        "local s = ('do local function f() local a end end '):rep(1e5) error(select(2, loadstring(s)), 0)",
    ];
    for source in bombs {
        let limit = if SHARE == 1 { 8 << 20 } else { 1 << 20 };
        let before = MEMORY.live();
        let mut lua = State::new().expect("there is memory");
        lua.set_limits(Limits {
            memory: Some(limit),
            ..Limits::default()
        });
        MEMORY.take_peak();
        MEMORY.take_largest();
        let outcome = run(&mut lua, source);
        let taken = usize::try_from(MEMORY.take_peak() - before).unwrap_or(0);
        let outcome = outcome.expect_err(source);
        assert!(
            [
                "not enough memory",
                "test:1: stack overflow",
                "C stack overflow"
            ]
            .contains(&&*outcome),
            "{source}: {outcome}"
        );
        // A buffer that is being replaced, or that a string is made of, may still be there.
        let largest = MEMORY.take_largest();
        assert!(
            taken <= limit + largest + OVERHEAD,
            "{source}: {taken} bytes with a limit of {limit}, the largest piece has {largest}"
        );
    }
}
