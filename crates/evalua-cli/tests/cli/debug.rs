//! `evalua debug` as a person types into it, or another program.

use std::io::{Read, Write};
use std::process::Child;
use std::thread;
use std::time::Duration;

use nix::pty::openpty;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::*;

/// What a run with these lines on its standard input printed.
fn debug(dir: &Path, args: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_evalua"))
        .arg("debug")
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that has ended does not read on.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        status: output.status.code(),
    }
}

/// The blocks of the page on debugging in that language.
pub fn blocks(language: &str) -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/debugging.md");
    let page = fs::read_to_string(page).unwrap();
    let fence = format!("```{language}\n");
    let blocks = page.split(&fence).skip(1);
    blocks
        .map(|block| block.split_once("```").unwrap().0.to_owned())
        .collect()
}

#[test]
fn the_session_in_the_documentation() {
    let script = &blocks("lua")[0];
    let session = &blocks("console")[0];
    let (command, expected) = session.split_once('\n').unwrap();
    let args: Vec<&str> = command.split(' ').skip(3).collect();
    let typed = expected
        .lines()
        .filter_map(|line| line.strip_prefix("(evalua) "));
    let input: String = typed.map(|line| format!("{line}\n")).collect();
    let dir = folder(&[("limiter.lua", script.as_bytes())]);
    let run = debug(dir.path(), &args, &input);
    assert_eq!(run, replies(expected));
}

#[test]
fn a_break_on_the_command_line_and_the_end_of_the_commands() {
    let dir = folder(&[
        ("s.lua", b"local a = 1\nlocal b = 2\nreturn a + b"),
        ("set-up", b"SET x 1"),
    ]);
    let run = |args: &[&str], input| debug(dir.path(), args, input);
    let stop = "s.lua:2 (breakpoint 1)\n->*   2  local b = 2\n";
    assert_eq!(
        run(&["--break", "2", "s.lua"], "c\n"),
        replies(&format!("{stop}(evalua) c\n(integer) 3\n"))
    );
    assert_eq!(
        run(&["-b", "2", "s.lua"], ""),
        replies(&format!("{stop}(evalua) \n"))
    );
    assert_eq!(
        run(&["-b", "2", "s.lua"], "q\n"),
        replies(&format!("{stop}(evalua) q\n"))
    );
    let keyspace = run(
        &["-b", "2", "--setup", "set-up", "s.lua"],
        "keyspace\ncommands\nq\n",
    )
    .stdout;
    assert!(
        keyspace.contains("\"x\" (string)\n  \"1\"\n(evalua) commands\nno commands yet\n"),
        "{keyspace}"
    );
}

#[test]
fn what_cannot_be_debugged_is_said() {
    let dir = folder(&[
        ("bad.lua", b"local x = = 1"),
        ("s.lua", b"return 1"),
        (
            "lib.lua",
            b"#!lua name=lib\nredis.register_function('f', function() return 1 end)",
        ),
    ]);
    let run = |args: &[&str]| {
        let run = debug(dir.path(), args, "c\n");
        (run.stderr, run.status)
    };
    for (args, message, status) in [
        (
            &["bad.lua"][..],
            "evalua: ERR Error compiling script (new function): user_script:1: unexpected symbol near '='\nbad.lua:1: local x = = 1\n",
            1,
        ),
        (
            &["none.lua"],
            "evalua: none.lua: No such file or directory (os error 2)\n",
            2,
        ),
        (
            &[],
            "evalua: no script: name a file, or give its text with -e (see evalua debug --help)\n",
            2,
        ),
        (
            &["-b", "9", "s.lua"],
            "evalua: --break 9: no line from there on has code\n",
            2,
        ),
        (
            &["lib.lua"],
            "evalua: lib.lua is a library: say which function of it to call\n",
            1,
        ),
        (
            &["--function", "f", "s.lua"],
            "evalua: ERR Missing library metadata\n",
            1,
        ),
    ] {
        assert_eq!(run(args), (message.to_owned(), Some(status)), "{args:?}");
    }
    let diff = evalua(dir.path(), ["diff", "--server", "redis://127.0.0.1:1"]);
    assert_eq!(
        diff.stderr,
        "evalua: no script: name a file, or give its text with -e (see evalua diff --help)\n"
    );
    let run = debug(dir.path(), &["--function", "f", "lib.lua"], "c\n");
    assert!(run.stdout.ends_with("(integer) 1\n"), "{run:?}");
    let run = debug(
        dir.path(),
        &["-e", "return redis.error_reply('X no')"],
        "c\n",
    );
    assert!(
        run.stdout.ends_with("(error) X no\n") && run.status == Some(1),
        "{run:?}"
    );
}

