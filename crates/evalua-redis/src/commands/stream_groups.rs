//! Consumer groups of streams: making and removing them, and what they have yet to acknowledge.

use crate::args::{Args, amount, int, is};
use crate::commands::streams::{id_reply, parse_end, parse_id, parse_ids, parse_start};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, DELETE, INSERT, RO, RW, UPDATE};
use crate::table::flag::{DENYOOM, FAST, LOADING, READONLY, STALE, WRITE};
use crate::table::{Command, Group as Family, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::StreamValue;
use crate::values::stream::{Consumer, Group, StreamId};

const ROW: Command = Command {
    group: Family::Stream,
    acl: acl::STREAM,
    since: "5.0.0",
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "xack",
        arity: -4,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        since: "5.0.0",
        summary: "Returns the number of messages that were successfully acknowledged by the consumer group member of a stream.",
        complexity: "O(1) for each message ID processed.",
        examples: examples![
            ("XADD s 1 x 1", "\"1-0\""),
            ("XGROUP CREATE s g 0", "OK"),
            (
                "XREADGROUP GROUP g c STREAMS s >",
                "1) 1) \"s\"\n   2) 1) 1) \"1-0\"\n         2) 1) \"x\"\n            2) \"1\"",
            ),
            ("XACK s g 1 2", "(integer) 1"),
            ("XACK s g 1", "(integer) 0"),
        ],
        run: xack,
        ..ROW
    },
    Command {
        name: "xgroup",
        arity: -2,
        acl: 0,
        since: "5.0.0",
        summary: "A container for consumer groups commands.",
        complexity: "Depends on subcommand.",
        examples: examples![(
            "XGROUP",
            "(error) ERR wrong number of arguments for 'xgroup' command",
        )],
        subcommands: SUBCOMMANDS,
        ..ROW
    },
    Command {
        name: "xpending",
        arity: -3,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "5.0.0",
        summary: "Returns the information and entries from a stream consumer group's pending entries list.",
        complexity: "O(N) with N being the number of elements returned, so asking for a small fixed number of entries per call is O(1). O(M), where M is the total number of entries scanned when used with the IDLE filter. When the command returns just the summary and the list of consumers is small, it runs in O(1) time; otherwise, an additional O(N) time for iterating every consumer.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("XADD s 1 x 1", "\"1-0\""),
            ("XADD s 2 x 2", "\"2-0\""),
            ("XGROUP CREATE s g 0", "OK"),
            (
                "XREADGROUP GROUP g c STREAMS s >",
                "1) 1) \"s\"\n   2) 1) 1) \"1-0\"\n         2) 1) \"x\"\n            2) \"1\"\n      2) 1) \"2-0\"\n         2) 1) \"x\"\n            2) \"2\"",
            ),
            (
                "XPENDING s g",
                "1) (integer) 2\n2) \"1-0\"\n3) \"2-0\"\n4) 1) 1) \"c\"\n      2) \"2\"",
            ),
            ("XPENDING s g - + 10 other", "(empty array)"),
            ("XPENDING s g - +", "(error) ERR syntax error"),
            (
                "XPENDING s none",
                "(error) NOGROUP No such key 's' or consumer group 'none'",
            ),
        ],
        run: xpending,
        ..ROW
    },
];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "xgroup|create",
        arity: -5,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(2, RW | INSERT)],
        since: "5.0.0",
        summary: "Creates a consumer group.",
        examples: examples![
            (
                "XGROUP CREATE s g $",
                "(error) ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
            ),
            ("XGROUP CREATE s g $ MKSTREAM", "OK"),
            (
                "XGROUP CREATE s g 0",
                "(error) BUSYGROUP Consumer Group name already exists",
            ),
            (
                "XGROUP CREATE s g 0 x",
                "(error) ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.",
            ),
        ],
        run: create,
        ..ROW
    },
    Command {
        name: "xgroup|createconsumer",
        arity: 5,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(2, RW | INSERT)],
        since: "6.2.0",
        summary: "Creates a consumer in a consumer group.",
        examples: examples![
            ("XGROUP CREATE s g $ MKSTREAM", "OK"),
            ("XGROUP CREATECONSUMER s g alice", "(integer) 1"),
            ("XGROUP CREATECONSUMER s g alice", "(integer) 0"),
        ],
        run: create_consumer,
        ..ROW
    },
    Command {
        name: "xgroup|delconsumer",
        arity: 5,
        flags: WRITE,
        keys: &[KeySpec::one(2, RW | DELETE)],
        since: "5.0.0",
        summary: "Deletes a consumer from a consumer group.",
        examples: examples![
            ("XADD s 1 x 1", "\"1-0\""),
            ("XGROUP CREATE s g 0", "OK"),
            (
                "XREADGROUP GROUP g alice STREAMS s >",
                "1) 1) \"s\"\n   2) 1) 1) \"1-0\"\n         2) 1) \"x\"\n            2) \"1\"",
            ),
            ("XGROUP DELCONSUMER s g alice", "(integer) 1"),
            ("XGROUP DELCONSUMER s g alice", "(integer) 0"),
        ],
        run: delete_consumer,
        ..ROW
    },
    Command {
        name: "xgroup|destroy",
        arity: 4,
        flags: WRITE,
        keys: &[KeySpec::one(2, RW | DELETE)],
        since: "5.0.0",
        summary: "Destroys a consumer group.",
        complexity: "O(N) where N is the number of entries in the group's pending entries list (PEL).",
        examples: examples![
            ("XGROUP CREATE s g $ MKSTREAM", "OK"),
            ("XGROUP DESTROY s g", "(integer) 1"),
            ("XGROUP DESTROY s g", "(integer) 0"),
        ],
        run: destroy,
        ..ROW
    },
    Command {
        name: "xgroup|help",
        arity: 2,
        flags: LOADING | STALE,
        since: "5.0.0",
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "XGROUP HELP",
            " 1) XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\n 2) CREATE <key> <groupname> <id|$> [option]\n 3)     Create a new consumer group. Options are:\n 4)     * MKSTREAM\n 5)       Create the empty stream if it does not exist.\n 6)     * ENTRIESREAD entries_read\n 7)       Set the group's entries_read counter (internal use).\n 8) CREATECONSUMER <key> <groupname> <consumer>\n 9)     Create a new consumer in the specified group.\n10) DELCONSUMER <key> <groupname> <consumer>\n11)     Remove the specified consumer.\n12) DESTROY <key> <groupname>\n13)     Remove the specified group.\n14) SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]\n15)     Set the current group ID and entries_read counter.\n16) HELP\n17)     Print this help.",
        )],
        run: help,
        ..ROW
    },
    Command {
        name: "xgroup|setid",
        arity: -5,
        flags: WRITE,
        keys: &[KeySpec::one(2, RW | UPDATE)],
        since: "5.0.0",
        summary: "Sets the last-delivered ID of a consumer group.",
        examples: examples![
            ("XGROUP CREATE s g $ MKSTREAM", "OK"),
            ("XGROUP SETID s g 5-1", "OK"),
            (
                "XGROUP SETID s none 5-1",
                "(error) NOGROUP No such consumer group 'none' for key name 's'",
            ),
        ],
        run: set_id,
        ..ROW
    },
];

