//! A stream as C's `FILE` is one: a file, a pipe or a standard stream, with its buffers.
//!
//! Owns: buffering and the position of a file that is read and written. It must not know Lua values.
//! Standard output is the state's own sink, which `print` writes to as well: the caller hands it in.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Bytes read ahead.
const READ_AHEAD: usize = 4096;

/// Bytes held back before they are written.
const HELD_BACK: usize = 4096;

/// What is at the other end.
#[derive(Debug)]
enum End {
    File(File),
    /// A command whose output is read or whose input is written.
    Pipe(Child),
    StandardInput,
    /// The state's sink.
    StandardOutput,
    StandardError,
    Closed,
}

/// When bytes are written on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Buffering {
    Full,
    Line,
    None,
}

/// An open or closed stream.
#[derive(Debug)]
pub(super) struct Stream {
    end: End,
    can_read: bool,
    can_write: bool,
    buffering: Buffering,
    /// Bytes read ahead; those before `next` are used up.
    ahead: Vec<u8>,
    next: usize,
    /// Bytes not yet written.
    held: Vec<u8>,
}

/// The state's sink, where standard output goes.
pub(super) type Sink<'a> = &'a mut (dyn Write + Send);

impl Stream {
    fn new(end: End, can_read: bool, can_write: bool) -> Stream {
        Stream {
            end,
            can_read,
            can_write,
            buffering: Buffering::Full,
            ahead: Vec::new(),
            next: 0,
            held: Vec::new(),
        }
    }

    /// Whether its mode lets it be read.
    pub(super) fn can_read(&self) -> bool {
        self.can_read
    }

    /// Opens a file as C's `fopen` does.
    pub(super) fn open(path: &Path, mode: &[u8]) -> Result<Stream> {
        let updates = mode.iter().skip(1).any(|&flag| flag == b'+');
        let exclusive = mode.iter().skip(1).any(|&flag| flag == b'x');
        let mut options = File::options();
        let (can_read, can_write) = match mode.first() {
            Some(b'r') => (true, updates),
            Some(b'w') => {
                options.truncate(true);
                options.create_new(exclusive).create(!exclusive);
                (updates, true)
            }
            Some(b'a') => {
                options.append(true);
                options.create_new(exclusive).create(!exclusive);
                (updates, true)
            }
            _ => return Err(Error::from_raw_os_error(INVALID_ARGUMENT)),
        };
        options.read(can_read).write(can_write);
        let mut file = options.open(path)?;
        if mode.first() == Some(&b'a') && !can_read {
            // Where it will write; one that reads too begins at the start.
            file.seek(SeekFrom::End(0))?;
        }
        Ok(Stream::new(End::File(file), can_read, can_write))
    }

    /// A file without a name, which is gone when it is closed.
    pub(super) fn temporary() -> Result<Stream> {
        Ok(Stream::new(End::File(tempfile::tempfile()?), true, true))
    }

    /// Runs a command whose output is read, or whose input is written.
    pub(super) fn pipe(mut command: Command, reads: bool) -> Result<Stream> {
        if reads {
            command.stdout(Stdio::piped());
        } else {
            command.stdin(Stdio::piped());
        }
        Ok(Stream::new(End::Pipe(command.spawn()?), reads, !reads))
    }

    pub(super) fn standard_input() -> Stream {
        Stream::new(End::StandardInput, true, false)
    }

    pub(super) fn standard_output() -> Stream {
        Stream::new(End::StandardOutput, false, true)
    }

