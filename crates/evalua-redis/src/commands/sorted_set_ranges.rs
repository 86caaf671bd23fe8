//! Ranges of sorted sets: by rank, by score, by member; listed, counted, stored and removed.

use std::ops::Range;

use crate::args::{Args, amount, int, is};
use crate::commands::sorted_sets::ROW;
use crate::commands::store;
use crate::config::Limits;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::number::parse_bound;
use crate::reply::Reply;
use crate::sink::Answer;
use crate::table::access::{ACCESS, DELETE, OW, RO, RW, UPDATE};
use crate::table::flag::{DENYOOM, FAST, READONLY, WRITE};
use crate::table::{Command, KeySpec, Outcome};
use crate::trace::Class;
use crate::values::ZsetValue;
use crate::values::zset::Scored;

const LISTED: &str = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.";
const LIMITED: &str = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).";
const REMOVED: &str = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.";
const COUNTED: &str = "O(log(N)) with N being the number of elements in the sorted set.";

/// Every command on a range.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "zcount",
        arity: 4,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.0.0",
        summary: "Returns the count of members in a sorted set that have scores within a range.",
        complexity: COUNTED,
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZCOUNT z -inf +inf", "(integer) 3"),
            ("ZCOUNT z (1 3", "(integer) 2"),
            ("ZCOUNT z x 3", "(error) ERR min or max is not a float"),
        ],
        run: |ctx, args| count(ctx, args, By::Score),
        ..ROW
    },
    Command {
        name: "zlexcount",
        arity: 4,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.8.9",
        summary: "Returns the number of members in a sorted set within a lexicographical range.",
        complexity: COUNTED,
        examples: examples![
            ("ZADD z 0 a 0 b 0 c", "(integer) 3"),
            ("ZLEXCOUNT z - +", "(integer) 3"),
            ("ZLEXCOUNT z [b (c", "(integer) 1"),
            (
                "ZLEXCOUNT z b c",
                "(error) ERR min or max not valid string range item",
            ),
        ],
        run: |ctx, args| count(ctx, args, By::Member),
        ..ROW
    },
    Command {
        name: "zrange",
        arity: -4,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns members in a sorted set within a range of indexes.",
        complexity: LISTED,
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZRANGE z 0 1", "1) \"a\"\n2) \"b\""),
            (
                "ZRANGE z -2 -1 WITHSCORES",
                "1) \"b\"\n2) \"2\"\n3) \"c\"\n4) \"3\"",
            ),
            ("ZRANGE z 0 0 REV", "1) \"c\""),
            ("ZRANGE z (1 +inf BYSCORE LIMIT 1 1", "1) \"c\""),
            ("ZRANGE z 2 -inf BYSCORE REV", "1) \"b\"\n2) \"a\""),
            ("ZRANGE z [b + BYLEX", "1) \"b\"\n2) \"c\""),
            ("ZRANGE z 5 1", "(empty array)"),
            (
                "ZRANGE z 0 1 LIMIT 0 1",
                "(error) ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
            ),
            (
                "ZRANGE z - + BYLEX WITHSCORES",
                "(error) ERR syntax error, WITHSCORES not supported in combination with BYLEX",
            ),
        ],
        run: |ctx, args| list(ctx, args, None, None),
        ..ROW
    },
    Command {
        name: "zrangebylex",
        arity: -4,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.8.9",
        summary: "Returns members in a sorted set within a lexicographical range.",
        complexity: LIMITED,
        examples: examples![
            ("ZADD z 0 a 0 b 0 c 0 d", "(integer) 4"),
            ("ZRANGEBYLEX z - [b", "1) \"a\"\n2) \"b\""),
            ("ZRANGEBYLEX z (a + LIMIT 1 1", "1) \"c\""),
            ("ZRANGEBYLEX z + -", "(empty array)"),
        ],
        run: |ctx, args| list(ctx, args, Some(By::Member), Some(false)),
        ..ROW
    },
    Command {
        name: "zrangebyscore",
        arity: -4,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "1.0.5",
        summary: "Returns members in a sorted set within a range of scores.",
        complexity: LIMITED,
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZRANGEBYSCORE z -inf (3", "1) \"a\"\n2) \"b\""),
            (
                "ZRANGEBYSCORE z 1 3 WITHSCORES LIMIT 1 1",
                "1) \"b\"\n2) \"2\"",
            ),
            (
                "ZRANGEBYSCORE z 1 x",
                "(error) ERR min or max is not a float",
            ),
            ("ZRANGEBYSCORE z 1 3 REV", "(error) ERR syntax error"),
        ],
        run: |ctx, args| list(ctx, args, Some(By::Score), Some(false)),
        ..ROW
    },
    Command {
        name: "zrangestore",
        arity: -5,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(1, OW | UPDATE), KeySpec::one(2, RO | ACCESS)],
        since: "6.2.0",
        summary: "Stores a range of members from sorted set in a key.",
        complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements stored into the destination key.",
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZRANGESTORE to z 0 1 REV", "(integer) 2"),
            (
                "ZRANGE to 0 -1 WITHSCORES",
                "1) \"b\"\n2) \"2\"\n3) \"c\"\n4) \"3\"",
            ),
            ("ZRANGESTORE to z 9 10 BYSCORE", "(integer) 0"),
            ("EXISTS to", "(integer) 0"),
        ],
        run: zrangestore,
        ..ROW
    },
    Command {
        name: "zremrangebylex",
        arity: 4,
        flags: WRITE,
        keys: &[KeySpec::one(1, RW | DELETE)],
        since: "2.8.9",
        summary: "Removes members in a sorted set within a lexicographical range. Deletes the sorted set if all members were removed.",
        complexity: REMOVED,
        examples: examples![
            ("ZADD z 0 a 0 b 0 c", "(integer) 3"),
            ("ZREMRANGEBYLEX z [a (c", "(integer) 2"),
            ("ZRANGE z 0 -1", "1) \"c\""),
        ],
        run: |ctx, args| remove(ctx, args, By::Member, "zremrangebylex"),
        ..ROW
    },
    Command {
        name: "zremrangebyrank",
        arity: 4,
        flags: WRITE,
        keys: &[KeySpec::one(1, RW | DELETE)],
        since: "2.0.0",
        summary: "Removes members in a sorted set within a range of indexes. Deletes the sorted set if all members were removed.",
        complexity: REMOVED,
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZREMRANGEBYRANK z 0 -2", "(integer) 2"),
            ("ZREMRANGEBYRANK z 0 0", "(integer) 1"),
            ("EXISTS z", "(integer) 0"),
        ],
        run: |ctx, args| remove(ctx, args, By::Rank, "zremrangebyrank"),
        ..ROW
    },
    Command {
        name: "zremrangebyscore",
        arity: 4,
        flags: WRITE,
        keys: &[KeySpec::one(1, RW | DELETE)],
        summary: "Removes members in a sorted set within a range of scores. Deletes the sorted set if all members were removed.",
        complexity: REMOVED,
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZREMRANGEBYSCORE z -inf (3", "(integer) 2"),
            (
                "ZREMRANGEBYSCORE z nan 1",
                "(error) ERR min or max is not a float",
            ),
        ],
        run: |ctx, args| remove(ctx, args, By::Score, "zremrangebyscore"),
        ..ROW
    },
    Command {
        name: "zrevrange",
        arity: -4,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns members in a sorted set within a range of indexes in reverse order.",
        complexity: LISTED,
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZREVRANGE z 0 1", "1) \"c\"\n2) \"b\""),
            ("ZREVRANGE z 0 0 WITHSCORES", "1) \"c\"\n2) \"3\""),
        ],
        run: |ctx, args| list(ctx, args, Some(By::Rank), Some(true)),
        ..ROW
    },
    Command {
        name: "zrevrangebylex",
        arity: -4,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.8.9",
        summary: "Returns members in a sorted set within a lexicographical range in reverse order.",
        complexity: LIMITED,
        examples: examples![
            ("ZADD z 0 a 0 b 0 c", "(integer) 3"),
            ("ZREVRANGEBYLEX z + (a", "1) \"c\"\n2) \"b\""),
        ],
        run: |ctx, args| list(ctx, args, Some(By::Member), Some(true)),
        ..ROW
    },
    Command {
        name: "zrevrangebyscore",
        arity: -4,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.2.0",
        summary: "Returns members in a sorted set within a range of scores in reverse order.",
        complexity: LIMITED,
        examples: examples![
            ("ZADD z 1 a 2 b 3 c", "(integer) 3"),
            ("ZREVRANGEBYSCORE z +inf (1", "1) \"c\"\n2) \"b\""),
            ("ZREVRANGEBYSCORE z 3 1 LIMIT 2 -1", "1) \"a\""),
        ],
        run: |ctx, args| list(ctx, args, Some(By::Score), Some(true)),
        ..ROW
    },
];

