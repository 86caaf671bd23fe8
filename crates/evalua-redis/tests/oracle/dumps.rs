//! DUMP and RESTORE: payloads of values of every type pass both ways.

use evalua_conformance::resp::Client;
use evalua_redis::config::Config;
use evalua_redis::digest::Digest;
use evalua_redis::keyspace::Item;
use evalua_redis::{Reply, dump, profile, text};

use crate::harness::{self, Gen, Setting, Step};
use crate::support::from_wire;
use crate::{hyperloglog, streams};

#[test]
fn dumps() {
    harness::compare_with(
        step,
        Setting {
            inspect: both_ways,
            ..Setting::PLAIN
        },
    );
}

/// What must be the same: that each side takes the other's payload, and what it makes of it.
fn both_ways(item: &Item, client: &mut Client) -> (Reply, Reply) {
    const COPY: &str = "a copy";
    let profile = &profile::REDIS_7_0;
    let limits = Config::new(profile).limits;
    let key: &[u8] = &item.key;
    let mut ask = |words: &[&[u8]]| from_wire(client.command(words).unwrap());
    let Reply::Bulk(theirs) = ask(&[b"DUMP", key]) else {
        panic!("no payload of {key:?}");
    };
    let ours = dump::serialize(&item.value, profile);
    let restored = ask(&[b"RESTORE", COPY.as_bytes(), b"0", &ours, b"REPLACE"]);
    assert_eq!(restored, Reply::OK, "{}", text::quote(&ours));
    let encoding = ask(&[b"OBJECT", b"ENCODING", COPY.as_bytes()]);
    let Reply::Bulk(again) = ask(&[b"DUMP", COPY.as_bytes()]) else {
        panic!("no payload of the copy of {key:?}");
    };
    ask(&[b"DEL", COPY.as_bytes()]);
    let value = dump::deserialize(&theirs, profile, limits);
    let value = value.unwrap_or_else(|_| panic!("refused {}", text::quote(&theirs)));
    // Large collections are in no order.
    let forms = [item.value.encoding(), value.encoding()];
    let comparable = !forms.contains(&"hashtable");
    let payload = |bytes: &[u8]| match comparable {
        true => Reply::bulk(bytes),
        false => Reply::Null,
    };
    let digest_of_theirs = ask(&[b"DEBUG", b"DIGEST-VALUE", key]);
    let mut digest = Digest::default();
    digest.add_value(&item.value, item.expire_at_ms.is_some(), profile);
    let digest = Reply::Array(vec![Reply::Status(digest.to_hex().into_bytes().into())]);
    let ours = [
        Reply::bulk(value.encoding()),
        payload(&ours),
        payload(&ours),
        digest,
    ];
    let theirs = [
        encoding,
        payload(&theirs),
        payload(&again),
        digest_of_theirs,
    ];
    (Reply::Array(ours.into()), Reply::Array(theirs.into()))
}

pub fn step(random: &mut Gen) -> Step {
    if random.one_in(20) {
        return random.advance();
    }
    if random.one_in(6) {
        return streams::step(random);
    }
    if random.one_in(6) {
        return hyperloglog::step(random);
    }
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut add = |word: &dyn AsRef<[u8]>| words.push(word.as_ref().to_vec());
    match random.below(10) {
        0 => {
            add(&"DUMP");
            add(&"none");
        }
        1..=3 => {
            add(&"RESTORE");
            add(&random.key());
            add(&random.ttl());
            add(&payload(random));
            for _ in 0..random.below(3) {
                let word = random.pick(&["REPLACE", "replace", "ABSTTL", "IDLETIME", "FREQ", "x"]);
                add(&word);
                if matches!(word, "IDLETIME" | "FREQ") {
                    add(&random.int());
                }
            }
        }
        _ => {
            let name = random.pick(&["SET", "RPUSH", "SADD", "HSET", "ZADD"]);
            add(&name);
            add(&random.key());
            let count = match (name, random.one_in(12)) {
                ("SET", _) => 1,
                (_, true) => 150,
                (_, false) => 1 + random.below(6),
            };
            for n in 0..count {
                match name {
                    "ZADD" => add(&format!("{}", random.below(4000) as f64 / 8.0 - 100.0)),
                    "HSET" => add(&format!("field {n}")),
                    _ => {}
                }
                if random.one_in(2) && name != "SADD" {
                    let piece = random.value();
                    add(&piece.repeat(1 + random.below(40)));
                } else {
                    add(&random.value());
                }
            }
        }
    }
    Step::command(words)
}

/// Payloads of version 9 and older, and what is none.
fn payload(random: &mut Gen) -> Vec<u8> {
    let payloads: [&[u8]; 6] = [
        b"\x00\xc0\n\t\x00\xbem\x06\x89Z(\x00\n",
        b"\x00\xc0\x0b\t\x00\xbem\x06\x89Z(\x00\n",
        b"\x00\xc0\n\xff\xff\xbem\x06\x89Z(\x00\n",
        b"",
        b"\n\x00",
        b"not a payload at all",
    ];
    payloads[random.below(payloads.len())].to_vec()
}
