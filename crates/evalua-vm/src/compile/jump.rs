//! Jumps whose target is not known yet.
//!
//! Owns: lists of such jumps, threaded through the instructions' own `j` fields, and the complements
//! of comparisons. It must not know which statement or operator a jump belongs to.

use crate::bytecode::op::Op;

/// The end of a list in a `j` field.
pub(super) const END: i32 = -1;

/// Jumps that shall all go to one place. Each holds the position of the next in its `j` field.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct JumpList(pub(super) Option<Ends>);

/// First and last jump of a list that is not empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) first: usize,
    pub(super) last: usize,
}

impl JumpList {
    /// No jumps.
    pub(super) const EMPTY: JumpList = JumpList(None);

    /// The list of one jump.
    pub(super) fn one(pc: usize) -> JumpList {
        JumpList(Some(Ends {
            first: pc,
            last: pc,
        }))
    }

    /// Whether there are no jumps.
    pub(super) fn is_empty(self) -> bool {
        self.0.is_none()
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
