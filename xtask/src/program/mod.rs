//! `cargo xtask program`: the program `evalua` as one file that needs nothing of the machine.
//!
//! Owns: how it is built where that is Linux with glibc (elsewhere it is what `cargo build --release` makes).
//! It is linked with the C library, so it starts without a loader; it keeps its relocations in the compact
//! form; and the functions that running a script or answering a client calls lie together. A page that is touched brings its
//! neighbours with it, so these functions, scattered over megabytes of others, would fill memory
//! with pages that nobody needs (figures in `benches/NOTES.md`). Which functions these are is asked of
//! callgrind, so the program is linked twice; without valgrind it is linked once, in the order that comes.

mod tour;

use std::collections::HashSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{cargo, is_installed, target, workspace};

/// What `cargo xtask help` says of the command.
pub const USAGE: &str =
    "  program     build evalua as one file that runs on any Linux, and print its path
";

/// Flags of the first build: the C library is part of the program, relocations are compact.
const FLAGS: &str = "-Ctarget-feature=+crt-static -Clink-arg=-Wl,-z,pack-relative-relocs";

/// Builds the program and returns where it is.
pub fn build() -> Result<PathBuf, String> {
    let host = host()?;
    if !host.ends_with("-linux-gnu") {
        cargo(&["build", "--release", "-p", "evalua-cli"], None)?;
        return Ok(target().join("release/evalua"));
    }
    let program = target().join(&host).join("release/evalua");
    link(&host, &[])?;
    if !is_installed("valgrind") {
        eprintln!("there is no valgrind: the functions stay in the order that they have");
        return Ok(program);
    }
    // Cargo links again where the code or an argument is another; it does not look into this file.
    let order = target().join(format!("functions-{:x}.txt", tour::version()));
    fs::write(&order, functions(&program)?).map_err(|e| format!("{}: {e}", order.display()))?;
    let file = format!("-Clink-arg=-Wl,--symbol-ordering-file={}", order.display());
    link(&host, &[&file, "-Clink-arg=-Wl,--no-warn-symbol-ordering"])?;
    Ok(program)
}

/// Builds for `host` with further arguments of the compiler for the program alone.
fn link(host: &str, last: &[&str]) -> Result<(), String> {
    let mut args = vec!["rustc", "--release", "-p", "evalua-cli", "--bin", "evalua"];
    // With a target given, what runs while building is built without the flags.
    args.extend(["--target", host, "--"]);
    args.extend(last);
    let variable = format!(
        "CARGO_TARGET_{}_RUSTFLAGS",
        host.to_uppercase().replace('-', "_")
    );
    cargo(&args, Some((&variable, FLAGS)))
}

/// The triple of this machine, as rustc names it.
fn host() -> Result<String, String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .map_err(|e| format!("rustc: {e}"))?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| "rustc -vV names no host".to_owned())
}

/// The symbols of the functions that the tours call, a line each: those of the first tour, then what the next adds.
fn functions(program: &Path) -> Result<String, String> {
    let profile = target().join("functions.callgrind");
    let (mut seen, mut lines) = (HashSet::new(), String::new());
    for tour in tour::ALL {
        let mut command = Command::new("valgrind");
        command
            .args(["--quiet", "--tool=callgrind", "--demangle=no"])
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg(program)
            .current_dir(workspace());
        tour.take(&mut command)?;
        let profile =
            fs::read_to_string(&profile).map_err(|e| format!("{}: {e}", profile.display()))?;
        for line in profile.lines() {
            if let Some(name) = function(line)
                && seen.insert(name.to_owned())
            {
                let _ = writeln!(lines, "{name}");
            }
        }
    }
    Ok(lines)
}

/// The symbol that a line of callgrind's gives a number to: `fn=(12) name`, or `name'2` for a recursive call.
fn function(line: &str) -> Option<&str> {
    let rest = line
        .strip_prefix('c')
        .unwrap_or(line)
        .strip_prefix("fn=(")?;
    let (_, name) = rest.split_once(") ")?;
    let name = match name.split_once('\'') {
        Some((name, _)) => name,
        None => name,
    };
    (!name.starts_with('(') && !name.starts_with("0x")).then_some(name)
}
