//! [`State`]: a Lua state as the host holds it.

use crate::error::Throw;
use crate::heap::string::Hashed;
use crate::host::FunctionKey;
use crate::limits::{InterruptHandle, Limits, Watcher};
use crate::native::Call;
use crate::observe::Observer;
use crate::stdlib::StdLib;
use crate::vm::Vm;
use std::any::Any;
use std::io::Write;

/// A Lua state: globals, heap, limits.
///
/// It can move to another thread, but be used by one at a time.
pub struct State {
    pub(crate) vm: Box<Vm>,
}

impl State {
    /// A state without any library.
    pub fn bare() -> Result<State, Throw> {
        State::hashing(Hashed::Sample)
    }

    fn hashing(hashed: Hashed) -> Result<State, Throw> {
        let mut vm = Box::new(Vm::new(hashed)?);
        vm.heap.count(size_of::<Vm>());
        Ok(State { vm })
    }

    /// The machine inside.
    pub(crate) fn into_vm(self) -> Box<Vm> {
        self.vm
    }

    /// A state with the libraries that reach nothing outside: base, coroutine, string, table, math.
    pub fn new() -> Result<State, Throw> {
        State::with_libraries(StdLib::SAFE)
    }

    /// As [`State::new`], with tables in whose order all bytes of a key count, as in Redis's Lua; PUC's leaves
    /// some out of strings of 32 bytes or more.
    pub fn with_redis_order() -> Result<State, Throw> {
        let mut lua = State::hashing(Hashed::Whole)?;
        crate::stdlib::open(&mut lua.vm, StdLib::SAFE)?;
        Ok(lua)
    }

    /// A state with the safe libraries and those that are asked for.
    pub fn with_libraries(libraries: StdLib) -> Result<State, Throw> {
        let mut lua = State::bare()?;
        crate::stdlib::open(&mut lua.vm, libraries)?;
        Ok(lua)
    }

    /// Works on the stack of the main program.
    pub fn enter<R>(&mut self, f: impl FnOnce(&mut Call<'_>) -> R) -> R {
        self.vm.come_to_rest();
        crate::interp::collect_at_rest(&mut self.vm);
        let base = self.vm.thread.top();
        let result = f(&mut Call::new(&mut self.vm, base, 0));
        self.vm.unwind_to(base);
        // What an error left that no one handled.
        self.vm.native_depth = 0;
        self.vm.heap.restore_buffers(0);
        result
    }

    /// Sets where `print` and standard output write. Without it, nowhere. A writer with a buffer is
    /// flushed where a script asks for it, and before a command runs.
    pub fn set_output(&mut self, output: impl Write + Send + 'static) {
        self.vm.output = Box::new(output);
    }

    /// Gives the state a value of the host's, which native functions reach; the previous one comes back.
    pub fn set_host(&mut self, host: Option<Box<dyn Any + Send>>) -> Option<Box<dyn Any + Send>> {
        std::mem::replace(&mut self.vm.host, host)
    }

    /// Sets what scripts may use, in place of all earlier limits.
    pub fn set_limits(&mut self, limits: Limits) {
        self.vm.set_limits(limits);
    }

    /// Instructions that are left, `None` without a limit.
    pub fn fuel(&self) -> Option<u64> {
        self.vm.fuel.left()
    }

    /// Sets how many instructions are left; `None` is no limit.
    pub fn set_fuel(&mut self, instructions: Option<u64>) {
        self.vm.fuel.set(instructions);
    }

    /// Adds instructions to those that are left. Without a limit there is nothing to add to.
    pub fn add_fuel(&mut self, instructions: u64) {
        self.vm.fuel.add(instructions);
    }

    /// Bytes in use.
    pub fn memory_in_use(&self) -> usize {
        self.vm.heap.bytes()
    }

    /// Bytes that it holds beyond those, for small objects to come. It takes a look at every piece of them.
    pub fn memory_spare(&self) -> usize {
        self.vm.heap.spare()
    }

    /// Seeds `math.random` with the generator that Redis has.
    pub fn use_rand48(&mut self, seed: i32) {
        self.vm.random = crate::number::random::Generator::rand48();
        self.vm.random.seed(seed);
    }

    /// Goes on with the sequence of `math.random` where another state's is.
    pub fn inherit_random(&mut self, other: &State) {
        self.vm.random = other.vm.random.clone();
    }

    /// Lets a handle of the host's stop what runs, so that one handle can serve several states.
    pub fn use_interrupt_handle(&mut self, handle: &InterruptHandle) {
        self.vm.fuel.use_interrupt_handle(handle);
        self.vm.heap.interrupt = handle.clone();
    }

    /// A handle that stops what runs, from any thread.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.vm.fuel.interrupt_handle()
    }

    /// Lets a function of the host's look after what runs, on the thread that runs it: it is called
    /// every so many thousand instructions, and what it returns true for ends as by an interrupt.
    pub fn set_watcher(&mut self, watcher: Option<Watcher>) {
        self.vm.fuel.set_watcher(watcher);
    }

    /// Lets a function of the host's be told of each line that begins in a chunk of
    /// [`Call::push_observed_chunk`], before it runs.
    pub fn set_observer(&mut self, observer: Option<Observer>) {
        self.vm.observer = observer;
    }

    /// Runs what a script left to be done at the end: the finalisers of all userdata, the youngest
    /// first. Their errors are nobody's any more.
    pub fn close(mut self) {
        self.vm.come_to_rest();
        crate::interp::finalize_all(&mut self.vm);
    }

    /// Lets go of a kept function.
    pub fn release(&mut self, key: FunctionKey) {
        self.vm.unroot(key.0);
    }
}

#[allow(unsafe_code, reason = "states that a heap is owned as a whole")]
// SAFETY: every raw pointer inside points into memory that this state owns alone (H1, K1, T1), and
// whatever the host puts in is `Send`. What `api` puts in need not be, but only once the state has
// become a `Lua`, which does not leave its thread.
unsafe impl Send for State {}
