//! The format of the program lcov, as its manual page geninfo(1) has it.

use std::fmt::Write;

use crate::File;
use crate::lines::{Totals, lines};

/// Counts for lcov, genhtml, and whatever else reads their format. A branch that was never come to is `-`.
pub fn lcov(files: &[File]) -> String {
    let mut text = String::new();
    for file in files {
        let lines = lines(file);
        // Where a line ends a record does; no other character means anything.
        let name = file.name.replace(['\n', '\r'], "?");
        let _ = writeln!(text, "TN:\nSF:{name}");
        for (number, line) in &lines {
            for (block, branch) in line.branches.iter().enumerate() {
                let is_met = branch.taken != [0, 0];
                for (way, taken) in branch.taken.iter().enumerate() {
                    let _ = match is_met {
                        true => writeln!(text, "BRDA:{number},{block},{way},{taken}"),
                        false => writeln!(text, "BRDA:{number},{block},{way},-"),
                    };
                }
            }
        }
        let totals = Totals::of(std::slice::from_ref(file));
        let (found, hit) = (totals.branches.found, totals.branches.hit);
        let _ = writeln!(text, "BRF:{found}\nBRH:{hit}");
        for (number, line) in &lines {
            let _ = writeln!(text, "DA:{number},{}", line.hits);
        }
        let (found, hit) = (totals.lines.found, totals.lines.hit);
        let _ = writeln!(text, "LF:{found}\nLH:{hit}\nend_of_record");
    }
    text
}
