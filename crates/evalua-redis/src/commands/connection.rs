//! Connections: a caller's own state, which is its [`Session`](crate::Session).
//!
//! What is asked of a connection itself (its address, its end) is up to the host: QUIT only tells it,
//! through the session.

use crate::acl;
use crate::args::{Args, is};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::session::Resp;
use crate::table::flag::{ALLOW_BUSY, FAST, LOADING, NO_AUTH, NOSCRIPT, STALE};
use crate::table::{self, Command, Group, Outcome};

const ROW: Command = Command {
    group: Group::Connection,
    acl: table::acl::CONNECTION,
    ..Command::BASE
};

/// What is shared by the commands that come before all others on a connection.
const HANDSHAKE: Command = Command {
    flags: NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY,
    ..ROW
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "auth",
        arity: -2,
        since: "1.0.0",
        summary: "Authenticates the connection.",
        complexity: "O(N) where N is the number of passwords defined for the user",
        examples: examples![
            ("AUTH default any-password", "OK"),
            (
                "AUTH someone secret",
                "(error) WRONGPASS invalid username-password pair or user is disabled.",
            ),
            (
                "AUTH secret",
                "(error) ERR AUTH <password> called without any password configured for the default \
                 user. Are you sure your configuration is correct?",
            ),
            ("AUTH a b c", "(error) ERR syntax error"),
        ],
        run: auth,
        ..HANDSHAKE
    },
    Command {
        name: "echo",
        arity: 2,
        flags: LOADING | STALE | FAST,
        since: "1.0.0",
        summary: "Returns the given string.",
        examples: examples![("ECHO \"Hello World!\"", "\"Hello World!\"")],
        run: |_, args| Ok(Reply::bulk(args[1])),
        ..ROW
    },
    Command {
        name: "hello",
        since: "6.0.0",
        summary: "Handshakes with the Redis server.",
        examples: examples![
            ("HELLO 4", "(error) NOPROTO unsupported protocol version"),
            (
                "HELLO three",
                "(error) ERR Protocol version is not an integer or out of range",
            ),
            (
                "HELLO 2 SETNAME",
                "(error) ERR Syntax error in HELLO option 'SETNAME'",
            ),
        ],
        run: hello,
        ..HANDSHAKE
    },
    Command {
        name: "ping",
        flags: FAST,
        since: "1.0.0",
        summary: "Returns the server's liveliness response.",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        examples: examples![
            ("PING", "PONG"),
            ("PING \"Hello World!\"", "\"Hello World!\""),
            (
                "PING Hello World!",
                "(error) ERR wrong number of arguments for 'ping' command",
            ),
        ],
        run: |ctx, args| match args.len() {
            1 | 2 if ctx.session.is_subscribed && !ctx.is_resp3() => {
                let text = args.get(1).unwrap_or_default();
                Ok(Reply::bulks([b"pong", text]))
            }
            1 => Ok(Reply::status("PONG")),
            2 => Ok(Reply::bulk(args[1])),
            _ => Err(errors::wrong_arity(ctx.command.name)),
        },
        ..ROW
    },
    Command {
        name: "quit",
        since: "1.0.0",
        summary: "Closes the connection.",
        examples: examples![("QUIT", "OK")],
        run: |ctx, _| {
            ctx.session.closing = true;
            Ok(Reply::OK)
        },
        ..HANDSHAKE
    },
    Command {
        name: "reset",
        arity: 1,
        since: "6.2.0",
        summary: "Resets the connection.",
        examples: examples![
            ("SELECT 3", "OK"),
            ("SET k v", "OK"),
            ("RESET", "RESET"),
            ("GET k", "(nil)"),
        ],
        run: |ctx, _| {
            if let Some(client) = &ctx.session.client {
                ctx.core.hub.leave(client.key);
                ctx.core.tracking.end(client.key);
                ctx.core.monitors.retain(|other| *other != client.key);
            }
            ctx.session.reset();
            ctx.session.is_guest = !ctx.core.acl.is_open();
            Ok(Reply::status("RESET"))
        },
        ..HANDSHAKE
    },
    Command {
        name: "select",
        arity: 2,
        flags: LOADING | STALE | FAST,
        since: "1.0.0",
        summary: "Changes the selected database.",
        examples: examples![
            ("SELECT 15", "OK"),
            ("SELECT 16", "(error) ERR DB index is out of range"),
            (
                "SELECT first",
                "(error) ERR value is not an integer or out of range",
            ),
            (
                "SELECT 99999999999",
                "(error) ERR value is out of range, value must between -2147483648 and 2147483647",
            ),
        ],
        run: select,
        ..ROW
    },
];

fn select(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    ctx.session.db = ctx.db_index(args[1])?;
    Ok(Reply::OK)
}

fn auth(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (user, password) = match args.from(1) {
        [_] if ctx.core.acl.has_open_default() => return Err(errors::AUTH_WITHOUT_PASSWORD),
        [password] => (acl::DEFAULT, *password),
        [user, password] => (*user, *password),
        _ => return Err(errors::SYNTAX),
    };
    ctx.core
        .authenticate(ctx.session, args[0], user, password)?;
    Ok(Reply::OK)
}

fn hello(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let resp = match args.get(1) {
        None => ctx.session.resp,
        Some(version) => match crate::number::parse_int(version) {
            Some(2) => Resp::V2,
            Some(3) => Resp::V3,
            Some(_) => return Err(errors::UNSUPPORTED_PROTOCOL),
            None => return Err(errors::PROTOCOL_NOT_AN_INTEGER),
        },
    };
    let (mut name, mut credentials) = (None, None);
    let mut words = args.words(2);
    while let Some(option) = words.next() {
        if is(option, "AUTH") && words.len() >= 2 {
            credentials = Some((words.value()?, words.value()?));
        } else if is(option, "SETNAME") && !words.is_empty() {
            let value = words.value()?;
            check_name(value)?;
            name = Some(value);
        } else {
            return Err(errors::hello_option(option));
        }
    }
    if let Some((user, password)) = credentials {
        ctx.core
            .authenticate(ctx.session, args[0], user, password)?;
    }
    if ctx.session.is_guest {
        return Err(match ctx.core.profile().acl_tells_more {
            true => errors::HELLO_BEFORE_AUTHENTICATION,
            false => errors::HELLO_BEFORE_AUTHENTICATION_7_0,
        });
    }
    if let Some(name) = name {
        ctx.session.name = name.to_vec();
    }
    ctx.session.resp = resp;
    let facts = [
        ("server", Reply::bulk("redis")),
        ("version", Reply::bulk(ctx.core.profile().version)),
        (
            "proto",
            Reply::Integer(match resp {
                Resp::V2 => 2,
                Resp::V3 => 3,
            }),
        ),
        ("id", Reply::Integer(ctx.session.id)),
        ("mode", Reply::bulk("standalone")),
        ("role", Reply::bulk("master")),
        ("modules", Reply::Array(Vec::new())),
    ];
    Ok(Reply::facts(facts))
}

/// Checks what is to be the name of a connection.
pub(super) fn check_name(name: &[u8]) -> Result<(), CommandError> {
    if is_plain(name) {
        Ok(())
    } else {
        Err(errors::special_characters(b"Client names"))
    }
}

/// Whether a text can stand in a line of CLIENT LIST.
pub(super) fn is_plain(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_graphic)
}
