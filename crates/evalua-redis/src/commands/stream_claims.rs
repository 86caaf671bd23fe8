//! XCLAIM and XAUTOCLAIM: pending entries of a group change their consumer.

use crate::args::{Args, int, is};
use crate::commands::streams::{entry_reply, id_reply, parse_id, parse_start};
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::number;
use crate::reply::Reply;
use crate::table::access::{DELETE, RW, UPDATE};
use crate::table::flag::{FAST, WRITE};
use crate::table::{Command, Group as Family, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::StreamValue;
use crate::values::stream::{Group, Log, StreamId};

const ROW: Command = Command {
    group: Family::Stream,
    acl: acl::STREAM,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "xautoclaim",
        arity: -6,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | DELETE)],
        since: "6.2.0",
        summary: "Changes, or acquires, ownership of messages in a consumer group, as if the messages were delivered to as consumer group member.",
        complexity: "O(1) if COUNT is small.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("XADD s 1 x 1", "\"1-0\""),
            ("XADD s 2 x 2", "\"2-0\""),
            ("XGROUP CREATE s g 0", "OK"),
            (
                "XREADGROUP GROUP g alice STREAMS s >",
                "1) 1) \"s\"\n   2) 1) 1) \"1-0\"\n         2) 1) \"x\"\n            2) \"1\"\n      2) 1) \"2-0\"\n         2) 1) \"x\"\n            2) \"2\"",
            ),
            ("XDEL s 1", "(integer) 1"),
            (
                "XAUTOCLAIM s g bob 0 0 COUNT 10 JUSTID",
                "1) \"0-0\"\n2) 1) \"2-0\"\n3) 1) \"1-0\"",
            ),
            (
                "XAUTOCLAIM s g bob x 0",
                "(error) ERR Invalid min-idle-time argument for XAUTOCLAIM",
            ),
            (
                "XAUTOCLAIM s g bob 0 0 COUNT 0",
                "(error) ERR COUNT must be > 0",
            ),
        ],
        run: xautoclaim,
        ..ROW
    },
    Command {
        name: "xclaim",
        arity: -6,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        since: "5.0.0",
        summary: "Changes, or acquires, ownership of a message in a consumer group, as if the message was delivered a consumer group member.",
        complexity: "O(log N) with N being the number of messages in the PEL of the consumer group.",
        tips: &["nondeterministic_output"],
        examples: examples![
            ("XADD s 1 x 1", "\"1-0\""),
            ("XGROUP CREATE s g 0", "OK"),
            (
                "XREADGROUP GROUP g alice STREAMS s >",
                "1) 1) \"s\"\n   2) 1) 1) \"1-0\"\n         2) 1) \"x\"\n            2) \"1\"",
            ),
            (
                "XCLAIM s g bob 0 1",
                "1) 1) \"1-0\"\n   2) 1) \"x\"\n      2) \"1\"",
            ),
            ("XCLAIM s g bob 3600000 1", "(empty array)"),
            ("XCLAIM s g bob 0 1 JUSTID", "1) \"1-0\""),
            (
                "XCLAIM s g bob 0 1 JUSTID RETRYCOUNT 9223372036854775807",
                "1) \"1-0\"",
            ),
            (
                "XREADGROUP GROUP g bob STREAMS s 0",
                "1) 1) \"s\"\n   2) 1) 1) \"1-0\"\n         2) 1) \"x\"\n            2) \"1\"",
            ),
            (
                "XCLAIM s g bob 0 1 NOW",
                "(error) ERR Unrecognized XCLAIM option 'NOW'",
            ),
        ],
        run: xclaim,
        ..ROW
    },
];

/// Reads how long an entry must have been idle, milliseconds.
fn min_idle(text: &[u8], error: CommandError) -> Result<i64, CommandError> {
    Ok(int(text).map_err(|_| error)?.max(0))
}

/// The entries of a stream, and the group that the first arguments name.
fn group<'c>(
    ctx: &'c mut Ctx<'_>,
    args: Args<'_>,
) -> Result<(&'c Log, &'c mut Group), CommandError> {
    let stream = ctx.db().write::<StreamValue>(args[1])?;
    let found = stream.and_then(|stream| stream.group_mut(args[2]));
    found.ok_or_else(|| errors::no_group(args[1], args[2], ""))
}

