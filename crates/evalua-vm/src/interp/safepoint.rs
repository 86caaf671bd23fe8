//! What is done where nothing in Rust holds an unrooted object: collections and finalisers.
//!
//! Owns: when the collector runs. How it works, and what a finaliser is called with, is not its own.

use crate::error::Throw;
use crate::vm::Vm;

/// Proof that nothing in Rust holds an unrooted object: the interpreter loop is at a safepoint (I5), or
/// nothing runs at all. Only this module makes one.
pub(crate) struct Safepoint(());

/// Collects if it is time, before the host enters a state in which nothing runs.
pub(crate) fn collect_at_rest(vm: &mut Vm) {
    if vm.native_depth == 0 && vm.thread.frame_count() == 0 && vm.heap.is_due() {
        let extent = vm.thread.extent();
        // Given up, it is done when something runs again.
        let _ = vm.collect_garbage(Safepoint(()), extent);
    }
}

/// Runs the finalisers of all userdata; nothing else runs any more. What fails is left there.
pub(crate) fn finalize_all(vm: &mut Vm) {
    let gc = vm.event_names[crate::meta::Event::Gc as usize];
    crate::heap::collect::queue_finalizers(&mut vm.heap, gc, true);
    while vm.run_finalizers().is_err() {
        vm.come_to_rest();
    }
}

/// Collects, and runs the finalisers that are due.
#[cold]
#[inline(never)]
pub(super) fn collect_at_safepoint(vm: &mut Vm, extent: usize) -> Result<(), Throw> {
    if !vm.heap.is_due() {
        return Ok(());
    }
    let outcome = vm.collect_garbage(Safepoint(()), extent);
    // That may have taken as long as many turns of a loop.
    vm.fuel.poll()?;
    if outcome.is_err() || vm.heap.to_finalize.is_empty() {
        Ok(())
    } else {
        vm.run_finalizers()
    }
}
