//! [`Engine`]: the Lua state with the compiled scripts in it; compiling and running.

use std::collections::HashMap;
use std::fmt;

use evalua_vm::stack::{Call, Failure, FunctionKey, State, Throw};
use evalua_vm::{InterruptHandle, Limits};

use super::failure;
use super::host::Host;
use super::log::LogSink;
use super::sha::Sha;
use super::shebang::{self, Declaration};
use super::{convert, sandbox};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::profile::Profile;
use crate::session::Resp;
use crate::table::Outcome;

/// The state of `math.random` in a server that has just started.
const FRESH_RANDOM: i32 = 0x1234_abcd;

/// What the host has decided about scripts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// How many calls and turns of loops a script may make.
    pub max_instructions: Option<u64>,
    /// How many bytes all scripts may use.
    pub max_memory: Option<usize>,
    /// Where `redis.log` writes.
    pub log: LogSink,
    /// Where `math.random` begins; 0 is where it does in a server.
    pub seed: u64,
    /// Stops the running script from another thread.
    pub interrupt: InterruptHandle,
}

/// The scripts of one core: settings, and an engine as soon as there is a script.
#[derive(Debug)]
pub(crate) struct Scripts {
    pub settings: Settings,
    engine: Option<Box<Engine>>,
}

impl Scripts {
    /// No scripts.
    pub fn new(seed: u64) -> Scripts {
        let settings = Settings {
            seed,
            ..Settings::default()
        };
        Scripts {
            settings,
            engine: None,
        }
    }

    /// Whether a script of that name is known.
    pub fn contains(&self, sha: Sha) -> bool {
        self.engine
            .as_ref()
            .is_some_and(|engine| engine.scripts.contains_key(&sha))
    }

    /// Compiles a script, unless it is known already.
    pub fn load(&mut self, source: &[u8], profile: &Profile) -> Result<Sha, CommandError> {
        let sha = Sha::of(source);
        self.engine(profile)?.compile(sha, source)?;
        Ok(sha)
    }

    /// Forgets every script, and all that scripts have left in the Lua state, but for the sequence
    /// of `math.random`, which is the server's.
    pub fn flush(&mut self, profile: &Profile) -> Result<(), CommandError> {
        if let Some(old) = self.engine.take() {
            self.engine(profile)?.lua.inherit_random(&old.lua);
        }
        Ok(())
    }

    fn engine(&mut self, profile: &Profile) -> Result<&mut Box<Engine>, CommandError> {
        if self.engine.is_none() {
            let engine = Engine::new(&self.settings, profile);
            self.engine = Some(Box::new(engine.map_err(|_| errors::SCRIPT_NO_MEMORY)?));
        }
        self.engine.as_mut().ok_or(errors::SCRIPT_NO_MEMORY)
    }
}

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    /// The script of this source.
    Source(&'a [u8]),
    /// The script of this name.
    Named(Sha),
    /// A script by what can be no name.
    Nothing,
}

/// What a script is run with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invocation<'a> {
    pub wanted: Wanted<'a>,
    pub keys: &'a [&'a [u8]],
    pub args: &'a [&'a [u8]],
    /// Whether the command that runs it lets it read only.
    pub read_only: bool,
}

/// Runs a script for the caller of a command.
pub(crate) fn run(ctx: &mut Ctx<'_>, invocation: Invocation<'_>) -> Outcome {
    let profile = ctx.core.profile;
    let scripts = &mut ctx.core.scripts;
    scripts.engine(profile)?;
    let Some(mut engine) = scripts.engine.take() else {
        return Err(errors::SCRIPT_NO_MEMORY);
    };
    let outcome = engine.run(ctx, invocation);
    ctx.core.scripts.engine = Some(engine);
    outcome
}

/// A Lua state and the scripts in it.
pub(crate) struct Engine {
    lua: State,
    scripts: HashMap<Sha, Compiled, ahash::RandomState>,
    /// The table of globals, which every script begins with.
    globals: FunctionKey,
    /// What turns an error value into a table that says where it happened.
    handler: FunctionKey,
    /// The surroundings of the next script.
    host: Option<Box<Host>>,
}

/// A script, ready to be called.
struct Compiled {
    function: FunctionKey,
    declaration: Declaration,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("scripts", &self.scripts.len())
            .field("memory", &self.lua.memory_in_use())
            .finish_non_exhaustive()
    }
}

