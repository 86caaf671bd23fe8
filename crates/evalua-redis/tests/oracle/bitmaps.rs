//! Commands on strings as arrays of bits.

use crate::harness::{self, Gen, Step};

#[test]
fn bitmaps() {
    harness::compare(step);
}

pub fn step(random: &mut Gen) -> Step {
    if random.one_in(30) {
        return random.advance();
    }
    if random.one_in(10) {
        return random.fill();
    }
    let key = random.key();
    let mut words: Vec<String> = Vec::new();
    let mut add = |word: &str| words.push(word.to_owned());
    match random.below(10) {
        0 | 1 => {
            add("SETBIT");
            add(&key);
            add(&offset(random));
            add(random.pick(&["0", "1", "1", "1", "2", "-1", "x", ""]));
        }
        2 => {
            add("GETBIT");
            add(&key);
            add(&offset(random));
        }
        3 | 4 => {
            add(random.pick(&["BITCOUNT", "BITPOS"]));
            add(&key);
            if random.one_in(2) {
                add(random.pick(&["0", "1", "2", "x"]));
            }
            for _ in 0..random.below(3) {
                add(&random.int());
            }
            if random.one_in(2) {
                add(random.pick(&["BIT", "byte", "bit", "x"]));
            }
        }
        5 => {
            add("BITOP");
            add(random.pick(&["AND", "or", "Xor", "NOT", "NAND"]));
            for _ in 0..2 + random.below(3) {
                add(&random.key());
            }
        }
        _ => {
            add(random.pick(&["BITFIELD", "BITFIELD", "BITFIELD_RO"]));
            add(&key);
            for _ in 0..random.below(4) {
                operation(random, &mut add);
            }
        }
    }
    Step::command(words)
}

/// The position of a bit. No large one that is good: the strings would take minutes to compare.
fn offset(random: &mut Gen) -> String {
    match random.below(12) {
        0 => random.pick(&["4294967296", "9223372036854775807", "-1", "1000"]),
        1 => random.pick(&["", "x", "01", " 1", "+1", "1 "]),
        _ => return random.below(100).to_string(),
    }
    .to_owned()
}

fn operation(random: &mut Gen, add: &mut dyn FnMut(&str)) {
    if random.one_in(4) {
        add("OVERFLOW");
        add(random.pick(&["WRAP", "sat", "FAIL", "SAT", "x"]));
    }
    let name = random.pick(&["GET", "set", "INCRBY", "SET", "INCRBY", "x"]);
    add(name);
    let kind = match random.below(8) {
        0 => random.pick(&[
            "i64", "u63", "u64", "i65", "i0", "u", "", "x8", "i08", "u8\0x",
        ]),
        _ => "",
    };
    let bits = 1 + random.below(64);
    match kind {
        "" => add(&format!("{}{bits}", random.pick(&["i", "u"]))),
        kind => add(kind),
    }
    match random.below(3) {
        0 => add(&format!(
            "#{}",
            random.pick(&["0", "1", "2", "-1", "x", "", "4611686018427387904"])
        )),
        _ => add(&offset(random)),
    }
    if name != "GET" {
        add(&random.int());
    }
}
