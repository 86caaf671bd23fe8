//! Streams as logs: adding, reading ranges, deleting and cutting.

use crate::args::{Args, Words, amount, is};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, DELETE, RO, RW, UPDATE};
use crate::table::flag::{DENYOOM, FAST, READONLY, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::StreamValue;
use crate::values::stream::{Entry, Keep, NewId, StreamId, Trim};

const ROW: Command = Command {
    group: Group::Stream,
    acl: acl::STREAM,
    since: "5.0.0",
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "xadd",
        arity: -5,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | UPDATE)
            .noting("UPDATE instead of INSERT because of the optional trimming feature")],
        since: "5.0.0",
        summary: "Appends a new message to a stream. Creates the key if it doesn't exist.",
        complexity: "O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("XADD s 1-1 temperature 21 unit C", "\"1-1\""),
            ("XADD s 1-* temperature 22", "\"1-2\""),
            (
                "XADD s 1-2 temperature 22",
                "(error) ERR The ID specified in XADD is equal or smaller than the target stream top item",
            ),
            (
                "XADD s 5 a",
                "(error) ERR wrong number of arguments for 'xadd' command",
            ),
            (
                "XADD s x a 1",
                "(error) ERR Invalid stream ID specified as stream command argument",
            ),
            ("XADD none NOMKSTREAM * a 1", "(nil)"),
            ("XADD s MAXLEN 2 9 a 1", "\"9-0\""),
            (
                "XRANGE s - +",
                "1) 1) \"1-2\"\n   2) 1) \"temperature\"\n      2) \"22\"\n2) 1) \"9-0\"\n   2) 1) \"a\"\n      2) \"1\"",
            ),
        ],
        run: xadd,
        ..ROW
    },
    Command {
        name: "xdel",
        arity: -3,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | DELETE)],
        since: "5.0.0",
        summary: "Returns the number of messages after removing them from a stream.",
        complexity: "O(1) for each single item to delete in the stream, regardless of the stream size.",
        examples: examples![
            ("XADD s 1 a 1", "\"1-0\""),
            ("XADD s 2 a 1", "\"2-0\""),
            ("XDEL s 1 5", "(integer) 1"),
            ("XLEN s", "(integer) 1"),
        ],
        run: xdel,
        ..ROW
    },
    Command {
        name: "xlen",
        arity: 2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO)],
        since: "5.0.0",
        summary: "Return the number of messages in a stream.",
        examples: examples![
            ("XADD s 1 a 1", "\"1-0\""),
            ("XLEN s", "(integer) 1"),
            ("XLEN none", "(integer) 0"),
        ],
        run: xlen,
        ..ROW
    },
    Command {
        name: "xrange",
        arity: -4,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "5.0.0",
        summary: "Returns the messages from a stream within a range of IDs.",
        complexity: "O(N) with N being the number of elements being returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
        examples: examples![
            ("XADD s 1-1 a 1", "\"1-1\""),
            ("XADD s 1-2 b 2", "\"1-2\""),
            ("XADD s 2 c 3", "\"2-0\""),
            (
                "XRANGE s - + COUNT 1",
                "1) 1) \"1-1\"\n   2) 1) \"a\"\n      2) \"1\"",
            ),
            (
                "XRANGE s (1-1 1",
                "1) 1) \"1-2\"\n   2) 1) \"b\"\n      2) \"2\"",
            ),
            (
                "XRANGE s x +",
                "(error) ERR Invalid stream ID specified as stream command argument",
            ),
        ],
        run: |ctx, args| xrange(ctx, args, false),
        ..ROW
    },
    Command {
        name: "xrevrange",
        arity: -4,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "5.0.0",
        summary: "Returns the messages from a stream within a range of IDs in reverse order.",
        complexity: "O(N) with N being the number of elements returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
        examples: examples![
            ("XADD s 1-1 a 1", "\"1-1\""),
            ("XADD s 1-2 b 2", "\"1-2\""),
            (
                "XREVRANGE s + - COUNT 1",
                "1) 1) \"1-2\"\n   2) 1) \"b\"\n      2) \"2\"",
            ),
        ],
        run: |ctx, args| xrange(ctx, args, true),
        ..ROW
    },
    Command {
        name: "xsetid",
        arity: -3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        since: "5.0.0",
        summary: "An internal command for replicating stream values.",
        examples: examples![
            ("XADD s 1 a 1", "\"1-0\""),
            ("XSETID s 7", "OK"),
            (
                "XADD s 5 a 1",
                "(error) ERR The ID specified in XADD is equal or smaller than the target stream top item",
            ),
            (
                "XSETID s 0",
                "(error) ERR The ID specified in XSETID is smaller than the target stream top item",
            ),
        ],
        run: xsetid,
        ..ROW
    },
    Command {
        name: "xtrim",
        arity: -4,
        flags: WRITE,
        keys: &[KeySpec::one(1, RW | DELETE)],
        since: "5.0.0",
        summary: "Deletes messages from the beginning of a stream.",
        complexity: "O(N), with N being the number of evicted entries. Constant times are very small however, since entries are organized in macro nodes containing multiple entries that can be released with a single deallocation.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("XADD s 1 a 1", "\"1-0\""),
            ("XADD s 2 a 1", "\"2-0\""),
            ("XADD s 3 a 1", "\"3-0\""),
            ("XTRIM s MINID 2", "(integer) 1"),
            ("XTRIM s MAXLEN = 1", "(integer) 1"),
            (
                "XTRIM s MAXLEN 1 LIMIT 5",
                "(error) ERR syntax error, LIMIT cannot be used without the special ~ option",
            ),
        ],
        run: xtrim,
        ..ROW
    },
];

