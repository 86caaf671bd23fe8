//! Memory for small pieces: cells of pages that the heap has, in place of a call of the system's allocator
//! for each.
//!
//! Owns: pages, and which of their cells are free. It must not know what is in a cell, nor what is in use.
//!
//! Cells of all sizes are cut off the newest page one after the other, so that a state that holds little has
//! few pages, without gaps. A cell that is freed waits in the list of its size for the next piece of that size.
//! Cells are not joined again, but a page of which nothing is in use can go back as a whole.
//!
//! Invariants:
//! - G1: a page is cut into cells that do not overlap, each of a multiple of [`STEP`] bytes and aligned to it.
//!   Only the newest one may end in a stretch that is not cut yet: `uncut` bytes from `cursor`.
//! - G2: a cell is in use by whoever asked for it, or in the list of its size, of which its first word is the
//!   link. Nobody else knows of what is free or not cut.
#![allow(
    unsafe_code,
    reason = "cuts pages into cells and links those that are free"
)]

use super::ALIGN;
use std::alloc::{Layout, alloc, dealloc};
use std::ptr::{NonNull, null_mut};

/// Cells have the size of the piece, rounded up to this many bytes.
const STEP: usize = ALIGN;

/// The largest piece for which there are cells.
pub(super) const LARGEST: usize = 512;

/// Bytes of the first page; more are larger, as they are a quarter of all that there are, up to the last.
const FIRST_PAGE: usize = 8 * 1024 - 64;
const LAST_PAGE: usize = 32 * 1024 - 64;

/// What a cell that is free is filled with where mistakes are looked for.
const POISON: Option<u8> = if cfg!(any(debug_assertions, feature = "checks")) {
    Some(0xdb)
} else {
    None
};

/// A free cell.
struct Cell {
    next: *mut Cell,
}

struct Page {
    start: *mut u8,
    layout: Layout,
    /// Bytes of it that are free, and whether it is to go back: known while [`Pages::trim`] runs.
    free: usize,
    goes: bool,
}

impl Page {
    fn size(&self) -> usize {
        self.layout.size()
    }

    /// Gives it back to the system.
    ///
    /// # Safety
    /// It is used no more: none of its cells is in use or in a list.
    unsafe fn give_back(&self) {
        // SAFETY: the caller; it was allocated with this layout.
        unsafe { dealloc(self.start, self.layout) };
    }
}

/// The pages of a heap.
pub(super) struct Pages {
    /// Free cells, by their size in steps (G2).
    free: [*mut Cell; LARGEST / STEP + 1],
    /// Where the newest page is cut next (G1).
    cursor: *mut u8,
    uncut: usize,
    pages: Vec<Page>,
    /// Bytes of all pages.
    held: usize,
}

/// Bytes of the cell for a piece.
const fn cell(size: usize) -> usize {
    size.next_multiple_of(STEP)
}

/// Visits the cells in these lists, with their sizes.
fn each_free(lists: &[*mut Cell], mut visit: impl FnMut(*mut u8, usize)) {
    for (steps, &list) in lists.iter().enumerate() {
        let mut p = list;
        while !p.is_null() {
            visit(p.cast(), steps * STEP);
            // SAFETY: G2.
            p = unsafe { (*p).next };
        }
    }
}

impl Pages {
    pub(super) fn new() -> Pages {
        Pages {
            free: [null_mut(); LARGEST / STEP + 1],
            cursor: null_mut(),
            uncut: 0,
            pages: Vec::new(),
            held: 0,
        }
    }

    /// Bytes of all pages, in use or not.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Bytes that are not in use.
    pub(super) fn spare(&self) -> usize {
        let mut spare = self.uncut;
        each_free(&self.free, |_, size| spare += size);
        spare
    }

    /// A cell for a piece of 1 to [`LARGEST`] bytes. There is none where the system has no memory, or where
    /// the pages would come to more than `most` bytes.
    #[inline(always)]
    pub(super) fn alloc(&mut self, size: usize, most: usize) -> Option<NonNull<u8>> {
        let list = &mut self.free[cell(size) / STEP];
        match NonNull::new(*list) {
            Some(first) => {
                // SAFETY: G2: it is a free cell of this size, and nobody's from here on but the caller's.
                *list = unsafe { (*first.as_ptr()).next };
                Some(first.cast())
            }
            None => self.cut(cell(size), most),
        }
    }

