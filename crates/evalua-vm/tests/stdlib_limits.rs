//! Limits inside library functions: work that takes long or makes something large stops like a loop
//! in Lua does.

use evalua_vm::Limits;
use evalua_vm::stack::{Failure, State};

/// Runs a chunk: nothing, or its error's text, or how it was stopped.
fn run(lua: &mut State, source: &str) -> Result<(), Result<String, Failure>> {
    lua.enter(|call| {
        call.push_chunk(source.as_bytes(), b"=test")
            .expect("there is memory")
            .expect("the syntax is right");
        match call.protected_call_top(0, None) {
            Ok(()) => Ok(()),
            Err(Failure::Error) => {
                let message = call.view(call.height()).as_bytes().unwrap_or(b"?");
                Err(Ok(String::from_utf8_lossy(message).into_owned()))
            }
            Err(failure) => Err(Err(failure)),
        }
    })
}

fn assert_usable(lua: &mut State) {
    lua.set_limits(Limits::default());
    let sane = "assert(('x'):rep(3) == 'xxx' and table.concat({1, 2}, ',') == '1,2')
                assert(('abc'):gsub('b', '%0%0') == 'abbc' and ('%5.1f'):format(1) == '  1.0')";
    assert_eq!(run(lua, sane), Ok(()));
}

#[test]
fn a_budget_ends_long_work_in_one_call() {
    let calls = [
        "('a'):rep(40):find(('a?'):rep(40) .. ('a*'):rep(40) .. 'b')",
        "('a'):rep(1e5):find('.-b')",
        "('a'):rep(1e5):match('(a*)*(a*)b')",
        "('a'):rep(1e5):gsub('.-b', '')",
        "for _ in ('a'):rep(1e5):gmatch('.-b') do end",
        "('('):rep(1e5):find('%b()')",
        "('x'):rep(1e6):find('[' .. ('a'):rep(1e5) .. ']')",
        "table.insert({}, -2147483648, 1)",
        "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.remove(t, 1) table.insert(t, 1, 1) end",
        "local t = {} for i = 1, 2e5 do t[i] = -i end table.sort(t)",
        "table.sort(setmetatable({2, 1}, {}), function() while true do end end)",
        "local s = ('x'):rep(1e6) while true do s:upper() end",
        "while true do ('x'):rep(1e6) end",
        "local t = {} for i = 1, 7000 do t[i] = i end while true do unpack(t) end",
        "local t = {} for i = 1, 1000 do t[i] = ('x'):rep(1000) end while true do table.concat(t) end",
        "pcall(('a'):rep(1e5).find, ('a'):rep(1e5), '.-b')",
        "load(function() return ' ' end)",
    ];
    for source in calls {
        let mut lua = State::new().expect("there is memory");
        lua.set_limits(Limits {
            instructions: Some(1_000_000),
            memory: Some(256 << 20),
            ..Limits::default()
        });
        assert_eq!(run(&mut lua, source), Err(Err(Failure::Budget)), "{source}");
        assert_usable(&mut lua);
    }
}

/// What reads, compares or copies a long string is as much work as the string is long, also where it is
/// one call.
#[test]
fn work_on_a_long_string_is_counted() {
    let long = "x".repeat(1_000_000);
    let mut lua = State::new().expect("there is memory");
    let strings = "spaces = (' '):rep(1e6) x = ('x'):rep(1e6) y = ('x'):rep(1e6) t = {[x] = 1}";
    assert_eq!(run(&mut lua, strings), Ok(()));
    let calls = [
        "tonumber(spaces)",
        "tonumber(spaces, 16)",
        "pcall(function() return spaces + 1 end)",
        "pcall(function() for i = spaces, 1 do end end)",
        "pcall(math.floor, spaces)",
        "pcall(string.format, '%d', spaces)",
        "rawget(t, y)",
        "rawequal(x, y)",
        "next(t, y)",
        "x:sub(2)",
        "x:match('^x+$', -10):find(x)",
        "x:match('(.*)')",
        "pcall(error, x, 1)",
        "pcall(assert, false, x)",
        "loadstring('', x)",
        &format!("return t['{long}']"),
        &format!("t['{long}'] = 2"),
    ];
    for source in calls {
        lua.set_limits(Limits {
            instructions: Some(1_000),
            ..Limits::default()
        });
        let shown = &source[..source.len().min(60)];
        assert_eq!(run(&mut lua, source), Err(Err(Failure::Budget)), "{shown}");
    }
    assert_usable(&mut lua);
}

