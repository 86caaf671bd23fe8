//! Comments that silence rules: `-- evalua: allow(rule, other-rule)`.

use std::ops::Range;

use crate::finding::Report;
use crate::lines::Lines;
use crate::rules::{self, Rule, syntax};
use crate::shebang::Source;

/// Which rules are silent on which lines.
#[derive(Debug, Default)]
pub(crate) struct Allowances(Vec<(usize, &'static str)>);

impl Allowances {
    /// Whether a rule is silent on a line.
    pub(crate) fn cover(&self, rule: &Rule, line: usize) -> bool {
        self.0.contains(&(line, rule.name))
    }
}

/// Reads the comments of a script, and reports names of rules that there are not.
pub(crate) fn read(source: &Source<'_>, lines: &Lines<'_>, report: &mut Report) -> Allowances {
    let mut allowances = Allowances::default();
    for comment in evalua_syntax::comments(source.code) {
        let start = source.offset + comment.start;
        let line = lines.position(start).line;
        for span in names(&source.code[comment]) {
            let span = start + span.start..start + span.end;
            let name = String::from_utf8_lossy(&source.whole[span.clone()]);
            match rules::named(&name) {
                // A rule holds for the line of the comment, and for the next.
                Some(rule) => allowances
                    .0
                    .extend([(line, rule.name), (line + 1, rule.name)]),
                None => {
                    let message =
                        format!("there is no rule '{name}': evalua check --list-rules has them");
                    report.add(&syntax::UNKNOWN_RULE, span, message);
                }
            }
        }
    }
    allowances
}

/// What a comment says, without its dashes.
pub(crate) fn said(comment: &[u8]) -> &[u8] {
    let dashes = comment.iter().take_while(|&&byte| byte == b'-').count();
    comment[dashes..].trim_ascii_start()
}

/// Where the names stand in a comment that allows rules.
fn names(comment: &[u8]) -> Vec<Range<usize>> {
    let list = || {
        let text = said(comment).strip_prefix(b"evalua:")?;
        let list = text.trim_ascii_start().strip_prefix(b"allow")?;
        list.trim_ascii_start().strip_prefix(b"(")
    };
    let list = list().unwrap_or_default();
    let Some(end) = list.iter().position(|&byte| byte == b')') else {
        return Vec::new();
    };
    let mut at = comment.len() - list.len();
    let names = list[..end].split(|&byte| byte == b',').map(|name| {
        let start = at + name.len() - name.trim_ascii_start().len();
        at += name.len() + 1;
        start..start + name.trim_ascii().len()
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_stand() {
        for (comment, expected) in [
            ("-- evalua: allow(a)", &["a"][..]),
            ("--evalua:allow( a-b ,c)", &["a-b", "c"]),
            ("--- evalua: allow (a,,b) because", &["a", "", "b"]),
            ("-- evalua: allow()", &[""]),
            ("-- evalua: allow(a", &[]),
            ("-- evalua: allowed", &[]),
            ("-- allow(a)", &[]),
        ] {
            let found = names(comment.as_bytes());
            let found: Vec<&str> = found.into_iter().map(|span| &comment[span]).collect();
            assert_eq!(found, expected, "{comment}");
        }
    }
}
