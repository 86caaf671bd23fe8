//! The constants of the function being compiled.
//!
//! Owns: numbering of constants, each once. It must not know the instructions that use them.
//!
//! The first 256 constants are those of PUC in the same order, though some end up inside instructions:
//! messages about fields name only these, for only these fit PUC's operands.

use super::error::Limit;
use crate::bytecode::proto::Constant;
use ahash::RandomState;
use evalua_syntax::ast::StrId;
use std::collections::HashMap;
use std::sync::Arc;

/// How many constants, and how many inner functions, a function may have: PUC's 18 bits.
pub(super) const MAX_CONSTANTS: usize = 262_143;

/// Room for constants that is kept from function to function.
const KEPT_ROOM: usize = 512;

/// What tells constants apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Nil,
    Bool(bool),
    /// The bits of a number; 0 and -0 are one constant, as in PUC, whichever comes first.
    Number(u64),
    String(StrId),
}

/// The constants so far.
pub(super) struct Constants {
    pub(super) list: Vec<Constant>,
    numbers: HashMap<Key, u32, RandomState>,
}

impl Default for Constants {
    fn default() -> Constants {
        Constants {
            list: Vec::new(),
            // The order of the map is never seen, so it needs no entropy.
            numbers: HashMap::with_hasher(RandomState::with_seeds(1, 2, 3, 4)),
        }
    }
}

impl Constants {
    /// Forgets all. Emptying a map takes as long as it has room, so that of a large function is not kept
    /// for small ones.
    pub(super) fn clear(&mut self) {
        if self.numbers.capacity() > KEPT_ROOM {
            *self = Constants::default();
        }
        self.list.clear();
        self.numbers.clear();
    }

    pub(super) fn nil(&mut self) -> Result<u32, Limit> {
        self.add(Key::Nil, || Constant::Nil)
    }

    pub(super) fn bool(&mut self, value: bool) -> Result<u32, Limit> {
        self.add(Key::Bool(value), || Constant::Bool(value))
    }

    pub(super) fn number(&mut self, value: f64) -> Result<u32, Limit> {
        let bits = if value == 0.0 { 0 } else { value.to_bits() };
        self.add(Key::Number(bits), || Constant::Number(value))
    }

    pub(super) fn string(
        &mut self,
        id: StrId,
        bytes: impl FnOnce() -> Arc<[u8]>,
    ) -> Result<u32, Limit> {
        self.add(Key::String(id), || Constant::String(bytes()))
    }

    pub(super) fn get(&self, index: u32) -> &Constant {
        &self.list[index as usize]
    }

    fn add(&mut self, key: Key, constant: impl FnOnce() -> Constant) -> Result<u32, Limit> {
        if let Some(&index) = self.numbers.get(&key) {
            return Ok(index);
        }
        if self.list.len() >= MAX_CONSTANTS {
            return Err(Limit::Constants);
        }
        let index = self.list.len() as u32;
        self.list.push(constant());
        self.numbers.insert(key, index);
        Ok(index)
    }
}
