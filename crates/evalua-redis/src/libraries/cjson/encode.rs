//! `cjson.encode`.
//!
//! Owns the text of a value. It looks at values where they are and writes into one buffer; nested
//! tables are kept on a stack of its own, so that neither depth nor cycles matter to Rust's stack.

use evalua_vm::number::cast::{floor, to_i32};
use evalua_vm::number::format::NumberText;
use evalua_vm::number::printf::{self, FloatForm, Spec};
use evalua_vm::stack::{Call, Entries, TableView, Throw, View};
use smallvec::SmallVec;

use super::config::{self, Config, DEFAULT_PRECISION, InvalidNumber};
use super::eight::Ends;
use super::{NULL, check_one_argument};
use crate::libraries::STACK_SLOTS;
use crate::libraries::output::Output;

/// Room for a number, with the separators around it.
const NUMBER_ROOM: usize = 40;

/// Bytes that are written as escapes.
const ESCAPED: Ends<4> = Ends {
    below: 0x20,
    bytes: [b'"', b'\\', b'/', 0x7f],
};

/// `cjson.encode(value)`
pub(super) fn encode(call: &mut Call<'_>) -> Result<u32, Throw> {
    check_one_argument(call)?;
    let buffer = call.take_buffer();
    let mut encoder = Encoder {
        config: config::current(call),
        output: Output::new(call, buffer),
    };
    let result = encoder.run(call.view(1));
    let (buffer, work) = encoder.output.finish();
    call.count_work(work)?;
    match result {
        Ok(()) => call.push_bytes(&buffer)?,
        Err(Fault::Throw(throw)) => return Err(throw),
        Err(Fault::Value { kind, reason }) => {
            return Err(call.raise(format!("Cannot serialise {kind}: {reason}").as_bytes()));
        }
        Err(Fault::Depth(depth)) => {
            let message = format!("Cannot serialise, excessive nesting ({depth})");
            return Err(call.raise(message.as_bytes()));
        }
    }
    call.put_buffer(buffer);
    Ok(1)
}

/// Why a value has no text.
enum Fault {
    /// Memory, budget or interrupt.
    Throw(Throw),
    /// A value of a kind that cannot be written, and why not.
    Value {
        kind: &'static str,
        reason: &'static str,
    },
    /// Tables nest this deep.
    Depth(usize),
}

impl From<Throw> for Fault {
    fn from(throw: Throw) -> Fault {
        Fault::Throw(throw)
    }
}

/// A table that is being written.
enum Frame<'a> {
    Array {
        table: TableView<'a>,
        next: i32,
        last: i32,
    },
    Object {
        entries: Entries<'a>,
        first: bool,
    },
}

struct Encoder<'a, 'call> {
    config: Config,
    output: Output<'a, 'call>,
}

