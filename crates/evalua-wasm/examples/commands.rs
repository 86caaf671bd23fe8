//! Makes up commands and scripts with numbers at the ends of what 32 and 64 bits hold, and tells what this machine
//! answers, for the package to be compared with: `commands COUNT SEED OUT` writes a line for each to `OUT`, its words
//! and the answer as redis-cli prints it, parted by tabs, all in hexadecimal.
//!
//! A `usize` has 32 bits in the package and 64 here.

use std::error::Error;
use std::fmt::Write as _;
use std::{env, fs};

use evalua_redis::rng::Rng;
use evalua_redis::{Redis, Resp, Session, text};

/// What both sides begin with.
const SETTINGS: &[&str] = &["CONFIG SET proto-max-bulk-len 1mb"];

/// The limit of scripts' memory, as the package's test has it.
const MEMORY: usize = 16 << 20;

/// What fills the keys again, now and then.
const FILLING: &[&str] = &[
    "FLUSHALL",
    "SET s abcdefghij",
    "SET n 10",
    "RPUSH l a b c a b d",
    "SADD i 1 2 3",
    "SADD t a b c d",
    "HSET h a 1 b 2 c x",
    "ZADD z 1 a 2 b 2 c 3.5 d",
    "GEOADD g 13.36 38.11 a 15.08 37.50 b",
    "XADD x 1-1 a b",
    "XADD x 2-1 a b",
    "XADD x 2-2 a b",
    "XGROUP CREATE x g 0",
    "XREADGROUP GROUP g c COUNT 2 STREAMS x >",
    "PFADD p a b c",
];

