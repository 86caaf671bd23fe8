//! Commands on strings.

use crate::harness::{self, Gen, Step};

#[test]
fn strings() {
    harness::compare(step);
}

pub fn step(random: &mut Gen) -> Step {
    if random.one_in(10) {
        return random.advance();
    }
    if random.one_in(20) {
        return random.fill();
    }
    let key = random.key();
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut add = |word: &dyn AsRef<[u8]>| words.push(word.as_ref().to_vec());
    match random.below(21) {
        0..=3 => {
            add(&"SET");
            add(&key);
            add(&random.value());
            for _ in 0..random.below(4) {
                options(random, &["NX", "xx", "GET", "keepttl"], &mut add);
            }
        }
        4 => {
            add(&"GETEX");
            add(&key);
            for _ in 0..random.below(3) {
                options(random, &["PERSIST"], &mut add);
            }
        }
        5 => {
            add(&random.pick(&["SETEX", "PSETEX"]));
            add(&key);
            add(&random.ttl());
            add(&random.value());
        }
        6 | 7 => {
            add(&random.pick(&["SETNX", "GETSET", "APPEND"]));
            add(&key);
            add(&random.value());
        }
        8 | 9 => {
            add(&random.pick(&["GET", "STRLEN", "GETDEL", "INCR", "DECR"]));
            add(&key);
        }
        10 => {
            add(&"MGET");
            (0..=random.below(4)).for_each(|_| add(&random.key()));
        }
        11 => {
            add(&random.pick(&["MSET", "MSETNX"]));
            for _ in 0..=random.below(3) {
                add(&random.key());
                add(&random.value());
            }
            if random.one_in(6) {
                add(&random.key());
            }
        }
        12 | 13 => {
            add(&random.pick(&["INCRBY", "DECRBY"]));
            add(&key);
            add(&random.int());
        }
        14 | 15 => {
            add(&"INCRBYFLOAT");
            add(&key);
            add(&random.float());
        }
        16 | 17 => {
            add(&random.pick(&["GETRANGE", "SUBSTR"]));
            add(&key);
            add(&random.int());
            add(&random.int());
        }
        18 => {
            add(&"SETRANGE");
            add(&key);
            add(&random.int());
            add(&random.value());
        }
        19 => {
            add(&"LCS");
            add(&key);
            add(&random.key());
            for _ in 0..random.below(3) {
                let word = random.pick(&["IDX", "LEN", "WITHMATCHLEN", "MINMATCHLEN", "x"]);
                add(&word);
                if word == "MINMATCHLEN" && !random.one_in(6) {
                    add(&random.int());
                }
            }
        }
        _ => {
            add(&random.pick(&["PTTL", "TTL", "DEL", "TYPE", "PERSIST"]));
            add(&key);
        }
    }
    Step::command(words)
}

/// One of these words, or one of the options that set a time to live.
fn options(random: &mut Gen, others: &[&str], add: &mut dyn FnMut(&dyn AsRef<[u8]>)) {
    let word = match random.below(3) {
        0 => random.pick(&["EX", "PX", "EXAT", "PXAT"]),
        _ => random.pick(others),
    };
    add(&word);
    let time = match word {
        "EX" | "PX" => random.ttl(),
        "EXAT" => random.instant(1000),
        "PXAT" => random.instant(1),
        _ => return,
    };
    if !random.one_in(10) {
        add(&time);
    }
}
