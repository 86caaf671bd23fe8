//! Places in sorted sets.

use crate::harness::{self, Gen, Step};

#[test]
fn geo() {
    harness::compare(step);
}

pub fn step(random: &mut Gen) -> Step {
    if random.one_in(40) {
        return random.fill();
    }
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut add = |word: &dyn AsRef<[u8]>| words.push(word.as_ref().to_vec());
    match random.below(10) {
        0..=2 => {
            add(&"GEOADD");
            add(&random.key());
            if random.one_in(4) {
                add(&random.pick(&["NX", "xx", "CH", "x"]));
            }
            for _ in 0..=random.below(8) {
                place(random, &mut add);
                add(&member(random));
            }
            if random.one_in(20) {
                add(&"1");
            }
        }
        3 => {
            add(&"ZADD");
            add(&random.key());
            add(&random.float());
            add(&member(random));
        }
        4 => {
            let name = random.pick(&["GEOPOS", "GEOHASH", "GEODIST", "DEL"]);
            add(&name);
            add(&random.key());
            if name != "DEL" {
                (0..2).for_each(|_| add(&member(random)));
            }
            if random.one_in(2) {
                add(&unit(random));
            }
        }
        5 => {
            add(&random.pick(&["GEORADIUS", "GEORADIUS_RO"]));
            add(&random.key());
            place(random, &mut add);
            radius(random, &mut add);
            options(random, false, &mut add);
        }
        6 => {
            add(&random.pick(&["GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO"]));
            add(&random.key());
            add(&member(random));
            radius(random, &mut add);
            options(random, false, &mut add);
        }
        _ => {
            let name = random.pick(&["GEOSEARCH", "GEOSEARCH", "geosearchstore"]);
            add(&name);
            add(&random.key());
            if name != "GEOSEARCH" {
                add(&random.key());
            }
            if !random.one_in(20) {
                if random.one_in(2) {
                    add(&"FROMMEMBER");
                    add(&member(random));
                } else {
                    add(&"FROMLONLAT");
                    place(random, &mut add);
                }
            }
            if !random.one_in(20) {
                if random.one_in(2) {
                    add(&"BYRADIUS");
                } else {
                    add(&"bybox");
                    add(&length(random));
                }
                radius(random, &mut add);
            }
            options(random, true, &mut add);
        }
    }
    Step::command(words)
}

type Add<'a> = dyn FnMut(&dyn AsRef<[u8]>) + 'a;

fn member(random: &mut Gen) -> String {
    match random.below(30) {
        0 => String::new(),
        n => format!("m{n}"),
    }
}

/// Anywhere, or near one of few places; each with digits of its own, so that no two are equally far
/// from a third.
fn place(random: &mut Gen, add: &mut Add<'_>) {
    if random.one_in(20) {
        add(&random.float());
        add(&random.float());
        return;
    }
    let mut part = |random: &mut Gen, limit: f64| {
        let middle = match random.below(3) {
            0 => 0.0,
            1 => limit * 0.99,
            _ => limit / 3.0,
        };
        let width = match random.below(3) {
            0 => limit * 2.0,
            1 => 1.0,
            _ => 0.01,
        };
        let offset = random.below(1_000_001) as f64 / 1e6 - 0.5;
        add(&format!(
            "{}",
            (middle + offset * width).clamp(-limit, limit)
        ));
    };
    part(random, 180.0);
    part(random, 85.05);
}

fn length(random: &mut Gen) -> String {
    match random.below(12) {
        0 => random.float(),
        _ => format!(
            "{}",
            random.below(3000) as f64 * 10_f64.powi(random.below(5) as i32 - 2)
        ),
    }
}

fn unit(random: &mut Gen) -> &'static str {
    random.pick(&["m", "KM", "km", "ft", "mi", "km", "parsec", ""])
}

fn radius(random: &mut Gen, add: &mut Add<'_>) {
    add(&length(random));
    add(&match random.one_in(10) {
        true => unit(random),
        false => random.pick(&["m", "km", "mi"]),
    });
}

fn options(random: &mut Gen, is_search: bool, add: &mut Add<'_>) {
    for _ in 0..random.below(4) {
        match random.below(9) {
            0 => add(&"WITHDIST"),
            1 => add(&"withhash"),
            2 => add(&"WITHCOORD"),
            3 => add(&random.pick(&["ASC", "desc"])),
            4 => {
                add(&"COUNT");
                add(&random.int());
            }
            5 => {
                add(&"COUNT");
                add(&(1 + random.below(4)).to_string());
                add(&"ANY");
            }
            6 => add(&random.pick(&["ANY", "x", "STOREDIST", "COUNT", "BYBOX", "FROMMEMBER"])),
            7 if is_search => add(&"STOREDIST"),
            _ => {
                add(&random.pick(&["STORE", "storedist"]));
                add(&random.key());
            }
        }
    }
}
