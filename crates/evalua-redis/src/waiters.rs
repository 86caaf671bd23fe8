//! Waiting: who waits for which keys, in which order, and what wakes them.
//!
//! A command that finds nothing to take asks the gate to let its session wait. The engine keeps the
//! command, not the session: when one of its keys is ready, after the whole command, transaction or script
//! that made it so, the command runs again, and its reply lies in a slot that session and engine share.
//! A session that goes drops its end of the slot, and nothing is run for it any more. There are no
//! threads here and no time passes: whoever serves sessions looks into them, or leaves a waker.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use crate::bytes::SmallBytes;
use crate::reply::Reply;
use crate::session::Resp;
use crate::sorted::SortedMap;
use crate::table::Command;
use crate::trace::Class;
use crate::values::Value;

/// What a command waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A list with elements.
    List,
    /// A sorted set with members.
    SortedSet,
    /// A stream with new entries.
    Stream,
    /// The same, for one of a group, who is also told when stream or group go.
    Group,
    /// That no commands are held back any more: no key at all.
    Resumption,
}

impl Wanted {
    /// Whether a look at a key that holds this, or nothing, may end the wait.
    fn is_met_by(self, value: Option<&Value>) -> bool {
        match self {
            Wanted::List => matches!(value, Some(Value::List(_))),
            Wanted::SortedSet => matches!(value, Some(Value::Zset(_))),
            Wanted::Stream => matches!(value, Some(Value::Stream(_))),
            Wanted::Group => true,
            Wanted::Resumption => false,
        }
    }
}

/// A command's wish to wait.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub command: &'static Command,
    /// What is run again: the command's words, without what depends on when it began.
    pub args: Vec<SmallBytes>,
    pub keys: Vec<SmallBytes>,
    pub wanted: Wanted,
    /// Until when, Unix milliseconds; `None` for ever.
    pub until_ms: Option<i64>,
}

/// Whose wish it is, as far as running the command again needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    pub session: i64,
    pub db: usize,
    pub resp: Resp,
    pub user: Option<Arc<[u8]>>,
}

/// A session's end of its wait.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    pub until_ms: Option<i64>,
    slot: Arc<Slot>,
}

/// Where a reply will lie.
#[derive(Debug, Default)]
struct Slot(Mutex<(Option<Reply>, Option<Waker>)>);

