//! The settings that CONFIG knows, as data: name, what values there are, and what of the engine it is.
//!
//! Settings that change what commands answer are fields of [`Config`]. The others, in [`kept`], are kept as
//! they were set, for clients that ask, and change nothing.

mod kept;

use crate::config::Config;
use crate::memory::POLICIES;
use crate::notifications::Notifications;

/// A setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Its name on older servers.
    pub alias: Option<&'static str>,
    /// What values it has.
    pub kind: Kind,
    /// The value it has until it is set, unless it is one of the engine's.
    default: &'static str,
    /// Whether it cannot be changed while the engine runs.
    pub is_fixed: bool,
    /// Whether only those are told of it who ask for it by its name.
    pub is_hidden: bool,
    /// Why another value is refused than the one that the host has decided, where it has.
    pub given: Option<&'static str>,
    get: Option<fn(&Config) -> i128>,
    set: Option<fn(&mut Config, i128)>,
}

/// What values a setting has.
#[derive(Debug)]
pub enum Kind {
    /// `yes` or `no`.
    Switch,
    /// A number between two.
    Number(i128, i128),
    /// A number of bytes between two, with a unit or without.
    Size(i128, i128),
    /// One of some words.
    Choice(&'static [&'static str]),
    /// Letters of classes of events.
    Events,
    /// How much may lie unread for clients, class by class.
    OutputLimits,
    /// A number of bytes, or so many percent of what there is.
    SizeOrPercent,
    /// Any text.
    Text,
}

const I32: i128 = i32::MAX as i128;
const U32: i128 = u32::MAX as i128;
const I64: i128 = i64::MAX as i128;
const U64: i128 = u64::MAX as i128;

const SETTING: Setting = Setting {
    name: "",
    alias: None,
    kind: Kind::Text,
    default: "",
    is_fixed: false,
    is_hidden: false,
    given: None,
    get: None,
    set: None,
};

/// The names of all policies of eviction.
const POLICY_NAMES: [&str; POLICIES.len()] = {
    let mut names = [""; POLICIES.len()];
    let mut n = 0;
    while n < names.len() {
        names[n] = POLICIES[n].name;
        n += 1;
    }
    names
};

/// Which of some words a word is.
fn position(words: &[&str], word: &str) -> i128 {
    size(words.iter().position(|known| *known == word).unwrap_or(0))
}

fn size(n: usize) -> i128 {
    n as i128
}

/// A value as a number of elements or bytes; what is more than there can be is as many as there can be.
fn amount(n: i128) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// Every setting.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    EFFECTIVE.iter().chain(kept::KEPT)
}

