//! XINFO: streams, groups and consumers as they are inside.

use crate::args::{Args, amount, int, is};
use crate::commands::streams::{entry_reply, id_reply};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, RO};
use crate::table::flag::{LOADING, READONLY, STALE};
use crate::table::{Command, Group as Family, KeySpec, Outcome, acl};
use crate::values::StreamValue;
use crate::values::stream::{Consumer, Group, Log, Pending, StreamId};

const ROW: Command = Command {
    group: Family::Stream,
    acl: acl::STREAM,
    since: "5.0.0",
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[Command {
    name: "xinfo",
    arity: -2,
    acl: 0,
    since: "5.0.0",
    summary: "A container for stream introspection commands.",
    complexity: "Depends on subcommand.",
    examples: examples![(
        "XINFO",
        "(error) ERR wrong number of arguments for 'xinfo' command",
    )],
    subcommands: SUBCOMMANDS,
    ..ROW
}];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "xinfo|consumers",
        arity: 4,
        flags: READONLY,
        keys: &[KeySpec::one(2, RO | ACCESS)],
        since: "5.0.0",
        summary: "Returns a list of the consumers in a consumer group.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("XGROUP CREATE s g $ MKSTREAM", "OK"),
            ("XINFO CONSUMERS s g", "(empty array)"),
            (
                "XINFO CONSUMERS s none",
                "(error) NOGROUP No such consumer group 'none' for key name 's'",
            ),
            ("XINFO CONSUMERS none g", "(error) ERR no such key"),
        ],
        run: consumers,
        ..ROW
    },
    Command {
        name: "xinfo|groups",
        arity: 3,
        flags: READONLY,
        keys: &[KeySpec::one(2, RO | ACCESS)],
        since: "5.0.0",
        summary: "Returns a list of the consumer groups of a stream.",
        examples: examples![
            ("XADD s 1 x 1", "\"1-0\""),
            ("XGROUP CREATE s g 0", "OK"),
            (
                "XINFO GROUPS s",
                "1)  1) \"name\"\n    2) \"g\"\n    3) \"consumers\"\n    4) (integer) 0\n    5) \"pending\"\n    6) (integer) 0\n    7) \"last-delivered-id\"\n    8) \"0-0\"\n    9) \"entries-read\"\n   10) (nil)\n   11) \"lag\"\n   12) (integer) 1",
            ),
        ],
        run: groups,
        ..ROW
    },
    Command {
        name: "xinfo|help",
        arity: 2,
        flags: LOADING | STALE,
        since: "5.0.0",
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "XINFO HELP",
            "1) XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\n2) CONSUMERS <key> <groupname>\n3)     Show consumers of <groupname>.\n4) GROUPS <key>\n5)     Show the stream consumer groups.\n6) STREAM <key> [FULL [COUNT <count>]\n7)     Show information about the stream.\n8) HELP\n9)     Print this help.",
        )],
        run: help,
        ..ROW
    },
    Command {
        name: "xinfo|stream",
        arity: -3,
        flags: READONLY,
        keys: &[KeySpec::one(2, RO | ACCESS)],
        since: "5.0.0",
        summary: "Returns information about a stream.",
        examples: examples![
            ("XADD s 1 x 1", "\"1-0\""),
            (
                "XINFO STREAM s",
                " 1) \"length\"\n 2) (integer) 1\n 3) \"radix-tree-keys\"\n 4) (integer) 1\n 5) \"radix-tree-nodes\"\n 6) (integer) 2\n 7) \"last-generated-id\"\n 8) \"1-0\"\n 9) \"max-deleted-entry-id\"\n10) \"0-0\"\n11) \"entries-added\"\n12) (integer) 1\n13) \"recorded-first-entry-id\"\n14) \"1-0\"\n15) \"groups\"\n16) (integer) 0\n17) \"first-entry\"\n18) 1) \"1-0\"\n    2) 1) \"x\"\n       2) \"1\"\n19) \"last-entry\"\n20) 1) \"1-0\"\n    2) 1) \"x\"\n       2) \"1\"",
            ),
            (
                "XINFO STREAM s FULL",
                " 1) \"length\"\n 2) (integer) 1\n 3) \"radix-tree-keys\"\n 4) (integer) 1\n 5) \"radix-tree-nodes\"\n 6) (integer) 2\n 7) \"last-generated-id\"\n 8) \"1-0\"\n 9) \"max-deleted-entry-id\"\n10) \"0-0\"\n11) \"entries-added\"\n12) (integer) 1\n13) \"recorded-first-entry-id\"\n14) \"1-0\"\n15) \"entries\"\n16) 1) 1) \"1-0\"\n       2) 1) \"x\"\n          2) \"1\"\n17) \"groups\"\n18) (empty array)",
            ),
            (
                "XINFO STREAM s x",
                "(error) ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.",
            ),
        ],
        run: stream,
        ..ROW
    },
];

/// The stream of a subcommand, which must be there.
fn stream_of<'c>(ctx: &'c mut Ctx<'_>, args: Args<'_>) -> Result<&'c StreamValue, CommandError> {
    let stream = ctx.db().read::<StreamValue>(args[2])?;
    stream.ok_or(errors::NO_SUCH_KEY)
}

fn integer_or_null(n: Option<i64>) -> Reply {
    n.map_or(Reply::Null, Reply::Integer)
}

