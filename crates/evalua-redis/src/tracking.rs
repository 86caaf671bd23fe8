//! [`Tracking`]: clients that keep what they have read, and are told when it changes.
//!
//! Owns which client has read which key, who is told of all keys with some prefix, and what they are
//! told. Keys count by their names, whatever their database. Nobody is told twice of a key that is not read
//! again in between. Prefixes are told of at the end of each command of a client, in the order of the
//! bytes of the keys.

use std::collections::BTreeMap;

use crate::args::Args;
use crate::bytes::SmallBytes;
use crate::clients::{Allowance, Client};
use crate::core::Core;
use crate::reply::Reply;
use crate::session::{Resp, Session};
use crate::sorted::{SortedMap, SortedSet};
use crate::table::{Command, Group, flag};

/// Where those listen whom messages are redirected to in RESP2.
const CHANNEL: &str = "__redis__:invalidate";

/// How a client is told of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tracker {
    /// The client that gets the messages instead; 0 for none.
    pub redirection: i64,
    /// Whether that client has gone.
    pub has_broken_redirection: bool,
    /// Whether it is told of all keys with its prefixes, read or not.
    pub broadcasts: bool,
    /// Whether it is told only of keys that it reads after asking for it.
    pub opts_in: bool,
    /// Whether it is not told of keys that it reads after asking for that.
    pub opts_out: bool,
    /// Whether it has asked for it, by CLIENT CACHING.
    pub has_asked: bool,
    /// Whether it is not told of changes of its own.
    pub no_loop: bool,
    pub prefixes: SortedSet<SmallBytes>,
}

/// Who is told of keys with a prefix, and which of them have changed by whose doing.
#[derive(Debug, Default)]
struct Prefix {
    clients: SortedSet<u64>,
    changed: BTreeMap<SmallBytes, Option<u64>>,
}

/// All that is kept of clients that track keys.
#[derive(Debug, Default)]
pub(crate) struct Tracking {
    trackers: SortedMap<u64, Tracker>,
    readers: BTreeMap<SmallBytes, SortedSet<u64>>,
    prefixes: SortedMap<SmallBytes, Prefix>,
}

impl Tracking {
    /// Whether somebody tracks keys.
    #[inline]
    pub fn is_on(&self) -> bool {
        !self.trackers.is_empty()
    }

    /// How a client tracks keys, if it does.
    pub fn get(&self, client: u64) -> Option<&Tracker> {
        self.trackers.get(&client)
    }

    /// As [`Tracking::get`], to be changed.
    pub fn get_mut(&mut self, client: u64) -> Option<&mut Tracker> {
        self.trackers.get_mut(&client)
    }

    /// Lets a client track keys, or lets it do so in another way; prefixes it has stay.
    pub fn begin(&mut self, client: u64, mut tracker: Tracker) {
        if let Some(old) = self.trackers.remove(&client) {
            tracker.has_asked = old.has_asked;
            for prefix in old.prefixes.into_keys() {
                tracker.prefixes.insert(prefix);
            }
        }
        for prefix in tracker.prefixes.iter() {
            let prefix = self
                .prefixes
                .or_insert_with(prefix.clone(), Prefix::default);
            prefix.clients.insert(client);
        }
        self.trackers.insert(client, tracker);
    }

    /// Ends that a client tracks keys. What it has read is forgotten when it changes.
    pub fn end(&mut self, client: u64) {
        let Some(tracker) = self.trackers.remove(&client) else {
            return;
        };
        for name in tracker.prefixes.iter() {
            if let Some(prefix) = self.prefixes.get_mut(name) {
                prefix.clients.remove(&client);
                if prefix.clients.is_empty() {
                    self.prefixes.remove(name);
                }
            }
        }
        if self.trackers.is_empty() {
            self.readers.clear();
        }
    }

    /// How many clients track keys, how many keys there are, for how many readers in all, and how many
    /// prefixes.
    pub fn counts(&self) -> [usize; 4] {
        let readers = self.readers.values().map(SortedSet::len).sum();
        let (keys, prefixes) = (self.readers.len(), self.prefixes.len());
        [self.trackers.len(), keys, readers, prefixes]
    }
}

impl Core {
    /// Notes whose command begins, and which messages lie for it before its answer.
    #[cold]
    pub(crate) fn begin_tracked(&mut self, session: &mut Session) {
        self.forget_gone();
        self.limit_tracked_keys();
        self.current = session.client.as_ref().map(|client| client.key);
        session.early = session.client.as_ref().map_or(0, |client| client.waiting());
    }

    /// Gives keys up while more are tracked than the settings allow.
    #[cold]
    pub(crate) fn limit_tracked_keys(&mut self) {
        let most = self.config.tracking_table_max_keys;
        while most > 0 && self.tracking.readers.len() > most {
            let Some((key, readers)) = self.tracking.readers.pop_first() else {
                break;
            };
            for reader in readers.into_keys() {
                self.tell_tracker(reader, Reply::Array(vec![Reply::Bulk(key.clone())]));
            }
        }
    }