impl Engine {
    fn new(settings: &Settings, profile: &Profile) -> Result<Engine, Throw> {
        let mut lua = State::new()?;
        lua.set_limits(Limits {
            memory: settings.max_memory,
            ..Limits::default()
        });
        lua.use_interrupt_handle(&settings.interrupt);
        lua.use_rand48(match settings.seed {
            0 => FRESH_RANDOM,
            seed => seed as i32,
        });
        let sandbox = lua.enter(|call| sandbox::open(call, profile))?;
        Ok(Engine {
            lua,
            // Only looked up, never listed, so the order of this map is nowhere seen.
            scripts: HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4)),
            globals: sandbox.globals,
            handler: sandbox.handler,
            host: Some(Box::default()),
        })
    }

    fn compile(&mut self, sha: Sha, source: &[u8]) -> Result<(), CommandError> {
        if self.scripts.contains_key(&sha) {
            return Ok(());
        }
        let (declaration, code) = shebang::read(source)?;
        let function = self.lua.enter(|call| {
            reset_globals(call, &self.globals).map_err(|_| errors::SCRIPT_NO_MEMORY)?;
            let compiled = call.push_chunk(code, b"@user_script");
            compiled
                .map_err(|_| errors::SCRIPT_NO_MEMORY)?
                .map_err(|message| errors::compiling(&message))?;
            Ok(call.keep())
        })?;
        let script = Compiled {
            function,
            declaration,
        };
        self.scripts.insert(sha, script);
        Ok(())
    }

    fn run(&mut self, ctx: &mut Ctx<'_>, invocation: Invocation<'_>) -> Outcome {
        let sha = match invocation.wanted {
            Wanted::Source(source) => {
                let sha = Sha::of(source);
                self.compile(sha, source)?;
                sha
            }
            Wanted::Named(sha) => sha,
            Wanted::Nothing => return Err(errors::NO_SCRIPT),
        };
        let script = self.scripts.get(&sha).ok_or(errors::NO_SCRIPT)?;
        let declaration = script.declaration;
        if invocation.read_only && declaration.is_explicit && !declaration.is_read_only() {
            return Err(errors::WRITING_SCRIPT);
        }
        let settings = &ctx.core.scripts.settings;
        let limits = (settings.max_instructions, settings.max_memory);
        self.lua.set_fuel(settings.max_instructions);

        let mut host = self.host.take().unwrap_or_default();
        host.session.db = ctx.session.db;
        host.session.resp = Resp::V2;
        host.read_only = invocation.read_only || declaration.is_read_only();
        std::mem::swap(&mut host.core, ctx.core);
        self.lua.set_host(Some(host));
        let outcome = self.lua.enter(|call| {
            prepare(call, &self.globals, &self.handler, &invocation)
                .and_then(|()| call.push_kept(&script.function))
                .map_err(|_| errors::SCRIPT_NO_MEMORY)?;
            match call.protected_call_top(0, Some(HANDLER)) {
                Ok(()) => convert::result(call, HANDLER + 1, limits.1),
                Err(Failure::Error) => Err(failure::describe(call, sha)),
                Err(Failure::Budget) => Err(failure::out_of_budget(call, sha, limits.0)),
                // No library here can end the program.
                Err(Failure::Interrupt | Failure::Exit(_)) => Err(failure::interrupted(call, sha)),
            }
        });
        if let Some(host) = self.lua.set_host(None)
            && let Ok(mut host) = host.downcast::<Host>()
        {
            std::mem::swap(&mut host.core, ctx.core);
            self.host = Some(host);
        }
        outcome
    }
}

/// Where the handler lies on the stack of the call that runs a script.
const HANDLER: usize = 1;

/// Puts the table of globals in its place. An earlier script may have put another there: `setfenv`,
/// where there is one, can.
fn reset_globals(call: &mut Call<'_>, globals: &FunctionKey) -> Result<(), Throw> {
    call.push_kept(globals)?;
    call.set_globals()
}

/// Sets KEYS and ARGV, and leaves the handler on the stack.
fn prepare(
    call: &mut Call<'_>,
    globals: &FunctionKey,
    handler: &FunctionKey,
    invocation: &Invocation<'_>,
) -> Result<(), Throw> {
    reset_globals(call, globals)?;
    call.push_kept(globals)?;
    for (name, words) in [("KEYS", invocation.keys), ("ARGV", invocation.args)] {
        push_words(call, words)?;
        call.set_field_of(1, name.as_bytes())?;
    }
    call.truncate(0);
    call.push_kept(handler)
}

/// Pushes a table of words.
fn push_words(call: &mut Call<'_>, words: &[&[u8]]) -> Result<(), Throw> {
    call.push_table(convert::array_size(words.len()), 0)?;
    let table = call.height();
    for (i, word) in (1..).zip(words) {
        call.push_bytes(word)?;
        call.set_index_of(table, i)?;
    }
    Ok(())
}
