//! [`Node`]: some neighbouring entries of a stream, packed into a listpack as the server packs them.
//!
//! In front stand the number of live entries, that of deleted ones, and the field names of the first
//! entry, which later entries with the same names do not repeat. An entry is its flags, the distance
//! of its ID from that of the node, its names and values, and the number of all these elements, from
//! which the entry before is found. A deleted entry stays, with a flag, until the node goes.

use crate::values::listpack::{Element, Listpack};
use crate::values::stream::StreamId;

const DELETED: i64 = 1;
const SAME_FIELDS: i64 = 2;

/// Packed entries.
#[derive(Clone, Debug)]
pub struct Node(Listpack);

/// What stands in front of the entries.
struct Header {
    live: i64,
    deleted: i64,
    /// The position of the names of the first entry.
    names: usize,
    name_count: usize,
    /// The position of the first entry.
    entries: usize,
}

/// An entry.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its ID.
    pub id: StreamId,
    /// Whether it has been deleted.
    pub is_deleted: bool,
    flags_at: usize,
    fields: Fields<'a>,
}

impl<'a> Entry<'a> {
    /// Its fields with their values.
    pub fn fields(&self) -> Fields<'a> {
        self.fields
    }
}

/// The fields of an entry with their values, in order.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    elements: &'a Listpack,
    /// The position of the next name, when names stand apart from values.
    name: Option<usize>,
    value: usize,
    left: usize,
}

