//! Replies into the bytes that a client receives.
//!
//! Owns the reply half of the protocol, both versions. What a reply becomes for RESP2 is
//! [`Reply::to_resp2`]'s to say; here is only how it is written.

use evalua_redis::number::format_double;
use evalua_redis::{Profile, Reply, Resp};

/// Appends `reply` to `out`.
pub fn encode(out: &mut Vec<u8>, reply: Reply, resp: Resp, profile: &Profile) {
    match resp {
        Resp::V2 => write(out, &reply.to_resp2(profile), resp, profile),
        Resp::V3 => write(out, &reply, resp, profile),
    }
}

fn write(out: &mut Vec<u8>, reply: &Reply, resp: Resp, profile: &Profile) {
    let each = |out: &mut Vec<u8>, kind: u8, items: &[Reply]| {
        length(out, kind, items.len());
        for item in items {
            write(out, item, resp, profile);
        }
    };
    match reply {
        Reply::Status(text) => line(out, b'+', text),
        Reply::Error(error) => line(out, b'-', error.as_bytes()),
        Reply::Integer(n) => number(out, b':', *n),
        Reply::Bulk(bytes) => bulk(out, bytes),
        Reply::Null | Reply::NullArray if resp == Resp::V3 => out.extend_from_slice(b"_\r\n"),
        Reply::Null => out.extend_from_slice(b"$-1\r\n"),
        Reply::NullArray => out.extend_from_slice(b"*-1\r\n"),
        Reply::Array(items) => each(out, b'*', items),
        Reply::Set(items) => each(out, b'~', items),
        Reply::Sequence(items) => {
            for item in items {
                write(out, item, resp, profile);
            }
        }
        Reply::Push(items) => each(out, b'>', items),
        Reply::Map(pairs) => {
            length(out, b'%', pairs.len());
            for (key, value) in pairs {
                write(out, key, resp, profile);
                write(out, value, resp, profile);
            }
        }
        Reply::Pairs(pairs) => {
            length(out, b'*', pairs.len());
            for (first, second) in pairs {
                length(out, b'*', 2);
                write(out, first, resp, profile);
                write(out, second, resp, profile);
            }
        }
        Reply::Double(value) => line(out, b',', &format_double(*value, profile.double_format)),
        Reply::Boolean(yes) => line(out, b'#', if *yes { b"t" } else { b"f" }),
        Reply::BigNumber(digits) => line(out, b'(', digits),
        Reply::Attribute(both) => {
            let (pairs, reply) = &**both;
            length(out, b'|', pairs.len());
            for (key, value) in pairs {
                write(out, key, resp, profile);
                write(out, value, resp, profile);
            }
            write(out, reply, resp, profile);
        }
        Reply::Verbatim(format, text) => {
            length(out, b'=', text.len() + 4);
            out.extend_from_slice(format);
            out.push(b':');
            out.extend_from_slice(text);
            out.extend_from_slice(b"\r\n");
        }
    }
}

fn bulk(out: &mut Vec<u8>, bytes: &[u8]) {
    length(out, b'$', bytes.len());
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

fn line(out: &mut Vec<u8>, kind: u8, text: &[u8]) {
    out.push(kind);
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}

fn length(out: &mut Vec<u8>, kind: u8, len: usize) {
    line(out, kind, itoa::Buffer::new().format(len).as_bytes());
}

fn number(out: &mut Vec<u8>, kind: u8, n: i64) {
    line(out, kind, itoa::Buffer::new().format(n).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalua_redis::profile::REDIS_7_2;

    fn encoded(reply: Reply, resp: Resp) -> String {
        let mut out = Vec::new();
        encode(&mut out, reply, resp, &REDIS_7_2);
        String::from_utf8(out).unwrap().replace("\r\n", " ")
    }

    #[test]
    fn both_versions_of_every_type() {
        let pairs = || vec![(Reply::bulk("a"), Reply::Double(1.5))];
        for (reply, resp2, resp3) in [
            (Reply::OK, "+OK ", "+OK "),
            (
                Reply::Integer(i64::MIN),
                ":-9223372036854775808 ",
                ":-9223372036854775808 ",
            ),
            (Reply::bulk("x"), "$1 x ", "$1 x "),
            (Reply::Null, "$-1 ", "_ "),
            (Reply::NullArray, "*-1 ", "_ "),
            (Reply::Array(vec![Reply::Null]), "*1 $-1 ", "*1 _ "),
            (Reply::Set(vec![Reply::Boolean(true)]), "*1 :1 ", "~1 #t "),
            (Reply::Push(vec![Reply::Boolean(false)]), "*1 :0 ", ">1 #f "),
            (Reply::Map(pairs()), "*2 $1 a $3 1.5 ", "%1 $1 a ,1.5 "),
            (Reply::Pairs(pairs()), "*2 $1 a $3 1.5 ", "*1 *2 $1 a ,1.5 "),
            (Reply::Double(f64::INFINITY), "$3 inf ", ",inf "),
            (Reply::BigNumber("123".into()), "$3 123 ", "(123 "),
            (
                Reply::Attribute(Box::new((pairs(), Reply::OK))),
                "+OK ",
                "|1 $1 a ,1.5 +OK ",
            ),
            (
                Reply::Verbatim(*b"txt", "hi".into()),
                "$2 hi ",
                "=6 txt:hi ",
            ),
        ] {
            assert_eq!(encoded(reply.clone(), Resp::V2), resp2);
            assert_eq!(encoded(reply, Resp::V3), resp3);
        }
    }
}
