//! Answers that scripts get item by item, as they see them: of every command that answers so, on values of
//! every form.

use evalua_redis::{Redis, Reply, profile};

use crate::harness::Both;

/// Whether an engine's script sees a reply, since somebody looks on, or items as they come.
const LOOKED_ON: [bool; 2] = [false, true];

/// The answer to its arguments with the type of each value in it; a word `#n` is the number n, and the answer a
/// second time what a script returns.
const SHOW: &str = "
    local function show(value)
        if type(value) ~= 'table' then
            return type(value) .. ':' .. tostring(value)
        end
        local texts = {#value .. '['}
        for key, item in pairs(value) do
            texts[#texts + 1] = tostring(key) .. '=' .. show(item) .. ','
        end
        return table.concat(texts) .. ']'
    end
    redis.setresp(tonumber(ARGV[1]))
    local words = {}
    for i = 2, #ARGV do
        words[#words + 1] = tonumber(string.match(ARGV[i], '^#(.*)')) or ARGV[i]
    end
    local answer = redis.pcall(unpack(words))
    return {show(answer), answer, redis.pcall(unpack(words))}";

const SETUP: &[&str] = &[
    "SET text hello",
    "SET empty \"\"",
    "SET long xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "SET integer -9223372036854775808",
    "SET number 42",
    "SET grown 1",
    "APPEND grown 0",
    "HSET hash name Ann age 30 score -1.5 id 9007199254740993 empty \"\"",
    "HSET wide a yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
    "RPUSH list a 1 -2 bc \"\" 4000000000 -3.5",
    "SADD ints 3 1 2 -70000 5000000000",
    "SADD words b a c",
    "ZADD same 0 a 0 b 0 c 0 d",
    "ZADD zset 1 a 2.5 b -0.1 c inf d -inf e 1e20 f 0 g",
];

const COMMANDS: &[&str] = &[
    "GET text",
    "GET empty",
    "GET long",
    "GET integer",
    "GET number",
    "GET grown",
    "GET none",
    "GET list",
    "MGET text none list integer grown empty long",
    "MGET none",
    "MGET none text none text none none",
    "MGET text text text none text",
    "HGET hash name",
    "HGET hash age",
    "HGET hash none",
    "HGET hash empty",
    "HGET none a",
    "HGET text a",
    "HMGET hash name none age id empty",
    "HMGET none a b",
    "HMGET text a",
    "HGETALL hash",
    "HGETALL wide",
    "HGETALL none",
    "HGETALL text",
    "HKEYS hash",
    "HKEYS none",
    "HVALS hash",
    "HVALS text",
    "LINDEX list #0",
    "LINDEX list #1",
    "LINDEX list #-1",
    "LINDEX list #100",
    "LINDEX list x",
    "LINDEX none #0",
    "LRANGE list #0 #-1",
    "LRANGE list #2 #3",
    "LRANGE list #5 #2",
    "LRANGE list x #2",
    "LRANGE none #0 #-1",
    "LRANGE long_list #0 #-1",
    "LRANGE long_list #190 #-2",
    "LRANGE text #0 #-1",
    "SMEMBERS ints",
    "SMEMBERS none",
    "SMEMBERS text",
    "ZRANGE zset #0 #-1",
    "ZRANGE zset #0 #-1 WITHSCORES",
    "ZRANGE zset #0 #-1 REV WITHSCORES",
    "ZRANGE zset #1 #3 REV",
    "ZRANGE none #0 #-1 WITHSCORES",
    "ZRANGE text #0 #-1",
    "ZRANGE long_zset #0 #-1 WITHSCORES",
    "ZRANGE long_zset (5 (150.5 BYSCORE LIMIT #3 #-1",
    "ZREVRANGE zset #0 #2 WITHSCORES",
    "ZRANGEBYSCORE zset -inf #2.5 WITHSCORES",
    "ZREVRANGEBYSCORE zset +inf #0 LIMIT #1 #2",
    "ZRANGEBYLEX same - [c",
    // Those that answer with what they are about to change.
    "GETEX text",
    "GETEX text PERSIST",
    "GETSET number 43",
    "SET number 44 GET",
    "GETDEL grown",
    "GET",
    "NONE",
    "INCR number",
    "INCR text",
];

/// Lists and sorted sets with more than a few items.
fn long_setup() -> Vec<Vec<String>> {
    let many = |words: [&str; 2], item: &dyn Fn(usize) -> Vec<String>| {
        let words = words.map(String::from).into_iter();
        words.chain((0..200).flat_map(item)).collect()
    };
    let list = |i: usize| vec![format!("item:{i}")];
    let zset = |i: usize| vec![format!("{}", i as f64 * 0.75), format!("member:{i}")];
    vec![
        many(["RPUSH", "long_list"], &list),
        many(["ZADD", "long_zset"], &zset),
    ]
}

fn words(line: &str) -> Vec<String> {
    let words = line.split(' ').filter(|word| !word.is_empty());
    words.map(|word| word.replace('"', "")).collect()
}

/// What an engine is told: its keyspace, and then the scripts.
fn all() -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = SETUP.iter().map(|line| words(line)).collect();
    all.extend(long_setup());
    for version in ["2", "3"] {
        for line in COMMANDS {
            let script = ["EVAL", SHOW, "0", version].map(String::from).into_iter();
            all.push(script.chain(words(line)).collect());
        }
    }
    all
}

#[test]
fn answers_as_on_the_server() {
    for both in [Both::new(), Both::in_resp3()] {
        let Some(mut both) = both else {
            return;
        };
        for words in all() {
            both.compare(&words);
        }
        both.finish();
    }
}

#[test]
fn answers_are_the_same_whoever_looks_on() {
    for profile in profile::ALL {
        let engines = LOOKED_ON.map(|is_looked_on| {
            let mut redis = Redis::builder().profile(profile).build();
            redis.core_mut().set_tracing(is_looked_on);
            redis
        });
        let [mut plain, mut watched] = engines;
        for words in all() {
            let (ours, seen) = (plain.command(&words), watched.command(&words));
            assert_eq!(ours, seen, "{words:?}");
            let calls = watched.core_mut().take_trace();
            assert_ne!(calls.len(), 0, "{words:?}");
            // The record has whole replies.
            for call in calls {
                assert!(!matches!(call.reply, Reply::Sequence(_)), "{words:?}");
            }
        }
    }
}
