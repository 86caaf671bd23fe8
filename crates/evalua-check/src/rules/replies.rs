//! What is wrong with how the reply of a command is used.

use evalua_redis::examples;
use evalua_redis::table::flag;
use evalua_syntax::ast::{BinaryOp, ExprId, ExprKind, LocalId, UnaryOp};

use super::{Example, Outcome, Rule};
use crate::flow::Walker;
use crate::flow::command::shown;
use crate::replies::Shape;
use crate::value::{Reply, Source, Types, Value};

/// A reply compared to nil.
pub const REPLY_COMPARED_TO_NIL: Rule = Rule {
    name: "reply-compared-to-nil",
    summary: "a reply is compared to nil, which it never is",
    explanation: "What is not there comes to Lua as false, never as nil, so that == nil is always false and ~= nil always true. Write `not value`, or compare to false.",
    failing: examples![
        Example {
            script: "return redis.call('GET', KEYS[1]) == nil and 'none' or 'some'",
            outcome: Outcome::Reply("\"some\""),
        },
        Example {
            script: "local value = redis.call('HGET', KEYS[1], 'name')\nif value ~= nil then return 'some' end\nreturn 'none'",
            outcome: Outcome::Reply("\"some\""),
        },
        Example {
            script: "local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'time')\nif bucket[1] == nil then return 'none' end\nreturn 'some'",
            outcome: Outcome::Reply("\"some\""),
        },
    ],
    passing: examples![
        "if not redis.call('GET', KEYS[1]) then return 'none' end\nreturn 'some'",
        "local count = tonumber(redis.call('GET', KEYS[1]))\nif count == nil then return 0 end\nreturn count",
        "redis.setresp(3)\nif redis.call('GET', KEYS[1]) == nil then return 'none' end\nreturn 'some'",
    ],
};

/// A status compared to a string.
pub const STATUS_COMPARED_TO_STRING: Rule = Rule {
    name: "status-compared-to-string",
    summary: "a status reply is compared to a string, and is a table",
    explanation: "The reply OK of SET, or what TYPE replies, is a table with the text in its field ok, which no string is equal to. Compare that field.",
    failing: examples![
        Example {
            script: "if redis.call('SET', KEYS[1], 1) == 'OK' then return 'set' end\nreturn 'not set'",
            outcome: Outcome::Reply("\"not set\""),
        },
        Example {
            script: "redis.call('SADD', KEYS[1], 1)\nlocal kind = redis.call('TYPE', KEYS[1])\nif kind == 'set' then return 'a set' end\nreturn 'no set'",
            outcome: Outcome::Reply("\"no set\""),
        },
        Example {
            script: "if redis.call('PING') == 'PONG' then return 'up' end\nreturn 'down'",
            outcome: Outcome::Reply("\"down\""),
        },
    ],
    passing: examples![
        "if redis.call('TYPE', KEYS[1]).ok == 'set' then return 'a set' end\nreturn 'no set'",
        "if redis.call('SET', KEYS[1], 1, 'NX') then return 'set' end\nreturn 'not set'",
    ],
};

/// A reply compared to a boolean.
pub const REPLY_COMPARED_TO_BOOLEAN: Rule = Rule {
    name: "reply-compared-to-boolean",
    summary: "a reply is compared to true or false, which it never is",
    explanation: "EXISTS, SISMEMBER and their like reply with a number, 1 or 0, which is equal to neither true nor false. No reply is true, and only those that may find nothing are false: what GET finds is a string. Compare numbers to numbers, and test the others as they are: `if value then`.",
    failing: examples![
        Example {
            script: "redis.call('SET', KEYS[1], 1)\nif redis.call('EXISTS', KEYS[1]) == true then return 'there' end\nreturn 'not there'",
            outcome: Outcome::Reply("\"not there\""),
        },
        Example {
            script: "local is_member = redis.call('SISMEMBER', KEYS[1], ARGV[1])\nif is_member == false then return 'no member' end\nreturn 'a member'",
            outcome: Outcome::Reply("\"a member\""),
        },
        Example {
            script: "if redis.call('SET', KEYS[1], 1, 'NX') == true then return 'set' end\nreturn 'not set'",
            outcome: Outcome::Reply("\"not set\""),
        },
    ],
    passing: examples![
        "if redis.call('EXISTS', KEYS[1]) == 1 then return 'there' end\nreturn 'not there'",
        "if redis.call('GET', KEYS[1]) == false then return 'none' end\nreturn 'some'",
        "if redis.call('SET', KEYS[1], 1, 'NX') then return 'set' end\nreturn 'not set'",
        "redis.setresp(3)\nif redis.call('GET', KEYS[1]) == true then return 'true' end\nreturn 'something else'",
    ],
};

