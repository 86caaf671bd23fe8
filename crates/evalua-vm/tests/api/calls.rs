//! Functions of both kinds, chunks and coroutines.

use evalua_vm::{
    Error, ErrorKind, Function, Lua, MultiValue, Result, Table, Thread, ThreadStatus, Value,
    Variadic,
};
use std::cell::Cell;
use std::rc::Rc;

#[test]
fn closures_are_functions() {
    let lua = Lua::new();
    let add = lua
        .create_function(|_, (a, b): (f64, f64)| Ok(a + b))
        .unwrap();
    lua.globals().set("add", &add).unwrap();
    assert_eq!(lua.load("add(1, '2')").eval(), Ok(3.0));
    assert_eq!(add.call((1, 2)), Ok(3.0));
    let calls = Rc::new(Cell::new(0));
    let counted = calls.clone();
    let count = lua
        .create_function(move |_, ()| {
            counted.set(counted.get() + 1);
            Ok(())
        })
        .unwrap();
    lua.globals().set("count", count).unwrap();
    lua.load("for _ = 1, 1000 do count() end").exec().unwrap();
    assert_eq!(calls.get(), 1000);
    let mut total = 0.0;
    let sum = lua
        .create_function_mut(move |_, n: f64| {
            total += n;
            Ok(total)
        })
        .unwrap();
    lua.globals().set("sum", sum).unwrap();
    assert_eq!(lua.load("sum(1) sum(2) return sum(3)").eval(), Ok(6.0));
}

#[test]
fn any_number_of_arguments_and_results() {
    let lua = Lua::new();
    let reverse = lua
        .create_function(|_, args: Variadic<Value>| {
            Ok(args.into_iter().rev().collect::<Variadic<_>>())
        })
        .unwrap();
    lua.globals().set("reverse", reverse).unwrap();
    let text: String = lua
        .load("local t = {reverse(1, nil, 'x', {})} return type(t[1]) .. t[2] .. tostring(t[3]) .. t[4]")
        .eval()
        .unwrap();
    assert_eq!(text, "tablexnil1");
    let many: MultiValue = lua.load("return unpack({}, 1, 1000)").eval().unwrap();
    assert_eq!(many.len(), 1000);
    assert_eq!(lua.load("return select('#', ...)").call(many), Ok(1000));
}

#[test]
fn closures_call_back_and_nest() {
    let lua = Lua::new();
    let twice = lua
        .create_function(|lua, (f, x): (Function, Value)| {
            let t: Table = lua.create_sequence_from([f.call::<Value>(x)?])?;
            f.call::<Value>(t.get::<Value>(1)?)
        })
        .unwrap();
    lua.globals().set("twice", twice).unwrap();
    assert_eq!(
        lua.load("twice(function(x) return twice(function(y) return y * 2 end, x) end, 1)")
            .eval(),
        Ok(16)
    );
    let deep = lua
        .create_function(|lua, n: i64| -> Result<i64> {
            if n == 0 {
                return Ok(0);
            }
            lua.globals()
                .get::<Function>("deep")?
                .call::<i64>(n - 1)
                .map(|n| n + 1)
        })
        .unwrap();
    lua.globals().set("deep", &deep).unwrap();
    assert_eq!(deep.call(90), Ok(90));
    let error = deep.call::<i64>(1000).unwrap_err();
    assert!(error.message().contains("C stack overflow"), "{error}");
    assert_eq!(deep.call(90), Ok(90));
}

#[test]
fn a_running_function_mut_is_not_called_again() {
    let lua = Lua::new();
    let again = lua
        .create_function_mut(|lua, ()| lua.globals().get::<Function>("again")?.call::<()>(()))
        .unwrap();
    lua.globals().set("again", &again).unwrap();
    let error = again.call::<()>(()).unwrap_err();
    assert!(error.message().contains("running already"), "{error}");
}

