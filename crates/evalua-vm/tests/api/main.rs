//! The embedding API, as a program that uses it sees it.

mod calls;
mod errors;
mod lifetimes;
mod limits;
mod misuse;
mod userdata;
mod values;
