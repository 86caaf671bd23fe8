//! Callbacks: a script registers handlers, and the program calls them when something happens.
//!
//! `cargo run --example callbacks`

use evalua::{Error, Function, Lua};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Handlers by the event that they wait for. Handles have no lifetime, so they lie in plain types.
type Handlers = Rc<RefCell<BTreeMap<String, Vec<Function>>>>;

const SCRIPT: &str = "
on('order', function(id, price)
    if price > 100 then return 'check ' .. id end
    return 'ship ' .. id
end)
on('order', function(id) return 'thank the buyer of ' .. id end)
on('refund', function(id) error('no refund for ' .. id) end)
";

/// Fires an event: what the handlers answer, or where the first one failed.
fn fire(handlers: &Handlers, event: &str, args: (&str, f64)) -> Result<Vec<String>, Error> {
    // A handler may register others, so nothing is borrowed while it runs.
    let waiting = handlers.borrow().get(event).cloned().unwrap_or_default();
    waiting.iter().map(|handler| handler.call(args)).collect()
}

/// Registers handlers and fires events.
pub fn main() -> Result<(), Error> {
    let lua = Lua::new();
    let handlers = Handlers::default();
    let registered = handlers.clone();
    let on = lua.create_function(move |_, (event, handler): (String, Function)| {
        registered
            .borrow_mut()
            .entry(event)
            .or_default()
            .push(handler);
        Ok(())
    })?;
    lua.globals().set("on", on)?;
    lua.load(SCRIPT).set_name("@handlers.lua").exec()?;

    let answers = fire(&handlers, "order", ("A1", 250.0))?;
    println!("{answers:?}");
    assert_eq!(answers, ["check A1", "thank the buyer of A1"]);

    let error = fire(&handlers, "refund", ("A1", 250.0)).unwrap_err();
    println!("{error:#}");
    assert_eq!(error.message(), "handlers.lua:7: no refund for A1");
    Ok(())
}
