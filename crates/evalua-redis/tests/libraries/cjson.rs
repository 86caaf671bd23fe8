//! `cjson`.

use evalua_redis::Redis;
use evalua_redis::rng::Rng;

use crate::both::{Both, engine, ours};
use crate::cases;
use crate::random::{Gen, literal};

/// Bodies of functions, each on one line.
const CASES: &[&str] = &[
    // What there is.
    "return cjson",
    "return cjson.new()",
    "return cjson.null, type(cjson.null), cjson.null == cjson.new().null",
    "if cjson.null then return 'true' end",
    // Scalars.
    "return cjson.encode(nil), cjson.encode(true), cjson.encode(false), cjson.encode(cjson.null)",
    "return cjson.encode(''), cjson.encode('abc'), cjson.encode('a\\0b')",
    "return cjson.encode('/\\\\\"\\b\\f\\n\\r\\t\\127\\31\\128\\255')",
    "return cjson.encode('a fairly long text without anything to escape in it, so that it is copied')",
    "return cjson.encode('a fairly long text with \"something\" to escape in it, so that it is not')",
    "return cjson.encode(0), cjson.encode(-0), cjson.encode(1), cjson.encode(-1), cjson.encode(0.1)",
    "return cjson.encode(1e14), cjson.encode(1e15), cjson.encode(-1e14), cjson.encode(99999999999999)",
    "return cjson.encode(2^53), cjson.encode(2^63), cjson.encode(-2^63), cjson.encode(1e300)",
    "return cjson.encode(1/3), cjson.encode(123456.789), cjson.encode(1e-7), cjson.encode(5e-324)",
    "return cjson.encode(0/0)",
    "return cjson.encode(1/0)",
    "return cjson.encode(tostring)",
    "return cjson.encode(function() end)",
    "return cjson.encode(coroutine.create(function() end))",
    // Tables.
    "return cjson.encode({})",
    "return cjson.encode({{}, {{}}})",
    "return cjson.encode({1, 2, 3})",
    "return cjson.encode({1, 2, nil, 4})",
    "return cjson.encode({nil, nil, 3})",
    "return cjson.encode({nil, false})",
    "return cjson.encode({[1]=1, [2]=2, [5]=5})",
    "return cjson.encode({[10]=1})",
    "return cjson.encode({[11]=1})",
    "return cjson.encode({[1]=1, [20]=2})",
    "return cjson.encode({[1]=1, [2]=2, [3]=3, [4]=4, [5]=5, [6]=6, [12]=12})",
    "return cjson.encode({[1]=1, [2]=2, [3]=3, [4]=4, [5]=5, [6]=6, [13]=13})",
    "return cjson.encode({[0]=1, 2})",
    "return cjson.encode({[-1]=1})",
    "return cjson.encode({[1.5]=1, [2]=2})",
    "return cjson.encode({[2^31]=1})",
    "return cjson.encode({[2^53]=1, [1]=2})",
    "return cjson.encode({[1/0]=1})",
    "return cjson.encode({[-1/0]=1})",
    "return cjson.encode({a=1/0})",
    "return cjson.encode({[true]=1})",
    "return cjson.encode({[{}]=1})",
    "return cjson.encode({a={b={[cjson.encode]=1}}})",
    "return cjson.encode({zeta=1, alpha=2, mid=3, b=4, c=5})",
    "return cjson.encode({1, 2, x=3})",
    "return cjson.encode({['1']=1, ['2']=2})",
    "return cjson.encode({a=1, [1]='x', [0.5]=true})",
    "return cjson.encode(setmetatable({}, {__index={1, 2, 3}}))",
    "local t = {} for i = 1, 300 do t[i] = i * i end return cjson.encode(t)",
    "local t = {} for i = 1, 100 do t['key' .. i] = {i} end return cjson.encode(t)",
    "local t = {} for i = 1, 100 do t[i] = i end for i = 1, 50 do t[i * 2] = nil end return cjson.encode(t)",
    "local t = {} for i = 1, 100 do t[i] = i end for i = 1, 99 do t[i] = nil end return cjson.encode(t)",
    "local t = {} t[1] = t return cjson.encode(t)",
    "local t = {} t.a = t return cjson.encode(t)",
    "local t = {} t.a = {t} return cjson.encode(t)",
    "local t = {1} for i = 2, 1000 do t = {t} end return #cjson.encode(t)",
    "local t = {1} for i = 2, 1001 do t = {t} end return #cjson.encode(t)",
    "local t = {} for i = 2, 1000 do t = {a=t} end return #cjson.encode(t)",
    "local t = {} for i = 2, 1001 do t = {a=t} end return #cjson.encode(t)",
    "local t = {} for i = 1, 10000 do t = {t} end return cjson.encode(t)",
    "return cjson.decode(('[{\"a\":'):rep(5000) .. ('}]'):rep(5000))",
    // Arguments.
    "return cjson.encode()",
    "return cjson.encode(1, 2)",
    "return cjson:encode()",
    "local e = cjson.encode return e(1, 2)",
    "local e = cjson.encode local a = e(1, 2)",
    "local a = cjson.encode(cjson.encode)",
    "return cjson.decode()",
    "return cjson.decode('1', 2)",
    "return cjson.decode(nil)",
    "return cjson.decode({})",
    "return cjson.decode(true)",
    "return cjson.decode(12.5)",
    "return cjson.decode(1/0)",
    // Options.
    "return cjson.new().encode_sparse_array()",
    "return cjson.new().encode_sparse_array(true)",
    "return cjson.new().encode_sparse_array(true, 1, 0)",
    "return cjson.new().encode_sparse_array('on', '3', 4.9)",
    "return cjson.new().encode_sparse_array('off', nil, 4)",
    "return cjson.new().encode_sparse_array('maybe')",
    "return cjson.new().encode_sparse_array('on\\0x')",
    "return cjson.new().encode_sparse_array('\\255')",
    "return cjson.new().encode_sparse_array(1)",
    "return cjson.new().encode_sparse_array({})",
    "return cjson.new().encode_sparse_array(nil, -1)",
    "return cjson.new().encode_sparse_array(nil, 2^31)",
    "return cjson.new().encode_sparse_array(nil, 2^32 + 7)",
    "return cjson.new().encode_sparse_array(nil, 0/0)",
    "return cjson.new().encode_sparse_array(nil, {})",
    "return cjson.new().encode_sparse_array(nil, nil, -5)",
    "return cjson.new().encode_sparse_array(nil, nil, nil, nil)",
    "local c = cjson.new() pcall(c.encode_sparse_array, true, -1) return c.encode_sparse_array()",
    "local c = cjson.new() c.encode_sparse_array(true) return c.encode({[100]=1, [3]='x'})",
    "local c = cjson.new() c.encode_sparse_array(true, 1) return c.encode({1, 2, 3, [100]=1})",
    "local c = cjson.new() c.encode_sparse_array(false, 0) return c.encode({[30]=1})",
    "local c = cjson.new() c.encode_sparse_array(false, 1, 0) return c.encode({1, nil, 3})",
    "local c = cjson.new() c.encode_sparse_array(false, 2, 100) return c.encode({[100]=1})",
    "local c = cjson.new() c.encode_sparse_array(false, 2147483647) return c.encode({1, [30]=1})",
    "local c = cjson.new() c.encode_sparse_array(false, 0) return c.encode({[2^31]=1, [2]=2})",
    "return cjson.new().encode_max_depth()",
    "return cjson.new().encode_max_depth(0)",
    "return cjson.new().encode_max_depth(5, 6)",
    "local c = cjson.new() c.encode_max_depth(2) return c.encode({{}}), c.encode({{1}}), c.encode({{{}}})",
    "local c = cjson.new() c.encode_max_depth(2) return c.encode({{{}}})",
    "local c = cjson.new() c.encode_max_depth(20000) local t = {1} for i = 2, 7997 do t = {t} end return #c.encode(t)",
    "local c = cjson.new() c.encode_max_depth(20000) local t = {1} for i = 2, 7998 do t = {t} end return #c.encode(t)",
    "local c = cjson.new() c.encode_max_depth(20000) local t = {} for i = 2, 3999 do t = {a=t} end return #c.encode(t)",
    "local c = cjson.new() c.encode_max_depth(20000) local t = {} for i = 2, 4000 do t = {a=t} end return #c.encode(t)",
    "local c = cjson.new() c.encode_max_depth(20000) local t = {} t.a = {t} return #c.encode(t)",
    "return cjson.new().decode_max_depth()",
    "return cjson.new().decode_max_depth(-1)",
    "return cjson.new().decode_max_depth(7)",
    "local c = cjson.new() c.decode_max_depth(2) return c.decode('[[]]'), c.decode('{\"a\":[1]}')",
    "local c = cjson.new() c.decode_max_depth(2) return c.decode('[[[]]]')",
    "local c = cjson.new() c.decode_max_depth(2) return c.decode('[1, {\"a\":  {}}]')",
    "local c = cjson.new() c.decode_max_depth(20000) return type(c.decode(('['):rep(7997) .. (']'):rep(7997)))",
    "local c = cjson.new() c.decode_max_depth(20000) return c.decode(('['):rep(7999) .. (']'):rep(7999))",
    "local c = cjson.new() c.decode_max_depth(20000) return type(c.decode(('{\"a\":'):rep(3998) .. '1' .. ('}'):rep(3998)))",
    "local c = cjson.new() c.decode_max_depth(20000) return c.decode(('{\"a\":'):rep(4000) .. '1' .. ('}'):rep(4000))",
    "return cjson.new().encode_number_precision()",
    "return cjson.new().encode_number_precision(0)",
    "return cjson.new().encode_number_precision(15)",
    "return cjson.new().encode_number_precision('3')",
    "local c = cjson.new() c.encode_number_precision(3) return c.encode({1, 999, 1000, 999.9, 0.00012345, -5, 12.25})",
    "local c = cjson.new() c.encode_number_precision(1) return c.encode({1, 9, 10, 95, 0.5, -0, 25})",
    "return cjson.new().encode_keep_buffer()",
    "return cjson.new().encode_keep_buffer(false)",
    "return cjson.new().encode_keep_buffer('null')",
    "local c = cjson.new() c.encode_keep_buffer(false) return c.encode({1}), pcall(c.encode, {[true]=1})",
    "return cjson.new().encode_invalid_numbers()",
    "return cjson.new().encode_invalid_numbers(true)",
    "return cjson.new().encode_invalid_numbers('null')",
    "return cjson.new().encode_invalid_numbers('on')",
    "return cjson.new().encode_invalid_numbers('off')",
    "return cjson.new().encode_invalid_numbers('x')",
    "return cjson.new().encode_invalid_numbers(2)",
    "local c = cjson.new() c.encode_invalid_numbers(true) return c.encode({0/0, -(0/0), 1/0, -1/0, [1/0]=1})",
    "local c = cjson.new() c.encode_invalid_numbers('null') return c.encode({0/0, -(0/0), 1/0, -1/0}), c.encode({[1/0]=1})",
    "return cjson.new().decode_invalid_numbers()",
    "return cjson.new().decode_invalid_numbers(false)",
    "return cjson.new().decode_invalid_numbers('null')",
    // The options of the library itself last, and each library has its own.
    "return cjson.encode_max_depth(900), cjson.new().encode_max_depth()",
    "return cjson.encode_max_depth()",
    "return cjson.encode_max_depth(1000)",
];

