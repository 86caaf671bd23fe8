//! LCS: the longest common subsequence of two strings.
//!
//! The handler of one row of the string family, in a file of its own for its algorithm.

use crate::args::{Args, is};
use crate::errors;
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::Outcome;
use crate::values::StringValue;

#[derive(Default)]
struct Options {
    len: bool,
    idx: bool,
    with_match_len: bool,
    min_match_len: i64,
}

/// The longest common subsequence, its length, or the ranges that it consists of.
pub fn run(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let max = usize::try_from(ctx.core.config.proto_max_bulk_len).unwrap_or(usize::MAX);
    let mut read = |key| match ctx.db().read::<StringValue>(key) {
        Ok(value) => Ok(value
            .map(|value| value.as_bytes().into_owned())
            .unwrap_or_default()),
        Err(_) => Err(errors::LCS_NOT_STRINGS),
    };
    // Both are looked up, hence both marked as read, before either's type is told.
    let (a, b) = (read(args[1]), read(args[2]));
    let (a, b) = (a?, b?);

    let mut options = Options::default();
    let mut words = args.words(3);
    while let Some(word) = words.next() {
        if is(word, "IDX") {
            options.idx = true;
        } else if is(word, "LEN") {
            options.len = true;
        } else if is(word, "WITHMATCHLEN") {
            options.with_match_len = true;
        } else if is(word, "MINMATCHLEN") {
            options.min_match_len = words.int()?.max(0);
        } else {
            return Err(errors::SYNTAX);
        }
    }
    if options.len && options.idx {
        return Err(errors::LCS_LEN_AND_IDX);
    }
    if a.len().max(b.len()) >= u32::MAX as usize - 1 {
        return Err(errors::LCS_TOO_LONG);
    }
    let cells = (a.len() + 1).saturating_mul(b.len() + 1);
    if cells.saturating_mul(size_of::<u32>()) > max {
        return Err(errors::LCS_OUT_OF_MEMORY);
    }

    let lengths = Lengths::new(&a, &b);
    let total = Reply::Integer(i64::from(lengths.at(a.len(), b.len())));
    if options.idx {
        let ranges = lengths.matches(&a, &b).into_iter();
        let min = options.min_match_len;
        let ranges = ranges
            .filter(|range| range.len() >= min)
            .map(|range| range.to_reply(options.with_match_len));
        return Ok(Reply::facts([
            ("matches", Reply::Array(ranges.collect())),
            ("len", total),
        ]));
    }
    if options.len {
        return Ok(total);
    }
    let mut common: Vec<u8> = Vec::new();
    for range in lengths.matches(&a, &b).iter().rev() {
        common.extend_from_slice(&a[range.a..range.a_end]);
    }
    Ok(Reply::Bulk(common.into()))
}

/// The length of the longest common subsequence of every two prefixes.
struct Lengths {
    width: usize,
    cells: Vec<u32>,
}

impl Lengths {
    fn new(a: &[u8], b: &[u8]) -> Lengths {
        let width = b.len() + 1;
        let mut cells = vec![0; (a.len() + 1) * width];
        for (i, x) in a.iter().enumerate() {
            for (j, y) in b.iter().enumerate() {
                let here = (i + 1) * width + j + 1;
                cells[here] = if x == y {
                    cells[here - width - 1] + 1
                } else {
                    cells[here - width].max(cells[here - 1])
                };
            }
        }
        Lengths { width, cells }
    }

    fn at(&self, i: usize, j: usize) -> u32 {
        self.cells[i * self.width + j]
    }

    /// The runs of equal bytes that make up the subsequence, the last one first.
    fn matches(&self, a: &[u8], b: &[u8]) -> Vec<Match> {
        let mut matches: Vec<Match> = Vec::new();
        let (mut i, mut j) = (a.len(), b.len());
        while i > 0 && j > 0 {
            if a[i - 1] == b[j - 1] {
                i -= 1;
                j -= 1;
                match matches.last_mut() {
                    Some(last) if last.a == i + 1 && last.b == j + 1 => {
                        last.a = i;
                        last.b = j;
                    }
                    _ => matches.push(Match {
                        a: i,
                        b: j,
                        a_end: i + 1,
                    }),
                }
            } else if self.at(i - 1, j) > self.at(i, j - 1) {
                i -= 1;
            } else {
                j -= 1;
            }
        }
        matches
    }
}

/// A run of equal bytes in both strings.
struct Match {
    a: usize,
    b: usize,
    a_end: usize,
}

impl Match {
    fn len(&self) -> i64 {
        i64::try_from(self.a_end - self.a).unwrap_or(i64::MAX)
    }

    fn to_reply(&self, with_len: bool) -> Reply {
        let range = |start: usize| {
            let end = start + (self.a_end - self.a) - 1;
            Reply::Array(vec![Reply::count(start), Reply::count(end)])
        };
        let mut reply = vec![range(self.a), range(self.b)];
        if with_len {
            reply.push(Reply::Integer(self.len()));
        }
        Reply::Array(reply)
    }
}
