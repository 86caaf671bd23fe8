//! Userdata: values of Rust's in Lua's hands.

use evalua_vm::{
    AnyUserData, ErrorKind, Function, Lua, MetaMethod, Result, Table, UserData, UserDataFields,
    UserDataMethods, UserDataRef, Value,
};

#[derive(Clone, Copy, Debug, PartialEq)]
struct Vector {
    x: f64,
    y: f64,
}

impl UserData for Vector {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field("dimensions", 2);
        fields.add_field_method_get("x", |_, v| Ok(v.x));
        fields.add_field_method_set("x", |_, v, x| {
            v.x = x;
            Ok(())
        });
        fields.add_field_method_get("y", |_, v| Ok(v.y));
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_function("new", |_, (x, y)| Ok(Vector { x, y }));
        methods.add_method("length", |_, v, ()| Ok(v.x.hypot(v.y)));
        methods.add_method("scaled", |_, v, by: f64| {
            Ok(Vector {
                x: v.x * by,
                y: v.y * by,
            })
        });
        methods.add_method_mut("double", |_, v, ()| {
            v.x *= 2.0;
            v.y *= 2.0;
            Ok(())
        });
        methods.add_method_mut("with", |_, v, f: Function| {
            v.x += 1.0;
            f.call::<Value>(())
        });
        methods.add_meta_function(
            MetaMethod::Add,
            |_, (a, b): (UserDataRef<Vector>, UserDataRef<Vector>)| {
                Ok(Vector {
                    x: a.x + b.x,
                    y: a.y + b.y,
                })
            },
        );
        methods.add_meta_method(MetaMethod::Eq, |_, v, other: UserDataRef<Vector>| {
            Ok(*v == *other)
        });
        methods.add_meta_method(MetaMethod::ToString, |_, v, ()| {
            Ok(format!("({}, {})", v.x, v.y))
        });
        methods.add_meta_method(MetaMethod::Len, |_, _, ()| Ok(2));
        methods.add_meta_method(MetaMethod::Index, |_, v, key: Value| {
            Ok(match key {
                Value::Number(1.0) => Some(v.x),
                Value::Number(2.0) => Some(v.y),
                _ => None,
            })
        });
        methods.add_meta_method(MetaMethod::Call, |_, v, n: f64| Ok(v.x * n));
    }
}

fn with_vector() -> Lua {
    let lua = Lua::new();
    lua.globals().set("v", Vector { x: 3.0, y: 4.0 }).unwrap();
    lua
}

fn eval(lua: &Lua, source: &str) -> String {
    let chunk = lua.load(format!("return tostring({source})"));
    match chunk.set_name("=c").eval() {
        Ok(text) => text,
        Err(error) => error.message().to_owned(),
    }
}

#[test]
fn fields_methods_and_metamethods_answer() {
    let lua = with_vector();
    for (source, expected) in [
        ("v:length()", "5"),
        ("v", "(3, 4)"),
        ("v:scaled(2)", "(6, 8)"),
        ("v.new(1, 2) + v", "(4, 6)"),
        ("v == v.new(3, 4)", "true"),
        ("v == v.new(3, 5)", "false"),
        ("#v", "2"),
        ("v.x + v.y + v[1] + v[2]", "14"),
        ("v.dimensions", "2"),
        ("v.nothing", "nil"),
        ("v(10)", "30"),
        ("type(v)", "userdata"),
        ("getmetatable(v)", "false"),
        ("pcall(setmetatable, v, {})", "false"),
    ] {
        assert_eq!(eval(&lua, source), expected, "{source}");
    }
    lua.load("v.x = 7 v:double()").exec().unwrap();
    assert_eq!(eval(&lua, "v"), "(14, 8)");
}

