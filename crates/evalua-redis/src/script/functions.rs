//! [`Functions`]: libraries of functions, and the Lua state that they live in.
//!
//! Owns what FUNCTION and FCALL work on: loading a library, which registers its functions, and
//! running one. The Lua state is not that of scripts. Functions have no globals of their own: what
//! they see through an empty table is, while their library loads, little more than
//! `redis.register_function`, and the whole sandbox when they run.

use std::fmt;

use evalua_vm::stack::{Call, Failure, FunctionKey, Throw, View};

use super::failure::{self, raise, text_at};
use super::host::{self, Host};
use super::machine::{Job, Machine, Name, push_words};
use super::sandbox::{self, Flavour};
use super::shebang::{Declaration, flag};
use super::{api, debug, engine};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::profile::Profile;
use crate::sorted::SortedMap;
use crate::table::Outcome;
use crate::text;

/// What loading a library may use of the instruction budget at most, in place of the 500 ms that the
/// server lets it: the same on every machine, and about as long.
const LOAD_BUDGET: u64 = 50_000_000;

/// What error messages call the code of a library.
const NAME: &[u8] = b"@user_function";

/// All libraries.
#[derive(Default)]
pub(crate) struct Functions {
    engine: Option<Box<FunctionEngine>>,
    libraries: SortedMap<Vec<u8>, Library>,
    /// Every function by its name in lower case: its library, and its place in there.
    functions: SortedMap<Vec<u8>, (Vec<u8>, usize)>,
}

/// A library, as it was given.
#[derive(Debug)]
pub(crate) struct Library {
    /// The whole source, metadata line included.
    pub code: Vec<u8>,
    /// Its functions in the order of their names.
    pub functions: Vec<Registered>,
}

/// What `redis.register_function` was told.
#[derive(Debug)]
pub(crate) struct Registered {
    pub name: Vec<u8>,
    pub description: Option<Vec<u8>>,
    /// A union of the bits of [`flag`].
    pub flags: u32,
    callback: FunctionKey,
}

/// The Lua state of functions.
struct FunctionEngine {
    machine: Machine,
    /// The table that functions have for globals, empty and read-only.
    environment: FunctionKey,
    /// Its metatable, whose `__index` decides what is seen through it.
    view: FunctionKey,
    /// What is seen while a library loads.
    loading: FunctionKey,
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Functions")
            .field("libraries", &self.libraries.keys().collect::<Vec<_>>())
            .field("functions", &self.functions)
            .finish_non_exhaustive()
    }
}

/// What is to happen to a library of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays, and the new one is refused.
    Keep,
    /// The new one takes its place.
    Replace,
}

impl Functions {
    /// Begins the sequence of `math.random` as a new state does with that seed.
    pub fn set_seed(&mut self, seed: u64) {
        if let Some(engine) = &mut self.engine {
            engine.machine.set_seed(seed);
        }
    }

    /// The libraries with their names, in the order of those.
    pub fn libraries(&self) -> impl Iterator<Item = (&[u8], &Library)> {
        self.libraries
            .iter()
            .map(|(name, library)| (&name[..], library))
    }

    /// How many libraries and functions there are.
    pub fn counts(&self) -> (usize, usize) {
        (self.libraries.len(), self.functions.len())
    }

    /// Removes a library; tells whether there was one.
    pub fn delete(&mut self, name: &[u8]) -> bool {
        let Some(library) = self.libraries.remove(name) else {
            return false;
        };
        self.functions.retain(|_, (library, _)| library != name);
        release(&mut self.engine, library.functions);
        true
    }

    /// Removes every library.
    pub fn flush(&mut self) {
        self.functions.clear();
        for (_, library) in std::mem::take(&mut self.libraries) {
            release(&mut self.engine, library.functions);
        }
    }

    /// The function of a name, in any case.
    fn find(&self, name: &[u8]) -> Option<&Registered> {
        let (library, place) = self.functions.get(&name.to_ascii_lowercase())?;
        self.libraries.get(library)?.functions.get(*place)
    }

    /// What the function of a name declares.
    pub fn declaration(&self, name: &[u8]) -> Option<Declaration> {
        let function = self.find(name)?;
        Some(Declaration::explicit(function.flags))
    }

