//! The reading half of payloads.
//!
//! Every length is checked against what is there before anything is made for it, and every packed
//! form is checked element by element.

use crate::config::Limits;
use crate::dump::{kind, lzf, node, ziplist};
use crate::errors::{self, CommandError};
use crate::number::parse_double;
use crate::profile::Profile;
use crate::values::intset::IntSet;
use crate::values::list::End;
use crate::values::listpack::Listpack;
use crate::values::stream::{Group, Marks, StreamId, StreamValue};
use crate::values::zset::Scored;
use crate::values::{HashValue, ListValue, SetValue, StringValue, Value, ZsetValue};

/// The first version of the format with sets in listpacks and times of consumers.
const VERSION_7_2: u16 = 11;

/// The value behind a byte for its type; `None` when it is not well-formed.
pub fn value(bytes: &[u8], profile: &Profile, limits: Limits) -> Option<Value> {
    let (&kind, rest) = bytes.split_first()?;
    let mut input = Reader { rest };
    let is_new = matches!(kind, kind::SET_PACKED | kind::STREAM_3);
    if is_new && profile.dump_version < VERSION_7_2 {
        return None;
    }
    Some(match kind {
        kind::STRING => StringValue::new(&input.string()?).into(),
        kind::LIST => input.list(limits)?.into(),
        kind::LIST_NODES => input.list_nodes(limits)?.into(),
        kind::LIST_ZIPLISTS => input.list_ziplists(limits)?.into(),
        kind::LIST_ZIPLIST => {
            let mut list = ListValue::chain();
            for element in &input.ziplist()? {
                list.push(&[&element.to_bytes()], End::Right, limits);
            }
            list.finish_load(limits)?.into()
        }
        kind::SET => input.set(limits)?.into(),
        kind::SET_INTS => input.ints(limits)?.into(),
        kind::SET_PACKED => {
            let members = input.listpack()?;
            let mut set = SetValue::from_listpack(members)?;
            if set.len() > limits.set.entries {
                set.make_large();
            }
            set.into()
        }
        kind::HASH => input.hash(limits)?.into(),
        kind::HASH_PACKED => packed_hash(input.listpack()?, limits)?.into(),
        kind::HASH_ZIPLIST => packed_hash(input.ziplist()?, limits)?.into(),
        kind::ZSET | kind::ZSET_TEXT => input.zset(kind == kind::ZSET, limits)?.into(),
        kind::ZSET_PACKED => zset(&input.listpack()?, limits)?.into(),
        kind::ZSET_ZIPLIST => zset(&input.ziplist()?, limits)?.into(),
        kind::STREAM_1 | kind::STREAM_2 | kind::STREAM_3 => input.stream(kind)?.into(),
        _ => return None,
    })
}

/// A hash from fields, each with its value behind it.
fn packed_hash(pairs: Listpack, limits: Limits) -> Option<HashValue> {
    let mut hash = HashValue::from_listpack(pairs)?;
    if hash.len() > limits.hash.entries {
        hash.make_large();
    }
    Some(hash)
}

/// A sorted set from members, each with its score behind it.
fn zset(pairs: &Listpack, limits: Limits) -> Option<ZsetValue> {
    let mut items = Vec::with_capacity(pairs.len() / 2);
    let mut elements = pairs.iter();
    while let Some(member) = elements.next() {
        let score = parse_double(&elements.next()?.to_bytes())?;
        items.push(Scored {
            score,
            member: member.to_small(),
        });
    }
    // The server looks at the number of members only, and leaves long ones packed.
    let mut limits = limits;
    limits.zset.value = usize::MAX;
    sorted(items, limits)
}

/// A sorted set of these, which must be different.
fn sorted(mut items: Vec<Scored>, limits: Limits) -> Option<ZsetValue> {
    let mut members: Vec<&[u8]> = items.iter().map(|item| &*item.member).collect();
    members.sort_unstable();
    let is_good = !members.is_empty()
        && members.windows(2).all(|pair| pair[0] != pair[1])
        && items.iter().all(|item| !item.score.is_nan());
    items.sort_unstable_by(Scored::order);
    is_good.then(|| ZsetValue::from_sorted(items, limits))
}

struct Reader<'a> {
    rest: &'a [u8],
}

