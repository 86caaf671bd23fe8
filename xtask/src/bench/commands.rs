//! `cargo xtask bench --commands`: how long commands of Redis take as what they work on grows.
//!
//! Owns: the table's place. Which commands are timed, and how, is in `crates/evalua-redis/benches/growth.rs`.

use std::process::{Command, Stdio};

use super::report;
use crate::workspace;

/// Times the commands whose words have a text in them, or all of them; if all, writes the table.
pub fn run(only: Option<&str>) -> Result<(), String> {
    let words = ["bench", "-p", "evalua-redis", "--bench", "growth", "--"];
    let output = Command::new("cargo")
        .args(words)
        .args(only)
        .current_dir(workspace())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cargo: {e}"))?;
    let table = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("the bench failed ({}): {table}", output.status));
    }
    print!("{table}");
    match only {
        Some(_) => Ok(()),
        None => report::replace("commands", table.trim_end()),
    }
}
