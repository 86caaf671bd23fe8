//! The rules: their table, and what finds them.
//!
//! A row stands in the file of its family, beside the code that looks for it. To add one: its row there, its
//! name in [`ALL`], and a call from the walk. Its examples are run as tests: what is said of a failing one is
//! looked up in a run on an engine.

use std::fmt;

pub mod arrays;
pub mod calls;
pub mod keys;
pub mod names;
pub mod operands;
pub mod replies;
pub mod returns;
pub mod statements;
pub mod syntax;

/// A rule.
pub struct Rule {
    /// Its name, as it is allowed by: `wrong-arity`.
    pub name: &'static str,
    /// What it is about, in one line without a full stop.
    pub summary: &'static str,
    /// Why that is wrong, and what to do instead: a paragraph.
    pub explanation: &'static str,
    /// Scripts that break it, and no other.
    pub failing: &'static [Example],
    /// Scripts like these that break none.
    pub passing: &'static [&'static str],
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rule").field(&self.name).finish()
    }
}

/// A script that breaks a rule.
#[derive(Debug)]
pub struct Example {
    /// The script.
    pub script: &'static str,
    /// What comes of it, with the keys `a` and `b`, and the arguments `5` and `x`.
    pub outcome: Outcome,
}

/// What comes of a script on an empty engine.
#[derive(Debug)]
pub enum Outcome {
    /// An error that contains this.
    Error(&'static str),
    /// This reply, as redis-cli prints it.
    Reply(&'static str),
    /// An end only when it is stopped.
    Endless,
    /// Nothing that could be seen in one run, for this reason.
    Later(&'static str),
}

/// Every rule, in the order of the documentation.
pub const ALL: &[&Rule] = &[
    &syntax::SYNTAX_ERROR,
    &syntax::BAD_SHEBANG,
    &syntax::UNKNOWN_ESCAPE,
    &syntax::UNKNOWN_RULE,
    &calls::UNKNOWN_COMMAND,
    &calls::WRONG_ARITY,
    &calls::COMMAND_NOT_ALLOWED,
    &calls::WRITE_IN_READ_ONLY,
    &calls::BAD_ARGUMENT,
    &calls::FRACTION_AS_INTEGER,
    &calls::EMPTY_UNPACK,
    &calls::UNBOUNDED_UNPACK,
    &keys::KEY_NOT_DECLARED,
    &keys::KEYS_IN_DIFFERENT_SLOTS,
    &keys::WALK_OF_ALL_KEYS,
    &replies::REPLY_COMPARED_TO_NIL,
    &replies::REPLY_COMPARED_TO_BOOLEAN,
    &replies::STATUS_COMPARED_TO_STRING,
    &replies::REPLY_ALWAYS_TRUE,
    &replies::REPLY_USED_UNCHECKED,
    &replies::FIELD_OF_LIST,
    &replies::UNCHECKED_PCALL,
    &operands::NUMBER_COMPARED_TO_STRING,
    &operands::BAD_OPERAND,
    &arrays::INDEX_FROM_ZERO,
    &arrays::LENGTH_WITH_HOLES,
    &arrays::DUPLICATE_KEY,
    &returns::FRACTION_RETURNED,
    &returns::NIL_IN_ARRAY,
    &returns::FIELDS_NOT_SENT,
    &returns::ERROR_REPLY_DROPPED,
    &names::GLOBAL_WRITE,
    &names::UNDECLARED_GLOBAL,
    &names::UNKNOWN_FIELD,
    &names::UNUSED_LOCAL,
    &statements::UNREACHABLE_CODE,
    &statements::ENDLESS_LOOP,
    &statements::CONCAT_IN_LOOP,
];

/// The rule of that name.
pub fn named(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.name == name)
}
