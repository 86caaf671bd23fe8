//! What is wrong with names.

use evalua_redis::examples;
use evalua_redis::script::Kind;
use evalua_syntax::ast::{ExprId, ExprKind, LocalId, StrId};

use super::{Example, Outcome, Rule};
use crate::flow::Walker;
use crate::value::{Source, Value};

/// A global is written.
pub const GLOBAL_WRITE: Rule = Rule {
    name: "global-write",
    summary: "a global is assigned to",
    explanation: "Scripts may not make or change globals: the script ends with an error there. Declare the variable, or the function, with local.",
    failing: examples![
        Example {
            script: "count = redis.call('INCR', KEYS[1])\nreturn 1",
            outcome: Outcome::Error("Attempt to modify a readonly table"),
        },
        Example {
            script: "function double(n) return n * 2 end\nreturn 1",
            outcome: Outcome::Error("Attempt to modify a readonly table"),
        },
    ],
    passing: examples![
        "local count = redis.call('INCR', KEYS[1])\nreturn count",
        "local function double(n) return n * 2 end\nreturn double(ARGV[1])",
    ],
};

/// A global is read that there is not.
pub const UNDECLARED_GLOBAL: Rule = Rule {
    name: "undeclared-global",
    summary: "a name is read that is no local, and no global of the sandbox",
    explanation: "Reading a global that there is not ends the script with an error. The name is misspelt, the local is declared further down or in another block, or it is a function that plain Lua has and the sandbox has not, such as print or require. In a library of functions, KEYS and ARGV are no globals but the parameters of each function.",
    failing: examples![
        Example {
            script: "local limit = ARGV[1]\nreturn limti + limit",
            outcome: Outcome::Error(
                "Script attempted to access nonexistent global variable 'limti'",
            ),
        },
        Example {
            script: "print('hello')\nreturn 1",
            outcome: Outcome::Error(
                "Script attempted to access nonexistent global variable 'print'",
            ),
        },
    ],
    passing: examples![
        "local limit = ARGV[1]\nreturn limit",
        "return tostring(_G ~= nil)",
    ],
};

/// A library has no such function.
pub const UNKNOWN_FIELD: Rule = Rule {
    name: "unknown-field",
    summary: "a library of the sandbox has nothing of that name",
    explanation: "The name is misspelt, or from a later Lua: table.unpack is unpack in Lua 5.1, and os has little more than a clock here.",
    failing: examples![
        Example {
            script: "return redis.cal('GET', KEYS[1])",
            outcome: Outcome::Error("attempt to call field 'cal' (a nil value)"),
        },
        Example {
            script: "return table.unpack({ 1, 2 })",
            outcome: Outcome::Error("attempt to call field 'unpack' (a nil value)"),
        },
    ],
    passing: examples![
        "return redis.call('GET', KEYS[1])",
        "return unpack({ 1, 2 })",
    ],
};

/// A local is never read.
pub const UNUSED_LOCAL: Rule = Rule {
    name: "unused-local",
    summary: "a local is never read",
    explanation: "Either it is not needed, or another name stands where it was meant. Drop it, or start its name with _ if it is to be there. Parameters and the variables of loops are not looked at.",
    failing: examples![
        Example {
            script: "local limit = tonumber(ARGV[1])\nreturn redis.call('INCR', KEYS[1])",
            outcome: Outcome::Later("it does no harm but to readers"),
        },
        Example {
            script: "local function double(n) return n * 2 end\nreturn 1",
            outcome: Outcome::Later("it does no harm but to readers"),
        },
    ],
    passing: examples![
        "local limit = tonumber(ARGV[1])\nreturn limit",
        "local _ = redis.call('INCR', KEYS[1])\nreturn 1",
        "for i, key in ipairs(KEYS) do redis.call('DEL', key) end\nreturn 1",
    ],
};

/// Where to look for what has another name in the sandbox.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "print",
        "redis.log(redis.LOG_NOTICE, …) writes to the log of the server",
    ),
    (
        "require",
        "the libraries cjson, cmsgpack, struct and bit are there without it",
    ),
    ("table.unpack", "it is unpack in Lua 5.1"),
    ("table.pack", "write { … }"),
    ("math.type", "Lua 5.1 has no integers"),
    ("math.tointeger", "Lua 5.1 has no integers: use math.floor"),
    ("string.pack", "use struct.pack"),
    ("string.unpack", "use struct.unpack"),
    ("utf8", "it came with Lua 5.3"),
    ("os", "redis.call('TIME') tells the time"),
    ("os.time", "redis.call('TIME') tells the time"),
    ("server", "it is redis but on Valkey"),
    ("null", "it is nil in Lua"),
    ("keys", "it is KEYS"),
    ("argv", "it is ARGV"),
];

fn elsewhere(name: &str) -> Option<&'static str> {
    let row = ELSEWHERE.iter().find(|row| row.0 == name);
    row.map(|row| row.1)
}

impl Walker<'_, '_> {
    /// Looks at a global that is assigned to.
    pub(crate) fn check_global_write(&mut self, target: ExprId) {
        let expr = self.arena.expr(target);
        if let ExprKind::Global(name) = expr.kind {
            let name = String::from_utf8_lossy(self.arena.str(name)).into_owned();
            let message =
                format!("scripts may not assign to the global '{name}': declare it with local");
            self.find(&GLOBAL_WRITE, expr.span, message);
        }
    }

    /// Looks at a global that is read.
    pub(crate) fn check_global(&mut self, id: ExprId, name: StrId) {
        let name = self.arena.str(name);
        if self.is_part || self.environment.has(name) {
            return;
        }
        let span = self.arena.expr(id).span;
        let is_argument = matches!(name, b"KEYS" | b"ARGV") && self.kind == Kind::Library;
        let name = String::from_utf8_lossy(name);
        let advice = match elsewhere(&name) {
            _ if is_argument => ": functions of a library get it as a parameter".to_owned(),
            Some(advice) => format!(": {advice}"),
            None => ": it is misspelt, or not declared before this place".to_owned(),
        };
        self.find(
            &UNDECLARED_GLOBAL,
            span,
            format!("there is no local and no global '{name}'{advice}"),
        );
    }

    /// Looks at what is called, or given to a function. To read what a library does not have is no error:
    /// `unpack or table.unpack` looks for the one that there is.
    pub(crate) fn check_field(&mut self, id: ExprId, value: Value) {
        let Source::Field(library, name) = value.source else {
            return;
        };
        let (library, name) = (self.arena.str(library), self.arena.str(name));
        if !self.environment.is_table(library) || self.environment.has_field(library, name) {
            return;
        }
        let (library, name) = (
            String::from_utf8_lossy(library),
            String::from_utf8_lossy(name),
        );
        let advice = elsewhere(&format!("{library}.{name}")).map(|advice| format!(": {advice}"));
        let message = format!("{library} has no '{name}'{}", advice.unwrap_or_default());
        let span = self.arena.expr(id).span;
        self.find(&UNKNOWN_FIELD, span, message);
    }

    /// Looks at a local that is declared.
    pub(crate) fn check_unused(&mut self, local: LocalId, what: &str) {
        let declared = self.current().locals[local.0 as usize];
        let name = self.arena.str(declared.name);
        let is_for_others = self.is_part && self.is_outermost();
        if self.use_of_local(local).reads > 0 || name.starts_with(b"_") || is_for_others {
            return;
        }
        let name = String::from_utf8_lossy(name).into_owned();
        self.find(
            &UNUSED_LOCAL,
            declared.span,
            format!("the {what} '{name}' is never read: drop it, or call it _{name}"),
        );
    }
}
