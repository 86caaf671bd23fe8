//! Kinds of tokens and the patterns that recognise them.
//!
//! Owns: the table of tokens with their spelling. It must not know what follows an opening quote or
//! bracket (`lexer`) or what a token means (`parser`).

use logos::Logos;

/// The kind of a token.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(utf8 = false)]
#[logos(skip r"[ \t\x0b\x0c]+")]
pub(crate) enum Token {
    #[token("and")]
    And,
    #[token("break")]
    Break,
    #[token("do")]
    Do,
    #[token("else")]
    Else,
    #[token("elseif")]
    Elseif,
    #[token("end")]
    End,
    #[token("false")]
    False,
    #[token("for")]
    For,
    #[token("function")]
    Function,
    #[token("if")]
    If,
    #[token("in")]
    In,
    #[token("local")]
    Local,
    #[token("nil")]
    Nil,
    #[token("not")]
    Not,
    #[token("or")]
    Or,
    #[token("repeat")]
    Repeat,
    #[token("return")]
    Return,
    #[token("then")]
    Then,
    #[token("true")]
    True,
    #[token("until")]
    Until,
    #[token("while")]
    While,

    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("^")]
    Caret,
    #[token("#")]
    Hash,
    #[token("==")]
    EqualEqual,
    #[token("~=")]
    NotEqual,
    #[token("<=")]
    LessEqual,
    #[token(">=")]
    GreaterEqual,
    #[token("<")]
    Less,
    #[token(">")]
    Greater,
    #[token("=")]
    Equal,
    #[token("(")]
    LeftParen,
    #[token(")")]
    RightParen,
    #[token("{")]
    LeftBrace,
    #[token("}")]
    RightBrace,
    #[token("[")]
    LeftBracket,
    #[token("]")]
    RightBracket,
    #[token(";")]
    Semicolon,
    #[token(":")]
    Colon,
    #[token(",")]
    Comma,
    #[token(".")]
    Dot,
    // PUC takes a NUL for one of the characters that it looks for behind a dot or in an exponent.
    #[regex(r"\.[.\x00]")]
    DotDot,
    #[regex(r"\.[.\x00][.\x00]")]
    Dots,

    #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
    Name,
    /// Whatever PUC reads before it looks whether that is a number.
    #[regex(r"\.?[0-9][0-9.]*([eE\x00][+\-\x00]?)?[A-Za-z0-9_]*")]
    Number,
    /// From the lexer: a whole string. From the patterns: an opening quote.
    #[regex(r#"["']"#)]
    String,
    /// The opening of a long string; the lexer makes a `String` of it.
    #[regex(r"\[=*\[")]
    LongBracket,
    /// `[=` without a second bracket, always an error.
    #[regex(r"\[=+", priority = 1)]
    BadLongBracket,
    /// The opening of a comment; the lexer skips it.
    #[token("--")]
    Comment,
    /// A line end; the lexer counts it.
    #[regex(r"\r\n|\n\r|\n|\r")]
    Newline,
    /// Any other byte.
    #[regex(r"(?s-u:.)", priority = 0)]
    Other,
    /// The end of the source.
    Eof,
}

impl Token {
    /// The fixed spelling, or a name in angle brackets for a kind that has none.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Token::And => "and",
            Token::Break => "break",
            Token::Do => "do",
            Token::Else => "else",
            Token::Elseif => "elseif",
            Token::End => "end",
            Token::False => "false",
            Token::For => "for",
            Token::Function => "function",
            Token::If => "if",
            Token::In => "in",
            Token::Local => "local",
            Token::Nil => "nil",
            Token::Not => "not",
            Token::Or => "or",
            Token::Repeat => "repeat",
            Token::Return => "return",
            Token::Then => "then",
            Token::True => "true",
            Token::Until => "until",
            Token::While => "while",
            Token::Plus => "+",
            Token::Minus => "-",
            Token::Star => "*",
            Token::Slash => "/",
            Token::Percent => "%",
            Token::Caret => "^",
            Token::Hash => "#",
            Token::EqualEqual => "==",
            Token::NotEqual => "~=",
            Token::LessEqual => "<=",
            Token::GreaterEqual => ">=",
            Token::Less => "<",
            Token::Greater => ">",
            Token::Equal => "=",
            Token::LeftParen => "(",
            Token::RightParen => ")",
            Token::LeftBrace => "{",
            Token::RightBrace => "}",
            Token::LeftBracket => "[",
            Token::RightBracket => "]",
            Token::Semicolon => ";",
            Token::Colon => ":",
            Token::Comma => ",",
            Token::Dot => ".",
            Token::DotDot => "..",
            Token::Dots => "...",
            Token::Name => "<name>",
            Token::Number => "<number>",
            Token::String | Token::LongBracket | Token::BadLongBracket => "<string>",
            Token::Comment => "--",
            Token::Newline => "\n",
            Token::Other => "<symbol>",
            Token::Eof => "<eof>",
        }
    }
}
