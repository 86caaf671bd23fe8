//! The options about a real server, and which others do not go with it.

use clap::Args;
use evalua_remote::{Address, Scratch};

use crate::Failure;

/// How the URL of a server is written.
pub const URL: &str = "redis://[user:password@]host[:port][/database]";

/// Where to run instead of on an engine.
#[derive(Args, Debug)]
#[command(next_help_heading = "Server")]
pub struct RemoteOptions {
    /// Run on the Redis at this URL, and not on an engine.
    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "cluster",
        help = format!("Run on the Redis at this URL, and not on an engine: {URL}")
    )]
    server: Option<String>,

    /// Run on the cluster that the node at this URL is in; may be given again for more of its nodes, in case one does not
    /// answer
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    cluster: Vec<String>,
}

impl RemoteOptions {
    /// The server, if one is named.
    pub fn address(&self) -> Result<Option<Address>, Failure> {
        address(self.server.as_deref(), &self.cluster)
    }
}

/// The server at the URL of `--server`, or the cluster at those of `--cluster`, if one is named.
pub fn address(server: Option<&str>, cluster: &[String]) -> Result<Option<Address>, Failure> {
    if !cluster.is_empty() {
        let address = Address::cluster(cluster).map_err(|error| bad("--cluster", &error));
        return address.map(Some);
    }
    let address = server.map(Address::server).transpose();
    address.map_err(|error| bad("--server", &error))
}

fn bad(option: &str, error: &evalua_remote::Error) -> Failure {
    Failure::Usage(format!("{option}: {error}"))
}

/// What a server did not do.
pub fn failure(error: &evalua_remote::Error) -> Failure {
    Failure::Usage(error.to_string())
}

/// Takes a server that may be emptied.
pub fn claim(address: &Address, may_flush: bool) -> Result<Scratch, Failure> {
    Scratch::claim(address, may_flush).map_err(|error| match error.is_refusal() {
        true => Failure::Usage(format!("{error}; --flush allows that")),
        false => failure(&error),
    })
}

/// An option that needs an engine: whether it is given, its name, and why a server cannot do it.
pub type EngineOnly = (bool, &'static str, &'static str);

/// Why the clock of a server is not set.
pub const CLOCK: &str = "the clock of a server is its own";

/// Why its random replies are not chosen.
pub const SEED: &str = "a server draws its own random numbers";

/// Why it is not told what to be like.
pub const PROFILE: &str = "a server is what it is";

/// Why there is no coverage.
pub const COVERAGE: &str = "a server does not tell which lines of a script run";

/// Refuses the first option that is given though there is no engine.
pub fn refuse(options: &[EngineOnly]) -> Result<(), Failure> {
    match options.iter().find(|(is_given, ..)| *is_given) {
        None => Ok(()),
        Some((_, name, why)) => Err(Failure::Usage(format!(
            "{name} does not go with --server or --cluster: {why}"
        ))),
    }
}
