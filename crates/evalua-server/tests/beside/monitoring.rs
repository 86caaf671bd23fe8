//! MONITOR, SLOWLOG and LATENCY.

use crate::compare;

#[test]
fn every_command_is_shown() {
    compare(
        "
        m> MONITOR
        a> SET k \"a b\\x01\"
        m< 2
        a> SELECT 2
        m< 1
        a> CONFIG SET hz 10
        a> NOPE
        a> GET
        a> EVAL \"redis.call('SET', KEYS[1], 1) return redis.call('GET', KEYS[1])\" 1 k
        m< 3
        a> MULTI
        m< 1
        a> GET k
        a> INCR k
        a> EXEC
        m< 3
        a> AUTH default secret
        m< 1
        b> SELECT 2
        m< 2
        b>> BLPOP l 0
        m< 1
        a> RPUSH l x
        m< 1
        b< 1
        a> MULTI
        m< 1
        a> MONITOR
        a> EXEC
        m< 1
        m> RESET
        a> GET k
        ",
    );
}

#[test]
fn slow_commands() {
    compare(
        "
        a> SLOWLOG LEN
        a> SLOWLOG GET
        a> CONFIG SET slowlog-log-slower-than 100000000
        a> SLOWLOG RESET
        a> GET k
        a> SLOWLOG LEN
        a> CONFIG SET slowlog-log-slower-than 0
        a> SLOWLOG LEN
        a> GET k
        a> SLOWLOG LEN
        a> MULTI
        a> GET k
        a> EXEC
        a> EVAL \"return redis.call('GET', 'k')\" 0
        a> SLOWLOG LEN
        a> CONFIG SET slowlog-max-len 2
        a> GET k
        a> SLOWLOG LEN
        a> CONFIG SET slowlog-max-len 0
        a> SLOWLOG GET -2
        a> SLOWLOG GET x
        a> SLOWLOG GET 1 2
        a> SLOWLOG NOPE
        a> SLOWLOG RESET
        a> SLOWLOG GET -1
        ",
    );
}

#[test]
fn what_took_long() {
    compare(
        "
        a> LATENCY LATEST
        a> LATENCY HISTORY command
        a> LATENCY HISTORY
        a> LATENCY GRAPH command
        a> LATENCY RESET
        a> LATENCY RESET command x
        a> LATENCY NOPE
        a> CONFIG SET latency-monitor-threshold 20
        a> DEBUG SLEEP 0.03
        a> LATENCY RESET nothing
        a> LATENCY RESET command
        a> LATENCY LATEST
        ",
    );
}
