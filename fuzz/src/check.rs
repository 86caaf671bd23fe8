//! Target `check`: whatever the script, what is found in it has a place in it.

use evalua_check::{Options, check};

/// Checks the input.
///
/// # Panics
/// When a finding lies outside the source, or its sentence is no single line.
pub fn target(data: &[u8]) {
    for finding in check(data, &Options::default()) {
        assert!(finding.span.end <= data.len(), "{finding:?}");
        assert!(finding.start <= finding.end, "{finding:?}");
        assert!(!finding.message.contains('\n'), "{finding:?}");
    }
}
