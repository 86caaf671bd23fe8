//! A real `redis-server` for the length of a test.
//!
//! Owns starting it (free loopback port, no persistence, its own empty folder), waiting until it
//! answers, and stopping it. Knows nothing of what is asked of it: that is [`crate::resp`]'s client.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::clock::Clock;
use crate::resp::Client;

/// The series of servers whose answers the tests expect: Debian's, at the time of writing 7.0.15.
pub const ORACLE_SERIES: &str = "7.0.";

/// How often, and how far apart, a new server is asked whether it is up: five seconds in all.
const POLLS: u32 = 500;
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A running `redis-server`, stopped on drop.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
    /// Where the nodes of a cluster talk to one another; 0 outside of one.
    bus_port: u16,
    clock: Option<Clock>,
    /// Holds the server's log and clock; removed after the server has stopped.
    dir: tempfile::TempDir,
}

/// What a server is started with.
#[derive(Debug, Default)]
struct Setup<'a> {
    options: &'a [&'a str],
    /// Its clock stands still at this time.
    unix_ms: Option<u64>,
    /// Whether it is to be a node of a cluster.
    is_node: bool,
}

impl Server {
    /// The oracle for a differential test: a fresh server of the [`ORACLE_SERIES`], or `None` after
    /// a visible line that says why not.
    ///
    /// # Panics
    /// When there is no such server and `EVALUA_REQUIRE_ORACLES=1`; and when one is installed but
    /// does not start.
    pub fn oracle() -> Option<Server> {
        Server::oracle_with(&[])
    }

    /// [`Server::oracle`] with further options, as on `redis-server`'s command line.
    ///
    /// # Panics
    /// As [`Server::oracle`].
    pub fn oracle_with(options: &[&str]) -> Option<Server> {
        Server::start_oracle(&Setup {
            options,
            ..Setup::default()
        })
    }

    /// [`Server::oracle`] with a clock that stands still at `unix_ms` until [`Server::set_clock`].
    ///
    /// # Panics
    /// As [`Server::oracle`]; libfaketime belongs to this oracle.
    pub fn oracle_at(unix_ms: u64) -> Option<Server> {
        Server::start_oracle(&Setup {
            unix_ms: Some(unix_ms),
            ..Setup::default()
        })
    }

    /// [`Server::oracle_with`], as a node that is to be in a cluster.
    pub(crate) fn oracle_node(options: &[&str]) -> Option<Server> {
        Server::start_oracle(&Setup {
            options,
            is_node: true,
            ..Setup::default()
        })
    }

    fn start_oracle(setup: &Setup) -> Option<Server> {
        match installed_version() {
            Ok(version) if version.starts_with(ORACLE_SERIES) => {
                let server = Server::start_setup(setup)
                    .expect("redis-server is installed but does not start");
                if setup.unix_ms.is_some() && server.clock.is_none() {
                    crate::missing("redis-server", "libfaketime is not installed");
                    return None;
                }
                Some(server)
            }
            Ok(version) => {
                let why = format!("found {version}, the tests expect {ORACLE_SERIES}x");
                crate::missing("redis-server", &why);
                None
            }
            Err(error) => {
                crate::missing("redis-server", &error.to_string());
                None
            }
        }
    }

    /// Starts a server with further `options`, whatever its version.
    ///
    /// # Errors
    /// When it cannot be started, or does not answer within five seconds; its log is in the message.
    pub fn start(options: &[&str]) -> io::Result<Server> {
        Server::start_setup(&Setup {
            options,
            ..Setup::default()
        })
    }

