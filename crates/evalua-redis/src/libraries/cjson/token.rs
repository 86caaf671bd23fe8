//! The tokens of JSON as `cjson` reads them.
//!
//! Owns what is a token and what it says of itself in errors. It must not know in which order tokens
//! may stand, nor what becomes of them.
//!
//! The text ends at its end or at its first NUL, as a C string does.

use evalua_vm::number::strtod;

use super::eight::Ends;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `{`
    ObjectBegin,
    /// `}`
    ObjectEnd,
    /// `[`
    ArrayBegin,
    /// `]`
    ArrayEnd,
    /// [`Scanner::string`] has it.
    String,
    /// [`Scanner::number`] has it.
    Number,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
    /// `:`
    Colon,
    /// `,`
    Comma,
    /// The end of the text.
    End,
    /// None of these.
    Error(&'static str),
}

impl Kind {
    /// What an error calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::ObjectBegin => "T_OBJ_BEGIN",
            Kind::ObjectEnd => "T_OBJ_END",
            Kind::ArrayBegin => "T_ARR_BEGIN",
            Kind::ArrayEnd => "T_ARR_END",
            Kind::String => "T_STRING",
            Kind::Number => "T_NUMBER",
            Kind::True | Kind::False => "T_BOOLEAN",
            Kind::Null => "T_NULL",
            Kind::Colon => "T_COLON",
            Kind::Comma => "T_COMMA",
            Kind::End => "T_END",
            Kind::Error(text) => text,
        }
    }
}

const INVALID_TOKEN: Kind = Kind::Error("invalid token");
const INVALID_NUMBER: Kind = Kind::Error("invalid number");
const END_OF_STRING: Kind = Kind::Error("unexpected end of string");
const INVALID_ESCAPE: Kind = Kind::Error("invalid escape code");
const INVALID_UNICODE: Kind = Kind::Error("invalid unicode escape code");

/// Bytes of a string that do not stand for themselves, or end it.
const SPECIAL: Ends<2> = Ends {
    below: 1,
    bytes: [b'"', b'\\'],
};

/// A token, and where it begins; an error inside a string is where it is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: usize,
}

/// Cuts a text into tokens.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether numbers that JSON has not are read: hexadecimal, NaN, infinities, leading zeros.
    lenient: bool,
    number: f64,
    /// The last string in the text, if there are no escapes in it.
    plain: Option<&'a [u8]>,
    /// Otherwise what it stands for.
    unescaped: Vec<u8>,
}

impl<'a> Scanner<'a> {
    /// A scanner at the start of a text.
    pub(super) fn new(text: &'a [u8], lenient: bool) -> Scanner<'a> {
        Scanner {
            text,
            at: 0,
            lenient,
            number: 0.0,
            plain: None,
            unescaped: Vec::new(),
        }
    }

    /// How much of the text is read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The number that was read last.
    pub(super) fn number(&self) -> f64 {
        self.number
    }

    /// The string that was read last.
    pub(super) fn string(&self) -> &[u8] {
        self.plain.unwrap_or(&self.unescaped)
    }

    /// A byte of the text; NUL behind its end.
    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    /// Reads a comma or a colon, if it stands here without blanks before it.
    #[inline(always)]
    pub(super) fn accepts(&mut self, byte: u8) -> bool {
        let is_here = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(is_here);
        is_here
    }

    /// Reads a token. After an error or the end the scanner stays where it is.
    #[inline]
    pub(super) fn next(&mut self) -> Token {
        while let b' ' | b'\t' | b'\n' | b'\r' = self.byte(self.at) {
            self.at += 1;
        }
        let at = self.at;
        let single = match self.byte(at) {
            b'"' => return self.scan_string(),
            b'-' | b'0'..=b'9' => {
                let kind = if !self.lenient && self.is_invalid_number() {
                    INVALID_NUMBER
                } else {
                    self.scan_number()
                };
                return Token { kind, at };
            }
            b'{' => Kind::ObjectBegin,
            b'}' => Kind::ObjectEnd,
            b'[' => Kind::ArrayBegin,
            b']' => Kind::ArrayEnd,
            b',' => Kind::Comma,
            b':' => Kind::Colon,
            0 => {
                return Token {
                    kind: Kind::End,
                    at,
                };
            }
            _ => {
                let kind = self.scan_word();
                return Token { kind, at };
            }
        };
        self.at += 1;
        Token { kind: single, at }
    }

    fn scan_word(&mut self) -> Kind {
        let rest = &self.text[self.at..];
        for (word, kind) in [
            ("true", Kind::True),
            ("false", Kind::False),
            ("null", Kind::Null),
        ] {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return kind;
            }
        }
        if self.lenient && self.is_invalid_number() {
            self.scan_number()
        } else {
            INVALID_TOKEN
        }
    }

