//! Functions: FCALL, FUNCTION.
//!
//! What they work on is the business of [`crate::script::functions`]; here is what their words mean.

use super::scripting::{KEYS_TO_READ, KEYS_TO_WRITE, split_keys};
use crate::args::{Args, is};
use crate::dump;
use crate::errors;
use crate::gate::Ctx;
use crate::glob;
use crate::reply::Reply;
use crate::script::flag as script_flag;
use crate::script::functions::{self, Existing, FunctionCall, Policy, Registered};
use crate::script::stats;
use crate::table::flag::{
    ALLOW_BUSY, DENYOOM, LOADING, NO_MANDATORY_KEYS, NOSCRIPT, READONLY, SKIP_MONITOR, STALE, WRITE,
};
use crate::table::{Command, Group, Outcome, acl};

const ROW: Command = Command {
    group: Group::Scripting,
    acl: acl::SCRIPTING,
    since: "7.0.0",
    ..Command::BASE
};

/// What is shared by the commands that run functions.
const FCALL: Command = Command {
    arity: -3,
    flags: NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS,
    keys: &[KEYS_TO_WRITE],
    complexity: "Depends on the function that is executed.",
    ..ROW
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "fcall",
        summary: "Invokes a function.",
        examples: examples![
            (
                "FUNCTION LOAD \"#!lua name=mylib\\nredis.register_function('add', function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end)\"",
                "\"mylib\"",
            ),
            ("FCALL add 1 visits 5", "(integer) 5"),
            ("FCALL sub 0", "(error) ERR Function not found"),
            ("FCALL add x", "(error) ERR Bad number of keys provided"),
            (
                "FCALL add 2 visits",
                "(error) ERR Number of keys can't be greater than number of args",
            ),
        ],
        run: |ctx, args| fcall(ctx, args, false),
        ..FCALL
    },
    Command {
        name: "fcall_ro",
        flags: READONLY | NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS,
        keys: &[KEYS_TO_READ],
        summary: "Invokes a read-only function.",
        examples: examples![
            (
                "FUNCTION LOAD \"#!lua name=mylib\\nredis.register_function{function_name='peek', callback=function(keys) return redis.call('GET', keys[1]) end, flags={'no-writes'}}\\nredis.register_function('poke', function() end)\"",
                "\"mylib\"",
            ),
            ("FCALL_RO peek 1 nothing", "(nil)"),
            (
                "FCALL_RO poke 0",
                "(error) ERR Can not execute a script with write flag using *_ro command.",
            ),
        ],
        run: |ctx, args| fcall(ctx, args, true),
        ..FCALL
    },
    Command {
        name: "function",
        arity: -2,
        acl: 0,
        summary: "A container for function commands.",
        complexity: "Depends on subcommand.",
        subcommands: SUBCOMMANDS,
        ..ROW
    },
];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "function|delete",
        arity: 3,
        flags: WRITE | NOSCRIPT,
        summary: "Deletes a library and its functions.",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        examples: examples![
            (
                "FUNCTION LOAD \"#!lua name=mylib\\nredis.register_function('f', function() end)\"",
                "\"mylib\"",
            ),
            ("FUNCTION DELETE mylib", "OK"),
            ("FUNCTION DELETE mylib", "(error) ERR Library not found"),
        ],
        run: |ctx, args| {
            if !ctx.core.functions.delete(args[2]) {
                return Err(errors::LIBRARY_NOT_FOUND);
            }
            ctx.core.dirty += 1;
            Ok(Reply::OK)
        },
        ..ROW
    },
    Command {
        name: "function|dump",
        arity: 2,
        flags: NOSCRIPT,
        summary: "Dumps all libraries into a serialized binary payload.",
        complexity: "O(N) where N is the number of functions",
        examples: examples![("FUNCTION DUMP", "\"\\x0b\\x004D\\xe13\\xf2\\xe0KS\"")],
        run: |ctx, _| {
            let libraries = ctx.core.functions.libraries();
            let codes = libraries.map(|(_, library)| &library.code[..]);
            let payload = dump::serialize_libraries(codes, ctx.core.profile);
            Ok(Reply::bulk(payload))
        },
        ..ROW
    },
    Command {
        name: "function|flush",
        arity: -2,
        flags: WRITE | NOSCRIPT,
        summary: "Deletes all libraries and functions.",
        complexity: "O(N) where N is the number of functions deleted",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        examples: examples![
            ("FUNCTION FLUSH", "OK"),
            (
                "FUNCTION FLUSH NOW",
                "(error) ERR FUNCTION FLUSH only supports SYNC|ASYNC option",
            ),
        ],
        run: |ctx, args| {
            match args.from(2) {
                [] => {}
                [mode] if is(mode, "sync") || is(mode, "async") => {}
                [_] => return Err(errors::FUNCTION_FLUSH_OPTION),
                _ => return Err(errors::subcommand_syntax(args[0], args[1])),
            }
            ctx.core.functions.flush();
            ctx.core.dirty += 1;
            Ok(Reply::OK)
        },
        ..ROW
    },
    Command {
        name: "function|help",
        arity: 2,
        flags: LOADING | STALE,
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "FUNCTION HELP",
            concat!(
                " 1) FUNCTION <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\n",
                " 2) LOAD [REPLACE] <FUNCTION CODE>\n",
                " 3)     Create a new library with the given library name and code.\n",
                " 4) DELETE <LIBRARY NAME>\n",
                " 5)     Delete the given library.\n",
                " 6) LIST [LIBRARYNAME PATTERN] [WITHCODE]\n",
                " 7)     Return general information on all the libraries:\n",
                " 8)     * Library name\n",
                " 9)     * The engine used to run the Library\n",
                "10)     * Library description\n",
                "11)     * Functions list\n",
                "12)     * Library code (if WITHCODE is given)\n",
                "13)     It also possible to get only function that matches a pattern using LIBRARYNAME argument.\n",
                "14) STATS\n",
                "15)     Return information about the current function running:\n",
                "16)     * Function name\n",
                "17)     * Command used to run the function\n",
                "18)     * Duration in MS that the function is running\n",
                "19)     If no function is running, return nil\n",
                "20)     In addition, returns a list of available engines.\n",
                "21) KILL\n",
                "22)     Kill the current running function.\n",
                "23) FLUSH [ASYNC|SYNC]\n",
                "24)     Delete all the libraries.\n",
                "25)     When called without the optional mode argument, the behavior is determined by the\n",
                "26)     lazyfree-lazy-user-flush configuration directive. Valid modes are:\n",
                "27)     * ASYNC: Asynchronously flush the libraries.\n",
                "28)     * SYNC: Synchronously flush the libraries.\n",
                "29) DUMP\n",
                "30)     Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command\n",
                "31) RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]\n",
                "32)     Restore the libraries represented by the given payload, it is possible to give a restore policy to\n",
                "33)     control how to handle existing libraries (default APPEND):\n",
                "34)     * FLUSH: delete all existing libraries.\n",
                "35)     * APPEND: appends the restored libraries to the existing libraries. On collision, abort.\n",
                "36)     * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old\n",
                "37)       libraries with the new libraries (notice that even on this option there is a chance of failure\n",
                "38)       in case of functions name collision with another library).\n",
                "39) HELP\n",
                "40)     Print this help."
            ),
        )],
        run: |ctx, _| Ok(ctx.help(HELP)),
        ..ROW
    },
    Command {
        name: "function|kill",
        arity: 2,
        flags: NOSCRIPT | ALLOW_BUSY,
        summary: "Terminates a function during execution.",
        tips: &["request_policy:all_shards", "response_policy:one_succeeded"],
        examples: examples![(
            "FUNCTION KILL",
            "(error) NOTBUSY No scripts in execution right now.",
        )],
        // A command that gets here runs between scripts.
        run: |_, _| Err(errors::NOT_BUSY),
        ..ROW
    },
    Command {
        name: "function|list",
        arity: -2,
        flags: NOSCRIPT,
        summary: "Returns information about all libraries.",
        complexity: "O(N) where N is the number of functions",
        tips: &["nondeterministic_output_order"],
        examples: examples![
            (
                "FUNCTION LOAD \"#!lua name=mylib\\nredis.register_function{function_name='f', callback=function() end, flags={'no-writes'}, description='does nothing'}\"",
                "\"mylib\"",
            ),
            (
                "FUNCTION LIST",
                concat!(
                    "1) 1) \"library_name\"\n",
                    "   2) \"mylib\"\n",
                    "   3) \"engine\"\n",
                    "   4) \"LUA\"\n",
                    "   5) \"functions\"\n",
                    "   6) 1) 1) \"name\"\n",
                    "         2) \"f\"\n",
                    "         3) \"description\"\n",
                    "         4) \"does nothing\"\n",
                    "         5) \"flags\"\n",
                    "         6) 1) no-writes"
                ),
            ),
            ("FUNCTION LIST LIBRARYNAME other*", "(empty array)"),
        ],
        run: list,
        ..ROW
    },
    Command {
        name: "function|load",
        arity: -3,
        flags: WRITE | DENYOOM | NOSCRIPT,
        summary: "Creates a library.",
        complexity: "O(1) (considering compilation time is redundant)",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        examples: examples![
            (
                "FUNCTION LOAD \"#!lua name=mylib\\nredis.register_function('f', function() return 'old' end)\"",
                "\"mylib\"",
            ),
            (
                "FUNCTION LOAD REPLACE \"#!lua name=mylib\\nredis.register_function('f', function() return 'new' end)\"",
                "\"mylib\"",
            ),
            ("FCALL f 0", "\"new\""),
            (
                "FUNCTION LOAD \"#!lua name=mylib\\n\"",
                "(error) ERR Library 'mylib' already exists",
            ),
            (
                "FUNCTION LOAD \"return 1\"",
                "(error) ERR Missing library metadata",
            ),
        ],
        run: load,
        ..ROW
    },
    Command {
        name: "function|restore",
        arity: -3,
        flags: WRITE | DENYOOM | NOSCRIPT,
        summary: "Restores all libraries from a payload.",
        complexity: "O(N) where N is the number of functions on the payload",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        examples: examples![
            (
                "FUNCTION RESTORE \"not a payload\"",
                "(error) ERR DUMP payload version or checksum are wrong",
            ),
            (
                "FUNCTION RESTORE payload KEEP",
                "(error) ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
            ),
        ],
        run: restore,
        ..ROW
    },
    Command {
        name: "function|stats",
        arity: 2,
        flags: NOSCRIPT | ALLOW_BUSY,
        summary: "Returns information about a function during execution.",
        tips: &[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ],
        examples: examples![(
            "FUNCTION STATS",
            concat!(
                "1) \"running_script\"\n",
                "2) (nil)\n",
                "3) \"engines\"\n",
                "4) 1) \"LUA\"\n",
                "   2) 1) \"libraries_count\"\n",
                "      2) (integer) 0\n",
                "      3) \"functions_count\"\n",
                "      4) (integer) 0"
            ),
        )],
        // Who asks is served between scripts.
        run: |ctx, _| Ok(stats(Reply::Null, ctx.core.functions.counts())),
        ..ROW
    },
];

