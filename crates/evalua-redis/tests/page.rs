//! `docs/commands.md`, the page of all commands, is what the table says.
//!
//! `EVALUA_BLESS=1 cargo test -p evalua-redis --test page` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use evalua_redis::table::{self, Command, flag};

const HEAD: &str = "# Commands

Every command of evalua, from the table that runs them: name, arity (the words of a call, the name included; negative for at least so many), the version
of Redis that brought it, flags, and what it does. *See differences* means that [COMPATIBILITY.md](../COMPATIBILITY.md) says something of the command.

This page is generated: `EVALUA_BLESS=1 cargo test -p evalua-redis --test page`.
";

#[test]
fn is_what_the_table_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let differences = std::fs::read_to_string(root.join("COMPATIBILITY.md")).unwrap();
    let path = root.join("docs/commands.md");
    let page = page(&differences);
    if std::env::var_os("EVALUA_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept == page, "docs/commands.md is not current: bless it");
}

fn page(differences: &str) -> String {
    let mut groups: BTreeMap<String, Vec<&Command>> = BTreeMap::new();
    for row in table::all().flat_map(|row| std::iter::once(row).chain(row.subcommands)) {
        groups
            .entry(format!("{:?}", row.group))
            .or_default()
            .push(row);
    }
    let mut page = HEAD.to_owned();
    for (group, mut rows) in groups {
        rows.sort_by_key(|row| row.name);
        writeln!(page, "\n## {group}\n").unwrap();
        page.push_str("| command | arity | since | flags | |\n|---|---|---|---|---|\n");
        for row in rows {
            let name = row.name.to_ascii_uppercase().replace('|', " ");
            let flags = flag::ALL.iter().filter(|(bit, _)| row.has(*bit));
            let flags: Vec<&str> = flags.map(|(_, name)| *name).collect();
            let see = if is_mentioned(differences, &name) {
                " *See differences.*"
            } else {
                ""
            };
            writeln!(
                page,
                "| `{name}` | {} | {} | {} | {}{see} |",
                row.arity,
                row.since,
                flags.join(" "),
                row.summary.trim_end_matches('.').replace('|', "\\|") + "."
            )
            .unwrap();
        }
    }
    page
}

/// Whether a table says something of a command, by its name at the start of some code.
fn is_mentioned(differences: &str, name: &str) -> bool {
    let lines = differences.lines().filter(|line| line.starts_with("| "));
    let mut first_cells = lines.filter_map(|line| line.split('|').nth(1));
    first_cells.any(|cell| {
        let code = cell.split('`').skip(1).step_by(2);
        code.into_iter().any(|code| {
            let rest = code.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
    })
}
