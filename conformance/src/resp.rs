//! A small blocking RESP2/RESP3 client for tests.
//!
//! Owns one connection and the [`Reply`] it reads. It trusts the server it talks to (a test's own):
//! it is no client for anything else, and knows nothing of commands.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A server that has not answered after this long will not.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A reply as it came over the wire. Numbers that are text on the wire stay text, so that equality
/// is equality of bytes.
#[derive(Clone, PartialEq, Eq)]
pub enum Reply {
    /// `+OK`
    Status(Vec<u8>),
    /// `-ERR …`, without the minus sign.
    Error(Vec<u8>),
    /// `:1`
    Int(i64),
    /// `$3`
    Bulk(Vec<u8>),
    /// `$-1`
    NullBulk,
    /// `*-1`
    NullArray,
    /// `*2`
    Array(Vec<Reply>),
    /// `_` (RESP3)
    Null,
    /// `#t` (RESP3)
    Bool(bool),
    /// `,3.25` (RESP3)
    Double(Vec<u8>),
    /// `(12345` (RESP3)
    BigNumber(Vec<u8>),
    /// `=7` (RESP3)
    Verbatim {
        /// Three characters, such as `txt`.
        format: Vec<u8>,
        /// The text after the colon.
        text: Vec<u8>,
    },
    /// `%1` (RESP3)
    Map(Vec<(Reply, Reply)>),
    /// `~1` (RESP3)
    Set(Vec<Reply>),
    /// `>1` (RESP3)
    Push(Vec<Reply>),
    /// `|1`: attributes and the reply they belong to (RESP3)
    Attribute(Vec<(Reply, Reply)>, Box<Reply>),
}

impl Reply {
    /// The error's text, when it is one.
    pub fn as_error(&self) -> Option<&[u8]> {
        match self {
            Reply::Error(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Debug for Reply {
    /// Near to the wire, with bytes escaped: short enough to read in a failed assertion.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Status(text) => write!(f, "+{}", text.escape_ascii()),
            Reply::Error(text) => write!(f, "-{}", text.escape_ascii()),
            Reply::Int(n) => write!(f, ":{n}"),
            Reply::Bulk(bytes) => write!(f, "\"{}\"", bytes.escape_ascii()),
            Reply::NullBulk => f.write_str("$-1"),
            Reply::NullArray => f.write_str("*-1"),
            Reply::Null => f.write_str("_"),
            Reply::Bool(b) => f.write_str(if *b { "#t" } else { "#f" }),
            Reply::Double(text) => write!(f, ",{}", text.escape_ascii()),
            Reply::BigNumber(text) => write!(f, "({}", text.escape_ascii()),
            Reply::Verbatim { format, text } => {
                write!(f, "={}:{}", format.escape_ascii(), text.escape_ascii())
            }
            Reply::Array(items) => f.debug_list().entries(items).finish(),
            Reply::Set(items) => {
                f.write_str("~")?;
                f.debug_list().entries(items).finish()
            }
            Reply::Push(items) => {
                f.write_str(">")?;
                f.debug_list().entries(items).finish()
            }
            Reply::Map(pairs) => f
                .debug_map()
                .entries(pairs.iter().map(|(k, v)| (k, v)))
                .finish(),
            Reply::Attribute(pairs, reply) => {
                f.write_str("|")?;
                f.debug_map()
                    .entries(pairs.iter().map(|(k, v)| (k, v)))
                    .finish()?;
                reply.fmt(f)
            }
        }
    }
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn connect(address: SocketAddr) -> io::Result<Client> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        Ok(Client {
            stream: BufReader::new(stream),
        })
    }

    /// Sends one command and reads its reply.
    ///
    /// # Errors
    /// When the connection fails, or what comes back is not RESP.
    pub fn command<A: AsRef<[u8]>>(
        &mut self,
        args: impl IntoIterator<Item = A>,
    ) -> io::Result<Reply> {
        self.send(args)?;
        self.receive()
    }

    /// Sends one command without reading its reply, for pipelines.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn send<A: AsRef<[u8]>>(&mut self, args: impl IntoIterator<Item = A>) -> io::Result<()> {
        self.send_raw(&encode(args))
    }

    /// Sends bytes as they are: inline commands, half frames, garbage.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Reads the next reply.
    ///
    /// # Errors
    /// When the connection fails or ends, or what comes is not RESP.
    pub fn receive(&mut self) -> io::Result<Reply> {
        let line = self.line()?;
        let (kind, rest) = line
            .split_first()
            .ok_or_else(|| malformed("an empty line", &line))?;
        Ok(match kind {
            b'+' => Reply::Status(rest.to_vec()),
            b'-' => Reply::Error(rest.to_vec()),
            b':' => Reply::Int(number(rest)?),
            b'$' => match number(rest)? {
                -1 => Reply::NullBulk,
                len => Reply::Bulk(self.bulk(len)?),
            },
            b'*' => match number(rest)? {
                -1 => Reply::NullArray,
                len => Reply::Array(self.items(len)?),
            },
            b'_' => Reply::Null,
            b'#' => Reply::Bool(rest == b"t"),
            b',' => Reply::Double(rest.to_vec()),
            b'(' => Reply::BigNumber(rest.to_vec()),
            b'=' => {
                let bytes = self.bulk(number(rest)?)?;
                if bytes.get(3) != Some(&b':') {
                    return Err(malformed("a verbatim string without format", &bytes));
                }
                Reply::Verbatim {
                    format: bytes[..3].to_vec(),
                    text: bytes[4..].to_vec(),
                }
            }
            b'!' => Reply::Error(self.bulk(number(rest)?)?),
            b'~' => Reply::Set(self.items(number(rest)?)?),
            b'>' => Reply::Push(self.items(number(rest)?)?),
            b'%' => Reply::Map(self.pairs(number(rest)?)?),
            b'|' => Reply::Attribute(self.pairs(number(rest)?)?, Box::new(self.receive()?)),
            _ => return Err(malformed("an unknown reply type", &line)),
        })
    }

