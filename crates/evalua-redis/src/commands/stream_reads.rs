//! XREAD and XREADGROUP: what is new in some streams, for one reader or for one of a group.

use crate::args::{Args, Words, amount, int, is};
use crate::commands::streams::{entry_reply, id_reply, parse_id};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, RO};
use crate::table::flag::{BLOCKING, READONLY, WRITE};
use crate::table::{Begin, Command, Find, Group as Family, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::StreamValue;
use crate::values::stream::{Group, Log, StreamId};
use crate::waiters::Wanted;

const ROW: Command = Command {
    group: Family::Stream,
    acl: acl::STREAM,
    since: "5.0.0",
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "xread",
        arity: -4,
        flags: READONLY | BLOCKING | BLOCKING,
        keys: &[KeySpec {
            access: RO | ACCESS,
            begin: Begin::Keyword("STREAMS", 1),
            find: Find::Range {
                last: -1,
                step: 1,
                limit: 2,
            },
            notes: "",
        }],
        since: "5.0.0",
        summary: "Returns messages from multiple streams with IDs greater than the ones requested. Blocks until a message is available otherwise.",
        examples: examples![
            ("XADD a 1 x 1", "\"1-0\""),
            ("XADD a 2 x 2", "\"2-0\""),
            ("XADD b 1 y 1", "\"1-0\""),
            (
                "XREAD COUNT 1 STREAMS a b 0 0",
                "1) 1) \"a\"\n   2) 1) 1) \"1-0\"\n         2) 1) \"x\"\n            2) \"1\"\n2) 1) \"b\"\n   2) 1) 1) \"1-0\"\n         2) 1) \"y\"\n            2) \"1\"",
            ),
            ("XREAD STREAMS a b $ $", "(nil)"),
            (
                "XREAD STREAMS a b 0",
                "(error) ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.",
            ),
            (
                "XREAD GROUP g c STREAMS a 0",
                "(error) ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
            ),
        ],
        run: |ctx, args| xread(ctx, args, false),
        ..ROW
    },
    Command {
        name: "xreadgroup",
        arity: -7,
        flags: WRITE | BLOCKING,
        keys: &[KeySpec {
            access: RO | ACCESS,
            begin: Begin::Keyword("STREAMS", 4),
            find: Find::Range {
                last: -1,
                step: 1,
                limit: 2,
            },
            notes: "",
        }],
        since: "5.0.0",
        summary: "Returns new or historical messages from a stream for a consumer in a group. Blocks until a message is available otherwise.",
        complexity: "For each stream mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP blocks, XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting new data.",
        examples: examples![
            ("XADD s 1 x 1", "\"1-0\""),
            ("XADD s 2 x 2", "\"2-0\""),
            ("XGROUP CREATE s g 0", "OK"),
            (
                "XREADGROUP GROUP g alice COUNT 1 STREAMS s >",
                "1) 1) \"s\"\n   2) 1) 1) \"1-0\"\n         2) 1) \"x\"\n            2) \"1\"",
            ),
            (
                "XREADGROUP GROUP g bob STREAMS s >",
                "1) 1) \"s\"\n   2) 1) 1) \"2-0\"\n         2) 1) \"x\"\n            2) \"2\"",
            ),
            (
                "XREADGROUP GROUP g bob STREAMS s 0",
                "1) 1) \"s\"\n   2) 1) 1) \"2-0\"\n         2) 1) \"x\"\n            2) \"2\"",
            ),
            (
                "XREADGROUP GROUP g bob STREAMS s $",
                "(error) ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
            ),
            (
                "XREADGROUP GROUP none bob STREAMS s >",
                "(error) NOGROUP No such key 's' or consumer group 'none' in XREADGROUP with GROUP option",
            ),
        ],
        run: |ctx, args| xread(ctx, args, true),
        ..ROW
    },
];

/// What the options say.
struct Options<'a> {
    /// Until when to wait, Unix milliseconds or for ever; `None` when not to wait.
    wait_until: Option<Option<i64>>,
    /// The most entries of each stream.
    count: usize,
    /// The names of group and consumer.
    group: Option<(&'a [u8], &'a [u8])>,
    no_ack: bool,
    keys: &'a [&'a [u8]],
    ids: &'a [&'a [u8]],
}