#[test]
fn wrong_uses_are_errors_of_lua() {
    let lua = with_vector();
    for (source, expected) in [
        (
            "v.length()",
            "c:1: bad argument #1 to 'length' (Vector expected, got no value)",
        ),
        (
            "v.length({})",
            "c:1: bad argument #1 to 'length' (Vector expected, got table)",
        ),
        (
            "v:scaled({})",
            "c:1: bad argument #1 to 'scaled' (number expected, got table)",
        ),
        (
            "v.scaled(v)",
            "c:1: bad argument #2 to 'scaled' (number expected, got no value)",
        ),
        (
            "v + 1",
            "c:1: bad argument #2 to '?' (Vector expected, got number)",
        ),
        (
            "v:nothing()",
            "c:1: attempt to call method 'nothing' (a nil value)",
        ),
        (
            "v.length(newproxy())",
            "c:1: bad argument #1 to 'length' (Vector expected, got userdata of another type)",
        ),
    ] {
        assert_eq!(eval(&lua, source), expected, "{source}");
    }
    let set = |source: &str| lua.load(source).set_name("=c").exec().unwrap_err();
    assert_eq!(
        set("v.y = 1").message(),
        "c:1: attempt to set an unknown field 'y'"
    );
    assert_eq!(
        set("v.x = 'q'").message(),
        "c:1: number in field 'x' expected, got string"
    );
    assert_eq!(
        set("v:with(function() v:length() end)").message(),
        "c:1: the Vector is being changed"
    );
    let plain = lua.create_userdata(Plain).unwrap();
    lua.globals().set("p", plain).unwrap();
    assert_eq!(
        set("p.y = 1").message(),
        "c:1: attempt to index global 'p' (a userdata value)"
    );
}

#[derive(Debug)]
struct Plain;

impl UserData for Plain {}

#[test]
fn rust_borrows_and_takes_what_is_in_it() {
    let lua = with_vector();
    let v: AnyUserData = lua.globals().get("v").unwrap();
    assert!(v.is::<Vector>());
    assert!(!v.is::<Plain>());
    v.borrow_mut::<Vector>().unwrap().x = 1.0;
    assert_eq!(v.get("x"), Ok(1.0));
    v.set("x", 2).unwrap();
    assert_eq!(
        v.call_method("scaled", 3)
            .and_then(|w: AnyUserData| w.get("x")),
        Ok(6.0)
    );
    assert_eq!(
        v.call_function("new", (5, 6))
            .and_then(|w: AnyUserData| w.get("y")),
        Ok(6.0)
    );
    let failed = |result: Result<()>| result.unwrap_err().message().to_owned();
    assert_eq!(
        failed(v.call_method("none", ())),
        "attempt to call method 'none' (a nil value)"
    );
    assert_eq!(
        failed(v.get::<Table>("x").map(|_| ())),
        "table in field 'x' expected, got number"
    );
    {
        let borrowed = v.borrow::<Vector>().unwrap();
        assert_eq!(borrowed.x, 2.0);
        let kind = |result: Result<()>| result.unwrap_err().kind();
        assert_eq!(
            kind(v.borrow_mut::<Vector>().map(|_| ())),
            ErrorKind::UserData
        );
        assert_eq!(kind(v.take::<Vector>().map(|_| ())), ErrorKind::UserData);
        let mutates = lua.load("v:double()").exec().unwrap_err();
        assert!(mutates.message().contains("in use"), "{mutates}");
        // A guard needs no state.
        let also = v.borrow::<Vector>().unwrap();
        drop(lua.load("v = nil").exec());
        lua.gc_collect().unwrap();
        assert_eq!((borrowed.x, also.y), (2.0, 4.0));
    }
    assert_eq!(
        v.borrow::<Plain>().unwrap_err().kind(),
        ErrorKind::Conversion
    );
    assert_eq!(v.take(), Ok(Vector { x: 2.0, y: 4.0 }));
    assert_eq!(v.take::<Vector>().unwrap_err().kind(), ErrorKind::UserData);
    assert!(!v.is::<Vector>());
    lua.globals().set("v", v).unwrap();
    let error = lua.load("v:length()").exec().unwrap_err();
    assert!(
        error.message().contains("holds nothing any more"),
        "{error}"
    );
}

#[test]
fn the_heap_counts_what_is_in_it() {
    struct Large(#[allow(dead_code, reason = "only its size matters")] [u8; 100_000]);
    impl UserData for Large {}
    let lua = Lua::new();
    let before = lua.used_memory().unwrap();
    let large = lua.create_userdata(Large([0; 100_000])).unwrap();
    assert!(lua.used_memory().unwrap() >= before + 100_000);
    drop(large);
    lua.gc_collect().unwrap();
    assert!(lua.used_memory().unwrap() < before + 10_000);
}
