//! Host functions that break the rules: whatever they do, the state stays whole.

use evalua_vm::stack::{Call, Failure, Gathering, State, Throw};

/// Makes host functions globals and runs `source`; gives its result or error as text.
fn run(functions: &[(&str, evalua_vm::stack::NativeFn)], source: &str) -> Result<String, Failure> {
    let mut lua = State::new().unwrap();
    lua.enter(|call| {
        for &(name, function) in functions {
            call.push_globals().unwrap();
            call.push_native(function, 0).unwrap();
            call.set_field_of(1, name.as_bytes()).unwrap();
            call.truncate(0);
        }
        call.push_chunk(source.as_bytes(), b"=chunk")
            .unwrap()
            .unwrap();
        call.protected_call_top(0, None)?;
        let text = call.view(1).as_bytes().unwrap_or_default();
        Ok(String::from_utf8_lossy(text).into_owned())
    })
}

#[test]
fn more_results_than_there_are() {
    let greedy = |_: &mut Call<'_>| Ok(1_000_000);
    let source = "return select('#', greedy()) .. select('#', greedy(1, 2))";
    assert_eq!(run(&[("greedy", greedy)], source).unwrap(), "02");
}

#[test]
fn an_error_that_is_kept_back() {
    fn swallow(call: &mut Call<'_>) -> Result<u32, Throw> {
        call.push_copy(1)?;
        assert_eq!(call.call_top(0), Err(Throw::Error));
        assert_eq!(call.height(), 0);
        call.push_number(7.0)?;
        Ok(1)
    }
    let source = "local a, t = 1, {2}
        local function fail() local x, y, z = 1, 2, 3; return (function() error('gone') end)() .. x end
        local n = swallow(fail)
        for i = 1, 1000 do t[i] = {} .. '' end
        return a + n .. ',' .. #t"
        .replace("{} .. ''", "{i}");
    assert_eq!(run(&[("swallow", swallow)], &source).unwrap(), "8,1000");
}

#[test]
fn an_error_that_is_kept_back_where_nothing_runs() {
    let mut lua = State::new().unwrap();
    lua.enter(|call| {
        let source =
            b"return setmetatable({}, {__index = function(t, k) local x = {k}; error(x) end})";
        call.push_chunk(source, b"=chunk").unwrap().unwrap();
        call.call_top(0).unwrap();
        assert_eq!(call.index_field_of(1, b"x"), Err(Throw::Error));
        assert_eq!(call.height(), 1);
        assert_eq!(call.view(1).type_name(), "table");
        let source = b"local a, b, c = 1, 2, 3; error((function() return a end)())";
        call.push_chunk(source, b"=chunk").unwrap().unwrap();
        call.push_number(1.0).unwrap();
        assert_eq!(call.call_top(1), Err(Throw::Error));
        assert_eq!(call.height(), 1);
        assert!(call.location(0).is_none());
    });
}

#[test]
fn a_stop_that_is_kept_back() {
    fn swallow(call: &mut Call<'_>) -> Result<u32, Throw> {
        call.push_copy(1)?;
        assert_eq!(call.protected_call_top(0, None), Err(Failure::Interrupt));
        assert!(call.location(1).is_some());
        call.truncate(0);
        call.push_chunk(
            b"local t = {} for i = 1, 1e4 do t[i] = {i} end return #t",
            b"=x",
        )?
        .unwrap();
        call.call_top(0)?;
        Ok(1)
    }
    fn stop(_: &mut Call<'_>) -> Result<u32, Throw> {
        Err(Throw::Interrupt)
    }
    let source = "local a = 1
        local n = swallow(function() local b = 2; stop(); return b end)
        return a + n .. ''";
    let functions: [(&str, evalua_vm::stack::NativeFn); 2] = [("swallow", swallow), ("stop", stop)];
    assert_eq!(run(&functions, source).unwrap(), "10001");
}

#[test]
fn a_yield_that_is_none() {
    let fake = |_: &mut Call<'_>| Err(Throw::Yield);
    for source in [
        "fake()",
        "coroutine.wrap(fake_in_lua)()",
        "local co = coroutine.create(function() pcall(fake) end)
         coroutine.resume(co) coroutine.resume(co)",
    ] {
        let source = format!("function fake_in_lua() fake() end {source}");
        assert!(run(&[("fake", fake)], &source).is_err());
    }
}

#[test]
fn heights_that_are_not_there() {
    let mut lua = State::new().unwrap();
    lua.enter(|call| {
        assert!(call.push_upvalue(1).is_ok());
        call.truncate(0);
        assert_eq!(call.protected_call_top(3, None), Err(Failure::Error));
        assert_eq!(call.height(), 1);
        call.truncate(usize::MAX);
        assert_eq!(call.height(), 1);
        call.truncate(0);
        assert_eq!(call.call_top(usize::MAX), Err(Throw::Error));
        call.truncate(0);
        assert!(call.assign_field_of(1, b"x").is_err());
    });
    lua.enter(|call| assert_eq!(call.height(), 0));
}

