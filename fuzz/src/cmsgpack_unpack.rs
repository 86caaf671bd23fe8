//! Target `cmsgpack_unpack`: `unpack`, `unpack_one` and `unpack_limit` agree about what any bytes hold,
//! and what they give is as long after another turn of packing.

use crate::library;
use evalua_vm::stack::State;
use std::cell::RefCell;

/// Lengths are compared and not texts: the order of keys depends on how a table was filled.
const CHECK: &str = "
    local packed = ...
    local results = {pcall(cmsgpack.unpack, packed)}
    local count = 0
    local offset = 0
    local stepped = pcall(function()
        while offset ~= -1 do
            local next, value = cmsgpack.unpack_one(packed, offset)
            assert(next == -1 or next > offset)
            offset = next
            count = count + 1
            if count > 7000 then break end
        end
    end)
    if results[1] and packed ~= '' and count < 7000 then assert(stepped, 'one by one') end
    pcall(cmsgpack.unpack_limit, packed, 3, 1)
    pcall(cmsgpack.unpack_one, packed, #packed + 1)
    pcall(cmsgpack.unpack_one, packed, -2)
    if results[1] then
        -- What is nested too deep becomes nil in the first turn, and with it tables that hold nothing else;
        -- nil where a key was cannot be unpacked.
        local function turn(text)
            local unpacked, value = pcall(cmsgpack.unpack, text)
            if unpacked then return cmsgpack.pack(value) end
            assert(value == 'table index is nil', value)
        end
        local once = turn(cmsgpack.pack(results[2]))
        if once then assert(#once == #turn(once)) end
    end";

/// Unpacks and packs the input.
///
/// # Panics
/// When two ways to unpack contradict each other, or what is packed is not what was unpacked.
pub fn target(data: &[u8]) {
    thread_local! {
        static LUA: RefCell<State> = RefCell::new(library::state("cmsgpack"));
    }
    LUA.with_borrow_mut(|lua| library::check(lua, CHECK, &[data]));
}
