//! The parser against `lua5.1`, against itself and against snapshots.

mod dump;
mod errors;
mod generate;
mod numbers;
mod oracle;
mod soup;
mod tree;
