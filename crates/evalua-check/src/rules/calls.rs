//! What is wrong with a call of a command.

use evalua_redis::examples;
use evalua_redis::script::Kind;
use evalua_redis::table;
use evalua_syntax::ast::{ExprId, ExprKind, Span};

use super::{Example, Outcome, Rule};
use crate::flow::Walker;
use crate::flow::command::{CommandCall, shown};
use crate::value::{Number, Source, Types, Value};

/// There is no such command.
pub const UNKNOWN_COMMAND: Rule = Rule {
    name: "unknown-command",
    summary: "a call names a command that there is not",
    explanation: "The server has no such command, or no such subcommand, and the script ends with an error there. A name with a dot, as JSON.GET, is taken for a command of a module.",
    failing: examples![
        Example {
            script: "return redis.call('GTE', KEYS[1])",
            outcome: Outcome::Error("Unknown Redis command called from script"),
        },
        Example {
            script: "return redis.call('OBJECT', 'ENCODNG', KEYS[1])",
            outcome: Outcome::Error("Unknown Redis command called from script"),
        },
    ],
    passing: examples![
        "return redis.call('get', KEYS[1])",
        "local name = ARGV[1] == '5' and 'GET' or 'TYPE'\nreturn redis.call(name, KEYS[1])",
    ],
};

/// A wrong number of arguments.
pub const WRONG_ARITY: Rule = Rule {
    name: "wrong-arity",
    summary: "a call has a wrong number of arguments",
    explanation: "The command takes more or fewer arguments, and the script ends with an error there.",
    failing: examples![
        Example {
            script: "return redis.call('GET')",
            outcome: Outcome::Error("Wrong number of args calling Redis command from script"),
        },
        Example {
            script: "local call = redis.call\nreturn call('GET', KEYS[1], KEYS[2])",
            outcome: Outcome::Error("Wrong number of args calling Redis command from script"),
        },
        Example {
            script: "return redis.call('EXPIRE', KEYS[1])",
            outcome: Outcome::Error("Wrong number of args calling Redis command from script"),
        },
    ],
    passing: examples![
        "return redis.call('SET', KEYS[1], ARGV[1], 'EX', 10)",
        "return redis.call('DEL', unpack(KEYS))",
    ],
};

/// A command that scripts may not call.
pub const COMMAND_NOT_ALLOWED: Rule = Rule {
    name: "command-not-allowed",
    summary: "a call names a command that scripts may not call",
    explanation: "Commands about the connection, transactions, scripts and the server itself are refused in scripts; servers before 7.2 also refuse commands that wait. Let the client send it, before the script or behind it.",
    failing: examples![
        Example {
            script: "redis.call('MULTI')\nreturn redis.call('INCR', KEYS[1])",
            outcome: Outcome::Error("This Redis command is not allowed from script"),
        },
        Example {
            script: "return redis.call('EVAL', 'return 1', 0)",
            outcome: Outcome::Error("This Redis command is not allowed from script"),
        },
    ],
    passing: examples!["return redis.call('INCR', KEYS[1])"],
};

/// A write in a script that promised not to.
pub const WRITE_IN_READ_ONLY: Rule = Rule {
    name: "write-in-read-only-script",
    summary: "a script with flags=no-writes calls a command that writes",
    explanation: "The first line promises that the script does not write, and the server refuses commands that do; PUBLISH and PFCOUNT count as such. Drop the flag, or the command.",
    failing: examples![Example {
        script: "#!lua flags=no-writes\nreturn redis.call('INCR', KEYS[1])",
        outcome: Outcome::Error("Write commands are not allowed from read-only scripts"),
    }],
    passing: examples![
        "#!lua flags=no-writes\nreturn redis.call('GET', KEYS[1])",
        "#!lua flags=allow-oom\nreturn redis.call('INCR', KEYS[1])",
    ],
};

