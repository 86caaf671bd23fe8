//! [`Args`]: a command's arguments, and the extractors that turn them into numbers and options with
//! the server's errors.

use std::ops::Index;

use crate::errors::{self, CommandError};
use crate::extended::Extended;
use crate::number;

/// The arguments of one command, its name first, borrowed from whoever calls.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a>(&'a [&'a [u8]]);

impl<'a> Args<'a> {
    /// Wraps the arguments, the command's name first.
    pub fn new(args: &'a [&'a [u8]]) -> Args<'a> {
        Args(args)
    }

    /// How many there are, the name included.
    #[allow(clippy::len_without_is_empty, reason = "there is always a name")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The argument at `index`.
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        self.0.get(index).copied()
    }

    /// All of them.
    pub fn as_slice(&self) -> &'a [&'a [u8]] {
        self.0
    }

    /// Those from `index` on; none when there are fewer.
    pub fn from(&self, index: usize) -> &'a [&'a [u8]] {
        self.0.get(index..).unwrap_or_default()
    }

    /// Those from `index` on, two by two; `None` when one is left over.
    pub fn pairs(
        &self,
        index: usize,
    ) -> Option<impl ExactSizeIterator<Item = (&'a [u8], &'a [u8])>> {
        let rest = self.from(index);
        rest.len()
            .is_multiple_of(2)
            .then(|| rest.chunks_exact(2).map(|pair| (pair[0], pair[1])))
    }

    /// The argument at `index` as an integer.
    ///
    /// # Errors
    /// [`errors::NOT_AN_INTEGER`].
    pub fn int(&self, index: usize) -> Result<i64, CommandError> {
        int(self[index])
    }

    /// The argument at `index` as a double.
    ///
    /// # Errors
    /// [`errors::NOT_A_FLOAT`].
    pub fn double(&self, index: usize) -> Result<f64, CommandError> {
        double(self[index])
    }

    /// `count` keys from `index` on, and a cursor over the words behind them; `None` when there are
    /// not so many arguments.
    pub fn keys(&self, index: usize, count: usize) -> Option<(&'a [&'a [u8]], Words<'a>)> {
        let (keys, rest) = self.from(index).split_at_checked(count)?;
        Some((keys, Words { rest }))
    }

    /// A cursor over the words from `index` on, for options.
    pub fn words(&self, index: usize) -> Words<'a> {
        Words {
            rest: self.from(index),
        }
    }
}

impl<'a> Index<usize> for Args<'a> {
    type Output = &'a [u8];

    /// The argument at `index`; the gate has checked that the arity's are there.
    fn index(&self, index: usize) -> &&'a [u8] {
        &self.0[index]
    }
}

/// Reads an integer.
///
/// # Errors
/// [`errors::NOT_AN_INTEGER`].
pub fn int(text: &[u8]) -> Result<i64, CommandError> {
    number::parse_int(text).ok_or(errors::NOT_AN_INTEGER)
}

/// A number as one of elements or bytes; what is more than there can be is as many as there can be. `None` below 0.
pub fn amount(number: i64) -> Option<usize> {
    let number = u64::try_from(number).ok()?;
    Some(usize::try_from(number).unwrap_or(usize::MAX))
}

/// Reads a count of at least `min`.
///
/// # Errors
/// `error`, whatever is wrong.
pub fn at_least(text: &[u8], min: usize, error: CommandError) -> Result<usize, CommandError> {
    let count = number::parse_int(text).and_then(amount);
    count.filter(|&count| count >= min).ok_or(error)
}

/// Reads for how many seconds to wait at most, as milliseconds, rounded up; 0 is for ever.
///
/// # Errors
/// What is not a number, below zero, or beyond all time.
pub fn timeout_ms(text: &[u8]) -> Result<i64, CommandError> {
    let seconds = Extended::parse(text).ok_or(errors::TIMEOUT_NOT_A_FLOAT)?;
    match seconds.times_rounded_up(1000) {
        i64::MAX => Err(errors::TIMEOUT_OUT_OF_RANGE),
        ..0 => Err(errors::TIMEOUT_IS_NEGATIVE),
        ms => Ok(ms),
    }
}

/// Reads a double.
///
/// # Errors
/// [`errors::NOT_A_FLOAT`].
pub fn double(text: &[u8]) -> Result<f64, CommandError> {
    number::parse_double(text).ok_or(errors::NOT_A_FLOAT)
}

/// Whether an option word is `name`, in any case.
#[inline]
pub fn is(word: &[u8], name: &str) -> bool {
    word.eq_ignore_ascii_case(name.as_bytes())
}

/// A cursor over option words.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    rest: &'a [&'a [u8]],
}

impl<'a> Words<'a> {
    /// How many words are left.
    pub fn len(&self) -> usize {
        self.rest.len()
    }

    /// Whether no word is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The words that are left.
    pub fn rest(&self) -> &'a [&'a [u8]] {
        self.rest
    }

    /// The next word, not taken.
    pub fn peek(&self) -> Option<&'a [u8]> {
        self.rest.first().copied()
    }

    /// Takes the next word when it is `name`.
    pub fn accept(&mut self, name: &str) -> bool {
        let found = self.peek().is_some_and(|word| is(word, name));
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// The word that an option needs behind it.
    ///
    /// # Errors
    /// [`errors::SYNTAX`] when there is none.
    pub fn value(&mut self) -> Result<&'a [u8], CommandError> {
        self.next().ok_or(errors::SYNTAX)
    }

    /// The number of the option COUNT, which must be positive; 1 when no word is left, and no other
    /// word may be.
    ///
    /// # Errors
    /// [`errors::COUNT_NOT_POSITIVE`]; [`errors::SYNTAX`].
    pub fn count_or_one(&mut self) -> Result<usize, CommandError> {
        let count = match self.accept("COUNT") {
            true => at_least(self.value()?, 1, errors::COUNT_NOT_POSITIVE)?,
            false => 1,
        };
        match self.is_empty() {
            true => Ok(count),
            false => Err(errors::SYNTAX),
        }
    }

    /// The integer that an option needs behind it.
    ///
    /// # Errors
    /// [`errors::SYNTAX`] when there is no word, [`errors::NOT_AN_INTEGER`] when it is none.
    pub fn int(&mut self) -> Result<i64, CommandError> {
        int(self.value()?)
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (word, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(word)
    }
}
