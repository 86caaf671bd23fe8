//! From bytes to tokens with their values.
//!
//! Owns: what the token patterns leave open: bodies of strings and comments, escapes, number
//! values, counting of lines. It must not know the grammar.

use crate::ast::{Span, StrId};
use crate::chunk_id::until_nul;
use crate::error::{Problem, Result, SyntaxError};
use crate::intern::Interner;
use crate::number::parse_number;
use crate::token::Token;
use logos::Logos;
use std::sync::Arc;

/// A token with its place and value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexeme {
    pub(crate) token: Token,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The line of its first byte.
    pub(crate) line: u32,
    pub(crate) value: Value,
}

/// What a token carries beside its kind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value {
    None,
    /// A name or the contents of a string.
    Str(StrId),
    Number(f64),
}

/// Reads tokens.
pub(crate) struct Lexer<'s> {
    raw: logos::Lexer<'s, Token>,
    chunk_name: &'s [u8],
    /// The line of the last byte read.
    line: u32,
    strings: Interner,
    /// The contents of a string that is not a slice of the source.
    scratch: Vec<u8>,
}

impl<'s> Lexer<'s> {
    pub(crate) fn new(source: &'s [u8], chunk_name: &'s [u8]) -> Result<Self> {
        let lexer = Lexer {
            raw: Token::lexer(source),
            chunk_name,
            line: 1,
            strings: Interner::new(),
            scratch: Vec::new(),
        };
        if source.len() >= u32::MAX as usize {
            return Err(Problem::TooLong.at(
                chunk_name,
                Span {
                    line: 1,
                    end_line: 1,
                    ..Span::default()
                },
                None,
            ));
        }
        Ok(lexer)
    }

    /// The line of the last byte read.
    pub(crate) fn line(&self) -> u32 {
        self.line
    }

    /// The id of a string that need not stand in the source.
    pub(crate) fn intern(&mut self, bytes: &[u8]) -> StrId {
        self.strings.intern(bytes)
    }

    /// Bytes that the strings read take up, roughly.
    pub(crate) fn string_bytes(&self) -> usize {
        self.strings.bytes_in_use()
    }

    /// All strings read so far.
    pub(crate) fn strings(&self) -> &[Arc<[u8]>] {
        self.strings.strings()
    }

    /// All strings read.
    pub(crate) fn into_strings(self) -> Vec<Arc<[u8]>> {
        self.strings.into_strings()
    }

    /// Reads the next token.
    pub(crate) fn next(&mut self) -> Result<Lexeme> {
        loop {
            let token = match self.raw.next() {
                Some(token) => token.unwrap_or(Token::Other),
                None => Token::Eof,
            };
            let start = self.raw.span().start as u32;
            let line = self.line;
            let value = match token {
                Token::Newline => {
                    self.line += 1;
                    continue;
                }
                Token::Comment => {
                    self.comment(start)?;
                    continue;
                }
                Token::Name => Value::Str(self.strings.intern(self.raw.slice())),
                Token::Number => {
                    let text = self.raw.slice();
                    match parse_number(until_nul(text)) {
                        Some(number) => Value::Number(number),
                        None => {
                            return Err(self.error(Problem::MalformedNumber, start, Some(text)));
                        }
                    }
                }
                Token::String => Value::Str(self.quoted(start)?),
                Token::LongBracket => Value::Str(self.long_string(start)?),
                Token::BadLongBracket => {
                    return Err(self.error(Problem::BadLongBracket, start, Some(self.raw.slice())));
                }
                _ => Value::None,
            };
            let token = if token == Token::LongBracket {
                Token::String
            } else {
                token
            };
            let end = self.raw.span().end as u32;
            return Ok(Lexeme {
                token,
                start,
                end,
                line,
                value,
            });
        }
    }

    /// Skips a comment whose dashes have been read.
    fn comment(&mut self, start: u32) -> Result<()> {
        let body = self.raw.remainder();
        if let [b'[', after @ ..] = body {
            let level = count_equals(after);
            if after.get(level) == Some(&b'[') {
                self.raw.bump(level + 2);
                self.long_body(start, level, Problem::UnfinishedLongComment)?;
                return Ok(());
            }
        }
        let end = body.iter().position(|&b| is_newline(b));
        self.raw.bump(end.unwrap_or(body.len()));
        Ok(())
    }

    /// The contents of a string whose opening quote has been read.
    fn quoted(&mut self, start: u32) -> Result<StrId> {
        let quote = self.raw.slice()[0];
        let body = self.raw.remainder();
        let run = |from: usize| {
            let special = |&b: &u8| b == quote || b == b'\\' || is_newline(b);
            body[from..]
                .iter()
                .position(special)
                .map_or(body.len(), |n| from + n)
        };
        let mut at = run(0);
        if body.get(at) == Some(&quote) {
            self.raw.bump(at + 1);
            return Ok(self.strings.intern(&body[..at]));
        }
        self.scratch.clear();
        self.scratch.push(quote);
        self.scratch.extend_from_slice(&body[..at]);
        loop {
            match body.get(at) {
                None => {
                    self.raw.bump(at);
                    return Err(self.error_at_end(Problem::UnfinishedString));
                }
                Some(b'\\') => at = self.escape(start, body, at + 1)?,
                Some(&b) if b == quote => break,
                Some(_) => {
                    return Err(self.error(Problem::UnfinishedString, start, Some(&self.scratch)));
                }
            }
            let end = run(at);
            self.scratch.extend_from_slice(&body[at..end]);
            at = end;
        }
        self.raw.bump(at + 1);
        Ok(self.strings.intern(&self.scratch[1..]))
    }

