//! Messages: how they are read from a stream and written to one.
//!
//! Owns the headers and the envelope. A message that is too large or no JSON is passed over; headers that make no
//! sense end the stream, since nobody knows where the next message begins.

use std::io::{BufRead, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

/// The largest message.
const MOST_BYTES: u64 = 16 << 20;

/// The longest header.
const MOST_HEADER: u64 = 4096;

/// The most headers of a message.
const MOST_HEADERS: usize = 32;

/// A request of the editor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    pub seq: i64,
    pub command: String,
    pub arguments: Value,
}

/// What has come.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    Request(Request),
    /// A message that is no request: what can be said of it, and what is wrong.
    Wrong(Request, String),
    /// The stream cannot be followed any more, for this reason.
    Broken(String),
    /// The stream has ended.
    End,
}

impl Incoming {
    /// Whether it wants something to be run.
    pub fn launches(&self) -> bool {
        matches!(self, Incoming::Request(request) if request.command == "launch")
    }

    /// Whether the script is to end, wherever it is.
    pub fn ends_script(&self) -> bool {
        match self {
            Incoming::Request(request) => {
                matches!(request.command.as_str(), "disconnect" | "terminate")
            }
            Incoming::Wrong(..) => false,
            Incoming::Broken(_) | Incoming::End => true,
        }
    }
}

/// Reads the next message.
pub(super) fn read(input: &mut impl BufRead) -> Incoming {
    match read_body(input) {
        Ok(Some(Ok(body))) => parse(&body),
        Ok(Some(Err(wrong))) => Incoming::Wrong(unknown(), wrong),
        Ok(None) => Incoming::End,
        Err(message) => Incoming::Broken(message),
    }
}

/// A request of which nothing is known.
fn unknown() -> Request {
    Request {
        seq: 0,
        command: String::new(),
        arguments: Value::Null,
    }
}

/// The bytes of the next message; `None` at the end.
fn read_body(input: &mut impl BufRead) -> Result<Option<Result<Vec<u8>, String>>, String> {
    let failed = |error: std::io::Error| format!("cannot read: {error}");
    let mut length: Option<u64> = None;
    for count in 0.. {
        let mut header = Vec::new();
        let mut limited = input.by_ref().take(MOST_HEADER);
        limited.read_until(b'\n', &mut header).map_err(failed)?;
        if header.is_empty() && count == 0 {
            return Ok(None);
        }
        if header.last() != Some(&b'\n') || count > MOST_HEADERS {
            return Err("the headers of a message do not end".to_owned());
        }
        let header = String::from_utf8_lossy(&header);
        let header = header.trim();
        if header.is_empty() {
            break;
        }
        let Some((name, value)) = header.split_once(':') else {
            return Err(format!("no header of a message: {header:?}"));
        };
        if name.trim().eq_ignore_ascii_case("Content-Length") {
            let number = value.trim().parse();
            length = Some(number.map_err(|_| format!("no length of a message: {header:?}"))?);
        }
    }
    let length = length.ok_or("a message without the header Content-Length")?;
    let mut limited = input.by_ref().take(length);
    if length > MOST_BYTES {
        let passed = std::io::copy(&mut limited, &mut std::io::sink()).map_err(failed)?;
        return match passed == length {
            true => Ok(Some(Err(format!(
                "a message of {length} bytes is larger than {MOST_BYTES}"
            )))),
            false => Err("the stream ends within a message".to_owned()),
        };
    }
    let mut body = Vec::new();
    limited.read_to_end(&mut body).map_err(failed)?;
    match body.len() as u64 == length {
        true => Ok(Some(Ok(body))),
        false => Err("the stream ends within a message".to_owned()),
    }
}

/// Reads the envelope.
fn parse(body: &[u8]) -> Incoming {
    let message: Value = match serde_json::from_slice(body) {
        Ok(message) => message,
        Err(error) => return Incoming::Wrong(unknown(), format!("no JSON: {error}")),
    };
    let request = Request {
        seq: message["seq"].as_i64().unwrap_or_default(),
        command: message["command"].as_str().unwrap_or_default().to_owned(),
        arguments: message["arguments"].clone(),
    };
    let wrong = if message["type"] != "request" {
        "a message that is no request"
    } else if !message["seq"].is_i64() {
        "a request without a number in seq"
    } else if !message["command"].is_string() {
        "a request without a name in command"
    } else if !(request.arguments.is_object() || request.arguments.is_null()) {
        "a request whose arguments are no object"
    } else {
        return Incoming::Request(request);
    };
    Incoming::Wrong(request, wrong.to_owned())
}

/// What kind of text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// What the debugger says.
    Console,
    /// What the program gives.
    Stdout,
    /// What the program complains of.
    Stderr,
}

/// Where messages go. Cheap to clone, and a clone is the same.
#[derive(Clone)]
pub struct Output(Arc<Mutex<Stream>>);

