//! Readable listings of compiled functions.
//!
//! Owns: how an instruction is written down, from its row in the op table. It must not know single
//! opcodes.

use super::instr::Instr;
use super::op::Operand;
use super::proto::{Capture, Constant, Prototype};
use std::fmt::{self, Display, Formatter};

/// The listing of a function and of the functions inside it.
pub fn disassemble(proto: &Prototype) -> String {
    Listing {
        proto,
        path: "main".to_owned(),
    }
    .to_string()
}

/// A function that prints as its listing.
struct Listing<'a> {
    proto: &'a Prototype,
    /// `main` for a chunk, `main/0` for the first function in it, and so on.
    path: String,
}

impl Display for Listing<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let proto = self.proto;
        writeln!(
            f,
            "{}: lines {}-{}, params {}, vararg {:?}, registers {}",
            self.path,
            proto.line_defined,
            proto.last_line_defined,
            proto.params,
            proto.vararg,
            proto.registers
        )?;
        for (name, capture) in proto.upvalue_names.iter().zip(&proto.captures) {
            let name = name.escape_ascii();
            match capture {
                Capture::Register(register) => writeln!(f, "  upvalue {name} = r{register}")?,
                Capture::Upvalue(upvalue) => writeln!(f, "  upvalue {name} = u{upvalue}")?,
            }
        }
        for local in &proto.locals {
            let name = local.name.escape_ascii();
            writeln!(f, "  local {name} at {}..{}", local.start, local.end)?;
        }
        for (pc, (instr, line)) in proto.code.iter().zip(&proto.lines).enumerate() {
            let name = instr.op().info().name;
            write!(f, "{pc:5} [{line}] {name:13}")?;
            for operand in instr.op().info().operands {
                self.operand(f, *instr, pc, *operand)?;
            }
            writeln!(f)?;
        }
        for (number, inner) in proto.protos.iter().enumerate() {
            let path = format!("{}/{number}", self.path);
            write!(f, "\n{}", Listing { proto: inner, path })?;
        }
        Ok(())
    }
}

impl Listing<'_> {
    fn operand(
        &self,
        f: &mut Formatter<'_>,
        instr: Instr,
        pc: usize,
        operand: Operand,
    ) -> fmt::Result {
        match operand {
            Operand::RA => write!(f, " r{}", instr.a()),
            Operand::RB | Operand::AB => write!(f, " r{}", instr.b()),
            Operand::RC => write!(f, " r{}", instr.c()),
            Operand::KB | Operand::NB | Operand::SB => self.constant(f, instr.b().into()),
            Operand::KC | Operand::NC | Operand::SC => self.constant(f, instr.c().into()),
            Operand::SG => self.constant(f, instr.g()),
            Operand::KX => self.constant(f, instr.kx()),
            Operand::UB => write!(f, " u{}", instr.b()),
            Operand::PX => write!(f, " {}/{}", self.path, instr.kx()),
            Operand::J => write!(f, " -> {}", pc as i64 + 1 + i64::from(instr.j())),
            Operand::IB => write!(f, " {}", instr.b()),
            Operand::IC => write!(f, " {}", instr.c()),
            Operand::IX => write!(f, " {}", instr.kx()),
            Operand::Hint => Ok(()),
            Operand::Swap if instr.d() == 0 => Ok(()),
            Operand::Swap => write!(f, " swapped"),
        }
    }

    fn constant(&self, f: &mut Formatter<'_>, index: u32) -> fmt::Result {
        match self.proto.constants.get(index as usize) {
            Some(Constant::Nil) => write!(f, " nil"),
            Some(Constant::Bool(value)) => write!(f, " {value}"),
            Some(Constant::Number(value)) => write!(f, " {value}"),
            Some(Constant::String(bytes)) => write!(f, " \"{}\"", bytes.escape_ascii()),
            None => write!(f, " k{index}?"),
        }
    }
}
