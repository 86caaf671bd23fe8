//! Servers that run while something is asked of them: `evalua serve`, and a real `redis-server`.
//!
//! Owns starting `evalua serve`, and what the system says that a process has used.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use evalua_conformance::server::{self, Server as RedisServer};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::{SysconfVar, sysconf};

/// A running `evalua serve`, stopped on drop.
pub struct Evalua {
    child: Child,
    pub port: u16,
}

impl Evalua {
    /// Starts a program on a free port, like the server of a profile.
    pub fn start(program: &Path, profile: &str) -> Result<Evalua, String> {
        Evalua::spawn(Command::new(program).args(["serve", "--profile", profile, "--port", "0"]))
    }

    /// Starts a command that ends up as `evalua serve`, and waits until it is ready.
    pub fn spawn(command: &mut Command) -> Result<Evalua, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let fail = |e: std::io::Error| format!("{name}: {e}");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(fail)?;
        let mut ready = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut ready).map_err(fail)?;
        }
        let port = ready.trim().rsplit(':').next().unwrap_or_default();
        let port = port.parse().unwrap_or(0);
        let server = Evalua { child, port };
        match port {
            0 => Err(format!("{name} said {ready:?}")),
            _ => Ok(server),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Waits for its end, after a client has sent SHUTDOWN.
    pub fn wait(mut self) -> Result<(), String> {
        let status = self.child.wait().map_err(|e| e.to_string())?;
        match status.success() {
            true => Ok(()),
            false => Err(format!("evalua serve ended with {status}")),
        }
    }
}

impl Drop for Evalua {
    fn drop(&mut self) {
        // One that is gone already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that is measured.
pub enum Server {
    Redis(RedisServer),
    Evalua(Evalua),
}

impl Server {
    /// A real server, and evalua like it: in this order.
    pub fn both(evalua: &Path) -> Result<[Server; 2], String> {
        let redis = RedisServer::start(&[]).map_err(|e| format!("redis-server: {e}"))?;
        Ok([
            Server::Redis(redis),
            Server::Evalua(Evalua::start(evalua, "redis-7.0")?),
        ])
    }

    pub fn name(&self) -> &'static str {
        match self {
            Server::Redis(_) => "redis-server",
            Server::Evalua(_) => "evalua",
        }
    }

    pub fn port(&self) -> u16 {
        match self {
            Server::Redis(server) => server.port(),
            Server::Evalua(server) => server.port,
        }
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port()))
    }

    fn pid(&self) -> u32 {
        match self {
            Server::Redis(server) => server.pid(),
            Server::Evalua(server) => server.child.id(),
        }
    }

    /// The CPU time that its process has used, with the system's for it, in seconds.
    pub fn cpu_seconds(&self) -> Result<f64, String> {
        let stat = self.proc("stat")?;
        // The name of the program, which may have blanks in it, is in brackets.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let mut fields = fields.split_whitespace().skip(11);
        let mut ticks = || fields.next().and_then(|field| field.parse::<f64>().ok());
        let per_second = sysconf(SysconfVar::CLK_TCK).ok().flatten();
        match (ticks(), ticks(), per_second) {
            (Some(user), Some(system), Some(per_second)) => Ok((user + system) / per_second as f64),
            _ => Err(format!("{}: no CPU time in {stat}", self.name())),
        }
    }

    /// As [`Server::cpu_seconds`], to the nanosecond, of the threads that are still there.
    pub fn cpu_seconds_exactly(&self) -> Result<f64, String> {
        server::cpu_seconds(self.pid()).map_err(|e| format!("{}: {e}", self.name()))
    }

    /// How much of its memory is resident, in KiB.
    pub fn resident_kib(&self) -> Result<f64, String> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let size = line.and_then(|line| line.split_whitespace().next());
        size.and_then(|size| size.parse().ok())
            .ok_or_else(|| format!("{}: no size in {status}", self.name()))
    }

    fn proc(&self, file: &str) -> Result<String, String> {
        let path = format!("/proc/{}/{file}", self.pid());
        fs::read_to_string(&path).map_err(|e| format!("{}: {path}: {e}", self.name()))
    }
}

/// Lets this process, and those that it starts, have as many open files as they may.
pub fn raise_open_files() -> Result<(), String> {
    let resource = Resource::RLIMIT_NOFILE;
    getrlimit(resource)
        .and_then(|(_, most)| setrlimit(resource, most, most))
        .map_err(|e| format!("the number of open files: {e}"))
}
