//! Publishing and subscribing: messages to whoever listens to a channel at the moment.
//!
//! What a subscriber is told are messages, of its own doing or not; those that SUBSCRIBE and its like
//! answer with stand in a [`Reply::Sequence`], one for each name.

use crate::args::Args;
use crate::bytes::SmallBytes;
use crate::errors::{self, CommandError};
use crate::gate::{Caller, Ctx};
use crate::glob;
use crate::hub::Kind;
use crate::reply::Reply;
use crate::table::access::NOT_KEY;
use crate::table::flag::{FAST, LOADING, MAY_REPLICATE, NOSCRIPT, PUBSUB, STALE};
use crate::table::{Command, Group, KeySpec, Outcome};

const ROW: Command = Command {
    group: Group::Pubsub,
    since: "2.0.0",
    ..Command::BASE
};

/// What is shared by the commands that begin or end to listen.
const LISTEN: Command = Command {
    flags: PUBSUB | NOSCRIPT | LOADING | STALE,
    ..ROW
};

/// What is shared by the commands that publish.
const PUBLISH: Command = Command {
    arity: 3,
    flags: PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE,
    ..ROW
};

/// What is shared by the subcommands of PUBSUB that tell what is listened to.
const TELL: Command = Command {
    arity: -2,
    flags: PUBSUB | LOADING | STALE,
    since: "2.8.0",
    ..ROW
};

/// A shard channel, which is no key but has a slot like one.
const ONE_SHARD: &[KeySpec] = &[KeySpec::one(1, NOT_KEY)];
const SHARDS: &[KeySpec] = &[KeySpec::range(1, -1, 1, NOT_KEY)];

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "psubscribe",
        arity: -2,
        summary: "Listens for messages published to channels that match one or more patterns.",
        complexity: "O(N) where N is the number of patterns to subscribe to.",
        examples: examples![(
            "PSUBSCRIBE news.*",
            "1) \"psubscribe\"\n2) \"news.*\"\n3) (integer) 1",
        )],
        run: |ctx, args| subscribe(ctx, args, Kind::Pattern),
        ..LISTEN
    },
    Command {
        name: "publish",
        summary: "Posts a message to a channel.",
        complexity: "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).",
        examples: examples![("PUBLISH news hello", "(integer) 0")],
        run: |ctx, args| publish(ctx, args, Kind::Channel),
        ..PUBLISH
    },
    Command {
        name: "pubsub",
        arity: -2,
        since: "2.8.0",
        summary: "A container for Pub/Sub commands.",
        complexity: "Depends on subcommand.",
        subcommands: SUBCOMMANDS,
        ..ROW
    },
    Command {
        name: "punsubscribe",
        arity: -1,
        summary: "Stops listening to messages published to channels that match one or more patterns.",
        complexity: "O(N) where N is the number of patterns to unsubscribe.",
        examples: examples![(
            "PUNSUBSCRIBE news.*",
            "1) \"punsubscribe\"\n2) \"news.*\"\n3) (integer) 0",
        )],
        run: |ctx, args| unsubscribe(ctx, args, Kind::Pattern),
        ..LISTEN
    },
    Command {
        name: "spublish",
        keys: ONE_SHARD,
        since: "7.0.0",
        summary: "Post a message to a shard channel",
        complexity: "O(N) where N is the number of clients subscribed to the receiving shard channel.",
        examples: examples![("SPUBLISH news hello", "(integer) 0")],
        run: |ctx, args| publish(ctx, args, Kind::Shard),
        ..PUBLISH
    },
    Command {
        name: "ssubscribe",
        arity: -2,
        keys: SHARDS,
        since: "7.0.0",
        summary: "Listens for messages published to shard channels.",
        complexity: "O(N) where N is the number of shard channels to subscribe to.",
        examples: examples![(
            "SSUBSCRIBE news",
            "1) \"ssubscribe\"\n2) \"news\"\n3) (integer) 1",
        )],
        run: |ctx, args| subscribe(ctx, args, Kind::Shard),
        ..LISTEN
    },
    Command {
        name: "subscribe",
        arity: -2,
        summary: "Listens for messages published to channels.",
        complexity: "O(N) where N is the number of channels to subscribe to.",
        examples: examples![(
            "SUBSCRIBE news",
            "1) \"subscribe\"\n2) \"news\"\n3) (integer) 1",
        )],
        run: |ctx, args| subscribe(ctx, args, Kind::Channel),
        ..LISTEN
    },
    Command {
        name: "sunsubscribe",
        arity: -1,
        keys: SHARDS,
        since: "7.0.0",
        summary: "Stops listening to messages posted to shard channels.",
        complexity: "O(N) where N is the number of shard channels to unsubscribe.",
        examples: examples![(
            "SUNSUBSCRIBE",
            "1) \"sunsubscribe\"\n2) (nil)\n3) (integer) 0",
        )],
        run: |ctx, args| unsubscribe(ctx, args, Kind::Shard),
        ..LISTEN
    },
    Command {
        name: "unsubscribe",
        arity: -1,
        summary: "Stops listening to messages posted to channels.",
        complexity: "O(N) where N is the number of channels to unsubscribe.",
        examples: examples![(
            "UNSUBSCRIBE",
            "1) \"unsubscribe\"\n2) (nil)\n3) (integer) 0",
        )],
        run: |ctx, args| unsubscribe(ctx, args, Kind::Channel),
        ..LISTEN
    },
];

