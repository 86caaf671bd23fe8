//! Jumps whose target is not known yet.
//!
//! Owns: lists of such jumps, threaded through the instructions' own `j` fields, and the complements
//! of comparisons. It must not know which statement or operator a jump belongs to.

use crate::bytecode::op::Op;

/// The end of a list in a `j` field.
pub(super) const END: i32 = -1;

/// No position: code is never that long.
const NOWHERE: u32 = u32::MAX;

/// Jumps that shall all go to one place. Each holds the position of the next in its `j` field. Small, for
/// every unfinished expression has two.
#[derive(Clone, Copy, Debug)]
pub(super) struct JumpList {
    /// The first jump, or `NOWHERE`.
    first: u32,
    last: u32,
}

impl Default for JumpList {
    fn default() -> JumpList {
        JumpList::EMPTY
    }
}

impl JumpList {
    /// No jumps.
    pub(super) const EMPTY: JumpList = JumpList {
        first: NOWHERE,
        last: NOWHERE,
    };

    /// The list of one jump.
    pub(super) fn one(pc: usize) -> JumpList {
        let pc = pc as u32;
        JumpList {
            first: pc,
            last: pc,
        }
    }

    /// Whether there are no jumps.
    pub(super) fn is_empty(self) -> bool {
        self.first == NOWHERE
    }

    /// The first jump.
    pub(super) fn first(self) -> Option<usize> {
        (!self.is_empty()).then_some(self.first as usize)
    }

    /// Moves the jumps of `tail` to the end. Gives the jump that now leads to the first of them.
    pub(super) fn append(&mut self, tail: JumpList) -> Option<usize> {
        if tail.is_empty() {
            return None;
        }
        if self.is_empty() {
            *self = tail;
            return None;
        }
        let joint = self.last as usize;
        self.last = tail.last;
        Some(joint)
    }
}

/// The comparison that jumps exactly when `op` does not.
pub(super) fn complement(op: Op) -> Op {
    const PAIRS: [(Op, Op); 8] = [
        (Op::JumpEq, Op::JumpNe),
        (Op::JumpLt, Op::JumpNotLt),
        (Op::JumpLe, Op::JumpNotLe),
        (Op::JumpEqK, Op::JumpNeK),
        (Op::JumpLtK, Op::JumpNotLtK),
        (Op::JumpLeK, Op::JumpNotLeK),
        (Op::JumpGtK, Op::JumpNotGtK),
        (Op::JumpGeK, Op::JumpNotGeK),
    ];
    for (one, other) in PAIRS {
        if op == one {
            return other;
        }
        if op == other {
            return one;
        }
    }
    op
}
