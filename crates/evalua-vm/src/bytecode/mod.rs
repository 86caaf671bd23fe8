//! The instruction set and compiled functions.

pub mod disasm;
pub mod instr;
pub mod op;
pub mod point;
pub mod proto;
pub mod verify;
