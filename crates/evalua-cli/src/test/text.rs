//! What became of specs, for people.

use std::time::Duration;

use evalua_test::{
    CaseReport, Failure, Limit, MOST_COMMANDS, Orders, Outcome, Place, Spec, SpecReport, Sweep,
};

use super::brief::{self, Line};

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

/// So many turns of clients are shown, the last.
const MOST_TURNS: usize = 50;

/// So many faults of a case are shown that break an invariant, and so many others.
const MOST_FINDINGS: usize = 10;

/// How many cases ended in which way; a spec that cannot be loaded counts as one that failed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub pending: usize,
    pub skipped: usize,
}

impl Counts {
    /// Those of a spec.
    pub fn of(report: &SpecReport) -> Counts {
        let mut counts = Counts {
            failed: usize::from(report.load_failure.is_some()),
            ..Counts::default()
        };
        for case in &report.cases {
            let count = match &case.outcome {
                _ if case.has_failed() => &mut counts.failed,
                Outcome::Passed | Outcome::Failed(_) => &mut counts.passed,
                Outcome::Pending(_) => &mut counts.pending,
                Outcome::Skipped(_) => &mut counts.skipped,
            };
            *count += 1;
        }
        counts
    }

    /// With others.
    pub fn and(self, others: Counts) -> Counts {
        Counts {
            passed: self.passed + others.passed,
            failed: self.failed + others.failed,
            pending: self.pending + others.pending,
            skipped: self.skipped + others.skipped,
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
        listed: Result<Vec<(String, Option<Place>)>, Box<Failure>>,
    ) -> Vec<u8> {
        let mut out = String::new();
        match listed {
            Err(failure) => self.failure(&mut out, &spec.name, &failure),
            Ok(cases) => {
                for (name, place) in cases {
                    let place = place.map_or_else(|| spec.name.clone(), |place| place.to_string());
                    out += &format!("{place}: {name}\n");
                }
            }
        }
        out.into_bytes()
    }

    /// What became of a spec.
    pub fn spec(&mut self, report: &SpecReport) -> Vec<u8> {
        let counts = Counts::of(report);
        self.counts = self.counts.and(counts);
        self.took += report.duration;
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
            good,
            bad,
            other,
            end,
            ..
        } = self.style;
        let name = printable(&case.name());
        let details = self.details(case);
        let (colour, word, why) = match &case.outcome {
            _ if case.has_failed() => (bad, "failed", None),
            Outcome::Passed | Outcome::Failed(_) if self.is_verbose || !details.is_empty() => {
                (good, "ok", None)
            }
            Outcome::Passed | Outcome::Failed(_) => return,
            Outcome::Pending(why) => (other, "pending", why.as_ref()),
            Outcome::Skipped(why) => (other, "skipped", Some(why)),
        };
        let why = why.map(|why| format!(": {}", printable(why)));
        *out += &format!("  {colour}{word}{end} {name}{}\n", why.unwrap_or_default());
        *out += &details;
        if !case.output.is_empty() {
            *out += "    printed:\n";
            indented(out, 6, &String::from_utf8_lossy(&case.output));
        }
    }

    /// What there is to say of a case besides how it ended; often nothing.
    pub fn details(&self, case: &CaseReport) -> String {
        let mut out = String::new();
        let broken = case
            .orders
            .as_ref()
            .and_then(|orders| orders.broken.as_ref());
        if let (Outcome::Failed(failure), None) = (&case.outcome, broken) {
            self.explain(&mut out, 4, failure);
        }
        if let Some(sweep) = &case.sweep
            && (!sweep.findings.is_empty() || self.is_verbose)
        {
            self.sweep(&mut out, sweep);
        }
        if let Some(orders) = &case.orders
            && (broken.is_some() || self.is_verbose)
        {
            self.orders(&mut out, orders);
        }
        out
    }

