//! What a program or a script should not do, and what comes of it: an error, never more.

use evalua_vm::{
    Error, ErrorKind, FromLua, Function, Limits, Lua, MetaMethod, MultiValue, Result, StdLib,
    Table, Thread, ThreadStatus, UserData, UserDataFields, UserDataMethods, Value, Variadic,
};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

fn define<A, R>(lua: &Lua, name: &str, f: impl Fn(&Lua, A) -> Result<R> + 'static)
where
    A: evalua_vm::FromLuaMulti,
    R: evalua_vm::IntoLuaMulti,
{
    let f = lua.create_function(f).unwrap();
    lua.globals().set(name, f).unwrap();
}

fn with_debug() -> Lua {
    Lua::new_with(StdLib::SAFE | StdLib::DEBUG)
}

#[test]
fn a_conversion_of_results_is_no_bad_argument() {
    let lua = Lua::new();
    define(&lua, "answer", |lua, ()| {
        lua.load("return nil").eval::<i32>()
    });
    let said: String = lua
        .load("return select(2, pcall(function() answer() end))")
        .set_name("=c")
        .eval()
        .unwrap();
    assert_eq!(said, "c:1: bad result #1 (number expected, got nil)");
    define(&lua, "resumed", |lua, ()| {
        let f: Function = lua.load("return function() return {} end").eval()?;
        lua.create_thread(f)?.resume::<(bool, i32)>(())
    });
    let said: String = lua
        .load("return select(2, pcall(function() resumed() end))")
        .set_name("=c")
        .eval()
        .unwrap();
    assert_eq!(said, "c:1: bad result #2 (number expected, got no value)");
}

#[test]
fn an_error_of_another_state_is_not_one_of_this() {
    let (one, two) = (Lua::new(), Lua::new());
    let of_one = one.load("error({code = 1})").exec().unwrap_err();
    let of_two = two.load("error({code = 2})").exec().unwrap_err();
    assert_eq!(one.error_value(&of_two), None);
    assert!(one.error_value(&of_one).is_some());
    define(&one, "fails", move |_, ()| Err::<(), _>(of_two.clone()));
    let kind: String = one
        .load("return type(select(2, pcall(fails)))")
        .eval()
        .unwrap();
    assert_eq!(kind, "string");
}

struct Unit(f64);

impl UserData for Unit {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field("ZERO", Unit(0.0));
        fields.add_field_method_get("value", |_, unit| Ok(unit.0));
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, unit, ()| {
            Ok(format!("unit {}", unit.0))
        });
    }
}

#[test]
fn a_type_may_have_a_field_of_its_own() {
    let lua = Lua::new();
    lua.globals().set("one", Unit(1.0)).unwrap();
    let text: String = lua
        .load("tostring(one) .. tostring(one.ZERO) .. one.ZERO.ZERO.value")
        .eval()
        .unwrap();
    assert_eq!(text, "unit 1unit 00");
}

#[test]
fn callbacks_nest_to_the_limit_of_c_calls_and_no_deeper() {
    let lua = Lua::new();
    let deepest = Rc::new(Cell::new(0));
    let seen = deepest.clone();
    define(&lua, "nest", move |lua, depth: u32| {
        seen.set(depth.max(seen.get()));
        let nest: Function = lua.globals().get("nest")?;
        nest.call::<Value>(depth + 1)
    });
    let error = lua.load("nest(1)").exec().unwrap_err();
    assert!(error.message().contains("C stack overflow"), "{error}");
    assert!((150..=200).contains(&deepest.get()), "{}", deepest.get());
    // Through Lua code, metamethods, and coroutines.
    deepest.set(0);
    let seen = deepest.clone();
    let table: Table = lua
        .load("setmetatable({}, {__index = function(_, n) return through(n + 1) end})")
        .eval()
        .unwrap();
    define(&lua, "through", move |_, depth: u32| {
        seen.set(depth.max(seen.get()));
        table.get::<Value>(depth)
    });
    let error = lua.load("through(1)").exec().unwrap_err();
    assert!(error.message().contains("C stack overflow"), "{error}");
    deepest.set(0);
    let seen = deepest.clone();
    let f: Function = lua
        .load("function(n) return resumes(n + 1) end")
        .eval()
        .unwrap();
    define(&lua, "resumes", move |lua, depth: u32| {
        seen.set(depth.max(seen.get()));
        lua.create_thread(f.clone())?.resume::<Value>(depth)
    });
    let error = lua.load("resumes(1)").exec().unwrap_err();
    assert!(error.message().contains("C stack overflow"), "{error}");
    assert_eq!(lua.load("1 + 1").eval(), Ok(2));
}

