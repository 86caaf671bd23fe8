//! [`Core`]: the state of one engine, without any session.
//!
//! A value that can be moved: a host may take it out of its place (leaving [`Core::default`] there)
//! and put it back, as scripts do with each call. It is large, so it lies in a box. Commands reach it through
//! the gate only.

use std::time::Duration;

use crate::acl::Acl;
use crate::bytes::SmallBytes;
use crate::clients::Clients;
use crate::clock::Clock;
use crate::config::Config;
use crate::errors::CommandError;
use crate::faults::Fault;
use crate::hub::Hub;
use crate::keyspace::database::{AccessMode, Met};
use crate::keyspace::{Database, Snapshot};
use crate::onlookers::Onlookers;
use crate::pause::Pause;
use crate::profile::{self, Profile};
use crate::rng::Rng;
use crate::script::{Finding, Functions, Inspector, Scripts};
use crate::settings::Setting;
use crate::shortage::Shortage;
use crate::slowlog::{Latency, SlowLog};
use crate::stats::Stats;
use crate::trace::{Call, Class, Event, Trace};
use crate::tracking::Tracking;
use crate::transaction::{Successor, Watchers};
use crate::waiters::Waiters;

/// How many keys that are due one command removes at most before it runs.
const EXPIRE_BATCH: usize = 128;

/// The state of an engine.
#[derive(Debug)]
pub struct Core {
    pub(crate) clock: Clock,
    pub(crate) rng: Rng,
    pub(crate) config: Config,
    pub(crate) profile: &'static Profile,
    pub(crate) databases: Vec<Database>,
    pub(crate) scripts: Scripts,
    pub(crate) functions: Functions,
    /// How many changes there have been.
    pub(crate) dirty: u64,
    /// Who watches which keys.
    pub(crate) watchers: Watchers,
    /// What there is too little of.
    pub(crate) shortage: Shortage,
    /// What is to fail.
    pub(crate) faults: Vec<Fault>,
    /// Whether the running script has called a command that writes.
    pub(crate) script_has_written: bool,
    /// The most memory that was seen in use.
    pub(crate) peak_memory: usize,
    /// The instant at which no key was due that could be, Unix milliseconds.
    swept_ms: i64,
    /// How many keys have gone since they were due.
    pub(crate) expired: u64,
    /// How many keys have gone for others.
    pub(crate) evicted: u64,
    /// Who waits for which keys.
    pub(crate) waiters: Waiters,
    /// Whether the gate looks at all that could concern a command, as it does but for the length of a client's
    /// command that [needs no care](Core::needs_care).
    pub(crate) is_careful: bool,
    /// What accesses of the running command do beside finding keys.
    pub(crate) access_mode: AccessMode,
    /// Who is connected.
    pub(crate) clients: Clients,
    /// Who listens to which channels.
    pub(crate) hub: Hub,
    /// Clients that see every command.
    pub(crate) monitors: Vec<u64>,
    /// The commands that took long.
    pub(crate) slowlog: SlowLog,
    /// What else took long.
    pub(crate) latency: Latency,
    /// Users, and what they may do.
    pub(crate) acl: Acl,
    /// Who is told of changes of which keys.
    pub(crate) tracking: Tracking,
    /// The client whose command is running, while somebody tracks keys.
    pub(crate) current: Option<u64>,
    /// While commands are held back.
    pub(crate) pause: Option<Pause>,
    /// The counters, while they are kept.
    pub(crate) stats: Option<Box<Stats>>,
    /// The events since they were taken, while they are on.
    pub(crate) events: Option<Vec<Event>>,
    /// Who looks at what commands and scripts do.
    pub(crate) onlookers: Option<Box<Onlookers>>,
    /// The clock and the seed that it began with.
    beginning: (Clock, u64),
}

impl Core {
    /// An empty engine.
    pub fn new(profile: &'static Profile, clock: Clock, seed: u64) -> Box<Core> {
        let mut core = Box::new(Core::without_databases(profile, clock, seed));
        let databases = (0..core.config.databases).map(|_| Database::default());
        core.databases = databases.collect();
        core
    }

