//! Limits as the embedding API has them.

use evalua_vm::{Error, ErrorKind, Function, Limits, Lua, Value};
use std::time::Duration;

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.expect_err("it fails").kind()
}

#[test]
fn the_budget_ends_a_script_and_nothing_catches_that() {
    let lua = Lua::new();
    let limits = Limits {
        instructions: Some(10_000),
        ..Limits::default()
    };
    for source in [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "coroutine.wrap(function() while true do end end)()",
        "xpcall(function() while true do end end, function() return 1 end)",
    ] {
        lua.set_limits(limits).unwrap();
        let error = lua.load(source).set_name("=c").exec().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Budget, "{source}");
        assert_eq!(error.line(), Some(1), "{source}");
        assert_eq!(lua.fuel(), Ok(Some(0)));
        lua.add_fuel(1000).unwrap();
        assert_eq!(lua.load("1 + 1").eval(), Ok(2));
    }
}

#[test]
fn a_callback_can_add_fuel_but_not_hide_the_end() {
    let lua = Lua::new();
    let refill = lua
        .create_function(|lua, ()| {
            if lua.fuel()? < Some(1000) {
                lua.add_fuel(1000)?;
            }
            Ok(())
        })
        .unwrap();
    lua.globals().set("refill", refill).unwrap();
    lua.set_limits(Limits {
        instructions: Some(2000),
        ..Limits::default()
    })
    .unwrap();
    lua.load("for i = 1, 20000 do refill() end").exec().unwrap();
    let passes_on = lua
        .create_function(|_, f: Function| f.call::<Value>(()))
        .unwrap();
    lua.globals().set("passes_on", passes_on).unwrap();
    let result = lua
        .load("pcall(passes_on, function() while true do end end)")
        .exec();
    assert_eq!(kind(result), ErrorKind::Budget);
}

#[test]
fn memory_can_be_caught_and_the_state_goes_on() {
    let lua = Lua::new();
    lua.set_limits(Limits {
        memory: Some(lua.used_memory().unwrap() + (1 << 20)),
        ..Limits::default()
    })
    .unwrap();
    let caught: String = lua
        .load("select(2, pcall(string.rep, 'x', 10000000))")
        .eval()
        .unwrap();
    assert_eq!(caught, "not enough memory");
    let bomb = lua
        .load("local t = {} while true do t[#t + 1] = {} end")
        .exec();
    assert_eq!(kind(bomb), ErrorKind::Memory);
    assert_eq!(
        kind(lua.create_string(vec![b'x'; 10 << 20])),
        ErrorKind::Memory
    );
    assert_eq!(lua.load("#('x'):rep(1000)").eval(), Ok(1000));
}

#[test]
fn calls_nest_so_deep_and_no_deeper() {
    let lua = Lua::new();
    lua.set_limits(Limits {
        call_depth: Some(100),
        ..Limits::default()
    })
    .unwrap();
    let depth: Function = lua
        .load("local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end return f")
        .eval()
        .unwrap();
    assert_eq!(depth.call(50), Ok(50));
    let error = depth.call::<i32>(200).unwrap_err();
    assert!(error.message().contains("stack overflow"), "{error}");
}

#[test]
fn another_thread_stops_a_script() {
    let lua = Lua::new();
    let handle = lua.interrupt_handle().unwrap();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        handle.interrupt();
    });
    let result = lua.load("while true do pcall(function() end) end").exec();
    assert_eq!(kind(result), ErrorKind::Interrupted);
    stopper.join().unwrap();
    assert_eq!(lua.load("1 + 1").eval(), Ok(2));
}

#[cfg(feature = "system")]
#[test]
fn os_exit_is_for_the_host_to_decide() {
    let lua = Lua::new_with(evalua_vm::StdLib::OS);
    let error = lua.load("pcall(os.exit, 3)").exec().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Exit(3));
}

#[test]
fn an_interrupt_can_be_taken_back() {
    let lua = Lua::new();
    let handle = lua.interrupt_handle().unwrap();
    let long = "for i = 1, 1e5 do end";
    handle.interrupt();
    assert_eq!(kind(lua.load(long).exec()), ErrorKind::Interrupted);
    handle.interrupt();
    handle.clear();
    lua.load(long).exec().unwrap();
}
