//! [`Host`]: what the functions of the sandbox reach while a script runs.
//!
//! The engine's state is moved into it for the length of the run, so that native functions need no
//! borrow that would have to outlive them.

use evalua_vm::stack::Call;

use super::functions::Registered;
use crate::core::Core;
use crate::gate::Caller;
use crate::session::Session;

/// The surroundings of a running script.
#[derive(Debug, Default)]
pub(super) struct Host {
    /// The engine's state; a place holder while no script runs.
    pub core: Box<Core>,
    /// The script's own session, whose selected database and protocol end with it.
    pub session: Session,
    /// Whether the script may not write.
    pub read_only: bool,
    /// What the library that is being loaded has registered.
    pub loading: Option<Vec<Registered>>,
}

impl Host {
    /// How the script passes the gate.
    pub fn caller(&self) -> Caller {
        Caller::Script {
            read_only: self.read_only,
        }
    }
}

/// Works with the surroundings of the running script; `None` when no script runs.
pub(super) fn with<R>(
    call: &mut Call<'_>,
    work: impl FnOnce(&mut Call<'_>, &mut Host) -> R,
) -> Option<R> {
    let taken = call.take_host()?;
    match taken.downcast::<Host>() {
        Ok(mut host) => {
            let result = work(call, &mut host);
            call.put_host(host);
            Some(result)
        }
        Err(other) => {
            call.put_host(other);
            None
        }
    }
}
