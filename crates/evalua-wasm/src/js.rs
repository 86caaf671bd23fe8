//! JavaScript values of replies and of other plain data.
//!
//! Owns the mapping of replies: strings are text, or bytes where the caller wants these; an integer is a
//! number, or a bigint where a number would not be exact; a map is a `Map`, a set a `Set`, and an error what
//! [`on_error`] makes of its text, for errors can stand inside of replies.

use std::cell::RefCell;

use evalua_redis::Reply;
use js_sys::{Array, BigInt, Function, Map, Object, Reflect, Set, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static MAKE_ERROR: RefCell<Option<Function>> = RefCell::default();
}

/// Sets what makes an error of the text of an error reply.
#[wasm_bindgen(js_name = onError)]
pub fn on_error(make: Function) {
    MAKE_ERROR.set(Some(make));
}

/// How byte strings are given to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strings {
    /// As text; what is not UTF-8 is replaced.
    Text,
    /// As they are.
    Bytes,
}

impl Strings {
    pub(crate) fn new(binary: bool) -> Strings {
        match binary {
            true => Strings::Bytes,
            false => Strings::Text,
        }
    }

    /// A byte string. One that is longer than a text can be is bytes in any case.
    pub(crate) fn value(self, bytes: &[u8]) -> JsValue {
        match self {
            Strings::Text if bytes.len() <= LONGEST_TEXT => text(bytes),
            Strings::Text | Strings::Bytes => Uint8Array::from(bytes).into(),
        }
    }
}

/// How many UTF-16 units V8 lets a string have, which is the least of all engines. What would be longer is thrown
/// out of the middle of Rust code, past all that this holds.
const LONGEST_TEXT: usize = 0x1fff_ffe8;

/// The text of bytes; what is not UTF-8 is replaced, and what is too long for a text is cut off.
pub(crate) fn text(bytes: &[u8]) -> JsValue {
    let bytes = &bytes[..bytes.len().min(LONGEST_TEXT)];
    JsValue::from_str(&String::from_utf8_lossy(bytes))
}

/// An integer, exact.
pub(crate) fn integer(n: i64) -> JsValue {
    const LAST_EXACT: u64 = (1 << 53) - 1;
    match n.unsigned_abs() <= LAST_EXACT {
        true => JsValue::from_f64(n as f64),
        false => BigInt::from(n).into(),
    }
}

/// An instant in milliseconds, or null.
pub(crate) fn instant(ms: Option<i64>) -> JsValue {
    ms.map_or(JsValue::NULL, integer)
}

/// An object of fields.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // It cannot fail on an object that is new.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

/// An array of what is made of each item.
pub(crate) fn array<T>(items: impl IntoIterator<Item = T>, make: impl Fn(T) -> JsValue) -> JsValue {
    items.into_iter().map(make).collect::<Array>().into()
}

/// A reply, errors inside of it and itself included.
pub(crate) fn reply(reply: &Reply, strings: Strings) -> JsValue {
    let item = |item: &Reply| self::reply(item, strings);
    let pair = |(a, b): &(Reply, Reply)| Array::of2(&item(a), &item(b)).into();
    match reply {
        Reply::Status(bytes) => strings.value(bytes),
        Reply::Error(error) => self::error(error.as_bytes()),
        Reply::Integer(n) => integer(*n),
        Reply::Bulk(bytes) | Reply::Verbatim(_, bytes) => strings.value(bytes),
        Reply::BigNumber(digits) => {
            let digits = text(digits);
            BigInt::new(&digits).map_or(digits, JsValue::from)
        }
        Reply::Null | Reply::NullArray => JsValue::NULL,
        Reply::Array(items) | Reply::Push(items) | Reply::Sequence(items) => array(items, item),
        Reply::Set(items) => Set::new(&array(items, item)).into(),
        Reply::Map(pairs) => {
            let map = Map::new();
            for (key, value) in pairs {
                map.set(&item(key), &item(value));
            }
            map.into()
        }
        Reply::Pairs(pairs) => array(pairs, pair),
        Reply::Double(value) => JsValue::from_f64(*value),
        Reply::Boolean(yes) => JsValue::from_bool(*yes),
        Reply::Attribute(both) => item(&both.1),
    }
}

/// The error of the text of an error reply.
pub(crate) fn error(message: &[u8]) -> JsValue {
    let message = text(message);
    let made = MAKE_ERROR.with_borrow(Clone::clone);
    let made = made.and_then(|make| make.call1(&JsValue::UNDEFINED, &message).ok());
    made.unwrap_or(message)
}
