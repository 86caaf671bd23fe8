//! Lists: pushing, reading and changing by index.

use crate::args::{Args, amount, at_least, int, is};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, DELETE, INSERT, RO, RW, UPDATE};
use crate::table::flag::{DENYOOM, FAST, READONLY, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::ListValue;
use crate::values::list::End;
use crate::values::listpack::Element;

/// What is shared by the commands of the family.
pub(super) const ROW: Command = Command {
    group: Group::List,
    acl: acl::LIST,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "lindex",
        arity: 3,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns an element from a list by its index.",
        complexity: "O(N) where N is the number of elements to traverse to get to the element at index. This makes asking for the first or the last element of the list O(1).",
        examples: examples![
            ("RPUSH k a b c", "(integer) 3"),
            ("LINDEX k 0", "\"a\""),
            ("LINDEX k -1", "\"c\""),
            ("LINDEX k 3", "(nil)"),
            ("LINDEX none x", "(nil)"),
            (
                "LINDEX k x",
                "(error) ERR value is not an integer or out of range",
            ),
        ],
        run: lindex,
        ..ROW
    },
    Command {
        name: "linsert",
        arity: 5,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(1, RW | INSERT)],
        since: "2.2.0",
        summary: "Inserts an element before or after another element in a list.",
        complexity: "O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).",
        examples: examples![
            ("RPUSH k Hello World", "(integer) 2"),
            ("LINSERT k BEFORE World There", "(integer) 3"),
            ("LINSERT k AFTER World !", "(integer) 4"),
            (
                "LRANGE k 0 -1",
                "1) \"Hello\"\n2) \"There\"\n3) \"World\"\n4) \"!\"",
            ),
            ("LINSERT k AFTER none x", "(integer) -1"),
            ("LINSERT none AFTER x x", "(integer) 0"),
            ("LINSERT k BESIDE World x", "(error) ERR syntax error"),
        ],
        run: linsert,
        ..ROW
    },
    Command {
        name: "llen",
        arity: 2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO)],
        summary: "Returns the length of a list.",
        examples: examples![
            ("RPUSH k a b", "(integer) 2"),
            ("LLEN k", "(integer) 2"),
            ("LLEN none", "(integer) 0"),
            ("SET s x", "OK"),
            (
                "LLEN s",
                "(error) WRONGTYPE Operation against a key holding the wrong kind of value",
            ),
        ],
        run: |ctx, args| {
            let list = ctx.db().read::<ListValue>(args[1])?;
            Ok(Reply::count(list.map_or(0, ListValue::len)))
        },
        ..ROW
    },
    Command {
        name: "lpos",
        arity: -3,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "6.0.6",
        summary: "Returns the index of matching elements in a list.",
        complexity: "O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may run in constant time.",
        examples: examples![
            ("RPUSH k a b c 1 2 c c", "(integer) 7"),
            ("LPOS k c", "(integer) 2"),
            ("LPOS k c RANK 2", "(integer) 5"),
            ("LPOS k c RANK -1", "(integer) 6"),
            (
                "LPOS k c COUNT 0",
                "1) (integer) 2\n2) (integer) 5\n3) (integer) 6",
            ),
            ("LPOS k c RANK -1 COUNT 2", "1) (integer) 6\n2) (integer) 5"),
            ("LPOS k c COUNT 0 MAXLEN 2", "(empty array)"),
            ("LPOS k x", "(nil)"),
            (
                "LPOS k c RANK 0",
                "(error) ERR RANK can't be zero: use 1 to start from the first match, 2 from the \
                 second ... or use negative to start from the end of the list",
            ),
            ("LPOS k c COUNT -1", "(error) ERR COUNT can't be negative"),
            ("LPOS k c MAXLEN x", "(error) ERR MAXLEN can't be negative"),
        ],
        run: lpos,
        ..ROW
    },
    Command {
        name: "lpush",
        arity: -3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | INSERT)],
        summary: "Prepends one or more elements to a list. Creates the key if it doesn't exist.",
        complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
        examples: examples![
            ("LPUSH k a b", "(integer) 2"),
            ("LRANGE k 0 -1", "1) \"b\"\n2) \"a\""),
            ("SET s x", "OK"),
            (
                "LPUSH s a",
                "(error) WRONGTYPE Operation against a key holding the wrong kind of value",
            ),
        ],
        run: |ctx, args| push(ctx, args, End::Left, Absent::Create),
        ..ROW
    },
    Command {
        name: "lpushx",
        arity: -3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | INSERT)],
        since: "2.2.0",
        summary: "Prepends one or more elements to a list only when the list exists.",
        complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
        examples: examples![
            ("LPUSHX k a", "(integer) 0"),
            ("RPUSH k a", "(integer) 1"),
            ("LPUSHX k b c", "(integer) 3"),
            ("LRANGE k 0 -1", "1) \"c\"\n2) \"b\"\n3) \"a\""),
        ],
        run: |ctx, args| push(ctx, args, End::Left, Absent::Ignore),
        ..ROW
    },
    Command {
        name: "lrange",
        arity: 4,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns a range of elements from a list.",
        complexity: "O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists; and N is the number of elements in the specified range.",
        examples: examples![
            ("RPUSH k a b c", "(integer) 3"),
            ("LRANGE k 0 0", "1) \"a\""),
            ("LRANGE k -100 1", "1) \"a\"\n2) \"b\""),
            ("LRANGE k -2 100", "1) \"b\"\n2) \"c\""),
            ("LRANGE k 5 10", "(empty array)"),
            ("LRANGE none 0 -1", "(empty array)"),
            (
                "LRANGE none 0 x",
                "(error) ERR value is not an integer or out of range",
            ),
        ],
        run: lrange,
        ..ROW
    },
    Command {
        name: "lrem",
        arity: 4,
        flags: WRITE,
        keys: &[KeySpec::one(1, RW | DELETE)],
        summary: "Removes elements from a list. Deletes the list if the last element was removed.",
        complexity: "O(N+M) where N is the length of the list and M is the number of elements removed.",
        examples: examples![
            ("RPUSH k a b a c a", "(integer) 5"),
            ("LREM k -2 a", "(integer) 2"),
            ("LRANGE k 0 -1", "1) \"a\"\n2) \"b\"\n3) \"c\""),
            ("LREM k 0 none", "(integer) 0"),
            ("LREM none 0 a", "(integer) 0"),
        ],
        run: lrem,
        ..ROW
    },
    Command {
        name: "lset",
        arity: 4,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        summary: "Sets the value of an element in a list by its index.",
        complexity: "O(N) where N is the length of the list. Setting either the first or the last element of the list is O(1).",
        examples: examples![
            ("RPUSH k a b c", "(integer) 3"),
            ("LSET k 0 x", "OK"),
            ("LSET k -2 y", "OK"),
            ("LRANGE k 0 -1", "1) \"x\"\n2) \"y\"\n3) \"c\""),
            ("LSET k 3 z", "(error) ERR index out of range"),
            ("LSET none 0 x", "(error) ERR no such key"),
        ],
        run: lset,
        ..ROW
    },
    Command {
        name: "ltrim",
        arity: 4,
        flags: WRITE,
        keys: &[KeySpec::one(1, RW | DELETE)],
        summary: "Removes elements from both ends a list. Deletes the list if all elements were trimmed.",
        complexity: "O(N) where N is the number of elements to be removed by the operation.",
        examples: examples![
            ("RPUSH k a b c d", "(integer) 4"),
            ("LTRIM k 1 -2", "OK"),
            ("LRANGE k 0 -1", "1) \"b\"\n2) \"c\""),
            ("LTRIM k 5 10", "OK"),
            ("EXISTS k", "(integer) 0"),
            ("LTRIM none 0 1", "OK"),
        ],
        run: ltrim,
        ..ROW
    },
    Command {
        name: "rpush",
        arity: -3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | INSERT)],
        summary: "Appends one or more elements to a list. Creates the key if it doesn't exist.",
        complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
        examples: examples![
            ("RPUSH k a b", "(integer) 2"),
            ("LRANGE k 0 -1", "1) \"a\"\n2) \"b\""),
        ],
        run: |ctx, args| push(ctx, args, End::Right, Absent::Create),
        ..ROW
    },
    Command {
        name: "rpushx",
        arity: -3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | INSERT)],
        since: "2.2.0",
        summary: "Appends an element to a list only when the list exists.",
        complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
        examples: examples![
            ("RPUSHX k a", "(integer) 0"),
            ("RPUSH k a", "(integer) 1"),
            ("RPUSHX k b", "(integer) 2"),
        ],
        run: |ctx, args| push(ctx, args, End::Right, Absent::Ignore),
        ..ROW
    },
];