impl Slot {
    fn lock(&self) -> MutexGuard<'_, (Option<Reply>, Option<Waker>)> {
        // Nothing panics while it is held, and a reply is whole or not there.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, reply: Reply) {
        let waker = {
            let mut slot = self.lock();
            slot.0 = Some(reply);
            slot.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Wait {
    /// The reply, once there is one.
    pub fn take(&self) -> Option<Reply> {
        self.slot.lock().0.take()
    }

    /// The reply, or else a waker is left that is called when there is one.
    pub fn poll(&self, context: &Context<'_>) -> Poll<Reply> {
        let mut slot = self.slot.lock();
        match slot.0.take() {
            Some(reply) => Poll::Ready(reply),
            None => {
                slot.1 = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// A session that waits.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub who: Who,
    pub wish: Wish,
    slot: Weak<Slot>,
}

impl Waiter {
    fn is_gone(&self) -> bool {
        self.slot.strong_count() == 0
    }

    /// Gives the session its reply.
    pub fn answer(self, reply: Reply) {
        if let Some(slot) = self.slot.upgrade() {
            slot.answer(reply);
        }
    }
}

type Key = (usize, SmallBytes);

/// Those who wait for one key, the first to be served in front.
#[derive(Debug, Default)]
struct Queue {
    waiters: VecDeque<u64>,
    is_ready: bool,
}

/// Everyone who waits.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    /// By number: in the order in which they began to wait.
    waiters: SortedMap<u64, Box<Waiter>>,
    next: u64,
    deadlines: BTreeSet<(i64, u64)>,
    /// Only looked up, or asked for what is sorted afterwards; its order is nowhere seen.
    queues: HashMap<Key, Queue>,
    /// Keys with somebody to look at them, in the order in which they became ready.
    ready: VecDeque<Key>,
    /// From this number on those who are gone are dropped.
    purge_from: usize,
}

impl Waiters {
    /// Whether nobody waits.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// Lets a session wait.
    pub fn add(&mut self, who: Who, wish: Wish) -> Wait {
        const LEAST: usize = 64;
        if self.waiters.len() >= self.purge_from {
            self.purge();
            self.purge_from = LEAST.max(2 * self.waiters.len());
        }
        let slot = Arc::new(Slot::default());
        let until_ms = wish.until_ms;
        let waiter = Waiter {
            who,
            wish,
            slot: Arc::downgrade(&slot),
        };
        self.insert(waiter);
        Wait { until_ms, slot }
    }

    /// Puts a waiter behind all others.
    pub fn insert(&mut self, waiter: Waiter) {
        let id = self.next;
        self.next += 1;
        for key in &waiter.wish.keys {
            let queue = self.queues.entry((waiter.who.db, key.clone()));
            let queue = queue.or_default();
            // A key may be named twice.
            if queue.waiters.back() != Some(&id) {
                queue.waiters.push_back(id);
            }
        }
        if let Some(until_ms) = waiter.wish.until_ms {
            self.deadlines.insert((until_ms, id));
        }
        self.waiters.insert(id, Box::new(waiter));
    }

    fn remove(&mut self, id: u64) -> Option<Waiter> {
        let waiter = self.waiters.remove(&id)?;
        for key in &waiter.wish.keys {
            let key = (waiter.who.db, key.clone());
            if let Some(queue) = self.queues.get_mut(&key) {
                if let Some(at) = queue.waiters.iter().position(|other| *other == id) {
                    queue.waiters.remove(at);
                }
                if queue.waiters.is_empty() {
                    self.queues.remove(&key);
                }
            }
        }
        if let Some(until_ms) = waiter.wish.until_ms {
            self.deadlines.remove(&(until_ms, id));
        }
        Some(*waiter)
    }

    /// Drops those whose sessions are gone.
    fn purge(&mut self) {
        let gone = self.waiters.iter().filter(|(_, waiter)| waiter.is_gone());
        let gone: Vec<u64> = gone.map(|(id, _)| *id).collect();
        for id in gone {
            self.remove(id);
        }
    }

    /// How many sessions wait, for how many keys, and for how many of them one of a group.
    pub fn counts(&mut self) -> (usize, usize, usize) {
        self.purge();
        let for_group = |queue: &&Queue| self.is_for_group(queue);
        let for_group = self.queues.values().filter(for_group).count();
        (self.waiters.len(), self.queues.len(), for_group)
    }

    fn is_for_group(&self, queue: &Queue) -> bool {
        let mut waiters = queue.waiters.iter().filter_map(|id| self.waiters.get(id));
        waiters.any(|waiter| waiter.wish.wanted == Wanted::Group)
    }

    /// Hears of the change of a key. That of a list or sorted set is not heard of: it was there, so nobody
    /// waits for it, unless it took the place of another value, which wakes nobody on the server either.
    pub fn signal(&mut self, class: Class, event: &str, db: usize, key: &[u8]) {
        match (class, event) {
            (Class::Stream, "xadd" | "xgroup-destroy")
            // These remove what was there before.
            | (Class::Generic, "copy_to" | "move_to" | "rename_to" | "restore" | "swapdb") => {
                self.signal_new(db, key);
            }
            (Class::Stream, _) | (Class::Generic, "expire" | "persist") => {}
            _ => self.signal_end(db, key),
        }
    }

    /// Hears that there is a key now which was not there.
    pub fn signal_new(&mut self, db: usize, key: &[u8]) {
        self.make_ready((db, SmallBytes::new(key)));
    }

    /// Hears that a key has gone, or holds something else.
    pub fn signal_end(&mut self, db: usize, key: &[u8]) {
        let key = (db, SmallBytes::new(key));
        let queue = self.queues.get(&key);
        if queue.is_some_and(|queue| self.is_for_group(queue)) {
            self.make_ready(key);
        }
    }

    fn make_ready(&mut self, key: Key) {
        if let Some(queue) = self.queues.get_mut(&key)
            && !std::mem::replace(&mut queue.is_ready, true)
        {
            self.ready.push_back(key);
        }
    }

    /// The keys of a database for which somebody waits, the oldest wait first.
    pub fn keys_of(&self, db: usize) -> Vec<SmallBytes> {
        let keys = self.queues.iter().filter(|((of, _), _)| *of == db);
        let mut keys: Vec<_> = keys
            .map(|((_, key), queue)| (queue.waiters.front(), key.clone()))
            .collect();
        keys.sort_unstable();
        keys.into_iter().map(|(_, key)| key).collect()
    }

    /// Whether somebody is to be looked after.
    #[inline]
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The next key that is ready, with those who wait for it now.
    pub fn next_ready(&mut self) -> Option<(usize, SmallBytes, Vec<u64>)> {
        let key = self.ready.pop_front()?;
        let waiters = match self.queues.get_mut(&key) {
            Some(queue) => {
                queue.is_ready = false;
                queue.waiters.iter().copied().collect()
            }
            None => Vec::new(),
        };
        Some((key.0, key.1, waiters))
    }

    /// Takes a waiter out whose wait a key that holds `value` may end.
    pub fn take_if_met(&mut self, id: u64, value: Option<&Value>) -> Option<Waiter> {
        let waiter = self.waiters.get(&id)?;
        if waiter.is_gone() {
            self.remove(id);
            return None;
        }
        if waiter.wish.wanted.is_met_by(value) {
            self.remove(id)
        } else {
            None
        }
    }

    /// Takes out the next one whose time is over.
    #[inline]
    pub fn take_overdue(&mut self, now_ms: i64) -> Option<Waiter> {
        let (until_ms, id) = *self.deadlines.first()?;
        if until_ms > now_ms {
            return None;
        }
        self.remove(id)
    }

    /// The number of a session's wait for a key.
    fn find(&self, session: i64) -> Option<u64> {
        let waits = |waiter: &Waiter| {
            waiter.who.session == session
                && waiter.wish.wanted != Wanted::Resumption
                && !waiter.is_gone()
        };
        let mut waiters = self.waiters.iter();
        waiters.find(|(_, waiter)| waits(waiter)).map(|(id, _)| *id)
    }

    /// Whether a session of that number waits for a key.
    pub fn has_session(&self, session: i64) -> bool {
        self.find(session).is_some()
    }

    /// Takes out a session of that number.
    pub fn take_session(&mut self, session: i64) -> Option<Waiter> {
        self.remove(self.find(session)?)
    }

    /// Ends the waits of those whose commands were held back.
    pub fn resume(&mut self) {
        let held = self.waiters.iter();
        let held = held.filter(|(_, waiter)| waiter.wish.wanted == Wanted::Resumption);
        let held: Vec<u64> = held.map(|(id, _)| *id).collect();
        for id in held {
            if let Some(waiter) = self.remove(id) {
                waiter.answer(Reply::NullArray);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;

    fn wish(keys: &[&str], until_ms: Option<i64>) -> Wish {
        Wish {
            command: table::find(b"blpop").expect("a command"),
            args: Vec::new(),
            keys: keys.iter().map(|key| SmallBytes::from(*key)).collect(),
            wanted: Wanted::List,
            until_ms,
        }
    }

    fn who(session: i64) -> Who {
        Who {
            session,
            db: 0,
            resp: Resp::V2,
            user: None,
        }
    }

    #[test]
    fn keys_become_ready_once_and_in_order() {
        let mut waiters = Waiters::default();
        let _a = waiters.add(who(1), wish(&["x", "x", "y"], None));
        let _b = waiters.add(who(2), wish(&["x"], None));
        for key in ["y", "z", "x", "y"] {
            waiters.signal_new(0, key.as_bytes());
        }
        waiters.signal_new(1, b"x");
        assert_eq!(waiters.next_ready(), Some((0, "y".into(), vec![0])));
        assert_eq!(waiters.next_ready(), Some((0, "x".into(), vec![0, 1])));
        assert_eq!(waiters.next_ready(), None);
        assert_eq!(waiters.counts(), (2, 2, 0));
    }

    #[test]
    fn those_who_are_gone_get_nothing_and_cost_nothing() {
        let mut waiters = Waiters::default();
        for id in 0..10_000 {
            drop(waiters.add(who(id), wish(&[&id.to_string()], Some(id))));
        }
        assert!(waiters.waiters.len() <= 65, "{}", waiters.waiters.len());
        assert_eq!(waiters.counts(), (0, 0, 0));
        assert!(waiters.deadlines.is_empty());
    }

    #[test]
    fn time_runs_out_in_the_order_of_the_instants() {
        let mut waiters = Waiters::default();
        let _slots = [30, 10, 20].map(|at| waiters.add(who(at), wish(&["x"], Some(at))));
        let mut overdue = |now| waiters.take_overdue(now).map(|waiter| waiter.who.session);
        assert_eq!(overdue(9), None);
        assert_eq!(
            [overdue(25), overdue(25), overdue(25)],
            [Some(10), Some(20), None]
        );
        assert_eq!(overdue(30), Some(30));
    }
}
