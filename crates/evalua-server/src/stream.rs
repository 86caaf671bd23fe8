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

use crate::buffers::{self, Buffers};

/// After so long without a word the system asks whether the other end is still there, as the real
/// server's setting `tcp-keepalive` has it.
const KEEPALIVE: Duration = Duration::from_secs(300);

/// A client's socket.
#[derive(Debug)]
pub(crate) struct Stream(TcpStream);

impl Stream {
    /// A connection that was accepted.
    pub fn new(stream: TcpStream) -> Stream {
        // Without the first, replies wait for acknowledgements. A connection that refuses is broken, which
        // the first read will show.
        let _ = stream.set_nodelay(true);
        let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&keepalive);
        Stream(stream)
    }

    /// Appends to `input` what has come; 0 bytes at the end. An empty `input` gets a buffer only when there is
    /// something.
    pub fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        input: &mut Vec<u8>,
        buffers: &Buffers,
    ) -> Poll<io::Result<usize>> {
        ready!(self.0.poll_read_ready(context))?;
        if input.capacity() == 0 {
            *input = buffers.take();
        } else {
            input.reserve(buffers::SIZE);
        }
        let read = pin!(self.0.read_buf(input)).poll(context);
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
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    /// Reads what is there, without waiting.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when there is nothing, or the connection is broken.
    pub fn read_now(&self, bytes: &mut [u8]) -> io::Result<usize> {
        (&*SockRef::from(&self.0)).read(bytes)
    }

    /// Sends all of `bytes`, without waiting.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when the client does not take them, or the connection is broken.
    pub fn write_now(&self, bytes: &[u8]) -> io::Result<()> {
        (&*SockRef::from(&self.0)).write_all(bytes)
    }

    /// Ends the connection; that it was over already is no matter.
    pub fn shutdown(&self, how: Shutdown) {
        let _ = SockRef::from(&self.0).shutdown(how);
    }

    /// Where the connection comes from and goes to.
    pub fn address(&self) -> Address {
        let text = |address: io::Result<std::net::SocketAddr>| {
            address.map_or_else(|_| "?".into(), |address| address.to_string())
        };
        Address {
            peer: text(self.0.peer_addr()),
            local: text(self.0.local_addr()),
            descriptor: descriptor(&self.0),
        }
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
