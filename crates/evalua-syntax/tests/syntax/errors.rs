//! Error texts, compared with `lua5.1` to the byte.

use crate::oracle::{Source, ask_oracle, compare_errors, source};

fn check(sources: &[Source]) {
    if let Err(difference) = compare_errors(sources) {
        panic!("{difference}");
    }
}

fn check_texts<T: AsRef<[u8]>>(texts: &[T]) {
    check(&texts.iter().map(source).collect::<Vec<_>>());
}

/// Small chunks that together use every construct; tokens are separated by spaces.
const CONSTRUCTS: &[&str] = &[
    "do local a end ;",
    "while a do break end",
    "while true do f ( ) ; break ; end",
    "repeat local a = 1 until a",
    "if a then b ( ) elseif c then d ( ) else e ( ) end",
    "if a then return end",
    "for i = 1 , 2 do break end",
    "for i = a , b , c do f ( i ) end",
    "for k in next , t do f ( k ) end",
    "for k , v , w in f ( ) do end",
    "function f ( ) end",
    "function a . b . c : d ( x , y ) return self end",
    "function f ( a , ... ) return ... end",
    "function f ( ... ) return arg end",
    "local function f ( a ) return f ( a ) end",
    "local a , b , c = 1 , nil , ...",
    "local a",
    "return",
    "return a , b ;",
    "return function ( ) return ... end",
    "return f ( ) , ( f ( ) ) , ( ... )",
    "a = 1",
    "a , b . c , d [ e ] = f ( ) , 2",
    "( a ) . b = 1",
    "( f ( ) ) . x , y = 1",
    "a . b [ c ] : d 'e' { f } ( g ) . h = nil",
    "f ( a , b )",
    "f { 1 , 2 ; 3 , }",
    "f 'x' \"y\" [[z]]",
    "a : b ( )",
    "x = { }",
    "x = { a , b = 1 ; [ c ] = 2 , d ( ) , function ( ) end , }",
    "x = { a . b , - c , { d } , e == f , g = h }",
    "x = not a == # b .. - c ^ 2",
    "x = a or b and c < d .. e + f * g ^ h",
    "x = 1 + 2 - 3 * 4 / 5 % 6",
    "x = a ~= b <= c >= d > e",
    "x = true , false , nil , 1 , 's' , ...",
    "x = ( ( a ) )",
];

/// Tokens to put in a wrong place.
const TOKENS: &[&str] = &[
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local",
    "nil", "not", "or", "repeat", "return", "then", "true", "until", "while", "+", "-", "*", "/",
    "%", "^", "#", "==", "~=", "<=", ">=", "<", ">", "=", "(", ")", "{", "}", "[", "]", ";", ":",
    ",", ".", "..", "...", "name", "12", "'text'", "[[long]]", "@", "\n", "\u{1}", "~", "!", "\0",
];

#[test]
fn every_edit_of_one_token() {
    for construct in CONSTRUCTS {
        let tokens: Vec<_> = construct.split(' ').collect();
        let mut texts = vec![construct.to_string()];
        for at in 0..=tokens.len() {
            let (before, behind) = tokens.split_at(at);
            texts.push(before.join(" "));
            let without = behind.get(1..).unwrap_or_default();
            texts.push([before, without].concat().join(" "));
            for token in TOKENS {
                texts.push([before, &[token], behind].concat().join(" "));
                texts.push([before, &[token], without].concat().join(" "));
                texts.push([before, &["\n", token, "\n"], behind].concat().join(" "));
            }
        }
        check_texts(&texts);
    }
}

