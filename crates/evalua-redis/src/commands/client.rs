//! CLIENT: what a connection is called and how it is answered, and what one does to others.

use std::sync::Arc;

use crate::args::{self, Args, is};
use crate::clients::Client;
use crate::commands::client_tracking;
use crate::commands::connection::{check_name, is_plain};
use crate::errors::{self, CommandError};
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
        name: "client|caching",
        arity: 3,
        since: "6.0.0",
        summary: "Instructs the server whether to track the keys in the next request.",
        examples: examples![
            (
                "CLIENT CACHING YES",
                "(error) ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
            ),
            ("CLIENT TRACKING ON OPTIN", "OK"),
            ("CLIENT CACHING YES", "OK"),
            (
                "CLIENT CACHING NO",
                "(error) ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
            ),
        ],
        run: client_tracking::caching,
        ..ROW
    },
    Command {
        name: "client|getname",
        arity: 2,
        since: "2.6.9",
        summary: "Returns the name of the connection.",
        examples: examples![("CLIENT GETNAME", "(nil)")],
        run: |ctx, _| {
            let name = &ctx.session.name;
            Ok(Reply::bulk_or_null((!name.is_empty()).then_some(name)))
        },
        ..ROW
    },
    Command {
        name: "client|getredir",
        arity: 2,
        since: "6.0.0",
        summary: "Returns the client ID to which the connection's tracking notifications are redirected.",
        examples: examples![
            ("CLIENT GETREDIR", "(integer) -1"),
            ("CLIENT TRACKING ON", "OK"),
            ("CLIENT GETREDIR", "(integer) 0"),
        ],
        run: client_tracking::getredir,
        ..ROW
    },
    Command {
        name: "client|help",
        arity: 2,
        flags: LOADING | STALE,
        since: "5.0.0",
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "CLIENT HELP x",
            "(error) ERR wrong number of arguments for 'client|help' command",
        )],
        run: help,
        ..ROW
    },
    Command {
        name: "client|id",
        arity: 2,
        since: "5.0.0",
        summary: "Returns the unique client ID of the connection.",
        examples: examples![(
            "CLIENT ID 1",
            "(error) ERR wrong number of arguments for 'client|id' command",
        )],
        run: |ctx, _| Ok(Reply::Integer(ctx.session.id)),
        ..ROW
    },
    Command {
        name: "client|info",
        arity: 2,
        since: "6.2.0",
        summary: "Returns information about the connection.",
        tips: &["nondeterministic_output"],
        examples: examples![(
            "CLIENT INFO x",
            "(error) ERR wrong number of arguments for 'client|info' command",
        )],
        run: info,
        ..ROW
    },
    Command {
        name: "client|kill",
        arity: -3,
        flags: ROW.flags | ADMIN,
        since: "2.4.0",
        summary: "Terminates open connections.",
        complexity: "O(N) where N is the number of client connections",
        examples: examples![
            ("CLIENT KILL 1.2.3.4:5", "(error) ERR No such client"),
            ("CLIENT KILL ADDR 1.2.3.4:5 SKIPME yes", "(integer) 0"),
            (
                "CLIENT KILL ID 0",
                "(error) ERR client-id should be greater than 0",
            ),
            ("CLIENT KILL USER who", "(error) ERR No such user 'who'"),
            (
                "CLIENT KILL TYPE odd",
                "(error) ERR Unknown client type 'odd'",
            ),
        ],
        run: kill,
        ..ROW
    },
    Command {
        name: "client|list",
        arity: -2,
        flags: ROW.flags | ADMIN,
        since: "2.4.0",
        summary: "Lists open connections.",
        complexity: "O(N) where N is the number of client connections",
        tips: &["nondeterministic_output"],
        examples: examples![
            (
                "CLIENT LIST TYPE odd",
                "(error) ERR Unknown client type 'odd'",
            ),
            ("CLIENT LIST ID x", "(error) ERR Invalid client ID"),
            ("CLIENT LIST x", "(error) ERR syntax error"),
        ],
        run: list,
        ..ROW
    },
    Command {
        name: "client|no-evict",
        arity: 3,
        flags: ROW.flags | ADMIN,
        since: "7.0.0",
        summary: "Sets the client eviction mode of the connection.",
        examples: examples![
            ("CLIENT NO-EVICT ON", "OK"),
            ("CLIENT NO-EVICT x", "(error) ERR syntax error"),
        ],
        run: |ctx, args| {
            ctx.session.keeps_memory = on_or_off(args[2])?;
            Ok(Reply::OK)
        },
        ..ROW
    },
    Command {
        name: "client|no-touch",
        arity: 3,
        since: "7.2.0",
        summary: "Controls whether commands sent by the client affect the LRU/LFU of accessed keys.",
        examples: examples![
            ("CLIENT NO-TOUCH ON", "OK"),
            ("CLIENT NO-TOUCH x", "(error) ERR syntax error"),
        ],
        run: |ctx, args| {
            ctx.session.leaves_no_trace = on_or_off(args[2])?;
            Ok(Reply::OK)
        },
        ..ROW
    },
    Command {
        name: "client|pause",
        arity: -3,
        flags: ROW.flags | ADMIN,
        since: "3.0.0",
        summary: "Suspends commands processing.",
        examples: examples![
            (
                "CLIENT PAUSE 10 SOME",
                "(error) ERR CLIENT PAUSE mode must be WRITE or ALL",
            ),
            (
                "CLIENT PAUSE x",
                "(error) ERR timeout is not an integer or out of range",
            ),
            ("CLIENT PAUSE -1", "(error) ERR timeout is negative"),
        ],
        run: pause,
        ..ROW
    },
    Command {
        name: "client|reply",
        arity: 3,
        since: "3.2.0",
        summary: "Instructs the server whether to reply to commands.",
        examples: examples![
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
        examples: examples![
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
        examples: examples![
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
        name: "client|tracking",
        arity: -3,
        since: "6.0.0",
        summary: "Controls server-assisted client-side caching for the connection.",
        complexity: "O(1). Some options may introduce additional complexity.",
        examples: examples![
            ("CLIENT TRACKING ON OPTIN", "OK"),
            (
                "CLIENT TRACKING ON PREFIX a",
                "(error) ERR PREFIX option requires BCAST mode to be enabled",
            ),
            ("CLIENT TRACKING OFF", "OK"),
            ("CLIENT TRACKING MAYBE", "(error) ERR syntax error"),
        ],
        run: client_tracking::tracking,
        ..ROW
    },
    Command {
        name: "client|trackinginfo",
        arity: 2,
        since: "6.2.0",
        summary: "Returns information about server-assisted client-side caching for the connection.",
        examples: examples![(
            "CLIENT TRACKINGINFO",
            "1) \"flags\"\n2) 1) \"off\"\n3) \"redirect\"\n4) (integer) -1\n5) \"prefixes\"\n6) (empty array)",
        )],
        run: client_tracking::info,
        ..ROW
    },
    Command {
        name: "client|unblock",
        arity: -3,
        flags: ROW.flags | ADMIN,
        since: "5.0.0",
        summary: "Unblocks a client blocked by a blocking command from a different connection.",
        complexity: "O(log N) where N is the number of client connections",
        examples: examples![
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
    Command {
        name: "client|unpause",
        arity: 2,
        flags: ROW.flags | ADMIN,
        since: "6.2.0",
        summary: "Resumes processing commands from paused clients.",
        complexity: "O(N) Where N is the number of paused clients",
        examples: examples![("CLIENT UNPAUSE", "OK")],
        run: |ctx, _| {
            ctx.core.resume();
            Ok(Reply::OK)
        },
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

/// Whether a word is ON or OFF.
fn on_or_off(word: &[u8]) -> Result<bool, CommandError> {
    match word {
        word if is(word, "ON") => Ok(true),
        word if is(word, "OFF") => Ok(false),
        _ => Err(errors::SYNTAX),
    }
}

fn pause(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let is_for_all = match args.from(3) {
        [] => true,
        [mode] if is(mode, "ALL") => true,
        [mode] if is(mode, "WRITE") => false,
        [_] => return Err(errors::PAUSE_MODE),
        _ => return Err(errors::subcommand_syntax(args[0], args[1])),
    };
    let ms = args::int(args[2]).map_err(|_| errors::TIMEOUT_NOT_AN_INTEGER)?;
    if ms < 0 {
        return Err(errors::TIMEOUT_IS_NEGATIVE);
    }
    let until_ms = ctx
        .now_ms()
        .checked_add(ms)
        .ok_or(errors::TIMEOUT_OUT_OF_RANGE)?;
    ctx.core.begin_pause(until_ms, is_for_all);
    Ok(Reply::OK)
}

/// What a client is, as CLIENT LIST and KILL ask for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Normal,
    Listener,
    /// A master or a replica, which nobody is here.
    Other,
}

impl Role {
    fn read(name: &[u8]) -> Result<Role, CommandError> {
        match name {
            name if is(name, "normal") => Ok(Role::Normal),
            name if is(name, "pubsub") => Ok(Role::Listener),
            name if ["master", "replica", "slave"]
                .iter()
                .any(|other| is(name, other)) =>
            {
                Ok(Role::Other)
            }
            _ => Err(errors::unknown_client_type(name)),
        }
    }

    fn of(client: &Client) -> Role {
        match client.facts().is_subscribed {
            true => Role::Listener,
            false => Role::Normal,
        }
    }
}

/// The lines of some clients.
fn lines(
    ctx: &mut Ctx<'_>,
    args: Args<'_>,
    clients: impl IntoIterator<Item = Arc<Client>>,
) -> Reply {
    let own = ctx.client();
    let now_ms = ctx.now_ms();
    ctx.session.tell(ctx.command, now_ms);
    let core = &*ctx.core;
    let mut text = String::new();
    for client in clients {
        let request = if client.key == own.key {
            request_size(args)
        } else {
            0
        };
        let known = core.known(&client, request);
        client.facts().line(&known, now_ms, &mut text);
    }
    Reply::Verbatim(*b"txt", text.into_bytes().into())
}

/// How many bytes a request takes on the wire.
fn request_size(args: Args<'_>) -> usize {
    let line = |n: usize| 3 + n.to_string().len();
    let word = |word: &&[u8]| line(word.len()) + word.len() + 2;
    line(args.len()) + args.from(0).iter().map(word).sum::<usize>()
}

fn info(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let own = ctx.client();
    Ok(lines(ctx, args, [own]))
}

fn list(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    // So that it is among them.
    ctx.client();
    let mut clients: Vec<Arc<Client>> = ctx.core.clients.all().collect();
    match args.from(2) {
        [] => {}
        [option, name] if is(option, "TYPE") => {
            let role = Role::read(name)?;
            clients.retain(|client| Role::of(client) == role);
        }
        [option, ids @ ..] if is(option, "ID") && !ids.is_empty() => {
            let mut wanted = Vec::new();
            for id in ids {
                let id = args::int(id).map_err(|_| errors::INVALID_CLIENT_ID)?;
                let client = clients.iter().find(|client| client.facts().id == id);
                wanted.extend(client.cloned());
            }
            clients = wanted;
        }
        _ => return Err(errors::SYNTAX),
    }
    Ok(lines(ctx, args, clients))
}

/// Which clients are to go.
#[derive(Default)]
struct Filter<'a> {
    id: Option<i64>,
    peer: Option<&'a [u8]>,
    local: Option<&'a [u8]>,
    user: Option<&'a [u8]>,
    role: Option<Role>,
    spares_self: bool,
}

impl<'a> Filter<'a> {
    fn read(ctx: &Ctx<'_>, args: Args<'a>) -> Result<Filter<'a>, CommandError> {
        let mut filter = Filter {
            spares_self: true,
            ..Filter::default()
        };
        let mut words = args.words(2);
        while let Some(option) = words.next() {
            let value = words.value()?;
            if is(option, "ID") {
                let id = args::int(value).ok().filter(|id| *id > 0);
                filter.id = Some(id.ok_or(errors::CLIENT_ID_NOT_POSITIVE)?);
            } else if is(option, "TYPE") {
                filter.role = Some(Role::read(value)?);
            } else if is(option, "ADDR") {
                filter.peer = Some(value);
            } else if is(option, "LADDR") {
                filter.local = Some(value);
            } else if is(option, "USER") {
                if ctx.core.acl.user(value).is_none() {
                    return Err(errors::no_such_user(value));
                }
                filter.user = Some(value);
            } else if is(option, "SKIPME") {
                filter.spares_self = match value {
                    word if is(word, "yes") => true,
                    word if is(word, "no") => false,
                    _ => return Err(errors::SYNTAX),
                };
            } else {
                return Err(errors::SYNTAX);
            }
        }
        Ok(filter)
    }

    fn has(&self, client: &Client) -> bool {
        let role = Role::of(client);
        let facts = client.facts();
        let is = |wanted: Option<&[u8]>, text: &str| wanted.is_none_or(|w| w == text.as_bytes());
        self.id.is_none_or(|id| id == facts.id)
            && is(self.peer, &facts.address.peer)
            && is(self.local, &facts.address.local)
            && self.user.is_none_or(|user| user == facts.user())
            && self.role.is_none_or(|wanted| wanted == role)
    }
}

fn kill(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let is_old = args.len() == 3;
    let filter = match is_old {
        true => Filter {
            peer: Some(args[2]),
            ..Filter::default()
        },
        false => Filter::read(ctx, args)?,
    };
    let own = ctx.client();
    let clients: Vec<Arc<Client>> = ctx.core.clients.all().collect();
    let mut killed = 0;
    for client in clients.iter().filter(|client| filter.has(client)) {
        if client.key != own.key {
            ctx.core.drop_client(client);
        } else if filter.spares_self {
            continue;
        } else {
            ctx.session.closing = true;
        }
        killed += 1;
    }
    match (is_old, killed) {
        (true, 0) => Err(errors::NO_SUCH_CLIENT),
        (true, _) => Ok(Reply::OK),
        (false, _) => Ok(Reply::count(killed)),
    }
}

fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    Ok(ctx.help(&[
        "CACHING (YES|NO)",
        "    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
        "GETREDIR",
        "    Return the client ID we are redirecting to when tracking is enabled.",
        "GETNAME",
        "    Return the name of the current connection.",
        "ID",
        "    Return the ID of the current connection.",
        "INFO",
        "    Return information about the current client connection.",
        "KILL <ip:port>",
        "    Kill connection made from <ip:port>.",
        "KILL <option> <value> [<option> <value> [...]]",
        "    Kill connections. Options are:",
        "    * ADDR (<ip:port>|<unixsocket>:0)",
        "      Kill connections made from the specified address",
        "    * LADDR (<ip:port>|<unixsocket>:0)",
        "      Kill connections made to specified local address",
        "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
        "      Kill connections by type.",
        "    * USER <username>",
        "      Kill connections authenticated by <username>.",
        "    * SKIPME (YES|NO)",
        "      Skip killing current connection (default: yes).",
        "LIST [options ...]",
        "    Return information about client connections. Options:",
        "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
        "      Return clients of specified type.",
        "UNPAUSE",
        "    Stop the current client pause, resuming traffic.",
        "PAUSE <timeout> [WRITE|ALL]",
        "    Suspend all, or just write, clients for <timeout> milliseconds.",
        "REPLY (ON|OFF|SKIP)",
        "    Control the replies sent to the current connection.",
        "SETNAME <name>",
        "    Assign the name <name> to the current connection.",
        "SETINFO <option> <value>",
        "    Set client meta attr. Options are:",
        "    * LIB-NAME: the client lib name.",
        "    * LIB-VER: the client lib version.",
        "UNBLOCK <clientid> [TIMEOUT|ERROR]",
        "    Unblock the specified blocked client.",
        "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
        "         [OPTIN] [OPTOUT] [NOLOOP]",
        "    Control server assisted client side caching.",
        "TRACKINGINFO",
        "    Report tracking status for the current connection.",
        "NO-EVICT (ON|OFF)",
        "    Protect current client connection from eviction.",
        "NO-TOUCH (ON|OFF)",
        "    Will not touch LRU/LFU stats when this mode is on.",
    ]))
}