impl<'a> Iterator for Fields<'a> {
    type Item = (Element<'a>, Element<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let name = match &mut self.name {
            Some(at) => {
                let (name, next) = self.elements.read(*at)?;
                *at = next;
                name
            }
            None => {
                let (name, next) = self.elements.read(self.value)?;
                self.value = next;
                name
            }
        };
        let (value, next) = self.elements.read(self.value)?;
        self.value = next;
        Some((name, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl Node {
    /// A node without entries yet, whose names are those of `pairs`, fields and values in turn.
    pub fn new(pairs: &[&[u8]]) -> Node {
        let mut node = Node(Listpack::new());
        node.push_int(0);
        node.push_int(0);
        node.push_count(pairs.len() / 2);
        for name in pairs.iter().step_by(2) {
            node.0.push(name);
        }
        node.push_int(0);
        node
    }

    /// A node of what [`Node::as_listpack`] gave; `None` when the bytes are no entries.
    pub fn from_listpack(elements: Listpack) -> Option<Node> {
        let node = Node(elements);
        let header = node.header()?;
        let counts = |is_deleted| {
            let entries = node.entries(StreamId::MIN);
            entries
                .filter(|entry| entry.is_deleted == is_deleted)
                .count()
        };
        let is_whole = node.well_formed(&header).is_some()
            && usize::try_from(header.live).ok()? == counts(false)
            && usize::try_from(header.deleted).ok()? == counts(true);
        is_whole.then_some(node)
    }

    /// Whether every entry is what it says, up to the end.
    fn well_formed(&self, header: &Header) -> Option<()> {
        let mut at = header.entries;
        while at < self.0.end() {
            let (flags, next) = self.read_int(at)?;
            if !(0..=DELETED | SAME_FIELDS).contains(&flags) {
                return None;
            }
            let (entry, end) = self.entry_at(header, StreamId::MIN, at)?;
            entry.fields().try_for_each(|_| Some(()))?;
            let counted = entry.fields.count();
            if counted != entry.fields.left {
                return None;
            }
            let same = flags & SAME_FIELDS != 0;
            let elements = if same { 3 + counted } else { 4 + 2 * counted };
            let (stated, _) = self.read_int(self.0.prev(end)?)?;
            if usize::try_from(stated).ok()? != elements || next > end {
                return None;
            }
            at = end;
        }
        Some(())
    }

    /// The elements.
    pub fn as_listpack(&self) -> &Listpack {
        &self.0
    }

    /// How many entries are live.
    pub fn live(&self) -> u64 {
        let count = self.read_int(self.0.start()).map(|(count, _)| count);
        count
            .and_then(|count| u64::try_from(count).ok())
            .unwrap_or(0)
    }

    /// How many entries there are, deleted ones included.
    pub fn count(&self) -> u64 {
        let header = self
            .header()
            .map_or(0, |header| header.live + header.deleted);
        u64::try_from(header).unwrap_or(0)
    }

    fn push_int(&mut self, n: i64) {
        self.0.push(itoa::Buffer::new().format(n).as_bytes());
    }

    fn push_count(&mut self, n: usize) {
        self.push_int(i64::try_from(n).unwrap_or(i64::MAX));
    }

    fn read_int(&self, at: usize) -> Option<(i64, usize)> {
        let (element, next) = self.0.read(at)?;
        Some((element.as_int()?, next))
    }

    fn replace_int(&mut self, at: usize, n: i64) {
        self.0.replace(at, itoa::Buffer::new().format(n).as_bytes());
    }

    fn header(&self) -> Option<Header> {
        let (live, at) = self.read_int(self.0.start())?;
        let (deleted, at) = self.read_int(at)?;
        let (name_count, names) = self.read_int(at)?;
        let name_count = usize::try_from(name_count).ok()?;
        if name_count > self.0.byte_len() {
            return None;
        }
        let behind = (0..name_count).fold(names, |at, _| self.0.next(at));
        match self.read_int(behind)? {
            (0, entries) => Some(Header {
                live,
                deleted,
                names,
                name_count,
                entries,
            }),
            _ => None,
        }
    }

    /// Changes the counts in front by so much.
    fn count_up(&mut self, live: i64, deleted: i64) {
        let at = self.0.start();
        if let Some((count, _)) = self.read_int(at) {
            self.replace_int(at, count + live);
        }
        let at = self.0.next(at);
        if let (Some((count, _)), true) = (self.read_int(at), deleted != 0) {
            self.replace_int(at, count + deleted);
        }
    }

    /// Adds an entry behind the last; `master` is the ID of the node.
    pub fn push(&mut self, master: StreamId, id: StreamId, pairs: &[&[u8]]) {
        self.count_up(1, 0);
        let Some(header) = self.header() else {
            return;
        };
        let mut names = self.0.iter_from(header.names).take(header.name_count);
        let count = pairs.len() / 2;
        let same = count == header.name_count
            && pairs
                .iter()
                .step_by(2)
                .all(|name| names.next() == Some(Element::new(name)));
        self.push_int(if same { SAME_FIELDS } else { 0 });
        // Distances wrap around as the server's do.
        self.push_int(id.ms.wrapping_sub(master.ms) as i64);
        self.push_int(id.seq.wrapping_sub(master.seq) as i64);
        if !same {
            self.push_count(count);
        }
        for pair in pairs.chunks_exact(2) {
            if !same {
                self.0.push(pair[0]);
            }
            self.0.push(pair[1]);
        }
        self.push_count(if same { 3 + count } else { 4 + 2 * count });
    }

    /// Marks entries of this node as deleted.
    pub fn delete(&mut self, entries: &[EntryPosition]) {
        for EntryPosition(at) in entries {
            // Flags never change their size, so that the positions stay.
            if let Some((flags, _)) = self.read_int(*at) {
                self.replace_int(*at, flags | DELETED);
            }
        }
        let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        self.count_up(-count, count);
    }

    /// The entries, deleted ones included; `master` is the ID of the node.
    pub fn entries(&self, master: StreamId) -> Entries<'_> {
        let header = self.header();
        let front = header
            .as_ref()
            .map_or(self.0.end(), |header| header.entries);
        Entries {
            node: self,
            header,
            master,
            front,
            back: self.0.end(),
        }
    }

    /// The entry at a position, and the position behind it.
    fn entry_at(&self, header: &Header, master: StreamId, at: usize) -> Option<(Entry<'_>, usize)> {
        let (flags, next) = self.read_int(at)?;
        let (ms, next) = self.read_int(next)?;
        let (seq, next) = self.read_int(next)?;
        let same = flags & SAME_FIELDS != 0;
        let (count, value) = match same {
            true => (header.name_count, next),
            false => {
                let (count, next) = self.read_int(next)?;
                (usize::try_from(count).ok()?, next)
            }
        };
        if count > self.0.byte_len() {
            return None;
        }
        let elements = if same { count } else { 2 * count };
        let behind = (0..elements).fold(value, |at, _| self.0.next(at));
        let entry = Entry {
            id: StreamId {
                ms: master.ms.wrapping_add(ms as u64),
                seq: master.seq.wrapping_add(seq as u64),
            },
            is_deleted: flags & DELETED != 0,
            flags_at: at,
            fields: Fields {
                elements: &self.0,
                name: same.then_some(header.names),
                value,
                left: count,
            },
        };
        Some((entry, self.0.next(behind)))
    }
}

/// Where an entry is in its node.
#[derive(Clone, Copy, Debug)]
pub struct EntryPosition(usize);

impl Entry<'_> {
    /// Where it is in its node.
    pub fn position(&self) -> EntryPosition {
        EntryPosition(self.flags_at)
    }
}

/// The entries of a node, from both ends.
pub struct Entries<'a> {
    node: &'a Node,
    header: Option<Header>,
    master: StreamId,
    front: usize,
    back: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        if self.front >= self.back {
            return None;
        }
        let header = self.header.as_ref()?;
        let (entry, behind) = self.node.entry_at(header, self.master, self.front)?;
        self.front = behind;
        Some(entry)
    }
}

impl DoubleEndedIterator for Entries<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front >= self.back {
            return None;
        }
        let node = self.node;
        let last = node.0.prev(self.back)?;
        let (elements, _) = node.read_int(last)?;
        let at = (0..elements).try_fold(last, |at, _| node.0.prev(at))?;
        let (entry, _) = node.entry_at(self.header.as_ref()?, self.master, at)?;
        self.back = at;
        Some(entry)
    }
}
