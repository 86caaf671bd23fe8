//! Findings in the form that code hosts read: SARIF 2.1.0.

use std::io;

use evalua_check::{Finding, Position, Rule, rules};
use serde_json::{Value, json};

use super::Checked;

/// Where what each rule says can be read.
const PAGE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/checks.md");

/// Writes a log with one run, which has all rules and all findings.
pub fn write(checked: &[Checked], out: &mut Vec<u8>) -> io::Result<()> {
    let results = checked.iter().flat_map(|file| {
        file.findings
            .iter()
            .map(|finding| result(&file.name, finding))
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "evalua check",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules::ALL.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    });
    out.extend(crate::json::line(&log));
    Ok(())
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.explanation },
        "helpUri": format!("{PAGE}#{}", rule.name),
        "defaultConfiguration": { "level": "warning" },
    })
}

fn result(file: &str, finding: &Finding) -> Value {
    let Position { line, column } = finding.start;
    json!({
        "ruleId": finding.rule.name,
        "ruleIndex": rules::ALL.iter().position(|rule| rule.name == finding.rule.name),
        "level": "warning",
        "message": { "text": finding.message },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(file) },
            "region": {
                "startLine": line,
                "startColumn": column,
                "endLine": finding.end.line,
                "endColumn": finding.end.column,
                "byteOffset": finding.span.start,
                "byteLength": finding.span.len(),
            },
        } }],
    })
}

/// The name of a file as a reference: its bytes, with those written out that mean something there.
fn uri(file: &str) -> String {
    let mut uri = String::new();
    for byte in file.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(char::from(byte));
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
