//! Scripts that are debugged by typed commands.

use std::sync::Arc;

use evalua_debug::terminal::{Console, Terminal, Typed};
use evalua_debug::{Debugging, Program};
use evalua_redis::{Builder, Redis, Reply};

/// Commands that are typed, and what is shown.
struct Script {
    commands: Vec<String>,
    shown: String,
}

/// Stands for the keys among the commands.
const CTRL_C: &str = "^C";

impl Console for Script {
    fn read(&mut self) -> Typed {
        if self.commands.is_empty() {
            return Typed::End;
        }
        let command = self.commands.remove(0);
        self.shown.push_str(&format!("> {command}\n"));
        match &*command {
            CTRL_C => Typed::Interrupt,
            _ => Typed::Line(command),
        }
    }

    fn write(&mut self, text: &str) {
        self.shown.push_str(text);
    }
}

fn debug_with(
    builder: Builder,
    source: &str,
    words: &[&str],
    commands: &[&str],
) -> (String, Reply) {
    let program = Program {
        name: "s.lua".to_owned(),
        source: source.as_bytes().to_vec(),
    };
    let console = Script {
        commands: commands.iter().map(|&command| command.to_owned()).collect(),
        shown: String::new(),
    };
    let debugging = Arc::new(Debugging::new(program, Terminal::new(console)));
    let mut redis = builder.debugger(debugging.clone()).build();
    redis.command(&["SCRIPT", "LOAD", source]);
    redis.core_mut().trace_scripts(true);
    debugging.lock().control.stop_on_entry();
    debugging.arm(true);
    let reply = redis.command(&[&["EVAL", source], words].concat());
    let shown = std::mem::take(&mut debugging.lock().face.console().shown);
    (shown, reply)
}

fn engine() -> Builder {
    Redis::builder().clock_unix_ms(1_000)
}

/// What is shown where a script of one key and one argument stops.
fn debug(source: &str, commands: &[&str]) -> (String, Reply) {
    debug_with(engine(), source, &["1", "k", "7"], commands)
}

