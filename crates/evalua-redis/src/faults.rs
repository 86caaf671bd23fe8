//! [`Fault`]: an error that commands answer on request, though nothing is wrong with them.
//!
//! Owns which commands are to fail, how often, and with what. The gate asks for each command that is
//! about to run, whoever calls it, while there is anything to ask for; a command that is queued is
//! asked for when EXEC runs it. What fails has not run.

use crate::core::Core;
use crate::errors::{self, CommandError};
use crate::gate::Caller;
use crate::table::{self, Command};

/// What is to fail, and with which error.
///
/// ```
/// use evalua_redis::{Fault, Redis, Script};
///
/// let mut redis = Redis::new();
/// redis.fail_next(Fault::of("SET", "OOM command not allowed when used memory > 'maxmemory'.")?);
/// let script = Script::new("return redis.pcall('SET', KEYS[1], 1)");
/// let refused = script.key("k").invoke::<String>(&mut redis);
/// assert!(refused.unwrap_err().to_string().starts_with("OOM "));
/// assert_eq!(script.key("k").invoke(&mut redis), Ok("OK".to_owned()));
/// # Ok::<(), evalua_redis::CommandError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it does nothing before it is given to an engine"]
pub struct Fault {
    /// The full name of a command or subcommand; of a container all subcommands.
    command: Option<&'static str>,
    from: Option<Origin>,
    after: u64,
    times: u64,
    error: CommandError,
    /// Whether the script ends that calls it.
    stops: bool,
}

/// From where a command is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By a client, or a host; in a transaction too.
    Client,
    /// By a script.
    Script,
}

impl Fault {
    /// The next command fails, whichever it is, with `error`: its whole text, code word first.
    pub fn new(error: impl Into<Vec<u8>>) -> Fault {
        Fault {
            command: None,
            from: None,
            after: 0,
            times: 1,
            error: CommandError::new(error),
            stops: false,
        }
    }

    /// The script that calls the next command ends there, and cannot catch that: as when its instructions are
    /// used up, or when it is killed, which a server refuses once it has written.
    ///
    /// ```
    /// use evalua_redis::{Fault, Redis, Reply, Script};
    ///
    /// let mut redis = Redis::new();
    /// redis.fail_next(Fault::stop().after(1));
    /// let script = Script::new("redis.call('SET', 'a', 1) pcall(redis.call, 'SET', 'b', 1) return 1");
    /// let stopped = script.invoke::<i64>(&mut redis).unwrap_err();
    /// assert!(stopped.to_string().contains("script was interrupted"));
    /// assert_eq!(redis.command(&["KEYS", "*"]), Reply::bulks(["a"]));
    /// ```
    pub fn stop() -> Fault {
        Fault {
            from: Some(Origin::Script),
            error: errors::SCRIPT_STOPPED,
            stops: true,
            ..Fault::new("")
        }
    }

    /// The next call of that command, a subcommand's written as `OBJECT|ENCODING`, fails with `error`: its
    /// whole text, code word first.
    ///
    /// # Errors
    /// When there is no such command.
    pub fn of(command: &str, error: impl Into<Vec<u8>>) -> Result<Fault, CommandError> {
        Fault::new(error).only(command.as_bytes())
    }

    /// Of that command only.
    pub(crate) fn only(mut self, command: &[u8]) -> Result<Fault, CommandError> {
        let row = table::named(command).ok_or_else(|| errors::unknown_command(&[command]))?;
        self.command = Some(row.name);
        Ok(self)
    }

    /// So many commands fail, one after the other.
    pub fn times(mut self, times: u64) -> Fault {
        self.times = times;
        self
    }

    /// So many commands that would fail are let pass before.
    pub fn after(mut self, passing: u64) -> Fault {
        self.after = passing;
        self
    }

    /// Only commands that are called from there fail.
    pub fn from(mut self, origin: Origin) -> Fault {
        self.from = Some(origin);
        self
    }

    fn meets(&self, caller: Caller, command: &Command) -> bool {
        let is_named = self.command.is_none_or(|name| {
            let rest = command.name.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('|'))
        });
        let is_from = match self.from {
            None => true,
            Some(Origin::Script) => caller.is_script(),
            Some(Origin::Client) => !caller.is_script(),
        };
        is_named && is_from
    }
}

impl Core {
    /// Lets commands fail that are to come, after those that were to fail before.
    pub fn fail_next(&mut self, fault: Fault) {
        if fault.times > 0 {
            self.faults.push(fault);
        }
    }

    /// Lets commands fail that are to come, before those that were to fail already: it sees every command that is
    /// asked for, also those that others let fail.
    pub fn fail_first(&mut self, fault: Fault) {
        if fault.times > 0 {
            self.faults.insert(0, fault);
        }
    }

    /// Lets no command fail any more; tells how many were still to.
    pub fn clear_faults(&mut self) -> u64 {
        let faults = std::mem::take(&mut self.faults);
        let times = faults.iter().map(|fault| fault.times);
        times.fold(0, u64::saturating_add)
    }

    /// Refuses a command that is to fail. The engine's own never do: they turn faults off.
    #[cold]
    pub(crate) fn admit_in_faults(
        &mut self,
        caller: Caller,
        command: &Command,
    ) -> Result<(), CommandError> {
        if command.is_own() {
            return Ok(());
        }
        for (index, fault) in self.faults.iter_mut().enumerate() {
            if !fault.meets(caller, command) {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            fault.times -= 1;
            let error = fault.error.clone();
            if fault.stops {
                self.scripts.settings.interrupt.interrupt();
            }
            if fault.times == 0 {
                drop(self.faults.remove(index));
            }
            return Err(error);
        }
        Ok(())
    }
}
