//! The instruction that runs.
#![allow(
    unsafe_code,
    reason = "reads operands where they lie; invariants in the parent module"
)]

use crate::bytecode::instr::Instr;

/// The instruction that runs. Its fields are read where they lie, each when it is wanted: a load costs
/// less than taking it out of a word, and leaves a register for something else.
#[derive(Clone, Copy)]
pub(super) struct Running(pub(super) *const Instr);

macro_rules! fields {
    ($($name:ident: $type:ty,)*) => {
        impl Running {
            $(#[inline(always)]
            pub(super) fn $name(self) -> $type {
                // SAFETY: I1: it is an instruction of the running code.
                unsafe { (*self.0).$name() }
            })*
        }
    };
}

fields! {
    opcode: u8,
    a: u8,
    b: u16,
    c: u16,
    d: u16,
    j: i32,
    kx: u32,
    g: u32,
}
