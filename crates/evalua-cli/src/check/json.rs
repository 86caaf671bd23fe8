//! Findings for programs: one JSON object a line.

use std::io;

use evalua_check::Finding;
use serde_json::json;

use super::Checked;

/// Writes all findings.
pub fn write(checked: &[Checked], out: &mut Vec<u8>) -> io::Result<()> {
    for file in checked {
        for finding in &file.findings {
            let Finding {
                rule,
                start,
                end,
                message,
                span,
            } = finding;
            let object = json!({
                "file": file.name,
                "rule": rule.name,
                "message": message,
                "line": start.line,
                "column": start.column,
                "end_line": end.line,
                "end_column": end.column,
                "offset": span.start,
                "length": span.len(),
            });
            out.extend(crate::json::line(&object));
        }
    }
    Ok(())
}
