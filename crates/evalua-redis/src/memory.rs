//! The limit of memory: what the data takes, by the engine's own account, and which keys go when it is too
//! much.
//!
//! Nothing is counted while there is no limit. With one, what commands may have changed is measured again
//! before the next command; keys to go are drawn with the engine's generator, and the best of a few goes.

use crate::core::Core;
use crate::keyspace::Database;
use crate::keyspace::database::Entry;
use crate::keyspace::frequency::Counter;
use crate::rng::Rng;
use crate::trace::Class;

/// How many elements of a collection are measured.
pub(crate) const SAMPLES: usize = 5;

/// What goes when memory is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: &'static str,
    /// Whether only keys with an expiry go.
    pub volatile_only: bool,
    /// Which of them first; `None` when none goes.
    pub first: Option<First>,
}

/// Which key goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// The one not accessed for the longest time.
    Idle,
    /// The one accessed the least often.
    Rare,
    /// Any.
    Random,
    /// The one that expires first.
    Expiring,
}

const fn policy(name: &'static str, volatile_only: bool, first: Option<First>) -> Policy {
    Policy {
        name,
        volatile_only,
        first,
    }
}

/// Every policy, in the server's order.
pub const POLICIES: [Policy; 8] = [
    policy("volatile-lru", true, Some(First::Idle)),
    policy("volatile-lfu", true, Some(First::Rare)),
    policy("volatile-random", true, Some(First::Random)),
    policy("volatile-ttl", true, Some(First::Expiring)),
    policy("allkeys-lru", false, Some(First::Idle)),
    policy("allkeys-lfu", false, Some(First::Rare)),
    policy("allkeys-random", false, Some(First::Random)),
    NO_EVICTION,
];

/// Commands fail instead.
pub const NO_EVICTION: Policy = policy("noeviction", false, None);

impl Policy {
    /// Whether keys are counted by how often they are accessed, not by when.
    pub fn counts_accesses(&self) -> bool {
        self.first == Some(First::Rare)
    }

    /// How much a key ought to go: more than another with a smaller number.
    fn score(&self, db: &Database, entry: &Entry) -> u64 {
        match self.first {
            Some(First::Idle) => db.idle_seconds(entry).into(),
            Some(First::Rare) => u64::from(u8::MAX - db.frequency(entry)),
            Some(First::Expiring) => {
                u64::MAX - db.expiry_of(entry).map_or(u64::MAX, |at| at as u64)
            }
            Some(First::Random) | None => 0,
        }
    }
}

/// Figures of the whole, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// What engine and data take.
    pub in_use: usize,
    /// The most that was seen; while there is no limit, only looks at it are.
    pub peak: usize,
    /// What the engine takes without any data.
    pub engine: usize,
}

impl Core {
    /// What an engine takes without any data.
    fn own_size(&self) -> usize {
        size_of::<Core>() + size_of_val(&self.databases[..])
    }

    /// How many bytes engine and data take, by the engine's own account.
    pub fn memory_usage(&mut self) -> Usage {
        let engine = self.own_size();
        let data = self.databases.iter_mut().map(Database::memory_in_use);
        let in_use = data.sum::<usize>() + engine;
        self.peak_memory = self.peak_memory.max(in_use);
        Usage {
            in_use,
            peak: self.peak_memory,
            engine,
        }
    }

    /// Makes databases count what the settings ask for.
    pub(crate) fn apply_memory_settings(&mut self) {
        let config = &self.config;
        let counts_accesses = config.policy.counts_accesses();
        for db in &mut self.databases {
            db.set_accounting(config.max_memory > 0);
            db.set_counter(counts_accesses.then(|| Counter {
                log_factor: config.lfu_log_factor,
                decay_minutes: config.lfu_decay_minutes,
                rng: Rng::new(self.rng.next_u64()),
            }));
        }
    }

    /// Removes keys until the data is within its limit; notes whether it is.
    #[cold]
    pub(crate) fn make_room(&mut self) {
        let limit = self.config.max_memory;
        self.shortage.memory = loop {
            if self.memory_usage().in_use as u64 <= limit {
                break false;
            }
            let Some((db, position)) = self.draw_victim() else {
                break true;
            };
            self.evict(db, position);
        };
    }

    fn evict(&mut self, db: usize, position: usize) {
        let Some((key, _)) = self.databases[db].at(position) else {
            return;
        };
        let key = key.clone();
        self.databases[db].discard(&key);
        self.evicted += 1;
        self.notify(Class::Evicted, "evicted", &key, db);
    }

    /// The key that is to go first of some that are drawn: its database, and its position there.
    fn draw_victim(&mut self) -> Option<(usize, usize)> {
        let policy = self.config.policy;
        policy.first?;
        let samples = match policy.first {
            Some(First::Random) => 1,
            _ => self.config.max_memory_samples,
        };
        let mut best: Option<(u64, usize, usize)> = None;
        let now_ms = self.clock.now_ms();
        // Random keys are taken from one database, which is drawn too.
        let turn = self.rng.below(self.databases.len().max(1));
        let count = self.databases.len();
        for index in (0..count).map(|n| (n + turn) % count) {
            let db = &mut self.databases[index];
            db.set_now(now_ms);
            for _ in 0..samples {
                let Some(position) = db.draw(policy.volatile_only, &mut self.rng) else {
                    break;
                };
                let Some((_, entry)) = db.at(position) else {
                    continue;
                };
                let score = policy.score(db, entry);
                if best.is_none_or(|(known, ..)| score > known) {
                    best = Some((score, index, position));
                }
            }
            if samples == 1 && best.is_some() {
                break;
            }
        }
        best.map(|(_, db, position)| (db, position))
    }
}