/// The settings that change what commands answer.
static EFFECTIVE: &[Setting] = &[
    Setting {
        name: "acl-pubsub-default",
        kind: Kind::Choice(&["allchannels", "resetchannels"]),
        get: Some(|c| (!c.acl_pubsub_all).into()),
        set: Some(|c, n| c.acl_pubsub_all = n == 0),
        ..SETTING
    },
    Setting {
        name: "acllog-max-len",
        kind: Kind::Number(0, I64),
        get: Some(|c| size(c.acl_log_max_len)),
        set: Some(|c, n| c.acl_log_max_len = amount(n)),
        ..SETTING
    },
    Setting {
        name: "busy-reply-threshold",
        alias: Some("lua-time-limit"),
        kind: Kind::Number(0, I64),
        get: Some(|c| c.busy_reply_threshold_ms.into()),
        set: Some(|c, n| c.busy_reply_threshold_ms = n as i64),
        ..SETTING
    },
    Setting {
        name: "client-output-buffer-limit",
        kind: Kind::OutputLimits,
        ..SETTING
    },
    Setting {
        name: "databases",
        kind: Kind::Number(1, I32),
        get: Some(|c| c.databases as i128),
        is_fixed: true,
        ..SETTING
    },
    Setting {
        name: "hash-max-listpack-entries",
        alias: Some("hash-max-ziplist-entries"),
        kind: Kind::Number(0, I64),
        get: Some(|c| size(c.limits.hash.entries)),
        set: Some(|c, n| c.limits.hash.entries = amount(n)),
        ..SETTING
    },
    Setting {
        name: "hash-max-listpack-value",
        alias: Some("hash-max-ziplist-value"),
        kind: Kind::Size(0, I64),
        get: Some(|c| size(c.limits.hash.value)),
        set: Some(|c, n| c.limits.hash.value = amount(n)),
        ..SETTING
    },
    Setting {
        name: "hll-sparse-max-bytes",
        kind: Kind::Size(0, I64),
        get: Some(|c| size(c.hll_sparse_max_bytes)),
        set: Some(|c, n| c.hll_sparse_max_bytes = amount(n)),
        ..SETTING
    },
    Setting {
        name: "latency-monitor-threshold",
        kind: Kind::Number(0, I64),
        get: Some(|c| c.latency_threshold_ms.into()),
        set: Some(|c, n| c.latency_threshold_ms = n as i64),
        ..SETTING
    },
    Setting {
        name: "lfu-decay-time",
        kind: Kind::Number(0, I32),
        get: Some(|c| c.lfu_decay_minutes.into()),
        set: Some(|c, n| c.lfu_decay_minutes = n as u32),
        ..SETTING
    },
    Setting {
        name: "lfu-log-factor",
        kind: Kind::Number(0, I32),
        get: Some(|c| c.lfu_log_factor.into()),
        set: Some(|c, n| c.lfu_log_factor = n as u32),
        ..SETTING
    },
    Setting {
        name: "list-max-listpack-size",
        alias: Some("list-max-ziplist-size"),
        kind: Kind::Number(-I32 - 1, I32),
        get: Some(|c| c.limits.list.node.into()),
        set: Some(|c, n| c.limits.list.node = n as i64),
        ..SETTING
    },
    Setting {
        name: "maxclients",
        kind: Kind::Number(1, U32),
        get: Some(|c| c.max_clients.into()),
        set: Some(|c, n| c.max_clients = n as u32),
        ..SETTING
    },
    Setting {
        name: "maxmemory",
        kind: Kind::Size(0, U64),
        get: Some(|c| c.max_memory.into()),
        set: Some(|c, n| c.max_memory = n as u64),
        ..SETTING
    },
    Setting {
        name: "maxmemory-policy",
        kind: Kind::Choice(&POLICY_NAMES),
        get: Some(|c| position(&POLICY_NAMES, c.policy.name)),
        set: Some(|c, n| c.policy = POLICIES[n as usize]),
        ..SETTING
    },
    Setting {
        name: "maxmemory-samples",
        kind: Kind::Number(1, I32),
        get: Some(|c| size(c.max_memory_samples)),
        set: Some(|c, n| c.max_memory_samples = amount(n)),
        ..SETTING
    },
    Setting {
        name: "min-replicas-max-lag",
        alias: Some("min-slaves-max-lag"),
        kind: Kind::Number(0, I32),
        get: Some(|c| c.min_replicas_max_lag.into()),
        set: Some(|c, n| c.min_replicas_max_lag = n as u32),
        ..SETTING
    },
    Setting {
        name: "min-replicas-to-write",
        alias: Some("min-slaves-to-write"),
        kind: Kind::Number(0, I32),
        get: Some(|c| c.min_replicas_to_write.into()),
        set: Some(|c, n| c.min_replicas_to_write = n as u32),
        ..SETTING
    },
    Setting {
        name: "notify-keyspace-events",
        kind: Kind::Events,
        get: Some(|c| c.notifications.bits().into()),
        set: Some(|c, n| c.notifications = Notifications::from_bits(n as u16)),
        ..SETTING
    },
    Setting {
        name: "proto-max-bulk-len",
        kind: Kind::Size(1048576, I64),
        get: Some(|c| c.proto_max_bulk_len.into()),
        set: Some(|c, n| c.proto_max_bulk_len = n as i64),
        ..SETTING
    },
    Setting {
        name: "protected-mode",
        kind: Kind::Switch,
        get: Some(|c| c.protected_mode.into()),
        set: Some(|c, n| c.protected_mode = n != 0),
        ..SETTING
    },
    Setting {
        name: "requirepass",
        ..SETTING
    },
    Setting {
        name: "set-max-intset-entries",
        kind: Kind::Number(0, I64),
        get: Some(|c| size(c.limits.set_intset_entries)),
        set: Some(|c, n| c.limits.set_intset_entries = amount(n)),
        ..SETTING
    },
    Setting {
        name: "set-max-listpack-entries",
        kind: Kind::Number(0, I64),
        get: Some(|c| size(c.limits.set.entries)),
        set: Some(|c, n| c.limits.set.entries = amount(n)),
        ..SETTING
    },
    Setting {
        name: "set-max-listpack-value",
        kind: Kind::Number(0, I64),
        get: Some(|c| size(c.limits.set.value)),
        set: Some(|c, n| c.limits.set.value = amount(n)),
        ..SETTING
    },
    Setting {
        name: "slowlog-log-slower-than",
        kind: Kind::Number(-1, I64),
        get: Some(|c| c.slowlog_slower_than_us.into()),
        set: Some(|c, n| c.slowlog_slower_than_us = n as i64),
        ..SETTING
    },
    Setting {
        name: "slowlog-max-len",
        kind: Kind::Number(0, I64),
        get: Some(|c| size(c.slowlog_max_len)),
        set: Some(|c, n| c.slowlog_max_len = amount(n)),
        ..SETTING
    },
    Setting {
        name: "stream-node-max-bytes",
        kind: Kind::Size(0, I64),
        get: Some(|c| size(c.limits.stream.node_bytes)),
        set: Some(|c, n| c.limits.stream.node_bytes = amount(n)),
        ..SETTING
    },
    Setting {
        name: "stream-node-max-entries",
        kind: Kind::Number(0, I64),
        get: Some(|c| c.limits.stream.node_entries.into()),
        set: Some(|c, n| c.limits.stream.node_entries = n as u64),
        ..SETTING
    },
    Setting {
        name: "tracking-table-max-keys",
        kind: Kind::Number(0, I64),
        get: Some(|c| size(c.tracking_table_max_keys)),
        set: Some(|c, n| c.tracking_table_max_keys = amount(n)),
        ..SETTING
    },
    Setting {
        name: "zset-max-listpack-entries",
        alias: Some("zset-max-ziplist-entries"),
        kind: Kind::Number(0, I64),
        get: Some(|c| size(c.limits.zset.entries)),
        set: Some(|c, n| c.limits.zset.entries = amount(n)),
        ..SETTING
    },
    Setting {
        name: "zset-max-listpack-value",
        alias: Some("zset-max-ziplist-value"),
        kind: Kind::Size(0, I64),
        get: Some(|c| size(c.limits.zset.value)),
        set: Some(|c, n| c.limits.zset.value = amount(n)),
        ..SETTING
    },
];

