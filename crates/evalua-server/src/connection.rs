//! One client: reads requests, passes them through the gate, writes replies.
//!
//! Owns the buffers and their bounds. A client that does not read its replies is not read from
//! either, so what it can make the server hold is its input buffer and one batch of replies.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use evalua_redis::{Redis, Reply, Session};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::decode::Decoder;
use crate::encode::encode;

/// How much room there is at least for the next read.
const READ_SIZE: usize = 16 * 1024;

/// Replies are sent when there are this many bytes of them, even if requests are left.
const WRITE_SIZE: usize = 64 * 1024;

/// A request that is longer closes the connection: the server's limit of a query buffer.
const MAX_REQUEST: usize = 1024 * 1024 * 1024;

/// A buffer that has grown beyond this is given back when it is empty.
const KEEP: usize = 1024 * 1024;

/// Serves a client until it leaves.
///
/// # Errors
/// When the connection breaks.
pub(crate) async fn serve(
    mut stream: TcpStream,
    redis: Rc<RefCell<Redis>>,
    mut session: Session,
) -> io::Result<()> {
    let mut decoder = Decoder::new();
    let mut input = Vec::new();
    let mut output = Vec::new();
    loop {
        let mut done = 0;
        let open = loop {
            let next = answer(
                &mut decoder,
                &input[done..],
                &redis,
                &mut session,
                &mut output,
            );
            match next {
                Next::Request(len) => done += len,
                Next::Incomplete => break true,
                Next::Close => break false,
            }
            if output.len() >= WRITE_SIZE {
                flush(&mut stream, &mut output).await?;
            }
        };
        flush(&mut stream, &mut output).await?;
        if !open {
            return stream.shutdown().await;
        }
        input.drain(..done);
        if input.is_empty() && input.capacity() > KEEP {
            input = Vec::new();
        }
        if input.len() > MAX_REQUEST {
            return Ok(());
        }
        input.reserve(READ_SIZE);
        if stream.read_buf(&mut input).await? == 0 {
            return Ok(());
        }
    }
}

/// What is to be done after a look at the input.
enum Next {
    /// A request of so many bytes has been answered.
    Request(usize),
    /// There is no whole request.
    Incomplete,
    /// The connection is over once the replies are sent.
    Close,
}

/// Answers the request at the start of `input`, if a whole one is there.
fn answer(
    decoder: &mut Decoder,
    input: &[u8],
    redis: &RefCell<Redis>,
    session: &mut Session,
    output: &mut Vec<u8>,
) -> Next {
    let mut redis = redis.borrow_mut();
    let profile = redis.core().profile();
    let frame = match decoder.next(input) {
        Ok(Some(frame)) => frame,
        Ok(None) => return Next::Incomplete,
        Err(error) => {
            encode(output, Reply::Error(error.into()), session.resp, profile);
            return Next::Close;
        }
    };
    let Some(name) = frame.args.first() else {
        return Next::Request(frame.len);
    };
    if is_http(name) {
        return Next::Close;
    }
    let reply = redis.execute(session, &frame.args);
    encode(output, reply, session.resp, profile);
    if session.closing {
        Next::Close
    } else {
        Next::Request(frame.len)
    }
}

/// Whether this is a line of an HTTP request: a web page that tries to reach a server behind its
/// reader's firewall must not have the lines that follow taken for commands.
fn is_http(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"post") || name.eq_ignore_ascii_case(b"host:")
}

async fn flush(stream: &mut TcpStream, output: &mut Vec<u8>) -> io::Result<()> {
    stream.write_all(output).await?;
    if output.capacity() > KEEP {
        *output = Vec::new();
    } else {
        output.clear();
    }
    Ok(())
}
