//! `string.format` (manual 5.4): the directives of a format string and their arguments.
//!
//! Owns which directives there are. How C prints them is in `number::printf`.

use super::builder::Builder;
use super::c_string;
use crate::error::Throw;
use crate::native::Call;
use crate::number::cast;
use crate::number::printf::{self, FloatForm, Radix, Spec};

/// Texts at least this long are copied whole by a `%s` without precision.
const LONG_TEXT: usize = 100;

/// More bytes than any directive but those of long texts makes.
const MAX_ITEM: usize = 512;

/// `string.format (formatstring, ···)`
pub(super) fn format(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let format = cx.check_str(1)?;
    let mut rest = format.bytes();
    let mut builder = Builder::new(cx.vm);
    let mut argument = 1;
    while let Some(percent) = memchr::memchr(b'%', rest) {
        builder.add(cx.vm, &rest[..percent])?;
        rest = &rest[percent + 1..];
        if let [b'%', after @ ..] = rest {
            builder.add(cx.vm, b"%")?;
            rest = after;
            continue;
        }
        argument += 1;
        if !cx.has(argument) {
            return Err(cx.arg_error(argument, "no value"));
        }
        let (spec, letter) = directive(cx, &mut rest)?;
        item(cx, &mut builder, spec, letter, argument)?;
    }
    builder.add(cx.vm, rest)?;
    let s = builder.finish(cx.vm)?;
    cx.ret(s)
}

/// Reads what follows a `%` off a format string. The letter is NUL at its end.
fn directive(cx: &mut Call<'_>, rest: &mut &[u8]) -> Result<(Spec, u8), Throw> {
    const MAX_FLAGS: usize = 5;
    let mut spec = Spec::default();
    let mut at = *rest;
    while let [flag @ (b'-' | b'+' | b' ' | b'#' | b'0'), after @ ..] = at {
        match flag {
            b'-' => spec.left = true,
            b'+' => spec.plus = true,
            b' ' => spec.space = true,
            b'#' => spec.alternate = true,
            _ => spec.zero = true,
        }
        at = after;
    }
    if rest.len() - at.len() > MAX_FLAGS {
        return Err(cx.error("invalid format (repeated flags)"));
    }
    spec.width = two_digits(&mut at);
    if let [b'.', after @ ..] = at {
        at = after;
        spec.precision = Some(two_digits(&mut at));
    }
    if at.first().is_some_and(u8::is_ascii_digit) {
        return Err(cx.error("invalid format (width or precision too long)"));
    }
    let letter = at.first().copied().unwrap_or(0);
    *rest = at.get(1..).unwrap_or_default();
    Ok((spec, letter))
}

/// A number of at most two digits; none are 0.
fn two_digits(rest: &mut &[u8]) -> u16 {
    let mut number = 0;
    for _ in 0..2 {
        let [digit @ b'0'..=b'9', after @ ..] = *rest else {
            break;
        };
        number = number * 10 + u16::from(digit - b'0');
        *rest = after;
    }
    number
}

/// Adds one argument by its directive.
fn item(
    cx: &mut Call<'_>,
    builder: &mut Builder,
    spec: Spec,
    letter: u8,
    argument: usize,
) -> Result<(), Throw> {
    builder.reserve(cx.vm, MAX_ITEM)?;
    match letter {
        b'c' => {
            let byte = cast::to_i32(cx.check_number(argument)?) as u8;
            character(builder.bytes(), spec, byte);
        }
        b'd' | b'i' => {
            let value = cast::to_i64(cx.check_number(argument)?);
            printf::signed(builder.bytes(), spec, value);
        }
        b'o' | b'u' | b'x' | b'X' => {
            let value = cast::to_u64(cx.check_number(argument)?);
            let radix = match letter {
                b'o' => Radix::Octal,
                b'u' => Radix::Decimal,
                b'x' => Radix::Hex,
                _ => Radix::UpperHex,
            };
            printf::unsigned(builder.bytes(), spec, value, radix);
        }
        b'e' | b'E' | b'f' | b'g' | b'G' => {
            let value = cx.check_number(argument)?;
            let form = match letter {
                b'e' | b'E' => FloatForm::Exponent,
                b'f' => FloatForm::Fixed,
                _ => FloatForm::General,
            };
            let upper = letter.is_ascii_uppercase();
            printf::float(builder.bytes(), spec, value, form, upper);
        }
        b'q' => {
            let text = cx.check_str(argument)?;
            quoted(cx, builder, text.bytes())?;
        }
        b's' => {
            let text = cx.check_str(argument)?;
            if spec.precision.is_none() && text.len() >= LONG_TEXT {
                builder.add(cx.vm, text.bytes())?;
            } else {
                printf::string(builder.bytes(), spec, c_string(text.bytes()));
            }
        }
        _ => {
            let mut text = b"invalid option '%".to_vec();
            text.extend(Some(letter).filter(|&letter| letter != 0));
            text.extend_from_slice(b"' to 'format'");
            return Err(cx.error_bytes(&text));
        }
    }
    Ok(())
}

/// `%c`. To C the text ends at its first NUL, so that a NUL itself is lost, with the padding after it.
fn character(out: &mut Vec<u8>, spec: Spec, byte: u8) {
    let text = [byte];
    let spec = Spec {
        precision: None,
        ..spec
    };
    if byte != 0 {
        printf::string(out, spec, &text);
    } else if !spec.left {
        let width = spec.width.saturating_sub(1);
        printf::string(out, Spec { width, ..spec }, b"");
    }
}

/// `%q`: a literal that the lexer reads back.
fn quoted(cx: &mut Call<'_>, builder: &mut Builder, text: &[u8]) -> Result<(), Throw> {
    builder.add(cx.vm, b"\"")?;
    for &byte in text {
        match byte {
            b'"' | b'\\' | b'\n' => builder.add(cx.vm, &[b'\\', byte])?,
            b'\r' => builder.add(cx.vm, b"\\r")?,
            0 => builder.add(cx.vm, b"\\000")?,
            _ => builder.add(cx.vm, &[byte])?,
        }
    }
    builder.add(cx.vm, b"\"")
}
