//! HyperLogLogs, whose strings are compared to the byte.

use evalua_redis::Redis;
use evalua_redis::values::Value;

use crate::harness::{self, Gen, Setting, Step};

/// Whether a command is about a HyperLogLog that was written over so that its last run lacks a byte. The
/// server reads it behind the string, where anything may lie, so there is no answer to compare with.
pub fn is_undefined(redis: &mut Redis, args: &[Vec<u8>]) -> bool {
    let is_of_the_family = args[0]
        .get(..2)
        .is_some_and(|name| name.eq_ignore_ascii_case(b"PF"));
    if !is_of_the_family {
        return false;
    }
    let keys = redis.snapshot(redis.session().db).unwrap_or_default();
    let mut keys = keys
        .iter()
        .filter(|item| args[1..].iter().any(|arg| **arg == *item.key));
    keys.any(|item| match &item.value {
        Value::String(string) => lacks_a_byte(&string.as_bytes()),
        _ => false,
    })
}

/// Whether the last run of a sparse HyperLogLog is the first half of one of two bytes.
fn lacks_a_byte(bytes: &[u8]) -> bool {
    const HEADER: usize = 16;
    let is_sparse = bytes.len() > HEADER && bytes.starts_with(b"HYLL\x01");
    let mut runs = bytes.iter().skip(HEADER);
    let is_long = |first: &u8| first >> 6 == 1;
    while let Some(first) = runs.next() {
        if is_long(first) && runs.next().is_none() {
            return is_sparse;
        }
    }
    false
}

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
