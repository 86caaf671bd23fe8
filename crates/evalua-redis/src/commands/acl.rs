//! ACL: users and their rules.

use crate::acl::{self, User};
use crate::args::{self, Args, is};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::flag::{ADMIN, LOADING, NOSCRIPT, STALE};
use crate::table::{self, Command, Group, Outcome};

const ROW: Command = Command {
    group: Group::Server,
    flags: ADMIN | NOSCRIPT | LOADING | STALE,
    since: "6.0.0",
    ..Command::BASE
};

/// What is said where a file would be needed.
const NO_FILE: &str = "(error) ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.";

/// How long a password GENPASS makes at most, in bits.
const MOST_BITS: i64 = 4096;

/// Every command of the family.
pub const COMMANDS: &[Command] = &[Command {
    name: "acl",
    arity: -2,
    flags: 0,
    summary: "A container for Access List Control commands.",
    complexity: "Depends on subcommand.",
    subcommands: SUBCOMMANDS,
    ..ROW
}];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "acl|cat",
        arity: -2,
        flags: NOSCRIPT | LOADING | STALE,
        summary: "Lists the ACL categories, or the commands inside a category.",
        complexity: "O(1) since the categories and commands are a fixed set.",
        examples: examples![
            (
                "ACL CAT transaction x",
                "(error) ERR unknown subcommand or wrong number of arguments for 'CAT'. Try ACL HELP.",
            ),
            (
                "ACL CAT no-such-category",
                "(error) ERR Unknown category 'no-such-category'",
            ),
        ],
        run: cat,
        ..ROW
    },
    Command {
        name: "acl|deluser",
        arity: -3,
        summary: "Deletes ACL users, and terminates their connections.",
        complexity: "O(1) amortized time considering the typical user.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        examples: examples![
            ("ACL DELUSER nobody", "(integer) 0"),
            (
                "ACL DELUSER default",
                "(error) ERR The 'default' user cannot be removed",
            ),
        ],
        run: deluser,
        ..ROW
    },
    Command {
        name: "acl|dryrun",
        arity: -4,
        since: "7.0.0",
        summary: "Simulates the execution of a command by a user, without executing the command.",
        complexity: "O(1).",
        examples: examples![
            ("ACL SETUSER reader +get ~k", "OK"),
            ("ACL DRYRUN reader GET k", "OK"),
            (
                "ACL DRYRUN nobody GET k",
                "(error) ERR User 'nobody' not found",
            ),
            (
                "ACL DRYRUN reader NOPE",
                "(error) ERR Command 'NOPE' not found",
            ),
            (
                "ACL DRYRUN reader GET",
                "(error) ERR wrong number of arguments for 'get' command",
            ),
            ("ACL DELUSER reader", "(integer) 1"),
        ],
        run: dryrun,
        ..ROW
    },
    Command {
        name: "acl|genpass",
        arity: -2,
        flags: NOSCRIPT | LOADING | STALE,
        summary: "Generates a pseudorandom, secure password that can be used to identify ACL users.",
        examples: examples![
            (
                "ACL GENPASS 0",
                "(error) ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
            ),
            (
                "ACL GENPASS x",
                "(error) ERR value is not an integer or out of range",
            ),
        ],
        run: genpass,
        ..ROW
    },
    Command {
        name: "acl|getuser",
        arity: 3,
        summary: "Lists the ACL rules of a user.",
        complexity: "O(N). Where N is the number of password, command and pattern rules that the user has.",
        examples: examples![("ACL GETUSER nobody", "(nil)")],
        run: getuser,
        ..ROW
    },
    Command {
        name: "acl|help",
        arity: 2,
        flags: LOADING | STALE,
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "ACL HELP x",
            "(error) ERR wrong number of arguments for 'acl|help' command",
        )],
        run: help,
        ..ROW
    },
    Command {
        name: "acl|list",
        arity: 2,
        summary: "Dumps the effective rules in ACL file format.",
        complexity: "O(N). Where N is the number of configured users.",
        examples: examples![(
            "ACL LIST x",
            "(error) ERR wrong number of arguments for 'acl|list' command",
        )],
        run: list,
        ..ROW
    },
    Command {
        name: "acl|load",
        arity: 2,
        summary: "Reloads the rules from the configured ACL file.",
        complexity: "O(N). Where N is the number of configured users.",
        examples: examples![("ACL LOAD", NO_FILE)],
        run: |_, _| Err(errors::ACL_NO_FILE),
        ..ROW
    },
    Command {
        name: "acl|log",
        arity: -2,
        summary: "Lists recent security events generated due to ACL rules.",
        complexity: "O(N) with N being the number of entries shown.",
        examples: examples![
            ("ACL LOG RESET", "OK"),
            ("ACL LOG", "(empty array)"),
            (
                "ACL LOG x",
                "(error) ERR value is not an integer or out of range",
            ),
        ],
        run: log,
        ..ROW
    },
    Command {
        name: "acl|save",
        arity: 2,
        summary: "Saves the effective ACL rules in the configured ACL file.",
        complexity: "O(N). Where N is the number of configured users.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        examples: examples![("ACL SAVE", NO_FILE)],
        run: |_, _| Err(errors::ACL_NO_FILE),
        ..ROW
    },
    Command {
        name: "acl|setuser",
        arity: -3,
        summary: "Creates and modifies an ACL user and its rules.",
        complexity: "O(N). Where N is the number of rules provided.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        examples: examples![
            (
                "ACL SETUSER worker on >secret ~jobs:* +@list -flushall",
                "OK",
            ),
            (
                "ACL SETUSER worker +nope",
                "(error) ERR Error in ACL SETUSER modifier '+nope': Unknown command or category name in ACL",
            ),
            (
                "ACL SETUSER worker (~a",
                "(error) ERR Unmatched parenthesis in acl selector starting at '(~a'.",
            ),
            (
                "ACL SETUSER \"a b\"",
                "(error) ERR Usernames can't contain spaces or null characters",
            ),
            ("ACL DELUSER worker", "(integer) 1"),
        ],
        run: setuser,
        ..ROW
    },
    Command {
        name: "acl|users",
        arity: 2,
        summary: "Lists all ACL users.",
        complexity: "O(N). Where N is the number of configured users.",
        examples: examples![("ACL USERS", "1) \"default\"")],
        run: |ctx, _| Ok(Reply::bulks(ctx.core.acl.users().map(|(name, _)| name))),
        ..ROW
    },
    Command {
        name: "acl|whoami",
        arity: 2,
        flags: NOSCRIPT | LOADING | STALE,
        summary: "Returns the authenticated username of the current connection.",
        examples: examples![("ACL WHOAMI", "\"default\"")],
        run: |ctx, _| {
            let user = ctx.session.user.as_deref();
            Ok(Reply::bulk(user.unwrap_or(acl::DEFAULT)))
        },
        ..ROW
    },
];

