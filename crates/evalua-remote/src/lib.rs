//! Real servers to run Redis scripts on, and to compare an engine with.
//!
//! An [`Address`] says where a server or a cluster is, a [`Remote`] is a connection to it. A [`Scratch`] is a server that
//! may be emptied: specs run on it ([`Scratch::target`]), and [`compare()`] runs a script there and on an engine.
//!
//! # Where things are
//! - [`address`] reads URLs; [`connection`] runs commands; [`reply`] has what the crate `redis` makes of replies as
//!   evalua's.
//! - [`scratch`] owns the question whether a server may be emptied: losing somebody's data is the worst that can
//!   happen here.
//! - [`keyspace`] reads keys, [`target`] runs specs, [`mod@compare`] compares.
//!
//! The crate prints nothing and reads no file. Nothing is sent twice: a command whose reply did not come may have run.
#![forbid(unsafe_code)]

mod address;
pub mod compare;
mod connection;
mod keyspace;
mod reply;
mod scratch;
mod target;

pub use address::Address;
pub use compare::{Comparison, Seen, SetUp, Trial, compare};
pub use connection::Remote;
pub use keyspace::{MOST_KEYS, keyspace};
pub use scratch::Scratch;
pub use target::OnServer;

use std::fmt;

/// Why a server does not do as asked, in a sentence that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    sentence: String,
    is_refusal: bool,
}

impl Error {
    fn new(sentence: impl Into<String>) -> Error {
        Error {
            sentence: sentence.into(),
            is_refusal: false,
        }
    }

    fn refusal(sentence: impl Into<String>) -> Error {
        Error {
            is_refusal: true,
            ..Error::new(sentence)
        }
    }

    /// Whether it is that a server holds what may not be deleted.
    pub fn is_refusal(&self) -> bool {
        self.is_refusal
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Error {}