fn panicking(_: &mut Call<'_>) -> Result<u32, Throw> {
    panic!("a host's own bug")
}

#[test]
fn a_panic_that_the_host_catches_leaves_a_state_at_rest() {
    let mut lua = State::new().unwrap();
    let depth = lua.enter(|call| {
        let source = b"local deep
            local function nest() deep = deep + 1 pcall(nest) end
            function depth() deep = 0 nest() return deep end
            return depth()";
        call.push_chunk(source, b"=chunk").unwrap().unwrap();
        call.call_top(0).unwrap();
        call.view(1).as_number().unwrap()
    });
    let source = "held = coroutine.create(function()
            local inner = coroutine.wrap(function() local t = setmetatable({}, {__index = function() panicking() end}) return t.x end)
            inner()
        end)
        kept = coroutine.wrap(function() coroutine.yield(1) coroutine.yield(2) end)
        kept()
        coroutine.resume(held)";
    for _ in 0..3 {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            lua.enter(|call| {
                call.push_globals().unwrap();
                call.push_native(panicking, 0).unwrap();
                call.set_field_of(1, b"panicking").unwrap();
                call.push_chunk(source.as_bytes(), b"=chunk")
                    .unwrap()
                    .unwrap();
                call.call_top(0)
            })
        }));
        assert!(panicked.is_err());
        lua.enter(|call| {
            assert_eq!(call.height(), 0);
            let source = b"collectgarbage()
                return coroutine.status(held) .. tostring(coroutine.running()) .. kept() .. depth()";
            call.push_chunk(source, b"=chunk").unwrap().unwrap();
            call.call_top(0).unwrap();
            assert_eq!(call.view(1).as_bytes(), Some(format!("deadnil2{depth}").as_bytes()));
        });
    }
}

#[test]
fn data_that_panics_when_dropped() {
    struct Grenade(std::sync::Arc<std::sync::atomic::AtomicU32>);
    impl Drop for Grenade {
        fn drop(&mut self) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            panic!("a host's own bug");
        }
    }
    let dropped = std::sync::Arc::default();
    let mut lua = State::new().unwrap();
    for _ in 0..10 {
        lua.enter(|call| {
            call.push_userdata(Box::new(Grenade(std::sync::Arc::clone(&dropped))))
                .unwrap();
            call.truncate(0);
            call.push_chunk(b"collectgarbage() return ('x'):rep(3)", b"=chunk")
                .unwrap()
                .unwrap();
            call.call_top(0).unwrap();
            assert_eq!(call.view(1).as_bytes(), Some(&b"xxx"[..]));
        });
    }
    drop(lua);
    assert_eq!(dropped.load(std::sync::atomic::Ordering::Relaxed), 10);
}

/// Tables that are gathered of values which are not there, are of another kind, or were taken away.
#[test]
fn gatherings_that_are_not_what_they_seem() {
    fn gather(call: &mut Call<'_>) -> Result<u32, Throw> {
        call.truncate(0);
        let mut none = Gathering::begin(call);
        assert_eq!(none.add_item(call), Ok(()));
        assert_eq!(none.add_entry(call), Ok(()));
        call.truncate(0);
        // A list, then entries; then what was below is gone.
        for i in 0..200 {
            call.push_number(f64::from(i))?;
        }
        let mut mixed = Gathering::begin(call);
        for i in 0..200 {
            call.push_bytes(format!("{i}").as_bytes())?;
            let _ = match i % 3 {
                0 => mixed.add_item(call),
                _ => mixed.add_entry(call),
            };
        }
        call.truncate(100);
        assert_eq!(mixed.add_entry(call), Err(Throw::Error));
        assert_eq!(mixed.end_list(call), Err(Throw::Error));
        call.truncate(0);
        // Ends above what is there, and an odd number of values.
        let outer = Gathering::begin(call);
        call.push_bool(true)?;
        let inner = Gathering::begin(call);
        call.truncate(0);
        inner.end_entries(call)?;
        call.push_nil()?;
        outer.end_entries(call)?;
        assert_eq!(call.view(call.height()).type_name(), "table");
        call.push_number(call.height() as f64)?;
        Ok(1)
    }
    let source = "local n = 0 for i = 1, 100 do n = n + gather(1, 2, 3) collectgarbage() end
        return n .. ''";
    assert_eq!(run(&[("gather", gather)], source).unwrap(), "100");
}
