//! Findings for people: place, sentence, the line of the source and what of it is meant.

use std::io::{self, Write};

use super::Checked;

/// The escape sequences of a style.
struct Style {
    bold: &'static str,
    rule: &'static str,
    gutter: &'static str,
    end: &'static str,
}

const COLOURED: Style = Style {
    bold: "\x1b[1m",
    rule: "\x1b[1;33m",
    gutter: "\x1b[1;34m",
    end: "\x1b[0m",
};

const PLAIN: Style = Style {
    bold: "",
    rule: "",
    gutter: "",
    end: "",
};

/// Writes all findings, and how many there are if there are any.
pub fn write(checked: &[Checked], is_coloured: bool, out: &mut Vec<u8>) -> io::Result<()> {
    let style = if is_coloured { COLOURED } else { PLAIN };
    let Style {
        bold,
        rule,
        gutter,
        end,
    } = style;
    for file in checked {
        let lines: Vec<&[u8]> = file.source.split(|&byte| byte == b'\n').collect();
        for finding in &file.findings {
            let (start, stop) = (finding.start, finding.end);
            let name = finding.rule.name;
            let width = start.line.to_string().len();
            writeln!(out, "{rule}{name}{end}{bold}: {}{end}", finding.message)?;
            writeln!(
                out,
                "{:width$}{gutter}-->{end} {}:{}:{}",
                "", file.name, start.line, start.column
            )?;
            let line = lines.get(start.line - 1).copied().unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            let line = line.trim_end();
            // What goes on in further lines is marked to the end of its first.
            let length = line.chars().count();
            let marked_to = if stop.line == start.line {
                stop.column - 1
            } else {
                length
            };
            let marks = marked_to.saturating_sub(start.column - 1).max(1);
            // Where the line has tabs, the marks stand below it only behind the same tabs.
            let before = line.chars().take(start.column - 1);
            let margin: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            let line: String = line.chars().map(printable).collect();
            writeln!(out, "{gutter}{:width$} |{end}", "")?;
            writeln!(out, "{gutter}{} |{end} {line}", start.line)?;
            writeln!(
                out,
                "{gutter}{:width$} |{end} {margin}{rule}{}{end}\n",
                "",
                "^".repeat(marks)
            )?;
        }
    }
    let count: usize = checked.iter().map(|file| file.findings.len()).sum();
    let files = checked
        .iter()
        .filter(|file| !file.findings.is_empty())
        .count();
    match count {
        0 => Ok(()),
        1 => writeln!(
            out,
            "1 finding; evalua check --explain RULE says more of it"
        ),
        _ => {
            let plural = if files == 1 { "" } else { "s" };
            writeln!(
                out,
                "{count} findings in {files} file{plural}; evalua check --explain RULE says more of them"
            )
        }
    }
}

/// A character as a terminal may have it.
fn printable(c: char) -> char {
    if c.is_control() && c != '\t' {
        '\u{fffd}'
    } else {
        c
    }
}
