//! The commands: one file for each family, with the rows of the table and their handlers side by
//! side.

use crate::table::Command;

mod connection;
mod lcs;
mod strings;

/// The rows of every family.
pub const FAMILIES: &[&[Command]] = &[connection::COMMANDS, strings::COMMANDS];
