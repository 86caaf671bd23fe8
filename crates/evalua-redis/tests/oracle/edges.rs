//! Every place of a command where a number belongs, with every number that is easily got wrong: the same
//! reply as a live server's, and after an error the same data as before.

use evalua_conformance::server::Server;
use evalua_redis::{Redis, Reply, profile};

use crate::harness::START_MS;
use crate::support::from_wire;

/// What is there before a command.
const DATA: &[&str] = &[
    "FLUSHALL",
    "SELECT 0",
    "SET k hello",
    "SET i 5",
    "SET f 1.5",
    "SET n -9223372036854775808",
    "RPUSH l a b c a",
    "HSET h f 1 g 1.5 t text",
    "SADD s a b c",
    "ZADD z 1 m 2 n",
    "XADD x 5-5 f v",
    "XGROUP CREATE x gr 0",
    "XREADGROUP GROUP gr c STREAMS x >",
    "GEOADD g 1 1 m",
];

/// Numbers, and what looks like some.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "+0",
    "1",
    "-1",
    "+1",
    "01",
    "2",
    "63",
    "64",
    "65",
    "536870911",
    "536870912",
    "536870913",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "1.5",
    ".5",
    "5.",
    "1e3",
    "1e",
    "1e400",
    "-1e400",
    "1e-400",
    "5e-324",
    "1.7976931348623157e308",
    "3.0e+",
    "0x10",
    "0x1p3",
    "nan",
    "-nan",
    "inf",
    "-inf",
    "+inf",
    "infinity",
    "x",
    "",
    " 1",
    "1 ",
    "1_000",
    "--1",
    "1\0",
    "(1",
    "[1",
    "#1",
    "u1",
    "-",
    "+",
    "$",
    "*",
    ">",
];

/// Commands; `{}` stands for the number.
const LINES: &[&str] = &[
    "SETRANGE k {} x",
    "SETRANGE none {} x",
    "GETRANGE k {} {}",
    "GETRANGE k 0 {}",
    "SETBIT k {} 1",
    "SETBIT k 0 {}",
    "GETBIT k {}",
    "BITCOUNT k {} {}",
    "BITCOUNT k {} -1 BIT",
    "BITPOS k {}",
    "BITPOS k 1 {}",
    "BITPOS k 0 0 {} BIT",
    "BITFIELD k GET u{} 0",
    "BITFIELD k GET i{} 0",
    "BITFIELD k GET u8 {}",
    "BITFIELD k GET u8 #{}",
    "BITFIELD k SET u8 {} 1",
    "BITFIELD k SET i8 0 {}",
    "BITFIELD k INCRBY i8 0 {}",
    "BITFIELD k OVERFLOW FAIL INCRBY i64 0 {}",
    "BITFIELD k OVERFLOW SAT INCRBY u63 0 {}",
    "INCRBY i {}",
    "DECRBY i {}",
    "INCRBY n {}",
    "DECRBY n {}",
    "INCRBYFLOAT f {}",
    "HINCRBY h f {}",
    "HINCRBY h t {}",
    "HINCRBYFLOAT h g {}",
    "LCS k i IDX MINMATCHLEN {}",
    "SET k v EX {}",
    "SET k v PX {}",
    "SET k v EXAT {}",
    "SET k v PXAT {}",
    "SETEX k {} v",
    "PSETEX k {} v",
    "GETEX k EX {}",
    "GETEX k PX {}",
    "GETEX k EXAT {}",
    "GETEX k PXAT {}",
    "EXPIRE k {}",
    "PEXPIRE k {}",
    "EXPIREAT k {}",
    "PEXPIREAT k {}",
    "EXPIRE k {} GT",
    "LINDEX l {}",
    "LSET l {} v",
    "LRANGE l {} {}",
    "LTRIM l {} {}",
    "LREM l {} a",
    "LPOP l {}",
    "LPOS l a RANK {}",
    "LPOS l a COUNT {}",
    "LPOS l a MAXLEN {}",
    "LMPOP {} l LEFT",
    "LMPOP 1 l LEFT COUNT {}",
    "BLPOP l {}",
    "BLMOVE l l LEFT LEFT {}",
    "BLMPOP {} 1 l LEFT",
    "SPOP none {}",
    "SRANDMEMBER none {}",
    "SINTERCARD {} s",
    "SINTERCARD 1 s LIMIT {}",
    "HRANDFIELD none {}",
    "HSCAN h {}",
    "HSCAN h 0 COUNT {}",
    "ZADD z {} m",
    "ZADD z INCR {} m",
    "ZINCRBY z {} m",
    "ZRANGE z {} {}",
    "ZRANGE z {} +inf BYSCORE",
    "ZRANGE z -inf +inf BYSCORE LIMIT {} {}",
    "ZRANGEBYSCORE z {} +inf",
    "ZRANGEBYSCORE z ({} +inf",
    "ZRANGEBYSCORE z -inf ({}",
    "ZRANGEBYLEX z {} +",
    "ZREMRANGEBYSCORE z {} {}",
    "ZREMRANGEBYRANK z {} {}",
    "ZCOUNT z {} {}",
    "ZLEXCOUNT z {} {}",
    "ZPOPMIN z {}",
    "ZMPOP {} z MIN",
    "ZMPOP 1 z MIN COUNT {}",
    "ZRANDMEMBER none {}",
    "ZUNION {} z",
    "ZUNION 1 z WEIGHTS {} WITHSCORES",
    "ZUNIONSTORE d {} z",
    "ZINTERCARD {} z",
    "ZINTERCARD 1 z LIMIT {}",
    "XADD x {} f v",
    "XADD x 1-{} f v",
    "XADD x MAXLEN {} 9-9 f v",
    "XADD x MINID {} 9-9 f v",
    "XADD x MAXLEN ~ 1 LIMIT {} 9-9 f v",
    "XRANGE x {} {}",
    "XRANGE x ({} +",
    "XRANGE x 1-{} +",
    "XREVRANGE x + {}",
    "XRANGE x - + COUNT {}",
    "XREAD COUNT {} STREAMS x 0",
    "XREAD STREAMS x {}",
    "XTRIM x MAXLEN {}",
    "XTRIM x MINID {}",
    "XDEL x {}",
    "XACK x gr {}",
    "XSETID x {}",
    "XSETID x 9-9 ENTRIESADDED {}",
    "XSETID x 9-9 ENTRIESADDED 9 MAXDELETEDID {}",
    "XGROUP CREATE x new {}",
    "XGROUP CREATE x new 0 ENTRIESREAD {}",
    "XGROUP SETID x gr {}",
    "XREADGROUP GROUP gr c STREAMS x {}",
    "XREADGROUP GROUP gr c COUNT {} STREAMS x 0",
    "XCLAIM x gr c {} 5-5",
    "XCLAIM x gr c 0 {}",
    "XCLAIM x gr c 0 5-5 IDLE {}",
    "XCLAIM x gr c 0 5-5 RETRYCOUNT {}",
    "XAUTOCLAIM x gr c {} 0",
    "XAUTOCLAIM x gr c 0 {}",
    "XPENDING x gr {} + 10",
    "XPENDING x gr - + {}",
    "XPENDING x gr IDLE {} - + 10",
    "XINFO STREAM x FULL COUNT {}",
    "GEOADD g {} 1 n",
    "GEOADD g 1 {} n",
    "GEOSEARCH g FROMLONLAT {} 1 BYRADIUS 1 m",
    "GEOSEARCH g FROMLONLAT 1 1 BYRADIUS {} m",
    "GEOSEARCH g FROMLONLAT 1 1 BYBOX {} 1 km",
    "GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 km COUNT {}",
    "GEORADIUS g 1 1 {} m",
    "GEORADIUSBYMEMBER g m {} km",
    "SORT l ALPHA LIMIT {} {}",
    "SELECT {}",
    "SWAPDB 1 {}",
    "MOVE k {}",
    "COPY k k2 DB {}",
    "RESTORE r {} x",
    "RESTORE r 0 x IDLETIME {}",
    "RESTORE r 0 x FREQ {}",
    "WAIT 0 {}",
    "MEMORY USAGE none SAMPLES {}",
    "CLIENT UNBLOCK {}",
    "CLIENT NO-EVICT {}",
    "OBJECT FREQ {}",
];

