//! From bytes to tokens with their values.
//!
//! Owns: how tokens are told apart by their first bytes, bodies of strings and comments, escapes, number
//! values, counting of lines. It must not know the grammar.

use crate::ast::{Span, StrId};
use crate::error::{Problem, Result, SyntaxError};
use crate::intern::{Interner, leading_word, to_word};
use crate::number::parse_number;
use crate::token::{SYMBOLS, Token, WORD, keyword};
use std::sync::Arc;

/// A token with its place and value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexeme {
    pub(crate) token: Token,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The line of its first byte.
    pub(crate) line: u32,
    /// A name, or the contents of a string; of no meaning for other tokens.
    pub(crate) string: StrId,
    /// The value of a number; of no meaning for other tokens.
    pub(crate) number: f64,
}

impl Lexeme {
    /// A place for the first token.
    pub(crate) const NONE: Lexeme = Lexeme {
        token: Token::Eof,
        start: 0,
        end: 0,
        line: 1,
        string: StrId(0),
        number: 0.0,
    };
}

/// Bits that tell of a byte what it may be part of.
mod class {
    /// The start of a name.
    pub(super) const LETTER: u8 = 1;
    /// The rest of a name or number.
    pub(super) const NAME: u8 = 1 << 1;
    /// The digits and points that a number begins with.
    pub(super) const DIGIT: u8 = 1 << 2;
    /// A token that no other begins with.
    pub(super) const ALONE: u8 = 1 << 3;
    /// What ends a run of plain bytes in a string.
    pub(super) const STRING_END: u8 = 1 << 4;
}

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' => class::NAME | class::DIGIT,
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => class::NAME | class::LETTER,
            b'.' => class::DIGIT,
            b'"' | b'\'' | b'\\' | b'\n' | b'\r' => class::STRING_END,
            b'+' | b'*' | b'/' | b'%' | b'^' | b'#' | b'(' | b')' | b'{' | b'}' | b']' | b';'
            | b':' | b',' => class::ALONE,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// The tokens of one byte.
static ALONE: [Token; 256] = {
    let mut tokens = [Token::Other; 256];
    let mut i = 0;
    while i < SYMBOLS.len() {
        if let (&[byte], token) = (SYMBOLS[i].0.as_bytes(), SYMBOLS[i].1) {
            tokens[byte as usize] = token;
        }
        i += 1;
    }
    tokens
};

/// Reads tokens.
pub(crate) struct Lexer<'s> {
    source: &'s [u8],
    /// Offset of the next byte.
    at: usize,
    chunk_name: &'s [u8],
    /// The line of the last byte read.
    line: u32,
    strings: Interner,
    /// The contents of a string that is not a slice of the source.
    scratch: Vec<u8>,
}

impl<'s> Lexer<'s> {
    pub(crate) fn new(source: &'s [u8], chunk_name: &'s [u8]) -> Result<Self> {
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
        Ok(Lexer {
            source,
            at: 0,
            chunk_name,
            line: 1,
            strings: Interner::new(source),
            scratch: Vec::new(),
        })
    }

    /// The line of the last byte read.
    #[inline]
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

    /// Reads the next token. What most tokens are, names and single characters, is done here and in
    /// [`Lexer::name`], without the registers that the rest takes.
    pub(crate) fn next(&mut self, lexeme: &mut Lexeme) -> Result<()> {
        let mut at = self.at;
        let first = loop {
            match self.source.get(at) {
                Some(b' ') => at += 1,
                Some(&byte) => break byte,
                None => return self.next_of_any_kind(at, lexeme),
            }
        };
        let class = CLASSES[usize::from(first)];
        if class & class::LETTER != 0 {
            return self.name(at, lexeme);
        }
        if class & class::ALONE == 0 {
            return self.next_of_any_kind(at, lexeme);
        }
        lexeme.start = at as u32;
        lexeme.line = self.line;
        lexeme.token = ALONE[usize::from(first)];
        at += 1;
        lexeme.end = at as u32;
        self.at = at;
        Ok(())
    }

    /// Reads a name or keyword that starts at an offset.
    fn name(&mut self, start: usize, lexeme: &mut Lexeme) -> Result<()> {
        let end = self.run(start + 1, class::NAME);
        self.at = end;
        lexeme.start = start as u32;
        lexeme.end = end as u32;
        lexeme.line = self.line;
        lexeme.token = Token::Name;
        let bytes = &self.source[start..end];
        match leading_word(&self.source[start..], bytes.len()) {
            Some(word) => match keyword(word) {
                Some(token) => lexeme.token = token,
                None => lexeme.string = self.strings.intern_word(word, bytes),
            },
            None => self.other_name(bytes, lexeme),
        }
        Ok(())
    }

