//! What a host may limit, the counting of instructions, and the interrupt handle.
//!
//! Owns: counting. A unit is a call or a turn of a loop; long-running library functions count their
//! own steps. The counter is dealt out in slices, so that the loop only decrements and tests one
//! field, and another thread's interrupt is seen at the end of a slice. What works long within one
//! unit (a copy, a new layout of a table) asks the handle itself as it goes. It must not know what is
//! counted: bytes are the heap's, calls the interpreter's.

use crate::error::Throw;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Units between two looks at the interrupt flag. A unit can take as long as [`POLLED`] bytes or
/// values do, so that a slice takes some milliseconds at worst.
const SLICE: i64 = 256;

/// Bytes that may be copied or compared, and values that may be looked at, without a look at the
/// interrupt flag.
pub(crate) const POLLED: usize = 16 * 1024;

/// Bytes that an operation on very many gets through in the time of a unit.
const BYTES_A_UNIT: usize = 64;

/// Bytes that are copied at once where more than [`POLLED`] are.
pub(crate) const COPIED: usize = 256 * 1024;

/// What scripts of a state may use. The default is no limit but that of nested calls.
///
/// ```
/// use evalua_vm::Limits;
/// use evalua_vm::stack::State;
///
/// let mut lua = State::new()?;
/// lua.set_limits(Limits {
///     instructions: Some(1_000_000),
///     memory: Some(16 << 20),
///     ..Limits::default()
/// });
/// # Ok::<(), evalua_vm::stack::Throw>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Calls and turns of loops; library functions that may run long count the steps of their work
    /// as well. What uses up its instructions ends with an error that Lua code cannot catch.
    pub instructions: Option<u64>,
    /// Bytes in use at any time. What would pass them fails with "not enough memory", which Lua code
    /// can catch.
    pub memory: Option<usize>,
    /// Nested calls of a coroutine or the main program, at least one; `None` is 20 000, as in PUC.
    /// What passes them fails with "stack overflow", which Lua code can catch.
    pub call_depth: Option<u32>,
}

/// Slices between two calls of the watcher: some tenths of a millisecond of a simple loop.
const WATCHED: u32 = 64;

/// Looks after what runs, now and then: true stops it as [`InterruptHandle::interrupt`] does.
pub type Watcher = Arc<dyn Fn() -> bool + Send + Sync>;

/// The budget of a state.
pub(crate) struct Fuel {
    /// Units left in this slice.
    pub(crate) slice: i64,
    /// Units left beyond this slice; `None` without a limit.
    rest: Option<u64>,
    interrupt: InterruptHandle,
    watcher: Option<Watcher>,
    /// Slices until the watcher is called.
    unwatched: u32,
}

/// Units that were put aside.
pub(crate) struct Aside(i64, Option<u64>);

impl Default for Fuel {
    fn default() -> Fuel {
        Fuel {
            slice: SLICE,
            rest: None,
            interrupt: InterruptHandle::default(),
            watcher: None,
            unwatched: WATCHED,
        }
    }
}

impl Fuel {
    /// Sets the budget.
    pub(crate) fn set(&mut self, units: Option<u64>) {
        self.slice = 0;
        self.rest = units;
        if units.is_none() {
            self.slice = SLICE;
        }
    }

    /// Puts more units to those that are left. Without a limit there is nothing to add to.
    pub(crate) fn add(&mut self, units: u64) {
        if let Some(rest) = &mut self.rest {
            *rest = rest.saturating_add(units);
        }
    }

    /// Units left, `None` without a limit.
    pub(crate) fn left(&self) -> Option<u64> {
        self.rest
            .map(|rest| rest.saturating_add(self.slice.max(0) as u64))
    }