#[test]
fn numbers() {
    let mut texts = Vec::new();
    let parts = [
        "0", "1", "9", ".", "e", "E", "x", "X", "p", "+", "-", "a", "f", "_", "g",
    ];
    for a in parts {
        for b in parts {
            for c in parts {
                for first in ["0", ".", "3", "0x1"] {
                    texts.push(format!("x = {first}{a}{b}{c}"));
                    texts.push(format!("x = {first}{a}{b}0{c}"));
                }
            }
        }
    }
    texts.extend(["x = 1..2", "x = 0x", "x = 1e", "x = 1e+", "x = 1e+x"].map(String::from));
    check_texts(&texts);
}

#[test]
fn strings() {
    let mut texts: Vec<Vec<u8>> = Vec::new();
    for byte in 0..=255 {
        for quote in [b'"', b'\'', b'`'] {
            let escape = [&[b'x', b'=', quote, b'\\', byte][..], b"0", &[quote]].concat();
            texts.push([&escape[..], b" ="].concat());
            texts.push([&escape[..], b"\n\n5"].concat());
            texts.push(escape[..escape.len() - 1].to_vec());
            texts.push(escape[..escape.len() - 2].to_vec());
            texts.push([&[b'x', b'=', quote, b'a', byte, b'b', quote][..], b" z ="].concat());
        }
    }
    let more: &[&[u8]] = &[
        b"x='",
        b"x='a",
        b"x='a\n'",
        b"x='a\r'",
        b"x='a\\\n",
        b"x='a\\\r\n\\\n\rb' 5",
        b"x='\\\n\\\n\n'",
        b"x='\\256'",
        b"x='\\0256' 5",
        b"x='\\99",
        b"x='\\9",
        b"x='\\",
        b"x='\\999",
        b"x='a\\9x' 5",
        b"x='a\\0b' 5",
        b"x='a\0b' 5",
        b"x=\"'\" 5",
        b"x='\"' 5",
        b"x='\\'' 5",
        b"x='\\\"' 5",
        b"x='ab\\300cd'",
        b"x='\\a\\b\\f\\n\\r\\t\\v' 5",
        b"x='\\65\\066\\1234' 5",
    ];
    texts.extend(more.iter().map(|text| text.to_vec()));
    check_texts(&texts);
}

#[test]
fn long_brackets() {
    let mut texts = Vec::new();
    let parts = ["[", "]", "=", "\n", "\r", "a", "]]", "[[", "]=]", "[=["];
    for a in parts {
        for b in parts {
            for c in parts {
                for open in [
                    "[", "[[", "[=[", "[=", "--[[", "--[=[", "--[", "--[==", "--",
                ] {
                    texts.push(format!("x= {open}{a}{b}{c}"));
                    texts.push(format!("x= {open}{a}{b}{c}]=] 5 ]]"));
                    texts.push(format!("x= {open}{a}{b}{c}]] = ]=]"));
                }
            }
        }
    }
    check_texts(&texts);
}

#[test]
fn single_bytes() {
    let mut texts: Vec<Vec<u8>> = Vec::new();
    for byte in 0..=255u8 {
        // A chunk that starts with ESC is not text.
        if byte != 27 {
            texts.push(vec![byte]);
            texts.push(vec![byte, b'\n']);
        }
        texts.push(vec![b'x', b'=', byte]);
        texts.push(vec![b'x', b'=', b'y', byte, b'z']);
        texts.push(vec![b' ', byte, byte, b' ', b'=']);
        texts.push(vec![b'-', b'-', byte, b'\n', b'=']);
    }
    check_texts(&texts);
}

