//! Sorted sets: members added with their scores, removed, looked up, ranked and listed.
//!
//! Ranges are in `sorted_set_ranges`, what takes or draws members in `sorted_set_pops`, what makes one
//! sorted set of several in `sorted_set_algebra`.

use smallvec::SmallVec;

use crate::args::{Args, double, is};
use crate::commands::{scan, store};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::number::{DoubleFormat, format_double, format_score};
use crate::reply::Reply;
use crate::table::access::{ACCESS, DELETE, RO, RW, UPDATE};
use crate::table::flag::{DENYOOM, FAST, READONLY, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::ZsetValue;
use crate::values::zset::Scored;

/// What the rows of the commands on sorted sets have in common.
pub const ROW: Command = Command {
    group: Group::SortedSet,
    acl: acl::SORTEDSET,
    since: "1.2.0",
    ..Command::BASE
};

/// The commands on single members.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "zadd",
        arity: -4,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        summary: "Adds one or more members to a sorted set, or updates their scores. Creates the key if it doesn't exist.",
        complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
        examples: examples![
            ("ZADD z 1 a 2.5 b", "(integer) 2"),
            ("ZADD z 3 a", "(integer) 0"),
            ("ZADD z NX 9 a 9 c", "(integer) 1"),
            ("ZADD z XX CH 4 a 4 none", "(integer) 1"),
            ("ZADD z GT CH 1 a 5 b", "(integer) 1"),
            ("ZADD z INCR 1 a", "\"5\""),
            ("ZADD z LT INCR 1 a", "(nil)"),
            (
                "ZADD z NX XX 1 a",
                "(error) ERR XX and NX options at the same time are not compatible",
            ),
            ("ZADD z nan a", "(error) ERR value is not a valid float"),
            ("ZADD z inf a", "(integer) 0"),
            (
                "ZADD z INCR -inf a",
                "(error) ERR resulting score is not a number (NaN)",
            ),
            ("ZADD z 1 a 2", "(error) ERR syntax error"),
        ],
        run: |ctx, args| zadd(ctx, args, false),
        ..ROW
    },
    Command {
        name: "zcard",
        arity: 2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO)],
        summary: "Returns the number of members in a sorted set.",
        examples: examples![
            ("ZADD z 1 a 2 b", "(integer) 2"),
            ("ZCARD z", "(integer) 2"),
            ("ZCARD none", "(integer) 0"),
            ("SADD s a", "(integer) 1"),
            (
                "ZCARD s",
                "(error) WRONGTYPE Operation against a key holding the wrong kind of value",
            ),
        ],
        run: |ctx, args| {
            let zset = ctx.db().read::<ZsetValue>(args[1])?;
            Ok(Reply::count(zset.map_or(0, ZsetValue::len)))
        },
        ..ROW
    },
    Command {
        name: "zincrby",
        arity: 4,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE)],
        summary: "Increments the score of a member in a sorted set.",
        complexity: "O(log(N)) where N is the number of elements in the sorted set.",
        examples: examples![
            ("ZINCRBY z 2.5 a", "\"2.5\""),
            ("ZINCRBY z -1 a", "\"1.5\""),
            ("ZINCRBY z x a", "(error) ERR value is not a valid float"),
        ],
        run: |ctx, args| zadd(ctx, args, true),
        ..ROW
    },
    Command {
        name: "zmscore",
        arity: -3,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "6.2.0",
        summary: "Returns the score of one or more members in a sorted set.",
        complexity: "O(N) where N is the number of members being requested.",
        examples: examples![
            ("ZADD z 1 a 2.5 b", "(integer) 2"),
            ("ZMSCORE z a x b", "1) \"1\"\n2) (nil)\n3) \"2.5\""),
            ("ZMSCORE none a", "1) (nil)"),
        ],
        run: |ctx, args| {
            let zset = ctx.db().read::<ZsetValue>(args[1])?;
            let scores = args.from(2).iter().map(|member| score(zset, member));
            Ok(Reply::Array(scores.collect()))
        },
        ..ROW
    },
    Command {
        name: "zrank",
        arity: -3,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.0.0",
        summary: "Returns the index of a member in a sorted set ordered by ascending scores.",
        complexity: "O(log(N))",
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZRANK z b", "(integer) 1"),
            ("ZRANK z x", "(nil)"),
            ("ZRANK none a", "(nil)"),
        ],
        run: |ctx, args| zrank(ctx, args, false),
        ..ROW
    },
    Command {
        name: "zrem",
        arity: -3,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | DELETE)],
        summary: "Removes one or more members from a sorted set. Deletes the sorted set if all members were removed.",
        complexity: "O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to be removed.",
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZREM z a x", "(integer) 1"),
            ("ZREM z b c", "(integer) 2"),
            ("EXISTS z", "(integer) 0"),
        ],
        run: zrem,
        ..ROW
    },
    Command {
        name: "zrevrank",
        arity: -3,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.0.0",
        summary: "Returns the index of a member in a sorted set ordered by descending scores.",
        complexity: "O(log(N))",
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZREVRANK z a", "(integer) 2"),
            ("ZREVRANK z x", "(nil)"),
        ],
        run: |ctx, args| zrank(ctx, args, true),
        ..ROW
    },
    Command {
        name: "zscan",
        arity: -3,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.8.0",
        summary: "Iterates over members and scores of a sorted set.",
        complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("ZADD z 1.5 a1 2 b1 3 a2", "(integer) 3"),
            (
                "ZSCAN z 0 MATCH a*",
                "1) \"0\"\n2) 1) \"a1\"\n   2) \"1.5\"\n   3) \"a2\"\n   4) \"3\"",
            ),
            ("ZSCAN none 0", "1) \"0\"\n2) (empty array)"),
        ],
        run: zscan,
        ..ROW
    },
    Command {
        name: "zscore",
        arity: 3,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns the score of a member in a sorted set.",
        examples: examples![
            ("ZADD z 1.25 a -inf b", "(integer) 2"),
            ("ZSCORE z a", "\"1.25\""),
            ("ZSCORE z b", "\"-inf\""),
            ("ZSCORE z x", "(nil)"),
        ],
        run: |ctx, args| Ok(score(ctx.db().read::<ZsetValue>(args[1])?, args[2])),
        ..ROW
    },
];

