//! INFO: facts about the engine, as lines of text in sections.
//!
//! A section is a row below; it says only what is true of an engine in memory.

use crate::args::{Args, is};
use crate::core::Core;
use crate::gate::Ctx;
use crate::hub::Kind;
use crate::reply::Reply;
use crate::stats::Stats;
use crate::table::flag::{LOADING, STALE};
use crate::table::{Command, Group, Outcome, acl};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[Command {
    name: "info",
    flags: LOADING | STALE,
    acl: acl::DANGEROUS,
    group: Group::Server,
    summary: "Returns information and statistics about the server.",
    tips: &[
        "nondeterministic_output",
        "request_policy:all_shards",
        "response_policy:special",
    ],
    examples: examples![
        ("SET k v", "OK"),
        (
            "INFO no-such-section keyspace",
            r##""# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n""##,
        ),
    ],
    run: info,
    ..Command::BASE
}];

/// Appends a section's lines.
type Section = fn(&mut Core, &mut String);

/// The section that is given only to those who ask for it, or for all.
const COMMANDS_SECTION: &str = "Commandstats";

/// Every section, in the order in which they are given.
const SECTIONS: &[(&str, Section)] = &[
    ("Server", server),
    ("Clients", clients),
    ("Memory", memory),
    ("Persistence", persistence),
    ("Stats", stats),
    (COMMANDS_SECTION, |core, text| {
        counters(core, text, Stats::commands)
    }),
    ("Errorstats", |core, text| {
        counters(core, text, Stats::errors)
    }),
    ("Keyspace", keyspace),
];

fn info(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let asked = args.from(1);
    let asks = |names: &[&str]| (asked.iter()).any(|word| names.iter().any(|name| is(word, name)));
    let all = asks(&["all", "everything"]);
    let usual = all || asked.is_empty() || asks(&["default"]);
    let mut text = String::new();
    for (name, lines) in SECTIONS {
        let is_given = if *name == COMMANDS_SECTION {
            all
        } else {
            usual
        };
        if is_given || asks(&[name]) {
            if !text.is_empty() {
                text.push_str("\r\n");
            }
            text.push_str(&format!("# {name}\r\n"));
            lines(ctx.core, &mut text);
        }
    }
    Ok(Reply::Verbatim(*b"txt", text.as_str().into()))
}

/// Appends what the counters say, if they are kept.
fn counters(core: &mut Core, text: &mut String, lines: fn(&Stats, &mut String)) {
    if let Some(stats) = &core.stats {
        lines(stats, text);
    }
}

fn server(core: &mut Core, text: &mut String) {
    let version = core.profile().version;
    let now_us = core.clock().now_us();
    text.push_str(&format!(
        "redis_version:{version}\r\nredis_mode:standalone\r\narch_bits:{}\r\nserver_time_usec:{now_us}\r\n",
        usize::BITS
    ));
}

fn clients(core: &mut Core, text: &mut String) {
    core.forget_gone();
    let connected = core.clients.all().count();
    let (waiting, keys, for_group) = core.waiters.counts();
    let [tracking, ..] = core.tracking.counts();
    let most = core.config.max_clients;
    text.push_str(&format!(
        "connected_clients:{connected}\r\nmaxclients:{most}\r\n\
         blocked_clients:{waiting}\r\ntracking_clients:{tracking}\r\ntotal_blocking_keys:{keys}\r\n\
         total_blocking_keys_on_nokey:{for_group}\r\n"
    ));
}

fn memory(core: &mut Core, text: &mut String) {
    let usage = core.memory_usage();
    let scripts = core.scripts.count();
    let (libraries, functions) = core.functions.counts();
    let config = core.config();
    text.push_str(&format!(
        "used_memory:{}\r\nused_memory_peak:{}\r\nused_memory_startup:{}\r\nused_memory_dataset:{}\r\n\
         number_of_cached_scripts:{scripts}\r\nnumber_of_functions:{functions}\r\n\
         number_of_libraries:{libraries}\r\nmaxmemory:{}\r\nmaxmemory_policy:{}\r\n\
         mem_not_counted_for_evict:0\r\nlazyfree_pending_objects:0\r\n",
        usage.in_use,
        usage.peak,
        usage.engine,
        usage.in_use - usage.engine,
        config.max_memory,
        config.policy.name
    ));
}

fn stats(core: &mut Core, text: &mut String) {
    core.forget_gone();
    let listened = |kind| core.hub.all(kind).len();
    let [auth, command, key, channel] = core.acl.denied;
    text.push_str(&format!(
        "acl_access_denied_auth:{auth}\r\nacl_access_denied_cmd:{command}\r\n\
         acl_access_denied_key:{key}\r\nacl_access_denied_channel:{channel}\r\n"
    ));
    let [_, keys, items, prefixes] = core.tracking.counts();
    text.push_str(&format!(
        "expired_keys:{}\r\nevicted_keys:{}\r\npubsub_channels:{}\r\npubsub_patterns:{}\r\n\
         pubsubshard_channels:{}\r\ntracking_total_keys:{keys}\r\ntracking_total_items:{items}\r\n\
         tracking_total_prefixes:{prefixes}\r\n",
        core.expired,
        core.evicted,
        listened(Kind::Channel),
        listened(Kind::Pattern),
        listened(Kind::Shard),
    ));
    counters(core, text, Stats::totals);
}

fn persistence(core: &mut Core, text: &mut String) {
    let dirty = core.dirty();
    text.push_str(&format!(
        "loading:0\r\nrdb_changes_since_last_save:{dirty}\r\n"
    ));
}

fn keyspace(core: &mut Core, text: &mut String) {
    let now_ms = core.clock().now_ms();
    for index in 0..core.config().databases {
        let db = core.db(index);
        let (keys, expires) = (db.len(), db.volatile());
        if keys == 0 {
            continue;
        }
        let left = db
            .iter()
            .filter_map(|(_, entry)| db.expiry_of(entry))
            .map(|at| i128::from(at.saturating_sub(now_ms).max(0)))
            .sum::<i128>();
        let average = left.checked_div(expires as i128).unwrap_or(0);
        text.push_str(&format!(
            "db{index}:keys={keys},expires={expires},avg_ttl={average}\r\n"
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::redis::Redis;
    use crate::reply::Reply;

    #[test]
    fn sections_are_apart_and_in_order() {
        let mut redis = Redis::builder().clock_unix_ms(1_000).build();
        redis.command(&["SET", "a", "1", "PX", "3000"]);
        redis.command(&["SET", "b", "1", "PX", "1000"]);
        redis.command(&["SELECT", "2"]);
        redis.command(&["SET", "c", "1"]);
        let Reply::Verbatim(_, text) = redis.command(&["INFO", "keyspace", "SERVER", "keyspace"])
        else {
            panic!("not a text");
        };
        assert_eq!(
            String::from_utf8_lossy(&text),
            "# Server\r\nredis_version:7.2.6\r\nredis_mode:standalone\r\narch_bits:64\r\n\
             server_time_usec:1000000\r\n\r\n# Keyspace\r\ndb0:keys=2,expires=2,avg_ttl=2000\r\n\
             db2:keys=1,expires=0,avg_ttl=0\r\n"
        );
    }
}
