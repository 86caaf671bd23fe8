//! Comparison of what this crate computes with what `lua5.1` computes, for unit tests.
//!
//! Owns the script that asks, and the small generator that random cases come from.

use std::fmt::Write;

use evalua_conformance::lua;

/// Expressions of Lua, each with the text that `tostring` must give of its value.
#[derive(Default)]
pub struct Comparison {
    rows: Vec<(String, Vec<u8>)>,
}

impl Comparison {
    /// Adds one expression and this crate's result.
    pub fn row(&mut self, expression: impl Into<String>, ours: impl Into<Vec<u8>>) {
        self.rows.push((expression.into(), ours.into()));
    }

    /// Asks `lua5.1` for each, and fails with the first dozen that differ. Without a `lua5.1` it
    /// only says so.
    pub fn check(self) {
        let mut script = String::from(
            "local function show(...)\n\
             io.write((tostring((...)):gsub('.', function(c) return ('%02x'):format(c:byte()) end)), '\\n')\n\
             end\n",
        );
        for (expression, _) in &self.rows {
            // A function for each, so that no count of constants or locals is a limit.
            writeln!(script, "(function() show({expression}) end)();").expect("a string grows");
        }
        let Some(outcome) = lua::oracle(script.as_bytes()) else {
            return;
        };
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr.escape_ascii());
        let theirs: Vec<Vec<u8>> = outcome
            .stdout
            .split(|&byte| byte == b'\n')
            .map(from_hex)
            .collect();
        assert_eq!(theirs.len(), self.rows.len() + 1);
        let differing: Vec<String> = self
            .rows
            .iter()
            .zip(&theirs)
            .filter(|((_, ours), theirs)| ours != *theirs)
            .map(|((expression, ours), theirs)| {
                format!(
                    "{expression}\n  ours   {}\n  theirs {}",
                    ours.escape_ascii(),
                    theirs.escape_ascii()
                )
            })
            .collect();
        assert!(
            differing.is_empty(),
            "{} of {} differ:\n{}",
            differing.len(),
            self.rows.len(),
            differing[..differing.len().min(12)].join("\n")
        );
    }
}

fn from_hex(line: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a hexadecimal digit") as u8;
    line.chunks_exact(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

/// Bytes as a Lua string literal.
pub fn literal(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => write!(text, "\\{}", char::from(byte)),
            b' '..=b'~' => write!(text, "{}", char::from(byte)),
            _ => write!(text, "\\{byte:03}"),
        }
        .expect("a string grows");
    }
    text + "\""
}

/// A double as a Lua expression: its exact value in hexadecimal.
pub fn double(value: f64) -> String {
    if value.is_nan() {
        return if value.is_sign_negative() {
            "0/0"
        } else {
            "-(0/0)"
        }
        .to_owned();
    }
    if value.is_infinite() {
        return format!("{}1/0", if value < 0.0 { "-" } else { "" });
    }
    format!("tonumber('{value:e}')")
}

/// splitmix64: random cases that are the same in every run.
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// One of `choices`.
    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A finite double: now of any bits, now a round one, now a tie of decimal rounding.
    pub fn double(&mut self) -> f64 {
        let value = match self.below(5) {
            0 => f64::from_bits(self.next()),
            1 => (self.next() as i64 >> self.below(64)) as f64,
            2 => (self.next() >> 44) as f64 / (1u64 << self.below(40)) as f64,
            3 => self.below(1_000_000) as f64 / 10f64.powi(self.below(12) as i32),
            _ => self.of(&[
                0.0,
                0.5,
                1.5,
                2.5,
                1e15,
                1e14,
                99_999_999_999_999.5,
                1e-5,
                1e-4,
                5e-324,
            ]),
        };
        let value = if value.is_finite() { value } else { 0.125 };
        if self.below(4) == 0 { -value } else { value }
    }
}
