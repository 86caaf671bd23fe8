//! What HRANDFIELD, SRANDMEMBER and ZRANDMEMBER share: how many elements, and which.

use crate::args::{Args, amount};
use crate::errors::{self, CommandError};
use crate::rng::Rng;

/// The most elements that are drawn with repetition. The server has no such bound, and would run
/// out of memory while it writes the reply.
const MAX_DRAWS: u64 = 1 << 24;

/// The count at `index`: so many different elements, or when negative so many draws with
/// repetition.
///
/// # Errors
/// [`errors::NOT_AN_INTEGER`]; [`errors::NOT_SYMMETRIC`].
pub fn count(args: Args<'_>, index: usize) -> Result<i64, CommandError> {
    match args.int(index)? {
        i64::MIN => Err(errors::NOT_SYMMETRIC),
        count => Ok(count),
    }
}

/// Whether each element comes with a second one, as the option `name` at `index` says, which nothing
/// may follow.
///
/// # Errors
/// [`errors::SYNTAX`]; [`errors::OUT_OF_RANGE`] when twice the count is too much.
pub fn with_second(
    args: Args<'_>,
    index: usize,
    name: &str,
    count: i64,
) -> Result<bool, CommandError> {
    let mut words = args.words(index);
    let given = words.accept(name);
    if !words.is_empty() {
        return Err(errors::SYNTAX);
    }
    if given && count.unsigned_abs() > i64::MAX as u64 / 2 {
        return Err(errors::OUT_OF_RANGE);
    }
    Ok(given)
}

/// The positions of the elements to give, of `len`: different ones in ascending order, or draws in
/// the order they were made.
///
/// # Errors
/// [`errors::OUT_OF_RANGE`].
pub fn positions(rng: &mut Rng, count: i64, len: usize) -> Result<Vec<usize>, CommandError> {
    match amount(count) {
        Some(count) => Ok(rng.sample(len, count)),
        None if len == 0 => Ok(Vec::new()),
        None if count.unsigned_abs() > MAX_DRAWS => Err(errors::OUT_OF_RANGE),
        None => Ok((count..0).map(|_| rng.below(len)).collect()),
    }
}
