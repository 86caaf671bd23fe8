//! A clock for a real server that the test turns.
//!
//! A server with such a clock sees time stand still but for [`Clock::set`], so that expiry, `TTL` and
//! `TIME` can be compared to the millisecond and a window of an hour takes no time to pass. It is
//! Debian's libfaketime, loaded into the server: owns its set-up, and nothing of the server.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where Debian keeps the library on this architecture.
fn library() -> Option<PathBuf> {
    let name = format!("{}-linux-gnu", std::env::consts::ARCH);
    let path = Path::new("/usr/lib")
        .join(name)
        .join("faketime/libfaketimeMT.so.1");
    path.exists().then_some(path)
}

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    /// A clock at `unix_ms`, kept in a file in `dir`; or `None` if libfaketime is not installed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn new(dir: &Path, unix_ms: u64) -> io::Result<Option<Clock>> {
        let Some(library) = library() else {
            return Ok(None);
        };
        let clock = Clock {
            library,
            file: dir.join("clock"),
        };
        clock.set(unix_ms)?;
        Ok(Some(clock))
    }

    /// What puts a process under this clock.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            // The C library's `malloc` goes before the one the server was linked with: jemalloc asks
            // for the time while it starts, when libfaketime cannot answer without memory.
            (
                "LD_PRELOAD",
                format!("{}:libc.so.6", self.library.display()),
            ),
            ("FAKETIME_TIMESTAMP_FILE", self.file.display().to_string()),
            ("FAKETIME_FMT", "%s".to_owned()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            // The monotonic clock drives the server's event loop, and must go on.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }

    /// Sets the clock, forward or back, for every process under it at once.
    ///
    /// # Errors
    /// When its file cannot be written.
    pub fn set(&self, unix_ms: u64) -> io::Result<()> {
        // In one step: a process that found the file empty would see the real time.
        let next = self.file.with_extension("next");
        let mut file = std::fs::File::create(&next)?;
        // Half a microsecond more: the library cuts what it reads to whole microseconds, and its
        // binary fraction may be just below the decimal one.
        write!(file, "{}.{:03}0005", unix_ms / 1000, unix_ms % 1000)?;
        std::fs::rename(next, &self.file)
    }
}
