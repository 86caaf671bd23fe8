//! Commands on sets.

use crate::harness::{self, Gen, Step};

#[test]
fn sets() {
    harness::compare(step);
}

pub fn step(random: &mut Gen) -> Step {
    if random.one_in(20) {
        return random.fill();
    }
    if random.one_in(100) {
        return many(random);
    }
    let key = random.key();
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut add = |word: &dyn AsRef<[u8]>| words.push(word.as_ref().to_vec());
    match random.below(20) {
        0..=5 => {
            add(&random.pick(&["SADD", "SADD", "SADD", "sadd", "SREM", "SMISMEMBER"]));
            add(&key);
            (0..=random.below(6)).for_each(|_| add(&member(random)));
        }
        6 => {
            add(&"SISMEMBER");
            add(&key);
            add(&member(random));
        }
        7 | 8 => {
            add(&"SMOVE");
            add(&key);
            add(&random.key());
            add(&member(random));
        }
        9 | 10 => {
            add(&random.pick(&["SCARD", "SMEMBERS", "SMEMBERS", "DEL"]));
            add(&key);
        }
        11 | 12 => {
            add(&random.pick(&["SINTER", "SUNION", "SDIFF"]));
            (0..=random.below(4)).for_each(|_| add(&random.key()));
        }
        13 | 14 => {
            add(&random.pick(&["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"]));
            (0..=1 + random.below(4)).for_each(|_| add(&random.key()));
        }
        15 => {
            add(&"SINTERCARD");
            let count = random.below(4);
            add(&match random.below(6) {
                0 => random.int(),
                _ => count.to_string(),
            });
            (0..count).for_each(|_| add(&random.key()));
            while random.one_in(3) {
                add(&random.pick(&["LIMIT", "limit", "x"]));
                if !random.one_in(5) {
                    add(&random.int());
                }
            }
        }
        16 => {
            add(&random.pick(&["SPOP", "SRANDMEMBER"]));
            add(&key);
            // All members or none, so that nothing is left to chance.
            add(&random.pick(&[
                "1000",
                "9223372036854775807",
                "0",
                "x",
                "-9223372036854775808",
            ]));
            if random.one_in(9) {
                add(&"1");
            }
        }
        17 => {
            // A set of one member or none; SRANDMEMBER also with repetition.
            add(&random.pick(&["SPOP", "SRANDMEMBER"]));
            add(&"single");
            if random.one_in(2) {
                add(&random.pick(&["-3", "-1", "0", "1", "2", "-4611686018427387904x"]));
            }
        }
        18 => {
            add(&"SADD");
            add(&"single");
            add(&"only");
        }
        _ => {
            add(&"SSCAN");
            add(&key);
            add(&random.pick(&["0", "0", "0", "0", "", "x"]));
            // A large set in one step, since cursors are each server's own.
            add(&"COUNT");
            add(&"2000");
            if random.one_in(2) {
                add(&random.pick(&["MATCH", "match", "COUNT", "x"]));
                add(&random.pick(&["*", "[ab]*", "?", "1*", "2000", "0"]));
            }
        }
    }
    Step::command(words)
}

/// Few members, so that commands meet.
fn member(random: &mut Gen) -> Vec<u8> {
    match random.below(20) {
        0 => random.value(),
        1 => random.pick(&["x", "a", "", "01", "-0", "abc"]).into(),
        2 => random.int().into_bytes(),
        _ => random.below(15).to_string().into(),
    }
}

/// As many integers as turn an intset into a table, or nearly.
fn many(random: &mut Gen) -> Step {
    let count = 505 + random.below(12);
    let mut words = vec!["SADD".to_owned(), random.key()];
    words.extend((0..count).map(|n| n.to_string()));
    Step::command(words)
}
