//! [`Clients`]: who is connected, and the mailboxes that messages lie in until their readers come.
//!
//! A [`Client`] is what engine and host share of a caller. The engine holds it weakly: when the last
//! session or mailbox of a caller goes, its key lies among the `gone`, and whatever the engine keeps
//! of it (subscriptions, tracked keys) is dropped before it is next looked at. There are no threads
//! here, and nothing waits: a host looks into the mailbox, or leaves a waker.

mod facts;
mod mailbox;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::core::Core;
use crate::hub::Kind;
use crate::output_limits::OutputLimit;
use crate::session::Session;
use crate::sorted::SortedMap;

pub use facts::Address;
pub(crate) use facts::{Facts, Known};
pub(crate) use mailbox::Allowance;
use mailbox::Mail;
pub use mailbox::Mailbox;

/// What engine and host share of a caller.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its place in the registry, never used again.
    pub key: u64,
    mail: Mail,
    facts: Mutex<Facts>,
    gone: Arc<Gone>,
}

impl Client {
    /// What is known of it.
    pub fn facts(&self) -> MutexGuard<'_, Facts> {
        // Nothing panics while it is held.
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.gone.lock().push(self.key);
        self.gone.is_any.store(true, Ordering::Release);
    }
}

/// Those who have gone and whom the engine has not forgotten yet.
#[derive(Debug, Default)]
struct Gone {
    is_any: AtomicBool,
    keys: Mutex<Vec<u64>>,
}

impl Gone {
    fn lock(&self) -> MutexGuard<'_, Vec<u64>> {
        // Nothing panics while it is held, and every key in it is whole.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everyone the engine has to do with beyond answering commands.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    clients: SortedMap<u64, Weak<Client>>,
    next: u64,
    gone: Arc<Gone>,
}

impl Clients {
    /// The shared part of a session, made when it has none.
    pub fn of(&mut self, session: &mut Session, now_ms: i64) -> Arc<Client> {
        if let Some(client) = &session.client {
            return Arc::clone(client);
        }
        self.next += 1;
        let client = Arc::new(Client {
            key: self.next,
            mail: Mail::default(),
            facts: Mutex::new(Facts::new(session.id, now_ms)),
            gone: Arc::clone(&self.gone),
        });
        self.clients.insert(client.key, Arc::downgrade(&client));
        session.client = Some(Arc::clone(&client));
        client
    }

    /// The client of that key, if it is still there.
    pub fn get(&self, key: u64) -> Option<Arc<Client>> {
        self.clients.get(&key)?.upgrade()
    }

    /// Everyone who is there, in the order in which they came.
    pub fn all(&self) -> impl Iterator<Item = Arc<Client>> {
        let clients = self.clients.values().filter_map(Weak::upgrade);
        clients.filter(|client| !client.is_closed())
    }

    /// The client that CLIENT ID gives that number to.
    pub fn with_id(&self, id: i64) -> Option<Arc<Client>> {
        self.all().find(|client| client.facts().id == id)
    }

    /// Whether somebody has gone who is to be forgotten.
    #[inline]
    pub fn has_gone(&self) -> bool {
        self.gone.is_any.load(Ordering::Acquire)
    }

    /// Those who have gone since the last time, in the order in which they came.
    pub fn take_gone(&mut self) -> Vec<u64> {
        self.gone.is_any.store(false, Ordering::Release);
        let mut keys = std::mem::take(&mut *self.gone.lock());
        keys.sort_unstable();
        for key in &keys {
            self.clients.remove(key);
        }
        keys
    }
}

impl Core {
    /// Makes the caller of a session known to others, from that address, with a mailbox where messages lie
    /// that answer none of its commands. It is let in if no password is needed.
    pub fn connect(&mut self, session: &mut Session, address: Address) -> Mailbox {
        session.is_guest = !self.acl.is_open();
        let client = self.clients.of(session, self.clock.now_ms());
        client.facts().address = address;
        Mailbox(client)
    }

    /// How much may lie for the caller of a session.
    pub fn output_limit(&self, session: &Session) -> OutputLimit {
        self.config.output_limits.of(session.is_subscribed)
    }

    /// How much may lie for clients now.
    pub(crate) fn allowance(&self) -> Allowance {
        Allowance {
            limits: self.config.output_limits,
            now_ms: self.clock.now_ms(),
        }
    }

    /// What others know of a client, whose request at work has so many bytes.
    pub(crate) fn known(&self, client: &Client, request: usize) -> Known {
        let id = client.facts().id;
        let tracker = self.tracking.get(client.key);
        Known {
            listens: [Kind::Channel, Kind::Pattern, Kind::Shard]
                .map(|kind| self.hub.count(kind, client.key)),
            watches_all: self.monitors.contains(&client.key),
            waits: self.waiters.has_session(id),
            tracks: tracker.is_some(),
            broadcasts: tracker.is_some_and(|tracker| tracker.broadcasts),
            has_broken_redirection: tracker.is_some_and(|t| t.has_broken_redirection),
            redirection: tracker.map_or(-1, |tracker| tracker.redirection),
            request,
        }
    }

    /// Ends the connection of a client other than the running one.
    pub(crate) fn drop_client(&mut self, client: &Client) {
        let id = client.facts().id;
        self.hub.leave(client.key);
        self.tracking.end(client.key);
        self.monitors.retain(|other| *other != client.key);
        self.waiters.take_session(id);
        client.close();
    }

    /// Drops what is kept of clients that have gone.
    #[inline]
    pub(crate) fn forget_gone(&mut self) {
        if self.clients.has_gone() {
            for client in self.clients.take_gone() {
                self.hub.leave(client);
                self.tracking.end(client);
                self.monitors.retain(|other| *other != client);
            }
        }
    }
}
