//! FUNCTION and FCALL: loading, what is seen then and later, errors, listing.

use crate::harness::Both;

/// Loads each code as a library, calls its function in all ways, and looks at what is there.
fn compare(codes: &[&str]) {
    let Some(mut both) = Both::new() else {
        return;
    };
    for code in codes {
        let library = format!("#!lua name=mylib\n{code}");
        both.compare(&["FUNCTION", "LOAD", "REPLACE", &library]);
        both.compare(&["FCALL", "f", "1", "string", "one", "2"]);
        both.compare(&["FCALL", "F", "0"]);
        both.compare(&["FCALL_RO", "f", "0"]);
        both.compare(&["FUNCTION", "LIST", "WITHCODE"]);
        both.compare(&["FUNCTION", "FLUSH"]);
    }
    both.finish();
}

#[test]
fn what_loads() {
    compare(&[
        "redis.register_function('f', function(keys, args) return {keys, args} end)",
        "redis.register_function('F', function(keys, args) return 1 end)",
        "redis.register_function('f', redis.log)",
        "redis.register_function('f_1', function() end)",
        "redis.register_function(1, function() return 'one' end)",
        "redis.register_function{function_name='f', callback=function() return 1 end}",
        "redis.register_function{FUNCTION_NAME='f', CallBack=function() return 1 end}",
        "redis.register_function{function_name='f', callback=function() return 1 end, description='what it does'}",
        "redis.register_function{function_name='f', callback=function() return 1 end, description=12.5}",
        "redis.register_function{function_name='f', callback=function() return 1 end, flags={'no-writes'}}",
        "redis.register_function{function_name='f', callback=function() return 1 end, flags={'NO-WRITES', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys'}}",
        "redis.register_function{function_name='f', callback=function() return 1 end, flags={}}",
        "redis.register_function{function_name='f', callback=function() return 1 end, flags={a='no-writes'}}",
        "redis.register_function{function_name='f', callback=function() return 1 end, flags={'no-writes', nil, 'x'}}",
        "local function help(n) return n + 1 end redis.register_function('f', function(keys, args) return help(#keys) end)",
        "redis.log(redis.LOG_WARNING, redis.REDIS_VERSION) redis.register_function('f', function() return 1 end)",
    ]);
}

#[test]
fn what_does_not_load() {
    compare(&[
        "",
        "return 1",
        "a b",
        "redis.register_function()",
        "redis.register_function('f')",
        "redis.register_function(1)",
        "redis.register_function('f', 1)",
        "redis.register_function({}, function() end)",
        "redis.register_function(nil, function() end)",
        "redis.register_function('f', function() end, 1)",
        "redis.register_function('f-a', function() end)",
        "redis.register_function('', function() end)",
        "redis.register_function(1.5, function() end)",
        "redis.register_function('f\\0', function() end)",
        "redis.register_function{}",
        "redis.register_function{function_name='f'}",
        "redis.register_function{callback=function() end}",
        "redis.register_function{function_name='f', callback=1}",
        "redis.register_function{function_name={}, callback=function() end}",
        "redis.register_function{function_name='f', callback=function() end, description={}}",
        "redis.register_function{function_name='f', callback=function() end, flags='no-writes'}",
        "redis.register_function{function_name='f', callback=function() end, flags={'no-write'}}",
        "redis.register_function{function_name='f', callback=function() end, flags={1}}",
        "redis.register_function{function_name='f', callback=function() end, flags={{}}}",
        "redis.register_function{function_name='f', callback=function() end, other=1}",
        "redis.register_function{[1]='f'}",
        "redis.register_function{[true]='f'}",
        "redis.register_function('f', function() end) redis.register_function('f', function() end)",
        "redis.register_function('f', function() end) error('late')",
        "redis.register_function('f', function() end) local x = nil + 1",
        "x = 1",
        "redis.x = 1",
        "redis.call('PING')",
        "redis.pcall('PING')",
        "redis.setresp(3)",
        "redis.sha1hex('')",
        "redis.log()",
        "redis.log(1)",
        "redis.log(9, 'x')",
        "redis.log('a', 'x')",
        "local x = redis.nothing",
        "local x = redis[1]",
        "return math.random()",
        "return string.rep('x', 3)",
        "return tostring(1)",
        "return pcall(error)",
        "return _G",
        "return KEYS",
        "return cjson.encode({})",
        "return ('x'):rep(3)",
        "local t = {} t.x.y = 1",
        "local function f() return f() end f()",
        "local function f() return 1 + f() end f()",
        "while true do end",
        "return function() end",
        "-- [[",
    ]);
}

