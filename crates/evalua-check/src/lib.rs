//! A lint for Redis Lua scripts: what will fail on a server, or not do what it looks like.
//!
//! ```
//! use evalua_check::{Options, check};
//!
//! let findings = check(b"return redis.call('GET', KEYS[1]) == nil", &Options::default());
//! assert_eq!(findings[0].rule.name, "reply-compared-to-nil");
//! assert_eq!((findings[0].start.line, findings[0].start.column), (1, 8));
//! ```
//!
//! # Where things are
//! - [`rules`] has the one table of rules, each row beside the code that finds it, with examples that are
//!   run as tests;
//! - `flow` walks a script from its first statement to its last and knows what each local holds on the way
//!   (`value`), which is all that the rules look at; `uses` counts in advance how locals are used;
//! - `replies` says of which type the reply of a command is, `environment` which globals there are.
//!
//! When in doubt, a rule is silent: what is reported is to be wrong in fact. The crate reads no files and
//! prints nothing.
#![forbid(unsafe_code)]

mod allow;
mod environment;
mod finding;
mod flow;
mod lines;
mod replies;
pub mod rules;
mod shebang;
mod uses;
mod value;

pub use finding::{Finding, Position};
pub use rules::{Example, Outcome, Rule};

use evalua_redis::{Profile, profile};
use finding::Report;
use lines::Lines;

/// What a script is checked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// The server that it is to run on.
    pub profile: &'static Profile,
    /// Rules that are not to be reported, by name.
    pub allowed: Vec<String>,
}

impl Default for Options {
    /// Every rule, on the newest Redis that there is a profile of.
    fn default() -> Options {
        Options {
            profile: &profile::REDIS_7_2,
            allowed: Vec::new(),
        }
    }
}

/// What is wrong with a script or a library of functions, in the order of the source.
///
/// A comment `-- evalua: allow(rule, other-rule)` silences rules on its line and on the next.
pub fn check(source: &[u8], options: &Options) -> Vec<Finding> {
    let lines = Lines::new(source);
    let mut report = Report::default();
    let script = shebang::read(source, &mut report);
    let chunk_name = b"@user_script";
    match evalua_syntax::parse(script.code, chunk_name) {
        Ok(chunk) => flow::walk(&script, &chunk, options.profile, &mut report),
        Err(error) => rules::syntax::explain(&script, &error, &mut report),
    }
    let allowances = allow::read(&script, &lines, &mut report);
    let mut findings = report.into_findings(&lines);
    findings.retain(|finding| {
        !options.allowed.iter().any(|name| name == finding.rule.name)
            && !allowances.cover(finding.rule, finding.start.line)
    });
    findings
}
