//! [`ZsetValue`]: a set of byte strings, each with a score, ordered by score and then by bytes.
//!
//! The server's encodings: `listpack` while it is small, `skiplist` from then on. The small form is as short as
//! the server's, but its scores are numbers and not text, as they are compared all the time. The large form is a
//! hash table from members to scores and a [`ScoreTree`] over the positions of that table, so that the bytes of a
//! member are stored, and hashed, once.
//!
//! Scores are never NaN. The small form knows no negative zero, as in the server.

use crate::values::memory;
use std::cmp::Ordering;
use std::ops::Range;

use crate::bytes::SmallBytes;
use crate::config::Limits;
use crate::keyspace::Dict;
use crate::values::packed_zset::{self, PackedZset, by_score, order};
use crate::values::score_tree::{self, Entry, ScoreTree};

/// A sorted set.
#[derive(Clone, Debug)]
pub struct ZsetValue(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Small(PackedZset),
    Large(Box<Table>),
}

/// A member with its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The score.
    pub score: f64,
    /// The member.
    pub member: SmallBytes,
}

impl From<(&[u8], f64)> for Scored {
    fn from((member, score): (&[u8], f64)) -> Scored {
        let member = SmallBytes::new(member);
        Scored { score, member }
    }
}

impl Scored {
    /// The order of sorted sets.
    pub fn order(&self, other: &Scored) -> Ordering {
        order((&self.member, self.score), (&other.member, other.score))
    }
}

/// The large form.
#[derive(Clone, Debug, Default)]
struct Table {
    members: Dict<f64>,
    /// The positions of the entries of `members`, all of them.
    order: ScoreTree,
}

impl Default for ZsetValue {
    /// The empty sorted set.
    fn default() -> ZsetValue {
        ZsetValue(Repr::Small(PackedZset::default()))
    }
}

impl ZsetValue {
    /// How many bytes of heap it takes, looking at no more than `samples` elements of a large one.
    pub fn heap_size(&self, samples: usize) -> usize {
        match &self.0 {
            Repr::Small(items) => items.heap_size(),
            Repr::Large(table) => {
                let sizes = table.members.iter().map(|(member, _)| member.heap_size());
                let members = memory::sampled(sizes, table.members.len(), samples);
                let tables = table.members.heap_size() + table.order.heap_size(samples);
                memory::chunk(size_of_val(&**table)) + tables + members
            }
        }
    }

    /// A sorted set of different members that are in order already.
    pub fn from_sorted(items: Vec<Scored>, limits: Limits) -> ZsetValue {
        let is_small = items.len() <= limits.zset.entries
            && items.iter().all(|i| i.member.len() <= limits.zset.value);
        if !is_small {
            return ZsetValue(Repr::Large(Table::from_sorted(items).into()));
        }
        // A negative zero becomes a positive one.
        let items = items.iter().map(|item| (&*item.member, item.score + 0.0));
        ZsetValue(Repr::Small(items.collect()))
    }

    /// Takes the form for `count` members that are about to be added.
    pub fn expect(&mut self, count: usize, limits: Limits) {
        if limits.forms_by_hint && count > limits.zset.entries {
            self.make_table();
        }
    }

    /// Takes the large form, and keeps it, as SORT leaves what it has sorted.
    pub fn make_large(&mut self) {
        self.make_table();
    }