const HELP: &[&str] = &[
    "LOAD [REPLACE] <FUNCTION CODE>",
    "    Create a new library with the given library name and code.",
    "DELETE <LIBRARY NAME>",
    "    Delete the given library.",
    "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
    "    Return general information on all the libraries:",
    "    * Library name",
    "    * The engine used to run the Library",
    "    * Library description",
    "    * Functions list",
    "    * Library code (if WITHCODE is given)",
    "    It also possible to get only function that matches a pattern using LIBRARYNAME argument.",
    "STATS",
    "    Return information about the current function running:",
    "    * Function name",
    "    * Command used to run the function",
    "    * Duration in MS that the function is running",
    "    If no function is running, return nil",
    "    In addition, returns a list of available engines.",
    "KILL",
    "    Kill the current running function.",
    "FLUSH [ASYNC|SYNC]",
    "    Delete all the libraries.",
    "    When called without the optional mode argument, the behavior is determined by the",
    "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
    "    * ASYNC: Asynchronously flush the libraries.",
    "    * SYNC: Synchronously flush the libraries.",
    "DUMP",
    "    Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command",
    "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
    "    Restore the libraries represented by the given payload, it is possible to give a restore policy to",
    "    control how to handle existing libraries (default APPEND):",
    "    * FLUSH: delete all existing libraries.",
    "    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.",
    "    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old",
    "      libraries with the new libraries (notice that even on this option there is a chance of failure",
    "      in case of functions name collision with another library).",
];