#[test]
fn a_session() {
    let source = "local function double(x)
  local y = x * 2
  return y
end
redis.call('SET', KEYS[1], ARGV[1])
local n = double(tonumber(redis.call('GET', KEYS[1])))
return n
";
    let commands = [
        "next",
        "next",
        "break 2",
        "continue",
        "where",
        "locals",
        "p y, x",
        "step",
        "print y + #KEYS",
        "finish",
        "keys",
        "commands",
        "redis get k",
        "keyspace",
        "continue",
    ];
    let (shown, reply) = debug(source, &commands);
    assert_eq!(reply, Reply::Integer(14));
    assert_eq!(
        shown,
        "\
s.lua:4 (at its beginning)
->    4  end
> next
s.lua:5
->    5  redis.call('SET', KEYS[1], ARGV[1])
> next
  redis: SET k 7 => OK
s.lua:6
->    6  local n = double(tonumber(redis.call('GET', KEYS[1])))
> break 2
breakpoint 1 at line 2
  *   2    local y = x * 2
> continue
  redis: GET k => \"7\"
s.lua:2 in double (breakpoint 1)
->*   2    local y = x * 2
> where
-> s.lua:2 in double
   s.lua:6
> locals
local x = 7
> p y, x
error: Script attempted to access nonexistent global variable 'y'
> step
s.lua:3 in double
->    3    return y
> print y + #KEYS
15
> finish
s.lua:7
->    7  return n
> keys
KEYS = {\"k\"}
ARGV = {\"7\"}
> commands
   5  SET k 7 => OK
   6  GET k => \"7\"
> redis get k
\"7\"
> keyspace
keyspace: 1 key
\"k\" (string)
  \"7\"
> continue
"
    );
}

/// The lines that a script stops at, by the lines that begin with its name.
fn places(shown: &str) -> Vec<&str> {
    (shown.lines())
        .filter_map(|line| line.strip_prefix("s.lua:"))
        .collect()
}

#[test]
fn breakpoints_in_loops_have_conditions() {
    let source = "local sum = 0
for i = 1, 5 do
  sum = sum + i
end
return sum";
    let (shown, reply) = debug(
        source,
        &["b 3 if i % 2 == 0", "c", "p i, sum", "c", "p i, sum", "c"],
    );
    assert_eq!(reply, Reply::Integer(15));
    assert_eq!(
        places(&shown),
        [
            "1 (at its beginning)",
            "3 (breakpoint 1)",
            "3 (breakpoint 1)"
        ]
    );
    assert!(
        shown.contains("\n2, 1\n") && shown.contains("\n4, 6\n"),
        "{shown}"
    );
    // What cannot be evaluated is seen.
    let (shown, _) = debug(source, &["b 3 if i.x", "c", "q"]);
    assert_eq!(places(&shown), ["1 (at its beginning)", "3 (breakpoint 1)"]);
    // A loop on one line comes to it again and again.
    let (shown, _) = debug(
        "local n = 0\nwhile n < 3 do n = n + 1 end",
        &["b 2", "c", "c", "c", "p n", "c"],
    );
    assert!(shown.contains("\n2\n"), "{shown}");
}

#[test]
fn breakpoints_move_to_code_and_go() {
    let source = "-- a comment\n\nlocal a = 1\n\nreturn a\n\n";
    let commands = [
        "b 1",
        "b 4 if a == 1",
        "b",
        "b 9",
        "b x",
        "b 3 a",
        "d 3",
        "d 3",
        "b",
        "b -5",
        "b 0",
        "uncatch error",
        "b",
        "c",
    ];
    let (shown, _) = debug(source, &commands);
    let expected = "> b 1
breakpoint 1 at line 3
->*   3  local a = 1
> b 4 if a == 1
breakpoint 2 at line 5
  *   5  return a
> b
breakpoint 1 at line 3
breakpoint 2 at line 5 if a == 1
catch error
> b 9
no line from 9 on has code
> b x
x is not the number of a line
> b 3 a
after the line comes nothing, or: if EXPR
> d 3
no breakpoint at line 3 any more
> d 3
there is no breakpoint at line 3
> b
breakpoint 2 at line 5 if a == 1
catch error
> b -5
no breakpoint at line 5 any more
> b 0
no breakpoints
> uncatch error
the script does not stop there any more
> b
the script stops nowhere
> c
";
    assert!(shown.ends_with(expected), "{shown}");
}

#[test]
fn steps_go_into_coroutines_and_over_them() {
    let source = "local co = coroutine.wrap(function(a)
  local b = coroutine.yield(a + 1)
  return b * 2
end)
local x = co(1)
local y = co(x)
return y";
    let into = ["b 5", "c", "s", "where", "n", "s", "where", "n", "n"];
    let (shown, reply) = debug(source, &into);
    assert_eq!(reply, Reply::Integer(4));
    let stack = "> where
-> s.lua:2 in function at line 1
   native function co (has resumed the coroutine above)
   s.lua:5
> n
s.lua:6
";
    assert!(shown.contains(stack), "{shown}");
    assert!(
        shown.contains("> s\ns.lua:3 in function at line 1\n"),
        "{shown}"
    );
    let over = ["n", "n", "n", "n", "n"];
    let (shown, _) = debug(source, &over);
    assert_eq!(
        places(&shown),
        ["1 (at its beginning)", "4", "1", "5", "6", "7"]
    );
}

#[test]
fn a_step_over_a_tail_call_does_not_go_into_it() {
    let source = "local function f(n)
  if n == 0 then return 'end' end
  return f(n - 1)
end
local function g() return f(3) end
local r = g()
return r";
    let (shown, _) = debug(source, &["b 6", "c", "n", "n"]);
    assert_eq!(
        places(&shown),
        ["4 (at its beginning)", "6 (breakpoint 1)", "7"]
    );
    let (shown, _) = debug(source, &["b 3 if n == 2", "c", "where", "finish", "c"]);
    assert!(shown.contains("by tail calls"), "{shown}");
    assert_eq!(places(&shown)[2..], ["7"]);
}

#[test]
fn errors_that_nothing_catches_stop_where_they_happen() {
    let source = "pcall(function() error('caught') end)
local function f(t)
  local deep = t.a.b
  return deep
end
local t = { a = { } }
local v = f(t)
return redis.call('INCR', KEYS[1], v)";
    let (shown, reply) = debug(source, &["c", "where", "c"]);
    assert_eq!(
        places(&shown)[1..],
        ["8 (error: ERR Lua redis lib command arguments must be strings or integers)"]
    );
    assert!(reply.as_error().is_some());
    let bad = source.replace("{ }", "nil");
    let (shown, _) = debug(&bad, &["c", "p t", "up", "p t", "c"]);
    assert!(
        shown.contains(
            "s.lua:3 in f (error: user_script:3: attempt to index field 'a' (a nil value))"
        ),
        "{shown}"
    );
    assert!(shown.contains("> p t\n{}\n"), "{shown}");
    let (shown, _) = debug(&bad, &["uncatch error", "c"]);
    assert_eq!(places(&shown).len(), 1);
}

#[test]
fn commands_stop_before_they_run() {
    let source = "redis.call('SET', KEYS[1], 1)\nreturn redis.pcall('Get', KEYS[1])";
    let (shown, _) = debug(
        source,
        &["catch get", "c", "redis SET k 2", "commands", "c"],
    );
    assert_eq!(places(&shown)[1..], ["2 (about to call Get k)"]);
    // What is typed is none of the script's commands.
    assert!(
        shown.contains("> commands\n   1  SET k 1 => OK\n>"),
        "{shown}"
    );
    let (_, reply) = debug(source, &["catch get", "c", "redis SET k 2", "c"]);
    assert_eq!(reply, Reply::bulk("2"));
    let (shown, _) = debug(
        source,
        &["redis EVAL 'return 1' 0", "redis 'x", "redis", "q"],
    );
    assert!(shown.contains("not allowed from script"), "{shown}");
}

#[test]
fn the_functions_that_redis_has_for_its_debugger() {
    let source = "local a = redis.breakpoint()\nredis.debug('a is', a, nil, 1.5, {})\nreturn a";
    let (shown, reply) = debug(source, &["c", "c"]);
    assert_eq!(
        places(&shown),
        ["1 (at its beginning)", "1 (redis.breakpoint())"]
    );
    assert!(
        shown.contains("  debug: a is; true; nil; 1.5; table\n"),
        "{shown}"
    );
    assert_eq!(reply, Reply::Integer(1));
}

#[test]
fn expressions_read_and_write_what_is_in_scope() {
    let source = "local outer = 1
local function f(a, ...)
  local a = a + 1
  local later
  outer = outer + a
  later = outer
  return later
end
return f(1, 2)";
    let commands = [
        "b 5",
        "c",
        "p a",
        "p later",
        "p outer",
        "outer = 1",
        "e outer = 10; a = 5",
        "e later = 'x'",
        "locals",
        "p f",
        "p redis.call('ECHO', 'e')",
        "p error('no')",
        "p error({err = 'ERR table'})",
        "p )",
        "p while true do end",
        "p setmetatable({}, {__index = function() error('never') end})",
        "p {1, 2, {k = 'v', [true] = false}, n = 1/0}",
        "e foo = 1",
        "n",
        "p outer",
        "c",
    ];
    let (shown, reply) = debug(source, &commands);
    let expected = [
        "> p a\n2\n",
        "> p later\nnil\n",
        "> p outer\n1\n",
        "> outer = 1\nno command outer: help lists all\n",
        "> locals\nlocal arg = {2, n = 1}\nlocal a = 5\nlocal later = \"x\"\nlocal ... = 2\nupvalue outer = 10\n",
        "> p redis.call('ECHO', 'e')\n\"e\"\n",
        "> p error('no')\nerror: (debug):1: no\n",
        "> p error({err = 'ERR table'})\nerror: ERR table\n",
        "> p )\nerror: (debug):1: unexpected symbol near ')'\n",
        "> p while true do end\nerror: the expression takes too long\n",
        "__index = function() error('never') end})\n{}\n",
        "n = 1/0}\n{1, 2, {k = \"v\", [true] = false}, n = inf}\n",
        "> e foo = 1\nerror: ",
        "> p outer\n15\n",
    ];
    for expected in expected {
        assert!(shown.contains(expected), "{expected} in {shown}");
    }
    assert_eq!(reply, Reply::Integer(15));
}

#[test]
fn extra_arguments_are_among_the_variables() {
    let source = "local function f(a, ...)
  local n = select('#', ...)
  return n
end
local function g(...)
  local inner = function() return 1 end
  return f(...) + inner()
end
return (g(1, nil, { 2 }, 'x'))
";
    let commands = [
        "break 2",
        "continue",
        "locals",
        "p ...",
        "p select('#', ...), select(2, ...)",
        "p f(..., a)",
        "e local _, t = ... t[1] = 3",
        "up",
        "locals",
        "p ...",
        "up",
        "locals",
        "p ...",
        "p (function() return ... end)()",
        "continue",
    ];
    let (shown, reply) = debug(source, &commands);
    assert_eq!(reply, Reply::Integer(4));
    let (_, shown) = shown.split_once("> locals\n").unwrap();
    assert_eq!(
        shown,
        "\
local a = 1
local ... = nil, {2}, \"x\"
> p ...
nil, {2}, \"x\"
> p select('#', ...), select(2, ...)
3, {2}, \"x\"
> p f(..., a)
error: Script attempted to access nonexistent global variable 'f'
> e local _, t = ... t[1] = 3
> up
s.lua:7 in g
->    7    return f(...) + inner()
> locals
local inner = function
local ... = 1, nil, {3}, \"x\"
upvalue f = function
> p ...
1, nil, {3}, \"x\"
> up
s.lua:9
->    9  return (g(1, nil, { 2 }, 'x'))
> locals
local f = function
local g = function
> p ...
> p (function() return ... end)()
error: (debug):1: cannot use '...' outside a vararg function near '...'
> continue
"
    );
    // A function that takes none.
    let (shown, _) = debug(
        "local function f(a)\n  return a\nend\nreturn f(1)",
        &["break 2", "continue", "p ...", "p a"],
    );
    let (_, shown) = shown.split_once("> p ...\n").unwrap();
    assert_eq!(
        shown,
        "error: cannot use '...' outside a vararg function\n> p a\n1\n"
    );
}

#[test]
fn ctrl_c_stops_and_ends() {
    let source = "local n = 0
while n < 3 do n = n + 1 end
return n";
    // At a prompt it takes two, one after the other.
    let (shown, reply) = debug(source, &[CTRL_C, "p 1", CTRL_C, CTRL_C, "p 2"]);
    assert!(reply.as_error().is_some(), "{reply:?}");
    let (_, shown) = shown.split_once("> ^C\n").unwrap();
    assert_eq!(
        shown,
        "\
Ctrl-C once more ends the script
> p 1
1
> ^C
Ctrl-C once more ends the script
> ^C
"
    );
}

#[test]
fn what_is_looked_at_costs_the_script_nothing() {
    let source = "local n = 0\nfor i = 1, 50 do\n  n = n + i\nend\nreturn n";
    let limited = || engine().max_instructions(60);
    let mut plain = limited().build();
    assert_eq!(plain.command(&["EVAL", source, "0"]), Reply::Integer(1275));
    let expressions =
        ["p (function() local x = 0 for i = 1, 1000 do x = x + i end return x end)()"; 5];
    let commands = [&["b 3", "c"][..], &expressions, &["d", "c"]].concat();
    let (shown, reply) = debug_with(limited(), source, &["0"], &commands);
    assert!(shown.contains("\n500500\n"), "{shown}");
    assert_eq!(reply, Reply::Integer(1275));
    // The budget itself is as it was.
    let endless = "while true do end";
    let mut plain = limited().build();
    let expected = plain.command(&["EVAL", endless, "0"]);
    let (_, reply) = debug_with(limited(), endless, &["0"], &["n", "n", "n", "c"]);
    assert_eq!(reply, expected);
}

#[test]
fn to_step_changes_nothing() {
    let scripts = [
        "local t = {} for i = 1, 20 do t[i] = redis.call('INCR', KEYS[1]) end return t",
        "local f = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) return {f(), f(), f()}",
        "return {pcall(function() local x = nil; return x.y end)}",
        "redis.call('SET', KEYS[1], math.random())\nreturn redis.call('TIME')",
        "return redis.error_reply('X y')",
        "local s = '' for w in ('a b c'):gmatch('%a') do s = s .. w end return s",
        "return loadstring('return 1 + 1')()",
        "local t = setmetatable({}, {__index = function(_, k) return k .. '!' end}) return t.x",
        "table.sort(ARGV, function(a, b) return a > b end) return ARGV",
        "error({err = 'ERR mine'})",
    ];
    for source in scripts {
        let mut plain = engine().build();
        let expected = plain.command(&["EVAL", source, "1", "k", "7"]);
        for command in ["s", "n", "f", "c"] {
            let (_, reply) = debug(source, &[command; 500]);
            assert_eq!(reply, expected, "{command} {source}");
        }
    }
}

#[test]
fn the_end_of_the_commands_ends_the_script() {
    let (shown, reply) = debug("redis.call('SET', 'a', 1)\nreturn 1", &["n"]);
    assert!(shown.ends_with("->    2  return 1\n"), "{shown}");
    assert!(
        reply
            .as_error()
            .unwrap()
            .to_string()
            .contains("was interrupted")
    );
}

#[test]
fn a_function_of_a_library() {
    let source = "#!lua name=lib
local function add(keys, args)
  local n = redis.call('INCRBY', keys[1], args[1])
  return n
end
redis.register_function('add', add)
";
    let program = Program {
        name: "s.lua".to_owned(),
        source: source.as_bytes().to_vec(),
    };
    let commands = ["b 4", "c", "locals", "keyspace", "c"]
        .map(str::to_owned)
        .to_vec();
    let console = Script {
        commands,
        shown: String::new(),
    };
    let debugging = Arc::new(Debugging::new(program, Terminal::new(console)));
    let mut redis = engine().debugger(debugging.clone()).build();
    assert_eq!(
        redis.command(&["FUNCTION", "LOAD", source]),
        Reply::bulk("lib")
    );
    debugging.lock().control.stop_on_entry();
    debugging.arm(true);
    assert_eq!(
        redis.command(&["FCALL", "add", "1", "k", "5"]),
        Reply::Integer(5)
    );
    let shown = &debugging.lock().face.console().shown.clone();
    assert_eq!(
        places(shown),
        [
            "3 in function at line 2 (at its beginning)",
            "4 in function at line 2 (breakpoint 1)"
        ]
    );
    assert!(
        shown.contains("local keys = {\"k\"}\nlocal args = {\"5\"}\nlocal n = 5\n"),
        "{shown}"
    );
}

#[test]
fn a_breakpoint_is_at_a_line_that_begins() {
    // Variables without values are no instruction at the beginning of a function.
    let source = "local a
local b = 1
local function f()
  local c
  local d = 2
  return d
end
return f() + b";
    let (shown, _) = debug(source, &["b 1", "b 4", "c", "c"]);
    assert!(shown.contains("breakpoint 1 at line 2\n"), "{shown}");
    assert!(shown.contains("breakpoint 2 at line 5\n"), "{shown}");
    assert_eq!(
        places(&shown),
        ["2 (at its beginning)", "5 in f (breakpoint 2)"]
    );
}

#[test]
fn what_is_large_is_cut() {
    let source = "local t = { }
for a = 1, 30 do
  t[a] = { }
  for b = 1, 30 do
    t[a][b] = { { a, b } }
  end
end
return #t";
    let (shown, _) = debug(source, &["b 8", "c", "p t", "p t[30]", "c"]);
    let whole = shown.lines().find(|line| line.starts_with("{{")).unwrap();
    assert!(whole.len() < 10_000, "{}", whole.len());
    // All entries of the table itself are there.
    assert!(whole.ends_with(", {…}}"), "{whole}");
    assert!(shown.contains("{{{30, 1}}, {{30, 2}}, "), "{shown}");

    let source = "for i = 1, 70000 do redis.call('SET', KEYS[1], i) end\nreturn 1";
    let (shown, _) = debug(source, &["b 2", "c", "commands", "c"]);
    let calls = "> c
  redis: 69980 more, and then
  redis: SET k 69981 => OK
";
    assert!(shown.contains(calls), "{shown:.2000}");
    assert!(
        shown.contains("> commands\n  …  4464 more, and then\n   1  SET k 4465 => OK\n"),
        "{shown:.3000}"
    );

    let source =
        "local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end\nreturn f(1000)";
    let (shown, _) = debug(source, &["b 1 if n == 0", "c", "where", "c"]);
    assert!(shown.contains("   … and 901 more\n"), "{shown}");
}

#[test]
fn lines_end_as_lua_counts_them() {
    for end in ["\n", "\r\n", "\r", "\n\r"] {
        let source = ["local a = 1", "", "local b = 2", "return a + b"].join(end);
        let (shown, _) = debug(&source, &["n", "list 3 0", "c"]);
        let expected = "> n\ns.lua:3\n->    3  local b = 2\n> list 3 0\n->    3  local b = 2\n";
        assert!(shown.contains(expected), "{end:?} {shown}");
    }
}

#[test]
fn commands_of_the_debugger_of_redis_work_or_say_what_does() {
    let commands = [
        "maxlen 10",
        "m",
        "restart",
        "h",
        "t",
        "l",
        "w",
        "p",
        "b",
        "b -",
        "b -7",
        "r PING",
        "e 1",
        "n",
        "s",
        "c",
        "a",
    ];
    let source = "local a = 1\nlocal b = 2\nlocal c = redis.breakpoint()\nlocal d = 1\nreturn 1";
    let (shown, reply) = debug(source, &commands);
    assert!(reply.as_error().is_some());
    let said: Vec<&str> = (shown.lines())
        .filter(|line| line.starts_with("no command") || line.contains("which"))
        .collect();
    assert_eq!(
        said,
        [
            "no command maxlen: values are cut where they are long: print a part, as string.sub(x, 1000, 2000) or t[50]",
            "no command m: values are cut where they are long: print a part, as string.sub(x, 1000, 2000) or t[50]",
            "no command restart: quit ends the script; start evalua debug again",
            "remove which breakpoint? A line follows the -",
        ]
    );
    assert!(shown.ends_with("> a\n"), "{shown}");
}
