//! [`SetValue`]: a set of byte strings.
//!
//! The server's encodings: `intset`, ascending, as long as every member is an integer; `listpack`,
//! in the order of insertion, while it is small; `hashtable`. The changes between them are the
//! server's too, those that a command makes because it brings many members at once included. A
//! server without listpacks for sets is one whose bound for them is 0.

use crate::bytes::SmallBytes;
use crate::config::Limits;
use crate::keyspace::Dict;
use crate::number::parse_int;
use crate::rng::Rng;
use crate::values::intset::{self, IntSet};
use crate::values::listpack::{self, Element, Listpack};
use crate::values::memory;

/// When so many times the members that stay are not more than those taken out, it is cheaper to
/// pick the ones that stay.
const POP_BY_PICKING_REST: usize = 5;

/// A set.
#[derive(Clone, Debug)]
pub struct SetValue(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Ints(IntSet),
    Other(Box<Other>),
}

/// The forms that are larger, so that the first costs no allocation more.
#[derive(Clone, Debug)]
enum Other {
    Packed(Listpack),
    Table(Dict<()>),
}

/// The form of a set, as it is told apart everywhere here.
enum Form<'a> {
    Ints(&'a IntSet),
    Packed(&'a Listpack),
    Table(&'a Dict<()>),
}

/// The same, to be changed.
enum FormMut<'a> {
    Ints(&'a mut IntSet),
    Packed(&'a mut Listpack),
    Table(&'a mut Dict<()>),
}

/// How the members of a set are kept.
#[derive(Clone, Copy, Debug)]
pub enum Packing<'a> {
    /// As integers, ascending.
    Ints(&'a IntSet),
    /// In a listpack.
    Packed(&'a Listpack),
    /// In a hash table.
    Table,
}

impl Default for SetValue {
    /// The empty set, which takes the form that its first member asks for.
    fn default() -> SetValue {
        SetValue(Repr::Ints(IntSet::default()))
    }
}

impl SetValue {
    fn packed(members: Listpack) -> SetValue {
        SetValue(Repr::Other(Box::new(Other::Packed(members))))
    }

    fn table(members: Dict<()>) -> SetValue {
        SetValue(Repr::Other(Box::new(Other::Table(members))))
    }

    #[inline]
    fn form(&self) -> Form<'_> {
        match &self.0 {
            Repr::Ints(ints) => Form::Ints(ints),
            Repr::Other(other) => match &**other {
                Other::Packed(members) => Form::Packed(members),
                Other::Table(members) => Form::Table(members),
            },
        }
    }

    #[inline]
    fn form_mut(&mut self) -> FormMut<'_> {
        match &mut self.0 {
            Repr::Ints(ints) => FormMut::Ints(ints),
            Repr::Other(other) => match &mut **other {
                Other::Packed(members) => FormMut::Packed(members),
                Other::Table(members) => FormMut::Table(members),
            },
        }
    }

    /// How many bytes of heap it takes, looking at no more than `samples` elements of a large one.
    pub fn heap_size(&self, samples: usize) -> usize {
        let other = memory::chunk(size_of::<Other>());
        match self.form() {
            Form::Ints(ints) => ints.heap_size(),
            Form::Packed(members) => other + members.heap_size(),
            Form::Table(table) => {
                let sizes = table.iter().map(|(member, ())| member.heap_size());
                other + table.heap_size() + memory::sampled(sizes, table.len(), samples)
            }
        }
    }

    /// An empty set for about `count` members, of which `first` is one.
    pub fn sized_for(first: &[u8], count: usize, limits: Limits) -> SetValue {
        let count = if limits.forms_by_hint { count } else { 0 };
        if parse_int(first).is_some() && count <= limits.set_intset_entries {
            SetValue::default()
        } else if limits.set.entries > 0 && count <= limits.set.entries {
            SetValue::packed(Listpack::new())
        } else {
            SetValue::table(Dict::default())
        }
    }

    /// An empty set for members that come in no order, and whose order is to be kept while it can.
    pub fn in_order(limits: Limits) -> SetValue {
        if limits.set.entries > 0 {
            SetValue::packed(Listpack::new())
        } else {
            SetValue::default()
        }
    }

    /// Takes the form for `count` members that are about to be added.
    pub fn expect(&mut self, count: usize, limits: Limits) {
        let bound = match self.form() {
            Form::Ints(_) => limits.set_intset_entries,
            Form::Packed(_) => limits.set.entries,
            Form::Table(_) => return,
        };
        if limits.forms_by_hint && count > bound {
            self.make_table();
        }
    }

    /// Becomes an `intset` when all members are integers and not too many.
    pub fn make_ints(&mut self, limits: Limits) {
        if matches!(self.0, Repr::Ints(_)) || self.len() > limits.set_intset_entries {
            return;
        }
        let as_int = |member: Element<'_>| match member {
            Element::Int(n) => Some(n),
            Element::Bytes(bytes) => parse_int(bytes),
        };
        if let Some(ints) = self.iter().map(as_int).collect::<Option<IntSet>>() {
            self.0 = Repr::Ints(ints);
        }
    }

    /// How the members are kept.
    pub fn packing(&self) -> Packing<'_> {
        match self.form() {
            Form::Ints(ints) => Packing::Ints(ints),
            Form::Packed(listpack) => Packing::Packed(listpack),
            Form::Table(_) => Packing::Table,
        }
    }

    /// A set of these integers.
    pub fn from_ints(ints: IntSet) -> SetValue {
        SetValue(Repr::Ints(ints))
    }

    /// A set of these members; `None` when there are none, or two are the same.
    pub fn from_listpack(members: Listpack) -> Option<SetValue> {
        let mut seen = Dict::default();
        let mut are_different = !members.is_empty();
        for member in &members {
            are_different &= seen.insert(&member.to_bytes(), ()).is_none();
        }
        are_different.then(|| SetValue::packed(members))
    }

    /// Takes the large form, whatever its size.
    pub fn make_large(&mut self) {
        self.make_table();
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        match self.form() {
            Form::Ints(ints) => ints.len(),
            Form::Packed(listpack) => listpack.len(),
            Form::Table(dict) => dict.len(),
        }
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        match self.form() {
            Form::Ints(ints) => ints.is_empty(),
            Form::Packed(members) => members.is_empty(),
            Form::Table(dict) => dict.is_empty(),
        }
    }

    /// The name of its form in memory.
    pub fn encoding(&self) -> &'static str {
        match self.form() {
            Form::Ints(_) => "intset",
            Form::Packed(_) => "listpack",
            Form::Table(_) => "hashtable",
        }
    }

    /// Whether it has that member.
    pub fn contains(&self, member: &[u8]) -> bool {
        match self.form() {
            Form::Ints(ints) => parse_int(member).is_some_and(|n| ints.search(n).is_ok()),
            Form::Packed(listpack) => listpack.find(member, listpack.start(), 1).is_some(),
            Form::Table(dict) => dict.contains(member),
        }
    }

    /// Adds a member; tells whether it is new.
    pub fn add(&mut self, member: &[u8], limits: Limits) -> bool {
        match self.form_mut() {
            FormMut::Ints(ints) => match parse_int(member) {
                Some(n) => {
                    if !ints.insert(n) {
                        return false;
                    }
                    if ints.len() > limits.set_intset_entries {
                        self.make_table();
                    }
                }
                None => {
                    let room = |bound: usize| ints.len() < bound;
                    // The extremes are the longest in text.
                    let last = ints.len().checked_sub(1);
                    let extremes = [ints.get(0), last.and_then(|last| ints.get(last))];
                    let longest = extremes.into_iter().flatten();
                    let fits = |len: usize| len <= limits.set.value;
                    let all_fit = longest.map(|n| Element::Int(n).len()).all(fits);
                    if room(limits.set.entries) && fits(member.len()) && all_fit {
                        let mut listpack = Listpack::new();
                        for n in ints.iter() {
                            listpack.push(itoa::Buffer::new().format(n).as_bytes());
                        }
                        listpack.push(member);
                        *self = SetValue::packed(listpack);
                    } else {
                        self.make_table().insert(member, ());
                    }
                }
            },
            FormMut::Packed(listpack) => {
                if listpack.find(member, listpack.start(), 1).is_some() {
                    return false;
                }
                if listpack.len() < limits.set.entries && member.len() <= limits.set.value {
                    listpack.push(member);
                } else {
                    self.make_table().insert(member, ());
                }
            }
            FormMut::Table(dict) => match dict.locate(member) {
                Ok(_) => return false,
                Err(vacancy) => {
                    dict.insert_new(vacancy, member, ());
                }
            },
        }
        true
    }

    /// Removes a member; tells whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match self.form_mut() {
            FormMut::Ints(ints) => match parse_int(member).map(|n| ints.search(n)) {
                Some(Ok(at)) => {
                    ints.remove(at);
                    true
                }
                _ => false,
            },
            FormMut::Packed(listpack) => {
                let found = listpack.find(member, listpack.start(), 1);
                if let Some(at) = found {
                    listpack.remove(at);
                }
                found.is_some()
            }
            FormMut::Table(dict) => dict.remove(member).is_some(),
        }
    }

    /// Turns into a table, whatever it was.
    fn make_table(&mut self) -> &mut Dict<()> {
        if !matches!(self.form(), Form::Table(_)) {
            let mut dict = Dict::default();
            let mut buffer = itoa::Buffer::new();
            for member in self.iter() {
                dict.insert(member.bytes_in(&mut buffer), ());
            }
            *self = SetValue::table(dict);
        }
        match self.form_mut() {
            FormMut::Table(dict) => dict,
            _ => unreachable!("replaced just above"),
        }
    }

    /// The members, in the order in which the server lists those of a small set.
    pub fn iter(&self) -> Iter<'_> {
        Iter(match self.form() {
            Form::Ints(ints) => IterRepr::Ints(ints.iter()),
            Form::Packed(listpack) => IterRepr::Packed(listpack.iter()),
            Form::Table(dict) => IterRepr::Table(dict, 0),
        })
    }

    /// The member at a position below [`SetValue::len`], in the order of [`SetValue::iter`].
    pub fn at(&self, position: usize) -> Option<Element<'_>> {
        match self.form() {
            Form::Ints(ints) => ints.get(position).map(Element::Int),
            Form::Packed(listpack) => listpack.get(listpack.seek(position)?),
            Form::Table(dict) => dict.at(position).map(|(key, ())| Element::Bytes(key)),
        }
    }

    /// Removes a random member; `None` when there is none.
    pub fn pop(&mut self, rng: &mut Rng) -> Option<SmallBytes> {
        let position = rng.below(self.len());
        let member = self.at(position)?.to_small();
        match self.form_mut() {
            FormMut::Ints(ints) => ints.remove(position),
            FormMut::Packed(listpack) => {
                if let Some(at) = listpack.seek(position) {
                    listpack.remove(at);
                }
            }
            FormMut::Table(dict) => {
                dict.remove_at(position);
            }
        }
        Some(member)
    }

    /// Removes `count` random members. When most are taken, the few that stay make up a new set,
    /// in the form that it then has.
    pub fn pop_many(&mut self, count: usize, rng: &mut Rng, limits: Limits) -> Vec<SmallBytes> {
        let stay = self.len().saturating_sub(count);
        let is_packed = matches!(self.form(), Form::Packed(_));
        if !is_packed && stay.saturating_mul(POP_BY_PICKING_REST) > count {
            return std::iter::from_fn(|| self.pop(rng)).take(count).collect();
        }
        let mut rest = match self.form() {
            Form::Ints(_) => SetValue::default(),
            _ => SetValue::in_order(limits),
        };
        let mut staying = rng.sample(self.len(), stay).into_iter().peekable();
        let mut popped = Vec::with_capacity(self.len() - stay);
        for (position, member) in self.iter().enumerate() {
            let member = member.to_small();
            if staying.next_if_eq(&position).is_some() {
                rest.add(&member, limits);
            } else {
                popped.push(member);
            }
        }
        *self = rest;
        popped
    }

    /// Shows some members and returns the cursor of the next, as [`Dict::scan`]; a compact set shows
    /// all of them at once.
    pub fn scan(&self, cursor: u64, mut show: impl FnMut(Element<'_>)) -> u64 {
        match self.form() {
            Form::Table(dict) => dict.scan(cursor, |key, ()| show(Element::Bytes(key))),
            _ => {
                self.iter().for_each(show);
                0
            }
        }
    }
}

