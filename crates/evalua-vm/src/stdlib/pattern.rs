//! Lua 5.1's patterns over bytes.
//!
//! Owns the matcher and its captures. `find`, `match`, `gmatch` and `gsub`, which decide where a
//! match may begin and what becomes of it, are the string library's.
//!
//! PUC's matcher recurses in C. This one keeps the choices it may come back to in a vector, so a
//! pattern cannot exhaust the stack, and counts its work against the instruction budget, so that a
//! pattern which needs exponential time can be stopped.
//!
//! To C a pattern ends at its first NUL; `%z` stands for that byte.

use super::c_string;
use crate::error::Throw;
use crate::limits::Fuel;
use smallvec::SmallVec;
use std::ops::Range;

/// `LUA_MAXCAPTURES`.
const MAX_CAPTURES: usize = 32;

/// The most choices that may be open at once. Each item of a pattern opens at most one; PUC, where
/// each is a C call, dies of fewer.
const MAX_CHOICES: usize = 1 << 17;

/// Room for so many is kept from one match to the next.
const MAX_KEPT_CHOICES: usize = 64;

/// Longest run of characters that is taken before it is counted.
const PIECE: usize = 1 << 14;

/// What is wrong with a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// `%` is the last character.
    EndsWithPercent,
    /// A `[` has no `]`.
    MissingBracket,
    /// `%b` lacks one of its two characters.
    Unbalanced,
    /// `%f` is not followed by a set.
    FrontierWithoutSet,
    /// `)` without `(`.
    InvalidCapture,
    /// `%1` names a capture that is not there or not closed.
    InvalidCaptureIndex,
    /// More than 32 captures.
    TooManyCaptures,
    /// `(` without `)`.
    UnfinishedCapture,
    /// More open choices than the matcher keeps.
    TooComplex,
}

impl Fault {
    /// PUC's message.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::EndsWithPercent => "malformed pattern (ends with '%')",
            Self::MissingBracket => "malformed pattern (missing ']')",
            Self::Unbalanced => "unbalanced pattern",
            Self::FrontierWithoutSet => "missing '[' after '%f' in pattern",
            Self::InvalidCapture => "invalid pattern capture",
            Self::InvalidCaptureIndex => "invalid capture index",
            Self::TooManyCaptures => "too many captures",
            Self::UnfinishedCapture => "unfinished capture",
            Self::TooComplex => "pattern too complex",
        }
    }
}

/// Why a match came to no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MatchError {
    /// The pattern is at fault.
    Pattern(Fault),
    /// The budget is used up.
    Stopped(Throw),
}

impl From<Fault> for MatchError {
    fn from(fault: Fault) -> Self {
        Self::Pattern(fault)
    }
}

impl From<Throw> for MatchError {
    fn from(throw: Throw) -> Self {
        Self::Stopped(throw)
    }
}

/// What a capture holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Captured {
    /// These bytes of the subject.
    Text(Range<usize>),
    /// `()`: the offset of a place in the subject, from 0.
    Position(usize),
}

/// Where to go on: offsets into the subject and the pattern; `None` where a match fails.
type Next = Option<(usize, usize)>;

#[derive(Clone, Copy)]
enum Extent {
    Open,
    Position,
    Length(usize),
}

#[derive(Clone, Copy)]
struct Capture {
    start: usize,
    extent: Extent,
}

/// What the matcher does if the way it went fails. `subject` and `pattern` are offsets.
#[derive(Clone, Copy)]
enum Choice {
    /// `x?` took its character: go on without it.
    Skip { subject: usize, pattern: usize },
    /// `x*` or `x+` ran on to `subject`: go on from one before, down to `least`.
    Longest {
        least: usize,
        subject: usize,
        pattern: usize,
    },
    /// `x-`, which is `item`, took nothing more at `subject`: let it take one more.
    Shortest {
        subject: usize,
        item: usize,
        pattern: usize,
    },
    /// `(`: the capture is undone.
    Opened,
    /// `)`: the capture is open again.
    Closed { index: usize },
}

/// A pattern item that matches one character.
#[derive(Clone, Copy)]
enum Single<'p> {
    Any,
    Literal(u8),
    Class(u8),
    /// From `[` up to, and without, `]`.
    Set(&'p [u8]),
}

impl Single<'_> {
    #[inline]
    fn matches(self, byte: u8) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(literal) => byte == literal,
            Self::Class(class) => in_class(byte, class),
            Self::Set(set) => in_set(byte, set),
        }
    }

    /// The units that one comparison counts for.
    #[inline]
    fn cost(self) -> i64 {
        match self {
            Self::Set(set) => units(set.len()),
            Self::Any | Self::Literal(_) | Self::Class(_) => 1,
        }
    }
}

