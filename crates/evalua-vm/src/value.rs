//! A Lua value in eight bytes.
//!
//! Owns: the NaN-boxed representation and its unpacking. It must not know how objects are laid out.
//!
//! A double is stored as it is. Everything else lies in the space of negative quiet NaNs that no
//! arithmetic produces: the top 16 bits are a tag from `0xFFF9` up, the low 48 bits the payload.
//!
//! Invariants:
//! - V1: the payload of a collectable tag is the address of a live object of that kind. Values are
//!   made only by [`Value::object`] from a `Gc` pointer, and the collector runs only at safepoints
//!   (see `heap`), where every value that is still needed is reachable from a root.
//! - V2: a number has bits below `TAG_NIL`; NaNs that come from outside go through [`Value::number`],
//!   which keeps only their sign.
#![allow(unsafe_code, reason = "turns payloads back into object pointers")]

use crate::heap::object::{
    Function, Gc, Header, Kind, LuaClosure, NativeClosure, Str, Table, Thread, Userdata,
};

const TAG_NIL: u64 = 0xFFF9 << 48;
const TAG_LIGHT: u64 = 0xFFFA << 48;
const TAG_STRING: u64 = 0xFFFB << 48;
const TAG_TABLE: u64 = 0xFFFC << 48;
const TAG_FUNCTION: u64 = 0xFFFD << 48;
const TAG_USERDATA: u64 = 0xFFFE << 48;
const TAG_THREAD: u64 = 0xFFFF << 48;
const TAG_MASK: u64 = 0xFFFF << 48;
const PAYLOAD: u64 = !TAG_MASK;

/// Any Lua value.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Value(u64);

/// A value to match on.
#[derive(Clone, Copy, Debug)]
pub enum Unpacked {
    /// `nil`
    Nil,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(f64),
    /// A light userdata: a number that is only equal to itself.
    Light(u64),
    /// A string.
    Str(Gc<Str>),
    /// A table.
    Table(Gc<Table>),
    /// A function of either kind.
    Function(Gc<Function>),
    /// A full userdata.
    Userdata(Gc<Userdata>),
    /// A coroutine.
    Thread(Gc<Thread>),
}

/// The basic types (manual 2.2), in PUC's order; light userdata answers as `userdata`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "each is named after its type")]
pub enum Type {
    Nil,
    Boolean,
    Light,
    Number,
    String,
    Table,
    Function,
    Userdata,
    Thread,
}

impl Type {
    /// How many types there are.
    pub const COUNT: usize = Type::ALL.len();

    pub(crate) const ALL: &[Type] = &[
        Type::Nil,
        Type::Boolean,
        Type::Light,
        Type::Number,
        Type::String,
        Type::Table,
        Type::Function,
        Type::Userdata,
        Type::Thread,
    ];

    /// The name that `type` returns.
    pub fn name(self) -> &'static str {
        match self {
            Type::Nil => "nil",
            Type::Boolean => "boolean",
            Type::Number => "number",
            Type::String => "string",
            Type::Table => "table",
            Type::Function => "function",
            Type::Light | Type::Userdata => "userdata",
            Type::Thread => "thread",
        }
    }
}

impl Value {
    /// `nil`
    pub const NIL: Value = Value(TAG_NIL);
    /// `false`
    pub const FALSE: Value = Value(TAG_NIL | 1);
    /// `true`
    pub const TRUE: Value = Value(TAG_NIL | 2);