#[test]
fn a_running_coroutine_cannot_be_resumed_from_rust() {
    let lua = Lua::new();
    define(&lua, "resume", |_, thread: Thread| {
        let said = thread.resume::<()>(()).unwrap_err().message().to_owned();
        Ok((said, thread.status()? == ThreadStatus::Running))
    });
    let said: String = lua
        .load(
            "local outer
            outer = coroutine.create(function()
                local a, running = resume(coroutine.running())
                local b = coroutine.wrap(function() return (resume(outer)) end)()
                return a .. '; ' .. tostring(running) .. '; ' .. b
            end)
            return select(2, coroutine.resume(outer))",
        )
        .eval()
        .unwrap();
    assert_eq!(
        said,
        "cannot resume running coroutine; true; cannot resume normal coroutine"
    );
}

#[test]
fn no_yield_leaves_a_callback() {
    let lua = Lua::new();
    define(&lua, "calls", |_, f: Function| f.call::<Value>(()));
    let said: String = lua
        .load(
            "local co = coroutine.wrap(function()
                local ok, why = pcall(calls, coroutine.yield)
                coroutine.yield(why)
                return 'end'
            end)
            return co() .. '; ' .. co()",
        )
        .eval()
        .unwrap();
    assert_eq!(
        said,
        "attempt to yield across metamethod/C-call boundary; end"
    );
}

#[test]
fn what_ends_a_script_passes_callbacks_and_coroutines() {
    let lua = Lua::new();
    define(&lua, "calls", |_, f: Function| f.call::<Value>(()));
    define(&lua, "resumes", |lua, f: Function| {
        let co = lua.create_thread(f)?;
        let result = co.resume::<Value>(());
        assert_eq!(co.status()?, ThreadStatus::Dead);
        result
    });
    define(&lua, "swallows", |_, f: Function| {
        Ok(f.call::<Value>(()).is_err())
    });
    define(&lua, "interrupt", |lua, ()| {
        lua.interrupt_handle()?.interrupt();
        Ok(())
    });
    for (source, expected) in [
        (
            "local function f() while true do end end",
            ErrorKind::Budget,
        ),
        (
            "local function f() interrupt() while true do end end",
            ErrorKind::Interrupted,
        ),
    ] {
        for call in [
            "calls(f)",
            "resumes(f)",
            "pcall(calls, function() pcall(resumes, f) end)",
            "coroutine.wrap(function() calls(f) end)()",
            "coroutine.wrap(function() resumes(f) end)()",
            "resumes(function() coroutine.wrap(function() calls(f) end)() end)",
        ] {
            let limits = Limits {
                instructions: Some(100_000),
                ..Limits::default()
            };
            lua.set_limits(limits).unwrap();
            let error = lua.load(format!("{source} {call}")).exec().unwrap_err();
            assert_eq!(error.kind(), expected, "{source} {call}");
            lua.set_limits(Limits::default()).unwrap();
            // The state is as it was.
            let ok: bool = lua
                .load("local co = coroutine.wrap(function() return pcall(calls, print) end) return co()")
                .eval()
                .unwrap();
            assert!(ok);
        }
    }
    lua.set_limits(Limits {
        instructions: Some(1_000),
        ..Limits::default()
    })
    .unwrap();
    let error = lua
        .load("swallows(function() while true do end end) return 1")
        .eval::<i32>()
        .map(|_| ());
    let kind = error.map_err(|error| error.kind());
    assert!(matches!(kind, Ok(()) | Err(ErrorKind::Budget)), "{kind:?}");
}