    /// Turns into a table, whatever it was.
    fn make_table(&mut self) -> &mut Table {
        if let Repr::Small(_) = self.0 {
            let items = self.iter().map(Scored::from).collect();
            self.0 = Repr::Large(Table::from_sorted(items).into());
        }
        match &mut self.0 {
            Repr::Large(table) => table,
            Repr::Small(_) => unreachable!("replaced just above"),
        }
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Small(items) => items.len(),
            Repr::Large(table) => table.members.len(),
        }
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Repr::Small(items) => items.is_empty(),
            Repr::Large(table) => table.members.is_empty(),
        }
    }

    /// The name of its form in memory.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Small(_) => "listpack",
            Repr::Large(_) => "skiplist",
        }
    }

    /// The score of a member.
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        match &self.0 {
            Repr::Small(items) => items.find(member).map(|(_, score)| score),
            Repr::Large(table) => table.members.get(member).copied(),
        }
    }

    /// The number of members in front of a member, and its score.
    pub fn rank(&self, member: &[u8]) -> Option<(usize, f64)> {
        match &self.0 {
            Repr::Small(items) => items.find(member),
            Repr::Large(table) => {
                let score = *table.members.get(member)?;
                Some((table.place(score, member), score))
            }
        }
    }

    /// Gives a member the score that `decide` makes of the one it has, if any; `None` leaves
    /// everything as it is.
    pub fn update(
        &mut self,
        member: &[u8],
        limits: Limits,
        decide: impl FnOnce(Option<f64>) -> Option<f64>,
    ) {
        let items = match &mut self.0 {
            Repr::Large(table) => return table.update(member, decide),
            Repr::Small(items) => items,
        };
        let found = items.find(member);
        let old = found.map(|(_, score)| score);
        let Some(score) = decide(old).filter(|new| Some(*new) != old) else {
            return;
        };
        match found {
            Some((rank, _)) => items.remove(rank..rank + 1),
            None if member.len() <= limits.zset.value && items.len() < limits.zset.entries => {}
            None => return self.make_table().update(member, |_| Some(score)),
        }
        // A negative zero becomes a positive one.
        items.insert((member, score + 0.0));
    }

    /// Removes a member; tells whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        let Some((rank, _)) = self.rank(member) else {
            return false;
        };
        match &mut self.0 {
            Repr::Small(items) => items.remove(rank..rank + 1),
            Repr::Large(table) => {
                table.take(rank);
            }
        }
        true
    }

    /// Removes the members of these ranks, all below [`ZsetValue::len`]; gives them in their order.
    pub fn drain(&mut self, ranks: Range<usize>) -> Vec<Scored> {
        match &mut self.0 {
            Repr::Small(items) => {
                let drained = items.range(ranks.clone()).map(Scored::from).collect();
                items.remove(ranks);
                drained
            }
            Repr::Large(table) => {
                let start = ranks.start;
                ranks.map(|_| table.take(start)).collect()
            }
        }
    }

    /// The members of these ranks, all below [`ZsetValue::len`], in their order or backwards.
    pub fn range(&self, ranks: Range<usize>) -> Iter<'_> {
        Iter(match &self.0 {
            Repr::Small(items) => IterRepr::Small(items.range(ranks)),
            Repr::Large(table) => IterRepr::Large(table, table.order.range(ranks)),
        })
    }

    /// All members in their order, or backwards.
    pub fn iter(&self) -> Iter<'_> {
        self.range(0..self.len())
    }

    /// How many of the first members have a score for which `before` is true; it must be true for
    /// none behind them.
    pub fn ranks_by_score(&self, before: impl Fn(f64) -> bool) -> usize {
        match &self.0 {
            Repr::Small(items) => items.partition_point(|(_, score)| before(score)),
            Repr::Large(table) => table.order.partition_point(|entry| before(entry.score)),
        }
    }

    /// As [`ZsetValue::ranks_by_score`], by the bytes of members; of use only where all scores are
    /// equal.
    pub fn ranks_by_member(&self, before: impl Fn(&[u8]) -> bool) -> usize {
        match &self.0 {
            Repr::Small(items) => items.partition_point(|(member, _)| before(member)),
            Repr::Large(table) => {
                let before = |entry: &Entry| before(table.member(entry.id));
                table.order.partition_point(before)
            }
        }
    }

    /// A member for each position below [`ZsetValue::len`], in an order without meaning but, for a
    /// large one, constant time: for random choices.
    pub fn at(&self, position: usize) -> Option<(&[u8], f64)> {
        match &self.0 {
            Repr::Small(items) => items.range(position..position + 1).next(),
            Repr::Large(table) => table
                .members
                .at(position)
                .map(|(member, score)| (&**member, *score)),
        }
    }

    /// Whether it is in its compact form, which a scan shows at once.
    pub fn is_small(&self) -> bool {
        matches!(self.0, Repr::Small(_))
    }

    /// Shows some members and returns the cursor of the next, as [`Dict::scan`]; a small one shows
    /// all of them at once.
    pub fn scan(&self, cursor: u64, mut show: impl FnMut(&[u8], f64)) -> u64 {
        match &self.0 {
            Repr::Small(items) => {
                let items = items.range(0..items.len());
                items.for_each(|(member, score)| show(member, score));
                0
            }
            Repr::Large(table) => table
                .members
                .scan(cursor, |member, score| show(member, *score)),
        }
    }
}

