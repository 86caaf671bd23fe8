//! MONITOR, SLOWLOG and LATENCY: what commands run, and which of them take long.

use crate::args::{self, Args};
use crate::errors;
use crate::gate::{Caller, Ctx};
use crate::reply::Reply;
use crate::slowlog::{Moment, Slow};
use crate::sparkline;
use crate::stats::Stats;
use crate::table::flag::{ADMIN, LOADING, NOSCRIPT, STALE};
use crate::table::{self, Command, Group, Outcome};

const ROW: Command = Command {
    group: Group::Server,
    flags: ADMIN | NOSCRIPT | LOADING | STALE,
    since: "2.8.13",
    ..Command::BASE
};

/// What is shared by the subcommands of SLOWLOG.
const SLOW: Command = Command {
    arity: 2,
    flags: ADMIN | LOADING | STALE,
    since: "2.2.12",
    ..ROW
};

/// What clients of a cluster are told of the reports of LATENCY.
const REPORT: &[&str] = &[
    "nondeterministic_output",
    "request_policy:all_nodes",
    "response_policy:special",
];

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "latency",
        arity: -2,
        flags: 0,
        summary: "A container for latency diagnostics commands.",
        complexity: "Depends on subcommand.",
        subcommands: LATENCY,
        ..ROW
    },
    Command {
        name: "monitor",
        arity: 1,
        since: "1.0.0",
        summary: "Listens for all requests received by the server in real-time.",
        complexity: "-",
        examples: examples![("MONITOR", "OK")],
        run: monitor,
        ..ROW
    },
    Command {
        name: "slowlog",
        arity: -2,
        flags: 0,
        since: "2.2.12",
        summary: "A container for slow log commands.",
        complexity: "Depends on subcommand.",
        subcommands: SLOWLOG,
        ..ROW
    },
];

const LATENCY: &[Command] = &[
    Command {
        name: "latency|doctor",
        arity: 2,
        summary: "Returns a human-readable latency analysis report.",
        tips: REPORT,
        examples: examples![(
            "LATENCY DOCTOR x",
            "(error) ERR wrong number of arguments for 'latency|doctor' command",
        )],
        run: doctor,
        ..ROW
    },
    Command {
        name: "latency|graph",
        arity: 3,
        summary: "Returns a latency graph for an event.",
        tips: REPORT,
        examples: examples![(
            "LATENCY GRAPH command",
            "(error) ERR No samples available for event 'command'",
        )],
        run: graph,
        ..ROW
    },
    Command {
        name: "latency|help",
        arity: 2,
        flags: LOADING | STALE,
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "LATENCY HELP x",
            "(error) ERR wrong number of arguments for 'latency|help' command",
        )],
        run: latency_help,
        ..ROW
    },
    Command {
        name: "latency|histogram",
        arity: -2,
        since: "7.0.0",
        summary: "Returns the cumulative distribution of latencies of a subset or all commands.",
        complexity: "O(N) where N is the number of commands with latency information being retrieved.",
        tips: REPORT,
        examples: examples![("LATENCY HISTOGRAM no-such-command", "(empty array)")],
        run: histogram,
        ..ROW
    },
    Command {
        name: "latency|history",
        arity: 3,
        summary: "Returns timestamp-latency samples for an event.",
        tips: REPORT,
        examples: examples![("LATENCY HISTORY command", "(empty array)")],
        run: history,
        ..ROW
    },
    Command {
        name: "latency|latest",
        arity: 2,
        summary: "Returns the latest latency samples for all events.",
        tips: REPORT,
        examples: examples![("LATENCY LATEST", "(empty array)")],
        run: latest,
        ..ROW
    },
    Command {
        name: "latency|reset",
        arity: -2,
        summary: "Resets the latency data for one or more events.",
        tips: &["request_policy:all_nodes", "response_policy:agg_sum"],
        examples: examples![
            ("LATENCY RESET", "(integer) 0"),
            ("LATENCY RESET command", "(integer) 0"),
        ],
        run: latency_reset,
        ..ROW
    },
];

