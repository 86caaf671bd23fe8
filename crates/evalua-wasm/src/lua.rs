//! [`LuaState`]: plain Lua.
//!
//! Owns how Lua values and errors cross the border. What JavaScript has a value for crosses as that; tables,
//! functions, coroutines and userdata stay here, and cross as `{ kind, id }` until they are released.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::{Rc, Weak};

use evalua_redis::libraries;
use evalua_vm::stack::State;
use evalua_vm::{Error, ErrorKind, Function, Limits, Lua, MultiValue, StdLib, Table, Value};
use js_sys::{Array, Function as JsFunction, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::callbacks::Callback;
use crate::js::{self, Strings};

#[wasm_bindgen]
extern "C" {
    /// What a state is to be like: each may be missing.
    pub type LuaOptions;

    #[wasm_bindgen(method, getter, structural)]
    fn binary(this: &LuaOptions) -> Option<bool>;
    #[wasm_bindgen(method, getter, structural, js_name = maxInstructions)]
    fn max_instructions(this: &LuaOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, structural, js_name = maxMemory)]
    fn max_memory(this: &LuaOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, structural, js_name = maxCallDepth)]
    fn max_call_depth(this: &LuaOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, structural)]
    fn debug(this: &LuaOptions) -> Option<bool>;
    #[wasm_bindgen(method, getter, structural, js_name = redisLibraries)]
    fn redis_libraries(this: &LuaOptions) -> Option<bool>;
    #[wasm_bindgen(method, getter, structural)]
    fn print(this: &LuaOptions) -> Option<JsFunction>;
}

/// A Lua state.
#[wasm_bindgen]
#[derive(Debug)]
pub struct LuaState {
    lua: Lua,
    limits: Limits,
    border: Rc<Border>,
}

/// What lies at the border.
#[derive(Debug)]
struct Border {
    strings: Strings,
    /// What JavaScript holds, by number, and the last number given.
    values: RefCell<(u32, BTreeMap<u32, Value>)>,
    /// What a function of JavaScript has thrown last, with its number.
    thrown: RefCell<(u32, JsValue)>,
    /// How many calls from JavaScript run, one inside the other.
    depth: Cell<u32>,
}

/// Something that a function of JavaScript has thrown: its number and what is said of it.
#[derive(Debug)]
struct Thrown(u32, String);

impl std::fmt::Display for Thrown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.1)
    }
}

impl std::error::Error for Thrown {}

