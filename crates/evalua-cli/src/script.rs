//! The script that a command line names, and its keys.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use evalua_test::place;

use crate::{Failure, engine};

/// A script and where it is from.
pub struct Script {
    pub source: Vec<u8>,
    pub name: String,
}

impl Script {
    /// Where an error is, if it says: the reply names the script by its hash, as the server does; a person wants the
    /// file.
    pub fn place(&self, error: &[u8]) -> Option<String> {
        let line = place::line(error)?;
        Some(place::describe(&self.name, &self.source, line))
    }
}

/// The script of `-e`, or else of the file that the first word names; the other words are its keys. `command` is the
/// subcommand that they were given to.
pub fn script_and_keys<'a>(
    command: &str,
    source: Option<&OsString>,
    words: &'a [OsString],
) -> Result<(Script, &'a [OsString]), Failure> {
    if let Some(source) = source {
        let script = Script {
            source: bytes(source).to_vec(),
            name: "-e".to_owned(),
        };
        return Ok((script, words));
    }
    let Some((file, keys)) = words.split_first() else {
        return Err(Failure::Usage(format!(
            "no script: name a file, or give its text with -e (see evalua {command} --help)"
        )));
    };
    let file = Path::new(file);
    let source = engine::read(file).map_err(|failure| match failure {
        Failure::Usage(message) if file.to_string_lossy().contains(' ') => {
            Failure::Usage(format!("{message}; the text of a script is given with -e"))
        }
        other => other,
    })?;
    let script = Script {
        source,
        name: file.display().to_string(),
    };
    Ok((script, keys))
}

/// The bytes of a word, which need not be UTF-8.
pub fn bytes(word: &OsStr) -> &[u8] {
    word.as_encoded_bytes()
}