#[test]
fn a_hook_goes_on_after_a_budget_that_ended_in_it() {
    let lua = with_debug();
    lua.set_limits(Limits {
        instructions: Some(10_000),
        ..Limits::default()
    })
    .unwrap();
    let error = lua
        .load(
            "local calls = 0
            debug.sethook(function() calls = calls + 1 while calls == 2 do end end, 'l')
            local x = 1
            local y = 2",
        )
        .exec()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Budget);
    lua.set_limits(Limits::default()).unwrap();
    lua.load("debug.sethook()").exec().unwrap();
    let lines: u32 = lua
        .load("local n = 0\ndebug.sethook(function() n = n + 1 end, 'l')\nlocal a = 1\nlocal b = 2\ndebug.sethook()\nreturn n")
        .eval()
        .unwrap();
    assert!(lines >= 3, "{lines}");
}

#[test]
fn a_hook_may_be_a_callback() {
    let lua = with_debug();
    let lines = Rc::new(Cell::new(0));
    let seen = lines.clone();
    define(&lua, "hook", move |lua, (event, line): (String, u32)| {
        assert_eq!(event, "line");
        seen.set(line);
        let two: i32 = lua.load("return 1 + 1").eval()?;
        if line == 4 {
            return Err(Error::runtime(format!("line {line} {two}")));
        }
        Ok(())
    });
    let said: String = lua
        .load("debug.sethook(hook, 'l')\nlocal ok, why = pcall(function()\nlocal a = 1\nlocal b = 2\nend)\ndebug.sethook()\nreturn why")
        .eval()
        .unwrap();
    assert!(said.ends_with("line 4 2"), "{said}");
    assert_eq!(lines.get(), 6);
}

#[test]
fn what_a_panic_drops_may_panic_too() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                panic!("again");
            }
        }
    }
    struct PanicsOnDrop;
    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            resume_unwind(Box::new(Bomb));
        }
    }
    impl UserData for PanicsOnDrop {}
    let lua = Lua::new();
    lua.load("keep = {} for i = 1, 100 do keep[i] = {i, {i}} end")
        .exec()
        .unwrap();
    for _ in 0..3 {
        lua.create_userdata(PanicsOnDrop).unwrap();
        lua.create_table().unwrap();
    }
    let caught = catch_unwind(AssertUnwindSafe(|| lua.gc_collect()));
    assert!(caught.is_ok());
    for _ in 0..3 {
        lua.gc_collect().unwrap();
        let sum: u32 = lua
            .load(
                "local n = 0 for i = 1, 100 do n = n + keep[i][2][1] keep[i][2] = {i} end return n",
            )
            .eval()
            .unwrap();
        assert_eq!(sum, 5050);
    }
}