    /// Adds what the escape after a backslash stands for; returns the offset behind it.
    fn escape(&mut self, start: u32, body: &[u8], at: usize) -> Result<usize> {
        let Some(&first) = body.get(at) else {
            return Ok(at); // the end of the source is the caller's error
        };
        let (byte, length) = match first {
            b'a' => (0x07, 1),
            b'b' => (0x08, 1),
            b'f' => (0x0c, 1),
            b'n' => (b'\n', 1),
            b'r' => (b'\r', 1),
            b't' => (b'\t', 1),
            b'v' => (0x0b, 1),
            b'\n' | b'\r' => {
                self.line += 1;
                (b'\n', newline_length(&body[at..]))
            }
            b'0'..=b'9' => {
                let digits = body[at..].iter().take(3).take_while(|b| b.is_ascii_digit());
                let (code, length) = digits.fold((0u32, 0), |(code, length), digit| {
                    (code * 10 + u32::from(digit - b'0'), length + 1)
                });
                match u8::try_from(code) {
                    Ok(byte) => (byte, length),
                    Err(_) => {
                        return Err(self.error(
                            Problem::EscapeTooLarge,
                            start,
                            Some(&self.scratch),
                        ));
                    }
                }
            }
            other => (other, 1),
        };
        self.scratch.push(byte);
        Ok(at + length)
    }

    /// The contents of a long string whose opening bracket has been read.
    fn long_string(&mut self, start: u32) -> Result<StrId> {
        let level = self.raw.slice().len() - 2;
        let (body, plain) = self.long_body(start, level, Problem::UnfinishedLongString)?;
        if plain {
            return Ok(self.strings.intern(body));
        }
        self.scratch.clear();
        let mut rest = body;
        while let Some(end) = rest.iter().position(|&b| is_newline(b)) {
            self.scratch.extend_from_slice(&rest[..end]);
            self.scratch.push(b'\n');
            rest = &rest[end + newline_length(&rest[end..])..];
        }
        self.scratch.extend_from_slice(rest);
        Ok(self.strings.intern(&self.scratch))
    }

    /// Reads past the bracket that closes a long string or comment. Returns what is between, without
    /// a newline at its start, and whether all its line ends are plain `\n`.
    fn long_body(
        &mut self,
        start: u32,
        level: usize,
        unfinished: Problem<'_>,
    ) -> Result<(&'s [u8], bool)> {
        let body = self.raw.remainder();
        let mut at = 0;
        if body.first().is_some_and(|&b| is_newline(b)) {
            self.line += 1;
            at = newline_length(body);
        }
        let first = at;
        let mut plain = true;
        let special = |&b: &u8| is_newline(b) || b == b'[' || b == b']';
        while let Some(skip) = body[at..].iter().position(special) {
            at += skip;
            let byte = body[at];
            if is_newline(byte) {
                self.line += 1;
                let length = newline_length(&body[at..]);
                plain &= byte == b'\n' && length == 1;
                at += length;
                continue;
            }
            let equals = count_equals(&body[at + 1..]);
            let behind = at + 1 + equals;
            let complete = equals == level && body.get(behind) == Some(&byte);
            match byte {
                b']' if complete => {
                    self.raw.bump(behind + 1);
                    return Ok((&body[first..at], plain));
                }
                b'[' if complete && level == 0 => {
                    return Err(self.error(Problem::NestedLongBracket, start, Some(b"[")));
                }
                _ => at = behind,
            }
        }
        self.raw.bump(body.len());
        Err(self.error_at_end(unfinished))
    }

    /// The error of a text that ends too early.
    fn error_at_end(&self, problem: Problem<'_>) -> Box<SyntaxError> {
        let end = self.raw.source().len() as u32;
        self.error(problem, end, Some(Token::Eof.text().as_bytes()))
    }

    /// An error in the token that starts at `start` and is being read.
    #[cold]
    fn error(&self, problem: Problem<'_>, start: u32, near: Option<&[u8]>) -> Box<SyntaxError> {
        let end = (self.raw.span().end as u32).max(start);
        let span = Span {
            start,
            end,
            line: self.line,
            end_line: self.line,
        };
        problem.at(self.chunk_name, span, near)
    }

    /// An error at a token that has been read.
    #[cold]
    pub(crate) fn error_near(&self, problem: Problem<'_>, lexeme: &Lexeme) -> Box<SyntaxError> {
        let near = self.shown(lexeme);
        problem.at(self.chunk_name, self.span_of(lexeme), near.as_deref())
    }