/// One pattern matched against one subject, as often as wanted.
pub(super) struct Matcher<'a> {
    subject: &'a [u8],
    pattern: &'a [u8],
    captures: [Capture; MAX_CAPTURES],
    level: usize,
    choices: SmallVec<[Choice; 8]>,
}

impl<'a> Matcher<'a> {
    /// A matcher of `pattern`, whose anchor the caller has taken off, against `subject`.
    pub(super) fn new(subject: &'a [u8], pattern: &'a [u8]) -> Self {
        Self {
            subject,
            pattern: c_string(pattern),
            captures: [Capture {
                start: 0,
                extent: Extent::Open,
            }; MAX_CAPTURES],
            level: 0,
            choices: SmallVec::new(),
        }
    }

    /// Where the match that begins at `start` ends, or `None` if there is none.
    ///
    /// # Errors
    /// When the pattern is malformed in a part that the match came to, or the budget is used up.
    pub(super) fn match_at(
        &mut self,
        fuel: &mut Fuel,
        start: usize,
    ) -> Result<Option<usize>, MatchError> {
        fuel.take(1)?;
        self.level = 0;
        self.choices.clear();
        let mut next = Some((start, 0));
        loop {
            next = match next {
                Some((subject, pattern)) if pattern == self.pattern.len() => {
                    // What a script does with the match may be to match again.
                    if self.choices.capacity() > MAX_KEPT_CHOICES {
                        self.choices = SmallVec::new();
                    }
                    return Ok(Some(subject));
                }
                Some((subject, pattern)) => self.item(fuel, subject, pattern)?,
                None => match self.choices.pop() {
                    Some(choice) => self.reconsider(fuel, choice)?,
                    None => return Ok(None),
                },
            };
        }
    }

    /// The byte that every match begins with, where the pattern begins with a plain character.
    pub(super) fn first_byte(&self) -> Option<u8> {
        plain(self.pattern)
    }

    /// The byte that a match of what begins at `pattern` must find next, where that is a plain
    /// character, perhaps behind ends of captures, which one way through them has found to be in order.
    #[inline]
    fn literal(&self, pattern: usize) -> Option<u8> {
        let rest = self.pattern.get(pattern..)?;
        let ends = rest.iter().take_while(|&&byte| byte == b')').count();
        plain(&rest[ends..])
    }

    /// How many captures the last match made.
    pub(super) fn capture_count(&self) -> usize {
        self.level
    }

    /// Capture `index`, from 0, of the last match, which was of `whole`. A pattern without captures
    /// captures its whole match.
    ///
    /// # Errors
    /// When there is no such capture, or it was never closed.
    pub(super) fn capture(&self, index: usize, whole: Range<usize>) -> Result<Captured, Fault> {
        if index >= self.level {
            return match index {
                0 => Ok(Captured::Text(whole)),
                _ => Err(Fault::InvalidCaptureIndex),
            };
        }
        let Capture { start, extent } = self.captures[index];
        match extent {
            Extent::Open => Err(Fault::UnfinishedCapture),
            Extent::Position => Ok(Captured::Position(start)),
            Extent::Length(length) => Ok(Captured::Text(start..start + length)),
        }
    }

    /// The byte of the pattern at an offset; as in C there is a NUL behind the last.
    #[inline]
    fn pattern_byte(&self, at: usize) -> u8 {
        self.pattern.get(at).copied().unwrap_or(0)
    }

    /// Matches the item at `pattern`.
    fn item(
        &mut self,
        fuel: &mut Fuel,
        subject: usize,
        pattern: usize,
    ) -> Result<Next, MatchError> {
        let following = self.pattern_byte(pattern + 1);
        match self.pattern[pattern] {
            b'(' if following == b')' => {
                self.open_capture(subject, Extent::Position)?;
                Ok(Some((subject, pattern + 2)))
            }
            b'(' => {
                self.open_capture(subject, Extent::Open)?;
                Ok(Some((subject, pattern + 1)))
            }
            b')' => {
                self.close_capture(subject)?;
                Ok(Some((subject, pattern + 1)))
            }
            b'%' if following == b'b' => {
                let end = self.balance(fuel, subject, pattern + 2)?;
                Ok(end.map(|end| (end, pattern + 4)))
            }
            b'%' if following == b'f' => self.frontier(fuel, subject, pattern + 2),
            b'%' if following.is_ascii_digit() => {
                let end = self.back_reference(fuel, subject, following)?;
                Ok(end.map(|end| (end, pattern + 2)))
            }
            b'$' if pattern + 1 == self.pattern.len() => {
                Ok((subject == self.subject.len()).then_some((subject, pattern + 1)))
            }
            _ => self.repeatable(fuel, subject, pattern),
        }
    }

