//! How an error passes between Lua and Rust.
//!
//! Owns: what is taken down where a call fails, the way from an error value to an [`Error`] and back. An error
//! that a callback passes on unchanged is the same one on the other side: Lua code that catches it
//! gets the very value that was raised, and the host the first traceback and the source.

use super::error::{Error, ErrorKind};
use super::shared::Shared;
use crate::error::{Throw, text};
use crate::heap::object::{Gc, Thread};
use crate::host::{Failure, Location};
use crate::meta::Event;
use crate::native::Call;
use crate::number::format::NumberText;
use crate::stdlib::traceback;
use crate::value::{Unpacked, Value as Raw};
use crate::vm::Vm;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many errors came out of any machine: an error of one may get into another.
static LAST_ID: AtomicU64 = AtomicU64::new(0);

/// The native function that protected calls have as their handler, and where it writes.
pub(crate) struct Witness {
    pub(super) handler: Raw,
    place: Rc<RefCell<Option<Place>>>,
}

/// Where a call failed.
#[derive(Default)]
struct Place {
    location: Option<Location>,
    /// `None` where no call is in progress.
    traceback: Option<Vec<u8>>,
}

impl Place {
    /// As it stands on a stack, from a level on.
    fn of(vm: &Vm, thread: Gc<Thread>, level: usize) -> Place {
        let location = (level..)
            .map_while(|level| vm.location(thread, level))
            .find(|location| location.line.is_some());
        let text = traceback(vm, thread, level as i64);
        Place {
            location,
            traceback: text.contains(&b'\n').then_some(text),
        }
    }
}

impl Witness {
    /// Both are kept alive for good.
    pub(super) fn new(vm: &mut Vm) -> Result<Witness, Throw> {
        let place = Rc::new(RefCell::new(None));
        let data = vm.heap.userdata(Box::new(place.clone()))?;
        let handler = Raw::from(vm.native(take_down, &[data.into()])?);
        vm.root(handler);
        Ok(Witness { handler, place })
    }
}

/// The handler: the error value stays what it is.
fn take_down(call: &mut Call<'_>) -> Result<u32, Throw> {
    if let Some(place) = call.kept_data::<Rc<RefCell<Option<Place>>>>(1) {
        let vm = call.vm_ref();
        *place.borrow_mut() = Some(Place::of(vm, vm.thread, 1));
    }
    let value = call.arg(1);
    call.ret(value)
}

/// An error that came out of the machine or went into it, with the value that it is there.
pub(crate) struct Travelling {
    error: Error,
    value: Raw,
    /// Slot of `Vm::roots` that keeps the value alive.
    slot: u32,
    /// Whether it went into the machine, so that it may come out again.
    is_inside: bool,
}

impl Shared {
    /// Remembers an error and its value, in place of the last.
    fn remember(&self, vm: &mut Vm, error: &Error, value: Raw, is_inside: bool) {
        let slot = vm.root(value);
        let last = self.travelling.replace(Some(Travelling {
            error: error.clone(),
            value,
            slot,
            is_inside,
        }));
        if let Some(last) = last {
            vm.unroot(last.slot);
        }
    }

    /// The value that was raised, for the error that last came out of the machine.
    pub(super) fn raised_value(&self, error: &Error) -> Option<Raw> {
        let travelling = self.travelling.borrow();
        let last = travelling.as_ref()?;
        (error.id() != 0 && last.error.id() == error.id()).then_some(last.value)
    }

    /// The error of a protected call that failed. What it left is still on the stack.
    pub(super) fn failed(&self, call: &mut Call<'_>, failure: Failure) -> Error {
        let error = match failure {
            Failure::Error => {
                let value = call.at(call.height());
                let place = self.witness.place.take().unwrap_or_default();
                return self.came_out(call.vm, value, place);
            }
            Failure::Budget => Error::out_of_budget(),
            Failure::Interrupt => Error::interrupted(),
            Failure::Exit(status) => return Error::exit(status),
        };
        let vm = call.vm_ref();
        placed(error, Place::of(vm, vm.thread, 0))
    }

    /// The error of what cannot be caught by Lua code, or memory that ran out.
    pub(super) fn stopped(&self, call: &mut Call<'_>, throw: Throw) -> Error {
        match throw {
            Throw::Exit => Error::exit(call.vm.exit_status),
            throw => Error::from_throw(throw),
        }
    }

    /// The error of a coroutine that failed with a value.
    pub(super) fn coroutine_failed(&self, vm: &mut Vm, co: Gc<Thread>, value: Raw) -> Error {
        let place = Place::of(vm, co, 0);
        self.came_out(vm, value, place)
    }

