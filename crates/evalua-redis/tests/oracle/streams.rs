//! Streams and their consumer groups.

use crate::harness::{self, Gen, Setting, Step};

#[test]
fn streams() {
    harness::compare(step);
}

/// Nodes so small that there are many, which begin, lose entries and go all the time.
#[test]
fn streams_of_small_nodes() {
    harness::compare_with(
        step,
        Setting {
            theirs: &[
                &["CONFIG", "SET", "stream-node-max-entries", "3"],
                &["CONFIG", "SET", "stream-node-max-bytes", "90"],
            ],
            ours: |config| {
                config.limits.stream.node_entries = 3;
                config.limits.stream.node_bytes = 90;
            },
            ..Setting::PLAIN
        },
    );
}

pub fn step(random: &mut Gen) -> Step {
    if random.one_in(10) {
        return random.advance();
    }
    if random.one_in(60) {
        return random.fill();
    }
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut add = |word: &dyn AsRef<[u8]>| words.push(word.as_ref().to_vec());
    match random.below(20) {
        0..=4 => {
            add(&"XADD");
            add(&stream(random));
            for _ in 0..random.below(3) {
                trim(random, true, &mut add);
            }
            add(&new_id(random));
            for _ in 0..=random.below(3) {
                add(&random.pick(&["f", "f", "g", "12"]));
                add(&random.value());
            }
            if random.one_in(20) {
                add(&"f");
            }
        }
        5 => {
            add(&"XTRIM");
            add(&stream(random));
            for _ in 0..=random.below(2) {
                trim(random, false, &mut add);
            }
        }
        6 => {
            add(&"XDEL");
            add(&stream(random));
            (0..=random.below(3)).for_each(|_| add(&id(random)));
        }
        7 | 8 => {
            add(&random.pick(&["XRANGE", "XREVRANGE"]));
            add(&stream(random));
            add(&bound(random));
            add(&bound(random));
            count(random, &mut add);
        }
        9 => {
            add(&random.pick(&["XLEN", "TYPE", "DEL", "XLEN"]));
            add(&stream(random));
        }
        10 => {
            add(&"XSETID");
            add(&stream(random));
            add(&id(random));
            for _ in 0..random.below(3) {
                match random.below(3) {
                    0 => add(&"ENTRIESADDED"),
                    1 => add(&"MAXDELETEDID"),
                    _ => add(&"x"),
                }
                add(&match random.below(2) {
                    0 => random.int(),
                    _ => id(random),
                });
            }
        }
        11 => read(random, &mut add),
        12..=14 => read_group(random, &mut add),
        15 => group(random, &mut add),
        16 => {
            add(&random.pick(&["XACK", "XPENDING"]));
            add(&stream(random));
            add(&group_name(random));
            if random.one_in(4) {
                add(&"IDLE");
                add(&random.int());
            }
            for _ in 0..random.below(3) {
                add(&bound(random));
            }
            if random.one_in(2) {
                add(&"-");
                add(&"+");
                add(&random.int());
                if random.one_in(2) {
                    add(&consumer(random));
                }
            }
        }
        17 => {
            add(&"XCLAIM");
            add(&stream(random));
            add(&group_name(random));
            add(&consumer(random));
            add(&random.ttl());
            (0..=random.below(3)).for_each(|_| add(&id(random)));
            for _ in 0..random.below(3) {
                let word = random.pick(&[
                    "IDLE",
                    "TIME",
                    "RETRYCOUNT",
                    "FORCE",
                    "JUSTID",
                    "LASTID",
                    "x",
                ]);
                add(&word);
                match word {
                    "IDLE" | "RETRYCOUNT" => add(&random.int()),
                    "TIME" => add(&random.instant(1)),
                    "LASTID" => add(&id(random)),
                    _ => {}
                }
            }
        }
        18 => {
            add(&"XAUTOCLAIM");
            add(&stream(random));
            add(&group_name(random));
            add(&consumer(random));
            add(&random.ttl());
            add(&bound(random));
            for _ in 0..random.below(3) {
                let word = random.pick(&["COUNT", "JUSTID", "JUSTID", "x"]);
                add(&word);
                if word == "COUNT" {
                    let huge = random.pick(&[
                        "9223372036854775807",
                        "0",
                        "-1",
                        "x",
                        "500000000000000000",
                        "5497558138881",
                    ]);
                    add(&match random.below(4) {
                        0 => huge.to_owned(),
                        _ => (1 + random.below(3)).to_string(),
                    });
                }
            }
        }
        _ => {
            add(&"XINFO");
            let name = random.pick(&["STREAM", "groups", "CONSUMERS", "HELP", "x"]);
            add(&name);
            if !random.one_in(10) {
                add(&stream(random));
            }
            match name {
                "CONSUMERS" => add(&group_name(random)),
                "STREAM" if random.one_in(2) => {
                    add(&random.pick(&["FULL", "full", "x"]));
                    count(random, &mut add);
                }
                _ => {}
            }
        }
    }
    Step::command(words)
}

type Add<'a> = dyn FnMut(&dyn AsRef<[u8]>) + 'a;