/// The reply for an ID.
pub fn id_reply(id: StreamId) -> Reply {
    Reply::bulk(id.to_string())
}

/// The reply for an entry: its ID, then fields and values in turn.
pub fn entry_reply(entry: &Entry<'_>) -> Reply {
    let fields = entry.fields();
    let fields = fields.flat_map(|(name, value)| [Reply::from(name), Reply::from(value)]);
    Reply::Array(vec![id_reply(entry.id), Reply::Array(fields.collect())])
}

/// Reads an ID.
///
/// # Errors
/// [`errors::STREAM_ID`].
pub fn parse_id(text: &[u8]) -> Result<StreamId, CommandError> {
    StreamId::parse(text, 0).ok_or(errors::STREAM_ID)
}

/// Reads IDs.
///
/// # Errors
/// [`errors::STREAM_ID`].
pub fn parse_ids(texts: &[&[u8]]) -> Result<Vec<StreamId>, CommandError> {
    texts.iter().map(|text| parse_id(text)).collect()
}

/// Reads an ID that `(` in front excludes; the sequence number is `missing` where there is none.
fn parse_bound(text: &[u8], missing: u64) -> Result<(StreamId, bool), CommandError> {
    let (id, is_open) = match text {
        [b'(', text @ ..] if !text.is_empty() => (StreamId::parse(text, missing), true),
        text => (StreamId::parse_bound(text, missing), false),
    };
    Ok((id.ok_or(errors::STREAM_ID)?, is_open))
}

/// Reads the first ID of a range.
///
/// # Errors
/// [`errors::STREAM_ID`]; [`errors::STREAM_START`] when no ID follows the one that is excluded.
pub fn parse_start(text: &[u8]) -> Result<StreamId, CommandError> {
    match parse_bound(text, 0)? {
        (id, true) => id.next().ok_or(errors::STREAM_START),
        (id, false) => Ok(id),
    }
}

/// Reads the last ID of a range.
///
/// # Errors
/// [`errors::STREAM_ID`]; [`errors::STREAM_END`] when no ID comes before the one that is excluded.
pub fn parse_end(text: &[u8]) -> Result<StreamId, CommandError> {
    match parse_bound(text, u64::MAX)? {
        (id, true) => id.prev().ok_or(errors::STREAM_END),
        (id, false) => Ok(id),
    }
}

/// The options of XADD and XTRIM that cut a stream.
#[derive(Default)]
struct TrimOptions {
    keep: Option<Keep>,
    whole_nodes: bool,
    limit: Option<i64>,
}

