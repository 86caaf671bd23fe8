//! The prompt of `evalua lua`: reads statements, also over several lines, runs them, shows values.

use std::io::{self, Write};

use evalua_vm::stack::{Call, Failure as Failed, Throw, View};

use crate::prompt::{Lines, NoLine};

use super::{complain, push_global, report_top, run_top};

/// Reads and runs statements until the input ends.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Throw> {
    let mut lines = Lines::new(".evalua_history");
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
