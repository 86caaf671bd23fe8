//! Hashes: fields with values under one key.

use crate::args::Args;
use crate::bytes::SmallBytes;
use crate::commands::{random, scan, store};
use crate::errors::{self, CommandError};
use crate::extended::Extended;
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, DELETE, INSERT, RO, RW, UPDATE};
use crate::table::flag::{DENYOOM, FAST, READONLY, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::HashValue;
use crate::values::listpack::Element;

const ROW: Command = Command {
    group: Group::Hash,
    acl: acl::HASH,
    since: "2.0.0",
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "hdel",
        arity: -3,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | DELETE)],
        summary: "Deletes one or more fields and their values from a hash. Deletes the hash if no fields remain.",
        complexity: "O(N) where N is the number of fields to be removed.",
        examples: examples![
            ("HSET k a 1 b 2 c 3", "(integer) 3"),
            ("HDEL k a c none a", "(integer) 2"),
            ("HGETALL k", "1) \"b\"\n2) \"2\""),
            ("HDEL k b", "(integer) 1"),
            ("HLEN k", "(integer) 0"),
            ("HDEL none a", "(integer) 0"),
        ],
        run: hdel,
        ..ROW
    },
    Command {
        name: "hexists",
        arity: 3,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO)],
        summary: "Determines whether a field exists in a hash.",
        examples: examples![
            ("HSET k a 1", "(integer) 1"),
            ("HEXISTS k a", "(integer) 1"),
            ("HEXISTS k b", "(integer) 0"),
            ("HEXISTS none a", "(integer) 0"),
        ],
        run: |ctx, args| {
            let hash = ctx.db().read::<HashValue>(args[1])?;
            Ok(Reply::flag(hash.is_some_and(|hash| hash.contains(args[2]))))
        },
        ..ROW
    },
    Command {
        name: "hget",
        arity: 3,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns the value of a field in a hash.",
        examples: examples![
            ("HSET k a foo", "(integer) 1"),
            ("HGET k a", "\"foo\""),
            ("HGET k b", "(nil)"),
            ("HGET none a", "(nil)"),
            ("SET s x", "OK"),
            (
                "HGET s a",
                "(error) WRONGTYPE Operation against a key holding the wrong kind of value",
            ),
        ],
        run: |ctx, args| {
            let answer = ctx.answer();
            let hash = ctx.db().read::<HashValue>(args[1])?;
            Ok(answer.one(value_of(hash, args[2])))
        },
        ..ROW
    },
    Command {
        name: "hgetall",
        arity: 2,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns all fields and values in a hash.",
        complexity: "O(N) where N is the size of the hash.",
        tips: &["nondeterministic_output_order"],
        examples: examples![
            ("HSET k b 2 a 1", "(integer) 2"),
            ("HSET k b 20 c 3", "(integer) 1"),
            (
                "HGETALL k",
                "1) \"b\"\n2) \"20\"\n3) \"a\"\n4) \"1\"\n5) \"c\"\n6) \"3\"",
            ),
            ("HGETALL none", "(empty array)"),
        ],
        run: |ctx, args| {
            let answer = ctx.answer();
            let hash = ctx.db().read::<HashValue>(args[1])?;
            let count = hash.map_or(0, HashValue::len);
            Ok(answer.map(count, hash.into_iter().flat_map(HashValue::iter)))
        },
        ..ROW
    },
    Command {
        name: "hincrby",
        arity: 4,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE)],
        summary: "Increments the integer value of a field in a hash by a number. Uses 0 as initial value if the field doesn't exist.",
        examples: examples![
            ("HINCRBY k n 5", "(integer) 5"),
            ("HINCRBY k n -7", "(integer) -2"),
            (
                "HINCRBY k n 1.5",
                "(error) ERR value is not an integer or out of range",
            ),
            (
                "HINCRBY k n -9223372036854775808",
                "(error) ERR increment or decrement would overflow",
            ),
            ("HSET k s text", "(integer) 1"),
            ("HINCRBY k s 1", "(error) ERR hash value is not an integer"),
        ],
        run: hincrby,
        ..ROW
    },
    Command {
        name: "hincrbyfloat",
        arity: 4,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE)],
        since: "2.6.0",
        summary: "Increments the floating point value of a field by a number. Uses 0 as initial value if the field doesn't exist.",
        examples: examples![
            ("HSET k n 10.50", "(integer) 1"),
            ("HINCRBYFLOAT k n 0.1", "\"10.6\""),
            ("HINCRBYFLOAT k n -5.0e3", "\"-4989.39999999999999991\""),
            (
                "HINCRBYFLOAT k n x",
                "(error) ERR value is not a valid float",
            ),
            (
                "HINCRBYFLOAT k n inf",
                "(error) ERR value is NaN or Infinity",
            ),
            ("HSET k s text", "(integer) 1"),
            (
                "HINCRBYFLOAT k s 1",
                "(error) ERR hash value is not a float",
            ),
        ],
        run: hincrbyfloat,
        ..ROW
    },
    Command {
        name: "hkeys",
        arity: 2,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns all fields in a hash.",
        complexity: "O(N) where N is the size of the hash.",
        tips: &["nondeterministic_output_order"],
        examples: examples![
            ("HSET k b 2 a 1", "(integer) 2"),
            ("HKEYS k", "1) \"b\"\n2) \"a\""),
            ("HKEYS none", "(empty array)"),
        ],
        run: |ctx, args| {
            let answer = ctx.answer();
            let hash = ctx.db().read::<HashValue>(args[1])?;
            let count = hash.map_or(0, HashValue::len);
            let pairs = hash.into_iter().flat_map(HashValue::iter);
            Ok(answer.array(count, pairs.map(|(field, _)| field)))
        },
        ..ROW
    },
    Command {
        name: "hlen",
        arity: 2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO)],
        summary: "Returns the number of fields in a hash.",
        examples: examples![
            ("HSET k a 1 b 2", "(integer) 2"),
            ("HLEN k", "(integer) 2"),
            ("HLEN none", "(integer) 0"),
        ],
        run: |ctx, args| {
            let hash = ctx.db().read::<HashValue>(args[1])?;
            Ok(Reply::count(hash.map_or(0, HashValue::len)))
        },
        ..ROW
    },
    Command {
        name: "hmget",
        arity: -3,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns the values of all fields in a hash.",
        complexity: "O(N) where N is the number of fields being requested.",
        examples: examples![
            ("HSET k a 1 b 2", "(integer) 2"),
            ("HMGET k b none a", "1) \"2\"\n2) (nil)\n3) \"1\""),
            ("HMGET none a b", "1) (nil)\n2) (nil)"),
        ],
        run: |ctx, args| {
            let answer = ctx.answer();
            let hash = ctx.db().read::<HashValue>(args[1])?;
            let fields = args.from(2).iter();
            Ok(answer.array(fields.len(), fields.map(|field| value_of(hash, field))))
        },
        ..ROW
    },
    Command {
        name: "hmset",
        arity: -4,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        summary: "Sets the values of multiple fields.",
        complexity: "O(N) where N is the number of fields being set.",
        examples: examples![
            ("HMSET k a 1 b 2", "OK"),
            ("HMGET k a b", "1) \"1\"\n2) \"2\""),
            (
                "HMSET k a 1 b",
                "(error) ERR wrong number of arguments for 'hmset' command",
            ),
        ],
        run: |ctx, args| set_all(ctx, args).map(|_| Reply::OK),
        ..ROW
    },
    Command {
        name: "hrandfield",
        arity: -2,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "6.2.0",
        summary: "Returns one or more random fields from a hash.",
        complexity: "O(N) where N is the number of fields returned",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("HSET k a 1", "(integer) 1"),
            ("HRANDFIELD k", "\"a\""),
            ("HRANDFIELD k -3", "1) \"a\"\n2) \"a\"\n3) \"a\""),
            ("HRANDFIELD k 5 WITHVALUES", "1) \"a\"\n2) \"1\""),
            ("HRANDFIELD k 0", "(empty array)"),
            ("HRANDFIELD none", "(nil)"),
            ("HRANDFIELD none 2", "(empty array)"),
            ("HRANDFIELD k 2 VALUES", "(error) ERR syntax error"),
            (
                "HRANDFIELD k -9223372036854775808",
                "(error) ERR value is out of range, value must between -9223372036854775807 and \
                 9223372036854775807",
            ),
        ],
        run: hrandfield,
        ..ROW
    },
    Command {
        name: "hscan",
        arity: -3,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.8.0",
        summary: "Iterates over fields and values of a hash.",
        complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("HSET k name Ann age 30 nick A", "(integer) 3"),
            (
                "HSCAN k 0 MATCH n* COUNT 1",
                "1) \"0\"\n2) 1) \"name\"\n   2) \"Ann\"\n   3) \"nick\"\n   4) \"A\"",
            ),
            ("HSCAN none 0", "1) \"0\"\n2) (empty array)"),
            ("HSCAN k x", "(error) ERR invalid cursor"),
            ("HSCAN k 0 COUNT 0", "(error) ERR syntax error"),
        ],
        run: hscan,
        ..ROW
    },
    Command {
        name: "hset",
        arity: -4,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        summary: "Creates or modifies the value of a field in a hash.",
        complexity: "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is called with multiple field/value pairs.",
        examples: examples![
            ("HSET k a 1 b 2", "(integer) 2"),
            ("HSET k a 10 c 3", "(integer) 1"),
            ("HGET k a", "\"10\""),
            (
                "HSET k a 1 b",
                "(error) ERR wrong number of arguments for 'hset' command",
            ),
        ],
        run: |ctx, args| set_all(ctx, args).map(Reply::count),
        ..ROW
    },
    Command {
        name: "hsetnx",
        arity: 4,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | INSERT)],
        summary: "Sets the value of a field in a hash only when the field doesn't exist.",
        examples: examples![
            ("HSETNX k a 1", "(integer) 1"),
            ("HSETNX k a 2", "(integer) 0"),
            ("HGET k a", "\"1\""),
        ],
        run: hsetnx,
        ..ROW
    },
    Command {
        name: "hstrlen",
        arity: 3,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO)],
        since: "3.2.0",
        summary: "Returns the length of the value of a field.",
        examples: examples![
            ("HSET k a HelloWorld b -256", "(integer) 2"),
            ("HSTRLEN k a", "(integer) 10"),
            ("HSTRLEN k b", "(integer) 4"),
            ("HSTRLEN k c", "(integer) 0"),
        ],
        run: |ctx, args| {
            let hash = ctx.db().read::<HashValue>(args[1])?;
            let value = hash.and_then(|hash| hash.get(args[2]));
            Ok(Reply::count(value.map_or(0, Element::len)))
        },
        ..ROW
    },
    Command {
        name: "hvals",
        arity: 2,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns all values in a hash.",
        complexity: "O(N) where N is the size of the hash.",
        tips: &["nondeterministic_output_order"],
        examples: examples![
            ("HSET k b 2 a 1", "(integer) 2"),
            ("HVALS k", "1) \"2\"\n2) \"1\""),
            ("HVALS none", "(empty array)"),
        ],
        run: |ctx, args| {
            let answer = ctx.answer();
            let hash = ctx.db().read::<HashValue>(args[1])?;
            let count = hash.map_or(0, HashValue::len);
            let pairs = hash.into_iter().flat_map(HashValue::iter);
            Ok(answer.array(count, pairs.map(|(_, value)| value)))
        },
        ..ROW
    },
];

