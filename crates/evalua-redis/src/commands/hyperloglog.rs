//! HyperLogLogs: counting different elements, about.

use std::borrow::Cow;

use crate::args::{Args, is};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, INSERT, RO, RW};
use crate::table::flag::{ADMIN, DENYOOM, FAST, MAY_REPLICATE, READONLY, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::StringValue;
use crate::values::hyperloglog::{self as hll, Corrupted, Registers};

const ROW: Command = Command {
    group: Group::Hyperloglog,
    acl: acl::HYPERLOGLOG,
    since: "2.8.9",
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "pfadd",
        arity: -2,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | INSERT)],
        since: "2.8.9",
        summary: "Adds elements to a HyperLogLog key. Creates the key if it doesn't exist.",
        complexity: "O(1) to add every element.",
        examples: examples![
            ("PFADD k a b c", "(integer) 1"),
            ("PFADD k a", "(integer) 0"),
            ("PFCOUNT k", "(integer) 3"),
            ("SET s text", "OK"),
            (
                "PFADD s a",
                "(error) WRONGTYPE Key is not a valid HyperLogLog string value.",
            ),
        ],
        run: pfadd,
        ..ROW
    },
    Command {
        name: "pfcount",
        arity: -2,
        flags: READONLY | MAY_REPLICATE,
        keys: &[KeySpec::range(1, -1, 1, RW | ACCESS).noting(
            "RW because it may change the internal representation of the key, and propagate to replicas",
        )],
        since: "2.8.9",
        summary: "Returns the approximated cardinality of the set(s) observed by the HyperLogLog key(s).",
        complexity: "O(1) with a very small average constant time when called with a single key. O(N) with N being the number of keys, and much bigger constant times, when called with multiple keys.",
        examples: examples![
            ("PFADD a x y", "(integer) 1"),
            ("PFADD b y z", "(integer) 1"),
            ("PFCOUNT a", "(integer) 2"),
            ("PFCOUNT a b none", "(integer) 3"),
        ],
        run: pfcount,
        ..ROW
    },
    Command {
        name: "pfdebug",
        arity: 3,
        flags: WRITE | DENYOOM | ADMIN,
        keys: &[KeySpec::one(2, RW | ACCESS)],
        since: "2.8.9",
        summary: "Internal commands for debugging HyperLogLog values.",
        complexity: "N/A",
        examples: examples![
            ("PFADD k a", "(integer) 1"),
            ("PFDEBUG ENCODING k", "sparse"),
            ("PFDEBUG DECODE k", "\"Z:12711 v:2,1 Z:3672\""),
            ("PFDEBUG TODENSE k", "(integer) 1"),
            ("PFDEBUG DECODE k", "(error) ERR HLL encoding is not sparse"),
            (
                "PFDEBUG ENCODING none",
                "(error) ERR The specified key does not exist",
            ),
            ("PFDEBUG x k", "(error) ERR Unknown PFDEBUG subcommand 'x'"),
        ],
        run: pfdebug,
        ..ROW
    },
    Command {
        name: "pfmerge",
        arity: -2,
        flags: WRITE | DENYOOM,
        keys: &[
            KeySpec::one(1, RW | ACCESS | INSERT),
            KeySpec::range(2, -1, 1, RO | ACCESS),
        ],
        since: "2.8.9",
        summary: "Merges one or more HyperLogLog values into a single key.",
        complexity: "O(N) to merge N HyperLogLogs, but with high constant times.",
        examples: examples![
            ("PFADD a x y", "(integer) 1"),
            ("PFADD b y z", "(integer) 1"),
            ("PFMERGE c a b", "OK"),
            ("PFCOUNT c", "(integer) 3"),
        ],
        run: pfmerge,
        ..ROW
    },
    Command {
        name: "pfselftest",
        arity: 1,
        flags: ADMIN,
        since: "2.8.9",
        summary: "An internal command for testing HyperLogLog values.",
        complexity: "N/A",
        examples: examples![(
            "PFSELFTEST x",
            "(error) ERR wrong number of arguments for 'pfselftest' command",
        )],
        run: pfselftest,
        ..ROW
    },
];

fn corrupted(_: Corrupted) -> CommandError {
    errors::HLL_CORRUPTED
}

/// The HyperLogLog at a key.
fn read<'c>(ctx: &'c mut Ctx<'_>, key: &[u8]) -> Result<Option<Cow<'c, [u8]>>, CommandError> {
    let value = ctx.db().read::<StringValue>(key)?;
    match value.map(StringValue::as_bytes) {
        Some(bytes) if !hll::is_valid(&bytes) => Err(errors::NOT_A_HLL),
        bytes => Ok(bytes),
    }
}

