//! Users: who may come in, and what each may do.
//!
//! Owns users, what is checked of a command at the gate, and the log of what was refused. While every
//! client is the default user, who may do everything, one flag says so and nothing is checked.

mod log;
mod selector;
mod user;

use std::sync::Arc;

pub(crate) use log::{Entry, Log};
pub(crate) use selector::{allows_channel, category_bit};
pub(crate) use user::{User, digest};

use crate::args::Args;
use crate::core::Core;
use crate::errors::{self, CommandError};
use crate::gate::Caller;
use crate::hub::Kind;
use crate::session::Session;
use crate::sorted::SortedMap;
use crate::table::{Command, flag};

/// The name of the user that every client is at first.
pub(crate) const DEFAULT: &[u8] = b"default";

/// What a command is refused for; the greater is told, when several are to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Denied {
    Command,
    /// The key at this argument.
    Key(usize),
    /// The channel at this argument.
    Channel(usize),
}

impl Denied {
    /// The word of ACL LOG.
    fn reason(self) -> &'static str {
        match self {
            Denied::Command => "command",
            Denied::Key(_) => "key",
            Denied::Channel(_) => "channel",
        }
    }

    /// The name that was refused.
    pub fn object<'a>(self, command: &'a Command, args: Args<'a>) -> &'a [u8] {
        match self {
            Denied::Command => command.name.as_bytes(),
            Denied::Key(at) | Denied::Channel(at) => args[at],
        }
    }
}

/// What is wrong with a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleError {
    Unknown,
    Syntax,
    AfterAllKeys,
    AfterAllChannels,
    NoSuchPassword,
    Digest,
    FirstOfSubcommand,
}

impl RuleError {
    /// How the server says it.
    pub fn text(self) -> &'static str {
        match self {
            RuleError::Unknown => "Unknown command or category name in ACL",
            RuleError::Syntax => "Syntax error",
            RuleError::AfterAllKeys => {
                "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns"
            }
            RuleError::AfterAllChannels => {
                "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels"
            }
            RuleError::NoSuchPassword => {
                "The password you are trying to remove from the user does not exist"
            }
            RuleError::Digest => {
                "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
            }
            RuleError::FirstOfSubcommand => "Allowing first-arg of a subcommand is not supported",
        }
    }
}

/// Whether a name has a blank or a zero in it, which neither users nor patterns may.
pub(crate) fn has_spaces(text: &[u8]) -> bool {
    text.iter()
        .any(|byte| matches!(byte, b'\t'..=b'\r' | b' ' | 0))
}

/// Users by their names.
pub(crate) type Users = Arc<SortedMap<Vec<u8>, User>>;

/// Users, and what was refused to them.
#[derive(Clone, Debug)]
pub(crate) struct Acl {
    users: Users,
    /// Whether something is to be checked.
    pub is_on: bool,
    pub log: Log,
    /// How often what was refused: passwords, commands, keys, channels.
    pub denied: [u64; 4],
    /// The user whose command is running, while something is to be checked.
    running: Option<Arc<[u8]>>,
}

impl Default for Acl {
    fn default() -> Acl {
        let mut users = SortedMap::new();
        users.insert(DEFAULT.to_vec(), User::default_user());
        Acl {
            users: Arc::new(users),
            is_on: false,
            log: Log::default(),
            denied: [0; 4],
            running: None,
        }
    }
}

impl Acl {
    /// All users, in the order of their names.
    pub fn users(&self) -> impl Iterator<Item = (&Vec<u8>, &User)> {
        self.users.iter()
    }

    /// A user by name.
    pub fn user(&self, name: &[u8]) -> Option<&User> {
        self.users.get(name)
    }

    /// Makes a user be as said.
    pub fn set_user(&mut self, name: &[u8], user: User) {
        Arc::make_mut(&mut self.users).insert(name.to_vec(), user);
        self.note_change();
    }

    /// Removes a user; tells whether there was one.
    pub fn remove(&mut self, name: &[u8]) -> bool {
        let removed = Arc::make_mut(&mut self.users).remove(name);
        self.note_change();
        removed.is_some()
    }

    fn note_change(&mut self) {
        let default = self.users.get(DEFAULT);
        self.is_on = self.users.len() > 1 || !default.is_some_and(User::is_unrestricted);
    }

    /// The users without what was refused to them, for [`Acl::of`].
    #[inline]
    pub fn share(&self) -> Users {
        Arc::clone(&self.users)
    }

    /// Users to whom nothing was refused yet: for a place where they only come in.
    pub fn of(users: Users) -> Acl {
        let mut acl = Acl {
            users,
            ..Acl::default()
        };
        acl.note_change();
        acl
    }

    /// Whether the default user needs no password.
    pub fn has_open_default(&self) -> bool {
        self.users.get(DEFAULT).is_some_and(|user| user.is_open)
    }

    /// Whether a client is let in without a password.
    pub fn is_open(&self) -> bool {
        let default = self.users.get(DEFAULT);
        default.is_some_and(|user| user.is_on && user.is_open)
    }
}

impl Core {
    /// What clients are to be told that come from another machine, and then left; nothing where they may come
    /// in: there is a password, or `protected-mode` is off.
    pub fn refuses_strangers(&self) -> Option<CommandError> {
        let refuses = self.config.protected_mode && self.acl.has_open_default();
        refuses.then(|| self.profile.protected_mode.clone())
    }

    /// Gives the default user a password, or none: the setting requirepass.
    pub(crate) fn require_password(&mut self, password: &[u8]) {
        let user = self.acl.user(DEFAULT);
        let mut user = user.cloned().unwrap_or_else(User::default_user);
        user.set_passwords(password.is_empty());
        if !password.is_empty() {
            user.add_password(digest(password));
        }
        self.acl.set_user(DEFAULT, user);
    }

