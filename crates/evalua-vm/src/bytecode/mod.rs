//! The instruction set and compiled functions.

pub mod instr;
pub mod op;
pub mod proto;
