//! [`Decoder`]: commands out of the bytes that a client sends.
//!
//! Owns the request half of the protocol: arrays of byte strings, and inline commands. It keeps
//! positions and copies no bytes of an array, so a command costs nothing but the buffer it lies in. What
//! it allocates is bounded by what has arrived, never by a length that a client names. Knows no
//! commands and no sockets.

use std::ops::Range;

use evalua_redis::CommandError;
use evalua_redis::number::parse_int;
use evalua_redis::text::split_line;
use smallvec::SmallVec;

/// A line longer than this is no inline command, and no length.
const MAX_LINE: usize = 64 * 1024;

/// No array is longer.
const MAX_ARGS: i64 = i32::MAX as i64;

/// No argument is longer.
const MAX_BULK: i64 = 512 * 1024 * 1024;

/// A client that has not given its password needs no more arguments, and no longer ones.
const MAX_GUEST_ARGS: usize = 10;
const MAX_GUEST_BULK: usize = 16 * 1024;

/// Room for so many arguments is kept from one array for the next.
const KEPT_ARGS: usize = 1024;

/// What makes the bytes of a client no request. The connection cannot go on after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    /// An inline command without end.
    InlineTooBig,
    /// An inline command with a quote that is not closed.
    UnbalancedQuotes,
    /// The length of an array without end.
    ArrayLengthTooBig,
    /// The length of an array that is no number, or too large.
    InvalidArrayLength,
    /// The length of an argument without end.
    BulkLengthTooBig,
    /// The length of an argument that is no number, negative, or too large.
    InvalidBulkLength,
    /// An array too long for a client that has not given its password.
    GuestArrayLength,
    /// An argument too long for such a client.
    GuestBulkLength,
    /// Something else than a byte string in an array.
    ExpectedBulk(u8),
}

impl From<ProtocolError> for CommandError {
    /// The reply that a client gets before its connection is closed.
    fn from(error: ProtocolError) -> CommandError {
        let text = match error {
            ProtocolError::InlineTooBig => "too big inline request",
            ProtocolError::UnbalancedQuotes => "unbalanced quotes in request",
            ProtocolError::ArrayLengthTooBig => "too big mbulk count string",
            ProtocolError::InvalidArrayLength => "invalid multibulk length",
            ProtocolError::BulkLengthTooBig => "too big bulk count string",
            ProtocolError::InvalidBulkLength => "invalid bulk length",
            ProtocolError::GuestArrayLength => "unauthenticated multibulk length",
            ProtocolError::GuestBulkLength => "unauthenticated bulk length",
            ProtocolError::ExpectedBulk(_) => "expected '$', got '",
        };
        let mut text = format!("ERR Protocol error: {text}").into_bytes();
        if let ProtocolError::ExpectedBulk(byte) = error {
            text.extend_from_slice(&[byte, b'\'']);
        }
        CommandError::new(text)
    }
}

/// A request at the start of a buffer.
#[derive(Debug)]
pub struct Frame<'a> {
    /// The words of the command; none for an empty line or array, which asks for nothing.
    pub args: SmallVec<[&'a [u8]; 8]>,
    /// How many bytes of the buffer it takes.
    pub len: usize,
}

/// Finds requests in a buffer that grows at its end. Between two calls that found none, what the
/// buffer held must still be at its start; it is not looked at again.
#[derive(Debug, Default)]
pub struct Decoder {
    /// How much of the buffer has been understood.
    position: usize,
    /// How many arguments of the array are still to come; 0 between requests.
    missing: usize,
    /// The length of the argument at `position`, when that is known.
    bulk: Option<usize>,
    /// The arguments that are complete.
    args: Vec<Range<usize>>,
    /// The words of an inline command, with quotes and escapes undone.
    inline: Vec<Vec<u8>>,
    /// Whether the client has still to give a password.
    is_guest: bool,
}

impl Decoder {
    /// A decoder for a new connection.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Says whether the client has still to give a password, and may send only as much as that takes.
    #[inline]
    pub fn set_guest(&mut self, is_guest: bool) {
        self.is_guest = is_guest;
    }

    /// The request at the start of `buffer`, or `None` while it is incomplete.
    ///
    /// # Errors
    /// [`ProtocolError`]: the decoder is of no more use.
    pub fn next<'a>(&'a mut self, buffer: &'a [u8]) -> Result<Option<Frame<'a>>, ProtocolError> {
        if self.missing == 0 {
            match buffer.first() {
                None => return Ok(None),
                Some(b'*') => {
                    if !self.begin_array(buffer)? {
                        return Ok(None);
                    }
                }
                Some(_) => return self.inline(buffer),
            }
        }
        while self.missing > 0 {
            if !self.argument(buffer)? {
                return Ok(None);
            }
        }
        let len = std::mem::take(&mut self.position);
        let mut args = SmallVec::with_capacity(self.args.len());
        for range in &self.args {
            args.push(&buffer[range.clone()]);
        }
        Ok(Some(Frame { args, len }))
    }

