//! Databases: keys, their values and their expiry.
//!
//! [`dict`] is the hash table; [`database`] what commands read and write, with
//! [`expiries`] and [`account`] beside it; knows nothing of commands.

mod account;
pub mod database;
pub mod dict;
mod expiries;
pub(crate) mod frequency;
mod snapshot;

pub use database::Database;
pub use dict::Dict;
pub use snapshot::{Item, Snapshot};
