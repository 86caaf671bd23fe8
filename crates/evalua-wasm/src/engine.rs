//! [`Engine`]: an in-memory Redis and one session on it.
//!
//! Owns how options, commands, records and snapshots cross the border.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use evalua_redis::coverage::Choice;
use evalua_redis::script::LogLevel;
use evalua_redis::trace::Call;
use evalua_redis::{Clock, Fault, Origin, Redis, Reply, Resp, Session, contents, text};
use js_sys::{Array, Function};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::callbacks::Callback;
use crate::check::profile_named;
use crate::js::{self, Strings};

#[wasm_bindgen]
extern "C" {
    /// What an engine is to be like: each may be missing.
    pub type EngineOptions;

    #[wasm_bindgen(method, getter, structural)]
    fn profile(this: &EngineOptions) -> Option<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn clock(this: &EngineOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, structural)]
    fn seed(this: &EngineOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, structural, js_name = maxInstructions)]
    fn max_instructions(this: &EngineOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, structural, js_name = maxMemory)]
    fn max_memory(this: &EngineOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, structural)]
    fn coverage(this: &EngineOptions) -> Option<bool>;
    #[wasm_bindgen(method, getter, structural)]
    fn log(this: &EngineOptions) -> Option<Function>;

    /// What is to fail.
    pub type FaultOptions;

    #[wasm_bindgen(method, getter, structural)]
    fn error(this: &FaultOptions) -> Option<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn command(this: &FaultOptions) -> Option<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn caller(this: &FaultOptions) -> Option<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn after(this: &FaultOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, structural)]
    fn times(this: &FaultOptions) -> Option<f64>;
}

/// The host's clock.
fn host_us() -> i64 {
    (js_sys::Date::now() * 1000.0) as i64
}

/// The name of a level, as the server writes it.
fn level_name(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "debug",
        LogLevel::Verbose => "verbose",
        LogLevel::Notice => "notice",
        LogLevel::Warning => "warning",
    }
}

fn refused(message: &str) -> JsValue {
    js_sys::Error::new(message).into()
}

/// An in-memory Redis with a session of its own.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    redis: Rc<RefCell<Redis>>,
    session: Session,
}

