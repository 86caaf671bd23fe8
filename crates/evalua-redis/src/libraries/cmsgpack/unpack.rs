//! `cmsgpack.unpack`, `unpack_one`, `unpack_limit`.
//!
//! Owns the values of a text. What is to be in a table lies on the Lua stack; what is known about
//! tables is on a stack of its own, so that depth does not matter to Rust's. The text is looked at
//! where it is, head by head, since it may be long and be read a value at a time.

use std::ops::Range;

use evalua_vm::stack::{Call, Gathering, Throw};
use smallvec::SmallVec;

use super::stack_overflow;
use crate::args::amount;
use crate::libraries::STACK_SLOTS;

/// `cmsgpack.unpack(text)`: all values.
pub(super) fn unpack(call: &mut Call<'_>) -> Result<u32, Throw> {
    let arguments = call.argument_count();
    unpack_values(call, 0, 0, arguments)
}

/// `cmsgpack.unpack_one(text [, offset])`: the next offset and one value.
pub(super) fn unpack_one(call: &mut Call<'_>) -> Result<u32, Throw> {
    let offset = call.opt_int(2, 0)?;
    call.truncate(1);
    unpack_values(call, 1, offset, 1)
}

/// `cmsgpack.unpack_limit(text, limit [, offset])`: the next offset and up to `limit` values.
pub(super) fn unpack_limit(call: &mut Call<'_>) -> Result<u32, Throw> {
    let limit = call.check_int(2)?;
    let offset = call.opt_int(3, 0)?;
    call.truncate(1);
    unpack_values(call, limit, offset, 1)
}

/// Pushes values from an offset on. Limit and offset 0 ask for all, and for no offset in return. A
/// server has `slots` arguments on its stack.
fn unpack_values(call: &mut Call<'_>, limit: i64, offset: i64, slots: usize) -> Result<u32, Throw> {
    let length = call.check_bytes(1)?.len();
    let (Ok(limit), Some(start)) = (u64::try_from(limit), amount(offset)) else {
        // It says limit, but names the length. Both are cut to an `int`.
        let (offset, length) = (offset as i32, length as i32);
        let message =
            format!("Invalid request to unpack with offset of {offset} and limit of {length}.");
        return Err(call.raise(message.as_bytes()));
    };
    if start > length {
        let (offset, length) = (offset as i32, length as i32);
        let message = format!("Start offset {offset} greater than input length {length}.");
        return Err(call.raise(message.as_bytes()));
    }
    let all = limit == 0 && start == 0;
    let limit = if all { i32::MAX as u64 } else { limit };
    if !all {
        call.push_nil()?;
    }
    let place = call.height();
    let mut unpacker = Unpacker {
        at: start,
        length,
        frames: SmallVec::new(),
        slots,
        call,
    };
    let mut count = 0;
    while unpacker.at < length && u64::from(count) < limit {
        if let Err(fault) = unpacker.value() {
            return Err(match fault {
                Fault::Throw(throw) => throw,
                Fault::Missing => call.raise(b"Missing bytes in input."),
                Fault::Format => call.raise(b"Bad data format in input."),
                Fault::Stack(why) => call.raise(stack_overflow(why).as_bytes()),
            });
        }
        count += 1;
    }
    let Unpacker { at, slots, .. } = unpacker;
    if all {
        return Ok(count);
    }
    if slots + 1 > STACK_SLOTS {
        let message = stack_overflow("in function mp_unpack_full");
        return Err(call.raise(message.as_bytes()));
    }
    call.push_number(if at == length { -1.0 } else { at as f64 })?;
    call.replace(place);
    Ok(count + 1)
}

/// Why there is no value.
enum Fault {
    /// Memory, budget, interrupt, or a key that no table has.
    Throw(Throw),
    /// The text ends too early.
    Missing,
    /// A byte that begins no value.
    Format,
    /// A server's stack would be too small, as this text tells.
    Stack(&'static str),
}

impl From<Throw> for Fault {
    fn from(throw: Throw) -> Fault {
        Fault::Throw(throw)
    }
}

/// What the head of a value says.
enum Head {
    Nil,
    Bool(bool),
    Number(f64),
    Text(Range<usize>),
    Array(u32),
    Map(u32),
}

/// A table that is being read.
struct Frame {
    gathering: Gathering,
    /// Items that are still to come.
    left: u32,
    kind: Kind,
}

enum Kind {
    Array,
    /// Whether the key is there of the value that is being read.
    Map {
        key: bool,
    },
}

struct Unpacker<'a, 'call> {
    call: &'a mut Call<'call>,
    at: usize,
    length: usize,
    frames: SmallVec<[Frame; 16]>,
    /// What a server would have on its stack.
    slots: usize,
}

impl Unpacker<'_, '_> {
    /// Reads one value and leaves it on the stack.
    fn value(&mut self) -> Result<(), Fault> {
        loop {
            self.call.count_work(1)?;
            let is_whole = match self.head()? {
                Head::Nil => self.call.push_nil().map(|()| true)?,
                Head::Bool(b) => self.call.push_bool(b).map(|()| true)?,
                Head::Number(n) => self.call.push_number(n).map(|()| true)?,
                Head::Text(part) => self.call.push_part_of(1, part).map(|()| true)?,
                Head::Array(left) => self.open(left, Kind::Array)?,
                Head::Map(left) => self.open(left, Kind::Map { key: false })?,
            };
            if is_whole && self.place()? {
                return Ok(());
            }
        }
    }

