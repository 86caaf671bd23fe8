//! One client: reads requests, passes them through the gate, writes replies.
//!
//! Owns the buffers and their bounds. A client that does not read its replies is not read from
//! either, so what it can make the server hold is its input buffer and one batch of replies. While a
//! client waits for a key, what it sends is read, and left for later.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use evalua_redis::{Redis, Reply, Session};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::decode::Decoder;
use crate::encode::encode;
use crate::peers::{Idle, Peer, Peers};

/// How much room there is at least for the next read.
const READ_SIZE: usize = 16 * 1024;

/// Replies are sent when there are this many bytes of them, even if requests are left.
const WRITE_SIZE: usize = 64 * 1024;

/// A request that is longer closes the connection: the server's limit of a query buffer.
const MAX_REQUEST: usize = 1024 * 1024 * 1024;

/// A client that waits is not looked at again before this time has passed, if nothing happens.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);

/// A buffer that has grown beyond this is given back when it is empty.
const KEEP: usize = 1024 * 1024;

/// Serves a client until it leaves.
///
/// # Errors
/// When the connection breaks.
pub(crate) async fn serve(
    mut stream: TcpStream,
    redis: Rc<RefCell<Redis>>,
    peer: Arc<Peer>,
    peers: Arc<Peers>,
) -> io::Result<()> {
    let mut output = Vec::new();
    let mut fresh = Vec::new();
    loop {
        // Meanwhile a script may be busy, and what arrives answered there.
        fresh.reserve(READ_SIZE);
        let count = stream.read_buf(&mut fresh).await?;
        let Some(idle) = peer.take() else {
            return Ok(());
        };
        let Idle {
            mut decoder,
            mut input,
            mut session,
        } = idle;
        if count == 0 || input.len() + fresh.len() > MAX_REQUEST {
            return Ok(());
        }
        if input.is_empty() {
            std::mem::swap(&mut input, &mut fresh);
        } else {
            input.append(&mut fresh);
        }
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
                Next::Wait(len) => {
                    done += len;
                    flush(&mut stream, &mut output).await?;
                    input.drain(..done);
                    done = 0;
                    if !wait(&mut stream, &redis, &mut session, &mut input, &mut output).await? {
                        return Ok(());
                    }
                }
                Next::Incomplete => break true,
                Next::Close => break false,
            }
            if output.len() >= WRITE_SIZE {
                flush(&mut stream, &mut output).await?;
            }
        };
        if session.ends_server {
            peers.ended.notify_one();
            return Ok(());
        }
        flush(&mut stream, &mut output).await?;
        if !open {
            return stream.shutdown().await;
        }
        input.drain(..done);
        for buffer in [&mut input, &mut fresh] {
            if buffer.is_empty() && buffer.capacity() > KEEP {
                *buffer = Vec::new();
            }
        }
        peer.put(Idle {
            decoder,
            input,
            session,
        });
    }
}

/// Reads more; false when the client has left, or sends too much.
async fn read(stream: &mut TcpStream, input: &mut Vec<u8>) -> io::Result<bool> {
    if input.len() > MAX_REQUEST {
        return Ok(false);
    }
    input.reserve(READ_SIZE);
    Ok(stream.read_buf(input).await? > 0)
}

/// What ends a sleep of a client that waits.
enum Event {
    Answered(Reply),
    Read(io::Result<bool>),
    TimeOver,
}

/// Waits until the session's last command is answered; false when the client leaves before.
async fn wait(
    stream: &mut TcpStream,
    redis: &RefCell<Redis>,
    session: &mut Session,
    input: &mut Vec<u8>,
    output: &mut Vec<u8>,
) -> io::Result<bool> {
    loop {
        let time_left = time_left(redis, session);
        let event = {
            let mut sleep = pin!(tokio::time::sleep(time_left));
            let mut read = pin!(read(stream, input));
            poll_fn(|context| {
                if let Poll::Ready(reply) = session.poll_reply(context) {
                    return Poll::Ready(Event::Answered(reply));
                }
                if let Poll::Ready(outcome) = read.as_mut().poll(context) {
                    return Poll::Ready(Event::Read(outcome));
                }
                sleep.as_mut().poll(context).map(|()| Event::TimeOver)
            })
            .await
        };
        match event {
            Event::Answered(reply) => {
                let redis = redis.borrow();
                encode(output, reply, session.resp, redis.core().profile());
                return Ok(true);
            }
            Event::Read(Ok(true)) => {}
            Event::Read(outcome) => return outcome,
            Event::TimeOver => {}
        }
    }
}

/// How long a session is to wait from now on at most; the engine ends the wait if it is over already.
fn time_left(redis: &RefCell<Redis>, session: &Session) -> Duration {
    let mut redis = redis.borrow_mut();
    redis.core_mut().tick();
    let clock = redis.core().clock();
    let until_ms = session.waiting().and_then(|waiting| waiting.until_ms);
    match until_ms {
        // A virtual clock moves when a command moves it, and the engine looks at it then.
        Some(until_ms) if !clock.is_virtual() => {
            let left = until_ms.saturating_sub(clock.now_ms());
            Duration::from_millis(u64::try_from(left).unwrap_or(0)).min(LONGEST_SLEEP)
        }
        _ => LONGEST_SLEEP,
    }
}

/// What is to be done after a look at the input.
enum Next {
    /// A request of so many bytes has been answered.
    Request(usize),
    /// A request of so many bytes has to wait for its answer.
    Wait(usize),
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
    if session.waiting().is_some() {
        return Next::Wait(frame.len);
    }
    if !session.ends_server {
        encode(output, reply, session.resp, profile);
    }
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