    /// Makes a session be that of a user, as a command of that name asks for.
    pub(crate) fn authenticate(
        &mut self,
        session: &mut Session,
        command: &[u8],
        user: &[u8],
        password: &[u8],
    ) -> Result<(), CommandError> {
        if !self
            .acl
            .user(user)
            .is_some_and(|known| known.accepts(password))
        {
            let context = if session.transaction.is_some() {
                "multi"
            } else {
                "toplevel"
            };
            self.acl.denied[0] += 1;
            self.log_denied("auth", context, command, user, session);
            return Err(errors::WRONG_PASSWORD);
        }
        session.is_guest = false;
        session.user = (user != DEFAULT).then(|| user.into());
        Ok(())
    }

    /// Whether the client of a session has still to give a password.
    #[inline]
    pub fn is_guest(&self, session: &Session) -> bool {
        session.is_guest && !self.acl.is_open()
    }

    /// Whether the user of a session, or of the running script, may run a command.
    #[cold]
    pub(crate) fn admit_user(
        &mut self,
        session: &Session,
        caller: Caller,
        command: &'static Command,
        args: &[&[u8]],
    ) -> Result<(), CommandError> {
        if caller == Caller::Client {
            if self.is_guest(session) && !command.has(flag::NO_AUTH) {
                return Err(errors::NO_AUTHENTICATION);
            }
            self.acl.running.clone_from(&session.user);
        }
        let name: Arc<[u8]> = match caller {
            Caller::Script { .. } => self.acl.running.clone(),
            _ => session.user.clone(),
        }
        .unwrap_or_else(|| DEFAULT.into());
        let args = Args::new(args);
        let Some(Err(denied)) = self.acl.user(&name).map(|user| user.check(command, args)) else {
            return Ok(());
        };
        let context = match caller {
            Caller::Script { .. } => "lua",
            Caller::Transaction => "multi",
            Caller::Client if session.transaction.is_some() => "multi",
            Caller::Client => "toplevel",
        };
        self.acl.denied[match denied {
            Denied::Command => 1,
            Denied::Key(_) => 2,
            Denied::Channel(_) => 3,
        }] += 1;
        self.log_denied(
            denied.reason(),
            context,
            denied.object(command, args),
            &name,
            session,
        );
        Err(errors::no_permission(
            self.profile.acl_tells_more,
            caller,
            &name,
            command.name,
            denied,
        ))
    }

    /// Whether the user of the running script, or of a session outside of scripts, may run a command.
    pub(crate) fn may_run(&self, command: &Command, args: &[&[u8]]) -> bool {
        let name = self.acl.running.as_deref().unwrap_or(DEFAULT);
        let user = self.acl.user(name).filter(|_| self.acl.is_on);
        user.is_none_or(|user| user.check(command, Args::new(args)).is_ok())
    }

    /// Whether a session's user may read every key by a command.
    pub(crate) fn may_read_all(
        &self,
        session: &Session,
        command: &Command,
        args: Args<'_>,
    ) -> bool {
        if !self.acl.is_on {
            return true;
        }
        let name = self.acl.running.as_deref().or(session.user.as_deref());
        let user = self.acl.user(name.unwrap_or(DEFAULT));
        user.is_none_or(|user| {
            let mut selectors = user.selectors.iter();
            selectors.any(|rules| rules.reads_all_keys() && rules.check(command, args).is_ok())
        })
    }

    fn log_denied(
        &mut self,
        reason: &'static str,
        context: &'static str,
        object: &[u8],
        user: &[u8],
        session: &Session,
    ) {
        let now_ms = self.clock.now_ms();
        let client = session.client.as_ref().map_or_else(String::new, |client| {
            let mut line = String::new();
            let known = self.known(client, 0);
            client.facts().line(&known, now_ms, &mut line);
            line.truncate(line.trim_end().len());
            line
        });
        let entry = Entry {
            reason,
            context,
            object: object.to_vec(),
            user: user.to_vec(),
            client,
            count: 1,
            id: 0,
            created_ms: now_ms,
            updated_ms: now_ms,
        };
        self.acl.log.add(entry, self.config.acl_log_max_len);
    }

    /// Ends the connections of a user that listen to what the user may no longer listen to, or all of them
    /// when the user goes.
    pub(crate) fn drop_listeners(&mut self, name: &[u8], old: &User, new: Option<&User>) {
        let Some(new) = new else {
            self.drop_clients_of(name, |_, _| true);
            return;
        };
        if new.selectors.iter().any(|rules| rules.all_channels) {
            return;
        }
        let channels: Vec<Vec<u8>> = new
            .selectors
            .iter()
            .flat_map(|rules| rules.channels.clone())
            .collect();
        let stays = |rules: &selector::Selector| {
            !rules.all_channels && rules.channels.iter().all(|known| channels.contains(known))
        };
        if old.selectors.iter().all(stays) {
            return;
        }
        self.drop_clients_of(name, |core, client| {
            [Kind::Pattern, Kind::Channel, Kind::Shard]
                .iter()
                .any(|kind| {
                    let names = core.hub.names_of(*kind, client);
                    let is_pattern = *kind == Kind::Pattern;
                    names
                        .iter()
                        .any(|name| !allows_channel(&channels, name, is_pattern))
                })
        });
    }

    fn drop_clients_of(&mut self, name: &[u8], is_to_go: impl Fn(&Core, u64) -> bool) {
        let clients: Vec<_> = self.clients.all().collect();
        for client in clients {
            let is_of_user = client.facts().user() == name;
            if is_of_user && is_to_go(self, client.key) {
                self.drop_client(&client);
            }
        }
    }
}
