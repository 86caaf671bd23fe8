//! What is found in scripts, and what is not, case by case: what is known of a value where it is used, and
//! where that is not enough to say anything.

use evalua_check::{Options, check};
use evalua_redis::profile;

/// The rules that a script breaks, in the order of the source.
fn broken(script: &str) -> Vec<&'static str> {
    let options = Options {
        allowed: vec!["unused-local".to_owned(), "key-not-declared".to_owned()],
        ..Options::default()
    };
    let findings = check(script.as_bytes(), &options);
    findings.iter().map(|finding| finding.rule.name).collect()
}

/// Asserts that each script breaks the rule once, and no other.
fn break_it(rule: &str, scripts: &[&str]) {
    for script in scripts {
        assert_eq!(broken(script), [rule], "{script}");
    }
}

/// Asserts that no script breaks any rule.
fn are_fine(scripts: &[&str]) {
    for script in scripts {
        assert_eq!(broken(script), [""; 0], "{script}");
    }
}

#[test]
fn replies_compared_to_nil() {
    break_it(
        "reply-compared-to-nil",
        &[
            "if nil == redis.call('GET', KEYS[1]) then return 1 end",
            "local call = redis.call if call('HGET', KEYS[1], 'f') ~= nil then return 1 end",
            "local r = redis r = r.call('GET', KEYS[1]) if r == nil then return 1 end",
            "local v = redis.call('GET', KEYS[1]) local function f() return v == nil end return f()",
            "local v v = redis.call('GET', KEYS[1]) if (v) == nil then return 1 end",
            "if redis.call('SET', KEYS[1], 1, 'NX') == nil then return 1 end",
            "local t = redis.call('MGET', KEYS[1], KEYS[2]) if t[2] == nil then return 1 end",
            "local v = redis.call('GET', KEYS[1])\nif ARGV[1] then v = redis.call('GET', KEYS[2]) end\n\
             return v == nil and 0 or 1",
        ],
    );
    are_fine(&[
        // It may be nil for another reason.
        "local v if ARGV[1] then v = redis.call('GET', KEYS[1]) end if v == nil then return 1 end",
        "local v = redis.call('GET', KEYS[1]) if ARGV[1] then v = nil end if v == nil then return 1 end",
        "local v = redis.call('GET', KEYS[1]) local function f() v = nil end f() if v == nil then return 1 end",
        "local v = redis.call('GET', KEYS[1]) for i = 1, 2 do if v == nil then return 1 end v = nil end",
        "local v = redis.call('GET', KEYS[1]) while ARGV[2] do v = nil end if v == nil then return 1 end",
        // It is looked for false as well.
        "local v = redis.call('GET', KEYS[1]) if v == nil or v == false then return 1 end",
        "local v = redis.call('GET', KEYS[1]) if not v or v == nil then return 1 end",
        // Beyond what was asked for there is nothing.
        "local t = redis.call('MGET', KEYS[1]) if t[2] == nil then return 1 end",
        "local t = redis.call('LRANGE', KEYS[1], 0, 9) if t[1] == nil then return 1 end",
        "local t = redis.call('MGET', unpack(KEYS)) if t[1] == nil then return 1 end",
        "local t = redis.call('MGET', KEYS[1]) t[1] = nil if t[1] == nil then return 1 end",
        "local t = redis.call('MGET', KEYS[1]) table.remove(t) if t[1] == nil then return 1 end",
        // Nobody knows what this replies.
        "if redis.call(ARGV[1], KEYS[1]) == nil then return 1 end",
        "local function call() end if call('GET', KEYS[1]) == nil then return 1 end",
        "local redis = { call = tostring } if redis.call('GET', KEYS[1]) == nil then return 1 end",
        "redis.setresp(3) if redis.call('GET', KEYS[1]) == nil then return 1 end",
    ]);
}

