//! What became of specs, for people.

use std::time::Duration;

use evalua_test::{CaseReport, Failure, Limit, Outcome, Spec, SpecReport};

/// Shows what became of specs, and counts.
pub struct Printer {
    style: Style,
    is_verbose: bool,
    pub counts: Counts,
    took: Duration,
}

/// The escape sequences of a style.
struct Style {
    good: &'static str,
    bad: &'static str,
    other: &'static str,
    bold: &'static str,
    faint: &'static str,
    end: &'static str,
}

const COLOURED: Style = Style {
    good: "\x1b[32m",
    bad: "\x1b[31m",
    other: "\x1b[33m",
    bold: "\x1b[1m",
    faint: "\x1b[2m",
    end: "\x1b[0m",
};

const PLAIN: Style = Style {
    good: "",
    bad: "",
    other: "",
    bold: "",
    faint: "",
    end: "",
};

/// How many cases ended in which way; a spec that cannot be loaded counts as one that failed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub pending: usize,
    pub skipped: usize,
}

impl Counts {
    fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Pending(_) => self.pending += 1,
            Outcome::Skipped(_) => self.skipped += 1,
        }
    }

    /// How many cases there were.
    pub fn ran(&self) -> usize {
        self.passed + self.failed + self.pending + self.skipped
    }

    /// `3 passed, 1 failed`, without what there is none of.
    fn text(&self, style: &Style) -> String {
        let parts = [
            (self.passed, "passed", style.good),
            (self.failed, "failed", style.bad),
            (self.pending, "pending", style.other),
            (self.skipped, "skipped", style.other),
        ];
        let parts = parts.iter().filter(|(count, ..)| *count > 0);
        let texts =
            parts.map(|(count, name, colour)| format!("{colour}{count} {name}{}", style.end));
        let texts: Vec<_> = texts.collect();
        match &texts[..] {
            [] => "no cases".to_owned(),
            texts => texts.join(", "),
        }
    }
}

impl Printer {
    pub fn new(is_coloured: bool, is_verbose: bool) -> Printer {
        Printer {
            style: if is_coloured { COLOURED } else { PLAIN },
            is_verbose,
            counts: Counts::default(),
            took: Duration::ZERO,
        }
    }

    /// The cases of a spec, a line each.
    pub fn list(
        &self,
        spec: &Spec,
        listed: Result<Vec<(String, Option<u32>)>, Box<Failure>>,
    ) -> Vec<u8> {
        let mut out = String::new();
        match listed {
            Err(failure) => self.failure(&mut out, &spec.name, &failure),
            Ok(cases) => {
                for (name, line) in cases {
                    let line = line.map(|line| format!(":{line}"));
                    out += &format!("{}{}: {name}\n", spec.name, line.unwrap_or_default());
                }
            }
        }
        out.into_bytes()
    }

    /// What became of a spec.
    pub fn spec(&mut self, report: &SpecReport) -> Vec<u8> {
        let mut counts = Counts::default();
        report
            .cases
            .iter()
            .for_each(|case| counts.add(&case.outcome));
        counts.failed += usize::from(report.load_failure.is_some());
        self.took += report.duration;
        let all = &mut self.counts;
        all.passed += counts.passed;
        all.failed += counts.failed;
        all.pending += counts.pending;
        all.skipped += counts.skipped;

        let Style { bold, end, .. } = self.style;
        let mut out = format!("{bold}{}{end}: {}\n", report.name, counts.text(&self.style));
        if let Some(failure) = &report.load_failure {
            self.failure(&mut out, "the spec could not be loaded", failure);
        }
        for case in &report.cases {
            self.case(&mut out, case);
        }
        out.into_bytes()
    }

    fn case(&self, out: &mut String, case: &CaseReport) {
        let Style {
            good, other, end, ..
        } = self.style;
        let name = printable(&case.name());
        match &case.outcome {
            Outcome::Passed if self.is_verbose => *out += &format!("  {good}ok{end} {name}\n"),
            Outcome::Passed => return,
            Outcome::Failed(failure) => self.failure(out, &name, failure),
            Outcome::Pending(why) => {
                let why = why.as_ref().map(|why| format!(": {}", printable(why)));
                *out += &format!("  {other}pending{end} {name}{}\n", why.unwrap_or_default());
            }
            Outcome::Skipped(why) => {
                *out += &format!("  {other}skipped{end} {name}: {}\n", printable(why));
            }
        }
        if !case.output.is_empty() {
            *out += "    printed:\n";
            indented(out, 6, &String::from_utf8_lossy(&case.output));
        }
    }

    /// A failure under the name of what failed.
    fn failure(&self, out: &mut String, name: &str, failure: &Failure) {
        let Style {
            good,
            bad,
            faint,
            end,
            ..
        } = self.style;
        *out += &format!("  {bad}failed{end} {name}\n");
        if let Some(place) = &failure.place {
            *out += &format!("    {place}: {}\n", printable(&place.text));
        }
        indented(out, 4, &failure.message);
        for (sign, line) in failure.difference.iter().flat_map(|both| both.lines()) {
            let colour = match sign {
                '-' => good,
                '+' => bad,
                _ => "",
            };
            *out += &format!("      {colour}{sign} {}{end}\n", printable(&line));
        }
        if failure.difference.is_some() {
            *out += &format!("      {faint}(- expected, + actual){end}\n");
        }
        if let Some(place) = &failure.script {
            *out += &format!("    in the script, {place}: {}\n", printable(&place.text));
        }
        // The first is the place above.
        for frame in failure.traceback.iter().skip(1) {
            *out += &format!("    {faint}from {}{end}\n", printable(frame));
        }
        match failure.limit {
            Some(Limit::Instructions(_)) => *out += "    --max-instructions allows more\n",
            Some(Limit::Memory(_)) => *out += "    --max-memory allows more\n",
            None => {}
        }
        if let Some(keyspace) = &failure.keyspace {
            indented(out, 4, keyspace);
        }
    }

    /// The last line.
    pub fn summary(&self) -> Vec<u8> {
        let Style { faint, end, .. } = self.style;
        let took = self.took.as_secs_f64();
        format!(
            "\n{} {faint}({took:.3} s){end}\n",
            self.counts.text(&self.style)
        )
        .into_bytes()
    }
}

/// Appends the lines of a text.
fn indented(out: &mut String, margin: usize, text: &str) {
    for line in text.trim_end().split('\n') {
        *out += &format!("{:margin$}{}\n", "", printable(line));
    }
}

/// A text as a terminal may have it.
fn printable(text: &str) -> String {
    let each = |c: char| {
        if c.is_control() && c != '\t' {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(each).collect()
}
