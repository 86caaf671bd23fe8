//! The settings that are kept as they were set, and change nothing: for clients and test suites that ask
//! for them, or set them.

use super::{I32, I64, Kind, SETTING, Setting};

/// Every such setting, in the order of the names.
pub(super) static KEPT: &[Setting] = &[
    text("aclfile", "").fixed(),
    number("active-defrag-cycle-max", 1, 99, "25"),
    number("active-defrag-cycle-min", 1, 99, "1"),
    size("active-defrag-ignore-bytes", 1, I64, "104857600"),
    number("active-defrag-max-scan-fields", 1, I64, "1000"),
    number("active-defrag-threshold-lower", 0, 1000, "10"),
    number("active-defrag-threshold-upper", 0, 1000, "100"),
    number("active-expire-effort", 1, 10, "1"),
    switch("activerehashing", "yes"),
    switch("always-show-logo", "no").fixed(),
    switch("aof-disable-auto-gc", "no").hidden(),
    switch("aof-load-truncated", "yes"),
    switch("aof-rewrite-incremental-fsync", "yes"),
    switch("aof-timestamp-enabled", "no"),
    switch("aof-use-rdb-preamble", "yes"),
    text("appenddirname", "appendonlydir").fixed(),
    text("appendfilename", "appendonly.aof").fixed(),
    choice("appendfsync", &["everysec", "always", "no"], "everysec"),
    switch("appendonly", "no"),
    size("auto-aof-rewrite-min-size", 0, I64, "67108864"),
    number("auto-aof-rewrite-percentage", 0, I32, "100"),
    text("bind", "").given("Failed to bind to specified addresses."),
    size("client-query-buffer-limit", 1048576, I64, "1073741824"),
    switch("cluster-allow-pubsubshard-when-down", "yes"),
    switch("cluster-allow-reads-when-down", "no"),
    switch("cluster-enabled", "no").fixed(),
    number("cluster-node-timeout", 0, I64, "15000"),
    number("cluster-port", 0, 65535, "0").fixed(),
    switch("cluster-require-full-coverage", "yes"),
    switch("crash-log-enabled", "yes"),
    switch("crash-memcheck-enabled", "yes"),
    switch("daemonize", "no").fixed(),
    switch("disable-thp", "yes").fixed(),
    switch("dynamic-hz", "yes"),
    number("hz", 0, I32, "10"),
    number("io-threads", 1, 128, "1").fixed(),
    switch("io-threads-do-reads", "no").fixed(),
    switch("jemalloc-bg-thread", "yes"),
    number("key-load-delay", -I32 - 1, I32, "0").hidden(),
    switch("latency-tracking", "yes"),
    switch("lazyfree-lazy-eviction", "no"),
    switch("lazyfree-lazy-expire", "no"),
    switch("lazyfree-lazy-server-del", "no"),
    switch("lazyfree-lazy-user-del", "no"),
    switch("lazyfree-lazy-user-flush", "no"),
    number("list-compress-depth", 0, I32, "0"),
    text("logfile", "").fixed(),
    choice(
        "loglevel",
        &["debug", "verbose", "notice", "warning", "nothing"],
        "notice",
    ),
    text("masterauth", ""),
    text("masteruser", ""),
    kept("maxmemory-clients", Kind::SizeOrPercent, "0"),
    number("maxmemory-eviction-tenacity", 0, 100, "10"),
    switch("no-appendfsync-on-rewrite", "no"),
    text("pidfile", "").fixed(),
    number("port", 0, 65535, "0").given("Unable to listen on this port. Check server logs."),
    text("proc-title-template", "{title} {listen-addr} {server-mode}"),
    switch("rdb-del-sync-files", "no"),
    number("rdb-key-save-delay", -I32 - 1, I32, "0").hidden(),
    switch("rdb-save-incremental-fsync", "yes"),
    switch("rdbchecksum", "yes").fixed(),
    switch("rdbcompression", "yes"),
    size("repl-backlog-size", 1, I64, "1048576"),
    number("repl-backlog-ttl", 0, I64, "3600"),
    switch("repl-disable-tcp-nodelay", "no"),
    choice(
        "repl-diskless-load",
        &["disabled", "on-empty-db", "swapdb"],
        "disabled",
    ),
    switch("repl-diskless-sync", "yes"),
    number("repl-diskless-sync-delay", 0, I32, "5"),
    number("repl-diskless-sync-max-replicas", 0, I32, "0"),
    number("repl-ping-replica-period", 1, I32, "10").also("repl-ping-slave-period"),
    number("repl-timeout", 1, I32, "60"),
    text("replica-announce-ip", "").also("slave-announce-ip"),
    number("replica-announce-port", 0, 65535, "0").also("slave-announce-port"),
    switch("replica-announced", "yes"),
    switch("replica-ignore-maxmemory", "yes").also("slave-ignore-maxmemory"),
    switch("replica-lazy-flush", "no").also("slave-lazy-flush"),
    number("replica-priority", 0, I32, "100").also("slave-priority"),
    switch("replica-read-only", "yes").also("slave-read-only"),
    switch("replica-serve-stale-data", "yes").also("slave-serve-stale-data"),
    text("replicaof", "").also("slaveof").fixed(),
    choice("sanitize-dump-payload", &["no", "yes", "clients"], "no"),
    text("save", ""),
    switch("set-proc-title", "yes").fixed(),
    number("shutdown-timeout", 0, I32, "10"),
    switch("stop-writes-on-bgsave-error", "yes"),
    choice("supervised", &["upstart", "systemd", "auto", "no"], "no").fixed(),
    switch("syslog-enabled", "no").fixed(),
    number("tcp-backlog", 0, I32, "511").fixed(),
    number("tcp-keepalive", 0, I32, "300"),
    number("timeout", 0, I32, "0"),
    text("unixsocket", "").given("").fixed(),
];

const fn kept(name: &'static str, kind: Kind, default: &'static str) -> Setting {
    Setting {
        name,
        kind,
        default,
        ..SETTING
    }
}

const fn switch(name: &'static str, default: &'static str) -> Setting {
    kept(name, Kind::Switch, default)
}

const fn number(name: &'static str, least: i128, most: i128, default: &'static str) -> Setting {
    kept(name, Kind::Number(least, most), default)
}

const fn size(name: &'static str, least: i128, most: i128, default: &'static str) -> Setting {
    kept(name, Kind::Size(least, most), default)
}

const fn choice(
    name: &'static str,
    words: &'static [&'static str],
    default: &'static str,
) -> Setting {
    kept(name, Kind::Choice(words), default)
}

const fn text(name: &'static str, default: &'static str) -> Setting {
    kept(name, Kind::Text, default)
}

impl Setting {
    const fn also(self, alias: &'static str) -> Setting {
        Setting {
            alias: Some(alias),
            ..self
        }
    }

    const fn given(self, reason: &'static str) -> Setting {
        Setting {
            given: Some(reason),
            ..self
        }
    }

    const fn fixed(self) -> Setting {
        Setting {
            is_fixed: true,
            ..self
        }
    }

    const fn hidden(self) -> Setting {
        Setting {
            is_hidden: true,
            ..self
        }
    }
}