    /// An item that matches one character, and what may follow it: `?`, `*`, `+` or `-`.
    #[inline]
    fn repeatable(
        &mut self,
        fuel: &mut Fuel,
        subject: usize,
        pattern: usize,
    ) -> Result<Next, MatchError> {
        let (single, end) = self.single(pattern)?;
        fuel.take(single.cost())?;
        let matches = match self.subject.get(subject) {
            Some(&byte) => single.matches(byte),
            None => false,
        };
        let after = end + 1;
        match self.pattern_byte(end) {
            b'?' if matches => {
                self.push(Choice::Skip {
                    subject,
                    pattern: after,
                })?;
                Ok(Some((subject + 1, after)))
            }
            b'?' => Ok(Some((subject, after))),
            b'+' if !matches => Ok(None),
            repeat @ (b'*' | b'+') => {
                let least = subject + usize::from(repeat == b'+');
                let run = if matches {
                    self.run(fuel, subject + 1, single)?
                } else {
                    subject
                };
                if run > least {
                    self.push(Choice::Longest {
                        least,
                        subject: run,
                        pattern: after,
                    })?;
                }
                Ok(Some((run, after)))
            }
            b'-' => {
                self.push(Choice::Shortest {
                    subject,
                    item: pattern,
                    pattern: after,
                })?;
                Ok(Some((subject, after)))
            }
            _ => Ok(matches.then_some((subject + 1, end))),
        }
    }

    /// Where the longest run of characters that match ends.
    fn run(&self, fuel: &mut Fuel, start: usize, single: Single<'_>) -> Result<usize, MatchError> {
        self.scan(fuel, start, single, |piece| {
            piece.iter().position(|&byte| !single.matches(byte))
        })
    }

    /// The first place from `start` on where `byte` stands, if all before it match.
    fn run_up_to(
        &self,
        fuel: &mut Fuel,
        start: usize,
        single: Single<'_>,
        byte: u8,
    ) -> Result<Option<usize>, MatchError> {
        let end = self.scan(fuel, start, single, |piece| match single {
            Single::Any => memchr::memchr(byte, piece),
            _ => (piece.iter()).position(|&b| b == byte || !single.matches(b)),
        })?;
        Ok((self.subject.get(end) == Some(&byte)).then_some(end))
    }

    /// The first place from `start` on where `stop` says so, or else the end of the subject; what lies
    /// before counts as compared with `single`.
    #[inline(always)]
    fn scan(
        &self,
        fuel: &mut Fuel,
        start: usize,
        single: Single<'_>,
        stop: impl Fn(&[u8]) -> Option<usize>,
    ) -> Result<usize, MatchError> {
        let mut at = start;
        // In pieces, so that a long one can be stopped.
        while at < self.subject.len() {
            let end = self.subject.len().min(at + PIECE);
            let piece = &self.subject[at..end];
            let count = stop(piece).unwrap_or(piece.len());
            fuel.take(units(count) * single.cost())?;
            at += count;
            if at < end {
                break;
            }
        }
        Ok(at)
    }

    /// Goes the other way of a choice.
    fn reconsider(&mut self, fuel: &mut Fuel, choice: Choice) -> Result<Next, MatchError> {
        fuel.take(1)?;
        match choice {
            Choice::Skip { subject, pattern } => Ok(Some((subject, pattern))),
            Choice::Longest {
                least,
                subject,
                pattern,
            } => {
                let mut subject = subject - 1;
                if let Some(byte) = self.literal(pattern) {
                    // Nowhere else can what follows match.
                    let tried = &self.subject[least..self.subject.len().min(subject + 1)];
                    let found = memchr::memrchr(byte, tried);
                    fuel.take(units(tried.len() - found.unwrap_or(0)))?;
                    match found {
                        Some(at) => subject = least + at,
                        None => return Ok(None),
                    }
                }
                if subject > least {
                    self.choices.push(Choice::Longest {
                        least,
                        subject,
                        pattern,
                    });
                }
                Ok(Some((subject, pattern)))
            }
            Choice::Shortest {
                subject,
                item,
                pattern,
            } => {
                let (single, _) = self.single(item)?;
                fuel.take(single.cost())?;
                match self.subject.get(subject) {
                    Some(&byte) if single.matches(byte) => {
                        let mut subject = subject + 1;
                        if let Some(byte) = self.literal(pattern) {
                            match self.run_up_to(fuel, subject, single, byte)? {
                                Some(at) => subject = at,
                                None => return Ok(None),
                            }
                        }
                        self.choices.push(Choice::Shortest {
                            subject,
                            item,
                            pattern,
                        });
                        Ok(Some((subject, pattern)))
                    }
                    _ => Ok(None),
                }
            }
            Choice::Opened => {
                self.level -= 1;
                Ok(None)
            }
            Choice::Closed { index } => {
                self.captures[index].extent = Extent::Open;
                Ok(None)
            }
        }
    }

