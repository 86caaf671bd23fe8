//! Intersections, unions and differences of sets.

use crate::args::{Args, at_least, is};
use crate::commands::sets::ROW;
use crate::commands::store;
use crate::config::Limits;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::keyspace::Database;
use crate::reply::Reply;
use crate::table::access::{ACCESS, OW, RO, RW, UPDATE};
use crate::table::flag::{DENYOOM, READONLY, WRITE};
use crate::table::{Command, KeySpec, Outcome};
use crate::trace::Class;
use crate::values::SetValue;

/// Every command on several sets.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "sdiff",
        arity: -2,
        flags: READONLY,
        keys: &[KeySpec::range(1, -1, 1, RO | ACCESS)],
        summary: "Returns the difference of multiple sets.",
        complexity: "O(N) where N is the total number of elements in all given sets.",
        tips: &["nondeterministic_output_order"],
        examples: examples![
            ("SADD a 1 2 3 4", "(integer) 4"),
            ("SADD b 2 x", "(integer) 2"),
            ("SDIFF a b none", "1) \"1\"\n2) \"3\"\n3) \"4\""),
            ("SDIFF a b a", "(empty array)"),
        ],
        run: |ctx, args| list(ctx, args, difference),
        ..ROW
    },
    Command {
        name: "sdiffstore",
        arity: -3,
        flags: WRITE | DENYOOM,
        keys: &[
            KeySpec::one(1, OW | UPDATE),
            KeySpec::range(2, -1, 1, RO | ACCESS),
        ],
        summary: "Stores the difference of multiple sets in a key.",
        complexity: "O(N) where N is the total number of elements in all given sets.",
        examples: examples![
            ("SADD a 1 2 3", "(integer) 3"),
            ("SADD b 2", "(integer) 1"),
            ("SDIFFSTORE to a b", "(integer) 2"),
            ("SMEMBERS to", "1) \"1\"\n2) \"3\""),
            ("SDIFFSTORE to b a", "(integer) 0"),
            ("EXISTS to", "(integer) 0"),
        ],
        run: |ctx, args| store(ctx, args, difference, "sdiffstore"),
        ..ROW
    },
    Command {
        name: "sinter",
        arity: -2,
        flags: READONLY,
        keys: &[KeySpec::range(1, -1, 1, RO | ACCESS)],
        summary: "Returns the intersect of multiple sets.",
        complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
        tips: &["nondeterministic_output_order"],
        examples: examples![
            ("SADD a 1 2 3 4", "(integer) 4"),
            ("SADD b 4 x 2", "(integer) 3"),
            ("SADD c 1 2 4", "(integer) 3"),
            ("SINTER a c", "1) \"1\"\n2) \"2\"\n3) \"4\""),
            ("SINTER a b none", "(empty array)"),
            ("SET k v", "OK"),
            (
                "SINTER none k",
                "(error) WRONGTYPE Operation against a key holding the wrong kind of value",
            ),
        ],
        run: sinter,
        ..ROW
    },
    Command {
        name: "sintercard",
        arity: -3,
        flags: READONLY,
        keys: &[KeySpec::counted(1, RO | ACCESS)],
        since: "7.0.0",
        summary: "Returns the number of members of the intersect of multiple sets.",
        complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
        examples: examples![
            ("SADD a 1 2 3 4", "(integer) 4"),
            ("SADD b 4 x 2 1", "(integer) 4"),
            ("SINTERCARD 2 a b", "(integer) 3"),
            ("SINTERCARD 2 a b LIMIT 2", "(integer) 2"),
            (
                "SINTERCARD 0 a",
                "(error) ERR numkeys should be greater than 0",
            ),
            (
                "SINTERCARD 3 a b",
                "(error) ERR Number of keys can't be greater than number of args",
            ),
            (
                "SINTERCARD 1 a LIMIT -1",
                "(error) ERR LIMIT can't be negative",
            ),
        ],
        run: sintercard,
        ..ROW
    },
    Command {
        name: "sinterstore",
        arity: -3,
        flags: WRITE | DENYOOM,
        keys: &[
            KeySpec::one(1, RW | UPDATE),
            KeySpec::range(2, -1, 1, RO | ACCESS),
        ],
        summary: "Stores the intersect of multiple sets in a key.",
        complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
        examples: examples![
            ("SADD a 1 2 3", "(integer) 3"),
            ("SADD b 3 2", "(integer) 2"),
            ("SINTERSTORE to a b", "(integer) 2"),
            ("SMEMBERS to", "1) \"2\"\n2) \"3\""),
        ],
        run: |ctx, args| store(ctx, args, intersection, "sinterstore"),
        ..ROW
    },
    Command {
        name: "sunion",
        arity: -2,
        flags: READONLY,
        keys: &[KeySpec::range(1, -1, 1, RO | ACCESS)],
        summary: "Returns the union of multiple sets.",
        complexity: "O(N) where N is the total number of elements in all given sets.",
        tips: &["nondeterministic_output_order"],
        examples: examples![
            ("SADD a 3 1", "(integer) 2"),
            ("SADD b 2 1", "(integer) 2"),
            ("SUNION a none b", "1) \"1\"\n2) \"2\"\n3) \"3\""),
        ],
        run: |ctx, args| list(ctx, args, union),
        ..ROW
    },
    Command {
        name: "sunionstore",
        arity: -3,
        flags: WRITE | DENYOOM,
        keys: &[
            KeySpec::one(1, OW | UPDATE),
            KeySpec::range(2, -1, 1, RO | ACCESS),
        ],
        summary: "Stores the union of multiple sets in a key.",
        complexity: "O(N) where N is the total number of elements in all given sets.",
        examples: examples![
            ("SADD a 1 2", "(integer) 2"),
            ("SADD b 3", "(integer) 1"),
            ("SET to anything", "OK"),
            ("SUNIONSTORE to a b", "(integer) 3"),
            ("SMEMBERS to", "1) \"1\"\n2) \"2\"\n3) \"3\""),
        ],
        run: |ctx, args| store(ctx, args, union, "sunionstore"),
        ..ROW
    },
];

