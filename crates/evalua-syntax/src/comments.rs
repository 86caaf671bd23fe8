//! Where the comments of a source are: between its tokens, for tools that read them.

use std::ops::Range;

use crate::lexer::{Lexeme, Lexer};
use crate::token::Token;

/// The byte ranges of the comments of a source, from the first dash to the end of the line or the closing
/// bracket. Where the source is no Lua, those in front of that place.
pub fn comments(source: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let Ok(mut lexer) = Lexer::new(source, b"=comments") else {
        return found;
    };
    let mut lexeme = Lexeme::NONE;
    let mut behind = 0;
    while lexer.next(&mut lexeme).is_ok() {
        in_gap(source, behind..lexeme.start as usize, &mut found);
        behind = lexeme.end as usize;
        if lexeme.token == Token::Eof {
            break;
        }
    }
    found
}

/// The comments between two tokens, where there is nothing else but white space.
fn in_gap(source: &[u8], gap: Range<usize>, found: &mut Vec<Range<usize>>) {
    let mut at = gap.start;
    while at < gap.end {
        if source[at] != b'-' {
            at += 1;
            continue;
        }
        let rest = &source[at..gap.end];
        let length = long_comment(rest).unwrap_or_else(|| {
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            end.unwrap_or(rest.len())
        });
        found.push(at..at + length);
        at += length.max(1);
    }
}

/// The length of the comment in brackets that some text starts with.
fn long_comment(text: &[u8]) -> Option<usize> {
    let brackets = text.strip_prefix(b"--[")?;
    let level = brackets.iter().take_while(|&&byte| byte == b'=').count();
    if brackets.get(level) != Some(&b'[') {
        return None;
    }
    let closing = [b"]", &brackets[..level], b"]"].concat();
    let end = text
        .windows(closing.len())
        .position(|part| part == closing)?;
    Some(end + closing.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        let ranges = comments(source.as_bytes());
        ranges.into_iter().map(|range| &source[range]).collect()
    }

    #[test]
    fn are_found_between_tokens() {
        let source =
            "-- a\nlocal s = '-- no' --[[ b\n-- c ]] --d\nreturn [[--no]], 1--[==[e]]]==]-- f";
        assert_eq!(
            texts(source),
            ["-- a", "--[[ b\n-- c ]]", "--d", "--[==[e]]]==]", "-- f"]
        );
        assert_eq!(texts("a - - b"), [""; 0]);
        assert_eq!(texts("--[ x\n--[=x\n--"), ["--[ x", "--[=x", "--"]);
    }

    #[test]
    fn end_where_the_source_is_no_lua() {
        assert_eq!(texts("-- a\nx = 'open -- b\n-- c"), ["-- a"]);
        assert_eq!(texts("-- a\n--[[ open"), [""; 0]);
    }
}
