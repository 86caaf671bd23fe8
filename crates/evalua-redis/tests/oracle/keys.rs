//! Commands on keys of any type, on their expiry, and on databases.

use crate::harness::{self, Gen, Step};

#[test]
fn keys() {
    harness::compare(step);
}

pub fn step(random: &mut Gen) -> Step {
    if random.one_in(10) {
        return random.advance();
    }
    if random.one_in(4) {
        return random.fill();
    }
    let key = random.key();
    let mut words = Vec::new();
    let mut add = |word: &str| words.push(word.as_bytes().to_vec());
    match random.below(14) {
        0 | 1 | 12 | 13 => {
            let name = random.pick(&["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"]);
            add(name);
            add(&key);
            add(&match name {
                "EXPIREAT" => random.instant(1000),
                "PEXPIREAT" => random.instant(1),
                _ => random.ttl(),
            });
            if random.one_in(2) {
                add(random.pick(&["NX", "xx", "GT", "LT", "GT", "LT", "GX"]));
            }
            if random.one_in(8) {
                add(random.pick(&["NX", "xx", "GT", "LT"]));
            }
        }
        2 | 3 => {
            add(random.pick(&[
                "TTL",
                "PTTL",
                "EXPIRETIME",
                "PEXPIRETIME",
                "PERSIST",
                "TYPE",
            ]));
            add(&key);
        }
        4 => {
            add(random.pick(&["DEL", "UNLINK", "EXISTS", "TOUCH"]));
            (0..=random.below(3)).for_each(|_| add(&random.key()));
        }
        5 => {
            add(random.pick(&["RENAME", "RENAMENX"]));
            add(&key);
            add(&random.key());
        }
        6 => {
            add("COPY");
            add(&key);
            add(&random.key());
            for _ in 0..random.below(3) {
                add(random.pick(&["REPLACE", "replace", "DB", "x"]));
                if random.one_in(2) {
                    add(&database(random));
                }
            }
        }
        7 => {
            add("MOVE");
            add(&key);
            add(&database(random));
        }
        8 => match random.below(20) {
            0 => {
                add("SWAPDB");
                add(&database(random));
                add(&database(random));
            }
            1 => {
                add(random.pick(&["FLUSHDB", "FLUSHALL"]));
                for _ in 0..random.below(3) {
                    add(random.pick(&["ASYNC", "sync", "x"]));
                }
            }
            2..=4 => {
                add("SELECT");
                add(&database(random));
            }
            _ => add(random.pick(&["DBSIZE", "TIME"])),
        },
        9 => {
            add("OBJECT");
            add(random.pick(&["ENCODING", "encoding", "FREQ", "HELP", "nonsense"]));
            if !random.one_in(10) {
                add(&key);
            }
        }
        10 => {
            add("KEYS");
            add(&pattern(random));
        }
        _ => {
            // A count so high that one call sees everything, whatever the order of the table.
            add("SCAN");
            add(random.pick(&[
                "0",
                "0",
                "0",
                "0",
                "",
                "+0",
                "x",
                " 0",
                "-",
                "0x",
                "99999999999999999999",
            ]));
            for _ in 0..random.below(4) {
                match random.below(4) {
                    0 => {
                        add("MATCH");
                        add(&pattern(random));
                    }
                    1 => {
                        add("type");
                        add(random.pick(&["string", "LIST", "hash"]));
                    }
                    2 => {
                        add("COUNT");
                        add(random.pick(&["1000", "100000", "0", "-5", "x"]));
                    }
                    _ => add(random.pick(&["COUNT", "x"])),
                }
            }
            add("COUNT");
            add("1000");
        }
    }
    Step::Command(words)
}

fn database(random: &mut Gen) -> String {
    let odd = random.one_in(6);
    let names: &[&str] = if odd {
        &["16", "-1", "x", "4294967296"]
    } else {
        &["0", "1"]
    };
    random.pick(names).to_owned()
}

/// A glob pattern for keys of one letter.
fn pattern(random: &mut Gen) -> String {
    let tokens = ["*", "?", "[", "]", "^", "-", "\\", "a", "b", "c", "d"];
    (0..random.below(7)).map(|_| random.pick(&tokens)).collect()
}
