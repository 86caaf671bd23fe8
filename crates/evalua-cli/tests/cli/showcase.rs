//! `showcase/`: what the bench finds in scripts as they are published, and that it finds nothing in those that are mended.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use evalua_conformance::cluster::Cluster;
use evalua_conformance::server::Server;

use super::{Run, evalua};

/// A pattern of the showcase, and the bug in the version before.
struct Pattern {
    /// Its folder.
    name: &'static str,
    /// How many cases it has.
    cases: usize,
    /// How many of them move the clock, which a server cannot.
    clock_cases: usize,
    /// How many of them the version before passes without an option.
    passes_before: usize,
    /// The option with which the bug is found.
    option: &'static str,
    /// What is said of it.
    finding: &'static [&'static str],
}

const PATTERNS: &[Pattern] = &[
    Pattern {
        name: "fixed_window",
        cases: 5,
        clock_cases: 1,
        passes_before: 5,
        option: "--faults",
        finding: &[
            "stop in PEXPIRE user:1 60000, fixed_window/before/request.lua:9\n",
            "a counter goes when its window is over\n",
        ],
    },
    Pattern {
        name: "sliding_window",
        cases: 3,
        clock_cases: 0,
        passes_before: 2,
        option: "--interleave",
        finding: &[
            "failed a sliding window keeps to its limit with several clients in one millisecond\n",
            "more than three have passed\n",
        ],
    },
    Pattern {
        name: "gcra",
        cases: 4,
        clock_cases: 0,
        passes_before: 3,
        option: "--interleave",
        finding: &[
            "failed a steady rate keeps to its limit with several clients\n",
            "more than three have passed at once\n",
        ],
    },
    Pattern {
        name: "lock",
        cases: 5,
        clock_cases: 1,
        passes_before: 5,
        option: "--interleave",
        finding: &[
            "3. bob: lock/before/release.lua {page}:lock 1 -> (integer) 1\n",
            "alice has lost the lock\n",
        ],
    },
    Pattern {
        name: "queue",
        cases: 4,
        clock_cases: 0,
        passes_before: 4,
        option: "--faults",
        finding: &[
            "WRONGTYPE or stop in ZADD {jobs}:out 103 a, queue/before/take.lua:10\n",
            // In each run of the sweep the clients begin anew.
            "1. a: queue/before/requeue.lua {jobs}:waiting {jobs}:out 3 -> (integer) 0\n",
            "3. a: queue/before/take.lua {jobs}:waiting {jobs}:out 3 100 -> (error) WRONGTYPE ",
            "jobs that were added and are not done are there\n",
        ],
    },
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../showcase")
}

fn run(words: &[&str]) -> Run {
    evalua(&folder(), words)
}

/// The scripts of a pattern that are mended, or need not be.
fn mended(pattern: &str) -> Vec<String> {
    let mut scripts = Vec::new();
    for part in ["after", "shared"] {
        let name = format!("{pattern}/{part}");
        // Only some patterns share scripts.
        for entry in fs::read_dir(folder().join(&name)).into_iter().flatten() {
            let file = entry.unwrap().file_name();
            scripts.push(format!("{name}/{}", file.into_string().unwrap()));
        }
    }
    scripts.sort();
    scripts
}

#[test]
fn every_pattern_is_in_the_table() {
    let there: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let listed = PATTERNS.iter().map(|pattern| pattern.name.to_owned());
    assert_eq!(there, listed.collect());
}

#[test]
fn the_bugs_are_found() {
    for pattern in PATTERNS {
        let spec = format!("{}/before_spec.lua", pattern.name);
        let plain = run(&["test", &spec]);
        let failed = pattern.cases - pattern.passes_before;
        let counts = match failed {
            0 => format!("{spec}: {} passed\n", pattern.cases),
            _ => format!(
                "{spec}: {} passed, {failed} failed\n",
                pattern.passes_before
            ),
        };
        assert!(plain.stdout.starts_with(&counts), "{plain:?}");
        assert_eq!(plain.status, Some(i32::from(failed > 0)), "{plain:?}");
        let found = run(&["test", pattern.option, &spec]);
        assert_eq!((found.status, &*found.stderr), (Some(1), ""), "{found:?}");
        for part in pattern.finding {
            assert!(found.stdout.contains(part), "no {part:?} in {found:?}");
        }
    }
}

