//! DEBUG, as far as test suites of clients use it.

use std::time::Duration;

use crate::args::{self, Args, is};
use crate::digest::Digest;
use crate::dump;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::keyspace::Database;
use crate::reply::Reply;
use crate::table::flag::{ADMIN, LOADING, NOSCRIPT, PROTECTED, STALE};
use crate::table::{Command, Group, Outcome};
use crate::values::Value;
use crate::values::list::NodeView;

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
    examples: examples![
        ("DEBUG SET-ACTIVE-EXPIRE 1", "OK"),
        ("RPUSH k a b", "(integer) 2"),
        ("DEBUG RELOAD", "OK"),
        ("LRANGE k 0 -1", "1) \"a\"\n2) \"b\""),
        (
            "DEBUG DIGEST-VALUE k none",
            "1) 62f55a532623cf6c3d81081db480b6fd8461eb3f\n2) 0000000000000000000000000000000000000000",
        ),
        ("DEBUG DIGEST", "d0b5be69a4c67c74a6cbbdef4df584b9d9642ce8"),
        ("DEBUG QUICKLIST-PACKED-THRESHOLD 200b", "OK"),
        ("DEBUG SLEEP 0", "OK"),
        ("DEBUG ERROR \"MYERR hello\"", "(error) MYERR hello"),
        (
            "DEBUG nonsense",
            "(error) ERR unknown subcommand or wrong number of arguments for 'nonsense'. Try DEBUG HELP.",
        ),
        ("DEBUG OBJECT none", "(error) ERR no such key"),
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
        [switch] if is(name, "PAUSE-CRON") => {
            ctx.core.config.is_cron_paused = crate::number::parse_int(switch) != Some(0);
        }
        [size] if is(name, "QUICKLIST-PACKED-THRESHOLD") => {
            ctx.core.config.limits.list.large = packed_threshold(size)?;
        }
        [seconds] if is(name, "SLEEP") => sleep(ctx, args::double(seconds).unwrap_or(0.0)),
        [message] if is(name, "ERROR") => return Err(CommandError::new(*message)),
        [switch] if is(name, "SET-DISABLE-DENY-SCRIPTS") => {
            ctx.core.config.scripts_may_call_all =
                crate::number::parse_int(switch).unwrap_or(0) != 0;
        }
        [kind] if is(name, "PROTOCOL") => return protocol(kind),
        [] if is(name, "DIGEST") => return Ok(Reply::Status(digest(ctx).into_bytes().into())),
        keys if is(name, "DIGEST-VALUE") => {
            let digest = |key: &&[u8]| Reply::Status(value_digest(ctx, key).into_bytes().into());
            return Ok(Reply::Array(keys.iter().map(digest).collect()));
        }
        [key] if is(name, "OBJECT") => return object(ctx, key),
        options if is(name, "RELOAD") => reload(ctx, options)?,
        [] if is(name, "LOADAOF") => reload(ctx, &[])?,
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
        ctx.core.clock.sleep(time);
    }
}

/// Saves every value and loads it again. What is there already must not stay, unless it is replaced.
fn reload(ctx: &mut Ctx<'_>, options: &[&[u8]]) -> Result<(), CommandError> {
    let (mut stays, mut merges) = (false, false);
    for option in options {
        match option {
            option if is(option, "merge") => merges = true,
            option if is(option, "noflush") => stays = true,
            option if is(option, "nosave") => {}
            _ => return Err(errors::DEBUG_RELOAD_OPTION),
        }
    }
    let is_empty = ctx.core.functions.counts() == (0, 0);
    if stays && !merges && !(is_empty && ctx.core.databases.iter().all(Database::is_empty)) {
        return Err(errors::DEBUG_RELOAD_FAILED);
    }
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

/// One number for all that is stored.
fn digest(ctx: &mut Ctx<'_>) -> String {
    let profile = ctx.core.profile;
    let mut all = Digest::default();
    for index in 0..ctx.core.databases.len() {
        let db = ctx.core.db(index);
        if db.is_empty() {
            continue;
        }
        all.mix(&(index as u32).to_be_bytes());
        for (key, entry) in db.iter() {
            let mut digest = Digest::default();
            digest.mix(key);
            let has_expiry = db.expiry_of(entry).is_some();
            digest.add_value(entry.value(), has_expiry, profile);
            all.add_digest(digest);
        }
    }
    all.to_hex()
}

/// One number for a value.
fn value_digest(ctx: &mut Ctx<'_>, key: &[u8]) -> String {
    let profile = ctx.core.profile;
    let mut digest = Digest::default();
    let db = ctx.db();
    if let Some(entry) = db.entry(key) {
        let has_expiry = db.expiry_of(entry).is_some();
        digest.add_value(entry.value(), has_expiry, profile);
    }
    digest.to_hex()
}

/// How a value is kept, in the server's words; nothing here has an address.
fn object(ctx: &mut Ctx<'_>, key: &[u8]) -> Outcome {
    /// A type byte, which is no part of the value, and the footer.
    const FRAME: usize = 11;
    let (profile, now_ms) = (ctx.core.profile, ctx.now_ms());
    let node = ctx.limits().list.node;
    let db = ctx.db();
    let entry = db.stored(key).ok_or(errors::NO_SUCH_KEY)?;
    let value = entry.value();
    let idle = db.idle_seconds(entry);
    let mut text = format!(
        "Value at:0x0 refcount:1 encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{idle}",
        value.encoding(),
        dump::serialize(value, profile).len() - FRAME,
        (now_ms / 1000 - i64::from(idle)) & 0xff_ffff,
    );
    if let (Value::List(list), "quicklist") = (value, value.encoding()) {
        let mut bytes = 0;
        list.for_each_node(|view| {
            bytes += match view {
                NodeView::Packed(elements) => elements.byte_len(),
                NodeView::Large(bytes) => bytes.len(),
            };
        });
        text += &format!(
            " ql_nodes:{} ql_avg_node:{:.2} ql_listpack_max:{node} ql_compressed:0 \
             ql_uncompressed_size:{bytes}",
            list.nodes(),
            list.len() as f64 / list.nodes() as f64,
        );
    }
    Ok(Reply::Status(text.into_bytes().into()))
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
        b"attrib" => {
            let popularity = Reply::Array(vec![Reply::bulk("key:123"), Reply::Integer(90)]);
            let facts = vec![(Reply::bulk("key-popularity"), popularity)];
            let reply = Reply::bulk("Some real reply following the attribute");
            Reply::Attribute(Box::new((facts, reply)))
        }
        b"verbatim" => Reply::Verbatim(*b"txt", "This is a verbatim\nstring".into()),
        _ => return Err(errors::DEBUG_PROTOCOL),
    })
}