#[test]
fn the_debug_library_finds_nothing_to_break() {
    struct Named(&'static str);
    impl UserData for Named {
        fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
            fields.add_field_method_get("name", |_, this| Ok(this.0));
            fields.add_field_method_set("name", |_, _, _: Value| Ok(()));
        }
        fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
            methods.add_method("shout", |_, this, ()| Ok(this.0.to_uppercase()));
        }
    }
    struct Other;
    impl UserData for Other {
        fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
            methods.add_method("other", |_, _, ()| Ok(1));
        }
    }
    let lua = with_debug();
    lua.globals().set("named", Named("a")).unwrap();
    lua.globals().set("other", Other).unwrap();
    define(&lua, "host", |lua, value: Value| {
        lua.load("collectgarbage() return debug.traceback()")
            .eval::<Value>()?;
        Ok(value)
    });
    define(&lua, "calls", |_, (f, arg): (Function, Value)| {
        f.call::<Value>(arg)
    });
    let sources = [
        // The values that native functions keep are out of reach.
        "local all = {host, print, debug.getmetatable(named).__index, debug.getmetatable(named).__newindex}
         for _, f in ipairs(all) do
            for i = 0, 4 do
                assert(debug.getupvalue(f, i) == nil)
                assert(debug.setupvalue(f, i, named) == nil)
            end
         end",
        // The metatable of a type.
        "local meta = debug.getmetatable(named)
         pcall(meta.__index) pcall(meta.__index, other, 'name') pcall(meta.__newindex, 1, 'name', 2)
         meta.__index = meta pcall(function() return named.name end)
         debug.setmetatable(named, debug.getmetatable(other))
         local ok, why = pcall(function() return named:other() end)
         assert(not ok and why:find('Other expected, got userdata of another type'), why)
         debug.setmetatable(named, nil) pcall(function() return named.name end)
         meta.__gc = function(u) gone = u end",
        // What lies on the stack under a callback.
        "local function inner()
            for level = 1, 12 do
                for i = 1, 12 do
                    local ok, name, value = pcall(debug.getlocal, level, i)
                    if not ok or name == nil then break end
                    if type(value) == 'function' and value ~= inner then pcall(value, {}, {}) end
                end
            end
            return 'inner'
         end
         assert(calls(inner, 1) == 'inner')
         assert(coroutine.wrap(function() return calls(inner, 1) end)() == 'inner')",
        // The same, overwritten.
        "local function inner()
            for level = 2, 12 do
                for i = 1, 12 do
                    local ok, name = pcall(debug.getlocal, level, i)
                    if not ok or name == nil then break end
                    debug.setlocal(level, i, {})
                end
            end
            collectgarbage()
            for i = 1, 100 do local t = {i} end
            return 'inner'
         end
         pcall(calls, function(...) return inner(...) end, 1) pcall(pcall, function() return (inner()) end)
         pcall(function() calls(function() local a, b, c = 1, 2, inner() error({}) end, 1) end)
         pcall(table.sort, {3, 1, 2, 5, 4}, function(a, b) inner() return a < b end)
         pcall(string.gsub, 'abc', '.', function() return (inner()) end)",
        // The registry.
        "for k, v in pairs(debug.getregistry()) do debug.getregistry()[k] = 1 end",
    ];
    for source in sources {
        lua.load(source).exec().unwrap();
        lua.gc_collect().unwrap();
        assert_eq!(lua.load("host(7)").eval(), Ok(7), "{source}");
    }
}

#[test]
fn limits_set_by_a_callback_hold_for_what_runs() {
    let lua = Lua::new();
    define(&lua, "limit", |lua, depth: u32| {
        lua.set_limits(Limits {
            call_depth: Some(depth),
            instructions: Some(1_000_000),
            memory: None,
        })
    });
    define(&lua, "count", |lua, ()| lua.load("return 1").eval::<i32>());
    let said: String = lua
        .load(
            "local function deep(n) if n == 0 then limit(3) count() return 0 end return 1 + deep(n - 1) end
            local ok, why = pcall(deep, 100)
            limit(50)
            local function over(n) return 1 + over(n + 1) end
            local ok, why = pcall(over, 1)
            return why",
        )
        .eval()
        .unwrap();
    assert!(said.contains("stack overflow"), "{said}");
    lua.set_limits(Limits::default()).unwrap();
    assert_eq!(
        lua.load("local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end return deep(10000)")
            .eval(),
        Ok(10000)
    );
}

