//! EVALUA: time, chance and faults, steered by a client, so that a test in any language can.
//!
//! These commands are evalua's own. What the server tells of all its commands does not mention them.

use std::time::Duration;

use crate::args::{Args, int, is};
use crate::errors::{self, CommandError};
use crate::faults::{Fault, Origin};
use crate::gate::Ctx;
use crate::number;
use crate::reply::Reply;
use crate::table::flag::{ADMIN, LOADING, NO_MULTI, NOSCRIPT, STALE};
use crate::table::{Command, Group, Outcome};
use crate::trace::{Call, Expiry, KeyUse};

const ROW: Command = Command {
    group: Group::Evalua,
    flags: ADMIN | NOSCRIPT | NO_MULTI | LOADING | STALE,
    since: "0.1.0",
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[Command {
    name: "evalua",
    arity: -2,
    summary: "A container for the controls of tests.",
    subcommands: SUBCOMMANDS,
    ..ROW
}];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "evalua|clock",
        arity: -2,
        summary: "Returns the time, Unix milliseconds, after having set it (SET unix-ms), moved it forward (ADVANCE ms) or let it pass by itself again (AUTO).",
        complexity: "O(N) with N the number of keys that become due",
        examples: examples![
            ("EVALUA CLOCK SET 1700000000000", "(integer) 1700000000000"),
            ("SET k v PX 1500", "OK"),
            ("EVALUA CLOCK ADVANCE 1500", "(integer) 1700000001500"),
            ("GET k", "\"v\""),
            ("EVALUA CLOCK ADVANCE 1", "(integer) 1700000001501"),
            ("GET k", "(nil)"),
            ("EVALUA CLOCK", "(integer) 1700000001501"),
            (
                "EVALUA CLOCK ADVANCE -1",
                "(error) ERR milliseconds must be a number from 0 on",
            ),
            (
                "EVALUA CLOCK BACK 1",
                "(error) ERR unknown subcommand or wrong number of arguments for 'CLOCK'. Try EVALUA HELP.",
            ),
        ],
        run: clock,
        ..ROW
    },
    Command {
        name: "evalua|fail",
        arity: -3,
        summary: "Lets commands fail that are to come: NEXT [count] [COMMAND name] [CALLER CLIENT|SCRIPT] [AFTER count] ERROR message; CLEAR ends that and returns how many were still to fail.",
        complexity: "O(N) with N the number of kinds of failure to come",
        examples: examples![
            (
                "EVALUA FAIL NEXT 2 COMMAND SET CALLER SCRIPT ERROR \"OOM no memory left\"",
                "OK",
            ),
            ("SET k 1", "OK"),
            (
                "EVAL \"return redis.pcall('SET', KEYS[1], 2)\" 1 k",
                "(error) OOM no memory left",
            ),
            ("GET k", "\"1\""),
            ("EVALUA FAIL CLEAR", "(integer) 1"),
            ("EVAL \"return redis.pcall('SET', KEYS[1], 2)\" 1 k", "OK"),
            (
                "EVALUA FAIL NEXT COMMAND NOSUCH ERROR x",
                "(error) ERR unknown command 'NOSUCH', with args beginning with: ",
            ),
            (
                "EVALUA FAIL NEXT 0 ERROR x",
                "(error) ERR count must be a number from 1 on",
            ),
            ("EVALUA FAIL NEXT 2", "(error) ERR syntax error"),
        ],
        run: fail,
        ..ROW
    },
    Command {
        name: "evalua|help",
        arity: 2,
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "EVALUA HELP x",
            "(error) ERR wrong number of arguments for 'evalua|help' command",
        )],
        run: help,
        ..ROW
    },
    Command {
        name: "evalua|reset",
        arity: 2,
        summary: "Begins anew, as a new server would: removes all keys, scripts, functions and failures to come, ends the record, and puts the clock and the random numbers back to where they began.",
        complexity: "O(N) with N the number of keys",
        examples: &[
            ("SET k v", "OK"),
            ("EVALUA FAIL NEXT COMMAND GET ERROR x", "OK"),
            ("EVALUA SEED 7", "OK"),
            ("EVALUA RESET", "OK"),
            ("GET k", "(nil)"),
            ("EVAL \"return math.random(1000)\" 0", "(integer) 397"),
        ],
        run: |ctx, _| {
            ctx.core.begin_again()?;
            Ok(Reply::OK)
        },
        ..ROW
    },
    Command {
        name: "evalua|seed",
        arity: 3,
        summary: "Begins the random numbers of commands and scripts anew, from a seed.",
        examples: examples![
            ("RPUSH l a b c d e f g h", "(integer) 8"),
            ("EVALUA SEED 7", "OK"),
            ("EVAL \"return math.random(1000)\" 0", "(integer) 267"),
            ("EVALUA SEED 7", "OK"),
            ("EVAL \"return math.random(1000)\" 0", "(integer) 267"),
            (
                "EVALUA SEED x",
                "(error) ERR value is not an integer or out of range",
            ),
        ],
        run: |ctx, args| {
            let seed = number::parse_unsigned(args[2]).ok_or(errors::NOT_AN_INTEGER)?;
            ctx.core.set_seed(seed);
            Ok(Reply::OK)
        },
        ..ROW
    },
    Command {
        name: "evalua|trace",
        arity: 3,
        summary: "Records the commands that scripts call, from ON to OFF; GET takes them out of the record: of each its words, reply, database, time, script and line, whether it writes, its keys (each with what is done to it, and whether it is one of KEYS), and the changes of expiry (key, instant before, instant after).",
        complexity: "O(N) with N the number of commands in the record",
        examples: examples![
            ("EVALUA CLOCK SET 5", "(integer) 5"),
            ("EVALUA TRACE ON", "OK"),
            (
                "EVAL \"return redis.call('INCR', KEYS[1])\" 1 k",
                "(integer) 1",
            ),
            (
                "EVALUA TRACE GET",
                "1) 1) 1) \"INCR\"\n      2) \"k\"\n   2) (integer) 1\n   3) (integer) 0\n   4) (integer) 5\n   5) \"61636018f4e6b5817b89791bbed242f93fa089e3\"\n   6) (integer) 1\n   7) write\n   8) 1) 1) \"k\"\n         2) write\n         3) declared\n   9) (empty array)",
            ),
            ("EVALUA TRACE GET", "(empty array)"),
            ("EVALUA TRACE OFF", "OK"),
            ("EVALUA TRACE x", "(error) ERR syntax error"),
        ],
        run: trace,
        ..ROW
    },
];

