//! CLIENT TRACKING and its like: how a connection is told of changes of keys.

use crate::args::{Args, is};
use crate::bytes::SmallBytes;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::Outcome;
use crate::tracking::Tracker;

pub(super) fn tracking(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let mut wanted = Tracker::default();
    let mut prefixes: Vec<&[u8]> = Vec::new();
    let mut words = args.words(3);
    while let Some(option) = words.next() {
        if is(option, "REDIRECT") && !words.is_empty() {
            if wanted.redirection != 0 {
                return Err(errors::TRACKING_TWO_REDIRECTIONS);
            }
            wanted.redirection = words.int()?;
            if ctx.core.clients.with_id(wanted.redirection).is_none() {
                return Err(errors::TRACKING_NO_SUCH_CLIENT);
            }
        } else if is(option, "BCAST") {
            wanted.broadcasts = true;
        } else if is(option, "OPTIN") {
            wanted.opts_in = true;
        } else if is(option, "OPTOUT") {
            wanted.opts_out = true;
        } else if is(option, "NOLOOP") {
            wanted.no_loop = true;
        } else if is(option, "PREFIX") && !words.is_empty() {
            prefixes.push(words.value()?);
        } else {
            return Err(errors::SYNTAX);
        }
    }
    let client = ctx.client().key;
    if is(args[2], "ON") {
        let old = ctx.core.tracking.get(client);
        check(&wanted, &prefixes, old)?;
        if wanted.broadcasts && prefixes.is_empty() {
            prefixes.push(b"");
        }
        wanted.prefixes = prefixes.into_iter().map(SmallBytes::new).collect();
        ctx.core.tracking.begin(client, wanted);
    } else if is(args[2], "OFF") {
        ctx.core.tracking.end(client);
    } else {
        return Err(errors::SYNTAX);
    }
    Ok(Reply::OK)
}

/// Whether options fit each other, and what the client does already.
fn check(wanted: &Tracker, prefixes: &[&[u8]], old: Option<&Tracker>) -> Result<(), CommandError> {
    if !wanted.broadcasts && !prefixes.is_empty() {
        return Err(errors::TRACKING_PREFIX_ALONE);
    }
    if old.is_some_and(|old| old.broadcasts != wanted.broadcasts) {
        return Err(errors::TRACKING_SWITCHED_BCAST);
    }
    if wanted.broadcasts && (wanted.opts_in || wanted.opts_out) {
        return Err(errors::TRACKING_OPTIONS_WITH_BCAST);
    }
    if wanted.opts_in && wanted.opts_out {
        return Err(errors::TRACKING_BOTH_OPTIONS);
    }
    let switches = |old: &Tracker| wanted.opts_in && old.opts_out || wanted.opts_out && old.opts_in;
    if old.is_some_and(switches) {
        return Err(errors::TRACKING_SWITCHED_OPTION);
    }
    let overlap = |a: &[u8], b: &[u8]| a.starts_with(b) || b.starts_with(a);
    let known: Vec<&SmallBytes> = old.iter().flat_map(|old| old.prefixes.iter()).collect();
    for (index, prefix) in prefixes.iter().enumerate() {
        if let Some(other) = known.iter().find(|other| overlap(other, prefix)) {
            return Err(errors::prefix_overlaps(prefix, "an existing", other));
        }
        let mut later = prefixes[index + 1..].iter();
        if let Some(other) = later.find(|other| overlap(other, prefix)) {
            return Err(errors::prefix_overlaps(prefix, "another provided", other));
        }
    }
    Ok(())
}

pub(super) fn caching(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let client = ctx.client().key;
    let tracker = ctx.core.tracking.get_mut(client);
    let tracker = tracker.ok_or(errors::CACHING_WITHOUT_TRACKING)?;
    if is(args[2], "YES") {
        if !tracker.opts_in {
            return Err(errors::CACHING_NEEDS_OPTIN);
        }
    } else if is(args[2], "NO") {
        if !tracker.opts_out {
            return Err(errors::CACHING_NEEDS_OPTOUT);
        }
    } else {
        return Err(errors::SYNTAX);
    }
    tracker.has_asked = true;
    Ok(Reply::OK)
}

pub(super) fn getredir(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    let client = ctx.client().key;
    let tracker = ctx.core.tracking.get(client);
    Ok(Reply::Integer(
        tracker.map_or(-1, |tracker| tracker.redirection),
    ))
}

pub(super) fn info(ctx: &mut Ctx<'_>, _: Args<'_>) -> Outcome {
    let client = ctx.client().key;
    let tracker = ctx.core.tracking.get(client);
    let none = Tracker {
        redirection: -1,
        ..Tracker::default()
    };
    let is_on = tracker.is_some();
    let tracker = tracker.unwrap_or(&none);
    let flags = [
        ("on", is_on),
        ("off", !is_on),
        ("bcast", tracker.broadcasts),
        ("optin", tracker.opts_in),
        ("caching-yes", tracker.opts_in && tracker.has_asked),
        ("optout", tracker.opts_out),
        ("caching-no", tracker.opts_out && tracker.has_asked),
        ("noloop", tracker.no_loop),
        ("broken_redirect", tracker.has_broken_redirection),
    ];
    let flags = flags.iter().filter(|(_, is_set)| *is_set);
    Ok(Reply::facts([
        (
            "flags",
            Reply::Set(flags.map(|(name, _)| Reply::bulk(name)).collect()),
        ),
        ("redirect", Reply::Integer(tracker.redirection)),
        ("prefixes", Reply::bulks(tracker.prefixes.iter())),
    ]))
}
