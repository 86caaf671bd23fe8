//! What an editor is shown of a script that stands still: scopes, and the variables in them.
//!
//! Owns the numbers by which the editor asks for what is inside of something. They are good until the script goes on.

use evalua_vm::observe::{Seen, TableKey, Variable};
use serde_json::{Value, json};

use crate::show;
use crate::stop::Stop;

/// So many entries are shown at once.
const MOST: usize = 2000;

/// Where there are more, an editor is told how many, and asks for them page by page.
const FEW: usize = 100;

/// Which entries an editor asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// How many to leave out.
    pub first: usize,
    /// How many at most, if it says.
    pub most: Option<usize>,
    /// Whether it wants those only that are not paged.
    pub is_of_names: bool,
}

impl Page {
    /// How many to show of so many.
    fn size(self, count: usize) -> usize {
        match self.is_of_names && count > FEW {
            true => 0,
            false => self.most.unwrap_or(usize::MAX).min(MOST),
        }
    }

    /// What is shown where an editor does not page, and not all is there.
    fn rest(self, count: usize) -> Option<Value> {
        let left = count.saturating_sub(self.first + MOST);
        let is_cut = self.most.is_none() && !self.is_of_names && left > 0;
        is_cut.then(
            || json!({ "name": "…", "value": format!("{left} more"), "variablesReference": 0 }),
        )
    }
}

/// Tells an editor how many entries there are, if it should page.
fn note_count(shown: &mut Value, count: usize) {
    if count > FEW {
        shown["indexedVariables"] = count.into();
    }
}

/// So much of a value is shown on its line.
const MOST_TEXT: usize = 200;

/// What has something inside.
#[derive(Clone, Copy, Debug)]
enum Inside {
    Locals(usize),
    Extra(usize),
    Upvalues(usize),
    Arguments(usize),
    Redis,
    Commands,
    Keyspace,
    Table(TableKey),
}

/// What the editor can ask for: its number is its place, from 1 up.
#[derive(Debug, Default)]
pub(super) struct Variables(Vec<Inside>);

impl Variables {
    fn add(&mut self, inside: Inside) -> usize {
        self.0.push(inside);
        self.0.len()
    }

    /// Forgets all numbers.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The scopes of a frame.
    pub fn scopes(&mut self, frame: usize) -> Value {
        let scopes = [
            ("Locals", Inside::Locals(frame), Some("locals")),
            ("Upvalues", Inside::Upvalues(frame), None),
            ("KEYS and ARGV", Inside::Arguments(frame), Some("arguments")),
            ("Redis", Inside::Redis, None),
        ];
        let scope = |(name, inside, hint): (&str, Inside, Option<&str>)| {
            let mut scope = json!({
                "name": name,
                "variablesReference": self.add(inside),
                // To look at the keyspace takes a while if it is large.
                "expensive": matches!(inside, Inside::Redis),
            });
            if let Some(hint) = hint {
                scope["presentationHint"] = hint.into();
            }
            scope
        };
        scopes.map(scope).to_vec().into()
    }