#[test]
fn replies_compared_to_booleans() {
    break_it(
        "reply-compared-to-boolean",
        &[
            "if redis.call('EXISTS', KEYS[1]) == false then return 1 end",
            "if true ~= redis.call('HEXISTS', KEYS[1], 'f') then return 1 end",
            "local n = redis.call('SETNX', KEYS[1], 1) return n == true and 1 or 0",
            "if redis.call('GET', KEYS[1]) == true then return 1 end",
            "if redis.call('SMEMBERS', KEYS[1]) == false then return 1 end",
            "if redis.call('SET', KEYS[1], 1) == false then return 1 end",
            "if redis.call('PING') == true then return 1 end",
            "if redis.call('SMISMEMBER', KEYS[1], 'a')[1] == true then return 1 end",
            "if redis.call('LRANGE', KEYS[1], 0, 0)[1] == false then return 1 end",
            "if tonumber(redis.call('GET', KEYS[1])) == true then return 1 end",
            "local n = redis.pcall('EXISTS', KEYS[1]) if n == true then return 1 end return n",
        ],
    );
    are_fine(&[
        "if redis.call('SET', KEYS[1], 1, 'NX') == false then return 1 end",
        "if redis.call('SET', KEYS[1], 1, 'GET') == false then return 1 end",
        "if redis.call('LPOP', KEYS[1]) == false then return 1 end",
        "if redis.call('HMGET', KEYS[1], 'a')[1] == false then return 1 end",
        // A boolean made of it.
        "local there = redis.call('EXISTS', KEYS[1]) == 1 if there == true then return 1 end",
        "local n = redis.call('EXISTS', KEYS[1]) if ARGV[1] then n = true end if n == true then return 1 end",
        "local t = redis.call('SMISMEMBER', KEYS[1], 'a') t[1] = t[1] == 1 if t[1] == true then return 1 end",
        // Nobody knows what these reply.
        "if redis.call('SORT', KEYS[1], 'GET', ARGV[1]) == false then return 1 end",
        "if redis.call('SET', KEYS[1], unpack(ARGV)) == false then return 1 end",
        "redis.setresp(3) if redis.call('EXISTS', KEYS[1]) == true then return 1 end",
    ]);
}

#[test]
fn statuses_and_strings() {
    break_it(
        "status-compared-to-string",
        &[
            "if redis.call('PING') ~= 'PONG' then return 1 end",
            "if 'OK' == redis.call('SET', KEYS[1], 1, 'XX') then return 1 end",
            "local ok = redis.call('XGROUP', 'CREATE', KEYS[1], 'g', '0') if ok == 'OK' then return 1 end",
        ],
    );
    are_fine(&[
        "if redis.call('PING', 'PONG') == 'PONG' then return 1 end",
        "if redis.call('PING')['ok'] == 'PONG' then return 1 end",
        "if redis.call('SET', KEYS[1], 1, 'GET') == 'OK' then return 1 end",
        "if redis.call('OBJECT', 'ENCODING', KEYS[1]) == 'int' then return 1 end",
    ]);
}

#[test]
fn fields_of_replies() {
    break_it(
        "field-of-list",
        &[
            "return redis.call('INCR', KEYS[1]).x",
            "return redis.call('TTL', KEYS[1])[1]",
            "return redis.call('EXISTS', KEYS[1]):lower()",
            "local n = tonumber(redis.call('GET', KEYS[1])) return n.x",
            "return redis.call('ZRANK', KEYS[1], 'a').rank",
            "return redis.call('PING').pong",
            "return redis.call('SET', KEYS[1], 1)[1]",
            "local r = redis.call('SET', KEYS[1], 1) if r['err'] then return r end",
            "return redis.call('HMGET', KEYS[1], 'a')[1].name",
            "return redis.call('XRANGE', KEYS[1], '-', '+')[1].id",
            "return redis.call('XRANGE', KEYS[1], '-', '+').id",
        ],
    );
    are_fine(&[
        "local r = redis.pcall('INCR', KEYS[1]) if type(r) == 'table' and r.err then return r end return r",
        "local r = redis.call('INCR', KEYS[1]) if type(r) == 'table' and r.err then return r end return r",
        "local r = redis.call('SET', KEYS[1], 1) return r[ARGV[1]]",
        "local r = redis.call('SET', KEYS[1], 1) r.x = 1 return r.x",
        "return redis.call('GET', KEYS[1]):lower()",
        "return redis.call('XRANGE', KEYS[1], '-', '+')[1][2]",
        "return redis.call('XRANGE', KEYS[1], '-', '+')[1][2].id",
        "local r = redis.call('HSCAN', KEYS[1], 0) return r[2][1]",
        "local r = redis.call('INCR', KEYS[1]) if ARGV[1] then r = { x = 1 } end return r.x",
        "redis.setresp(3) return redis.call('INCR', KEYS[1]).x",
    ]);
}

