//! What of a returned value does not reach the client.

use evalua_redis::examples;
use evalua_syntax::ast::{ExprId, ExprKind, Items, TableItem};

use super::{Example, Outcome, Rule};
use crate::flow::Walker;
use crate::uses::REPLY_FIELDS;
use crate::value::{Number, Source, Types, Value};

/// A fraction that is cut off.
pub const FRACTION_RETURNED: Rule = Rule {
    name: "fraction-returned",
    summary: "a number with a fraction is returned, and is cut to an integer",
    explanation: "Numbers are sent as integers, without their fraction: 3.99 becomes 3. Return tostring(value), or round it as is meant.",
    failing: examples![
        Example {
            script: "return ARGV[1] / 2",
            outcome: Outcome::Reply("(integer) 2"),
        },
        Example {
            script: "return { 1, 3.99 }",
            outcome: Outcome::Reply("1) (integer) 1\n2) (integer) 3"),
        },
    ],
    passing: examples![
        "return tostring(ARGV[1] / 2)",
        "return math.floor(ARGV[1] / 2)",
        "local now = tonumber(ARGV[1])\nreturn (now - now % 60) / 60",
    ],
};

/// A nil that ends the list.
pub const NIL_IN_ARRAY: Rule = Rule {
    name: "nil-in-array",
    summary: "a returned list has nil before its last item, and ends there",
    explanation: "A list is sent up to its first nil, and what stands behind that is lost. Put false there, which is sent as a null.",
    failing: examples![Example {
        script: "return { 1, nil, 3 }",
        outcome: Outcome::Reply("1) (integer) 1"),
    }],
    passing: examples!["return { 1, false, 3 }"],
};

/// Fields that are not sent.
pub const FIELDS_NOT_SENT: Rule = Rule {
    name: "fields-not-sent",
    summary: "a returned table has fields, which are not sent",
    explanation: "Of a table the items from 1 on are sent, and fields with names are lost, but for the ones that mark replies, as ok and err. Return names and values as a list, or one string of cjson.encode.",
    failing: examples![
        Example {
            script: "return { count = 1, limit = 10 }",
            outcome: Outcome::Reply("(empty array)"),
        },
        Example {
            script: "local result = {}\nresult.count = 1\nreturn result",
            outcome: Outcome::Reply("(empty array)"),
        },
    ],
    passing: examples![
        "return { 'count', 1, 'limit', 10 }",
        "return cjson.encode({ count = 1, limit = 10 })",
        "return { ok = 'fine' }",
    ],
};

/// An error reply that is made and dropped.
pub const ERROR_REPLY_DROPPED: Rule = Rule {
    name: "error-reply-dropped",
    summary: "redis.error_reply or redis.status_reply is called, and its result dropped",
    explanation: "These functions make a table for the script to return; they do not end it. Write `return` before the call.",
    failing: examples![Example {
        script: "if not ARGV[3] then redis.error_reply('an argument is missing') end\nreturn 'done'",
        outcome: Outcome::Reply("\"done\""),
    }],
    passing: examples![
        "if not ARGV[2] then return redis.error_reply('an argument is missing') end\nreturn 'done'",
    ],
};

impl Walker<'_, '_> {
    /// Looks at what a script returns.
    pub(crate) fn check_reply(&mut self, expr: ExprId, value: Value) {
        self.check_fraction(expr, value);
        match (self.arena.expr(expr).kind, value.source) {
            (ExprKind::Paren(inner), _) => self.check_reply(inner, value),
            (ExprKind::Table(items), _) => self.check_returned_table(expr, items),
            (ExprKind::Local(_), Source::Table(table)) => {
                if let ExprKind::Table(items) = self.arena.expr(table).kind {
                    self.check_fields(expr, items);
                }
            }
            (ExprKind::Local(_), _) if value.types.is(Types::TABLE) => {
                self.check_filled_table(expr)
            }
            _ => {}
        }
    }

    fn check_fraction(&mut self, expr: ExprId, value: Value) {
        if value.number == Number::Fraction && value.types.is(Types::NUMBER) {
            let span = self.arena.expr(expr).span;
            let message =
                "the fraction of this number is cut off: return tostring of it, or round it";
            self.find(&FRACTION_RETURNED, span, message);
        }
    }

    fn check_returned_table(&mut self, table: ExprId, items: Items) {
        self.check_fields(table, items);
        let positional = self
            .arena
            .items(items)
            .iter()
            .filter_map(|item| match *item {
                TableItem::Positional(value) => Some(value),
                TableItem::Keyed { .. } => None,
            });
        let positional: Vec<ExprId> = positional.collect();
        let mut nil = None;
        for &item in &positional {
            let value = self.known(item);
            if value.types.is(Types::NIL) {
                nil = nil.or(Some(item));
            } else if let Some(nil) = nil.take_if(|_| !value.types.may_be(Types::NIL)) {
                let span = self.arena.expr(nil).span;
                let message =
                    "the reply ends before this nil, and what is behind it is lost: put false here";
                self.find(&NIL_IN_ARRAY, span, message);
                return;
            }
            self.check_reply(item, value);
        }
    }

    /// Looks for fields with names in a constructor.
    fn check_fields(&mut self, place: ExprId, items: Items) {
        let keys = self
            .arena
            .items(items)
            .iter()
            .filter_map(|item| match *item {
                TableItem::Keyed { key, .. } => Some(self.arena.expr(key).kind),
                TableItem::Positional(_) => None,
            });
        let mut has_names = false;
        for key in keys {
            match key {
                ExprKind::String(name) if !REPLY_FIELDS.contains(&self.arena.str(name)) => {
                    has_names = true
                }
                // By another key, or one that is not known, it may be a reply of its own kind.
                _ => return,
            }
        }
        if has_names {
            let span = self.arena.expr(place).span;
            let message =
                "fields with names are not sent: return a list, or cjson.encode of the table";
            self.find(&FIELDS_NOT_SENT, span, message);
        }
    }

    /// Looks at a local with a table that was filled after it was made.
    fn check_filled_table(&mut self, local: ExprId) {
        let Some(used) = self.use_of(local) else {
            return;
        };
        if used.has_plain_fields && !used.has_items && !used.escapes && !used.is_written {
            let span = self.arena.expr(local).span;
            let message = "this table has only fields with names, which are not sent: return a list, or cjson.encode of it";
            self.find(&FIELDS_NOT_SENT, span, message);
        }
    }

    /// Looks at a call whose result is dropped.
    pub(crate) fn check_dropped(&mut self, call: ExprId) {
        self.check_dropped_pcall(call);
        let ExprKind::Call { callee, .. } = self.arena.expr(call).kind else {
            return;
        };
        if let Source::Field(library, function) = self.look(callee).source
            && self.arena.str(library) == b"redis"
            && matches!(self.arena.str(function), b"error_reply" | b"status_reply")
        {
            let span = self.arena.expr(call).span;
            self.find(
                &ERROR_REPLY_DROPPED,
                span,
                "this makes a reply and drops it: write `return` before it",
            );
        }
    }
}
