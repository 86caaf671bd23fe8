//! The standard library.

pub(crate) mod base;
