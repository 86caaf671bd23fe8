//! Unions, intersections and differences of sorted sets, in which sets count as sorted sets whose
//! scores are all 1.

use crate::args::{Args, at_least, double, is};
use crate::bytes::SmallBytes;
use crate::commands::sorted_sets::{ROW, owned_pair};
use crate::commands::store;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::keyspace::{Database, Dict, database::Entry};
use crate::reply::Reply;
use crate::table::access::{ACCESS, OW, RO, UPDATE};
use crate::table::flag::{DENYOOM, READONLY, WRITE};
use crate::table::{Command, KeySpec, Outcome};
use crate::trace::Class;
use crate::values::zset::Scored;
use crate::values::{SetValue, Value, ZsetValue};

const UNION: &str = "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.";
const INTERSECTION: &str = "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.";
const DIFFERENCE: &str = "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.";

const STORE_KEYS: &[KeySpec] = &[
    KeySpec::one(1, OW | UPDATE),
    KeySpec::counted(2, RO | ACCESS),
];
const KEYS: &[KeySpec] = &[KeySpec::counted(1, RO | ACCESS)];

/// Every command on several sorted sets.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "zdiff",
        arity: -3,
        flags: READONLY,
        keys: KEYS,
        since: "6.2.0",
        summary: "Returns the difference between multiple sorted sets.",
        complexity: DIFFERENCE,
        examples: examples![
            ("ZADD a 1 x 2 y 3 z", "(integer) 3"),
            ("SADD b y", "(integer) 1"),
            ("ZDIFF 2 a b", "1) \"x\"\n2) \"z\""),
            (
                "ZDIFF 2 a b WITHSCORES",
                "1) \"x\"\n2) \"1\"\n3) \"z\"\n4) \"3\"",
            ),
            (
                "ZDIFF 0 a",
                "(error) ERR at least 1 input key is needed for 'zdiff' command",
            ),
            ("ZDIFF 2 a b WEIGHTS 1 2", "(error) ERR syntax error"),
        ],
        run: |ctx, args| list(ctx, args, Operation::Difference),
        ..ROW
    },
    Command {
        name: "zdiffstore",
        arity: -4,
        flags: WRITE | DENYOOM,
        keys: STORE_KEYS,
        since: "6.2.0",
        summary: "Stores the difference of multiple sorted sets in a key.",
        complexity: DIFFERENCE,
        examples: examples![
            ("ZADD a 1 x 2 y", "(integer) 2"),
            ("ZADD b 9 x", "(integer) 1"),
            ("ZDIFFSTORE to 2 a b", "(integer) 1"),
            ("ZRANGE to 0 -1 WITHSCORES", "1) \"y\"\n2) \"2\""),
        ],
        run: |ctx, args| store(ctx, args, Operation::Difference, "zdiffstore"),
        ..ROW
    },
    Command {
        name: "zinter",
        arity: -3,
        flags: READONLY,
        keys: KEYS,
        since: "6.2.0",
        summary: "Returns the intersect of multiple sorted sets.",
        complexity: INTERSECTION,
        examples: examples![
            ("ZADD a 1 x 2 y", "(integer) 2"),
            ("ZADD b 10 x 30 z", "(integer) 2"),
            ("ZINTER 2 a b WITHSCORES", "1) \"x\"\n2) \"11\""),
            (
                "ZINTER 2 a b WEIGHTS 5 1 AGGREGATE MIN WITHSCORES",
                "1) \"x\"\n2) \"5\"",
            ),
            (
                "ZINTER 2 a b WEIGHTS 5 x",
                "(error) ERR weight value is not a float",
            ),
        ],
        run: |ctx, args| list(ctx, args, Operation::Intersection),
        ..ROW
    },
    Command {
        name: "zintercard",
        arity: -3,
        flags: READONLY,
        keys: KEYS,
        since: "7.0.0",
        summary: "Returns the number of members of the intersect of multiple sorted sets.",
        complexity: "O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.",
        examples: examples![
            ("ZADD a 1 x 2 y 3 z", "(integer) 3"),
            ("ZADD b 1 x 2 y", "(integer) 2"),
            ("ZINTERCARD 2 a b", "(integer) 2"),
            ("ZINTERCARD 2 a b LIMIT 1", "(integer) 1"),
            ("ZINTERCARD 3 a b", "(error) ERR syntax error"),
        ],
        run: zintercard,
        ..ROW
    },
    Command {
        name: "zinterstore",
        arity: -4,
        flags: WRITE | DENYOOM,
        keys: STORE_KEYS,
        since: "2.0.0",
        summary: "Stores the intersect of multiple sorted sets in a key.",
        complexity: INTERSECTION,
        examples: examples![
            ("ZADD a 1 x 2 y", "(integer) 2"),
            ("ZADD b 10 x 30 z", "(integer) 2"),
            ("ZINTERSTORE to 2 a b AGGREGATE MAX", "(integer) 1"),
            ("ZRANGE to 0 -1 WITHSCORES", "1) \"x\"\n2) \"10\""),
        ],
        run: |ctx, args| store(ctx, args, Operation::Intersection, "zinterstore"),
        ..ROW
    },
    Command {
        name: "zunion",
        arity: -3,
        flags: READONLY,
        keys: KEYS,
        since: "6.2.0",
        summary: "Returns the union of multiple sorted sets.",
        complexity: UNION,
        examples: examples![
            ("ZADD a 1 x 2 y", "(integer) 2"),
            ("ZADD b 10 x", "(integer) 1"),
            (
                "ZUNION 2 a b WITHSCORES",
                "1) \"y\"\n2) \"2\"\n3) \"x\"\n4) \"11\"",
            ),
            ("ZUNION 2 a b AGGREGATE MIN", "1) \"x\"\n2) \"y\""),
        ],
        run: |ctx, args| list(ctx, args, Operation::Union),
        ..ROW
    },
    Command {
        name: "zunionstore",
        arity: -4,
        flags: WRITE | DENYOOM,
        keys: STORE_KEYS,
        since: "2.0.0",
        summary: "Stores the union of multiple sorted sets in a key.",
        complexity: UNION,
        examples: examples![
            ("ZADD a 1 x 2 y", "(integer) 2"),
            ("SADD b x z", "(integer) 2"),
            ("ZUNIONSTORE to 2 a b WEIGHTS 2 3", "(integer) 3"),
            (
                "ZRANGE to 0 -1 WITHSCORES",
                "1) \"z\"\n2) \"3\"\n3) \"y\"\n4) \"4\"\n5) \"x\"\n6) \"5\"",
            ),
        ],
        run: |ctx, args| store(ctx, args, Operation::Union, "zunionstore"),
        ..ROW
    },
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Union,
    Intersection,
    Difference,
}

