//! Scripts: EVAL and its kin, SCRIPT.
//!
//! What they run is the business of [`crate::script`]; here is what their words mean.

use crate::args::{Args, amount, is};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::script::Sha;
use crate::script::engine;
use crate::table::access::{ACCESS, RO, RW, UPDATE};
use crate::table::flag::{
    ALLOW_BUSY, LOADING, MAY_REPLICATE, NO_MANDATORY_KEYS, NOSCRIPT, READONLY, SKIP_MONITOR, STALE,
};
use crate::table::{Command, Group, KeySpec, Outcome, acl};

const ROW: Command = Command {
    group: Group::Scripting,
    acl: acl::SCRIPTING,
    ..Command::BASE
};

/// Keys that a script may do anything with.
pub(super) const KEYS_TO_WRITE: KeySpec = KeySpec::counted(2, RW | ACCESS | UPDATE)
    .noting("We cannot tell how the keys will be used so we assume the worst, RW and UPDATE");

/// Keys that a script may read.
pub(super) const KEYS_TO_READ: KeySpec = KeySpec::counted(2, RO | ACCESS)
    .noting("We cannot tell how the keys will be used so we assume the worst, RO and ACCESS");

/// What is shared by the commands that run scripts.
const EVAL: Command = Command {
    arity: -3,
    flags: NOSCRIPT | STALE | SKIP_MONITOR | MAY_REPLICATE | NO_MANDATORY_KEYS,
    keys: &[KeySpec::counted(2, RW | ACCESS | UPDATE)],
    complexity: "Depends on the script that is executed.",
    ..ROW
};

