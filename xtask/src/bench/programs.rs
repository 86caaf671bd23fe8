//! The programs, and how each suite wants to be run.
//!
//! Owns: where programs come from, and the sizes of those from checkouts, of which nothing is kept
//! here but their names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::peers::REFERENCE;
use crate::workspace;

/// A program to run.
pub struct Program {
    pub name: String,
    /// What it does, from its first line; only the project's own say.
    pub purpose: String,
    pub file: PathBuf,
    pub args: Vec<String>,
    /// Where it runs.
    pub dir: PathBuf,
    /// What it gets as standard input.
    pub input: Option<PathBuf>,
    /// Lines of its output that hold this word are not compared: they tell times.
    pub unlike: Option<&'static str>,
}

/// Programs with one geometric mean.
pub struct Suite {
    /// What its table in `benches/README.md` is marked with.
    pub key: &'static str,
    pub programs: Vec<Program>,
}

/// Programs of gligneul/Lua-Benchmarks and their arguments: each takes less than a second or two on
/// `lua5.1`. Scimark is not among them: it runs for a fixed time.
const LUA_BENCHMARKS: &[(&str, &[&str])] = &[
    ("ack", &["3", "9"]),
    ("binary-trees", &["12"]),
    ("fannkuch-redux", &["9"]),
    ("fasta", &["300000"]),
    ("fixpoint-fact", &["1000"]),
    ("heapsort", &["1", "150000"]),
    ("k-nucleotide", &[]),
    ("mandel", &["100"]),
    ("n-body", &["100000"]),
    ("qt", &[]),
    ("queen", &["11"]),
    ("regex-dna", &[]),
    ("sieve", &["500"]),
    ("spectral-norm", &["300"]),
];

/// Programs of are-we-fast-yet, and how often each repeats its work within a run.
const ARE_WE_FAST_YET: &[(&str, u32)] = &[
    ("bounce", 100),
    ("cd", 10),
    ("deltablue", 2000),
    ("havlak", 1),
    ("json", 20),
    ("list", 300),
    ("mandelbrot", 500),
    ("nbody", 250000),
    ("permute", 100),
    ("queens", 200),
    ("richards", 5),
    ("sieve", 600),
    ("storage", 60),
    ("towers", 120),
];

/// A module that are-we-fast-yet wants and PUC Lua does not have.
const BIT: &str = include_str!("bit.lua");

/// The project's own.
pub fn own() -> Result<Suite, String> {
    let dir = workspace().join("benches/programs");
    let entries = fs::read_dir(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "lua"))
        .collect();
    files.sort();
    let mut programs = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let first = source.lines().next().unwrap_or_default();
        programs.push(Program {
            name: stem(&file),
            purpose: first
                .trim_start_matches("--")
                .trim()
                .trim_end_matches('.')
                .to_owned(),
            file,
            args: Vec::new(),
            dir: dir.clone(),
            input: None,
            unlike: None,
        });
    }
    Ok(Suite {
        key: "own",
        programs,
    })
}

/// gligneul/Lua-Benchmarks, from a checkout.
pub fn lua_benchmarks(checkout: &Path) -> Result<Suite, String> {
    let mut programs = Vec::new();
    for (name, args) in LUA_BENCHMARKS {
        let file = checkout.join(name).with_extension("lua");
        if !file.exists() {
            return Err(format!("{}: no such program", file.display()));
        }
        programs.push(Program {
            name: (*name).to_owned(),
            purpose: String::new(),
            file,
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            dir: checkout.to_path_buf(),
            input: None,
            unlike: None,
        });
    }
    // What fasta prints is what the other two read.
    let text = place()?.join("fasta.txt");
    let made = Command::new(REFERENCE)
        .arg(checkout.join("fasta.lua"))
        .arg("100000")
        .output()
        .map_err(|e| format!("{REFERENCE}: {e}"))?;
    fs::write(&text, made.stdout).map_err(|e| format!("{}: {e}", text.display()))?;
    for program in &mut programs {
        if program.name == "qt" {
            program.unlike = Some(" sec");
        }
        if matches!(program.name.as_str(), "k-nucleotide" | "regex-dna") {
            program.input = Some(text.clone());
        }
    }
    Ok(Suite {
        key: "lua-benchmarks",
        programs,
    })
}

/// smarr/are-we-fast-yet, from a checkout. Its own harness prints times, so each program has a small
/// one here that prints nothing.
pub fn are_we_fast_yet(checkout: &Path) -> Result<Suite, String> {
    let dir = checkout.join("benchmarks/Lua");
    let mut programs = Vec::new();
    for (name, repeat) in ARE_WE_FAST_YET {
        if !dir.join(name).with_extension("lua").exists() {
            return Err(format!("{}: there is no {name}.lua", dir.display()));
        }
        let file = place()?.join(format!("run-{name}.lua"));
        let run = format!("{BIT}assert(require('{name}'):inner_benchmark_loop({repeat}))\n");
        fs::write(&file, run).map_err(|e| format!("{}: {e}", file.display()))?;
        programs.push(Program {
            name: (*name).to_owned(),
            purpose: String::new(),
            file,
            args: Vec::new(),
            dir: dir.clone(),
            input: None,
            unlike: None,
        });
    }
    Ok(Suite {
        key: "are-we-fast-yet",
        programs,
    })
}

/// Where files go that are made for a run.
pub fn place() -> Result<PathBuf, String> {
    let place = crate::target().join("bench");
    fs::create_dir_all(&place).map_err(|e| format!("{}: {e}", place.display()))?;
    Ok(place)
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().display().to_string()
}
