//! Lua 5.1 syntax: tokens, parser, syntax tree.
#![forbid(unsafe_code)]

pub mod ast;