impl<'a> Options<'a> {
    fn parse(ctx: &Ctx<'_>, args: Args<'a>, for_group: bool) -> Result<Options<'a>, CommandError> {
        let mut options = Options {
            wait_until: None,
            count: usize::MAX,
            group: None,
            no_ack: false,
            keys: &[],
            ids: &[],
        };
        let mut words = args.words(1);
        while let Some(word) = words.next() {
            if is(word, "BLOCK") && !words.is_empty() {
                if ctx.caller.is_script() {
                    return Err(errors::block_in_script(args[0]));
                }
                options.wait_until = Some(wait_until(ctx, words.value()?)?);
            } else if is(word, "COUNT") && !words.is_empty() {
                // 0 and less are any number.
                let count = amount(words.int()?);
                options.count = count.filter(|count| *count > 0).unwrap_or(usize::MAX);
            } else if is(word, "STREAMS") && !words.is_empty() {
                (options.keys, options.ids) = halves(ctx, words, for_group)?;
                if for_group && options.group.is_none() {
                    return Err(errors::XREADGROUP_NO_GROUP);
                }
                return Ok(options);
            } else if is(word, "GROUP") && words.len() >= 2 {
                if !for_group {
                    return Err(errors::XREAD_GROUP);
                }
                options.group = Some((words.value()?, words.value()?));
            } else if is(word, "NOACK") {
                if !for_group {
                    return Err(errors::XREAD_NOACK);
                }
                options.no_ack = true;
            } else {
                break;
            }
        }
        Err(errors::SYNTAX)
    }
}

/// The instant until which to wait, from a time-out in milliseconds; `None` for ever.
fn wait_until(ctx: &Ctx<'_>, text: &[u8]) -> Result<Option<i64>, CommandError> {
    match int(text).map_err(|_| errors::TIMEOUT_NOT_AN_INTEGER)? {
        ..0 => Err(errors::TIMEOUT_IS_NEGATIVE),
        0 => Ok(None),
        ms => {
            let at = ctx.now_ms().checked_add(ms);
            at.map(Some).ok_or(errors::TIMEOUT_OUT_OF_RANGE)
        }
    }
}

/// As many words as there are others.
type Halves<'a> = (&'a [&'a [u8]], &'a [&'a [u8]]);

/// Keys, and an ID for each.
fn halves<'a>(
    ctx: &Ctx<'_>,
    words: Words<'a>,
    for_group: bool,
) -> Result<Halves<'a>, CommandError> {
    let rest = words.rest();
    if rest.len().is_multiple_of(2) {
        return Ok(rest.split_at(rest.len() / 2));
    }
    let names_command = ctx.core.profile.streams.unbalanced_names_command;
    let name = names_command.then_some(ctx.command.name);
    let symbol = if for_group && names_command { '>' } else { '$' };
    Err(errors::unbalanced_streams(name, symbol))
}

/// Whether a word is `symbol`, for the server, to which it is a C string.
fn is_symbol(word: &[u8], symbol: u8) -> bool {
    word.split(|&byte| byte == 0).next() == Some(&[symbol])
}

/// The ID after which to read; [`StreamId::MAX`] stands for what no one of the group has read.
fn after(
    ctx: &mut Ctx<'_>,
    options: &Options<'_>,
    key: &[u8],
    id: &[u8],
) -> Result<StreamId, CommandError> {
    let stream = ctx.db().read::<StreamValue>(key)?;
    if let Some((group, _)) = options.group
        && stream.and_then(|stream| stream.group(group)).is_none()
    {
        let place = " in XREADGROUP with GROUP option";
        return Err(errors::no_group(key, group, place));
    }
    let for_group = options.group.is_some();
    match (is_symbol(id, b'$'), is_symbol(id, b'>')) {
        (true, _) if for_group => Err(errors::XREADGROUP_LAST),
        (true, _) => Ok(stream.map_or(StreamId::MIN, |stream| stream.log().last_id())),
        (_, true) if for_group => Ok(StreamId::MAX),
        (_, true) => Err(errors::XREAD_NEW),
        _ => parse_id(id),
    }
}

fn xread(ctx: &mut Ctx<'_>, args: Args<'_>, for_group: bool) -> Outcome {
    let options = Options::parse(ctx, args, for_group)?;
    let streams = options.keys.iter().zip(options.ids);
    let mut places = Vec::with_capacity(options.keys.len());
    for (key, id) in streams {
        places.push((*key, after(ctx, &options, key, id)?));
    }
    let mut results = Vec::new();
    for &(key, after) in &places {
        let entries = match options.group {
            Some((group, consumer)) => read_for_group(ctx, key, after, &options, group, consumer)?,
            None => {
                let stream = ctx.db().read::<StreamValue>(key)?;
                stream.and_then(|stream| read(stream.log(), after, options.count))
            }
        };
        if let Some(entries) = entries {
            results.push((Reply::bulk(key), Reply::Array(entries)));
        }
    }
    if !results.is_empty() {
        return Ok(if ctx.is_resp3() {
            Reply::Map(results)
        } else {
            let pair = |(key, entries)| Reply::Array(vec![key, entries]);
            Reply::Array(results.into_iter().map(pair).collect())
        });
    }
    Ok(match options.wait_until {
        Some(until_ms) => wait(ctx, args, &options, &places, until_ms),
        None => Reply::NullArray,
    })
}