impl Table {
    fn from_sorted(items: Vec<Scored>) -> Table {
        let mut members = Dict::default();
        let entries: Vec<Entry> = items
            .into_iter()
            .enumerate()
            .map(|(id, Scored { score, member })| {
                members.insert(&member, score);
                let id = id as u32;
                Entry { score, id }
            })
            .collect();
        Table {
            members,
            order: entries.into_iter().collect(),
        }
    }

    fn member(&self, id: u32) -> &[u8] {
        self.members
            .at(id as usize)
            .map_or(&[], |(member, _)| member)
    }

    /// The rank that a member of that score has or would have.
    fn place(&self, score: f64, member: &[u8]) -> usize {
        self.order.partition_point(|entry| {
            by_score(entry.score, score).then_with(|| self.member(entry.id).cmp(member))
                == Ordering::Less
        })
    }

    fn update(&mut self, member: &[u8], decide: impl FnOnce(Option<f64>) -> Option<f64>) {
        let position = self.members.locate(member);
        let old = position
            .ok()
            .and_then(|position| self.members.at(position))
            .map(|(_, score)| *score);
        let Some(score) = decide(old).filter(|new| Some(*new) != old) else {
            return;
        };
        if let Some(old) = old {
            self.order.remove(self.place(old, member));
        }
        let place = self.place(score, member);
        let id = match position {
            Ok(position) => {
                if let Some(value) = self.members.at_mut(position) {
                    *value = score;
                }
                position
            }
            Err(vacancy) => self.members.insert_new(vacancy, member, score),
        };
        let id = id as u32;
        self.order.insert(place, Entry { score, id });
    }

    /// Removes the member of a rank.
    fn take(&mut self, rank: usize) -> Scored {
        let Entry { id, .. } = self.order.remove(rank);
        // The last entry of the table moves into the gap.
        let last = self.members.len() - 1;
        if last != id as usize
            && let Some((member, score)) = self.members.at(last)
        {
            self.order.set_id(self.place(*score, member), id);
        }
        let (member, score) = self.members.remove_at(id as usize);
        Scored { score, member }
    }
}

/// Members of a [`ZsetValue`] with their scores.
#[derive(Clone, Debug)]
pub struct Iter<'a>(IterRepr<'a>);

#[derive(Clone, Debug)]
enum IterRepr<'a> {
    Small(packed_zset::Iter<'a>),
    Large(&'a Table, score_tree::Iter<'a>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a [u8], f64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            IterRepr::Small(items) => items.next(),
            IterRepr::Large(table, entries) => {
                let entry = entries.next()?;
                Some((table.member(entry.id), entry.score))
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            IterRepr::Small(items) => items.size_hint(),
            IterRepr::Large(_, entries) => entries.size_hint(),
        }
    }
}

