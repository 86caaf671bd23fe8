//! The gate that every command passes, whoever calls, and [`Ctx`], what a handler sees.
//!
//! In this order: look-up, arity, may a script call it, may a read-only script call it, is it to fail,
//! run or queue it for EXEC. Around all that it is traced, while there is a record.
//! A check of access rights, memory or slots has its place here and nowhere else.

use std::sync::Arc;

use crate::args::{self, Args, int};
use crate::bytes::SmallBytes;
use crate::clients::Client;
use crate::commands::{pubsub, transactions};
use crate::config::Limits;
use crate::core::Core;
use crate::errors::{self, CommandError};
use crate::keyspace::Database;
use crate::keyspace::database::{AccessMode, Entry};
use crate::profile::Profile;
use crate::reply::Reply;
use crate::rng::Rng;
use crate::session::{Resp, Session};
use crate::sink::{Answer, Sink};
use crate::table::{self, Command, Outcome, flag};
use crate::trace::Class;
use crate::values::Value;
use crate::waiters::{Waiter, Wanted, Who, Wish};

/// Who calls a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A client, or the host program.
    Client,
    /// EXEC, for a client.
    Transaction,
    /// A running script.
    Script {
        /// Whether it has promised not to write.
        read_only: bool,
    },
}

impl Caller {
    /// Whether a script calls.
    pub fn is_script(self) -> bool {
        matches!(self, Caller::Script { .. })
    }
}

impl Core {
    /// Finds the command that `args` name, and runs it.
    pub fn execute(
        self: &mut Box<Core>,
        session: &mut Session,
        caller: Caller,
        args: &[&[u8]],
    ) -> Reply {
        match table::called(args) {
            Some(command) if caller.is_script() => {
                self.call_looked_on(session, caller, command, args)
            }
            Some(command) => self.call(session, caller, command, args),
            None => self.answer_unknown(session, caller, args),
        }
    }

    /// As [`Core::execute`], for a script on which nobody looks. It may be glad of the answer in a sink; the reply is
    /// then [`Reply::NOTHING`].
    #[inline(always)]
    pub(crate) fn execute_into(
        self: &mut Box<Core>,
        session: &mut Session,
        caller: Caller,
        args: &[&[u8]],
        sink: Option<&mut dyn Sink>,
    ) -> Outcome {
        match table::called(args) {
            Some(command) => self.run(session, caller, command, args, sink),
            None => Ok(self.answer_unknown(session, caller, args)),
        }
    }

    /// Answers for words that call no command.
    #[cold]
    fn answer_unknown(
        self: &mut Box<Core>,
        session: &mut Session,
        caller: Caller,
        args: &[&[u8]],
    ) -> Reply {
        let error = match caller {
            Caller::Script { .. } => self.profile.scripting.unknown_command.clone(),
            Caller::Client | Caller::Transaction => table::not_called(args),
        };
        break_transaction(session, caller);
        self.count_rejected(None, &error);
        let mut reply = Reply::Error(error);
        if self.onlookers.is_some() {
            reply = self.traced(session, caller, None, args, |_, _| reply);
        }
        match caller {
            Caller::Client => session.answer(reply),
            Caller::Transaction | Caller::Script { .. } => reply,
        }
    }

    /// Runs a command that is known already: the one gate.
    pub fn call(
        self: &mut Box<Core>,
        session: &mut Session,
        caller: Caller,
        command: &'static Command,
        args: &[&[u8]],
    ) -> Reply {
        // A script is one command to the world: its instant is that of the EVAL around it.
        if caller != Caller::Client {
            return self.call_looked_on(session, caller, command, args);
        }
        session.wait = None;
        session.is_postponed = false;
        session.early = 0;
        self.tick();
        if self.pause.is_some() && self.postpone(session, command, args) {
            return Reply::NullArray;
        }
        if self.config.max_memory > 0 {
            // In a pause no key goes.
            if self.pause.is_none() {
                self.make_room();
            }
        } else {
            self.shortage.memory = false;
        }
        if self.tracking.is_on() {
            self.begin_tracked(session);
        }
        self.is_careful = self.needs_care(session);
        if !self.is_careful {
            self.access_mode = AccessMode::default();
        }
        let reply = self.call_looked_on(session, caller, command, args);
        self.is_careful = true;
        if let Some(wish) = session.wish.take() {
            let wait = self.waiters.add(who(session), wish);
            session.wait = Some(wait);
        }
        if self.waiters.has_ready() {
            self.serve_waiters();
        }
        session.tell(command, self.clock.now_ms());
        if self.tracking.is_on() {
            self.end_tracked(command, session);
        }
        match session.wait {
            Some(_) => reply,
            None => session.answer(reply),
        }
    }