    /// Takes back the cell of a piece.
    ///
    /// # Safety
    /// `p` came from `alloc` of these pages with a size of the same cell, and is not used again.
    #[inline(always)]
    pub(super) unsafe fn free(&mut self, p: *mut u8, size: usize) {
        if let Some(poison) = POISON {
            // SAFETY: the caller: the whole cell is nobody's any more.
            unsafe { p.write_bytes(poison, cell(size)) };
        }
        self.link(p, cell(size));
    }

    /// Puts a cell that nobody uses into its list.
    #[inline(always)]
    fn link(&mut self, p: *mut u8, size: usize) {
        let list = &mut self.free[size / STEP];
        let first = p.cast::<Cell>();
        // SAFETY: G1, G2: a cell has room for a link and is aligned for one.
        unsafe { first.write(Cell { next: *list }) };
        *list = first;
    }

    /// Cuts a cell off the newest page.
    #[inline(never)]
    fn cut(&mut self, size: usize, most: usize) -> Option<NonNull<u8>> {
        if size > self.uncut {
            self.add_page(most)?;
        }
        let p = self.cursor;
        // SAFETY: G1: `uncut` bytes are left from here, and a page has room for the largest cell.
        self.cursor = unsafe { p.add(size) };
        self.uncut -= size;
        NonNull::new(p)
    }

    /// Adds a page, and makes a cell of what is left of the one before, less than the largest.
    #[cold]
    fn add_page(&mut self, most: usize) -> Option<()> {
        let size = cell((self.held / 4).clamp(FIRST_PAGE, LAST_PAGE));
        if self.held.saturating_add(size) > most {
            return None;
        }
        self.pages.try_reserve(1).ok()?;
        let layout = Layout::from_size_align(size, STEP).ok()?;
        // SAFETY: a page has some bytes.
        let start = unsafe { alloc(layout) };
        if start.is_null() {
            return None;
        }
        if self.uncut > 0 {
            self.link(self.cursor, self.uncut);
        }
        self.pages.push(Page {
            start,
            layout,
            free: 0,
            goes: false,
        });
        self.held += size;
        self.cursor = start;
        self.uncut = size;
        Some(())
    }

    /// Gives pages back of which nothing is in use, as long as others hold `enough` bytes. It looks at each
    /// free cell.
    pub(super) fn trim(&mut self, enough: usize) {
        self.pages.sort_unstable_by_key(|page| page.start);
        for page in &mut self.pages {
            page.free = 0;
        }
        let mut pages = Finder {
            sorted: &mut self.pages,
            near: 0,
        };
        if self.uncut > 0 {
            pages.of(self.cursor).free += self.uncut;
        }
        each_free(&self.free, |p, size| pages.of(p).free += size);
        let held = self.held;
        for page in &mut *pages.sorted {
            let size = page.size();
            page.goes = page.free == size && self.held - size >= enough;
            if page.goes {
                self.held -= size;
            }
        }
        if self.held == held {
            return;
        }
        if self.uncut > 0 && pages.of(self.cursor).goes {
            (self.cursor, self.uncut) = (null_mut(), 0);
        }
        for list in &mut self.free {
            let mut link: *mut *mut Cell = list;
            // SAFETY: G2: links lead from the list through free cells, which nobody else looks at.
            unsafe {
                while !(*link).is_null() {
                    let p = *link;
                    if pages.of(p.cast()).goes {
                        *link = (*p).next;
                    } else {
                        link = &raw mut (*p).next;
                    }
                }
            }
        }
        self.pages.retain(|page| {
            if page.goes {
                // SAFETY: all of it was free, and is in no list any more.
                unsafe { page.give_back() };
            }
            !page.goes
        });
    }
}

/// Tells which page holds an address.
struct Finder<'a> {
    /// The pages by their addresses.
    sorted: &'a mut [Page],
    /// The last one that was found: cells that follow each other in a list often lie side by side.
    near: usize,
}