#[test]
fn numbers_and_strings() {
    break_it(
        "number-compared-to-string",
        &[
            "if redis.call('GET', KEYS[1]) == 1 then return 1 end",
            "for _, arg in ipairs(ARGV) do if arg == 1 then return 1 end end",
            "if #ARGV == '2' then return 1 end",
            "local n = tonumber(ARGV[1]) or 0 if n < ARGV[2] then return 1 end",
            "local n = ARGV[1] if n == nil then n = '0' end if n > 5 then return 1 end",
            "local n = tonumber(ARGV[1]) if n == '5' then return 1 end",
        ],
    );
    are_fine(&[
        "local n = ARGV[1] if n == nil then n = 0 end if n == 5 then return 1 end",
        "local n = ARGV[1] n = tonumber(n) if n > 5 then return 1 end",
        "local n = tonumber(ARGV[1]) if n == ARGV[2] then return 1 end",
        "local n = redis.call('GET', KEYS[1]) or 0 if n == 0 then return 1 end",
        "local n = ARGV[1] if type(n) == 'number' then return n > 5 end",
        "ARGV[1] = tonumber(ARGV[1]) if ARGV[1] > 5 then return 1 end",
        "local args = ARGV args[1] = 5 if args[1] == 5 then return 1 end",
        "if ARGV[1] < ARGV[2] then return 1 end",
    ]);
}