const SUBCOMMANDS: &[Command] = &[
    Command {
        name: "pubsub|channels",
        summary: "Returns the active channels.",
        complexity: "O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)",
        examples: examples![("PUBSUB CHANNELS", "(empty array)")],
        run: |ctx, args| channels(ctx, args, Kind::Channel),
        ..TELL
    },
    Command {
        name: "pubsub|help",
        arity: 2,
        flags: LOADING | STALE,
        since: "6.2.0",
        summary: "Returns helpful text about the different subcommands.",
        examples: examples![(
            "PUBSUB HELP",
            " 1) PUBSUB <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\n 2) CHANNELS [<pattern>]\n 3)     Return the currently active channels matching a <pattern> (default: '*').\n 4) NUMPAT\n 5)     Return number of subscriptions to patterns.\n 6) NUMSUB [<channel> ...]\n 7)     Return the number of subscribers for the specified channels, excluding\n 8)     pattern subscriptions(default: no channels).\n 9) SHARDCHANNELS [<pattern>]\n10)     Return the currently active shard level channels matching a <pattern> (default: '*').\n11) SHARDNUMSUB [<shardchannel> ...]\n12)     Return the number of subscribers for the specified shard level channel(s)\n13) HELP\n14)     Print this help.",
        )],
        run: help,
        ..ROW
    },
    Command {
        name: "pubsub|numpat",
        arity: 2,
        summary: "Returns a count of unique pattern subscriptions.",
        examples: examples![("PUBSUB NUMPAT", "(integer) 0")],
        run: |ctx, _| {
            ctx.core.forget_gone();
            Ok(Reply::count(ctx.core.hub.all(Kind::Pattern).len()))
        },
        ..TELL
    },
    Command {
        name: "pubsub|numsub",
        summary: "Returns a count of subscribers to channels.",
        complexity: "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
        examples: examples![("PUBSUB NUMSUB news", "1) \"news\"\n2) (integer) 0")],
        run: |ctx, args| listeners(ctx, args, Kind::Channel),
        ..TELL
    },
    Command {
        name: "pubsub|shardchannels",
        since: "7.0.0",
        summary: "Returns the active shard channels.",
        complexity: "O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).",
        examples: examples![("PUBSUB SHARDCHANNELS n*", "(empty array)")],
        run: |ctx, args| channels(ctx, args, Kind::Shard),
        ..TELL
    },
    Command {
        name: "pubsub|shardnumsub",
        since: "7.0.0",
        summary: "Returns the count of subscribers of shard channels.",
        complexity: "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
        examples: examples![("PUBSUB SHARDNUMSUB", "(empty array)")],
        run: |ctx, args| listeners(ctx, args, Kind::Shard),
        ..TELL
    },
];

/// Whether a client that listens may run a command in RESP2.
pub fn is_for_listeners(command: &Command) -> bool {
    const OTHERS: [&str; 3] = ["ping", "quit", "reset"];
    // Whoever publishes may be a script.
    command.has(PUBSUB | NOSCRIPT) || OTHERS.contains(&command.name)
}

