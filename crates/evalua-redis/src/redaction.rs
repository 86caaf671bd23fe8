//! What of a command is not shown to others: passwords.

use crate::args::is;
use crate::table::Command;

/// Stands in the place of a secret.
const SECRET: &[u8] = b"(redacted)";

/// Settings whose values are secrets.
const SETTINGS: [&str; 4] = [
    "masterauth",
    "masteruser",
    "requirepass",
    "tls-key-file-pass",
];

/// The words of a command with its secrets replaced.
pub(crate) fn redacted<'a>(command: &Command, args: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let mut words = args.to_vec();
    match command.name {
        "auth" => words[1..].fill(SECRET),
        "acl|setuser" => words[2..].fill(SECRET),
        "hello" => {
            let found = args.iter().skip(2).position(|word| is(word, "AUTH"));
            if let Some(at) = found.map(|at| at + 2) {
                let end = words.len().min(at + 3);
                words[at + 1..end].fill(SECRET);
            }
        }
        "config|set" => {
            for pair in words[2..].chunks_exact_mut(2) {
                if SETTINGS.iter().any(|name| is(pair[0], name)) {
                    pair[1] = SECRET;
                }
            }
        }
        _ => {}
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;

    #[test]
    fn passwords_are_not_shown() {
        for (line, shown) in [
            ("auth secret", "auth *"),
            ("auth me secret", "auth * *"),
            (
                "hello 3 setname x auth me secret",
                "hello 3 setname x auth * *",
            ),
            ("hello 3 auth", "hello 3 auth"),
            ("acl setuser me >secret on", "acl setuser * * *"),
            (
                "config set requirepass secret hz 5",
                "config set requirepass * hz 5",
            ),
            ("get auth", "get auth"),
        ] {
            let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            let command = table::resolve(&words).expect("a command");
            let shown = shown.replace('*', "(redacted)");
            let shown: Vec<&[u8]> = shown.split(' ').map(str::as_bytes).collect();
            assert_eq!(redacted(command, &words), shown, "{line}");
        }
    }
}
