//! [`SortedMap`] and [`SortedSet`]: keys in their order, in runs of memory, of which there is mostly one.
//!
//! For what is listed in order and mostly small. A B-tree has a dozen kilobytes of code for each type of key and
//! value, these have one. A key in the middle moves those behind it in its run, and no others, as nobody knows how many
//! consumers a group will have.

use std::borrow::Borrow;

/// The most keys of one run.
const RUN: usize = 512;

/// Keys with their values, by the order of the keys.
#[derive(Clone, Debug)]
pub(crate) struct SortedMap<K, V> {
    /// None of them empty, each in order and behind the one before.
    runs: Vec<Vec<(K, V)>>,
}

/// Where a key is, or belongs: the run, and the place in it.
type Place = (usize, usize);

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> SortedMap<K, V> {
    pub const fn new() -> Self {
        SortedMap { runs: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.runs.iter().map(Vec::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub fn clear(&mut self) {
        self.runs.clear();
    }

    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.runs.iter().flatten().map(|(key, value)| (key, value))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        let items = self.runs.iter_mut().flatten();
        items.map(|(key, value)| (&*key, value))
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.runs.iter().flatten().map(|(key, _)| key)
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.runs.iter().flatten().map(|(_, value)| value)
    }

    pub fn retain(&mut self, mut stays: impl FnMut(&K, &mut V) -> bool) {
        for run in &mut self.runs {
            run.retain_mut(|(key, value)| stays(key, value));
        }
        self.runs.retain(|run| !run.is_empty());
    }

    /// Puts an item at a place, cutting its run in two where that is full; gives the place where it is then.
    fn insert_at(&mut self, (mut run, mut at): Place, item: (K, V)) -> Place {
        if run == self.runs.len() {
            // Most never have a second one.
            self.runs.reserve_exact(usize::from(run == 0));
            self.runs.push(Vec::new());
        } else if self.runs[run].len() == RUN {
            let behind = self.runs[run].split_off(RUN / 2);
            self.runs.insert(run + 1, behind);
            if let Some(behind) = at.checked_sub(RUN / 2) {
                (run, at) = (run + 1, behind);
            }
        }
        self.runs[run].insert(at, item);
        (run, at)
    }

    /// Takes an item out, and joins its run with one beside it when both have become short.
    fn remove_at(&mut self, (run, at): Place) -> (K, V) {
        let item = self.runs[run].remove(at);
        if self.runs[run].is_empty() {
            self.runs.remove(run);
            return item;
        }
        for first in [run, run.saturating_sub(1)] {
            if let Some([left, right]) = self.runs.get_mut(first..first + 2)
                && left.len() + right.len() <= RUN / 2
            {
                left.append(right);
                self.runs.remove(first + 1);
                break;
            }
        }
        item
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// Where a key is.
    ///
    /// # Errors
    /// Where it belongs; what is behind the last run's last key has a run of its own if that is full.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<Place, Place>
    where
        K: Borrow<Q>,
    {
        let ends_before = |run: &Vec<(K, V)>| run.last().is_some_and(|(end, _)| end.borrow() < key);
        let run = self.runs.partition_point(ends_before);
        let Some(items) = self.runs.get(run) else {
            let last = self.runs.len().wrapping_sub(1);
            let room = self.runs.last().map(Vec::len).filter(|len| *len < RUN);
            return Err(room.map_or((run, 0), |len| (last, len)));
        };
        let found = items.binary_search_by(|(held, _)| held.borrow().cmp(key));
        found.map(|at| (run, at)).map_err(|at| (run, at))
    }

    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let (run, at) = self.place(key).ok()?;
        let (key, value) = &self.runs[run][at];
        Some((key, value))
    }

    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (run, at) = self.place(key).ok()?;
        Some(&mut self.runs[run][at].1)
    }

    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    /// Sets the value of a key; gives the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok((run, at)) => Some(std::mem::replace(&mut self.runs[run][at].1, value)),
            Err(place) => {
                self.insert_at(place, (key, value));
                None
            }
        }
    }

    /// The value of a key, which it gets if it has none.
    pub fn or_insert_with(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        let found = self.place(&key);
        let (run, at) = found.unwrap_or_else(|place| self.insert_at(place, (key, value())));
        &mut self.runs[run][at].1
    }

    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        Some(self.remove_at(place).1)
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SortedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for SortedMap<K, V> {}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<(K, V)>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.runs.into_iter().flatten()
    }
}