#[test]
fn what_is_computed_with() {
    break_it(
        "reply-used-unchecked",
        &[
            "return 'v:' .. redis.call('GET', KEYS[1])",
            "local n = redis.call('ZSCORE', KEYS[1], ARGV[1]) return n * 2",
            "return -redis.call('GET', KEYS[1])",
            "local set = redis.call('SET', KEYS[1], 1, 'NX') return set.ok",
            "if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]).ok == 'OK' then return 1 end",
            "local t = redis.call('HMGET', KEYS[1], 'a', 'b') return t[1] + 1",
            "return tonumber(redis.call('HGET', KEYS[1], 'a')) + 1",
            "local key = KEYS[1] return redis.call('GET', key) + 1",
        ],
    );
    are_fine(&[
        "local n = redis.call('GET', KEYS[1]) if n == false then n = 0 end return n + 1",
        "local n = redis.call('GET', KEYS[1]) if not n then return 0 end return n + 1",
        "local n = redis.call('GET', KEYS[1]) n = n or 0 return n + 1",
        "local n = redis.call('GET', KEYS[1]) assert(n, 'missing') return n + 1",
        "local n = redis.call('GET', KEYS[1]) local missing = not n if missing then return 0 end return n + 1",
        // Other names and calls may know of it.
        "local key = KEYS[1] if redis.call('EXISTS', key) == 0 then return 0 end return redis.call('GET', KEYS[1]) + 1",
        "redis.call('SETNX', KEYS[1], 0) return redis.call('GET', KEYS[1]) + 1",
        "if redis.call('EXISTS', KEYS[1]) == 0 then return redis.call('SET', KEYS[1], 1, 'NX').ok end",
        "local set = redis.call('SET', KEYS[1], 1, 'NX') return set and set.ok",
        "local set = redis.call('SET', KEYS[1], 1, 'NX') if not set then return 0 end return set.ok",
        "local set = redis.pcall('SET', KEYS[1], 1, 'NX') if set then return set.ok end",
        "local function get(key) return redis.call('GET', key) + 1 end return get(KEYS[1])",
        "local n = redis.call('GET', KEYS[1]) local copy = n if n then return copy + 1 end",
        "local t = redis.call('HMGET', KEYS[1], 'a', 'b') local a, b = t[1], t[2] if a then return b + 1 end",
        "local t = redis.call('HMGET', KEYS[1], unpack(ARGV)) local n = 0 for i = 1, #t do n = n + t[i] end return n",
        "local n = redis.call('INCR', KEYS[1]) return n + 1",
    ]);
    break_it(
        "bad-operand",
        &[
            "return redis.call('SMEMBERS', KEYS[1]) .. ''",
            "local n return n + 1",
            "local n = redis.call('GET', KEYS[1]) if not n then return 'no ' .. n end",
            "return 'a' .. true",
            "return KEYS + 1",
            "return ARGV[1] - 'one'",
        ],
    );
    are_fine(&[
        "local n if ARGV[1] then n = 1 else n = 2 end return n + 1",
        "local n for i = 1, 2 do n = (n or 0) + i end return n",
        "local n repeat n = 1 until true return n + 1",
        "local sum local function add(i) sum = (sum or 0) + i end add(1) return sum + 1",
        "local vector = setmetatable({}, { __add = function() return 1 end }) return vector + 1",
        "return '10' + 1",
    ]);
}

#[test]
fn conditions() {
    break_it(
        "reply-always-true",
        &[
            "if not redis.call('SISMEMBER', KEYS[1], ARGV[1]) then return 1 end",
            "local n = redis.call('EXISTS', KEYS[1]) if ARGV[1] and n then return 1 end",
            "return redis.call('EXISTS', KEYS[1]) and 'yes' or 'no'",
            "while redis.call('LRANGE', KEYS[1], 0, 9) do redis.call('LPOP', KEYS[1]) end",
            "if #KEYS then return 1 end",
        ],
    );
    are_fine(&[
        "if redis.call('ZRANK', KEYS[1], ARGV[1]) then return 1 end",
        "if redis.call('SET', KEYS[1], 1) then return 1 end",
        "local n = redis.call('INCR', KEYS[1]) or 0 return n",
        "if redis.pcall('EXISTS', KEYS[1]) then return 1 end",
        "if redis.call('LPOP', KEYS[1]) then return 1 end",
    ]);
}