/// The debugger at a terminal, with somebody before it.
struct Terminal {
    child: Child,
    /// The other end of the terminal.
    keys: fs::File,
    shown: String,
    /// Where its history is.
    _home: TempDir,
}

impl Terminal {
    fn new(script: &str) -> Terminal {
        let home = folder(&[]);
        let pty = openpty(None, None).unwrap();
        let end = || Stdio::from(pty.slave.try_clone().unwrap());
        let child = Command::new(env!("CARGO_BIN_EXE_evalua"))
            .args(["debug", "-e", script])
            .env("HOME", home.path())
            .env("TERM", "xterm")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        Terminal {
            child,
            keys: pty.master.into(),
            shown: String::new(),
            _home: home,
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until a text is shown, and gives what came before it.
    fn until(&mut self, text: &str) -> String {
        loop {
            if let Some((before, after)) = self.shown.split_once(text) {
                let before = before.to_owned();
                self.shown = after.to_owned();
                return before;
            }
            let mut bytes = [0; 4096];
            let count = self.keys.read(&mut bytes);
            let count = count.unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.shown));
            self.shown += &String::from_utf8_lossy(&bytes[..count]);
        }
    }

    /// What a terminal does where Ctrl-C is pressed while the script runs.
    fn interrupt(&self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(pid, Signal::SIGINT).unwrap();
    }
}

#[test]
fn ctrl_c_stops_a_script_that_runs_and_a_second_one_ends_it() {
    let script = "local n = 0 redis.debug('runs') while true do n = n + 1 end";
    let mut terminal = Terminal::new(script);
    terminal.until("(evalua) ");
    terminal.press("continue\r");
    terminal.until("debug: runs");
    terminal.interrupt();
    terminal.until("(Ctrl-C; once more ends the script)");
    terminal.until("(evalua) ");
    // It has stopped within the loop, and goes on from there.
    terminal.press("eval n = -5\r");
    terminal.until("(evalua) ");
    terminal.press("print n, ...\r");
    terminal.until("-5");
    terminal.until("(evalua) ");
    terminal.press("break 1 if n > 1000\r");
    terminal.until("breakpoint 1 at line 1");
    terminal.until("(evalua) ");
    terminal.press("continue\r");
    terminal.until("(breakpoint 1)");
    terminal.until("(evalua) ");
    // After a command, one gives up what is typed.
    terminal.press("pri\x03");
    terminal.until("Ctrl-C once more ends the script");
    terminal.until("(evalua) ");
    terminal.press("\x03");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_second_ctrl_c_ends_what_begins_no_line() {
    let script =
        "redis.debug('runs') return string.find(('a'):rep(99), ('a?'):rep(99) .. ('a'):rep(99))";
    let mut terminal = Terminal::new(script);
    terminal.until("(evalua) ");
    terminal.press("continue\r");
    terminal.until("debug: runs");
    let status = loop {
        terminal.interrupt();
        // Two that come at once are one.
        thread::sleep(Duration::from_millis(20));
        if let Some(status) = terminal.child.try_wait().unwrap() {
            break status;
        }
    };
    assert_eq!(status.code(), Some(130));
}
