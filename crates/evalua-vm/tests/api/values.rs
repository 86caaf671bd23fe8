//! Values and their conversion.

use evalua_vm::{
    Bytes, Error, ErrorKind, Function, IntoLua, Lua, LuaString, Result, Table, Value, Variadic,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What `f` returns for a value, as text.
fn shown(lua: &Lua, value: impl IntoLua) -> String {
    let show =
        "local v = ... if type(v) == 'string' then return ('%q'):format(v) end return tostring(v)";
    lua.load(show).call(value.into_lua(lua).unwrap()).unwrap()
}

#[test]
fn plain_values_become_lua_values() {
    let lua = Lua::new();
    assert_eq!(shown(&lua, 7), "7");
    assert_eq!(shown(&lua, -1.5), "-1.5");
    assert_eq!(shown(&lua, u64::MAX), "1.844674407371e+19");
    assert_eq!(shown(&lua, true), "true");
    assert_eq!(shown(&lua, None::<i32>), "nil");
    assert_eq!(shown(&lua, Some("x")), "\"x\"");
    assert_eq!(shown(&lua, 'é'), "\"é\"");
    assert_eq!(shown(&lua, Bytes(vec![0, b'a'])), "\"\\000a\"");
    assert_eq!(shown(&lua, f64::NAN), "nan");
}

#[test]
fn lua_values_become_plain_values() {
    let lua = Lua::new();
    assert_eq!(lua.load("7.9").eval(), Ok(7i32));
    assert_eq!(lua.load("-7.9").eval(), Ok(-7i8));
    assert_eq!(lua.load("'0x10'").eval(), Ok(16u8));
    assert_eq!(lua.load("2^53").eval(), Ok(9_007_199_254_740_992i64));
    assert_eq!(lua.load("12").eval(), Ok("12".to_owned()));
    assert_eq!(lua.load("nil").eval(), Ok(None::<String>));
    assert_eq!(lua.load("0").eval(), Ok(true));
    assert_eq!(lua.load("nil").eval(), Ok(false));
    assert_eq!(lua.load("'é'").eval(), Ok('é'));
    assert_eq!(lua.load("'\\255'").eval(), Ok(Bytes(vec![255])));
}

trait Failed {
    /// The kind and message of an error that must be there.
    fn failed(self) -> (ErrorKind, String);
}

impl<T: std::fmt::Debug> Failed for Result<T> {
    fn failed(self) -> (ErrorKind, String) {
        let error = self.expect_err("it fails");
        (error.kind(), error.message().to_owned())
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let lua = Lua::new();
    let mismatch = |text: &str| (ErrorKind::Conversion, format!("bad result #1 ({text})"));
    assert_eq!(
        lua.load("256").eval::<u8>().failed(),
        mismatch("number in the range of u8 expected, got another")
    );
    assert_eq!(
        lua.load("2^63").eval::<i64>().failed(),
        mismatch("number in the range of i64 expected, got another")
    );
    assert_eq!(
        lua.load("0/0").eval::<i32>().failed(),
        mismatch("number in the range of i32 expected, got another")
    );
    assert_eq!(
        lua.load("{}").eval::<f64>().failed(),
        mismatch("number expected, got table")
    );
    assert_eq!(
        lua.load("return").eval::<f64>().failed(),
        mismatch("number expected, got no value")
    );
    assert_eq!(
        lua.load("'\\255'").eval::<String>().failed(),
        mismatch("string of valid UTF-8 expected, got other bytes")
    );
    assert_eq!(
        lua.load("'ab'").eval::<char>().failed(),
        mismatch("one character expected, got another number of them")
    );
    assert_eq!(
        lua.load("{1, 'x'}").eval::<Vec<f64>>().failed(),
        mismatch("number in item 2 expected, got string")
    );
    assert_eq!(
        lua.load("{a = {1, {b = 'x'}}}")
            .eval::<HashMap<String, Vec<HashMap<String, f64>>>>()
            .failed(),
        mismatch("table in item 1 in field 'a' expected, got number")
    );
    assert_eq!(
        lua.load("{[print] = 1}")
            .eval::<HashMap<String, f64>>()
            .failed(),
        mismatch("string in a key expected, got function")
    );
    assert_eq!(
        lua.load("return 1, {}").eval::<(i32, String)>().failed(),
        (
            ErrorKind::Conversion,
            "bad result #2 (string expected, got table)".to_owned()
        )
    );
    assert_eq!(
        lua.load("return 1, 2, print")
            .eval::<(i32, Variadic<i32>)>()
            .failed(),
        (
            ErrorKind::Conversion,
            "bad result #3 (number expected, got function)".to_owned()
        )
    );
}

#[test]
fn collections_go_both_ways() {
    let lua = Lua::new();
    let numbers: Vec<i32> = lua.load("{3, 1, 2}").eval().unwrap();
    assert_eq!(numbers, [3, 1, 2]);
    let pair: [u8; 2] = lua.load("{3, 1}").eval().unwrap();
    assert_eq!(pair, [3, 1]);
    let map: HashMap<String, f64> = lua.load("{a = 1, b = 2.5}").eval().unwrap();
    assert_eq!(map, HashMap::from([("a".into(), 1.0), ("b".into(), 2.5)]));
    let set: BTreeSet<String> = lua.load("{a = true, b = true}").eval().unwrap();
    assert_eq!(set, BTreeSet::from(["a".into(), "b".into()]));
    lua.globals()
        .set("v", vec![Some(1), None, Some(3)])
        .unwrap();
    assert_eq!(lua.load("v[1] + v[3]").eval(), Ok(4));
    lua.globals().set("m", BTreeMap::from([("k", 5)])).unwrap();
    assert_eq!(lua.load("m.k").eval(), Ok(5));
    lua.globals().set("s", BTreeSet::from(["k"])).unwrap();
    assert_eq!(lua.load("s.k").eval(), Ok(true));
    lua.globals().set("slice", &[1, 2][..]).unwrap();
    assert_eq!(lua.load("#slice").eval(), Ok(2));
}

#[test]
fn several_values_are_a_tuple() {
    let lua = Lua::new();
    let (a, b, rest): (i32, String, Variadic<i32>) =
        lua.load("return 1, 'x', 3, 4").eval().unwrap();
    assert_eq!((a, &*b, &rest[..]), (1, "x", &[3, 4][..]));
    let (a, b): (i32, Option<i32>) = lua.load("return 1").eval().unwrap();
    assert_eq!((a, b), (1, None));
    let sum: i32 = lua
        .load("local s = 0 for _, n in ipairs{...} do s = s + n end return s")
        .call((1, 2, Variadic(vec![3, 4])))
        .unwrap();
    assert_eq!(sum, 10);
}

#[test]
fn nil_and_a_reason_are_a_result() {
    let lua = Lua::new();
    let fails: Result<i32, String> = lua.load("return nil, 'why'").eval().unwrap();
    assert_eq!(fails, Err("why".to_owned()));
    let works: Result<i32, String> = lua.load("return 3").eval().unwrap();
    assert_eq!(works, Ok(3));
    let open = lua
        .create_function(|_, name: String| -> Result<Result<i32, String>> {
            Ok(Err(format!("{name}: no such file")))
        })
        .unwrap();
    lua.globals().set("open", open).unwrap();
    let (got, reason): (Value, String) = lua.load("open('x')").eval().unwrap();
    assert_eq!((got, &*reason), (Value::Nil, "x: no such file"));
}

#[test]
fn tables_are_read_and_written() {
    let lua = Lua::new();
    let t = lua.create_table().unwrap();
    t.set("a", 1).unwrap();
    t.set(2, "two").unwrap();
    t.push("one").unwrap();
    assert_eq!(t.get("a"), Ok(1));
    assert_eq!(t.get::<Option<i32>>("b"), Ok(None));
    assert_eq!(t.contains_key("a"), Ok(true));
    assert_eq!(t.len(), Ok(2));
    assert_eq!(t.pop(), Ok("two".to_owned()));
    assert_eq!(t.is_empty(), Ok(false));
    t.clear().unwrap();
    assert_eq!(t.is_empty(), Ok(true));
    assert_eq!(t.pop(), Ok(Value::Nil));
    assert!(t.set(Value::Nil, 1).is_err());
    assert!(t.set(f64::NAN, 1).is_err());
}

#[test]
fn entries_come_in_the_order_of_pairs() {
    let lua = Lua::new();
    let source = "{zeta = 1, 10, alpha = 2, 20, mid = 3, [1.5] = 4, [true] = 5}";
    let t: Table = lua.load(source).eval().unwrap();
    let entries = t.pairs::<Value, f64>().map(|entry| entry.unwrap().1);
    let entries: Vec<f64> = entries.collect();
    lua.globals().set("t", &t).unwrap();
    let expected: Vec<f64> = lua
        .load("local r = {} for _, v in pairs(t) do r[#r + 1] = v end return r")
        .eval()
        .unwrap();
    assert_eq!(entries, expected);
    let items: Vec<f64> = t.sequence_values().collect::<Result<_>>().unwrap();
    assert_eq!(items, [10.0, 20.0]);
}

#[test]
fn metamethods_answer_get_and_set() {
    let lua = Lua::new();
    let t: Table = lua
        .load("setmetatable({}, {__index = function(_, k) return k .. '!' end, __newindex = function(t, k, v) rawset(t, k, v * 2) end})")
        .eval()
        .unwrap();
    assert_eq!(t.get("x"), Ok("x!".to_owned()));
    assert_eq!(t.raw_get::<Value>("x"), Ok(Value::Nil));
    t.set("n", 4).unwrap();
    assert_eq!(t.get("n"), Ok(8));
    t.raw_set("n", 1).unwrap();
    assert_eq!(t.get("n"), Ok(1));
    let meta = t.metatable().unwrap().unwrap();
    let index: Function = meta.get("__index").unwrap();
    assert_eq!(index.call((Value::Nil, "k")), Ok("k!".to_owned()));
    t.set_metatable(None).unwrap();
    assert_eq!(t.get::<Value>("x"), Ok(Value::Nil));
}

#[test]
fn read_only_tables_refuse() {
    let lua = Lua::new();
    let t = lua.create_table_from([("a", 1)]).unwrap();
    t.set_readonly(true).unwrap();
    assert!(t.set("b", 1).is_err());
    assert!(t.raw_set("b", 1).is_err());
    assert!(t.clear().is_err());
    lua.globals().set("t", &t).unwrap();
    let error = lua.load("t.x = 1").set_name("=c").exec().unwrap_err();
    assert_eq!(error.message(), "c:1: Attempt to modify a readonly table");
    t.set_readonly(false).unwrap();
    t.set("b", 1).unwrap();
}

#[test]
fn strings_are_bytes() {
    let lua = Lua::new();
    let s = lua.create_string([b'a', 0, 255]).unwrap();
    assert_eq!(s.as_bytes(), [b'a', 0, 255]);
    assert_eq!(s.to_string_lossy(), "a\0\u{fffd}");
    assert!(s.to_str().is_err());
    assert_eq!(format!("{s:?}"), r#""a\x00\xff""#);
    let same: LuaString = lua.load("'a\\0\\255'").eval().unwrap();
    assert_eq!(s, same);
    let long = "x".repeat(1000);
    let long: LuaString = lua.load(format!("'{long}'")).eval().unwrap();
    assert_eq!(long, lua.create_string("x".repeat(1000)).unwrap());
    assert_eq!(long.to_str().unwrap().len(), 1000);
}

#[test]
fn values_are_equal_as_rawequal_says() {
    let lua = Lua::new();
    let (a, b, c): (Value, Value, Value) = lua.load("local t = {} return t, t, {}").eval().unwrap();
    assert_eq!(a, b);
    assert_ne!(a, c);
    assert_eq!(Value::Number(1.0), lua.load("1").eval().unwrap());
    assert_ne!(Value::Number(f64::NAN), Value::Number(f64::NAN));
}

#[test]
fn values_of_another_state_are_refused() {
    let (lua, other) = (Lua::new(), Lua::new());
    let foreign = other.create_table().unwrap();
    let kind = |result: Result<()>| result.unwrap_err().kind();
    assert_eq!(kind(lua.globals().set("t", &foreign)), ErrorKind::Foreign);
    assert_eq!(kind(lua.load("").call(&foreign)), ErrorKind::Foreign);
    let returns = lua
        .create_function(move |_, ()| Ok(foreign.clone()))
        .unwrap();
    let error: Error = returns.call::<Value>(()).unwrap_err();
    assert!(
        error.message().contains("belongs to another Lua state"),
        "{error}"
    );
}

#[test]
fn an_error_names_the_field() {
    let lua = Lua::new();
    let inner = |table: Table| table.get::<Table>("size")?.get::<u16>("width");
    let make = |source: &str| lua.load(source).eval::<Table>();
    let failed = |source: &str| make(source).and_then(inner).failed().1;
    assert_eq!(failed("{}"), "table in field 'size' expected, got nil");
    assert_eq!(
        failed("{size = {width = 1e6}}"),
        "number in the range of u16 in field 'width' expected, got another"
    );
    assert_eq!(
        failed("setmetatable({}, {__index = function() return 5 end})"),
        "table in field 'size' expected, got number"
    );
    let list: Table = lua.load("{1, 2, true, [0.5] = 'x'}").eval().unwrap();
    assert_eq!(
        list.get::<f64>(0.5).failed().1,
        "number in item 0.5 expected, got string"
    );
    assert_eq!(
        list.sequence_values::<f64>().nth(2).unwrap().failed().1,
        "number in item 3 expected, got boolean"
    );
    assert_eq!(
        list.pop::<f64>().failed().1,
        "number in item 3 expected, got boolean"
    );
    // After an entry that does not fit come the others.
    let kept = list.pairs::<f64, f64>().filter_map(|entry| entry.ok());
    assert_eq!(kept.collect::<Vec<_>>(), [(1.0, 1.0), (2.0, 2.0)]);
}

#[test]
fn a_value_is_looked_at() {
    let lua = Lua::new();
    let value = |source: &str| lua.load(source).eval::<Value>().unwrap();
    assert_eq!(value("'text'").as_str(), Some("text"));
    assert_eq!(value("'\\255'").as_str(), None);
    assert_eq!(value("1").as_str(), None);
    assert_eq!(value("-3").as_integer(), Some(-3));
    assert_eq!(value("-2^63").as_integer(), Some(i64::MIN));
    for none in ["2^63", "-2^64", "0.5", "0/0", "1/0", "'1'"] {
        assert_eq!(value(none).as_integer(), None, "{none}");
    }
}

#[test]
fn to_string_is_tostring() {
    let lua = Lua::new();
    for source in [
        "nil",
        "true",
        "false",
        "1",
        "-0",
        "1e300",
        "0/0",
        "'text'",
        "print",
        "{}",
        "newproxy()",
        "coroutine.create(function() end)",
        "setmetatable({}, {__tostring = function() return 'me' end})",
    ] {
        let (value, text): (Value, String) = lua
            .load(format!("local v = {source} return v, tostring(v)"))
            .eval()
            .unwrap();
        assert_eq!(value.to_string().unwrap(), text, "{source}");
    }
    assert_eq!(
        Value::LightUserData(0).to_string().unwrap(),
        "userdata: (nil)"
    );
    let handled = |body: &str| {
        let source = format!("setmetatable({{}}, {{__tostring = function() {body} end}})");
        let value: Value = lua.load(source).set_name("=h").eval().unwrap();
        value.to_string().unwrap_err().message().to_owned()
    };
    assert_eq!(handled("error('no')"), "h:1: no");
    assert_eq!(handled("return {}"), "'__tostring' must return a string");
}
