//! A door for Redis clients: the protocol over TCP and sockets of the file system, in front of evalua's in-memory Redis.
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

mod buffers;
mod connection;
pub mod decode;
mod doors;
pub mod encode;
mod peers;
mod stream;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use evalua_redis::{CommandError, Redis};
use tokio::task::LocalSet;

use crate::buffers::Buffers;
use crate::connection::Shared;
use crate::doors::Doors;
use crate::peers::Peers;

/// How often the engine looks after what is due though no client sends anything: as the real server
/// does with its setting `hz`.
const TICK: Duration = Duration::from_millis(100);

/// How long to wait before taking connections again when the system has no room for one.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a client is told that is one too many.
const TOO_MANY_CLIENTS: CommandError = CommandError::fixed("ERR max number of clients reached");

/// An engine that listens for clients.
#[derive(Debug)]
pub struct Server {
    doors: Doors,
    redis: Redis,
}

impl Server {
    /// Listens at `address`; port 0 is any free one.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(address: SocketAddr, redis: Redis) -> io::Result<Server> {
        Ok(Server {
            doors: Doors::open(address).await?,
            redis,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.doors.local_addr()
    }

    /// Listens at a path of the file system too. A socket that a server has left behind there is replaced, and
    /// this one is removed in the end.
    ///
    /// # Errors
    /// When something else is there, somebody listens there, or the system refuses.
    #[cfg(unix)]
    pub fn bind_path(&mut self, path: &std::path::Path) -> io::Result<()> {
        self.doors.open_path(path)
    }

    /// Serves clients on this thread until `stop` is ready, or a client ends the server with SHUTDOWN; then
    /// all connections are closed. While a script runs longer than `busy-reply-threshold`, the others are
    /// told so, and can end it. A client from another machine is refused while there is no password, unless `protected-mode` is turned
    /// off.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let core = self.redis.core_mut();
        core.set_statistics(true);
        if let Ok(address) = self.doors.local_addr() {
            core.tell_setting("bind", address.ip().to_string());
            core.tell_setting("port", address.port().to_string());
        }
        #[cfg(unix)]
        if let Some(path) = self.doors.path() {
            core.tell_setting("unixsocket", path.display().to_string());
        }
        let profile = core.profile();
        let peers = Arc::new(Peers::new(self.doors, profile));
        let busy = Arc::clone(&peers);
        self.redis.while_busy(move |script| busy.serve(script));

        let clients = LocalSet::new();
        let shared = Rc::new(Shared {
            redis: RefCell::new(self.redis),
            peers: Arc::clone(&peers),
            buffers: Buffers::default(),
            clients: Cell::new(0),
        });
        let ticked = Rc::clone(&shared);
        clients.spawn_local(async move {
            loop {
                tokio::time::sleep(TICK).await;
                ticked.redis.borrow_mut().core_mut().look_after();
            }
        });
        clients.spawn_local(accept(shared));
        clients
            .run_until(async {
                let (mut stop, mut ended) = (pin!(stop), pin!(peers.ended.notified()));
                poll_fn(|context| match stop.as_mut().poll(context) {
                    Poll::Ready(()) => Poll::Ready(()),
                    Poll::Pending => ended.as_mut().poll(context),
                })
                .await;
            })
            .await;
    }
}

/// Takes connections, for ever.
async fn accept(shared: Rc<Shared>) {
    let peers = &shared.peers;
    loop {
        let mut arrived = pin!(peers.arrived.notified());
        let accepted = poll_fn(|context| match peers.doors.poll_accept(context) {
            Poll::Ready(accepted) => Poll::Ready(Some(accepted)),
            Poll::Pending => arrived.as_mut().poll(context).map(|()| None),
        });
        let arrivals = match accepted.await {
            Some(Ok(stream)) => vec![peers.add(stream)],
            // No file descriptors, or a client that has left already: the others go on.
            Some(Err(_)) => {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
            None => peers.take_arrivals(),
        };
        for peer in arrivals {
            let redis = shared.redis.borrow();
            let core = redis.core();
            let refusal = if shared.clients.get() >= core.config().max_clients as usize {
                Some(TOO_MANY_CLIENTS)
            } else if peer.is_let_in() {
                None
            } else {
                core.refuses_strangers()
            };
            if let Some(error) = refusal {
                peer.turn_away(error, core.profile());
                continue;
            }
            peer.let_in();
            shared.clients.set(shared.clients.get() + 1);
            let shared = Rc::clone(&shared);
            tokio::task::spawn_local(async move {
                // A broken connection concerns nobody but its client, who knows.
                drop(connection::serve(peer, &shared).await);
                shared.clients.set(shared.clients.get() - 1);
            });
        }
    }
}
