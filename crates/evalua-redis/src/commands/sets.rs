//! Sets: members added, removed, looked for, drawn at random and listed.
//!
//! What makes one set of several is in `set_algebra`.

use crate::args::{Args, at_least};
use crate::commands::{random, scan, set_algebra, store};
use crate::errors;
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, DELETE, INSERT, RO, RW};
use crate::table::flag::{DENYOOM, FAST, READONLY, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::SetValue;

/// What the rows of the commands on sets have in common.
pub const ROW: Command = Command {
    group: Group::Set,
    acl: acl::SET,
    ..Command::BASE
};

/// Every command on one set.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "sadd",
        arity: -3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | INSERT)],
        summary: "Adds one or more members to a set. Creates the key if it doesn't exist.",
        complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
        examples: examples![
            ("SADD s 3 1 2 3", "(integer) 3"),
            ("SADD s 2 x", "(integer) 1"),
            ("SCARD s", "(integer) 4"),
            ("SET k v", "OK"),
            (
                "SADD k x",
                "(error) WRONGTYPE Operation against a key holding the wrong kind of value",
            ),
            (
                "SADD s",
                "(error) ERR wrong number of arguments for 'sadd' command",
            ),
        ],
        run: sadd,
        ..ROW
    },
    Command {
        name: "scard",
        arity: 2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO)],
        summary: "Returns the number of members in a set.",
        examples: examples![
            ("SADD s a b", "(integer) 2"),
            ("SCARD s", "(integer) 2"),
            ("SCARD none", "(integer) 0"),
        ],
        run: |ctx, args| {
            let set = ctx.db().read::<SetValue>(args[1])?;
            Ok(Reply::count(set.map_or(0, SetValue::len)))
        },
        ..ROW
    },
    Command {
        name: "sismember",
        arity: 3,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO)],
        summary: "Determines whether a member belongs to a set.",
        examples: examples![
            ("SADD s a 1", "(integer) 2"),
            ("SISMEMBER s 1", "(integer) 1"),
            ("SISMEMBER s 01", "(integer) 0"),
            ("SISMEMBER none a", "(integer) 0"),
        ],
        run: |ctx, args| {
            let set = ctx.db().read::<SetValue>(args[1])?;
            Ok(Reply::flag(set.is_some_and(|set| set.contains(args[2]))))
        },
        ..ROW
    },
    Command {
        name: "smembers",
        arity: 2,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns all members of a set.",
        complexity: "O(N) where N is the set cardinality.",
        tips: &["nondeterministic_output_order"],
        examples: examples![
            ("SADD s 10 9 1", "(integer) 3"),
            ("SMEMBERS s", "1) \"1\"\n2) \"9\"\n3) \"10\""),
            ("SMEMBERS none", "(empty array)"),
        ],
        run: smembers,
        ..ROW
    },
    Command {
        name: "smismember",
        arity: -3,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "6.2.0",
        summary: "Determines whether multiple members belong to a set.",
        complexity: "O(N) where N is the number of elements being checked for membership",
        examples: examples![
            ("SADD s a b", "(integer) 2"),
            ("SMISMEMBER s a x", "1) (integer) 1\n2) (integer) 0"),
            ("SMISMEMBER none a", "1) (integer) 0"),
        ],
        run: smismember,
        ..ROW
    },
    Command {
        name: "smove",
        arity: 4,
        flags: WRITE | FAST,
        keys: &[
            KeySpec::one(1, RW | ACCESS | DELETE),
            KeySpec::one(2, RW | INSERT),
        ],
        summary: "Moves a member from one set to another.",
        examples: examples![
            ("SADD a one", "(integer) 1"),
            ("SMOVE a b one", "(integer) 1"),
            ("SMOVE a b one", "(integer) 0"),
            ("EXISTS a b", "(integer) 1"),
        ],
        run: smove,
        ..ROW
    },
    Command {
        name: "spop",
        arity: -2,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | DELETE)],
        summary: "Returns one or more random members from a set after removing them. Deletes the set if the last member was popped.",
        complexity: "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("SADD s 3 2 1", "(integer) 3"),
            ("SPOP s 10", "1) \"1\"\n2) \"2\"\n3) \"3\""),
            ("EXISTS s", "(integer) 0"),
            ("SPOP s", "(nil)"),
            ("SPOP s 1", "(empty array)"),
            (
                "SPOP s -1",
                "(error) ERR value is out of range, must be positive",
            ),
        ],
        run: spop,
        ..ROW
    },
    Command {
        name: "srandmember",
        arity: -2,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Get one or multiple random members from a set",
        complexity: "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("SADD s 1", "(integer) 1"),
            ("SRANDMEMBER s", "\"1\""),
            ("SRANDMEMBER s 2", "1) \"1\""),
            ("SRANDMEMBER s -2", "1) \"1\"\n2) \"1\""),
            ("SRANDMEMBER none", "(nil)"),
            ("SRANDMEMBER none 2", "(empty array)"),
        ],
        run: srandmember,
        ..ROW
    },
    Command {
        name: "srem",
        arity: -3,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | DELETE)],
        summary: "Removes one or more members from a set. Deletes the set if the last member was removed.",
        complexity: "O(N) where N is the number of members to be removed.",
        examples: examples![
            ("SADD s a b c", "(integer) 3"),
            ("SREM s a x", "(integer) 1"),
            ("SREM s b c", "(integer) 2"),
            ("EXISTS s", "(integer) 0"),
        ],
        run: srem,
        ..ROW
    },
    Command {
        name: "sscan",
        arity: -3,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.8.0",
        summary: "Iterates over members of a set.",
        complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("SADD s 11 12 2", "(integer) 3"),
            ("SSCAN s 0 MATCH 1*", "1) \"0\"\n2) 1) \"11\"\n   2) \"12\""),
            ("SSCAN s 0 COUNT 0", "(error) ERR syntax error"),
            ("SSCAN s x", "(error) ERR invalid cursor"),
        ],
        run: sscan,
        ..ROW
    },
];