fn cat(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let _ = ctx;
    let name = match args.from(2) {
        [] => {
            let all = table::acl::ALL.iter();
            return Ok(Reply::bulks(all.map(|(_, name)| name)));
        }
        [name] => *name,
        _ => return Err(errors::subcommand_syntax(args[0], args[1])),
    };
    let bit = std::str::from_utf8(name).ok().and_then(acl::category_bit);
    let bit = bit.ok_or_else(|| errors::unknown_category(name))?;
    let rows = table::of_server().flat_map(|row| std::iter::once(row).chain(row.subcommands));
    let of_it = rows.filter(|row| row.acl_categories() & bit != 0);
    Ok(Reply::bulks(of_it.map(|row| row.name)))
}

fn deluser(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let names = args.from(2);
    if names.contains(&acl::DEFAULT) {
        return Err(errors::ACL_DEFAULT_STAYS);
    }
    let mut removed = 0;
    for name in names {
        if let Some(user) = ctx.core.acl.user(name).cloned() {
            ctx.core.drop_listeners(name, &user, None);
            removed += usize::from(ctx.core.acl.remove(name));
        }
    }
    Ok(Reply::count(removed))
}

fn dryrun(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let words = args.from(3);
    let user = ctx.core.acl.user(args[2]);
    let user = user.ok_or_else(|| errors::acl_not_found("User", args[2]))?;
    let command = table::resolve(words);
    let command = command.map_err(|_| errors::acl_not_found("Command", args[3]))?;
    if !command.accepts(words.len()) {
        return Err(errors::wrong_arity(command.name));
    }
    let words = Args::new(words);
    match user.check(command, words) {
        Ok(()) => Ok(Reply::OK),
        Err(denied) => {
            let profile = ctx.core.profile();
            let object = denied.object(command, words);
            Ok(Reply::bulk(errors::would_deny(
                profile.acl_tells_more,
                args[2],
                denied,
                object,
            )))
        }
    }
}

fn genpass(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let bits = match args.from(2) {
        [] => 256,
        [bits] => args::int(bits)?,
        _ => return Err(errors::subcommand_syntax(args[0], args[1])),
    };
    if !(1..=MOST_BITS).contains(&bits) {
        return Err(errors::ACL_GENPASS_BITS);
    }
    let rng = ctx.core.rng_mut();
    let digit = |_| char::from(b"0123456789abcdef"[rng.below(16)]);
    let digits = (0..(bits + 3) / 4).map(digit);
    Ok(Reply::bulk(digits.collect::<String>()))
}