/// An argument that is no string and no number.
pub const BAD_ARGUMENT: Rule = Rule {
    name: "bad-argument",
    summary: "an argument of a command is neither a string nor a number",
    explanation: "Commands take strings and numbers. A table is to be unpacked or encoded, a boolean written as a string, and nil is left out.",
    failing: examples![
        Example {
            script: "return redis.call('DEL', KEYS)",
            outcome: Outcome::Error("command arguments must be strings or integers"),
        },
        Example {
            script: "return redis.call('SET', KEYS[1], true)",
            outcome: Outcome::Error("command arguments must be strings or integers"),
        },
        Example {
            script: "local user = { name = ARGV[2] }\nreturn redis.call('SET', KEYS[1], user)",
            outcome: Outcome::Error("command arguments must be strings or integers"),
        },
    ],
    passing: examples![
        "return redis.call('DEL', unpack(KEYS))",
        "return redis.call('SET', KEYS[1], cjson.encode({ name = ARGV[2] }))",
    ],
};

/// A fraction where a command takes an integer.
pub const FRACTION_AS_INTEGER: Rule = Rule {
    name: "fraction-as-integer",
    summary: "a quotient is given to a command that takes an integer",
    explanation: "Lua has no integers: a quotient has a fraction unless it happens to have none, and then the command fails with \"value is not an integer or out of range\". Round it with math.floor or math.ceil.",
    failing: examples![
        Example {
            script: "redis.call('SET', KEYS[1], 1)\nreturn redis.call('EXPIRE', KEYS[1], ARGV[1] / 2)",
            outcome: Outcome::Error("value is not an integer or out of range"),
        },
        Example {
            script: "return redis.call('SET', KEYS[1], 1, 'PX', ARGV[1] / 2)",
            outcome: Outcome::Error("value is not an integer or out of range"),
        },
    ],
    passing: examples![
        "redis.call('SET', KEYS[1], 1)\nreturn redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[1] / 2))",
        "return redis.call('INCRBYFLOAT', KEYS[1], ARGV[1] / 2)",
    ],
};

/// A list that may be empty, unpacked where a command needs something.
pub const EMPTY_UNPACK: Rule = Rule {
    name: "empty-unpack",
    summary: "a reply that may be empty is unpacked where a command needs an argument",
    explanation: "When the list is empty, nothing is left of it, and the call has too few arguments: the script ends with an error. Look at the length first.",
    failing: examples![Example {
        script: "return redis.call('SREM', KEYS[1], unpack(redis.call('SRANDMEMBER', KEYS[1], 10)))",
        outcome: Outcome::Error("Wrong number of args calling Redis command from script"),
    }],
    passing: examples![
        "local some = redis.call('SRANDMEMBER', KEYS[1], 10)\nif #some > 0 then\n  redis.call('SREM', KEYS[1], unpack(some))\nend\nreturn #some",
    ],
};

/// A list of any length, unpacked.
pub const UNBOUNDED_UNPACK: Rule = Rule {
    name: "unbounded-unpack",
    summary: "a reply of any length is unpacked",
    explanation: "unpack fails with \"too many results to unpack\" from 8000 values on, so the script works until there is that much data. Ask for the items in pieces, or go through them in a loop; table.concat and ranges of unpack help.",
    failing: examples![Example {
        script: "for i = 1, 8000 do redis.call('SADD', KEYS[1], i) end\nlocal all = redis.call('SMEMBERS', KEYS[1])\nif #all == 0 then return 0 end\nreturn redis.call('SREM', KEYS[1], unpack(all))",
        outcome: Outcome::Error("too many results to unpack"),
    }],
    passing: examples![
        "local all = redis.call('SMEMBERS', KEYS[1])\nfor i = 1, #all, 1000 do\n  redis.call('SREM', KEYS[1], unpack(all, i, math.min(i + 999, #all)))\nend\nreturn #all",
        "local some = redis.call('ZRANGE', KEYS[1], 0, 99)\nif #some > 0 then\n  redis.call('ZREM', KEYS[1], unpack(some))\nend\nreturn #some",
    ],
};

/// Where commands take integers, of those to which numbers are given that were computed: the command, and
/// the places of its words.
const INTEGERS: &[(&str, &[usize])] = &[
    ("decrby", &[2]),
    ("expire", &[2]),
    ("expireat", &[2]),
    ("getrange", &[2, 3]),
    ("hincrby", &[3]),
    ("incrby", &[2]),
    ("lindex", &[2]),
    ("lrange", &[2, 3]),
    ("ltrim", &[2, 3]),
    ("pexpire", &[2]),
    ("pexpireat", &[2]),
    ("psetex", &[2]),
    ("setbit", &[2]),
    ("setex", &[2]),
    ("setrange", &[2]),
    ("zremrangebyrank", &[2, 3]),
    ("zrevrange", &[2, 3]),
];

