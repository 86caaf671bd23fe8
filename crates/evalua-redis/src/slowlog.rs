//! [`SlowLog`]: the commands that took long, newest first; and what took long of late, by event.
//!
//! Owns what is kept; how long a command took is measured by the gate, where a host has turned
//! statistics on. On a virtual clock no command takes any time.

use std::collections::VecDeque;

use crate::bytes::SmallBytes;
use crate::core::Core;
use crate::gate::Caller;
use crate::redaction::redacted;
use crate::session::Session;
use crate::sorted::SortedMap;
use crate::table::{Command, flag};

/// So many words of a command are kept.
const MOST_WORDS: usize = 32;

/// So many bytes of a word are kept.
const MOST_BYTES: usize = 128;

/// So many moments are kept of each event.
const MOST_MOMENTS: usize = 160;

/// A command that took long.
#[derive(Clone, Debug)]
pub(crate) struct Slow {
    pub id: i64,
    /// When it ended, Unix seconds.
    pub at_s: i64,
    pub duration_us: i64,
    pub words: Vec<SmallBytes>,
    /// Where its client comes from.
    pub peer: String,
    /// What its client is called.
    pub name: Vec<u8>,
}

/// The commands that took long.
#[derive(Debug, Default)]
pub(crate) struct SlowLog {
    pub entries: VecDeque<Slow>,
    next_id: i64,
}

/// When something took long, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Unix seconds.
    pub at_s: i64,
    pub duration_ms: i64,
}

/// The moments of each event, the oldest first, and the longest.
#[derive(Debug, Default)]
pub(crate) struct Latency {
    pub events: SortedMap<&'static str, (VecDeque<Moment>, i64)>,
}

impl Latency {
    /// Notes a moment; of several in one second the longest stays.
    fn add(&mut self, event: &'static str, moment: Moment) {
        let (moments, longest) = self.events.or_insert_with(event, Default::default);
        *longest = moment.duration_ms.max(*longest);
        match moments.back_mut() {
            Some(last) if last.at_s == moment.at_s => {
                last.duration_ms = last.duration_ms.max(moment.duration_ms);
            }
            _ => {
                moments.push_back(moment);
                if moments.len() > MOST_MOMENTS {
                    moments.pop_front();
                }
            }
        }
    }
}

impl Core {
    /// Whether it is measured how long commands take. What a script calls counts for the script, so that
    /// scripts need not ask for the time with each call; where every command is slow, it counts too.
    #[inline]
    pub(crate) fn is_timed(&self, caller: Caller) -> bool {
        if self.stats.is_none() {
            return false;
        }
        let (slow_us, long_ms) = (
            self.config.slowlog_slower_than_us,
            self.config.latency_threshold_ms,
        );
        (slow_us == 0 || !caller.is_script()) && (slow_us >= 0 || long_ms > 0)
    }

    /// How many microseconds it is since an instant, Unix microseconds.
    #[inline]
    pub(crate) fn took_us(&self, began_us: i64) -> u64 {
        u64::try_from(self.clock.read_us() - began_us).unwrap_or(0)
    }

    /// Notes how many microseconds a command took.
    #[inline]
    pub(crate) fn note_duration(
        &mut self,
        session: &Session,
        command: &Command,
        args: &[&[u8]],
        took_us: u64,
    ) {
        let duration_us = i64::try_from(took_us).unwrap_or(i64::MAX);
        let config = &self.config;
        let is_slow = config.slowlog_slower_than_us >= 0
            && duration_us >= config.slowlog_slower_than_us
            && !command.has(flag::SKIP_SLOWLOG);
        if is_slow {
            self.note_slow(session, command, args, self.clock.read_us(), duration_us);
        }
        if self.config.latency_threshold_ms > 0 {
            let event = if command.has(flag::FAST) {
                "fast-command"
            } else {
                "command"
            };
            self.note_latency(event, took_us);
        }
    }

    /// Notes that something took so many microseconds, if that is long enough to be noted.
    #[cold]
    pub(crate) fn note_latency(&mut self, event: &'static str, took_us: u64) {
        let duration_ms = i64::try_from(took_us / 1000).unwrap_or(i64::MAX);
        let threshold_ms = self.config.latency_threshold_ms;
        if threshold_ms > 0 && duration_ms >= threshold_ms {
            let at_s = self.clock.read_us() / 1_000_000;
            self.latency.add(event, Moment { at_s, duration_ms });
        }
    }

    #[cold]
    fn note_slow(
        &mut self,
        session: &Session,
        command: &Command,
        args: &[&[u8]],
        ended_us: i64,
        duration_us: i64,
    ) {
        let most = self.config.slowlog_max_len;
        let words = redacted(command, args);
        let cut = |word: &&[u8]| match word.len() {
            0..=MOST_BYTES => SmallBytes::new(word),
            len => {
                let more = format!("... ({} more bytes)", len - MOST_BYTES);
                SmallBytes::from([&word[..MOST_BYTES], more.as_bytes()].concat())
            }
        };
        let kept = match words.len() {
            0..=MOST_WORDS => words.len(),
            _ => MOST_WORDS - 1,
        };
        let mut texts: Vec<SmallBytes> = words[..kept].iter().map(cut).collect();
        if kept < words.len() {
            let more = format!("... ({} more arguments)", words.len() - kept);
            texts.push(SmallBytes::from(more));
        }
        let client = session.client.as_ref();
        let entry = Slow {
            id: self.slowlog.next_id,
            at_s: ended_us / 1_000_000,
            duration_us,
            words: texts,
            peer: client.map_or_else(String::new, |client| client.facts().address.peer.clone()),
            name: session.name.clone(),
        };
        self.slowlog.next_id += 1;
        self.slowlog.entries.push_front(entry);
        self.slowlog.entries.truncate(most);
    }
}
