//! What became of specs as JUnit's XML, which servers of continuous integration read.

use std::time::Duration;

use evalua_test::{CaseReport, Outcome, SpecReport};

use super::text::{Counts, Printer};

/// Collects the suites of a run, a spec each.
pub struct Junit {
    /// For what is said of a failure.
    printer: Printer,
    suites: String,
    counts: Counts,
    took: Duration,
}

impl Junit {
    pub fn new() -> Junit {
        Junit {
            printer: Printer::new(false, false),
            suites: String::new(),
            counts: Counts::default(),
            took: Duration::ZERO,
        }
    }

    /// Adds a spec; one that cannot be loaded is a case with an error.
    pub fn spec(&mut self, report: &SpecReport) {
        let counts = Counts::of(report);
        self.counts = self.counts.and(counts);
        self.took += report.duration;
        let name = escaped(&report.name);
        self.suites += &format!(
            "  <testsuite name=\"{name}\" {}>\n",
            attributes(counts, report.duration)
        );
        if let Some(failure) = &report.load_failure {
            let mut why = String::new();
            self.printer.explain(&mut why, 0, failure);
            self.suites += &format!(
                "    <testcase name=\"the spec can be loaded\" classname=\"{name}\" file=\"{name}\">\n      \
                 <error message=\"{}\">{}</error>\n    </testcase>\n",
                escaped(&failure.message),
                escaped(&why)
            );
        }
        for case in &report.cases {
            self.case(&name, case);
        }
        self.suites += "  </testsuite>\n";
    }

    fn case(&mut self, suite: &str, case: &CaseReport) {
        let (file, line) = match &case.place {
            Some(place) => (escaped(&place.file), format!(" line=\"{}\"", place.line)),
            None => (suite.to_owned(), String::new()),
        };
        self.suites += &format!(
            "    <testcase name=\"{}\" classname=\"{suite}\" file=\"{file}\"{line} time=\"{:.6}\">\n",
            escaped(&case.name()),
            case.duration.as_secs_f64()
        );
        if case.has_failed() {
            let message = match &case.outcome {
                Outcome::Failed(failure) => failure.message.as_str(),
                _ => "it fails with a fault, or in another order",
            };
            self.suites += &format!(
                "      <failure message=\"{}\">{}</failure>\n",
                escaped(message),
                escaped(&self.printer.details(case))
            );
        }
        let skipped = match &case.outcome {
            Outcome::Passed | Outcome::Failed(_) => None,
            Outcome::Pending(why) => Some(why.as_deref().unwrap_or("pending")),
            Outcome::Skipped(why) => Some(why.as_str()),
        };
        if let Some(why) = skipped {
            self.suites += &format!("      <skipped message=\"{}\"/>\n", escaped(why));
        }
        if !case.output.is_empty() {
            let output = String::from_utf8_lossy(&case.output);
            self.suites += &format!("      <system-out>{}</system-out>\n", escaped(&output));
        }
        self.suites += "    </testcase>\n";
    }

    /// The whole document.
    pub fn document(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"evalua\" {}>\n{}</testsuites>\n",
            attributes(self.counts, self.took),
            self.suites
        )
    }
}

fn attributes(counts: Counts, took: Duration) -> String {
    format!(
        "tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{:.6}\"",
        counts.ran(),
        counts.failed,
        counts.pending + counts.skipped,
        took.as_secs_f64()
    )
}

/// A text with nothing in it that XML cannot hold: of the controls it has tab and line breaks only.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // In an attribute these would be blanks.
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(
            escaped("<a href=\"b\">&'"),
            "&lt;a href=&quot;b&quot;&gt;&amp;'"
        );
        assert_eq!(
            escaped("a\0\u{1b}b\u{ffff}\u{7f}"),
            "a\u{fffd}\u{fffd}b\u{fffd}\u{7f}"
        );
        assert_eq!(escaped("a\tb\r\n"), "a&#9;b&#13;&#10;");
    }
}
