//! Budget, memory ceiling, call depth and interrupt: each ends what runs, and the state is as usable
//! afterwards as before.

use evalua_vm::Limits;
use evalua_vm::stack::{Failure, State};
use std::time::Duration;

/// How much less is done where every safepoint collects, which would take hours otherwise.
const SHARE: u32 = if cfg!(feature = "gc-stress") { 100 } else { 1 };

/// Runs a chunk: its first result as text, or its error's text, or how it was stopped.
fn run(lua: &mut State, source: &str) -> Result<String, Result<String, Failure>> {
    lua.enter(|call| {
        call.push_chunk(source.as_bytes(), b"=test")
            .expect("memory")
            .expect("syntax");
        let outcome = call.protected_call_top(0, None);
        let text =
            |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or(b"?")).into_owned();
        match outcome {
            Ok(()) => Ok(match call.view(1).as_number() {
                Some(n) => n.to_string(),
                None => text(call.view(1).as_bytes()),
            }),
            Err(Failure::Error) => Err(Ok(text(call.view(call.height()).as_bytes()))),
            Err(failure) => Err(Err(failure)),
        }
    })
}

fn assert_usable(lua: &mut State) {
    lua.set_limits(Limits::default());
    let sum = "local t = {} for i = 1, 100 do t[i] = i .. '' end local s = 0 \
               for i = 1, #t do s = s + t[i] end return s";
    assert_eq!(run(lua, sum), Ok("5050".to_owned()));
}

#[test]
fn a_budget_ends_every_kind_of_loop() {
    let loops = [
        "while true do end",
        "repeat until false",
        "for i = 1, math and 1/0 or 1e308 do end",
        "for i = 1, -1, 0 do end for i = 1, 1e308 do end",
        "local function f() return f() end f()",
        "local function f() f() f() end pcall(f) while true do end",
        "local function f() while true do pcall(f) end end f()",
        "for k in function() return 1 end do end",
        "local t = setmetatable and {} or {} while true do t = {t} end",
        "while true do pcall(error) end",
    ];
    for source in loops {
        let mut lua = State::new().expect("memory");
        lua.set_limits(Limits {
            instructions: Some(1_000_000 / u64::from(SHARE)),
            memory: Some(256 << 20),
            ..Limits::default()
        });
        assert_eq!(run(&mut lua, source), Err(Err(Failure::Budget)), "{source}");
        assert_eq!(lua.fuel(), Some(0));
        assert_usable(&mut lua);
    }
}

#[test]
fn a_budget_counts_turns_and_calls() {
    let mut lua = State::new().expect("memory");
    lua.set_fuel(Some(1_000));
    assert_eq!(
        run(&mut lua, "for i = 1, 900 do end return 1"),
        Ok("1".to_owned())
    );
    let left = lua.fuel().expect("a limit");
    assert!((90..=101).contains(&left), "{left}");
    assert_eq!(
        run(&mut lua, "for i = 1, 900 do end"),
        Err(Err(Failure::Budget))
    );
}

#[test]
fn a_memory_ceiling_is_an_error_that_can_be_caught() {
    let bombs = [
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local t = {} for i = 1, 1e9 do t[{}] = i end",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t = {t, t} end",
        "local t = {} for i = 1, 1e9 do t[i] = function() return t end end",
        "local t = {} for i = 1, 1e9 do t[i] = i .. 'some text that is long enough not to be interned' end",
    ];
    for source in bombs {
        let mut lua = State::new().expect("memory");
        let ceiling = if SHARE == 1 { 8 << 20 } else { 256 << 10 };
        lua.set_limits(Limits {
            memory: Some(ceiling),
            ..Limits::default()
        });
        assert_eq!(
            run(&mut lua, source),
            Err(Ok("not enough memory".to_owned())),
            "{source}"
        );
        assert!(lua.memory_in_use() <= ceiling, "{source}");
        let caught = format!("local ok, e = pcall(function() {source} end) return e");
        assert_eq!(
            run(&mut lua, &caught),
            Ok("not enough memory".to_owned()),
            "{source}"
        );
        assert_usable(&mut lua);
    }
}

#[test]
fn garbage_does_not_count_against_the_ceiling() {
    let mut lua = State::new().expect("memory");
    lua.set_limits(Limits {
        memory: Some(2 << 20),
        ..Limits::default()
    });
    let turns = 200_000 / SHARE;
    let churn = format!("local t for i = 1, {turns} do t = {{i, {{i}}, i .. 'k'}} end return t[1]");
    assert_eq!(run(&mut lua, &churn), Ok(turns.to_string()));
}

