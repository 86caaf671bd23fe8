//! Values as the server's DUMP has them, which its RESTORE takes, and the other way round.
//!
//! Owns the frame: a byte for the type, the value, the version of the format and a checksum. What a
//! value looks like inside is for `write` and `read` to know, compression for `lzf`. A payload
//! can come from anybody, so reading trusts nothing in it.

mod crc;
mod lzf;
mod read;
mod write;
mod ziplist;

use crate::config::Limits;
use crate::errors::{self, CommandError};
use crate::profile::Profile;
use crate::values::Value;

/// The version and the checksum behind the value.
const FOOTER: usize = 10;
const CHECKSUM: usize = 8;

/// The types of value, each with the byte that names it.
mod kind {
    pub const STRING: u8 = 0;
    pub const LIST: u8 = 1;
    pub const SET: u8 = 2;
    pub const ZSET_TEXT: u8 = 3;
    pub const HASH: u8 = 4;
    pub const ZSET: u8 = 5;
    pub const LIST_ZIPLIST: u8 = 10;
    pub const SET_INTS: u8 = 11;
    pub const ZSET_ZIPLIST: u8 = 12;
    pub const HASH_ZIPLIST: u8 = 13;
    pub const LIST_ZIPLISTS: u8 = 14;
    pub const STREAM_1: u8 = 15;
    pub const HASH_PACKED: u8 = 16;
    pub const ZSET_PACKED: u8 = 17;
    pub const LIST_NODES: u8 = 18;
    pub const STREAM_2: u8 = 19;
    pub const SET_PACKED: u8 = 20;
    pub const STREAM_3: u8 = 21;
    /// Not a value: a library of functions.
    pub const LIBRARY: u8 = 245;
    /// A library as versions before 7.0 was finished had it.
    pub const OLD_LIBRARY: u8 = 246;
}

/// What kind of node a list of [`kind::LIST_NODES`] says it has.
mod node {
    pub const LARGE: u64 = 1;
    pub const PACKED: u64 = 2;
}

/// Why a payload is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Its version is too high, or its checksum is wrong.
    Frame,
    /// Its value is not well-formed.
    Value,
}

/// The payload of a value.
pub fn serialize(value: &Value, profile: &Profile) -> Vec<u8> {
    framed(write::value(value, profile), profile)
}

/// The payload of the libraries of functions of these sources.
pub fn serialize_libraries<'a>(
    codes: impl Iterator<Item = &'a [u8]>,
    profile: &Profile,
) -> Vec<u8> {
    framed(write::libraries(codes), profile)
}

/// Puts version and checksum behind what they are for.
fn framed(mut out: Vec<u8>, profile: &Profile) -> Vec<u8> {
    out.extend(profile.dump_version.to_le_bytes());
    let checksum = crc::crc64(&out);
    out.extend(checksum.to_le_bytes());
    out
}

/// The value of a payload.
///
/// # Errors
/// [`Refused`].
pub fn deserialize(payload: &[u8], profile: &Profile, limits: Limits) -> Result<Value, Refused> {
    let body = unframed(payload, profile).ok_or(Refused::Frame)?;
    read::value(body, profile, limits).ok_or(Refused::Value)
}

/// The sources of the libraries of functions of a payload.
///
/// # Errors
/// As FUNCTION RESTORE gives them.
pub fn deserialize_libraries(
    payload: &[u8],
    profile: &Profile,
) -> Result<Vec<Vec<u8>>, CommandError> {
    let body = unframed(payload, profile).ok_or(errors::RESTORE_FRAME)?;
    read::libraries(body, profile)
}

