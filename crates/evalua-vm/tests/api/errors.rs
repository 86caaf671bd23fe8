//! What is known of an error, on both sides.

use evalua_vm::{Error, ErrorKind, Function, Lua, Table, Value};
use std::error::Error as _;

#[test]
fn an_error_is_one_pointer_and_may_travel() {
    fn can_travel<T: Send + Sync + 'static>() {}
    can_travel::<Error>();
    assert_eq!(size_of::<Result<(), Error>>(), 8);
}

#[test]
fn a_runtime_error_knows_where() {
    let lua = Lua::new();
    let source = "local function inner(t)\n  return t.x.y\nend\nlocal function outer()\n  inner({})\n  return 1\nend\nouter()";
    let error = lua.load(source).set_name("@s.lua").exec().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Runtime);
    assert_eq!(
        error.message(),
        "s.lua:2: attempt to index field 'x' (a nil value)"
    );
    assert_eq!(error.chunk(), Some("s.lua"));
    assert_eq!(error.line(), Some(2));
    assert_eq!(
        error.traceback(),
        Some(
            "stack traceback:\n\ts.lua:2: in function 'inner'\n\ts.lua:5: in function 'outer'\n\ts.lua:8: in main chunk"
        )
    );
    assert_eq!(error.to_string(), error.message());
    assert!(format!("{error:#}").ends_with("s.lua:8: in main chunk"));
    assert!(!error.is_incomplete());
}

#[test]
fn a_syntax_error_knows_whether_more_could_mend_it() {
    let lua = Lua::new();
    let error = lua
        .load("for i = 1, 2 do\n")
        .set_name("=stdin")
        .exec()
        .unwrap_err();
    assert!(error.is_incomplete());
    assert_eq!(error.line(), Some(2));
    assert_eq!(error.chunk(), Some("stdin"));
    let error = lua.load("for for").exec().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Syntax { incomplete: false });
    assert!(!error.is_incomplete());
}

#[test]
fn an_error_of_a_callback_has_the_caller_s_position() {
    let lua = Lua::new();
    let fails = lua
        .create_function(|_, ()| -> Result<(), Error> { Err(Error::runtime("no luck")) })
        .unwrap();
    lua.globals().set("fails", fails).unwrap();
    let caught: String = lua
        .load("select(2, pcall(function() fails() end))")
        .set_name("=c")
        .eval()
        .unwrap();
    assert_eq!(caught, "c:1: no luck");
    let error = lua.load("\nfails()").set_name("=c").exec().unwrap_err();
    assert_eq!(error.message(), "c:2: no luck");
    assert_eq!(error.line(), Some(2));
}

#[derive(Debug)]
struct Own(i32);

impl std::fmt::Display for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "own error {}", self.0)
    }
}

impl std::error::Error for Own {}

#[test]
fn the_host_s_error_comes_back_as_the_source() {
    let lua = Lua::new();
    let fails = lua
        .create_function(|_, n: i32| -> Result<(), Error> { Err(Error::external(Own(n))) })
        .unwrap();
    lua.globals().set("fails", fails).unwrap();
    let own = |error: &Error| {
        let source = error.source().and_then(|source| source.downcast_ref());
        source.map(|own: &Own| own.0)
    };
    let error = lua.load("fails(7)").set_name("=c").exec().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::External);
    assert_eq!(error.message(), "c:1: own error 7");
    assert_eq!(own(&error), Some(7));
    // Passed on by Lua code.
    let source = "local ok, e = pcall(function() fails(8) end) error(e, 0)";
    let error = lua.load(source).exec().unwrap_err();
    assert_eq!(own(&error), Some(8));
    // Another error after it.
    let source = "pcall(fails, 9) error('other', 0)";
    let error = lua.load(source).exec().unwrap_err();
    assert_eq!((own(&error), error.message()), (None, "other"));
}