/// Waits for entries. What is newer than the last entry of now stays so, however long that takes.
fn wait(
    ctx: &mut Ctx<'_>,
    args: Args<'_>,
    options: &Options<'_>,
    places: &[(&[u8], StreamId)],
    until_ms: Option<i64>,
) -> Reply {
    let wanted = match options.group {
        Some(_) => Wanted::Group,
        None => Wanted::Stream,
    };
    let first_id = args.len() - options.ids.len();
    let fixed: Vec<String> = places.iter().map(|(_, after)| after.to_string()).collect();
    let mut again = args.as_slice().to_vec();
    for (word, id) in again[first_id..].iter_mut().zip(&fixed) {
        if is_symbol(word, b'$') {
            *word = id.as_bytes();
        }
    }
    ctx.wait(wanted, options.keys, &again, until_ms, Reply::NullArray)
}

/// The entries after an ID; `None` when there is none.
fn read(log: &Log, after: StreamId, count: usize) -> Option<Vec<Reply>> {
    let range = log.range(after.next()?, StreamId::MAX).take(count);
    let entries: Vec<Reply> = range.map(|entry| entry_reply(&entry)).collect();
    (!entries.is_empty()).then_some(entries)
}

/// The entries for one of a group: what no one has read, or what it has yet to acknowledge.
fn read_for_group(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    after: StreamId,
    options: &Options<'_>,
    name: &[u8],
    consumer: &[u8],
) -> Result<Option<Vec<Reply>>, CommandError> {
    let now_ms = ctx.now_ms();
    let notes_idle = ctx.core.profile.streams.notes_idle_consumers;
    let Some(stream) = ctx.db().write::<StreamValue>(key)? else {
        return Ok(None);
    };
    let Some((log, group)) = stream.group_mut(name) else {
        return Ok(None);
    };
    let is_history = after != StreamId::MAX;
    let has_new = log.last_entry_id().is_some_and(|last| last > group.last_id);
    let is_served = is_history || has_new;
    if !is_served && !notes_idle {
        return Ok(None);
    }
    let is_new = group.add_consumer(consumer, now_ms);
    if let Some(consumer) = group.consumer_mut(consumer) {
        consumer.seen_ms = now_ms;
    }
    let entries = match (is_served, is_history) {
        (false, _) => None,
        (true, true) => Some(read_history(
            log,
            group,
            consumer,
            after,
            options.count,
            now_ms,
        )),
        (true, false) => Some(read_new(log, group, consumer, options, now_ms)),
    };
    if is_new {
        ctx.notify(Class::Stream, "xgroup-createconsumer", key);
    }
    if is_served {
        ctx.core.dirty += 1;
    }
    Ok(entries)
}

/// What no one of the group has read.
fn read_new(
    log: &Log,
    group: &mut Group,
    consumer: &[u8],
    options: &Options<'_>,
    now_ms: i64,
) -> Vec<Reply> {
    let after = group.last_id.next().unwrap_or_default();
    let mut entries = Vec::new();
    for entry in log.range(after, StreamId::MAX).take(options.count) {
        group.advance(log, entry.id);
        if !options.no_ack {
            group.assign(entry.id, consumer, now_ms, 1);
            if let Some(consumer) = group.consumer_mut(consumer) {
                consumer.active_ms = Some(now_ms);
            }
        }
        entries.push(entry_reply(&entry));
    }
    entries
}

/// What a consumer has yet to acknowledge; of an entry that has gone the ID alone.
fn read_history(
    log: &Log,
    group: &mut Group,
    consumer: &[u8],
    after: StreamId,
    count: usize,
    now_ms: i64,
) -> Vec<Reply> {
    let pending = group.consumer(consumer).zip(after.next());
    let ids: Vec<StreamId> = match pending {
        Some((consumer, from)) => consumer.pending_from(from).take(count).collect(),
        None => Vec::new(),
    };
    let mut entries = Vec::with_capacity(ids.len());
    for id in ids {
        match log.get(id) {
            Some(entry) => {
                entries.push(entry_reply(&entry));
                if let Some(pending) = group.pending_mut(id) {
                    pending.delivered_ms = now_ms;
                    // It may have been set to any number, and wraps around as the server's does.
                    pending.deliveries = pending.deliveries.wrapping_add(1);
                }
            }
            None => entries.push(Reply::Array(vec![id_reply(id), Reply::NullArray])),
        }
    }
    entries
}
