//! [`StreamValue`]: a log of entries that only grows at its end, and the groups that read it.
//!
//! A file each for IDs, packed nodes, the log and groups. An empty stream is a value like any other.

mod group;
mod id;
mod log;
mod node;

use crate::bytes::SmallBytes;
use crate::sorted::SortedMap;

pub use group::{Consumer, Group, Pending};
pub use id::{NewId, StreamId};
pub use log::{Keep, Log, Marks, Trim};
pub use node::{Entry, Fields, Node};

/// A stream.
#[derive(Clone, Debug, Default)]
pub struct StreamValue {
    log: Log,
    groups: SortedMap<SmallBytes, Group>,
}

impl StreamValue {
    /// How many bytes of heap it takes, looking at no more than `samples` elements of a large one.
    pub fn heap_size(&self, samples: usize) -> usize {
        let groups = self.groups.iter().map(|(name, group)| {
            name.heap_size() + size_of::<(SmallBytes, Group)>() + group.heap_size()
        });
        self.log.heap_size(samples) + groups.sum::<usize>()
    }

    /// The entries.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The entries, to be changed.
    pub fn log_mut(&mut self) -> &mut Log {
        &mut self.log
    }

    /// The groups with their names, in the order of these.
    pub fn groups(&self) -> impl Iterator<Item = (&SmallBytes, &Group)> {
        self.groups.iter()
    }

    /// The group of that name.
    pub fn group(&self, name: &[u8]) -> Option<&Group> {
        self.groups.get(name)
    }

    /// The entries, and the group of that name to be changed.
    pub fn group_mut(&mut self, name: &[u8]) -> Option<(&Log, &mut Group)> {
        let group = self.groups.get_mut(name)?;
        Some((&self.log, group))
    }

    /// Adds a group; tells whether there was none of that name.
    pub fn add_group(&mut self, name: &[u8], group: Group) -> bool {
        let is_new = !self.groups.contains_key(name);
        if is_new {
            self.groups.insert(SmallBytes::new(name), group);
        }
        is_new
    }

    /// Removes a group; tells whether there was one of that name.
    pub fn remove_group(&mut self, name: &[u8]) -> bool {
        self.groups.remove(name).is_some()
    }

    /// The name of its form in memory.
    pub fn encoding(&self) -> &'static str {
        "stream"
    }

    /// Never: an empty stream is a value like any other.
    pub fn is_empty(&self) -> bool {
        false
    }
}
