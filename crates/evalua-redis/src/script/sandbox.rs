//! The globals that scripts see: which there are, and what protects them.
//!
//! Owns the selection from the standard library and its order; what `redis` holds is [`api`]'s.

use evalua_vm::number::format::NumberText;
use evalua_vm::stack::{Call, Failure, FunctionKey, Throw, View};

use super::{api, failure};
use crate::libraries::LIBRARIES;
use crate::profile::Profile;

/// What the engine keeps of the sandbox.
pub(super) struct Sandbox {
    /// The table of globals.
    pub globals: FunctionKey,
    /// The handler of errors.
    pub handler: FunctionKey,
    /// The names of the globals that hold keys and arguments.
    pub names: [FunctionKey; 2],
}

/// Where a global comes from.
#[derive(Clone, Copy)]
enum Origin {
    /// The standard library.
    Standard,
    /// The standard library, in permissive profiles.
    Permissive,
    /// The table of globals itself.
    Globals,
    /// A `pcall` that gives error tables as their text.
    Pcall,
    /// The table of functions of the server.
    Api,
    /// Nothing: the server refuses it, but only after it has made a place for it.
    Refused,
    /// Something that the server needs only while it sets itself up.
    Passing,
}

use Origin::*;

/// What a sandbox is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    /// Scripts of EVAL, which find their keys and arguments in globals.
    Scripts,
    /// Functions of libraries, which get them as arguments, and see less.
    Functions,
}

/// The globals in the order in which the server makes them, on which the order depends that `pairs`
/// shows them in. Between these and [`LAST_GLOBALS`] come the [`LIBRARIES`].
const FIRST_GLOBALS: &[(&str, Origin)] = &[
    ("_G", Globals),
    ("assert", Standard),
    ("collectgarbage", Standard),
    ("dofile", Refused),
    ("error", Standard),
    ("gcinfo", Standard),
    ("getfenv", Permissive),
    ("getmetatable", Standard),
    ("loadfile", Refused),
    ("load", Standard),
    ("loadstring", Standard),
    ("next", Standard),
    ("pcall", Pcall),
    ("print", Refused),
    ("rawequal", Standard),
    ("rawget", Standard),
    ("rawset", Standard),
    ("select", Standard),
    ("setfenv", Permissive),
    ("setmetatable", Standard),
    ("tonumber", Standard),
    ("tostring", Standard),
    ("type", Standard),
    ("unpack", Standard),
    ("xpcall", Standard),
    ("_VERSION", Standard),
    ("ipairs", Standard),
    ("pairs", Standard),
    ("newproxy", Permissive),
    ("coroutine", Standard),
    ("table", Standard),
    ("string", Standard),
    ("math", Standard),
    ("debug", Passing),
];

const LAST_GLOBALS: &[(&str, Origin)] = &[("redis", Api), ("debug", Refused)];

/// The global that holds the handler of errors, for scripts alone.
const HANDLER: &[u8] = b"__redis__err__handler";

/// Makes the sandbox out of a state with the standard library.
pub(super) fn open(
    call: &mut Call<'_>,
    profile: &Profile,
    flavour: Flavour,
) -> Result<Sandbox, Throw> {
    call.truncate(0);
    call.push_globals()?;
    // As large as a new state has it.
    call.push_table(0, 2)?;
    add(call, FIRST_GLOBALS, profile, flavour)?;
    for (name, open) in LIBRARIES {
        open(call)?;
        call.set_field_of(NEW, name.as_bytes())?;
    }
    add(call, LAST_GLOBALS, profile, flavour)?;
    call.push_field_of(OLD, b"tostring")?;
    call.push_native(failure::handler, 1)?;
    if flavour == Flavour::Scripts {
        call.push_copy(call.height())?;
        call.set_field_of(NEW, HANDLER)?;
    }
    let handler = call.keep();
    refuse_unknown(call, NEW)?;
    protect(call, NEW)?;
    if !profile.scripting.permissive && call.push_string_metatable()? {
        protect(call, call.height())?;
        call.pop();
    }
    call.push_copy(NEW)?;
    call.set_globals()?;
    let globals = call.keep();
    let mut name = |name: &[u8]| call.push_bytes(name).map(|()| call.keep());
    let names = [name(b"KEYS")?, name(b"ARGV")?];
    Ok(Sandbox {
        globals,
        handler,
        names,
    })
}