/// Keys in their order, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SortedSet<K>(SortedMap<K, ()>);

impl<K> Default for SortedSet<K> {
    fn default() -> Self {
        SortedSet(SortedMap::new())
    }
}

impl<K> SortedSet<K> {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }

    pub fn into_keys(self) -> impl Iterator<Item = K> {
        self.0.into_iter().map(|(key, ())| key)
    }
}

impl<K: Ord> SortedSet<K> {
    pub fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// Adds a key; tells whether it was not there.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, ()).is_none()
    }

    /// Removes a key; tells whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.remove(key).is_some()
    }
}

impl<K: Ord> FromIterator<K> for SortedSet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut set = SortedSet::default();
        for key in keys {
            set.insert(key);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::rng::Rng;

    #[test]
    fn does_what_a_tree_does() {
        let mut rng = Rng::new(1);
        let (mut map, mut map_model) = (SortedMap::new(), BTreeMap::new());
        let (mut set, mut set_model) = (SortedSet::default(), BTreeSet::new());
        let mut most = 0;
        for turn in 0..60_000 {
            // As many keys as come and go, or many more, and then fewer.
            let key = rng.below([100, 5000][turn / 20_000 % 2]);
            let removes = turn % 5000 > 3000;
            match rng.below(if removes { 8 } else { 4 }) {
                0 => assert_eq!(map.insert(key, turn), map_model.insert(key, turn)),
                1 => {
                    let (ours, model) = (map.or_insert_with(key, || 7), map_model.entry(key));
                    *ours += 1;
                    *model.or_insert(7) += 1;
                }
                2 => assert_eq!(map.get_mut(&key), map_model.get_mut(&key)),
                3 => assert_eq!(map.get(&key), map_model.get(&key)),
                _ => assert_eq!(map.remove(&key), map_model.remove(&key)),
            }
            match rng.below(if removes { 4 } else { 3 }) {
                0 => assert_eq!(set.insert(key), set_model.insert(key)),
                1 => assert_eq!(set.contains(&key), set_model.contains(&key)),
                _ => assert_eq!(set.remove(&key), set_model.remove(&key)),
            }
            assert_eq!(map.len(), map_model.len());
            if turn % 100 == 0 {
                assert!(map.runs.iter().all(|run| (1..=RUN).contains(&run.len())));
                assert!(map.iter().eq(map_model.iter()));
                assert!(set.iter().eq(set_model.iter()));
            }
            if turn % 10_000 == 0 {
                let mut copy = SortedMap::new();
                for (key, value) in &map_model {
                    copy.insert(*key, *value);
                }
                assert_eq!(copy, map);
                map.retain(|key, _| key % 2 == 0);
                map_model.retain(|key, _| key % 2 == 0);
            }
            most = most.max(map.runs.len());
        }
        assert!(most > 3, "{most}");
        assert!(map.into_iter().eq(map_model));
        let keys = [3, 1, 3, 2];
        assert!(SortedSet::from_iter(keys).into_keys().eq([1, 2, 3]));
    }

    #[test]
    fn runs_are_full_in_order_and_joined_when_short() {
        let mut set: SortedSet<usize> = (0..10 * RUN).collect();
        assert_eq!(set.0.runs.len(), 10);
        for key in (0..10 * RUN).filter(|key| key % 64 > 0) {
            set.remove(&key);
        }
        assert_eq!(set.len(), 10 * RUN / 64);
        assert_eq!(set.0.runs.len(), 1);
        set.clear();
        assert!(set.is_empty());
    }
}
