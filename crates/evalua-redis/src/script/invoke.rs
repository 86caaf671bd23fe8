//! [`Script`]: a script as a Rust program runs it.

use std::borrow::Cow;

use crate::error::Error;
use crate::from_reply::FromReply;
use crate::redis::Redis;
use crate::session::Session;

use super::sha::Sha;

/// A Lua script.
///
/// ```
/// use evalua_redis::{Redis, Script};
///
/// let add = Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])");
/// let mut redis = Redis::new();
/// let visits: i64 = add.key("visits").arg(5).invoke(&mut redis)?;
/// assert_eq!(visits, 5);
/// # Ok::<(), evalua_redis::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    source: Vec<u8>,
}

impl Script {
    /// The script of that source. It is compiled where it runs for the first time.
    pub fn new(source: impl Into<Vec<u8>>) -> Script {
        Script {
            source: source.into(),
        }
    }

    /// The name that EVALSHA and error replies know it by.
    pub fn sha(&self) -> Sha {
        Sha::of(&self.source)
    }

    /// Runs it with this as its first key.
    pub fn key(&self, key: impl ToArg) -> Invocation<'_> {
        self.prepare().key(key)
    }

    /// Runs it with this as its first argument.
    pub fn arg(&self, arg: impl ToArg) -> Invocation<'_> {
        self.prepare().arg(arg)
    }

    /// Runs it, with keys and arguments still to come.
    pub fn prepare(&self) -> Invocation<'_> {
        Invocation {
            script: self,
            keys: Vec::new(),
            args: Vec::new(),
        }
    }

    /// Runs it without keys and arguments.
    ///
    /// # Errors
    /// When the script fails, or what it returns is no `T`.
    pub fn invoke<T: FromReply>(&self, redis: &mut Redis) -> Result<T, Error> {
        self.prepare().invoke(redis)
    }
}

/// A script with what it is to be run with. A value: each step gives a new one.
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `invoke`"]
pub struct Invocation<'a> {
    script: &'a Script,
    keys: Vec<Vec<u8>>,
    args: Vec<Vec<u8>>,
}

impl Invocation<'_> {
    /// Adds a key: the next of KEYS.
    pub fn key(mut self, key: impl ToArg) -> Self {
        self.keys.push(key.to_arg());
        self
    }

    /// Adds an argument: the next of ARGV.
    pub fn arg(mut self, arg: impl ToArg) -> Self {
        self.args.push(arg.to_arg());
        self
    }

    /// Runs the script, in the engine's own session.
    ///
    /// # Errors
    /// When the script fails, or what it returns is no `T`.
    pub fn invoke<T: FromReply>(&self, redis: &mut Redis) -> Result<T, Error> {
        T::from_reply(redis.command(&self.words()))
    }

    /// Runs the script in a session of the caller's.
    ///
    /// # Errors
    /// When the script fails, or what it returns is no `T`.
    pub fn invoke_in<T: FromReply>(
        &self,
        redis: &mut Redis,
        session: &mut Session,
    ) -> Result<T, Error> {
        let words = self.words();
        let words: Vec<&[u8]> = words.iter().map(AsRef::as_ref).collect();
        T::from_reply(redis.execute(session, &words))
    }

    /// How many keys there are.
    pub(crate) fn key_count(&self) -> usize {
        self.keys.len()
    }

    /// The EVAL that runs it.
    pub(crate) fn words(&self) -> Vec<Cow<'_, [u8]>> {
        let count = self.keys.len().to_string().into_bytes();
        let mut words: Vec<Cow<'_, [u8]>> =
            vec![b"EVAL".into(), (&self.script.source).into(), count.into()];
        words.extend(self.keys.iter().chain(&self.args).map(Cow::from));
        words
    }
}

/// What can be a key or an argument.
pub trait ToArg {
    /// The bytes that the script sees.
    fn to_arg(&self) -> Vec<u8>;
}

impl<T: ToArg + ?Sized> ToArg for &T {
    fn to_arg(&self) -> Vec<u8> {
        (**self).to_arg()
    }
}

/// Declares types whose bytes are the argument.
macro_rules! bytes {
    ($($type:ty),*) => {
        $(impl ToArg for $type {
            fn to_arg(&self) -> Vec<u8> {
                AsRef::<[u8]>::as_ref(self).to_vec()
            }
        })*
    };
}

bytes!(str, String, [u8], Vec<u8>);

impl<const N: usize> ToArg for [u8; N] {
    fn to_arg(&self) -> Vec<u8> {
        self.to_vec()
    }
}

/// Declares types whose text is the argument.
macro_rules! numbers {
    ($($type:ty),*) => {
        $(impl ToArg for $type {
            fn to_arg(&self) -> Vec<u8> {
                self.to_string().into_bytes()
            }
        })*
    };
}

numbers!(
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64
);
