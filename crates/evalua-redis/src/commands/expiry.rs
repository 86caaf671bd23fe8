//! Expiry of keys: setting, removing and asking for it.

use crate::args::{self, Args, is};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, RO, RW, UPDATE};
use crate::table::flag::{FAST, READONLY, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::trace::Class;

const ROW: Command = Command {
    group: Group::Generic,
    acl: acl::KEYSPACE,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "expire",
        arity: -3,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        summary: "Sets the expiration time of a key in seconds.",
        examples: examples![
            ("SET k v", "OK"),
            ("EXPIRE k 10", "(integer) 1"),
            ("TTL k", "(integer) 10"),
            ("EXPIRE k 5 GT", "(integer) 0"),
            (
                "EXPIRE k 5 NX XX",
                "(error) ERR NX and XX, GT or LT options at the same time are not compatible",
            ),
            ("EXPIRE none 5", "(integer) 0"),
            ("EXPIRE k -1", "(integer) 1"),
            ("EXISTS k", "(integer) 0"),
        ],
        run: |ctx, args| expire(ctx, args, Unit::Seconds, ctx.now_ms()),
        ..ROW
    },
    Command {
        name: "expireat",
        arity: -3,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        since: "1.2.0",
        summary: "Sets the expiration time of a key to a Unix timestamp.",
        examples: examples![
            ("SET k v", "OK"),
            ("EXPIREAT k 33177117420", "(integer) 1"),
            ("EXPIRETIME k", "(integer) 33177117420"),
            ("EXPIREAT k 1293840000", "(integer) 1"),
            ("EXISTS k", "(integer) 0"),
        ],
        run: |ctx, args| expire(ctx, args, Unit::Seconds, 0),
        ..ROW
    },
    Command {
        name: "expiretime",
        arity: 2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "7.0.0",
        summary: "Returns the expiration time of a key as a Unix timestamp.",
        examples: examples![
            ("SET k v EXAT 33177117420", "OK"),
            ("EXPIRETIME k", "(integer) 33177117420"),
            ("EXPIRETIME none", "(integer) -2"),
        ],
        run: |ctx, args| time_left(ctx, args[1], |_, at_ms| to_seconds(at_ms)),
        ..ROW
    },
    Command {
        name: "persist",
        arity: 2,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        since: "2.2.0",
        summary: "Removes the expiration time of a key.",
        examples: examples![
            ("SET k v EX 10", "OK"),
            ("PERSIST k", "(integer) 1"),
            ("TTL k", "(integer) -1"),
            ("PERSIST k", "(integer) 0"),
        ],
        run: persist,
        ..ROW
    },
    Command {
        name: "pexpire",
        arity: -3,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        since: "2.6.0",
        summary: "Sets the expiration time of a key in milliseconds.",
        examples: examples![
            ("SET k v", "OK"),
            ("PEXPIRE k 9999", "(integer) 1"),
            ("TTL k", "(integer) 10"),
            (
                "PEXPIRE k 9223372036854775807",
                "(error) ERR invalid expire time in 'pexpire' command",
            ),
        ],
        run: |ctx, args| expire(ctx, args, Unit::Milliseconds, ctx.now_ms()),
        ..ROW
    },
    Command {
        name: "pexpireat",
        arity: -3,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        since: "2.6.0",
        summary: "Sets the expiration time of a key to a Unix milliseconds timestamp.",
        examples: examples![
            ("SET k v", "OK"),
            ("PEXPIREAT k 33177117420000", "(integer) 1"),
            ("PEXPIRETIME k", "(integer) 33177117420000"),
            (
                "PEXPIREAT k x",
                "(error) ERR value is not an integer or out of range",
            ),
        ],
        run: |ctx, args| expire(ctx, args, Unit::Milliseconds, 0),
        ..ROW
    },
    Command {
        name: "pexpiretime",
        arity: 2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "7.0.0",
        summary: "Returns the expiration time of a key as a Unix milliseconds timestamp.",
        examples: examples![
            ("SET k v PXAT 33177117420123", "OK"),
            ("PEXPIRETIME k", "(integer) 33177117420123"),
            ("PERSIST k", "(integer) 1"),
            ("PEXPIRETIME k", "(integer) -1"),
        ],
        run: |ctx, args| time_left(ctx, args[1], |_, at_ms| at_ms),
        ..ROW
    },
    Command {
        name: "pttl",
        arity: 2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.6.0",
        summary: "Returns the expiration time in milliseconds of a key.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("SET k v", "OK"),
            ("PTTL k", "(integer) -1"),
            ("PTTL none", "(integer) -2"),
        ],
        run: |ctx, args| time_left(ctx, args[1], |ttl_ms, _| ttl_ms),
        ..ROW
    },
    Command {
        name: "ttl",
        arity: 2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns the expiration time in seconds of a key.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("SET k v EX 10", "OK"),
            ("TTL k", "(integer) 10"),
            ("TTL none", "(integer) -2"),
            ("SET k v", "OK"),
            ("TTL k", "(integer) -1"),
        ],
        run: |ctx, args| time_left(ctx, args[1], |ttl_ms, _| to_seconds(ttl_ms)),
        ..ROW
    },
];

