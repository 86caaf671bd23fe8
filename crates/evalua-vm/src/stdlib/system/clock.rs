//! The system's clocks, for `os.time` and `os.clock`.

#![allow(
    clippy::disallowed_methods,
    reason = "this is where the system's clock is read"
)]

/// Seconds since 1970.
pub(super) fn unix_seconds() -> i64 {
    match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
        Ok(since) => since.as_secs() as i64,
        Err(before) => -(before.duration().as_secs() as i64),
    }
}

/// Seconds of processor time that this process has used, to the microsecond, as C's `clock` tells.
#[cfg(unix)]
pub(super) fn process_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    (time.tv_sec as f64 * 1e6 + (time.tv_nsec / 1000) as f64) / 1e6
}

/// Without a clock of the process: none used.
#[cfg(not(unix))]
pub(super) fn process_seconds() -> f64 {
    0.0
}
