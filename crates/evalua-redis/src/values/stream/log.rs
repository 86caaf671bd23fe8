//! [`Log`]: the entries of a stream, in an ordered tree of packed nodes.
//!
//! A node takes entries until it has the number or the bytes that the settings allow, and goes when its
//! last live entry does. What the log remembers of entries that have gone serves the lag of groups.
//! Knows nothing of groups.

use crate::values::memory::{self, TREE_ENTRY};
use std::collections::BTreeMap;
use std::ops::Bound;

use crate::config::StreamLimits;
use crate::values::listpack::Listpack;
use crate::values::stream::StreamId;
use crate::values::stream::node::{Entry, Node};

/// No node grows beyond this many bytes.
const MAX_NODE: usize = 1 << 30;

/// The entries.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// By the ID of the first entry each has had.
    nodes: BTreeMap<StreamId, Node>,
    /// How many nodes the server's radix tree over their IDs has, but for the root of an empty one.
    radix_nodes: usize,
    len: u64,
    first_id: StreamId,
    last_id: StreamId,
    max_deleted_id: StreamId,
    entries_added: i64,
}

/// Which entries are to go.
#[derive(Clone, Copy, Debug)]
pub enum Keep {
    /// All but the newest so many.
    Newest(u64),
    /// Those before this ID.
    From(StreamId),
}

/// How a log is cut.
#[derive(Clone, Copy, Debug)]
pub struct Trim {
    /// What stays.
    pub keep: Keep,
    /// Whether only whole nodes go.
    pub whole_nodes: bool,
    /// The most entries that go; 0 for any number.
    pub limit: u64,
}

/// What a log remembers beside its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The first entry there is; `0-0` in an empty log.
    pub first_id: StreamId,
    /// The last ID there was.
    pub last_id: StreamId,
    /// The greatest ID that was deleted other than by cutting.
    pub max_deleted_id: StreamId,
    /// How many entries there have been.
    pub entries_added: i64,
}

impl Log {
    /// How many bytes of heap it takes, looking at no more than `samples` nodes.
    pub fn heap_size(&self, samples: usize) -> usize {
        let sizes = self.nodes.values().map(|node| {
            size_of_val(node) + size_of::<StreamId>() + TREE_ENTRY + node.as_listpack().heap_size()
        });
        memory::sampled(sizes, self.nodes.len(), samples)
    }

    /// How many entries there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What it remembers.
    pub fn marks(&self) -> Marks {
        Marks {
            first_id: self.first_id,
            last_id: self.last_id,
            max_deleted_id: self.max_deleted_id,
            entries_added: self.entries_added,
        }
    }

    /// Sets what it remembers, but for the first entry.
    pub fn set_marks(&mut self, marks: Marks) {
        self.last_id = marks.last_id;
        self.max_deleted_id = marks.max_deleted_id;
        self.entries_added = marks.entries_added;
    }

    /// The last ID there was.
    pub fn last_id(&self) -> StreamId {
        self.last_id
    }

    /// Adds an entry of fields and values in turn, whose ID is above all others; tells whether it is
    /// not too large.
    pub fn push(&mut self, id: StreamId, pairs: &[&[u8]], limits: StreamLimits) -> bool {
        let bytes: usize = pairs.iter().map(|bytes| bytes.len()).sum();
        if bytes > MAX_NODE {
            return false;
        }
        let max_bytes = match limits.node_bytes {
            0 => MAX_NODE,
            bytes => bytes.min(MAX_NODE),
        };
        let has_room = |node: &Node| {
            node.as_listpack().byte_len() + bytes < max_bytes
                && (limits.node_entries == 0 || node.count() < limits.node_entries)
        };
        match self.nodes.last_entry() {
            Some(mut node) if has_room(node.get()) => {
                let master = *node.key();
                node.get_mut().push(master, id, pairs);
            }
            _ => {
                let mut node = Node::new(pairs);
                node.push(id, id, pairs);
                self.insert_node(id, node);
            }
        }
        self.len += 1;
        self.entries_added = self.entries_added.wrapping_add(1);
        self.last_id = id;
        if self.len == 1 {
            self.first_id = id;
        }
        true
    }

