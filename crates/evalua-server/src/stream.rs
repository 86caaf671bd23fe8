//! [`Stream`]: a client's socket, for its task and for whoever answers while that cannot run.
//!
//! Owns what is asked of the system about it. There is one handle: the task reads and writes through the
//! runtime, and while a script holds the thread the same socket is read and written at once, without it.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use evalua_redis::Address;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::buffers::{self, Buffers};

/// After so long without a word the system asks whether the other end is still there, as the real
/// server's setting `tcp-keepalive` has it.
const KEEPALIVE: Duration = Duration::from_secs(300);

/// A client's socket.
#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Does the same with the socket, whichever it is.
macro_rules! with {
    ($stream:expr, $socket:ident => $work:expr) => {
        match $stream {
            Stream::Tcp($socket) => $work,
            #[cfg(unix)]
            Stream::Unix($socket) => $work,
        }
    };
}

impl Stream {
    /// A connection over TCP that was accepted.
    pub fn tcp(stream: TcpStream) -> Stream {
        // Without the first, replies wait for acknowledgements. A connection that refuses is broken, which
        // the first read will show.
        let _ = stream.set_nodelay(true);
        let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&keepalive);
        Stream::Tcp(stream)
    }

    /// Whether the other end is on this machine, as far as the connection shows.
    pub fn is_local(&self) -> bool {
        match self {
            Stream::Tcp(stream) => {
                (stream.peer_addr()).is_ok_and(|address| address.ip().to_canonical().is_loopback())
            }
            #[cfg(unix)]
            Stream::Unix(_) => true,
        }
    }

    /// Appends to `input` what has come; 0 bytes at the end. An empty `input` gets a buffer only when there is
    /// something.
    pub fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        input: &mut Vec<u8>,
        buffers: &Buffers,
    ) -> Poll<io::Result<usize>> {
        ready!(with!(self, socket => socket.poll_read_ready(context)))?;
        if input.capacity() == 0 {
            *input = buffers.take();
        } else {
            input.reserve(buffers::SIZE);
        }
        let read = with!(self, socket => pin!(socket.read_buf(input)).poll(context));
        if input.is_empty() {
            buffers.give(std::mem::take(input));
        }
        read
    }

    /// Sends the first of `bytes`; how many.
    pub fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        with!(self, socket => Pin::new(socket).poll_write(context, bytes))
    }

    /// Reads what is there, without waiting.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when there is nothing, or the connection is broken.
    pub fn read_now(&self, bytes: &mut [u8]) -> io::Result<usize> {
        (&*self.handle()).read(bytes)
    }

    /// Sends all of `bytes`, without waiting.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when the client does not take them, or the connection is broken.
    pub fn write_now(&self, bytes: &[u8]) -> io::Result<()> {
        (&*self.handle()).write_all(bytes)
    }

    /// Ends the connection; that it was over already is no matter.
    pub fn shutdown(&self, how: Shutdown) {
        let _ = self.handle().shutdown(how);
    }

    fn handle(&self) -> SockRef<'_> {
        with!(self, socket => SockRef::from(socket))
    }

    /// Where the connection comes from and goes to, as CLIENT LIST shows it.
    pub fn address(&self) -> Address {
        let (peer, local) = match self {
            Stream::Tcp(stream) => {
                let text = |address: io::Result<std::net::SocketAddr>| {
                    address.map_or_else(|_| "?".into(), |address| address.to_string())
                };
                (text(stream.peer_addr()), text(stream.local_addr()))
            }
            #[cfg(unix)]
            Stream::Unix(stream) => {
                // The other end has no name: the server shows its own for both.
                let address = stream.local_addr();
                let path = address
                    .as_ref()
                    .ok()
                    .and_then(|address| address.as_pathname());
                let path = path.map_or_else(|| "?".into(), |path| path.display().to_string());
                (format!("{path}:0"), format!("{path}:0"))
            }
        };
        Address {
            peer,
            local,
            descriptor: with!(self, socket => descriptor(socket)),
        }
    }
}

/// The number that the system has for a socket.
#[cfg(unix)]
fn descriptor(socket: &impl std::os::fd::AsRawFd) -> i32 {
    socket.as_raw_fd()
}

/// Elsewhere sockets have no such numbers.
#[cfg(not(unix))]
fn descriptor(_: &TcpStream) -> i32 {
    0
}
