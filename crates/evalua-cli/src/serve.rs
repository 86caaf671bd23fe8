//! `evalua serve`: the engine behind a port, and a socket of the file system, for Redis clients.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
#[cfg(unix)]
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use evalua_redis::Redis;
use evalua_server::Server;

use crate::findings::Printer;
use crate::{Failure, engine};

/// Answer Redis clients
///
/// Says where it listens once it does, and runs until it is interrupted, or a client sends SHUTDOWN.
/// Clients on other machines are refused until there is a password, as by a Redis server.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  evalua serve --port 6400
  evalua serve --port 0 --setup fixtures.redis --at 1700000000000
  evalua serve --bind 0.0.0.0 --requirepass secret --config maxmemory=100mb")]
pub struct Options {
    /// The port; 0 is any free one
    #[arg(long, value_name = "N", default_value_t = 6379)]
    port: u16,

    /// The address of this machine at which to listen
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,

    /// Listen at this path too, as a socket of the file system
    #[cfg(unix)]
    #[arg(long, value_name = "PATH")]
    unixsocket: Option<PathBuf>,

    /// The password that clients have to give
    #[arg(long, value_name = "PASSWORD")]
    requirepass: Option<String>,

    /// Begin with this setting, as CONFIG SET takes it
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    config: Vec<(String, String)>,

    #[command(flatten)]
    engine: engine::EngineOptions,
}

/// A setting and its value.
fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("there is no = between name and value".to_owned()),
    }
}

impl Options {
    /// The engine as it is to begin.
    fn open(&self) -> Result<Redis, Failure> {
        let mut redis = self.engine.open(Printer::default(), |builder| builder)?;
        let password = self.requirepass.iter();
        let password = password.map(|password| ("requirepass", &**password));
        let others = self.config.iter().map(|(name, value)| (&**name, &**value));
        for (name, value) in others.chain(password) {
            if let Some(error) = redis.command(&["CONFIG", "SET", name, value]).as_error() {
                return Err(Failure::Usage(format!("the setting {name}: {error}")));
            }
        }
        Ok(redis)
    }
}

/// Serves until the process is interrupted.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    raise_open_files();
    let redis = options.open()?;
    let address = SocketAddr::from((options.bind, options.port));
    let failure = |error: io::Error| Failure::Run(format!("{address}: {error}"));
    let is_shut = !options.bind.is_loopback() && redis.core().refuses_strangers().is_some();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failure)?
        .block_on(async {
            let server = Server::bind(address, redis).await.map_err(failure)?;
            #[cfg(unix)]
            let server = bind_path(server, options)?;
            let address = server.local_addr().map_err(failure)?;
            if is_shut {
                // Without standard error nobody is warned.
                let _ = writeln!(
                    io::stderr(),
                    "evalua: clients on other machines are refused: give a password with --requirepass, or --config protected-mode=no"
                );
            }
            #[cfg(unix)]
            if let Some(path) = &options.unixsocket {
                writeln!(io::stdout(), "evalua is ready at unix:{}", path.display())?;
            }
            writeln!(io::stdout(), "evalua is ready at redis://{address}")?;
            server
                .run(async {
                    // Where interrupts cannot be waited for, the process just ends.
                    if tokio::signal::ctrl_c().await.is_err() {
                        std::future::pending::<()>().await;
                    }
                })
                .await;
            Ok(ExitCode::SUCCESS)
        })
}

/// Lets the process have as many open files as it may, since each connection is one.
#[cfg(unix)]
fn raise_open_files() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    // Where it is refused there are as many as before; who finds no room is turned away by the system.
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

/// Elsewhere there is no such bound.
#[cfg(not(unix))]
fn raise_open_files() {}

/// Lets a server listen at the path too that is asked for.
#[cfg(unix)]
fn bind_path(mut server: Server, options: &Options) -> Result<Server, Failure> {
    if let Some(path) = &options.unixsocket {
        let failure = |error| Failure::Run(format!("{}: {error}", path.display()));
        server.bind_path(path).map_err(failure)?;
    }
    Ok(server)
}
