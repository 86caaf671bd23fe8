//! What is no Lua 5.1, or looks like a later one.

use evalua_redis::examples;
use evalua_syntax::SyntaxError;
use evalua_syntax::ast::Span;

use super::{Example, Outcome, Rule};
use crate::finding::Report;
use crate::flow::Walker;
use crate::shebang::Source;

/// The source does not compile.
pub const SYNTAX_ERROR: Rule = Rule {
    name: "syntax-error",
    summary: "the source is no Lua 5.1",
    explanation: "The server refuses the script. Where the text is that of a later Lua or of another language, the finding says how it is written in 5.1: there are no goto, no operators of bits and no //, != is ~=, and continue and += are to be written out.",
    failing: examples![
        Example {
            script: "if ARGV[1] != '5' then return 0 end\nreturn 1",
            outcome: Outcome::Error("Error compiling script"),
        },
        Example {
            script: "for i = 1, 3 do\n  if i == 2 then goto continue end\n  ::continue::\nend\nreturn 1",
            outcome: Outcome::Error("Error compiling script"),
        },
        Example {
            script: "local half = ARGV[1] // 2\nreturn half",
            outcome: Outcome::Error("Error compiling script"),
        },
    ],
    passing: examples![
        "if ARGV[1] ~= '5' then return 0 end\nreturn 1",
        "local half = math.floor(ARGV[1] / 2)\nreturn half",
    ],
};

/// The first line is refused.
pub const BAD_SHEBANG: Rule = Rule {
    name: "bad-shebang",
    summary: "the server refuses what the first line says",
    explanation: "A line that starts with #! names the engine lua and flags that the server knows; those of a library have a name as well. With any other the source is refused before it runs.",
    failing: examples![Example {
        script: "#!lua flags=no-write\nreturn redis.call('GET', KEYS[1])",
        outcome: Outcome::Error("Unexpected flag in script shebang: no-write"),
    }],
    passing: examples!["#!lua flags=no-writes\nreturn redis.call('GET', KEYS[1])"],
};

/// An escape that Lua 5.1 does not know.
pub const UNKNOWN_ESCAPE: Rule = Rule {
    name: "unknown-escape",
    summary: "a string has an escape that Lua 5.1 does not know",
    explanation: "Lua 5.1 drops the backslash before a letter that it has no meaning for: '\\d' is 'd', and '\\x41' is 'x41'. Classes in patterns are written with %, as %d; bytes as three decimal digits, as \\065.",
    failing: examples![
        Example {
            script: "return string.match('id 42', '\\d+') or 'no number'",
            outcome: Outcome::Reply("\"d\""),
        },
        Example {
            script: "return '\\x41'",
            outcome: Outcome::Reply("\"x41\""),
        },
    ],
    passing: examples!["return string.match('id 42', '%d+')", "return '\\065\\n'"],
};

/// A comment allows a rule that there is not.
pub const UNKNOWN_RULE: Rule = Rule {
    name: "unknown-rule",
    summary: "a comment allows a rule that there is not",
    explanation: "The name in `-- evalua: allow(…)` is misspelt, or the rule has another name now, so that the comment does nothing.",
    failing: examples![Example {
        script: "return 1 -- evalua: allow(unused-locals)",
        outcome: Outcome::Reply("(integer) 1"),
    }],
    passing: examples!["local later = 1 -- evalua: allow(unused-local)\nreturn 1"],
};

