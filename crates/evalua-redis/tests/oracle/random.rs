//! Commands of all families over the same few keys, so that each meets values of every type.

use evalua_redis::config::Compact;

use crate::harness::{self, Gen, Generator, Setting, Step};
use crate::{
    bitmaps, dumps, geo, hashes, hyperloglog, keys, lists, sets, sorted_sets, streams, strings,
};

/// What makes up the steps of each. SORT is not among them: what it makes of large collections
/// depends on the server's hash tables.
const FAMILIES: &[Generator] = &[
    bitmaps::step,
    dumps::step,
    geo::step,
    hashes::step,
    hyperloglog::step,
    keys::step,
    lists::step,
    sets::step,
    sorted_sets::step,
    streams::step,
    strings::step,
];

#[test]
fn random() {
    harness::compare(step);
}

/// So that values become large all the time, wherever a command makes or changes them.
#[test]
fn random_of_low_thresholds() {
    harness::compare_with(
        step,
        Setting {
            theirs: &[
                &["CONFIG", "SET", "hash-max-listpack-entries", "3"],
                &["CONFIG", "SET", "hash-max-listpack-value", "5"],
                &["CONFIG", "SET", "set-max-intset-entries", "3"],
                &["CONFIG", "SET", "zset-max-listpack-entries", "3"],
                &["CONFIG", "SET", "zset-max-listpack-value", "5"],
                &["CONFIG", "SET", "list-max-listpack-size", "3"],
                &["CONFIG", "SET", "stream-node-max-entries", "3"],
                &["CONFIG", "SET", "hll-sparse-max-bytes", "40"],
            ],
            ours: |config| {
                let small = Compact {
                    entries: 3,
                    value: 5,
                };
                config.limits.hash = small;
                config.limits.zset = small;
                config.limits.set_intset_entries = 3;
                config.limits.list.node = 3;
                config.limits.stream.node_entries = 3;
                config.hll_sparse_max_bytes = 40;
            },
            ..Setting::PLAIN
        },
    );
}

/// What each command tells those who watch a key.
#[test]
fn random_of_watched_keys() {
    harness::compare_with(
        step,
        Setting {
            watched: true,
            ..Setting::PLAIN
        },
    );
}

fn step(random: &mut Gen) -> Step {
    FAMILIES[random.below(FAMILIES.len())](random)
}
