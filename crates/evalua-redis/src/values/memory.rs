//! How much memory values take, by the engine's own account: what their contents need, without spare room
//! of the tables that hold all keys. Of large collections some elements are measured, always the same, and
//! stand for all.

use crate::values::Value;

/// What `len` elements take of which some are measured: the bytes of the first `samples` of them, scaled up.
pub(crate) fn sampled(sizes: impl Iterator<Item = usize>, len: usize, samples: usize) -> usize {
    let (mut count, mut bytes) = (0_usize, 0_usize);
    for size in sizes.take(samples) {
        count += 1;
        bytes += size;
    }
    if count == 0 {
        return 0;
    }
    // Wide enough: both are sizes of things in memory.
    (bytes as u128 * len as u128 / count as u128) as usize
}

/// Allocators hand out memory in such grains, of which a word is their own.
const GRAIN: usize = 16;
const WORD: usize = 8;

/// What an allocation of so many bytes takes.
pub(crate) fn chunk(len: usize) -> usize {
    match len {
        0 => 0,
        len => (len + WORD).next_multiple_of(GRAIN).max(2 * GRAIN),
    }
}

/// From this length on there is a sixteenth more room than needed.
const SPARE_FROM: usize = 256;

/// How long to make an allocation for so many bytes that may become more.
pub(crate) fn with_spare(len: usize) -> usize {
    let spare = len / SPARE_FROM * GRAIN;
    chunk(len + spare).saturating_sub(WORD)
}

/// What entries of a tree cost beside their contents.
pub(crate) const TREE_ENTRY: usize = 16;

impl Value {
    /// How many bytes of heap it takes, looking at no more than `samples` elements of a large collection.
    pub fn heap_size(&self, samples: usize) -> usize {
        match self {
            Value::String(value) => value.heap_size(),
            Value::List(value) => value.heap_size(samples),
            Value::Hash(value) => value.heap_size(samples),
            Value::Set(value) => value.heap_size(samples),
            Value::Zset(value) => value.heap_size(samples),
            Value::Stream(value) => chunk(size_of_val(&**value)) + value.heap_size(samples),
        }
    }
}
