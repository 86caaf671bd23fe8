//! The hash of the tables that only compiling uses, of its strings and numbers.
//!
//! Owns: how a key that fits a number is mixed, and the seed that keeps it from being foreseen.

/// Mixes a key with a seed: both halves of a long product, so that every bit of the key is in the low bits.
#[inline]
pub fn mix(key: u64, seed: u64) -> u64 {
    let product = u128::from(key ^ seed) * 0x9e37_79b9_7f4a_7c15;
    product as u64 ^ (product >> 64) as u64
}

/// A seed from the place where something lies, which who wrote a source cannot know: with a hash known
/// beforehand, a source of keys that all collide would take the square of its length. The order in which such a
/// table has its keys is never seen, so runs need not be alike.
pub fn seed<T>(place: &[T]) -> u64 {
    mix(place.as_ptr() as u64, 0)
}
