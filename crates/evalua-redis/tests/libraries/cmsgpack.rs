//! `cmsgpack`.

use evalua_redis::Redis;

use crate::both::{Both, engine, ours};
use crate::cases;
use crate::random::{Gen, literal};

const CASES: &[&str] = &[
    "return cmsgpack",
    // Packing.
    "return cmsgpack.pack(nil), cmsgpack.pack(true), cmsgpack.pack(false)",
    "return cmsgpack.pack(0), cmsgpack.pack(127), cmsgpack.pack(128), cmsgpack.pack(255), cmsgpack.pack(256)",
    "return cmsgpack.pack(65535), cmsgpack.pack(65536), cmsgpack.pack(2^32 - 1), cmsgpack.pack(2^32)",
    "return cmsgpack.pack(2^53), cmsgpack.pack(2^63), cmsgpack.pack(2^63 - 1024), cmsgpack.pack(2^64)",
    "return cmsgpack.pack(-1), cmsgpack.pack(-32), cmsgpack.pack(-33), cmsgpack.pack(-128), cmsgpack.pack(-129)",
    "return cmsgpack.pack(-32768), cmsgpack.pack(-32769), cmsgpack.pack(-2^31), cmsgpack.pack(-2^31 - 1)",
    "return cmsgpack.pack(-2^63), cmsgpack.pack(-2^64), cmsgpack.pack(-0)",
    "return cmsgpack.pack(0.5), cmsgpack.pack(0.1), cmsgpack.pack(1e300), cmsgpack.pack(1e-45), cmsgpack.pack(5e-324)",
    "return cmsgpack.pack(1/0), cmsgpack.pack(-1/0), cmsgpack.pack(0/0), cmsgpack.pack(-(0/0))",
    "return cmsgpack.pack(''), cmsgpack.pack('abc'), cmsgpack.pack('a\\0b\\255')",
    "return cmsgpack.pack(('x'):rep(31)), cmsgpack.pack(('x'):rep(32)), cmsgpack.pack(('x'):rep(255))",
    "return cmsgpack.pack(('x'):rep(256)), cmsgpack.pack(('x'):rep(65535)), cmsgpack.pack(('x'):rep(65536))",
    "return cmsgpack.pack({}), cmsgpack.pack({1, 2, 3}), cmsgpack.pack({1, nil, 3}), cmsgpack.pack({nil, 2})",
    "return cmsgpack.pack({a=1}), cmsgpack.pack({a=1, b=2, c=3}), cmsgpack.pack({1, a=2})",
    "return cmsgpack.pack({[0]=1}), cmsgpack.pack({[-1]=1}), cmsgpack.pack({[1.5]=1}), cmsgpack.pack({[2^31]=1})",
    "return cmsgpack.pack({[2]=1, [1]=2}), cmsgpack.pack({[2]=1}), cmsgpack.pack({[1/0]=1})",
    "return cmsgpack.pack({[{}]=1}), cmsgpack.pack({[true]={}}), cmsgpack.pack({[tostring]=1})",
    "return cmsgpack.pack(tostring), cmsgpack.pack(cjson.null), cmsgpack.pack({tostring, cjson.null})",
    "return cmsgpack.pack(coroutine.create(function() end))",
    "return cmsgpack.pack(setmetatable({}, {__index=function() return 1 end, __len=function() return 5 end}))",
    "local t = {} for i = 1, 15 do t[i] = i end local s = cmsgpack.pack(t) t[16] = 16 return s, cmsgpack.pack(t)",
    "local t = {} for i = 1, 65535 do t[i] = i end local s = cmsgpack.pack(t) t[65536] = 16 return s, cmsgpack.pack(t)",
    "local t = {} for i = 1, 15 do t['k' .. i] = i end local s = cmsgpack.pack(t) t.x = 16 return s, cmsgpack.pack(t)",
    "local t = {} for i = 1, 65536 do t['k' .. i] = i end return cmsgpack.pack(t)",
    "local t = {} t[1] = t return cmsgpack.pack(t)",
    "local t = {} t.a = t return cmsgpack.pack(t)",
    "local t = {} t[t] = t return cmsgpack.pack(t)",
    "local t = 1 for i = 1, 15 do t = {t} end return cmsgpack.pack(t), cmsgpack.pack({t}), cmsgpack.pack({{t}})",
    "local t = 1 for i = 1, 15 do t = {a=t} end return cmsgpack.pack(t), cmsgpack.pack({t}), cmsgpack.pack({{t}})",
    "return cmsgpack.pack(1, 'a', {}, nil)",
    "return cmsgpack.pack()",
    "local s = cmsgpack.pack()",
    "return cmsgpack:pack()",
    "local t = {} for i = 1, 4000 do t[i] = i end return cmsgpack.pack(unpack(t))",
    "local t = {} for i = 1, 4001 do t[i] = i end return cmsgpack.pack(unpack(t))",
    "local t = {} for i = 1, 4001 do t[i] = i end return cmsgpack:pack(unpack(t))",
    "local t = {} for i = 1, 4000 do t[i] = {} end return cmsgpack.pack(unpack(t))",
    "local t = {} for i = 1, 3999 do t[i] = {{1}} end return cmsgpack.pack(unpack(t))",
    "local t = {} for i = 1, 3999 do t[i] = {a=1} end return cmsgpack.pack(unpack(t))",
    "local t = {} for i = 1, 3998 do t[i] = {{{1}}} end return cmsgpack.pack(unpack(t))",
    "local t = {} for i = 1, 3998 do t[i] = {a={b=1}} end return cmsgpack.pack(unpack(t))",
    // Unpacking.
    "return cmsgpack.unpack('')",
    "return cmsgpack.unpack('\\0\\127\\224\\255\\192\\194\\195')",
    "return cmsgpack.unpack('\\204\\255\\205\\255\\255\\206\\255\\255\\255\\255')",
    "return cmsgpack.unpack('\\207\\255\\255\\255\\255\\255\\255\\255\\255'), cmsgpack.unpack('\\207\\127\\255\\255\\255\\255\\255\\255\\255')",
    "return cmsgpack.unpack('\\208\\128\\209\\128\\0\\210\\128\\0\\0\\0\\211\\128\\0\\0\\0\\0\\0\\0\\0')",
    "return cmsgpack.unpack('\\202\\63\\128\\0\\0\\203\\63\\240\\0\\0\\0\\0\\0\\0')",
    "return cmsgpack.unpack('\\202\\127\\192\\0\\0\\202\\255\\192\\0\\0\\203\\255\\248\\0\\0\\0\\0\\0\\0\\202\\127\\128\\0\\0')",
    "return cmsgpack.unpack('\\163abc\\217\\3abc\\218\\0\\3abc\\219\\0\\0\\0\\3abc')",
    "return cmsgpack.unpack('\\147\\1\\2\\3'), cmsgpack.unpack('\\220\\0\\1\\5'), cmsgpack.unpack('\\221\\0\\0\\0\\1\\5')",
    "return cmsgpack.unpack('\\129\\161a\\1'), cmsgpack.unpack('\\222\\0\\1\\161a\\1'), cmsgpack.unpack('\\223\\0\\0\\0\\1\\161a\\1')",
    "return cmsgpack.unpack('\\144\\128'), cmsgpack.unpack('\\147\\192\\192\\1'), cmsgpack.unpack('\\129\\1\\192')",
    "return cmsgpack.unpack('\\129\\192\\1')",
    "return cmsgpack.unpack('\\129\\192\\192')",
    "local x = cmsgpack.unpack('\\129\\203\\127\\248\\0\\0\\0\\0\\0\\0\\1')",
    "return cmsgpack.unpack('\\129\\144\\1')",
    "return cmsgpack.unpack('\\130\\161a\\1\\161a\\2')",
    "return cmsgpack.unpack('\\193')",
    "return cmsgpack.unpack('\\196\\1a')",
    "return cmsgpack.unpack('\\212\\1\\1')",
    "return cmsgpack.unpack('\\1\\2\\193')",
    "return cmsgpack.unpack('\\204')",
    "return cmsgpack.unpack('\\163ab')",
    "return cmsgpack.unpack('\\219\\255\\255\\255\\255ab')",
    "return cmsgpack.unpack('\\219\\0\\0')",
    "return cmsgpack.unpack('\\147\\1\\2')",
    "return cmsgpack.unpack('\\221\\255\\255\\255\\255')",
    "return cmsgpack.unpack('\\223\\255\\255\\255\\255\\1')",
    "return cmsgpack.unpack('\\129\\161a')",
    "return cmsgpack.unpack()",
    "return cmsgpack.unpack(nil)",
    "return cmsgpack.unpack({})",
    "return cmsgpack.unpack(12)",
    "return cmsgpack.unpack('\\1\\2', 5, 6, 7)",
    "return cmsgpack.unpack_one('\\1\\2\\3')",
    "return cmsgpack.unpack_one('\\1\\2\\3', 0)",
    "return cmsgpack.unpack_one('\\1\\2\\3', 1)",
    "return cmsgpack.unpack_one('\\1\\2\\3', 2)",
    "return cmsgpack.unpack_one('\\1\\2\\3', 3)",
    "return cmsgpack.unpack_one('\\1\\2\\3', 4)",
    "return cmsgpack.unpack_one('\\1\\2\\3', -1)",
    "return cmsgpack.unpack_one('\\1\\2\\3', 2^40)",
    "return cmsgpack.unpack_one('\\1\\2\\3', 'x')",
    "return cmsgpack.unpack_one('\\1\\2\\3', '1')",
    "return cmsgpack.unpack_one('\\1\\2\\3', 1.9)",
    "return cmsgpack.unpack_one('\\1\\2\\3', nil, 'x')",
    "return cmsgpack.unpack_one({}, {})",
    "return cmsgpack.unpack_one()",
    "return cmsgpack.unpack_one(12)",
    "return cmsgpack.unpack_one('')",
    "return cmsgpack.unpack_one('\\147\\1')",
    "return cmsgpack.unpack_one('\\147\\1\\2\\3')",
    "return cmsgpack.unpack_limit('\\1\\2\\3')",
    "return cmsgpack.unpack_limit('\\1\\2\\3', 0)",
    "return cmsgpack.unpack_limit('\\1\\2\\3', 0, 1)",
    "return cmsgpack.unpack_limit('\\1\\2\\3', 0, 3)",
    "return cmsgpack.unpack_limit('\\1\\2\\3', 2)",
    "return cmsgpack.unpack_limit('\\1\\2\\3', 3)",
    "return cmsgpack.unpack_limit('\\1\\2\\3', 4)",
    "return cmsgpack.unpack_limit('\\1\\2\\3', 1, 1)",
    "return cmsgpack.unpack_limit('\\1\\2\\3', 9, 2)",
    "return cmsgpack.unpack_limit('\\1\\2\\3', -1, 0)",
    "return cmsgpack.unpack_limit('\\1\\2\\3', 1, -9)",
    "return cmsgpack.unpack_limit('\\1\\2\\3', 1, 9)",
    "return cmsgpack.unpack_limit('\\1\\2\\3', 2^40)",
    "return cmsgpack.unpack_limit('\\1\\2\\3', 1, 0/0)",
    "return cmsgpack.unpack_limit('\\1\\2\\193', 2)",
    "return cmsgpack.unpack_limit('\\1\\2\\193', 3)",
    "return cmsgpack.unpack_limit()",
    "return cmsgpack.unpack_limit(1, 2, 3, 4)",
    "return select('#', cmsgpack.unpack(('\\1'):rep(7999)))",
    "return select('#', cmsgpack.unpack(('\\1'):rep(8000)))",
    "return select('#', cmsgpack.unpack(('\\1'):rep(7998), 1, 2))",
    "return select('#', cmsgpack.unpack_limit(('\\1'):rep(7998), 8000))",
    "return select('#', cmsgpack.unpack_limit(('\\1'):rep(7999), 8000))",
    "return select('#', cmsgpack.unpack_limit(('\\1'):rep(7999), 7999))",
    "local n, t = 0, cmsgpack.unpack(('\\145'):rep(3999) .. '\\1') while type(t) == 'table' do t = t[1] n = n + 1 end return n",
    "return type(cmsgpack.unpack(('\\145'):rep(4000) .. '\\1'))",
    "return type(cmsgpack.unpack('\\1' .. ('\\145'):rep(3999) .. '\\1'))",
    "return type(cmsgpack.unpack(('\\145'):rep(20000)))",
    "return type(cmsgpack.unpack(('\\145'):rep(3999) .. '\\129\\1\\1'))",
    "return type(cmsgpack.unpack(('\\129'):rep(20000)))",
    "return type(cmsgpack.unpack(('\\129\\1'):rep(20000)))",
    "return type(cmsgpack.unpack(('\\129\\1'):rep(3998) .. '\\144'))",
    "return type(cmsgpack.unpack(('\\129\\1'):rep(3999) .. '\\144'))",
    "return type(cmsgpack.unpack('\\1' .. ('\\129\\1'):rep(3999) .. '\\144'))",
    "return cmsgpack.unpack(cmsgpack.pack(1, {2, {3}}, 'x', {a={b=1}}))",
];