#[test]
fn memory_that_ends_in_a_callback_leaves_no_trace() {
    let lua = Lua::new();
    define(&lua, "make", |lua, n: usize| {
        let table = lua.create_table()?;
        for i in 1..=n {
            table.push(lua.create_string(format!("{i:>64}"))?)?;
        }
        Ok(table)
    });
    let f = lua
        .create_function(|_, args: Variadic<Value>| Ok(args))
        .unwrap();
    let base = lua.used_memory().unwrap();
    for room in (0..400_000).step_by(7_919) {
        lua.set_limits(Limits {
            memory: Some(base + room),
            ..Limits::default()
        })
        .unwrap();
        let error = lua.load("return make(100000)").exec().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory, "{room}");
        let many = Variadic((0..100_000).collect::<Vec<u32>>());
        let error = f.call::<MultiValue>(many).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory, "{room}");
    }
    lua.set_limits(Limits::default()).unwrap();
    drop(f);
    assert_eq!(lua.load("return #make(10)").eval(), Ok(10));
}

#[test]
fn sizes_beyond_reason_are_errors() {
    let lua = Lua::new();
    for (items, others) in [
        (usize::MAX, 0),
        (0, usize::MAX),
        (1 << 40, 1 << 40),
        (1 << 31, 0),
    ] {
        lua.set_limits(Limits {
            memory: Some(1 << 20),
            ..Limits::default()
        })
        .unwrap();
        let error = lua.create_table_with_capacity(items, others).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Memory | ErrorKind::Runtime),
            "{error}"
        );
    }
    lua.set_limits(Limits::default()).unwrap();
    assert!(
        lua.create_table_with_capacity(usize::MAX, usize::MAX)
            .is_err()
    );
    assert_eq!(lua.load("1").eval(), Ok(1));
}

#[test]
fn destructors_run_everywhere_reach_nothing_and_break_nothing() {
    struct Meddles(Table, Rc<Cell<u32>>);
    impl Drop for Meddles {
        fn drop(&mut self) {
            self.1.set(self.1.get() + 1);
            let copy = self.0.clone();
            let _ = copy.set("x", copy.clone());
            let _ = copy.get::<Value>("x");
            let _ = copy.set_metatable(Some(&copy));
            let _ = copy.pairs::<Value, Value>().count();
            let _ = copy.sequence_values::<Value>().count();
            let _ = format!("{copy:?} {}", copy == self.0);
        }
    }
    impl UserData for Meddles {
        fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
            methods.add_method("take", |_, _, ()| Ok(()));
        }
    }
    let count = Rc::new(Cell::new(0));
    {
        let lua = Lua::new();
        let table = lua.create_table().unwrap();
        let (held, counted) = (table.clone(), count.clone());
        define(&lua, "make", move |_, ()| {
            Ok(Meddles(held.clone(), counted.clone()))
        });
        let (held, counted) = (table.clone(), count.clone());
        define(&lua, "closure", move |lua, ()| {
            let meddles = Meddles(held.clone(), counted.clone());
            lua.create_function(move |_, ()| {
                let _ = &meddles;
                Ok(())
            })
        });
        define(&lua, "drops", |_, u: evalua_vm::AnyUserData| {
            drop(u.take::<Meddles>()?);
            Ok(())
        });
        lua.load(
            "for i = 1, 200 do
                make() closure() drops(make())
                local t = setmetatable({}, {__mode = 'k'}) t[make()] = closure()
                if i % 50 == 0 then collectgarbage() end
            end
            last = make()",
        )
        .exec()
        .unwrap();
    }
    assert!(count.get() >= 1001, "{}", count.get());
}

