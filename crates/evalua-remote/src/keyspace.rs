//! The keys of a server, read as a client reads them.

use std::borrow::Cow;

use evalua_redis::Reply;
use evalua_redis::profile::REDIS_7_2;
use evalua_test::keyspace::{Entry, reading};
use evalua_test::unix_ms;

use crate::reply::bulk;
use crate::{Address, Error, Remote};

/// A server with more keys than this is not read: that would take it long.
pub const MOST_KEYS: u64 = 10_000;

/// The keys of all databases of a server, or of all masters of a cluster; each database's sorted by name. Read on a
/// connection of its own.
///
/// # Errors
/// When a command fails, and when there are more than [`MOST_KEYS`].
pub fn keyspace(address: &Address) -> Result<Vec<Entry>, Error> {
    let mut remote = Remote::open(address)?;
    let databases = databases(&mut remote)?;
    let count: u64 = databases.iter().map(|(_, keys)| keys).sum();
    if count > MOST_KEYS {
        return Err(Error::new(format!(
            "{address} holds {count} keys; more than {MOST_KEYS} are not read"
        )));
    }
    let now_ms = time_ms(&mut remote, 0)?;
    let mut entries = Vec::new();
    for (db, _) in databases {
        if !address.is_cluster {
            let db = db.to_string();
            ask(&mut remote, &[b"SELECT", db.as_bytes()])?;
        }
        let mut keys = Vec::new();
        for reply in remote.on_masters(&[b"KEYS", b"*"])? {
            let Reply::Array(names) = reply else {
                return Err(remote.refused("KEYS", &reply));
            };
            keys.extend(names.iter().filter_map(bulk).map(<[u8]>::to_vec));
        }
        keys.sort();
        for key in keys {
            entries.extend(entry(&mut remote, db, key, now_ms)?);
        }
    }
    Ok(entries)
}

/// The databases that hold keys, and how many: of a cluster, 0 and the sum.
pub fn databases(remote: &mut Remote) -> Result<Vec<(usize, u64)>, Error> {
    let mut databases: Vec<(usize, u64)> = Vec::new();
    for info in remote.info("keyspace")? {
        // db0:keys=3,expires=0,avg_ttl=0
        let found = info.lines().filter_map(|line| {
            let (db, rest) = line.trim_end().strip_prefix("db")?.split_once(":keys=")?;
            let keys = rest.split(',').next()?;
            Some((db.parse().ok()?, keys.parse().ok()?))
        });
        for (db, keys) in found {
            match databases.iter_mut().find(|(known, _)| *known == db) {
                Some((_, sum)) => *sum += keys,
                None => databases.push((db, keys)),
            }
        }
    }
    databases.sort_unstable();
    Ok(databases)
}

/// The time of the server, or of the master of a slot: Unix milliseconds.
pub fn time_ms(remote: &mut Remote, slot: u16) -> Result<i64, Error> {
    let reply = remote.command_at(slot, &["TIME"])?;
    unix_ms(&reply).ok_or_else(|| remote.refused("TIME", &reply))
}

/// A key, unless it has gone meanwhile.
fn entry(
    remote: &mut Remote,
    db: usize,
    key: Vec<u8>,
    now_ms: i64,
) -> Result<Option<Entry>, Error> {
    let kind = match ask(remote, &[b"TYPE", &key])? {
        Reply::Status(kind) if *kind == *b"none" => return Ok(None),
        Reply::Status(kind) => String::from_utf8_lossy(&kind).into_owned(),
        other => return Err(remote.refused("TYPE", &other)),
    };
    let value = ask(remote, &reading(&kind, &key))?;
    let expire_at_ms = match remote.command(&[b"PEXPIRETIME", key.as_slice()])? {
        Reply::Integer(at) => (at >= 0).then_some(at),
        // A server before 7.0.
        _ => match ask(remote, &[b"PTTL", &key])? {
            Reply::Integer(ttl_ms) if ttl_ms >= 0 => Some(now_ms.saturating_add(ttl_ms)),
            _ => None,
        },
    };
    let entry = Entry {
        db,
        key,
        kind: Cow::Owned(kind),
        expire_at_ms,
        ttl_ms: expire_at_ms.map(|at| at.saturating_sub(now_ms).max(0)),
        value: value.to_resp2(&REDIS_7_2),
    };
    Ok(Some(entry.in_order()))
}

/// The reply of a command that must succeed.
pub fn ask(remote: &mut Remote, args: &[&[u8]]) -> Result<Reply, Error> {
    let reply = remote.command(args)?;
    match reply.as_error() {
        None => Ok(reply),
        Some(_) => {
            let name = String::from_utf8_lossy(args.first().copied().unwrap_or_default());
            Err(remote.refused(&name, &reply))
        }
    }
}