/// A reply that is always true.
pub const REPLY_ALWAYS_TRUE: Rule = Rule {
    name: "reply-always-true",
    summary: "a condition is a number or a table, which is always true",
    explanation: "Only nil and false are false in Lua: 0 is true, and so is an empty table. What EXISTS replies is to be compared to 1, the length of a list to 0.",
    failing: examples![
        Example {
            script: "if redis.call('EXISTS', KEYS[1]) then return 'there' end\nreturn 'not there'",
            outcome: Outcome::Reply("\"there\""),
        },
        Example {
            script: "local members = redis.call('SMEMBERS', KEYS[1])\nif not members then return 'none' end\nreturn 'some'",
            outcome: Outcome::Reply("\"some\""),
        },
        Example {
            script: "local members = redis.call('SMEMBERS', KEYS[1])\nif #members then return 'some' end\nreturn 'none'",
            outcome: Outcome::Reply("\"some\""),
        },
    ],
    passing: examples![
        "if redis.call('EXISTS', KEYS[1]) == 1 then return 'there' end\nreturn 'not there'",
        "if #redis.call('SMEMBERS', KEYS[1]) > 0 then return 'some' end\nreturn 'none'",
        "if redis.call('GET', KEYS[1]) then return 'there' end\nreturn 'not there'",
    ],
};

/// A reply that may be false, used as if it could not be.
pub const REPLY_USED_UNCHECKED: Rule = Rule {
    name: "reply-used-unchecked",
    summary: "a reply that may be false is computed with",
    explanation: "When the key or field is not there, the reply is false, and arithmetic or .. with it ends the script with an error; tonumber makes nil of it, with the same end. So does the field ok of what SET replies with NX or XX, which is false when nothing was set. Give a default: `tonumber(value or 0)`, `value or ''`. A reply is not reported when an earlier command of the script named the same key, for then it may be known to be there.",
    failing: examples![
        Example {
            script: "return redis.call('GET', KEYS[1]) + 1",
            outcome: Outcome::Error("attempt to perform arithmetic on a boolean value"),
        },
        Example {
            script: "local name = redis.call('HGET', KEYS[1], 'name')\nreturn 'Hello, ' .. name",
            outcome: Outcome::Error("attempt to concatenate local 'name' (a boolean value)"),
        },
        Example {
            script: "local count = tonumber(redis.call('GET', KEYS[1]))\nreturn count + 1",
            outcome: Outcome::Error("attempt to perform arithmetic on local 'count' (a nil value)"),
        },
        Example {
            script: "return redis.call('SET', KEYS[1], 1, 'XX').ok",
            outcome: Outcome::Error("attempt to index a boolean value"),
        },
    ],
    passing: examples![
        "return (redis.call('GET', KEYS[1]) or 0) + 1",
        "local count = tonumber(redis.call('GET', KEYS[1]))\nif not count then return 1 end\nreturn count + 1",
        "if redis.call('EXISTS', KEYS[1]) == 0 then return 1 end\nreturn redis.call('GET', KEYS[1]) + 1",
    ],
};

