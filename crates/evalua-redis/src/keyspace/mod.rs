//! Databases: keys, their values and their expiry.
//!
//! [`dict`] is the hash table; [`database`] what commands read and write; knows nothing of commands.

pub mod database;
pub mod dict;
pub(crate) mod frequency;
mod snapshot;

pub use database::Database;
pub use dict::Dict;
pub use snapshot::{Item, Snapshot};