fn score(zset: Option<&ZsetValue>, member: &[u8]) -> Reply {
    let score = zset.and_then(|zset| zset.score(member));
    score.map_or(Reply::Null, Reply::Double)
}

/// A member and its score, as pairs are listed.
pub fn pair((member, score): (&[u8], f64)) -> (Reply, Reply) {
    (Reply::bulk(member), Reply::Double(score))
}

/// The same of one that belongs to nobody any more.
pub fn owned_pair(Scored { score, member }: Scored) -> (Reply, Reply) {
    (Reply::Bulk(member), Reply::Double(score))
}

/// The options of ZADD, which ZINCRBY takes too.
#[derive(Default)]
struct AddOptions {
    if_absent: bool,
    if_present: bool,
    if_greater: bool,
    if_less: bool,
    count_changed: bool,
    increment: bool,
}

impl AddOptions {
    /// Takes an option; tells whether it was one.
    fn take(&mut self, word: &[u8]) -> bool {
        let option = [
            ("NX", &mut self.if_absent),
            ("XX", &mut self.if_present),
            ("GT", &mut self.if_greater),
            ("LT", &mut self.if_less),
            ("CH", &mut self.count_changed),
            ("INCR", &mut self.increment),
        ]
        .into_iter()
        .find(|(name, _)| is(word, name));
        option.map(|(_, given)| *given = true).is_some()
    }

    fn check(&self, pairs: usize) -> Result<(), CommandError> {
        if self.if_absent && self.if_present {
            return Err(errors::ADD_NX_AND_XX);
        }
        let exclusive = [self.if_absent, self.if_greater, self.if_less];
        if exclusive.into_iter().filter(|given| *given).count() > 1 {
            return Err(errors::ADD_GT_LT_AND_NX);
        }
        if self.increment && pairs > 1 {
            return Err(errors::ADD_INCR_PAIRS);
        }
        Ok(())
    }

    /// The score that a member gets, given the one it has, if any; `None` when it is left alone.
    fn decide(&self, old: Option<f64>, score: f64) -> Result<Option<f64>, CommandError> {
        let Some(old) = old else {
            return Ok((!self.if_present).then_some(score));
        };
        let new = if self.increment { old + score } else { score };
        if self.if_absent {
            return Ok(None);
        }
        if new.is_nan() {
            return Err(errors::SCORE_IS_NAN);
        }
        let refused = (self.if_greater && new <= old) || (self.if_less && new >= old);
        Ok((!refused).then_some(new))
    }
}