    fn inline<'a>(&'a mut self, buffer: &[u8]) -> Result<Option<Frame<'a>>, ProtocolError> {
        let Some(end) = find(buffer, b'\n') else {
            return incomplete(buffer, ProtocolError::InlineTooBig).map(|_| None);
        };
        let line = &buffer[..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.inline = split_line(line).ok_or(ProtocolError::UnbalancedQuotes)?;
        Ok(Some(Frame {
            args: self.inline.iter().map(Vec::as_slice).collect(),
            len: end + 1,
        }))
    }

    /// Reads `*3\r\n`. False while it is incomplete.
    fn begin_array(&mut self, buffer: &[u8]) -> Result<bool, ProtocolError> {
        let (count, len) = match short_length(buffer) {
            Some(found) => found,
            None => {
                let Some(line) = line(buffer) else {
                    return incomplete(buffer, ProtocolError::ArrayLengthTooBig);
                };
                let count = parse_int(&line[1..])
                    .filter(|count| *count <= MAX_ARGS)
                    .ok_or(ProtocolError::InvalidArrayLength)?;
                (usize::try_from(count).unwrap_or(0), line.len() + 2)
            }
        };
        if self.is_guest && count > MAX_GUEST_ARGS {
            return Err(ProtocolError::GuestArrayLength);
        }
        if self.args.capacity() > KEPT_ARGS {
            self.args = Vec::new();
        }
        self.args.clear();
        self.missing = count;
        self.position = len;
        Ok(true)
    }

    /// Reads the next argument of an array. False while it is incomplete.
    fn argument(&mut self, buffer: &[u8]) -> Result<bool, ProtocolError> {
        let len = match self.bulk {
            Some(len) => len,
            None => {
                let rest = &buffer[self.position..];
                let (len, header) = match short_length(rest).filter(|_| rest[0] == b'$') {
                    Some(found) => found,
                    None => {
                        let Some(line) = line(rest) else {
                            return incomplete(rest, ProtocolError::BulkLengthTooBig);
                        };
                        let Some((b'$', digits)) = line.split_first() else {
                            return Err(ProtocolError::ExpectedBulk(rest[0]));
                        };
                        let len = parse_int(digits)
                            .filter(|len| *len <= MAX_BULK)
                            .and_then(|len| usize::try_from(len).ok())
                            .ok_or(ProtocolError::InvalidBulkLength)?;
                        (len, line.len() + 2)
                    }
                };
                if self.is_guest && len > MAX_GUEST_BULK {
                    return Err(ProtocolError::GuestBulkLength);
                }
                self.position += header;
                self.bulk = Some(len);
                len
            }
        };
        // The two bytes after an argument are there to be skipped, whatever they are.
        let end = self.position + len;
        if buffer.len() < end + 2 {
            return Ok(false);
        }
        self.args.push(self.position..end);
        self.position = end + 2;
        self.bulk = None;
        self.missing -= 1;
        Ok(true)
    }
}

/// The length of one or two digits at the start of `bytes`, behind its mark, and how many bytes that takes:
/// most lengths are such. `None` for all others, and while it is incomplete.
#[inline]
fn short_length(bytes: &[u8]) -> Option<(usize, usize)> {
    let digit = |byte: u8| usize::from(byte.wrapping_sub(b'0'));
    match *bytes {
        [_, ones @ b'0'..=b'9', b'\r', _, ..] => Some((digit(ones), 4)),
        [_, tens @ b'1'..=b'9', ones @ b'0'..=b'9', b'\r', _, ..] => {
            Some((digit(tens) * 10 + digit(ones), 5))
        }
        _ => None,
    }
}

/// The line at the start of `bytes`, up to its carriage return; the byte behind that is there too.
fn line(bytes: &[u8]) -> Option<&[u8]> {
    let end = find(bytes, b'\r')?;
    (bytes.len() > end + 1).then(|| &bytes[..end])
}

/// Where the line at the start of `bytes` has its `end`. Lines are C strings to the server: behind a
/// zero it does not look, and waits until the line is too long.
fn find(bytes: &[u8], end: u8) -> Option<usize> {
    let found = bytes.iter().position(|&byte| byte == end || byte == 0)?;
    (bytes[found] == end).then_some(found)
}

