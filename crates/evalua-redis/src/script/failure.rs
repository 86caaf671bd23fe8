//! What becomes of errors: the handler that marks them with the place where they happened, and the
//! error replies that are made of them.

use evalua_vm::number::format::NumberText;
use evalua_vm::stack::{Call, Location, TableView, Throw, View};

use super::debug;
use crate::errors::{self, CommandError};

/// The field of an error table that says that the error was counted with a command.
pub(super) const ALREADY_COUNTED: &[u8] = b"ignore_error_stats_update";

/// What the server calls the code of its own handler; it shows where that fails.
const HANDLER_SOURCE: &[u8] = b"@err_handler_def";

/// The line of the handler that marks an error table.
const HANDLER_LINE: f64 = 10.0;

/// What the handler says of an error table that it cannot mark.
const HANDLER_FAILED: &[u8] = b"ERR err_handler_def:10: Attempt to modify a readonly table";

/// The global function that every error passes on its way out of a script: gives a table with the
/// text in `err`, and `source` and `line` of the Lua function that failed. It keeps `tostring`.
pub(super) fn handler(call: &mut Call<'_>) -> Result<u32, Throw> {
    if call.argument_count() == 0 {
        call.push_nil()?;
    }
    call.truncate(1);
    debug::tell_error(call)?;
    let (source, line) = if call.is_readonly(1) {
        push_error_table(call, HANDLER_FAILED)?;
        (HANDLER_SOURCE.to_vec(), HANDLER_LINE)
    } else {
        match call.view(1) {
            View::Table(_) => call.push_copy(1)?,
            _ => {
                let text = text_of_value(call)?;
                push_error_table(call, &[b"ERR ", &text[..]].concat())?;
            }
        }
        match failing(call) {
            Some(place) => (place.source, place.line.map_or(-1.0, f64::from)),
            None => return Ok(1),
        }
    };
    let table = call.height();
    call.push_bytes(&source)?;
    call.assign_field_of(table, b"source")?;
    call.push_number(line)?;
    call.assign_field_of(table, b"line")?;
    Ok(1)
}

/// The text of the first argument, as `tostring` gives it.
fn text_of_value(call: &mut Call<'_>) -> Result<Vec<u8>, Throw> {
    if let View::Str(text) = call.view(1) {
        return Ok(text.to_vec());
    }
    call.push_upvalue(1)?;
    call.push_copy(1)?;
    call.call_top(1)?;
    let text = text_at(call.view(call.height()));
    match text {
        Some(text) => Ok(text),
        None => Err(call.raise(b"'tostring' must return a string")),
    }
}

/// Where the error happened that the running handler was called for. A native function is at no
/// place: then it is its caller that counts.
fn failing(call: &Call<'_>) -> Option<Location> {
    let place = call.location(1)?;
    if place.line.is_none() && place.source == b"=[C]" {
        return call.location(2);
    }
    Some(place)
}

/// Pushes a table that holds an error.
fn push_error_table(call: &mut Call<'_>, text: &[u8]) -> Result<(), Throw> {
    call.push_table(0, 1)?;
    let table = call.height();
    call.push_bytes(text)?;
    call.set_field_of(table, b"err")
}

/// Pushes the table that an error is for scripts: its text in `err`, cut and completed as the server
/// does.
pub(super) fn push_error(call: &mut Call<'_>, error: &[u8]) -> Result<(), Throw> {
    let text = c_string(error);
    match text.iter().position(|&byte| byte == b' ') {
        None => push_error_table(call, &[b"ERR ", trim_newlines(text)].concat()),
        Some(space) => {
            let (code, message) = (&text[..space], &text[space + 1..]);
            push_error_table(call, &[code, b" ", trim_newlines(message)].concat())
        }
    }
}

/// Raises an error as the functions of the server do: as a table.
pub(super) fn raise(call: &mut Call<'_>, error: &CommandError) -> Throw {
    match push_error(call, error.as_bytes()) {
        Ok(()) => call.raise_top(),
        Err(throw) => throw,
    }
}