#[test]
fn arguments_of_the_wrong_type_are_lua_s_errors() {
    let lua = Lua::new();
    let f = lua
        .create_function(|_, (_, _): (f64, Option<Table>)| Ok(()))
        .unwrap();
    lua.globals().set("f", f).unwrap();
    let message = |source: &str| {
        let error = lua.load(source).set_name("=c").exec().unwrap_err();
        error.message().to_owned()
    };
    assert_eq!(
        message("f({})"),
        "c:1: bad argument #1 to 'f' (number expected, got table)"
    );
    assert_eq!(
        message("f()"),
        "c:1: bad argument #1 to 'f' (number expected, got no value)"
    );
    assert_eq!(
        message("f(1, 2)"),
        "c:1: bad argument #2 to 'f' (table expected, got number)"
    );
}

#[test]
fn chunks_have_names_environments_and_arguments() {
    let lua = Lua::new();
    let error = lua.load("x = = 1").exec().unwrap_err();
    assert_eq!(
        error.message(),
        "[string \"x = = 1\"]:1: unexpected symbol near '='"
    );
    let error = lua.load("\nerror('no')").set_name("@f.lua").exec();
    assert_eq!(error.unwrap_err().message(), "f.lua:2: no");
    let environment = lua.create_table_from([("n", 5)]).unwrap();
    let chunk = lua.load("m = n + 1 return n");
    assert_eq!(chunk.set_environment(environment.clone()).eval(), Ok(5));
    assert_eq!(environment.get("m"), Ok(6));
    assert_eq!(lua.load("return select('#', ...)").call(()), Ok(0));
    assert_eq!(lua.load("return ...").call((1, 2)), Ok((1, 2)));
    assert_eq!(lua.load(b"1 + 1").eval(), Ok(2));
    let f = lua.load("return n").into_function().unwrap();
    f.set_environment(&environment).unwrap();
    assert_eq!(f.call(()), Ok(5));
    assert_eq!(f.environment().unwrap(), environment);
}

#[test]
fn chunks_come_from_files() {
    let lua = Lua::new();
    let file = std::env::temp_dir().join(format!("evalua-chunk-{}.lua", std::process::id()));
    std::fs::write(&file, "error('here')").unwrap();
    let error = lua.load(file.as_path()).exec().unwrap_err();
    std::fs::remove_file(&file).unwrap();
    assert!(error.message().ends_with(".lua:1: here"), "{error}");
    let error = lua.load(file.as_path()).exec().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::External);
    assert!(error.message().contains("evalua-chunk"), "{error}");
}

#[test]
fn bytecode_is_refused() {
    let lua = Lua::new();
    let dumped: evalua_vm::Bytes = lua.load("string.dump(function() end)").eval().unwrap();
    let error = lua.load(dumped.0).exec().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Syntax { .. }),
        "{error:?}"
    );
}

#[test]
fn coroutines_are_driven_from_rust() {
    let lua = Lua::new();
    let f: Function = lua
        .load(
            "function(a) local b = coroutine.yield(a + 1) coroutine.yield(b * 2) return 'end' end",
        )
        .eval()
        .unwrap();
    let co = lua.create_thread(f).unwrap();
    assert_eq!(co.status(), Ok(ThreadStatus::Suspended));
    assert_eq!(co.resume(1), Ok(2));
    assert_eq!(co.resume(10), Ok(20));
    assert_eq!(co.resume(()), Ok("end".to_owned()));
    assert_eq!(co.status(), Ok(ThreadStatus::Dead));
    let error = co.resume::<Value>(()).unwrap_err();
    assert_eq!(error.message(), "cannot resume dead coroutine");
    assert_eq!(error.traceback(), None);
    let failing: Thread = lua
        .load("coroutine.create(function() local x = nil; x() end)")
        .set_name("=c")
        .eval()
        .unwrap();
    let error = failing.resume::<Value>(()).unwrap_err();
    assert_eq!(
        error.message(),
        "c:1: attempt to call local 'x' (a nil value)"
    );
    assert_eq!(error.line(), Some(1));
    let native = lua.create_function(|_, ()| Ok(())).unwrap();
    assert!(lua.create_thread(native).is_err());
}