impl TrimOptions {
    /// Takes an option when `word` is one.
    fn accept(&mut self, word: &[u8], words: &mut Words<'_>) -> Result<bool, CommandError> {
        if words.is_empty() {
            return Ok(false);
        }
        let by_len = is(word, "MAXLEN");
        if by_len || is(word, "MINID") {
            if self.keep.is_some() {
                return Err(errors::TRIM_TWICE);
            }
            self.whole_nodes = words.len() >= 2 && words.accept("~");
            if !self.whole_nodes && words.len() >= 2 {
                words.accept("=");
            }
            self.keep = Some(if by_len {
                let len = u64::try_from(words.int()?);
                Keep::Newest(len.map_err(|_| errors::TRIM_MAXLEN_NEGATIVE)?)
            } else {
                Keep::From(parse_id(words.value()?)?)
            });
        } else if is(word, "LIMIT") {
            let limit = words.int()?;
            if limit < 0 {
                return Err(errors::TRIM_LIMIT_NEGATIVE);
            }
            self.limit = Some(limit);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// What is to be cut, if anything.
    fn finish(self, ctx: &Ctx<'_>) -> Result<Option<Trim>, CommandError> {
        const MOST: u64 = 1_000_000;
        if self.keep.is_none() && self.limit.is_some_and(|limit| limit > 0) {
            return Err(errors::TRIM_LIMIT_ALONE);
        }
        if self.limit.is_some() && !self.whole_nodes {
            return Err(errors::TRIM_LIMIT_EXACT);
        }
        let limit = match self.limit {
            Some(limit) => u64::try_from(limit).unwrap_or(0),
            None if !self.whole_nodes => 0,
            None => match ctx.limits().stream.node_entries.saturating_mul(100) {
                0 => 10_000,
                limit => limit.min(MOST),
            },
        };
        Ok(self.keep.map(|keep| Trim {
            keep,
            whole_nodes: self.whole_nodes,
            limit,
        }))
    }
}

fn xadd(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let key = args[1];
    let mut options = TrimOptions::default();
    let mut no_stream = false;
    let mut id = None;
    let mut words = args.words(2);
    while let Some(word) = words.next() {
        if options.accept(word, &mut words)? {
            continue;
        }
        if is(word, "NOMKSTREAM") {
            no_stream = true;
            continue;
        }
        id = Some(NewId::parse(word).ok_or(errors::STREAM_ID)?);
        break;
    }
    let trim = options.finish(ctx)?;
    let pairs = words.rest();
    let id = id.filter(|_| !pairs.is_empty() && pairs.len().is_multiple_of(2));
    let id = id.ok_or_else(|| errors::wrong_arity(ctx.command.name))?;
    if id == NewId::Exact(StreamId::MIN) {
        return Err(errors::STREAM_ID_ZERO);
    }
    let (now_ms, limits) = (ctx.now_ms(), ctx.limits().stream);
    if no_stream && ctx.db().read::<StreamValue>(key)?.is_none() {
        return Ok(Reply::Null);
    }
    let log = ctx.db().write_or_insert::<StreamValue>(key)?.log_mut();
    let last = log.last_id();
    if last == StreamId::MAX {
        return Err(errors::STREAM_EXHAUSTED);
    }
    let id = id.resolve(last, now_ms).filter(|id| *id > last);
    let id = id.ok_or(errors::STREAM_ID_TOO_SMALL)?;
    if !log.push(id, pairs, limits) {
        return Err(errors::STREAM_TOO_LARGE);
    }
    let trimmed = trim.map_or(0, |trim| log.trim(trim));
    ctx.notify(Class::Stream, "xadd", key);
    if trimmed > 0 {
        ctx.notify_too(Class::Stream, "xtrim", key);
    }
    Ok(id_reply(id))
}

fn xtrim(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let mut options = TrimOptions::default();
    let mut words = args.words(2);
    while let Some(word) = words.next() {
        if !options.accept(word, &mut words)? {
            return Err(errors::SYNTAX);
        }
    }
    let is_limited = options.limit.is_some_and(|limit| limit > 0);
    if options.keep.is_none() && !is_limited {
        return Err(errors::TRIM_NOTHING);
    }
    let Some(trim) = options.finish(ctx)? else {
        return Err(errors::TRIM_NOTHING);
    };
    let stream = ctx.db().write::<StreamValue>(args[1])?;
    let trimmed = stream.map_or(0, |stream| stream.log_mut().trim(trim));
    if trimmed > 0 {
        ctx.notify_changes(Class::Stream, "xtrim", args[1], trimmed as usize);
    }
    Ok(Reply::count(trimmed as usize))
}

/// XRANGE and XREVRANGE.
fn xrange(ctx: &mut Ctx<'_>, args: Args<'_>, backwards: bool) -> Outcome {
    let (start, end) = if backwards { (3, 2) } else { (2, 3) };
    let (start, end) = (parse_start(args[start])?, parse_end(args[end])?);
    let mut count = None;
    let mut words = args.words(4);
    while let Some(word) = words.next() {
        if !is(word, "COUNT") {
            return Err(errors::SYNTAX);
        }
        count = Some(amount(words.int()?).unwrap_or(0));
    }
    let Some(stream) = ctx.db().read::<StreamValue>(args[1])? else {
        return Ok(Reply::Array(Vec::new()));
    };
    let count = match count {
        Some(0) => return Ok(Reply::NullArray),
        count => count.unwrap_or(usize::MAX),
    };
    let range = stream.log().range(start, end);
    Ok(Reply::Array(if backwards {
        range
            .rev()
            .take(count)
            .map(|entry| entry_reply(&entry))
            .collect()
    } else {
        range.take(count).map(|entry| entry_reply(&entry)).collect()
    }))
}

fn xlen(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let stream = ctx.db().read::<StreamValue>(args[1])?;
    Ok(Reply::count(
        stream.map_or(0, |stream| stream.log().len() as usize),
    ))
}

fn xdel(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let Some(stream) = ctx.db().write::<StreamValue>(args[1])? else {
        return Ok(Reply::Integer(0));
    };
    let ids = parse_ids(args.from(2))?;
    let log = stream.log_mut();
    let deleted = ids.into_iter().filter(|id| log.delete(*id)).count();
    if deleted > 0 {
        ctx.notify_changes(Class::Stream, "xdel", args[1], deleted);
    }
    Ok(Reply::count(deleted))
}

fn xsetid(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let id = parse_id(args[2])?;
    let (mut added, mut max_deleted) = (None, StreamId::MIN);
    let mut words = args.words(3);
    while let Some(word) = words.next() {
        if is(word, "ENTRIESADDED") && !words.is_empty() {
            let count = words.int()?;
            if count < 0 {
                return Err(errors::XSETID_ENTRIES_ADDED);
            }
            added = Some(count);
        } else if is(word, "MAXDELETEDID") && !words.is_empty() {
            max_deleted = parse_id(words.value()?)?;
            if id < max_deleted {
                return Err(errors::XSETID_BELOW_GIVEN);
            }
        } else {
            return Err(errors::SYNTAX);
        }
    }
    let minds_deleted = ctx.core.profile.streams.setid_minds_deleted;
    let stream = ctx.db().write::<StreamValue>(args[1])?;
    let log = stream.ok_or(errors::NO_SUCH_KEY)?.log_mut();
    let mut marks = log.marks();
    if minds_deleted && id < marks.max_deleted_id {
        return Err(errors::XSETID_BELOW_DELETED);
    }
    if let Some(top) = log.last_entry_id() {
        if id < top {
            return Err(errors::XSETID_BELOW_TOP);
        }
        if added.is_some_and(|added| log.len() > added as u64) {
            return Err(errors::XSETID_BELOW_LENGTH);
        }
    }
    marks.last_id = id;
    marks.entries_added = added.unwrap_or(marks.entries_added);
    if max_deleted != StreamId::MIN {
        marks.max_deleted_id = max_deleted;
    }
    log.set_marks(marks);
    ctx.notify(Class::Stream, "xsetid", args[1]);
    Ok(Reply::OK)
}
