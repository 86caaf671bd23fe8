//! [`Database`]: one of the numbered keyspaces.
//!
//! Owns what a key's expiry means. A key that is due is absent for every reader from its instant
//! on; it is removed by the next access that may write, or by [`Database::expire_due`]. Keys
//! without expiry pay one comparison. Knows nothing of commands, replies or the clock: whoever
//! hands the database out sets its instant.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::bytes::SmallBytes;
use crate::errors::{self, CommandError};
use crate::keyspace::account::Account;
use crate::keyspace::dict::{Dict, Vacancy};
use crate::keyspace::expiries::{Expiries, Slot};
use crate::keyspace::frequency::Counter;
use crate::memory::SAMPLES;
use crate::rng::Rng;
use crate::values::{Kind, Value};

/// The unit in which keys are measured, so that 32 bits are enough: bytes.
const UNIT: usize = 8;

/// What a key takes in the tables: its entry and a bucket.
const TABLE_ENTRY: usize = Dict::<Entry>::NODE + size_of::<u32>();

/// What an expiry takes beside that: an instant, and a pair in the heap.
const EXPIRY: usize = size_of::<i64>() + size_of::<(i64, SmallBytes)>();

/// A heap this small is never rebuilt.
const HEAP_SLACK: usize = 64;

/// The keys of one database.
#[derive(Clone, Debug, Default)]
pub struct Database {
    dict: Dict<Entry>,
    now_ms: i64,
    /// When keys go, by their slots.
    expiries: Expiries,
    /// For every key with an expiry at least one pair whose time is not later than it. Pairs may
    /// be out of date: what counts is the key's own expiry.
    due: BinaryHeap<Reverse<(i64, SmallBytes)>>,
    /// What accesses have met, in that order, for events and for those who wait.
    met: Vec<(Met, SmallBytes)>,
    /// What keys take, where that is counted.
    account: Option<Box<Account>>,
    /// Counts accesses instead of their time.
    counter: Option<Box<Counter>>,
    /// What accesses do beside finding keys.
    pub(crate) access_mode: AccessMode,
}

/// What accesses of a command do beside finding keys.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AccessMode {
    /// Whether keys are noted that are looked for and not there.
    pub notes_misses: bool,
    /// Whether new keys are noted.
    pub notes_new: bool,
    /// Whether keys stay as if they were not accessed.
    pub leaves_no_trace: bool,
    /// Whether keys that are due stay, though nobody sees them.
    pub keeps_due: bool,
}

/// What an access has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Met {
    /// A key that was due, and has been removed.
    Lapsed,
    /// A key that was not there before.
    New,
    /// A key that was looked for, and is not there.
    Missing,
}

/// What a database has for a key.
#[derive(Clone, Debug)]
pub struct Entry {
    value: Value,
    expiry: Slot,
    /// The second of the last access, in the low bits of Unix time; how often there were accesses, where
    /// the database counts them.
    accessed: u32,
}

impl Entry {
    /// The value.
    pub fn value(&self) -> &Value {
        &self.value
    }
}

#[inline]
fn seconds(ms: i64) -> u32 {
    (ms / 1000) as u32
}

impl Database {
    /// Sets the instant that expiry is judged by.
    #[inline]
    pub(crate) fn set_now(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
    }

    /// How many keys there are; those that are due and not yet removed count, as in the server.
    pub fn len(&self) -> usize {
        self.dict.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.dict.is_empty()
    }

    /// How many keys have an expiry.
    pub fn volatile(&self) -> usize {
        self.expiries.len()
    }

    /// When a key goes, Unix milliseconds; `None` when it stays.
    #[inline]
    pub fn expiry_of(&self, entry: &Entry) -> Option<i64> {
        self.expiries.get(entry.expiry)
    }

    #[inline]
    fn is_entry_due(&self, entry: &Entry) -> bool {
        self.expiries.is_due(entry.expiry, self.now_ms)
    }

    /// The position of a live key, marked as accessed; one that is due is removed.
    #[inline]
    fn access(&mut self, key: &[u8]) -> Option<usize> {
        // As `find`, and here: this is the way to every key.
        let at = self.dict.locate(key).ok()?;
        let now_ms = self.now_ms;
        let entry = self.dict.at_mut(at)?;
        if self.expiries.is_due(entry.expiry, now_ms) {
            self.lapse(at);
            return None;
        }
        if !self.access_mode.leaves_no_trace {
            entry.accessed = match &mut self.counter {
                None => seconds(now_ms),
                Some(counter) => counter.access(entry.accessed, now_ms),
            };
        }
        Some(at)
    }

