//! Elements of lists taken from either end, or moved to another list, with or without waiting for them.

use crate::args::{Args, at_least, is};
use crate::commands::lists::{ROW, pushed, removed};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, DELETE, INSERT, RW};
use crate::table::flag::{BLOCKING, DENYOOM, FAST, WRITE};
use crate::table::{Command, KeySpec, Outcome};
use crate::trace::Class;
use crate::values::ListValue;
use crate::values::list::End;
use crate::waiters::Wanted;

/// The keys of a command that takes from one list and adds to another.
const MOVE_KEYS: &[KeySpec] = &[
    KeySpec::one(1, RW | ACCESS | DELETE),
    KeySpec::one(2, RW | INSERT),
];

/// Every command that takes elements away or moves them.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "blmove",
        noscript_in: &["redis-7.0"],
        arity: 6,
        flags: WRITE | DENYOOM | BLOCKING,
        keys: MOVE_KEYS,
        since: "6.2.0",
        summary: "Pops an element from a list, pushes it to another list and returns it. Blocks until an element is available otherwise. Deletes the list if the last element was moved.",
        examples: examples![
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
        examples: examples![
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
            Ok(popped.unwrap_or_else(|| wait(ctx, args, keys, until_ms, Reply::NullArray)))
        },
        ..ROW
    },
    Command {
        name: "blpop",
        noscript_in: &["redis-7.0"],
        arity: -3,
        flags: WRITE | BLOCKING,
        keys: &[KeySpec::range(1, -2, 1, RW | ACCESS | DELETE)],
        since: "2.0.0",
        summary: "Removes and returns the first element in a list. Blocks until an element is available otherwise. Deletes the list if the last element was popped.",
        complexity: "O(N) where N is the number of provided keys.",
        examples: examples![
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
        noscript_in: &["redis-7.0"],
        arity: -3,
        flags: WRITE | BLOCKING,
        keys: &[KeySpec::range(1, -2, 1, RW | ACCESS | DELETE)],
        since: "2.0.0",
        summary: "Removes and returns the last element in a list. Blocks until an element is available otherwise. Deletes the list if the last element was popped.",
        complexity: "O(N) where N is the number of provided keys.",
        examples: examples![
            ("RPUSH k a b", "(integer) 2"),
            ("BRPOP none k 0", "1) \"k\"\n2) \"b\""),
            ("BRPOP none 0.01", "(nil)"),
        ],
        run: |ctx, args| pop_or_wait(ctx, args, End::Right),
        ..ROW
    },
    Command {
        name: "brpoplpush",
        noscript_in: &["redis-7.0"],
        arity: 4,
        flags: WRITE | DENYOOM | BLOCKING,
        keys: MOVE_KEYS,
        since: "2.2.0",
        summary: "Pops an element from a list, pushes it to another list and returns it. Block until an element is available otherwise. Deletes the list if the last element was popped.",
        examples: examples![
            ("RPUSH k a b", "(integer) 2"),
            ("BRPOPLPUSH k other 0", "\"b\""),
            ("BRPOPLPUSH none other 0.01", "(nil)"),
        ],
        run: |ctx, args| move_or_wait(ctx, args, End::Right, End::Left, args[3]),
        ..ROW
    },
    Command {
        name: "lmove",
        arity: 5,
        flags: WRITE | DENYOOM,
        keys: MOVE_KEYS,
        since: "6.2.0",
        summary: "Returns an element after popping it from one list and pushing it to another. Deletes the list if the last element was moved.",
        examples: examples![
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
        examples: examples![
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
        examples: examples![
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
        name: "rpop",
        arity: -2,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | DELETE)],
        summary: "Returns and removes the last elements of a list. Deletes the list if the last element was popped.",
        complexity: "O(N) where N is the number of elements returned",
        examples: examples![
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
        examples: examples![
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

/// The event of a pop.
fn popped(end: End) -> &'static str {
    match end {
        End::Left => "lpop",
        End::Right => "rpop",
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
    removed(ctx, popped(end), key, 1, is_empty);
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
        removed(ctx, popped(end), key, count, count == len);
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
    Ok(popped.unwrap_or_else(|| wait(ctx, args, keys, until_ms, Reply::NullArray)))
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
    ctx.notify_too(Class::List, pushed(to), destination);
    if let Some(list) = ctx.db().write::<ListValue>(source)? {
        list.settle(limits);
        let is_empty = list.is_empty();
        removed(ctx, popped(from), source, 1, is_empty);
    }
    Ok(Some(Reply::Bulk(element)))
}

/// BLMOVE and BRPOPLPUSH: as [`move_one`], with a time-out.
fn move_or_wait(ctx: &mut Ctx<'_>, args: Args<'_>, from: End, to: End, timeout: &[u8]) -> Outcome {
    let until_ms = ctx.deadline(timeout)?;
    let moved = move_one(ctx, args, from, to)?;
    Ok(moved.unwrap_or_else(|| wait(ctx, args, &[args[1]], until_ms, Reply::Null)))
}

/// Waits for a list at one of the keys.
fn wait(
    ctx: &mut Ctx<'_>,
    args: Args<'_>,
    keys: &[&[u8]],
    until_ms: Option<i64>,
    at_once: Reply,
) -> Reply {
    ctx.wait(Wanted::List, keys, args.as_slice(), until_ms, at_once)
}