/// What is shared by those that run scripts that only read.
const EVAL_RO: Command = Command {
    flags: READONLY | NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS,
    keys: &[KeySpec::counted(2, RO | ACCESS)],
    since: "7.0.0",
    ..EVAL
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "eval",
        keys: &[KEYS_TO_WRITE],
        since: "2.6.0",
        summary: "Executes a server-side Lua script.",
        examples: examples![
            (
                "EVAL \"return {KEYS[1], ARGV[1]}\" 1 key first",
                "1) \"key\"\n2) \"first\"",
            ),
            (
                "EVAL \"return redis.call('INCRBY', KEYS[1], ARGV[1])\" 1 visits 5",
                "(integer) 5",
            ),
            (
                "EVAL \"return 1\" 2 key",
                "(error) ERR Number of keys can't be greater than number of args",
            ),
            (
                "EVAL \"return 1\" -1",
                "(error) ERR Number of keys can't be negative",
            ),
            (
                "EVAL \"return }\" 0",
                "(error) ERR Error compiling script (new function): user_script:1: unexpected symbol near '}'",
            ),
        ],
        run: |ctx, args| eval(ctx, args, false),
        ..EVAL
    },
    Command {
        name: "evalsha",
        since: "2.6.0",
        summary: "Executes a server-side Lua script by SHA1 digest.",
        examples: examples![
            (
                "SCRIPT LOAD \"return ARGV[1]\"",
                "\"098e0f0d1448c0a81dafe820f66d460eb09263da\"",
            ),
            (
                "EVALSHA 098e0f0d1448c0a81dafe820f66d460eb09263da 0 hello",
                "\"hello\"",
            ),
            (
                "EVALSHA ffffffffffffffffffffffffffffffffffffffff 0",
                "(error) NOSCRIPT No matching script. Please use EVAL.",
            ),
        ],
        run: |ctx, args| evalsha(ctx, args, false),
        ..EVAL
    },
    Command {
        name: "evalsha_ro",
        summary: "Executes a read-only server-side Lua script by SHA1 digest.",
        examples: examples![
            (
                "SCRIPT LOAD \"return redis.call('SET', KEYS[1], 'x')\"",
                "\"bd6f3018b28bbdb36260f19d3c44afed740db987\"",
            ),
            (
                "EVALSHA_RO bd6f3018b28bbdb36260f19d3c44afed740db987 1 key",
                "(error) ERR Write commands are not allowed from read-only scripts. script: bd6f3018b28bbdb36260f19d3c44afed740db987, on @user_script:1.",
            ),
            (
                "EVALSHA_RO short 0",
                "(error) NOSCRIPT No matching script. Please use EVAL.",
            ),
        ],
        run: |ctx, args| evalsha(ctx, args, true),
        ..EVAL_RO
    },
    Command {
        name: "eval_ro",
        keys: &[KEYS_TO_READ],
        summary: "Executes a read-only server-side Lua script.",
        examples: examples![
            ("SET key value", "OK"),
            (
                "EVAL_RO \"return redis.call('GET', KEYS[1])\" 1 key",
                "\"value\"",
            ),
            (
                "EVAL_RO \"#!lua\\nreturn 1\" 0",
                "(error) ERR Can not execute a script with write flag using *_ro command.",
            ),
        ],
        run: |ctx, args| eval(ctx, args, true),
        ..EVAL_RO
    },
    Command {
        name: "script",
        arity: -2,
        acl: 0,
        since: "2.6.0",
        summary: "A container for Lua scripts management commands.",
        complexity: "Depends on subcommand.",
        subcommands: SUBCOMMANDS,
        ..ROW
    },
];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "script|debug",
        arity: 3,
        flags: NOSCRIPT,
        since: "3.2.0",
        summary: "Sets the debug mode of server-side Lua scripts.",
        examples: examples![
            ("SCRIPT DEBUG NO", "OK"),
            ("SCRIPT DEBUG YES", "OK"),
            ("SCRIPT DEBUG SYNC", "OK"),
            (
                "SCRIPT DEBUG MAYBE",
                "(error) ERR Use SCRIPT DEBUG YES/SYNC/NO",
            ),
        ],
        // There is no debugger: scripts run as before in every mode.
        run: |_, args| match ["no", "yes", "sync"].iter().any(|mode| is(args[2], mode)) {
            true => Ok(Reply::OK),
            false => Err(errors::SCRIPT_DEBUG_OPTION),
        },
        ..ROW
    },
    Command {
        name: "script|exists",
        arity: -3,
        flags: NOSCRIPT,
        since: "2.6.0",
        summary: "Determines whether server-side Lua scripts exist in the script cache.",
        complexity: "O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).",
        tips: &[
            "request_policy:all_shards",
            "response_policy:agg_logical_and",
        ],
        examples: examples![
            (
                "SCRIPT LOAD \"return 1\"",
                "\"e0e1f9fabfc9d4800c877a703b823ac0578ff8db\"",
            ),
            (
                "SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db short",
                "1) (integer) 1\n2) (integer) 0",
            ),
        ],
        run: |ctx, args| {
            let scripts = &ctx.core.scripts;
            let exists = |text: &&[u8]| Sha::parse(text).is_some_and(|sha| scripts.contains(sha));
            let names = args.from(2).iter();
            Ok(Reply::Array(
                names.map(|name| Reply::flag(exists(name))).collect(),
            ))
        },
        ..ROW
    },
    Command {
        name: "script|flush",
        arity: -2,
        flags: NOSCRIPT,
        since: "2.6.0",
        summary: "Removes all server-side Lua scripts from the script cache.",
        complexity: "O(N) with N being the number of scripts in cache",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        examples: examples![
            (
                "SCRIPT LOAD \"return 1\"",
                "\"e0e1f9fabfc9d4800c877a703b823ac0578ff8db\"",
            ),
            ("SCRIPT FLUSH", "OK"),
            (
                "SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db",
                "1) (integer) 0",
            ),
            ("SCRIPT FLUSH ASYNC", "OK"),
            (
                "SCRIPT FLUSH NOW",
                "(error) ERR SCRIPT FLUSH only support SYNC|ASYNC option",
            ),
        ],
        run: |ctx, args| {
            match args.from(2) {
                [] => {}
                [mode] if is(mode, "sync") || is(mode, "async") => {}
                _ => return Err(errors::SCRIPT_FLUSH_OPTION),
            }
            ctx.core.scripts.flush(ctx.core.profile)?;
            Ok(Reply::OK)
        },
        ..ROW
    },
    Command {
        name: "script|help",
        arity: 2,
        flags: LOADING | STALE,
        since: "5.0.0",
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "SCRIPT HELP",
            concat!(
                " 1) SCRIPT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\n",
                " 2) DEBUG (YES|SYNC|NO)\n",
                " 3)     Set the debug mode for subsequent scripts executed.\n",
                " 4) EXISTS <sha1> [<sha1> ...]\n",
                " 5)     Return information about the existence of the scripts in the script cache.\n",
                " 6) FLUSH [ASYNC|SYNC]\n",
                " 7)     Flush the Lua scripts cache. Very dangerous on replicas.\n",
                " 8)     When called without the optional mode argument, the behavior is determined by the\n",
                " 9)     lazyfree-lazy-user-flush configuration directive. Valid modes are:\n",
                "10)     * ASYNC: Asynchronously flush the scripts cache.\n",
                "11)     * SYNC: Synchronously flush the scripts cache.\n",
                "12) KILL\n",
                "13)     Kill the currently executing Lua script.\n",
                "14) LOAD <script>\n",
                "15)     Load a script into the scripts cache without executing it.\n",
                "16) HELP\n",
                "17)     Print this help."
            ),
        )],
        run: |ctx, _| Ok(ctx.help(HELP)),
        ..ROW
    },
    Command {
        name: "script|kill",
        arity: 2,
        flags: NOSCRIPT | ALLOW_BUSY,
        since: "2.6.0",
        summary: "Terminates a server-side Lua script during execution.",
        tips: &["request_policy:all_shards", "response_policy:one_succeeded"],
        examples: examples![(
            "SCRIPT KILL",
            "(error) NOTBUSY No scripts in execution right now.",
        )],
        // A command that gets here runs between scripts.
        run: |_, _| Err(errors::NOT_BUSY),
        ..ROW
    },
    Command {
        name: "script|load",
        arity: 3,
        flags: NOSCRIPT | STALE,
        since: "2.6.0",
        summary: "Loads a server-side Lua script to the script cache.",
        complexity: "O(N) with N being the length in bytes of the script body.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        examples: examples![
            (
                "SCRIPT LOAD \"return 1\"",
                "\"e0e1f9fabfc9d4800c877a703b823ac0578ff8db\"",
            ),
            (
                "SCRIPT LOAD \"return return\"",
                "(error) ERR Error compiling script (new function): user_script:1: unexpected symbol near 'return'",
            ),
        ],
        run: |ctx, args| {
            let sha = ctx.core.scripts.load(args[2], ctx.core.profile)?;
            Ok(Reply::bulk(sha.hex()))
        },
        ..ROW
    },
];

