//! `cjson.decode`.
//!
//! Owns the order of tokens and the values made of them. What is to be in a table lies on the Lua
//! stack; what is known about tables is on a stack of its own, so that depth does not matter to
//! Rust's. The tokens themselves are [`super::token`]'s.

use evalua_vm::stack::{Call, Gathering, Throw};
use smallvec::SmallVec;

use super::config::{self, Config};
use super::token::{Kind, Scanner, Token};
use super::{NULL, check_one_argument};
use crate::libraries::STACK_SLOTS;

/// `cjson.decode(text)`
pub(super) fn decode(call: &mut Call<'_>) -> Result<u32, Throw> {
    check_one_argument(call)?;
    let mut source = call.take_buffer();
    let text = call.check_bytes(1)?;
    if text.len() >= 2 && (text[0] == 0 || text[1] == 0) {
        return Err(call.raise(b"JSON parser does not support UTF-16 or UTF-32"));
    }
    // Values are pushed while the text is read, so it is read from a copy.
    source.extend_from_slice(text);
    call.check_memory(source.len())?;
    let config = config::current(call);
    let mut decoder = Decoder {
        scanner: Scanner::new(&source, config.decode_invalid),
        config,
        frames: SmallVec::new(),
        slots: 1,
        call,
    };
    if let Err(fault) = decoder.run() {
        return Err(match fault {
            Fault::Throw(throw) => throw,
            Fault::Text(text) => call.raise(text.as_bytes()),
        });
    }
    call.put_buffer(source);
    Ok(1)
}

/// Why there is no value.
enum Fault {
    /// Memory, budget or interrupt.
    Throw(Throw),
    /// An error of the text.
    Text(String),
}

impl From<Throw> for Fault {
    fn from(throw: Throw) -> Fault {
        Fault::Throw(throw)
    }
}

/// An array or object that is being read.
enum Frame {
    Array(Gathering),
    /// On top of what was gathered is the key of the value that is being read.
    Object(Gathering),
}

impl Frame {
    /// Values on a server's stack for this table: itself, and for an object a key.
    fn slots(&self) -> usize {
        match self {
            Frame::Array(_) => 1,
            Frame::Object(_) => 2,
        }
    }
}

struct Decoder<'a, 'call> {
    call: &'a mut Call<'call>,
    scanner: Scanner<'a>,
    config: Config,
    frames: SmallVec<[Frame; 16]>,
    /// What a server would have on its stack: the argument, and each open table.
    slots: usize,
}

impl Decoder<'_, '_> {
    /// Reads the whole text and pushes its value.
    fn run(&mut self) -> Result<(), Fault> {
        let mut token = self.scanner.next();
        loop {
            // A token that begins a value; it leaves the value on the stack, or an open table.
            let complete = match token.kind {
                Kind::ObjectBegin => {
                    self.descend(3)?;
                    let first = self.scanner.next();
                    if first.kind == Kind::ObjectEnd {
                        self.call.push_table(0, 0)?;
                        true
                    } else {
                        self.slots += 2;
                        self.frames.push(Frame::Object(Gathering::begin(self.call)));
                        token = self.key(first)?;
                        false
                    }
                }
                Kind::ArrayBegin => {
                    self.descend(2)?;
                    let first = self.scanner.next();
                    if first.kind == Kind::ArrayEnd {
                        self.call.push_table(0, 0)?;
                        true
                    } else {
                        self.slots += 1;
                        self.frames.push(Frame::Array(Gathering::begin(self.call)));
                        token = first;
                        false
                    }
                }
                _ => {
                    self.scalar(token)?;
                    true
                }
            };
            if complete {
                match self.complete()? {
                    Some(next) => token = next,
                    None => return Ok(()),
                }
            }
        }
    }

    /// Puts the value on top into the table that it belongs to, and closes the tables that end here.
    /// Gives the token that begins the next value, if there is one.
    fn complete(&mut self) -> Result<Option<Token>, Fault> {
        loop {
            self.call.count_work(1)?;
            let (end, expected) = match self.frames.last_mut() {
                None => {
                    return match self.scanner.next() {
                        Token {
                            kind: Kind::End, ..
                        } => Ok(None),
                        other => Err(self.unexpected("the end", other)),
                    };
                }
                Some(Frame::Array(gathering)) => {
                    gathering.add_item(self.call)?;
                    (Kind::ArrayEnd, "comma or array end")
                }
                Some(Frame::Object(gathering)) => {
                    gathering.add_entry(self.call)?;
                    (Kind::ObjectEnd, "comma or object end")
                }
            };
            // Most often another value follows at once.
            if !self.scanner.accepts(b',') {
                let token = self.scanner.next();
                if token.kind == end {
                    if let Some(frame) = self.frames.pop() {
                        self.slots -= frame.slots();
                        match frame {
                            Frame::Array(gathering) => gathering.end_list(self.call)?,
                            Frame::Object(gathering) => gathering.end_entries(self.call)?,
                        }
                    }
                    continue;
                }
                if token.kind != Kind::Comma {
                    return Err(self.unexpected(expected, token));
                }
            }
            let token = self.scanner.next();
            return if end == Kind::ObjectEnd {
                self.key(token).map(Some)
            } else {
                Ok(Some(token))
            };
        }
    }

    /// Goes into a table, unless there are too many inside each other. A server would ask for so many
    /// more slots of its stack.
    fn descend(&self, more: usize) -> Result<(), Fault> {
        let depth = self.frames.len() + 1;
        if depth > self.config.decode_max_depth as usize || self.slots + more > STACK_SLOTS {
            let at = self.scanner.position();
            return Err(Fault::Text(format!(
                "Found too many nested data structures ({depth}) at character {at}"
            )));
        }
        Ok(())
    }

    /// Pushes a key, which this token must be, and gives the token that begins its value.
    fn key(&mut self, token: Token) -> Result<Token, Fault> {
        if token.kind != Kind::String {
            return Err(self.unexpected("object key string", token));
        }
        self.call.push_bytes(self.scanner.string())?;
        if !self.scanner.accepts(b':') {
            let colon = self.scanner.next();
            if colon.kind != Kind::Colon {
                return Err(self.unexpected("colon", colon));
            }
        }
        Ok(self.scanner.next())
    }

    fn scalar(&mut self, token: Token) -> Result<(), Fault> {
        match token.kind {
            Kind::String => {
                let text = self.scanner.string();
                self.call.count_bytes(text.len())?;
                self.call.push_bytes(text)?;
            }
            Kind::Number => self.call.push_number(self.scanner.number())?,
            Kind::True => self.call.push_bool(true)?,
            Kind::False => self.call.push_bool(false)?,
            Kind::Null => self.call.push_light(NULL)?,
            _ => return Err(self.unexpected("value", token)),
        }
        Ok(())
    }

    #[cold]
    fn unexpected(&self, expected: &str, found: Token) -> Fault {
        Fault::Text(format!(
            "Expected {expected} but found {} at character {}",
            found.kind.name(),
            found.at + 1
        ))
    }
}