    fn start_setup(setup: &Setup) -> io::Result<Server> {
        // The port is free when it is chosen, but another process may take it before the server
        // does; such a server exits at once, and another port is tried.
        let mut last = None;
        for _ in 0..3 {
            match Server::start_once(setup) {
                Ok(server) => return Ok(server),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("three attempts leave an error"))
    }

    fn start_once(setup: &Setup) -> io::Result<Server> {
        let dir = tempfile::tempdir()?;
        let port = free_port()?;
        let log = dir.path().join("log");
        let clock = match setup.unix_ms {
            Some(unix_ms) => Clock::new(dir.path(), unix_ms)?,
            None => None,
        };
        let (bus_port, node) = match setup.is_node {
            true => {
                let bus_port = free_port()?;
                (bus_port, node_options(bus_port))
            }
            false => (0, Vec::new()),
        };
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .args(["--enable-debug-command", "yes"])
            .arg("--dir")
            .arg(dir.path())
            .args(node)
            .args(setup.options)
            .envs(clock.iter().flat_map(Clock::environment))
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(Stdio::null())
            .spawn()?;
        let mut server = Server {
            child,
            port,
            bus_port,
            clock,
            dir,
        };
        for _ in 0..POLLS {
            if let Some(status) = server.child.try_wait()? {
                return Err(io::Error::other(format!(
                    "redis-server ended with {status}: {}",
                    std::fs::read_to_string(&log)?
                )));
            }
            if let Ok(mut client) = server.connect()
                && client.command(["PING"]).is_ok()
            {
                return Ok(server);
            }
            sleep(POLL_INTERVAL);
        }
        Err(io::Error::other(format!(
            "redis-server does not answer: {}",
            std::fs::read_to_string(&log)?
        )))
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port on which the other nodes of its cluster talk to it.
    pub(crate) fn bus_port(&self) -> u16 {
        self.bus_port
    }

    /// Its URL, as clients take it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its folder: empty but for the log, and gone when the server is.
    pub fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Turns the clock of a server that [`Server::oracle_at`] started, forward or back.
    ///
    /// # Panics
    /// When the server runs by the system's clock.
    ///
    /// # Errors
    /// When the clock's file cannot be written.
    pub fn set_clock(&self, unix_ms: u64) -> io::Result<()> {
        self.clock
            .as_ref()
            .expect("a server started with a clock")
            .set(unix_ms)
    }

    /// A new connection to it.
    ///
    /// # Errors
    /// When the connection is refused.
    pub fn connect(&self) -> io::Result<Client> {
        Client::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing of the server is kept, so it need not be asked politely; and a server that is
        // already gone is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a node of a cluster is started with besides. Without its address it would learn that from the others, later.
fn node_options(bus_port: u16) -> Vec<String> {
    let bus_port = bus_port.to_string();
    let options = [
        ["--cluster-enabled", "yes"],
        ["--cluster-port", &bus_port],
        ["--cluster-announce-ip", "127.0.0.1"],
    ];
    options.concat().into_iter().map(str::to_owned).collect()
}

/// What the threads of a process have used of the processor, in seconds, to the nanosecond; those that have
/// ended do not count.
///
/// # Errors
/// When there is no such process, or the system does not tell.
pub fn cpu_seconds(pid: u32) -> io::Result<f64> {
    let mut nanoseconds = 0.0;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let on_cpu = text.split(' ').next().and_then(|n| n.parse::<f64>().ok());
        nanoseconds +=
            on_cpu.ok_or_else(|| io::Error::other(format!("no time in schedstat: {text}")))?;
    }
    Ok(nanoseconds / 1e9)
}

/// A loopback port that was free a moment ago.
///
/// # Errors
/// When the system has none.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// The version of the installed `redis-server`, such as `7.0.15`.
///
/// # Errors
/// When there is none, or it does not name its version.
pub fn installed_version() -> io::Result<String> {
    let output = Command::new("redis-server").arg("--version").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace()
        .find_map(|word| word.strip_prefix("v="))
        .map(str::to_owned)
        .ok_or_else(|| io::Error::other(format!("unexpected version line: {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::Reply;

    #[test]
    fn starts_answers_and_stops() {
        let Some(server) = Server::oracle() else {
            return;
        };
        let port = server.port();
        let mut client = server.connect().unwrap();
        assert_eq!(client.command(["DBSIZE"]).unwrap(), Reply::Int(0));
        drop(server);
        assert!(Client::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).is_err());
    }

    #[test]
    fn the_clock_stands_still_until_it_is_set() {
        const START: u64 = 1_700_000_000_250;
        let Some(server) = Server::oracle_at(START) else {
            return;
        };
        let mut client = server.connect().unwrap();
        client.command(["SET", "k", "v", "EX", "60"]).unwrap();
        let seconds = Reply::Bulk(b"1700000000".to_vec());
        let micros = Reply::Bulk(b"250000".to_vec());
        assert_eq!(
            client.command(["TIME"]).unwrap(),
            Reply::Array(vec![seconds, micros])
        );
        for ms in 1..=999 {
            server.set_clock(1_000 + ms).unwrap();
            let micros = Reply::Bulk(format!("{}", ms * 1000).into_bytes());
            let time = Reply::Array(vec![Reply::Bulk(b"1".to_vec()), micros]);
            assert_eq!(client.command(["TIME"]).unwrap(), time);
        }
        server.set_clock(START).unwrap();
        sleep(Duration::from_millis(20));
        assert_eq!(client.command(["PTTL", "k"]).unwrap(), Reply::Int(60_000));
        server.set_clock(START + 59_999).unwrap();
        assert_eq!(client.command(["PTTL", "k"]).unwrap(), Reply::Int(1));
        // A key lives through the millisecond of its deadline.
        server.set_clock(START + 60_000).unwrap();
        assert_eq!(client.command(["PTTL", "k"]).unwrap(), Reply::Int(0));
        server.set_clock(START + 60_001).unwrap();
        assert_eq!(client.command(["PTTL", "k"]).unwrap(), Reply::Int(-2));
    }

    #[test]
    fn a_server_that_does_not_start_says_why() {
        if installed_version().is_err() {
            return crate::missing("redis-server", "not installed");
        }
        let error = Server::start(&["--no-such-option", "1"]).unwrap_err();
        assert!(error.to_string().contains("redis-server ended"), "{error}");
    }
}
