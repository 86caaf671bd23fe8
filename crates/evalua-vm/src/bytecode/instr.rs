//! The 64-bit instruction word.
//!
//! Owns: the layout of the fields (see `op` for their meaning). It must not know what they mean.

use super::op::Op;

/// An instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Instr(u64);

impl Instr {
    /// An instruction with `a`, `b` and `c`; `d` is 0.
    pub const fn abc(op: Op, a: u8, b: u16, c: u16) -> Instr {
        Instr(op as u64 | (a as u64) << 8 | (b as u64) << 16 | (c as u64) << 32)
    }

    /// An instruction with a jump distance.
    pub const fn abj(op: Op, a: u8, b: u16, j: i32) -> Instr {
        Instr(op as u64 | (a as u64) << 8 | (b as u64) << 16 | (j as u32 as u64) << 32)
    }

    /// An instruction with a wide index.
    pub const fn abx(op: Op, a: u8, b: u16, kx: u32) -> Instr {
        Instr(op as u64 | (a as u64) << 8 | (b as u64) << 16 | (kx as u64) << 32)
    }

    /// An instruction with the index of a global's name.
    pub const fn ag(op: Op, a: u8, g: u32) -> Instr {
        Instr(op as u64 | (a as u64) << 8 | (g as u64) << 16)
    }

    /// The whole word.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The opcode byte.
    #[inline(always)]
    pub const fn opcode(self) -> u8 {
        self.0 as u8
    }

    /// The opcode.
    pub fn op(self) -> Op {
        Op::from_u8(self.opcode()).unwrap_or(Op::Return0)
    }

    /// Field `a`.
    #[inline(always)]
    pub const fn a(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// Field `b`.
    #[inline(always)]
    pub const fn b(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// Field `c`.
    #[inline(always)]
    pub const fn c(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// Field `d`.
    #[inline(always)]
    pub const fn d(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// Field `j`.
    #[inline(always)]
    pub const fn j(self) -> i32 {
        (self.0 >> 32) as i32
    }

    /// Field `kx`.
    #[inline(always)]
    pub const fn kx(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Field `g`.
    #[inline(always)]
    pub const fn g(self) -> u32 {
        (self.0 >> 16) as u32
    }

    /// The same instruction with another `d`.
    #[inline(always)]
    pub const fn with_d(self, d: u16) -> Instr {
        Instr(self.0 & 0x0000_FFFF_FFFF_FFFF | (d as u64) << 48)
    }

    /// The same instruction with another jump distance.
    pub const fn with_j(self, j: i32) -> Instr {
        Instr(self.0 & 0xFFFF_FFFF | (j as u32 as u64) << 32)
    }

    /// The same instruction with another `a`.
    pub const fn with_a(self, a: u8) -> Instr {
        Instr(self.0 & !0xFF00 | (a as u64) << 8)
    }

    /// The same instruction with another `b`.
    pub const fn with_b(self, b: u16) -> Instr {
        Instr(self.0 & !0xFFFF_0000 | (b as u64) << 16)
    }

    /// The same instruction with another `c`.
    pub const fn with_c(self, c: u16) -> Instr {
        Instr(self.0 & !0xFFFF_0000_0000 | (c as u64) << 32)
    }
}

impl std::fmt::Debug for Instr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} a={} b={} c={} d={}",
            self.op(),
            self.a(),
            self.b(),
            self.c(),
            self.d()
        )
    }
}
