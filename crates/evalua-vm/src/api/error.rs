//! [`Error`]: what can go wrong between Rust and Lua.
//!
//! Owns: the kinds of errors with what is known of each, and every text that this layer adds. It must
//! not know how an error passes through the machine.

use super::value::Value;
use evalua_syntax::chunk_id;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why Lua code, or something done with its values, failed.
///
/// `Display` shows the message, as `lua5.1` would show it; the alternate form `{:#}` adds the
/// traceback. It is one pointer large, and can go to other threads.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    chunk: Option<String>,
    line: Option<u32>,
    traceback: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    mismatch: Option<Mismatch>,
    /// Tells the errors that came out of a machine apart; 0 for others.
    id: u64,
}

/// What sort of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The source text is no Lua. `incomplete`: more text at its end could mend it, so a prompt
    /// would ask for another line.
    Syntax {
        /// Whether the text ends too early.
        incomplete: bool,
    },
    /// Lua code raised an error, or a callback did.
    Runtime,
    /// The ceiling of memory is reached, or the system has no more.
    Memory,
    /// The instruction budget is used up ([`Limits`](crate::Limits)).
    Budget,
    /// An [`InterruptHandle`](crate::InterruptHandle) was used.
    Interrupted,
    /// The script called `os.exit`, with this status: what follows is for the host to decide.
    Exit(i32),
    /// A value is not of the type that was asked for.
    Conversion,
    /// What is in a userdata is borrowed, taken, or of another type.
    UserData,
    /// A value belongs to another [`Lua`](crate::Lua).
    Foreign,
    /// The state was reached where it cannot be: from a destructor that the collector runs, or from
    /// a writer of the script's output.
    Busy,
    /// An error of the host's: see [`StdError::source`].
    External,
}

/// A value of the wrong type.
#[derive(Clone)]
pub(super) struct Mismatch {
    expected: String,
    got: Cow<'static, str>,
    /// The argument or result that it was, counted from 1.
    position: Option<usize>,
}

impl Mismatch {
    fn text(&self) -> String {
        format!("{} expected, got {}", self.expected, self.got)
    }

    /// The position of an argument, and the text as PUC words it.
    pub(super) fn argument(&self) -> Option<(usize, String)> {
        self.position.map(|position| (position, self.text()))
    }
}