/// Commands: `{n}` is any number, `{p}` one that is not below 0 by much, `{f}` one that may have a fraction, `{k}` a key.
const COMMANDS: &[&str] = &[
    "SETRANGE {k} {n} x",
    "GETRANGE {k} {n} {n}",
    "SUBSTR {k} {n} {n}",
    "SETBIT {k} {n} 1",
    "GETBIT {k} {n}",
    "BITCOUNT {k} {n} {n}",
    "BITCOUNT {k} {n} {n} BIT",
    "BITPOS {k} 0 {n}",
    "BITPOS {k} 1 {n} {n}",
    "BITPOS {k} 1 {n} {n} BIT",
    "BITFIELD {k} GET u8 {n} SET i16 {n} {n} INCRBY u63 {n} {n}",
    "BITFIELD {k} OVERFLOW SAT INCRBY i64 #{n} {n}",
    "BITFIELD {k} OVERFLOW FAIL INCRBY i{p} 3 {n}",
    "BITFIELD_RO {k} GET i{p} #{n}",
    "INCRBY {k} {n}",
    "DECRBY {k} {n}",
    "INCRBYFLOAT {k} {f}",
    "HINCRBY h a {n}",
    "HINCRBYFLOAT h b {f}",
    "SET {k} {n} EX {n}",
    "SET {k} {n} PXAT {n}",
    "SETEX {k} {n} v",
    "PSETEX {k} {n} v",
    "GETEX {k} EX {n}",
    "GETEX {k} PXAT {n}",
    "EXPIRE {k} {n}",
    "EXPIREAT {k} {n} GT",
    "PEXPIRE {k} {n} LT",
    "PEXPIREAT {k} {n}",
    "TTL {k}",
    "PTTL {k}",
    "PEXPIRETIME {k}",
    "LCS s {k} IDX MINMATCHLEN {n} WITHMATCHLEN",
    "LRANGE {k} {n} {n}",
    "LTRIM {k} {n} {n}",
    "LINDEX {k} {n}",
    "LSET {k} {n} v",
    "LINSERT {k} BEFORE a {n}",
    "LREM {k} {n} a",
    "LPOS {k} a RANK {n}",
    "LPOS {k} a COUNT {n}",
    "LPOS {k} a RANK {n} COUNT {n} MAXLEN {n}",
    "LPOP {k} {n}",
    "RPOP {k} {n}",
    "LMPOP {n} {k} {k} LEFT COUNT {n}",
    "SPOP {k} {p}",
    "SRANDMEMBER {k} {p}",
    "HRANDFIELD {k} {p} WITHVALUES",
    "ZRANDMEMBER {k} {p} WITHSCORES",
    "SINTERCARD {n} {k} {k} LIMIT {n}",
    "SCAN {n} COUNT {n}",
    "SSCAN {k} {n} COUNT {n}",
    "HSCAN {k} {n} COUNT {n}",
    "ZSCAN {k} {n} COUNT {n}",
    "ZADD {k} {f} m",
    "ZADD {k} {n} m",
    "ZINCRBY {k} {f} a",
    "ZRANGE {k} {n} {n} WITHSCORES",
    "ZRANGE {k} {n} {n} REV",
    "ZRANGE {k} -inf +inf BYSCORE LIMIT {n} {n}",
    "ZRANGE {k} - + BYLEX LIMIT {n} {n}",
    "ZRANGEBYSCORE {k} ({n} {n} LIMIT {n} {n}",
    "ZREVRANGEBYSCORE {k} {n} {n} WITHSCORES LIMIT {n} {n}",
    "ZRANGEBYLEX {k} [a + LIMIT {n} {n}",
    "ZRANGESTORE d {k} {n} {n}",
    "ZCOUNT {k} {n} {n}",
    "ZREMRANGEBYRANK {k} {n} {n}",
    "ZREMRANGEBYSCORE {k} {n} {n}",
    "ZPOPMIN {k} {n}",
    "ZMPOP {n} {k} {k} MAX COUNT {n}",
    "ZUNIONSTORE d {n} {k} {k} WEIGHTS {f} {f}",
    "ZINTERCARD {n} {k} {k} LIMIT {n}",
    "ZDIFF {n} {k} {k}",
    "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS {f} km ASC COUNT {n}",
    "GEOSEARCHSTORE d g FROMMEMBER a BYBOX {f} {f} m COUNT {n} ANY",
    "XADD x MAXLEN {n} {n}-{n} a b",
    "XADD x MAXLEN ~ {n} LIMIT {n} * a b",
    "XADD x MINID {n} {n}-* a b",
    "XADD x * a {n}",
    "XTRIM x MAXLEN {n}",
    "XTRIM x MINID ~ {n} LIMIT {n}",
    "XRANGE x - + COUNT {n}",
    "XRANGE x {n} {n}-{n} COUNT {n}",
    "XREVRANGE x + ({n} COUNT {n}",
    "XREAD COUNT {n} STREAMS x {n}",
    "XREADGROUP GROUP g c COUNT {n} STREAMS x >",
    "XREADGROUP GROUP g c COUNT {n} STREAMS x {n}",
    "XPENDING x g IDLE {n} - + {n}",
    "XCLAIM x g d {n} 1-1 2-1 IDLE {n} RETRYCOUNT {n}",
    "XCLAIM x g d 0 1-1 TIME {n} LASTID {n}",
    "XAUTOCLAIM x g d {n} {n} COUNT {n}",
    "XGROUP CREATE x {n} {n} ENTRIESREAD {n}",
    "XGROUP SETID x g {n} ENTRIESREAD {n}",
    "XSETID x {n}-{n} ENTRIESADDED {n} MAXDELETEDID {n}",
    "XDEL x {n}-{n}",
    "XACK x g {n}",
    "XINFO STREAM x FULL COUNT {n}",
    "XINFO GROUPS x",
    "SORT {k} LIMIT {n} {n} ALPHA",
    "SORT {k} BY nosort LIMIT {n} {n}",
    "SORT i LIMIT {n} {n} DESC STORE d",
    "COPY {k} d DB {n} REPLACE",
    "MOVE {k} {n}",
    "SELECT {n}",
    "SWAPDB {n} {n}",
    "OBJECT FREQ {k}",
    "OBJECT ENCODING {k}",
    "OBJECT IDLETIME {k}",
    "RESTORE d {n} \x00\x01v\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    "DUMP {k}",
    "TYPE {k}",
    "STRLEN {k}",
    "DEBUG OBJECT {k}",
    "PFCOUNT p {k}",
    "EVAL return{KEYS,ARGV} {n} {k} {n}",
    "FCALL f {n} {k}",
    "LOLWUT VERSION {n}",
    "SLOWLOG GET {n}",
    "ACL LOG {n}",
    "ACL GENPASS {n}",
    "CLUSTER COUNTKEYSINSLOT {n}",
    "CLUSTER GETKEYSINSLOT {n} {n}",
    "WAIT {n} {p}",
    "CLIENT KILL ID {n}",
    "CLIENT NO-EVICT {n}",
    "CLIENT UNBLOCK {n}",
    "CLIENT TRACKING on REDIRECT {n}",
    "CLIENT PAUSE 0 ALL",
    "HELLO {n}",
    "COMMAND GETKEYS EVAL x {n} a b",
    "COMMAND GETKEYS ZUNION {n} a b",
    "COMMAND GETKEYS SORT a LIMIT {n} {n} STORE b",
    "CONFIG SET hash-max-listpack-entries {n}",
    "CONFIG SET list-max-listpack-size {n}",
    "CONFIG SET set-max-intset-entries {n}",
    "CONFIG SET zset-max-listpack-value {n}",
    "CONFIG SET slowlog-max-len {n}",
    "CONFIG SET client-query-buffer-limit {n}",
    "CONFIG SET tracking-table-max-keys {n}",
    "CONFIG SET stream-node-max-bytes {n}",
    "CONFIG SET stream-node-max-entries {n}",
    "CONFIG SET maxclients {n}",
    "EVALUA SEED {n}",
];