#[test]
fn what_functions_see() {
    compare(&[
        "redis.register_function('f', function() local names = {} for name in pairs(_G) do names[#names + 1] = name end return names end)",
        "redis.register_function('f', function() local names = {} for name in pairs(redis) do names[#names + 1] = name end return names end)",
        "local r = redis redis.register_function('f', function() local names = {} for name, value in pairs(r) do names[#names + 1] = name .. type(value) end return names end)",
        "local r = redis redis.register_function('f', function() return r.call end)",
        "local r = redis.register_function redis.register_function('f', function() return r('g', function() end) end)",
        "local r = redis.register_function redis.register_function('f', function() return r() end)",
        "local l = redis.log redis.register_function('f', function() return l(redis.LOG_DEBUG, 'x') end)",
        "redis.register_function('f', function() return redis.register_function end)",
        "redis.register_function('f', function() return type(getmetatable(_G)) end)",
        "redis.register_function('f', function() return getmetatable(_G).__index.x end)",
        "redis.register_function('f', function() return rawget(_G, 'redis') == redis end)",
        "redis.register_function('f', function() return rawget(_G, 'KEYS') end)",
        "redis.register_function('f', function() return KEYS end)",
        "redis.register_function('f', function() return ARGV end)",
        "redis.register_function('f', function() return nothing end)",
        "redis.register_function('f', function() return __redis__err__handler end)",
        "redis.register_function('f', function() return debug end)",
        "redis.register_function('f', function() return print end)",
        "redis.register_function('f', function() x = 1 end)",
        "redis.register_function('f', function() _G.x = 1 end)",
        "redis.register_function('f', function() rawset(_G, 'x', 1) end)",
        "redis.register_function('f', function() setmetatable(_G, {}) end)",
        "redis.register_function('f', function() redis.call = nil end)",
        "redis.register_function('f', function() string.rep = nil end)",
        "redis.register_function('f', function() return loadstring('return redis.call(\"PING\")')() end)",
        "redis.register_function('f', function() return loadstring('return KEYS')() end)",
        "redis.register_function('f', function() return loadstring('x = 1')() end)",
        "redis.register_function('f', function(keys, args) keys[1] = 'z' keys.x = 1 return keys end)",
        "redis.register_function('f', function(...) return select('#', ...) end)",
        "redis.register_function('f', function(keys, args) return #keys * 10 + #args end)",
        "local n = 0 redis.register_function('f', function() n = n + 1 return n end)",
        "local t = {} redis.register_function('f', function() t[#t + 1] = 'x' return t end)",
        "redis.register_function('f', function() return {redis.REDIS_VERSION, redis.REPL_ALL} end)",
        "redis.register_function('f', function() return {math.random(100), math.random(100)} end)",
        "redis.register_function('f', function() return cjson.encode({a = 1, b = {2}}) end)",
    ]);
}

#[test]
fn what_functions_return_and_raise() {
    compare(&[
        "redis.register_function('f', function() return redis.call('GET', 'string') end)",
        "redis.register_function('f', function() return redis.call('SET', 'string', 'other') end)",
        "redis.register_function{function_name='f', callback=function() return redis.call('SET', 'string', 'third') end, flags={'no-writes'}}",
        "redis.register_function{function_name='f', callback=function() return redis.call('GET', 'string') end, flags={'no-writes'}}",
        "redis.register_function('f', function() return redis.call('GET') end)",
        "redis.register_function('f', function() return redis.call('NOPE') end)",
        "redis.register_function('f', function() return redis.call('FCALL', 'f', 0) end)",
        "redis.register_function('f', function() return redis.call('EVAL', 'return 1', 0) end)",
        "redis.register_function('f', function() return redis.call('FUNCTION', 'LIST') end)",
        "redis.register_function('f', function() return redis.call('INCR', 'string') end)",
        "redis.register_function('f', function() return redis.pcall('INCR', 'string') end)",
        "redis.register_function('f', function() return {pcall(redis.call, 'INCR', 'string')} end)",
        "redis.register_function('f', function() error('boom') end)",
        "redis.register_function('f', function() error('boom', 0) end)",
        "redis.register_function('f', function() error('boom', 2) end)",
        "redis.register_function('f', function() error({err = 'My error'}) end)",
        "redis.register_function('f', function() error() end)",
        "redis.register_function('f', function() local x = nil + 1 end)",
        "redis.register_function('f', function() local x = nil; x() end)",
        "redis.register_function('f', function() return redis.error_reply('x') end)",
        "redis.register_function('f', function() return redis.status_reply('fine') end)",
        "redis.register_function('f', function() return {err = 'plain'} end)",
        "redis.register_function('f', function() return {1, 'two', {3}, nil, 5} end)",
        "redis.register_function('f', function() redis.setresp(3) return {map = {a = 1}} end)",
        "redis.register_function('f', function() return 3.99 end)",
        "redis.register_function('f', function() coroutine.wrap(function() error('inside') end)() end)",
        "redis.register_function('f', function() return xpcall(function() error('x') end, function(e) return e end) end)",
        "\n\nredis.register_function('f', function()\n\n  error('line six')\nend)",
        "local function g() error('deep') end redis.register_function('f', function() g() end)",
        "redis.register_function('f', function() return redis.log() end)",
        "redis.register_function('f', redis.log)",
        "redis.register_function('f', redis.register_function)",
    ]);
}

