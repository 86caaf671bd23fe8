//! The scripts under `benches/scripts`, which evalua and a real server are timed on.
//!
//! Owns what the comments at the head of such a file say of how it is called. The first says what the script
//! does; others begin with a word:
//!
//! - `code:` is the name of the file under `examples/` that is run, where it is one of those;
//! - `keys:` and `args:` are its KEYS and ARGV;
//! - `setup:` is a command that runs once, `setup 50:` one that runs for `{n}` from 1 to 50;
//! - `before:` is a command that runs, untimed, before each call;
//! - `calls:` is how many calls are timed at once, so that they take some milliseconds.
//!
//! In their words `{n}` is the number of the call, `{padded}` the same in nine digits, `{shuffled}` one of
//! 1 to 1000 in another order, `{document}` the text of `document.json`; a key with `{1-100}` in it is a
//! hundred keys.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The words of a command.
pub type Words = Vec<Vec<u8>>;

/// A script that is timed.
#[derive(Clone, Debug)]
pub struct Script {
    /// The name of its file.
    pub name: String,
    /// What it does, in a sentence.
    pub purpose: String,
    /// What is run.
    pub source: String,
    /// How many calls are timed at once.
    pub calls: usize,
    keys: Vec<String>,
    args: Vec<String>,
    setup: Vec<(usize, Vec<String>)>,
    before: Option<Vec<String>>,
    document: Vec<u8>,
}

/// Coprime to 1000, so that its multiples meet each player once before any is met again.
const STRIDE: usize = 389;

impl Script {
    /// All of them, in the order of their names.
    ///
    /// # Errors
    /// When the folder cannot be read, or a file's comments say what they cannot.
    pub fn all() -> io::Result<Vec<Script>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/scripts");
        let document = fs::read(folder.join("document.json"))?;
        let entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        let mut files: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        files.retain(|file| file.extension().is_some_and(|ext| ext == "lua"));
        files.sort();
        files
            .iter()
            .map(|file| Script::read(file, &document))
            .collect()
    }

    fn read(file: &Path, document: &[u8]) -> io::Result<Script> {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let mut script = Script {
            name: name.into_owned(),
            purpose: String::new(),
            source: fs::read_to_string(file)?,
            calls: 1000,
            keys: Vec::new(),
            args: Vec::new(),
            setup: Vec::new(),
            before: None,
            document: document.to_vec(),
        };
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        let source = script.source.clone();
        let comments = source.lines().map_while(|line| line.strip_prefix("-- "));
        for comment in comments {
            if let Some(example) = comment.strip_prefix("code: ") {
                script.source = fs::read_to_string(examples.join(example))?;
                continue;
            }
            script.note(comment).map_err(|wrong| {
                io::Error::other(format!("{}: {wrong}: {comment}", file.display()))
            })?;
        }
        Ok(script)
    }

    /// Takes a comment of the head.
    fn note(&mut self, comment: &str) -> Result<(), &'static str> {
        let (word, rest) = comment.split_once(": ").unwrap_or((comment, ""));
        let words = || rest.split_whitespace().map(str::to_owned).collect();
        match word.split_once(' ').unwrap_or((word, "1")) {
            ("keys", _) => self.keys = words(),
            ("args", _) => self.args = words(),
            ("before", _) => self.before = Some(words()),
            ("calls", _) => self.calls = rest.parse().map_err(|_| "not a number")?,
            ("setup", count) => {
                let count = count.parse().map_err(|_| "not a number")?;
                self.setup.push((count, words()));
            }
            _ if self.purpose.is_empty() => comment.clone_into(&mut self.purpose),
            _ => return Err("unknown word"),
        }
        Ok(())
    }

    /// The commands that run once before all calls.
    pub fn setup(&self) -> Vec<Words> {
        let commands = self.setup.iter();
        commands
            .flat_map(|(count, words)| (1..=*count).map(|n| self.fill(words, n)))
            .collect()
    }

    /// The command that runs before the call of that number, if there is one.
    pub fn before(&self, n: usize) -> Option<Words> {
        self.before.as_ref().map(|words| self.fill(words, n))
    }

    /// The words of the call of that number: EVALSHA, the name, how many keys, keys and arguments.
    pub fn call(&self, sha: &str, n: usize) -> Words {
        let keys: Vec<Vec<u8>> = self.keys.iter().flat_map(|key| self.key(key, n)).collect();
        let head = ["EVALSHA", sha, &keys.len().to_string()].map(|word| word.as_bytes().to_vec());
        let mut words = head.to_vec();
        words.extend(keys);
        words.extend(self.fill(&self.args, n));
        words
    }

    fn key(&self, key: &str, n: usize) -> Vec<Vec<u8>> {
        match key.split_once("{1-100}") {
            Some((before, after)) => (1..=100)
                .map(|i| format!("{before}{i}{after}").into_bytes())
                .collect(),
            None => self.fill(&[key.to_owned()], n),
        }
    }

    fn fill(&self, words: &[String], n: usize) -> Words {
        let fill = |word: &String| match word.as_str() {
            "{document}" => self.document.clone(),
            word => word
                .replace("{n}", &n.to_string())
                .replace("{padded}", &format!("{n:09}"))
                .replace("{shuffled}", &(n * STRIDE % 1000 + 1).to_string())
                .into_bytes(),
        };
        words.iter().map(fill).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_say_how_scripts_are_called() {
        let scripts = Script::all().unwrap();
        let named = |name: &str| scripts.iter().find(|s| s.name == name).unwrap();
        let text = |words: Words| String::from_utf8(words.join(&b' ')).unwrap();
        let lock = named("compare_and_delete");
        assert_eq!(text(lock.before(7).unwrap()), "SET lock:7 token");
        assert_eq!(text(lock.call("SHA", 7)), "EVALSHA SHA 1 lock:7 token");
        assert_eq!(named("mget_sum").call("SHA", 1).len(), 103);
        assert_eq!(named("hash_sum").setup().len(), 50);
        // What is run is the example.
        assert!(named("fixed_window").source.contains("INCR"));
        assert!(scripts.iter().all(|script| script.purpose.ends_with('.')));
    }
}
