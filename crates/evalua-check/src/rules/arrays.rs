//! What is wrong with tables and their items.

use evalua_redis::examples;
use evalua_syntax::ast::{ExprId, ExprKind, Items, TableItem};

use super::{Example, Outcome, Rule};
use crate::flow::Walker;
use crate::flow::command::shown;
use crate::value::{Source, Types, Value};

/// Index 0.
pub const INDEX_FROM_ZERO: Rule = Rule {
    name: "index-from-zero",
    summary: "item 0 of a list is read, which there is not",
    explanation: "Items are counted from 1 in Lua: KEYS[0], ARGV[0] and item 0 of a reply are always nil.",
    failing: examples![
        Example {
            script: "return redis.call('GET', KEYS[0] or 'none') -- evalua: allow(key-not-declared)",
            outcome: Outcome::Reply("(nil)"),
        },
        Example {
            script: "local page = redis.call('LRANGE', KEYS[1], 0, 9)\nreturn page[0] or 'nothing'",
            outcome: Outcome::Reply("\"nothing\""),
        },
    ],
    passing: examples!["return redis.call('LRANGE', KEYS[1], 0, 9)[1]"],
};

/// The length of a table with holes.
pub const LENGTH_WITH_HOLES: Rule = Rule {
    name: "length-with-holes",
    summary: "the length is taken of a table with nil between its items",
    explanation: "The length of a table with holes is any place behind which there is nothing, and which one changes with how the table was made. Put false where there is nothing, or keep the count beside it.",
    failing: examples![Example {
        script: "local list = { nil, nil, 3, nil }\nreturn #list",
        outcome: Outcome::Reply("(integer) 0"),
    }],
    passing: examples!["local list = { false, false, 3 }\nreturn #list"],
};

/// The same key twice in a constructor.
pub const DUPLICATE_KEY: Rule = Rule {
    name: "duplicate-key",
    summary: "a table is made with the same key twice",
    explanation: "The later value replaces the earlier one, which is lost.",
    failing: examples![Example {
        script: "local limits = { minute = 10, minute = 500 }\nreturn limits.minute",
        outcome: Outcome::Reply("(integer) 500"),
    }],
    passing: examples!["local limits = { minute = 10, hour = 500 }\nreturn limits.hour"],
};

impl Walker<'_, '_> {
    /// Looks at something read by an index.
    pub(crate) fn check_index(&mut self, id: ExprId, table: Value, key: ExprId, at: Value) {
        let is_zero = matches!(self.arena.expr(key).kind, ExprKind::Number(0.0));
        let name = match table.source {
            Source::Keys => "KEYS".to_owned(),
            Source::Arguments => "ARGV".to_owned(),
            Source::Reply(reply) if reply.shape.is_list() && !reply.is_protected => {
                format!("the reply of {}", shown(reply.command))
            }
            _ => String::new(),
        };
        if is_zero && !name.is_empty() {
            let span = self.arena.expr(id).span;
            self.find(
                &INDEX_FROM_ZERO,
                span,
                format!("{name} has no item 0: the first is 1"),
            );
        }
        self.check_reply_field(id, table, at);
    }

    /// Looks at the length of something.
    pub(crate) fn check_length(&mut self, id: ExprId, value: Value) {
        if let Source::Table(table) = value.source
            && self.tables_with_holes.contains(&table.0)
        {
            let span = self.arena.expr(id).span;
            let message =
                "this table has nil between its items, and no length to rely on: put false there";
            self.find(&LENGTH_WITH_HOLES, span, message);
        }
    }

    /// Looks at a table constructor; of the items without a key something is known.
    pub(crate) fn check_items(&mut self, id: ExprId, items: Items, known: &[Value]) {
        let first_nil = known.iter().position(|value| value.types.is(Types::NIL));
        if let Some(first) = first_nil
            && known[first..]
                .iter()
                .any(|value| !value.types.may_be(Types::NIL))
        {
            self.tables_with_holes.push(id.0);
        }
        let mut keys = Vec::new();
        let mut positions = 0_u32;
        for item in self.arena.items(items) {
            let (key, span) = match *item {
                TableItem::Positional(value) => {
                    positions += 1;
                    (
                        Some(positions.to_string().into_bytes()),
                        self.arena.expr(value).span,
                    )
                }
                TableItem::Keyed { key, .. } => {
                    let expr = self.arena.expr(key);
                    let name = match expr.kind {
                        ExprKind::String(text) => Some([b"'", self.arena.str(text)].concat()),
                        ExprKind::Number(number) => Some(number.to_string().into_bytes()),
                        _ => None,
                    };
                    (name, expr.span)
                }
            };
            keys.extend(key.map(|key| (key, span)));
        }
        keys.sort_unstable_by(|(a, at), (b, or)| a.cmp(b).then(at.start.cmp(&or.start)));
        for pair in keys.windows(2) {
            if pair[0].0 == pair[1].0 {
                let message =
                    "the table has this key already, and its first value is lost: drop one";
                self.find(&DUPLICATE_KEY, pair[1].1, message);
            }
        }
    }
}
