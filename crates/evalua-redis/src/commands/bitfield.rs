//! BITFIELD: integers of any width at any place in a string.

use crate::args::{Args, Words, int, is};
use crate::commands::bitmaps::{field_offset, room_for};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, RO, RW, UPDATE, VARIABLE_FLAGS};
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
        name: "bitfield",
        arity: -2,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE | VARIABLE_FLAGS)
            .noting("This command allows both access and modification of the key")],
        uses: Some(|args| match only_reads(args.from(2)) {
            true => RO | ACCESS,
            false => RW | ACCESS | UPDATE,
        }),
        since: "3.2.0",
        summary: "Performs arbitrary bitfield integer operations on strings.",
        complexity: "O(1) for each subcommand specified",
        examples: examples![
            (
                "BITFIELD k INCRBY i5 100 1 GET u4 0",
                "1) (integer) 1\n2) (integer) 0",
            ),
            (
                "BITFIELD k SET u8 #1 255 OVERFLOW FAIL INCRBY u8 #1 1",
                "1) (integer) 0\n2) (nil)",
            ),
            (
                "BITFIELD k GET u64 0",
                "(error) ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
            ),
        ],
        run: |ctx, args| bitfield(ctx, args, false),
        ..ROW
    },
    Command {
        name: "bitfield_ro",
        arity: -2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "6.0.0",
        summary: "Performs arbitrary read-only bitfield integer operations on strings.",
        complexity: "O(1) for each subcommand specified",
        examples: examples![
            ("SET k a", "OK"),
            ("BITFIELD_RO k GET i8 0", "1) (integer) 97"),
            (
                "BITFIELD_RO k SET i8 0 1",
                "(error) ERR BITFIELD_RO only supports the GET subcommand",
            ),
        ],
        run: |ctx, args| bitfield(ctx, args, true),
        ..ROW
    },
];

/// Where a field is and how its bits read.
#[derive(Clone, Copy)]
struct Field {
    offset: usize,
    bits: u32,
    signed: bool,
}

impl Field {
    /// Reads the type and the place of a field.
    fn parse(ctx: &Ctx<'_>, words: &mut Words<'_>) -> Result<Field, CommandError> {
        let kind = words.value()?;
        // To the server the type is a C string.
        let kind = kind.split(|&byte| byte == 0).next().unwrap_or_default();
        let (signed, digits) = match kind.split_first() {
            Some((b'i', digits)) => (true, digits),
            Some((b'u', digits)) => (false, digits),
            _ => return Err(errors::BITFIELD_TYPE),
        };
        let widest = if signed { 64 } else { 63 };
        let bits = crate::number::parse_int(digits)
            .and_then(|bits| u32::try_from(bits).ok())
            .filter(|bits| (1..=widest).contains(bits))
            .ok_or(errors::BITFIELD_TYPE)?;
        Ok(Field {
            offset: field_offset(ctx, words.value()?, bits)?,
            bits,
            signed,
        })
    }

    fn last_bit(self) -> usize {
        self.offset + self.bits as usize - 1
    }

    /// The least and the greatest value.
    fn bounds(self) -> (i128, i128) {
        match self.signed {
            true => (-(1 << (self.bits - 1)), (1 << (self.bits - 1)) - 1),
            false => (0, (1 << self.bits) - 1),
        }
    }

    /// The value that is set in a signed field. The server finds a number too low by more than 63 bits
    /// can count too high, and lets it saturate there.
    fn as_set(self, value: i64, overflow: Overflow) -> i128 {
        let (max, value) = (self.bounds().1, i128::from(value));
        match overflow {
            Overflow::Saturate if max - value > i128::from(i64::MAX) && self.bits < 64 => max,
            _ => value,
        }
    }

    /// What is left of a number in the bits of the field.
    fn wrap(self, value: i128) -> i128 {
        let unused = 128 - self.bits;
        match self.signed {
            true => value << unused >> unused,
            false => ((value as u128) << unused >> unused) as i128,
        }
    }

    /// How far a field's bits stand above the lowest bit of the word that starts at its byte; the
    /// word has 128 bits, so that every field is inside it.
    fn shift(self) -> u32 {
        128 - self.bits - (self.offset % 8) as u32
    }

    /// The value in a string, behind whose end all bits are zero.
    fn read(self, bytes: &[u8]) -> i128 {
        let mut word = [0; 16];
        let there = bytes.get(self.offset / 8..).unwrap_or_default();
        for (to, from) in word.iter_mut().zip(there) {
            *to = *from;
        }
        self.wrap((u128::from_be_bytes(word) >> self.shift()) as i128)
    }