/// Commands that servers have and an engine has not, and whether scripts may call them.
const OF_SERVERS: &[(&str, bool)] = &[
    ("bgrewriteaof", false),
    ("bgsave", false),
    ("failover", false),
    ("lastsave", true),
    ("migrate", true),
    ("psync", false),
    ("replconf", false),
    ("replicaof", false),
    ("restore-asking", true),
    ("save", false),
    ("slaveof", false),
    ("sync", false),
];

/// Options of SET that an integer follows.
const SET_TIMES: [&[u8]; 4] = [b"ex", b"px", b"exat", b"pxat"];

impl Walker<'_, '_> {
    /// Looks at the values that are given to a command, whichever it is.
    pub(crate) fn check_arguments(&mut self, exprs: &[ExprId], values: &[Value], is_open: bool) {
        let count = values.len() - usize::from(is_open && !values.is_empty());
        for (&expr, value) in exprs.iter().zip(&values[..count]) {
            if !value.types.is(Types::ANY.without(Types::OPERAND)) {
                continue;
            }
            let what = match value.types.name() {
                Some("table") => "a table: unpack or encode it",
                Some("boolean") => "a boolean: write it as a string or number",
                Some("nil") => "nil: leave it out, or give an empty string",
                _ => "no string and no number",
            };
            let span = self.arena.expr(expr).span;
            self.find(
                &BAD_ARGUMENT,
                span,
                format!("this argument of a command is {what}"),
            );
        }
    }

    /// Reports a command that there is not, or not in scripts.
    pub(crate) fn check_known(&mut self, span: Span, exprs: &[ExprId], words: &[&[u8]]) {
        let (Some(name), Some(&first)) = (words.first(), exprs.first()) else {
            return;
        };
        let of_servers = OF_SERVERS
            .iter()
            .find(|row| name.eq_ignore_ascii_case(row.0.as_bytes()));
        if let Some((name, is_allowed)) = of_servers {
            if !is_allowed {
                self.report_denied(span, &shown(name));
            }
            return;
        }
        let is_of_module = name.contains(&b'.') && !name.starts_with(b".") && !name.ends_with(b".");
        if is_of_module {
            return;
        }
        match (table::find(name), words.get(1), exprs.get(1)) {
            (Some(command), Some(sub), Some(&second)) => {
                let span = self.arena.expr(second).span;
                let (command, sub) = (shown(command.name), String::from_utf8_lossy(sub));
                self.find(
                    &UNKNOWN_COMMAND,
                    span,
                    format!("{command} has no subcommand '{sub}'"),
                );
            }
            _ => {
                let span = self.arena.expr(first).span;
                let name = String::from_utf8_lossy(name);
                self.find(
                    &UNKNOWN_COMMAND,
                    span,
                    format!("there is no command '{name}'"),
                );
            }
        }
    }

    /// Looks at a call of a command that there is.
    pub(crate) fn check_command(&mut self, call: &CommandCall<'_>) {
        let command = call.command;
        let name = call.name();
        let fits = match call.count() {
            Some(count) => command.accepts(count),
            // Whatever is unpacked at the end, it makes no fewer.
            None => command.arity < 0 || call.least() <= command.arity.unsigned_abs() as usize,
        };
        if !fits {
            let takes = arguments(command);
            let has = call.values.len() - own_words(command);
            self.find(
                &WRONG_ARITY,
                call.span,
                format!("{name} takes {takes}, not {has}"),
            );
        }
        if command.is_denied_to_scripts(self.profile) {
            self.report_denied(call.span, &name);
        }
        if self.kind == (Kind::Script { read_only: true }) && command.is_denied_to_readers() {
            let message = format!(
                "{name} writes, and the first line promises that the script does not: drop the flag no-writes, or the command"
            );
            self.find(&WRITE_IN_READ_ONLY, call.span, message);
        }
        self.check_integers(call);
        self.check_nothing_unpacked(call);
    }

