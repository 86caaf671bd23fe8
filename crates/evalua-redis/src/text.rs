//! Commands and replies as people type and read them in redis-cli.
//!
//! [`split_line`] is how a typed line becomes arguments; [`print()`] how a reply looks on a terminal,
//! [`print_raw`] in a pipe.

use crate::reply::Reply;

/// Splits a typed line into arguments: blanks separate, `"…"` with `\n`, `\xHH` and the like, `'…'`
/// with `\'`. Like the server's lines it ends before a zero. `None` when a quote is not closed, or text
/// follows a closing quote at once.
pub fn split_line(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut args = Vec::new();
    let mut rest = skip_blanks(line);
    while !matches!(rest, [] | [0, ..]) {
        let (arg, after) = split_word(rest)?;
        args.push(arg);
        rest = skip_blanks(after);
    }
    Some(args)
}

/// Whether C's `isspace` says so; inside of a word only some of these end it.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

fn skip_blanks(line: &[u8]) -> &[u8] {
    let blanks = line.iter().take_while(|byte| is_blank(**byte)).count();
    &line[blanks..]
}

/// The first word of a line that does not begin with a blank, and what follows it.
fn split_word(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    loop {
        rest = match rest {
            [] | [b' ' | b'\n' | b'\r' | b'\t' | 0, ..] => return Some((word, rest)),
            [b'"', quoted @ ..] => return end_quote(word, double_quoted, quoted),
            [b'\'', quoted @ ..] => return end_quote(word, single_quoted, quoted),
            [byte, after @ ..] => {
                word.push(*byte);
                after
            }
        }
    }
}

type Quoted = fn(&[u8]) -> Option<(Option<u8>, &[u8])>;

/// Reads to the closing quote, which ends the word.
fn end_quote(mut word: Vec<u8>, next: Quoted, mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    while let (Some(byte), after) = next(rest)? {
        word.push(byte);
        rest = after;
    }
    let (_, rest) = next(rest)?;
    let ends = rest.first().is_none_or(|byte| is_blank(*byte));
    ends.then_some((word, rest))
}

/// The next byte inside double quotes, or no byte at their end.
fn double_quoted(text: &[u8]) -> Option<(Option<u8>, &[u8])> {
    let hex = |digit: u8| (digit as char).to_digit(16).map(|digit| digit as u8);
    match text {
        [] | [b'\\'] => None,
        [b'"', rest @ ..] => Some((None, rest)),
        [b'\\', b'x', high, low, rest @ ..] if hex(*high).is_some() && hex(*low).is_some() => {
            Some((Some(hex(*high)? << 4 | hex(*low)?), rest))
        }
        [b'\\', escape, rest @ ..] => {
            let byte = match escape {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'b' => 8,
                b'a' => 7,
                other => *other,
            };
            Some((Some(byte), rest))
        }
        [byte, rest @ ..] => Some((Some(*byte), rest)),
    }
}

/// The next byte inside single quotes, or no byte at their end.
fn single_quoted(text: &[u8]) -> Option<(Option<u8>, &[u8])> {
    match text {
        [] => None,
        [b'\'', rest @ ..] => Some((None, rest)),
        [b'\\', b'\'', rest @ ..] => Some((Some(b'\''), rest)),
        [byte, rest @ ..] => Some((Some(*byte), rest)),
    }
}

