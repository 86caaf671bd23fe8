//! Metamethods (manual 2.8): their names and how they are found.
//!
//! Owns: the events and the cache of absent ones. It must not know what the events do.

use crate::heap::object::{Gc, Table};
use crate::value::{Type, Unpacked, Value};
use crate::vm::Vm;

macro_rules! events {
    ($($event:ident $name:literal,)*) => {
        /// An event that a metamethod can handle.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Event { $($event,)* }

        impl Event {
            pub(crate) const ALL: &[Event] = &[$(Event::$event,)*];
            pub(crate) const COUNT: usize = Self::ALL.len();

            /// The key in a metatable.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Event::$event => $name,)* }
            }
        }
    };
}

events! {
    Index "__index",
    NewIndex "__newindex",
    Gc "__gc",
    Mode "__mode",
    Eq "__eq",
    Len "__len",
    Call "__call",
    Add "__add",
    Sub "__sub",
    Mul "__mul",
    Div "__div",
    Mod "__mod",
    Pow "__pow",
    Unm "__unm",
    Lt "__lt",
    Le "__le",
    Concat "__concat",
    Metatable "__metatable",
    ToString "__tostring",
}

/// Events up to here have a bit in a metatable's cache of absent ones.
const CACHED: u8 = Event::Call as u8;

impl Vm {
    /// The metatable of any value.
    pub(crate) fn metatable(&self, v: Value) -> Option<Gc<Table>> {
        match v.unpack() {
            Unpacked::Table(t) => t.meta(),
            Unpacked::Userdata(u) => u.meta(),
            _ => self.type_meta[v.ty() as usize],
        }
    }

    /// The handler of an event in a metatable, or nil.
    #[inline(always)]
    pub(crate) fn meta_event(&self, meta: Gc<Table>, event: Event) -> Value {
        let bit = event as u8;
        if bit <= CACHED && meta.lacks(bit) {
            return Value::NIL;
        }
        let handler = meta.get_short(self.event_names[event as usize]);
        if handler.is_nil() && bit <= CACHED {
            meta.note_lack(bit);
        }
        handler
    }

    /// The handler of an event for a value, or nil.
    #[inline]
    pub(crate) fn metamethod(&self, v: Value, event: Event) -> Value {
        match self.metatable(v) {
            Some(meta) => self.meta_event(meta, event),
            None => Value::NIL,
        }
    }

    /// The handler of an event where both operands must agree on it (`__eq`, `__lt`, `__le`).
    pub(crate) fn shared_metamethod(&self, a: Value, b: Value, event: Event) -> Value {
        let first = self.metamethod(a, event);
        if first.is_nil() {
            return Value::NIL;
        }
        let second = self.metamethod(b, event);
        if self.raw_equal(first, second) {
            first
        } else {
            Value::NIL
        }
    }

    /// Equality without metamethods (manual 5.1, `rawequal`).
    #[inline]
    pub(crate) fn raw_equal(&self, a: Value, b: Value) -> bool {
        if a.is_number() && b.is_number() {
            return a.as_num() == b.as_num();
        }
        a.bits() == b.bits()
            || match (a.as_str(), b.as_str()) {
                (Some(a), Some(b)) => a.same(b),
                _ => false,
            }
    }
}

const _: () = assert!(Type::COUNT == 9 && CACHED < 8);