    /// Whether there is anything out of the ordinary about the engine or a caller, which may concern commands that
    /// run, or those who hear of them. What changes any of it is no command that scripts may call.
    #[inline]
    fn needs_care(&self, session: &Session) -> bool {
        let is_session_usual =
            session.transaction.is_none() & !session.is_subscribed & !session.leaves_no_trace;
        let is_unlimited = !self.acl.is_on
            & !self.shortage.is_any()
            & self.faults.is_empty()
            & self.pause.is_none();
        let is_unheard = self.monitors.is_empty()
            & !self.tracking.is_on()
            & !self.config.notifications.is_any()
            & self.watchers.is_empty()
            & self.waiters.is_empty()
            & self.events.is_none();
        !(is_session_usual & is_unlimited & is_unheard)
    }

    /// Runs a command, or queues it, before the eyes of those who look on.
    fn call_looked_on(
        self: &mut Box<Core>,
        session: &mut Session,
        caller: Caller,
        command: &'static Command,
        args: &[&[u8]],
    ) -> Reply {
        // Who looks on sees replies.
        let run = |core: &mut Box<Core>, session: &mut Session| {
            Reply::from(core.run(session, caller, command, args, None))
        };
        match self.onlookers {
            None => run(self, session),
            Some(_) => self.traced(session, caller, Some(command), args, run),
        }
    }

    /// Runs a command, or queues it.
    #[inline(always)]
    fn run(
        self: &mut Box<Core>,
        session: &mut Session,
        caller: Caller,
        command: &'static Command,
        args: &[&[u8]],
        sink: Option<&mut dyn Sink>,
    ) -> Outcome {
        let db = session.db;
        let outcome = match self.admit(caller, command, args) {
            Ok(()) if self.is_careful => self.run_carefully(session, caller, command, args, sink),
            Ok(()) if self.stats.is_some() => {
                self.run_counted(session, caller, command, args, sink)
            }
            Ok(()) => self.run_plainly(session, caller, command, args, sink),
            Err(refused) => {
                let error = self.refusal(session, caller, command, args, refused);
                self.turn_away(session, caller, command, error)
            }
        };
        self.report_met(db);
        outcome
    }

    /// Runs a command, or queues it, where something is out of the ordinary. Monitors are shown it, and its keys are
    /// remembered for those who track them.
    #[inline(never)]
    fn run_carefully(
        self: &mut Box<Core>,
        session: &mut Session,
        caller: Caller,
        command: &'static Command,
        args: &[&[u8]],
        sink: Option<&mut dyn Sink>,
    ) -> Outcome {
        let is_queued = is_queued(session, caller, command);
        if let Err(error) = self.let_in(session, caller, command, args, is_queued) {
            return self.turn_away(session, caller, command, error);
        }
        if is_queued {
            return Ok(enqueue(session, command, args));
        }
        self.access_mode = AccessMode {
            notes_misses: self.config.notifications.has(Class::Miss) && command.has(flag::READONLY),
            notes_new: !self.waiters.is_empty() || self.config.notifications.has(Class::New),
            leaves_no_trace: session.leaves_no_trace && command.name != "touch",
            keeps_due: self.pause.is_some() && !command.has(flag::WRITE),
        };
        let is_watched = !self.monitors.is_empty();
        if is_watched {
            self.show(session, caller, command, args, true);
        }
        let outcome = self.run_counted(session, caller, command, args, sink);
        if is_watched {
            self.show(session, caller, command, args, false);
        }
        if self.tracking.is_on() {
            // Whose key was due has found nothing, and hears of what becomes of that.
            self.report_met(session.db);
            self.remember_keys(command, args);
        }
        outcome
    }

