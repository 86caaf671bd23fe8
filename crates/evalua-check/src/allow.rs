//! Comments that silence rules: `-- evalua: allow(rule, other-rule)`.

use std::collections::BTreeSet;

use crate::finding::Report;
use crate::lines::Lines;
use crate::rules::{self, Rule, syntax};
use crate::shebang::Source;

/// Which rules are silent on which lines.
#[derive(Debug, Default)]
pub(crate) struct Allowances(BTreeSet<(usize, &'static str)>);

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
        let text = &source.code[comment];
        let Some(list) = names(text) else {
            continue;
        };
        let line = lines.position(start).line;
        for name in list.split(|&byte| byte == b',') {
            let at = start + (name.as_ptr() as usize - text.as_ptr() as usize);
            let name = String::from_utf8_lossy(name);
            match rules::named(name.trim()) {
                // A rule holds for the line of the comment, and for the next.
                Some(rule) => allowances
                    .0
                    .extend([(line, rule.name), (line + 1, rule.name)]),
                None => report.add(
                    &syntax::UNKNOWN_RULE,
                    at..at + name.len(),
                    format!(
                        "there is no rule '{}': evalua check --list-rules has them",
                        name.trim()
                    ),
                ),
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

/// What stands in the parentheses of such a comment.
fn names(comment: &[u8]) -> Option<&[u8]> {
    let text = said(comment).strip_prefix(b"evalua:")?;
    let list = text.trim_ascii_start().strip_prefix(b"allow")?;
    let list = list.trim_ascii_start().strip_prefix(b"(")?;
    let end = list.iter().position(|&byte| byte == b')')?;
    Some(&list[..end])
}
