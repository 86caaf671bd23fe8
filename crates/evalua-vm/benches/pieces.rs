//! How long the pieces of the machine take: compiling, tables, strings, calls, states, collections.
//!
//! `cargo bench -p evalua-vm`, with a word behind it for those benches only whose name has it. Whole
//! programs are timed by `cargo xtask bench`, and what compiling takes beside `luac5.1` too.
//!
//! What a script does is compiled before, and does the same [`TURNS`] times in a run: criterion shows
//! turns per second. Without a limit of instructions, but they are counted as always.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use evalua_vm::stack::{Call, State, Throw};
use evalua_vm::{Function, Lua, StdLib};

/// How often a script does a thing in one run.
const TURNS: u64 = 1000;

/// A function of the script's that is measured, and what it is called.
fn script(c: &mut Criterion, group: &str, name: &str, lua: &Lua, source: &str) {
    let function: Function = lua
        .load(source)
        .set_name(format!("={name}"))
        .eval()
        .expect("the source is right");
    let mut group = c.benchmark_group(group);
    group.throughput(Throughput::Elements(TURNS));
    group.bench_function(name, |b| {
        b.iter(|| {
            function
                .call::<()>(TURNS as f64)
                .expect("the script does not fail");
        });
    });
    group.finish();
}

/// The programs under `benches/programs`, from source to a function.
fn compile(c: &mut Criterion) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/programs");
    let mut sources: Vec<Vec<u8>> = std::fs::read_dir(dir)
        .expect("the programs are there")
        .map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a readable program"))
        .collect();
    sources.sort();
    let bytes: usize = sources.iter().map(Vec::len).sum();
    let mut group = c.benchmark_group("compile");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("parse", |b| {
        b.iter(|| {
            for source in &sources {
                black_box(evalua_syntax::parse(source, b"=bench").expect("a right program"));
            }
        });
    });
    let lua = Lua::new();
    group.bench_function("load", |b| {
        b.iter(|| {
            for source in &sources {
                let chunk = lua.load(source.as_slice()).set_name("=bench");
                black_box(chunk.into_function().expect("a right program"));
            }
        });
    });
    group.finish();
}

/// What scripts do with tables and strings: name and source, a function of the number of turns.
const SCRIPTS: &[(&str, &str, &str)] = &[
    (
        "table",
        "get by integer",
        "local t = {1, 2, 3, 4, 5, 6, 7, 8}
        return function(n) local v for i = 1, n do v = t[i % 8 + 1] end end",
    ),
    (
        "table",
        "get by name",
        "local t = {a = 1, b = 2, c = 3}
        return function(n) local v for i = 1, n do v = t.b end end",
    ),
    (
        "table",
        "get by string",
        "local t, keys = {}, {}
        for i = 1, 64 do keys[i] = 'key' .. i t[keys[i]] = i end
        return function(n) local v for i = 1, n do v = t[keys[i % 64 + 1]] end end",
    ),
    (
        "table",
        "set by integer",
        "local t = {1, 2, 3, 4, 5, 6, 7, 8}
        return function(n) for i = 1, n do t[i % 8 + 1] = i end end",
    ),
    (
        "table",
        "set by string",
        "local t, keys = {}, {}
        for i = 1, 64 do keys[i] = 'key' .. i t[keys[i]] = i end
        return function(n) for i = 1, n do t[keys[i % 64 + 1]] = i end end",
    ),
    // Growing goes through every size up to the number of turns.
    (
        "table",
        "append and rehash",
        "return function(n) local t = {} for i = 1, n do t[i] = i end end",
    ),
    (
        "table",
        "insert and rehash",
        "return function(n) local t = {} for i = 1, n do t[-i] = i end end",
    ),
    (
        "table",
        "constructor",
        "return function(n) for i = 1, n do local t = {i, i, x = i, y = i} end end",
    ),
    // `sub` gives strings that are there already, or new ones each time.
    (
        "string",
        "intern known",
        "local s, sub = ('0123456789'):rep(100), string.sub
        return function(n) for i = 1, n do local v = sub(s, i % 10 + 1, i % 10 + 12) end end",
    ),
    (
        "string",
        "intern new",
        "local turn = 0
        return function(n)
            turn = turn + 1
            local s = turn .. ':'
            for i = 1, n do local v = s .. i end
        end",
    ),
    (
        "call",
        "Lua to Lua",
        "local function f(a) return a end
        return function(n) for i = 1, n do f(i) end end",
    ),
    (
        "call",
        "Lua to library",
        "local f = math.floor
        return function(n) for i = 1, n do f(i) end end",
    ),
    (
        "call",
        "resume and yield",
        "local wrap, yield = coroutine.wrap, coroutine.yield
        local f = wrap(function() while true do yield() end end)
        return function(n) for i = 1, n do f() end end",
    ),
];