/// Where the server relies on overflow, which 7.2 no longer does.
const OVERFLOWS: &[(&str, &[&str])] = &[
    ("LPOS l a RANK {}", &["-9223372036854775808"]),
    ("BLPOP l {}", BEYOND_ALL_TIME),
    ("BLMOVE l l LEFT LEFT {}", BEYOND_ALL_TIME),
    ("BLMPOP {} 1 l LEFT", BEYOND_ALL_TIME),
];

/// Times to wait in seconds whose end is no 64 bits of milliseconds.
const BEYOND_ALL_TIME: &[&str] = &[
    "9223372036854775",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e400",
    "1.7976931348623157e308",
    "inf",
    "+inf",
    "infinity",
];

#[test]
fn of_numbers() {
    let Some(server) = Server::oracle_at(START_MS as u64) else {
        return;
    };
    let mut client = server.connect().unwrap();
    let mut redis = Redis::builder()
        .clock_unix_ms(START_MS)
        .profile(&profile::REDIS_7_0)
        .build();
    let words = |line: &str, number: &str| -> Vec<String> {
        let words = line.split(' ').map(|word| word.replace("{}", number));
        words.collect()
    };
    let run = |redis: &mut Redis, line: &str, number: &str| {
        let reply = redis.command(&words(line, number));
        reply.to_resp2(&profile::REDIS_7_0)
    };
    let mut digest = Reply::Null;
    let mut is_changed = true;
    let mut wrong = Vec::new();
    for line in LINES {
        for number in NUMBERS {
            if std::mem::take(&mut is_changed) {
                for line in DATA {
                    client.send(words(line, "")).unwrap();
                }
                for line in DATA {
                    let theirs = from_wire(client.receive().unwrap());
                    assert_eq!(run(&mut redis, line, ""), theirs, "{line}");
                }
                digest = run(&mut redis, "DEBUG DIGEST", "");
            }
            let theirs = from_wire(client.command(words(line, number)).unwrap());
            let ours = run(&mut redis, line, number);
            if ours.as_error().is_some() {
                let after = run(&mut redis, "DEBUG DIGEST", "");
                assert_eq!(after, digest, "{line}, {number:?}");
            }
            is_changed = ours.as_error().is_none() || theirs.as_error().is_none();
            let overflows = OVERFLOWS
                .iter()
                .find(|(overflowing, _)| overflowing == line);
            if overflows.is_some_and(|(_, numbers)| numbers.contains(number)) {
                assert_ne!(ours, theirs, "{line}, {number:?}: no overflow after all");
            } else if ours != theirs {
                wrong.push(format!(
                    "{line}, {number:?}\n  ours:   {ours:?}\n  theirs: {theirs:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