#[test]
fn lines() {
    let mut texts = Vec::new();
    let ends = ["\n", "\r", "\r\n", "\n\r", " ", "\n\n"];
    for a in ends {
        for b in ends {
            for c in ends {
                texts.push(format!("{a}{b}{c}="));
                texts.push(format!("f{a}({b}){c}="));
                texts.push(format!("--{a}{b}x{c}="));
                texts.push(format!("x='\\{a}\\{b}\\{c}' 5"));
                texts.push(format!("x=[[{a}{b}x{c}]] 5"));
                texts.push(format!("--[[{a}{b}x{c}]] 5"));
                texts.push(format!("x=({a}{b}{c}"));
                texts.push(format!("x={{a{a}(b{b}){c}"));
                texts.push(format!("x={{a{a}.b{b}(c){c}"));
                texts.push(format!("x=f{a}{{b{b}(c){c}}}="));
                texts.push(format!("do{a}{b}{c}"));
                texts.push(format!("x=function{a}({b}){c}"));
                texts.push(format!("function f{a}({b}){c}"));
                texts.push(format!("local function f{a}({b}){c}"));
                texts.push(format!("for i=1{a},2{b}do{c}"));
                texts.push(format!("for i in{a}x{b}do{c}"));
                texts.push(format!("if x{a}then{b}else{c}"));
                texts.push(format!("while x{a}do{b}{c}"));
                texts.push(format!("repeat{a}{b}{c}"));
                texts.push(format!("f[[{a}{b}]]{c}("));
                texts.push(format!("f([[{a}{b}]]{c}"));
                texts.push(format!("f 'a\\{a}b'{b}:c{c}()"));
            }
        }
    }
    check_texts(&texts);
}

#[test]
fn nesting() {
    let nests = [
        ("x=", "(", "1", ")"),
        ("x=", "{", "", "}"),
        ("x=", "{a=", "1", "}"),
        ("x=", "{[", "1", "]=1}"),
        ("x=", "f(", "", ")"),
        ("x=", "f{", "", "}"),
        ("x=", "a[", "1", "]"),
        ("x=", "not ", "1", ""),
        ("x=", "- ", "1", ""),
        ("x=", "2^", "1", ""),
        ("x=", "''..", "1", ""),
        ("x=", "-2^", "1", ""),
        ("x=", "1+2*", "1", ""),
        ("x=", "a<b..", "1", ""),
        ("x=", "function()return ", "1", " end"),
        ("x=", "function()f(", "1", ")end"),
        ("", "do ", "", " end"),
        ("", "while x do ", "", " end"),
        ("", "repeat ", "", " until x"),
        ("", "if x then ", "", " end"),
        ("", "if x then else ", "", " end"),
        ("", "for i in x do ", "", " end"),
        ("", "function f() ", "", " end"),
        ("", "local function f() ", "", " end"),
        ("local x=", "{a,", "1", "}"),
    ];
    for (start, open, inner, close) in nests {
        let mut texts = Vec::new();
        // Each level of the text takes one, two or three of the 200.
        for count in (60..68).chain(94..101).chain(190..202).chain([10_000]) {
            let nest = |close: &str| {
                format!(
                    "{start}{}{inner}{}",
                    open.repeat(count),
                    close.repeat(count)
                )
            };
            texts.push(nest(close));
            texts.push(nest("\n)"));
        }
        check_texts(&texts);
    }
}

/// Chains that do not nest: no limit, and no recursion.
#[test]
fn chains() {
    let chains = [
        ("x=1", "+1"),
        ("x=1", "-1*2"),
        ("x=a", ".b"),
        ("x=a", "[1]"),
        ("x=a", "()"),
        ("x=a", ":b()"),
        ("x=a", "'s'"),
        ("x=a", "{}"),
        ("x=a", " and b"),
        ("x=a", " or b"),
        ("x=a", " == b"),
        ("if x then", " elseif y then"),
        ("", "function f() end "),
        ("x={", "a,"),
        ("return 1", ",2"),
    ];
    for (start, link) in chains {
        for count in [1000, 30_000] {
            let text = format!("{start}{}", link.repeat(count));
            let outcome = evalua_syntax::parse(text.as_bytes(), b"=x");
            if matches!(start, "if x then" | "x={") {
                assert!(
                    outcome.is_err_and(|error| error.incomplete),
                    "{start}{link}"
                );
            } else {
                assert!(outcome.is_ok(), "{start}{link}");
            }
        }
    }
}

