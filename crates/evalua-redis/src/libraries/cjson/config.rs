//! The options of `cjson`, which each table of the library has for itself, and the functions that
//! set them.
//!
//! An option function sets what it is given, leaves what is nil, and returns what holds then. It
//! must not know what the options mean to the encoder and the decoder.

use std::cell::Cell;

use evalua_vm::stack::{Call, Throw};

/// How many significant digits numbers are written with, unless a script says otherwise: as many as Lua's own.
pub(super) const DEFAULT_PRECISION: i32 = 14;

/// What to do with a number that JSON cannot express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InvalidNumber {
    /// An error.
    Refuse,
    /// Written as C writes it.
    Write,
    /// Written as `null`.
    Null,
}

/// The options. Integers are C's `int`, as the server keeps them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Config {
    /// Very sparse arrays become objects instead of an error.
    pub(super) sparse_convert: bool,
    /// An array is very sparse if its last index is above this many times its items; 0: never.
    pub(super) sparse_ratio: i32,
    /// An array whose last index is at most this is never very sparse.
    pub(super) sparse_safe: i32,
    /// How deep tables may nest.
    pub(super) encode_max_depth: i32,
    /// How deep arrays and objects may nest.
    pub(super) decode_max_depth: i32,
    /// Significant digits of a number.
    pub(super) precision: i32,
    /// NaN and the infinities when encoding.
    pub(super) encode_invalid: InvalidNumber,
    /// Whether numbers that C reads but JSON has not are read.
    pub(super) decode_invalid: bool,
    /// Whether a server keeps its output buffer between calls; it changes nothing that shows.
    keep_buffer: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            sparse_convert: false,
            sparse_ratio: 2,
            sparse_safe: 10,
            encode_max_depth: 1000,
            decode_max_depth: 1000,
            precision: DEFAULT_PRECISION,
            encode_invalid: InvalidNumber::Refuse,
            decode_invalid: true,
            keep_buffer: true,
        }
    }
}

/// The options of the table that the running function belongs to.
pub(super) fn current(call: &Call<'_>) -> Config {
    call.kept_data::<Cell<Config>>(1)
        .map_or_else(Config::default, Cell::get)
}

fn set(call: &Call<'_>, config: Config) {
    if let Some(cell) = call.kept_data::<Cell<Config>>(1) {
        cell.set(config);
    }
}

/// `cjson.encode_sparse_array([convert [, ratio [, safe]]])`
pub(super) fn encode_sparse_array(call: &mut Call<'_>) -> Result<u32, Throw> {
    pad(call, 3)?;
    switch(call, 1, |config| &mut config.sparse_convert)?;
    integer(call, 2, 0, i32::MAX, |config| &mut config.sparse_ratio)?;
    integer(call, 3, 0, i32::MAX, |config| &mut config.sparse_safe)?;
    Ok(3)
}

/// `cjson.encode_max_depth([depth])`
pub(super) fn encode_max_depth(call: &mut Call<'_>) -> Result<u32, Throw> {
    pad(call, 1)?;
    integer(call, 1, 1, i32::MAX, |config| &mut config.encode_max_depth)
}

/// `cjson.decode_max_depth([depth])`
pub(super) fn decode_max_depth(call: &mut Call<'_>) -> Result<u32, Throw> {
    pad(call, 1)?;
    integer(call, 1, 1, i32::MAX, |config| &mut config.decode_max_depth)
}

/// `cjson.encode_number_precision([digits])`
pub(super) fn encode_number_precision(call: &mut Call<'_>) -> Result<u32, Throw> {
    pad(call, 1)?;
    integer(call, 1, 1, 14, |config| &mut config.precision)
}

/// `cjson.encode_keep_buffer([keep])`
pub(super) fn encode_keep_buffer(call: &mut Call<'_>) -> Result<u32, Throw> {
    pad(call, 1)?;
    switch(call, 1, |config| &mut config.keep_buffer)
}

/// `cjson.encode_invalid_numbers([setting])`
pub(super) fn encode_invalid_numbers(call: &mut Call<'_>) -> Result<u32, Throw> {
    pad(call, 1)?;
    let mut config = current(call);
    if !call.view(1).is_nil() {
        config.encode_invalid = match word(call, 1, &["off", "on", "null"])? {
            0 => InvalidNumber::Refuse,
            1 => InvalidNumber::Write,
            _ => InvalidNumber::Null,
        };
        set(call, config);
    }
    match config.encode_invalid {
        InvalidNumber::Refuse => call.push_bool(false)?,
        InvalidNumber::Write => call.push_bool(true)?,
        InvalidNumber::Null => call.push_bytes(b"null")?,
    }
    Ok(1)
}

/// `cjson.decode_invalid_numbers([setting])`
pub(super) fn decode_invalid_numbers(call: &mut Call<'_>) -> Result<u32, Throw> {
    pad(call, 1)?;
    switch(call, 1, |config| &mut config.decode_invalid)
}

/// Checks how many arguments there are, and makes up the missing ones with nil, since results are
/// pushed after them while they are still looked at.
fn pad(call: &mut Call<'_>, most: usize) -> Result<(), Throw> {
    if call.argument_count() > most {
        return Err(call.raise_argument(most + 1, "found too many arguments"));
    }
    while call.height() < most {
        call.push_nil()?;
    }
    Ok(())
}

/// An option that is an integer; the error always names the first argument.
fn integer(
    call: &mut Call<'_>,
    argument: usize,
    min: i32,
    max: i32,
    option: fn(&mut Config) -> &mut i32,
) -> Result<u32, Throw> {
    let mut config = current(call);
    if !call.view(argument).is_nil() {
        let value = call.check_int(argument)? as i32;
        if !(min..=max).contains(&value) {
            let message = format!("expected integer between {min} and {max}");
            return Err(call.raise_argument(1, message));
        }
        *option(&mut config) = value;
        set(call, config);
    }
    call.push_number(f64::from(*option(&mut config)))?;
    Ok(1)
}

/// An option that is on or off.
fn switch(
    call: &mut Call<'_>,
    argument: usize,
    option: fn(&mut Config) -> &mut bool,
) -> Result<u32, Throw> {
    let mut config = current(call);
    if !call.view(argument).is_nil() {
        *option(&mut config) = word(call, argument, &["off", "on"])? == 1;
        set(call, config);
    }
    call.push_bool(*option(&mut config))?;
    Ok(1)
}

/// A boolean, 0 or 1, or one of the words: its index.
fn word(call: &mut Call<'_>, argument: usize, words: &[&str]) -> Result<usize, Throw> {
    match call.view(argument).as_bool() {
        Some(on) => Ok(on.into()),
        None => call.check_option(argument, None, words),
    }
}