impl Setting {
    /// The setting of that name, in any case.
    pub fn named(name: &[u8]) -> Option<&'static Setting> {
        all().find(|setting| {
            let mut names = [Some(setting.name), setting.alias].into_iter().flatten();
            names.any(|known| crate::args::is(name, known))
        })
    }

    /// Its value as text.
    pub fn get(&self, config: &Config) -> String {
        if let Kind::OutputLimits = self.kind {
            return config.output_limits.to_string();
        }
        match self.get {
            Some(get) => match self.kind {
                Kind::Choice(words) => words[get(config) as usize].to_owned(),
                Kind::Switch => if get(config) != 0 { "yes" } else { "no" }.to_owned(),
                Kind::Events => Notifications::from_bits(get(config) as u16).letters(),
                _ => get(config).to_string(),
            },
            None => {
                let kept = config.others.get(self.name);
                kept.cloned().unwrap_or_else(|| self.default.to_owned())
            }
        }
    }

    /// Sets it.
    ///
    /// # Errors
    /// What is wrong with the value.
    pub fn set(&self, config: &mut Config, text: &[u8]) -> Result<(), String> {
        if let Kind::OutputLimits = self.kind {
            let text = String::from_utf8_lossy(text);
            config.output_limits = config.output_limits.changed(&text)?;
            return Ok(());
        }
        let value = self.kind.parse(text)?;
        if let Some(reason) = self.given {
            let is_same = self.get(config) == value.into_text();
            return is_same.then_some(()).ok_or_else(|| reason.to_owned());
        }
        match (self.set, &value, &self.kind) {
            (Some(set), Value::Number(n), _) => set(config, *n),
            (Some(set), Value::Text(word), Kind::Switch) => set(config, (word == "yes").into()),
            (Some(set), Value::Text(word), Kind::Choice(words)) => {
                set(config, position(words, word));
            }
            _ => {
                config.others.insert(self.name, value.into_text());
            }
        }
        Ok(())
    }
}

