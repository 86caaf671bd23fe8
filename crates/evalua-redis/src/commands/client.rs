//! CLIENT: what a connection is called and how it is answered, and what one does to others.

use crate::args::{Args, is};
use crate::commands::connection::{check_name, is_plain};
use crate::errors;
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::session::{Replies, Session};
use crate::table::flag::{ADMIN, LOADING, NOSCRIPT, STALE};
use crate::table::{Command, Group, Outcome, acl};

const ROW: Command = Command {
    group: Group::Connection,
    acl: acl::CONNECTION,
    flags: NOSCRIPT | LOADING | STALE,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[Command {
    name: "client",
    arity: -2,
    flags: 0,
    acl: 0,
    since: "2.4.0",
    summary: "A container for client connection commands.",
    complexity: "Depends on subcommand.",
    subcommands: SUBCOMMANDS,
    ..ROW
}];

const SUBCOMMANDS: &[Command] = &[
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
        ..ROW
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
        ..ROW
    },
    Command {
        name: "client|reply",
        arity: 3,
        since: "3.2.0",
        summary: "Instructs the server whether to reply to commands.",
        examples: &[
            ("CLIENT REPLY ON", "OK"),
            ("CLIENT REPLY MAYBE", "(error) ERR syntax error"),
        ],
        run: reply,
        ..ROW
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
        run: setinfo,
        ..ROW
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
        ..ROW
    },
    Command {
        name: "client|unblock",
        arity: -3,
        flags: ROW.flags | ADMIN,
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
        run: unblock,
        ..ROW
    },
];

fn setinfo(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
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

fn unblock(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
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

fn reply(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let session = &mut *ctx.session;
    if is(args[2], "ON") {
        session.replies = Replies::On;
        return Ok(Reply::OK);
    }
    if is(args[2], "OFF") {
        session.replies = Replies::Off;
    } else if !is(args[2], "SKIP") {
        return Err(errors::SYNTAX);
    } else if session.replies != Replies::Off {
        session.replies = Replies::SkipNext;
    }
    Ok(Reply::NOTHING)
}