/// A set, or `None` for a key that does not exist.
type Source<'a> = Option<&'a SetValue>;

/// The sets of some keys.
fn sources<'a>(db: &'a mut Database, keys: &[&[u8]]) -> Result<Vec<Source<'a>>, CommandError> {
    for key in keys {
        db.read::<SetValue>(key)?;
    }
    keys.iter().map(|key| db.peek::<SetValue>(key)).collect()
}

/// What makes one set of several.
type Operation = fn(&[Source<'_>], Limits) -> SetValue;

/// Answers with the set that an operation makes.
fn list(ctx: &mut Ctx<'_>, args: Args<'_>, operation: Operation) -> Outcome {
    let limits = ctx.limits();
    let set = operation(&sources(ctx.db(), args.from(1))?, limits);
    let members = set.iter().map(|member| Reply::Bulk(member.to_small()));
    Ok(Reply::Set(members.collect()))
}

/// Stores the set that an operation makes.
fn store(ctx: &mut Ctx<'_>, args: Args<'_>, operation: Operation, event: &'static str) -> Outcome {
    let limits = ctx.limits();
    let set = operation(&sources(ctx.db(), args.from(2))?, limits);
    let len = set.len();
    store::result(ctx, args[1], set, len, (Class::Set, event, 1))
}

/// Shows the members that all of the sets have, in the order of the smallest, until `show` answers
/// false.
fn each_common(sets: &[Source<'_>], mut show: impl FnMut(&[u8]) -> bool) {
    let Some(mut sets) = sets.iter().copied().collect::<Option<Vec<_>>>() else {
        return;
    };
    sets.sort_by_key(|set| set.len());
    let Some((smallest, others)) = sets.split_first() else {
        return;
    };
    let mut buffer = itoa::Buffer::new();
    for member in smallest.iter() {
        let member = member.bytes_in(&mut buffer);
        if others.iter().all(|set| set.contains(member)) && !show(member) {
            return;
        }
    }
}

fn sinter(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let mut common = Vec::new();
    each_common(&sources(ctx.db(), args.from(1))?, |member| {
        common.push(Reply::bulk(member));
        true
    });
    Ok(Reply::Set(common))
}

/// The intersection as a set to be stored, which has forgotten the order when all are integers.
fn intersection(sets: &[Source<'_>], limits: Limits) -> SetValue {
    let mut common = SetValue::in_order(limits);
    each_common(sets, |member| {
        common.add(member, limits);
        true
    });
    common.make_ints(limits);
    common
}

/// All members of the sets.
pub fn union(sets: &[Source<'_>], limits: Limits) -> SetValue {
    let mut all = SetValue::default();
    let mut buffer = itoa::Buffer::new();
    for member in sets.iter().flatten().flat_map(|set| set.iter()) {
        all.add(member.bytes_in(&mut buffer), limits);
    }
    all
}

fn difference(sets: &[Source<'_>], limits: Limits) -> SetValue {
    let mut rest = SetValue::default();
    let Some((Some(first), others)) = sets.split_first() else {
        return rest;
    };
    let others: Vec<&SetValue> = others.iter().copied().flatten().collect();
    if others.iter().any(|other| std::ptr::eq(*first, *other)) {
        return rest;
    }
    let mut buffer = itoa::Buffer::new();
    // The server looks up each member in all sets, or removes those of the others from a copy of the
    // first, whichever is less work. The form of the result depends on that.
    let lookups = first.len() * (1 + others.len()) / 2;
    let removals = first.len() + others.iter().map(|set| set.len()).sum::<usize>();
    if lookups <= removals {
        for member in first.iter() {
            let member = member.bytes_in(&mut buffer);
            if !others.iter().any(|set| set.contains(member)) {
                rest.add(member, limits);
            }
        }
    } else {
        rest = union(&[Some(first)], limits);
        for member in others.into_iter().flat_map(SetValue::iter) {
            rest.remove(member.bytes_in(&mut buffer));
        }
    }
    rest
}

fn sintercard(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let count = at_least(args[1], 1, errors::NUMKEYS_NOT_POSITIVE)?;
    let (keys, mut words) = args.keys(2, count).ok_or(errors::TOO_MANY_KEYS)?;
    let mut limit = 0;
    while let Some(word) = words.next() {
        if !is(word, "LIMIT") {
            return Err(errors::SYNTAX);
        }
        limit = at_least(words.value()?, 0, errors::LIMIT_IS_NEGATIVE)?;
    }
    let mut count = 0;
    each_common(&sources(ctx.db(), keys)?, |_| {
        count += 1;
        count != limit
    });
    Ok(Reply::count(count))
}
