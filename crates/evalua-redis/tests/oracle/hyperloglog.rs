//! HyperLogLogs, whose strings are compared to the byte. Very long runs find what COMPATIBILITY.md tells: one
//! that was written over so that its last run lacks a byte, where the server reads behind the string.

use crate::harness::{self, Gen, Setting, Step};

#[test]
fn hyperloglog() {
    harness::compare(step);
}

/// So little room for the sparse form that many become dense.
#[test]
fn hyperloglogs_that_become_dense() {
    harness::compare_with(
        step,
        Setting {
            theirs: &[&["CONFIG", "SET", "hll-sparse-max-bytes", "60"]],
            ours: |config| config.hll_sparse_max_bytes = 60,
            ..Setting::PLAIN
        },
    );
}

pub fn step(random: &mut Gen) -> Step {
    if random.one_in(30) {
        return random.fill();
    }
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut add = |word: &dyn AsRef<[u8]>| words.push(word.as_ref().to_vec());
    match random.below(12) {
        0..=5 => {
            add(&"PFADD");
            add(&random.key());
            for _ in 0..random.below(12) {
                match random.below(4) {
                    0 => add(&random.value()),
                    _ => add(&random.below(100_000).to_string()),
                }
            }
        }
        6 | 7 => {
            add(&"PFCOUNT");
            (0..=random.below(3)).for_each(|_| add(&random.key()));
        }
        8 => {
            add(&"PFMERGE");
            (0..=random.below(3)).for_each(|_| add(&random.key()));
        }
        9 | 10 => {
            add(&"PFDEBUG");
            add(&random.pick(&[
                "GETREG", "decode", "ENCODING", "DECODE", "ENCODING", "TODENSE", "x",
            ]));
            add(&random.key());
            if random.one_in(20) {
                add(&"x");
            }
        }
        _ => {
            // What others have written over parts of one.
            let name = random.pick(&["SETRANGE", "APPEND", "SET", "DEL", "DEL"]);
            add(&name);
            add(&random.key());
            match name {
                "SETRANGE" => {
                    add(&random.below(24).to_string());
                    add(&random.value());
                }
                "APPEND" => add(&random.value()),
                "SET" => {
                    let values: [&[u8]; 3] = [
                        b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff",
                        b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f\xf0\x80",
                        b"HYLL\0\0\0\0\0\0\0\0\0\0\0\0",
                    ];
                    add(&values[random.below(3)]);
                }
                _ => {}
            }
        }
    }
    Step::command(words)
}
