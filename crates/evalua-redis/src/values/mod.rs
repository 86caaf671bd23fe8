//! [`Value`]: what a key holds, one file for each type.
//!
//! A type of value is a line in the list below, and a file with its public methods, which are all
//! that commands see of it: how it is stored, and when it changes from a compact form to a large
//! one, is its own. Types take the bounds of their compact forms as
//! [`Limits`](crate::config::Limits) and answer OBJECT ENCODING with the server's names. What methods
//! a type has is decided by its family of commands; only `encoding`, `is_empty`, `Clone` and
//! `Debug` are asked of all. Large collections are boxed, so that a key's value takes 24 bytes.

mod element;
pub mod hash;
pub mod hyperloglog;
pub mod intset;
pub mod list;
mod list_node;
pub mod listpack;
mod memory;
mod packed;
mod packed_zset;
mod quicklist;
pub mod score_tree;
mod sealed;
pub mod set;
pub mod stream;
pub mod string;
pub mod zset;

pub use hash::HashValue;
pub use list::ListValue;
pub use set::SetValue;
pub use stream::StreamValue;
pub use string::StringValue;
pub use zset::ZsetValue;

/// A type that a key can hold.
pub trait Kind: Sized + Into<Value> {
    /// The value, when it is of this type.
    fn of(value: &Value) -> Option<&Self>;

    /// The value, to be changed, when it is of this type.
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
}

/// Declares the types: variant, type, whether boxed in the variant, name for TYPE. Each type has
/// `encoding(&self) -> &'static str` and `is_empty(&self) -> bool`.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident($holder:ty) of $kind:ty, $name:literal;)*) => {
        /// What a key holds.
        #[derive(Clone, Debug)]
        pub enum Value {
            $($(#[$doc])* $variant($holder)),*
        }

        impl Value {
            /// The name of its type, as TYPE gives it.
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(Value::$variant(_) => $name),*
                }
            }

            /// The name of its form in memory, as OBJECT ENCODING gives it.
            pub fn encoding(&self) -> &'static str {
                match self {
                    $(Value::$variant(value) => value.encoding()),*
                }
            }

            /// Whether it is a collection with nothing in it, which no key may hold.
            pub fn is_empty(&self) -> bool {
                match self {
                    $(Value::$variant(value) => value.is_empty()),*
                }
            }
        }

        $(impl Kind for $kind {
            #[inline]
            #[allow(irrefutable_let_patterns, reason = "as long as there is one type")]
            fn of(value: &Value) -> Option<&Self> {
                if let Value::$variant(value) = value { Some(value) } else { None }
            }

            #[inline]
            #[allow(irrefutable_let_patterns, reason = "as long as there is one type")]
            fn of_mut(value: &mut Value) -> Option<&mut Self> {
                if let Value::$variant(value) = value { Some(value) } else { None }
            }
        }

        impl From<$kind> for Value {
            #[inline]
            fn from(value: $kind) -> Value {
                Value::$variant(value.into())
            }
        })*
    };
}

kinds! {
    /// A byte string.
    String(StringValue) of StringValue, "string";
    /// A sequence of byte strings.
    List(ListValue) of ListValue, "list";
    /// Fields with values.
    Hash(HashValue) of HashValue, "hash";
    /// Different byte strings.
    Set(SetValue) of SetValue, "set";
    /// Different byte strings in the order of their scores.
    Zset(ZsetValue) of ZsetValue, "zset";
    /// A log of entries, and the groups that read it.
    Stream(Box<StreamValue>) of StreamValue, "stream";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_small() {
        assert_eq!(size_of::<Value>(), 24);
    }
}
