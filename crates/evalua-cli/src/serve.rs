//! `evalua serve`: the engine behind a port, for Redis clients.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use clap::Args;
use evalua_server::Server;

use crate::findings::Printer;
use crate::{Failure, engine};

/// Answer Redis clients on the loopback interface
///
/// Says where it listens once it does, and runs until it is interrupted.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  evalua serve --port 6400
  evalua serve --port 0 --setup fixtures.redis --at 1700000000000")]
pub struct Options {
    /// The port; 0 is any free one
    #[arg(long, value_name = "N", default_value_t = 6379)]
    port: u16,

    #[command(flatten)]
    engine: engine::EngineOptions,
}

/// Serves until the process is interrupted.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    raise_open_files();
    let redis = options.engine.open(Printer::default())?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let failure = |error: io::Error| Failure::Run(format!("{address}: {error}"));
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failure)?
        .block_on(async {
            let server = Server::bind(address, redis).await.map_err(failure)?;
            let address = server.local_addr().map_err(failure)?;
            writeln!(io::stdout(), "evalua is ready at redis://{address}")?;
            server
                .run(async {
                    // Where interrupts cannot be waited for, the process just ends.
                    if tokio::signal::ctrl_c().await.is_err() {
                        std::future::pending::<()>().await;
                    }
                })
                .await
                .map_err(failure)?;
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
