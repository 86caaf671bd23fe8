//! An allocator that counts what it hands out, to compare with what a state says of itself.
//!
//! Owns the counts. They are of the threads that ask to be counted, since a test harness has a thread of
//! its own that allocates when it likes; one test at a time may look at them.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe to implement; all calls go on to the system's as they are"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

thread_local! {
    static IS_COUNTED: Cell<bool> = const { Cell::new(false) };
}

/// The system's allocator with counts.
pub struct Counting {
    /// Less than nothing where a thread frees what it had before it was counted.
    live: AtomicIsize,
    peak: AtomicIsize,
    largest: AtomicUsize,
}

impl Counting {
    /// Nothing handed out.
    pub const fn new() -> Counting {
        Counting {
            live: AtomicIsize::new(0),
            peak: AtomicIsize::new(0),
            largest: AtomicUsize::new(0),
        }
    }

    /// Counts what this thread allocates and frees, as long as what this gives lives.
    pub fn count_this_thread(&self) -> Counted {
        IS_COUNTED.set(true);
        Counted
    }

    /// Bytes that are handed out.
    pub fn live(&self) -> isize {
        self.live.load(Ordering::Relaxed)
    }

    /// The most that ever were since the last call.
    pub fn take_peak(&self) -> isize {
        self.peak.swap(self.live(), Ordering::Relaxed)
    }

    /// The largest piece since the last call.
    pub fn take_largest(&self) -> usize {
        self.largest.swap(0, Ordering::Relaxed)
    }

    fn add(&self, bytes: usize) {
        if IS_COUNTED.get() {
            self.largest.fetch_max(bytes, Ordering::Relaxed);
            let bytes = bytes as isize;
            let live = self.live.fetch_add(bytes, Ordering::Relaxed) + bytes;
            self.peak.fetch_max(live, Ordering::Relaxed);
        }
    }

    fn take(&self, bytes: usize) {
        if IS_COUNTED.get() {
            self.live.fetch_sub(bytes as isize, Ordering::Relaxed);
        }
    }
}

/// See [`Counting::count_this_thread`].
pub struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        IS_COUNTED.set(false);
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
        self.take(layout.size());
        // SAFETY: the caller.
        unsafe { System.dealloc(p, layout) }
    }

    unsafe fn realloc(&self, p: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller.
        let moved = unsafe { System.realloc(p, layout, size) };
        if !moved.is_null() {
            self.take(layout.size());
            self.add(size);
        }
        moved
    }
}
