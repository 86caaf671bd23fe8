//! Lines that a person types, for the prompts of `evalua lua` and `evalua debug`.
//!
//! At a terminal lines can be edited and come back from the history of this and earlier runs; where
//! standard input is no terminal, lines are read as they are.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

/// Where lines come from.
pub enum Lines {
    /// A terminal, and where its history is kept.
    Editor(Box<DefaultEditor>, Option<PathBuf>),
    /// Anything else.
    Plain,
}

/// What came instead of a line.
pub enum NoLine {
    /// The end of the input.
    End,
    /// The person gave the statement up.
    GivenUp,
}

impl Lines {
    /// Those of standard input; `history` is the name of a file in the user's folder.
    pub fn new(history: &str) -> Lines {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            return Lines::Plain;
        }
        match DefaultEditor::new() {
            Ok(mut editor) => {
                let file = history_file(history);
                if let Some(file) = &file {
                    // There may be none yet.
                    let _ = editor.load_history(file);
                }
                Lines::Editor(Box::new(editor), file)
            }
            Err(_) => Lines::Plain,
        }
    }

    /// Whether a person types them at a terminal.
    pub fn are_edited(&self) -> bool {
        matches!(self, Lines::Editor(..))
    }

    /// The next line, without its line break.
    pub fn next(&mut self, prompt: &str) -> Result<Vec<u8>, NoLine> {
        match self {
            Lines::Editor(editor, _) => match editor.readline(prompt) {
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

    /// Puts a statement into the history.
    pub fn remember(&mut self, statement: &[u8]) {
        if let (Lines::Editor(editor, _), Ok(text)) = (self, std::str::from_utf8(statement)) {
            // A history that cannot grow is no reason to stop.
            let _ = editor.add_history_entry(text);
        }
    }

    /// Writes the history for later runs.
    pub fn save(&mut self) {
        if let Lines::Editor(editor, Some(file)) = self {
            // A folder that cannot be written to keeps no history.
            let _ = editor.save_history(file);
        }
    }
}

fn history_file(name: &str) -> Option<PathBuf> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty())?;
    Some(PathBuf::from(home).join(name))
}