/// A field of a reply that has none.
pub const FIELD_OF_LIST: Rule = Rule {
    name: "field-of-list",
    summary: "a field is read of a reply that has no fields",
    explanation: "HGETALL and its like reply with a list, in which names and values take turns, and GET with a string: neither has fields, and what is read is always nil. SET and its like reply with a table that has the field ok and no other; to read a field of a number, as INCR replies with, ends the script with an error. Go through the list in steps of two, or ask for the fields with HMGET.",
    failing: examples![
        Example {
            script: "redis.call('HSET', KEYS[1], 'name', 'Ada')\nlocal user = redis.call('HGETALL', KEYS[1])\nreturn user.name or 'nobody'",
            outcome: Outcome::Reply("\"nobody\""),
        },
        Example {
            script: "redis.call('SET', KEYS[1], 'x')\nreturn redis.call('GET', KEYS[1])[1] or 'nothing'",
            outcome: Outcome::Reply("\"nothing\""),
        },
        Example {
            script: "local visits = redis.call('INCR', KEYS[1])\nreturn visits.count",
            outcome: Outcome::Error("attempt to index local 'visits' (a number value)"),
        },
        Example {
            script: "local reply = redis.call('SET', KEYS[1], 'x')\nif reply.err then return 'failed' end\nreturn reply[1] or 'nothing'",
            outcome: Outcome::Reply("\"nothing\""),
        },
    ],
    passing: examples![
        "return redis.call('HMGET', KEYS[1], 'name')[1]",
        "return redis.call('SET', KEYS[1], 'x').ok",
        "local user = {}\nlocal flat = redis.call('HGETALL', KEYS[1])\nfor i = 1, #flat, 2 do user[flat[i]] = flat[i + 1] end\nreturn user.name",
    ],
};

/// The result of `redis.pcall` is not looked at.
pub const UNCHECKED_PCALL: Rule = Rule {
    name: "unchecked-pcall",
    summary: "an error that redis.pcall caught is not looked at",
    explanation: "redis.pcall gives an error as a table with the field err, and the script goes on. If that is not looked at, the error is lost, and the script goes on with a table where it expects a value. Look at the field, return the reply, or use redis.call.",
    failing: examples![
        Example {
            script: "redis.call('SADD', KEYS[1], 1)\nredis.pcall('INCR', KEYS[1])\nreturn 'counted'",
            outcome: Outcome::Reply("\"counted\""),
        },
        Example {
            script: "redis.call('SADD', KEYS[1], 1)\nlocal value = redis.pcall('GET', KEYS[1])\nreturn tostring(value):sub(1, 5)",
            outcome: Outcome::Reply("\"table\""),
        },
    ],
    passing: examples![
        "local reply = redis.pcall('INCR', KEYS[1])\nif type(reply) == 'table' and reply.err then return 0 end\nreturn reply",
        "return redis.pcall('INCR', KEYS[1])",
    ],
};

impl Walker<'_, '_> {
    /// Looks at a comparison of a value with nil.
    pub(crate) fn check_nil(&mut self, id: ExprId, op: BinaryOp, this: ExprId, value: Value) {
        let (reply, replied) = match value.source {
            Source::Reply(reply) => (reply, reply.shape.types()),
            Source::Item(reply) => (reply, reply.shape.item_types()),
            _ => return,
        };
        if value.types == Types::NONE || value.types.may_be(Types::NIL) {
            return;
        }
        // Who looks for false as well does not take nil for it.
        let is_known = replied.may_be(Types::FALSE) && !value.types.may_be(Types::FALSE);
        if is_known || (self.use_of(this)).is_some_and(|used| used.is_compared_to_false) {
            return;
        }
        let name = shown(reply.command);
        let result = if op == BinaryOp::Eq { "false" } else { "true" };
        let advice = if value.types.may_be(Types::FALSE) {
            "what is not there is false, so test `not value`"
        } else {
            "it is never false either"
        };
        let span = self.arena.expr(id).span;
        let message =
            format!("the reply of {name} is never nil, and this always {result}: {advice}");
        self.find(&REPLY_COMPARED_TO_NIL, span, message);
    }

    /// Looks at a comparison of a value with a string.
    pub(crate) fn check_status(&mut self, id: ExprId, value: Value, other: Value) {
        let Source::Reply(reply) = value.source else {
            return;
        };
        if !reply.shape.is_status() || reply.is_protected || !other.types.is(Types::STRING) {
            return;
        }
        let name = shown(reply.command);
        let span = self.arena.expr(id).span;
        let advice = match reply.shape {
            Shape::MaybeStatus => "test it as it is, for it is false where nothing was done",
            _ => "compare its field ok",
        };
        let message =
            format!("the reply of {name} is a table, which is equal to no string: {advice}");
        self.find(&STATUS_COMPARED_TO_STRING, span, message);
    }

