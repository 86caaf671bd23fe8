//! [`Profile`]: which server to be like, as data.
//!
//! A profile is read in few places (number formatting, encodings, error texts, what scripts see) and
//! never asked for its name by a handler.

use crate::commands::docs;
use crate::errors::{self, CommandError};
use crate::number::DoubleFormat;

/// What differs between servers.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name on command lines: `redis-7.2`.
    pub name: &'static str,
    /// The server's version, as INFO and `redis.REDIS_VERSION` give it.
    pub version: &'static str,
    /// How a double becomes text in replies and in sorted sets.
    pub double_format: DoubleFormat,
    /// The version of the format of DUMP.
    pub dump_version: u16,
    /// Whether FUNCTION RESTORE takes libraries as the release candidates of 7.0 wrote them.
    pub takes_old_libraries: bool,
    /// The last line of every HELP subcommand's reply.
    pub help_ending: &'static str,
    /// Whether refusals name the user, and users are told with what is done about their payloads.
    pub acl_tells_more: bool,
    /// What a client from another machine is told while there is no password.
    pub protected_mode: &'static CommandError,
    /// Whether a small list is a listpack.
    pub list_listpacks: bool,
    /// The bytes that are thought to be saved where two nodes of a list become one.
    pub list_node_overhead: usize,
    /// Whether small sets of strings keep insertion order in a listpack.
    pub set_listpacks: bool,
    /// Whether the number of elements that a command brings decides the form of a hash, set or sorted
    /// set before they are added.
    pub forms_by_hint: bool,
    /// What COMMAND DOCS says that is not in the rows of the table.
    pub docs: &'static str,
    /// Whether TIME tells how late it is meanwhile, and not when the script or transaction around it began.
    pub time_goes_on: bool,
    /// How streams differ.
    pub streams: Streams,
    /// What scripts see of the server.
    pub scripting: Scripting,
}

/// How streams differ from server to server.
#[derive(Debug, PartialEq, Eq)]
pub struct Streams {
    /// Whether a consumer that is named counts as seen, and is made when there is none, though it gets
    /// nothing; and whether XINFO tells when it last got something.
    pub notes_idle_consumers: bool,
    /// Whether XSETID refuses an ID below that of a deleted entry.
    pub setid_minds_deleted: bool,
    /// Whether the error about a list of streams without their IDs names the command.
    pub unbalanced_names_command: bool,
    /// What one of a group who waits is told when the stream, or the group, goes; `None` when it is what
    /// the command answers to one who comes then.
    pub ended_wait: Option<[&'static CommandError; 2]>,
}

const STREAMS: Streams = Streams {
    notes_idle_consumers: true,
    setid_minds_deleted: true,
    unbalanced_names_command: true,
    ended_wait: None,
};

/// What scripts see of a server: how it words its refusals, and what there is in the sandbox.
#[derive(Debug, PartialEq, Eq)]
pub struct Scripting {
    /// A script called a command that there is not.
    pub unknown_command: &'static CommandError,
    /// A script called a command with too few or too many arguments.
    pub wrong_arity: &'static CommandError,
    /// A script called `redis.call` without arguments.
    pub no_arguments: &'static CommandError,
    /// A script called `redis.call` with what is no string and no number.
    pub bad_arguments: &'static CommandError,
    /// A script called `redis.log` with a level that there is not.
    pub log_level: &'static CommandError,
    /// A script called `redis.set_repl` with a wrong number of arguments.
    pub set_repl_arity: &'static CommandError,
    /// The globals beside `redis` that hold its table.
    pub api_aliases: &'static [&'static str],
    /// Whether there are `getfenv`, `setfenv` and `newproxy`, and the metatable of strings can be
    /// changed, as before the security releases of 2025.
    pub permissive: bool,
}

const SCRIPTING: Scripting = Scripting {
    unknown_command: &errors::SCRIPT_UNKNOWN_COMMAND,
    wrong_arity: &errors::SCRIPT_WRONG_ARITY,
    no_arguments: &errors::SCRIPT_NO_ARGUMENTS,
    bad_arguments: &errors::SCRIPT_BAD_ARGUMENTS,
    log_level: &errors::API_LOG_LEVEL,
    set_repl_arity: &errors::API_SET_REPL_ARITY,
    api_aliases: &[],
    permissive: true,
};

/// Redis 7.2, the default.
pub static REDIS_7_2: Profile = Profile {
    name: "redis-7.2",
    version: "7.2.6",
    double_format: DoubleFormat::Shortest,
    dump_version: 11,
    takes_old_libraries: false,
    help_ending: "    Print this help.",
    protected_mode: &errors::PROTECTED_MODE,
    list_listpacks: true,
    list_node_overhead: 7,
    set_listpacks: true,
    forms_by_hint: true,
    acl_tells_more: true,
    docs: docs::REDIS_7_2,
    time_goes_on: false,
    streams: STREAMS,
    scripting: SCRIPTING,
};

/// Redis 7.0, the version of which a live server is at hand in tests.
pub static REDIS_7_0: Profile = Profile {
    name: "redis-7.0",
    version: "7.0.15",
    double_format: DoubleFormat::Digits17,
    dump_version: 10,
    takes_old_libraries: true,
    help_ending: "    Prints this help.",
    protected_mode: &errors::PROTECTED_MODE_7_0,
    list_listpacks: false,
    list_node_overhead: 11,
    set_listpacks: false,
    forms_by_hint: false,
    acl_tells_more: false,
    docs: docs::REDIS_7_0,
    time_goes_on: true,
    streams: Streams {
        notes_idle_consumers: false,
        setid_minds_deleted: false,
        unbalanced_names_command: false,
        ended_wait: Some([&errors::STREAM_GONE, &errors::GROUP_GONE]),
    },
    scripting: Scripting {
        set_repl_arity: &errors::API_SET_REPL_ARITY_7_0,
        // As Debian ships it.
        permissive: false,
        ..SCRIPTING
    },
};

/// Valkey 8, which answers as Redis 7.2.4 did where data is concerned.
pub static VALKEY_8: Profile = Profile {
    name: "valkey-8",
    version: "7.2.4",
    double_format: DoubleFormat::Shortest,
    dump_version: 11,
    takes_old_libraries: false,
    help_ending: "    Print this help.",
    protected_mode: &errors::PROTECTED_MODE,
    list_listpacks: true,
    list_node_overhead: 7,
    set_listpacks: true,
    forms_by_hint: true,
    acl_tells_more: true,
    docs: docs::REDIS_7_2,
    time_goes_on: false,
    streams: STREAMS,
    scripting: Scripting {
        unknown_command: &errors::SCRIPT_UNKNOWN_COMMAND_VALKEY,
        wrong_arity: &errors::SCRIPT_WRONG_ARITY_VALKEY,
        no_arguments: &errors::SCRIPT_NO_ARGUMENTS_VALKEY,
        bad_arguments: &errors::SCRIPT_BAD_ARGUMENTS_VALKEY,
        log_level: &errors::API_LOG_LEVEL_VALKEY,
        api_aliases: &["server"],
        permissive: false,
        ..SCRIPTING
    },
};

/// Every profile there is.
pub static ALL: [&Profile; 3] = [&REDIS_7_2, &REDIS_7_0, &VALKEY_8];

impl Profile {
    /// The profile of that name.
    pub fn named(name: &str) -> Option<&'static Profile> {
        ALL.into_iter().find(|profile| profile.name == name)
    }
}
