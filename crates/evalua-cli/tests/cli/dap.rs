//! `evalua debug --dap` as an editor uses it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout};

use serde_json::{Value, json};

use super::*;

/// What the extension for Visual Studio Code says of the debugger.
fn contribution() -> Value {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../editors/vscode/package.json"
    );
    let manifest: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let debugger = manifest["contributes"]["debuggers"][0].clone();
    assert_eq!(debugger["runtime"], "evalua");
    debugger
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().unwrap().iter();
    texts
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

/// An editor with its session.
struct Editor {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    seq: i64,
    /// Events that came while something else was waited for.
    events: Vec<Value>,
    dir: TempDir,
}

impl Editor {
    fn new(files: &[(&str, &[u8])]) -> Editor {
        let dir = folder(files);
        let mut child = Command::new(env!("CARGO_BIN_EXE_evalua"))
            .args(texts(&contribution()["runtimeArgs"]))
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Editor {
            to: child.stdin.take(),
            from: BufReader::new(child.stdout.take().unwrap()),
            child,
            seq: 0,
            events: Vec::new(),
            dir,
        }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&mut self, text: &str) {
        let to = self.to.as_mut().unwrap();
        to.write_all(text.as_bytes()).unwrap();
        to.flush().unwrap();
    }

    fn send(&mut self, command: &str, arguments: Value) -> i64 {
        self.seq += 1;
        let message = json!({ "seq": self.seq, "type": "request", "command": command, "arguments": arguments });
        let body = message.to_string();
        self.write(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        self.seq
    }

    /// The next message; `None` at the end.
    fn read(&mut self) -> Option<Value> {
        let mut header = String::new();
        if self.from.read_line(&mut header).unwrap() == 0 {
            return None;
        }
        let length = header.strip_prefix("Content-Length: ").unwrap().trim();
        let mut body = vec![0; 2 + length.parse::<usize>().unwrap()];
        self.from.read_exact(&mut body).unwrap();
        Some(serde_json::from_slice(&body[2..]).unwrap())
    }

    /// The response to a request.
    fn response(&mut self, seq: i64) -> Value {
        loop {
            let message = self.read().expect("a response");
            if message["type"] == "response" {
                assert_eq!(message["request_seq"], seq, "{message}");
                return message;
            }
            self.events.push(message);
        }
    }

    /// The body of a response that has to be good.
    fn ask(&mut self, command: &str, arguments: Value) -> Value {
        let seq = self.send(command, arguments);
        let response = self.response(seq);
        assert_eq!(response["success"], true, "{response}");
        response["body"].clone()
    }

    /// What is wrong with a request.
    fn refused(&mut self, command: &str, arguments: Value) -> String {
        let seq = self.send(command, arguments);
        let response = self.response(seq);
        assert_eq!(response["success"], false, "{response}");
        response["message"].as_str().unwrap().to_owned()
    }

    /// The body of the next event of that name.
    fn event(&mut self, name: &str) -> Value {
        let known = self.events.iter().position(|event| event["event"] == name);
        if let Some(known) = known {
            return self.events.remove(known)["body"].clone();
        }
        loop {
            let message = self.read().expect("an event");
            assert_eq!(message["type"], "event", "{message}");
            if message["event"] == name {
                return message["body"].clone();
            }
            self.events.push(message);
        }
    }

    fn launch(&mut self, arguments: Value) {
        self.ask(
            "initialize",
            json!({ "adapterID": "evalua", "linesStartAt1": true }),
        );
        self.ask("launch", arguments);
        self.event("initialized");
    }

    fn stopped(&mut self) -> (String, i64) {
        let body = self.event("stopped");
        let stack = self.ask("stackTrace", json!({ "threadId": 1 }));
        let line = stack["stackFrames"][0]["line"].as_i64().unwrap();
        (body["reason"].as_str().unwrap().to_owned(), line)
    }

    /// Names and values.
    fn variables(&mut self, reference: &Value) -> Vec<(String, String, Value)> {
        let body = self.ask("variables", json!({ "variablesReference": reference }));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let variables = body["variables"].as_array().unwrap().iter();
        variables
            .map(|shown| {
                (
                    text(&shown["name"]),
                    text(&shown["value"]),
                    shown["variablesReference"].clone(),
                )
            })
            .collect()
    }

    fn output(&mut self) -> String {
        self.event("output")["output"].as_str().unwrap().to_owned()
    }

    /// The exit status, after the end of the input.
    fn end(mut self) -> Option<i32> {
        self.to.take();
        while self.read().is_some() {}
        self.child.wait().unwrap().code()
    }
}

const SCRIPT: &[u8] = b"local key, limit = KEYS[1], tonumber(ARGV[1])
local function count(name)
  local seen = { name, nested = { limit = limit, deep = { true } } }
  local n = redis.call('INCR', name)

