//! One processor for all that is compared.
//!
//! Owns where a measured process runs. What a core gives depends on what else its machine is doing, and not
//! the same for all of them: two programs on different ones are not comparable.

/// Calls `f`, and starts what it starts, on one of the processors that this thread may use. What was started stays
/// there; this thread may go elsewhere afterwards. Where the system knows no such thing, `f` is just called.
#[cfg(target_os = "linux")]
pub fn on_one<T>(f: impl FnOnce() -> T) -> T {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    let this_thread = Pid::from_raw(0);
    let Ok(all) = sched_getaffinity(this_thread) else {
        return f();
    };
    // The last: the first has more to do for the system.
    let last = (0..CpuSet::count())
        .rev()
        .find(|&i| all.is_set(i) == Ok(true));
    let mut one = CpuSet::new();
    if let Some(last) = last
        && one.set(last).is_ok()
    {
        // Refused, it is as without.
        let _ = sched_setaffinity(this_thread, &one);
    }
    let result = f();
    let _ = sched_setaffinity(this_thread, &all);
    result
}

/// Calls `f`: which processor is used cannot be said here.
#[cfg(not(target_os = "linux"))]
pub fn on_one<T>(f: impl FnOnce() -> T) -> T {
    f()
}
