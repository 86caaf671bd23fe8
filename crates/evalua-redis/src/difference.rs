//! [`Difference`]: two texts beside one another, line by line, as tests show them.

use similar::{ChangeTag, TextDiff};

/// Two values that are not as they should be to one another, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What was expected.
    pub expected: String,
    /// What came.
    pub actual: String,
}

/// Of so many lines that are not the same it is looked which of them are: the time for that grows with their square.
const MOST_LINES: usize = 4000;

impl Difference {
    /// The lines of both, each with the sign that tells where it is from: `-` of what was expected, `+` of
    /// what came, a blank of both. Where more than 4000 lines are between the first and the last that are not the same,
    /// all of those count as different.
    pub fn lines(&self) -> Vec<(char, String)> {
        let expected: Vec<&str> = self.expected.lines().collect();
        let actual: Vec<&str> = self.actual.lines().collect();
        let both = || expected.iter().zip(&actual);
        let before = both().take_while(|(a, b)| a == b).count();
        let rest = |lines: &[&str]| lines.len() - before;
        let ends = expected.iter().rev().zip(actual.iter().rev());
        let after = ends
            .take(rest(&expected).min(rest(&actual)))
            .take_while(|(a, b)| a == b)
            .count();
        let removed = &expected[before..expected.len() - after];
        let added = &actual[before..actual.len() - after];
        if removed.len() + added.len() <= MOST_LINES {
            return self.aligned();
        }
        let signed = |sign, lines: &[&str]| {
            let lines = lines.iter().map(|line| (sign, (*line).to_owned()));
            lines.collect::<Vec<_>>()
        };
        [
            signed(' ', &expected[..before]),
            signed('-', removed),
            signed('+', added),
            signed(' ', &expected[expected.len() - after..]),
        ]
        .concat()
    }

    /// The lines of both, with as many as possible that are in both.
    fn aligned(&self) -> Vec<(char, String)> {
        let diff = TextDiff::from_lines(&self.expected, &self.actual);
        let line = |change: similar::Change<&str>| {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            (sign, change.value().trim_end_matches('\n').to_owned())
        };
        diff.iter_all_changes().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often each sign is there.
    fn signs(expected: String, actual: String) -> [usize; 3] {
        let lines = Difference { expected, actual }.lines();
        [' ', '-', '+'].map(|sign| lines.iter().filter(|line| line.0 == sign).count())
    }

    #[test]
    fn few_lines_are_aligned_and_many_are_not() {
        // Every third line is the same, and so are the first and the last.
        let text = |count: usize, other: &str| {
            let line = |at: usize| match at % 3 {
                0 => format!("{at}\n"),
                _ => format!("{at}{other}\n"),
            };
            (0..=count * 3).map(line).collect::<String>()
        };
        assert_eq!(signs(text(100, "a"), text(100, "b")), [101, 200, 200]);
        assert_eq!(signs(text(5000, "a"), text(5000, "b")), [2, 14_999, 14_999]);
        assert_eq!(signs(text(5000, "a"), text(5000, "a")), [15_001, 0, 0]);
        assert_eq!(signs(String::new(), text(5000, "a")), [0, 0, 15_001]);
    }
}
