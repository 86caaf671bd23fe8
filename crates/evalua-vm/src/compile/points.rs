//! Points, while a function is compiled.
//!
//! Owns: which counts of instructions make up a statement or a choice. Nothing here emits code: what is
//! recorded depends on the code, and never the other way round.

use super::code::Code;
use super::function::FunctionCompiler;
use super::jump::JumpList;
use crate::bytecode::op::{Op, Operand};
use crate::bytecode::point::{Choice, Point, Spot, Term};
use evalua_syntax::ast::{Span, Stat, StatKind};

/// What is recorded of a function.
#[derive(Debug, Default)]
pub(super) struct Points {
    pub(super) list: Vec<Point>,
    /// Jumps that pass by an unconditional one, since it would only lead them on: its position, and theirs.
    passing: Vec<(u32, u32)>,
}

impl Code {
    /// Takes note of jumps that do not go to the unconditional one that comes next, but where it goes.
    pub(super) fn note_passing(&mut self, list: JumpList) {
        if self.points.is_none() {
            return;
        }
        let passed = self.pc() as u32;
        let jumps = self.jumps_of(list);
        if let Some(points) = &mut self.points {
            let jumps = jumps.into_iter().map(|jump| (passed, jump));
            points.passing.extend(jumps);
        }
    }

    fn jumps_of(&self, list: JumpList) -> Vec<u32> {
        let mut jumps = Vec::new();
        let mut at = list.first();
        while let Some(pc) = at {
            jumps.push(pc as u32);
            at = self.next_in_list(pc);
        }
        jumps
    }

    /// Takes note of a choice: the ways to what is true, and to what is false, beside going on from `last`.
    pub(super) fn note_choice(
        &mut self,
        choice: (Choice, Span),
        last: Option<usize>,
        goes_on_if: bool,
        when_true: JumpList,
        when_false: JumpList,
    ) {
        // Without a jump of its own nothing is chosen here.
        let (true, Some(last)) = (self.points.is_some(), last) else {
            return;
        };
        let mut arms = [when_true, when_false].map(|list| {
            let jumps = self.jumps_of(list).into_iter();
            jumps.map(Term::Jumped).collect::<Vec<_>>()
        });
        arms[usize::from(!goes_on_if)].push(Term::WentOn(last as u32));
        self.note(Point::Choice(spot(choice.1), choice.0, arms));
    }

    /// Takes note of the choice of a `for` loop at `pc`: going on from there or jumping.
    pub(super) fn note_loop(&mut self, choice: Choice, span: Span, pc: usize, jumps_in: bool) {
        let pc = pc as u32;
        let mut arms = [vec![Term::WentOn(pc)], vec![Term::Jumped(pc)]];
        if jumps_in {
            arms.reverse();
        }
        self.note(Point::Choice(spot(span), choice, arms));
    }

    fn note(&mut self, point: Point) {
        if let Some(points) = &mut self.points {
            points.list.push(point);
        }
    }

    /// The points, once all jumps have their targets. A jump to the next instruction cannot be told from
    /// none, so there is no choice where one is: nothing lies between the two ways.
    pub(super) fn take_points(&mut self) -> Vec<Point> {
        let mut list = match &mut self.points {
            Some(points) => std::mem::take(points).list,
            None => return Vec::new(),
        };
        let leads_on = |term: &Term| match *term {
            Term::Ran(_) => false,
            Term::WentOn(pc) | Term::Jumped(pc) => {
                let instr = self.instrs[pc as usize];
                instr.op().has(Operand::J) && instr.j() == 0
            }
        };
        list.retain(|point| match point {
            Point::Statement(..) => true,
            Point::Choice(_, _, arms) => !arms.iter().flatten().any(leads_on),
        });
        list
    }
}

impl FunctionCompiler<'_> {
    /// Takes note of a statement whose code begins at `start`.
    pub(super) fn note_statement(&mut self, stat: &Stat, start: usize) {
        // What has no code of its own runs as what is in it.
        if matches!(stat.kind, StatKind::Do(_) | StatKind::Repeat { .. }) {
            return;
        }
        let code = &mut self.code;
        let end = code.pc();
        let first = match start.checked_sub(1) {
            _ if start < end => start,
            // Its variables are set to nil together with those before.
            Some(before) if code.instrs[before].op() == Op::LoadNil => before,
            _ => return,
        };
        let Some(points) = &mut code.points else {
            return;
        };
        let passing = points.passing.iter();
        let passing = passing.filter(|(passed, _)| *passed as usize == first);
        let terms = std::iter::once(Term::Ran(first as u32))
            .chain(passing.map(|(_, jump)| Term::Jumped(*jump)))
            .collect();
        points.list.push(Point::Statement(spot(stat.span), terms));
    }
}

fn spot(span: Span) -> Spot {
    Spot {
        at: span.start,
        line: span.line,
    }
}
