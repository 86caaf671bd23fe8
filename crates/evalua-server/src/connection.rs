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

use evalua_redis::{Mailbox, Redis, Reply, Session};
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
    let Some(mailbox) = peer.connect(&redis) else {
        return Ok(());
    };
    loop {
        // Meanwhile a script may be busy, and what arrives answered there.
        let event = next(&mut stream, &mut fresh, &mailbox).await;
        let Some(idle) = peer.take() else {
            return Ok(());
        };
        let Idle {
            mut decoder,
            mut input,
            mut session,
        } = idle;
        let count = match event {
            Event::Read(count) => count?,
            Event::Message => {
                deliver(&mailbox, &session, &redis, &mut output);
                peer.put(Idle {
                    decoder,
                    input,
                    session,
                });
                if mailbox.is_closed() {
                    return Ok(());
                }
                flush(&mut stream, &mut output).await?;
                continue;
            }
        };
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
                &mailbox,
                &mut session,
                &mut output,
            );
            deliver(&mailbox, &session, &redis, &mut output);
            match next {
                Next::Request(len) => done += len,
                Next::Wait(_) | Next::Postponed => {
                    flush(&mut stream, &mut output).await?;
                    // A request that is postponed is still there, and is made again.
                    let answered = match next {
                        Next::Wait(len) => Some(len),
                        _ => None,
                    };
                    input.drain(..done + answered.unwrap_or(0));
                    done = 0;
                    let waits = &mut Waits {
                        stream: &mut stream,
                        redis: &redis,
                        mailbox: &mailbox,
                        input: &mut input,
                        output: &mut output,
                    };
                    let Some(reply) = waits.wait(&mut session).await? else {
                        return Ok(());
                    };
                    if answered.is_some() {
                        let profile = redis.borrow().core().profile();
                        encode(&mut output, reply, session.resp, profile);
                        deliver(&mailbox, &session, &redis, &mut output);
                    }
                }
                Next::Incomplete => break true,
                Next::Close => break false,
            }
            if output.len() >= WRITE_SIZE {
                flush(&mut stream, &mut output).await?;
                deliver(&mailbox, &session, &redis, &mut output);
            }
            if mailbox.is_closed() {
                return Ok(());
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

/// What ends the quiet of a client that is not waiting for an answer.
enum Event {
    /// So many bytes have come.
    Read(io::Result<usize>),
    /// There are messages, or the engine gives the client up.
    Message,
}

/// Waits for the next request, or a message.
async fn next(stream: &mut TcpStream, fresh: &mut Vec<u8>, mailbox: &Mailbox) -> Event {
    fresh.reserve(READ_SIZE);
    let mut read = pin!(stream.read_buf(fresh));
    poll_fn(|context| {
        if mailbox.poll(context).is_ready() {
            return Poll::Ready(Event::Message);
        }
        read.as_mut().poll(context).map(Event::Read)
    })
    .await
}

/// Writes the messages that lie for a client behind what it is answered.
fn deliver(mailbox: &Mailbox, session: &Session, redis: &RefCell<Redis>, output: &mut Vec<u8>) {
    while let Some(message) = mailbox.take() {
        encode(
            output,
            message,
            session.resp,
            redis.borrow().core().profile(),
        );
    }
}

/// A client whose last command is not answered yet.
struct Waits<'a> {
    stream: &'a mut TcpStream,
    redis: &'a RefCell<Redis>,
    mailbox: &'a Mailbox,
    input: &'a mut Vec<u8>,
    output: &'a mut Vec<u8>,
}

/// What ends a sleep of a client that waits.
enum Wake {
    Answered(Reply),
    Read(io::Result<bool>),
    Message,
    TimeOver,
}

impl Waits<'_> {
    /// Waits until the session's last command is answered; no answer when the client leaves before.
    async fn wait(&mut self, session: &mut Session) -> io::Result<Option<Reply>> {
        loop {
            match self.wake(session).await {
                Wake::Answered(reply) => return Ok(Some(reply)),
                Wake::Message => {
                    if self.mailbox.is_closed() {
                        return Ok(None);
                    }
                    deliver(self.mailbox, session, self.redis, self.output);
                    flush(self.stream, self.output).await?;
                }
                Wake::Read(Ok(true)) | Wake::TimeOver => {}
                Wake::Read(Ok(false)) => return Ok(None),
                Wake::Read(Err(error)) => return Err(error),
            }
        }
    }

    /// Sleeps until something happens.
    async fn wake(&mut self, session: &mut Session) -> Wake {
        let time_left = time_left(self.redis, session);
        let mut sleep = pin!(tokio::time::sleep(time_left));
        let mut read = pin!(read(self.stream, self.input));
        let mailbox = self.mailbox;
        poll_fn(|context| {
            if let Poll::Ready(reply) = session.poll_reply(context) {
                return Poll::Ready(Wake::Answered(reply));
            }
            if mailbox.poll(context).is_ready() {
                return Poll::Ready(Wake::Message);
            }
            if let Poll::Ready(outcome) = read.as_mut().poll(context) {
                return Poll::Ready(Wake::Read(outcome));
            }
            sleep.as_mut().poll(context).map(|()| Wake::TimeOver)
        })
        .await
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
    /// The request is to be made again after a wait.
    Postponed,
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
    mailbox: &Mailbox,
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
        return match session.is_postponed() {
            true => Next::Postponed,
            false => Next::Wait(frame.len),
        };
    }
    if !session.ends_server {
        for _ in 0..session.early_messages() {
            if let Some(message) = mailbox.take() {
                encode(output, message, session.resp, profile);
            }
        }
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