    fn report_denied(&mut self, span: Span, name: &str) {
        let message = format!("scripts may not call {name}: let the client send it");
        self.find(&COMMAND_NOT_ALLOWED, span, message);
    }

    fn check_integers(&mut self, call: &CommandCall<'_>) {
        let row = INTEGERS.iter().find(|row| row.0 == call.command.name);
        let mut places = row.map_or(Vec::new(), |row| row.1.to_vec());
        if call.command.name == "set" {
            let words = call.words.iter().enumerate().skip(3);
            places.extend(words.filter_map(|(at, word)| {
                let word = word.as_ref()?.to_ascii_lowercase();
                SET_TIMES.contains(&&word[..]).then_some(at + 1)
            }));
        }
        for at in places {
            let Some(value) = call.values.get(at) else {
                continue;
            };
            if value.number == Number::Fraction && value.types.is(Types::NUMBER) {
                let span = self.arena.expr(call.exprs[at]).span;
                let name = call.name();
                let message = format!(
                    "{name} takes an integer, and this has a fraction: round it with math.floor or math.ceil"
                );
                self.find(&FRACTION_AS_INTEGER, span, message);
            }
        }
    }

    /// Looks for a list that is unpacked though nobody has looked whether there is anything in it.
    fn check_nothing_unpacked(&mut self, call: &CommandCall<'_>) {
        let Some(&last) = call.exprs.last() else {
            return;
        };
        if !call.is_open || call.command.accepts(call.least()) {
            return;
        }
        let ExprKind::Call { callee, args, .. } = self.arena.expr(last).kind else {
            return;
        };
        let is_unpack = matches!(self.look(callee).source, Source::Global(name)
            if self.arena.str(name) == b"unpack");
        let &[list] = self.arena.list(args) else {
            return;
        };
        // A local that is used once more may be known not to be empty.
        let is_new = match self.use_of(list) {
            Some(used) => used.reads == 1,
            None => matches!(self.arena.expr(list).kind, ExprKind::Call { .. }),
        };
        if !is_unpack || !is_new {
            return;
        }
        let Source::Reply(reply) = self.known(list).source else {
            return;
        };
        if !reply.shape.is_list()
            || reply.items.is_some()
            || reply.is_protected
            || reply.is_expected
        {
            return;
        }
        let (name, from) = (call.name(), shown(reply.command));
        let span = self.arena.expr(last).span;
        let message = format!(
            "when {from} finds nothing, {name} gets too few arguments here: look at the length first"
        );
        self.find(&EMPTY_UNPACK, span, message);
    }

    /// Looks at a call of `unpack` with these arguments, of which the first is so.
    pub(crate) fn check_unpack(&mut self, id: ExprId, exprs: &[ExprId], list: Value) {
        let (Source::Reply(reply), &[expr]) = (list.source, exprs) else {
            return;
        };
        let is_measured = self.use_of(expr).is_some_and(|used| used.is_measured);
        if !reply.is_unbounded || reply.is_protected || is_measured {
            return;
        }
        let span = self.arena.expr(id).span;
        let from = shown(reply.command);
        let message = format!(
            "{from} may reply with more than unpack can take, which is fewer than 8000: go through it in pieces"
        );
        self.find(&UNBOUNDED_UNPACK, span, message);
    }
}

/// How many words name a command: a subcommand has two.
fn own_words(command: &table::Command) -> usize {
    1 + command.name.matches('|').count()
}

/// How many arguments a command takes, in words.
fn arguments(command: &table::Command) -> String {
    let words = command.arity.unsigned_abs() as usize;
    let count = words.saturating_sub(own_words(command));
    let noun = if count == 1 { "argument" } else { "arguments" };
    match (command.arity < 0, count) {
        (false, 0) => "no arguments".to_owned(),
        (false, _) => format!("{count} {noun}"),
        (true, _) => format!("at least {count} {noun}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_servers_are_those_that_engines_have_not() {
        for (name, _) in OF_SERVERS {
            assert!(table::find(name.as_bytes()).is_none(), "{name}");
        }
    }
}