/// The sources of libraries of functions, each with its type before it.
pub fn libraries(bytes: &[u8], profile: &Profile) -> Result<Vec<Vec<u8>>, CommandError> {
    let mut input = Reader { rest: bytes };
    let mut codes = Vec::new();
    while let Some([kind]) = input.array() {
        codes.push(match kind {
            kind::LIBRARY => input.string().ok_or(errors::LIBRARY_BAD_PAYLOAD)?,
            kind::OLD_LIBRARY if profile.takes_old_libraries => input.old_library()?,
            kind::OLD_LIBRARY => return Err(errors::LIBRARY_OLD_FORMAT),
            _ => return Err(errors::LIBRARY_OTHER_TYPE),
        });
    }
    Ok(codes)
}

/// A length, or the code of a special form of string.
enum Length {
    Plain(u64),
    Special(u8),
}

impl<'a> Reader<'a> {
    /// A library as the release candidates of 7.0 wrote it, with its name and engine beside the code; as the
    /// source that it would have today.
    fn old_library(&mut self) -> Result<Vec<u8>, CommandError> {
        let name = self.string().ok_or(errors::LIBRARY_BAD_OLD_NAME)?;
        let engine = self.string().ok_or(errors::LIBRARY_BAD_OLD_ENGINE)?;
        match self.length().ok_or(errors::LIBRARY_BAD_OLD_INDICATOR)? {
            Length::Plain(0) | Length::Special(0) => {}
            _ => drop(self.string().ok_or(errors::LIBRARY_BAD_OLD_DESCRIPTION)?),
        }
        let code = self.string().ok_or(errors::LIBRARY_BAD_OLD_CODE)?;
        Ok([b"#!", &engine[..], b" name=", &name, b"\n", &code].concat())
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn length(&mut self) -> Option<Length> {
        let [first] = self.array()?;
        let low = u64::from(first & 0x3f);
        Some(match (first >> 6, first) {
            (0, _) => Length::Plain(low),
            (1, _) => Length::Plain(low << 8 | u64::from(self.array::<1>()?[0])),
            (_, 0x80) => Length::Plain(u32::from_be_bytes(self.array()?).into()),
            (_, 0x81) => Length::Plain(u64::from_be_bytes(self.array()?)),
            (3, _) => Length::Special(first & 0x3f),
            _ => return None,
        })
    }

    fn plain_len(&mut self) -> Option<u64> {
        match self.length()? {
            Length::Plain(len) => Some(len),
            Length::Special(_) => None,
        }
    }

    /// A number of things, none of which takes less than a byte.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.plain_len()?).ok()?;
        (count <= self.rest.len()).then_some(count)
    }

    fn string(&mut self) -> Option<Vec<u8>> {
        let int = |n: i64| n.to_string().into_bytes();
        Some(match self.length()? {
            Length::Plain(len) => self.take(usize::try_from(len).ok()?)?.to_vec(),
            Length::Special(0) => int(i8::from_le_bytes(self.array()?).into()),
            Length::Special(1) => int(i16::from_le_bytes(self.array()?).into()),
            Length::Special(2) => int(i32::from_le_bytes(self.array()?).into()),
            Length::Special(3) => {
                let compressed = usize::try_from(self.plain_len()?).ok()?;
                let len = usize::try_from(self.plain_len()?).ok()?;
                lzf::decompress(self.take(compressed)?, len)?
            }
            Length::Special(_) => return None,
        })
    }

    fn listpack(&mut self) -> Option<Listpack> {
        Listpack::from_bytes(&self.string()?)
    }

    fn ziplist(&mut self) -> Option<Listpack> {
        ziplist::elements(&self.string()?)
    }

    fn list_ziplists(&mut self, limits: Limits) -> Option<ListValue> {
        let mut list = ListValue::chain();
        for _ in 0..self.count()? {
            list.push_node(self.ziplist()?);
        }
        list.finish_load(limits)
    }

    fn list(&mut self, limits: Limits) -> Option<ListValue> {
        let mut list = ListValue::chain();
        for _ in 0..self.count()? {
            list.push(&[&self.string()?], End::Right, limits);
        }
        list.finish_load(limits)
    }

    fn list_nodes(&mut self, limits: Limits) -> Option<ListValue> {
        let mut list = ListValue::chain();
        for _ in 0..self.count()? {
            let container = self.plain_len()?;
            let bytes = self.string()?;
            match container {
                node::LARGE if !bytes.is_empty() => list.push_large_node(&bytes),
                node::PACKED => list.push_node(Listpack::from_bytes(&bytes)?),
                _ => return None,
            }
        }
        list.finish_load(limits)
    }

    fn set(&mut self, limits: Limits) -> Option<SetValue> {
        let count = self.count()?;
        let mut set = SetValue::default();
        if count > limits.set_intset_entries {
            set.make_large();
        }
        for _ in 0..count {
            if !set.add(&self.string()?, limits) {
                return None;
            }
        }
        (count > 0).then_some(set)
    }

