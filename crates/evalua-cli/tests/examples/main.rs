//! Every script under `examples/` with its cases: on our engine, and on a real server.
//!
//! With `EVALUA_BLESS=1` the replies in the case files are written anew from the real server.

mod engine;
mod live;

use std::fs;
use std::path::{Path, PathBuf};

use evalua_conformance::server::Server;
use evalua_conformance::transcript::{self, Cases, Step};
use evalua_redis::{Profile, profile};
use libtest_mimic::{Arguments, Failed, Trial};

/// When every case begins: 2023-11-14 22:13:20 UTC.
const START_MS: u64 = 1_700_000_000_000;

fn main() -> std::process::ExitCode {
    let bless = std::env::var_os("EVALUA_BLESS").is_some_and(|v| v == "1");
    let mut trials = Vec::new();
    for script in scripts() {
        let name = script.file_stem().unwrap_or_default().display().to_string();
        // The default, and the one that is like the server the replies come from.
        for profile in [&profile::REDIS_7_2, &profile::REDIS_7_0] {
            let script = script.clone();
            let name = format!("{}::{name}", profile.name);
            trials.push(Trial::test(name, move || on_engine(&script, profile)));
        }
        trials.push(Trial::test(format!("redis_server::{name}"), move || {
            on_redis_server(&script, bless)
        }));
    }
    trials.push(Trial::test("the_readme_lists_all", || {
        the_readme_lists_all()
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut scripts: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the examples are there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "lua"))
        .collect();
    scripts.sort();
    assert!(!scripts.is_empty(), "no example scripts");
    scripts
}

fn on_engine(script: &Path, profile: &'static Profile) -> Result<(), Failed> {
    let (file, cases) = read_cases(script)?;
    for case in &cases.cases {
        let replies = engine::run(profile, START_MS, script, case)?;
        for (step, reply) in case.steps.iter().zip(replies) {
            compare(&file, &case.title, step, &reply)?;
        }
    }
    Ok(())
}

fn on_redis_server(script: &Path, bless: bool) -> Result<(), Failed> {
    let (file, mut cases) = read_cases(script)?;
    let Some(server) = Server::oracle_at(START_MS) else {
        return Ok(());
    };
    for case in &mut cases.cases {
        let replies = live::run(&server, START_MS, script, case);
        for (step, reply) in case.steps.iter_mut().zip(replies) {
            if bless {
                step.reply = reply;
            } else {
                compare(&file, &case.title, step, &reply)?;
            }
        }
    }
    if bless {
        fs::write(file, transcript::write(&cases))?;
    }
    Ok(())
}

fn the_readme_lists_all() -> Result<(), Failed> {
    let readme = include_str!("../../../../examples/README.md");
    for script in scripts() {
        let name = script.file_stem().unwrap_or_default().display().to_string();
        if !readme.contains(&format!("| [{name}]({name}.lua) |")) {
            return Err(format!("examples/README.md has no row for {name}").into());
        }
    }
    Ok(())
}

fn read_cases(script: &Path) -> Result<(PathBuf, Cases), Failed> {
    let file = script.with_extension("cases");
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let cases = transcript::parse(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    if cases.cases.is_empty() {
        return Err(format!("{}: no cases", file.display()).into());
    }
    Ok((file, cases))
}

fn compare(file: &Path, title: &str, step: &Step, reply: &str) -> Result<(), Failed> {
    if step.reply == reply {
        return Ok(());
    }
    Err(format!(
        "{}:{}: {title}\nexpected\n{}\ngot\n{reply}",
        file.display(),
        step.line,
        step.reply,
    )
    .into())
}
