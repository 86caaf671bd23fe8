//! Kinds of tokens and the patterns that recognise them.
//!
//! Owns: the table of tokens with their spelling. It must not know what follows an opening quote or
//! bracket (`lexer`) or what a token means (`parser`).

use logos::Logos;

/// Declares the tokens: those that are always spelled alike, then the others with their patterns and
/// the words that messages have for them.
macro_rules! tokens {
    (
        fixed { $($fixed:ident $text:tt)* }
        various { $($(#[$attribute:meta])* $various:ident $shown:tt)* }
    ) => {
        /// The kind of a token.
        #[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
        #[logos(utf8 = false)]
        #[logos(skip r"[ \t\x0b\x0c]+")]
        pub(crate) enum Token {
            $(#[token($text)] $fixed,)*
            $($(#[$attribute])* $various,)*
        }

        impl Token {
            /// How messages show the kind of token.
            pub(crate) fn text(self) -> &'static str {
                match self {
                    $(Token::$fixed => $text,)*
                    $(Token::$various => $shown,)*
                }
            }
        }
    };
}

tokens! {
    fixed {
        And "and"
        Break "break"
        Do "do"
        Else "else"
        Elseif "elseif"
        End "end"
        False "false"
        For "for"
        Function "function"
        If "if"
        In "in"
        Local "local"
        Nil "nil"
        Not "not"
        Or "or"
        Repeat "repeat"
        Return "return"
        Then "then"
        True "true"
        Until "until"
        While "while"

        Plus "+"
        Minus "-"
        Star "*"
        Slash "/"
        Percent "%"
        Caret "^"
        Hash "#"
        EqualEqual "=="
        NotEqual "~="
        LessEqual "<="
        GreaterEqual ">="
        Less "<"
        Greater ">"
        Equal "="
        LeftParen "("
        RightParen ")"
        LeftBrace "{"
        RightBrace "}"
        LeftBracket "["
        RightBracket "]"
        Semicolon ";"
        Colon ":"
        Comma ","
        Dot "."

        // The opening of a comment; the lexer skips it.
        Comment "--"
    }
    various {
        // PUC takes a NUL for one of the characters that it looks for behind a dot or in an exponent.
        #[regex(r"\.[.\x00]")]
        DotDot ".."
        #[regex(r"\.[.\x00][.\x00]")]
        Dots "..."

        #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
        Name "<name>"
        // Whatever PUC reads before it looks whether that is a number.
        #[regex(r"\.?[0-9][0-9.]*([eE\x00][+\-\x00]?)?[A-Za-z0-9_]*")]
        Number "<number>"
        // From the patterns an opening quote, from the lexer a whole string.
        #[regex(r#"["']"#)]
        String "<string>"
        // The opening of a long string; the lexer makes a `String` of it.
        #[regex(r"\[=*\[")]
        LongBracket "<string>"
        // An opening without its second bracket, always an error.
        #[regex(r"\[=+", priority = 1)]
        BadLongBracket "<string>"
        // A line end; the lexer counts it.
        #[regex(r"\r\n|\n\r|\n|\r")]
        Newline "<newline>"
        // Any other byte.
        #[regex(r"(?s-u:.)", priority = 0)]
        Other "<symbol>"
        // The end of the source.
        Eof "<eof>"
    }
}
