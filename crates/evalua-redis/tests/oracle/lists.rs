//! Commands on lists.

use evalua_conformance::resp::Client;
use evalua_redis::Reply;
use evalua_redis::keyspace::Item;
use evalua_redis::values::{Kind, ListValue};

use crate::harness::{self, Gen, Setting, Step};
use crate::support::from_wire;

#[test]
fn lists() {
    harness::compare_with(
        step,
        Setting {
            theirs: &[],
            ours: |_| {},
            inspect: nodes,
            ..Setting::PLAIN
        },
    );
}

/// So that nodes are divided and joined all the time.
#[test]
fn lists_of_small_nodes() {
    harness::compare_with(
        step,
        Setting {
            theirs: &[&["CONFIG", "SET", "list-max-listpack-size", "3"]],
            ours: |config| config.limits.list.node = 3,
            inspect: nodes,
            ..Setting::PLAIN
        },
    );
}

/// So that most nodes of a long list are sealed: smaller ones would gain nothing.
#[test]
fn lists_of_sealed_nodes() {
    harness::compare_with(
        step,
        Setting {
            theirs: &[&["CONFIG", "SET", "list-max-listpack-size", "12"]],
            ours: |config| config.limits.list.node = 12,
            inspect: nodes,
            ..Setting::PLAIN
        },
    );
}

/// The two servers make different nodes of an element that takes the place of a large one, so only
/// what the lists hold is compared.
#[test]
fn lists_of_large_elements() {
    harness::compare_with(
        step,
        Setting {
            theirs: &[
                &["CONFIG", "SET", "list-max-listpack-size", "4"],
                &["DEBUG", "QUICKLIST-PACKED-THRESHOLD", "2b"],
            ],
            ours: |config| {
                config.limits.list.node = 4;
                config.limits.list.large = 2;
            },
            inspect: |_, _| (Reply::Null, Reply::Null),
            ..Setting::PLAIN
        },
    );
}

/// How many nodes a list is made of.
fn nodes(item: &Item, client: &mut Client) -> (Reply, Reply) {
    let Some(list) = ListValue::of(&item.value) else {
        return (Reply::Null, Reply::Null);
    };
    let key: &[u8] = &item.key;
    let object = client.command([b"DEBUG", &b"OBJECT"[..], key]).unwrap();
    let theirs = match from_wire(object) {
        Reply::Status(text) => String::from_utf8(text.into_owned()).unwrap(),
        other => panic!("{other:?}"),
    };
    let theirs = theirs
        .split(' ')
        .find_map(|word| word.strip_prefix("ql_nodes:"));
    let theirs: i64 = theirs.expect("a list has nodes").parse().unwrap();
    (Reply::count(list.nodes()), Reply::Integer(theirs))
}

pub fn step(random: &mut Gen) -> Step {
    if random.one_in(20) {
        return random.fill();
    }
    if random.one_in(60) {
        return many(random);
    }
    let key = random.key();
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut add = |word: &dyn AsRef<[u8]>| words.push(word.as_ref().to_vec());
    match random.below(22) {
        0..=5 => {
            add(&random.pick(&["LPUSH", "RPUSH", "rpush", "LPUSHX", "RPUSHX"]));
            add(&key);
            (0..=random.below(5)).for_each(|_| add(&element(random)));
        }
        6 => {
            add(&random.pick(&["LPOP", "RPOP"]));
            add(&key);
            for _ in 0..random.below(3) {
                add(&random.int());
            }
        }
        7 | 8 => {
            add(&random.pick(&["LRANGE", "LTRIM", "LRANGE"]));
            add(&key);
            add(&random.int());
            add(&random.int());
        }
        9 => {
            add(&random.pick(&["LINDEX", "LINDEX", "LLEN"]));
            add(&key);
            if !random.one_in(3) {
                add(&random.int());
            }
        }
        10 | 11 => {
            add(&"LSET");
            add(&key);
            add(&random.int());
            add(&element(random));
        }
        12 => {
            add(&"LREM");
            add(&key);
            add(&random.int());
            add(&element(random));
        }
        13 | 14 => {
            add(&"LINSERT");
            add(&key);
            add(&random.pick(&["BEFORE", "after", "AFTER", "x"]));
            add(&element(random));
            add(&element(random));
        }
        15 | 16 => {
            add(&"LPOS");
            add(&key);
            add(&element(random));
            for _ in 0..random.below(4) {
                add(&random.pick(&["RANK", "COUNT", "maxlen", "RANK", "x"]));
                if !random.one_in(12) {
                    // The live server takes the least integer as a rank by mistake.
                    let rank = random.int();
                    let is_least = rank == i64::MIN.to_string();
                    add(&if is_least { "3".to_owned() } else { rank });
                }
            }
        }
        17 => {
            add(&random.pick(&["LMOVE", "BLMOVE"]));
            add(&key);
            add(&random.key());
            add(&side(random));
            add(&side(random));
            if words[0][0] == b'B' {
                words.push(timeout(random).into());
            }
        }
        18 => {
            add(&random.pick(&["RPOPLPUSH", "BRPOPLPUSH"]));
            add(&key);
            add(&random.key());
            if words[0][0] == b'B' {
                words.push(timeout(random).into());
            }
        }
        19 => {
            let name = random.pick(&["LMPOP", "BLMPOP"]);
            add(&name);
            if name == "BLMPOP" {
                add(&timeout(random));
            }
            let keys = 1 + random.below(3);
            add(&match random.below(10) {
                0 => random.pick(&["0", "-1", "x", "4"]).to_owned(),
                _ => keys.to_string(),
            });
            (0..keys).for_each(|_| add(&random.key()));
            add(&side(random));
            if random.one_in(2) {
                add(&random.pick(&["COUNT", "count", "x"]));
                if !random.one_in(8) {
                    add(&random.int());
                }
            }
        }
        20 => {
            add(&random.pick(&["BLPOP", "BRPOP"]));
            (0..=random.below(2)).for_each(|_| add(&random.key()));
            add(&timeout(random));
        }
        _ => {
            add(&random.pick(&["DEL", "TYPE", "PTTL", "PERSIST"]));
            add(&key);
        }
    }
    Step::command(words)
}

/// Few elements, so that commands meet.
fn element(random: &mut Gen) -> Vec<u8> {
    match random.below(8) {
        0 => random.value(),
        1 => random.pick(&["1", "-5", "007", "", "123456789012"]).into(),
        _ => random.pick(&["a", "b", "c", "10"]).into(),
    }
}

fn side(random: &mut Gen) -> &'static str {
    random.pick(&["LEFT", "RIGHT", "left", "right", "LEFT", "RIGHT", "x"])
}

/// A time-out, good or bad, but none beyond the range, where series 7.0 counts wrong.
fn timeout(random: &mut Gen) -> &'static str {
    random.pick(&[
        "0", "0.5", "1e3", "-0", "0x.01p0", "-1", "-0.001", "nan", "x", "", " 1", "-inf", "1e5000",
    ])
}

/// As much as takes several nodes.
fn many(random: &mut Gen) -> Step {
    let len = random.below(120);
    let count = 1 + random.below(20_000 / (len + 8));
    let mut words = vec![random.pick(&["LPUSH", "RPUSH"]).to_owned(), random.key()];
    let text = "y".repeat(len);
    words.extend((0..count).map(|index| format!("{text}{index}")));
    Step::command(words)
}