    /// Puts a library in if its functions can all be had.
    fn add(&mut self, name: Vec<u8>, library: Library) -> Result<(), CommandError> {
        let taken = library.functions.iter().find(|new| {
            let other = self.functions.get(&new.name.to_ascii_lowercase());
            other.is_some_and(|(library, _)| *library != name)
        });
        let refused = match taken {
            _ if library.functions.is_empty() => Some(errors::NO_FUNCTIONS),
            Some(taken) => Some(errors::function_exists(&taken.name)),
            None => None,
        };
        if let Some(error) = refused {
            release(&mut self.engine, library.functions);
            return Err(error);
        }
        self.put(name, library);
        Ok(())
    }

    /// Puts a library in, in place of one of the same name.
    fn put(&mut self, name: Vec<u8>, library: Library) {
        self.delete(&name);
        for (place, new) in library.functions.iter().enumerate() {
            let key = new.name.to_ascii_lowercase();
            self.functions.or_insert_with(key, || (name.clone(), place));
        }
        self.libraries.insert(name, library);
    }
}

/// Lets go of functions of the Lua state.
fn release(engine: &mut Option<Box<FunctionEngine>>, functions: Vec<Registered>) {
    if let Some(engine) = engine {
        for function in functions {
            engine.machine.lua.release(function.callback);
        }
    }
}

/// Loads a library: its name.
pub(crate) fn load(
    ctx: &mut Ctx<'_>,
    code: &[u8],
    existing: Existing,
) -> Result<Vec<u8>, CommandError> {
    let mut functions = std::mem::take(&mut ctx.core.functions);
    let loaded = functions.load(ctx, code, existing);
    ctx.core.functions = functions;
    loaded
}

/// What becomes of the libraries that there are when others are restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// They stay, and none of the others may have the name of one.
    Append,
    /// They stay but for those that others have the name of.
    Replace,
    /// They go.
    Flush,
}

/// Loads libraries, all of them or none.
pub(crate) fn restore(
    ctx: &mut Ctx<'_>,
    codes: &[Vec<u8>],
    policy: Policy,
) -> Result<(), CommandError> {
    let mut present = std::mem::take(&mut ctx.core.functions);
    let mut staged = Functions {
        engine: present.engine.take(),
        ..Functions::default()
    };
    let mut codes = codes.iter();
    let restored = codes
        .try_for_each(|code| staged.load(ctx, code, Existing::Keep).map(drop))
        .and_then(|()| match policy {
            Policy::Flush => Ok(()),
            _ => present.check_room(&staged, policy),
        });
    present.engine = staged.engine.take();
    match restored {
        Ok(()) if policy == Policy::Flush => present.flush(),
        Ok(()) => {}
        Err(_) => {
            for (_, library) in std::mem::take(&mut staged.libraries) {
                release(&mut present.engine, library.functions);
            }
        }
    }
    for (name, library) in staged.libraries {
        present.put(name, library);
    }
    ctx.core.functions = present;
    restored
}

impl Functions {
    /// Fails where libraries cannot join these.
    fn check_room(&self, others: &Functions, policy: Policy) -> Result<(), CommandError> {
        let stays =
            |library: &[u8]| policy == Policy::Append || !others.libraries.contains_key(library);
        for (name, library) in others.libraries.iter() {
            if policy == Policy::Append && self.libraries.contains_key(name) {
                return Err(errors::library_restored(name));
            }
            for function in &library.functions {
                let other = self.functions.get(&function.name.to_ascii_lowercase());
                if other.is_some_and(|(library, _)| stays(library)) {
                    return Err(errors::function_exists(&function.name));
                }
            }
        }
        Ok(())
    }

    fn load(
        &mut self,
        ctx: &mut Ctx<'_>,
        code: &[u8],
        existing: Existing,
    ) -> Result<Vec<u8>, CommandError> {
        let (name, body) = read_metadata(code)?;
        if existing == Existing::Keep && self.libraries.contains_key(&name) {
            return Err(errors::library_exists(&name));
        }
        let mut engine = match self.engine.take() {
            Some(engine) => engine,
            None => {
                let engine = FunctionEngine::new(&ctx.core.scripts.settings, ctx.core.profile);
                Box::new(engine.map_err(|_| errors::SCRIPT_NO_MEMORY)?)
            }
        };
        let loaded = engine.load(ctx, body, (&name, code));
        self.engine = Some(engine);
        let mut registered = loaded?;
        registered.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let library = Library {
            code: code.to_vec(),
            functions: registered,
        };
        self.add(name.clone(), library)?;
        Ok(name)
    }
}