    pub(super) fn standard_error() -> Stream {
        let mut stream = Stream::new(End::StandardError, false, true);
        stream.buffering = Buffering::None;
        stream
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.end, End::Closed)
    }

    pub(super) fn is_standard(&self) -> bool {
        matches!(
            self.end,
            End::StandardInput | End::StandardOutput | End::StandardError
        )
    }

    /// Writes bytes, or holds them back.
    pub(super) fn write(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<()> {
        if !self.can_write {
            return Err(Error::from_raw_os_error(BAD_DESCRIPTOR));
        }
        self.forget_ahead()?;
        if matches!(self.end, End::StandardOutput) {
            // The sink has a buffer of its own, which `print` shares.
            sink.write_all(bytes)?;
            return match self.buffering {
                Buffering::None => sink.flush(),
                Buffering::Line if bytes.contains(&b'\n') => sink.flush(),
                Buffering::Line | Buffering::Full => Ok(()),
            };
        }
        self.held.extend_from_slice(bytes);
        let is_due = match self.buffering {
            Buffering::None => true,
            Buffering::Line => bytes.contains(&b'\n'),
            Buffering::Full => false,
        };
        if is_due || self.held.len() >= HELD_BACK {
            self.flush(sink)?;
        }
        Ok(())
    }

    /// Writes what was held back.
    pub(super) fn flush(&mut self, sink: Sink<'_>) -> Result<()> {
        let held = std::mem::take(&mut self.held);
        match &mut self.end {
            End::File(file) => file.write_all(&held),
            End::Pipe(child) => match &mut child.stdin {
                Some(input) => input.write_all(&held),
                None => Ok(()),
            },
            End::StandardOutput => sink.flush(),
            End::StandardError => std::io::stderr().write_all(&held),
            End::StandardInput | End::Closed => Ok(()),
        }
    }

    pub(super) fn set_buffering(&mut self, buffering: Buffering, sink: Sink<'_>) -> Result<()> {
        self.buffering = buffering;
        self.flush(sink)
    }

    /// Moves the position, and tells where it is then.
    pub(super) fn seek(&mut self, to: SeekFrom, sink: Sink<'_>) -> Result<u64> {
        self.flush(sink)?;
        self.forget_ahead()?;
        match &mut self.end {
            End::File(file) => match to {
                // C takes the offset as signed: none lies before the start.
                SeekFrom::Start(offset) if i64::try_from(offset).is_err() => {
                    Err(Error::from_raw_os_error(INVALID_ARGUMENT))
                }
                to => file.seek(to),
            },
            _ => Err(Error::from_raw_os_error(ILLEGAL_SEEK)),
        }
    }

    /// Closes it; a pipe's command is waited for.
    pub(super) fn close(&mut self, sink: Sink<'_>) -> Result<()> {
        let flushed = self.flush(sink);
        self.ahead.clear();
        self.next = 0;
        match std::mem::replace(&mut self.end, End::Closed) {
            End::Pipe(mut child) => {
                drop(child.stdin.take());
                drop(child.stdout.take());
                child.wait()?;
            }
            End::File(_)
            | End::StandardInput
            | End::StandardOutput
            | End::StandardError
            | End::Closed => {}
        }
        flushed
    }

    /// The next byte, which stays; `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>> {
        Ok(self.fill()?.first().copied())
    }

    /// Goes past bytes that are read ahead.
    pub(super) fn consume(&mut self, count: usize) {
        self.next = (self.next + count).min(self.ahead.len());
    }

    /// What is read ahead, at least a byte unless the end is reached.
    pub(super) fn fill(&mut self) -> Result<&[u8]> {
        if self.next >= self.ahead.len() {
            if !self.can_read {
                return Err(Error::from_raw_os_error(BAD_DESCRIPTOR));
            }
            if let End::File(file) = &mut self.end {
                let held = std::mem::take(&mut self.held);
                file.write_all(&held)?;
            }
            self.ahead.resize(READ_AHEAD, 0);
            self.next = 0;
            let read = loop {
                let read = match &mut self.end {
                    End::File(file) => file.read(&mut self.ahead),
                    End::Pipe(child) => match &mut child.stdout {
                        Some(output) => output.read(&mut self.ahead),
                        None => Ok(0),
                    },
                    End::StandardInput => std::io::stdin().read(&mut self.ahead),
                    End::StandardOutput | End::StandardError | End::Closed => Ok(0),
                };
                match read {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            self.ahead.truncate(*read.as_ref().unwrap_or(&0));
            read?;
        }
        Ok(&self.ahead[self.next..])
    }

    /// Puts the position where the reader is, before a write.
    fn forget_ahead(&mut self) -> Result<()> {
        let unused = self.ahead.len() - self.next;
        self.ahead.clear();
        self.next = 0;
        if let End::File(file) = &mut self.end
            && unused > 0
        {
            file.seek(SeekFrom::Current(-(unused as i64)))?;
        }
        Ok(())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // The sink outlives every stream, and what a failed write loses has nobody to be told to.
        let _ = self.close(&mut std::io::sink());
    }
}

/// `EBADF`.
const BAD_DESCRIPTOR: i32 = 9;
/// `EINVAL`.
pub(super) const INVALID_ARGUMENT: i32 = 22;
/// `ESPIPE`.
const ILLEGAL_SEEK: i32 = 29;
