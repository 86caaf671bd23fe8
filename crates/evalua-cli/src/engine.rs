//! The options about the engine that `eval` and `serve` share, and the engine that they make.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use evalua_redis::script::LogLevel;
use evalua_redis::{Builder, Profile, Redis, Reply, Strict, profile, text};
use evalua_remote::SetUp;

use crate::Failure;
use crate::findings::Printer;
use crate::remote::{self, EngineOnly};

/// What the engine is to be like.
#[derive(Args, Debug)]
#[command(next_help_heading = "Engine")]
pub struct EngineOptions {
    /// Run the Redis commands in FILE first, one a line, as typed into redis-cli; lines that start
    /// with # are comments
    #[arg(long, value_name = "FILE")]
    setup: Vec<PathBuf>,

    /// Stop the clock at this time, milliseconds since 1970 [default: the system's clock]
    #[arg(long, value_name = "UNIX_MS", value_parser = clap::value_parser!(i64).range(0..))]
    at: Option<i64>,

    /// The seed of every random reply [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// The server to be like [default: redis-7.2]
    #[arg(long, value_name = "NAME", value_parser = profiles())]
    profile: Option<String>,

    /// Stop a script after so many calls and turns of loops [default: no limit]
    #[arg(long, value_name = "N")]
    max_instructions: Option<u64>,

    /// Stop scripts that need more memory than so many bytes; K, M and G are units [default: no limit]
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    max_memory: Option<usize>,

    /// Say on standard error what in a script will not work, or not as meant, on a cluster; with
    /// =replica, also what a replica refuses. Replies stay as they are
    #[arg(
        long,
        value_name = "PLACE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "primary",
        value_enum
    )]
    strict: Option<Place>,
}

/// Where scripts are to run.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Place {
    Primary,
    Replica,
}

impl EngineOptions {
    /// An engine with the set-up done, which shows what it finds through `printer`; `adapt` adds who else looks at
    /// it.
    pub fn open(
        &self,
        printer: Printer,
        adapt: impl FnOnce(Builder) -> Builder,
    ) -> Result<Redis, Failure> {
        let seed = self.seed.unwrap_or_default();
        let mut builder = Redis::builder().seed(seed).log(log);
        if let Some(profile) = self.profile.as_deref().and_then(Profile::named) {
            builder = builder.profile(profile);
        }
        if let Some(unix_ms) = self.at {
            builder = builder.clock_unix_ms(unix_ms);
        }
        if let Some(instructions) = self.max_instructions {
            builder = builder.max_instructions(instructions);
        }
        if let Some(bytes) = self.max_memory {
            builder = builder.max_memory(bytes);
        }
        if let Some(place) = self.strict {
            let strict = match place {
                Place::Primary => Strict::Primary,
                Place::Replica => Strict::Replica,
            };
            builder = builder
                .strict(strict)
                .findings(move |finding| printer.print(finding));
        }
        let mut redis = adapt(builder).build();
        for command in self.setup()? {
            let reply = redis.command(&command.words);
            expect_success(&command, &reply)?;
        }
        Ok(redis)
    }

    /// The commands that run first.
    pub fn setup(&self) -> Result<Vec<SetUp>, Failure> {
        read_setup(&self.setup)
    }

    /// What of it a server cannot do.
    pub fn engine_only(&self) -> [EngineOnly; 6] {
        let limits = "a server stops scripts by its own settings";
        [
            (self.at.is_some(), "--at", remote::CLOCK),
            (self.seed.is_some(), "--seed", remote::SEED),
            (self.profile.is_some(), "--profile", remote::PROFILE),
            (
                self.max_instructions.is_some(),
                "--max-instructions",
                limits,
            ),
            (self.max_memory.is_some(), "--max-memory", limits),
            (
                self.strict.is_some(),
                "--strict",
                "a server does not look on",
            ),
        ]
    }
}

/// The names of the servers that there are.
pub fn profiles() -> clap::builder::PossibleValuesParser {
    profile::ALL.map(|profile| profile.name).into()
}

/// A number of bytes, with a unit of 1024 or its powers.
pub fn bytes(text: &str) -> Result<usize, String> {
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 10),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 20),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number: usize = digits
        .parse()
        .map_err(|_| "not a number of bytes".to_owned())?;
    number
        .checked_mul(1 << shift)
        .ok_or_else(|| "too many bytes".to_owned())
}

/// What a script writes with `redis.log`, as a person is shown it.
pub fn log_line(level: LogLevel, line: &[u8]) -> String {
    let level = match level {
        LogLevel::Debug => "debug",
        LogLevel::Verbose => "verbose",
        LogLevel::Notice => "notice",
        LogLevel::Warning => "warning",
    };
    format!("{level}: {}", String::from_utf8_lossy(line))
}

fn log(level: LogLevel, line: &[u8]) {
    // Without standard error there is no log.
    let _ = writeln!(io::stderr(), "{}", log_line(level, line));
}

/// Reads a file that the user has named.
pub fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
}

/// The commands in these files.
pub fn read_setup(files: &[PathBuf]) -> Result<Vec<SetUp>, Failure> {
    let mut commands = Vec::new();
    for file in files {
        let source = read(file).map_err(|failure| match failure {
            Failure::Usage(message) if file.to_string_lossy().contains(' ') => Failure::Usage(
                format!("{message}; --setup takes a file with commands, and not a command"),
            ),
            other => other,
        })?;
        for (index, line) in source.split(|&byte| byte == b'\n').enumerate() {
            if line.trim_ascii_start().starts_with(b"#") {
                continue;
            }
            let place = format!("{}:{}", file.display(), index + 1);
            let Some(words) = text::split_line(line) else {
                return Err(Failure::Usage(format!(
                    "{place}: a quote is not closed, or text follows a closing quote"
                )));
            };
            if !words.is_empty() {
                commands.push(SetUp { place, words });
            }
        }
    }
    Ok(commands)
}

/// Ends the set-up with the first error.
pub fn expect_success(command: &SetUp, reply: &Reply) -> Result<(), Failure> {
    match reply.as_error() {
        None => Ok(()),
        Some(error) => Err(Failure::Run(format!("{}: {error}", command.place))),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_have_units() {
        assert_eq!(bytes("100"), Ok(100));
        assert_eq!(bytes("64k"), Ok(64 << 10));
        assert_eq!(bytes("2G"), Ok(2 << 30));
        for bad in [
            "",
            "M",
            "1.5M",
            "-1",
            "1T",
            "é",
            "99999999999999999999",
            "99999999999G",
        ] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
    }
}