#[wasm_bindgen]
impl LuaState {
    /// A state with the libraries that reach nothing outside, and those that are asked for.
    ///
    /// # Errors
    /// When there is no memory for it.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &LuaOptions) -> Result<LuaState, JsValue> {
        let border = Rc::new(Border {
            strings: Strings::new(options.binary() == Some(true)),
            values: RefCell::default(),
            thrown: RefCell::new((0, JsValue::UNDEFINED)),
            depth: Cell::new(0),
        });
        let mut wanted = StdLib::SAFE;
        if options.debug() == Some(true) {
            wanted = wanted | StdLib::DEBUG;
        }
        let no_memory = |_| JsValue::from(js_sys::Error::new("not enough memory"));
        let mut state = State::with_libraries(wanted).map_err(no_memory)?;
        if options.redis_libraries() == Some(true) {
            let opened = state.enter(|call| {
                call.push_globals()?;
                let globals = call.height();
                for name in libraries::names() {
                    libraries::push(call, name.as_bytes())?;
                    call.set_field_of(globals, name.as_bytes())?;
                }
                Ok(())
            });
            opened.map_err(no_memory)?;
        }
        let lua = Lua::from_state(state).map_err(|error| border.error(None, &error))?;
        if let Some(print) = options.print() {
            let lines = Lines {
                to: Callback::new(print),
                strings: border.strings,
                line: Vec::new(),
            };
            lua.set_output(lines)
                .map_err(|error| border.error(Some(&lua), &error))?;
        }
        let limits = Limits {
            instructions: options.max_instructions().map(|n| n as u64),
            memory: options.max_memory().map(|n| n as usize),
            call_depth: options.max_call_depth().map(|n| n as u32),
        };
        Ok(LuaState {
            lua,
            limits,
            border,
        })
    }

    /// The table of globals.
    pub fn globals(&self) -> JsValue {
        self.border.out(&Value::Table(self.lua.globals()))
    }

    /// Makes a function of a source.
    ///
    /// # Errors
    /// Those of syntax.
    pub fn load(&self, source: &[u8], name: &[u8]) -> Result<JsValue, JsValue> {
        self.run(|| {
            let chunk = self.lua.load(source).set_name(name);
            Ok(self.border.out(&Value::Function(chunk.into_function()?)))
        })
    }

    /// Calls a function, and gives all of its results.
    ///
    /// # Errors
    /// What it raises.
    pub fn call(&self, function: u32, args: &Array) -> Result<Array, JsValue> {
        self.run(|| {
            let function: Function = self.taken(function)?;
            let args = self.border.all_in(&self.lua, args)?;
            Ok(self.border.all_out(&function.call::<MultiValue>(args)?))
        })
    }

    /// Makes a function that calls `function` with an array of its arguments, and returns the array that this
    /// gives.
    ///
    /// # Errors
    /// When there is no memory for it.
    #[wasm_bindgen(js_name = newFunction)]
    pub fn new_function(&self, function: JsFunction) -> Result<JsValue, JsValue> {
        self.run(|| {
            let border = Rc::downgrade(&self.border);
            let made = self.lua.create_function(move |lua, args: MultiValue| {
                let border = Weak::upgrade(&border)
                    .ok_or_else(|| Error::runtime("the Lua state was disposed of"))?;
                let results = function.call1(&JsValue::UNDEFINED, &border.all_out(&args));
                let results = results.map_err(|thrown| border.raised(thrown))?;
                border.all_in(lua, results.unchecked_ref())
            })?;
            Ok(self.border.out(&Value::Function(made)))
        })
    }

    /// Makes a table of items, and of keys and values by turns.
    ///
    /// # Errors
    /// When a key is nil or NaN, or there is no memory.
    #[wasm_bindgen(js_name = newTable)]
    pub fn new_table(&self, items: &Array, entries: &Array) -> Result<JsValue, JsValue> {
        self.run(|| {
            let items = self.border.all_in(&self.lua, items)?;
            let entries = self.border.all_in(&self.lua, entries)?;
            let table = (self.lua).create_table_with_capacity(items.len(), entries.len() / 2)?;
            for (at, item) in (1u32..).zip(items) {
                table.raw_set(at, item)?;
            }
            for entry in entries.chunks_exact(2) {
                table.raw_set(entry[0].clone(), entry[1].clone())?;
            }
            Ok(self.border.out(&Value::Table(table)))
        })
    }

    /// The value under a key of a table, by its metatable where it has one.
    ///
    /// # Errors
    /// What a metamethod raises.
    #[wasm_bindgen(js_name = tableGet)]
    pub fn table_get(&self, table: u32, key: &JsValue) -> Result<JsValue, JsValue> {
        self.run(|| {
            let table: Table = self.taken(table)?;
            let key = self.border.taken_in(&self.lua, key)?;
            Ok(self.border.out(&table.get::<Value>(key)?))
        })
    }

    /// Sets the value under a key of a table, by its metatable where it has one.
    ///
    /// # Errors
    /// What a metamethod raises; when the key is nil or NaN.
    #[wasm_bindgen(js_name = tableSet)]
    pub fn table_set(&self, table: u32, key: &JsValue, value: &JsValue) -> Result<(), JsValue> {
        self.run(|| {
            let table: Table = self.taken(table)?;
            let key = self.border.taken_in(&self.lua, key)?;
            table.set(key, self.border.taken_in(&self.lua, value)?)
        })
    }

    /// The length of a table, as `#` has it.
    ///
    /// # Errors
    /// When it is none.
    #[wasm_bindgen(js_name = tableLength)]
    pub fn table_length(&self, table: u32) -> Result<f64, JsValue> {
        self.run(|| Ok(self.taken::<Table>(table)?.len()? as f64))
    }

    /// The keys and values of a table by turns, in the order of `next`.
    ///
    /// # Errors
    /// When it is none.
    #[wasm_bindgen(js_name = tableEntries)]
    pub fn table_entries(&self, table: u32) -> Result<Array, JsValue> {
        self.run(|| {
            let entries = Array::new();
            for entry in self.taken::<Table>(table)?.pairs::<Value, Value>() {
                let (key, value) = entry?;
                entries.push(&self.border.out(&key));
                entries.push(&self.border.out(&value));
            }
            Ok(entries)
        })
    }

    /// The text that `tostring` makes of a value.
    ///
    /// # Errors
    /// What a metamethod raises.
    #[wasm_bindgen(js_name = textOf)]
    pub fn text_of(&self, id: u32) -> Result<String, JsValue> {
        self.run(|| self.taken::<Value>(id)?.to_string())
    }

    /// Bytes in use.
    #[wasm_bindgen(js_name = usedMemory)]
    pub fn used_memory(&self) -> Result<f64, JsValue> {
        self.run(|| Ok(self.lua.used_memory()? as f64))
    }

    /// Lets go of a value.
    pub fn release(&self, id: u32) {
        let gone = self.border.values.borrow_mut().1.remove(&id);
        drop(gone);
    }

    /// Does something for JavaScript, with a new budget unless Lua runs already.
    fn run<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, JsValue> {
        let depth = self.border.depth.get();
        let ready = match depth {
            0 => self.lua.set_limits(self.limits),
            _ => Ok(()),
        };
        self.border.depth.set(depth + 1);
        let done = ready.and_then(|()| work());
        self.border.depth.set(depth);
        done.map_err(|error| self.border.error(Some(&self.lua), &error))
    }

    /// The value of that number, as what it is to be.
    fn taken<T: evalua_vm::FromLua>(&self, id: u32) -> Result<T, Error> {
        let value = self.border.values.borrow().1.get(&id).cloned();
        let value = value.ok_or_else(|| Error::runtime("the Lua value was disposed of"))?;
        T::from_lua(value, &self.lua)
    }
}

