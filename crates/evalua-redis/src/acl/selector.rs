//! [`Selector`]: one set of rules: which commands, which keys and which channels.

use super::{Denied, RuleError};
use crate::args::Args;
use crate::glob;
use crate::reply::Reply;
use crate::sorted::{SortedMap, SortedSet};
use crate::table::{self, Command, access, acl, flag};
use crate::text;

/// What may be done with keys of a pattern.
const READ: u8 = 1;
const WRITE: u8 = 2;

/// A set of rules. What all of them allow together may be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    all_keys: bool,
    keys: Vec<(Vec<u8>, u8)>,
    pub all_channels: bool,
    pub channels: Vec<Vec<u8>>,
    /// Whether commands are allowed unless something else is said.
    all_commands: bool,
    /// Those of which something else is said.
    exceptions: SortedSet<&'static str>,
    /// Commands that are allowed with some first arguments only.
    first_args: SortedMap<&'static str, Vec<Vec<u8>>>,
    /// The rules about commands since the last about all of them, as they are told.
    rules: Vec<String>,
}

impl Selector {
    /// Rules that allow everything.
    pub fn open() -> Selector {
        Selector {
            all_keys: true,
            all_channels: true,
            all_commands: true,
            ..Selector::default()
        }
    }

    /// Whether it allows every command, key and channel.
    pub fn is_open(&self) -> bool {
        self.all_keys && self.all_channels && self.all_commands && self.exceptions.is_empty()
    }

    /// The rules between brackets.
    pub fn read(text: &[u8]) -> Result<Selector, RuleError> {
        let mut selector = Selector::default();
        for rule in text::split_line(text).unwrap_or_default() {
            selector.apply(&rule)?;
        }
        Ok(selector)
    }

    /// Changes what is allowed by one rule.
    pub fn apply(&mut self, rule: &[u8]) -> Result<(), RuleError> {
        let lower = rule.to_ascii_lowercase();
        match lower.as_slice() {
            b"allkeys" | b"~*" => {
                self.all_keys = true;
                self.keys.clear();
            }
            b"resetkeys" => {
                self.all_keys = false;
                self.keys.clear();
            }
            b"allchannels" | b"&*" => {
                self.all_channels = true;
                self.channels.clear();
            }
            b"resetchannels" => {
                self.all_channels = false;
                self.channels.clear();
            }
            b"allcommands" | b"+@all" => self.set_all_commands(true),
            b"nocommands" | b"-@all" => self.set_all_commands(false),
            _ => match rule.split_first() {
                Some((b'~', pattern)) => self.add_keys(pattern, READ | WRITE)?,
                Some((b'%', rest)) => {
                    let (pattern, allowed) = with_permissions(rest)?;
                    self.add_keys(pattern, allowed)?;
                }
                Some((b'&', pattern)) => self.add_channel(pattern)?,
                Some((sign @ (b'+' | b'-'), _)) => {
                    let what = std::str::from_utf8(&lower[1..]).map_err(|_| RuleError::Unknown)?;
                    self.set_commands(what, *sign == b'+')?;
                }
                _ => return Err(RuleError::Syntax),
            },
        }
        Ok(())
    }

    fn set_all_commands(&mut self, allowed: bool) {
        self.all_commands = allowed;
        self.exceptions.clear();
        self.first_args.clear();
        self.rules.clear();
    }

    fn add_keys(&mut self, pattern: &[u8], allowed: u8) -> Result<(), RuleError> {
        if self.all_keys {
            return Err(RuleError::AfterAllKeys);
        }
        check_pattern(pattern)?;
        match self.keys.iter_mut().find(|(known, _)| known == pattern) {
            Some((_, known)) => *known |= allowed,
            None => self.keys.push((pattern.to_vec(), allowed)),
        }
        Ok(())
    }

    fn add_channel(&mut self, pattern: &[u8]) -> Result<(), RuleError> {
        if self.all_channels {
            return Err(RuleError::AfterAllChannels);
        }
        check_pattern(pattern)?;
        if !self.channels.iter().any(|known| known == pattern) {
            self.channels.push(pattern.to_vec());
        }
        Ok(())
    }