/// What a range is a range of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Rank,
    Score,
    Member,
}

/// A range as its two arguments give it.
enum Interval<'a> {
    /// First and last, negative ones counted from the end.
    Ranks(i64, i64),
    Scores(ScoreBound, ScoreBound),
    Members(MemberBound<'a>, MemberBound<'a>),
}

#[derive(Clone, Copy)]
struct ScoreBound {
    score: f64,
    excluded: bool,
}

impl ScoreBound {
    fn parse(text: &[u8]) -> Result<ScoreBound, CommandError> {
        let (excluded, number) = match text {
            [b'(', number @ ..] => (true, number),
            number => (false, number),
        };
        let score = parse_bound(number).ok_or(errors::BOUND_NOT_A_FLOAT)?;
        Ok(ScoreBound { score, excluded })
    }
}

#[derive(Clone, Copy)]
enum MemberBound<'a> {
    /// `-`
    BeforeAll,
    /// `+`
    AfterAll,
    Included(&'a [u8]),
    Excluded(&'a [u8]),
}

impl<'a> MemberBound<'a> {
    fn parse(text: &'a [u8]) -> Result<MemberBound<'a>, CommandError> {
        match text {
            [b'-'] | [b'-', 0, ..] => Ok(MemberBound::BeforeAll),
            [b'+'] | [b'+', 0, ..] => Ok(MemberBound::AfterAll),
            [b'[', member @ ..] => Ok(MemberBound::Included(member)),
            [b'(', member @ ..] => Ok(MemberBound::Excluded(member)),
            _ => Err(errors::BOUND_NOT_A_STRING),
        }
    }

    /// Whether a member is in front of everything that this bound, as the lower or the upper one,
    /// lets in or ends with.
    fn is_behind(self, member: &[u8], as_lower: bool) -> bool {
        match self {
            MemberBound::BeforeAll => false,
            MemberBound::AfterAll => true,
            MemberBound::Included(bound) if as_lower => member < bound,
            MemberBound::Included(bound) => member <= bound,
            MemberBound::Excluded(bound) if as_lower => member <= bound,
            MemberBound::Excluded(bound) => member < bound,
        }
    }
}

impl<'a> Interval<'a> {
    fn parse(by: By, min: &'a [u8], max: &'a [u8]) -> Result<Interval<'a>, CommandError> {
        Ok(match by {
            By::Rank => Interval::Ranks(int(min)?, int(max)?),
            By::Score => Interval::Scores(ScoreBound::parse(min)?, ScoreBound::parse(max)?),
            By::Member => Interval::Members(MemberBound::parse(min)?, MemberBound::parse(max)?),
        })
    }

    /// The ranks of the members in it; ranks as an argument count from the end when `reverse`.
    fn ranks(&self, zset: &ZsetValue, reverse: bool) -> Range<usize> {
        let (start, end) = match *self {
            Interval::Ranks(start, end) => {
                let ranks = normalize(start, end, zset.len());
                return match reverse {
                    true => zset.len() - ranks.end..zset.len() - ranks.start,
                    false => ranks,
                };
            }
            Interval::Scores(min, max) => (
                zset.ranks_by_score(|s| s < min.score || (min.excluded && s == min.score)),
                zset.ranks_by_score(|s| s < max.score || (!max.excluded && s == max.score)),
            ),
            Interval::Members(min, max) => (
                zset.ranks_by_member(|member| min.is_behind(member, true)),
                zset.ranks_by_member(|member| max.is_behind(member, false)),
            ),
        };
        start..end.max(start)
    }
}

/// The indices from `start` to `end`, both included, negative ones counted from the end.
fn normalize(start: i64, end: i64, len: usize) -> Range<usize> {
    let position = |index: i64| match amount(index) {
        Some(index) => Some(index),
        None => len.checked_sub(usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX)),
    };
    let start = position(start).unwrap_or(0).min(len);
    let end = position(end).map_or(0, |end| end.saturating_add(1).min(len));
    start..end.max(start)
}

