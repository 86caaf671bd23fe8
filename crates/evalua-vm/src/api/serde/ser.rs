//! From serde's types to Lua values.

use crate::api::convert::IntoLua;
use crate::api::error::{Error, Result};
use crate::api::lua::Lua;
use crate::api::table::Table;
use crate::api::value::Value;
use serde::Serialize;
use serde::ser;

/// Makes a value.
#[derive(Clone, Copy)]
pub(super) struct Serializer<'a>(pub(super) &'a Lua);

impl<'a> Serializer<'a> {
    /// A table of items, in a table of their own under the variant's name if there is one.
    fn items(self, count: Option<usize>, variant: Option<&'static str>) -> Result<Parts<'a>> {
        self.parts(count.unwrap_or(0), 0, variant)
    }

    /// A table of entries, likewise.
    fn entries(self, count: Option<usize>, variant: Option<&'static str>) -> Result<Parts<'a>> {
        self.parts(0, count.unwrap_or(0), variant)
    }

    fn parts(
        self,
        items: usize,
        entries: usize,
        variant: Option<&'static str>,
    ) -> Result<Parts<'a>> {
        // Only a hint, and perhaps a wrong one.
        let (items, entries) = (items.min(1 << 16), entries.min(1 << 16));
        Ok(Parts {
            serializer: self,
            table: self.0.create_table_with_capacity(items, entries)?,
            variant,
            count: 0,
            key: Value::Nil,
        })
    }

    fn tagged(self, variant: &str, value: impl IntoLua) -> Result<Value> {
        let table = self.0.create_table_with_capacity(0, 1)?;
        table.raw_set(variant, value)?;
        Ok(Value::Table(table))
    }
}

/// A table in the making.
pub(super) struct Parts<'a> {
    serializer: Serializer<'a>,
    table: Table,
    variant: Option<&'static str>,
    count: usize,
    /// The key of the next entry.
    key: Value,
}

impl Parts<'_> {
    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        self.count += 1;
        self.table
            .raw_set(self.count, item.serialize(self.serializer)?)
    }

    fn set<T: Serialize + ?Sized>(&mut self, key: impl IntoLua, value: &T) -> Result<()> {
        self.table.raw_set(key, value.serialize(self.serializer)?)
    }

    fn finish(self) -> Result<Value> {
        match self.variant {
            Some(variant) => self.serializer.tagged(variant, self.table),
            None => Ok(Value::Table(self.table)),
        }
    }
}

/// Plain types become what they are in the rest of the API.
macro_rules! plain {
    ($($method:ident $type:ty as $as:ty;)*) => {
        $(
            fn $method(self, value: $type) -> Result<Value> {
                (value as $as).into_lua(self.0)
            }
        )*
    };
}

impl<'a> ser::Serializer for Serializer<'a> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    plain! {
        serialize_bool bool as bool;
        serialize_i8 i8 as f64;
        serialize_i16 i16 as f64;
        serialize_i32 i32 as f64;
        serialize_i64 i64 as f64;
        serialize_i128 i128 as f64;
        serialize_u8 u8 as f64;
        serialize_u16 u16 as f64;
        serialize_u32 u32 as f64;
        serialize_u64 u64 as f64;
        serialize_u128 u128 as f64;
        serialize_f32 f32 as f64;
        serialize_f64 f64 as f64;
        serialize_char char as char;
        serialize_str &str as &str;
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value> {
        self.0.create_string(bytes).map(Value::String)
    }

    fn serialize_none(self) -> Result<Value> {
        Ok(Value::Nil)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value> {
        Ok(Value::Nil)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value> {
        Ok(Value::Nil)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value> {
        variant.into_lua(self.0)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value> {
        self.tagged(variant, value.serialize(self)?)
    }

    fn serialize_seq(self, count: Option<usize>) -> Result<Parts<'a>> {
        self.items(count, None)
    }

    fn serialize_tuple(self, count: usize) -> Result<Parts<'a>> {
        self.items(Some(count), None)
    }

    fn serialize_tuple_struct(self, _name: &'static str, count: usize) -> Result<Parts<'a>> {
        self.items(Some(count), None)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        count: usize,
    ) -> Result<Parts<'a>> {
        self.items(Some(count), Some(variant))
    }

    fn serialize_map(self, count: Option<usize>) -> Result<Parts<'a>> {
        self.entries(count, None)
    }

    fn serialize_struct(self, _name: &'static str, count: usize) -> Result<Parts<'a>> {
        self.entries(Some(count), None)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        count: usize,
    ) -> Result<Parts<'a>> {
        self.entries(Some(count), Some(variant))
    }
}

/// The traits of what has items.
macro_rules! items {
    ($($kind:ident $method:ident;)*) => {
        $(
            impl ser::$kind for Parts<'_> {
                type Ok = Value;
                type Error = Error;

                fn $method<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
                    self.push(item)
                }

                fn end(self) -> Result<Value> {
                    self.finish()
                }
            }
        )*
    };
}

items! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

/// The traits of what has fields.
macro_rules! fields {
    ($($kind:ident)*) => {
        $(
            impl ser::$kind for Parts<'_> {
                type Ok = Value;
                type Error = Error;

                fn serialize_field<T: Serialize + ?Sized>(
                    &mut self,
                    name: &'static str,
                    value: &T,
                ) -> Result<()> {
                    self.set(name, value)
                }

                fn end(self) -> Result<Value> {
                    self.finish()
                }
            }
        )*
    };
}

fields! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Parts<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key = key.serialize(self.serializer)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = std::mem::take(&mut self.key);
        self.set(key, value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}
