//! Target `struct_unpack`: any format reads any data or is refused, and ends where its size says.

use crate::library;
use evalua_vm::stack::State;
use std::cell::RefCell;

const CHECK: &str = "
    local format, data = ...
    local sized, size = pcall(struct.size, format)
    local results = {pcall(struct.unpack, format, data)}
    local count = #results
    if sized and results[1] then
        assert(results[count] == size + 1, 'the end')
        local packed, text = pcall(struct.pack, format, unpack(results, 2, count - 1))
        if packed then assert(#text == size, 'the length') end
    end
    pcall(struct.unpack, format, data, 2)
    pcall(struct.unpack, format, data, -1)
    pcall(struct.pack, format, data, data, 1, 2, 3)
    pcall(struct.pack, format, 1, 2, 3, data)";

/// Splits the input at its first line break into a format and data, and runs all on them.
///
/// # Panics
/// When functions contradict each other.
pub fn target(data: &[u8]) {
    thread_local! {
        static LUA: RefCell<State> = RefCell::new(library::state("struct"));
    }
    let mut parts = data.splitn(2, |&byte| byte == b'\n');
    let mut part = || parts.next().unwrap_or_default();
    let arguments = [part(), part()];
    LUA.with_borrow_mut(|lua| library::check(lua, CHECK, &arguments));
}
