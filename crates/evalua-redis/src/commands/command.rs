//! COMMAND: what the table says of commands.

use crate::args::{Args, is};
use crate::commands::docs;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::glob;
use crate::reply::Reply;
use crate::table::flag::{self, LOADING, NO_MANDATORY_KEYS, STALE};
use crate::table::{self, Begin, Command, Find, Group, KeySpec, Outcome, access, acl};

const ROW: Command = Command {
    group: Group::Server,
    since: "2.8.13",
    acl: acl::CONNECTION,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[Command {
    name: "command",
    arity: -1,
    flags: LOADING | STALE,
    since: "2.8.13",
    summary: "Returns detailed information about all commands.",
    complexity: "O(N) where N is the total number of Redis commands",
    tips: &["nondeterministic_output_order"],
    examples: examples![(
        "COMMAND nonsense",
        "(error) ERR unknown subcommand 'nonsense'. Try COMMAND HELP.",
    )],
    run: |_, _| Ok(Reply::Array(table::of_server().map(info).collect())),
    subcommands: SUBCOMMANDS,
    ..ROW
}];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "command|count",
        arity: 2,
        flags: LOADING | STALE,
        since: "2.8.13",
        summary: "Returns a count of commands.",
        examples: examples![(
            "COMMAND COUNT x",
            "(error) ERR wrong number of arguments for 'command|count' command",
        )],
        run: |_, _| Ok(Reply::count(table::of_server().count())),
        ..ROW
    },
    Command {
        name: "command|docs",
        arity: -2,
        flags: LOADING | STALE,
        since: "7.0.0",
        summary: "Returns documentary information about one, multiple or all commands.",
        complexity: "O(N) where N is the number of commands to look up",
        tips: &["nondeterministic_output_order"],
        examples: examples![("COMMAND DOCS no-such-command", "(empty array)")],
        run: |ctx, args| {
            let profile = ctx.core.profile();
            let docs = |command| docs::of(command, profile);
            Ok(Reply::Map(match args.from(2) {
                [] => table::of_server().map(docs).collect(),
                names => names
                    .iter()
                    .filter_map(|name| table::named(name))
                    .map(docs)
                    .collect(),
            }))
        },
        ..ROW
    },
    Command {
        name: "command|getkeys",
        arity: -3,
        flags: LOADING | STALE,
        since: "2.8.13",
        summary: "Extracts the key names from an arbitrary command.",
        complexity: "O(N) where N is the number of arguments to the command",
        examples: examples![
            ("COMMAND GETKEYS MSET a 1 b 2", "1) \"a\"\n2) \"b\""),
            (
                "COMMAND GETKEYS ECHO x",
                "(error) ERR The command has no key arguments",
            ),
            (
                "COMMAND GETKEYS NOSUCHCOMMAND x",
                "(error) ERR Invalid command specified",
            ),
            (
                "COMMAND GETKEYS GET a b",
                "(error) ERR Invalid number of arguments specified for command",
            ),
        ],
        run: |ctx, args| get_keys(ctx, args, false),
        ..ROW
    },
    Command {
        name: "command|getkeysandflags",
        arity: -3,
        flags: LOADING | STALE,
        since: "7.0.0",
        summary: "Extracts the key names and access flags for an arbitrary command.",
        complexity: "O(N) where N is the number of arguments to the command",
        examples: examples![
            (
                "COMMAND GETKEYSANDFLAGS COPY a b",
                "1) 1) \"a\"\n   2) 1) RO\n      2) access\n2) 1) \"b\"\n   2) 1) OW\n      2) update",
            ),
            (
                "COMMAND GETKEYSANDFLAGS SET a 1",
                "1) 1) \"a\"\n   2) 1) OW\n      2) update",
            ),
            (
                "COMMAND GETKEYSANDFLAGS SET a 1 EX 5 GET",
                "1) 1) \"a\"\n   2) 1) RW\n      2) access\n      3) update",
            ),
            (
                "COMMAND GETKEYSANDFLAGS BITFIELD a GET u8 0",
                "1) 1) \"a\"\n   2) 1) RO\n      2) access",
            ),
            (
                "COMMAND GETKEYSANDFLAGS BITFIELD a GET u8 0 OVERFLOW SAT INCRBY u8 0 1",
                "1) 1) \"a\"\n   2) 1) RW\n      2) access\n      3) update",
            ),
        ],
        run: |ctx, args| get_keys(ctx, args, true),
        ..ROW
    },
    Command {
        name: "command|help",
        arity: 2,
        flags: LOADING | STALE,
        since: "5.0.0",
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "COMMAND HELP",
            " 1) COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\n 2) (no subcommand)\n 3)     Return details about all Redis commands.\n 4) COUNT\n 5)     Return the total number of commands in this Redis server.\n 6) LIST\n 7)     Return a list of all commands in this Redis server.\n 8) INFO [<command-name> ...]\n 9)     Return details about multiple Redis commands.\n10)     If no command names are given, documentation details for all\n11)     commands are returned.\n12) DOCS [<command-name> ...]\n13)     Return documentation details about multiple Redis commands.\n14)     If no command names are given, documentation details for all\n15)     commands are returned.\n16) GETKEYS <full-command>\n17)     Return the keys from a full Redis command.\n18) GETKEYSANDFLAGS <full-command>\n19)     Return the keys and the access flags from a full Redis command.\n20) HELP\n21)     Print this help.",
        )],
        run: help,
        ..ROW
    },
    Command {
        name: "command|info",
        arity: -2,
        flags: LOADING | STALE,
        since: "2.8.13",
        summary: "Returns information about one, multiple or all commands.",
        complexity: "O(N) where N is the number of commands to look up",
        tips: &["nondeterministic_output_order"],
        examples: examples![(
            "COMMAND INFO GET no-such-command",
            "1)  1) \"get\"\n    2) (integer) 2\n    3) 1) readonly\n       2) fast\n    4) (integer) 1\n    5) (integer) 1\n    6) (integer) 1\n    7) 1) @read\n       2) @string\n       3) @fast\n    8) (empty array)\n    9) 1) 1) \"flags\"\n          2) 1) RO\n             2) access\n          3) \"begin_search\"\n          4) 1) \"type\"\n             2) \"index\"\n             3) \"spec\"\n             4) 1) \"index\"\n                2) (integer) 1\n          5) \"find_keys\"\n          6) 1) \"type\"\n             2) \"range\"\n             3) \"spec\"\n             4) 1) \"lastkey\"\n                2) (integer) 0\n                3) \"keystep\"\n                4) (integer) 1\n                5) \"limit\"\n                6) (integer) 0\n   10) (empty array)\n2) (nil)",
        )],
        run: |_, args| {
            Ok(Reply::Array(match args.from(2) {
                [] => table::of_server().map(info).collect(),
                names => names
                    .iter()
                    .map(|name| table::named(name).map_or(Reply::Null, info))
                    .collect(),
            }))
        },
        ..ROW
    },
    Command {
        name: "command|list",
        arity: -2,
        flags: LOADING | STALE,
        since: "7.0.0",
        summary: "Returns a list of command names.",
        complexity: "O(N) where N is the total number of Redis commands",
        tips: &["nondeterministic_output_order"],
        examples: examples![
            ("COMMAND LIST FILTERBY PATTERN xac*", "1) \"xack\""),
            ("COMMAND LIST FILTERBY MODULE json", "(empty array)"),
            ("COMMAND LIST x", "(error) ERR syntax error"),
        ],
        run: list,
        ..ROW
    },
];

