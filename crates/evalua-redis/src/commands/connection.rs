//! Connections: a caller's own state, which is its [`Session`](crate::Session).
//!
//! What is asked of a connection itself (its address, its end) is up to the host: QUIT only tells it,
//! through the session.

use crate::args::{Args, is};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::session::{Resp, Session};
use crate::table::flag::{ADMIN, ALLOW_BUSY, FAST, LOADING, NO_AUTH, NOSCRIPT, STALE};
use crate::table::{Command, Group, Outcome, acl};

const ROW: Command = Command {
    group: Group::Connection,
    acl: acl::CONNECTION,
    ..Command::BASE
};

/// What is shared by the commands that come before all others on a connection.
const HANDSHAKE: Command = Command {
    flags: NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY,
    ..ROW
};

/// What is shared by the subcommands of CLIENT.
const CLIENT: Command = Command {
    flags: NOSCRIPT | LOADING | STALE,
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
        examples: &[
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
        name: "client",
        arity: -2,
        since: "2.4.0",
        summary: "A container for client connection commands.",
        complexity: "Depends on subcommand.",
        subcommands: &[
            Command {
                name: "client|getname",
                arity: 2,
                since: "2.6.9",
                summary: "Returns the name of the connection.",
                examples: &[("CLIENT GETNAME", "(nil)")],
                run: |ctx, _| {
                    let name = &ctx.session.name;
                    Ok(Reply::bulk_or_null((!name.is_empty()).then_some(name)))
                },
                ..CLIENT
            },
            Command {
                name: "client|id",
                arity: 2,
                since: "5.0.0",
                summary: "Returns the unique client ID of the connection.",
                examples: &[(
                    "CLIENT ID 1",
                    "(error) ERR wrong number of arguments for 'client|id' command",
                )],
                run: |ctx, _| Ok(Reply::Integer(ctx.session.id)),
                ..CLIENT
            },
            Command {
                name: "client|setinfo",
                arity: 4,
                since: "7.2.0",
                summary: "Sets information specific to the client or connection.",
                tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
                examples: &[
                    ("CLIENT SETINFO LIB-NAME my-client", "OK"),
                    (
                        "CLIENT SETINFO LIB-VER \"1 0\"",
                        "(error) ERR LIB-VER cannot contain spaces, newlines or special characters.",
                    ),
                    (
                        "CLIENT SETINFO color red",
                        "(error) ERR Unrecognized option 'color'",
                    ),
                ],
                run: client_setinfo,
                ..CLIENT
            },
            Command {
                name: "client|setname",
                arity: 3,
                since: "2.6.9",
                summary: "Sets the connection name.",
                tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
                examples: &[
                    ("CLIENT SETNAME worker-1", "OK"),
                    ("CLIENT GETNAME", "\"worker-1\""),
                    (
                        "CLIENT SETNAME \"worker 1\"",
                        "(error) ERR Client names cannot contain spaces, newlines or special characters.",
                    ),
                ],
                run: |ctx, args| {
                    check_name(args[2])?;
                    ctx.session.name = args[2].to_vec();
                    Ok(Reply::OK)
                },
                ..CLIENT
            },
            Command {
                name: "client|unblock",
                arity: -3,
                flags: CLIENT.flags | ADMIN,
                since: "5.0.0",
                summary: "Unblocks a client blocked by a blocking command from a different connection.",
                complexity: "O(log N) where N is the number of client connections",
                examples: &[
                    ("CLIENT UNBLOCK 99", "(integer) 0"),
                    (
                        "CLIENT UNBLOCK 99 SOON",
                        "(error) ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
                    ),
                    (
                        "CLIENT UNBLOCK me",
                        "(error) ERR value is not an integer or out of range",
                    ),
                ],
                run: client_unblock,
                ..CLIENT
            },
        ],
        ..Command { acl: 0, ..ROW }
    },
    Command {
        name: "echo",
        arity: 2,
        flags: LOADING | STALE | FAST,
        since: "1.0.0",
        summary: "Returns the given string.",
        examples: &[("ECHO \"Hello World!\"", "\"Hello World!\"")],
        run: |_, args| Ok(Reply::bulk(args[1])),
        ..ROW
    },
    Command {
        name: "hello",
        since: "6.0.0",
        summary: "Handshakes with the Redis server.",
        examples: &[
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
        examples: &[
            ("PING", "PONG"),
            ("PING \"Hello World!\"", "\"Hello World!\""),
            (
                "PING Hello World!",
                "(error) ERR wrong number of arguments for 'ping' command",
            ),
        ],
        run: |ctx, args| match args.len() {
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
        examples: &[("QUIT", "OK")],
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
        examples: &[
            ("SELECT 3", "OK"),
            ("SET k v", "OK"),
            ("RESET", "RESET"),
            ("GET k", "(nil)"),
        ],
        run: |ctx, _| {
            ctx.session.reset();
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
        examples: &[
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

fn auth(_: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    match args.len() {
        2 => Err(errors::AUTH_WITHOUT_PASSWORD),
        3 => {
            authenticate(args[1])?;
            Ok(Reply::OK)
        }
        _ => Err(errors::SYNTAX),
    }
}

/// There is one user, who may come in with any password.
fn authenticate(user: &[u8]) -> Result<(), CommandError> {
    if user == b"default" {
        Ok(())
    } else {
        Err(errors::WRONG_PASSWORD)
    }
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
    let mut name = None;
    let mut words = args.words(2);
    while let Some(option) = words.next() {
        if is(option, "AUTH") && words.len() >= 2 {
            authenticate(words.value()?)?;
            words.value()?;
        } else if is(option, "SETNAME") && !words.is_empty() {
            let value = words.value()?;
            check_name(value)?;
            name = Some(value);
        } else {
            return Err(errors::hello_option(option));
        }
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

fn client_setinfo(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let place: fn(&mut Session) -> &mut Vec<u8> = if is(args[2], "lib-name") {
        |session| &mut session.lib_name
    } else if is(args[2], "lib-ver") {
        |session| &mut session.lib_version
    } else {
        return Err(errors::unrecognized_option(args[2]));
    };
    if !is_plain(args[3]) {
        return Err(errors::special_characters(args[2]));
    }
    *place(ctx.session) = args[3].to_vec();
    Ok(Reply::OK)
}

fn client_unblock(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let reply = match args.from(3) {
        [] => Reply::NullArray,
        [reason] if is(reason, "TIMEOUT") => Reply::NullArray,
        [reason] if is(reason, "ERROR") => Reply::Error(errors::UNBLOCKED),
        [_] => return Err(errors::UNBLOCK_REASON),
        _ => return Err(errors::subcommand_syntax(args[0], args[1])),
    };
    let id = args.int(2)?;
    Ok(Reply::Integer(ctx.core.unblock(id, reply).into()))
}

fn check_name(name: &[u8]) -> Result<(), CommandError> {
    if is_plain(name) {
        Ok(())
    } else {
        Err(errors::special_characters(b"Client names"))
    }
}

/// Whether a text can stand in a line of CLIENT LIST.
fn is_plain(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_graphic)
}
