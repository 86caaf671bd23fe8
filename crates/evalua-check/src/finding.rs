//! [`Finding`]: one thing that is wrong with a script.

use std::ops::Range;

use crate::lines::Lines;
use crate::rules::Rule;

/// A place in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1; a byte that is no UTF-8 is one character.
    pub column: usize,
}

/// One thing that is wrong with a script.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that it breaks.
    pub rule: &'static Rule,
    /// The bytes of the source that it is about.
    pub span: Range<usize>,
    /// Where these start.
    pub start: Position,
    /// Just behind them.
    pub end: Position,
    /// What is wrong and what to do, in one sentence that has no full stop.
    pub message: String,
}

/// What is found, before it is known on which lines that is.
#[derive(Default)]
pub(crate) struct Report(Vec<(&'static Rule, Range<usize>, String)>);

impl Report {
    /// Adds a finding about these bytes of the source. Names in the message may have any characters; it stays
    /// one line.
    pub(crate) fn add(&mut self, rule: &'static Rule, span: Range<usize>, message: String) {
        let message = message.replace(char::is_control, "\u{fffd}");
        self.0.push((rule, span, message));
    }

    /// All findings in the order of the source, each once.
    pub(crate) fn into_findings(mut self, lines: &Lines<'_>) -> Vec<Finding> {
        self.0
            .sort_by_key(|(rule, span, _)| (span.start, rule.name, span.end));
        self.0.dedup_by(|a, b| a.0.name == b.0.name && a.1 == b.1);
        let findings = self.0.into_iter().map(|(rule, span, message)| Finding {
            rule,
            start: lines.position(span.start),
            end: lines.position(span.end),
            span,
            message,
        });
        findings.collect()
    }
}
