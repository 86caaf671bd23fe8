//! [`Remote`]: a connection to a server or a cluster.
//!
//! Owns how commands reach it, and what is said when no reply comes. Commands are routed by the crate `redis`, scripts
//! by their first key.

use std::time::Duration;

use evalua_redis::Reply;
use redis::cluster::{ClusterClientBuilder, ClusterConnection};
use redis::cluster_routing::{
    MultipleNodeRoutingInfo, ResponsePolicy, Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr,
};
use redis::{Client, Cmd, Connection, ConnectionLike, ErrorKind, RedisError, RedisResult, Value};

use crate::reply::{bulk, error_reply, reply};
use crate::{Address, Error};

/// A server that takes longer to be connected to is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What has no reply after this long will have none; a script that runs is not stopped by that.
const REPLY_TIMEOUT: Duration = Duration::from_secs(60);

/// A connection.
pub struct Remote {
    address: Address,
    link: Link,
    /// How many masters there are.
    masters: usize,
}

enum Link {
    Server(Box<Connection>),
    Cluster(Box<ClusterConnection>),
}

impl Remote {
    /// Connects.
    ///
    /// # Errors
    /// When that fails or the password is refused; when the server is a node of a cluster, or should be and is not; when
    /// the cluster does not serve all slots.
    pub fn open(address: &Address) -> Result<Remote, Error> {
        let link = if address.is_cluster {
            cluster(address).map(|connection| Link::Cluster(Box::new(connection)))
        } else {
            server(address).map(|connection| Link::Server(Box::new(connection)))
        };
        let mut remote = Remote {
            link: link.map_err(|error| failure(address, &error))?,
            address: address.clone(),
            masters: 1,
        };
        if address.is_cluster {
            remote.masters = remote.count_masters()?;
        } else {
            remote.expect_no_node()?;
        }
        Ok(remote)
    }

    /// How many masters share all slots.
    fn count_masters(&mut self) -> Result<usize, Error> {
        let reply = self.command(&["CLUSTER", "INFO"])?;
        let Some(info) = bulk(&reply).map(String::from_utf8_lossy) else {
            return Err(self.refused("CLUSTER INFO", &reply));
        };
        if fact(&info, "cluster_state") != Some("ok") {
            return Err(Error::new(format!(
                "{}: the cluster does not serve all slots",
                self.address
            )));
        }
        let size = fact(&info, "cluster_size").and_then(|size| size.parse().ok());
        size.ok_or_else(|| self.refused("CLUSTER INFO", &reply))
    }

    /// Fails if the server is a node of a cluster; one that does not tell is none.
    fn expect_no_node(&mut self) -> Result<(), Error> {
        let reply = self.command(&["INFO", "cluster"])?;
        let info = bulk(&reply).map(String::from_utf8_lossy);
        match info.is_some_and(|info| fact(&info, "cluster_enabled") == Some("1")) {
            false => Ok(()),
            true => Err(Error::new(format!(
                "{} is a node of a cluster, and not a server of its own (--cluster is for those)",
                self.address
            ))),
        }
    }

    /// Where it leads.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Runs a command and gives its reply, an error of the server's too. In a cluster it goes where its keys are; a
    /// script without keys to the node of slot 0.
    ///
    /// # Errors
    /// When no reply comes, or one that cannot be read.
    pub fn command<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Result<Reply, Error> {
        if calls_without_keys(args) {
            return self.command_at(0, args);
        }
        let command = command(args);
        let value = match &mut self.link {
            Link::Server(connection) => connection.req_command(&command),
            Link::Cluster(connection) => connection.req_command(&command),
        };
        self.reply(value)
    }

    /// Runs a command on the master of a slot, whatever its keys are; on a server, there.
    ///
    /// # Errors
    /// As [`Remote::command`].
    pub(crate) fn command_at<A: AsRef<[u8]>>(
        &mut self,
        slot: u16,
        args: &[A],
    ) -> Result<Reply, Error> {
        let command = command(args);
        let value = match &mut self.link {
            Link::Server(connection) => connection.req_command(&command),
            Link::Cluster(connection) => {
                let route = Route::new(slot, SlotAddr::Master);
                let route = SingleNodeRoutingInfo::SpecificNode(route);
                connection.route_command(&command, RoutingInfo::SingleNode(route))
            }
        };
        self.reply(value)
    }