#[test]
fn deep_recursion_is_an_error() {
    let mut lua = State::new().expect("memory");
    let deep = "local function f(n) return 1 + f(n + 1) end return f(1)";
    assert_eq!(
        run(&mut lua, deep),
        Err(Ok("test:1: stack overflow".to_owned()))
    );
    assert_usable(&mut lua);
    lua.set_limits(Limits {
        call_depth: Some(100),
        ..Limits::default()
    });
    let count = "local n = 0 local function f() n = n + 1 return 1 + f() end pcall(f) return n";
    // The chunk and pcall are calls as well.
    assert_eq!(run(&mut lua, count), Ok("98".to_owned()));
    assert_usable(&mut lua);
}

#[test]
fn a_call_depth_of_the_hosts_own_is_exact() {
    let count = "local n = 0 local function f() n = n + 1 return 1 + f() end
                 local ok, e = pcall(coroutine.wrap(f)) return n .. ' ' .. e";
    for depth in [3, 8, 9, 100, 5_000, 20_001] {
        let mut lua = State::new().expect("memory");
        lua.set_limits(Limits {
            call_depth: Some(depth),
            ..Limits::default()
        });
        // A coroutine has all of the depth for itself.
        assert_eq!(
            run(&mut lua, count),
            Ok(format!("{depth} test:1: stack overflow"))
        );
        assert_usable(&mut lua);
    }
    let mut lua = State::new().expect("memory");
    lua.set_limits(Limits {
        call_depth: Some(0),
        ..Limits::default()
    });
    assert_eq!(
        run(&mut lua, "return 1"),
        Ok("1".to_owned()),
        "at least one"
    );
    assert_eq!(
        run(&mut lua, "return (function() return 1 end)() + 1"),
        Err(Ok("test:1: stack overflow".to_owned()))
    );
}

#[test]
fn fuel_can_be_added_while_a_script_runs() {
    let mut lua = State::new().expect("memory");
    lua.set_fuel(Some(100));
    lua.enter(|call| {
        call.push_globals().expect("memory");
        call.push_native(
            |call| {
                let before = call.fuel();
                call.add_fuel(50);
                assert_eq!(call.fuel(), before.map(|left| left + 50));
                Ok(0)
            },
            0,
        )
        .expect("memory");
        call.set_field_of(1, b"refuel").expect("memory");
    });
    let sips = "for i = 1, 1000 do for j = 1, 30 do end refuel() end return 1";
    assert_eq!(run(&mut lua, sips), Ok("1".to_owned()));
    assert_eq!(
        run(&mut lua, "while true do end"),
        Err(Err(Failure::Budget))
    );
    lua.add_fuel(1_000);
    assert_eq!(run(&mut lua, "return 1"), Ok("1".to_owned()));
    assert!(lua.fuel().is_some_and(|left| (900..1_000).contains(&left)));
}

#[test]
fn nested_native_calls_are_limited() {
    let mut lua = State::new().expect("memory");
    let nest = "local function f() local ok, e = pcall(f) if not ok then error(e, 0) end end \
                local ok, e = pcall(f) return e";
    assert_eq!(run(&mut lua, nest), Ok("C stack overflow".to_owned()));
    assert_usable(&mut lua);
}

#[test]
fn the_levels_of_a_chunk_count_on_top_of_nested_native_calls() {
    let load = |calls: u32| {
        format!(
            "local function nested(n)
                if n > 0 then return select(2, pcall(nested, n - 1)) end
                local _, message = loadstring('return ' .. ('('):rep(100) .. '1' .. (')'):rep(100))
                return message and message:match(':1: (.*)') or 'loaded'
            end
            return nested({calls})"
        )
    };
    let mut lua = State::new().expect("memory");
    assert_eq!(run(&mut lua, &load(50)), Ok("loaded".to_owned()));
    assert_eq!(
        run(&mut lua, &load(150)),
        Ok("chunk has too many syntax levels".to_owned())
    );
}

#[test]
fn an_interrupt_stops_a_script_from_another_thread() {
    for source in [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
    ] {
        let mut lua = State::new().expect("memory");
        let handle = lua.interrupt_handle();
        let stopper = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            handle.interrupt();
        });
        assert_eq!(run(&mut lua, source), Err(Err(Failure::Interrupt)));
        stopper.join().expect("stopper");
        assert_usable(&mut lua);
    }
}

