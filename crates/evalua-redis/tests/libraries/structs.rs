//! `struct`.

use std::fmt::Write;

use crate::both::{Both, engine, ours};
use crate::cases;
use crate::random::{Gen, double, literal};

const CASES: &[&str] = &[
    "return struct",
    // Sizes.
    "return struct.size(''), struct.size('b'), struct.size('h'), struct.size('i'), struct.size('l')",
    "return struct.size('ihlT'), struct.size('!ihlT'), struct.size('!8bl'), struct.size('!4bl'), struct.size('!2bd')",
    "return struct.size('B'), struct.size('H'), struct.size('I'), struct.size('L'), struct.size('T')",
    "return struct.size('f'), struct.size('d'), struct.size('x'), struct.size('c'), struct.size('c10'), struct.size(' ')",
    "return struct.size('i1'), struct.size('i3'), struct.size('i16'), struct.size('i32'), struct.size('i0'), struct.size('I7')",
    "return struct.size('i33')",
    "return struct.size('I100')",
    "return struct.size('i2147483647')",
    "return struct.size('i2147483648')",
    "return struct.size('c99999999999')",
    "return struct.size('c2147483647c2147483647c2147483647')",
    "return struct.size('s')",
    "return struct.size('c0')",
    "return struct.size('z'), struct.size('Q9')",
    "return struct.size('*')",
    "return struct.size('\\255')",
    "return struct.size('b\\0*')",
    "return struct.size('!')",
    "return struct.size('!0')",
    "return struct.size('!3')",
    "return struct.size('!1073741824bi')",
    "return struct.size('!16bi3bi5bi6bi12bi')",
    "return struct.size('!2bi3bi5'), struct.size('!4bi3bi5'), struct.size('!8bi3bi5bi7')",
    "return struct.size('<>b> <h')",
    "return struct.size()",
    "return struct.size({})",
    "return struct.size(12)",
    // Packing.
    "return struct.pack('')",
    "return struct.pack('b', 1), struct.pack('b', -1), struct.pack('b', 300), struct.pack('B', 200)",
    "return struct.pack('bhil', 1, 2, 3, 4), struct.pack('>bhil', 1, 2, 3, 4), struct.pack('<bhil', 1, 2, 3, 4)",
    "return struct.pack('>!bhil', 1, 2, 3, 4), struct.pack('!4bhil', 1, 2, 3, 4)",
    "return struct.pack('i3', -2), struct.pack('>i3', -2), struct.pack('i12', -2), struct.pack('>i12', -2)",
    "return struct.pack('i32', 1), struct.pack('>I32', 2^64 - 2048), struct.pack('i0', 5)",
    "return struct.pack('l', 2^63), struct.pack('l', -2^63), struct.pack('l', 2^64), struct.pack('l', -2^64)",
    "return struct.pack('l', 1e300), struct.pack('l', -1e300), struct.pack('l', 0/0), struct.pack('l', 1/0)",
    "return struct.pack('l', 1.9), struct.pack('l', -1.9), struct.pack('L', 2^63 + 2048)",
    "return struct.pack('f', 1.5), struct.pack('f', 0.1), struct.pack('f', 1e300), struct.pack('>f', -2)",
    "return struct.pack('f', 0/0), struct.pack('f', -(0/0)), struct.pack('f', 1e-45), struct.pack('f', 1e-46)",
    "return struct.pack('d', 1.5), struct.pack('d', 0.1), struct.pack('>d', 1e300), struct.pack('d', 0/0)",
    "return struct.pack('x'), struct.pack('bxb', 1, 2), struct.pack('!4bxi', 1, 2)",
    "return struct.pack('s', 'abc'), struct.pack('s', ''), struct.pack('ss', 'a\\0b', 'c'), struct.pack('s', 12)",
    "return struct.pack('c', 'abc'), struct.pack('c2', 'abc'), struct.pack('c0', 'abc'), struct.pack('c0', '')",
    "return struct.pack('c4', 'abc')",
    "return struct.pack('bc4', 1, 'abc')",
    "return struct.pack('b', '12'), struct.pack('b', '0x10')",
    "return struct.pack('b', 'x')",
    "return struct.pack('b', nil)",
    "return struct.pack('b', {})",
    "return struct.pack('b')",
    "return struct.pack('bb', 1)",
    "return struct.pack('bs', 1)",
    "return struct.pack('d')",
    "return struct.pack('s', nil)",
    "return struct.pack('s', {})",
    "return struct.pack('z', 1)",
    "return struct.pack('b*', 1)",
    "return struct.pack('b\\255', 1)",
    "return struct.pack('!3', 1)",
    "return struct.pack('i33', 1)",
    "return struct.pack('i99999999999', 1)",
    "return struct.pack()",
    "return struct.pack('b', 1, 2, 3)",
    "return struct.pack('b\\0b', 1)",
    "local s = struct.pack('b', 'x')",
    "local t = {} for i = 1, 200 do t[i] = i end return struct.pack(('b'):rep(200), unpack(t))",
    "return #struct.pack('s', ('x'):rep(100000))",
    // Unpacking.
    "return struct.unpack('', '')",
    "return struct.unpack('bBhH', '\\255\\255\\255\\255\\255\\255')",
    "return struct.unpack('iIlL', ('\\255'):rep(24))",
    "return struct.unpack('>iIlL', ('\\1\\2\\3\\4'):rep(6))",
    "return struct.unpack('<iIlL', ('\\1\\2\\3\\4'):rep(6))",
    "return struct.unpack('T', ('\\255'):rep(8)), struct.unpack('i3', '\\255\\255\\127'), struct.unpack('i3', '\\255\\255\\255')",
    "return struct.unpack('i0', ''), struct.unpack('I0', 'abc')",
    "return struct.unpack('fd', struct.pack('fd', 1.5, 0.1))",
    "return struct.unpack('f', '\\0\\0\\192\\127'), struct.unpack('f', '\\0\\0\\192\\255'), struct.unpack('d', ('\\255'):rep(8))",
    "return struct.unpack('ss', 'abc\\0def\\0')",
    "return struct.unpack('s', 'abc')",
    "return struct.unpack('s', '')",
    "return struct.unpack('c', 'abc'), struct.unpack('c2', 'abc'), struct.unpack('c3c', 'abcd')",
    "return struct.unpack('c4', 'abc')",
    "return struct.unpack('bc0', '\\3abcd')",
    "return struct.unpack('c0', 'abc')",
    "return struct.unpack('sc0', 'x\\0abc')",
    "return struct.unpack('c1c0', '3abcd')",
    "return struct.unpack('sc0', '0x2\\0abcd')",
    "return struct.unpack('bc0', '\\9abc')",
    "return struct.unpack('bc0', '\\255abc')",
    "return struct.unpack('dc0', struct.pack('d', 1.9) .. 'abc')",
    "return struct.unpack('dc0', struct.pack('d', 0/0) .. 'abc')",
    "return struct.unpack('dc0', struct.pack('d', 2^64) .. 'abc')",
    "return struct.unpack('bc0', '\\0abc')",
    "return struct.unpack('bxb', '\\1\\2\\3'), struct.unpack('!4bi', '\\1\\0\\0\\0\\2\\0\\0\\0')",
    "return struct.unpack('b', '\\1\\2\\3', 2), struct.unpack('b', '\\1\\2\\3', 3)",
    "return struct.unpack('b', '\\1\\2\\3', 4)",
    "return struct.unpack('', '\\1\\2\\3', 4)",
    "return struct.unpack('', '\\1\\2\\3', 5)",
    "return struct.unpack(' ', '\\1\\2\\3', 4)",
    "return struct.unpack(' ', '\\1\\2\\3', 5)",
    "return struct.unpack('b', '\\1\\2\\3', 0)",
    "return struct.unpack('b', '\\1\\2\\3', -1)",
    "return struct.unpack('', '\\1\\2\\3', -1)",
    "return struct.unpack('b', '\\1\\2\\3', 0.5)",
    "return struct.unpack('b', '\\1\\2\\3', 0/0)",
    "return struct.unpack('b', '\\1\\2\\3', '2')",
    "return struct.unpack('b', '\\1\\2\\3', 'x')",
    "return struct.unpack('b', '\\1\\2\\3', nil)",
    "return struct.unpack('!8bl', ('\\1'):rep(16)), struct.unpack('!8l', ('\\1'):rep(17), 2)",
    "return struct.unpack('!8l', ('\\1'):rep(15), 2)",
    "return struct.unpack('i', '\\1\\2\\3')",
    "return struct.unpack('z', 'abc')",
    "return struct.unpack('*', '')",
    "return struct.unpack('i33', '')",
    "return struct.unpack('!6', '')",
    "return struct.unpack('c2147483648', '')",
    "return struct.unpack()",
    "return struct.unpack('b')",
    "return struct.unpack('b', nil)",
    "return struct.unpack({}, 'b')",
    "return struct.unpack('b', 12), struct.unpack('c0', 12)",
    "return struct.unpack('b', 12)",
    "local x = struct.unpack('s', 'abc')",
    "return select('#', struct.unpack(('b'):rep(7996), ('x'):rep(7996)))",
    "return select('#', struct.unpack(('b'):rep(7997), ('x'):rep(7997)))",
    "return select('#', struct.unpack(('b'):rep(7998), ('x'):rep(7998)))",
    "return select('#', struct.unpack(('b'):rep(7997), ('x'):rep(7997), 1))",
    "return select('#', struct.unpack((' '):rep(9000) .. 'b', 'x'))",
    // Integers of more than eight bytes, each byte another.
    "local s = '' for i = 1, 32 do s = s .. string.char(i * 7) end local t = {} for i = 1, 32 do t[#t + 1] = struct.unpack('i' .. i, s) t[#t + 1] = struct.unpack('>i' .. i, s) t[#t + 1] = struct.unpack('I' .. i, s) t[#t + 1] = struct.unpack('>I' .. i, s) end return t",
    "local s = ('\\0'):rep(15) .. '\\128' local t = {} for i = 1, 16 do t[i] = struct.unpack('>i' .. i, s:sub(-i)) end return t",
    "local t = {} for i = 9, 32 do t[#t + 1] = struct.unpack('<i' .. i, ('\\127'):rep(i)) t[#t + 1] = struct.unpack('<i' .. i, '\\64' .. ('\\0'):rep(i)) end return t",
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
fn random_formats_as_on_the_server() {
    let Some(mut both) = Both::new() else { return };
    let mut random = Gen::new(1);
    for _ in 0..cases(1500) {
        let (format, values) = format_and_values(&mut random);
        let format = literal(format.as_bytes());
        let values = values.join("");
        both.compare(&format!("return struct.size({format})"));
        both.compare(&format!(
            "local s = struct.pack({format}{values}) return s, struct.unpack({format}, s)"
        ));
        let data = literal(&random.bytes(60));
        both.compare(&format!(
            "return struct.unpack({format}, {data}, {})",
            1 + random.below(4)
        ));
    }
    both.finish();
}

/// A format, and values that mostly fit it, each behind a comma.
fn format_and_values(random: &mut Gen) -> (String, Vec<String>) {
    let (mut format, mut values) = (String::new(), Vec::new());
    for _ in 0..random.below(10) {
        let option = random.of(b"bBhHlLTiIiIfdxcs<>! c");
        format.push(option.into());
        if matches!(option, b'i' | b'I' | b'c' | b'!') && random.below(4) > 0 {
            let number = match option {
                b'!' => 1 << random.below(6),
                _ => random.below(20),
            };
            write!(format, "{number}").expect("a string grows");
        }
        match option {
            b'c' | b's' => values.push(format!(",{}", literal(&random.bytes(40)))),
            b'<' | b'>' | b'!' | b' ' | b'x' => {}
            _ => values.push(format!(",{}", double(random.number()))),
        }
    }
    if random.below(20) == 0 {
        format.push(random.bits() as u8 as char);
    }
    if random.below(20) == 0 {
        values.pop();
    }
    (format, values)
}

#[test]
fn random_bytes_do_no_harm() {
    let mut redis = engine();
    let mut random = Gen::new(2);
    for _ in 0..5000 {
        let format: Vec<u8> = (0..random.below(12))
            .map(|_| match random.below(8) {
                0 => random.bits() as u8,
                _ => random.of(b"bBhHlLTiIfdxcs<>! 0123456789"),
            })
            .collect();
        let body = format!(
            "return struct.unpack({}, {}, {})",
            literal(&format),
            literal(&random.bytes(40)),
            double(random.number())
        );
        let answer = ours(&mut redis, &body);
        assert!(answer.starts_with(b"ok") || answer.starts_with(b"error "));
    }
}