fn getuser(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let Some(user) = ctx.core.acl.user(args[2]) else {
        return Ok(Reply::Null);
    };
    let flags = user
        .flags(ctx.core.profile.acl_tells_more)
        .into_iter()
        .map(Reply::bulk);
    let mut facts = vec![
        ("flags", Reply::Set(flags.collect())),
        ("passwords", Reply::bulks(&user.passwords)),
    ];
    facts.extend(user.selectors[0].facts());
    let others = user.selectors[1..].iter();
    let others = others.map(|rules| Reply::facts(rules.facts()));
    facts.push(("selectors", Reply::Array(others.collect())));
    Ok(Reply::facts(facts))
}

fn list(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    let tells_more = ctx.core.profile.acl_tells_more;
    let line = |(name, user): (&Vec<u8>, &User)| {
        let mut line = b"user ".to_vec();
        line.extend_from_slice(name);
        line.push(b' ');
        line.extend_from_slice(user.describe(tells_more).as_bytes());
        Reply::bulk(line)
    };
    Ok(Reply::Array(ctx.core.acl.users().map(line).collect()))
}

fn log(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let count = match args.from(2) {
        [] => 10,
        [word] if is(word, "RESET") => {
            ctx.core.acl.log.entries.clear();
            return Ok(Reply::OK);
        }
        [count] => args::amount(args::int(count)?).unwrap_or(0),
        _ => return Err(errors::subcommand_syntax(args[0], args[1])),
    };
    let now_ms = ctx.now_ms();
    let entries = ctx.core.acl.log.entries.iter().take(count);
    Ok(Reply::Array(
        entries.map(|entry| entry.facts(now_ms)).collect(),
    ))
}

fn setuser(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let name = args[2];
    if acl::has_spaces(name) {
        return Err(errors::ACL_USER_NAME);
    }
    let all_channels = ctx.core.config.acl_pubsub_all;
    let old = ctx.core.acl.user(name).cloned();
    let mut user = old.clone().unwrap_or_else(|| {
        let mut user = User::new();
        user.selectors[0].all_channels = all_channels;
        user
    });
    for rule in rules(args.from(3))? {
        let applied = user.apply(&rule, all_channels);
        applied.map_err(|error| errors::acl_rule(&rule, error.text()))?;
    }
    if let Some(old) = old {
        ctx.core.drop_listeners(name, &old, Some(&user));
    }
    ctx.core.acl.set_user(name, user);
    Ok(Reply::OK)
}

/// The rules that words are: those between brackets are one.
fn rules(words: &[&[u8]]) -> Result<Vec<Vec<u8>>, CommandError> {
    let mut rules: Vec<Vec<u8>> = Vec::new();
    let mut open: Option<(&[u8], Vec<u8>)> = None;
    for word in words {
        let ends = word.ends_with(b")");
        match &mut open {
            None if word.starts_with(b"(") && !ends => open = Some((word, word.to_vec())),
            None => rules.push(word.to_vec()),
            Some((_, rule)) => {
                rule.push(b' ');
                rule.extend_from_slice(word);
                if ends {
                    rules.extend(open.take().map(|(_, rule)| rule));
                }
            }
        }
    }
    match open {
        Some((start, _)) => Err(errors::acl_unmatched(start)),
        None => Ok(rules),
    }
}

fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    Ok(ctx.help(&[
        "CAT [<category>]",
        "    List all commands that belong to <category>, or all command categories",
        "    when no category is specified.",
        "DELUSER <username> [<username> ...]",
        "    Delete a list of users.",
        "DRYRUN <username> <command> [<arg> ...]",
        "    Returns whether the user can execute the given command without executing the command.",
        "GETUSER <username>",
        "    Get the user's details.",
        "GENPASS [<bits>]",
        "    Generate a secure 256-bit user password. The optional `bits` argument can",
        "    be used to specify a different size.",
        "LIST",
        "    Show users details in config file format.",
        "LOAD",
        "    Reload users from the ACL file.",
        "LOG [<count> | RESET]",
        "    Show the ACL log entries.",
        "SAVE",
        "    Save the current config to the ACL file.",
        "SETUSER <username> <attribute> [<attribute> ...]",
        "    Create or modify a user with the specified attributes.",
        "USERS",
        "    List all the registered usernames.",
        "WHOAMI",
        "    Return the current connection username.",
    ]))
}
