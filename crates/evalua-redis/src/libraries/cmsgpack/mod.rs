//! `cmsgpack`: MessagePack as the server's lua-cmsgpack 0.4.0 writes and reads it.
//!
//! No crate gives its choices: which tables are arrays, numbers in the smallest form whatever their
//! type, doubles that fit cut to 32 bits, nil below sixteen levels, no binary and extension types, and
//! its errors. Hence this one.
//!
//! Owns the table of the library; [`pack`] and [`unpack`] have the work.

mod pack;
mod unpack;

use evalua_vm::stack::{Call, Throw};

const ROWS: &[super::Row] = &[
    ("pack", pack::pack),
    ("unpack", unpack::unpack),
    ("unpack_one", unpack::unpack_one),
    ("unpack_limit", unpack::unpack_limit),
];

const TEXTS: &[(&str, &str)] = &[
    ("_NAME", "cmsgpack"),
    ("_VERSION", "lua-cmsgpack 0.4.0"),
    ("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo"),
    ("_DESCRIPTION", "MessagePack C implementation for Lua"),
];

/// Pushes the table of the library.
pub(super) fn open(call: &mut Call<'_>) -> Result<(), Throw> {
    call.push_table(0, 0)?;
    super::register(call, ROWS)?;
    super::set_texts(call, TEXTS)
}

/// The text of PUC's error where a C function needs more stack than there may be.
fn stack_overflow(why: &str) -> String {
    format!("stack overflow ({why})")
}
