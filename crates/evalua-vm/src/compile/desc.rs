//! Descriptions of expressions whose code is not finished.
//!
//! Owns: the kinds of places a value can be in before it is needed in a register. It must not know
//! the syntax tree.

use super::jump::JumpList;

/// Where the value of an expression is, or what is still to be emitted to get it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Nil,
    True,
    False,
    /// A number that can still be folded.
    Number(f64),
    /// An entry of the constant table.
    Constant(u32),
    /// The register of a local variable.
    Local(u8),
    Upvalue(u8),
    /// The constant that is the name.
    Global(u32),
    /// A field of the object in a register.
    Indexed {
        object: u8,
        key: Key,
    },
    /// A comparison at this position, which jumps when it holds.
    Jump(usize),
    /// The instruction at this position gives the value to any register that is put in its `a`.
    Relocatable(usize),
    /// A register.
    Register(u8),
    /// The call at this position.
    Call(usize),
    /// The `VarArg` at this position.
    VarArg(usize),
}

/// The key of an indexed value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    Register(u8),
    /// A string constant.
    Field(u16),
    /// A number that is itself.
    Int(u16),
    /// Any other constant; it is loaded when needed.
    Constant(u32),
}

/// An unfinished expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Desc {
    pub(super) kind: Kind,
    /// Jumps out of the expression because it is true.
    pub(super) when_true: JumpList,
    /// Jumps out of the expression because it is false.
    pub(super) when_false: JumpList,
}

impl Desc {
    pub(super) fn new(kind: Kind) -> Desc {
        Desc {
            kind,
            when_true: JumpList::EMPTY,
            when_false: JumpList::EMPTY,
        }
    }

    /// Whether the value may also come by a jump.
    pub(super) fn has_jumps(&self) -> bool {
        !self.when_true.is_empty() || !self.when_false.is_empty()
    }

    /// Whether this is a constant and nothing else.
    pub(super) fn is_constant(&self) -> bool {
        let is_constant = matches!(
            self.kind,
            Kind::Nil | Kind::True | Kind::False | Kind::Number(_) | Kind::Constant(_)
        );
        is_constant && !self.has_jumps()
    }

    /// The number that this is and nothing else.
    pub(super) fn numeral(&self) -> Option<f64> {
        match self.kind {
            Kind::Number(value) if !self.has_jumps() => Some(value),
            _ => None,
        }
    }

    /// Whether this can give any number of values.
    pub(super) fn is_multiple(&self) -> bool {
        matches!(self.kind, Kind::Call(_) | Kind::VarArg(_))
    }
}