    fn without_databases(profile: &'static Profile, clock: Clock, seed: u64) -> Core {
        Core {
            beginning: (clock.clone(), seed),
            clock,
            rng: Rng::new(seed),
            config: Config::new(profile),
            profile,
            databases: Vec::new(),
            scripts: Scripts::new(seed),
            functions: Functions::default(),
            dirty: 0,
            watchers: Watchers::default(),
            shortage: Shortage::default(),
            faults: Vec::new(),
            script_has_written: false,
            peak_memory: 0,
            swept_ms: -1,
            expired: 0,
            evicted: 0,
            waiters: Waiters::default(),
            is_careful: true,
            access_mode: AccessMode::default(),
            clients: Clients::default(),
            hub: Hub::default(),
            monitors: Vec::new(),
            slowlog: SlowLog::default(),
            latency: Latency::default(),
            acl: Acl::default(),
            tracking: Tracking::default(),
            current: None,
            pause: None,
            stats: None,
            events: None,
            onlookers: None,
        }
    }

    /// Its clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Its clock, to be set or advanced.
    pub fn clock_mut(&mut self) -> &mut Clock {
        &mut self.clock
    }

    /// Moves the clock forward, and lets what becomes due happen; a clock of the system's stands from then
    /// on.
    pub fn advance(self: &mut Box<Core>, by: Duration) {
        self.clock.advance(by);
        self.let_due_happen(usize::MAX);
    }

    /// Sets the clock, which stands from then on, and lets what is due then happen.
    pub fn set_clock_unix_ms(self: &mut Box<Core>, unix_ms: i64) {
        self.clock.set(unix_ms);
        self.let_due_happen(usize::MAX);
    }

    /// Lets a clock that stands follow time again, and lets what is due then happen.
    pub fn let_clock_run(self: &mut Box<Core>) {
        self.clock.run();
        self.let_due_happen(usize::MAX);
    }

    /// Begins all random numbers anew, as an engine with that seed does.
    pub fn set_seed(&mut self, seed: u64) {
        self.rng = Rng::new(seed);
        self.scripts.set_seed(seed);
        self.functions.set_seed(seed);
    }

    /// Makes it as it began, but for settings, users and clients: no keys, scripts, functions or faults, no record of
    /// commands, clock and random numbers where they began.
    pub(crate) fn begin_again(&mut self) -> Result<(), CommandError> {
        self.flush_all();
        self.scripts.flush(self.profile)?;
        self.functions.flush();
        self.clear_faults();
        self.trace_scripts(false);
        let (clock, seed) = self.beginning.clone();
        self.clock = clock;
        self.clock.tick();
        self.set_seed(seed);
        Ok(())
    }

    /// Its random generator.
    pub fn rng_mut(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// Its settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its settings, to be changed.
    pub fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }

    /// Lets CONFIG GET tell what a host has decided: `port`, `bind`, `unixsocket`. Settings of other names,
    /// and such as there are not, stay as they are.
    pub fn tell_setting(&mut self, name: &str, value: impl Into<String>) {
        if let Some(setting) = Setting::named(name.as_bytes()).filter(|found| found.given.is_some())
        {
            self.config.others.insert(setting.name, value.into());
        }
    }

    /// The server it is like.
    pub fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// How many changes there have been; it never goes back.
    pub fn dirty(&self) -> u64 {
        self.dirty
    }

    /// Turns the counting of commands and errors, which INFO shows, on or off.
    pub fn set_statistics(&mut self, on: bool) {
        self.stats = on.then(Box::default);
    }

    /// Notes that the running script ends with an error that was counted already.
    pub(crate) fn note_known_error(&mut self) {
        if let Some(stats) = &mut self.stats {
            stats.end_with_known_error();
        }
    }

    /// Turns the recording of commands on or off.
    pub fn set_tracing(&mut self, on: bool) {
        self.change_onlookers(|onlookers| onlookers.trace = on.then(Trace::default));
    }

    /// Turns the recording of commands that scripts call on or off; of very many, the oldest go for others.
    pub fn trace_scripts(&mut self, on: bool) {
        self.change_onlookers(|onlookers| onlookers.trace = on.then(Trace::of_scripts));
    }

    /// The commands since the last time, and empties the record.
    pub fn take_trace(&mut self) -> Vec<Call> {
        let onlookers = self.onlookers.as_mut();
        let trace = onlookers.and_then(|onlookers| onlookers.trace.as_mut());
        trace.map(Trace::take).unwrap_or_default()
    }

