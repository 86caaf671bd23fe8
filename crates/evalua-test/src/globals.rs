//! The functions that a spec sees, but for `assert`.
//!
//! Owns their names and what they take. Those through which a script is called are wrapped by `prelude.lua`.

use std::rc::Rc;
use std::time::Duration;

use evalua_redis::bytes::SmallBytes;
use evalua_redis::trace::Call;
use evalua_redis::{Fault, Origin, Reply};
use evalua_vm::{Bytes, Error, FromLua, Function, Lua, Result, Table, Value, Variadic};

use crate::assertions;
use crate::bench::{Bench, Phase};
use crate::failure::Raised;
use crate::reply::{self, Invocation};
use crate::sources::Source;
use crate::spec::Group;

/// The part of the bench that is written in Lua.
const PRELUDE: &str = include_str!("prelude.lua");

/// Gives a Lua state the functions of the bench.
pub fn install(lua: &Lua, bench: &Rc<Bench>) -> Result<()> {
    let prelude = clients(lua, bench)?;
    structure(lua, bench)?;
    absent(lua, bench)?;
    scripts(lua, bench, &prelude.get("callable")?)?;
    surroundings(lua, bench, &prelude.get("turn")?)?;
    requiring(lua, bench)?;
    assertions::install(lua, bench)
}

/// `interleave`, and `pcall` and `xpcall` for clients; gives the prelude.
fn clients(lua: &Lua, bench: &Rc<Bench>) -> Result<Table> {
    let choose = with(lua, bench, |_, bench, clients: usize| {
        let choice = bench.schedule.borrow_mut().choose(clients)?;
        // Lua counts from 1.
        Ok(choice + 1)
    })?;
    let set_client = with(lua, bench, |_, bench, client: Option<String>| {
        bench.schedule.borrow_mut().set_client(client);
        Ok(())
    })?;
    let takes_turns = with(lua, bench, |_, bench, ()| Ok(bench.takes_turns()))?;
    let prelude = lua.load(PRELUDE).set_name("=evalua");
    let prelude: Table = prelude.call((choose, set_client, takes_turns))?;
    let check = with(lua, bench, |_, bench, ()| bench.check_invariants())?;
    for name in ["pcall", "xpcall"] {
        lua.globals()
            .raw_set(name, prelude.get::<Function>(name)?)?;
    }
    let interleave: Function = prelude.get("interleave")?;
    global(lua, bench, "interleave", move |_, bench, clients: Table| {
        bench.expect_running("interleave")?;
        interleave.call::<()>((clients, check.clone()))
    })?;
    Ok(prelude)
}

/// A global function that knows the bench.
fn global<A, R>(
    lua: &Lua,
    bench: &Rc<Bench>,
    name: &str,
    function: impl Fn(&Lua, &Rc<Bench>, A) -> Result<R> + 'static,
) -> Result<()>
where
    A: evalua_vm::FromLuaMulti,
    R: evalua_vm::IntoLuaMulti,
{
    lua.globals().raw_set(name, with(lua, bench, function)?)
}

/// A function that knows the bench.
pub fn with<A, R>(
    lua: &Lua,
    bench: &Rc<Bench>,
    function: impl Fn(&Lua, &Rc<Bench>, A) -> Result<R> + 'static,
) -> Result<Function>
where
    A: evalua_vm::FromLuaMulti,
    R: evalua_vm::IntoLuaMulti,
{
    let bench = bench.clone();
    lua.create_function(move |lua, args| function(lua, &bench, args))
}

/// Fails unless the spec is being loaded.
fn expect_loading(bench: &Bench, name: &str) -> Result<()> {
    match bench.phase.get() {
        Phase::Loading => Ok(()),
        Phase::Running => Err(Error::runtime(format_args!(
            "{name} cannot be used while a case runs"
        ))),
    }
}