/// The options of XGROUP CREATE and SETID.
#[derive(Default)]
struct Options {
    make_stream: bool,
    entries_read: Option<i64>,
}

impl Options {
    fn parse(args: Args<'_>, may_make: bool) -> Result<Options, CommandError> {
        let mut options = Options::default();
        let mut words = args.words(5);
        while let Some(word) = words.next() {
            if may_make && is(word, "MKSTREAM") {
                options.make_stream = true;
            } else if is(word, "ENTRIESREAD") && !words.is_empty() {
                options.entries_read = match words.int()? {
                    -1 => None,
                    ..0 => return Err(errors::XGROUP_ENTRIES_READ),
                    count => Some(count),
                };
            } else {
                return Err(errors::subcommand_syntax(args[0], args[1]));
            }
        }
        Ok(options)
    }
}

/// The stream of a subcommand of XGROUP, which must be there.
fn stream<'c>(ctx: &'c mut Ctx<'_>, args: Args<'_>) -> Result<&'c mut StreamValue, CommandError> {
    let stream = ctx.db().write::<StreamValue>(args[2])?;
    stream.ok_or(errors::XGROUP_NO_KEY)
}

/// The group of a subcommand of XGROUP, which must be there.
fn group<'c>(ctx: &'c mut Ctx<'_>, args: Args<'_>) -> Result<&'c mut Group, CommandError> {
    let found = stream(ctx, args)?.group_mut(args[3]);
    let (_, group) = found.ok_or_else(|| errors::no_such_group(args[2], args[3]))?;
    Ok(group)
}

