//! `bit`.

use crate::both::Both;
use crate::cases;
use crate::random::{Gen, double};

const CASES: &[&str] = &[
    "return bit",
    "return bit.tobit(1.5), bit.tobit(2.5), bit.tobit(-1.5), bit.tobit(0.5), bit.tobit(-0.5)",
    "return bit.tobit(2^31), bit.tobit(2^32), bit.tobit(-2^31 - 1), bit.tobit(2^53), bit.tobit(1e300)",
    "return bit.tobit(1/0), bit.tobit(-1/0), bit.tobit(0/0), bit.tobit(2^51 + 0.5)",
    "return bit.tobit('12'), bit.tobit(' 0x10 '), bit.tobit('0')",
    "return bit.tobit('x')",
    "return bit.tobit()",
    "return bit.tobit(nil)",
    "return bit.tobit({})",
    "return bit.tobit(true)",
    "local x = bit.tobit('x')",
    "return bit.bnot(0), bit.bnot(-1), bit.bnot(2^31)",
    "return bit.band(0xff, 0x0f), bit.bor(1, 2, 4), bit.bxor(1, 3, 7)",
    "return bit.band(5), bit.bor(5), bit.bxor(5)",
    "return bit.band()",
    "return bit.band(1, 'x', {})",
    "return bit.band(1, {}, 'x')",
    "return bit.band({}, 'x')",
    "return bit.bor(1, nil)",
    "return bit.lshift(1, 31), bit.lshift(1, 32), bit.lshift(1, 33), bit.lshift(1, -1)",
    "return bit.rshift(-1, 28), bit.rshift(-1, 0), bit.rshift(-1, 32)",
    "return bit.arshift(-256, 4), bit.arshift(-1, 31), bit.arshift(2^31, 1)",
    "return bit.rol(0x12345678, 12), bit.rol(1, 0), bit.rol(1, 32), bit.rol(1, 31.5)",
    "return bit.ror(0x12345678, 12), bit.ror(1, 0), bit.ror(1, 1)",
    "return bit.lshift(1)",
    "return bit.lshift('x', 'y')",
    "return bit.rol(1, 'y')",
    "return bit.bswap(0x12345678), bit.bswap(0x78563412), bit.bswap(-2)",
    "return bit.tohex(1), bit.tohex(-1), bit.tohex(0xffff, 4), bit.tohex(0xabc, -4)",
    "return bit.tohex(0xabcdef12, 0), bit.tohex(0xabcdef12, 9), bit.tohex(0xabcdef12, -9)",
    "return bit.tohex(0xabcdef12, 2^31), bit.tohex(0xabcdef12, 2^31 - 1), bit.tohex(1, -2^31 + 1)",
    "return bit.tohex(1, nil)",
    "return bit.tohex()",
    "return bit.tohex(1, 'x')",
    "return bit.tohex(1, '3', 4)",
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
fn random_numbers_as_on_the_server() {
    let Some(mut both) = Both::new() else { return };
    let mut random = Gen::new(1);
    for _ in 0..cases(500) {
        let [a, b, c] = std::array::from_fn(|_| double(random.number()));
        both.compare(&format!(
            "local a, b, c = {a}, {b}, {c} return bit.tobit(a), bit.bnot(b), bit.band(a, b, c), \
             bit.bor(a, b, c), bit.bxor(a, b, c), bit.lshift(a, b), bit.rshift(b, c), \
             bit.arshift(c, a), bit.rol(a, c), bit.ror(b, a), bit.bswap(c), bit.tohex(a), \
             bit.tohex(b, c)"
        ));
    }
    both.finish();
}
