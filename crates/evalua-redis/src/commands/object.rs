//! OBJECT: how a value is kept.

use crate::args::Args;
use crate::errors;
use crate::gate::Ctx;
use crate::keyspace::Database;
use crate::keyspace::database::Entry;
use crate::memory::First;
use crate::reply::Reply;
use crate::table::access::RO;
use crate::table::flag::{LOADING, READONLY, STALE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::values::Value;

const ROW: Command = Command {
    group: Group::Generic,
    acl: acl::KEYSPACE,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[Command {
    name: "object",
    arity: -2,
    acl: 0,
    since: "2.2.3",
    summary: "A container for object introspection commands.",
    complexity: "Depends on subcommand.",
    examples: examples![
        (
            "OBJECT nonsense",
            "(error) ERR unknown subcommand 'nonsense'. Try OBJECT HELP.",
        ),
        (
            "OBJECT",
            "(error) ERR wrong number of arguments for 'object' command",
        ),
    ],
    subcommands: SUBCOMMANDS,
    ..ROW
}];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "object|encoding",
        arity: 3,
        flags: READONLY,
        keys: &[KeySpec::one(2, RO)],
        since: "2.2.3",
        summary: "Returns the internal encoding of a Redis object.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("MSET a 12 b text", "OK"),
            ("OBJECT ENCODING a", "\"int\""),
            ("OBJECT ENCODING b", "\"embstr\""),
            ("APPEND b ure", "(integer) 7"),
            ("OBJECT ENCODING b", "\"raw\""),
            ("OBJECT ENCODING none", "(nil)"),
            (
                "OBJECT ENCODING",
                "(error) ERR wrong number of arguments for 'object|encoding' command",
            ),
        ],
        run: encoding,
        ..ROW
    },
    Command {
        name: "object|freq",
        arity: 3,
        flags: READONLY,
        keys: &[KeySpec::one(2, RO)],
        since: "4.0.0",
        summary: "Returns the logarithmic access frequency counter of a Redis object.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("OBJECT FREQ none", "(nil)"),
            ("SET k v", "OK"),
            (
                "OBJECT FREQ k",
                "(error) ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
            ),
        ],
        run: freq,
        ..ROW
    },
    Command {
        name: "object|help",
        arity: 2,
        flags: LOADING | STALE,
        since: "6.2.0",
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "OBJECT HELP",
            concat!(
                " 1) OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\n",
                " 2) ENCODING <key>\n",
                " 3)     Return the kind of internal representation used in order to store the value\n",
                " 4)     associated with a <key>.\n",
                " 5) FREQ <key>\n",
                " 6)     Return the access frequency index of the <key>. The returned integer is\n",
                " 7)     proportional to the logarithm of the recent access frequency of the key.\n",
                " 8) IDLETIME <key>\n",
                " 9)     Return the idle time of the <key>, that is the approximated number of\n",
                "10)     seconds elapsed since the last access to the key.\n",
                "11) REFCOUNT <key>\n",
                "12)     Return the number of references of the value associated with the specified\n",
                "13)     <key>.\n",
                "14) HELP\n",
                "15)     Print this help."
            ),
        )],
        run: help,
        ..ROW
    },
    Command {
        name: "object|idletime",
        arity: 3,
        flags: READONLY,
        keys: &[KeySpec::one(2, RO)],
        since: "2.2.3",
        summary: "Returns the time since the last access to a Redis object.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("SET k v", "OK"),
            ("OBJECT IDLETIME k", "(integer) 0"),
            ("OBJECT IDLETIME none", "(nil)"),
        ],
        run: idletime,
        ..ROW
    },
    Command {
        name: "object|refcount",
        arity: 3,
        flags: READONLY,
        keys: &[KeySpec::one(2, RO)],
        since: "2.2.3",
        summary: "Returns the reference count of a value of a key.",
        tips: &["nondeterministic_output"],
        examples: examples![("SET k text", "OK"), ("OBJECT REFCOUNT k", "(integer) 1")],
        run: refcount,
        ..ROW
    },
];

/// The server keeps one value for each small integer, which it counts so often.
const SHARED_REFCOUNT: i64 = i32::MAX as i64;
const SHARED_INTEGERS: i64 = 10_000;

/// What `reply` says of a key, or null; the key is not marked as accessed.
fn look_at(
    ctx: &mut Ctx<'_>,
    args: Args<'_>,
    reply: impl FnOnce(&Entry, &Database) -> Outcome,
) -> Outcome {
    let db = ctx.db();
    db.contains(args[2]);
    db.entry(args[2])
        .map_or(Ok(Reply::Null), |entry| reply(entry, db))
}

fn encoding(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    look_at(ctx, args, |entry, _| {
        Ok(Reply::bulk(entry.value().encoding()))
    })
}

fn refcount(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    // Where accesses are noted in values, each key needs a value of its own.
    let config = &ctx.core.config;
    let may_share =
        config.max_memory == 0 || !matches!(config.policy.first, Some(First::Idle | First::Rare));
    look_at(ctx, args, |entry, _| {
        let is_shared = match entry.value() {
            _ if !may_share => false,
            Value::String(value) if value.encoding() == "int" => value
                .as_int()
                .is_some_and(|n| (0..SHARED_INTEGERS).contains(&n)),
            _ => false,
        };
        Ok(Reply::Integer(if is_shared { SHARED_REFCOUNT } else { 1 }))
    })
}

fn idletime(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    look_at(ctx, args, |entry, db| {
        if db.counts_accesses() {
            return Err(errors::LFU);
        }
        Ok(Reply::Integer(db.idle_seconds(entry).into()))
    })
}

fn freq(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    look_at(ctx, args, |entry, db| {
        if !db.counts_accesses() {
            return Err(errors::NOT_LFU);
        }
        Ok(Reply::Integer(db.frequency(entry).into()))
    })
}

fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    Ok(ctx.help(&[
        "ENCODING <key>",
        "    Return the kind of internal representation used in order to store the value",
        "    associated with a <key>.",
        "FREQ <key>",
        "    Return the access frequency index of the <key>. The returned integer is",
        "    proportional to the logarithm of the recent access frequency of the key.",
        "IDLETIME <key>",
        "    Return the idle time of the <key>, that is the approximated number of",
        "    seconds elapsed since the last access to the key.",
        "REFCOUNT <key>",
        "    Return the number of references of the value associated with the specified",
        "    <key>.",
    ]))
}