    /// Runs a command, and counts it where commands are counted.
    #[inline(never)]
    fn run_counted(
        self: &mut Box<Core>,
        session: &mut Session,
        caller: Caller,
        command: &'static Command,
        args: &[&[u8]],
        sink: Option<&mut dyn Sink>,
    ) -> Outcome {
        let began_us = self.is_timed(caller).then(|| match caller {
            // The clock was read a moment ago.
            Caller::Client => self.clock.now_us(),
            Caller::Transaction | Caller::Script { .. } => self.clock.read_us(),
        });
        let outcome = self.run_plainly(session, caller, command, args, sink);
        let took_us = began_us.map(|began_us| self.took_us(began_us));
        if session.wish.is_some() {
            return outcome;
        }
        if let Some(stats) = &mut self.stats {
            let error = match &outcome {
                Ok(reply) => reply.as_error(),
                Err(error) => Some(error),
            };
            stats.ran(command, error, took_us);
        }
        if let Some(took_us) = took_us {
            self.note_duration(session, command, args, took_us);
        }
        outcome
    }

    #[inline(always)]
    fn run_plainly(
        self: &mut Box<Core>,
        session: &mut Session,
        caller: Caller,
        command: &'static Command,
        args: &[&[u8]],
        sink: Option<&mut dyn Sink>,
    ) -> Outcome {
        let mut ctx = Ctx {
            core: self,
            session,
            caller,
            command,
            // Not as it is: for as long as all of this lives.
            sink: sink.map(|sink| sink as _),
        };
        (command.run)(&mut ctx, Args::new(args))
    }

    /// Whether a command may run, or be queued, that this caller may run at all.
    #[inline]
    fn let_in(
        &mut self,
        session: &mut Session,
        caller: Caller,
        command: &'static Command,
        args: &[&[u8]],
        is_queued: bool,
    ) -> Result<(), CommandError> {
        if self.acl.is_on {
            self.admit_user(session, caller, command, args)?;
        }
        if self.shortage.is_any() {
            self.admit_in_shortage(session, caller, command, args)?;
        }
        admit_listener(session, caller, command)?;
        if is_queued {
            return match command.has(flag::NO_MULTI) {
                true => Err(errors::NOT_IN_A_TRANSACTION),
                false => Ok(()),
            };
        }
        match self.faults.is_empty() {
            true => Ok(()),
            false => self.admit_in_faults(caller, command),
        }
    }

    /// What is said of a command that a caller may not run at all.
    #[cold]
    fn refusal(
        &mut self,
        session: &Session,
        caller: Caller,
        command: &'static Command,
        args: &[&[u8]],
        refused: Refused,
    ) -> CommandError {
        // What its user may do comes before what a script has promised.
        if matches!(refused, Refused::ToReaders)
            && self.acl.is_on
            && let Err(error) = self.admit_user(session, caller, command, args)
        {
            return error;
        }
        refused.error(self.profile, caller, command)
    }

    /// Answers for a command that is not let in.
    #[cold]
    fn turn_away(
        &mut self,
        session: &mut Session,
        caller: Caller,
        command: &'static Command,
        error: CommandError,
    ) -> Outcome {
        break_transaction(session, caller);
        let error = match caller {
            Caller::Client => transactions::refused(session, command, error),
            Caller::Transaction | Caller::Script { .. } => error,
        };
        self.count_rejected(Some(command), &error);
        Err(error)
    }
}