impl Border {
    /// A value for JavaScript.
    fn out(&self, value: &Value) -> JsValue {
        match value {
            Value::Nil => JsValue::UNDEFINED,
            Value::Boolean(b) => JsValue::from_bool(*b),
            Value::Number(n) => JsValue::from_f64(*n),
            Value::String(s) => self.strings.value(s.as_bytes()),
            other => {
                let mut values = self.values.borrow_mut();
                values.0 += 1;
                let id = values.0;
                values.1.insert(id, other.clone());
                js::object(&[("kind", other.type_name().into()), ("id", id.into())])
            }
        }
    }

    fn all_out(&self, values: &[Value]) -> Array {
        values.iter().map(|value| self.out(value)).collect()
    }

    /// A value of JavaScript's: what it has as such, or `{ id }`, or `{ id, own }` where nobody else holds it.
    fn taken_in(&self, lua: &Lua, value: &JsValue) -> Result<Value, Error> {
        if value.is_undefined() || value.is_null() {
            return Ok(Value::Nil);
        }
        if let Some(b) = value.as_bool() {
            return Ok(Value::Boolean(b));
        }
        if let Some(n) = value.as_f64() {
            return Ok(Value::Number(n));
        }
        if let Some(text) = value.as_string() {
            return lua.create_string(text).map(Value::String);
        }
        if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
            return lua.create_string(bytes.to_vec()).map(Value::String);
        }
        let field = |name: &str| Reflect::get(value, &name.into()).ok();
        let id = field("id").and_then(|id| id.as_f64()).unwrap_or_default() as u32;
        let is_own = field("own").is_some_and(|own| own.is_truthy());
        let values = &mut self.values.borrow_mut().1;
        let found = match is_own {
            true => values.remove(&id),
            false => values.get(&id).cloned(),
        };
        found.ok_or_else(|| Error::runtime("the Lua value was disposed of"))
    }

    fn all_in(&self, lua: &Lua, values: &Array) -> Result<MultiValue, Error> {
        let each = values.iter().map(|value| self.taken_in(lua, &value));
        each.collect()
    }

    /// What a function of JavaScript has thrown, on its way into Lua.
    fn raised(&self, thrown: JsValue) -> Error {
        let message = match thrown.dyn_ref::<js_sys::Error>() {
            Some(error) => String::from(error.message()),
            None => match thrown.as_string() {
                Some(text) => text,
                None => format!("JavaScript has thrown {}", kind_of(&thrown)),
            },
        };
        let mut last = self.thrown.borrow_mut();
        last.0 += 1;
        last.1 = thrown;
        Error::external(Thrown(last.0, message))
    }

    /// An error for JavaScript.
    fn error(&self, lua: Option<&Lua>, error: &Error) -> JsValue {
        let kind = match error.kind() {
            ErrorKind::Syntax { .. } => "syntax",
            ErrorKind::Memory => "memory",
            ErrorKind::Budget => "budget",
            ErrorKind::Interrupted => "interrupted",
            _ => "runtime",
        };
        let optional = |text: Option<&str>| text.map_or(JsValue::UNDEFINED, JsValue::from_str);
        let line = error.line().map_or(JsValue::UNDEFINED, JsValue::from);
        let thrown = self.thrown.borrow();
        let cause = match error.downcast_ref::<Thrown>() {
            Some(Thrown(number, _)) if *number == thrown.0 => thrown.1.clone(),
            _ => JsValue::UNDEFINED,
        };
        let value = lua.and_then(|lua| lua.error_value(error));
        js::object(&[
            ("kind", kind.into()),
            ("message", error.message().into()),
            ("chunk", optional(error.chunk())),
            ("line", line),
            ("traceback", optional(error.traceback())),
            ("incomplete", error.is_incomplete().into()),
            ("cause", cause),
            (
                "value",
                value.map_or(JsValue::UNDEFINED, |value| self.out(&value)),
            ),
        ])
    }
}

/// What a value of JavaScript's is, which need not have a text.
fn kind_of(value: &JsValue) -> String {
    match value.is_null() {
        true => "null".into(),
        false => value.js_typeof().as_string().unwrap_or_default(),
    }
}

/// Takes what is printed, and passes it on line by line.
struct Lines {
    to: Callback,
    strings: Strings,
    line: Vec<u8>,
}

impl Lines {
    fn pass_on(&mut self) {
        let line = self.strings.value(&self.line);
        self.to.call(&line, &JsValue::UNDEFINED);
        self.line.clear();
    }
}

impl Drop for Lines {
    /// What an error has cut off is a line as well.
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.pass_on();
        }
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            match part.strip_suffix(b"\n") {
                Some(end) => {
                    self.line.extend_from_slice(end);
                    self.pass_on();
                }
                None => self.line.extend_from_slice(part),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
