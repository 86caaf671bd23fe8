//! The constants of the function being compiled.
//!
//! Owns: numbering of constants, each once. It must not know the instructions that use them.
//!
//! The first 256 constants are those of PUC in the same order, though some end up inside instructions:
//! messages about fields name only these, for only these fit PUC's operands.

use super::error::Limit;
use crate::bytecode::proto::Constant;
use evalua_syntax::ast::StrId;
use evalua_syntax::hash::{mix, seed};
use std::sync::Arc;

/// How many constants, and how many inner functions, a function may have: PUC's 18 bits.
pub(super) const MAX_CONSTANTS: usize = 262_143;

/// Where a constant was found last, and in which function: what other functions have left counts as
/// nothing, so that nothing is cleared between them.
#[derive(Clone, Copy, Default)]
struct Known {
    function: u32,
    index: u32,
}

/// A number among the constants.
#[derive(Clone, Copy, Default)]
struct Number {
    bits: u64,
    known: Known,
}

/// The constants so far.
pub(super) struct Constants {
    pub(super) list: Vec<Constant>,
    /// The function being compiled; 0 is none.
    function: u32,
    nil: Known,
    bools: [Known; 2],
    /// For each string of the chunk.
    strings: Vec<Known>,
    /// A table of open addressing, of a power of two; at least half of it is free.
    numbers: Vec<Number>,
    /// Numbers of this function.
    numbers_used: usize,
    seed: u64,
}

impl Default for Constants {
    fn default() -> Constants {
        let numbers = vec![Number::default(); 16];
        Constants {
            list: Vec::new(),
            function: 1,
            nil: Known::default(),
            bools: Default::default(),
            strings: Vec::new(),
            seed: seed(&numbers),
            numbers,
            numbers_used: 0,
        }
    }
}

impl Constants {
    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.numbers_used = 0;
        // A chunk has fewer functions than bytes.
        self.function += 1;
    }

    pub(super) fn nil(&mut self) -> Result<u32, Limit> {
        if self.nil.function != self.function {
            self.nil = self.add(Constant::Nil)?;
        }
        Ok(self.nil.index)
    }

    pub(super) fn bool(&mut self, value: bool) -> Result<u32, Limit> {
        let place = usize::from(value);
        if self.bools[place].function != self.function {
            self.bools[place] = self.add(Constant::Bool(value))?;
        }
        Ok(self.bools[place].index)
    }

    #[inline]
    pub(super) fn string(
        &mut self,
        id: StrId,
        bytes: impl FnOnce() -> Arc<[u8]>,
    ) -> Result<u32, Limit> {
        let id = id.0 as usize;
        match self.strings.get(id) {
            Some(known) if known.function == self.function => Ok(known.index),
            _ => {
                let known = self.add(Constant::String(bytes()))?;
                if id >= self.strings.len() {
                    self.strings.resize(id + 1, Known::default());
                }
                self.strings[id] = known;
                Ok(known.index)
            }
        }
    }

    pub(super) fn number(&mut self, value: f64) -> Result<u32, Limit> {
        // 0 and -0 are one constant, as in PUC, whichever comes first.
        let bits = if value == 0.0 { 0 } else { value.to_bits() };
        let at = self.place_of(bits);
        let found = self.numbers[at].known;
        if found.function == self.function {
            return Ok(found.index);
        }
        let known = self.add(Constant::Number(value))?;
        self.numbers[at] = Number { bits, known };
        self.numbers_used += 1;
        if self.numbers_used * 2 > self.numbers.len() {
            self.grow();
        }
        Ok(known.index)
    }

    pub(super) fn get(&self, index: u32) -> &Constant {
        &self.list[index as usize]
    }

    #[inline]
    fn add(&mut self, constant: Constant) -> Result<Known, Limit> {
        if self.list.len() >= MAX_CONSTANTS {
            return Err(Limit::Constants);
        }
        let index = self.list.len() as u32;
        self.list.push(constant);
        Ok(Known {
            function: self.function,
            index,
        })
    }

    /// Where a number is, or where there is room for it.
    #[inline]
    fn place_of(&self, bits: u64) -> usize {
        let mask = self.numbers.len() - 1;
        let mut at = mix(bits, self.seed) as usize & mask;
        loop {
            let number = &self.numbers[at];
            if number.known.function != self.function || number.bits == bits {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let larger = vec![Number::default(); self.numbers.len() * 2];
        for number in std::mem::replace(&mut self.numbers, larger) {
            if number.known.function == self.function {
                let at = self.place_of(number.bits);
                self.numbers[at] = number;
            }
        }
    }
}