/// Flags that the server keeps to itself.
const HIDDEN: u32 = flag::MAY_REPLICATE | flag::PROTECTED | flag::TOUCHES_ARBITRARY_KEYS;

/// The names of some bits.
fn names<'n>(all: &'n [(u32, &'n str)], bits: u32) -> impl Iterator<Item = &'n str> {
    let set = all.iter().filter(move |(bit, _)| bits & bit != 0);
    set.map(|(_, name)| *name)
}

/// A status of any text.
fn status(text: impl Into<Vec<u8>>) -> Reply {
    Reply::Status(text.into().into())
}

fn statuses<'n>(names: impl Iterator<Item = &'n str>) -> Vec<Reply> {
    names.map(status).collect()
}

/// The keys of a command as one range, the way they were told before there were specifications: first,
/// last, step; and whether that is not all there is to say.
fn range(keys: &[KeySpec]) -> ((i64, i64, i64), bool) {
    /// Behind every argument there can be.
    const NONE: usize = usize::MAX;
    let is_incomplete = |spec: &KeySpec| spec.access & access::INCOMPLETE != 0;
    let as_range = |spec: &KeySpec| match (&spec.begin, &spec.find) {
        (Begin::Index(first), Find::Range { last, step, .. }) => Some((*first, *last, *step)),
        _ => None,
    };
    if let [spec] = keys
        && let Some((first, last, step)) = as_range(spec)
    {
        let last = if last < 0 {
            last as i64
        } else {
            first as i64 + last as i64
        };
        return ((first as i64, last, step as i64), is_incomplete(spec));
    }
    let (mut first_key, mut last_key, mut moves) = (NONE, 0_i64, false);
    for spec in keys {
        let follows = |first: usize| last_key == 0 || last_key == first as i64 - 1;
        match as_range(spec) {
            Some((first, last, 1)) if follows(first) => {
                moves |= is_incomplete(spec);
                first_key = first_key.min(first);
                let last = if last < 0 {
                    last as i64
                } else {
                    first as i64 + last as i64
                };
                // One that is counted from the end is behind all others.
                last_key = if last < 0 || last_key < 0 {
                    last.min(last_key)
                } else {
                    last.max(last_key)
                };
            }
            _ => moves = true,
        }
    }
    match first_key {
        NONE => ((0, 0, 0), !keys.is_empty()),
        first => ((first as i64, last_key, 1), moves),
    }
}

/// What COMMAND INFO says of a command.
fn info(command: &Command) -> Reply {
    let ((first, last, step), moves) = range(command.keys);
    let mut flags = statuses(names(flag::ALL, command.flags & !HIDDEN));
    if moves {
        flags.push(Reply::status("movablekeys"));
    }
    let categories = names(acl::ALL, command.acl_categories());
    let categories = categories.map(|name| status(format!("@{name}")));
    Reply::Array(vec![
        Reply::bulk(command.name),
        Reply::Integer(command.arity.into()),
        Reply::Set(flags),
        Reply::Integer(first),
        Reply::Integer(last),
        Reply::Integer(step),
        Reply::Set(categories.collect()),
        Reply::Set(command.tips.iter().map(Reply::bulk).collect()),
        Reply::Set(command.keys.iter().map(specification).collect()),
        Reply::Set(command.subcommands.iter().map(info).collect()),
    ])
}

/// A key specification as COMMAND INFO shows it.
fn specification(spec: &KeySpec) -> Reply {
    let number = |n: usize| Reply::count(n);
    let typed = |kind: &'static str, spec: Reply| {
        Reply::facts([("type", Reply::bulk(kind)), ("spec", spec)])
    };
    let begin = match &spec.begin {
        Begin::Index(index) => typed("index", Reply::facts([("index", number(*index))])),
        Begin::Keyword(word, from) => {
            let from = Reply::Integer(*from as i64);
            typed(
                "keyword",
                Reply::facts([("keyword", Reply::bulk(word)), ("startfrom", from)]),
            )
        }
        Begin::Hidden(_) | Begin::Unknown => typed("unknown", Reply::facts([])),
    };
    let find = match spec.find {
        _ if matches!(spec.begin, Begin::Hidden(_)) => typed("unknown", Reply::facts([])),
        Find::Range { last, step, limit } => {
            let last = Reply::Integer(last as i64);
            let facts = [
                ("lastkey", last),
                ("keystep", number(step)),
                ("limit", number(limit)),
            ];
            typed("range", Reply::facts(facts))
        }
        Find::Count { at, first, step } => {
            let facts = [
                ("keynumidx", number(at)),
                ("firstkey", number(first)),
                ("keystep", number(step)),
            ];
            typed("keynum", Reply::facts(facts))
        }
        Find::Unknown => typed("unknown", Reply::facts([])),
    };
    let flags = Reply::Set(statuses(names(access::ALL, spec.access)));
    let notes = (!spec.notes.is_empty()).then(|| ("notes", Reply::bulk(spec.notes)));
    let facts = [
        ("flags", flags),
        ("begin_search", begin),
        ("find_keys", find),
    ];
    Reply::facts(notes.into_iter().chain(facts))
}

