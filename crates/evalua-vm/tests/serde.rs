//! Values through serde.
#![cfg(feature = "serde")]

use evalua_vm::{ErrorKind, Lua, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;

#[derive(Serialize, Deserialize, PartialEq, Debug)]
enum Shape {
    Empty,
    Circle(f64),
    Line(i32, i32),
    Box { width: u8, label: Option<String> },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Id(u64);

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Everything {
    id: Id,
    name: String,
    ratio: f32,
    letter: char,
    flag: bool,
    nothing: Option<i8>,
    shapes: Vec<Shape>,
    pair: (i64, String),
    counts: BTreeMap<String, i64>,
    by_number: BTreeMap<i32, bool>,
}

fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let lua = Lua::new();
    let there = lua.to_value(value).unwrap();
    let back: T = lua.from_value(there).unwrap();
    assert_eq!(&back, value);
}

#[test]
fn everything_goes_there_and_back() {
    there_and_back(&Everything {
        id: Id(1 << 53),
        name: "näme".into(),
        ratio: 0.5,
        letter: 'ß',
        flag: true,
        nothing: None,
        shapes: vec![
            Shape::Empty,
            Shape::Circle(1.5),
            Shape::Line(-1, 2),
            Shape::Box {
                width: 255,
                label: Some("b".into()),
            },
        ],
        pair: (-5, "x".into()),
        counts: BTreeMap::from([("a".into(), 1), ("b".into(), -2)]),
        by_number: BTreeMap::from([(1, true), (2, false), (-7, true)]),
    });
    there_and_back(&Vec::<i32>::new());
    there_and_back(&Some(3.25));
    there_and_back(&i64::MIN);
    there_and_back(&(1u64 << 63));
    there_and_back(&[1e300, -0.0, 0.5, f64::INFINITY]);
}

#[test]
fn scripts_see_plain_tables() {
    let lua = Lua::new();
    let shapes = [
        Shape::Empty,
        Shape::Line(1, 2),
        Shape::Box {
            width: 3,
            label: None,
        },
    ];
    lua.globals()
        .set("s", lua.to_value(&shapes).unwrap())
        .unwrap();
    let text: String = lua
        .load("s[1] .. s[2].Line[1] .. s[2].Line[2] .. s[3].Box.width .. tostring(s[3].Box.label)")
        .eval()
        .unwrap();
    assert_eq!(text, "Empty123nil");
}

#[test]
fn what_lua_makes_is_read() {
    let lua = Lua::new();
    let read = |source: &str| lua.load(source).eval::<Value>().unwrap();
    let shape = |source: &str| lua.from_value::<Shape>(read(source));
    assert_eq!(shape("'Empty'"), Ok(Shape::Empty));
    assert_eq!(shape("{Circle = 2}"), Ok(Shape::Circle(2.0)));
    assert_eq!(shape("{Line = {3, 4}}"), Ok(Shape::Line(3, 4)));
    let json: serde_json::Value = lua
        .from_value(read("{1, 2.5, 'x', true, {a = {}, b = {1}}}"))
        .unwrap();
    assert_eq!(
        json,
        serde_json::json!([1, 2.5, "x", true, {"a": {}, "b": [1]}])
    );
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let lua = Lua::new();
    let read = |source: &str| lua.load(source).eval::<Value>().unwrap();
    let message = |source: &str| {
        let error = lua.from_value::<Shape>(read(source)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conversion);
        error.message().to_owned()
    };
    assert_eq!(
        message("'Round'"),
        "unknown variant `Round`, expected one of `Empty`, `Circle`, `Line`, `Box`"
    );
    assert_eq!(message("print"), "table expected, got function");
    assert_eq!(
        message("{}"),
        "table of one entry, called as the variant expected, got another table"
    );
    assert_eq!(
        message("{Box = {width = 256}}"),
        "invalid value: integer `256`, expected u8"
    );
    let error = lua
        .from_value::<serde_json::Value>(read("(function() local t = {} t.t = t return t end)()"))
        .unwrap_err();
    assert_eq!(
        error.message(),
        "a table is nested more than 128 deep, or in itself"
    );
    let error = lua
        .from_value::<serde_json::Value>(read("{print}"))
        .unwrap_err();
    assert_eq!(error.message(), "data expected, got function");
    let unkeyed = BTreeMap::from([(None::<i32>, 1)]);
    assert!(lua.to_value(&unkeyed).is_err());
}