/// What a time argument counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Seconds,
    Milliseconds,
}

/// When a new expiry is set.
#[derive(Default)]
struct Conditions {
    if_none: bool,
    if_some: bool,
    if_later: bool,
    if_earlier: bool,
}

impl Conditions {
    fn parse(args: Args<'_>) -> Result<Conditions, CommandError> {
        let mut on = Conditions::default();
        for word in args.words(3) {
            let condition = match word {
                word if is(word, "NX") => &mut on.if_none,
                word if is(word, "XX") => &mut on.if_some,
                word if is(word, "GT") => &mut on.if_later,
                word if is(word, "LT") => &mut on.if_earlier,
                other => return Err(errors::unsupported_option(other)),
            };
            *condition = true;
        }
        if on.if_none && (on.if_some || on.if_later || on.if_earlier) {
            return Err(errors::EXPIRE_NX_AND_OTHERS);
        }
        if on.if_later && on.if_earlier {
            return Err(errors::EXPIRE_GT_AND_LT);
        }
        Ok(on)
    }

    /// Whether a key that goes at `old`, or never, may go at `new` instead.
    fn allow(&self, old: Option<i64>, new: i64) -> bool {
        // Never is later than any instant.
        (!self.if_none || old.is_none())
            && (!self.if_some || old.is_some())
            && (!self.if_later || old.is_some_and(|old| new > old))
            && (!self.if_earlier || old.is_none_or(|old| new < old))
    }
}

/// EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT: a time in `unit` after `base_ms`.
fn expire(ctx: &mut Ctx<'_>, args: Args<'_>, unit: Unit, base_ms: i64) -> Outcome {
    let key = args[1];
    let conditions = Conditions::parse(args)?;
    let time = args::int(args[2])?;
    let scale = if unit == Unit::Seconds { 1000 } else { 1 };
    let at = time
        .checked_mul(scale)
        .and_then(|ms| ms.checked_add(base_ms))
        .ok_or_else(|| errors::invalid_expire(ctx.command.name))?;
    if !ctx.db().touch(key) || !conditions.allow(ctx.db().expire_at(key), at) {
        return Ok(Reply::flag(false));
    }
    if at <= ctx.now_ms() {
        ctx.db().remove(key);
        ctx.notify(Class::Generic, "del", key);
    } else {
        ctx.db().set_expire_at(key, Some(at));
        ctx.notify(Class::Generic, "expire", key);
    }
    Ok(Reply::flag(true))
}

/// TTL and its like: -2 without the key, -1 without expiry, else what `pick` makes of the time left
/// and of the instant, in milliseconds.
fn time_left(ctx: &mut Ctx<'_>, key: &[u8], pick: fn(i64, i64) -> i64) -> Outcome {
    let now_ms = ctx.now_ms();
    if !ctx.db().contains(key) {
        return Ok(Reply::Integer(-2));
    }
    let at = ctx.db().expire_at(key);
    Ok(Reply::Integer(
        at.map_or(-1, |at| pick((at - now_ms).max(0), at)),
    ))
}

/// A time that is not negative, rounded to the nearest second.
fn to_seconds(ms: i64) -> i64 {
    ms / 1000 + i64::from(ms % 1000 >= 500)
}

fn persist(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let had = ctx.db().touch(args[1]) && ctx.db().set_expire_at(args[1], None);
    if had {
        ctx.notify(Class::Generic, "persist", args[1]);
    }
    Ok(Reply::flag(had))
}
