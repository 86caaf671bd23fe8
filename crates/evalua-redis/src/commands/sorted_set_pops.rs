//! Members of sorted sets taken from either end, with or without waiting for them, and drawn at
//! random.

use crate::args::{Args, amount, at_least, is};
use crate::commands::sorted_sets::{ROW, owned_pair, pair};
use crate::commands::{random, store};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, DELETE, RO, RW};
use crate::table::flag::{BLOCKING, FAST, READONLY, WRITE};
use crate::table::{Command, KeySpec, Outcome};
use crate::trace::Class;
use crate::values::ZsetValue;
use crate::values::zset::Scored;
use crate::waiters::Wanted;

const SOME_KEYS: &str = "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.";
const ONE_MEMBER: &str = "O(log(N)) with N being the number of elements in the sorted set.";
const ONE_KEY: &str = "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.";

/// Every command that takes members away or draws them.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "bzmpop",
        arity: -5,
        flags: WRITE | BLOCKING,
        keys: &[KeySpec::counted(2, RW | ACCESS | DELETE)],
        since: "7.0.0",
        summary: "Removes and returns a member by score from one or more sorted sets. Blocks until a member is available otherwise. Deletes the sorted set if the last element was popped.",
        complexity: SOME_KEYS,
        examples: examples![
            ("ZADD b 1 x 2 y", "(integer) 2"),
            (
                "BZMPOP 1 2 a b MIN",
                "1) \"b\"\n2) 1) 1) \"x\"\n      2) \"1\"",
            ),
            ("BZMPOP -1 1 b MIN", "(error) ERR timeout is negative"),
        ],
        run: |ctx, args| {
            let (keys, end, count) = several(args, 2)?;
            let until_ms = ctx.deadline(args[1])?;
            Ok(match pop_first(ctx, keys, end, count)? {
                Some(popped) => nested(popped),
                None => wait(ctx, args, keys, until_ms),
            })
        },
        ..ROW
    },
    Command {
        name: "bzpopmax",
        noscript_in: &["redis-7.0"],
        arity: -3,
        flags: WRITE | FAST | BLOCKING,
        keys: &[KeySpec::range(1, -2, 1, RW | ACCESS | DELETE)],
        since: "5.0.0",
        summary: "Removes and returns the member with the highest score from one or more sorted sets. Blocks until a member available otherwise.  Deletes the sorted set if the last element was popped.",
        complexity: ONE_MEMBER,
        examples: examples![
            ("ZADD z 1 a 2 b", "(integer) 2"),
            ("BZPOPMAX none z 1", "1) \"z\"\n2) \"b\"\n3) \"2\""),
        ],
        run: |ctx, args| pop_or_wait(ctx, args, End::Max),
        ..ROW
    },
    Command {
        name: "bzpopmin",
        noscript_in: &["redis-7.0"],
        arity: -3,
        flags: WRITE | FAST | BLOCKING,
        keys: &[KeySpec::range(1, -2, 1, RW | ACCESS | DELETE)],
        since: "5.0.0",
        summary: "Removes and returns the member with the lowest score from one or more sorted sets. Blocks until a member is available otherwise. Deletes the sorted set if the last element was popped.",
        complexity: ONE_MEMBER,
        examples: examples![
            ("ZADD z 1 a 2 b", "(integer) 2"),
            ("BZPOPMIN none z 1", "1) \"z\"\n2) \"a\"\n3) \"1\""),
            ("BZPOPMIN none 0.01", "(nil)"),
            (
                "BZPOPMIN none x",
                "(error) ERR timeout is not a float or out of range",
            ),
        ],
        run: |ctx, args| pop_or_wait(ctx, args, End::Min),
        ..ROW
    },
    Command {
        name: "zmpop",
        arity: -4,
        flags: WRITE,
        keys: &[KeySpec::counted(1, RW | ACCESS | DELETE)],
        since: "7.0.0",
        summary: "Returns the highest- or lowest-scoring members from one or more sorted sets after removing them. Deletes the sorted set if the last member was popped.",
        complexity: SOME_KEYS,
        examples: examples![
            ("ZADD b 1 x 2 y 3 z", "(integer) 3"),
            (
                "ZMPOP 2 a b MAX COUNT 2",
                "1) \"b\"\n2) 1) 1) \"z\"\n      2) \"3\"\n   2) 1) \"y\"\n      2) \"2\"",
            ),
            ("ZMPOP 1 a MIN", "(nil)"),
            (
                "ZMPOP 1 b MIN COUNT 0",
                "(error) ERR count should be greater than 0",
            ),
        ],
        run: |ctx, args| {
            let (keys, end, count) = several(args, 1)?;
            let popped = pop_first(ctx, keys, end, count)?;
            Ok(popped.map_or(Reply::NullArray, nested))
        },
        ..ROW
    },
    Command {
        name: "zpopmax",
        arity: -2,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | DELETE)],
        since: "5.0.0",
        summary: "Returns the highest-scoring members from a sorted set after removing them. Deletes the sorted set if the last member was popped.",
        complexity: ONE_KEY,
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZPOPMAX z", "1) \"c\"\n2) \"3\""),
            ("ZPOPMAX z 9", "1) \"b\"\n2) \"2\"\n3) \"a\"\n4) \"1\""),
            ("ZPOPMAX z", "(empty array)"),
        ],
        run: |ctx, args| pop(ctx, args, End::Max),
        ..ROW
    },
    Command {
        name: "zpopmin",
        arity: -2,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | DELETE)],
        since: "5.0.0",
        summary: "Returns the lowest-scoring members from a sorted set after removing them. Deletes the sorted set if the last member was popped.",
        complexity: ONE_KEY,
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZPOPMIN z 2", "1) \"a\"\n2) \"1\"\n3) \"b\"\n4) \"2\""),
            ("ZPOPMIN z 0", "(empty array)"),
            (
                "ZPOPMIN z -1",
                "(error) ERR value is out of range, must be positive",
            ),
        ],
        run: |ctx, args| pop(ctx, args, End::Min),
        ..ROW
    },
    Command {
        name: "zrandmember",
        arity: -2,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "6.2.0",
        summary: "Returns one or more random members from a sorted set.",
        complexity: "O(N) where N is the number of members returned",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("ZADD z 1 a", "(integer) 1"),
            ("ZRANDMEMBER z", "\"a\""),
            (
                "ZRANDMEMBER z -2 WITHSCORES",
                "1) \"a\"\n2) \"1\"\n3) \"a\"\n4) \"1\"",
            ),
            ("ZADD z 2 b", "(integer) 1"),
            ("ZRANDMEMBER z 5", "1) \"b\"\n2) \"a\""),
            ("ZRANDMEMBER none", "(nil)"),
            ("ZRANDMEMBER none 1", "(empty array)"),
        ],
        run: zrandmember,
        ..ROW
    },
];

