//! What is wrong with the operands of operators.

use evalua_redis::examples;
use evalua_syntax::ast::{BinaryOp, ExprId, ExprKind};

use super::{Example, Outcome, Rule};
use crate::flow::Walker;
use crate::value::{Source, Types, Value};

/// A number compared to a string.
pub const NUMBER_COMPARED_TO_STRING: Rule = Rule {
    name: "number-compared-to-string",
    summary: "a number is compared to a string",
    explanation: "Arguments, and most replies, are strings, and Lua compares them with numbers as they are: == is always false, < and its like end the script with an error. Convert with tonumber first.",
    failing: examples![
        Example {
            script: "if ARGV[1] == 5 then return 'five' end\nreturn 'something else'",
            outcome: Outcome::Reply("\"something else\""),
        },
        Example {
            script: "local count = redis.call('INCR', KEYS[1])\nif count > ARGV[1] then return 'too many' end\nreturn count",
            outcome: Outcome::Error("attempt to compare string with number"),
        },
        Example {
            script: "redis.call('SET', KEYS[1], 1)\nif redis.call('EXISTS', KEYS[1]) == '1' then return 'there' end\nreturn 'not there'",
            outcome: Outcome::Reply("\"not there\""),
        },
    ],
    passing: examples![
        "if tonumber(ARGV[1]) == 5 then return 'five' end\nreturn 'something else'",
        "if ARGV[1] == '5' then return 'five' end\nreturn 'something else'",
    ],
};

/// An operand that is no number or string.
pub const BAD_OPERAND: Rule = Rule {
    name: "bad-operand",
    summary: "something is computed with that is no number",
    explanation: "Arithmetic with a table, a boolean or nil ends the script with an error, and so does .. with them; + does not join strings, which is what .. is for.",
    failing: examples![
        Example {
            script: "return redis.call('TIME') * 1000",
            outcome: Outcome::Error("attempt to perform arithmetic on a table value"),
        },
        Example {
            script: "return 'user:' + ARGV[1]",
            outcome: Outcome::Error("attempt to perform arithmetic on a string value"),
        },
        Example {
            script: "local total\nfor i = 1, 3 do total = total + i end\nreturn total .. nil",
            outcome: Outcome::Error("attempt to"),
        },
    ],
    passing: examples![
        "return redis.call('TIME')[1] * 1000",
        "return 'user:' .. ARGV[1]",
        "return '5' + ARGV[1]",
    ],
};

impl Walker<'_, '_> {
    /// Looks at an operand of arithmetic.
    pub(crate) fn check_arithmetic(&mut self, op: BinaryOp, operand: ExprId, value: Value) {
        if let Source::Text(text) = value.source {
            let text = self.arena.str(text);
            if evalua_syntax::parse_number(text).is_none() {
                let advice = if op == BinaryOp::Add {
                    "strings are joined with .."
                } else {
                    "it is no number"
                };
                let span = self.arena.expr(operand).span;
                self.find(
                    &BAD_OPERAND,
                    span,
                    format!("this string cannot be computed with: {advice}"),
                );
                return;
            }
        }
        self.check_operand(operand, value, "computed with");
    }

    /// Looks at an operand of which a number or string is made.
    pub(crate) fn check_operand(&mut self, operand: ExprId, value: Value, what: &str) {
        if value.types.is(Types::ANY.without(Types::OPERAND)) {
            let kind = value
                .types
                .name()
                .map_or("this".to_owned(), |name| match name {
                    "nil" => "this is nil, and".to_owned(),
                    name => format!("this is a {name}, and"),
                });
            // A table may have operators of its own.
            let is_own_table = value.types.may_be(Types::TABLE)
                && !matches!(
                    value.source,
                    Source::Reply(_) | Source::Keys | Source::Arguments
                );
            if !is_own_table && !value.types.may_be(Types::FUNCTION) {
                let span = self.arena.expr(operand).span;
                self.find(&BAD_OPERAND, span, format!("{kind} cannot be {what}"));
            }
            return;
        }
        self.check_missing(operand, value, what);
    }

    /// Looks at a comparison.
    pub(crate) fn check_comparison(
        &mut self,
        id: ExprId,
        op: BinaryOp,
        left: (ExprId, Value),
        right: (ExprId, Value),
    ) {
        let is_equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
        for (this, other) in [(left, right), (right, left)] {
            if is_equality && matches!(self.arena.expr(other.0).kind, ExprKind::Nil) {
                self.check_nil(id, op, this.0, this.1);
            }
            if is_equality {
                self.check_status(id, this.1, other.1);
                self.check_boolean(id, op, this.1, other.1);
            }
            self.check_number_with_string(id, is_equality, this.1, other.1);
        }
    }

    fn check_number_with_string(
        &mut self,
        id: ExprId,
        is_equality: bool,
        number: Value,
        string: Value,
    ) {
        let may_be_only =
            |value: Value, types| value.types.may_be(types) && value.types.is(types | Types::FALSY);
        // What is nil or false may be equal, if both can be.
        let is_sure = match is_equality {
            true => number.types.is(Types::NUMBER) || string.types.is(Types::STRING),
            false => number.types.is(Types::NUMBER),
        };
        if !may_be_only(number, Types::NUMBER) || !may_be_only(string, Types::STRING) || !is_sure {
            return;
        }
        let message = if is_equality {
            "a number is never equal to a string: convert one of them, with tonumber or tostring"
        } else {
            "a number cannot be compared with a string: convert it with tonumber"
        };
        let span = self.arena.expr(id).span;
        self.find(&NUMBER_COMPARED_TO_STRING, span, message);
    }
}
