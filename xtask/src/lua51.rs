//! The official tests of Lua 5.1, run from a checkout by `evalua lua`.
//!
//! Owns: how each file wants to be run, and the comparison with the committed verdicts. Nothing of the
//! suite is kept here: repository `lua/tests`, tag `v5-1-3`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{cargo, end_of, target, workspace};

/// The committed verdicts: a file's name, `ok`, `fails` or `endless`, and for what is not `ok` the reason.
/// A name with `@` and features is the verdict of that build, where it is another.
const VERDICTS: &str = "conformance/lua51.txt";

/// How long a file may take: a build that collects all the time needs long.
const LIMIT: Duration = Duration::from_secs(600);

/// Runs a file inside a coroutine that yields once, as the suite's own main file runs it.
const IN_COROUTINE: &str = "local f = coroutine.wrap(assert(loadfile('big.lua')))
assert(f() == 'b') assert(f() == 'a')";

/// Runs every file of the suite in `suite` with an interpreter built with `features`, and compares with
/// the committed verdicts.
pub fn run(suite: &Path, features: &str) -> Result<(), String> {
    let interpreter = build(features)?;
    let place = target().join("lua51");
    copy(suite, &place, &interpreter)?;
    let file = workspace().join(VERDICTS);
    let verdicts = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut differences = Vec::new();
    let rows: Vec<(&str, &str)> = verdicts
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect();
    for &(name, usual) in rows.iter().filter(|(name, _)| !name.contains('@')) {
        let of_this_build = format!("{name}@{features}");
        let expected = (rows.iter())
            .find(|(name, _)| *name == of_this_build)
            .map_or(usual, |&(_, verdict)| verdict);
        let verdict = match run_file(&place, name)? {
            Some(true) => "ok",
            Some(false) => "fails",
            None => "endless",
        };
        println!("{name:12} {verdict}");
        if verdict != expected {
            differences.push(format!("{name}: {verdict}, but {VERDICTS} says {expected}"));
        }
    }
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences.join("\n"))
    }
}

fn build(features: &str) -> Result<PathBuf, String> {
    let program = ["build", "--release", "-p", "evalua-cli"];
    cargo(&[&program[..], &["--features", features]].concat(), None)?;
    Ok(target().join("release/evalua"))
}

/// Lays the suite out where it can write files, with an interpreter called `lua` beside it.
fn copy(suite: &Path, place: &Path, interpreter: &Path) -> Result<(), String> {
    let fail = |path: &Path| {
        let path = path.display().to_string();
        move |e: std::io::Error| format!("{path}: {e}")
    };
    if place.exists() {
        fs::remove_dir_all(place).map_err(fail(place))?;
    }
    fs::create_dir_all(place.join("libs/P1")).map_err(fail(place))?;
    for entry in fs::read_dir(suite).map_err(fail(suite))? {
        let path = entry.map_err(fail(suite))?.path();
        if let (true, Some(name)) = (
            path.extension().is_some_and(|e| e == "lua"),
            path.file_name(),
        ) {
            fs::copy(&path, place.join(name)).map_err(fail(&path))?;
        }
    }
    fs::copy(interpreter, place.join("lua")).map_err(fail(interpreter))?;
    Ok(())
}

/// Whether a file passes; `None` if it did not end in time.
fn run_file(place: &Path, name: &str) -> Result<Option<bool>, String> {
    let mut command = Command::new(place.join("lua"));
    match name {
        "big" => command.args(["-e", IN_COROUTINE]),
        _ => command.arg(format!("{name}.lua")),
    };
    let fail = |e: std::io::Error| format!("lua: {e}");
    let mut child = command
        .env("LUA_PATH", "?;./?.lua")
        .current_dir(place)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(fail)?;
    let end = end_of(&mut child, LIMIT).map_err(fail)?;
    Ok(end.map(|status| status.success()))
}
