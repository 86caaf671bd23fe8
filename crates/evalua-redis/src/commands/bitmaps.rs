//! Strings as arrays of bits, the highest bit of the first byte first.

use crate::args::{self, Args, is};
use crate::commands::store;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, OW, RO, RW, UPDATE};
use crate::table::flag::{DENYOOM, FAST, READONLY, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::StringValue;

const ROW: Command = Command {
    group: Group::Bitmap,
    acl: acl::BITMAP,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "bitcount",
        arity: -2,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.6.0",
        summary: "Counts the number of set bits (population counting) in a string.",
        complexity: "O(N)",
        examples: examples![
            ("SET k foobar", "OK"),
            ("BITCOUNT k", "(integer) 26"),
            ("BITCOUNT k 0 0", "(integer) 4"),
            ("BITCOUNT k 1 -30 BIT", "(integer) 12"),
            ("BITCOUNT k 5 30 BIT", "(integer) 17"),
            ("BITCOUNT k 0", "(error) ERR syntax error"),
            ("BITCOUNT none 0 x", "(integer) 0"),
        ],
        run: bitcount,
        ..ROW
    },
    Command {
        name: "bitop",
        arity: -4,
        flags: WRITE | DENYOOM,
        keys: &[
            KeySpec::one(2, OW | UPDATE),
            KeySpec::range(3, -1, 1, RO | ACCESS),
        ],
        since: "2.6.0",
        summary: "Performs bitwise operations on multiple strings, and stores the result.",
        complexity: "O(N)",
        examples: examples![
            ("MSET a foobar b abcdef", "OK"),
            ("BITOP AND dest a b", "(integer) 6"),
            ("GET dest", "\"`bc`ab\""),
            (
                "BITOP NOT dest a b",
                "(error) ERR BITOP NOT must be called with a single source key.",
            ),
        ],
        run: bitop,
        ..ROW
    },
    Command {
        name: "bitpos",
        arity: -3,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.8.7",
        summary: "Finds the first set (1) or clear (0) bit in a string.",
        complexity: "O(N)",
        examples: examples![
            ("SET k \"\\xff\\xf0\\x00\"", "OK"),
            ("BITPOS k 0", "(integer) 12"),
            ("BITPOS k 1 2", "(integer) -1"),
            ("BITPOS k 1 0 -1 BIT", "(integer) 0"),
            ("BITPOS k 2", "(error) ERR The bit argument must be 1 or 0."),
        ],
        run: bitpos,
        ..ROW
    },
    Command {
        name: "getbit",
        arity: 3,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.2.0",
        summary: "Returns a bit value by offset.",
        examples: examples![
            ("SETBIT k 7 1", "(integer) 0"),
            ("GETBIT k 7", "(integer) 1"),
            ("GETBIT k 100", "(integer) 0"),
            (
                "GETBIT k -1",
                "(error) ERR bit offset is not an integer or out of range",
            ),
        ],
        run: getbit,
        ..ROW
    },
    Command {
        name: "setbit",
        arity: 4,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE)],
        since: "2.2.0",
        summary: "Sets or clears the bit at offset of the string value. Creates the key if it doesn't exist.",
        examples: examples![
            ("SETBIT k 7 1", "(integer) 0"),
            ("SETBIT k 7 0", "(integer) 1"),
            ("GET k", "\"\\x00\""),
            (
                "SETBIT k 0 2",
                "(error) ERR bit is not an integer or out of range",
            ),
            (
                "SETBIT k 4294967296 1",
                "(error) ERR bit offset is not an integer or out of range",
            ),
        ],
        run: setbit,
        ..ROW
    },
];

/// Reads the position of a bit, which must be inside the longest string there may be.
///
/// # Errors
/// [`errors::BIT_OFFSET`].
pub fn bit_offset(ctx: &Ctx<'_>, text: &[u8]) -> Result<usize, CommandError> {
    check_offset(ctx, crate::number::parse_int(text))
}