#[test]
fn an_error_passed_on_by_a_callback_keeps_value_and_traceback() {
    let lua = Lua::new();
    let pass_on = lua
        .create_function(|_, f: Function| f.call::<Value>(()))
        .unwrap();
    lua.globals().set("pass_on", pass_on).unwrap();
    let code: i32 = lua
        .load("local _, e = pcall(pass_on, function() error({code = 42}) end) return e.code")
        .eval()
        .unwrap();
    assert_eq!(code, 42);
    let source = "local function deep() error('deep') end pass_on(function() deep() end)";
    let error = lua.load(source).set_name("=c").exec().unwrap_err();
    assert_eq!(error.message(), "c:1: deep");
    assert!(error.traceback().unwrap().contains("in function 'deep'"));
}

#[test]
fn values_that_are_no_text_are_raised_too() {
    let lua = Lua::new();
    let error = lua.load("error({code = 3})").exec().unwrap_err();
    assert_eq!(error.message(), "(error object is a table value)");
    let value = lua.error_value(&error).unwrap();
    let table: &Table = value.as_table().unwrap();
    assert_eq!(table.get("code"), Ok(3));
    let source = "error(setmetatable({}, {__tostring = function() return 'told' end}))";
    let error = lua.load(source).exec().unwrap_err();
    assert_eq!(error.message(), "told");
    let error = lua.load("error(nil)").exec().unwrap_err();
    assert_eq!(error.message(), "(error object is a nil value)");
    assert_eq!(lua.error_value(&error), Some(Value::Nil));
    let error = lua.load("error(12, 0)").exec().unwrap_err();
    assert_eq!(error.message(), "12");
    assert_eq!(lua.error_value(&Error::runtime("mine")), None);
}

#[test]
fn a_handler_s_own_failure_ends_with_an_error() {
    let lua = Lua::new();
    let source = "error(setmetatable({}, {__tostring = function() error('again') end}))";
    let error = lua.load(source).exec().unwrap_err();
    assert_eq!(error.message(), "(error object is a table value)");
}

#[test]
fn an_expression_may_go_on_too() {
    let lua = Lua::new();
    for source in ["1 +", "{1,", "'a' ..", "function(a)", "not", "f("] {
        let error = lua.load(source).eval::<Value>().unwrap_err();
        assert!(error.is_incomplete(), "{source}: {error}");
    }
    for source in ["1 + )", "x x", "= 4", "1 2"] {
        let error = lua.load(source).eval::<Value>().unwrap_err();
        assert!(!error.is_incomplete(), "{source}: {error}");
    }
    // What is whole as a statement is one.
    assert_eq!(lua.load("return 1").eval::<i32>(), Ok(1));
    assert!(
        lua.load("1 +")
            .exec()
            .is_err_and(|error| !error.is_incomplete())
    );
}

#[test]
fn the_host_s_error_is_found_by_its_type() {
    let lua = Lua::new();
    let fail = lua
        .create_function(|_, ()| -> Result<(), Error> {
            Err(std::io::Error::new(
                std::io::ErrorKind::NotFound,
                "not here",
            ))?
        })
        .unwrap();
    lua.globals().set("fail", fail).unwrap();
    let error = lua.load("fail()").set_name("=c").exec().unwrap_err();
    assert_eq!(error.message(), "c:1: not here");
    let found = error.downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(found.kind(), std::io::ErrorKind::NotFound);
    assert!(error.downcast_ref::<std::fmt::Error>().is_none());
    assert!(
        Error::runtime("x")
            .downcast_ref::<std::io::Error>()
            .is_none()
    );
}

#[test]
fn an_error_of_the_host_keeps_its_first_place_through_other_callbacks() {
    let lua = Lua::new();
    let fail =
        lua.create_function(|_, ()| -> Result<(), Error> { Err(Error::external(std::fmt::Error)) });
    lua.globals().set("fail", fail.unwrap()).unwrap();
    let pass = lua.create_function(|_, f: Function| f.call::<()>(()));
    lua.globals().set("pass", pass.unwrap()).unwrap();
    let source = "local function inner()\n  fail()\nend\n\npass(function()\n  pass(inner)\nend)";
    let error = lua.load(source).set_name("=s").exec().unwrap_err();
    assert_eq!(error.line(), Some(2));
    assert!(error.traceback().unwrap().contains("s:2: in function"));
    assert!(error.downcast_ref::<std::fmt::Error>().is_some());
}