/// Texts to decode, with numbers that JSON has not and without.
const TEXTS: &[&str] = &[
    "",
    " ",
    "1",
    " 1 ",
    "1 2",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[]",
    "[ ]",
    "{}",
    "{ }",
    "]",
    "}",
    ",",
    ":",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{a:1}",
    "{1:1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1,\"b\":2}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":null}",
    "[null,null]",
    "[[],{},[{}]]",
    "true",
    "false",
    "null",
    "nul",
    "nulls",
    "True",
    "TRUE",
    "t",
    "f",
    "n",
    "truefalse",
    "[true,false,null]",
    "\"\"",
    "\"abc\"",
    "\"abc",
    "\"ab\\",
    "\"\\\"",
    "\"\\\"\"",
    "\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\a\"",
    "\"\\'\"",
    "\"\\u0041\"",
    "\"\\u00e9\\u20ac\"",
    "\"\\u0000x\"",
    "\"\\u004\"",
    "\"\\u004g\"",
    "\"\\u\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\ud83dx\"",
    "\"\\ud83d\\n\"",
    "\"\\ud83d\\u0041\"",
    "\"\\ude00\"",
    "\"\\ud83d\\ud83d\"",
    "\"\\uD83D\\uDE00\\uFFFF\\ue000\"",
    "\"a\nb\"",
    "\"\u{7f}\u{1}\"",
    "\"é\"",
    "'a'",
    "0",
    "-0",
    "-",
    "- 1",
    "+1",
    "+",
    "-+1",
    "--1",
    "1.5",
    "1.",
    ".5",
    "-.5",
    "1e5",
    "1E+5",
    "1e-5",
    "1e",
    "1e+",
    "1.5.5",
    "01",
    "-01",
    "007.5",
    "00",
    "0x10",
    "-0x10",
    "0X1F",
    "0x",
    "0xg",
    "0x1.8p3",
    "1e400",
    "-1e400",
    "1e-400",
    "123456789012345",
    "1234567890123456",
    "9007199254740993",
    "123456789012345678901234567890",
    "0.1",
    "3.141592653589793238462643383279",
    "1e22",
    "1e23",
    "4.9e-324",
    "1_000",
    "1,000",
    "nan",
    "NaN",
    "-nan",
    "-NaN",
    "nan(12)",
    "nano",
    "inf",
    "-inf",
    "Infinity",
    "-Infinity",
    "infinite",
    "i",
    "I",
    "N",
    "in",
    "-i",
    "-x",
    "[nan,inf,-inf]",
    "[nan1]",
    "[1x]",
    "[1true]",
    "// x",
    "/* x */",
    "\u{feff}1",
    "\u{a0}1",
    "\u{b}1",
    "\u{c}1",
    "\t\r\n 1\t\r\n ",
    "[1,2,3,4,5,6,7,8,9,10]",
    "{\"zeta\":1,\"alpha\":2,\"mid\":3,\"b\":4,\"c\":5}",
    "{\"1\":1,\"2\":2}",
    "{\"\":1}",
    "{\"a\":{\"b\":{\"c\":[1,{\"d\":2}]}}}",
    "[[1,2],[3,[4]],{\"x\":[5]}]",
    "{\"\\u0061\":1}",
    "{\"a\\x\":1}",
    "{\"a:1}",
    "{null:1}",
    "{[]:1}",
    "[1]]",
    "[1}",
    "{\"a\":1]",
    "\0",
    "\0\0",
    "1\0",
    "\x001",
    "[1]\0garbage",
    "[1\0]",
    "\"a\0b\"",
    "[1,\0",
    "{\"a\":\0",
    "x",
    "[x]",
    "\u{80}",
    "[\u{ff}]",
    "[1,\n\n?]",
];

