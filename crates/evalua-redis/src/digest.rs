//! DEBUG DIGEST: one number for all that is stored, the same as the server's for the same data.
//!
//! Owns how values are hashed: in order where they have one, and so that the order does not matter where
//! they have none.

use sha1::{Digest as _, Sha1};

use crate::number::format_double;
use crate::profile::Profile;
use crate::values::Value;
use crate::values::stream::StreamId;

/// A digest at work, or done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest([u8; 20]);

impl Digest {
    /// Takes in bytes whose place among others does not matter.
    pub fn add(&mut self, bytes: &[u8]) {
        let hash = Sha1::digest(bytes);
        for (to, from) in self.0.iter_mut().zip(hash) {
            *to ^= from;
        }
    }

    /// Takes in bytes whose place among others matters.
    pub fn mix(&mut self, bytes: &[u8]) {
        self.add(bytes);
        self.0 = Sha1::digest(self.0).into();
    }

    /// The digest as the server shows it.
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Takes in another one, whose place does not matter.
    pub fn add_digest(&mut self, other: Digest) {
        self.add(&other.0);
    }

    /// Takes in a value, and whether its key has an expiry.
    pub fn add_value(&mut self, value: &Value, has_expiry: bool, profile: &Profile) {
        let kind: u32 = match value {
            Value::String(_) => 0,
            Value::List(_) => 1,
            Value::Set(_) => 2,
            Value::Zset(_) => 3,
            Value::Hash(_) => 4,
            Value::Stream(_) => 6,
        };
        self.mix(&kind.to_be_bytes());
        match value {
            Value::String(string) => self.mix(&string.as_bytes()),
            Value::List(list) => list.iter_from(0).for_each(|e| self.mix(&e.to_bytes())),
            Value::Set(set) => set.iter().for_each(|member| self.add(&member.to_bytes())),
            Value::Zset(zset) => {
                for (member, score) in zset.iter() {
                    self.add_pair(member, &format_double(score, profile.double_format));
                }
            }
            Value::Hash(hash) => {
                for (field, value) in hash.iter() {
                    self.add_pair(&field.to_bytes(), &value.to_bytes());
                }
            }
            Value::Stream(stream) => {
                for entry in stream.log().range(StreamId::MIN, StreamId::MAX) {
                    let StreamId { ms, seq } = entry.id;
                    self.mix(format!("{ms}.{seq}").as_bytes());
                    for (field, value) in entry.fields() {
                        self.mix(&field.to_bytes());
                        self.mix(&value.to_bytes());
                    }
                }
            }
        }
        if has_expiry {
            self.add(b"!!expire!!");
        }
    }

    fn add_pair(&mut self, first: &[u8], second: &[u8]) {
        let mut pair = Digest::default();
        pair.mix(first);
        pair.mix(second);
        self.add_digest(pair);
    }
}