    fn ints(&mut self, limits: Limits) -> Option<SetValue> {
        let ints = IntSet::from_bytes(&self.string()?)?;
        let count = ints.len();
        let mut set = SetValue::from_ints(ints);
        if count > limits.set_intset_entries {
            set.make_large();
        }
        Some(set)
    }

    fn hash(&mut self, limits: Limits) -> Option<HashValue> {
        let count = self.count()?;
        let mut hash = HashValue::default();
        if count > limits.hash.entries {
            hash.make_large();
        }
        for _ in 0..count {
            let (field, value) = (self.string()?, self.string()?);
            if !hash.set(&field, &value, limits) {
                return None;
            }
        }
        (count > 0).then_some(hash)
    }

    fn zset(&mut self, is_binary: bool, limits: Limits) -> Option<ZsetValue> {
        let mut items = Vec::new();
        for _ in 0..self.count()? {
            let member = self.string()?.into();
            let score = match is_binary {
                true => f64::from_le_bytes(self.array()?),
                false => self.text_score()?,
            };
            items.push(Scored { score, member });
        }
        sorted(items, limits)
    }

    /// A score as old servers saved it: a byte for the length of a text, or for what has no digits.
    fn text_score(&mut self) -> Option<f64> {
        match self.array::<1>()? {
            [255] => Some(f64::NEG_INFINITY),
            [254] => Some(f64::INFINITY),
            [253] => None,
            [len] => parse_double(self.take(usize::from(len))?),
        }
    }

    fn id(&mut self) -> Option<StreamId> {
        Some(StreamId {
            ms: self.plain_len()?,
            seq: self.plain_len()?,
        })
    }

    fn raw_id(&mut self) -> Option<StreamId> {
        self.array().map(StreamId::from_bytes)
    }

    fn time(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    fn stream(&mut self, kind: u8) -> Option<StreamValue> {
        let mut stream = StreamValue::default();
        let log = stream.log_mut();
        for _ in 0..self.count()? {
            let id = StreamId::from_bytes(self.string()?.try_into().ok()?);
            if !log.push_node(id, self.listpack()?) {
                return None;
            }
        }
        let len = self.plain_len()?;
        let last_id = self.id()?;
        let has_marks = kind >= kind::STREAM_2;
        let marks = match has_marks {
            true => {
                self.id()?;
                Marks {
                    first_id: log.marks().first_id,
                    last_id,
                    max_deleted_id: self.id()?,
                    entries_added: self.plain_len()? as i64,
                }
            }
            false => Marks {
                first_id: log.marks().first_id,
                last_id,
                max_deleted_id: StreamId::MIN,
                entries_added: len as i64,
            },
        };
        log.set_marks(marks);
        if log.len() != len {
            return None;
        }
        for _ in 0..self.count()? {
            let name = self.string()?;
            let group = self.group(kind, stream.log())?;
            if !stream.add_group(&name, group) {
                return None;
            }
        }
        Some(stream)
    }

    fn group(&mut self, kind: u8, log: &crate::values::stream::Log) -> Option<Group> {
        let last_id = self.id()?;
        let entries_read = match kind >= kind::STREAM_2 {
            true => Some(self.plain_len()? as i64).filter(|read| *read != -1),
            false => log.entries_up_to(last_id),
        };
        let mut group = Group::new(last_id, entries_read);
        let mut pending = std::collections::BTreeMap::new();
        for _ in 0..self.count()? {
            let (id, delivered_ms) = (self.raw_id()?, self.time()?);
            let deliveries = self.plain_len()? as i64;
            if pending.insert(id, (delivered_ms, deliveries)).is_some() {
                return None;
            }
        }
        for _ in 0..self.count()? {
            let name = self.string()?;
            let seen_ms = self.time()?;
            if !group.add_consumer(&name, seen_ms) {
                return None;
            }
            let active_ms = match kind >= kind::STREAM_3 {
                true => Some(self.time()?).filter(|at| *at != -1),
                false => Some(seen_ms),
            };
            group.consumer_mut(&name)?.active_ms = active_ms;
            for _ in 0..self.count()? {
                let id = self.raw_id()?;
                let (delivered_ms, deliveries) = pending.remove(&id)?;
                group.assign(id, &name, delivered_ms, deliveries);
            }
        }
        // Each has a consumer.
        pending.is_empty().then_some(group)
    }
}
