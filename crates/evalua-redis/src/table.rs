//! [`Command`]: the one row that says everything about a command, and the registry that finds it.
//!
//! Arity errors, read-only and noscript checks, key extraction, ACL categories, COMMAND's replies,
//! the examples that run as tests and the documentation all come from the row. Rows stand in the
//! family files under `commands/`, beside their handlers.

use std::sync::OnceLock;

use crate::args::Args;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::hash::word;
use crate::profile::Profile;
use crate::reply::Reply;

/// What a handler returns.
pub type Outcome = Result<Reply, CommandError>;

/// A command's function.
pub type Handler = fn(&mut Ctx<'_>, Args<'_>) -> Outcome;

/// A row of the command table. Written as a literal over a family's base row:
/// `Command { name: "get", arity: 2, …, ..ROW }`.
#[derive(Debug)]
pub struct Command {
    /// Lower case; for a subcommand its full name, `object|encoding`.
    pub name: &'static str,
    /// The number of words, the name (and a subcommand's) included; negative: at least so many.
    pub arity: i32,
    /// A union of the bits of [`flag`].
    pub flags: u32,
    /// The profiles, by name, whose scripts may not call it though others' may.
    pub noscript_in: &'static [&'static str],
    /// ACL categories that do not follow from flags: a union of the bits of [`acl`]. The family's
    /// base row has the category of its type.
    pub acl: u32,
    /// Where its keys are.
    pub keys: &'static [KeySpec],
    /// What it does with its keys, where that depends on other arguments: of the key specifications that
    /// say so, a union of the bits of [`access`].
    pub uses: Option<fn(Args<'_>) -> u32>,
    /// The family in the documentation.
    pub group: Group,
    /// The version that brought it.
    pub since: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Cost, as the documentation gives it.
    pub complexity: &'static str,
    /// What clients of a cluster and testers of replies should know, in the server's words.
    pub tips: &'static [&'static str],
    /// Sessions that run as tests: a command line and what redis-cli prints. The lines of one row
    /// share a keyspace, which is empty at first.
    pub examples: &'static [(&'static str, &'static str)],
    /// The subcommands of a container.
    pub subcommands: &'static [Command],
    /// Its function; a container's own runs only when no subcommand is named.
    pub run: Handler,
}

impl Command {
    /// The row that family base rows start from.
    pub const BASE: Command = Command {
        name: "",
        arity: -1,
        flags: 0,
        noscript_in: &[],
        acl: 0,
        keys: &[],
        uses: None,
        group: Group::Generic,
        since: "1.0.0",
        summary: "",
        complexity: "O(1)",
        tips: &[],
        examples: &[],
        subcommands: &[],
        run: |_, args| Err(errors::unknown_command(args.as_slice())),
    };

    /// Its name and those of its subcommands.
    pub fn names(&'static self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self)
            .chain(self.subcommands)
            .map(|row| row.name)
    }

    /// The subcommand of that short name, such as `encoding`, in any case.
    fn subcommand(&self, name: &[u8]) -> Option<&'static Command> {
        self.subcommands.iter().find(|sub| {
            let short = sub.name.rsplit('|').next().unwrap_or_default();
            crate::args::is(name, short)
        })
    }

    /// Whether it has all of these flags.
    #[inline]
    pub const fn has(&self, flags: u32) -> bool {
        self.flags & flags == flags
    }

    /// Whether that many words, the name included, are a right number for it.
    #[inline]
    pub fn accepts(&self, words: usize) -> bool {
        let least = self.arity.unsigned_abs() as usize;
        words == least || (self.arity < 0 && words > least)
    }

    /// Whether no server has it: what is told of all commands does not mention it.
    pub const fn is_own(&self) -> bool {
        matches!(self.group, Group::Evalua)
    }

    /// Whether scripts may not call it on such a server.
    #[inline]
    pub fn is_denied_to_scripts(&self, profile: &Profile) -> bool {
        self.has(flag::NOSCRIPT)
            || (!self.noscript_in.is_empty() && self.noscript_in.contains(&profile.name))
    }

    /// Whether scripts may not call it that promise to read only.
    #[inline]
    pub const fn is_denied_to_readers(&self) -> bool {
        self.has(flag::WRITE) || self.has(flag::MAY_REPLICATE)
    }

    /// Its ACL categories: those of the row and those that follow from its flags.
    pub const fn acl_categories(&self) -> u32 {
        let mut categories = self.acl;
        if self.has(flag::WRITE) {
            categories |= acl::WRITE;
        }
        if self.has(flag::READONLY) && categories & acl::SCRIPTING == 0 {
            categories |= acl::READ;
        }
        if self.has(flag::ADMIN) {
            categories |= acl::ADMIN | acl::DANGEROUS;
        }
        if self.has(flag::PUBSUB) {
            categories |= acl::PUBSUB;
        }
        if self.has(flag::BLOCKING) {
            categories |= acl::BLOCKING;
        }
        categories
            | if self.has(flag::FAST) {
                acl::FAST
            } else {
                acl::SLOW
            }
    }
}