    /// Whether the server has closed the connection and nothing is left to read.
    ///
    /// # Errors
    /// When reading fails in another way than by the end.
    pub fn at_end(&mut self) -> io::Result<bool> {
        match self.stream.fill_buf() {
            Ok(bytes) => Ok(bytes.is_empty()),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn items(&mut self, len: i64) -> io::Result<Vec<Reply>> {
        (0..len).map(|_| self.receive()).collect()
    }

    fn pairs(&mut self, len: i64) -> io::Result<Vec<(Reply, Reply)>> {
        (0..len)
            .map(|_| Ok((self.receive()?, self.receive()?)))
            .collect()
    }

    fn bulk(&mut self, len: i64) -> io::Result<Vec<u8>> {
        let len = usize::try_from(len)
            .map_err(|_| malformed("a negative length", len.to_string().as_bytes()))?;
        let mut bytes = vec![0; len + 2];
        self.stream.read_exact(&mut bytes)?;
        if bytes.split_off(len) != b"\r\n" {
            return Err(malformed("a string without its end", &bytes));
        }
        Ok(bytes)
    }

    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line)?;
        match line.strip_suffix(b"\r\n") {
            Some(text) => Ok(text.to_vec()),
            None if line.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            None => Err(malformed("a line without its end", &line)),
        }
    }
}

/// A command as clients send it: an array of bulk strings.
pub fn encode<A: AsRef<[u8]>>(args: impl IntoIterator<Item = A>) -> Vec<u8> {
    let mut body = Vec::new();
    let mut count = 0;
    for arg in args {
        let arg = arg.as_ref();
        body.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        body.extend_from_slice(arg);
        body.extend_from_slice(b"\r\n");
        count += 1;
    }
    let mut frame = format!("*{count}\r\n").into_bytes();
    frame.append(&mut body);
    frame
}

fn number(text: &[u8]) -> io::Result<i64> {
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| malformed("not a number", text))
}

fn malformed(what: &str, bytes: &[u8]) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("{what} in a reply: {}", bytes.escape_ascii()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Server;

    fn bulk(text: &str) -> Reply {
        Reply::Bulk(text.as_bytes().to_vec())
    }

    #[test]
    fn reads_every_type_of_reply() {
        let Some(server) = Server::oracle() else {
            return;
        };
        let mut client = server.connect().unwrap();
        let ok = Reply::Status(b"OK".to_vec());
        assert_eq!(client.command(["SET", "k", "a\r\nb"]).unwrap(), ok);
        assert_eq!(client.command(["GET", "k"]).unwrap(), bulk("a\r\nb"));
        assert_eq!(client.command(["GET", "none"]).unwrap(), Reply::NullBulk);
        assert_eq!(client.command(["DEL", "k", "x"]).unwrap(), Reply::Int(1));
        let error = client.command(["NO-SUCH"]).unwrap();
        assert!(
            error
                .as_error()
                .unwrap()
                .starts_with(b"ERR unknown command")
        );
        assert_eq!(
            client.command(["BLPOP", "none", "0.01"]).unwrap(),
            Reply::NullArray
        );
        client.command(["HELLO", "3"]).unwrap();
        client.command(["ZADD", "z", "1.5", "m"]).unwrap();
        assert_eq!(
            client.command(["ZSCORE", "z", "m"]).unwrap(),
            Reply::Double(b"1.5".to_vec())
        );
        for (kind, expected) in [
            ("true", Reply::Bool(true)),
            ("null", Reply::Null),
            (
                "map",
                Reply::Map(vec![
                    (Reply::Int(0), Reply::Bool(false)),
                    (Reply::Int(1), Reply::Bool(true)),
                    (Reply::Int(2), Reply::Bool(false)),
                ]),
            ),
            (
                "set",
                Reply::Set(vec![Reply::Int(0), Reply::Int(1), Reply::Int(2)]),
            ),
            (
                "verbatim",
                Reply::Verbatim {
                    format: b"txt".to_vec(),
                    text: b"This is a verbatim\nstring".to_vec(),
                },
            ),
        ] {
            let reply = client.command(["DEBUG", "PROTOCOL", kind]).unwrap();
            assert_eq!(reply, expected, "{kind}");
        }
    }

    #[test]
    fn pipelines_and_inline_commands() {
        let Some(server) = Server::oracle() else {
            return;
        };
        let mut client = server.connect().unwrap();
        client.send(["INCR", "n"]).unwrap();
        client.send_raw(b"INCR n\r\n").unwrap();
        assert_eq!(client.receive().unwrap(), Reply::Int(1));
        assert_eq!(client.receive().unwrap(), Reply::Int(2));
        client.send_raw(b"*1\r\n$-5\r\n").unwrap();
        assert_eq!(
            client.receive().unwrap(),
            Reply::Error(b"ERR Protocol error: invalid bulk length".to_vec())
        );
        assert!(client.at_end().unwrap());
    }
}
