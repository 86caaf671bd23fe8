//! What can end a call early, and every error text of the VM.
//!
//! Owns: [`Throw`], the in-flight form of an error, and the texts. It must not know who raises them.

/// Why a call ended early. An error value travels in `Vm::thrown`, so that a result stays small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Throw {
    /// A Lua error; its value is in `Vm::thrown`.
    Error,
    /// The memory ceiling, or the system's memory, is reached. Lua code can catch it.
    Memory,
    /// A table would need more than 2^26 slots. Lua code can catch it.
    TableOverflow,
    /// An error while an error was being handled. Lua code can catch it.
    InHandler,
    /// The instruction budget is used up. Lua code cannot catch it.
    Budget,
    /// The interrupt handle was used. Lua code cannot catch it.
    Interrupt,
    /// `os.exit` was called: the host is to end the program with the status in `Vm::exit_status`. Lua
    /// code cannot catch it.
    Exit,
    /// A coroutine yields; not an error.
    Yield,
}

impl Throw {
    /// Whether `pcall` catches it.
    pub(crate) fn is_catchable(self) -> bool {
        !matches!(
            self,
            Throw::Budget | Throw::Interrupt | Throw::Exit | Throw::Yield
        )
    }

    /// Throws that carry no value but that Lua code can catch, with their messages. The strings are
    /// made beforehand: there may be no memory for them when they are needed.
    pub(crate) const WITH_TEXT: [(Throw, &'static str); 3] = [
        (Throw::Memory, text::NOT_ENOUGH_MEMORY),
        (Throw::TableOverflow, text::TABLE_OVERFLOW),
        (Throw::InHandler, text::ERROR_IN_HANDLER),
    ];
}

/// The error texts of the VM itself; those of library functions stand beside them in `lib`.
pub(crate) mod text {
    pub(crate) const NOT_ENOUGH_MEMORY: &str = "not enough memory";
    pub(crate) const TABLE_OVERFLOW: &str = "table overflow";
    pub(crate) const ERROR_IN_HANDLER: &str = "error in error handling";
    pub(crate) const STACK_OVERFLOW: &str = "stack overflow";
    pub(crate) const C_STACK_OVERFLOW: &str = "C stack overflow";
    pub(crate) const STRING_OVERFLOW: &str = "string length overflow";
    pub(crate) const INDEX_NIL: &str = "table index is nil";
    pub(crate) const INDEX_NAN: &str = "table index is NaN";
    pub(crate) const LOOP_GET: &str = "loop in gettable";
    pub(crate) const LOOP_SET: &str = "loop in settable";
    pub(crate) const FOR_START: &str = "'for' initial value must be a number";
    pub(crate) const FOR_LIMIT: &str = "'for' limit must be a number";
    pub(crate) const FOR_STEP: &str = "'for' step must be a number";
    pub(crate) const INVALID_KEY: &str = "invalid key to 'next'";
    pub(crate) const YIELD_OUTSIDE: &str = "attempt to yield across metamethod/C-call boundary";
    pub(crate) const READONLY_TABLE: &str = "Attempt to modify a readonly table";
}
