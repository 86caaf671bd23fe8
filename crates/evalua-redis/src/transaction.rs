//! MULTI and WATCH: the commands that a session has queued, and the keys whose changes would keep them
//! from running.
//!
//! A session and the engine share one flag; the engine raises it when one of the session's keys changes.
//! A session that goes takes nothing along but its end of the flag.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use crate::bytes::SmallBytes;
use crate::table::Command;

/// What a session has queued since MULTI.
#[derive(Clone, Debug, Default)]
pub struct Transaction {
    /// The commands with their arguments.
    pub queued: Vec<(&'static Command, Vec<SmallBytes>)>,
    /// Whether one was refused, so that none may run.
    pub is_broken: bool,
}

/// What a session watches.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    is_changed: Arc<AtomicBool>,
    keys: Vec<WatchedKey>,
}

/// A key that a session watches.
#[derive(Clone, Debug)]
pub struct WatchedKey {
    /// Its database.
    pub db: usize,
    /// Its name.
    pub key: SmallBytes,
}

impl Watch {
    /// Whether one of the keys has changed.
    pub fn is_changed(&self) -> bool {
        self.is_changed.load(Ordering::Relaxed)
    }

    /// The keys.
    pub fn keys(&self) -> &[WatchedKey] {
        &self.keys
    }
}

/// Who watches which keys.
#[derive(Debug, Default)]
pub struct Watchers {
    /// Only looked up, or emptied of all that is over; its order is nowhere seen.
    keys: HashMap<(usize, SmallBytes), Vec<Watcher>>,
    /// From this number of keys on those that nobody watches any more are dropped.
    purge_from: usize,
}

#[derive(Debug)]
struct Watcher {
    flag: Weak<AtomicBool>,
    /// Whether the key was due when the watch began, so that its removal is no change.
    was_due: bool,
}

/// What takes the place of a key, when a database takes that of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Successor {
    /// Nothing.
    None,
    /// A key that is due.
    Due,
    /// A key.
    Live,
}

impl Watchers {
    /// Whether no key is watched.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Adds a key to what a session watches.
    pub fn add(&mut self, watch: &mut Watch, watched: WatchedKey, was_due: bool) {
        let is_same = |other: &WatchedKey| other.db == watched.db && other.key == watched.key;
        if watch.keys.iter().any(is_same) {
            return;
        }
        if self.keys.len() >= self.purge_from {
            const LEAST: usize = 64;
            for watchers in self.keys.values_mut() {
                watchers.retain(|watcher| watcher.flag.strong_count() > 0);
            }
            self.keys.retain(|_, watchers| !watchers.is_empty());
            self.purge_from = LEAST.max(2 * self.keys.len());
        }
        let watchers = self.keys.entry((watched.db, watched.key.clone()));
        watchers.or_default().push(Watcher {
            flag: Arc::downgrade(&watch.is_changed),
            was_due,
        });
        watch.keys.push(watched);
    }

    /// Tells all who watch a key that it has changed, and is there now or not. To those who watch one that
    /// was due neither its end is a change, nor what takes its place before it has gone.
    pub fn touch(&mut self, db: usize, key: &[u8], is_there: bool) {
        let mut watchers = self.take(db, key);
        watchers.retain_mut(|watcher| {
            let stays = watcher.was_due;
            // Once it is gone, a new key of that name is a change.
            watcher.was_due &= is_there;
            if !stays {
                watcher.raise();
            }
            stays
        });
        if !watchers.is_empty() {
            self.keys.insert((db, SmallBytes::new(key)), watchers);
        }
    }

    /// Tells those who watch a key what takes its place. Neither the end of a key that was due nor one that is
    /// due where nothing was is a change.
    pub fn replace(&mut self, db: usize, key: &[u8], was_there: bool, successor: Successor) {
        let mut watchers = self.take(db, key);
        watchers.retain_mut(|watcher| {
            let stays = match successor {
                Successor::None | Successor::Due => watcher.was_due || !was_there,
                Successor::Live => false,
            };
            watcher.was_due = successor == Successor::Due;
            if !stays {
                watcher.raise();
            }
            stays
        });
        if !watchers.is_empty() {
            self.keys.insert((db, SmallBytes::new(key)), watchers);
        }
    }

    /// Whether a key was due when this watch of it began.
    pub fn was_due(&self, watch: &Watch, watched: &WatchedKey) -> bool {
        let watchers = self.keys.get(&(watched.db, watched.key.clone()));
        let mut watchers = watchers.into_iter().flatten();
        let own = watchers.find(|watcher| watcher.flag.as_ptr() == Arc::as_ptr(&watch.is_changed));
        own.is_some_and(|watcher| watcher.was_due)
    }

    fn take(&mut self, db: usize, key: &[u8]) -> Vec<Watcher> {
        self.keys
            .remove(&(db, SmallBytes::new(key)))
            .unwrap_or_default()
    }

    /// The watched keys of a database.
    pub fn of(&self, db: usize) -> Vec<SmallBytes> {
        let keys = self.keys.keys().filter(|(of, _)| *of == db);
        keys.map(|(_, key)| key.clone()).collect()
    }
}

impl Watcher {
    fn raise(&self) {
        if let Some(flag) = self.flag.upgrade() {
            flag.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(key: &str) -> WatchedKey {
        WatchedKey {
            db: 0,
            key: key.into(),
        }
    }

    #[test]
    fn flags_rise_for_those_who_watch() {
        let mut watchers = Watchers::default();
        let (mut a, mut b) = (Watch::default(), Watch::default());
        watchers.add(&mut a, watched("x"), false);
        watchers.add(&mut b, watched("y"), true);
        watchers.touch(1, b"x", true);
        watchers.touch(0, b"z", true);
        assert!(!a.is_changed() && !b.is_changed());
        watchers.touch(0, b"x", true);
        watchers.touch(0, b"y", true);
        watchers.touch(0, b"y", false);
        assert!(a.is_changed() && !b.is_changed());
        watchers.touch(0, b"y", true);
        assert!(b.is_changed());
        assert!(watchers.is_empty());
    }

    #[test]
    fn keys_that_are_due_come_and_go_unnoticed() {
        let mut watchers = Watchers::default();
        let mut watch = Watch::default();
        watchers.add(&mut watch, watched("x"), false);
        watchers.replace(0, b"x", false, Successor::Due);
        assert!(watchers.was_due(&watch, &watched("x")));
        watchers.replace(0, b"x", true, Successor::None);
        assert!(!watchers.was_due(&watch, &watched("x")) && !watch.is_changed());
        watchers.replace(0, b"x", false, Successor::Live);
        assert!(watch.is_changed());
    }

    #[test]
    fn sessions_that_are_gone_cost_nothing() {
        let mut watchers = Watchers::default();
        for n in 0..10_000 {
            watchers.add(&mut Watch::default(), watched(&n.to_string()), false);
        }
        assert!(watchers.keys.len() <= 65, "{}", watchers.keys.len());
    }
}