/// As [`bit_offset`], of a field of so many bits: `#N` counts fields.
///
/// # Errors
/// [`errors::BIT_OFFSET`].
pub fn field_offset(ctx: &Ctx<'_>, text: &[u8], bits: u32) -> Result<usize, CommandError> {
    match text.split_first() {
        // The product wraps around in the server too, and counts when it happens to fit.
        Some((b'#', digits)) => check_offset(
            ctx,
            crate::number::parse_int(digits).map(|n| n.wrapping_mul(i64::from(bits))),
        ),
        _ => bit_offset(ctx, text),
    }
}

fn check_offset(ctx: &Ctx<'_>, offset: Option<i64>) -> Result<usize, CommandError> {
    let max_bytes = ctx.core.config.proto_max_bulk_len;
    offset
        .filter(|offset| *offset >= 0 && offset >> 3 < max_bytes)
        .and_then(|offset| usize::try_from(offset).ok())
        .ok_or(errors::BIT_OFFSET)
}

/// The bytes of the string at a key, made long enough to have that bit; and whether that took making
/// it longer.
///
/// # Errors
/// [`errors::WRONG_TYPE`].
pub fn room_for<'c>(
    ctx: &'c mut Ctx<'_>,
    key: &[u8],
    last_bit: usize,
) -> Result<(&'c mut Vec<u8>, bool), CommandError> {
    // Before anything is made under the key.
    ctx.db().read::<StringValue>(key)?;
    let bytes = ctx.db().write_or_insert::<StringValue>(key)?.make_mut();
    let grows = bytes.len() <= last_bit / 8;
    if grows {
        bytes.resize(last_bit / 8 + 1, 0);
    }
    Ok((bytes, grows))
}

fn setbit(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let key = args[1];
    let offset = bit_offset(ctx, args[2])?;
    let on = match args::int(args[3]) {
        Ok(0) => false,
        Ok(1) => true,
        _ => return Err(errors::BIT_VALUE),
    };
    let (bytes, grows) = room_for(ctx, key, offset)?;
    let mask = 0x80 >> (offset % 8);
    let byte = &mut bytes[offset / 8];
    let was_on = *byte & mask != 0;
    *byte = *byte & !mask | if on { mask } else { 0 };
    if grows || was_on != on {
        ctx.notify(Class::String, "setbit", key);
    }
    Ok(Reply::flag(was_on))
}

fn getbit(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let offset = bit_offset(ctx, args[2])?;
    let Some(value) = ctx.db().read::<StringValue>(args[1])? else {
        return Ok(Reply::flag(false));
    };
    let byte = value.as_bytes().get(offset / 8).copied().unwrap_or(0);
    Ok(Reply::flag(byte & (0x80 >> (offset % 8)) != 0))
}

/// The bits from the first to the last of a range, both included.
#[derive(Clone, Copy)]
struct Range {
    first: usize,
    last: usize,
}

impl Range {
    /// The range of bits that `start` and `end` say, in bits or bytes, of a string of `len` bytes;
    /// negative positions count from the end. `None` when nothing is in it.
    fn new(start: i64, end: i64, in_bits: bool, len: usize) -> Option<Range> {
        let unit = if in_bits { 1 } else { 8 };
        let total = i64::try_from(len).ok()? * if in_bits { 8 } else { 1 };
        let place = |at: i64| if at < 0 { (total + at).max(0) } else { at };
        let (start, end) = (place(start), place(end).min(total - 1));
        (start <= end).then(|| Range {
            first: start as usize * unit,
            last: end as usize * unit + unit - 1,
        })
    }

    /// The byte at `index`, with the bits outside the range replaced by those of `filler`.
    fn byte(self, bytes: &[u8], index: usize, filler: u8) -> u8 {
        let mut inside = 0xff;
        if index == self.first / 8 {
            inside &= 0xff >> (self.first % 8);
        }
        if index == self.last / 8 {
            inside &= 0xff << (7 - self.last % 8);
        }
        bytes[index] & inside | filler & !inside
    }
}

/// Whether the word for a unit says bits.
fn is_bits(word: &[u8]) -> Result<bool, CommandError> {
    match is(word, "BIT") {
        true => Ok(true),
        false if is(word, "BYTE") => Ok(false),
        false => Err(errors::SYNTAX),
    }
}

