//! The server: its time, the size of its databases, emptying and swapping them.

use crate::args::{self, Args, is};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::flag::{FAST, LOADING, NOSCRIPT, READONLY, STALE, WRITE};
use crate::table::{Command, Group, Outcome, acl};

const ROW: Command = Command {
    group: Group::Server,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "dbsize",
        arity: 1,
        flags: READONLY | FAST,
        acl: acl::KEYSPACE,
        summary: "Returns the number of keys in the database.",
        tips: &["request_policy:all_shards", "response_policy:agg_sum"],
        examples: examples![("MSET a 1 b 2", "OK"), ("DBSIZE", "(integer) 2")],
        run: |ctx, _| Ok(Reply::count(ctx.db().len())),
        ..ROW
    },
    Command {
        name: "flushall",
        arity: -1,
        flags: WRITE,
        acl: acl::KEYSPACE | acl::DANGEROUS,
        summary: "Removes all keys from all databases.",
        complexity: "O(N) where N is the total number of keys in all databases",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        examples: examples![
            ("SET k v", "OK"),
            ("FLUSHALL ASYNC", "OK"),
            ("DBSIZE", "(integer) 0"),
        ],
        run: flushall,
        ..ROW
    },
    Command {
        name: "flushdb",
        arity: -1,
        flags: WRITE,
        acl: acl::KEYSPACE | acl::DANGEROUS,
        summary: "Remove all keys from the current database.",
        complexity: "O(N) where N is the number of keys in the selected database",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        examples: examples![
            ("SET k v", "OK"),
            ("FLUSHDB", "OK"),
            ("DBSIZE", "(integer) 0"),
            ("FLUSHDB ASYNC SYNC", "(error) ERR syntax error"),
        ],
        run: flushdb,
        ..ROW
    },
    Command {
        name: "lolwut",
        flags: READONLY | FAST,
        since: "5.0.0",
        summary: "Displays computer art and the Redis version",
        examples: examples![(
            "LOLWUT VERSION x",
            "(error) ERR value is not an integer or out of range",
        )],
        run: lolwut,
        ..ROW
    },
    Command {
        name: "role",
        arity: 1,
        flags: NOSCRIPT | LOADING | STALE | FAST,
        acl: acl::ADMIN | acl::DANGEROUS,
        since: "2.8.12",
        summary: "Returns the replication role.",
        examples: examples![("ROLE", "1) \"master\"\n2) (integer) 0\n3) (empty array)")],
        run: |_, _| {
            let no_replicas = Reply::Array(Vec::new());
            let (role, offset) = (Reply::bulk("master"), Reply::Integer(0));
            Ok(Reply::Array(vec![role, offset, no_replicas]))
        },
        ..ROW
    },
    Command {
        name: "swapdb",
        arity: 3,
        flags: WRITE | FAST,
        acl: acl::KEYSPACE | acl::DANGEROUS,
        since: "4.0.0",
        summary: "Swaps two Redis databases.",
        complexity: "O(N) where N is the count of clients watching or blocking on keys from both databases.",
        examples: examples![
            ("SET k v", "OK"),
            ("SWAPDB 0 1", "OK"),
            ("EXISTS k", "(integer) 0"),
            ("SELECT 1", "OK"),
            ("GET k", "\"v\""),
            ("SWAPDB 0 x", "(error) ERR invalid second DB index"),
        ],
        run: swapdb,
        ..ROW
    },
    Command {
        name: "time",
        arity: 1,
        flags: LOADING | STALE | FAST,
        acl: 0,
        since: "2.6.0",
        summary: "Returns the server time.",
        tips: &["nondeterministic_output"],
        examples: examples![(
            "TIME x",
            "(error) ERR wrong number of arguments for 'time' command",
        )],
        run: time,
        ..ROW
    },
];

fn time(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    let clock = &ctx.core.clock;
    let now_us = match ctx.core.profile.time_goes_on {
        true => clock.read_us(),
        false => clock.now_us(),
    };
    let parts = [now_us / 1_000_000, now_us % 1_000_000];
    Ok(Reply::bulks(parts.map(|part| part.to_string())))
}

/// Reads the one option of FLUSHDB and FLUSHALL, which says when the server frees memory.
fn check_flush_option(args: Args<'_>) -> Result<(), CommandError> {
    match args.from(1) {
        [] => Ok(()),
        [word] if is(word, "SYNC") || is(word, "ASYNC") => Ok(()),
        _ => Err(errors::SYNTAX),
    }
}

fn flushdb(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    check_flush_option(args)?;
    ctx.core.flush(ctx.session.db);
    ctx.core.tell_trackers_of_flush();
    Ok(Reply::OK)
}

fn flushall(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    check_flush_option(args)?;
    ctx.core.flush_all();
    Ok(Reply::OK)
}

/// Versions from 7 on have no art of their own.
fn lolwut(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    if let [option, version, ..] = args.from(1)
        && is(option, "VERSION")
    {
        args::int(version)?;
    }
    let text = format!("Redis ver. {}\n", ctx.core.profile().version);
    Ok(Reply::Verbatim(*b"txt", text.into_bytes().into()))
}

fn swapdb(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let index = |text, error| match args::int(text) {
        Ok(index) if i32::try_from(index).is_ok() => Ok(usize::try_from(index).ok()),
        _ => Err(error),
    };
    let first = index(args[1], errors::INVALID_FIRST_DB)?;
    let second = index(args[2], errors::INVALID_SECOND_DB)?;
    let swapped = first.zip(second).is_some_and(|(a, b)| ctx.core.swap(a, b));
    if swapped {
        Ok(Reply::OK)
    } else {
        Err(errors::DB_INDEX_OUT_OF_RANGE)
    }
}
