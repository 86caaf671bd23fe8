//! Commands on sorted sets.

use crate::harness::{self, Gen, Step};

#[test]
fn sorted_sets() {
    harness::compare(step);
}

/// Ranges by member, which have a meaning only where all scores are equal.
#[test]
fn sorted_sets_of_equal_scores() {
    harness::compare(step_with_equal_scores);
}

pub fn step(random: &mut Gen) -> Step {
    if random.one_in(25) {
        return random.fill();
    }
    if random.one_in(60) {
        return many(random, score);
    }
    let key = random.key();
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut add = |word: &dyn AsRef<[u8]>| words.push(word.as_ref().to_vec());
    match random.below(24) {
        0..=4 => {
            add(&random.pick(&["ZADD", "zadd"]));
            add(&key);
            while random.one_in(3) {
                let options = ["NX", "XX", "GT", "LT", "CH", "CH", "INCR", "nx", "x"];
                add(&random.pick(&options));
            }
            let pairs = if random.one_in(2) { 1 } else { random.below(5) };
            for _ in 0..pairs {
                add(&score(random));
                add(&member(random));
            }
            if random.one_in(20) {
                add(&score(random));
            }
        }
        5 | 6 => {
            add(&"ZINCRBY");
            add(&key);
            add(&score(random));
            add(&member(random));
        }
        7 | 8 => {
            add(&random.pick(&["ZREM", "ZMSCORE", "ZMSCORE"]));
            add(&key);
            (0..=random.below(5)).for_each(|_| add(&member(random)));
        }
        9 => {
            add(&random.pick(&["ZSCORE", "ZRANK", "ZREVRANK"]));
            add(&key);
            add(&member(random));
        }
        10 => {
            add(&random.pick(&["ZCARD", "ZCARD", "DEL"]));
            add(&key);
        }
        11 | 12 => {
            add(&random.pick(&["ZCOUNT", "ZCOUNT", "ZREMRANGEBYSCORE"]));
            add(&key);
            add(&bound(random));
            add(&bound(random));
        }
        13 => {
            add(&random.pick(&["ZREMRANGEBYRANK", "ZRANGE", "ZREVRANGE"]));
            add(&key);
            add(&random.int());
            add(&random.int());
        }
        14..=16 => {
            let by_score = random.one_in(2);
            match random.below(6) {
                0 if by_score => add(&random.pick(&["ZRANGEBYSCORE", "zrevrangebyscore"])),
                0 => add(&"ZREVRANGE"),
                1 => {
                    add(&"ZRANGESTORE");
                    add(&random.key());
                }
                _ => add(&"ZRANGE"),
            }
            add(&key);
            for _ in 0..2 {
                add(&match by_score {
                    true => bound(random),
                    false => random.int().into_bytes(),
                });
            }
            if by_score && !random.one_in(9) {
                add(&random.pick(&["BYSCORE", "byscore"]));
            }
            while random.one_in(2) {
                match random.below(5) {
                    0 | 1 => add(&random.pick(&["REV", "rev", "REV", "BYSCORE", "x"])),
                    2 => add(&random.pick(&["WITHSCORES", "withscores"])),
                    _ => {
                        add(&random.pick(&["LIMIT", "limit"]));
                        add(&random.int());
                        add(&random.int());
                    }
                }
            }
        }
        17 => {
            add(&random.pick(&["ZPOPMIN", "ZPOPMAX"]));
            add(&key);
            if random.one_in(2) {
                add(&random.int());
            }
            if random.one_in(20) {
                add(&"1");
            }
        }
        18 => {
            let waits = random.one_in(2);
            add(&random.pick(&[["ZMPOP"], ["BZMPOP"]][usize::from(waits)]));
            if waits {
                add(&timeout(random));
            }
            let count = random.below(4);
            add(&match random.below(8) {
                0 => random.int(),
                _ => count.to_string(),
            });
            (0..count).for_each(|_| add(&random.key()));
            add(&random.pick(&["MIN", "MAX", "max", "MIN", "x"]));
            while random.one_in(3) {
                add(&random.pick(&["COUNT", "count", "x"]));
                add(&random.int());
            }
        }
        19 => {
            add(&random.pick(&["BZPOPMIN", "BZPOPMAX"]));
            (0..=random.below(3)).for_each(|_| add(&random.key()));
            add(&timeout(random));
        }
        20 => {
            add(&"ZRANDMEMBER");
            add(&key);
            // All members or none, so that nothing is left to chance.
            let counts = [
                "1000",
                "9223372036854775807",
                "4611686018427387903",
                "4611686018427387904",
                "0",
                "x",
                "-9223372036854775808",
            ];
            add(&random.pick(&counts));
            while random.one_in(2) {
                add(&random.pick(&["WITHSCORES", "withscores", "x"]));
            }
        }
        21 => {
            add(&"ZSCAN");
            add(&key);
            add(&random.pick(&["0", "0", "0", "0", "", "x"]));
            // A large one in one step, since cursors are each server's own.
            add(&"COUNT");
            add(&"2000");
            if random.one_in(2) {
                add(&random.pick(&["MATCH", "match", "COUNT", "x"]));
                add(&random.pick(&["*", "[ab]*", "?", "m1*", "2000", "0"]));
            }
        }
        _ => algebra(random, &mut add),
    }
    Step::command(words)
}

