//! Transactions: commands that run one after the other with nothing between, unless a watched key has
//! changed.
//!
//! Owns what MULTI and its like do; queueing itself is the gate's work.

use crate::args::Args;
use crate::bytes::SmallBytes;
use crate::errors::{self, CommandError};
use crate::gate::{Caller, Ctx};
use crate::reply::Reply;
use crate::session::Session;
use crate::table::access::RO;
use crate::table::flag::{ALLOW_BUSY, FAST, LOADING, NOSCRIPT, SKIP_SLOWLOG, STALE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::transaction::{Transaction, WatchedKey};

const ROW: Command = Command {
    group: Group::Transactions,
    acl: acl::TRANSACTION,
    since: "1.2.0",
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "discard",
        arity: 1,
        flags: NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY,
        since: "2.0.0",
        summary: "Discards a transaction.",
        complexity: "O(N), when N is the number of queued commands",
        examples: examples![("MULTI", "OK"), ("SET k 1", "QUEUED"), ("DISCARD", "OK")],
        run: |ctx, _| match ctx.session.transaction.take() {
            Some(_) => {
                ctx.session.watch = None;
                Ok(Reply::OK)
            }
            None => Err(errors::DISCARD_WITHOUT_MULTI),
        },
        ..ROW
    },
    Command {
        name: "exec",
        arity: 1,
        flags: NOSCRIPT | LOADING | STALE | SKIP_SLOWLOG,
        since: "1.2.0",
        summary: "Executes all commands in a transaction.",
        complexity: "Depends on commands in the transaction",
        examples: examples![
            ("MULTI", "OK"),
            ("SET k 1", "QUEUED"),
            ("INCR k", "QUEUED"),
            ("LPUSH k x", "QUEUED"),
            (
                "EXEC",
                "1) OK\n2) (integer) 2\n3) (error) WRONGTYPE Operation against a key holding the wrong kind of value",
            ),
            ("EXEC", "(error) ERR EXEC without MULTI"),
            ("MULTI", "OK"),
        ],
        run: exec,
        ..ROW
    },
    Command {
        name: "multi",
        arity: 1,
        flags: NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY,
        since: "1.2.0",
        summary: "Starts a transaction.",
        examples: examples![
            ("MULTI", "OK"),
            ("MULTI", "(error) ERR MULTI calls can not be nested"),
            ("PING", "QUEUED"),
            ("EXEC", "1) PONG"),
        ],
        run: multi,
        ..ROW
    },
    Command {
        name: "unwatch",
        arity: 1,
        flags: NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY,
        since: "2.2.0",
        summary: "Forgets about watched keys of a transaction.",
        examples: examples![
            ("WATCH k", "OK"),
            ("SET k 1", "OK"),
            ("UNWATCH", "OK"),
            ("MULTI", "OK"),
            ("GET k", "QUEUED"),
            ("EXEC", "1) \"1\""),
        ],
        run: |ctx, _| {
            ctx.session.watch = None;
            Ok(Reply::OK)
        },
        ..ROW
    },
    Command {
        name: "watch",
        arity: -2,
        flags: NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY,
        keys: &[KeySpec::range(1, -1, 1, RO)],
        since: "2.2.0",
        summary: "Monitors changes to keys to determine the execution of a transaction.",
        complexity: "O(1) for every key.",
        examples: examples![
            ("WATCH k", "OK"),
            ("SET k 1", "OK"),
            ("MULTI", "OK"),
            ("GET k", "QUEUED"),
        ],
        run: watch,
        ..ROW
    },
];

/// Whether a command runs between MULTI and EXEC rather than being queued.
pub fn runs_at_once(command: &Command) -> bool {
    ["discard", "exec", "multi", "quit", "reset", "watch"].contains(&command.name)
}

/// Whether a command runs or ends a transaction, or what is around it, and needs no memory by itself.
pub fn ends_or_runs(command: &Command) -> bool {
    ["discard", "exec", "quit", "reset"].contains(&command.name)
}

/// What is said of a command with a wrong number of arguments: such an EXEC ends the transaction.
pub fn refused(session: &mut Session, command: &Command, error: CommandError) -> CommandError {
    if command.name != "exec" {
        return error;
    }
    session.transaction = None;
    session.watch = None;
    errors::exec_aborted(&error)
}

fn multi(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    if ctx.session.transaction.is_some() {
        return Err(errors::MULTI_NESTED);
    }
    ctx.session.transaction = Some(Transaction::default());
    Ok(Reply::OK)
}

fn watch(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    if ctx.session.transaction.is_some() {
        return Err(errors::WATCH_INSIDE_MULTI);
    }
    let db = ctx.session.db;
    for key in args.from(1) {
        let was_due = ctx.db().is_key_due(key);
        let watch = ctx.session.watch.get_or_insert_default();
        // Nothing more can happen to one that has seen a change.
        if !watch.is_changed() {
            let key = SmallBytes::new(key);
            ctx.core
                .watchers
                .add(watch, WatchedKey { db, key }, was_due);
        }
    }
    Ok(Reply::OK)
}

/// Whether a key that the session watches has changed, or has become due.
fn is_changed(ctx: &mut Ctx<'_>) -> bool {
    let Some(watch) = ctx.session.watch.take() else {
        return false;
    };
    let mut is_due = |key: &WatchedKey| {
        !ctx.core.watchers.was_due(&watch, key) && ctx.core.db(key.db).is_key_due(&key.key)
    };
    watch.is_changed() || watch.keys().iter().any(&mut is_due)
}

fn exec(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    let transaction = ctx.session.transaction.take();
    let transaction = transaction.ok_or(errors::EXEC_WITHOUT_MULTI)?;
    let is_changed = is_changed(ctx);
    if transaction.is_broken {
        return Err(errors::EXEC_ABORTED);
    }
    if is_changed {
        return Ok(Reply::NullArray);
    }
    let mut replies = Vec::with_capacity(transaction.queued.len());
    for (command, args) in transaction.queued {
        let args: Vec<&[u8]> = args.iter().map(|arg| &**arg).collect();
        let reply = ctx
            .core
            .call(ctx.session, Caller::Transaction, command, &args);
        replies.push(reply);
    }
    Ok(Reply::Array(replies))
}
