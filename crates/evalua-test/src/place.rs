//! Where in the user's own file a script's error is.
//!
//! Owns reading the line number out of an error's text, in which the script has the server's name for
//! it, `user_script` or `user_function`.

/// What the server calls scripts and libraries in its errors.
const NAMES: [&[u8]; 2] = [b"user_script:", b"user_function:"];

/// The line that an error names: where the error left the script, which stands last, or where the
/// script does not compile.
pub fn line(error: &[u8]) -> Option<usize> {
    let after = |name: &[u8]| {
        let at = error.windows(name.len()).rposition(|part| part == name);
        at.map(|at| at + name.len())
    };
    let digits = &error[NAMES.into_iter().filter_map(after).max()?..];
    let end = digits.iter().position(|byte| !byte.is_ascii_digit());
    std::str::from_utf8(&digits[..end.unwrap_or(digits.len())])
        .ok()?
        .parse()
        .ok()
}

/// How much of a line is shown.
const SHOWN: usize = 100;

/// `file:line: ` and the beginning of the line itself.
pub fn describe(name: &str, source: &[u8], line: usize) -> String {
    let text = text(source, line);
    format!("{name}:{line}: {text}").trim_end().to_owned()
}

/// The beginning of a line, counted from 1, without the blanks before it; nothing where there is none.
pub fn text(source: &[u8], line: usize) -> String {
    let text = line
        .checked_sub(1)
        .and_then(|index| source.split(|&byte| byte == b'\n').nth(index))
        .unwrap_or_default();
    let text = String::from_utf8_lossy(text.trim_ascii());
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_line() {
        for (error, expected) in [
            (
                "ERR user_script:3: boom script: 0a1b, on @user_script:7.",
                Some(7),
            ),
            (
                "WRONGTYPE Operation script: 0a1b, on @user_script:12.",
                Some(12),
            ),
            (
                "ERR Error compiling script (new function): user_script:1: '=' expected near 'x'",
                Some(1),
            ),
            (
                "WRONGTYPE Operation script: push, on @user_function:4.",
                Some(4),
            ),
            ("ERR wrong number of arguments for 'eval' command", None),
            ("ERR user_script:", None),
            ("ERR user_script:99999999999999999999999:", None),
        ] {
            assert_eq!(line(error.as_bytes()), expected, "{error}");
        }
    }

    #[test]
    fn shows_the_line() {
        let source = b"local a\n\treturn a.b\n";
        assert_eq!(describe("f.lua", source, 2), "f.lua:2: return a.b");
        assert_eq!(describe("f.lua", source, 9), "f.lua:9:");
        assert_eq!(describe("f.lua", source, 0), "f.lua:0:");
        let long = "é".repeat(1000);
        let cut = format!("f.lua:1: {}", "é".repeat(100));
        assert_eq!(describe("f.lua", long.as_bytes(), 1), cut);
    }
}
