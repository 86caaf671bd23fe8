//! From Lua values to serde's types.

use crate::api::error::{Error, Result};
use crate::api::table::{Pairs, Sequence, Table};
use crate::api::value::Value;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// Tables in tables, as serde_json allows.
const MAX_DEPTH: u32 = 128;

/// Whole numbers below this are an `i64`.
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// Reads a value.
pub(super) struct Deserializer {
    pub(super) value: Value,
    pub(super) depth: u32,
}

impl Deserializer {
    /// Reads what is in a table.
    fn inside(depth: u32, value: Value) -> Deserializer {
        Deserializer { value, depth }
    }

    /// The table, and the depth of what is in it.
    fn table(self) -> Result<(Table, u32)> {
        if self.depth == MAX_DEPTH {
            let text = format!("a table is nested more than {MAX_DEPTH} deep, or in itself");
            return Err(Error::conversion(text));
        }
        match self.value {
            Value::Table(table) => Ok((table, self.depth + 1)),
            other => Err(Error::mismatch("table", other.type_name())),
        }
    }

    fn items(self) -> Result<Items> {
        let (table, depth) = self.table()?;
        Ok(Items {
            values: table.sequence_values(),
            depth,
        })
    }

    fn entries(self) -> Result<Entries> {
        let (table, depth) = self.table()?;
        Ok(Entries {
            pairs: table.pairs(),
            value: Value::Nil,
            depth,
        })
    }
}

impl<'de> de::Deserializer<'de> for Deserializer {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.value {
            Value::Nil => visitor.visit_unit(),
            Value::Boolean(b) => visitor.visit_bool(*b),
            Value::Number(n) if n.fract() != 0.0 || n.to_bits() == (-0.0f64).to_bits() => {
                visitor.visit_f64(*n)
            }
            Value::Number(n) if (-TWO_63..TWO_63).contains(n) => visitor.visit_i64(*n as i64),
            Value::Number(n) if (TWO_63..2.0 * TWO_63).contains(n) => visitor.visit_u64(*n as u64),
            Value::Number(n) => visitor.visit_f64(*n),
            Value::String(s) => match std::str::from_utf8(s.as_bytes()) {
                Ok(text) => visitor.visit_str(text),
                Err(_) => visitor.visit_bytes(s.as_bytes()),
            },
            Value::Table(table) => {
                let items = table.len()?;
                if items > 0 && table.pairs::<Value, Value>().take(items + 1).count() == items {
                    visitor.visit_seq(self.items()?)
                } else {
                    visitor.visit_map(self.entries()?)
                }
            }
            other => Err(Error::mismatch("data", other.type_name())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Value::Nil => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.value {
            Value::String(s) => visitor.visit_bytes(s.as_bytes()),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(self.items()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _count: usize, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(self.items()?)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _count: usize,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_seq(self.items()?)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_map(self.entries()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_map(self.entries()?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        if let Value::String(name) = &self.value {
            return visitor.visit_enum(name.to_str()?.into_deserializer());
        }
        let (table, depth) = self.table()?;
        let mut pairs = table.pairs::<Value, Value>();
        match (pairs.next().transpose()?, pairs.next()) {
            (Some((name, value)), None) => visitor.visit_enum(Variant {
                name: Deserializer::inside(depth, name),
                value: Deserializer::inside(depth, value),
            }),
            _ => Err(Error::mismatch(
                "table of one entry, called as the variant",
                "another table",
            )),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string unit unit_struct
        identifier ignored_any
    }
}

/// The items of a table.
struct Items {
    values: Sequence<Value>,
    depth: u32,
}

impl<'de> de::SeqAccess<'de> for Items {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let value = self.values.next().transpose()?;
        value
            .map(|value| seed.deserialize(Deserializer::inside(self.depth, value)))
            .transpose()
    }
}

/// The entries of a table.
struct Entries {
    pairs: Pairs<Value, Value>,
    /// The value of the entry whose key was read.
    value: Value,
    depth: u32,
}

impl<'de> de::MapAccess<'de> for Entries {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((key, value)) = self.pairs.next().transpose()? else {
            return Ok(None);
        };
        self.value = value;
        seed.deserialize(Deserializer::inside(self.depth, key))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let value = std::mem::take(&mut self.value);
        seed.deserialize(Deserializer::inside(self.depth, value))
    }
}

/// A variant with data.
struct Variant {
    name: Deserializer,
    value: Deserializer,
}

impl<'de> de::EnumAccess<'de> for Variant {
    type Error = Error;
    type Variant = Deserializer;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Deserializer)> {
        Ok((seed.deserialize(self.name)?, self.value))
    }
}

impl<'de> de::VariantAccess<'de> for Deserializer {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        de::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _count: usize, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(self.items()?)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_map(self.entries()?)
    }
}
