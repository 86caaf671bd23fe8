//! What is covered of Redis Lua scripts, as other programs and people read it.
//!
//! ```
//! use evalua_coverage::{File, lcov, table};
//! use evalua_redis::{Redis, Script};
//!
//! let source = "if #KEYS == 0 then\n  return 'none'\nend\nreturn 'some'";
//! let mut redis = Redis::builder().coverage(true).build();
//! let _: String = Script::new(source).key("k").invoke(&mut redis)?;
//! let files: Vec<File> = redis.take_coverage().sources.into_iter().map(File::from).collect();
//! assert!(lcov(&files).contains("DA:2,0\n"));
//! assert!(table(&files).contains("66.6% (2/3)"));
//! # Ok::<(), evalua_redis::Error>(())
//! ```
//!
//! # Where things are
//! - [`File`] is a source with its counts, [`Totals`] how much of something is covered; what a line comes to
//!   is in `lines`;
//! - [`lcov()`] writes the format of the program lcov, [`html()`] pages, [`table()`] lines for a terminal.
//!
//! The crate reads and writes no files, and prints nothing. Branches are those of
//! [`Choice`](evalua_redis::coverage::Choice).
#![forbid(unsafe_code)]

mod html;
mod lcov;
mod lines;
mod table;

pub use html::{Page, html};
pub use lcov::lcov;
pub use lines::{Share, Totals};
pub use table::table;

use evalua_redis::coverage::{Covered, Report};

/// A script or library under the name that it is shown by, and what is covered of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it is, or what it is called.
    pub name: String,
    /// The whole source.
    pub source: Vec<u8>,
    /// What was counted.
    pub report: Report,
}

impl From<Covered> for File {
    /// Under its digest, or the name of the library.
    fn from(covered: Covered) -> File {
        File {
            name: covered.name,
            source: covered.source,
            report: covered.report,
        }
    }
}
