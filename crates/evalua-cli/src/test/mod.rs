//! `evalua test`: specs of Redis scripts.
//!
//! Owns which files are specs, where their scripts are found, and the exit status: 0 when all passed, 1 when
//! something failed, 2 when it could not be run as asked. How specs run is for the crate `evalua-test`, how that is
//! shown for the files beside this one.

mod brief;
mod junit;
mod progress;
mod tap;
pub mod text;
mod watch;

use std::fs;
use std::io::{self, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use evalua_redis::coverage::Recorder;
use evalua_redis::{Builder, Profile};
use evalua_remote::Scratch;
use evalua_test::{InProcess, Source, Spec, Target};

use self::junit::Junit;
use self::progress::Progress;
use self::tap::Tap;
use self::watch::Files;
use crate::colour::Colour;
use crate::coverage::{self, Names};
use crate::remote::{self, RemoteOptions};
use crate::{Failure, engine, files as paths};

/// Run specs of Redis scripts
///
/// A spec is a file of Lua, named *_spec.lua, that says what scripts do; folders are searched for them. Every case runs
/// on a Redis of its own, whose clock stands until the spec moves it; with --server or --cluster, on that server, which is
/// emptied before every case. The exit status is 0 when all passed, 1 when something failed, and 2 when it could not
/// be run as asked.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  evalua test
  evalua test spec/limiter_spec.lua --filter 'lets five pass' --show
  evalua test --list
  evalua test --server redis://127.0.0.1:6379
  evalua test --cluster redis://127.0.0.1:7001 --cluster redis://127.0.0.1:7002 --flush")]
pub struct Options {
    /// The specs, and folders of specs
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,

    /// Run only cases whose name, with those of their groups before it, has TEXT in it; may be given again for others
    #[arg(short, long, value_name = "TEXT")]
    filter: Vec<String>,

    /// End with the first failure
    #[arg(long)]
    fail_fast: bool,

    /// Print the names of the cases, and run none
    #[arg(long)]
    list: bool,

    /// Print every case, not only those that fail, and all lines of long differences
    #[arg(short, long)]
    verbose: bool,

    /// Print the keyspace with every failure
    #[arg(long)]
    show: bool,

    /// Run each case once more for every command that its scripts call, with that command failing, and print what
    /// is left then
    #[arg(long)]
    faults: bool,

    /// Run each case with several clients in every order of their calls, or in so many orders and as many drawn ones,
    /// and print the shortest that breaks something
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "1000")]
    interleave: Option<NonZero<usize>>,

    /// Run so many specs at once [default: one for each processor; on a server, one]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZero<usize>>,

    /// Run them again whenever one of their files has changed
    #[arg(short, long, conflicts_with_all = ["list", "tap"])]
    watch: bool,

    /// Print in the Test Anything Protocol
    #[arg(long, conflicts_with_all = ["list", "verbose"])]
    tap: bool,

    /// Write what became of the cases into FILE, as the XML of JUnit
    #[arg(long, value_name = "FILE", conflicts_with = "list")]
    junit: Option<PathBuf>,

    /// When to print in colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    color: Colour,

    #[command(flatten)]
    remote: RemoteOptions,

    /// Delete all that the server holds: without this it has to be empty
    #[arg(long, help_heading = "Server")]
    flush: bool,

    #[command(flatten)]
    coverage: coverage::CoverageOptions,

    /// Fail when less than so many percent of the lines of the scripts have run
    #[arg(long, value_name = "PERCENT", value_parser = coverage::percent, help_heading = "Coverage")]
    min_coverage: Option<f64>,

    #[command(flatten)]
    engine: Engine,
}

/// What the Redis of a case is to be like.
#[derive(Args, Debug)]
#[command(next_help_heading = "Engine")]
struct Engine {
    /// The time at which every case begins, milliseconds since 1970 [default: 1704067200000]
    #[arg(long, value_name = "UNIX_MS", value_parser = clap::value_parser!(i64).range(0..))]
    at: Option<i64>,

    /// The seed of every random reply [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// The server to be like [default: redis-7.2]
    #[arg(long, value_name = "NAME", value_parser = engine::profiles())]
    profile: Option<String>,

