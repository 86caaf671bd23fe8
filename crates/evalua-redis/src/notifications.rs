//! [`Notifications`]: which events of keys are published, and where: the setting
//! notify-keyspace-events.

use crate::core::Core;
use crate::hub::Kind;
use crate::trace::Class;

/// Channels of keys: `__keyspace@0__:key`.
const KEYSPACE: u16 = 1 << 14;

/// Channels of events: `__keyevent@0__:event`.
const KEYEVENT: u16 = 1 << 15;

/// What `A` stands for: every class but those of misses and of new keys.
const ALL: u16 = {
    let mut all = 0;
    let mut n = 0;
    while n < CLASSES.len() {
        all |= match CLASSES[n].0 {
            b'm' | b'n' | b'K' | b'E' => 0,
            _ => CLASSES[n].1,
        };
        n += 1;
    }
    all
};

/// The letters of the classes, in the order in which CONFIG GET gives them. Events of modules can be
/// asked for, and never come.
const CLASSES: &[(u8, u16)] = &[
    (b'g', Class::Generic.bit()),
    (b'$', Class::String.bit()),
    (b'l', Class::List.bit()),
    (b's', Class::Set.bit()),
    (b'h', Class::Hash.bit()),
    (b'z', Class::Zset.bit()),
    (b'x', Class::Expired.bit()),
    (b'e', Class::Evicted.bit()),
    (b't', Class::Stream.bit()),
    (b'd', 1 << 13),
    (b'n', Class::New.bit()),
    (b'K', KEYSPACE),
    (b'E', KEYEVENT),
    (b'm', Class::Miss.bit()),
];

/// A set of classes and of kinds of channels; none at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notifications(u16);

impl Notifications {
    /// Reads the letters of the setting; `None` when one of them means nothing.
    pub fn from_letters(text: &[u8]) -> Option<Notifications> {
        let mut bits = 0;
        for letter in text {
            bits |= match CLASSES.iter().find(|(known, _)| known == letter) {
                Some((_, bit)) => *bit,
                None if *letter == b'A' => ALL,
                None => return None,
            };
        }
        Some(Notifications(bits))
    }

    /// The letters of the setting.
    pub fn letters(self) -> String {
        let mut text = String::new();
        let has_all = self.0 & ALL == ALL;
        if has_all {
            text.push('A');
        }
        for (letter, bit) in CLASSES {
            let is_said = has_all && (ALL | Class::New.bit()) & bit != 0;
            if self.0 & bit != 0 && !is_said {
                text.push(char::from(*letter));
            }
        }
        text
    }

    /// As a number, for the table of settings.
    pub(crate) fn bits(self) -> u16 {
        self.0
    }

    /// From a number that [`Notifications::bits`] gave.
    pub(crate) fn from_bits(bits: u16) -> Notifications {
        Notifications(bits)
    }

    /// Whether any events are published.
    #[inline]
    pub fn is_any(self) -> bool {
        self.0 != 0
    }

    /// Whether events of a class are published.
    #[inline]
    pub fn has(self, class: Class) -> bool {
        self.0 & class.bit() != 0
    }
}

impl Core {
    /// Publishes an event, if its class is asked for.
    #[inline]
    pub(crate) fn publish_event(&mut self, class: Class, name: &str, key: &[u8], db: usize) {
        if self.config.notifications.has(class) {
            self.publish_wanted_event(name, key, db);
        }
    }

    #[cold]
    fn publish_wanted_event(&mut self, name: &str, key: &[u8], db: usize) {
        let Notifications(bits) = self.config.notifications;
        for (bit, kind, subject, text) in [
            (KEYSPACE, "keyspace", key, name.as_bytes()),
            (KEYEVENT, "keyevent", name.as_bytes(), key),
        ] {
            if bits & bit != 0 {
                let mut channel = format!("__{kind}@{db}__:").into_bytes();
                channel.extend_from_slice(subject);
                self.publish(Kind::Channel, &channel, text);
            }
        }
    }

    /// Delivers a message; tells how often.
    pub(crate) fn publish(&mut self, kind: Kind, channel: &[u8], text: &[u8]) -> usize {
        self.forget_gone();
        let allowance = self.allowance();
        self.hub
            .publish(&self.clients, allowance, kind, channel, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_there_and_back() {
        for (given, kept) in [
            ("", ""),
            ("KEA", "AKE"),
            ("g$lshzxetd", "A"),
            ("Km", "Km"),
            ("El", "lE"),
            ("AKEmn", "AKEm"),
            ("n", "n"),
        ] {
            let set = Notifications::from_letters(given.as_bytes()).unwrap();
            assert_eq!(set.letters(), kept, "{given}");
        }
        assert_eq!(Notifications::from_letters(b"KEq"), None);
    }
}