fn fcall(ctx: &mut Ctx<'_>, args: Args<'_>, read_only: bool) -> Outcome {
    let words = args.as_slice();
    let name = args[1];
    if !functions::exists(ctx, name) {
        return Err(errors::FUNCTION_NOT_FOUND);
    }
    let count = args.int(2).map_err(|_| errors::FUNCTION_BAD_KEYS)?;
    let (keys, args) = split_keys(args, count)?;
    let called = FunctionCall {
        words,
        name,
        keys,
        args,
        read_only,
    };
    functions::run(ctx, called)
}

fn load(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let mut existing = Existing::Keep;
    let (options, code) = args.from(2).split_at(args.len() - 3);
    for option in options {
        if !is(option, "replace") {
            return Err(errors::function_option(option));
        }
        existing = Existing::Replace;
    }
    let name = functions::load(ctx, code[0], existing)?;
    ctx.core.dirty += 1;
    Ok(Reply::bulk(name))
}

fn restore(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let policy = match args.from(3) {
        [] => Policy::Append,
        [policy] if is(policy, "append") => Policy::Append,
        [policy] if is(policy, "replace") => Policy::Replace,
        [policy] if is(policy, "flush") => Policy::Flush,
        [_] => return Err(errors::RESTORE_POLICY),
        _ => return Err(errors::subcommand_syntax(args[0], args[1])),
    };
    let codes = dump::deserialize_libraries(args[2], ctx.core.profile)?;
    functions::restore(ctx, &codes, policy)?;
    ctx.core.dirty += 1;
    Ok(Reply::OK)
}