fn publish(ctx: &mut Ctx<'_>, args: Args<'_>, kind: Kind) -> Outcome {
    Ok(Reply::count(ctx.core.publish(kind, args[1], args[2])))
}

/// What a client is told of a name that it listens to from now on, or no longer.
fn told(ctx: &Ctx<'_>, kind: Kind, client: u64, name: Option<&[u8]>) -> Reply {
    let hub = &ctx.core.hub;
    // Channels and patterns are counted together.
    let count = match kind {
        Kind::Shard => hub.count(Kind::Shard, client),
        _ => hub.count(Kind::Channel, client) + hub.count(Kind::Pattern, client),
    };
    let name = Reply::bulk_or_null(name);
    Reply::Push(vec![
        Reply::bulk(ctx.command.name),
        name,
        Reply::count(count),
    ])
}

fn subscribe(ctx: &mut Ctx<'_>, args: Args<'_>, kind: Kind) -> Outcome {
    // For the sake of older clients the others may be queued.
    if kind == Kind::Shard && ctx.caller != Caller::Client {
        return Err(errors::NO_SHARDS_IN_A_TRANSACTION);
    }
    let client = ctx.client().key;
    let mut messages = Vec::new();
    for name in args.from(1) {
        ctx.core.hub.subscribe(kind, client, name);
        messages.push(told(ctx, kind, client, Some(name)));
    }
    ctx.session.is_subscribed = true;
    Ok(Reply::Sequence(messages))
}

fn unsubscribe(ctx: &mut Ctx<'_>, args: Args<'_>, kind: Kind) -> Outcome {
    // Who has no mailbox listens to nothing.
    let client = ctx.session.client.as_ref().map_or(0, |client| client.key);
    let names: Vec<SmallBytes> = match args.from(1) {
        [] => ctx.core.hub.names_of(kind, client),
        names => names.iter().map(|name| SmallBytes::new(name)).collect(),
    };
    let mut messages = Vec::new();
    for name in &names {
        ctx.core.hub.unsubscribe(kind, client, name);
        messages.push(told(ctx, kind, client, Some(name)));
    }
    if names.is_empty() {
        messages.push(told(ctx, kind, client, None));
    }
    let kinds = [Kind::Channel, Kind::Pattern, Kind::Shard];
    ctx.session.is_subscribed = kinds
        .iter()
        .any(|kind| ctx.core.hub.count(*kind, client) > 0);
    Ok(Reply::Sequence(messages))
}

fn channels(ctx: &mut Ctx<'_>, args: Args<'_>, kind: Kind) -> Outcome {
    let pattern = match args.from(2) {
        [] => None,
        [pattern] => Some(*pattern),
        _ => return Err(wrong_subcommand(args)),
    };
    ctx.core.forget_gone();
    let names = ctx.core.hub.all(kind);
    let is_wanted = |name: &&SmallBytes| pattern.is_none_or(|pattern| glob::matches(pattern, name));
    Ok(Reply::bulks(names.filter(is_wanted)))
}

fn wrong_subcommand(args: Args<'_>) -> CommandError {
    errors::subcommand_syntax(args[0], args[1])
}

fn listeners(ctx: &mut Ctx<'_>, args: Args<'_>, kind: Kind) -> Outcome {
    ctx.core.forget_gone();
    let hub = &ctx.core.hub;
    let pair = |name: &&[u8]| [Reply::bulk(name), Reply::count(hub.listeners(kind, name))];
    Ok(Reply::Array(args.from(2).iter().flat_map(pair).collect()))
}

fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    Ok(ctx.help(&[
        "CHANNELS [<pattern>]",
        "    Return the currently active channels matching a <pattern> (default: '*').",
        "NUMPAT",
        "    Return number of subscriptions to patterns.",
        "NUMSUB [<channel> ...]",
        "    Return the number of subscribers for the specified channels, excluding",
        "    pattern subscriptions(default: no channels).",
        "SHARDCHANNELS [<pattern>]",
        "    Return the currently active shard level channels matching a <pattern> (default: '*').",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    Return the number of subscribers for the specified shard level channel(s)",
    ]))
}
