//! [`Hub`]: who listens to which channels, patterns and shard channels, and the delivery of messages.
//!
//! Names lie in the order of their bytes, so whatever lists them is the same on every run; those who
//! listen to one are served in the order in which they came. Knows clients by their keys, and lays
//! messages into their mailboxes.

use std::collections::{BTreeMap, BTreeSet};

use crate::bytes::SmallBytes;
use crate::clients::{Allowance, Clients};
use crate::glob;
use crate::reply::Reply;
use crate::sorted::SortedMap;

/// What is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A channel.
    Channel,
    /// All channels of a pattern.
    Pattern,
    /// A shard channel.
    Shard,
}

impl Kind {
    const COUNT: usize = 3;

    /// The word that a message begins with.
    fn message(self) -> &'static str {
        match self {
            Kind::Channel => "message",
            Kind::Pattern => "pmessage",
            Kind::Shard => "smessage",
        }
    }
}

/// What one client listens to, by kind.
type Names = [BTreeSet<SmallBytes>; Kind::COUNT];

/// All subscriptions.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    listeners: [BTreeMap<SmallBytes, Vec<u64>>; Kind::COUNT],
    names: SortedMap<u64, Box<Names>>,
}

impl Hub {
    /// Whether nobody listens to anything.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Lets a client listen.
    pub fn subscribe(&mut self, kind: Kind, client: u64, name: &[u8]) {
        let name = SmallBytes::new(name);
        let names = &mut self.names.or_insert_with(client, Box::default)[kind as usize];
        if names.insert(name.clone()) {
            let listeners = self.listeners[kind as usize].entry(name).or_default();
            listeners.push(client);
        }
    }

    /// Ends that a client listens.
    pub fn unsubscribe(&mut self, kind: Kind, client: u64, name: &[u8]) {
        let Some(names) = self.names.get_mut(&client) else {
            return;
        };
        if names[kind as usize].remove(name) {
            let listeners = &mut self.listeners[kind as usize];
            if let Some(clients) = listeners.get_mut(name) {
                clients.retain(|other| *other != client);
                if clients.is_empty() {
                    listeners.remove(name);
                }
            }
        }
        if names.iter().all(BTreeSet::is_empty) {
            self.names.remove(&client);
        }
    }

    /// Ends all that a client listens to.
    pub fn leave(&mut self, client: u64) {
        for kind in [Kind::Channel, Kind::Pattern, Kind::Shard] {
            for name in self.names_of(kind, client) {
                self.unsubscribe(kind, client, &name);
            }
        }
    }

    /// What a client listens to.
    pub fn names_of(&self, kind: Kind, client: u64) -> Vec<SmallBytes> {
        let names = self.names.get(&client);
        names.map_or_else(Vec::new, |names| {
            names[kind as usize].iter().cloned().collect()
        })
    }

    /// To how many names a client listens.
    pub fn count(&self, kind: Kind, client: u64) -> usize {
        let names = self.names.get(&client);
        names.map_or(0, |names| names[kind as usize].len())
    }

    /// All names of a kind that somebody listens to.
    pub fn all(&self, kind: Kind) -> impl ExactSizeIterator<Item = &SmallBytes> {
        self.listeners[kind as usize].keys()
    }

    /// How many clients listen to a name.
    pub fn listeners(&self, kind: Kind, name: &[u8]) -> usize {
        self.listeners[kind as usize].get(name).map_or(0, Vec::len)
    }

    /// Delivers a message to a channel or a shard channel; tells how often.
    pub fn publish(
        &self,
        clients: &Clients,
        allowance: Allowance,
        kind: Kind,
        channel: &[u8],
        text: &[u8],
    ) -> usize {
        if self.is_empty() {
            return 0;
        }
        let direct = self.listeners[kind as usize].get(channel);
        let words = [kind.message().as_bytes(), channel, text];
        let mut count = deliver(clients, allowance, direct, &words);
        if kind == Kind::Channel {
            for (pattern, listeners) in &self.listeners[Kind::Pattern as usize] {
                if glob::matches(pattern, channel) {
                    let words = [Kind::Pattern.message().as_bytes(), pattern, channel, text];
                    count += deliver(clients, allowance, Some(listeners), &words);
                }
            }
        }
        count
    }
}

/// Lays a message of these words down for each of those; tells for how many.
fn deliver(
    clients: &Clients,
    allowance: Allowance,
    listeners: Option<&Vec<u64>>,
    words: &[&[u8]],
) -> usize {
    let listeners = listeners.into_iter().flatten();
    let found = listeners.filter_map(|key| clients.get(*key));
    let message = || Reply::Push(words.iter().map(Reply::bulk).collect());
    found
        .map(|client| client.send(message(), allowance))
        .count()
}