  return n, seen
end
redis.log(redis.LOG_NOTICE, 'begins')
local n = count(key)
return { n, limit }
";

#[test]
fn an_editor_steps_through_a_script() {
    let mut editor = Editor::new(&[("s.lua", SCRIPT), ("set-up", b"SET other 1\n")]);
    let path = editor.path("s.lua");
    let setup = editor.path("set-up");
    let capabilities = editor.ask("initialize", json!({}));
    assert_eq!(capabilities["supportsConfigurationDoneRequest"], true);
    editor.ask("launch", json!({ "program": path, "keys": ["k"], "args": [5], "setup": setup, "clock": 1000, "seed": 1 }));
    editor.event("initialized");
    let set = editor.ask(
        "setBreakpoints",
        json!({ "source": { "path": path }, "breakpoints": [{ "line": 5 }, { "line": 4, "condition": "name == 'no'" }, { "line": 99 }] }),
    );
    let set = set["breakpoints"].as_array().unwrap();
    assert_eq!(
        (&set[0]["verified"], &set[0]["line"]),
        (&json!(true), &json!(6))
    );
    assert_eq!(
        (&set[1]["verified"], &set[1]["line"]),
        (&json!(true), &json!(4))
    );
    assert_eq!(
        set[2],
        json!({ "verified": false, "message": "no line from here on has code" })
    );
    let other = json!({ "source": { "path": "/other.lua" }, "breakpoints": [{ "line": 1 }] });
    assert_eq!(
        editor.ask("setBreakpoints", other)["breakpoints"][0]["verified"],
        false
    );
    editor.ask(
        "setExceptionBreakpoints",
        json!({ "filters": ["uncaught"] }),
    );
    editor.ask("configurationDone", Value::Null);

    assert_eq!(editor.output(), "notice: begins\n");
    assert_eq!(editor.stopped(), ("breakpoint".to_owned(), 6));
    assert_eq!(
        editor.ask("threads", json!({})),
        json!({ "threads": [{ "id": 1, "name": "script" }] })
    );
    let stack = editor.ask(
        "stackTrace",
        json!({ "threadId": 1, "startFrame": 0, "levels": 20 }),
    );
    let frames = stack["stackFrames"].as_array().unwrap();
    let shown: Vec<_> = (frames.iter())
        .map(|frame| (&frame["name"], &frame["line"]))
        .collect();
    assert_eq!(json!(shown), json!([["count", 6], ["main chunk", 9]]));
    assert_eq!(
        frames[0]["source"],
        json!({ "name": "s.lua", "path": path })
    );

    let scopes = editor.ask("scopes", json!({ "frameId": 1 }));
    let names: Vec<_> = scopes["scopes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scope| scope["name"].clone())
        .collect();
    assert_eq!(
        json!(names),
        json!(["Locals", "Upvalues", "KEYS and ARGV", "Redis"])
    );
    let scope = |i: usize| scopes["scopes"][i]["variablesReference"].clone();
    let locals = editor.variables(&scope(0));
    let shown: Vec<_> = locals
        .iter()
        .map(|(name, value, _)| (&**name, &**value))
        .collect();
    assert_eq!(
        shown,
        [
            ("name", "\"k\""),
            ("seen", "{\"k\", nested = {limit = 5, deep = {true}}}"),
            ("n", "1"),
        ]
    );
    let seen = editor.variables(&locals[1].2);
    assert_eq!(
        (&*seen[0].0, &*seen[0].1, &*seen[1].0),
        ("[1]", "\"k\"", "nested")
    );
    let nested = editor.variables(&seen[1].2);
    assert_eq!((&*nested[0].0, &*nested[0].1), ("limit", "5"));
    assert_eq!(editor.variables(&scope(1))[0].1, "5");
    let arguments = editor.variables(&scope(2));
    assert_eq!((&*arguments[0].1, &*arguments[1].1), ("{\"k\"}", "{\"5\"}"));
    let redis = editor.variables(&scope(3));
    assert_eq!((&*redis[0].1, &*redis[1].1), ("1", "2 keys"));
    assert_eq!(editor.variables(&redis[0].2)[0].1, "INCR k => (integer) 1");
    let keys = editor.variables(&redis[1].2);
    assert_eq!(
        (&*keys[0].0, &*keys[0].1, &*keys[1].0),
        ("k", "\"1\"", "other")
    );

    let mut evaluate = |expression: &str, context: &str| {
        let arguments = json!({ "expression": expression, "frameId": 1, "context": context });
        let seq = editor.send("evaluate", arguments);
        let response = editor.response(seq);
        let field = if response["success"] == true {
            &response["body"]["result"]
        } else {
            &response["message"]
        };
        field.as_str().unwrap().to_owned()
    };
    assert_eq!(evaluate("seen.nested.limit + n", "hover"), "6");
    assert_eq!(evaluate("name, n", "watch"), "\"k\", 1");
    assert_eq!(evaluate("limit = 50", "repl"), "");
    assert_eq!(evaluate("redis GET k", "repl"), "\"1\"");
    assert_eq!(
        evaluate("nothing", "hover"),
        "Script attempted to access nonexistent global variable 'nothing'"
    );

    editor.ask("next", json!({ "threadId": 1 }));
    assert_eq!(editor.stopped(), ("step".to_owned(), 10));
    assert_eq!(
        editor.refused("scopes", json!({ "frameId": 2 })),
        "there is no frame 2"
    );
    assert_eq!(
        editor.refused("variables", json!({ "variablesReference": 1 })),
        "there are no such variables any more"
    );
    editor.ask("continue", json!({ "threadId": 1 }));
    assert_eq!(editor.output(), "1) (integer) 1\n2) (integer) 50\n");
    assert_eq!(editor.event("exited"), json!({ "exitCode": 0 }));
    editor.event("terminated");
    assert_eq!(
        editor.refused("stackTrace", json!({ "threadId": 1 })),
        "the script does not stand still"
    );
    editor.ask("disconnect", json!({}));
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn steps_errors_and_commands() {
    let mut editor = Editor::new(&[("s.lua", b"local function f(x)\n  return x.y\nend\nredis.call('SET', KEYS[1], 1)\nredis.breakpoint()\nlocal v = f(nil)\nreturn v")]);
    let path = editor.path("s.lua");
    editor.launch(json!({ "program": path, "keys": "k", "stopOnEntry": true }));
    editor.ask(
        "setFunctionBreakpoints",
        json!({ "breakpoints": [{ "name": "set" }] }),
    );
    editor.ask("configurationDone", json!({}));
    assert_eq!(editor.stopped().0, "entry");
    editor.ask("continue", json!({}));
    assert_eq!(editor.stopped(), ("function breakpoint".to_owned(), 4));
    editor.ask("stepIn", json!({}));
    assert_eq!(editor.stopped(), ("step".to_owned(), 5));
    editor.ask("continue", json!({}));
    assert_eq!(editor.stopped(), ("breakpoint".to_owned(), 5));
    editor.ask("stepIn", json!({}));
    assert_eq!(editor.stopped(), ("step".to_owned(), 6));
    editor.ask("stepIn", json!({}));
    assert_eq!(editor.stopped(), ("step".to_owned(), 2));
    editor.ask("stepOut", json!({}));
    let stop = editor.event("stopped");
    assert_eq!(stop["reason"], "exception");
    assert_eq!(
        stop["text"],
        "user_script:2: attempt to index local 'x' (a nil value)"
    );
    editor.ask("continue", json!({}));
    assert!(
        editor
            .output()
            .starts_with("(error) ERR user_script:2: attempt to index local 'x'")
    );
    assert_eq!(editor.event("exited"), json!({ "exitCode": 1 }));
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn an_endless_loop_is_paused_and_ended() {
    for source in [
        "local n = 0\nwhile true do n = n + 1 end",
        "local n = 0\nlocal co = coroutine.wrap(function() while true do n = n + 1 end end)\nco()",
    ] {
        let mut editor = Editor::new(&[("s.lua", source.as_bytes())]);
        let path = editor.path("s.lua");
        editor.launch(json!({ "program": path }));
        let breakpoints =
            |breakpoints: Value| json!({ "source": { "path": path }, "breakpoints": breakpoints });
        // Once it turns.
        let turns = breakpoints(json!([{ "line": 2, "condition": "n > 0" }]));
        editor.ask("setBreakpoints", turns);
        editor.ask("configurationDone", json!({}));
        assert_eq!(editor.stopped(), ("breakpoint".to_owned(), 2));
        // Where a line is wrong, all stays as it was.
        let wrong = breakpoints(json!([{ "line": 1 }, { "line": -1 }]));
        editor.refused("setBreakpoints", wrong);
        editor.ask("continue", json!({}));
        assert_eq!(editor.stopped(), ("breakpoint".to_owned(), 2));
        editor.ask("setBreakpoints", breakpoints(json!([])));
        editor.ask("continue", json!({}));
        let expression = json!({ "expression": "n" });
        assert_eq!(
            editor.refused("evaluate", expression),
            "the script does not stand still"
        );
        editor.ask("pause", json!({ "threadId": 1 }));
        assert_eq!(editor.stopped(), ("pause".to_owned(), 2));
        let n = editor.ask("evaluate", json!({ "expression": "n > 1" }));
        assert_eq!(n["result"], "true");
        editor.ask("continue", json!({}));
        // A breakpoint that is set while it runs.
        editor.ask("setBreakpoints", breakpoints(json!([{ "line": 2 }])));
        assert_eq!(editor.stopped(), ("breakpoint".to_owned(), 2));
        editor.ask("setBreakpoints", breakpoints(json!([])));
        editor.ask("continue", json!({}));
        editor.ask("terminate", json!({}));
        editor.event("terminated");
        editor.ask("disconnect", json!({}));
        assert_eq!(editor.end(), Some(0));
    }
}

#[test]
fn what_no_line_of_the_program_is_told_of_ends_too() {
    // The text that runs is none of the program's, so nothing of it is told; the end of the input is seen.
    let mut editor = Editor::new(&[("s.lua", b"loadstring('while true do end')()")]);
    let path = editor.path("s.lua");
    editor.launch(json!({ "program": path }));
    editor.ask("configurationDone", json!({}));
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn what_only_runs_is_ended_too() {
    let endless = b"local n = 0\nwhile true do n = n + 1 end";
    // Nothing stops it, and requests are answered.
    let mut editor = Editor::new(&[("s.lua", endless)]);
    let path = editor.path("s.lua");
    editor.launch(json!({ "program": path, "noDebug": true, "stopOnEntry": true }));
    editor.ask("configurationDone", json!({}));
    assert_eq!(editor.ask("threads", json!({}))["threads"][0]["id"], 1);
    editor.ask("pause", json!({ "threadId": 1 }));
    editor.ask("threads", json!({}));
    editor.ask("terminate", json!({}));
    assert_eq!(editor.event("exited"), json!({ "exitCode": 1 }));
    editor.event("terminated");
    editor.ask("disconnect", json!({}));
    assert!(editor.events.is_empty(), "{:?}", editor.events);
    assert_eq!(editor.end(), Some(0));
    // Everything at once, and the end of the input behind it.
    let mut editor = Editor::new(&[("s.lua", endless)]);
    let path = editor.path("s.lua");
    editor.send("initialize", json!({}));
    editor.send("launch", json!({ "program": path, "noDebug": true }));
    editor.send("configurationDone", json!({}));
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn what_is_set_up_is_ended_too() {
    let mut editor = Editor::new(&[
        ("s.lua", b"return 1"),
        ("set-up", b"EVAL 'while true do end' 0"),
    ]);
    let path = editor.path("s.lua");
    editor.ask("initialize", json!({}));
    let launch = editor.send("launch", json!({ "program": path, "setup": "set-up" }));
    let disconnect = editor.send("disconnect", json!({}));
    let refused = editor.response(launch);
    assert_eq!(refused["success"], false, "{refused}");
    assert_eq!(editor.response(disconnect)["success"], true);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn what_is_terminated_before_it_runs_does_not() {
    let mut editor = Editor::new(&[("s.lua", SCRIPT)]);
    let path = editor.path("s.lua");
    editor.ask("initialize", json!({}));
    assert_eq!(
        editor.refused("terminate", json!({})),
        "there is no program yet"
    );
    editor.ask("launch", json!({ "program": path }));
    editor.ask("terminate", json!({}));
    editor.event("terminated");
    assert_eq!(
        editor.refused("configurationDone", json!({})),
        "configurationDone: not at this point of the session"
    );
    editor.ask("disconnect", json!({}));
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn extra_arguments_are_a_local() {
    let source = b"local function f(a, ...)
  return select('#', ...)
end
return f(1, 'x', nil, { 2 }) + f(unpack({ 1 }, 1, 3001)) + f()";
    let mut editor = Editor::new(&[("s.lua", source)]);
    let path = editor.path("s.lua");
    editor.launch(json!({ "program": path }));
    let breakpoints = json!({ "source": { "path": path }, "breakpoints": [{ "line": 2 }] });
    editor.ask("setBreakpoints", breakpoints);
    editor.ask("configurationDone", json!({}));
    let extra = |editor: &mut Editor| {
        editor.stopped();
        let scopes = editor.ask("scopes", json!({ "frameId": 1 }));
        let locals = json!({ "variablesReference": scopes["scopes"][0]["variablesReference"] });
        let locals = editor.ask("variables", locals)["variables"].clone();
        let locals = locals.as_array().unwrap();
        locals.iter().find(|local| local["name"] == "...").cloned()
    };
    let few = extra(&mut editor).unwrap();
    assert_eq!(few["value"], "\"x\", nil, {2}");
    let inside = editor.variables(&few["variablesReference"]);
    let shown: Vec<_> = inside
        .iter()
        .map(|(name, value, _)| (&**name, &**value))
        .collect();
    assert_eq!(shown, [("[1]", "\"x\""), ("[2]", "nil"), ("[3]", "{2}")]);
    assert_eq!(editor.variables(&inside[2].2)[0].1, "2");
    let evaluated = json!({ "expression": "a, ...", "frameId": 1, "context": "watch" });
    assert_eq!(
        editor.ask("evaluate", evaluated)["result"],
        "1, \"x\", nil, {2}"
    );

    editor.ask("continue", json!({ "threadId": 1 }));
    let many = extra(&mut editor).unwrap();
    assert_eq!(many["indexedVariables"], 3000);
    let page = json!({
        "variablesReference": many["variablesReference"], "filter": "indexed", "start": 2999, "count": 9
    });
    let last = editor.ask("variables", page)["variables"].clone();
    assert_eq!(last.as_array().unwrap().len(), 1);
    assert_eq!(
        (&last[0]["name"], &last[0]["value"]),
        (&json!("[3000]"), &json!("nil"))
    );

    editor.ask("continue", json!({ "threadId": 1 }));
    assert_eq!(extra(&mut editor), None);
    editor.ask("disconnect", json!({}));
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn large_tables_are_paged() {
    let source = b"local t, few = { }, { 1, 2 }
for i = 1, 3000 do t[i] = i; redis.call('SET', i, i) end
return 1";
    let mut editor = Editor::new(&[("s.lua", source)]);
    let path = editor.path("s.lua");
    editor.launch(json!({ "program": path }));
    let breakpoints = json!({ "source": { "path": path }, "breakpoints": [{ "line": 3 }] });
    editor.ask("setBreakpoints", breakpoints);
    editor.ask("configurationDone", json!({}));
    editor.stopped();
    let evaluated = |editor: &mut Editor, expression: &str| {
        editor.ask("evaluate", json!({ "expression": expression }))
    };
    let few = evaluated(&mut editor, "few");
    assert_eq!(few["indexedVariables"], Value::Null);
    let t = evaluated(&mut editor, "t");
    assert_eq!(t["indexedVariables"], 3000);
    let scopes = editor.ask("scopes", json!({ "frameId": 1 }));
    let inside = json!({ "variablesReference": scopes["scopes"][3]["variablesReference"] });
    let redis = editor.ask("variables", inside)["variables"].clone();
    for large in [&t, &redis[0], &redis[1]] {
        let reference = &large["variablesReference"];
        let page = |editor: &mut Editor, filter: &str, start, count| {
            let page = json!({ "variablesReference": reference, "filter": filter, "start": start, "count": count });
            let body = editor.ask("variables", page);
            body["variables"].as_array().unwrap().clone()
        };
        assert_eq!(large["indexedVariables"], 3000);
        let page_of_two = page(&mut editor, "indexed", 2990, 2);
        assert_eq!(page_of_two.len(), 2);
        assert_eq!(page(&mut editor, "indexed", 2900, 100).len(), 100);
        assert!(page(&mut editor, "named", 0, 0).is_empty());
        // An editor that does not page sees that there are more.
        let all = editor.variables(reference);
        assert_eq!(all.len(), 2001);
        assert_eq!(
            all[2000],
            ("…".to_owned(), "1000 more".to_owned(), json!(0))
        );
    }
    editor.ask("disconnect", json!({}));
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn wrong_requests_are_refused_and_the_session_goes_on() {
    let mut editor = Editor::new(&[("s.lua", SCRIPT), ("bad.lua", b"x = = 1")]);
    let path = editor.path("s.lua");
    assert_eq!(
        editor.refused("threads", json!({})),
        "threads: not at this point of the session"
    );
    editor.ask("initialize", json!({}));
    assert_eq!(
        editor.refused("initialize", json!({})),
        "initialize: not at this point of the session"
    );
    assert_eq!(
        editor.refused("fly", json!({})),
        "\"fly\" is no request that is known here"
    );
    assert_eq!(
        editor.refused("stackTrace", json!({})),
        "the script does not stand still"
    );
    assert_eq!(
        editor.refused("setBreakpoints", json!({})),
        "there is no program yet"
    );
    assert_eq!(
        editor.refused("configurationDone", json!({})),
        "configurationDone: not at this point of the session"
    );
    for (arguments, message) in [
        (json!({}), "launch: 'program' is missing"),
        (
            json!({ "program": 1, "keys": {} }),
            "launch: 'keys' is no list of texts: {}",
        ),
        (json!({ "program": [] }), "launch: 'program' is no text: []"),
        (
            json!({ "program": path, "args": [null] }),
            "launch: 'args' is no list of texts: [null]",
        ),
        (
            json!({ "program": path, "stopOnEntry": 1 }),
            "launch: 'stopOnEntry' is no boolean: 1",
        ),
    ] {
        assert_eq!(editor.refused("launch", arguments), message);
    }
    editor.write("Content-Length: 3\r\n\r\n{]}");
    let response = editor.response(0);
    assert!(
        response["message"]
            .as_str()
            .unwrap()
            .starts_with("no JSON: "),
        "{response}"
    );
    editor.ask("launch", json!({ "program": path }));
    for (arguments, message) in [
        (
            json!({ "source": { "path": path }, "breakpoints": 5 }),
            "'breakpoints' is no list: 5",
        ),
        (
            json!({ "source": { "path": path }, "breakpoints": [{}] }),
            "null is no number of a line",
        ),
        (
            json!({ "source": { "path": path }, "breakpoints": [{ "line": -1 }] }),
            "-1 is no number of a line",
        ),
    ] {
        assert_eq!(editor.refused("setBreakpoints", arguments), message);
    }
    // After the headers make no sense, nobody knows where a message begins.
    editor.write("GET / HTTP/1.1\r\n\r\n");
    let response = editor.response(0);
    assert_eq!(
        response["message"],
        "no header of a message: \"GET / HTTP/1.1\""
    );
    assert_eq!(editor.end(), Some(1));
}

#[test]
fn what_cannot_be_launched_is_said() {
    for (arguments, message) in [
        (
            json!({ "program": "none.lua" }),
            "none.lua: No such file or directory (os error 2)",
        ),
        (
            json!({ "program": "bad.lua" }),
            "ERR Error compiling script (new function): user_script:1: unexpected symbol near '='\nbad.lua:1: local x = = 1",
        ),
        (
            json!({ "program": "s.lua", "profile": "redis-1" }),
            "invalid value 'redis-1' for '--profile <NAME>'",
        ),
        (
            json!({ "program": "s.lua", "clock": "noon" }),
            "invalid value 'noon' for '--at <UNIX_MS>'",
        ),
        (
            json!({ "program": "s.lua", "setup": ["none"] }),
            "none: No such file or directory (os error 2)",
        ),
        (
            json!({ "program": "s.lua", "function": "f" }),
            "ERR Missing library metadata",
        ),
    ] {
        let mut editor = Editor::new(&[("s.lua", b"return 1"), ("bad.lua", b"local x = = 1")]);
        editor.ask("initialize", json!({}));
        let refused = editor.refused("launch", arguments);
        assert!(refused.starts_with(message), "{refused}");
        assert_eq!(
            editor.refused("configurationDone", json!({})),
            "configurationDone: not at this point of the session"
        );
        editor.ask("disconnect", json!({}));
        assert_eq!(editor.end(), Some(0));
    }
}

#[test]
fn the_configuration_in_the_documentation() {
    let mut editor = Editor::new(&[("fixtures.redis", b"SET x 1")]);
    let script = debug::blocks("lua")[0].clone();
    fs::write(editor.path("limiter.lua"), script).unwrap();
    let folder = editor.dir.path().to_str().unwrap();
    let page = debug::blocks("json")[0].replace("${workspaceFolder}", folder);
    let configuration: Value = serde_json::from_str(&page).unwrap();
    let configuration = &configuration["configurations"][0];
    let debugger = contribution();
    assert_eq!(configuration["type"], debugger["type"]);
    let known = debugger["configurationAttributes"]["launch"]["properties"]
        .as_object()
        .unwrap();
    for name in configuration.as_object().unwrap().keys() {
        let is_any = ["type", "request", "name"].contains(&&**name);
        assert!(is_any || known.contains_key(name), "{name}");
    }
    editor.launch(configuration.clone());
    editor.ask("configurationDone", json!({}));
    assert_eq!(editor.stopped(), ("entry".to_owned(), 2));
    editor.ask("continue", json!({}));
    assert_eq!(editor.output(), "1) (integer) 1\n2) (integer) 5\n");
    assert_eq!(editor.end(), Some(0));
    // What may be said is read: each is refused where it is of no kind that fits.
    for name in known.keys() {
        let mut editor = Editor::new(&[]);
        editor.ask("initialize", json!({}));
        let mut arguments = json!({ "program": "s.lua" });
        arguments[name] = json!({});
        let refused = editor.refused("launch", arguments);
        assert!(
            refused.starts_with(&format!("launch: '{name}' is no ")),
            "{refused}"
        );
    }
}
