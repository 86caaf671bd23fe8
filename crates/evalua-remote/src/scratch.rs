//! [`Scratch`]: a server that may be emptied.
//!
//! Owns the one question that must not be got wrong, whether somebody's data may be deleted: only where there was none,
//! or where that was said; and only on the server that was asked about, not on one that answers there later.

use evalua_redis::Reply;

use crate::connection::fact;
use crate::keyspace::databases;
use crate::target::OnServer;
use crate::{Address, Error, Remote};

/// A server, or a cluster, that may be emptied.
#[derive(Clone, Debug)]
pub struct Scratch {
    address: Address,
    /// The processes that were asked about, by the names that they give themselves.
    run_ids: Vec<String>,
}

impl Scratch {
    /// Takes a server that holds neither keys nor functions; with `may_flush`, whatever it holds. Nothing is deleted
    /// yet.
    ///
    /// # Errors
    /// When it holds something that may not be deleted ([`Error::is_refusal`]); when it cannot be asked.
    pub fn claim(address: &Address, may_flush: bool) -> Result<Scratch, Error> {
        let mut remote = Remote::open(address)?;
        let scratch = Scratch {
            address: address.clone(),
            run_ids: run_ids(&mut remote)?,
        };
        let holds = holdings(&mut remote)?;
        if !may_flush && !holds.is_empty() {
            return Err(Error::refusal(format!(
                "{address} is not empty: it holds {}, which would be deleted",
                holds.join(" and ")
            )));
        }
        Ok(scratch)
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Deletes all keys, functions and scripts, and gives a new connection.
    ///
    /// # Errors
    /// When that fails, or another process answers now: it may hold what nobody has asked about.
    pub fn empty(&self) -> Result<Remote, Error> {
        let mut remote = Remote::open(&self.address)?;
        if run_ids(&mut remote)? != self.run_ids {
            return Err(Error::new(format!(
                "{}: the server has been started anew, and may hold other data now; nothing is deleted there",
                self.address
            )));
        }
        let commands: [&[&[u8]]; 3] = [
            &[b"FLUSHALL"],
            &[b"FUNCTION", b"FLUSH"],
            &[b"SCRIPT", b"FLUSH"],
        ];
        for command in commands {
            for reply in remote.on_masters(command)? {
                if reply.as_error().is_some() && !is_unknown(&reply) {
                    let command = command.join(&b' ');
                    return Err(remote.refused(&String::from_utf8_lossy(&command), &reply));
                }
            }
        }
        Ok(remote)
    }

    /// It, to run specs on.
    pub fn target(&self) -> OnServer {
        OnServer::new(self.clone())
    }
}

/// What a server names its process; of a cluster, each master.
fn run_ids(remote: &mut Remote) -> Result<Vec<String>, Error> {
    let run_id = |info: String| fact(&info, "run_id").map(str::to_owned);
    let mut ids: Vec<String> = remote
        .info("server")?
        .into_iter()
        .filter_map(run_id)
        .collect();
    ids.sort();
    Ok(ids)
}

/// What would be lost, in words.
fn holdings(remote: &mut Remote) -> Result<Vec<String>, Error> {
    let mut holds = Vec::new();
    for (db, keys) in databases(remote)? {
        let plural = if keys == 1 { "" } else { "s" };
        holds.push(format!("{keys} key{plural} in database {db}"));
    }
    let mut libraries = 0;
    for reply in remote.on_masters(&[b"FUNCTION", b"LIST"])? {
        match &reply {
            Reply::Array(list) => libraries = libraries.max(list.len()),
            // A server before 7.0 has none.
            _ if is_unknown(&reply) => {}
            _ => return Err(remote.refused("FUNCTION LIST", &reply)),
        }
    }
    match libraries {
        0 => {}
        1 => holds.push("a library of functions".to_owned()),
        n => holds.push(format!("{n} libraries of functions")),
    }
    Ok(holds)
}

/// Whether the server does not have the command.
fn is_unknown(reply: &Reply) -> bool {
    let error = reply.as_error();
    error.is_some_and(|error| error.as_bytes().starts_with(b"ERR unknown command"))
}
