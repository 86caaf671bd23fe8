//! [`OutputLimits`]: how many bytes may lie unread for a client before it is given up, as the setting
//! `client-output-buffer-limit` has it.
//!
//! Owns the text of the setting, and when a limit is passed. What lies for a client is known to whoever keeps
//! it: [`Mailbox`](crate::Mailbox) for messages, the host for replies.

use std::fmt;

use crate::settings::parse_size;

/// The limit of a class of clients; 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutputLimit {
    /// More bytes end the connection at once.
    pub hard: u64,
    /// More bytes end it when they have lain for as long as the next says.
    pub soft: u64,
    /// That time, in seconds.
    pub soft_seconds: u64,
}

impl OutputLimit {
    /// Whether so many bytes are too many at once.
    pub fn is_passed(&self, bytes: usize) -> bool {
        self.hard != 0 && counted(bytes) > self.hard
    }

    /// Whether so many bytes are too many if they lie long.
    pub fn is_strained(&self, bytes: usize) -> bool {
        self.soft != 0 && counted(bytes) > self.soft
    }
}

/// What the server has in a client's own buffer, and does not count; and in a piece of what is beyond that.
const CHUNK: usize = 16 * 1024;

/// How many of so many bytes the server counts.
fn counted(bytes: usize) -> u64 {
    match bytes.saturating_sub(CHUNK) {
        0 => 0,
        beyond => beyond.max(CHUNK) as u64,
    }
}

/// The limits of all classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputLimits {
    /// For clients that listen to nothing.
    pub normal: OutputLimit,
    /// For replicas, of which there are none.
    pub replica: OutputLimit,
    /// For clients that listen to channels.
    pub pubsub: OutputLimit,
}

impl Default for OutputLimits {
    /// Those that a server starts with.
    fn default() -> OutputLimits {
        let limit = |hard_mib: u64, soft_mib: u64| OutputLimit {
            hard: hard_mib << 20,
            soft: soft_mib << 20,
            soft_seconds: 60,
        };
        OutputLimits {
            normal: OutputLimit::default(),
            replica: limit(256, 64),
            pubsub: limit(32, 8),
        }
    }
}

impl OutputLimits {
    /// The limit for a client.
    pub fn of(&self, is_subscribed: bool) -> OutputLimit {
        match is_subscribed {
            true => self.pubsub,
            false => self.normal,
        }
    }

    /// These limits with those changed that `text` names, four words each: a class and its limit.
    ///
    /// # Errors
    /// What is wrong with it, in the server's words.
    pub fn changed(mut self, text: &str) -> Result<OutputLimits, &'static str> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let (limits, rest) = words.as_chunks::<4>();
        if !rest.is_empty() {
            return Err("Wrong number of arguments in buffer limit configuration.");
        }
        for [class, hard, soft, seconds] in limits {
            let class = match class.to_ascii_lowercase().as_str() {
                "normal" => &mut self.normal,
                "slave" | "replica" => &mut self.replica,
                "pubsub" => &mut self.pubsub,
                _ => return Err("Invalid client class specified in buffer limit configuration."),
            };
            let size = |text: &str| u64::try_from(parse_size(&text.to_ascii_lowercase())?).ok();
            let limit = || {
                Some(OutputLimit {
                    hard: size(hard)?,
                    soft: size(soft)?,
                    soft_seconds: seconds.parse().ok()?,
                })
            };
            *class = limit().ok_or(
                "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
            )?;
        }
        Ok(self)
    }
}

impl fmt::Display for OutputLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (class, limit)) in [
            ("normal", self.normal),
            ("slave", self.replica),
            ("pubsub", self.pubsub),
        ]
        .into_iter()
        .enumerate()
        {
            let blank = if index > 0 { " " } else { "" };
            let OutputLimit {
                hard,
                soft,
                soft_seconds,
            } = limit;
            write!(f, "{blank}{class} {hard} {soft} {soft_seconds}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_not_counted() {
        let limit = OutputLimit {
            hard: 1,
            ..OutputLimit::default()
        };
        assert!(!limit.is_passed(CHUNK) && limit.is_passed(CHUNK + 1));
        let limit = OutputLimit {
            hard: 100_000,
            ..limit
        };
        assert!(!limit.is_passed(CHUNK + 100_000) && limit.is_passed(CHUNK + 100_001));
        assert!(!OutputLimit::default().is_passed(usize::MAX));
    }

    #[test]
    fn classes_change_one_by_one() {
        let limits = OutputLimits::default();
        let text = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60";
        assert_eq!(limits.to_string(), text);
        let changed = limits.changed("normal 1mb 1kb 5 REPLICA 5 6 7").unwrap();
        let text = "normal 1048576 1024 5 slave 5 6 7 pubsub 33554432 8388608 60";
        assert_eq!(changed.to_string(), text);
        assert_eq!(changed.changed(""), Ok(changed));
        for bad in [
            "normal 1",
            "nobody 1 2 3",
            "normal x 1 1",
            "normal 1 1 -1",
            "pubsub 1 2 3x",
        ] {
            assert!(limits.changed(bad).is_err(), "{bad}");
        }
    }
}
