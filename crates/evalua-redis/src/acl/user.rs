//! [`User`]: passwords, and sets of rules of which one has to allow what is done.

use sha2::{Digest, Sha256};

use super::selector::Selector;
use super::{Denied, RuleError};
use crate::args::Args;
use crate::table::Command;

/// The length of a password's digest in hexadecimal digits.
const DIGEST_LEN: usize = 64;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub is_on: bool,
    /// Whether any password is right.
    pub is_open: bool,
    /// Whether payloads of RESTORE are said to be checked.
    sanitizes: Option<bool>,
    /// Digests in hexadecimal digits.
    pub passwords: Vec<String>,
    /// The first is that of the user itself.
    pub selectors: Vec<Selector>,
}

impl User {
    /// A user who may do nothing.
    pub fn new() -> User {
        User {
            is_on: false,
            is_open: false,
            sanitizes: None,
            passwords: Vec::new(),
            selectors: vec![Selector::default()],
        }
    }

    /// The user that every client is at first.
    pub fn default_user() -> User {
        User {
            is_on: true,
            is_open: true,
            selectors: vec![Selector::open()],
            ..User::new()
        }
    }

    /// Changes the user by one rule; a new user has all channels or none, as `all_channels` says.
    pub fn apply(&mut self, rule: &[u8], all_channels: bool) -> Result<(), RuleError> {
        match rule.to_ascii_lowercase().as_slice() {
            b"" => {}
            b"on" => self.is_on = true,
            b"off" => self.is_on = false,
            b"skip-sanitize-payload" => self.sanitizes = Some(false),
            b"sanitize-payload" => self.sanitizes = Some(true),
            b"nopass" => self.set_passwords(true),
            b"resetpass" => self.set_passwords(false),
            b"clearselectors" => self.selectors.truncate(1),
            b"reset" => {
                *self = User::new();
                self.sanitizes = Some(true);
                self.selectors[0].all_channels = all_channels;
            }
            _ => match rule {
                [b'>', password @ ..] => self.add_password(digest(password)),
                [b'#', digits @ ..] => self.add_password(read_digest(digits)?),
                [b'<', password @ ..] => self.remove_password(&digest(password))?,
                [b'!', digits @ ..] => self.remove_password(&read_digest(digits)?)?,
                [b'(', rules @ .., b')'] => self.selectors.push(Selector::read(rules)?),
                _ => self.selectors[0].apply(rule)?,
            },
        }
        Ok(())
    }

    /// Forgets all passwords; any is right then, or none.
    pub fn set_passwords(&mut self, is_open: bool) {
        self.is_open = is_open;
        self.passwords.clear();
    }

    /// Adds a password by its digest.
    pub fn add_password(&mut self, digest: String) {
        if !self.passwords.contains(&digest) {
            self.passwords.push(digest);
        }
        self.is_open = false;
    }

    fn remove_password(&mut self, digest: &str) -> Result<(), RuleError> {
        let at = self.passwords.iter().position(|known| known == digest);
        self.passwords.remove(at.ok_or(RuleError::NoSuchPassword)?);
        Ok(())
    }

    /// Whether the user may come in with a password.
    pub fn accepts(&self, password: &[u8]) -> bool {
        self.is_on && (self.is_open || self.passwords.contains(&digest(password)))
    }

    /// Whether nothing is forbidden, and anybody is this user.
    pub fn is_unrestricted(&self) -> bool {
        self.is_on && self.is_open && self.selectors[0].is_open()
    }

    /// What forbids a command, if no set of rules allows it.
    pub fn check(&self, command: &Command, args: Args<'_>) -> Result<(), Denied> {
        let mut worst = Denied::Command;
        for selector in &self.selectors {
            match selector.check(command, args) {
                Ok(()) => return Ok(()),
                Err(denied) => worst = worst.max(denied),
            }
        }
        Err(worst)
    }

    /// What is said of the user beside rules and passwords; some servers tell more than others.
    pub fn flags(&self, tells_more: bool) -> Vec<&'static str> {
        let mut flags = vec![if self.is_on { "on" } else { "off" }];
        if self.is_open {
            flags.push("nopass");
        }
        match self.sanitizes {
            Some(false) => flags.push("skip-sanitize-payload"),
            None if !tells_more => {}
            Some(true) | None => flags.push("sanitize-payload"),
        }
        flags
    }

    /// The user as SETUSER makes one.
    pub fn describe(&self, tells_more: bool) -> String {
        let mut text = self.flags(tells_more).join(" ");
        for password in &self.passwords {
            text.push_str(&format!(" #{password}"));
        }
        for (index, selector) in self.selectors.iter().enumerate() {
            let rules = selector.describe();
            match index {
                0 => text.push_str(&format!(" {rules}")),
                _ => text.push_str(&format!(" ({rules})")),
            }
        }
        text
    }
}

/// The digest of a password, in hexadecimal digits.
pub(crate) fn digest(password: &[u8]) -> String {
    let digest = Sha256::digest(password);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_digest(digits: &[u8]) -> Result<String, RuleError> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != DIGEST_LEN || !digits.iter().all(is_digit) {
        return Err(RuleError::Digest);
    }
    Ok(String::from_utf8_lossy(digits).into_owned())
}
