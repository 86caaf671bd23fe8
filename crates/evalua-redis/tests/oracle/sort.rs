//! SORT and SORT_RO.
//!
//! Elements that compare as equal come in the order in which the server's qsort happens to leave them,
//! from the order of its hash tables: texts are sorted by other keys in lists only, and whole.

use crate::harness::{self, Gen, Step};

#[test]
fn sort() {
    harness::compare(step);
}

pub fn step(random: &mut Gen) -> Step {
    if random.one_in(40) {
        return random.advance();
    }
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut add = |word: &dyn AsRef<[u8]>| words.push(word.as_ref().to_vec());
    match random.below(8) {
        0..=2 => {
            let name = random.pick(&["RPUSH", "SADD", "ZADD"]);
            add(&name);
            add(&match name {
                "RPUSH" => list(random),
                "SADD" => "c",
                _ => "d",
            });
            for _ in 0..=random.below(6) {
                if name == "ZADD" {
                    add(&random.below(4).to_string());
                }
                match name {
                    // An intset, whose order is the same on both sides.
                    "SADD" => add(&random.below(100).to_string()),
                    // Zero bytes would make members equal.
                    "ZADD" => add(&random.pick(&["", "1", "2", "3", "x", "1 ", "nan", "2.5"])),
                    _ => add(&element(random)),
                }
            }
        }
        3 => {
            let name = random.pick(&["SET", "HSET"]);
            add(&name);
            add(&format!("{}_{}", random.pick(&["w", "v"]), random.below(6)));
            if name == "HSET" {
                add(&"f");
            }
            add(&element(random));
            if name == "SET" && random.one_in(5) {
                add(&"PX");
                add(&"5");
            }
        }
        _ => {
            add(&random.pick(&["SORT", "SORT", "SORT", "sort_ro"]));
            if random.one_in(3) {
                add(&list(random));
                add(&"ALPHA");
                add(&"BY");
                add(&pattern(random));
                if random.one_in(2) {
                    add(&"DESC");
                }
            } else {
                add(&random.pick(&["a", "b", "c", "d", "w_1"]));
                let by_number = random.one_in(2);
                for _ in 0..random.below(5) {
                    option(random, by_number, &mut add);
                }
            }
        }
    }
    Step::command(words)
}

fn list(random: &mut Gen) -> &'static str {
    random.pick(&["a", "b"])
}

fn pattern(random: &mut Gen) -> &'static str {
    random.pick(&["w_*", "v_*", "*_w", "w_*->f", "v_*->f", "w_*->", "#", "*"])
}

/// Mostly one of few small numbers, so that patterns meet keys. None out of range: once the server has
/// read one, it takes numbers that are well in range for bad ones.
fn element(random: &mut Gen) -> Vec<u8> {
    match random.below(16) {
        0 => format!("{}", random.below(1000) as f64 / 8.0).into_bytes(),
        1 => random
            .pick(&["", " 1", "x\0a", "x\0b", "1 ", "nan", "inf"])
            .into(),
        _ => random.below(6).to_string().into_bytes(),
    }
}

fn option(random: &mut Gen, by_number: bool, add: &mut dyn FnMut(&dyn AsRef<[u8]>)) {
    match random.below(8) {
        0 => add(&random.pick(&["ASC", "x", "LIMIT", "BY", "GET", "STORE"])),
        1 => add(&"desc"),
        2 | 3 if by_number => {
            add(&"by");
            add(&pattern(random));
        }
        2 | 3 => add(&"ALPHA"),
        4 => {
            add(&"LIMIT");
            add(&random.int());
            add(&random.int());
        }
        5 | 6 => {
            add(&"GET");
            add(&random.pick(&["#", "x", "w_*->none"]));
            add(&"GET");
            add(&pattern(random));
        }
        _ => {
            add(&"STORE");
            add(&list(random));
        }
    }
}
