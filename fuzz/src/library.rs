//! Runs a chunk in a state that has one of the libraries of Redis, for the targets.

use crate::script::{self, Ending};
use evalua_redis::libraries;
use evalua_vm::Limits;
use evalua_vm::stack::State;

const LIMITS: Limits = Limits {
    instructions: Some(200_000),
    memory: Some(16 << 20),
    call_depth: None,
};

/// A state in which the library is a global.
pub(crate) fn state(name: &str) -> State {
    let mut lua = State::new().expect("there is memory");
    lua.enter(|call| {
        call.push_globals()?;
        let globals = call.height();
        assert_eq!(libraries::push(call, name.as_bytes()), Ok(true));
        call.set_field_of(globals, name.as_bytes())
    })
    .expect("there is memory");
    lua
}

/// Runs a chunk whose errors are all wrong.
///
/// # Panics
/// When it raises one.
pub(crate) fn check(lua: &mut State, chunk: &str, arguments: &[&[u8]]) {
    lua.set_limits(LIMITS);
    let ending = script::run(lua, chunk.as_bytes(), arguments);
    let out_of_memory =
        matches!(&ending, Ending::Raised(message) if message.ends_with(b"not enough memory"));
    assert!(
        out_of_memory || matches!(ending, Ending::Returned | Ending::Stopped),
        "{ending:?}"
    );
}