/// A claim at work: who claims, and what comes of it.
struct Claim<'a> {
    consumer: &'a [u8],
    now_ms: i64,
    just_ids: bool,
    /// Whether the consumer has been made.
    is_new: bool,
    changes: u64,
    replies: Vec<Reply>,
}

impl<'a> Claim<'a> {
    /// Begins a claim, and makes the consumer even if it will get nothing, where the server does.
    fn begin(consumer: &'a [u8], now_ms: i64, just_ids: bool) -> Claim<'a> {
        Claim {
            consumer,
            now_ms,
            just_ids,
            is_new: false,
            changes: 0,
            replies: Vec::new(),
        }
    }

    /// Makes the consumer where there is none, and notes that it was seen.
    fn see(&mut self, group: &mut Group) {
        self.is_new |= group.add_consumer(self.consumer, self.now_ms);
        if let Some(consumer) = group.consumer_mut(self.consumer) {
            consumer.seen_ms = self.now_ms;
        }
    }

    /// Gives an entry of the log to the consumer.
    fn take(
        &mut self,
        log: &Log,
        group: &mut Group,
        id: StreamId,
        delivered_ms: i64,
        deliveries: i64,
    ) {
        self.see(group);
        group.assign(id, self.consumer, delivered_ms, deliveries);
        if let Some(consumer) = group.consumer_mut(self.consumer) {
            consumer.active_ms = Some(self.now_ms);
        }
        self.changes += 1;
        match log.get(id) {
            Some(entry) if !self.just_ids => self.replies.push(entry_reply(&entry)),
            _ => self.replies.push(id_reply(id)),
        }
    }

    /// Reports what has changed; gives the replies.
    fn finish(self, ctx: &mut Ctx<'_>, key: &[u8]) -> Vec<Reply> {
        if self.is_new {
            ctx.notify(Class::Stream, "xgroup-createconsumer", key);
        }
        ctx.core.dirty += self.changes;
        self.replies
    }
}

/// The options of XCLAIM behind the IDs.
#[derive(Default)]
struct Options {
    delivered_ms: Option<i64>,
    deliveries: Option<i64>,
    force: bool,
    just_ids: bool,
    last_id: StreamId,
}

fn xclaim(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let now_ms = ctx.now_ms();
    let notes_idle = ctx.core.profile.streams.notes_idle_consumers;
    group(ctx, args)?;
    let min_idle = min_idle(args[4], errors::XCLAIM_MIN_IDLE)?;
    let texts = args.from(5);
    let ids: Vec<StreamId> = texts
        .iter()
        .map_while(|text| StreamId::parse(text, 0))
        .collect();
    let mut options = Options::default();
    let mut words = args.words(5 + ids.len());
    while let Some(word) = words.next() {
        let has_value = !words.is_empty();
        if is(word, "FORCE") {
            options.force = true;
        } else if is(word, "JUSTID") {
            options.just_ids = true;
        } else if is(word, "IDLE") && has_value {
            let idle = int(words.value()?).map_err(|_| errors::XCLAIM_IDLE)?;
            options.delivered_ms = Some(now_ms.wrapping_sub(idle));
        } else if is(word, "TIME") && has_value {
            let at = int(words.value()?).map_err(|_| errors::XCLAIM_TIME)?;
            options.delivered_ms = Some(at);
        } else if is(word, "RETRYCOUNT") && has_value {
            let count = int(words.value()?).map_err(|_| errors::XCLAIM_RETRYCOUNT)?;
            options.deliveries = (count >= 0).then_some(count);
        } else if is(word, "LASTID") && has_value {
            options.last_id = parse_id(words.value()?)?;
        } else {
            return Err(errors::xclaim_option(word));
        }
    }
    let (log, group) = group(ctx, args)?;
    let gets_on = options.last_id > group.last_id;
    group.last_id = group.last_id.max(options.last_id);
    // An instant that cannot be is now.
    let delivered_ms = options.delivered_ms.filter(|at| (0..=now_ms).contains(at));
    let delivered_ms = delivered_ms.unwrap_or(now_ms);
    let mut claim = Claim::begin(args[3], now_ms, options.just_ids);
    if notes_idle {
        claim.see(group);
    }
    for id in ids {
        let pending = group.pending(id);
        if log.get(id).is_none() {
            claim.changes += u64::from(group.acknowledge(id));
            continue;
        }
        let deliveries = match pending {
            Some(pending) => {
                let idle = now_ms.wrapping_sub(pending.delivered_ms);
                if min_idle > 0 && idle < min_idle {
                    continue;
                }
                pending.deliveries
            }
            None if options.force => 1,
            None => continue,
        };
        let next = deliveries.wrapping_add(i64::from(!options.just_ids));
        let deliveries = options.deliveries.unwrap_or(next);
        claim.take(log, group, id, delivered_ms, deliveries);
    }
    // A change of its own where no entry carries it along.
    claim.changes = claim.changes.max(u64::from(gets_on));
    Ok(Reply::Array(claim.finish(ctx, args[1])))
}

fn xautoclaim(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    /// How many pending entries are looked at for each that may be claimed.
    const ATTEMPTS: u64 = 10;
    /// What the server stores of each, in bytes; and the largest block that it may find room for: the next size
    /// of its allocator, 96 TiB, is more than there is on either side of the program in 47 bits of addresses.
    const ID_SIZE: u64 = 16;
    const LARGEST_BLOCK: u64 = 80 << 40;
    let now_ms = ctx.now_ms();
    let notes_idle = ctx.core.profile.streams.notes_idle_consumers;
    // Before a look at the other arguments.
    ctx.db().touch(args[1]);
    let min_idle = min_idle(args[4], errors::XAUTOCLAIM_MIN_IDLE)?;
    let start = parse_start(args[5])?;
    let (mut count, mut just_ids) = (100, false);
    let mut words = args.words(6);
    while let Some(word) = words.next() {
        if is(word, "COUNT") && !words.is_empty() {
            let text = words.value()?;
            let counts = 1..=i64::MAX.unsigned_abs() / ID_SIZE;
            let given = number::parse_int(text).and_then(|count| u64::try_from(count).ok());
            let fits = |count: &u64| counts.contains(count);
            count = given.filter(fits).ok_or(errors::XAUTOCLAIM_COUNT)?;
        } else if is(word, "JUSTID") {
            just_ids = true;
        } else {
            return Err(errors::SYNTAX);
        }
    }
    let (log, group) = group(ctx, args)?;
    if count > LARGEST_BLOCK / ID_SIZE {
        return Err(errors::XAUTOCLAIM_OUT_OF_MEMORY);
    }
    let mut claim = Claim::begin(args[3], now_ms, just_ids);
    if notes_idle {
        claim.see(group);
    }
    let mut attempts = count * ATTEMPTS;
    let mut gone = Vec::new();
    // The next to look at.
    let mut next = group.pending_from(start).next().map(|(id, _)| id);
    while let Some(id) = next.filter(|_| attempts > 0 && count > 0) {
        attempts -= 1;
        let pending = group.pending(id);
        let (idle, deliveries) = pending.map_or((0, 0), |pending| {
            (
                now_ms.wrapping_sub(pending.delivered_ms),
                pending.deliveries,
            )
        });
        if log.get(id).is_none() {
            claim.changes += u64::from(group.acknowledge(id));
            gone.push(id_reply(id));
            count -= 1;
        } else if min_idle == 0 || idle >= min_idle {
            let deliveries = deliveries.wrapping_add(i64::from(!just_ids));
            claim.take(log, group, id, now_ms, deliveries);
            count -= 1;
        }
        let following = id.next().map(|from| group.pending_from(from).next());
        next = following.flatten().map(|(id, _)| id);
    }
    let claimed = claim.finish(ctx, args[1]);
    Ok(Reply::Array(vec![
        id_reply(next.unwrap_or_default()),
        Reply::Array(claimed),
        Reply::Array(gone),
    ]))
}
