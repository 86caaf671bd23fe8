//! An allocator that counts what it hands out, to compare with what a state says of itself.
//!
//! Owns the counts, which are the process's: one test at a time may look at them.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe to implement; all calls go on to the system's as they are"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator with counts.
pub struct Counting {
    live: AtomicUsize,
    peak: AtomicUsize,
    largest: AtomicUsize,
}

impl Counting {
    /// Nothing handed out.
    pub const fn new() -> Counting {
        Counting {
            live: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            largest: AtomicUsize::new(0),
        }
    }

    /// Bytes that are handed out.
    pub fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    /// The most that ever were since the last call.
    pub fn take_peak(&self) -> usize {
        self.peak.swap(self.live(), Ordering::Relaxed)
    }

    /// The largest piece since the last call.
    pub fn take_largest(&self) -> usize {
        self.largest.swap(0, Ordering::Relaxed)
    }

    fn add(&self, bytes: usize) {
        self.largest.fetch_max(bytes, Ordering::Relaxed);
        let live = self.live.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.peak.fetch_max(live, Ordering::Relaxed);
    }
}

// SAFETY: every call goes to the system's allocator with the arguments that the caller vouches for.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller.
        let p = unsafe { System.alloc(layout) };
        if !p.is_null() {
            self.add(layout.size());
        }
        p
    }

    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        self.live.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller.
        unsafe { System.dealloc(p, layout) }
    }

    unsafe fn realloc(&self, p: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller.
        let moved = unsafe { System.realloc(p, layout, size) };
        if !moved.is_null() {
            self.live.fetch_sub(layout.size(), Ordering::Relaxed);
            self.add(size);
        }
        moved
    }
}
