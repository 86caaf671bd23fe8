//! Lists: pushing, popping, moving, and reading by index.

use crate::args::{Args, at_least, int, is};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, DELETE, INSERT, RO, RW, UPDATE};
use crate::table::flag::{BLOCKING, DENYOOM, FAST, READONLY, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::ListValue;
use crate::values::list::End;
use crate::values::listpack::Element;

const ROW: Command = Command {
    group: Group::List,
    acl: acl::LIST,
    ..Command::BASE
};

/// The keys of a command that takes from one list and adds to another.
const MOVE_KEYS: &[KeySpec] = &[
    KeySpec::one(1, RW | ACCESS | DELETE),
    KeySpec::one(2, RW | INSERT),
];

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "blmove",
        arity: 6,
        flags: WRITE | DENYOOM | BLOCKING,
        keys: MOVE_KEYS,
        since: "6.2.0",
        summary: "Pops an element from a list, pushes it to another list and returns it. Blocks until an element is available otherwise. Deletes the list if the last element was moved.",
        examples: &[
            ("RPUSH k a b", "(integer) 2"),
            ("BLMOVE k other RIGHT LEFT 0", "\"b\""),
            ("LRANGE other 0 -1", "1) \"b\""),
            ("BLMOVE none other LEFT LEFT 0.01", "(nil)"),
            (
                "BLMOVE k other RIGHT LEFT soon",
                "(error) ERR timeout is not a float or out of range",
            ),
            ("BLMOVE k other RIGHT UP 0", "(error) ERR syntax error"),
        ],
        run: |ctx, args| {
            let (from, to) = (end(args[3])?, end(args[4])?);
            move_or_wait(ctx, args, from, to, args[5])
        },
        ..ROW
    },
    Command {
        name: "blmpop",
        arity: -5,
        flags: WRITE | BLOCKING,
        keys: &[KeySpec::counted(2, RW | ACCESS | DELETE)],
        since: "7.0.0",
        summary: "Pops the first element from one of multiple lists. Blocks until an element is available otherwise. Deletes the list if the last element was popped.",
        complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
        examples: &[
            ("RPUSH k a b c", "(integer) 3"),
            (
                "BLMPOP 0 2 none k RIGHT COUNT 2",
                "1) \"k\"\n2) 1) \"c\"\n   2) \"b\"",
            ),
            ("BLMPOP 0.01 1 none LEFT", "(nil)"),
            ("BLMPOP -1 1 k LEFT", "(error) ERR timeout is negative"),
        ],
        run: |ctx, args| {
            let (keys, end, count) = keys_end_count(args, 2)?;
            let until_ms = ctx.deadline(args[1])?;
            let popped = pop_first(ctx, keys, |ctx, key| pop_many(ctx, key, end, count))?;
            Ok(popped.unwrap_or_else(|| ctx.wait(until_ms, Reply::NullArray)))
        },
        ..ROW
    },
    Command {
        name: "blpop",
        arity: -3,
        flags: WRITE | BLOCKING,
        keys: &[KeySpec::range(1, -2, 1, RW | ACCESS | DELETE)],
        since: "2.0.0",
        summary: "Removes and returns the first element in a list. Blocks until an element is available otherwise. Deletes the list if the last element was popped.",
        complexity: "O(N) where N is the number of provided keys.",
        examples: &[
            ("RPUSH k a b", "(integer) 2"),
            ("BLPOP none k 0", "1) \"k\"\n2) \"a\""),
            ("BLPOP none 0.01", "(nil)"),
            (
                "BLPOP k x",
                "(error) ERR timeout is not a float or out of range",
            ),
            ("BLPOP k -1", "(error) ERR timeout is negative"),
        ],
        run: |ctx, args| pop_or_wait(ctx, args, End::Left),
        ..ROW
    },
    Command {
        name: "brpop",
        arity: -3,
        flags: WRITE | BLOCKING,
        keys: &[KeySpec::range(1, -2, 1, RW | ACCESS | DELETE)],
        since: "2.0.0",
        summary: "Removes and returns the last element in a list. Blocks until an element is available otherwise. Deletes the list if the last element was popped.",
        complexity: "O(N) where N is the number of provided keys.",
        examples: &[
            ("RPUSH k a b", "(integer) 2"),
            ("BRPOP none k 0", "1) \"k\"\n2) \"b\""),
            ("BRPOP none 0.01", "(nil)"),
        ],
        run: |ctx, args| pop_or_wait(ctx, args, End::Right),
        ..ROW
    },
    Command {
        name: "brpoplpush",
        arity: 4,
        flags: WRITE | DENYOOM | BLOCKING,
        keys: MOVE_KEYS,
        since: "2.2.0",
        summary: "Pops an element from a list, pushes it to another list and returns it. Block until an element is available otherwise. Deletes the list if the last element was popped.",
        examples: &[
            ("RPUSH k a b", "(integer) 2"),
            ("BRPOPLPUSH k other 0", "\"b\""),
            ("BRPOPLPUSH none other 0.01", "(nil)"),
        ],
        run: |ctx, args| move_or_wait(ctx, args, End::Right, End::Left, args[3]),
        ..ROW
    },
    Command {
        name: "lindex",
        arity: 3,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns an element from a list by its index.",
        complexity: "O(N) where N is the number of elements to traverse to get to the element at index. This makes asking for the first or the last element of the list O(1).",
        examples: &[
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
        examples: &[
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
        examples: &[
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
        name: "lmove",
        arity: 5,
        flags: WRITE | DENYOOM,
        keys: MOVE_KEYS,
        since: "6.2.0",
        summary: "Returns an element after popping it from one list and pushing it to another. Deletes the list if the last element was moved.",
        examples: &[
            ("RPUSH k a b c", "(integer) 3"),
            ("LMOVE k other RIGHT LEFT", "\"c\""),
            ("LMOVE k other LEFT RIGHT", "\"a\""),
            ("LRANGE other 0 -1", "1) \"c\"\n2) \"a\""),
            ("LMOVE none other LEFT LEFT", "(nil)"),
        ],
        run: |ctx, args| {
            let (from, to) = (end(args[3])?, end(args[4])?);
            Ok(move_one(ctx, args, from, to)?.unwrap_or(Reply::Null))
        },
        ..ROW
    },
    Command {
        name: "lmpop",
        arity: -4,
        flags: WRITE,
        keys: &[KeySpec::counted(1, RW | ACCESS | DELETE)],
        since: "7.0.0",
        summary: "Returns multiple elements from a list after removing them. Deletes the list if the last element was popped.",
        complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
        examples: &[
            ("RPUSH k a b c", "(integer) 3"),
            ("LMPOP 2 none k LEFT", "1) \"k\"\n2) 1) \"a\""),
            (
                "LMPOP 1 k RIGHT COUNT 10",
                "1) \"k\"\n2) 1) \"c\"\n   2) \"b\"",
            ),
            ("LMPOP 1 k LEFT", "(nil)"),
            (
                "LMPOP 0 k LEFT",
                "(error) ERR numkeys should be greater than 0",
            ),
            (
                "LMPOP 1 k LEFT COUNT 0",
                "(error) ERR count should be greater than 0",
            ),
        ],
        run: |ctx, args| {
            let (keys, end, count) = keys_end_count(args, 1)?;
            let popped = pop_first(ctx, keys, |ctx, key| pop_many(ctx, key, end, count))?;
            Ok(popped.unwrap_or(Reply::NullArray))
        },
        ..ROW
    },
    Command {
        name: "lpop",
        arity: -2,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | DELETE)],
        summary: "Returns the first elements in a list after removing it. Deletes the list if the last element was popped.",
        complexity: "O(N) where N is the number of elements returned",
        examples: &[
            ("RPUSH k a b c d", "(integer) 4"),
            ("LPOP k", "\"a\""),
            ("LPOP k 2", "1) \"b\"\n2) \"c\""),
            ("LPOP k 0", "(empty array)"),
            ("LPOP none", "(nil)"),
            ("LPOP none 1", "(nil)"),
            (
                "LPOP k -1",
                "(error) ERR value is out of range, must be positive",
            ),
            (
                "LPOP k 1 2",
                "(error) ERR wrong number of arguments for 'lpop' command",
            ),
        ],
        run: |ctx, args| pop(ctx, args, End::Left),
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
        examples: &[
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
        examples: &[
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
        examples: &[
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
        examples: &[
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
        examples: &[
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
        examples: &[
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
        examples: &[
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
        name: "rpop",
        arity: -2,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | DELETE)],
        summary: "Returns and removes the last elements of a list. Deletes the list if the last element was popped.",
        complexity: "O(N) where N is the number of elements returned",
        examples: &[
            ("RPUSH k a b c d", "(integer) 4"),
            ("RPOP k", "\"d\""),
            ("RPOP k 2", "1) \"c\"\n2) \"b\""),
            ("RPOP none", "(nil)"),
        ],
        run: |ctx, args| pop(ctx, args, End::Right),
        ..ROW
    },
    Command {
        name: "rpoplpush",
        arity: 3,
        flags: WRITE | DENYOOM,
        keys: MOVE_KEYS,
        since: "1.2.0",
        summary: "Returns the last element of a list after removing and pushing it to another list. Deletes the list if the last element was popped.",
        examples: &[
            ("RPUSH k a b", "(integer) 2"),
            ("RPOPLPUSH k k", "\"b\""),
            ("RPOPLPUSH k other", "\"a\""),
            ("LRANGE k 0 -1", "1) \"b\""),
            ("RPOPLPUSH none other", "(nil)"),
        ],
        run: |ctx, args| {
            let moved = move_one(ctx, args, End::Right, End::Left)?;
            Ok(moved.unwrap_or(Reply::Null))
        },
        ..ROW
    },
    Command {
        name: "rpush",
        arity: -3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | INSERT)],
        summary: "Appends one or more elements to a list. Creates the key if it doesn't exist.",
        complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
        examples: &[
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
        examples: &[
            ("RPUSHX k a", "(integer) 0"),
            ("RPUSH k a", "(integer) 1"),
            ("RPUSHX k b", "(integer) 2"),
        ],
        run: |ctx, args| push(ctx, args, End::Right, Absent::Ignore),
        ..ROW
    },
];

/// The end that LEFT or RIGHT names.
fn end(word: &[u8]) -> Result<End, CommandError> {
    if is(word, "LEFT") {
        Ok(End::Left)
    } else if is(word, "RIGHT") {
        Ok(End::Right)
    } else {
        Err(errors::SYNTAX)
    }
}

/// The index that a number means in a list of that length, a negative one counted from the tail;
/// an index outside the list when there is none.
fn index(number: i64, len: usize) -> usize {
    match usize::try_from(number) {
        Ok(index) => index,
        Err(_) => usize::try_from(number.unsigned_abs())
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
    ctx.notify(Class::List, pushed(end), key);
    Ok(Reply::count(len))
}

/// The event of a push.
fn pushed(end: End) -> &'static str {
    match end {
        End::Left => "lpush",
        End::Right => "rpush",
    }
}

/// The event of a pop.
fn popped(end: End) -> &'static str {
    match end {
        End::Left => "lpop",
        End::Right => "rpop",
    }
}

/// Reports that elements were removed from a list, and removes one that is empty.
fn removed(ctx: &mut Ctx<'_>, event: &'static str, key: &[u8], is_empty: bool) {
    ctx.notify(Class::List, event, key);
    if is_empty {
        ctx.db().remove(key);
        ctx.notify(Class::Generic, "del", key);
    }
}

/// Removes one element; `None` when there is no list.
fn pop_one(ctx: &mut Ctx<'_>, key: &[u8], end: End) -> Result<Option<Reply>, CommandError> {
    let limits = ctx.limits();
    let Some(list) = ctx.db().write::<ListValue>(key)? else {
        return Ok(None);
    };
    let element = list.pop(end);
    list.settle(limits);
    let is_empty = list.is_empty();
    removed(ctx, popped(end), key, is_empty);
    Ok(element.map(Reply::Bulk))
}

/// Removes up to `count` elements; `None` when there is no list.
fn pop_many(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    end: End,
    count: usize,
) -> Result<Option<Reply>, CommandError> {
    let limits = ctx.limits();
    let Some(list) = ctx.db().write::<ListValue>(key)? else {
        return Ok(None);
    };
    let len = list.len();
    let count = count.min(len);
    let elements: Vec<Reply> = match end {
        End::Left => list.iter_from(0).take(count).map(Reply::from).collect(),
        End::Right => list
            .iter_back_from(len - 1)
            .take(count)
            .map(Reply::from)
            .collect(),
    };
    if count > 0 {
        let first = match end {
            End::Left => 0,
            End::Right => len - count,
        };
        list.remove_range(first, count);
        list.settle(limits);
        removed(ctx, popped(end), key, count == len);
    }
    Ok(Some(Reply::Array(elements)))
}

/// LPOP and RPOP: key, and maybe a count.
fn pop(ctx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Outcome {
    match args.from(2) {
        [] => Ok(pop_one(ctx, args[1], end)?.unwrap_or(Reply::Null)),
        [count] => {
            let count = at_least(count, 0, errors::NOT_POSITIVE)?;
            Ok(pop_many(ctx, args[1], end, count)?.unwrap_or(Reply::NullArray))
        }
        _ => Err(errors::wrong_arity(ctx.command.name)),
    }
}

/// Pops from the first of several lists that is there; the name of the key comes first.
fn pop_first(
    ctx: &mut Ctx<'_>,
    keys: &[&[u8]],
    pop: impl Fn(&mut Ctx<'_>, &[u8]) -> Result<Option<Reply>, CommandError>,
) -> Result<Option<Reply>, CommandError> {
    for key in keys {
        if let Some(popped) = pop(ctx, key)? {
            return Ok(Some(Reply::Array(vec![Reply::bulk(key), popped])));
        }
    }
    Ok(None)
}

/// BLPOP and BRPOP: keys and a time-out.
fn pop_or_wait(ctx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Outcome {
    let last = args.len() - 1;
    let until_ms = ctx.deadline(args[last])?;
    let keys = &args.as_slice()[1..last];
    let popped = pop_first(ctx, keys, |ctx, key| pop_one(ctx, key, end))?;
    Ok(popped.unwrap_or_else(|| ctx.wait(until_ms, Reply::NullArray)))
}

/// The arguments of LMPOP from the number of keys on: keys, end, count.
fn keys_end_count(args: Args<'_>, at: usize) -> Result<(&[&[u8]], End, usize), CommandError> {
    let keys = at_least(args[at], 1, errors::NUMKEYS_NOT_POSITIVE)?;
    let (keys, mut words) = args.keys(at + 1, keys).ok_or(errors::SYNTAX)?;
    let end = end(words.value()?)?;
    Ok((keys, end, words.count_or_one()?))
}

/// Moves an element between the lists of the first two arguments, which may be one; `None` when the
/// first is not there.
fn move_one(
    ctx: &mut Ctx<'_>,
    args: Args<'_>,
    from: End,
    to: End,
) -> Result<Option<Reply>, CommandError> {
    let (source, destination, limits) = (args[1], args[2], ctx.limits());
    if ctx.db().read::<ListValue>(source)?.is_none() {
        return Ok(None);
    }
    ctx.db().read::<ListValue>(destination)?;
    let list = ctx.db().write::<ListValue>(source)?;
    let Some(element) = list.and_then(|list| list.pop(from)) else {
        return Ok(None);
    };
    let list = ctx.db().write_or_insert::<ListValue>(destination)?;
    list.push(&[&element], to, limits);
    ctx.notify(Class::List, pushed(to), destination);
    if let Some(list) = ctx.db().write::<ListValue>(source)? {
        list.settle(limits);
        let is_empty = list.is_empty();
        removed(ctx, popped(from), source, is_empty);
    }
    Ok(Some(Reply::Bulk(element)))
}

/// BLMOVE and BRPOPLPUSH: as [`move_one`], with a time-out.
fn move_or_wait(ctx: &mut Ctx<'_>, args: Args<'_>, from: End, to: End, timeout: &[u8]) -> Outcome {
    let until_ms = ctx.deadline(timeout)?;
    let moved = move_one(ctx, args, from, to)?;
    Ok(moved.unwrap_or_else(|| ctx.wait(until_ms, Reply::Null)))
}

fn lindex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let Some(list) = ctx.db().read::<ListValue>(args[1])? else {
        return Ok(Reply::Null);
    };
    let element = list.get(index(args.int(2)?, list.len()));
    Ok(element.map_or(Reply::Null, Reply::from))
}

fn lrange(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (start, stop) = (args.int(2)?, args.int(3)?);
    let Some(list) = ctx.db().read::<ListValue>(args[1])? else {
        return Ok(Reply::Array(Vec::new()));
    };
    let (first, count) = range(start, stop, list.len());
    let mut elements = Vec::with_capacity(count);
    elements.extend(list.iter_from(first).take(count).map(Reply::from));
    Ok(Reply::Array(elements))
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
        removed(ctx, "lrem", key, is_empty);
    }
    Ok(Reply::count(count))
}

fn ltrim(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (start, stop) = (args.int(2)?, args.int(3)?);
    let (key, limits) = (args[1], ctx.limits());
    let Some(list) = ctx.db().write::<ListValue>(key)? else {
        return Ok(Reply::OK);
    };
    let (first, count) = range(start, stop, list.len());
    list.remove_range(first + count, usize::MAX);
    list.remove_range(0, first);
    list.settle(limits);
    removed(ctx, "ltrim", key, count == 0);
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