/// Bytes that mean something to the decoder.
const SPECIAL: &[u8] = b"{}[],:\"\\u-+.eEx0nit\0 ";

#[test]
fn cases_as_on_the_server() {
    let Some(mut both) = Both::new() else { return };
    for case in CASES {
        both.compare(case);
    }
    both.finish();
}

#[test]
fn texts_as_on_the_server() {
    let Some(mut both) = Both::new() else { return };
    for text in TEXTS {
        let text = literal(text.as_bytes());
        both.compare(&format!("return cjson.decode({text})"));
        both.compare(&format!("local value = cjson.decode({text}) return value"));
        both.compare(&format!(
            "local c = cjson.new() c.decode_invalid_numbers(false) return c.decode({text})"
        ));
    }
    both.finish();
}

#[test]
fn random_values_as_on_the_server() {
    let Some(mut both) = Both::new() else { return };
    let mut random = Gen::new(1);
    for _ in 0..cases(1000) {
        let value = random.value(4);
        both.compare(&format!("return cjson.encode({value})"));
        both.compare(&format!(
            "local c = cjson.new() c.encode_sparse_array({}, {}, {}) c.encode_invalid_numbers({}) \
             c.encode_number_precision({}) local s = c.encode({value}) return s, c.decode(s)",
            random.of(&["true", "false"]),
            random.below(4),
            random.below(20),
            random.of(&["true", "false", "'null'"]),
            1 + random.below(14),
        ));
    }
    both.finish();
}