#[test]
fn calls() {
    break_it(
        "wrong-arity",
        &[
            "return redis.call('GET', KEYS[1], unpack(ARGV, 1, 1), KEYS[2])",
            "return redis.call('GET', KEYS[1], redis.call('TYPE', KEYS[1]).ok)",
            "return redis.call('OBJECT', 'ENCODING')",
        ],
    );
    break_it(
        "unknown-command",
        &[
            "return redis.call('GETT', KEYS[1])",
            "return redis.call('GET.', KEYS[1])",
            "return redis.call('', KEYS[1])",
            "return redis.call('XGROUP', 'CRATE', KEYS[1])",
        ],
    );
    // An engine has no files, but there are such commands.
    break_it(
        "command-not-allowed",
        &[
            "redis.call('BGSAVE') return 1",
            "return redis.call('ReplicaOf', 'NO', 'ONE')",
        ],
    );
    are_fine(&[
        "return redis.call('LASTSAVE')",
        "return redis.call('JSON.GET', KEYS[1])",
        "return redis.call('MIGRATE', ARGV[1], ARGV[2], KEYS[1], 0, 100)",
    ]);
    break_it(
        "bad-argument",
        &[
            "return redis.call('GET', not KEYS[1])",
            "local t return redis.call('GET', t)",
        ],
    );
    are_fine(&[
        "return redis.call('GET', unpack(KEYS))",
        "return redis.call(unpack(ARGV))",
        "return redis.call('OBJECT', ARGV[1], KEYS[1])",
        "local args = { 'GET', KEYS[1] } return redis.call(unpack(args))",
        "return redis.call('SET', KEYS[1], 1.5)",
        "return redis.call('SET', KEYS[1], redis.call('GET', KEYS[2]))",
        "return redis.call('EXPIRE', KEYS[1], math.floor(ARGV[1] / 2))",
        "return redis.call('EXPIRE', KEYS[1], 60 / 2)",
        "local half = ARGV[1] / 2 if half == math.floor(half) then return redis.call('INCRBY', KEYS[1], half) end",
        "return redis.call('EXPIRE', KEYS[1], #ARGV / 2)",
    ]);
    break_it(
        "fraction-as-integer",
        &[
            "return redis.call('EXPIRE', KEYS[1], 0.5)",
            "local half = ARGV[1] / 2 return redis.call('INCRBY', KEYS[1], half + 1)",
            "return redis.call('SET', KEYS[1], 1, 'EX', redis.call('TIME')[1] / 3)",
        ],
    );
    break_it(
        "unbounded-unpack",
        &[
            "local t = redis.call('LRANGE', KEYS[1], 0, -1) if #t == 0 then return 0 end local u = { unpack(t) } return u",
        ],
    );
}

#[test]
fn lists_and_tables() {
    break_it(
        "index-from-zero",
        &[
            "return ARGV[0]",
            "local keys = KEYS return keys[0]",
            "return redis.call('TIME')[0]",
        ],
    );
    break_it(
        "unbounded-unpack",
        &[
            "return redis.call('SADD', KEYS[1], 0, unpack(redis.call('SMEMBERS', KEYS[2])))",
            "local t = redis.call('LRANGE', KEYS[1], 0, -1) return redis.call('SADD', KEYS[2], 0, unpack(t))",
            "local t = redis.call('ZRANGEBYSCORE', KEYS[1], 0, 1) return redis.call('SADD', KEYS[2], 0, unpack(t))",
        ],
    );
    are_fine(&[
        "local t = redis.call('LRANGE', KEYS[1], 0, 99) return redis.call('SADD', KEYS[2], 0, unpack(t))",
        "local t = redis.call('ZRANGEBYSCORE', KEYS[1], 0, 1, 'LIMIT', 0, 9) return redis.call('SADD', KEYS[2], 0, unpack(t))",
        "local t = redis.call('SMEMBERS', KEYS[1]) if #t < 99 then redis.call('SADD', KEYS[2], 0, unpack(t)) end",
        "return redis.call('DEL', unpack(KEYS))",
    ]);
    break_it(
        "length-with-holes",
        &[
            "local t = { 1, nil, 3 } if #t > 2 then return 1 end",
            "return #{ nil, 2 }",
        ],
    );
    break_it(
        "nil-in-array",
        &["local none return { 1, none, 3 }", "return { { nil, 1 } }"],
    );
    are_fine(&[
        "return { 1, nil }",
        "local t = { 1, nil, 3 } t[2] = 2 return #t",
    ]);
}