    /// Notes a key that was looked for to be read, and is not there: no position.
    #[inline]
    fn miss(&mut self, key: &[u8]) -> Option<usize> {
        if self.access_mode.notes_misses {
            let met = (Met::Missing, SmallBytes::new(key));
            // A handler may look twice.
            if self.met.last() != Some(&met) {
                self.met.push(met);
            }
        }
        None
    }

    /// What a new key has for its accesses.
    #[inline]
    fn first_access(&self) -> u32 {
        match self.counter {
            None => seconds(self.now_ms),
            Some(_) => Counter::first(self.now_ms),
        }
    }

    /// Notes that a key is to be measured again.
    #[inline(always)]
    fn note_change(&mut self, key: &[u8]) {
        if self.account.is_some() {
            self.add_changed(key);
        }
    }

    #[cold]
    fn add_changed(&mut self, key: &[u8]) {
        // Nobody asks while a script runs, which may change the same keys over and over.
        if self
            .account
            .as_ref()
            .is_some_and(|account| account.is_crowded())
        {
            self.measure_changed();
        }
        if let Some(account) = &mut self.account {
            account.add_changed(key);
        }
    }

    fn measure_changed(&mut self) {
        let Some(account) = &mut self.account else {
            return;
        };
        for key in account.take_changed() {
            if let Some(position) = self.dict.find(&key)
                && let Some((key, entry)) = self.dict.at(position)
            {
                account.set(position, units(key, entry, SAMPLES));
            }
        }
    }

    /// Adds a key that is not there; gives its position.
    fn insert_new(&mut self, vacancy: Vacancy, key: &[u8], value: Value) -> usize {
        let entry = Entry {
            value,
            expiry: Slot::NONE,
            accessed: self.first_access(),
        };
        if let Some(account) = &mut self.account {
            account.add();
        }
        if self.access_mode.notes_new {
            self.met.push((Met::New, SmallBytes::new(key)));
        }
        self.dict.insert_new(vacancy, key, entry)
    }

    /// Removes the key at a position: its name, its value, and when it was to go.
    fn remove_at(&mut self, position: usize) -> (SmallBytes, Value, Option<i64>) {
        let (key, mut entry) = self.dict.remove_at(position);
        if let Some(account) = &mut self.account {
            account.remove(position);
        }
        let expire_at = self.expiries.set(&mut entry.expiry, None);
        (key, entry.value, expire_at)
    }

    #[cold]
    fn lapse(&mut self, position: usize) {
        if !self.access_mode.keeps_due {
            let (key, ..) = self.remove_at(position);
            self.met.push((Met::Lapsed, key));
        }
    }

    /// Whether a live key of that name exists, without marking it; one that is due is removed.
    pub fn contains(&mut self, key: &[u8]) -> bool {
        let Some(position) = self.dict.find(key) else {
            return self.miss(key).is_some();
        };
        let entry = self.dict.at(position);
        let is_due = entry.is_some_and(|(_, entry)| self.is_entry_due(entry));
        if is_due {
            self.lapse(position);
            self.miss(key);
        }
        !is_due
    }

    /// Whether there is a key of that name, live or due and not yet removed.
    pub fn has(&self, key: &[u8]) -> bool {
        self.dict.contains(key)
    }

    /// Whether there is a key of that name that is due and not yet removed.
    pub fn is_key_due(&self, key: &[u8]) -> bool {
        let entry = self.dict.get(key);
        entry.is_some_and(|entry| self.is_entry_due(entry))
    }

    /// Whether a live key of that name exists. Marks it as accessed, and removes it when it is due:
    /// call it on keys that are then read with [`Database::peek`].
    #[inline]
    pub fn touch(&mut self, key: &[u8]) -> bool {
        let found = self.access(key).or_else(|| self.miss(key));
        found.is_some()
    }

    /// The value of a key, of any type.
    #[inline]
    pub fn get(&mut self, key: &[u8]) -> Option<&Value> {
        let at = self.access(key).or_else(|| self.miss(key))?;
        self.dict.at(at).map(|(_, entry)| &entry.value)
    }

