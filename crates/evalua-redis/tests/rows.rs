//! What the rows of the command table say, beside what a live server's COMMAND INFO says.

mod support;

use std::collections::BTreeSet;

use evalua_conformance::server::Server;
use evalua_redis::table::{self, Begin, Command, Find, KeySpec, access, acl, flag};
use evalua_redis::{Redis, Reply, profile, text as printing};

/// Rows whose facts are those of Redis 7.2, where the live server of series 7.0 says otherwise or
/// has no such command, each with what is new.
const NEWER: &[(&str, &str)] = &[
    ("client|no-touch", "came with 7.2"),
    ("client|setinfo", "came with 7.2"),
    ("cluster|myshardid", "came with 7.2"),
    ("cluster|shards", "runs while data is loading since 7.2"),
    ("cluster|slots", "runs while data is loading since 7.2"),
    (
        "command|getkeys",
        "takes a command without arguments since 7.2",
    ),
    (
        "command|getkeysandflags",
        "takes a command without arguments since 7.2",
    ),
    ("waitaof", "came with 7.2"),
    ("zrank", "has an option since 7.2"),
    ("zrevrank", "has an option since 7.2"),
];

/// Flags that COMMAND INFO does not show.
const HIDDEN: u32 = flag::MAY_REPLICATE | flag::PROTECTED | flag::TOUCHES_ARBITRARY_KEYS;

