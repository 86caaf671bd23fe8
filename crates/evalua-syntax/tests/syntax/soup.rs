//! Random input: nothing panics, and `lua5.1` says the same.

use crate::generate::{damage, valid_chunk};
use crate::oracle::{Source, compare_errors, source};
use proptest::collection::vec;
use proptest::prelude::*;

/// Pieces of source text that fit together more often than random bytes do.
const PIECES: &[&str] = &[
    "and ",
    "break ",
    "do ",
    "else ",
    "elseif ",
    "end ",
    "false ",
    "for ",
    "function ",
    "if ",
    "in ",
    "local ",
    "nil ",
    "not ",
    "or ",
    "repeat ",
    "return ",
    "then ",
    "true ",
    "until ",
    "while ",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "#",
    "==",
    "~=",
    "<=",
    ">=",
    "<",
    ">",
    "=",
    "=",
    "=",
    "(",
    ")",
    "()",
    "{",
    "}",
    "{}",
    "[",
    "]",
    ";",
    ":",
    ",",
    ",",
    ".",
    "..",
    "...",
    "a",
    "b",
    "c ",
    "x1 ",
    "_ ",
    "1",
    " 2.5e1",
    " 0x1F",
    "'s'",
    "\"t\\n\"",
    "[[u]]",
    "[=[v]]]=]",
    "[==",
    "--",
    "--[[w]]",
    "'",
    "\"",
    "[[",
    "]]",
    "\\",
    "\n",
    "\r",
    "\r\n",
    " ",
    "\t",
    "\0",
    "@",
    "~",
    "\u{e9}",
    " f(a) ",
    " local x = ",
    "a.b:c()",
    " if a then ",
    " for i = 1, 2 do ",
    " while a do ",
    " function f(...) ",
    " repeat ",
];

fn soup() -> impl Strategy<Value = Vec<u8>> {
    vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    (vec(any::<u8>(), 1..150), vec(any::<u8>(), 4..13))
        .prop_map(|(tape, edits)| damage(&valid_chunk(&tape), &edits))
}

/// A chunk that starts with ESC is not text for `lua5.1`.
fn compare(texts: Vec<Vec<u8>>) -> Result<(), TestCaseError> {
    let sources: Vec<Source> = texts
        .iter()
        .filter(|text| text.first() != Some(&27))
        .map(source)
        .collect();
    compare_errors(&sources).map_err(TestCaseError::fail)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn random_bytes(texts in vec(vec(any::<u8>(), 0..60), 200)) {
        compare(texts)?;
    }

    #[test]
    fn token_soups(texts in vec(soup(), 200)) {
        compare(texts)?;
    }

    #[test]
    fn damaged_chunks(texts in vec(damaged(), 100)) {
        compare(texts)?;
    }

    #[test]
    fn spans_are_in_the_source(text in soup()) {
        if let Err(error) = evalua_syntax::parse(&text, b"=x") {
            prop_assert!(error.span.start <= error.span.end);
            prop_assert!(error.span.end as usize <= text.len());
        }
    }
}