/// The HyperLogLog at a key, to be changed.
fn write<'c>(ctx: &'c mut Ctx<'_>, key: &[u8]) -> Result<Option<&'c mut Vec<u8>>, CommandError> {
    if read(ctx, key)?.is_none() {
        return Ok(None);
    }
    let value = ctx.db().write::<StringValue>(key)?;
    Ok(value.map(StringValue::make_mut))
}

/// The HyperLogLog at a key, to be changed, made when there is none; and whether it was.
fn write_or_make<'c>(
    ctx: &'c mut Ctx<'_>,
    key: &[u8],
) -> Result<(&'c mut Vec<u8>, bool), CommandError> {
    let is_new = read(ctx, key)?.is_none();
    if is_new {
        ctx.db().set(key, StringValue::raw(hll::new()));
    }
    let value = ctx.db().write_or_insert::<StringValue>(key)?;
    Ok((value.make_mut(), is_new))
}

fn pfadd(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let sparse_max = ctx.core.config.hll_sparse_max_bytes;
    let (bytes, is_new) = write_or_make(ctx, args[1])?;
    let mut changes = usize::from(is_new);
    for element in args.from(2) {
        changes += usize::from(hll::add(bytes, element, sparse_max).map_err(corrupted)?);
    }
    if changes > 0 {
        hll::invalidate(bytes);
        ctx.notify_changes(Class::String, "pfadd", args[1], changes);
    }
    Ok(Reply::flag(changes > 0))
}

/// A count as the server replies it.
fn count(count: u64) -> Outcome {
    Ok(Reply::Integer(count as i64))
}

/// The registers of the HyperLogLogs at these keys, the highest of each; and whether one of them is
/// dense.
fn merged(ctx: &mut Ctx<'_>, keys: &[&[u8]]) -> Result<(Registers, bool), CommandError> {
    let mut registers = Registers::default();
    let mut any_dense = false;
    for key in keys {
        if let Some(bytes) = read(ctx, key)? {
            any_dense |= hll::is_dense(&bytes);
            registers.merge(&bytes).map_err(corrupted)?;
        }
    }
    Ok((registers, any_dense))
}

fn pfcount(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    if args.len() > 2 {
        let (registers, _) = merged(ctx, args.from(1))?;
        return count(registers.estimate());
    }
    let Some(bytes) = write(ctx, args[1])? else {
        return count(0);
    };
    if let Some(known) = hll::cached(bytes) {
        return count(known);
    }
    let fresh = hll::refresh(bytes).map_err(corrupted)?;
    // The count that it now remembers is a change, though there is no event.
    ctx.core.dirty += 1;
    ctx.core.changed(args[1], ctx.session.db);
    count(fresh)
}

fn pfmerge(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let sparse_max = ctx.core.config.hll_sparse_max_bytes;
    let (registers, any_dense) = merged(ctx, args.from(1))?;
    let (bytes, _) = write_or_make(ctx, args[1])?;
    if any_dense {
        hll::make_dense(bytes).map_err(corrupted)?;
    }
    hll::raise_all(bytes, &registers, sparse_max);
    hll::invalidate(bytes);
    ctx.notify(Class::String, "pfadd", args[1]);
    Ok(Reply::OK)
}

fn pfdebug(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let name = args[1];
    let bytes = write(ctx, args[2])?.ok_or(errors::PFDEBUG_NO_KEY)?;
    let known = ["GETREG", "DECODE", "ENCODING", "TODENSE"];
    if !known.iter().any(|known| is(name, known)) {
        return Err(errors::pfdebug_subcommand(name));
    }
    if args.len() != 3 {
        return Err(errors::pfdebug_arity(name));
    }
    let was_dense = hll::is_dense(bytes);
    if is(name, "DECODE") {
        return match was_dense {
            true => Err(errors::PFDEBUG_NOT_SPARSE),
            false => Ok(Reply::bulk(hll::describe(bytes))),
        };
    }
    if is(name, "ENCODING") {
        return Ok(Reply::status(if was_dense { "dense" } else { "sparse" }));
    }
    hll::make_dense(bytes).map_err(corrupted)?;
    let reply = if is(name, "TODENSE") {
        Reply::flag(!was_dense)
    } else {
        let mut registers = Registers::default();
        registers.merge(bytes).map_err(corrupted)?;
        let values = registers.as_slice().iter();
        Reply::Array(
            values
                .map(|value| Reply::Integer(i64::from(*value)))
                .collect(),
        )
    };
    ctx.core.dirty += u64::from(!was_dense);
    Ok(reply)
}

fn pfselftest(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    let sparse_max = ctx.core.config.hll_sparse_max_bytes;
    let rng = &mut ctx.core.rng;
    match hll::self_test(|| rng.next_u64(), sparse_max) {
        Ok(()) => Ok(Reply::OK),
        Err(fault) => Err(errors::hll_self_test(&fault)),
    }
}