#[test]
fn what_is_returned() {
    break_it(
        "fields-not-sent",
        &[
            "local t = { a = 1 } return t",
            "local t = { 1, 2, n = 2 } return t",
            "local t = {} t.a = 1 t['b'] = 2 return t",
            "return { { name = 1 } }",
        ],
    );
    are_fine(&[
        "local function f() return { a = 1 } end return f().a",
        "local t = { a = 1 } return t.a",
        "local t = { a = 1 } t.ok = 'fine' return t",
        "local t = {} t.count = 0 t[1] = 2 return t",
        "local t = {} t.count = 0 table.insert(t, 2) return t",
        "return { err = 'ERR no' }",
        "return { map = { a = 1 } }",
        "local key = ARGV[1] return { [key] = 1 }",
    ]);
    break_it(
        "fraction-returned",
        &[
            "local n = tonumber(redis.call('INCRBYFLOAT', KEYS[1], 1)) return n",
            "return { 1, 5 / 2 }",
        ],
    );
    are_fine(&[
        "return 10 / 2",
        "return ARGV[1] * 2",
        "local n = ARGV[1] return (n - n % 10) / 10",
        "return tostring(1 / 3)",
    ]);
    break_it(
        "error-reply-dropped",
        &["local reply = redis.error_reply reply('no') return 1"],
    );
}

#[test]
fn order() {
    break_it(
        "unreachable-code",
        &[
            "do return 1 end return 2",
            "while true do redis.call('INCR', KEYS[1]) if ARGV[1] then return 1 end end return 2",
            "for i = 1, #KEYS do do break end redis.call('GET', KEYS[i]) end return 1",
            "repeat return 1 until ARGV[1] return 2",
        ],
    );
    break_it(
        "endless-loop",
        &["while 1 do redis.call('INCR', KEYS[1]) end"],
    );
    break_it(
        "concat-in-loop",
        &["local s = '' while #s < 99 do s = s .. 'a' .. 'b' end return s"],
    );
    are_fine(&[
        "while true do if redis.call('INCR', KEYS[1]) > 5 then break end end return 2",
        "while true do local n = assert(redis.call('LPOP', KEYS[1])) redis.call('RPUSH', KEYS[2], n) end",
        "repeat if ARGV[1] then break end return 1 until false return 2",
        "if ARGV[1] then return 1 elseif ARGV[2] then return 2 end return 3",
        "for i, key in ipairs(KEYS) do local s = '' s = s .. key redis.call('GET', s) end return 1",
        "local s = '' for i = 1, 3 do s = s .. i end return s",
        "local s = '' s = s .. 'a' return s",
    ]);
}

#[test]
fn names() {
    break_it(
        "unknown-field",
        &[
            "redis.log(redis.LOG_WARN, 'x') return 1",
            "local pack = table.pack return pack(1)",
            "return string.trim(ARGV[1])",
        ],
    );
    are_fine(&[
        "local unpack = unpack or table.unpack return unpack(ARGV)",
        "if redis.no_such_function then return 1 end",
        "return redis.sha1hex(ARGV[1])",
    ]);
    break_it(
        "undeclared-global",
        &[
            "return limit",
            "return os.time()",
            "return string.format('%s', undefined)",
        ],
    );
    break_it(
        "global-write",
        &[
            "KEYS = {} return 1",
            "local function f() counter = 1 end f() return 1",
        ],
    );
}

#[test]
fn parts_of_scripts_need_what_they_do_not_have() {
    are_fine(&[
        "local function add(n) return n + rcall('GET', other) end",
        "--- @include \"other\"\nreturn other(KEYS[1])",
        "-- @include \"other\"\nreturn other(KEYS[1])",
    ]);
}

#[test]
fn libraries_of_functions() {
    let library = |body: &str| {
        format!("#!lua name=mylib\nredis.register_function('f', function(keys, args) {body} end)")
    };
    are_fine(&[
        &library("return redis.call('GET', keys[1])"),
        &library("return { a = 1 }"),
    ]);
    break_it(
        "undeclared-global",
        &[&library("return ARGV[1]"), &library("return nothing")],
    );
    break_it("wrong-arity", &[&library("return redis.call('GET')")]);
    assert_eq!(broken("#!lua name=my-lib\nreturn 1"), ["bad-shebang"]);
}