#[test]
fn cases_as_on_the_server() {
    let Some(mut both) = Both::new() else { return };
    for case in CASES {
        both.compare(case);
    }
    both.finish();
}

#[test]
fn random_values_as_on_the_server() {
    let Some(mut both) = Both::new() else { return };
    let mut random = Gen::new(1);
    for _ in 0..cases(1000) {
        let [one, two] = std::array::from_fn(|_| random.value(3));
        both.compare(&format!(
            "local s = cmsgpack.pack({one}, {two}) return s, cmsgpack.unpack(s)"
        ));
    }
    both.finish();
}

#[test]
fn random_texts_as_on_the_server() {
    let Some(mut both) = Both::new() else { return };
    let mut random = Gen::new(2);
    for _ in 0..cases(2000) {
        let text = literal(&packed(&mut random));
        both.compare(&match random.below(3) {
            0 => format!("return cmsgpack.unpack({text})"),
            1 => format!("return cmsgpack.unpack_one({text}, {})", random.below(8)),
            _ => format!(
                "return cmsgpack.unpack_limit({text}, {}, {})",
                random.below(8),
                random.below(8)
            ),
        });
    }
    both.finish();
}

/// Some values, perhaps damaged.
fn packed(random: &mut Gen) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..1 + random.below(4) {
        put_packed(random, 4, &mut text);
    }
    for _ in 0..random.below(3) {
        if text.is_empty() {
            break;
        }
        let at = random.below(text.len());
        match random.below(3) {
            0 => text[at] = random.bits() as u8,
            1 => text.truncate(at),
            _ => drop(text.remove(at)),
        }
    }
    text
}

