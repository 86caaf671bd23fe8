//! What is too much for a compiled function, and what is not.

use crate::compiled;
use crate::luac::check;

fn error(source: &str) -> String {
    check(source.as_bytes());
    compiled(source.as_bytes()).expect_err("too much")
}

#[test]
fn too_many_registers_are_an_error_near_the_next_token() {
    let args = |count: usize| vec!["'a'"; count].join(",\n");
    assert!(compiled(format!("f({})", args(248)).as_bytes()).is_ok());
    assert_eq!(
        error(&format!("f({})", args(249))),
        "script.lua:249: function or expression too complex near '<eof>'"
    );
    assert_eq!(
        error(&format!("f({}, b)", args(249))),
        "script.lua:249: function or expression too complex near 'b'"
    );
    let locals = |count: usize| vec!["a"; count].join(",");
    assert_eq!(
        error(&format!("local {0} local x = f({0}, 1)", locals(125))),
        "script.lua:1: function or expression too complex near 'a'"
    );
}

#[test]
fn the_first_error_of_a_source_counts() {
    let complex = |name: &str| format!("{name}({})", vec!["'a'"; 249].join(","));
    let text = "function or expression too complex near";
    // What is wrong with a function comes before what follows it, and after what stands before it.
    assert_eq!(
        error(&format!("function g()\n{} end\nx = = 1", complex("f"))),
        format!("script.lua:2: {text} 'end'")
    );
    assert_eq!(
        error(&format!(
            "{}\nlocal h = function() {} end",
            complex("f"),
            complex("g")
        )),
        format!("script.lua:2: {text} 'local'")
    );
    assert_eq!(
        error(&format!(
            "function g() local function h()\n{} end end\n{}",
            complex("f"),
            complex("g")
        )),
        format!("script.lua:2: {text} 'end'")
    );
}

#[test]
fn a_jump_may_be_too_long() {
    let body = |count: usize| format!("while x do\n{} end", "f() ".repeat(count));
    assert!(compiled(body(65_000).as_bytes()).is_ok());
    assert_eq!(
        error(&body(66_000)),
        "script.lua:2: control structure too long near 'end'"
    );
}

#[test]
fn a_function_may_have_too_many_constants() {
    let constants = |count: u32| -> String { (0..count).map(|n| format!("f({n})")).collect() };
    // `f` is one of them.
    assert!(compiled(constants(262_142).as_bytes()).is_ok());
    assert_eq!(error(&constants(262_143)), "constant table overflow");
}

#[test]
fn chains_may_be_long() {
    for (first, more) in [
        ("a", "+1"),
        ("a", "-a"),
        ("a", ".b"),
        ("a", "[1]"),
        ("a", "()"),
        ("a", ":m()"),
        ("a", "'s'"),
        ("a", " == b"),
        ("1", "*1"),
    ] {
        let source = format!("return {first}{}", more.repeat(100_000));
        assert_eq!(compiled(source.as_bytes()).err(), None, "{first}{more}…");
    }
    // Their jumps have a limit of their own.
    for more in [" and b", " or b"] {
        let source = format!("return a{}", more.repeat(50_000));
        assert_eq!(compiled(source.as_bytes()).err(), None, "a{more}…");
    }
    let elseifs = "elseif a then b() ".repeat(20_000);
    let source = format!("if a then {elseifs} end");
    assert_eq!(compiled(source.as_bytes()).err(), None);
}

#[test]
fn nesting_is_limited_by_the_parser_alone() {
    for (open, inner, close) in [
        ("(", "1", ")"),
        ("{", "1", "}"),
        ("a..", "1", ""),
        ("- ", "a", ""),
        ("f(", "1", ")"),
        ("a[", "1", "]"),
    ] {
        let nested = |count: usize| {
            format!(
                "return {}{inner}{}",
                open.repeat(count),
                close.repeat(count)
            )
        };
        assert_eq!(compiled(nested(190).as_bytes()).err(), None, "{open}");
        check(nested(190).as_bytes());
        check(nested(260).as_bytes());
    }
    let functions = |count: usize| {
        format!(
            "return {}1{}",
            "function() return ".repeat(count),
            " end".repeat(count)
        )
    };
    check(functions(90).as_bytes());
}

/// Messages name fields by the constants that PUC has among its first 256.
#[test]
fn many_constants_are_numbered_as_in_luac() {
    let fields: String = (0..300).map(|n| format!("a.x{n} = t[{n}] ")).collect();
    let proto = compiled(fields.as_bytes()).expect("compiles");
    assert_eq!(proto.constants.len(), 602);
}
