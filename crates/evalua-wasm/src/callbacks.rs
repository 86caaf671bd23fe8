//! JavaScript functions that lines of output go to.
//!
//! Owns why a number stands for each: what an engine calls must be `Send`, and a function of JavaScript's
//! is not. There is one thread, so the number finds it again.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::JsValue;

thread_local! {
    static FUNCTIONS: RefCell<(u32, Vec<(u32, Function)>)> = RefCell::default();
}

/// A function that is kept while this is.
#[derive(Debug)]
pub(crate) struct Callback(u32);

impl Callback {
    pub(crate) fn new(function: Function) -> Callback {
        FUNCTIONS.with_borrow_mut(|(last, functions)| {
            *last += 1;
            functions.push((*last, function));
            Callback(*last)
        })
    }

    /// Calls it. What it throws is nobody's: output must not change what a script does.
    pub(crate) fn call(&self, first: &JsValue, second: &JsValue) {
        let found = FUNCTIONS.with_borrow(|(_, functions)| {
            let found = functions.iter().find(|(number, _)| *number == self.0);
            found.cloned()
        });
        if let Some((_, function)) = found {
            drop(function.call2(&JsValue::UNDEFINED, first, second));
        }
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        let gone = FUNCTIONS.with_borrow_mut(|(_, functions)| {
            let at = functions.iter().position(|(number, _)| *number == self.0);
            at.map(|at| functions.swap_remove(at))
        });
        drop(gone);
    }
}
