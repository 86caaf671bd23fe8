//! The 64-bit instruction word.
//!
//! Owns: the layout of the fields (see `op` for their meaning). It must not know what they mean.

use super::op::Op;

/// An instruction. The interpreter loop reads its fields where they lie, one at a time.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C, align(8))]
pub struct Instr {
    op: u8,
    a: u8,
    b: u16,
    c: u16,
    d: u16,
}

impl Instr {
    /// An instruction with `a`, `b` and `c`; `d` is 0.
    pub const fn abc(op: Op, a: u8, b: u16, c: u16) -> Instr {
        let (op, d) = (op as u8, 0);
        Instr { op, a, b, c, d }
    }

    /// An instruction with a jump distance.
    pub const fn abj(op: Op, a: u8, b: u16, j: i32) -> Instr {
        Instr::abc(op, a, b, 0).with_j(j)
    }

    /// An instruction with a wide index.
    pub const fn abx(op: Op, a: u8, b: u16, kx: u32) -> Instr {
        Instr::abc(op, a, b, 0).with_j(kx as i32)
    }

    /// An instruction with the index of a global's name.
    pub const fn ag(op: Op, a: u8, g: u32) -> Instr {
        Instr::abc(op, a, g as u16, (g >> 16) as u16)
    }

    /// The opcode byte.
    #[inline(always)]
    pub const fn opcode(self) -> u8 {
        self.op
    }

    /// The opcode.
    pub fn op(self) -> Op {
        Op::from_u8(self.opcode()).unwrap_or(Op::Return0)
    }

    /// Field `a`.
    #[inline(always)]
    pub const fn a(self) -> u8 {
        self.a
    }

    /// Field `b`.
    #[inline(always)]
    pub const fn b(self) -> u16 {
        self.b
    }

    /// Field `c`.
    #[inline(always)]
    pub const fn c(self) -> u16 {
        self.c
    }

    /// Field `d`.
    #[inline(always)]
    pub const fn d(self) -> u16 {
        self.d
    }

    /// Field `j`.
    #[inline(always)]
    pub const fn j(self) -> i32 {
        self.kx() as i32
    }

    /// Field `kx`.
    #[inline(always)]
    pub const fn kx(self) -> u32 {
        self.c as u32 | (self.d as u32) << 16
    }

    /// Field `g`.
    #[inline(always)]
    pub const fn g(self) -> u32 {
        self.b as u32 | (self.c as u32) << 16
    }

    /// The same instruction with another `d`.
    #[inline(always)]
    pub const fn with_d(self, d: u16) -> Instr {
        Instr { d, ..self }
    }

    /// The same instruction with another jump distance.
    pub const fn with_j(self, j: i32) -> Instr {
        let (c, d) = (j as u16, (j as u32 >> 16) as u16);
        Instr { c, d, ..self }
    }

    /// The same instruction with another `a`.
    pub const fn with_a(self, a: u8) -> Instr {
        Instr { a, ..self }
    }

    /// The same instruction with another `b`.
    pub const fn with_b(self, b: u16) -> Instr {
        Instr { b, ..self }
    }

    /// The same instruction with another `c`.
    pub const fn with_c(self, c: u16) -> Instr {
        Instr { c, ..self }
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