    /// The value of a key, which must be of type `T` when it is there.
    ///
    /// # Errors
    /// [`errors::WRONG_TYPE`].
    #[inline]
    pub fn read<T: Kind>(&mut self, key: &[u8]) -> Result<Option<&T>, CommandError> {
        typed(self.get(key))
    }

    /// The value of a key, to be changed, which must be of type `T` when it is there. When nothing
    /// is left in it afterwards, call [`Database::remove_if_empty`].
    ///
    /// # Errors
    /// [`errors::WRONG_TYPE`].
    #[inline]
    pub fn write<T: Kind>(&mut self, key: &[u8]) -> Result<Option<&mut T>, CommandError> {
        let Some(at) = self.access(key) else {
            return Ok(None);
        };
        self.note_change(key);
        match self.dict.at_mut(at) {
            Some(entry) => T::of_mut(&mut entry.value)
                .map(Some)
                .ok_or(errors::WRONG_TYPE),
            None => Ok(None),
        }
    }

    /// The value of a key, to be changed, made when there is none.
    ///
    /// # Errors
    /// [`errors::WRONG_TYPE`].
    pub fn write_or_insert<T: Kind + Default>(
        &mut self,
        key: &[u8],
    ) -> Result<&mut T, CommandError> {
        let found = self.access(key);
        self.note_change(key);
        let position = match found {
            Some(position) => position,
            // One that was due may still be there.
            None => match self.dict.locate(key) {
                Ok(position) => position,
                Err(vacancy) => self.insert_new(vacancy, key, T::default().into()),
            },
        };
        let entry = self.dict.at_mut(position);
        entry
            .and_then(|entry| T::of_mut(&mut entry.value))
            .ok_or(errors::WRONG_TYPE)
    }

    /// The value of a live key without marking it: for several keys at once, after
    /// [`Database::touch`] on each.
    ///
    /// # Errors
    /// [`errors::WRONG_TYPE`].
    pub fn peek<T: Kind>(&self, key: &[u8]) -> Result<Option<&T>, CommandError> {
        typed(self.entry(key).map(Entry::value))
    }

    /// A live key without marking it.
    pub fn entry(&self, key: &[u8]) -> Option<&Entry> {
        self.dict.get(key).filter(|entry| !self.is_entry_due(entry))
    }

    /// A key without marking it, live or due.
    pub fn stored(&self, key: &[u8]) -> Option<&Entry> {
        self.dict.get(key)
    }

    /// Sets a key, whatever was there; its expiry goes.
    pub fn set(&mut self, key: &[u8], value: impl Into<Value>) {
        self.replace(key, value.into(), false);
    }

    /// Sets a key, whatever was there; its expiry stays.
    pub fn set_keeping_expiry(&mut self, key: &[u8], value: impl Into<Value>) {
        self.replace(key, value.into(), true);
    }

    fn replace(&mut self, key: &[u8], value: Value, keeps_expiry: bool) {
        self.note_change(key);
        let position = match self.dict.locate(key) {
            Ok(position) => position,
            Err(vacancy) => {
                self.insert_new(vacancy, key, value);
                return;
            }
        };
        let accessed = match self.counter {
            Some(_) => None,
            None => Some(seconds(self.now_ms)),
        };
        let Some(entry) = self.dict.at_mut(position) else {
            return;
        };
        entry.value = value;
        entry.accessed = accessed.unwrap_or(entry.accessed);
        let was_due = self.expiries.is_due(entry.expiry, self.now_ms);
        if was_due || !keeps_expiry {
            self.expiries.set(&mut entry.expiry, None);
        }
        if was_due {
            self.met.push((Met::Lapsed, SmallBytes::new(key)));
            if self.access_mode.notes_new {
                self.met.push((Met::New, SmallBytes::new(key)));
            }
        }
    }

    /// Makes a key look as if it was accessed last so many seconds ago.
    pub fn set_idle(&mut self, key: &[u8], idle: u32) {
        if self.counter.is_some() {
            return;
        }
        let accessed = seconds(self.now_ms).wrapping_sub(idle);
        if let Some(entry) = self.dict.get_mut(key) {
            entry.accessed = accessed;
        }
    }

    /// Makes a key look as if it was accessed so often, where that is counted.
    pub fn set_frequency(&mut self, key: &[u8], count: u8) {
        if self.counter.is_some()
            && let Some(entry) = self.dict.get_mut(key)
        {
            entry.accessed = Counter::state(self.now_ms, count);
        }
    }

