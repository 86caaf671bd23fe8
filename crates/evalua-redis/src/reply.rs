//! [`Reply`]: what a command answers, in its richest form.
//!
//! Handlers return the RESP3 shape; [`Reply::to_resp2`] is the one place where it is flattened for
//! callers of the older protocol. Knows no bytes of the wire.

use std::borrow::Cow;

use crate::bytes::SmallBytes;
use crate::errors::CommandError;
use crate::number::format_double;
use crate::profile::Profile;
use crate::values::listpack::Element;

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A short text such as `OK`.
    Status(Cow<'static, [u8]>),
    /// An error.
    Error(CommandError),
    /// An integer.
    Integer(i64),
    /// A byte string.
    Bulk(SmallBytes),
    /// Nothing, where a value could be.
    Null,
    /// Nothing, where an array could be. The same as [`Reply::Null`] in RESP3.
    NullArray,
    /// A sequence.
    Array(Vec<Reply>),
    /// Keys and values; in RESP2 an array in which they alternate.
    Map(Vec<(Reply, Reply)>),
    /// A sequence of pairs; in RESP2 an array in which they alternate.
    Pairs(Vec<(Reply, Reply)>),
    /// Members in no order; in RESP2 an array.
    Set(Vec<Reply>),
    /// A floating-point number; in RESP2 a byte string.
    Double(f64),
    /// A truth value; in RESP2 the integer 1 or 0.
    Boolean(bool),
    /// The decimal digits of a large integer; in RESP2 a byte string.
    BigNumber(SmallBytes),
    /// A byte string with the three characters of its format; in RESP2 a byte string.
    Verbatim([u8; 3], SmallBytes),
    /// A message that answers no command; in RESP2 an array.
    Push(Vec<Reply>),
    /// No answer, or several, to one command: what subscribers are told.
    Sequence(Vec<Reply>),
    /// An answer with facts about it beside it, which RESP2 and scripts do not see.
    Attribute(Box<(Vec<(Reply, Reply)>, Reply)>),
}

impl Reply {
    /// `OK`
    pub const OK: Reply = Reply::status("OK");

    /// No answer at all.
    pub const NOTHING: Reply = Reply::Sequence(Vec::new());

    /// A status of fixed text.
    pub const fn status(text: &'static str) -> Reply {
        Reply::Status(Cow::Borrowed(text.as_bytes()))
    }

    /// A byte string.
    pub fn bulk(bytes: impl AsRef<[u8]>) -> Reply {
        Reply::Bulk(SmallBytes::new(bytes.as_ref()))
    }

    /// A count. The server's counts are signed; none here reaches the end of that range.
    pub fn count(n: usize) -> Reply {
        Reply::Integer(i64::try_from(n).unwrap_or(i64::MAX))
    }

    /// The integer 1 or 0: the older answer to yes-or-no questions.
    pub fn flag(yes: bool) -> Reply {
        Reply::Integer(i64::from(yes))
    }

    /// A byte string, or null.
    pub fn bulk_or_null(bytes: Option<impl AsRef<[u8]>>) -> Reply {
        bytes.map_or(Reply::Null, Reply::bulk)
    }

    /// An array of byte strings.
    pub fn bulks<B: AsRef<[u8]>>(items: impl IntoIterator<Item = B>) -> Reply {
        Reply::Array(items.into_iter().map(Reply::bulk).collect())
    }

    /// A map of facts under their names.
    pub fn facts(facts: impl IntoIterator<Item = (&'static str, Reply)>) -> Reply {
        let fact = |(name, value)| (Reply::bulk(name), value);
        Reply::Map(facts.into_iter().map(fact).collect())
    }

    /// The error, when it is one.
    pub fn as_error(&self) -> Option<&CommandError> {
        match self {
            Reply::Error(error) => Some(error),
            _ => None,
        }
    }

    /// The same answer with nothing in it that RESP2 lacks. Numbers become text as `profile` has it.
    pub fn to_resp2(self, profile: &Profile) -> Reply {
        let each = |items: Vec<Reply>| -> Vec<Reply> {
            let each = items.into_iter().map(|item| item.to_resp2(profile));
            each.collect()
        };
        match self {
            Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => {
                Reply::Array(each(items))
            }
            Reply::Sequence(items) => Reply::Sequence(each(items)),
            Reply::Map(pairs) | Reply::Pairs(pairs) => {
                let items = pairs.into_iter().flat_map(|(a, b)| [a, b]);
                Reply::Array(each(items.collect()))
            }
            Reply::Double(value) => Reply::Bulk(format_double(value, profile.double_format)),
            Reply::Boolean(yes) => Reply::flag(yes),
            Reply::BigNumber(text) | Reply::Verbatim(_, text) => Reply::Bulk(text),
            Reply::Attribute(both) => both.1.to_resp2(profile),
            Reply::Status(_) | Reply::Error(_) | Reply::Integer(_) => self,
            Reply::Bulk(_) | Reply::Null | Reply::NullArray => self,
        }
    }
}

impl From<Element<'_>> for Reply {
    /// A byte string.
    fn from(element: Element<'_>) -> Reply {
        Reply::Bulk(element.to_small())
    }
}

impl From<Result<Reply, CommandError>> for Reply {
    fn from(result: Result<Reply, CommandError>) -> Reply {
        result.unwrap_or_else(Reply::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{REDIS_7_0, REDIS_7_2};

    #[test]
    fn flattens_for_resp2() {
        let rich = Reply::Map(vec![
            (Reply::bulk("a"), Reply::Double(0.1)),
            (Reply::bulk("b"), Reply::Set(vec![Reply::Boolean(true)])),
        ]);
        let flat = |score: &str| {
            Reply::Array(vec![
                Reply::bulk("a"),
                Reply::bulk(score),
                Reply::bulk("b"),
                Reply::Array(vec![Reply::Integer(1)]),
            ])
        };
        assert_eq!(rich.clone().to_resp2(&REDIS_7_2), flat("0.1"));
        assert_eq!(rich.to_resp2(&REDIS_7_0), flat("0.10000000000000001"));
    }

    #[test]
    fn is_small() {
        assert!(size_of::<Reply>() <= 32);
    }
}