fn pair((field, value): (Element<'_>, Element<'_>)) -> (Reply, Reply) {
    (Reply::from(field), Reply::from(value))
}

/// The value of a field, if there is one.
fn value_of<'h>(hash: Option<&'h HashValue>, field: &[u8]) -> Option<Element<'h>> {
    hash.and_then(|hash| hash.get(field))
}

/// Sets the fields that HSET and HMSET name; gives how many are new.
fn set_all(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<usize, CommandError> {
    let wrong_arity = || errors::wrong_arity(ctx.command.name);
    let pairs = args.pairs(2).ok_or_else(wrong_arity)?;
    let limits = ctx.limits();
    let hash = ctx.db().write_or_insert::<HashValue>(args[1])?;
    hash.expect(pairs.len(), limits);
    let count = pairs.len();
    let new = pairs
        .filter(|(field, value)| hash.set(field, value, limits))
        .count();
    ctx.notify_changes(Class::Hash, "hset", args[1], count);
    Ok(new)
}

fn hsetnx(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let limits = ctx.limits();
    let hash = ctx.db().write_or_insert::<HashValue>(args[1])?;
    let is_new = !hash.contains(args[2]) && hash.set(args[2], args[3], limits);
    if is_new {
        ctx.notify(Class::Hash, "hset", args[1]);
    }
    Ok(Reply::flag(is_new))
}

fn hdel(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let key = args[1];
    let Some(hash) = ctx.db().write::<HashValue>(key)? else {
        return Ok(Reply::Integer(0));
    };
    let fields = args.from(2).iter();
    let removed = fields.filter(|field| hash.remove(field)).count();
    if removed > 0 {
        ctx.notify_changes(Class::Hash, "hdel", key, removed);
        store::remove_if_empty(ctx, key);
    }
    Ok(Reply::count(removed))
}

fn hincrby(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (key, field, by) = (args[1], args[2], args.int(3)?);
    let limits = ctx.limits();
    let old = match ctx.db().read::<HashValue>(key)? {
        Some(hash) => match hash.get(field) {
            Some(value) => value.as_int().ok_or(errors::HASH_NOT_AN_INTEGER)?,
            None => 0,
        },
        None => 0,
    };
    let new = old.checked_add(by).ok_or(errors::INCREMENT_OVERFLOW)?;
    let text = SmallBytes::from_int(new);
    let hash = ctx.db().write_or_insert::<HashValue>(key)?;
    hash.set(field, &text, limits);
    ctx.notify(Class::Hash, "hincrby", key);
    Ok(Reply::Integer(new))
}

fn hincrbyfloat(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (key, field) = (args[1], args[2]);
    let by = Extended::parse(args[3]).ok_or(errors::NOT_A_FLOAT)?;
    if by.is_infinite() {
        return Err(errors::IS_NAN_OR_INFINITY);
    }
    let limits = ctx.limits();
    let hash = ctx.db().read::<HashValue>(key)?;
    let old = match hash.and_then(|hash| hash.get(field)) {
        Some(Element::Int(n)) => Extended::from_int(n),
        Some(Element::Bytes(text)) => Extended::parse(text).ok_or(errors::HASH_NOT_A_FLOAT)?,
        None => Extended::from_int(0),
    };
    let new = old.checked_add(by).ok_or(errors::NAN_OR_INFINITY)?;
    let text = SmallBytes::from(new.to_text());
    let hash = ctx.db().write_or_insert::<HashValue>(key)?;
    hash.set(field, &text, limits);
    ctx.notify(Class::Hash, "hincrbyfloat", key);
    Ok(Reply::Bulk(text))
}

fn hrandfield(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let key = args[1];
    if args.len() == 2 {
        let (db, rng) = ctx.db_and_rng();
        let hash = db.read::<HashValue>(key)?;
        let field = hash.and_then(|hash| hash.at(rng.below(hash.len())));
        return Ok(field.map_or(Reply::Null, |(field, _)| Reply::from(field)));
    }
    let count = random::count(args, 2)?;
    let with_values = random::with_second(args, 3, "WITHVALUES", count)?;
    let (db, rng) = ctx.db_and_rng();
    let Some(hash) = db.read::<HashValue>(key)? else {
        return Ok(Reply::Array(Vec::new()));
    };
    let positions = random::positions(rng, count, hash.len())?;
    let pairs = hash.select(&positions).into_iter();
    Ok(if with_values {
        Reply::Pairs(pairs.map(pair).collect())
    } else {
        Reply::Array(pairs.map(|(field, _)| Reply::from(field)).collect())
    })
}

fn hscan(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let cursor = scan::parse_cursor(args[2])?;
    let Some(hash) = ctx.db().read::<HashValue>(args[1])? else {
        return Ok(scan::reply(0, Vec::new()));
    };
    let options = scan::Options::parse(args.words(3), |_, _| Err(errors::SYNTAX))?;
    let mut items = Vec::new();
    let cursor = options.walk(cursor, |cursor, sampled| {
        hash.scan(cursor, |field, value| {
            *sampled += 1;
            if options.matches(&field.to_bytes()) {
                items.extend([Reply::from(field), Reply::from(value)]);
            }
        })
    });
    Ok(scan::reply(cursor, items))
}
