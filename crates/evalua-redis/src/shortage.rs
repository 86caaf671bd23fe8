//! What a server can be short of, memory for data and replicas to write to, and which commands it refuses
//! then.
//!
//! The gate asks once for each command whether anything is short. What a script may need follows from
//! what it declares, so commands that run one are judged by that.

use crate::args::Args;
use crate::bytes::SmallBytes;
use crate::commands::transactions;
use crate::core::Core;
use crate::errors::{self, CommandError};
use crate::gate::Caller;
use crate::script::{Declaration, Sha};
use crate::session::Session;
use crate::table::{Command, flag};

/// What there is too little of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shortage {
    /// There is more data than the limit of memory allows, and nothing can go.
    pub memory: bool,
    /// There are fewer replicas than are to be there for writes: none is.
    pub replicas: bool,
}

impl Shortage {
    /// Whether there is too little of anything.
    #[inline]
    pub fn is_any(self) -> bool {
        self.memory || self.replicas
    }
}

impl Core {
    /// Notes what is short by the settings, which have changed.
    pub(crate) fn look_for_shortage(&mut self) {
        self.shortage = Shortage {
            memory: false,
            replicas: self.config.min_replicas_to_write > 0 && self.config.min_replicas_max_lag > 0,
        };
        if self.config.max_memory > 0 {
            self.make_room();
        }
    }

    /// Whether a command may run though something is short. A script is held up before it has written
    /// anything, and then no more.
    #[cold]
    pub(crate) fn admit_in_shortage(
        &mut self,
        session: &Session,
        caller: Caller,
        command: &Command,
        args: &[&[u8]],
    ) -> Result<(), CommandError> {
        let Shortage { memory, replicas } = self.shortage;
        match caller {
            Caller::Client => {
                let needs = self.needs(session, command, args);
                if memory && (needs & flag::DENYOOM != 0 || is_kept_from_queue(session, command)) {
                    return Err(errors::OUT_OF_MEMORY);
                }
                if replicas && needs & flag::WRITE != 0 {
                    return Err(errors::NO_REPLICAS);
                }
            }
            Caller::Transaction => {}
            Caller::Script { .. } if self.script_has_written => {}
            Caller::Script { .. } => {
                if replicas && command.has(flag::WRITE) {
                    return Err(errors::NO_REPLICAS);
                }
                if memory && command.has(flag::DENYOOM) {
                    return Err(errors::OUT_OF_MEMORY);
                }
            }
        }
        // Between the commands of clients no script runs.
        self.script_has_written =
            caller.is_script() && (self.script_has_written || command.has(flag::WRITE));
        Ok(())
    }

    /// Whether a script may begin that declares what it needs. One that may run though memory is short may
    /// then do what it likes.
    pub(crate) fn admit_script(&mut self, declaration: Declaration) -> Result<(), CommandError> {
        if !declaration.is_explicit {
            return Ok(());
        }
        if self.shortage.replicas && !declaration.is_read_only() {
            return Err(errors::NO_REPLICAS);
        }
        if self.shortage.memory && declaration.needs_memory() {
            return Err(errors::SCRIPT_OUT_OF_MEMORY);
        }
        self.script_has_written |= !declaration.needs_memory();
        Ok(())
    }

    /// The flags of what a command of a client will do: its own, those of the script that it runs, or of
    /// all that EXEC will run.
    pub(crate) fn needs(&self, session: &Session, command: &Command, args: &[&[u8]]) -> u32 {
        match &session.transaction {
            Some(transaction) if command.name == "exec" => {
                let queued = transaction.queued.iter().map(|(command, args)| {
                    let args: Vec<&[u8]> = args.iter().map(SmallBytes::as_slice).collect();
                    self.flags_of(command, Args::new(&args))
                });
                queued.fold(0, |all, flags| all | flags)
            }
            _ => self.flags_of(command, Args::new(args)),
        }
    }

    /// The flags of a command with these arguments.
    fn flags_of(&self, command: &Command, args: Args<'_>) -> u32 {
        let declaration = match command.name {
            "eval" | "eval_ro" => Declaration::read(args[1]),
            "evalsha" | "evalsha_ro" => {
                Sha::parse(args[1]).and_then(|sha| self.scripts.declaration(sha))
            }
            "fcall" | "fcall_ro" => self.functions.declaration(args[1]),
            _ => None,
        };
        match declaration {
            Some(declaration) if declaration.is_explicit => {
                let own = command.flags & !(flag::DENYOOM | flag::WRITE | flag::MAY_REPLICATE);
                let memory = if declaration.needs_memory() {
                    flag::DENYOOM
                } else {
                    0
                };
                let writing = if declaration.is_read_only() {
                    0
                } else {
                    flag::WRITE
                };
                own | memory | writing
            }
            _ => command.flags,
        }
    }
}

/// Whether a command would be queued, or is one of a transaction that goes on, which needs memory.
fn is_kept_from_queue(session: &Session, command: &Command) -> bool {
    session.transaction.is_some() && !transactions::ends_or_runs(command)
}
