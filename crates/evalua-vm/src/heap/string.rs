//! Strings: PUC's hash, interning, allocation.
//!
//! Owns: the string table. Strings of up to [`SHORT`] bytes are interned, so that equal ones are the
//! same object; longer ones are not, and hash on demand.
//!
//! Invariants:
//! - S1: a bucket chains interned strings by `Header::next`; all of them are live but during a sweep.
//! - S2: `bytes` holds the strings of one byte that were asked for since the last sweep, `recent` some of the other short ones.
#![allow(unsafe_code, reason = "lays out strings and walks the bucket chains")]

use super::object::{Gc, Header, Kind, STR_BYTES, STR_LONG, STR_WHOLE, Str};
use super::{Heap, collect};
use crate::error::Throw;
use crate::limits::{COPIED, POLLED};
use std::ptr::null_mut;

/// Longest interned string.
pub(crate) const SHORT: usize = 40;

/// Buckets of an empty table.
const FIRST_BUCKETS: usize = 256;

/// Bytes of an empty table.
pub(super) const FIRST_TABLE: usize = FIRST_BUCKETS * size_of::<*mut Header>();

/// Longest string: lengths stay below 4 GiB.
pub(crate) const MAX_LEN: usize = u32::MAX as usize - 64;

/// The bytes before the first NUL, where PUC takes a C string.
pub(crate) fn c_string(bytes: &[u8]) -> &[u8] {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    &bytes[..end]
}

/// What the hash of a string of 32 or more bytes is made of. The order of `pairs` comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hashed {
    /// About 32 of its bytes, as in PUC 5.1.
    Sample,
    /// All of them, as in Redis's Lua.
    Whole,
}

/// The interned strings.
pub(crate) struct StringTable {
    hashed: Hashed,
    buckets: Box<[*mut Header]>,
    count: usize,
    /// Strings of one byte, found without hashing (S2).
    bytes: [Option<Gc<Str>>; 256],
    /// Strings that were asked for more than once, by [`recent_place`] (S2): PUC's hash takes each byte in turn, and
    /// longer than all the rest of finding a string again.
    recent: [Option<Gc<Str>>; RECENT],
}

/// How many strings are found again without PUC's hash.
const RECENT: usize = 512;

/// Where a string of at least two bytes may be among the recent ones.
#[inline(always)]
fn recent_place(bytes: &[u8]) -> usize {
    let len = bytes.len();
    let word = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => {
            u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29)
        }
        _ => match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(first), Some(last)) => {
                u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
            }
            _ => bytes
                .iter()
                .fold(0, |word, &byte| word << 8 | u64::from(byte)),
        },
    };
    let spread = (word ^ len as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (spread >> (u64::BITS - RECENT.trailing_zeros())) as usize
}

impl StringTable {
    pub(crate) fn new(hashed: Hashed) -> StringTable {
        StringTable {
            hashed,
            buckets: vec![null_mut(); FIRST_BUCKETS].into(),
            count: 0,
            bytes: [None; 256],
            recent: [None; RECENT],
        }
    }

    fn grow(&mut self) {
        let mut buckets: Box<[*mut Header]> = vec![null_mut(); self.buckets.len() * 2].into();
        let mask = buckets.len() - 1;
        for &head in &self.buckets {
            let mut p = head;
            while !p.is_null() {
                // SAFETY: S1.
                unsafe {
                    let next = (*p).next;
                    let bucket = &mut buckets[(*p).serial as usize & mask];
                    (*p).next = *bucket;
                    *bucket = p;
                    p = next;
                }
            }
        }
        self.buckets = buckets;
    }
}

/// The hash with another byte.
#[inline(always)]
fn add_byte(hash: u32, byte: &u8) -> u32 {
    let more = (hash << 5).wrapping_add(hash >> 2);
    hash ^ more.wrapping_add(u32::from(*byte))
}

/// PUC 5.1's string hash, from the end: every byte of a short string, of a long one what `hashed` says.
#[inline]
pub(crate) fn puc_hash(bytes: &[u8], hashed: Hashed) -> u32 {
    let start = bytes.len() as u32;
    match bytes.len() >> 5 {
        0 => bytes.iter().rev().fold(start, add_byte),
        _ if hashed == Hashed::Whole => bytes.iter().rev().fold(start, add_byte),
        further => {
            let step = further + 1;
            let few = bytes.iter().rev().step_by(step).take(bytes.len() / step);
            few.fold(start, add_byte)
        }
    }
}

/// As [`puc_hash`], unless an interrupt comes first.
pub(crate) fn puc_hash_polled(heap: &Heap, bytes: &[u8], hashed: Hashed) -> Result<u32, Throw> {
    if hashed == Hashed::Sample {
        return Ok(puc_hash(bytes, hashed));
    }
    let mut parts = bytes.rchunks(COPIED);
    parts.try_fold(bytes.len() as u32, |hash, part| {
        heap.interrupt.poll()?;
        Ok(part.iter().rev().fold(hash, add_byte))
    })
}