#[test]
fn random_texts_as_on_the_server() {
    let Some(mut both) = Both::new() else { return };
    let mut random = Gen::new(2);
    for _ in 0..cases(2000) {
        let text = literal(&json(&mut random));
        both.compare(&format!("return cjson.decode({text})"));
    }
    both.finish();
}

/// A text that is JSON, or nearly.
fn json(random: &mut Gen) -> Vec<u8> {
    let mut text = Vec::new();
    put_json(random, 4, &mut text);
    for _ in 0..random.below(3) {
        if text.is_empty() {
            break;
        }
        let at = random.below(text.len());
        match random.below(4) {
            0 => text[at] = random.bits() as u8,
            1 => text[at] = random.of(SPECIAL),
            2 => text.truncate(at),
            _ => drop(text.remove(at)),
        }
    }
    text
}

fn put_json(random: &mut Gen, depth: usize, text: &mut Vec<u8>) {
    if random.below(8) == 0 {
        text.push(random.of(b" \t\r\n"));
    }
    match random.below(if depth == 0 { 5 } else { 9 }) {
        0 => text.extend_from_slice(
            random
                .of(&["true", "false", "null", "nan", "-inf"])
                .as_bytes(),
        ),
        1 | 2 => {
            let number = random.number();
            let number = match random.below(4) {
                0 => format!("{number:e}"),
                1 => format!("{number:.*}", random.below(20)),
                _ => format!("{number}"),
            };
            text.extend_from_slice(number.as_bytes());
        }
        3 | 4 => put_json_string(random, text),
        5 | 6 => {
            text.push(b'[');
            for i in 0..random.below(12) {
                if i > 0 {
                    text.push(b',');
                }
                put_json(random, depth - 1, text);
            }
            text.push(b']');
        }
        _ => {
            text.push(b'{');
            for i in 0..random.below(12) {
                if i > 0 {
                    text.push(b',');
                }
                put_json_string(random, text);
                text.push(b':');
                put_json(random, depth - 1, text);
            }
            text.push(b'}');
        }
    }
}