    /// Looks at what is asked whether it is true.
    pub(crate) fn check_condition(&mut self, cond: ExprId, value: Value) {
        let expr = self.arena.expr(cond);
        let what = match (expr.kind, value.source) {
            (
                ExprKind::Unary {
                    op: UnaryOp::Len, ..
                },
                _,
            ) => "a length is a number, and 0 is true: compare it to 0".to_owned(),
            (_, Source::Reply(reply))
                if !reply.is_protected && !value.types.may_be(Types::FALSY) =>
            {
                let name = shown(reply.command);
                if reply.shape == Shape::Integer {
                    format!("{name} replies with a number, and 0 is true: compare it to a number")
                } else if reply.shape.is_list() {
                    format!(
                        "{name} replies with a table, and an empty one is true: compare its length to 0"
                    )
                } else {
                    return;
                }
            }
            _ => return,
        };
        if value.types != Types::NONE {
            self.find(&REPLY_ALWAYS_TRUE, expr.span, what);
        }
    }

    /// Looks at a value that is computed with and may be nil or false.
    pub(crate) fn check_missing(&mut self, operand: ExprId, value: Value, what: &str) {
        let (reply, is_converted) = match value.source {
            Source::Reply(reply) | Source::Item(reply) => (reply, false),
            Source::Converted(reply) => (reply, true),
            _ => return,
        };
        if !value.types.may_be(Types::FALSY) || !is_missing_false(reply, is_converted) {
            return;
        }
        if reply.is_expected || reply.is_protected || self.is_tested(operand) {
            return;
        }
        let name = shown(reply.command);
        let span = self.arena.expr(operand).span;
        let falsy = if is_converted { "nil" } else { "false" };
        let message = format!(
            "this is {falsy} when {name} finds nothing, and cannot be {what} then: give a default with `or`"
        );
        self.find(&REPLY_USED_UNCHECKED, span, message);
    }

    /// Whether some condition may depend on whether the value of an expression is there.
    fn is_tested(&self, expr: ExprId) -> bool {
        match self.arena.expr(expr).kind {
            ExprKind::Paren(inner) => self.is_tested(inner),
            ExprKind::Index { object, .. } => self.is_tested(object),
            ExprKind::Call { args, .. } => {
                self.arena.list(args).iter().any(|&arg| self.is_tested(arg))
            }
            ExprKind::Local(_) | ExprKind::Upvalue(_) => self
                .use_of(expr)
                .is_none_or(|used| used.is_tested || used.escapes),
            _ => false,
        }
    }

    /// Looks at a comparison of a value with a boolean.
    pub(crate) fn check_boolean(&mut self, id: ExprId, op: BinaryOp, value: Value, other: Value) {
        let (reply, replied) = match value.source {
            Source::Reply(reply) => (reply, reply.shape.types()),
            Source::Item(reply) => (reply, reply.shape.item_types()),
            Source::Converted(reply) => (reply, Types::NUMBER),
            _ => return,
        };
        let is_boolean = other.types == Types::TRUE || other.types == Types::FALSE;
        if !is_boolean || replied.may_be(other.types) || value.types == Types::NONE {
            return;
        }
        let boolean = if other.types == Types::TRUE {
            "true"
        } else {
            "false"
        };
        let result = if op == BinaryOp::Eq { "false" } else { "true" };
        let advice = if replied == Types::NUMBER {
            "compare it to a number"
        } else if replied.may_be(Types::FALSE) {
            "test it as it is, for what is not there is false"
        } else if replied == Types::TABLE && reply.shape.is_list() {
            "compare its length to 0"
        } else {
            "it is always there"
        };
        let subject = subject(value.source, reply);
        let span = self.arena.expr(id).span;
        let message = format!("{subject} is never {boolean}, and this always {result}: {advice}");
        self.find(&REPLY_COMPARED_TO_BOOLEAN, span, message);
    }