/// Waits for the rest of a line, unless it is too long already.
fn incomplete(line: &[u8], too_long: ProtocolError) -> Result<bool, ProtocolError> {
    if line.len() > MAX_LINE {
        Err(too_long)
    } else {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All requests in `bytes`, which arrive in pieces of `step` bytes.
    fn decode(bytes: &[u8], step: usize) -> Result<Vec<Vec<Vec<u8>>>, ProtocolError> {
        let mut decoder = Decoder::new();
        let mut buffer = Vec::new();
        let mut requests = Vec::new();
        for piece in bytes.chunks(step) {
            buffer.extend_from_slice(piece);
            loop {
                let Some(frame) = decoder.next(&buffer)? else {
                    break;
                };
                requests.push(frame.args.iter().map(|arg| arg.to_vec()).collect());
                let len = frame.len;
                drop(frame);
                buffer.drain(..len);
            }
        }
        Ok(requests)
    }

    #[test]
    fn the_same_in_pieces_of_any_size() {
        let bytes = b"*2\r\n$4\r\nECHO\r\n$5\r\na\r\nb\0\r\nSET k \"a b\"\r\n\r\n*0\r\n*-1\r\n*1\r\n$0\r\n\r\n";
        let expected: Vec<Vec<Vec<u8>>> = [
            &[&b"ECHO"[..], b"a\r\nb\0"][..],
            &[b"SET", b"k", b"a b"],
            &[],
            &[],
            &[],
            &[b""],
        ]
        .iter()
        .map(|words| words.iter().map(|word| word.to_vec()).collect())
        .collect();
        for step in 1..=bytes.len() {
            assert_eq!(decode(bytes, step), Ok(expected.clone()), "step {step}");
        }
    }

    #[test]
    fn lengths_that_are_none() {
        for bad in ["*\r\n", "*x\r\n", "*01\r\n", "*+1\r\n", "*2147483648\r\n"] {
            let error = Err(ProtocolError::InvalidArrayLength);
            assert_eq!(decode(bad.as_bytes(), 3), error, "{bad}");
        }
        for bad in ["$\r\n", "$-1\r\n", "$ 1\r\n", "$536870913\r\n"] {
            let error = Err(ProtocolError::InvalidBulkLength);
            assert_eq!(decode(format!("*1\r\n{bad}").as_bytes(), 3), error, "{bad}");
        }
        for (bad, byte) in [("PING\r\n", b'P'), ("\r\n", b'\r'), (":1\r\n", b':')] {
            let error = Err(ProtocolError::ExpectedBulk(byte));
            assert_eq!(decode(format!("*1\r\n{bad}").as_bytes(), 3), error, "{bad}");
        }
    }

    #[test]
    fn lines_without_end() {
        for (start, error) in [
            ("", ProtocolError::InlineTooBig),
            ("*", ProtocolError::ArrayLengthTooBig),
            ("*1\r\n", ProtocolError::BulkLengthTooBig),
        ] {
            let line = format!("{start}{}", "1".repeat(MAX_LINE + 1));
            assert_eq!(decode(line.as_bytes(), 1000), Err(error));
        }
    }

    #[test]
    fn guests_send_little() {
        let ask = |is_guest: bool, bytes: &[u8]| {
            let mut decoder = Decoder::new();
            decoder.set_guest(is_guest);
            decoder.next(bytes).map(|frame| frame.is_some())
        };
        for (bytes, refusal) in [
            (&b"*11\r\n"[..], ProtocolError::GuestArrayLength),
            (b"*1000\r\n", ProtocolError::GuestArrayLength),
            (b"*1\r\n$16385\r\n", ProtocolError::GuestBulkLength),
        ] {
            assert_eq!(ask(true, bytes), Err(refusal));
            assert_eq!(ask(false, bytes), Ok(false));
        }
        assert_eq!(ask(true, b"*10\r\n$16384\r\n"), Ok(false));
    }

    #[test]
    fn a_promised_length_allocates_nothing() {
        let mut decoder = Decoder::new();
        let buffer = b"*2147483647\r\n$536870912\r\nabc";
        assert!(decoder.next(buffer).unwrap().is_none());
        assert_eq!(decoder.args.capacity(), 0);
    }

    /// Bytes that are often nearly a request.
    fn nearly_requests() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            8 => Just(b"*2\r\n$4\r\nECHO\r\n$3\r\na\0b\r\n".to_vec()),
            4 => prop::sample::select(vec!["*1\r\n", "$3\r\n", "*-1\r\n", "PING", "\r\n", "\n", "\"", "$", "*"])
                .prop_map(|text| text.as_bytes().to_vec()),
            2 => prop::collection::vec(any::<u8>(), 0..8),
            1 => any::<i64>().prop_map(|n| format!("${n}\r\n").into_bytes()),
        ];
        prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn pieces_never_matter(bytes in nearly_requests(), step in 1usize..40) {
            let whole = decode(&bytes, bytes.len().max(1));
            prop_assert_eq!(decode(&bytes, step), whole);
        }
    }
}