/// A byte string in double quotes, with everything unprintable escaped.
pub fn quote(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for &byte in bytes {
        match byte {
            b'\\' | b'"' => out.extend(['\\', byte as char]),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            7 => out.push_str("\\a"),
            8 => out.push_str("\\b"),
            b' '..=b'~' => out.push(byte as char),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// Words as they are typed into redis-cli; [`split_line`] takes them apart again.
pub fn typed<W: AsRef<[u8]>>(words: &[W]) -> String {
    let word = |word: &W| {
        let word = word.as_ref();
        let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"'\\".contains(byte);
        match !word.is_empty() && word.iter().all(is_plain) {
            true => String::from_utf8_lossy(word).into_owned(),
            false => quote(word),
        }
    };
    let words: Vec<_> = words.iter().map(word).collect();
    words.join(" ")
}

/// A reply as redis-cli shows it on a terminal, without the line break at its end.
pub fn print(reply: &Reply) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, reply, 0);
    out
}

/// Appends a reply; lines after the first begin with `indent` blanks.
fn write(out: &mut Vec<u8>, reply: &Reply, indent: usize) {
    match reply {
        Reply::Error(error) => {
            out.extend_from_slice(b"(error) ");
            out.extend_from_slice(error.as_bytes());
        }
        Reply::Status(text) => out.extend_from_slice(text),
        Reply::Integer(n) => out.extend_from_slice(format!("(integer) {n}").as_bytes()),
        Reply::Double(value) => {
            out.extend_from_slice(b"(double) ");
            out.extend_from_slice(&double_text(*value));
        }
        Reply::Bulk(bytes) => out.extend_from_slice(quote(bytes).as_bytes()),
        Reply::Verbatim(_, text) | Reply::BigNumber(text) => out.extend_from_slice(text),
        Reply::Attribute(both) => write(out, &both.1, indent),
        Reply::Null | Reply::NullArray => out.extend_from_slice(b"(nil)"),
        Reply::Boolean(yes) => out.extend_from_slice(if *yes { b"(true)" } else { b"(false)" }),
        Reply::Array(items) | Reply::Push(items) if items.is_empty() => {
            let kind = if matches!(reply, Reply::Push(_)) {
                "push"
            } else {
                "array"
            };
            out.extend_from_slice(format!("(empty {kind})").as_bytes());
        }
        Reply::Array(items) | Reply::Push(items) => write_items(out, items, ')', indent),
        Reply::Sequence(items) => {
            let texts: Vec<_> = items.iter().map(print).collect();
            out.extend_from_slice(&texts.join(&b'\n'));
        }
        Reply::Set(items) if items.is_empty() => out.extend_from_slice(b"(empty set)"),
        Reply::Set(items) => write_items(out, items, '~', indent),
        Reply::Pairs(pairs) => write(out, &nested(pairs), indent),
        Reply::Map(pairs) if pairs.is_empty() => out.extend_from_slice(b"(empty hash)"),
        Reply::Map(pairs) => {
            let width = decimal_width(pairs.len());
            for (index, (key, value)) in pairs.iter().enumerate() {
                number(out, index, width, '#', indent);
                write(out, key, indent + width + 2);
                out.extend_from_slice(b" => ");
                if is_multiline(value) {
                    out.push(b'\n');
                    out.resize(out.len() + indent + width + 2, b' ');
                }
                write(out, value, indent + width + 2);
            }
        }
    }
}

fn write_items(out: &mut Vec<u8>, items: &[Reply], separator: char, indent: usize) {
    let width = decimal_width(items.len());
    for (index, item) in items.iter().enumerate() {
        number(out, index, width, separator, indent);
        write(out, item, indent + width + 2);
    }
}

/// The number in front of an element, on a line of its own but for the first.
fn number(out: &mut Vec<u8>, index: usize, width: usize, separator: char, indent: usize) {
    if index > 0 {
        out.push(b'\n');
        out.resize(out.len() + indent, b' ');
    }
    out.extend_from_slice(format!("{:width$}{separator} ", index + 1).as_bytes());
}

fn decimal_width(n: usize) -> usize {
    n.checked_ilog10().unwrap_or(0) as usize + 1
}

fn nested(pairs: &[(Reply, Reply)]) -> Reply {
    let pair = |(a, b): &(Reply, Reply)| Reply::Array(vec![a.clone(), b.clone()]);
    Reply::Array(pairs.iter().map(pair).collect())
}

fn is_multiline(reply: &Reply) -> bool {
    let several = |items: &[Reply]| match items {
        [] => false,
        [only] => is_multiline(only),
        _ => true,
    };
    match reply {
        Reply::Array(items) | Reply::Set(items) => several(items),
        Reply::Push(items) | Reply::Sequence(items) => several(items),
        Reply::Map(pairs) | Reply::Pairs(pairs) => match &pairs[..] {
            [] => false,
            [(_, only)] => is_multiline(only),
            _ => true,
        },
        Reply::Verbatim(_, text) => text.contains(&b'\n'),
        Reply::Attribute(both) => is_multiline(&both.1),
        _ => false,
    }
}

/// A double as RESP3 carries it in the newer servers.
fn double_text(value: f64) -> crate::bytes::SmallBytes {
    crate::number::format_double(value, crate::number::DoubleFormat::Shortest)
}

/// A reply as redis-cli writes it into a pipe: bare values, one a line, without the line break at
/// the end.
pub fn print_raw(reply: &Reply) -> Vec<u8> {
    let lines = |items: &[Reply]| items.iter().map(print_raw).collect::<Vec<_>>().join(&b'\n');
    match reply {
        // An error is followed by an empty line.
        Reply::Error(error) => [error.as_bytes(), b"\n"].concat(),
        Reply::Status(text) => text.to_vec(),
        Reply::Integer(n) => n.to_string().into_bytes(),
        Reply::Double(value) => double_text(*value).into_vec(),
        Reply::Bulk(text) | Reply::Verbatim(_, text) | Reply::BigNumber(text) => text.to_vec(),
        Reply::Null | Reply::NullArray => Vec::new(),
        Reply::Boolean(yes) => if *yes { "(true)" } else { "(false)" }.into(),
        Reply::Array(items) | Reply::Set(items) => lines(items),
        Reply::Push(items) | Reply::Sequence(items) => lines(items),
        Reply::Pairs(pairs) => print_raw(&nested(pairs)),
        Reply::Map(pairs) => {
            let line =
                |(key, value): &(Reply, Reply)| [print_raw(key), print_raw(value)].join(&b' ');
            pairs.iter().map(line).collect::<Vec<_>>().join(&b'\n')
        }
        Reply::Attribute(both) => print_raw(&both.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_redis_cli_does() {
        let split = |line: &str| split_line(line.as_bytes());
        let words = |words: &[&[u8]]| Some(words.iter().map(|word| word.to_vec()).collect());
        assert_eq!(split("  set k\tv "), words(&[b"set", b"k", b"v"]));
        assert_eq!(
            split(r#""a b\x41\n\q" 'it\'s \n' a"b c""#),
            words(&[b"a bA\nq", b"it's \\n", b"ab c"])
        );
        assert_eq!(split(r#""" ''"#), words(&[b"", b""]));
        assert_eq!(split(""), words(&[]));
        assert_eq!(
            split("\x0b get\x0bk\x0c x\0 y"),
            words(&[b"get\x0bk\x0c", b"x"])
        );
        for bad in [r#"""#, r#""a"#, r#""a\"#, "'a", r#""a"b"#, "'a'b"] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }

    #[test]
    fn prints_as_redis_cli_does() {
        let text = |reply: &Reply| String::from_utf8(print(reply)).unwrap();
        assert_eq!(text(&Reply::OK), "OK");
        assert_eq!(
            text(&Reply::bulk("a\"\\\n\u{7}\u{1}é")),
            r#""a\"\\\n\a\x01\xc3\xa9""#
        );
        let nested = Reply::Array(vec![
            Reply::Integer(1),
            Reply::Array(vec![Reply::bulk("a"), Reply::Null]),
            Reply::Array(vec![]),
        ]);
        assert_eq!(
            text(&nested),
            "1) (integer) 1\n2) 1) \"a\"\n   2) (nil)\n3) (empty array)"
        );
        let ten = Reply::Array(vec![Reply::Integer(0); 10]);
        assert!(text(&ten).starts_with(" 1) (integer) 0\n 2) "));
        let map = Reply::Map(vec![
            (Reply::bulk("k"), Reply::Double(1.5)),
            (
                Reply::bulk("l"),
                Reply::Set(vec![Reply::Boolean(true), Reply::Boolean(false)]),
            ),
        ]);
        assert_eq!(
            text(&map),
            "1# \"k\" => (double) 1.5\n2# \"l\" => \n   1~ (true)\n   2~ (false)"
        );
        assert_eq!(print_raw(&nested), b"1\na\n\n");
    }
}
