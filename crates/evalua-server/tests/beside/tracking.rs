//! CLIENT TRACKING: who is told of which keys.

use crate::compare;

#[test]
fn keys_that_were_read() {
    compare(
        "
        a> CLIENT TRACKING on
        a> CLIENT TRACKINGINFO
        a> CLIENT GETREDIR
        a> MGET k l
        a> GET k
        b> SET k 1
        b> SET k 2
        a> EVAL \"return redis.call('GET', 'k')\" 1 k
        b> EXPIRE k 100
        b> DEL l
        a> GET k
        a> GET l
        b> MULTI
        b> SET k 3
        b> SET l 3
        b> EXEC
        a> GET k
        a> SELECT 1
        b> FLUSHALL
        a> GET k
        b> SELECT 1
        b> SET k 1
        a> CLIENT TRACKING off
        a> GET k
        b> SET k 1
        a> CLIENT TRACKINGINFO
        ",
    );
}

/// Changes that are no events, or not of the kind that tells of changes.
#[test]
fn changes_without_an_event_of_their_own() {
    compare(
        "
        b> PFADD h x y
        a> CLIENT TRACKING on
        a> PFCOUNT h
        a> TYPE h
        b> PFCOUNT h
        a> TYPE h
        b> PFADD h z
        a> TYPE h
        b> PFCOUNT h
        a> EXISTS s
        b> XGROUP CREATE s g $ MKSTREAM
        a> EXISTS s
        b> XGROUP CREATE s h $ MKSTREAM
        b> XGROUP DESTROY s h
        b> XSETID s 5-5
        b> XADD s 6 f v
        ",
    );
}

/// Who finds nothing where a key was due hears of what comes there, and not that the key went.
#[test]
fn keys_that_were_due() {
    compare(
        "
        b> DEBUG SET-ACTIVE-EXPIRE 0
        b> SET k 1 PX 1
        b> BLPOP none 0.02
        a> CLIENT TRACKING on
        a> GET k
        b> SET k 2
        b> SET k 3
        a> GET k
        b> DEBUG SET-ACTIVE-EXPIRE 1
        ",
    );
}

/// With NOLOOP that also goes for keys which one's own command finds to be due.
#[test]
fn keys_that_one_finds_to_be_due() {
    compare(
        "
        c> DEBUG SET-ACTIVE-EXPIRE 0
        c> SELECT 1
        c> MSET k 1 l 1
        c> PEXPIRE k 1
        c> PEXPIRE l 1
        c> BLPOP none 0.02
        a> CLIENT TRACKING on NOLOOP
        a> MGET k l
        b> CLIENT TRACKING on
        b> MGET k l
        c> SWAPDB 0 1
        a> GET k
        b> GET l
        c> SELECT 0
        c> MSET k 2 l 2
        a> PING
        b> PING
        c> DEBUG SET-ACTIVE-EXPIRE 1
        ",
    );
}

#[test]
fn opting_in_and_out() {
    compare(
        "
        a> CLIENT TRACKING on OPTIN
        a> CLIENT TRACKINGINFO
        a> GET k
        a> CLIENT CACHING yes
        a> CLIENT TRACKINGINFO
        a> GET l
        a> GET m
        a> CLIENT CACHING no
        a> CLIENT CACHING maybe
        a> CLIENT CACHING yes
        a> MULTI
        a> GET n
        a> GET o
        a> EXEC
        b> MSET k 1 l 1 m 1 n 1 o 1
        a> CLIENT TRACKING on OPTOUT
        a> CLIENT TRACKING off
        a> CLIENT TRACKING on OPTOUT
        a> CLIENT TRACKINGINFO
        a> GET k
        a> CLIENT CACHING no
        a> GET l
        b> MSET k 2 l 2
        a> CLIENT CACHING yes
        a> CLIENT TRACKING on OPTIN OPTOUT
        a> CLIENT TRACKING on BCAST
        a> CLIENT TRACKING on PREFIX x
        a> CLIENT TRACKING on REDIRECT 99999
        a> CLIENT TRACKING on REDIRECT x
        a> CLIENT TRACKING on NONSENSE
        a> CLIENT TRACKING maybe
        c> CLIENT CACHING yes
        ",
    );
}

#[test]
fn prefixes() {
    compare(
        "
        a> CLIENT TRACKING on BCAST PREFIX user: PREFIX page: NOLOOP
        a> CLIENT TRACKINGINFO
        b> CLIENT TRACKING on BCAST
        b> CLIENT TRACKINGINFO
        c> SET user:1 x
        c> SET other x
        c> MSET page:2 x page:1 x user:2 x
        a> SET user:3 x
        a> MULTI
        a> SET user:4 x
        a> DEL user:3
        a> EXEC
        a> CLIENT TRACKING on BCAST PREFIX user:1
        a> CLIENT TRACKING on BCAST PREFIX x PREFIX xy
        a> CLIENT TRACKING on BCAST OPTIN
        a> CLIENT TRACKING on
        a> CLIENT TRACKING on BCAST PREFIX z
        a> CLIENT TRACKINGINFO
        c> SET z 1
        a> CLIENT TRACKING off
        a> CLIENT TRACKINGINFO
        ",
    );
}

#[test]
fn changes_of_ones_own() {
    compare(
        "
        a> CLIENT TRACKING on NOLOOP
        a> GET k
        a> SET k 1
        b> SET k 2
        a> GET l
        a> EVAL \"redis.call('SET', 'l', 1)\" 1 l
        c> CLIENT TRACKING on
        c> GET k
        c> SET k 3
        c> GET k
        c> EVAL \"redis.call('SET', 'k', 1)\" 1 k
        ",
    );
}

#[test]
fn keys_that_go_by_themselves() {
    compare(
        "
        a> CLIENT TRACKING on NOLOOP
        a> SET k 1 PX 30
        a> GET k
        b> DEBUG SLEEP 0.05
        b> GET k
        ",
    );
}
