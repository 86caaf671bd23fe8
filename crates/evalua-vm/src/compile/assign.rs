//! Assignments.
//!
//! Owns: the order of targets, values and stores. It must not know how a value is stored.

use super::desc::{Desc, Key, Kind};
use super::error::Result;
use super::function::FunctionCompiler;
use crate::bytecode::instr::Instr;
use crate::bytecode::op::Op;
use evalua_syntax::ast::ExprId;
use smallvec::SmallVec;

impl FunctionCompiler<'_> {
    pub(super) fn assign(&mut self, targets: &[ExprId], values: &[ExprId]) -> Result<()> {
        let mut places: SmallVec<[Desc; 2]> = SmallVec::new();
        for &target in targets {
            let place = self.expr(target)?;
            if let Kind::Local(register) = place.kind {
                self.save_from_overwriting(&mut places, register)?;
            }
            places.push(place);
        }
        let last = self.expr_list(values)?;
        if let Some(mut value) = last
            && values.len() == places.len()
        {
            // The last value goes straight to its target.
            self.fetch(&mut value)?;
            if let Some(place) = places.pop() {
                self.store(&place, value)?;
            }
        } else {
            self.adjust(places.len(), values.len(), last)?;
            let surplus = values.len().saturating_sub(places.len());
            self.release_from(self.free_register() - surplus as u8);
        }
        for place in places.iter().rev() {
            let value = Desc::new(Kind::Register(self.free_register() - 1));
            self.store(place, value)?;
        }
        Ok(())
    }

    /// In `a[i], i = …`, the local is assigned to before it is used as object or key of an earlier
    /// target: these use a copy.
    fn save_from_overwriting(&mut self, places: &mut [Desc], local: u8) -> Result<()> {
        let copy = self.free_register();
        let mut conflict = false;
        for place in places {
            if let Kind::Indexed { object, key } = &mut place.kind {
                if *object == local {
                    *object = copy;
                    conflict = true;
                }
                if let Key::Register(register) = key
                    && *register == local
                {
                    *register = copy;
                    conflict = true;
                }
            }
        }
        if conflict {
            self.code
                .emit(Instr::abc(Op::Move, copy, local.into(), 0))?;
            self.reserve(1)?;
        }
        Ok(())
    }
}
