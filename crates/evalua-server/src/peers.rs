//! [`Peers`]: the clients of a server, to be answered while a script holds its thread.
//!
//! Owns what is known of each client as long as its task waits for more: the socket, and what has come of
//! a request. So either of the two can go on with it, the task or, while a script runs and the runtime does
//! not turn, [`Peers::serve`]. Knows nothing of scripts but that one is busy.

use std::cell::RefCell;
use std::io;
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use evalua_redis::script::BusyScript;
use evalua_redis::{CommandError, Mailbox, Profile, Redis, Reply, Session};
use tokio::sync::Notify;

use crate::buffers::Buffers;
use crate::decode::Decoder;
use crate::doors::Doors;
use crate::encode::encode;
use crate::stream::Stream;

/// How much is read of a client at a time.
const READ_SIZE: usize = 16 * 1024;

/// A client of which as much has been read is not read from again before the script has ended.
const MAX_INPUT: usize = 1024 * 1024;

/// A client between two of its requests.
#[derive(Debug)]
pub(crate) struct Idle {
    pub stream: Stream,
    pub decoder: Decoder,
    pub input: Vec<u8>,
    pub session: Session,
}

/// The place where a client lies that is idle.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Whether it may be answered: one from elsewhere is looked at first.
    is_let_in: AtomicBool,
    idle: Mutex<Option<Box<Idle>>>,
}

/// All clients.
#[derive(Debug)]
pub(crate) struct Peers {
    pub doors: Doors,
    profile: &'static Profile,
    last_id: AtomicI64,
    peers: Mutex<Vec<Weak<Peer>>>,
    arrivals: Mutex<Vec<Arc<Peer>>>,
    /// Somebody has arrived.
    pub arrived: Notify,
    /// A client has asked for the end of the server.
    pub ended: Notify,
}

impl Peer {
    /// Puts a client down, to be taken up again when it sends more.
    pub fn put(&self, idle: Box<Idle>) {
        *lock(&self.idle) = Some(idle);
    }

    /// Takes the client up.
    pub fn take(&self) -> Option<Box<Idle>> {
        lock(&self.idle).take()
    }

    /// Reads what has come: see [`Stream::poll_read`]. Ready with nothing when somebody else is at it.
    pub fn poll_read(
        &self,
        context: &mut Context<'_>,
        buffers: &Buffers,
    ) -> Poll<io::Result<usize>> {
        match lock(&self.idle).as_deref_mut() {
            Some(Idle { stream, input, .. }) => stream.poll_read(context, input, buffers),
            None => Poll::Ready(Ok(0)),
        }
    }

    /// Whether it may be answered.
    pub fn is_let_in(&self) -> bool {
        self.is_let_in.load(Ordering::Relaxed)
    }

    /// Lets a client be answered that comes from another machine.
    pub fn let_in(&self) {
        self.is_let_in.store(true, Ordering::Relaxed);
    }

    /// Makes the client known to the engine; `None` when somebody else is at it.
    pub fn connect(&self, redis: &RefCell<Redis>) -> Option<Mailbox> {
        let mut idle = lock(&self.idle);
        let Idle {
            session, stream, ..
        } = idle.as_deref_mut()?;
        let mut redis = redis.borrow_mut();
        Some(redis.core_mut().connect(session, stream.address()))
    }

    /// Ends the connection of a client that is idle, and says why.
    pub fn turn_away(&self, error: CommandError, profile: &Profile) {
        let Some(idle) = self.take() else {
            return;
        };
        let mut output = Vec::new();
        encode(&mut output, Reply::Error(error), idle.session.resp, profile);
        // Who is gone already need not be told.
        let _ = idle.stream.write_now(&output);
    }

    /// Answers what the client has sent, if its task waits for that.
    fn serve(&self, script: &BusyScript<'_>, peers: &Peers) {
        if !self.is_let_in() {
            return;
        }
        let Some(mut idle) = self.take() else {
            return;
        };
        let mut output = Vec::new();
        let mut is_open = idle.input.len() > MAX_INPUT || idle.read();
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
        let is_sent = output.is_empty() || idle.stream.write_now(&output).is_ok();
        if !(is_open && is_sent) {
            idle.stream.shutdown(Shutdown::Both);
        }
        self.put(idle);
    }
}

impl Idle {
    /// Reads what is there; false when the client has left.
    fn read(&mut self) -> bool {
        let mut bytes = [0; READ_SIZE];
        match self.stream.read_now(&mut bytes) {
            Ok(0) => false,
            Ok(len) => {
                self.input.extend_from_slice(&bytes[..len]);
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
    pub fn new(doors: Doors, profile: &'static Profile) -> Peers {
        Peers {
            doors,
            profile,
            last_id: AtomicI64::new(0),
            peers: Mutex::default(),
            arrivals: Mutex::default(),
            arrived: Notify::new(),
            ended: Notify::new(),
        }
    }

    /// Adds a client.
    pub fn add(&self, stream: Stream) -> Arc<Peer> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let peer = Arc::new(Peer {
            is_let_in: AtomicBool::new(stream.is_local()),
            idle: Mutex::new(Some(Box::new(Idle {
                stream,
                decoder: Decoder::new(),
                input: Vec::new(),
                session: Session::with_id(id).waits(),
            }))),
        });
        let mut peers = lock(&self.peers);
        if peers.len() == peers.capacity() {
            peers.retain(|peer| peer.strong_count() > 0);
        }
        peers.push(Arc::downgrade(&peer));
        peer
    }

    /// Answers all clients, new ones too, while a script runs.
    pub fn serve(&self, script: &BusyScript<'_>) {
        while let Ok(stream) = self.doors.accept_now() {
            lock(&self.arrivals).push(self.add(stream));
            self.arrived.notify_one();
        }
        let peers: Vec<Arc<Peer>> = lock(&self.peers).iter().filter_map(Weak::upgrade).collect();
        peers.iter().for_each(|peer| peer.serve(script, self));
    }

    /// Those who came while a script was busy.
    pub fn take_arrivals(&self) -> Vec<Arc<Peer>> {
        std::mem::take(&mut lock(&self.arrivals))
    }
}

/// Nothing is left half done by a panic: what is locked is put down and taken up whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
