//! [`StringValue`]: a byte string, kept as an integer when it is set as the canonical form of one.
//!
//! The server's encodings: `int`; `embstr` for what is set whole and short; `raw` for the rest and
//! for everything that was changed in place.

use std::borrow::Cow;

use crate::bytes::SmallBytes;
use crate::number::parse_int;
use crate::values::listpack::Element;

/// The longest string of the encoding `embstr`.
const EMBSTR_MAX: usize = 44;

/// A string.
#[derive(Clone, Debug)]
pub struct StringValue(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Int(i64),
    /// Set whole.
    Fixed(SmallBytes),
    /// Changed in place, hence `raw` however short; with room to grow.
    #[allow(clippy::box_collection, reason = "keeps every key's value at 24 bytes")]
    Grown(Box<Vec<u8>>),
}

impl Default for StringValue {
    /// The empty string.
    fn default() -> StringValue {
        StringValue(Repr::Fixed(SmallBytes::EMPTY))
    }
}

impl StringValue {
    /// How many bytes of heap it takes.
    pub fn heap_size(&self) -> usize {
        match &self.0 {
            Repr::Int(_) => 0,
            Repr::Fixed(bytes) => bytes.heap_size(),
            Repr::Grown(bytes) => size_of_val(&**bytes) + bytes.capacity(),
        }
    }

    /// A string that is set whole.
    pub fn new(bytes: &[u8]) -> StringValue {
        match parse_int(bytes) {
            Some(n) => StringValue(Repr::Int(n)),
            None => StringValue::text(bytes),
        }
    }

    /// A string that is set whole, and kept as bytes even when it reads as an integer.
    pub fn text(bytes: impl Into<SmallBytes>) -> StringValue {
        StringValue(Repr::Fixed(bytes.into()))
    }

    /// A string that was made byte by byte, hence `raw`.
    pub fn raw(bytes: Vec<u8>) -> StringValue {
        StringValue(Repr::Grown(Box::new(bytes)))
    }

    /// The decimal form of an integer.
    pub fn from_int(n: i64) -> StringValue {
        StringValue(Repr::Int(n))
    }

    /// The integer that it is the canonical form of, if any.
    #[inline]
    pub fn as_int(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int(n) => Some(*n),
            Repr::Fixed(_) | Repr::Grown(_) => parse_int(&self.as_bytes()),
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> Cow<'_, [u8]> {
        match &self.0 {
            Repr::Int(n) => Cow::Owned(itoa::Buffer::new().format(*n).into()),
            Repr::Fixed(bytes) => Cow::Borrowed(bytes),
            Repr::Grown(bytes) => Cow::Borrowed(bytes),
        }
    }

    /// The bytes, as they are kept.
    #[inline]
    pub fn as_element(&self) -> Element<'_> {
        match &self.0 {
            Repr::Int(n) => Element::Int(*n),
            Repr::Fixed(bytes) => Element::Bytes(bytes),
            Repr::Grown(bytes) => Element::Bytes(bytes),
        }
    }

    /// A copy of the bytes, for a reply.
    #[inline]
    pub fn to_small(&self) -> SmallBytes {
        match &self.0 {
            Repr::Int(n) => SmallBytes::from_int(*n),
            Repr::Fixed(bytes) => bytes.clone(),
            Repr::Grown(bytes) => SmallBytes::new(bytes),
        }
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Int(n) => itoa::Buffer::new().format(*n).len(),
            Repr::Fixed(bytes) => bytes.len(),
            Repr::Grown(bytes) => bytes.len(),
        }
    }

    /// The bytes, to be changed in place.
    pub fn make_mut(&mut self) -> &mut Vec<u8> {
        if let Repr::Int(_) | Repr::Fixed(_) = self.0 {
            let bytes = match std::mem::take(self).0 {
                Repr::Int(n) => itoa::Buffer::new().format(n).into(),
                Repr::Fixed(bytes) => bytes.into_vec(),
                Repr::Grown(bytes) => *bytes,
            };
            self.0 = Repr::Grown(Box::new(bytes));
        }
        match &mut self.0 {
            Repr::Grown(bytes) => bytes,
            Repr::Int(_) | Repr::Fixed(_) => unreachable!("made growable above"),
        }
    }

    /// The name of its form in memory.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Int(_) => "int",
            Repr::Fixed(bytes) if bytes.len() <= EMBSTR_MAX => "embstr",
            Repr::Fixed(_) | Repr::Grown(_) => "raw",
        }
    }

    /// Never: an empty string is a value like any other.
    pub fn is_empty(&self) -> bool {
        false
    }
}