impl Core {
    /// Runs the commands again that wait for keys which are ready: key by key as they became so, for each
    /// key in the order of the waits. What one of them makes ready comes at the end.
    #[cold]
    fn serve_waiters(self: &mut Box<Core>) {
        while let Some((db, key, waiters)) = self.waiters.next_ready() {
            for id in waiters {
                self.clock.tick();
                let db = &mut self.databases[db];
                db.set_now(self.clock.now_ms());
                let value = db.entry(&key).map(Entry::value);
                let is_stream = matches!(value, Some(Value::Stream(_)));
                if let Some(waiter) = self.waiters.take_if_met(id, value) {
                    self.run_again(waiter, is_stream);
                }
            }
        }
    }

    /// Runs the command of a waiter again, whose key holds a stream or not; it may have to wait on, until
    /// the instant it began with.
    fn run_again(self: &mut Box<Core>, waiter: Waiter, is_stream: bool) {
        let Who {
            session,
            db,
            resp,
            user,
        } = waiter.who.clone();
        let mut session = Session {
            db,
            resp,
            user,
            ..Session::with_id(session).waits()
        };
        let wish = &waiter.wish;
        let args: Vec<&[u8]> = wish.args.iter().map(|arg| &**arg).collect();
        // Who watches has seen the command already, and it was let pass.
        let monitors = std::mem::take(&mut self.monitors);
        let faults = std::mem::take(&mut self.faults);
        let reply = self.call_looked_on(&mut session, Caller::Client, wish.command, &args);
        (self.monitors, self.faults) = (monitors, faults);
        if session.wish.is_some() {
            self.waiters.insert(waiter);
        } else {
            let ended = self.profile.streams.ended_wait;
            let answer = match (&reply, waiter.wish.wanted, ended) {
                (Reply::Error(_), Wanted::Group, Some([stream_gone, group_gone])) => {
                    let error = if is_stream { group_gone } else { stream_gone };
                    Reply::Error(error.clone())
                }
                _ => reply,
            };
            waiter.answer(answer);
        }
    }

    /// Ends the wait of a session with an answer; tells whether it waited.
    pub(crate) fn unblock(&mut self, session: i64, reply: Reply) -> bool {
        let waiter = self.waiters.take_session(session);
        let waits = waiter.is_some();
        if let Some(waiter) = waiter {
            self.end_in_vain(waiter, reply);
        }
        waits
    }

    /// Ends a wait with what it ends with when no key came. Only now is its command one that has run.
    fn end_in_vain(&mut self, waiter: Waiter, reply: Reply) {
        if let Some(stats) = &mut self.stats
            && waiter.wish.wanted != Wanted::Resumption
        {
            stats.ran(waiter.wish.command, reply.as_error(), None);
        }
        waiter.answer(reply);
    }

    /// Ends waits whose time is over, and serves who is to be served.
    #[cold]
    pub(crate) fn look_after_waiters(self: &mut Box<Core>) {
        while let Some(waiter) = self.waiters.take_overdue(self.clock.now_ms()) {
            self.end_in_vain(waiter, Reply::NullArray);
        }
        self.serve_waiters();
    }
}

/// What is to be known of a session that waits.
pub(crate) fn who(session: &Session) -> Who {
    Who {
        session: session.id,
        db: session.db,
        resp: session.resp,
        user: session.user.clone(),
    }
}

impl Core {
    fn count_rejected(&mut self, command: Option<&'static Command>, error: &CommandError) {
        if let Some(stats) = &mut self.stats {
            stats.rejected(command, error);
        }
    }

    /// Whether this caller may run the command with these arguments.
    #[inline]
    fn admit(
        &mut self,
        caller: Caller,
        command: &'static Command,
        args: &[&[u8]],
    ) -> Result<(), Refused> {
        if !command.accepts(args.len()) {
            return Err(Refused::Arity);
        }
        if caller == Caller::Client {
            return Ok(());
        }
        if command.has(flag::NOSCRIPT) {
            // It may change what the rest of this client's command is to be looked at for.
            self.is_careful = true;
        }
        if let Caller::Script { read_only } = caller {
            if command.is_denied_to_scripts(self.profile) && !self.config.scripts_may_call_all {
                return Err(Refused::ToScripts);
            }
            if read_only && command.is_denied_to_readers() {
                return Err(Refused::ToReaders);
            }
            if command.has(flag::WRITE) {
                self.scripts.settings.busy.note_write();
            }
        }
        Ok(())
    }
}

