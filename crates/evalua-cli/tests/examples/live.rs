//! A case run on a real server, by the real redis-cli.
//!
//! Owns the processes and their output; knows nothing of evalua's engine.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use evalua_conformance::server::Server;
use evalua_conformance::transcript::{Action, Case};
use evalua_redis::text;

/// Runs `case` of `script` on a server whose clock is at `start_ms` when it begins, and gives the
/// reply to each step.
pub fn run(server: &Server, start_ms: u64, script: &Path, case: &Case) -> Vec<String> {
    let mut now = start_ms;
    server.set_clock(now).unwrap();
    cli(server, &[], b"FLUSHALL\nSCRIPT FLUSH\n");
    case.steps
        .iter()
        .map(|step| match &step.action {
            Action::Redis(command) => cli(server, &[], command.as_bytes()),
            Action::Script(args) => {
                let mut line = vec![
                    b"--eval".to_vec(),
                    script.as_os_str().as_encoded_bytes().to_vec(),
                ];
                line.extend(text::split_line(args.as_bytes()).expect("the case's line has words"));
                cli(server, &line, b"")
            }
            Action::Clock(ms) => {
                now += ms;
                server.set_clock(now).unwrap();
                String::new()
            }
        })
        .collect()
}

/// What redis-cli prints on a terminal when called with `args` and `input`.
fn cli(server: &Server, args: &[Vec<u8>], input: &[u8]) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut child = Command::new("redis-cli")
        .args(["--no-raw", "-p", &server.port().to_string()])
        .args(args.iter().map(|arg| std::ffi::OsStr::from_bytes(arg)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-cli comes with redis-server");
    child
        .stdin
        .take()
        .expect("its standard input is a pipe")
        .write_all(input)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout)
        .expect("redis-cli escapes what is not text")
        .trim_end_matches('\n')
        .to_owned()
}