    fn push(&mut self, choice: Choice) -> Result<(), Fault> {
        if self.choices.len() == MAX_CHOICES {
            return Err(Fault::TooComplex);
        }
        self.choices.push(choice);
        Ok(())
    }

    fn open_capture(&mut self, start: usize, extent: Extent) -> Result<(), Fault> {
        let slot = self
            .captures
            .get_mut(self.level)
            .ok_or(Fault::TooManyCaptures)?;
        *slot = Capture { start, extent };
        self.level += 1;
        self.push(Choice::Opened)
    }

    fn close_capture(&mut self, end: usize) -> Result<(), Fault> {
        let index = self.captures[..self.level]
            .iter()
            .rposition(|capture| matches!(capture.extent, Extent::Open))
            .ok_or(Fault::InvalidCapture)?;
        let capture = &mut self.captures[index];
        capture.extent = Extent::Length(end - capture.start);
        self.push(Choice::Closed { index })
    }

    /// `%1`: the text of a capture again.
    fn back_reference(
        &mut self,
        fuel: &mut Fuel,
        subject: usize,
        digit: u8,
    ) -> Result<Option<usize>, MatchError> {
        let capture = usize::from(digit)
            .checked_sub(usize::from(b'1'))
            .and_then(|index| self.captures[..self.level].get(index))
            .ok_or(Fault::InvalidCaptureIndex)?;
        let text = match capture.extent {
            Extent::Open => return Err(Fault::InvalidCaptureIndex.into()),
            // To PUC its length is a number that no subject reaches.
            Extent::Position => return Ok(None),
            Extent::Length(length) => &self.subject[capture.start..capture.start + length],
        };
        let found = self.subject[subject..].starts_with(text);
        let length = text.len();
        fuel.take(units(length))?;
        Ok(found.then_some(subject + length))
    }

    /// `%bxy`, whose two characters are at `pattern`.
    fn balance(
        &mut self,
        fuel: &mut Fuel,
        subject: usize,
        pattern: usize,
    ) -> Result<Option<usize>, MatchError> {
        let Some(&[opening, closing]) = self.pattern.get(pattern..pattern + 2) else {
            return Err(Fault::Unbalanced.into());
        };
        if self.subject.get(subject) != Some(&opening) {
            return Ok(None);
        }
        let mut depth = 1usize;
        for at in subject + 1..self.subject.len() {
            fuel.take(1)?;
            let byte = self.subject[at];
            if byte == closing {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some(at + 1));
                }
            } else if byte == opening {
                depth += 1;
            }
        }
        Ok(None)
    }

    /// `%f[set]`, whose set is at `pattern`: a place between a character outside and one inside.
    fn frontier(
        &mut self,
        fuel: &mut Fuel,
        subject: usize,
        pattern: usize,
    ) -> Result<Next, MatchError> {
        if self.pattern_byte(pattern) != b'[' {
            return Err(Fault::FrontierWithoutSet.into());
        }
        let (set, end) = self.single(pattern)?;
        fuel.take(set.cost())?;
        // Beyond both ends of the subject there is a NUL.
        let before = match subject {
            0 => 0,
            _ => self.subject[subject - 1],
        };
        let after = self.subject.get(subject).copied().unwrap_or(0);
        let here = !set.matches(before) && set.matches(after);
        Ok(here.then_some((subject, end)))
    }

    /// The single-character item at `start`, and the offset behind it.
    #[inline]
    fn single(&self, start: usize) -> Result<(Single<'a>, usize), Fault> {
        let pattern = self.pattern;
        match pattern[start] {
            b'.' => Ok((Single::Any, start + 1)),
            b'%' => match pattern.get(start + 1) {
                Some(&class) => Ok((Single::Class(class), start + 2)),
                None => Err(Fault::EndsWithPercent),
            },
            b'[' => {
                let end = set_end(pattern, start)?;
                Ok((Single::Set(&pattern[start..end]), end + 1))
            }
            literal => Ok((Single::Literal(literal), start + 1)),
        }
    }
}