    /// What is inside of something.
    pub fn inside(
        &mut self,
        stop: &mut Stop<'_, '_, '_>,
        number: usize,
        page: Page,
    ) -> Result<Value, String> {
        let inside = number.checked_sub(1).and_then(|at| self.0.get(at).copied());
        let inside = inside.ok_or("there are no such variables any more")?;
        let mut count = 0;
        let mut shown = match inside {
            Inside::Locals(frame) => {
                let locals = stop.locals(frame);
                let mut shown = self.named(stop, locals);
                let extra = stop.extra_arguments(frame);
                if !extra.is_empty() {
                    let mut all = json!({
                        "name": "...",
                        "value": brief(show::values(stop, &extra)),
                        "variablesReference": self.add(Inside::Extra(frame)),
                    });
                    note_count(&mut all, extra.len());
                    shown.push(all);
                }
                shown
            }
            Inside::Extra(frame) => {
                let extra = stop.extra_arguments(frame);
                count = extra.len();
                let extra = (1..).zip(extra).skip(page.first).take(page.size(count));
                let variables = extra.map(|(i, value)| Variable {
                    name: format!("[{i}]").into_bytes(),
                    value,
                });
                let variables = variables.collect();
                self.named(stop, variables)
            }
            Inside::Upvalues(frame) => {
                let upvalues = stop.upvalues(frame);
                self.named(stop, upvalues)
            }
            Inside::Arguments(frame) => {
                let names = ["KEYS", "ARGV"];
                let arguments = names.map(|name| Variable {
                    name: name.into(),
                    value: stop.global(frame, name),
                });
                self.named(stop, arguments.into())
            }
            Inside::Redis => {
                let all = stop.call_count();
                let kept = stop.last_calls(all).len();
                let keys = stop.keys().len();
                let mut commands = json!({
                    "name": "commands so far",
                    "value": all.to_string(),
                    "variablesReference": if kept == 0 { 0 } else { self.add(Inside::Commands) },
                });
                note_count(&mut commands, kept);
                let mut keyspace = json!({
                    "name": "keyspace",
                    "value": format!("{keys} key{}", if keys == 1 { "" } else { "s" }),
                    "variablesReference": if keys == 0 { 0 } else { self.add(Inside::Keyspace) },
                });
                note_count(&mut keyspace, keys);
                vec![commands, keyspace]
            }
            Inside::Commands => {
                let profile = stop.profile();
                let line = |line: Option<u32>| line.map_or("?".to_owned(), |line| line.to_string());
                let all = stop.call_count();
                let calls = stop.last_calls(all);
                count = calls.len();
                // The oldest of very many have gone.
                let gone = all - count;
                let calls = calls.into_iter().enumerate();
                let calls = calls.skip(page.first).take(page.size(count));
                calls
                    .map(|(i, call)| {
                        json!({
                            "name": format!("{} (line {})", gone + i + 1, line(call.line)),
                            "value": show::call(&call, profile),
                            "variablesReference": 0,
                        })
                    })
                    .collect()
            }
            Inside::Keyspace => {
                let keys = stop.keys();
                count = keys.len();
                let keys = keys.into_iter().skip(page.first).take(page.size(count));
                keys.map(|entry| {
                    json!({
                        "name": String::from_utf8_lossy(&entry.key),
                        "value": show::reply(&entry.value, None),
                        "type": entry.kind,
                        "variablesReference": 0,
                    })
                })
                .collect()
            }
            Inside::Table(table) => {
                count = stop.machine().entry_count(table);
                let entries = stop.entries(table, page.first, page.size(count));
                let variables = entries.iter().map(|(key, value)| {
                    let name = match key {
                        Seen::Str(name) if show::is_name(name) => name.clone(),
                        key => format!("[{}]", show::scalar(key)).into_bytes(),
                    };
                    (name, value.clone())
                });
                let variables = variables.map(|(name, value)| Variable { name, value });
                let variables = variables.collect();
                self.named(stop, variables)
            }
        };
        shown.extend(page.rest(count));
        Ok(json!({ "variables": shown }))
    }

    fn named(&mut self, stop: &mut Stop<'_, '_, '_>, variables: Vec<Variable>) -> Vec<Value> {
        let shown = variables.into_iter().map(|variable| {
            let mut shown = self.value(stop, &variable.value, "value");
            shown["name"] = String::from_utf8_lossy(&variable.name).into();
            shown
        });
        shown.collect()
    }

    /// A value, with its text in a field of that name.
    pub fn value(&mut self, stop: &mut Stop<'_, '_, '_>, value: &Seen, field: &str) -> Value {
        let mut text = show::value(stop, value);
        if matches!(value, Seen::Table(_)) {
            text = brief(text);
        }
        let mut count = 0;
        if let Seen::Table(table) = *value {
            count = stop.machine().entry_count(table);
        }
        let (kind, reference) = match *value {
            Seen::Nil => ("nil", 0),
            Seen::Bool(_) => ("boolean", 0),
            Seen::Number(_) => ("number", 0),
            Seen::Str(_) => ("string", 0),
            Seen::Table(_) if count == 0 => ("table", 0),
            Seen::Table(table) => ("table", self.add(Inside::Table(table))),
            Seen::Other(kind, _) => (kind, 0),
        };
        let mut shown = json!({ field: text, "type": kind, "variablesReference": reference });
        note_count(&mut shown, count);
        shown
    }
}

/// The text of a value that can be looked into.
fn brief(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MOST_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
}
