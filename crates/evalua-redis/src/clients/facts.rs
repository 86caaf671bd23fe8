//! [`Facts`]: what CLIENT LIST says of a caller that is not itself at work.

use std::fmt::Write;
use std::sync::Arc;

use crate::acl;
use crate::session::{Resp, Session};
use crate::table::Command;

/// Where a connection comes from and goes to, as its host knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The client's end, `127.0.0.1:50000`.
    pub peer: String,
    /// The host's end.
    pub local: String,
    /// The number that the host's system gives the connection; 0 for none.
    pub descriptor: i32,
}

/// A caller as it was after its last command.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub id: i64,
    pub address: Address,
    /// When it came, Unix milliseconds.
    pub since_ms: i64,
    /// When it last sent something.
    pub active_ms: i64,
    pub command: Option<&'static Command>,
    pub db: usize,
    pub resp: Resp,
    pub is_subscribed: bool,
    is_closing: bool,
    keeps_memory: bool,
    leaves_no_trace: bool,
    /// How many commands are queued, between MULTI and EXEC.
    queued: Option<usize>,
    /// Whether a key has changed that it watches.
    sees_change: bool,
    user: Option<Arc<[u8]>>,
    name: Vec<u8>,
    lib_name: Vec<u8>,
    lib_version: Vec<u8>,
}

/// What others know of a caller.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    /// How many channels, patterns and shard channels it listens to.
    pub listens: [usize; 3],
    pub watches_all: bool,
    pub waits: bool,
    pub tracks: bool,
    pub broadcasts: bool,
    pub has_broken_redirection: bool,
    /// Whom its messages about keys go to: -1 when it tracks none, 0 for itself.
    pub redirection: i64,
    /// The length of the request that is at work.
    pub request: usize,
}

impl Facts {
    /// A caller of that number, who has come now.
    pub fn new(id: i64, now_ms: i64) -> Facts {
        Facts {
            id,
            since_ms: now_ms,
            active_ms: now_ms,
            ..Facts::default()
        }
    }

    /// Its user.
    pub fn user(&self) -> &[u8] {
        self.user.as_deref().unwrap_or(acl::DEFAULT)
    }

    /// Takes over what a session is after a command.
    #[inline(never)]
    pub fn update(&mut self, session: &Session, command: &'static Command, now_ms: i64) {
        self.active_ms = now_ms;
        self.command = Some(command);
        self.db = session.db;
        self.resp = session.resp;
        self.is_subscribed = session.is_subscribed;
        self.is_closing = session.closing;
        self.keeps_memory = session.keeps_memory;
        self.leaves_no_trace = session.leaves_no_trace;
        self.queued = (session.transaction.as_ref()).map(|transaction| transaction.queued.len());
        self.sees_change = (session.watch.as_ref()).is_some_and(|watch| watch.is_changed());
        if self.user != session.user {
            self.user.clone_from(&session.user);
        }
        for (ours, theirs) in [
            (&mut self.name, &session.name),
            (&mut self.lib_name, &session.lib_name),
            (&mut self.lib_version, &session.lib_version),
        ] {
            // Most have none, which is told without a call.
            if !(ours.is_empty() && theirs.is_empty()) && ours != theirs {
                ours.clone_from(theirs);
            }
        }
    }

    /// Appends the line of CLIENT LIST. What the server tells of its buffers is 0 here but for the request
    /// that is at work.
    pub fn line(&self, known: &Known, now_ms: i64, out: &mut String) {
        let Known {
            listens, request, ..
        } = known;
        let seconds = |since_ms: i64| (now_ms - since_ms).max(0) / 1000;
        let flags: String = [
            ('O', known.watches_all),
            ('P', self.is_subscribed),
            ('x', self.queued.is_some()),
            ('b', known.waits),
            ('t', known.tracks),
            ('R', known.has_broken_redirection),
            ('B', known.broadcasts),
            ('d', self.sees_change),
            ('c', self.is_closing),
            ('e', self.keeps_memory),
            ('T', self.leaves_no_trace),
        ]
        .iter()
        .filter_map(|(letter, is_set)| is_set.then_some(*letter))
        .collect();
        let flags = if flags.is_empty() { "N" } else { &flags };
        let queued = self.queued.map_or(-1, |count| count as i64);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        // What is written into a string cannot fail.
        let _ = writeln!(
            out,
            "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={flags} db={} sub={} psub={} ssub={} \
             multi={queued} qbuf={request} qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 \
             tot-mem=0 events=r cmd={} user={} redir={} resp={} lib-name={} lib-ver={}",
            self.id,
            self.address.peer,
            self.address.local,
            self.address.descriptor,
            text(&self.name),
            seconds(self.since_ms),
            seconds(self.active_ms),
            self.db,
            listens[0],
            listens[1],
            listens[2],
            self.command.map_or("NULL", |command| command.name),
            text(self.user()),
            known.redirection,
            match self.resp {
                Resp::V2 => 2,
                Resp::V3 => 3,
            },
            text(&self.lib_name),
            text(&self.lib_version),
        );
    }
}