/// What ZRANGE and its kin ask for.
struct Query<'a> {
    key: &'a [u8],
    interval: Interval<'a>,
    reverse: bool,
    offset: i64,
    limit: i64,
    with_scores: bool,
}

impl<'a> Query<'a> {
    /// Reads the arguments from the key at `at` on. What the command's name or an option says, no
    /// other option may.
    fn parse(
        args: Args<'a>,
        at: usize,
        mut by: Option<By>,
        mut reverse: Option<bool>,
        may_have_scores: bool,
    ) -> Result<Query<'a>, CommandError> {
        let (mut offset, mut limit, mut with_scores) = (0, -1, false);
        let mut words = args.words(at + 3);
        while let Some(word) = words.next() {
            if is(word, "WITHSCORES") && may_have_scores {
                with_scores = true;
            } else if is(word, "LIMIT") && words.len() >= 2 {
                offset = words.int()?;
                limit = words.int()?;
            } else if is(word, "REV") && reverse.is_none() {
                reverse = Some(true);
            } else if is(word, "BYLEX") && by.is_none() {
                by = Some(By::Member);
            } else if is(word, "BYSCORE") && by.is_none() {
                by = Some(By::Score);
            } else {
                return Err(errors::SYNTAX);
            }
        }
        let (by, reverse) = (by.unwrap_or(By::Rank), reverse.unwrap_or(false));
        if limit != -1 && by == By::Rank {
            return Err(errors::LIMIT_WITHOUT_BY);
        }
        if with_scores && by == By::Member {
            return Err(errors::WITHSCORES_AND_BYLEX);
        }
        let (mut min, mut max) = (args[at + 1], args[at + 2]);
        if reverse && by != By::Rank {
            std::mem::swap(&mut min, &mut max);
        }
        Ok(Query {
            key: args[at],
            interval: Interval::parse(by, min, max)?,
            reverse,
            // The server lets a limit of -1 pass for ranks, and does nothing with it.
            offset: if by == By::Rank { 0 } else { offset },
            limit,
            with_scores,
        })
    }

    /// The ranks of the members asked for.
    fn ranks(&self, zset: &ZsetValue) -> Range<usize> {
        let ranks = self.interval.ranks(zset, self.reverse);
        let Some(offset) = amount(self.offset) else {
            return 0..0;
        };
        let skipped = offset.min(ranks.len());
        let left = ranks.len() - skipped;
        let taken = amount(self.limit).map_or(left, |limit| limit.min(left));
        if self.reverse {
            let end = ranks.end - skipped;
            end - taken..end
        } else {
            let start = ranks.start + skipped;
            start..start + taken
        }
    }

    fn reply(&self, zset: &ZsetValue, answer: Answer<'_>) -> Reply {
        let members = zset.range(self.ranks(zset));
        if self.reverse {
            self.give(answer, members.rev())
        } else {
            self.give(answer, members)
        }
    }

    fn give<'z>(
        &self,
        answer: Answer<'_>,
        members: impl ExactSizeIterator<Item = (&'z [u8], f64)>,
    ) -> Reply {
        if self.with_scores {
            answer.scored(members.len(), members)
        } else {
            answer.array(members.len(), members.map(|(member, _)| member))
        }
    }
}

