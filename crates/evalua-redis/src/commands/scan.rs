//! What SCAN, HSCAN, SSCAN and ZSCAN have in common: cursor, options, and the loop over buckets.

use crate::args::{Words, int, is};
use crate::errors::{self, CommandError};
use crate::glob;
use crate::reply::Reply;

/// Reads a cursor: an unsigned number, read as C's `strtoul` does, up to the first zero byte.
pub fn parse_cursor(text: &[u8]) -> Result<u64, CommandError> {
    let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    // Nothing at all counts as 0, a sign without digits does not.
    if digits.is_empty() && !text.is_empty() {
        return Err(errors::INVALID_CURSOR);
    }
    let mut cursor: u64 = 0;
    for digit in digits {
        let value = (*digit as char).to_digit(10).map(u64::from);
        cursor = value
            .and_then(|value| cursor.checked_mul(10)?.checked_add(value))
            .ok_or(errors::INVALID_CURSOR)?;
    }
    Ok(if negative {
        cursor.wrapping_neg()
    } else {
        cursor
    })
}

/// The options behind the cursor.
pub struct Options<'a> {
    pattern: Option<&'a [u8]>,
    count: u64,
}

impl<'a> Options<'a> {
    /// Reads MATCH and COUNT; `other` gets every other word.
    pub fn parse(
        mut words: Words<'a>,
        mut other: impl FnMut(&'a [u8], &mut Words<'a>) -> Result<(), CommandError>,
    ) -> Result<Options<'a>, CommandError> {
        let mut options = Options {
            pattern: None,
            count: 10,
        };
        while let Some(word) = words.next() {
            if is(word, "MATCH") {
                options.pattern = Some(words.value()?);
            } else if is(word, "COUNT") {
                let count = int(words.value()?)?;
                options.count = u64::try_from(count)
                    .ok()
                    .filter(|&n| n > 0)
                    .ok_or(errors::SYNTAX)?;
            } else {
                other(word, &mut words)?;
            }
        }
        Ok(options)
    }

    /// Whether an element is wanted. The pattern `*` wants even the empty one, which it does not
    /// match.
    pub fn matches(&self, element: &[u8]) -> bool {
        match self.pattern {
            None | Some(b"*") => true,
            Some(pattern) => glob::matches(pattern, element),
        }
    }

    /// Takes steps from a cursor on until as many elements as asked for have been looked at, or
    /// ten times as many buckets; gives the next cursor. `step` counts the elements it looks at.
    pub fn walk(&self, mut cursor: u64, mut step: impl FnMut(u64, &mut u64) -> u64) -> u64 {
        let mut sampled = 0;
        for _ in 0..=self.count.saturating_mul(10) {
            cursor = step(cursor, &mut sampled);
            if cursor == 0 || sampled >= self.count {
                break;
            }
        }
        cursor
    }
}

/// The reply of every command of the kind.
pub fn reply(cursor: u64, elements: Vec<Reply>) -> Reply {
    Reply::Array(vec![
        Reply::bulk(cursor.to_string()),
        Reply::Array(elements),
    ])
}
