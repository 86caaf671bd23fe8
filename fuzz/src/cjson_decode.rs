//! Target `cjson_decode`: JSON that can be decoded can be encoded again, but for numbers that JSON has
//! not, and is as long after another turn.

use crate::library;
use evalua_vm::stack::State;
use std::cell::RefCell;

/// Lengths are compared and not texts: the order of keys depends on how a table was filled.
const CHECK: &str = "
    local function turn(text)
        local decoded, value = pcall(cjson.decode, text)
        if not decoded then
            assert(type(value) == 'string' and value ~= '')
            return
        end
        local encoded, json = pcall(cjson.encode, value)
        if encoded then return json end
        assert(json:find('must not be NaN or Inf', 1, true) or json:find('memory', 1, true), json)
    end
    local once = turn((...))
    if once then
        local twice = turn(once)
        assert(twice and #twice == #once)
    end
    local strict = cjson.new()
    strict.decode_invalid_numbers(false)
    strict.decode_max_depth(3)
    local decoded, value = pcall(strict.decode, (...))
    assert(not decoded or pcall(cjson.decode, (...)))";

/// Decodes and encodes the input.
///
/// # Panics
/// When what was decoded is not what is encoded.
pub fn target(data: &[u8]) {
    thread_local! {
        static LUA: RefCell<State> = RefCell::new(library::state("cjson"));
    }
    LUA.with_borrow_mut(|lua| library::check(lua, CHECK, &[data]));
}
