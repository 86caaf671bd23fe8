//! A real Redis Cluster for the length of a test: three servers on loopback, all of them masters.
//!
//! Owns making a cluster of them and waiting until it serves every slot. Starting and stopping one server is
//! [`crate::server`]'s.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use crate::resp::{Client, Reply};
use crate::server::Server;

/// How many masters there are, among which the slots are shared evenly.
pub const NODES: usize = 3;

/// How many slots a cluster has.
const SLOTS: usize = 16_384;

/// How often, and how far apart, a new cluster is asked whether it serves: thirty seconds in all. New masters refuse
/// to serve for the first two of them.
const POLLS: u32 = 600;
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A running cluster, stopped on drop.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Server>,
}

impl Cluster {
    /// A fresh cluster of servers of the [`ORACLE_SERIES`](crate::server::ORACLE_SERIES), or `None` after a visible line that says why not.
    ///
    /// # Panics
    /// When there is no such server and `EVALUA_REQUIRE_ORACLES=1`; and when one is installed but no cluster comes of it.
    pub fn oracle() -> Option<Cluster> {
        Cluster::oracle_with(&[])
    }

    /// [`Cluster::oracle`] with further options for every node, as on `redis-server`'s command line.
    ///
    /// # Panics
    /// As [`Cluster::oracle`].
    pub fn oracle_with(options: &[&str]) -> Option<Cluster> {
        let mut nodes = Vec::with_capacity(NODES);
        for _ in 0..NODES {
            nodes.push(Server::oracle_node(options)?);
        }
        Some(Cluster::join(nodes).expect("servers are up but make no cluster"))
    }

    fn join(nodes: Vec<Server>) -> io::Result<Cluster> {
        let cluster = Cluster { nodes };
        let mut clients = Vec::with_capacity(NODES);
        for node in &cluster.nodes {
            clients.push(node.connect()?);
        }
        for (index, client) in clients.iter_mut().enumerate() {
            // With epochs of their own the nodes need not settle which of them has which.
            expect_ok(
                client,
                &["CLUSTER", "SET-CONFIG-EPOCH", &(index + 1).to_string()],
            )?;
            let first = (SLOTS * index / NODES).to_string();
            let last = (SLOTS * (index + 1) / NODES - 1).to_string();
            expect_ok(client, &["CLUSTER", "ADDSLOTSRANGE", &first, &last])?;
        }
        for node in &cluster.nodes[1..] {
            let (port, bus) = (node.port().to_string(), node.bus_port().to_string());
            expect_ok(
                &mut clients[0],
                &["CLUSTER", "MEET", "127.0.0.1", &port, &bus],
            )?;
        }
        for _ in 0..POLLS {
            let mut serving = 0;
            for client in &mut clients {
                serving += usize::from(is_serving(client)?);
            }
            if serving == NODES {
                return Ok(cluster);
            }
            sleep(POLL_INTERVAL);
        }
        Err(io::Error::other("the cluster does not serve all slots"))
    }

    /// Its nodes. The first has the lowest slots.
    pub fn nodes(&self) -> &[Server] {
        &self.nodes
    }

    /// Stops a node, as when it crashes.
    pub fn stop(&mut self, node: usize) {
        self.nodes.remove(node);
    }

    /// The URL of its first node, from which clients find the others.
    pub fn url(&self) -> String {
        self.nodes[0].url()
    }
}

fn expect_ok(client: &mut Client, command: &[&str]) -> io::Result<()> {
    match client.command(command)? {
        Reply::Status(text) if text == b"OK" => Ok(()),
        other => Err(io::Error::other(format!(
            "{}: {other:?}",
            command.join(" ")
        ))),
    }
}

/// Whether a node knows all others and that every slot is served.
fn is_serving(client: &mut Client) -> io::Result<bool> {
    let Reply::Bulk(facts) = client.command(["CLUSTER", "INFO"])? else {
        return Ok(false);
    };
    let facts = String::from_utf8_lossy(&facts);
    let has = |fact: &str| facts.lines().any(|line| line == fact);
    if !has("cluster_state:ok") || !has(&format!("cluster_size:{NODES}")) {
        return Ok(false);
    }
    // While they shake hands, nodes are known by names that are not theirs.
    let Reply::Bulk(nodes) = client.command(["CLUSTER", "NODES"])? else {
        return Ok(false);
    };
    let nodes = String::from_utf8_lossy(&nodes);
    Ok(nodes.lines().count() == NODES && !nodes.contains("handshake"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_serves_its_slots() {
        let Some(cluster) = Cluster::oracle() else {
            return;
        };
        // The slots of these keys are 3300, 7365 and 11298.
        let keys = [("b", 0), ("c", 1), ("d", 2)];
        for (key, owner) in keys {
            for (index, node) in cluster.nodes().iter().enumerate() {
                let reply = node.connect().unwrap().command(["SET", key, "v"]).unwrap();
                match reply.as_error() {
                    None => assert_eq!(index, owner, "{key}"),
                    Some(error) => {
                        let port = cluster.nodes()[owner].port().to_string();
                        let error = String::from_utf8_lossy(error);
                        assert!(
                            error.starts_with("MOVED ") && error.ends_with(&port),
                            "{error}"
                        );
                    }
                }
            }
        }
    }
}
