//! The table `redis`: the functions that only scripts of a server have.

use evalua_vm::number::cast::to_i32;
use evalua_vm::stack::{Argument, Arguments, Call, NativeFn, Throw, View};
use smallvec::SmallVec;

use super::convert::{self, LuaSink};
use super::failure::{self, push_error, raise, text_at};
use super::functions;
use super::host::{self, Host};
use super::log::LogLevel;
use super::sandbox::Flavour;
use super::sha::Sha;
use crate::bytes::SmallBytes;
use crate::errors::{self, CommandError};
use crate::onlookers::Onlookers;
use crate::profile::Profile;
use crate::reply::Reply;
use crate::session::Resp;
use crate::sink::Sink;
use crate::table;

/// Where the writes of a script go: to the append-only file, to replicas. There are neither here.
const REPL_AOF: i32 = 1;
const REPL_REPLICA: i32 = 2;

/// A field of the table.
enum Field {
    Function(&'static str, NativeFn),
    Number(&'static str, i32),
    /// The levels of [`LogLevel::ALL`].
    LogLevels,
    /// The server's version, as a number and as a text.
    Version,
}

/// The fields in the order in which the server adds them, on which the order depends that `pairs`
/// shows them in.
const FIELDS: &[Field] = &[
    Field::Function("call", call),
    Field::Function("pcall", pcall),
    Field::Function("log", log),
    Field::LogLevels,
    Field::Version,
    Field::Function("setresp", setresp),
    Field::Function("sha1hex", sha1hex),
    Field::Function("error_reply", error_reply),
    Field::Function("status_reply", status_reply),
    Field::Function("set_repl", set_repl),
    Field::Number("REPL_NONE", 0),
    Field::Number("REPL_AOF", REPL_AOF),
    Field::Number("REPL_SLAVE", REPL_REPLICA),
    Field::Number("REPL_REPLICA", REPL_REPLICA),
    Field::Number("REPL_ALL", REPL_AOF | REPL_REPLICA),
    Field::Function("acl_check_cmd", acl_check_cmd),
];

/// What comes after them for scripts, and is not there for functions.
const SCRIPT_FIELDS: &[Field] = &[
    Field::Function("breakpoint", breakpoint),
    Field::Function("debug", debug),
    Field::Function("replicate_commands", replicate_commands),
];

/// All that there is while a library loads.
const LOADING_FIELDS: &[Field] = &[
    Field::Function("register_function", functions::register_function),
    Field::Function("log", log),
    Field::LogLevels,
    Field::Version,
];

/// Pushes the table that scripts or functions see while they run.
pub(super) fn push(call: &mut Call<'_>, profile: &Profile, flavour: Flavour) -> Result<(), Throw> {
    call.push_table(0, 0)?;
    add(call, FIELDS, profile)?;
    match flavour {
        Flavour::Scripts => add(call, SCRIPT_FIELDS, profile),
        Flavour::Functions => Ok(()),
    }
}

/// Pushes the table that a library sees while it loads.
pub(super) fn push_loading(call: &mut Call<'_>, profile: &Profile) -> Result<(), Throw> {
    call.push_table(0, 0)?;
    add(call, LOADING_FIELDS, profile)
}

/// Adds fields to the table on top.
fn add(call: &mut Call<'_>, fields: &[Field], profile: &Profile) -> Result<(), Throw> {
    let table = call.height();
    for field in fields {
        match *field {
            Field::Function(name, function) => {
                call.push_native(function, 0)?;
                call.set_field_of(table, name.as_bytes())?;
            }
            Field::Number(name, number) => set_number(call, table, name, number)?,
            Field::LogLevels => {
                for (level, name) in LogLevel::ALL {
                    set_number(call, table, name, level as i32)?;
                }
            }
            Field::Version => {
                let number = version_number(profile.version);
                set_number(call, table, "REDIS_VERSION_NUM", number)?;
                call.push_bytes(profile.version.as_bytes())?;
                call.set_field_of(table, b"REDIS_VERSION")?;
            }
        }
    }
    Ok(())
}

fn set_number(call: &mut Call<'_>, table: usize, name: &str, number: i32) -> Result<(), Throw> {
    call.push_number(number.into())?;
    call.set_field_of(table, name.as_bytes())
}

/// `7.2.6` as 0x00070206.
fn version_number(version: &str) -> i32 {
    version.split('.').fold(0, |number, part| {
        number << 8 | part.parse::<i32>().unwrap_or(0)
    })
}

/// `redis.call(command, …)`: an error is raised.
pub(super) fn call(call: &mut Call<'_>) -> Result<u32, Throw> {
    command(call, true)
}

/// `redis.pcall(command, …)`: an error is returned.
pub(super) fn pcall(call: &mut Call<'_>) -> Result<u32, Throw> {
    command(call, false)
}

fn command(call: &mut Call<'_>, raises: bool) -> Result<u32, Throw> {
    let Some((arguments, maker, host)) = call.split_with_host::<Host>() else {
        return Err(raise(call, &errors::API_OUTSIDE_SCRIPT));
    };
    let (resp, profile) = (host.session.resp, host.core.profile);
    if host.core.onlookers.is_some() {
        let outcome = run_before_onlookers(call, profile);
        return push_outcome(call, outcome, resp, profile, raises);
    }
    // Strings go to the command as they lie in the Lua state, and from it straight to where they are to lie, if it can.
    let mut sink = LuaSink::new(maker, profile);
    let outcome = with_words(&arguments, profile, |words| {
        let caller = host.caller();
        let taken: Option<&mut dyn Sink> = match resp {
            Resp::V2 => Some(&mut sink),
            Resp::V3 => None,
        };
        let Host { core, session, .. } = &mut *host;
        core.execute_into(session, caller, words, taken)
    });
    match &outcome {
        Ok(Ok(Reply::Integer(n))) => sink.add_number(*n as f64),
        // After an error, what has come does not count.
        Ok(Ok(Reply::Sequence(_))) if sink.is_used() => {}
        _ => return push_outcome(call, outcome.map(Reply::from), resp, profile, raises),
    }
    // There is nothing in it to be dropped, and it takes thirty instructions to find that out.
    std::mem::forget(outcome);
    sink.push().map(|()| 1)
}

/// Runs the command that the arguments are before the eyes of those who look on, to whom the reply is shown.
#[cold]
fn run_before_onlookers(
    call: &mut Call<'_>,
    profile: &'static Profile,
) -> Result<Reply, CommandError> {
    let place = failure::last_place(call);
    let Some((arguments, _, host)) = call.split_with_host::<Host>() else {
        return Err(errors::API_OUTSIDE_SCRIPT);
    };
    with_words(&arguments, profile, |words| {
        let caller = host.caller();
        let reply = host.core.execute(&mut host.session, caller, words);
        if let Some(onlookers) = &mut host.core.onlookers {
            show_call(onlookers, place.1, &arguments, words, &reply);
        }
        reply
    })
}

/// Pushes what a command has answered in place of its arguments, or why there was none to run. An error is raised, if
/// it is to be.
#[inline(never)]
fn push_outcome(
    call: &mut Call<'_>,
    outcome: Result<Reply, CommandError>,
    resp: Resp,
    profile: &Profile,
    raises: bool,
) -> Result<u32, Throw> {
    // The arguments are done with; the result may need their room.
    call.truncate(0);
    let is_error = matches!(outcome, Ok(Reply::Error(_)) | Err(_));
    match outcome {
        Ok(reply) => convert::push(call, reply, resp, profile)?,
        Err(error) => push_error(call, error.as_bytes())?,
    }
    if is_error {
        // The error may be that the script is to end here, which it cannot catch.
        call.check_work(0)?;
        if raises {
            return Err(call.raise_top());
        }
    }
    Ok(1)
}

/// So many arguments need no list of their own.
const FEW: usize = 8;

/// The texts of numbers among the arguments.
type Texts = SmallVec<[SmallBytes; 4]>;

/// Works with the arguments as the words of a command: strings where they lie, numbers as texts.
///
/// # Errors
/// When there are none, or one is neither.
#[inline(always)]
fn with_words<R>(
    arguments: &Arguments<'_>,
    profile: &Profile,
    work: impl FnOnce(&[&[u8]]) -> R,
) -> Result<R, CommandError> {
    let mut texts = None;
    let mut many = Vec::new();
    let mut few: [&[u8]; FEW] = [&[]; FEW];
    let words = match few_strings(arguments, &mut few) {
        Some(words) => words,
        None => {
            let words = few.get_mut(..arguments.count());
            let words = words.unwrap_or_else(|| {
                many.resize(arguments.count(), &[][..]);
                &mut many
            });
            fill(words, arguments, profile, texts.insert(Texts::new()))?;
            words
        }
    };
    Ok(work(words))
}

/// The arguments as words, if they are few, and all of them strings.
#[inline(always)]
fn few_strings<'w, 'a>(
    arguments: &'a Arguments<'_>,
    few: &'w mut [&'a [u8]; FEW],
) -> Option<&'w [&'a [u8]]> {
    let words = few.get_mut(..arguments.count())?;
    for (i, word) in (1..).zip(&mut *words) {
        let Argument::Str(text) = arguments.get(i) else {
            return None;
        };
        *word = text;
    }
    (!words.is_empty()).then_some(&*words)
}