    /// Where the master of a slot is; of a server, itself.
    fn node_of(&mut self, slot: u16) -> Result<Address, Error> {
        if !self.address.is_cluster {
            return Ok(self.address.clone());
        }
        let reply = self.command_at(slot, &["CLUSTER", "SLOTS"])?;
        let node = match &reply {
            Reply::Array(ranges) => ranges.iter().find_map(|range| master_of(range, slot)),
            _ => None,
        };
        match node {
            Some((host, port)) => Ok(self.address.of_node(&host, port)),
            None => Err(self.refused("CLUSTER SLOTS", &reply)),
        }
    }

    /// Runs a command on every master, and gives their replies; on a server, its own.
    ///
    /// # Errors
    /// As [`Remote::command`], and when not every master answers.
    pub fn on_masters(&mut self, args: &[&[u8]]) -> Result<Vec<Reply>, Error> {
        let Link::Cluster(connection) = &mut self.link else {
            return self.command(args).map(|reply| vec![reply]);
        };
        let masters = (
            MultipleNodeRoutingInfo::AllMasters,
            Some(ResponsePolicy::Special),
        );
        let value = connection.route_command(&command(args), RoutingInfo::MultiNode(masters));
        match value {
            // Nobody is to be taken for empty who has not been asked.
            Ok(Value::Map(replies)) if replies.len() != self.masters => Err(Error::new(format!(
                "{}: {} of {} masters answer",
                self.address,
                replies.len(),
                self.masters
            ))),
            Ok(Value::Map(replies)) => {
                Ok(replies.into_iter().map(|(_, value)| reply(value)).collect())
            }
            // An error of one of them.
            value => self.reply(value).map(|reply| vec![reply; self.masters]),
        }
    }

    /// What `INFO` says in a section, of every master.
    ///
    /// # Errors
    /// As [`Remote::command`], and when the server refuses to tell.
    pub fn info(&mut self, section: &str) -> Result<Vec<String>, Error> {
        let replies = self.on_masters(&[b"INFO", section.as_bytes()])?;
        let text = |reply: &Reply| match bulk(reply) {
            Some(text) => Ok(String::from_utf8_lossy(text).into_owned()),
            None => Err(self.refused(&format!("INFO {section}"), reply)),
        };
        replies.iter().map(text).collect()
    }

    /// That a command which must succeed was refused.
    pub(crate) fn refused(&self, command: &str, reply: &Reply) -> Error {
        let text = evalua_redis::text::print(reply);
        let text = String::from_utf8_lossy(&text);
        Error::new(format!("{}: {command} answers {text}", self.address))
    }

    /// Lets the server, or the master of a slot, show every command from now on, on a connection of its own.
    pub(crate) fn monitor(&mut self, slot: u16) -> Result<Monitor, Error> {
        let address = self.node_of(slot)?;
        let connected = server(&address).and_then(|mut connection| {
            let answer = connection.req_command(&command(&["MONITOR"]))?;
            Ok((connection, answer))
        });
        match connected {
            Ok((connection, Value::Okay)) => Ok(Monitor {
                connection,
                address,
            }),
            Ok((_, other)) => {
                let text = evalua_redis::text::print(&reply(other));
                Err(Error::new(String::from_utf8_lossy(&text)))
            }
            Err(error) => Err(failure(&address, &error)),
        }
    }

    fn reply(&self, value: RedisResult<Value>) -> Result<Reply, Error> {
        match value {
            Ok(value) => Ok(reply(value)),
            Err(error) => error_reply(&error).ok_or_else(|| failure(&self.address, &error)),
        }
    }
}

/// A connection on which the server shows every command.
pub struct Monitor {
    connection: Connection,
    address: Address,
}