#[test]
fn limits() {
    let list = |count: usize, separator: &str, item: &dyn Fn(usize) -> String| {
        (0..count).map(item).collect::<Vec<_>>().join(separator)
    };
    let names = |count| list(count, ",", &|n| format!("a{n}"));
    let mut texts = Vec::new();
    for count in 190..=205 {
        let names = names(count);
        texts.push(format!("local {names}"));
        texts.push(list(count, "\n", &|n| format!("local a{n}")));
        texts.push(format!("do local {names} end local {names}"));
        texts.push(format!("\nlocal function f()\n\nlocal {names} end"));
        texts.push(format!("\nx = function\n(\n{names}) end"));
        texts.push(format!("\nfunction\nf(\n{names},...) end"));
        texts.push(format!("\nfunction f:m(\n{names}) end"));
        texts.push(format!("\nfunction f:m(\n{names},...) end"));
        texts.push(format!("local {names} for i=1,2 do local a end"));
        texts.push(format!("local {names} for i in x do local a end"));
        texts.push(format!("for {names} in x do local b end"));
        texts.push(format!("for {names}\nin x do local b end"));
        texts.push(format!("local {names} local function f() end"));
        texts.push(format!(
            "local {names} do local b = function() local c end end"
        ));
        texts.push(format!("{names} = 1"));
        texts.push(format!("do {names} = 1 end"));
        texts.push(format!("\nfunction f() do {names}\n= 1 end end"));
        texts.push(format!("x={{function() {names} = 1 end}}"));
    }
    for count in 55..=65 {
        let names = names(count);
        let sum = names.replace(',', "+");
        texts.push(format!("local {names}\nfunction f()\nreturn {sum} end"));
        texts.push(format!(
            "local {names}\nfunction f()\nreturn {sum}, {sum}\n, b end"
        ));
        texts.push(format!(
            "local {names}\nfunction f()\nlocal function g() return {sum} end end"
        ));
        texts.push(format!(
            "local {names}\nfunction f() local b return function()\nreturn b+{sum} end end"
        ));
        texts.push(format!(
            "local {names}\nfunction f() local b return function()\nreturn\n{sum}+\nb\nend end"
        ));
        texts.push(format!("local {names}\nfunction f() x = {{{names}\n}} end"));
        texts.push(format!("local {names} function f() {names} = 1 end"));
    }
    check_texts(&texts);
    // The array of all locals of a function.
    for count in [32_766, 32_767, 32_768, 40_000] {
        check_texts(&["do local a end ".repeat(count)]);
    }
}

#[test]
fn chunk_names() {
    let mut sources = Vec::new();
    for length in 0..120 {
        for start in ["=", "@", "", "return "] {
            let tail: String = (0..length)
                .map(|n| char::from(b'a' + (n % 26) as u8))
                .collect();
            sources.push((b"x=".to_vec(), format!("{start}{tail}").into_bytes()));
        }
        let line = "b".repeat(length);
        for name in [
            format!("{line}\n"),
            format!("{line}\r\nc"),
            format!("{line}\0c"),
            format!("={line}\0c"),
            format!("@{line}\nc"),
            format!("={line}\nc"),
        ] {
            sources.push((b"\n=".to_vec(), name.into_bytes()));
        }
    }
    check(&sources);
}

/// The same for the names of run-time errors, which are shorter.
#[test]
fn short_chunk_names() {
    let mut names: Vec<Vec<u8>> = Vec::new();
    for length in 0..100 {
        let text = "abcdefghij".repeat(10)[..length].to_owned();
        for (start, end) in [
            ("=", ""),
            ("@", ""),
            ("", ""),
            ("", "\nx"),
            ("@", "\nx"),
            ("", "\rx"),
        ] {
            names.push(format!("{start}{text}{end}").into_bytes());
        }
    }
    let sources: Vec<Source> = names
        .iter()
        .map(|name| (Vec::new(), name.clone()))
        .collect();
    let Some(answers) = ask_oracle(&sources, "debug.getinfo(f, 'S').short_src") else {
        return;
    };
    for (name, answer) in names.iter().zip(answers) {
        assert_eq!(Ok(evalua_syntax::chunk_id(name)), answer);
    }
}

