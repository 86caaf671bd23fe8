//! Scripts that speak RESP3, and clients that do.

use crate::harness::{Both, compare_scripts, compare_scripts_in_resp3};

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

/// Every type of the protocol, on its way through scripts of both versions to clients of both.
#[test]
fn replies_of_every_type() {
    for both in [Both::new(), Both::in_resp3()] {
        let Some(mut both) = both else {
            return;
        };
        both.compare(&["DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1"]);
        for kind in [
            "string", "integer", "double", "bignum", "null", "array", "set", "map", "attrib",
            "verbatim", "true", "false", "nonsense",
        ] {
            both.compare(&["DEBUG", "PROTOCOL", kind]);
            for resp in ["2", "3"] {
                for body in [
                    "return reply",
                    "return {reply, type(reply)}",
                    "return cjson.encode({reply})",
                    "local names = {} for k, v in pairs(reply) do names[#names + 1] = {k, v} end return names",
                ] {
                    let script = format!(
                        "redis.setresp({resp}) local reply = redis.call('DEBUG', 'PROTOCOL', '{kind}') {body}"
                    );
                    both.compare(&["EVAL", &script, "0"]);
                }
            }
        }
        both.compare(&["DEBUG", "SET-DISABLE-DENY-SCRIPTS", "0"]);
        both.compare(&[
            "EVAL",
            "return redis.call('DEBUG', 'PROTOCOL', 'null')",
            "0",
        ]);
        both.finish();
    }
}