fn list(ctx: &mut Ctx<'_>, args: Args<'_>, by: Option<By>, reverse: Option<bool>) -> Outcome {
    let query = Query::parse(args, 1, by, reverse, true)?;
    let answer = ctx.answer();
    let zset = ctx.db().read::<ZsetValue>(query.key)?;
    Ok(zset.map_or(Reply::Array(Vec::new()), |zset| query.reply(zset, answer)))
}

fn zrangestore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let query = Query::parse(args, 2, None, None, false)?;
    let limits = ctx.limits();
    let mut items = Vec::new();
    if let Some(zset) = ctx.db().read::<ZsetValue>(query.key)? {
        items.extend(zset.range(query.ranks(zset)).map(Scored::from));
    }
    let len = items.len();
    // The server adds them one by one to a small set, unless it knows beforehand that there are too many.
    if !matches!(query.interval, Interval::Ranks(..)) || len <= limits.zset.entries {
        match query.reverse {
            false => forget_zeros(items.iter_mut(), limits),
            true => forget_zeros(items.iter_mut().rev(), limits),
        }
    }
    let zset = ZsetValue::from_sorted(items, limits);
    store::result(ctx, args[1], zset, len, (Class::Zset, "zrangestore", 1))
}

/// Makes negative zeros positive in the items that a small set takes before it becomes a large one.
fn forget_zeros<'i>(items: impl Iterator<Item = &'i mut Scored>, limits: Limits) {
    let fits = |item: &&mut Scored| item.member.len() <= limits.zset.value;
    let first = items.take(limits.zset.entries).take_while(fits);
    first.for_each(|item| item.score += 0.0);
}

fn count(ctx: &mut Ctx<'_>, args: Args<'_>, by: By) -> Outcome {
    let interval = Interval::parse(by, args[2], args[3])?;
    let zset = ctx.db().read::<ZsetValue>(args[1])?;
    Ok(Reply::count(
        zset.map_or(0, |zset| interval.ranks(zset, false).len()),
    ))
}

fn remove(ctx: &mut Ctx<'_>, args: Args<'_>, by: By, event: &'static str) -> Outcome {
    let interval = Interval::parse(by, args[2], args[3])?;
    let Some(zset) = ctx.db().write::<ZsetValue>(args[1])? else {
        return Ok(Reply::count(0));
    };
    let ranks = interval.ranks(zset, false);
    let removed = zset.drain(ranks).len();
    if removed > 0 {
        ctx.notify_changes(Class::Zset, event, args[1], removed);
        store::remove_if_empty(ctx, args[1]);
    }
    Ok(Reply::count(removed))
}
