//! What is wrong with the order of things.

use evalua_redis::examples;
use evalua_syntax::ast::{BinaryOp, Block, ExprId, ExprKind, Span, Stat, StatKind};

use super::{Example, Outcome, Rule};
use crate::flow::{Walker, breaks, each_statement};
use crate::value::Source;

/// Code that never runs.
pub const UNREACHABLE_CODE: Rule = Rule {
    name: "unreachable-code",
    summary: "a statement is never reached",
    explanation: "What stands before it always returns, fails, or goes on for ever.",
    failing: examples![
        Example {
            script: "if ARGV[1] then return 'given' else return 'not given' end\nredis.call('DEL', KEYS[1])",
            outcome: Outcome::Reply("\"given\""),
        },
        Example {
            script: "error('no')\nreturn 1",
            outcome: Outcome::Error("no"),
        },
    ],
    passing: examples!["if ARGV[1] then return 'given' end\nreturn 'not given'"],
};

/// A loop without an end.
pub const ENDLESS_LOOP: Rule = Rule {
    name: "endless-loop",
    summary: "a loop has no way out",
    explanation: "Nothing in the loop ends it, and the server answers no other client until the script is killed; once it has written, only SHUTDOWN NOSAVE ends it.",
    failing: examples![Example {
        script: "while true do\n  redis.call('INCR', KEYS[1])\nend",
        outcome: Outcome::Endless,
    }],
    passing: examples![
        "while true do\n  if redis.call('INCR', KEYS[1]) > 9 then break end\nend\nreturn 1"
    ],
};

/// A string that grows in a loop.
pub const CONCAT_IN_LOOP: Rule = Rule {
    name: "concat-in-loop",
    summary: "a string grows by .. in a loop",
    explanation: "Each turn copies the whole string, so that ten times the turns take a hundred times as long, in which the server does nothing else. Collect the pieces in a table, and join them with table.concat.",
    failing: examples![Example {
        script: "local text = ''\nfor _, key in ipairs(KEYS) do\n  text = text .. key .. ','\nend\nreturn text",
        outcome: Outcome::Reply("\"a,b,\""),
    }],
    passing: examples![
        "local parts = {}\nfor i, key in ipairs(KEYS) do\n  parts[i] = key .. ','\nend\nreturn table.concat(parts)",
    ],
};

impl Walker<'_, '_> {
    /// Reports a statement behind others that always leave the block.
    pub(crate) fn check_unreachable(&mut self, stat: &Stat) {
        self.find(
            &UNREACHABLE_CODE,
            stat.span,
            "this is never reached: what stands before it does not come to an end here",
        );
    }

    /// Looks at a `while` loop.
    pub(crate) fn check_endless(&mut self, span: Span, cond: ExprId, body: &Block) {
        if !self.is_true(cond) || breaks(body) {
            return;
        }
        let mut ends = false;
        each_statement(body, &mut |stat| {
            // A function that is called may raise an error; one that does nothing else is rare.
            ends |= match stat.kind {
                StatKind::Return(_) => true,
                StatKind::Call(call) => self.may_raise(call),
                StatKind::Local { values, .. } | StatKind::Assign { values, .. } => {
                    let values = self.arena.list(values);
                    values.iter().any(|&value| self.may_raise(value))
                }
                _ => false,
            };
        });
        if !ends {
            self.find(
                &ENDLESS_LOOP,
                span,
                "nothing ends this loop: break out of it, or give it a condition",
            );
        }
    }

    /// Whether an expression is a call that may be meant to raise an error.
    fn may_raise(&self, expr: ExprId) -> bool {
        match self.arena.expr(expr).kind {
            ExprKind::MethodCall { .. } => true,
            ExprKind::Call { callee, .. } => match self.arena.expr(callee).kind {
                ExprKind::Global(name) => matches!(self.arena.str(name), b"error" | b"assert"),
                ExprKind::Index { .. } => false,
                _ => !matches!(self.look(callee).source, Source::Field(..)),
            },
            _ => false,
        }
    }

    /// Looks at an assignment of one value.
    pub(crate) fn check_growing(&mut self, target: ExprId, value: ExprId) {
        let ExprKind::Local(local) = self.arena.expr(target).kind else {
            return;
        };
        let Some(&outermost) = self.loops().first() else {
            return;
        };
        if self.current().locals[local.0 as usize].span.start > outermost {
            return;
        }
        let mut first = value;
        let mut is_joined = false;
        while let ExprKind::Binary {
            op: BinaryOp::Concat,
            left,
            ..
        } = self.arena.expr(first).kind
        {
            first = left;
            is_joined = true;
        }
        if is_joined
            && matches!(self.arena.expr(first).kind, ExprKind::Local(other) if other == local)
        {
            let span = self.arena.expr(value).span;
            let message = "this copies the whole string in each turn: collect the pieces in a table, and join them with table.concat";
            self.find(&CONCAT_IN_LOOP, span, message);
        }
    }
}