/// Makes words of as many arguments, with texts of those that are numbers.
#[inline(never)]
fn fill<'a>(
    words: &mut [&'a [u8]],
    arguments: &'a Arguments<'_>,
    profile: &Profile,
    texts: &'a mut Texts,
) -> Result<(), CommandError> {
    if words.is_empty() {
        return Err(profile.scripting.no_arguments.clone());
    }
    for (i, word) in (1..).zip(&mut *words) {
        match arguments.get(i) {
            Argument::Str(text) => *word = text,
            Argument::Number(number) => texts.push(convert::argument(number, profile)),
            Argument::Other => return Err(profile.scripting.bad_arguments.clone()),
        }
    }
    let mut texts = texts.iter();
    for (i, word) in (1..).zip(words) {
        if let Argument::Number(_) = arguments.get(i) {
            *word = texts.next().map_or(&[], SmallBytes::as_slice);
        }
    }
    Ok(())
}

/// Shows those who look on a command that the running script has called from a line, 0 if it has none.
fn show_call(
    onlookers: &mut Onlookers,
    line: u32,
    arguments: &Arguments<'_>,
    words: &[&[u8]],
    reply: &Reply,
) {
    let line = Some(line).filter(|&line| line > 0);
    if let Some(trace) = &mut onlookers.trace {
        trace.note_line(line);
    }
    if let Some(inspector) = &mut onlookers.inspector {
        let number = |i: usize| match arguments.get(i) {
            Argument::Number(number) => Some((i - 1, number)),
            Argument::Str(_) | Argument::Other => None,
        };
        let numbers = (2..=arguments.count()).filter_map(number);
        inspector.called(line, words, numbers, reply);
    }
}

