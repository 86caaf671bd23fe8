//! [`Session`]: what belongs to one caller and not to the data: selected database, protocol, name.

use crate::clients::{Client, Mailbox};
use crate::reply::Reply;
use crate::table::Command;
use crate::transaction::{Transaction, Watch};
use crate::waiters::{Wait, Wish};
use std::sync::Arc;
use std::task::{Context, Poll};

/// One caller's state.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The index of the selected database.
    pub db: usize,
    /// The protocol that replies are flattened to at the edge.
    pub resp: Resp,
    /// The name given with CLIENT SETNAME; empty when there is none.
    pub name: Vec<u8>,
    /// The number that CLIENT ID gives; 0 for a caller that is no connection.
    pub id: i64,
    /// The client library, given with CLIENT SETINFO.
    pub lib_name: Vec<u8>,
    /// The client library's version, given with CLIENT SETINFO.
    pub lib_version: Vec<u8>,
    /// Whether blocking commands wait. Without it, as at first, they answer at once as after a wait in
    /// vain. With it, look at [`Session::waiting`] after each command: while that says so, what the command
    /// returned is no answer, and the answer comes through [`Session::take_reply`].
    pub can_wait: bool,
    /// What engine and host share of the caller, once there is something.
    pub(crate) client: Option<Arc<Client>>,
    /// The caller's user; none for the one that everybody is at first.
    pub(crate) user: Option<Arc<[u8]>>,
    /// Whether the caller has not come in yet, where a password is needed.
    pub(crate) is_guest: bool,
    /// Whether the caller listens to something.
    pub(crate) is_subscribed: bool,
    /// Which answers the caller wants.
    pub(crate) replies: Replies,
    /// Whether the caller has asked to be spared when memory is short.
    pub(crate) keeps_memory: bool,
    /// Whether the caller's commands do not count as accesses of keys.
    pub(crate) leaves_no_trace: bool,
    /// Whether the last command was held back.
    pub(crate) is_postponed: bool,
    /// How many messages lay for the caller when its last command began to run.
    pub(crate) early: usize,
    /// What a command that is running asks for.
    pub(crate) wish: Option<Wish>,
    /// What the session waits for.
    pub(crate) wait: Option<Wait>,
    /// What is queued, between MULTI and EXEC.
    pub(crate) transaction: Option<Transaction>,
    /// What is watched.
    pub(crate) watch: Option<Watch>,
    /// Whether the caller has asked for the end of its connection.
    pub closing: bool,
    /// Whether the caller has asked for the end of the server, which gets no answer.
    pub ends_server: bool,
}

impl Session {
    /// A session as a new connection has it.
    pub fn new() -> Session {
        Session::default()
    }

    /// The session of a connection with that number.
    pub fn with_id(id: i64) -> Session {
        Session {
            id,
            ..Session::default()
        }
    }

    /// Notes that the caller asks for the end of the server.
    pub(crate) fn end_server(&mut self) {
        self.ends_server = true;
        self.closing = true;
    }

    /// How long the session is to wait for the answer to its last command; `None` when it has it. The
    /// next command of the session ends a wait without an answer.
    pub fn waiting(&self) -> Option<Waiting> {
        let wait = self.wait.as_ref()?;
        Some(Waiting {
            until_ms: wait.until_ms,
        })
    }

    /// The answer to the last command, when the session has waited for it and it has come.
    pub fn take_reply(&mut self) -> Option<Reply> {
        let reply = self.wait.as_ref()?.take()?;
        self.wait = None;
        Some(self.wait_answer(reply))
    }

    /// As [`Session::take_reply`]; wakes the task when the answer has come. A session that does not wait
    /// is never ready.
    pub fn poll_reply(&mut self, context: &mut Context<'_>) -> Poll<Reply> {
        let Some(wait) = &self.wait else {
            return Poll::Pending;
        };
        let answer = wait.poll(context);
        if answer.is_ready() {
            self.wait = None;
        }
        answer.map(|reply| self.wait_answer(reply))
    }

    /// How many of the messages in the mailbox came before the last command ran: they go before its
    /// answer, and those after them behind it.
    pub fn early_messages(&self) -> usize {
        self.early
    }

    /// Whether the last command is held back by CLIENT PAUSE: what comes after the wait is no answer then,
    /// and the command is to be made again.
    pub fn is_postponed(&self) -> bool {
        self.is_postponed
    }

    /// Tells the others what the caller is after a command.
    #[inline]
    pub(crate) fn tell(&self, command: &'static Command, now_ms: i64) {
        if let Some(client) = &self.client {
            client.facts().update(self, command, now_ms);
        }
    }

    /// The next message that answers no command: of a channel, or of a key that has changed. Look after
    /// each command, and leave a waker in the [`Session::mailbox`] to hear of others.
    pub fn take_message(&self) -> Option<Reply> {
        let client = self.client.as_ref()?;
        Mailbox(Arc::clone(client)).take()
    }

    /// Where messages lie for the caller; there is one once [`Core::connect`](crate::Core::connect) or a
    /// command such as SUBSCRIBE has made it.
    pub fn mailbox(&self) -> Option<Mailbox> {
        self.client.clone().map(Mailbox)
    }

    fn wait_answer(&mut self, reply: Reply) -> Reply {
        match std::mem::take(&mut self.is_postponed) {
            true => reply,
            false => self.answer(reply),
        }
    }

    /// What is left of an answer after CLIENT REPLY.
    #[inline]
    pub(crate) fn answer(&mut self, reply: Reply) -> Reply {
        match self.replies {
            Replies::On => reply,
            _ => self.silence(reply),
        }
    }

    #[cold]
    fn silence(&mut self, reply: Reply) -> Reply {
        self.replies = match self.replies {
            Replies::SkipNext => Replies::Skip,
            Replies::Skip | Replies::On => Replies::On,
            Replies::Off => Replies::Off,
        };
        // Messages are no answers.
        match reply {
            Reply::Sequence(_) => reply,
            _ => Reply::NOTHING,
        }
    }

    /// Lets blocking commands wait: see [`Session::can_wait`].
    pub fn waits(mut self) -> Session {
        self.can_wait = true;
        self
    }

    /// Forgets what commands have changed, but for what the connection is.
    pub(crate) fn reset(&mut self) {
        self.db = 0;
        self.resp = Resp::default();
        self.name.clear();
        self.transaction = None;
        self.watch = None;
        self.wait = None;
        self.user = None;
        self.is_subscribed = false;
        // Its own reply may be one that is not wanted.
        if self.replies != Replies::Skip {
            self.replies = Replies::On;
        }
        self.keeps_memory = false;
        self.leaves_no_trace = false;
        self.is_postponed = false;
    }
}

/// Which answers a caller wants: CLIENT REPLY.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Replies {
    #[default]
    On,
    Off,
    /// That of the command after this one is not wanted.
    SkipNext,
    /// That of this command is not wanted.
    Skip,
}

/// How long a session waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Until when, Unix milliseconds; `None` for ever.
    pub until_ms: Option<i64>,
}

/// A version of the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resp {
    /// RESP2: no maps, sets, doubles or booleans.
    #[default]
    V2,
    /// RESP3.
    V3,
}