enum Value {
    Number(i128),
    Text(String),
}

impl Value {
    fn into_text(self) -> String {
        match self {
            Value::Number(n) => n.to_string(),
            Value::Text(text) => text,
        }
    }
}

impl Kind {
    fn parse(&self, text: &[u8]) -> Result<Value, String> {
        let word = String::from_utf8_lossy(text);
        let lower = word.to_ascii_lowercase();
        let within = |n: i128, min: i128, max: i128| {
            if (min..=max).contains(&n) {
                Ok(Value::Number(n))
            } else {
                Err(format!(
                    "argument must be between {min} and {max} inclusive"
                ))
            }
        };
        match *self {
            Kind::Switch if lower == "yes" || lower == "no" => Ok(Value::Text(lower)),
            Kind::Switch => Err("argument must be 'yes' or 'no'".to_owned()),
            Kind::Number(min, max) => match crate::number::parse_int(text) {
                Some(n) => within(n.into(), min, max),
                None => Err("argument couldn't be parsed into an integer".to_owned()),
            },
            Kind::Size(min, max) => match parse_size(&lower) {
                Some(n) => within(n, min, max),
                None => Err("argument must be a memory value".to_owned()),
            },
            Kind::Choice(words) if words.contains(&lower.as_str()) => Ok(Value::Text(lower)),
            Kind::Choice(words) => Err(format!(
                "argument(s) must be one of the following: {}",
                words.join(", ")
            )),
            Kind::Events => match Notifications::from_letters(text) {
                Some(events) => Ok(Value::Number(events.bits().into())),
                None => Err("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.".to_owned()),
            },
            Kind::SizeOrPercent => match word.strip_suffix('%') {
                Some(percent) => match percent.parse::<u8>() {
                    Ok(0..=100) => Ok(Value::Text(word.into_owned())),
                    Ok(_) => Err("percentage argument must be less or equal to 100".to_owned()),
                    Err(_) => Err("argument must be a memory or percent value".to_owned()),
                },
                None => match parse_size(&lower) {
                    Some(n) => within(n, 0, I64),
                    None => Err("argument must be a memory or percent value".to_owned()),
                },
            },
            Kind::OutputLimits | Kind::Text => Ok(Value::Text(word.into_owned())),
        }
    }
}

/// Reads a number of bytes: `100`, `4kb`, `2m`. Units with a `b` behind them count in 1,024.
/// Without a number it is 0.
pub(crate) fn parse_size(text: &str) -> Option<i128> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: i128 = match unit {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    let number = match number {
        "" => 0,
        digits => digits.parse::<i128>().ok()?,
    };
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::REDIS_7_2;

    #[test]
    fn every_setting_takes_the_value_it_has() {
        let mut config = Config::new(&REDIS_7_2);
        for setting in all() {
            let value = setting.get(&config);
            assert_eq!(
                setting.set(&mut config, value.as_bytes()),
                Ok(()),
                "{}",
                setting.name
            );
            assert_eq!(setting.get(&config), value, "{}", setting.name);
        }
    }

    #[test]
    fn sizes_have_units() {
        for (text, expected) in [
            ("100", Some(100)),
            ("2kb", Some(2048)),
            ("1g", Some(1_000_000_000)),
            ("", Some(0)),
            ("k", Some(0)),
        ] {
            assert_eq!(parse_size(text), expected);
        }
        for text in ["x", "1x", "-1", "1 mb"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }
}