    /// Turns the recording of events on or off.
    pub fn set_events(&mut self, on: bool) {
        self.events = on.then(Vec::new);
    }

    /// The events since the last time, and empties the record.
    pub fn take_events(&mut self) -> Vec<Event> {
        self.events.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The findings of strict mode since the last time, and empties the record.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        let onlookers = self.onlookers.as_mut();
        let inspector = onlookers.and_then(|onlookers| onlookers.inspector.as_mut());
        inspector.map(Inspector::take).unwrap_or_default()
    }

    /// The database of that index, at the instant of the running command.
    ///
    /// # Panics
    /// When there is no such database; the index of a session is always one.
    #[inline]
    pub(crate) fn db(&mut self, index: usize) -> &mut Database {
        self.db_and_rng(index).0
    }

    /// As [`Core::db`], with the random generator beside it.
    pub(crate) fn db_and_rng(&mut self, index: usize) -> (&mut Database, &mut Rng) {
        let db = &mut self.databases[index];
        db.set_now(self.clock.now_ms());
        db.access_mode = self.access_mode;
        (db, &mut self.rng)
    }

    /// All live keys of a database, for display and comparison; `None` when there is no such
    /// database.
    pub fn snapshot(self: &mut Box<Core>, db: usize) -> Option<Snapshot> {
        self.tick();
        let now_ms = self.clock.now_ms();
        let db = self.databases.get_mut(db)?;
        db.set_now(now_ms);
        Some(db.snapshot())
    }

    /// Whether a live key exists in a database other than the caller's; reports it when it was due.
    pub(crate) fn touch(&mut self, db: usize, key: &[u8]) -> bool {
        let exists = self.db(db).touch(key);
        self.report_met(db);
        exists
    }

    /// Empties a database.
    pub(crate) fn flush(&mut self, db: usize) {
        self.replace_watched(db, None);
        for key in self.waiters.keys_of(db) {
            self.waiters.signal_end(db, &key);
        }
        let db = self.db(db);
        let keys = db.len() as u64;
        db.clear();
        self.dirty += keys;
    }

    /// Empties every database.
    pub(crate) fn flush_all(&mut self) {
        for db in 0..self.databases.len() {
            self.flush(db);
        }
        self.tell_trackers_of_flush();
    }

    /// Swaps two databases, so that every session sees the other one; tells whether both exist.
    pub(crate) fn swap(&mut self, a: usize, b: usize) -> bool {
        let exist = a.max(b) < self.databases.len();
        if exist && a != b {
            self.replace_watched(a, Some(b));
            self.replace_watched(b, Some(a));
            self.databases.swap(a, b);
            self.signal_all(a);
            self.signal_all(b);
        }
        self.dirty += u64::from(exist);
        exist
    }

    /// Tells who watches or tracks a key that the running command has changed it, without an event.
    pub(crate) fn changed(&mut self, key: &[u8], db: usize) {
        self.report_met(db);
        self.changed_by(key, db, self.current);
    }

    #[inline]
    fn changed_by(&mut self, key: &[u8], db: usize, by: Option<u64>) {
        if !self.watchers.is_empty() {
            let is_there = self.databases[db].has(key);
            self.watchers.touch(db, key, is_there);
        }
        if self.tracking.is_on() {
            self.tell_trackers(key, by);
        }
    }

    /// Takes note of an event, which is no change of its own but part of another.
    #[inline]
    pub(crate) fn notify(&mut self, class: Class, name: &'static str, key: &[u8], db: usize) {
        if self.is_careful | self.databases[db].has_met() {
            self.notify_hearers(class, name, key, db);
        }
    }

    #[cold]
    fn notify_hearers(&mut self, class: Class, name: &'static str, key: &[u8], db: usize) {
        // What the running command met went before what it changed.
        self.report_met(db);
        let is_listened_to = !self.watchers.is_empty() || self.tracking.is_on();
        if is_listened_to && class.is_change(name) {
            let by = match class {
                Class::Evicted => None,
                _ => self.current,
            };
            self.changed_by(key, db, by);
        }
        if !self.waiters.is_empty() {
            self.waiters.signal(class, name, db, key);
        }
        self.record(class, name, key, db);
    }