    /// A name that is too long for a word, or so near to the end of the source that none can be read.
    #[inline(never)]
    fn other_name(&mut self, bytes: &[u8], lexeme: &mut Lexeme) {
        let keyword = if bytes.len() <= WORD {
            keyword(to_word(bytes))
        } else {
            None
        };
        match keyword {
            Some(token) => lexeme.token = token,
            None => lexeme.string = self.strings.intern(bytes),
        }
    }

    /// Reads the next token, which starts at an offset or behind white space and comments there.
    fn next_of_any_kind(&mut self, mut at: usize, lexeme: &mut Lexeme) -> Result<()> {
        let source = self.source;
        let token = loop {
            let start = at;
            lexeme.start = start as u32;
            lexeme.line = self.line;
            let Some(&first) = source.get(at) else {
                break Token::Eof;
            };
            at += 1;
            let second = source.get(at).copied();
            // The token if the next byte is `then`, or else the other.
            let mut pair = |then: u8, long: Token, short: Token| {
                if second == Some(then) {
                    at += 1;
                    long
                } else {
                    short
                }
            };
            break match first {
                b' ' | b'\t' | b'\x0b' | b'\x0c' => continue,
                b'\n' | b'\r' => {
                    self.line += 1;
                    at += newline_length(&source[start..]) - 1;
                    continue;
                }
                b'A'..=b'Z' | b'a'..=b'z' | b'_' => return self.name(start, lexeme),
                b'0'..=b'9' => {
                    at = self.number(start, lexeme)?;
                    Token::Number
                }
                b'"' | b'\'' => {
                    self.at = at;
                    lexeme.string = self.quoted(first)?;
                    at = self.at;
                    Token::String
                }
                b'-' if second == Some(b'-') => {
                    self.at = at + 1;
                    self.comment(start as u32)?;
                    at = self.at;
                    continue;
                }
                b'[' if matches!(second, Some(b'[' | b'=')) => {
                    self.at = at;
                    lexeme.string = self.long_string(start as u32)?;
                    at = self.at;
                    Token::String
                }
                // PUC takes a NUL for one of the characters that it looks for.
                b'.' => match (second, source.get(at + 1)) {
                    (Some(b'.' | 0), Some(b'.' | 0)) => {
                        at += 2;
                        Token::Dots
                    }
                    (Some(b'.' | 0), _) => {
                        at += 1;
                        Token::DotDot
                    }
                    (Some(b'0'..=b'9'), _) => {
                        at = self.number(start, lexeme)?;
                        Token::Number
                    }
                    _ => Token::Dot,
                },
                b'=' => pair(b'=', Token::EqualEqual, Token::Equal),
                b'<' => pair(b'=', Token::LessEqual, Token::Less),
                b'>' => pair(b'=', Token::GreaterEqual, Token::Greater),
                b'~' => pair(b'=', Token::NotEqual, Token::Other),
                _ => ALONE[usize::from(first)],
            };
        };
        lexeme.token = token;
        lexeme.end = at as u32;
        self.at = at;
        Ok(())
    }

    /// The offset of the first byte from `at` on that is not of a class.
    #[inline]
    fn run(&self, mut at: usize, class: u8) -> usize {
        while let Some(&byte) = self.source.get(at)
            && CLASSES[usize::from(byte)] & class != 0
        {
            at += 1;
        }
        at
    }

    /// Reads a number that starts at an offset, and tells where it ends. PUC takes whatever is here before
    /// it looks whether that is a number, and a NUL for one of the characters of an exponent.
    fn number(&mut self, start: usize, lexeme: &mut Lexeme) -> Result<usize> {
        let mut end = self.run(start, class::DIGIT);
        if matches!(self.source.get(end), Some(b'e' | b'E' | 0)) {
            end += 1;
            if matches!(self.source.get(end), Some(b'+' | b'-' | 0)) {
                end += 1;
            }
        }
        end = self.run(end, class::NAME);
        let text = &self.source[start..end];
        match parse_number(text) {
            Some(number) => {
                lexeme.number = number;
                Ok(end)
            }
            None => {
                self.at = end;
                Err(self.error(Problem::MalformedNumber, start as u32, Some(text)))
            }
        }
    }

