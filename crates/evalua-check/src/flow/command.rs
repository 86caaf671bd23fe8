//! Calls of `redis.call` and `redis.pcall`.

use evalua_redis::table::{self, Command};
use evalua_syntax::ast::{ExprId, Span};

use super::Walker;
use crate::replies::{self, Shape};
use crate::value::{Number, Origin, Reply, Source, Types, Value};

/// A call of a command.
pub(crate) struct CommandCall<'c> {
    /// The whole call.
    pub(crate) span: Span,
    pub(crate) command: &'static Command,
    /// Whether it is `redis.pcall`.
    pub(crate) is_protected: bool,
    /// The words, as expressions; the command's name is the first.
    pub(crate) exprs: &'c [ExprId],
    /// What is known of them.
    pub(crate) values: &'c [Value],
    /// The words that stand in the script.
    pub(crate) words: &'c [Option<Vec<u8>>],
    /// Whether the last expression may be any number of words.
    pub(crate) is_open: bool,
}

impl CommandCall<'_> {
    /// How many words there are, if that is known.
    pub(crate) fn count(&self) -> Option<usize> {
        (!self.is_open).then_some(self.values.len())
    }

    /// How many words there are at least.
    pub(crate) fn least(&self) -> usize {
        self.values.len() - usize::from(self.is_open)
    }

    /// The command as it is to be named to people.
    pub(crate) fn name(&self) -> String {
        shown(self.command.name)
    }
}

/// A command's name as documentation has it.
pub(crate) fn shown(command: &str) -> String {
    command.to_ascii_uppercase().replace('|', " ")
}

impl Walker<'_, '_> {
    /// A call of a command, whose words have been walked.
    pub(super) fn command(
        &mut self,
        id: ExprId,
        is_protected: bool,
        exprs: &[ExprId],
        values: &[Value],
    ) -> Value {
        let span = self.arena.expr(id).span;
        let is_open = exprs.last().is_some_and(|&last| self.is_open(last));
        self.check_arguments(exprs, values, is_open);
        let words: Vec<_> = values.iter().map(|value| self.literal(value)).collect();
        let unknown = Value {
            origin: Origin::REPLY,
            ..Value::ANY
        };
        let Some(Some(_)) = words.first() else {
            return unknown;
        };
        if is_open && exprs.len() == 1 {
            return unknown;
        }
        let known: Vec<&[u8]> = words.iter().map_while(|word| word.as_deref()).collect();
        let command = match table::resolve(&known) {
            // Nobody knows which subcommand it is.
            Ok(command)
                if !command.subcommands.is_empty() && known.len() == 1 && values.len() > 1 =>
            {
                return unknown;
            }
            Ok(command) if !command.is_own() => command,
            _ => {
                self.check_known(span, exprs, &known);
                return unknown;
            }
        };
        let call = CommandCall {
            span,
            command,
            is_protected,
            exprs,
            values,
            words: &words,
            is_open,
        };
        self.check_command(&call);
        let is_expected = self.check_keys(&call);
        self.reply(&call, is_expected)
    }

    /// The word that a value is, where it stands in the script.
    pub(crate) fn literal(&self, value: &Value) -> Option<Vec<u8>> {
        match value.source {
            Source::Text(text) => Some(self.arena.str(text).to_vec()),
            Source::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                Some(format!("{number:.0}").into_bytes())
            }
            _ => None,
        }
    }

    fn reply(&self, call: &CommandCall<'_>, is_expected: bool) -> Value {
        let literals: Vec<_> = call.words.iter().map(Option::as_deref).collect();
        let shape = if self.uses.speaks_resp3 {
            Shape::Unknown
        } else {
            replies::shape(call.command.name, call.count(), &literals)
        };
        if shape == Shape::Unknown {
            return Value {
                origin: Origin::REPLY,
                ..Value::ANY
            };
        }
        let items = match (call.command.name, call.count()) {
            ("time", _) => Some(2),
            ("hmget" | "zmscore" | "smismember" | "geohash", Some(count)) => {
                Some(count.saturating_sub(2))
            }
            ("mget", Some(count)) => Some(count - 1),
            _ => None,
        };
        let types = if call.is_protected {
            shape.types() | Types::TABLE
        } else {
            shape.types()
        };
        let number = if shape == Shape::Integer {
            Number::Whole
        } else {
            Number::Unknown
        };
        Value {
            origin: Origin::REPLY,
            number,
            ..Value::of(types)
        }
        .with_source(Source::Reply(Reply {
            command: call.command.name,
            shape,
            items,
            is_protected: call.is_protected,
            is_expected,
            is_unbounded: is_unbounded(call),
        }))
    }
}

/// Whether a call asks for everything that there is, however much.
fn is_unbounded(call: &CommandCall<'_>) -> bool {
    let is = |at: usize, word: &[u8]| {
        call.words
            .get(at)
            .is_some_and(|known| known.as_deref() == Some(word))
    };
    match call.command.name {
        "keys" | "smembers" | "hgetall" | "hkeys" | "hvals" | "sunion" | "sinter" | "sdiff"
        | "zunion" | "zinter" | "zdiff" => true,
        "lrange" => is(2, b"0") && is(3, b"-1"),
        "zrange" | "zrevrange" => {
            let plain = call.count().is_some_and(|count| count <= 5);
            plain && is(2, b"0") && is(3, b"-1")
        }
        "zrangebyscore" | "zrevrangebyscore" | "zrangebylex" | "zrevrangebylex" => {
            call.count().is_some_and(|count| count <= 5)
        }
        _ => false,
    }
}
