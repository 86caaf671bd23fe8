//! Target `pattern`: the functions of the string library that match patterns agree with each other, and
//! end within the budget.

use crate::script::{self, Ending};
use evalua_vm::Limits;
use evalua_vm::stack::State;
use std::cell::RefCell;

const LIMITS: Limits = Limits {
    instructions: Some(20_000),
    memory: Some(4 << 20),
    call_depth: None,
};

/// Runs every function; errors of the pattern are well, but those of this chunk are not.
const CHECK: &str = "
    local subject, pattern, replacement = ...
    -- Without such a character before the first NUL, find takes the pattern as plain text.
    local special = pattern:find('^%Z*[%^%$%*%+%?%.%(%[%%%-]') ~= nil
    local found, first, last, capture = pcall(string.find, subject, pattern)
    local matched, text = pcall(string.match, subject, pattern)
    assert(found == matched or not special)
    if found and first then
        assert(first >= 1 and last >= first - 1 and last <= #subject)
        if not special then
            assert(subject:sub(first, last) == pattern)
        elseif capture == nil then
            assert(text == subject:sub(first, last))
        else
            assert(text == capture)
        end
    end
    local replaced, same, count = pcall(string.gsub, subject, pattern, '%0')
    if replaced then
        assert(same == subject and count <= #subject + 1)
        -- The first place of gsub is that of find.
        if found and special then assert((count > 0) == (first ~= nil)) end
    end
    local turns = 0
    local walked = pcall(function()
        for text in subject:gmatch(pattern) do turns = turns + 1 end
    end)
    assert(turns <= #subject + 1)
    pcall(string.gsub, subject, pattern, replacement)
    pcall(string.gsub, subject, pattern, function(...) return (select('#', ...)) end)
    pcall(string.gsub, subject, pattern, setmetatable({}, {__index = function(_, key) return key end}))
    pcall(string.find, subject, pattern, -3)
    pcall(string.format, pattern, subject, 1, 2, 3)
    local at = subject:find(pattern, 1, true)
    if at then assert(subject:sub(at, at + #pattern - 1) == pattern) end";

/// Splits the input at line breaks into subject, pattern and replacement, and runs all on them.
///
/// # Panics
/// When two functions contradict each other.
pub fn target(data: &[u8]) {
    thread_local! {
        static LUA: RefCell<State> = RefCell::new(State::new().expect("there is memory"));
    }
    let mut parts = data.splitn(3, |&byte| byte == b'\n');
    let mut part = || parts.next().unwrap_or_default();
    let arguments = [part(), part(), part()];
    LUA.with_borrow_mut(|lua| {
        lua.set_limits(LIMITS);
        let ending = script::run(lua, CHECK.as_bytes(), &arguments);
        assert!(
            matches!(ending, Ending::Returned | Ending::Stopped),
            "{ending:?}"
        );
    });
}
