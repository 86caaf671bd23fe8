//! Random values out of scripts, returned and raised.
//!
//! `EVALUA_FUZZ_COMMANDS=N` runs N scripts instead of the few of an ordinary test run,
//! `EVALUA_FUZZ_SEED=N` begins with another seed.

use evalua_redis::rng::Rng;

use crate::harness::Both;

/// How many scripts run when nothing else is asked for.
const SCRIPTS: usize = 2_000;

#[test]
fn random_results() {
    let Some(both) = Both::new() else {
        return;
    };
    run(both);
}

#[test]
fn random_results_for_a_resp3_client() {
    let Some(both) = Both::in_resp3() else {
        return;
    };
    run(both);
}

fn run(mut both: Both) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let scripts = number("EVALUA_FUZZ_COMMANDS").unwrap_or(SCRIPTS);
    let first = number("EVALUA_FUZZ_SEED").unwrap_or(0);
    for seed in first..first + scripts {
        let script = Gen(Rng::new(seed as u64)).script();
        both.compare(&["EVAL", &script, "0"]);
    }
    both.finish();
}

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "3.99",
    "-3.99",
    "0.1",
    "1e15",
    "1e17",
    "1e100",
    "-1e-5",
    "2^53",
    "2^62",
    "2^63",
    "-2^63",
    "0/0",
    "-(0/0)",
    "1/0",
    "-1/0",
    "12345678.875",
    "1e22",
    "5e-324",
];

const STRINGS: &[&str] = &[
    "''",
    "'a'",
    "'ERR x'",
    "'a b c'",
    "'-MY x'",
    "'\\r\\n'",
    "'a\\r\\nb'",
    "' '",
    "'a\\0b'",
    "'txt'",
    "'12'",
    "'1.5'",
    "'inf'",
    "'\\255'",
    "('x'):rep(100)",
];

const MARKS: &[&str] = &[
    "err",
    "ok",
    "double",
    "big_number",
    "map",
    "set",
    "format",
    "string",
];

struct Gen(Rng);

impl Gen {
    fn one_in(&mut self, n: usize) -> bool {
        self.0.below(n) == 0
    }

    fn pick(&mut self, choices: &[&'static str]) -> &'static str {
        choices[self.0.below(choices.len())]
    }

    fn script(&mut self) -> String {
        let resp = if self.one_in(3) {
            "redis.setresp(3) "
        } else {
            ""
        };
        match self.0.below(8) {
            // A raised table without a text ends the real server.
            0 => format!("{resp}error({})", self.scalar()),
            1 => format!("{resp}error({{err = {}, {}}})", self.text(), self.value(3)),
            2 => format!("{resp}return {{pcall(error, {})}}", self.value(3)),
            3 => format!("{resp}return redis.call('ECHO', {})", self.text()),
            4 => format!("{resp}return redis.error_reply({})", self.scalar()),
            _ => format!("{resp}return {}", self.value(4)),
        }
    }

    fn text(&mut self) -> String {
        let choices = if self.one_in(2) { NUMBERS } else { STRINGS };
        self.pick(choices).to_owned()
    }

    fn scalar(&mut self) -> String {
        match self.0.below(6) {
            0 => self.pick(&["true", "false", "nil"]).to_owned(),
            _ => self.text(),
        }
    }

    fn value(&mut self, depth: usize) -> String {
        if depth == 0 || self.one_in(3) {
            return self.scalar();
        }
        let entries: Vec<String> = (0..self.0.below(4))
            .map(|_| match self.0.below(8) {
                0..=2 => {
                    let mark = self.pick(MARKS);
                    format!("{mark} = {}", self.value(depth - 1))
                }
                3 => format!("[{}] = {}", self.0.below(6), self.value(depth - 1)),
                4 => format!(
                    "verbatim_string = {{string = {}, format = {}}}",
                    self.scalar(),
                    self.scalar()
                ),
                _ => self.value(depth - 1),
            })
            .collect();
        format!("{{{}}}", entries.join(", "))
    }
}
