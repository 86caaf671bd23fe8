//! [`HashValue`]: fields and their values.
//!
//! Small ones are packed into a listpack, a value behind each field, in the order in which the fields
//! were first set; large ones are a hash table, in a reproducible order. A hash that became a table
//! stays one.

use crate::bytes::SmallBytes;
use crate::config::Limits;
use crate::keyspace::Dict;
use crate::values::listpack::{Element, Listpack};
use crate::values::memory;

/// Fields and values.
#[derive(Clone, Debug, Default)]
pub struct HashValue(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Packed(Listpack),
    Table(Box<Dict<SmallBytes>>),
}

impl Default for Repr {
    fn default() -> Repr {
        Repr::Packed(Listpack::new())
    }
}

impl HashValue {
    /// How many bytes of heap it takes, looking at no more than `samples` elements of a large one.
    pub fn heap_size(&self, samples: usize) -> usize {
        match &self.0 {
            Repr::Packed(pairs) => pairs.heap_size(),
            Repr::Table(table) => {
                let sizes = table
                    .iter()
                    .map(|(field, value)| field.heap_size() + value.heap_size());
                size_of_val(&**table)
                    + table.heap_size()
                    + memory::sampled(sizes, table.len(), samples)
            }
        }
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Packed(pairs) => pairs.len() / 2,
            Repr::Table(table) => table.len(),
        }
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Repr::Packed(pairs) => pairs.is_empty(),
            Repr::Table(table) => table.is_empty(),
        }
    }

    /// The name of its form in memory.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Packed(_) => "listpack",
            Repr::Table(_) => "hashtable",
        }
    }

    /// The value of a field.
    pub fn get(&self, field: &[u8]) -> Option<Element<'_>> {
        match &self.0 {
            Repr::Packed(pairs) => pairs.get(pairs.next(find(pairs, field)?)),
            Repr::Table(table) => table.get(field).map(|value| Element::Bytes(value)),
        }
    }

    /// Whether there is such a field.
    pub fn contains(&self, field: &[u8]) -> bool {
        match &self.0 {
            Repr::Packed(pairs) => find(pairs, field).is_some(),
            Repr::Table(table) => table.contains(field),
        }
    }

    /// Takes the form for `count` fields that are about to be set.
    pub fn expect(&mut self, count: usize, limits: Limits) {
        if limits.forms_by_hint && count > limits.hash.entries {
            self.make_table();
        }
    }

    /// Sets a field, which keeps its place if it is there; tells whether it is new.
    pub fn set(&mut self, field: &[u8], value: &[u8], limits: Limits) -> bool {
        let limits = limits.hash;
        let fits = field.len() <= limits.value && value.len() <= limits.value;
        match &mut self.0 {
            Repr::Packed(pairs) if fits && pairs.can_grow(field.len() + value.len()) => {
                let found = find(pairs, field);
                match found {
                    Some(at) => pairs.replace(pairs.next(at), value),
                    None => {
                        pairs.push(field);
                        pairs.push(value);
                    }
                }
                if pairs.is_longer_than(limits.entries.saturating_mul(2)) {
                    self.make_table();
                }
                found.is_none()
            }
            _ => self
                .make_table()
                .insert(field, SmallBytes::new(value))
                .is_none(),
        }
    }

    /// Removes a field; tells whether it was there.
    pub fn remove(&mut self, field: &[u8]) -> bool {
        match &mut self.0 {
            Repr::Packed(pairs) => match find(pairs, field) {
                Some(at) => {
                    pairs.remove_many(at, 2);
                    true
                }
                None => false,
            },
            Repr::Table(table) => table.remove(field).is_some(),
        }
    }

    /// The fields with their values.
    pub fn iter(&self) -> Iter<'_> {
        Iter(match &self.0 {
            Repr::Packed(pairs) => Source::Packed(pairs.iter()),
            Repr::Table(table) => Source::Table { table, next: 0 },
        })
    }

    /// The field at a position with its value.
    pub fn at(&self, position: usize) -> Option<(Element<'_>, Element<'_>)> {
        match &self.0 {
            Repr::Packed(pairs) => {
                let (field, next) = pairs.read(pairs.seek(2 * position)?)?;
                Some((field, pairs.get(next)?))
            }
            Repr::Table(table) => table.at(position).map(as_elements),
        }
    }

    /// The fields at these positions, all below [`HashValue::len`], with their values.
    pub fn select(&self, positions: &[usize]) -> Vec<(Element<'_>, Element<'_>)> {
        match &self.0 {
            Repr::Packed(_) => {
                let pairs: Vec<_> = self.iter().collect();
                positions.iter().map(|&at| pairs[at]).collect()
            }
            Repr::Table(table) => positions
                .iter()
                .filter_map(|&at| table.at(at))
                .map(as_elements)
                .collect(),
        }
    }

    /// Shows some fields with their values and returns the cursor of the next, as [`Dict::scan`]; a
    /// compact hash shows all of them at once.
    pub fn scan(&self, cursor: u64, mut show: impl FnMut(Element<'_>, Element<'_>)) -> u64 {
        match &self.0 {
            Repr::Packed(_) => {
                self.iter().for_each(|(field, value)| show(field, value));
                0
            }
            Repr::Table(table) => table.scan(cursor, |field, value| {
                show(Element::Bytes(field), Element::Bytes(value));
            }),
        }
    }

    /// How the fields are kept.
    pub fn packing(&self) -> Packing<'_> {
        match &self.0 {
            Repr::Packed(pairs) => Packing::Packed(pairs),
            Repr::Table(_) => Packing::Table,
        }
    }

    /// A hash of fields, each with its value behind it; `None` when there are none, or two are the
    /// same.
    pub fn from_listpack(pairs: Listpack) -> Option<HashValue> {
        let mut seen = Dict::default();
        let mut elements = pairs.iter();
        while let Some(field) = elements.next() {
            elements.next()?;
            if seen.insert(&field.to_bytes(), ()).is_some() {
                return None;
            }
        }
        (!seen.is_empty()).then_some(HashValue(Repr::Packed(pairs)))
    }

    /// Takes the large form, whatever its size.
    pub fn make_large(&mut self) {
        self.make_table();
    }

    fn make_table(&mut self) -> &mut Dict<SmallBytes> {
        if let Repr::Packed(_) = self.0 {
            let mut table = Dict::default();
            for (field, value) in self.iter() {
                table.insert(&field.to_bytes(), value.to_small());
            }
            self.0 = Repr::Table(Box::new(table));
        }
        match &mut self.0 {
            Repr::Table(table) => table,
            Repr::Packed(_) => unreachable!("made a table above"),
        }
    }
}

