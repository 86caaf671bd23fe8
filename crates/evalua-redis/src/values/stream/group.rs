//! [`Group`]: how far some consumers have got together in a stream, and what each has yet to
//! acknowledge.
//!
//! Owns the bookkeeping of pending entries: each is in the list of the group and in that of one of its
//! consumers.

use crate::sorted::SortedMap;
use crate::values::memory::TREE_ENTRY;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::values::stream::{Log, StreamId};

/// A consumer group.
#[derive(Clone, Debug)]
pub struct Group {
    /// The last entry that was delivered.
    pub last_id: StreamId,
    /// How many entries have been delivered, as far as that is known.
    pub entries_read: Option<i64>,
    pending: BTreeMap<StreamId, Pending>,
    consumers: SortedMap<Arc<[u8]>, Consumer>,
}

/// An entry that was delivered and not acknowledged.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The name of the consumer that has it.
    pub consumer: Arc<[u8]>,
    /// When it was delivered last, Unix milliseconds.
    pub delivered_ms: i64,
    /// How often it was delivered.
    pub deliveries: i64,
}

/// One that reads for a group.
#[derive(Clone, Debug)]
pub struct Consumer {
    pending: BTreeSet<StreamId>,
    /// When it was named last, Unix milliseconds.
    pub seen_ms: i64,
    /// When it got an entry last.
    pub active_ms: Option<i64>,
}

impl Consumer {
    /// How many entries it has yet to acknowledge.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The entries that it has yet to acknowledge, from an ID on.
    pub fn pending_from(&self, from: StreamId) -> impl Iterator<Item = StreamId> {
        self.pending.range(from..).copied()
    }
}

impl Group {
    /// How many bytes of heap it takes.
    pub fn heap_size(&self) -> usize {
        // Each pending entry stands in the group's tree and in that of its consumer.
        let pending = size_of::<Pending>() + 2 * (size_of::<StreamId>() + TREE_ENTRY);
        let consumers = self
            .consumers
            .keys()
            .map(|name| name.len() + size_of::<Arc<[u8]>>() + size_of::<Consumer>() + TREE_ENTRY);
        self.pending.len() * pending + consumers.sum::<usize>()
    }

    /// A group that has got so far.
    pub fn new(last_id: StreamId, entries_read: Option<i64>) -> Group {
        Group {
            last_id,
            entries_read,
            pending: BTreeMap::new(),
            consumers: SortedMap::new(),
        }
    }

    /// The consumers with their names, in the order of these.
    pub fn consumers(&self) -> impl Iterator<Item = (&[u8], &Consumer)> {
        self.consumers
            .iter()
            .map(|(name, consumer)| (&**name, consumer))
    }

    /// The consumer of that name.
    pub fn consumer(&self, name: &[u8]) -> Option<&Consumer> {
        self.consumers.get(name)
    }

    /// The consumer of that name, to be changed.
    pub fn consumer_mut(&mut self, name: &[u8]) -> Option<&mut Consumer> {
        self.consumers.get_mut(name)
    }

    /// Adds a consumer; tells whether there was none of that name.
    pub fn add_consumer(&mut self, name: &[u8], now_ms: i64) -> bool {
        let is_new = !self.consumers.contains_key(name);
        if is_new {
            let consumer = Consumer {
                pending: BTreeSet::new(),
                seen_ms: now_ms,
                active_ms: None,
            };
            self.consumers.insert(name.into(), consumer);
        }
        is_new
    }

    /// Removes a consumer with what it has; tells how many entries that are.
    pub fn remove_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let consumer = self.consumers.remove(name)?;
        for id in &consumer.pending {
            self.pending.remove(id);
        }
        Some(consumer.pending.len())
    }

    /// How many entries are pending.
    pub fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// The pending entries from an ID on.
    pub fn pending_from(
        &self,
        from: StreamId,
    ) -> impl DoubleEndedIterator<Item = (StreamId, &Pending)> {
        self.pending
            .range(from..)
            .map(|(id, pending)| (*id, pending))
    }

    /// A pending entry.
    pub fn pending(&self, id: StreamId) -> Option<&Pending> {
        self.pending.get(&id)
    }

    /// A pending entry, to be changed; its consumer is changed with [`Group::assign`].
    pub fn pending_mut(&mut self, id: StreamId) -> Option<&mut Pending> {
        self.pending.get_mut(&id)
    }

    /// Gives an entry to a consumer that there is, whoever had it.
    pub fn assign(&mut self, id: StreamId, name: &[u8], delivered_ms: i64, deliveries: i64) {
        let Some((name, _)) = self.consumers.get_key_value(name) else {
            return;
        };
        let name = Arc::clone(name);
        let pending = Pending {
            consumer: Arc::clone(&name),
            delivered_ms,
            deliveries,
        };
        let before = self.pending.insert(id, pending);
        if let Some(before) = before.filter(|before| before.consumer != name)
            && let Some(consumer) = self.consumers.get_mut(&before.consumer)
        {
            consumer.pending.remove(&id);
        }
        if let Some(consumer) = self.consumers.get_mut(&name) {
            consumer.pending.insert(id);
        }
    }

    /// Takes an entry from the pending ones; tells whether it was one.
    pub fn acknowledge(&mut self, id: StreamId) -> bool {
        let Some(pending) = self.pending.remove(&id) else {
            return false;
        };
        if let Some(consumer) = self.consumers.get_mut(&pending.consumer) {
            consumer.pending.remove(&id);
        }
        true
    }

    /// Notes that the group has got as far as this entry of the log.
    pub fn advance(&mut self, log: &Log, id: StreamId) {
        if id <= self.last_id {
            return;
        }
        let marks = log.marks();
        match self.entries_read {
            Some(read) if !log.has_holes_from(id) => {
                self.entries_read = Some(read.wrapping_add(1));
            }
            _ if marks.entries_added != 0 => self.entries_read = log.entries_up_to(id),
            _ => {}
        }
        self.last_id = id;
    }

    /// How many entries it has yet to read, as far as that is known.
    pub fn lag(&self, log: &Log) -> Option<i64> {
        let added = log.marks().entries_added;
        if added == 0 {
            return Some(0);
        }
        let read = match self.entries_read {
            Some(read) if !log.has_holes_from(self.last_id) => Some(read),
            _ => log.entries_up_to(self.last_id),
        };
        read.map(|read| added.wrapping_sub(read))
    }
}

impl Log {
    /// Whether some entry from an ID on was deleted from among the others, as far as the log
    /// remembers.
    fn has_holes_from(&self, id: StreamId) -> bool {
        let marks = self.marks();
        !self.is_empty()
            && marks.max_deleted_id != StreamId::MIN
            && marks.first_id <= marks.max_deleted_id
            && id <= marks.max_deleted_id
    }

    /// How many entries there have been up to an ID, as far as the log can tell.
    pub fn entries_up_to(&self, id: StreamId) -> Option<i64> {
        let marks = self.marks();
        let len = self.len() as i64;
        if marks.entries_added == 0 {
            return Some(0);
        }
        if id == marks.last_id || (self.is_empty() && id < marks.last_id) {
            return Some(marks.entries_added);
        }
        let no_holes =
            marks.max_deleted_id == StreamId::MIN || marks.max_deleted_id < marks.first_id;
        let before = marks.entries_added.wrapping_sub(len);
        match id.cmp(&marks.first_id) {
            _ if id > marks.last_id || !no_holes => None,
            std::cmp::Ordering::Less => Some(before),
            std::cmp::Ordering::Equal => Some(before.wrapping_add(1)),
            std::cmp::Ordering::Greater => None,
        }
    }
}