/// A union, intersection or difference.
fn algebra(random: &mut Gen, add: &mut dyn FnMut(&dyn AsRef<[u8]>)) {
    let name = random.pick(&["ZUNION", "ZINTER", "ZDIFF", "ZINTERCARD"]);
    let stores = name != "ZINTERCARD" && random.one_in(2);
    add(&format!("{name}{}", if stores { "STORE" } else { "" }));
    if stores {
        add(&random.key());
    }
    let count = if random.one_in(10) {
        0
    } else {
        1 + random.below(4)
    };
    add(&match random.below(12) {
        0 => random.int(),
        _ => count.to_string(),
    });
    (0..count).for_each(|_| add(&random.key()));
    while random.one_in(2) {
        match random.below(8) {
            0..=2 => {
                add(&random.pick(&["WEIGHTS", "weights"]));
                let weights = if random.one_in(9) { 1 } else { count };
                (0..weights).for_each(|_| add(&score(random)));
            }
            3 | 4 => {
                add(&random.pick(&["AGGREGATE", "aggregate"]));
                add(&random.pick(&["SUM", "min", "MAX", "MIN", "x"]));
            }
            5 => {
                add(&random.pick(&["LIMIT", "limit"]));
                add(&random.int());
            }
            _ => add(&random.pick(&["WITHSCORES", "withscores"])),
        }
    }
}

pub fn step_with_equal_scores(random: &mut Gen) -> Step {
    if random.one_in(60) {
        return many(random, |_| "0".into());
    }
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut add = |word: &dyn AsRef<[u8]>| words.push(word.as_ref().to_vec());
    let key = random.key();
    match random.below(10) {
        0..=3 => {
            add(&"ZADD");
            add(&key);
            for _ in 0..=random.below(8) {
                add(&"0");
                add(&member(random));
            }
        }
        4 => {
            add(&"ZREM");
            add(&key);
            add(&member(random));
        }
        5 => {
            add(&random.pick(&["ZLEXCOUNT", "ZLEXCOUNT", "ZREMRANGEBYLEX"]));
            add(&key);
            add(&member_bound(random));
            add(&member_bound(random));
        }
        _ => {
            let old = random.one_in(2);
            if old {
                add(&random.pick(&["ZRANGEBYLEX", "ZREVRANGEBYLEX"]));
            } else if random.one_in(6) {
                add(&"ZRANGESTORE");
                add(&random.key());
            } else {
                add(&"ZRANGE");
            }
            add(&key);
            add(&member_bound(random));
            add(&member_bound(random));
            if !old {
                add(&random.pick(&["BYLEX", "bylex"]));
            }
            while random.one_in(3) {
                match random.below(6) {
                    0 => add(&random.pick(&["WITHSCORES", "x", "BYLEX"])),
                    1 | 2 => add(&random.pick(&["REV", "rev"])),
                    _ => {
                        add(&"LIMIT");
                        add(&random.int());
                        add(&random.int());
                    }
                }
            }
        }
    }
    Step::command(words)
}

/// Few members, so that commands meet.
fn member(random: &mut Gen) -> Vec<u8> {
    match random.below(16) {
        0 => random.value(),
        1 => random.pick(&["", "1", "-0", "007", "a\0", "\u{ff}"]).into(),
        2..=4 => format!("m{}", random.below(140)).into(),
        _ => random.pick(&["a", "b", "c", "aa", "ab", "d"]).into(),
    }
}

/// Scores that are often equal, sometimes at a limit, sometimes none.
fn score(random: &mut Gen) -> Vec<u8> {
    match random.below(8) {
        0 | 1 => random.float().into_bytes(),
        2 => random
            .pick(&["inf", "-inf", "+inf", "-0", "0", "nan"])
            .into(),
        3 => random
            .pick(&["1e17", "4611686018427387904", "1e-7", "0.1", "3e15"])
            .into(),
        _ => (random.below(9) as i64 - 3).to_string().into(),
    }
}

/// The bound of a range of scores.
fn bound(random: &mut Gen) -> Vec<u8> {
    let mut bound = match random.below(4) {
        0 => Vec::new(),
        1 => b"(".to_vec(),
        2 => {
            let odd = [
                "", "-inf", "+inf", "(", "(-inf", " 1", "1e400", "-1e400", "((1", "(nan", "1\0x",
                "[1",
            ];
            return random.pick(&odd).into();
        }
        _ => Vec::new(),
    };
    bound.extend(score(random));
    bound
}

/// The bound of a range of members.
fn member_bound(random: &mut Gen) -> Vec<u8> {
    let mut bound: Vec<u8> = match random.below(12) {
        0..=2 => b"(".to_vec(),
        3..=6 => b"[".to_vec(),
        7 | 8 => return b"-".to_vec(),
        9 | 10 => return b"+".to_vec(),
        _ => random.pick(&["", "+", "-", "[", "(", "-\0"]).into(),
    };
    bound.extend(member(random));
    bound
}

/// For how long to wait.
fn timeout(random: &mut Gen) -> String {
    random
        .pick(&[
            "0", "0.5", "1e3", "0x1p3", "+7", "-1", "-inf", "x", "nan", " 1", "",
        ])
        .to_owned()
}

/// As many members as turn a small sorted set into a large one, or nearly.
fn many(random: &mut Gen, score: fn(&mut Gen) -> Vec<u8>) -> Step {
    let count = 122 + random.below(12);
    let mut words = vec![b"ZADD".to_vec(), random.key().into_bytes()];
    for n in 0..count {
        words.push(score(random));
        words.push(format!("m{n}").into_bytes());
    }
    Step::command(words)
}