/// Why a caller may not run a command at all.
#[derive(Clone, Copy)]
enum Refused {
    /// There are too few arguments, or too many.
    Arity,
    /// No script may call it.
    ToScripts,
    /// No script may call it that has promised not to write.
    ToReaders,
}

impl Refused {
    #[cold]
    fn error(self, profile: &Profile, caller: Caller, command: &Command) -> CommandError {
        match self {
            Refused::Arity if caller.is_script() => profile.scripting.wrong_arity.clone(),
            Refused::Arity => errors::wrong_arity(command.name),
            Refused::ToScripts => errors::SCRIPT_NOT_ALLOWED,
            Refused::ToReaders => errors::SCRIPT_READ_ONLY,
        }
    }
}

/// Whether a caller may run a command while it listens: in RESP2 what comes then is taken for messages.
#[inline]
fn admit_listener(
    session: &Session,
    caller: Caller,
    command: &Command,
) -> Result<(), CommandError> {
    let is_held = session.is_subscribed && session.resp == Resp::V2 && caller == Caller::Client;
    if is_held && !pubsub::is_for_listeners(command) {
        return Err(errors::only_for_listeners(command.name));
    }
    Ok(())
}

/// Whether a command is to wait for EXEC.
#[inline]
fn is_queued(session: &Session, caller: Caller, command: &Command) -> bool {
    session.transaction.is_some()
        && caller == Caller::Client
        && !transactions::runs_at_once(command)
}

fn enqueue(session: &mut Session, command: &'static Command, args: &[&[u8]]) -> Reply {
    if let Some(transaction) = &mut session.transaction {
        let args = args.iter().map(|arg| SmallBytes::new(arg)).collect();
        transaction.queued.push((command, args));
    }
    Reply::status("QUEUED")
}

/// Notes that a command was refused that would have been queued.
fn break_transaction(session: &mut Session, caller: Caller) {
    if let (Some(transaction), Caller::Client) = (&mut session.transaction, caller) {
        transaction.is_broken = true;
    }
}

/// The answer to a command of a client that is not let in: `error`, and in a transaction its end.
pub(crate) fn refuse(
    session: &mut Session,
    command: Option<&Command>,
    error: CommandError,
) -> Reply {
    break_transaction(session, Caller::Client);
    Reply::Error(match command {
        Some(command) => transactions::refused(session, command, error),
        None => error,
    })
}

/// Reads an integer of 32 bits.
fn int_in_range(text: &[u8]) -> Result<i32, CommandError> {
    i32::try_from(int(text)?).map_err(|_| errors::NOT_A_C_INT)
}

/// What a handler works with.
pub struct Ctx<'a> {
    /// The engine's state.
    pub core: &'a mut Box<Core>,
    /// The caller's session.
    pub session: &'a mut Session,
    /// Who calls.
    pub caller: Caller,
    /// The row of the running command.
    pub command: &'static Command,
    /// Where the answer may go.
    sink: Option<&'a mut dyn Sink>,
}

