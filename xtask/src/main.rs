//! The project's chores, run as `cargo xtask NAME`.
//!
//! Owns what continuous integration runs: the steps are one list, and `.ci/run` runs them by calling
//! this. Must need little beyond the standard library, so that it builds in a moment.

mod bench;
mod lua51;
mod package;
mod program;
mod redis_suite;
mod servers;
mod soak;
mod wasm;

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::thread;
use std::time::Duration;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  ci          everything that continuous integration runs
  ci STEP…    only these of its steps
  conformance lua51 DIR [--features gc-stress|checks]
              run the official Lua 5.1 tests from a checkout, compare with the committed verdicts
  conformance redis-suite [DIR]
              run the tests of scripts and functions in the source of Redis, compare with the committed counts
  examples    write the replies of a real redis-server into examples/*.cases
";

/// A command line with a name, run from `dir`, below the workspace.
struct Step {
    name: &'static str,
    dir: &'static str,
    /// Programs that not everybody has. Without one the step is skipped, unless oracles are required.
    needs: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    command: &'static [&'static str],
}

impl Step {
    const fn cargo(name: &'static str, command: &'static [&'static str]) -> Step {
        Step {
            name,
            dir: ".",
            needs: &[],
            env: &[],
            command,
        }
    }

    /// A step of the npm package.
    const fn npm(name: &'static str, command: &'static [&'static str]) -> Step {
        Step {
            needs: &["npm"],
            ..Step::cargo(name, command)
        }
    }

    /// A step of the page that is made of the npm package.
    const fn playground(name: &'static str, command: &'static [&'static str]) -> Step {
        Step {
            dir: "crates/evalua-wasm/playground",
            ..Step::npm(name, command)
        }
    }

    /// A step of the programs that use clients for Python.
    const fn python(name: &'static str, command: &'static [&'static str]) -> Step {
        Step {
            name,
            dir: "conformance/clients/python",
            needs: &["python3"],
            env: &[],
            command,
        }
    }
}

/// The programs that use clients for Node.
const NODE: &str = "conformance/clients/node";

/// The Python of the programs that use clients for it, seen from their folder.
const VENV_PYTHON: &str = ".venv/bin/python";

/// The fuzz targets, which build without the fuzzer.
const FUZZ: &str = "fuzz/Cargo.toml";

/// How far apart a child is asked whether it has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

const STEPS: &[Step] = &[
    Step::cargo("fmt", &["cargo", "fmt", "--all", "--check"]),
    Step::cargo(
        "clippy",
        &[
            "cargo",
            "clippy",
            "--workspace",
            "--all-targets",
            "--features",
            "evalua/serde",
            "--",
            "-D",
            "warnings",
        ],
    ),
    // As the README has it.
    Step::cargo("test", &["cargo", "test"]),
    // What the keys hold, written and read; the guide for tests in Rust with it.
    Step::cargo(
        "serde",
        &[
            "cargo",
            "test",
            "-p",
            "evalua",
            "-p",
            "evalua-redis",
            "--features",
            "evalua/serde",
            "--lib",
            "contents",
        ],
    ),
    Step::cargo(
        "guide",
        &[
            "cargo",
            "test",
            "-p",
            "evalua",
            "--features",
            "serde",
            "--doc",
        ],
    ),
    // Without the libraries that reach the system, as in a browser.
    Step::cargo(
        "minimal",
        &[
            "cargo",
            "clippy",
            "-p",
            "evalua-vm",
            "--no-default-features",
            "--",
            "-D",
            "warnings",
        ],
    ),
    Step::cargo(
        "gc-stress",
        &[
            "cargo",
            "test",
            "-p",
            "evalua-vm",
            "--features",
            "gc-stress,serde",
        ],
    ),
    Step::cargo(
        "checks",
        &[
            "cargo",
            "test",
            "-p",
            "evalua-vm",
            "--features",
            "checks,serde",
        ],
    ),
    // The fuzz targets over their corpus. A workspace of its own, so the steps above pass it by.
    Step::cargo(
        "fuzz-fmt",
        &["cargo", "fmt", "--manifest-path", FUZZ, "--check"],
    ),
    Step::cargo(
        "fuzz-clippy",
        &[
            "cargo",
            "clippy",
            "--manifest-path",
            FUZZ,
            "--target-dir",
            "target",
            "--no-default-features",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    ),
    Step::cargo(
        "fuzz-corpus",
        &[
            "cargo",
            "test",
            "--manifest-path",
            FUZZ,
            "--target-dir",
            "target",
            "--no-default-features",
        ],
    ),
    Step {
        name: "doc",
        dir: ".",
        needs: &[],
        env: &[("RUSTDOCFLAGS", "-D warnings")],
        command: &["cargo", "doc", "--workspace", "--no-deps"],
    },
    // What is published builds from what its package holds.
    Step::cargo("package", &["cargo", "xtask", "package"]),
    Step {
        name: "node-install",
        dir: NODE,
        needs: &["npm"],
        env: &[],
        command: &["npm", "ci", "--no-audit", "--no-fund"],
    },
    Step::cargo("node-build", &["cargo", "build", "-p", "evalua-cli"]),
    Step {
        name: "node",
        dir: NODE,
        needs: &["npm"],
        env: &[],
        command: &["npm", "test"],
    },
    // What the client programs expect is what the real server does.
    Step {
        name: "node-redis-server",
        dir: NODE,
        needs: &["npm", "redis-server"],
        env: &[("EVALUA_SERVER", "redis-server")],
        command: &["npm", "test"],
    },
    Step::python("python-venv", &["python3", "-m", "venv", ".venv"]),
    Step::python(
        "python-install",
        &[
            VENV_PYTHON,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--requirement",
            "requirements.txt",
        ],
    ),
    Step::python("python", &[VENV_PYTHON, "-m", "unittest"]),
    Step {
        needs: &["python3", "redis-server"],
        env: &[("EVALUA_SERVER", "redis-server")],
        ..Step::python("python-redis-server", &[VENV_PYTHON, "-m", "unittest"])
    },
    Step::npm("wasm", &["cargo", "xtask", "wasm"]),
    Step::npm("wasm-test", &["cargo", "xtask", "wasm", "test"]),
    Step::playground(
        "playground-install",
        &["npm", "ci", "--no-audit", "--no-fund"],
    ),
    Step::playground("playground-build", &["npm", "run", "build"]),
    Step {
        needs: &["npm", "chromium"],
        ..Step::playground("playground", &["npm", "test"])
    },
    Step {
        name: "soak",
        dir: ".",
        needs: &["redis-server"],
        env: &[],
        command: &["cargo", "xtask", "soak", "--short"],
    },
    Step {
        name: "redis-suite",
        dir: ".",
        needs: &["tclsh"],
        env: &[],
        command: &["cargo", "xtask", "conformance", "redis-suite"],
    },
];

const BLESS_EXAMPLES: Step = Step {
    name: "examples",
    dir: ".",
    needs: &[],
    env: &[("EVALUA_BLESS", "1"), ("EVALUA_REQUIRE_ORACLES", "1")],
    command: &[
        "cargo",
        "test",
        "-p",
        "evalua-cli",
        "--test",
        "examples",
        "--",
        "redis_server::",
    ],
};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        ["ci", names @ ..] => ci(names),
        ["conformance", "lua51", suite] => lua51::run(Path::new(suite), ""),
        ["conformance", "lua51", suite, "--features", features] => {
            lua51::run(Path::new(suite), features)
        }
        ["conformance", "redis-suite"] => redis_suite::run(&redis_suite::default_source()),
        ["conformance", "redis-suite", source] => redis_suite::run(Path::new(source)),
        ["examples"] => run(&BLESS_EXAMPLES),
        ["bench", words @ ..] => bench::run(words),
        ["soak", words @ ..] => soak::run(words),
        ["program"] => program::build().map(|path| println!("{}", path.display())),
        ["package"] => package::run(),
        ["wasm"] => wasm::build().map(|path| println!("{}", path.display())),
        ["wasm", "test"] => wasm::test(),
        [bench::MEASURE, command @ ..] => return bench::measure_one(command),
        [] | ["help" | "-h" | "--help"] => {
            print!("{}", usage());
            Ok(())
        }
        _ => Err(format!("unknown command\n{}", usage())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    [
        USAGE,
        program::USAGE,
        package::USAGE,
        wasm::USAGE,
        bench::USAGE,
        soak::USAGE,
    ]
    .concat()
}

/// Runs the steps called `names`, or all of them if there are none, up to the first that fails.
fn ci(names: &[&str]) -> Result<(), String> {
    for name in names {
        if !STEPS.iter().any(|step| step.name == *name) {
            let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            return Err(format!("no step '{name}'; there are {}", known.join(", ")));
        }
    }
    for step in STEPS {
        if names.is_empty() || names.contains(&step.name) {
            run(step)?;
        }
    }
    Ok(())
}

fn run(step: &Step) -> Result<(), String> {
    let line = step.command.join(" ");
    eprintln!("\n==> {}: {line}", step.name);
    if let Some(missing) = step.needs.iter().find(|program| !is_installed(program)) {
        return skip(missing);
    }
    let [program, args @ ..] = step.command else {
        return Err(format!("{} has no command", step.name));
    };
    let status = Command::new(program)
        .args(args)
        .envs(step.env.iter().copied())
        .current_dir(workspace().join(step.dir))
        .status()
        .map_err(|error| format!("{program}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("'{}' failed ({status}): {line}", step.name))
    }
}

/// Skips what cannot be done without something, unless oracles are required.
fn skip(missing: &str) -> Result<(), String> {
    if std::env::var_os("EVALUA_REQUIRE_ORACLES").is_some_and(|v| v == "1") {
        return Err(format!("there is no {missing}"));
    }
    eprintln!("SKIPPED: there is no {missing}");
    Ok(())
}

/// How a child ended; `None` for one that does not end within `limit`, and is killed.
fn end_of(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    for _ in 0..limit.as_millis() / POLL_INTERVAL.as_millis() {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(POLL_INTERVAL);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// Runs cargo on the workspace, with a variable of its environment if there is one.
fn cargo(args: &[&str], env: Option<(&str, &str)>) -> Result<(), String> {
    let status = Command::new("cargo")
        .args(args)
        .envs(env)
        .current_dir(workspace())
        .status()
        .map_err(|e| format!("cargo: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("cargo {} failed ({status})", args.join(" ")))
    }
}

fn is_installed(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok()
}

/// The root of the workspace: the folder above this package's.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
        .to_path_buf()
}

/// Where cargo builds to.
fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => workspace().join(dir),
        None => workspace().join("target"),
    }
}
