//! A table for a terminal.

use std::fmt::Write;

use crate::File;
use crate::lines::{Totals, lines};

/// How many stretches of missed lines are listed for a file.
const LISTED: usize = 8;

/// A line for each file, with the lines that are not covered, and one for all of them.
pub fn table(files: &[File]) -> String {
    let mut rows = vec![["file", "lines", "branches", "missed lines"].map(str::to_owned)];
    for file in files {
        let totals = Totals::of(std::slice::from_ref(file));
        rows.push(row(&file.name, totals, missed(file)));
    }
    if files.len() != 1 {
        rows.push(row("all files", Totals::of(files), String::new()));
    }
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for [name, lines, branches, missed] in &rows {
        let [a, b, c] = widths;
        let line = format!("{name:a$}  {lines:>b$}  {branches:>c$}  {missed}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn row(name: &str, totals: Totals, missed: String) -> [String; 4] {
    let Totals { lines, branches } = totals;
    [
        name.to_owned(),
        lines.to_string(),
        branches.to_string(),
        missed,
    ]
}

/// The lines that were never reached: `3, 7-9`. What lies between two of them and counts for nothing joins them.
fn missed(file: &File) -> String {
    let mut stretches: Vec<(u32, u32)> = Vec::new();
    let mut goes_on = false;
    for (&number, line) in &lines(file) {
        let is_missed = line.hits == 0;
        match stretches.last_mut() {
            Some((_, last)) if is_missed && goes_on => *last = number,
            _ if is_missed => stretches.push((number, number)),
            _ => {}
        }
        goes_on = is_missed;
    }
    let more = stretches.len().saturating_sub(LISTED);
    let mut shown: Vec<String> = (stretches.iter().take(LISTED))
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        })
        .collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}