    /// A boolean.
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        Value((TAG_NIL | 1) + b as u64)
    }

    /// A number that is the result of arithmetic on Lua numbers, or known to be no NaN.
    #[inline(always)]
    pub(crate) const fn num(n: f64) -> Value {
        Value(n.to_bits())
    }

    /// Any number; of a NaN only the sign is kept.
    pub const fn number(n: f64) -> Value {
        if n.is_nan() {
            Value(0x7FF8 << 48 | (n.to_bits() & (1 << 63)))
        } else {
            Value(n.to_bits())
        }
    }

    /// A light userdata; 48 bits of `n` are kept.
    pub const fn light(n: u64) -> Value {
        Value(TAG_LIGHT | (n & PAYLOAD))
    }

    /// The value of a collectable object.
    #[inline(always)]
    pub(crate) fn object<T: Tagged>(p: Gc<T>) -> Value {
        Value(T::TAG | p.as_ptr().expose_provenance() as u64)
    }

    /// A dead table key: the payload of `bits` under the tag of nil, which no other value uses for
    /// payloads above 2.
    pub(crate) const fn dead_from_bits(bits: u64) -> Value {
        Value(TAG_NIL | (bits & PAYLOAD))
    }

    /// The raw bits: equal bits mean the same value, but for NaN.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether this is nil.
    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.0 == TAG_NIL
    }

    /// Whether this is nil or false.
    #[inline(always)]
    pub const fn is_falsy(self) -> bool {
        self.0.wrapping_sub(TAG_NIL) <= 1
    }

    /// Whether this is neither nil nor false.
    #[inline(always)]
    pub const fn is_truthy(self) -> bool {
        !self.is_falsy()
    }

    /// Whether this is a number.
    #[inline(always)]
    pub const fn is_number(self) -> bool {
        self.0 < TAG_NIL
    }

    /// The number, where [`Value::is_number`]; a meaningless NaN elsewhere.
    #[inline(always)]
    pub(crate) const fn as_num(self) -> f64 {
        f64::from_bits(self.0)
    }

    /// The number, if it is one.
    #[inline(always)]
    pub const fn as_number(self) -> Option<f64> {
        if self.is_number() {
            Some(f64::from_bits(self.0))
        } else {
            None
        }
    }

    /// Whether this is a string.
    #[inline(always)]
    pub const fn is_string(self) -> bool {
        self.0 & TAG_MASK == TAG_STRING
    }

    /// Whether this is a table.
    #[inline(always)]
    pub const fn is_table(self) -> bool {
        self.0 & TAG_MASK == TAG_TABLE
    }

    /// Whether this is a function.
    #[inline(always)]
    pub const fn is_function(self) -> bool {
        self.0 & TAG_MASK == TAG_FUNCTION
    }

    /// Whether this is a string, table, function, full userdata or coroutine.
    #[inline(always)]
    pub(crate) const fn is_collectable(self) -> bool {
        self.0 >= TAG_STRING
    }

    #[inline(always)]
    fn pointer<T>(self) -> Gc<T> {
        let p = std::ptr::with_exposed_provenance_mut::<T>((self.0 & PAYLOAD) as usize);
        // SAFETY: V1, the callers have checked the tag that goes with T.
        unsafe { Gc::from_raw(p) }
    }

    /// The pointer under a tag: flipping the tag's bits leaves just the payload if it is that tag.
    #[inline(always)]
    fn tagged<T>(self, tag: u64) -> Option<Gc<T>> {
        let payload = self.0 ^ tag;
        if payload >> 48 != 0 {
            return None;
        }
        // SAFETY: V1: the tag fits, so the payload is an address; without a word of it the compiler tests
        // for null again wherever the result is matched.
        unsafe { std::hint::assert_unchecked(payload != 0) };
        let p = std::ptr::with_exposed_provenance_mut::<T>(payload as usize);
        // SAFETY: as above, and the callers name the T that goes with the tag.
        Some(unsafe { Gc::from_raw(p) })
    }

    /// The object header, for any collectable value.
    #[inline(always)]
    pub(crate) fn header(self) -> Option<Gc<Header>> {
        self.is_collectable().then(|| self.pointer())
    }

    /// The string, if it is one.
    #[inline(always)]
    pub fn as_str(self) -> Option<Gc<Str>> {
        self.tagged(TAG_STRING)
    }

    /// The table, if it is one.
    #[inline(always)]
    pub fn as_table(self) -> Option<Gc<Table>> {
        self.tagged(TAG_TABLE)
    }

    /// The function, if it is one.
    #[inline(always)]
    pub fn as_function(self) -> Option<Gc<Function>> {
        self.tagged(TAG_FUNCTION)
    }

    /// The Lua function, if it is one.
    #[inline(always)]
    pub(crate) fn as_lua_closure(self) -> Option<Gc<LuaClosure>> {
        match self.as_function() {
            Some(f) if f.kind() == Kind::LuaClosure => {
                // SAFETY: O1: the kind says that it is one.
                Some(unsafe { Gc::from_raw(f.as_ptr().cast()) })
            }
            _ => None,
        }
    }

    /// The native function, if it is one.
    pub(crate) fn as_native_closure(self) -> Option<Gc<NativeClosure>> {
        match self.as_function() {
            Some(f) if f.kind() == Kind::NativeClosure => {
                // SAFETY: O1: the kind says that it is one.
                Some(unsafe { Gc::from_raw(f.as_ptr().cast()) })
            }
            _ => None,
        }
    }

    /// The full userdata, if it is one.
    pub fn as_userdata(self) -> Option<Gc<Userdata>> {
        self.tagged(TAG_USERDATA)
    }

    /// The coroutine, if it is one.
    pub fn as_thread(self) -> Option<Gc<Thread>> {
        self.tagged(TAG_THREAD)
    }

    /// The value to match on.
    pub fn unpack(self) -> Unpacked {
        match self.0 & TAG_MASK {
            TAG_NIL => match self.0 & PAYLOAD {
                0 => Unpacked::Nil,
                b => Unpacked::Bool(b == 2),
            },
            TAG_LIGHT => Unpacked::Light(self.0 & PAYLOAD),
            TAG_STRING => Unpacked::Str(self.pointer()),
            TAG_TABLE => Unpacked::Table(self.pointer()),
            TAG_FUNCTION => Unpacked::Function(self.pointer()),
            TAG_USERDATA => Unpacked::Userdata(self.pointer()),
            TAG_THREAD => Unpacked::Thread(self.pointer()),
            _ => Unpacked::Number(self.as_num()),
        }
    }

    /// The type.
    pub fn ty(self) -> Type {
        match self.unpack() {
            Unpacked::Nil => Type::Nil,
            Unpacked::Bool(_) => Type::Boolean,
            Unpacked::Number(_) => Type::Number,
            Unpacked::Light(_) => Type::Light,
            Unpacked::Str(_) => Type::String,
            Unpacked::Table(_) => Type::Table,
            Unpacked::Function(_) => Type::Function,
            Unpacked::Userdata(_) => Type::Userdata,
            Unpacked::Thread(_) => Type::Thread,
        }
    }

    /// The name of the type.
    pub fn type_name(self) -> &'static str {
        self.ty().name()
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.unpack())
    }
}

/// Object types that a value can hold.
pub(crate) trait Tagged {
    /// The tag in the top 16 bits.
    const TAG: u64;
}

macro_rules! tagged {
    ($($type:ty: $tag:ident,)*) => {
        $(impl Tagged for $type {
            const TAG: u64 = $tag;
        }

        impl From<Gc<$type>> for Value {
            #[inline(always)]
            fn from(p: Gc<$type>) -> Value {
                Value::object(p)
            }
        })*
    };
}

tagged! {
    Str: TAG_STRING,
    Table: TAG_TABLE,
    LuaClosure: TAG_FUNCTION,
    NativeClosure: TAG_FUNCTION,
    Function: TAG_FUNCTION,
    Userdata: TAG_USERDATA,
    Thread: TAG_THREAD,
}