/// A call of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FunctionCall<'a> {
    /// All of the command.
    pub words: &'a [&'a [u8]],
    pub name: &'a [u8],
    pub keys: &'a [&'a [u8]],
    pub args: &'a [&'a [u8]],
    /// Whether the command that runs it lets it read only.
    pub read_only: bool,
}

/// Whether there is a function of that name.
pub(crate) fn exists(ctx: &Ctx<'_>, name: &[u8]) -> bool {
    ctx.core.functions.find(name).is_some()
}

/// Runs a function for the caller of a command.
pub(crate) fn run(ctx: &mut Ctx<'_>, called: FunctionCall<'_>) -> Outcome {
    // The core goes inside the Lua state with its functions; these do not change meanwhile.
    let mut functions = std::mem::take(&mut ctx.core.functions);
    let outcome = functions.run(ctx, called);
    ctx.core.functions = functions;
    outcome
}

impl Functions {
    fn run(&mut self, ctx: &mut Ctx<'_>, called: FunctionCall<'_>) -> Outcome {
        let mut engine = self.engine.take();
        let outcome = match (self.find(called.name), &mut engine) {
            (Some(function), Some(engine)) => engine.run(ctx, function, called, self.counts()),
            _ => Err(errors::FUNCTION_NOT_FOUND),
        };
        self.engine = engine;
        outcome
    }
}

impl FunctionEngine {
    fn new(settings: &engine::Settings, profile: &Profile) -> Result<FunctionEngine, Throw> {
        let mut machine = Machine::new(settings, profile, Flavour::Functions)?;
        let (environment, view, loading) = machine.lua.enter(|call| {
            call.push_table(0, 1)?;
            let loading = call.height();
            api::push_loading(call, profile)?;
            let redis = call.height();
            sandbox::refuse_unknown(call, redis)?;
            for alias in profile.scripting.api_aliases {
                call.push_copy(redis)?;
                call.set_field_of(loading, alias.as_bytes())?;
            }
            call.set_field_of(loading, b"redis")?;
            sandbox::refuse_unknown(call, loading)?;
            sandbox::protect(call, loading)?;
            let loading = call.keep();

            call.push_table(0, 0)?;
            let environment = call.height();
            call.push_table(0, 1)?;
            let view = call.height();
            call.set_readonly(view, true)?;
            call.push_copy(view)?;
            call.set_metatable_of(environment)?;
            call.set_readonly(environment, true)?;
            let view = call.keep();
            Ok((call.keep(), view, loading))
        })?;
        Ok(FunctionEngine {
            machine,
            environment,
            view,
            loading,
        })
    }

    /// Runs a function.
    fn run(
        &mut self,
        ctx: &mut Ctx<'_>,
        registered: &Registered,
        called: FunctionCall<'_>,
        counts: (usize, usize),
    ) -> Outcome {
        let declaration = Declaration::explicit(registered.flags);
        if called.read_only && !declaration.is_read_only() {
            return Err(errors::WRITING_SCRIPT);
        }
        ctx.core.admit_script(declaration)?;
        let job = Job {
            function: &registered.callback,
            name: Name::Function(&registered.name),
            words: called.words,
            keys: called.keys,
            declaration,
            counts,
            read_only: called.read_only || declaration.is_read_only(),
        };
        let FunctionEngine {
            machine,
            environment,
            view,
            ..
        } = self;
        machine.run(
            ctx,
            &job,
            |call, sandbox| show(call, environment, view, &sandbox.globals),
            |call| {
                push_words(call, called.keys)?;
                push_words(call, called.args)?;
                Ok(2)
            },
        )
    }

