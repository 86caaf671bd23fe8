//! Runs a piece of Lua on both sides and compares what it returns or raises.
//!
//! Owns how values are made to bytes on either side; knows no library.

use std::fmt::Write;

use evalua_conformance::resp::{Client, Reply};
use evalua_conformance::server::Server;
use evalua_redis::libraries::LIBRARIES;
use evalua_vm::number::printf::{self, FloatForm, Spec};
use evalua_vm::{Failure, Lua, View};

/// Shows every result of a protected call, tables in the order of `pairs`. On one line, so that
/// errors have line 1 on both sides.
const SHOW: &str = "local function show(v) local t = type(v) \
    if t == 'number' then return string.format('%.17g', v) \
    elseif t == 'string' then return #v .. ':' .. v \
    elseif t == 'boolean' then return tostring(v) \
    elseif t == 'table' then local o = {} \
        for k, x in pairs(v) do o[#o + 1] = show(k) .. '=' .. show(x) end \
        return '{' .. table.concat(o, ',') .. '}' \
    else return t end end \
    local function all(ok, ...) local o = {ok and 'ok' or 'error'} local vs = {...} \
        for i = 1, select('#', ...) do o[i + 1] = show(vs[i]) end \
        return table.concat(o, ' ') end ";

/// A server, and a state of our own.
pub struct Both {
    _server: Server,
    client: Client,
    lua: Lua,
    differences: String,
    count: usize,
}

impl Both {
    /// Both sides, or nothing, visibly, where there is no live server.
    pub fn new() -> Option<Both> {
        let server = Server::oracle()?;
        let client = server.connect().expect("the server takes connections");
        Some(Both {
            _server: server,
            client,
            lua: state(),
            differences: String::new(),
            count: 0,
        })
    }

    /// Runs the body of a function, on one line, and notes a difference.
    pub fn compare(&mut self, body: &str) {
        let theirs = self.theirs(body);
        let ours = ours(&mut self.lua, body);
        if ours != theirs {
            self.count += 1;
            if self.count <= 12 {
                writeln!(
                    self.differences,
                    "{}\n  ours   {}\n  theirs {}",
                    shorten(body.as_bytes()),
                    shorten(&ours),
                    shorten(&theirs)
                )
                .expect("a string grows");
            }
        }
    }

    /// Fails with the first differences, if there were any.
    pub fn finish(self) {
        assert!(
            self.count == 0,
            "{} differ:\n{}",
            self.count,
            self.differences
        );
    }

    fn theirs(&mut self, body: &str) -> Vec<u8> {
        let script = format!("{SHOW}return all(pcall(function() {body} end))");
        match self.client.command(["EVAL", &script, "0"]) {
            Ok(Reply::Bulk(bytes)) => bytes,
            other => panic!("{body}: {other:?}"),
        }
    }
}

/// A text that may be long, as one that a person can read.
fn shorten(text: &[u8]) -> String {
    let text = text.escape_ascii().to_string();
    match text.len() {
        0..=600 => text,
        n => format!("{} … {} ({n})", &text[..400], &text[n - 200..]),
    }
}

/// A state with the libraries.
pub fn state() -> Lua {
    let mut lua = Lua::new().expect("a state");
    lua.enter(|call| {
        call.push_globals()?;
        for (name, open) in LIBRARIES {
            open(call)?;
            call.set_field_of(1, name.as_bytes())?;
        }
        Ok::<(), evalua_vm::Throw>(())
    })
    .expect("libraries");
    lua
}

/// What a body gives here.
pub fn ours(lua: &mut Lua, body: &str) -> Vec<u8> {
    let source = format!("return (function() {body} end)()");
    lua.enter(|call| {
        call.push_chunk(source.as_bytes(), b"@user_script")
            .expect("memory")
            .unwrap_or_else(|message| panic!("{body}: {}", message.escape_ascii()));
        let mut out = match call.protected_call_top(0, None) {
            Ok(()) => b"ok".to_vec(),
            Err(Failure::Error) => b"error".to_vec(),
            Err(Failure::Budget | Failure::Interrupt) => return b"stopped".to_vec(),
        };
        for i in 1..=call.height() {
            out.push(b' ');
            show(call.view(i), &mut out);
        }
        out
    })
}

fn show(value: View<'_>, out: &mut Vec<u8>) {
    match value {
        View::Number(n) => {
            let spec = Spec {
                precision: Some(17),
                ..Spec::default()
            };
            printf::float(out, spec, n, FloatForm::General, false);
        }
        View::Str(s) => {
            out.extend_from_slice(format!("{}:", s.len()).as_bytes());
            out.extend_from_slice(s);
        }
        View::Bool(b) => out.extend_from_slice(b.to_string().as_bytes()),
        View::Table(table) => {
            out.push(b'{');
            for (i, (key, value)) in table.entries().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                show(key, out);
                out.push(b'=');
                show(value, out);
            }
            out.push(b'}');
        }
        other => out.extend_from_slice(other.type_name().as_bytes()),
    }
}
