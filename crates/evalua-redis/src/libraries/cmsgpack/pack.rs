//! `cmsgpack.pack`.
//!
//! Owns the bytes of a value. It looks at values where they are and writes into one buffer. Sixteen
//! levels are the most, so that it may recurse.

use evalua_vm::number::cast::{to_i32, to_i64};
use evalua_vm::stack::{Call, TableView, Throw, View};

use super::stack_overflow;
use crate::libraries::STACK_SLOTS;
use crate::libraries::output::Output;

/// A table inside so many others is written as nil.
const MAX_NESTING: u32 = 16;

/// `cmsgpack.pack(value, …)`
pub(super) fn pack(call: &mut Call<'_>) -> Result<u32, Throw> {
    let count = call.argument_count();
    if count == 0 {
        return Err(call.raise_argument(0, "MessagePack pack needs input."));
    }
    if 2 * count > STACK_SLOTS {
        let message = "Too many arguments for MessagePack pack.";
        return Err(call.raise_argument(0, message));
    }
    let buffer = call.take_buffer();
    let mut packer = Packer {
        output: Output::new(call, buffer),
    };
    // A server has on its stack the arguments, the texts of those before this one, and its copy.
    let result = (1..=count).try_for_each(|i| packer.value(call.view(i), 0, count + i));
    let (buffer, work) = packer.output.finish();
    call.count_work(work)?;
    call.count_bytes(buffer.len())?;
    match result {
        Ok(()) => call.push_bytes(&buffer)?,
        Err(Fault::Throw(throw)) => return Err(throw),
        Err(Fault::Stack(function)) => {
            let message = stack_overflow(&format!("in function {function}"));
            return Err(call.raise(message.as_bytes()));
        }
    }
    call.put_buffer(buffer);
    Ok(1)
}

/// Why a value could not be packed.
enum Fault {
    /// Memory, budget or interrupt.
    Throw(Throw),
    /// A server's stack would be too small in this function.
    Stack(&'static str),
}

impl From<Throw> for Fault {
    fn from(throw: Throw) -> Fault {
        Fault::Throw(throw)
    }
}

struct Packer<'a, 'call> {
    output: Output<'a, 'call>,
}

impl<'a> Packer<'a, '_> {
    /// Writes a value `level` tables deep. A server has `slots` values on its stack with it.
    fn value(&mut self, value: View<'a>, level: u32, slots: usize) -> Result<(), Fault> {
        match value {
            View::Str(s) => {
                // A string of 2^32 bytes is longer than strings can be.
                self.length(s.len(), 0xa0, 31, Some(0xd9), 0xda)?;
                self.output.put(s)?;
            }
            View::Number(n) => self.number(n)?,
            View::Bool(b) => self.output.byte(0xc2 + u8::from(b))?,
            View::Table(table) if level < MAX_NESTING => self.table(table, level, slots)?,
            _ => self.output.byte(0xc0)?,
        }
        self.output.count(1)?;
        Ok(())
    }

    fn number(&mut self, n: f64) -> Result<(), Fault> {
        let whole = to_i64(n);
        if whole as f64 == n && n.is_finite() {
            return self.integer(whole);
        }
        let single = n as f32;
        if f64::from(single) == n {
            self.tagged(0xca, single.to_be_bytes())
        } else {
            self.tagged(0xcb, n.to_be_bytes())
        }
    }

    /// Writes an integer in the fewest bytes.
    fn integer(&mut self, n: i64) -> Result<(), Fault> {
        match n {
            0..=0x7f => self.output.byte(n as u8)?,
            0x80..=0xff => return self.tagged(0xcc, (n as u8).to_be_bytes()),
            0x100..=0xffff => return self.tagged(0xcd, (n as u16).to_be_bytes()),
            0x1_0000..=0xffff_ffff => return self.tagged(0xce, (n as u32).to_be_bytes()),
            0x1_0000_0000.. => return self.tagged(0xcf, n.to_be_bytes()),
            -0x20..=-1 => self.output.byte(n as u8)?,
            -0x80..=-0x21 => return self.tagged(0xd0, (n as i8).to_be_bytes()),
            -0x8000..=-0x81 => return self.tagged(0xd1, (n as i16).to_be_bytes()),
            -0x8000_0000..=-0x8001 => return self.tagged(0xd2, (n as i32).to_be_bytes()),
            ..=-0x8000_0001 => return self.tagged(0xd3, n.to_be_bytes()),
        }
        Ok(())
    }

    fn tagged<const N: usize>(&mut self, tag: u8, bytes: [u8; N]) -> Result<(), Fault> {
        self.output.room(1 + N)?;
        self.output.push(tag);
        self.output.fill(N).copy_from_slice(&bytes);
        Ok(())
    }

    /// Writes a length: up to `short` inside the tag `base`; else after `tag8`, if there is one, in
    /// one byte, after `tag16` in two, or after the tag that follows in four.
    fn length(
        &mut self,
        n: usize,
        base: u8,
        short: u8,
        tag8: Option<u8>,
        tag16: u8,
    ) -> Result<(), Fault> {
        match (tag8, n) {
            (_, _) if n <= usize::from(short) => Ok(self.output.byte(base | n as u8)?),
            (Some(tag8), ..=0xff) => self.tagged(tag8, (n as u8).to_be_bytes()),
            (_, ..=0xffff) => self.tagged(tag16, (n as u16).to_be_bytes()),
            _ => self.tagged(tag16 + 1, (n as u32).to_be_bytes()),
        }
    }

    fn table(&mut self, table: TableView<'a>, level: u32, slots: usize) -> Result<(), Fault> {
        let need = |more, function| {
            if slots + more > STACK_SLOTS {
                Err(Fault::Stack(function))
            } else {
                Ok(())
            }
        };
        need(2, "table_is_an_array")?;
        if let Some(count) = array_count(table) {
            need(1, "mp_encode_lua_table_as_array")?;
            self.length(count as usize, 0x90, 15, None, 0xdc)?;
            for i in 1..=count {
                self.value(table.index(i), level + 1, slots + 1)?;
            }
        } else {
            need(3, "mp_encode_lua_table_as_map")?;
            self.length(table.entries().count(), 0x80, 15, None, 0xde)?;
            for (key, value) in table.entries() {
                self.value(key, level + 1, slots + 3)?;
                self.value(value, level + 1, slots + 2)?;
            }
        }
        Ok(())
    }
}

/// How many items a table has, if its keys are the integers from 1 to that.
fn array_count(table: TableView<'_>) -> Option<i32> {
    let (mut count, mut max) = (0_i32, 0.0_f64);
    for (key, _) in table.entries() {
        let k = key.as_number()?;
        if k <= 0.0 || f64::from(to_i32(k)) != k {
            return None;
        }
        max = max.max(k);
        count += 1;
    }
    (max == f64::from(count)).then_some(count)
}
