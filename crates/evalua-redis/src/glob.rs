//! Glob patterns as KEYS, SCAN and PSUBSCRIBE match them: `*`, `?`, `[a-z]`, `[^a]`, `\x`.
//!
//! Knows bytes only. Oddities are the server's: an unclosed `[` ends with the pattern, and the ends
//! of a range are signed.

/// So many stars may be open at once; a pattern with more matches nothing.
const MAX_NESTING: usize = 1000;

/// Whether all of `text` matches `pattern`.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    matches_rest(pattern, text, &mut false, 0)
}

/// `stop` is set when no longer text for an earlier star can make a match.
fn matches_rest(mut pattern: &[u8], mut text: &[u8], stop: &mut bool, nesting: usize) -> bool {
    if nesting > MAX_NESTING {
        return false;
    }
    // Not even a star matches a text that was empty from the start.
    if text.is_empty() {
        return pattern.is_empty();
    }
    while let (Some(&token), Some((&byte, rest))) = (pattern.first(), text.split_first()) {
        match token {
            b'*' => {
                let after = skip_stars(pattern);
                return after.is_empty() || matches_after_star(after, text, stop, nesting);
            }
            b'?' => pattern = &pattern[1..],
            b'[' => {
                let (found, after) = matches_class(&pattern[1..], byte);
                if !found {
                    return false;
                }
                pattern = after;
            }
            _ => {
                if let [b'\\', after @ ..] = pattern
                    && !after.is_empty()
                {
                    pattern = after;
                }
                if pattern[0] != byte {
                    return false;
                }
                pattern = &pattern[1..];
            }
        }
        text = rest;
    }
    if text.is_empty() {
        pattern = skip_stars(pattern);
    }
    pattern.is_empty() && text.is_empty()
}

fn skip_stars(pattern: &[u8]) -> &[u8] {
    let stars = pattern.iter().take_while(|&&token| token == b'*').count();
    &pattern[stars..]
}

fn matches_after_star(pattern: &[u8], text: &[u8], stop: &mut bool, nesting: usize) -> bool {
    for start in 0..text.len() {
        if matches_rest(pattern, &text[start..], stop, nesting + 1) {
            return true;
        }
        if *stop {
            return false;
        }
    }
    // The rest of the pattern fits nowhere in the rest of the text, so neither will it after an
    // earlier star has taken more.
    *stop = true;
    false
}

/// Whether a byte is in the class whose opening bracket is in front of `pattern`, and the pattern
/// behind the class.
fn matches_class(mut pattern: &[u8], byte: u8) -> (bool, &[u8]) {
    let negated = pattern.first() == Some(&b'^');
    if negated {
        pattern = &pattern[1..];
    }
    let mut found = false;
    loop {
        pattern = match pattern {
            [] => return (found != negated, pattern),
            [b'\\', escaped, rest @ ..] => {
                found |= *escaped == byte;
                rest
            }
            [b']', rest @ ..] => return (found != negated, rest),
            [from, b'-', to, rest @ ..] => {
                let (from, to) = (*from as i8, *to as i8);
                found |= (from.min(to)..=from.max(to)).contains(&(byte as i8));
                rest
            }
            [only, rest @ ..] => {
                found |= *only == byte;
                rest
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_the_server_does() {
        for (pattern, text, expected) in [
            ("*", "", false),
            ("", "", true),
            ("h?llo", "hello", true),
            ("h?llo", "hllo", false),
            ("h*llo", "heeeello", true),
            ("h[ae]llo", "hallo", true),
            ("h[ae]llo", "hillo", false),
            ("h[^e]llo", "hallo", true),
            ("h[^e]llo", "hello", false),
            ("h[a-b]llo", "hbllo", true),
            ("h[b-a]llo", "hallo", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("[\\]]", "]", true),
            ("[a", "a", true),
            ("[^", "x", true),
            ("[", "x", false),
            ("a**b*", "axxb", true),
            ("\\", "\\", true),
            ("*a*b*c", "xaxbxbxcx", false),
            ("*a*b*c", "xaxbxbxc", true),
            ("a[-z", "a-", true),
        ] {
            assert_eq!(
                matches(pattern.as_bytes(), text.as_bytes()),
                expected,
                "{pattern} {text}"
            );
        }
        assert!(
            matches(b"[a-\xff]", b"\x05"),
            "the end of the range is negative"
        );
    }

    #[test]
    fn hostile_patterns_end() {
        let pattern = b"*a".repeat(60);
        assert!(!matches(&pattern, &b"a".repeat(59)));
        let pattern = b"*?".repeat(5_000);
        assert!(!matches(&pattern, &b"a".repeat(10_000)));
    }
}