    /// Whether what stands here is a number to C, or begins like one, but none to JSON.
    fn is_invalid_number(&self) -> bool {
        if self.byte(self.at) == b'+' {
            return true;
        }
        let at = self.at + usize::from(self.byte(self.at) == b'-');
        match self.byte(at) {
            b'0' => matches!(self.byte(at + 1), b'x' | b'X' | b'0'..=b'9'),
            b'i' | b'I' | b'n' | b'N' => {
                let word = self.text.get(at..at + 3).unwrap_or_default();
                word.eq_ignore_ascii_case(b"inf") || word.eq_ignore_ascii_case(b"nan")
            }
            _ => false,
        }
    }

    /// Reads what C takes for a number.
    fn scan_number(&mut self) -> Kind {
        match strtod(&self.text[self.at..]) {
            Some((number, length)) => {
                self.number = number;
                self.at += length;
                Kind::Number
            }
            None => INVALID_NUMBER,
        }
    }

    fn scan_string(&mut self) -> Token {
        let begin = self.at;
        let start = begin + 1;
        let length = SPECIAL.run_before(&self.text[start..]);
        if self.byte(start + length) == b'"' {
            self.plain = Some(&self.text[start..start + length]);
            self.at = start + length + 1;
            return Token {
                kind: Kind::String,
                at: begin,
            };
        }
        self.plain = None;
        self.unescaped.clear();
        self.at = start;
        loop {
            let rest = &self.text[self.at..];
            let length = SPECIAL.run_before(rest);
            self.unescaped.extend_from_slice(&rest[..length]);
            self.at += length;
            let error = match self.byte(self.at) {
                b'"' => {
                    self.at += 1;
                    return Token {
                        kind: Kind::String,
                        at: begin,
                    };
                }
                b'\\' => self.scan_escape().err(),
                _ => Some(END_OF_STRING),
            };
            if let Some(kind) = error {
                return Token { kind, at: self.at };
            }
        }
    }

    /// Reads an escape, from its backslash on.
    fn scan_escape(&mut self) -> Result<(), Kind> {
        let byte = match self.byte(self.at + 1) {
            byte @ (b'"' | b'\\' | b'/') => byte,
            b'b' => 0x08,
            b't' => b'\t',
            b'n' => b'\n',
            b'f' => 0x0c,
            b'r' => b'\r',
            b'u' => return self.scan_unicode().ok_or(INVALID_UNICODE),
            _ => return Err(INVALID_ESCAPE),
        };
        self.unescaped.push(byte);
        self.at += 2;
        Ok(())
    }

    /// Reads `\uXXXX`, or two of them that are a surrogate pair.
    fn scan_unicode(&mut self) -> Option<()> {
        let mut code = self.code_unit(self.at)?;
        let mut length = 6;
        if code & 0xf800 == 0xd800 {
            let low = self.code_unit(self.at + 6)?;
            if code & 0x0400 != 0 || low & 0xfc00 != 0xdc00 {
                return None;
            }
            code = 0x1_0000 + ((code & 0x03ff) << 10) + (low & 0x03ff);
            length = 12;
        }
        let character = char::from_u32(code)?;
        let mut utf8 = [0; 4];
        self.unescaped
            .extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
        self.at += length;
        Some(())
    }

    /// The value of `\uXXXX`.
    fn code_unit(&self, at: usize) -> Option<u32> {
        let escape = self.text.get(at..at + 6)?;
        let digits = escape.strip_prefix(br"\u")?;
        digits.iter().try_fold(0, |value, &digit| {
            Some(value << 4 | char::from(digit).to_digit(16)?)
        })
    }
}
