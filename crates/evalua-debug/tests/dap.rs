//! Whatever an editor sends, a session answers each request once, in messages that can be read, and ends.

use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex};

use evalua_debug::Program;
use evalua_debug::dap::{Ended, Launch, Launcher, Output, Ready, serve};
use evalua_redis::script::Debugger;
use evalua_redis::{InterruptHandle, Redis};
use proptest::prelude::*;
use serde_json::{Value, json};

const SCRIPT: &str = "local t = { KEYS, { 1, x = 2 } }
for i = 1, 3 do
  t[i] = redis.call('INCR', KEYS[1])
end
return t";

/// One script, whatever is asked for.
struct Script;

impl Launcher for Script {
    fn program(&mut self, launch: &Launch) -> Result<Program, String> {
        Ok(Program {
            name: launch.program.clone(),
            source: SCRIPT.into(),
        })
    }

    fn open(
        &mut self,
        _: &Launch,
        _: &Program,
        debugger: Arc<dyn Debugger>,
        interrupt: InterruptHandle,
        _: &Output,
    ) -> Result<Ready, String> {
        let mut redis = Redis::builder()
            .debugger(debugger)
            .interrupt_handle(interrupt)
            .build();
        redis.command(&["SCRIPT", "LOAD", SCRIPT]);
        let command = ["EVAL", SCRIPT, "1", "k"].map(|word| word.as_bytes().to_vec());
        Ok(Ready {
            redis,
            command: command.to_vec(),
        })
    }

    fn is_program(&self, _: &Launch) -> Box<dyn Fn(&str) -> bool + Send> {
        Box::new(|path| path == "s.lua")
    }
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a session says to these bytes.
fn answers(input: Vec<u8>) -> (Vec<Value>, Ended) {
    let kept = Kept::default();
    let ended = serve(Cursor::new(input), kept.clone(), &mut Script);
    let bytes = kept.0.lock().unwrap().clone();
    let mut text = std::str::from_utf8(&bytes).unwrap();
    let mut messages = Vec::new();
    while !text.is_empty() {
        let (header, rest) = text.split_once("\r\n\r\n").unwrap();
        let length: usize = header
            .strip_prefix("Content-Length: ")
            .unwrap()
            .parse()
            .unwrap();
        messages.push(serde_json::from_str(&rest[..length]).unwrap());
        text = &rest[length..];
    }
    (messages, ended)
}

fn framed(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

const COMMANDS: [&str; 20] = [
    "initialize",
    "launch",
    "configurationDone",
    "setBreakpoints",
    "setFunctionBreakpoints",
    "setExceptionBreakpoints",
    "breakpointLocations",
    "threads",
    "stackTrace",
    "scopes",
    "variables",
    "evaluate",
    "continue",
    "next",
    "stepIn",
    "stepOut",
    "pause",
    "terminate",
    "restart",
    "",
];

/// A value of any kind, often one that fits.
fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2..4i64).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!("s.lua")),
        Just(json!("t[1]")),
        Just(json!([{ "line": 3 }, { "line": 2, "condition": "i == 2" }])),
        Just(json!([{ "name": "incr" }])),
        Just(json!({ "path": "s.lua" })),
        Just(json!([1, "x", null])),
    ]
}

const NAMES: [&str; 14] = [
    "program",
    "keys",
    "stopOnEntry",
    "noDebug",
    "source",
    "breakpoints",
    "filters",
    "line",
    "endLine",
    "frameId",
    "variablesReference",
    "expression",
    "startFrame",
    "count",
];

fn arguments() -> impl Strategy<Value = Value> {
    let fields = prop::collection::vec((prop::sample::select(&NAMES[..]), values()), 0..4);
    fields.prop_map(|fields| {
        let mut arguments = json!({});
        for (name, value) in fields {
            arguments[name] = value;
        }
        arguments
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_request_is_answered_once(
        has_begun in any::<bool>(),
        requests in prop::collection::vec((prop::sample::select(&COMMANDS[..]), arguments()), 0..30),
    ) {
        let mut all = Vec::new();
        if has_begun {
            all.push(("initialize", json!({})));
            all.push(("launch", json!({ "program": "s.lua", "stopOnEntry": true })));
            all.push(("setBreakpoints", json!({ "source": { "path": "s.lua" }, "breakpoints": [{ "line": 3 }] })));
            all.push(("configurationDone", json!({})));
        }
        all.extend(requests);
        all.push(("disconnect", json!({})));
        let mut input = Vec::new();
        for (seq, (command, arguments)) in (1..).zip(&all) {
            input.extend(framed(&json!({ "seq": seq, "type": "request", "command": command, "arguments": arguments })));
        }
        let (messages, ended) = answers(input);
        prop_assert_eq!(ended, Ended::Well);
        let answered: Vec<i64> = (messages.iter())
            .filter(|message| message["type"] == "response")
            .map(|response| response["request_seq"].as_i64().unwrap())
            .collect();
        let expected: Vec<i64> = (1..=all.len() as i64).collect();
        prop_assert_eq!(answered, expected);
        for message in &messages {
            let is_whole = message["success"] != false || message["message"].as_str().is_some_and(|text| !text.is_empty());
            prop_assert!(is_whole, "{}", message);
        }
        let numbers: Vec<_> = messages.iter().map(|message| message["seq"].as_i64().unwrap()).collect();
        prop_assert_eq!(numbers, (1..=messages.len() as i64).collect::<Vec<_>>());
    }

    #[test]
    fn bytes_of_any_kind_end(
        mut bytes in prop::collection::vec(any::<u8>(), 0..200),
        cut in 0..400usize,
        at in 0..400usize,
    ) {
        let mut good = framed(&json!({ "seq": 1, "type": "request", "command": "initialize" }));
        good.extend(framed(&json!({ "seq": 2, "type": "request", "command": "launch", "arguments": { "program": "s.lua" } })));
        good.extend(framed(&json!({ "seq": 3, "type": "request", "command": "configurationDone" })));
        // A byte changed, the end cut off, something after it.
        if let Some(byte) = good.get_mut(at) {
            *byte ^= 0x15;
        }
        good.truncate(cut);
        good.append(&mut bytes);
        answers(good);
    }
}
