//! `cargo xtask package`: every crate that others publish, built from what its package holds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cargo;

pub const USAGE: &str =
    "  package     build each crate that is published from what its package holds
";

/// What is never published.
const UNPUBLISHED: &[&str] = &[
    "evalua-conformance",
    "evalua-wasm",
    "xtask",
    "xtask-bindgen",
];

/// How the names of the published packages begin.
const PREFIX: &str = "evalua-";

pub fn run() -> Result<(), String> {
    forget_unpacked(&cargo_home()?.join("registry/src"))
        .map_err(|e| format!("cannot remove old packages: {e}"))?;
    let mut args = vec!["package", "--workspace", "--allow-dirty", "--quiet"];
    for name in UNPUBLISHED {
        args.extend(["--exclude", name]);
    }
    cargo(&args, None)
}

/// Removes the packages of this workspace that cargo unpacked before. It unpacks those that depend
/// on each other as if from a registry, where a version never changes, so it would build the new
/// package of one against the old package of another.
fn forget_unpacked(sources: &Path) -> io::Result<()> {
    for registry in folders(sources)? {
        // A registry that is a folder has no host for its name to begin with.
        if !starts_with(&registry, "-") {
            continue;
        }
        for package in folders(&registry)? {
            if starts_with(&package, PREFIX) {
                fs::remove_dir_all(package)?;
            }
        }
    }
    Ok(())
}

fn starts_with(path: &Path, prefix: &str) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(prefix))
}

/// What is in a folder; nothing, if there is no such folder.
fn folders(path: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(path) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Where cargo keeps what it fetched.
fn cargo_home() -> Result<PathBuf, String> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    match std::env::home_dir() {
        Some(home) => Ok(home.join(".cargo")),
        None => Err("no home folder; set CARGO_HOME".to_string()),
    }
}
