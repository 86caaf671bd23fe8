//! The writing half of payloads: values as the server saves them.

use crate::dump::{kind, lzf, node};
use crate::number::{format_score, parse_int};
use crate::profile::Profile;
use crate::values::hash::Packing as HashPacking;
use crate::values::list::NodeView;
use crate::values::listpack::Listpack;
use crate::values::set::Packing as SetPacking;
use crate::values::stream::{Group, StreamId, StreamValue};
use crate::values::{StringValue, Value, ZsetValue};

/// The first version of the format that knows when consumers last got something.
const WITH_ACTIVE_TIMES: u16 = 11;

/// The type of a value and the value.
pub fn value(value: &Value, profile: &Profile) -> Vec<u8> {
    let mut out = Writer(Vec::new());
    match value {
        Value::String(string) => {
            out.kind(kind::STRING);
            out.string_value(string);
        }
        Value::List(list) => {
            out.kind(kind::LIST_NODES);
            out.len(list.nodes() as u64);
            list.for_each_node(|view| match view {
                NodeView::Packed(elements) => {
                    out.len(node::PACKED);
                    out.string(&elements.to_bytes());
                }
                NodeView::Large(bytes) => {
                    out.len(node::LARGE);
                    out.string(bytes);
                }
            });
        }
        Value::Set(set) => match set.packing() {
            SetPacking::Ints(ints) => {
                out.kind(kind::SET_INTS);
                out.string(&ints.to_bytes());
            }
            SetPacking::Packed(members) => {
                out.kind(kind::SET_PACKED);
                out.string(&members.to_bytes());
            }
            SetPacking::Table => {
                out.kind(kind::SET);
                out.len(set.len() as u64);
                set.iter().for_each(|member| out.string(&member.to_bytes()));
            }
        },
        Value::Hash(hash) => match hash.packing() {
            HashPacking::Packed(pairs) => {
                out.kind(kind::HASH_PACKED);
                out.string(&pairs.to_bytes());
            }
            HashPacking::Table => {
                out.kind(kind::HASH);
                out.len(hash.len() as u64);
                for (field, value) in hash.iter() {
                    out.string(&field.to_bytes());
                    out.string(&value.to_bytes());
                }
            }
        },
        Value::Zset(zset) if zset.is_small() => {
            out.kind(kind::ZSET_PACKED);
            out.string(&packed(zset, profile).to_bytes());
        }
        Value::Zset(zset) => {
            out.kind(kind::ZSET);
            out.len(zset.len() as u64);
            for (member, score) in zset.iter().rev() {
                out.string(member);
                out.0.extend(score.to_le_bytes());
            }
        }
        Value::Stream(stream) => {
            let with_active = profile.dump_version >= WITH_ACTIVE_TIMES;
            out.kind(if with_active {
                kind::STREAM_3
            } else {
                kind::STREAM_2
            });
            out.stream(stream, with_active);
        }
    }
    out.0
}

/// The listpack of a small sorted set: members, each with its score behind it.
fn packed(zset: &ZsetValue, profile: &Profile) -> Listpack {
    let mut pairs = Listpack::new();
    for (member, score) in zset.iter() {
        pairs.push(member);
        pairs.push(&format_score(score, profile.double_format));
    }
    pairs
}

/// Libraries of functions, each with its type before it.
pub fn libraries<'a>(codes: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Writer(Vec::new());
    for code in codes {
        out.kind(kind::LIBRARY);
        out.string(code);
    }
    out.0
}

struct Writer(Vec<u8>);

impl Writer {
    fn kind(&mut self, kind: u8) {
        self.0.push(kind);
    }

    /// A length, in as few bytes as it takes.
    fn len(&mut self, len: u64) {
        match len {
            0..=0x3f => self.0.push(len as u8),
            0x40..=0x3fff => self.0.extend([0x40 | (len >> 8) as u8, len as u8]),
            0x4000..=0xffff_ffff => {
                self.0.push(0x80);
                self.0.extend((len as u32).to_be_bytes());
            }
            _ => {
                self.0.push(0x81);
                self.0.extend(len.to_be_bytes());
            }
        }
    }

    /// An integer in place of a string; tells whether it is small enough.
    fn int(&mut self, n: i64) -> bool {
        let bytes = n.to_le_bytes();
        let (code, width) = match n {
            -0x80..=0x7f => (0, 1),
            -0x8000..=0x7fff => (1, 2),
            -0x8000_0000..=0x7fff_ffff => (2, 4),
            _ => return false,
        };
        self.0.push(0xc0 | code);
        self.0.extend(&bytes[..width]);
        true
    }

    fn string_value(&mut self, string: &StringValue) {
        match string.encoding() {
            "int" if string.as_int().is_some_and(|n| self.int(n)) => {}
            "int" => self.plain(&string.as_bytes()),
            _ => self.string(&string.as_bytes()),
        }
    }

    /// A string: as an integer, compressed, or as it is.
    fn string(&mut self, bytes: &[u8]) {
        const LONGEST_INT: usize = 11;
        const SHORTEST_COMPRESSED: usize = 21;
        /// So many bytes have to be won.
        const GAIN: usize = 4;
        if bytes.len() <= LONGEST_INT && parse_int(bytes).is_some_and(|n| self.int(n)) {
            return;
        }
        if bytes.len() >= SHORTEST_COMPRESSED
            && let Some(compressed) = lzf::compress(bytes, bytes.len() - GAIN)
        {
            self.0.push(0xc3);
            self.len(compressed.len() as u64);
            self.len(bytes.len() as u64);
            self.0.extend(compressed);
            return;
        }
        self.plain(bytes);
    }

    fn plain(&mut self, bytes: &[u8]) {
        self.len(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn id(&mut self, id: StreamId) {
        self.len(id.ms);
        self.len(id.seq);
    }

    fn time(&mut self, ms: i64) {
        self.0.extend(ms.to_le_bytes());
    }

    fn stream(&mut self, stream: &StreamValue, with_active: bool) {
        let log = stream.log();
        self.len(log.nodes() as u64);
        for (id, node) in log.iter_nodes() {
            self.string(&id.to_bytes());
            self.string(&node.as_listpack().to_bytes());
        }
        let marks = log.marks();
        self.len(log.len());
        self.id(marks.last_id);
        self.id(marks.first_id);
        self.id(marks.max_deleted_id);
        self.len(marks.entries_added as u64);
        self.len(stream.groups().count() as u64);
        for (name, group) in stream.groups() {
            self.string(name);
            self.group(group, with_active);
        }
    }

    fn group(&mut self, group: &Group, with_active: bool) {
        self.id(group.last_id);
        self.len(group.entries_read.unwrap_or(-1) as u64);
        self.len(group.pending_len() as u64);
        for (id, pending) in group.pending_from(StreamId::MIN) {
            self.0.extend(id.to_bytes());
            self.time(pending.delivered_ms);
            self.len(pending.deliveries as u64);
        }
        self.len(group.consumers().count() as u64);
        for (name, consumer) in group.consumers() {
            self.string(name);
            self.time(consumer.seen_ms);
            if with_active {
                self.time(consumer.active_ms.unwrap_or(-1));
            }
            self.len(consumer.pending() as u64);
            for id in consumer.pending_from(StreamId::MIN) {
                self.0.extend(id.to_bytes());
            }
        }
    }
}
