//! [`Log`]: what was refused of late, and to whom.

use std::collections::VecDeque;

use crate::reply::Reply;

/// What is refused again within this time is counted, not noted anew.
const GROUPED_MS: i64 = 60_000;

/// So many entries are looked at for the same.
const LOOKED_AT: usize = 10;

/// What was refused.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub reason: &'static str,
    pub context: &'static str,
    pub object: Vec<u8>,
    pub user: Vec<u8>,
    /// The line of the client, as CLIENT LIST gives it.
    pub client: String,
    pub count: i64,
    pub id: i64,
    pub created_ms: i64,
    pub updated_ms: i64,
}

/// The newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub entries: VecDeque<Entry>,
    next_id: i64,
}

impl Log {
    /// Notes what was refused, keeping so many entries.
    pub fn add(&mut self, mut entry: Entry, most: usize) {
        let is_same = |known: &Entry| {
            known.reason == entry.reason
                && known.context == entry.context
                && (known.updated_ms - entry.updated_ms).abs() <= GROUPED_MS
                && known.object == entry.object
                && known.user == entry.user
        };
        let same = self.entries.iter().take(LOOKED_AT).position(is_same);
        match same.and_then(|at| self.entries.remove(at)) {
            Some(known) => self.entries.push_front(Entry {
                count: known.count + 1,
                client: entry.client,
                updated_ms: entry.updated_ms,
                ..known
            }),
            None => {
                entry.id = self.next_id;
                self.next_id += 1;
                self.entries.push_front(entry);
                self.entries.truncate(most);
            }
        }
    }
}

impl Entry {
    /// What ACL LOG tells.
    pub fn facts(&self, now_ms: i64) -> Reply {
        let age = (now_ms - self.updated_ms) as f64 / 1000.0;
        Reply::facts([
            ("count", Reply::Integer(self.count)),
            ("reason", Reply::bulk(self.reason)),
            ("context", Reply::bulk(self.context)),
            ("object", Reply::bulk(&self.object)),
            ("username", Reply::bulk(&self.user)),
            ("age-seconds", Reply::Double(age)),
            ("client-info", Reply::bulk(&self.client)),
            ("entry-id", Reply::Integer(self.id)),
            ("timestamp-created", Reply::Integer(self.created_ms)),
            ("timestamp-last-updated", Reply::Integer(self.updated_ms)),
        ])
    }
}
