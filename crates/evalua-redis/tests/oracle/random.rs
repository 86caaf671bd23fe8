//! Commands of all families over the same few keys, so that each meets values of every type.

use crate::harness::{self, Gen, Generator, Step};
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

fn step(random: &mut Gen) -> Step {
    FAMILIES[random.below(FAMILIES.len())](random)
}
