//! What is known of a value before the script runs.

use std::ops::{BitAnd, BitOr};

use evalua_syntax::ast::{ExprId, StrId};

use crate::replies::Shape;

/// A set of types; `true` and `false` are two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Types(u8);

impl Types {
    pub(crate) const NONE: Types = Types(0);
    pub(crate) const NIL: Types = Types(1);
    pub(crate) const FALSE: Types = Types(1 << 1);
    pub(crate) const TRUE: Types = Types(1 << 2);
    pub(crate) const NUMBER: Types = Types(1 << 3);
    pub(crate) const STRING: Types = Types(1 << 4);
    pub(crate) const TABLE: Types = Types(1 << 5);
    pub(crate) const FUNCTION: Types = Types(1 << 6);
    /// Anything: the last bit stands for userdata and coroutines.
    pub(crate) const ANY: Types = Types(u8::MAX);

    pub(crate) const BOOLEAN: Types = Types(Types::FALSE.0 | Types::TRUE.0);
    /// What counts as false in a condition.
    pub(crate) const FALSY: Types = Types(Types::NIL.0 | Types::FALSE.0);
    /// What can be computed with, and joined to strings.
    pub(crate) const OPERAND: Types = Types(Types::NUMBER.0 | Types::STRING.0);

    pub(crate) const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Types) -> Types {
        Types(self.0 & !other.0)
    }

    /// Whether a value may be of one of these.
    pub(crate) const fn may_be(self, some: Types) -> bool {
        self.0 & some.0 != 0
    }

    /// Whether a value is surely of one of these. There is no value without a type: what is known of code
    /// that never runs is known to be nothing.
    pub(crate) const fn is(self, some: Types) -> bool {
        self.0 != 0 && self.0 & !some.0 == 0
    }

    /// The only type in the set, as Lua names it.
    pub(crate) fn name(self) -> Option<&'static str> {
        Some(match self {
            Types::NIL => "nil",
            Types::FALSE | Types::TRUE | Types::BOOLEAN => "boolean",
            Types::NUMBER => "number",
            Types::STRING => "string",
            Types::TABLE => "table",
            Types::FUNCTION => "function",
            _ => return None,
        })
    }

    /// The set that has what `type` names so.
    pub(crate) fn named(name: &[u8]) -> Option<Types> {
        Some(match name {
            b"nil" => Types::NIL,
            b"boolean" => Types::BOOLEAN,
            b"number" => Types::NUMBER,
            b"string" => Types::STRING,
            b"table" => Types::TABLE,
            b"function" => Types::FUNCTION,
            _ => return None,
        })
    }
}

impl BitOr for Types {
    type Output = Types;

    fn bitor(self, other: Types) -> Types {
        self.or(other)
    }
}

impl BitAnd for Types {
    type Output = Types;

    fn bitand(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }
}

/// What the parts of a string come from: a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin(u8);

impl Origin {
    pub(crate) const LITERAL: Origin = Origin(1);
    pub(crate) const ARGUMENT: Origin = Origin(1 << 1);
    pub(crate) const KEY: Origin = Origin(1 << 2);
    pub(crate) const REPLY: Origin = Origin(1 << 3);
    pub(crate) const UNKNOWN: Origin = Origin(1 << 4);

    pub(crate) const fn or(self, other: Origin) -> Origin {
        Origin(self.0 | other.0)
    }

    /// All others.
    pub(crate) const fn complement(self) -> Origin {
        Origin(!self.0)
    }

    /// Whether all parts come from one of these.
    pub(crate) const fn is(self, some: Origin) -> bool {
        self.0 & !some.0 == 0
    }
}

/// What is known of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    Unknown,
    /// It has no fraction.
    Whole,
    /// It has none, and others may divide it: a length, a product, what a remainder was taken from.
    Divisible,
    /// Unless by chance, it has one.
    Fraction,
}

/// The reply that a value is, or comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reply {
    /// The name of the command, as the table has it.
    pub(crate) command: &'static str,
    pub(crate) shape: Shape,
    /// How many items the reply has, where the call tells.
    pub(crate) items: Option<usize>,
    /// Whether an error comes back as a table.
    pub(crate) is_protected: bool,
    /// Whether the key may be known to be there: an earlier command of the script named it, or it is not
    /// known which key it is.
    pub(crate) is_expected: bool,
    /// Whether it has everything that there is, however much.
    pub(crate) is_unbounded: bool,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Source {
    Unknown,
    /// A string in the script.
    Text(StrId),
    /// A number in the script.
    Number(f64),
    /// What the sandbox has under that name.
    Global(StrId),
    /// What a library of the sandbox has under that name.
    Field(StrId, StrId),
    /// KEYS itself.
    Keys,
    /// The key of that number.
    Key(u32),
    /// ARGV itself.
    Arguments,
    /// The reply of a command.
    Reply(Reply),
    /// An item of such a reply.
    Item(Reply),
    /// What `tonumber` made of such a reply or item.
    Converted(Reply),
    /// A table constructor.
    Table(ExprId),
}

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) types: Types,
    pub(crate) source: Source,
    pub(crate) origin: Origin,
    pub(crate) number: Number,
    /// The slot of every key that starts as this string does.
    pub(crate) slot: Option<u16>,
}

impl Value {
    /// Nothing is known.
    pub(crate) const ANY: Value = Value::of(Types::ANY);

    /// Of these types, from anywhere.
    pub(crate) const fn of(types: Types) -> Value {
        Value {
            types,
            source: Source::Unknown,
            origin: Origin::UNKNOWN,
            number: Number::Unknown,
            slot: None,
        }
    }

    /// A number that is so.
    pub(crate) const fn number(number: Number) -> Value {
        Value {
            number,
            ..Value::of(Types::NUMBER)
        }
    }

    pub(crate) const fn with_source(self, source: Source) -> Value {
        Value { source, ..self }
    }

    pub(crate) const fn with_types(self, types: Types) -> Value {
        Value { types, ..self }
    }

    /// What is known where a value is this one or the other.
    pub(crate) fn join(self, other: Value) -> Value {
        if self == other {
            return self;
        }
        let same_source = self.source == other.source;
        Value {
            types: self.types | other.types,
            source: if same_source {
                self.source
            } else {
                Source::Unknown
            },
            origin: self.origin.or(other.origin),
            number: if self.number == other.number {
                self.number
            } else {
                Number::Unknown
            },
            slot: self.slot.filter(|_| self.slot == other.slot),
        }
    }
}