/// ZADD, and ZINCRBY which always increments.
///
/// # Errors
/// Whatever is wrong with the arguments or the key.
pub fn zadd(ctx: &mut Ctx<'_>, args: Args<'_>, increment: bool) -> Outcome {
    let key = args[1];
    let limits = ctx.limits();
    let mut options = AddOptions {
        increment,
        ..AddOptions::default()
    };
    let mut words = args.words(2);
    while words.peek().is_some_and(|word| options.take(word)) {
        words.next();
    }
    let pairs = words.rest();
    if pairs.is_empty() || !pairs.len().is_multiple_of(2) {
        return Err(errors::SYNTAX);
    }
    let pairs = pairs.chunks_exact(2);
    options.check(pairs.len())?;
    // All scores are read before anything is changed.
    let scores = pairs.clone().map(|pair| double(pair[0]));
    let scores: SmallVec<[f64; 4]> = scores.collect::<Result<_, _>>()?;
    let (mut added, mut changed) = (0, 0);
    let mut last = None;
    let is_there = ctx.db().read::<ZsetValue>(key)?.is_some();
    if is_there || !options.if_present {
        let zset = ctx.db().write_or_insert::<ZsetValue>(key)?;
        zset.expect(pairs.len(), limits);
        for (pair, score) in pairs.zip(scores) {
            let mut decision = Ok(None);
            zset.update(pair[1], limits, |old| {
                decision = options.decide(old, score);
                let new = decision.clone().unwrap_or(None);
                added += usize::from(old.is_none() && new.is_some());
                changed += usize::from(new.is_some() && new != old);
                new
            });
            last = decision?;
        }
    }
    if changed > 0 {
        let event = if options.increment { "zincr" } else { "zadd" };
        ctx.notify_changes(Class::Zset, event, key, changed);
    }
    Ok(if options.increment {
        last.map_or(Reply::Null, Reply::Double)
    } else if options.count_changed {
        Reply::count(changed)
    } else {
        Reply::count(added)
    })
}

fn zrem(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let Some(zset) = ctx.db().write::<ZsetValue>(args[1])? else {
        return Ok(Reply::count(0));
    };
    let removed = args.from(2).iter().filter(|member| zset.remove(member));
    let removed = removed.count();
    if removed > 0 {
        ctx.notify_changes(Class::Zset, "zrem", args[1], removed);
        store::remove_if_empty(ctx, args[1]);
    }
    Ok(Reply::count(removed))
}

/// ZRANK, and ZREVRANK which counts from the end.
fn zrank(ctx: &mut Ctx<'_>, args: Args<'_>, reverse: bool) -> Outcome {
    let with_score = match args.from(3) {
        [] => false,
        [word] if is(word, "WITHSCORE") => true,
        [_] => return Err(errors::SYNTAX),
        _ => return Err(errors::wrong_arity(ctx.command.name)),
    };
    let zset = ctx.db().read::<ZsetValue>(args[1])?;
    let found = zset.and_then(|zset| Some((zset.len(), zset.rank(args[2])?)));
    Ok(match found {
        Some((len, (rank, score))) => {
            let rank = Reply::count(if reverse { len - 1 - rank } else { rank });
            if with_score {
                Reply::Array(vec![rank, Reply::Double(score)])
            } else {
                rank
            }
        }
        None if with_score => Reply::NullArray,
        None => Reply::Null,
    })
}

fn zscan(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let cursor = scan::parse_cursor(args[2])?;
    let format = ctx.core.profile().double_format;
    let Some(zset) = ctx.db().read::<ZsetValue>(args[1])? else {
        return Ok(scan::reply(0, Vec::new()));
    };
    let options = scan::Options::parse(args.words(3), |_, _| Err(errors::SYNTAX))?;
    // The server writes scores with all digits when they are not text in a listpack already.
    let text = |score| match zset.is_small() {
        true => format_score(score, format),
        false => format_double(score, DoubleFormat::Digits17),
    };
    let mut items = Vec::new();
    let next = options.walk(cursor, |cursor, sampled| {
        zset.scan(cursor, |member, score| {
            *sampled += 1;
            if options.matches(member) {
                items.extend([Reply::bulk(member), Reply::Bulk(text(score))]);
            }
        })
    });
    Ok(scan::reply(next, items))
}