    /// Begins a table. Gives whether it is whole already, as nothing is to be in it.
    fn open(&mut self, left: u32, kind: Kind) -> Result<bool, Fault> {
        self.slots += 1;
        if let Kind::Array = kind {
            self.need("in function mp_decode_to_lua_array")?;
            // The index waits on a server's stack.
            self.slots += 1;
        }
        self.frames.push(Frame {
            gathering: Gathering::begin(self.call),
            left,
            kind,
        });
        if left == 0 {
            self.close()?;
        }
        Ok(left == 0)
    }

    /// Puts the value on top where it belongs, and closes the tables that are full. Gives whether the
    /// value on top is not part of any.
    fn place(&mut self) -> Result<bool, Fault> {
        loop {
            let Some(frame) = self.frames.last_mut() else {
                self.slots += 1;
                return Ok(true);
            };
            match &mut frame.kind {
                Kind::Array => frame.gathering.add_item(self.call)?,
                Kind::Map { key: key @ false } => {
                    *key = true;
                    self.slots += 1;
                    return Ok(false);
                }
                Kind::Map { key } => {
                    *key = false;
                    self.slots -= 1;
                    frame.gathering.add_entry(self.call)?;
                }
            }
            frame.left -= 1;
            if frame.left > 0 {
                return Ok(false);
            }
            self.close()?;
        }
    }

    /// Leaves the innermost table on top of the stack.
    fn close(&mut self) -> Result<(), Fault> {
        if let Some(frame) = self.frames.pop() {
            match frame.kind {
                Kind::Array => {
                    self.slots -= 2;
                    frame.gathering.end_list(self.call)?;
                }
                Kind::Map { .. } => {
                    self.slots -= 1;
                    frame.gathering.end_entries(self.call)?;
                }
            }
        }
        Ok(())
    }

    fn need(&self, why: &'static str) -> Result<(), Fault> {
        if self.slots + 1 > STACK_SLOTS {
            return Err(Fault::Stack(why));
        }
        Ok(())
    }

    /// Reads the head of a value, and skips the bytes of a string.
    fn head(&mut self) -> Result<Head, Fault> {
        if self.at == self.length {
            return Err(Fault::Missing);
        }
        self.need("too many return values at once; use unpack_one or unpack_limit instead.")?;
        let text = self.call.view(1).as_bytes().unwrap_or_default();
        let mut cursor = Cursor { text, at: self.at };
        let head = cursor.head()?;
        self.at = cursor.at;
        Ok(head)
    }
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn head(&mut self) -> Result<Head, Fault> {
        let [tag] = self.take()?;
        Ok(match tag {
            0x00..=0x7f => Head::Number(tag.into()),
            0x80..=0x8f => Head::Map((tag & 0x0f).into()),
            0x90..=0x9f => Head::Array((tag & 0x0f).into()),
            0xa0..=0xbf => self.string((tag & 0x1f).into())?,
            0xc0 => Head::Nil,
            0xc2 => Head::Bool(false),
            0xc3 => Head::Bool(true),
            0xca => Head::Number(f32::from_be_bytes(self.take()?).into()),
            0xcb => Head::Number(f64::from_be_bytes(self.take()?)),
            0xcc => Head::Number(u8::from_be_bytes(self.take()?).into()),
            0xcd => Head::Number(u16::from_be_bytes(self.take()?).into()),
            0xce => Head::Number(u32::from_be_bytes(self.take()?).into()),
            // Unsigned ones pass through an integer with a sign.
            0xcf | 0xd3 => Head::Number(i64::from_be_bytes(self.take()?) as f64),
            0xd0 => Head::Number(i8::from_be_bytes(self.take()?).into()),
            0xd1 => Head::Number(i16::from_be_bytes(self.take()?).into()),
            0xd2 => Head::Number(i32::from_be_bytes(self.take()?).into()),
            0xd9 => {
                let length = u8::from_be_bytes(self.take()?);
                self.string(length.into())?
            }
            0xda => {
                let length = u16::from_be_bytes(self.take()?);
                self.string(length.into())?
            }
            0xdb => {
                let length = u32::from_be_bytes(self.take()?);
                self.string(length)?
            }
            0xdc => Head::Array(u16::from_be_bytes(self.take()?).into()),
            0xdd => Head::Array(u32::from_be_bytes(self.take()?)),
            0xde => Head::Map(u16::from_be_bytes(self.take()?).into()),
            0xdf => Head::Map(u32::from_be_bytes(self.take()?)),
            0xe0..=0xff => Head::Number((tag as i8).into()),
            0xc1 | 0xc4..=0xc9 | 0xd4..=0xd8 => return Err(Fault::Format),
        })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes = self.text.get(self.at..).and_then(<[u8]>::first_chunk);
        self.at += N;
        bytes.copied().ok_or(Fault::Missing)
    }

    fn string(&mut self, length: u32) -> Result<Head, Fault> {
        let start = self.at;
        let left = self.text.len() - start;
        if (left as u64) < length.into() {
            return Err(Fault::Missing);
        }
        self.at += length as usize;
        Ok(Head::Text(start..self.at))
    }
}
