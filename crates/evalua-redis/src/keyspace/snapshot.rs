//! [`Snapshot`]: the content of a database as plain data, for display and comparison.

use crate::bytes::SmallBytes;
use crate::keyspace::Database;
use crate::values::Value;

/// The live keys of a database, sorted by name.
pub type Snapshot = Vec<Item>;

/// One key.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its name.
    pub key: SmallBytes,
    /// Its value.
    pub value: Value,
    /// When it goes, Unix milliseconds; `None` when it stays.
    pub expire_at_ms: Option<i64>,
}

impl Database {
    /// The live keys, sorted by name.
    pub fn snapshot(&self) -> Snapshot {
        let mut items: Vec<Item> = self
            .iter()
            .map(|(key, entry)| Item {
                key: key.clone(),
                value: entry.value().clone(),
                expire_at_ms: self.expiry_of(entry),
            })
            .collect();
        items.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        items
    }
}