fn bitcount(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let Some(value) = ctx.db().read::<StringValue>(args[1])? else {
        return Ok(Reply::Integer(0));
    };
    let bytes = value.as_bytes();
    let range = match args.len() {
        2 => Range::new(0, -1, false, bytes.len()),
        4 | 5 => {
            let (start, end) = (args.int(2)?, args.int(3)?);
            if start < 0 && end < 0 && start > end {
                return Ok(Reply::Integer(0));
            }
            let in_bits = args.get(4).map_or(Ok(false), is_bits)?;
            Range::new(start, end, in_bits, bytes.len())
        }
        _ => return Err(errors::SYNTAX),
    };
    let Some(range) = range else {
        return Ok(Reply::Integer(0));
    };
    let (first, last) = (range.first / 8, range.last / 8);
    let inner = bytes.get(first + 1..last).unwrap_or_default();
    let mut count: u64 = inner.iter().map(|byte| u64::from(byte.count_ones())).sum();
    count += u64::from(range.byte(&bytes, first, 0).count_ones());
    if last > first {
        count += u64::from(range.byte(&bytes, last, 0).count_ones());
    }
    Ok(Reply::count(count as usize))
}

fn bitpos(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let wanted = match args.int(2)? {
        0 => false,
        1 => true,
        _ => return Err(errors::BITPOS_BIT),
    };
    let Some(value) = ctx.db().read::<StringValue>(args[1])? else {
        return Ok(Reply::Integer(if wanted { -1 } else { 0 }));
    };
    let bytes = value.as_bytes();
    let range = match args.len() {
        3 => Range::new(0, -1, false, bytes.len()),
        4..=6 => {
            let start = args.int(3)?;
            let in_bits = args.get(5).map_or(Ok(false), is_bits)?;
            let end = args.get(4).map_or(Ok(-1), args::int)?;
            Range::new(start, end, in_bits, bytes.len())
        }
        _ => return Err(errors::SYNTAX),
    };
    let Some(range) = range else {
        return Ok(Reply::Integer(-1));
    };
    // Bits outside the range look like those that are not wanted.
    let filler = if wanted { 0 } else { 0xff };
    let found = (range.first / 8..=range.last / 8).find_map(|index| {
        let byte = range.byte(&bytes, index, filler) ^ filler;
        (byte != 0).then(|| index * 8 + byte.leading_zeros() as usize)
    });
    Ok(match found {
        Some(position) => Reply::count(position),
        // A string without end has zeros behind its last byte.
        None if !wanted && args.len() < 5 => Reply::count(bytes.len() * 8),
        None => Reply::Integer(-1),
    })
}

fn bitop(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (operation, key, sources) = (args[1], args[2], args.from(3));
    let combine: fn(u8, u8) -> u8 = match operation.to_ascii_lowercase().as_slice() {
        b"and" => |a, b| a & b,
        b"or" => |a, b| a | b,
        b"xor" => |a, b| a ^ b,
        // Of nothing but zeros and the one source.
        b"not" if sources.len() == 1 => |a, b| a | !b,
        b"not" => return Err(errors::BITOP_NOT_SOURCES),
        _ => return Err(errors::SYNTAX),
    };
    let db = ctx.db();
    for source in sources {
        db.read::<StringValue>(source)?;
    }
    let mut strings = Vec::with_capacity(sources.len());
    for source in sources {
        let value = db.peek::<StringValue>(source)?;
        strings.push(value.map(StringValue::as_bytes).unwrap_or_default());
    }
    let len = strings.iter().map(|bytes| bytes.len()).max().unwrap_or(0);
    let (mut result, others) = match strings.split_first() {
        Some((first, others @ [_, ..])) => (first.to_vec(), others),
        _ if is(operation, "NOT") => (Vec::new(), &strings[..]),
        _ => (strings.concat(), &[][..]),
    };
    result.resize(len, 0);
    for bytes in others {
        let (common, rest) = result.split_at_mut(bytes.len());
        for (byte, other) in common.iter_mut().zip(bytes.iter()) {
            *byte = combine(*byte, *other);
        }
        rest.iter_mut().for_each(|byte| *byte = combine(*byte, 0));
    }
    let event = (Class::String, "set", 1);
    store::result(ctx, key, StringValue::raw(result), len, event)
}