    /// Allows or forbids a command, a subcommand, a category, or a command with a first argument.
    fn set_commands(&mut self, what: &str, allowed: bool) -> Result<(), RuleError> {
        if let Some(category) = what.strip_prefix('@') {
            let bit = category_bit(category).ok_or(RuleError::Unknown)?;
            self.note_rule(what, allowed);
            for command in table::all() {
                if command.acl_categories() & bit != 0 {
                    self.set_command(command, allowed);
                }
                let subcommands = command.subcommands.iter();
                for sub in subcommands.filter(|sub| sub.acl_categories() & bit != 0) {
                    self.set_one(sub, allowed);
                }
            }
            return Ok(());
        }
        if let Some(command) = table::named(what.as_bytes()) {
            self.set_command(command, allowed);
            self.note_rule(command.name, allowed);
            return Ok(());
        }
        let (name, first) = what.rsplit_once('|').ok_or(RuleError::Unknown)?;
        if !allowed {
            return Err(RuleError::Unknown);
        }
        let command = table::named(name.as_bytes()).ok_or(RuleError::Unknown)?;
        if command.name.contains('|') {
            return Err(RuleError::FirstOfSubcommand);
        }
        if first.is_empty() {
            return Err(RuleError::Syntax);
        }
        if !command.subcommands.is_empty() {
            return Err(RuleError::Unknown);
        }
        let known = self.first_args.or_insert_with(command.name, Vec::new);
        known.push(first.as_bytes().to_vec());
        self.note_rule(what, true);
        Ok(())
    }

    /// Allows or forbids a command with its subcommands.
    fn set_command(&mut self, command: &'static Command, allowed: bool) {
        self.set_one(command, allowed);
        for sub in command.subcommands {
            self.set_one(sub, allowed);
        }
    }

    fn set_one(&mut self, command: &'static Command, allowed: bool) {
        self.first_args.remove(command.name);
        if allowed == self.all_commands {
            self.exceptions.remove(command.name);
        } else {
            self.exceptions.insert(command.name);
        }
    }

    /// Notes a rule in place of what it overrides.
    fn note_rule(&mut self, what: &str, allowed: bool) {
        self.rules.retain(|known| {
            let known = &known[1..];
            let rest = known.strip_prefix(what);
            !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('|'))
        });
        let sign = if allowed { '+' } else { '-' };
        self.rules.push(format!("{sign}{what}"));
    }

    fn allows_command(&self, command: &Command, args: Args<'_>) -> bool {
        let allowed = self.all_commands != self.exceptions.contains(command.name);
        allowed || command.has(flag::NO_AUTH) || {
            let known = self.first_args.get(command.name);
            let first = args.get(1).map(<[u8]>::to_ascii_lowercase);
            known
                .zip(first)
                .is_some_and(|(known, first)| known.contains(&first))
        }
    }

    /// Whether a key may be used as a key specification says.
    fn allows_key(&self, key: &[u8], used: u32) -> bool {
        let needed = needed(used);
        self.all_keys
            || (self.keys.iter())
                .any(|(pattern, allowed)| allowed & needed == needed && glob::matches(pattern, key))
    }

    /// Whether any key may be read.
    pub fn reads_all_keys(&self) -> bool {
        let is_all = |(pattern, allowed): &(Vec<u8>, u8)| pattern == b"*" && allowed & READ != 0;
        self.all_keys || self.keys.iter().any(is_all)
    }

    /// Whether a channel may be used, or listened to by a pattern.
    pub fn allows_channel(&self, channel: &[u8], is_pattern: bool) -> bool {
        self.all_channels || allows_channel(&self.channels, channel, is_pattern)
    }

    /// What forbids a command, if something does.
    pub fn check(&self, command: &Command, args: Args<'_>) -> Result<(), Denied> {
        if !self.allows_command(command, args) {
            return Err(Denied::Command);
        }
        if !self.all_keys {
            for (at, used) in command.key_uses(args) {
                if !self.allows_key(args[at], used) {
                    return Err(Denied::Key(at));
                }
            }
        }
        if !self.all_channels && command.has(flag::PUBSUB) {
            let (channels, is_pattern) = channels_of(command, args.len());
            for at in channels {
                if !self.allows_channel(args[at], is_pattern) {
                    return Err(Denied::Channel(at));
                }
            }
        }
        Ok(())
    }

    /// The patterns of keys, of channels, and the rules about commands, as texts.
    fn texts(&self) -> [String; 3] {
        let join = |parts: Vec<String>| parts.join(" ");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let keys = match self.all_keys {
            true => "~*".to_owned(),
            false => {
                let pattern = |(pattern, allowed): &(Vec<u8>, u8)| {
                    let kind = match *allowed {
                        READ => "%R~",
                        WRITE => "%W~",
                        _ => "~",
                    };
                    format!("{kind}{}", text(pattern))
                };
                join(self.keys.iter().map(pattern).collect())
            }
        };
        let channels = match self.all_channels {
            true => "&*".to_owned(),
            false => join(
                self.channels
                    .iter()
                    .map(|c| format!("&{}", text(c)))
                    .collect(),
            ),
        };
        let first = if self.all_commands { "+@all" } else { "-@all" };
        let commands = std::iter::once(first).chain(self.rules.iter().map(String::as_str));
        [keys, channels, commands.collect::<Vec<_>>().join(" ")]
    }

    /// The rules as SETUSER takes them.
    pub fn describe(&self) -> String {
        let [keys, channels, commands] = self.texts();
        let mut parts = Vec::new();
        if !keys.is_empty() {
            parts.push(keys);
        }
        if !self.all_channels {
            parts.push("resetchannels".to_owned());
        }
        if !channels.is_empty() {
            parts.push(channels);
        }
        parts.push(commands);
        parts.join(" ")
    }

    /// The rules as GETUSER tells them.
    pub fn facts(&self) -> [(&'static str, Reply); 3] {
        let [keys, channels, commands] = self.texts().map(Reply::bulk);
        [
            ("commands", commands),
            ("keys", keys),
            ("channels", channels),
        ]
    }
}