const fn size(len: usize) -> usize {
    (STR_BYTES + len + 7) & !7
}

/// Bytes that the largest interned string takes.
pub(super) const LARGEST_INTERNED: usize = size(SHORT);

/// The string with these bytes.
#[inline]
pub(crate) fn make_one(heap: &mut Heap, bytes: &[u8]) -> Result<Gc<Str>, Throw> {
    if let [byte] = *bytes {
        if let Some(s) = heap.strings.bytes[usize::from(byte)] {
            return Ok(s);
        }
        let s = intern(heap, bytes)?;
        heap.strings.bytes[usize::from(byte)] = Some(s);
        return Ok(s);
    }
    if bytes.len() > SHORT {
        return long(heap, &[bytes], bytes.len());
    }
    let place = recent_place(bytes);
    if let Some(s) = heap.strings.recent[place]
        && same_short(s.bytes(), bytes)
    {
        return Ok(s);
    }
    let hash = puc_hash(bytes, heap.strings.hashed);
    match find_hashed(heap, bytes, hash) {
        // One that is asked for again.
        Some(s) => {
            heap.strings.recent[place] = Some(s);
            Ok(s)
        }
        None => add(heap, bytes, hash),
    }
}

/// The string made of all pieces in a row.
#[inline]
pub(crate) fn make(heap: &mut Heap, pieces: &[&[u8]]) -> Result<Gc<Str>, Throw> {
    let len: usize = pieces.iter().map(|p| p.len()).sum();
    if len > SHORT {
        return long(heap, pieces, len);
    }
    let mut buffer = [0u8; SHORT];
    let mut at = 0;
    for piece in pieces {
        buffer[at..at + piece.len()].copy_from_slice(piece);
        at += piece.len();
    }
    intern(heap, &buffer[..len])
}

/// The interned string with these bytes, if there is one.
pub(crate) fn find(heap: &Heap, bytes: &[u8]) -> Option<Gc<Str>> {
    if bytes.len() > SHORT {
        return None;
    }
    find_hashed(heap, bytes, puc_hash(bytes, heap.strings.hashed))
}

#[inline(always)]
fn find_hashed(heap: &Heap, bytes: &[u8], hash: u32) -> Option<Gc<Str>> {
    let mask = heap.strings.buckets.len() - 1;
    let mut p = heap.strings.buckets[hash as usize & mask];
    while !p.is_null() {
        // SAFETY: S1, O1.
        unsafe {
            if (*p).serial == hash {
                let s = Gc::<Str>::from_raw(p.cast());
                if same_short(s.bytes(), bytes) {
                    return Some(s);
                }
            }
            p = (*p).next;
        }
    }
    None
}

/// Whether two short strings are equal, without a call.
#[inline(always)]
fn same_short(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let (chunks, rest) = a.as_chunks::<8>();
    let (other_chunks, other_rest) = b.as_chunks::<8>();
    let mut pairs = chunks.iter().zip(other_chunks);
    if !pairs.all(|(a, b)| u64::from_le_bytes(*a) == u64::from_le_bytes(*b)) {
        return false;
    }
    match (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        // The last eight bytes, some of which have been compared.
        (Some(a), Some(b)) => u64::from_le_bytes(*a) == u64::from_le_bytes(*b),
        _ => same_few(rest, other_rest),
    }
}

/// Whether two strings of fewer than eight bytes, equally many, are equal.
#[inline(always)]
fn same_few(a: &[u8], b: &[u8]) -> bool {
    let four = |bytes: Option<&[u8; 4]>| bytes.map(|bytes| u32::from_le_bytes(*bytes));
    match four(a.first_chunk()) {
        Some(first) => {
            Some(first) == four(b.first_chunk()) && four(a.last_chunk()) == four(b.last_chunk())
        }
        None => a.iter().zip(b).all(|(a, b)| a == b),
    }
}

#[inline]
fn intern(heap: &mut Heap, bytes: &[u8]) -> Result<Gc<Str>, Throw> {
    let hash = puc_hash(bytes, heap.strings.hashed);
    match find_hashed(heap, bytes, hash) {
        Some(s) => Ok(s),
        None => add(heap, bytes, hash),
    }
}

/// Adds a string that is not there.
fn add(heap: &mut Heap, bytes: &[u8], hash: u32) -> Result<Gc<Str>, Throw> {
    if heap.strings.count >= heap.strings.buckets.len() {
        let growth = size_of_val(&*heap.strings.buckets);
        heap.check_room(growth)?;
        heap.strings.grow();
        heap.count(growth);
    }
    let mask = heap.strings.buckets.len() - 1;
    let bucket = hash as usize & mask;
    let header = Header {
        next: heap.strings.buckets[bucket],
        serial: hash,
        kind: Kind::Str,
        mark: 0,
        aux: 0,
        aux2: 0,
    };
    let s = write(heap, header, &[bytes], bytes.len())?;
    heap.strings.buckets[bucket] = s.as_ptr().cast();
    heap.strings.count += 1;
    Ok(s)
}

