//! [`Thread`]: a handle to a coroutine.

use super::error::{Error, Result};
use super::lua::Lua;
use super::multi::{FromLuaMulti, IntoLuaMulti};
use super::value::handle_type;
use crate::heap::object::{self, Gc};
use crate::interp::coroutine::Resumed;
pub use crate::thread::Status as ThreadStatus;

handle_type! {
    /// A coroutine.
    Thread, "thread"
}

impl Thread {
    fn get(&self) -> Result<Gc<object::Thread>> {
        // The handle holds nothing else.
        self.0.raw().as_thread().ok_or_else(Error::foreign)
    }

    /// Goes on with it, as `coroutine.resume` does: the arguments are those of its function at first,
    /// then the results of the `coroutine.yield` that it waits in. Gives what it yields or returns.
    pub fn resume<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
        let shared = self.0.shared();
        let lua = Lua::of(shared);
        let args = args.into_lua_multi(&lua)?;
        let co = self.get()?;
        let values = shared.call(|call| -> Result<_> {
            for arg in args.iter() {
                call.push(arg.raw(shared)?).map_err(Error::from_throw)?;
            }
            let first = call.base();
            match call.vm.resume(co, first, args.len()) {
                Ok(Resumed::Values { first, count }) => {
                    let values = (first..first + count)
                        .map(|i| super::value::Value::of(shared, call.vm, co.slot(i)))
                        .collect();
                    call.vm.take_resumed(co, first);
                    Ok(values)
                }
                Ok(Resumed::Failed(value)) => {
                    // It stays alive on the stack.
                    call.push(value).map_err(Error::from_throw)?;
                    Err(shared.coroutine_failed(call.vm, co, value))
                }
                Err(throw) => Err(shared.stopped(call, throw)),
            }
        });
        shared.close_if_unowned();
        R::from_lua_multi(values??, &lua).map_err(Error::of_results)
    }

    /// What it is doing.
    pub fn status(&self) -> Result<ThreadStatus> {
        let co = self.get()?;
        self.0.shared().with(|_| co.status())
    }
}
