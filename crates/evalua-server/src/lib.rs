//! A door for Redis clients: the protocol over TCP, in front of evalua's in-memory Redis.
//!
//! Every request goes through the engine's one gate ([`evalua_redis::Redis::execute`]) in the session
//! of its connection. One thread serves all clients, as in the real server, so commands never run at
//! the same time.
//!
//! - [`Server`] listens and takes connections;
//! - [`decode`] makes requests of bytes, [`encode`](mod@encode) bytes of replies.
//!
//! The crate knows nothing of Lua, and of commands only that they are words.
#![forbid(unsafe_code)]

mod connection;
pub mod decode;
pub mod encode;

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use evalua_redis::{Redis, Session};
use tokio::net::TcpListener;
use tokio::task::LocalSet;

/// How long to wait before taking connections again when the system has no room for one.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// An engine that listens for clients.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    redis: Redis,
}

impl Server {
    /// Listens at `address`; port 0 is any free one.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(address: SocketAddr, redis: Redis) -> io::Result<Server> {
        Ok(Server {
            listener: TcpListener::bind(address).await?,
            redis,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves clients on this thread until `stop` is ready; then all connections are closed.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let clients = LocalSet::new();
        let redis = Rc::new(RefCell::new(self.redis));
        let listener = self.listener;
        clients.spawn_local(async move {
            for id in 1.. {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        // Without it replies wait for acknowledgements; with it they are sent at once.
                        // A connection that refuses is broken, which the first read will show.
                        let _ = stream.set_nodelay(true);
                        let session = Session::with_id(id).waits();
                        let client = connection::serve(stream, Rc::clone(&redis), session);
                        // A broken connection concerns nobody but its client, who knows.
                        tokio::task::spawn_local(async { drop(client.await) });
                    }
                    // No file descriptors, or a client that has left already: the others go on.
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                }
            }
        });
        clients.run_until(stop).await;
    }
}