/// The plain character that a pattern begins with, if there must be one.
#[inline]
fn plain(pattern: &[u8]) -> Option<u8> {
    match *pattern {
        [first, ref rest @ ..] if !b"^$*+?.([%-)".contains(&first) => match rest.first() {
            Some(b'*' | b'?' | b'-') => None,
            _ => Some(first),
        },
        _ => None,
    }
}

/// Where the `]` is that closes the set at `start`.
fn set_end(pattern: &[u8], start: usize) -> Result<usize, Fault> {
    let negated = pattern.get(start + 1) == Some(&b'^');
    let mut at = start + 1 + usize::from(negated);
    // A `]` in the first place is a member.
    loop {
        at += match pattern.get(at) {
            None => return Err(Fault::MissingBracket),
            Some(b'%') if at + 1 < pattern.len() => 2,
            Some(_) => 1,
        };
        if pattern.get(at) == Some(&b']') {
            return Ok(at);
        }
    }
}

/// Whether a pattern has a character that means more than itself.
pub(super) fn has_specials(pattern: &[u8]) -> bool {
    c_string(pattern)
        .iter()
        .any(|byte| b"^$*+?.([%-".contains(byte))
}

/// Where `needle` first stands in `subject`, as a plain text.
pub(super) fn find_plain(subject: &[u8], needle: &[u8]) -> Option<usize> {
    // What a few looks at the first byte do not find is worth the preparations of a searcher, whose
    // time does not depend on how often that byte occurs.
    const LOOKS: usize = 8;
    let Some(&first) = needle.first() else {
        return Some(0);
    };
    let mut from = 0;
    for _ in 0..LOOKS {
        let at = from + memchr::memchr(first, &subject[from..])?;
        if subject[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    memchr::memmem::find(&subject[from..], needle).map(|at| from + at)
}

/// The units of budget that a fast loop over `length` bytes counts for.
pub(super) fn units(length: usize) -> i64 {
    (length / 16 + 1) as i64
}

/// The letters of the classes, in the order of their bits in [`CLASSES`].
const LETTERS: [u8; 10] = *b"acdlpsuwxz";

/// The classes that each byte is of.
static CLASSES: [u16; 256] = {
    let mut classes = [0; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        let is = [
            byte.is_ascii_alphabetic(),
            byte.is_ascii_control(),
            byte.is_ascii_digit(),
            byte.is_ascii_lowercase(),
            byte.is_ascii_punctuation(),
            matches!(byte, b' ' | b'\t'..=b'\r'),
            byte.is_ascii_uppercase(),
            byte.is_ascii_alphanumeric(),
            byte.is_ascii_hexdigit(),
            byte == 0,
        ];
        let mut class = 0;
        while class < LETTERS.len() {
            classes[i] |= (is[class] as u16) << class;
            class += 1;
        }
        i += 1;
    }
    classes
};

/// The bit in [`CLASSES`] that each letter stands for, small or capital; 0 for other characters.
static CLASS_BITS: [u16; 256] = {
    let mut bits = [0; 256];
    let mut class = 0;
    while class < LETTERS.len() {
        bits[LETTERS[class] as usize] = 1 << class;
        bits[LETTERS[class].to_ascii_uppercase() as usize] = 1 << class;
        class += 1;
    }
    bits
};

/// Whether a byte is of the class of a letter; a capital letter negates; any other character stands
/// for itself.
#[inline]
fn in_class(byte: u8, class: u8) -> bool {
    match CLASS_BITS[usize::from(class)] {
        0 => byte == class,
        bit => (CLASSES[usize::from(byte)] & bit != 0) != class.is_ascii_uppercase(),
    }
}

/// Whether a byte is in a set, given from its `[` up to, and without, its `]`.
fn in_set(byte: u8, set: &[u8]) -> bool {
    let (negated, mut members) = match set {
        [_, b'^', members @ ..] => (true, members),
        [_, members @ ..] => (false, members),
        [] => return false,
    };
    loop {
        let (member, rest) = match members {
            [] => return negated,
            [b'%', class, rest @ ..] => (in_class(byte, *class), rest),
            [low, b'-', high, rest @ ..] => ((*low..=*high).contains(&byte), rest),
            [literal, rest @ ..] => (byte == *literal, rest),
        };
        if member {
            return !negated;
        }
        members = rest;
    }
}

#[cfg(test)]
mod tests;
