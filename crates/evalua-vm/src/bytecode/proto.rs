//! A compiled function before it is loaded into a heap.
//!
//! Owns: what the compiler hands to the VM. It must not know the heap: constants are plain Rust data.

use super::instr::Instr;
use super::point::Point;
use std::sync::Arc;

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `nil`
    Nil,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    String(Arc<[u8]>),
}

/// A local variable for error messages and the debug library: active for instructions `start..end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalInfo {
    /// Its name. Kept with the function, whose memory is counted, and so not shared.
    pub name: Box<[u8]>,
    /// First instruction at which it is active.
    pub start: u32,
    /// First instruction at which it is no longer active.
    pub end: u32,
}

/// How a closure takes an upvalue when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// A register of the function that makes the closure.
    Register(u8),
    /// An upvalue of the function that makes the closure.
    Upvalue(u8),
}

/// Extra arguments of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VarargKind {
    /// Extra arguments are dropped.
    No,
    /// Extra arguments are kept for `...`.
    Yes,
    /// Extra arguments become the table `arg` in register `params`, which counts `n` (Lua 5.0).
    /// They are kept as well, as PUC keeps them.
    ArgTable,
    /// As `Yes`, with register `params` reserved for `arg`, which is nil because `...` is used.
    ArgNil,
}

/// A function prototype.
#[derive(Clone, Debug)]
pub struct Prototype {
    /// The instructions; the last is a return.
    pub code: Vec<Instr>,
    /// The constants.
    pub constants: Vec<Constant>,
    /// Inner functions.
    pub protos: Vec<Prototype>,
    /// How to fill the upvalues of a closure of this prototype.
    pub captures: Vec<Capture>,
    /// Names of the upvalues.
    pub upvalue_names: Vec<Arc<[u8]>>,
    /// Number of named parameters.
    pub params: u8,
    /// Extra arguments.
    pub vararg: VarargKind,
    /// Registers a call needs, at least 2.
    pub registers: u8,
    /// Line of each instruction.
    pub lines: Vec<u32>,
    /// Locals in order of activation.
    pub locals: Vec<LocalInfo>,
    /// Line of `function`; 0 for a main function.
    pub line_defined: u32,
    /// Line of the closing `end`; 0 for a main function.
    pub last_line_defined: u32,
    /// What coverage tells of, if it was asked for.
    pub points: Vec<Point>,
}