/// Where members are taken.
#[derive(Clone, Copy)]
enum End {
    Min,
    Max,
}

/// Takes up to `count` members from one end.
fn take(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    end: End,
    count: usize,
) -> Result<Vec<Scored>, CommandError> {
    let Some(zset) = ctx.db().write::<ZsetValue>(key)? else {
        return Ok(Vec::new());
    };
    let len = zset.len();
    let count = count.min(len);
    let (popped, event) = match end {
        End::Min => (zset.drain(0..count), "zpopmin"),
        End::Max => {
            let mut popped = zset.drain(len - count..len);
            popped.reverse();
            (popped, "zpopmax")
        }
    };
    if !popped.is_empty() {
        ctx.notify_changes(Class::Zset, event, key, popped.len());
        store::remove_if_empty(ctx, key);
    }
    Ok(popped)
}

/// ZPOPMIN and ZPOPMAX.
fn pop(ctx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Outcome {
    let count = match args.len() {
        2 => None,
        3 => Some(at_least(args[2], 0, errors::NOT_POSITIVE)?),
        _ => return Err(errors::SYNTAX),
    };
    let popped = take(ctx, args[1], end, count.unwrap_or(1))?;
    let pairs = popped.into_iter().map(owned_pair);
    Ok(match count {
        Some(_) => Reply::Pairs(pairs.collect()),
        None => Reply::Array(pairs.flat_map(<[Reply; 2]>::from).collect()),
    })
}

/// A key and what was taken from it.
type Popped<'a> = (&'a [u8], Vec<Scored>);