fn put_packed(random: &mut Gen, depth: usize, text: &mut Vec<u8>) {
    match random.below(if depth == 0 { 5 } else { 8 }) {
        0 => text.push(random.of(&[0xc0, 0xc2, 0xc3])),
        1 => {
            let (tag, length) = random.of(&[
                (0xca, 4),
                (0xcb, 8),
                (0xcc, 1),
                (0xcd, 2),
                (0xce, 4),
                (0xcf, 8),
                (0xd0, 1),
                (0xd1, 2),
                (0xd2, 4),
                (0xd3, 8),
            ]);
            text.push(tag);
            text.extend_from_slice(&random.bits().to_be_bytes()[..length]);
        }
        2 => text.push(random.below(128) as u8),
        3 | 4 => {
            let bytes = random.bytes(20);
            let length = bytes.len() as u8;
            match random.below(4) {
                0 => text.push(0xa0 | length),
                1 => text.extend_from_slice(&[0xd9, length]),
                2 => text.extend_from_slice(&[0xda, 0, length]),
                _ => text.extend_from_slice(&[0xdb, 0, 0, 0, length]),
            }
            text.extend_from_slice(&bytes);
        }
        kind => {
            let count = random.below(16) as u8;
            let map = kind == 5;
            match random.below(3) {
                0 => text.push(if map { 0x80 } else { 0x90 } | count),
                1 => text.extend_from_slice(&[if map { 0xde } else { 0xdc }, 0, count]),
                _ => text.extend_from_slice(&[if map { 0xdf } else { 0xdd }, 0, 0, 0, count]),
            }
            for _ in 0..count {
                if map {
                    put_packed(random, 0, text);
                }
                put_packed(random, depth - 1, text);
            }
        }
    }
}