/// Where the globals of the standard library lie on the stack, and the new ones.
const OLD: usize = 1;
const NEW: usize = 2;

/// Lets reads of fields fail that a table does not have.
pub(super) fn refuse_unknown(call: &mut Call<'_>, table: usize) -> Result<(), Throw> {
    call.push_table(0, 1)?;
    let meta = call.height();
    call.push_native(unknown_global, 0)?;
    call.set_field_of(meta, b"__index")?;
    call.set_metatable_of(table)
}

/// Adds globals to the new table.
fn add(
    call: &mut Call<'_>,
    globals: &[(&str, Origin)],
    profile: &Profile,
    flavour: Flavour,
) -> Result<(), Throw> {
    for &(name, origin) in globals {
        let name = name.as_bytes();
        match origin {
            Standard => call.push_field_of(OLD, name)?,
            Permissive if profile.scripting.permissive => call.push_field_of(OLD, name)?,
            Permissive | Refused => call.push_nil()?,
            Passing => call.push_bool(true)?,
            Globals => call.push_copy(NEW)?,
            Pcall => call.push_native(pcall, 0)?,
            Api => {
                api::push(call, profile, flavour)?;
                for alias in profile.scripting.api_aliases {
                    call.push_copy(call.height())?;
                    call.set_field_of(NEW, alias.as_bytes())?;
                }
            }
        }
        call.set_field_of(NEW, name)?;
    }
    Ok(())
}

/// Makes a table read-only, with all the tables in it and their metatables.
pub(super) fn protect(call: &mut Call<'_>, table: usize) -> Result<(), Throw> {
    if call.is_readonly(table) {
        return Ok(());
    }
    call.set_readonly(table, true)?;
    let height = call.height();
    call.push_nil()?;
    while call.push_next(table)? {
        if matches!(call.view(call.height()), View::Table(_)) {
            protect(call, call.height())?;
        }
        call.pop();
    }
    if call.push_metatable_of(table)? {
        protect(call, call.height())?;
    }
    call.truncate(height);
    Ok(())
}

/// `__index` of the globals: there is no such global.
fn unknown_global(call: &mut Call<'_>) -> Result<u32, Throw> {
    if call.argument_count() != 2 {
        return Err(call.raise(b"Wrong number of arguments to luaProtectedTableError"));
    }
    let name = match call.view(2) {
        View::Str(name) => failure::c_string(name).to_vec(),
        View::Number(number) => NumberText::new(number).as_bytes().to_vec(),
        _ => {
            let message = b"Second argument to luaProtectedTableError must be a string or number";
            return Err(call.raise(message));
        }
    };
    let message = [
        b"Script attempted to access nonexistent global variable '",
        &name[..],
        b"'",
    ]
    .concat();
    Err(call.raise(&message))
}

/// `pcall`: as in plain Lua, but an error that is a table comes as the text that it holds in `err`,
/// as it did when errors of commands were texts.
fn pcall(call: &mut Call<'_>) -> Result<u32, Throw> {
    let arguments = call.argument_count();
    if arguments == 0 {
        return Err(call.raise_argument(1, "value expected"));
    }
    call.push_bool(true)?;
    for i in 1..=arguments {
        call.push_copy(i)?;
    }
    match call.protected_call_top(arguments - 1, None) {
        Ok(()) => Ok((call.height() - arguments) as u32),
        Err(Failure::Error) => {
            let error = call.height();
            let mut shown = error;
            if matches!(call.view(error), View::Table(_)) {
                call.index_field_of(error, b"err")?;
                let field = call.height();
                if failure::text_at(call.view(field)).is_none() {
                    // The server leaves what is no text behind the table.
                    call.push_bool(false)?;
                    call.push_copy(error)?;
                    call.push_copy(field)?;
                    return Ok(3);
                }
                shown = field;
            }
            call.push_bool(false)?;
            call.push_copy(shown)?;
            Ok(2)
        }
        Err(Failure::Budget) => Err(Throw::Budget),
        Err(Failure::Interrupt | Failure::Exit(_)) => Err(Throw::Interrupt),
    }
}
