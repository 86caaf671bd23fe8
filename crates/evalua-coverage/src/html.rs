//! Pages: an index, and one for each file, which need nothing beside them.

use std::collections::BTreeSet;
use std::fmt::Write;

use evalua_redis::coverage::Branch;

use crate::File;
use crate::lines::{Line, Share, Totals, lines, names};

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The name of its file: letters, digits, `_`, `-` and `.` only.
    pub name: String,
    /// Its text.
    pub content: String,
}

const STYLE: &str = include_str!("style.css");

/// The pages: `index.html` first, then one for each file. Colours follow the reader's; every line that is not
/// covered in whole leads to the next, so that the Tab and Enter keys walk through them.
pub fn html(files: &[File]) -> Vec<Page> {
    let mut taken = BTreeSet::from(["index.html".to_owned()]);
    let names: Vec<String> = (files.iter())
        .map(|file| page_name(&file.name, &mut taken))
        .collect();
    let index = Page {
        name: "index.html".to_owned(),
        content: index(files, &names),
    };
    let pages = files.iter().zip(&names).map(|(file, name)| Page {
        name: name.clone(),
        content: page(file),
    });
    std::iter::once(index).chain(pages).collect()
}

/// A name that no other page has, in any case.
fn page_name(file: &str, taken: &mut BTreeSet<String>) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let plain: String = (file.chars().rev().take(100))
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    let plain: String = plain.chars().rev().collect();
    let plain = plain.trim_start_matches('.');
    let mut name = format!("{plain}.html");
    let mut number = 2;
    while !taken.insert(name.to_ascii_lowercase()) {
        name = format!("{plain}-{number}.html");
        number += 1;
    }
    name
}

fn index(files: &[File], pages: &[String]) -> String {
    let mut body = String::from("<h1>Coverage</h1>\n<table class=\"files\">\n");
    body.push_str("<tr><th scope=\"col\">File</th><th scope=\"col\">Lines</th><th scope=\"col\">Branches</th></tr>\n");
    for (file, page) in files.iter().zip(pages) {
        let totals = Totals::of(std::slice::from_ref(file));
        // A long path has its breaks between folders.
        let name = escape(&file.name).replace('/', "/<wbr>");
        let link = format!("<a href=\"{page}\">{name}</a>");
        body.push_str(&row(&link, totals));
    }
    body.push_str(&row("All files", Totals::of(files)));
    body.push_str("</table>\n");
    document("Coverage", &body)
}

fn row(name: &str, totals: Totals) -> String {
    let cell = |share: Share| format!("<td class=\"{}\">{share}</td>", grade(share));
    let (lines, branches) = (cell(totals.lines), cell(totals.branches));
    format!("<tr><th scope=\"row\">{name}</th>{lines}{branches}</tr>\n")
}

/// The class of a share, by which it is coloured.
fn grade(share: Share) -> &'static str {
    match share {
        Share { found: 0, .. } => "none",
        Share { hit, found } if hit == found => "whole",
        Share { hit: 0, .. } => "missed",
        _ => "partial",
    }
}

fn page(file: &File) -> String {
    let lines = lines(file);
    let totals = Totals::of(std::slice::from_ref(file));
    let name = escape(&file.name);
    let mut body = format!(
        "<p><a href=\"index.html\">All files</a></p>\n<h1>{name}</h1>\n<p>Lines {}, branches {}.</p>\n",
        totals.lines, totals.branches
    );
    let open: Vec<u32> = (lines.iter())
        .filter(|(_, line)| !line.is_whole())
        .map(|(number, _)| *number)
        .collect();
    if let Some(first) = open.first() {
        let _ = writeln!(
            body,
            "<p><a href=\"#L{first}\">First line that is not covered in whole</a></p>"
        );
    }
    body.push_str("<table class=\"source\">\n");
    let source = file.source.strip_suffix(b"\n").unwrap_or(&file.source);
    for (number, text) in (1_u32..).zip(source.split(|&byte| byte == b'\n')) {
        let text = escape(&String::from_utf8_lossy(text));
        let line = lines.get(&number);
        let (class, said) = line.map_or(("none", ""), state);
        let next = open.iter().find(|&&open| open > number);
        let label = match (line, next) {
            (Some(line), Some(next)) if !line.is_whole() => {
                format!("<a href=\"#L{next}\" title=\"{said}; next: line {next}\">{number}</a>")
            }
            (Some(line), None) if !line.is_whole() => {
                format!("<a href=\"#L{number}\" title=\"{said}\">{number}</a>")
            }
            _ => number.to_string(),
        };
        let hits = line.map(|line| line.hits.to_string()).unwrap_or_default();
        let branches = line.map(branches).unwrap_or_default();
        let _ = writeln!(
            body,
            "<tr id=\"L{number}\" class=\"{class}\"><th scope=\"row\">{label}</th><td class=\"hits\">{hits}</td>\
             <td class=\"text\"><code>{text}</code>{branches}</td></tr>"
        );
    }
    body.push_str("</table>\n");
    document(&file.name, &body)
}

/// The class of a line, and what is said of it.
fn state(line: &Line<'_>) -> (&'static str, &'static str) {
    match line.hits {
        0 => ("missed", "never run"),
        _ if line.is_whole() => ("whole", "run"),
        _ => ("partial", "run in part"),
    }
}

/// The branches of a line, in words.
fn branches(line: &Line<'_>) -> String {
    let mut text = String::new();
    for branch in &line.branches {
        text.push_str(&branch_text(branch));
    }
    text
}

fn branch_text(branch: &Branch) -> String {
    let (choice, ways) = names(branch.choice);
    let column = branch.place.column;
    let class = match branch.taken {
        [0, _] | [_, 0] => "partial",
        _ => "whole",
    };
    let [(first, n), (second, m)] = [(ways[0], branch.taken[0]), (ways[1], branch.taken[1])];
    format!(
        "<span class=\"branch {class}\">{choice} (column {column}): {first} {n}\u{d7}, {second} {m}\u{d7}</span>"
    )
}

fn document(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// Text as it has to be written between tags and in quotes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // No page may have them.
            '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
