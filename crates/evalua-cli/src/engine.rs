//! The options about the engine that `eval` and `serve` share, and the engine that they make.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use evalua_redis::{Profile, Redis, profile, text};

use crate::Failure;

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
}

impl EngineOptions {
    /// An engine with the set-up done.
    pub fn open(&self) -> Result<Redis, Failure> {
        let mut builder = Redis::builder().seed(self.seed);
        if let Some(profile) = Profile::named(&self.profile) {
            builder = builder.profile(profile);
        }
        if let Some(unix_ms) = self.at {
            builder = builder.clock_unix_ms(unix_ms);
        }
        let mut redis = builder.build();
        for file in &self.setup {
            run_file(&mut redis, file)?;
        }
        Ok(redis)
    }
}

fn profiles() -> clap::builder::PossibleValuesParser {
    profile::ALL.map(|profile| profile.name).into()
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
