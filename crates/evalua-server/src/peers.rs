//! [`Peers`]: the clients of a server, to be answered while a script holds its thread.
//!
//! Owns a second handle of every socket, and of the one that listens, which are read and written
//! without the runtime: that does not turn while a script runs. What a client has sent so far lies in
//! its [`Peer`] as long as its task waits for more, so that either of the two can go on with it. Knows
//! nothing of scripts but that one is busy.

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use evalua_redis::script::BusyScript;
use evalua_redis::{Address, Mailbox, Profile, Redis, Reply, Session};
use tokio::sync::Notify;

use crate::decode::Decoder;
use crate::encode::encode;

/// How much is read of a client at a time.
const READ_SIZE: usize = 16 * 1024;

/// A client of which as much has been read is not read from again before the script has ended.
const MAX_INPUT: usize = 1024 * 1024;

/// What is known of a client between two of its requests.
#[derive(Debug)]
pub(crate) struct Idle {
    pub decoder: Decoder,
    pub input: Vec<u8>,
    pub session: Session,
}

/// A client's second socket, and what lies there of it.
#[derive(Debug)]
pub(crate) struct Peer {
    socket: TcpStream,
    idle: Mutex<Option<Idle>>,
}

/// A client that came while a script was busy.
pub(crate) type Arrival = (TcpStream, Arc<Peer>);

/// All clients.
#[derive(Debug)]
pub(crate) struct Peers {
    listener: TcpListener,
    profile: &'static Profile,
    last_id: AtomicI64,
    peers: Mutex<Vec<Weak<Peer>>>,
    arrivals: Mutex<Vec<Arrival>>,
    /// Somebody has arrived.
    pub arrived: Notify,
    /// A client has asked for the end of the server.
    pub ended: Notify,
}

impl Peer {
    /// Puts a client down, to be taken up again when it sends more.
    pub fn put(&self, idle: Idle) {
        *lock(&self.idle) = Some(idle);
    }

    /// Takes the client up.
    pub fn take(&self) -> Option<Idle> {
        lock(&self.idle).take()
    }

    /// Makes the client known to the engine; `None` when somebody else is at it.
    pub fn connect(&self, redis: &RefCell<Redis>) -> Option<Mailbox> {
        let mut idle = lock(&self.idle);
        let session = &mut idle.as_mut()?.session;
        let text = |address: io::Result<SocketAddr>| {
            address.map_or_else(|_| "?".into(), |a| a.to_string())
        };
        let address = Address {
            peer: text(self.socket.peer_addr()),
            local: text(self.socket.local_addr()),
            descriptor: descriptor(&self.socket),
        };
        Some(redis.borrow_mut().core_mut().connect(session, address))
    }

    /// Answers what the client has sent, if its task waits for that.
    fn serve(&self, script: &BusyScript<'_>, peers: &Peers) {
        let Some(mut idle) = self.take() else {
            return;
        };
        let mut output = Vec::new();
        let mut is_open = idle.input.len() <= MAX_INPUT && self.read(&mut idle.input);
        let mut done = 0;
        while is_open {
            let frame = match idle.decoder.next(&idle.input[done..]) {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(error) => {
                    let reply = Reply::Error(error.into());
                    encode(&mut output, reply, idle.session.resp, peers.profile);
                    is_open = false;
                    break;
                }
            };
            done += frame.len;
            if frame.args.is_empty() {
                continue;
            }
            let reply = script.answer(&mut idle.session, &frame.args);
            if idle.session.ends_server {
                peers.ended.notify_one();
                break;
            }
            encode(&mut output, reply, idle.session.resp, peers.profile);
            is_open = !idle.session.closing;
        }
        idle.input.drain(..done);
        // Who does not take these few bytes is no client to wait for. Its task sees the end.
        let is_sent = output.is_empty() || (&self.socket).write_all(&output).is_ok();
        if !(is_open && is_sent) {
            let _ = self.socket.shutdown(Shutdown::Both);
        }
        self.put(idle);
    }

    /// Reads what is there; false when the client has left.
    fn read(&self, input: &mut Vec<u8>) -> bool {
        let mut bytes = [0; READ_SIZE];
        match (&self.socket).read(&mut bytes) {
            Ok(0) => false,
            Ok(len) => {
                input.extend_from_slice(&bytes[..len]);
                true
            }
            Err(error) => matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
            ),
        }
    }
}

impl Peers {
    /// No clients yet, of a server that listens there.
    pub fn new(listener: TcpListener, profile: &'static Profile) -> Peers {
        Peers {
            listener,
            profile,
            last_id: AtomicI64::new(0),
            peers: Mutex::default(),
            arrivals: Mutex::default(),
            arrived: Notify::new(),
            ended: Notify::new(),
        }
    }

    /// Adds a client.
    ///
    /// # Errors
    /// When the system has no room for its second handle.
    pub fn add(&self, stream: &TcpStream) -> io::Result<Arc<Peer>> {
        // Without it replies wait for acknowledgements; with it they are sent at once. A connection
        // that refuses is broken, which the first read will show.
        let _ = stream.set_nodelay(true);
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let peer = Arc::new(Peer {
            socket: stream.try_clone()?,
            idle: Mutex::new(Some(Idle {
                decoder: Decoder::new(),
                input: Vec::new(),
                session: Session::with_id(id).waits(),
            })),
        });
        let mut peers = lock(&self.peers);
        if peers.len() == peers.capacity() {
            peers.retain(|peer| peer.strong_count() > 0);
        }
        peers.push(Arc::downgrade(&peer));
        Ok(peer)
    }

    /// Answers all clients, new ones too, while a script runs.
    pub fn serve(&self, script: &BusyScript<'_>) {
        while let Ok((stream, _)) = self.listener.accept() {
            let added = stream
                .set_nonblocking(true)
                .and_then(|()| self.add(&stream));
            // Without a handle the client is turned away.
            if let Ok(peer) = added {
                lock(&self.arrivals).push((stream, peer));
                self.arrived.notify_one();
            }
        }
        let peers: Vec<Arc<Peer>> = lock(&self.peers).iter().filter_map(Weak::upgrade).collect();
        peers.iter().for_each(|peer| peer.serve(script, self));
    }

    /// Those who came while a script was busy.
    pub fn take_arrivals(&self) -> Vec<Arrival> {
        std::mem::take(&mut lock(&self.arrivals))
    }
}

/// The number that the system has for a socket.
#[cfg(unix)]
fn descriptor(socket: &TcpStream) -> i32 {
    use std::os::fd::AsRawFd;
    socket.as_raw_fd()
}

/// Elsewhere sockets have no such numbers.
#[cfg(not(unix))]
fn descriptor(_: &TcpStream) -> i32 {
    0
}

/// Nothing is left half done by a panic: what is locked is put down and taken up whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
