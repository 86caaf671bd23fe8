//! [`Doors`]: where a server listens, over TCP and on a path of the file system.
//!
//! Owns the sockets that listen. Like those of clients they are asked by the runtime, and while a script
//! holds the thread at once, without it. A socket file that nobody listens at any more is replaced; what
//! else lies in its place stays.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use socket2::{SockRef, Socket};
use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use {
    std::os::unix::fs::FileTypeExt,
    std::path::{Path, PathBuf},
    tokio::net::{UnixListener, UnixStream},
};

use crate::stream::Stream;

/// The sockets that listen.
#[derive(Debug)]
pub(crate) struct Doors {
    tcp: TcpListener,
    #[cfg(unix)]
    unix: Option<UnixDoor>,
}

/// A socket of the file system, which is removed when nobody listens any more.
#[cfg(unix)]
#[derive(Debug)]
struct UnixDoor {
    listener: UnixListener,
    path: PathBuf,
}

impl Doors {
    /// Listens at an address.
    pub async fn open(address: SocketAddr) -> io::Result<Doors> {
        Ok(Doors {
            tcp: TcpListener::bind(address).await?,
            #[cfg(unix)]
            unix: None,
        })
    }

    /// Where it listens over TCP.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Listens at a path too.
    #[cfg(unix)]
    pub fn open_path(&mut self, path: &Path) -> io::Result<()> {
        make_way(path)?;
        self.unix = Some(UnixDoor {
            listener: UnixListener::bind(path)?,
            path: path.to_owned(),
        });
        Ok(())
    }

    /// The path at which it listens.
    #[cfg(unix)]
    pub fn path(&self) -> Option<&Path> {
        self.unix.as_ref().map(|door| &*door.path)
    }

    /// The next client.
    pub fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Stream>> {
        if let Poll::Ready(accepted) = self.tcp.poll_accept(context) {
            return Poll::Ready(accepted.map(|(stream, _)| Stream::tcp(stream)));
        }
        #[cfg(unix)]
        if let Some(door) = &self.unix
            && let Poll::Ready(accepted) = door.listener.poll_accept(context)
        {
            return Poll::Ready(accepted.map(|(stream, _)| Stream::Unix(stream)));
        }
        Poll::Pending
    }

    /// The next client that is there already, without waiting.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when there is none, or it is not to be had.
    pub fn accept_now(&self) -> io::Result<Stream> {
        let accept = |door: SockRef<'_>| -> io::Result<Socket> {
            let (socket, _) = door.accept()?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        match accept(SockRef::from(&self.tcp)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            accepted => return Ok(Stream::tcp(TcpStream::from_std(accepted?.into())?)),
        }
        #[cfg(unix)]
        if let Some(door) = &self.unix {
            let socket = accept(SockRef::from(&door.listener))?;
            return Ok(Stream::Unix(UnixStream::from_std(socket.into())?));
        }
        Err(io::ErrorKind::WouldBlock.into())
    }
}

/// Removes a socket file that a server has left behind.
#[cfg(unix)]
fn make_way(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "there is a file that is no socket",
        )),
        Ok(_) if std::os::unix::net::UnixStream::connect(path).is_ok() => {
            Err(io::ErrorKind::AddrInUse.into())
        }
        Ok(_) => std::fs::remove_file(path),
        // Where nothing is, nothing is in the way; what else is wrong, binding will tell.
        Err(_) => Ok(()),
    }
}

#[cfg(unix)]
impl Drop for UnixDoor {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = std::fs::remove_file(&self.path);
    }
}