#[test]
fn incomplete_exactly_at_the_end() {
    for text in [
        "x=",
        "do",
        "f(",
        "x='\\",
        "x=[[",
        "--[[",
        "break",
        "if x then",
        "x",
    ] {
        let error = evalua_syntax::parse(text.as_bytes(), b"=x").expect_err(text);
        assert!(
            error.incomplete && error.message.ends_with(b"near '<eof>'"),
            "{text}: {error}"
        );
    }
    for text in [
        "x=)",
        "end",
        "x='a\n",
        "x=1e",
        "x = <",
        "f()\n()",
        "x='<eof>' '<eof>'",
        "x=\0",
    ] {
        let error = evalua_syntax::parse(text.as_bytes(), b"=x").expect_err(text);
        assert!(!error.incomplete, "{text}: {error}");
    }
}

#[test]
fn error_has_place_and_text() {
    let error = evalua_syntax::parse(b"x = 1\ny = = 2", b"@file.lua").expect_err("not Lua");
    assert_eq!(error.to_string(), "file.lua:2: unexpected symbol near '='");
    assert_eq!((error.line, error.span.start, error.span.end), (2, 10, 11));
}

#[test]
fn shebang_line_keeps_line_numbers() {
    let script = evalua_syntax::skip_shebang(b"#!/usr/bin/lua\n\nx = = 1");
    let error = evalua_syntax::parse(script, b"=x").expect_err("not Lua");
    assert_eq!(error.line, 3);
    assert_eq!(evalua_syntax::skip_shebang(b"#"), b"");
    assert_eq!(evalua_syntax::skip_shebang(b"x = #t"), b"x = #t");
    let error = evalua_syntax::parse(b"#!/bin/lua\n", b"=x").expect_err("only skipped on demand");
    assert_eq!(error.to_string(), "x:1: unexpected symbol near '#'");
}

#[test]
fn later_errors_name_the_next_token() {
    let text = b"x = {a\n, b} + 1 -- c\n 'd\\n'";
    let chunk = evalua_syntax::parse(b"x = {a\n, b} + 1", b"=x").expect("valid");
    let table = chunk
        .tree
        .exprs
        .iter()
        .find(|expr| matches!(expr.kind, evalua_syntax::ast::ExprKind::Table(_)));
    let table = table.expect("a table").span;
    let error =
        evalua_syntax::error_after(text, b"=x", table, "function or expression too complex");
    assert_eq!(
        error.to_string(),
        "x:2: function or expression too complex near '+'"
    );
    let error =
        evalua_syntax::error_after(text, b"=x", chunk.main.span, "control structure too long");
    assert_eq!(
        error.to_string(),
        "x:3: control structure too long near ''d\n''"
    );
}

/// Called by no script, the whole depth is there, as for a script that a Redis server compiles.
#[test]
fn depth_of_the_caller_counts() {
    let nest = |levels| format!("x = {}1{}", "(".repeat(levels), ")".repeat(levels));
    for (depth, most) in [(0, 198), (1, 197), (100, 98), (198, 0)] {
        let parse = |levels| {
            evalua_syntax::parse_watched(nest(levels).as_bytes(), b"=x", depth, &mut |_| true)
        };
        assert!(parse(most).is_ok(), "{depth}");
        let error = parse(most + 1).expect_err("too deep");
        assert_eq!(error.to_string(), "x:1: chunk has too many syntax levels");
    }
    for depth in [199, 200, u32::MAX] {
        assert!(evalua_syntax::parse_watched(b"x = 1", b"=x", depth, &mut |_| true).is_err());
    }
}
