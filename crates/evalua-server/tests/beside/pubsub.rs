//! Publishing and subscribing.

use crate::compare;

#[test]
fn channels_patterns_and_shards() {
    compare(
        "
        a> SUBSCRIBE news sport
        a< 1
        b> PSUBSCRIBE n*
        b> SUBSCRIBE news news
        b< 1
        c> PUBLISH news hello
        a< 1
        b< 2
        c> PUBLISH nothing hello
        b< 1
        c> PUBLISH other hello
        c> SPUBLISH news hello
        d> SSUBSCRIBE news
        d> SSUBSCRIBE other
        c> SPUBLISH news hello
        d< 1
        c> PUBSUB CHANNELS ne*
        c> PUBSUB NUMSUB news sport none
        c> PUBSUB NUMPAT
        c> PUBSUB SHARDCHANNELS n*
        c> PUBSUB SHARDNUMSUB news none
        c> PUBSUB CHANNELS a b
        c> PUBSUB NUMPAT x
        a> UNSUBSCRIBE sport sport
        a< 1
        b> UNSUBSCRIBE
        b> PUNSUBSCRIBE
        b> PUNSUBSCRIBE none
        b> UNSUBSCRIBE
        d> SUNSUBSCRIBE news
        d> SUNSUBSCRIBE
        d> SUNSUBSCRIBE
        c> PUBLISH news again
        a< 1
        ",
    );
}

#[test]
fn what_a_listener_may_ask() {
    compare(
        "
        a> PING
        a> SUBSCRIBE c
        a> PING
        a> PING x
        a> GET k
        a> GET
        a> NOPE
        a> PSUBSCRIBE
        a> PUBLISH other x
        a> MULTI
        a> SUBSCRIBE d
        a> RESET
        a> PING
        a> GET k
        b> PUBLISH c x
        ",
    );
}

#[test]
fn in_transactions_and_scripts() {
    compare(
        "
        a> MULTI
        a> SUBSCRIBE c d
        a> SSUBSCRIBE c
        a> UNSUBSCRIBE d
        a> EXEC
        b> MULTI
        b> PUBLISH c 1
        b> PUBLISH c 2
        b> EXEC
        a< 2
        b> EVAL \"return redis.call('publish', 'c', 'from a script')\" 0
        a< 1
        b> EVAL_RO \"return redis.call('publish', 'c', 'refused')\" 0
        b> EVAL_RO \"return redis.call('spublish', 'c', 'refused')\" 0
        b> EVAL \"return redis.call('subscribe', 'c')\" 0
        ",
    );
}

#[test]
fn events_of_keys() {
    compare(
        "
        c> CONFIG SET notify-keyspace-events KEAm
        c> CONFIG GET notify-keyspace-events
        c> CONFIG SET notify-keyspace-events KEq
        a> PSUBSCRIBE __key*
        c> SET k v
        a< 2
        c> GET none
        a< 2
        c> MGET k none other
        a< 4
        c> EXISTS none
        a< 2
        c> SET k v PX 1
        a< 4
        a< 2
        c> CONFIG SET notify-keyspace-events Kl
        c> SET k v
        c> RPUSH l v
        a< 1
        c> SELECT 3
        c> EVAL \"redis.call('RPUSH', 'l', 'v') redis.call('LPOP', 'l')\" 0
        a< 2
        ",
    );
}

#[test]
fn listeners_that_leave_are_not_counted() {
    compare(
        "
        a> SUBSCRIBE c
        a> QUIT
        b> PUBLISH c 1
        b> PUBSUB CHANNELS
        ",
    );
}

#[test]
fn messages_while_waiting() {
    compare(
        "
        a> SUBSCRIBE c
        a>> BLPOP k 0
        b> PUBLISH c 1
        a< 1
        b> RPUSH k v
        b> PUBLISH c 2
        a< 1
        ",
    );
}

#[test]
fn answers_that_are_not_wanted() {
    compare(
        "
        a>> CLIENT REPLY SKIP
        a>> GET k
        a> GET k
        a>> CLIENT REPLY OFF
        a>> GET k
        a>> NOPE
        a>> GET
        a> SUBSCRIBE c
        b> PUBLISH c x
        a< 1
        a>> CLIENT REPLY SKIP
        a> UNSUBSCRIBE c
        a> CLIENT REPLY ON
        a> CLIENT REPLY MAYBE
        a> GET k
        ",
    );
}
