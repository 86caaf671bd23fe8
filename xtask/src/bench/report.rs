//! The tables in `benches/README.md`.
//!
//! Owns: rows, means, and the replacing of a table between its marks.

use std::fs;

use super::measure::{Run, median};
use super::peers::{Peer, REFERENCE};
use super::programs::Program;
use crate::workspace;

/// The results of one suite.
pub struct Table {
    key: &'static str,
    peers: Vec<&'static str>,
    lines: Vec<String>,
    /// For each peer but the reference the logarithms of its ratios, and the programs that it ran.
    logs: Vec<Vec<f64>>,
    /// Logarithms of evalua's ratios of peak memory.
    memory: Vec<f64>,
    has_purposes: bool,
}

impl Table {
    pub fn new(key: &'static str, peers: &[Peer]) -> Table {
        let peers: Vec<&'static str> = peers.iter().map(|peer| peer.name).collect();
        Table {
            key,
            logs: vec![Vec::new(); peers.len() - 1],
            peers,
            lines: Vec::new(),
            memory: Vec::new(),
            has_purposes: key == "own",
        }
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Adds the row of a program, and gives it. The reference comes first in `runs`, evalua second.
    pub fn add(&mut self, program: &Program, runs: &[Vec<Run>]) -> String {
        let (reference, evalua) = (&runs[0], &runs[1]);
        let mut row = format!("| {} |", program.name);
        if self.has_purposes {
            row += &format!(" {} |", program.purpose);
        }
        row += &format!(
            " {:.2} |",
            median(reference.iter().map(|r| r.seconds).collect())
        );
        for (i, peer) in runs[1..].iter().enumerate() {
            if peer.is_empty() {
                row += " – |";
                continue;
            }
            let pairs = peer.iter().zip(reference);
            let ratio = median(pairs.map(|(p, r)| p.seconds / r.seconds).collect());
            self.logs[i].push(ratio.ln());
            row += &format!(" {ratio:.2} |");
        }
        let pairs = evalua.iter().zip(reference);
        let memory = median(pairs.map(|(e, r)| e.peak / r.peak).collect());
        self.memory.push(memory.ln());
        row += &format!(" {memory:.2} |");
        self.lines.push(row.clone());
        row
    }

    /// The row of the geometric means.
    pub fn means(&self) -> String {
        let mut row = "| **geometric mean** |".to_owned();
        if self.has_purposes {
            row += " |";
        }
        row += " |";
        for logs in &self.logs {
            row += &format!(" **{:.2}** |", geometric_mean(logs));
        }
        row + &format!(" **{:.2}** |", geometric_mean(&self.memory))
    }

    fn head(&self) -> String {
        let mut names = vec!["program".to_owned()];
        if self.has_purposes {
            names.push("what it does".to_owned());
        }
        names.push(format!("{REFERENCE}, s"));
        names.extend(self.peers[1..].iter().map(|name| (*name).to_owned()));
        names.push("memory".to_owned());
        format!("| {} |\n|{}", names.join(" | "), "---|".repeat(names.len()))
    }

    /// Puts the table into `benches/README.md`.
    pub fn write(&self) -> Result<(), String> {
        let rows = self.lines.join("\n");
        replace(
            self.key,
            &format!("{}\n{rows}\n{}", self.head(), self.means()),
        )
    }
}

pub fn geometric_mean(logs: &[f64]) -> f64 {
    (logs.iter().sum::<f64>() / logs.len() as f64).exp()
}

/// Replaces what is between the marks of a table.
pub fn replace(key: &str, table: &str) -> Result<(), String> {
    let file = workspace().join("benches/README.md");
    let fail = |message: String| format!("{}: {message}", file.display());
    let text = fs::read_to_string(&file).map_err(|e| fail(e.to_string()))?;
    let (start, end) = (
        format!("<!-- {key} -->\n"),
        format!("<!-- end of {key} -->"),
    );
    let (Some(from), Some(to)) = (text.find(&start), text.find(&end)) else {
        return Err(fail(format!("the table {key} has no marks")));
    };
    let from = from + start.len();
    let Some(tail) = text.get(to..).filter(|_| from <= to) else {
        return Err(fail(format!(
            "the marks of the table {key} are in the wrong order"
        )));
    };
    fs::write(&file, format!("{}{table}\n{tail}", &text[..from])).map_err(|e| fail(e.to_string()))
}
