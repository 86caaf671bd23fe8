//! The options about the engine that `eval` and `serve` share, and the engine that they make.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use evalua_redis::script::LogLevel;
use evalua_redis::{Profile, Redis, Strict, profile, text};

use crate::Failure;
use crate::findings::Printer;

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

    /// The seed of every random reply
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// The server to be like
    #[arg(long, value_name = "NAME", default_value = profile::REDIS_7_2.name, value_parser = profiles())]
    profile: String,

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
    /// An engine with the set-up done, which shows what it finds through `printer`.
    pub fn open(&self, printer: Printer, is_covered: bool) -> Result<Redis, Failure> {
        let mut builder = Redis::builder()
            .seed(self.seed)
            .log(log)
            .coverage(is_covered);
        if let Some(profile) = Profile::named(&self.profile) {
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
        let mut redis = builder.build();
        for file in &self.setup {
            run_file(&mut redis, file)?;
        }
        Ok(redis)
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

/// What a script writes with `redis.log`.
fn log(level: LogLevel, line: &[u8]) {
    let level = match level {
        LogLevel::Debug => "debug",
        LogLevel::Verbose => "verbose",
        LogLevel::Notice => "notice",
        LogLevel::Warning => "warning",
    };
    // Without standard error there is no log.
    let _ = writeln!(io::stderr(), "{level}: {}", String::from_utf8_lossy(line));
}

/// Reads a file that the user has named.
pub fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
}

/// Runs the commands in `file`; the first error ends it.
fn run_file(redis: &mut Redis, file: &Path) -> Result<(), Failure> {
    let source = read(file)?;
    for (index, line) in source.split(|&byte| byte == b'\n').enumerate() {
        let place = || format!("{}:{}", file.display(), index + 1);
        if line.trim_ascii_start().starts_with(b"#") {
            continue;
        }
        let args = text::split_line(line).ok_or_else(|| {
            Failure::Usage(format!(
                "{}: a quote is not closed, or text follows a closing quote",
                place()
            ))
        })?;
        if args.is_empty() {
            continue;
        }
        if let Some(error) = redis.command(&args).as_error() {
            return Err(Failure::Run(format!("{}: {error}", place())));
        }
    }
    Ok(())
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