impl Error {
    fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            chunk: None,
            line: None,
            traceback: None,
            source: None,
            mismatch: None,
            id: 0,
        }))
    }

    /// An error for a callback to return. Lua code that catches it gets the message with the position
    /// of the call in front, as `error` puts it.
    pub fn runtime(message: impl fmt::Display) -> Error {
        Error::new(ErrorKind::Runtime, message.to_string())
    }

    /// An error of the host's, for a callback to return. It comes back as the
    /// [`source`](StdError::source) where the error leaves Lua again.
    pub fn external(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        let source = error.into();
        let mut made = Error::new(ErrorKind::External, source.to_string());
        made.0.source = Some(Arc::from(source));
        made
    }

    /// A value is not what was asked for: what [`FromLua`](crate::FromLua) for a type of your own returns. It says
    /// "… expected, got …"; of an argument it becomes Lua's "bad argument" error, and it names the field or
    /// item that the value was in.
    ///
    /// ```
    /// use evalua_vm::{Error, FromLua, Lua, Result, Value};
    ///
    /// enum Level {
    ///     Low,
    ///     High,
    /// }
    ///
    /// impl FromLua for Level {
    ///     fn from_lua(value: Value, _lua: &Lua) -> Result<Level> {
    ///         match value.as_str() {
    ///             Some("low") => Ok(Level::Low),
    ///             Some("high") => Ok(Level::High),
    ///             Some(other) => Err(Error::mismatch("'low' or 'high'", format!("'{other}'"))),
    ///             None => Err(Error::mismatch("'low' or 'high'", value.type_name())),
    ///         }
    ///     }
    /// }
    ///
    /// let lua = Lua::new();
    /// lua.globals().set("set_level", lua.create_function(|_, _: Level| Ok(()))?)?;
    /// let error = lua.load("set_level('loud')").set_name("=app").exec().unwrap_err();
    /// assert_eq!(
    ///     error.message(),
    ///     "app:1: bad argument #1 to 'set_level' ('low' or 'high' expected, got 'loud')"
    /// );
    /// # Ok::<(), Error>(())
    /// ```
    pub fn mismatch(expected: impl Into<String>, got: impl Into<Cow<'static, str>>) -> Error {
        let mismatch = Mismatch {
            expected: expected.into(),
            got: got.into(),
            position: None,
        };
        let mut made = Error::new(ErrorKind::Conversion, mismatch.text());
        made.0.mismatch = Some(mismatch);
        made
    }

    /// A value cannot become what was asked for.
    #[cfg(feature = "serde")]
    pub(super) fn conversion(message: String) -> Error {
        Error::new(ErrorKind::Conversion, message)
    }

    /// Says which part of a value it was.
    pub(super) fn inside(mut self, part: fmt::Arguments<'_>) -> Error {
        if let Some(mismatch) = &mut self.0.mismatch {
            mismatch.expected = format!("{} in {part}", mismatch.expected);
            self.0.message = mismatch.text();
        }
        self
    }

    /// Says under which key of a table a value was.
    pub(super) fn under(self, key: &Value) -> Error {
        match key {
            Value::String(name) => self.inside(format_args!("field '{}'", name.to_string_lossy())),
            Value::Number(n) => self.inside(format_args!("item {n}")),
            _ => self.inside(format_args!("a field")),
        }
    }

    /// Says which argument or result a value was, and whether there was one at all.
    pub(super) fn at_position(mut self, position: usize, is_there: bool) -> Error {
        if let Some(mismatch) = &mut self.0.mismatch {
            if !is_there && mismatch.got == "nil" {
                mismatch.got = Cow::Borrowed("no value");
            }
            let position = position + mismatch.position.map_or(0, |before| before - 1);
            mismatch.position = Some(position);
            self.0.message = format!("bad value #{position} ({})", mismatch.text());
        }
        self
    }

    /// Says that it was a result of a call. For a callback that made the call and passes this on, it is not
    /// about an argument of its own.
    pub(super) fn of_results(mut self) -> Error {
        if let Some((position, text)) = self.0.mismatch.take().and_then(|m| m.argument()) {
            self.0.message = format!("bad result #{position} ({text})");
        }
        self
    }

    pub(super) fn out_of_memory() -> Error {
        Error::new(ErrorKind::Memory, crate::error::text::NOT_ENOUGH_MEMORY)
    }

    pub(super) fn out_of_budget() -> Error {
        Error::new(ErrorKind::Budget, "instruction budget exhausted")
    }

    pub(super) fn interrupted() -> Error {
        Error::new(ErrorKind::Interrupted, "interrupted")
    }

    pub(super) fn exit(status: i32) -> Error {
        Error::new(
            ErrorKind::Exit(status),
            format!("the script called os.exit with status {status}"),
        )
    }

    pub(super) fn syntax(message: &[u8], line: Option<u32>, incomplete: bool) -> Error {
        let message = String::from_utf8_lossy(message);
        let mut made = Error::new(ErrorKind::Syntax { incomplete }, message);
        made.0.line = line;
        made
    }

    pub(super) fn userdata(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::UserData, message)
    }

    pub(super) fn foreign() -> Error {
        Error::new(ErrorKind::Foreign, "the value belongs to another Lua state")
    }

    pub(super) fn busy() -> Error {
        Error::new(
            ErrorKind::Busy,
            "the Lua state is in use: it cannot be reached from a destructor or a writer of output",
        )
    }

    /// Adds where it happened: the chunk by its name with `@` or `=`, the line, the call stack.
    pub(super) fn located(
        mut self,
        chunk: Option<&[u8]>,
        line: Option<u32>,
        traceback: Option<Vec<u8>>,
    ) -> Error {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.0.chunk = chunk.map(|name| text(&chunk_id(name)));
        self.0.line = line.or(self.0.line);
        self.0.traceback = traceback.map(|bytes| text(&bytes));
        self
    }

    /// The same error with another message.
    pub(super) fn saying(mut self, message: &str) -> Error {
        message.clone_into(&mut self.0.message);
        self
    }

    pub(super) fn with_id(mut self, id: u64) -> Error {
        self.0.id = id;
        self
    }

    pub(super) fn id(&self) -> u64 {
        self.0.id
    }

    pub(super) fn mismatch_of(&self) -> Option<&Mismatch> {
        self.0.mismatch.as_ref()
    }

    /// What sort of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What it says, with the position in front where Lua puts one. Bytes that are not UTF-8 are
    /// replaced.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The chunk it happened in, as messages name it, such as `[string "x = = 1"]` or `script.lua`.
    pub fn chunk(&self) -> Option<&str> {
        self.0.chunk.as_deref()
    }

    /// The line of Lua code that ran, or that is wrong.
    pub fn line(&self) -> Option<u32> {
        self.0.line
    }

    /// The calls that were in progress, as `debug.traceback` shows them. Only for errors that Lua code
    /// raised, or a callback that it called.
    pub fn traceback(&self) -> Option<&str> {
        self.0.traceback.as_deref()
    }

    /// The host's error in it, if it is of this type: its [`source`](StdError::source).
    ///
    /// ```
    /// # use evalua_vm::{Error, Lua};
    /// let lua = Lua::new();
    /// let read = lua.create_function(|_, path: String| Ok(std::fs::read_to_string(path)?))?;
    /// let error = read.call::<String>("/no/such/file").unwrap_err();
    /// let io = error.downcast_ref::<std::io::Error>().map(|io| io.kind());
    /// assert_eq!(io, Some(std::io::ErrorKind::NotFound));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn downcast_ref<T: StdError + 'static>(&self) -> Option<&T> {
        self.source()?.downcast_ref()
    }

    /// Whether this is a syntax error that more source text could mend.
    pub fn is_incomplete(&self) -> bool {
        self.0.kind == ErrorKind::Syntax { incomplete: true }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match &self.0.traceback {
            Some(traceback) if f.alternate() => write!(f, "\n{traceback}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("chunk", &self.0.chunk)
            .field("line", &self.0.line)
            .field("traceback", &self.0.traceback)
            .finish_non_exhaustive()
    }
}

/// Two errors are equal if they are of one kind and say the same, wherever they happened.
impl PartialEq for Error {
    fn eq(&self, other: &Error) -> bool {
        self.0.kind == other.0.kind && self.0.message == other.0.message
    }
}

/// So that `?` works on input and output in a callback: [`Error::external`].
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::external(error)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}
