//! CONFIG: the settings of the engine by the server's names.

use crate::args::Args;
use crate::config::Config;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::glob;
use crate::reply::Reply;
use crate::settings::{self, Setting};
use crate::table::flag::{ADMIN, LOADING, NOSCRIPT, STALE};
use crate::table::{Command, Group, Outcome};

const ROW: Command = Command {
    group: Group::Server,
    since: "2.0.0",
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[Command {
    name: "config",
    arity: -2,
    acl: 0,
    since: "2.0.0",
    summary: "A container for server configuration commands.",
    complexity: "Depends on subcommand.",
    examples: examples![(
        "CONFIG",
        "(error) ERR wrong number of arguments for 'config' command",
    )],
    subcommands: SUBCOMMANDS,
    ..ROW
}];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "config|get",
        arity: -3,
        flags: ADMIN | NOSCRIPT | LOADING | STALE,
        acl: 0,
        since: "2.0.0",
        summary: "Returns the effective values of configuration parameters.",
        complexity: "O(N) when N is the number of configuration parameters provided",
        examples: examples![
            (
                "CONFIG GET hash-max-listpack-entries",
                "1) \"hash-max-listpack-entries\"\n2) \"512\"",
            ),
            ("CONFIG GET no-such-setting", "(empty array)"),
        ],
        run: get,
        ..ROW
    },
    Command {
        name: "config|help",
        arity: 2,
        flags: LOADING | STALE,
        acl: 0,
        since: "5.0.0",
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "CONFIG HELP",
            " 1) CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\n 2) GET <pattern>\n 3)     Return parameters matching the glob-like <pattern> and their values.\n 4) SET <directive> <value>\n 5)     Set the configuration <directive> to <value>.\n 6) RESETSTAT\n 7)     Reset statistics reported by the INFO command.\n 8) REWRITE\n 9)     Rewrite the configuration file.\n10) HELP\n11)     Print this help.",
        )],
        run: help,
        ..ROW
    },
    Command {
        name: "config|resetstat",
        arity: 2,
        flags: ADMIN | NOSCRIPT | LOADING | STALE,
        acl: 0,
        since: "2.0.0",
        summary: "Resets the server's statistics.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        examples: examples![("CONFIG RESETSTAT", "OK")],
        run: |ctx, _| {
            let is_kept = ctx.core.stats.is_some();
            ctx.core.set_statistics(is_kept);
            (ctx.core.expired, ctx.core.evicted) = (0, 0);
            Ok(Reply::OK)
        },
        ..ROW
    },
    Command {
        name: "config|rewrite",
        arity: 2,
        flags: ADMIN | NOSCRIPT | LOADING | STALE,
        acl: 0,
        since: "2.8.0",
        summary: "Persists the effective configuration to file.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        examples: examples![(
            "CONFIG REWRITE",
            "(error) ERR The server is running without a config file",
        )],
        run: |_, _| Err(errors::CONFIG_NO_FILE),
        ..ROW
    },
    Command {
        name: "config|set",
        arity: -4,
        flags: ADMIN | NOSCRIPT | LOADING | STALE,
        acl: 0,
        since: "2.0.0",
        summary: "Sets configuration parameters in-flight.",
        complexity: "O(N) when N is the number of configuration parameters provided",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        examples: examples![
            ("CONFIG SET hash-max-listpack-entries 100", "OK"),
            (
                "CONFIG GET hash-max-listpack-entries",
                "1) \"hash-max-listpack-entries\"\n2) \"100\"",
            ),
            ("CONFIG SET hash-max-listpack-entries 512", "OK"),
            (
                "CONFIG SET hash-max-listpack-entries x",
                "(error) ERR CONFIG SET failed (possibly related to argument 'hash-max-listpack-entries') - argument couldn't be parsed into an integer",
            ),
            (
                "CONFIG SET no-such-setting 1",
                "(error) ERR Unknown option or number of arguments for CONFIG SET - 'no-such-setting'",
            ),
            (
                "CONFIG SET databases 3",
                "(error) ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config",
            ),
        ],
        run: set,
        ..ROW
    },
];

fn get(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let config = &ctx.core.config;
    let mut found: Vec<(Vec<u8>, &Setting)> = Vec::new();
    let mut add = |name: Vec<u8>, setting| {
        if found.iter().all(|(known, _)| *known != name) {
            found.push((name, setting));
        }
    };
    for wanted in args.from(2) {
        if !wanted.iter().any(|byte| b"[*?".contains(byte)) {
            if let Some(setting) = Setting::named(wanted) {
                add(wanted.to_vec(), setting);
            }
            continue;
        }
        let pattern = wanted.to_ascii_lowercase();
        for setting in settings::all().filter(|setting| !setting.is_hidden) {
            for name in [Some(setting.name), setting.alias].into_iter().flatten() {
                if glob::matches(&pattern, name.as_bytes()) {
                    add(name.as_bytes().to_vec(), setting);
                }
            }
        }
    }
    let pair = |(name, setting): (Vec<u8>, &Setting)| {
        (Reply::bulk(name), Reply::bulk(setting.get(config)))
    };
    Ok(Reply::Map(found.into_iter().map(pair).collect()))
}

/// The settings with their new values, as the arguments name them.
fn settings<'a>(args: Args<'a>) -> Result<Vec<(&'static Setting, &'a [u8])>, CommandError> {
    let pairs = args.pairs(2).ok_or(errors::SYNTAX)?;
    let mut settings: Vec<(&Setting, &[u8])> = Vec::new();
    let mut refused = None;
    for (name, value) in pairs {
        let setting = Setting::named(name).ok_or_else(|| errors::config_unknown(name))?;
        let reason = if setting.is_fixed {
            "can't set immutable config"
        } else if settings.iter().any(|(other, _)| other.name == setting.name) {
            "duplicate parameter"
        } else {
            settings.push((setting, value));
            continue;
        };
        refused.get_or_insert_with(|| errors::config_refused(name, reason));
    }
    refused.map_or(Ok(settings), Err)
}

fn set(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let settings = settings(args)?;
    // All of them or none.
    let mut config = ctx.core.config.clone();
    for (setting, value) in settings {
        let refused = |reason: String| errors::config_refused(setting.name.as_bytes(), &reason);
        setting.set(&mut config, value).map_err(refused)?;
    }
    let password = |config: &Config| config.others.get("requirepass").cloned();
    let changed = password(&config).filter(|new| password(&ctx.core.config).as_ref() != Some(new));
    ctx.core.config = config;
    if let Some(password) = changed {
        ctx.core.require_password(password.as_bytes());
    }
    ctx.core.apply_memory_settings();
    ctx.core.look_for_shortage();
    Ok(Reply::OK)
}

fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    Ok(ctx.help(&[
        "GET <pattern>",
        "    Return parameters matching the glob-like <pattern> and their values.",
        "SET <directive> <value>",
        "    Set the configuration <directive> to <value>.",
        "RESETSTAT",
        "    Reset statistics reported by the INFO command.",
        "REWRITE",
        "    Rewrite the configuration file.",
    ]))
}