const SLOWLOG: &[Command] = &[
    Command {
        name: "slowlog|get",
        arity: -2,
        summary: "Returns the slow log's entries.",
        complexity: "O(N) where N is the number of entries returned",
        tips: &["request_policy:all_nodes", "nondeterministic_output"],
        examples: examples![
            (
                "SLOWLOG GET -2",
                "(error) ERR count should be greater than or equal to -1",
            ),
            (
                "SLOWLOG GET x",
                "(error) ERR count should be greater than or equal to -1",
            ),
        ],
        run: get,
        ..SLOW
    },
    Command {
        name: "slowlog|help",
        flags: LOADING | STALE,
        since: "6.2.0",
        summary: "Show helpful text about the different subcommands",
        examples: examples![(
            "SLOWLOG HELP x",
            "(error) ERR wrong number of arguments for 'slowlog|help' command",
        )],
        run: slowlog_help,
        ..SLOW
    },
    Command {
        name: "slowlog|len",
        summary: "Returns the number of entries in the slow log.",
        tips: &[
            "request_policy:all_nodes",
            "response_policy:agg_sum",
            "nondeterministic_output",
        ],
        examples: examples![(
            "SLOWLOG LEN x",
            "(error) ERR wrong number of arguments for 'slowlog|len' command",
        )],
        run: |ctx, _| Ok(Reply::count(ctx.core.slowlog.entries.len())),
        ..SLOW
    },
    Command {
        name: "slowlog|reset",
        summary: "Clears all entries from the slow log.",
        complexity: "O(N) where N is the number of entries in the slowlog",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        examples: examples![("SLOWLOG RESET", "OK")],
        run: |ctx, _| {
            ctx.core.slowlog.entries.clear();
            Ok(Reply::OK)
        },
        ..SLOW
    },
];

fn monitor(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    if ctx.caller != Caller::Client {
        return Err(errors::NO_MONITOR_IN_A_TRANSACTION);
    }
    let client = ctx.client();
    ctx.core.add_monitor(&client);
    Ok(Reply::OK)
}

fn get(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let count = match args.from(2) {
        [] => 10,
        [count] => match args::int(count) {
            Ok(-1) => usize::MAX,
            Ok(count @ 0..) => usize::try_from(count).unwrap_or(usize::MAX),
            _ => return Err(errors::SLOWLOG_COUNT),
        },
        _ => return Err(errors::subcommand_syntax(args[0], args[1])),
    };
    let entry = |slow: &Slow| {
        Reply::Array(vec![
            Reply::Integer(slow.id),
            Reply::Integer(slow.at_s),
            Reply::Integer(slow.duration_us),
            Reply::bulks(&slow.words),
            Reply::bulk(&slow.peer),
            Reply::bulk(&slow.name),
        ])
    };
    let entries = ctx.core.slowlog.entries.iter().take(count);
    Ok(Reply::Array(entries.map(entry).collect()))
}

fn slowlog_help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    Ok(ctx.help(&[
        "GET [<count>]",
        "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
        "    Entries are made of:",
        "    id, timestamp, time in microseconds, arguments array, client IP and port,",
        "    client name",
        "LEN",
        "    Return the length of the slowlog.",
        "RESET",
        "    Reset the slowlog.",
    ]))
}

fn doctor(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    let core = &ctx.core;
    let text = match (core.config.latency_threshold_ms, core.latency.events.len()) {
        (0, _) => "Latency monitoring is off: see latency-monitor-threshold.\n".to_owned(),
        (_, 0) => "Nothing has taken long.\n".to_owned(),
        (_, _) => {
            let line = |(event, (moments, longest)): (&&str, &(_, i64))| {
                let moments: &std::collections::VecDeque<Moment> = moments;
                format!("{event}: {} times, {longest} ms at most.\n", moments.len())
            };
            core.latency.events.iter().map(line).collect()
        }
    };
    Ok(Reply::Verbatim(*b"txt", text.into_bytes().into()))
}

