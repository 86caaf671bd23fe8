//! Runs a chunk in a state, for the targets.

use evalua_vm::stack::{Failure, State, Throw};

/// How a chunk ended.
#[derive(Debug, PartialEq)]
pub(crate) enum Ending {
    /// It returned.
    Returned,
    /// It raised an error; this is its message, or the name of its type.
    Raised(Vec<u8>),
    /// It is no Lua.
    Syntax(Vec<u8>),
    /// It was stopped, or there was no memory for the first step.
    Stopped,
}

/// Compiles a chunk, with the name that `lua5.1 -` gives it, and runs it with arguments.
pub(crate) fn run(lua: &mut State, source: &[u8], arguments: &[&[u8]]) -> Ending {
    lua.enter(|call| {
        match call.push_chunk(source, b"=stdin") {
            Ok(Ok(())) => {}
            Ok(Err(message)) => return Ending::Syntax(message),
            Err(_) => return Ending::Stopped,
        }
        let pushed: Result<(), Throw> = arguments
            .iter()
            .try_for_each(|argument| call.push_bytes(argument));
        if pushed.is_err() {
            return Ending::Stopped;
        }
        match call.protected_call_top(arguments.len(), None) {
            Ok(()) => Ending::Returned,
            Err(Failure::Error) => {
                let error = call.view(call.height());
                let text = error.as_bytes().unwrap_or(error.type_name().as_bytes());
                Ending::Raised(text.to_vec())
            }
            Err(_) => Ending::Stopped,
        }
    })
}
