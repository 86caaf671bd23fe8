//! What the rows of the command table say, beside what a live server's COMMAND INFO says.

mod support;

use std::collections::BTreeSet;

use evalua_conformance::server::Server;
use evalua_redis::table::{self, Begin, Command, Find, KeySpec, access, acl, flag};
use evalua_redis::{Reply, profile};

/// Rows whose facts are those of Redis 7.2, where the live server of series 7.0 says otherwise or
/// has no such command, each with what is new.
const NEWER: &[(&str, &str)] = &[
    ("client|setinfo", "came with 7.2"),
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
    let rows = table::all().flat_map(|row| std::iter::once(row).chain(row.subcommands));
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
        let noscript = if profile::REDIS_7_0.noscript.contains(&row.name) {
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

#[test]
fn newer_rows_are_rows() {
    for (name, _) in NEWER {
        let found = table::all().any(|row: &Command| {
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
        // A key specification with remarks: the remarks are not in our rows.
        Reply::Array(items) if items.first().is_some_and(|first| text(first) == "notes") => {
            format!(
                "[{}]",
                items[2..].iter().map(text).collect::<Vec<_>>().join(" ")
            )
        }
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
    format!("[flags [{flags}] begin_search {begin} find_keys {find}]")
}
