//! `cjson`: JSON as the server's Lua CJSON 2.1.0 writes and reads it.
//!
//! No crate gives its output to the byte: which tables are arrays and how holes in them are judged,
//! the order of `pairs`, `%.14g`, its set of escapes, its leniency when reading (hexadecimal and NaN,
//! anything after a NUL) and the positions in its errors. Hence this one.
//!
//! Owns the table of the library; [`config`] has the options, [`encode`] and [`decode`] the work,
//! [`token`] the tokens of a text.

mod config;
mod decode;
mod eight;
mod encode;
mod token;

use std::cell::Cell;

use evalua_vm::stack::{Call, NativeFn, Throw};

use self::config::Config;

const ROWS: &[(&str, NativeFn)] = &[
    ("encode", encode::encode),
    ("decode", decode::decode),
    ("encode_sparse_array", config::encode_sparse_array),
    ("encode_max_depth", config::encode_max_depth),
    ("decode_max_depth", config::decode_max_depth),
    ("encode_number_precision", config::encode_number_precision),
    ("encode_keep_buffer", config::encode_keep_buffer),
    ("encode_invalid_numbers", config::encode_invalid_numbers),
    ("decode_invalid_numbers", config::decode_invalid_numbers),
    ("new", new),
];

/// The light userdata that stands for JSON's null.
const NULL: u64 = 0;

/// Pushes a table of the library, with options of its own.
pub(super) fn open(call: &mut Call<'_>) -> Result<(), Throw> {
    call.push_table(0, 0)?;
    let table = call.height();
    call.push_userdata(Box::new(Cell::new(Config::default())))?;
    let config = call.height();
    for &(name, function) in ROWS {
        call.push_copy(config)?;
        call.push_native(function, 1)?;
        call.set_field_of(table, name.as_bytes())?;
    }
    call.pop();
    call.push_light(NULL)?;
    call.set_field_of(table, b"null")?;
    super::set_texts(call, &[("_NAME", "cjson"), ("_VERSION", "2.1.0")])
}

/// `cjson.new()`: the library once more, with the options at their defaults.
fn new(call: &mut Call<'_>) -> Result<u32, Throw> {
    open(call)?;
    Ok(1)
}

/// Both `encode` and `decode` take exactly one argument.
fn check_one_argument(call: &mut Call<'_>) -> Result<(), Throw> {
    if call.argument_count() == 1 {
        Ok(())
    } else {
        Err(call.raise_argument(1, "expected 1 argument"))
    }
}