#[test]
fn conversions_that_use_the_state_are_safe() {
    struct Busy(Value);
    impl FromLua for Busy {
        fn from_lua(value: Value, lua: &Lua) -> Result<Busy> {
            lua.load("collectgarbage() for i = 1, 10 do local t = {i} end")
                .exec()?;
            lua.globals().set("seen", &value)?;
            lua.gc_collect()?;
            Ok(Busy(value))
        }
    }
    impl evalua_vm::IntoLua for Busy {
        fn into_lua(self, lua: &Lua) -> Result<Value> {
            lua.gc_collect()?;
            lua.load("collectgarbage() for i = 1, 10 do local t = {i} end")
                .exec()?;
            Ok(self.0)
        }
    }
    let lua = Lua::new();
    define(
        &lua,
        "echo",
        |_, (a, b, c): (Busy, Busy, Variadic<Busy>)| Ok((a, b, c)),
    );
    let text: String = lua
        .load("local t = {echo({'a'}, {'b'}, {'c'}, 'd' .. 1)} return t[1][1] .. t[2][1] .. t[3][1] .. t[4]")
        .eval()
        .unwrap();
    assert_eq!(text, "abcd1");
    let table: Table = lua.load("{{1}, {2}, {3}}").eval().unwrap();
    let items: Vec<Busy> = table.sequence_values().collect::<Result<_>>().unwrap();
    assert_eq!(items.len(), 3);
    for entry in table.pairs::<Busy, Busy>() {
        let (key, value) = entry.unwrap();
        table.set(key, value).unwrap();
    }
    let f: Function = lua.globals().get("echo").unwrap();
    let back: MultiValue = f
        .call((Busy(Value::Number(1.0)), items.into_iter().next()))
        .unwrap();
    assert_eq!(back.len(), 2);
}

#[test]
fn the_value_of_an_error_survives_finalisers_that_raise() {
    let lua = Lua::new();
    define(&lua, "fails", |lua, ()| {
        lua.load("error({'inner'})").exec().unwrap_err();
        Ok(())
    });
    let error = lua
        .load(
            "keep = {}
            for i = 1, 10 do
                keep[i] = newproxy(true)
                getmetatable(keep[i]).__gc = function() fails() end
            end
            error({'outer'})",
        )
        .exec()
        .unwrap_err();
    lua.globals().set("keep", Value::Nil).unwrap();
    lua.gc_collect().unwrap();
    let value = lua.error_value(&error).unwrap();
    lua.load("collectgarbage() for i = 1, 10 do local t = {} end")
        .exec()
        .unwrap();
    // Another error came out since.
    assert_eq!(lua.error_value(&error), None);
    assert_eq!(value.as_table().unwrap().get(1), Ok("outer".to_owned()));
}

#[test]
fn a_panic_leaves_coroutines_and_upvalues_whole() {
    let lua = Lua::new();
    define(&lua, "panics", |_, ()| -> Result<()> { panic!("out") });
    let caught = catch_unwind(AssertUnwindSafe(|| {
        lua.load(
            "local n = 0
            function count() n = n + 1 return n end
            co = coroutine.create(function()
                local m = 10
                function countm() m = m + 1 return m end
                local function deep(k) if k == 0 then panics() end return 1 + deep(k - 1) end
                return deep(50)
            end)
            count()
            coroutine.resume(co)",
        )
        .exec()
    }));
    assert!(caught.is_err());
    let got: String = lua
        .load(
            "local a = countm() + count()
            collectgarbage()
            local state = coroutine.status(co)
            local again = select(2, coroutine.resume(co))
            co = nil
            collectgarbage() collectgarbage()
            return a .. countm() .. count() .. state .. again",
        )
        .eval()
        .unwrap();
    assert_eq!(got, "13123deadcannot resume dead coroutine");
}

#[test]
fn a_state_in_use_by_another_s_callback_still_nests() {
    let (one, two) = (Lua::new(), Lua::new());
    let log = Rc::new(RefCell::new(Vec::new()));
    let (back, entries) = (
        one.load("function(n) return n + 1 end")
            .eval::<Function>()
            .unwrap(),
        log.clone(),
    );
    define(&two, "over", move |_, n: i32| {
        entries.borrow_mut().push(n);
        back.call::<i32>(n)
    });
    let there: Function = two.globals().get("over").unwrap();
    define(&one, "there", move |_, n: i32| there.call::<i32>(n));
    assert_eq!(one.load("there(1) + there(2)").eval(), Ok(5));
    assert_eq!(*log.borrow(), [1, 2]);
    // A cycle of two states: what each gave the other goes with the other's last `Lua`.
    let table = two.create_table().unwrap();
    let refused = one.globals().set("t", table).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Foreign);
}
