//! What packed values share: numbers in a header, and an allocation that is just as long as it is told to be.

/// The number of a header at a position, 4 bytes, the lowest first; 0 where there is no header.
#[inline]
pub(super) fn number(bytes: &[u8], at: usize) -> usize {
    let number = bytes.get(at..).and_then(<[u8]>::first_chunk);
    number.map_or(0, |number| u32::from_le_bytes(*number) as usize)
}

/// Sets the number of a header at a position.
pub(super) fn set_number(bytes: &mut [u8], at: usize, number: usize) {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
}

/// Makes an allocation so long, with zeros behind what is in it.
pub(super) fn resize(bytes: &mut Box<[u8]>, len: usize) {
    let mut resized = std::mem::take(bytes).into_vec();
    resized.reserve_exact(len.saturating_sub(resized.len()));
    resized.resize(len, 0);
    *bytes = resized.into();
}