fn sadd(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let limits = ctx.limits();
    let members = args.from(2);
    let set = ctx.db().write_or_insert::<SetValue>(args[1])?;
    if set.is_empty() {
        *set = SetValue::sized_for(args[2], members.len(), limits);
    } else {
        set.expect(members.len(), limits);
    }
    let added = members.iter().filter(|member| set.add(member, limits));
    let added = added.count();
    if added > 0 {
        ctx.notify_changes(Class::Set, "sadd", args[1], added);
    }
    Ok(Reply::count(added))
}

fn srem(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let Some(set) = ctx.db().write::<SetValue>(args[1])? else {
        return Ok(Reply::count(0));
    };
    let removed = args.from(2).iter().filter(|member| set.remove(member));
    let removed = removed.count();
    if removed > 0 {
        ctx.notify_changes(Class::Set, "srem", args[1], removed);
        store::remove_if_empty(ctx, args[1]);
    }
    Ok(Reply::count(removed))
}

fn smembers(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let answer = ctx.answer();
    let set = ctx.db().read::<SetValue>(args[1])?;
    let count = set.map_or(0, SetValue::len);
    Ok(answer.set(count, set.into_iter().flat_map(SetValue::iter)))
}

fn smismember(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let set = ctx.db().read::<SetValue>(args[1])?;
    let has = |member: &&[u8]| Reply::flag(set.is_some_and(|set| set.contains(member)));
    Ok(Reply::Array(args.from(2).iter().map(has).collect()))
}

fn smove(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (from, to, member) = (args[1], args[2], args[3]);
    let limits = ctx.limits();
    // Both are looked at first, whatever comes of it.
    let db = ctx.db();
    db.touch(from);
    db.touch(to);
    let Some(set) = db.read::<SetValue>(from)? else {
        return Ok(Reply::flag(false));
    };
    let is_there = set.contains(member);
    ctx.db().read::<SetValue>(to)?;
    if !is_there || from == to {
        return Ok(Reply::flag(is_there));
    }
    if let Some(set) = ctx.db().write::<SetValue>(from)? {
        set.remove(member);
    }
    ctx.notify(Class::Set, "srem", from);
    store::remove_if_empty(ctx, from);
    let set = ctx.db().write_or_insert::<SetValue>(to)?;
    if set.is_empty() {
        *set = SetValue::sized_for(member, 1, limits);
    }
    if set.add(member, limits) {
        ctx.notify(Class::Set, "sadd", to);
    }
    Ok(Reply::flag(true))
}

fn spop(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let key = args[1];
    let count = match args.len() {
        2 => None,
        3 => Some(at_least(args[2], 0, errors::NOT_POSITIVE)?),
        _ => return Err(errors::SYNTAX),
    };
    let limits = ctx.limits();
    let (db, rng) = ctx.db_and_rng();
    let Some(set) = db.write::<SetValue>(key)? else {
        return Ok(count.map_or(Reply::Null, |_| Reply::Set(Vec::new())));
    };
    let before = set.len();
    let reply = match count {
        None => Reply::bulk_or_null(set.pop(rng)),
        Some(0) => return Ok(Reply::Set(Vec::new())),
        Some(count) if count >= set.len() => {
            // The server lists them as the union of just this set.
            let all = set_algebra::union(&[Some(set)], limits);
            *set = SetValue::default();
            Reply::Set(all.iter().map(Reply::from).collect())
        }
        Some(count) => {
            let popped = set.pop_many(count, rng, limits);
            Reply::Set(popped.into_iter().map(Reply::Bulk).collect())
        }
    };
    let left = set.len();
    ctx.notify_changes(Class::Set, "spop", key, before - left);
    store::remove_if_empty(ctx, key);
    Ok(reply)
}

fn srandmember(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let count = match args.len() {
        2 => None,
        3 => Some(random::count(args, 2)?),
        _ => return Err(errors::SYNTAX),
    };
    let (db, rng) = ctx.db_and_rng();
    let set = db.read::<SetValue>(args[1])?;
    let len = set.map_or(0, SetValue::len);
    let member = |position| Some(Reply::from(set?.at(position)?));
    let Some(count) = count else {
        return Ok(member(rng.below(len)).unwrap_or(Reply::Null));
    };
    let positions = random::positions(rng, count, len)?;
    Ok(Reply::Array(
        positions.into_iter().filter_map(member).collect(),
    ))
}

fn sscan(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let cursor = scan::parse_cursor(args[2])?;
    let Some(set) = ctx.db().read::<SetValue>(args[1])? else {
        return Ok(scan::reply(0, Vec::new()));
    };
    let options = scan::Options::parse(args.words(3), |_, _| Err(errors::SYNTAX))?;
    let mut members = Vec::new();
    let next = options.walk(cursor, |cursor, sampled| {
        set.scan(cursor, |member| {
            *sampled += 1;
            let member = member.to_small();
            if options.matches(&member) {
                members.push(Reply::Bulk(member));
            }
        })
    });
    Ok(scan::reply(next, members))
}
