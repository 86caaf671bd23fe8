//! What commands share that store a result under a key, or remove it with its last element.

use crate::errors::CommandError;
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::trace::Class;
use crate::values::Value;

/// Stores a result under a key, whatever was there, and answers with its size. The event counts as so many
/// changes. A result with nothing in it removes the key, even one that is due.
pub fn result(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    value: impl Into<Value>,
    len: usize,
    (class, event, changes): (Class, &'static str, usize),
) -> Result<Reply, CommandError> {
    if len > 0 {
        ctx.db().set(key, value);
        ctx.notify_changes(class, event, key, changes);
    } else if ctx.db().discard(key) {
        ctx.notify(Class::Generic, "del", key);
    }
    Ok(Reply::count(len))
}

/// Removes the key of a collection that has nothing left in it.
pub fn remove_if_empty(ctx: &mut Ctx<'_>, key: &[u8]) {
    if ctx.db().remove_if_empty(key) {
        ctx.notify_too(Class::Generic, "del", key);
    }
}
