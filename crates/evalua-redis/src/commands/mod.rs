//! The commands: one file for each family, with the rows of the table and their handlers side by
//! side; what several families share stands in files of its own.

use crate::table::Command;

mod connection;
mod expiry;
mod hashes;
mod info;
mod keys;
mod lcs;
mod object;
mod random;
mod scan;
mod server;
mod strings;

/// The rows of every family.
pub const FAMILIES: &[&[Command]] = &[
    connection::COMMANDS,
    expiry::COMMANDS,
    hashes::COMMANDS,
    info::COMMANDS,
    keys::COMMANDS,
    object::COMMANDS,
    server::COMMANDS,
    strings::COMMANDS,
];