/// What a payload holds, if its version and checksum are right.
fn unframed<'a>(payload: &'a [u8], profile: &Profile) -> Option<&'a [u8]> {
    let end = payload.len().checked_sub(FOOTER)?;
    let (body, checksum) = payload.split_at(payload.len() - CHECKSUM);
    let version = u16::from_le_bytes([payload[end], payload[end + 1]]);
    let is_right = version <= profile.dump_version && crc::crc64(body).to_le_bytes() == checksum;
    is_right.then_some(&payload[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::profile::{REDIS_7_0, REDIS_7_2};
    use crate::rng::Rng;

    fn commands() -> Vec<Vec<String>> {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut lines = vec![
            words("SET k 12"),
            words("SET k -70000"),
            words("SET k 12345678901234567890"),
            words("SETRANGE k 5000 x"),
            words("RPUSH k a 1 -5 bb"),
            words("SADD k 1 2 70000"),
            words("SADD k a b 1"),
            words("HSET k a 1 b x"),
            words("ZADD k 1 a 2.5 b -inf c"),
            words("PFADD k a b c"),
        ];
        for (name, step) in [("RPUSH", 1), ("SADD", 1), ("HSET", 2), ("ZADD", 2)] {
            let mut line = words(&format!("{name} k"));
            line.extend((0..step * 600).map(|n| n.to_string()));
            lines.push(line);
            lines.push(vec![
                name.into(),
                "k".into(),
                "7".repeat(step),
                "x".repeat(300),
            ]);
        }
        lines
    }

    fn value_of(redis: &mut crate::Redis) -> Value {
        redis.snapshot(0).unwrap().remove(0).value
    }

    #[test]
    fn values_survive_both_ways() {
        for profile in [&REDIS_7_0, &REDIS_7_2] {
            let limits = Config::new(profile).limits;
            for line in commands() {
                let mut redis = crate::Redis::builder().profile(profile).build();
                redis.command(&line);
                let value = value_of(&mut redis);
                let payload = serialize(&value, profile);
                let back = deserialize(&payload, profile, limits).unwrap();
                // A string that was built byte by byte is one like any other then.
                let is_built = line[0] == "PFADD";
                assert!(is_built || back.encoding() == value.encoding(), "{line:?}");
                assert_eq!(serialize(&back, profile), payload, "{line:?}");
            }
            let mut redis = crate::Redis::builder().profile(profile).build();
            for n in 1..300 {
                redis.command(&[
                    "XADD",
                    "k",
                    &format!("{n}-1"),
                    "f",
                    "v",
                    &n.to_string(),
                    "w",
                ]);
            }
            for line in [
                "XGROUP CREATE k g 5",
                "XREADGROUP GROUP g c COUNT 9 STREAMS k >",
                "XDEL k 7-1",
            ] {
                redis.command(&line.split(' ').collect::<Vec<_>>());
            }
            let payload = serialize(&value_of(&mut redis), profile);
            let back = deserialize(&payload, profile, limits).unwrap();
            assert_eq!(serialize(&back, profile), payload);
        }
    }

    /// Times are not looked at on the way in, and differences between them wrap around as the server's do.
    #[test]
    fn times_may_be_any() {
        const NOW_MS: i64 = 1_700_000_000_000;
        let mut redis = crate::Redis::builder().clock_unix_ms(NOW_MS).build();
        redis.command(&["XADD", "k", "1", "f", "v"]);
        redis.command(&["XGROUP", "CREATE", "k", "g", "0"]);
        redis.command(&["XREADGROUP", "GROUP", "g", "c", "STREAMS", "k", ">"]);
        let mut body = write::value(&value_of(&mut redis), &REDIS_7_2);
        let now = NOW_MS.to_le_bytes();
        let mut times = 0;
        for at in 0..body.len() - now.len() {
            if body[at..].starts_with(&now) {
                body[at..at + now.len()].copy_from_slice(&i64::MIN.to_le_bytes());
                times += 1;
            }
        }
        assert_eq!(times, 3, "delivered, seen, active");
        let payload = framed(body, &REDIS_7_2);
        let line = [&b"RESTORE"[..], b"k", b"0", &payload, b"REPLACE"];
        assert_eq!(redis.command(&line), crate::Reply::OK);
        let told = redis.command(&["XINFO", "CONSUMERS", "k", "g"]);
        let told = crate::text::print(&told);
        let told = String::from_utf8(told).unwrap();
        let inactive = NOW_MS.wrapping_sub(i64::MIN);
        for (name, value) in [("idle", 0), ("inactive", inactive)] {
            let fact = format!("\"{name}\" => (integer) {value}\n");
            assert!(format!("{told}\n").contains(&fact), "{told}");
        }
        let range = ["XPENDING", "k", "g", "IDLE", "0", "-", "+", "9"];
        assert!(redis.command(&range).as_error().is_none());
        assert!(
            redis
                .command(&["XAUTOCLAIM", "k", "g", "d", "0", "0"])
                .as_error()
                .is_none()
        );
    }

    #[test]
    fn what_is_damaged_is_refused_or_read_and_never_panics() {
        let limits = Config::new(&REDIS_7_2).limits;
        let mut rng = Rng::new(4);
        for line in commands() {
            let mut redis = crate::Redis::builder().build();
            redis.command(&line);
            let payload = serialize(&value_of(&mut redis), &REDIS_7_2);
            assert_eq!(
                deserialize(&payload[..payload.len() - 1], &REDIS_7_2, limits).unwrap_err(),
                Refused::Frame
            );
            for _ in 0..200 {
                let mut body = payload[..payload.len() - FOOTER].to_vec();
                let at = rng.below(body.len().min(64));
                body[at] = rng.next_u64() as u8;
                if rng.below(3) == 0 {
                    body.truncate(rng.below(body.len()) + 1);
                }
                body.extend(REDIS_7_2.dump_version.to_le_bytes());
                let checksum = crc::crc64(&body);
                body.extend(checksum.to_le_bytes());
                if let Ok(value) = deserialize(&body, &REDIS_7_2, limits) {
                    serialize(&value, &REDIS_7_2);
                }
            }
        }
    }
}
