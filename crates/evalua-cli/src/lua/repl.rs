//! The prompt of `evalua lua`: reads statements, also over several lines, runs them, shows values.
//!
//! At a terminal lines can be edited and come back from the history of this and earlier runs; where
//! standard input is no terminal, lines are read as they are.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use evalua_vm::stack::{Call, Failure as Failed, Throw, View};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::{complain, push_global, report_top, run_top};

/// Where lines come from.
enum Lines {
    Editor(Box<DefaultEditor>),
    Plain,
}

/// What came instead of a line.
enum NoLine {
    /// The end of the input.
    End,
    /// The person gave the statement up.
    GivenUp,
}

impl Lines {
    fn new() -> Lines {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            return Lines::Plain;
        }
        match DefaultEditor::new() {
            Ok(mut editor) => {
                if let Some(file) = history_file() {
                    // There may be none yet.
                    let _ = editor.load_history(&file);
                }
                Lines::Editor(Box::new(editor))
            }
            Err(_) => Lines::Plain,
        }
    }

    fn next(&mut self, prompt: &str) -> Result<Vec<u8>, NoLine> {
        match self {
            Lines::Editor(editor) => match editor.readline(prompt) {
                Ok(line) => Ok(line.into_bytes()),
                Err(ReadlineError::Interrupted) => Err(NoLine::GivenUp),
                Err(_) => Err(NoLine::End),
            },
            Lines::Plain => {
                let mut out = io::stdout();
                // A prompt that nobody sees is no reason to stop.
                let _ = out.write_all(prompt.as_bytes()).and_then(|()| out.flush());
                let mut line = Vec::new();
                match io::stdin().lock().read_until(b'\n', &mut line) {
                    Ok(read) if read > 0 => {
                        if line.last() == Some(&b'\n') {
                            line.pop();
                        }
                        Ok(line)
                    }
                    _ => Err(NoLine::End),
                }
            }
        }
    }

    fn remember(&mut self, statement: &[u8]) {
        if let (Lines::Editor(editor), Ok(text)) = (self, std::str::from_utf8(statement)) {
            // A history that cannot grow is no reason to stop.
            let _ = editor.add_history_entry(text);
        }
    }

    fn save(&mut self) {
        if let (Lines::Editor(editor), Some(file)) = (self, history_file()) {
            // A folder that cannot be written to keeps no history.
            let _ = editor.save_history(&file);
        }
    }
}

fn history_file() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty())?;
    Some(PathBuf::from(home).join(".evalua_history"))
}

/// Reads and runs statements until the input ends.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Throw> {
    let mut lines = Lines::new();
    let outcome = run_lines(call, &mut lines);
    lines.save();
    outcome
}

fn run_lines(call: &mut Call<'_>, lines: &mut Lines) -> Result<(), Throw> {
    loop {
        call.truncate(0);
        // What was printed comes before the prompt.
        call.flush_output();
        match read_statement(call, lines)? {
            Ok(()) => {}
            Err(NoLine::GivenUp) => continue,
            Err(NoLine::End) => {
                let _ = writeln!(io::stdout());
                return Ok(());
            }
        }
        if call.height() > 0 && run_top(call, 0, None)? && call.height() > 1 {
            show_values(call)?;
        }
    }
}

/// Reads a statement and pushes its chunk, or reports why there is none and pushes nothing.
fn read_statement(call: &mut Call<'_>, lines: &mut Lines) -> Result<Result<(), NoLine>, Throw> {
    let prompt = prompt(call, b"_PROMPT", "> ")?;
    let mut statement = match lines.next(&prompt) {
        Ok(line) => line,
        Err(none) => return Ok(Err(none)),
    };
    if let Some(expression) = statement.strip_prefix(b"=") {
        statement = [b"return ", expression].concat();
    }
    loop {
        let message = match call.push_chunk(&statement, b"=stdin")? {
            Ok(()) => break,
            Err(message) => message,
        };
        if !message.ends_with(b"'<eof>'") {
            complain(None, &message);
            break;
        }
        let prompt = self::prompt(call, b"_PROMPT2", ">> ")?;
        match lines.next(&prompt) {
            Ok(line) => {
                statement.push(b'\n');
                statement.extend_from_slice(&line);
            }
            Err(NoLine::End) => {
                complain(None, &message);
                return Ok(Err(NoLine::End));
            }
            Err(NoLine::GivenUp) => return Ok(Err(NoLine::GivenUp)),
        }
    }
    lines.remember(&statement);
    Ok(Ok(()))
}

/// The prompt: a global that a script can set, or the default.
fn prompt(call: &mut Call<'_>, name: &[u8], default: &str) -> Result<String, Throw> {
    push_global(call, name)?;
    let prompt = match call.view(call.height()) {
        View::Str(prompt) => String::from_utf8_lossy(prompt).into_owned(),
        _ => default.to_owned(),
    };
    call.pop();
    Ok(prompt)
}

/// Prints the values above the first with the global `print`.
fn show_values(call: &mut Call<'_>) -> Result<(), Throw> {
    let values = call.height() - 1;
    push_global(call, b"print")?;
    call.insert(2);
    match call.protected_call_top(values, None) {
        Ok(()) => Ok(()),
        Err(Failed::Error) => {
            complain(None, b"error calling 'print':");
            report_top(call, None);
            Ok(())
        }
        Err(Failed::Exit(_)) => Err(Throw::Exit),
        Err(Failed::Budget) => Err(Throw::Budget),
        Err(Failed::Interrupt) => Err(Throw::Interrupt),
    }
}