#[test]
fn a_memory_ceiling_stops_what_would_be_too_large() {
    let calls = [
        "string.rep('x', 1e9)",
        "string.rep(('x'):rep(1e6), 2147483647)",
        "local s = ('x'):rep(1e6) s:gsub('x', s)",
        "local s = ('x'):rep(1e6) s:gsub('x', function() return s end)",
        "local s = ('x'):rep(1e6) s:gsub('x', {x = s})",
        "local t = {} for i = 1, 1000 do t[i] = ('x'):rep(1e5) end table.concat(t, ('y'):rep(1e5))",
        "local s = ('x'):rep(3e6) local t = {} for i = 1, 100 do t[i] = s end ('%s'):rep(100):format(unpack(t))",
        "local s = ('\\0'):rep(4e6); ('%q'):format(s)",
        "local s = ('x'):rep(6e6) s:upper()",
        "local s = ('x'):rep(6e6) s:reverse()",
        "error(select(2, load(function() return (' '):rep(1e6) end)), 0)",
        "local co = coroutine.create(function() local t = {} for i = 1, 1e9 do t[i] = i end end)
         error(select(2, coroutine.resume(co)), 0)",
    ];
    for source in calls {
        let mut lua = State::new().expect("there is memory");
        let ceiling = 10 << 20;
        lua.set_limits(Limits {
            memory: Some(ceiling),
            ..Limits::default()
        });
        let outcome = run(&mut lua, source);
        let Err(Ok(message)) = outcome else {
            panic!("{source}: {outcome:?}");
        };
        assert_eq!(message, "not enough memory", "{source}");
        assert!(lua.memory_in_use() <= ceiling, "{source}");
        let caught =
            format!("local ok, message = pcall(function() {source} end) assert(not ok, message)");
        assert_eq!(run(&mut lua, &caught), Ok(()), "{source}");
        assert_usable(&mut lua);
    }
}

#[test]
fn without_a_ceiling_a_string_has_a_greatest_length() {
    let mut lua = State::new().expect("there is memory");
    let outcome = run(&mut lua, "string.rep(('x'):rep(1e6), 2147483647)");
    assert_eq!(outcome, Err(Ok("not enough memory".to_owned())));
    assert_usable(&mut lua);
}

#[test]
fn huge_ranges_neither_overflow_nor_allocate() {
    let mut lua = State::new().expect("there is memory");
    lua.set_limits(Limits {
        memory: Some(4 << 20),
        ..Limits::default()
    });
    for range in [
        "1, 8000",
        "1, 2^31 - 1",
        "-2^31, 2^31 - 1",
        "-2^30, 2^30",
        "0/0, 1/0",
    ] {
        let source = format!("unpack({{}}, {range})");
        let outcome = run(&mut lua, &source);
        let expected = "test:1: too many results to unpack".to_owned();
        // To C neither NaN nor infinity is an integer: both are 0 where 32 bits are kept.
        match range {
            "0/0, 1/0" => assert_eq!(outcome, Ok(())),
            _ => assert_eq!(outcome, Err(Ok(expected)), "{range}"),
        }
    }
    let harmless = "string.sub('x', -2^63, 2^63); ('x'):byte(-1e300, 1e300); ('x'):find('x', -2^63)
        table.concat({}, '', 2^31 - 1, -2^31) table.remove({}, -2^31) select(2^31 - 1, 1);
        ('x'):rep(-2^31); math.random(-2^31, 2^31 - 1); ('%99.99f'):format(1e308)";
    assert_eq!(run(&mut lua, harmless), Ok(()));
}