    /// Runs the code of a library: what it registers.
    fn load(
        &mut self,
        ctx: &mut Ctx<'_>,
        code: &[u8],
        (name, whole): (&[u8], &[u8]),
    ) -> Result<Vec<Registered>, CommandError> {
        let settings = ctx.core.scripts.settings.clone();
        let limit = settings.max_instructions;
        let budget = limit.unwrap_or(LOAD_BUDGET).min(LOAD_BUDGET);
        self.machine.lua.set_fuel(Some(budget));
        let (environment, view, loading) = (&self.environment, &self.view, &self.loading);
        self.machine.inside(ctx, true, |call, sandbox| {
            let loaded = show(call, environment, view, loading)
                .and_then(|()| call.push_kept(&sandbox.handler))
                .and_then(|()| {
                    debug::push_chunk(call, &settings, (whole, code), (NAME, name), true)
                })
                .map_err(|why| failure::not_begun(call, name, why))?;
            loaded.map_err(|message| errors::compiling_function(&message))?;
            host::with(call, |_, host| host.loading = Some(Vec::new()));
            let outcome = call.protected_call_top(0, Some(1));
            let registered = host::with(call, |_, host| host.loading.take());
            let registered = registered.flatten().unwrap_or_default();
            let message = match outcome {
                Ok(()) => return Ok(registered),
                Err(Failure::Error) => {
                    let top = call.height();
                    match call.view(top) {
                        View::Table(error) => text_at(error.field(b"err")),
                        other => text_at(other),
                    }
                }
                Err(_) => Some(errors::LOAD_TIMEOUT.as_bytes().to_vec()),
            };
            for new in registered {
                call.release(new.callback);
            }
            Err(errors::registering(&message.unwrap_or_default()))
        })
    }
}

/// Puts the environment of functions in its place, and decides what is seen through it.
fn show(
    call: &mut Call<'_>,
    environment: &FunctionKey,
    view: &FunctionKey,
    shown: &FunctionKey,
) -> Result<(), Throw> {
    call.push_kept(environment)?;
    call.set_globals()?;
    call.push_kept(view)?;
    let table = call.height();
    call.push_kept(shown)?;
    call.set_field_of(table, b"__index")?;
    call.pop();
    Ok(())
}

/// Reads the first line of a library, `#!lua name=…`: the name, and the code behind the line. The end
/// of the line belongs to the code, so that line numbers are those of the source.
pub(super) fn read_metadata(code: &[u8]) -> Result<(Vec<u8>, &[u8]), CommandError> {
    if !code.starts_with(b"#!") {
        return Err(errors::LIBRARY_NO_METADATA);
    }
    let end = code.iter().position(|byte| matches!(byte, b'\n' | 0));
    let end = end
        .filter(|&end| code[end] == b'\n')
        .ok_or(errors::LIBRARY_BAD_METADATA)?;
    let words = text::split_line(&code[..end]).ok_or(errors::LIBRARY_BAD_METADATA)?;
    let mut name: Option<Vec<u8>> = None;
    for word in words.iter().skip(1) {
        match word.split_at_checked(5) {
            Some((key, value)) if key.eq_ignore_ascii_case(b"name=") => {
                if name.replace(value.to_vec()).is_some() {
                    return Err(errors::LIBRARY_NAMED_TWICE);
                }
            }
            _ => return Err(errors::library_metadata(word)),
        }
    }
    let name = name.ok_or(errors::LIBRARY_NO_NAME)?;
    check_name(&name)?;
    let engine = words.first().map_or(&b""[..], |word| &word[2..]);
    if !engine.eq_ignore_ascii_case(b"lua") {
        return Err(errors::engine_not_found(engine));
    }
    Ok((name, &code[end..]))
}

/// Refuses what can be no name of a library or function.
fn check_name(name: &[u8]) -> Result<(), CommandError> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if name.is_empty() || !name.iter().all(is_part) {
        return Err(errors::LIBRARY_BAD_NAME);
    }
    Ok(())
}

/// `redis.register_function(name, callback)`, or with a table of named arguments: adds a function to the
/// library that is being loaded.
pub(super) fn register_function(call: &mut Call<'_>) -> Result<u32, Throw> {
    let is_loading = host::with(call, |_, host| host.loading.is_some());
    if is_loading != Some(true) {
        return Err(raise(call, &errors::REGISTER_OUTSIDE));
    }
    let read = match call.argument_count() {
        1 => read_named(call),
        2 => read_positional(call),
        _ => Err(errors::REGISTER_ARITY),
    };
    let arguments = match read {
        Ok(arguments) => arguments,
        Err(error) => return Err(raise(call, &error)),
    };
    // Where the callback is on the stack depends on the form; from here it lies on top.
    match arguments.callback {
        Callback::Argument => call.push_copy(2)?,
        Callback::Field(name) => call.push_field_of(1, &name)?,
    }
    let callback = call.keep();
    let new = Registered {
        name: arguments.name,
        description: arguments.description,
        flags: arguments.flags,
        callback,
    };
    let added = host::with(call, |_, host| add(host, new));
    match added {
        Some(Err((error, callback))) => {
            call.release(callback);
            Err(raise(call, &error))
        }
        _ => Ok(0),
    }
}

