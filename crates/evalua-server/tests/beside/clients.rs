//! CLIENT: names, lists, ends, pauses.

use crate::compare;

#[test]
fn names_and_ids() {
    compare(
        "
        a> CLIENT GETNAME
        a> CLIENT SETNAME worker
        a> CLIENT GETNAME
        a> CLIENT ID x
        a> CLIENT
        a> CLIENT NOPE
        a> CLIENT LIST TYPE master
        a> CLIENT LIST TYPE replica
        a> CLIENT LIST TYPE pubsub
        a> CLIENT LIST TYPE odd
        a> CLIENT LIST ID
        a> CLIENT LIST ID 99999 88888
        a> CLIENT LIST ID 1 x
        a> CLIENT LIST x
        a> CLIENT NO-EVICT on
        a> CLIENT NO-EVICT off
        a> CLIENT NO-EVICT maybe
        a> CLIENT NO-EVICT
        a> CLIENT UNPAUSE
        ",
    );
}

#[test]
fn ends_of_others_and_of_oneself() {
    compare(
        "
        a> SUBSCRIBE c
        b>> BLPOP k 0
        c> CLIENT KILL TYPE pubsub
        c> PUBLISH c x
        c> PUBSUB CHANNELS
        c> CLIENT KILL ID 99999
        c> CLIENT KILL ID 0
        c> CLIENT KILL ID x
        c> CLIENT KILL TYPE odd
        c> CLIENT KILL ADDR 1.2.3.4:5
        c> CLIENT KILL LADDR 1.2.3.4:5
        c> CLIENT KILL 1.2.3.4:5
        c> CLIENT KILL SKIPME maybe
        c> CLIENT KILL ID 5 x
        c> CLIENT KILL USER nobody
        c> CLIENT KILL TYPE normal
        c> RPUSH k v
        c> LRANGE k 0 -1
        c> CLIENT KILL TYPE normal SKIPME no
        ",
    );
}

#[test]
fn pauses() {
    compare(
        "
        a> CLIENT PAUSE x
        a> CLIENT PAUSE -1
        a> CLIENT PAUSE 10 SOME
        a> CLIENT PAUSE 1 WRITE x
        a> CLIENT PAUSE 100000 WRITE
        b> GET k
        b> SET k
        b> MULTI
        b> GET k
        b> EXEC
        b>> SET k v
        b>> GET k
        c>> PUBLISH c x
        d>> EVAL \"return redis.call('GET', 'k')\" 0
        e> EVAL \"#!lua flags=no-writes\\nreturn redis.call('GET', 'k')\" 0
        e> EVAL_RO \"return redis.call('GET', 'k')\" 0
        a> GET k
        a> CLIENT UNPAUSE
        b< 2
        c< 1
        d< 1
        a> CLIENT PAUSE 50
        b> SET k w
        b> GET k
        a> MULTI
        a> SET l 1
        a> CLIENT PAUSE 100000 WRITE
        a> SET m 1
        a> EXEC
        b> MGET l m
        b>> SET l 2
        a> CLIENT UNPAUSE
        b< 1
        ",
    );
}
