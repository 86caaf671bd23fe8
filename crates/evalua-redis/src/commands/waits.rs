//! WAIT and WAITAOF: there are no replicas and there is no file, so there is nothing to wait for.

use crate::args::{Args, int};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::flag::NOSCRIPT;
use crate::table::{Command, Group, Outcome, acl};

const ROW: Command = Command {
    group: Group::Generic,
    acl: acl::CONNECTION,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "wait",
        noscript_in: &["redis-7.0"],
        arity: 3,
        since: "3.0.0",
        summary: "Blocks until the asynchronous replication of all preceding write commands sent by the connection is completed.",
        tips: &["request_policy:all_shards", "response_policy:agg_min"],
        examples: examples![
            ("WAIT 0 0", "(integer) 0"),
            (
                "WAIT 1 x",
                "(error) ERR timeout is not an integer or out of range",
            ),
            ("WAIT 1 -1", "(error) ERR timeout is negative"),
        ],
        run: wait,
        ..ROW
    },
    Command {
        name: "waitaof",
        arity: 4,
        flags: NOSCRIPT,
        since: "7.2.0",
        summary: "Blocks until all of the preceding write commands sent by the connection are written to the append-only file of the master and/or replicas.",
        tips: &["request_policy:all_shards", "response_policy:agg_min"],
        examples: examples![
            ("WAITAOF 0 0 0", "1) (integer) 0\n2) (integer) 0"),
            (
                "WAITAOF 1 0 0",
                "(error) ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
            ),
        ],
        run: waitaof,
        ..ROW
    },
];

/// Reads a time-out in milliseconds, which nobody waits for.
fn check_timeout(text: &[u8]) -> Result<(), CommandError> {
    match int(text).map_err(|_| errors::TIMEOUT_NOT_AN_INTEGER)? {
        ..0 => Err(errors::TIMEOUT_IS_NEGATIVE),
        _ => Ok(()),
    }
}

fn wait(_: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    int(args[1])?;
    check_timeout(args[2])?;
    Ok(Reply::Integer(0))
}

fn waitaof(_: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let within = |text, max| match int(text) {
        Ok(n) if (0..=max).contains(&n) => Ok(n),
        Ok(_) => Err(errors::OUT_OF_RANGE),
        Err(error) => Err(error),
    };
    let local = within(args[1], 1)?;
    within(args[2], i64::MAX)?;
    check_timeout(args[3])?;
    if local > 0 {
        return Err(errors::WAITAOF_NO_FILE);
    }
    Ok(Reply::Array(vec![Reply::Integer(0), Reply::Integer(0)]))
}