/// Whether a value that was raised is an error that was counted when a command ended with it.
pub(super) fn is_counted(value: View<'_>) -> bool {
    matches!(value, View::Table(error)
        if matches!(error.field(b"err"), View::Str(_)) && has_counted_mark(error))
}

/// Whether a table that is an error says that it was counted.
pub(super) fn has_counted_mark(error: TableView<'_>) -> bool {
    matches!(error.field(ALREADY_COUNTED), View::Bool(true))
}

/// The error reply for the value on top, which left the script and has passed the handler.
pub(super) fn describe(call: &mut Call<'_>, name: &[u8]) -> CommandError {
    let top = call.height();
    if !matches!(call.view(top), View::Table(_)) {
        // The handler itself has failed.
        let text = text_at(call.view(top)).unwrap_or_else(|| b"execution failure".to_vec());
        let text = c_string(&text);
        return errors::script_broken(name, &text[..text.len().min(100)]);
    }
    let mut field = |name: &[u8]| {
        call.index_field_of(top, name).ok()?;
        let text = text_at(call.view(call.height()));
        call.truncate(top);
        text.map(|text| c_string(&text).to_vec())
    };
    let message = field(b"err").unwrap_or_else(|| errors::SCRIPT_UNKNOWN_ERROR.as_bytes().to_vec());
    match (field(b"source"), field(b"line")) {
        (Some(source), Some(line)) => errors::in_script(&message, name, &source, &line),
        _ => CommandError::new(message),
    }
}

/// The error reply of a script whose instructions are used up, which is where it was then.
pub(super) fn out_of_budget(call: &Call<'_>, name: &[u8], limit: Option<u64>) -> CommandError {
    let limit = limit.unwrap_or_default();
    stopped(
        call,
        name,
        &format!("exceeded its limit of {limit} instructions"),
    )
}

/// The error reply of a script that another thread has stopped.
pub(super) fn interrupted(call: &Call<'_>, name: &[u8]) -> CommandError {
    stopped(call, name, "was interrupted")
}

/// The error reply of a script that could not begin: it was stopped then, or there is no memory for it.
pub(super) fn not_begun(call: &Call<'_>, name: &[u8], why: Throw) -> CommandError {
    match why {
        Throw::Interrupt => interrupted(call, name),
        _ => errors::SCRIPT_NO_MEMORY,
    }
}

/// The error reply of a script that SCRIPT KILL or FUNCTION KILL has ended.
pub(super) fn killed(call: &Call<'_>, name: &[u8]) -> CommandError {
    let (source, line) = last_place(call);
    let line = line.to_string();
    errors::in_script(
        errors::SCRIPT_KILLED.as_bytes(),
        name,
        &source,
        line.as_bytes(),
    )
}

fn stopped(call: &Call<'_>, name: &[u8], what: &str) -> CommandError {
    let (source, line) = last_place(call);
    errors::script_stopped(name, &source, line, what)
}

/// Where the innermost Lua function was: its source and line.
pub(super) fn last_place(call: &Call<'_>) -> (Vec<u8>, u32) {
    let place = (0..)
        .map_while(|level| call.location(level))
        .find(|place| place.line.is_some());
    match place {
        Some(place) => (place.source, place.line.unwrap_or_default()),
        None => (b"@user_script".to_vec(), 0),
    }
}

/// The text of a string or a number.
pub(super) fn text_at(view: View<'_>) -> Option<Vec<u8>> {
    match view {
        View::Str(text) => Some(text.to_vec()),
        View::Number(number) => Some(NumberText::new(number).as_bytes().to_vec()),
        _ => None,
    }
}

/// What is left of a text where it passes through a C string.
pub(super) fn c_string(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// The text without the line breaks at its end.
pub(super) fn trim_end_newlines(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| !is_newline(byte));
    &text[..end.map_or(0, |last| last + 1)]
}

fn trim_newlines(text: &[u8]) -> &[u8] {
    let first = text.iter().position(|byte| !is_newline(byte));
    trim_end_newlines(&text[first.unwrap_or(text.len())..])
}

fn is_newline(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}