/// The index that a number means in a list of that length, a negative one counted from the tail;
/// an index outside the list when there is none.
fn index(number: i64, len: usize) -> usize {
    match amount(number) {
        Some(index) => index,
        None => usize::try_from(number.unsigned_abs())
            .ok()
            .and_then(|from_tail| len.checked_sub(from_tail))
            .unwrap_or(usize::MAX),
    }
}

/// The first index and the length of the range between two numbers, both included, negative ones
/// counted from the tail.
fn range(start: i64, stop: i64, len: usize) -> (usize, usize) {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let from_tail = |number: i64| if number < 0 { number + len } else { number };
    let start = from_tail(start).max(0);
    let stop = from_tail(stop).min(len - 1);
    if start > stop {
        return (0, 0);
    }
    (start as usize, (stop - start + 1) as usize)
}

/// What a push does with a key that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    Create,
    Ignore,
}

fn push(ctx: &mut Ctx<'_>, args: Args<'_>, end: End, absent: Absent) -> Outcome {
    let (key, limits) = (args[1], ctx.limits());
    let list = match absent {
        Absent::Create => ctx.db().write_or_insert::<ListValue>(key)?,
        Absent::Ignore => match ctx.db().write::<ListValue>(key)? {
            Some(list) => list,
            None => return Ok(Reply::Integer(0)),
        },
    };
    list.push(args.from(2), end, limits);
    let len = list.len();
    ctx.notify_changes(Class::List, pushed(end), key, args.from(2).len());
    Ok(Reply::count(len))
}

