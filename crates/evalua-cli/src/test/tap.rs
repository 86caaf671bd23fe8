//! What became of specs in the Test Anything Protocol, version 13.

use evalua_test::{Outcome, SpecReport};

use super::text::{Printer, printable};

/// Writes the points of a run as they come.
pub struct Tap {
    /// For what is said of a failure.
    printer: Printer,
    points: usize,
}

impl Tap {
    pub fn new() -> Tap {
        Tap {
            printer: Printer::new(false, false),
            points: 0,
        }
    }

    /// What comes first.
    pub fn begin() -> &'static str {
        "TAP version 13\n"
    }

    /// The points of a spec, a case each; one that cannot be loaded is a point.
    pub fn spec(&mut self, report: &SpecReport) -> String {
        let mut out = String::new();
        if let Some(failure) = &report.load_failure {
            let mut why = String::new();
            self.printer.explain(&mut why, 0, failure);
            self.point(&mut out, false, &report.name, "", &why);
        }
        for case in &report.cases {
            let directive = match &case.outcome {
                Outcome::Passed | Outcome::Failed(_) => String::new(),
                Outcome::Pending(why) => format!(" # TODO {}", why.as_deref().unwrap_or_default()),
                Outcome::Skipped(why) => format!(" # SKIP {why}"),
            };
            let name = format!("{}: {}", report.name, case.name());
            let directive = printable(directive.trim_end());
            let details = self.printer.details(case);
            // One to be done that is ok would count as done unexpectedly.
            let is_ok = !case.has_failed() && !matches!(case.outcome, Outcome::Pending(_));
            self.point(&mut out, is_ok, &name, &directive, &details);
        }
        out
    }

    fn point(&mut self, out: &mut String, is_ok: bool, name: &str, directive: &str, why: &str) {
        self.points += 1;
        let word = if is_ok { "ok" } else { "not ok" };
        let name = printable(name).replace('#', "\\#");
        *out += &format!("{word} {} - {name}{directive}\n", self.points);
        for line in why.lines() {
            *out += &format!("# {}\n", line.trim_end());
        }
    }

    /// The plan, which may come last.
    pub fn end(&self) -> String {
        format!("1..{}\n", self.points)
    }
}