const HELP: &[&str] = &[
    "DEBUG (YES|SYNC|NO)",
    "    Set the debug mode for subsequent scripts executed.",
    "EXISTS <sha1> [<sha1> ...]",
    "    Return information about the existence of the scripts in the script cache.",
    "FLUSH [ASYNC|SYNC]",
    "    Flush the Lua scripts cache. Very dangerous on replicas.",
    "    When called without the optional mode argument, the behavior is determined by the",
    "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
    "    * ASYNC: Asynchronously flush the scripts cache.",
    "    * SYNC: Synchronously flush the scripts cache.",
    "KILL",
    "    Kill the currently executing Lua script.",
    "LOAD <script>",
    "    Load a script into the scripts cache without executing it.",
];

fn eval(ctx: &mut Ctx<'_>, args: Args<'_>, read_only: bool) -> Outcome {
    let (keys, words) = split_keys(args, args.int(2)?)?;
    let sha = ctx.core.scripts.load(args[1], ctx.core.profile)?;
    engine::run(ctx, sha, keys, words, read_only)
}

fn evalsha(ctx: &mut Ctx<'_>, args: Args<'_>, read_only: bool) -> Outcome {
    // A name of the wrong length is found wanting before the keys are counted.
    if args[1].len() != Sha::HEX_LEN {
        return Err(errors::NO_SCRIPT);
    }
    let (keys, words) = split_keys(args, args.int(2)?)?;
    let sha = ctx.core.scripts.read_name(args[1]);
    engine::run(ctx, sha.ok_or(errors::NO_SCRIPT)?, keys, words, read_only)
}

/// Words of a command.
type Words<'a> = &'a [&'a [u8]];

/// The keys and the arguments of a script, which stand after their count.
pub(super) fn split_keys<'a>(
    args: Args<'a>,
    count: i64,
) -> Result<(Words<'a>, Words<'a>), CommandError> {
    let count = amount(count).ok_or(errors::NEGATIVE_KEYS)?;
    let words = args.from(3);
    words.split_at_checked(count).ok_or(errors::TOO_MANY_KEYS)
}