#[test]
fn agree_with_a_live_server() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let mut client = server.connect().unwrap();
    let rows = table::of_server().flat_map(|row| std::iter::once(row).chain(row.subcommands));
    let mut wrong = String::new();
    for row in rows {
        let info = client.command(["COMMAND", "INFO", row.name]).unwrap();
        let theirs = match support::from_wire(info) {
            Reply::Array(mut infos) => infos.remove(0),
            other => panic!("{}: {other:?}", row.name),
        };
        let Reply::Array(fields) = theirs else {
            if NEWER.iter().all(|(name, _)| *name != row.name) {
                wrong += &format!("{}: no such command\n", row.name);
            }
            continue;
        };
        let noscript = if row.noscript_in.contains(&profile::REDIS_7_0.name) {
            flag::NOSCRIPT
        } else {
            0
        };
        let specs = row.keys.iter().map(spec).collect::<Vec<_>>();
        let ours = [
            ("arity", vec![row.arity.to_string()], vec![text(&fields[1])]),
            (
                "flags",
                names(flag::ALL, (row.flags | noscript) & !HIDDEN),
                without_derived(list(&fields[2])),
            ),
            (
                "acl",
                names(acl::ALL, row.acl_categories()),
                categories(&fields[6]),
            ),
            ("keys", specs, list(&fields[8])),
            (
                "tips",
                tips(row.tips.iter().map(|tip| (*tip).to_owned())),
                tips(list(&fields[7])),
            ),
        ];
        let is_newer = NEWER.iter().any(|(name, _)| *name == row.name);
        for (field, ours, theirs) in ours {
            let ours: BTreeSet<_> = ours.into_iter().collect();
            let theirs: BTreeSet<_> = theirs.into_iter().collect();
            if ours != theirs && !is_newer {
                wrong += &format!(
                    "{}: {field}\n  ours:   {ours:?}\n  theirs: {theirs:?}\n",
                    row.name
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What a server has, and there is no row for it, is told in COMPATIBILITY.md.
#[test]
fn none_of_a_live_server_is_forgotten() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let told = concat!(env!("CARGO_MANIFEST_DIR"), "/../../COMPATIBILITY.md");
    let told = std::fs::read_to_string(told).unwrap();
    let mut client = server.connect().unwrap();
    let mut missing = Vec::new();
    let Reply::Array(commands) = support::from_wire(client.command(["COMMAND"]).unwrap()) else {
        panic!("COMMAND gives an array");
    };
    for command in commands {
        let Reply::Array(fields) = command else {
            panic!("not expected in COMMAND: {command:?}");
        };
        let Reply::Array(subcommands) = &fields[9] else {
            panic!("not expected in COMMAND: {fields:?}");
        };
        let name = text(&fields[0]);
        let Some(row) = table::find(name.as_bytes()) else {
            if !told.contains(&format!("`{}`", name.to_uppercase())) {
                missing.push(name);
            }
            continue;
        };
        for subcommand in subcommands {
            let Reply::Array(fields) = subcommand else {
                panic!("not expected in COMMAND: {subcommand:?}");
            };
            let name = text(&fields[0]);
            if row.subcommands.iter().all(|row| row.name != name) {
                missing.push(name);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// COMMAND DOCS in RESP3, field by field.
#[test]
fn documentation_agrees_with_a_live_server() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let mut client = server.connect().unwrap();
    client.command(["HELLO", "3"]).unwrap();
    let mut redis = Redis::builder().profile(&profile::REDIS_7_0).build();
    redis.command(&["HELLO", "3"]);
    let rows = table::of_server().flat_map(|row| std::iter::once(row).chain(row.subcommands));
    let mut compared = 0;
    for row in rows {
        let command = ["COMMAND", "DOCS", row.name];
        let theirs = facts(support::from_wire(client.command(command).unwrap()));
        // A command that came with 7.2.
        if theirs.is_empty() {
            continue;
        }
        assert_eq!(facts(redis.command(&command)), theirs, "{}", row.name);
        compared += 1;
    }
    assert!(compared > 200, "{compared}");
}

/// What is said of the one command in a reply, but for its subcommands; what is in no order is sorted.
fn facts(reply: Reply) -> Vec<(Reply, Reply)> {
    fn sorted(reply: Reply) -> Reply {
        let each = |items: Vec<Reply>| items.into_iter().map(sorted).collect();
        match reply {
            Reply::Set(items) => {
                let mut items: Vec<Reply> = each(items);
                items.sort_by_key(printing::print);
                Reply::Set(items)
            }
            Reply::Array(items) => Reply::Array(each(items)),
            Reply::Map(pairs) => {
                let pair = |(name, value)| (name, sorted(value));
                Reply::Map(pairs.into_iter().map(pair).collect())
            }
            other => other,
        }
    }
    let Reply::Map(mut commands) = sorted(reply) else {
        panic!("COMMAND DOCS is a map");
    };
    match commands.pop() {
        Some((_, Reply::Map(mut facts))) => {
            facts.retain(|(name, _)| *name != Reply::bulk("subcommands"));
            facts
        }
        _ => Vec::new(),
    }
}

/// Every paragraph is of a row, and every command has its arguments.
#[test]
fn documentation_is_of_rows() {
    let rows = || table::of_server().flat_map(|row| std::iter::once(row).chain(row.subcommands));
    for profile in profile::ALL {
        let is_item = |line: &str| line.as_bytes().get(1) == Some(&b' ');
        for name in profile.docs.lines().filter(|line| !is_item(line)) {
            assert!(rows().any(|row| row.name == name), "{name}");
        }
    }
    let mut redis = Redis::new();
    redis.command(&["HELLO", "3"]);
    for (name, argument) in [("get", "key"), ("client|setname", "connection-name")] {
        let docs = facts(redis.command(&["COMMAND", "DOCS", name]));
        let arguments = docs
            .iter()
            .find(|(name, _)| *name == Reply::bulk("arguments"));
        let Some((_, Reply::Array(arguments))) = arguments else {
            panic!("{name} has no arguments");
        };
        let Some(Reply::Map(first)) = arguments.first() else {
            panic!("an argument of {name} is a map");
        };
        assert_eq!(first[0], (Reply::bulk("name"), Reply::bulk(argument)));
    }
}

#[test]
fn newer_rows_are_rows() {
    for (name, _) in NEWER {
        let found = table::of_server().any(|row: &Command| {
            row.name == *name || row.subcommands.iter().any(|sub| sub.name == *name)
        });
        assert!(found, "{name}");
    }
}

fn names(all: &[(u32, &str)], bits: u32) -> Vec<String> {
    let set = all.iter().filter(|(bit, _)| bits & bit != 0);
    set.map(|(_, name)| (*name).to_owned()).collect()
}

/// The tips that both versions give: those for clusters are the newer one's.
fn tips(all: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut tips: Vec<String> = all.into_iter().collect();
    tips.retain(|tip| tip.starts_with("nondeterministic"));
    tips
}

/// Flags that follow from the key specifications are not in the row.
fn without_derived(mut flags: Vec<String>) -> Vec<String> {
    flags.retain(|flag| flag != "movablekeys");
    flags
}

fn categories(reply: &Reply) -> Vec<String> {
    let named = list(reply).into_iter();
    named
        .map(|name| name.trim_start_matches('@').to_owned())
        .collect()
}

/// The elements of an array as texts.
fn list(reply: &Reply) -> Vec<String> {
    match reply {
        Reply::Array(items) => items.iter().map(text).collect(),
        other => panic!("no array: {other:?}"),
    }
}

/// A reply as one text: nested arrays in brackets.
fn text(reply: &Reply) -> String {
    match reply {
        Reply::Status(text) => String::from_utf8_lossy(text).into_owned(),
        Reply::Bulk(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Reply::Integer(n) => n.to_string(),
        Reply::Array(_) => format!("[{}]", list(reply).join(" ")),
        other => panic!("not expected in COMMAND INFO: {other:?}"),
    }
}

/// One of our key specifications as [`text`] shows the server's.
fn spec(spec: &KeySpec) -> String {
    let flags = names(access::ALL, spec.access).join(" ");
    let begin = match spec.begin {
        Begin::Index(index) => format!("[type index spec [index {index}]]"),
        Begin::Keyword(word, from) => {
            format!("[type keyword spec [keyword {word} startfrom {from}]]")
        }
        Begin::Hidden(_) | Begin::Unknown => "[type unknown spec []]".to_owned(),
    };
    let find = match spec.find {
        _ if matches!(spec.begin, Begin::Hidden(_)) => "[type unknown spec []]".to_owned(),
        Find::Range { last, step, limit } => {
            format!("[type range spec [lastkey {last} keystep {step} limit {limit}]]")
        }
        Find::Count { at, first, step } => {
            format!("[type keynum spec [keynumidx {at} firstkey {first} keystep {step}]]")
        }
        Find::Unknown => "[type unknown spec []]".to_owned(),
    };
    let notes = match spec.notes {
        "" => String::new(),
        notes => format!("notes {notes} "),
    };
    format!("[{notes}flags [{flags}] begin_search {begin} find_keys {find}]")
}