const LIBRARY: &str = "#!lua name=l\nredis.register_function('f', function() return 1 end)";

#[test]
fn commands() {
    let Some(mut both) = Both::new() else {
        return;
    };
    for line in [
        &["FUNCTION"][..],
        &["FUNCTION", "NOPE"],
        &["FUNCTION", "HELP"],
        &["FUNCTION", "HELP", "x"],
        &["FUNCTION", "STATS"],
        &["FUNCTION", "STATS", "x"],
        &["FUNCTION", "KILL"],
        &["FUNCTION", "LIST"],
        &["FUNCTION", "LOAD"],
        &["FUNCTION", "LOAD", "x"],
        &["FUNCTION", "LOAD", ""],
        &["FUNCTION", "LOAD", "REPLACE"],
        &["FUNCTION", "LOAD", "OTHER", LIBRARY],
        &["FUNCTION", "LOAD", "REPLACE", "OTHER", LIBRARY],
        &["FUNCTION", "LOAD", "REPLACE", "REPLACE", LIBRARY],
        &["FUNCTION", "LOAD", LIBRARY],
        &["FUNCTION", "LOAD", "REPLACE", LIBRARY],
        &["FUNCTION", "LOAD", "#!lua"],
        &["FUNCTION", "LOAD", "#!lua\n"],
        &["FUNCTION", "LOAD", "#!\n"],
        &["FUNCTION", "LOAD", "#! name=x\n"],
        &["FUNCTION", "LOAD", "#!lua name=\nx"],
        &["FUNCTION", "LOAD", "#!lua name=a-b\nx"],
        &["FUNCTION", "LOAD", "#!lua name=\u{e9}\nx"],
        &["FUNCTION", "LOAD", "#!lua name=a name=b\nx"],
        &["FUNCTION", "LOAD", "#!lua name=a name=a\nx"],
        &["FUNCTION", "LOAD", "#!lua foo=b\nx"],
        &["FUNCTION", "LOAD", "#!lua name=a foo=b\nx"],
        &["FUNCTION", "LOAD", "#!lua name=a flags=no-writes\nx"],
        &["FUNCTION", "LOAD", "#!lua nam\nx"],
        &["FUNCTION", "LOAD", "#!lua name=\"a\n"],
        &["FUNCTION", "LOAD", "#!lua \"name=a\"\n"],
        &["FUNCTION", "LOAD", "#!js name=a\n"],
        &["FUNCTION", "LOAD", "#!js name=a-b\n"],
        &["FUNCTION", "LOAD", "#!LUA NAME=a\n"],
        &["FUNCTION", "LOAD", "#!lua name=a\0b\n"],
        &["FUNCTION", "LOAD", "#!lua name=l\nreturn"],
        &[
            "FUNCTION",
            "LOAD",
            "#!lua name=L\nredis.register_function('f', function() end)",
        ],
        &[
            "FUNCTION",
            "LOAD",
            "#!lua name=m\nredis.register_function('F', function() end)",
        ],
        &["FUNCTION", "LOAD", "REPLACE", "#!lua name=l\nerror('x')"],
        &["FCALL", "f", "0"],
        &[
            "FUNCTION",
            "LOAD",
            "REPLACE",
            "#!lua name=l\nredis.register_function('f', function() return 2 end)",
        ],
        &["FCALL", "f", "0"],
        &["FUNCTION", "LIST"],
        &["FUNCTION", "LIST", "WITHCODE"],
        &["FUNCTION", "LIST", "withcode", "libraryname", "l"],
        &["FUNCTION", "LIST", "LIBRARYNAME", "?"],
        &["FUNCTION", "LIST", "LIBRARYNAME", "x*"],
        &["FUNCTION", "LIST", "LIBRARYNAME"],
        &["FUNCTION", "LIST", "LIBRARYNAME", "l", "LIBRARYNAME", "l"],
        &["FUNCTION", "LIST", "WITHCODE", "WITHCODE"],
        &["FUNCTION", "LIST", "NOPE"],
        &["FUNCTION", "STATS"],
        &["FCALL"],
        &["FCALL", "f"],
        &["FCALL", "f", "x"],
        &["FCALL", "f", "1.5"],
        &["FCALL", "f", "-1"],
        &["FCALL", "f", "1"],
        &["FCALL", "f", "99999999999999999999"],
        &["FCALL", "f", "-9223372036854775808"],
        &["FCALL", "g", "x"],
        &["FCALL", "", "0"],
        &["FCALL_RO", "f"],
        &["FCALL_RO", "f", "0"],
        &["FCALL_RO", "g", "0"],
        &["FUNCTION", "DELETE"],
        &["FUNCTION", "DELETE", "L"],
        &["FUNCTION", "DELETE", "l"],
        &["FUNCTION", "DELETE", "l"],
        &["FCALL", "f", "0"],
        &["FUNCTION", "FLUSH"],
        &["FUNCTION", "FLUSH", "SYNC"],
        &["FUNCTION", "FLUSH", "async"],
        &["FUNCTION", "FLUSH", "NOW"],
        &["FUNCTION", "FLUSH", "SYNC", "x"],
        &["EVAL", "return redis.call('FUNCTION', 'LIST')", "0"],
        &["EVAL", "return redis.call('FCALL', 'f', 0)", "0"],
        &["EVAL", "return redis.register_function", "0"],
    ] {
        both.compare(line);
    }
    both.finish();
}