fn list(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (mut with_code, mut pattern) = (false, None);
    let mut words = args.from(2).iter();
    while let Some(word) = words.next() {
        if is(word, "withcode") && !with_code {
            with_code = true;
        } else if is(word, "libraryname") && pattern.is_none() {
            pattern = Some(words.next().ok_or(errors::LIBRARY_LIST_NAME)?);
        } else {
            return Err(errors::function_argument(word));
        }
    }
    let functions = &ctx.core.functions;
    let shown = functions
        .libraries()
        .filter(|(name, _)| pattern.is_none_or(|pattern| glob::matches(pattern, name)));
    let libraries = shown.map(|(name, library)| {
        let described = library.functions.iter().map(describe).collect();
        let mut fields = vec![
            ("library_name", Reply::bulk(name)),
            ("engine", Reply::bulk("LUA")),
            ("functions", Reply::Array(described)),
        ];
        if with_code {
            fields.push(("library_code", Reply::bulk(&library.code)));
        }
        Reply::facts(fields)
    });
    Ok(Reply::Array(libraries.collect()))
}

/// What FUNCTION LIST says of a function.
fn describe(function: &Registered) -> Reply {
    let description = function.description.as_ref();
    let flags = script_flag::ALL.iter();
    let flags = flags.filter(|flag| function.flags & flag.0 != 0);
    Reply::facts([
        ("name", Reply::bulk(&function.name)),
        ("description", description.map_or(Reply::Null, Reply::bulk)),
        (
            "flags",
            Reply::Set(flags.map(|flag| Reply::status(flag.1)).collect()),
        ),
    ])
}
