//! DUMP and RESTORE: values as bytes that other servers take.

use crate::args::{Args, is};
use crate::dump::{self, Refused};
use crate::errors;
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, OW, RO, UPDATE};
use crate::table::flag::{DENYOOM, READONLY, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::trace::Class;

const ROW: Command = Command {
    group: Group::Generic,
    acl: acl::KEYSPACE,
    since: "2.6.0",
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "dump",
        arity: 2,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.6.0",
        summary: "Returns a serialized representation of the value stored at a key.",
        complexity: "O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("SET k 10", "OK"),
            (
                "DUMP k",
                "\"\\x00\\xc0\\n\\x0b\\x00\\a@\\xea6\\xf31\\x8a2\"",
            ),
            ("DUMP none", "(nil)"),
        ],
        run: dump,
        ..ROW
    },
    Command {
        name: "restore",
        arity: -4,
        flags: WRITE | DENYOOM,
        acl: acl::KEYSPACE | acl::DANGEROUS,
        keys: &[KeySpec::one(1, OW | UPDATE)],
        since: "2.6.0",
        summary: "Creates a key from the serialized representation of a value.",
        complexity: "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
        examples: examples![
            (
                "RESTORE k 0 \"\\n\\x17\\x17\\x00\\x00\\x00\\x12\\x00\\x00\\x00\\x03\\x00\\x00\\xc0\\x01\\x00\\x04\\xc0\\x02\\x00\\x04\\xc0\\x03\\x00\\xff\\x04\\x00u#<\\xc0;.\\xe9\\xdd\"",
                "OK",
            ),
            (
                "RESTORE k 0 \"\\x00\\xc0\\n\\t\\x00\\xbem\\x06\\x89Z(\\x00\\n\"",
                "(error) BUSYKEY Target key name already exists.",
            ),
            (
                "GET k",
                "(error) WRONGTYPE Operation against a key holding the wrong kind of value",
            ),
            (
                "RESTORE k 0 \"\\x00\\xc0\\n\\t\\x00\\xbem\\x06\\x89Z(\\x00\\n\"",
                "(error) BUSYKEY Target key name already exists.",
            ),
            (
                "RESTORE k 0 \"\\x00\\xc0\\x0b\\t\\x00\\xbem\\x06\\x89Z(\\x00\\n\" REPLACE",
                "(error) ERR DUMP payload version or checksum are wrong",
            ),
            (
                "RESTORE k -1 x REPLACE",
                "(error) ERR Invalid TTL value, must be >= 0",
            ),
        ],
        run: restore,
        ..ROW
    },
];

fn dump(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let profile = ctx.core.profile;
    let value = ctx.db().get(args[1]);
    Ok(Reply::bulk_or_null(
        value.map(|value| dump::serialize(value, profile)),
    ))
}

fn restore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let key = args[1];
    let (mut replace, mut is_absolute) = (false, false);
    let (mut idle, mut frequency) = (None, None);
    let mut words = args.words(4);
    while let Some(word) = words.next() {
        if is(word, "REPLACE") {
            replace = true;
        } else if is(word, "ABSTTL") {
            is_absolute = true;
        } else if is(word, "IDLETIME") && !words.is_empty() && frequency.is_none() {
            let seconds = words.int()?;
            idle = Some(u64::try_from(seconds).map_err(|_| errors::RESTORE_IDLETIME)?);
        } else if is(word, "FREQ") && !words.is_empty() && idle.is_none() {
            let count = u8::try_from(words.int()?);
            frequency = Some(count.map_err(|_| errors::RESTORE_FREQ)?);
        } else {
            return Err(errors::SYNTAX);
        }
    }
    if !replace && ctx.db().touch(key) {
        return Err(errors::BUSY_KEY);
    }
    let ttl = args.int(2)?;
    if ttl < 0 {
        return Err(errors::RESTORE_TTL);
    }
    let value = dump::deserialize(args[3], ctx.core.profile, ctx.limits());
    let value = value.map_err(|refused| match refused {
        Refused::Frame => errors::RESTORE_FRAME,
        Refused::Value => errors::RESTORE_VALUE,
    })?;
    let now_ms = ctx.now_ms();
    let base = if is_absolute { 0 } else { now_ms };
    let expire_at = (ttl > 0).then(|| ttl.wrapping_add(base));
    // A key that would be gone already only removes the one it replaces.
    if expire_at.is_some_and(|at| at <= now_ms) {
        if ctx.db().discard(key) {
            ctx.notify(Class::Generic, "del", key);
        }
        return Ok(Reply::OK);
    }
    let db = ctx.db();
    // Without a look whether it is due.
    db.discard(key);
    db.set(key, value);
    if expire_at.is_some() {
        db.set_expire_at(key, expire_at);
    }
    if let Some(idle) = idle {
        db.set_idle(key, idle as u32);
    }
    if let Some(frequency) = frequency {
        db.set_frequency(key, frequency);
    }
    ctx.notify(Class::Generic, "restore", key);
    Ok(Reply::OK)
}