/// Scripts, with the same numbers.
const SCRIPTS: &[&str] = &[
    "return string.rep('x',{n})",
    "return #string.rep('',{n})",
    "return #string.rep('xy',{p}%100000)",
    "return string.sub('abcdef',{n},{n})",
    "return {string.byte('abcdef',{n},{n})}",
    "return string.format('%{w}d|%-{w}s|%.{w}f',{n},'x',{f})",
    "return string.format('%d %x %5.2e %g %c',{n},{n},{f},{f},{n}%256)",
    "return {string.find('abcabc','b',{n})}",
    "return {string.find('abcabc','c',{n},true)}",
    "return string.match('abcabc','b.',{n})",
    "return string.gsub('aaaa','a','b',{n})",
    "return string.char({n})",
    "return select({n},1,2,3)",
    "return select('#',unpack({},1,{p}%200))",
    "return {unpack({1,2,3},{n},{n})}",
    "return table.concat({1,2,3},',',{n},{n})",
    "local t={1,2,3} table.insert(t,{w},'x') return #t",
    "local t={1,2,3} return table.remove(t,{n})",
    "local t={} t[{n}]=1 t[{n}]=2 local c=0 for k in pairs(t) do c=c+k end return tostring(c)",
    "local t={1,2,3,4} t[{n}]=5 return #t",
    "return tostring({n})..' '..tostring({f})..' '..{n}%{n}",
    "return {n}",
    "return {math.floor({f}),math.ceil({f})}",
    "return {pcall(math.random,{n})}",
    "return {pcall(math.random,{n},{n})}",
    "math.randomseed({n}) return tostring(math.random())",
    "return tostring(math.ldexp(1,{n}%2000))",
    "return tostring(tonumber('{n}',{p}))",
    "return tonumber('zz',{w})",
    "for i={n},{n},{n} do return tostring(i) end",
    "return bit.tohex({n},{n})",
    "return {bit.lshift(1,{n}),bit.rshift(-1,{n}),bit.arshift({n},{n}),bit.rol({n},{n})}",
    "return {bit.band({n},{n}),bit.bor({n},{n}),bit.bxor({f},{n}),bit.bnot({n}),bit.tobit({n}),bit.bswap({n})}",
    "return cjson.encode({{n},{f},{[{p}%50]=1}})",
    "cjson.encode_sparse_array(true,{n},{n}) return cjson.encode({[20]=1})",
    "cjson.encode_max_depth({n}) return cjson.encode({{{1}}})",
    "cjson.decode_max_depth({n}) return cjson.encode(cjson.decode('[[[[{n}]]]]'))",
    "cjson.encode_number_precision({n}) return cjson.encode({f})",
    "return cjson.decode(string.rep('[',{p}%2000)..'1'..string.rep(']',{p}%2000))",
    "return tostring(cjson.decode('{f}'))",
    "return cmsgpack.pack({n},{f},{[1]={n}})",
    "return cmsgpack.unpack(cmsgpack.pack({n}))",
    "return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3),{n},{n})}",
    "return {cmsgpack.unpack_one(cmsgpack.pack(1,2,3),{n})}",
    "return {pcall(cmsgpack.unpack,string.char({p}%256,{p}%256,{p}%256,{p}%256,{p}%256,{p}%256,{p}%256))}",
    "return struct.pack('>I{w}<i{w}hHlLbB',{n},{n},{n},{n},{n},{n},{n},{n})",
    "return struct.pack('!{w}bi{w}',{n},{n})",
    "return struct.pack('c{w}s',string.rep('x',{p}%40),'y')",
    "return {struct.unpack('>I{w}','abcdefghijklmnop',{n})}",
    "return {struct.unpack('c{n}','abcdef')}",
    "return {struct.unpack('bc0','\\200abcdef')}",
    "return struct.size('!8bi{w}c{n}')",
    "return {struct.unpack('dfl','abcdefghijklmnopqrstuvwx',{w})}",
    "return redis.call('SETRANGE','{k}',{n},'x')",
    "return redis.pcall('GETRANGE','{k}',{n},{f})",
    "redis.setresp({n}) return 1",
    "redis.log({n},'x') return redis.sha1hex({n})",
    "return redis.call('INCRBY','n',{n})",
];