    /// The entries from one ID to another, both included.
    pub fn range(
        &self,
        from: StreamId,
        to: StreamId,
    ) -> impl DoubleEndedIterator<Item = Entry<'_>> {
        let before = self.nodes.range(..=from).next_back();
        let first = before.map_or(from, |(id, _)| *id);
        // A range that ends before it begins is no range of the tree.
        let nodes = self.nodes.range(first..=to.max(first));
        let entries = nodes.flat_map(|(id, node)| node.entries(*id));
        entries.filter(move |entry| !entry.is_deleted && from <= entry.id && entry.id <= to)
    }

    /// The entry of an ID.
    pub fn get(&self, id: StreamId) -> Option<Entry<'_>> {
        let (master, node) = self.nodes.range(..=id).next_back()?;
        let mut entries = node.entries(*master).filter(|entry| !entry.is_deleted);
        entries
            .find(|entry| entry.id >= id)
            .filter(|entry| entry.id == id)
    }

    /// The ID of the last entry there is.
    pub fn last_entry_id(&self) -> Option<StreamId> {
        let last = self.range(StreamId::MIN, StreamId::MAX).next_back();
        last.map(|entry| entry.id)
    }

    fn insert_node(&mut self, id: StreamId, node: Node) {
        self.radix_nodes += self.radix_nodes_for(id);
        self.nodes.insert(id, node);
    }

    fn remove_node(&mut self, id: StreamId) {
        self.nodes.remove(&id);
        self.radix_nodes -= self.radix_nodes_for(id);
    }

    fn find_first(&mut self) {
        let first = self.range(StreamId::MIN, StreamId::MAX).next();
        self.first_id = first.map_or(StreamId::MIN, |entry| entry.id);
    }

    /// Deletes an entry; tells whether there was one.
    pub fn delete(&mut self, id: StreamId) -> bool {
        let Some(position) = self.get(id).map(|entry| entry.position()) else {
            return false;
        };
        if let Some((&master, node)) = self.nodes.range_mut(..=id).next_back() {
            if node.live() == 1 {
                self.remove_node(master);
            } else {
                node.delete(&[position]);
            }
        }
        self.len -= 1;
        self.max_deleted_id = self.max_deleted_id.max(id);
        if id == self.first_id {
            self.find_first();
        }
        true
    }

    /// Cuts entries off the front; tells how many.
    pub fn trim(&mut self, trim: Trim) -> u64 {
        let mut removed = 0;
        while let Some(mut first) = self.nodes.first_entry() {
            if matches!(trim.keep, Keep::Newest(count) if self.len <= count) {
                break;
            }
            let (master, live) = (*first.key(), first.get().live());
            if trim.limit > 0 && removed + live > trim.limit {
                break;
            }
            let goes = match trim.keep {
                Keep::Newest(count) => self.len - live >= count,
                Keep::From(id) => {
                    let last = first.get().entries(master).next_back();
                    last.is_none_or(|last| last.id < id)
                }
            };
            if goes {
                self.remove_node(master);
                self.len -= live;
                removed += live;
                continue;
            }
            if !trim.whole_nodes {
                let mut left = self.len;
                let mut gone = Vec::new();
                for entry in first.get().entries(master) {
                    let stays = match trim.keep {
                        Keep::Newest(count) => left <= count,
                        Keep::From(id) => entry.id >= id,
                    };
                    if stays {
                        break;
                    }
                    if !entry.is_deleted {
                        gone.push(entry.position());
                        left -= 1;
                    }
                }
                first.get_mut().delete(&gone);
                removed += self.len - left;
                self.len = left;
            }
            break;
        }
        if removed > 0 {
            self.find_first();
        }
        removed
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The nodes with their IDs.
    pub fn iter_nodes(&self) -> impl Iterator<Item = (StreamId, &Node)> {
        self.nodes.iter().map(|(id, node)| (*id, node))
    }

    /// Adds a node behind the others, as [`Log::iter_nodes`] gave it; tells whether it can be one.
    pub fn push_node(&mut self, id: StreamId, elements: Listpack) -> bool {
        let last = self.nodes.last_key_value();
        let Some(node) = Node::from_listpack(elements) else {
            return false;
        };
        if last.is_some_and(|(last, _)| *last >= id) {
            return false;
        }
        let has_first = self.len == 0 && node.live() > 0;
        self.len += node.live();
        self.insert_node(id, node);
        if has_first {
            self.find_first();
        }
        true
    }

    /// How many nodes the server's radix tree over the IDs of the nodes has: one for each ID, one
    /// for each place where IDs part, and one for each run of bytes between two of these.
    pub fn radix_nodes(&self) -> usize {
        const ROOT: usize = 1;
        self.radix_nodes.max(ROOT)
    }

    /// How many nodes the radix tree has for an ID that it would not have without.
    fn radix_nodes_for(&self, id: StreamId) -> usize {
        const WIDTH: usize = size_of::<StreamId>();
        let shared = |a: StreamId, b: StreamId| {
            let (a, b) = (a.to_bytes(), b.to_bytes());
            a.iter().zip(b).take_while(|(a, b)| **a == *b).count()
        };
        let before = |id| self.nodes.range(..id).next_back().map(|(id, _)| *id);
        let behind = |id| {
            let ids = (Bound::Excluded(id), Bound::Unbounded);
            self.nodes.range(ids).next().map(|(id, _)| *id)
        };
        // A run stands above what is at a depth when there is more than the byte of the parting above; what is
        // at the top has no such byte.
        let run = |above: Option<usize>, depth: usize| {
            usize::from(depth > above.map_or(0, |above| above + 1))
        };
        let neighbours = [before(id), behind(id)];
        let nearest = neighbours.into_iter().flatten();
        let Some(depth) = nearest.map(|other| shared(id, other)).max() else {
            return 1 + run(None, WIDTH);
        };
        let leaf = 1 + run(Some(depth), WIDTH);
        // The others that begin as it does up to where it parts from them.
        let bytes = id.to_bytes();
        let filled = |with: u8| {
            let mut bytes = bytes;
            bytes[depth..].fill(with);
            StreamId::from_bytes(bytes)
        };
        let mut alike = self
            .nodes
            .range(filled(0)..=filled(u8::MAX))
            .map(|(id, _)| *id);
        let Some(first) = alike.next() else {
            return leaf;
        };
        let last = alike.next_back().unwrap_or(first);
        let below = shared(first, last);
        if below == depth {
            // They part there already.
            return leaf;
        }
        let outer = [before(first), behind(last)].into_iter().flatten();
        let above = outer.map(|other| shared(id, other)).max();
        // A place to part in the middle of a run, of which more or less is left above and below.
        leaf + 1 + run(above, depth) + run(Some(depth), below) - run(above, below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// The radix nodes of a log, counted in one walk along its IDs.
    fn radix_nodes(log: &Log) -> usize {
        const WIDTH: usize = 16;
        let ids: Vec<[u8; WIDTH]> = log.nodes.keys().map(|id| id.to_bytes()).collect();
        let shared =
            |a: &[u8; WIDTH], b: &[u8; WIDTH]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
        // How far each ID and the next agree.
        let common: Vec<usize> = ids
            .windows(2)
            .map(|pair| shared(&pair[0], &pair[1]))
            .collect();
        if ids.is_empty() {
            return 1;
        }
        // The places where IDs part, each with the place above it: a walk keeps those open that later
        // IDs may still share.
        let mut places: Vec<(usize, Option<usize>)> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for &depth in &common {
            while let Some(place) = open.pop_if(|place| *place > depth) {
                let above = open.last().map_or(depth, |&above| above.max(depth));
                places.push((place, Some(above)));
            }
            if open.last() != Some(&depth) {
                open.push(depth);
            }
        }
        while let Some(place) = open.pop() {
            places.push((place, open.last().copied()));
        }
        // A run stands above a place or an ID when there is more than the byte of the parting above;
        // what is at the top has no such byte.
        let ids = (0..ids.len()).map(|index| {
            let before = index.checked_sub(1).and_then(|before| common.get(before));
            (WIDTH, before.max(common.get(index)).copied())
        });
        let mut count = 0;
        for (depth, above) in places.into_iter().chain(ids) {
            let from = above.map_or(0, |above| above + 1);
            count += 1 + usize::from(depth > from);
        }
        count
    }

    const LIMITS: StreamLimits = StreamLimits {
        node_bytes: 60,
        node_entries: 4,
    };

    fn id(n: usize) -> StreamId {
        StreamId {
            ms: (n / 3) as u64,
            seq: (n % 3) as u64,
        }
    }

    /// The model is a vector of IDs with the value of each.
    #[test]
    fn behaves_as_a_vector_of_entries() {
        let mut rng = Rng::new(11);
        for _ in 0..60 {
            let mut log = Log::default();
            let mut model: Vec<(StreamId, String)> = Vec::new();
            let mut next = 1;
            for _ in 0..200 {
                match rng.below(6) {
                    0 => {
                        let gone = id(rng.below(next + 1));
                        let found = model.iter().position(|(id, _)| *id == gone);
                        assert_eq!(log.delete(gone), found.is_some());
                        found.map(|at| model.remove(at));
                    }
                    1 => {
                        let keep = rng.below(model.len() + 3);
                        let removed = model.len().saturating_sub(keep);
                        let trim = Trim {
                            keep: Keep::Newest(keep as u64),
                            whole_nodes: false,
                            limit: 0,
                        };
                        assert_eq!(log.trim(trim), removed as u64);
                        model.drain(..removed);
                    }
                    2 => {
                        let from = id(next.saturating_sub(rng.below(20)));
                        let stays = model.iter().position(|(id, _)| *id >= from);
                        let removed = stays.unwrap_or(model.len());
                        let trim = Trim {
                            keep: Keep::From(from),
                            whole_nodes: false,
                            limit: 0,
                        };
                        assert_eq!(log.trim(trim), removed as u64);
                        model.drain(..removed);
                    }
                    _ => {
                        next += 1 + rng.below(3);
                        let value = rng.below(1000).to_string();
                        let name = ["a", "a", "b"][rng.below(3)];
                        let pairs = [name.as_bytes(), value.as_bytes()];
                        assert!(log.push(id(next), &pairs, LIMITS));
                        model.push((id(next), format!("{name}={value}")));
                    }
                }
                let shown = |entry: Entry<'_>| {
                    let (name, value) = entry.fields().next().unwrap();
                    let (name, value) = (name.to_bytes(), value.to_bytes());
                    let text = format!("{}={}", name.escape_ascii(), value.escape_ascii());
                    (entry.id, text)
                };
                let (from, to) = (id(rng.below(next + 2)), id(rng.below(next + 2)));
                let within = model.iter().filter(|(id, _)| (from..=to).contains(id));
                assert!(log.range(from, to).map(shown).eq(within.clone().cloned()));
                assert!(
                    log.range(from, to)
                        .rev()
                        .map(shown)
                        .eq(within.rev().cloned())
                );
                assert_eq!(log.len(), model.len() as u64);
                assert_eq!(log.last_entry_id(), model.last().map(|(id, _)| *id));
                let first = model.first().map_or(StreamId::MIN, |(id, _)| *id);
                assert_eq!(log.marks().first_id, first);
                let mut copy = Log::default();
                for (id, node) in log.iter_nodes() {
                    assert!(copy.push_node(id, node.as_listpack().clone()));
                }
                assert_eq!(copy.len(), log.len());
                assert_eq!(copy.marks().first_id, log.marks().first_id);
                assert_eq!(copy.radix_nodes(), log.radix_nodes());
                assert_eq!(log.radix_nodes(), radix_nodes(&log));
            }
        }
    }

    #[test]
    fn radix_nodes_are_counted_as_nodes_come_and_go() {
        let mut rng = Rng::new(12);
        for round in 0..200 {
            let mut log = Log::default();
            // Few bits of each byte, so that IDs part at every depth.
            let spread = [1, 3, 0x0101_0101_0101_0101, u64::MAX][round % 4];
            let number = |rng: &mut Rng| rng.next_u64() & rng.next_u64() & spread;
            for _ in 0..60 {
                let id = StreamId {
                    ms: number(&mut rng),
                    seq: number(&mut rng),
                };
                if log.nodes.contains_key(&id) {
                    log.remove_node(id);
                } else {
                    log.insert_node(id, Node::new(&[]));
                }
                assert_eq!(log.radix_nodes(), radix_nodes(&log));
            }
            while let Some((&id, _)) = log.nodes.first_key_value() {
                log.remove_node(id);
                assert_eq!(log.radix_nodes(), radix_nodes(&log));
            }
        }
    }

    #[test]
    fn nodes_that_are_none_are_refused() {
        let mut log = Log::default();
        assert!(!log.push_node(id(1), Listpack::new()));
        let mut elements = Listpack::new();
        for element in ["1", "0", "1", "a", "0", "2", "0", "0", "v", "4"] {
            elements.push(element.as_bytes());
            let is_whole = element == "4";
            assert_eq!(Log::default().push_node(id(1), elements.clone()), is_whole);
        }
        assert!(log.push_node(id(1), elements.clone()));
        assert!(!log.push_node(id(1), elements));
    }
}
