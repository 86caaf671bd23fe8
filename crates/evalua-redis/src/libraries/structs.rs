//! `struct`: C structures as bytes, as the server's `struct` packs and unpacks them on x86-64.
//!
//! No crate gives its formats: alignment on request, integers of up to 32 bytes by way of one of 8,
//! `c0` with a length that was read before, and its errors. Hence this one.
//!
//! Owns formats and the three functions that follow them. A format ends at its first NUL, as a C
//! string does.

use evalua_vm::number::cast::{to_i64, to_u64};
use evalua_vm::stack::{Call, Throw};
use smallvec::SmallVec;

use super::STACK_SLOTS;

const ROWS: &[super::Row] = &[("pack", pack), ("unpack", unpack), ("size", size)];

/// The most bytes of an integer.
const MAX_INTEGER: usize = 32;

/// What `!` alone aligns to.
const MAX_ALIGNMENT: i32 = 8;

/// Pushes the table of the library.
pub(super) fn open(call: &mut Call<'_>) -> Result<(), Throw> {
    call.push_table(0, ROWS.len())?;
    super::register(call, ROWS)
}

/// `struct.pack(format, value, …)`
fn pack(call: &mut Call<'_>) -> Result<u32, Throw> {
    let mut format = Format::of_argument(call)?;
    let mut out = call.take_buffer();
    let mut argument = 1;
    while let Some(item) = format.next(call, out.len())? {
        out.resize(out.len() + item.padding, 0);
        if item.has_value() {
            argument += 1;
        }
        match item.option {
            b'x' => out.push(0),
            b'f' => {
                let bytes = single(check_number(call, argument)?).to_le_bytes();
                out.extend_from_slice(&format.ordered(bytes));
            }
            b'd' => {
                let bytes = check_number(call, argument)?.to_le_bytes();
                out.extend_from_slice(&format.ordered(bytes));
            }
            b'c' | b's' => {
                check_present(call, argument, "string")?;
                let length = call.check_bytes(argument)?.len();
                let size = if item.size == 0 { length } else { item.size };
                if length < size {
                    // The server counts the argument before it looks at it.
                    return Err(call.raise_argument(argument + 1, "string too short"));
                }
                call.check_memory(out.len() + size)?;
                call.count_bytes(size)?;
                let text = call.view(argument).as_bytes().unwrap_or_default();
                out.extend_from_slice(&text[..size]);
                if item.option == b's' {
                    out.push(0);
                }
            }
            _ if item.is_integer() => {
                let n = check_number(call, argument)?;
                let value = if n < 0.0 { to_i64(n) as u64 } else { to_u64(n) };
                let mut bytes = [0; MAX_INTEGER];
                bytes[..8].copy_from_slice(&value.to_le_bytes());
                let bytes = &mut bytes[..item.size];
                if format.big_endian {
                    bytes.reverse();
                }
                out.extend_from_slice(bytes);
            }
            _ => format.control(call, item.option)?,
        }
    }
    call.push_bytes(&out)?;
    call.put_buffer(out);
    Ok(1)
}