fn is_last(text: &[u8]) -> bool {
    text.split(|&byte| byte == 0).next() == Some(b"$")
}

fn create(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    /// CREATE with both options.
    const MOST_WORDS: usize = 8;
    let (key, name) = (args[2], args[3]);
    let options = Options::parse(args, true)?;
    let stream = ctx.db().read::<StreamValue>(key)?;
    let is_new = stream.is_none();
    let last_id = match stream.map(|stream| stream.log().last_id()) {
        None if !options.make_stream => return Err(errors::XGROUP_NO_KEY),
        last_id => last_id.unwrap_or_default(),
    };
    if args.len() > MOST_WORDS {
        return Err(errors::subcommand_syntax(args[0], args[1]));
    }
    let id = if is_last(args[4]) {
        last_id
    } else {
        parse_id(args[4])?
    };
    let group = Group::new(id, options.entries_read);
    let stream = ctx.db().write_or_insert::<StreamValue>(key)?;
    if !stream.add_group(name, group) {
        return Err(errors::XGROUP_EXISTS);
    }
    if is_new {
        ctx.core.changed(key, ctx.session.db);
    }
    ctx.notify(Class::Stream, "xgroup-create", key);
    Ok(Reply::OK)
}

fn set_id(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    /// SETID with its option.
    const MOST_WORDS: usize = 7;
    let options = Options::parse(args, false)?;
    group(ctx, args)?;
    if args.len() > MOST_WORDS {
        return Err(errors::subcommand_syntax(args[0], args[1]));
    }
    let id = if is_last(args[4]) {
        stream(ctx, args)?.log().last_id()
    } else {
        StreamId::parse_bound(args[4], 0).ok_or(errors::STREAM_ID)?
    };
    let group = group(ctx, args)?;
    group.last_id = id;
    group.entries_read = options.entries_read;
    ctx.notify(Class::Stream, "xgroup-setid", args[2]);
    Ok(Reply::OK)
}

fn destroy(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let had = stream(ctx, args)?.remove_group(args[3]);
    if had {
        ctx.notify(Class::Stream, "xgroup-destroy", args[2]);
    }
    Ok(Reply::flag(had))
}

fn create_consumer(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let now_ms = ctx.now_ms();
    let is_new = group(ctx, args)?.add_consumer(args[4], now_ms);
    if is_new {
        ctx.notify(Class::Stream, "xgroup-createconsumer", args[2]);
    }
    Ok(Reply::flag(is_new))
}

fn delete_consumer(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let pending = group(ctx, args)?.remove_consumer(args[4]);
    if pending.is_some() {
        ctx.notify(Class::Stream, "xgroup-delconsumer", args[2]);
    }
    Ok(Reply::count(pending.unwrap_or(0)))
}

fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    Ok(ctx.help(&[
        "CREATE <key> <groupname> <id|$> [option]",
        "    Create a new consumer group. Options are:",
        "    * MKSTREAM",
        "      Create the empty stream if it does not exist.",
        "    * ENTRIESREAD entries_read",
        "      Set the group's entries_read counter (internal use).",
        "CREATECONSUMER <key> <groupname> <consumer>",
        "    Create a new consumer in the specified group.",
        "DELCONSUMER <key> <groupname> <consumer>",
        "    Remove the specified consumer.",
        "DESTROY <key> <groupname>",
        "    Remove the specified group.",
        "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
        "    Set the current group ID and entries_read counter.",
    ]))
}