    /// Stop a case, and each call of a script, after so many calls and turns of loops
    #[arg(long, value_name = "N", default_value_t = evalua_test::Options::default().max_instructions)]
    max_instructions: u64,

    /// Stop specs and scripts that need more memory than so many bytes; K, M and G are units
    #[arg(long, value_name = "BYTES", default_value = "1G", value_parser = engine::bytes)]
    max_memory: usize,
}

impl Engine {
    fn builder(&self) -> Builder {
        let builder = evalua_test::engine()
            .clock_unix_ms(self.at.unwrap_or(evalua_test::START_UNIX_MS))
            .seed(self.seed.unwrap_or_default())
            .max_instructions(self.max_instructions)
            .max_memory(self.max_memory);
        match self.profile.as_deref().and_then(Profile::named) {
            Some(profile) => builder.profile(profile),
            None => builder,
        }
    }
}

impl Options {
    /// The server that the specs are to run on, if one is named.
    fn scratch(&self) -> Result<Option<Scratch>, Failure> {
        let Some(address) = self.remote.address()? else {
            return match self.flush {
                false => Ok(None),
                true => Err(Failure::Usage(
                    "--flush is about a server, which --server or --cluster names".to_owned(),
                )),
            };
        };
        let Engine {
            at, seed, profile, ..
        } = &self.engine;
        let jobs = self.jobs.is_some_and(|jobs| jobs.get() > 1);
        remote::refuse(&[
            (at.is_some(), "--at", remote::CLOCK),
            (seed.is_some(), "--seed", remote::SEED),
            (profile.is_some(), "--profile", remote::PROFILE),
            (
                self.min_coverage.is_some(),
                "--min-coverage",
                remote::COVERAGE,
            ),
            (
                self.faults,
                "--faults",
                "a server lets no command fail on purpose",
            ),
            (
                jobs,
                "--jobs",
                "specs share the server, and so run one after the other",
            ),
        ])?;
        remote::refuse(&self.coverage.engine_only())?;
        remote::claim(&address, self.flush).map(Some)
    }
}

/// Runs the specs that the options name, once, or whenever one of their files has changed.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    if !options.watch {
        return run_once(options, &Arc::default());
    }
    loop {
        let files = Arc::<Files>::default();
        // What changes while they run is seen as well.
        let found = || paths::find(&options.paths, ENDING, &mut Vec::new());
        let before = found();
        match run_once(options, &files) {
            Ok(_) => {}
            Err(Failure::Output) => return Err(Failure::Output),
            Err(Failure::Usage(message) | Failure::Run(message)) => {
                // Without standard error there is nobody to tell.
                let _ = writeln!(io::stderr(), "evalua: {message}");
            }
        }
        let changed = files.wait(|| found() != before);
        let changed = changed.map_or("the specs have changed".to_owned(), |path| {
            format!("{} has changed", path.display())
        });
        writeln!(io::stdout(), "\n{changed}\n")?;
    }
}

/// Prints to standard output, which a terminal may have to be cleared for.
fn print(progress: &Progress, text: impl AsRef<[u8]>) -> io::Result<()> {
    progress.clear();
    let mut out = io::stdout().lock();
    out.write_all(text.as_ref())?;
    out.flush()
}