fn scripts(c: &mut Criterion) {
    for (group, name, source) in SCRIPTS {
        script(c, group, name, &Lua::new(), source);
    }
}

/// A native function by the stack: gives its argument back.
fn give_back(call: &mut Call<'_>) -> Result<u32, Throw> {
    let n = call.check_number(1)?;
    call.push_number(n)?;
    Ok(1)
}

/// A state where the global `f` is [`give_back`].
fn with_native() -> State {
    let mut state = State::new().expect("there is memory");
    state
        .enter(|call| {
            call.push_globals()?;
            call.push_native(give_back, 0)?;
            call.set_field_of(1, b"f")
        })
        .expect("there is memory");
    state
}

fn calls_of_rust(c: &mut Criterion) {
    let source = "local f = f return function(n) for i = 1, n do f(i) end end";
    let lua = Lua::new();
    let closure = lua
        .create_function(|_, n: f64| Ok(n))
        .expect("there is memory");
    lua.globals().set("f", closure).expect("there is memory");
    script(c, "call", "Lua to a Rust closure", &lua, source);
    let lua = Lua::from_state(with_native()).expect("there is memory");
    script(
        c,
        "call",
        "Lua to a Rust function by the stack",
        &lua,
        source,
    );
}

fn calls_from_rust(c: &mut Criterion) {
    let mut group = c.benchmark_group("call");
    let lua = Lua::new();
    let function: Function = lua
        .load("return function(a) return a end")
        .eval()
        .expect("the source is right");
    group.bench_function("Rust to Lua", |b| {
        b.iter(|| {
            function
                .call::<f64>(black_box(1.0))
                .expect("it does not fail")
        });
    });
    let mut state = State::new().expect("there is memory");
    let key = state
        .enter(|call| -> Result<_, Throw> {
            let compiled = call.push_chunk(b"local a = ... return a", b"=bench")?;
            compiled.expect("the source is right");
            Ok(call.keep())
        })
        .expect("there is memory");
    group.bench_function("Rust to Lua by the stack", |b| {
        b.iter(|| {
            state.enter(|call| -> Result<_, Throw> {
                call.push_kept(&key)?;
                call.push_number(black_box(1.0))?;
                call.call_top(1)?;
                let top = call.height();
                call.number_at(top)
            })
        });
    });
    group.finish();
}

/// Making a state and dropping it.
fn states(c: &mut Criterion) {
    let mut group = c.benchmark_group("state");
    group.bench_function("sandboxed", |b| b.iter(Lua::new));
    group.bench_function("without libraries", |b| b.iter(State::bare));
    group.bench_function("all libraries", |b| b.iter(|| Lua::new_with(StdLib::ALL)));
    group.finish();
}

/// A full collection of a million small tables: all live, then all garbage.
fn collections(c: &mut Criterion) {
    const OBJECTS: u64 = 1_000_000;
    let fill = "t = {} for i = 1, 1e6 do t[i] = {} end";
    let mut group = c.benchmark_group("collect");
    group.throughput(Throughput::Elements(OBJECTS));
    group.sample_size(10);
    let lua = Lua::new();
    lua.load(fill).exec().expect("there is memory");
    let collect: Function = lua.load("collectgarbage").eval().expect("it is there");
    group.bench_function("live", |b| {
        b.iter(|| collect.call::<()>(()).expect("it does not fail"));
    });
    group.bench_function("garbage", |b| {
        b.iter_batched(
            || {
                let lua = Lua::new();
                lua.load(format!("collectgarbage('stop') {fill} t = nil"))
                    .exec()
                    .expect("there is memory");
                lua
            },
            |lua| {
                lua.gc_collect().expect("it does not fail");
                lua
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Short: the whole takes about a minute.
fn settings() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
}

criterion_group! {
    name = pieces;
    config = settings();
    targets = compile, scripts, calls_of_rust, calls_from_rust, states, collections
}
criterion_main!(pieces);