/// How the fields of a hash are kept.
#[derive(Clone, Copy, Debug)]
pub enum Packing<'a> {
    /// In a listpack, each with its value behind it.
    Packed(&'a Listpack),
    /// In a hash table.
    Table,
}

/// The position of a field among packed pairs.
fn find(pairs: &Listpack, field: &[u8]) -> Option<usize> {
    pairs.find(field, pairs.start(), 2)
}

fn as_elements<'a>((field, value): (&'a SmallBytes, &'a SmallBytes)) -> (Element<'a>, Element<'a>) {
    (Element::Bytes(field), Element::Bytes(value))
}

/// The fields of a [`HashValue`] with their values.
#[derive(Clone, Debug)]
pub struct Iter<'a>(Source<'a>);

#[derive(Clone, Debug)]
enum Source<'a> {
    Packed(crate::values::listpack::Iter<'a>),
    Table {
        table: &'a Dict<SmallBytes>,
        next: usize,
    },
}

impl<'a> Iterator for Iter<'a> {
    type Item = (Element<'a>, Element<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Source::Packed(pairs) => Some((pairs.next()?, pairs.next()?)),
            Source::Table { table, next } => {
                let pair = table.at(*next)?;
                *next += 1;
                Some(as_elements(pair))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::config::{Compact, Config};
    use crate::profile;

    fn limits() -> Limits {
        let mut limits = Config::new(&profile::REDIS_7_2).limits;
        limits.hash = Compact {
            entries: 8,
            value: 10,
        };
        limits
    }

    #[derive(Clone, Debug)]
    enum Op {
        Set(Vec<u8>, Vec<u8>),
        Remove(Vec<u8>),
        Expect(usize),
    }

    fn op() -> impl Strategy<Value = Op> {
        let field = || prop_oneof!["[a-f]", "-?[0-9]", "[a-b]{9,11}"].prop_map(String::into_bytes);
        let value = prop_oneof!["[0-9]{0,3}", "-[1-9][0-9]{0,17}", "x{9,12}"];
        prop_oneof![
            6 => (field(), value.prop_map(String::into_bytes)).prop_map(|(f, v)| Op::Set(f, v)),
            3 => field().prop_map(Op::Remove),
            1 => (0..10_usize).prop_map(Op::Expect),
        ]
    }

    fn owned<'a>(
        pairs: impl IntoIterator<Item = (Element<'a>, Element<'a>)>,
    ) -> Vec<(Vec<u8>, Vec<u8>)> {
        let pairs = pairs.into_iter();
        pairs
            .map(|(f, v)| (f.to_bytes().into_owned(), v.to_bytes().into_owned()))
            .collect()
    }

    proptest! {
        /// The model is a vector of pairs and whether the hash should be a table.
        #[test]
        fn behaves_as_a_vector_of_pairs(ops in prop::collection::vec(op(), 0..60)) {
            let limits = limits();
            let mut hash = HashValue::default();
            let mut model: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
            let mut is_table = false;
            for op in ops {
                match op {
                    Op::Set(field, value) => {
                        let found = model.iter().position(|(f, _)| *f == field);
                        prop_assert_eq!(hash.set(&field, &value, limits), found.is_none());
                        is_table |= field.len() > limits.hash.value || value.len() > limits.hash.value;
                        match found {
                            Some(at) => model[at].1 = value,
                            None => model.push((field, value)),
                        }
                        is_table |= model.len() > limits.hash.entries;
                    }
                    Op::Remove(field) => {
                        let found = model.iter().position(|(f, _)| *f == field);
                        prop_assert_eq!(hash.remove(&field), found.is_some());
                        if let Some(at) = found {
                            if is_table {
                                model.swap_remove(at);
                            } else {
                                model.remove(at);
                            }
                        }
                    }
                    Op::Expect(count) => {
                        hash.expect(count, limits);
                        is_table |= count > limits.hash.entries;
                    }
                }
                let encoding = if is_table { "hashtable" } else { "listpack" };
                prop_assert_eq!(hash.encoding(), encoding);
                prop_assert_eq!(hash.len(), model.len());
                prop_assert_eq!(hash.is_empty(), model.is_empty());
                prop_assert_eq!(&owned(hash.iter()), &model);
                for (at, (field, value)) in model.iter().enumerate() {
                    prop_assert!(hash.contains(field));
                    prop_assert_eq!(&*hash.get(field).unwrap().to_bytes(), &value[..]);
                    prop_assert_eq!(&owned(hash.at(at))[0], &model[at]);
                }
                let backwards: Vec<usize> = (0..model.len()).rev().collect();
                let mut selected = owned(hash.select(&backwards));
                selected.reverse();
                prop_assert_eq!(&selected, &model);
                prop_assert!(!hash.contains(b"none") && hash.get(b"none").is_none());
                prop_assert!(hash.at(model.len()).is_none());
            }
        }
    }

    #[test]
    fn scans_show_what_stays() {
        for fields in [5, 200] {
            let mut hash = HashValue::default();
            let names = |prefix: &str| -> Vec<Vec<u8>> {
                let name = |i| format!("{prefix}{i}").into_bytes();
                (0..fields).map(name).collect()
            };
            for name in names("stays") {
                hash.set(&name, b"v", limits());
            }
            let mut seen = BTreeSet::new();
            let mut goes = names("goes").into_iter();
            let mut calls = 0;
            let mut cursor = 0;
            loop {
                cursor = hash.scan(cursor, |field, value| {
                    assert_eq!(value, Element::Bytes(b"v"));
                    seen.insert(field.to_bytes().into_owned());
                });
                calls += 1;
                if cursor == 0 {
                    break;
                }
                for name in goes.by_ref().take(20) {
                    hash.set(&name, b"v", limits());
                }
            }
            assert!(names("stays").iter().all(|name| seen.contains(name)));
            assert_eq!(calls == 1, fields == 5);
        }
    }
}
