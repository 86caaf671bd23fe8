//! Users, passwords and rules.

use crate::compare;

#[test]
fn coming_in() {
    compare(
        "
        a> ACL WHOAMI
        a> AUTH secret
        a> AUTH default anything
        a> AUTH nobody anything
        a> AUTH a b c
        a> ACL SETUSER alice on >secret +@all ~*
        a> CONFIG SET requirepass foo
        a> CONFIG GET requirepass
        b> PING
        b> GET
        b> NOPE
        b> HELLO
        b> HELLO 3 AUTH default wrong
        b> AUTH wrong
        b> AUTH foo
        b> PING
        b> AUTH alice wrong
        b> ACL WHOAMI
        b> AUTH alice secret
        b> ACL WHOAMI
        b> RESET
        b> PING
        b> HELLO 2 AUTH alice wrong SETNAME worker
        b> AUTH alice secret
        b> CLIENT GETNAME
        a> CLIENT KILL USER alice
        a> ACL SETUSER alice off
        c> AUTH alice secret
        a> CONFIG SET requirepass \"\"
        c> AUTH foo
        c> PING
        ",
    );
}

#[test]
fn what_is_done_with_a_key_depends_on_other_arguments() {
    compare(
        "
        a> ACL SETUSER writer on nopass +@all %W~*
        a> ACL SETUSER reader on nopass +@all %R~*
        b> AUTH writer any
        b> SET k v
        b> SET k v GET
        b> SET k v EX 10
        b> SET k v EX 10 get
        b> BITFIELD k GET u8 0
        b> BITFIELD k SET u8 0 1
        c> AUTH reader any
        c> SET k v
        c> BITFIELD k GET u8 0
        c> BITFIELD k GET u8 0 OVERFLOW SAT
        c> BITFIELD k GET u8 0 SET u8 0 1
        c> BITFIELD k GET u8
        a> ACL DRYRUN writer SET k v
        a> ACL DRYRUN writer SET k v GET
        ",
    );
}

#[test]
fn what_users_may_do() {
    compare(
        "
        a> ACL SETUSER bob on nopass +@read +@connection +set -getrange ~user:* %R~public:* &news* resetchannels &news*
        a> SET public:1 x
        b> AUTH bob any
        b> GET user:1
        b> SET user:1 x
        b> GET other
        b> GET public:1
        b> SET public:1 x
        b> GETRANGE user:1 0 1
        b> DEL user:1
        b> MGET user:1 user:2
        b> MGET user:1 other public:1
        b> CONFIG GET maxmemory
        b> EVAL \"return 1\" 0
        b> SUBSCRIBE news1
        a> ACL SETUSER bob +@pubsub +eval +eval_ro +multi +exec +copy +select|0 +client|getname
        b> SUBSCRIBE news1 other
        b> PSUBSCRIBE news?
        b> PUBLISH other x
        b> SPUBLISH other x
        b> PUBLISH news2 x
        b> EVAL \"return redis.call('GET', 'user:1')\" 0
        b> EVAL \"return redis.call('GET', 'other')\" 0
        b> EVAL \"return redis.pcall('DEL', 'user:1')\" 0
        b> EVAL \"return redis.pcall('PUBLISH', 'other', 'x')\" 0
        b> EVAL_RO \"return redis.pcall('DEL', 'user:1')\" 0
        b> EVAL_RO \"return redis.pcall('COPY', 'other', 'user:1')\" 0
        b> EVAL_RO \"return redis.pcall('COPY', 'public:1', 'user:2')\" 0
        b> EVAL \"return {redis.acl_check_cmd('GET', 'user:1'), redis.acl_check_cmd('GET', 'x'), redis.acl_check_cmd('DEL', 'user:1')}\" 0
        b> COPY public:1 user:2
        b> COPY user:2 public:1
        b> SELECT 0
        b> SELECT 1
        b> MULTI
        b> DEL user:1
        b> EXEC
        b> MULTI
        b> SET user:1 y
        a> ACL SETUSER bob -set
        b> EXEC
        a> ACL DRYRUN bob GET user:1
        a> ACL DRYRUN bob GET other
        a> ACL DRYRUN bob DEL user:1
        a> ACL DRYRUN bob PUBLISH other x
        a> ACL DRYRUN bob GET
        a> ACL DRYRUN bob NOPE
        a> ACL DRYRUN nobody GET user:1
        a> ACL SETUSER bob reset
        a> ACL GETUSER bob
        a> ACL DELUSER bob nobody
        a> ACL USERS
        ",
    );
}

#[test]
fn rules_that_are_none() {
    compare(
        "
        a> ACL SETUSER bob +nope
        a> ACL SETUSER bob +@nope
        a> ACL SETUSER bob nonsense
        a> ACL SETUSER bob ~* ~a
        a> ACL SETUSER bob &* &a
        a> ACL SETUSER bob %X~a
        a> ACL SETUSER bob %~a
        a> ACL SETUSER bob #abc
        a> ACL SETUSER bob <none
        a> ACL SETUSER bob +config|nope
        a> ACL SETUSER bob +config|get|x
        a> ACL SETUSER bob +select|
        a> ACL SETUSER bob (~a
        a> ACL SETUSER bob (~a +nope)
        a> ACL SETUSER bob \"(~a\" +get \")\"
        a> ACL SETUSER \"b b\"
        a> ACL SETUSER
        a> ACL GETUSER bob
        a> ACL DELUSER default
        a> ACL LOAD
        a> ACL SAVE
        a> ACL CAT nope
        a> ACL GENPASS 0
        a> ACL GENPASS 5000
        a> ACL GENPASS x
        a> ACL LOG x
        a> ACL LOG RESET
        a> ACL NOPE
        ",
    );
}

#[test]
fn selectors() {
    compare(
        "
        a> ACL SETUSER sel on nopass +get ~a* (+set ~b* resetchannels) (%RW~c* +set)
        a> ACL GETUSER sel
        b> AUTH sel x
        b> GET a1
        b> GET b1
        b> SET b1 x
        b> SET c1 x
        b> SET a1 x
        b> DEL a1
        a> ACL SETUSER sel clearselectors
        b> SET b1 x
        ",
    );
}

#[test]
fn listeners_who_lose_their_channels() {
    compare(
        "
        a> ACL SETUSER ear on nopass +@all &one* &two
        b> AUTH ear x
        b> SUBSCRIBE one1
        c> AUTH ear x
        c> PSUBSCRIBE one*
        d> AUTH ear x
        a> ACL SETUSER ear &three
        a> PUBLISH one1 x
        b< 1
        c< 1
        a> ACL SETUSER ear resetchannels &one1
        a> PUBLISH one1 x
        b< 1
        a> ACL DELUSER ear
        a> PUBLISH one1 x
        ",
    );
}
