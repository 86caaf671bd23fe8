//! What is wrong with the keys that a script touches.

use evalua_redis::examples;
use evalua_redis::table::access;
use evalua_redis::{Args, slot};
use evalua_syntax::ast::{ExprId, Span};

use super::{Example, Outcome, Rule};
use crate::flow::Walker;
use crate::flow::command::CommandCall;
use crate::value::{Origin, Source, Value};

/// A key that is not from KEYS.
pub const KEY_NOT_DECLARED: Rule = Rule {
    name: "key-not-declared",
    summary: "a command touches a key that is not from KEYS",
    explanation: "Every key that a script touches is to be given to it in KEYS. A cluster sends the script where those keys are, and refuses others; users who may touch only some keys are checked by them. Reported are keys that are written in the script, or made of arguments and replies alone; a key that is made of one in KEYS, as KEYS[1] .. ':lock', is not, for it is in the same slot when there is a tag in braces.",
    failing: examples![
        Example {
            script: "return redis.call('INCR', 'visits')",
            outcome: Outcome::Later("one server has all keys; a cluster refuses the script"),
        },
        Example {
            script: "return redis.call('GET', 'user:' .. ARGV[1])",
            outcome: Outcome::Later("one server has all keys; a cluster refuses the script"),
        },
    ],
    passing: examples![
        "return redis.call('INCR', KEYS[1])",
        "return redis.call('SET', KEYS[1] .. ':lock', ARGV[1], 'NX')",
        "return redis.call('PUBLISH', 'news', ARGV[1])",
    ],
};

/// Keys in different slots.
pub const KEYS_IN_DIFFERENT_SLOTS: Rule = Rule {
    name: "keys-in-different-slots",
    summary: "keys of a script are in different slots of a cluster",
    explanation: "A cluster keeps keys by their slots, and a script can touch those of one slot alone. Give keys that belong together the same tag in braces: {user:1}:name and {user:1}:mail are in one slot.",
    failing: examples![Example {
        script: "local key = KEYS[1]\nredis.call('SET', '{' .. key .. '}', 1) -- evalua: allow(key-not-declared)\nredis.call('SET', '{a}:name', 1) -- evalua: allow(key-not-declared)\nreturn redis.call('SET', '{b}:name', 1) -- evalua: allow(key-not-declared)",
        outcome: Outcome::Later("one server has all slots; a cluster refuses the script"),
    }],
    passing: examples![
        "redis.call('SET', '{a}:name', 1) -- evalua: allow(key-not-declared)\nreturn redis.call('SET', '{a}:mail', 1) -- evalua: allow(key-not-declared)",
    ],
};

/// All keys looked at.
pub const WALK_OF_ALL_KEYS: Rule = Rule {
    name: "walk-of-all-keys",
    summary: "a script looks at every key there is",
    explanation: "While a script runs, the server does nothing else. KEYS looks at every key of the database, and so does a loop of SCAN that goes on until the cursor is back at 0: on a large database that is seconds in which no client is answered. Keep the names in a set, or let the client call SCAN and the script once for each page.",
    failing: examples![
        Example {
            script: "return redis.call('KEYS', ARGV[1])",
            outcome: Outcome::Later("with few keys it is fast"),
        },
        Example {
            script: "local cursor = '0'\nlocal count = 0\nrepeat\n  local page = redis.call('SCAN', cursor)\n  cursor = page[1]\n  count = count + #page[2]\nuntil cursor == '0'\nreturn count",
            outcome: Outcome::Later("with few keys it is fast"),
        },
    ],
    passing: examples![
        "return redis.call('SCAN', ARGV[1])",
        "return redis.call('SMEMBERS', KEYS[1])",
    ],
};

impl Walker<'_, '_> {
    /// Looks at the keys of a call. Tells whether they may be known to be there: earlier calls named them, or
    /// the script does not tell where they come from.
    pub(crate) fn check_keys(&mut self, call: &CommandCall<'_>) -> bool {
        let is_scan = call.command.name == "scan" && !self.loops().is_empty();
        if call.command.name == "keys" || is_scan {
            let name = call.name();
            let how = if is_scan { " in a loop" } else { "" };
            let message = format!(
                "{name}{how} looks at every key while no other client is served: keep the names in a set, or let the client call SCAN"
            );
            self.find(&WALK_OF_ALL_KEYS, call.span, message);
        }
        let mut is_expected = false;
        for at in places(call) {
            let (expr, value) = (call.exprs[at], call.values[at]);
            let span = self.arena.expr(expr).span;
            let name = match value.source {
                Source::Key(number) => format!("KEYS[{number}]").into_bytes(),
                _ => self.text(span).to_vec(),
            };
            let is_new = !self.named_keys.contains(&name);
            if is_new {
                self.named_keys.push(name);
            }
            // Of a key that came from elsewhere, those who gave it may know.
            is_expected |= !is_new || !value.origin.is(Origin::UNKNOWN.complement());
            // One that is used all over the script is reported once.
            if is_new {
                self.check_origin(call, span, value);
            }
            self.check_slot(expr, value);
        }
        is_expected
    }

    fn check_origin(&mut self, call: &CommandCall<'_>, span: Span, value: Value) {
        let from = Origin::LITERAL.or(Origin::ARGUMENT).or(Origin::REPLY);
        if !value.origin.is(from) {
            return;
        }
        let name = call.name();
        let message = format!("{name} touches a key that is not from KEYS: pass it there");
        self.find(&KEY_NOT_DECLARED, span, message);
    }

    fn check_slot(&mut self, expr: ExprId, value: Value) {
        let known = match value.source {
            Source::Text(text) => Some(slot::of(self.arena.str(text))),
            _ => value.slot,
        };
        let Some(slot) = known else {
            return;
        };
        let first = *self.first_slot.get_or_insert(slot);
        if slot != first {
            let span = self.arena.expr(expr).span;
            let message = "this key is in another slot than those before it: give them the same tag in braces";
            self.find(&KEYS_IN_DIFFERENT_SLOTS, span, message);
        }
    }
}

/// Which words of a call are keys.
fn places(call: &CommandCall<'_>) -> Vec<usize> {
    // A word that is not known is nothing that decides on where the keys are.
    let words: Vec<&[u8]> = call.words[..call.least()]
        .iter()
        .map(|word| word.as_deref().unwrap_or_default())
        .collect();
    let args = Args::new(&words);
    let specs = call.command.keys.iter();
    let keys = specs.filter(|spec| spec.access & access::NOT_KEY == 0);
    keys.flat_map(|spec| spec.indices(args)).collect()
}