    fn came_out(&self, vm: &mut Vm, value: Raw, place: Place) -> Error {
        if let Some(last) = &mut *self.travelling.borrow_mut()
            && last.is_inside
            && vm.raw_equal(last.value, value)
        {
            last.is_inside = false;
            return last.error.clone();
        }
        let id = LAST_ID.fetch_add(1, Ordering::Relaxed) + 1;
        let error = placed(from_value(vm, value), place).with_id(id);
        self.remember(vm, &error, value, false);
        error
    }

    /// Raises the error that a callback returned.
    pub(super) fn goes_in(&self, call: &mut Call<'_>, error: Error) -> Throw {
        match error.kind() {
            ErrorKind::Budget => return Throw::Budget,
            ErrorKind::Interrupted => return Throw::Interrupt,
            ErrorKind::Memory => return Throw::Memory,
            ErrorKind::Exit(status) => {
                call.vm.exit_status = status;
                return Throw::Exit;
            }
            _ => {}
        }
        if let Some(value) = self.raised_value(&error) {
            self.remember(call.vm, &error, value, true);
            return call.vm.throw(value);
        }
        if let Some((position, text)) = error.mismatch_of().and_then(|m| m.argument()) {
            return call.arg_error(position, text);
        }
        let throw = match error.line() {
            Some(_) => call.vm.throw_bytes(error.message().as_bytes()),
            None => {
                let mut text = position(call.vm_ref());
                text.extend_from_slice(error.message().as_bytes());
                call.vm.throw_bytes(&text)
            }
        };
        if throw == Throw::Error && std::error::Error::source(&error).is_some() {
            let value = call.vm.thrown;
            // One that has come out once already has the place where it was first raised.
            let error = match error.line() {
                Some(_) => error,
                None => {
                    let place = Place::of(call.vm_ref(), call.vm_ref().thread, 0);
                    let message = from_value(call.vm, value);
                    placed(error.saying(message.message()), place)
                }
            };
            self.remember(call.vm, &error, value, true);
        }
        throw
    }
}

impl Error {
    /// The error of a throw that has no value with it.
    pub(super) fn from_throw(throw: Throw) -> Error {
        match throw {
            Throw::Budget => Error::out_of_budget(),
            Throw::Interrupt => Error::interrupted(),
            Throw::TableOverflow => Error::runtime(text::TABLE_OVERFLOW),
            _ => Error::out_of_memory(),
        }
    }

    /// The error of any throw but a yield and `os.exit`.
    pub(super) fn of_throw(vm: &mut Vm, throw: Throw) -> Error {
        match throw {
            Throw::Error => {
                let value = vm.caught(throw);
                from_value(vm, value)
            }
            throw => Error::from_throw(throw),
        }
    }
}

/// The position of the Lua code that called a callback, perhaps by way of a native function: `pcall`, or
/// what finds the fields of a userdata.
fn position(vm: &Vm) -> Vec<u8> {
    const LEVELS: std::ops::RangeInclusive<usize> = 1..=2;
    let mut positions = LEVELS.map(|level| vm.position(level));
    positions.find(|text| !text.is_empty()).unwrap_or_default()
}

fn placed(error: Error, place: Place) -> Error {
    let (chunk, line) = match &place.location {
        Some(location) => (Some(&location.source[..]), location.line),
        None => (None, None),
    };
    error.located(chunk, line, place.traceback)
}

/// The error of a value that was raised.
fn from_value(vm: &mut Vm, value: Raw) -> Error {
    let message = match value.unpack() {
        Unpacked::Str(s) => String::from_utf8_lossy(s.bytes()).into_owned(),
        Unpacked::Number(n) => String::from_utf8_lossy(NumberText::new(n).as_bytes()).into_owned(),
        _ => match described(vm, value) {
            Some(text) => text,
            None => format!("(error object is a {} value)", value.type_name()),
        },
    };
    if vm.is_memory_error(value) {
        return Error::out_of_memory();
    }
    Error::runtime(message)
}

/// What the `__tostring` of an error value says of it.
fn described(vm: &mut Vm, value: Raw) -> Option<String> {
    let handler = vm.metamethod(value, Event::ToString);
    if !handler.is_function() {
        return None;
    }
    let base = vm.thread.top();
    let mut call = Call::new(vm, base, 0);
    call.push(handler).ok()?;
    call.push(value).ok()?;
    let outcome = call.protected_call_top(1, None);
    let text = match outcome {
        Ok(()) => call
            .view(1)
            .as_bytes()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
        Err(_) => None,
    };
    vm.unwind_to(base);
    text
}
