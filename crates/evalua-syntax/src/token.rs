//! Kinds of tokens and their spelling.
//!
//! Owns: the table of tokens, and which words are keywords. It must not know how tokens are told apart
//! in a source (`lexer`) or what they mean (`parser`).

/// Declares the tokens: keywords, those that are always spelled alike, then the others with the words
/// that messages have for them.
macro_rules! tokens {
    (
        keywords { $($keyword:ident $word:tt)* }
        symbols { $($symbol:ident $text:tt)* }
        various { $($(#[$doc:meta])* $various:ident $shown:tt)* }
    ) => {
        /// The kind of a token.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Token {
            $($keyword,)*
            $($symbol,)*
            $($(#[$doc])* $various,)*
        }

        impl Token {
            /// How messages show the kind of token.
            pub(crate) fn text(self) -> &'static str {
                match self {
                    $(Token::$keyword => $word,)*
                    $(Token::$symbol => $text,)*
                    $(Token::$various => $shown,)*
                }
            }
        }

        const KEYWORDS: &[(&str, Token)] = &[$(($word, Token::$keyword)),*];

        /// What is always spelled alike and is no word.
        pub(crate) const SYMBOLS: &[(&str, Token)] = &[$(($text, Token::$symbol)),*];
    };
}

tokens! {
    keywords {
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
    }
    symbols {
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
        DotDot ".."
        Dots "..."
    }
    various {
        Name "<name>"
        Number "<number>"
        String "<string>"
        /// Any other byte.
        Other "<symbol>"
        /// The end of the source.
        Eof "<eof>"
    }
}

/// As many bytes as the longest keyword has: a word of no more is a number, with zeros behind its bytes.
pub(crate) const WORD: usize = 8;

/// The keyword that a word of up to [`WORD`] bytes is, if it is one.
#[inline]
pub(crate) fn keyword(word: u64) -> Option<Token> {
    let (spelled, token) = SLOTS[slot(word)];
    (spelled == word).then_some(token)
}

/// The keywords, each in a slot of its own. No word is 0, as empty slots are.
static SLOTS: [(u64, Token); 32] = {
    let mut slots = [(0, Token::Name); 32];
    let mut i = 0;
    while i < KEYWORDS.len() {
        let (text, token) = KEYWORDS[i];
        let text = text.as_bytes();
        let mut bytes = [0; WORD];
        let mut at = 0;
        while at < text.len() {
            bytes[at] = text[at];
            at += 1;
        }
        let word = u64::from_le_bytes(bytes);
        let free = &mut slots[slot(word)];
        assert!(free.0 == 0, "two keywords in one slot");
        *free = (word, token);
        i += 1;
    }
    slots
};

/// The slot of a word. The factor was found by trial: it parts the keywords.
const fn slot(word: u64) -> usize {
    (word.wrapping_mul(0x2a3d_9f0d_57a9_2bdf) >> 59) as usize
}