fn consumers(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let now_ms = ctx.now_ms();
    let tells_activity = ctx.core.profile.streams.notes_idle_consumers;
    let group = stream_of(ctx, args)?.group(args[3]);
    let group = group.ok_or_else(|| errors::no_such_group(args[2], args[3]))?;
    let consumer = |(name, consumer): (&[u8], &Consumer)| {
        let mut facts = vec![
            ("name", Reply::bulk(name)),
            ("pending", Reply::count(consumer.pending())),
            (
                "idle",
                Reply::Integer(now_ms.wrapping_sub(consumer.seen_ms).max(0)),
            ),
        ];
        if tells_activity {
            let inactive = consumer.active_ms;
            let inactive = inactive.map_or(-1, |at| now_ms.wrapping_sub(at));
            facts.extend([("inactive", Reply::Integer(inactive))]);
        }
        Reply::facts(facts)
    };
    Ok(Reply::Array(group.consumers().map(consumer).collect()))
}

fn groups(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let stream = stream_of(ctx, args)?;
    let group = |(name, group): (_, &Group)| {
        Reply::facts([
            ("name", Reply::bulk(name)),
            ("consumers", Reply::count(group.consumers().count())),
            ("pending", Reply::count(group.pending_len())),
            ("last-delivered-id", id_reply(group.last_id)),
            ("entries-read", integer_or_null(group.entries_read)),
            ("lag", integer_or_null(group.lag(stream.log()))),
        ])
    };
    Ok(Reply::Array(stream.groups().map(group).collect()))
}

/// The most entries that are shown of each kind; `None` when only a summary is asked for.
fn full_count(args: Args<'_>) -> Result<Option<usize>, CommandError> {
    const USUAL: usize = 10;
    let syntax = || errors::subcommand_syntax(args[0], args[1]);
    match args.from(3) {
        [] => Ok(None),
        [full] if is(full, "FULL") => Ok(Some(USUAL)),
        [full, word, count] if is(full, "FULL") && is(word, "COUNT") => {
            Ok(Some(match amount(int(count)?) {
                Some(0) => usize::MAX,
                Some(count) => count,
                None => USUAL,
            }))
        }
        _ => Err(syntax()),
    }
}

fn stream(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let tells_activity = ctx.core.profile.streams.notes_idle_consumers;
    let stream = stream_of(ctx, args)?;
    let count = full_count(args)?;
    let log = stream.log();
    let marks = log.marks();
    let mut facts = vec![
        ("length", Reply::count(log.len() as usize)),
        ("radix-tree-keys", Reply::count(log.nodes())),
        ("radix-tree-nodes", Reply::count(log.radix_nodes())),
        ("last-generated-id", id_reply(marks.last_id)),
        ("max-deleted-entry-id", id_reply(marks.max_deleted_id)),
        ("entries-added", Reply::Integer(marks.entries_added)),
        ("recorded-first-entry-id", id_reply(marks.first_id)),
    ];
    let mut entries = log.range(StreamId::MIN, StreamId::MAX);
    facts.extend(match count {
        None => {
            let last = log.range(StreamId::MIN, StreamId::MAX).next_back();
            let or_null = |entry: Option<_>| entry.map_or(Reply::Null, |entry| entry_reply(&entry));
            vec![
                ("groups", Reply::count(stream.groups().count())),
                ("first-entry", or_null(entries.next())),
                ("last-entry", or_null(last)),
            ]
            .into_iter()
            .collect::<Vec<_>>()
        }
        Some(count) => {
            let shown = entries.take(count).map(|entry| entry_reply(&entry));
            let groups = stream.groups();
            let groups = groups.map(|(name, group)| full(log, name, group, count, tells_activity));
            vec![
                ("entries", Reply::Array(shown.collect())),
                ("groups", Reply::Array(groups.collect())),
            ]
        }
    });
    Ok(Reply::facts(facts))
}

/// All there is to say of a group, with `count` of its pending entries.
fn full(log: &Log, name: &[u8], group: &Group, count: usize, tells_activity: bool) -> Reply {
    let pending = |(id, pending): (StreamId, &Pending)| {
        Reply::Array(vec![
            id_reply(id),
            Reply::bulk(&pending.consumer),
            Reply::Integer(pending.delivered_ms),
            Reply::Integer(pending.deliveries),
        ])
    };
    let consumer = |(name, consumer): (&[u8], &Consumer)| {
        let pending = consumer
            .pending_from(StreamId::MIN)
            .take(count)
            .filter_map(|id| {
                let pending = group.pending(id)?;
                Some(Reply::Array(vec![
                    id_reply(id),
                    Reply::Integer(pending.delivered_ms),
                    Reply::Integer(pending.deliveries),
                ]))
            });
        let mut facts = vec![
            ("name", Reply::bulk(name)),
            ("seen-time", Reply::Integer(consumer.seen_ms)),
        ];
        if tells_activity {
            let active = Reply::Integer(consumer.active_ms.unwrap_or(-1));
            facts.extend([("active-time", active)]);
        }
        facts.extend([
            ("pel-count", Reply::count(consumer.pending())),
            ("pending", Reply::Array(pending.collect())),
        ]);
        Reply::facts(facts)
    };
    let all = group.pending_from(StreamId::MIN).take(count).map(pending);
    Reply::facts([
        ("name", Reply::bulk(name)),
        ("last-delivered-id", id_reply(group.last_id)),
        ("entries-read", integer_or_null(group.entries_read)),
        ("lag", integer_or_null(group.lag(log))),
        ("pel-count", Reply::count(group.pending_len())),
        ("pending", Reply::Array(all.collect())),
        (
            "consumers",
            Reply::Array(group.consumers().map(consumer).collect()),
        ),
    ])
}

fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    Ok(ctx.help(&[
        "CONSUMERS <key> <groupname>",
        "    Show consumers of <groupname>.",
        "GROUPS <key>",
        "    Show the stream consumer groups.",
        "STREAM <key> [FULL [COUNT <count>]",
        "    Show information about the stream.",
    ]))
}
