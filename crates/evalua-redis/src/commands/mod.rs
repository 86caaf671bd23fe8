//! The commands: one file for each family, with the rows of the table and their handlers side by
//! side; what several families share stands in files of its own.

use crate::table::Command;

mod acl;
mod bitfield;
mod bitmaps;
mod client;
mod client_tracking;
mod cluster;
mod command;
mod config;
mod connection;
mod debug;
pub(crate) mod docs;
mod dump;
mod evalua;
mod expiry;
mod functions;
mod geo;
mod geo_search;
mod hashes;
mod hyperloglog;
mod info;
mod keys;
mod lcs;
mod list_pops;
mod lists;
mod memory;
mod modules;
mod monitoring;
mod object;
pub(crate) mod pubsub;
mod random;
mod scan;
mod scripting;
mod server;
mod set_algebra;
mod sets;
pub(crate) mod shutdown;
mod sort;
mod sorted_set_algebra;
mod sorted_set_pops;
mod sorted_set_ranges;
mod sorted_sets;
mod store;
mod stream_claims;
mod stream_groups;
mod stream_info;
mod stream_reads;
mod streams;
mod strings;
pub(crate) mod transactions;
mod waits;

/// The rows of every family.
pub const FAMILIES: &[&[Command]] = &[
    acl::COMMANDS,
    bitfield::COMMANDS,
    bitmaps::COMMANDS,
    client::COMMANDS,
    cluster::COMMANDS,
    command::COMMANDS,
    config::COMMANDS,
    connection::COMMANDS,
    debug::COMMANDS,
    dump::COMMANDS,
    evalua::COMMANDS,
    expiry::COMMANDS,
    functions::COMMANDS,
    geo::COMMANDS,
    geo_search::COMMANDS,
    hashes::COMMANDS,
    hyperloglog::COMMANDS,
    info::COMMANDS,
    keys::COMMANDS,
    list_pops::COMMANDS,
    lists::COMMANDS,
    memory::COMMANDS,
    modules::COMMANDS,
    monitoring::COMMANDS,
    object::COMMANDS,
    pubsub::COMMANDS,
    scripting::COMMANDS,
    server::COMMANDS,
    set_algebra::COMMANDS,
    sets::COMMANDS,
    shutdown::COMMANDS,
    sort::COMMANDS,
    sorted_set_algebra::COMMANDS,
    sorted_set_pops::COMMANDS,
    sorted_set_ranges::COMMANDS,
    sorted_sets::COMMANDS,
    stream_claims::COMMANDS,
    stream_groups::COMMANDS,
    stream_info::COMMANDS,
    stream_reads::COMMANDS,
    streams::COMMANDS,
    strings::COMMANDS,
    transactions::COMMANDS,
    waits::COMMANDS,
];