#[test]
fn a_closure_runs_inside_a_coroutine() {
    let lua = Lua::new();
    let step = lua
        .create_function(|lua, n: i32| lua.load("return ...").call::<i32>(n).map(|n| n + 1))
        .unwrap();
    lua.globals().set("step", step).unwrap();
    let sum: i32 = lua
        .load("local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(step(i)) end end) return co() + co() + co()")
        .eval()
        .unwrap();
    assert_eq!(sum, 9);
    let yields: Function = lua.load("function() coroutine.yield() end").eval().unwrap();
    let error = yields.call::<()>(()).unwrap_err();
    assert!(error.message().contains("attempt to yield"), "{error}");
}

#[test]
fn the_registry_is_out_of_scripts_reach() {
    let lua = Lua::new();
    lua.set_named_registry_value("mine", vec![1, 2]).unwrap();
    assert_eq!(lua.named_registry_value("mine"), Ok(vec![1, 2]));
    assert_eq!(lua.load("mine").eval(), Ok(Value::Nil));
    lua.unset_named_registry_value("mine").unwrap();
    assert_eq!(lua.named_registry_value("mine"), Ok(Value::Nil));
}

#[test]
fn functions_in_fields_and_methods_are_called() {
    let lua = Lua::new();
    let object: Table = lua
        .load(
            "local Class = {} Class.__index = Class
             function Class.plain(a, b) return a, b end
             function Class:method(a) return self.n + a end
             Class.callable = setmetatable({}, {__call = function(_, this, a) return this.n - a end})
             return setmetatable({n = 10, five = 5}, Class)",
        )
        .eval()
        .unwrap();
    assert_eq!(
        object.call_function::<(i32, i32)>("plain", (1, 2)),
        Ok((1, 2))
    );
    assert_eq!(object.call_method::<i32>("method", 5), Ok(15));
    assert_eq!(object.call_method::<i32>("callable", 1), Ok(9));
    let message = |result: Result<(), Error>| result.unwrap_err().message().to_owned();
    assert_eq!(
        message(object.call_method("none", ())),
        "attempt to call method 'none' (a nil value)"
    );
    assert_eq!(
        message(object.call_function("none", ())),
        "attempt to call field 'none' (a nil value)"
    );
    assert_eq!(
        message(object.call_method("five", ())),
        "attempt to call a number value"
    );
    let other = Lua::new().create_table().unwrap();
    assert_eq!(
        object
            .call_method::<i32>("method", &other)
            .unwrap_err()
            .kind(),
        ErrorKind::Foreign
    );
}

#[test]
fn a_result_that_does_not_fit_is_no_argument() {
    let lua = Lua::new();
    let inner = lua
        .create_function(|lua, ()| lua.load("'x'").eval::<f64>())
        .unwrap();
    lua.globals().set("inner", inner).unwrap();
    let error = lua.load("inner()").set_name("=c").exec().unwrap_err();
    assert_eq!(
        error.message(),
        "c:1: bad result #1 (number expected, got string)"
    );
    let thread = lua
        .create_thread(lua.load("coroutine.yield(1)").into_function().unwrap())
        .unwrap();
    let error = thread.resume::<(f64, Table)>(()).unwrap_err();
    assert_eq!(
        error.message(),
        "bad result #2 (table expected, got no value)"
    );
}

#[test]
#[cfg(feature = "system")]
fn modules_are_there_to_require() {
    let lua = Lua::new_with(evalua_vm::StdLib::PACKAGE);
    let module = lua.create_table_from([("answer", 42)]).unwrap();
    lua.register_module("the.module", &module).unwrap();
    let (found, is_loaded): (Table, bool) = lua
        .load("return require('the.module'), package.loaded['the.module'].answer == 42")
        .eval()
        .unwrap();
    assert!(found == module && is_loaded);
}