#[test]
fn calls_with_many_arguments_cost_more_than_others() {
    let mut lua = State::new().expect("memory");
    lua.set_fuel(Some(1_000_000 / u64::from(SHARE)));
    let source = "calls = 0
        local function count(...) calls = calls + 1 return count(...) end
        count(unpack({}, 1, 7000))";
    assert_eq!(run(&mut lua, source), Err(Err(Failure::Budget)));
    lua.set_fuel(None);
    let calls: u32 = run(&mut lua, "return calls").unwrap().parse().unwrap();
    // Each moves its arguments at least once: an eighth of a unit for every value.
    assert!(calls <= 1_000_000 / SHARE / (7000 / 8), "{calls}");
}

#[test]
fn an_interrupt_is_seen_wherever_a_script_is() {
    // Each of these would take minutes, or has no end.
    let scripts = [
        "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
        "pcall(pcall, pcall, function() local s = ('a'):rep(30) s:find(('a?'):rep(30) .. s) while true do end end)",
        "while true do ('x'):rep(2^31 - 1) end",
        "while true do ('xy'):rep(2^30) end",
        "local s = ('a'):rep(1e6) s:find(('.-'):rep(10) .. 'b')",
        "local s = ('a'):rep(1e6) while true do s:gsub('$', '') end",
        "local s = ('a'):rep(1e7) while true do s:upper():reverse() end",
        "local s = ('a'):rep(1e7) while true do local _ = ('%s%q'):format(s, s) end",
        "local s = ('a'):rep(1e7) while true do local _ = s .. s .. 1 end",
        "local s, t = ('a'):rep(1e7), ('a'):rep(1e7) while true do local _ = s == t, s < t end",
        "local t = {[('a'):rep(1e7)] = 1} local s = ('a'):rep(1e7) while true do local _ = t[s] end",
        "local t = {} for i = 1, 1e5 do t[i] = i * 7919 % 1e5 end
         while true do table.sort(t, function(a, b) return a < b end) table.sort(t, function(a, b) return a > b end) end",
        "local t = {} for i = 1, 50 do t[i] = ('x'):rep(1e6) .. i end while true do table.sort(t) t[1], t[50] = t[50], t[1] end",
        "local t = {} for i = 1, 1e6 do t[i] = 'abc' end while true do table.concat(t, ', ') end",
        "local t = {} while true do table.insert(t, 1, 1) end",
        "local t = {} while true do unpack(t, 1, 7900) end",
        "local t = {} for i = 1, 1e6 do t[-i] = i end for i = 1, 1e6 do t[-i] = nil end while true do next(t) end",
        "local t while true do t = {} for i = 1, 1e6 do t[-i] = i end end",
        "while true do collectgarbage() end",
        "local s = ('x = 1 '):rep(1e6) while true do loadstring(s) end",
        "local function again() local p = newproxy(true) getmetatable(p).__gc = again end again() while true do collectgarbage() end",
    ];
    for (i, source) in scripts.into_iter().enumerate() {
        let mut lua = State::new().expect("memory");
        let handle = lua.interrupt_handle();
        let stopper = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(1 + (i as u64 * 37) % 60));
            handle.interrupt();
        });
        assert_eq!(
            run(&mut lua, source),
            Err(Err(Failure::Interrupt)),
            "{source}"
        );
        stopper.join().expect("stopper");
        assert_usable(&mut lua);
    }
}

#[test]
fn work_that_a_script_asks_for_is_counted() {
    let scripts = [
        "local t = {} for i = 1, 1e5 do t[i] = {} end for i = 1, 20 do collectgarbage() end",
        "local s = ('x = 1 '):rep(1e5) for i = 1, 10 do loadstring(s) end",
        "local s = ('a'):rep(1e6) for i = 1, 2 do s:find('$') end",
        "local s, t = ('a'):rep(1e7), ('a'):rep(1e7) for i = 1, 10 do local _ = s == t end",
        "local t = {[('a'):rep(1e7)] = 1} local s = ('a'):rep(1e7) for i = 1, 10 do local _ = t[s] end",
    ];
    for source in scripts {
        let mut lua = State::new().expect("memory");
        lua.set_fuel(Some(1_000_000 / u64::from(SHARE)));
        assert_eq!(run(&mut lua, source), Err(Err(Failure::Budget)), "{source}");
        assert_usable(&mut lua);
    }
}