impl Monitor {
    /// The next line: the time, who called, and the words in quotes.
    pub fn line(&mut self) -> Result<String, Error> {
        match self.connection.recv_response() {
            Ok(Value::SimpleString(line)) => Ok(line),
            Ok(other) => Err(Error::new(format!(
                "{}: MONITOR shows {other:?}",
                self.address
            ))),
            Err(error) => Err(failure(&self.address, &error)),
        }
    }
}

fn server(address: &Address) -> RedisResult<Connection> {
    let client = Client::open(address.nodes[0].clone())?;
    let connection = client.get_connection_with_timeout(CONNECT_TIMEOUT)?;
    connection.set_read_timeout(Some(REPLY_TIMEOUT))?;
    connection.set_write_timeout(Some(REPLY_TIMEOUT))?;
    Ok(connection)
}

fn cluster(address: &Address) -> RedisResult<ClusterConnection> {
    let builder = ClusterClientBuilder::new(address.nodes.clone());
    let client = builder
        .connection_timeout(CONNECT_TIMEOUT)
        .response_timeout(REPLY_TIMEOUT)
        // Nothing is sent twice.
        .retries(0)
        .build()?;
    client.get_connection()
}

fn command<A: AsRef<[u8]>>(args: &[A]) -> Cmd {
    let mut command = Cmd::new();
    for arg in args {
        command.arg(arg.as_ref());
    }
    command
}

/// Whether it calls a script or a function that has no keys: that may run on any node, and is to run on the same each
/// time.
fn calls_without_keys<A: AsRef<[u8]>>(args: &[A]) -> bool {
    const CALLS: [&[u8]; 6] = [
        b"EVAL",
        b"EVAL_RO",
        b"EVALSHA",
        b"EVALSHA_RO",
        b"FCALL",
        b"FCALL_RO",
    ];
    let [name, _, count, ..] = args else {
        return false;
    };
    let is_call = |call: &&[u8]| name.as_ref().eq_ignore_ascii_case(call);
    count.as_ref() == b"0" && CALLS.iter().any(is_call)
}

/// The host and the port of the master that has a slot, if it is in this range of `CLUSTER SLOTS`.
fn master_of(range: &Reply, slot: u16) -> Option<(String, u16)> {
    let Reply::Array(range) = range else {
        return None;
    };
    let [
        Reply::Integer(first),
        Reply::Integer(last),
        Reply::Array(master),
        ..,
    ] = &range[..]
    else {
        return None;
    };
    let [host, Reply::Integer(port), ..] = &master[..] else {
        return None;
    };
    let host = String::from_utf8_lossy(bulk(host).unwrap_or_default()).into_owned();
    let is_there = (*first..=*last).contains(&i64::from(slot));
    is_there.then_some((host, u16::try_from(*port).ok()?))
}

/// What INFO says under a name.
pub fn fact<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = info.lines().map(str::trim_end);
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
}

/// Why no reply came.
fn failure(address: &Address, error: &RedisError) -> Error {
    let why = match error.kind() {
        _ if error.is_timeout() => {
            let seconds = REPLY_TIMEOUT.as_secs();
            format!("there is no answer (connections wait for 5 s, replies for {seconds} s)")
        }
        ErrorKind::Parse => "the reply cannot be read: it has a status or an error in it that is not UTF-8, or more \
                             than 100 lists in one another"
            .to_owned(),
        ErrorKind::ClusterConnectionNotFound => "no node of a cluster answers there".to_owned(),
        // What has a detail is about making one.
        ErrorKind::Io
            if error.is_connection_dropped()
                && !error.is_connection_refusal()
                && error.detail().is_none() =>
        {
            format!("the connection is lost ({error})")
        }
        _ => match (error.code(), error.detail()) {
            (Some(code), Some(detail)) => format!("{code} {detail}"),
            (_, Some(detail)) => detail.to_owned(),
            // Its own words, and not the names of its categories.
            _ => {
                let words = error.to_string();
                words.split(" - ").next().unwrap_or_default().to_owned()
            }
        },
    };
    Error::new(format!("{address}: {why}"))
}
