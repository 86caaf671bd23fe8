//! [`Session`]: what belongs to one caller and not to the data: selected database, protocol, name.

use crate::transaction::{Transaction, Watch};

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
    /// Set when the last command found nothing to take and is to wait. Whoever serves the session
    /// then holds its reply back, and runs the command again when one of its keys has changed; in
    /// vain until the instant, the reply is the answer.
    pub waiting: Option<Waiting>,
    /// What is queued, between MULTI and EXEC.
    pub(crate) transaction: Option<Transaction>,
    /// What is watched.
    pub(crate) watch: Option<Watch>,
    /// Whether the caller has asked for the end of its connection.
    pub closing: bool,
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

    /// Forgets what commands have changed, but for what the connection is.
    pub(crate) fn reset(&mut self) {
        self.db = 0;
        self.resp = Resp::default();
        self.name.clear();
        self.transaction = None;
        self.watch = None;
    }
}

/// How long a command is to wait for its keys.
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