    /// The seconds since the last access of a key.
    pub fn idle_seconds(&self, entry: &Entry) -> u32 {
        seconds(self.now_ms).wrapping_sub(entry.accessed)
    }

    /// Whether accesses are counted, and their time is not known.
    pub fn counts_accesses(&self) -> bool {
        self.counter.is_some()
    }

    /// How often a key has been accessed, where that is counted.
    pub fn frequency(&self, entry: &Entry) -> u8 {
        let counter = self.counter.as_ref();
        counter.map_or(0, |counter| counter.count(entry.accessed, self.now_ms))
    }

    /// Counts accesses, or no longer. What keys have from before stays, and means something else.
    pub(crate) fn set_counter(&mut self, counter: Option<Counter>) {
        self.counter = counter.map(Box::new);
    }

    /// Counts what keys take, or no longer.
    pub(crate) fn set_accounting(&mut self, on: bool) {
        if on == self.account.is_some() {
            return;
        }
        self.account = on.then(|| {
            let mut account = Box::<Account>::default();
            for (position, (key, entry)) in self.dict.iter().enumerate() {
                account.add();
                account.set(position, units(key, entry, SAMPLES));
            }
            account
        });
    }

    /// How many bytes the keys take.
    pub(crate) fn memory_in_use(&mut self) -> usize {
        self.measure_changed();
        let units = match &self.account {
            Some(account) => account.sum(),
            None => {
                let keys = self.dict.iter();
                let units = keys.map(|(key, entry)| units(key, entry, SAMPLES) as usize);
                units.sum()
            }
        };
        units * UNIT + self.volatile() * EXPIRY
    }

    /// How many bytes a live key takes.
    pub fn memory_of(&self, key: &[u8], samples: usize) -> Option<usize> {
        let entry = self.entry(key)?;
        Some(units(&SmallBytes::new(key), entry, samples) as usize * UNIT)
    }

    /// The position of a random key, or one of those with an expiry.
    pub(crate) fn draw(&mut self, volatile_only: bool, rng: &mut Rng) -> Option<usize> {
        if !volatile_only {
            return (!self.is_empty()).then(|| rng.below(self.len()));
        }
        /// So many pairs out of date are met before they are all dropped.
        const ATTEMPTS: usize = 16;
        if self.volatile() == 0 {
            return None;
        }
        for attempt in 0.. {
            if attempt == ATTEMPTS {
                // Now every pair is of a key with an expiry.
                self.rebuild_due();
            }
            let Reverse((_, key)) = &self.due.as_slice()[rng.below(self.due.len())];
            let position = self.dict.find(key);
            let entry = position.and_then(|position| self.dict.at(position));
            if entry.is_some_and(|(_, entry)| entry.expiry != Slot::NONE) {
                return position;
            }
        }
        None
    }

    /// Removes a live key; gives its value.
    pub fn remove(&mut self, key: &[u8]) -> Option<Value> {
        self.take(key).map(|(value, _)| value)
    }

    /// Removes a key, live or due, without a look at its expiry; tells whether there was one.
    pub fn discard(&mut self, key: &[u8]) -> bool {
        let position = self.dict.find(key);
        position.map(|position| self.remove_at(position)).is_some()
    }

    /// Removes a live key; gives its value and when it was to go, to be put elsewhere with
    /// [`Database::put`].
    pub fn take(&mut self, key: &[u8]) -> Option<(Value, Option<i64>)> {
        let position = self.dict.find(key)?;
        let (name, value, expire_at) = self.remove_at(position);
        if expire_at.is_some_and(|at| at < self.now_ms) {
            self.met.push((Met::Lapsed, name));
            return None;
        }
        Some((value, expire_at))
    }

    /// Puts a value under a key, whatever was there, which goes at that instant, Unix milliseconds, if any.
    pub fn put(&mut self, key: &[u8], value: Value, expire_at_ms: Option<i64>) {
        self.set(key, value);
        if expire_at_ms.is_some() {
            self.set_expire_at(key, expire_at_ms);
        }
    }

    /// Removes a collection that has nothing left in it; tells whether it did.
    pub fn remove_if_empty(&mut self, key: &[u8]) -> bool {
        let is_empty = self.entry(key).is_some_and(|entry| entry.value.is_empty());
        is_empty && self.remove(key).is_some()
    }

    /// When a live key goes, Unix milliseconds.
    pub fn expire_at(&self, key: &[u8]) -> Option<i64> {
        self.entry(key).and_then(|entry| self.expiry_of(entry))
    }

