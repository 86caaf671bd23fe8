//! [`Address`]: where a server or a cluster is.
//!
//! Owns what URLs may say. Passwords are in none of its texts.

use std::fmt;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};

use crate::Error;

/// A server, or a cluster by some of its nodes.
#[derive(Clone, Debug)]
pub struct Address {
    /// What clients are made of: one for a server.
    pub(crate) nodes: Vec<ConnectionInfo>,
    pub(crate) is_cluster: bool,
}

impl Address {
    /// A server: `redis://[user:password@]host[:port][/database]`, or `unix:///path/of/socket`.
    ///
    /// # Errors
    /// When the URL is none of a server's, or asks for TLS.
    pub fn server(url: &str) -> Result<Address, Error> {
        Ok(Address {
            nodes: vec![node(url)?],
            is_cluster: false,
        })
    }

    /// A cluster, by one of its nodes or more: the first that answers tells of the others.
    ///
    /// # Errors
    /// When there is no URL, when one is none of a server's or asks for TLS, or names a database: a cluster has only 0.
    pub fn cluster<U: AsRef<str>>(urls: &[U]) -> Result<Address, Error> {
        let nodes = urls.iter().map(|url| node(url.as_ref()));
        let nodes = nodes.collect::<Result<Vec<_>, _>>()?;
        if nodes.is_empty() {
            return Err(Error::new("a cluster needs the URL of a node"));
        }
        if let Some(node) = nodes.iter().find(|node| node.redis_settings().db() != 0) {
            return Err(Error::new(format!(
                "{}: a cluster has no database {}, only 0",
                node.addr(),
                node.redis_settings().db()
            )));
        }
        Ok(Address {
            nodes,
            is_cluster: true,
        })
    }

    /// The node of a cluster that is at this host and port, by the same user. Where a node does not know its host, it
    /// is the one that was named.
    pub(crate) fn of_node(&self, host: &str, port: u16) -> Address {
        let known = self.nodes[0].clone();
        let host = match (host, known.addr()) {
            ("", ConnectionAddr::Tcp(named, _)) => named.clone(),
            _ => host.to_owned(),
        };
        Address {
            nodes: vec![known.set_addr(ConnectionAddr::Tcp(host, port))],
            is_cluster: false,
        }
    }

    /// The database that connections begin in.
    pub(crate) fn database(&self) -> usize {
        let db = self.nodes[0].redis_settings().db();
        usize::try_from(db).unwrap_or_default()
    }

    /// Whether it is a cluster's.
    pub fn is_cluster(&self) -> bool {
        self.is_cluster
    }
}

impl fmt::Display for Address {
    /// Hosts and ports.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_cluster {
            f.write_str("the cluster at ")?;
        }
        let nodes: Vec<String> = (self.nodes.iter())
            .map(|node| node.addr().to_string())
            .collect();
        f.write_str(&nodes.join(", "))
    }
}

/// What the URL of a server says. Errors do not repeat it: it may have a password in it.
fn node(url: &str) -> Result<ConnectionInfo, Error> {
    if url.starts_with("rediss:") || url.starts_with("valkeys:") {
        return Err(Error::new(
            "TLS is not supported: a tunnel such as stunnel makes the server reachable by redis://",
        ));
    }
    let info = url.into_connection_info().map_err(|error| {
        // Its own words, and not those about its categories.
        let why = error.to_string();
        let why = match url.contains("://") {
            true => why.split(" - ").next().unwrap_or_default().to_lowercase(),
            false => "it does not begin with redis://".to_owned(),
        };
        Error::new(format!(
            "that is no URL of a server, such as redis://[user:password@]host[:port][/database] ({why})"
        ))
    })?;
    let settings = info.redis_settings().clone();
    let settings = settings
        .set_protocol(ProtocolVersion::RESP2)
        // Its name would be one more command in the statistics of the server.
        .set_skip_set_lib_name();
    Ok(info.set_redis_settings(settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_told_without_the_password() {
        for url in [
            "",
            "localhost:6379",
            "http://:secret@localhost",
            "redis://:secret@",
            "redis://:secret@localhost/first",
            "redis://:secret@0.0.0.0",
            "redis://:secret@localhost:99999",
        ] {
            let error = Address::server(url).unwrap_err().to_string();
            assert!(error.starts_with("that is no URL of a server"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        let bare = Address::server("localhost:6379").unwrap_err().to_string();
        assert!(
            bare.ends_with("(it does not begin with redis://)"),
            "{bare}"
        );
        let tls = Address::server("rediss://:secret@localhost").unwrap_err();
        assert!(tls.to_string().starts_with("TLS is not supported"), "{tls}");
        let db = Address::cluster(&["redis://h:1", "redis://:secret@h:2/3"]).unwrap_err();
        assert_eq!(db.to_string(), "h:2: a cluster has no database 3, only 0");
        assert!(Address::cluster::<&str>(&[]).is_err());
    }

    #[test]
    fn nodes_are_where_the_cluster_says() {
        let cluster = Address::cluster(&["redis://ann:secret@a:1"]).unwrap();
        for (host, shown) in [("b", "b:7"), ("", "a:7")] {
            let node = cluster.of_node(host, 7);
            assert_eq!(node.to_string(), shown);
            assert_eq!(node.nodes[0].redis_settings().username(), Some("ann"));
        }
    }

    #[test]
    fn shows_hosts_and_ports() {
        let server = Address::server("redis://ann:secret@localhost/2").unwrap();
        assert_eq!(server.to_string(), "localhost:6379");
        let cluster = Address::cluster(&["redis://:secret@a:1", "redis://:secret@b:2"]).unwrap();
        assert_eq!(cluster.to_string(), "the cluster at a:1, b:2");
    }
}