/// `struct.unpack(format, data [, position])`: the values and the position after them.
fn unpack(call: &mut Call<'_>) -> Result<u32, Throw> {
    let mut format = Format::of_argument(call)?;
    let length = call.check_bytes(2)?.len();
    // Negative ones become huge.
    let Some(at) = (call.opt_int(3, 1)? as u64).checked_sub(1) else {
        return Err(call.raise_argument(3, "offset must be 1 or greater"));
    };
    let mut at = usize::try_from(at).unwrap_or(usize::MAX);
    let mut count = 0;
    while let Some(item) = format.next(call, at)? {
        at = at.wrapping_add(item.padding);
        let mut size = item.size;
        check_data(call, length, at, size)?;
        if call.height() + 2 > STACK_SLOTS {
            return Err(call.raise(b"stack overflow (too many results)"));
        }
        match item.option {
            b'x' => {}
            b'f' => {
                let bytes = format.ordered(data_at(call, at));
                call.push_number(f32::from_le_bytes(bytes).into())?;
            }
            b'd' => {
                let bytes = format.ordered(data_at(call, at));
                call.push_number(f64::from_le_bytes(bytes))?;
            }
            b'c' => {
                if size == 0 {
                    let top = call.height();
                    let Some(n) = call.number_at(top)?.filter(|_| count > 0) else {
                        return Err(call.raise(b"format 'c0' needs a previous size"));
                    };
                    call.pop();
                    count -= 1;
                    size = usize::try_from(to_u64(n)).unwrap_or(usize::MAX);
                    check_data(call, length, at, size)?;
                }
                call.push_part_of(2, at..at + size)?;
            }
            b's' => {
                let data = call.view(2).as_bytes().unwrap_or_default();
                let Some(end) = data[at..].iter().position(|&byte| byte == 0) else {
                    call.count_bytes(length - at)?;
                    return Err(call.raise(b"unfinished string in data"));
                };
                call.push_part_of(2, at..at + end)?;
                size = end + 1;
            }
            _ if item.is_integer() => {
                let data = call.view(2).as_bytes().unwrap_or_default();
                let value = item.integer(&data[at..at + size], format.big_endian);
                call.push_number(value)?;
            }
            _ => format.control(call, item.option)?,
        }
        if item.has_value() {
            count += 1;
        }
        at = at.wrapping_add(size);
    }
    call.push_number(at.wrapping_add(1) as i64 as f64)?;
    Ok(count + 1)
}

/// `struct.size(format)`: how many bytes it describes.
fn size(call: &mut Call<'_>) -> Result<u32, Throw> {
    let mut format = Format::of_argument(call)?;
    let mut at = 0_usize;
    while let Some(item) = format.next(call, at)? {
        match item.option {
            b's' => return Err(call.raise_argument(1, "option 's' has no fixed size")),
            b'c' if item.size == 0 => {
                return Err(call.raise_argument(1, "option 'c0' has no fixed size"));
            }
            // Letters that mean nothing pass here, and only here.
            option if option.is_ascii_alphanumeric() => {}
            option => format.control(call, option)?,
        }
        at = at.wrapping_add(item.padding).wrapping_add(item.size);
    }
    call.push_number(at as i64 as f64)?;
    Ok(1)
}

/// A number as a `float`; of NaN only the sign is kept.
fn single(n: f64) -> f32 {
    if n.is_nan() {
        f32::NAN.copysign(if n.is_sign_negative() { -1.0 } else { 1.0 })
    } else {
        n as f32
    }
}

/// Behind its arguments a server has a nil, which is what is found in place of a missing one.
fn check_present(call: &mut Call<'_>, argument: usize, expected: &str) -> Result<(), Throw> {
    if argument > call.argument_count() {
        let message = format!("{expected} expected, got nil");
        return Err(call.raise_argument(argument, message));
    }
    Ok(())
}

fn check_number(call: &mut Call<'_>, argument: usize) -> Result<f64, Throw> {
    check_present(call, argument, "number")?;
    call.check_number(argument)
}

/// Whether there are so many bytes of data.
fn check_data(call: &mut Call<'_>, length: usize, at: usize, size: usize) -> Result<(), Throw> {
    if size > length || at > length - size {
        return Err(call.raise_argument(2, "data string too short"));
    }
    Ok(())
}

/// Bytes of the data that are known to be there.
fn data_at<const N: usize>(call: &Call<'_>, at: usize) -> [u8; N] {
    let data = call.view(2).as_bytes().unwrap_or_default();
    data.get(at..)
        .and_then(<[u8]>::first_chunk)
        .copied()
        .unwrap_or([0; N])
}

/// A format that is being followed.
struct Format {
    text: SmallVec<[u8; 32]>,
    at: usize,
    big_endian: bool,
    /// No value is aligned to more bytes than this.
    alignment: i32,
}

/// A letter of a format.
struct Item {
    option: u8,
    /// Bytes of the value; for a string 0 if the format does not say.
    size: usize,
    /// Bytes to skip before it.
    padding: usize,
}

