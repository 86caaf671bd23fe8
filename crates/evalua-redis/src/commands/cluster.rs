//! The cluster: the commands of one, which answer as a server does that is not part of any.

use crate::errors;
use crate::table::flag::{ADMIN, FAST, LOADING, NO_ASYNC_LOADING, NOSCRIPT, STALE};
use crate::table::{Command, Group, acl};

/// What they all answer.
const DISABLED: &str = "(error) ERR This instance has cluster support disabled";

const ROW: Command = Command {
    group: Group::Cluster,
    arity: 2,
    since: "3.0.0",
    run: |_, _| Err(errors::CLUSTER_DISABLED),
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "asking",
        arity: 1,
        flags: FAST,
        acl: acl::CONNECTION,
        summary: "Signals that a cluster client is following an -ASK redirect.",
        examples: examples![("ASKING", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster",
        arity: -2,
        summary: "A container for Redis Cluster commands.",
        complexity: "Depends on subcommand.",
        subcommands: SUBCOMMANDS,
        ..ROW
    },
    Command {
        name: "readonly",
        arity: 1,
        flags: FAST | LOADING | STALE,
        acl: acl::CONNECTION,
        summary: "Enables read-only queries for a connection to a Redis Cluster replica node.",
        examples: examples![("READONLY", DISABLED)],
        ..ROW
    },
    Command {
        name: "readwrite",
        arity: 1,
        flags: FAST | LOADING | STALE,
        acl: acl::CONNECTION,
        summary: "Enables read-write queries for a connection to a Reids Cluster replica node.",
        examples: examples![("READWRITE", DISABLED)],
        ..ROW
    },
];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "cluster|addslots",
        arity: -3,
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        summary: "Assigns new hash slots to a node.",
        complexity: "O(N) where N is the total number of hash slot arguments",
        examples: examples![("CLUSTER ADDSLOTS 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|addslotsrange",
        arity: -4,
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        since: "7.0.0",
        summary: "Assigns new hash slot ranges to a node.",
        complexity: "O(N) where N is the total number of the slots between the start slot and end slot arguments.",
        examples: examples![("CLUSTER ADDSLOTSRANGE 0 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|bumpepoch",
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        summary: "Advances the cluster config epoch.",
        tips: &["nondeterministic_output"],
        examples: examples![("CLUSTER BUMPEPOCH", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|count-failure-reports",
        arity: 3,
        flags: ADMIN | STALE,
        summary: "Returns the number of active failure reports active for a node.",
        complexity: "O(N) where N is the number of failure reports",
        tips: &["nondeterministic_output"],
        examples: examples![("CLUSTER COUNT-FAILURE-REPORTS 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|countkeysinslot",
        arity: 3,
        flags: STALE,
        summary: "Returns the number of keys in a hash slot.",
        examples: examples![("CLUSTER COUNTKEYSINSLOT 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|delslots",
        arity: -3,
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        summary: "Sets hash slots as unbound for a node.",
        complexity: "O(N) where N is the total number of hash slot arguments",
        examples: examples![("CLUSTER DELSLOTS 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|delslotsrange",
        arity: -4,
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        since: "7.0.0",
        summary: "Sets hash slot ranges as unbound for a node.",
        complexity: "O(N) where N is the total number of the slots between the start slot and end slot arguments.",
        examples: examples![("CLUSTER DELSLOTSRANGE 0 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|failover",
        arity: -2,
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        summary: "Forces a replica to perform a manual failover of its master.",
        examples: examples![("CLUSTER FAILOVER", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|flushslots",
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        summary: "Deletes all slots information from a node.",
        examples: examples![("CLUSTER FLUSHSLOTS", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|forget",
        arity: 3,
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        summary: "Removes a node from the nodes table.",
        examples: examples![("CLUSTER FORGET 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|getkeysinslot",
        arity: 4,
        flags: STALE,
        summary: "Returns the key names in a hash slot.",
        complexity: "O(N) where N is the number of requested keys",
        tips: &["nondeterministic_output"],
        examples: examples![("CLUSTER GETKEYSINSLOT 0 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|help",
        flags: LOADING | STALE,
        since: "5.0.0",
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![("CLUSTER HELP", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|info",
        flags: STALE,
        summary: "Returns information about the state of a node.",
        tips: &["nondeterministic_output"],
        examples: examples![("CLUSTER INFO", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|keyslot",
        arity: 3,
        flags: STALE,
        summary: "Returns the hash slot for a key.",
        complexity: "O(N) where N is the number of bytes in the key",
        examples: examples![("CLUSTER KEYSLOT 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|links",
        flags: STALE,
        since: "7.0.0",
        summary: "Returns a list of all TCP links to and from peer nodes.",
        complexity: "O(N) where N is the total number of Cluster nodes",
        tips: &["nondeterministic_output"],
        examples: examples![("CLUSTER LINKS", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|meet",
        arity: -4,
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        summary: "Forces a node to handshake with another node.",
        examples: examples![("CLUSTER MEET 0 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|myid",
        flags: STALE,
        summary: "Returns the ID of a node.",
        examples: examples![("CLUSTER MYID", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|myshardid",
        flags: STALE,
        since: "7.2.0",
        summary: "Returns the shard ID of a node.",
        tips: &["nondeterministic_output"],
        examples: examples![("CLUSTER MYSHARDID", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|nodes",
        flags: STALE,
        summary: "Returns the cluster configuration for a node.",
        complexity: "O(N) where N is the total number of Cluster nodes",
        tips: &["nondeterministic_output"],
        examples: examples![("CLUSTER NODES", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|replicas",
        arity: 3,
        flags: ADMIN | STALE,
        since: "5.0.0",
        summary: "Lists the replica nodes of a master node.",
        complexity: "O(N) where N is the number of replicas.",
        tips: &["nondeterministic_output"],
        examples: examples![("CLUSTER REPLICAS 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|replicate",
        arity: 3,
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        summary: "Configure a node as replica of a master node.",
        examples: examples![("CLUSTER REPLICATE 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|reset",
        arity: -2,
        flags: ADMIN | STALE | NOSCRIPT,
        summary: "Resets a node.",
        complexity: "O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect.",
        examples: examples![("CLUSTER RESET", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|saveconfig",
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        summary: "Forces a node to save the cluster configuration to disk.",
        examples: examples![("CLUSTER SAVECONFIG", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|set-config-epoch",
        arity: 3,
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        summary: "Sets the configuration epoch for a new node.",
        examples: examples![("CLUSTER SET-CONFIG-EPOCH 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|setslot",
        arity: -4,
        flags: NO_ASYNC_LOADING | ADMIN | STALE,
        summary: "Binds a hash slot to a node.",
        examples: examples![("CLUSTER SETSLOT 0 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|shards",
        flags: LOADING | STALE,
        since: "7.0.0",
        summary: "Returns the mapping of cluster slots to shards.",
        complexity: "O(N) where N is the total number of cluster nodes",
        tips: &["nondeterministic_output"],
        examples: examples![("CLUSTER SHARDS", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|slaves",
        arity: 3,
        flags: ADMIN | STALE,
        summary: "Lists the replica nodes of a master node.",
        complexity: "O(N) where N is the number of replicas.",
        tips: &["nondeterministic_output"],
        examples: examples![("CLUSTER SLAVES 0", DISABLED)],
        ..ROW
    },
    Command {
        name: "cluster|slots",
        flags: LOADING | STALE,
        summary: "Returns the mapping of cluster slots to nodes.",
        complexity: "O(N) where N is the total number of Cluster nodes",
        tips: &["nondeterministic_output"],
        examples: examples![("CLUSTER SLOTS", DISABLED)],
        ..ROW
    },
];
