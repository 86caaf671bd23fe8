//! Coverage: how often the statements of a chunk ran, and which ways its choices went.
//!
//! Owns: the counts of a chunk, and what they come to. The loop for hooked coroutines counts each instruction;
//! the other knows nothing of it, so that what is not counted costs nothing. A chunk is compiled to the same
//! code either way: what it does, the errors it raises and the budget it uses are the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::bytecode::point::{Point, Spot, Term};
use crate::bytecode::proto::Prototype;

pub use crate::bytecode::point::Choice;

/// A place in a source, both numbers from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column, in bytes.
    pub column: u32,
}

/// How often a statement began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Where it begins.
    pub place: Place,
    /// How often. In a loop that tests first, each test counts.
    pub runs: u64,
}

/// How often either way of a choice was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Where the condition, the left operand or the loop begins.
    pub place: Place,
    /// What chooses.
    pub choice: Choice,
    /// The ways, in the order in which [`Choice`] names them; for `and` and `or`, what is true comes first.
    pub taken: [u64; 2],
}

/// What has been counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The statements, in the order of the source.
    pub statements: Vec<Statement>,
    /// The choices, in the order of the source.
    pub branches: Vec<Branch>,
}

/// The counts of a chunk, which go on while it can run.
#[derive(Clone, Debug)]
pub struct Counts(Arc<Chunk>);

#[derive(Debug)]
struct Chunk {
    points: Vec<(Place, Point)>,
    slots: Vec<Slot>,
}

/// The counts of an instruction.
#[derive(Debug, Default)]
struct Slot {
    ran: AtomicU32,
    went_on: AtomicU32,
    jumped: AtomicU32,
}

/// One more; at the largest number it stays. A state is used by one thread at a time, so nothing is lost.
fn bump(count: &AtomicU32) {
    let more = count.load(Ordering::Relaxed).saturating_add(1);
    count.store(more, Ordering::Relaxed);
}

impl Report {
    /// Adds what was counted elsewhere of the same source.
    pub fn merge(&mut self, other: &Report) {
        for (mine, more) in self.statements.iter_mut().zip(&other.statements) {
            mine.runs = mine.runs.saturating_add(more.runs);
        }
        for (mine, more) in self.branches.iter_mut().zip(&other.branches) {
            for (mine, more) in mine.taken.iter_mut().zip(more.taken) {
                *mine = mine.saturating_add(more);
            }
        }
    }
}

impl Counts {
    /// Whether the chunk is still there, or something that it has made of its functions.
    pub fn is_live(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// Counts for a chunk that was compiled with its points.
    pub(crate) fn new(main: &mut Prototype, source: &[u8]) -> Counts {
        let line_ends = source
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n');
        let line_starts = std::iter::once(0).chain(line_ends.map(|(at, _)| at as u32 + 1));
        let line_starts: Vec<u32> = line_starts.collect();
        let mut points = Vec::new();
        let mut instructions = 0;
        gather(main, &mut instructions, &mut |spot, point| {
            // What the lexer takes for a line is another thing where there are carriage returns.
            let start = line_starts.partition_point(|&start| start <= spot.at) - 1;
            let column = spot.at - line_starts[start] + 1;
            let line = spot.line;
            points.push((Place { line, column }, point));
        });
        points.sort_by_key(|(place, _)| *place);
        let slots = (0..instructions).map(|_| Slot::default()).collect();
        Counts(Arc::new(Chunk { points, slots }))
    }

    /// What has been counted so far.
    pub fn report(&self) -> Report {
        let mut report = Report::default();
        for &(place, ref point) in &self.0.points {
            match point {
                Point::Statement(_, terms) => report.statements.push(Statement {
                    place,
                    runs: self.sum(terms),
                }),
                Point::Choice(_, choice, arms) => report.branches.push(Branch {
                    place,
                    choice: *choice,
                    taken: [self.sum(&arms[0]), self.sum(&arms[1])],
                }),
            }
        }
        report
    }

    /// Begins anew.
    pub fn clear(&self) {
        for slot in &self.0.slots {
            for count in [&slot.ran, &slot.went_on, &slot.jumped] {
                count.store(0, Ordering::Relaxed);
            }
        }
    }

    fn sum(&self, terms: &[Term]) -> u64 {
        let count = |term: &Term| {
            let (Term::Ran(pc) | Term::WentOn(pc) | Term::Jumped(pc)) = *term;
            let slot = self.0.slots.get(pc as usize);
            slot.map_or(0, |slot| {
                let count = match term {
                    Term::Ran(_) => &slot.ran,
                    Term::WentOn(_) => &slot.went_on,
                    Term::Jumped(_) => &slot.jumped,
                };
                u64::from(count.load(Ordering::Relaxed))
            })
        };
        terms.iter().map(count).sum()
    }
}

/// Takes the points out of a function and those inside it, and numbers their instructions in the order in
/// which they are loaded, the inner ones first.
fn gather(proto: &mut Prototype, next: &mut u32, take: &mut dyn FnMut(Spot, Point)) {
    for inner in &mut proto.protos {
        gather(inner, next, take);
    }
    let first = *next;
    *next += proto.code.len() as u32;
    let renumber = |terms: &mut Vec<Term>| {
        for term in terms {
            let (Term::Ran(pc) | Term::WentOn(pc) | Term::Jumped(pc)) = term;
            *pc += first;
        }
    };
    for mut point in std::mem::take(&mut proto.points) {
        let spot = match &mut point {
            Point::Statement(spot, terms) => {
                renumber(terms);
                *spot
            }
            Point::Choice(spot, _, arms) => {
                arms.iter_mut().for_each(renumber);
                *spot
            }
        };
        take(spot, point);
    }
}

/// The counts of one function, as its prototype has them.
#[derive(Debug)]
pub(crate) struct Tally {
    counts: Counts,
    /// The slot of its first instruction.
    first: usize,
}

impl Tally {
    /// Counts the instruction that is about to run, after the one before it in the same call.
    pub(crate) fn count(&self, at: usize, before: Option<usize>) {
        let slots = &self.counts.0.slots;
        if let Some(slot) = slots.get(self.first + at) {
            bump(&slot.ran);
        }
        if let Some(before) = before
            && let Some(slot) = slots.get(self.first + before)
        {
            bump(match at == before + 1 {
                true => &slot.went_on,
                false => &slot.jumped,
            });
        }
    }
}

/// Gives out the tallies of a chunk that is being loaded.
pub(crate) struct Tallies {
    counts: Counts,
    next: usize,
}

impl Tallies {
    pub(crate) fn of(counts: &Counts) -> Tallies {
        Tallies {
            counts: counts.clone(),
            next: 0,
        }
    }

    /// The tally of the next function, with so many instructions.
    pub(crate) fn take(&mut self, instructions: usize) -> Box<Tally> {
        let first = self.next;
        self.next += instructions;
        Box::new(Tally {
            counts: self.counts.clone(),
            first,
        })
    }
}