    /// Writes a value into a string that reaches to the last bit of the field.
    fn write(self, bytes: &mut [u8], value: i128) {
        let mask = (1_u128 << self.bits) - 1;
        let value = ((value as u128 & mask) << self.shift()).to_be_bytes();
        let mask = (mask << self.shift()).to_be_bytes();
        let there = bytes.get_mut(self.offset / 8..).unwrap_or_default();
        for (to, (value, mask)) in there.iter_mut().zip(value.into_iter().zip(mask)) {
            *to = *to & !mask | value;
        }
    }
}

/// What becomes of a value that does not fit.
#[derive(Clone, Copy)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

impl Overflow {
    /// The value to write; `None` for none.
    fn fit(self, field: Field, value: i128) -> Option<i128> {
        let (min, max) = field.bounds();
        if (min..=max).contains(&value) {
            return Some(value);
        }
        match self {
            Overflow::Wrap => Some(field.wrap(value)),
            Overflow::Saturate => Some(value.clamp(min, max)),
            Overflow::Fail => None,
        }
    }
}

enum Operation {
    Get,
    Set(i64, Overflow),
    Add(i64, Overflow),
}

fn parse(ctx: &Ctx<'_>, mut words: Words<'_>) -> Result<Vec<(Field, Operation)>, CommandError> {
    let mut operations = Vec::new();
    let mut overflow = Overflow::Wrap;
    while let Some(word) = words.next() {
        if is(word, "OVERFLOW") && !words.is_empty() {
            overflow = match words.value()?.to_ascii_lowercase().as_slice() {
                b"wrap" => Overflow::Wrap,
                b"sat" => Overflow::Saturate,
                b"fail" => Overflow::Fail,
                _ => return Err(errors::BITFIELD_OVERFLOW),
            };
        } else if is(word, "GET") && words.len() >= 2 {
            operations.push((Field::parse(ctx, &mut words)?, Operation::Get));
        } else if (is(word, "SET") || is(word, "INCRBY")) && words.len() >= 3 {
            let field = Field::parse(ctx, &mut words)?;
            let value = int(words.value()?)?;
            let operation = match is(word, "SET") {
                true => Operation::Set(value, overflow),
                false => Operation::Add(value, overflow),
            };
            operations.push((field, operation));
        } else {
            return Err(errors::SYNTAX);
        }
    }
    Ok(operations)
}

/// Whether words behind the key are well-formed and nothing but GETs.
fn only_reads(words: &[&[u8]]) -> bool {
    match words {
        [] => true,
        [word, _, _, rest @ ..] if is(word, "GET") => only_reads(rest),
        [word, _, rest @ ..] if is(word, "OVERFLOW") => only_reads(rest),
        _ => false,
    }
}

fn bitfield(ctx: &mut Ctx<'_>, args: Args<'_>, read_only: bool) -> Outcome {
    let key = args[1];
    let operations = parse(ctx, args.words(2))?;
    let writes = |operation: &Operation| !matches!(operation, Operation::Get);
    let written = operations.iter().filter(|(_, operation)| writes(operation));
    let Some(last_bit) = written.map(|(field, _)| field.last_bit()).max() else {
        let value = ctx.db().read::<StringValue>(key)?;
        let bytes = value.map(StringValue::as_bytes).unwrap_or_default();
        let values = operations
            .iter()
            .map(|(field, _)| integer(field.read(&bytes)));
        return Ok(Reply::Array(values.collect()));
    };
    if read_only {
        return Err(errors::BITFIELD_READ_ONLY);
    }
    let (bytes, grows) = room_for(ctx, key, last_bit)?;
    let mut changes = 0;
    let mut replies = Vec::with_capacity(operations.len());
    for (field, operation) in operations {
        let old = field.read(bytes);
        let (new, overflow) = match operation {
            Operation::Get => {
                replies.push(integer(old));
                continue;
            }
            // What is set is read as a number of 64 bits without sign, in a field without sign.
            Operation::Set(value, overflow) if !field.signed => {
                (i128::from(value as u64), overflow)
            }
            Operation::Set(value, overflow) => (field.as_set(value, overflow), overflow),
            Operation::Add(value, overflow) => (old + i128::from(value), overflow),
        };
        let Some(new) = overflow.fit(field, new) else {
            replies.push(Reply::Null);
            continue;
        };
        field.write(bytes, new);
        changes += usize::from(grows || old != new);
        replies.push(integer(match operation {
            Operation::Set(..) => old,
            Operation::Get | Operation::Add(..) => new,
        }));
    }
    if changes > 0 {
        ctx.notify_changes(Class::String, "setbit", key, changes);
    }
    Ok(Reply::Array(replies))
}

/// A field's value, which always fits.
fn integer(value: i128) -> Reply {
    Reply::Integer(value as i64)
}