/// What stands before the place of an error, what stands there, and how it is to be written.
const HINTS: &[(&str, &str, &str)] = &[
    ("", "!=", "'not equal' is ~= in Lua"),
    ("~", "!=", "'not equal' is ~= in Lua"),
    ("", "!", "'not' is a word in Lua"),
    ("&", "&", "'and' is a word in Lua"),
    ("|", "|", "'or' is a word in Lua"),
    ("", "&&", "'and' is a word in Lua"),
    ("", "||", "'or' is a word in Lua"),
    ("", "&", "Lua 5.1 has no operators of bits: use bit.band"),
    ("", "|", "Lua 5.1 has no operators of bits: use bit.bor"),
    (
        "",
        "~",
        "Lua 5.1 has no operators of bits: use bit.bxor or bit.bnot",
    ),
    ("<", "<", "Lua 5.1 has no operators of bits: use bit.lshift"),
    (">", ">", "Lua 5.1 has no operators of bits: use bit.rshift"),
    (
        "/",
        "/",
        "Lua 5.1 has no integer division: use math.floor(a / b)",
    ),
    ("", "/*", "comments are written --[[ … ]]"),
    ("", "//", "comments begin with --"),
    ("", "# ", "comments begin with --"),
    ("let ", "", "variables are declared with local"),
    ("var ", "", "variables are declared with local"),
    ("const ", "", "variables are declared with local"),
    ("elif ", "", "'elif' is elseif in Lua"),
    ("", "elif ", "'elif' is elseif in Lua"),
    ("elsif ", "", "'elsif' is elseif in Lua"),
    ("", "elsif ", "'elsif' is elseif in Lua"),
    ("==", "=", "'equal' is =="),
    (
        "goto ",
        "",
        "Lua 5.1 has no goto: use a loop with break, or a function",
    ),
    ("", "::", "Lua 5.1 has no goto and no labels"),
    (
        "continue",
        "",
        "Lua has no continue: put the rest of the loop into an if",
    ),
    ("+", "=", "Lua has no +=: write x = x + 1"),
    ("-", "=", "Lua has no -=: write x = x - 1"),
    ("*", "=", "Lua has no *=: write x = x * 2"),
    ("/", "=", "Lua has no /=: write x = x / 2"),
    ("..", "=", "Lua has no ..=: write s = s .. t"),
    ("", "+=", "Lua has no +=: write x = x + 1"),
    ("", "-=", "Lua has no -=: write x = x - 1"),
    ("", "*=", "Lua has no *=: write x = x * 2"),
    ("", "/=", "Lua has no /=: write x = x / 2"),
    ("", "..=", "Lua has no ..=: write s = s .. t"),
    ("+", "+", "Lua has no ++: write x = x + 1"),
    ("", "++", "Lua has no ++: write x = x + 1"),
    ("=", ">", "fields are written name = value"),
    ("", "?", "Lua has no ?: write cond and a or b"),
    (") {", "", "blocks are written then … end, or do … end"),
    (")", "{", "blocks are written then … end, or do … end"),
    ("", "<const>", "Lua 5.1 has no <const> and <close>"),
    ("", "<close>", "Lua 5.1 has no <const> and <close>"),
    ("", "= ", "to compare is =="),
];

/// Reports that a source does not compile.
pub(crate) fn explain(source: &Source<'_>, error: &SyntaxError, report: &mut Report) {
    let code = source.code;
    let start = error.span.start as usize;
    let end = (error.span.end as usize).max(start + 1).min(code.len());
    let message = error.to_string();
    // The finding has a place of its own.
    let text = message
        .strip_prefix(&format!("user_script:{}: ", error.line))
        .unwrap_or(&message);
    let hint = hint(code, start, error.incomplete).map(|hint| format!(": {hint}"));
    let span = source.offset + start.min(code.len())..source.offset + end;
    report.add(
        &SYNTAX_ERROR,
        span,
        format!("{text}{}", hint.unwrap_or_default()),
    );
}

fn hint(code: &[u8], at: usize, is_end: bool) -> Option<&'static str> {
    let (before, there) = code.split_at_checked(at)?;
    if is_end && code.windows(7).any(|text| text == b"else if") {
        return Some("'else if' opens a second if, which needs an end of its own: write elseif");
    }
    let line = before
        .rsplit(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let row = HINTS.iter().find(|(front, here, _)| {
        let is_behind = match front.strip_suffix(' ') {
            Some(word) => last_word(line) == word.as_bytes(),
            None if front
                .as_bytes()
                .first()
                .is_some_and(u8::is_ascii_alphabetic) =>
            {
                last_word(before) == front.as_bytes()
            }
            None => line.trim_ascii_end().ends_with(front.as_bytes()),
        };
        is_behind && there.starts_with(here.as_bytes())
    });
    row.map(|row| row.2)
}

/// The name that some text ends with, but for white space.
fn last_word(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_end();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let length = text.iter().rev().take_while(|byte| is_part(byte)).count();
    &text[text.len() - length..]
}

/// Letters that mean something behind a backslash.
const ESCAPES: &[u8] = b"abfnrtv";

impl Walker<'_, '_> {
    /// Looks at the escapes of a string in quotes.
    pub(crate) fn check_escapes(&mut self, span: Span) {
        let text = self.text(span);
        if !matches!(text.first(), Some(b'\'' | b'"')) {
            return;
        }
        let mut at = 1;
        while at + 1 < text.len() {
            if text[at] != b'\\' {
                at += 1;
                continue;
            }
            let letter = text[at + 1];
            if letter.is_ascii_alphabetic() && !ESCAPES.contains(&letter) {
                let start = span.start + at as u32;
                let place = Span {
                    start,
                    end: start + 2,
                    ..span
                };
                let letter = char::from(letter);
                let advice = match letter {
                    'x' | 'u' => "write a byte as three decimal digits",
                    'z' => "join the lines with ..",
                    'd' | 's' | 'w' | 'D' | 'S' | 'W' => "classes of patterns start with %",
                    _ => "drop the backslash, or write two of them",
                };
                self.find(
                    &UNKNOWN_ESCAPE,
                    place,
                    format!("Lua 5.1 knows no \\{letter}, and reads it as {letter}: {advice}"),
                );
            }
            at += 2;
        }
    }
}