fn list(_: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let all = || table::of_server().flat_map(|row| std::iter::once(row).chain(row.subcommands));
    let named = |wanted: &dyn Fn(&Command) -> bool| {
        let rows = all().filter(|row| wanted(row));
        Ok(Reply::Array(
            rows.map(|row| Reply::bulk(row.name)).collect(),
        ))
    };
    match args.from(2) {
        [] => named(&|_| true),
        [word, kind, _] if is(word, "FILTERBY") && is(kind, "MODULE") => named(&|_| false),
        [word, kind, category] if is(word, "FILTERBY") && is(kind, "ACLCAT") => {
            let known = acl::ALL.iter().find(|(_, name)| is(category, name));
            let bit = known.map_or(0, |(bit, _)| *bit);
            named(&|row| row.acl_categories() & bit != 0)
        }
        [word, kind, pattern] if is(word, "FILTERBY") && is(kind, "PATTERN") => {
            let pattern = pattern.to_ascii_lowercase();
            named(&|row| glob::matches(&pattern, row.name.as_bytes()))
        }
        _ => Err(errors::SYNTAX),
    }
}

/// The keys of a command with all its arguments.
fn get_keys(_: &mut Ctx<'_>, args: Args<'_>, with_flags: bool) -> Outcome {
    let words = args.from(2);
    let command = table::resolve(words).map_err(|_| errors::GETKEYS_COMMAND)?;
    let is_key = |spec: &KeySpec| spec.access & access::NOT_KEY == 0;
    if !command.keys.iter().any(is_key) {
        return Err(errors::GETKEYS_NO_KEYS);
    }
    if !command.accepts(words.len()) {
        return Err(errors::GETKEYS_ARITY);
    }
    let words = Args::new(words);
    let key = |(index, used): (usize, u32)| match with_flags {
        true => {
            let flags = Reply::Set(statuses(names(access::ALL, used)));
            Reply::Array(vec![Reply::bulk(words[index]), flags])
        }
        false => Reply::bulk(words[index]),
    };
    let keys: Vec<Reply> = command.key_uses(words).map(key).collect();
    match keys.is_empty() && !command.has(NO_MANDATORY_KEYS) {
        true => Err(errors::GETKEYS_ARGUMENTS),
        false => Ok(Reply::Array(keys)),
    }
}

fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<Reply, CommandError> {
    Ok(ctx.help(&[
        "(no subcommand)",
        "    Return details about all Redis commands.",
        "COUNT",
        "    Return the total number of commands in this Redis server.",
        "LIST",
        "    Return a list of all commands in this Redis server.",
        "INFO [<command-name> ...]",
        "    Return details about multiple Redis commands.",
        "    If no command names are given, documentation details for all",
        "    commands are returned.",
        "DOCS [<command-name> ...]",
        "    Return documentation details about multiple Redis commands.",
        "    If no command names are given, documentation details for all",
        "    commands are returned.",
        "GETKEYS <full-command>",
        "    Return the keys from a full Redis command.",
        "GETKEYSANDFLAGS <full-command>",
        "    Return the keys and the access flags from a full Redis command.",
    ]))
}
