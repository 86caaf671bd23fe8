//! [`Mailbox`]: the messages for a caller that answer none of its commands.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::Client;
use crate::output_limits::{OutputLimit, OutputLimits};
use crate::reply::Reply;

/// Where there is no limit for messages that are no channel's, so many bytes of them may lie unread. The server
/// has none then.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// What a message takes beside its bytes, roughly.
const MESSAGE_SIZE: usize = 64;

/// What lies for one client.
#[derive(Debug, Default)]
pub(super) struct Mail {
    /// Whether there is anything to be seen, so that most looks need no lock.
    is_any: AtomicBool,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    messages: VecDeque<Reply>,
    bytes: usize,
    /// Since when more lies there than may lie long, Unix milliseconds.
    strained_since_ms: Option<i64>,
    is_closed: bool,
    waker: Option<Waker>,
}

impl Mail {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        // Nothing panics while it is held, and a message is whole or not there.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, change: impl FnOnce(&mut Inside)) {
        let waker = {
            let mut inside = self.lock();
            change(&mut inside);
            self.is_any.store(true, Ordering::Release);
            inside.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// How much may lie for clients, at an instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    pub limits: OutputLimits,
    /// Unix milliseconds.
    pub now_ms: i64,
}

impl Inside {
    /// Whether more lies there than may lie long, and does so for as long as it may not.
    fn is_strained_long(&mut self, limit: OutputLimit, now_ms: i64) -> bool {
        if !limit.is_strained(self.bytes) {
            self.strained_since_ms = None;
            return false;
        }
        let since_ms = *self.strained_since_ms.get_or_insert(now_ms);
        (now_ms - since_ms) / 1000 > limit.soft_seconds as i64
    }

    fn close(&mut self) {
        self.is_closed = true;
        self.messages = VecDeque::new();
        self.bytes = 0;
    }
}

impl Client {
    /// Tells the client's host that its connection is over.
    pub fn close(&self) {
        self.mail.note(Inside::close);
    }

    /// How many messages lie for the client.
    pub fn waiting(&self) -> usize {
        match self.mail.is_any.load(Ordering::Acquire) {
            true => self.mail.lock().messages.len(),
            false => 0,
        }
    }

    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        self.mail.is_any.load(Ordering::Acquire) && self.mail.lock().is_closed
    }

    /// Lays a message down for the client. One that reads too few of them is given up.
    pub fn send(&self, message: Reply, allowance: Allowance) {
        let is_subscribed = self.facts().is_subscribed;
        let limit = allowance.limits.of(is_subscribed);
        self.mail.note(|inside| {
            if inside.is_closed {
                return;
            }
            inside.bytes += size(&message);
            inside.messages.push_back(message);
            let is_unlimited = !is_subscribed && limit.hard == 0;
            if limit.is_passed(inside.bytes)
                || inside.is_strained_long(limit, allowance.now_ms)
                || is_unlimited && inside.bytes > MOST_BYTES
            {
                inside.close();
            }
        });
    }
}

/// The size of a message, roughly.
fn size(message: &Reply) -> usize {
    match message {
        Reply::Bulk(bytes) => MESSAGE_SIZE + bytes.len(),
        Reply::Push(items) | Reply::Array(items) => items.iter().map(size).sum(),
        _ => MESSAGE_SIZE,
    }
}

/// The host's end of a client: what lies for it, and whether its connection is to go on. It keeps the
/// client alive: drop it when the connection ends.
#[derive(Clone, Debug)]
pub struct Mailbox(pub(crate) Arc<Client>);

impl Mailbox {
    /// The next message: an array in RESP2, a push in RESP3.
    #[inline]
    pub fn take(&self) -> Option<Reply> {
        let mail = &self.0.mail;
        if !mail.is_any.load(Ordering::Acquire) {
            return None;
        }
        let mut inside = mail.lock();
        let message = inside.messages.pop_front();
        match &message {
            Some(message) => inside.bytes -= size(message).min(inside.bytes),
            None => mail.is_any.store(inside.is_closed, Ordering::Release),
        }
        message
    }

    /// Whether the engine has given the client up: its connection is to be closed at once.
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// Ready when there is a message, or the client is given up; otherwise the task is woken then.
    pub fn poll(&self, context: &Context<'_>) -> Poll<()> {
        self.poll_until(context, |inside| {
            inside.is_closed || !inside.messages.is_empty()
        })
    }

    /// Ready when the client is given up; otherwise the task is woken then.
    pub fn poll_closed(&self, context: &Context<'_>) -> Poll<()> {
        self.poll_until(context, |inside| inside.is_closed)
    }

    fn poll_until(&self, context: &Context<'_>, holds: impl Fn(&Inside) -> bool) -> Poll<()> {
        let mut inside = self.0.mail.lock();
        if holds(&inside) {
            return Poll::Ready(());
        }
        let waker = context.waker();
        // A task that waits again and again is the same one.
        if !inside
            .waker
            .as_ref()
            .is_some_and(|old| old.will_wake(waker))
        {
            inside.waker = Some(waker.clone());
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use crate::clients::Clients;
    use crate::session::Session;

    use super::*;

    fn megabyte() -> Reply {
        Reply::Push(vec![Reply::bulk(vec![b'x'; 1024 * 1024])])
    }

    fn listener() -> Mailbox {
        let mut session = Session::new();
        let client = Clients::default().of(&mut session, 0);
        client.facts().is_subscribed = true;
        Mailbox(client)
    }

    fn at(seconds: i64) -> Allowance {
        Allowance {
            limits: OutputLimits::default(),
            now_ms: seconds * 1000,
        }
    }

    #[test]
    fn a_client_that_reads_nothing_is_given_up() {
        let mailbox = listener();
        for _ in 0..31 {
            mailbox.0.send(megabyte(), at(0));
        }
        assert!(mailbox.take().is_some() && !mailbox.is_closed());
        for _ in 0..3 {
            mailbox.0.send(megabyte(), at(0));
        }
        assert!(mailbox.is_closed());
        assert_eq!(mailbox.take(), None);
    }

    #[test]
    fn one_that_reads_too_little_is_given_up_in_time() {
        let mailbox = listener();
        for second in 0..9 {
            mailbox.0.send(megabyte(), at(second));
        }
        // Nine are too many for more than a minute; eight are not.
        assert!(mailbox.take().is_some() && mailbox.take().is_some());
        mailbox.0.send(megabyte(), at(60));
        mailbox.0.send(megabyte(), at(100));
        mailbox.0.send(megabyte(), at(160));
        assert!(!mailbox.is_closed());
        mailbox.0.send(megabyte(), at(161));
        assert!(mailbox.is_closed());
    }

    #[test]
    fn those_who_go_are_told_of_once() {
        let mut clients = Clients::default();
        let mut session = Session::new();
        let key = clients.of(&mut session, 0).key;
        let copy = session.clone();
        drop(session);
        assert!(!clients.has_gone() && clients.get(key).is_some());
        drop(copy);
        assert!(clients.has_gone());
        assert_eq!(clients.take_gone(), [key]);
        assert!(!clients.has_gone() && clients.get(key).is_none());
    }
}