    /// What has not been read.
    fn rest(&self) -> &'s [u8] {
        &self.source[self.at..]
    }

    /// Skips a comment whose dashes have been read.
    fn comment(&mut self, start: u32) -> Result<()> {
        let body = self.rest();
        if let [b'[', after @ ..] = body {
            let level = count_equals(after);
            if after.get(level) == Some(&b'[') {
                self.at += level + 2;
                self.long_body(start, level, Problem::UnfinishedLongComment)?;
                return Ok(());
            }
        }
        let end = body.iter().position(|&b| is_newline(b));
        self.at += end.unwrap_or(body.len());
        Ok(())
    }

    /// The contents of a string whose opening quote has been read.
    fn quoted(&mut self, quote: u8) -> Result<StrId> {
        let first = self.at;
        let mut at = self.plain_end(first, quote);
        if self.source.get(at) == Some(&quote) {
            self.at = at + 1;
            return Ok(self.strings.intern_part(self.source, first, at));
        }
        let start = (first - 1) as u32;
        self.scratch.clear();
        self.scratch.extend_from_slice(&self.source[first - 1..at]);
        loop {
            match self.source.get(at) {
                None => {
                    self.at = at;
                    return Err(self.error_at_end(Problem::UnfinishedString));
                }
                Some(b'\\') => at = self.escape(start, at + 1)?,
                Some(&b) if b == quote => break,
                Some(_) => {
                    return Err(self.error(Problem::UnfinishedString, start, Some(&self.scratch)));
                }
            }
            let end = self.plain_end(at, quote);
            self.scratch.extend_from_slice(&self.source[at..end]);
            at = end;
        }
        self.at = at + 1;
        Ok(self.strings.intern(&self.scratch[1..]))
    }

    /// Where the bytes of a string that stand for themselves end.
    #[inline]
    fn plain_end(&self, mut at: usize, quote: u8) -> usize {
        while let Some(&byte) = self.source.get(at) {
            if CLASSES[usize::from(byte)] & class::STRING_END != 0
                && (byte == quote || !matches!(byte, b'"' | b'\''))
            {
                break;
            }
            at += 1;
        }
        at
    }

    /// Adds what the escape after a backslash stands for; returns the offset behind it.
    fn escape(&mut self, start: u32, at: usize) -> Result<usize> {
        let body = self.source;
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

    /// The contents of a long string of whose opening one bracket has been read.
    fn long_string(&mut self, start: u32) -> Result<StrId> {
        let level = count_equals(self.rest());
        self.at += level;
        if self.rest().first() != Some(&b'[') {
            let opening = &self.source[start as usize..self.at];
            return Err(self.error(Problem::BadLongBracket, start, Some(opening)));
        }
        self.at += 1;
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
        let body = self.rest();
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
                    self.at += behind + 1;
                    return Ok((&body[first..at], plain));
                }
                b'[' if complete && level == 0 => {
                    return Err(self.error(Problem::NestedLongBracket, start, Some(b"[")));
                }
                _ => at = behind,
            }
        }
        self.at = self.source.len();
        Err(self.error_at_end(unfinished))
    }

    /// The error of a text that ends too early.
    fn error_at_end(&self, problem: Problem<'_>) -> Box<SyntaxError> {
        let end = self.source.len() as u32;
        self.error(problem, end, Some(Token::Eof.text().as_bytes()))
    }

    /// An error in the token that starts at `start` and is being read.
    #[cold]
    fn error(&self, problem: Problem<'_>, start: u32, near: Option<&[u8]>) -> Box<SyntaxError> {
        let end = (self.at as u32).max(start);
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
        let source = &self.source[lexeme.start as usize..lexeme.end as usize];
        match lexeme.token {
            Token::Name | Token::Number => Some(source.to_vec()),
            Token::String => {
                let contents = self.strings.get(lexeme.string);
                let bracket = if source[0] == b'[' {
                    2 + count_equals(&source[1..])
                } else {
                    1
                };
                let (open, close) = (&source[..bracket], &source[source.len() - bracket..]);
                Some([open, contents, close].concat())
            }
            Token::Other => match source[0] {
                0 => None,
                byte if byte.is_ascii_control() => Some(format!("char({byte})").into_bytes()),
                byte => Some(vec![byte]),
            },
            token => Some(token.text().as_bytes().to_vec()),
        }
    }
}

/// A syntax error that is found after parsing, such as a function that needs too many registers:
/// `text` near the token that follows `span`.
pub fn error_after(source: &[u8], chunk_name: &[u8], span: Span, text: &str) -> SyntaxError {
    let find = || {
        let mut lexer = Lexer::new(source, chunk_name)?;
        let mut lexeme = Lexeme::NONE;
        loop {
            lexer.next(&mut lexeme)?;
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
        let mut lexeme = Lexeme::NONE;
        loop {
            if let Err(error) = lexer.next(&mut lexeme) {
                return format!("{shown}{error}\n");
            }
            let Lexeme {
                token,
                start,
                end,
                line,
                string,
                number,
            } = lexeme;
            let value = match token {
                Token::Name | Token::String => {
                    format!(" \"{}\"", lexer.strings.get(string).escape_ascii())
                }
                Token::Number => format!(" {number}"),
                _ => String::new(),
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