/// `redis.acl_check_cmd(command, …)`: whether the caller may run it.
fn acl_check_cmd(call: &mut Call<'_>) -> Result<u32, Throw> {
    let checked = host::with(call, |call, host| {
        let (arguments, _) = call.split();
        with_words(&arguments, host.core.profile, |words| {
            let command = table::resolve(words).map_err(|_| errors::API_ACL_CHECK_COMMAND)?;
            Ok(host.core.may_run(command, words))
        })?
    });
    match checked {
        Some(Ok(may_run)) => {
            call.push_bool(may_run)?;
            Ok(1)
        }
        Some(Err(error)) => Err(raise(call, &error)),
        None => Err(raise(call, &errors::API_OUTSIDE_SCRIPT)),
    }
}

/// `redis.log(level, …)`
fn log(call: &mut Call<'_>) -> Result<u32, Throw> {
    if call.argument_count() < 2 {
        return Err(raise(call, &errors::API_LOG_ARITY));
    }
    let Some(level) = call.number_at(1)? else {
        return Err(raise(call, &errors::API_LOG_NUMBER));
    };
    let logged = host::with(call, |call, host| {
        let level = LogLevel::from_number(to_i32(level))
            .ok_or_else(|| host.core.profile.scripting.log_level.clone())?;
        let words: Vec<Vec<u8>> = (2..=call.argument_count())
            .filter_map(|i| text_at(call.view(i)))
            .collect();
        host.core
            .scripts
            .settings
            .log
            .write(level, &words.join(&b' '));
        Ok(())
    });
    match logged {
        Some(Ok(())) => Ok(0),
        Some(Err(error)) => Err(raise(call, &error)),
        None => Err(raise(call, &errors::API_OUTSIDE_SCRIPT)),
    }
}