struct Stream {
    writer: Box<dyn Write + Send>,
    seq: i64,
}

impl Output {
    pub(super) fn new(writer: impl Write + Send + 'static) -> Output {
        Output(Arc::new(Mutex::new(Stream {
            writer: Box::new(writer),
            seq: 0,
        })))
    }

    fn send(&self, mut message: Value) {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.seq += 1;
        message["seq"] = stream.seq.into();
        let body = message.to_string();
        let header = format!("Content-Length: {}\r\n\r\n", body.len());
        // Where nobody reads any more, the input ends as well.
        let _ = (stream.writer.write_all(header.as_bytes()))
            .and_then(|()| stream.writer.write_all(body.as_bytes()))
            .and_then(|()| stream.writer.flush());
    }

    pub(super) fn event(&self, name: &str, body: Value) {
        self.send(json!({ "type": "event", "event": name, "body": body }));
    }

    pub(super) fn respond(&self, request: &Request, body: Value) {
        self.send(json!({
            "type": "response",
            "request_seq": request.seq,
            "command": request.command,
            "success": true,
            "body": body,
        }));
    }

    pub(super) fn refuse(&self, request: &Request, message: &str) {
        self.send(json!({
            "type": "response",
            "request_seq": request.seq,
            "command": request.command,
            "success": false,
            "message": message,
            "body": { "error": { "id": 1, "format": "{text}", "variables": { "text": message }, "showUser": true } },
        }));
    }

    /// Shows a line of text to the person who debugs.
    pub fn text(&self, category: Category, text: &str) {
        let category = match category {
            Category::Console => "console",
            Category::Stdout => "stdout",
            Category::Stderr => "stderr",
        };
        let output = format!("{}\n", text.trim_end_matches('\n'));
        self.event("output", json!({ "category": category, "output": output }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &str) -> Vec<u8> {
        format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    #[test]
    fn messages_follow_one_another() {
        let one = r#"{"seq":1,"type":"request","command":"threads"}"#;
        let mut bytes = framed(one);
        bytes.extend(framed("{]"));
        bytes.extend(b"Other: x\r\ncontent-length:2\r\n\r\n{}");
        bytes.extend(framed(
            r#"{"seq":2,"type":"request","command":"x","arguments":[]}"#,
        ));
        let mut input = &bytes[..];
        let Incoming::Request(request) = read(&mut input) else {
            panic!("no request");
        };
        assert_eq!((request.seq, &*request.command), (1, "threads"));
        let wrong = |incoming| match incoming {
            Incoming::Wrong(request, message) => (request.seq, message),
            other => panic!("{other:?}"),
        };
        assert!(wrong(read(&mut input)).1.starts_with("no JSON: "));
        assert_eq!(wrong(read(&mut input)).1, "a message that is no request");
        assert_eq!(
            wrong(read(&mut input)),
            (2, "a request whose arguments are no object".to_owned())
        );
        assert_eq!(read(&mut input), Incoming::End);
    }

    #[test]
    fn what_cannot_be_followed_is_said() {
        for (bytes, message) in [
            ("x\r\n\r\n", "no header of a message: \"x\""),
            (
                "Content-Length: -1\r\n\r\n",
                "no length of a message: \"Content-Length: -1\"",
            ),
            (
                "Content-Length: 99999999999999999999\r\n\r\n",
                "no length of a message: \"Content-Length: 99999999999999999999\"",
            ),
            (
                "A: b\r\n\r\n{}",
                "a message without the header Content-Length",
            ),
            (
                "Content-Length: 5\r\n\r\n{}",
                "the stream ends within a message",
            ),
            ("Content-Length: 5", "the headers of a message do not end"),
            (
                "Content-Length: 99999999999\r\n\r\n{}",
                "the stream ends within a message",
            ),
            (
                &"A: b\r\n".repeat(100),
                "the headers of a message do not end",
            ),
            (&"A".repeat(10_000), "the headers of a message do not end"),
        ] {
            assert_eq!(
                read(&mut bytes.as_bytes()),
                Incoming::Broken(message.to_owned())
            );
        }
    }

    #[test]
    fn what_is_too_large_is_passed_over() {
        let mut bytes = format!("Content-Length: {}\r\n\r\n", MOST_BYTES + 1).into_bytes();
        bytes.resize(bytes.len() + MOST_BYTES as usize + 1, b' ');
        bytes.extend(framed("1"));
        let mut input = &bytes[..];
        let messages = [read(&mut input), read(&mut input)].map(|incoming| match incoming {
            Incoming::Wrong(_, message) => message,
            other => panic!("{other:?}"),
        });
        assert!(
            messages[0].ends_with("is larger than 16777216"),
            "{}",
            messages[0]
        );
        assert_eq!(messages[1], "a message that is no request");
    }
}
