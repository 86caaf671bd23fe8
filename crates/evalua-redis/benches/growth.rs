//! How long commands take as what they work on grows; prints the rows of a table.
//!
//! `cargo xtask bench --commands` runs this and keeps the table. Owns which commands are timed, on what,
//! and the growth that the server documents for each. A command passes the gate as from a client, its words
//! made beforehand; a figure is the median over rounds of the CPU time of a batch, divided by its length.
//! What a batch changes is undone before the next, untimed, so that sizes stay. Nothing is asserted about
//! time, but that no command fails.

use std::time::Duration;

use evalua_redis::{Redis, Reply, Session};
use nix::time::{ClockId, clock_gettime};

/// Elements of the value, or keys of the database, that a command works on.
const SIZES: [usize; 4] = [10, 1_000, 100_000, 1_000_000];

/// Batches of a command; the figure is that of the median.
const ROUNDS: usize = 31;

/// Commands of a batch. Each meets another element of its value, so small values are there several times.
const BATCH: usize = 100;

/// Elements that the commands of a batch touch in all, where each touches the whole value.
const TOUCHED: usize = 1_000_000;

/// Coprime to all sizes, so that multiples of it meet each element once before any is met again.
const STRIDE: usize = 7_919;

/// What time per command the server documents, for values of that size.
#[derive(Clone, Copy, PartialEq)]
enum Growth {
    Flat,
    Logarithmic,
    Linear,
}

impl Growth {
    fn name(self) -> &'static str {
        match self {
            Growth::Flat => "O(1)",
            Growth::Logarithmic => "O(log N)",
            Growth::Linear => "O(N)",
        }
    }
}

/// What there is before a command runs. `{i}` stands for the number of an element.
struct Fill {
    /// What the size counts.
    what: &'static str,
    /// Makes one element; `{c}` is the number of the value, where there are several.
    command: &'static str,
    /// Whether one command makes all, `{i}` being the number of the last.
    is_whole: bool,
}

const KEYS: Fill = Fill {
    what: "keys",
    command: "SET k:{i} v",
    is_whole: false,
};
const TEXT: Fill = Fill {
    what: "bytes",
    command: "SETRANGE x:{c} {i} x",
    is_whole: true,
};
const HASH: Fill = Fill {
    what: "fields",
    command: "HSET x:{c} f:{i} v",
    is_whole: false,
};
const LIST: Fill = Fill {
    what: "elements",
    command: "RPUSH x:{c} e:{i}",
    is_whole: false,
};
const SET: Fill = Fill {
    what: "members",
    command: "SADD x:{c} m:{i}",
    is_whole: false,
};
const ZSET: Fill = Fill {
    what: "members with scores",
    command: "ZADD x:{c} {i} m:{i}",
    is_whole: false,
};
const STREAM: Fill = Fill {
    what: "entries",
    command: "XADD x:{c} 1-{next} f v",
    is_whole: false,
};

/// A line of the table.
struct Row {
    growth: Growth,
    fill: &'static Fill,
    /// What is timed. `{i}` is an element that is there, `{half}` the one in the middle, `{new}` one that is
    /// not there and greater than all, `{nth}` how often the value was met before in the batch.
    command: &'static str,
    /// What undoes it; empty where nothing is to be undone.
    undo: &'static str,
}

const fn row(
    growth: Growth,
    fill: &'static Fill,
    command: &'static str,
    undo: &'static str,
) -> Row {
    Row {
        growth,
        fill,
        command,
        undo,
    }
}

use Growth::{Flat, Linear, Logarithmic};

const ROWS: &[Row] = &[
    row(Flat, &KEYS, "GET k:{i}", ""),
    row(Flat, &KEYS, "SET k:{i} w", ""),
    row(Flat, &KEYS, "DEL k:{i}", "SET k:{i} v"),
    row(Flat, &KEYS, "EXPIRE k:{i} 1{i}", "PERSIST k:{i}"),
    row(Flat, &KEYS, "RANDOMKEY", ""),
    row(Flat, &KEYS, "SCAN 0", ""),
    row(Linear, &KEYS, "KEYS none*", ""),
    row(Flat, &TEXT, "GETRANGE x:{c} {half} {half}", ""),
    row(Flat, &TEXT, "SETBIT x:{c} {i} 1", ""),
    row(Linear, &TEXT, "BITCOUNT x:{c}", ""),
    row(Flat, &HASH, "HGET x:{c} f:{i}", ""),
    row(Flat, &HASH, "HSET x:{c} f:{new} v", "HDEL x:{c} f:{new}"),
    row(Flat, &HASH, "HDEL x:{c} f:{i}", "HSET x:{c} f:{i} v"),
    row(Flat, &HASH, "HRANDFIELD x:{c}", ""),
    row(Linear, &HASH, "HGETALL x:{c}", ""),
    row(Flat, &LIST, "LPUSH x:{c} e:{new}", "LPOP x:{c}"),
    row(Flat, &LIST, "RPOP x:{c}", "RPUSH x:{c} e:{i}"),
    row(Flat, &LIST, "LRANGE x:{c} 0 9", ""),
    row(Linear, &LIST, "LINDEX x:{c} {half}", ""),
    row(Flat, &LIST, "SORT x:{c} BY none LIMIT 0 10", ""),
    row(Flat, &SET, "SISMEMBER x:{c} m:{i}", ""),
    row(Flat, &SET, "SADD x:{c} m:{new}", "SREM x:{c} m:{new}"),
    row(Flat, &SET, "SREM x:{c} m:{i}", "SADD x:{c} m:{i}"),
    row(Flat, &SET, "SRANDMEMBER x:{c}", ""),
    row(Flat, &ZSET, "ZSCORE x:{c} m:{i}", ""),
    row(
        Logarithmic,
        &ZSET,
        "ZADD x:{c} {i}.5 m:{new}",
        "ZREM x:{c} m:{new}",
    ),
    row(
        Logarithmic,
        &ZSET,
        "ZREM x:{c} m:{i}",
        "ZADD x:{c} {i} m:{i}",
    ),
    row(Logarithmic, &ZSET, "ZRANK x:{c} m:{i}", ""),
    row(Logarithmic, &ZSET, "ZRANGE x:{c} {half} {half}", ""),
    row(Logarithmic, &ZSET, "ZCOUNT x:{c} {i} +inf", ""),
    row(
        Logarithmic,
        &ZSET,
        "ZPOPMIN x:{c}",
        "ZADD x:{c} {nth} m:{nth}",
    ),
    row(
        Flat,
        &STREAM,
        "XADD x:{c} 1-{new} f v",
        "XDEL x:{c} 1-{new}",
    ),
    row(Flat, &STREAM, "XRANGE x:{c} 1-{i} + COUNT 1", ""),
    row(Flat, &STREAM, "XINFO STREAM x:{c}", ""),
];