#[test]
fn a_million_items() {
    let mut redis = engine();
    let body = "local t = {} for i = 1, 1000000 do t[i] = i end \
        local s = cmsgpack.pack(t) local u = cmsgpack.unpack(s) return #s, #u, u[1000000]";
    assert_eq!(ours(&mut redis, body), b"ok 4868553 1000000 1000000");
}

#[test]
fn random_bytes_do_no_harm() {
    let mut redis = engine();
    let mut random = Gen::new(3);
    for _ in 0..5000 {
        let length = random.below(40);
        let text: Vec<u8> = (0..length)
            .map(|_| match random.below(2) {
                0 => random.bits() as u8,
                _ => 0x80 + random.below(0x60) as u8,
            })
            .collect();
        let answer = ours(
            &mut redis,
            &format!("return cmsgpack.unpack({})", literal(&text)),
        );
        assert!(answer.starts_with(b"ok") || answer.starts_with(b"error "));
    }
}

#[test]
fn limits_hold() {
    // A value of 8^15 items by sharing.
    let body = "local t = {1} for i = 1, 15 do t = {t, t, t, t, t, t, t, t} end \
        return cmsgpack.pack(t)";
    let mut redis = Redis::builder().max_memory(16 << 20).build();
    assert_eq!(ours(&mut redis, body), b"error 17:not enough memory");
    let mut redis = Redis::builder().max_instructions(100_000).build();
    let answer = ours(&mut redis, body);
    assert!(answer.starts_with(b"Error"), "{}", answer.escape_ascii());
}