impl Finder<'_> {
    /// The page that holds an address which one of them does.
    #[inline]
    fn of(&mut self, p: *mut u8) -> &mut Page {
        let page = &self.sorted[self.near];
        if p.addr().wrapping_sub(page.start.addr()) >= page.size() {
            self.near = self.sorted.partition_point(|page| page.start <= p) - 1;
        }
        &mut self.sorted[self.near]
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        for page in &self.pages {
            // SAFETY: the heap is gone, and with it whoever used a cell.
            unsafe { page.give_back() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Alloc(usize),
        /// The piece in use with this number, modulo how many there are.
        Free(usize),
        FreeAll,
        Trim(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            300 => prop_oneof![1..=64usize, 1..=LARGEST].prop_map(Step::Alloc),
            200 => any::<usize>().prop_map(Step::Free),
            1 => Just(Step::FreeAll),
            3 => (0..100_000usize).prop_map(Step::Trim),
        ]
    }

    /// Pieces in use, each filled with a byte of its own.
    #[derive(Default)]
    struct Pieces(Vec<(NonNull<u8>, usize, u8)>);

    impl Pieces {
        fn add(&mut self, p: NonNull<u8>, size: usize, fill: u8) {
            assert_eq!(p.addr().get() % ALIGN, 0);
            // SAFETY: `p` was just given out with this size.
            unsafe { p.write_bytes(fill, size) };
            self.0.push((p, size, fill));
        }

        /// Frees a piece, whose bytes must be as they were written.
        fn free(&mut self, i: usize, pages: &mut Pages) {
            let (p, size, fill) = self.0.swap_remove(i);
            // SAFETY: the piece is in use until it is freed, by this.
            unsafe {
                let bytes = std::slice::from_raw_parts(p.as_ptr(), size);
                assert!(bytes.iter().all(|&byte| byte == fill), "{size} bytes");
                pages.free(p.as_ptr(), size);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 32 }) })]

        #[test]
        fn pieces_do_not_meet(steps in prop::collection::vec(step(), 1..3000)) {
            let mut pages = Pages::new();
            let mut pieces = Pieces::default();
            for (n, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Alloc(size) => {
                        let p = pages.alloc(size, usize::MAX).expect("memory");
                        pieces.add(p, size, n as u8);
                    }
                    Step::Free(_) if pieces.0.is_empty() => {}
                    Step::Free(i) => pieces.free(i % pieces.0.len(), &mut pages),
                    Step::FreeAll => while !pieces.0.is_empty() { pieces.free(0, &mut pages) },
                    Step::Trim(enough) => {
                        let held = pages.held();
                        pages.trim(enough);
                        prop_assert!(pages.held() >= held.min(enough));
                    }
                }
                let in_use: usize = pieces.0.iter().map(|&(_, size, _)| cell(size)).sum();
                prop_assert_eq!(pages.held(), in_use + pages.spare());
                prop_assert_eq!(pages.held(), pages.pages.iter().map(Page::size).sum::<usize>());
            }
            while !pieces.0.is_empty() {
                pieces.free(0, &mut pages);
            }
            pages.trim(0);
            prop_assert_eq!(pages.held(), 0);
            prop_assert!(pages.free.iter().all(|list| list.is_null()));
        }
    }

    #[test]
    fn a_freed_cell_is_used_again() {
        let mut pages = Pages::new();
        let first = pages.alloc(50, usize::MAX).expect("memory");
        pages.alloc(50, usize::MAX).expect("memory");
        // SAFETY: allocated above.
        unsafe { pages.free(first.as_ptr(), 50) };
        assert_ne!(pages.alloc(48, usize::MAX), Some(first));
        assert_eq!(pages.alloc(56, usize::MAX), Some(first));
    }

    #[test]
    fn a_page_with_something_in_use_stays() {
        let mut pages = Pages::new();
        let mut pieces: Vec<_> =
            std::iter::repeat_with(|| pages.alloc(64, usize::MAX).expect("memory"))
                .take(10_000)
                .collect();
        let kept = pieces.swap_remove(5000);
        // SAFETY: allocated above.
        unsafe {
            kept.write_bytes(7, 64);
            for p in pieces {
                pages.free(p.as_ptr(), 64);
            }
        }
        pages.trim(0);
        assert_eq!(pages.pages.len(), 1);
        // SAFETY: allocated above, and not freed.
        assert_eq!(unsafe { kept.read() }, 7);
    }

    #[test]
    fn pages_have_a_ceiling() {
        let mut pages = Pages::new();
        while pages.alloc(LARGEST, 1 << 20).is_some() {}
        let room = (1usize << 20).checked_sub(pages.held());
        assert!(
            room.is_some_and(|room| room < LAST_PAGE),
            "{} held",
            pages.held()
        );
    }
}