    /// Looks at a field or item of a reply.
    pub(crate) fn check_reply_field(&mut self, id: ExprId, table: Value, key: Value) {
        let (reply, is_list) = match table.source {
            Source::Reply(reply) => (reply, reply.shape.is_list()),
            Source::Item(reply) => (reply, reply.shape == Shape::Lists),
            Source::Converted(reply) => (reply, false),
            _ => return,
        };
        if reply.is_protected || table.types == Types::NONE {
            return;
        }
        let name = match key.source {
            Source::Text(name) => Some(self.arena.str(name)),
            _ => None,
        };
        let is_only =
            |types: Types| table.types.may_be(types) && table.types.is(types | Types::FALSY);
        let is_status = matches!(table.source, Source::Reply(_)) && reply.shape.is_status();
        let wrong = if is_only(Types::NUMBER) {
            "a number, and to index it ends the script with an error: use it as a whole"
        } else if is_only(Types::STRING) {
            // Strings have methods.
            if name.is_some_and(|name| self.environment.has_field(b"string", name)) {
                return;
            }
            "a string, and this is always nil: use it as a whole"
        } else if is_list && name.is_some() {
            match reply.command {
                "hgetall" => {
                    "a list without names, and this is always nil: ask for the field with HGET or HMGET, or go through the list in steps of two"
                }
                _ => "a list without names, and this is always nil: items have numbers, from 1",
            }
        } else if is_status && name == Some(b"ok") {
            return self.check_missing_status(id, table, reply);
        } else if is_status && name == Some(b"err") {
            "never an error, and this is always nil: where a command fails, redis.call ends the script, and redis.pcall gives a table with the field err"
        } else if is_status && (name.is_some() || key.types.is(Types::NUMBER)) {
            "a table with the field ok and no other, and this is always nil"
        } else {
            return;
        };
        let subject = subject(table.source, reply);
        let span = self.arena.expr(id).span;
        self.find(&FIELD_OF_LIST, span, format!("{subject} is {wrong}"));
    }

    /// Looks at the field ok of a status that may be false.
    fn check_missing_status(&mut self, id: ExprId, table: Value, reply: Reply) {
        let ExprKind::Index { object, .. } = self.arena.expr(id).kind else {
            return;
        };
        let is_sure = !table.types.may_be(Types::FALSE) || reply.is_expected;
        if is_sure || self.is_tested(object) {
            return;
        }
        let name = shown(reply.command);
        let span = self.arena.expr(id).span;
        let message = format!(
            "the reply of {name} is false when it does nothing, and cannot be indexed then: test it as it is"
        );
        self.find(&REPLY_USED_UNCHECKED, span, message);
    }

    /// Looks at a local that gets the reply of `redis.pcall`.
    pub(crate) fn check_protected(&mut self, local: LocalId, expr: ExprId, value: Value) {
        let Source::Reply(reply) = value.source else {
            return;
        };
        let used = self.use_of_local(local);
        let is_checked = used.is_tested || used.escapes || used.is_written || used.has_read_fields;
        if !reply.is_protected || is_checked || used.reads == used.returns {
            return;
        }
        let message = "an error would come as a table with the field err, which nobody looks at: do so, or use redis.call";
        let span = self.arena.expr(expr).span;
        self.find(&UNCHECKED_PCALL, span, message);
    }

    /// Looks at a call whose result is dropped.
    pub(crate) fn check_dropped_pcall(&mut self, call: ExprId) {
        let ExprKind::Call { callee, args, .. } = self.arena.expr(call).kind else {
            return;
        };
        let Source::Field(library, function) = self.look(callee).source else {
            return;
        };
        let is_pcall = self.arena.str(library) == b"redis" && self.arena.str(function) == b"pcall";
        let Some(&first) = self.arena.list(args).first() else {
            return;
        };
        let ExprKind::String(name) = self.arena.expr(first).kind else {
            return;
        };
        let command = evalua_redis::table::find(self.arena.str(name));
        if let Some(command) = command
            && is_pcall
            && command.has(flag::WRITE)
        {
            let message = format!(
                "an error of {} is lost here: use redis.call, or look at the field err of what this returns",
                shown(command.name)
            );
            let span = self.arena.expr(call).span;
            self.find(&UNCHECKED_PCALL, span, message);
        }
    }
}

/// What a value is, to people.
fn subject(source: Source, reply: Reply) -> String {
    let name = shown(reply.command);
    match source {
        Source::Item(_) => format!("an item of the reply of {name}"),
        Source::Converted(_) => "what tonumber gives".to_owned(),
        _ => format!("the reply of {name}"),
    }
}

/// Whether what a value is false or nil for is that the key or field is not there.
fn is_missing_false(reply: Reply, is_converted: bool) -> bool {
    match reply.shape {
        Shape::MaybeText => true,
        // Fields that were asked for by what another reply names are there, by and large.
        Shape::MaybeTexts => reply.items.is_some() || reply.command == "mget",
        Shape::MaybeInteger => !is_converted,
        _ => false,
    }
}