#[wasm_bindgen]
impl Engine {
    /// An empty engine.
    ///
    /// # Errors
    /// When there is no such profile.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &EngineOptions) -> Result<Engine, JsValue> {
        let mut clock = Clock::from_fn(host_us);
        if let Some(ms) = options.clock() {
            clock.set(ms as i64);
        }
        let mut builder = Redis::builder().clock(clock);
        if let Some(name) = options.profile() {
            builder = builder.profile(profile_named(&name)?);
        }
        if let Some(seed) = options.seed() {
            builder = builder.seed(seed as u64);
        }
        if let Some(instructions) = options.max_instructions() {
            builder = builder.max_instructions(instructions as u64);
        }
        if let Some(bytes) = options.max_memory() {
            builder = builder.max_memory(bytes as usize);
        }
        if let Some(log) = options.log().map(Callback::new) {
            builder = builder
                .log(move |level, line| log.call(&level_name(level).into(), &js::text(line)));
        }
        let redis = builder.coverage(options.coverage() == Some(true)).build();
        Ok(Engine {
            redis: Rc::new(RefCell::new(redis)),
            session: Session::new(),
        })
    }

    /// Another session on the same data.
    pub fn duplicate(&self) -> Engine {
        Engine {
            redis: Rc::clone(&self.redis),
            session: Session::new(),
        }
    }

    /// Runs a command, whose words stand in `bytes` one behind the other, and gives its reply. An error reply is
    /// given, not thrown.
    pub fn command(&mut self, bytes: &[u8], lengths: &[u32], binary: bool) -> JsValue {
        let reply = self.run(bytes, lengths);
        js::reply(&reply, Strings::new(binary))
    }

    /// As [`Engine::command`], with the text beside it that redis-cli prints: `[reply, text]`.
    #[wasm_bindgen(js_name = commandShown)]
    pub fn command_shown(&mut self, bytes: &[u8], lengths: &[u32], binary: bool) -> Array {
        let reply = self.run(bytes, lengths);
        let shown = js::text(&text::print(&reply));
        Array::of2(&js::reply(&reply, Strings::new(binary)), &shown)
    }

    /// The messages for the session since they were last taken: of channels, and of keys that it tracks.
    #[wasm_bindgen(js_name = takeMessages)]
    pub fn take_messages(&self) -> JsValue {
        let messages = std::iter::from_fn(|| self.session.take_message());
        js::array(messages, |message| js::reply(&message, Strings::Text))
    }

    fn run(&mut self, bytes: &[u8], lengths: &[u32]) -> Reply {
        let mut rest = bytes;
        let words: Vec<&[u8]> = lengths
            .iter()
            .map(|&length| {
                let (word, after) = rest.split_at((length as usize).min(rest.len()));
                rest = after;
                word
            })
            .collect();
        let mut redis = self.redis.borrow_mut();
        let reply = redis.execute(&mut self.session, &words);
        match self.session.resp {
            Resp::V2 => reply.to_resp2(redis.core().profile()),
            Resp::V3 => reply,
        }
    }

    /// The time in milliseconds, as the next command sees it.
    pub fn now(&mut self) -> f64 {
        // The clock follows the host's at each command.
        let words = [&b"EVALUA"[..], b"CLOCK"];
        match self.redis.borrow_mut().execute(&mut Session::new(), &words) {
            Reply::Integer(ms) => ms as f64,
            _ => f64::NAN,
        }
    }

    /// Stops the clock at an instant, in milliseconds.
    #[wasm_bindgen(js_name = setClock)]
    pub fn set_clock(&mut self, unix_ms: f64) {
        self.redis.borrow_mut().set_clock_unix_ms(unix_ms as i64);
    }

    /// Moves the clock forward by milliseconds, and stops it.
    #[wasm_bindgen(js_name = advanceClock)]
    pub fn advance_clock(&mut self, ms: f64) {
        let by = Duration::from_millis(ms as u64);
        self.redis.borrow_mut().advance(by);
    }

    /// Lets the clock follow the host's.
    #[wasm_bindgen(js_name = runClock)]
    pub fn run_clock(&mut self) {
        self.redis.borrow_mut().let_clock_run();
    }

    /// Begins all random numbers anew.
    #[wasm_bindgen(js_name = setSeed)]
    pub fn set_seed(&mut self, seed: f64) {
        self.redis.borrow_mut().set_seed(seed as u64);
    }

    /// Lets commands fail that are to come; without an error, the script that calls one ends there.
    ///
    /// # Errors
    /// When there is no such command or caller.
    #[wasm_bindgen(js_name = failNext)]
    pub fn fail_next(&mut self, options: &FaultOptions) -> Result<(), JsValue> {
        let mut fault = match (options.error(), options.command()) {
            (Some(error), Some(command)) => {
                Fault::of(&command, error).map_err(|error| refused(&error.to_string()))?
            }
            (Some(error), None) => Fault::new(error),
            (None, None) => Fault::stop(),
            (None, Some(_)) => return Err(refused("a command fails with an error: there is none")),
        };
        match options.caller().as_deref() {
            None => {}
            Some("client") => fault = fault.from(Origin::Client),
            Some("script") => fault = fault.from(Origin::Script),
            Some(other) => {
                return Err(refused(&format!(
                    "a caller is 'client' or 'script', not '{other}'"
                )));
            }
        }
        if let Some(times) = options.times() {
            fault = fault.times(times as u64);
        }
        let fault = fault.after(options.after().unwrap_or(0.0) as u64);
        self.redis.borrow_mut().fail_next(fault);
        Ok(())
    }

    /// Lets no command fail any more; gives how many were still to.
    #[wasm_bindgen(js_name = clearFaults)]
    pub fn clear_faults(&mut self) -> f64 {
        self.redis.borrow_mut().clear_faults() as f64
    }

    /// The commands that scripts have called since recording was turned on (`EVALUA TRACE ON`), or since they were
    /// last taken.
    #[wasm_bindgen(js_name = takeTrace)]
    pub fn take_trace(&mut self, binary: bool) -> JsValue {
        let strings = Strings::new(binary);
        let mut redis = self.redis.borrow_mut();
        let calls = redis.take_trace();
        let profile = redis.core().profile();
        js::array(calls, |call| {
            let shown = text::print(&call.reply.clone().to_resp2(profile));
            self::call(&call, &shown, strings)
        })
    }

    /// The keys of all databases with their values, each database's sorted by name.
    pub fn snapshot(&mut self, binary: bool) -> JsValue {
        let strings = Strings::new(binary);
        js::array(contents::read(&mut self.redis.borrow_mut()), |entry| {
            js::object(&[
                ("db", JsValue::from_f64(entry.db as f64)),
                ("key", strings.value(&entry.key)),
                ("type", JsValue::from_str(&entry.kind)),
                ("value", js::reply(&entry.value, strings)),
                ("expiresAt", js::instant(entry.expire_at_ms)),
                ("ttl", js::instant(entry.ttl_ms)),
                ("text", js::text(&text::print(&entry.value))),
            ])
        })
    }

    /// What is covered of scripts and libraries since it was last taken.
    #[wasm_bindgen(js_name = takeCoverage)]
    pub fn take_coverage(&mut self) -> JsValue {
        let count = |n: u64| JsValue::from_f64(n as f64);
        let number = |n: u32| JsValue::from_f64(f64::from(n));
        js::array(self.redis.borrow_mut().take_coverage().sources, |source| {
            let statements = js::array(source.report.statements, |statement| {
                js::object(&[
                    ("line", number(statement.place.line)),
                    ("column", number(statement.place.column)),
                    ("runs", count(statement.runs)),
                ])
            });
            let branches = js::array(source.report.branches, |branch| {
                js::object(&[
                    ("line", number(branch.place.line)),
                    ("column", number(branch.place.column)),
                    ("kind", choice_name(branch.choice).into()),
                    ("taken", js::array(branch.taken, count)),
                ])
            });
            js::object(&[
                ("name", source.name.as_str().into()),
                ("source", js::text(&source.source)),
                ("statements", statements),
                ("branches", branches),
            ])
        })
    }
}

