//! MODULE: there are none, and none can be loaded, as by a server that has not been allowed to.

use crate::args::Args;
use crate::errors;
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::flag::{ADMIN, LOADING, NO_ASYNC_LOADING, NOSCRIPT, PROTECTED, STALE};
use crate::table::{Command, Group, Outcome};

const ROW: Command = Command {
    group: Group::Server,
    since: "4.0.0",
    ..Command::BASE
};

/// What is shared by what loads and unloads.
const CHANGE: Command = Command {
    flags: ADMIN | NOSCRIPT | NO_ASYNC_LOADING | PROTECTED,
    run: |_, _| Err(errors::MODULES_NOT_ALLOWED),
    ..ROW
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[Command {
    name: "module",
    arity: -2,
    summary: "A container for module commands.",
    complexity: "Depends on subcommand.",
    subcommands: SUBCOMMANDS,
    ..ROW
}];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "module|help",
        arity: 2,
        flags: LOADING | STALE,
        since: "5.0.0",
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "MODULE HELP x",
            "(error) ERR wrong number of arguments for 'module|help' command",
        )],
        run: help,
        ..ROW
    },
    Command {
        name: "module|list",
        arity: 2,
        flags: ADMIN | NOSCRIPT,
        summary: "Returns all loaded modules.",
        complexity: "O(N) where N is the number of loaded modules.",
        tips: &["nondeterministic_output_order"],
        examples: examples![("MODULE LIST", "(empty array)")],
        run: |_, _| Ok(Reply::Array(Vec::new())),
        ..ROW
    },
    Command {
        name: "module|load",
        arity: -3,
        summary: "Loads a module.",
        examples: examples![(
            "MODULE LOAD /nowhere.so",
            "(error) ERR MODULE command not allowed. If the enable-module-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.",
        )],
        ..CHANGE
    },
    Command {
        name: "module|loadex",
        arity: -3,
        since: "7.0.0",
        summary: "Loads a module using extended parameters.",
        examples: examples![(
            "MODULE LOADEX",
            "(error) ERR wrong number of arguments for 'module|loadex' command",
        )],
        ..CHANGE
    },
    Command {
        name: "module|unload",
        arity: 3,
        summary: "Unloads a module.",
        examples: examples![(
            "MODULE UNLOAD",
            "(error) ERR wrong number of arguments for 'module|unload' command",
        )],
        ..CHANGE
    },
];

fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    Ok(ctx.help(&[
        "LIST",
        "    Return a list of loaded modules.",
        "LOAD <path> [<arg> ...]",
        "    Load a module library from <path>, passing to it any optional arguments.",
        "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
        "    Load a module library from <path>, while passing it module configurations and optional arguments.",
        "UNLOAD <name>",
        "    Unload a module.",
    ]))
}