/// Takes members from the first of the keys that exists.
fn pop_first<'a>(
    ctx: &mut Ctx<'_>,
    keys: &[&'a [u8]],
    end: End,
    count: usize,
) -> Result<Option<Popped<'a>>, CommandError> {
    for key in keys {
        let popped = take(ctx, key, end, count)?;
        if !popped.is_empty() {
            return Ok(Some((key, popped)));
        }
    }
    Ok(None)
}

/// BZPOPMIN and BZPOPMAX.
fn pop_or_wait(ctx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Outcome {
    let last = args.len() - 1;
    let until_ms = ctx.deadline(args[last])?;
    let keys = &args.as_slice()[1..last];
    match pop_first(ctx, keys, end, 1)? {
        Some((key, popped)) => {
            let pairs = popped.into_iter().map(owned_pair);
            let items = pairs.flat_map(<[Reply; 2]>::from);
            Ok(Reply::Array(
                std::iter::once(Reply::bulk(key)).chain(items).collect(),
            ))
        }
        None => Ok(wait(ctx, args, keys, until_ms)),
    }
}

/// Waits for a sorted set at one of the keys.
fn wait(ctx: &mut Ctx<'_>, args: Args<'_>, keys: &[&[u8]], until_ms: Option<i64>) -> Reply {
    let (wanted, args) = (Wanted::SortedSet, args.as_slice());
    ctx.wait(wanted, keys, args, until_ms, Reply::NullArray)
}

/// The arguments of ZMPOP and BZMPOP: how many keys, the keys, which end, how many members.
fn several(args: Args<'_>, at: usize) -> Result<(&[&[u8]], End, usize), CommandError> {
    let keys = at_least(args[at], 1, errors::NUMKEYS_NOT_POSITIVE)?;
    let (keys, mut words) = args.keys(at + 1, keys).ok_or(errors::SYNTAX)?;
    let end = match words.value()? {
        word if is(word, "MIN") => End::Min,
        word if is(word, "MAX") => End::Max,
        _ => return Err(errors::SYNTAX),
    };
    Ok((keys, end, words.count_or_one()?))
}

/// The reply of ZMPOP and BZMPOP, whose pairs are nested in RESP2 too.
fn nested((key, popped): Popped<'_>) -> Reply {
    let pairs = popped.into_iter().map(owned_pair);
    let pairs = pairs.map(|pair| Reply::Array(<[Reply; 2]>::from(pair).into()));
    Reply::Array(vec![Reply::bulk(key), Reply::Array(pairs.collect())])
}

fn zrandmember(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let key = args[1];
    if args.len() == 2 {
        let (db, rng) = ctx.db_and_rng();
        let zset = db.read::<ZsetValue>(key)?;
        let member = zset.and_then(|zset| zset.at(rng.below(zset.len())));
        return Ok(Reply::bulk_or_null(member.map(|(member, _)| member)));
    }
    let count = random::count(args, 2)?;
    let with_scores = random::with_second(args, 3, "WITHSCORES", count)?;
    let (db, rng) = ctx.db_and_rng();
    let Some(zset) = db.read::<ZsetValue>(key)? else {
        return Ok(Reply::Array(Vec::new()));
    };
    let all = amount(count).is_some_and(|count| count >= zset.len());
    let members: Vec<(&[u8], f64)> = if all {
        // The server lists them from the end.
        zset.iter().rev().collect()
    } else {
        let positions = random::positions(rng, count, zset.len())?.into_iter();
        positions.filter_map(|position| zset.at(position)).collect()
    };
    let members = members.into_iter();
    Ok(if with_scores {
        Reply::Pairs(members.map(pair).collect())
    } else {
        Reply::bulks(members.map(|(member, _)| member))
    })
}