#[inline(never)]
fn long(heap: &mut Heap, pieces: &[&[u8]], len: usize) -> Result<Gc<Str>, Throw> {
    if len > MAX_LEN {
        return Err(Throw::Memory);
    }
    let header = Header {
        next: heap.all,
        serial: 0,
        kind: Kind::Str,
        mark: 0,
        aux: match heap.strings.hashed {
            Hashed::Sample => STR_LONG,
            Hashed::Whole => STR_LONG | STR_WHOLE,
        },
        aux2: 0,
    };
    let s = write(heap, header, pieces, len)?;
    heap.all = s.as_ptr().cast();
    Ok(s)
}

#[inline(always)]
fn write(heap: &mut Heap, header: Header, pieces: &[&[u8]], len: usize) -> Result<Gc<Str>, Throw> {
    let p = heap.alloc(size(len))?.as_ptr();
    if len > POLLED {
        // SAFETY: as below; when the copy is given up, nobody has seen the memory.
        unsafe {
            if let Err(throw) = copy_polled(heap, p.add(STR_BYTES), pieces) {
                heap.free(p, size(len));
                return Err(throw);
            }
            p.cast::<Header>().write(header);
            (&raw mut (*p.cast::<Str>()).len).write(len as u32);
            return Ok(Gc::from_raw(p.cast()));
        }
    }
    // SAFETY: H1, fresh memory of `size(len)` bytes; the pieces together have `len` bytes.
    unsafe {
        p.cast::<Header>().write(header);
        (&raw mut (*p.cast::<Str>()).len).write(len as u32);
        let mut at = p.add(STR_BYTES);
        for piece in pieces {
            std::ptr::copy_nonoverlapping(piece.as_ptr(), at, piece.len());
            at = at.add(piece.len());
        }
        Ok(Gc::from_raw(p.cast()))
    }
}

/// Copies all pieces in a row, unless an interrupt comes first.
///
/// # Safety
/// There is room at `at` for all of them.
#[cold]
unsafe fn copy_polled(heap: &Heap, mut at: *mut u8, pieces: &[&[u8]]) -> Result<(), Throw> {
    for part in pieces.iter().flat_map(|piece| piece.chunks(COPIED)) {
        heap.interrupt.poll()?;
        // SAFETY: the caller; parts follow each other without gaps.
        unsafe {
            std::ptr::copy_nonoverlapping(part.as_ptr(), at, part.len());
            at = at.add(part.len());
        }
    }
    Ok(())
}

/// Frees the interned strings that are not to be kept.
pub(super) fn sweep<E>(
    heap: &mut Heap,
    keeps: &mut impl FnMut(*mut Header) -> Result<bool, E>,
) -> Result<(), E> {
    heap.strings.bytes = [None; 256];
    heap.strings.recent = [None; RECENT];
    let mut buckets = std::mem::take(&mut heap.strings.buckets);
    let mut freed = 0;
    let outcome = buckets.iter_mut().try_for_each(|bucket| {
        // SAFETY: S1; what is not kept is unreachable, so no one holds it after this (O1).
        unsafe {
            collect::sweep_chain(heap, bucket, &mut |p| {
                let kept = keeps(p)?;
                freed += usize::from(!kept);
                Ok(kept)
            })
        }
    });
    heap.strings.count -= freed;
    heap.strings.buckets = buckets;
    outcome
}

/// Frees a string.
///
/// # Safety
/// `p` is a string of this heap, unlinked, that no one uses again.
pub(crate) unsafe fn free(heap: &mut Heap, p: *mut Header) {
    // SAFETY: the caller's promise; H1 for the size.
    unsafe {
        let len = (*p.cast::<Str>()).len as usize;
        heap.free(p.cast(), size(len));
    }
}

/// Whether a value is a string that is in the table of interned ones now.
#[cfg(test)]
pub(super) fn is_interned(heap: &Heap, v: crate::value::Value) -> bool {
    let place = v.header().map(Gc::as_ptr);
    heap.strings.buckets.iter().any(|&head| {
        // SAFETY: S1.
        let mut chain = std::iter::successors(Some(head), |p| unsafe {
            (!p.is_null()).then(|| (**p).next)
        });
        chain.any(|p| Some(p) == place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_very_long_string_is_given_up_where_somebody_interrupts() {
        for hashed in [Hashed::Sample, Hashed::Whole] {
            let mut heap = Heap::new(hashed);
            let bytes: Vec<u8> = (0..2 * COPIED + 1000).map(|i| (i % 251) as u8).collect();
            let s = heap.str(&bytes).unwrap();
            heap.interrupt.interrupt();
            let outcome = s.hash_polled(&heap);
            assert_eq!(outcome.is_err(), hashed == Hashed::Whole);
            s.hash_polled(&heap).unwrap();
            assert_eq!(s.hash(), puc_hash(&bytes, hashed));
        }
    }
}
