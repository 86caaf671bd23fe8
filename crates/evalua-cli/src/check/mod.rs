//! `evalua check`: a lint for Redis Lua scripts.
//!
//! Owns which files are looked at, and the exit status: 0 when nothing is found, 1 when something is, 2 when
//! not all could be looked at. What is found is for the crate `evalua-check` to say, how that is shown for
//! the files beside this one.

mod catalogue;
mod json;
mod sarif;
mod text;

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use evalua_check::Finding;
use evalua_redis::{Profile, profile};

use crate::colour::Colour;
use crate::test::ENDING;
use crate::{Failure, engine, files};

/// Look in Redis Lua scripts for what will fail, or not do what it looks like
///
/// Folders are searched for files named *.lua, but for specs; - is standard input. A comment
/// -- evalua: allow(RULE, …) silences rules on its line and on the next. The exit status is 0 when
/// nothing is found, 1 when something is, and 2 when a file cannot be read.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  evalua check limiter.lua
  evalua check src/ scripts/ --allow key-not-declared,unused-local
  evalua check . --format sarif > findings.sarif
  evalua check --list-rules
  evalua check --explain reply-compared-to-nil")]
pub struct Options {
    /// The scripts, and folders of scripts
    #[arg(value_name = "PATH", required_unless_present_any = ["list_rules", "explain"])]
    paths: Vec<PathBuf>,

    /// How to print what is found
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Do not report these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule_names())]
    allow: Vec<String>,

    /// The server that the scripts are to run on
    #[arg(long, value_name = "NAME", default_value = profile::REDIS_7_2.name, value_parser = engine::profiles())]
    profile: String,

    /// When to print in colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    color: Colour,

    /// Print every rule with what it finds
    #[arg(long, conflicts_with_all = ["explain", "paths"])]
    list_rules: bool,

    /// Print why a rule is there, with scripts that break it and scripts that do not
    #[arg(long, value_name = "RULE", conflicts_with = "paths", value_parser = rule_names())]
    explain: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
}

fn rule_names() -> clap::builder::PossibleValuesParser {
    let names = evalua_check::rules::ALL.iter().map(|rule| rule.name);
    names.collect::<Vec<_>>().into()
}

/// A file with what is found in it.
struct Checked {
    /// Its name, as it was given or found.
    name: String,
    source: Vec<u8>,
    findings: Vec<Finding>,
}

/// Checks what the options name, and prints what is found.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    let mut out = Vec::new();
    if options.list_rules {
        catalogue::list(&mut out)?;
    } else if let Some(name) = &options.explain {
        catalogue::explain(name, &mut out)?;
    } else {
        return check(options);
    }
    io::stdout().lock().write_all(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn check(options: &Options) -> Result<ExitCode, Failure> {
    let mut rules = evalua_check::Options {
        allowed: options.allow.clone(),
        ..evalua_check::Options::default()
    };
    if let Some(profile) = Profile::named(&options.profile) {
        rules.profile = profile;
    }
    let mut unread = Vec::new();
    let mut checked = Vec::new();
    for path in files::find(&options.paths, ".lua", &mut unread) {
        // Specs lie beside their scripts, and are no scripts.
        let name = path.file_name().map(|name| name.as_encoded_bytes());
        if name.is_some_and(|name| name.ends_with(ENDING.as_bytes()))
            && !options.paths.contains(&path)
        {
            continue;
        }
        match read(&path) {
            Ok(source) => checked.push(Checked {
                name: path.display().to_string(),
                findings: evalua_check::check(&source, &rules),
                source,
            }),
            Err(error) => unread.push(format!("{}: {error}", path.display())),
        }
    }
    let is_coloured = options.color.is_on();
    let mut out = Vec::new();
    match options.format {
        Format::Text => text::write(&checked, is_coloured, &mut out)?,
        Format::Json => json::write(&checked, &mut out)?,
        Format::Sarif => sarif::write(&checked, &mut out)?,
    }
    io::stdout().lock().write_all(&out)?;
    if !unread.is_empty() {
        return Err(Failure::Usage(unread.join("\nevalua: ")));
    }
    let is_clean = checked.iter().all(|file| file.findings.is_empty());
    Ok(ExitCode::from(u8::from(!is_clean)))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut source = Vec::new();
        io::stdin().lock().read_to_end(&mut source)?;
        return Ok(source);
    }
    fs::read(path)
}