/// Mostly one of two keys, so that streams grow.
fn stream(random: &mut Gen) -> String {
    match random.below(6) {
        0 => random.key(),
        _ => random.pick(&["a", "b"]).to_owned(),
    }
}

fn group_name(random: &mut Gen) -> &'static str {
    random.pick(&["g", "g", "g", "h", "", "no\nne\0x"])
}

fn consumer(random: &mut Gen) -> &'static str {
    random.pick(&["alice", "bob", "a name that is longer than others", "1"])
}

fn new_id(random: &mut Gen) -> String {
    match random.below(5) {
        0 | 1 => "*".to_owned(),
        2 => format!("{}-*", random.below(40)),
        _ => id(random),
    }
}

/// An ID: mostly small numbers, so that they meet.
fn id(random: &mut Gen) -> String {
    match random.below(24) {
        0 => random.pick(&[
            "18446744073709551615-18446744073709551615",
            "18446744073709551615",
            "18446744073709551616-1",
            "0-0",
            "0",
            "0-18446744073709551615",
        ]),
        1 => random.pick(&[
            "", "-", "+", "x", "1-", "-1", "1-x", "1-1-1", "$", ">", "1-*", "(1",
        ]),
        2 => random.pick(&[" 5", "+5-1", "05-01", "5- 1", "5-1\0x", "5--01"]),
        3 => return random.instant(1),
        _ => return format!("{}-{}", random.below(40), random.below(3)),
    }
    .to_owned()
}

fn bound(random: &mut Gen) -> String {
    match random.below(6) {
        0 => "-".to_owned(),
        1 => "+".to_owned(),
        2 => format!("({}", id(random)),
        _ => id(random),
    }
}

fn count(random: &mut Gen, add: &mut Add<'_>) {
    for _ in 0..random.below(2) {
        add(&random.pick(&["COUNT", "count", "COUNT", "x"]));
        if !random.one_in(10) {
            add(&random.int());
        }
    }
}

fn trim(random: &mut Gen, for_add: bool, add: &mut Add<'_>) {
    match random.below(8) {
        0 if for_add => add(&"NOMKSTREAM"),
        0 => add(&"x"),
        1 => {
            add(&"LIMIT");
            add(&random.int());
        }
        n => {
            let name = random.pick(&["MAXLEN", "minid"]);
            add(&name);
            match random.below(3) {
                0 => add(&"~"),
                1 => add(&"="),
                _ => {}
            }
            add(&match name {
                "MAXLEN" => random.int(),
                _ => id(random),
            });
            if n == 2 {
                add(&"LIMIT");
                add(&random.below(8).to_string());
            }
        }
    }
}

fn read(random: &mut Gen, add: &mut Add<'_>) {
    add(&"XREAD");
    count(random, add);
    if random.one_in(4) {
        add(&random.pick(&["BLOCK", "NOACK", "GROUP", "x"]));
        add(&timeout(random));
    }
    keys_and_ids(random, &["$", "0", "0", "1", ">"], add);
}

/// Milliseconds; not so many that Redis 7.0 does not see that it is too many.
fn timeout(random: &mut Gen) -> &'static str {
    random.pick(&["0", "1", "5000", "-1", "x", "1.5", ""])
}

fn keys_and_ids(random: &mut Gen, symbols: &[&'static str], add: &mut Add<'_>) {
    add(&random.pick(&["STREAMS", "streams"]));
    let keys = 1 + random.below(2);
    (0..keys).for_each(|_| add(&stream(random)));
    let missing = usize::from(random.one_in(20));
    for _ in missing..keys {
        add(&match random.below(3) {
            0 => id(random),
            _ => random.pick(symbols).to_owned(),
        });
    }
}

fn read_group(random: &mut Gen, add: &mut Add<'_>) {
    add(&"XREADGROUP");
    if !random.one_in(20) {
        add(&"GROUP");
        add(&random.pick(&["g", "g", "g", "h", "none"]));
        add(&consumer(random));
    }
    count(random, add);
    if random.one_in(4) {
        add(&random.pick(&["NOACK", "noack", "x"]));
    }
    if random.one_in(6) {
        add(&"BLOCK");
        add(&timeout(random));
    }
    keys_and_ids(random, &[">", ">", ">", "0", "$"], add);
}

fn group(random: &mut Gen, add: &mut Add<'_>) {
    add(&"XGROUP");
    let name = random.pick(&[
        "CREATE",
        "CREATE",
        "CREATE",
        "setid",
        "DESTROY",
        "CREATECONSUMER",
        "delconsumer",
        "HELP",
        "x",
    ]);
    add(&name);
    add(&stream(random));
    add(&group_name(random));
    match name {
        "CREATECONSUMER" | "delconsumer" => add(&consumer(random)),
        "DESTROY" | "HELP" | "x" => {}
        _ => {
            add(&match random.below(3) {
                0 => id(random),
                1 => "0".to_owned(),
                _ => "$".to_owned(),
            });
            for _ in 0..random.below(3) {
                let word = random.pick(&["MKSTREAM", "mkstream", "ENTRIESREAD", "x"]);
                add(&word);
                if word == "ENTRIESREAD" {
                    add(&random.int());
                }
            }
        }
    }
}