    /// Sets or removes the expiry of a key; tells whether the key had one before. An instant that
    /// has passed makes the key due, it does not remove it.
    pub fn set_expire_at(&mut self, key: &[u8], at_ms: Option<i64>) -> bool {
        let Some(entry) = self.dict.get_mut(key) else {
            return false;
        };
        let new = at_ms.map(|at| at.max(0));
        let old = self.expiries.set(&mut entry.expiry, new);
        // A later time is covered by the pair of the earlier one.
        if let Some(at) = new.filter(|at| old.is_none_or(|old| *at < old)) {
            self.due.push(Reverse((at, SmallBytes::new(key))));
            if self.due.len() > 2 * self.volatile() + HEAP_SLACK {
                self.rebuild_due();
            }
        }
        old.is_some()
    }

    /// Drops the pairs that are out of date: one is left for each key with an expiry. Looks at the pairs
    /// alone, so that keys without expiry cost nothing.
    fn rebuild_due(&mut self) {
        let (dict, expiries) = (&self.dict, &self.expiries);
        let current = |Reverse((_, key)): Reverse<(i64, SmallBytes)>| {
            let at = expiries.get(dict.get(&key)?.expiry)?;
            Some(Reverse((at, key)))
        };
        let pairs = std::mem::take(&mut self.due);
        let mut pairs: Vec<_> = pairs.into_iter().filter_map(current).collect();
        pairs.sort_unstable();
        pairs.dedup();
        self.due = pairs.into();
    }

    /// Whether some key may be due.
    #[inline]
    pub(crate) fn is_due(&self, now_ms: i64) -> bool {
        let first = self.due.peek();
        first.is_some_and(|Reverse((at, _))| *at < now_ms)
    }

    /// Removes keys that are due, looking at no more than `limit`.
    pub(crate) fn expire_due(&mut self, now_ms: i64, limit: usize) {
        for _ in 0..limit {
            match self.due.peek() {
                Some(Reverse((at, _))) if *at < now_ms => {}
                _ => break,
            }
            let Some(Reverse((_, key))) = self.due.pop() else {
                break;
            };
            let Some(position) = self.dict.find(&key) else {
                continue;
            };
            let entry = self.dict.at(position);
            match entry.and_then(|(_, entry)| self.expiry_of(entry)) {
                Some(at) if at < now_ms => self.lapse(position),
                Some(at) => self.due.push(Reverse((at, key))),
                None => {}
            }
        }
    }

    /// Whether accesses have met something that is to be told.
    #[inline]
    pub(crate) fn has_met(&self) -> bool {
        !self.met.is_empty()
    }

    /// What accesses have met since the last time, in that order.
    pub(crate) fn take_met(&mut self) -> Vec<(Met, SmallBytes)> {
        std::mem::take(&mut self.met)
    }

    /// The live keys with what they hold, in the reproducible order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (&SmallBytes, &Entry)> {
        self.dict
            .iter()
            .filter(|(_, entry)| !self.is_entry_due(entry))
    }

    /// The key at a position below [`Database::len`], live or due.
    pub fn at(&self, position: usize) -> Option<(&SmallBytes, &Entry)> {
        self.dict.at(position)
    }

    /// One step of a scan, over keys live and due: see [`Dict::scan`].
    pub fn scan(&self, cursor: u64, show: impl FnMut(&SmallBytes, &Entry)) -> u64 {
        self.dict.scan(cursor, show)
    }

    /// Removes every key.
    pub fn clear(&mut self) {
        *self = Database {
            now_ms: self.now_ms,
            account: self.account.as_ref().map(|_| Box::default()),
            counter: self.counter.take(),
            ..Database::default()
        };
    }
}