fn xack(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let stream = ctx.db().write::<StreamValue>(args[1])?;
    let Some((_, group)) = stream.and_then(|stream| stream.group_mut(args[2])) else {
        return Ok(Reply::Integer(0));
    };
    let ids = parse_ids(args.from(3))?;
    let done = ids.into_iter().filter(|id| group.acknowledge(*id)).count();
    ctx.core.dirty += done as u64;
    Ok(Reply::count(done))
}

/// The range of pending entries that XPENDING is asked for.
struct Range<'a> {
    min_idle: i64,
    start: StreamId,
    end: StreamId,
    count: usize,
    consumer: Option<&'a [u8]>,
}

impl<'a> Range<'a> {
    /// Reads the range; `None` when a summary is asked for.
    fn parse(args: Args<'a>) -> Result<Option<Range<'a>>, CommandError> {
        let (at, min_idle) = match args.len() {
            3 => return Ok(None),
            6..=9 if is(args[3], "IDLE") => {
                let min_idle = args.int(4)?;
                if args.len() < 8 {
                    return Err(errors::SYNTAX);
                }
                (5, min_idle)
            }
            6..=9 => (3, 0),
            _ => return Err(errors::SYNTAX),
        };
        let count = int(args[at + 2])?;
        Ok(Some(Range {
            min_idle,
            start: parse_start(args[at])?,
            end: parse_end(args[at + 1])?,
            count: amount(count).unwrap_or(0),
            consumer: args.get(at + 3),
        }))
    }
}

fn xpending(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let now_ms = ctx.now_ms();
    let range = Range::parse(args)?;
    let stream = ctx.db().read::<StreamValue>(args[1])?;
    let group = stream.and_then(|stream| stream.group(args[2]));
    let group = group.ok_or_else(|| errors::no_group(args[1], args[2], ""))?;
    let Some(range) = range else {
        return Ok(summary(group));
    };
    let consumer = range.consumer.map(|name| group.consumer(name));
    let ids: Box<dyn Iterator<Item = StreamId>> = match consumer {
        None => Box::new(group.pending_from(range.start).map(|(id, _)| id)),
        Some(Some(consumer)) => Box::new(consumer.pending_from(range.start)),
        Some(None) => return Ok(Reply::Array(Vec::new())),
    };
    let mut replies = Vec::new();
    for id in ids.take_while(|id| *id <= range.end) {
        if replies.len() == range.count {
            break;
        }
        let Some(pending) = group.pending(id) else {
            continue;
        };
        let idle = now_ms.wrapping_sub(pending.delivered_ms);
        if range.min_idle == 0 || idle >= range.min_idle {
            replies.push(Reply::Array(vec![
                id_reply(id),
                Reply::bulk(&pending.consumer),
                Reply::Integer(idle.max(0)),
                Reply::Integer(pending.deliveries),
            ]));
        }
    }
    Ok(Reply::Array(replies))
}

/// How many entries of a group are pending, between which IDs, and how many for each consumer.
fn summary(group: &Group) -> Reply {
    let mut pending = group.pending_from(StreamId::MIN).map(|(id, _)| id);
    let Some(first) = pending.next() else {
        let nothing = [
            Reply::Integer(0),
            Reply::Null,
            Reply::Null,
            Reply::NullArray,
        ];
        return Reply::Array(nothing.into());
    };
    let last = pending.next_back().unwrap_or(first);
    let busy = group
        .consumers()
        .filter(|(_, consumer)| consumer.pending() > 0);
    let count = |(name, consumer): (&[u8], &Consumer)| {
        Reply::Array(vec![
            Reply::bulk(name),
            Reply::bulk(consumer.pending().to_string()),
        ])
    };
    Reply::Array(vec![
        Reply::count(group.pending_len()),
        id_reply(first),
        id_reply(last),
        Reply::Array(busy.map(count).collect()),
    ])
}