/// `redis.setresp(version)`: what replies this script is to see.
fn setresp(call: &mut Call<'_>) -> Result<u32, Throw> {
    if call.argument_count() != 1 {
        return Err(raise(call, &errors::API_SETRESP_ARITY));
    }
    let resp = match to_i32(call.number_at(1)?.unwrap_or(0.0)) {
        2 => Resp::V2,
        3 => Resp::V3,
        _ => return Err(raise(call, &errors::API_SETRESP_VERSION)),
    };
    host::with(call, |_, host| host.session.resp = resp);
    Ok(0)
}

/// `redis.set_repl(flags)`: nothing is replicated, so nothing changes.
fn set_repl(call: &mut Call<'_>) -> Result<u32, Throw> {
    if call.argument_count() != 1 {
        let error = host::with(call, |_, host| {
            host.core.profile.scripting.set_repl_arity.clone()
        });
        return Err(raise(call, &error.unwrap_or(errors::API_OUTSIDE_SCRIPT)));
    }
    let flags = to_i32(call.number_at(1)?.unwrap_or(0.0));
    if flags & !(REPL_AOF | REPL_REPLICA) != 0 {
        return Err(raise(call, &errors::API_SET_REPL_FLAGS));
    }
    Ok(0)
}

/// Counts the work on the text in the first argument.
fn count_argument(call: &mut Call<'_>) -> Result<(), Throw> {
    let length = call.view(1).as_bytes().map_or(0, <[u8]>::len);
    call.count_bytes(length)
}

/// `redis.sha1hex(text)`
fn sha1hex(call: &mut Call<'_>) -> Result<u32, Throw> {
    if call.argument_count() != 1 {
        return Err(raise(call, &errors::API_WRONG_NUMBER));
    }
    count_argument(call)?;
    let hex = match call.view(1) {
        View::Str(text) => Sha::of(text).hex(),
        other => Sha::of(&text_at(other).unwrap_or_default()).hex(),
    };
    call.push_bytes(&hex)?;
    Ok(1)
}

/// `redis.error_reply(text)`: the table that an error is.
fn error_reply(call: &mut Call<'_>) -> Result<u32, Throw> {
    count_argument(call)?;
    let text = match call.view(1) {
        View::Str(text) if call.argument_count() == 1 => text.to_vec(),
        _ => errors::API_WRONG_ARGUMENTS.as_bytes().to_vec(),
    };
    push_error(call, text.strip_prefix(b"-").unwrap_or(&text))?;
    Ok(1)
}

/// `redis.status_reply(text)`: the table that a status is.
fn status_reply(call: &mut Call<'_>) -> Result<u32, Throw> {
    if call.argument_count() != 1 || call.view(1).as_bytes().is_none() {
        push_error(call, errors::API_WRONG_ARGUMENTS.as_bytes())?;
        return Ok(1);
    }
    call.push_table(0, 1)?;
    let table = call.height();
    call.push_copy(1)?;
    call.set_field_of(table, b"ok")?;
    Ok(1)
}

/// `redis.breakpoint()`: false, since no debugger is attached.
fn breakpoint(call: &mut Call<'_>) -> Result<u32, Throw> {
    call.push_bool(false)?;
    Ok(1)
}

/// `redis.debug(…)`: nothing, since no debugger is attached.
fn debug(_: &mut Call<'_>) -> Result<u32, Throw> {
    Ok(0)
}

/// `redis.replicate_commands()`: true, as in every server that has no other way.
fn replicate_commands(call: &mut Call<'_>) -> Result<u32, Throw> {
    call.push_bool(true)?;
    Ok(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_a_byte_a_part() {
        assert_eq!(version_number("7.0.15"), 0x0007_000f);
        assert_eq!(version_number("7.2.6"), 0x0007_0206);
    }
}
