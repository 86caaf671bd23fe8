//! [`FromReply`]: replies as values of Rust.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use crate::bytes::SmallBytes;
use crate::error::Error;
use crate::reply::Reply;

/// What a reply can become.
///
/// Conversions are those of common sense: numbers are read from text, null is `None`, `false` or an
/// empty list, an array of keys and values is a map.
pub trait FromReply: Sized {
    /// The value of a reply.
    ///
    /// # Errors
    /// When the reply is an error, or is of a type that has no such value.
    fn from_reply(reply: Reply) -> Result<Self, Error>;

    /// The values that a byte string holds, for the type whose sequence is one.
    #[doc(hidden)]
    fn from_bytes(_: &SmallBytes) -> Option<Vec<Self>> {
        None
    }
}

/// What is returned where a reply does not fit.
fn mismatch<T>(expected: &'static str, reply: Reply) -> Result<T, Error> {
    match reply {
        Reply::Error(error) => Err(Error::Reply(error)),
        reply => Err(Error::Type { expected, reply }),
    }
}

/// The text of a reply that is one.
fn text(reply: &Reply) -> Option<&str> {
    match reply {
        Reply::Bulk(bytes) | Reply::Verbatim(_, bytes) | Reply::BigNumber(bytes) => {
            std::str::from_utf8(bytes).ok()
        }
        Reply::Status(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

impl FromReply for Reply {
    fn from_reply(reply: Reply) -> Result<Reply, Error> {
        match reply {
            Reply::Error(error) => Err(Error::Reply(error)),
            reply => Ok(reply),
        }
    }
}

impl FromReply for () {
    fn from_reply(reply: Reply) -> Result<(), Error> {
        Reply::from_reply(reply).map(drop)
    }
}

/// Declares integers.
macro_rules! integers {
    ($($type:ty)*) => {
        $(impl FromReply for $type {
            fn from_reply(reply: Reply) -> Result<$type, Error> {
                let value = match &reply {
                    Reply::Integer(n) => (*n).try_into().ok(),
                    other => text(other).and_then(|text| text.parse().ok()),
                };
                value.map_or_else(|| mismatch(concat!("an ", stringify!($type)), reply), Ok)
            }
        })*
    };
}

integers!(i8 i16 i32 i64 i128 isize u16 u32 u64 u128 usize);

impl FromReply for u8 {
    fn from_reply(reply: Reply) -> Result<u8, Error> {
        let value = u16::from_reply(reply.clone())
            .ok()
            .and_then(|n| n.try_into().ok());
        value.map_or_else(|| mismatch("an u8", reply), Ok)
    }

    fn from_bytes(bytes: &SmallBytes) -> Option<Vec<u8>> {
        Some(bytes.to_vec())
    }
}

impl FromReply for f64 {
    fn from_reply(reply: Reply) -> Result<f64, Error> {
        let value = match &reply {
            Reply::Integer(n) => Some(*n as f64),
            Reply::Double(value) => Some(*value),
            other => text(other).and_then(|text| text.parse().ok()),
        };
        value.map_or_else(|| mismatch("a number", reply), Ok)
    }
}

impl FromReply for bool {
    fn from_reply(reply: Reply) -> Result<bool, Error> {
        match reply {
            Reply::Boolean(yes) => Ok(yes),
            Reply::Integer(n) => Ok(n != 0),
            Reply::Null | Reply::NullArray => Ok(false),
            Reply::Status(text) if *text == *b"OK" => Ok(true),
            other => mismatch("a truth value", other),
        }
    }
}

impl FromReply for String {
    fn from_reply(reply: Reply) -> Result<String, Error> {
        let value = match &reply {
            Reply::Integer(n) => Some(n.to_string()),
            Reply::Double(value) => Some(value.to_string()),
            other => text(other).map(str::to_owned),
        };
        value.map_or_else(|| mismatch("a text", reply), Ok)
    }
}

impl<T: FromReply> FromReply for Option<T> {
    fn from_reply(reply: Reply) -> Result<Option<T>, Error> {
        match reply {
            Reply::Null | Reply::NullArray => Ok(None),
            other => T::from_reply(other).map(Some),
        }
    }
}

/// The items of a reply that is a sequence.
fn items(reply: Reply) -> Result<Vec<Reply>, Error> {
    match reply {
        Reply::Array(items) | Reply::Set(items) => Ok(items),
        Reply::Push(items) | Reply::Sequence(items) => Ok(items),
        Reply::Map(pairs) | Reply::Pairs(pairs) => {
            Ok(pairs.into_iter().flat_map(|(a, b)| [a, b]).collect())
        }
        Reply::Null | Reply::NullArray => Ok(Vec::new()),
        other => mismatch("a list", other),
    }
}

impl<T: FromReply> FromReply for Vec<T> {
    fn from_reply(reply: Reply) -> Result<Vec<T>, Error> {
        if let Reply::Bulk(bytes) = &reply
            && let Some(values) = T::from_bytes(bytes)
        {
            return Ok(values);
        }
        items(reply)?.into_iter().map(T::from_reply).collect()
    }
}

/// The entries of a reply that is a map, or a sequence in which keys and values alternate.
fn entries<K: FromReply, V: FromReply>(reply: Reply) -> Result<Vec<(K, V)>, Error> {
    let items = items(reply)?;
    if items.len() % 2 != 0 {
        return mismatch("a map", Reply::Array(items));
    }
    let mut items = items.into_iter();
    let mut entries = Vec::with_capacity(items.len() / 2);
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        entries.push((K::from_reply(key)?, V::from_reply(value)?));
    }
    Ok(entries)
}

impl<K: FromReply + Ord, V: FromReply> FromReply for BTreeMap<K, V> {
    fn from_reply(reply: Reply) -> Result<BTreeMap<K, V>, Error> {
        Ok(entries(reply)?.into_iter().collect())
    }
}

impl<K, V, S> FromReply for HashMap<K, V, S>
where
    K: FromReply + Eq + Hash,
    V: FromReply,
    S: BuildHasher + Default,
{
    fn from_reply(reply: Reply) -> Result<HashMap<K, V, S>, Error> {
        Ok(entries(reply)?.into_iter().collect())
    }
}

/// Declares tuples: lists of just so many items.
macro_rules! tuples {
    ($($count:literal: $($type:ident)*;)*) => {
        $(impl<$($type: FromReply),*> FromReply for ($($type,)*) {
            fn from_reply(reply: Reply) -> Result<Self, Error> {
                let items = items(reply)?;
                if items.len() != $count {
                    return mismatch(concat!("a list of ", $count), Reply::Array(items));
                }
                let mut items = items.into_iter();
                Ok(($($type::from_reply(items.next().unwrap_or(Reply::Null))?,)*))
            }
        })*
    };
}

tuples! {
    1: A;
    2: A B;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E F;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors;

    #[test]
    fn values_of_every_kind() {
        assert_eq!(i64::from_reply(Reply::Integer(-3)), Ok(-3));
        assert_eq!(u8::from_reply(Reply::bulk("200")), Ok(200));
        assert_eq!(f64::from_reply(Reply::bulk("1.5")), Ok(1.5));
        assert_eq!(bool::from_reply(Reply::Null), Ok(false));
        assert_eq!(bool::from_reply(Reply::OK), Ok(true));
        assert_eq!(String::from_reply(Reply::OK), Ok("OK".to_owned()));
        assert_eq!(Option::<i64>::from_reply(Reply::NullArray), Ok(None));
        assert_eq!(
            Vec::<u8>::from_reply(Reply::bulk([0, 255])),
            Ok(vec![0, 255])
        );
        let list = Reply::bulks(["a", "1", "b", "2"]);
        let map = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
        assert_eq!(BTreeMap::from_reply(list.clone()), Ok(map));
        let tuple = ("a".to_owned(), 1_u32, "b".to_owned(), Some(2.0));
        assert_eq!(FromReply::from_reply(list), Ok(tuple));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let error = i64::from_reply(Reply::bulk("x")).unwrap_err();
        assert_eq!(error.to_string(), "the reply is not an i64: \"x\"");
        let error = <(i64,)>::from_reply(Reply::Array(Vec::new())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the reply is not a list of 1: (empty array)"
        );
        let error = Vec::<i64>::from_reply(Reply::Error(errors::SYNTAX)).unwrap_err();
        assert_eq!(error, Error::Reply(errors::SYNTAX));
        assert!(u8::from_reply(Reply::Integer(256)).is_err());
        assert!(BTreeMap::<String, i64>::from_reply(Reply::bulks(["a"])).is_err());
    }
}