/// What a key takes.
fn units(key: &SmallBytes, entry: &Entry, samples: usize) -> u32 {
    let bytes = TABLE_ENTRY + key.heap_size() + entry.value.heap_size(samples);
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

fn typed<T: Kind>(value: Option<&Value>) -> Result<Option<&T>, CommandError> {
    match value {
        None => Ok(None),
        Some(value) => T::of(value).map(Some).ok_or(errors::WRONG_TYPE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyspace::account::CHANGED_SLACK;
    use crate::values::StringValue;
    use std::collections::BTreeMap;

    fn value(n: i64) -> StringValue {
        StringValue::from_int(n)
    }

    /// Every operation against a plain map of value and expiry, with time passing.
    #[test]
    fn keys_live_until_their_instant_has_passed() {
        let mut rng = Rng::new(5);
        for _ in 0..50 {
            let mut db = Database::default();
            let mut model: BTreeMap<Vec<u8>, (i64, Option<i64>)> = BTreeMap::new();
            let mut now = 0;
            let mut gone = Vec::new();
            for step in 0..400 {
                let key = vec![b'a' + rng.below(12) as u8];
                let due = |entry: &(i64, Option<i64>)| entry.1.is_some_and(|at| at < now);
                let live = model.get(&key).copied().filter(|entry| !due(entry));
                match rng.below(8) {
                    0 => {
                        db.set(&key, value(step));
                        model.insert(key, (step, None));
                    }
                    1 => {
                        db.set_keeping_expiry(&key, value(step));
                        model.insert(key, (step, live.and_then(|entry| entry.1)));
                    }
                    2 | 3 => {
                        let at = (rng.below(4) > 0).then(|| now + rng.below(30) as i64);
                        assert_eq!(db.touch(&key), live.is_some());
                        let had = db.set_expire_at(&key, at);
                        assert_eq!(had, live.is_some_and(|entry| entry.1.is_some()));
                        match live {
                            Some((n, _)) => model.insert(key, (n, at)),
                            None => model.remove(&key),
                        };
                    }
                    4 => {
                        let removed = db.remove(&key).is_some();
                        assert_eq!(removed, live.is_some());
                        model.remove(&key);
                    }
                    5 => {
                        now += rng.below(8) as i64;
                        db.set_now(now);
                        if rng.below(2) == 0 {
                            db.expire_due(now, 1 + rng.below(3));
                        }
                    }
                    _ => {
                        let read = db.read::<StringValue>(&key).unwrap();
                        let expected = live.map(|entry| entry.0);
                        assert_eq!(read.and_then(StringValue::as_int), expected);
                    }
                }
                gone.extend(db.take_met().into_iter().map(|(_, key)| key));
                let volatile = db.dict.iter().filter_map(|(_, entry)| db.expiry_of(entry));
                assert_eq!(db.volatile(), volatile.count());
                assert!(db.due.len() <= 2 * db.volatile() + HEAP_SLACK + 1);
                if rng.below(50) == 0 {
                    db.rebuild_due();
                    assert_eq!(db.due.len(), db.volatile());
                }
            }
            now += 100;
            db.set_now(now);
            db.expire_due(now, usize::MAX);
            assert_eq!(db.volatile(), 0, "no key is forgotten");
            model.retain(|_, entry| entry.1.is_none());
            let left: BTreeMap<_, _> = db
                .iter()
                .map(|(key, entry)| (key.to_vec(), (entry.value().clone(), db.expiry_of(entry))))
                .collect();
            assert!(left.keys().eq(model.keys()));
            assert!(left.values().all(|(_, at)| at.is_none()));
        }
    }

    #[test]
    fn an_entry_is_as_long_as_a_line_of_the_cache() {
        assert_eq!(Dict::<Entry>::NODE, 64);
    }

    #[test]
    fn a_key_that_is_changed_over_and_over_costs_no_memory() {
        let mut db = Database::default();
        db.set_accounting(true);
        for n in 0..10_000 {
            db.set(b"k", value(n));
            let account = db.account.as_ref().unwrap();
            let changed = account.clone().take_changed();
            assert!(changed.len() <= CHANGED_SLACK + 4);
        }
        db.set(b"k", StringValue::new(&[b'x'; 1000]));
        // Settings may be set again in the middle of a transaction.
        db.set_accounting(true);
        let counted = db.memory_in_use();
        db.set_accounting(false);
        assert_eq!(counted, db.memory_in_use());
    }

    #[test]
    fn a_key_that_is_extended_over_and_over_costs_no_memory() {
        let mut db = Database::default();
        db.set(b"k", value(1));
        for at in 0..10_000 {
            db.set_expire_at(b"k", Some(at));
        }
        assert_eq!(db.due.len(), 1);
        for at in (0..10_000).rev() {
            db.set_expire_at(b"k", Some(at));
        }
        assert!(db.due.len() <= HEAP_SLACK + 3);
        db.set_now(1);
        db.expire_due(1, usize::MAX);
        assert_eq!(db.len(), 0);
    }
}
