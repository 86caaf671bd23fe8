//! What a cluster refuses though its keys are in one slot.

use crate::args::{Args, int, is};

/// A command that a cluster refuses.
struct Refused {
    name: &'static str,
    /// With which arguments.
    when: fn(Args<'_>) -> bool,
    /// What to do about it.
    advice: &'static str,
}

const ONE_DATABASE: &str = "a cluster has the database 0 only";
const PATTERNS: &str = "fetch the other keys by their names, and declare them";

const REFUSED: &[Refused] = &[
    Refused {
        name: "select",
        when: |args| is_other_database(args[1]),
        advice: ONE_DATABASE,
    },
    Refused {
        name: "move",
        when: |_| true,
        advice: ONE_DATABASE,
    },
    Refused {
        name: "swapdb",
        when: |_| true,
        advice: ONE_DATABASE,
    },
    Refused {
        name: "copy",
        when: |args| {
            let mut options = args.from(3).windows(2);
            options.any(|pair| is(pair[0], "DB") && is_other_database(pair[1]))
        },
        advice: ONE_DATABASE,
    },
    Refused {
        name: "sort",
        when: looks_elsewhere,
        advice: PATTERNS,
    },
    Refused {
        name: "sort_ro",
        when: looks_elsewhere,
        advice: PATTERNS,
    },
];

/// What to do about a command that a cluster refuses; `None` for one that it runs.
pub(super) fn refuses(name: &str, args: Args<'_>) -> Option<&'static str> {
    let refused = REFUSED.iter().find(|refused| refused.name == name)?;
    (refused.when)(args).then_some(refused.advice)
}

fn is_other_database(text: &[u8]) -> bool {
    int(text).is_ok_and(|index| index != 0)
}

/// Whether a SORT goes by other keys than its own.
fn looks_elsewhere(args: Args<'_>) -> bool {
    let mut words = args.from(2);
    while let [word, rest @ ..] = words {
        let operands = if is(word, "LIMIT") {
            2
        } else {
            usize::from(["BY", "GET", "STORE"].iter().any(|option| is(word, option)))
        };
        let by_pattern = is(word, "BY") && rest.first().is_some_and(|by| by.contains(&b'*'));
        if by_pattern || is(word, "GET") && !rest.is_empty() {
            return true;
        }
        words = rest.get(operands..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_the_server_refuses() {
        for (line, expected) in [
            ("select 0", false),
            ("select 1", true),
            ("select x", false),
            ("move k 1", true),
            ("swapdb 0 1", true),
            ("copy a b", false),
            ("copy a b REPLACE", false),
            ("copy a b db 0", false),
            ("copy a b db 2 REPLACE", true),
            ("sort k", false),
            ("sort k BY nosort", false),
            ("sort k BY w_*", true),
            ("sort k LIMIT 0 1 GET #", true),
            ("sort k STORE get", false),
            ("sort k LIMIT by w_* DESC", false),
            ("sort_ro k BY get ASC", false),
            ("get k", false),
        ] {
            let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            let name = line.split(' ').next().unwrap();
            assert_eq!(
                refuses(name, Args::new(&words)).is_some(),
                expected,
                "{line}"
            );
        }
    }
}