const NUMBERS: &[&str] = &[
    "2147483646",
    "2147483647",
    "2147483648",
    "2147483649",
    "4294967294",
    "4294967295",
    "4294967296",
    "4294967297",
    "4294967299",
    "8589934593",
    "17179869184",
    "34359738369",
    "1099511627776",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775806",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
];

const FRACTIONS: &[&str] = &[
    "0.5",
    "1e10",
    "-3.75",
    "1e300",
    "4294967296.5",
    "3.0e3",
    "0.1",
    "1e-7",
];

const KEYS: &[&str] = &["s", "n", "l", "i", "t", "h", "z", "x", "p", "none"];

struct Maker {
    rng: Rng,
}

impl Maker {
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.rng.below(from.len())]
    }

    /// A number, of both signs, at the ends every other time.
    fn number(&mut self, is_negative: bool) -> String {
        let sign = if is_negative { "-" } else { "" };
        match self.rng.below(2) {
            0 => format!("{sign}{}", self.rng.below(12)),
            _ => format!("{sign}{}", self.pick(NUMBERS)),
        }
    }

    /// What stands for a placeholder; `None` where it is none.
    fn fill(&mut self, placeholder: &str) -> Option<String> {
        Some(match placeholder {
            "n" => {
                let is_negative = self.rng.below(3) == 0;
                self.number(is_negative)
            }
            "p" => match self.rng.below(4) {
                0 => format!("-{}", self.rng.below(9)),
                _ => self.number(false),
            },
            "w" => self.rng.below(40).to_string(),
            "f" => match self.rng.below(2) {
                0 => self.pick(FRACTIONS).to_owned(),
                _ => self.number(false),
            },
            "k" => self.pick(KEYS).to_owned(),
            _ => return None,
        })
    }

    /// A text with its placeholders filled.
    fn filled(&mut self, mut template: &str) -> String {
        let mut text = String::new();
        while let Some(at) = template.find('{') {
            text.push_str(&template[..at]);
            let filling = template
                .get(at + 1..at + 2)
                .zip(template.get(at + 2..at + 3));
            match filling.and_then(|(name, end)| self.fill(name).filter(|_| end == "}")) {
                Some(filling) => {
                    text.push_str(&filling);
                    template = &template[at + 3..];
                }
                None => {
                    text.push('{');
                    template = &template[at + 1..];
                }
            }
        }
        text + template
    }

    fn command(&mut self) -> Vec<String> {
        if self.rng.below(3) > 0 {
            let template = self.pick(COMMANDS);
            return template.split(' ').map(|word| self.filled(word)).collect();
        }
        let template = self.pick(SCRIPTS);
        vec!["EVAL".to_owned(), self.filled(template), "0".to_owned()]
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [count, seed, out] = args.as_slice() else {
        return Err("usage: commands COUNT SEED OUT".into());
    };
    let mut maker = Maker {
        rng: Rng::new(seed.parse()?),
    };
    let builder = Redis::builder().clock_unix_ms(1_700_000_000_000).seed(1);
    let mut redis = builder.max_memory(MEMORY).build();
    let mut session = Session::new();
    let mut lines = String::new();
    let words = |line: &&str| line.split(' ').map(str::to_owned).collect::<Vec<String>>();
    let mut waiting: Vec<Vec<String>> = SETTINGS.iter().chain(FILLING).map(words).collect();
    for turn in 0..count.parse::<usize>()? {
        if turn % 25 == 0 {
            waiting.extend(FILLING.iter().map(words));
        }
        waiting.push(maker.command());
        for command in waiting.drain(..) {
            let words: Vec<&[u8]> = command.iter().map(String::as_bytes).collect();
            let mut reply = redis.execute(&mut session, &words);
            if session.resp == Resp::V2 {
                reply = reply.to_resp2(redis.core().profile());
            }
            let shown = String::from_utf8_lossy(&text::print(&reply)).into_owned();
            let hex = |text: &[u8]| {
                text.iter().fold(String::new(), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                })
            };
            let words: Vec<String> = command.iter().map(|word| hex(word.as_bytes())).collect();
            writeln!(lines, "{}\t{}", words.join(" "), hex(shown.as_bytes()))?;
        }
    }
    fs::write(out, lines)?;
    Ok(())
}
