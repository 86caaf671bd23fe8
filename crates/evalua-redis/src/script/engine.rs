//! [`Engine`]: the compiled scripts in their Lua state; compiling and running.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasherDefault;

use evalua_vm::InterruptHandle;
use evalua_vm::stack::{Call, FunctionKey, Throw};

use super::busy::Busy;
use super::debug::{self, Attached};
use super::log::LogSink;
use super::machine::{Job, Machine, Name};
use super::sandbox::{Flavour, Sandbox};
use super::sha::{AsItIs, Sha};
use super::shebang::{self, Declaration};
use super::{convert, failure};
use crate::coverage::Recorder;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::profile::Profile;
use crate::table::Outcome;

/// What error messages call a script.
const NAME: &[u8] = b"@user_script";

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
    /// Who may meddle with the running script.
    pub busy: Busy,
    /// Where what runs is counted, if it is.
    pub coverage: Option<Recorder>,
    /// Who may stop what runs.
    pub debugger: Attached,
}

/// The scripts of one core: settings, and an engine as soon as there is a script.
#[derive(Debug)]
pub(crate) struct Scripts {
    pub settings: Settings,
    engine: Option<Box<Engine>>,
    /// The name that was read last, as it was written: most often the next is the same.
    last_name: Option<([u8; Sha::HEX_LEN], Sha)>,
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
            last_name: None,
        }
    }

    /// Reads a name as [`Sha::parse`] does.
    #[inline]
    pub fn read_name(&mut self, text: &[u8]) -> Option<Sha> {
        match &self.last_name {
            Some((last, sha)) if last == text => Some(*sha),
            _ => {
                let sha = Sha::parse(text)?;
                self.last_name = Some((text.try_into().ok()?, sha));
                Some(sha)
            }
        }
    }

    /// Begins the sequence of `math.random` as a new state does with that seed.
    pub fn set_seed(&mut self, seed: u64) {
        self.settings.seed = seed;
        if let Some(engine) = &mut self.engine {
            engine.machine.set_seed(seed);
        }
    }

    /// Whether a script of that name is known.
    pub fn contains(&self, sha: Sha) -> bool {
        self.engine
            .as_ref()
            .is_some_and(|engine| engine.scripts.contains_key(&sha))
    }

    /// What a script declares, if it is known.
    pub fn declaration(&self, sha: Sha) -> Option<Declaration> {
        let script = self.engine.as_ref()?.scripts.get(&sha)?;
        Some(script.declaration)
    }

    /// How many scripts are known.
    pub fn count(&self) -> usize {
        self.engine
            .as_ref()
            .map_or(0, |engine| engine.scripts.len())
    }

    /// Compiles a script, unless it is known already.
    pub fn load(&mut self, source: &[u8], profile: &Profile) -> Result<Sha, CommandError> {
        let sha = Sha::of(source);
        let mut engine = self.take(profile)?;
        let compiled = engine.compile(sha, source, &self.settings);
        self.engine = Some(engine);
        compiled.map(|()| sha)
    }

    /// Forgets every script, and all that scripts have left in the Lua state, but for the sequence
    /// of `math.random`, which is the server's.
    pub fn flush(&mut self, profile: &Profile) -> Result<(), CommandError> {
        if let Some(old) = self.engine.take() {
            let mut new = self.take(profile)?;
            new.machine.lua.inherit_random(&old.machine.lua);
            self.engine = Some(new);
        }
        Ok(())
    }

    /// Takes the engine out of its place; it is made if there is none.
    #[inline]
    fn take(&mut self, profile: &Profile) -> Result<Box<Engine>, CommandError> {
        match self.engine.take() {
            Some(engine) => Ok(engine),
            None => Engine::new(&self.settings, profile).map_err(|_| errors::SCRIPT_NO_MEMORY),
        }
    }
}

/// Runs a script for the caller of a command, with keys and arguments; `read_only` is whether that command lets it read
/// only.
pub(crate) fn run(
    ctx: &mut Ctx<'_>,
    sha: Sha,
    keys: &[&[u8]],
    args: &[&[u8]],
    read_only: bool,
) -> Outcome {
    let profile = ctx.core.profile;
    let mut engine = ctx.core.scripts.take(profile)?;
    let outcome = engine.run(ctx, sha, keys, args, read_only);
    ctx.core.scripts.engine = Some(engine);
    outcome
}

/// A Lua state and the scripts in it.
pub(crate) struct Engine {
    machine: Machine,
    scripts: HashMap<Sha, Compiled, BuildHasherDefault<AsItIs>>,
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
            .field("memory", &self.machine.lua.memory_in_use())
            .finish_non_exhaustive()
    }
}

impl Engine {
    fn new(settings: &Settings, profile: &Profile) -> Result<Box<Engine>, Throw> {
        Ok(Box::new(Engine {
            machine: Machine::new(settings, profile, Flavour::Scripts)?,
            // Only looked up, never listed, so the order of this map is nowhere seen.
            scripts: HashMap::default(),
        }))
    }

    fn compile(
        &mut self,
        sha: Sha,
        source: &[u8],
        settings: &Settings,
    ) -> Result<(), CommandError> {
        if self.scripts.contains_key(&sha) {
            return Ok(());
        }
        let (declaration, code) = shebang::read(source)?;
        let Machine { lua, sandbox, .. } = &mut self.machine;
        let function = lua.enter(|call| {
            let name = &sha.hex()[..];
            reset_globals(call, sandbox);
            debug::push_chunk(call, settings, (source, code), (NAME, name), false)
                .map_err(|why| failure::not_begun(call, name, why))?
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

    fn run(
        &mut self,
        ctx: &mut Ctx<'_>,
        sha: Sha,
        keys: &[&[u8]],
        args: &[&[u8]],
        read_only: bool,
    ) -> Outcome {
        let script = self.scripts.get(&sha).ok_or(errors::NO_SCRIPT)?;
        let declaration = script.declaration;
        if read_only && declaration.is_explicit && !declaration.is_read_only() {
            return Err(errors::WRITING_SCRIPT);
        }
        ctx.core.admit_script(declaration)?;
        let job = Job {
            function: &script.function,
            name: Name::Script(sha),
            words: &[],
            keys,
            declaration,
            counts: ctx.core.functions.counts(),
            read_only: read_only || declaration.is_read_only(),
        };
        let set_words = |call: &mut Call<'_>, sandbox: &Sandbox| {
            reset_globals(call, sandbox);
            for (name, words) in sandbox.names.iter().zip([keys, args]) {
                let room = convert::array_size(words.len());
                call.set_kept_list(&sandbox.globals, name, words, room)?;
            }
            Ok(())
        };
        self.machine.run(ctx, &job, set_words, |_| Ok(0))
    }
}

/// Puts the table of globals in its place. An earlier script may have put another there: `setfenv`,
/// where there is one, can.
fn reset_globals(call: &mut Call<'_>, sandbox: &Sandbox) {
    call.set_kept_globals(&sandbox.globals);
}
