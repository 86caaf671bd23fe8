//! How values and commands look, on a line.

use evalua_redis::trace::Call;
use evalua_redis::{Profile, Reply, text};
use evalua_vm::observe::{Seen, TableKey, number_text};

use crate::stop::Stop;

/// So much of a text is shown.
const MOST_TEXT: usize = 1000;

/// So many entries of a table are shown.
const MOST_ENTRIES: usize = 40;

/// So many entries of a table and all tables in it are shown.
const MOST_ALL: usize = 400;

/// So many tables in one another are shown; those in them are an ellipsis.
const MOST_DEPTH: usize = 4;

/// A value as Lua would write it, without a look into tables.
pub fn scalar(value: &Seen) -> String {
    match value {
        Seen::Nil => "nil".to_owned(),
        Seen::Bool(yes) => yes.to_string(),
        Seen::Number(number) => number_text(*number),
        Seen::Str(bytes) => match bytes.len() > MOST_TEXT {
            true => format!(
                "{}… ({} bytes)",
                text::quote(&bytes[..MOST_TEXT]),
                bytes.len()
            ),
            false => text::quote(bytes),
        },
        Seen::Table(_) => "{…}".to_owned(),
        Seen::Other(kind, _) => (*kind).to_owned(),
    }
}

/// A value as Lua would write it, tables with what is in them.
pub fn value(stop: &mut Stop<'_, '_, '_>, value: &Seen) -> String {
    let mut look = Look {
        around: Vec::new(),
        left: MOST_ALL,
    };
    nested(stop, value, &mut look)
}

/// Values one after another, as arguments are written.
pub fn values(stop: &mut Stop<'_, '_, '_>, values: &[Seen]) -> String {
    let shown = values.iter().take(MOST_ENTRIES);
    let mut shown: Vec<String> = shown.map(|value| self::value(stop, value)).collect();
    if values.len() > MOST_ENTRIES {
        shown.push(format!("… ({} values)", values.len()));
    }
    shown.join(", ")
}

/// A look into tables.
struct Look {
    /// The tables around, by their addresses.
    around: Vec<usize>,
    /// How many entries may be shown yet.
    left: usize,
}

fn nested(stop: &mut Stop<'_, '_, '_>, value: &Seen, look: &mut Look) -> String {
    let Seen::Table(table) = *value else {
        return scalar(value);
    };
    let address = stop.machine().address(table);
    if look.around.len() == MOST_DEPTH || look.around.contains(&address) {
        return scalar(value);
    }
    look.around.push(address);
    let shown = entries(stop, table, look);
    look.around.pop();
    format!("{{{shown}}}")
}

fn entries(stop: &mut Stop<'_, '_, '_>, table: TableKey, look: &mut Look) -> String {
    let most = MOST_ENTRIES.min(look.left);
    let mut entries = stop.entries(table, 0, most + 1);
    let is_cut = entries.len() > most;
    entries.truncate(most);
    // Those of a table before those in them: it is known by its own.
    look.left -= entries.len();
    let mut next = 1.0;
    let mut parts = Vec::new();
    for (key, inner) in &entries {
        let inner = nested(stop, inner, look);
        // The items of a list come first and in order.
        if *key == Seen::Number(next) {
            next += 1.0;
            parts.push(inner);
        } else {
            parts.push(format!("{} = {inner}", field(key)));
        }
    }
    if is_cut {
        parts.push("…".to_owned());
    }
    parts.join(", ")
}

/// A key as a constructor of a table has it.
fn field(key: &Seen) -> String {
    match key {
        Seen::Str(name) if is_name(name) => String::from_utf8_lossy(name).into_owned(),
        key => format!("[{}]", scalar(key)),
    }
}

/// Whether a text can be a name in Lua, words of the language aside.
pub fn is_name(text: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    text.first().is_some_and(is_letter)
        && text
            .iter()
            .all(|byte| is_letter(byte) || byte.is_ascii_digit())
}

/// A command that a script has called, with its reply.
pub fn call(call: &Call, profile: Option<&'static Profile>) -> String {
    let words: Vec<&[u8]> = call.args.iter().map(|word| word.as_slice()).collect();
    format!("{} => {}", command(&words), reply(&call.reply, profile))
}

/// The words of a command as they are typed into redis-cli.
pub fn command<W: AsRef<[u8]>>(words: &[W]) -> String {
    cut(text::typed(words))
}

/// A reply as redis-cli prints it, of several lines perhaps.
pub fn whole_reply(reply: &Reply) -> String {
    String::from_utf8_lossy(&text::print(reply)).into_owned()
}

/// A reply on a line.
pub fn reply(reply: &Reply, profile: Option<&'static Profile>) -> String {
    let reply = match profile {
        Some(profile) => reply.clone().to_resp2(profile),
        None => reply.clone(),
    };
    cut(on_a_line(&reply))
}

fn on_a_line(reply: &Reply) -> String {
    match reply {
        Reply::Array(items) => {
            let items: Vec<_> = items.iter().map(on_a_line).collect();
            format!("[{}]", items.join(", "))
        }
        other => whole_reply(other).trim_end().to_owned(),
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(MOST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