fn clock(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let ms = |text| match number::parse_int(text) {
        Some(ms @ 0..) => Ok(ms),
        _ => Err(errors::OWN_MILLISECONDS),
    };
    match args.from(2) {
        [] => {}
        [word, at] if is(word, "SET") => ctx.core.set_clock_unix_ms(ms(at)?),
        [word, by] if is(word, "ADVANCE") => {
            let by = Duration::from_millis(ms(by)?.unsigned_abs());
            ctx.core.advance(by);
        }
        [word] if is(word, "AUTO") => ctx.core.let_clock_run(),
        _ => return Err(errors::subcommand_syntax(args[0], args[1])),
    }
    Ok(Reply::Integer(ctx.now_ms()))
}

fn fail(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    match args.from(2) {
        [word, what @ ..] if is(word, "NEXT") => {
            ctx.core.fail_next(fault(what)?);
            Ok(Reply::OK)
        }
        [word] if is(word, "CLEAR") => {
            let left = ctx.core.clear_faults();
            Ok(Reply::Integer(i64::try_from(left).unwrap_or(i64::MAX)))
        }
        _ => Err(errors::subcommand_syntax(args[0], args[1])),
    }
}

/// Reads `[count] [COMMAND name] [CALLER CLIENT|SCRIPT] [AFTER count] ERROR message`.
fn fault(words: &[&[u8]]) -> Result<Fault, CommandError> {
    let [options @ .., word, message] = words else {
        return Err(errors::SYNTAX);
    };
    if !is(word, "ERROR") {
        return Err(errors::SYNTAX);
    }
    if message.is_empty() {
        return Err(errors::OWN_EMPTY_ERROR);
    }
    let mut fault = Fault::new(*message);
    let mut options = Args::new(options).words(0);
    let times = options.peek().map(int);
    if let Some(Ok(times)) = times {
        options.value()?;
        let times = u64::try_from(times).ok().filter(|&times| times > 0);
        fault = fault.times(times.ok_or(errors::OWN_COUNT)?);
    }
    while !options.is_empty() {
        if options.accept("COMMAND") {
            fault = fault.only(options.value()?)?;
        } else if options.accept("CALLER") {
            fault = fault.from(match options.value()? {
                word if is(word, "CLIENT") => Origin::Client,
                word if is(word, "SCRIPT") => Origin::Script,
                _ => return Err(errors::SYNTAX),
            });
        } else if options.accept("AFTER") {
            let passing = number::parse_unsigned(options.value()?);
            fault = fault.after(passing.ok_or(errors::NOT_AN_INTEGER)?);
        } else {
            return Err(errors::SYNTAX);
        }
    }
    Ok(fault)
}