    /// What faults have led to.
    fn sweep(&self, out: &mut String, sweep: &Sweep) {
        let Style { bad, bold, end, .. } = self.style;
        let Sweep { commands, runs, .. } = sweep;
        let plural = if *commands == 1 { "" } else { "s" };
        let cut = match *commands > MOST_COMMANDS {
            true => format!(", the first {MOST_COMMANDS} of them"),
            false => String::new(),
        };
        *out += &format!("    {runs} faults in {commands} command{plural} of scripts{cut}\n");
        let most = match self.is_verbose {
            true => usize::MAX,
            false => MOST_FINDINGS,
        };
        let mut left_out = [0, 0];
        let mut shown = [0, 0];
        for finding in &sweep.findings {
            let kind = usize::from(finding.broken.is_some());
            if shown[kind] == most {
                left_out[kind] += 1;
                continue;
            }
            shown[kind] += 1;
            let command = printable(&self.command(&finding.command));
            let faults = finding.faults.join(" or ");
            *out += &format!("    {bold}{faults} in {command}{end}");
            match &finding.place {
                Some(place) => *out += &format!(", {place}\n"),
                None => *out += "\n",
            }
            if !finding.left.is_empty() {
                *out += "      leaves behind\n";
                self.changes(out, 8, &finding.left);
            }
            if let Some(failure) = &finding.broken {
                *out += &format!("      {bad}and breaks an invariant{end}\n");
                self.explain(out, 8, failure);
            }
        }
        let [others, breaking] = left_out;
        for (count, what) in [
            (breaking, "break an invariant"),
            (others, "leave something behind"),
        ] {
            if count > 0 {
                *out += &format!("    … {count} more that {what}: --verbose shows them\n");
            }
        }
    }

    /// What came of other orders.
    fn orders(&self, out: &mut String, orders: &Orders) {
        let Style { bold, end, .. } = self.style;
        let what = match (orders.tried, orders.is_all) {
            (1, true) => "there is one order".to_owned(),
            (tried, true) => format!("all {tried} orders were tried"),
            (tried, false) => format!("{tried} of more orders were tried"),
        };
        *out += &format!("    {what}\n");
        if let Some(failure) = &orders.broken {
            *out += &format!("    {bold}the shortest that breaks something{end}\n");
            self.explain(out, 6, failure);
        }
    }

    /// A failure under the name of what failed.
    fn failure(&self, out: &mut String, name: &str, failure: &Failure) {
        let Style { bad, end, .. } = self.style;
        *out += &format!("  {bad}failed{end} {name}\n");
        self.explain(out, 4, failure);
    }

    /// A command, the middle of a long one left out unless all is to be shown.
    fn command(&self, text: &str) -> String {
        match self.is_verbose {
            true => text.to_owned(),
            false => brief::cut(text),
        }
    }

    /// Lines with their signs; of many only those around changes, unless all are to be shown.
    pub fn changes(&self, out: &mut String, margin: usize, lines: &[(char, String)]) {
        let Style {
            good,
            bad,
            faint,
            end,
            ..
        } = self.style;
        let lines = match self.is_verbose {
            true => brief::whole(lines),
            false => brief::brief(lines),
        };
        for line in lines {
            let (sign, text, is_faint) = match line {
                Line::Shown(sign, text) => (sign, printable(text), false),
                Line::LeftOut(' ', count) => (' ', format!("… {count} lines the same"), true),
                Line::LeftOut(sign, count) => (sign, format!("… {count} lines more"), false),
            };
            let (colour, end) = match sign {
                '-' => (good, end),
                '+' => (bad, end),
                _ if is_faint => (faint, end),
                _ => ("", ""),
            };
            *out += &format!("{:margin$}{colour}{sign} {text}{end}\n", "");
        }
    }

    /// Why something failed.
    pub fn explain(&self, out: &mut String, margin: usize, failure: &Failure) {
        let Style { faint, end, .. } = self.style;
        let blank = " ".repeat(margin);
        let left_out = failure.turns.len().saturating_sub(MOST_TURNS);
        if left_out > 0 {
            *out += &format!("{blank}… {left_out} turns before these\n");
        }
        for (number, turn) in (1..).zip(&failure.turns).skip(left_out) {
            *out += &format!("{blank}{number}. {}\n", printable(&self.command(turn)));
        }
        if let Some(place) = &failure.place {
            *out += &format!("{blank}{place}: {}\n", printable(&place.text));
        }
        indented(out, margin, &failure.message);
        if let Some(both) = &failure.difference {
            self.changes(out, margin + 2, &both.lines());
            *out += &format!("{blank}  {faint}(- expected, + actual){end}\n");
        }
        if let Some(place) = &failure.script {
            *out += &format!(
                "{blank}in the script, {place}: {}\n",
                printable(&place.text)
            );
        }
        // The first is the place above.
        for frame in failure.traceback.iter().skip(1) {
            *out += &format!("{blank}{faint}from {}{end}\n", printable(frame));
        }
        match failure.limit {
            Some(Limit::Instructions(_)) => {
                *out += &format!("{blank}--max-instructions allows more\n")
            }
            Some(Limit::Memory(_)) => *out += &format!("{blank}--max-memory allows more\n"),
            None => {}
        }
        if let Some(keyspace) = &failure.keyspace {
            indented(out, margin, keyspace);
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
pub fn printable(text: &str) -> String {
    let each = |c: char| {
        if c.is_control() && c != '\t' {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(each).collect()
}