#[test]
fn nothing_is_found_in_what_is_mended() {
    for pattern in PATTERNS {
        let spec = format!("{}/after_spec.lua", pattern.name);
        let words = ["test", "--faults", "--interleave", "-v", "--coverage"];
        let ran = run(&[&words[..], &["--min-coverage", "100", &spec]].concat());
        let Run { stdout, stderr, .. } = &ran;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        let counts = format!("{spec}: {} passed\n", pattern.cases);
        assert!(stdout.starts_with(&counts), "{ran:?}");
        assert!(!stdout.contains("leaves behind"), "{ran:?}");
        assert_eq!(stdout.matches(" faults in ").count(), pattern.cases);
        let orders = stdout
            .lines()
            .filter(|line| line.ends_with(" orders were tried"));
        assert_eq!(orders.count(), 1, "one case has several clients: {ran:?}");
        let covered = stderr.lines().filter(|line| line.contains(" 100.0% ("));
        let covered = covered.filter_map(|line| line.split_whitespace().next());
        let covered: Vec<&str> = covered.filter(|name| name.ends_with(".lua")).collect();
        assert_eq!(covered, mended(pattern.name), "{ran:?}");
    }
}

#[test]
fn the_lint_finds_nothing_in_what_is_mended() {
    let scripts: Vec<String> = PATTERNS
        .iter()
        .flat_map(|pattern| mended(pattern.name))
        .collect();
    assert!(scripts.len() >= 8, "{scripts:?}");
    let words: Vec<&str> = scripts.iter().map(String::as_str).collect();
    let checked = run(&[&["check"], &words[..]].concat());
    let nothing = Run {
        stdout: String::new(),
        stderr: String::new(),
        status: Some(0),
    };
    assert_eq!(checked, nothing);
}

/// The cases on a real server or cluster, in every order of their clients.
fn on_server(option: &str, url: &str) {
    for pattern in PATTERNS {
        let spec = format!("{}/after_spec.lua", pattern.name);
        let ran = run(&["test", option, url, "--interleave", "-v", &spec]);
        let passed = pattern.cases - pattern.clock_cases;
        let counts = match pattern.clock_cases {
            0 => format!("{spec}: {passed} passed\n"),
            skipped => format!("{spec}: {passed} passed, {skipped} skipped\n"),
        };
        assert!(ran.stdout.starts_with(&counts), "{ran:?}");
        assert_eq!((ran.status, &*ran.stderr), (Some(0), ""), "{ran:?}");
        let told = ": clock.advance needs an engine in this process\n";
        assert_eq!(ran.stdout.matches(told).count(), pattern.clock_cases);
        let orders = ran.stdout.matches(" orders were tried\n").count();
        assert_eq!(orders, 1, "one case has several clients: {ran:?}");
    }
    let found = run(&["test", option, url, "--interleave", "lock/before_spec.lua"]);
    assert_eq!(found.status, Some(1), "{found:?}");
    let lost = "alice has lost the lock\n";
    assert!(found.stdout.contains(lost), "{found:?}");
}

#[test]
fn a_real_server_does_the_same() {
    if let Some(server) = Server::oracle() {
        on_server("--server", &server.url());
    }
}

#[test]
fn a_real_cluster_does_the_same() {
    if let Some(cluster) = Cluster::oracle() {
        on_server("--cluster", &cluster.url());
    }
}

/// Cases stand where they are written, also in a file that the spec requires.
#[test]
fn cases_have_their_places() {
    let listed = run(&["test", "--list", "lock/after_spec.lua"]).stdout;
    let first = "lock/cases.lua:21: a lock is taken by one\n";
    assert!(listed.starts_with(first), "{listed}");
    let dir = tempfile::tempdir().unwrap();
    let report = dir.path().join("report.xml");
    let junit = ["test", "lock/after_spec.lua", "--junit"].map(str::to_owned);
    let ran = evalua(
        &folder(),
        junit.into_iter().chain([report.display().to_string()]),
    );
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let report = fs::read_to_string(report).unwrap();
    let place = "classname=\"lock/after_spec.lua\" file=\"lock/cases.lua\" line=\"21\"";
    assert!(report.contains(place), "{report}");
}

/// The sessions in the README are what a run prints, but for the time that it took. `EVALUA_BLESS=1` writes them anew.
#[test]
fn the_readme_shows_what_is_printed() {
    let file = folder().join("README.md");
    let readme = fs::read_to_string(&file).unwrap();
    let mut parts = readme.split("```console\n");
    let mut made = parts.next().unwrap().to_owned();
    let mut sessions = 0;
    for part in parts {
        let (session, rest) = part.split_once("```").unwrap();
        let command = session.lines().next().unwrap();
        let words = command.strip_prefix("$ evalua ").unwrap();
        let words: Vec<&str> = words.split(' ').collect();
        let ran = run(&words);
        let printed = without_time(&ran.stdout);
        made += &format!("```console\n{command}\n{printed}{}```{rest}", ran.stderr);
        sessions += 1;
    }
    assert!(sessions >= PATTERNS.len());
    if std::env::var_os("EVALUA_BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&file, &made).unwrap();
    } else {
        assert_eq!(readme, made, "EVALUA_BLESS=1 writes them anew");
    }
}

/// What a run has printed without how long it took.
fn without_time(printed: &str) -> String {
    match printed.rsplit_once(" (") {
        Some((before, time)) if time.ends_with(" s)\n") => format!("{before}\n"),
        _ => printed.to_owned(),
    }
}
