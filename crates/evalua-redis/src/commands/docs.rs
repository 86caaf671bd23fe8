//! COMMAND DOCS: what the documentation says of a command.
//!
//! What servers of all versions say alike is in the rows of the table; the rest is in a file for each, a
//! paragraph for a command: its name, then lines that begin with a letter for what they say.
//!
//! | letter | |
//! |---|---|
//! | `s` `v` `g` `c` | summary, version that brought it, group, complexity, where they are not the row's |
//! | `f` `d` `r` | a flag, the version that deprecated it, what replaces it |
//! | `h` | a version and what it changed |
//! | `a` | an argument: its depth among nested ones, name, kind, then by a letter `x` display text, `k` key specification, `t` token, `u` summary, `s` version, `d` deprecated since, `f` flags; with tabs between |

use std::iter::Peekable;
use std::str::Lines;

use crate::profile::Profile;
use crate::reply::Reply;
use crate::table::{Command, Group};

/// What Redis 7.0 says.
pub const REDIS_7_0: &str = include_str!("docs/redis-7.0.txt");

/// What Redis 7.2 says.
pub const REDIS_7_2: &str = include_str!("docs/redis-7.2.txt");

/// The documentation of a command under its name, as COMMAND DOCS gives it.
pub fn of(command: &Command, profile: &Profile) -> (Reply, Reply) {
    let paragraph = Paragraph::read(profile.docs, command.name);
    let or_row = |text: &'static str, row: &'static str| if text.is_empty() { row } else { text };
    let mut facts = vec![
        (
            "summary",
            Reply::bulk(or_row(paragraph.summary, command.summary)),
        ),
        ("since", Reply::bulk(or_row(paragraph.since, command.since))),
        (
            "group",
            Reply::bulk(or_row(paragraph.group, group(command.group))),
        ),
    ];
    match or_row(paragraph.complexity, command.complexity) {
        // Said to be none.
        "-" => {}
        complexity => facts.push(("complexity", Reply::bulk(complexity))),
    }
    if !paragraph.flags.is_empty() {
        facts.push(("doc_flags", flags(&paragraph.flags)));
    }
    for (name, text) in [
        ("deprecated_since", paragraph.deprecated_since),
        ("replaced_by", paragraph.replaced_by),
    ] {
        if !text.is_empty() {
            facts.push((name, Reply::bulk(text)));
        }
    }
    if !paragraph.history.is_empty() {
        let change = |(since, what)| Reply::bulks([since, what]);
        let history = paragraph.history.into_iter().map(change);
        facts.push(("history", Reply::Set(history.collect())));
    }
    if !paragraph.arguments.is_empty() {
        facts.push(("arguments", Reply::Array(paragraph.arguments)));
    }
    if !command.subcommands.is_empty() {
        let docs = command.subcommands.iter().map(|sub| of(sub, profile));
        facts.push(("subcommands", Reply::Map(docs.collect())));
    }
    (Reply::bulk(command.name), Reply::facts(facts))
}

fn flags(names: &[&'static str]) -> Reply {
    Reply::Set(names.iter().copied().map(Reply::status).collect())
}

fn group(group: Group) -> &'static str {
    match group {
        Group::Bitmap => "bitmap",
        Group::Cluster => "cluster",
        Group::Connection => "connection",
        Group::Evalua => "evalua",
        Group::Generic => "generic",
        Group::Geo => "geo",
        Group::Hash => "hash",
        Group::Hyperloglog => "hyperloglog",
        Group::List => "list",
        Group::Pubsub => "pubsub",
        Group::Scripting => "scripting",
        Group::Server => "server",
        Group::Set => "set",
        Group::SortedSet => "sorted-set",
        Group::Stream => "stream",
        Group::String => "string",
        Group::Transactions => "transactions",
    }
}

/// What a file says of a command.
#[derive(Default)]
struct Paragraph {
    summary: &'static str,
    since: &'static str,
    group: &'static str,
    complexity: &'static str,
    flags: Vec<&'static str>,
    deprecated_since: &'static str,
    replaced_by: &'static str,
    history: Vec<(&'static str, &'static str)>,
    arguments: Vec<Reply>,
}

impl Paragraph {
    fn read(file: &'static str, name: &str) -> Paragraph {
        let mut paragraph = Paragraph::default();
        let mut lines = file.lines().peekable();
        if lines.by_ref().all(|line| line != name) {
            return paragraph;
        }
        while let Some((letter, rest)) = lines.peek().and_then(|line| line.split_once(' ')) {
            match letter {
                "s" => paragraph.summary = rest,
                "v" => paragraph.since = rest,
                "g" => paragraph.group = rest,
                "c" => paragraph.complexity = rest,
                "f" => paragraph.flags.push(rest),
                "d" => paragraph.deprecated_since = rest,
                "r" => paragraph.replaced_by = rest,
                "h" => paragraph.history.extend(rest.split_once(' ')),
                "a" => {
                    paragraph.arguments = arguments(&mut lines, b'0');
                    continue;
                }
                _ => break,
            }
            lines.next();
        }
        paragraph
    }
}

/// The arguments of that depth, a digit.
fn arguments(lines: &mut Peekable<Lines<'static>>, depth: u8) -> Vec<Reply> {
    let mut found = Vec::new();
    while let Some(line) = lines.peek() {
        let Some(words) = line.strip_prefix("a ") else {
            break;
        };
        if words.as_bytes().first() != Some(&depth) {
            break;
        }
        lines.next();
        let mut facts = Vec::new();
        let mut known_flags = Vec::new();
        for (index, word) in words.split('\t').skip(1).enumerate() {
            let text = |name| (name, Reply::bulk(word.get(1..).unwrap_or_default()));
            match (index, word.as_bytes().first()) {
                (0, _) => facts.push(("name", Reply::bulk(word))),
                (1, _) => facts.push(("type", Reply::bulk(word))),
                (_, Some(b'x')) => facts.push(text("display_text")),
                (_, Some(b'k')) => {
                    let index = word[1..].parse().unwrap_or(0);
                    facts.push(("key_spec_index", Reply::Integer(index)));
                }
                (_, Some(b't')) => facts.push(text("token")),
                (_, Some(b'u')) => facts.push(text("summary")),
                (_, Some(b's')) => facts.push(text("since")),
                (_, Some(b'd')) => facts.push(text("deprecated_since")),
                (_, Some(b'f')) => known_flags.push(&word[1..]),
                _ => {}
            }
        }
        if !known_flags.is_empty() {
            facts.push(("flags", flags(&known_flags)));
        }
        let nested = arguments(lines, depth + 1);
        if !nested.is_empty() {
            facts.push(("arguments", Reply::Array(nested)));
        }
        found.push(Reply::facts(facts));
    }
    found
}
