//! One client: reads requests, passes them through the gate, writes replies.
//!
//! Owns what a client can make the server hold. One that does not read its replies gets no more of them:
//! what it sends meanwhile is read, and left for later, as while it waits for a key. So a client can send all
//! its requests before it reads the first reply, and what lies for it is bounded by what it has sent and one
//! batch of replies.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::net::Shutdown;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use evalua_redis::{Mailbox, Redis, Reply, Session};

use crate::buffers::Buffers;
use crate::decode::Decoder;
use crate::encode::encode;
use crate::peers::{Idle, Peer, Peers};

/// Replies are sent when there are this many bytes of them, even if requests are left.
const WRITE_SIZE: usize = 64 * 1024;

/// A request that is longer closes the connection: the server's limit of a query buffer.
const MAX_REQUEST: usize = 1024 * 1024 * 1024;

/// A client that waits is not looked at again before this time has passed, if nothing happens.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);

/// What all clients share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub redis: RefCell<Redis>,
    pub peers: Arc<Peers>,
    pub buffers: Buffers,
    /// How many clients are served.
    pub clients: Cell<usize>,
}

/// Serves a client until it leaves.
///
/// # Errors
/// When the connection breaks.
pub(crate) async fn serve(peer: Arc<Peer>, shared: &Shared) -> io::Result<()> {
    let Some(mailbox) = peer.connect(&shared.redis) else {
        return Ok(());
    };
    loop {
        // Meanwhile a script may be busy, and what arrives answered there.
        let event = next(&peer, &mailbox, &shared.buffers).await;
        let Some(client) = peer.take() else {
            return Ok(());
        };
        let mut turn = Turn {
            client,
            shared,
            mailbox: &mailbox,
            output: shared.buffers.take(),
        };
        let goes_on = match event {
            Event::Read(count) => count? > 0 && turn.answer_all().await?,
            // Requests may have come while the messages went.
            Event::Message => turn.tell().await? && turn.answer_all().await?,
        };
        if !goes_on {
            return Ok(());
        }
        shared.buffers.give(turn.output);
        peer.put(turn.client);
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
async fn next(peer: &Peer, mailbox: &Mailbox, buffers: &Buffers) -> Event {
    poll_fn(|context| {
        if mailbox.poll(context).is_ready() {
            return Poll::Ready(Event::Message);
        }
        peer.poll_read(context, buffers).map(Event::Read)
    })
    .await
}

/// A client that has sent something, or is sent something.
struct Turn<'a> {
    client: Box<Idle>,
    shared: &'a Shared,
    mailbox: &'a Mailbox,
    /// What is to be sent.
    output: Vec<u8>,
}

/// What ends a sleep of a client that waits.
enum Wake {
    Answered(Reply),
    Read(io::Result<usize>),
    Message,
    TimeOver,
}

impl Turn<'_> {
    /// Sends the messages that have come; false when the connection is over.
    async fn tell(&mut self) -> io::Result<bool> {
        self.deliver();
        if self.mailbox.is_closed() {
            return Ok(false);
        }
        self.flush().await?;
        Ok(true)
    }

    /// Answers every request that has come; false when the connection is over.
    async fn answer_all(&mut self) -> io::Result<bool> {
        if self.client.input.len() > MAX_REQUEST {
            return Ok(false);
        }
        let mut done = 0;
        self.deliver();
        let is_open = loop {
            // What lay there before a request was made goes before its answer.
            while self.output.len() >= WRITE_SIZE {
                // What is read meanwhile comes on top. Bytes move only past at least as many that go.
                if 2 * done > self.client.input.len() {
                    self.consume(done);
                    done = 0;
                }
                self.flush().await?;
                self.deliver();
            }
            let next = self.answer(done);
            self.deliver();
            match next {
                Next::Request(len) => done += len,
                Next::Wait(_) | Next::Postponed => {
                    self.flush().await?;
                    // A request that is postponed is still there, and is made again.
                    let answered = match next {
                        Next::Wait(len) => Some(len),
                        _ => None,
                    };
                    self.consume(done + answered.unwrap_or(0));
                    done = 0;
                    let Some(reply) = self.wait().await? else {
                        return Ok(false);
                    };
                    if answered.is_some() {
                        self.write(reply);
                        self.deliver();
                    }
                }
                Next::Incomplete => {
                    let seen = self.client.input.len();
                    self.flush().await?;
                    if self.client.input.len() == seen {
                        break true;
                    }
                    self.deliver();
                }
                Next::Close => break false,
                Next::GiveUp => return Ok(false),
            }
            if self.mailbox.is_closed() {
                return Ok(false);
            }
        };
        if self.client.session.ends_server {
            self.shared.peers.ended.notify_one();
            return Ok(false);
        }
        self.flush().await?;
        if is_open {
            self.consume(done);
        } else {
            self.client.stream.shutdown(Shutdown::Write);
        }
        Ok(is_open)
    }

    /// Answers the request at `done` in the input, if a whole one is there.
    fn answer(&mut self, done: usize) -> Next {
        let Idle {
            decoder,
            input,
            session,
            ..
        } = &mut *self.client;
        let (redis, output) = (&self.shared.redis, &mut self.output);
        answer(
            decoder,
            &input[done..],
            redis,
            self.mailbox,
            session,
            output,
        )
    }

    /// Forgets the first bytes of the input.
    fn consume(&mut self, len: usize) {
        self.shared.buffers.consume(&mut self.client.input, len);
    }

    fn write(&mut self, reply: Reply) {
        let profile = self.shared.redis.borrow().core().profile();
        encode(&mut self.output, reply, self.client.session.resp, profile);
    }

    /// Writes the messages that lie for the client behind what it is answered, up to one batch: the others
    /// lie where they are counted.
    #[inline]
    fn deliver(&mut self) {
        while self.output.len() < WRITE_SIZE
            && let Some(message) = self.mailbox.take()
        {
            self.write(message);
        }
    }

    /// Sends what is written. A client may send more before it takes that, which is read.
    ///
    /// # Errors
    /// When the connection breaks, or a client that does not read is given up, by the engine or for the limit
    /// of what may lie long.
    async fn flush(&mut self) -> io::Result<()> {
        let Idle {
            stream,
            input,
            session,
            ..
        } = &mut *self.client;
        let (redis, buffers) = (&self.shared.redis, &self.shared.buffers);
        let (output, mailbox) = (&self.output, self.mailbox);
        let mut sent = 0;
        let mut strained = None;
        // The end of what the client sends is seen again by whoever reads next.
        let mut has_more = true;
        poll_fn(|context| {
            while sent < output.len() {
                match stream.poll_write(context, &output[sent..]) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(Ok(count)) => sent += count,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => {
                        let limit = redis.borrow().core().output_limit(session);
                        if !limit.is_strained(output.len() - sent) {
                            strained = None;
                        } else if strained
                            .get_or_insert_with(|| Box::pin(sleep_seconds(limit.soft_seconds)))
                            .as_mut()
                            .poll(context)
                            .is_ready()
                        {
                            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                        }
                        while has_more && input.len() < MAX_REQUEST {
                            match stream.poll_read(context, input, buffers) {
                                Poll::Ready(count) => has_more = count.is_ok_and(|count| count > 0),
                                Poll::Pending => break,
                            }
                        }
                        let is_over = mailbox.poll_closed(context);
                        return is_over.map(|()| Err(io::ErrorKind::ConnectionAborted.into()));
                    }
                }
            }
            Poll::Ready(Ok(()))
        })
        .await?;
        self.shared.buffers.recycle(&mut self.output);
        Ok(())
    }

    /// Waits until the session's last command is answered; no answer when the client leaves before.
    async fn wait(&mut self) -> io::Result<Option<Reply>> {
        loop {
            match self.wake().await {
                Wake::Answered(reply) => return Ok(Some(reply)),
                Wake::Message => {
                    if !self.tell().await? {
                        return Ok(None);
                    }
                }
                Wake::Read(Ok(0)) => return Ok(None),
                Wake::Read(Ok(_)) if self.client.input.len() > MAX_REQUEST => return Ok(None),
                Wake::Read(Err(error)) => return Err(error),
                Wake::Read(Ok(_)) | Wake::TimeOver => {}
            }
        }
    }

    /// Sleeps until something happens.
    async fn wake(&mut self) -> Wake {
        let Idle {
            stream,
            input,
            session,
            ..
        } = &mut *self.client;
        let time_left = time_left(&self.shared.redis, session);
        let mut sleep = pin!(tokio::time::sleep(time_left));
        let (mailbox, buffers) = (self.mailbox, &self.shared.buffers);
        poll_fn(|context| {
            if let Poll::Ready(reply) = session.poll_reply(context) {
                return Poll::Ready(Wake::Answered(reply));
            }
            if mailbox.poll(context).is_ready() {
                return Poll::Ready(Wake::Message);
            }
            if let Poll::Ready(outcome) = stream.poll_read(context, input, buffers) {
                return Poll::Ready(Wake::Read(outcome));
            }
            sleep.as_mut().poll(context).map(|()| Wake::TimeOver)
        })
        .await
    }
}

fn sleep_seconds(seconds: u64) -> tokio::time::Sleep {
    tokio::time::sleep(Duration::from_secs(seconds).min(LONGEST_SLEEP))
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
    /// The connection is over: there is more to be read than may be.
    GiveUp,
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
    decoder.set_guest(redis.core().is_guest(session));
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
    if redis.core().output_limit(session).is_passed(output.len()) {
        Next::GiveUp
    } else if session.closing {
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