fn choice_name(choice: Choice) -> &'static str {
    match choice {
        Choice::If => "if",
        Choice::While => "while",
        Choice::Until => "until",
        Choice::For => "for",
        Choice::ForIn => "for in",
        Choice::And => "and",
        Choice::Or => "or",
    }
}

/// A command of the record.
fn call(call: &Call, shown: &[u8], strings: Strings) -> JsValue {
    let keys = js::array(&call.keys, |used| {
        js::object(&[
            ("key", strings.value(&used.key)),
            ("writes", used.writes.into()),
            ("declared", used.is_declared.into()),
        ])
    });
    let expiries = js::array(&call.expiries, |change| {
        js::object(&[
            ("key", strings.value(&change.key)),
            ("before", js::instant(change.before_ms)),
            ("after", js::instant(change.after_ms)),
        ])
    });
    js::object(&[
        ("args", js::array(&call.args, |arg| strings.value(arg))),
        ("reply", js::reply(&call.reply, strings)),
        ("text", js::text(shown)),
        (
            "script",
            call.script
                .as_deref()
                .map_or(JsValue::NULL, JsValue::from_str),
        ),
        ("line", call.line.map_or(JsValue::NULL, JsValue::from)),
        ("writes", call.writes.into()),
        ("keys", keys),
        ("expiries", expiries),
        ("db", JsValue::from_f64(call.db as f64)),
        ("at", js::integer(call.at_ms)),
    ])
}

/// Splits a line as redis-cli does; gives nothing when a quote is not closed.
#[wasm_bindgen(js_name = splitLine)]
pub fn split_line(line: &[u8]) -> Option<Array> {
    let words = text::split_line(line)?;
    let words = words.iter().map(|word| Strings::Bytes.value(word));
    Some(words.collect())
}