/// Declares a set of bits with the name that the server gives each.
macro_rules! bits {
    ($($(#[$doc:meta])* $constant:ident = $bit:literal, $name:literal;)*) => {
        $($(#[$doc])* pub const $constant: u32 = 1 << $bit;)*
        /// Every bit with its name.
        pub const ALL: &[(u32, &str)] = &[$(($constant, $name)),*];
    };
}

/// Command flags.
pub mod flag {
    bits! {
        /// Changes data.
        WRITE = 0, "write";
        /// Reads data.
        READONLY = 1, "readonly";
        /// May need memory: refused when there is none.
        DENYOOM = 2, "denyoom";
        /// Comes from a module.
        MODULE = 3, "module";
        /// For administrators.
        ADMIN = 4, "admin";
        /// Publishing and subscribing.
        PUBSUB = 5, "pubsub";
        /// Not for scripts.
        NOSCRIPT = 6, "noscript";
        /// May make its client wait.
        BLOCKING = 7, "blocking";
        /// Allowed while data is loading.
        LOADING = 8, "loading";
        /// Allowed on a replica with stale data.
        STALE = 9, "stale";
        /// Not shown by MONITOR.
        SKIP_MONITOR = 10, "skip_monitor";
        /// Not in the slow log.
        SKIP_SLOWLOG = 11, "skip_slowlog";
        /// Serves a slot that is being imported.
        ASKING = 12, "asking";
        /// Constant or logarithmic time.
        FAST = 13, "fast";
        /// Allowed before authentication.
        NO_AUTH = 14, "no_auth";
        /// Replicated though it does not write.
        MAY_REPLICATE = 15, "may_replicate";
        /// Not inside a transaction.
        NO_MULTI = 16, "no_multi";
        /// Has key arguments that may be absent.
        NO_MANDATORY_KEYS = 17, "no_mandatory_keys";
        /// Guarded by a setting of its own.
        PROTECTED = 18, "protected";
        /// Allowed while a script runs too long.
        ALLOW_BUSY = 19, "allow_busy";
        /// Not while data is loading in the background.
        NO_ASYNC_LOADING = 20, "no_async_loading";
        /// Touches keys that its arguments do not name.
        TOUCHES_ARBITRARY_KEYS = 21, "touches_arbitrary_keys";
    }
}

/// ACL categories.
pub mod acl {
    bits! {
        /// Works on keys of any type.
        KEYSPACE = 0, "keyspace";
        /// Reads.
        READ = 1, "read";
        /// Writes.
        WRITE = 2, "write";
        /// Sets.
        SET = 3, "set";
        /// Sorted sets.
        SORTEDSET = 4, "sortedset";
        /// Lists.
        LIST = 5, "list";
        /// Hashes.
        HASH = 6, "hash";
        /// Strings.
        STRING = 7, "string";
        /// Bitmaps.
        BITMAP = 8, "bitmap";
        /// HyperLogLogs.
        HYPERLOGLOG = 9, "hyperloglog";
        /// Geographic indexes.
        GEO = 10, "geo";
        /// Streams.
        STREAM = 11, "stream";
        /// Publishing and subscribing.
        PUBSUB = 12, "pubsub";
        /// For administrators.
        ADMIN = 13, "admin";
        /// Constant or logarithmic time.
        FAST = 14, "fast";
        /// Everything that is not fast.
        SLOW = 15, "slow";
        /// May make its client wait.
        BLOCKING = 16, "blocking";
        /// Able to do harm.
        DANGEROUS = 17, "dangerous";
        /// About the connection.
        CONNECTION = 18, "connection";
        /// Transactions.
        TRANSACTION = 19, "transaction";
        /// Scripts and functions.
        SCRIPTING = 20, "scripting";
    }
}

/// The families of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Group {
    Bitmap,
    Cluster,
    Connection,
    Evalua,
    Generic,
    Geo,
    Hash,
    Hyperloglog,
    List,
    Pubsub,
    Scripting,
    Server,
    Set,
    SortedSet,
    Stream,
    String,
    Transactions,
}

/// Where some keys of a command are, and what it does with them.
#[derive(Debug)]
pub struct KeySpec {
    /// A union of the bits of [`access`].
    pub access: u32,
    /// Where the search begins.
    pub begin: Begin,
    /// How the keys are found from there.
    pub find: Find,
    /// What COMMAND INFO remarks on it, empty for nothing.
    pub notes: &'static str,
}

/// What a command does with keys.
pub mod access {
    bits! {
        /// Reads the value and does not change it.
        RO = 0, "RO";
        /// Reads and changes it.
        RW = 1, "RW";
        /// Replaces it without a look.
        OW = 2, "OW";
        /// Removes it.
        RM = 3, "RM";
        /// Returns or uses data of the value.
        ACCESS = 4, "access";
        /// Changes data of the value.
        UPDATE = 5, "update";
        /// Adds data, changing none.
        INSERT = 6, "insert";
        /// Removes data of the value.
        DELETE = 7, "delete";
        /// Not a key, but hashed to a slot like one.
        NOT_KEY = 8, "not_key";
        /// The keys found may not be all.
        INCOMPLETE = 9, "incomplete";
        /// What is done depends on other arguments.
        VARIABLE_FLAGS = 10, "variable_flags";
    }
}

/// Where the search for keys begins.
#[derive(Debug)]
pub enum Begin {
    /// At this argument.
    Index(usize),
    /// Behind this word, looked for from an argument on; backwards from the end when negative.
    Keyword(&'static str, isize),
    /// Behind the last of such words, of which COMMAND does not tell.
    Hidden(&'static str),
    /// Nobody knows.
    Unknown,
}

/// How keys are found from where the search began.
#[derive(Debug)]
pub enum Find {
    /// Every `step`-th argument up to `last`, counted from the beginning, or when negative from the
    /// last argument; of these a `limit`-th part, when that is above 1.
    Range {
        /// The last key, relative to the first; or from the end when negative.
        last: isize,
        /// The distance between keys.
        step: usize,
        /// 0 or 1: all; 2: the first half, and so on.
        limit: usize,
    },
    /// A count of keys, then the keys.
    Count {
        /// The argument with the count, relative to the beginning.
        at: usize,
        /// The first key, relative to the beginning.
        first: usize,
        /// The distance between keys.
        step: usize,
    },
    /// Nobody knows.
    Unknown,
}

impl KeySpec {
    /// One key at `index`.
    pub const fn one(index: usize, access: u32) -> KeySpec {
        KeySpec::range(index, 0, 1, access)
    }

    /// Keys from `index` to `last` (relative to the first, from the end when negative), every
    /// `step` arguments.
    pub const fn range(index: usize, last: isize, step: usize, access: u32) -> KeySpec {
        KeySpec {
            access,
            begin: Begin::Index(index),
            find: Find::Range {
                last,
                step,
                limit: 0,
            },
            notes: "",
        }
    }

    /// A count of keys at `index`, the keys behind it.
    pub const fn counted(index: usize, access: u32) -> KeySpec {
        KeySpec {
            access,
            begin: Begin::Index(index),
            find: Find::Count {
                at: 0,
                first: 1,
                step: 1,
            },
            notes: "",
        }
    }

    /// The same with a remark.
    pub const fn noting(self, notes: &'static str) -> KeySpec {
        KeySpec { notes, ..self }
    }

    /// The indices of its keys among `args`; none where the arguments do not fit.
    pub fn indices(&self, args: Args<'_>) -> Vec<usize> {
        let Some(begin) = self.begin(args) else {
            return Vec::new();
        };
        let (first, last, step) = match self.find {
            Find::Unknown => return Vec::new(),
            Find::Range { last, step, limit } => {
                let end = args.len() - 1;
                let last = match usize::try_from(last) {
                    Ok(last) => begin + last,
                    Err(_) if limit > 1 => begin + (end - begin) / limit,
                    Err(_) => (end + 1).saturating_sub(last.unsigned_abs()),
                };
                (begin, last, step)
            }
            Find::Count { at, first, step } => {
                let count = args.get(begin + at).map(crate::args::int);
                let Some(Ok(count @ 1..)) = count else {
                    return Vec::new();
                };
                let first = begin + first;
                let span = usize::try_from(count - 1).unwrap_or(usize::MAX);
                (first, first.saturating_add(span.saturating_mul(step)), step)
            }
        };
        if last >= args.len() {
            return Vec::new();
        }
        (first..=last).step_by(step).collect()
    }

    fn begin(&self, args: Args<'_>) -> Option<usize> {
        match self.begin {
            Begin::Index(index) => (index < args.len()).then_some(index),
            Begin::Keyword(word, from) => {
                let is_word = |&index: &usize| crate::args::is(args[index], word);
                let found = match usize::try_from(from) {
                    Ok(from) => (from..args.len()).find(is_word),
                    Err(_) => (1..=args.len().checked_sub(from.unsigned_abs())?)
                        .rev()
                        .find(is_word),
                }?;
                (found + 1 < args.len()).then_some(found + 1)
            }
            Begin::Hidden(word) => {
                let is_word = |&index: &usize| crate::args::is(args[index], word);
                (1..args.len() - 1).rev().find(is_word).map(|at| at + 1)
            }
            Begin::Unknown => None,
        }
    }
}

impl Command {
    /// The indices of all keys among `args` and what is done with each, a union of the bits of [`access`], in
    /// the order of the key specifications.
    pub fn key_uses<'a>(&'a self, args: Args<'a>) -> impl Iterator<Item = (usize, u32)> + 'a {
        let specs = self.keys.iter();
        let specs = specs.filter(|spec| spec.access & access::NOT_KEY == 0);
        specs.flat_map(move |spec| {
            let used = match self.uses {
                Some(uses) if spec.access & access::VARIABLE_FLAGS != 0 => uses(args),
                _ => spec.access & !(access::VARIABLE_FLAGS | access::INCOMPLETE),
            };
            spec.indices(args).into_iter().map(move |at| (at, used))
        })
    }

    /// The indices of all keys among `args`, in the order of the key specifications.
    pub fn key_indices(&self, args: Args<'_>) -> Vec<usize> {
        self.keys
            .iter()
            .flat_map(|spec| spec.indices(args))
            .collect()
    }
}

/// Every command, family by family.
pub fn all() -> impl Iterator<Item = &'static Command> {
    crate::commands::FAMILIES.iter().copied().flatten()
}

/// Every command that the server has too, family by family.
pub fn of_server() -> impl Iterator<Item = &'static Command> {
    all().filter(|command| !command.is_own())
}

/// A name of at most sixteen bytes in any case as two words, so that it is hashed and compared without a loop: the
/// first eight bytes and the last, in lower case.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Name(u64, u64);

impl Name {
    #[inline]
    fn new(name: &[u8]) -> Option<Name> {
        let len = name.len();
        match len {
            0..=8 => Some(Name(lower_case(word(name)), 0)),
            9..=16 => {
                let (first, last) = (word(&name[..8]), word(&name[len - 8..]));
                Some(Name(lower_case(first), lower_case(last)))
            }
            _ => None,
        }
    }

    /// Where the search for it begins.
    #[inline]
    fn place(self) -> usize {
        const K: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed = (self.0 ^ self.1.rotate_left(32)).wrapping_mul(K);
        (mixed >> (64 - INDEX_BITS)) as usize
    }
}

/// Eight bytes at once in lower case.
#[inline]
fn lower_case(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let low = word & !HIGH;
    // The highest bit of each byte says whether it is at least that letter.
    let from_a = low + ONES * (0x80 - b'A' as u64);
    let beyond_z = low + ONES * (0x7f - b'Z' as u64);
    let is_upper = (from_a ^ beyond_z) & !word & HIGH;
    word | is_upper >> 2
}

/// The binary logarithm of how many places the index has: twice as many as there are commands, or more.
const INDEX_BITS: u32 = 10;

/// Commands by their names: a command is at the place of its name or the next that was free. Those with longer
/// names are in a list.
struct Index {
    places: Box<[Option<(Name, &'static Command)>; 1 << INDEX_BITS]>,
    longer: Vec<&'static Command>,
}

impl Index {
    fn new() -> Index {
        let mut index = Index {
            places: Box::new([None; 1 << INDEX_BITS]),
            longer: Vec::new(),
        };
        for command in all() {
            match Name::new(command.name.as_bytes()) {
                Some(name) => {
                    let place = index.place(name);
                    index.places[place] = Some((name, command));
                }
                None => index.longer.push(command),
            }
        }
        index
    }

    /// The place at which a command stands or would.
    #[inline]
    fn place(&self, name: Name) -> usize {
        let mut place = name.place();
        while let Some((known, _)) = self.places[place]
            && known != name
        {
            place = (place + 1) % self.places.len();
        }
        place
    }

    #[cold]
    fn find_longer(&self, name: &[u8]) -> Option<&'static Command> {
        let mut longer = self.longer.iter().copied();
        longer.find(|command| crate::args::is(name, command.name))
    }
}

/// The command of that name, in any case.
#[inline(always)]
pub fn find(name: &[u8]) -> Option<&'static Command> {
    static INDEX: OnceLock<Index> = OnceLock::new();
    let index = INDEX.get_or_init(Index::new);
    match Name::new(name) {
        Some(words) => {
            let (_, command) = index.places[index.place(words)]?;
            // Zeros at the end of a name are not told from none.
            (command.name.len() == name.len()).then_some(command)
        }
        None => index.find_longer(name),
    }
}

/// The command or subcommand of that full name, such as `object|encoding`, in any case.
pub fn named(name: &[u8]) -> Option<&'static Command> {
    let mut parts = name.splitn(2, |&byte| byte == b'|');
    let command = find(parts.next()?)?;
    match parts.next() {
        Some(_) => {
            let mut subcommands = command.subcommands.iter();
            subcommands.find(|sub| crate::args::is(name, sub.name))
        }
        None => Some(command),
    }
}

/// The command that these words call: a subcommand where there is one. `None` when there is no such command or
/// subcommand.
#[inline(always)]
pub fn called(args: &[&[u8]]) -> Option<&'static Command> {
    let command = find(args.first()?)?;
    match args.get(1) {
        Some(name) if !command.subcommands.is_empty() => command.subcommand(name),
        _ => Some(command),
    }
}

/// What is said of words that call no command.
#[cold]
pub fn not_called(args: &[&[u8]]) -> CommandError {
    match (args, args.first().and_then(|name| find(name))) {
        ([_, subcommand, ..], Some(command)) => {
            errors::unknown_subcommand(command.name, subcommand)
        }
        _ => errors::unknown_command(args),
    }
}

/// As [`called`].
///
/// # Errors
/// When there is no such command or subcommand.
pub fn resolve(args: &[&[u8]]) -> Result<&'static Command, CommandError> {
    called(args).ok_or_else(|| not_called(args))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_well_formed() {
        let mut names = std::collections::BTreeSet::new();
        let subs = all().flat_map(|command| command.subcommands);
        for row in all().chain(subs) {
            assert!(names.insert(row.name), "{} twice", row.name);
            assert_eq!(row.name, row.name.to_ascii_lowercase());
            assert!(!row.summary.is_empty(), "{} has no summary", row.name);
            assert!(
                !(row.has(flag::WRITE) && row.has(flag::READONLY)),
                "{} is write and readonly",
                row.name
            );
            assert!(
                !row.examples.is_empty() || !row.subcommands.is_empty(),
                "{} has no example",
                row.name
            );
        }
    }

    #[test]
    fn finds_commands_in_any_case_and_nothing_else() {
        assert!(all().count() <= (1 << INDEX_BITS) / 2);
        for command in all() {
            let found = |name: &str| find(name.as_bytes()).map(|found| found.name);
            assert_eq!(found(command.name), Some(command.name));
            let upper = command.name.to_ascii_uppercase();
            assert_eq!(found(&upper), Some(command.name));
            for (at, byte) in upper.bytes().enumerate() {
                for other in [byte ^ 0x20, byte ^ 0x40, byte ^ 0x80, byte - 1, 0] {
                    let mut changed = upper.clone().into_bytes();
                    changed[at] = other;
                    let is_known =
                        |command: &Command| changed.eq_ignore_ascii_case(command.name.as_bytes());
                    assert_eq!(find(&changed).is_some(), all().any(is_known));
                }
            }
        }
        for name in [
            "",
            "get\0",
            "ge",
            "georadiusbymember_r",
            "a name that no command would have",
        ] {
            assert!(find(name.as_bytes()).is_none());
        }
    }

    #[test]
    fn finds_keys() {
        let keys = |spec: KeySpec, line: &str| {
            let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            spec.indices(Args::new(&words))
        };
        assert_eq!(keys(KeySpec::one(1, access::RO), "get k"), [1]);
        assert_eq!(
            keys(KeySpec::range(1, -1, 1, access::RM), "del a b c"),
            [1, 2, 3]
        );
        assert_eq!(
            keys(KeySpec::range(1, -1, 2, access::OW), "mset a 1 b 2"),
            [1, 3]
        );
        assert_eq!(
            keys(KeySpec::counted(1, access::RO), "sintercard 2 a b LIMIT 1"),
            [2, 3]
        );
        assert!(keys(KeySpec::counted(1, access::RO), "sintercard 9 a b").is_empty());
        let streams = || KeySpec {
            access: access::RO,
            begin: Begin::Keyword("STREAMS", 1),
            find: Find::Range {
                last: -1,
                step: 1,
                limit: 2,
            },
            notes: "",
        };
        assert_eq!(keys(streams(), "xread count 1 streams a b 0 0"), [4, 5]);
    }
}