impl<'a> Encoder<'a, '_> {
    fn run(&mut self, value: View<'a>) -> Result<(), Fault> {
        let mut frames: SmallVec<[Frame<'a>; 8]> = SmallVec::new();
        // The argument, and for each open table what a server has on its stack meanwhile.
        let mut slots = 1;
        let View::Table(mut table) = value else {
            return self.scalar(value);
        };
        loop {
            let depth = frames.len() + 1;
            if depth > self.config.encode_max_depth as usize || slots + 3 > STACK_SLOTS {
                return Err(Fault::Depth(depth));
            }
            let frame = self.begin(table)?;
            slots += frame.slots();
            frames.push(frame);
            table = loop {
                let Some(frame) = frames.last_mut() else {
                    return Ok(());
                };
                match self.scalars(frame)? {
                    Some(table) => break table,
                    None => slots -= frame.slots(),
                }
                frames.pop();
            };
        }
    }

    /// Writes values of a table up to the next that is a table too, and gives that; after the last one, closes the table.
    fn scalars(&mut self, frame: &mut Frame<'a>) -> Result<Option<TableView<'a>>, Fault> {
        loop {
            match self.next(frame)? {
                Some(View::Table(table)) => return Ok(Some(table)),
                Some(scalar) => self.scalar(scalar)?,
                None => return Ok(None),
            }
        }
    }

    /// Opens a table: an array or an object.
    fn begin(&mut self, table: TableView<'a>) -> Result<Frame<'a>, Fault> {
        let last = self.array_end(table)?;
        self.output.room(NUMBER_ROOM)?;
        if last > 0 {
            self.output.push(b'[');
            Ok(Frame::Array {
                table,
                next: 1,
                last,
            })
        } else {
            self.output.push(b'{');
            Ok(Frame::Object {
                entries: table.entries(),
                first: true,
            })
        }
    }

    /// The last index of a table to be written as an array; otherwise nothing above 0.
    fn array_end(&mut self, table: TableView<'a>) -> Result<i32, Fault> {
        let mut max = 0;
        let mut items = 0_i32;
        for (key, _) in table.entries() {
            let Some(k) = key.as_number() else {
                return Ok(0);
            };
            if floor(k) != k || k < 1.0 {
                return Ok(0);
            }
            if k > f64::from(max) {
                // An index beyond C's `int` turns negative, and the table into an object unless a
                // later index is in range.
                max = to_i32(k);
            }
            items = items.wrapping_add(1);
        }
        let Config {
            sparse_ratio: ratio,
            sparse_safe: safe,
            sparse_convert: convert,
            ..
        } = self.config;
        if ratio > 0 && max > items.wrapping_mul(ratio) && max > safe {
            if !convert {
                return Err(Fault::Value {
                    kind: "table",
                    reason: "excessively sparse array",
                });
            }
            return Ok(0);
        }
        Ok(max)
    }

    /// Writes what stands before the next value of a table, and gives the value; after the last one,
    /// closes the table.
    fn next(&mut self, frame: &mut Frame<'a>) -> Result<Option<View<'a>>, Fault> {
        self.output.count(1)?;
        self.output.room(NUMBER_ROOM)?;
        match frame {
            Frame::Array { table, next, last } => {
                if *next > *last {
                    self.output.push(b']');
                    return Ok(None);
                }
                if *next > 1 {
                    self.output.push(b',');
                }
                let value = table.index(*next);
                // The last index may be the greatest `int`.
                match next.checked_add(1) {
                    Some(after) => *next = after,
                    None => *last = 0,
                }
                Ok(Some(value))
            }
            Frame::Object { entries, first } => {
                let Some((key, value)) = entries.next() else {
                    self.output.push(b'}');
                    return Ok(None);
                };
                if !*first {
                    self.output.push(b',');
                }
                *first = false;
                match key {
                    View::Str(s) => self.string(s)?,
                    View::Number(n) => {
                        self.output.push(b'"');
                        self.number(n)?;
                        self.output.push(b'"');
                    }
                    other => {
                        return Err(Fault::Value {
                            kind: other.type_name(),
                            reason: "table key must be a number or string",
                        });
                    }
                }
                self.output.push(b':');
                Ok(Some(value))
            }
        }
    }

    fn scalar(&mut self, value: View<'a>) -> Result<(), Fault> {
        match value {
            View::Str(s) => self.string(s)?,
            View::Number(n) => {
                self.output.room(NUMBER_ROOM)?;
                self.number(n)?;
            }
            View::Bool(true) => self.word(b"true")?,
            View::Bool(false) => self.word(b"false")?,
            View::Nil | View::Light(NULL) => self.word(b"null")?,
            other => {
                return Err(Fault::Value {
                    kind: other.type_name(),
                    reason: "type not supported",
                });
            }
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Fault> {
        Ok(self.output.put(word)?)
    }

    /// Writes a number into the room that there is.
    fn number(&mut self, n: f64) -> Result<(), Fault> {
        if !n.is_finite() {
            match self.config.encode_invalid {
                InvalidNumber::Refuse => {
                    return Err(Fault::Value {
                        kind: "number",
                        reason: "must not be NaN or Inf",
                    });
                }
                InvalidNumber::Write if n.is_nan() => {
                    return self.word(b"nan");
                }
                InvalidNumber::Write => {}
                InvalidNumber::Null => {
                    return self.word(b"null");
                }
            }
        }
        if self.config.precision == DEFAULT_PRECISION {
            let text = NumberText::new(n);
            let text = text.as_bytes();
            self.output.fill(text.len()).copy_from_slice(text);
            return Ok(());
        }
        let whole = n as i64;
        // An integer of no more digits than the precision is written in full; not so minus zero.
        if whole as f64 == n
            && whole.unsigned_abs() < 10_u64.pow(self.config.precision as u32)
            && (whole != 0 || n.is_sign_positive())
        {
            self.word(itoa::Buffer::new().format(whole).as_bytes())
        } else {
            let spec = Spec {
                precision: Some(self.config.precision as u16),
                ..Spec::default()
            };
            let mut text = Vec::new();
            printf::float(&mut text, spec, n, FloatForm::General, false);
            self.word(&text)
        }
    }

    /// Writes a string, and leaves room for the separators after it.
    fn string(&mut self, s: &[u8]) -> Result<(), Fault> {
        self.output.count(s.len() as u64 / 64)?;
        self.output.room(s.len() + NUMBER_ROOM)?;
        let spare = self.output.spare();
        spare[0] = b'"';
        if !ESCAPED.copy_plain(s, &mut spare[1..]) {
            return self.escaped_string(s);
        }
        spare[1 + s.len()] = b'"';
        self.output.advance(s.len() + 2);
        Ok(())
    }

    /// As [`Encoder::string`], of one with something to escape.
    #[cold]
    fn escaped_string(&mut self, mut rest: &[u8]) -> Result<(), Fault> {
        self.word(b"\"")?;
        loop {
            let plain = ESCAPED.run_before(rest);
            self.word(&rest[..plain])?;
            let Some(&byte) = rest.get(plain) else {
                self.word(b"\"")?;
                return Ok(self.output.room(NUMBER_ROOM)?);
            };
            match escape_of(byte) {
                Some(letter) => self.word(&[b'\\', letter])?,
                None => {
                    let digit = |nibble| b"0123456789abcdef"[usize::from(nibble)];
                    let (high, low) = (digit(byte >> 4), digit(byte & 15));
                    self.word(&[b'\\', b'u', b'0', b'0', high, low])?;
                }
            }
            rest = &rest[plain + 1..];
        }
    }
}

/// The letter that stands for a byte behind a backslash, if there is one.
fn escape_of(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' | b'\\' | b'/' => byte,
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        _ => return None,
    })
}

impl Frame<'_> {
    /// Values on a server's stack for this table: its item, or a key and a value.
    fn slots(&self) -> usize {
        match self {
            Frame::Array { .. } => 1,
            Frame::Object { .. } => 2,
        }
    }
}
