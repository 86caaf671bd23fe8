//! [`Function`]: a handle to a function, and how functions of Rust's are called.

use super::error::{Error, Result};
use super::lua::Lua;
use super::multi::{FromLuaMulti, IntoLuaMulti, MultiValue};
use super::shared::Shared;
use super::table::Table;
use super::value::{Value, handle_type};
use crate::error::Throw;
use crate::native::Call;
use crate::value::Value as Raw;
use crate::vm::Vm;
use std::rc::{Rc, Weak};

handle_type! {
    /// A function, of Lua's or of Rust's.
    Function, "function"
}

/// What a function of Rust's does, with arguments and results as values.
type Run = dyn Fn(&Lua, MultiValue) -> Result<MultiValue>;

/// What the native function of one keeps.
struct HostFunction {
    /// The state that it is in, which it does not keep alive.
    shared: Weak<Shared>,
    run: Rc<Run>,
}

impl Function {
    /// A function that does what a closure does.
    pub(super) fn of_host(
        lua: &Lua,
        run: impl Fn(&Lua, MultiValue) -> Result<MultiValue> + 'static,
    ) -> Result<Function> {
        let size = size_of::<HostFunction>() + size_of_val(&run);
        let function = HostFunction {
            shared: Rc::downgrade(lua.shared()),
            run: Rc::new(run),
        };
        let shared = lua.shared();
        shared.with(|vm| {
            let made = (vm.heap)
                .host_value(Box::new(function), size)
                .and_then(|data| vm.native(run_host_function, &[data.into()]));
            match made {
                Ok(native) => Ok(Function(shared.handle(vm, native.into()))),
                Err(throw) => Err(Error::from_throw(throw)),
            }
        })?
    }

    /// Calls it with arguments, and converts its results.
    pub fn call<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
        let lua = Lua::of(self.0.shared());
        let args = args.into_lua_multi(&lua)?;
        lua.shared().called(self.0.raw(), &args)
    }

    /// The table of globals that it uses. A native function has one, too, though it seldom looks at it.
    pub fn environment(&self) -> Result<Table> {
        let shared = self.0.shared();
        shared.with(|vm| {
            let environment = self.0.raw().as_function().map(|f| f.env());
            let globals = vm.globals();
            Table(shared.handle(vm, environment.unwrap_or(globals).into()))
        })
    }

    /// Sets the table of globals that it uses.
    pub fn set_environment(&self, environment: &Table) -> Result<()> {
        let shared = self.0.shared();
        let environment = Value::Table(environment.clone()).raw(shared)?.as_table();
        shared.with(|_| {
            if let (Some(f), Some(environment)) = (self.0.raw().as_function(), environment) {
                f.set_env(environment);
            }
        })
    }
}

impl Shared {
    /// Calls a function in protected mode, and converts its results.
    pub(super) fn called<R: FromLuaMulti>(
        self: &Rc<Self>,
        function: Raw,
        args: &[Value],
    ) -> Result<R> {
        let results = self.protected(|_| Ok(function), args.iter())?;
        R::from_lua_multi(results, &Lua::of(self)).map_err(Error::of_results)
    }

    /// Calls what is in a field, with the object before the arguments if it is a method.
    pub(super) fn call_field<R: FromLuaMulti>(
        self: &Rc<Self>,
        field: (&str, Value),
        this: Option<Value>,
        args: impl IntoLuaMulti,
    ) -> Result<R> {
        let (name, function) = field;
        if function.is_nil() {
            let what = if this.is_some() { "method" } else { "field" };
            return Err(Error::runtime(format_args!(
                "attempt to call {what} '{name}' (a nil value)"
            )));
        }
        let mut args = args.into_lua_multi(&Lua::of(self))?;
        if let Some(this) = this {
            args.push_front(this);
        }
        self.called(function.raw(self)?, &args)
    }

    /// Calls a function in protected mode.
    pub(super) fn protected<'a>(
        self: &Rc<Self>,
        function: impl FnOnce(&mut Vm) -> Result<Raw, Throw>,
        args: impl ExactSizeIterator<Item = &'a Value>,
    ) -> Result<MultiValue> {
        let count = args.len();
        let results = self.call(|call| -> Result<MultiValue> {
            let pushed = function(call.vm).and_then(|function| {
                call.push(self.witness.handler)?;
                call.push(function)
            });
            pushed.map_err(Error::from_throw)?;
            for arg in args {
                call.push(arg.raw(self)?).map_err(Error::from_throw)?;
            }
            match call.protected_call_top(count, Some(1)) {
                Ok(()) => {
                    let slots = call.base() + 1..call.base() + call.height();
                    Ok(self.values(call.vm, slots))
                }
                Err(failure) => Err(self.failed(call, failure)),
            }
        });
        self.close_if_unowned();
        results?
    }
}

/// The native function of every function of Rust's.
fn run_host_function(call: &mut Call<'_>) -> Result<u32, Throw> {
    let function = call.kept_data::<HostFunction>(1);
    let Some((shared, run)) = function.and_then(|f| Some((f.shared.upgrade()?, f.run.clone())))
    else {
        return Err(call.error("the program that this function belongs to has closed its Lua"));
    };
    let slots = call.base()..call.base() + call.count();
    let args = shared.values(call.vm, slots);
    let lua = Lua::of(&shared);
    let outcome = shared.lend(call.vm, || {
        run(&lua, args).and_then(|results| {
            let raws = results.iter().map(|value| value.raw(&shared));
            // The results stay alive until they are on the stack: nothing runs in between.
            raws.collect::<Result<smallvec::SmallVec<[Raw; 4]>>>()
                .map(|raws| (results, raws))
        })
    });
    match outcome {
        Ok((_results, raws)) => call.ret_all(&raws),
        Err(error) => Err(shared.goes_in(call, error)),
    }
}