/// The members of a [`SetValue`].
#[derive(Clone, Debug)]
pub struct Iter<'a>(IterRepr<'a>);

#[derive(Clone, Debug)]
enum IterRepr<'a> {
    Ints(intset::Iter<'a>),
    Packed(listpack::Iter<'a>),
    Table(&'a Dict<()>, usize),
}

impl<'a> Iterator for Iter<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        match &mut self.0 {
            IterRepr::Ints(ints) => ints.next().map(Element::Int),
            IterRepr::Packed(elements) => elements.next(),
            IterRepr::Table(dict, position) => {
                let (key, ()) = dict.at(*position)?;
                *position += 1;
                Some(Element::Bytes(key))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Compact, Config};
    use crate::profile::{Profile, REDIS_7_0, REDIS_7_2};
    use crate::rng::Rng;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[derive(Clone, Debug)]
    enum Op {
        Add(Vec<u8>),
        Remove(Vec<u8>),
        Pop,
        PopMany(usize),
    }

    fn member() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            8 => (-10..20_i32).prop_map(|n| n.to_string().into_bytes()),
            1 => prop::collection::vec(b'a'..b'f', 0..3),
            1 => prop::collection::vec(any::<u8>(), 0..40),
        ]
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            8 => member().prop_map(Op::Add),
            3 => member().prop_map(Op::Remove),
            1 => Just(Op::Pop),
            1 => (0..20_usize).prop_map(Op::PopMany),
        ]
    }

    fn limits(profile: &Profile) -> Limits {
        let limits = Config::new(profile).limits;
        Limits {
            set: Compact {
                entries: limits.set.entries.min(8),
                value: 30,
            },
            set_intset_entries: 12,
            ..limits
        }
    }

    fn content(set: &SetValue) -> Vec<Vec<u8>> {
        set.iter().map(|m| m.to_bytes().into_owned()).collect()
    }

    proptest! {
        #[test]
        fn behaves_as_a_set(
            ops in prop::collection::vec(op(), 1..120),
            old_server in any::<bool>(),
            seed in any::<u64>(),
        ) {
            let limits = limits(if old_server { &REDIS_7_0 } else { &REDIS_7_2 });
            let mut rng = Rng::new(seed);
            let mut set = SetValue::default();
            // In the order of insertion.
            let mut model: Vec<Vec<u8>> = Vec::new();
            for op in ops {
                let before = set.encoding();
                match op {
                    Op::Add(member) => {
                        let is_new = !model.contains(&member);
                        prop_assert_eq!(set.contains(&member), !is_new);
                        prop_assert_eq!(set.add(&member, limits), is_new);
                        if is_new {
                            if before == "intset" {
                                model.sort_by_key(|m| parse_int(m));
                            }
                            model.push(member.clone());
                            let is_int = parse_int(&member).is_some();
                            let expected = match before {
                                "intset" if is_int && model.len() <= 12 => "intset",
                                "intset" | "listpack"
                                    if (before == "listpack" || !is_int)
                                        && member.len() <= 30
                                        && model.len() <= limits.set.entries =>
                                {
                                    "listpack"
                                }
                                _ => "hashtable",
                            };
                            prop_assert_eq!(set.encoding(), expected);
                        }
                    }
                    Op::Remove(member) => {
                        let found = model.iter().position(|m| *m == member);
                        prop_assert_eq!(set.remove(&member), found.is_some());
                        found.map(|at| model.remove(at));
                        prop_assert_eq!(set.encoding(), before);
                    }
                    Op::Pop => {
                        let popped = set.pop(&mut rng).map(SmallBytes::into_vec);
                        prop_assert_eq!(popped.is_some(), !model.is_empty());
                        model.retain(|m| Some(m) != popped.as_ref());
                    }
                    Op::PopMany(count) => {
                        let popped: BTreeSet<Vec<u8>> = set
                            .pop_many(count, &mut rng, limits)
                            .into_iter()
                            .map(SmallBytes::into_vec)
                            .collect();
                        prop_assert_eq!(popped.len(), count.min(model.len()));
                        model.retain(|m| !popped.contains(m));
                        if before == "hashtable" && set.encoding() != "hashtable" {
                            // Made anew, in the order of a table.
                            let rest = content(&set);
                            prop_assert_eq!(
                                rest.iter().collect::<BTreeSet<_>>(),
                                model.iter().collect::<BTreeSet<_>>()
                            );
                            model = rest;
                        }
                    }
                }
                let mut expected = model.clone();
                let mut actual = content(&set);
                match set.encoding() {
                    "intset" => expected.sort_by_key(|m| parse_int(m)),
                    "hashtable" => {
                        expected.sort();
                        actual.sort();
                    }
                    _ => {}
                }
                prop_assert_eq!(&actual, &expected);
                prop_assert_eq!(set.len(), expected.len());
            }
            let all = content(&set);
            let by_position = (0..set.len() + 1).map_while(|position| set.at(position));
            prop_assert!(by_position.eq(set.iter()));
            let mut as_ints = set.clone();
            as_ints.make_ints(limits);
            let becomes_ints = all.len() <= 12 && all.iter().all(|m| parse_int(m).is_some());
            prop_assert_eq!(as_ints.encoding() == "intset", becomes_ints);
            prop_assert_eq!(
                content(&as_ints).into_iter().collect::<BTreeSet<_>>(),
                all.into_iter().collect::<BTreeSet<_>>()
            );
        }
    }

    #[test]
    fn forms_for_many_members_at_once() {
        let of = |profile, first: &[u8], count| {
            SetValue::sized_for(first, count, limits(profile)).encoding()
        };
        assert_eq!(of(&REDIS_7_2, b"1", 12), "intset");
        assert_eq!(of(&REDIS_7_2, b"1", 13), "hashtable");
        assert_eq!(of(&REDIS_7_2, b"x", 8), "listpack");
        assert_eq!(of(&REDIS_7_2, b"x", 9), "hashtable");
        assert_eq!(of(&REDIS_7_0, b"1", 1000), "intset");
        assert_eq!(of(&REDIS_7_0, b"x", 1), "hashtable");
    }
}
