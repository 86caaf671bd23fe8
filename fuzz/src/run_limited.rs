//! Target `run_limited`: whatever a script does, it ends within its limits, and the state is usable
//! afterwards.

use crate::script::{self, Ending};
use evalua_vm::stack::State;
use evalua_vm::{Limits, StdLib};

const LIMITS: Limits = Limits {
    instructions: Some(200_000),
    memory: Some(4 << 20),
    call_depth: Some(300),
};

/// What every state can do, whatever was done to its globals and metatables before.
const SANE: &[u8] = b"
    local t = {}
    for i = 1, 100 do t[i] = i .. '' end
    local sum = 0
    for i = 1, #t do sum = sum + t[i] end
    local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
    if sum ~= 5050 or depth(50) ~= 50 then local wrong = nil + 1 end";

/// Runs the input as a script, with the libraries that reach nothing outside and with debug.
///
/// # Panics
/// When it uses more than it may, or leaves the state unusable.
pub fn target(data: &[u8]) {
    let mut lua = State::with_libraries(StdLib::SAFE | StdLib::DEBUG).expect("there is memory");
    // It would read commands from standard input.
    assert_eq!(
        script::run(&mut lua, b"debug.debug = nil", &[]),
        Ending::Returned
    );
    lua.set_limits(LIMITS);
    script::run(&mut lua, data, &[]);
    assert!(Some(lua.memory_in_use()) <= LIMITS.memory);
    lua.set_limits(Limits {
        instructions: LIMITS.instructions,
        ..Limits::default()
    });
    let ending = script::run(&mut lua, SANE, &[]);
    // A hook that the script left behind, or a finaliser that is due, may raise errors in what runs next.
    let mentions = |word: &[u8]| data.windows(word.len()).any(|window| window == word);
    if !mentions(b"hook") && !mentions(b"gc") {
        assert_eq!(ending, Ending::Returned);
    }
    lua.set_limits(LIMITS);
    lua.close();
}
