//! [`Config`]: the settings of a server that change what commands answer.
//!
//! Owns their values; how CONFIG names and parses them is the command's business.

use crate::memory::{NO_EVICTION, Policy};
use crate::notifications::Notifications;
use crate::output_limits::OutputLimits;
use crate::profile::Profile;
use crate::sorted::SortedMap;

/// The settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many databases there are.
    pub databases: usize,
    /// The longest string a command may build.
    pub proto_max_bulk_len: i64,
    /// Whether scripts may call commands that are not for scripts (DEBUG SET-DISABLE-DENY-SCRIPTS).
    pub scripts_may_call_all: bool,
    /// Whether keys that are due are removed without being asked for.
    pub active_expire: bool,
    /// Whether nothing is done that no command asks for (DEBUG PAUSE-CRON).
    pub is_cron_paused: bool,
    /// How long a script runs before other clients are told that it does, in milliseconds.
    pub busy_reply_threshold_ms: i64,
    /// The longest HyperLogLog in the sparse form, in bytes.
    pub hll_sparse_max_bytes: usize,
    /// How many bytes data may take; 0 for any number.
    pub max_memory: u64,
    /// Which keys go when it takes more.
    pub policy: Policy,
    /// How many keys are looked at to find one to go.
    pub max_memory_samples: usize,
    /// How slowly a high count of accesses grows.
    pub lfu_log_factor: u32,
    /// How many minutes take one off a count of accesses; 0 for never.
    pub lfu_decay_minutes: u32,
    /// From how many microseconds on a command is slow; negative for never.
    pub slowlog_slower_than_us: i64,
    /// How many slow commands are kept.
    pub slowlog_max_len: usize,
    /// From how many milliseconds on it is noted that something took long; 0 for never.
    pub latency_threshold_ms: i64,
    /// How many entries ACL LOG keeps.
    pub acl_log_max_len: usize,
    /// Whether new users may use all channels.
    pub acl_pubsub_all: bool,
    /// How many clients may be connected at once, where there are connections.
    pub max_clients: u32,
    /// How much may lie unread for a client.
    pub output_limits: OutputLimits,
    /// How many keys clients may track; 0 for any number.
    pub tracking_table_max_keys: usize,
    /// Whether nobody is to come in from elsewhere while there is no password.
    pub protected_mode: bool,
    /// Which events of keys are published.
    pub notifications: Notifications,
    /// What was set with CONFIG of settings that change nothing here.
    pub(crate) others: SortedMap<&'static str, String>,
    /// How many replicas there are to be for writes; 0 for any number.
    pub min_replicas_to_write: u32,
    /// How many seconds behind one of them may be; 0 for not asking for replicas.
    pub min_replicas_max_lag: u32,
    /// Up to which sizes collections are kept in their compact forms.
    pub limits: Limits,
}

impl Config {
    /// What a server of that profile starts with.
    pub fn new(profile: &Profile) -> Config {
        Config {
            databases: 16,
            proto_max_bulk_len: 512 * 1024 * 1024,
            scripts_may_call_all: false,
            active_expire: true,
            is_cron_paused: false,
            busy_reply_threshold_ms: 5000,
            hll_sparse_max_bytes: 3000,
            max_memory: 0,
            policy: NO_EVICTION,
            max_memory_samples: 5,
            lfu_log_factor: 10,
            lfu_decay_minutes: 1,
            slowlog_slower_than_us: 10_000,
            slowlog_max_len: 128,
            latency_threshold_ms: 0,
            acl_log_max_len: 128,
            acl_pubsub_all: false,
            max_clients: 10_000,
            output_limits: OutputLimits::default(),
            tracking_table_max_keys: 1_000_000,
            protected_mode: true,
            notifications: Notifications::default(),
            min_replicas_to_write: 0,
            min_replicas_max_lag: 10,
            others: SortedMap::new(),
            limits: Limits {
                hash: Compact {
                    entries: 512,
                    value: 64,
                },
                set: Compact {
                    entries: if profile.set_listpacks { 128 } else { 0 },
                    value: 64,
                },
                set_intset_entries: 512,
                zset: Compact {
                    entries: 128,
                    value: 64,
                },
                list: ListLimits {
                    node: -2,
                    large: 1 << 30,
                    listpacks: profile.list_listpacks,
                    node_overhead: profile.list_node_overhead,
                },
                stream: StreamLimits {
                    node_bytes: 4096,
                    node_entries: 100,
                },
                forms_by_hint: profile.forms_by_hint,
            },
        }
    }
}

/// Up to which sizes collections are kept in their compact forms. Small, to be copied: a handler
/// passes it to the value it changes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// hash-max-listpack-entries and -value.
    pub hash: Compact,
    /// set-max-listpack-entries and -value.
    pub set: Compact,
    /// set-max-intset-entries.
    pub set_intset_entries: usize,
    /// zset-max-listpack-entries and -value.
    pub zset: Compact,
    /// The bounds of lists.
    pub list: ListLimits,
    /// The bounds of the nodes of streams.
    pub stream: StreamLimits,
    /// Whether hashes, sets and sorted sets take the form for as many elements as a command brings,
    /// though some of them may be the same.
    pub forms_by_hint: bool,
}

/// The bounds of a list and of its nodes.
#[derive(Clone, Copy, Debug)]
pub struct ListLimits {
    /// list-max-listpack-size: the most elements of a node, or when negative a class of bytes.
    pub node: i64,
    /// The length from which on an element has a node of its own, in bytes.
    pub large: usize,
    /// Whether a list that fits into one node is a listpack.
    pub listpacks: bool,
    /// The bytes that are thought to be saved where two nodes become one.
    pub node_overhead: usize,
}

/// The bounds of a node of a stream.
#[derive(Clone, Copy, Debug)]
pub struct StreamLimits {
    /// stream-node-max-bytes; 0 for none.
    pub node_bytes: usize,
    /// stream-node-max-entries; 0 for none.
    pub node_entries: u64,
}

/// The bounds of a listpack.
#[derive(Clone, Copy, Debug)]
pub struct Compact {
    /// The most elements.
    pub entries: usize,
    /// The longest element in bytes.
    pub value: usize,
}