/// The event of a push.
pub(super) fn pushed(end: End) -> &'static str {
    match end {
        End::Left => "lpush",
        End::Right => "rpush",
    }
}

fn lindex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let answer = ctx.answer();
    let Some(list) = ctx.db().read::<ListValue>(args[1])? else {
        return Ok(Reply::Null);
    };
    Ok(answer.one(list.get(index(args.int(2)?, list.len()))))
}

fn lrange(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (start, stop) = (args.int(2)?, args.int(3)?);
    let answer = ctx.answer();
    let Some(list) = ctx.db().read::<ListValue>(args[1])? else {
        return Ok(Reply::Array(Vec::new()));
    };
    let (first, count) = range(start, stop, list.len());
    Ok(answer.array(count, list.iter_from(first).take(count)))
}

fn lset(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (key, limits) = (args[1], ctx.limits());
    let list = ctx.db().write::<ListValue>(key)?;
    let list = list.ok_or(errors::NO_SUCH_KEY)?;
    let index = index(args.int(2)?, list.len());
    if !list.set(index, args[3], limits) {
        return Err(errors::INDEX_OUT_OF_RANGE);
    }
    ctx.notify(Class::List, "lset", key);
    Ok(Reply::OK)
}

fn linsert(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (key, limits) = (args[1], ctx.limits());
    let side = if is(args[2], "AFTER") {
        End::Right
    } else if is(args[2], "BEFORE") {
        End::Left
    } else {
        return Err(errors::SYNTAX);
    };
    let Some(list) = ctx.db().write::<ListValue>(key)? else {
        return Ok(Reply::Integer(0));
    };
    if !list.insert_beside(args[3], args[4], side, limits) {
        return Ok(Reply::Integer(-1));
    }
    let len = list.len();
    ctx.notify(Class::List, "linsert", key);
    Ok(Reply::count(len))
}