    /// Notes which keys the running client reads by a command, of its own or of its script.
    #[cold]
    pub(crate) fn remember_keys(&mut self, command: &Command, args: &[&[u8]]) {
        let is_read = command.has(flag::READONLY)
            && command.group != Group::Scripting
            && !command.has(flag::PUBSUB);
        let Some(client) = self.current.filter(|_| is_read) else {
            return;
        };
        let wants = |tracker: &Tracker| {
            let refuses = tracker.opts_in && !tracker.has_asked;
            !(tracker.broadcasts || refuses || tracker.opts_out && tracker.has_asked)
        };
        if !self.tracking.get(client).is_some_and(wants) || !command.accepts(args.len()) {
            return;
        }
        let args = Args::new(args);
        for at in command.key_indices(args) {
            let readers = self.tracking.readers.entry(SmallBytes::new(args[at]));
            readers.or_default().insert(client);
        }
    }

    /// Tells those who have read a key that it has changed, by the doing of a client or of none.
    #[cold]
    pub(crate) fn tell_trackers(&mut self, key: &[u8], by: Option<u64>) {
        if !self.tracking.is_on() {
            return;
        }
        for (name, prefix) in self.tracking.prefixes.iter_mut() {
            if key.starts_with(name) {
                prefix.changed.insert(SmallBytes::new(key), by);
            }
        }
        let Some(readers) = self.tracking.readers.remove(key) else {
            return;
        };
        for reader in readers.into_keys() {
            let tracker = self.tracking.get(reader);
            // Also what nobody did but its own command came upon: a key that was due.
            let is_own = self.current == Some(reader);
            let is_told =
                tracker.is_some_and(|tracker| !(tracker.broadcasts || tracker.no_loop && is_own));
            if is_told {
                self.tell_tracker(reader, Reply::Array(vec![Reply::bulk(key)]));
            }
        }
    }

    /// Tells everybody that all keys have gone.
    #[cold]
    pub(crate) fn tell_trackers_of_flush(&mut self) {
        let trackers: Vec<u64> = self.tracking.trackers.keys().copied().collect();
        for client in trackers {
            self.tell_tracker(client, Reply::Null);
        }
        self.tracking.readers.clear();
    }

    /// Ends a command of a client.
    #[cold]
    pub(crate) fn end_tracked(&mut self, command: &Command, session: &Session) {
        self.tell_of_prefixes();
        // What CLIENT CACHING asks for holds for the command, or the transaction, after it.
        let is_over = session.transaction.is_none() && !command.name.starts_with("client|");
        if let Some(client) = self.current.take()
            && is_over
            && let Some(tracker) = self.tracking.get_mut(client)
        {
            tracker.has_asked = false;
        }
    }

    /// Tells of the keys with prefixes that have changed.
    #[cold]
    pub(crate) fn tell_of_prefixes(&mut self) {
        let prefixes = std::mem::take(&mut self.tracking.prefixes);
        for prefix in prefixes
            .values()
            .filter(|prefix| !prefix.changed.is_empty())
        {
            for client in prefix.clients.iter() {
                let tracker = self.tracking.get(*client);
                let spares_own = tracker.is_some_and(|tracker| tracker.no_loop);
                let changed = prefix.changed.iter();
                let keys = changed.filter(|(_, by)| !(spares_own && **by == Some(*client)));
                let keys: Vec<Reply> = keys.map(|(key, _)| Reply::Bulk(key.clone())).collect();
                if !keys.is_empty() {
                    self.tell_tracker(*client, Reply::Array(keys));
                }
            }
        }
        self.tracking.prefixes = prefixes;
        for (_, prefix) in self.tracking.prefixes.iter_mut() {
            prefix.changed.clear();
        }
    }

    /// Sends a client, or whom it redirects to, a message about keys, if it can understand one.
    fn tell_tracker(&mut self, client: u64, keys: Reply) {
        let allowance = self.allowance();
        let (clients, tracking) = (&self.clients, &mut self.tracking);
        let (Some(own), Some(tracker)) = (clients.get(client), tracking.trackers.get_mut(&client))
        else {
            return;
        };
        if tracker.redirection == 0 {
            if own.facts().resp == Resp::V3 {
                invalidate(&own, keys, allowance);
            }
            return;
        }
        match clients.with_id(tracker.redirection) {
            Some(other) => {
                let (resp, is_subscribed) = {
                    let facts = other.facts();
                    (facts.resp, facts.is_subscribed)
                };
                if resp == Resp::V3 {
                    invalidate(&other, keys, allowance);
                } else if is_subscribed {
                    let (kind, channel) = (Reply::bulk("message"), Reply::bulk(CHANNEL));
                    other.send(Reply::Push(vec![kind, channel, keys]), allowance);
                }
            }
            None => {
                tracker.has_broken_redirection = true;
                if own.facts().resp == Resp::V3 {
                    let name = Reply::bulk("tracking-redir-broken");
                    let words = vec![name, Reply::Integer(tracker.redirection)];
                    own.send(Reply::Push(words), allowance);
                }
            }
        }
    }
}

fn invalidate(client: &Client, keys: Reply, allowance: Allowance) {
    client.send(
        Reply::Push(vec![Reply::bulk("invalidate"), keys]),
        allowance,
    );
}
