//! DEBUG, as far as test suites of clients use it.

use std::time::Duration;

use crate::args::{self, Args, is};
use crate::dump;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::flag::{ADMIN, LOADING, NOSCRIPT, PROTECTED, STALE};
use crate::table::{Command, Group, Outcome};

const ROW: Command = Command {
    group: Group::Server,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[Command {
    name: "debug",
    arity: -2,
    flags: ADMIN | NOSCRIPT | LOADING | STALE | PROTECTED,
    acl: 0,
    summary: "A container for debugging commands.",
    complexity: "Depends on subcommand.",
    examples: &[
        ("DEBUG SET-ACTIVE-EXPIRE 1", "OK"),
        ("RPUSH k a b", "(integer) 2"),
        ("DEBUG RELOAD", "OK"),
        ("LRANGE k 0 -1", "1) \"a\"\n2) \"b\""),
        ("DEBUG QUICKLIST-PACKED-THRESHOLD 200b", "OK"),
        ("DEBUG SLEEP 0", "OK"),
        ("DEBUG ERROR \"MYERR hello\"", "(error) MYERR hello"),
        (
            "DEBUG nonsense",
            "(error) ERR unknown subcommand or wrong number of arguments for 'nonsense'. Try DEBUG HELP.",
        ),
    ],
    run: debug,
    ..ROW
}];

fn debug(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let name = args[1];
    match args.from(2) {
        [switch] if is(name, "SET-ACTIVE-EXPIRE") => {
            ctx.core.config.active_expire = crate::number::parse_int(switch) != Some(0);
        }
        [size] if is(name, "QUICKLIST-PACKED-THRESHOLD") => {
            ctx.core.config.limits.list.large = packed_threshold(size)?;
        }
        [seconds] if is(name, "SLEEP") => sleep(ctx, args::double(seconds).unwrap_or(0.0)),
        [message] if is(name, "ERROR") => return Err(CommandError::new(*message)),
        [kind] if is(name, "PROTOCOL") => return protocol(kind),
        _ if is(name, "RELOAD") => reload(ctx)?,
        _ => return Err(errors::subcommand_syntax(args[0], name)),
    }
    Ok(Reply::OK)
}

/// From which size on an element of a list has a node of its own; 0 is as the server begins.
fn packed_threshold(size: &[u8]) -> Result<usize, CommandError> {
    const USUAL: usize = 1 << 30;
    let text = String::from_utf8_lossy(size);
    match crate::settings::parse_size(&text.to_ascii_lowercase()).map(usize::try_from) {
        Some(Ok(0)) => Ok(USUAL),
        Some(Ok(size)) => Ok(size),
        _ => Err(errors::DEBUG_MEMORY_VALUE),
    }
}

/// Lets time pass: at once when the clock is virtual.
fn sleep(ctx: &mut Ctx<'_>, seconds: f64) {
    let time = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::ZERO);
    if ctx.core.clock.is_virtual() {
        ctx.core.clock.advance(time);
    } else {
        std::thread::sleep(time);
    }
}

/// Saves every value and loads it again.
fn reload(ctx: &mut Ctx<'_>) -> Result<(), CommandError> {
    let (profile, limits) = (ctx.core.profile, ctx.limits());
    for index in 0..ctx.core.databases.len() {
        for item in ctx.core.snapshot(index).unwrap_or_default() {
            let payload = dump::serialize(&item.value, profile);
            let value = dump::deserialize(&payload, profile, limits);
            let value = value.map_err(|_| errors::RESTORE_VALUE)?;
            ctx.core.db(index).set_keeping_expiry(&item.key, value);
        }
    }
    Ok(())
}

/// A reply of each type of the protocol.
#[allow(clippy::approx_constant, reason = "the number that the server gives")]
fn protocol(kind: &[u8]) -> Outcome {
    let numbers = || (0..3).map(Reply::Integer);
    Ok(match kind.to_ascii_lowercase().as_slice() {
        b"string" => Reply::bulk("Hello World"),
        b"integer" => Reply::Integer(12345),
        b"double" => Reply::Double(3.141),
        b"null" => Reply::Null,
        b"array" => Reply::Array(numbers().collect()),
        b"set" => Reply::Set(numbers().collect()),
        b"map" => {
            let pair = |n| (Reply::Integer(n), Reply::Boolean(n == 1));
            Reply::Map((0..3).map(pair).collect())
        }
        b"true" => Reply::Boolean(true),
        b"false" => Reply::Boolean(false),
        b"bignum" => Reply::BigNumber("1234567999999999999999999999999999999".into()),
        b"verbatim" => Reply::Verbatim(*b"txt", "This is a verbatim\nstring".into()),
        _ => return Err(errors::DEBUG_PROTOCOL),
    })
}