/// What stands for the words in braces.
#[derive(Clone, Copy)]
struct Place {
    copy: usize,
    i: usize,
    nth: usize,
    new: usize,
    size: usize,
}

type Words = Vec<Vec<u8>>;

fn words(command: &str, place: Place) -> Words {
    let fill = |word: &str| {
        let filled = word
            .replace("{c}", &place.copy.to_string())
            .replace("{i}", &place.i.to_string())
            .replace("{next}", &(place.i + 1).to_string())
            .replace("{half}", &(place.size / 2).to_string())
            .replace("{nth}", &place.nth.to_string())
            .replace("{new}", &place.new.to_string());
        filled.into_bytes()
    };
    command.split(' ').map(fill).collect()
}

/// An engine with values of one size.
struct Bench {
    redis: Redis,
    session: Session,
    size: usize,
    copies: usize,
    /// Elements made so far that were not there before.
    made: usize,
}

impl Bench {
    fn new(fill: &Fill, size: usize) -> Bench {
        let is_database = std::ptr::eq(fill, &KEYS);
        let copies = if is_database { 1 } else { BATCH.div_ceil(size) };
        let mut bench = Bench {
            redis: Redis::builder()
                .clock_unix_ms(1_700_000_000_000)
                .seed(1)
                .build(),
            session: Session::new(),
            size,
            copies,
            made: 0,
        };
        for copy in 0..copies {
            let elements = if fill.is_whole {
                size - 1..size
            } else {
                0..size
            };
            for i in elements {
                let place = Place {
                    copy,
                    i,
                    nth: 0,
                    new: 0,
                    size,
                };
                bench.run(&[words(fill.command, place)]);
            }
        }
        bench
    }

    /// Runs commands, none of which may fail.
    fn run(&mut self, commands: &[Words]) {
        for words in commands {
            let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            let reply = self.redis.execute(&mut self.session, &words);
            if let Reply::Error(error) = reply {
                panic!(
                    "{}: {error:?}",
                    evalua_redis::text::quote(&words.join(&b' '))
                );
            }
        }
    }

    /// The time that a command takes in the median.
    fn time(&mut self, row: &Row) -> Duration {
        let length = match row.growth {
            Growth::Linear => (TOUCHED / self.size).clamp(1, BATCH),
            _ => BATCH.min(self.size * self.copies),
        };
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|round| {
                let places: Vec<Place> = (0..length).map(|at| self.place(round, at)).collect();
                let all = |command: &str| -> Vec<Words> {
                    places.iter().map(|place| words(command, *place)).collect()
                };
                let commands = all(row.command);
                let undo = if row.undo.is_empty() {
                    Vec::new()
                } else {
                    all(row.undo)
                };
                let began = cpu_time();
                self.run(&commands);
                let took = cpu_time() - began;
                self.run(&undo);
                took / length as u32
            })
            .collect();
        times.sort();
        times[times.len() / 2]
    }

    fn place(&mut self, round: usize, at: usize) -> Place {
        self.made += 1;
        let nth = at / self.copies;
        Place {
            copy: at % self.copies,
            i: (round * BATCH + nth) * STRIDE % self.size,
            nth,
            new: self.size + self.made,
            size: self.size,
        }
    }
}

/// What this thread has used of the processor.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("Linux has this clock");
    time.into()
}

/// A time to three digits.
fn show(time: Duration) -> String {
    let ns = time.as_nanos() as f64;
    let (value, unit) = match ns {
        ..1e3 => (ns, "ns"),
        1e3..1e6 => (ns / 1e3, "µs"),
        _ => (ns / 1e6, "ms"),
    };
    let digits = match value {
        ..10.0 if unit != "ns" => 2,
        ..100.0 if unit != "ns" => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

fn main() {
    let only = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let sizes = SIZES.map(|size| size.to_string()).join(" | ");
    println!("| command | N | documented | {sizes} |");
    println!("|---|---|---|{}", "---|".repeat(SIZES.len()));
    for row in ROWS {
        let pattern = row.command.replace("x:{c}", "x");
        let pattern = pattern.replace("{half}", "N/2").replace("1{i}", "{i}");
        if only
            .as_ref()
            .is_some_and(|only| !pattern.contains(only.as_str()))
        {
            continue;
        }
        let times = SIZES.map(|size| show(Bench::new(row.fill, size).time(row)));
        println!(
            "| `{pattern}` | {} | {} | {} |",
            row.fill.what,
            row.growth.name(),
            times.join(" | ")
        );
    }
}