    /// Tells who watches keys of a database what comes into their place: what another holds, or nothing.
    fn replace_watched(&mut self, db: usize, by: Option<usize>) {
        for key in self.watchers.of(db) {
            let was_there = self.db(db).has(&key);
            let successor = match by.map(|by| self.db(by)) {
                Some(by) if by.is_key_due(&key) => Successor::Due,
                Some(by) if by.has(&key) => Successor::Live,
                _ => Successor::None,
            };
            self.watchers.replace(db, &key, was_there, successor);
        }
    }

    /// Lets all look who wait for keys of a database that has taken the place of another.
    fn signal_all(&mut self, db: usize) {
        for key in self.waiters.keys_of(db) {
            self.waiters.signal(Class::Generic, "swapdb", db, &key);
        }
    }

    /// Reports what accesses to a database have met: keys that were due and were removed, new ones, and
    /// such as are not there.
    #[inline(always)]
    pub(crate) fn report_met(&mut self, db: usize) {
        if self.databases[db].has_met() {
            self.report_each_met(db);
        }
    }

    #[cold]
    fn report_each_met(&mut self, db: usize) {
        for (met, key) in self.databases[db].take_met() {
            match met {
                Met::Lapsed => {
                    self.expired += 1;
                    self.tell_trackers(&key, None);
                    self.watchers.touch(db, &key, false);
                    self.waiters.signal_end(db, &key);
                    self.record(Class::Expired, "expired", &key, db);
                }
                Met::New => {
                    self.waiters.signal_new(db, &key);
                    self.publish_event(Class::New, "new", &key, db);
                }
                Met::Missing => self.publish_event(Class::Miss, "keymiss", &key, db),
            }
        }
    }

    fn record(&mut self, class: Class, name: &'static str, key: &[u8], db: usize) {
        self.publish_event(class, name, key, db);
        if let Some(events) = &mut self.events {
            events.push(Event {
                class,
                name,
                key: SmallBytes::new(key),
                db,
            });
        }
    }

    /// Does what there is to do though nobody sends a command: lets what is due happen, and makes room if
    /// memory is short. For hosts whose time passes, every so often.
    pub fn look_after(self: &mut Box<Core>) {
        if self.config.is_cron_paused {
            return;
        }
        self.tick();
        if self.tracking.is_on() {
            self.limit_tracked_keys();
            self.tell_of_prefixes();
        }
        if self.config.max_memory > 0 && self.pause.is_none() {
            self.make_room();
        }
    }

    /// Lets what is due happen, as each command does first: reads the clock, removes some of the keys that
    /// are due, and ends the waits that are over.
    #[inline]
    pub fn tick(self: &mut Box<Core>) {
        self.clock.tick();
        self.let_due_happen(EXPIRE_BATCH);
    }

    /// Removes keys that are due, unless that is turned off, up to `limit` in each database, and ends the
    /// waits that are over.
    #[inline]
    pub(crate) fn let_due_happen(self: &mut Box<Core>, limit: usize) {
        if self.pause.is_some() {
            self.end_pause();
        }
        if self.config.active_expire && self.pause.is_none() {
            self.expire_due(limit);
        }
        if !self.waiters.is_empty() {
            self.look_after_waiters();
        }
    }

    /// Removes keys that are due, looking at no more than `limit` in each database. On the system's clock
    /// once in a millisecond is enough, while none is left over.
    #[inline]
    fn expire_due(&mut self, limit: usize) {
        let now_ms = self.clock.now_ms();
        if now_ms != self.swept_ms || self.clock.is_virtual() {
            self.sweep(now_ms, limit);
        }
    }

    fn sweep(&mut self, now_ms: i64, limit: usize) {
        let mut is_done = true;
        for index in 0..self.databases.len() {
            if self.databases[index].is_due(now_ms) {
                let is_timed = self.config.latency_threshold_ms > 0;
                let began_us = is_timed.then(|| self.clock.read_us());
                self.databases[index].expire_due(now_ms, limit);
                self.report_met(index);
                if let Some(began_us) = began_us {
                    self.note_latency("expire-cycle", self.took_us(began_us));
                }
                is_done &= !self.databases[index].is_due(now_ms);
            }
        }
        if is_done {
            self.swept_ms = now_ms;
        }
    }
}

impl Default for Core {
    /// A place holder without databases, which costs no allocation: for the place that a core was
    /// moved out of.
    fn default() -> Core {
        Core::without_databases(&profile::REDIS_7_2, Clock::fixed(0), 0)
    }
}
