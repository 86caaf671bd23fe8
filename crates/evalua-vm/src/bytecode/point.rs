//! Points: the places of a function that coverage tells of, and which counts say how often they ran.
//!
//! Owns: what the compiler says of the code it has made. Coverage counts, for each instruction, how often it
//! ran, and how often control went from it to the next and elsewhere. So the code of a script is the same with
//! and without coverage, and a point is a sum of such counts.

/// A count of one instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// How often it ran.
    Ran(u32),
    /// How often the next one ran after it.
    WentOn(u32),
    /// How often it jumped elsewhere.
    Jumped(u32),
}

/// Where a point is in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The offset of its first byte.
    pub at: u32,
    /// Its line.
    pub line: u32,
}

/// What chooses between two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Choice {
    /// `if` or `elseif`: the block, or what is after it.
    If,
    /// `while`: the block once more, or the end.
    While,
    /// `until`: the end, or the block once more.
    Until,
    /// `for … = …`: the block for the first time, or not at all.
    For,
    /// `for … in …`: the block once more, or the end, where there is nothing left. That it ended before the first
    /// turn is not told apart: an instruction tests for both, and two runs of one turn each have the same counts
    /// as one of two turns and one of none.
    ForIn,
    /// `and`: the right side, or the left one as it is.
    And,
    /// `or`: the left side as it is, or the right one.
    Or,
}

/// A place of which coverage tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Point {
    /// A statement: the sum is how often it began.
    Statement(Spot, Vec<Term>),
    /// A choice: the sums are how often the one way and the other were taken; for conditions, the first is
    /// that of what is true.
    Choice(Spot, Choice, [Vec<Term>; 2]),
}
