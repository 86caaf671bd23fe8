//! [`StringValue`]: a byte string, kept as an integer when it is the canonical form of one.
//!
//! The server's encodings: `int`; `embstr` for what is set whole and short; `raw` for the rest and
//! for everything that was changed in place.

use std::borrow::Cow;

use crate::bytes::{INLINE_CAPACITY, SmallBytes};
use crate::number::parse_int;

/// The longest string of the encoding `embstr`.
const EMBSTR_MAX: usize = 44;

/// A string.
#[derive(Clone, Debug)]
pub struct StringValue(Repr);

impl Default for StringValue {
    /// The empty string.
    fn default() -> StringValue {
        StringValue::new(b"")
    }
}

#[derive(Clone, Debug)]
enum Repr {
    Int(i64),
    /// Set whole, and short.
    Inline {
        len: u8,
        bytes: [u8; INLINE_CAPACITY],
    },
    /// Set whole.
    Fixed(Box<[u8]>),
    /// Changed in place, hence `raw` however short; with room to grow.
    #[allow(clippy::box_collection, reason = "keeps every key's value at 24 bytes")]
    Grown(Box<Vec<u8>>),
}

impl StringValue {
    /// A string that is set whole.
    pub fn new(bytes: &[u8]) -> StringValue {
        if let Some(n) = parse_int(bytes) {
            return StringValue(Repr::Int(n));
        }
        let mut inline = [0; INLINE_CAPACITY];
        match inline.get_mut(..bytes.len()) {
            Some(place) => {
                place.copy_from_slice(bytes);
                let len = bytes.len() as u8;
                StringValue(Repr::Inline { len, bytes: inline })
            }
            None => StringValue(Repr::Fixed(bytes.into())),
        }
    }

    /// A string that is kept as bytes even when it reads as an integer, with encoding `raw`.
    pub fn raw(bytes: Vec<u8>) -> StringValue {
        StringValue(Repr::Grown(Box::new(bytes)))
    }

    /// The decimal form of an integer.
    pub fn from_int(n: i64) -> StringValue {
        StringValue(Repr::Int(n))
    }

    /// The integer that it is the canonical form of, if any.
    pub fn as_int(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int(n) => Some(*n),
            _ => parse_int(&self.as_bytes()),
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> Cow<'_, [u8]> {
        match &self.0 {
            Repr::Int(n) => Cow::Owned(n.to_string().into_bytes()),
            Repr::Inline { len, bytes } => Cow::Borrowed(&bytes[..usize::from(*len)]),
            Repr::Fixed(bytes) => Cow::Borrowed(bytes),
            Repr::Grown(bytes) => Cow::Borrowed(bytes),
        }
    }

    /// A copy of the bytes, for a reply.
    #[inline]
    pub fn to_small(&self) -> SmallBytes {
        match &self.0 {
            Repr::Int(n) => SmallBytes::from_int(*n),
            _ => SmallBytes::new(&self.as_bytes()),
        }
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Int(n) => itoa::Buffer::new().format(*n).len(),
            _ => self.as_bytes().len(),
        }
    }

    /// The bytes, to be changed in place.
    pub fn make_mut(&mut self) -> &mut Vec<u8> {
        if !matches!(self.0, Repr::Grown(_)) {
            let bytes = match std::mem::replace(&mut self.0, Repr::Int(0)) {
                Repr::Fixed(bytes) => bytes.into_vec(),
                other => StringValue(other).as_bytes().into_owned(),
            };
            self.0 = Repr::Grown(Box::new(bytes));
        }
        match &mut self.0 {
            Repr::Grown(bytes) => bytes,
            _ => unreachable!("replaced just above"),
        }
    }

    /// The name of its form in memory.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Int(_) => "int",
            Repr::Grown(_) => "raw",
            _ if self.len() <= EMBSTR_MAX => "embstr",
            _ => "raw",
        }
    }

    /// Never: an empty string is a value like any other.
    pub fn is_empty(&self) -> bool {
        false
    }
}