/// Whether a list of patterns has a channel, or a pattern literally.
pub(crate) fn allows_channel(patterns: &[Vec<u8>], channel: &[u8], is_pattern: bool) -> bool {
    patterns.iter().any(|pattern| match is_pattern {
        true => pattern == channel,
        false => glob::matches(pattern, channel),
    })
}

/// Where the channels of a command are that it publishes to or listens to, and whether they are patterns.
/// To listen no longer is allowed to everybody.
fn channels_of(command: &Command, count: usize) -> (std::ops::Range<usize>, bool) {
    match command.name {
        "publish" | "spublish" => (1..2, false),
        "subscribe" | "ssubscribe" => (1..count, false),
        "psubscribe" => (1..count, true),
        _ => (0..0, false),
    }
}

fn needed(used: u32) -> u8 {
    let read = if used & access::ACCESS != 0 { READ } else { 0 };
    let writing = access::INSERT | access::DELETE | access::UPDATE;
    read | if used & writing != 0 { WRITE } else { 0 }
}

/// Reads what stands between `%` and `~`.
fn with_permissions(rest: &[u8]) -> Result<(&[u8], u8), RuleError> {
    let end = rest
        .iter()
        .position(|byte| *byte == b'~')
        .ok_or(RuleError::Syntax)?;
    let mut allowed = 0;
    for letter in &rest[..end] {
        let bit = match letter.to_ascii_uppercase() {
            b'R' => READ,
            b'W' => WRITE,
            _ => return Err(RuleError::Syntax),
        };
        if allowed & bit != 0 {
            return Err(RuleError::Syntax);
        }
        allowed |= bit;
    }
    match allowed {
        0 => Err(RuleError::Syntax),
        _ => Ok((&rest[end + 1..], allowed)),
    }
}

fn check_pattern(pattern: &[u8]) -> Result<(), RuleError> {
    match super::has_spaces(pattern) {
        true => Err(RuleError::Syntax),
        false => Ok(()),
    }
}

/// The bit of a category by its name.
pub(crate) fn category_bit(name: &str) -> Option<u32> {
    let found = acl::ALL
        .iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(name));
    found.map(|(bit, _)| *bit)
}