#[test]
fn slots() {
    break_it(
        "keys-in-different-slots",
        &[
            "redis.call('GET', 'a') return redis.call('GET', 'b')",
            "return redis.call('MGET', '{a}:' .. ARGV[1], '{b}:' .. ARGV[1])",
        ],
    );
    are_fine(&[
        "redis.call('GET', '{a}x') return redis.call('GET', '{a}y' .. ARGV[1])",
        "redis.call('GET', 'a' .. ARGV[1]) return redis.call('GET', 'b' .. ARGV[1])",
        "redis.call('PUBLISH', 'a', 1) return redis.call('GET', 'b')",
    ]);
}

#[test]
fn syntax_errors_have_hints() {
    for (script, hint) in [
        ("if a != b then return 1 end", "'not equal' is ~= in Lua"),
        ("if !a then return 1 end", "'not' is a word in Lua"),
        ("if a && b then return 1 end", "'and' is a word in Lua"),
        ("if a || b then return 1 end", "'or' is a word in Lua"),
        ("return a & b", "bit.band"),
        ("return a | b", "bit.bor"),
        ("return a ~ b", "bit.bxor"),
        ("return ~a", "bit.bnot"),
        ("return a << 2", "bit.lshift"),
        ("return a >> 2", "bit.rshift"),
        ("return a // 2", "math.floor(a / b)"),
        ("/* x */ return 1", "--[["),
        ("// limits\nreturn 1", "comments begin with --"),
        ("# limits\nreturn 1", "comments begin with --"),
        ("let x = 1", "with local"),
        ("var x = 1", "with local"),
        ("const x = 1", "with local"),
        (
            "if a then return 1\nelif b then return 2 end",
            "'elif' is elseif",
        ),
        (
            "if a then b = 1\nelsif b then return 2 end",
            "'elsif' is elseif",
        ),
        ("goto done", "Lua 5.1 has no goto"),
        ("::done:: return 1", "Lua 5.1 has no goto"),
        ("for i = 1, 2 do continue end", "Lua has no continue"),
        (
            "for i = 1, 2 do if a then continue\nend end",
            "Lua has no continue",
        ),
        ("a += 1", "Lua has no +="),
        ("a -= 1", "Lua has no -="),
        ("a *= 2", "Lua has no *="),
        ("a /= 2", "Lua has no /="),
        ("a ..= 'b'", "Lua has no ..="),
        ("a++", "Lua has no ++"),
        ("return a ? 1 : 2", "cond and a or b"),
        ("if (a) { return 1 }", "blocks are written then … end"),
        ("local x <const> = 1", "Lua 5.1 has no <const>"),
        ("if a = 1 then return 1 end", "to compare is =="),
        ("if a === 1 then return 1 end", "'equal' is =="),
        (
            "if a then return 1 else if b then return 2 end",
            "write elseif",
        ),
        ("local t = { a => 1 }", "name = value"),
    ] {
        let findings = check(script.as_bytes(), &Options::default());
        let [finding] = &findings[..] else {
            panic!("{script}: {findings:?}");
        };
        assert_eq!(finding.rule.name, "syntax-error", "{script}");
        assert!(
            finding.message.contains(hint),
            "{script}: {}",
            finding.message
        );
    }
    let plain = check(b"return 1 +\n", &Options::default());
    assert_eq!(plain[0].message, "unexpected symbol near '<eof>'");
}

#[test]
fn profiles_decide() {
    let found = |profile| {
        let options = Options {
            profile,
            ..Options::default()
        };
        let findings = check(b"return server.call('BLPOP', KEYS[1], 0)", &options);
        findings
            .iter()
            .map(|finding| finding.rule.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&profile::REDIS_7_2), ["undeclared-global"]);
    assert_eq!(found(&profile::VALKEY_8), [""; 0]);
}

#[test]
fn findings_are_on_their_lines_behind_a_first_line() {
    let findings = check(
        b"#!lua flags=allow-oom\n\n  return limit",
        &Options::default(),
    );
    let place = findings[0].start;
    assert_eq!((place.line, place.column), (3, 10));
    assert_eq!(findings[0].span, 32..37);
}
