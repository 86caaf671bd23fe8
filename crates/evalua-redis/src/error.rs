//! [`Error`]: why a program did not get the value it asked a script for.

use std::fmt;

use crate::errors::CommandError;
use crate::reply::Reply;
use crate::text;

/// Why there is no value.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The reply is an error.
    Reply(CommandError),
    /// The reply is of another type.
    Type {
        /// What was asked for.
        expected: &'static str,
        /// What came.
        reply: Reply,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Reply(error) => error.fmt(f),
            Error::Type { expected, reply } => {
                let reply = String::from_utf8_lossy(&text::print(reply)).into_owned();
                write!(f, "the reply is not {expected}: {reply}")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Error {
        Error::Reply(error)
    }
}
