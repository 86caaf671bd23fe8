//! Numbers and strings on their way into text and back: `tostring`, `tonumber`, `string.format`.

use crate::both::Both;
use crate::cases;
use crate::random::{Gen, double, literal};

/// A format of one value, well-formed more often than not.
fn format(random: &mut Gen) -> String {
    let flags: String = (0..random.below(3))
        .map(|_| random.of(&['-', '+', ' ', '#', '0']))
        .collect();
    let width = match random.below(4) {
        0 => random.below(120).to_string(),
        1 => random.below(20).to_string(),
        _ => String::new(),
    };
    let precision = match random.below(4) {
        0 => format!(".{}", random.below(120)),
        1 => format!(".{}", random.below(18)),
        2 => ".".to_owned(),
        _ => String::new(),
    };
    let kind = random.of(b"diuoxXceEfgGqsaA%l");
    format!("%{flags}{width}{precision}{}", char::from(kind))
}

#[test]
fn random_numbers_and_formats_as_on_the_server() {
    let Some(mut both) = Both::new() else { return };
    let mut random = Gen::new(1);
    for _ in 0..cases(2000) {
        let (number, bytes) = (double(random.number()), literal(&random.bytes(30)));
        let value = if random.below(4) == 0 {
            &bytes
        } else {
            &number
        };
        let format = format(&mut random);
        both.compare(&format!(
            "local n = {number} return tostring(n), n .. '', tonumber(tostring(n)), \
             tonumber({bytes}), pcall(string.format, '<{format}>', {value})"
        ));
    }
    both.finish();
}