fn trace(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    match args[2] {
        word if is(word, "ON") => ctx.core.trace_scripts(true),
        word if is(word, "OFF") => ctx.core.trace_scripts(false),
        word if is(word, "GET") => {
            let entry = |call: Call| {
                Reply::Array(vec![
                    Reply::bulks(&call.args),
                    call.reply,
                    Reply::count(call.db),
                    Reply::Integer(call.at_ms),
                    call.script.map_or(Reply::Null, |name| Reply::bulk(&*name)),
                    call.line
                        .map_or(Reply::Null, |line| Reply::Integer(line.into())),
                    Reply::status(if call.writes { "write" } else { "read" }),
                    Reply::Array(call.keys.iter().map(key_use).collect()),
                    Reply::Array(call.expiries.iter().map(expiry).collect()),
                ])
            };
            let calls = ctx.core.take_trace();
            return Ok(Reply::Array(calls.into_iter().map(entry).collect()));
        }
        _ => return Err(errors::SYNTAX),
    }
    Ok(Reply::OK)
}

/// A key: its name, what is done with it, and whether it is one of KEYS.
fn key_use(used: &KeyUse) -> Reply {
    Reply::Array(vec![
        Reply::bulk(&used.key),
        Reply::status(if used.writes { "write" } else { "read" }),
        Reply::status(if used.is_declared {
            "declared"
        } else {
            "undeclared"
        }),
    ])
}

/// A change of an expiry: the key, and the instants before and after.
fn expiry(change: &Expiry) -> Reply {
    let instant = |ms: Option<i64>| ms.map_or(Reply::Null, Reply::Integer);
    Reply::Array(vec![
        Reply::bulk(&change.key),
        instant(change.before_ms),
        instant(change.after_ms),
    ])
}

fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    Ok(ctx.help(&[
        "CLOCK [SET <unix-ms>|ADVANCE <ms>|AUTO]",
        "    Return the time in milliseconds: as it is, or after having stopped it at",
        "    an instant, moved it forward and stopped it, or let it pass by itself.",
        "RESET",
        "    Begin anew: remove keys, scripts, functions, faults and the record, and put",
        "    clock and random numbers back to where they began. Settings, users and",
        "    clients stay.",
        "SEED <number>",
        "    Begin the random numbers of commands and scripts anew.",
        "FAIL NEXT [<count>] [COMMAND <name>] [CALLER CLIENT|SCRIPT] [AFTER <count>]",
        "     ERROR <message>",
        "    Let the next commands fail, one or as many as said, of any name or that",
        "    one, called by anybody or by those, once so many have passed.",
        "FAIL CLEAR",
        "    Let no command fail any more; return how many were still to.",
        "TRACE ON|OFF",
        "    Record the commands that scripts call, or stop that.",
        "TRACE GET",
        "    Return what was recorded since the last time: of each command its words,",
        "    its reply, its database, the time in milliseconds, its script and line,",
        "    whether it writes, its keys, and the changes of expiry.",
    ]))
}