impl<'a> Ctx<'a> {
    /// The answer, for a handler that can give it item by item and changes nothing afterwards.
    #[inline]
    pub(crate) fn answer(&mut self) -> Answer<'a> {
        Answer::to(self.sink.take())
    }

    /// The selected database.
    #[inline]
    pub fn db(&mut self) -> &mut Database {
        self.core.db(self.session.db)
    }

    /// The selected database and the random generator.
    #[inline]
    pub fn db_and_rng(&mut self) -> (&mut Database, &mut Rng) {
        self.core.db_and_rng(self.session.db)
    }

    /// The instant until which a blocking command may wait, from a time-out in seconds; `None` for
    /// ever.
    ///
    /// # Errors
    /// What is not a number, below zero, or beyond all time.
    pub fn deadline(&self, seconds: &[u8]) -> Result<Option<i64>, CommandError> {
        match args::timeout_ms(seconds)? {
            0 => Ok(None),
            ms => match self.now_ms().checked_add(ms) {
                Some(at) => Ok(Some(at)),
                None => Err(errors::TIMEOUT_OUT_OF_RANGE),
            },
        }
    }

    /// Answers for a command that has to wait for its keys as after a wait in vain, and asks the gate to
    /// let its session wait until `until_ms` (for ever when `None`): when a key is there that holds what is
    /// `wanted`, `args` are run again. A script or a transaction never waits: there it is `at_once`.
    pub fn wait(
        &mut self,
        wanted: Wanted,
        keys: &[&[u8]],
        args: &[&[u8]],
        until_ms: Option<i64>,
        at_once: Reply,
    ) -> Reply {
        if self.caller != Caller::Client {
            return at_once;
        }
        if self.session.can_wait {
            let owned = |words: &[&[u8]]| words.iter().map(|word| SmallBytes::new(word)).collect();
            self.session.wish = Some(Wish {
                command: self.command,
                args: owned(args),
                keys: owned(keys),
                wanted,
                until_ms,
            });
        }
        Reply::NullArray
    }

    /// What others know of the caller.
    pub(crate) fn client(&mut self) -> Arc<Client> {
        self.core.clients.of(self.session, self.core.clock.now_ms())
    }

    /// The instant of the command, Unix milliseconds.
    #[inline]
    pub fn now_ms(&self) -> i64 {
        self.core.clock.now_ms()
    }

    /// The bounds of compact collections.
    #[inline]
    pub fn limits(&self) -> Limits {
        self.core.config.limits
    }

    /// Whether the caller speaks RESP3. Only for the few replies whose *shape* depends on it in
    /// other ways than [`Reply::to_resp2`] knows.
    pub fn is_resp3(&self) -> bool {
        self.session.resp == Resp::V3
    }

    /// The index of an existing database.
    ///
    /// # Errors
    /// When the text is no number, or there is no such database.
    pub fn db_index(&self, text: &[u8]) -> Result<usize, CommandError> {
        let index = int_in_range(text)?;
        usize::try_from(index)
            .ok()
            .filter(|&index| index < self.core.databases.len())
            .ok_or(errors::DB_INDEX_OUT_OF_RANGE)
    }

    /// The reply of a HELP subcommand.
    pub fn help(&self, lines: &[&'static str]) -> Reply {
        let container = self.command.name.split('|').next().unwrap_or_default();
        let title = format!(
            "{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            container.to_ascii_uppercase()
        );
        let ending = ["HELP", self.core.profile.help_ending];
        let lines = lines.iter().copied().chain(ending).map(Reply::status);
        let title = Reply::Status(title.into_bytes().into());
        Reply::Array(std::iter::once(title).chain(lines).collect())
    }

    /// Tells that a key of the selected database has changed, once for each event that the server
    /// reports, under the name it gives it. Every handler that changes a key calls this: what
    /// watches keys hears of changes in no other way.
    #[inline]
    pub fn notify(&mut self, class: Class, event: &'static str, key: &[u8]) {
        self.notify_changes(class, event, key, 1);
    }

    /// As [`Ctx::notify`], of an event that the server counts as so many changes: mostly one for each element
    /// that comes or goes.
    #[inline]
    pub fn notify_changes(
        &mut self,
        class: Class,
        event: &'static str,
        key: &[u8],
        changes: usize,
    ) {
        self.core.dirty += changes as u64;
        self.notify_too(class, event, key);
    }

    /// As [`Ctx::notify`], of a change that the server does not count, since it is part of another.
    #[inline]
    pub fn notify_too(&mut self, class: Class, event: &'static str, key: &[u8]) {
        self.core.notify(class, event, key, self.session.db);
    }
}