/// Adds a function to the library that is being loaded, or gives its callback back.
fn add(host: &mut Host, new: Registered) -> Result<(), (CommandError, FunctionKey)> {
    if let Err(error) = check_name(&new.name) {
        return Err((error, new.callback));
    }
    let library = host.loading.get_or_insert_default();
    if library.iter().any(|other| other.name == new.name) {
        return Err((errors::FUNCTION_TWICE, new.callback));
    }
    library.push(new);
    Ok(())
}

/// The arguments of `redis.register_function`.
struct Arguments {
    name: Vec<u8>,
    description: Option<Vec<u8>>,
    flags: u32,
    callback: Callback,
}

/// Where the callback is.
enum Callback {
    /// It is the second argument.
    Argument,
    /// It is in a field of the first, whose name may be in any case.
    Field(Vec<u8>),
}

fn read_positional(call: &Call<'_>) -> Result<Arguments, CommandError> {
    let name = text_at(call.view(1)).ok_or(errors::REGISTER_FIRST)?;
    if !matches!(call.view(2), View::Function) {
        return Err(errors::REGISTER_SECOND);
    }
    Ok(Arguments {
        name,
        description: None,
        flags: 0,
        callback: Callback::Argument,
    })
}

fn read_named(call: &Call<'_>) -> Result<Arguments, CommandError> {
    let View::Table(table) = call.view(1) else {
        return Err(errors::REGISTER_NOT_A_TABLE);
    };
    let (mut name, mut description, mut callback, mut flags) = (None, None, None, 0);
    for (key, value) in table.entries() {
        let key = text_at(key).ok_or(errors::REGISTER_KEY)?;
        match &key.to_ascii_lowercase()[..] {
            b"function_name" => {
                name = Some(text_at(value).ok_or(errors::REGISTER_NAME_TYPE)?);
            }
            b"description" => {
                description = Some(text_at(value).ok_or(errors::REGISTER_DESCRIPTION_TYPE)?);
            }
            b"callback" => {
                if !matches!(value, View::Function) {
                    return Err(errors::REGISTER_CALLBACK_TYPE);
                }
                callback = Some(key);
            }
            b"flags" => {
                let View::Table(names) = value else {
                    return Err(errors::REGISTER_FLAGS_TYPE);
                };
                flags = 0;
                for i in 1.. {
                    match names.index(i) {
                        View::Nil => break,
                        named => flags |= read_flag(named)?,
                    }
                }
            }
            _ => return Err(errors::REGISTER_UNKNOWN),
        }
    }
    Ok(Arguments {
        name: name.ok_or(errors::REGISTER_NO_NAME)?,
        description,
        flags,
        callback: Callback::Field(callback.ok_or(errors::REGISTER_NO_CALLBACK)?),
    })
}

fn read_flag(named: View<'_>) -> Result<u32, CommandError> {
    let name = text_at(named).ok_or(errors::REGISTER_FLAG)?;
    let known = (flag::ALL.iter()).find(|known| name.eq_ignore_ascii_case(known.1.as_bytes()));
    known.map(|known| known.0).ok_or(errors::REGISTER_FLAG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read() {
        let read =
            |code: &str| read_metadata(code.as_bytes()).map(|(name, code)| (name, code.len()));
        assert_eq!(read("#!lua name=l\nreturn"), Ok((b"l".to_vec(), 7)));
        assert_eq!(read("#!LUA NAME=l_1\n"), Ok((b"l_1".to_vec(), 1)));
        assert_eq!(read("return"), Err(errors::LIBRARY_NO_METADATA));
        assert_eq!(read("#!lua name=l"), Err(errors::LIBRARY_BAD_METADATA));
        assert_eq!(read("#!lua\n"), Err(errors::LIBRARY_NO_NAME));
        assert_eq!(read("#!lua name=a-b\n"), Err(errors::LIBRARY_BAD_NAME));
    }
}
