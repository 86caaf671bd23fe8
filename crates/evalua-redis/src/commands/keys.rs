//! Keys of any type: their existence, type and names, copying and moving them.

use crate::args::{Args, is};
use crate::bytes::SmallBytes;
use crate::commands::scan;
use crate::errors;
use crate::gate::Ctx;
use crate::glob;
use crate::reply::Reply;
use crate::table::access::{ACCESS, DELETE, INSERT, OW, RM, RO, RW, UPDATE};
use crate::table::flag::{DENYOOM, FAST, READONLY, TOUCHES_ARBITRARY_KEYS, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::trace::Class;

const ROW: Command = Command {
    group: Group::Generic,
    acl: acl::KEYSPACE,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "copy",
        arity: -3,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(1, RO | ACCESS), KeySpec::one(2, OW | UPDATE)],
        since: "6.2.0",
        summary: "Copies the value of a key to a new key.",
        complexity: "O(N) worst case for collections, where N is the number of nested items. O(1) for string values.",
        examples: examples![
            ("SET a sheep", "OK"),
            ("COPY a b", "(integer) 1"),
            ("GET b", "\"sheep\""),
            ("COPY a b", "(integer) 0"),
            ("COPY a b DB 1 REPLACE", "(integer) 1"),
            (
                "COPY a a",
                "(error) ERR source and destination objects are the same",
            ),
        ],
        run: copy,
        ..ROW
    },
    Command {
        name: "del",
        arity: -2,
        flags: WRITE,
        keys: &[KeySpec::range(1, -1, 1, RM | DELETE)],
        summary: "Deletes one or more keys.",
        complexity: "O(N) where N is the number of keys that will be removed. When a key to remove holds a value other than a string, the individual complexity for this key is O(M) where M is the number of elements in the list, set, sorted set or hash. Removing a single key that holds a string value is O(1).",
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        examples: examples![
            ("MSET a 1 b 2", "OK"),
            ("DEL a b none", "(integer) 2"),
            (
                "DEL",
                "(error) ERR wrong number of arguments for 'del' command",
            ),
        ],
        run: del,
        ..ROW
    },
    Command {
        name: "exists",
        arity: -2,
        flags: READONLY | FAST,
        keys: &[KeySpec::range(1, -1, 1, RO)],
        summary: "Determines whether one or more keys exist.",
        complexity: "O(N) where N is the number of keys to check.",
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        examples: examples![("MSET a 1 b 2", "OK"), ("EXISTS a none b a", "(integer) 3")],
        run: exists,
        ..ROW
    },
    Command {
        name: "keys",
        arity: 2,
        flags: READONLY,
        acl: acl::KEYSPACE | acl::DANGEROUS,
        summary: "Returns all key names that match a pattern.",
        complexity: "O(N) with N being the number of keys in the database, under the assumption that the key names in the database and the given pattern have limited length.",
        tips: &["request_policy:all_shards", "nondeterministic_output_order"],
        examples: examples![
            ("MSET firstname Jack lastname Stuntman age 35", "OK"),
            ("KEYS a??", "1) \"age\""),
            ("KEYS *x*", "(empty array)"),
            ("SELECT 1", "OK"),
            ("SET \"\" nameless", "OK"),
            ("KEYS *", "1) \"\""),
            ("KEYS **", "(empty array)"),
        ],
        run: keys,
        ..ROW
    },
    Command {
        name: "move",
        arity: 3,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE)],
        summary: "Moves a key to another database.",
        examples: examples![
            ("SET k v", "OK"),
            ("MOVE k 1", "(integer) 1"),
            ("EXISTS k", "(integer) 0"),
            ("MOVE k 99", "(error) ERR DB index is out of range"),
        ],
        run: move_key,
        ..ROW
    },
    Command {
        name: "randomkey",
        arity: 1,
        flags: READONLY | TOUCHES_ARBITRARY_KEYS,
        summary: "Returns a random key name from the database.",
        tips: &[
            "request_policy:all_shards",
            "response_policy:special",
            "nondeterministic_output",
        ],
        examples: examples![
            ("RANDOMKEY", "(nil)"),
            ("SET k v", "OK"),
            ("RANDOMKEY", "\"k\""),
        ],
        run: randomkey,
        ..ROW
    },
    Command {
        name: "rename",
        arity: 3,
        flags: WRITE,
        keys: &[
            KeySpec::one(1, RW | ACCESS | DELETE),
            KeySpec::one(2, OW | UPDATE),
        ],
        summary: "Renames a key and overwrites the destination.",
        examples: examples![
            ("SET a 1", "OK"),
            ("RENAME a b", "OK"),
            ("GET b", "\"1\""),
            ("RENAME a b", "(error) ERR no such key"),
        ],
        run: |ctx, args| rename(ctx, args, false),
        ..ROW
    },
    Command {
        name: "renamenx",
        arity: 3,
        flags: WRITE | FAST,
        keys: &[
            KeySpec::one(1, RW | ACCESS | DELETE),
            KeySpec::one(2, OW | INSERT),
        ],
        summary: "Renames a key only when the target key name doesn't exist.",
        examples: examples![
            ("MSET a 1 b 2", "OK"),
            ("RENAMENX a b", "(integer) 0"),
            ("RENAMENX a c", "(integer) 1"),
        ],
        run: |ctx, args| rename(ctx, args, true),
        ..ROW
    },
    Command {
        name: "scan",
        arity: -2,
        flags: READONLY | TOUCHES_ARBITRARY_KEYS,
        since: "2.8.0",
        summary: "Iterates over the key names in the database.",
        complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
        tips: &[
            "nondeterministic_output",
            "request_policy:special",
            "response_policy:special",
        ],
        examples: examples![
            ("SET k v", "OK"),
            ("SCAN 0", "1) \"0\"\n2) 1) \"k\""),
            (
                "SCAN 0 MATCH x* COUNT 100 TYPE string",
                "1) \"0\"\n2) (empty array)",
            ),
            ("SCAN x", "(error) ERR invalid cursor"),
            ("SCAN 0 COUNT 0", "(error) ERR syntax error"),
        ],
        run: scan,
        ..ROW
    },
    Command {
        name: "touch",
        arity: -2,
        flags: READONLY | FAST,
        keys: &[KeySpec::range(1, -1, 1, RO)],
        since: "3.2.1",
        summary: "Returns the number of existing keys out of those specified after updating the time they were last accessed.",
        complexity: "O(N) where N is the number of keys that will be touched.",
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        examples: examples![("MSET a 1 b 2", "OK"), ("TOUCH a b none", "(integer) 2")],
        run: touch,
        ..ROW
    },
    Command {
        name: "type",
        arity: 2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO)],
        summary: "Determines the type of value stored at a key.",
        examples: examples![
            ("SET k v", "OK"),
            ("TYPE k", "string"),
            ("TYPE none", "none"),
        ],
        run: type_of,
        ..ROW
    },
    Command {
        name: "unlink",
        arity: -2,
        flags: WRITE | FAST,
        keys: &[KeySpec::range(1, -1, 1, RM | DELETE)],
        since: "4.0.0",
        summary: "Asynchronously deletes one or more keys.",
        complexity: "O(1) for each key removed regardless of its size. Then the command does O(N) work in a different thread in order to reclaim memory, where N is the number of allocations the deleted objects where composed of.",
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        examples: examples![("MSET a 1 b 2", "OK"), ("UNLINK a b none", "(integer) 2")],
        run: del,
        ..ROW
    },
];