/// So many moments are shown of an event.
const COLUMNS: usize = 80;

fn graph(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let event = std::str::from_utf8(args[2]).unwrap_or_default();
    let now_s = ctx.now_ms() / 1000;
    let found = ctx.core.latency.events.get(event);
    let (moments, longest) = found.ok_or_else(|| errors::no_samples(args[2]))?;
    let moments: Vec<Moment> = moments.iter().rev().take(COLUMNS).rev().copied().collect();
    let durations = moments.iter().map(|moment| moment.duration_ms);
    let mut text = format!(
        "{event} - high {} ms, low {} ms (all time high {longest} ms)\n{}\n",
        durations.clone().max().unwrap_or(0),
        durations.min().unwrap_or(0),
        "-".repeat(COLUMNS),
    );
    let bar = |moment: &Moment| (moment.duration_ms, ago(now_s - moment.at_s));
    text += &sparkline::graph(&moments.iter().map(bar).collect::<Vec<_>>());
    Ok(Reply::Verbatim(*b"txt", text.into_bytes().into()))
}

/// A number of seconds in the largest unit of which it has one.
fn ago(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86400),
    }
}

fn histogram(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let all = ctx.core.stats.as_deref().map(Stats::by_name);
    let all = all.unwrap_or_default();
    let names: Vec<&str> = match args.from(2) {
        [] => all.keys().copied().collect(),
        names => {
            let found = names.iter().filter_map(|name| table::named(name));
            found.flat_map(Command::names).collect()
        }
    };
    let entry = |name: &str| {
        let (calls, lengths) = all.get(name)?.histogram();
        let number = |n: u64| Reply::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        let lengths = lengths.into_iter();
        let facts = [
            ("calls", number(calls)),
            (
                "histogram_usec",
                Reply::Map(
                    lengths
                        .map(|(us, count)| (number(us), number(count)))
                        .collect(),
                ),
            ),
        ];
        (calls > 0).then(|| (Reply::bulk(name), Reply::facts(facts)))
    };
    Ok(Reply::Map(names.into_iter().filter_map(entry).collect()))
}

fn history(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let event = std::str::from_utf8(args[2]).unwrap_or_default();
    let found = ctx.core.latency.events.get(event);
    let moments = found.into_iter().flat_map(|(moments, _)| moments);
    let pair = |moment: &Moment| {
        Reply::Array([moment.at_s, moment.duration_ms].map(Reply::Integer).into())
    };
    Ok(Reply::Array(moments.map(pair).collect()))
}

fn latest(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    let events = ctx.core.latency.events.iter();
    let entry = |(event, (moments, longest)): (&&'static str, &(_, i64))| {
        let moments: &std::collections::VecDeque<Moment> = moments;
        let last = moments.back()?;
        let facts = [last.at_s, last.duration_ms, *longest].map(Reply::Integer);
        Some(Reply::Array(
            std::iter::once(Reply::bulk(event)).chain(facts).collect(),
        ))
    };
    Ok(Reply::Array(events.filter_map(entry).collect()))
}

fn latency_reset(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let events = &mut ctx.core.latency.events;
    let before = events.len();
    match args.from(2) {
        [] => events.clear(),
        names => events.retain(|event, _| !names.contains(&event.as_bytes())),
    }
    Ok(Reply::count(before - events.len()))
}

fn latency_help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    Ok(ctx.help(&[
        "DOCTOR",
        "    Return a human readable latency analysis report.",
        "GRAPH <event>",
        "    Return an ASCII latency graph for the <event> class.",
        "HISTORY <event>",
        "    Return time-latency samples for the <event> class.",
        "LATEST",
        "    Return the latest latency samples for all events.",
        "RESET [<event> ...]",
        "    Reset latency data of one or more <event> classes.",
        "    (default: reset all data for all event classes)",
        "HISTOGRAM [COMMAND ...]",
        "    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.",
        "    If no commands are specified then all histograms are replied.",
    ]))
}
