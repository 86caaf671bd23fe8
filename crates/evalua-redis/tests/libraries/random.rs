//! Random values as Lua source, and random texts.

use std::fmt::Write;

use evalua_redis::rng::Rng;

/// Bytes as a Lua string literal.
pub fn literal(bytes: &[u8]) -> String {
    let mut text = String::from("'");
    for &byte in bytes {
        match byte {
            b'\'' | b'\\' => write!(text, "\\{}", char::from(byte)),
            b' '..=b'~' => write!(text, "{}", char::from(byte)),
            _ => write!(text, "\\{byte:03}"),
        }
        .expect("a string grows");
    }
    text + "'"
}

/// A number as a Lua expression.
pub fn double(value: f64) -> String {
    if value.is_nan() {
        return (if value.is_sign_negative() {
            "(0/0)"
        } else {
            "(-(0/0))"
        })
        .to_owned();
    }
    if value.is_infinite() {
        return (if value < 0.0 { "(-1/0)" } else { "(1/0)" }).to_owned();
    }
    if value == 0.0 && value.is_sign_negative() {
        return "(-0)".to_owned();
    }
    format!("({value:e})")
}

/// Makes random cases, the same in every run.
pub struct Gen(Rng);

impl Gen {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Gen {
        Gen(Rng::new(seed))
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound)
    }

    /// One of these.
    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Any bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number of any shape.
    pub fn number(&mut self) -> f64 {
        let value = match self.below(8) {
            0 => f64::from_bits(self.bits()),
            1 => (self.bits() as i64 >> self.below(64)) as f64,
            2 => (self.bits() >> 44) as f64 / (1_u64 << self.below(40)) as f64,
            3 => self.below(1_000_000) as f64 / 10_f64.powi(self.below(12) as i32),
            4 => f64::from(f32::from_bits(self.bits() as u32)),
            5 => (1_u64 << self.below(64)) as f64 + self.below(3) as f64 - 1.0,
            6 => self.below(300) as f64,
            _ => self.of(&[
                0.0,
                0.5,
                1.5,
                2.5,
                1e14,
                1e15,
                99_999_999_999_999.5,
                1e-5,
                5e-324,
                f64::MAX,
                f64::INFINITY,
                f64::NAN,
            ]),
        };
        if self.below(4) == 0 { -value } else { value }
    }

    /// Bytes: often letters, sometimes any.
    pub fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most + 1) / (1 + self.below(6));
        let any = self.below(3) == 0;
        (0..length)
            .map(|_| {
                if any {
                    self.bits() as u8
                } else {
                    self.of(b"abcdefghij _\"\\/\n0189")
                }
            })
            .collect()
    }

    /// A value as a Lua expression.
    pub fn value(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 8 } else { 13 }) {
            0 => "true".to_owned(),
            1 => "false".to_owned(),
            2 => self.of(&["nil", "cjson.null"]).to_owned(),
            3..=5 => double(self.number()),
            6 | 7 => literal(&self.bytes(40)),
            8..=9 => self.list(depth - 1),
            10..=11 => self.record(depth - 1),
            _ => self.mixed(depth - 1),
        }
    }

    fn list(&mut self, depth: usize) -> String {
        let count = self.below(20);
        let items: Vec<String> = (0..count).map(|_| self.value(depth)).collect();
        format!("{{{}}}", items.join(","))
    }

    fn record(&mut self, depth: usize) -> String {
        let count = self.below(20);
        let items: Vec<String> = (0..count)
            .map(|_| format!("[{}]={}", literal(&self.bytes(12)), self.value(depth)))
            .collect();
        format!("{{{}}}", items.join(","))
    }

    fn mixed(&mut self, depth: usize) -> String {
        let count = self.below(8);
        let items: Vec<String> = (0..count)
            .map(|_| {
                let key = match self.below(6) {
                    0 => self
                        .of(&["true", "2^31", "2^53", "-1", "0", "0.5"])
                        .to_owned(),
                    1 => literal(&self.bytes(4)),
                    _ => (1 + self.below(12)).to_string(),
                };
                format!("[{key}]={}", self.value(depth))
            })
            .collect();
        format!("{{{}}}", items.join(","))
    }
}