/// DEL and UNLINK, which differ only in when the server frees memory.
fn del(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let mut removed = 0;
    for key in args.from(1) {
        if ctx.db().remove(key).is_some() {
            ctx.notify(Class::Generic, "del", key);
            removed += 1;
        }
    }
    Ok(Reply::count(removed))
}

fn exists(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let db = ctx.db();
    let found = args.from(1).iter().filter(|key| db.contains(key));
    Ok(Reply::count(found.count()))
}

fn touch(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let db = ctx.db();
    let found = args.from(1).iter().filter(|key| db.touch(key));
    Ok(Reply::count(found.count()))
}

fn type_of(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let db = ctx.db();
    db.contains(args[1]);
    let name = db
        .entry(args[1])
        .map_or("none", |entry| entry.value().type_name());
    Ok(Reply::status(name))
}

fn keys(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let pattern = args[1];
    let names = ctx.db().iter().map(|(key, _)| key);
    // The star alone names even the empty key, which it does not match.
    let names = names.filter(|key| pattern == b"*" || glob::matches(pattern, key));
    Ok(Reply::Array(names.cloned().map(Reply::Bulk).collect()))
}

fn scan(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let cursor = scan::parse_cursor(args[1])?;
    let mut kind = None;
    let options = scan::Options::parse(args.words(2), |word, words| {
        if !is(word, "TYPE") {
            return Err(errors::SYNTAX);
        }
        kind = Some(words.value()?);
        Ok(())
    })?;
    let db = ctx.db();
    let mut names: Vec<SmallBytes> = Vec::new();
    let next = options.walk(cursor, |cursor, sampled| {
        db.scan(cursor, |key, _| {
            *sampled += 1;
            if options.matches(key) {
                names.push(key.clone());
            }
        })
    });
    names.retain(|key| {
        let is_kind = |name: &str| kind.is_none_or(|kind| is(kind, name));
        db.contains(key)
            && db
                .entry(key)
                .is_some_and(|entry| is_kind(entry.value().type_name()))
    });
    let names = names.into_iter().map(Reply::Bulk).collect();
    Ok(scan::reply(next, names))
}

