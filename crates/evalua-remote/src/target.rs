//! [`OnServer`]: specs on a server.

use evalua_redis::profile::REDIS_7_2;
use evalua_redis::{Redis, Reply};
use evalua_test::Target;
use evalua_test::keyspace::Entry;

use crate::{Remote, Scratch, keyspace};

/// A server, or a cluster, for specs: emptied before every case, and on a new connection then, so that what a case
/// has done to its own (another database, a transaction, another protocol) does not reach the next one.
pub struct OnServer {
    scratch: Scratch,
    remote: Option<Remote>,
}

impl OnServer {
    pub(crate) fn new(scratch: Scratch) -> OnServer {
        OnServer {
            scratch,
            remote: None,
        }
    }
}

impl Target for OnServer {
    fn reset(&mut self) -> Result<(), String> {
        self.remote = None;
        let remote = self.scratch.empty();
        self.remote = Some(remote.map_err(|error| error.to_string())?);
        Ok(())
    }

    fn command(&mut self, args: &[&[u8]]) -> Result<Reply, String> {
        // After a failure the next reply might be that of the command before.
        let Some(mut remote) = self.remote.take() else {
            return Err(format!(
                "{}: the connection is lost",
                self.scratch.address()
            ));
        };
        let reply = remote.command(args).map_err(|error| error.to_string())?;
        self.remote = Some(remote);
        Ok(reply.to_resp2(&REDIS_7_2))
    }

    fn keyspace(&mut self) -> Result<Vec<Entry>, String> {
        keyspace(self.scratch.address()).map_err(|error| error.to_string())
    }

    /// None: nobody commands its clock.
    fn engine(&mut self) -> Option<&mut Redis> {
        None
    }
}