    /// Takes units; at the end of a slice, looks at the flag and deals the next one.
    #[inline(always)]
    pub(crate) fn take(&mut self, units: i64) -> Result<(), Throw> {
        self.slice -= units;
        if self.slice < 0 {
            self.next_slice()
        } else {
            Ok(())
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn next_slice(&mut self) -> Result<(), Throw> {
        self.interrupt.poll()?;
        if let Some(watcher) = &self.watcher {
            self.unwatched -= 1;
            if self.unwatched == 0 {
                self.unwatched = WATCHED;
                if watcher() {
                    return Err(Throw::Interrupt);
                }
            }
        }
        let Some(rest) = &mut self.rest else {
            self.slice = SLICE;
            return Ok(());
        };
        let owed = self.slice.unsigned_abs();
        if owed > *rest {
            *rest = 0;
            self.slice = 0;
            return Err(Throw::Budget);
        }
        let deal = (*rest - owed).min(SLICE as u64);
        *rest -= owed + deal;
        self.slice = deal as i64;
        Ok(())
    }

    /// Puts other units in place of those that are left, which are given back with [`Fuel::put_back`].
    pub(crate) fn put_aside(&mut self, instead: u64) -> Aside {
        let aside = Aside(self.slice, self.rest);
        self.set(Some(instead));
        aside
    }

    /// Goes on with the units that were put aside.
    pub(crate) fn put_back(&mut self, Aside(slice, rest): Aside) {
        (self.slice, self.rest) = (slice, rest);
    }

    /// Fails where taking units would, but takes none.
    pub(crate) fn check(&self, units: u64) -> Result<(), Throw> {
        self.interrupt.poll()?;
        match self.left() {
            Some(left) if left < units => Err(Throw::Budget),
            _ => Ok(()),
        }
    }

    /// Lets another handle stop what runs, in place of the present one.
    pub(crate) fn use_interrupt_handle(&mut self, handle: &InterruptHandle) {
        self.interrupt = handle.clone();
    }

    /// Sets what looks after what runs.
    pub(crate) fn set_watcher(&mut self, watcher: Option<Watcher>) {
        self.watcher = watcher;
    }

    /// A handle that stops what runs.
    pub(crate) fn interrupt_handle(&self) -> InterruptHandle {
        self.interrupt.clone()
    }

    /// Fails if somebody has interrupted. For work that is long within one unit.
    #[inline]
    pub(crate) fn poll(&self) -> Result<(), Throw> {
        self.interrupt.poll()
    }

    /// Counts an operation on so many bytes at once that it is more than a part of another one.
    #[inline]
    pub(crate) fn take_bytes(&mut self, bytes: usize) -> Result<(), Throw> {
        if bytes > POLLED {
            self.take((bytes / BYTES_A_UNIT) as i64)?;
        }
        Ok(())
    }
}

/// Stops a running script from another thread.
#[derive(Clone, Debug, Default)]
pub struct InterruptHandle(Arc<AtomicBool>);

impl InterruptHandle {
    /// Makes the script that runs, or the next one, end with an error that Lua code cannot catch.
    pub fn interrupt(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Takes an interrupt back that has not ended anything: one that a timer sent just when the script
    /// was done, and that the next script would end by.
    pub fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether it was used, and nothing has ended by it yet.
    pub(crate) fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Fails if it was used, once.
    #[inline]
    pub(crate) fn poll(&self) -> Result<(), Throw> {
        // The exclusive access that `swap` takes is for the rare case.
        if self.is_raised() && self.0.swap(false, Ordering::Relaxed) {
            return Err(Throw::Interrupt);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_allows_exactly_its_units() {
        for budget in [0u64, 1, 7, 20_000, 20_001, 123_456] {
            let mut fuel = Fuel::default();
            fuel.set(Some(budget));
            let mut taken = 0;
            while fuel.take(1).is_ok() {
                taken += 1;
            }
            assert_eq!(taken, budget);
            assert_eq!(fuel.take(1), Err(Throw::Budget), "stays used up");
            assert_eq!(fuel.left(), Some(0));
        }
    }

    #[test]
    fn units_can_be_added_at_any_time() {
        let mut fuel = Fuel::default();
        fuel.add(5);
        assert_eq!(fuel.left(), None);
        fuel.set(Some(10));
        fuel.take(4).unwrap();
        fuel.add(100_000);
        assert_eq!(fuel.left(), Some(100_006));
        fuel.take(100_006).unwrap();
        assert_eq!(fuel.take(1), Err(Throw::Budget));
        fuel.add(1);
        assert_eq!(fuel.take(1), Ok(()));
        fuel.add(u64::MAX);
        fuel.add(u64::MAX);
        assert_eq!(fuel.left(), Some(u64::MAX));
    }

    #[test]
    fn a_watcher_is_called_now_and_then_and_can_stop() {
        use std::sync::atomic::AtomicU32;
        let calls = Arc::new(AtomicU32::new(0));
        let mut fuel = Fuel::default();
        let counted = Arc::clone(&calls);
        fuel.set_watcher(Some(Arc::new(move || {
            counted.fetch_add(1, Ordering::Relaxed) == 2
        })));
        let units = i64::from(WATCHED) * (SLICE + 1);
        for n in 1..=2 {
            (0..units).for_each(|_| assert_eq!(fuel.take(1), Ok(())));
            assert_eq!(calls.load(Ordering::Relaxed), n);
        }
        let stopped = (0..units).position(|_| fuel.take(1) == Err(Throw::Interrupt));
        assert!(stopped.is_some());
    }

    #[test]
    fn an_interrupt_is_seen_within_a_slice() {
        let mut fuel = Fuel::default();
        fuel.interrupt_handle().interrupt();
        let n = (0..=SLICE).position(|_| fuel.take(1) == Err(Throw::Interrupt));
        assert!(n.is_some());
        assert_eq!(fuel.take(1), Ok(()));
    }
}