/// `describe`, `it`, `each`, `pending`, `before_each`, `after_each`, `invariant`.
fn structure(lua: &Lua, bench: &Rc<Bench>) -> Result<()> {
    let describe = |_: &Lua, bench: &Rc<Bench>, (name, body): (Bytes, Function)| {
        expect_loading(bench, "describe")?;
        bench.tree.borrow_mut().enter(text(&name));
        let described = body.call::<()>(());
        bench.tree.borrow_mut().leave();
        described
    };
    global(lua, bench, "describe", describe)?;
    global(lua, bench, "context", describe)?;
    let it = |_: &Lua, bench: &Rc<Bench>, (name, body): (Bytes, Option<Function>)| {
        expect_loading(bench, "it")?;
        let place = bench.place();
        (bench.tree.borrow_mut()).add(text(&name), place, body, Vec::new());
        Ok(())
    };
    global(lua, bench, "it", it)?;
    let format: Function = lua.globals().get::<Table>("string")?.get("format")?;
    let each = move |_: &Lua, bench: &Rc<Bench>, (rows, name, body): (Table, Bytes, Function)| {
        expect_loading(bench, "each")?;
        let place = bench.place();
        for index in 1..=reply::length(&rows)? {
            let args = match rows.raw_get::<Value>(index)? {
                Value::Table(row) => (1..=reply::length(&row)?)
                    .map(|column| row.raw_get(column))
                    .collect::<Result<Vec<Value>>>()?,
                value => vec![value],
            };
            let name = row_name(&format, &name, index, &args)?;
            (bench.tree.borrow_mut()).add(name, place.clone(), Some(body.clone()), args);
        }
        Ok(())
    };
    global(lua, bench, "each", each)?;
    let pending = |_: &Lua, bench: &Rc<Bench>, (name, _body): (Option<Bytes>, Value)| {
        let name = name.map(|name| text(&name));
        if bench.phase.get() == Phase::Running {
            return Err(Raised::Pending(name).into());
        }
        let place = bench.place();
        let name = name.unwrap_or_default();
        bench.tree.borrow_mut().add(name, place, None, Vec::new());
        Ok(())
    };
    global(lua, bench, "pending", pending)?;
    type Choose = fn(&mut Group) -> &mut Vec<Function>;
    let hooks: [(&'static str, Choose); 2] = [
        ("before_each", |group| &mut group.before_each),
        ("after_each", |group| &mut group.after_each),
    ];
    for (name, choose) in hooks {
        let hook = move |_: &Lua, bench: &Rc<Bench>, function: Function| {
            expect_loading(bench, name)?;
            choose(bench.tree.borrow_mut().group_mut()).push(function);
            Ok(())
        };
        global(lua, bench, name, hook)?;
    }
    global(lua, bench, "invariant", |_, bench, function: Function| {
        match bench.phase.get() {
            Phase::Loading => bench
                .tree
                .borrow_mut()
                .group_mut()
                .invariants
                .push(function),
            Phase::Running => bench.add_invariant(function),
        }
        Ok(())
    })
}

/// A name as it is shown.
fn text(name: &Bytes) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// Words of busted's that the bench has not, and what to use instead.
const ABSENT: [(&str, &str); 8] = [
    ("setup", EACH_ITS_OWN),
    ("lazy_setup", EACH_ITS_OWN),
    ("strict_setup", EACH_ITS_OWN),
    ("teardown", AFTER_EACH),
    ("lazy_teardown", AFTER_EACH),
    ("strict_teardown", AFTER_EACH),
    ("finally", AFTER_EACH),
    ("insulate", "describe"),
];

const EACH_ITS_OWN: &str = "before_each, since every case has a Redis of its own";
const AFTER_EACH: &str = "after_each, if anything is left to do: every case has a Redis of its own";

/// What scripts have, and specs do not.
const OF_SCRIPTS: [&str; 2] = ["KEYS", "ARGV"];

/// Functions that say what to use instead of them, and tables that do when they are read.
fn absent(lua: &Lua, bench: &Rc<Bench>) -> Result<()> {
    for (name, instead) in ABSENT {
        global(lua, bench, name, move |_, _, _: Variadic<Value>| {
            Err::<(), _>(Error::runtime(format_args!(
                "there is no {name} here: use {instead}"
            )))
        })?;
    }
    for name in OF_SCRIPTS {
        let refuse = with(lua, bench, move |_, _, _: Variadic<Value>| {
            Err::<(), _>(Error::runtime(format_args!(
                "there is no {name} in a spec: script(\"FILE\"){{ keys = {{}}, args = {{}} }} runs a script from its file"
            )))
        })?;
        let (table, metatable) = (lua.create_table()?, lua.create_table()?);
        metatable.raw_set("__index", refuse)?;
        table.set_metatable(Some(&metatable))?;
        lua.globals().raw_set(name, table)?;
    }
    Ok(())
}

/// The name of a case of a table of parameters: what `string.format` makes of the name and the row, or else the name
/// and the number of the row.
fn row_name(format: &Function, name: &Bytes, index: i64, args: &[Value]) -> Result<String> {
    if !name.contains(&b'%') {
        return Ok(format!("{} #{index}", text(name)));
    }
    // %s of Lua 5.1 takes no nil, boolean or table.
    let shown = args.iter().map(|arg| match arg {
        Value::String(_) | Value::Number(_) => Ok(arg.clone()),
        other => Ok(Value::String(lua_string(format, &other.to_string()?)?)),
    });
    let mut words = vec![Value::String(lua_string(format, &text(name))?)];
    words.extend(shown.collect::<Result<Vec<_>>>()?);
    let made: Result<Bytes> = format.call(Variadic(words));
    let name = made.map_err(|_| {
        let name = text(name);
        Error::runtime(format_args!("row {index} does not fit the name \"{name}\""))
    })?;
    Ok(text(&name))
}

/// A text as a string of the state that `format` is in.
fn lua_string(format: &Function, text: &str) -> Result<evalua_vm::LuaString> {
    format.call(("%s", text))
}

/// `redis`, `script`, `library`, `fcall`.
fn scripts(lua: &Lua, bench: &Rc<Bench>, callable: &Function) -> Result<()> {
    let redis = |_: &Lua, bench: &Rc<Bench>, words: Variadic<Value>| {
        let args = (1..)
            .zip(words.iter())
            .map(|(index, word)| reply::argument(word, || format!("argument {index} of redis")));
        let args = args.collect::<Result<Vec<_>>>()?;
        let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
        if args.is_empty() {
            return Err(Error::runtime("redis needs a command: redis('GET', 'key')"));
        }
        bench.command(&args)
    };
    lua.globals()
        .raw_set("redis", both(lua, bench, callable, redis)?)?;

    let wrap = callable.clone();
    let script = move |lua: &Lua, bench: &Rc<Bench>, path: String| {
        let source = bench.read(&path)?;
        bench.compile(&source);
        let run = move |_: &Lua, bench: &Rc<Bench>, call: Value| {
            let call = Invocation::from_lua(&call)?;
            run(bench, &source, [b"EVAL", &source.text], &call)
        };
        both(lua, bench, &wrap, run)
    };
    global(lua, bench, "script", script)?;

    let wrap = callable.clone();
    let library = move |lua: &Lua, bench: &Rc<Bench>, path: String| {
        let source = bench.read(&path)?;
        bench.add_library(&source)?;
        let wrap = wrap.clone();
        let index = with(lua, bench, move |lua, bench, (_, name): (Value, Bytes)| {
            let source = source.clone();
            let run = move |_: &Lua, bench: &Rc<Bench>, call: Value| {
                let call = Invocation::from_lua(&call)?;
                run(bench, &source, [b"FCALL", &name], &call)
            };
            both(lua, bench, &wrap, run)
        })?;
        let functions = lua.create_table()?;
        functions.set_metatable(Some(&lua.create_table_from([("__index", index)])?))?;
        Ok(functions)
    };
    global(lua, bench, "library", library)
}

/// Calls a script or a function.
fn run(
    bench: &Bench,
    source: &Rc<Source>,
    command: [&[u8]; 2],
    call: &Invocation,
) -> Result<Reply> {
    let count = call.keys.len().to_string();
    let mut words = vec![command[0], command[1], count.as_bytes()];
    words.extend(call.keys.iter().chain(&call.args).map(Vec::as_slice));
    bench.call_script(source, &words)
}

/// What can be called, as such or by `call`, for a reply or an error, and has a `pcall`, which gives an error as
/// `{ err = text }`.
fn both<A>(
    lua: &Lua,
    bench: &Rc<Bench>,
    callable: &Function,
    run: impl Fn(&Lua, &Rc<Bench>, A) -> Result<Reply> + 'static,
) -> Result<Table>
where
    A: evalua_vm::FromLuaMulti,
{
    let run = Rc::new(move |lua: &Lua, bench: &Rc<Bench>, args| {
        // Errors of arguments are the spec's, and not those of the prelude that passes them on.
        run(lua, bench, args).map_err(|error| bench.raised_in_spec(&error))
    });
    let protected = run.clone();
    let raising = with(lua, bench, move |lua, bench, args| {
        let reply = run(lua, bench, args)?;
        match reply.as_error() {
            Some(error) => Err(bench.raised(error.as_bytes())),
            None => reply::to_lua(lua, &reply),
        }
    })?;
    let protected = with(lua, bench, move |lua, bench, args| {
        reply::to_lua(lua, &protected(lua, bench, args)?)
    })?;
    callable.call((raising, protected))
}

/// `clock`, `seed`, `fail_next`, `trace`.
fn surroundings(lua: &Lua, bench: &Rc<Bench>, turn: &Function) -> Result<()> {
    let clock = lua.create_table()?;
    let set = |lua: &Lua, bench: &Rc<Bench>, time: Value| {
        let unix_ms = i64::from_lua(time.clone(), lua).map_err(|_| {
            let what = "clock.set takes the time in whole milliseconds since 1970";
            bench.raised_in_spec(&unlike(what, &time))
        })?;
        bench.engine("clock.set", |redis| redis.set_clock_unix_ms(unix_ms))?;
        (bench.schedule.borrow_mut()).note(|| format!("clock.set({unix_ms})"));
        Ok(())
    };
    let set = turn.call::<Function>(with(lua, bench, set)?)?;
    clock.raw_set("set", set)?;
    let advance = |lua: &Lua, bench: &Rc<Bench>, seconds: Value| {
        let number = f64::from_lua(seconds.clone(), lua).ok();
        let by = number.and_then(|number| Duration::try_from_secs_f64(number).ok());
        let (Some(seconds), Some(by)) = (number, by) else {
            let what = "clock.advance takes seconds from 0 on";
            return Err(bench.raised_in_spec(&unlike(what, &seconds)));
        };
        bench.engine("clock.advance", |redis| redis.advance(by))?;
        (bench.schedule.borrow_mut()).note(|| format!("clock.advance({seconds})"));
        Ok(())
    };
    let advance = turn.call::<Function>(with(lua, bench, advance)?)?;
    clock.raw_set("advance", advance)?;
    let now = |_: &Lua, bench: &Rc<Bench>, ()| bench.now_ms();
    clock.raw_set("now", with(lua, bench, now)?)?;
    lua.globals().raw_set("clock", clock)?;

    global(lua, bench, "seed", |_, bench, seed: u64| {
        bench.engine("seed", |redis| redis.set_seed(seed))
    })?;
    global(lua, bench, "fail_next", |_, bench, fault: Table| {
        let fault = read_fault(&fault)?;
        bench.engine("fail_next", |redis| redis.fail_next(fault))
    })?;
    global(lua, bench, "trace", |lua, bench, body: Function| {
        let from = bench.begin_trace()?;
        let outcome = bench.nested(|| body.call::<()>(()));
        let calls = bench.end_trace(from)?;
        outcome?;
        let list = lua.create_table_with_capacity(calls.len(), 0)?;
        for (index, call) in (1i64..).zip(calls) {
            list.raw_set(index, traced(lua, call)?)?;
        }
        Ok(list)
    })
}

/// What a function takes, and that this is not it.
fn unlike(takes: &str, value: &Value) -> Error {
    match value {
        Value::Number(number) => Error::runtime(format_args!("{takes}, and not {number}")),
        Value::Table(_) => Error::runtime(format_args!(
            "{takes}, and not a table: call it with a dot, and not with a colon"
        )),
        Value::String(text) => {
            let text = String::from_utf8_lossy(text.as_bytes());
            Error::runtime(format_args!("{takes}, and not {text:?}"))
        }
        other => Error::runtime(format_args!("{takes}, and not {}", other.type_name())),
    }
}

/// A command as `trace` gives it.
fn traced(lua: &Lua, call: Call) -> Result<Table> {
    let bytes = |text: SmallBytes| Bytes(text.into_vec());
    let entry = lua.create_sequence_from(call.args.into_iter().map(bytes))?;
    entry.raw_set("reply", reply::to_lua(lua, &call.reply)?)?;
    entry.raw_set("from_script", call.from_script)?;
    entry.raw_set("line", call.line)?;
    entry.raw_set("writes", call.writes)?;
    let keys = call.keys.into_iter().map(|used| {
        let key = lua.create_table()?;
        key.raw_set("name", bytes(used.key))?;
        key.raw_set("writes", used.writes)?;
        key.raw_set("declared", used.is_declared)?;
        Ok(key)
    });
    entry.raw_set(
        "keys",
        lua.create_sequence_from(keys.collect::<Result<Vec<_>>>()?)?,
    )?;
    let expiries = call.expiries.into_iter().map(|expiry| {
        let change = lua.create_table()?;
        change.raw_set("name", bytes(expiry.key))?;
        change.raw_set("before", expiry.before_ms)?;
        change.raw_set("after", expiry.after_ms)?;
        Ok(change)
    });
    let expiries = lua.create_sequence_from(expiries.collect::<Result<Vec<_>>>()?)?;
    entry.raw_set("expiries", expiries)?;
    Ok(entry)
}

/// What is to fail, from `{ error = …, command = …, after = …, times = …, from = … }`.
fn read_fault(table: &Table) -> Result<Fault> {
    const FIELDS: [&str; 5] = ["error", "command", "after", "times", "from"];
    for field in table.pairs::<Value, Value>() {
        let (name, _) = field?;
        if !name.as_str().is_some_and(|name| FIELDS.contains(&name)) {
            return Err(Error::runtime(format_args!(
                "fail_next takes {}, and not {}",
                FIELDS.join(", "),
                name.to_string()?
            )));
        }
    }
    let error: Option<Bytes> = table.get("error")?;
    let error = error.ok_or_else(|| {
        Error::runtime("fail_next needs the error: fail_next{ error = 'OOM no memory' }")
    })?;
    let mut fault = match table.get::<Option<String>>("command")? {
        None => Fault::new(error.0),
        Some(command) => Fault::of(&command, error.0).map_err(Error::runtime)?,
    };
    if let Some(after) = table.get::<Option<u64>>("after")? {
        fault = fault.after(after);
    }
    if let Some(times) = table.get::<Option<u64>>("times")? {
        fault = fault.times(times);
    }
    match table.get::<Option<String>>("from")?.as_deref() {
        None => Ok(fault),
        Some("script") => Ok(fault.from(Origin::Script)),
        Some("client") => Ok(fault.from(Origin::Client)),
        Some(other) => Err(Error::runtime(format_args!(
            "from must be 'script' or 'client', and is '{other}'"
        ))),
    }
}

/// `require`, of files beside the spec.
fn requiring(lua: &Lua, bench: &Rc<Bench>) -> Result<()> {
    let loaded = lua.create_table()?;
    global(lua, bench, "require", move |lua, bench, name: String| {
        if let value @ (Value::Boolean(_) | Value::Table(_) | Value::Function(_)) =
            loaded.raw_get::<Value>(name.as_str())?
        {
            return Ok(value);
        }
        let source = bench.read_lua(&format!("{}.lua", name.replace('.', "/")))?;
        // One that requires itself gets this.
        loaded.raw_set(name.as_str(), true)?;
        let chunk = lua
            .load(&source.text[..])
            .set_name(format!("@{}", source.name));
        let value = match chunk.call::<Value>(name.as_str())? {
            Value::Nil => Value::Boolean(true),
            value => value,
        };
        loaded.raw_set(name.as_str(), value.clone())?;
        Ok(value)
    })
}
