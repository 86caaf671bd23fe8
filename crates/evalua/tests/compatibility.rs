//! COMPATIBILITY.md names every function that there is, and no other.

use evalua::{Lua, StdLib};
use std::collections::BTreeSet;

/// The functions in the table, as `library.name`; those of the base library by their name alone.
fn named() -> BTreeSet<String> {
    let page = include_str!("../../../COMPATIBILITY.md");
    let (_, after) = page
        .split_once("### Function by function")
        .expect("the page has the table");
    let (table, _) = after.split_once("\n## ").expect("a section follows");
    let mut names = BTreeSet::new();
    let mut library = "";
    for row in table.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if !cells[1].is_empty() {
            library = cells[1];
        }
        for name in cells[2].split('`').skip(1).step_by(2) {
            names.insert(match library {
                "base" => name.to_owned(),
                _ if ["module", "require"].contains(&name) => name.to_owned(),
                _ => format!("{library}.{name}"),
            });
        }
    }
    names
}

#[test]
fn every_function_is_named() {
    let lua = Lua::new_with(StdLib::ALL);
    let there: BTreeSet<String> = lua
        .load(
            "local names = {}
            for name, value in pairs(_G) do
                if type(value) == 'function' then names[name] = true end
                if type(value) == 'table' and value ~= _G then
                    for field, inner in pairs(value) do
                        if type(inner) == 'function' then names[name .. '.' .. field] = true end
                    end
                end
            end
            return names",
        )
        .eval()
        .expect("it runs");
    assert_eq!(named(), there);
}
