//! Target `eval_sandbox`: whatever a script does in the sandbox, it ends within its limits, and the next
//! script finds everything as it was.

use evalua_redis::{Profile, Redis, Reply, profile};

/// What a script sees of the world: every name in every table that can be reached from the globals, and
/// what kind of value it has; and that the world works.
const WORLD: &str = "
    local seen, names = {}, {}
    local function walk(path, value)
        names[#names + 1] = path .. ':' .. type(value)
        if type(value) ~= 'table' or seen[value] then return end
        seen[value] = true
        for key, inner in pairs(value) do walk(path .. '.' .. tostring(key), inner) end
        local meta = getmetatable(value)
        if meta then walk(path .. '()', meta) end
    end
    walk('', _G)
    walk('string()', getmetatable(''))
    table.sort(names)
    local works = ('%d %s'):format(7, ('x'):rep(3)) .. tostring(pcall(error, 'x')) .. select('#', 1, nil)
    return table.concat(names, ' ') .. works .. #redis.call('ECHO', 'four') .. #KEYS .. #ARGV";

/// Runs the input as a script and as a library, like every server.
///
/// # Panics
/// When it changes what the next script sees.
pub fn target(data: &[u8]) {
    for profile in profile::ALL {
        run(data, profile);
    }
}

fn run(data: &[u8], profile: &'static Profile) {
    let mut redis = Redis::builder()
        .profile(profile)
        .clock_unix_ms(1_700_000_000_000)
        .max_instructions(100_000)
        .max_memory(4 << 20)
        .build();
    let look = |redis: &mut Redis| redis.command(&["EVAL", WORLD, "0"]);
    let before = look(&mut redis);
    assert!(matches!(before, Reply::Bulk(_)), "{before:?}");
    redis.command(&[&b"EVAL"[..], data, b"1", b"key", b"argument"]);
    redis.command(&[&b"EVAL_RO"[..], data, b"0"]);
    let library = [&b"#!lua name=any\n"[..], data].concat();
    redis.command(&[&b"FUNCTION"[..], b"LOAD", &library]);
    redis.command(&["FCALL", "f", "1", "key", "argument"]);
    redis.command(&["SELECT", "0"]);
    // A server of that time lets scripts change what they reach through `getfenv` and the metatable of
    // strings. Memory may be full of what scripts have left behind on purpose.
    let after = look(&mut redis);
    let is_full = matches!(&after, Reply::Error(error) if error.to_string().contains("memory"));
    assert!(profile.scripting.permissive || is_full || after == before);
}