fn randomkey(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    let db_index = ctx.session.db;
    loop {
        let len = ctx.db().len();
        let position = ctx.core.rng.below(len);
        let db = ctx.core.db(db_index);
        let Some((key, _)) = db.at(position) else {
            return Ok(Reply::Null);
        };
        let key = key.clone();
        if db.contains(&key) {
            return Ok(Reply::Bulk(key));
        }
    }
}

/// RENAME, and RENAMENX which spares an existing key.
fn rename(ctx: &mut Ctx<'_>, args: Args<'_>, if_absent: bool) -> Outcome {
    let (from, to) = (args[1], args[2]);
    if !ctx.db().touch(from) {
        return Err(errors::NO_SUCH_KEY);
    }
    let spared = if_absent && (from == to || ctx.db().touch(to));
    if !spared && from != to {
        // What was there goes, so that the key counts as new.
        ctx.db().remove(to);
        if let Some((value, expire_at)) = ctx.db().take(from) {
            ctx.db().put(to, value, expire_at);
        }
        ctx.notify_too(Class::Generic, "rename_from", from);
        ctx.notify(Class::Generic, "rename_to", to);
    }
    Ok(if if_absent {
        Reply::flag(!spared)
    } else {
        Reply::OK
    })
}

fn move_key(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (key, from) = (args[1], ctx.session.db);
    let to = ctx.db_index(args[2])?;
    if from == to {
        return Err(errors::SAME_OBJECT);
    }
    if !ctx.db().touch(key) || ctx.core.touch(to, key) {
        return Ok(Reply::flag(false));
    }
    if let Some((value, expire_at)) = ctx.db().take(key) {
        ctx.core.db(to).put(key, value, expire_at);
    }
    ctx.core.dirty += 1;
    ctx.core.report_met(to);
    ctx.core.notify(Class::Generic, "move_from", key, from);
    ctx.core.notify(Class::Generic, "move_to", key, to);
    Ok(Reply::flag(true))
}

fn copy(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (from, to) = (args[1], args[2]);
    let mut to_db = ctx.session.db;
    let mut replace = false;
    let mut words = args.words(3);
    while let Some(word) = words.next() {
        if is(word, "REPLACE") {
            replace = true;
        } else if is(word, "DB") {
            to_db = ctx.db_index(words.value()?)?;
        } else {
            return Err(errors::SYNTAX);
        }
    }
    if to_db == ctx.session.db && from == to {
        return Err(errors::SAME_OBJECT);
    }
    let exists = ctx.db().touch(from);
    let db = ctx.db();
    let Some(entry) = db.entry(from).filter(|_| exists) else {
        return Ok(Reply::flag(false));
    };
    let (value, expire_at) = (entry.value().clone(), db.expiry_of(entry));
    if ctx.core.touch(to_db, to) && !replace {
        return Ok(Reply::flag(false));
    }
    ctx.core.db(to_db).remove(to);
    ctx.core.db(to_db).put(to, value, expire_at);
    ctx.core.dirty += 1;
    ctx.core.notify(Class::Generic, "copy_to", to, to_db);
    Ok(Reply::flag(true))
}