fn run_once(options: &Options, files: &Arc<Files>) -> Result<ExitCode, Failure> {
    let specs = specs(&options.paths, files)?;
    let how = evalua_test::Options {
        filters: options.filter.clone(),
        fail_fast: options.fail_fast,
        max_instructions: options.engine.max_instructions,
        max_memory: options.engine.max_memory,
        keyspace: options.show,
        faults: options.faults,
        orders: options.interleave.map(NonZero::get),
    };
    let recorder = Recorder::default();
    let mut builder = options.engine.builder();
    let is_covered = options.coverage.is_wanted() || options.min_coverage.is_some();
    if is_covered {
        builder = builder.coverage_in(&recorder);
    }
    let scratch = match options.list {
        true => None,
        false => options.scratch()?,
    };
    let target = || -> Box<dyn Target> {
        match &scratch {
            Some(scratch) => Box::new(scratch.target()),
            None => Box::new(InProcess::new(builder.clone())),
        }
    };
    let read = files.clone();
    let names = Arc::new(Names::default());
    let sources = Arc::new({
        let names = names.clone();
        move |spec: &str, path: &str| {
            let source = beside(spec, path, &read)?;
            if is_covered {
                names.add(&source.text, &source.name);
            }
            Ok(source)
        }
    });
    let mut printer = text::Printer::new(options.color.is_on(), options.verbose);
    if options.list {
        let mut failed = false;
        for spec in &specs {
            let listed = evalua_test::list(spec, &target, sources.clone(), &how);
            failed |= listed.is_err();
            io::stdout().lock().write_all(&printer.list(spec, listed))?;
        }
        return Ok(ExitCode::from(u8::from(failed)));
    }
    let jobs = match (options.jobs, &scratch) {
        (Some(jobs), _) => jobs.get(),
        // They share it.
        (None, Some(_)) => 1,
        (None, None) => std::thread::available_parallelism().map_or(1, NonZero::get),
    };
    let progress = Progress::new();
    let mut tap = options.tap.then(Tap::new);
    let mut junit = options.junit.as_ref().map(|path| (path, Junit::new()));
    let mut written = match &tap {
        Some(_) => print(&progress, Tap::begin()),
        None => Ok(()),
    };
    evalua_test::run_all(&specs, &target, sources, &how, jobs, &progress, |report| {
        let text = printer.spec(&report);
        let shown = match &mut tap {
            Some(tap) => tap.spec(&report).into_bytes(),
            None => text,
        };
        if let Some((_, junit)) = &mut junit {
            junit.spec(&report);
        }
        if written.is_ok() {
            written = print(&progress, shown);
        }
    });
    written?;
    print(
        &progress,
        match &tap {
            Some(tap) => tap.end().into_bytes(),
            None => printer.summary(),
        },
    )?;
    if let Some((path, junit)) = junit {
        let written = fs::write(path, junit.document());
        written.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    }
    if printer.counts.ran() == 0 && !options.filter.is_empty() {
        return Err(Failure::Usage(format!(
            "no case has {} in its name",
            options.filter.join(" or ")
        )));
    }
    let mut failed = printer.counts.failed > 0;
    if let Some(Err(error)) = scratch.as_ref().map(Scratch::empty) {
        // Without standard error there is nobody to tell.
        let _ = writeln!(
            io::stderr(),
            "evalua: what the last case left is still there: {error}"
        );
        failed = true;
    }
    if is_covered {
        let covered = names.of(recorder.take());
        options.coverage.report(&covered)?;
        failed |= !coverage::is_enough(&covered, options.min_coverage);
    }
    Ok(ExitCode::from(u8::from(failed)))
}

/// How the names of specs end.
pub const ENDING: &str = "_spec.lua";

/// The specs that these paths name.
fn specs(paths: &[PathBuf], files: &Files) -> Result<Vec<Spec>, Failure> {
    let mut unread = Vec::new();
    let mut specs = Vec::new();
    for path in paths::find(paths, ENDING, &mut unread) {
        files.add(&path);
        let name = path
            .strip_prefix(".")
            .unwrap_or(&path)
            .display()
            .to_string();
        match fs::read(&path) {
            Ok(source) => specs.push(Spec { name, source }),
            Err(error) => unread.push(format!("{name}: {error}")),
        }
    }
    if !unread.is_empty() {
        return Err(Failure::Usage(unread.join("\nevalua: ")));
    }
    Ok(specs)
}

/// A file that a spec names.
fn beside(spec: &str, path: &str, files: &Files) -> Result<Source, String> {
    let folder = Path::new(spec).parent().unwrap_or(Path::new(""));
    let file = paths::tidy(&folder.join(path));
    files.add(&file);
    let name = file.display().to_string();
    match fs::read(&file) {
        Ok(text) => Ok(Source { name, text }),
        Err(error) => Err(format!("{name}: {error}")),
    }
}