impl DoubleEndedIterator for Iter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            IterRepr::Small(items) => items.next_back(),
            IterRepr::Large(table, entries) => {
                let entry = entries.next_back()?;
                Some((table.member(entry.id), entry.score))
            }
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Compact, Config};
    use crate::profile::REDIS_7_2;
    use crate::rng::Rng;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Clone, Debug)]
    enum Op {
        Set(Vec<u8>, i8),
        Remove(Vec<u8>),
        Drain(usize, usize),
        Expect(usize),
    }

    fn member() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            8 => (0..300_u32).prop_map(|n| n.to_string().into_bytes()),
            1 => prop::collection::vec(any::<u8>(), 0..70),
        ]
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            8 => (member(), -5..5_i8).prop_map(|(member, score)| Op::Set(member, score)),
            3 => member().prop_map(Op::Remove),
            1 => (any::<usize>(), 0..9_usize).prop_map(|(at, n)| Op::Drain(at, n)),
            1 => (0..12_usize).prop_map(Op::Expect),
        ]
    }

    fn limits() -> Limits {
        Limits {
            zset: Compact {
                entries: 10,
                value: 60,
            },
            ..Config::new(&REDIS_7_2).limits
        }
    }

    /// The members and scores of the model, in order.
    fn sorted(model: &BTreeMap<Vec<u8>, i8>) -> Vec<(&[u8], f64)> {
        let mut items: Vec<_> = model.iter().map(|(m, s)| (*s, &m[..])).collect();
        items.sort();
        items.into_iter().map(|(s, m)| (m, f64::from(s))).collect()
    }

    proptest! {
        #[test]
        fn behaves_as_a_sorted_map(ops in prop::collection::vec(op(), 0..250)) {
            let limits = limits();
            let mut zset = ZsetValue::default();
            let mut model = BTreeMap::new();
            let mut is_small = true;
            for op in ops {
                match op {
                    Op::Set(member, score) => {
                        let old = model.get(&member).copied();
                        is_small &= old.is_some() || (model.len() < 10 && member.len() <= 60);
                        let mut seen = None;
                        zset.update(&member, limits, |old| {
                            seen = old;
                            Some(f64::from(score))
                        });
                        prop_assert_eq!(seen, old.map(f64::from));
                        model.insert(member, score);
                    }
                    Op::Remove(member) => {
                        prop_assert_eq!(zset.remove(&member), model.remove(&member).is_some());
                    }
                    Op::Drain(at, count) => {
                        let at = at % (model.len() + 1);
                        let ranks = at..(at + count).min(model.len());
                        let drained = zset.drain(ranks.clone());
                        let expected: Vec<Scored> = sorted(&model)[ranks]
                            .iter()
                            .map(|&(m, score)| Scored { score, member: SmallBytes::new(m) })
                            .collect();
                        prop_assert_eq!(&drained, &expected);
                        for item in drained {
                            model.remove(&*item.member);
                        }
                    }
                    Op::Expect(count) => {
                        zset.expect(count, limits);
                        is_small &= count <= 10;
                    }
                }
                prop_assert_eq!(zset.encoding(), if is_small { "listpack" } else { "skiplist" });
            }
            let expected = sorted(&model);
            prop_assert_eq!(zset.len(), expected.len());
            prop_assert!(zset.iter().eq(expected.iter().copied()));
            prop_assert!(zset.iter().rev().eq(expected.iter().rev().copied()));
            for (rank, &(member, score)) in expected.iter().enumerate() {
                prop_assert_eq!(zset.rank(member), Some((rank, score)));
                prop_assert_eq!(zset.score(member), Some(score));
            }
            for bound in -6..6 {
                let bound = f64::from(bound);
                prop_assert_eq!(
                    zset.ranks_by_score(|score| score < bound),
                    expected.iter().filter(|(_, score)| *score < bound).count()
                );
            }
            let mut by_position: Vec<_> = (0..zset.len()).filter_map(|p| zset.at(p)).collect();
            by_position.sort_by(|a, b| by_score(a.1, b.1).then(a.0.cmp(b.0)));
            prop_assert_eq!(&by_position, &expected);
            let mut scanned = Vec::new();
            let mut cursor = 0;
            loop {
                cursor = zset.scan(cursor, |m, score| scanned.push((m.to_vec(), score)));
                if cursor == 0 {
                    break;
                }
            }
            scanned.sort_by(|a, b| by_score(a.1, b.1).then(a.0.cmp(&b.0)));
            prop_assert!(scanned.iter().map(|(m, s)| (&m[..], *s)).eq(expected));
        }

        #[test]
        fn finds_members_of_equal_score(
            members in prop::collection::btree_set(member(), 0..40),
            bound in member(),
        ) {
            let scored = |member: &Vec<u8>| Scored { score: 1.0, member: SmallBytes::new(member) };
            let zset = ZsetValue::from_sorted(members.iter().map(scored).collect(), limits());
            prop_assert_eq!(
                zset.ranks_by_member(|member| member < &bound[..]),
                members.range(..bound).count()
            );
        }
    }

    #[test]
    fn takes_little_memory() {
        const COUNT: usize = 100_000;
        let mut rng = Rng::new(5);
        let mut zset = ZsetValue::default();
        for n in 0..COUNT {
            let score = rng.below(1_000_000) as f64;
            zset.update(format!("player:{n}").as_bytes(), limits(), |_| Some(score));
        }
        let Repr::Large(table) = &zset.0 else {
            panic!("{}", zset.encoding());
        };
        let bytes = table.members.heap_size() + table.order.heap_size(usize::MAX);
        assert!(bytes <= 112 * COUNT, "{bytes}");
    }
}
