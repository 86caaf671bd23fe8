//! A source run through `lua5.1`, the reference interpreter.
//!
//! Owns the child process and what it printed. The source is a file of a given name in a folder of
//! its own that is also the working directory, so that error messages name it without a path.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

/// How often, and how far apart, a child is asked whether it is done: thirty seconds in all.
const POLLS: u32 = 6000;
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// What a program printed and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// All of standard output.
    pub stdout: Vec<u8>,
    /// All of standard error.
    pub stderr: Vec<u8>,
    /// The exit status, or `None` if a signal ended it.
    pub status: Option<i32>,
}

/// Runs `source` through `lua5.1` as the file `script.lua`, or gives `None` after a visible line
/// that says that there is no `lua5.1`.
///
/// # Panics
/// When there is none and `EVALUA_REQUIRE_ORACLES=1`; and when it does not end within thirty
/// seconds.
pub fn oracle(source: &[u8]) -> Option<Outcome> {
    run_if_installed("lua5.1", None, &[], source)
}

/// As [`oracle`], for an interpreter that believes its own name to be `name`: error messages on
/// standard error begin with it.
pub fn oracle_called(name: &str, source: &[u8]) -> Option<Outcome> {
    run_if_installed("lua5.1", Some(name), &[], source)
}

/// The full listing of the bytecode of `source` by `luac5.1`, or its error message; `None` and
/// panics as for [`oracle`].
pub fn listing(source: &[u8]) -> Option<Outcome> {
    run_if_installed("luac5.1", None, &["-l", "-l", "-p"], source)
}

fn run_if_installed(
    program: &str,
    name: Option<&str>,
    options: &[&str],
    source: &[u8],
) -> Option<Outcome> {
    let found = Command::new(program)
        .arg("-v")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match found {
        Ok(_) => {
            let mut command = Command::new(program);
            if let Some(name) = name {
                command.arg0(name);
            }
            Some(run(&mut command, options, source).expect("it is installed"))
        }
        Err(error) => {
            crate::missing(program, &error.to_string());
            None
        }
    }
}

/// Runs `source` through any command that is called as `command OPTIONS… script.lua`.
///
/// # Errors
/// When it cannot be started, or does not end within thirty seconds.
pub fn run(command: &mut Command, options: &[&str], source: &[u8]) -> io::Result<Outcome> {
    let dir = tempfile::tempdir()?;
    std::fs::write(dir.path().join("script.lua"), source)?;
    let mut child = command
        .args(options)
        .arg("script.lua")
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = read_all(child.stdout.take());
    let stderr = read_all(child.stderr.take());
    let status = wait(&mut child)?;
    Ok(Outcome {
        stdout: stdout.join().expect("the reader does not panic")?,
        stderr: stderr.join().expect("the reader does not panic")?,
        status: status.code(),
    })
}

/// Reads a pipe to its end on a thread of its own, so that a child cannot block on a full one.
fn read_all(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<io::Result<Vec<u8>>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    })
}

fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    for _ in 0..POLLS {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(POLL_INTERVAL);
    }
    child.kill()?;
    child.wait()?;
    Err(io::Error::new(
        io::ErrorKind::TimedOut,
        "the program did not end",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_output_errors_and_status() {
        let Some(outcome) = oracle(b"print(7 / 2) error('boom')") else {
            return;
        };
        assert_eq!(outcome.stdout, b"3.5\n");
        assert_eq!(outcome.status, Some(1));
        assert!(
            outcome
                .stderr
                .starts_with(b"lua5.1: script.lua:1: boom\nstack traceback:\n"),
            "{}",
            outcome.stderr.escape_ascii()
        );
    }

    #[test]
    fn output_larger_than_a_pipe_does_not_block() {
        let Some(outcome) = oracle(b"io.write(('x'):rep(1e6))") else {
            return;
        };
        assert_eq!(outcome.stdout.len(), 1_000_000);
    }
}