fn lrem(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (key, count, limits) = (args[1], args.int(2)?, ctx.limits());
    let Some(list) = ctx.db().write::<ListValue>(key)? else {
        return Ok(Reply::Integer(0));
    };
    let from = if count < 0 { End::Right } else { End::Left };
    let max = match count.unsigned_abs() {
        0 => usize::MAX,
        max => usize::try_from(max).unwrap_or(usize::MAX),
    };
    let count = list.remove_equal(args[3], max, from);
    if count > 0 {
        list.settle(limits);
        let is_empty = list.is_empty();
        removed(ctx, "lrem", key, count, is_empty);
    }
    Ok(Reply::count(count))
}

fn ltrim(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (start, stop) = (args.int(2)?, args.int(3)?);
    let (key, limits) = (args[1], ctx.limits());
    let Some(list) = ctx.db().write::<ListValue>(key)? else {
        return Ok(Reply::OK);
    };
    let len = list.len();
    let (first, count) = range(start, stop, len);
    list.remove_range(first + count, usize::MAX);
    list.remove_range(0, first);
    list.settle(limits);
    removed(ctx, "ltrim", key, len - count, count == 0);
    Ok(Reply::OK)
}

/// The options of LPOS.
struct Search {
    /// Which match comes first, and from which end they are counted.
    rank: usize,
    from: End,
    /// How many matches; `None` for one that is not given as an array.
    count: Option<usize>,
    /// How many elements are looked at.
    max_len: usize,
}

impl Search {
    fn parse(args: Args<'_>) -> Result<Search, CommandError> {
        let mut search = Search {
            rank: 1,
            from: End::Left,
            count: None,
            max_len: usize::MAX,
        };
        let or_all = |n: usize| if n == 0 { usize::MAX } else { n };
        let mut words = args.words(3);
        while let Some(word) = words.next() {
            let value = words.value()?;
            if is(word, "RANK") {
                let rank = match int(value)? {
                    0 => return Err(errors::LPOS_RANK_ZERO),
                    i64::MIN => return Err(errors::NOT_SYMMETRIC),
                    rank => rank,
                };
                search.from = if rank < 0 { End::Right } else { End::Left };
                search.rank = usize::try_from(rank.unsigned_abs()).unwrap_or(usize::MAX);
            } else if is(word, "COUNT") {
                search.count = Some(or_all(at_least(value, 0, errors::LPOS_COUNT_NEGATIVE)?));
            } else if is(word, "MAXLEN") {
                search.max_len = or_all(at_least(value, 0, errors::LPOS_MAXLEN_NEGATIVE)?);
            } else {
                return Err(errors::SYNTAX);
            }
        }
        Ok(search)
    }

    /// How many elements are passed before each match, from the end that the search begins at.
    fn matches<'a>(
        &self,
        elements: impl Iterator<Item = Element<'a>>,
        wanted: Element<'_>,
    ) -> Vec<usize> {
        let looked_at = elements.take(self.max_len).enumerate();
        looked_at
            .filter(|(_, element)| *element == wanted)
            .map(|(passed, _)| passed)
            .skip(self.rank - 1)
            .take(self.count.unwrap_or(1))
            .collect()
    }
}

fn lpos(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let search = Search::parse(args)?;
    let mut found = Vec::new();
    if let Some(list) = ctx.db().read::<ListValue>(args[1])? {
        let wanted = Element::new(args[2]);
        let last = list.len().saturating_sub(1);
        found = match search.from {
            End::Left => search.matches(list.iter_from(0), wanted),
            End::Right => search.matches(list.iter_back_from(last), wanted),
        };
        if search.from == End::Right {
            found.iter_mut().for_each(|passed| *passed = last - *passed);
        }
    }
    let mut found = found.into_iter().map(Reply::count);
    Ok(match search.count {
        Some(_) => Reply::Array(found.collect()),
        None => found.next().unwrap_or(Reply::Null),
    })
}

/// Reports that so many elements were removed from a list, and removes one that is empty.
pub(super) fn removed(
    ctx: &mut Ctx<'_>,
    event: &'static str,
    key: &[u8],
    count: usize,
    is_empty: bool,
) {
    ctx.notify_changes(Class::List, event, key, count);
    if is_empty {
        ctx.db().remove(key);
        ctx.notify_too(Class::Generic, "del", key);
    }
}
