//! Target `resp_decode`: the requests in any bytes are the same however the bytes are cut, and each, sent
//! again as an array, is read back.

use evalua_server::decode::{Decoder, ProtocolError};

/// What a connection brings: its requests, and what ends it.
type Requests = (Vec<Vec<Vec<u8>>>, Option<ProtocolError>);

/// A line that is longer is refused or not by whether its end has come, as by the real server.
const LONGEST_LINE: usize = 64 * 1024;

/// Takes the first byte as the length of the pieces that the rest arrives in.
///
/// # Panics
/// When pieces make a difference, or a request is not read back.
pub fn target(data: &[u8]) {
    let Some((step, bytes)) = data.split_first() else {
        return;
    };
    if bytes.len() > LONGEST_LINE {
        return;
    }
    let whole = decode(bytes, bytes.len().max(1));
    for step in [1, usize::from(*step).max(2)] {
        assert_eq!(decode(bytes, step), whole, "in pieces of {step}");
    }
    let sent: Vec<u8> = whole.0.iter().flat_map(|words| encode(words)).collect();
    assert_eq!(decode(&sent, sent.len().max(1)), (whole.0, None));
}

/// All requests in `bytes`, which arrive in pieces of `step`, as the server reads them.
fn decode(bytes: &[u8], step: usize) -> Requests {
    let mut decoder = Decoder::new();
    let mut buffer = Vec::new();
    let mut requests = Vec::new();
    for piece in bytes.chunks(step) {
        buffer.extend_from_slice(piece);
        loop {
            let len = match decoder.next(&buffer) {
                Ok(Some(frame)) => {
                    assert!(frame.len > 0 && frame.len <= buffer.len());
                    if !frame.args.is_empty() {
                        requests.push(frame.args.iter().map(|word| word.to_vec()).collect());
                    }
                    frame.len
                }
                Ok(None) => break,
                Err(error) => return (requests, Some(error)),
            };
            buffer.drain(..len);
        }
    }
    (requests, None)
}

/// A request as clients send it.
fn encode(words: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
