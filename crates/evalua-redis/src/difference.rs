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

impl Difference {
    /// The lines of both, each with the sign that tells where it is from: `-` of what was expected, `+` of
    /// what came, a blank of both.
    pub fn lines(&self) -> Vec<(char, String)> {
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