/// How the scores of a member in several sorted sets become one.
#[derive(Clone, Copy)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn parse(word: &[u8]) -> Result<Aggregate, CommandError> {
        match word {
            _ if is(word, "SUM") => Ok(Aggregate::Sum),
            _ if is(word, "MIN") => Ok(Aggregate::Min),
            _ if is(word, "MAX") => Ok(Aggregate::Max),
            _ => Err(errors::SYNTAX),
        }
    }

    /// Of two infinities of opposite sign, the sum is 0. A NaN, which a weight can make, is never
    /// smaller or greater.
    fn apply(self, a: f64, b: f64) -> f64 {
        match self {
            Aggregate::Sum => zero_for_nan(a + b),
            Aggregate::Min if b < a => b,
            Aggregate::Max if b > a => b,
            Aggregate::Min | Aggregate::Max => a,
        }
    }
}

fn zero_for_nan(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// A key's value as a sorted set.
#[derive(Clone, Copy)]
enum Source<'a> {
    None,
    Set(&'a SetValue),
    Zset(&'a ZsetValue),
}

impl<'a> Source<'a> {
    fn of(value: Option<&'a Value>) -> Result<Source<'a>, CommandError> {
        match value {
            None => Ok(Source::None),
            Some(Value::Set(set)) => Ok(Source::Set(set)),
            Some(Value::Zset(zset)) => Ok(Source::Zset(zset)),
            Some(_) => Err(errors::WRONG_TYPE),
        }
    }

    fn len(self) -> usize {
        match self {
            Source::None => 0,
            Source::Set(set) => set.len(),
            Source::Zset(zset) => zset.len(),
        }
    }

    fn score(self, member: &[u8]) -> Option<f64> {
        match self {
            Source::None => None,
            Source::Set(set) => set.contains(member).then_some(1.0),
            Source::Zset(zset) => zset.score(member),
        }
    }

    /// Shows each member with its score until `show` answers false.
    fn each(self, mut show: impl FnMut(&[u8], f64) -> bool) {
        match self {
            Source::None => {}
            Source::Set(set) => {
                let mut buffer = itoa::Buffer::new();
                set.iter()
                    .all(|member| show(member.bytes_in(&mut buffer), 1.0));
            }
            Source::Zset(zset) => {
                zset.iter().all(|(member, score)| show(member, score));
            }
        }
    }
}

/// What these commands ask for.
struct Request<'a> {
    /// What the keys hold, and the weight of each.
    sources: Vec<(Source<'a>, f64)>,
    aggregate: Aggregate,
    with_scores: bool,
    /// How many common members to count; 0 for all.
    limit: usize,
}

/// What options a command has, beside those of its operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    List,
    Store,
    Count,
}

impl<'a> Request<'a> {
    /// Reads the arguments from the number of keys at `at` on.
    fn parse(
        db: &'a mut Database,
        args: Args<'_>,
        name: &str,
        at: usize,
        operation: Operation,
        purpose: Purpose,
    ) -> Result<Request<'a>, CommandError> {
        let count = args.int(at)?;
        if count < 1 {
            return Err(errors::no_input_key(name));
        }
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let (keys, mut words) = args.keys(at + 1, count).ok_or(errors::SYNTAX)?;
        for key in keys {
            Source::of(db.get(key))?;
        }
        let db = &*db;
        let source = |key: &&[u8]| Source::of(db.entry(key).map(Entry::value));
        let mut weights = vec![1.0; count];
        let mut aggregate = Aggregate::Sum;
        let (mut with_scores, mut limit) = (false, 0);
        let is_weighted = operation != Operation::Difference && purpose != Purpose::Count;
        while let Some(word) = words.next() {
            if is(word, "WEIGHTS") && is_weighted && words.len() >= count {
                for weight in &mut weights {
                    *weight = double(words.value()?).map_err(|_| errors::WEIGHT_NOT_A_FLOAT)?;
                }
            } else if is(word, "AGGREGATE") && is_weighted {
                aggregate = Aggregate::parse(words.value()?)?;
            } else if is(word, "WITHSCORES") && purpose == Purpose::List {
                with_scores = true;
            } else if is(word, "LIMIT") && purpose == Purpose::Count {
                limit = at_least(words.value()?, 0, errors::LIMIT_IS_NEGATIVE)?;
            } else {
                return Err(errors::SYNTAX);
            }
        }
        let sources = keys.iter().map(source).collect::<Result<Vec<_>, _>>()?;
        Ok(Request {
            sources: sources.into_iter().zip(weights).collect(),
            aggregate,
            with_scores,
            limit,
        })
    }

    /// The members that the operation gives, in order.
    fn run(&mut self, operation: Operation) -> Vec<Scored> {
        let mut items = match operation {
            Operation::Union => self.union(),
            Operation::Intersection => self.intersection(),
            Operation::Difference => self.difference(),
        };
        items.sort_unstable_by(Scored::order);
        items
    }

    /// Sums of more than two numbers depend on their order, which is by size.
    fn sort_sources(&mut self) {
        self.sources.sort_by_key(|(source, _)| source.len());
    }

    fn union(&mut self) -> Vec<Scored> {
        self.sort_sources();
        let mut scores: Dict<f64> = Dict::default();
        for &(source, weight) in &self.sources {
            source.each(|member, score| {
                let score = zero_for_nan(score * weight);
                match scores.locate(member) {
                    Ok(position) => {
                        if let Some(sum) = scores.at_mut(position) {
                            *sum = self.aggregate.apply(*sum, score);
                        }
                    }
                    Err(vacancy) => {
                        scores.insert_new(vacancy, member, score);
                    }
                }
                true
            });
        }
        let item = |(member, score): (&SmallBytes, &f64)| Scored::from((&**member, *score));
        scores.iter().map(item).collect()
    }

    /// Shows the members that all have, and their scores together, until `show` answers false.
    fn each_common(&mut self, mut show: impl FnMut(&[u8], f64) -> bool) {
        self.sort_sources();
        let Some(((smallest, weight), others)) = self.sources.split_first() else {
            return;
        };
        smallest.each(|member, score| {
            let first = zero_for_nan(score * weight);
            let total = others.iter().try_fold(first, |total, (source, weight)| {
                let score = source.score(member)?;
                Some(self.aggregate.apply(total, score * weight))
            });
            total.is_none_or(|total| show(member, total))
        });
    }

    fn intersection(&mut self) -> Vec<Scored> {
        let mut common = Vec::new();
        self.each_common(|member, score| {
            common.push(Scored::from((member, score)));
            true
        });
        common
    }

    fn difference(&self) -> Vec<Scored> {
        let mut rest = Vec::new();
        if let Some(((first, _), others)) = self.sources.split_first() {
            first.each(|member, score| {
                if others
                    .iter()
                    .all(|(other, _)| other.score(member).is_none())
                {
                    rest.push(Scored::from((member, score)));
                }
                true
            });
        }
        rest
    }
}

fn list(ctx: &mut Ctx<'_>, args: Args<'_>, operation: Operation) -> Outcome {
    let name = ctx.command.name;
    let mut request = Request::parse(ctx.db(), args, name, 1, operation, Purpose::List)?;
    let items = request.run(operation).into_iter();
    Ok(if request.with_scores {
        Reply::Pairs(items.map(owned_pair).collect())
    } else {
        Reply::Array(items.map(|item| Reply::Bulk(item.member)).collect())
    })
}

fn store(ctx: &mut Ctx<'_>, args: Args<'_>, operation: Operation, event: &'static str) -> Outcome {
    let name = ctx.command.name;
    let limits = ctx.limits();
    let mut request = Request::parse(ctx.db(), args, name, 2, operation, Purpose::Store)?;
    let items = request.run(operation);
    let len = items.len();
    let zset = ZsetValue::from_sorted(items, limits);
    store::result(ctx, args[1], zset, len, (Class::Zset, event, 1))
}

fn zintercard(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (name, operation) = (ctx.command.name, Operation::Intersection);
    let mut request = Request::parse(ctx.db(), args, name, 1, operation, Purpose::Count)?;
    let limit = request.limit;
    let mut count = 0;
    request.each_common(|_, _| {
        count += 1;
        count != limit
    });
    Ok(Reply::count(count))
}
