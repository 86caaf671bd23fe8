//! SHUTDOWN: the end of a server, which its host carries out.

use crate::args::{Args, is};
use crate::errors::{self, CommandError};
use crate::reply::Reply;
use crate::table::flag::{ADMIN, ALLOW_BUSY, LOADING, NO_MULTI, NOSCRIPT, STALE};
use crate::table::{Command, Group};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[Command {
    name: "shutdown",
    arity: -1,
    flags: ADMIN | NOSCRIPT | LOADING | STALE | NO_MULTI | ALLOW_BUSY,
    acl: 0,
    group: Group::Server,
    summary: "Synchronously saves the database(s) to disk and shuts down the Redis server.",
    complexity: "O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)",
    examples: examples![
        ("SHUTDOWN ABORT", "(error) ERR No shutdown in progress."),
        ("SHUTDOWN SAVE NOSAVE", "(error) ERR syntax error"),
        ("SHUTDOWN LATER", "(error) ERR syntax error"),
    ],
    run: |ctx, args| {
        read(args)?;
        ctx.session.end_server();
        Ok(Reply::OK)
    },
    ..Command::BASE
}];

/// Reads the words: whether nothing is to be saved.
pub(crate) fn read(args: Args<'_>) -> Result<bool, CommandError> {
    let (mut saves, mut saves_not, mut aborts) = (false, false, false);
    for word in args.from(1) {
        match word {
            word if is(word, "nosave") => saves_not = true,
            word if is(word, "save") => saves = true,
            word if is(word, "now") || is(word, "force") => {}
            word if is(word, "abort") => aborts = true,
            _ => return Err(errors::SYNTAX),
        }
    }
    match (aborts, args.len()) {
        _ if saves && saves_not => Err(errors::SYNTAX),
        (false, _) => Ok(saves_not),
        (true, 2) => Err(errors::NO_SHUTDOWN),
        (true, _) => Err(errors::SYNTAX),
    }
}
