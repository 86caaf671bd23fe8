//! Scripts that speak RESP3, and clients that do.

use crate::harness::{compare_scripts, compare_scripts_in_resp3};

#[test]
fn replies_after_setresp() {
    compare_scripts(SCRIPTS);
}

#[test]
fn replies_for_a_resp3_client() {
    compare_scripts_in_resp3(SCRIPTS);
}

const SCRIPTS: &[&str] = &[
    "redis.setresp(3) return redis.call('GET', 'none') == nil",
    "redis.setresp(3) return type(redis.call('GET', 'none'))",
    "redis.setresp(3) return type(redis.call('HGETALL', 'hash').map)",
    "redis.setresp(3) return redis.call('HGETALL', 'hash')",
    "redis.setresp(3) return redis.call('HGETALL', 'hash').map.f1",
    "redis.setresp(3) return redis.call('HGETALL', 'none')",
    "redis.setresp(3) return redis.call('MGET', 'string', 'none', 'number')",
    "redis.setresp(3) return #redis.call('MGET', 'string', 'none', 'number')",
    "redis.setresp(3) return redis.call('SMEMBERS', 'set')",
    "redis.setresp(3) return type(redis.call('SMEMBERS', 'set').set)",
    "redis.setresp(3) return redis.call('SMEMBERS', 'set').set['1']",
    "redis.setresp(3) return redis.call('ZSCORE', 'zset', 'more')",
    "redis.setresp(3) return redis.call('ZSCORE', 'zset', 'more').double",
    "redis.setresp(3) return tostring(redis.call('ZSCORE', 'zset', 'more').double)",
    "redis.setresp(3) return redis.call('ZRANGE', 'zset', 0, -1, 'WITHSCORES')",
    "redis.setresp(3) return redis.call('INCR', 'number')",
    "redis.setresp(3) return redis.call('SET', 'k', 'v')",
    "redis.setresp(3) redis.setresp(2) return redis.call('HGETALL', 'hash')",
    "return redis.call('HGETALL', 'hash')",
];