impl Item {
    fn is_integer(&self) -> bool {
        matches!(
            self.option,
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I'
        )
    }

    fn has_value(&self) -> bool {
        self.is_integer() || matches!(self.option, b'f' | b'd' | b'c' | b's')
    }

    /// The integer in these bytes; of more than eight, those that count least.
    fn integer(&self, bytes: &[u8], big_endian: bool) -> f64 {
        let append = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
        let value = if big_endian {
            bytes.iter().fold(0, append)
        } else {
            bytes.iter().rev().fold(0, append)
        };
        if self.option.is_ascii_uppercase() {
            return value as f64;
        }
        // The processor takes the count of a shift modulo 64, which shows where there are more
        // than eight bytes.
        let sign = u64::MAX.wrapping_shl((8 * bytes.len() as u32).wrapping_sub(1));
        let value = if value & sign != 0 {
            value | sign
        } else {
            value
        };
        value as i64 as f64
    }
}

impl Format {
    /// The format in the first argument.
    fn of_argument(call: &mut Call<'_>) -> Result<Format, Throw> {
        let text = call.check_bytes(1)?;
        let end = text.iter().position(|&byte| byte == 0);
        Ok(Format {
            text: SmallVec::from_slice(&text[..end.unwrap_or(text.len())]),
            at: 0,
            big_endian: false,
            alignment: 1,
        })
    }

    /// The next letter, for a value at this position.
    fn next(&mut self, call: &mut Call<'_>, position: usize) -> Result<Option<Item>, Throw> {
        call.count_work(1)?;
        let Some(&option) = self.text.get(self.at) else {
            return Ok(None);
        };
        self.at += 1;
        let size = match option {
            b'b' | b'B' | b'x' => 1,
            b'h' | b'H' => 2,
            b'f' => 4,
            b'd' | b'l' | b'L' | b'T' => 8,
            b'c' => self.number(call, 1)? as usize,
            b'i' | b'I' => {
                let size = self.number(call, 4)? as usize;
                if size > MAX_INTEGER {
                    let message =
                        format!("integral size {size} is larger than limit of {MAX_INTEGER}");
                    return Err(call.raise(message.as_bytes()));
                }
                size
            }
            _ => 0,
        };
        let padding = if size == 0 || option == b'c' {
            0
        } else {
            // A size that is no power of 2 gives what it gives.
            let size = size.min(self.alignment as usize);
            (size - (position & (size - 1))) & (size - 1)
        };
        Ok(Some(Item {
            option,
            size,
            padding,
        }))
    }

    /// The number that stands here, or the default where there is none. It is not negative.
    fn number(&mut self, call: &mut Call<'_>, default: i32) -> Result<i32, Throw> {
        if !self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            return Ok(default);
        }
        let mut value = 0_i32;
        while let Some(digit @ b'0'..=b'9') = self.text.get(self.at) {
            let longer = value.checked_mul(10);
            value = match longer.and_then(|value| value.checked_add((digit - b'0').into())) {
                Some(value) => value,
                None => return Err(call.raise(b"integral size overflow")),
            };
            self.at += 1;
        }
        Ok(value)
    }

    /// Does what a letter without a value asks for.
    fn control(&mut self, call: &mut Call<'_>, option: u8) -> Result<(), Throw> {
        match option {
            b' ' => {}
            b'>' => self.big_endian = true,
            b'<' => self.big_endian = false,
            b'!' => {
                let alignment = self.number(call, MAX_ALIGNMENT)?;
                if alignment.count_ones() != 1 {
                    let message = format!("alignment {alignment} is not a power of 2");
                    return Err(call.raise(message.as_bytes()));
                }
                self.alignment = alignment;
            }
            _ => {
                let message = [b"invalid format option '", &[option][..], b"'"].concat();
                return Err(call.raise_argument(1, message));
            }
        }
        Ok(())
    }

    /// Bytes with the least first, as the format orders them, or the other way around.
    fn ordered<const N: usize>(&self, mut bytes: [u8; N]) -> [u8; N] {
        if self.big_endian {
            bytes.reverse();
        }
        bytes
    }
}
