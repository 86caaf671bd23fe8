//! A server on a thread of its own, for the length of a test.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::JoinHandle;

use evalua_redis::{Redis, profile};
use evalua_server::Server;
use tokio::sync::oneshot;

/// A running server, stopped on drop.
pub struct Door {
    /// Where it listens.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Door {
    /// Opens an empty engine like the live server of the tests.
    pub fn open() -> Door {
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let redis = Redis::builder().profile(&profile::REDIS_7_0).build();
                let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                let server = Server::bind(any, redis).await.unwrap();
                tell.send(server.local_addr().unwrap()).unwrap();
                server.run(async { drop(stopped.await) }).await.unwrap();
            });
        });
        Door {
            address: told.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            ended
                .expect("joined once")
                .expect("the server does not panic");
        }
    }
}
