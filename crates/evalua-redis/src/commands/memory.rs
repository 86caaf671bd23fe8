//! MEMORY: what keys and the whole take, by the engine's own account.

use crate::args::{Args, int, is};
use crate::errors;
use crate::gate::Ctx;
use crate::memory::SAMPLES;
use crate::reply::Reply;
use crate::table::access::RO;
use crate::table::flag::{LOADING, READONLY, STALE};
use crate::table::{Command, Group, KeySpec, Outcome};

const ROW: Command = Command {
    group: Group::Server,
    since: "4.0.0",
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[Command {
    name: "memory",
    arity: -2,
    summary: "A container for memory diagnostics commands.",
    complexity: "Depends on subcommand.",
    subcommands: SUBCOMMANDS,
    ..ROW
}];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "memory|doctor",
        arity: 2,
        summary: "Outputs a memory problems report.",
        tips: &[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ],
        examples: examples![(
            "MEMORY DOCTOR now",
            "(error) ERR wrong number of arguments for 'memory|doctor' command",
        )],
        run: |_, _| Ok(Reply::Verbatim(*b"txt", HEALTHY.into())),
        ..ROW
    },
    Command {
        name: "memory|help",
        arity: 2,
        flags: LOADING | STALE,
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "MEMORY HELP",
            " 1) MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\n 2) DOCTOR\n 3)     Return memory problems reports.\n 4) MALLOC-STATS\n 5)     Return internal statistics report from the memory allocator.\n 6) PURGE\n 7)     Attempt to purge dirty pages for reclamation by the allocator.\n 8) STATS\n 9)     Return information about the memory usage of the server.\n10) USAGE <key> [SAMPLES <count>]\n11)     Return memory in bytes used by <key> and its value. Nested values are\n12)     sampled up to <count> times (default: 5, 0 means sample all).\n13) HELP\n14)     Print this help.",
        )],
        run: help,
        ..ROW
    },
    Command {
        name: "memory|malloc-stats",
        arity: 2,
        summary: "Returns the allocator statistics.",
        tips: &[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ],
        examples: examples![(
            "MEMORY MALLOC-STATS all",
            "(error) ERR wrong number of arguments for 'memory|malloc-stats' command",
        )],
        run: |_, _| {
            let text = "Stats not supported for the current allocator";
            Ok(Reply::Bulk(text.into()))
        },
        ..ROW
    },
    Command {
        name: "memory|purge",
        arity: 2,
        summary: "Asks the allocator to release memory.",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        examples: examples![("MEMORY PURGE", "OK")],
        run: |_, _| Ok(Reply::OK),
        ..ROW
    },
    Command {
        name: "memory|stats",
        arity: 2,
        summary: "Returns details about memory usage.",
        tips: &[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ],
        examples: examples![(
            "MEMORY STATS all",
            "(error) ERR wrong number of arguments for 'memory|stats' command",
        )],
        run: stats,
        ..ROW
    },
    Command {
        name: "memory|usage",
        arity: -3,
        flags: READONLY,
        keys: &[KeySpec::one(2, RO)],
        summary: "Estimates the memory usage of a key.",
        complexity: "O(N) where N is the number of samples.",
        examples: examples![
            ("MEMORY USAGE none", "(nil)"),
            ("SET k v", "OK"),
            ("MEMORY USAGE k SAMPLES -1", "(error) ERR syntax error"),
            ("MEMORY USAGE k COUNT 5", "(error) ERR syntax error"),
        ],
        run: usage,
        ..ROW
    },
];

/// What the server says of an instance with little data.
const HEALTHY: &str = "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be back to our programming as soon as I finished rebooting.\n";

fn usage(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let mut samples = SAMPLES;
    let mut words = args.words(3);
    while let Some(word) = words.next() {
        if !is(word, "SAMPLES") || words.is_empty() {
            return Err(errors::SYNTAX);
        }
        samples = match int(words.value()?)? {
            ..0 => return Err(errors::SYNTAX),
            0 => usize::MAX,
            samples => samples as usize,
        };
    }
    let db = ctx.db();
    db.contains(args[2]);
    let bytes = db.memory_of(args[2], samples);
    Ok(bytes.map_or(Reply::Null, Reply::count))
}

/// What is true of an engine in memory, under the server's names.
fn stats(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    let usage = ctx.core.memory_usage();
    let keys = ctx.core.databases.iter().map(|db| db.len()).sum::<usize>();
    let data = usage.in_use - usage.engine;
    let of = |part: usize, whole: usize| Reply::Double(part as f64 * 100.0 / whole.max(1) as f64);
    let facts = [
        ("peak.allocated", Reply::count(usage.peak)),
        ("total.allocated", Reply::count(usage.in_use)),
        ("startup.allocated", Reply::count(usage.engine)),
        ("keys.count", Reply::count(keys)),
        (
            "keys.bytes-per-key",
            Reply::count(data.checked_div(keys).unwrap_or(0)),
        ),
        ("dataset.bytes", Reply::count(data)),
        ("dataset.percentage", of(data, usage.in_use)),
        ("peak.percentage", of(usage.in_use, usage.peak)),
    ];
    Ok(Reply::facts(facts))
}

fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    Ok(ctx.help(&[
        "DOCTOR",
        "    Return memory problems reports.",
        "MALLOC-STATS",
        "    Return internal statistics report from the memory allocator.",
        "PURGE",
        "    Attempt to purge dirty pages for reclamation by the allocator.",
        "STATS",
        "    Return information about the memory usage of the server.",
        "USAGE <key> [SAMPLES <count>]",
        "    Return memory in bytes used by <key> and its value. Nested values are",
        "    sampled up to <count> times (default: 5, 0 means sample all).",
    ]))
}