#[test]
fn listing_for_a_resp3_client() {
    let Some(mut both) = Both::in_resp3() else {
        return;
    };
    both.compare(&["FUNCTION", "LOAD", LIBRARY]);
    both.compare(&["FUNCTION", "LIST", "WITHCODE"]);
    both.compare(&["FUNCTION", "STATS"]);
    both.compare(&["FCALL", "f", "0"]);
    both.finish();
}

/// The last reply of the live server is given to both sides as a payload.
#[test]
fn libraries_are_dumped_and_restored() {
    let Some(mut both) = Both::new() else {
        return;
    };
    let long = "x".repeat(3000);
    let libraries = [
        LIBRARY.to_owned(),
        format!(
            "#!lua name=long\nlocal x = '{long}' redis.register_function('g', function() return #x end)"
        ),
    ];
    both.compare(&["FUNCTION", "DUMP"]);
    for library in &libraries {
        both.compare(&["FUNCTION", "LOAD", library]);
        let payload = both.bulk(&["FUNCTION", "DUMP"]);
        for policy in [&["REPLACE"][..], &["APPEND"], &[], &["flush"]] {
            let words = [&b"FUNCTION"[..], b"RESTORE", &payload];
            let policy = policy.iter().map(|word| word.as_bytes());
            both.compare(&words.into_iter().chain(policy).collect::<Vec<_>>());
            both.compare(&["FUNCTION", "LIST", "LIBRARYNAME", "l"]);
            both.compare(&["FUNCTION", "LIST", "LIBRARYNAME", "long"]);
        }
        both.compare(&["FUNCTION", "DELETE", "l"]);
        both.compare(&[
            "FUNCTION",
            "LOAD",
            "#!lua name=other\nredis.register_function('F', function() return 3 end)",
        ]);
        for policy in ["REPLACE", "APPEND"] {
            both.compare(&[&b"FUNCTION"[..], b"RESTORE", &payload, policy.as_bytes()]);
            both.compare(&["FUNCTION", "LIST", "LIBRARYNAME", "other"]);
            both.compare(&["FUNCTION", "STATS"]);
        }
        both.compare(&[&b"FUNCTION"[..], b"RESTORE", &payload[..payload.len() - 1]]);
        both.compare(&["FUNCTION", "FLUSH"]);
    }
    both.compare(&["FUNCTION", "RESTORE", ""]);
    both.compare(&["FUNCTION", "RESTORE", "x", "OTHER"]);
    both.compare(&["FUNCTION", "RESTORE", "x", "APPEND", "x"]);
    let value = both.bulk(&["DUMP", "string"]);
    both.compare(&[&b"FUNCTION"[..], b"RESTORE", &value]);
    both.finish();
}
