//! A server on a thread of its own, for the length of a test.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
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
        Door::open_at(Ipv4Addr::LOCALHOST.into(), None)
    }

    /// As [`Door::open`], at that address, and at a path of the file system if there is one.
    pub fn open_at(address: IpAddr, path: Option<&Path>) -> Door {
        let path = path.map(Path::to_owned);
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let redis = Redis::builder().profile(&profile::REDIS_7_0).build();
                let any = SocketAddr::new(address, 0);
                let mut server = Server::bind(any, redis).await.unwrap();
                if let Some(path) = path {
                    server.bind_path(&path).unwrap();
                }
                tell.send(server.local_addr().unwrap()).unwrap();
                server.run(async { drop(stopped.await) }).await;
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