fn put_json_string(random: &mut Gen, text: &mut Vec<u8>) {
    text.push(b'"');
    for _ in 0..random.below(10) {
        match random.below(8) {
            0 => text.extend_from_slice(format!("\\u{:04x}", random.bits() as u16).as_bytes()),
            1 => text.extend_from_slice(
                random
                    .of(&["\\n", "\\\"", "\\\\", "\\/", "\\ud83d\\ude00", "é"])
                    .as_bytes(),
            ),
            _ => text.push(random.of(b"abcdefghijklmnopqrstuvwxyz")),
        }
    }
    text.push(b'"');
}

/// Records with the same fields in the same order, of which only the first is laid out key by key. What is added to them
/// afterwards goes where there is room.
#[test]
fn records_as_on_the_server() {
    let Some(mut both) = Both::new() else { return };
    let mut random = Gen::new(5);
    for _ in 0..1500 {
        let fields: Vec<String> = (0..random.below(21))
            .map(|_| match random.below(30) {
                0 => format!(
                    "a key that is too long for a short string: {}",
                    random.below(3)
                ),
                1 => String::new(),
                _ => format!("{}{}", random.of(&["k", "name", "of_"]), random.below(40)),
            })
            .collect();
        let record = |random: &mut Gen| {
            let fields = fields.iter().map(|field| match random.below(12) {
                0 => format!("\"{field}\":null"),
                1 => format!("\"{field}\":[1,null,\"x\"]"),
                2 => format!("\"{field}\":{{\"x\":1,\"y\":{{}}}}"),
                _ => format!("\"{field}\":{}", random.below(100)),
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        };
        let count = 1 + random.below(5);
        let records: Vec<String> = (0..count).map(|_| record(&mut random)).collect();
        let text = format!("[{}]", records.join(","));
        let new = random.below(4);
        let added: String = (0..random.below(4))
            .map(|_| format!("r.k{} = r.k{} ", random.below(40), random.below(40)))
            .chain((0..new).map(|i| format!("r.new{i} = {i} r[{}] = {i} ", i + 1)))
            .collect();
        both.compare(&format!(
            "local function grown(t) for _, r in ipairs(t) do {added} end return t end \
             local t = cjson.decode({}) local p = cmsgpack.pack(t) \
             return p, grown(t), grown(cmsgpack.unpack(p)), #t",
            literal(text.as_bytes())
        ));
    }
    both.finish();
}

/// Lists of all lengths that differ in how they are made, with more put behind their ends.
#[test]
fn lists_as_on_the_server() {
    let Some(mut both) = Both::new() else { return };
    let mut random = Gen::new(6);
    for length in (0..140).chain([255, 256, 257, 1000]) {
        let items: Vec<String> = (0..length).map(|i| i.to_string()).collect();
        let (first, second) = (random.below(4), random.below(4));
        both.compare(&format!(
            "local t = cjson.decode('[{}]') local p = cmsgpack.pack(t) local u = cmsgpack.unpack(p) \
             for _, t in ipairs{{t, u}} do t.x = 1 t[#t + {first}] = 'a' t[#t + {second}] = 'b' end \
             return t, u, #t, #u",
            items.join(",")
        ));
    }
    // MessagePack has nil as an item, as a key and as a value.
    for _ in 0..1500 {
        let count = random.below(16);
        let is_map = random.below(2) == 0;
        let mut text = vec![if is_map { 0x80 } else { 0x90 } | count as u8];
        for _ in 0..if is_map { 2 * count } else { count } {
            match random.below(6) {
                0 => text.push(0xc0),
                1 => text.push(0xc3),
                2 => text.extend_from_slice(&[0xa2, b'k', b'a' + random.below(4) as u8]),
                3 => text.extend_from_slice(&[0xa1, b'a' + random.below(20) as u8]),
                _ => text.push(random.below(20) as u8),
            }
        }
        both.compare(&format!(
            "local t = cmsgpack.unpack({}) local n = #t t[n + 1] = 1 t.last = 2 return t, n, #t",
            literal(&text)
        ));
    }
    both.finish();
}

#[test]
fn a_million_items() {
    let mut redis = engine();
    let body = "local t = {} for i = 1, 1000000 do t[i] = i end \
        local s = cjson.encode(t) local u = cjson.decode(s) return #s, #u, u[1000000]";
    assert_eq!(ours(&mut redis, body), b"ok 6888897 1000000 1000000");
}

#[test]
fn random_bytes_do_no_harm() {
    let mut redis = engine();
    let mut rng = Rng::new(3);
    for _ in 0..5000 {
        let length = rng.below(30);
        let text: Vec<u8> = (0..length)
            .map(|_| match rng.below(2) {
                0 => rng.next_u64() as u8,
                _ => SPECIAL[rng.below(SPECIAL.len())],
            })
            .collect();
        let answer = ours(
            &mut redis,
            &format!("return cjson.decode({})", literal(&text)),
        );
        assert!(answer.starts_with(b"ok ") || answer.starts_with(b"error "));
    }
}

/// What lies on the stack while a text is read takes no room for ever.
#[test]
fn the_stack_stays_small_where_tables_nest_deep() {
    let mut redis = engine();
    let answer = ours(
        &mut redis,
        "local texts = {('[' .. ('1,'):rep(62)):rep(1000) .. '1' .. (']'):rep(1000), \
           ((string.char(0xdc, 0, 63) .. ('1'):rep(62)):rep(3900)) .. '1'} \
         local function used() collectgarbage() collectgarbage() return collectgarbage('count') end \
         local before = used() \
         for i, decode in ipairs{cjson.decode, cmsgpack.unpack} do \
           local t = decode(texts[i]) for depth = 1, 999 do assert(#t == 63) t = t[63] end end \
         return used() - before < 200",
    );
    assert_eq!(answer, b"ok true");
}

#[test]
fn limits_hold() {
    // A value of 2^40 items by sharing.
    let body = "local t = {1} for i = 1, 40 do t = {t, t} end return cjson.encode(t)";
    let mut redis = Redis::builder().max_memory(16 << 20).build();
    assert_eq!(ours(&mut redis, body), b"error 17:not enough memory");
    let mut redis = Redis::builder().max_instructions(100_000).build();
    let answer = ours(&mut redis, body);
    assert!(answer.starts_with(b"Error"), "{}", answer.escape_ascii());
}