    /// An error whose text names no token.
    #[cold]
    pub(crate) fn error_alone(&self, problem: Problem<'_>, lexeme: &Lexeme) -> Box<SyntaxError> {
        problem.at(self.chunk_name, self.span_of(lexeme), None)
    }

    fn span_of(&self, lexeme: &Lexeme) -> Span {
        Span {
            start: lexeme.start,
            end: lexeme.end,
            line: lexeme.line,
            end_line: self.line,
        }
    }

    /// How messages show a token: strings with their contents between their delimiters, control
    /// bytes by number, and a NUL not at all.
    fn shown(&self, lexeme: &Lexeme) -> Option<Vec<u8>> {
        let source = &self.raw.source()[lexeme.start as usize..lexeme.end as usize];
        match (lexeme.token, lexeme.value) {
            (Token::Name | Token::Number, _) => Some(source.to_vec()),
            (Token::String, Value::Str(id)) => {
                let contents = self.strings.get(id);
                let bracket = if source[0] == b'[' {
                    2 + count_equals(&source[1..])
                } else {
                    1
                };
                let (open, close) = (&source[..bracket], &source[source.len() - bracket..]);
                Some([open, contents, close].concat())
            }
            (Token::Other, _) => match source[0] {
                0 => None,
                byte if byte.is_ascii_control() => Some(format!("char({byte})").into_bytes()),
                byte => Some(vec![byte]),
            },
            (token, _) => Some(token.text().as_bytes().to_vec()),
        }
    }
}

/// A syntax error that is found after parsing, such as a function that needs too many registers:
/// `text` near the token that follows `span`.
pub fn error_after(source: &[u8], chunk_name: &[u8], span: Span, text: &str) -> SyntaxError {
    let find = || {
        let mut lexer = Lexer::new(source, chunk_name)?;
        loop {
            let lexeme = lexer.next()?;
            if lexeme.start >= span.end || lexeme.token == Token::Eof {
                return Ok(lexer.error_near(Problem::Later(text), &lexeme));
            }
        }
    };
    *find().unwrap_or_else(|error| error)
}

fn is_newline(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// The length of the line end that a text starts with: `\r\n` and `\n\r` are one.
fn newline_length(text: &[u8]) -> usize {
    match text {
        [first, second, ..] if is_newline(*second) && first != second => 2,
        _ => 1,
    }
}

fn count_equals(text: &[u8]) -> usize {
    text.iter().take_while(|&&b| b == b'=').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each token on a line of its own, with its place and value, and the error that ends them.
    fn tokens(source: &[u8]) -> String {
        let mut lexer = Lexer::new(source, b"=x").expect("a short source");
        let mut shown = String::new();
        loop {
            let lexeme = match lexer.next() {
                Ok(lexeme) => lexeme,
                Err(error) => return format!("{shown}{error}\n"),
            };
            let Lexeme {
                token,
                start,
                end,
                line,
                value,
            } = lexeme;
            let value = match value {
                Value::None => String::new(),
                Value::Str(id) => format!(" \"{}\"", lexer.strings.get(id).escape_ascii()),
                Value::Number(number) => format!(" {number}"),
            };
            let lines = if line == lexer.line {
                line.to_string()
            } else {
                format!("{line}-{}", lexer.line)
            };
            shown += &format!("{lines} [{start}..{end}] {token:?}{value}\n");
            if token == Token::Eof {
                return shown;
            }
        }
    }

    #[test]
    fn words_and_symbols() {
        insta::assert_snapshot!(tokens(
            b"and break do else elseif end false for function if in local nil not or repeat return then
true until while + - * / % ^ # == ~= <= >= < > = ( ) { } [ ] ; : , . .. ... ends _end End e1
a.b..c...d~=e==f===g<=h=<i[j]k[[l]]m\0\x01\xff~!"
        ));
    }

    #[test]
    fn numbers() {
        insta::assert_snapshot!(tokens(
            b"0 12 1.5 .5 5. 1e3 1E-3 1.5e+2 0x1F 0xA.5 0x1p4 1\0+2 1-2 1e5-2 a.1 0x1e+1 1..2"
        ));
    }

    #[test]
    fn strings() {
        insta::assert_snapshot!(tokens(
            b"'' \"a'b\" 'a\"b' '\\'' '\\a\\b\\f\\n\\r\\t\\v\\\\\\x\\0\\10\\2555' 'a\\\r\nb' 'c\\\n\rd'
[[]] [[a\r\nb\rc\n\rd\n\ne]] [[\n\nx]] [==[ ]] ]=] ]===] ]==] [=[[[]]]=] '\0' '\xff' 'a\\256'"
        ));
    }

    #[test]
    fn comments() {
        insta::assert_snapshot!(tokens(
            b"a --b\nc --[b\nd --[[b\n]] e --[=[\r\n]]]=] f --[=b]]\ng --\nh ---[[ b\n- - i --[[ [=[ \n"
        ));
    }
}
