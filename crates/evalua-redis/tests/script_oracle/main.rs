//! Scripts on this engine and on a live server, replies compared byte for byte.
//!
//! Each file beside this one is a list of scripts about one thing. All scripts of a list run one after
//! the other, on the same keyspace, with the same keys and arguments, so that what one of them
//! leaves behind is compared as well. `EVALUA_SCRIPT=text` runs only those that contain the text.

mod answers;
mod arguments;
mod errors;
mod functions;
mod harness;
mod library;
mod random;
mod resp3;
mod results;
mod sandbox;
mod scripting_commands;
