//! Commands on hashes.

use crate::harness::{self, Gen, Step};

#[test]
fn hashes() {
    harness::compare(step);
}

pub fn step(random: &mut Gen) -> Step {
    if random.one_in(20) {
        return random.fill();
    }
    if random.one_in(200) {
        return many(random);
    }
    let key = random.key();
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut add = |word: &dyn AsRef<[u8]>| words.push(word.as_ref().to_vec());
    match random.below(20) {
        0..=4 => {
            add(&random.pick(&["HSET", "HMSET", "hset"]));
            add(&key);
            for _ in 0..=random.below(4) {
                add(&field(random));
                add(&random.value());
            }
            if random.one_in(12) {
                add(&field(random));
            }
        }
        5 => {
            add(&"HSETNX");
            add(&key);
            add(&field(random));
            add(&random.value());
        }
        6 | 7 => {
            add(&random.pick(&["HDEL", "HMGET"]));
            add(&key);
            (0..=random.below(5)).for_each(|_| add(&field(random)));
        }
        8 | 9 => {
            add(&random.pick(&["HGET", "HEXISTS", "HSTRLEN"]));
            add(&key);
            add(&field(random));
        }
        10 | 11 => {
            add(&random.pick(&["HGETALL", "HKEYS", "HVALS", "HLEN"]));
            add(&key);
        }
        12 | 13 => {
            add(&"HINCRBY");
            add(&key);
            add(&field(random));
            add(&random.int());
        }
        14 | 15 => {
            add(&"HINCRBYFLOAT");
            add(&key);
            add(&field(random));
            add(&random.float());
        }
        16 => {
            add(&"HRANDFIELD");
            add(&key);
            // All fields or none, so that nothing is left to chance.
            let counts = [
                "1000",
                "0",
                "x",
                "-9223372036854775808",
                "4611686018427387904",
            ];
            add(&random.pick(&counts));
            for _ in 0..random.below(3) {
                add(&random.pick(&["WITHVALUES", "withvalues", "x"]));
            }
        }
        17 | 18 => {
            add(&"HSCAN");
            add(&key);
            add(&random.pick(&["0", "0", "0", "", "+0", "-0", "\0x", " 0", "x", "1x", "-"]));
            // A large hash in one step, since cursors are each server's own.
            add(&"COUNT");
            add(&"1000");
            for _ in 0..random.below(3) {
                match random.below(8) {
                    0 => add(&"x"),
                    1 => {
                        add(&"count");
                        add(&random.pick(&["2000", "9223372036854775807", "0", "-1", "x"]));
                    }
                    _ => {
                        add(&"match");
                        add(&pattern(random));
                    }
                }
            }
        }
        _ => {
            add(&random.pick(&["DEL", "TYPE"]));
            add(&key);
        }
    }
    Step::command(words)
}

/// Few fields, so that commands meet.
fn field(random: &mut Gen) -> Vec<u8> {
    match random.below(8) {
        0 => random.value(),
        1 => random.pick(&["1", "-5", "007", ""]).into(),
        _ => random.pick(&["f", "g", "h", "name", "count"]).into(),
    }
}

/// As many fields as turn a small hash into a large one, or nearly.
fn many(random: &mut Gen) -> Step {
    let count = 504 + random.below(12);
    let mut words = vec!["HSET".to_owned(), random.key()];
    for index in 0..count {
        words.extend([format!("f{index}"), index.to_string()]);
    }
    Step::command(words)
}

/// A glob pattern, whole or broken.
fn pattern(random: &mut Gen) -> String {
    let parts = [
        "*", "?", "[", "]", "^", "-", "\\", "a", "f", "n", "1", "[a-z]", "[^f",
    ];
    (0..=random.below(5)).map(|_| random.pick(&parts)).collect()
}
